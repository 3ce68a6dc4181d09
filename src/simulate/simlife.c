/* One customer from the first visit to the end: an exact simulation of competing hazards.
 * Between two things that happen, the hazard of leaving is constant except where the
 * effect of a cause runs out, so it is integrated piece by piece against one exponential
 * number: the customer leaves where the integral reaches it. */
#include "simrows.h"

#include <math.h>
#include <stdio.h>

const struct cause_def cause_defs[C_COUNT] = {
	[C_LATE] = { "late_delivery", "parcel late", P_LATE, P_LATE_LEAVE, P_LATE_DAYS, P_LATE_CONTACT, "a late order (hotel: a room not ready)" },
	[C_PAYFAIL] = { "payment_failed", "payment:failed", P_PAYFAIL, P_PAYFAIL_LEAVE, P_PAYFAIL_DAYS, P_PAYFAIL_CONTACT, "a payment that failed" },
	[C_COMPLAINT] = { "unsolved_complaint", "ticket", P_COMPLAINT, P_COMPLAINT_LEAVE, P_COMPLAINT_DAYS, -1, "a complaint that nobody solves: its ticket stays open" },
	[C_LOGIN] = { "login", "login", P_LOGIN, P_LOGIN_LEAVE, P_LOGIN_DAYS, -1, "a login: those who use it stay longer" },
	[C_FATIGUE] = { "contact_fatigue", "promotion", -1, P_FATIGUE_LEAVE, -1, -1, "fatigue-knee promotions or more in 30 days" },
	[C_INVOICE_ERROR] = { "invoice_error", "invoice error", P_INVOICE_ERROR, -1, -1, P_INVOICE_CONTACT, "a wrong invoice: contacts, but no leaving" },
	[C_TICKET] = { "any_ticket", "ticket", P_TICKET, -1, -1, -1, "a harmless question; who asks more, leaves less" },
	[C_MAIL] = { "promotion", "promotion", P_MAIL_RATE, -1, -1, -1, "one promotion alone changes nothing" },
	[C_SURVEY] = { "survey_answer", "survey", P_SURVEY, -1, -1, -1, "an answer to a survey changes nothing" },
	[C_CANCEL_PAGE] = { "cancel_page", "leaving page", P_CANCEL_PAGE, -1, -1, -1, "leavers see the page, it makes nobody leave" },
	[C_SUPPORT_MAIL] = { "support_mail", "support mail", P_SUPPORT_MAIL, -1, -1, -1, "our mail after a contact: a consequence, no cause" },
};

const char *const site_steps[3][SITE_COUNT] = {
	{ "visit", "account opened", "login", "parcel late", "invoice error", "leaving page", "home" },
	{ "visit", "signed up", "login", "outage", "invoice error", "leaving page", "home" },
	{ "visit", "account opened", "login", "room not ready", "invoice error", "leaving page", "home" },
};

enum act { A_ORDER, A_LOGIN, A_TICKET, A_COMPLAINT, A_PAYFAIL, A_INVOICE_ERROR, A_SURVEY, A_CANCEL_PAGE, A_MAIL, A_PLAN, A_RATES,
	A_LATE = A_RATES, A_CONTACT, A_SUPPORT_MAIL, A_BILL, A_TRIAL_END };
struct pending {
	double when;
	enum act act;
	int x;
};
enum { PENDING = 64, CONTACTS_KEPT = 16 };

struct life {
	struct teller *t;
	const struct sim *s;
	struct person p;
	struct rng r;
	double now, base, budget, rate[A_RATES], total, until[C_COUNT], young_until;
	double activity, purchase_week, stop_week, promotion[CONTACTS_KEPT], last_contact;
	struct pending pend[PENDING];
	unsigned npend, promotions;
	uint32_t orders, tickets, calls, surveys, bills, fails, contracts, contract_from;
	int plan;
	int64_t counted, revenue;
	uint8_t place;  /* of the last order */
	bool left, trial, met[C_COUNT];
};

/* ---- noting what happens ---- */

