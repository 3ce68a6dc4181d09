/* churn rate, printed: rates with their intervals, groups against the rate of all, changes
 * against another period.
 */
#include "churn_impl.h"

#include <math.h>

/* The period a row is compared with. */
static int32_t compared(const struct churn_ctx *c, const char *versus, int32_t period, int32_t fixed)
{
	static const int a_year[] = { [PERIOD_DAY] = 365, [PERIOD_WEEK] = 52, [PERIOD_MONTH] = 12, [PERIOD_QUARTER] = 4, [PERIOD_YEAR] = 1 };
	if (!strcmp(versus, "previous"))
		return period - 1;
	return !strcmp(versus, "year") ? period - a_year[c->unit] : fixed;
}

/* P(X <= k) of a binomial. */
static double binomial_cdf(double k, double n, double p)
{
	if (k < 0)
		return 0;
	return k >= n ? 1 : beta_i(n - k, k + 1, 1 - p);
}

/* Smallest k with P(X <= k) >= q. */
static double binomial_quantile(double q, double n, double p)
{
	double lo = -1, hi = n;
	while (hi - lo > 1) {
		const double mid = floor((lo + hi) / 2);
		if (binomial_cdf(mid, n, p) >= q)
			hi = mid;
		else
			lo = mid;
	}
	return hi;
}

/* A group against the rate of all: exact binomial limits, 95 % and 99.8 %. */
static void put_verdict(struct table *t, const struct churn_line *l, const struct churn_line *all, int64_t min_n)
{
	const double n = (double)l->start, k = (double)churned(l);
	const double p = all && all->start ? (double)churned(all) / (double)all->start : NAN;
	if (isnan(p) || l->start < min_n) {
		put_real(t, isnan(p) ? NAN : n * p);
		put_empty(t);
		put_empty(t);
		put_z(t, "few");
		return;
	}
	const double below = binomial_cdf(k, n, p), above = 1 - binomial_cdf(k - 1, n, p);
	const double tail = below < above ? below : above;
	put_real(t, n * p);
	put_real(t, binomial_quantile(0.025, n, p) / n);
	put_real(t, binomial_quantile(0.975, n, p) / n);
	put_z(t, tail < 0.001 ? "out" : tail < 0.025 ? "watch" : "in");
}

