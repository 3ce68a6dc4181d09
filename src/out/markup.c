/* Markdown and HTML: documents that a reader, a wiki or a mail program shows. Text is
 * escaped once, here. */
#include <ctype.h>

#include "out/writers.h"

/* ---- Markdown (CommonMark with pipe tables) ---- */

static bool word_byte(char c)
{
	unsigned char u = (unsigned char)c;
	return isalnum(u) || u >= 0x80;
}

void md_escape(struct str *out, struct sv v, bool starts_line)
{
	struct str shown = STR_INIT;

	utf8_visible(&shown, v);
	for (size_t i = 0; i < shown.n; i++) {
		char c = shown.p[i];
		/* An underscore within a word is no emphasis: total_value stays readable. */
		bool inside = i > 0 && i + 1 < shown.n && word_byte(shown.p[i - 1]) && word_byte(shown.p[i + 1]);
		if (c == '&')
			str_puts(out, "&amp;");
		else if (c == '<')
			str_puts(out, "&lt;");
		else { /* what would begin a heading, a quotation or a list */
			bool block = starts_line && i == 0 && (strchr("#>", c) || (strchr("+-=", c) && shown.p[1] == ' '));
			if (strchr("\\`*[]|~", c) || (c == '_' && !inside) || block)
				str_putc(out, '\\');
			str_putc(out, c);
		}
	}
	str_release(&shown);
}

/* A column's name with its unit: "mrr (EUR)". */
static void titled(struct str *out, const struct column *c)
{
	str_puts(out, c->name ? c->name : "");
	if (c->unit && *c->unit)
		str_printf(out, " (%s)", c->unit);
}

void write_md(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	struct str *s = k->s, cell = STR_INIT;

	(void)o;
	if (!t->ncol)
		return;
	for (size_t c = 0; c < t->ncol; c++) {
		str_reset(&cell);
		titled(&cell, &t->col[c]);
		str_puts(s, c ? " | " : "| ");
		md_escape(s, str_view(&cell), false);
	}
	str_puts(s, " |\n");
	for (size_t c = 0; c < t->ncol; c++)
		str_puts(s, column_is_number(&t->col[c]) ? (c ? " ---: |" : "| ---: |") : (c ? " --- |" : "| --- |"));
	str_putc(s, '\n');
	for (size_t r = 0; r < t->nrow; r++) {
		for (size_t c = 0; c < t->ncol; c++) {
			str_reset(&cell);
			people_cell(&cell, &t->col[c], table_at(t, r, c), z);
			str_puts(s, c ? " | " : "| ");
			md_escape(s, str_view(&cell), false);
		}
		str_puts(s, " |\n");
		sink_row(k);
	}
	str_release(&cell);
}

/* ---- HTML ---- */

void html_escape(struct str *out, struct sv v)
{
	struct str shown = STR_INIT;

	utf8_visible(&shown, v);
	for (size_t i = 0; i < shown.n; i++) {
		switch (shown.p[i]) {
		case '&': str_puts(out, "&amp;"); break;
		case '<': str_puts(out, "&lt;"); break;
		case '>': str_puts(out, "&gt;"); break;
		case '"': str_puts(out, "&quot;"); break;
		case '\'': str_puts(out, "&#39;"); break;
		default: str_putc(out, shown.p[i]);
		}
	}
	str_release(&shown);
}

static void html_cell(struct str *s, const char *tag, bool number, struct sv text)
{
	str_printf(s, "<%s%s>", tag, number ? " class=\"n\"" : "");
	html_escape(s, text);
	str_printf(s, "</%s>", tag);
}

void write_html(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	struct str *s = k->s, cell = STR_INIT;

	str_puts(s, "<table>\n");
	if (!o->no_header && t->ncol) {
		str_puts(s, "<thead><tr>");
		for (size_t c = 0; c < t->ncol; c++) {
			str_reset(&cell);
			titled(&cell, &t->col[c]);
			html_cell(s, "th", column_is_number(&t->col[c]), str_view(&cell));
		}
		str_puts(s, "</tr></thead>\n");
	}
	str_puts(s, "<tbody>\n");
	for (size_t r = 0; r < t->nrow; r++) {
		str_puts(s, "<tr>");
		for (size_t c = 0; c < t->ncol; c++) {
			str_reset(&cell);
			people_cell(&cell, &t->col[c], table_at(t, r, c), z);
			html_cell(s, "td", column_is_number(&t->col[c]), str_view(&cell));
		}
		str_puts(s, "</tr>\n");
		sink_row(k);
	}
	str_puts(s, "</tbody>\n</table>\n");
	str_release(&cell);
}
