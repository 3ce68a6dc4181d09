/* The map as text for other programs: Graphviz and Mermaid. Names are quoted as each
 * language wants it, so that no name can end its string or open a tag.
 */
#include "touch_impl.h"

#include <math.h>

/* Number of a name among the nodes met so far. */
static size_t node_number(struct sv **names, size_t *n, size_t *cap, struct sv name)
{
	size_t i = 0;
	while (i < *n && !sv_eq((*names)[i], name))
		i++;
	if (i == *n) {
		GROW(*names, *cap, *n + 1);
		(*names)[(*n)++] = name;
	}
	return i;
}

static void dot_text(struct str *s, struct sv v)
{
	str_putc(s, '"');
	for (size_t i = 0; i < v.n; i++) {
		const char c = v.p[i];
		if (c == '"' || c == '\\')
			str_putc(s, '\\');
		if (c == '\n')
			str_puts(s, "\\n");
		else if ((unsigned char)c >= 32)
			str_putc(s, c);
	}
	str_putc(s, '"');
}

static struct sv name_of(struct sv v, const char *open)
{
	return v.p ? v : sv_of(open);
}

void draw_dot(struct str *out, const struct drawn_edge *e, size_t n)
{
	int64_t most = 1;
	for (size_t i = 0; i < n; i++)
		most = e[i].n > most ? e[i].n : most;
	str_puts(out, "digraph journey {\n\trankdir=LR;\n\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n\tedge [fontname=\"sans-serif\", fontsize=10];\n");
	for (size_t i = 0; i < n; i++) {
		str_putc(out, '\t');
		dot_text(out, name_of(e[i].from, "(start)"));
		str_puts(out, " -> ");
		dot_text(out, name_of(e[i].to, "(end)"));
		str_printf(out, " [penwidth=%.1f, label=\"%lld", 0.5 + 5.5 * sqrt((double)e[i].n / (double)most), (long long)e[i].n);
		if (!isnan(e[i].median_days))
			str_printf(out, "\\n%.1f d", e[i].median_days);
		str_puts(out, "\"];\n");
	}
	str_puts(out, "}\n");
}

static void mermaid_text(struct str *s, struct sv v)
{
	str_putc(s, '"');
	for (size_t i = 0; i < v.n; i++) {
		const char c = v.p[i];
		if (strchr("\"#<>&;`\\", c) && c)
			str_printf(s, "#%d;", c);
		else
			str_putc(s, (unsigned char)c < 32 ? ' ' : c);
	}
	str_putc(s, '"');
}

void draw_mermaid(struct str *out, const struct drawn_edge *e, size_t n)
{
	struct sv *names = NULL;
	size_t nodes = 0, cap = 0;
	str_puts(out, "flowchart LR\n");
	for (size_t i = 0; i < n; i++) {
		size_t end[2];
		for (int k = 0; k < 2; k++) {
			const struct sv name = name_of(k ? e[i].to : e[i].from, k ? "(end)" : "(start)");
			const size_t before = nodes;
			end[k] = node_number(&names, &nodes, &cap, name);
			if (end[k] == before) {
				str_printf(out, "\tn%zu[", end[k]);
				mermaid_text(out, name);
				str_puts(out, "]\n");
			}
		}
		str_printf(out, "\tn%zu -->|%lld| n%zu\n", end[0], (long long)e[i].n, end[1]);
	}
	free(names);
}
