/* touchpoints pain: which steps are followed by something bad more often than days alike, and
 * what that puts at stake; --good: by something good.
 *
 * Idea. Leaving has no before and after: the days that follow a step are compared with days of
 * customers who are alike but without the step.
 *
 *   alike, with contracts  in the same month of their time with us, with as many steps in the 90
 *                 days before (ten classes)
 *   alike, without         as many days after a purchase, which is the same number among theirs.
 *                 There leaving is known by silence, which is the likelier the longer it lasts: a
 *                 day soon after a purchase, on which parcels are late, is no day like one months
 *                 after it. Nor has he left who was heard of (came by, called, wrote, answered):
 *                 a contact is compared with days on which the customer was heard of, any other
 *                 step with days before which he had been quiet for about as long
 *   days with     each day a customer had the step, once in W days
 *   days without  every seventh day of every customer, from a day that hangs on his key, without
 *                 the step in the W days before
 *   outcome       within W days: he leaves (with contracts; else: it was his last purchase, silent for as long
 *                 as counts as leaving), complains, gets money back, scores 2 or less;
 *                 good: orders, praises, scores 4 or more. Only days followed for so long count
 *   diff          share with the outcome less that of days alike, weighted as the days with the
 *                 step are; the Mantel-Haenszel odds ratio beside (owncontrol.h)
 *   at stake      days with the step a month x diff x the value still to come of a customer
 *                 (metric/value, the mean of all)
 *
 * Few are rows with under 30 customers or 10 outcomes, and steps so frequent that there is not a
 * fifth as many days without.
 *
 * Customers alike are not the same customer: what drives both the step and leaving is not taken
 * out. 'churn why' compares customers with themselves.
 */
#include "pain_impl.h"
#include "validate_impl.h"
#include "wend/hash.h"

#include <math.h>

enum { GRID_DAYS = 7, BUSY_DAYS = 90, BUSY = 10, TENURES = 61, LAGS = 20, COUNTS = 5, HEARD = 3, HEARD_ON = LAGS * COUNTS * HEARD, MIN_CUSTOMERS = 30, MIN_OUTCOMES = 10 };
_Static_assert(TENURES * BUSY <= PAIN_STRATA && HEARD_ON + LAGS * COUNTS <= PAIN_STRATA, "room for the strata of either kind");

/* ---- options ---- */

static const struct {
	const char *name;
	unsigned bit;
	bool good;
} outcomes[] = {
	{ "churn", BAD_CHURN, false }, { "complaint", BAD_COMPLAINT, false }, { "refund", BAD_REFUND, false }, { "csat<=2", BAD_SCORE, false },
	{ "order", GOOD_ORDER, true }, { "praise", GOOD_PRAISE, true }, { "csat>=4", GOOD_SCORE, true },
};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static enum wend_err read_outcomes(unsigned *what, const struct cause_options *o, struct err *err)
{
	struct sv rest = sv_of(o->bad ? o->bad : ""), head;
	*what = 0;
	while (o->bad && sv_cut(&rest, ',', &head)) {
		size_t k = 0;
		while (k < OUTCOMES && !sv_is(sv_trim(head), outcomes[k].name))
			k++;
		if (k == OUTCOMES || outcomes[k].good != o->good)
			return err_set(err, WEND_E_USAGE, "'%.*s' is nothing %s to look for; give %s", (int)head.n, head.p, o->good ? "good" : "bad",
				       o->good ? "order,praise,csat>=4" : "churn,complaint,refund,csat<=2");
		*what |= outcomes[k].bit;
	}
	for (size_t k = 0; k < OUTCOMES && !o->bad; k++)
		*what |= outcomes[k].good == o->good ? outcomes[k].bit : 0;
	return WEND_OK;
}

static enum wend_err read_window(int32_t *days, const char *text, struct err *err)
{
	int64_t n = 30;
	struct sv v = sv_of(text ? text : "30d");
	if (v.n && v.p[v.n - 1] == 'd')
		v.n--;
	if (!sv_int(v, &n) || n < 1 || n > 365)
		return err_set(err, WEND_E_USAGE, "'%s' are no days; write them as 30d", text);
	*days = (int32_t)n;
	return WEND_OK;
}

