#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "regress_rows.h"

static struct drawn w;

static double sum_of_curves(const struct drawn *r, size_t i)
{
	return 3 * r->x[0][i] * r->x[0][i] - 2 * r->x[1][i] + (r->code[0][i] == 2) - 0.4 * log(r->x[3][i]);
}
static double boxes(const struct drawn *r, size_t i)
{
	const int in = (r->x[0][i] > 0.4) + (r->x[1][i] > 0.6) + (r->x[2][i] > 0.5);
	return in == 1 || in == 3 ? 1.5 : -1.5;
}

static struct chances *fit(int threads, enum chances_model model)
{
	struct chances_options o = CHANCES_OPTIONS_INIT;
	o.threads = threads;
	o.model = model;
	return chances_fit(&w.d, &o);
}

static void a_sum_of_curves_is_left_to_the_curves(void **state)
{
	(void)state;
	drawn_rows(&w, 2500, 1, sum_of_curves);
	struct chances *c = fit(2, CHANCES_AUTO);
	assert_int_equal(c->model, CHANCES_LOGIT);
	assert_true(c->automatic && !c->boost && c->loss_logit < c->loss_boost);
	struct judged j;
	judge(&j, c->held_out, w.y, w.d.n, 0.05);
	assert_true(fabs(j.logloss - c->loss_logit) < 1e-12);
	assert_true(j.slope > 0.85 && j.slope < 1.15);
	chances_free(c);
}

static void boxes_are_left_to_the_trees(void **state)
{
	(void)state;
	drawn_rows(&w, 2500, 2, boxes);
	struct chances *c = fit(2, CHANCES_AUTO);
	assert_int_equal(c->model, CHANCES_BOOST);
	assert_true(c->loss_boost < c->loss_logit - 0.02);
	struct judged j;
	judge(&j, c->held_out, w.y, w.d.n, 0.05);
	assert_true(j.auc > 0.78); /* the best there is: 0.8176 */
	chances_free(c);
}

static double curves_and_boxes(const struct drawn *r, size_t i)
{
	const int in = (r->x[0][i] > 0.4) + (r->x[1][i] > 0.6);
	return (in == 1 ? 0.9 : -0.9) + 2.5 * r->x[2][i] - log(r->x[3][i]) / 2;
}

static void what_has_both_is_told_by_both(void **state)
{
	(void)state;
	drawn_rows(&w, 4000, 8, curves_and_boxes);
	struct chances *c = fit(2, CHANCES_AUTO);
	assert_int_equal(c->model, CHANCES_BOTH);
	assert_true(c->curves > 0 && c->trees > 0 && c->boost);
	assert_true(c->loss_both < c->loss_logit && c->loss_both < c->loss_boost);
	struct judged j;
	judge(&j, c->held_out, w.y, w.d.n, 0.05);
	assert_true(fabs(j.logloss - c->loss_both) < 1e-12);
	assert_true(fabs(j.slope - 1) < 1e-6); /* weights are those of the greatest likelihood */
	struct chances *again = chances_again(c, &w.d, NULL);
	for (size_t i = 0; i < w.d.n; i++) {
		double part[DRAWN_COLUMNS], sum = chances_middle(c);
		const double p = chances_of(c, &w.d, i, part);
		for (size_t k = 0; k < DRAWN_COLUMNS; k++)
			sum += part[k];
		assert_true(fabs(sum - p) < 1e-9);
		assert_true(chances_of(again, &w.d, i, NULL) == p);
		const double curves = additive_eta(c->additive, &w.d, i, NULL, NULL), trees = boost_eta(c->boost, &w.d, i, NULL);
		assert_true(fabs(log(p / (1 - p)) - (c->shift + c->curves * curves + c->trees * trees)) < 1e-9);
		assert_true(isnan(chances_limits(c, &w.d, i, 0.05).lo));
	}
	chances_free(again);
	chances_free(c);
}

static void the_number_of_threads_does_not_change_a_bit(void **state)
{
	(void)state;
	drawn_rows(&w, 700, 3, boxes);
	struct chances *a = fit(1, CHANCES_AUTO), *b = fit(7, CHANCES_AUTO);
	assert_memory_equal(a->held_out, b->held_out, w.d.n * sizeof *a->held_out);
	assert_true(a->loss_logit == b->loss_logit && a->loss_boost == b->loss_boost && a->grown.trees == b->grown.trees);
	for (size_t i = 0; i < w.d.n; i++)
		assert_true(chances_of(a, &w.d, i, NULL) == chances_of(b, &w.d, i, NULL));
	chances_free(a);
	chances_free(b);
}

static void points_add_up_to_the_chance(void **state)
{
	(void)state;
	drawn_rows(&w, 700, 4, sum_of_curves);
	for (int model = CHANCES_LOGIT; model <= CHANCES_BOOST; model++) {
		struct chances *c = fit(2, (enum chances_model)model);
		assert_int_equal(c->model, model);
		for (size_t i = 0; i < w.d.n; i++) {
			double part[DRAWN_COLUMNS], sum = chances_middle(c);
			const double p = chances_of(c, &w.d, i, part);
			const struct interval ci = chances_limits(c, &w.d, i, 0.05);
			for (size_t k = 0; k < DRAWN_COLUMNS; k++)
				sum += part[k];
			assert_true(fabs(sum - p) < 1e-9);
			assert_true(model == CHANCES_BOOST ? isnan(ci.lo) : ci.lo < p && p < ci.hi);
		}
		chances_free(c);
	}
}

static void rows_of_one_person_are_held_out_together(void **state)
{
	(void)state;
	drawn_rows(&w, 1200, 5, sum_of_curves);
	/* each row six times: a model that saw a twin would know it by heart */
	for (size_t i = 200; i < 1200; i++) {
		for (size_t k = 0; k < DRAWN_NUMBERS; k++)
			w.x[k][i] = w.x[k][i % 200];
		w.code[0][i] = w.code[0][i % 200];
		w.code[1][i] = w.code[1][i % 200];
		w.key[i] = w.key[i % 200];
	}
	for (size_t i = 0; i < 1200; i++)
		w.y[i] = hash_mix(i % 200 + 77) & 1;
	struct chances *c = fit(2, CHANCES_BOOST);
	struct judged j;
	judge(&j, c->held_out, w.y, w.d.n, 0.05);
	assert_true(j.auc < 0.62);
	chances_free(c);
}

static void one_outcome_only_is_told(void **state)
{
	(void)state;
	drawn_rows(&w, 60, 6, sum_of_curves);
	memset(w.y, 0, 60);
	struct chances *c = fit(1, CHANCES_AUTO);
	assert_null(c->additive);
	assert_true(isnan(c->loss_logit) && isnan(c->loss_boost));
	chances_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sum_of_curves_is_left_to_the_curves),
		cmocka_unit_test(boxes_are_left_to_the_trees),
		cmocka_unit_test(what_has_both_is_told_by_both),
		cmocka_unit_test(the_number_of_threads_does_not_change_a_bit),
		cmocka_unit_test(points_add_up_to_the_chance),
		cmocka_unit_test(rows_of_one_person_are_held_out_together),
		cmocka_unit_test(one_outcome_only_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
