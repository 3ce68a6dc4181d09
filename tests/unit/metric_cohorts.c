#include <math.h>
#include "fixture.h"
#include "wend/metric.h"

static const struct ltv_options plain = { .margin = NAN, .discount = NAN };

static void cohorts(struct fixture *x, const struct report_options *o, const struct ltv_options *l, struct report *r)
{
	struct population p = fx_population(x, o, KIND_ORDERS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_ltv_cohorts(&p, l, o, r, &err), &err);
	population_release(&p);
	int64_t sum = 0;
	for (int i = 0; i < r->explain.nrow; i++)
		sum += r->explain.row[i].rows;
	assert_int_equal(sum, r->explain.in_store);
}

static void order(struct fixture *x, const char *customer, const char *when, int64_t cents)
{
	fx_order(x, customer, when, cents);
	fx_put(x);
}

/* Cells of a row, empty ones as "-". */
static void row_is(const struct report *r, const char *cohort, const char *age, const char *const *cols, size_t n, const char *want)
{
	struct str s = STR_INIT;
	const size_t row = fx_row(&r->table, cohort, age);
	for (size_t i = 0; i < n; i++) {
		const char *v = fx_cell(&r->table, row, cols[i]);
		str_printf(&s, "%s%s", i ? " " : "", *v ? v : "-");
	}
	if (strcmp(s.p, want))
		fail_msg("%s at %s: %s, not %s", cohort, age, s.p, want);
	str_release(&s);
}

static const char *const facts[] = { "period", "customers", "buyers", "active", "revenue", "revenue_per_customer", "flag" };
#define FACTS facts, sizeof facts / sizeof *facts

static double real(const struct report *r, const char *cohort, const char *age, const char *col)
{
	double v = NAN;
	const char *text = fx_cell(&r->table, fx_row(&r->table, cohort, age), col);
	sv_real(sv_of(text), &v);
	return v;
}

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * (1 + fabs(want))))
		fail_msg("%.15g, not %.15g", got, want);
}

static void a_small_shop(struct fixture *x)
{
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_ORDERS));
	order(x, "a", "2026-01-05", 1000);
	order(x, "a", "2026-01-20", 500);           /* the same month: one buyer */
	order(x, "a", "2026-03-02", 2000);
	order(x, "b", "2026-01-31", 3000);
	fx_order(x, "c", "2026-02-10", 4000)->id = SV("C1");
	fx_put(x);
	order(x, "c", "2026-02-10", 200);           /* the same day */
	struct record *back = fx_order(x, "c", "2026-03-05", -1000);
	back->id = SV("R1");
	back->s[F_REFUND_OF] = SV("C1");            /* nets February */
	fx_put(x);
	fx_order(x, "d", "2026-01-02", 700)->id = SV("D1");
	fx_put(x);
	back = fx_order(x, "d", "2026-01-09", -700);
	back->id = SV("R2");
	back->s[F_REFUND_OF] = SV("D1");            /* never a customer in January */
	fx_put(x);
	order(x, "d", "2026-03-31", 0);             /* a day of zero is a purchase */
	order(x, NULL, "2026-01-01", 9900);         /* a guest has no cohort */
	fx_rec(x, KIND_ORDERS, "e", "2026-04-02")->v[F_AMOUNT] = 100; /* after the as-of day */
	x->r.v[F_CURRENCY] = currency_of(SV("EUR"));
	fx_put(x);
	fx_commit(x);
}

