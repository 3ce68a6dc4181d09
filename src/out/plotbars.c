/* Bars: one a row, standing or lying; stacks, funnels, and the forest of intervals. */
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"

bool bars_stand(const struct drawing *d, const struct axis *a)
{
	int w = longest_name(a->name, a->n);

	return !a->category || are_periods(a) || (w <= 12 && (int)a->n * (w + 2) <= (d->target == TO_TXT ? 62 : d->width / 9));
}

/* One line a row, first row on top, names on the left. */
static void lying_axis(struct drawing *d, const struct axis *a)
{
	int height = 130 + 28 * (int)(a->n < 200 ? a->n : 200);

	d->lying = true;
	d->height = height < 260 ? 260 : height;
	axis_tics(d, a, 'y');
	setting(d, "yrange [%.1f:-0.5]", (double)a->n - 0.5);
	if (d->target != TO_TXT)
		setting(d, "grid noytics xtics lc rgb '#e6e6e6' lt 1");
	/* What stood under the other axis now stands under this one. */
	str_puts(&d->set, "set xlabel ");
	gp_quote(&d->set, sv_of(d->f->y_label), 80);
	str_puts(&d->set, " noenhanced\nset ylabel ''\n");
}

/* Words behind the rows: "408 (349 to 470)". */
static void right_texts(struct drawing *d, const struct sv *text, size_t n)
{
	size_t most = d->target == TO_TXT ? 17 : 140, step = 1 + (n - 1) / most;

	setting(d, "y2range [%.1f:-0.5]", (double)n - 0.5);
	str_puts(&d->set, "set y2tics nomirror scale 0 (");
	for (size_t i = 0; i < n; i += step) {
		str_puts(&d->set, i ? ", " : "");
		gp_tic(&d->set, text[i], d->target == TO_TXT ? 22 : 64);
		str_printf(&d->set, " %zu", i);
	}
	str_puts(&d->set, ")\n");
}

static bool has_limits(const struct table *t, size_t at)
{
	return t->ncol > at + 1 && t->col[at].type != COL_TEXT && t->col[at + 1].type != COL_TEXT;
}

/* A value with its interval, as people read it; lives in the drawing's arena. */
static struct sv value_text(struct drawing *d, size_t r, size_t value, size_t limits, bool interval)
{
	const struct table *t = &d->f->data;
	const struct cell *row = table_at(t, r, 0);
	struct str s = STR_INIT;
	struct sv out;

