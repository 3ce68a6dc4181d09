/* Columns for the eye: widths in terminal cells, numbers on the right and on their point. */
#include "out/writers.h"
#include "wend/mem.h"

enum { GAP = 2, SHRINK_MIN = 24 };

struct gcol {
	int width;
	int whole, frac;   /* cells before, and from, the point */
	bool right;
	bool point;        /* numbers stand on their point */
	int limit;         /* cells a text may take; 0 = all */
};

static const char BOLD[] = "\x1b[1m", DIM[] = "\x1b[2m", PLAIN[] = "\x1b[0m";

static void blanks(struct str *s, int n)
{
	while (n-- > 0)
		str_putc(s, ' ');
}

static void widen(int *w, int to)
{
	if (to > *w)
		*w = to;
}

/* Cells before and from the point of a formatted number. */
static void point_split(struct sv v, int *whole, int *frac)
{
	const char *dot = v.n ? memchr(v.p, '.', v.n) : NULL;

	if (dot) {
		*whole = (int)(dot - v.p);
		*frac = (int)v.n - *whole;
		return;
	}
	/* No point: a per cent sign still stands under the others. */
	*frac = sv_ends(v, " %") ? 2 : 0;
	*whole = (int)v.n - *frac;
}

static void measure(struct gcol *g, const struct table *t, const struct zone *z)
{
	struct str s = STR_INIT;

	for (size_t c = 0; c < t->ncol; c++) {
		const struct column *col = &t->col[c];
		bool number = column_is_number(col);
		g[c].right = g[c].point = number;
		for (size_t r = 0; r < t->nrow; r++) {
			const struct cell *v = table_at(t, r, c);
			int whole, frac;
			str_reset(&s);
			people_cell(&s, col, v, z);
			if (!number || v->state != CELL_VALUE) {
				widen(&g[c].width, utf8_width(str_view(&s)));
				continue;
			}
			point_split(str_view(&s), &whole, &frac);
			widen(&g[c].whole, whole);
			widen(&g[c].frac, frac);
		}
		widen(&g[c].width, g[c].whole + g[c].frac);
	}
	str_release(&s);
}

static void measure_header(struct gcol *g, const struct table *t)
{
	struct str s = STR_INIT;

	for (size_t c = 0; c < t->ncol; c++) {
		str_reset(&s);
		utf8_visible(&s, sv_of(t->col[c].name));
		widen(&g[c].width, utf8_width(str_view(&s)));
		if (t->col[c].unit)
			widen(&g[c].width, utf8_width(sv_of(t->col[c].unit)));
	}
	str_release(&s);
}

static int total(const struct gcol *g, size_t n)
{
	int w = 0;

	for (size_t c = 0; c < n; c++)
		w += g[c].width + (c ? GAP : 0);
	return w;
}

/* Make a table fit by shortening its widest texts, never numbers, dates or the customer,
 * and none below SHRINK_MIN, where names begin to look alike. False: it cannot fit, and
 * no text is longer than half the width. */
static bool shrink(struct gcol *g, const struct table *t, int width)
{
	struct gcol *whole = xreallocarray(NULL, t->ncol, sizeof *whole);
	bool fits = true;

	memcpy(whole, g, t->ncol * sizeof *g);
	for (int over = total(g, t->ncol) - width; over > 0; over--) {
		size_t widest = t->ncol;
		for (size_t c = 0; c < t->ncol; c++) {
			bool text = t->col[c].type == COL_TEXT && !(t->customer_col && !strcmp(t->customer_col, t->col[c].name));
			int header = utf8_width(sv_of(t->col[c].name));
			if (text && g[c].width > SHRINK_MIN && g[c].width > header && (widest == t->ncol || g[c].width > g[widest].width))
				widest = c;
		}
		fits = widest < t->ncol;
		if (!fits)
			break;
		g[widest].limit = --g[widest].width;
	}
	for (size_t c = 0; c < t->ncol && !fits; c++) {
		bool text = t->col[c].type == COL_TEXT && g[c].limit;
		if (text && whole[c].width > width / 2)
			whole[c].limit = whole[c].width = width / 2;
		g[c] = whole[c];
	}
	free(whole);
	return fits;
}

/* Columns of one block of lines: the key columns, then from..to. */
struct block {
	size_t keys, from, to;
};

