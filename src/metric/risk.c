/* churn risk: who is likely to leave next, by how much, and why.
 *
 *   p_90d          chance to leave within the horizon (riskfit.c); with contracts: the end of what
 *                  is paid; without: no purchase within the horizon
 *   value_at_risk  p times what the customer would bring in 12 months (value.c); with
 *                  contracts price x margin x the months he stays at his own rate of leaving,
 *                  sum over 12 months of (1 - p)^(months / horizon)
 *   why1..3        what raises the chance most, in points against the middle of all customers:
 *                  parts of the model that tell of one side of the customer are one reason
 *   lo, hi         95 % limits of p, of the curves (none of trees)
 *
 * The total expected to leave is the sum of p. Its limits hold what happens by chance, sum of
 * p (1 - p), and how well the level of all chances together is known: the binomial error of the
 * share that the look back has seen, which moves all customers at once.
 */
#include "risk_impl.h"
#include "ltv_impl.h"
#include "wend/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_MONTHS = 12 };
#define MONTH_DAYS 30.4375
#define LEAST_POINTS 0.005

struct acc {
	struct risk_room room;
	struct risk_hit *v;
	size_t n, cap;
	int64_t lost;             /* silent beyond the window: not counted */
};

static const uint8_t side_of[RISK_NUMBERS] = {
	[RISK_SILENT] = SIDE_BUYING, [RISK_ORDERS] = SIDE_BUYING, [RISK_RECENT] = SIDE_BUYING, [RISK_GAP] = SIDE_BUYING, [RISK_SPENT] = SIDE_MONEY,
	[RISK_REFUNDS] = SIDE_REFUND, [RISK_TENURE] = SIDE_TIME, [RISK_MRR] = SIDE_PRICE, [RISK_CANCELLED] = SIDE_CANCELLED, [RISK_CONTACTS] = SIDE_CONTACT,
	[RISK_SINCE_CONTACT] = SIDE_CONTACT, [RISK_COMPLAINT] = SIDE_COMPLAINT, [RISK_FAILED] = SIDE_FAILED, [RISK_OVERDUE] = SIDE_OVERDUE, [RISK_LATE] = SIDE_LATE,
};

/* The greatest sums by side; each is told by the column of its side that adds most and is known. */
static void reasons(struct risk_hit *h, const struct risk_model *m, const struct risk_one *one, const double *part)
{
	double sum[SIDE_WORDS + RISK_WORDS] = { 0 }, most[SIDE_WORDS + RISK_WORDS];
	int16_t told[SIDE_WORDS + RISK_WORDS];
	for (size_t s = 0; s < SIDE_WORDS + RISK_WORDS; s++) {
		told[s] = -1;
		most[s] = -INFINITY;
	}
	for (size_t c = 0; c < m->p; c++) {
		const int at = m->column[c];
		const size_t s = at < RISK_NUMBERS ? side_of[at] : (size_t)(SIDE_WORDS + at - RISK_NUMBERS);
		const bool known = at < RISK_NUMBERS ? !isnan(one->x[at]) : one->code[at - RISK_NUMBERS] >= 0;
		sum[s] += part[c];
		if (known && part[c] > most[s]) {
			most[s] = part[c];
			told[s] = (int16_t)c;
		}
	}
	for (int i = 0; i < RISK_WHYS; i++) {
		size_t best = SIDE_WORDS + RISK_WORDS;
		for (size_t s = 0; s < SIDE_WORDS + RISK_WORDS; s++)
			if (told[s] >= 0 && sum[s] >= LEAST_POINTS && (best == SIDE_WORDS + RISK_WORDS || sum[s] > sum[best]))
				best = s;
		h->why[i].column = -1;
		if (best == SIDE_WORDS + RISK_WORDS)
			continue;
		const int at = m->column[told[best]];
		h->why[i] = (struct risk_why){ (float)sum[best], told[best] };
		h->value[i] = (float)(at < RISK_NUMBERS ? one->x[at] : one->code[at - RISK_NUMBERS]);
		sum[best] = 0;
	}
}

/* Contacts as a person counts them, and answers that are owed: asked, promised by a moment that
 * has passed, and neither answered nor solved. */
