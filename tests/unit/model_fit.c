/* Fits: published parameters from published tables, parameters out of data simulated with them,
 * and the sentence where a likelihood has no maximum. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "wend/model.h"
#include "../proof/buyers.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void steepest_is_flat(const double *grad, int n)
{
	for (int i = 0; i < n; i++)
		if (!(fabs(grad[i]) <= 1e-9))
			fail_msg("gradient per customer of parameter %d: %g", i, grad[i]);
}

/* ---- published ---- */

/* Fader, Hardie & Shang (2010), table 1: the 1995 cohort of a charity, 6 yearly opportunities. */
static const struct { uint32_t x, tx; double customers; } donors[] = {
	{ 6, 6, 1203 }, { 5, 6, 728 }, { 4, 6, 512 }, { 3, 6, 357 }, { 2, 6, 234 }, { 1, 6, 129 }, { 5, 5, 335 }, { 4, 5, 284 },
	{ 3, 5, 225 }, { 2, 5, 173 }, { 1, 5, 119 }, { 4, 4, 240 }, { 3, 4, 181 }, { 2, 4, 155 }, { 1, 4, 78 }, { 3, 3, 322 },
	{ 2, 3, 255 }, { 1, 3, 129 }, { 2, 2, 613 }, { 1, 2, 277 }, { 1, 1, 1091 }, { 0, 0, 3464 },
};

static void donors_have_their_published_parameters(void **state)
{
	(void)state;
	uint32_t x[COUNT(donors)], tx[COUNT(donors)], of[COUNT(donors)];
	double w[COUNT(donors)];
	struct chance_fit f;
	for (size_t i = 0; i < COUNT(donors); i++) {
		x[i] = donors[i].x;
		tx[i] = donors[i].tx;
		of[i] = 6;
		w[i] = donors[i].customers;
	}
	chance_fit(&f, &(struct chance_cells){ COUNT(donors), x, tx, of, w }, NULL);
	assert_null(f.reason);
	assert_true(f.customers > 11103.5 && f.customers < 11104.5);
	steepest_is_flat(f.grad, 4);
	/* the paper's table 3: 1.204, 0.750, 0.657, 2.783; -33,225.6 */
	const double published[4] = { 1.204, 0.750, 0.657, 2.783 };
	for (int i = 0; i < 4; i++)
		assert_true(fabs(f.model.p[i] - published[i]) <= 0.0005);
	assert_true(fabs(f.loglik + 33225.6) <= 0.05);
}

/* Fader & Hardie (2007), table 1: per cent of customers left after 0, 1, ... years. */
static const double high_end[13] = { 100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4 };
static const double regular[13] = { 100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3 };

static struct renewal_fit fit_seven(const double *share, bool bdw)
{
	double risk[7], lost[7];
	struct renewal_fit f;
	for (int t = 0; t < 7; t++) {
		risk[t] = 10 * share[t];
		lost[t] = 10 * (share[t] - share[t + 1]);
	}
	renewal_fit(&f, bdw, &(struct renewals){ 7, risk, lost }, NULL);
	assert_null(f.reason);
	steepest_is_flat(f.grad, bdw ? 3 : 2);
	return f;
}

static void retention_has_its_published_parameters(void **state)
{
	(void)state;
	const struct renewal_fit high = fit_seven(high_end, false), low = fit_seven(regular, false);
	assert_true(fabs(high.model.alpha - 0.668) <= 0.0005 && fabs(high.model.beta - 3.806) <= 0.0005);
	assert_true(fabs(low.model.alpha - 0.704) <= 0.0005 && fabs(low.model.beta - 1.182) <= 0.0005);
	assert_true(fabs(high.loglik + 1611.158147) < 1e-6 && fabs(low.loglik + 1680.265188) < 1e-6);
	assert_true(fabs(renewal_survival(&high.model, 8) - 0.4604) < 5e-5 && fabs(renewal_survival(&low.model, 12) - 0.1700) < 5e-5);
}

/* R 4.2.2's optim stops at a log-likelihood of -1605.314213 and -1679.602833 with parameters of
 * four digits: .2143 1.4266 1.7236 and .4556 .7793 1.2835. */
