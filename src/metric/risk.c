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
#include "wend/hash.h"
#include "wend/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_MONTHS = 12, PIECE = 4096 };
#define MONTH_DAYS 30.4375
#define LEAST_POINTS 0.005

struct why {
	float points;
	int16_t column;           /* of the model; -1: none */
};
struct hit {
	uint32_t customer;
	float p, lo, hi;
	double mrr;               /* minor units; NaN = not known */
	struct why why[RISK_WHYS];
	float value[RISK_WHYS];   /* of the columns of the reasons: the number, or its code */
	int32_t last_contact;     /* days; -1 = none */
	int32_t contacts, owed;
};
struct acc {
	struct risk_room room;
	struct hit *v;
	size_t n, cap;
	int64_t lost;             /* silent beyond the window: not counted */
};
struct list {
	struct risk_plan k;
	struct risk_model m;
	const struct risk_options *o;
	struct hit *v;
	size_t n, at;
	uint32_t *order;
	double *value;            /* by hit: at risk, major units; NaN = not known */
	double keep;              /* share held back; 0 = none */
	int64_t lost;
	double expected, total;
	struct interval ci;
	struct str text;
	currency cur;
	bool margin;              /* set; else it is revenue */
	const struct store *store; /* outlives the population, of which the rows know nothing */
	bool in_touch;            /* contacts are in the store */
};

static const uint8_t side_of[RISK_NUMBERS] = {
	[RISK_SILENT] = SIDE_BUYING, [RISK_ORDERS] = SIDE_BUYING, [RISK_RECENT] = SIDE_BUYING, [RISK_GAP] = SIDE_BUYING, [RISK_SPENT] = SIDE_MONEY,
	[RISK_REFUNDS] = SIDE_REFUND, [RISK_TENURE] = SIDE_TIME, [RISK_MRR] = SIDE_PRICE, [RISK_CANCELLED] = SIDE_CANCELLED, [RISK_CONTACTS] = SIDE_CONTACT,
	[RISK_SINCE_CONTACT] = SIDE_CONTACT, [RISK_COMPLAINT] = SIDE_COMPLAINT, [RISK_FAILED] = SIDE_FAILED, [RISK_OVERDUE] = SIDE_OVERDUE, [RISK_LATE] = SIDE_LATE,
};

/* The greatest sums by side; each is told by the column of its side that adds most and is known. */
static void reasons(struct hit *h, const struct risk_model *m, const struct risk_one *one, const double *part)
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
		h->why[i] = (struct why){ (float)sum[best], told[best] };
		h->value[i] = (float)(at < RISK_NUMBERS ? one->x[at] : one->code[at - RISK_NUMBERS]);
		sum[best] = 0;
	}
}

/* Contacts as a person counts them, and answers that are owed: asked, promised by a moment that
 * has passed, and neither answered nor solved. */
static void contacts(struct hit *h, const struct list *l, const struct journey *j, const struct risk_room *w)
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
	const struct list *l = ctx;
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
	struct hit h = { .customer = j->rows.customer, .p = NAN, .lo = NAN, .hi = NAN, .mrr = row.x[RISK_MRR] };
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
	GROW(a->v, a->cap, a->n + b->n);
	if (b->n)
		memcpy(a->v + a->n, b->v, b->n * sizeof *b->v);
	a->n += b->n;
	a->lost += b->lost;
	free(b->v);
	day_room_merge(&a->room.days, &b->room.days);
	b->room.days = (struct day_room){ 0 };
	risk_room_release(&b->room);
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

static double minor_of(currency c)
{
	const int e = c ? currency_exponent(c) : 2;
	return pow(10, e < 0 ? 2 : e);
}

/* What each would bring in 12 months by the purchase models. */
static enum wend_err by_purchases(struct list *l, const struct population *p, const struct report_options *ro, struct err *err)
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

static enum wend_err by_contracts(struct list *l, const struct population *p, struct err *err)
{
	const struct ltv_options o = { .margin = l->o->margin, .discount = NAN };
	struct value_terms t;
	const enum wend_err e = value_terms_read(&t, p, &o, "week", err);
	const double minor = minor_of(l->cur);
	l->margin = t.has_margin;
	for (size_t i = 0; i < l->n; i++)
		l->value[i] = (double)l->v[i].p * l->v[i].mrr / minor * t.margin * months_kept(l->v[i].p, l->k.horizon);
	return e;
}

/* ---- order and totals ---- */

