#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wend/hash.h"
#include "wend/model.h"

enum { ROWS = 4000 };

static uint64_t state_of;
static uint64_t draw(void)
{
	return hash_mix(state_of += 0x9e3779b97f4a7c15u);
}
static double unit(void)
{
	return (double)(draw() >> 11) / 9007199254740992.0;
}

static void treated_find_partners_in_their_stratum_only(void **state)
{
	struct match_row v[] = {
		{ 1, 11, 1, true, true }, { 1, 12, 2, true, false }, { 1, 13, 3, false, false }, /* one partner for two */
		{ 2, 14, 4, true, true }, { 3, 15, 5, false, true },                            /* none */
	};
	struct match_result r;
	(void)state;
	matched_run(&r, v, 5, 0.05);
	assert_int_equal(r.treated, 3);
	assert_int_equal(r.pairs, 1);
	assert_int_equal(r.with, 1);
	assert_int_equal(r.without, 0);
	assert_int_equal(r.differ, 1);
	assert_true(r.diff == 1 && r.ci.lo == 1 && r.ci.hi == 1);
	matched_run(&r, v, 0, 0.05);
	assert_int_equal(r.pairs, 0);
	assert_true(isnan(r.diff) && isnan(r.ci.lo));
}

static void a_person_is_a_control_once(void **state)
{
	struct match_row v[] = {
		{ 1, 1, 1, true, true }, { 1, 2, 9, false, false },
		{ 2, 3, 2, true, true }, { 2, 4, 9, false, false }, { 2, 5, 8, false, true },
		{ 3, 6, 9, true, false }, { 3, 7, 7, false, false }, /* but may be treated later */
	};
	struct match_result r;
	(void)state;
	matched_run(&r, v, 7, 0.05);
	assert_int_equal(r.pairs, 3);
	assert_int_equal(r.with, 2);
	assert_int_equal(r.without, 1);
}

static size_t make(struct match_row *v, double with, double without)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		const uint64_t stratum = draw() % 20;
		const double level = (double)stratum / 100; /* strata differ, and so does the chance of treatment */
		const bool treated = unit() < 0.1 + (double)stratum / 100;
		v[i] = (struct match_row){ stratum, draw(), i, treated, unit() < level + (treated ? with : without) };
	}
	return ROWS;
}

static void order_of_rows_changes_nothing(void **state)
{
	static struct match_row v[ROWS], w[ROWS];
	struct match_result a, b;
	(void)state;
	state_of = 1;
	const size_t n = make(v, 0.3, 0.2);
	for (size_t i = 0; i < n; i++)
		w[i] = v[n - 1 - i];
	matched_run(&a, v, n, 0.05);
	matched_run(&b, w, n, 0.05);
	assert_memory_equal(&a, &b, sizeof a);
	assert_int_equal(a.pairs + 0, a.treated); /* controls are plenty in every stratum */
}

/* 1,000 data sets: the share of limits that hold the truth is binomial, 95 % +- 2.1 points at
 * three standard errors, the pairs' own dependence on few values aside. */
static void limits_hold_the_truth_as_often_as_they_say(void **state)
{
	static struct match_row v[ROWS];
	const double effect[] = { 0, 0.08 };
	(void)state;
	for (int k = 0; k < 2; k++) {
		int held = 0;
		double sum = 0;
		for (uint64_t seed = 1; seed <= 1000; seed++) {
			struct match_result r;
			state_of = seed * 1000003 + (uint64_t)k;
			const size_t n = make(v, 0.25 + effect[k], 0.25) / 4;
			matched_run(&r, v, n, 0.05);
			held += r.ci.lo <= effect[k] && effect[k] <= r.ci.hi;
			sum += r.diff;
		}
		print_message("effect %g: %d of 1000 hold it, mean estimate %.4f\n", effect[k], held, sum / 1000);
		assert_in_range(held, 929, 971);
		assert_true(fabs(sum / 1000 - effect[k]) < 0.006);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(treated_find_partners_in_their_stratum_only),
		cmocka_unit_test(a_person_is_a_control_once),
		cmocka_unit_test(order_of_rows_changes_nothing),
		cmocka_unit_test(limits_hold_the_truth_as_often_as_they_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
