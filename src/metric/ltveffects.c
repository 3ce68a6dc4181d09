/* ltv model --by: what an attribute of customers (channel, country, plan) does to how often
 * they buy and how soon they leave.
 *
 * The chosen model is fitted again with effects of the attributes (model/btydgroups.c): the
 * values of each field against its most frequent one, fields together without interactions.
 * Values of fewer than --min-n customers, and those beyond as many as can be fitted at once,
 * are one value, `other`; when that has too few, too, its customers are left out here, and
 * counted.
 *
 *   rate F=V      buys so many times as often while a customer: exp(c1)
 *   leaving F=V   leaves so many times as readily: Pareto/NBD by time, exp(c2); BG family the
 *                 mean chance after a purchase, [a'/(a'+b')] / [a/(a+b)]
 *   new F=V       purchases of a new customer in 52 weeks, other fields at their most
 *                 frequent value
 *   effects_chisq, effects_df, effects_p   2 (log L with - log L without), chi-square
 *
 * Limits by the delta method on logarithms, with the observed information of all parameters
 * together. Rows: as of the day; a field no date tells of is as last reported.
 */
#include "ltv_impl.h"

#include <math.h>

#define WEEKS_AHEAD 52
enum { LEVELS_MAX = OPTIM_MAX };

/* A value of a field that has an effect of its own; value.p NULL: not known. */
struct level {
	size_t field;
	struct sv value;
	bool other;           /* all values without one */
	double n;
	int column;           /* of the design; -1: the most frequent one */
};
struct design {
	const struct cuts *cuts;
	const struct groups *groups;
	struct level v[LEVELS_MAX];
	size_t n, columns;
	double *customers;    /* by group */
	double left_out;
};

/* ---- which values have effects ---- */

struct counted {
	struct sv value;
	double n;
};

static int most_first(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	if (fabs(x->n - y->n) > 0)
		return x->n > y->n ? -1 : 1;
	if (!x->value.p != !y->value.p)
		return x->value.p ? -1 : 1;
	return x->value.p ? sv_natcmp(x->value, y->value) : 0;
}

static bool sv_same(struct sv a, struct sv b)
{
	return !a.p == !b.p && (!a.p || sv_eq(a, b));
}

static struct counted *values_of(const struct design *d, size_t field, size_t *n)
{
	struct counted *v = xcalloc(d->groups->n + 1, sizeof *v);
	*n = 0;
	for (size_t g = 0; g < d->groups->n; g++) {
		size_t i = 0;
		while (i < *n && !sv_same(v[i].value, d->groups->v[g].value[field]))
			i++;
		if (i == *n)
			v[(*n)++].value = d->groups->v[g].value[field];
		v[i].n += d->customers[g];
	}
	qsort(v, *n, sizeof *v, most_first);
	return v;
}

static void levels_of(struct design *d, size_t field, double min_n, size_t most)
{
	size_t n;
	struct counted *v = values_of(d, field, &n);
	struct level rest = { field, SV("other"), true, 0, -1 };
	size_t own = 0;
	if (n < 2) { /* one value has no effect to tell */
		free(v);
		return;
	}
	while (own < n && own < most && (!own || v[own].n >= min_n))
		own++;
	if (own < n && own == most)
		own--; /* a place for the others */
	for (size_t i = 0; i < n; i++) {
		if (i >= own)
			rest.n += v[i].n;
		else
			d->v[d->n++] = (struct level){ field, v[i].value, false, v[i].n, i ? (int)d->columns++ : -1 };
	}
	if (rest.n >= min_n) {
		rest.column = (int)d->columns++;
		d->v[d->n++] = rest;
	}
	free(v);
}

static const struct level *level_of(const struct design *d, size_t group, size_t field)
{
	const struct level *other = NULL;
	for (size_t i = 0; i < d->n; i++) {
		if (d->v[i].field != field)
			continue;
		if (d->v[i].other)
			other = &d->v[i];
		else if (sv_same(d->v[i].value, d->groups->v[group].value[field]))
			return &d->v[i];
	}
	return other;
}

static bool has_levels(const struct design *d, size_t group)
{
	for (size_t f = 0; f < d->cuts->n; f++)
		for (size_t i = 0; i < d->n; i++)
			if (d->v[i].field == f && !level_of(d, group, f))
				return false;
	return true;
}

/* ---- the fit ---- */

/* Rows of the customers group by group; those of group g end at end[g]. The caller frees. */
static struct rfm_row *by_group(const struct purchases *b, const struct groups *groups, size_t **end)
{
	struct rfm_row *row = xreallocarray(NULL, b->n + 1, sizeof *row);
	size_t *at = xcalloc(groups->n + 2, sizeof *at);
	for (size_t i = 0; i < b->n; i++)
		at[b->v[i].group + 1]++;
	for (size_t g = 1; g < groups->n; g++)
		at[g] += at[g - 1];
	for (size_t i = 0; i < b->n; i++)
		row[at[b->v[i].group]++] = b->v[i];
	*end = at;
	return row;
}

