/* Distributions against figures of mpmath 1.2.1 (60 digits), typed in with 17. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/num.h"

/* Twelve digits is what the files of src/num promise. */
static void same(const char *what, size_t i, double got, double want)
{
	if (!(fabs(got - want) <= 1e-12 * fabs(want)))
		fail_msg("%s, case %zu: %.17g, not %.17g", what, i, got, want);
}

static void gamma_tails_keep_twelve_digits(void **state)
{
	(void)state;
	static const struct { double a, x, p, q; } c[] = {
		{ 0.5, 0.25, 0.52049987781304654, 0.47950012218695346 },
		{ 1, 1, 0.63212055882855768, 0.36787944117144232 },
		{ 3.7, 0.01, 2.5596233842917164e-9, 0.99999999744037662 },
		{ 1e-06, 0.5, 0.99999944022611184, 5.5977388815563453e-7 },
		{ 0.001, 0.001, 0.99368764670886029, 0.0063123532911397099 },
		{ 0.25, 30, 0.99999999999999803, 1.9658221473570594e-15 },
		{ 10, 60, 0.99999999999999971, 2.8515077555520202e-16 },
		{ 100, 100, 0.51329879827914866, 0.48670120172085134 },
		{ 1000, 700, 1.0158583345333216e-26, 1.0000000000000000 },
		{ 100000.0, 102000.0, 0.99999999983493939, 1.6506061359362834e-10 },
		{ 999999, 1002000, 0.97724993096136693, 0.022750069038633075 },
		{ 1000001.0, 999000.0, 0.15841332357392979, 0.84158667642607021 },
		{ 25000000.0, 25020000.0, 0.99996819472619621, 3.1805273803789417e-5 },
		{ 1000000000.0, 1000100000.0, 0.99921704383804167, 7.8295616195832682e-4 },
		{ 50, 0.001, 3.2847275170409984e-215, 1.0000000000000000 },
		{ 5, 600, 1.0000000000000000, 1.4408034326399303e-251 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		same("gamma_p", i, gamma_p(c[i].a, c[i].x), c[i].p);
		same("gamma_q", i, gamma_q(c[i].a, c[i].x), c[i].q);
		same("chisq_sf", i, chisq_sf(2 * c[i].x, 2 * c[i].a), c[i].q);
	}
}

static void gamma_quantiles_keep_twelve_digits(void **state)
{
	(void)state;
	static const struct { double a, p, x; } c[] = {
		{ 0.5, 0.025, 4.9103455858762801e-4 },
		{ 1, 0.5, 0.69314718055994531 },
		{ 2, 1e-10, 1.4142202290829741e-5 },
		{ 0.05, 0.3, 2.0378971887326644e-11 },
		{ 17, 0.975, 25.982997597560952 },
		{ 1000, 0.025, 938.97301840769522 },
		{ 1000000.0, 0.975, 1001960.9109654504 },
		{ 10000000.0, 1e-06, 9984975.5501950902 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		same("gamma_p_inv", i, gamma_p_inv(c[i].a, c[i].p), c[i].x);
}

static void beta_keeps_twelve_digits(void **state)
{
	(void)state;
	static const struct { double a, b, x, i; } c[] = {
		{ 1, 1, 0.3, 0.29999999999999999 },
		{ 0.5, 0.5, 0.1, 0.20483276469913346 },
		{ 2, 3, 0.9, 0.99630000000000000 },
		{ 1870, 5174, 0.27, 0.80546197074665124 },
		{ 0.001, 5, 0.2, 0.99978344564642766 },
		{ 1e-06, 1e-06, 0.3, 0.49999957635168201 },
		{ 100000.0, 1000.0, 0.991, 0.99852710871263069 },
		{ 1000000.0, 1000000.0, 0.4995, 0.078649577580901631 },
		{ 500000.0, 0.5, 0.999999, 0.31731050785589558 },
		{ 30, 0.001, 0.999, 0.0029712534198958838 },
		{ 200, 300, 0.01, 1.5253363876346337e-257 },
		{ 10000000.0, 20000000.0, 0.3334, 0.78071607377203461 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		same("beta_i", i, beta_i(c[i].a, c[i].b, c[i].x), c[i].i);
}

static void beta_quantiles_keep_twelve_digits(void **state)
{
	(void)state;
	static const struct { double a, b, p, x; } c[] = {
		{ 1, 1, 0.3, 0.29999999999999999 },
		{ 0.5, 0.5, 0.025, 0.0015413331334360121 },
		{ 1869, 5175, 0.025, 0.25508600990997118 },
		{ 1870, 5174, 0.975, 0.27584828893123431 },
		{ 5, 10000.0, 1e-09, 4.1567737702340834e-6 },
		{ 0.1, 0.2, 0.6, 0.22222129171266171 },
		{ 100000.0, 3, 0.4, 0.99996894700671446 },
		{ 1000000.0, 2000000.0, 0.999, 0.33417470409740189 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		same("beta_i_inv", i, beta_i_inv(c[i].a, c[i].b, c[i].p), c[i].x);
}

static void student_quantiles_keep_twelve_digits(void **state)
{
	(void)state;
	static const struct { double p, df, t; } c[] = {
		{ 0.975, 1, 12.706204736174693 },
		{ 0.975, 2, 4.3026527297494618 },
		{ 0.975, 3, 3.1824463052837084 },
		{ 0.975, 30, 2.0422724563012379 },
		{ 0.9999, 7.5, 6.7222271750608113 },
		{ 1e-12, 4, -1316.0727465592565 },
		{ 0.025, 0.5, -164.55767348048851 },
		{ 0.6, 1000000.0, 0.25334717053784162 },
		{ 0.975, 1000000000.0, 1.9599639869123251 },
		{ 1e-06, 50000000.0, -4.7534248696092035 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		same("student_quantile", i, student_quantile(c[i].p, c[i].df), c[i].t);
	assert_true(student_quantile(0.5, 3) == 0);
	same("symmetry", 0, student_quantile(0.25, 3), -student_quantile(0.75, 3));
}

static void normal_keeps_twelve_digits(void **state)
{
	(void)state;
	static const struct { double p, z; } quantile[] = {
		{ 0.5, 0 },
		{ 0.975, 1.9599639845400539 },
		{ 0.025, -1.9599639845400542 },
		{ 1e-10, -6.3613409024040562 },
		{ 1e-300, -37.047096299361199 },
		{ 0.6, 0.25334710313579974 },
		{ 0.50000001, 2.5066282872262044e-8 },
		{ 0.9999999999, 6.3613408896974219 },
		{ 0.08, -1.4050715603096325 },
	}, cdf[] = {
		{ 0, 0.50000000000000000 },
		{ -1.96, 0.024997895148220436 },
		{ 1.96, 0.97500210485177956 },
		{ -8, 6.2209605742717841e-16 },
		{ -37, 5.7255712225245768e-300 },
		{ 3, 0.99865010196836991 },
	};
	for (size_t i = 0; i < sizeof quantile / sizeof *quantile; i++)
		same("norm_quantile", i, norm_quantile(quantile[i].p), quantile[i].z);
	for (size_t i = 0; i < sizeof cdf / sizeof *cdf; i++)
		same("norm_cdf", i, norm_cdf(cdf[i].p), cdf[i].z);
}

static void quantiles_undo_probabilities(void **state)
{
	(void)state;
	for (double a = 0.01; a < 1e5; a *= 3.7) {
		for (double p = 0.001; p < 1; p += 0.0625) {
			const double g = gamma_p_inv(a, p);
			if (g > 1e-300)
				same("gamma", (size_t)a, gamma_p(a, g), p);
			for (double b = 0.01; b < 1e4; b *= 9) {
				const double x = beta_i_inv(a, b, p);
				if (x > 1e-300 && x < 0.9)
					same("beta", (size_t)a, beta_i(a, b, x), p);
			}
		}
	}
}

static void ends_of_the_range_are_exact(void **state)
{
	(void)state;
	assert_true(gamma_p(3, 0) == 0 && gamma_q(3, 0) == 1);
	assert_true(gamma_p(3, HUGE_VAL) == 1 && gamma_q(3, HUGE_VAL) == 0);
	assert_true(gamma_p_inv(3, 0) == 0 && isinf(gamma_p_inv(3, 1)));
	assert_true(beta_i(2, 3, 0) == 0 && beta_i(2, 3, 1) == 1);
	assert_true(beta_i_inv(2, 3, 0) == 0 && beta_i_inv(2, 3, 1) == 1);
	assert_true(norm_quantile(0) == -HUGE_VAL && norm_quantile(1) == HUGE_VAL);
	assert_true(student_quantile(0, 5) == -HUGE_VAL && student_quantile(1, 5) == HUGE_VAL);
	assert_true(norm_cdf(-HUGE_VAL) == 0 && norm_cdf(HUGE_VAL) == 1);
}

static void what_lies_outside_the_domain_is_nan(void **state)
{
	(void)state;
	assert_true(isnan(gamma_p(0, 1)));
	assert_true(isnan(gamma_p(-1, 1)));
	assert_true(isnan(gamma_q(1, -1)));
	assert_true(isnan(gamma_p(NAN, 1)));
	assert_true(isnan(gamma_p(1, NAN)));
	assert_true(isnan(gamma_p_inv(1, 1.5)));
	assert_true(isnan(gamma_p_inv(1, NAN)));
	assert_true(isnan(beta_i(1, 1, 1.5)));
	assert_true(isnan(beta_i(0, 1, 0.5)));
	assert_true(isnan(beta_i_inv(1, -1, 0.5)));
	assert_true(isnan(student_quantile(0.5, 0)));
	assert_true(isnan(student_quantile(-0.1, 3)));
	assert_true(isnan(norm_quantile(1.1)));
	assert_true(isnan(norm_quantile(NAN)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gamma_tails_keep_twelve_digits),
		cmocka_unit_test(gamma_quantiles_keep_twelve_digits),
		cmocka_unit_test(beta_keeps_twelve_digits),
		cmocka_unit_test(beta_quantiles_keep_twelve_digits),
		cmocka_unit_test(student_quantiles_keep_twelve_digits),
		cmocka_unit_test(normal_keeps_twelve_digits),
		cmocka_unit_test(quantiles_undo_probabilities),
		cmocka_unit_test(ends_of_the_range_are_exact),
		cmocka_unit_test(what_lies_outside_the_domain_is_nan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
