/* What lies ahead: expectations, discounted purchases, chances of n, variance and the time to
 * the next against arbitrary precision (tests/oracle/ahead.py); sums and limits that must hold. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/model.h"
#include "model_ahead.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void same(const char *what, size_t row, double got, double want, double digits)
{
	if (isinf(want) ? !isinf(got) : !(fabs(got / want - 1) <= digits))
		fail_msg("%s, row %zu: %.17g, not %.17g (%.2g)", what, row, got, want, got / want - 1);
}

static struct btyd_model model_at(size_t i)
{
	struct btyd_model m = { .kind = (enum btyd_kind)ahead_figures[i].kind, .k = ahead_figures[i].k };
	for (int n = 0; n < 4; n++)
		m.p[n] = ahead_figures[i].p[n];
	return m;
}

static void expectations_keep_eleven_digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx, T = ahead_figures[i].T, t = ahead_figures[i].t;
		same("expected", i, btyd_expect(&m, x, tx, T, t), ahead_figures[i].expect, 1e-11);
		/* 0: not computed by the oracle */
		if (ahead_figures[i].life > 0) {
			same("discounted", i, btyd_discounted(&m, x, tx, T, 0, t, 0.0027), ahead_figures[i].discounted, 1e-10);
			same("for life", i, btyd_discounted(&m, x, tx, T, 0, INFINITY, 0.0027), ahead_figures[i].life, 1e-10);
			same("after", i, btyd_discounted(&m, x, tx, T, t, INFINITY, 0.0027), ahead_figures[i].life - ahead_figures[i].discounted, 1e-9);
		}
	}
}

static void chances_keep_ten_digits(void **state)
{
	(void)state;
	static const uint32_t n[5] = { 0, 1, 2, 5, 30 };
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx, T = ahead_figures[i].T, t = ahead_figures[i].t;
		for (int k = 0; k < 5; k++)
			same("chance", i * 10 + (size_t)k, btyd_pmf(&m, x, tx, T, t, n[k]), ahead_figures[i].pmf[k], 1e-10);
		same("variance", i, btyd_variance(&m, x, tx, T, t), ahead_figures[i].variance, 1e-10);
		same("next, 10 %", i, btyd_next(&m, x, tx, T, 0.1), ahead_figures[i].next[0], 1e-10);
		same("next, half", i, btyd_next(&m, x, tx, T, 0.5), ahead_figures[i].next[1], 1e-10);
		same("next, 80 %", i, btyd_next(&m, x, tx, T, 0.8), ahead_figures[i].next[2], 1e-10);
	}
}

static void the_next_after_the_last_keeps_ten_digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(next_figures); i++) {
		struct btyd_model m = { .kind = (enum btyd_kind)next_figures[i].kind, .k = next_figures[i].k };
		const uint32_t x = next_figures[i].x;
		const double tx = next_figures[i].tx, T = next_figures[i].T;
		for (int n = 0; n < 4; n++)
			m.p[n] = next_figures[i].p[n];
		same("due", i, btyd_next(&m, x, tx, tx, 0.8), next_figures[i].due, 1e-10);
		same("nine in ten", i, btyd_next(&m, x, tx, T, 0.9), next_figures[i].late, 1e-10);
		same("within a month", i, btyd_again(&m, x, tx, T, 30.0 / 7), next_figures[i].soon, 1e-12);
		same("within a year", i, btyd_again(&m, x, tx, T, 52), next_figures[i].year, 1e-12);
	}
}

/* The chance of the next purchase is the inverse of its time, and what P(Y = 0) leaves. */
static void chance_and_time_of_the_next_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx, T = ahead_figures[i].T, t = ahead_figures[i].t;
		same("some", i, btyd_alive(&m, x, tx, T) * btyd_again(&m, x, tx, T, t), 1 - btyd_pmf(&m, x, tx, T, t, 0), 1e-11);
		for (double p = 0.01; p < 1; p += 0.07) {
			const double u = btyd_next(&m, x, tx, T, p);
			if (!isinf(u))
				same("inverse", i, btyd_again(&m, x, tx, T, u), p, 1e-12);
		}
	}
}

/* Whatever the model: chances add up to 1, their mean is E[Y(t)], their variance the variance. */
static void chances_add_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx, T = ahead_figures[i].T, t = ahead_figures[i].t;
		double sum = 0, mean = 0, square = 0;
		for (uint32_t n = 0; n < 400; n++) {
			const double p = btyd_pmf(&m, x, tx, T, t, n);
			assert_true(p >= 0 && p <= 1 + 1e-12);
			sum += p;
			mean += n * p;
			square += (double)n * n * p;
		}
		same("sum", i, sum, 1, 1e-10);
		same("mean", i, mean, btyd_expect(&m, x, tx, T, t), 1e-9);
		same("variance", i, square - mean * mean, btyd_variance(&m, x, tx, T, t), 1e-8);
	}
}

