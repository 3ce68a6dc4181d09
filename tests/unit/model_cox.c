/* Proportional hazards. All digits: R 4.2.2, survival 3.5-3 (coxph with eps = 1e-14, cox.zph with
 * terms = FALSE, survfit with robust = FALSE, survdiff) on 60 cases made by the same generator
 * there and here; closed forms by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wend/hazard.h"

enum { N = 60, P = 3 };
static double x_time[N], x_entry[N], x_weight[N], x_col[P][N];
static uint8_t x_event[N];
static uint16_t x_stratum[N], x_group[N];
static uint32_t x_cluster[N];

static double seed = 12345;
static double uniform(void)
{
	const double v = seed * 1103515245.0 + 12345.0;
	seed = v - floor(v / 2147483648.0) * 2147483648.0;
	return seed / 2147483648.0;
}

static int make(void **state)
{
	double sum[3] = { 0 };
	(void)state;
	seed = 12345;
	for (int i = 0; i < N; i++) {
		const double a = floor(uniform() * 100) / 10 - 5, b = uniform() < .4, c = floor(uniform() * 1000) / 100;
		x_time[i] = 1 + floor(20 * uniform() * (1 + .1 * a + .5 * b + 5) / 6);
		const double entry = floor(x_time[i] * uniform() * .8);
		x_event[i] = uniform() < .7;
		x_weight[i] = 1 + floor(uniform() * 3);
		x_stratum[i] = (uint16_t)floor(uniform() * 2);
		x_cluster[i] = (uint32_t)floor(uniform() * 20);
		x_entry[i] = uniform() < .5 && entry < x_time[i] ? entry : 0;
		x_col[0][i] = a;
		x_col[1][i] = b;
		x_col[2][i] = c;
		x_group[i] = (uint16_t)floor(c / 3.4);
		sum[0] += x_time[i];
		sum[1] += x_entry[i];
		sum[2] += c;
	}
	assert_true(sum[0] == 635 && sum[1] == 93 && fabs(sum[2] - 293.22) < 1e-9);
	return 0;
}

static void close_to(double got, double want, double digits, const char *what)
{
	if (!(fabs(got - want) <= digits * fabs(want)))
		fail_msg("%s: %.15g, not %.15g", what, got, want);
}

static const struct cox_column *columns(void)
{
	static struct cox_column col[P];
	for (int j = 0; j < P; j++)
		col[j] = (struct cox_column){ x_col[j], NULL, 0 };
	return col;
}

struct wanted {
	double coef[P], se[P], robust[P], loglik[2], score, zph[P + 1], concordance[2];
};

static void model_is(const struct cox_data *d, enum cox_ties ties, enum cox_scale scale, const struct wanted *w, int threads)
{
	static struct cox_fit f;
	struct cox *m = cox_new(d, threads);
	cox_run(&f, m, NULL, P, ties);
	assert_null(f.reason);
	cox_steady(&f, m, NULL, ties, scale);
	cox_concordance(&f, m, NULL);
	if (d->cluster)
		cox_robust(&f, m, NULL, ties);
	for (size_t j = 0; j < P; j++) {
		close_to(f.coef[j], w->coef[j], 1e-10, "coefficient");
		close_to(sqrt(f.cov[j * P + j]), w->se[j], 1e-10, "standard error");
		close_to(cox_drift(&f, j, 1).chisq, w->zph[j], 1e-9, "steady");
		if (d->cluster)
			close_to(sqrt(f.robust[j * P + j]), w->robust[j], 1e-10, "robust");
	}
	close_to(cox_drift(&f, 0, P).chisq, w->zph[P], 1e-10, "steady, all");
	close_to(f.loglik_null, w->loglik[0], 1e-12, "null");
	close_to(f.loglik, w->loglik[1], 1e-12, "likelihood");
	close_to(f.score, w->score, 1e-11, "score");
	close_to(f.concordance, w->concordance[0], 1e-12, "concordance");
	close_to(f.concordance_se, w->concordance[1], 1e-11, "its error");
	cox_free(m);
}

static void models_are_those_of_r(void **state)
{
	static const struct wanted efron = { { -0.0783437740736, 0.1065703755941, 0.04223662462483 }, { 0.0640562029078, 0.3539985807973, 0.05800340387757 }, { 0 },
		{ -138.2638346777, -136.8851269086 }, 2.830599435594, { 0.2484091418289, 5.421997109812, 0.0208726820151, 9.183316018989 }, { 0.5871121718377, 0.05167141932184 } };
	static const struct wanted breslow = { { -0.07295332991104, 0.09442047813338, 0.04066064687228 }, { 0.06365088593851, 0.3506331691828, 0.05802407220087 }, { 0 },
		{ -139.961933284, -138.7305900313 }, 2.525536316746, { 0.07949093922127, 4.091232965516, 0.001784188694712, 6.132291794347 }, { 0.5871121718377, 0.05207068272541 } };
	static const struct wanted all = { { -0.05720675381384, 0.1047495501166, 0.0437066640137 }, { 0.04546926238142, 0.2553316510063, 0.04077275703479 },
		{ 0.04540581339678, 0.327444205742, 0.04684180611311 }, { -279.8562422162, -278.2014992684 }, 3.344518438015,
		{ 1.017532902982, 5.981259347303, 1.375971285166, 12.36491446741 }, { 0.5455794777829, 0.05276315456687 } };
	const struct cox_data plain = { N, P, columns(), x_time, NULL, NULL, x_event, NULL, NULL, 0 };
	const struct cox_data full = { N, P, columns(), x_time, x_entry, x_weight, x_event, x_stratum, x_cluster, 20 };
	(void)state;
	for (int threads = 1; threads < 4; threads++) {
		model_is(&plain, COX_EFRON, COX_KM, &efron, threads);
		model_is(&plain, COX_BRESLOW, COX_IDENTITY, &breslow, threads);
		model_is(&full, COX_EFRON, COX_RANK, &all, threads);
	}
}

static void the_baseline_is_that_of_r(void **state)
{
	const struct cox_data d = { N, P, columns(), x_time, NULL, NULL, x_event, NULL, NULL, 0 };
	static struct cox_fit f;
	struct cox_baseline b;
	struct cox *m = cox_new(&d, 1);
	(void)state;
	cox_run(&f, m, NULL, P, COX_EFRON);
	cox_baseline(&b, m, &f, NULL, COX_EFRON);
	int seen = 0;
	for (size_t i = 0; i < b.n; i++) {
		seen += b.time[i] == 5 || b.time[i] == 10;
		if (b.time[i] == 5)
			close_to(b.hazard[i], 0.1268862699446, 1e-11, "hazard at 5");
		if (b.time[i] == 10)
			close_to(b.hazard[i], 0.4722370281873, 1e-11, "hazard at 10");
		assert_true(!i || (b.time[i] > b.time[i - 1] && b.hazard[i] > b.hazard[i - 1]));
	}
	assert_int_equal(seen, 2);
	cox_baseline_release(&b);
	cox_free(m);
}

static void a_column_alone_is_a_model_of_one_column(void **state)
{
	static struct cox_fit f;
	const size_t cols[P] = { 2, 0, 1 };
	struct cox_alone a[P];
	(void)state;
	for (int late = 0; late < 2; late++)
		for (int ties = 0; ties < 2; ties++) {
			const struct cox_data d = { N, P, columns(), x_time, late ? x_entry : NULL, x_weight, x_event, x_stratum, NULL, 0 };
			struct cox *m = cox_new(&d, 1 + ties);
			cox_alone(a, m, cols, P, (enum cox_ties)ties);
			for (size_t j = 0; j < P; j++) {
				cox_run(&f, m, &cols[j], 1, (enum cox_ties)ties);
				assert_int_equal(a[j].state, f.state[0]);
				close_to(a[j].coef, f.coef[0], 1e-10, "coefficient");
				close_to(a[j].se, sqrt(f.cov[0]), 1e-10, "standard error");
			}
			cox_free(m);
		}
}

/* Two groups of one each time: beta solves by hand. One death in group 1 of 1 + 2 at risk, one in
 * group 0 of 0 + 2: l = beta - log(e^beta + 2), no maximum; with a death of group 0 first,
 * l = -log(e^beta + 2) + beta - log(e^beta + 1), maximum where e^(2 beta) = 2. */
