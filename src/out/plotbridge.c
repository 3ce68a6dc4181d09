/* Bars that stand on each other or on what was before: stacks, the bridge from one level to
 * the next, and the funnel. */
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"
#include "wend/mem.h"

static struct sv kept(struct drawing *d, struct str *s)
{
	struct sv out = sv_n(arena_strndup(&d->arena, s->p ? s->p : "", s->n), s->n);

	str_release(s);
	return out;
}

/* ---- stacks ---- */

/* Layers above nothing and layers below it have sums of their own. */
struct piles {
	double *up, *down; /* a row */
};

static struct range stack_range(const struct drawing *d)
{
	const struct table *t = &d->f->data;
	struct range r = { 0, 0 };

	for (size_t i = 0; i < t->nrow; i++) {
		double up = 0, down = 0;
		for (size_t c = 1; c < t->ncol; c++) {
			double v = drawn_value(&t->col[c], table_at(t, i, c));
			up += v > 0 ? v : 0;
			down += v < 0 ? v : 0;
		}
		r.lo = fmin(r.lo, down);
		r.hi = fmax(r.hi, up);
	}
	return r;
}

/* Columns from..to as one layer. */
static void layer_rows(struct drawing *d, const struct axis *a, size_t from, size_t to, const struct piles *p)
{
	const struct table *t = &d->f->data;

	for (size_t i = 0; i < t->nrow; i++) {
		double v = 0, *pile;
		for (size_t c = from; c < to; c++) {
			double one = drawn_value(&t->col[c], table_at(t, i, c));
			v += isnan(one) ? 0 : one;
		}
		pile = v < 0 ? &p->down[i] : &p->up[i];
		field(d, a->at[i]);
		field(d, *pile);
		*pile += v;
		field(d, *pile);
		line_end(d, a->category ? a->name[i] : SV(""));
	}
	block_end(d);
}

static void layer(struct drawing *d, const struct axis *a, bool standing, struct sv name, const char *colour)
{
	double half = axis_gap(a, d->f->data.nrow) * 0.4;
	struct str *s = element(d, d->block);

	if (standing)
		str_printf(s, "using 1:3:($1-%.12g):($1+%.12g):2:3", half, half);
	else
		str_printf(s, "using 3:1:2:3:($1-%.12g):($1+%.12g)", half, half);
	str_printf(s, " with boxxyerror lc rgb '%s' ", colour);
	put_title(d, s, name, true);
}

/* Layers of characters look alike: each as a line of its own, or as bars of its own. */
static void layers_apart(struct drawing *d, const struct axis *a)
{
	const struct table *t = &d->f->data;
	struct figure rows = *d->f;

	if (bars_stand(d, a)) {
		note(d, "the layers, not their sum");
		draw_line(d);
		return;
	}
	table_init(&rows.data);
	table_col(&rows.data, "row", COL_TEXT, NULL, -1);
	table_col(&rows.data, t->col[1].name, t->col[1].type, t->col[1].unit, t->col[1].digits);
	rows.data.col[1].exponent = t->col[1].exponent;
	for (size_t i = 0; i < t->nrow; i++) {
		for (size_t c = 1; c < t->ncol; c++) {
			put_text(&rows.data, row_and_series(d, a->name[i], sv_of(t->col[c].name)));
			put_empty(&rows.data);
			*table_at(&rows.data, rows.data.nrow - 1, 1) = *table_at(t, i, c);
		}
	}
	rows_of_series(d, &rows);
}

