#include "fixture.h"
#include "wend/churn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void sub(struct fixture *x, const char *customer, const char *from, const char *to, const char *click)
{
	struct record *r = fx_rec(x, KIND_SUBSCRIPTIONS, customer, from);
	if (to)
		r->v[F_END] = fx_time(to);
	if (click)
		r->v[F_CANCELLED] = fx_time(click);
	r->v[F_MRR] = 1000;
	r->v[F_CURRENCY] = currency_of(SV("EUR"));
	fx_put(x);
}

static void rate(struct fixture *x, const struct report_options *o, const struct churn_options *c, struct report *r)
{
	static const struct churn_options standard = { .dunning_days = 30 };
	struct population p = fx_population(x, o, KIND_SUBSCRIPTIONS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_churn_rate(&p, c ? c : &standard, o, r, &err), &err);
	population_release(&p);
	int64_t sum = 0;
	for (int i = 0; i < r->explain.nrow; i++)
		sum += r->explain.row[i].rows;
	assert_int_equal(sum, r->explain.in_store);
}

/* start new back vol invol in_out pending end */
static void row_is(const struct report *r, const char *period, const char *want)
{
	static const char *const cols[] = { "active_start", "new", "reactivated", "churned_vol", "churned_invol", "in_and_out", "pending", "active_end" };
	struct str s = STR_INIT;
	const size_t row = fx_row(&r->table, period, NULL);
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		str_printf(&s, "%s%s", i ? " " : "", fx_cell(&r->table, row, cols[i]));
	if (strcmp(s.p, want))
		fail_msg("%s: %s, not %s", period, s.p, want);
	str_release(&s);
}

static void the_constructed_month_of_two_hundred_is_four_and_a_half_per_cent(void **state)
{
	/* 200 at the start, 80 new of whom 3 leave inside the month, 9 of the 200 leave, 25 lost trials */
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-05-10" };
	char id[16];
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	for (int i = 0; i < 305; i++) {
		snprintf(id, sizeof id, "%d", i);
		if (i < 200)
			sub(&x, id, "2026-03-15", i < 9 ? "2026-04-20" : NULL, NULL);
		else if (i < 280)
			sub(&x, id, "2026-04-05", i < 203 ? "2026-04-25" : NULL, NULL);
		else {
			struct record *t = fx_rec(&x, KIND_SUBSCRIPTIONS, id, "2026-04-02");
			t->v[F_TRIAL_END] = fx_time("2026-04-16");
			t->v[F_CANCELLED] = fx_time("2026-04-10");
			fx_put(&x);
		}
	}
	fx_commit(&x);
	rate(&x, &o, NULL, &r);
	row_is(&r, "2026-03", "0 200 0 0 0 0 0 200");
	row_is(&r, "2026-04", "200 80 0 9 0 3 0 268");
	row_is(&r, "2026-05", "268 0 0 0 0 0 0 268");
	const size_t april = fx_row(&r.table, "2026-04", NULL);
	assert_string_equal(fx_cell(&r.table, april, "churn_rate"), "0.045");
	assert_string_equal(fx_cell(&r.table, april, "n"), "200");
	/* Wilson 9 of 200, computed apart: 0.0238525, 0.0832967 */
	assert_true(!strncmp(fx_cell(&r.table, april, "lo"), "0.02385", 7));
	assert_true(!strncmp(fx_cell(&r.table, april, "hi"), "0.08329", 7));
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-05", NULL), "flag"), "*");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-03", NULL), "flag"), "few");
	assert_non_null(strstr(r.finding.p, "4.5 % of customers left in 2026-04 (9 of 200"));
	assert_non_null(strstr(r.finding.p, "25 of 25 trials"));
	report_release(&r);
	/* by every definition: numerator, denominator, rate */
	static const struct { const char *name, *num, *den, *rate, *why; } all[] = {
		{ "start", "9", "200", "0.045", "" },
		{ "events", "12", "200", "0.06", "left +3 joined and left inside" },
		{ "stripe", "12", "280", "0.04285714285714286", "left +3 joined and left inside; of +80 new in the 30 days to the end" },
		{ "baremetrics", "12", "200", "0.06", "left +3 joined and left inside" },
		{ "profitwell", "9", "200", "0.045", "the same customers" },
		{ "revenuecat", "12", "200", "0.06", "left +3 joined and left inside" },
	};
	const struct report_options side = { .as_of = "2026-05-10", .definition = "all" };
	rate(&x, &side, NULL, &r);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		size_t row = 0;
		while (strcmp(fx_cell(&r.table, row, "period"), "2026-04") || strcmp(fx_cell(&r.table, row, "definition"), all[i].name))
			row++;
		assert_string_equal(fx_cell(&r.table, row, "numerator"), all[i].num);
		assert_string_equal(fx_cell(&r.table, row, "denominator"), all[i].den);
		assert_string_equal(fx_cell(&r.table, row, "rate"), all[i].rate);
		assert_string_equal(fx_cell(&r.table, row, "difference_explained"), all[i].why);
	}
	report_release(&r);
	/* lost trials as churn: 37 of 200 */
	const struct report_options events = { .as_of = "2026-05-10", .definition = "events" };
	const struct churn_options trials = { .dunning_days = 30, .include_trials = true };
	rate(&x, &events, &trials, &r);
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-04", NULL), "churn_rate"), "0.185");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-04", NULL), "trials_lost"), "25");
	report_release(&r);
	/* exposure: 200 + 80 who came on the 5th, 9 gone on the 20th, 3 on the 25th, in April's 30 days */
	const struct report_options months = { .as_of = "2026-05-10", .definition = "exposure" };
	rate(&x, &months, NULL, &r);
	const double want = (200.0 * 30 - 9 * 11 + 77 * 26 + 3 * 20) / (365.0 / 12);
	assert_true(fabs(strtod(fx_cell(&r.table, fx_row(&r.table, "2026-04", NULL), "denominator"), NULL) - want) < 1e-9);
	report_release(&r);
	fx_close(&x);
}

