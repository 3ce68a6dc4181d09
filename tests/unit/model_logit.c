/* Logistic regression against R 4.2.2, glm(family = binomial) on Motor Trend's 32 cars (R's
 * mtcars), begun anew from its own coefficients until they stand, so that its standard errors
 * are those of the maximum; and a fourfold table, where the log odds ratio and its standard error
 * are written down at once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wend/regress.h"

enum { CARS = 32 };
static const double weight[CARS] = { 2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424,
				     5.345, 2.2, 1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78 };
static const double power[CARS] = { 110, 110, 93, 110, 175, 105, 245, 62, 95, 123, 123, 180, 180, 180, 205, 215,
				    230, 66, 52, 65, 97, 150, 150, 245, 175, 66, 91, 113, 264, 175, 335, 109 };
static const uint8_t manual[CARS] = { 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1 };
static const double mpg[CARS] = { 21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
				  14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4 };
static const int gear[CARS] = { 4, 4, 4, 3, 3, 3, 3, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 4, 4, 4, 3, 3, 3, 3, 3, 4, 5, 5, 5, 5, 5, 4 };
static const uint8_t straight[CARS] = { 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1 };

static void close_to(double got, double want, double relative, const char *what)
{
	if (!(fabs(got - want) <= relative * fabs(want)))
		fail_msg("%s: %.17g, not %.17g", what, got, want);
}

static void numbers_give_what_r_gives(void **state)
{
	static const double b[] = { 18.866298717204096, -8.0834751824446283, 0.036255596082216547 };
	static const double se[] = { 7.4435584279817055, 3.0686752753905902, 0.017734154331947048 };
	static const double p[] = { 0.011258202740762901, 0.0084338160612911339, 0.040914654210384427 };
	double x[CARS][2];
	struct logit_fit f;
	(void)state;
	for (int i = 0; i < CARS; i++) {
		x[i][0] = weight[i];
		x[i][1] = power[i];
	}
	logit_fit(&f, x[0], manual, CARS, 2);
	assert_int_equal(f.status, LOGIT_OK);
	assert_int_equal(f.left_out, 0);
	close_to(f.loglik, -5.0295552361334934, 1e-12, "log-likelihood");
	for (size_t k = 0; k < 3; k++) {
		close_to(f.beta[k], b[k], 1e-10, "coefficient");
		close_to(logit_se(&f, k), se[k], 1e-10, "standard error");
		close_to(logit_p(&f, k), p[k], 1e-9, "p");
	}
	logit_release(&f);
}

static void levels_give_what_r_gives_and_are_tested_together(void **state)
{
	static const double b[] = { -13.47252160985399, 0.68358887214086039, 0.38893564748666337, -5.815706138830512 };
	static const double se[] = { 5.4749266121284013, 0.29119725455058187, 1.3692155117145377, 3.4253439749794103 };
	double x[CARS][3];
	struct logit_fit f;
	(void)state;
	for (int i = 0; i < CARS; i++) {
		x[i][0] = mpg[i];
		x[i][1] = gear[i] == 4;
		x[i][2] = gear[i] == 5;
	}
	logit_fit(&f, x[0], straight, CARS, 3);
	for (size_t k = 0; k < 4; k++) {
		close_to(f.beta[k], b[k], 1e-9, "coefficient");
		close_to(logit_se(&f, k), se[k], 1e-9, "standard error");
	}
	close_to(logit_wald(&f, 2, 2), 0.11494973603032446, 1e-9, "Wald");
	close_to(logit_wald(&f, 1, 1), logit_p(&f, 1), 1e-9, "one coefficient");
	logit_release(&f);
}

enum { A = 17, B = 43, C = 29, D = 11, TABLE = A + B + C + D };
static void fourfold(double *x, uint8_t *y)
{
	for (int i = 0; i < TABLE; i++) {
		x[i] = i >= A + B;
		y[i] = i < A || i >= A + B + C;
	}
}

static void a_fourfold_table_is_its_odds_ratio(void **state)
{
	double x[TABLE];
	uint8_t y[TABLE];
	struct logit_fit f;
	(void)state;
	fourfold(x, y);
	logit_fit(&f, x, y, TABLE, 1);
	close_to(f.beta[0], log((double)A / B), 1e-13, "log odds");
	close_to(f.beta[1], log((double)D * B / ((double)C * A)), 1e-13, "log odds ratio");
	close_to(logit_se(&f, 1), sqrt(1.0 / A + 1.0 / B + 1.0 / C + 1.0 / D), 1e-12, "its standard error");
	logit_release(&f);
}

static void the_order_of_rows_changes_nothing(void **state)
{
	double x[TABLE], turned[TABLE];
	uint8_t y[TABLE], yt[TABLE];
	struct logit_fit f, g;
	(void)state;
	fourfold(x, y);
	for (int i = 0; i < TABLE; i++)
		x[i] += (i * 37 % 11) / 10.0;
	for (int i = 0; i < TABLE; i++) {
		turned[i] = x[i * 37 % TABLE];
		yt[i] = y[i * 37 % TABLE];
	}
	logit_fit(&f, x, y, TABLE, 1);
	logit_fit(&g, turned, yt, TABLE, 1);
	close_to(f.beta[1], g.beta[1], 1e-13, "coefficient");
	close_to(f.cov[3], g.cov[3], 1e-13, "variance");
	logit_release(&f);
	logit_release(&g);
}

static void columns_that_depend_on_others_are_left_out_and_told(void **state)
{
	double x[CARS][5];
	struct logit_fit f, g;
	(void)state;
	for (int i = 0; i < CARS; i++) {
		x[i][0] = weight[i];
		x[i][1] = 7;
		x[i][2] = power[i] * 1e6;
		x[i][3] = 3 * weight[i] - power[i] / 50 + 2;
		x[i][4] = mpg[i];
	}
	logit_fit(&f, x[0], manual, CARS, 4 + 1);
	assert_int_equal(f.left_out, 2);
	assert_true(!f.out[0] && f.out[1] && !f.out[2] && f.out[3] && !f.out[4]);
	assert_true(isnan(f.beta[2]) && isnan(f.beta[4]) && isnan(logit_se(&f, 4)) && isnan(logit_wald(&f, 4, 1)));
	for (int i = 0; i < CARS; i++) {
		double *v = &x[0][0] + i * 3;
		v[0] = weight[i];
		v[1] = power[i] * 1e6;
		v[2] = mpg[i];
	}
	logit_fit(&g, &x[0][0], manual, CARS, 3);
	close_to(f.loglik, g.loglik, 1e-12, "log-likelihood without them");
	close_to(f.beta[3], g.beta[2], 1e-9, "a coefficient in another unit");
	logit_release(&f);
	logit_release(&g);
}

static void separation_is_called_by_its_column(void **state)
{
	double x[20][2];
	uint8_t y[20];
	struct logit_fit f;
	(void)state;
	for (int i = 0; i < 20; i++) {
		x[i][0] = (i * 7) % 5;
		x[i][1] = i;
		y[i] = i >= 9;
	}
	logit_fit(&f, x[0], y, 20, 2);
	assert_int_equal(f.status, LOGIT_SEPARATED);
	assert_int_equal(f.separates, 1);
	logit_release(&f);
	for (int i = 0; i < 20; i++) { /* one level that only has yes: no maximum either */
		x[i][1] = i < 4;
		y[i] = i < 4 || i % 3 == 0;
	}
	logit_fit(&f, x[0], y, 20, 2);
	assert_int_equal(f.status, LOGIT_SEPARATED);
	assert_int_equal(f.separates, 1);
	logit_release(&f);
}