static void the_first_purchase_makes_the_cohort_and_money_adds_up_by_age(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31", .min_n = 1 };
	(void)state;
	a_small_shop(&x);
	cohorts(&x, &o, &plain, &r);
	assert_int_equal(r.table.nrow, 3 + 2 + 1);
	row_is(&r, "2026-01", "0", FACTS, "2026-01 2 2 1 45.00 22.5 -");
	row_is(&r, "2026-01", "1", FACTS, "2026-02 2 0 0 0.00 22.5 -");
	row_is(&r, "2026-01", "2", FACTS, "2026-03 2 1 0.5 20.00 32.5 -");
	row_is(&r, "2026-02", "0", FACTS, "2026-02 1 1 1 32.00 32 -");
	row_is(&r, "2026-02", "1", FACTS, "2026-03 1 0 0 0.00 32 -");
	row_is(&r, "2026-03", "0", FACTS, "2026-03 1 1 1 0.00 0 -");
	/* 15 and 30: mean 22.5, deviation 15 / sqrt(2), t(0.975; 1) = 12.7062047361747 */
	near(real(&r, "2026-01", "0", "lo"), 22.5 - 12.7062047361747 * 7.5);
	near(real(&r, "2026-01", "2", "hi"), 32.5 + 12.7062047361747 * 2.5);
	assert_true(isnan(real(&r, "2026-02", "0", "lo"))); /* one customer has no spread */
	/* Wilson, 1 of 2 */
	near(real(&r, "2026-01", "2", "active_lo"), 0.0945312057342307);
	near(real(&r, "2026-01", "2", "active_hi"), 0.9054687942657693);
	assert_true(isnan(real(&r, "2026-01", "0", "active_lo"))); /* true by definition */
	assert_non_null(strstr(r.finding.p, "1 guest is counted apart"));
	report_release(&r);
	fx_close(&x);
}

static void a_period_that_is_not_over_is_marked_and_in_no_comparison(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-30", .min_n = 1 };
	(void)state;
	a_small_shop(&x);
	cohorts(&x, &o, &plain, &r);
	row_is(&r, "2026-01", "1", FACTS, "2026-02 2 0 0 0.00 22.5 -");
	row_is(&r, "2026-01", "2", FACTS, "2026-03 2 1 0.5 20.00 32.5 *");
	row_is(&r, "2026-02", "1", FACTS, "2026-03 1 0 0 0.00 32 *");
	assert_non_null(strstr(r.finding.p, "2026-03 is not over and is left out"));
	/* both cohorts at age 0, and January alone in the month after */
	assert_non_null(strstr(r.finding.p, "those won in 2026-02 brought EUR 32.00 revenue each in the month of the first purchase (1 customer), those of 2026-01 EUR 22.50"));
	assert_non_null(strstr(r.finding.p, "0 of 2"));
	for (size_t i = 0; i < r.figure.data.nrow; i++)
		assert_true(table_at(&r.figure.data, i, 0)->i < 2);
	report_release(&r);
	fx_close(&x);
}

static void sale(struct fixture *x, const char *source, const char *when)
{
	fx_begin(x, KIND_BIT(KIND_ORDERS));
	x->info.source = source;
	order(x, when, when, 100);
	fx_commit(x);
}

static void a_source_that_ends_covers_nothing_beyond_unless_another_takes_over(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-04-30", .min_n = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	x.info.source = "shop";
	order(&x, "1", "2026-01-10", 100);
	order(&x, "1", "2026-02-15", 100);
	fx_commit(&x);
	sale(&x, "market", "2026-01-12");
	sale(&x, "market", "2026-04-29");
	cohorts(&x, &o, &plain, &r);
	row_is(&r, "2026-01", "0", FACTS, "2026-01 2 2 1 2.00 1 -");
	row_is(&r, "2026-01", "1", FACTS, "2026-02 2 1 0.5 1.00 1.5 *");
	assert_non_null(strstr(r.finding.p, "a source of orders ends 2026-02-15"));
	report_release(&r);
	/* a source that does not count ends for nobody */
	struct err err = ERR_INIT;
	fx_ok(store_set(x.s, "choices", "orders", "market", "test", &err), &err);
	cohorts(&x, &o, &plain, &r);
	row_is(&r, "2026-01", "1", FACTS, "2026-02 1 0 0 0.00 1 -");
	report_release(&r);
	fx_ok(store_set(x.s, "choices", "orders", "", "test", &err), &err);
	sale(&x, "new shop", "2026-02-10");
	sale(&x, "new shop", "2026-04-30");
	cohorts(&x, &o, &plain, &r);
	row_is(&r, "2026-01", "3", FACTS, "2026-04 2 0 0 0.00 1.5 -");
	report_release(&r);
	fx_close(&x);
}

