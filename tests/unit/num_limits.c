/* Intervals, corrections and quantiles. Limits: mpmath 1.2.1 (60 digits), typed in with 17;
 * published figures where a case names them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/num.h"

static void same(const char *what, size_t i, double got, double want)
{
	if (want == got)
		return;
	if (!(fabs(got - want) <= 1e-12 * fabs(want)))
		fail_msg("%s, case %zu: %.17g, not %.17g", what, i, got, want);
}

static void wilson_limits_are_exact(void **state)
{
	(void)state;
	static const struct { double k, n, alpha, lo, hi; } c[] = {
		{ 1869, 7043, 0.05, 0.25518811288450725, 0.27580743748890789 },
		{ 0, 10, 0.05, 0, 0.27753279986288925 },
		{ 10, 10, 0.05, 0.72246720013711075, 1.0000000000000000 },
		{ 1, 1000000000.0, 0.05, 1.7652455495696313e-10, 5.6649342432974393e-9 },
		{ 0.5, 3, 0.1, 0.023326647184133345, 0.62613706892087526 },
		{ 15, 148, 0.05, 0.062386399530736280, 0.16048724172330804 },
		{ 81, 263, 0.05, 0.25528851987827423, 0.36620957698280007 },
		{ 3, 7, 1e-09, 0.030636360341277816, 0.94680295352596083 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		const struct interval w = wilson(c[i].k, c[i].n, c[i].alpha);
		same("lo", i, w.lo, c[i].lo);
		same("hi", i, w.hi, c[i].hi);
	}
	/* 1869 churned of 7043 customers: published as 0.2551881 to 0.2758074. */
	const struct interval w = wilson(1869, 7043, 0.05);
	assert_true(fabs(w.lo - 0.2551881) < 5e-8 && fabs(w.hi - 0.2758074) < 5e-8);
}