/* ---- one journey ---- */

static uint32_t number_of(struct pain_acc *a, uint32_t code)
{
	const uint32_t id = ids_get(&a->ids, code);
	if (id == a->n) {
		GROW(a->v, a->cap, a->n + 1);
		a->v[a->n++] = (struct pain_entry){ .code = code, .with = xcalloc(PAIN_STRATA, sizeof(struct own_stratum)) };
	}
	return id;
}

/* As of this stretch. */
static struct pain_entry *entry_at(struct pain_acc *a, uint32_t id)
{
	struct pain_entry *e = &a->v[id];
	if (e->serial != a->serial) {
		e->serial = a->serial;
		e->last = e->seen = INT32_MIN / 2;
	}
	return e;
}

static bool is_outcome(const struct pain *x, const struct journey *j, const struct step *s)
{
	if (!(s->name & STEP_FIXED))
		return false;
	const enum fixed_step k = (enum fixed_step)(s->name & ~STEP_FIXED);
	const int64_t *score = j->rows.f[F_SCORE];
	const int64_t v = (k == STEP_SCORE || k == STEP_PRAISE || k == STEP_COMPLAINT) && score ? score[s->record] : WEND_NONE;
	return (x->what & BAD_COMPLAINT && k == STEP_COMPLAINT) || (x->what & BAD_REFUND && k == STEP_ORDER_REFUNDED) || (x->what & GOOD_ORDER && k == STEP_ORDER_PLACED) ||
	       (x->what & GOOD_PRAISE && k == STEP_PRAISE) || (x->what & BAD_SCORE && v != WEND_NONE && v <= 2000000) || (x->what & GOOD_SCORE && v != WEND_NONE && v >= 4000000);
}

/* Steps that begin or end being a customer are no causes; by their names neither those that are
 * the leaving itself. */
static bool is_cause(const struct pain *x, const struct step *s)
{
	static const enum fixed_step never[] = { STEP_SUB_CANCELLED, STEP_SUB_ENDED, STEP_CANCELLED, STEP_TRIAL_LOST, STEP_TRIAL_STARTED, STEP_SIGNED_UP };
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (s->name == (STEP_FIXED | never[i]))
			return false;
	return !step_says_leaving(step_name(x->p, s->name));
}

struct life {
	int32_t from, to;          /* days: there from, to */
	int32_t left;              /* contracts: day of leaving; silence: day of the last purchase; INT32_MAX */
	uint64_t key;
};

static bool followed(const struct pain *x, const struct pain_acc *a, const struct life *l, int32_t day)
{
	if (x->what & BAD_CHURN) {
		if (x->leaving.contracts ? l->left > day && l->left - day <= x->window : l->left <= day)
			return true;
	}
	size_t k;
	LOWER_BOUND(k, a->bad.n, a->bad.v[mid] <= day);
	return k < a->bad.n && a->bad.v[k] - day <= x->window;
}

/* The class of n: the first whose upper end it does not pass. */
static size_t class_of(int64_t n, const int16_t *upto, size_t classes)
{
	size_t c = 0;
	while (c + 1 < classes && n > upto[c])
		c++;
	return c;
}

/* Steps in the 90 days before. */
static int64_t busy(const struct pain_acc *a, int32_t day)
{
	size_t lo, hi;
	LOWER_BOUND(lo, a->steps.n, a->step[mid].day < day - BUSY_DAYS);
	LOWER_BOUND(hi, a->steps.n, a->step[mid].day < day);
	return (int64_t)(hi - lo);
}

static size_t by_tenure(const struct pain_acc *a, const struct life *l, int32_t day)
{
	static const int16_t steps[BUSY - 1] = { 0, 1, 2, 3, 5, 8, 12, 20, 35 };
	const int32_t month = (day - l->from) / 30;
	return (size_t)(month < TENURES ? month : TENURES - 1) * BUSY + class_of(busy(a, day), steps, BUSY);
}

