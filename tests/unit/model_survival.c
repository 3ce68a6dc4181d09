/* Published: remission of 42 children with leukaemia (Freireich et al. 1963), S and its standard
 * errors as printed in textbooks (Kalbfleisch & Prentice 2002; Kleinbaum & Klein 2012, tables
 * of chapter 2), log-rank 16.79. All digits: R 4.2.2, survival 3.5-3, survfit with
 * conf.type = "log-log", quantile, survdiff. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wend/hazard.h"

enum { MOST = 64 };
struct data {
	double time[MOST], events[MOST], lost[MOST];
	struct durations d;
	struct survival_step v[MOST];
};
struct point {
	int32_t time;
	double survival, se, lo, hi;
};

static void put(struct data *x, double time, double events, double lost)
{
	const size_t i = x->d.n++;
	x->time[i] = time;
	x->events[i] = events;
	x->lost[i] = lost;
	x->d.time = x->time;
	x->d.events = x->events;
	x->d.lost = x->lost;
}

static void steps(struct data *x)
{
	survival_steps(x->v, &x->d, 0.05, SURVIVAL_LOGLOG);
}

static void close_to(double got, double want, const char *what, int32_t time)
{
	if (!(fabs(got - want) <= 1e-13 * (1 + fabs(want))))
		fail_msg("%s at %d: %.17g, not %.17g", what, (int)time, got, want);
}

static void points_are(const struct data *x, const struct point *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct survival_step s = survival_at(x->v, x->d.n, want[i].time, 0.05);
		close_to(s.survival, want[i].survival, "survival", want[i].time);
		close_to(sqrt(s.variance), want[i].se, "standard error", want[i].time);
		close_to(s.ci.lo, want[i].lo, "lower limit", want[i].time);
		close_to(s.ci.hi, want[i].hi, "upper limit", want[i].time);
	}
}

static void mercaptopurine(struct data *x)
{
	static const int v[][3] = { { 6, 3, 1 }, { 7, 1, 0 }, { 9, 0, 1 }, { 10, 1, 1 }, { 11, 0, 1 }, { 13, 1, 0 }, { 16, 1, 0 }, { 17, 0, 1 }, { 19, 0, 1 },
				    { 20, 0, 1 }, { 22, 1, 0 }, { 23, 1, 0 }, { 25, 0, 1 }, { 32, 0, 2 }, { 34, 0, 1 }, { 35, 0, 1 } };
	*x = (struct data){ 0 };
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		put(x, v[i][0], v[i][1], v[i][2]);
	steps(x);
}

static void placebo(struct data *x)
{
	static const int v[][2] = { { 1, 2 }, { 2, 2 }, { 3, 1 }, { 4, 2 }, { 5, 2 }, { 8, 4 }, { 11, 2 }, { 12, 2 }, { 15, 1 }, { 17, 1 }, { 22, 1 }, { 23, 1 } };
	*x = (struct data){ 0 };
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		put(x, v[i][0], v[i][1], 0);
	steps(x);
}

static void published_tables_are_met(void **state)
{
	static const struct {
		int32_t time;
		double survival, se;
	} printed[] = { { 6, .8571, .0764 }, { 7, .8067, .0869 }, { 10, .7529, .0963 }, { 13, .6902, .1068 }, { 16, .6275, .1141 }, { 22, .5378, .1282 }, { 23, .4482, .1346 } };
	struct data a, b;
	(void)state;
	mercaptopurine(&a);
	for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
		const struct survival_step s = survival_at(a.v, a.d.n, printed[i].time, 0.05);
		assert_true(fabs(s.survival - printed[i].survival) <= 5e-5);
		assert_true(fabs(sqrt(s.variance) - printed[i].se) <= 5e-5);
	}
	placebo(&b);
	const struct survival_pair t = survival_logrank(&a.d, &b.d);
	assert_true(t.observed == 9);
	assert_true(fabs(t.expected - 19.25) < 5e-3 && fabs(t.chisq - 16.79) < 5e-3);
	close_to(t.expected, 19.250500948031128, "expected", 0);
	close_to(t.variance, 6.256960573675499, "variance", 0);
	close_to(t.chisq, 16.792940989216540, "log-rank", 0);
	assert_true(fabs(t.p / 4.168809109e-05 - 1) < 1e-9);
	const struct survival_pair back = survival_logrank(&b.d, &a.d);
	close_to(back.chisq, t.chisq, "log-rank, exchanged", 0);
}

static void every_digit_is_that_of_r(void **state)
{
	static const struct point six_mp[] = {
		{ 6, 0.8571428571428571, 0.07636035483212125, 0.6197179552659839, 0.9515517476469970 },
		{ 7, 0.8067226890756302, 0.08693528518005719, 0.5631465646222333, 0.9228090192028804 },
		{ 9, 0.8067226890756302, 0.08693528518005719, 0.5631465646222333, 0.9228090192028804 },
		{ 12, 0.7529411764705881, 0.09634965299432049, 0.5031995107999565, 0.8893618351692654 },
		{ 13, 0.6901960784313724, 0.10681470777500982, 0.4316102224861841, 0.8490659633494506 },
		{ 22, 0.5378151260504200, 0.12823375169303397, 0.2677789367671350, 0.7467907176353944 },
		{ 35, 0.4481792717086834, 0.13459145675576042, 0.1880520059592324, 0.6801426284952413 },
	}, none[] = {
		{ 1, 0.90476190476190477, 0.06405644848900470, 0.670045882235033585, 0.9752941490381125 },
		{ 8, 0.38095238095238093, 0.10597116957413082, 0.183066548820394387, 0.5777886777458309 },
		{ 22, 0.04761904761904762, 0.04647143204516824, 0.003324463042531181, 0.1970449056989460 },
	}, heavy[] = { /* ties of both kinds, 88 of 100 lost, some on the first day */
		{ 0, 0.9700000000000000, 0.01705872210923198, 0.9098777634238349, 0.9902247741249411 },
		{ 1, 0.9291578947368421, 0.02581610575819759, 0.8571195490081014, 0.9655892323542731 },
		{ 3, 0.9043803508771930, 0.03049881580637844, 0.8236584841074152, 0.9492635663253445 },
		{ 29, 0.8906776182881446, 0.03297156438481486, 0.8052034472492378, 0.9400113547049281 },
		{ 30, 0.8164544834307992, 0.07722350974060450, 0.6029678743905236, 0.9219308713873503 },
	};
	struct data x;
	(void)state;
	mercaptopurine(&x);
	points_are(&x, six_mp, sizeof six_mp / sizeof *six_mp);
	placebo(&x);
	points_are(&x, none, sizeof none / sizeof *none);
	x = (struct data){ 0 };
	put(&x, 0, 3, 2);
	put(&x, 1, 4, 16);
	put(&x, 3, 2, 7);
	put(&x, 7, 1, 13);
	put(&x, 8, 0, 40);
	put(&x, 30, 1, 11);
	steps(&x);
	points_are(&x, heavy, sizeof heavy / sizeof *heavy);
}

