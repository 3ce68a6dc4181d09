/* What is still to come, for the summary: the chosen purchase model and the model of
 * spending applied to the customers we have and to a new one.
 *
 *   a new customer  the first purchase, at its mean over all customers, and what the model
 *                   expects of somebody who has just bought for the first time
 *   still to come   value.c over the customers printed
 *   first purchase  money of all purchase days less that of the repeat days; Student t
 */
#include "ltv_impl.h"

#include <math.h>

void measure_add(struct measures *l, struct measure m)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = m;
}

const struct measure *measure_find(const struct measures *l, const char *section, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].section, section) && !strcmp(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

static void first_purchase(struct ltv_ahead *a, const struct purchases *b, double minor)
{
	const double n = (double)b->n;
	double sum = 0, squares = 0;
	for (size_t i = 0; i < b->n; i++)
		sum += (double)(b->v[i].total - b->v[i].repeat);
	for (size_t i = 0; i < b->n; i++) {
		const double off = (double)(b->v[i].total - b->v[i].repeat) - sum / n;
		squares += off * off;
	}
	a->first = sum / n / minor;
	a->first_se = n > 1 ? sqrt(squares / (n - 1) / n) / minor : NAN;
}

static void between_models(struct ltv_ahead *a)
{
	a->least = INFINITY;
	a->most = -INFINITY;
	for (int i = 0; i < a->fit.n; i++) {
		if (a->fit.v[i].fit.reason)
			continue;
		const double v = value_money(&a->cells, &a->fit.v[i].fit.model, &a->fit.spend.model, &a->terms.life, a->terms.margin) / a->shown;
		a->least = fmin(a->least, v);
		a->most = fmax(a->most, v);
	}
}

enum wend_err ltv_ahead_run(struct ltv_ahead *a, const struct population *p, const struct purchases *b, const struct ltv_options *o, const struct report_options *ro, double minor, struct err *err)
{
	struct ltv_held held = { 0 };
	const char *unit = ro->unit ? ro->unit : "week";
	*a = (struct ltv_ahead){ .fit.chosen = -1 };
	enum wend_err e = value_terms_read(&a->terms, p, o, unit, err);
	if (e)
		return e;
	ltv_cells_of(&a->cells, b->v, b->n, p->as_of, rfm_unit_days(unit), minor, o->spend && !strcmp(o->spend, "all"));
	if ((e = ltv_hold_out(&held, p, b, o, ro, err)) || (e = ltv_fit_run(&a->fit, &a->cells, &b->gaps, &held, o, err)))
		goto done;
	first_purchase(a, b, minor);
	for (size_t i = 0; i < a->cells.n; i++)
		a->shown += a->cells.shown[i];
	if (a->fit.chosen < 0 || a->fit.spend.reason || !(a->shown > 0)) {
		a->fit.chosen = -1;
		goto done;
	}
	a->once_year = value_new(&a->fit, &a->terms.year, a->first, a->first_se, a->terms.margin);
	a->once_life = value_new(&a->fit, &a->terms.life, a->first, a->first_se, a->terms.margin);
	a->year = value_total(&a->cells, &a->fit, &a->terms.year, a->terms.margin);
	a->life = value_total(&a->cells, &a->fit, &a->terms.life, a->terms.margin);
	between_models(a);
done:
	ltv_held_release(&held);
	return e;
}

void ltv_ahead_measures(struct measures *l, const struct ltv_ahead *a, const char *money)
{
	const bool margin = a->terms.has_margin;
	const int64_t n = (int64_t)llround(a->shown), all = (int64_t)llround(a->cells.customers);
	const double half = 1.959963984540054 * a->first_se * a->terms.margin, first = a->first * a->terms.margin;
	if (a->fit.chosen < 0)
		return;
	const struct measure rows[] = {
		{ "new customer", margin ? "first_order" : "revenue_first_order", SV_NONE, first, { first - half, first + half }, all, money, "mean of the first purchase" },
		{ "new customer", margin ? "clv_12_months" : "revenue_clv_12_months", SV_NONE, a->once_year.value, a->once_year.ci, all, money, "first purchase and 12 months, discounted" },
		{ "new customer", margin ? "clv" : "revenue_clv", SV_NONE, a->once_life.value, a->once_life.ci, all, money, "first purchase and all that follow, discounted" },
		{ "to come", "orders_12_months", SV_NONE, a->year.purchases, a->year.purchases_ci, n, "purchase days", "expected of the customers we have, discounted" },
		{ "to come", margin ? "rlv_12_months" : "revenue_rlv_12_months", SV_NONE, a->year.money, a->year.money_ci, n, money, "expected of the customers we have, discounted" },
		{ "to come", margin ? "rlv" : "revenue_rlv", SV_NONE, a->life.money, a->life.money_ci, n, money, "expected of the customers we have, discounted" },
		{ "to come", margin ? "rlv_per_customer" : "revenue_rlv_per_customer", SV_NONE, a->life.money / a->shown,
		  { a->life.money_ci.lo / a->shown, a->life.money_ci.hi / a->shown }, n, money, "mean over customers" },
		{ "to come", "model_least", SV_NONE, a->least, { NAN, NAN }, n, money, "mean over customers by the model that says least" },
		{ "to come", "model_most", SV_NONE, a->most, { NAN, NAN }, n, money, "mean over customers by the model that says most" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		measure_add(l, rows[i]);
}

void ltv_ahead_release(struct ltv_ahead *a)
{
	ltv_cells_release(&a->cells);
}