/* How many of the days are not behind `day`. */
static size_t days_until(const struct day_list *l, int32_t day)
{
	size_t n;
	LOWER_BOUND(n, l->n, l->v[mid] <= day);
	return n;
}

/* Where a day belongs: one place, and a second where the customer was heard of on the day itself. */
static int by_purchase(size_t place[2], const struct pain_acc *a, int32_t day)
{
	static const int16_t lags[LAGS - 1] = { 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 23, 30, 45, 60, 90, 120, 180 };
	static const int16_t counts[COUNTS - 1] = { 1, 2, 3, 6 };
	static const int16_t heard[HEARD - 1] = { 7, 30 };
	const size_t n = days_until(&a->bought, day), h = days_until(&a->heard, day);
	const int32_t last = n ? a->bought.v[n - 1] : INT32_MIN / 2;
	const bool today = h && a->heard.v[h - 1] == day;
	const int32_t before = h > today ? a->heard.v[h - today - 1] : INT32_MIN;
	const int32_t quiet = before > last ? day - before : INT32_MAX;
	const size_t bought = class_of((int64_t)day - last, lags, LAGS) * COUNTS + class_of((int64_t)n, counts, COUNTS);
	place[0] = bought * HEARD + class_of(quiet, heard, HEARD);
	place[1] = HEARD_ON + bought;
	return today ? 2 : 1;
}

static int places(size_t place[2], const struct pain_acc *a, const struct pain *x, const struct life *l, int32_t day)
{
	if (!x->leaving.contracts)
		return by_purchase(place, a, day);
	place[0] = by_tenure(a, l, day);
	return 1;
}

static void with_step(struct pain_acc *a, const struct pain *x, const struct life *l, const struct pain_step *s)
{
	struct pain_entry *e = entry_at(a, s->entry);
	size_t place[2];
	if (s->day - e->last <= x->window)
		return;
	e->customers += e->who != a->customers;
	e->who = a->customers;
	e->last = s->day;
	e->times++;
	e->began += s->began;
	const bool out = followed(x, a, l, s->day);
	for (int k = places(place, a, x, l, s->day) - 1; k >= 0; k--) {
		e->with[place[k]].days[1]++;
		e->with[place[k]].outcomes[1] += out;
	}
}

/* A day of the grid, and whose it is not: of steps in the window before. */
static void without_step(struct pain_acc *a, const struct pain *x, const struct life *l, int32_t day, size_t from)
{
	size_t place[2];
	const int n = places(place, a, x, l, day);
	const bool out = followed(x, a, l, day);
	for (int k = 0; k < n; k++) {
		a->days[place[k]]++;
		a->outcomes[place[k]] += out;
	}
	for (size_t i = from; i < a->steps.n && a->step[i].day <= day; i++) {
		struct pain_entry *e = a->step[i].entry == UINT32_MAX ? NULL : entry_at(a, a->step[i].entry);
		if (!e || e->seen == day)
			continue;
		e->seen = day;
		for (int k = 0; k < n; k++) {
			e->with[place[k]].days[0]++;
			e->with[place[k]].outcomes[0] += out;
		}
	}
}

static void live(struct pain_acc *a, const struct pain *x, const struct life *l)
{
	const int32_t end = l->to < x->last_day ? l->to : x->last_day;
	size_t at = 0;
	for (size_t i = 0; i < a->steps.n; i++)
		if (a->step[i].day >= l->from && a->step[i].day <= end && a->step[i].entry != UINT32_MAX)
			with_step(a, x, l, &a->step[i]);
	for (int32_t grid = l->from + (int32_t)(l->key % GRID_DAYS); grid <= end; grid += GRID_DAYS) {
		while (at < a->steps.n && a->step[at].day < grid - x->window)
			at++;
		without_step(a, x, l, grid, at);
	}
}

static void day_once(struct day_list *l, int32_t day)
{
	if (l->n && l->v[l->n - 1] == day)
		return;
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = day;
}