static void contacts(struct risk_hit *h, const struct risk_list *l, const struct journey *j, const struct risk_room *w)
{
	const struct rows *r = &j->rows;
	const int64_t end = j->pop->as_of_end;
	h->last_contact = -1;
	for (size_t i = 0; i < w->steps.n; i++) {
		const struct step *s = &w->steps.v[i];
		if (s->name & STEP_FIXED || s->at >= end || r->kind[s->record] != KIND_INTERACTIONS)
			continue;
		if (l->k.directions && r->f[F_DIRECTION][s->record] == WEND_NONE)
			continue;
		h->last_contact = (int32_t)((end - 1 - s->at) / 86400);
		h->contacts += h->last_contact < 30;
	}
	for (size_t i = 0; i < r->n && l->k.promises; i++) {
		if (r->kind[i] != KIND_INTERACTIONS || j->seen[i] == SEEN_AFTER_AS_OF || r->f[F_PROMISED_BY][i] == WEND_NONE)
			continue;
		const int64_t *answer = r->f[F_FIRST_RESPONSE], *solved = r->f[F_RESOLVED];
		const bool answered = answer && answer[i] != WEND_NONE && wtime_instant(answer[i], j->pop->zone) < end;
		const bool done = solved && solved[i] != WEND_NONE && wtime_instant(solved[i], j->pop->zone) < end;
		h->owed += !answered && !done && risk_due(j->pop, r->f[F_PROMISED_BY][i]) <= end;
	}
}

static void one_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct risk_list *l = ctx;
	struct risk_row row;
	bool lost;
	if (!j->selected || !j->rows.customer || store_is_guest(l->store, j->rows.customer))
		return;
	risk_read(&a->room, &l->k, j);
	if (!risk_at(&row, &a->room, &l->k, j, l->k.p->as_of, &lost))
		return;
	a->lost += lost;
	if (lost && !l->o->everyone)
		return;
	struct risk_hit h = { .customer = j->rows.customer, .p = NAN, .lo = NAN, .hi = NAN, .mrr = row.x[RISK_MRR] };
	for (int i = 0; i < RISK_WHYS; i++)
		h.why[i].column = -1;
	contacts(&h, l, j, &a->room);
	if (l->m.curves) {
		struct risk_one one;
		struct interval ci;
		double part[RISK_COLUMNS];
		risk_one(&one, &l->m, &row);
		const double p = risk_chance(&l->m, &one, part, &ci);
		h.p = (float)p;
		h.lo = (float)ci.lo;
		h.hi = (float)ci.hi;
		reasons(&h, &l->m, &one, part);
	}
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = h;
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	APPEND(a->v, a->cap, a->n, b->v, b->n);
	a->n += b->n;
	a->lost += b->lost;
	free(b->v);
	risk_room_merge(&a->room, &b->room);
}

/* ---- money ---- */

/* Months of 12 that one stays who leaves with chance p within the horizon. */
static double months_kept(double p, double horizon)
{
	double sum = 0;
	for (int k = 0; k < YEAR_MONTHS; k++)
		sum += pow(1 - p, k * MONTH_DAYS / horizon);
	return sum;
}

double risk_minor(currency c)
{
	const int e = c ? currency_exponent(c) : 2;
	return pow(10, e < 0 ? 2 : e);
}

/* What each would bring in 12 months by the purchase models. */
static enum wend_err by_purchases(struct risk_list *l, const struct population *p, const struct report_options *ro, struct err *err)
{
	const struct ltv_options o = { .margin = l->o->margin, .discount = NAN, .seed = 1, .horizon = "12month" };
	struct ltv_look *k = xcalloc(1, sizeof *k);
	double *value = xcalloc((size_t)store_people_count(p->store) + 2, sizeof *value);
	const enum wend_err e = ltv_look_run(k, p, &o, ro, 0, NULL, err);
	const bool spend = !e && k->fit.chosen >= 0 && !k->fit.spend.reason;
	struct value_cell *cell = spend ? value_cells(&k->cells, &k->fit.v[k->fit.chosen].fit.model, &k->fit.spend.model, &k->terms) : NULL;
	for (size_t i = 0; cell && i < k->b.n; i++) {
		const struct rfm_row *v = &k->b.v[i];
		value[v->customer] = value_of(&cell[k->cells.of[i]], &k->fit.spend.model, v->days > 1 ? (double)v->repeat / k->minor : 0).mean * k->terms.margin;
	}
	l->margin = k->terms.has_margin;
	for (size_t i = 0; i < l->n; i++)
		l->value[i] = cell ? (double)l->v[i].p * value[l->v[i].customer] : NAN;
	free(cell);
	free(value);
	ltv_look_release(k);
	free(k);
	return e;
}

static enum wend_err by_contracts(struct risk_list *l, const struct population *p, struct err *err)
{
	const struct ltv_options o = { .margin = l->o->margin, .discount = NAN };
	struct value_terms t;
	const enum wend_err e = value_terms_read(&t, p, &o, "week", err);
	const double minor = risk_minor(l->cur);
	l->margin = t.has_margin;
	for (size_t i = 0; i < l->n; i++)
		l->value[i] = (double)l->v[i].p * l->v[i].mrr / minor * t.margin * months_kept(l->v[i].p, l->k.horizon);
	return e;
}