void draw_stack(struct drawing *d)
{
	const struct table *t = &d->f->data;
	const size_t n = t->ncol - 1, told = series_told(d, n);
	const struct piles p = { arena_zalloc(&d->arena, t->nrow * sizeof *p.up), arena_zalloc(&d->arena, t->nrow * sizeof *p.down) };
	const struct range r = stack_range(d);
	struct colours used = { 0 };
	struct axis a;
	bool standing;

	axis_of(&a, d, 0, true);
	if (d->target == TO_TXT) {
		layers_apart(d, &a);
		return;
	}
	struct sv *names = arena_alloc(&d->arena, t->ncol * sizeof *names);
	for (size_t c = 1; c <= n; c++)
		names[c - 1] = sv_of(t->col[c].name);
	legend_room(d, names, told);
	standing = bars_stand(d, &a);
	d->linear = true;
	if (standing)
		standing_axis(d, &a);
	else
		lying_axis(d, &a);
	value_axis(d, standing ? 'y' : 'x', 1, r, true);
	legend(d, standing);
	for (size_t c = 1; c <= told; c++) {
		layer(d, &a, standing, sv_of(t->col[c].name), colour_of(&used, sv_of(t->col[c].name)));
		layer_rows(d, &a, c, c + 1, &p);
	}
	if (told < n) {
		layer(d, &a, standing, series_rest(d, n), PALE);
		layer_rows(d, &a, told + 1, t->ncol, &p);
	}
	if (r.lo < 0 && standing)
		setting(d, "arrow from graph 0,first 0 to graph 1,first 0 nohead front lc rgb '" INK "'");
	else if (r.lo < 0)
		setting(d, "arrow from first 0,graph 0 to first 0,graph 1 nohead front lc rgb '" INK "'");
}

/* ---- waterfall ---- */

enum step_role { STEP_TOTAL, STEP_UP, STEP_DOWN, STEP_LEFT_OUT };
struct bridge {
	struct axis a;
	enum step_role *role;
	double *from, *to;      /* a row */
	struct range r;
};

/* Without a column of roles: is the last row what the others add up to? */
static bool last_is_sum(const struct table *t)
{
	double sum = 0, most = 0;

	for (size_t i = 0; i + 1 < t->nrow; i++) {
		double v = drawn_value(&t->col[1], table_at(t, i, 1));
		sum += isnan(v) ? 0 : v;
		most = fmax(most, fabs(v));
	}
	return t->nrow > 2 && fabs(drawn_value(&t->col[1], table_at(t, t->nrow - 1, 1)) - sum) <= 1e-9 * most;
}

static bool is_total(const struct table *t, size_t i, bool summed)
{
	const int role = column_of(t, 2, true);

	if (role >= 0)
		return table_at(t, i, (size_t)role)->state == CELL_VALUE && sv_is(table_at(t, i, (size_t)role)->s, "total");
	return i == 0 || (summed && i + 1 == t->nrow);
}

static void bridge_of(struct bridge *b, struct drawing *d)
{
	const struct table *t = &d->f->data;
	const bool summed = last_is_sum(t);
	double level = 0;

	axis_of(&b->a, d, 0, true);
	b->role = arena_alloc(&d->arena, t->nrow * sizeof *b->role);
	b->from = arena_zalloc(&d->arena, t->nrow * sizeof *b->from);
	b->to = arena_zalloc(&d->arena, t->nrow * sizeof *b->to);
	b->r = (struct range){ 0, 0 };
	for (size_t i = 0; i < t->nrow; i++) {
		const double v = drawn_value(&t->col[1], table_at(t, i, 1));
		const bool total = is_total(t, i, summed);
		b->role[i] = isnan(v) ? STEP_LEFT_OUT : total ? STEP_TOTAL : v < 0 ? STEP_DOWN : STEP_UP;
		b->from[i] = total ? 0 : level;
		level = isnan(v) ? level : total ? v : level + v;
		b->to[i] = level;
		b->r.lo = fmin(b->r.lo, level);
		b->r.hi = fmax(b->r.hi, level);
	}
}

/* "+1,204" on a change, "8,912" on a level. */
static struct sv amount_text(struct drawing *d, const struct bridge *b, size_t i)
{
	struct str s = STR_INIT;

	if (b->role[i] == STEP_UP)
		str_putc(&s, '+');
	if (b->role[i] != STEP_LEFT_OUT)
		str_sv(&s, value_text(d, i, 1, 2, false));
	return kept(d, &s);
}

