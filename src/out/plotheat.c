/* Heat: a plane of rows and columns, dark where much is; cohort triangles, transitions. */
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"
#include "wend/mem.h"

/* The distinct values of a column: texts as they appear, everything else in order. */
struct ticks {
	struct sv *name;
	struct cell *key;
	size_t n;
	size_t *at;   /* per row */
};

static void ticks_of(struct ticks *k, struct drawing *d, size_t col)
{
	const struct table *t = &d->f->data;
	const struct column *c = &t->col[col];
	struct str s = STR_INIT;

	k->n = 0;
	k->name = arena_alloc(&d->arena, t->nrow * sizeof *k->name);
	k->key = arena_alloc(&d->arena, t->nrow * sizeof *k->key);
	k->at = arena_alloc(&d->arena, t->nrow * sizeof *k->at);
	for (size_t r = 0; r < t->nrow; r++) {
		struct cell v = *table_at(t, r, col);
		size_t i = 0;
		while (i < k->n && cell_cmp(c, &k->key[i], &v) != 0)
			i++;
		if (i < k->n)
			continue;
		if (c->type != COL_TEXT)
			for (; i > 0 && cell_cmp(c, &k->key[i - 1], &v) > 0; i--)
				k->key[i] = k->key[i - 1];
		k->key[i] = v;
		k->n++;
	}
	for (size_t i = 0; i < k->n; i++) {
		str_reset(&s);
		cell_text(&s, c, &k->key[i], NULL);
		k->name[i] = sv_n(arena_strndup(&d->arena, s.p ? s.p : "", s.n), s.n);
	}
	for (size_t r = 0; r < t->nrow; r++)
		for (k->at[r] = 0; cell_cmp(c, &k->key[k->at[r]], table_at(t, r, col)) != 0; k->at[r]++)
			;
	str_release(&s);
}

static void ticks_axis(struct drawing *d, const struct ticks *k, char letter)
{
	struct axis a = { .category = true, .name = k->name, .n = k->n };

	axis_tics(d, &a, letter);
}

/* As many steps as the height of the picture has room for. */
static void palette_range(struct drawing *d, double lo, double hi)
{
	setting(d, "cbrange [%.12g:%.12g]", lo, hi);
	setting(d, "cbtics %.12g", round_step((hi - lo) * 60 / d->height));
}

/* Light to dark in one colour; with a reference, blue below and orange above it. */
static void palette(struct drawing *d, double lo, double hi)
{
	double ref = d->f->ref;

	if (isnan(ref)) {
		setting(d, "palette defined (0 '#f3f7fb', 0.35 '#a6c8e4', 0.7 '#2f7fbc', 1 '#08306b')");
		palette_range(d, lo > 0 ? 0 : lo, hi > lo ? hi : lo + 1);
		return;
	}
	double away = fmax(fabs(hi - ref), fabs(lo - ref));
	if (!(away > 0))
		away = 1;
	setting(d, "palette defined (0 '#0a4a7a', 0.25 '#7fb3d9', 0.5 '#f7f7f7', 0.75 '#f0b46c', 1 '#a8500a')");
	palette_range(d, ref - away, ref + away);
}

static bool is_dark(const struct drawing *d, double v, double lo, double hi)
{
	double ref = d->f->ref;

	if (isnan(ref)) {
		double from = lo > 0 ? 0 : lo;
		return hi > from && (v - from) / (hi - from) > 0.55;
	}
	double away = fmax(fabs(hi - ref), fabs(lo - ref));
	return away > 0 && fabs(v - ref) / away > 0.7;
}

/* The number a row rests on, behind its name: "2026-01  1,204". */
static void rows_with_n(struct drawing *d, struct ticks *row)
{
	const struct table *t = &d->f->data;
	const int col = column_of(t, 3, false);

	for (size_t i = 0; col >= 0 && i < row->n; i++) {
		double most = NAN;
		struct str s = STR_INIT;
		for (size_t r = 0; r < t->nrow; r++)
			if (row->at[r] == i)
				most = fmax(most, drawn_value(&t->col[col], table_at(t, r, (size_t)col)));
		if (isnan(most))
			continue;
		clip_text(&s, row->name[i], 34);
		str_puts(&s, "  ");
		people_real(&s, most, 0);
		row->name[i] = sv_n(arena_strndup(&d->arena, s.p, s.n), s.n);
		str_release(&s);
	}
	if (col >= 0)
		note(d, "behind the names: %s", t->col[col].name);
}

/* A cell's number as it is written into it; "few" where there are too few. */
static struct sv number_of(struct drawing *d, size_t r)
{
	const struct column *c = &d->f->data.col[2];
	const struct cell *v = table_at(&d->f->data, r, 2);
	const double x = drawn_value(c, v);
	struct str s = STR_INIT;