static void fit(struct btyd_groups_fit *out, const struct design *d, const struct ltv_look *l)
{
	const struct btyd_model *m = &l->fit.v[l->fit.chosen].fit.model;
	const struct purchases *b = &l->b;
	size_t *end;
	struct rfm_row *row = by_group(b, d->groups, &end);
	struct ltv_cells *cells = xcalloc(d->groups->n + 1, sizeof *cells);
	struct btyd_groups all = { .attributes = d->columns };
	struct btyd_cells *use = xcalloc(d->groups->n + 1, sizeof *use);
	double *z = xcalloc((d->groups->n + 1) * (d->columns + 1), sizeof *z);
	uint32_t *order = groups_order(d->groups);
	for (size_t g = 0; g < d->groups->n; g++) {
		const size_t from = order[g] ? end[order[g] - 1] : 0, n = end[order[g]] - from;
		if (!n || !has_levels(d, order[g]))
			continue;
		ltv_cells_of(&cells[all.n], row + from, n, l->as_of, l->cells.unit_days, l->minor, l->all);
		cells[all.n].threads = l->cells.threads;
		use[all.n] = ltv_fit_cells(&cells[all.n]);
		for (size_t f = 0; f < d->cuts->n; f++) {
			const struct level *v = level_of(d, order[g], f);
			if (v && v->column >= 0)
				z[all.n * d->columns + (size_t)v->column] = 1;
		}
		all.n++;
	}
	all.cells = use;
	all.z = z;
	btyd_fit_groups(out, m->kind, m->k, &all, m);
	for (size_t g = 0; g < all.n; g++)
		ltv_cells_release(&cells[g]);
	free(cells);
	free(use);
	free(row);
	free(end);
	free(z);
	free(order);
}

/* ---- what is told of it ---- */

enum told { RATE, LEAVING, NEW };
struct question {
	const struct btyd_groups_fit *fit;
	size_t attributes;
	int column;           /* -1: the reference */
	enum told what;
	double ahead;         /* units */
};

static double gone(const struct btyd_model *m)
{
	return m->kind == BTYD_PNBD ? m->p[2] / m->p[3] : m->p[2] / (m->p[2] + m->p[3]);
}

/* The logarithm of what is asked, of parameters x as they were fitted. */
static double answer(const struct question *q, const double *x)
{
	struct btyd_model base = q->fit->model;
	double z[LEVELS_MAX] = { 0 };
	for (int i = 0; i < BTYD_PARAMS; i++)
		base.p[i] = exp(x[i]);
	if (q->column >= 0)
		z[q->column] = 1;
	const struct btyd_model m = btyd_of_group(&base, x + BTYD_PARAMS, z, q->attributes);
	switch (q->what) {
	case RATE: return log(base.p[1] / m.p[1]);
	case LEAVING: return log(gone(&m) / gone(&base));
	default: return log(btyd_expect(&m, 0, 0, 0, q->ahead));
	}
}

struct told_value {
	double value, se;
	struct interval ci;
};

static struct told_value tell(const struct question *q)
{
	const size_t n = q->fit->n;
	double x[OPTIM_MAX] = { 0 }, g[OPTIM_MAX];
	const double step = 1e-5;
	for (size_t i = 0; i < n; i++)
		x[i] = i < BTYD_PARAMS ? log(q->fit->model.p[i]) : q->fit->effect[i - BTYD_PARAMS];
	const double at = answer(q, x);
	for (size_t i = 0; i < n; i++) {
		const double own = x[i];
		x[i] = own + step;
		const double up = answer(q, x);
		x[i] = own - step;
		g[i] = (up - answer(q, x)) / (2 * step);
		x[i] = own;
	}
	const double se = sqrt(fmax(value_quadratic(g, q->fit->cov, (int)n), 0)), v = exp(at);
	return (struct told_value){ v, v * se, { v * exp(-Z95 * se), v * exp(Z95 * se) } };
}

static void put(struct table *t, const char *model, const char *name, const struct told_value *v, double n, const char *note)
{
	put_z(t, model);
	put_z(t, name);
	put_real(t, v ? v->value : NAN);
	put_real(t, v ? v->se : NAN);
	put_real(t, v ? v->ci.lo : NAN);
	put_real(t, v ? v->ci.hi : NAN);
	put_int(t, (int64_t)llround(n));
	put_z(t, note);
}

static const char *level_name(const struct design *d, const struct level *v, struct arena *a)
{
	return v->value.p ? arena_printf(a, "%s=%.*s", d->cuts->v[v->field].name, (int)v->value.n, v->value.p) : arena_printf(a, "%s not known", d->cuts->v[v->field].name);
}

static const struct level *usual(const struct design *d, size_t field)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].field == field && d->v[i].column < 0)
			return &d->v[i];
	return NULL;
}

