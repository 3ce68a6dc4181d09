/* The purchase days of a customer: what reports of value count, and whose end is leaving
 * where there are no contracts.
 *
 *   purchase day  a civil day whose orders net above zero; orders of one day are one
 *                 purchase. A day of zero without a refund counts
 *   refund        netted against the day of the order it names, else against its own
 *                 day; a day it brings to zero or below is a refund day, no purchase
 */
#include "journey_impl.h"
#include "wend/purchases.h"

/* ---- money beside the orders ---- */
static struct beside_sum *sum_of(struct beside *b, currency c)
{
	for (int i = 0; i < b->nsum; i++)
		if (b->v[i].cur == c)
			return &b->v[i];
	if (b->nsum == (int)(sizeof b->v / sizeof b->v[0]))
		return NULL;
	b->v[b->nsum] = (struct beside_sum){ .cur = c };
	return &b->v[b->nsum++];
}

/* A refund lessens the sum and is no payment of its own. */
void beside_add(struct beside *b, enum kind kind, currency c, int64_t minor)
{
	struct beside_sum *s = sum_of(b, c);
	if (!s) {
		b->more++;
		return;
	}
	s->minor += minor;
	s->n[beside_side(kind)] += minor > 0;
}

void beside_merge(struct beside *into, const struct beside *from)
{
	for (int i = 0; i < from->nsum; i++) {
		struct beside_sum *s = sum_of(into, from->v[i].cur);
		if (!s) {
			into->more += from->v[i].n[0] + from->v[i].n[1];
			continue;
		}
		s->minor += from->v[i].minor;
		s->n[0] += from->v[i].n[0];
		s->n[1] += from->v[i].n[1];
	}
	into->more += from->more;
	into->elsewhere += from->elsewhere;
}

/* ---- days ---- */
static int by_day(const void *a, const void *b)
{
	const struct day_entry *x = a, *y = b;
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
static int64_t money_of(struct day_room *d, const struct revenue *rev, const struct journey *j, size_t i, bool unmatched)
{
	const struct rows *r = &j->rows;
	const int64_t amount = revenue_as(rev, rev->source, r, i);
	if (amount != WEND_NONE)
		return amount;
	if (not_chosen(rev, r, i))
		d->facts.beside.elsewhere += j->selected;
	if (!unmatched || d->match.amount[i] == WEND_NONE)
		return WEND_NONE;
	const int64_t cur = r->f[F_CURRENCY] ? r->f[F_CURRENCY][i] : WEND_NONE;
	const currency own = cur == WEND_NONE ? 0 : (currency)cur;
	if (j->selected && (!j->pop->cur || j->pop->cur == own))
		beside_add(&d->facts.beside, (enum kind)r->kind[i], own, d->match.amount[i]);
	return rev->unmatched ? d->match.amount[i] : WEND_NONE;
}

/* Money by record -> entries in order of days. */
static size_t collect(struct day_room *d, const struct revenue *rev, const struct journey *j)
{
	const struct rows *r = &j->rows;
	const int64_t *ref = r->f[F_REFUND_OF], *back = r->f[F_REFUNDED];
	size_t n = 0;
	bool sorted = true;
	const bool unmatched = rev->beside && revenue_match(&d->match, rev, j);
	GROW(d->e, d->ecap, r->n);
	for (size_t i = 0; i < r->n; i++) {
		if (j->seen[i] || j->day[i] == INT32_MIN)
			continue;
		const int64_t amount = money_of(d, rev, j, i, unmatched);
		if (amount == WEND_NONE)
			continue;
		struct day_entry e = { j->day[i], amount < 0, (uint32_t)i & INT32_MAX, amount };
		if (ref && ref[i] != WEND_NONE) {
			e.refund = true;
			d->facts.references++;
			if (r->f[F_ID])
				e.day = order_day(j, i);
		} else if (back && back[i] != WEND_NONE && back[i]) {
			e.refund = true;
		}
		d->facts.refunds += e.refund;
		sorted = sorted && (!n || d->e[n - 1].day <= e.day);
		d->e[n++] = e;
	}
	if (!sorted)
		qsort(d->e, n, sizeof *d->e, by_day);
	return n;
}

bool purchase_days(struct day_room *d, const struct revenue *rev, const struct journey *j)
{
	const size_t n = collect(d, rev, j);
	GROW(d->v, d->cap, n);
	d->n = 0;
	for (size_t i = 0; i < n;) {
		int64_t sum = 0;
		bool refund = false;
		const int32_t day = d->e[i].day;
		const size_t from = i;
		size_t k = i;
		for (; k < n && d->e[k].day == day; k++) {
			sum += d->e[k].amount;
			refund |= d->e[k].refund;
		}
		d->facts.folded += (int64_t)(k - i) - 1;
		i = k;
		if (sum < 0 || (sum == 0 && refund)) {
			d->facts.refund_days++;
			d->facts.refund_sum += sum;
			continue;
		}
		d->facts.zero_days += sum == 0;
		d->v[d->n++] = (struct purchase_day){ day, sum, from, k };
	}
	if (!d->n)
		d->facts.prospects += !j->rows.guest && j->rows.customer && j->selected;
	else
		d->facts.guests += j->rows.guest;
	return d->n && !j->rows.guest;
}

void day_room_merge(struct day_room *a, struct day_room *b)
{
	struct purchase_facts *f = &a->facts;
	const struct purchase_facts *g = &b->facts;
	f->folded += g->folded;
	f->refund_days += g->refund_days;
	f->refund_sum += g->refund_sum;
	f->zero_days += g->zero_days;
	f->references += g->references;
	f->refunds += g->refunds;
	f->guests += g->guests;
	f->prospects += g->prospects;
	beside_merge(&f->beside, &g->beside);
	day_room_release(b);
}

void day_room_release(struct day_room *d)
{
	free(d->e);
	free(d->v);
	revenue_match_release(&d->match);
	*d = (struct day_room){ 0 };
}

enum wend_err purchase_fold(const struct population *p, struct fold *f, const struct revenue *rev, void *acc, const struct day_room *room, void (*release)(void *acc), struct fold_counts *n, struct err *err)
{
	f->want_day = true;
	revenue_fields(f, rev);
	enum wend_err e = fold_run(p, f, acc, n, err);
	if (e || !room->facts.references || fields_has(&f->fields, F_ID))
		return e;
	/* refunds name their orders: once more, with the ids */
	release(acc);
	fields_add(&f->fields, F_ID);
	return fold_run(p, f, acc, n, err);
}
