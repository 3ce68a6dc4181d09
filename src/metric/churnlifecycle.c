/* churn lifecycle: who is new, who stays, who comes back, who falls silent, by period.
 *
 *   active        active in the period (activity.c) = new + returning + resurrecting
 *   new           for the first time ever. Who had signed up before the source begins is no
 *                 new customer, whatever the source saw first: he is resurrecting
 *   returning     active in the period before, too
 *   resurrecting  not in the period before, but earlier
 *   dormant       active in the period before and not in this one
 *   active(p) = active(p-1) + new + resurrecting - dormant
 *   stickiness    mean share of its days (of a quarter or year: months) that an active customer
 *                 is active on: DAU/MAU; Student t over customers. Not with contracts, which
 *                 are there every day
 *
 * PostHog has the same four. It takes "new" from the date of the person's record, and then the
 * first bar is full of dormant people; here the first activity ever decides.
 *
 * Statistic: these counts by period, the active sub-periods and their squares.
 */
#include "activity.h"
#include "ltvcohort_impl.h"

#include <math.h>

struct stage {
	int64_t fresh, returning, back, dormant, sub, sub2;
};
struct acc {
	struct activity a;
	struct stage *v;           /* by period - base */
	int32_t base;
	size_t n;
	int64_t *times;            /* --stickiness: customers by active periods of the span */
	size_t cap;
};
struct ctx {
	const struct activity_source *s;
	const struct population *p;
	int32_t from, to;          /* --stickiness: periods of the span, both counted */
	bool sticky, months;       /* sub-periods are months */
	int64_t early;             /* instant at which the source begins */
};

static struct stage *stage_at(struct acc *a, int32_t k)
{
	a->v = span_array(a->v, &a->n, &a->base, k, sizeof *a->v);
	return &a->v[k - a->base];
}

static bool known_before(const struct journey *j, int64_t begins)
{
	for (size_t i = 0; i < j->rows.n; i++)
		if (j->rows.kind[i] == KIND_CUSTOMERS && j->rows.time[i] != WEND_NONE && wtime_instant(j->rows.time[i], j->pop->zone) < begins)
			return true;
	return false;
}

static void count_span(struct acc *a, const struct ctx *c)
{
	const size_t room = (size_t)(c->to - c->from) + 2;
	size_t n = 0;
	if (a->cap < room) {
		a->times = xcalloc(room, sizeof *a->times);
		a->cap = room;
	}
	for (size_t i = 0; i < a->a.n; i++)
		n += a->a.v[i].period >= c->from && a->a.v[i].period <= c->to;
	a->times[n]++;
}

/* Days of a period, or months of a quarter or year, that a buyer bought on. */
static int64_t sub_periods(const struct acc *a, const struct ctx *c, size_t i, size_t *day)
{
	int64_t n = 0;
	int32_t before = INT32_MIN;
	for (int32_t k = 0; k < a->a.v[i].days; k++, ++*day) {
		const int32_t sub = c->months ? period_number(PERIOD_MONTH, a->a.days.v[*day].day) : a->a.days.v[*day].day;
		n += sub != before;
		before = sub;
	}
	return n;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	if (!activity_of(&a->a, c->s, j) || !j->selected)
		return;
	if (c->sticky) {
		count_span(a, c);
		return;
	}
	const struct active_period *v = a->a.v;
	const int32_t last = period_number(c->s->unit, c->p->as_of);
	size_t day = 0;
	for (size_t i = 0; i < a->a.n; i++) {
		struct stage *s = stage_at(a, v[i].period);
		const bool before = i && v[i - 1].period == v[i].period - 1;
		const int64_t sub = sub_periods(a, c, i, &day);
		s->returning += before;
		s->fresh += !i && !known_before(j, c->early);
		s->back += !before && (i || known_before(j, c->early));
		s->sub += sub;
		s->sub2 += sub * sub;
		if (v[i].period < last && (i + 1 == a->a.n || v[i + 1].period != v[i].period + 1))
			stage_at(a, v[i].period + 1)->dormant++;
	}
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	activity_release(&a->a);
	free(a->v);
	free(a->times);
	a->v = NULL;
	a->times = NULL;
	a->n = a->cap = 0;
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		const struct stage *f = &b->v[i];
		if (!(f->fresh | f->returning | f->back | f->dormant))
			continue;
		struct stage *t = stage_at(a, b->base + (int32_t)i);
		t->fresh += f->fresh;
		t->returning += f->returning;
		t->back += f->back;
		t->dormant += f->dormant;
		t->sub += f->sub;
		t->sub2 += f->sub2;
	}
	for (size_t i = 0; i < b->cap; i++) {
		if (!a->cap) {
			a->times = xcalloc(b->cap, sizeof *a->times);
			a->cap = b->cap;
		}
		a->times[i] += b->times[i];
	}
	activity_merge(&a->a, &b->a);
	acc_release(b);
}