/* Days with a purchase, of the records that are revenue. */
static void purchases(struct pain_acc *a, const struct pain *x, const struct journey *j)
{
	a->bought.n = 0;
	for (size_t i = 0; i < j->rows.n && !x->leaving.contracts; i++) {
		if (j->seen[i] || j->rows.time[i] == WEND_NONE)
			continue;
		const int64_t amount = revenue_of(x->leaving.revenue, &j->rows, i);
		if (amount != WEND_NONE && amount > 0)
			day_once(&a->bought, floor_day(zone_local(j->zc, j->at[i])));
	}
}

/* Called, wrote or answered. */
static bool contact(const struct pain *x, const struct journey *j, const struct step *s)
{
	static const enum field served[] = { F_TOPIC, F_CASE, F_AGENT, F_TEAM };
	const int64_t *direction = j->rows.f[F_DIRECTION];
	if (s->name & STEP_FIXED)
		return s->name == (STEP_FIXED | STEP_SCORE) || s->name == (STEP_FIXED | STEP_PRAISE) || s->name == (STEP_FIXED | STEP_COMPLAINT) || s->name == (STEP_FIXED | STEP_CONTACT_REPEATED);
	if (j->rows.kind[s->record] != KIND_INTERACTIONS)
		return false;
	if (direction && direction[s->record] != WEND_NONE)
		return direction[s->record] != x->out;
	for (size_t k = 0; k < sizeof served / sizeof *served; k++)
		if (j->rows.f[served[k]] && j->rows.f[served[k]][s->record] != WEND_NONE)
			return true;
	return false;
}

/* A sign of life: a contact, or a visit, a click, a log-in, which nobody gave a direction. */
static bool heard_of(const struct journey *j, const struct step *s)
{
	const int64_t *direction = j->rows.f[F_DIRECTION];
	return !(s->name & STEP_FIXED) && j->rows.kind[s->record] == KIND_INTERACTIONS && (!direction || direction[s->record] == WEND_NONE);
}

static void read_steps(struct pain_acc *a, const struct pain *x, const struct journey *j)
{
	a->bad.n = a->heard.n = 0;
	GROW(a->step, a->step_cap, a->steps.n);
	for (size_t i = 0; i < a->steps.n; i++) {
		const struct step *s = &a->steps.v[i];
		const int32_t day = floor_day(zone_local(j->zc, s->at));
		const bool out = is_outcome(x, j, s), cause = !out && is_cause(x, s), began = contact(x, j, s);
		a->step[i] = (struct pain_step){ day, cause ? number_of(a, s->name) : UINT32_MAX, began };
		if (out)
			day_once(&a->bad, day);
		if ((began || heard_of(j, s)) && (out || cause)) /* who looks for the way out is no longer there */
			day_once(&a->heard, day);
	}
}

static void begin(void *acc, void *ctx)
{
	(void)ctx;
	((struct pain_acc *)acc)->first_day = INT32_MAX;
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct pain_acc *a = acc;
	const struct pain *x = ctx;
	if (!j->selected || !j->rows.customer || j->rows.guest)
		return;
	spells_of(&a->spells, j, &x->leaving);
	if (!a->spells.n)
		return;
	around_steps(&a->steps, &a->derived, &x->x, j);
	a->customers++;
	read_steps(a, x, j);
	purchases(a, x, j);
	const struct sv name = store_customer(j->pop->store, j->rows.customer);
	for (size_t i = 0; i < a->spells.n; i++) {
		const struct spell *s = &a->spells.v[i];
		const bool left = s->to < j->pop->as_of_end;
		const int64_t known = left ? s->to : j->pop->as_of_end;
		/* the day of the first purchase is full of what brought it */
		const int32_t came = floor_day(zone_local(j->zc, s->from)) + !x->leaving.contracts;
		struct life l = { came, floor_day(zone_local(j->zc, known - 1)), INT32_MAX, hash64(name.p, name.n) };
		if (left)
			l.left = floor_day(zone_local(j->zc, x->leaving.contracts ? s->to : s->last_seen));
		a->churned += left;
		a->first_day = l.from < a->first_day ? l.from : a->first_day;
		a->serial++;
		live(a, x, &l);
	}
}

