/* churn whatif: is it worth more to keep a customer than to win one?
 *
 *   base        what the customers with contracts still bring: price a month x payments left at
 *               their age by the chosen curve (churn forecast), discounted, x margin
 *   leaving     share of them the curve lets leave within a month
 *   point       the same with every month's chance to leave smaller in one proportion, so that
 *               `leaving` falls by a point (0.01), minus the base: d(value of the base) /
 *               d(monthly churn - 1 point). A point taken off each month alike would make those
 *               who hardly leave any more stay for ever
 *   new         first price, mean of a year's new customers x payments of a new customer x margin
 *   cost        of one more customer: as given, else a year's spend / a year's new customers,
 *               which is the average and not the last one's
 *   winning     budget / cost x new
 *   worth_it_up_to = point x cost / new: the money at which both are equal
 *
 * Limits: the curve's parameters (delta method), the mean of the prices, Garwood's limits of the
 * number of new customers; ratios and differences joined as MOVER (Donner & Zou 2012). That a
 * point can be had, and what it costs, is the reader's to know.
 */
#include "renewals.h"

#include <math.h>

struct spend {
	int64_t minor, rows;
};
struct spend_ctx {
	int32_t after;
};

static void add_spend(void *acc, const struct journey *j, void *ctx)
{
	struct spend *s = acc;
	const struct spend_ctx *c = ctx;
	const int64_t *amount = j->rows.f[F_AMOUNT];
	for (size_t i = 0; i < j->rows.n; i++)
		if (j->rows.kind[i] == KIND_SPEND && j->seen[i] == SEEN && amount && amount[i] != WEND_NONE && j->day[i] > c->after) {
			s->minor += amount[i];
			s->rows++;
		}
}

static void merge_spend(void *into, void *from, void *ctx)
{
	struct spend *a = into, *b = from;
	(void)ctx;
	a->minor += b->minor;
	a->rows += b->rows;
}

/* Spend of the year, in the currency of the contracts; none when it is in another one. */
static enum wend_err spend_of_year(struct spend *out, const struct population *p, currency cur, struct err *err)
{
	struct population all = *p;
	struct spend_ctx c;
	struct fold f = { .kinds = KIND_BIT(KIND_SPEND), .nobody = true, .want_day = true, .money = KIND_BIT(KIND_SPEND), .acc_size = sizeof *out, .customer = add_spend, .merge = merge_spend, .ctx = &c };
	struct fold_counts n = { 0 };
	int y, m, d;
	civil_ymd(p->as_of, &y, &m, &d);
	c.after = civil_add_months(p->as_of, -12, d);
	*out = (struct spend){ 0 };
	if (!(p->present & KIND_BIT(KIND_SPEND)))
		return WEND_OK;
	all.customer_filter = NULL;
	all.only = NULL;
	all.event_filter = NULL;
	all.kinds |= KIND_BIT(KIND_SPEND);
	all.cur = cur;
	all.from = all.from_local = INT64_MIN;
	all.to = all.to_local = INT64_MAX;
	fields_add(&f.fields, F_AMOUNT);
	return fold_run(&all, &f, out, &n, err);
}

/* ---- estimates ---- */

struct asked {
	const struct renewal_stat *s;
	double discount, less, by; /* by: a minor unit in what is printed, margin included */
};

static double base_value(const struct renewal_model *m, const void *ctx)
{
	const struct asked *a = ctx;
	return contract_base(m, a->s, a->discount, 1) * a->by;
}

static double leaving_share(const struct renewal_model *m, const void *ctx)
{
	const struct asked *a = ctx;
	double sum = 0, n = 0;
	for (size_t t = 0; t < a->s->n; t++) {
		sum += (double)a->s->v[t].base * (1 - renewal_survival(m, (double)t + 1) / renewal_survival(m, (double)t));
		n += (double)a->s->v[t].base;
	}
	return n > 0 ? sum / n : NAN;
}

static double gain_value(const struct renewal_model *m, const void *ctx)
{
	const struct asked *a = ctx;
	const double leave = fmax(0, 1 - a->less / leaving_share(m, ctx));
	return (contract_base(m, a->s, a->discount, leave) - contract_base(m, a->s, a->discount, 1)) * a->by;
}

