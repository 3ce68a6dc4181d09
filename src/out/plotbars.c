/* Bars: one a row or one a series, standing or lying; and the forest of intervals. */
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"

bool bars_stand(const struct drawing *d, const struct axis *a)
{
	int w = longest_name(a->name, a->n);

	return !a->category || are_periods(a) || (w <= 12 && (int)a->n * (w + 2) <= (d->target == TO_TXT ? 62 : d->width / 9));
}

/* One line a row, first row on top, names on the left. */
void lying_axis(struct drawing *d, const struct axis *a)
{
	int height = 130 + 28 * (int)(a->n < 200 ? a->n : 200);

	const int names = longest_name(a->name, a->category ? a->n : 0), most = d->target == TO_TXT ? 26 : 44;

	d->lying = true;
	d->beside += (names < most ? names : most) + (d->target == TO_TXT ? 4 : 0);
	d->height = height < 260 ? 260 : height;
	d->lines_of_text = (int)a->n + 8 < TEXT_LINES ? TEXT_LINES : a->n + 8 > MOST_TEXT_LINES ? MOST_TEXT_LINES : (int)a->n + 8;
	axis_tics(d, a, 'y');
	setting(d, "yrange [%.1f:-0.5]", (double)a->n - 0.5);
	if (d->target != TO_TXT)
		setting(d, "grid noytics xtics lc rgb '#e6e6e6' lt 1");
	/* What stood under the other axis now stands under this one. */
	str_puts(&d->set, "set xlabel ");
	gp_quote(&d->set, sv_of(d->f->y_label), 80);
	str_puts(&d->set, " noenhanced\n");
	put_y_label(d, "");
}

/* Words behind the rows: "408 (349 to 470)". A wide picture leaves room for both sides. */
void right_texts(struct drawing *d, const struct sv *text, size_t n)
{
	const bool chars = d->target == TO_TXT;
	const size_t most = chars ? (size_t)d->lines_of_text - 7 : 140, step = 1 + (n - 1) / most;
	const int wide = longest_name(text, n), cells = wide < (chars ? 22 : 64) ? wide : chars ? 22 : 64;

	if (n > most) /* no room for a line each */
		return;
	setting(d, "rmargin %d", cells + 3);
	if (!chars && d->width < 8 * (cells + 44) + 400)
		d->width = 8 * (cells + 44) + 400;
	for (size_t i = 0; i < n; i += step) {
		str_puts(&d->set, "set label ");
		gp_quote(&d->set, text[i], cells);
		str_printf(&d->set, " at graph 1,first %zu left offset 1,0 noenhanced tc rgb '" INK "'\n", i);
	}
}

bool has_limits(const struct table *t, size_t at)
{
	return t->ncol > at + 1 && t->col[at].type != COL_TEXT && t->col[at + 1].type != COL_TEXT;
}

/* A value with its interval, as people read it; lives in the drawing's arena. */
struct sv value_text(struct drawing *d, size_t r, size_t value, size_t limits, bool interval)
{
	const struct table *t = &d->f->data;
	const struct cell *row = table_at(t, r, 0);
	struct str s = STR_INIT;
	struct sv out;

	people_cell(&s, &t->col[value], &row[value], NULL);
	if (interval && has_limits(t, limits) && row[limits].state == CELL_VALUE && row[limits + 1].state == CELL_VALUE) {
		const size_t like = t->col[limits].type == t->col[value].type ? value : limits; /* as many decimals */
		str_puts(&s, " (");
		people_cell(&s, &t->col[like], &row[limits], NULL);
		if (sv_ends(str_view(&s), " %")) /* 46.3 % (45.3 to 47.3 %) */
			s.n -= 2;
		str_puts(&s, " to ");
		people_cell(&s, &t->col[like], &row[limits + 1], NULL);
		str_puts(&s, ")");
	}
	out = sv_n(arena_strndup(&d->arena, s.p ? s.p : "", s.n), s.n);
	str_release(&s);
	return out;
}

static struct sv *value_texts(struct drawing *d, size_t value, size_t limits, bool interval)
{
	size_t n = d->f->data.nrow;
	struct sv *v = arena_alloc(&d->arena, n * sizeof *v);

	for (size_t r = 0; r < n; r++)
		v[r] = value_text(d, r, value, limits, interval);
	return v;
}

/* Intervals without caps, from column `lo` to column `hi` of the data file. */
void intervals(struct drawing *d, bool lying)
{
	str_puts(element(d, d->block), lying ? "using 4:3:($5-$4):(0) with vectors nohead lw 2 lc rgb '" INK "' notitle" :
		"using 1:3:(0):($4-$3) with vectors nohead lw 2 lc rgb '" INK "' notitle");
}

/* On a log axis a bar begins at the edge of the picture. */
static double begin_of(const struct drawing *d, struct range r)
{
	return d->f->log_x || d->f->log_y ? (r.lo > 0 ? r.lo / 10 : 1e-9) : 0;
}

