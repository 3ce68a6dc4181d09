#include "fixture.h"
#include "wend/metric.h"
#include "../proof/buyers.h"

#include <math.h>
#include <stdio.h>

static double cell(const struct report *r, const char *parameter, const char *col)
{
	for (size_t i = 0; i < r->table.nrow; i++)
		if (!strcmp(fx_cell(&r->table, i, "parameter"), parameter)) {
			const struct cell *c = table_at(&r->table, i, (size_t)table_find(&r->table, sv_of(col)));
			return c->state == CELL_VALUE ? c->d : NAN;
		}
	fail_msg("no row %s", parameter);
	return NAN;
}

static double dice_beta(struct dice *d, double a, double b)
{
	const double x = dice_log_gamma(d, a), y = dice_log_gamma(d, b);
	return 1 / (1 + exp(y - x));
}

/* Each month after the first is an opportunity: leave before it, else buy at it or not. */
static void opportunities_of_a_store_give_back_the_parameters_they_came_from(void **state)
{
	static const double truth[4] = { 1.2, 0.9, 0.6, 2.8 };
	static const char *const names[4] = { "alpha", "beta", "gamma", "delta" };
	const struct report_options ro = { .as_of = "2026-12-31", .unit = "month" };
	const struct ltv_options o = { .model = "bgbb", .margin = NAN, .discount = NAN };
	struct dice d = { 5 };
	struct fixture x;
	struct report r;
	struct err err = ERR_INIT;
	char id[16], day[40];
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	for (int i = 0; i < 4000; i++) {
		const double buy = dice_beta(&d, truth[0], truth[1]), leave = dice_beta(&d, truth[2], truth[3]);
		const int first = (int)(dice_uniform(&d) * 12);
		bool there = true;
		for (int m = first; m < 24 && there; m++) {
			there = m == first || dice_uniform(&d) > leave;
			if (!there || (m > first && dice_uniform(&d) > buy))
				continue;
			snprintf(id, sizeof id, "c%d", i);
			snprintf(day, sizeof day, "%d-%02d-%02d", 2025 + m / 12, m % 12 + 1, 1 + (int)(dice_uniform(&d) * 28));
			fx_order(&x, id, day, 100);
			fx_put(&x);
		}
	}
	fx_commit(&x);
	struct population p = fx_population(&x, &ro, KIND_ORDERS);
	report_init(&r);
	fx_ok(metric_ltv_model(&p, &o, &ro, &r, &err), &err);
	for (int i = 0; i < 4; i++) {
		const double v = cell(&r, names[i], "estimate"), se = cell(&r, names[i], "se");
		if (!(fabs(log(v / truth[i])) < 3.5 * se / v))
			fail_msg("%s is %g (%g), not %g", names[i], v, se, truth[i]);
		assert_true(se / v < 0.3);
	}
	assert_true(cell(&r, "alive", "lo") < cell(&r, "alive", "estimate") && cell(&r, "ahead", "hi") > cell(&r, "ahead", "estimate"));
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

static void without_contracts_the_model_of_contracts_says_so(void **state)
{
	const struct report_options ro = { .as_of = "2026-12-31" };
	const struct ltv_options o = { .model = "sbg", .margin = NAN, .discount = NAN };
	struct fixture x;
	struct report r;
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	fx_order(&x, "a", "2026-01-05", 100);
	fx_put(&x);
	fx_commit(&x);
	struct population p = fx_population(&x, &ro, KIND_ORDERS);
	report_init(&r);
	fx_ok(metric_ltv_model(&p, &o, &ro, &r, &err), &err);
	assert_true(r.not_converged && !r.table.nrow);
	assert_non_null(strstr(r.finding.p, "no subscriptions"));
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opportunities_of_a_store_give_back_the_parameters_they_came_from),
		cmocka_unit_test(without_contracts_the_model_of_contracts_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