static void columns(struct table *t, const struct churn_ctx *c, const char *versus)
{
	static const char *const counts[] = { "active_start", "new", "reactivated", "churned_vol", "churned_invol", "in_and_out", "pending", "active_end" };
	static const char *const shares[] = { "churn_rate", "lo", "hi" };
	static const char *const change[] = { "before", "diff", "diff_lo", "diff_hi" };
	table_col(t, "period", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < c->by.n; i++)
		table_col(t, c->by.v[i].name, COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		table_col(t, counts[i], COL_INT, NULL, 0);
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		table_col(t, shares[i], COL_SHARE, NULL, 1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	if (c->by.n) {
		table_col(t, "expected", COL_REAL, NULL, 1);
		table_col(t, "limit_lo", COL_SHARE, NULL, 1);
		table_col(t, "limit_hi", COL_SHARE, NULL, 1);
		table_col(t, "verdict", COL_TEXT, NULL, -1);
	}
	for (size_t i = 0; versus && i < sizeof change / sizeof *change; i++)
		table_col(t, change[i], COL_SHARE, NULL, 1);
	if (versus)
		table_col(t, "call", COL_TEXT, NULL, -1);
	table_col(t, "definition", COL_TEXT, NULL, -1);
	table_col(t, "numerator", COL_REAL, NULL, 0);
	table_col(t, "denominator", COL_REAL, NULL, 1);
	table_col(t, "recovered", COL_INT, NULL, 0);
	table_col(t, "trials_won", COL_INT, NULL, 0);
	table_col(t, "trials_lost", COL_INT, NULL, 0);
	table_col(t, "last_seen_from", COL_DAY, NULL, 0);
	table_col(t, "last_seen_to", COL_DAY, NULL, 0);
	table_col(t, "late_rows", COL_INT, NULL, 0);
}

void put_rate_cells(struct table *t, const struct churn_line *l, const struct churn_rate *v, bool known, bool few)
{
	const double cell[3] = { v->rate, v->ci.lo, v->ci.hi };
	for (int i = 0; i < 3; i++)
		if (few)
			put_few(t);
		else
			put_real(t, known ? cell[i] : NAN);
	put_z(t, l->blind ? "short history" : !known ? "snapshot" : l->partial ? "*" : few ? "few" : NULL);
}

struct change churn_change(const struct churn_line *l, const struct churn_line *old, const struct churn_ctx *c)
{
	const struct churn_rate now = rate_of(c->def[0], l, c);
	if (!old || !(rate_of(c->def[0], old, c).den > 0))
		return (struct change){ NAN, NAN, NAN, "few" };
	const struct churn_rate before = rate_of(c->def[0], old, c);
	return change_of(now.rate, now.ci, before.rate, before.ci,
			 l->blind || old->blind || now.den < (double)c->p->min_n || before.den < (double)c->p->min_n || l->partial || old->partial);
}

static void put_line(struct table *t, const struct churn_line *l, const struct churn_ctx *c, bool known, const struct churn_line *all)
{
	const struct churn_rate v = rate_of(c->def[0], l, c);
	const bool few = !(v.den >= (double)c->p->min_n);
	known = known && !l->blind;
	put_period(t, c, l->period);
	put_group(t, c, l->g);
	put_int(t, l->start);
	put_int(t, l->t.fresh);
	put_int(t, known ? l->t.back : WEND_NONE);
	put_int(t, known ? l->t.by_choice : WEND_NONE);
	put_int(t, known ? l->t.by_payment : WEND_NONE);
	put_int(t, known ? l->t.in_out : WEND_NONE);
	put_int(t, c->leaving.contracts ? l->t.pending : WEND_NONE);
	put_int(t, l->end);
	put_rate_cells(t, l, &v, known, few);
	put_int(t, l->start);
	if (c->by.n)
		put_verdict(t, l, all, c->p->min_n);
}

static void put_change(struct table *t, const struct churn_line *l, const struct churn_line *old, const struct churn_ctx *c)
{
	const struct change d = churn_change(l, old, c);
	put_real(t, old ? rate_of(c->def[0], old, c).rate : NAN);
	put_real(t, d.diff);
	put_real(t, d.lo);
	put_real(t, d.hi);
	put_z(t, d.call);
}

/* What stands behind the rate. Those whose window closed in a period were last seen so long
 * before it; the day of the last purchase is as sure as the day of leaving. */
static void put_rest(struct table *t, const struct churn_line *l, const struct churn_ctx *c, bool known)
{
	const struct churn_rate v = rate_of(c->def[0], l, c);
	const int32_t back = c->leaving.window + 1;
	known = known && !l->blind;
	put_z(t, definition_texts[c->def[0]].name);
	put_real(t, known ? v.num : NAN);
	put_real(t, v.den);
	put_int(t, known ? l->t.recovered : WEND_NONE);
	put_int(t, c->leaving.contracts ? l->t.trial_won : WEND_NONE);
	put_int(t, c->leaving.contracts ? l->t.trial_lost : WEND_NONE);
	put_int(t, c->leaving.contracts ? WEND_NONE : period_day(c->unit, l->period) - back);
	put_int(t, c->leaving.contracts ? WEND_NONE : period_day(c->unit, l->period + 1) - 1 - back);
	put_int(t, l->late);
}

/* ---- for people: 80 columns ---- */
static void cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void count_cell(struct table *t, struct str *s, int64_t n, bool known)
{
	if (known)
		say_count(s, n);
	cell(t, s);
}

static void screen(struct report *r, const struct churn_lines *shown, const struct churn_ctx *c, bool known)
{
	static const char *const contract[] = { "start", "new", "back", "chose", "unpaid", "in+out", "pending", "left", "95 %" };
	static const char *const silent[] = { "start", "new", "back", "left", "in+out", "rate", "95 %", "last seen" };
	const bool k = c->leaving.contracts;
	struct table *t = &report_screen(r, "PERIOD")->t;
	struct str s = STR_INIT;
	table_col(t, "", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < c->by.n; i++)
		table_col(t, c->by.v[i].name, COL_TEXT, NULL, -1);
	for (size_t i = 0; i < (k ? 9u : 8u); i++)
		table_col(t, k ? contract[i] : silent[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < shown->n; i++) {
		const struct churn_line *l = &shown->v[i];
		const struct churn_rate v = rate_of(c->def[0], l, c);
		const bool few = !(v.den >= (double)c->p->min_n), told = known && !l->blind;
		period_text(&s, c->unit, period_day(c->unit, l->period));
		str_puts(&s, l->partial ? "*" : "");
		cell(t, &s);
		put_group(t, c, l->g);
		count_cell(t, &s, l->start, true);
		count_cell(t, &s, l->t.fresh, true);
		count_cell(t, &s, l->t.back, told);
		count_cell(t, &s, k ? l->t.by_choice : churned(l), told);
		if (k)
			count_cell(t, &s, l->t.by_payment, told);
		count_cell(t, &s, l->t.in_out, told);
		if (k)
			count_cell(t, &s, l->t.pending, told);
		if (few)
			str_puts(&s, "few");
		else if (told)
			say_share(&s, v.rate);
		cell(t, &s);
		if (!few && told)
			str_printf(&s, "%.1f-%.1f", v.ci.lo * 100, v.ci.hi * 100);
		cell(t, &s);
		if (!k) {
			const int32_t from = period_day(c->unit, l->period) - c->leaving.window - 1;
			if (told)
				day_text(&s, from);
			cell(t, &s);
		}
	}
	str_release(&s);
}

static bool in_span(const struct churn_line *l, const struct churn_ctx *c)
{
	return l->period >= (c->p->since == INT32_MIN ? INT32_MIN : period_number(c->unit, c->p->since)) && l->period <= period_number(c->unit, c->p->until);
}

enum wend_err churn_table(struct report *r, const struct churn_result *res, const struct churn_acc *a, const struct churn_ctx *c, const struct report_options *ro, struct err *err)
{
	struct span s = { 0 };
	int32_t fixed = 0;
	(void)a;
	if (ro->versus && strcmp(ro->versus, "previous") && strcmp(ro->versus, "year")) {
		if (span_parse(&s, sv_of(ro->versus), c->p->as_of, err))
			return err->code;
		fixed = period_number(c->unit, floor_day(s.from));
	}
	const struct churn_lines *from = c->by.n ? &res->groups : &res->all;
	struct churn_lines shown = { 0 };
	columns(&r->table, c, ro->versus);
	for (size_t i = 0; i < from->n; i++) {
		const struct churn_line *v = &from->v[i];
		if (!in_span(v, c))
			continue;
		put_line(&r->table, v, c, res->known, c->by.n ? churn_line_at(&res->all, v->period, NULL) : NULL);
		if (ro->versus) /* a comparison may reach behind the span */
			put_change(&r->table, v, churn_line_at(from, compared(c, ro->versus, v->period, fixed), v->g), c);
		put_rest(&r->table, v, c, res->known);
		GROW(shown.v, shown.cap, shown.n + 1);
		shown.v[shown.n++] = *v;
	}
	if (shown.n && !ro->versus && c->by.n < 2)
		screen(r, &shown, c, res->known);
	free(shown.v);
	return WEND_OK;
}
