/* Cox's model has short ways: rows of one time added up once, deaths of one time by a series, rows
 * of weight 1 as bits, columns by themselves beside each other. Each way is held against the long
 * one, on more rows than a block has. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/cox.h"

enum { N = 40000, P = 5, STRATA = 3 };
static double x_time[N], x_before[N], x_one[N], x_weight[N], x_col[P][N];
static uint8_t x_event[N];
static uint16_t x_stratum[N], x_code[N];
static struct cox_column column[P + 1];

static uint64_t seed = 7;
static double uniform(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) * 0x1p-53;
}

/* `times` different ones; 0: as many as rows. Risks are tied now and then. */
static void make(int times)
{
	for (size_t i = 0; i < N; i++) {
		double eta = 0;
		for (size_t j = 0; j < P; j++) {
			x_col[j][i] = j < 2 ? floor(4 * uniform()) : 3 * uniform() + 100 * (double)j;
			eta += x_col[j][i] * (j < 2 ? 0.3 : -0.2);
		}
		if (i % 16 == 0)
			x_col[2][i] = x_col[3][i] = x_col[4][i] = 100;
		const double t = -log(1 - uniform()) * exp(-eta / 3 - 65), c = 1.5 * uniform();
		x_event[i] = t < c;
		x_time[i] = times ? 1 + floor(fmin(t, c) * times / 1.5) : fmin(t, c);
		x_before[i] = -1;
		x_one[i] = 1;
		x_weight[i] = 1 + floor(3 * uniform());
		x_stratum[i] = (uint16_t)(STRATA * uniform());
		x_code[i] = (uint16_t)(2 * uniform() * uniform() * 2);
	}
	for (size_t j = 0; j < P; j++)
		column[j] = (struct cox_column){ x_col[j], NULL, 0 };
	column[P] = (struct cox_column){ NULL, x_code, 1 };
}

static struct cox_data data(const double *entry, const double *weight, bool strata)
{
	return (struct cox_data){ N, P + 1, column, x_time, entry, weight, x_event, strata ? x_stratum : NULL, NULL, 0 };
}

struct all {
	struct cox_fit f;
	struct cox_alone alone[P + 1];
};

static bool foresee;
static struct all *fit(struct cox_data d, enum cox_ties ties, int threads)
{
	static const size_t cols[] = { 0, 1, 2, 3, 4, 5 };
	struct all *a = calloc(1, sizeof *a);
	struct cox *m = cox_new(&d, threads);
	if (foresee)
		cox_foresee_steady(m, COX_KM);
	cox_run(&a->f, m, NULL, P + 1, ties);
	assert_true(!m->steady == !foresee);
	assert_null(a->f.reason);
	cox_robust(&a->f, m, NULL, ties);
	cox_steady(&a->f, m, NULL, ties, COX_KM);
	cox_alone(a->alone, m, cols, P + 1, ties);
	cox_concordance(&a->f, m, NULL);
	cox_free(m);
	return a;
}

static void close_to(double got, double want, double digits, const char *what)
{
	if (!(fabs(got - want) <= digits * fabs(want)))
		fail_msg("%s: %.15g, not %.15g", what, got, want);
}

/* What cancels is measured by what it is made of: `drift` by its own standard error. */
static void same(const struct all *a, const struct all *b)
{
	close_to(a->f.loglik_null, b->f.loglik_null, 1e-12, "likelihood of none");
	close_to(a->f.loglik, b->f.loglik, 1e-12, "likelihood");
	close_to(a->f.score, b->f.score, 1e-10, "score test");
	close_to(a->f.wald, b->f.wald, 1e-10, "wald test");
	close_to(a->f.concordance, b->f.concordance, 1e-12, "concordance");
	close_to(a->f.concordance_se, b->f.concordance_se, 1e-10, "its error");
	for (size_t j = 0; j <= P; j++) {
		const size_t at = j * (P + 1) + j;
		const double se = sqrt(b->f.cov[at]), spread = sqrt(b->f.drift_var[at]);
		if (fabs(a->f.coef[j] - b->f.coef[j]) > 1e-9 * se)
			fail_msg("coefficient %zu: %.17g, not %.17g", j, a->f.coef[j], b->f.coef[j]);
		close_to(a->f.cov[at], b->f.cov[at], 1e-10, "variance");
		close_to(a->f.robust[at], b->f.robust[at], 1e-9, "sandwich");
		close_to(a->f.drift_var[at], b->f.drift_var[at], 1e-9, "variance of the drift");
		if (fabs(a->f.drift[j] - b->f.drift[j]) > 1e-8 * spread)
			fail_msg("drift %zu: %.17g, not %.17g", j, a->f.drift[j], b->f.drift[j]);
		if (fabs(a->alone[j].coef - b->alone[j].coef) > 1e-9 * b->alone[j].se)
			fail_msg("alone %zu: %.17g, not %.17g", j, a->alone[j].coef, b->alone[j].coef);
		close_to(a->alone[j].se, b->alone[j].se, 1e-10, "error alone");
	}
}