static double new_value(const struct renewal_model *m, const void *ctx)
{
	const struct asked *a = ctx;
	return contract_new(m, a->discount) * (double)a->s->fresh_money / (double)a->s->fresh * a->by;
}

struct answer {
	struct renewal_estimate base, gain, fresh, leaving, cost, winning, up_to, customers;
	int64_t there, money, spend;
	bool has_new, cost_known, cost_given, budget;
	double points;
	const char *call;
};

static struct renewal_estimate quotient(const struct renewal_estimate *a, const struct renewal_estimate *b)
{
	return (struct renewal_estimate){ a->value / b->value, ratio_of(a->value, a->ci, b->value, b->ci) };
}

static struct renewal_estimate times(struct renewal_estimate e, double by)
{
	return (struct renewal_estimate){ e.value * by, { e.ci.lo * by, e.ci.hi * by } };
}

static struct renewal_estimate fact(double v)
{
	return (struct renewal_estimate){ v, { v, v } };
}

static void cost_of(struct answer *a, const struct renewal_stat *s, const struct forecast_options *o, const struct spend *spend, double minor)
{
	a->cost = (struct renewal_estimate){ NAN, { NAN, NAN } };
	a->spend = spend->minor;
	a->cost_given = !isnan(o->cost);
	if (a->cost_given) {
		a->cost = fact(o->cost);
	} else if (spend->minor > 0 && s->fresh > 0) {
		const struct interval n = garwood((double)s->fresh, ALPHA);
		const double all = (double)spend->minor / minor;
		a->cost = (struct renewal_estimate){ all / (double)s->fresh, { all / n.hi, all / n.lo } };
	}
	a->cost_known = !isnan(a->cost.value);
}

static void estimate(struct answer *a, const struct renewal_stat *s, const struct renewal_fit *f, const struct forecast_options *o, const struct value_terms *t, const struct spend *spend)
{
	const int exponent = s->cur ? currency_exponent(s->cur) : 2;
	const double minor = pow(10, exponent < 0 ? 2 : exponent);
	struct asked q = { s, renewal_discount(t->discount, s->unit), a->points / 100, t->margin / minor };
	for (size_t i = 0; i < s->n; i++) {
		a->there += s->v[i].base;
		a->money += s->v[i].money;
	}
	a->base = renewal_about(f, base_value, &q, 0, false);
	a->gain = renewal_about(f, gain_value, &q, 0, false);
	a->leaving = renewal_about(f, leaving_share, &q, 0, true);
	a->has_new = s->fresh > 1 && s->fresh_money > 0;
	cost_of(a, s, o, spend, minor);
	if (!a->has_new)
		return;
	const struct interval mean = mean_interval((double)s->fresh_money, (double)s->fresh_squares, (double)s->fresh, ALPHA);
	const double se = (mean.hi - mean.lo) / 2 / Z95 * q.by * contract_new(&f->model, q.discount);
	a->fresh = renewal_about(f, new_value, &q, se * se, false);
	a->customers = quotient(&a->gain, &a->fresh);
	if (!a->cost_known)
		return;
	/* point / new x cost, the cost's limits beside those of the quotient */
	const struct renewal_estimate per = quotient(&a->cost, &a->fresh);
	a->up_to = times(per, a->gain.value);
	const double lo = hypot(log(a->gain.value / a->gain.ci.lo), log(per.value / per.ci.lo)), hi = hypot(log(a->gain.ci.hi / a->gain.value), log(per.ci.hi / per.value));
	a->up_to.ci = (struct interval){ a->up_to.value * exp(-lo), a->up_to.value * exp(hi) };
	a->budget = !isnan(o->budget);
	if (!a->budget)
		return;
	a->winning = times(quotient(&a->fresh, &a->cost), o->budget);
	const struct interval d = difference_of(a->gain.value, a->gain.ci, a->winning.value, a->winning.ci);
	a->call = d.lo > 0 ? "keep" : d.hi < 0 ? "win" : "chance";
}

/* ---- rows ---- */

