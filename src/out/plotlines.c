/* Figures over a horizontal axis: lines, bands, clouds of points; and what all kinds
 * share about axes of values. */
#include <math.h>

#include "out/plot.h"

double axis_gap(const struct axis *a, size_t n)
{
	double gap = INFINITY;

	if (a->category)
		return 1;
	for (size_t i = 1; i < n; i++) {
		double g = fabs(a->at[i] - a->at[i - 1]);
		if (g > 0 && g < gap)
			gap = g;
	}
	return isinf(gap) ? 1 : gap;
}

static void value_range(const struct drawing *d, size_t from, size_t to, double *lo, double *hi)
{
	const struct table *t = &d->f->data;

	*lo = INFINITY;
	*hi = -INFINITY;
	for (size_t r = 0; r < t->nrow; r++) {
		for (size_t c = from; c <= to && c < t->ncol; c++) {
			double v = drawn_value(&t->col[c], table_at(t, r, c));
			*lo = fmin(*lo, v); /* fmin and fmax pass over NaN */
			*hi = fmax(*hi, v);
		}
	}
}

void value_axis(struct drawing *d, char letter, size_t from_col, size_t to_col, bool from_zero)
{
	enum col_type type = d->f->data.col[from_col].type;
	bool log = letter == 'x' ? d->f->log_x : d->f->log_y;
	double lo, hi;

	value_range(d, from_col, to_col, &lo, &hi);
	if (type == COL_DAY || type == COL_TIME) {
		setting(d, "%ctics time", letter);
		setting(d, "format %c '%%Y-%%m-%%d' timedate", letter);
		return;
	}
	if (type == COL_SHARE)
		setting(d, "format %c '%%.10g %%%%'", letter);
	else if (fmax(fabs(lo), fabs(hi)) >= 1e6)
		setting(d, "format %c '%%.10s %%c'", letter);
	else
		setting(d, "format %c '%%.10g'", letter);
	if (log)
		return;
	/* A line close to nothing is shown against nothing; one far above it is not flattened. */
	if (lo >= 0 && (from_zero || lo < hi / 2))
		setting(d, "%crange [0:*]", letter);
	if (from_zero && hi <= 0)
		setting(d, "%crange [*:0]", letter);
	if (!(hi > lo) && !(from_zero && hi > 0)) /* one value everywhere */
		setting(d, "%crange [%.10g:%.10g]", letter, lo > 0 ? 0 : lo - 1, isinf(hi) ? 1 : hi + fabs(hi) * 0.1 + (hi == 0));
}

void legend(struct drawing *d, bool inverted)
{
	if (d->target == TO_TXT)
		setting(d, "key below horizontal noenhanced%s", inverted ? " invert" : "");
	else
		setting(d, "key outside right top Left reverse samplen 2 spacing 1.2 width 1 noenhanced%s", inverted ? " invert" : "");
}

void put_title(struct drawing *d, struct str *s, struct sv name, bool shown)
{
	if (!shown) {
		str_puts(s, "notitle");
		return;
	}
	str_puts(s, "title ");
	gp_quote(s, name, d->target == TO_TXT ? 16 : 26);
	str_puts(s, " noenhanced");
}

void reference_line(struct drawing *d, bool vertical)
{
	if (isnan(d->f->ref) || isinf(d->f->ref))
		return;
	if (vertical)
		setting(d, "arrow from first %.17g,graph 0 to first %.17g,graph 1 nohead dt 2 lc rgb '" INK "'", d->f->ref, d->f->ref);
	else
		setting(d, "arrow from graph 0,first %.17g to graph 1,first %.17g nohead dt 2 lc rgb '" INK "'", d->f->ref, d->f->ref);
}

/* Places on the horizontal axis, with half a place of room at both ends. */
static void horizontal(struct drawing *d, struct axis *x)
{
	axis_of(x, d, 0, false);
	axis_tics(d, x, 'x');
	if (x->category)
		setting(d, "xrange [-0.5:%.1f]", (double)x->n - 0.5);
}

