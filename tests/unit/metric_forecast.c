/* Published: Fader & Hardie (2007), .668/3.806 and .704/1.182 for years 1 to 7 of High End and
 * Regular; six digits, log-likelihoods and errors by R 4.2.2 optim (churn_reference.csv). */
#include "fixture.h"
#include "metric/renewals.h"

#include <math.h>
#include <stdio.h>

static const int high[13] = { 1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394 };
static const int regular[13] = { 1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173 };

static void survivors(struct table *t, const int *v, int n)
{
	char text[16];
	table_init(t);
	table_col(t, "year", COL_TEXT, NULL, -1);
	table_col(t, "survivors", COL_TEXT, NULL, -1);
	for (int i = 0; i < n; i++) {
		snprintf(text, sizeof text, "%d", i);
		put_z(t, text);
		snprintf(text, sizeof text, "%d", v[i]);
		put_z(t, text);
	}
}

static void forecast(struct report *r, const int *v, int64_t first)
{
	const struct forecast_options o = { .discount = NAN, .first = first };
	const struct report_options ro = { 0 };
	struct err err = ERR_INIT;
	struct table t;
	survivors(&t, v, 13);
	report_init(r);
	fx_ok(metric_churn_forecast_from(&t, 1, &o, &ro, r, &err), &err);
	table_release(&t);
}

static double cell(const struct report *r, int t, int model, const char *col)
{
	const struct cell *c = table_at(&r->table, (size_t)(2 * t + model), (size_t)table_find(&r->table, sv_of(col)));
	return c->state == CELL_VALUE ? c->d : NAN;
}

static bool tells(const struct report *r, const char *text)
{
	for (size_t i = 0; i < r->explain.text.n; i++)
		if (strstr(r->explain.text.v[i], text))
			return true;
	return false;
}

static double mape(const struct report *r, const int *v, int model)
{
	double sum = 0;
	for (int t = 8; t <= 12; t++)
		sum += fabs(cell(r, t, model, "S") / (v[t] / 1000.0) - 1);
	return sum / 5;
}

static void the_published_curves_come_out_to_six_digits(void **state)
{
	struct report r;
	(void)state;
	forecast(&r, high, 7);
	assert_true(tells(&r, "alpha 0.668088, beta 3.806095, log-likelihood -1611.1581"));
	assert_true(tells(&r, "alpha 0.214253, beta 1.426575, c 1.723565, log-likelihood -1605.3142"));
	assert_true(fabs(cell(&r, 1, 0, "S") - 0.8506792651) < 5e-7 && fabs(cell(&r, 12, 0, "kept") - 0.9568256154) < 5e-7);
	assert_true(fabs(cell(&r, 8, 1, "S") - 0.4677523943) < 5e-6 && fabs(cell(&r, 12, 1, "S") - 0.4039296149) < 5e-6);
	assert_true(fabs(mape(&r, high, 0) - 0.02832434687) < 1e-6 && fabs(mape(&r, high, 1) - 0.01266330199) < 1e-5);
	assert_int_equal(table_at(&r.table, 1, (size_t)table_find(&r.table, SV("chosen")))->i, 1);
	report_release(&r);
	forecast(&r, regular, 7);
	assert_true(tells(&r, "alpha 0.704077, beta 1.182043, log-likelihood -1680.2651"));
	assert_true(fabs(cell(&r, 3, 0, "S") - 0.3879739483) < 5e-7);
	assert_true(mape(&r, regular, 1) < 0.014 && fabs(mape(&r, regular, 1) - 0.01378185368) < 1e-5);
	assert_int_equal(table_at(&r.table, 0, (size_t)table_find(&r.table, SV("chosen")))->i, 1); /* one parameter is not worth 0.66 */
	report_release(&r);
	forecast(&r, regular, 4);
	assert_true(tells(&r, "alpha 0.763665, beta 1.295830"));
	report_release(&r);
}

static void what_is_left_is_the_discounted_sum_of_the_curve(void **state)
{
	struct report r;
	(void)state;
	forecast(&r, regular, 7);
	/* by hand from the curve itself, 10 % a year, far enough out */
	const double a = 0.7040773461, b = 1.182043106;
	for (int t = 0; t <= 3; t += 3) {
		double stay = 1, sum = t ? 0 : 1, d = 1;
		for (int s = 1; s < 4000; s++) {
			const double kept = (b + s - 1) / (a + b + s - 1);
			if (s > t) {
				stay *= kept;
				d /= s > (t ? t + 1 : 0) ? 1.1 : 1;
				sum += stay * d;
			}
		}
		assert_true(fabs(cell(&r, t, 0, "DERL") / sum - 1) < 1e-5);
	}
	for (int t = 1; t <= 20; t++) {
		assert_true(cell(&r, t, 0, "S") < cell(&r, t - 1, 0, "S"));
		assert_true(cell(&r, t, 0, "lo") < cell(&r, t, 0, "S") && cell(&r, t, 0, "S") < cell(&r, t, 0, "hi"));
	}
	report_release(&r);
}