static bool note(struct teller *t, enum family f, double when, uint32_t who, uint32_t k, unsigned what, unsigned x, uint32_t y)
{
	const struct sim *s = t->s;
	const struct family_def *d = &s->co->family[f];
	struct event e = { .t = (uint32_t)when, .who = who, .k = k, .y = y, .what = (uint16_t)what, .x = (uint16_t)x };
	if (!d->name || e.t >= s->end)
		return false;
	if (d->late && e.t < s->source_start) {
		t->facts.n[N_HIDDEN]++;
		return false;
	}
	int m = sim_month_of(s, e.t);
	if (t->w)
		spill_add(t->w, bucket_of(f, m, e.t >= s->tail[m]), &e);
	return true;
}

static bool noted(struct life *l, enum family f, double when, uint32_t k, unsigned what, unsigned x, uint32_t y)
{
	return note(l->t, f, when, l->p.who, k, what, x, y);
}

static void later(struct life *l, double when, enum act act, int x)
{
	if (when < l->s->end && l->npend < PENDING)
		l->pend[l->npend++] = (struct pending){ when, act, x };
}

/* ---- causes ---- */

static double multiplier(const struct life *l, enum cause c)
{
	int param = cause_defs[c].leave;
	return param < 0 || isnan(l->s->p[param]) ? 1 : l->s->p[param];
}

static void begin_effect(struct life *l, enum cause c)
{
	int days = cause_defs[c].days;
	if (days >= 0)
		l->until[c] = l->now + l->s->p[days] * 86400;
}

/* A cause happened; `seen` when some file tells of it. */
static void cause(struct life *l, enum cause c, bool seen)
{
	int64_t *f = l->t->facts.cause[c];
	int contact = cause_defs[c].contact;
	f[CF_EVENTS]++;
	f[CF_SEEN] += seen;
	f[CF_PEOPLE] += !l->met[c];
	l->met[c] = true;
	begin_effect(l, c);
	if (contact >= 0 && !isnan(l->s->p[contact]) && rng_chance(&l->r, l->s->p[contact]))
		later(l, l->now + 3600 + rng_unit(&l->r) * (7 * 86400 - 7200), A_CONTACT, (int)c);
}

static double hazard(const struct life *l, double at)
{
	double h = l->base * (at < l->young_until ? l->s->p[P_YOUNG_LEAVE] : 1);
	for (int c = 0; c < C_LEAVING; c++)
		if (l->until[c] > at)
			h *= multiplier(l, (enum cause)c);
	return h;
}

/* Live until `to`; true when the customer left before. */
static bool left_before(struct life *l, double to)
{
	while (l->now < to) {
		double next = to;
		for (int c = 0; c < C_LEAVING; c++)
			if (l->until[c] > l->now && l->until[c] < next)
				next = l->until[c];
		if (l->young_until > l->now && l->young_until < next)
			next = l->young_until;
		double h = hazard(l, l->now), spent = h * (next - l->now);
		if (spent >= l->budget) {
			l->now += l->budget / h;
			return true;
		}
		l->budget -= spent;
		l->now = next;
	}
	return false;
}

/* Of a leaving under several effects, the share above one is theirs, by their excess. */
static int because(struct life *l)
{
	double product = 1, excess = 0;
	for (int c = 0; c < C_LEAVING; c++) {
		double m = l->until[c] > l->now ? multiplier(l, (enum cause)c) : 1;
		l->t->facts.cause[c][CF_LEFT_WITHIN] += l->until[c] > l->now;
		product *= m;
		excess += m > 1 ? m - 1 : 0;
	}
	double u = rng_unit(&l->r);
	if (product <= 1 || u < 1 / product)
		return -1;
	u = rng_unit(&l->r) * excess;
	for (int c = 0; c < C_LEAVING; c++) {
		double m = l->until[c] > l->now ? multiplier(l, (enum cause)c) : 1;
		u -= m > 1 ? m - 1 : 0;
		if (m > 1 && u <= 0)
			return c;
	}
	return -1;
}

/* ---- what can happen ---- */

