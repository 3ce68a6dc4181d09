/* Log-likelihoods, gradients and Hessians against arbitrary precision: model_figures.h,
 * made by tests/oracle/likelihood.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/model.h"
#include "model_figures.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Figures of n parameters: value, gradient, upper half of the Hessian. The value keeps 12
 * digits, derivatives 11 of what a customer and the largest derivative weigh. */
static void same(const char *what, size_t row, size_t n, double value, const double *g, const double *h, const double *want, double customers)
{
	double most = customers;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(want[1 + i]));
	if (!(fabs(value - want[0]) <= 1e-12 * fabs(want[0])))
		fail_msg("%s %zu: value %.17g, not %.17g", what, row, value, want[0]);
	const double *at = want + 1;
	for (size_t i = 0; i < n; i++, at++)
		if (!(fabs(g[i] - *at) <= 1e-11 * most))
			fail_msg("%s %zu: gradient %zu %.17g, not %.17g", what, row, i, g[i], *at);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++, at++) {
			if (!(fabs(h[i * n + j] - *at) <= 1e-11 * fmax(most, fabs(*at))))
				fail_msg("%s %zu: second derivative %zu %zu %.17g, not %.17g", what, row, i, j, h[i * n + j], *at);
			assert_true(h[i * n + j] == h[j * n + i]);
		}
}

static void purchase_likelihoods_keep_their_digits(void **state)
{
	(void)state;
	const struct btyd_cells c = { COUNT(buyer_x), buyer_x, buyer_tx, buyer_T, buyer_w, 1 };
	double customers = 0;
	for (size_t i = 0; i < c.n; i++)
		customers += c.w[i];
	for (size_t i = 0; i < COUNT(btyd_figures); i++) {
		struct btyd_model m = { .kind = (enum btyd_kind)btyd_figures[i].kind, .k = btyd_figures[i].k };
		double value, g[4], h[16];
		for (int k = 0; k < 4; k++)
			m.p[k] = btyd_figures[i].p[k];
		assert_true(btyd_loglik(&m, &c, &value, g, h));
		same(btyd_name[m.kind], i, 4, value, g, h, btyd_figures[i].want, customers);
	}
}

static void spend_likelihood_keeps_its_digits(void **state)
{
	(void)state;
	const struct spend_cells c = { COUNT(spender_x), spender_x, spender_total, spender_w };
	for (size_t i = 0; i < COUNT(spend_figures); i++) {
		const double *p = spend_figures[i].p;
		const struct spend_model m = { p[0], p[1], p[2] };
		double value, g[3], h[9];
		assert_true(spend_loglik(&m, &c, &value, g, h));
		same("Gamma-Gamma", i, 3, value, g, h, spend_figures[i].want, 8.5);
	}
}

static void chance_likelihood_keeps_its_digits(void **state)
{
	(void)state;
	const struct chance_cells c = { COUNT(chancer_x), chancer_x, chancer_tx, chancer_of, chancer_w };
	for (size_t i = 0; i < COUNT(chance_figures); i++) {
		struct chance_model m;
		double value, g[4], h[16];
		for (int k = 0; k < 4; k++)
			m.p[k] = chance_figures[i].p[k];
		assert_true(chance_loglik(&m, &c, &value, g, h));
		same("BG/BB", i, 4, value, g, h, chance_figures[i].want, 14);
	}
}

/* The figures have three parameters; sBG is c = 1 without derivatives in it. */
static void renewal_likelihoods_keep_their_digits(void **state)
{
	(void)state;
	const struct renewals d = { COUNT(renewal_risk), renewal_risk, renewal_lost };
	for (size_t i = 0; i < COUNT(renewal_figures); i++) {
		const double *p = renewal_figures[i].p, *want = renewal_figures[i].want;
		const struct renewal_model m = { p[0], p[1], p[2] };
		double value, g[3], h[9];
		assert_true(renewal_loglik(&m, true, &d, &value, g, h));
		same("BdW", i, 3, value, g, h, want, 1000);
		if (p[2] != 1)
			continue;
		const double two[6] = { want[0], want[1], want[2], want[4], want[5], want[7] };
		assert_true(renewal_loglik(&m, false, &d, &value, g, h));
		same("sBG", i, 2, value, g, h, two, 1000);
	}
}

static void likelihoods_refuse_parameters_outside(void **state)
{
	(void)state;
	const struct btyd_cells c = { COUNT(buyer_x), buyer_x, buyer_tx, buyer_T, buyer_w, 1 };
	const double bad[] = { 0, -1, INFINITY, NAN };
	for (int kind = 0; kind < BTYD_KINDS; kind++)
		for (int i = 0; i < 4; i++)
			for (size_t b = 0; b < COUNT(bad); b++) {
				struct btyd_model m = { (enum btyd_kind)kind, 1, { 1, 1, 1, 1 } };
				double value;
				m.p[i] = bad[b];
				assert_false(btyd_loglik(&m, &c, &value, NULL, NULL));
			}
	const struct spend_cells s = { COUNT(spender_x), spender_x, spender_total, spender_w };
	const struct spend_model at_bound = { 1, 1, 1 };
	double value;
	assert_false(spend_loglik(&at_bound, &s, &value, NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(purchase_likelihoods_keep_their_digits),
		cmocka_unit_test(spend_likelihood_keeps_its_digits),
		cmocka_unit_test(chance_likelihood_keeps_its_digits),
		cmocka_unit_test(renewal_likelihoods_keep_their_digits),
		cmocka_unit_test(likelihoods_refuse_parameters_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