static void acc_release(struct pain_acc *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].with);
	free(a->v);
	free(a->step);
	free(a->bad.v);
	free(a->bought.v);
	free(a->heard.v);
	ids_release(&a->ids);
	step_buf_release(&a->steps);
	step_buf_release(&a->derived);
	spell_buf_release(&a->spells);
}

static void merge(void *into, void *from, void *ctx)
{
	struct pain_acc *a = into, *b = from;
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		struct pain_entry *e = &a->v[number_of(a, b->v[i].code)];
		e->customers += b->v[i].customers;
		e->times += b->v[i].times;
		e->began += b->v[i].began;
		for (int s = 0; s < PAIN_STRATA; s++)
			for (int k = 0; k < 2; k++) {
				e->with[s].days[k] += b->v[i].with[s].days[k];
				e->with[s].outcomes[k] += b->v[i].with[s].outcomes[k];
			}
	}
	for (int s = 0; s < PAIN_STRATA; s++) {
		a->days[s] += b->days[s];
		a->outcomes[s] += b->outcomes[s];
	}
	a->customers += b->customers;
	a->churned += b->churned;
	a->first_day = b->first_day < a->first_day ? b->first_day : a->first_day;
	acc_release(b);
}

/* ---- estimate ---- */

static void judge(struct pain_row *v, double *p, const struct pain_acc *a, const struct pain *x)
{
	for (size_t i = 0; i < a->n; i++) {
		struct own_stratum s[PAIN_STRATA];
		int64_t with = 0;
		v[i] = (struct pain_row){ .name = step_name(x->p, a->v[i].code), .customers = a->v[i].customers, .q = NAN };
		/* a step of the customer's own is compared with days on which he was heard of */
		const bool own = !x->leaving.contracts && a->v[i].began * 2 > a->v[i].times;
		const int from = own ? HEARD_ON : 0, to = own || x->leaving.contracts ? PAIN_STRATA : HEARD_ON;
		for (int k = from; k < to; k++) {
			s[k] = a->v[i].with[k];
			s[k].days[0] = a->days[k] - s[k].days[0];
			s[k].outcomes[0] = a->outcomes[k] - s[k].outcomes[0];
			v[i].days += s[k].days[1];
			with += s[k].outcomes[1];
		}
		own_alike(&v[i].a, s + from, (size_t)(to - from), ALPHA);
		v[i].few = v[i].customers < MIN_CUSTOMERS || with < MIN_OUTCOMES || v[i].a.others < v[i].a.days / 5 || isnan(v[i].a.odds.rr);
		p[i] = v[i].few ? NAN : v[i].a.odds.p;
	}
	bh_adjust(p, p, a->n);
	for (size_t i = 0; i < a->n; i++) {
		v[i].q = p[i];
		v[i].found = p[i] <= ALPHA && v[i].a.ci.lo > 0;
	}
}

static int by_stake(const void *a, const void *b)
{
	const struct pain_row *x = a, *y = b;
	const int kx = x->few ? 2 : !x->found, ky = y->few ? 2 : !y->found;
	if (kx != ky)
		return kx - ky;
	const double sx = x->few ? 0 : (double)x->days * x->a.diff, sy = y->few ? 0 : (double)y->days * y->a.diff;
	if (sx != sy)
		return sx > sy ? -1 : 1;
	return sv_cmp(x->name, y->name);
}

/* The mean value still to come of a customer, minor units; NaN where no model says it. */
static double value_ahead(currency *cur, const struct population *p, const struct report_options *ro)
{
	static const struct ltv_options plain = { .margin = NAN, .discount = NAN };
	struct population everyone = *p;
	struct ltv_look l;
	struct ltv_ahead ahead = { 0 };
	struct err err = ERR_INIT;
	double v = NAN;
	*cur = 0;
	everyone.from = everyone.from_local = INT64_MIN;
	everyone.to = everyone.to_local = INT64_MAX;
	if (!ltv_look_run(&l, &everyone, &plain, ro, 0, NULL, &err)) {
		ltv_ahead_run(&ahead, &l);
		if (ahead.known && l.cells.printed > 0) {
			v = ahead.life.money / l.cells.printed * l.minor;
			*cur = l.b.counts.cur;
		}
	}
	ltv_look_release(&l);
	return v;
}