static bool contact(struct life *l, int cause_or_none)
{
	static const uint8_t topic_of[C_COUNT] = { [C_LATE] = TOPIC_DELIVERY, [C_PAYFAIL] = TOPIC_PAYMENT, [C_COMPLAINT] = TOPIC_COMPLAINT, [C_INVOICE_ERROR] = TOPIC_INVOICE, [C_TICKET] = TOPIC_QUESTION };
	bool caused = cause_or_none == C_LATE || cause_or_none == C_PAYFAIL || cause_or_none == C_INVOICE_ERROR;
	unsigned topic = topic_of[cause_or_none];
	/* Who stands behind a front desk does not call from a number of one's own. */
	bool call = l->s->co->family[F_CALLS].name && cause_or_none != C_COMPLAINT && !l->p.kiosk && rng_chance(&l->r, 0.7);
	bool seen = call ? noted(l, F_CALLS, l->now, l->calls++, 0, topic, 0) : noted(l, F_HELP, l->now, l->tickets++, 0, topic, 0);
	if (seen) {
		l->t->facts.n[N_CONTACTS]++;
		l->t->facts.n[N_CONTACTS_CAUSED] += caused;
		l->t->facts.cause[cause_or_none][CF_CONTACTS] += caused;
		l->last_contact = l->now;
	}
	if (rng_chance(&l->r, l->s->p[P_SUPPORT_MAIL]))
		later(l, l->now + 3600 + rng_unit(&l->r) * 3 * 86400, A_SUPPORT_MAIL, 0);
	return seen;
}

static void promotion(struct life *l)
{
	unsigned knee = (unsigned)l->s->p[P_FATIGUE_KNEE];
	bool seen = noted(l, F_MAILINGS, l->now, l->promotions, MAILING_PROMOTION, 0, 0);
	l->promotion[l->promotions++ % CONTACTS_KEPT] = l->now;
	cause(l, C_MAIL, seen);
	if (l->promotions < knee)
		return;
	double first = l->promotion[(l->promotions - knee) % CONTACTS_KEPT];
	if (first + 30 * 86400 <= l->now)
		return;
	if (l->until[C_FATIGUE] <= l->now)
		cause(l, C_FATIGUE, seen);
	l->until[C_FATIGUE] = first + 30 * 86400;
}

static void count_refund(struct life *l, const struct order *o)
{
	static const uint8_t which[] = { [REFUND_WHOLE_STAMPED] = N_REFUND_STAMPED, [REFUND_WHOLE] = N_REFUND_PLAIN, [REFUND_PARTIAL] = N_REFUND_PART, [REFUND_OWN_ROW] = N_REFUND_ROW };
	l->t->facts.n[which[o->refund]]++;
	l->t->facts.money[o->currency][MF_REFUNDS] += o->refunded;
	l->revenue -= o->refunded;
}

static void count_order(struct life *l, const struct order *o, enum family f)
{
	struct facts *a = &l->t->facts;
	uint32_t seen = sim_last_seen(l->s, f, (uint32_t)l->now);
	a->n[N_ORDERS_ALL]++;
	a->n[N_ORDER_LINES] += f == F_ORDERS ? o->lines : 1;
	a->n[N_ORDERS_VOIDED] += o->voided;
	if (!order_is_paid(o, seen)) {
		a->n[N_ORDERS_UNPAID] += !o->voided;
		return;
	}
	a->n[N_ORDERS]++;
	a->kiosk_orders += l->p.kiosk;
	a->money[o->currency][MF_GROSS] += o->total;
	a->money[o->currency][MF_ORDERS]++;
	a->place[o->place][PF_ORDERS]++;
	a->place[o->place][PF_LATE] += o->late;
	l->counted++;
	l->revenue += o->total;
	if (o->refund == REFUND_OWN_ROW ? o->refund_at < l->s->end : order_is_refunded(o, seen))
		count_refund(l, o);
}

