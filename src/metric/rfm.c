/* ltv rfm: recency, frequency and money of every customer.
 *
 * Idea (Fader, Hardie & Lee 2005): all that the purchase models need of a customer's
 * history is x, the number of repeat purchase days, t_x, the age at the last of them,
 * and T, the age on the as-of day; m is the mean money of a repeat purchase day.
 *
 *   purchase day  a civil day whose orders net above zero; orders of one day are one
 *                 purchase. A day of zero without a refund counts (its m weighs too)
 *   refund        netted against the day of the order it names, else against its own
 *                 day; a day it brings to zero or below is a refund day, no purchase
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

struct entry {
	int32_t day;
	bool refund;
	int64_t amount;
};
struct acc {
	struct rfm_row *v;
	size_t n, cap;
	struct entry *e;
	size_t ecap;
	struct rfm_facts facts;
	struct gaps gaps;
	struct revenue_match match;
};
struct ctx {
	struct revenue rev;
	uint32_t want;
};

static int by_day(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	return (x->day > y->day) - (x->day < y->day);
}

/* Day of the order a refund row names; its own day when the order is not there. */
static int32_t order_day(const struct journey *j, size_t refund)
{
	const struct rows *r = &j->rows;
	const struct sv want = rows_text(r, r->f[F_REFUND_OF][refund]);
	for (size_t i = 0; i < r->n; i++)
		if (i != refund && r->kind[i] == r->kind[refund] && j->seen[i] == SEEN && r->f[F_ID][i] != WEND_NONE &&
		    sv_eq(rows_text(r, r->f[F_ID][i]), want))
			return j->day[i];
	return j->day[refund];
}

/* What record i brings: as revenue, or as money no order tells of; WEND_NONE = nothing. */
static int64_t money_of(struct acc *a, const struct journey *j, const struct ctx *c, size_t i, bool unmatched)
{
	const struct rows *r = &j->rows;
	const int64_t amount = revenue_of(&c->rev, r, i);
	if (amount != WEND_NONE)
		return amount;
	if (revenue_elsewhere(&c->rev, r, i))
		a->facts.beside.elsewhere += j->selected;
	if (!unmatched || a->match.amount[i] == WEND_NONE)
		return WEND_NONE;
	const int64_t cur = r->f[F_CURRENCY] ? r->f[F_CURRENCY][i] : WEND_NONE;
	const currency own = cur == WEND_NONE ? 0 : (currency)cur;
	if (j->selected && (!j->pop->cur || j->pop->cur == own))
		beside_add(&a->facts.beside, (enum kind)r->kind[i], own, a->match.amount[i]);
	return c->rev.unmatched ? a->match.amount[i] : WEND_NONE;
}

/* Money by record -> entries in order of days. */
static size_t collect(struct acc *a, const struct journey *j, const struct ctx *c)
{
	const struct rows *r = &j->rows;
	const int64_t *ref = r->f[F_REFUND_OF], *back = r->f[F_REFUNDED];
	size_t n = 0;
	bool sorted = true;
	const bool unmatched = c->rev.beside && revenue_match(&a->match, &c->rev, j);
	GROW(a->e, a->ecap, r->n);
	for (size_t i = 0; i < r->n; i++) {
		if (j->seen[i] || j->day[i] == INT32_MIN)
			continue;
		const int64_t amount = money_of(a, j, c, i, unmatched);
		if (amount == WEND_NONE)
			continue;
		struct entry e = { j->day[i], amount < 0, amount };
		if (ref && ref[i] != WEND_NONE) {
			e.refund = true;
			a->facts.references++;
			if (r->f[F_ID])
				e.day = order_day(j, i);
		} else if (back && back[i] != WEND_NONE && back[i]) {
			e.refund = true;
		}
		sorted = sorted && (!n || a->e[n - 1].day <= e.day);
		a->e[n++] = e;
	}
	if (!sorted)
		qsort(a->e, n, sizeof *a->e, by_day);
	return n;
}

/* Who won the customer: as reported with the customer, else the channel of the first
 * purchase that has one. */
