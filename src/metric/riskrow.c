/* What is known of a customer at the end of a day, from records up to that day and nothing else:
 *
 *   buying     purchase days so far, days since the last, purchases of the last 90 days, mean
 *              days between them, money so far (minor units), refunds of a year
 *   contract   plan and price that run then, a cancellation that is known and still paid for
 *   contact    contacts of the last 30 days, days since the last one and since a complaint
 *   trouble    days since a payment failed, invoices overdue, parcels late in 180 days
 *   fixed      what a customer's record says and never changes (acquired_channel, country, those
 *              named by --fixed); other fields may have been overwritten since, so they say
 *              nothing of an earlier day
 *
 * What a source does not cover for the whole of its window is not known, never 0.
 */
#include "risk_impl.h"

#include <math.h>
#include <stdlib.h>

enum { DAY_S = 86400, MONTH = 30, SEASON = 90, HALF_YEAR = 180, YEAR = 365 };

int64_t risk_instant(const struct population *p, int32_t day)
{
	return zone_instant(p->zone, (int64_t)day * DAY_S, NULL);
}

static int64_t field(const struct rows *r, enum field f, size_t i)
{
	return r->f[f] ? r->f[f][i] : WEND_NONE;
}

/* Is a window before the end of `day` covered by the sources of a kind? A source may end a
 * week before the day that is looked from. */
static bool covered(const struct risk_plan *k, enum kind kind, int32_t day, int32_t window)
{
	return k->since[kind] <= day - window && k->until[kind] >= day - 7;
}

void risk_read(struct risk_room *w, const struct risk_plan *k, const struct journey *j)
{
	w->bought = k->rev && purchase_days(&w->days, k->rev, j);
	w->spells.n = 0;
	if (k->leaving.contracts)
		spells_of(&w->spells, j, &k->leaving);
	steps_of(&w->steps, j);
}

static void buying(struct risk_row *out, const struct risk_room *w, const struct risk_plan *k, int32_t day)
{
	const struct purchase_day *d = w->days.v;
	double n = 0, recent = 0, spent = 0;
	int32_t first = 0, last = 0;
	for (size_t i = 0; w->bought && i < w->days.n && d[i].day <= day; i++) {
		first = i ? first : d[i].day;
		last = d[i].day;
		n++;
		recent += d[i].day > day - SEASON;
		spent += (double)d[i].amount;
	}
	out->x[RISK_ORDERS] = n;
	out->x[RISK_SPENT] = spent;
	out->x[RISK_RECENT] = recent;
	if (n > 0)
		out->x[RISK_SILENT] = day - last;
	if (n > 1)
		out->x[RISK_GAP] = (double)(last - first) / (n - 1);
	if (n > 0 && !k->leaving.contracts)
		out->x[RISK_TENURE] = day - first;
}

/* Contracts that run at the end of the day. */
static void contracts(struct risk_row *out, const struct risk_plan *k, const struct journey *j, int64_t end)
{
	const struct rows *r = &j->rows;
	double mrr = NAN;
	for (size_t i = 0; i < r->n; i++) {
		if (r->kind[i] != KIND_SUBSCRIPTIONS || j->seen[i] == SEEN_AFTER_AS_OF || j->at[i] >= end)
			continue;
		const int64_t stop = field(r, F_END, i);
		if (stop != WEND_NONE && wtime_instant(stop, j->pop->zone) < end)
			continue;
		const int64_t price = field(r, F_MRR, i);
		if (price != WEND_NONE)
			mrr = (isnan(mrr) ? 0 : mrr) + (double)price;
		for (int f = 0; f < k->words; f++)
			if (k->word_of_contract[f] && field(r, k->word[f], i) != WEND_NONE)
				out->word[f] = field(r, k->word[f], i);
	}
	out->x[RISK_MRR] = mrr;
}

int64_t risk_due(const struct population *p, int64_t promised)
{
	return wtime_is_day(promised) ? zone_instant(p->zone, wtime_secs(promised) + DAY_S, NULL) : wtime_secs(promised);
}

