/* room: csv
 * Records with quotes, by libcsv in strict mode, one physical line at a time and one
 * separator at a time, so that the place of every field in the text is known.
 *
 * libcsv has no way to go on after an error, and without strict mode a stray quote
 * swallows the rest of the file. So: on an error, a limit, or the end of the text inside
 * a quote, only the first line of the broken record is judged. It is read again alone,
 * first with backslash escapes made doubled quotes, then leniently, and taken if it ends
 * on that line with the number of fields the header has; else it is rejected. Reading
 * goes on with the next line in either case.
 */
#include "csvimpl.h"
#include "csvscan.h"

#include "wend/mem.h"

#define LIBCSV_BLOCK (4u << 10)

enum fed { FED_OPEN, FED_DONE, FED_ERROR, FED_LIMIT };
struct fault {
	const char *code;
	size_t column;         /* in the first line, from 1 */
	char reason[160];
};

/* Spaces round quotes are libcsv's to drop. A tab is one only when it separates nothing. */
static int space_or_tab(unsigned char ch) { return ch == ' ' || ch == '\t'; }
static int space_only(unsigned char ch) { return ch == ' '; }

/* libcsv's callback for a field. Its text is taken from libcsv when it was quoted and
 * from the line, spaces included, when not. */
static void field_done(void *p, size_t n, void *ctx)
{
	struct csv *c = ctx;
	struct grammar *g = &c->g;
	size_t at = g->field_at;
	struct cell *cell;

	if (g->ncell == c->opt.max_columns) {
		g->too_many = true;
		return;
	}
	GROW(g->cell, g->cell_cap, g->ncell + 1);
	cell = &g->cell[g->ncell++];
	while (at < g->end && g->base[at] != c->sep && space_or_tab((unsigned char)g->base[at]))
		at++;
	cell->quoted = at < g->end && g->base[at] == '"';
	if (cell->quoted) {
		cell->off = g->cells.n;
		str_add(&g->cells, p ? p : "", n);
	} else {
		cell->off = g->field_at;
		n = g->end - g->field_at;
	}
	if (n > c->opt.max_field)
		g->too_long = true;
	cell->n = (uint32_t)n;
	g->field_at = g->end + 1;
}

static void row_done(int ch, void *ctx)
{
	(void)ch;
	((struct csv *)ctx)->g.row_done = true;
}

static void begin(struct csv *c, bool lenient)
{
	struct grammar *g = &c->g;

	if (!g->ready || g->lenient != lenient) {
		if (g->ready)
			csv_free(&g->parser);
		csv_init(&g->parser, (unsigned char)(CSV_EMPTY_IS_NULL | (lenient ? 0 : CSV_STRICT)));
		csv_set_delim(&g->parser, (unsigned char)c->sep);
		csv_set_space_func(&g->parser, c->sep == '\t' ? space_only : space_or_tab);
		csv_set_blk_size(&g->parser, LIBCSV_BLOCK);
		csv_set_realloc_func(&g->parser, xrealloc);
		g->lenient = lenient;
		g->ready = true;
	}
	g->ncell = 0;
	g->field_at = 0;
	g->row_done = g->too_many = g->too_long = false;
	str_reset(&g->cells);
}

/* After an error libcsv has to be set up anew. */
static void forget(struct csv *c)
{
	if (c->g.ready)
		csv_free(&c->g.parser);
	c->g.ready = false;
}

/* Feed base[at, end) and a line end. `stop`: where an error was met. */
static enum fed feed_line(struct csv *c, const char *base, size_t at, size_t end, size_t next, size_t *stop)
{
	struct grammar *g = &c->g;
	static const char lf = '\n';

