#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "regress_rows.h"

static struct drawn w, other;

static double nothing(const struct drawn *r, size_t i)
{
	(void)r;
	(void)i;
	return -1;
}
static double by_plan(const struct drawn *r, size_t i)
{
	static const double odds[] = { -2, -1, 0.5 };
	return odds[r->code[0][i]];
}
static double wave(const struct drawn *r, size_t i)
{
	return 2 * sin(2 * 3.14159265358979 * r->x[0][i]) - 0.5 + 0.5 * log(r->x[3][i]);
}
static double crossed(const struct drawn *r, size_t i)
{
	return 8 * (r->x[0][i] - 0.5) * (r->x[1][i] - 0.5) + 2 * (r->code[1][i] - 0.5) * (r->x[2][i] - 0.5);
}

static double at(const struct additive *m, size_t i)
{
	return additive_eta(m, &w.d, i, NULL, NULL);
}

/* With thousands of rows a penalty says next to nothing: the closed form is the log odds of
 * each level. */
static void one_category_gives_the_log_odds_of_its_levels(void **state)
{
	double yes[3] = { 0 }, all[3] = { 0 };
	(void)state;
	drawn_rows(&w, 6000, 1, by_plan);
	for (size_t i = 0; i < w.d.n; i++) {
		yes[w.code[0][i]] += w.y[i];
		all[w.code[0][i]]++;
	}
	struct regress_data d = w.d;
	d.v += 4;
	d.p = 1;
	struct additive *m = additive_fit(&d, NULL);
	assert_true(additive_said(m)->converged);
	for (size_t i = 0; i < 50; i++) {
		const int32_t k = w.code[0][i];
		double se;
		assert_true(fabs(additive_eta(m, &d, i, NULL, &se) - log(yes[k] / (all[k] - yes[k]))) < 0.01);
		assert_true(fabs(se / sqrt(1 / yes[k] + 1 / (all[k] - yes[k])) - 1) < 0.02);
	}
	additive_free(m);
}

static void curves_follow_what_was_planted(void **state)
{
	double worst = 0, covered = 0;
	(void)state;
	drawn_rows(&w, 6000, 2, wave);
	struct additive *m = additive_fit(&w.d, NULL);
	for (size_t i = 0; i < w.d.n; i++) {
		double se;
		const double eta = additive_eta(m, &w.d, i, NULL, &se), true_eta = wave(&w, i);
		worst = fmax(worst, w.x[0][i] > 0.02 && w.x[0][i] < 0.98 ? fabs(eta - true_eta) : 0);
		covered += fabs(eta - true_eta) < 1.96 * se;
	}
	assert_true(worst < 0.6);
	/* limits of posterior curves hold on average over the rows (Nychka 1988) */
	assert_true(covered / (double)w.d.n > 0.88);
	additive_free(m);
}

static void columns_that_say_nothing_are_given_no_freedom(void **state)
{
	double df = 0, pairs = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		drawn_rows(&w, 1500, 100 + seed, nothing);
		struct additive *m = additive_fit(&w.d, NULL);
		df += additive_said(m)->df / 12;
		pairs += (double)additive_said(m)->npair;
		additive_free(m);
	}
	assert_true(df < 10); /* of 32, the intercept with them: chance moves some of ten groups a little */
	assert_true(pairs <= 2); /* 12 times 5 % */
}

static void pairs_that_act_together_are_found(void **state)
{
	static double p[DRAWN_MOST];
	struct judged j;
	(void)state;
	drawn_rows(&w, 5000, 3, crossed);
	struct additive *m = additive_fit(&w.d, NULL);
	const struct additive_said *said = additive_said(m);
	assert_int_equal(said->npair, 2);
	assert_true(said->pair[0].a == 0 && said->pair[0].b == 1 && said->pair[0].p < 1e-10);
	assert_true(said->pair[1].a == 2 && said->pair[1].b == 5);
	for (size_t i = 0; i < w.d.n; i++)
		p[i] = logit_chance(at(m, i));
	judge(&j, p, w.y, w.d.n, 0.05);
	assert_true(j.auc > 0.68);
	additive_free(m);
}

static void parts_add_up_to_the_log_odds(void **state)
{
	(void)state;
	drawn_rows(&w, 3000, 4, crossed);
	for (size_t i = 0; i < w.d.n; i += 9)
		w.x[1][i] = NAN;
	struct additive *m = additive_fit(&w.d, NULL);
	double mean[DRAWN_COLUMNS] = { 0 };
	for (size_t i = 0; i < w.d.n; i++) {
		double part[DRAWN_COLUMNS], sum = additive_middle(m);
		const double eta = additive_eta(m, &w.d, i, part, NULL);
		for (size_t k = 0; k < DRAWN_COLUMNS; k++) {
			sum += part[k];
			mean[k] += part[k];
		}
		assert_true(fabs(sum - eta) < 1e-12);
		assert_true(isfinite(eta));
	}
	for (size_t k = 0; k < DRAWN_COLUMNS; k++)
		assert_true(fabs(mean[k]) < 1e-8);
	additive_free(m);
}