static void median_is(const struct data *x, double time, double lo, double hi)
{
	const struct survival_time m = survival_quantile(x->v, x->d.n, 0.5);
	const double got[3] = { m.time, m.ci.lo, m.ci.hi }, want[3] = { time, lo, hi };
	for (int i = 0; i < 3; i++)
		if (isnan(want[i]) ? !isnan(got[i]) : got[i] != want[i])
			fail_msg("%g, not %g", got[i], want[i]);
}

static void medians_are_those_of_r(void **state)
{
	struct data x;
	(void)state;
	mercaptopurine(&x);
	median_is(&x, 23, 13, NAN);
	placebo(&x);
	median_is(&x, 8, 4, 11);
	x = (struct data){ 0 };
	for (int32_t t = 1; t <= 8; t++)
		put(&x, t, t != 6 && t != 8, t == 6 || t == 8);
	steps(&x);
	median_is(&x, 4.5, 1, NAN); /* half exactly: the middle of the stretch */
	x = (struct data){ 0 };
	for (int32_t t = 1; t <= 8; t++)
		put(&x, t, t <= 4, t > 4);
	put(&x, 9, 0, 0);
	steps(&x);
	median_is(&x, 6, 1, NAN);   /* half to the end of what was seen */
	x = (struct data){ 0 };
	put(&x, 2, 2, 0);
	put(&x, 4, 2, 0);
	steps(&x);
	median_is(&x, 3, 2, NAN);
}

