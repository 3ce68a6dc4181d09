/* ltv cohorts: customers by the period of their first purchase, and what they brought by
 * age.
 *
 *   cohort        the calendar period (--period) of the first purchase day (purchasedays.c)
 *   age k         the k-th period after it; 0 is the cohort's own, which a customer won on
 *                 its last day has one day of
 *   active        share of the cohort that bought in that period; Wilson. 1 at age 0
 *   value         revenue up to and with that age, of all customers of the cohort, those
 *                 who never came back included, divided by them; Student t over customers
 *   incomplete *  the period ends after the as-of day, or after a source of the money
 *                 (revenue_covered): printed as far as it goes, and left out of every mean,
 *                 comparison and figure, so that an end of the data is no fall. Holes
 *                 inside a source are not looked for
 *
 * Statistic: by cohort and age the customers who bought, their money, and by how much the
 * sum over customers of (money so far)^2 grew; all integers, the squares in 128 bits. What
 * a customer adds is known when his journey has been read, so that memory is cohorts x
 * ages, and one customer a thread.
 */
#include "ltvcohort_impl.h"

#include <math.h>

struct acc {
	struct cohorts c;
	struct day_room days;
};
struct ctx {
	struct revenue rev;
	enum period_unit unit;
};

struct cohort *cohort_at(struct cohorts *c, int32_t period)
{
	size_t at;
	LOWER_BOUND(at, c->n, c->v[mid].period < period);
	if (at < c->n && c->v[at].period == period)
		return &c->v[at];
	GROW(c->v, c->cap, c->n + 1);
	memmove(c->v + at + 1, c->v + at, (c->n - at) * sizeof *c->v);
	c->n++;
	c->v[at] = (struct cohort){ .period = period };
	return &c->v[at];
}

struct cohort_cell *cohort_age(struct cohort *h, size_t age)
{
	if (age >= h->n) {
		GROW(h->v, h->cap, age + 1);
		memset(h->v + h->n, 0, (age + 1 - h->n) * sizeof *h->v);
		h->n = age + 1;
	}
	return &h->v[age];
}

static cohort_wide square(int64_t v)
{
	return (cohort_wide)(uint64_t)v * (uint64_t)v;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	if (!purchase_days(&a->days, &c->rev, j) || !j->selected)
		return;
	const struct purchase_day *d = a->days.v;
	const size_t n = a->days.n;
	const int32_t own = period_number(c->unit, d[0].day);
	struct cohort *h = cohort_at(&a->c, own);
	int64_t so_far = 0;
	h->customers++;
	for (size_t i = 0; i < n;) {
		const int32_t period = period_number(c->unit, d[i].day), end = period_day(c->unit, period + 1);
		struct cohort_cell *cell = cohort_age(h, (size_t)(period - own));
		int64_t sum = 0;
		for (; i < n && d[i].day < end; i++)
			sum += d[i].amount;
		cell->buyers++;
		cell->revenue += sum;
		cell->squares += square(so_far + sum) - square(so_far);
		so_far += sum;
	}
}

void cohorts_add(struct cohorts *into, const struct cohorts *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct cohort *h = &from->v[i];
		struct cohort *to = cohort_at(into, h->period);
		to->customers += h->customers;
		to->base += h->base;
		to->base2 += h->base2;
		for (size_t k = 0; k < COHORT_BRACKETS; k++) {
			to->watched[k] += h->watched[k];
			to->back[k] += h->back[k];
		}
		for (size_t k = 0; k < h->n; k++) {
			struct cohort_cell *cell = cohort_age(to, k);
			cell->buyers += h->v[k].buyers;
			cell->revenue += h->v[k].revenue;
			cell->squares += h->v[k].squares;
			cell->last += h->v[k].last;
			cell->cross += h->v[k].cross;
		}
	}
}

void cohorts_take(struct cohorts *into, struct cohorts *from)
{
	cohorts_add(into, from);
	cohorts_release(from);
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	cohorts_take(&a->c, &b->c);
	day_room_merge(&a->days, &b->days);
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	cohorts_release(&a->c);
	day_room_release(&a->days);
}

void cohorts_release(struct cohorts *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].v);
	free(c->v);
	c->v = NULL;
	c->n = c->cap = 0;
}

void cohorts_frame(struct cohorts *c)
{
	c->last = period_number(c->unit, c->as_of);
	c->complete = period_number(c->unit, c->covered + 1) - 1;
	for (size_t i = 0; i < c->n; i++)
		cohort_age(&c->v[i], (size_t)(c->last - c->v[i].period));
}

void cohorts_settle(struct cohorts *c)
{
	cohorts_frame(c);
	for (size_t i = 0; i < c->n; i++) {
		struct cohort *h = &c->v[i];
		int64_t sum = 0;
		cohort_wide squares = 0;
		for (size_t k = 0; k < h->n; k++) {
			h->v[k].sum = sum += h->v[k].revenue;
			h->v[k].squares = squares += h->v[k].squares;
		}
	}
}

/* ---- the report ---- */

const char *const cohort_unit[] = { [PERIOD_DAY] = "day", [PERIOD_WEEK] = "week", [PERIOD_MONTH] = "month", [PERIOD_QUARTER] = "quarter", [PERIOD_YEAR] = "year" };