	if (v->state == CELL_FEW)
		return SV("few");
	if (isnan(x))
		return SV("");
	if (c->type == COL_REAL && c->digits < 0 && x != 0 && fabs(x) < 1e6 && fabs(x) >= 1e-3) {
		const int decimals = 2 - (int)floor(log10(fabs(x)));
		people_real(&s, x, decimals < 0 ? 0 : decimals);
	} else {
		people_real(&s, x, c->type == COL_SHARE ? (c->digits >= 0 ? c->digits : 1) : c->type == COL_REAL ? c->digits : 0);
	}
	const struct sv out = sv_n(arena_strndup(&d->arena, s.p ? s.p : "", s.n), s.n);
	str_release(&s);
	return out;
}

struct heat {
	struct ticks row, column;
	struct sv *number;   /* a row of the data */
	bool numbers;        /* they fit into their cells */
};

/* Numbers need their width in every column; a picture grows for them, characters cannot. */
static bool numbers_fit(struct drawing *d, const struct heat *h)
{
	const int wide = longest_name(h->number, d->f->data.nrow), n = (int)h->column.n;
	int need;

	if (d->target == TO_TXT)
		return n * (wide + 1) <= TEXT_COLS - 8 - d->beside && (int)h->row.n <= MOST_TEXT_LINES - 8;
	need = d->beside * 8 + n * (wide + 1) * 8 + 160;
	if (need > 1920 || h->row.n > 120)
		return false;
	d->width = need > d->width ? need : d->width;
	return true;
}

/* Rows downwards, columns rightwards, each cell a square of the plane. */
static void heat_axes(struct drawing *d, struct heat *h)
{
	const struct ticks *row = &h->row, *column = &h->column;
	const int beside = longest_name(row->name, row->n), most = d->target == TO_TXT ? 26 : 44;

	d->beside = beside < most ? beside : most;
	d->height = 150 + 30 * (int)(row->n < 120 ? row->n : 120);
	d->height = d->height < 300 ? 300 : d->height;
	d->lines_of_text = (int)row->n + 8 < TEXT_LINES ? TEXT_LINES : row->n + 8 > MOST_TEXT_LINES ? MOST_TEXT_LINES : (int)row->n + 8;
	h->numbers = numbers_fit(d, h);
	if (!h->numbers && d->target != TO_TXT && 8 * d->beside + 20 * (int)(column->n < 90 ? column->n : 90) > d->width - 160)
		d->width = 8 * d->beside + 20 * (int)(column->n < 90 ? column->n : 90) + 160;
	ticks_axis(d, column, 'x');
	ticks_axis(d, row, 'y');
	setting(d, "xrange [-0.5:%.1f]", (double)column->n - 0.5);
	setting(d, "yrange [%.1f:-0.5]", (double)row->n - 0.5);
	str_puts(&d->set, "unset grid\nset border 0\nset tics scale 0\n");
}

static void heat_elements(struct drawing *d, const struct heat *h)
{
	/* One cell of the terminal cannot be shaded: tenths of the greatest value instead. */
	const bool tenths = d->target == TO_TXT && !h->numbers;

	if (d->target != TO_TXT)
		str_puts(element(d, 0), "using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fs solid 1 noborder lc palette notitle");
	if (tenths)
		note(d, "digits: tenths of the greatest value");
	if (!h->numbers && !tenths)
		return;
	str_puts(element(d, 0), "using ($4==0?$1:NaN):2:5 with labels tc rgb '" INK "' notitle");
	str_puts(element(d, 0), "using ($4==1?$1:NaN):2:5 with labels tc rgb '#ffffff' notitle");
}

void draw_heat(struct drawing *d)
{
	const struct table *t = &d->f->data;
	const struct column *c = &t->col[2];
	struct range r = range_of(d, 2, 2);
	struct heat h;

	if (isinf(r.lo))
		r = (struct range){ 0, 0 };
	ticks_of(&h.row, d, 0);
	ticks_of(&h.column, d, 1);
	rows_with_n(d, &h.row);
	h.number = arena_alloc(&d->arena, t->nrow * sizeof *h.number);
	for (size_t i = 0; i < t->nrow; i++)
		h.number[i] = number_of(d, i);
	heat_axes(d, &h);
	palette(d, r.lo, r.hi);
	setting(d, "format cb '%s'", c->type == COL_SHARE ? "%.10g %%" : fabs(r.hi) >= 1e6 ? "%.1s %c" : "%.10g");
	heat_elements(d, &h);
	for (size_t i = 0; i < t->nrow; i++) {
		const double v = drawn_value(c, table_at(t, i, 2));
		if (!h.number[i].n)
			continue;
		field(d, (double)h.column.at[i]);
		field(d, (double)h.row.at[i]);
		field(d, v);
		field(d, is_dark(d, v, r.lo, r.hi) ? 1 : 0);
		/* Written here, not read from a file: digits, or "few". */
		if (h.numbers || d->target != TO_TXT)
			str_sv(&d->data, h.number[i]);
		else if (isfinite(v))
			str_int(&d->data, r.hi > 0 && v > 0 ? (int64_t)fmin(9, floor(10 * v / r.hi)) : 0);
		str_putc(&d->data, '\t');
		line_end(d, h.row.name[h.row.at[i]]);
	}
	block_end(d);
}