/* ---- the table by period ---- */

struct row {
	int32_t period;
	struct stage s;
	int64_t active, before;
	bool partial;
};

static double stickiness(const struct ctx *c, const struct row *v, struct interval *ci)
{
	const int32_t days = period_day(c->s->unit, v->period + 1) - period_day(c->s->unit, v->period);
	const double of = c->months ? c->s->unit == PERIOD_YEAR ? 12 : 3 : days, n = (double)v->active;
	const struct interval m = mean_interval((double)v->s.sub, (double)v->s.sub2, n, ALPHA);
	*ci = (struct interval){ m.lo / of, fmin(1, m.hi / of) };
	return (double)v->s.sub / n / of;
}

static void put_row(struct table *t, const struct ctx *c, const struct row *v)
{
	const bool none = c->s->leaving.contracts || c->s->unit == PERIOD_DAY, few = v->active < c->p->min_n;
	struct interval ci = { NAN, NAN };
	struct str s = STR_INIT;
	const double mean = stickiness(c, v, &ci), cell[3] = { mean, ci.lo, ci.hi };
	const int64_t counts[] = { v->s.fresh, v->s.returning, v->s.back, v->s.dormant, v->active };
	period_text(&s, c->s->unit, period_day(c->s->unit, v->period));
	put_text(t, str_view(&s));
	str_release(&s);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		put_int(t, counts[i]);
	for (int i = 0; i < 3; i++) {
		if (none)
			put_empty(t);
		else if (few)
			put_few(t);
		else
			put_real(t, cell[i]);
	}
	put_z(t, v->partial ? "*" : NULL);
}

static struct row row_at(const struct acc *a, const struct ctx *c, int32_t k)
{
	static const struct stage nothing;
	const struct stage *s = k >= a->base && k < a->base + (int32_t)a->n ? &a->v[k - a->base] : &nothing;
	const struct stage *b = k - 1 >= a->base && k - 1 < a->base + (int32_t)a->n ? &a->v[k - 1 - a->base] : &nothing;
	return (struct row){ .period = k, .s = *s, .active = s->fresh + s->returning + s->back, .before = b->fresh + b->returning + b->back, .partial = period_day(c->s->unit, k + 1) - 1 > c->s->covered };
}

static void say_row(struct str *s, const struct ctx *c, const struct row *v)
{
	say_things(s, v->active, "customer was active in ", "customers were active in ");
	period_text(s, c->s->unit, period_day(c->s->unit, v->period));
	str_puts(s, ": ");
	say_count(s, v->s.fresh);
	str_puts(s, " new, ");
	say_count(s, v->s.returning);
	str_puts(s, " returning, ");
	say_count(s, v->s.back);
	str_puts(s, " back after a pause; ");
	say_count(s, v->s.dormant);
	str_printf(s, " of the %s before ", cohort_unit[c->s->unit]);
	str_puts(s, v->s.dormant == 1 ? "was not." : "were not.");
	if (v->before >= c->p->min_n) {
		const double k = (double)(v->before - v->s.dormant), n = (double)v->before;
		str_putc(s, ' ');
		say_share(s, k / n);
		str_printf(s, " of those active in the %s before came again (", cohort_unit[c->s->unit]);
		say_shares(s, wilson(k, n, ALPHA));
		str_puts(s, ").");
	}
}

