/* Payments and invoices beside the orders they belong to. Each is matched with one order
 * or subscription of its customer and then adds no money; what is left is money nobody
 * else tells of (records.md 1). In this order:
 *
 *   payment -> order, subscription   by the order or invoice number it names. An order
 *                                    takes payments up to its amount (instalments); one
 *                                    too many is money of its own
 *   invoice -> order, subscription   same currency and amount, at most 3 days apart
 *   payment -> order                 through the invoice it names
 *   payment -> order, subscription   same currency and amount, at most 3 days apart
 *   invoice -> payment               named by it, or as above: the payment tells of it
 *
 * By amount one takes one: both sides in order of days, the first that fits, which leaves
 * the fewest alone. A refund goes with the payment it names, and is nobody's money when
 * it names none. All records up to the as-of date take part, whatever span is counted.
 */
#include "journey_impl.h"
#include "wend/mem.h"

enum { DAYS = 3 };
enum { PAID = 1, BILLED = 2, SETTLED = 4 }; /* of an order; of an order; of a payment or invoice */

struct ref {
	struct sv id;
	uint32_t row;
};
struct sum {
	int64_t cur, amount;
	int32_t day;
	uint32_t row;
};
struct sums {
	struct sum *v;
	size_t n, cap;
};
struct match_room {
	struct ref *ref;          /* ids of orders and subscriptions, then of payments and invoices */
	size_t nref, ref_cap, nclaim, claim_cap;
	struct ref *claim;
	struct sums mine, theirs;
	uint8_t *flag;
	int64_t *left;            /* orders: not yet covered by payments that name them */
	uint32_t *order;          /* invoices: row + 1 of their order */
};
struct matching {
	const struct revenue *v;
	const struct journey *j;
	const struct rows *r;
	struct match_room *m;
	int64_t *amount;
};

static struct sv text(const struct rows *r, enum field f, size_t i)
{
	return rows_text(r, value(r, f, i));
}

static bool known(const struct journey *j, size_t i)
{
	return j->day[i] != INT32_MIN && j->seen[i] != SEEN_AFTER_AS_OF && j->seen[i] != SEEN_OTHER_KIND;
}

static bool is_claim(const struct matching *x, size_t i)
{
	return x->v->beside >> x->r->kind[i] & 1;
}

/* What a target is worth to those who look for it; WEND_NONE = no target. */
static int64_t worth(const struct matching *x, size_t i)
{
	int64_t w = WEND_NONE;
	if (x->r->kind[i] == KIND_SUBSCRIPTIONS)
		w = value(x->r, F_MRR, i);
	else if (x->r->kind[i] == KIND_ORDERS && revenue_of(x->v, x->r, i) != WEND_NONE)
		w = value(x->r, F_AMOUNT, i);
	return w != WEND_NONE && w > 0 ? w : WEND_NONE;
}

/* ---- by reference ---- */

static int by_id(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	const int c = sv_cmp(x->id, y->id);
	return c ? c : (x->row > y->row) - (x->row < y->row);
}

static void add_ref(struct ref **v, size_t *n, size_t *cap, struct sv id, size_t row)
{
	if (!id.n)
		return;
	GROW(*v, *cap, *n + 1);
	(*v)[(*n)++] = (struct ref){ id, (uint32_t)row };
}

