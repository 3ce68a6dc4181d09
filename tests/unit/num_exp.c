/* exp of many numbers against the C library's in long double, and figures of mpmath 1.2.1. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "wend/num.h"

static uint64_t seed = 1;

static double uniform(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) * 0x1p-53;
}

static void each_is_within_two_units_of_the_last_place(void **state)
{
	(void)state;
	enum { N = 200000 };
	static const double reach[] = { 1e-9, 0.3, 1, 20, 700 };
	double *v = malloc(N * sizeof *v), *x = malloc(N * sizeof *x), worst = 0;
	for (size_t k = 0; k < sizeof reach / sizeof *reach; k++) {
		for (size_t i = 0; i < N; i++)
			v[i] = x[i] = (2 * uniform() - 1) * reach[k];
		exp_each(v, N);
		for (size_t i = 0; i < N; i++) {
			const long double want = expl((long double)x[i]), off = (long double)v[i] - want;
			const double unit = nextafter((double)want, INFINITY) - (double)want;
			worst = fmax(worst, fabs((double)(off / (long double)unit)));
			if (worst > 2)
				fail_msg("exp(%.17g) is %.17g, %.3g units away", x[i], v[i], worst);
		}
	}
	free(v);
	free(x);
}

static void figures_of_mpmath_are_met(void **state)
{
	(void)state;
	static const struct { double x, e; } c[] = {
		{ 1, 2.7182818284590452354 }, { -1, 0.36787944117144232160 }, { 10.5, 36315.502674246637739 }, { -37.25, 6.6455441729150705396e-17 }, { 0.34657359027997264, 1.4142135623730950324 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		double v = c[i].x;
		exp_each(&v, 1);
		if (!(fabs(v - c[i].e) <= 4e-16 * c[i].e))
			fail_msg("exp(%.17g) is %.17g, not %.17g", c[i].x, v, c[i].e);
	}
}

static void ends_of_the_range_are_those_of_the_library(void **state)
{
	(void)state;
	static const double x[] = { 0, -0.0, 700, -700, 701, -701, 709.5, 710, -745, -746, INFINITY, -INFINITY, 1e300, -1e300 };
	double v[sizeof x / sizeof *x + 1];
	const size_t n = sizeof x / sizeof *x;
	for (size_t i = 0; i < n; i++)
		v[i] = x[i];
	v[n] = NAN; /* an odd number of them */
	exp_each(v, n + 1);
	for (size_t i = 0; i < n; i++)
		if (!(v[i] == exp(x[i]) || fabs(v[i] - exp(x[i])) <= 4e-16 * exp(x[i])))
			fail_msg("exp(%g) is %.17g", x[i], v[i]);
	assert_true(v[0] == 1 && v[1] == 1);
	assert_true(isnan(v[n]));
}

/* Where a number stands decides nothing: the same bits wherever it is. */
static void neighbours_do_not_matter(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		const double x = (2 * uniform() - 1) * 5;
		double a = x, b[3] = { uniform(), x, 800 }, c[2] = { x, i & 1 ? 800 : NAN };
		exp_each(&a, 1);
		exp_each(b, 3);
		exp_each(c, 2);
		assert_true(a == b[1] && a == c[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_within_two_units_of_the_last_place),
		cmocka_unit_test(figures_of_mpmath_are_met),
		cmocka_unit_test(ends_of_the_range_are_those_of_the_library),
		cmocka_unit_test(neighbours_do_not_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