/* ---- from a store ---- */

static void contract(struct fixture *x, int who, const char *from, const char *to)
{
	char name[16];
	snprintf(name, sizeof name, "c%d", who);
	struct record *r = fx_rec(x, KIND_SUBSCRIPTIONS, name, from);
	if (to)
		r->v[F_END] = fx_time(to);
	r->v[F_MRR] = 1000;
	fx_put(x);
}

static void renewals_count_by_the_day_of_the_month_and_only_what_was_watched(void **state)
{
	struct fixture x;
	struct report r;
	const struct forecast_options o = { .discount = NAN };
	const struct report_options ro = { .as_of = "2026-04-30", .stat = true };
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	contract(&x, 1, "2026-01-31", NULL);           /* renewals 28 February, 31 March, 30 April, all seen */
	contract(&x, 2, "2026-01-31", "2026-02-28");   /* left at the first */
	contract(&x, 3, "2026-01-15", "2026-03-01");   /* left between the first and the second: at the second */
	contract(&x, 4, "2026-04-10", "2026-04-20");   /* his first renewal lies ahead: nobody knows more of those who stayed */
	contract(&x, 5, "2026-02-20", NULL);
	contract(&x, 6, "2026-03-01", "2026-04-01");   /* an end at the renewal itself */
	fx_commit(&x);
	struct population p = fx_population(&x, &ro, KIND_SUBSCRIPTIONS);
	report_init(&r);
	fx_ok(metric_churn_forecast(&p, &o, &ro, &r, &err), &err);
	static const int want[3][2] = { { 5, 2 }, { 3, 1 }, { 1, 0 } };
	assert_int_equal(r.table.nrow, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(table_at(&r.table, i, (size_t)table_find(&r.table, SV("risk")))->i, want[i][0]);
		assert_int_equal(table_at(&r.table, i, (size_t)table_find(&r.table, SV("lost")))->i, want[i][1]);
	}
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

static void without_a_contract_the_way_to_other_models_is_told(void **state)
{
	struct fixture x;
	struct report r;
	const struct forecast_options o = { .discount = NAN };
	const struct report_options ro = { .as_of = "2026-04-30" };
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	fx_order(&x, "a", "2026-01-05", 100);
	fx_put(&x);
	fx_commit(&x);
	struct population p = fx_population(&x, &ro, KIND_SUBSCRIPTIONS);
	report_init(&r);
	fx_ok(metric_churn_forecast(&p, &o, &ro, &r, &err), &err);
	assert_int_equal(r.table.nrow, 0);
	assert_non_null(strstr(r.finding.p, "wend ltv model"));
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

/* ---- what contracts are worth, and a point of churn ---- */

static void payments_left_are_those_of_the_curve_whatever_the_age(void **state)
{
	static const struct renewal_model models[] = { { 0.7, 1.2, 1 }, { 0.2142533194, 1.426574732, 1.723564839 }, { 3, 90, 0.8 } };
	double left[40];
	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (int k = 0; k < 2; k++) {
			const double d = k ? 0.10 : 0.008;
			contract_left(left, 40, &models[i], d, 1);
			for (uint32_t n = 1; n <= 40; n++)
				assert_true(fabs(left[n - 1] / renewal_derl(&models[i], n, d) - 1) < 1e-9);
			assert_true(fabs(contract_new(&models[i], d) / renewal_del(&models[i], d) - 1) < 1e-9);
			contract_left(left, 40, &models[i], d, 0); /* nobody leaves: an annuity, the first payment now */
			assert_true(fabs(left[7] / ((1 + d) / d) - 1) < 1e-9);
		}
	/* all alike, 4 % leave: 0.96 (1 + v + v^2 ...), v = 0.96 / 1.01; at half of it 0.98 */
	const struct renewal_model same = { 4e6, 96e6, 1 };
	contract_left(left, 1, &same, 0.01, 1);
	assert_true(fabs(left[0] / (0.96 / (1 - 0.96 / 1.01)) - 1) < 1e-4);
	contract_left(left, 1, &same, 0.01, 0.5);
	assert_true(fabs(left[0] / (0.98 / (1 - 0.98 / 1.01)) - 1) < 1e-4);
}

static double measure(const struct report *r, const char *name, const char *col)
{
	const size_t row = fx_row(&r->table, name, NULL);
	const struct cell *c = table_at(&r->table, row, (size_t)table_find(&r->table, sv_of(col)));
	return c->state == CELL_VALUE ? c->d : NAN;
}

static void a_point_of_churn_stands_against_new_customers(void **state)
{
	struct fixture x;
	struct report r;
	const struct forecast_options o = { .discount = NAN, .margin = 0.5, .cost = NAN, .budget = 600 };
	const struct report_options ro = { .as_of = "2026-06-30", .currency_code = "EUR" };
	struct err err = ERR_INIT;
	char name[16], from[16], to[16];
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	for (int i = 0; i < 240; i++) { /* twenty a month since July 2025; of each twenty some leave after 1, 2, 4 months */
		const int m = 6 + i / 20, k = i % 20, stay = k < 3 ? 1 : k < 5 ? 2 : k < 6 ? 4 : 0;
		snprintf(name, sizeof name, "c%d", i);
		snprintf(from, sizeof from, "%d-%02d-05", 2025 + m / 12, m % 12 + 1);
		snprintf(to, sizeof to, "%d-%02d-05", 2025 + (m + stay) / 12, (m + stay) % 12 + 1);
		struct record *c = fx_rec(&x, KIND_SUBSCRIPTIONS, name, from);
		if (stay && strcmp(to, "2026-06-30") < 0)
			c->v[F_END] = fx_time(to);
		c->v[F_MRR] = k % 2 ? 1000 : 3000;
		c->v[F_CURRENCY] = currency_of(SV("EUR"));
		fx_put(&x);
	}
	fx_commit(&x);
	fx_begin(&x, KIND_BIT(KIND_SPEND));
	static const struct { const char *day; int64_t cents; } ads[] = { { "2025-06-30", 777700 }, { "2025-07-01", 100000 }, { "2026-06-30", 140000 } }; /* the first is a year ago */
	for (int i = 0; i < 3; i++) {
		struct record *a = fx_rec(&x, KIND_SPEND, NULL, ads[i].day);
		a->s[F_CHANNEL] = SV("ads");
		a->v[F_AMOUNT] = ads[i].cents;
		a->v[F_CURRENCY] = currency_of(SV("EUR"));
		fx_put(&x);
	}
	fx_commit(&x);
	struct population p = fx_population(&x, &ro, KIND_SUBSCRIPTIONS);
	report_init(&r);
	fx_ok(metric_churn_whatif(&p, &o, &ro, &r, &err), &err);
	assert_true(measure(&r, "spend", "value") == 2400);
	assert_true(measure(&r, "new_customers", "value") == 240);
	assert_true(fabs(measure(&r, "cost_of_new", "value") - 10) < 1e-12);
	const double value = measure(&r, "new_value", "value"), point = measure(&r, "point", "value");
	assert_true(fabs(measure(&r, "winning", "value") / (60 * value) - 1) < 1e-12);
	assert_true(fabs(measure(&r, "point_in_new", "value") / (point / value) - 1) < 1e-12);
	assert_true(fabs(measure(&r, "worth_it_up_to", "value") / (point * 10 / value) - 1) < 1e-12);
	static const char *const all[] = { "leaving", "base_value", "point", "new_value", "point_in_new", "cost_of_new", "worth_it_up_to", "winning" };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_true(measure(&r, all[i], "lo") < measure(&r, all[i], "value") && measure(&r, all[i], "value") < measure(&r, all[i], "hi"));
	assert_non_null(strstr(r.finding.p, "margin"));
	report_release(&r);
	/* half the margin is half the money and the same number of customers */
	struct forecast_options whole = o;
	whole.margin = 1;
	report_init(&r);
	fx_ok(metric_churn_whatif(&p, &whole, &ro, &r, &err), &err);
	assert_true(fabs(measure(&r, "point", "value") / (2 * point) - 1) < 1e-12);
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_curves_come_out_to_six_digits),
		cmocka_unit_test(what_is_left_is_the_discounted_sum_of_the_curve),
		cmocka_unit_test(renewals_count_by_the_day_of_the_month_and_only_what_was_watched),
		cmocka_unit_test(payments_left_are_those_of_the_curve_whatever_the_age),
		cmocka_unit_test(a_point_of_churn_stands_against_new_customers),
		cmocka_unit_test(without_a_contract_the_way_to_other_models_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