static void by_period(struct report *r, const struct acc *a, const struct ctx *c)
{
	static const char *const counts[] = { "new", "returning", "resurrecting", "dormant", "active" }, *const shares[] = { "stickiness", "lo", "hi" };
	struct table *t = &r->table, *f = &r->figure.data;
	const struct population *p = c->p;
	const int32_t last = period_number(c->s->unit, p->as_of), until = period_number(c->s->unit, p->until);
	const int32_t since = p->since == INT32_MIN ? INT32_MIN : period_number(c->s->unit, p->since);
	struct row newest = { .active = 0 };
	bool begun = false;
	table_col(t, "period", COL_TEXT, NULL, -1);
	for (int i = 0; i < 5; i++)
		table_col(t, counts[i], COL_INT, NULL, 0);
	for (int i = 0; i < 3; i++)
		table_col(t, shares[i], COL_SHARE, NULL, 1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	r->period_col = "period";
	r->figure.kind = FIG_STACK;
	r->figure.title = "customers by what they did";
	r->figure.x_label = "period";
	r->figure.y_label = "customers";
	table_col(f, "period", COL_DAY, NULL, 0);
	for (int i = 0; i < 4; i++)
		table_col(f, counts[i], COL_INT, NULL, 0);
	for (int32_t k = a->base; a->n && k <= last && k <= until; k++) {
		const struct row v = row_at(a, c, k);
		begun = begun || v.active;
		if (!begun || k < since)
			continue;
		put_row(t, c, &v);
		if (v.partial)
			continue;
		newest = v;
		put_int(f, period_day(c->s->unit, k));
		put_int(f, v.s.fresh);
		put_int(f, v.s.returning);
		put_int(f, v.s.back);
		put_int(f, -v.s.dormant);
	}
	if (newest.active || newest.before)
		say_row(&r->finding, c, &newest);
	else
		str_puts(&r->finding, t->nrow ? "no period is over yet." : "nobody was active.");
}

/* ---- --stickiness ---- */

static void by_times(struct report *r, const struct acc *a, const struct ctx *c)
{
	struct table *t = &r->table, *f = &r->figure.data;
	struct str *s = &r->finding;
	int64_t n = 0, more = 0;
	table_col(t, "periods", COL_INT, cohort_unit[c->s->unit], 0);
	table_col(t, "customers", COL_INT, NULL, 0);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "n", COL_INT, NULL, 0);
	r->figure.kind = FIG_HISTOGRAM;
	r->figure.title = arena_printf(&r->arena, "customers by the number of %ss they were active in", cohort_unit[c->s->unit]);
	r->figure.x_label = arena_printf(&r->arena, "%ss of %d", cohort_unit[c->s->unit], (int)(c->to - c->from + 1));
	r->figure.y_label = "customers";
	table_col(f, "periods", COL_TEXT, NULL, -1);
	table_col(f, "customers", COL_INT, NULL, 0);
	for (size_t i = 1; i < a->cap; i++) {
		n += a->times[i];
		more += i > 1 ? a->times[i] : 0;
	}
	for (size_t i = 1; i < a->cap; i++) {
		const struct interval ci = wilson((double)a->times[i], (double)n, ALPHA);
		const double cell[3] = { n ? (double)a->times[i] / (double)n : NAN, ci.lo, ci.hi };
		put_int(t, (int64_t)i);
		put_int(t, a->times[i]);
		for (int k = 0; k < 3; k++) {
			if (n < c->p->min_n)
				put_few(t);
			else
				put_real(t, cell[k]);
		}
		put_int(t, n);
		struct str name = STR_INIT;
		str_printf(&name, "%zu", i);
		put_text(f, str_view(&name));
		str_release(&name);
		put_int(f, a->times[i]);
	}
	str_puts(s, "of ");
	say_things(s, n, "customer", "customers");
	str_puts(s, " active in ");
	period_text(s, c->s->unit, period_day(c->s->unit, c->from));
	str_puts(s, " to ");
	period_text(s, c->s->unit, period_day(c->s->unit, c->to));
	str_puts(s, " ");
	if (n >= c->p->min_n) {
		say_share(s, (double)more / (double)n);
		str_puts(s, " were in more than one of these ");
	} else {
		say_count(s, more);
		str_puts(s, " were in more than one of these ");
	}
	str_printf(s, "%ss", cohort_unit[c->s->unit]);
	if (n >= c->p->min_n) {
		str_puts(s, " (");
		say_shares(s, wilson((double)more, (double)n, ALPHA));
		str_puts(s, ")");
	}
	str_puts(s, ".");
}