static bool in_block(const struct block *b, size_t c)
{
	return c < b->keys || (c >= b->from && c < b->to);
}

static size_t last_of(const struct block *b)
{
	return b->to > b->from ? b->to - 1 : b->keys - 1;
}

/* The leading texts say what a row is about; they stand in every block, unless they
 * leave no room. */
static size_t key_columns(const struct gcol *g, const struct table *t, int width)
{
	size_t keys = 0;

	while (keys < t->ncol && t->col[keys].type == COL_TEXT && total(g, keys + 1) <= width * 2 / 3)
		keys++;
	return keys ? keys : 1;
}

/* The next block: as many of the columns after `from` as fit, one at least; an estimate
 * stays with its lo and hi. */
static struct block next_block(const struct gcol *g, const struct table *t, size_t keys, size_t from, int width)
{
	struct block b = { keys, from, from };
	int w = total(g, keys);
	size_t back;

	while (b.to < t->ncol && (b.to == from || w + GAP + g[b.to].width <= width))
		w += GAP + g[b.to++].width;
	if (b.to == t->ncol)
		return b;
	back = sv_ends(sv_of(t->col[b.to].name), "hi") ? 2 : sv_ends(sv_of(t->col[b.to].name), "lo") ? 1 : 0;
	if (b.to > from + back)
		b.to -= back;
	return b;
}

/* One cell in its column; the last column on the left gets no blanks behind it. */
static void put_cell(struct str *s, struct sv text, const struct gcol *g, bool value, bool last)
{
	int w = utf8_width(text), before = 0, after = g->width - w;

	if (g->right) {
		int whole, frac;
		before = g->width - w;
		after = 0;
		if (value && g->point) {
			point_split(text, &whole, &frac);
			after = g->frac - frac;
			before -= after;
		}
	}
	blanks(s, before);
	str_sv(s, text);
	if (!last)
		blanks(s, after);
}

static void trim_line(struct str *s, size_t start)
{
	while (s->n > start && s->p[s->n - 1] == ' ')
		s->n--;
	s->p[s->n] = '\0';
}

static void header_line(struct str *s, const struct table *t, const struct gcol *g, const struct block *b, bool units, const struct out_options *o)
{
	size_t start = s->n;
	struct str name = STR_INIT;

	if (o->color)
		str_puts(s, units ? DIM : BOLD);
	for (size_t c = 0; c < t->ncol; c++) {
		const char *text = units ? t->col[c].unit : t->col[c].name;
		if (!in_block(b, c))
			continue;
		str_reset(&name);
		utf8_visible(&name, sv_of(text ? text : ""));
		blanks(s, c ? GAP : 0);
		put_cell(s, str_view(&name), &g[c], false, c == last_of(b));
	}
	trim_line(s, start);
	if (o->color)
		str_puts(s, PLAIN);
	str_putc(s, '\n');
	str_release(&name);
}

static void body_row(struct str *s, const struct table *t, size_t r, const struct gcol *g, const struct block *b, const struct zone *z)
{
	size_t start = s->n;
	struct str text = STR_INIT, cut = STR_INIT;

	for (size_t c = 0; c < t->ncol; c++) {
		const struct cell *v = table_at(t, r, c);
		struct sv shown;
		if (!in_block(b, c))
			continue;
		str_reset(&text);
		people_cell(&text, &t->col[c], v, z);
		shown = str_view(&text);
		if (g[c].limit) {
			str_reset(&cut);
			clip_text(&cut, shown, g[c].limit);
			shown = str_view(&cut);
		}
		blanks(s, c ? GAP : 0);
		put_cell(s, shown, &g[c], v->state == CELL_VALUE, c == last_of(b));
	}
	trim_line(s, start);
	str_putc(s, '\n');
	str_release(&text);
	str_release(&cut);
}

static bool has_units(const struct table *t, const struct block *b)
{
	for (size_t c = 0; c < t->ncol; c++)
		if (in_block(b, c) && t->col[c].unit && *t->col[c].unit)
			return true;
	return false;
}