static void nothing_happens_in_no_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx, T = ahead_figures[i].T;
		assert_true(fabs(btyd_expect(&m, x, tx, T, 0)) <= 0 && fabs(btyd_variance(&m, x, tx, T, 0)) <= 0);
		assert_true(btyd_pmf(&m, x, tx, T, 0, 0) >= 1 && btyd_pmf(&m, x, tx, T, 0, 1) <= 0);
		assert_true(fabs(btyd_next(&m, x, tx, T, 0)) <= 0 && fabs(btyd_again(&m, x, tx, T, 0)) <= 0);
		/* Without a discount, discounted is expected; and for ever it may have no end. */
		same("undiscounted", i, btyd_discounted(&m, x, tx, T, 0, 30, 0), btyd_expect(&m, x, tx, T, 30), 1e-14);
		same("a later month", i, btyd_discounted(&m, x, tx, T, 30, 60, 0), btyd_expect(&m, x, tx, T, 60) - btyd_expect(&m, x, tx, T, 30), 1e-10);
	}
}

typedef bool of_age_fn(const struct btyd_model *m, uint32_t x, int stage, const double *T, size_t n, double from, double to, double delta, double *out);

/* One customer by way of those of his x, stage and age. */
static double by_stages(of_age_fn *f, const struct btyd_model *m, uint32_t x, double tx, double T, double from, double to, double delta)
{
	double pi[BTYD_K_MAX], sum = 0, v;
	const int n = btyd_stages(m, x, tx, T, pi);
	assert_int_equal(n, m->k);
	for (int j = 0; j < n; j++) {
		assert_true(f(m, x, j, &T, 1, from, to, delta, &v));
		sum += pi[j] * v;
	}
	return sum * btyd_alive(m, x, tx, T);
}

static void many_at_once_are_the_same_as_one_by_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx, T = ahead_figures[i].T, t = ahead_figures[i].t, mean = ahead_figures[i].expect;
		double none;
		same("all ages, expected", i, by_stages(btyd_ahead, &m, x, tx, T, 0, t, 0), mean, 1e-10);
		same("all ages, pairs", i, by_stages(btyd_pairs, &m, x, tx, T, 0, t, 0), ahead_figures[i].variance - mean + mean * mean, 1e-9);
		assert_false(btyd_ahead(&m, x, 0, &T, 1, 0, INFINITY, 0, &none));
		if (ahead_figures[i].life > 0) {
			same("all ages, discounted", i, by_stages(btyd_ahead, &m, x, tx, T, 0, t, 0.0027), ahead_figures[i].discounted, 1e-10);
			same("all ages, for life", i, by_stages(btyd_ahead, &m, x, tx, T, 0, INFINITY, 0.0027), ahead_figures[i].life, 1e-10);
			same("all ages, after", i, by_stages(btyd_ahead, &m, x, tx, T, t, INFINITY, 0.0027), ahead_figures[i].life - ahead_figures[i].discounted, 1e-9);
		}
	}
}

/* Two spans that follow each other: pairs within, and across them the rest of the whole. */
static void pairs_grow_with_the_span(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx, T = ahead_figures[i].T;
		const double whole = by_stages(btyd_pairs, &m, x, tx, T, 0, 100, 0.0027), first = by_stages(btyd_pairs, &m, x, tx, T, 0, 40, 0.0027), second = by_stages(btyd_pairs, &m, x, tx, T, 40, 100, 0.0027);
		const double ever = by_stages(btyd_pairs, &m, x, tx, T, 0, INFINITY, 0.0027), late = by_stages(btyd_pairs, &m, x, tx, T, 0, 20000, 0.0027);
		assert_true(first > 0 && second > 0 && first + second < whole);
		same("for ever", i, late, ever, 1e-9);
	}
}

static void opportunities_keep_twelve_digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(chance_ahead); i++) {
		struct chance_model m;
		const uint32_t x = chance_ahead[i].x, tx = chance_ahead[i].tx, n = chance_ahead[i].n;
		for (int k = 0; k < 4; k++)
			m.p[k] = chance_ahead[i].p[k];
		same("alive", i, chance_alive(&m, x, tx, n), chance_ahead[i].want[0], 1e-12);
		same("expected", i, chance_expect(&m, x, tx, n, 5), chance_ahead[i].want[1], 1e-12);
		same("discounted", i, chance_discounted(&m, x, tx, n, 0.1), chance_ahead[i].want[2], 1e-12);
	}
}

