/* Forecasts and their limits: what one customer does, sums over customers, the course of time. */
#include "metric/validate_impl.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Parameters of the CDNOW data (Fader, Hardie & Lee 2005), and regular buyers. */
static const struct btyd_model models[] = {
	{ BTYD_BGNBD, 1, { 0.243, 4.414, 0.793, 2.426 } },
	{ BTYD_MBGNBD, 1, { 0.525, 6.183, 0.891, 1.614 } },
	{ BTYD_PNBD, 1, { 0.553, 10.578, 0.606, 11.669 } },
	{ BTYD_MBGCNBD, 2, { 0.9, 5.2, 0.7, 2.1 } },
};
enum { MODELS = sizeof models / sizeof *models, SPLIT = 300, AS_OF = 500 };

/* Customers won on days 0 to 59, who bought up to eleven times more. */
static struct rfm_row *rows_of(size_t n)
{
	struct rfm_row *r = xcalloc(n, sizeof *r);
	for (size_t i = 0; i < n; i++) {
		const uint32_t more = i % 3 ? 0 : (uint32_t)(i % 12);
		const int32_t first = (int32_t)(i * 7 % 60);
		r[i] = (struct rfm_row){ .customer = (uint32_t)i, .selected = true, .first = first, .last = more ? first + 20 + (int32_t)(i * 13 % 200) : first, .days = more + 1 };
	}
	return r;
}

static struct ltv_cells cells_of(size_t n)
{
	struct ltv_cells c;
	struct rfm_row *r = rows_of(n);
	ltv_cells_of(&c, r, n, SPLIT, 7, 100, false);
	free(r);
	return c;
}

static void near(double got, double want, double relative)
{
	if (!(fabs(got - want) <= relative * fabs(want)))
		fail_msg("got %.15g, want %.15g", got, want);
}

static void limits_of_a_sum_are_those_of_a_gamma_distribution(void **state)
{
	(void)state;
	/* R 4.2.2, qgamma(c(.025, .975), mean^2 / variance, scale = variance / mean), whole */
	struct ltv_sum s = { 10, 12, { 0 } };
	struct interval ci = ltv_sum_limits(&s, NULL, INFINITY);
	assert_true(ci.lo == 4 && ci.hi == 18); /* 4.40651166240738, 17.84618773742568 */
	const double cov[16] = { 0.01, 0, 0, 0, 0, 0.01, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };
	s.slope[0] = 1;
	s.slope[1] = 2;
	ci = ltv_sum_limits(&s, cov, INFINITY);
	assert_true(ci.lo == 4 && ci.hi == 18); /* 4.39745802097683, 17.86453835675998 */
	s = (struct ltv_sum){ 0.5, 0.9, { 0 } };
	ci = ltv_sum_limits(&s, NULL, INFINITY);
	assert_true(ci.lo == 0 && ci.hi == 3); /* 2.11373023246507e-06, 3.27756001303367 */
	s = (struct ltv_sum){ 1e6, 4e9, { 0 } };
	ci = ltv_sum_limits(&s, NULL, INFINITY);
	assert_true(ci.lo == 879872 && ci.hi == 1127703); /* 879871.982523749, 1127703.058688570 */
}

static void limits_of_a_number_of_customers_stay_within_it(void **state)
{
	(void)state;
	const struct ltv_sum s = { 1, 4, { 0 } };
	const struct interval low = ltv_sum_limits(&s, NULL, 100), high = ltv_sum_limits(&s, NULL, 3);
	assert_true(low.lo == 0);
	assert_true(low.hi == 5); /* 1 + 2 x 1.96 */
	assert_true(high.hi == 3);
}

static void nothing_expected_of_nobody(void **state)
{
	(void)state;
	const struct ltv_sum s = { 0, 0, { 0 } };
	const struct interval ci = ltv_sum_limits(&s, NULL, INFINITY);
	assert_true(ci.lo == 0 && ci.hi == 0);
}

static void what_a_customer_does_is_the_models_own_word(void **state)
{
	(void)state;
	struct ltv_cells c = cells_of(400);
	for (size_t k = 0; k < MODELS; k++) {
		struct ltv_future f;
		const struct btyd_model *m = &models[k];
		ltv_future_of(&f, &c, m, 26, true);
		for (size_t i = 0; i < c.n; i++) {
			const double mean = btyd_expect(m, c.x[i], c.tx[i], c.T[i], 26);
			near(f.mean[i], mean, 1e-14);
			near(f.pairs[i] + mean - mean * mean, btyd_variance(m, c.x[i], c.tx[i], c.T[i], 26), 1e-9);
			near(f.buys[i], 1 - btyd_pmf(m, c.x[i], c.tx[i], c.T[i], 26, 0), 1e-9);
			struct btyd_model up = *m, down = *m;
			up.p[1] *= exp(1e-4);
			down.p[1] *= exp(-1e-4);
			near(f.d_mean[1][i], (btyd_expect(&up, c.x[i], c.tx[i], c.T[i], 26) - btyd_expect(&down, c.x[i], c.tx[i], c.T[i], 26)) / 2e-4, 1e-4);
		}
		ltv_future_release(&f);
	}
	ltv_cells_release(&c);
}