static void newcombe_limits_are_exact(void **state)
{
	(void)state;
	static const struct { double k1, n1, k2, n2, alpha, lo, hi; } c[] = {
		{ 56, 70, 48, 80, 0.05, 0.052431472402364880, 0.33387265403690597 },
		{ 9, 10, 3, 10, 0.05, 0.17052272393450288, 0.80901797353548798 },
		{ 0, 10, 0, 20, 0.05, -0.16112515805281938, 0.27753279986288925 },
		{ 10, 10, 0, 20, 0.05, 0.67908603714191468, 1.0000000000000000 },
		{ 5, 56, 0, 29, 0.05, -0.038137147903536901, 0.19256001385511162 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		const struct interval w = newcombe(c[i].k1, c[i].n1, c[i].k2, c[i].n2, c[i].alpha);
		same("lo", i, w.lo, c[i].lo);
		same("hi", i, w.hi, c[i].hi);
	}
	/* Newcombe (1998), table II, 56/70 and 48/80: 0.0524 to 0.3339. */
	const struct interval w = newcombe(56, 70, 48, 80, 0.05);
	assert_true(fabs(w.lo - 0.0524) < 5e-5 && fabs(w.hi - 0.3339) < 5e-5);
}

static void garwood_limits_are_exact(void **state)
{
	(void)state;
	static const struct { double k, alpha, lo, hi; } c[] = {
		{ 0, 0.05, 0, 3.6888794541139362 },
		{ 1, 0.05, 0.025317807984289877, 5.5716433909388985 },
		{ 10, 0.05, 4.7953886961324337, 18.390356042017779 },
		{ 50, 0.01, 33.663781652739591, 71.266088475451087 },
		{ 1000, 0.05, 938.97301840769522, 1063.9521360163020 },
		{ 2000000, 0.05, 1997229.1396258022, 2002773.7553729620 },
		{ 2.5, 0.1, 0.57273811303088464, 7.0335702246700843 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		const struct interval w = garwood(c[i].k, c[i].alpha);
		same("lo", i, w.lo, c[i].lo);
		same("hi", i, w.hi, c[i].hi);
	}
}

static void clopper_pearson_limits_are_exact(void **state)
{
	(void)state;
	static const struct { double k, n, alpha, lo, hi; } c[] = {
		{ 1869, 7043, 0.05, 0.25508600990997118, 0.27584828893123431 },
		{ 0, 10, 0.05, 0.0, 0.30849710781876082 },
		{ 10, 10, 0.05, 0.69150289218123918, 1.0000000000000000 },
		{ 1, 30, 0.05, 8.4357092663047880e-4, 0.17216945563341268 },
		{ 4, 20, 0.1, 0.071353884308618186, 0.40102811733197464 },
		{ 7, 1000000, 0.05, 2.8143675343022193e-6, 1.4422621834331030e-5 },
		{ 81, 263, 0.01, 0.23683735816553863, 0.38625832566974498 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		const struct interval w = clopper_pearson(c[i].k, c[i].n, c[i].alpha);
		same("lo", i, w.lo, c[i].lo);
		same("hi", i, w.hi, c[i].hi);
	}
}

static void rate_ratio_limits_are_exact(void **state)
{
	(void)state;
	static const struct { double k1, t1, k2, t2, alpha, lo, hi; } c[] = {
		{ 15, 1000.0, 5, 1000.0, 0.05, 1.0364696204894186, 10.551149707628439 },
		{ 41, 28010.0, 15, 19017.0, 0.05, 1.0056840626892576, 3.6093003110779051 },
		{ 0, 10.0, 4, 10.0, 0.05, 0.0, 1.5148668593658708 },
		{ 4, 10.0, 0, 10.0, 0.05, 0.66012401936009342, HUGE_VAL },
		{ 100000, 1000000.0, 90000, 1000000.0, 0.05, 1.1011389710959760, 1.1211747463925697 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		const struct interval w = rate_ratio(c[i].k1, c[i].t1, c[i].k2, c[i].t2, c[i].alpha);
		same("lo", i, w.lo, c[i].lo);
		same("hi", i, w.hi, c[i].hi);
	}
	const struct interval none = rate_ratio(0, 1, 0, 1, 0.05);
	assert_true(none.lo == 0 && isinf(none.hi));
}

static void a_mean_keeps_its_digits_far_from_zero(void **state)
{
	(void)state;
	/* 1 .. 5: mean 3, t(4) = 2.7764451051977934 (scipy 1.10.1) times sqrt(0.5). */
	const double half = 2.7764451051977934 * sqrt(0.5);
	struct interval m = mean_interval(15, 55, 5, 0.05);
	same("lo", 0, m.lo, 3 - half);
	same("hi", 0, m.hi, 3 + half);
	/* The same around 1e6: the sums are exact, the spread must survive. */
	m = mean_interval(5e6 + 15, 5e12 + 30e6 + 55, 5, 0.05);
	assert_true(fabs((m.hi - m.lo) / 2 - half) < 1e-9);
	m = mean_interval(30, 300, 3, 0.05);
	assert_true(m.lo == 10 && m.hi == 10);
	assert_true(isnan(mean_interval(5, 25, 1, 0.05).lo));
}

static void what_makes_no_sense_is_nan(void **state)
{
	(void)state;
	assert_true(isnan(wilson(0, 0, 0.05).lo) && isnan(wilson(0, 0, 0.05).hi));
	assert_true(isnan(wilson(3, 2, 0.05).lo));
	assert_true(isnan(wilson(-1, 2, 0.05).lo));
	assert_true(isnan(wilson(1, 2, 0).lo));
	assert_true(isnan(wilson(1, 2, 1).lo));
	assert_true(isnan(wilson(NAN, 2, 0.05).lo));
	assert_true(isnan(garwood(-1, 0.05).lo));
	assert_true(isnan(garwood(NAN, 0.05).hi));
	assert_true(isnan(clopper_pearson(1, 0, 0.05).lo));
	assert_true(isnan(newcombe(1, 2, 3, 2, 0.05).lo));
	assert_true(isnan(rate_ratio(1, 0, 1, 1, 0.05).lo));
}

static void intervals_hold_their_estimate(void **state)
{
	(void)state;
	for (double n = 1; n < 1e7; n *= 3) {
		for (double share = 0; share <= 1; share += 0.125) {
			const double k = floor(share * n), p = k / n;
			const struct interval w = wilson(k, n, 0.05), c = clopper_pearson(k, n, 0.05), g = garwood(k, 0.05);
			assert_true(w.lo <= p && p <= w.hi && w.lo >= 0 && w.hi <= 1);
			assert_true(c.lo <= p && p <= c.hi && c.lo >= 0 && c.hi <= 1);
			assert_true(g.lo <= k && k <= g.hi);
			const struct interval wide = wilson(k, n, 0.01);
			assert_true(wide.lo <= w.lo && wide.hi >= w.hi);
			const struct interval other = clopper_pearson(n - k, n, 0.05);
			assert_true(fabs(other.lo + c.hi - 1) < 1e-12);
		}
	}
}

static void corrections_follow_their_definitions(void **state)
{
	(void)state;
	/* Worked by hand; R's p.adjust is the same procedure. */
	static const double p[] = { 0.01, 0.04, 0.03, NAN, 0.005, 0.5 };
	static const double bh[] = { 0.025, 0.05, 0.05, NAN, 0.025, 0.5 };
	static const double holm[] = { 0.04, 0.09, 0.09, NAN, 0.025, 0.5 };
	double q[6], in_place[6];
	memcpy(in_place, p, sizeof p);
	bh_adjust(in_place, in_place, 6);
	bh_adjust(q, p, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_true(isnan(bh[i]) ? isnan(q[i]) : fabs(q[i] - bh[i]) < 1e-15);
		assert_true(isnan(bh[i]) ? isnan(in_place[i]) : fabs(in_place[i] - bh[i]) < 1e-15);
	}
	holm_adjust(q, p, 6);
	for (size_t i = 0; i < 6; i++)
		assert_true(isnan(holm[i]) ? isnan(q[i]) : fabs(q[i] - holm[i]) < 1e-15);
	double high[3] = { 0.9, 0.8, 0.95 };
	holm_adjust(high, high, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(high[i] == 1);
	bh_adjust(q, p, 0);
}

static int by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void check_quantiles(int64_t *v, const int64_t *sorted, size_t n)
{
	static const double q[] = { 0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1 };
	for (size_t k = 0; k < sizeof q / sizeof *q; k++) {
		const double h = (double)(n - 1) * q[k];
		const size_t lo = (size_t)h, hi = lo + 1 < n ? lo + 1 : lo;
		const double want = (double)sorted[lo] + (h - (double)lo) * ((double)sorted[hi] - (double)sorted[lo]);
		assert_true(quantile_i64(v, n, q[k]) == want);
	}
}

static void quantiles_equal_those_of_the_sorted_list(void **state)
{
	(void)state;
	enum { N = 501 };
	int64_t v[N], sorted[N];
	uint64_t x = 42;
	for (size_t round = 0; round < 60; round++) {
		const size_t n = 1 + round * 37 % N;
		for (size_t i = 0; i < n; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			v[i] = round % 5 == 1 ? (int64_t)i : (int64_t)(x >> 33) % (round % 4 ? 100000 : 5) - 1000;
		}
		memcpy(sorted, v, n * sizeof *v);
		qsort(sorted, n, sizeof *sorted, by_value);
		check_quantiles(v, sorted, n);
	}
	int64_t ends[2] = { INT64_MAX, INT64_MIN };
	assert_true(fabs(quantile_i64(ends, 2, 0.5)) <= 1024);
	assert_true(isnan(quantile_i64(v, 0, 0.5)));
	assert_true(isnan(quantile_i64(v, 1, 1.5)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wilson_limits_are_exact),
		cmocka_unit_test(newcombe_limits_are_exact),
		cmocka_unit_test(garwood_limits_are_exact),
		cmocka_unit_test(clopper_pearson_limits_are_exact),
		cmocka_unit_test(rate_ratio_limits_are_exact),
		cmocka_unit_test(a_mean_keeps_its_digits_far_from_zero),
		cmocka_unit_test(what_makes_no_sense_is_nan),
		cmocka_unit_test(intervals_hold_their_estimate),
		cmocka_unit_test(corrections_follow_their_definitions),
		cmocka_unit_test(quantiles_equal_those_of_the_sorted_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