static bool late(const struct rows *r, size_t i, const struct population *p, int64_t end)
{
	const int64_t promised = field(r, F_PROMISED_BY, i), came = field(r, F_DELIVERED, i);
	if (promised == WEND_NONE)
		return false;
	const int64_t due = risk_due(p, promised);
	return due < end && (came == WEND_NONE || wtime_instant(came, p->zone) >= due);
}

static void records(struct risk_row *out, const struct risk_plan *k, const struct journey *j, int64_t end, int32_t day)
{
	const struct rows *r = &j->rows;
	double parcels = 0;
	for (size_t i = 0; i < r->n; i++) {
		if (j->seen[i] == SEEN_AFTER_AS_OF)
			continue;
		if (r->kind[i] == KIND_ORDERS && j->at[i] < end && j->at[i] >= risk_instant(k->p, day - HALF_YEAR + 1))
			parcels += late(r, i, k->p, end);
		for (int f = 0; r->kind[i] == KIND_CUSTOMERS && f < k->words; f++)
			if (!k->word_of_contract[f] && field(r, k->word[f], i) != WEND_NONE)
				out->word[f] = field(r, k->word[f], i);
	}
	out->x[RISK_LATE] = covered(k, KIND_ORDERS, day, HALF_YEAR) ? parcels : NAN;
}

/* Whole days since, a year at most: so long ago is as good as never. */
static double ago(int64_t end, int64_t at)
{
	const int64_t days = (end - 1 - at) / DAY_S;
	return days < YEAR ? (double)days : YEAR;
}

static void steps(struct risk_row *out, const struct risk_room *w, const struct risk_plan *k, const struct journey *j, int64_t end, int32_t day)
{
	const int64_t month = risk_instant(k->p, day - MONTH + 1), year = risk_instant(k->p, day - YEAR + 1);
	double contacts = 0, overdue = 0, refunds = 0, since = YEAR, complaint = YEAR, failed = YEAR;
	for (size_t i = 0; i < w->steps.n && w->steps.v[i].at < end; i++) {
		const struct step *s = &w->steps.v[i];
		const enum kind kind = (enum kind)j->rows.kind[s->record];
		if (!(s->name & STEP_FIXED) && kind == KIND_INTERACTIONS && (!k->directions || field(&j->rows, F_DIRECTION, s->record) != WEND_NONE)) {
			contacts += s->at >= month;
			since = ago(end, s->at);
		}
		if (!(s->name & STEP_FIXED))
			continue;
		switch ((int)(s->name & ~STEP_FIXED)) {
		case STEP_COMPLAINT: complaint = ago(end, s->at); break;
		case STEP_PAYMENT_FAILED: failed = ago(end, s->at); break;
		case STEP_ORDER_REFUNDED: refunds += s->at >= year; break;
		case STEP_INVOICE_OVERDUE: overdue++; break;
		case STEP_INVOICE_PAID: overdue = 0; break;
		default: break;
		}
	}
	const bool in_touch = covered(k, KIND_INTERACTIONS, day, MONTH);
	out->x[RISK_CONTACTS] = in_touch ? contacts : NAN;
	out->x[RISK_SINCE_CONTACT] = in_touch ? since : NAN;
	out->x[RISK_COMPLAINT] = covered(k, KIND_FEEDBACK, day, MONTH) ? complaint : NAN;
	out->x[RISK_FAILED] = covered(k, KIND_PAYMENTS, day, MONTH) ? failed : NAN;
	out->x[RISK_OVERDUE] = covered(k, KIND_INVOICES, day, MONTH) ? overdue : NAN;
	out->x[RISK_REFUNDS] = refunds;
}

/* The stretch that runs at the end of the day. */
static const struct spell *spell_at(const struct risk_room *w, int64_t end)
{
	for (size_t i = 0; i < w->spells.n; i++)
		if (w->spells.v[i].from < end && w->spells.v[i].to >= end)
			return &w->spells.v[i];
	return NULL;
}