/* ---- order and totals ---- */

static void rank_all(struct risk_list *l)
{
	uint32_t *customer = xcalloc(l->n + 1, sizeof *customer);
	uint64_t *key = xcalloc(l->n + 1, sizeof *key);
	for (size_t i = 0; i < l->n; i++)
		customer[i] = l->v[i].customer;
	l->order = order_customers(l->store, customer, l->n);
	for (int by_p = 0; by_p < 2; by_p++) {
		for (size_t i = 0; i < l->n; i++) {
			const double v = by_p ? (double)l->v[l->order[i]].p : l->value[l->order[i]];
			key[i] = isnan(v) ? UINT64_MAX : ~sort_key_of(v);
		}
		sort_keys(key, l->order, l->n);
	}
	free(customer);
	free(key);
}

/* In the order of ranks, so that no thread decides on a bit. */
static void add_up(struct risk_list *l)
{
	double chance = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct risk_hit *h = &l->v[l->order[i]];
		l->expected += h->p;
		chance += (double)h->p * (1 - (double)h->p);
		l->total += isnan(l->value[l->order[i]]) ? 0 : l->value[l->order[i]];
	}
	const struct judged *b = &l->m.back;
	const double level = b->n ? b->share * (1 - b->share) / (double)b->n : 0;
	const double half = Z95 * sqrt(chance + level * (double)l->n * (double)l->n);
	l->ci = (struct interval){ fmax(0, l->expected - half), fmin((double)l->n, l->expected + half) };
}

static enum wend_err keep_share(struct risk_list *l, struct err *err)
{
	struct sv v = sv_trim(sv_of(l->o->keep_back));
	const bool percent = sv_ends(v, "%");
	if (!l->o->keep_back)
		return WEND_OK;
	if (percent)
		v = sv_trim(sv_n(v.p, v.n - 1));
	if (!sv_real(v, &l->keep) || !(l->keep >= 0) || l->keep > (percent ? 100 : 1))
		return err_set(err, WEND_E_USAGE, "'--keep-back %s' is no share; write 10%% or 0.1", l->o->keep_back);
	l->keep /= percent ? 100 : 1;
	return WEND_OK;
}

void risk_list_free(struct risk_list *l)
{
	risk_model_release(&l->m);
	risk_plan_release(&l->k);
	free(l->v);
	free(l->order);
	free(l->value);
	str_release(&l->text);
	free(l);
}

static enum wend_err apply(struct risk_list *l, struct fold_counts *n, struct err *err)
{
	struct acc a = { 0 };
	struct fold f = { .acc_size = sizeof a, .customer = one_customer, .merge = merge, .ctx = l };
	risk_fields(&f, &l->k);
	if (l->k.leaving.contracts)
		f.money |= KIND_BIT(KIND_SUBSCRIPTIONS);
	const enum wend_err e = fold_run(l->k.p, &f, &a, n, err);
	risk_room_release(&a.room);
	l->v = a.v;
	l->n = a.n;
	l->lost = a.lost;
	l->cur = n->cur;
	l->value = xcalloc(l->n + 1, sizeof *l->value);
	return e;
}

enum wend_err metric_churn_risk(const struct population *p, const struct churn_options *o, const struct risk_options *k, const struct report_options *ro, struct report *r, struct err *err)
{
	struct risk_list *l = xcalloc(1, sizeof *l);
	struct fold_counts n = { 0 };
	l->o = k;
	l->store = p->store;
	l->in_touch = p->present & KIND_BIT(KIND_INTERACTIONS);
	enum wend_err e = keep_share(l, err);
	if (e || (e = risk_plan_make(&l->k, p, o, k, ro, NULL, err)) || (e = risk_learn(&l->m, &l->k, k, err)) || (e = apply(l, &n, err)))
		goto fail;
	if ((e = l->k.leaving.contracts ? by_contracts(l, p, err) : by_purchases(l, p, ro, err)))
		goto fail;
	rank_all(l);
	add_up(l);
	risk_columns_of(&r->table, l);
	risk_say(r, l);
	line_add(&r->next, "wend churn risk --top 100 --with name,phone -o call.csv");
	line_add(&r->next, "wend churn risk --top 100 | wend ltv customers --only -");
	r->not_converged = k->model && strcmp(k->model, "auto") && !l->m.curves && l->n;
	e = say_scope(&r->finding, p, &n, l->k.leaving.contracts ? KIND_BIT(KIND_SUBSCRIPTIONS) : KIND_BIT(l->k.rev->source), err);
	report_scope(r, p, &n);
	risk_rows(&r->table, l);
	return e;
fail:
	risk_list_free(l);
	return e;
}