static void weibull_retention_is_at_least_as_high_as_other_fits(void **state)
{
	(void)state;
	const struct renewal_fit high = fit_seven(high_end, true), low = fit_seven(regular, true);
	assert_true(high.loglik > -1605.3142135 && high.loglik < -1605.3142);
	assert_true(low.loglik > -1679.6028335 && low.loglik < -1679.6028);
	assert_true(fabs(high.model.alpha - 0.2143) < 2e-4 && fabs(high.model.beta - 1.4266) < 1e-3 && fabs(high.model.c - 1.7236) < 1e-3);
	assert_true(fabs(low.model.alpha - 0.4556) < 2e-4 && fabs(low.model.beta - 0.7793) < 1e-3 && fabs(low.model.c - 1.2835) < 1e-3);
	assert_true(high.loglik > fit_seven(high_end, false).loglik && low.loglik > fit_seven(regular, false).loglik);
}

/* ---- simulated ---- */

/* All within 4 standard errors of what they were drawn with, and not all suspiciously close. */
static void near_truth(const char *what, int n, const double *log_got, const double *log_true, const double *cov)
{
	double chi = 0;
	for (int i = 0; i < n; i++) {
		const double z = (log_got[i] - log_true[i]) / sqrt(cov[i * (n + 1)]);
		chi += z * z;
		if (!(fabs(z) < 4))
			fail_msg("%s: parameter %d is %g standard errors off (%g, not %g)", what, i, z, exp(log_got[i]), exp(log_true[i]));
	}
	assert_true(chi > 1e-4);
}

static void purchases_give_their_parameters_back(void **state)
{
	(void)state;
	enum { N = 20000 };
	static const struct btyd_model truth[] = {
		{ BTYD_BGNBD, 1, { 0.243, 4.414, 0.793, 2.426 } }, { BTYD_MBGNBD, 1, { 0.525, 6.183, 0.891, 1.614 } },
		{ BTYD_MBGCNBD, 2, { 0.9, 6, 0.6, 1.9 } }, { BTYD_MBGCNBD, 3, { 1.5, 8, 0.8, 3 } }, { BTYD_PNBD, 1, { 0.553, 10.58, 0.606, 11.67 } },
	};
	struct columns room = columns_new(N);
	struct buyer *buyers = malloc(N * sizeof *buyers);
	for (size_t i = 0; i < COUNT(truth); i++) {
		struct dice d = { 100 + i };
		struct btyd_fit f;
		const struct btyd_cells c = buyers_simulate(&room, buyers, &d, &truth[i], N, 20, 100, 0);
		btyd_fit(&f, truth[i].kind, truth[i].k, &c, NULL);
		assert_null(f.reason);
		steepest_is_flat(f.grad, 4);
		double got[4], want[4];
		for (int k = 0; k < 4; k++) {
			got[k] = log(f.model.p[k]);
			want[k] = log(truth[i].p[k]);
		}
		near_truth(btyd_name[truth[i].kind], 4, got, want, f.cov);
		/* Profile limits hold the truth of each parameter here and lie round the estimate. */
		for (int k = 0; i < 2 && k < 4; k++) {
			const struct interval p = btyd_profile(&f, &c, k, 1e-4);
			assert_true(p.lo < f.model.p[k] && f.model.p[k] < p.hi);
			assert_true(p.lo < truth[i].p[k] && truth[i].p[k] < p.hi);
		}
	}
	free(buyers);
	columns_free(&room);
}