bool risk_at(struct risk_row *out, const struct risk_room *w, const struct risk_plan *k, const struct journey *j, int32_t day, bool *lost)
{
	const int64_t end = risk_instant(k->p, day + 1);
	const struct spell *s = NULL;
	*out = (struct risk_row){ .customer = j->rows.customer };
	for (int i = 0; i < RISK_NUMBERS; i++)
		out->x[i] = NAN;
	for (int i = 0; i < RISK_WORDS; i++)
		out->word[i] = WEND_NONE;
	*lost = false;
	if (k->leaving.contracts) {
		if (!(s = spell_at(w, end)))
			return false;
		out->x[RISK_TENURE] = (double)((end - s->from) / DAY_S);
		out->x[RISK_CANCELLED] = s->cancelled_known && s->cancelled_at < end;
		contracts(out, k, j, end);
	} else if (!w->bought || w->days.v[0].day > day) {
		return false;
	}
	if (k->rev)
		buying(out, w, k, day);
	*lost = !k->leaving.contracts && out->x[RISK_SILENT] > k->leaving.window;
	records(out, k, j, end, day);
	steps(out, w, k, j, end, day);
	return true;
}

bool risk_left(const struct risk_room *w, const struct risk_plan *k, const struct journey *j, int32_t day)
{
	(void)j;
	if (k->leaving.contracts) {
		const struct spell *s = spell_at(w, risk_instant(k->p, day + 1));
		return s && s->to < risk_instant(k->p, day + k->horizon + 1);
	}
	for (size_t i = 0; i < w->days.n; i++)
		if (w->days.v[i].day > day && w->days.v[i].day <= day + k->horizon)
			return false;
	return true;
}

void risk_room_merge(struct risk_room *into, struct risk_room *from)
{
	day_room_merge(&into->days, &from->days);
	risk_room_release(from);
}

void risk_room_release(struct risk_room *w)
{
	day_room_release(&w->days);
	spell_buf_release(&w->spells);
	step_buf_release(&w->steps);
}

void risk_fields(struct fold *f, const struct risk_plan *k)
{
	static const enum field fields[] = { F_PROMISED_BY, F_DELIVERED, F_DIRECTION, F_FIRST_RESPONSE, F_RESOLVED, F_MRR, F_END };
	const uint32_t kinds = k->p->present & (KIND_BIT(KIND_CUSTOMERS) | KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_INTERACTIONS) | KIND_BIT(KIND_FEEDBACK) | KIND_BIT(KIND_PAYMENTS) | KIND_BIT(KIND_INVOICES) | KIND_BIT(KIND_SUBSCRIPTIONS));
	leaving_fields(f, &k->leaving);
	step_fields(f, kinds);
	if (k->rev) {
		revenue_fields(f, k->rev);
		if (store_has_field(k->p->store, F_REFUND_OF))
			fields_add(&f->fields, F_ID);
	}
	f->kinds |= kinds;
	f->want_at = f->want_day = true;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&f->fields, fields[i]);
	for (int i = 0; i < k->words; i++)
		fields_add(&f->fields, k->word[i]);
}

/* ---- the plan ---- */

static enum wend_err add_words(struct risk_plan *k, const struct risk_options *o, struct err *err)
{
	static const enum field own[] = { F_ACQ_CHANNEL, F_COUNTRY };
	if (k->leaving.contracts) {
		k->word_of_contract[k->words] = true;
		k->word[k->words++] = F_PLAN;
	}
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (store_has_field(k->p->store, own[i]))
			k->word[k->words++] = own[i];
	for (size_t i = 0; i < o->fixed.n; i++) {
		const int f = field_by_any_name(sv_of(o->fixed.v[i]));
		bool there = false;
		if (f < 0 || !(field_defs[f].kinds & KIND_BIT(KIND_CUSTOMERS)) || field_defs[f].type != FT_WORD)
			return err_set(err, WEND_E_USAGE, "'--fixed %s' names no field of a customer; give segment, location, country, acquired_channel or acquired_campaign", o->fixed.v[i]);
		for (int w = 0; w < k->words; w++)
			there = there || k->word[w] == (enum field)f;
		if (!there && k->words < RISK_WORDS)
			k->word[k->words++] = (enum field)f;
	}
	return WEND_OK;
}

static enum wend_err add_coverage(struct risk_plan *k, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct coverage *c;
	size_t n;
	const enum wend_err e = store_coverage(k->p->store, &c, &n, &scratch, err);
	for (int i = 0; i < KIND_COUNT; i++) {
		k->since[i] = INT32_MAX;
		k->until[i] = INT32_MIN;
	}
	for (size_t i = 0; !e && i < n; i++) {
		if (!c[i].rows)
			continue;
		k->since[c[i].kind] = c[i].first < k->since[c[i].kind] ? c[i].first : k->since[c[i].kind];
		k->until[c[i].kind] = c[i].last > k->until[c[i].kind] ? c[i].last : k->until[c[i].kind];
	}
	arena_release(&scratch);
	return e;
}