	g->base = base;
	while (at < end) {
		const char *sep = memchr(base + at, c->sep, end - at);
		size_t to = sep ? (size_t)(sep - base) + 1 : end, n;

		g->end = sep ? to - 1 : to;
		n = csv_parse(&g->parser, base + at, to - at, field_done, row_done, c);
		if (n != to - at) {
			*stop = at + n;
			return FED_ERROR;
		}
		at = to;
		if (g->too_long || g->too_many || g->parser.entry_pos > c->opt.max_field + 1)
			return FED_LIMIT;
	}
	*stop = end;
	g->end = end;
	if (next == end) /* the last line of the text has no end: lend it one */
		csv_parse(&g->parser, &lf, 1, field_done, row_done, c);
	else
		csv_parse(&g->parser, base + end, next - end, field_done, row_done, c);
	if (!g->row_done && !g->parser.quoted) { /* nothing but spaces: libcsv sees no row there */
		field_done(NULL, 0, c);
		g->row_done = true;
	}
	if (g->too_long || g->too_many)
		return FED_LIMIT;
	return g->row_done ? FED_DONE : FED_OPEN;
}

/* The physical line that begins `rel` bytes behind c->pos: where it ends and where the
 * next begins, both relative to c->pos. */
static enum more find_line(struct csv *c, size_t rel, size_t *end, size_t *next, struct err *err)
{
	for (;;) {
		enum more more;

		while (c->i < c->nidx) {
			size_t p = c->idx[c->i] & ~SCAN_OTHER, q = p + 1;
			char ch = c->text[p];

			if (ch == '\r' && q == c->len && !c->eof)
				break;
			c->i++;
			if ((ch != '\n' && ch != '\r') || p < c->pos + rel)
				continue;
			if (ch == '\r' && q < c->len && c->text[q] == '\n') {
				q++;
				c->i += c->i < c->nidx;
			}
			*end = p - c->pos;
			*next = q - c->pos;
			return MORE_OK;
		}
		more = csv_more(c, rel, err);
		if (more == MORE_END) {
			*end = *next = c->len - c->pos;
			return c->pos + rel < c->len ? MORE_OK : MORE_END;
		}
		if (more != MORE_OK)
			return more;
	}
}

/* Go back to the line that begins at c->pos: its entries may still be in the index. */
static void reindex(struct csv *c)
{
	size_t lo;

	if (c->scan_lo > c->pos) {
		c->nidx = c->i = 0;
		c->scan_lo = c->scan_hi = c->pos;
		return;
	}
	LOWER_BOUND(lo, c->nidx, (c->idx[mid] & ~SCAN_OTHER) < c->pos);
	c->i = lo;
}

/* Make the record of the cells. `base`: the text they point into; `n`: the record's length. */
static void take(struct csv *c, struct csv_record *out, const char *base, size_t n)
{
	struct grammar *g = &c->g;

	csv_grow_fields(c, g->ncell);
	for (size_t k = 0; k < g->ncell; k++) {
		const struct cell *cell = &g->cell[k];

		c->f[k] = (struct csv_field){ (cell->quoted ? g->cells.p : base) + cell->off, cell->n, cell->quoted };
		if (cell->quoted && !cell->n)
			c->f[k].p = "";
	}
	out->verdict = CSV_RECORD;
	out->f = c->f;
	out->n = g->ncell;
	out->raw = sv_n(c->text + c->pos, n);
	csv_check_text(c, out);
}

/* `say \"hi\"` to `say ""hi""`. False when there is none. */
static bool unescape(struct csv *c, const char *p, size_t n)
{
	bool found = false;

	str_reset(&c->alt);
	for (size_t k = 0; k < n; k++) {
		bool escape = p[k] == '\\' && k + 1 < n && p[k + 1] == '"';

		found |= escape;
		str_putc(&c->alt, escape ? '"' : p[k]);
	}
	return found;
}

static bool retry(struct csv *c, const char *base, size_t n, bool lenient)
{
	size_t stop;
	enum fed fed;

	forget(c);
	begin(c, lenient);
	fed = feed_line(c, base, 0, n, n, &stop);
	if (fed != FED_DONE || lenient)
		forget(c);
	return fed == FED_DONE && (c->expect == 0 || c->g.ncell == c->expect);
}