static void grid_block(struct sink *k, const struct table *t, const struct gcol *g, const struct block *b, const struct out_options *o, const struct zone *z)
{
	if (!o->no_header) {
		header_line(k->s, t, g, b, false, o);
		if (has_units(t, b))
			header_line(k->s, t, g, b, true, o);
	}
	for (size_t r = 0; r < t->nrow; r++) {
		body_row(k->s, t, r, g, b, z);
		sink_row(k);
	}
}

/* A table wider than `width` (0 = no bound) is folded: blocks of columns below each
 * other, the keys in each, a blank line between. */
static void grid(struct sink *k, const struct table *t, const struct out_options *o, const struct zone *z, int width)
{
	struct gcol *g;
	struct block b = { t->ncol, t->ncol, t->ncol };

	if (!t->ncol)
		return;
	g = xcalloc(t->ncol, sizeof *g);
	measure(g, t, z);
	if (!o->no_header)
		measure_header(g, t);
	if (width > 0 && total(g, t->ncol) > width && !shrink(g, t, width)) {
		size_t keys = key_columns(g, t, width);
		b = next_block(g, t, keys, keys, width);
	}
	for (;;) {
		grid_block(k, t, g, &b, o, z);
		if (b.to >= t->ncol)
			break;
		str_putc(k->s, '\n');
		b = next_block(g, t, b.keys, b.to, width);
	}
	free(g);
}

void write_table(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	grid(k, t, o, z, o->width > 0 ? o->width : 80);
}

/* Text is kept and mailed: nothing is shortened. */
void write_text(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z)
{
	grid(k, t, o, z, 0);
}

/* ---- screens ---- */

static bool block_has_header(const struct screen_block *b)
{
	if (b->heading && *b->heading)
		return true;
	for (size_t c = 0; c < b->t.ncol; c++)
		if (b->t.col[c].name && *b->t.col[c].name)
			return true;
	return false;
}

/* The heading stands where the first column's name would. */
static const char *block_header(const struct screen_block *b, size_t c)
{
	const char *name = b->t.col[c].name;

	if (c == 0 && b->heading && *b->heading)
		return b->heading;
	return name ? name : "";
}

static void measure_block(struct gcol *g, const struct screen_block *b)
{
	measure(g, &b->t, NULL);
	for (size_t c = 0; c < b->t.ncol; c++) {
		widen(&g[c].width, utf8_width(sv_of(block_header(b, c))));
		g[c].right = c > 0;
		g[c].point = false;
	}
}

static void block_lines(struct str *s, const struct screen_block *b, const struct gcol *g, const struct out_options *o)
{
	const struct table *t = &b->t;
	const struct block all = { t->ncol, t->ncol, t->ncol };
	size_t start = s->n;

	if (block_has_header(b) && t->ncol) {
		blanks(s, GAP);
		if (o->color)
			str_puts(s, BOLD);
		for (size_t c = 0; c < t->ncol; c++) {
			blanks(s, c ? GAP : 0);
			put_cell(s, sv_of(block_header(b, c)), &g[c], false, c + 1 == t->ncol);
		}
		trim_line(s, start);
		if (o->color)
			str_puts(s, PLAIN);
		str_putc(s, '\n');
	}
	for (size_t r = 0; r < t->nrow; r++) {
		blanks(s, GAP);
		body_row(s, t, r, g, &all, NULL);
	}
}

/* Blocks share one grid when every line still fits, so that figures stand under figures. */
void write_screen(struct sink *k, const struct screen_block *b, size_t n, const struct out_options *o)
{
	int width = o->width > 0 ? o->width : 80;
	size_t most = 0;
	struct gcol *joint, *own;
	bool fits = true;

	for (size_t i = 0; i < n; i++)
		if (b[i].t.ncol > most)
			most = b[i].t.ncol;
	joint = xcalloc(most, sizeof *joint);
	own = xcalloc(most, sizeof *own);
	for (size_t i = 0; i < n; i++)
		measure_block(joint, &b[i]);
	for (size_t i = 0; i < n; i++)
		fits = fits && GAP + total(joint, b[i].t.ncol) <= width;
	for (size_t i = 0; i < n; i++) {
		if (!fits) {
			memset(own, 0, most * sizeof *own);
			measure_block(own, &b[i]);
		}
		block_lines(k->s, &b[i], fits ? joint : own, o);
		sink_row(k);
	}
	free(joint);
	free(own);
}
