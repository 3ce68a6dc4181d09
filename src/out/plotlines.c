/* Figures over a horizontal axis: lines, bands, clouds of points; and what all kinds
 * share about axes of values. */
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"

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

struct range range_of(const struct drawing *d, size_t from, size_t to)
{
	const struct table *t = &d->f->data;
	struct range r = { INFINITY, -INFINITY };

	for (size_t i = 0; i < t->nrow; i++) {
		for (size_t c = from; c <= to && c < t->ncol; c++) {
			double v = drawn_value(&t->col[c], table_at(t, i, c));
			r.lo = fmin(r.lo, v); /* fmin and fmax pass over NaN */
			r.hi = fmax(r.hi, v);
		}
	}
	return r;
}

static double least_positive(const struct drawing *d)
{
	const struct table *t = &d->f->data;
	double least = INFINITY;

	for (size_t i = 0; i < t->nrow; i++) {
		for (size_t c = 0; c < t->ncol; c++) {
			double v = drawn_value(&t->col[c], table_at(t, i, c));
			if (v > 0 && v < least)
				least = v;
		}
	}
	return isinf(least) ? 0.1 : least;
}

struct tics {
	struct drawing *d;
	size_t n;
	double unit;        /* 1, a million or a billion */
	const char *suffix;
	int decimals;
};

static void tic(struct tics *k, double v)
{
	struct str s = STR_INIT;

	people_real(&s, v / k->unit, v == 0 ? 0 : k->decimals);
	str_puts(&s, v == 0 && k->unit > 1 ? "" : k->suffix);
	str_puts(&k->d->set, k->n++ ? ", " : "");
	gp_tic(&k->d->set, str_view(&s), 30);
	str_printf(&k->d->set, " %.12g", v);
	str_release(&s);
}

static void choose_unit(struct tics *k, enum col_type type, double most)
{
	k->unit = most >= 2e9 ? 1e9 : most >= 2e6 ? 1e6 : 1;
	k->suffix = type == COL_SHARE ? " %" : k->unit == 1e9 ? " bn" : k->unit == 1e6 ? " M" : "";
}

/* Tics at 1, 2 and 5 of each decade; at the decades alone when there are many. */
static void log_axis(struct drawing *d, char letter, enum col_type type, struct range r)
{
	struct tics k = { d, 0, 1, "", -1 };
	double lo = r.lo > 0 ? r.lo : least_positive(d), hi = r.hi > lo ? r.hi : lo * 2;
	bool fine = hi / lo < 300;

	lo /= 1.2;
	hi *= 1.2;
	choose_unit(&k, type, hi);
	setting(d, "logscale %c", letter);
	setting(d, "%crange [%.12g:%.12g]", letter, lo, hi);
	str_printf(&d->set, "set %ctics nomirror (", letter);
	for (int e = (int)floor(log10(lo)); e <= (int)ceil(log10(hi)); e++) {
		for (int m = 1; m <= 5; m = m == 1 ? 2 : m + 3) {
			double v = m * pow(10, e);
			if (v >= lo && v <= hi && (fine || m == 1))
				tic(&k, v);
		}
	}
	str_puts(&d->set, ")\n");
}