static void boundaries_are_half_open_and_local(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options utc = { .as_of = "2026-03-31", .tz = "UTC" }, york = { .as_of = "2026-03-31", .tz = "America/New_York" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	sub(&x, "1", "2026-01-01", "2026-02-01", NULL);          /* civil days: new in January, left in February */
	sub(&x, "2", "2026-01-15T00:00Z", "2026-03-01T00:00Z", NULL); /* in New York still 28 February */
	fx_commit(&x);
	rate(&x, &utc, NULL, &r);
	row_is(&r, "2026-01", "0 2 0 0 0 0 0 2");
	row_is(&r, "2026-02", "2 0 0 1 0 0 0 1");
	row_is(&r, "2026-03", "1 0 0 1 0 0 0 0");
	report_release(&r);
	rate(&x, &york, NULL, &r);
	row_is(&r, "2026-02", "2 0 0 2 0 0 0 0");
	row_is(&r, "2026-03", "0 0 0 0 0 0 0 0");
	report_release(&r);
	fx_close(&x);
}

static void leaving_returning_and_overlapping_contracts_follow_the_rulings(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30" };
	const struct churn_options grace = { .grace_days = 7, .dunning_days = 30 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	sub(&x, "two", "2026-01-10", "2026-02-10", NULL);      /* one of two ends: contraction */
	sub(&x, "two", "2026-01-20", NULL, NULL);
	sub(&x, "back", "2026-01-10", "2026-02-10", NULL);     /* comes back later */
	sub(&x, "back", "2026-04-05", NULL, NULL);
	sub(&x, "within", "2026-01-10", "2026-02-10", NULL);   /* returns inside the month */
	sub(&x, "within", "2026-02-15", NULL, NULL);
	sub(&x, "pending", "2026-01-10", "2026-05-20", "2026-03-20");
	sub(&x, "inout", "2026-03-02", "2026-03-09", NULL);
	sub(&x, "again", "2026-01-02", "2026-01-20", NULL);    /* in and out, then in and out once more as a returner */
	sub(&x, "again", "2026-05-02", "2026-05-09", NULL);
	fx_commit(&x);
	rate(&x, &o, NULL, &r);
	row_is(&r, "2026-01", "0 5 0 0 0 1 0 4");
	row_is(&r, "2026-02", "4 0 0 1 0 0 0 3");
	row_is(&r, "2026-03", "3 1 0 0 0 1 1 3");
	row_is(&r, "2026-04", "3 0 1 0 0 0 1 4");
	row_is(&r, "2026-05", "4 0 1 1 0 1 0 3");
	row_is(&r, "2026-06", "3 0 0 0 0 0 0 3");
	report_release(&r);
	rate(&x, &o, &grace, &r);
	row_is(&r, "2026-02", "4 0 0 1 0 0 0 3");
	report_release(&r);
	fx_close(&x);
}

static void a_failed_payment_before_the_end_is_another_way_to_leave(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-04-30" };
	static const struct { const char *customer, *when, *status; } pay[] = {
		{ "1", "2026-02-20", "failed" },                                   /* 18 days before */
		{ "2", "2026-01-20", "failed" },                                   /* too long before */
		{ "3", "2026-02-20", "failed" }, { "3", "2026-02-22", "paid" },    /* made good */
	};
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS) | KIND_BIT(KIND_PAYMENTS));
	sub(&x, "1", "2026-01-10", "2026-03-10", NULL);
	sub(&x, "2", "2026-01-10", "2026-03-10", NULL);
	sub(&x, "3", "2026-01-10", "2026-03-10", NULL);
	struct record *s = fx_rec(&x, KIND_SUBSCRIPTIONS, "4", "2026-01-10");
	s->v[F_END] = fx_time("2026-03-10");
	s->s[F_CANCEL_REASON] = SV("Payment_failed");
	fx_put(&x);
	for (size_t i = 0; i < sizeof pay / sizeof *pay; i++) {
		struct record *p = fx_rec(&x, KIND_PAYMENTS, pay[i].customer, pay[i].when);
		p->v[F_AMOUNT] = 1000;
		p->s[F_STATUS] = sv_of(pay[i].status);
		fx_put(&x);
	}
	fx_commit(&x);
	rate(&x, &o, NULL, &r);
	row_is(&r, "2026-03", "4 0 0 2 2 0 0 0");
	report_release(&r);
	fx_close(&x);
}