static void spending_gives_its_parameters_back(void **state)
{
	(void)state;
	enum { N = 20000 };
	const struct spend_model truth = { 6.25, 3.74, 15.44 };
	uint32_t *x = malloc(N * sizeof *x);
	double *total = malloc(N * sizeof *total), *w = malloc(N * sizeof *w);
	struct dice d = { 7 };
	struct spend_fit f;
	for (size_t i = 0; i < N; i++) {
		x[i] = (uint32_t)(1 + i * 8 / N);
		w[i] = 1;
		const double log_nu = dice_log_gamma(&d, truth.q) - log(truth.gamma);
		total[i] = exp(dice_log_gamma(&d, truth.p * x[i]) - log_nu);
	}
	spend_fit(&f, &(struct spend_cells){ N, x, total, w }, NULL);
	assert_null(f.reason);
	steepest_is_flat(f.grad, 3);
	near_truth("Gamma-Gamma", 3, (double[]){ log(f.model.p), log(f.model.q - 1), log(f.model.gamma) }, (double[]){ log(truth.p), log(truth.q - 1), log(truth.gamma) }, f.cov);
	free(x);
	free(total);
	free(w);
}

static void opportunities_give_their_parameters_back(void **state)
{
	(void)state;
	enum { N = 20000 };
	const struct chance_model truth = { { 1.2, 0.75, 0.66, 2.8 } };
	uint32_t *x = calloc(N, sizeof *x), *tx = calloc(N, sizeof *tx), *of = calloc(N, sizeof *of);
	double *w = malloc(N * sizeof *w);
	struct dice d = { 11 };
	struct chance_fit f;
	for (size_t i = 0; i < N; i++) {
		const double buy = 1 / (1 + exp(-dice_logit_beta(&d, truth.p[0], truth.p[1]))), leave = 1 / (1 + exp(-dice_logit_beta(&d, truth.p[2], truth.p[3])));
		of[i] = 4 + (uint32_t)(i % 7);
		w[i] = 1;
		for (uint32_t t = 1; t <= of[i] && dice_uniform(&d) >= leave; t++)
			if (dice_uniform(&d) < buy) {
				x[i]++;
				tx[i] = t;
			}
	}
	chance_fit(&f, &(struct chance_cells){ N, x, tx, of, w }, NULL);
	assert_null(f.reason);
	steepest_is_flat(f.grad, 4);
	double got[4], want[4];
	for (int k = 0; k < 4; k++) {
		got[k] = log(f.model.p[k]);
		want[k] = log(truth.p[k]);
	}
	near_truth("BG/BB", 4, got, want, f.cov);
	free(x);
	free(tx);
	free(of);
	free(w);
}

static void renewals_give_their_parameters_back(void **state)
{
	(void)state;
	for (int bdw = 0; bdw < 2; bdw++) {
		const struct renewal_model truth = { 0.7, 1.9, bdw ? 1.5 : 1 };
		double risk[10] = { 0 }, lost[10] = { 0 };
		struct dice d = { 5 };
		struct renewal_fit f;
		for (int i = 0; i < 50000; i++) {
			const double leave = 1 / (1 + exp(-dice_logit_beta(&d, truth.alpha, truth.beta)));
			for (int t = 0; t < 10; t++) {
				/* stays through t + 1 with (1 - leave)^((t+1)^c - t^c) */
				risk[t]++;
				if (dice_uniform(&d) >= pow(1 - leave, pow(t + 1, truth.c) - pow(t, truth.c))) {
					lost[t]++;
					break;
				}
			}
		}
		renewal_fit(&f, bdw, &(struct renewals){ 10, risk, lost }, NULL);
		assert_null(f.reason);
		near_truth(bdw ? "BdW" : "sBG", bdw ? 3 : 2, (double[]){ log(f.model.alpha), log(f.model.beta), log(f.model.c) }, (double[]){ log(truth.alpha), log(truth.beta), log(truth.c) }, f.cov);
	}
}

/* ---- no maximum ---- */

static const char *reason_for(enum btyd_kind kind, size_t n, const uint32_t *x, const double *tx, const double *T)
{
	double w[8] = { 10, 10, 10, 10, 10, 10, 10, 10 };
	struct btyd_fit f;
	btyd_fit(&f, kind, 1, &(struct btyd_cells){ n, x, tx, T, w, 1 }, NULL);
	assert_non_null(f.reason);
	return f.reason;
}

