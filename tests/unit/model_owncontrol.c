#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/owncontrol.h"

#define DAY 1440

static void near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance * fabs(want)))
		fail_msg("%.17g, not %.17g", got, want);
}

static void add(struct own_sets *s, int m, bool exposed, int others, int times)
{
	for (int i = 0; i < times; i++)
		own_sets_add(s, m, exposed ? m - others : 0, exposed ? 0 : others);
}

/* mantelhaen.test of R 4.2.2, each set a stratum of its own. */
static void ratios_of_sets_are_those_of_r(void **state)
{
	struct own_sets s = { 0 };
	(void)state;
	add(&s, 3, true, 0, 12), add(&s, 3, true, 1, 7), add(&s, 3, true, 2, 3), add(&s, 3, true, 3, 2);
	add(&s, 3, false, 1, 9), add(&s, 3, false, 2, 4), add(&s, 3, false, 3, 1), add(&s, 3, false, 0, 40);
	add(&s, 2, true, 0, 5), add(&s, 2, false, 1, 6), add(&s, 1, true, 0, 8), add(&s, 1, false, 1, 3);
	add(&s, 5, true, 2, 4), add(&s, 5, false, 2, 3);
	const struct own_ratio r = own_sets_ratio(&s, 0.05);
	near(r.rr, 2.37719298245614, 1e-13);
	near(r.ci.lo, 1.4237942909385, 1e-13);
	near(r.ci.hi, 3.9690048708608, 1e-13);
	near(own_sets_robust(&s, 0.05).rr, r.rr, 1e-14);
	near(own_sets_robust(&s, 0.05).log_var, r.log_var, 0.1);
}

/* The same test on its example, UCBAdmissions: six departments. */
static void odds_of_days_alike_are_those_of_r(void **state)
{
	static const int64_t admitted[2][6] = { { 89, 17, 202, 131, 94, 24 }, { 512, 353, 120, 138, 53, 22 } };
	static const int64_t rejected[2][6] = { { 19, 8, 391, 244, 299, 317 }, { 313, 207, 205, 279, 138, 351 } };
	struct own_stratum v[7] = { 0 };
	struct own_alike a;
	double matched = 0;
	(void)state;
	for (int i = 0; i < 6; i++)
		for (int k = 0; k < 2; k++) {
			v[i].days[k] = admitted[k][i] + rejected[k][i];
			v[i].outcomes[k] = admitted[k][i];
		}
	v[6].days[1] = 1000; /* nobody to compare with: no part of it */
	own_alike(&a, v, 7, 0.05);
	near(a.odds.rr, 0.904696828258623, 1e-13);
	near(a.odds.ci.lo, 0.77190736175935, 1e-13);
	near(a.odds.ci.hi, 1.06032976443666, 1e-13);
	assert_int_equal(a.days, 2691);
	assert_int_equal(a.strata, 6);
	for (int i = 0; i < 6; i++)
		matched += (double)v[i].days[1] / 2691 * (double)v[i].outcomes[0] / (double)v[i].days[0];
	near(a.after, 1198.0 / 2691, 1e-14);
	near(a.matched, matched, 1e-13);
	assert_true(a.ci.lo < a.diff && a.diff < a.ci.hi);
	own_alike(&a, v, 0, 0.05);
	assert_true(isnan(a.diff) && isnan(a.ci.lo) && isnan(a.odds.rr));
}

/* One comparison each: b / c with variance 1/b + 1/c, both ways. */
static void pairs_have_the_closed_form(void **state)
{
	struct own_sets s = { 0 };
	(void)state;
	add(&s, 1, true, 0, 40), add(&s, 1, false, 1, 10), add(&s, 1, true, 1, 99);
	struct own_ratio r = own_sets_ratio(&s, 0.05);
	near(r.rr, 4, 1e-14);
	near(r.log_var, 1.0 / 40 + 1.0 / 10, 1e-13);
	near(own_sets_robust(&s, 0.05).log_var, r.log_var, 1e-13);
	r = own_pairs(40, 10, 0.05);
	near(r.rr, 40.5 / 10.5, 1e-14);
	near(r.log_var, 1 / 40.5 + 1 / 10.5, 1e-14);
	near(r.ci.lo, r.rr * exp(-1.959963984540054 * sqrt(r.log_var)), 1e-13);
	const struct own_ratio half = own_divide(&r, &r, 0.05);
	near(half.rr, 1, 1e-14);
	near(half.log_var, 2 * r.log_var, 1e-14);
}