static void weeks_quarters_and_years_are_of_the_calendar(void **state)
{
	static const struct { const char *period, *cohort, *age, *want; } cases[] = {
		/* 31 December 2025 and 1 January 2026 are of one week, the first of 2026 */
		{ "week", "2026-W01", "0", "2026-W01 1 1 1 3.00 3 -" },
		{ "week", "2026-W01", "13", "2026-W14 1 1 1 4.00 7 *" },
		{ "quarter", "2025-Q4", "1", "2026-Q1 1 1 1 6.00 7 -" },
		{ "year", "2025", "1", "2026 1 1 1 6.00 7 *" },
	};
	struct fixture x;
	struct report r;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	order(&x, "1", "2025-12-31", 100);
	order(&x, "1", "2026-01-01", 200);
	order(&x, "1", "2026-03-31", 400);
	fx_commit(&x);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct report_options o = { .as_of = "2026-03-31", .min_n = 1, .period = cases[i].period };
		cohorts(&x, &o, &plain, &r);
		row_is(&r, cases[i].cohort, cases[i].age, FACTS, cases[i].want);
		report_release(&r);
	}
	fx_close(&x);
}

static void a_margin_is_in_the_value_and_in_its_name(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31", .min_n = 1 };
	const struct ltv_options part = { .margin = 0.4, .discount = NAN };
	(void)state;
	a_small_shop(&x);
	cohorts(&x, &o, &part, &r);
	assert_int_equal(table_find(&r.table, SV("revenue_per_customer")), -1);
	assert_string_equal(fx_cell(&r.table, 0, "margin_per_customer"), "9");
	assert_string_equal(fx_cell(&r.table, 0, "revenue"), "45.00");
	near(real(&r, "2026-01", "0", "lo"), (22.5 - 12.7062047361747 * 7.5) * 0.4);
	report_release(&r);
	fx_close(&x);
}

static void few_customers_show_their_counts_only(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31", .min_n = 2 };
	(void)state;
	a_small_shop(&x);
	cohorts(&x, &o, &plain, &r);
	row_is(&r, "2026-01", "2", FACTS, "2026-03 2 1 0.5 20.00 32.5 -");
	row_is(&r, "2026-02", "1", FACTS, "2026-03 1 0 - 0.00 - few");
	assert_non_null(strstr(r.finding.p, "too few to compare"));
	report_release(&r);
	fx_close(&x);
}

/* 40 customers a month over four months; each of the last two months' brings 30 at once,
 * of the first two 10 and 10 more a month later. */
static void newer_cohorts_stand_against_older_ones_at_one_age(void **state)
{
	struct fixture x;
	struct report r;
	char id[32], when[32];
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	for (int m = 1; m <= 4; m++)
		for (int i = 0; i < 40; i++) {
			snprintf(id, sizeof id, "%d-%d", m, i);
			snprintf(when, sizeof when, "2026-%02d-%02d", m, 1 + i % 28);
			order(&x, id, when, (m > 2 ? 3000 : 1000) + i % 2);
			snprintf(when, sizeof when, "2026-%02d-%02d", m + 1, 1 + i % 28);
			if (m <= 2)
				order(&x, id, when, 1000);
		}
	order(&x, "1-0", "2026-06-30", 1);
	fx_commit(&x);
	cohorts(&x, &o, &plain, &r);
	/* half of the four cohorts, those up to March, have three months behind them */
	assert_non_null(strstr(r.finding.p, "newer customers bring more than older ones: those won in 2026-03 brought EUR 30.01 revenue each by month 3 "
			       "after the first purchase (30.00 to 30.01; 40 customers), those of 2026-01 to 2026-02 EUR 20.01 (20.00 to 20.01; 80 customers), a difference of 10.00 (10.00 to 10.00)."));
	assert_non_null(strstr(r.finding.p, "50.0 % of customers (42.3 to 57.7 %; 80 of 160) bought in the month after their first."));
	report_release(&r);
	fx_close(&x);
}

static void same_table(const struct table *a, const struct table *b)
{
	assert_int_equal(a->nrow, b->nrow);
	for (size_t i = 0; i < a->nrow; i++)
		for (size_t c = 0; c < a->ncol; c++)
			assert_string_equal(fx_cell(a, i, a->col[c].name), fx_cell(b, i, a->col[c].name));
}