static void nothing_to_learn_is_said(void **state)
{
	(void)state;
	const uint32_t none[2] = { 0, 0 };
	const double zero[2] = { 0, 0 }, T[2] = { 30, 60 };
	for (int kind = 0; kind < BTYD_KINDS; kind++) {
		assert_string_equal(reason_for((enum btyd_kind)kind, 0, none, zero, T), "there is no customer");
		assert_string_equal(reason_for((enum btyd_kind)kind, 2, none, zero, zero), "nobody has been watched for a day after the first purchase");
		assert_string_equal(reason_for((enum btyd_kind)kind, 2, none, zero, T), "nobody has bought again: nothing tells how often customers come back");
	}
	struct spend_fit s;
	spend_fit(&s, &(struct spend_cells){ 0, NULL, NULL, NULL }, NULL);
	assert_string_equal(s.reason, "fewer than three customers have spent money on a repeat purchase");
	struct renewal_fit r;
	renewal_fit(&r, false, &(struct renewals){ 2, (double[]){ 10, 10 }, (double[]){ 0, 0 } }, NULL);
	assert_string_equal(r.reason, "nobody has left yet: nothing tells how long customers stay");
	renewal_fit(&r, false, &(struct renewals){ 1, (double[]){ 10 }, (double[]){ 10 } }, NULL);
	assert_string_equal(r.reason, "everybody has left at the first renewal: nothing tells how customers differ");
	struct chance_fit c;
	chance_fit(&c, &(struct chance_cells){ 1, (uint32_t[]){ 0 }, (uint32_t[]){ 0 }, (uint32_t[]){ 5 }, (double[]){ 9 } }, NULL);
	assert_string_equal(c.reason, "nobody has bought again: nothing tells how often customers come back");
}

static void a_fit_starts_again_where_it_ended(void **state)
{
	(void)state;
	enum { N = 3000 };
	struct columns room = columns_new(N);
	struct buyer *buyers = malloc(N * sizeof *buyers);
	for (int kind = 0; kind < BTYD_KINDS; kind++) {
		const struct btyd_model truth = { (enum btyd_kind)kind, 1, { 0.6, 8, 0.8, kind == BTYD_PNBD ? 12 : 2.5 } };
		struct dice d = { 3 };
		struct btyd_fit f, again;
		const struct btyd_cells c = buyers_simulate(&room, buyers, &d, &truth, N, 12, 39, 1.0 / 7);
		btyd_fit(&f, (enum btyd_kind)kind, 1, &c, NULL);
		assert_null(f.reason);
		btyd_fit(&again, (enum btyd_kind)kind, 1, &c, &f.model);
		assert_null(again.reason);
		assert_true(again.evals <= 2);
		for (int k = 0; k < 4; k++)
			assert_true(fabs(again.model.p[k] / f.model.p[k] - 1) < 1e-9);
	}
	free(buyers);
	columns_free(&room);
}

/* Beside the maximum, and from everywhere; more customers than the sample that looks elsewhere. */
static void a_fit_ends_at_one_maximum_whatever_the_start(void **state)
{
	(void)state;
	enum { N = 6000 };
	struct columns room = columns_new(N);
	struct buyer *buyers = malloc(N * sizeof *buyers);
	for (int kind = 0; kind < BTYD_KINDS; kind++) {
		const int k = kind == BTYD_MBGCNBD ? 2 : 1;
		const struct btyd_model truth = { (enum btyd_kind)kind, k, { 0.6, 8, 0.8, kind == BTYD_PNBD ? 12 : 2.5 } };
		struct dice d = { 9 };
		struct btyd_fit f, again;
		const struct btyd_cells c = buyers_simulate(&room, buyers, &d, &truth, N, 12, 39, 1.0 / 7);
		btyd_fit(&f, truth.kind, k, &c, NULL);
		assert_null(f.reason);
		for (int turn = 0; turn < 6; turn++) {
			struct btyd_model start = f.model;
			for (int i = 0; i < 4; i++)
				start.p[i] = turn < 2 ? start.p[i] * exp(0.02 * dice_normal(&d)) : dice_log_between(&d, 1e-6, 1e6);
			btyd_fit_again(&again, truth.kind, k, &c, &start);
			assert_null(again.reason);
			steepest_is_flat(again.grad, 4);
			assert_true(turn >= 2 || again.evals < f.evals);
			for (int i = 0; i < 4; i++)
				assert_true(fabs(again.model.p[i] / f.model.p[i] - 1) < 1e-9);
		}
	}
	free(buyers);
	columns_free(&room);
}

