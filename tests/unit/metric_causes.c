#include "fixture.h"
#include "wend/causes.h"

#include <math.h>
#include <stdio.h>

static void upstream(struct fixture *x, const struct cause_options *c, struct report *r)
{
	static const struct report_options o = { .threads = 1 };
	struct population p = fx_population(x, &o, KIND_COUNT);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_upstream(&p, c, &o, r, &err), &err);
	population_release(&p);
}

static const char *on(int day, const char *clock)
{
	static char text[8][32];
	static int k;
	int y, m, d;
	civil_ymd(civil_day(2026, 1, 1) + day, &y, &m, &d);
	snprintf(text[k & 7], sizeof text[0], "%04d-%02d-%02d%s", y, m, d, clock);
	return text[k++ & 7];
}

static void open_log(struct fixture *x)
{
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_INTERACTIONS));
	fx_touch(x, "first", on(0, "T00:00Z"), "call"); /* the source begins here, and ends a year later */
	fx_touch(x, "last", on(364, "T00:00Z"), "call");
}

static void after_and_before_are_counted_once_a_burst_and_where_both_are_known(void **state)
{
	const struct cause_options of = { .of = "call" };
	struct fixture x;
	struct report r;
	(void)state;
	open_log(&x);
	fx_touch(&x, "a", on(10, "T10:00Z"), "visit");
	fx_touch(&x, "a", on(20, "T10:00Z"), "bill");  /* known 7 days before: counts */
	fx_touch(&x, "a", on(23, "T10:00Z"), "call");
	fx_touch(&x, "a", on(24, "T10:00Z"), "call");
	fx_touch(&x, "a", on(30, "T10:00Z"), "bill");  /* ten days behind a bill: does not count */
	fx_touch(&x, "a", on(60, "T10:00Z"), "bill");  /* a call on either side: in neither b nor c */
	fx_touch(&x, "a", on(55, "T10:00Z"), "call");
	fx_touch(&x, "a", on(62, "T10:00Z"), "call");
	fx_touch(&x, "a", on(90, "T10:00Z"), "call");  /* at the same instant: neither */
	fx_touch(&x, "a", on(90, "T10:00Z"), "bill");
	fx_touch(&x, "b", on(40, "T10:00Z"), "bill");  /* his first step: not known before */
	fx_touch(&x, "b", on(41, "T10:00Z"), "call");
	fx_touch(&x, "c", on(100, "T10:00Z"), "visit");
	fx_touch(&x, "c", on(110, "T10:00Z"), "call");
	fx_touch(&x, "c", on(111, ""), "bill");        /* of the day: the call of the day before is before */
	fx_touch(&x, "c", on(111, "T23:00Z"), "call"); /* the same day: neither */
	fx_touch(&x, "c", on(362, "T10:00Z"), "bill"); /* the source ends too early */
	fx_commit(&x);
	upstream(&x, &of, &r);
	const size_t bill = fx_row(&r.table, "bill", NULL);
	assert_string_equal(fx_cell(&r.table, bill, "n"), "4");
	assert_string_equal(fx_cell(&r.table, bill, "customers"), "2");
	assert_string_equal(fx_cell(&r.table, bill, "b"), "1");
	assert_string_equal(fx_cell(&r.table, bill, "c"), "1");
	assert_string_equal(fx_cell(&r.table, bill, "few"), "few");
	assert_string_equal(fx_cell(&r.table, bill, "rr"), "");
	assert_string_equal(fx_cell(&r.table, bill, "uncovered"), "2");
	report_release(&r);
	fx_close(&x);
}

