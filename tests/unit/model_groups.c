/* Groups with attributes: derivatives against differences, effects out of simulated customers,
 * the sentence where attributes cannot be told apart. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "wend/model.h"
#include "../proof/buyers.h"

enum { GROUPS = 4, ATTRIBUTES = 2, EACH = 6000 };
static const double design[GROUPS * ATTRIBUTES] = { 0, 0, 1, 0, 0, 1, 1, 1 };

struct world {
	struct columns room[GROUPS];
	struct btyd_cells cells[GROUPS];
	struct buyer *buyers;
};

static void populate(struct world *w, const struct btyd_model *m, const double *effect, size_t each, uint64_t seed)
{
	w->buyers = malloc(each * sizeof *w->buyers);
	for (size_t i = 0; i < GROUPS; i++) {
		struct dice d = { seed + i };
		const struct btyd_model of = btyd_of_group(m, effect, design + i * ATTRIBUTES, ATTRIBUTES);
		w->room[i] = columns_new(each);
		w->cells[i] = buyers_simulate(&w->room[i], w->buyers, &d, &of, each, 20, 100, 1.0 / 7);
	}
}

static void release(struct world *w)
{
	for (size_t i = 0; i < GROUPS; i++)
		columns_free(&w->room[i]);
	free(w->buyers);
}

static const struct btyd_model models[] = { { BTYD_MBGNBD, 1, { 0.6, 7, 0.8, 2.2 } }, { BTYD_PNBD, 1, { 0.6, 9, 0.7, 14 } }, { BTYD_BGNBD, 1, { 0.3, 5, 0.8, 2.5 } }, { BTYD_MBGCNBD, 2, { 0.9, 6, 0.6, 1.9 } } };
static const double effects[6] = { 0.4, -0.5, 0.3, 0.2, -0.2, 0.4 };

/* The gradient is the slope of the value, the Hessian that of the gradient. */
static void derivatives_are_those_of_differences(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct world w;
		populate(&w, &models[i], effects, 60, 7);
		const struct btyd_groups c = { GROUPS, ATTRIBUTES, w.cells, design };
		const size_t n = 4 + btyd_effects(models[i].kind, ATTRIBUTES);
		double value, g[OPTIM_MAX], h[OPTIM_MAX * OPTIM_MAX];
		assert_true(btyd_loglik_groups(&models[i], effects, &c, &value, g, h));
		for (size_t k = 0; k < n; k++) {
			double at[2], slope[2][OPTIM_MAX];
			for (int side = 0; side < 2; side++) {
				struct btyd_model m = models[i];
				double e[6];
				const double step = side ? 1e-5 : -1e-5;
				memcpy(e, effects, sizeof e);
				if (k < 4)
					m.p[k] *= exp(step);
				else
					e[k - 4] += step;
				assert_true(btyd_loglik_groups(&m, e, &c, &at[side], slope[side], NULL));
			}
			assert_true(fabs((at[1] - at[0]) / 2e-5 - g[k]) < 1e-4);
			for (size_t l = 0; l < n; l++)
				assert_true(fabs((slope[1][l] - slope[0][l]) / 2e-5 - h[k * n + l]) < 1e-5 * (1 + fabs(h[k * n + l])));
		}
		release(&w);
	}
}

static void effects_come_out_of_simulated_customers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world w;
		struct btyd_fit plain;
		static struct btyd_groups_fit f;
		populate(&w, &models[i], effects, EACH, 40);
		const struct btyd_groups c = { GROUPS, ATTRIBUTES, w.cells, design };
		btyd_fit(&plain, models[i].kind, 1, &w.cells[0], NULL);
		assert_null(plain.reason);
		btyd_fit_groups(&f, models[i].kind, 1, &c, &plain.model);
		assert_null(f.reason);
		assert_int_equal(f.n, 4 + btyd_effects(models[i].kind, ATTRIBUTES));
		assert_true(f.p < 1e-6 && f.loglik > f.plain);
		for (size_t k = 0; k < f.n; k++) {
			const double got = k < 4 ? log(f.model.p[k]) : f.effect[k - 4], truth = k < 4 ? log(models[i].p[k]) : effects[k - 4];
			const double z = (got - truth) / sqrt(f.cov[k * (f.n + 1)]);
			assert_true(fabs(f.grad[k]) <= 1e-9);
			if (!(fabs(z) < 4))
				fail_msg("%s parameter %zu: %g, not %g (%g standard errors)", btyd_name[models[i].kind], k, got, truth, z);
		}
		release(&w);
	}
}

/* Twice the rise is chi-square with 6 degrees of freedom: ten stores make 60, give or take 11. */
static void without_effects_the_test_is_chi_square(void **state)
{
	(void)state;
	const double none[6] = { 0 };
	double sum = 0;
	for (uint64_t store = 1; store <= 10; store++) {
		struct world w;
		struct btyd_fit plain;
		static struct btyd_groups_fit f;
		populate(&w, &models[0], none, EACH, store * 100);
		const struct btyd_groups c = { GROUPS, ATTRIBUTES, w.cells, design };
		btyd_fit(&plain, models[0].kind, 1, &w.cells[0], NULL);
		btyd_fit_groups(&f, models[0].kind, 1, &c, &plain.model);
		assert_null(f.reason);
		assert_true(fabs(chisq_sf(2 * (f.loglik - f.plain), 6) - f.p) < 1e-12);
		sum += 2 * (f.loglik - f.plain);
		release(&w);
	}
	assert_true(sum > 60 - 33 && sum < 60 + 33);
}

static void attributes_that_say_the_same_are_refused(void **state)
{
	(void)state;
	const double same[GROUPS * 2] = { 0, 1, 1, 0, 0, 1, 1, 0 }, none[6] = { 0 };
	struct world w;
	static struct btyd_groups_fit f;
	populate(&w, &models[0], none, 100, 1);
	btyd_fit_groups(&f, models[0].kind, 1, &(struct btyd_groups){ GROUPS, 2, w.cells, same }, &models[0]);
	assert_string_equal(f.reason, "the attributes say the same in other words, or nothing: their effects cannot be told apart");
	btyd_fit_groups(&f, models[0].kind, 1, &(struct btyd_groups){ GROUPS, OPTIM_MAX, w.cells, same }, &models[0]);
	assert_string_equal(f.reason, "there are more attributes than can be fitted at once");
	release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derivatives_are_those_of_differences),
		cmocka_unit_test(effects_come_out_of_simulated_customers),
		cmocka_unit_test(without_effects_the_test_is_chi_square),
		cmocka_unit_test(attributes_that_say_the_same_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