/* Sales without a name happen beside those with one. */
static void guest_sale(struct life *l, uint32_t k)
{
	double guests = l->s->p[P_GUESTS];
	enum family f = l->s->kind == HOTEL ? F_ORDERS : F_TILL_SALES;
	if (isnan(guests) || !rng_chance(&l->r, guests))
		return;
	double when = l->now + rng_unit(&l->r) * 86400;
	struct order o;
	if (!noted(l, f, when, k, EV_GUEST, 0, 0))
		return;
	order_make(&o, l->s, &l->p, k, (uint32_t)when, true);
	l->t->facts.n[N_GUESTS]++;
	l->t->facts.n[N_ORDERS_ALL]++;
	l->t->facts.n[N_ORDER_LINES]++;
	l->t->facts.money[0][MF_GROSS] += o.total;
	l->t->facts.money[0][MF_GUESTS] += o.total;
	l->t->facts.money[0][MF_ORDERS]++;
	l->t->facts.place[o.place][PF_ORDERS]++;
	l->t->facts.place[o.place][PF_LATE] += o.late;
}

static void purchase(struct life *l)
{
	struct order o;
	uint32_t k = l->orders++, t = (uint32_t)l->now;
	order_make(&o, l->s, &l->p, k, t, false);
	enum family f = o.pay == PAY_TILL ? F_TILL_SALES : F_ORDERS;
	noted(l, f, l->now, k, EV_PLAIN, 0, 0);
	count_order(l, &o, f);
	l->place = o.place;
	if (o.pay == PAY_PAYPAL) {
		noted(l, F_PAYPAL, l->now + 60, k, EV_PLAIN, 0, t);
		if (o.refund)
			noted(l, F_PAYPAL, o.refund_at, k, EV_REFUND, 0, t);
	} else if (o.refund == REFUND_OWN_ROW) {
		noted(l, f, o.refund_at, k, EV_REFUND, 0, t);
	}
	if (o.pay == PAY_CARD) {
		if (o.card_failed) {
			bool seen = noted(l, F_CARD, l->now, k, EV_FAILED, 0, t);
			cause(l, C_PAYFAIL, seen);
		}
		noted(l, F_CARD, l->now + 60, k, EV_PLAIN, 0, t);
	}
	if (o.pay == PAY_INVOICE)
		noted(l, F_BILLS, l->now + (l->s->kind == HOTEL ? o.nights * 86400.0 : 0), k, EV_PLAIN, 0, t);
	if (o.late)
		later(l, l->now + 2 * 86400, A_LATE, (int)o.place);
	guest_sale(l, k);
}

static void contract_end(struct life *l, unsigned how)
{
	uint32_t to = how == CONTRACT_LIVE ? UINT32_MAX : (uint32_t)l->now;
	bool trial = l->trial && !l->contracts;
	noted(l, F_CONTRACTS, l->contract_from, l->contracts++, how | (trial ? 16 : 0), (unsigned)l->plan, to);
	l->t->facts.n[N_CONTRACTS]++;
	l->contract_from = (uint32_t)l->now;
}

static void change_plan(struct life *l)
{
	int to = l->plan == 0 ? 1 : l->plan == 2 ? 1 : rng_chance(&l->r, 0.6) ? 2 : 0;
	/* Whole days, so that no contract is shorter than one. */
	if (l->now < l->young_until || l->now - l->contract_from < 2 * 86400)
		return;
	contract_end(l, CONTRACT_CHANGED);
	l->t->facts.n[to > l->plan ? N_PLAN_UP : N_PLAN_DOWN]++;
	l->plan = to;
}

static void bill(struct life *l)
{
	uint32_t k = l->bills++, t = (uint32_t)l->now;
	struct payment a;
	struct facts *f = &l->t->facts;
	noted(l, F_CARD, l->now, k, EV_PLAIN, (unsigned)l->plan, 0);
	payment_make(&a, l->s, &l->p, k, l->plan, t);
	f->n[N_PAYMENTS]++;
	f->money[l->p.currency][MF_GROSS] += a.amount;
	f->money[l->p.currency][MF_ORDERS]++;
	l->revenue += a.amount;
	l->counted++;
	if (a.refunded && a.refund_at <= sim_last_seen(l->s, F_CARD, t)) {
		f->n[a.refunded == a.amount ? N_REFUND_PLAIN : N_REFUND_PART]++;
		f->money[l->p.currency][MF_REFUNDS] += a.refunded;
		l->revenue -= a.refunded;
	}
	noted(l, F_BILLS, l->now, k, EV_PLAIN, (unsigned)l->plan, 0);
	later(l, l->now + 30.4375 * 86400, A_BILL, 0);
}

