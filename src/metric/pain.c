/* touchpoints pain: which steps are followed by something bad more often than days alike, and
 * what that puts at stake; --good: by something good.
 *
 * Idea. Leaving has no before and after: the days that follow a step are compared with days of
 * customers who are alike, in the same month of their time with us and with as many steps in the
 * 90 days before (ten classes), but without the step.
 *
 *   days with     each day a customer had the step, once in W days
 *   days without  every seventh day of every customer, from a day that hangs on his key, without
 *                 the step in the W days before
 *   outcome       within W days: he leaves (with contracts; else: he is silent since, for as long
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
#include "around_impl.h"
#include "validate_impl.h"
#include "wend/hash.h"

#include <math.h>

enum { DAY_S = 86400, GRID_DAYS = 7, BUSY_DAYS = 90, TENURES = 61, CLASSES = 10, STRATA = TENURES * CLASSES, MIN_CUSTOMERS = 30, MIN_OUTCOMES = 10 };
enum { BAD_CHURN = 1, BAD_COMPLAINT = 2, BAD_REFUND = 4, BAD_SCORE = 8, GOOD_ORDER = 16, GOOD_PRAISE = 32, GOOD_SCORE = 64 };

struct pain_entry {
	uint32_t code, serial;
	int64_t last, customers;   /* day of this customer's last counted */
	struct own_stratum *with;  /* by stratum: [1] days with the step, [0] those of the grid that are not without it */
	int32_t seen;              /* day it was last seen on, of the customer at hand */
};
struct pain_acc {
	struct pain_entry *v;
	size_t n, cap;
	struct ids ids;
	uint32_t serial;
	int64_t days[STRATA], outcomes[STRATA];
	int64_t customers, churned;
	int32_t first_day;         /* of anybody who is counted */
	struct step_buf steps, derived;
	struct spell_buf spells;
	int32_t *day;              /* by step */
	size_t day_cap;
	int32_t *bad;              /* days of outcomes, ascending */
	size_t nbad, bad_cap;
};
struct pain {
	const struct population *p;
	struct leaving leaving;
	struct around x;           /* only for its steps */
	unsigned what;
	int32_t window, last_day;  /* days; the last that is followed for so long */
};

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

