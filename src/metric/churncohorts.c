/* churn cohorts: customers by the period of their first activity, and who is active again.
 *
 *   cohort       the calendar period (--period) of the first activity (activity.c)
 *   on k         active in the k-th period after it
 *   on-or-after  active in the k-th or any later one. It falls towards the end of the data
 *                because what comes later is not seen, and ends there as `on`. Without
 *                contracts it is complete only as far as the window of silence that means
 *                leaving (churnleaving.c) still fits behind the period
 *   bracket      active between two days since the first, both counted (1-7, 8-30 ...), of
 *                those who were watched through it; a day is a civil day
 *   revenue      money of the period / money of the first one; with contracts what is paid a
 *                month at the end of the period / what was paid at first
 *   incomplete   the period ends after the as-of day, or after a source: in no mean
 *   weighted     all customers of the cohorts that have the age behind them; simple: the mean
 *                of their rates, a small cohort weighs as much as a large one
 *
 * Mixpanel, Amplitude and PostHog have the same four; PostHog both means.
 *
 * Statistic: by cohort and age the customers active, those active for the last time, money,
 * its squares and its product with the first money; by bracket those watched and those active.
 * It is the one of ltv cohorts (ltvcohorts.c) with more columns.
 */
#include "churncohort_impl.h"

struct acc {
	struct cohorts c;
	struct activity a;
};
struct ctx {
	const struct activity_source *s;
	const struct bracket *bracket;
	int brackets;
};

static void count_brackets(struct cohort *h, const struct acc *a, const struct ctx *c)
{
	const struct day_room *d = &a->a.days;
	for (int i = 0; i < c->brackets; i++) {
		const int64_t from = (int64_t)a->a.first + c->bracket[i].from, to = (int64_t)a->a.first + c->bracket[i].to;
		bool active = false;
		if (to > c->s->covered)
			continue;
		for (size_t k = 0; !c->s->leaving.contracts && k < d->n && !active; k++)
			active = d->v[k].day >= from && d->v[k].day <= to;
		for (size_t k = 0; c->s->leaving.contracts && k < a->a.n && !active; k++) /* periods are days there */
			active = a->a.v[k].period >= from && a->a.v[k].period <= to;
		h->watched[i]++;
		h->back[i] += active;
	}
}

static cohort_wide product(int64_t a, int64_t b)
{
	return (cohort_wide)(uint64_t)a * (uint64_t)b;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	const bool active = activity_of(&a->a, c->s, j);
	if (!active || !j->selected)
		return;
	const struct active_period *v = a->a.v;
	struct cohort *h = cohort_at(&a->c, v[0].period);
	h->customers++;
	h->base += a->a.base;
	h->base2 += product(a->a.base, a->a.base);
	for (size_t i = 0; i < a->a.n; i++) {
		struct cohort_cell *cell = cohort_age(h, (size_t)(v[i].period - v[0].period));
		cell->buyers++;
		cell->revenue += v[i].money;
		cell->squares += product(v[i].money, v[i].money);
		cell->cross += product(v[i].money, a->a.base);
		cell->last += i + 1 == a->a.n;
	}
	count_brackets(h, a, c);
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	cohorts_take(&a->c, &b->c);
	activity_merge(&a->a, &b->a);
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	cohorts_release(&a->c);
	activity_release(&a->a);
}

/* ---- options ---- */

static enum wend_err read_definition(struct returns_view *v, const char *name, struct err *err)
{
	static const char *const names[] = { "on", "on-or-after", "bracket", "revenue", NULL };
	v->kinds = RETURNS_ON | RETURNS_AFTER;
	v->chosen = name;
	for (int i = 0; name && names[i]; i++)
		if (!strcmp(name, names[i])) {
			v->kinds = 1u << i;
			return WEND_OK;
		}
	if (!name)
		return WEND_OK;
	const char *near = suggest(name, names);
	return err_set(err, WEND_E_USAGE, "unknown definition '%s' of retention; %s%s", name, near ? "did you mean " : "give on, on-or-after, bracket or revenue", near ? near : "");
}