static void nothing_to_compare_is_not_known_and_one_side_alone_is_finite(void **state)
{
	struct own_sets s = { 0 };
	(void)state;
	assert_true(isnan(own_sets_ratio(&s, 0.05).rr));
	assert_true(isnan(own_sets_robust(&s, 0.05).p));
	assert_true(isnan(own_pairs(0, 0, 0.05).rr));
	add(&s, 3, true, 3, 50);
	assert_true(isnan(own_sets_ratio(&s, 0.05).rr));
	add(&s, 1, true, 0, 12);
	const struct own_ratio r = own_sets_ratio(&s, 0.05);
	near(r.rr, 25, 1e-13); /* (12 + 1/2) / (1/2) */
	assert_true(r.ci.lo > 1 && isfinite(r.ci.hi));
	assert_true(own_pairs(0, 9, 0.05).ci.hi < 1);
}

/* ---- designs ---- */

struct made {
	struct own_stretch v[512];
	struct own_event event[8192];
	size_t n, nevent;
};

static struct own_stretch *person(struct made *m, int32_t from, int32_t to, bool left)
{
	struct own_stretch *v = &m->v[m->n];
	*v = (struct own_stretch){ .key = hash_mix(m->n + 1), .who = (uint32_t)m->n, .from = from * DAY, .to = to * DAY, .left = left, .counted = true, .money = 100,
				   .event = m->nevent };
	m->n++;
	return v;
}

static void event(struct made *m, int32_t day, uint32_t unit)
{
	m->event[m->nevent++] = (struct own_event){ day * DAY, unit };
	m->v[m->n - 1].events++;
}

/* Leaving on day 200: [170, 197) against [110, 137), [80, 107), [50, 77); gaps behind each. */
static void windows_lie_where_they_should(void **state)
{
	static struct made m;
	struct own_counts c[8];
	struct own_totals t;
	const struct own_span s = own_span_default();
	(void)state;
	m = (struct made){ 0 };
	person(&m, 0, 200, true);
	event(&m, 50, 4);         /* first day of the third earlier window: unit 4 was there, not lately */
	event(&m, 109, 3);        /* between two windows: says nothing */
	event(&m, 137, 2);        /* in a gap: that window says nothing of unit 2 */
	event(&m, 170, 0);        /* exposed */
	event(&m, 170, 2);
	event(&m, 196, 1);
	event(&m, 197, 1);        /* and in the last days: says nothing */
	event(&m, 200, 5);        /* at the very moment: a sign */
	const struct own_design d = { m.v, m.n, m.event, NULL, 8 };
	own_run(c, &t, &d, &s);
	assert_int_equal(t.left, 1);
	assert_int_equal(t.young, 0);
	assert_int_equal(t.matched, 0);
	assert_int_equal(c[0].own.n[2][3][0], 1);
	assert_int_equal(c[0].exposed, 1);
	assert_int_equal(c[0].money, 100);
	assert_int_equal(c[1].exposed, 0);
	assert_int_equal(c[1].signs, 1);
	assert_int_equal(c[2].own.n[1][2][0], 1);
	assert_int_equal(c[3].exposed + c[3].own.n[2][0][0], 0);
	assert_int_equal(c[4].own.n[2][0][1], 1);
	assert_int_equal(c[5].signs, 1);
	assert_int_equal(c[5].sign.n[2][3][0], 1);
	assert_int_equal(c[6].cases, 1);
}

static void windows_a_source_does_not_cover_are_left_out_and_counted(void **state)
{
	static struct made m;
	struct own_counts c[3];
	struct own_totals t;
	const struct own_known all = { 0, 400 * DAY }, second = { 100 * DAY, 400 * DAY }, hole[2] = { { 0, 60 * DAY }, { 150 * DAY, 400 * DAY } };
	const struct own_cover cover[3] = { { &all, 1 }, { &second, 1 }, { hole, 2 } };
	const struct own_span s = own_span_default();
	(void)state;
	m = (struct made){ 0 };
	person(&m, 0, 200, true);
	for (uint32_t u = 0; u < 3; u++)
		event(&m, 180, u);
	const struct own_design d = { m.v, m.n, m.event, cover, 3 };
	own_run(c, &t, &d, &s);
	assert_int_equal(c[0].own.n[2][3][0], 1);
	assert_int_equal(c[1].own.n[0][1][0], 1); /* one earlier window is covered */
	assert_int_equal(c[2].exposed, 0);        /* none is */
	assert_int_equal(c[2].cases, 0);
	assert_int_equal(c[2].uncovered, 1);
	assert_int_equal(c[0].uncovered, 0);
}