static void lying_bars(struct drawing *d, const struct axis *a)
{
	const struct table *t = &d->f->data;
	bool limits = has_limits(t, 2);
	struct range r = range_of(d, 1, limits ? 3 : 1);
	double begin = begin_of(d, r);

	lying_axis(d, a);
	value_axis(d, 'x', 1, r, true);
	right_texts(d, value_texts(d, 1, 2, d->target != TO_TXT), t->nrow);
	reference_line(d, true);
	if (d->target == TO_TXT)
		str_puts(element(d, d->block), "using 1:3:($2-$1):(0) with vectors nohead notitle");
	else
		str_puts(element(d, d->block), "using 2:3:1:2:($3-0.36):($3+0.36) with boxxyerror lc rgb '#0072b2' notitle");
	if (limits && d->target != TO_TXT) {
		intervals(d, true);
		note_interval(d, "lines and brackets", 2);
	}
	for (size_t i = 0; i < t->nrow; i++) {
		field(d, begin);
		field(d, drawn_value(&t->col[1], table_at(t, i, 1)));
		field(d, a->at[i]);
		for (size_t c = 2; limits && c < 4; c++)
			field(d, drawn_value(&t->col[c], table_at(t, i, c)));
		line_end(d, a->name[i]);
	}
	block_end(d);
}

/* Places of bars on a horizontal axis, with room for half a bar at both ends. */
void standing_axis(struct drawing *d, const struct axis *a)
{
	size_t n = d->f->data.nrow;
	double gap = axis_gap(a, n), lo = INFINITY, hi = -INFINITY;

	axis_tics(d, a, 'x');
	for (size_t i = 0; i < n; i++) {
		lo = fmin(lo, a->at[i]);
		hi = fmax(hi, a->at[i]);
	}
	if (!isinf(lo))
		setting(d, "xrange [%.12g:%.12g]", lo - 0.6 * gap, hi + 0.6 * gap);
}

static void standing_bars(struct drawing *d, const struct axis *a, double share)
{
	const struct table *t = &d->f->data;
	bool limits = has_limits(t, 2);

	standing_axis(d, a);
	value_axis(d, 'y', 1, range_of(d, 1, limits ? 3 : 1), true);
	reference_line(d, false);
	str_printf(element(d, d->block), "using 1:2:(%.12g) with boxes lc rgb '#0072b2' notitle", axis_gap(a, t->nrow) * share);
	if (limits) {
		intervals(d, false);
		note_interval(d, "lines", 2);
	}
	for (size_t i = 0; i < t->nrow; i++) {
		field(d, a->at[i]);
		for (size_t c = 1; c < (limits ? 4u : 2u); c++)
			field(d, drawn_value(&t->col[c], table_at(t, i, c)));
		line_end(d, a->category ? a->name[i] : SV(""));
	}
	block_end(d);
}

/* Bars of several series side by side, each with its interval. */
struct groups {
	struct axis a, series;
	bool standing, limits;
};

static void group_rows(struct drawing *d, const struct groups *g, size_t k, double aside)
{
	const struct table *t = &d->f->data;

	for (size_t i = 0; i < t->nrow; i++) {
		if (g->series.at[i] != (double)k)
			continue;
		field(d, g->a.at[i] + aside);
		for (size_t c = 1; c < 4; c++)
			field(d, drawn_value(&t->col[c], table_at(t, i, c)));
		line_end(d, g->a.category ? g->a.name[(size_t)g->a.at[i]] : SV(""));
	}
	block_end(d);
}

static void group_bars(struct drawing *d, const struct groups *g, size_t k, double wide, const char *colour)
{
	const double gap = g->a.category ? 1 : axis_gap(&g->a, d->f->data.nrow);
	const size_t shown = series_told(d, g->series.n);
	const double aside = ((double)k - ((double)shown - 1) / 2) * wide * gap, half = wide * gap * 0.47;
	struct str *s = element(d, d->block);

	if (g->standing)
		str_printf(s, "using 1:2:(%.12g) with boxes lc rgb '%s' ", 2 * half, colour);
	else
		str_printf(s, "using 2:1:(0):2:($1-%.12g):($1+%.12g) with boxxyerror lc rgb '%s' ", half, half, colour);
	put_title(d, s, g->series.name[k], true);
	str_puts(element(d, d->block), g->standing ? "using 1:3:(0):($4-$3) with vectors nohead lw 2 lc rgb '" INK "' notitle" :
		"using 3:1:($4-$3):(0) with vectors nohead lw 2 lc rgb '" INK "' notitle");
	group_rows(d, g, k, aside);
}

/* Bars of characters look alike: a line each, named by both. */
void rows_of_series(struct drawing *d, struct figure *rows)
{
	const struct figure *whole = d->f;

	rows->kind = FIG_BAR;
	d->f = rows;
	draw_lying(d);
	d->f = whole;
	table_release(&rows->data);
}