/* Row of the first record with this id, or -1. */
static int64_t find(const struct ref *v, size_t n, struct sv id)
{
	size_t lo = 0, hi = id.n ? n : 0;
	while (lo < hi) {
		const size_t mid = (lo + hi) / 2;
		if (sv_cmp(v[mid].id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return id.n && lo < n && sv_eq(v[lo].id, id) ? (int64_t)v[lo].row : -1;
}

static void list_ids(struct matching *x)
{
	struct match_room *m = x->m;
	m->nref = m->nclaim = 0;
	for (size_t i = 0; i < x->r->n; i++) {
		m->flag[i] = 0;
		m->order[i] = 0;
		m->left[i] = 0;
		if (!known(x->j, i))
			continue;
		if (is_claim(x, i)) {
			add_ref(&m->claim, &m->nclaim, &m->claim_cap, text(x->r, F_ID, i), i);
		} else if (x->r->kind[i] == KIND_SUBSCRIPTIONS || worth(x, i) != WEND_NONE) {
			m->left[i] = worth(x, i);
			add_ref(&m->ref, &m->nref, &m->ref_cap, text(x->r, F_ID, i), i);
		}
	}
	if (m->nref)
		qsort(m->ref, m->nref, sizeof *m->ref, by_id);
	if (m->nclaim)
		qsort(m->claim, m->nclaim, sizeof *m->claim, by_id);
}

/* Payments that name what they pay for. */
static void by_reference(struct matching *x)
{
	struct match_room *m = x->m;
	for (size_t i = 0; i < x->r->n; i++) {
		if (x->r->kind[i] != KIND_PAYMENTS || !known(x->j, i) || x->amount[i] == WEND_NONE)
			continue;
		int64_t to = find(m->ref, m->nref, text(x->r, F_ORDER, i));
		if (to < 0)
			to = find(m->ref, m->nref, text(x->r, F_INVOICE, i));
		if (to < 0)
			continue;
		const int64_t paid = value(x->r, F_AMOUNT, i);
		const bool order = x->r->kind[to] == KIND_ORDERS;
		if (order && m->flag[to] & PAID && paid > m->left[to])
			continue;
		m->flag[i] |= SETTLED;
		if (order) {
			m->flag[to] |= PAID;
			m->left[to] -= paid;
		}
	}
}

/* The order of an invoice is paid with it. */
static void through_invoices(struct matching *x)
{
	struct match_room *m = x->m;
	for (size_t i = 0; i < x->r->n; i++) {
		if (x->r->kind[i] != KIND_PAYMENTS || x->amount[i] == WEND_NONE)
			continue;
		const int64_t bill = find(m->claim, m->nclaim, text(x->r, F_INVOICE, i));
		if (bill < 0 || x->r->kind[bill] != KIND_INVOICES)
			continue;
		if (!(m->flag[i] & SETTLED) && m->order[bill] && !(m->flag[m->order[bill] - 1] & PAID)) {
			m->flag[i] |= SETTLED;
			m->flag[m->order[bill] - 1] |= PAID;
		}
		m->flag[bill] |= SETTLED; /* whatever the payment is, it tells of the invoice */
	}
}

/* ---- by amount ---- */

static int by_sum(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;
	if (x->cur != y->cur)
		return x->cur < y->cur ? -1 : 1;
	if (x->amount != y->amount)
		return x->amount < y->amount ? -1 : 1;
	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static void add_sum(struct sums *l, const struct matching *x, size_t i, int64_t amount)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = (struct sum){ value(x->r, F_CURRENCY, i), amount, x->j->day[i], (uint32_t)i };
}

static void pair(struct matching *x, uint8_t taken)
{
	struct match_room *m = x->m;
	struct sums *a = &m->mine, *b = &m->theirs;
	if (!a->n || !b->n)
		return;
	qsort(a->v, a->n, sizeof *a->v, by_sum);
	qsort(b->v, b->n, sizeof *b->v, by_sum);
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		const struct sum *p = &a->v[i], *q = &b->v[k];
		const int cur = (p->cur > q->cur) - (p->cur < q->cur), sum = cur ? cur : (p->amount > q->amount) - (p->amount < q->amount);
		if (sum < 0 || (!sum && q->day > p->day + DAYS)) {
			i++;
		} else if (sum > 0 || q->day < p->day - DAYS) {
			k++;
		} else {
			m->flag[p->row] |= SETTLED;
			m->flag[q->row] |= taken;
			m->order[p->row] = q->row + 1;
			i++;
			k++;
		}
	}
}

/* Those of a kind that are left, with what they may belong to: orders and subscriptions
 * nobody of the kind has taken, or the payments that are left. */
static void by_amount(struct matching *x, enum kind kind, bool payments)
{
	struct match_room *m = x->m;
	const uint8_t taken = payments ? 0 : kind == KIND_PAYMENTS ? PAID : BILLED;
	m->mine.n = m->theirs.n = 0;
	for (size_t i = 0; i < x->r->n; i++) {
		if (!known(x->j, i))
			continue;
		if (is_claim(x, i)) {
			struct sums *to = x->r->kind[i] == kind ? &m->mine : payments ? &m->theirs : NULL;
			if (to && x->amount[i] != WEND_NONE && !(m->flag[i] & SETTLED))
				add_sum(to, x, i, value(x->r, F_AMOUNT, i));
		} else if (!payments && !(m->flag[i] & taken) && worth(x, i) != WEND_NONE) {
			add_sum(&m->theirs, x, i, worth(x, i));
		}
	}
	pair(x, taken);
}

/* ---- the whole ---- */

static void make_room(struct revenue_match *m, size_t n)
{
	if (!m->room)
		m->room = xcalloc(1, sizeof *m->room);
	if (n <= m->cap)
		return;
	m->cap = n * 2;
	m->amount = xreallocarray(m->amount, m->cap, sizeof *m->amount);
	m->room->flag = xreallocarray(m->room->flag, m->cap, sizeof *m->room->flag);
	m->room->left = xreallocarray(m->room->left, m->cap, sizeof *m->room->left);
	m->room->order = xreallocarray(m->room->order, m->cap, sizeof *m->room->order);
}

static bool is_refund(const struct rows *r, size_t i)
{
	return value(r, F_REFUND_OF, i) != WEND_NONE || value(r, F_AMOUNT, i) < 0;
}

/* Refunds of what was left alone lessen it. */
static bool settle(struct matching *x)
{
	struct match_room *m = x->m;
	bool any = false;
	for (size_t i = 0; i < x->r->n; i++) {
		if (!is_claim(x, i) || !known(x->j, i))
			continue;
		if (is_refund(x->r, i)) {
			const int64_t of = find(m->claim, m->nclaim, text(x->r, F_REFUND_OF, i));
			const bool alone = of >= 0 && x->amount[of] != WEND_NONE && !(m->flag[of] & SETTLED) && !is_refund(x->r, (size_t)of);
			x->amount[i] = alone ? revenue_as(x->v, (enum kind)x->r->kind[i], x->r, i) : WEND_NONE;
		}
	}
	for (size_t i = 0; i < x->r->n; i++) {
		if (m->flag[i] & SETTLED)
			x->amount[i] = WEND_NONE;
		any |= x->amount[i] != WEND_NONE;
	}
	return any;
}

bool revenue_match(struct revenue_match *m, const struct revenue *v, const struct journey *j)
{
	const struct rows *r = &j->rows;
	bool any = false;
	make_room(m, r->n);
	struct matching x = { .v = v, .j = j, .r = r, .m = m->room, .amount = m->amount };
	for (size_t i = 0; i < r->n; i++) {
		m->amount[i] = WEND_NONE;
		if (!is_claim(&x, i) || !known(j, i) || is_refund(r, i))
			continue;
		m->amount[i] = revenue_as(v, (enum kind)r->kind[i], r, i);
		if (m->amount[i] != WEND_NONE && m->amount[i] <= 0)
			m->amount[i] = WEND_NONE;
		any |= m->amount[i] != WEND_NONE;
	}
	if (!any)
		return false;
	list_ids(&x);
	by_reference(&x);
	by_amount(&x, KIND_INVOICES, false);
	through_invoices(&x);
	by_amount(&x, KIND_PAYMENTS, false);
	by_amount(&x, KIND_INVOICES, true);
	return settle(&x);
}

void revenue_match_release(struct revenue_match *m)
{
	if (m->room) {
		free(m->room->ref);
		free(m->room->claim);
		free(m->room->mine.v);
		free(m->room->theirs.v);
		free(m->room->flag);
		free(m->room->left);
		free(m->room->order);
	}
	free(m->room);
	free(m->amount);
	*m = (struct revenue_match){ 0 };
}
