/* churn forecast: how long contracts last, and what is left of a customer.
 *
 *   S        share still there after t renewals, by sBG (every customer has a chance of his own
 *            to leave, which stays) and by BdW (it rises or falls from renewal to renewal)
 *   lo, hi   where the share of a new cohort of as many customers will lie, 95 %: uncertainty
 *            of the parameters and the chance of so many customers, on the logit
 *   kept     S(t) / S(t-1): of those who came to the renewal the share who renewed
 *   DERL     what is left of one who has renewed t times, in payments, the next one due now and
 *            later ones discounted (Fader & Hardie 2010); at t = 0 that of a new customer
 *   half     renewals until half of those there after t have left
 *   observed product of the shares kept so far (Kaplan & Meier 1958), risk: who came to it
 *
 * Error of a forecast: mean over later renewals of |S - observed| / observed (MAPE).
 */
#include "renewals.h"

#include <math.h>

struct shown {
	const struct renewal_stat *s;
	const struct renewal_fits *f;
	double discount;           /* a period */
	double year;               /* a year */
	int64_t min_n;
	size_t until;
	const char *unit;
};

static double survival_at_t(const struct renewal_model *m, const void *ctx)
{
	return renewal_survival(m, *(const double *)ctx);
}

struct left_ctx {
	uint32_t t;
	double discount;
};

static double payments_left(const struct renewal_model *m, const void *ctx)
{
	const struct left_ctx *c = ctx;
	return c->t ? renewal_derl(m, c->t + 1, c->discount) : renewal_del(m, c->discount);
}

