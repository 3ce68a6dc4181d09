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

static void between_models(struct ltv_ahead *a, const struct ltv_look *l)
{
	a->least = INFINITY;
	a->most = -INFINITY;
	for (int i = 0; i < l->fit.n; i++) {
		if (l->fit.v[i].fit.reason)
			continue;
		const double v = value_money(&l->cells, &l->fit.v[i].fit.model, &l->fit.spend.model, &l->terms.life, l->terms.margin) / l->cells.printed;
		a->least = fmin(a->least, v);
		a->most = fmax(a->most, v);
	}
}

void ltv_ahead_run(struct ltv_ahead *a, const struct ltv_look *l)
{
	const struct value_terms *t = &l->terms;
	*a = (struct ltv_ahead){ .known = l->fit.chosen >= 0 && !l->fit.spend.reason && l->cells.printed > 0 };
	first_purchase(a, &l->b, l->minor);
	if (!a->known)
		return;
	const struct value_span spans[2] = { t->year, t->life };
	struct value_new once[2];
	struct value_total all[2];
	value_new(once, spans, 2, &l->fit, a->first, a->first_se, t->margin);
	value_totals(all, spans, 2, &l->cells, &l->fit, t->margin);
	a->once_year = once[0];
	a->once_life = once[1];
	a->year = all[0];
	a->life = all[1];
	between_models(a, l);
}

void ltv_ahead_measures(struct measures *out, const struct ltv_ahead *a, const struct ltv_look *l, const char *money)
{
	const bool margin = l->terms.has_margin;
	const double printed = l->cells.printed, half = Z95 * a->first_se * l->terms.margin, first = a->first * l->terms.margin;
	const int64_t n = (int64_t)llround(printed), all = (int64_t)llround(l->cells.customers);
	if (!a->known)
		return;
	const struct measure rows[] = {
		{ "new customer", margin ? "first_order" : "revenue_first_order", SV_NONE, first, { first - half, first + half }, all, money, "mean of the first purchase" },
		{ "new customer", margin ? "clv_12_months" : "revenue_clv_12_months", SV_NONE, a->once_year.value, a->once_year.ci, all, money, "first purchase and 12 months, discounted" },
		{ "new customer", margin ? "clv" : "revenue_clv", SV_NONE, a->once_life.value, a->once_life.ci, all, money, "first purchase and all that follow, discounted" },
		{ "to come", "orders_12_months", SV_NONE, a->year.purchases, a->year.purchases_ci, n, "purchase days", "expected of the customers we have, discounted" },
		{ "to come", margin ? "rlv_12_months" : "revenue_rlv_12_months", SV_NONE, a->year.money, a->year.money_ci, n, money, "expected of the customers we have, discounted" },
		{ "to come", margin ? "rlv" : "revenue_rlv", SV_NONE, a->life.money, a->life.money_ci, n, money, "expected of the customers we have, discounted" },
		{ "to come", margin ? "rlv_per_customer" : "revenue_rlv_per_customer", SV_NONE, a->life.money / printed,
		  { a->life.money_ci.lo / printed, a->life.money_ci.hi / printed }, n, money, "mean over customers" },
		{ "to come", "model_least", SV_NONE, a->least, { NAN, NAN }, n, money, "mean over customers by the model that says least" },
		{ "to come", "model_most", SV_NONE, a->most, { NAN, NAN }, n, money, "mean over customers by the model that says most" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		measure_add(out, rows[i]);
}
