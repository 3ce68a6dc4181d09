#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "regress_rows.h"

static struct drawn w, other;

static double steps(const struct drawn *r, size_t i)
{
	return (r->x[0][i] > 0.5) != (r->x[1][i] > 0.3) ? 1.5 : -1.5;
}
static double by_land(const struct drawn *r, size_t i)
{
	return r->code[1][i] ? 1 : -1;
}

/* One tree of one split, without ridge and at full rate: each leaf moves by G / H, one Newton
 * step from the log odds of all. */
static void one_split_is_worked_out_by_hand(void **state)
{
	double yes[2] = { 0 }, all[2] = { 0 };
	(void)state;
	drawn_rows(&w, 2000, 1, by_land);
	struct regress_data d = w.d;
	d.v += 5;
	d.p = 1;
	struct boost_options o = BOOST_OPTIONS_INIT;
	o.trees = o.depth = 1;
	o.rate = o.sample = 1;
	o.ridge = 0;
	struct boost *m = boost_fit(&d, NULL, &o, NULL);
	for (size_t i = 0; i < d.n; i++) {
		yes[w.code[1][i]] += w.y[i];
		all[w.code[1][i]]++;
	}
	const double p = (yes[0] + yes[1] + 0.5) / (all[0] + all[1] + 1);
	for (size_t i = 0; i < d.n; i++) {
		const int k = w.code[1][i];
		const double want = log(p / (1 - p)) + (yes[k] - all[k] * p) / (all[k] * p * (1 - p));
		assert_true(fabs(boost_eta(m, &d, i, NULL) - want) < 1e-12);
	}
	boost_free(m);
}

static void steps_and_what_columns_do_together_are_learned(void **state)
{
	double *p = malloc(DRAWN_MOST * sizeof *p);
	struct judged j;
	static uint8_t use[DRAWN_MOST], y[DRAWN_MOST];
	size_t n = 0;
	(void)state;
	drawn_rows(&w, 6000, 2, steps);
	for (size_t i = 0; i < w.d.n; i++)
		use[i] = i < 4000;
	struct boost_options o = BOOST_OPTIONS_INIT;
	o.trees = 150;
	double loss[150];
	struct boost *m = boost_fit(&w.d, use, &o, loss);
	double last = 0;
	for (size_t i = 4000; i < 6000; i++) {
		const double eta = boost_eta(m, &w.d, i, NULL);
		p[n] = logit_chance(eta);
		last += logit_log1pexp(w.y[i] ? -eta : eta);
		y[n++] = w.y[i];
	}
	judge(&j, p, y, n, 0.05);
	assert_true(j.auc > 0.79); /* the best there is: 0.8176, both sides being 4.48 to 1 */
	assert_true(fabs(last - loss[149]) < 1e-8);
	assert_true(loss[149] < loss[0]);
	boost_free(m);
	free(p);
}

static void parts_add_up_to_the_log_odds(void **state)
{
	(void)state;
	drawn_rows(&w, 1500, 3, steps);
	for (size_t i = 0; i < w.d.n; i += 7) {
		w.x[0][i] = NAN;
		w.code[0][i] = -1;
	}
	struct boost_options o = BOOST_OPTIONS_INIT;
	o.trees = 60;
	struct boost *m = boost_fit(&w.d, NULL, &o, NULL);
	for (size_t i = 0; i < w.d.n; i++) {
		double part[DRAWN_COLUMNS], sum = boost_middle(m);
		const double eta = boost_eta(m, &w.d, i, part);
		for (size_t k = 0; k < DRAWN_COLUMNS; k++)
			sum += part[k];
		assert_true(fabs(sum - eta) < 1e-12);
	}
	boost_free(m);
}

static void the_order_of_rows_changes_nothing(void **state)
{
	(void)state;
	drawn_rows(&w, 1500, 4, steps);
	drawn_turned(&other, &w);
	struct boost_options o = BOOST_OPTIONS_INIT;
	o.trees = 80;
	struct boost *a = boost_fit(&w.d, NULL, &o, NULL), *b = boost_fit(&other.d, NULL, &o, NULL);
	for (size_t i = 0; i < w.d.n; i++)
		assert_true(fabs(boost_eta(a, &w.d, i, NULL) - boost_eta(b, &w.d, i, NULL)) < 1e-9);
	boost_free(a);
	boost_free(b);
}

static void values_only_count_by_their_order(void **state)
{
	static double logs[DRAWN_MOST];
	(void)state;
	drawn_rows(&w, 1000, 5, steps);
	struct boost_options o = BOOST_OPTIONS_INIT;
	o.trees = 40;
	struct boost *a = boost_fit(&w.d, NULL, &o, NULL);
	for (size_t i = 0; i < w.d.n; i++)
		logs[i] = log(w.x[3][i]);
	other = w;
	other.v[3].x = logs;
	other.d.v = other.v;
	struct boost *b = boost_fit(&other.d, NULL, &o, NULL);
	for (size_t i = 0; i < w.d.n; i++)
		assert_true(boost_eta(a, &w.d, i, NULL) == boost_eta(b, &other.d, i, NULL));
	boost_free(a);
	boost_free(b);
}

static void one_outcome_no_column_and_no_row_give_numbers(void **state)
{
	(void)state;
	drawn_rows(&w, 50, 6, steps);
	memset(w.y, 1, 50);
	struct boost_options o = BOOST_OPTIONS_INIT;
	o.trees = 5;
	struct boost *m = boost_fit(&w.d, NULL, &o, NULL);
	assert_true(isfinite(boost_eta(m, &w.d, 0, NULL)) && boost_eta(m, &w.d, 0, NULL) > 3);
	boost_free(m);
	w.d.p = 0;
	m = boost_fit(&w.d, NULL, &o, NULL);
	assert_true(isfinite(boost_eta(m, &w.d, 0, NULL)));
	boost_free(m);
	w.d.n = 0;
	m = boost_fit(&w.d, NULL, &o, NULL);
	assert_true(boost_middle(m) == 0);
	boost_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_split_is_worked_out_by_hand),
		cmocka_unit_test(steps_and_what_columns_do_together_are_learned),
		cmocka_unit_test(parts_add_up_to_the_log_odds),
		cmocka_unit_test(the_order_of_rows_changes_nothing),
		cmocka_unit_test(values_only_count_by_their_order),
		cmocka_unit_test(one_outcome_no_column_and_no_row_give_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
