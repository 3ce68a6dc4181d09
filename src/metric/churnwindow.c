/* churn window: the inactivity window the data suggest (gapstat.c), and what it would have
 * been worth.
 *
 * Backtest. At the end of a day L the window is chosen from what was known then, and nobody
 * looks further; customers silent for longer than w on L are those it would have called
 * left. What they did afterwards, up to the last day covered, judges them:
 *
 *     came_back_90d, came_back_180d   share of them who bought within so many days after L
 *     precision    share of them who did not buy again up to the last day
 *     recall       share of all who did not buy again whom the window had called left
 *     balanced_accuracy   mean of recall and the share of the others it left in peace; its
 *                  limits join those two shares (MOVER, Donner & Zou 2012)
 *
 * All shares with the limits of Wilson (1927). L is the day given; else the as-of day when
 * it was given and the store knows more of the 90 days behind it; else 180 days before the
 * last day. Two folds see two different days of the same store: what was known on L, refunds
 * included, and what is known now; they meet by customer.
 */
#include "window_impl.h"

#include <math.h>

enum { LONG_BACK_DAYS = 180, NEVER = INT32_MAX };

/* ---- the two looks at each customer ---- */
struct look_ctx {
	const struct revenue *rev;
	int32_t landmark;
	bool after;           /* first purchase after the landmark, else the last up to it */
	int32_t *day;         /* by customer number; each belongs to one share of the fold */
};
struct look_acc {
	struct day_room days;
};

static void look(void *acc, const struct journey *j, void *ctx)
{
	struct look_acc *a = acc;
	const struct look_ctx *c = ctx;
	if (!purchase_days(&a->days, c->rev, j))
		return;
	const struct purchase_day *d = a->days.v;
	size_t i;
	if (!c->after) {
		c->day[j->rows.customer] = d[a->days.n - 1].day;
		return;
	}
	LOWER_BOUND(i, a->days.n, d[mid].day <= c->landmark);
	c->day[j->rows.customer] = i < a->days.n ? d[i].day : NEVER;
}

static void look_merge(void *into, void *from, void *ctx)
{
	(void)ctx;
	day_room_merge(&((struct look_acc *)into)->days, &((struct look_acc *)from)->days);
}

static void look_release(void *acc)
{
	day_room_release(&((struct look_acc *)acc)->days);
}

static enum wend_err look_run(struct look_ctx *c, const struct population *p, struct err *err)
{
	struct population all = *p;
	struct look_acc a = { 0 };
	struct fold_counts n;
	struct fold f = { .acc_size = sizeof a, .customer = look, .merge = look_merge, .ctx = c };
	all.from = all.from_local = INT64_MIN;
	all.to = all.to_local = INT64_MAX;
	enum wend_err e = purchase_fold(&all, &f, c->rev, &a, &a.days, look_release, &n, err);
	look_release(&a);
	return e;
}

/* ---- the backtest ---- */
struct judged {
	int64_t called, back90, back180, gone; /* silent for longer than w; of them: came back so soon, did not buy again */
};
struct backtest {
	bool made;
	int32_t landmark, last;
	int64_t customers, gone;  /* known at the landmark; of them: did not buy again */
	struct judged row[WINDOWS], own; /* own: of the window chosen at the landmark, or given */
	int32_t w;
};

static void judge(struct judged *out, int32_t w, const struct backtest *b, int32_t last, int32_t next)
{
	if (b->landmark - last <= w)
		return;
	out->called++;
	out->back90 += next != NEVER && next <= b->landmark + BACK_DAYS;
	out->back180 += next != NEVER && next <= b->landmark + LONG_BACK_DAYS;
	out->gone += next == NEVER;
}

/* Where to stand, and up to where it can be judged. */
static enum wend_err stand(struct backtest *b, const struct population *p, const struct window_options *o, int32_t covered, struct err *err)
{
	struct span s;
	if (o->split) {
		if (span_parse(&s, sv_of(o->split), p->as_of, err))
			return err->code;
		b->landmark = floor_day(s.to - 1);
		if (b->landmark >= covered)
			return err_set(err, WEND_E_USAGE, "'--split %s' leaves nothing behind it to judge by; give an earlier day", o->split);
	} else {
		b->landmark = p->as_of_given && covered >= p->as_of + BACK_DAYS ? p->as_of : covered - LONG_BACK_DAYS;
	}
	b->last = covered;
	return WEND_OK;
}