static void a_closed_form_is_met(void **state)
{
	const double time[] = { 1, 2, 3 }, x[] = { 0, 1, 0 };
	const uint8_t event[] = { 1, 1, 0 };
	const struct cox_column col = { x, NULL, 0 };
	const struct cox_data d = { 3, 1, &col, time, NULL, NULL, event, NULL, NULL, 0 };
	static struct cox_fit f;
	struct cox *m = cox_new(&d, 1);
	(void)state;
	cox_run(&f, m, NULL, 1, COX_EFRON);
	close_to(f.coef[0], log(2) / 2, 1e-12, "coefficient");
	const double h = sqrt(2), p = h / (h + 2), q = h / (h + 1);
	close_to(f.cov[0], 1 / (p * (1 - p) + q * (1 - q)), 1e-12, "variance");
	close_to(f.loglik, log(h) - log(h + 2) - log(h + 1), 1e-12, "likelihood");
	close_to(f.loglik_null, -log(3) - log(2), 1e-14, "null");
	cox_free(m);
}

static void what_cannot_be_estimated_is_named(void **state)
{
	const double time[] = { 1, 2, 3, 4, 5, 6 };
	const double x[4][6] = { { 7, 7, 7, 7, 7, 7 }, { 1, 0, 1, 0, 1, 0 }, { 2, 0, 2, 0, 2, 0 }, { 9, 8, 7, 0, 0, 0 } };
	const uint8_t event[] = { 1, 1, 1, 0, 0, 0 }, none[6] = { 0 }, every[] = { 1, 1, 1, 1, 1, 1 };
	struct cox_column col[4];
	static struct cox_fit f;
	(void)state;
	for (int j = 0; j < 4; j++)
		col[j] = (struct cox_column){ x[j], NULL, 0 };
	struct cox_data d = { 6, 4, col, time, NULL, NULL, event, NULL, NULL, 0 };
	struct cox *m = cox_new(&d, 2);
	cox_run(&f, m, (const size_t[]){ 0, 1, 2 }, 3, COX_EFRON);
	assert_int_equal(f.state[0], COX_CONSTANT);
	assert_int_equal(f.state[1], COX_KEPT);
	assert_int_equal(f.state[2], COX_COLLINEAR);
	assert_null(f.reason);
	assert_true(f.df == 1 && f.coef[0] == 0 && f.coef[2] == 0 && isfinite(f.cov[4]) && f.cov[0] == 0);
	cox_run(&f, m, (const size_t[]){ 3 }, 1, COX_EFRON);
	assert_int_equal(f.state[0], COX_INFINITE);
	assert_non_null(f.reason);
	cox_free(m);
	d.event = none;
	m = cox_new(&d, 1);
	cox_run(&f, m, NULL, 4, COX_EFRON);
	assert_string_equal(f.reason, "nobody had the event");
	cox_steady(&f, m, NULL, COX_EFRON, COX_KM);
	cox_concordance(&f, m, NULL);
	assert_true(isnan(f.concordance) && isnan(cox_drift(&f, 0, 4).chisq));
	cox_free(m);
	d.event = every;
	m = cox_new(&d, 1);
	cox_run(&f, m, (const size_t[]){ 1 }, 1, COX_BRESLOW);
	assert_null(f.reason);
	cox_free(m);
	d.n = 1;
	m = cox_new(&d, 1);
	cox_run(&f, m, NULL, 4, COX_EFRON);
	assert_true(f.df == 0 && f.reason);
	cox_free(m);
	d.n = 0;
	m = cox_new(&d, 1);
	cox_run(&f, m, NULL, 4, COX_EFRON);
	assert_string_equal(f.reason, "there is no case");
	cox_free(m);
}