enum wend_err metric_pain(const struct population *p, const struct cause_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	static const struct churn_options usual = { .dunning_days = 30 };
	struct arena scratch = ARENA_INIT;
	struct pain x = { .p = p, .x = { .p = p } };
	struct pain_acc a = { 0 };
	struct pain_print g = { .x = &x, .a = &a, .months = 1, .good = o->good };
	struct pain_row *v = NULL;
	double *q = NULL;
	struct fold_counts n = { 0 };
	struct derived *d = NULL;
	struct str said = STR_INIT;
	struct fold f = { .acc_size = sizeof a, .begin = begin, .customer = add_journey, .merge = merge, .ctx = &x };
	enum wend_err e = read_outcomes(&x.what, o, err);
	if (!e)
		e = read_window(&x.window, o->window, err);
	if (!e)
		e = churn_leaving(&x.leaving, p, &usual, ro, &said, err);
	if (e)
		goto done;
	e = derived_open(&d, p, &scratch, err);
	x.x.derived = d;
	x.last_day = p->as_of - (x.what & BAD_CHURN && !x.leaving.contracts && x.leaving.window > x.window ? x.leaving.window : x.window);
	around_fields(&f);
	leaving_fields(&f, &x.leaving);
	fields_add(&f.fields, F_SCORE);
	fields_add(&f.fields, F_DIRECTION);
	x.out = store_word_code(p->store, SV("out"));
	if (!e)
		e = fold_run(p, &f, &a, &n, err);
	if (e)
		goto leave;
	v = xcalloc(a.n + 1, sizeof *v);
	q = xcalloc(a.n + 1, sizeof *q);
	judge(v, q, &a, &x);
	if (a.n)
		qsort(v, a.n, sizeof *v, by_stake);
	for (size_t k = 0; k < OUTCOMES; k++)
		if (x.what & outcomes[k].bit)
			str_printf(&g.what, "%s%s", g.what.n ? ", " : "", outcomes[k].name);
	int64_t days = 0;
	for (int s = 0; s < PAIN_STRATA; s++)
		days += a.days[s];
	g.v = v;
	g.n = a.n;
	g.value = value_ahead(&g.cur, p, ro);
	g.months = a.first_day < x.last_day ? fmax(1, (x.last_day - a.first_day + 1) * 12 / 365.25) : 1;
	pain_table(r, &g);
	str_printf(&r->definition, "%s within %d days after a step, against days alike without it (%s); %s; 95 %% intervals",
		   g.what.p, (int)x.window, x.leaving.contracts ? "month with us, steps in 90 days" : "days since the last purchase, purchases so far, heard of", said.p ? said.p : "");
	line_add(&r->next, "wend churn why");
	line_add(&r->next, "wend touchpoints upstream --of complaint:unsolved");
	e = say_scope(&r->finding, p, &n, p->kinds & ~KIND_BIT(KIND_SPEND), err);
	report_scope(r, p, &n);
	line_add(&r->explain.text, "risk_matched: share of days alike, weighted as the days with the step; %lld days alike in all, every seventh day of a customer", (long long)days);
	line_add(&r->explain.text, "odds_ratio: Mantel-Haenszel over strata, limits Robins, Breslow & Greenland (1986); q: Benjamini & Hochberg (1995)");
	line_add(&r->explain.text, "value_at_stake = n / months x diff x mean value still to come of a customer (wend ltv)");
leave:
	churn_leaving_release(&x.leaving);
done:
	acc_release(&a);
	str_release(&g.what);
	str_release(&said);
	free(v);
	free(q);
	arena_release(&scratch);
	return e;
}