static void put(struct table *t, const char *measure, const struct renewal_estimate *e, bool fact_only, int64_t n, const char *unit, const char *definition)
{
	put_z(t, measure);
	put_real(t, e->value);
	put_real(t, fact_only ? NAN : e->ci.lo);
	put_real(t, fact_only ? NAN : isfinite(e->ci.hi) ? e->ci.hi : NAN);
	put_int(t, n);
	put_z(t, unit);
	put_z(t, definition);
}

static void columns(struct table *t)
{
	table_col(t, "measure", COL_TEXT, NULL, -1);
	table_col(t, "value", COL_REAL, NULL, -1);
	table_col(t, "lo", COL_REAL, NULL, -1);
	table_col(t, "hi", COL_REAL, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "unit", COL_TEXT, NULL, -1);
	table_col(t, "definition", COL_TEXT, NULL, -1);
}

static void rows(struct report *r, const struct answer *a, const struct renewal_stat *s, const struct forecast_options *o, const char *money, double minor)
{
	struct table *t = &r->table;
	const struct renewal_estimate there = fact((double)a->there), monthly = fact((double)a->money / minor), won = fact((double)s->fresh), spent = fact((double)a->spend / minor);
	put(t, "customers", &there, true, WEND_NONE, "", "with a paid contract on the day");
	put(t, "money_a_month", &monthly, true, a->there, money, "what they pay");
	put(t, "leaving", &a->leaving, false, a->there, "share", "of them within a month, by the curve");
	put(t, "base_value", &a->base, false, a->there, money, "what they still bring");
	put(t, "point", &a->gain, false, a->there, money, arena_printf(&r->arena, "more with %g point%s less of monthly churn", a->points, a->points == 1 ? "" : "s"));
	put(t, "new_customers", &won, true, WEND_NONE, "", "won in the year to the day");
	if (a->has_new) {
		put(t, "new_value", &a->fresh, false, s->fresh, money, "what one brings for life");
		put(t, "point_in_new", &a->customers, false, s->fresh, "customers", "new customers who bring as much as the point");
	}
	if (a->spend && !a->cost_given)
		put(t, "spend", &spent, true, WEND_NONE, money, "in the year to the day");
	if (a->cost_known) {
		put(t, "cost_of_new", &a->cost, a->cost_given, a->cost_given ? WEND_NONE : s->fresh, money, a->cost_given ? "as given" : "spend / new customers, the average");
		if (a->has_new)
			put(t, "worth_it_up_to", &a->up_to, false, s->fresh, money, "point x cost_of_new / new_value: the money at which both are equal");
	}
	if (a->budget) {
		const struct renewal_estimate b = fact(o->budget);
		put(t, "budget", &b, true, WEND_NONE, money, "as given");
		put(t, "winning", &a->winning, false, s->fresh, money, "budget / cost_of_new x new_value");
	}
}

/* ---- what people see ---- */

static void put_number(struct str *s, double v, bool share)
{
	say_real(s, share ? 100 * v : v, share ? 1 : fabs(v) < 100 && v != floor(v) ? 2 : 0);
	if (share)
		str_puts(s, " %");
}

static void screen(struct report *r)
{
	const struct table *from = &r->table;
	struct table *t = &report_screen(r, "KEEPING AND WINNING")->t;
	struct str s = STR_INIT;
	table_col(t, "", COL_TEXT, NULL, -1);
	table_col(t, "value", COL_TEXT, NULL, -1);
	table_col(t, "95 %", COL_TEXT, NULL, -1);
	table_col(t, "", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < from->nrow; i++) {
		const struct cell *c = table_at(from, i, 0);
		const bool share = sv_is(c[5].s, "share");
		for (size_t k = 0; k < c[0].s.n; k++)
			str_putc(&s, c[0].s.p[k] == '_' ? ' ' : c[0].s.p[k]);
		put_text(t, str_view(&s));
		str_reset(&s);
		put_number(&s, c[1].d, share);
		put_text(t, str_view(&s));
		str_reset(&s);
		if (c[2].state == CELL_VALUE) {
			put_number(&s, c[2].d, share);
			str_puts(&s, " - ");
			if (c[3].state == CELL_VALUE)
				put_number(&s, c[3].d, share);
		}
		put_text(t, str_view(&s));
		str_reset(&s);
		put_text(t, share ? SV_NONE : c[5].s);
	}
	str_release(&s);
}