static void rank_all(struct list *l)
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
static void add_up(struct list *l)
{
	double chance = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct hit *h = &l->v[l->order[i]];
		l->expected += h->p;
		chance += (double)h->p * (1 - (double)h->p);
		l->total += isnan(l->value[l->order[i]]) ? 0 : l->value[l->order[i]];
	}
	const struct judged *b = &l->m.back;
	const double level = b->n ? b->share * (1 - b->share) / (double)b->n : 0;
	const double half = Z95 * sqrt(chance + level * (double)l->n * (double)l->n);
	l->ci = (struct interval){ fmax(0, l->expected - half), fmin((double)l->n, l->expected + half) };
}

/* ---- words ---- */

static void say_why(struct str *s, const struct list *l, const struct hit *h, int i)
{
	static const struct {
		const char *one, *many; /* NULL: `many` says it whatever the number */
	} words[RISK_NUMBERS] = {
		[RISK_SILENT] = { NULL, "no purchase for %s days" }, [RISK_ORDERS] = { "bought once only", "%s purchases so far" },
		[RISK_RECENT] = { NULL, "%s purchases in 90 days" }, [RISK_GAP] = { NULL, "buys every %s days" }, [RISK_SPENT] = { NULL, "spent %s so far" },
		[RISK_REFUNDS] = { "1 refund in a year", "%s refunds in a year" }, [RISK_TENURE] = { NULL, "customer for %s days" }, [RISK_MRR] = { NULL, "pays %s a month" },
		[RISK_CANCELLED] = { "has cancelled", "has not cancelled" }, [RISK_CONTACTS] = { "1 contact in 30 days", "%s contacts in 30 days" },
		[RISK_SINCE_CONTACT] = { NULL, "last contact %s days ago" }, [RISK_COMPLAINT] = { NULL, "complaint %s days ago" },
		[RISK_FAILED] = { NULL, "payment failed %s days ago" }, [RISK_OVERDUE] = { "1 invoice overdue", "%s invoices overdue" },
		[RISK_LATE] = { "1 late delivery in 180 days", "%s late deliveries in 180 days" },
	};
	const int at = l->m.column[h->why[i].column], w = at - RISK_NUMBERS;
	const double v = (double)h->value[i];
	if (w >= 0) {
		str_printf(s, "%s %s", field_defs[l->k.word[w]].name, l->m.name[w][(size_t)v]);
	} else if (words[at].one && fabs(v - 1) < 0.5) {
		str_puts(s, words[at].one);
	} else if (v >= 365 && (at == RISK_SINCE_CONTACT || at == RISK_COMPLAINT || at == RISK_FAILED)) {
		str_puts(s, at == RISK_SINCE_CONTACT ? "no contact for a year" : at == RISK_COMPLAINT ? "no complaint in a year" : "no failed payment in a year");
	} else if (v < 1 && (at == RISK_SILENT || at == RISK_SINCE_CONTACT || at == RISK_COMPLAINT || at == RISK_FAILED)) {
		str_puts(s, at == RISK_SILENT ? "bought today" : at == RISK_SINCE_CONTACT ? "in contact today" : at == RISK_COMPLAINT ? "complaint today" : "payment failed today");
	} else {
		const bool money = at == RISK_SPENT || at == RISK_MRR;
		const char *mark = strstr(words[at].many, "%s");
		str_add(s, words[at].many, mark ? (size_t)(mark - words[at].many) : strlen(words[at].many));
		if (mark) {
			if (v > 0 || !money)
				say_real(s, money ? v / minor_of(l->cur) : v, money ? 2 : 0);
			else
				str_puts(s, "nothing");
			str_puts(s, mark + 2);
		}
	}
	str_puts(s, " (+");
	say_real(s, (double)h->why[i].points * 100, 0);
	str_putc(s, ')');
}

static bool held_back(const struct list *l, uint32_t customer)
{
	const struct sv name = store_customer(l->store, customer);
	const uint64_t u = hash_mix(hash64(name.p, name.n) ^ hash_mix(l->k.seed + 0x6b656570u));
	return (double)(u >> 11) / 9007199254740992.0 < l->keep;
}

static void put_row(struct table *t, struct list *l, size_t rank)
{
	const uint32_t i = l->order[rank];
	const struct hit *h = &l->v[i];
	put_text(t, store_customer(l->store, h->customer));
	put_real(t, (double)h->p);
	put_int(t, isnan(h->p) ? WEND_NONE : (int64_t)rank + 1);
	put_real(t, l->value[i]);
	for (int k = 0; k < RISK_WHYS; k++) {
		str_reset(&l->text);
		if (h->why[k].column >= 0)
			say_why(&l->text, l, h, k);
		put_text(t, h->why[k].column >= 0 ? str_view(&l->text) : SV_NONE);
	}
	put_int(t, l->in_touch && h->last_contact >= 0 ? h->last_contact : WEND_NONE);
	put_int(t, l->in_touch ? h->contacts : WEND_NONE);
	put_int(t, l->k.promises ? h->owed : WEND_NONE);
	put_real(t, (double)h->lo);
	put_real(t, (double)h->hi);
	if (l->keep > 0)
		put_z(t, held_back(l, h->customer) ? "yes" : "no");
}