static void the_statistic_of_shards_adds_up_to_the_whole(void **state)
{
	struct fixture x;
	struct report whole, part, again;
	struct table shard[2];
	struct err err = ERR_INIT;
	const char *where[2][1] = { { "customer=a|e" }, { "customer!=a" } };
	const struct report_options o = { .as_of = "2026-03-31", .min_n = 1 }, back = { .min_n = 1 };
	(void)state;
	a_small_shop(&x);
	cohorts(&x, &o, &plain, &whole);
	for (int i = 0; i < 2; i++) {
		const struct report_options s = { .as_of = "2026-03-31", .stat = true, .where = { where[i], 1, 1 } };
		cohorts(&x, &s, &plain, &part);
		fx_as_text(&shard[i], &part.table);
		report_release(&part);
	}
	assert_int_equal(shard[0].nrow, 2); /* ages at which somebody bought */
	assert_string_equal(fx_cell(&shard[0], 1, "squares"), "10000000"); /* 35^2 - 15^2, in cents */
	report_init(&again);
	fx_ok(metric_ltv_cohorts_from(shard, 2, &plain, &back, &again, &err), &err);
	same_table(&whole.table, &again.table);
	report_release(&again);
	/* and stay what they are when they are printed again */
	const struct report_options stat = { .stat = true };
	report_init(&again);
	fx_ok(metric_ltv_cohorts_from(shard, 1, &plain, &stat, &again, &err), &err);
	same_table(&shard[0], &again.table);
	report_release(&again);
	table_release(&shard[0]);
	table_release(&shard[1]);
	report_release(&whole);
	fx_close(&x);
}

static void a_table_that_is_no_such_statistic_is_refused(void **state)
{
	static const struct { const char *col, *value, *said; } cases[] = {
		{ "stat", "ltv.cohorts/2", "ltv.cohorts/1" }, { "as_of", "2026-03-30", "as_of" }, { "currency", "USD", "currency" }, { "period", "week", "period" },
		{ "cohort", "2026-1", "cohort" }, { "cohort", "2026-04", "cohort" }, { "cohort", "2026", "cohort" }, { "age", "4", "age" }, { "age", "-1", "age" },
		{ "buyers", "1.5", "buyers" }, { "buyers", "9", "9 buyers at age 2" }, { "buyers", "9223372036854775807", "buyers" }, { "revenue", "1e3", "revenue" },
		{ "revenue", "92233720368547758.07", "revenue" }, { "squares", "-1", "squares" }, { "squares", "340282366920938463463374607431768211455", "squares" },
		{ "covered_min", "", "covered_min" },
	};
	struct fixture x;
	struct report r;
	struct table t;
	(void)state;
	a_small_shop(&x);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = ERR_INIT;
		const struct report_options o = { .as_of = "2026-03-31", .stat = true }, none = { 0 };
		cohorts(&x, &o, &plain, &r);
		fx_as_text(&t, &r.table);
		report_release(&r);
		/* the row of January at age 2 */
		table_at(&t, 1, (size_t)table_find(&t, sv_of(cases[i].col)))->s = sv_of(cases[i].value);
		report_init(&r);
		assert_int_equal(metric_ltv_cohorts_from(&t, 1, &plain, &none, &r, &err), WEND_E_INPUT);
		if (!strstr(err.msg, cases[i].said))
			fail_msg("%s = '%s': %s", cases[i].col, cases[i].value, err.msg);
		report_release(&r);
		table_release(&t);
	}
	fx_close(&x);
}

static void nobody_has_bought(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_CUSTOMERS));
	fx_rec(&x, KIND_CUSTOMERS, "1", NULL);
	fx_put(&x);
	fx_commit(&x);
	cohorts(&x, &o, &plain, &r);
	assert_int_equal(r.table.nrow, 0);
	assert_non_null(strstr(r.finding.p, "no customer has bought yet"));
	report_release(&r);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_purchase_makes_the_cohort_and_money_adds_up_by_age),
		cmocka_unit_test(a_period_that_is_not_over_is_marked_and_in_no_comparison),
		cmocka_unit_test(a_source_that_ends_covers_nothing_beyond_unless_another_takes_over),
		cmocka_unit_test(weeks_quarters_and_years_are_of_the_calendar),
		cmocka_unit_test(a_margin_is_in_the_value_and_in_its_name),
		cmocka_unit_test(few_customers_show_their_counts_only),
		cmocka_unit_test(newer_cohorts_stand_against_older_ones_at_one_age),
		cmocka_unit_test(the_statistic_of_shards_adds_up_to_the_whole),
		cmocka_unit_test(a_table_that_is_no_such_statistic_is_refused),
		cmocka_unit_test(nobody_has_bought),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