struct sv row_and_series(struct drawing *d, struct sv row, struct sv series)
{
	struct str s = STR_INIT;
	struct sv out;

	clip_text(&s, row, 14);
	str_puts(&s, ": ");
	clip_text(&s, series, 10);
	out = sv_n(arena_strndup(&d->arena, s.p, s.n), s.n);
	str_release(&s);
	return out;
}

static void series_as_rows(struct drawing *d, const struct groups *g)
{
	const struct table *t = &d->f->data;
	struct figure rows = *d->f;

	table_init(&rows.data);
	table_col(&rows.data, "row", COL_TEXT, NULL, -1);
	for (int c = 1; c < 4; c++) {
		table_col(&rows.data, t->col[c].name, t->col[c].type, t->col[c].unit, t->col[c].digits);
		rows.data.col[c].exponent = t->col[c].exponent;
	}
	for (size_t i = 0; i < t->nrow; i++) {
		struct str name = STR_INIT;
		people_cell(&name, &t->col[0], table_at(t, i, 0), NULL);
		put_text(&rows.data, row_and_series(d, str_view(&name), g->series.name[(size_t)g->series.at[i]]));
		str_release(&name);
		for (size_t c = 1; c < 4; c++) {
			put_empty(&rows.data);
			*table_at(&rows.data, i, c) = *table_at(t, i, c);
		}
	}
	rows_of_series(d, &rows);
}

static void side_by_side(struct drawing *d)
{
	struct colours used = { 0 };
	struct groups g;

	axis_of(&g.a, d, 0, false);
	axis_of(&g.series, d, 4, false);
	if (d->target == TO_TXT) {
		series_as_rows(d, &g);
		return;
	}
	legend_room(d, g.series.name, series_told(d, g.series.n));
	const size_t shown = series_told(d, g.series.n);
	g.standing = bars_stand(d, &g.a);
	if (g.standing) {
		standing_axis(d, &g.a);
	} else {
		lying_axis(d, &g.a);
		const int height = 130 + (int)(g.a.n < 100 ? g.a.n : 100) * (12 + 14 * (int)(shown < 8 ? shown : 8));
		d->height = height < 260 ? 260 : height > 2400 ? 2400 : height;
	}
	value_axis(d, g.standing ? 'y' : 'x', 1, with_reference(d, range_of(d, 1, 3)), true);
	reference_line(d, !g.standing);
	legend(d, false);
	for (size_t k = 0; k < shown; k++)
		group_bars(d, &g, k, 0.8 / (double)shown, colour_of(&used, g.series.name[k]));
	if (shown < g.series.n)
		note(d, "not drawn: %zu more of %s", g.series.n - shown, d->f->data.col[4].name);
	note_interval(d, "lines", 2);
}

void draw_bar(struct drawing *d)
{
	struct axis a;

	if (d->f->data.ncol > 4 && d->f->data.col[4].type == COL_TEXT && has_limits(&d->f->data, 2)) {
		side_by_side(d);
		return;
	}
	axis_of(&a, d, 0, true);
	if (bars_stand(d, &a))
		standing_bars(d, &a, 0.72);
	else
		lying_bars(d, &a);
}

void draw_lying(struct drawing *d)
{
	struct axis a;

	axis_of(&a, d, 0, true);
	lying_bars(d, &a);
}

void draw_histogram(struct drawing *d)
{
	struct axis a;

	axis_of(&a, d, 0, true);
	standing_bars(d, &a, 0.96);
}

/* ---- forest ---- */

void draw_forest(struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct range r;
	struct axis a;

	axis_of(&a, d, 0, true);
	if (!a.category)
		a.n = t->nrow;
	lying_axis(d, &a);
	/* The estimate is the horizontal axis here: its label is the figure's own x label. */
	str_puts(&d->set, "set xlabel ");
	gp_quote(&d->set, sv_of(d->f->x_label && *d->f->x_label ? d->f->x_label : d->f->y_label), 80);
	str_puts(&d->set, " noenhanced\n");
	r = with_reference(d, range_of(d, 1, 3));
	value_axis(d, 'x', 1, r, false);
	right_texts(d, value_texts(d, 1, 2, true), t->nrow);
	reference_line(d, true);
	str_puts(element(d, d->block), "using 2:4:($3-$2):(0) with vectors nohead lw 2 lc rgb '#0072b2' notitle");
	str_printf(element(d, d->block), "using 1:4 with points pt %d ps 1.1 lc rgb '#0072b2' notitle", d->target == TO_TXT ? 15 : 5);
	for (size_t i = 0; i < t->nrow; i++) {
		for (size_t c = 1; c < 4; c++)
			field(d, drawn_value(&t->col[c], table_at(t, i, c)));
		field(d, (double)i);
		line_end(d, a.category ? a.name[i] : SV(""));
	}
	block_end(d);
	note_interval(d, "lines and brackets", 2);
}