static const char *line_style(const struct drawing *d)
{
	return d->f->data.nrow <= 60 && d->target != TO_TXT ? "linespoints lw 2 pt 7 ps 0.7" : "lines lw 2";
}

void draw_line(struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct colours used = { 0 };
	struct axis x;
	bool many = t->ncol > 2;

	horizontal(d, &x);
	value_axis(d, 'y', 1, t->ncol - 1, false);
	reference_line(d, false);
	if (many)
		legend(d, false);
	for (size_t c = 1; c < t->ncol; c++) {
		struct sv name = sv_of(t->col[c].name);
		struct str *s = element(d, d->block);
		str_printf(s, "using 1:2 with %s lc rgb '%s' ", line_style(d), colour_of(&used, name));
		put_title(d, s, name, many);
		for (size_t r = 0; r < t->nrow; r++) {
			field(d, x.at[r]);
			field(d, drawn_value(&t->col[c], table_at(t, r, c)));
			line_end(d, x.category ? x.name[(size_t)x.at[r]] : SV(""));
		}
		block_end(d);
	}
}

/* One series of a band: its line over its interval. */
static void band_series(struct drawing *d, const struct axis *x, const struct axis *series, size_t i, struct colours *used)
{
	const struct table *t = &d->f->data;
	struct sv name = series ? series->name[i] : sv_of(t->col[1].name);
	const char *colour = colour_of(used, name);
	struct str *s;

	if (d->target == TO_TXT) {
		str_puts(element(d, d->block), "using 1:3 with dots notitle");
		str_puts(element(d, d->block), "using 1:4 with dots notitle");
	} else {
		str_printf(element(d, d->block), "using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid 0.2 noborder notitle", colour);
	}
	s = element(d, d->block);
	str_printf(s, "using 1:2 with %s lc rgb '%s' ", line_style(d), colour);
	put_title(d, s, name, series != NULL);
	for (size_t r = 0; r < t->nrow; r++) {
		if (series && series->at[r] != (double)i)
			continue;
		field(d, x->at[r]);
		for (size_t c = 1; c < 4; c++)
			field(d, drawn_value(&t->col[c], table_at(t, r, c)));
		line_end(d, name);
	}
	block_end(d);
}

void draw_band(struct drawing *d)
{
	const struct table *t = &d->f->data;
	bool many = t->ncol > 4 && t->col[4].type == COL_TEXT;
	struct colours used = { 0 };
	struct axis x, series;

	horizontal(d, &x);
	value_axis(d, 'y', 1, 3, false);
	reference_line(d, false);
	if (!many) {
		band_series(d, &x, NULL, 0, &used);
		return;
	}
	axis_of(&series, d, 4, false);
	legend(d, false);
	for (size_t i = 0; i < series.n; i++)
		band_series(d, &x, &series, i, &used);
}

void draw_scatter(struct drawing *d)
{
	const struct table *t = &d->f->data;
	bool sized = t->ncol > 2 && t->col[2].type != COL_TEXT;
	const char *colour = t->nrow > 200 ? "#a00072b2" : "#500072b2"; /* the more points, the fainter */
	double lo, hi;

	value_axis(d, 'x', 0, 0, false);
	value_axis(d, 'y', 1, 1, false);
	reference_line(d, false);
	value_range(d, 2, 2, &lo, &hi);
	for (size_t r = 0; r < t->nrow; r++) {
		double size = sized ? drawn_value(&t->col[2], table_at(t, r, 2)) : NAN;
		field(d, drawn_value(&t->col[0], table_at(t, r, 0)));
		field(d, drawn_value(&t->col[1], table_at(t, r, 1)));
		field(d, size > 0 && hi > 0 ? 0.4 + 3.6 * sqrt(size / hi) : 0.7); /* areas are compared by eye */
		line_end(d, SV(""));
	}
	if (sized && d->target != TO_TXT)
		str_printf(element(d, 0), "using 1:2:3 with points pt 7 ps variable lc rgb '%s' notitle", colour);
	else
		str_printf(element(d, 0), "using 1:2 with points pt 7 ps 0.7 lc rgb '%s' notitle", colour);
	block_end(d);
}