/* Forty customers call in the week after a wrong bill, each of which is a bill; ten call before. */
static void the_narrow_cause_stands_before_the_broad_one_that_holds_it(void **state)
{
	const struct cause_options of = { .of = "call" };
	struct fixture x;
	struct report r;
	char who[16];
	(void)state;
	open_log(&x);
	for (int i = 0; i < 400; i++) {
		snprintf(who, sizeof who, "c%d", i);
		fx_touch(&x, who, on(i % 20, "T08:00Z"), "visit");
		for (int k = 0; k < 5; k++) {
			const int day = 40 + i % 30 + 40 * k;
			const bool wrong = (i + k) % 10 == 0;
			fx_touch(&x, who, on(day, "T10:00Z"), "bill");
			if (wrong)
				fx_touch(&x, who, on(day, "T10:00Z"), "wrong bill");
			if (wrong && (i + k) % 20 == 0) {
				fx_rec(&x, KIND_INTERACTIONS, who, on(day + 3, "T10:00Z"))->s[F_TOUCHPOINT] = SV("call");
				x.r.s[F_ORIGIN] = SV("billing");
				fx_put(&x);
			}
			if ((i + k) % 80 == 0)
				fx_touch(&x, who, on(day - 3, "T10:00Z"), "call");
		}
	}
	fx_commit(&x);
	upstream(&x, &of, &r);
	assert_string_equal(fx_cell(&r.table, 0, "touchpoint"), "wrong bill");
	assert_string_equal(fx_cell(&r.table, 0, "origin"), "billing");
	assert_string_equal(fx_cell(&r.table, 0, "same_as"), "");
	assert_string_equal(fx_cell(&r.table, 1, "touchpoint"), "bill");
	assert_string_equal(fx_cell(&r.table, 1, "same_as"), "wrong bill");
	assert_non_null(strstr(r.finding.p, "wrong bill brings call most of all"));
	report_release(&r);
	const struct cause_options two = { .of = "cal*", .window = "2d,1w" };
	upstream(&x, &two, &r);
	const size_t week = fx_row(&r.table, "wrong bill", "7"), days = fx_row(&r.table, "wrong bill", "2");
	assert_string_equal(fx_cell(&r.table, days, "b"), "0");
	assert_true(strtod(fx_cell(&r.table, week, "b"), NULL) > 40);
	report_release(&r);
	fx_close(&x);
}

static void what_does_not_exist_is_said_with_what_does(void **state)
{
	static const struct report_options o = { .threads = 1 };
	const struct cause_options bad[] = { { .of = "cal" }, { .of = NULL }, { .of = "call", .window = "7" }, { .of = "call", .window = "1d,2d,3d,4d,5d" } };
	struct fixture x;
	(void)state;
	open_log(&x);
	fx_commit(&x);
	for (int i = 0; i < 4; i++) {
		struct population p = fx_population(&x, &o, KIND_COUNT);
		struct err err = ERR_INIT;
		struct report r;
		report_init(&r);
		assert_int_equal(metric_upstream(&p, &bad[i], &o, &r, &err), WEND_E_USAGE);
		assert_true(i || strstr(err.msg, "there is call"));
		report_release(&r);
		population_release(&p);
	}
	fx_close(&x);
}

/* An empty store, and one in which nobody left. */
static void nobody_left_and_nobody_at_all_are_said(void **state)
{
	static const struct report_options o = { .threads = 1 };
	const struct why_options w = { .leaving = { .dunning_days = 30, .window = "90" } };
	struct fixture x;
	(void)state;
	for (int full = 0; full < 2; full++) {
		struct err err = ERR_INIT;
		struct population p;
		struct report r;
		fx_open(&x);
		if (full) {
			fx_begin(&x, KIND_BIT(KIND_ORDERS));
			for (int i = 0; i < 10; i++)
				fx_order(&x, "a", on(20 * i, ""), 100), fx_put(&x);
			fx_commit(&x);
		}
		report_init(&r);
		fx_ok(churn_population(&p, x.s, &w.leaving, &o, &err), &err);
		fx_ok(metric_churn_why(&p, &w, &o, &r, &err), &err);
		assert_non_null(strstr(r.finding.p, "nobody left"));
		population_release(&p);
		report_release(&r);
		fx_close(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_and_before_are_counted_once_a_burst_and_where_both_are_known),
		cmocka_unit_test(the_narrow_cause_stands_before_the_broad_one_that_holds_it),
		cmocka_unit_test(what_does_not_exist_is_said_with_what_does),
		cmocka_unit_test(nobody_left_and_nobody_at_all_are_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