/* Rows in another order, columns in another unit: the same to rounding. A row missing a value is
 * as if it were not there. */
static void order_and_units_do_not_matter(void **state)
{
	static double time[N + 1], col[P][N + 1];
	static uint8_t event[N + 1];
	static struct cox_fit a, b;
	struct cox_column c[P];
	const struct cox_data d = { N, P, columns(), x_time, NULL, NULL, x_event, NULL, NULL, 0 };
	const struct cox_data e = { N + 1, P, c, time, NULL, NULL, event, NULL, NULL, 0 };
	static const double unit[P] = { 1000, -1, 0.25 };
	(void)state;
	for (int i = 0; i < N; i++) {
		const int to = (i * 17 + 5) % N;
		time[to] = x_time[i];
		event[to] = x_event[i];
		for (int j = 0; j < P; j++)
			col[j][to] = x_col[j][i] * unit[j] + 3;
	}
	time[N] = 2;
	event[N] = 1;
	col[1][N] = NAN;
	for (int j = 0; j < P; j++)
		c[j] = (struct cox_column){ col[j], NULL, 0 };
	struct cox *m = cox_new(&d, 1), *k = cox_new(&e, 3);
	cox_run(&a, m, NULL, P, COX_EFRON);
	cox_run(&b, k, NULL, P, COX_EFRON);
	assert_true(b.missing == 1 && b.rows == N);
	close_to(b.loglik, a.loglik, 1e-13, "likelihood");
	for (int j = 0; j < P; j++)
		close_to(b.coef[j] * unit[j], a.coef[j], 1e-9, "coefficient");
	cox_free(m);
	cox_free(k);
}