/* Begin the rates that wait for the first purchase or the end of a trial. */
static void start_paying(struct life *l)
{
	if (l->s->kind == SAAS) {
		l->base = l->s->p[P_HAZARD] / (0.3 + l->activity) / 86400;
		bill(l);
	}
}

static void trial_end(struct life *l)
{
	if (rng_chance(&l->r, l->s->p[P_TRIAL_LOST])) {
		l->t->facts.n[N_TRIALS_LOST]++;
		contract_end(l, CONTRACT_TRIAL_LOST);
		l->left = true;
		return;
	}
	start_paying(l);
}

/* Answers are worse after a late order, and about the worst place. */
static void survey(struct life *l)
{
	bool late = l->until[C_LATE] > l->now;
	uint32_t k = l->surveys++;
	bool seen = noted(l, F_SURVEY, l->now, k, 0, (unsigned)(late + 2 * l->place), 0);
	cause(l, C_SURVEY, seen);
	if (!seen)
		return;
	int score = survey_score(l->s, l->p.who, k, late, l->place);
	l->t->facts.n[N_SCORES]++;
	l->t->facts.n[N_SCORE_SUM] += score;
	l->t->facts.n[N_SCORES_LATE] += late;
	l->t->facts.n[N_SCORE_SUM_LATE] += late ? score : 0;
	l->t->facts.place[l->place][PF_SCORES]++;
	l->t->facts.place[l->place][PF_SCORE_SUM] += score;
}

static void happen(struct life *l, enum act act, int x)
{
	bool seen;
	switch (act) {
	case A_ORDER: purchase(l); break;
	case A_LOGIN:
		seen = noted(l, F_SITE, l->now, 0, SITE_LOGIN, 0, 0);
		if (rng_chance(&l->r, l->s->p[P_TIES]))
			noted(l, F_SITE, l->now, 0, SITE_HOME, 0, 0);
		cause(l, C_LOGIN, seen);
		break;
	case A_TICKET: cause(l, C_TICKET, contact(l, C_TICKET)); break;
	case A_COMPLAINT: cause(l, C_COMPLAINT, contact(l, C_COMPLAINT)); break;
	case A_PAYFAIL: cause(l, C_PAYFAIL, noted(l, F_CARD, l->now, l->fails++, EV_FAILED, (unsigned)l->plan, 0)); break;
	case A_INVOICE_ERROR: cause(l, C_INVOICE_ERROR, noted(l, F_SITE, l->now, 0, SITE_INVOICE_ERROR, 0, 0)); break;
	case A_SURVEY: survey(l); break;
	case A_CANCEL_PAGE: cause(l, C_CANCEL_PAGE, noted(l, F_SITE, l->now, 0, SITE_CANCEL_PAGE, 0, 0)); break;
	case A_MAIL: promotion(l); break;
	case A_PLAN: change_plan(l); break;
	case A_LATE: cause(l, C_LATE, noted(l, F_SITE, l->now, 0, SITE_LATE, (unsigned)x, 0)); break;
	case A_CONTACT: contact(l, x); break;
	case A_SUPPORT_MAIL: cause(l, C_SUPPORT_MAIL, noted(l, F_MAILINGS, l->now, 0, MAILING_SUPPORT, 0, 0)); break;
	case A_BILL: bill(l); break;
	case A_TRIAL_END: trial_end(l); break;
	}
}

/* ---- the beginning and the end ---- */