static void the_order_of_rows_changes_nothing(void **state)
{
	(void)state;
	drawn_rows(&w, 2000, 5, wave);
	drawn_turned(&other, &w);
	struct additive *a = additive_fit(&w.d, NULL), *b = additive_fit(&other.d, NULL);
	for (size_t i = 0; i < w.d.n; i++)
		assert_true(fabs(at(a, i) - at(b, i)) < 1e-4);
	additive_free(a);
	additive_free(b);
}

static void rows_left_aside_take_no_part(void **state)
{
	static uint8_t use[DRAWN_MOST];
	(void)state;
	drawn_rows(&w, 2000, 6, wave);
	for (size_t i = 0; i < w.d.n; i++)
		use[i] = i < 1500;
	struct additive *a = additive_fit(&w.d, use);
	for (size_t i = 1500; i < 2000; i++) {
		w.y[i] = !w.y[i];
		w.x[0][i] = 1e9;
	}
	struct additive *b = additive_fit(&w.d, use);
	for (size_t i = 0; i < 1500; i++)
		assert_true(at(a, i) == at(b, i));
	additive_free(a);
	additive_free(b);
}

static void ids_twins_and_constants_are_left_out_and_named(void **state)
{
	static double twin[DRAWN_MOST], constant[DRAWN_MOST];
	static int32_t id[DRAWN_MOST];
	static const char *names[DRAWN_MOST];
	struct regressor v[5];
	(void)state;
	drawn_rows(&w, 1000, 7, wave);
	for (size_t i = 0; i < w.d.n; i++) {
		twin[i] = 3 - 2 * w.x[0][i];
		constant[i] = 5;
		id[i] = (int32_t)i;
		names[i] = "x";
	}
	v[0] = w.v[0];
	v[1] = (struct regressor){ .name = "twin", .x = twin };
	v[2] = (struct regressor){ .name = "five", .x = constant };
	v[3] = (struct regressor){ .name = "id", .code = id, .levels = 1000, .level = names };
	v[4] = w.v[4];
	const struct regress_data d = { w.d.n, 5, v, w.y, w.key };
	struct additive *m = additive_fit(&d, NULL);
	const struct additive_said *said = additive_said(m);
	assert_int_equal(said->nleft_out, 3);
	assert_string_equal(said->left_out[0], "five (does not vary)");
	assert_string_equal(said->left_out[1], "id (another value in nearly every row)");
	assert_string_equal(said->left_out[2], "twin (tells the same as a)");
	assert_true(isfinite(additive_eta(m, &d, 0, NULL, NULL)));
	additive_free(m);
}

static void one_outcome_or_no_row_has_no_model(void **state)
{
	(void)state;
	drawn_rows(&w, 100, 8, nothing);
	memset(w.y, 0, 100);
	assert_null(additive_fit(&w.d, NULL));
	w.d.n = 0;
	assert_null(additive_fit(&w.d, NULL));
}

static void a_column_that_tells_everything_ends_in_numbers(void **state)
{
	(void)state;
	drawn_rows(&w, 400, 9, nothing);
	for (size_t i = 0; i < w.d.n; i++)
		w.y[i] = w.x[0][i] > 0.5;
	struct additive *m = additive_fit(&w.d, NULL);
	for (size_t i = 0; i < w.d.n; i++) {
		assert_true(isfinite(at(m, i)));
		assert_true((at(m, i) > 0) == w.y[i] || fabs(w.x[0][i] - 0.5) < 0.05);
	}
	additive_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_category_gives_the_log_odds_of_its_levels),
		cmocka_unit_test(curves_follow_what_was_planted),
		cmocka_unit_test(columns_that_say_nothing_are_given_no_freedom),
		cmocka_unit_test(pairs_that_act_together_are_found),
		cmocka_unit_test(parts_add_up_to_the_log_odds),
		cmocka_unit_test(the_order_of_rows_changes_nothing),
		cmocka_unit_test(rows_left_aside_take_no_part),
		cmocka_unit_test(ids_twins_and_constants_are_left_out_and_named),
		cmocka_unit_test(one_outcome_or_no_row_has_no_model),
		cmocka_unit_test(a_column_that_tells_everything_ends_in_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