static void standing_amounts(struct drawing *d, const struct bridge *b)
{
	for (size_t i = 0; i < d->f->data.nrow; i++) {
		if (b->role[i] == STEP_LEFT_OUT)
			continue;
		str_puts(&d->set, "set label ");
		gp_quote(&d->set, amount_text(d, b, i), 20);
		str_printf(&d->set, " at first %.12g,first %.12g center offset 0,0.6 front noenhanced\n", b->a.at[i], fmax(b->from[i], b->to[i]));
	}
}

/* From the end of one bar to the beginning of the next. */
static void joints(struct drawing *d, const struct bridge *b, bool standing)
{
	for (size_t i = 0; i + 1 < d->f->data.nrow && d->f->data.nrow <= 60; i++) {
		if (standing)
			setting(d, "arrow from first %.12g,first %.12g to first %.12g,first %.12g nohead lc rgb '#999999'", b->a.at[i], b->to[i], b->a.at[i + 1], b->to[i]);
		else
			setting(d, "arrow from first %.12g,first %.12g to first %.12g,first %.12g nohead lc rgb '#999999'", b->to[i], b->a.at[i], b->to[i], b->a.at[i + 1]);
	}
}

static void bridge_bars(struct drawing *d, const struct bridge *b, enum step_role role, bool standing, const char *name, const char *colour)
{
	struct str *s = element(d, d->block);
	bool any = false;

	if (standing)
		str_printf(s, "using 1:3:($1-0.36):($1+0.36):2:3 with boxxyerror lc rgb '%s' ", colour);
	else if (d->target == TO_TXT)
		str_puts(s, "using 2:1:($3-$2):(0) with vectors nohead ");
	else
		str_printf(s, "using 3:1:2:3:($1-0.36):($1+0.36) with boxxyerror lc rgb '%s' ", colour);
	for (size_t i = 0; i < d->f->data.nrow; i++) {
		if (b->role[i] != role)
			continue;
		any = true;
		field(d, (double)i);
		field(d, b->from[i]);
		field(d, b->to[i]);
		line_end(d, b->a.category ? b->a.name[i] : SV(""));
	}
	put_title(d, s, sv_of(name), any);
	if (d->target == TO_TXT) /* a change may be smaller than a character */
		str_puts(element(d, d->block), "using 3:1 with points pt 15 notitle");
	block_end(d);
}

void draw_waterfall(struct drawing *d)
{
	const size_t n = d->f->data.nrow;
	struct bridge b;
	bool standing;

	bridge_of(&b, d);
	if (!b.a.category) { /* a row each, whatever stands at it */
		for (size_t i = 0; i < n; i++) {
			struct str s = STR_INIT;
			people_cell(&s, &d->f->data.col[0], table_at(&d->f->data, i, 0), NULL);
			b.a.name[i] = kept(d, &s);
			b.a.at[i] = (double)i;
		}
		b.a = (struct axis){ .category = true, .at = b.a.at, .name = b.a.name, .n = n };
	}
	standing = bars_stand(d, &b.a) && n <= 14 && d->target != TO_TXT;
	d->linear = true;
	if (standing) {
		standing_axis(d, &b.a);
		standing_amounts(d, &b);
		b.r.hi += (b.r.hi - b.r.lo) * 0.06; /* room for the words on top */
	} else {
		struct sv *text = arena_alloc(&d->arena, n * sizeof *text);
		for (size_t i = 0; i < n; i++)
			text[i] = amount_text(d, &b, i);
		lying_axis(d, &b.a);
		right_texts(d, text, n);
	}
	value_axis(d, standing ? 'y' : 'x', 1, b.r, true);
	if (d->target != TO_TXT)
		joints(d, &b, standing);
	if (standing && d->target != TO_TXT)
		legend(d, false);
	else if (d->target != TO_TXT)
		setting(d, "key tmargin right horizontal noenhanced");
	bridge_bars(d, &b, STEP_TOTAL, standing, "level", "#7f7f7f");
	bridge_bars(d, &b, STEP_UP, standing, "more", "#0072b2");
	bridge_bars(d, &b, STEP_DOWN, standing, "less", "#d55e00");
}

/* ---- funnel ---- */