/* ---- words ---- */

static void say_amount(struct str *s, const struct renewal_estimate *e, const char *money)
{
	const int digits = fabs(e->value) < 100 ? 2 : 0;
	str_printf(s, "%s%s", money, *money ? " " : "");
	say_real(s, e->value, digits);
	if (e->ci.lo == e->ci.hi || isnan(e->ci.lo))
		return;
	str_puts(s, " (");
	say_real(s, e->ci.lo, digits);
	str_puts(s, " to ");
	if (isfinite(e->ci.hi))
		say_real(s, e->ci.hi, digits);
	else
		str_puts(s, "any");
	str_puts(s, ")");
}

static void say_points(struct str *s, double points)
{
	if (points == 1)
		str_puts(s, "one point");
	else
		str_printf(s, "%g points", points);
}

static void find(struct report *r, const struct answer *a, const struct forecast_options *o, const char *money, bool margin)
{
	struct str *s = &r->finding;
	say_points(s, a->points);
	str_puts(s, " less of monthly churn is worth ");
	say_amount(s, &a->gain, money);
	str_puts(s, " on the ");
	say_things(s, a->there, "customer", "customers");
	str_puts(s, " there are, who still bring ");
	say_amount(s, &a->base, money);
	str_printf(s, " %s; ", margin ? "margin" : "revenue");
	say_share(s, a->leaving.value);
	str_puts(s, " of them leave within a month.");
	if (!a->has_new) {
		str_puts(s, " Nobody was won in the year before: there is nothing to compare with.");
		return;
	}
	str_puts(s, " A new customer brings ");
	say_amount(s, &a->fresh, money);
	if (a->cost_known) {
		str_puts(s, " and costs ");
		say_amount(s, &a->cost, money);
	}
	str_puts(s, ", so that the point is worth ");
	say_real(s, a->customers.value, 0);
	str_puts(s, " new customers (");
	say_real(s, a->customers.ci.lo, 0);
	str_puts(s, " to ");
	say_real(s, a->customers.ci.hi, 0);
	str_puts(s, ").");
	if (!a->cost_known) {
		str_puts(s, " What one costs is not known; with '--cost' or spend in the store the money at which both are equal is told.");
		return;
	}
	str_puts(s, " Up to ");
	say_amount(s, &a->up_to, money);
	str_puts(s, " for it, keeping brings more than winning.");
	if (!a->budget)
		return;
	str_printf(s, " %s%s", money, *money ? " " : "");
	say_real(s, o->budget, 0);
	str_puts(s, " spent on winning bring ");
	say_amount(s, &a->winning, money);
	str_puts(s, !strcmp(a->call, "keep") ? ": less than the point, beyond chance." : !strcmp(a->call, "win") ? ": more than the point, beyond chance." : ": which is more cannot be told.");
}

static void draw(struct report *r, const struct answer *a, const char *money)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAR;
	r->figure.title = "keeping against winning";
	r->figure.y_label = arena_printf(&r->arena, "value%s%s", *money ? ", " : "", money);
	table_col(t, "what", COL_TEXT, NULL, -1);
	table_col(t, "value", COL_REAL, NULL, 0);
	table_col(t, "lo", COL_REAL, NULL, 0);
	table_col(t, "hi", COL_REAL, NULL, 0);
	for (int i = 0; i < (a->budget ? 2 : 1); i++) {
		const struct renewal_estimate *e = i ? &a->winning : &a->gain;
		put_z(t, i ? "the budget spent on winning" : "less churn");
		put_real(t, e->value);
		put_real(t, e->ci.lo);
		put_real(t, isfinite(e->ci.hi) ? e->ci.hi : NAN);
	}
}