static struct cohort_view view_of(const struct cohorts *c, const struct value_terms *t, int64_t min_n)
{
	const int exponent = c->cur ? currency_exponent(c->cur) : 2;
	struct cohort_view v = { .c = c, .by = t->margin / pow(10, exponent < 0 ? 2 : exponent), .has_margin = t->has_margin, .min_n = min_n, .name = cohort_unit[c->unit] };
	if (c->cur)
		currency_text(v.money, c->cur);
	return v;
}

/* A statistic becomes the report; what only a store can tell is said by the caller. */
static void show(struct report *r, const struct cohort_view *v)
{
	struct line_list *l = &r->explain.text;
	const char *what = v->has_margin ? "margin_per_customer" : "revenue_per_customer";
	cohort_table(r, v);
	cohort_find(r, v);
	cohort_figure(r, v);
	if (v->c->n)
		cohort_screen(r, v);
	str_printf(&r->definition, "cohort: %s of the first purchase; age: %ss after it; %s: %s up to that age / all customers of the cohort; active: bought in that %s; * = not over or not covered, in no mean; a line of several cohorts has at each age those that reached it; 95 %% intervals: Student t, Wilson",
		   v->name, v->name, what, v->has_margin ? "margin" : "revenue", v->name);
	line_add(&r->next, "wend ltv cohorts --period %s", v->c->unit == PERIOD_QUARTER ? "year" : "quarter");
	line_add(&r->next, "wend ltv cohorts --plot cohorts.png");
	line_add(&r->next, "wend ltv customers --sort rank --top 100");
	line_add(l, "active = buyers / customers, Wilson (1927); at age 0 it is 1, because the first purchase makes the cohort");
	line_add(l, "%s at age k = sum of revenue at ages 0 to k%s / customers; its limits: Student t with the sum of squares of what each customer brought", what, v->has_margin ? " x margin" : "");
	line_add(l, "covered: up to the last day of every source of the money, where none ends a week or more early; days without a record inside a source are not looked for ('wend store coverage' lists them)");
	line_add(l, "newer against older: the age, a year at most, that half of the cohorts have behind them; of the cohorts that have, the newest half, a year's at most, against those before; difference after Donner & Zou (2012)");
}

static enum wend_err unit_of(enum period_unit *u, const struct report_options *ro, struct err *err)
{
	*u = PERIOD_MONTH;
	return ro->period ? period_parse(u, ro->period, err) : WEND_OK;
}

enum wend_err metric_ltv_cohorts_from(const struct table *from, size_t n, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct cohorts c = { 0 };
	struct value_terms terms;
	enum wend_err e = value_terms_read(&terms, NULL, o, "week", err);
	if (!e)
		e = cohorts_read(&c, from, n, ro, &r->arena, err);
	if (!e && ro->stat) {
		cohort_stat(r, &c);
	} else if (!e) {
		cohorts_settle(&c);
		const struct cohort_view v = view_of(&c, &terms, ro->min_n > 0 ? ro->min_n : MIN_N);
		show(r, &v);
		if (c.n) {
			str_puts(&r->finding, " As of ");
			day_text(&r->finding, c.as_of);
			str_puts(&r->finding, ", from a table.");
		}
	}
	cohorts_release(&c);
	return e;
}

static void say_facts(struct report *r, const struct purchase_facts *f, const struct cohorts *c)
{
	struct str *s = &r->finding;
	if (c->begins != INT32_MAX && c->n) {
		str_puts(s, " A first purchase is the first since ");
		day_text(s, c->begins);
		str_printf(s, ", where %s begin.", c->source);
	}
	say_apart(s, f);
	line_add(&r->explain.text, "source of money: %s; purchases that share a day with another: %lld; days brought to zero or below by refunds, no purchase: %lld", c->source,
		 (long long)f->folded, (long long)f->refund_days);
}

enum wend_err metric_ltv_cohorts(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct acc a = { .c.n = 0 };
	struct ctx x = { .unit = PERIOD_MONTH };
	struct fold f = { .kinds = KIND_BIT(KIND_CUSTOMERS), .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &x }; /* people who have not bought, too */
	struct fold_counts n = { 0 };
	struct cohorts *c = &a.c;
	struct value_terms terms;
	enum wend_err e = unit_of(&x.unit, ro, err);
	if (e || (e = value_terms_read(&terms, p, o, "week", err)))
		return e;
	if ((e = revenue_choose(&x.rev, p, ro->revenue, err)) || (e = purchase_fold(p, &f, &x.rev, &a, &a.days, acc_release, &n, err)))
		goto done;
	const uint32_t kinds = KIND_BIT(x.rev.source) | (x.rev.unmatched ? x.rev.beside : 0);
	c->unit = x.unit;
	c->as_of = p->as_of;
	c->cur = n.cur;
	c->source = revenue_name(&x.rev);
	if ((e = revenue_covered(&x.rev, p, &c->begins, &c->covered, err)))
		goto done;
	if (ro->stat) {
		cohort_stat(r, c);
	} else {
		cohorts_settle(c);
		const struct cohort_view v = view_of(c, &terms, p->min_n);
		show(r, &v);
		say_facts(r, &a.days.facts, c);
	}
	say_revenue(&r->finding, &x.rev, &a.days.facts.beside, p);
	e = say_scope(&r->finding, p, &n, kinds, err);
	report_scope(r, p, &n);
done:
	acc_release(&a);
	revenue_release(&x.rev);
	return e;
}
