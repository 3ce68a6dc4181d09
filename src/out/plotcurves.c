/* Curves over a horizontal axis: lines, lines with a band, and steps with a band and the
 * numbers at risk below, as survival curves are printed (Morris and others 2019). */
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"
#include "wend/mem.h"

int column_of(const struct table *t, size_t from, bool text)
{
	for (size_t c = from; c < t->ncol; c++)
		if ((t->col[c].type == COL_TEXT) == text)
			return (int)c;
	return -1;
}

/* Series of a figure: one a y column, or one a value of the series' column. */
struct curves {
	struct axis x;
	struct axis series;   /* by column: only `name` and `n` are set */
	bool by_column, named, steps, limits;
	int count, mark;      /* columns; -1 = none */
	struct colours used;
	const char **colour;  /* a series */
	size_t told;
};

static bool row_is_of(const struct curves *k, size_t r, size_t i)
{
	return k->by_column || !k->named || k->series.at[r] == (double)i;
}

static size_t y_column(const struct curves *k, size_t i)
{
	return k->by_column ? i + 1 : 1;
}

static void curves_of(struct curves *k, struct drawing *d, bool by_column)
{
	const struct table *t = &d->f->data;
	const int series = by_column ? -1 : column_of(t, 4, true);

	*k = (struct curves){ .by_column = by_column, .limits = !by_column, .count = -1, .mark = -1 };
	if (by_column) {
		k->series.n = t->ncol - 1;
		k->series.name = arena_alloc(&d->arena, t->ncol * sizeof *k->series.name);
		for (size_t c = 1; c < t->ncol; c++)
			k->series.name[c - 1] = sv_of(t->col[c].name);
	} else if (series >= 0) {
		axis_of(&k->series, d, (size_t)series, false);
	} else {
		k->series.n = 1;
		k->series.name = arena_alloc(&d->arena, sizeof *k->series.name);
		k->series.name[0] = sv_of(t->col[1].name);
	}
	k->named = by_column ? t->ncol > 2 : series >= 0;
	k->told = series_told(d, k->series.n);
	k->colour = arena_alloc(&d->arena, (k->told + 1) * sizeof *k->colour);
	for (size_t i = 0; i < k->told; i++)
		k->colour[i] = colour_of(&k->used, k->series.name[i]);
}

/* Series differ in the form of their points too, for print without colour. */
static void line_style(struct drawing *d, struct str *s, const struct curves *k, size_t i)
{
	static const int form[] = { 7, 5, 9, 11, 13 };

	if (!k->steps && d->f->data.nrow <= 60 * k->told && d->f->data.nrow <= 400 && d->target != TO_TXT)
		str_printf(s, "linespoints lw 2 pt %d ps 0.7 lc rgb '%s' ", form[i % 5], k->colour[i]);
	else
		str_printf(s, "lines lw 2%s lc rgb '%s' ", k->steps && i % 2 ? " dt (14,4)" : "", k->colour[i]);
}

static void point(struct drawing *d, double x, const double v[3], size_t n, struct sv name)
{
	field(d, x);
	for (size_t c = 0; c < n; c++)
		field(d, v[c]);
	line_end(d, name);
}

/* The points of a series. Steps keep each height until the next place. */
static void curve_points(struct drawing *d, const struct curves *k, size_t i)
{
	const struct table *t = &d->f->data;
	const size_t n = k->limits ? 3 : 1, y = y_column(k, i);
	double before[3] = { NAN, NAN, NAN };
	bool any = false;

	for (size_t r = 0; r < t->nrow; r++) {
		double v[3] = { NAN, NAN, NAN };
		if (!row_is_of(k, r, i))
			continue;
		const struct sv name = k->named && !k->by_column ? k->series.name[i] : k->x.category ? k->x.name[(size_t)k->x.at[r]] : SV("");
		for (size_t c = 0; c < n; c++)
			v[c] = drawn_value(&t->col[y + c], table_at(t, r, y + c));
		if (k->steps && any)
			point(d, k->x.at[r], before, n, name);
		point(d, k->x.at[r], v, n, name);
		memcpy(before, v, sizeof v);
		any = true;
	}
}