static int32_t won_by(const struct journey *j, const struct ctx *c)
{
	const struct rows *r = &j->rows;
	const int64_t *acquired = r->f[F_ACQ_CHANNEL], *channel = r->f[F_CHANNEL];
	for (size_t i = 0; i < r->n; i++)
		if (acquired && r->kind[i] == KIND_CUSTOMERS && acquired[i] != WEND_NONE)
			return (int32_t)step_word(j->pop, acquired[i]);
	for (size_t i = 0; i < r->n; i++)
		if (channel && !j->seen[i] && r->kind[i] == c->rev.source && channel[i] != WEND_NONE && revenue_of(&c->rev, r, i) != WEND_NONE)
			return (int32_t)step_word(j->pop, channel[i]);
	return -1;
}

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
	const size_t n = collect(a, j, c);
	struct rfm_row row = { .customer = j->rows.customer, .selected = j->selected };
	const bool gaps = (c->want & PURCHASES_GAPS) && !j->rows.guest;
	int32_t gap[2] = { 0, 0 };
	for (size_t i = 0; i < n;) {
		int64_t sum = 0;
		bool refund = false;
		const int32_t day = a->e[i].day;
		size_t k = i;
		for (; k < n && a->e[k].day == day; k++) {
			sum += a->e[k].amount;
			refund |= a->e[k].refund;
		}
		a->facts.folded += (int64_t)(k - i) - 1;
		i = k;
		if (sum < 0 || (sum == 0 && refund)) {
			a->facts.refund_days++;
			a->facts.refund_sum += sum;
			continue;
		}
		a->facts.zero_days += sum == 0;
		if (!row.days++)
			row.first = day;
		else
			row.repeat += sum;
		if (gaps && row.days > 1) {
			gap[0] = gap[1];
			gap[1] = day - row.last;
			gap_days_add(&a->gaps, gap[1]);
		}
		row.last = day;
		row.total += sum;
	}
	if (!row.days) {
		a->facts.prospects += !j->rows.guest && j->rows.customer && j->selected;
		return;
	}
	if (j->rows.guest) {
		a->facts.guests++;
		return;
	}
	if (gap[0])
		gap_days_pair(&a->gaps, gap[0], gap[1]);
	row.channel = c->want & PURCHASES_CHANNELS ? won_by(j, c) : -1;
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
	if (b->n)
		memcpy(a->v + a->n, b->v, b->n * sizeof *b->v);
	a->n += b->n;
	a->facts.folded += b->facts.folded;
	a->facts.refund_days += b->facts.refund_days;
	a->facts.refund_sum += b->facts.refund_sum;
	a->facts.zero_days += b->facts.zero_days;
	a->facts.references += b->facts.references;
	a->facts.guests += b->facts.guests;
	a->facts.prospects += b->facts.prospects;
	beside_merge(&a->facts.beside, &b->facts.beside);
	merge_gaps(&a->gaps, &b->gaps);
	free(b->v);
	free(b->e);
	revenue_match_release(&b->match);
}

static void acc_release(struct acc *a)
{
	free(a->v);
	free(a->e);
	free(a->gaps.n);
	revenue_match_release(&a->match);
	*a = (struct acc){ 0 };
}

static enum wend_err run(struct acc *a, const struct population *p, struct ctx *c, struct fold_counts *n, struct err *err)
{
	struct fold f = { .want_day = true, .acc_size = sizeof *a, .customer = add_customer, .merge = merge, .ctx = c };
	revenue_fields(&f, &c->rev);
	if (c->want & PURCHASES_CHANNELS) {
		f.kinds |= KIND_BIT(KIND_CUSTOMERS);
		fields_add(&f.fields, F_ACQ_CHANNEL);
		fields_add(&f.fields, F_CHANNEL);
	}
	enum wend_err e = fold_run(p, &f, a, n, err);
	if (e || !a->facts.references || fields_has(&f.fields, F_ID))
		return e;
	/* refunds name their orders: once more, with the ids */
	acc_release(a);
	fields_add(&f.fields, F_ID);
	return fold_run(p, &f, a, n, err);
}

enum wend_err purchases_run(struct purchases *out, const struct population *p, const struct report_options *ro, uint32_t want, struct err *err)
{
	struct acc a = { 0 };
	struct ctx c = { .want = want };
	*out = (struct purchases){ 0 };
	enum wend_err e = revenue_choose(&c.rev, p, ro->revenue, err);
	if (!e)
		e = run(&a, p, &c, &out->counts, err);
	if (e) {
		acc_release(&a);
		revenue_release(&c.rev);
		return e;
	}
	free(a.e);
	revenue_match_release(&a.match);
	out->v = a.v;
	out->n = a.n;
	out->cap = a.cap;
	out->facts = a.facts;
	out->gaps = a.gaps;
	out->rev = c.rev;
	return WEND_OK;
}

void purchases_release(struct purchases *p)
{
	free(p->v);
	free(p->gaps.n);
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
	enum wend_err e = purchases_run(&b, p, ro, 0, err);
	if (e)
		return e;
	uint32_t *order = order_purchases(&b, p->store);
	const struct rfm_out out = { .unit = ro->unit, .as_of = p->as_of, .cur = b.counts.cur, .row = b.v, .n = b.n, .order = order,
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
