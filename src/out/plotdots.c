/* Points in the plane: clouds, calibration, and the dotted chart of a log (Song and van der
 * Aalst 2007): a line a customer, a dot an event. */
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"
#include "wend/mem.h"

/* Areas are compared by eye: the radius goes with the root. */
static double dot_size(double v, double most)
{
	return v > 0 && most > 0 ? 0.4 + 3.6 * sqrt(v / most) : 0.7;
}

static void grid_both(struct drawing *d)
{
	if (d->target != TO_TXT)
		setting(d, "grid xtics ytics lc rgb '#e6e6e6' lt 1");
}

void draw_scatter(struct drawing *d)
{
	const struct table *t = &d->f->data;
	const bool sized = t->ncol > 2 && t->col[2].type != COL_TEXT;
	const char *colour = t->nrow > 200 ? "#a00072b2" : "#500072b2"; /* the more points, the fainter */
	const double most = sized ? range_of(d, 2, 2).hi : 0;

	if (t->col[0].type == COL_DAY || t->col[0].type == COL_TIME) {
		struct axis x;
		horizontal(d, &x);
	} else {
		value_axis(d, 'x', 0, range_of(d, 0, 0), false);
	}
	value_axis(d, 'y', 1, with_reference(d, range_of(d, 1, 1)), false);
	reference_line(d, false);
	grid_both(d);
	for (size_t r = 0; r < t->nrow; r++) {
		field(d, drawn_value(&t->col[0], table_at(t, r, 0)));
		field(d, drawn_value(&t->col[1], table_at(t, r, 1)));
		field(d, dot_size(sized ? drawn_value(&t->col[2], table_at(t, r, 2)) : NAN, most));
		line_end(d, SV(""));
	}
	if (sized && d->target != TO_TXT) {
		str_printf(element(d, 0), "using 1:2:3 with points pt 7 ps variable lc rgb '%s' notitle", colour);
		note(d, "areas: %s", t->col[2].name);
	} else {
		str_printf(element(d, 0), "using 1:2 with points pt %d ps 0.7 lc rgb '%s' notitle", d->target == TO_TXT ? 15 : 7, colour);
	}
	block_end(d);
}

/* Both axes in one scale; what happened as was said lies on the diagonal. */
void draw_calibration(struct drawing *d)
{
	const struct table *t = &d->f->data;
	const bool sized = t->ncol > 4 && t->col[4].type != COL_TEXT;
	const double most = sized ? range_of(d, 4, 4).hi : 0;
	const struct range x = range_of(d, 0, 0), y = range_of(d, 1, 3), r = { fmin(x.lo, y.lo), fmax(x.hi, y.hi) };

	d->width = 720;
	d->height = 660;
	value_axis(d, 'x', 0, r, false);
	value_axis(d, 'y', 1, r, false);
	grid_both(d);
	/* Far beyond both ends; gnuplot cuts it at the frame. */
	str_puts(&d->set, "diagonal(x) = x\n");
	str_printf(&d->plot, "diagonal(x) with lines dt 2 lc rgb '" INK "' notitle");
	note(d, "dashed: as predicted");
	str_printf(element(d, d->block), "using 1:3:(0):($4-$3) with vectors nohead lw 2 lc rgb '%s' notitle", t->nrow > 60 ? "#d00072b2" : "#0072b2");
	if (sized && d->target != TO_TXT) {
		str_puts(element(d, d->block), "using 1:2:5 with points pt 7 ps variable lc rgb '#600072b2' notitle");
		note(d, "areas: %s", t->col[4].name);
	} else {
		str_printf(element(d, d->block), "using 1:2 with points pt %d ps 1 lc rgb '#0072b2' notitle", d->target == TO_TXT ? 15 : 7);
	}
	for (size_t i = 0; i < t->nrow; i++) {
		for (size_t c = 0; c < 4; c++)
			field(d, drawn_value(&t->col[c], table_at(t, i, c)));
		field(d, dot_size(sized ? drawn_value(&t->col[4], table_at(t, i, 4)) : NAN, most) / 1.6);
		line_end(d, SV(""));
	}
	block_end(d);
	note_interval(d, "lines", 2);
}

/* ---- dotted chart ---- */

static void dots_of(struct drawing *d, const struct axis *x, const struct axis *row, const struct axis *what, size_t from, size_t to)
{
	for (size_t r = 0; r < d->f->data.nrow; r++) {
		const size_t kind = (size_t)what->at[r];
		if (kind < from || kind >= to)
			continue;
		field(d, x->at[r]);
		field(d, row->at[r]);
		line_end(d, what->name[kind]);
	}
	block_end(d);
}

static void dotted_rows(struct drawing *d, const struct axis *row)
{
	struct str s = STR_INIT;

	if (row->n <= (d->target == TO_TXT ? 40u : 45u)) {
		lying_axis(d, row);
		return;
	}
	/* Too many for names: their number, and lines as thin as the picture allows. */
	d->height = 400 + (row->n > 450 ? 450 : (int)row->n);
	setting(d, "yrange [%.1f:-0.5]", (double)row->n - 0.5);
	str_puts(&d->set, "unset ytics\n");
	str_printf(&s, "%s: ", d->f->data.col[0].name);
	people_real(&s, (double)row->n, 0);
	put_y_label(d, s.p);
	str_release(&s);
}

/* Along the horizontal axis runs column 1. */
static void dotted_time(struct drawing *d, struct axis *x)
{
	axis_of(x, d, 1, false);
	axis_tics(d, x, 'x');
	if (x->category)
		setting(d, "xrange [-0.5:%.1f]", (double)x->n - 0.5);
	else if (!x->time)
		value_axis(d, 'x', 1, range_of(d, 1, 1), false);
	else if (axis_spread(x, d->f->data.nrow) == 0)
		setting(d, "xrange [%.12g:%.12g]", x->at[0] - 86400, x->at[0] + 86400);
	str_puts(&d->set, "set xlabel ");
	gp_quote(&d->set, sv_of(d->f->x_label ? d->f->x_label : ""), 80);
	str_puts(&d->set, " noenhanced\n");
}

static void dots_style(struct str *s, size_t k, const char *size, const char *colour)
{
	static const int form[] = { 7, 5, 9, 11, 13 };

	str_printf(s, "with points pt %d ps %s lc rgb '%s' ", form[k % 5], size, colour);
}

void draw_dotted(struct drawing *d)
{
	struct colours used = { 0 };
	struct axis x, row, what;

	axis_of(&row, d, 0, false);
	axis_of(&what, d, 2, false);
	const size_t told = series_told(d, what.n);
	const bool small = row.n > 200;
	legend_room(d, what.name, told);
	dotted_rows(d, &row);
	dotted_time(d, &x);
	legend(d, false);
	if (told < what.n) {
		struct str *s = element(d, d->block);
		str_puts(s, "using 1:2 ");
		dots_style(s, 0, small ? "0.4" : "0.9", PALE);
		put_title(d, s, series_rest(d, what.n), true);
		dots_of(d, &x, &row, &what, told, what.n);
	}
	for (size_t k = 0; k < told; k++) {
		const char *colour = colour_of(&used, what.name[k]);
		struct str *s = element(d, d->block);
		str_puts(s, "using 1:2 ");
		dots_style(s, k, small ? "0.4" : "0.9", colour);
		put_title(d, s, what.name[k], !small);
		dots_of(d, &x, &row, &what, k, k + 1);
		if (small) { /* a legend of dots that small shows no colour */
			str_puts(s, ", \\\n  keyentry ");
			dots_style(s, k, "0.9", colour);
			put_title(d, s, what.name[k], true);
		}
	}
}