/* Renewals until half have left; -1: more than ten thousand. */
static int64_t half_life(const struct renewal_model *m, double t)
{
	const double half = renewal_survival(m, t) / 2;
	int64_t lo = 0, hi = 1;
	while (hi < 10000 && renewal_survival(m, t + (double)hi) > half)
		hi *= 2;
	if (renewal_survival(m, t + (double)hi) > half)
		return -1;
	while (hi - lo > 1) {
		const int64_t mid = (lo + hi) / 2;
		if (renewal_survival(m, t + (double)mid) > half)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

/* Share observed after t renewals; NaN where nobody came so far. */
static double observed(const struct renewal_stat *s, size_t t)
{
	double share = 1;
	for (size_t i = 0; i < t; i++) {
		if (i >= s->n || !s->v[i].risk)
			return NAN;
		share *= (double)(s->v[i].risk - s->v[i].lost) / (double)s->v[i].risk;
	}
	return share;
}

/* ---- rows ---- */

static void put_cells(struct table *t, const struct renewal_estimate *e, bool known)
{
	put_real(t, known ? e->value : NAN);
	put_real(t, known ? e->ci.lo : NAN);
	put_real(t, known ? e->ci.hi : NAN);
}

static void columns(struct table *t, const char *unit)
{
	static const char *const share[] = { "S", "lo", "hi", "kept" }, *const left[] = { "DERL", "DERL_lo", "DERL_hi" };
	table_col(t, "t", COL_INT, unit, 0);
	table_col(t, "model", COL_TEXT, NULL, -1);
	for (int i = 0; i < 4; i++)
		table_col(t, share[i], COL_SHARE, NULL, 1);
	for (int i = 0; i < 3; i++)
		table_col(t, left[i], COL_REAL, "payments", 2);
	table_col(t, "half", COL_INT, unit, 0);
	table_col(t, "observed", COL_SHARE, NULL, 1);
	table_col(t, "risk", COL_INT, NULL, 0);
	table_col(t, "chosen", COL_INT, NULL, 0);
	table_col(t, "flag", COL_TEXT, NULL, -1);
}

static struct renewal_estimate band(const struct shown *c, int model, size_t t)
{
	const struct renewal_fit *f = &c->f->v[model];
	const double at = (double)t, s = renewal_survival(&f->model, at);
	return renewal_about(f, survival_at_t, &at, s * (1 - s) / f->customers, true);
}

static void put_row(struct table *t, const struct shown *c, size_t k, int model)
{
	const struct renewal_fit *f = &c->f->v[model];
	const struct left_ctx left = { (uint32_t)k, c->discount };
	const bool known = !f->reason;
	const struct renewal_estimate none = { NAN, { NAN, NAN } };
	const struct renewal_estimate s = known ? band(c, model, k) : none, l = known && c->discount > 0 ? renewal_about(f, payments_left, &left, 0, false) : none;
	const int64_t half = known ? half_life(&f->model, (double)k) : -1;
	put_int(t, (int64_t)k);
	put_z(t, renewal_names[model]);
	if (!k) { /* everybody is there at first */
		put_real(t, known ? 1 : NAN);
		put_empty(t);
		put_empty(t);
		put_empty(t);
	} else {
		put_cells(t, &s, known);
		put_real(t, known ? s.value / renewal_survival(&f->model, (double)k - 1) : NAN);
	}
	put_cells(t, &l, known && c->discount > 0);
	put_int(t, half < 0 ? WEND_NONE : half);
	put_real(t, observed(c->s, k));
	put_int(t, k < c->s->n && c->s->v[k].risk ? c->s->v[k].risk : WEND_NONE);
	put_int(t, model == c->f->chosen);
	put_z(t, f->customers < (double)c->min_n ? "few" : NULL);
}

/* ---- what people see: both curves side by side, in steps people count in ---- */

static void put_range(struct table *t, struct str *s, double value, struct interval ci, double by, int digits)
{
	str_reset(s);
	if (!isnan(value))
		say_real(s, value * by, digits);
	put_text(t, str_view(s));
	str_reset(s);
	if (!isnan(ci.lo)) {
		say_real(s, ci.lo * by, digits);
		str_putc(s, '-');
		say_real(s, ci.hi * by, digits);
	}
	put_text(t, str_view(s));
}

static void screen(struct report *r, const struct shown *c)
{
	static const size_t steps[] = { 1, 2, 3, 6, 12, 24, 60, 120 };
	static const char *const names[] = { "seen %", "came", "sBG %", "95 %", "BdW %", " 95 %", "to pay", "95 % " };
	enum { ROWS = 26 };
	const struct interval none = { NAN, NAN };
	struct str s = STR_INIT;
	size_t k = 0;
	while (k + 1 < sizeof steps / sizeof *steps && c->until / steps[k] > ROWS)
		k++;
	static const char *const headings[] = { [PERIOD_DAY] = "DAYS", [PERIOD_WEEK] = "WEEKS", [PERIOD_MONTH] = "MONTHS", [PERIOD_QUARTER] = "QUARTERS", [PERIOD_YEAR] = "YEARS" };
	struct table *t = &report_screen(r, headings[c->s->unit])->t;
	table_col(t, arena_printf(&t->arena, "%ss", c->unit), COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		table_col(t, names[i], COL_TEXT, NULL, -1);
	for (size_t at = 0; at <= c->until; at += steps[k]) {
		const double seen = observed(c->s, at);
		str_reset(&s);
		str_printf(&s, "%zu", at);
		put_text(t, str_view(&s));
		str_reset(&s);
		if (!isnan(seen))
			say_real(&s, 100 * seen, 1);
		put_text(t, str_view(&s));
		str_reset(&s);
		if (at < c->s->n && c->s->v[at].risk)
			say_count(&s, c->s->v[at].risk);
		put_text(t, str_view(&s));
		for (int m = 0; m < 2; m++) {
			const bool known = !c->f->v[m].reason;
			const struct renewal_estimate e = known && at ? band(c, m, at) : (struct renewal_estimate){ known ? 1 : NAN, none };
			put_range(t, &s, e.value, e.ci, 100, 1);
		}
		const struct left_ctx left = { (uint32_t)at, c->discount };
		const struct renewal_estimate l = c->f->chosen >= 0 && c->discount > 0 ? renewal_about(&c->f->v[c->f->chosen], payments_left, &left, 0, false) : (struct renewal_estimate){ NAN, none };
		put_range(t, &s, l.value, l.ci, 1, 1);
	}
	str_release(&s);
}

/* ---- words ---- */

/* Mean error of the renewals after those that were fitted; NaN: none. */
static double forecast_error(const struct shown *c, int model)
{
	double sum = 0, n = 0;
	for (size_t t = c->f->n + 1; !c->f->v[model].reason && !isnan(observed(c->s, t)); t++) {
		sum += fabs(renewal_survival(&c->f->v[model].model, (double)t) / observed(c->s, t) - 1);
		n++;
	}
	return n > 0 ? sum / n : NAN;
}

static void say_at(struct str *s, const struct shown *c, size_t t)
{
	const struct renewal_estimate e = band(c, c->f->chosen, t);
	say_share(s, e.value);
	str_puts(s, " (");
	say_shares(s, e.ci);
	str_printf(s, ") after %zu %ss", t, c->unit);
}

static void say_choice(struct str *s, const struct shown *c)
{
	const struct renewal_fits *f = c->f;
	str_printf(s, " %s", renewal_names[f->chosen]);
	if (!f->automatic) {
		str_puts(s, " as asked for.");
	} else if (isnan(f->p)) {
		str_printf(s, ": %s has no maximum.", renewal_names[!f->chosen]);
	} else {
		const double c1 = f->v[1].model.c;
		str_printf(s, f->chosen ? ": the chance to leave %s from renewal to renewal (c " : ": that the chance to leave changes from renewal to renewal cannot be told (BdW c ", c1 > 1 ? "rises" : "falls");
		say_real(s, c1, 2);
		str_puts(s, ", p ");
		if (f->p < 0.001)
			str_puts(s, "below 0.001");
		else
			say_real(s, f->p, 3);
		str_puts(s, ").");
	}
	for (int i = 0; i < 2; i++) {
		const double e = forecast_error(c, i);
		if (isnan(e))
			continue;
		str_printf(s, i ? ", %s " : " Forecast error of later renewals: %s ", renewal_names[i]);
		say_real(s, 100 * e, 2);
		str_puts(s, " %");
		if (i)
			str_putc(s, '.');
	}
}

static void find(struct report *r, const struct shown *c)
{
	struct str *s = &r->finding;
	const struct renewal_fits *f = c->f;
	if (f->chosen < 0) {
		str_printf(s, "no curve can be fitted: %s.", f->v[0].reason ? f->v[0].reason : f->v[1].reason);
		return;
	}
	const struct renewal_fit *v = &f->v[f->chosen];
	const struct left_ctx fresh = { 0, c->discount };
	str_puts(s, "of new customers there are still ");
	say_at(s, c, f->n);
	if (c->until > f->n) {
		str_puts(s, " and ");
		say_at(s, c, c->until);
	}
	str_printf(s, ", by %zu %s of ", f->n, f->n == 1 ? "renewal" : "renewals");
	say_things(s, (int64_t)v->customers, "customer.", "customers.");
	if (c->discount > 0) {
		const struct renewal_estimate e = renewal_about(v, payments_left, &fresh, 0, false);
		str_puts(s, " A new customer makes ");
		say_real(s, e.value, 1);
		str_puts(s, " payments for life (");
		say_real(s, e.ci.lo, 1);
		str_puts(s, " to ");
		say_real(s, e.ci.hi, 1);
		str_printf(s, ", discounted at %g %% a year).", 100 * c->year);
	}
	say_choice(s, c);
}

static void draw(struct report *r, const struct shown *c)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAND;
	r->figure.title = "customers who stay";
	r->figure.x_label = arena_printf(&r->arena, "%ss", c->unit);
	r->figure.y_label = "share still there";
	table_col(t, "t", COL_INT, c->unit, 0);
	table_col(t, "S", COL_SHARE, NULL, 0);
	table_col(t, "lo", COL_SHARE, NULL, 0);
	table_col(t, "hi", COL_SHARE, NULL, 0);
	table_col(t, "model", COL_TEXT, NULL, -1);
	for (int m = 0; m < 3; m++)
		for (size_t k = 0; k <= c->until; k++) {
			if (m < 2 ? c->f->v[m].reason != NULL : isnan(observed(c->s, k)))
				continue;
			const struct renewal_estimate e = m < 2 && k ? band(c, m, k) : (struct renewal_estimate){ m < 2 ? 1 : observed(c->s, k), { NAN, NAN } };
			put_int(t, (int64_t)k);
			put_real(t, e.value);
			put_real(t, m == c->f->chosen ? e.ci.lo : NAN);
			put_real(t, m == c->f->chosen ? e.ci.hi : NAN);
			put_z(t, m < 2 ? renewal_names[m] : "observed");
		}
}

static void explain(struct report *r, const struct shown *c)
{
	struct line_list *l = &r->explain.text;
	for (int i = 0; i < 2; i++) {
		const struct renewal_fit *f = &c->f->v[i];
		if (f->reason)
			line_add(l, "%s: %s", renewal_names[i], f->reason);
		else if (i)
			line_add(l, "BdW: alpha %.6f, beta %.6f, c %.6f, log-likelihood %.6f", f->model.alpha, f->model.beta, f->model.c, f->loglik);
		else
			line_add(l, "sBG: alpha %.6f, beta %.6f, log-likelihood %.6f", f->model.alpha, f->model.beta, f->loglik);
	}
	line_add(l, "S(t) = B(alpha, beta + t^c) / B(alpha, beta), c = 1 for sBG (Fader & Hardie 2007; Fader, Hardie, Liu, Davin & Steenburgh 2018); BdW where twice the difference of the log-likelihoods passes 3.84 (5 %%, one parameter more)");
	line_add(l, "band: delta method in log alpha, log beta, log c and S (1 - S) / n for a new cohort of as many customers, on the logit");
	line_add(l, "DERL(t) = sum of S(s) / S(t) discounted, s from t + 1 on, the next payment due now (Fader & Hardie 2010); at t = 0 from the first payment on");
}

/* A fitted statistic becomes the report. */
static enum wend_err show(struct report *r, const struct renewal_stat *s, const struct forecast_options *o, int64_t min_n, struct err *err)
{
	static const char *const units[] = { [PERIOD_DAY] = "day", [PERIOD_WEEK] = "week", [PERIOD_MONTH] = "month", [PERIOD_QUARTER] = "quarter", [PERIOD_YEAR] = "year" };
	struct renewal_fits f;
	const double year = isnan(o->discount) ? 0.10 : o->discount;
	if (!(year >= 0) || year > 10)
		return err_set(err, WEND_E_USAGE, "a discount of %g a year is none; write 10 %% as 0.10", year);
	const enum wend_err e = renewal_fits_run(&f, s, o, err);
	struct shown c = { s, &f, renewal_discount(year, s->unit), year, min_n, 0, units[s->unit] };
	if (e)
		goto done;
	size_t known = 0;
	while (known < s->n && s->v[known].risk)
		known++;
	c.until = known + (size_t)(o->horizon ? o->horizon : 12);
	columns(&r->table, c.unit);
	for (size_t k = 0; known && k <= c.until; k++)
		for (int m = 0; m < 2; m++)
			put_row(&r->table, &c, k, m);
	find(r, &c);
	if (known) {
		screen(r, &c);
		draw(r, &c);
		explain(r, &c);
	}
	str_puts(&r->definition, "S: share still there after t renewals, sBG and BdW side by side; lo, hi: 95 % band of a new cohort of as many customers; DERL: payments still to come of one who has renewed t times, discounted; half: until half of those have left; trials are no customers");
	r->not_converged = o->model && strcmp(o->model, "auto") && f.chosen < 0;
done:
	renewal_fits_release(&f);
	return e;
}

enum wend_err metric_churn_forecast_from(const struct table *from, size_t n, const struct forecast_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct renewal_stat s;
	enum wend_err e = renewals_read(&s, from, n, o, ro, err);
	if (!e && ro->stat)
		renewals_print(r, &s);
	else if (!e)
		e = show(r, &s, o, ro->min_n > 0 ? ro->min_n : MIN_N, err);
	renewal_stat_release(&s);
	return e;
}

enum wend_err metric_churn_forecast(const struct population *p, const struct forecast_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct renewal_stat s = { .n = 0 };
	struct fold_counts n = { 0 };
	enum period_unit unit = PERIOD_MONTH;
	enum wend_err e = ro->period ? period_parse(&unit, ro->period, err) : WEND_OK;
	if (!e)
		e = renewals_run(&s, p, &o->churn, unit, false, &n, err);
	if (e)
		goto done;
	if (!s.subscriptions) {
		columns(&r->table, "month");
		str_puts(&r->finding, "no subscriptions: nobody holds a contract that is renewed. What buyers without one will still bring: wend ltv model.");
	} else if (!s.ended) {
		columns(&r->table, "month");
		str_puts(&r->finding, "no subscription in the store has an end: how long they last cannot be told from it.");
	} else if (ro->stat) {
		renewals_print(r, &s);
	} else {
		e = show(r, &s, o, p->min_n, err);
	}
	if (e)
		goto done;
	line_add(&r->next, s.subscriptions ? "wend churn whatif" : "wend ltv model");
	line_add(&r->next, "wend churn forecast --plot forecast.png");
	e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_SUBSCRIPTIONS), err);
	report_scope(r, p, &n);
done:
	renewal_stat_release(&s);
	return e;
}
