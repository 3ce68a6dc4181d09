/* ltv rfm: recency, frequency and money of every customer.
 *
 * Idea (Fader, Hardie & Lee 2005): all that the purchase models need of a customer's
 * history is x, the number of repeat purchase days, t_x, the age at the last of them,
 * and T, the age on the as-of day; m is the mean money of a repeat purchase day.
 *
 *   purchase day  as purchasedays.c counts them
 *   x = purchase days - 1    t_x = last - first    T = as-of - first, whole days / unit
 *   unit          day 1, week 7, month 365.25/12, year 365.25 days
 *   score         1 to 5 by mid-rank: with L customers below and E equal among n,
 *                 1 + floor(5 (L + E/2) / n), at most 5. Equals share a score
 *   group         r and f: champions 4-5,4-5; loyal 3,4-5; at risk 1-2,4-5; new 4-5 with
 *                 one purchase; growing 4-5,1-3; fading 3,1-3; asleep 1-2,1-3
 *
 * Statistic: the cells (x, t_x, T) in days with the number of customers and their money,
 * all integers. Scores are among all customers, whoever is printed.
 */
#include "rfm_impl.h"

#include <math.h>

struct acc {
	struct rfm_row *v;
	size_t n, cap;
	struct day_room days;
	struct gaps gaps;
	struct groups groups;
};
struct ctx {
	struct revenue rev;
	uint32_t want;
	const struct cuts *by;
};

void gap_days_add(struct gaps *g, int32_t days)
{
	if ((size_t)days >= g->cap) {
		const size_t old = g->cap;
		GROW(g->n, g->cap, (size_t)days + 1);
		memset(g->n + old, 0, (g->cap - old) * sizeof *g->n);
	}
	g->n[days]++;
}

void gap_days_pair(struct gaps *g, int32_t earlier, int32_t later)
{
	const uint64_t share = ((uint64_t)earlier << 31) / ((uint64_t)earlier + (uint64_t)later);
	g->pairs++;
	g->share += share;
	g->share2 += (unsigned long long)share * share;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	if (!purchase_days(&a->days, &c->rev, j))
		return;
	const struct purchase_day *d = a->days.v;
	const size_t n = a->days.n;
	struct rfm_row row = { .customer = j->rows.customer, .selected = j->selected, .first = d[0].day, .last = d[n - 1].day, .days = (uint32_t)n };
	for (size_t i = 1; i < n; i++)
		row.repeat += d[i].amount;
	row.total = d[0].amount + row.repeat;
	for (size_t i = 1; i < n && (c->want & PURCHASES_GAPS); i++)
		gap_days_add(&a->gaps, d[i].day - d[i - 1].day);
	if (n > 2 && (c->want & PURCHASES_GAPS))
		gap_days_pair(&a->gaps, d[n - 2].day - d[n - 3].day, d[n - 1].day - d[n - 2].day);
	if (c->by)
		row.group = groups_of(&a->groups, c->by, j, j->pop->as_of_end - 1);
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = row;
}

static void merge_gaps(struct gaps *a, struct gaps *b)
{
	for (size_t i = 0; i < b->cap; i++)
		if (b->n[i]) {
			gap_days_add(a, (int32_t)i);
			a->n[i] += b->n[i] - 1;
		}
	a->pairs += b->pairs;
	a->share += b->share;
	a->share2 += b->share2;
	free(b->n);
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	GROW(a->v, a->cap, a->n + b->n);
	uint32_t *group = groups_merge(&a->groups, &b->groups);
	for (size_t i = 0; i < b->n; i++) {
		a->v[a->n + i] = b->v[i];
		a->v[a->n + i].group = a->groups.n ? group[b->v[i].group] : 0;
	}
	free(group);
	a->n += b->n;
	merge_gaps(&a->gaps, &b->gaps);
	free(b->v);
	day_room_merge(&a->days, &b->days);
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	free(a->v);
	free(a->gaps.n);
	groups_release(&a->groups);
	day_room_release(&a->days);
	*a = (struct acc){ 0 };
}

enum wend_err purchases_run(struct purchases *out, const struct population *p, const struct report_options *ro, uint32_t want, const struct cuts *by, struct err *err)
{
	struct acc a = { 0 };
	struct ctx c = { .want = want, .by = by && by->n ? by : NULL };
	*out = (struct purchases){ 0 };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	enum wend_err e = revenue_choose(&c.rev, p, ro->revenue, err);
	if (c.by)
		cuts_fields(&f, c.by);
	if (!e)
		e = purchase_fold(p, &f, &c.rev, &a, &a.days, acc_release, &out->counts, err);
	if (e) {
		acc_release(&a);
		revenue_release(&c.rev);
		return e;
	}
	out->v = a.v;
	out->n = a.n;
	out->cap = a.cap;
	out->facts = a.days.facts;
	out->gaps = a.gaps;
	out->groups = a.groups;
	out->rev = c.rev;
	day_room_release(&a.days);
	return WEND_OK;
}

void purchases_release(struct purchases *p)
{
	free(p->v);
	free(p->gaps.n);
	groups_release(&p->groups);
	revenue_release(&p->rev);
	*p = (struct purchases){ 0 };
}

uint32_t *order_purchases(const struct purchases *b, const struct store *s)
{
	uint32_t *who = xreallocarray(NULL, b->n + 1, sizeof *who);
	for (size_t i = 0; i < b->n; i++)
		who[i] = b->v[i].customer;
	uint32_t *order = order_customers(s, who, b->n);
	free(who);
	return order;
}

bool purchases_more(const struct purchases *b, const uint32_t *order, size_t *at, struct table *t, purchases_put_fn *put, const void *ctx)
{
	enum { PIECE_ROWS = 4096 };
	for (size_t made = 0; *at < b->n && made < PIECE_ROWS; ++*at)
		if (b->v[order[*at]].selected) {
			put(t, ctx, order[*at]);
			made++;
		}
	return *at < b->n;
}

enum wend_err metric_rfm(const struct population *p, const struct report_options *ro, struct report *r, struct err *err)
{
	struct purchases b;
	enum wend_err e = purchases_run(&b, p, ro, 0, NULL, err);
	if (e)
		return e;
	uint32_t *order = order_purchases(&b, p->store);
	const struct rfm_out out = { .unit = ro->unit, .as_of = p->as_of, .zone = p->zone, .cur = b.counts.cur, .row = b.v, .n = b.n, .order = order,
				     .facts = b.facts, .store = p->store, .source = revenue_name(&b.rev) };
	const struct fold_counts counts = b.counts;
	const struct revenue rev = b.rev; /* without its batches from here on */
	rfm_explain(r, &out);
	if (ro->stat) {
		e = rfm_cells(r, &out, err);
		purchases_release(&b);
		free(order);
	} else {
		e = rfm_table(r, &out, &b, order, err);
	}
	say_revenue(&r->finding, &rev, &out.facts.beside, p);
	if (!e)
		e = say_scope(&r->finding, p, &counts, KIND_BIT(rev.source) | (rev.unmatched ? rev.beside : 0), err);
	report_scope(r, p, &counts);
	return e;
}
