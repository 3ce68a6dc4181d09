/* ltv products: what people begin with, and whether they come back for more of the same, for
 * something else, or not.
 *
 *   first purchase  the customer's first purchase day (purchasedays.c); each product on it is an
 *                   episode of its own, from that day to the as-of day
 *   same            the first later day on which that product is bought again
 *   other           the first later day on which any other product is bought
 *   any             the first later purchase day, also one that names no product
 *   within W days   shares by Kaplan-Meier from the first purchase day, so that customers who
 *                   came late count as far as they were seen (survival.c)
 *   revenue         of the first W days, the first purchase included, a customer who was seen
 *                   for all of them
 *
 * Statistic: how many of a product's first buyers did each of these, or were last seen without,
 * so many days after the first purchase, by product and day up to W: integers, as many as
 * there are different ones. Beside it, for the comparison of orders with a discount with
 * others, one row an order that was followed for W days (productorders.c).
 */
#include "products_impl.h"

#include <math.h>

__extension__ typedef unsigned __int128 u128;

enum { WITHIN_DAYS = 90, WITHIN_MOST = 3650 };

static struct product_group *group_of(struct product_acc *a, int64_t word)
{
	const uint32_t id = ids_get(&a->groups, word == WEND_NONE ? 0 : (uint64_t)word + 1);
	if (id == a->n) {
		GROW(a->g, a->cap, a->n + 1);
		a->g[a->n++] = (struct product_group){ .word = word };
	}
	return &a->g[id];
}

static void add_cell(struct product_acc *a, uint32_t group, uint8_t what, uint8_t lost, int32_t day, int64_t n)
{
	const uint64_t key = (uint64_t)group << 20 | (uint64_t)what << 18 | (uint64_t)lost << 17 | (uint64_t)day;
	const uint32_t id = ids_get(&a->cells, key);
	if (id == a->nc) {
		GROW(a->c, a->c_cap, a->nc + 1);
		a->c[a->nc++] = (struct product_cell){ group, what, lost, day, 0 };
	}
	a->c[id].n += n;
}

static void count_time(struct product_acc *a, const struct product_group *g, uint8_t what, int32_t day, int32_t seen, int32_t within)
{
	const bool event = day >= 0 && day <= within;
	add_cell(a, (uint32_t)(g - a->g), what, event ? EVENT : LOST, event ? day : seen < within ? seen : within, 1);
}

/* ---- one customer ---- */

static bool has_discount(const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t *promotion = r->f[F_PROMOTION], *discount = r->f[F_DISCOUNT];
	if (discount && discount[i] != WEND_NONE && discount[i])
		return true;
	return promotion && promotion[i] != WEND_NONE && store_word(j->pop->store, promotion[i]).n;
}

/* Which batches tell of discounts at all: an empty cell of another source does not say that
 * there was none. */
static void note_telling(struct product_acc *a, const struct journey *j)
{
	const struct rows *r = &j->rows;
	const int64_t *col[2] = { r->f[F_PROMOTION], r->f[F_DISCOUNT] };
	for (size_t i = 0; i < r->n; i++) {
		if (r->kind[i] != KIND_ORDERS || j->seen[i] || !r->batch || ((!col[0] || col[0][i] == WEND_NONE) && (!col[1] || col[1][i] == WEND_NONE)))
			continue;
		const size_t b = r->batch[i];
		if (b >= a->ntells) {
			const size_t n = (b + 1) * 2;
			a->tells = xreallocarray(a->tells, n, 1);
			memset(a->tells + a->ntells, 0, n - a->ntells);
			a->ntells = n;
		}
		a->tells[b] = 1;
	}
}

static int64_t item_word(const struct journey *j, const struct product_ctx *c, size_t k)
{
	const int64_t *col = j->rows.item_f[c->field];
	const int64_t word = col ? col[k] : WEND_NONE;
	return word != WEND_NONE && store_word(j->pop->store, word).n ? word : WEND_NONE;
}

static void see_first(struct product_acc *a, int64_t word)
{
	for (size_t i = 0; i < a->nfirst; i++)
		if (a->first[i].word == word)
			return;
	GROW(a->first, a->first_cap, a->nfirst + 2);
	a->first[a->nfirst++] = (struct product_first){ word, -1, -1 };
}

/* The entry behind the products is that of all of them together. */
static void see_later(struct product_acc *a, int64_t word, int32_t days)
{
	bool among = false;
	for (size_t i = 0; i < a->nfirst; i++) {
		struct product_first *f = &a->first[i];
		const bool same = f->word == word;
		int32_t *at = same ? &f->same : &f->other;
		among |= same;
		if (*at < 0)
			*at = days;
	}
	struct product_first *all = &a->first[a->nfirst];
	int32_t *at = among ? &all->same : &all->other;
	if (*at < 0)
		*at = days;
}

