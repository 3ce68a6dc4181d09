/* Formats for programs: CSV, TSV, JSON, JSON lines. Shortest numbers that read back the
 * same, ISO dates, empty for unknown. */
#include <math.h>

#include "out/writers.h"
#include "wend/csv.h"

static bool has_control(struct sv v)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < v.n && (unsigned char)v.p[i + 1] < 0xa0))
			return true;
	}
	return false;
}

/* Text that reached a terminal could command it: there, and only there, control
 * characters are made visible. */
static void text_field(struct str *s, struct sv v, char sep, const struct out_options *o)
{
	if (o->terminal && has_control(v)) {
		struct str shown = STR_INIT;
		utf8_visible(&shown, v);
		csv_put_field(s, str_view(&shown), sep, !o->raw);
		str_release(&shown);
		return;
	}
	csv_put_field(s, v, sep, !o->raw);
}

static void delimited_row(struct str *s, const struct table *t, const struct cell *v, const struct out_options *o, const struct zone *z, char sep)
{
	size_t start = s->n;

	for (size_t c = 0; c < t->ncol; c++) {
		if (c)
			str_putc(s, sep);
		if (t->col[c].type == COL_TEXT && v[c].state == CELL_VALUE)
			text_field(s, v[c].s, sep, o);
		else
			cell_text(s, &t->col[c], &v[c], z);
	}
	/* A lone empty cell would be an empty line, which readers skip. */
	if (t->ncol == 1 && s->n == start)
		str_puts(s, "\"\"");
	str_putc(s, '\n');
}

static void delimited(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z, char sep)
{
	struct str *s = k->s;

	for (size_t c = 0; c < t->ncol && !o->no_header; c++) {
		if (c)
			str_putc(s, sep);
		text_field(s, sv_of(t->col[c].name), sep, o);
	}
	if (t->ncol && !o->no_header)
		str_putc(s, '\n');
	do {
		for (size_t r = 0; r < t->nrow; r++) {
			delimited_row(s, t, table_at(t, r, 0), o, z, sep);
			sink_row(k);
		}
	} while (table_more(t));
}

void write_csv(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	delimited(k, t, o, z, ',');
}

void write_tsv(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	delimited(k, t, o, z, '\t');
}

static void json_cell(struct str *s, const struct column *c, const struct cell *v, const struct zone *z)
{
	bool real = c->type == COL_REAL || c->type == COL_SHARE;

	if (v->state != CELL_VALUE || (real && isinf(v->d))) {
		str_puts(s, "null");
	} else if (column_is_number(c)) {
		cell_text(s, c, v, z);
	} else if (c->type == COL_TEXT) {
		str_json(s, v->s);
	} else {
		str_putc(s, '"');
		cell_text(s, c, v, z);
		str_putc(s, '"');
	}
}

static void json_row(struct str *s, const struct table *t, size_t r, const struct zone *z)
{
	str_putc(s, '{');
	for (size_t c = 0; c < t->ncol; c++) {
		if (c)
			str_putc(s, ',');
		str_json(s, sv_of(t->col[c].name));
		str_putc(s, ':');
		json_cell(s, &t->col[c], table_at(t, r, c), z);
	}
	str_putc(s, '}');
}

void write_json(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	bool any = false;

	(void)o;
	str_putc(k->s, '[');
	do {
		for (size_t r = 0; r < t->nrow; r++) {
			str_puts(k->s, any ? ",\n" : "\n");
			any = true;
			json_row(k->s, t, r, z);
			sink_row(k);
		}
	} while (table_more(t));
	str_puts(k->s, any ? "\n]\n" : "]\n");
}

void write_jsonl(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	(void)o;
	do {
		for (size_t r = 0; r < t->nrow; r++) {
			json_row(k->s, t, r, z);
			str_putc(k->s, '\n');
			sink_row(k);
		}
	} while (table_more(t));
}