static void draw_rates(struct life *l)
{
	const double *p = l->s->p, day = 86400, week = 7 * day, a = l->activity;
	const struct channel_def *ch = &l->s->co->channel[l->p.channel];
	if (l->s->kind != SAAS) {
		l->purchase_week = rng_gamma(&l->r, p[P_RATE_SHAPE], 1 / p[P_RATE_WEEKS]) * (1 + p[P_CHANNELS] * (ch->rate - 1));
		l->stop_week = rng_gamma(&l->r, p[P_LEAVE_SHAPE], 1 / p[P_LEAVE_WEEKS]) * (1 + p[P_CHANNELS] * (ch->leave - 1));
		l->base = l->stop_week / week;
		l->rate[A_ORDER] = l->purchase_week / week;
	} else {
		l->rate[A_PAYFAIL] = p[P_PAYFAIL] / day;
		l->rate[A_PLAN] = p[P_PLAN_RATE] / day;
		l->young_until = l->p.joined + p[P_YOUNG_DAYS] * day;
	}
	l->rate[A_LOGIN] = p[P_LOGIN] * a / day;
	l->rate[A_TICKET] = p[P_TICKET] * a / day;
	l->rate[A_COMPLAINT] = p[P_COMPLAINT] / day;
	l->rate[A_INVOICE_ERROR] = p[P_INVOICE_ERROR] / day;
	l->rate[A_SURVEY] = p[P_SURVEY] * a / day;
	l->rate[A_CANCEL_PAGE] = p[P_CANCEL_PAGE] / day;
	if (l->p.gets_mail)
		l->rate[A_MAIL] = p[P_MAIL_RATE] * rng_gamma(&l->r, 1, 1) / (30 * day);
	for (int i = 0; i < A_RATES; i++)
		l->total += l->rate[i];
	l->budget = rng_exponential(&l->r);
}

/* Visits before the first purchase lead to the channel that won the customer. */
static bool visits(struct teller *t, uint32_t who, const struct rng *from, double until, unsigned channel)
{
	bool seen = false;
	struct rng r = *from;
	unsigned n = 1 + rng_poisson(&r, t->s->p[P_VISITS]);
	for (unsigned i = 0; i < n; i++) {
		double when = until - (i ? rng_unit(&r) * 20 : rng_unit(&r) * 0.5) * 86400;
		unsigned by = i ? rng_upto(&r, CHANNELS) : channel;
		if (when >= 0)
			seen |= note(t, F_SITE, when, who, i, SITE_VISIT, by, 0);
	}
	return seen;
}

static void begin(struct life *l)
{
	struct rng r;
	l->now = l->p.joined;
	rng_init(&r, l->s->seed, l->p.who, S_VISITS);
	visits(l->t, l->p.who, &r, l->now, l->p.channel);
	noted(l, F_SITE, l->now, 0, SITE_SIGNUP, l->p.channel, 0);
	l->contract_from = l->p.joined;
	l->plan = (int)rng_upto(&l->r, 3);
	if (l->s->kind != SAAS)
		purchase(l);
	else if ((l->trial = rng_chance(&l->r, l->s->p[P_TRIAL_SHARE])))
		later(l, l->now + 14 * 86400, A_TRIAL_END, 0);
	else
		start_paying(l);
}

static void count_silence(struct life *l)
{
	const struct sim *s = l->s;
	int64_t *n = l->t->facts.n;
	double window = s->p[P_SILENT_DAYS] * 86400;
	double from = s->co->family[F_HELP].late ? s->source_start : 0;
	if (l->last_contact >= 0 && l->last_contact > l->now - window)
		n[N_LEFT_HEARD]++;
	else if (l->now - window < from)
		n[N_LEFT_UNCOVERED]++;
	else
		n[N_LEFT_SILENT]++;
}