static enum wend_err backtest_run(struct backtest *b, const struct population *p, const struct revenue *rev, const struct churn_options *o, struct err *err)
{
	const size_t room = (size_t)store_people_count(p->store) + 1;
	const struct population then = population_at(p, b->landmark), now = population_at(p, b->last);
	struct revenue rev_then = *rev, rev_now = *rev;
	struct gap_stat g;
	struct window_choice c;
	rev_then.until = then.as_of_end;
	rev_now.until = now.as_of_end;
	enum wend_err e = gap_stat_run(&g, &then, &rev_then, b->landmark, err);
	if (e)
		return e;
	window_choose(&c, &g, window_risk(o), p->min_n);
	b->w = b->w ? b->w : c.row[c.chosen].w;
	b->made = g.customers > 0;
	gap_stat_release(&g);
	int32_t *last = xreallocarray(NULL, room, sizeof *last), *next = xreallocarray(NULL, room, sizeof *next);
	for (size_t i = 0; i < room; i++) {
		last[i] = INT32_MIN;
		next[i] = NEVER;
	}
	struct look_ctx before = { &rev_then, b->landmark, false, last }, after = { &rev_now, b->landmark, true, next };
	e = look_run(&before, &then, err);
	if (!e)
		e = look_run(&after, &now, err);
	for (size_t i = 0; !e && i < room; i++) {
		if (last[i] == INT32_MIN)
			continue;
		b->customers++;
		b->gone += next[i] == NEVER;
		for (int k = 0; k < WINDOWS; k++)
			judge(&b->row[k], window_grid[k], b, last[i], next[i]);
		judge(&b->own, b->w, b, last[i], next[i]);
	}
	free(last);
	free(next);
	return e;
}

/* ---- table ---- */
struct estimate {
	double value;
	struct interval ci;
};

static struct estimate share(int64_t k, int64_t n, bool known)
{
	if (!n || !known)
		return (struct estimate){ NAN, { NAN, NAN } };
	return (struct estimate){ (double)k / (double)n, wilson((double)k, (double)n, ALPHA) };
}

static struct estimate balanced(const struct judged *v, const struct backtest *b)
{
	const int64_t stayed = b->customers - b->gone, wrong = v->called - v->gone;
	const struct estimate r = share(v->gone, b->gone, true), s = share(stayed - wrong, stayed, true);
	struct estimate e = { (r.value + s.value) / 2, { NAN, NAN } };
	e.ci.lo = e.value - hypot(r.value - r.ci.lo, s.value - s.ci.lo) / 2;
	e.ci.hi = e.value + hypot(r.ci.hi - r.value, s.ci.hi - s.value) / 2;
	return e;
}

static void put_estimate(struct table *t, struct estimate e)
{
	put_real(t, e.value);
	put_real(t, e.ci.lo);
	put_real(t, e.ci.hi);
}

static const char *const judgements[] = { "came_back_90d", "came_back_180d", "precision", "recall", "balanced_accuracy" };

static struct estimate judgement(int i, const struct judged *v, const struct backtest *b)
{
	switch (i) {
	case 0: return share(v->back90, v->called, b->last >= b->landmark + BACK_DAYS);
	case 1: return share(v->back180, v->called, b->last >= b->landmark + LONG_BACK_DAYS);
	case 2: return share(v->gone, v->called, true);
	case 3: return share(v->gone, b->gone, true);
	default: return balanced(v, b);
	}
}

static void columns(struct report *r)
{
	struct table *t = &r->table;
	table_col(t, "w", COL_INT, "days", 0);
	table_col(t, "back_90d", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "n", COL_INT, "gaps", 0);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	table_col(t, "flagged", COL_INT, "customers", 0);
	for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
		table_col(t, judgements[i], COL_SHARE, NULL, 1);
		table_col(t, arena_printf(&t->arena, "%s_lo", judgements[i]), COL_SHARE, NULL, 1);
		table_col(t, arena_printf(&t->arena, "%s_hi", judgements[i]), COL_SHARE, NULL, 1);
	}
}

static const char *flag_of(const struct window_choice *c, int k)
{
	if (k == c->chosen)
		return c->few_gaps || c->short_history ? "chosen, short history" : "chosen";
	return c->row[k].supported ? NULL : "few";
}

static void put_window(struct report *r, const struct window_choice *c, int k, const struct backtest *b)
{
	struct table *t = &r->table;
	const struct window_row *w = &c->row[k];
	put_int(t, w->w);
	for (int i = 0; i < 3; i++)
		if (!w->supported)
			put_few(t);
		else
			put_real(t, i == 0 ? w->back : i == 1 ? w->ci.lo : w->ci.hi);
	put_int(t, w->risk);
	put_z(t, flag_of(c, k));
	put_int(t, b->made ? b->row[k].called : WEND_NONE);
	for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
		const struct estimate none = { NAN, { NAN, NAN } };
		put_estimate(t, b->made ? judgement((int)i, &b->row[k], b) : none);
	}
}