static void rows(struct report *r, const struct design *d, const struct btyd_groups_fit *f, const char *model, double unit_days)
{
	static const char *const names[] = { "rate", "leaving", "new" };
	struct table *t = &r->table;
	struct question q = { .fit = f, .attributes = d->columns, .ahead = WEEKS_AHEAD * 7 / unit_days };
	for (enum told what = RATE; what <= NEW; what++)
		for (size_t i = 0; i < d->n; i++) {
			const struct level *v = &d->v[i];
			if (what != NEW && v->column < 0)
				continue;
			q.what = what;
			q.column = v->column;
			const struct told_value told = tell(&q);
			const char *note = what == NEW ? "purchases of a new customer in 52 weeks" : arena_printf(&r->arena, "times that of %s", level_name(d, usual(d, v->field), &r->arena));
			put(t, model, arena_printf(&r->arena, "%s %s", names[what], level_name(d, v, &r->arena)), &told, v->n, note);
		}
	const double df = (double)btyd_effects(f->model.kind, d->columns);
	const double facts[] = { 2 * (f->loglik - f->plain), df, f->p };
	static const char *const fact_names[] = { "effects_chisq", "effects_df", "effects_p" };
	for (size_t i = 0; i < 3; i++) {
		const struct told_value v = { facts[i], NAN, { NAN, NAN } };
		put(t, model, fact_names[i], &v, f->customers, NULL);
	}
}

/* The value whose customers differ most in how often they buy, by its nearer limit. */
static void find(struct report *r, const struct design *d, const struct btyd_groups_fit *f)
{
	struct str *s = &r->finding;
	const struct level *best = NULL;
	struct told_value most = { .value = 1 };
	double far = 0;
	for (size_t i = 0; i < d->n; i++) {
		if (d->v[i].column < 0)
			continue;
		const struct question q = { .fit = f, .attributes = d->columns, .column = d->v[i].column, .what = RATE };
		const struct told_value v = tell(&q);
		const double near = v.value > 1 ? log(v.ci.lo) : -log(v.ci.hi);
		if (!best || near > far) {
			best = &d->v[i];
			most = v;
			far = near;
		}
	}
	if (!best)
		return;
	str_printf(s, " Customers with %s buy ", level_name(d, best, &r->arena));
	say_real(s, most.value, 2);
	str_printf(s, " times as often as those with %s (", level_name(d, usual(d, best->field), &r->arena));
	say_real(s, most.ci.lo, 2);
	str_puts(s, " to ");
	say_real(s, most.ci.hi, 2);
	str_puts(s, f->p < ALPHA ? "); the values differ more than chance explains (p " : "); the values differ no more than chance explains (p ");
	if (f->p < 0.0001)
		str_puts(s, "below 0.0001).");
	else {
		say_real(s, f->p, 4);
		str_puts(s, ").");
	}
}

static void explain(struct report *r, const struct design *d)
{
	struct line_list *l = &r->explain.text;
	line_add(l, "--by: the chosen model with effects of the fields on its parameters (Fader & Hardie 2007), each value against the most frequent one; rate = times as often while a customer, leaving = times as readily; limits by the delta method on logarithms; effects_chisq = 2 (log likelihood with - without)");
	if (d->left_out > 0)
		line_add(l, "customers with values that too few have, left out of the effects: %.0f", d->left_out);
	for (size_t i = 0; i < d->cuts->n; i++)
		if (d->groups->current >> i & 1)
			line_add(l, "%s is as last reported: no date tells since when", d->cuts->v[i].name);
}

void ltv_effects(struct report *r, const struct ltv_look *l, const struct cuts *cuts, int64_t min_n)
{
	struct design d = { .cuts = cuts, .groups = &l->b.groups };
	struct btyd_groups_fit f;
	if (!cuts->n || l->fit.chosen < 0)
		return;
	d.customers = xcalloc(d.groups->n + 1, sizeof *d.customers);
	for (size_t i = 0; i < l->b.n; i++)
		d.customers[l->b.v[i].group]++;
	const struct btyd_model *m = &l->fit.v[l->fit.chosen].fit.model;
	const size_t room = (OPTIM_MAX - BTYD_PARAMS) / btyd_effects(m->kind, 1);
	for (size_t i = 0; i < cuts->n; i++)
		levels_of(&d, i, (double)min_n, room / cuts->n + 1);
	for (size_t g = 0; g < d.groups->n; g++)
		d.left_out += has_levels(&d, g) ? 0 : d.customers[g];
	if (!d.columns)
		f = (struct btyd_groups_fit){ .reason = "all customers have the same value" };
	else
		fit(&f, &d, l);
	if (f.reason) {
		put(&r->table, ltv_model_name[m->kind], "effects", NULL, (double)l->b.n, f.reason);
		str_printf(&r->finding, " No effects of %s: %s.", cuts->v[0].name, f.reason);
	} else {
		rows(r, &d, &f, ltv_model_name[m->kind], l->cells.unit_days);
		find(r, &d, &f);
	}
	explain(r, &d);
	free(d.customers);
}