static uint64_t seed;
static double unit_draw(void)
{
	return (double)(hash_mix(seed += 0x9e3779b97f4a7c15u) >> 11) / 9007199254740992.0;
}

/* Sixty leave within a month of unit 0, in a store where all have it now and then; they see
 * unit 2 on their last day. */
static void crowd(struct made *m)
{
	*m = (struct made){ 0 };
	seed = 7;
	for (int i = 0; i < 200; i++) {
		const int32_t from = (int32_t)(40 * unit_draw()), to = i < 60 ? 250 + i : 400;
		person(m, from, to, i < 60);
		for (int32_t day = from + 1; day < to - 1; day++) {
			if (unit_draw() < 0.004 || (i < 60 && day == to - 12))
				event(m, day, 0);
			if (unit_draw() < 0.02)
				event(m, day, 1);
		}
		if (i < 60)
			event(m, to - 1, 2);
	}
}

static void a_cause_is_a_reason_and_what_comes_at_the_end_is_a_sign(void **state)
{
	static struct made m;
	struct own_counts c[3];
	struct own_finding f[3];
	struct own_totals t;
	const struct own_span s = own_span_default();
	(void)state;
	crowd(&m);
	const struct own_design d = { m.v, m.n, m.event, NULL, 3 };
	own_run(c, &t, &d, &s);
	own_judge(f, c, 3, NULL, 0.05);
	assert_int_equal(t.left, 60);
	assert_int_equal(t.matched, 60);
	assert_int_equal(t.controls, 300);
	assert_int_equal(f[0].verdict, OWN_REASON);
	assert_true(f[0].people > 0 && f[0].people < (double)c[0].counted);
	near(f[0].money, f[0].people * 100, 1e-12);
	assert_int_equal(f[1].verdict, OWN_NONE);
	assert_true(f[2].verdict == OWN_FEW || f[2].verdict == OWN_SIGN);
	assert_int_equal(c[2].signs, 60);
	assert_true(f[2].sign.ci.lo > 5);
}

static int by_hash(const void *a, const void *b)
{
	const uint64_t x = hash_mix(((const struct own_stretch *)a)->key + 99), y = hash_mix(((const struct own_stretch *)b)->key + 99);
	return (x > y) - (x < y);
}

static void the_order_of_customers_changes_nothing(void **state)
{
	static struct made m;
	struct own_counts a[3], b[3];
	struct own_totals t, u;
	const struct own_span s = own_span_default();
	(void)state;
	crowd(&m);
	const struct own_design d = { m.v, m.n, m.event, NULL, 3 };
	own_run(a, &t, &d, &s);
	qsort(m.v, m.n, sizeof *m.v, by_hash);
	own_run(b, &u, &d, &s);
	for (int i = 0; i < 3; i++)
		near(b[i].stayers_log_var, a[i].stayers_log_var, 1e-12), b[i].stayers_log_var = a[i].stayers_log_var;
	assert_memory_equal(a, b, sizeof a);
	assert_memory_equal(&t, &u, sizeof t);
}

static void nobody_left_and_nobody_at_all_are_few(void **state)
{
	struct own_counts c[2];
	struct own_finding f[2];
	struct own_totals t;
	const struct own_span s = own_span_default();
	static struct made m;
	(void)state;
	m = (struct made){ 0 };
	struct own_design d = { m.v, 0, m.event, NULL, 2 };
	own_run(c, &t, &d, &s);
	own_judge(f, c, 2, NULL, 0.05);
	assert_int_equal(f[1].verdict, OWN_FEW);
	assert_true(isnan(f[1].q) && isnan(f[1].rr.rr));
	person(&m, 0, 20, true);  /* left before one window was over */
	person(&m, 0, 400, false);
	d.n = 2;
	own_run(c, &t, &d, &s);
	assert_int_equal(t.left, 1);
	assert_int_equal(t.young, 1);
	assert_int_equal(c[0].cases, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratios_of_sets_are_those_of_r),
		cmocka_unit_test(odds_of_days_alike_are_those_of_r),
		cmocka_unit_test(pairs_have_the_closed_form),
		cmocka_unit_test(nothing_to_compare_is_not_known_and_one_side_alone_is_finite),
		cmocka_unit_test(windows_lie_where_they_should),
		cmocka_unit_test(windows_a_source_does_not_cover_are_left_out_and_counted),
		cmocka_unit_test(a_cause_is_a_reason_and_what_comes_at_the_end_is_a_sign),
		cmocka_unit_test(the_order_of_customers_changes_nothing),
		cmocka_unit_test(nobody_left_and_nobody_at_all_are_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