/* What a purchase day bought, so many days after the first: the dearest names it; equals by
 * name. */
static struct product_visit look_at(struct product_acc *a, const struct journey *j, const struct product_ctx *c, const struct purchase_day *d, int32_t days)
{
	const struct rows *r = &j->rows;
	struct product_visit v = { .day = d->day };
	int64_t dearest = INT64_MIN;
	struct sv name = SV_NONE;
	for (size_t e = d->from; e < d->to; e++) {
		const struct day_entry *p = &a->days.e[e];
		const size_t i = p->record;
		if (p->amount < 0 || (p->refund && !p->amount) || r->kind[i] != KIND_ORDERS)
			continue;
		v.discount |= has_discount(j, i);
		for (uint32_t k = r->item_from ? r->item_from[i] : 0; r->item_from && k < r->item_from[i + 1]; k++) {
			const int64_t word = item_word(j, c, k), money = r->item_f[3] && r->item_f[3][k] != WEND_NONE ? r->item_f[3][k] : 0;
			if (word == WEND_NONE)
				continue;
			const struct sv text = store_word(j->pop->store, word);
			a->facts.both += r->item_f[!c->field] && r->item_f[!c->field][k] != WEND_NONE;
			if (!v.named || money > dearest || (money == dearest && sv_cmp(text, name) < 0)) {
				dearest = money;
				name = text;
				v.item = (uint32_t)word;
				v.batch = r->batch ? r->batch[i] : 0;
			}
			v.named = true;
			if (days)
				see_later(a, word, days);
			else
				see_first(a, word);
		}
	}
	return v;
}

static void count_first(struct product_acc *a, const struct product_ctx *c, int64_t word, const struct product_first *f, int32_t any, int32_t seen, int64_t money)
{
	struct product_group *g = group_of(a, word);
	g->customers++;
	if (seen >= c->within) {
		const uint64_t m = (uint64_t)(money < 0 ? -money : money);
		g->observed++;
		g->sum += money;
		g->squares += (u128)m * m;
	}
	count_time(a, g, BUYS_SAME, f->same, seen, c->within);
	count_time(a, g, BUYS_OTHER, f->other, seen, c->within);
	count_time(a, g, BUYS_ANY, any, seen, c->within);
}

/* Orders up to the first later one with a discount: someone who has had one is no comparison
 * for those who get their first. */
static void add_orders(struct product_acc *a, const struct journey *j, const struct product_ctx *c, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		const struct product_visit *v = &a->visit[k];
		if (j->pop->as_of - v->day < c->within) {
			a->facts.early += v->discount;
		} else if (!v->named) {
			a->facts.no_item[k > 0] += v->discount;
		} else {
			GROW(a->o, a->o_cap, a->no + 1);
			a->o[a->no++] = (struct product_order){ j->rows.customer, v->item, v->batch, (uint32_t)k, v->day, k ? v->day - v[-1].day : 0, v->discount,
								k + 1 < n && v[1].day - v->day <= c->within };
		}
		if (k && v->discount)
			return;
	}
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct product_acc *a = acc;
	const struct product_ctx *c = ctx;
	int64_t money = 0;
	note_telling(a, j);
	if (!j->selected || !purchase_days(&a->days, &c->rev, j))
		return;
	const struct purchase_day *d = a->days.v;
	const size_t n = a->days.n;
	GROW(a->visit, a->visit_cap, n);
	a->nfirst = 0;
	for (size_t k = 0; k < n; k++) {
		const int32_t days = d[k].day - d[0].day;
		a->visit[k] = look_at(a, j, c, &d[k], days);
		if (!k) {
			GROW(a->first, a->first_cap, a->nfirst + 1);
			a->first[a->nfirst] = (struct product_first){ WEND_NONE, -1, -1 };
		}
		if (days <= c->within) {
			money += d[k].amount;
			a->facts.unnamed_later += k && !a->visit[k].named && a->visit[0].named;
		}
	}
	add_orders(a, j, c, n);
	if (!a->nfirst) {
		a->facts.unnamed++;
		return;
	}
	const int32_t seen = j->pop->as_of - d[0].day, any = n > 1 ? d[1].day - d[0].day : -1;
	a->facts.customers++;
	a->facts.several += a->nfirst > 1;
	for (size_t i = 0; i <= a->nfirst; i++)
		count_first(a, c, a->first[i].word, &a->first[i], any, seen, money);
}