/* The likelihood rises for ever elsewhere: a lesser maximum at a start's end is none. */
static void a_start_finds_no_maximum_where_there_is_none(void **state)
{
	(void)state;
	const uint32_t x[] = { 0, 1, 2 };
	const double tx[] = { 0, 3, 6 }, T[] = { 10, 10, 10 }, w[] = { 50, 3, 1 };
	const struct btyd_cells c = { 3, x, tx, T, w, 1 };
	for (int kind = 0; kind < BTYD_KINDS; kind++) {
		struct btyd_fit f, again;
		struct dice d = { 2 };
		btyd_fit(&f, (enum btyd_kind)kind, 1, &c, NULL);
		for (int turn = 0; turn < 20; turn++) {
			struct btyd_model start = { (enum btyd_kind)kind, 1, { 0 } };
			for (int i = 0; i < 4; i++)
				start.p[i] = dice_log_between(&d, 1e-4, 1e4);
			btyd_fit_again(&again, (enum btyd_kind)kind, 1, &c, &start);
			assert_int_equal(!again.reason, !f.reason);
			if (f.reason)
				assert_string_equal(again.reason, f.reason);
		}
	}
}

/* More cells than a thread sums at a time. */
static void the_likelihood_is_the_same_for_any_number_of_threads(void **state)
{
	(void)state;
	enum { MANY = 20000 };
	const struct btyd_model truth = { BTYD_MBGNBD, 1, { 0.5, 6, 0.9, 1.6 } };
	struct dice d = { 5 };
	struct columns room = columns_new(MANY);
	struct buyer *buyers = malloc(MANY * sizeof *buyers);
	struct btyd_cells c = buyers_simulate(&room, buyers, &d, &truth, MANY, 20, 100, 0);
	for (int kind = 0; kind < BTYD_KINDS; kind++) {
		const struct btyd_model m = { (enum btyd_kind)kind, kind == BTYD_MBGCNBD ? 2 : 1, { 0.6, 7, 0.8, kind == BTYD_PNBD ? 12 : 2 } };
		double value[3], g[3][4], h[3][16], half[2];
		for (int t = 0; t < 3; t++) {
			c.threads = (int[]){ 0, 2, 7 }[t];
			assert_true(btyd_loglik(&m, &c, &value[t], g[t], h[t]));
			assert_memory_equal(&value[t], &value[0], sizeof *value);
			assert_memory_equal(g[t], g[0], sizeof *g);
			assert_memory_equal(h[t], h[0], sizeof *h);
		}
		const size_t cut = c.n / 3;
		const struct btyd_cells part[2] = { { cut, c.x, c.tx, c.T, c.w, 1 }, { c.n - cut, c.x + cut, c.tx + cut, c.T + cut, c.w + cut, 1 } };
		for (int i = 0; i < 2; i++)
			assert_true(btyd_loglik(&m, &part[i], &half[i], NULL, NULL));
		assert_true(fabs(half[0] + half[1] - value[0]) <= 1e-12 * fabs(value[0]));
	}
	free(buyers);
	columns_free(&room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(donors_have_their_published_parameters),
		cmocka_unit_test(retention_has_its_published_parameters),
		cmocka_unit_test(weibull_retention_is_at_least_as_high_as_other_fits),
		cmocka_unit_test(purchases_give_their_parameters_back),
		cmocka_unit_test(spending_gives_its_parameters_back),
		cmocka_unit_test(opportunities_give_their_parameters_back),
		cmocka_unit_test(renewals_give_their_parameters_back),
		cmocka_unit_test(nothing_to_learn_is_said),
		cmocka_unit_test(a_fit_starts_again_where_it_ended),
		cmocka_unit_test(a_fit_ends_at_one_maximum_whatever_the_start),
		cmocka_unit_test(a_start_finds_no_maximum_where_there_is_none),
		cmocka_unit_test(the_likelihood_is_the_same_for_any_number_of_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