static bool any_quoted(const struct grammar *g)
{
	for (size_t k = 0; k < g->ncell; k++)
		if (g->cell[k].quoted)
			return true;
	return false;
}

/* The first line of a broken record: n bytes, the next line `next` bytes away. */
static void first_line(struct csv *c, struct csv_record *out, size_t n, size_t next, const struct fault *f)
{
	const char *line = c->text + c->pos;

	if (unescape(c, line, n) && retry(c, c->alt.p, n, false)) {
		take(c, out, c->alt.p, n);
		csv_warn(c, "line %llu: backslash escape", (unsigned long long)out->line);
	} else if (retry(c, line, n, true)) {
		/* A quote inside an unquoted field, as in 5" pipe, is text like any other. */
		if (any_quoted(&c->g))
			csv_warn(c, "line %llu: quote not doubled", (unsigned long long)out->line);
		take(c, out, line, n);
	} else {
		out->raw = sv_n(line, n);
		csv_reject(out, f->code, f->column, "%s", f->reason);
	}
	c->lines++;
	c->pos += next;
	reindex(c);
}

static void describe(struct csv *c, struct fault *f, enum fed fed, bool first, size_t stop)
{
	const struct grammar *g = &c->g;
	char size[32];

	*f = (struct fault){ "quote-open", g->field_at + 1, "quote opened here is never closed" };
	csv_show_size(size, c->opt.max_field);
	if (fed == FED_ERROR && first) {
		f->code = "quote-text";
		f->column = stop + 1;
		snprintf(f->reason, sizeof f->reason, "%s", g->parser.quoted ? "text after closing quote" : "quote inside an unquoted field");
	} else if (fed == FED_LIMIT && g->too_many) {
		f->code = "too-many-columns";
		f->column = 0;
		snprintf(f->reason, sizeof f->reason, "more than %zu columns", c->opt.max_columns);
	} else if (fed == FED_LIMIT) {
		f->code = "too-long";
		snprintf(f->reason, sizeof f->reason, "field longer than %s", size);
	}
}

enum wend_err grammar_record(struct csv *c, struct csv_record *out, struct err *err)
{
	size_t end = 0, next = 0, at = 0, first_end = 0, first_next = 0, lines = 0, stop = 0;
	struct fault fault = { "quote-open", 0, "quote opened here is never closed" };
	enum fed fed = FED_OPEN;

	begin(c, false);
	while (fed == FED_OPEN) {
		enum more more = find_line(c, at, &end, &next, err);

		if (more == MORE_FAIL)
			return err->code;
		if (more == MORE_LONG && lines == 0)
			return csv_skip_line(c, out, err);
		if (lines == 0) {
			first_end = end;
			first_next = next;
		}
		if (more == MORE_END) {
			describe(c, &fault, fed, lines == 0, stop);
			break;
		}
		if (more == MORE_LONG || lines == c->opt.max_lines) {
			describe(c, &fault, FED_OPEN, false, stop);
			fault.code = more == MORE_LONG ? "too-long" : "too-many-lines";
			snprintf(fault.reason, sizeof fault.reason, "quote opened here is not closed within %zu lines", lines);
			break;
		}
		lines++;
		fed = feed_line(c, c->text + c->pos, at, end, next, &stop);
		if (fed == FED_ERROR || fed == FED_LIMIT)
			describe(c, &fault, fed, lines == 1, stop);
		at = next;
	}
	/* The column of a quote that opens in a later line is not one of the first line. */
	if (fault.column > first_end + 1)
		fault.column = 0;
	if (fed == FED_DONE) {
		c->lines += lines;
		take(c, out, c->text + c->pos, end);
		c->pos += next;
		return WEND_OK;
	}
	first_line(c, out, first_end, first_next, &fault);
	return WEND_OK;
}
