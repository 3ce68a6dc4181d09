/* Small dense algebra, Newton's method, quadrature, digamma. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/optim.h"

enum { N = 6 };

/* Hilbert's matrix: condition 1.5e7. */
static void hilbert(double *h)
{
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++)
			h[i * N + j] = 1.0 / (double)(i + j + 1);
}

static void eigenvalues_of_hilbert_are_those_of_40_digits(void **state)
{
	(void)state;
	/* mpmath 1.3.0 */
	static const double want[N] = { 1.0827994845655498e-7, 1.2570757122625195e-5, 0.0006157483541826577, 0.016321521319875822, 0.24236087057520955, 1.6188998589243391 };
	double h[N * N], a[N * N], value[N], q[N * N];
	hilbert(h);
	hilbert(a);
	sym_eigen(a, N, value, q);
	for (size_t k = 0; k < N; k++) {
		assert_true(fabs(value[k] - want[k]) <= 2e-16 * want[N - 1] * N);
		double size = 0;
		for (size_t i = 0; i < N; i++) {
			double hq = 0;
			for (size_t j = 0; j < N; j++)
				hq += h[i * N + j] * q[j * N + k];
			assert_true(fabs(hq - value[k] * q[i * N + k]) < 1e-15);
			size += q[i * N + k] * q[i * N + k];
		}
		assert_true(fabs(size - 1) < 1e-14);
	}
}

static void inverse_times_matrix_is_one(void **state)
{
	(void)state;
	double h[N * N], inverse[N * N];
	hilbert(h);
	/* Units far apart must not decide: scale rows and columns by powers of 1000. */
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++)
			h[i * N + j] *= pow(1000, (double)(i + j));
	assert_true(spd_inverse(inverse, h, N));
	/* the corner of Hilbert's inverse is 36, and it is whole */
	assert_true(fabs(inverse[0] / 36 - 1) < 1e-9);
	assert_true(fabs(inverse[1] * 1000 / -630 - 1) < 1e-9);
	double b[N] = { 0 }, x[N];
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++)
			b[i] += h[i * N + j] * pow(1000, -(double)j);
	assert_true(spd_solve(x, h, b, N));
	for (size_t i = 0; i < N; i++)
		assert_true(fabs(x[i] * pow(1000, (double)i) - 1) < 1e-8);
}

static void what_is_not_positive_definite_is_refused(void **state)
{
	(void)state;
	const double singular[4] = { 1, 1, 1, 1 }, negative[4] = { 1, 2, 2, 1 }, zero[4] = { 0, 0, 0, 1 }, unknown[4] = { NAN, 0, 0, 1 };
	const double *bad[4] = { singular, negative, zero, unknown };
	for (int i = 0; i < 4; i++) {
		double out[4] = { 7, 7, 7, 7 }, b[2] = { 1, 1 };
		assert_false(spd_inverse(out, bad[i], 2));
		assert_false(spd_solve(out, bad[i], b, 2));
		for (int k = 0; k < 4; k++)
			assert_true(out[k] > 6.9 && out[k] < 7.1);
	}
}

/* -(1-x)^2 - 100 (y-x^2)^2: Rosenbrock's valley upside down, maximum at (1, 1). */
static bool valley(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	const double u = x[1] - x[0] * x[0];
	(void)n;
	(void)ctx;
	*value = -(1 - x[0]) * (1 - x[0]) - 100 * u * u;
	g[0] = 2 * (1 - x[0]) + 400 * x[0] * u;
	g[1] = -200 * u;
	h[0] = -2 + 400 * u - 800 * x[0] * x[0];
	h[1] = h[2] = 400 * x[0];
	h[3] = -200;
	return true;
}

/* Rises for ever in x[0]: -e^-x. */
static bool slope(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	(void)n;
	(void)ctx;
	*value = -exp(-x[0]);
	g[0] = exp(-x[0]);
	h[0] = -exp(-x[0]);
	return true;
}

/* Only defined for x > 0; maximum of log x - x at 1. */
static bool half_line(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	(void)n;
	(void)ctx;
	if (!(x[0] > 0))
		return false;
	*value = log(x[0]) - x[0];
	g[0] = 1 / x[0] - 1;
	h[0] = -1 / (x[0] * x[0]);
	return true;
}