/* ---- counts and tests on the same cases ---- */

static void limits_and_hazards_are_those_of_r(void **state)
{
	static const double at[] = { 5, 10, 15 }, risk[] = { 86, 65, 40 }, s[] = { 0.7786898204814, 0.4815990165177, 0.3174121177643 },
		se[] = { 0.04597210707335, 0.04914378467832, 0.0464112562834 }, plain[][2] = { { 0.6885861463243, 0.8687934946386 }, { 0.3852789684843, 0.5779190645512 }, { 0.2264477269716, 0.408376508557 } },
		logs[][2] = { { 0.693603794234, 0.8742135518319 }, { 0.3942997251073, 0.5882266660159 }, { 0.2383212713934, 0.4227505665548 } },
		na[][2] = { { 0.2390840473276, 0.05638761294728 }, { 0.6896513985029, 0.09611366649171 }, { 1.076509897088, 0.1364605432418 } };
	const struct cases c = { .n = N, .time = x_time, .entry = x_entry, .weight = x_weight, .event = x_event };
	struct survival_groups g;
	struct survival_step v[2 * N];
	(void)state;
	survival_count(&g, &c, NULL, 1);
	for (int kind = 0; kind < 2; kind++) {
		survival_steps(v, g.d, 0.05, kind ? SURVIVAL_LOG : SURVIVAL_PLAIN);
		for (int i = 0; i < 3; i++) {
			const struct survival_step k = survival_at(v, g.d->n, at[i], 0.05);
			close_to(k.risk, risk[i], 0, "at risk");
			close_to(k.survival, s[i], 1e-12, "S");
			close_to(sqrt(k.variance), se[i], 1e-12, "standard error");
			close_to(k.ci.lo, (kind ? logs : plain)[i][0], 1e-11, "lower");
			close_to(k.ci.hi, (kind ? logs : plain)[i][1], 1e-11, "upper");
			close_to(k.hazard, na[i][0], 1e-12, "Nelson-Aalen");
			close_to(sqrt(k.hazard_variance), na[i][1], 1e-12, "its error");
		}
	}
	survival_groups_release(&g);
}

