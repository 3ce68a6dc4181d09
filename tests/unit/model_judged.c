/* How good chances are: AUC by counting every pair, DeLong's variance (1988) by its definition,
 * and cases that can be worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wend/hash.h"
#include "wend/regress.h"

enum { ROWS = 300 };
static double chance[ROWS];
static uint8_t outcome[ROWS];

static void close_to(double got, double want, double within, const char *what)
{
	if (!(fabs(got - want) <= within))
		fail_msg("%s: %.17g, not %.17g", what, got, want);
}

/* Chances with ties, outcomes that follow them. */
static void draw(uint64_t seed)
{
	for (uint64_t i = 0; i < ROWS; i++) {
		const uint64_t u = hash_mix(seed * 1000003 + i);
		chance[i] = (double)(u % 37 + 1) / 50;
		outcome[i] = (double)(hash_mix(u) >> 11) / 9007199254740992.0 < chance[i];
	}
}

static double beats(double a, double b)
{
	return a > b ? 1 : a == b ? 0.5 : 0;
}

static void auc_and_its_limits_are_those_of_all_pairs(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		double yes[ROWS] = { 0 }, no[ROWS] = { 0 }, m = 0, k = 0, auc = 0, s10 = 0, s01 = 0;
		struct judged j;
		draw(seed);
		for (int i = 0; i < ROWS; i++) {
			m += outcome[i];
			k += !outcome[i];
		}
		for (int i = 0; i < ROWS; i++)
			for (int l = 0; l < ROWS; l++)
				if (outcome[i] && !outcome[l]) {
					auc += beats(chance[i], chance[l]);
					yes[i] += beats(chance[i], chance[l]);
					no[l] += beats(chance[i], chance[l]);
				}
		auc /= m * k;
		for (int i = 0; i < ROWS; i++) {
			s10 += outcome[i] ? (yes[i] / k - auc) * (yes[i] / k - auc) / (m - 1) : 0;
			s01 += outcome[i] ? 0 : (no[i] / m - auc) * (no[i] / m - auc) / (k - 1);
		}
		const double se = sqrt(s10 / m + s01 / k) / (auc * (1 - auc)), odds = log(auc / (1 - auc));
		judge(&j, chance, outcome, ROWS, 0.05);
		close_to(j.auc, auc, 1e-13, "AUC");
		close_to(j.auc_ci.lo, 1 / (1 + exp(-(odds - 1.959963984540054 * se))), 1e-12, "lower limit");
		close_to(j.auc_ci.hi, 1 / (1 + exp(-(odds + 1.959963984540054 * se))), 1e-12, "upper limit");
	}
}

static void scores_are_those_worked_out_by_hand(void **state)
{
	static const double p[] = { 0.9, 0.8, 0.7, 0.4, 0.3, 0.3, 0.2, 0.1, 0.1, 0.1 };
	static const uint8_t y[] = { 1, 1, 0, 1, 0, 0, 0, 0, 0, 1 };
	struct judged j;
	(void)state;
	judge(&j, p, y, 10, 0.05);
	assert_int_equal(j.events, 4);
	close_to(j.auc, (6 + 6 + 5 + 1) / 24.0, 1e-15, "AUC, two ties at the end");
	close_to(j.brier, (0.01 + 0.04 + 0.49 + 0.36 + 0.09 + 0.09 + 0.04 + 0.01 + 0.01 + 0.81) / 10, 1e-15, "Brier");
	close_to(j.lift, 1 / 0.4, 1e-15, "lift of the first");
	close_to(j.ece, (0.1 + 0.2 + 0.7 + 0.6 + 0.3 + 0.3 + 0.2 + 0.1 + 0.1 + 0.9) / 10, 1e-15, "one row a part");
	close_to(j.share, 0.4, 1e-15, "share");
	close_to(j.expected, 0.39, 1e-15, "expected");
}

static void honest_chances_have_slope_one(void **state)
{
	double slope = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct judged j;
		draw(seed);
		judge(&j, chance, outcome, ROWS, 0.05);
		slope += j.slope / 200;
	}
	/* one slope has a standard error of about 0.14 here, their mean 0.01 */
	close_to(slope, 1, 0.04, "mean slope");
}

static void stretched_odds_have_the_slope_that_shrinks_them(void **state)
{
	double stretched[ROWS];
	struct judged j, k;
	(void)state;
	draw(3);
	judge(&j, chance, outcome, ROWS, 0.05);
	for (int i = 0; i < ROWS; i++)
		stretched[i] = logit_chance(2 * log(chance[i] / (1 - chance[i])));
	judge(&k, stretched, outcome, ROWS, 0.05);
	close_to(k.slope, j.slope / 2, 1e-11, "slope");
	close_to(k.auc, j.auc, 1e-15, "AUC");
	assert_true(k.logloss > j.logloss);
}

static void the_order_of_rows_changes_nothing(void **state)
{
	double p[ROWS];
	uint8_t y[ROWS];
	struct judged a, b;
	(void)state;
	draw(9);
	for (int i = 0; i < ROWS; i++) {
		p[i] = chance[i * 7 % ROWS];
		y[i] = outcome[i * 7 % ROWS];
	}
	judge(&a, chance, outcome, ROWS, 0.05);
	judge(&b, p, y, ROWS, 0.05);
	assert_true(a.auc == b.auc && a.ece == b.ece && a.lift == b.lift && a.auc_ci.lo == b.auc_ci.lo);
	close_to(a.brier, b.brier, 1e-15, "Brier");
}

static void perfect_and_empty_lists_give_no_nonsense(void **state)
{
	static const double p[] = { 0, 0.2, 0.8, 1 };
	static const uint8_t y[] = { 0, 0, 1, 1 }, none[4] = { 0 };
	struct judged j;
	(void)state;
	judge(&j, p, y, 4, 0.05);
	assert_true(j.auc == 1 && isnan(j.auc_ci.lo) && isnan(j.slope) && isfinite(j.logloss));
	judge(&j, p, none, 4, 0.05);
	assert_true(isnan(j.auc) && isnan(j.lift) && j.share == 0 && isfinite(j.brier));
	judge(&j, p, y, 0, 0.05);
	assert_true(isnan(j.auc) && isnan(j.brier) && j.n == 0);
}

static void parts_hold_all_rows_and_no_tie_is_cut(void **state)
{
	struct judged_part part[10];
	int64_t rows = 0, events = 0, all = 0;
	(void)state;
	draw(4);
	const size_t n = judge_parts(part, 10, chance, outcome, ROWS, 0.05);
	for (size_t k = 0; k < n; k++) {
		rows += part[k].n;
		events += part[k].events;
		assert_true(!k || part[k].chance > part[k - 1].chance);
		assert_true(part[k].ci.lo <= part[k].share && part[k].share <= part[k].ci.hi);
	}
	for (int i = 0; i < ROWS; i++)
		all += outcome[i];
	assert_int_equal(rows, ROWS);
	assert_int_equal(events, all);
	for (int i = 0; i < ROWS; i++)
		chance[i] = 0.5;
	assert_int_equal(judge_parts(part, 10, chance, outcome, ROWS, 0.05), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auc_and_its_limits_are_those_of_all_pairs),
		cmocka_unit_test(scores_are_those_worked_out_by_hand),
		cmocka_unit_test(honest_chances_have_slope_one),
		cmocka_unit_test(stretched_odds_have_the_slope_that_shrinks_them),
		cmocka_unit_test(the_order_of_rows_changes_nothing),
		cmocka_unit_test(perfect_and_empty_lists_give_no_nonsense),
		cmocka_unit_test(parts_hold_all_rows_and_no_tie_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