	people_cell(&s, &t->col[value], &row[value], NULL);
	if (interval && has_limits(t, limits) && row[limits].state == CELL_VALUE && row[limits + 1].state == CELL_VALUE) {
		str_puts(&s, " (");
		people_cell(&s, &t->col[limits], &row[limits], NULL);
		if (sv_ends(str_view(&s), " %")) /* 46.3 % (45.3 to 47.3 %) */
			s.n -= 2;
		str_puts(&s, " to ");
		people_cell(&s, &t->col[limits + 1], &row[limits + 1], NULL);
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
static void intervals(struct drawing *d, bool lying)
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
	if (limits && d->target != TO_TXT)
		intervals(d, true);
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
static void standing_axis(struct drawing *d, const struct axis *a)
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
	if (limits)
		intervals(d, false);
	for (size_t i = 0; i < t->nrow; i++) {
		field(d, a->at[i]);
		for (size_t c = 1; c < (limits ? 4u : 2u); c++)
			field(d, drawn_value(&t->col[c], table_at(t, i, c)));
		line_end(d, a->category ? a->name[i] : SV(""));
	}
	block_end(d);
}

/* Bars of several series side by side, each with its interval. */
static void side_by_side(struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct colours used = { 0 };
	struct axis a, series;

	axis_of(&a, d, 0, false);
	axis_of(&series, d, 4, false);
	standing_axis(d, &a);
	value_axis(d, 'y', 1, range_of(d, 1, 3), true);
	reference_line(d, false);
	legend(d, false);
	for (size_t k = 0; k < series.n; k++) {
		double wide = axis_gap(&a, t->nrow) * 0.8 / (double)series.n, aside = ((double)k - ((double)series.n - 1) / 2) * wide;
		struct str *s = element(d, d->block);
		str_printf(s, "using 1:2:(%.12g) with boxes lc rgb '%s' ", wide * 0.94, colour_of(&used, series.name[k]));
		put_title(d, s, series.name[k], true);
		intervals(d, false);
		for (size_t i = 0; i < t->nrow; i++) {
			if (series.at[i] != (double)k)
				continue;
			field(d, a.at[i] + aside);
			for (size_t c = 1; c < 4; c++)
				field(d, drawn_value(&t->col[c], table_at(t, i, c)));
			line_end(d, a.category ? a.name[(size_t)a.at[i]] : SV(""));
		}
		block_end(d);
	}
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

/* ---- stacks ---- */

/* The axis must hold the sum of a row's layers. */
static struct range stack_range(const struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct range r = { 0, 0 };

	for (size_t i = 0; i < t->nrow; i++) {
		double sum = 0;
		for (size_t c = 1; c < t->ncol; c++) {
			double v = drawn_value(&t->col[c], table_at(t, i, c));
			sum += isnan(v) ? 0 : v;
			r.lo = fmin(r.lo, sum);
			r.hi = fmax(r.hi, sum);
		}
	}
	return r;
}

static void layer(struct drawing *d, const struct axis *a, size_t c, double *top, bool standing, const char *colour)
{
	const struct table *t = &d->f->data;
	double half = axis_gap(a, t->nrow) * 0.4;
	struct str *s = element(d, d->block);

	if (standing)
		str_printf(s, "using 1:3:($1-%.12g):($1+%.12g):2:3", half, half);
	else if (d->target == TO_TXT)
		str_puts(s, "using 2:1:($3-$2):(0)");
	else
		str_printf(s, "using 3:1:2:3:($1-%.12g):($1+%.12g)", half, half);
	str_printf(s, !standing && d->target == TO_TXT ? " with vectors nohead lc rgb '%s' " : " with boxxyerror lc rgb '%s' ", colour);
	put_title(d, s, sv_of(t->col[c].name), true);
	for (size_t i = 0; i < t->nrow; i++) {
		double v = drawn_value(&t->col[c], table_at(t, i, c));
		field(d, a->at[i]);
		field(d, top[i]);
		top[i] += isnan(v) ? 0 : v;
		field(d, top[i]);
		line_end(d, a->category ? a->name[i] : SV(""));
	}
	block_end(d);
}

void draw_stack(struct drawing *d)
{
	const struct table *t = &d->f->data;
	double *top = arena_zalloc(&d->arena, t->nrow * sizeof *top);
	struct colours used = { 0 };
	struct axis a;
	bool standing;

	axis_of(&a, d, 0, true);
	standing = bars_stand(d, &a);
	d->linear = true;
	if (standing)
		standing_axis(d, &a);
	else
		lying_axis(d, &a);
	value_axis(d, standing ? 'y' : 'x', 1, stack_range(d), true);
	legend(d, standing);
	for (size_t c = 1; c < t->ncol; c++)
		layer(d, &a, c, top, standing, colour_of(&used, sv_of(t->col[c].name)));
}

/* ---- funnel ---- */

/* "1,204   63 % of the step before, 12 % of the first" */
static struct sv step_text(struct drawing *d, size_t r)
{
	const struct table *t = &d->f->data;
	double now = drawn_value(&t->col[1], table_at(t, r, 1));
	struct str s = STR_INIT;
	struct sv out;

	people_cell(&s, &t->col[1], table_at(t, r, 1), NULL);
	if (r > 0) {
		double before = drawn_value(&t->col[1], table_at(t, r - 1, 1)), first = drawn_value(&t->col[1], table_at(t, 0, 1));
		if (before > 0 && now >= 0)
			str_printf(&s, d->target == TO_TXT ? " %.0f %%" : "   %.0f %% of the step before", 100 * now / before);
		if (r > 1 && first > 0 && now >= 0 && d->target != TO_TXT)
			str_printf(&s, ", %.0f %% of the first", 100 * now / first);
	}
	out = sv_n(arena_strndup(&d->arena, s.p ? s.p : "", s.n), s.n);
	str_release(&s);
	return out;
}

void draw_funnel(struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct sv *text = arena_alloc(&d->arena, t->nrow * sizeof *text);
	double most = 0;
	struct axis a;

	axis_of(&a, d, 0, true);
	if (!a.category)
		a.n = t->nrow;
	lying_axis(d, &a);
	setting(d, "border 0");
	str_puts(&d->set, "unset xtics\nunset grid\nset xlabel ''\nset ytics scale 0\n");
	for (size_t r = 0; r < t->nrow; r++) {
		text[r] = step_text(d, r);
		most = fmax(most, drawn_value(&t->col[1], table_at(t, r, 1)));
	}
	right_texts(d, text, t->nrow);
	setting(d, "xrange [%.12g:%.12g]", most > 0 ? -most / 2 : -1, most > 0 ? most / 2 : 1);
	str_puts(element(d, d->block), "using (0):2:(-$1/2):($1/2):($2-0.4):($2+0.4) with boxxyerror lc rgb '#0072b2' notitle");
	for (size_t r = 0; r < t->nrow; r++) {
		field(d, drawn_value(&t->col[1], table_at(t, r, 1)));
		field(d, (double)r);
		line_end(d, a.category ? a.name[r] : SV(""));
	}
	block_end(d);
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
	r = range_of(d, 1, 3);
	if (isfinite(d->f->ref))
		r = (struct range){ fmin(r.lo, d->f->ref), fmax(r.hi, d->f->ref) };
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
}