static bool more_rows(struct table *t, void *ctx)
{
	struct list *l = ctx;
	const size_t end = l->at + PIECE < l->n ? l->at + PIECE : l->n;
	if (l->at == end)
		return false;
	while (l->at < end)
		put_row(t, l, l->at++);
	return true;
}

static void list_free(void *ctx)
{
	struct list *l = ctx;
	risk_model_release(&l->m);
	risk_plan_release(&l->k);
	free(l->v);
	free(l->order);
	free(l->value);
	str_release(&l->text);
	free(l);
}

static void columns(struct table *t, const struct list *l)
{
	char code[4] = "";
	if (l->cur)
		currency_text(code, l->cur);
	const char *money = *code ? arena_strdup(&t->arena, code) : NULL;
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, arena_printf(&t->arena, "p_%dd", (int)l->k.horizon), COL_SHARE, NULL, 1);
	table_col(t, "rank", COL_INT, NULL, 0);
	table_col(t, "value_at_risk", COL_REAL, money, 2);
	table_col(t, "why1", COL_TEXT, NULL, -1);
	table_col(t, "why2", COL_TEXT, NULL, -1);
	table_col(t, "why3", COL_TEXT, NULL, -1);
	table_col(t, "last_contact_days", COL_INT, "days", 0);
	table_col(t, "contacts_30d", COL_INT, NULL, 0);
	table_col(t, "owed_reply", COL_INT, NULL, 0);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	if (l->keep > 0)
		table_col(t, "held_back", COL_TEXT, NULL, -1);
	t->customer_col = "customer";
}

static void say_back(struct str *s, const struct list *l)
{
	const struct judged *b = &l->m.back;
	if (!b->n)
		return;
	if (l->m.held_out) {
		str_puts(s, " Held out fold by fold: ");
	} else {
		str_puts(s, " Looking back from ");
		day_text(s, l->m.back_day);
		str_puts(s, ": ");
	}
	say_share(s, b->expected);
	str_puts(s, " foreseen, ");
	say_share(s, b->share);
	str_puts(s, " came, AUC ");
	say_real(s, b->auc, 2);
	if (!isnan(b->auc_ci.lo)) {
		str_puts(s, " (");
		say_real(s, b->auc_ci.lo, 2);
		str_puts(s, " to ");
		say_real(s, b->auc_ci.hi, 2);
		str_putc(s, ')');
	}
	if (!isnan(b->slope)) {
		str_puts(s, ", slope ");
		say_real(s, b->slope, 2);
	}
	str_puts(s, " (n = ");
	say_count(s, b->n);
	str_puts(s, ").");
}

static void find(struct str *s, const struct list *l)
{
	const char *what = l->k.leaving.contracts ? "will leave" : "will buy nothing";
	if (!l->n) {
		str_puts(s, "no customer who could leave.");
		return;
	}
	if (!l->m.curves) {
		say_things(s, (int64_t)l->n, "customer", "customers");
		str_printf(s, "; nothing is foreseen: %s.", !l->k.landmarks ? "the data reach back less than a horizon and a half" : l->m.events ? "nobody stayed in the data it could learn from" : "nobody left in the data it could learn from");
		return;
	}
	str_printf(s, "about ");
	say_count(s, (int64_t)llround(l->expected));
	str_puts(s, " of ");
	say_things(s, (int64_t)l->n, "customer", "customers");
	str_printf(s, " %s in the next %d days (", what, (int)l->k.horizon);
	say_real(s, l->ci.lo, 0);
	str_puts(s, " to ");
	say_real(s, l->ci.hi, 0);
	str_putc(s, ')');
	double held = 0;
	const size_t tenth = (l->n + 9) / 10;
	for (size_t i = 0; i < tenth; i++)
		held += isnan(l->value[l->order[i]]) ? 0 : l->value[l->order[i]];
	if (l->total > 0) {
		char code[4] = "";
		if (l->cur)
			currency_text(code, l->cur);
		str_printf(s, "; %s%s", code, *code ? " " : "");
		say_real(s, l->total, 0);
		str_printf(s, " %s of 12 months is at risk, ", l->margin ? "margin" : "revenue");
		say_real(s, held, 0);
		str_puts(s, " of it with the ");
		say_count(s, (int64_t)tenth);
		str_puts(s, " likeliest");
	}
	str_putc(s, '.');
	say_back(s, l);
}