static struct pain_entry *entry_of(struct pain_acc *a, uint32_t code)
{
	const uint32_t id = ids_get(&a->ids, code);
	if (id == a->n) {
		GROW(a->v, a->cap, a->n + 1);
		a->v[a->n++] = (struct pain_entry){ .code = code, .with = xcalloc(STRATA, sizeof(struct own_stratum)) };
	}
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

/* Steps that begin, end or are what is looked for are no causes of it; by their names neither
 * those that are the leaving itself. */
static bool is_cause(const struct pain *x, const struct journey *j, const struct step *s)
{
	static const enum fixed_step never[] = { STEP_SUB_CANCELLED, STEP_SUB_ENDED, STEP_CANCELLED, STEP_TRIAL_LOST, STEP_TRIAL_STARTED, STEP_SIGNED_UP };
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (s->name == (STEP_FIXED | never[i]))
			return false;
	return !is_outcome(x, j, s) && !step_says_leaving(step_name(x->p, s->name));
}

struct life {
	int32_t from, to;          /* days: there from, to */
	int32_t left;              /* contracts: day of leaving; silence: last day that is not silence; INT32_MAX */
	uint64_t key;
};

static bool followed(const struct pain *x, const struct pain_acc *a, const struct life *l, int32_t day)
{
	if (x->what & BAD_CHURN) {
		if (x->leaving.contracts ? l->left > day && l->left - day <= x->window : l->left < day)
			return true;
	}
	size_t k;
	LOWER_BOUND(k, a->nbad, a->bad[mid] <= day);
	return k < a->nbad && a->bad[k] - day <= x->window;
}

/* How many steps in the 90 days before, in ten classes. */
static int busy(const struct pain_acc *a, int32_t day)
{
	static const size_t upto[CLASSES - 1] = { 0, 1, 2, 3, 5, 8, 12, 20, 35 };
	size_t lo, hi;
	int c = 0;
	LOWER_BOUND(lo, a->steps.n, a->day[mid] < day - BUSY_DAYS);
	LOWER_BOUND(hi, a->steps.n, a->day[mid] < day);
	while (c < CLASSES - 1 && hi - lo > upto[c])
		c++;
	return c;
}

static size_t stratum(const struct pain_acc *a, const struct life *l, int32_t day)
{
	const int32_t month = (day - l->from) / 30;
	return (size_t)(month < TENURES ? month : TENURES - 1) * CLASSES + (size_t)busy(a, day);
}

static void live(struct pain_acc *a, const struct pain *x, const struct journey *j, const struct life *l)
{
	const struct step_buf *b = &a->steps;
	const int32_t end = l->to < x->last_day ? l->to : x->last_day;
	size_t at = 0;
	int32_t grid = l->from + (int32_t)(l->key % GRID_DAYS);
	for (size_t i = 0; i < b->n; i++) { /* days with a step */
		if (a->day[i] < l->from || a->day[i] > end || !is_cause(x, j, &b->v[i]))
			continue;
		struct pain_entry *e = entry_of(a, b->v[i].name);
		if (a->day[i] - e->last <= x->window)
			continue;
		e->customers += e->last == INT32_MIN / 2;
		e->last = a->day[i];
		struct own_stratum *s = &e->with[stratum(a, l, a->day[i])];
		s->days[1]++;
		s->outcomes[1] += followed(x, a, l, a->day[i]);
	}
	for (; grid <= end; grid += GRID_DAYS) { /* days of the grid, and whose they are not */
		const size_t s = stratum(a, l, grid);
		const bool out = followed(x, a, l, grid);
		a->days[s]++;
		a->outcomes[s] += out;
		while (at < b->n && a->day[at] < grid - x->window)
			at++;
		for (size_t i = at; i < b->n && a->day[i] <= grid; i++) {
			struct pain_entry *e = is_cause(x, j, &b->v[i]) ? entry_of(a, b->v[i].name) : NULL;
			if (!e || e->seen == grid)
				continue;
			e->seen = grid;
			e->with[s].days[0]++;
			e->with[s].outcomes[0] += out;
		}
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
	GROW(a->day, a->day_cap, a->steps.n);
	a->nbad = 0;
	a->customers++;
	for (size_t i = 0; i < a->steps.n; i++) {
		a->day[i] = floor_day(zone_local(j->zc, a->steps.v[i].at));
		if (is_outcome(x, j, &a->steps.v[i])) {
			GROW(a->bad, a->bad_cap, a->nbad + 1);
			a->bad[a->nbad++] = a->day[i];
		}
	}
	const struct sv name = store_customer(j->pop->store, j->rows.customer);
	for (size_t i = 0; i < a->spells.n; i++) {
		const struct spell *s = &a->spells.v[i];
		const bool left = s->to < j->pop->as_of_end;
		const int64_t known = left ? s->to : j->pop->as_of_end;
		struct life l = { floor_day(zone_local(j->zc, s->from)), floor_day(zone_local(j->zc, known - 1)), INT32_MAX, hash64(name.p, name.n) };
		if (left)
			l.left = floor_day(zone_local(j->zc, x->leaving.contracts ? s->to : s->last_seen));
		a->churned += left;
		a->first_day = l.from < a->first_day ? l.from : a->first_day;
		a->serial++;
		live(a, x, j, &l);
	}
}

static void acc_release(struct pain_acc *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].with);
	free(a->v);
	free(a->day);
	free(a->bad);
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
		struct pain_entry *e = entry_of(a, b->v[i].code);
		e->customers += b->v[i].customers;
		for (int s = 0; s < STRATA; s++)
			for (int k = 0; k < 2; k++) {
				e->with[s].days[k] += b->v[i].with[s].days[k];
				e->with[s].outcomes[k] += b->v[i].with[s].outcomes[k];
			}
	}
	for (int s = 0; s < STRATA; s++) {
		a->days[s] += b->days[s];
		a->outcomes[s] += b->outcomes[s];
	}
	a->customers += b->customers;
	a->churned += b->churned;
	a->first_day = b->first_day < a->first_day ? b->first_day : a->first_day;
	acc_release(b);
}