static void the_ends_are_honest(void **state)
{
	struct data x = { 0 };
	struct survival_step s;
	(void)state;
	/* no event: none of those still watched, exactly */
	put(&x, 5, 0, 60);
	put(&x, 9, 0, 40);
	steps(&x);
	s = survival_at(x.v, x.d.n, 5, 0.05);
	assert_true(s.survival == 1 && s.variance == 0 && s.ci.hi == 1 && s.risk == 100);
	close_to(s.ci.lo, pow(0.025, 1 / 100.0), "lower limit", 5);
	s = survival_at(x.v, x.d.n, 7, 0.05);
	close_to(s.ci.lo, clopper_pearson(40, 40, 0.05).lo, "lower limit", 7);
	s = survival_at(x.v, x.d.n, 0, 0.05);
	assert_true(s.survival == 1 && s.risk == 100);
	s = survival_at(x.v, x.d.n, 10, 0.05); /* nobody was seen so long */
	assert_true(isnan(s.survival) && isnan(s.variance) && isnan(s.ci.lo) && isnan(s.ci.hi) && s.risk == 0);
	/* counts that go on behind the last of them say nothing more */
	put(&x, 10, 0, 0);
	steps(&x);
	assert_true(isnan(survival_at(x.v, x.d.n, 10, 0.05).survival));
	assert_true(survival_at(x.v, x.d.n, 9, 0.05).survival == 1);
	/* nobody is left: 0 for ever, its upper limit that of the step before */
	placebo(&x);
	s = survival_at(x.v, x.d.n, 400, 0.05);
	assert_true(s.survival == 0 && s.ci.lo == 0);
	close_to(s.ci.hi, 0.1970449056989460, "upper limit", 400);
	/* at once */
	x = (struct data){ 0 };
	put(&x, 2, 30, 0);
	steps(&x);
	s = survival_at(x.v, x.d.n, 2, 0.05);
	assert_true(s.survival == 0 && s.variance == 0);
	close_to(s.ci.hi, clopper_pearson(0, 30, 0.05).hi, "upper limit", 2);
	/* nobody at all */
	x = (struct data){ 0 };
	steps(&x);
	assert_true(isnan(survival_at(x.v, 0, 3, 0.05).survival));
	assert_true(isnan(survival_quantile(x.v, 0, 0.5).time));
	assert_true(isnan(survival_logrank(&x.d, &x.d).p));
}

/* Survival never rises, limits hold it; without losses it is a plain share. */
static void curves_fall_within_their_limits(void **state)
{
	struct data x;
	uint64_t seed = 7;
	(void)state;
	for (int k = 0; k < 2000; k++) {
		double left = 0, all = 0;
		x = (struct data){ 0 };
		for (int32_t t = 0; t < 40; t++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			put(&x, t, (double)(seed >> 60 & 3), k % 2 ? 0 : (double)(seed >> 40 & 7));
			all += x.events[t] + x.lost[t];
		}
		steps(&x);
		left = all;
		for (size_t i = 0; i < x.d.n; i++) {
			const struct survival_step *s = &x.v[i];
			left -= x.events[i];
			if (isnan(s->survival))
				continue;
			assert_true(s->ci.lo >= 0 && s->ci.lo <= s->survival && s->survival <= s->ci.hi && s->ci.hi <= 1);
			assert_true(!i || s->survival <= x.v[i - 1].survival);
			if (k % 2 && all > 0)
				assert_true(fabs(s->survival - left / all) < 1e-14);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_tables_are_met), cmocka_unit_test(every_digit_is_that_of_r), cmocka_unit_test(medians_are_those_of_r),
		cmocka_unit_test(the_ends_are_honest), cmocka_unit_test(curves_fall_within_their_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