/* "1-7,8-30,31": days since the first. */
static enum wend_err read_brackets(struct returns_view *v, const char *text, struct err *err)
{
	struct sv rest = sv_of(text ? text : "1-7,8-30,31-90,91-180,181-365");
	v->brackets = 0;
	while (rest.n) {
		size_t n = 0, dash = 0;
		int64_t from, to;
		while (n < rest.n && rest.p[n] != ',')
			n++;
		const struct sv one = sv_trim(sv_n(rest.p, n));
		rest = sv_n(rest.p + n + (n < rest.n), rest.n - n - (n < rest.n));
		while (dash < one.n && one.p[dash] != '-')
			dash++;
		const bool ok = sv_int(sv_n(one.p, dash), &from) && (dash == one.n || sv_int(sv_n(one.p + dash + 1, one.n - dash - 1), &to));
		if (ok && dash == one.n)
			to = from;
		if (!ok || from < 0 || to < from || to > 36500)
			return err_set(err, WEND_E_USAGE, "'%.*s' is no bracket of days; write them as 1-7,8-30,31-90", (int)one.n, one.p ? one.p : "");
		if (v->brackets == COHORT_BRACKETS)
			return err_set(err, WEND_E_USAGE, "'--brackets' takes %d brackets at most", (int)COHORT_BRACKETS);
		v->bracket[v->brackets++] = (struct bracket){ (int32_t)from, (int32_t)to };
	}
	return WEND_OK;
}

static enum wend_err view_of(struct returns_view *v, const struct retention_options *o, const struct report_options *ro, struct err *err)
{
	*v = (struct returns_view){ .min_n = MIN_N };
	const enum wend_err e = read_definition(v, ro->definition, err);
	if (!e && v->kinds & RETURNS_BRACKET)
		return read_brackets(v, o->brackets, err);
	return e;
}

/* ---- the report ---- */

enum wend_err metric_churn_cohorts_from(const struct table *from, size_t n, const struct retention_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct cohorts c = { .returns = true };
	struct returns_view v;
	enum wend_err e = view_of(&v, o, ro, err);
	if (!e && v.kinds & RETURNS_BRACKET)
		e = err_set(err, WEND_E_USAGE, "a statistic holds no brackets of days; leave out '--definition bracket'");
	if (!e)
		e = cohorts_read(&c, from, n, ro, &r->arena, err);
	if (!e && ro->stat) {
		cohort_stat(r, &c);
	} else if (!e) {
		cohorts_frame(&c);
		v.c = &c;
		v.min_n = ro->min_n > 0 ? ro->min_n : MIN_N;
		v.window = -1;
		v.contracts = !strcmp(c.source, "subscriptions");
		returns_show(r, &v);
		if (c.n) {
			str_puts(&r->finding, " As of ");
			day_text(&r->finding, c.as_of);
			str_puts(&r->finding, ", from a table.");
		}
	}
	cohorts_release(&c);
	return e;
}

static void say_source(struct report *r, const struct returns_view *v, const struct activity_source *s, const struct purchase_facts *f)
{
	if (s->begins != INT32_MAX && v->c->n) {
		str_puts(&r->finding, " A first purchase is the first since ");
		day_text(&r->finding, s->begins);
		str_printf(&r->finding, ", where %s begin.", s->name);
	}
	if (!s->leaving.contracts)
		say_apart(&r->finding, f);
	if (v->kinds & RETURNS_AFTER && !s->leaving.contracts)
		str_printf(&r->definition, "; %s", s->said.p);
}

enum wend_err metric_churn_cohorts(const struct population *p, const struct retention_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct retention_options own = *o;
	struct returns_view v;
	struct activity_source s;
	struct acc a = { .c.n = 0 };
	struct ctx x = { .s = &s, .bracket = v.bracket };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &x };
	struct fold_counts n = { 0 };
	struct cohorts *c = &a.c;
	struct report_options unit = *ro;
	enum wend_err e = view_of(&v, o, ro, err);
	if (e)
		return e;
	own.money = v.kinds & RETURNS_REVENUE || ro->stat;
	if ((e = activity_choose(&s, p, &own, &unit, err)))
		return e;
	if (v.kinds & RETURNS_BRACKET && s.leaving.contracts && s.unit != PERIOD_DAY) {
		e = err_set(err, WEND_E_USAGE, "brackets of days go with '--activity purchase', or with '--period day' where contracts are what counts");
		goto done;
	}
	x.brackets = v.brackets;
	if ((e = activity_fold(p, &s, &f, &a, &a.a, acc_release, &n, err)))
		goto done;
	c->returns = true;
	c->unit = s.unit;
	c->as_of = p->as_of;
	c->cur = n.cur;
	c->source = s.name;
	c->begins = s.begins;
	c->covered = s.covered;
	if (ro->stat) {
		cohort_stat(r, c);
	} else {
		cohorts_frame(c);
		v.c = c;
		v.min_n = p->min_n;
		v.contracts = s.leaving.contracts;
		v.window = s.leaving.contracts ? 0 : s.leaving.window;
		returns_show(r, &v);
		say_source(r, &v, &s, &a.a.days.facts);
	}
	e = say_scope(&r->finding, p, &n, activity_kinds(&s), err);
	report_scope(r, p, &n);
done:
	acc_release(&a);
	activity_source_release(&s);
	return e;
}