/* ---- for people ---- */
static void screen_cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void screen(struct report *r, const struct window_choice *c, const struct backtest *b)
{
	static const char *const cols[] = { "days", "return", "95 %", "", "in 90", "in 180", "right", "found" };
	struct table *t = &report_screen(r, "SILENT FOR")->t;
	struct str s = STR_INIT;
	for (size_t i = 0; i < (b->made ? 8u : 3u); i++)
		if (i == 3) {
			str_puts(&s, "on ");
			day_text(&s, b->landmark);
			table_col(t, arena_strdup(&t->arena, s.p), COL_TEXT, NULL, -1);
			str_reset(&s);
		} else {
			table_col(t, cols[i], COL_TEXT, NULL, -1);
		}
	for (int k = 0; k < WINDOWS; k++) {
		const struct window_row *w = &c->row[k];
		str_printf(&s, "%d%s", (int)w->w, k == c->chosen ? " <" : "");
		screen_cell(t, &s);
		if (w->supported)
			say_share(&s, w->back);
		else
			str_puts(&s, "few");
		screen_cell(t, &s);
		if (w->supported)
			str_printf(&s, "%.1f-%.1f", w->ci.lo * 100, w->ci.hi * 100);
		screen_cell(t, &s);
		if (!b->made)
			continue;
		say_count(&s, b->row[k].called);
		screen_cell(t, &s);
		for (int i = 0; i < 4; i++) {
			const struct estimate e = judgement(i, &b->row[k], b);
			if (!isnan(e.value))
				say_share(&s, e.value);
			screen_cell(t, &s);
		}
	}
	str_release(&s);
}

static void figure(struct report *r, const struct gap_stat *g, const struct window_choice *c, int64_t min_n)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAND;
	r->figure.title = "of those silent so long, who buys again within 90 days";
	r->figure.x_label = "days without a purchase";
	r->figure.y_label = "share who come back";
	r->figure.ref = 100 * c->risk; /* shares are drawn as per cent */
	table_col(t, "days", COL_INT, NULL, 0);
	table_col(t, "back_90d", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	for (int32_t w = 1; w <= window_grid[WINDOWS - 1]; w++) {
		const struct window_row v = window_at(g, w, min_n);
		if (!v.supported)
			break;
		put_int(t, w);
		put_real(t, v.back);
		put_real(t, v.ci.lo);
		put_real(t, v.ci.hi);
	}
}

static void say_backtest(struct str *s, const struct backtest *b, int32_t suggested)
{
	if (!b->made) {
		str_puts(s, " The history is too short to look back.");
		return;
	}
	const struct estimate soon = judgement(0, &b->own, b), late = judgement(1, &b->own, b), right = judgement(2, &b->own, b);
	str_puts(s, " Backtest ");
	day_text(s, b->landmark);
	if (b->w != suggested)
		str_printf(s, ", when it was %d days", (int)b->w);
	str_puts(s, ": of ");
	say_count(s, b->own.called);
	str_puts(s, " called churned, ");
	if (!isnan(late.value)) {
		say_share(s, late.value);
		str_printf(s, " came back within %d days (", LONG_BACK_DAYS);
		say_shares(s, late.ci);
		str_puts(s, "), ");
	}
	if (!isnan(soon.value)) {
		say_share(s, soon.value);
		str_printf(s, " within %d; ", BACK_DAYS);
	}
	say_share(s, right.value);
	str_puts(s, " did not buy again up to ");
	day_text(s, b->last);
	str_putc(s, '.');
}

static void explain(struct report *r, const struct gap_stat *g, const struct window_choice *c, const struct backtest *b, const struct population *p)
{
	struct line_list *l = &r->explain.text;
	line_add(l, "back_90d(w) = 1 - S(w + 90) / S(w), S the share of gaps between purchase days longer than t (Kaplan & Meier 1958), the open last gap of each customer included; limits of log(-log)");
	line_add(l, "window = the smallest of 7, 14, 30, 45, 60, 90, 120, 150, 180, 270, 365 days with back_90d at most %.4g, of those that gaps were watched for 90 days beyond and at least %lld lasted longer than", c->risk, (long long)p->min_n);
	line_add(l, "%lld closed gaps and %lld open ones in %lld days of history; short history: below %d closed gaps, or less than two windows", (long long)g->nclosed, (long long)g->customers, (long long)c->history, GAPS_ENOUGH);
	if (b->made)
		line_add(l, "backtest: %lld customers had bought up to the landmark, %lld of them did not buy again; the window was chosen from what was known on that day", (long long)b->customers, (long long)b->gone);
	line_add(l, "all customers are asked, whoever is printed elsewhere; guests, who have no key, cannot come back and are left out");
}