static void explain(struct report *r, const struct renewal_fits *f, const struct value_terms *t)
{
	struct line_list *l = &r->explain.text;
	const struct renewal_fit *v = &f->v[f->chosen];
	line_add(l, "curve: %s, alpha %.6f, beta %.6f, c %.6f, by %zu renewals of %.0f customers", renewal_names[f->chosen], v->model.alpha, v->model.beta, v->model.c, f->n, v->customers);
	line_add(l, "payments left after t months, discounted at %g %% a year, the next one due now (Fader & Hardie 2010); point: every month's chance to leave from now on smaller in one proportion, so that so many points less of today's customers leave within a month", 100 * t->discount);
	line_add(l, "limits: parameters of the curve, mean of the first prices, Garwood's limits of the new customers; joined as MOVER (Donner & Zou 2012)");
}

enum wend_err metric_churn_whatif(const struct population *p, const struct forecast_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	const struct ltv_options lo = { .margin = o->margin, .discount = o->discount };
	struct renewal_stat s = { .n = 0 };
	struct renewal_fits f = { .chosen = -1 };
	struct fold_counts n = { 0 };
	struct value_terms t;
	struct spend spend = { 0 };
	struct answer a = { .points = o->points > 0 ? o->points : 1 };
	char money[4] = "";
	enum wend_err e = value_terms_read(&t, p, &lo, "week", err);
	(void)ro;
	if (!e && (a.points >= 100 || (!isnan(o->cost) && !(o->cost > 0)) || (!isnan(o->budget) && !(o->budget > 0))))
		e = err_set(err, WEND_E_USAGE, "points of churn are below 100, a cost and a budget above 0");
	if (!e)
		e = renewals_run(&s, p, &o->churn, PERIOD_MONTH, true, &n, err);
	if (!e)
		e = renewal_fits_run(&f, &s, o, err);
	if (!e)
		e = spend_of_year(&spend, p, s.cur, err);
	if (e)
		goto done;
	if (s.cur)
		currency_text(money, s.cur);
	const char *name = arena_strdup(&r->arena, money);
	int64_t there = 0;
	for (size_t i = 0; i < s.n; i++)
		there += s.v[i].base;
	columns(&r->table);
	if (!s.subscriptions) {
		str_puts(&r->finding, "no subscriptions: nobody holds a contract that could be kept. What buyers without one bring: wend ltv.");
	} else if (f.chosen < 0) {
		str_printf(&r->finding, "no curve of staying can be fitted: %s.", f.v[0].reason ? f.v[0].reason : f.v[1].reason);
		r->not_converged = o->model && strcmp(o->model, "auto");
	} else if (!there) {
		str_puts(&r->finding, "nobody holds a contract on the day: there is nobody to keep.");
	} else if (leaving_share(&f.v[f.chosen].model, &(struct asked){ .s = &s }) <= a.points / 100) {
		str_puts(&r->finding, "only ");
		say_share(&r->finding, leaving_share(&f.v[f.chosen].model, &(struct asked){ .s = &s }));
		str_printf(&r->finding, " of the customers there are leave within a month: that is not %g points more than nobody; ask for fewer with '--points'.", a.points);
	} else {
		const int exponent = s.cur ? currency_exponent(s.cur) : 2;
		estimate(&a, &s, &f.v[f.chosen], o, &t, &spend);
		rows(r, &a, &s, o, name, pow(10, exponent < 0 ? 2 : exponent));
		screen(r);
		find(r, &a, o, name, t.has_margin);
		draw(r, &a, name);
		explain(r, &f, &t);
	}
	str_puts(&r->definition, "point: value of the customers there are with every month's chance to leave smaller in one proportion, so many points on the month's average, minus their value; cost of a new customer: the average of a year, not that of the last one won; values for life, ");
	say_discount(&r->definition, &t);
	str_puts(&r->definition, "; 95 % limits of the estimates, not of the plan");
	line_add(&r->next, "wend churn forecast");
	line_add(&r->next, "wend churn whatif --budget 10000%s%s", p->cur ? " --currency " : "", p->cur ? name : "");
	e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_SUBSCRIPTIONS), err);
	report_scope(r, p, &n);
done:
	renewal_fits_release(&f);
	renewal_stat_release(&s);
	return e;
}