/* Days to learn from: each a horizon before the next, with half a horizon of history or more. */
static void add_landmarks(struct risk_plan *k)
{
	const enum kind kind = k->leaving.contracts ? KIND_SUBSCRIPTIONS : k->rev ? k->rev->source : KIND_ORDERS;
	const int32_t begins = k->since[kind], last = k->leaving.contracts ? k->p->as_of : k->leaving.covered;
	if (begins == INT32_MAX)
		return;
	for (int64_t day = (int64_t)last - k->horizon; k->landmarks < RISK_LANDMARKS && day - begins >= k->horizon / 2; day -= k->horizon)
		k->landmark[k->landmarks++] = (int32_t)day;
}

static void choose_numbers(struct risk_plan *k)
{
	const uint32_t present = k->p->present;
	static const enum kind of[RISK_NUMBERS] = {
		[RISK_SILENT] = KIND_COUNT, [RISK_ORDERS] = KIND_COUNT, [RISK_RECENT] = KIND_COUNT, [RISK_GAP] = KIND_COUNT, [RISK_SPENT] = KIND_COUNT,
		[RISK_REFUNDS] = KIND_COUNT, [RISK_TENURE] = KIND_COUNT, [RISK_MRR] = KIND_SUBSCRIPTIONS, [RISK_CANCELLED] = KIND_SUBSCRIPTIONS,
		[RISK_CONTACTS] = KIND_INTERACTIONS, [RISK_SINCE_CONTACT] = KIND_INTERACTIONS, [RISK_COMPLAINT] = KIND_FEEDBACK,
		[RISK_FAILED] = KIND_PAYMENTS, [RISK_OVERDUE] = KIND_INVOICES, [RISK_LATE] = KIND_ORDERS,
	};
	for (int i = 0; i < RISK_NUMBERS; i++)
		k->used[i] = of[i] == KIND_COUNT ? k->rev || i == RISK_TENURE : (present & KIND_BIT(of[i])) != 0;
	k->used[RISK_MRR] = k->used[RISK_CANCELLED] = k->leaving.contracts;
	k->used[RISK_LATE] = k->used[RISK_LATE] && store_has_field(k->p->store, F_PROMISED_BY);
	k->directions = store_has_field(k->p->store, F_DIRECTION);
	k->promises = store_has_field(k->p->store, F_PROMISED_BY) && present & KIND_BIT(KIND_INTERACTIONS);
}

enum wend_err risk_plan_make(struct risk_plan *k, const struct population *p, const struct churn_options *o, const struct risk_options *ro_risk, const struct report_options *ro, const struct leaving *l, struct err *err)
{
	*k = (struct risk_plan){ .p = p, .horizon = ro_risk->horizon > 0 ? (int32_t)ro_risk->horizon : SEASON, .seed = (uint64_t)ro_risk->seed };
	enum wend_err e = WEND_OK;
	k->borrowed = l != NULL;
	if (l)
		k->leaving = *l;
	else
		e = churn_leaving(&k->leaving, p, o, ro, &k->said, err);
	if (e)
		return e;
	if (!k->leaving.contracts) {
		k->rev = (struct revenue *)k->leaving.revenue;
	} else if (p->present & KIND_BIT(KIND_ORDERS)) {
		k->rev = xcalloc(1, sizeof *k->rev);
		k->own_rev = true;
		if ((e = revenue_choose(k->rev, p, ro->revenue, err)))
			return e;
	}
	if ((e = add_words(k, ro_risk, err)) || (e = add_coverage(k, err)))
		return e;
	add_landmarks(k);
	choose_numbers(k);
	return WEND_OK;
}

void risk_plan_release(struct risk_plan *k)
{
	if (k->own_rev) {
		revenue_release(k->rev);
		free(k->rev);
	}
	if (!k->borrowed)
		churn_leaving_release(&k->leaving);
	str_release(&k->said);
}