static void contracts_keep_twelve_digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(contract_ahead); i++) {
		const double *p = contract_ahead[i].p, *want = contract_ahead[i].want;
		const struct renewal_model m = { p[0], p[1], p[2] };
		same("S(1)", i, renewal_survival(&m, 1), want[0], 1e-12);
		same("S(7.5)", i, renewal_survival(&m, 7.5), want[1], 1e-12);
		same("DEL", i, renewal_del(&m, 0.1), want[2], 1e-12);
		same("DERL 1", i, renewal_derl(&m, 1, 0.1), want[3], 1e-12);
		same("DERL 5", i, renewal_derl(&m, 5, 0.1), want[4], 1e-12);
	}
}

/* Central differences at two steps, the error of the smaller taken out (Richardson). */
static double slope_by_differences(const struct btyd_model *m, uint32_t x, double tx, double T, int i)
{
	double d[2];
	for (int k = 0; k < 2; k++) {
		const double h = k ? 1e-3 : 2e-3;
		struct btyd_model up = *m, down = *m;
		up.p[i] *= exp(h);
		down.p[i] *= exp(-h);
		d[k] = log(btyd_alive(&up, x, tx, T) / btyd_alive(&down, x, tx, T)) / (2 * h);
	}
	return d[1] + (d[1] - d[0]) / 3;
}

static void chances_to_be_alive_have_exact_slopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double tx = ahead_figures[i].tx;
		/* as it is, on the day of the last purchase, and long after */
		const double ages[] = { ahead_figures[i].T, tx, tx + 400 };
		for (size_t k = 0; k < COUNT(ages); k++) {
			double g[BTYD_PARAMS];
			assert_true(btyd_alive_slopes(&m, x, tx, ages[k], g) == btyd_alive(&m, x, tx, ages[k]));
			for (int j = 0; j < BTYD_PARAMS; j++) {
				const double want = slope_by_differences(&m, x, tx, ages[k], j);
				if (!(fabs(g[j] - want) <= 1e-7 * fmax(1, fabs(want))))
					fail_msg("row %zu, age %g, parameter %d: slope %.12g, not %.12g", i, ages[k], j, g[j], want);
			}
		}
	}
}

static void of_pareto_nbd_what_lies_ahead_is_so_many_times_that_of_one_without_purchases(void **state)
{
	(void)state;
	size_t seen = 0;
	for (size_t i = 0; i < COUNT(ahead_figures); i++) {
		const struct btyd_model m = model_at(i);
		const uint32_t x = ahead_figures[i].x;
		const double T = ahead_figures[i].T;
		double own, none;
		if (m.kind != BTYD_PNBD) {
			assert_true(btyd_ahead_times(&m, x, false) == 0);
			continue;
		}
		btyd_ahead(&m, x, 0, &T, 1, 0, 52, 0.0027, &own);
		btyd_ahead(&m, 0, 0, &T, 1, 0, 52, 0.0027, &none);
		same("purchases", i, none * btyd_ahead_times(&m, x, false), own, 1e-13);
		btyd_pairs(&m, x, 0, &T, 1, 0, 52, 0.0027, &own);
		btyd_pairs(&m, 0, 0, &T, 1, 0, 52, 0.0027, &none);
		same("pairs", i, none * btyd_ahead_times(&m, x, true), own, 1e-13);
		seen++;
	}
	assert_true(seen > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expectations_keep_eleven_digits),
		cmocka_unit_test(chances_keep_ten_digits),
		cmocka_unit_test(the_next_after_the_last_keeps_ten_digits),
		cmocka_unit_test(chance_and_time_of_the_next_agree),
		cmocka_unit_test(chances_add_up),
		cmocka_unit_test(nothing_happens_in_no_time),
		cmocka_unit_test(many_at_once_are_the_same_as_one_by_one),
		cmocka_unit_test(pairs_grow_with_the_span),
		cmocka_unit_test(opportunities_keep_twelve_digits),
		cmocka_unit_test(contracts_keep_twelve_digits),
		cmocka_unit_test(chances_to_be_alive_have_exact_slopes),
		cmocka_unit_test(of_pareto_nbd_what_lies_ahead_is_so_many_times_that_of_one_without_purchases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