static struct day_counts counts_of(size_t n)
{
	struct rfm_row *r = rows_of(n);
	struct day_counts d = { .n = AS_OF + 1, .first = xcalloc(AS_OF + 1, sizeof *d.first), .repeat = xcalloc(AS_OF + 1, sizeof *d.repeat) };
	for (size_t i = 0; i < n; i++) {
		d.first[r[i].first]++;
		if (r[i].days > 1)
			d.repeat[r[i].last]++;
		d.repeat[SPLIT + 1 + i % 200]++;
	}
	free(r);
	return d;
}

static void the_course_of_time_adds_up(void **state)
{
	(void)state;
	struct ltv_cells c = cells_of(400);
	struct day_counts d = counts_of(400);
	for (size_t k = 0; k < MODELS; k++) {
		struct btyd_fit f = { .model = models[k] };
		struct ltv_tracks t;
		struct err err = ERR_INIT;
		for (int i = 0; i < 4; i++)
			f.cov[i * 5] = 0.02;
		assert_int_equal(ltv_tracks_run(&t, &d, &c, &f, SPLIT, AS_OF, NULL, &err), WEND_OK);
		/* From first purchases alone: everybody's own age. */
		double from_first = 0, after = 0, before = 0;
		for (size_t i = 0; i < d.n; i++)
			from_first += (double)d.first[i] * btyd_expect(&f.model, 0, 0, 0, (double)(AS_OF - (int32_t)i) / 7);
		const struct ltv_track *last = &t.v[t.n - 1];
		near(last->first.expected, from_first, 1e-12);
		int64_t came = 0;
		for (size_t i = 0; i < t.n; i++) {
			came += t.v[i].alone.actual;
			*(t.v[i].to <= SPLIT ? &before : &after) += t.v[i].alone.expected;
		}
		assert_int_equal(came, last->sum.actual);
		/* The last day: every customer given his history, with chance and parameters in full. */
		struct ltv_future ahead;
		struct ltv_sum s = { .mean = 0 };
		ltv_future_of(&ahead, &c, &f.model, (AS_OF - SPLIT) / 7.0, false);
		for (size_t i = 0; i < c.n; i++)
			ltv_sum_purchases(&s, &ahead, i, c.shown[i]);
		ltv_future_release(&ahead);
		const struct interval ci = ltv_sum_limits(&s, f.cov, INFINITY);
		int64_t already = 0;
		for (size_t i = 0; i < t.n && t.v[i].to <= SPLIT; i++)
			already = t.v[i].sum.actual;
		near(after, s.mean, 1e-9);
		near(last->sum.expected - (double)already, s.mean, 1e-9);
		near(last->sum.ci.lo - (double)already, ci.lo, 1e-5);
		near(last->sum.ci.hi - (double)already, ci.hi, 1e-5);
		free(t.v);
	}
	day_counts_release(&d);
	ltv_cells_release(&c);
}

static void weeks_are_counted_from_the_split(void **state)
{
	(void)state;
	struct ltv_cells c = cells_of(40);
	struct day_counts d = counts_of(40);
	struct ltv_tracks t;
	struct err err = ERR_INIT;
	assert_int_equal(ltv_tracks_run(&t, &d, &c, NULL, SPLIT, AS_OF, NULL, &err), WEND_OK);
	assert_int_equal(t.v[0].to, 6); /* days 0 to 300 are 43 weeks */
	assert_true(isnan(t.v[0].alone.expected));
	bool split = false;
	for (size_t i = 0; i < t.n; i++) {
		split = split || t.v[i].to == SPLIT;
		assert_int_equal(t.v[i].cut, i + 1 == t.n); /* 200 days after the split: 28 weeks and 4 days */
	}
	assert_true(split);
	assert_int_equal(t.v[t.n - 1].to, AS_OF);
	free(t.v);
	assert_int_equal(ltv_tracks_run(&t, &d, &c, NULL, SPLIT, AS_OF, "month", &err), WEND_OK);
	split = false;
	for (size_t i = 0; i < t.n; i++)
		split = split || (t.v[i].to == SPLIT && t.v[i].cut && t.v[i + 1].cut); /* 28 October 1970 */
	assert_true(split);
	free(t.v);
	day_counts_release(&d);
	ltv_cells_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_of_a_sum_are_those_of_a_gamma_distribution),
		cmocka_unit_test(limits_of_a_number_of_customers_stay_within_it),
		cmocka_unit_test(nothing_expected_of_nobody),
		cmocka_unit_test(what_a_customer_does_is_the_models_own_word),
		cmocka_unit_test(the_course_of_time_adds_up),
		cmocka_unit_test(weeks_are_counted_from_the_split),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