static void means_and_tests_are_those_of_r(void **state)
{
	const struct cases c = { .n = N, .time = x_time, .event = x_event };
	struct survival_groups g, s;
	struct survival_step v[N];
	struct survival_test t;
	uint16_t code[N];
	(void)state;
	survival_count(&g, &c, NULL, 1);
	survival_steps(v, g.d, 0.05, SURVIVAL_LOGLOG);
	const struct survival_mean m = survival_mean(v, g.d->n, 15, 0.05);
	close_to(m.mean, 10.83241155996, 1e-12, "restricted mean");
	close_to(sqrt(m.variance), 0.6187292047479, 1e-12, "its error");
	assert_true(isnan(survival_mean(v, g.d->n, 1000, 0.05).mean) || v[g.d->n - 1].survival == 0);
	survival_groups_release(&g);
	survival_count(&g, &c, x_group, 3);
	survival_test(&t, g.d, 3, 1, SURVIVAL_LOGRANK, 0, 0);
	close_to(t.observed[0], 12, 0, "observed");
	close_to(t.expected[0], 15.28060979555, 1e-12, "expected");
	close_to(t.expected[2], 11.55901140925, 1e-12, "expected");
	close_to(t.chisq, 1.402666275394, 1e-11, "log-rank");
	assert_int_equal(t.df, 2);
	survival_test(&t, g.d, 3, 1, SURVIVAL_PETO, 0, 0);
	close_to(t.chisq, 1.212252681674, 1e-11, "Peto-Peto");
	survival_test(&t, g.d, 3, 1, SURVIVAL_FLEMING, 0.5, 0);
	close_to(t.chisq, 1.362533371379, 1e-11, "rho 1/2");
	survival_groups_release(&g);
	for (int i = 0; i < N; i++)
		code[i] = (uint16_t)(x_stratum[i] * 3 + x_group[i]);
	survival_count(&s, &c, code, 6);
	survival_test(&t, s.d, 3, 2, SURVIVAL_LOGRANK, 0, 0);
	close_to(t.chisq, 2.091018178811, 1e-11, "log-rank within strata");
	close_to(t.expected[0], 15.28907467575, 1e-12, "expected within strata");
	survival_groups_release(&s);
}

/* Times that are no whole numbers are sorted, whole ones counted: the same numbers. */
static void sorted_and_counted_times_agree(void **state)
{
	struct cases c = { .n = N, .time = x_time, .entry = x_entry, .weight = x_weight, .event = x_event };
	static double time[N], entry[N];
	struct survival_groups a, b;
	(void)state;
	survival_count(&a, &c, x_group, 3);
	for (int i = 0; i < N; i++) {
		time[i] = x_time[i] + 0.5;
		entry[i] = x_entry[i] + 0.5;
	}
	c.time = time;
	c.entry = entry;
	survival_count(&b, &c, x_group, 3);
	for (int g = 0; g < 3; g++) {
		assert_int_equal(a.d[g].n, b.d[g].n);
		for (size_t i = 0; i < a.d[g].n; i++)
			assert_true(a.d[g].time[i] + 0.5 == b.d[g].time[i] && a.d[g].events[i] == b.d[g].events[i] && a.d[g].lost[i] == b.d[g].lost[i] && a.d[g].entered[i] == b.d[g].entered[i]);
	}
	survival_groups_release(&a);
	survival_groups_release(&b);
}

static void tails_are_known_below_the_smallest_number(void **state)
{
	(void)state;
	/* mpmath 1.2.1, 50 digits: log10 Q(df/2, x/2) */
	close_to(chisq_log10_sf(2352.872538, 2), -510.91978, 1e-8, "2 df");
	close_to(chisq_log10_sf(5000, 2), -2500 / log(10), 1e-14, "2 df are exp(-x/2)");
	close_to(chisq_log10_sf(900, 4), (log(1 + 450.0) - 450) / log(10), 1e-14, "4 df have a closed form");
	close_to(chisq_log10_sf(3.841458820694124, 1), log10(0.05), 1e-12, "5 %");
	assert_true(chisq_log10_sf(0, 3) == 0 && isnan(chisq_log10_sf(-1, 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(models_are_those_of_r, make), cmocka_unit_test(the_baseline_is_that_of_r), cmocka_unit_test(a_column_alone_is_a_model_of_one_column), cmocka_unit_test(a_closed_form_is_met),
		cmocka_unit_test(what_cannot_be_estimated_is_named), cmocka_unit_test(order_and_units_do_not_matter), cmocka_unit_test(limits_and_hazards_are_those_of_r),
		cmocka_unit_test(means_and_tests_are_those_of_r), cmocka_unit_test(sorted_and_counted_times_agree), cmocka_unit_test(tails_are_known_below_the_smallest_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