/* ---- estimate ---- */

struct pain_row {
	struct sv name;
	int64_t customers, days;
	struct own_alike a;
	double q;
	bool few, found;
};

static void judge(struct pain_row *v, double *p, const struct pain_acc *a, const struct pain *x)
{
	for (size_t i = 0; i < a->n; i++) {
		struct own_stratum s[STRATA];
		int64_t with = 0;
		v[i] = (struct pain_row){ .name = step_name(x->p, a->v[i].code), .customers = a->v[i].customers, .q = NAN };
		for (int k = 0; k < STRATA; k++) {
			s[k] = a->v[i].with[k];
			s[k].days[0] = a->days[k] - s[k].days[0];
			s[k].outcomes[0] = a->outcomes[k] - s[k].outcomes[0];
			v[i].days += s[k].days[1];
			with += s[k].outcomes[1];
		}
		own_alike(&v[i].a, s, STRATA, ALPHA);
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

/* ---- printed ---- */

struct printing {
	const struct pain *x;
	const struct pain_row *v;
	size_t n;
	double value, months;
	currency cur;
	bool good;
	struct str what;           /* "churn, complaint" */
};

static double stake(const struct printing *g, const struct pain_row *v, double diff)
{
	return (double)v->days / g->months * diff * g->value;
}

static void put_stake(struct table *t, const struct printing *g, const struct pain_row *v, double diff)
{
	const double m = stake(g, v, diff);
	put_int(t, v->few || isnan(m) ? WEND_NONE : llround(m));
}

static void put_or_few(struct table *t, double v, bool few)
{
	if (few)
		put_few(t);
	else
		put_real(t, v);
}

static void fill(struct table *t, const struct printing *g)
{
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "customers", COL_INT, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "risk_after", COL_SHARE, NULL, 1);
	table_col(t, "risk_matched", COL_SHARE, NULL, 1);
	table_col(t, "diff", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "odds_ratio", COL_REAL, NULL, 2);
	table_col(t, "odds_lo", COL_REAL, NULL, 2);
	table_col(t, "odds_hi", COL_REAL, NULL, 2);
	table_col(t, "q", COL_REAL, NULL, 4);
	table_col_money(t, "value_at_stake", g->cur);
	table_col_money(t, "value_lo", g->cur);
	table_col_money(t, "value_hi", g->cur);
	table_col(t, "few", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < g->n; i++) {
		const struct pain_row *v = &g->v[i];
		put_text(t, v->name);
		put_int(t, v->customers);
		put_int(t, v->a.days);
		put_or_few(t, v->a.after, v->few);
		put_or_few(t, v->a.matched, v->few);
		put_or_few(t, v->a.diff, v->few);
		put_or_few(t, v->a.ci.lo, v->few);
		put_or_few(t, v->a.ci.hi, v->few);
		put_or_few(t, v->a.odds.rr, v->few);
		put_or_few(t, v->a.odds.ci.lo, v->few);
		put_or_few(t, v->a.odds.ci.hi, v->few);
		put_or_few(t, v->q, v->few);
		put_stake(t, g, v, v->a.diff);
		put_stake(t, g, v, v->a.ci.lo);
		put_stake(t, g, v, v->a.ci.hi);
		put_z(t, v->few ? "few" : "");
	}
}

static void draw(struct report *r, const struct printing *g)
{
	struct table *t = &r->figure.data;
	size_t shown = 0;
	r->figure.kind = FIG_FOREST;
	r->figure.title = arena_printf(&r->arena, "%s within %d days after a step, against days alike", g->what.p, (int)g->x->window);
	r->figure.x_label = "odds ratio, 95 %";
	r->figure.log_x = true;
	r->figure.ref = 1;
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "odds_ratio", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	for (size_t i = 0; i < g->n && shown < 30; i++) {
		if (g->v[i].few)
			continue;
		put_text(t, g->v[i].name);
		put_real(t, g->v[i].a.odds.rr);
		put_real(t, g->v[i].a.odds.ci.lo);
		put_real(t, g->v[i].a.odds.ci.hi);
		shown++;
	}
}

static void screen(struct report *r, const struct printing *g)
{
	struct table *t = NULL;
	struct str s = STR_INIT;
	char cur[4] = "";
	currency_text(cur, g->cur);
	for (size_t i = 0, shown = 0; i < g->n && shown < 15; i++) {
		const struct pain_row *v = &g->v[i];
		if (v->few)
			continue;
		if (!t) {
			t = &report_screen(r, arena_printf(&r->arena, "%s IN %d DAYS AFTER", g->good ? "GOOD" : "BAD", (int)g->x->window))->t;
			table_col(t, "", COL_TEXT, NULL, -1);
			table_col(t, "customers", COL_TEXT, NULL, -1);
			table_col(t, "after", COL_TEXT, NULL, -1);
			table_col(t, "alike", COL_TEXT, NULL, -1);
			table_col(t, "more, 95 %", COL_TEXT, NULL, -1);
			table_col(t, isnan(g->value) ? " " : arena_printf(&r->arena, "%s a month", cur), COL_TEXT, NULL, -1);
		}
		put_text(t, v->name);
		say_count(&s, v->customers);
		put_said(t, &s);
		say_share(&s, v->a.after);
		put_said(t, &s);
		say_share(&s, v->a.matched);
		put_said(t, &s);
		say_shares(&s, v->a.ci);
		put_said(t, &s);
		if (!isnan(g->value) && v->found)
			say_money(&s, llround(stake(g, v, v->a.diff)), 0, false);
		put_said(t, &s);
		shown++;
	}
	str_release(&s);
}

static void find(struct report *r, const struct printing *g, const struct pain_acc *a)
{
	struct str *s = &r->finding;
	size_t tested = 0;
	for (size_t i = 0; i < g->n; i++)
		tested += !g->v[i].few;
	if (g->n && g->v[0].found) {
		const struct pain_row *v = &g->v[0];
		str_sv(s, v->name);
		str_printf(s, " %s most: within %d days ", g->good ? "pleases" : "hurts", (int)g->x->window);
		say_share(s, v->a.after);
		str_printf(s, " %s (%s), days alike ", g->good ? "do something good" : "end badly", g->what.p);
		say_share(s, v->a.matched);
		str_puts(s, "; ");
		say_share(s, v->a.diff);
		str_puts(s, " more (");
		say_shares(s, v->a.ci);
		str_puts(s, "; ");
		say_things(s, v->customers, "customer", "customers");
		if (!isnan(g->value)) {
			str_puts(s, "; ");
			say_money(s, llround(stake(g, v, v->a.diff)), g->cur, false);
			str_puts(s, " a month at stake");
		}
		str_puts(s, "). ");
	} else if (tested) {
		str_printf(s, "no step is followed by %s more often than days alike, beyond chance. ", g->what.p);
	} else {
		str_puts(s, "too few to tell: no step has 30 customers and 10 outcomes. ");
	}
	say_things(s, (int64_t)tested, "step tested, ", "steps tested together, ");
	say_things(s, a->customers, "customer.", "customers.");
}

enum wend_err metric_pain(const struct population *p, const struct cause_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	static const struct churn_options usual = { .dunning_days = 30 };
	struct arena scratch = ARENA_INIT;
	struct pain x = { .p = p, .x = { .p = p } };
	struct pain_acc a = { 0 };
	struct printing g = { .x = &x, .months = 1, .good = o->good };
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
	for (int s = 0; s < STRATA; s++)
		days += a.days[s];
	g.v = v;
	g.n = a.n;
	g.value = value_ahead(&g.cur, p, ro);
	g.months = a.first_day < x.last_day ? fmax(1, (x.last_day - a.first_day + 1) * 12 / 365.25) : 1;
	fill(&r->table, &g);
	screen(r, &g);
	draw(r, &g);
	find(r, &g, &a);
	str_printf(&r->definition, "%s within %d days after a step, against days alike without it (month with us, steps in 90 days); %s; 95 %% intervals",
		   g.what.p, (int)x.window, said.p ? said.p : "");
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
