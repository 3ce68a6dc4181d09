/* Purchases ahead of many customers of one x at once (btydahead.c), and pairs of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wend/model.h"

static const struct btyd_model models[] = {
	{ BTYD_BGNBD, 1, { 0.25, 4.5, 0.75, 2.5 } }, { BTYD_MBGNBD, 1, { 0.5, 6, 0.875, 1.625 } }, { BTYD_PNBD, 1, { 0.5, 10, 0.625, 12 } },
	{ BTYD_BGNBD, 1, { 3, 10, 1.5, 4 } }, { BTYD_MBGNBD, 1, { 8, 30, 2.5, 0.5 } }, { BTYD_PNBD, 1, { 4, 60, 3, 200 } },
};
enum { MODELS = sizeof models / sizeof *models };

static void near(double got, double want, double relative)
{
	if (!(fabs(got - want) <= relative * fabs(want)))
		fail_msg("%.15g, not %.15g", got, want);
}

/* mpmath 1.3.0, 25 digits: quadrature of the defining double integral (BG/NBD), of the single
 * one that is left when the rates are integrated out (Pareto/NBD). */
static void figures_of_high_precision(void **state)
{
	double T = 39, v;
	(void)state;
	assert_true(btyd_ahead(&models[0], 2, &T, 1, 0, INFINITY, 0.0025, &v));
	near(v, 7.7705975093737, 1e-12);
	assert_true(btyd_pairs(&models[0], 2, &T, 1, INFINITY, 0.0025, &v));
	near(v, 126.97783999878, 1e-12);
	assert_true(btyd_ahead(&models[2], 3, &T, 1, 0, INFINITY, 0.0025, &v));
	near(v, 10.570887697126, 1e-11);
	assert_true(btyd_pairs(&models[2], 3, &T, 1, INFINITY, 0.0025, &v));
	near(v, 271.3613826362, 1e-11);
	T = 25;
	assert_true(btyd_ahead(&models[2], 0, &T, 1, 0, 52, 0.0025, &v));
	near(v, 0.51821552602953, 1e-12);
	assert_true(btyd_pairs(&models[2], 0, &T, 1, 52, 0.0025, &v));
	near(v, 0.98510712744459, 1e-12);
}

/* Another way to the same: integration by parts over the expectation, one at a time. */
static void many_at_once_are_each_alone(void **state)
{
	static const double ages[] = { 0.5, 3, 20, 39, 150, 900 };
	static const double spans[][3] = { { 0, INFINITY, 0.0025 }, { 0, 52, 0.0025 }, { 52, 156, 0.01 }, { 26, INFINITY, 0.02 }, { 0, 30, 0 } };
	(void)state;
	for (int m = 0; m < MODELS; m++)
		for (uint32_t x = 0; x <= 200; x = x ? 5 * x : 1)
			for (size_t s = 0; s < sizeof spans / sizeof *spans; s++) {
				double v[6];
				assert_true(btyd_ahead(&models[m], x, ages, 6, spans[s][0], spans[s][1], spans[s][2], v));
				for (int i = 0; i < 6; i++) {
					const double tx = x ? ages[i] : 0, alive = btyd_alive(&models[m], x, tx, ages[i]);
					near(v[i] * alive, btyd_discounted(&models[m], x, tx, ages[i], spans[s][0], spans[s][1], spans[s][2]), 1e-8);
				}
			}
}

/* Undiscounted, pairs are the second factorial moment of the purchases. */
static void pairs_agree_with_the_variance(void **state)
{
	(void)state;
	for (int m = 0; m < MODELS; m++)
		for (uint32_t x = 0; x <= 30; x = x ? 3 * x : 1) {
			const double T = 40, tx = x ? 35 : 0, t = 26, alive = btyd_alive(&models[m], x, tx, T), mean = btyd_expect(&models[m], x, tx, T, t);
			double v;
			assert_true(btyd_pairs(&models[m], x, &T, 1, t, 0, &v));
			near(v * alive, btyd_variance(&models[m], x, tx, T, t) - mean + mean * mean, 1e-8);
			/* and hardly move with a discount that is hardly one */
			double w;
			assert_true(btyd_pairs(&models[m], x, &T, 1, t, 1e-7, &w));
			near(w, v, 1e-5);
			assert_true(w < v);
		}
}

static void what_it_cannot_do_it_says(void **state)
{
	const struct btyd_model regular = { BTYD_MBGCNBD, 2, { 1, 5, 1, 2 } };
	const double T = 10;
	double v = 7;
	(void)state;
	assert_false(btyd_ahead(&regular, 1, &T, 1, 0, 52, 0.01, &v));
	assert_false(btyd_ahead(&models[0], 1, &T, 1, 0, INFINITY, 0, &v));
	assert_true(v == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_high_precision),
		cmocka_unit_test(many_at_once_are_each_alone),
		cmocka_unit_test(pairs_agree_with_the_variance),
		cmocka_unit_test(what_it_cannot_do_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