static void newton_finds_the_end_of_a_bent_valley(void **state)
{
	(void)state;
	struct newton w = { .scale = 1, .far = 25 };
	double x[2] = { -1.2, 1 };
	newton_maximise(&w, valley, NULL, x, 2);
	assert_int_equal(w.status, NUMR_OK);
	assert_true(fabs(x[0] - 1) < 1e-10 && fabs(x[1] - 1) < 1e-10);
	assert_true(w.evals < 60);
}

static void newton_leaves_fixed_coordinates_where_they_are(void **state)
{
	(void)state;
	struct newton w = { .scale = 1, .far = 25, .fixed = 1 };
	double x[2] = { 0.5, 3 };
	newton_maximise(&w, valley, NULL, x, 2);
	assert_int_equal(w.status, NUMR_OK);
	assert_true(fabs(x[0] - 0.5) < 1e-16 && fabs(x[1] - 0.25) < 1e-12);
}

static void newton_says_when_there_is_no_maximum(void **state)
{
	(void)state;
	struct newton w = { .scale = 1, .far = 10 };
	double x[1] = { 0 };
	newton_maximise(&w, slope, NULL, x, 1);
	assert_int_equal(w.status, NUMR_NO_CONVERGENCE);
	assert_true(w.ran_off);
}

static void newton_stays_where_the_function_is(void **state)
{
	(void)state;
	struct newton w = { .scale = 1, .far = 1e9 };
	double x[1] = { 5 }, outside[1] = { -1 };
	newton_maximise(&w, half_line, NULL, x, 1);
	assert_int_equal(w.status, NUMR_OK);
	assert_true(fabs(x[0] - 1) < 1e-10);
	newton_maximise(&w, half_line, NULL, outside, 1);
	assert_int_equal(w.status, NUMR_DOMAIN);
}

static void gauss_legendre_is_exact_for_polynomials(void **state)
{
	(void)state;
	double x[64], w[64];
	for (int n = 1; n <= 64; n++) {
		gauss_legendre(x, w, n);
		for (int power = 0; power < 2 * n; power++) {
			double sum = 0;
			for (int i = 0; i < n; i++)
				sum += w[i] * pow(x[i], power);
			const double want = power % 2 ? 0 : 2.0 / (power + 1);
			if (!(fabs(sum - want) < 1e-14))
				fail_msg("%d nodes, power %d: %.17g, not %.17g", n, power, sum, want);
		}
	}
}

static void digamma_and_trigamma_keep_their_digits(void **state)
{
	(void)state;
	/* mpmath 1.3.0 */
	static const struct { double x, di, tri; } c[] = {
		{ 1e-08, -100000000.57721565, 10000000000000001.0 },
		{ 0.001, -1000.5755719318103, 1000001.6425331958 },
		{ 0.1, -10.423754940411076, 101.43329915079275 },
		{ 0.5, -1.9635100260214235, 4.9348022005446793 },
		{ 1, -0.57721566490153286, 1.6449340668482264 },
		{ 1.4616321449683622, -9.2412655217294275e-17, 0.96767224544762125 },
		{ 2, 0.42278433509846714, 0.64493406684822644 },
		{ 9.999999, 2.25175248390038, 0.10516634673152187 },
		{ 10, 2.2517525890667211, 0.10516633568168575 },
		{ 37.5, 3.6109483445963384, 0.027025382266785014 },
		{ 1000.0, 6.9072551956488121, 0.0010005001666666333 },
		{ 1e8, 18.420680738952365, 1.000000005e-8 },
		{ 1e15, 34.538776394910685, 1.0000000000000005e-15 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		assert_true(fabs(digamma(c[i].x) - c[i].di) <= 1e-14 * (1 + fabs(c[i].di)));
		assert_true(fabs(trigamma(c[i].x) / c[i].tri - 1) <= 1e-14);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eigenvalues_of_hilbert_are_those_of_40_digits),
		cmocka_unit_test(inverse_times_matrix_is_one),
		cmocka_unit_test(what_is_not_positive_definite_is_refused),
		cmocka_unit_test(newton_finds_the_end_of_a_bent_valley),
		cmocka_unit_test(newton_leaves_fixed_coordinates_where_they_are),
		cmocka_unit_test(newton_says_when_there_is_no_maximum),
		cmocka_unit_test(newton_stays_where_the_function_is),
		cmocka_unit_test(gauss_legendre_is_exact_for_polynomials),
		cmocka_unit_test(digamma_and_trigamma_keep_their_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