static bool has_band(const struct drawing *d, const struct curves *k, size_t i)
{
	const struct table *t = &d->f->data;

	for (size_t r = 0; r < t->nrow && k->limits; r++)
		if (row_is_of(k, r, i) && isfinite(drawn_value(&t->col[2], table_at(t, r, 2))))
			return true;
	return false;
}

static void one_curve(struct drawing *d, const struct curves *k, size_t i)
{
	struct str *s;

	/* Limits of several series are one carpet of dots in characters. */
	if (d->target == TO_TXT && has_band(d, k, i) && k->series.n == 1) {
		str_puts(element(d, d->block), "using 1:3 with dots notitle");
		str_puts(element(d, d->block), "using 1:4 with dots notitle");
	} else if (d->target != TO_TXT && has_band(d, k, i)) {
		str_printf(element(d, d->block), "using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid %s noborder notitle",
			k->colour[i], k->told > 3 ? "0.12" : "0.2");
	}
	s = element(d, d->block);
	str_puts(s, "using 1:2 with ");
	line_style(d, s, k, i);
	put_title(d, s, k->series.name[i], k->named);
	curve_points(d, k, i);
	block_end(d);
}

/* All series that have no colour of their own in one block, blank lines between them. */
static void other_curves(struct drawing *d, const struct curves *k)
{
	struct str *s;

	if (k->told == k->series.n)
		return;
	s = element(d, d->block);
	str_puts(s, "using 1:2 with lines lw 1 lc rgb '" PALE "' ");
	put_title(d, s, series_rest(d, k->series.n), true);
	for (size_t i = k->told; i < k->series.n; i++) {
		curve_points(d, k, i);
		str_putc(&d->data, '\n');
	}
	block_end(d);
}

/* A height to reach, dashed, in the series' colour. */
static void marks(struct drawing *d, const struct curves *k)
{
	const struct table *t = &d->f->data;

	for (size_t i = 0; k->mark >= 0 && i < k->told; i++) {
		double v = NAN;
		for (size_t r = 0; r < t->nrow; r++) {
			const double here = drawn_value(&t->col[k->mark], table_at(t, r, (size_t)k->mark));
			if (row_is_of(k, r, i) && isfinite(here))
				v = here;
		}
		if (isfinite(v))
			setting(d, "arrow from graph 0,first %.12g to graph 1,first %.12g nohead dt 2 lw 1.5 lc rgb '%s'", v, v, k->colour[i]);
	}
}

static void all_curves(struct drawing *d, struct curves *k)
{
	reference_line(d, false);
	marks(d, k);
	if (k->named)
		legend(d, false);
	if (k->steps && d->target == TO_TXT) /* the numbers at risk are below */
		setting(d, "key tmargin center horizontal width 2");
	other_curves(d, k);
	for (size_t i = 0; i < k->told; i++)
		one_curve(d, k, i);
	if (k->limits && (d->target != TO_TXT || k->series.n == 1))
		note_interval(d, d->target == TO_TXT ? "dots" : "band", 2);
}

void draw_line(struct drawing *d)
{
	struct curves k;

	curves_of(&k, d, true);
	legend_room(d, k.series.name, k.named ? k.told : 0);
	horizontal(d, &k.x);
	value_axis(d, 'y', 1, with_reference(d, range_of(d, 1, d->f->data.ncol - 1)), false);
	all_curves(d, &k);
}