static void define(struct report *r, const struct list *l)
{
	const struct risk_model *m = &l->m;
	str_printf(&r->definition, "p = chance %s %d days after %s; ", l->k.leaving.contracts ? "to leave in the" : "to buy nothing in the", (int)l->k.horizon, l->k.p->as_of_text);
	str_sv(&r->definition, str_view(&l->k.said));
	if (!m->curves)
		return;
	str_printf(&r->definition, "; %s, learned from ", m->chances && m->chances->boost ? "boosted trees" : "logistic regression with splines");
	say_things(&r->definition, (int64_t)m->people, "customer at ", "customers at ");
	say_things(&r->definition, l->k.landmarks, "earlier day", "earlier days");
	if (m->chances && m->chances->automatic)
		str_printf(&r->definition, " (-log chance held out: curves %.4f, trees %.4f)", m->chances->loss_logit, m->chances->loss_boost);
	str_puts(&r->definition, "; why: points of p against the middle of all");
}

static void explain(struct report *r, const struct list *l)
{
	struct str days = STR_INIT;
	for (int i = l->k.landmarks; i-- > 0;) {
		day_text(&days, l->k.landmark[i]);
		str_puts(&days, i ? ", " : "");
	}
	line_add(&r->explain.text, "learned at the ends of %s: %lld rows, %lld left within %d days; nothing dated later is in a row", days.n ? days.p : "no day",
		 (long long)l->m.n, (long long)l->m.events, (int)l->k.horizon);
	if (l->m.curves) {
		const struct additive_said *said = additive_said(l->m.curves);
		line_add(&r->explain.text, "log odds are a sum of curves, each as smooth as the data want: %.1f degrees of freedom", said->df);
		for (size_t i = 0; i < said->nleft_out; i++)
			line_add(&r->explain.text, "left out: %s", said->left_out[i]);
		for (size_t i = 0; i < said->npair; i++)
			line_add(&r->explain.text, "act together: %s and %s", l->m.v[said->pair[i].a].name, l->m.v[said->pair[i].b].name);
	}
	line_add(&r->explain.text, "fields of a customer without a date count only where they never change: acquired_channel, country and those of --fixed");
	if (l->lost && !l->o->everyone)
		line_add(&r->explain.text, "%lld have left by silence and are not listed; --everyone lists them", (long long)l->lost);
	str_release(&days);
}

static void draw(struct report *r, const struct risk_model *m)
{
	struct figure *f = &r->figure;
	f->kind = FIG_BAND;
	f->title = "Chances foreseen and what came";
	f->x_label = "chance foreseen";
	f->y_label = "share that left";
	f->ref = NAN;
	table_col(&f->data, "foreseen", COL_SHARE, NULL, 1);
	table_col(&f->data, "came", COL_SHARE, NULL, 1);
	table_col(&f->data, "lo", COL_SHARE, NULL, 1);
	table_col(&f->data, "hi", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < m->parts; i++) {
		put_real(&f->data, m->part[i].chance);
		put_real(&f->data, m->part[i].share);
		put_real(&f->data, m->part[i].ci.lo);
		put_real(&f->data, m->part[i].ci.hi);
	}
}

static enum wend_err keep_share(struct list *l, struct err *err)
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

static enum wend_err apply(struct list *l, struct fold_counts *n, struct err *err)
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
	struct list *l = xcalloc(1, sizeof *l);
	struct fold_counts n = { 0 };
	l->o = k;
	l->store = p->store;
	l->in_touch = p->present & KIND_BIT(KIND_INTERACTIONS);
	enum wend_err e = keep_share(l, err);
	if (e || (e = risk_plan_make(&l->k, p, o, k, ro, err)) || (e = risk_learn(&l->m, &l->k, k, err)) || (e = apply(l, &n, err)))
		goto fail;
	if ((e = l->k.leaving.contracts ? by_contracts(l, p, err) : by_purchases(l, p, ro, err)))
		goto fail;
	rank_all(l);
	add_up(l);
	columns(&r->table, l);
	find(&r->finding, l);
	define(r, l);
	explain(r, l);
	draw(r, &l->m);
	line_add(&r->next, "wend churn risk --top 100 --with name,phone -o call.csv");
	line_add(&r->next, "wend churn risk --top 100 | wend ltv customers --only -");
	r->not_converged = k->model && strcmp(k->model, "auto") && !l->m.curves && l->n;
	e = say_scope(&r->finding, p, &n, l->k.leaving.contracts ? KIND_BIT(KIND_SUBSCRIPTIONS) : KIND_BIT(l->k.rev->source), err);
	report_scope(r, p, &n);
	r->table.source = (struct row_source){ more_rows, list_free, l };
	return e;
fail:
	list_free(l);
	return e;
}