static double round_step(double rough)
{
	double decade = pow(10, floor(log10(rough))), m = rough / decade;

	return decade * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

void value_axis(struct drawing *d, char letter, size_t col, struct range r, bool from_zero)
{
	enum col_type type = d->f->data.col[col].type;
	struct tics k = { d, 0, 1, "", 0 };
	double step;

	if (isinf(r.lo) || isinf(r.hi))
		r = (struct range){ 0, 1 };
	if (!d->linear && (letter == 'x' && !d->lying ? d->f->log_x : d->f->log_y || (d->lying && d->f->log_x))) {
		log_axis(d, letter, type, r);
		return;
	}
	/* A line close to nothing is shown against nothing; one far above it is not flattened. */
	if (r.lo >= 0 && (from_zero || r.lo < r.hi / 2))
		r.lo = 0;
	if (r.hi < 0 && from_zero)
		r.hi = 0;
	if (!(r.hi > r.lo))
		r = r.hi > 0 ? (struct range){ 0, r.hi } : (struct range){ r.hi - 1, r.hi == 0 ? 1 : 0 };
	step = round_step((r.hi - r.lo) / (d->target == TO_TXT && letter == 'x' ? 4 : 6));
	if (type == COL_INT && step < 1)
		step = 1;
	r.lo = floor(r.lo / step + 1e-9) * step;
	r.hi = ceil(r.hi / step - 1e-9) * step;
	choose_unit(&k, type, fmax(fabs(r.lo), fabs(r.hi)));
	k.decimals = step / k.unit < 1 ? (int)ceil(-log10(step / k.unit) - 1e-9) : 0;
	setting(d, "%crange [%.12g:%.12g]", letter, r.lo, r.hi);
	str_printf(&d->set, "set %ctics nomirror (", letter);
	for (int i = 0; r.lo + i * step <= r.hi + step / 2; i++)
		tic(&k, r.lo + i * step);
	str_puts(&d->set, ")\n");
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
		setting(d, "arrow from first %.12g,graph 0 to first %.12g,graph 1 nohead dt 2 lc rgb '" INK "'", d->f->ref, d->f->ref);
	else
		setting(d, "arrow from graph 0,first %.12g to graph 1,first %.12g nohead dt 2 lc rgb '" INK "'", d->f->ref, d->f->ref);
}

/* Places on the horizontal axis, with half a place of room at both ends. */
static void horizontal(struct drawing *d, struct axis *x)
{
	axis_of(x, d, 0, false);
	axis_tics(d, x, 'x');
	if (x->category)
		setting(d, "xrange [-0.5:%.1f]", (double)x->n - 0.5);
	else if (d->f->data.col[0].type == COL_SHARE)
		value_axis(d, 'x', 0, range_of(d, 0, 0), false);
	else
		setting(d, "autoscale xfix");
	if (d->f->log_x && !x->category && !x->time)
		log_axis(d, 'x', d->f->data.col[0].type, range_of(d, 0, 0));
}

/* Series differ in the form of their points too, for print without colour. */
static void line_style(struct drawing *d, struct str *s, const char *colour, size_t series)
{
	static const int form[] = { 7, 5, 9, 11, 13 };

	if (d->f->data.nrow <= 60 && d->target != TO_TXT)
		str_printf(s, "linespoints lw 2 pt %d ps 0.7 lc rgb '%s' ", form[series % 5], colour);
	else
		str_printf(s, "lines lw 2 lc rgb '%s' ", colour);
}

static struct range with_reference(const struct drawing *d, struct range r)
{
	return isfinite(d->f->ref) ? (struct range){ fmin(r.lo, d->f->ref), fmax(r.hi, d->f->ref) } : r;
}

void draw_line(struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct colours used = { 0 };
	struct axis x;
	bool many = t->ncol > 2;

	horizontal(d, &x);
	value_axis(d, 'y', 1, with_reference(d, range_of(d, 1, t->ncol - 1)), false);
	reference_line(d, false);
	if (many)
		legend(d, false);
	for (size_t c = 1; c < t->ncol; c++) {
		struct sv name = sv_of(t->col[c].name);
		struct str *s = element(d, d->block);
		str_puts(s, "using 1:2 with ");
		line_style(d, s, colour_of(&used, name), c - 1);
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
	str_puts(s, "using 1:2 with ");
	line_style(d, s, colour, i);
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
	value_axis(d, 'y', 1, with_reference(d, range_of(d, 1, 3)), false);
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
	double most = sized ? range_of(d, 2, 2).hi : 0;

	value_axis(d, 'x', 0, range_of(d, 0, 0), false);
	value_axis(d, 'y', 1, with_reference(d, range_of(d, 1, 1)), false);
	reference_line(d, false);
	if (d->target != TO_TXT)
		setting(d, "grid xtics ytics lc rgb '#e6e6e6' lt 1");
	for (size_t r = 0; r < t->nrow; r++) {
		double size = sized ? drawn_value(&t->col[2], table_at(t, r, 2)) : NAN;
		field(d, drawn_value(&t->col[0], table_at(t, r, 0)));
		field(d, drawn_value(&t->col[1], table_at(t, r, 1)));
		field(d, size > 0 && most > 0 ? 0.4 + 3.6 * sqrt(size / most) : 0.7); /* areas are compared by eye */
		line_end(d, SV(""));
	}
	if (sized && d->target != TO_TXT)
		str_printf(element(d, 0), "using 1:2:3 with points pt 7 ps variable lc rgb '%s' notitle", colour);
	else
		str_printf(element(d, 0), "using 1:2 with points pt %d ps 0.7 lc rgb '%s' notitle", d->target == TO_TXT ? 15 : 7, colour);
	block_end(d);
}