static void closed_periods_do_not_change_when_later_data_arrive(void **state)
{
	struct fixture x;
	struct report early, late;
	const struct report_options a = { .as_of = "2026-03-31" }, b = { .as_of = "2026-08-31" };
	char id[16];
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	for (int i = 0; i < 60; i++) {
		char from[16], to[16];
		snprintf(id, sizeof id, "%d", i);
		snprintf(from, sizeof from, "2026-%02d-%02d", 1 + i % 3, 1 + i % 27);
		snprintf(to, sizeof to, "2026-%02d-%02d", 2 + i % 6, 2 + i % 26);
		sub(&x, id, from, i % 4 && strcmp(from, to) < 0 ? to : NULL, NULL);
	}
	fx_commit(&x);
	rate(&x, &a, NULL, &early);
	rate(&x, &b, NULL, &late);
	for (size_t i = 0; i < early.table.nrow; i++)
		for (size_t c = 0; c < early.table.ncol; c++)
			assert_string_equal(fx_cell(&early.table, i, early.table.col[c].name), fx_cell(&late.table, i, early.table.col[c].name));
	report_release(&early);
	report_release(&late);
	fx_close(&x);
}

static void groups_are_held_against_the_rate_of_all(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31", .by = "plan", .min_n = 10 };
	char id[16];
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	for (int i = 0; i < 205; i++) {
		struct record *s = fx_rec(&x, KIND_SUBSCRIPTIONS, (snprintf(id, sizeof id, "%d", i), id), "2026-01-10");
		s->s[F_PLAN] = i < 100 ? SV("basic") : i < 200 ? SV("pro") : SV("tiny");
		if (i < 30 || (i >= 100 && i < 105))
			s->v[F_END] = fx_time("2026-03-10");
		fx_put(&x);
	}
	fx_commit(&x);
	rate(&x, &o, NULL, &r);
	const size_t basic = fx_row(&r.table, "2026-03", "basic"), tiny = fx_row(&r.table, "2026-03", "tiny");
	/* 30 and 5 of 100 where all lose 35 of 205: tails 0.00101 and 0.00027 */
	assert_string_equal(fx_cell(&r.table, basic, "churn_rate"), "0.3");
	assert_string_equal(fx_cell(&r.table, basic, "verdict"), "watch");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-03", "pro"), "verdict"), "out");
	assert_string_equal(fx_cell(&r.table, tiny, "verdict"), "few");
	assert_string_equal(fx_cell(&r.table, tiny, "churn_rate"), "");
	report_release(&r);
	fx_close(&x);
}

