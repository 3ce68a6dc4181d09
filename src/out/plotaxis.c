/* Axes of values: round numbers at their tics, log scales, the reference line, the legend. */
#include <math.h>
#include <stdarg.h>

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

double axis_spread(const struct axis *a, size_t n)
{
	double lo = INFINITY, hi = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		lo = fmin(lo, a->at[i]);
		hi = fmax(hi, a->at[i]);
	}
	return hi > lo ? hi - lo : 0;
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

double round_step(double rough)
{
	double decade = pow(10, floor(log10(rough))), m = rough / decade;

	return decade * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

/* Round numbers at the tics of an axis; `tight`: the axis ends where the data do. */
static void linear_axis(struct drawing *d, char letter, enum col_type type, struct range r, bool tight)
{
	struct tics k = { d, 0, 1, "", 0 };
	const double step = type == COL_INT ? fmax(1, round_step((r.hi - r.lo) / (d->target == TO_TXT && letter == 'x' ? 4 : 6))) :
		round_step((r.hi - r.lo) / (d->target == TO_TXT && letter == 'x' ? 4 : 6));
	const double from = tight ? ceil(r.lo / step - 1e-9) * step : floor(r.lo / step + 1e-9) * step;
	const double to = tight ? floor(r.hi / step + 1e-9) * step : ceil(r.hi / step - 1e-9) * step;

	choose_unit(&k, type, fmax(fabs(from), fabs(to)));
	k.decimals = step / k.unit < 1 ? (int)ceil(-log10(step / k.unit) - 1e-9) : 0;
	setting(d, "%crange [%.12g:%.12g]", letter, tight ? r.lo : from, tight ? r.hi : to);
	str_printf(&d->set, "set %ctics nomirror (", letter);
	d->places = letter == 'x' ? 0 : d->places;
	for (int i = 0; from + i * step <= to + step / 2; i++) {
		tic(&k, from + i * step);
		if (letter == 'x' && d->places < MAX_PLACES)
			d->place[d->places++] = from + i * step;
	}
	str_puts(&d->set, ")\n");
}

void value_axis(struct drawing *d, char letter, size_t col, struct range r, bool from_zero)
{
	enum col_type type = d->f->data.col[col].type;

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
	linear_axis(d, letter, type, r, false);
}

enum { LEGEND_CELLS = 26 };

void legend_room(struct drawing *d, const struct sv *name, size_t n)
{
	int wide = longest_name(name, n);

	d->legend_lines += (int)n;
	if (n && d->target != TO_TXT)
		d->beside += 6 + (wide < LEGEND_CELLS ? wide : LEGEND_CELLS);
}

/* Characters leave no room beside the plane. */
void legend(struct drawing *d, bool inverted)
{
	if (d->target == TO_TXT)
		setting(d, "key below horizontal width 2 noenhanced%s", inverted ? " invert" : "");
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
	gp_quote(s, name, d->target == TO_TXT ? 16 : LEGEND_CELLS);
	str_puts(s, " noenhanced");
}

size_t series_told(const struct drawing *d, size_t n)
{
	const size_t most = d->target == TO_TXT ? 6 : 20;

	return n <= most ? n : most - 1;
}

struct sv series_rest(struct drawing *d, size_t n)
{
	const char *s = arena_printf(&d->arena, "and %zu more", n - series_told(d, n));

	return sv_of(s);
}

void reference_line(struct drawing *d, bool vertical)
{
	const struct figure *f = d->f;

	if (!isfinite(f->ref))
		return;
	if (vertical)
		setting(d, "arrow from first %.12g,graph 0 to first %.12g,graph 1 nohead dt 2 lc rgb '" INK "'", f->ref, f->ref);
	else
		setting(d, "arrow from graph 0,first %.12g to graph 1,first %.12g nohead dt 2 lc rgb '" INK "'", f->ref, f->ref);
	if (f->ref_name)
		note(d, "dashed: %s", f->ref_name);
}

struct range with_reference(const struct drawing *d, struct range r)
{
	return isfinite(d->f->ref) ? (struct range){ fmin(r.lo, d->f->ref), fmax(r.hi, d->f->ref) } : r;
}

void note(struct drawing *d, const char *fmt, ...)
{
	va_list ap;
	char text[400];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	str_printf(&d->note, "%s%s", d->note.n ? "; " : "", text);
}

void note_interval(struct drawing *d, const char *what, size_t lo)
{
	const struct range r = range_of(d, lo, lo + 1);

	if (d->target == TO_TXT && sv_starts(sv_of(what), "lines and "))
		what += sizeof "lines and " - 1;
	if (!d->f->unlike_interval && !isinf(r.lo))
		note(d, "%s: 95 %% interval", what);
}

/* Places on the horizontal axis, with half a place of room at both ends. */
void horizontal(struct drawing *d, struct axis *x)
{
	axis_of(x, d, 0, false);
	axis_tics(d, x, 'x');
	if (x->category)
		setting(d, "xrange [-0.5:%.1f]", (double)x->n - 0.5);
	else if (!x->time) {
		const struct range r = range_of(d, 0, 0);
		const bool room = r.hi > r.lo;
		linear_axis(d, 'x', d->f->data.col[0].type, isinf(r.lo) ? (struct range){ 0, 1 } : room ? r : (struct range){ r.lo - 1, r.lo + 1 }, true);
	} else if (axis_spread(x, d->f->data.nrow) > 0)
		setting(d, "autoscale xfix");
	else if (d->f->data.nrow)
		setting(d, "xrange [%.12g:%.12g]", x->at[0] - 86400, x->at[0] + 86400);
	if (d->f->log_x && !x->category && !x->time)
		log_axis(d, 'x', d->f->data.col[0].type, range_of(d, 0, 0));
}