static int leave(struct life *l)
{
	int64_t *n = l->t->facts.n;
	int why = because(l);
	bool by_payment = l->s->kind == SAAS && why == C_PAYFAIL;
	l->left = true;
	n[N_LEFT]++;
	n[by_payment ? N_LEFT_BY_PAYMENT : N_LEFT_BY_CHOICE]++;
	l->t->facts.channel[l->p.channel][CH_LEFT]++;
	if (why < 0)
		n[N_LEFT_NO_CAUSE]++;
	else
		l->t->facts.cause[why][CF_LEFT_BECAUSE]++;
	count_silence(l);
	if (l->s->kind == SAAS)
		contract_end(l, by_payment ? CONTRACT_PAYMENT : CONTRACT_CHOICE);
	if (rng_chance(&l->r, l->s->p[P_CANCEL_LEAVERS])) {
		double when = l->now - rng_unit(&l->r) * 2 * 86400;
		if (when >= l->p.joined && noted(l, F_SITE, when, 0, SITE_CANCEL_PAGE, 1, 0))
			n[N_LEAVERS_CANCEL_PAGE]++;
	}
	return why;
}

static void tell(struct life *l, bool lost_trial, int why)
{
	const struct customer_truth c = {
		.left = l->left ? l->now : -1, .last_contact = l->last_contact, .activity = l->activity,
		.purchase_week = l->purchase_week, .stop_week = l->s->kind == SAAS ? l->base * 7 * 86400 : l->stop_week,
		.because = !l->left ? "" : lost_trial ? "trial" : why < 0 ? "nothing" : cause_defs[why].name,
		.orders = l->counted, .revenue = l->revenue,
	};
	customer_tell(&l->t->people, l->s, &l->p, &c);
}

static void close_books(struct life *l)
{
	struct facts *f = &l->t->facts;
	int64_t *ch = f->channel[l->p.channel];
	f->n[N_PERSONS]++;
	f->n[N_FAMILY] += l->p.family;
	f->n[N_KIOSK_IDS] += l->p.kiosk;
	f->n[N_ALIVE] += !l->left;
	f->n[N_BUYERS] += l->counted > 0;
	f->n[N_REPEATERS] += l->counted > 1;
	ch[CH_CUSTOMERS]++;
	ch[CH_ORDERS] += l->counted;
	ch[CH_REVENUE] += l->p.currency ? 0 : l->revenue;
}

/* What comes next by chance: the rates compete. */
static enum act draw_act(struct life *l)
{
	double u = rng_unit(&l->r) * l->total;
	int a = 0;
	while (a + 1 < A_RATES && u >= l->rate[a])
		u -= l->rate[a++];
	return (enum act)a;
}

void live(struct teller *t, uint32_t who)
{
	struct life l = { .t = t, .s = t->s, .last_contact = -1 };
	int why = -1;
	bool lost_trial = false;
	person_make(&l.p, t->s, who);
	l.activity = person_activity(t->s, who);
	rng_init(&l.r, t->s->seed, who, S_LIFE);
	draw_rates(&l);
	if (t->s->kind == SAAS)
		l.base = 0;
	begin(&l);
	while (!l.left) {
		double next = l.now + rng_exponential(&l.r) / l.total;
		unsigned first = l.npend;
		for (unsigned i = 0; i < l.npend; i++)
			if (l.pend[i].when < next) {
				next = l.pend[i].when;
				first = i;
			}
		double to = fmin(next, t->s->end);
		if (left_before(&l, to)) {
			why = leave(&l);
			break;
		}
		if (next >= t->s->end)
			break;
		if (first < l.npend) {
			struct pending p = l.pend[first];
			l.pend[first] = l.pend[--l.npend];
			happen(&l, p.act, p.x);
			lost_trial = l.left;
		} else {
			happen(&l, draw_act(&l), 0);
		}
	}
	if (t->s->kind == SAAS && !l.left)
		contract_end(&l, CONTRACT_LIVE);
	noted(&l, F_CRM, l.p.joined, 0, 0, l.left, (uint32_t)l.now);
	close_books(&l);
	if (t->tell)
		tell(&l, lost_trial, why);
}

void live_visitor(struct teller *t, uint32_t who)
{
	struct rng r;
	rng_init(&r, t->s->seed, who, S_VISITS);
	double until = rng_unit(&r) * t->s->end;
	unsigned channel = rng_upto(&r, CHANNELS);
	t->facts.n[N_VISITORS] += visits(t, who, &r, until, channel);
}