static void a_customer_is_in_the_group_in_force_when_the_period_starts(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-04-30", .by = "plan" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	struct record *s = fx_rec(&x, KIND_SUBSCRIPTIONS, "1", "2026-01-10");
	s->s[F_PLAN] = SV("small");
	s->v[F_END] = fx_time("2026-02-15");
	fx_put(&x);
	s = fx_rec(&x, KIND_SUBSCRIPTIONS, "1", "2026-02-15"); /* moves up: no churn */
	s->s[F_PLAN] = SV("big");
	s->v[F_END] = fx_time("2026-04-10");
	fx_put(&x);
	fx_commit(&x);
	rate(&x, &o, NULL, &r);
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-01", "small"), "new"), "1");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-02", "small"), "active_start"), "1");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-02", "small"), "churned_vol"), "0");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-03", "small"), "active_start"), "0");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-03", "big"), "active_start"), "1");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-04", "big"), "churned_vol"), "1");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-04", "small"), "churned_vol"), "0");
	report_release(&r);
	fx_close(&x);
}

static void without_any_end_nobody_is_said_to_have_stayed(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	sub(&x, "1", "2026-01-10", NULL, NULL);
	fx_commit(&x);
	rate(&x, &o, NULL, &r);
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-02", NULL), "churned_vol"), "");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-02", NULL), "flag"), "snapshot");
	report_release(&r);
	fx_close(&x);
}

static void what_ended_moves_the_default_as_of_day_but_what_is_planned_does_not(void **state)
{
	struct fixture x;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	sub(&x, "1", "2024-01-10", "2024-03-05", NULL);
	sub(&x, "2", "2024-01-12", "2999-01-01", "2024-02-01");
	fx_commit(&x);
	struct population p = fx_population(&x, NULL, KIND_SUBSCRIPTIONS);
	assert_string_equal(p.as_of_text, "2024-03-05");
	population_release(&p);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_constructed_month_of_two_hundred_is_four_and_a_half_per_cent),
		cmocka_unit_test(boundaries_are_half_open_and_local),
		cmocka_unit_test(leaving_returning_and_overlapping_contracts_follow_the_rulings),
		cmocka_unit_test(a_failed_payment_before_the_end_is_another_way_to_leave),
		cmocka_unit_test(closed_periods_do_not_change_when_later_data_arrive),
		cmocka_unit_test(groups_are_held_against_the_rate_of_all),
		cmocka_unit_test(a_customer_is_in_the_group_in_force_when_the_period_starts),
		cmocka_unit_test(without_any_end_nobody_is_said_to_have_stayed),
		cmocka_unit_test(what_ended_moves_the_default_as_of_day_but_what_is_planned_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