/* Customers a limit stands for: shares are of the first step. */
static double limit_at(const struct drawing *d, size_t r, size_t c)
{
	const struct table *t = &d->f->data;
	const double v = drawn_value(&t->col[c], table_at(t, r, c));

	return t->col[c].type == COL_SHARE ? v / 100 * drawn_value(&t->col[1], table_at(t, 0, 1)) : v;
}

/* "1,204   63 % of before, 12 % of first (11.3 to 12.8)" */
static struct sv step_text(struct drawing *d, size_t r)
{
	const struct table *t = &d->f->data;
	const double now = drawn_value(&t->col[1], table_at(t, r, 1)), first = drawn_value(&t->col[1], table_at(t, 0, 1));
	const double before = r ? drawn_value(&t->col[1], table_at(t, r - 1, 1)) : NAN;
	struct str s = STR_INIT;

	people_cell(&s, &t->col[1], table_at(t, r, 1), NULL);
	if (before > 0 && now >= 0)
		str_printf(&s, d->target == TO_TXT ? " %.0f %%" : "   %.0f %% of before", 100 * now / before);
	if (r > 0 && first > 0 && now >= 0 && d->target != TO_TXT) {
		const double lo = has_limits(t, 2) ? limit_at(d, r, 2) : NAN, hi = has_limits(t, 2) ? limit_at(d, r, 3) : NAN;
		if (r > 1 || isfinite(lo))
			str_printf(&s, ", %.*f %% of first", now / first < 0.1 ? 1 : 0, 100 * now / first);
		if (isfinite(lo) && isfinite(hi))
			str_printf(&s, " (%.1f to %.1f)", 100 * lo / first, 100 * hi / first);
	}
	return kept(d, &s);
}

static void funnel_rows(struct drawing *d, const struct axis *a)
{
	const struct table *t = &d->f->data;
	const bool limits = has_limits(t, 2);

	for (size_t r = 0; r < t->nrow; r++) {
		field(d, drawn_value(&t->col[1], table_at(t, r, 1)));
		field(d, (double)r);
		field(d, r ? drawn_value(&t->col[1], table_at(t, r - 1, 1)) : NAN);
		field(d, limits ? limit_at(d, r, 2) : NAN);
		field(d, limits ? limit_at(d, r, 3) : NAN);
		line_end(d, a->category ? a->name[r] : SV(""));
	}
	block_end(d);
}

/* Bars from one edge, so that their lengths and limits compare; who was lost, pale. */
void draw_funnel(struct drawing *d)
{
	const struct table *t = &d->f->data;
	const bool limits = has_limits(t, 2);
	struct sv *text = arena_alloc(&d->arena, t->nrow * sizeof *text);
	struct range r = range_of(d, 1, 1);
	struct axis a;

	axis_of(&a, d, 0, true);
	if (!a.category)
		a.n = t->nrow;
	lying_axis(d, &a);
	setting(d, "border 0");
	str_puts(&d->set, "unset xtics\nunset grid\nset xlabel ''\nset ytics scale 0\n");
	for (size_t i = 0; i < t->nrow; i++) {
		text[i] = step_text(d, i);
		r.hi = limits ? fmax(r.hi, limit_at(d, i, 3)) : r.hi;
	}
	right_texts(d, text, t->nrow);
	setting(d, "xrange [0:%.12g]", r.hi > 0 ? r.hi * 1.01 : 1);
	if (d->target == TO_TXT) {
		str_puts(element(d, d->block), "using (0):2:1:(0) with vectors nohead notitle");
	} else {
		str_puts(element(d, d->block), "using 3:2:1:3:($2-0.38):($2+0.38) with boxxyerror lc rgb '#e4e4e4' notitle");
		str_puts(element(d, d->block), "using 1:2:(0):1:($2-0.38):($2+0.38) with boxxyerror lc rgb '#0072b2' notitle");
	}
	if (limits && d->target != TO_TXT) {
		str_puts(element(d, d->block), "using 4:2:($5-$4):(0) with vectors nohead lw 2 lc rgb '" INK "' notitle");
		note_interval(d, "lines and brackets", 2);
	}
	funnel_rows(d, &a);
	if (d->target != TO_TXT && t->nrow > 1)
		note(d, "pale: lost since the step before");
}