static enum wend_err last_known(int32_t *covered, struct revenue *rev, const struct population *p, const struct report_options *ro, struct err *err)
{
	struct report_options open = *ro;
	struct population whole;
	open.as_of = NULL;
	enum wend_err e = population_init(&whole, p->store, &open, KIND_ORDERS, err);
	if (e)
		return e;
	e = silence_source(rev, covered, &whole, ro, err);
	population_release(&whole);
	return e;
}

enum wend_err metric_churn_window(const struct population *p, const struct churn_options *o, const struct window_options *wo, const struct report_options *ro, struct report *r, struct err *err)
{
	struct revenue rev = { 0 }, later = { 0 };
	struct gap_stat g = { 0 };
	struct window_choice c;
	struct backtest b = { 0 };
	int32_t covered, known;
	if (window_risk_check(o, err))
		return err->code;
	enum wend_err e = silence_source(&rev, &covered, p, ro, err);
	if (e)
		return e;
	if ((e = gap_stat_run(&g, p, &rev, covered, err)))
		goto done;
	window_choose(&c, &g, window_risk(o), p->min_n);
	if ((e = last_known(&known, &later, p, ro, err)) || (e = stand(&b, p, wo, known, err)))
		goto done;
	if (g.customers && b.landmark >= g.first && (e = backtest_run(&b, p, &rev, o, err)))
		goto done;
	columns(r);
	for (int k = 0; g.customers && k < WINDOWS; k++)
		put_window(r, &c, k, &b);
	report_scope(r, p, &g.counts);
	if (!g.customers) {
		str_puts(&r->finding, "nobody has bought yet: there is no silence to measure.");
		goto done;
	}
	screen(r, &c, &b);
	figure(r, &g, &c, p->min_n);
	window_sentence(&r->finding, &c);
	say_backtest(&r->finding, &b, c.row[c.chosen].w);
	const struct sv fixed = store_setting(p->store, "choices", "window");
	if (fixed.n)
		str_printf(&r->finding, " Fixed in the store: %.*s.", (int)fixed.n, fixed.p);
	e = say_scope(&r->finding, p, &g.counts, KIND_BIT(rev.source), err);
	if (b.made && b.last > p->as_of)
		str_puts(&r->finding, " What lies behind it judges the backtest and nothing else.");
	str_puts(&r->definition, "back_90d: of customers silent for w days, who come back within 90 (Kaplan-Meier of all gaps between purchases, the open last one too); flagged: silent for longer than w on the day of the backtest, who came back in 90 and 180 days; right: precision, found: recall; 95 % limits");
	line_add(&r->next, fixed.n ? "wend churn rate" : "wend store set --adopt window");
	line_add(&r->next, "wend churn window --return-risk 0.05");
	explain(r, &g, &c, &b, p);
done:
	gap_stat_release(&g);
	revenue_release(&rev);
	revenue_release(&later);
	return e;
}

/* ---- the choice as a setting ---- */
enum wend_err churn_proposal(struct store *s, const char *name, struct str *value, struct str *why, struct err *err)
{
	static const struct report_options standard;
	static const struct churn_options o = { .window = "auto" };
	struct population p;
	struct revenue rev = { 0 };
	struct gap_stat g = { 0 };
	struct window_choice c;
	int32_t covered;
	if (!strcmp(name, "definition")) {
		str_puts(value, "start");
		str_puts(why, "of the customers at the start of a period those who are none at its end: two counts anyone can check by hand");
		return WEND_OK;
	}
	if (strcmp(name, "window"))
		return err_set(err, WEND_E_USAGE, "'%s' is nothing the data suggest; there are: window, definition", name);
	enum wend_err e = churn_population(&p, s, &o, &standard, err);
	if (e)
		return e;
	if ((e = silence_source(&rev, &covered, &p, &standard, err)) || (e = gap_stat_run(&g, &p, &rev, covered, err)))
		goto done;
	if (!g.customers) {
		e = err_set(err, WEND_E_USAGE, "nobody has bought yet, so that the data suggest no window; ingest orders first, or set one: 'wend store set window 150'");
		goto done;
	}
	window_choose(&c, &g, window_risk(&o), p.min_n);
	str_printf(value, "%d", (int)c.row[c.chosen].w);
	str_printf(why, "as of %s, ", p.as_of_text);
	window_sentence(why, &c);
done:
	gap_stat_release(&g);
	revenue_release(&rev);
	population_release(&p);
	return e;
}