/* The span that was given, else the last twelve periods that are over. */
static void choose_span(struct ctx *c)
{
	const int32_t over = period_number(c->s->unit, c->s->covered + 1) - 1;
	c->to = c->p->until < c->p->as_of ? period_number(c->s->unit, c->p->until) : over;
	c->from = c->p->since == INT32_MIN ? c->to - 11 : period_number(c->s->unit, c->p->since);
	if (c->from > c->to)
		c->from = c->to;
}

static void explain(struct report *r, const struct ctx *c)
{
	struct line_list *l = &r->explain.text;
	line_add(l, "active = new + returning + resurrecting; active = active before + new + resurrecting - dormant; active: %s", c->s->leaving.contracts ? "paid for some of the period" : "a purchase in the period");
	line_add(l, "new by the first activity ever that the source saw; who had signed up before the source begins is not new");
	line_add(l, "stickiness = %s with a purchase / all of the period, mean over active customers, Student t", c->months ? "months" : "days");
}

static void define(struct report *r, const struct ctx *c)
{
	const char *unit = cohort_unit[c->s->unit];
	const bool contracts = c->s->leaving.contracts;
	str_printf(&r->definition, "active: %s in the %s", contracts ? "a paid contract" : "a purchase", unit);
	if (c->sticky)
		str_printf(&r->definition, "; share of those active in the span at all; Wilson 95 %%");
	else
		str_printf(&r->definition, "; new: for the first time ever; returning: in the %s before, too; resurrecting: earlier, not in the %s before; dormant: in the %s before, not in this one%s; * = not over or not covered", unit, unit, unit,
			   contracts ? "" : "; stickiness: share of its days an active customer buys on");
}

enum wend_err metric_churn_lifecycle(const struct population *p, const struct retention_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct activity_source s;
	struct acc a = { .n = 0 };
	struct ctx c = { .s = &s, .p = p, .sticky = o->stickiness };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	struct fold_counts n = { 0 };
	enum wend_err e = activity_choose(&s, p, o, ro, err);
	if (e)
		return e;
	c.months = s.unit >= PERIOD_QUARTER;
	c.early = s.begins == INT32_MAX ? INT64_MIN : zone_instant(p->zone, (int64_t)s.begins * 86400, NULL);
	if (o->stickiness)
		choose_span(&c);
	if ((e = activity_fold(p, &s, &f, &a, &a.a, acc_release, &n, err)))
		goto done;
	if (o->stickiness)
		by_times(r, &a, &c);
	else
		by_period(r, &a, &c);
	define(r, &c);
	if (s.begins != INT32_MAX && a.n) {
		str_puts(&r->finding, " New means not seen since ");
		day_text(&r->finding, s.begins);
		str_printf(&r->finding, ", where %s begin.", s.name);
	}
	if (!s.leaving.contracts)
		say_apart(&r->finding, &a.a.days.facts);
	line_add(&r->next, o->stickiness ? "wend churn lifecycle" : "wend churn lifecycle --stickiness");
	line_add(&r->next, "wend churn cohorts");
	e = say_scope(&r->finding, p, &n, activity_kinds(&s), err);
	report_scope(r, p, &n);
	explain(r, &c);
done:
	acc_release(&a);
	activity_source_release(&s);
	return e;
}