void draw_band(struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct range r = with_reference(d, range_of(d, 1, 3));
	struct curves k;

	curves_of(&k, d, false);
	k.mark = column_of(t, 4, false);
	if (k.mark >= 0) {
		const struct range m = range_of(d, (size_t)k.mark, (size_t)k.mark);
		r = (struct range){ fmin(r.lo, m.lo), fmax(r.hi, m.hi) };
	}
	legend_room(d, k.series.name, k.named ? k.told : 0);
	horizontal(d, &k.x);
	value_axis(d, 'y', 1, r, false);
	if (k.mark >= 0)
		note(d, "dashed: %s", t->col[k.mark].name);
	all_curves(d, &k);
}

/* ---- numbers at risk ---- */

/* At risk at `at`: before the first row of the series that does not lie before it. */
static bool at_risk(const struct drawing *d, const struct curves *k, size_t i, double at, double *out)
{
	const struct table *t = &d->f->data;
	double best = INFINITY;

	for (size_t r = 0; r < t->nrow; r++) {
		const double x = k->x.at[r], n = drawn_value(&t->col[k->count], table_at(t, r, (size_t)k->count));
		if (row_is_of(k, r, i) && x >= at - 1e-9 * fabs(at) && x < best && isfinite(n)) {
			best = x;
			*out = n;
		}
	}
	return !isinf(best);
}

/* Names end `aside` cells left of the axis, clear of the first number; numbers stand on their place. */
static void risk_text(struct drawing *d, const double *place, int aside, int line, const char *colour, struct sv text, int cells)
{
	char where[40] = "graph 0";

	if (place)
		snprintf(where, sizeof where, "first %.12g", *place);
	str_puts(&d->set, "set label ");
	gp_quote(&d->set, text, cells);
	str_printf(&d->set, " at %s,graph 0 %s offset %d,%d noenhanced tc rgb '%s'\n", where, place ? "center" : "right", -aside, -line, colour);
}

static void risk_row(struct drawing *d, const struct curves *k, size_t i, int line)
{
	for (int p = 0; p < d->places; p++) {
		struct str s = STR_INIT;
		double n = 0;
		if (!at_risk(d, k, i, d->place[p], &n))
			continue;
		people_real(&s, n, n == floor(n) ? 0 : 1);
		risk_text(d, &d->place[p], 0, line, INK, str_view(&s), 14);
		str_release(&s);
	}
}

/* A line a series below the axis: how many the curve still rests on. */
static void risk_table(struct drawing *d, const struct curves *k)
{
	const size_t most = d->target == TO_TXT ? 4 : 10, rows = k->told < most ? k->told : most;
	const int first = (*d->f->x_label ? 3 : 2) + (d->target == TO_TXT ? 0 : 1), head = k->named ? 1 : 0;
	const struct range n = range_of(d, (size_t)k->count, (size_t)k->count);
	int wide = k->named ? longest_name(k->series.name, rows) : 7;
	const int aside = 2 + (isinf(n.hi) ? 0 : (int)(log10(fmax(n.hi, 1)) * 4 / 3) / 2);

	wide = wide > 14 ? 14 : wide < 7 ? 7 : wide;
	setting(d, "bmargin %d", first + (int)rows + head + (d->target == TO_TXT ? 0 : 1));
	setting(d, "lmargin %d", wide + aside + 2 < 10 ? 10 : wide + aside + 2);
	d->height += 18 * (int)(rows + 1);
	d->lines_of_text += (int)rows + 1;
	risk_text(d, NULL, aside, first, INK, SV("at risk"), 12);
	for (size_t i = 0; i < rows; i++) {
		if (k->named)
			risk_text(d, NULL, aside, first + (int)i + head, k->colour[i], k->series.name[i], 14);
		risk_row(d, k, i, first + (int)i + head);
	}
}

void draw_step(struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct curves k;

	curves_of(&k, d, false);
	k.steps = true;
	k.count = column_of(t, 4, false);
	legend_room(d, k.series.name, k.named ? k.told : 0);
	horizontal(d, &k.x);
	value_axis(d, 'y', 1, with_reference(d, range_of(d, 1, 3)), true);
	all_curves(d, &k);
	if (k.count >= 0 && d->places)
		risk_table(d, &k);
}