/* ---- all of them ---- */

static void acc_release(void *acc)
{
	struct product_acc *a = acc;
	free(a->g);
	ids_release(&a->groups);
	free(a->c);
	ids_release(&a->cells);
	free(a->o);
	free(a->tells);
	free(a->visit);
	free(a->first);
	day_room_release(&a->days);
	*a = (struct product_acc){ 0 };
}

static void merge_facts(struct product_facts *a, const struct product_facts *b)
{
	a->customers += b->customers;
	a->unnamed += b->unnamed;
	a->unnamed_later += b->unnamed_later;
	a->several += b->several;
	a->both += b->both;
	a->early += b->early;
	a->no_item[0] += b->no_item[0];
	a->no_item[1] += b->no_item[1];
}

static void merge(void *into, void *from, void *ctx)
{
	struct product_acc *a = into, *b = from;
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		struct product_group *g = group_of(a, b->g[i].word);
		g->customers += b->g[i].customers;
		g->observed += b->g[i].observed;
		g->sum += b->g[i].sum;
		g->squares += b->g[i].squares;
	}
	for (size_t i = 0; i < b->nc; i++) {
		const struct product_cell *c = &b->c[i];
		add_cell(a, (uint32_t)(group_of(a, b->g[c->group].word) - a->g), c->what, c->lost, c->day, c->n);
	}
	GROW(a->o, a->o_cap, a->no + b->no);
	if (b->no)
		memcpy(a->o + a->no, b->o, b->no * sizeof *b->o);
	a->no += b->no;
	if (b->ntells > a->ntells) {
		uint8_t *wider = b->tells;
		b->tells = a->tells;
		a->tells = wider;
		const size_t n = a->ntells;
		a->ntells = b->ntells;
		b->ntells = n;
	}
	for (size_t i = 0; i < b->ntells; i++)
		a->tells[i] |= b->tells[i];
	merge_facts(&a->facts, &b->facts);
	day_room_merge(&a->days, &b->days);
	acc_release(b);
}

static enum wend_err fold(struct product_acc *a, const struct population *p, struct product_ctx *c, struct fold_counts *n, struct err *err)
{
	struct fold f = { .kinds = KIND_BIT(KIND_ORDERS), .items = true, .batches = true, .acc_size = sizeof *a, .customer = add_customer, .merge = merge, .ctx = c };
	fields_add(&f.fields, F_PROMOTION);
	fields_add(&f.fields, F_DISCOUNT);
	return purchase_fold(p, &f, &c->rev, a, &a->days, acc_release, n, err);
}

static enum wend_err settle(struct product_ctx *c, const struct product_options *o, const struct report_options *ro, struct err *err)
{
	double days = WITHIN_DAYS;
	if (o->within && (!value_days(sv_of(o->within), &days) || !(days >= 1 && days <= WITHIN_MOST)))
		return err_set(err, WEND_E_USAGE, "'%s' is no time to look ahead; write it as 90day, 13week or 3month, at most 10 years", o->within);
	c->within = (int32_t)lround(days);
	c->by = ro->by ? ro->by : "product";
	if (ro->by && strcmp(ro->by, "product") && strcmp(ro->by, "category"))
		return err_set(err, WEND_E_USAGE, "what people begin with cannot be cut by '%s'; give product or category", ro->by);
	c->field = !strcmp(c->by, "category");
	return WEND_OK;
}

enum wend_err metric_ltv_products(const struct population *p, const struct ltv_options *lo, const struct product_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct product_acc a = { 0 };
	struct product_ctx c = { .seed = lo->seed };
	struct product_effect effect[2];
	struct value_terms terms;
	struct fold_counts n = { 0 };
	enum wend_err e = settle(&c, o, ro, err);
	if (e || (e = value_terms_read(&terms, p, lo, "day", err)) || (e = revenue_choose(&c.rev, p, ro->revenue, err)))
		return e;
	e = fold(&a, p, &c, &n, err);
	if (!e)
		e = product_effects(effect, &a, &c, p, err);
	if (!e)
		e = products_table(r, &a, &c, effect, &terms, p, ro, n.cur);
	if (e)
		goto done;
	say_revenue(&r->finding, &c.rev, &a.days.facts.beside, p);
	e = say_scope(&r->finding, p, &n, KIND_BIT(c.rev.source), err);
	report_scope(r, p, &n);
done:
	acc_release(&a);
	revenue_release(&c.rev);
	return e;
}