static const int different_times[] = { 8, 200, 4000, 0 };

/* Watched since before the first time is watched from the beginning: without entries rows of one
 * time are added up and columns by themselves walk together, with them nothing of that. */
static void who_was_always_there_has_no_entry(void **state)
{
	(void)state;
	for (size_t k = 0; k < 8; k++) {
		make(different_times[k / 2]);
		struct all *a = fit(data(NULL, NULL, k & 1), COX_EFRON, 2), *b = fit(data(x_before, NULL, k & 1), COX_EFRON, 1);
		same(a, b);
		free(a);
		free(b);
	}
}

static void a_weight_of_one_is_no_weight(void **state)
{
	(void)state;
	for (size_t k = 0; k < 8; k++) {
		make(different_times[k / 2]);
		struct all *a = fit(data(k & 1 ? x_before : NULL, NULL, k & 1), COX_BRESLOW, 1), *b = fit(data(k & 1 ? x_before : NULL, x_one, k & 1), COX_BRESLOW, 2);
		same(a, b);
		free(a);
		free(b);
	}
}

static void threads_change_no_byte(void **state)
{
	(void)state;
	for (size_t k = 0; k < 4; k++) {
		make(different_times[k]);
		const struct cox_data d = data(NULL, k & 1 ? x_weight : NULL, k & 2);
		struct all *a = fit(d, COX_EFRON, 1);
		for (int threads = 2; threads <= 5; threads += 3) {
			struct all *b = fit(d, COX_EFRON, threads);
			assert_memory_equal(a, b, sizeof *a);
			free(b);
		}
		free(a);
	}
}

/* The last pass of a fit makes the sums of the test of steadiness when told. */
static void a_test_foreseen_is_the_test(void **state)
{
	(void)state;
	for (size_t k = 0; k < 4; k++) {
		make(different_times[k]);
		const struct cox_data d = data(k & 1 ? x_before : NULL, k & 2 ? x_weight : NULL, k & 1);
		foresee = true;
		struct all *a = fit(d, COX_EFRON, 2);
		foresee = false;
		struct all *b = fit(d, COX_EFRON, 2);
		same(a, b);
		free(a);
		free(b);
	}
}

/* The divisions themselves, in long double. */
static void deaths_of_one_time_are_summed_right(void **state)
{
	(void)state;
	static const uint32_t deaths[] = { 1, 2, 31, 32, 33, 100, 640, 20000 };
	static const double share[] = { 1e-9, 1e-4, 0.01, 0.06, 0.0625, 0.0626, 0.3, 0.999 };
	for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
		for (size_t j = 0; j < sizeof share / sizeof *share; j++) {
			struct cox_group g = { .deaths = deaths[i], .weight = 1.5 * deaths[i] };
			struct cox m = { .group = &g, .ngroup = 1 };
			cox_powers(&m);
			/* a loop adds up its roundings, and what is left of s0 magnifies them */
			const double digits = share[j] <= 1.0 / 16 ? 1e-14 : (deaths[i] > 640 ? 2e-13 : 1e-14) / (1 - share[j]);
			const double s0 = 12345.678 * deaths[i], d0 = share[j] * s0;
			const struct cox_tie t = cox_tie(&g, s0, d0, COX_EFRON);
			long double v[6] = { 0 };
			for (uint32_t k = 0; k < deaths[i]; k++) {
				const long double part = (long double)k / deaths[i], phi = (long double)s0 - part * (long double)d0;
				const long double one[6] = { logl(phi), 1 / phi, part / phi, 1 / phi / phi, part / phi / phi, part * part / phi / phi };
				for (int q = 0; q < 6; q++)
					v[q] += 1.5L * one[q];
			}
			const double got[6] = { t.log, t.e1, t.e2, t.f0, t.f1, t.f2 };
			for (int q = 0; q < 6; q++)
				if (!(fabs(got[q] - (double)v[q]) <= digits * fabs((double)v[q])))
					fail_msg("%u deaths, share %g, sum %d: %.17g, not %.17g", deaths[i], share[j], q, got[q], (double)v[q]);
			free(m.power);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_always_there_has_no_entry),
		cmocka_unit_test(a_weight_of_one_is_no_weight),
		cmocka_unit_test(threads_change_no_byte),
		cmocka_unit_test(a_test_foreseen_is_the_test),
		cmocka_unit_test(deaths_of_one_time_are_summed_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