static void one_outcome_only_has_no_fit(void **state)
{
	double x[3] = { 1, 2, 3 };
	uint8_t y[3] = { 1, 1, 1 };
	struct logit_fit f;
	(void)state;
	logit_fit(&f, x, y, 3, 1);
	assert_int_equal(f.status, LOGIT_ONE_CLASS);
	assert_true(isnan(f.beta[0]) && isnan(f.beta[1]));
	logit_release(&f);
	logit_fit(&f, x, y, 0, 1);
	assert_int_equal(f.status, LOGIT_ONE_CLASS);
	logit_release(&f);
}

static void without_columns_it_is_the_share(void **state)
{
	double x[1] = { 0 };
	uint8_t y[10] = { 1, 1, 1 };
	struct logit_fit f;
	(void)state;
	logit_fit(&f, x, y, 10, 0);
	assert_int_equal(f.status, LOGIT_OK);
	close_to(f.beta[0], log(3.0 / 7), 1e-14, "intercept");
	close_to(logit_se(&f, 0), sqrt(1 / 3.0 + 1 / 7.0), 1e-13, "its standard error");
	logit_release(&f);
}

static void chances_keep_their_digits_at_the_ends(void **state)
{
	(void)state;
	close_to(logit_chance(-700), exp(-700), 1e-14, "tiny");
	assert_true(logit_chance(800) == 1 && logit_chance(-800) == 0 && logit_chance(0) == 0.5);
	close_to(logit_log1pexp(-40), exp(-40), 1e-14, "log1pexp below");
	close_to(logit_log1pexp(900), 900, 1e-15, "log1pexp above");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_give_what_r_gives),
		cmocka_unit_test(levels_give_what_r_gives_and_are_tested_together),
		cmocka_unit_test(a_fourfold_table_is_its_odds_ratio),
		cmocka_unit_test(the_order_of_rows_changes_nothing),
		cmocka_unit_test(columns_that_depend_on_others_are_left_out_and_told),
		cmocka_unit_test(separation_is_called_by_its_column),
		cmocka_unit_test(one_outcome_only_has_no_fit),
		cmocka_unit_test(without_columns_it_is_the_share),
		cmocka_unit_test(chances_keep_their_digits_at_the_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
