#include <math.h>
#include "fixture.h"
#include "wend/metric.h"

static const struct ltv_options plain_ltv = { .margin = NAN, .discount = NAN };

static void rfm(struct fixture *x, const struct report_options *o, struct report *r)
{
	struct population p = fx_population(x, o, KIND_ORDERS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_rfm(&p, o, r, &err), &err);
	table_fill(&r->table);
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

static void row_is(const struct report *r, const char *customer, const char *want)
{
	static const char *const cols[] = { "x", "t_x", "T", "m", "recency_days", "frequency", "monetary" };
	struct str s = STR_INIT;
	const size_t row = fx_row(&r->table, customer, NULL);
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		str_printf(&s, "%s%s", i ? " " : "", fx_cell(&r->table, row, cols[i]));
	if (strcmp(s.p, want))
		fail_msg("%s: %s, not %s", customer, s.p, want);
	str_release(&s);
}

static void history_is_counted_in_whole_days(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-01-29", .unit = "day" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	order(&x, "10", "2026-01-01T23:00Z", 1000);
	order(&x, "10", "2026-01-01T01:00Z", 500);  /* same day: one purchase */
	order(&x, "10", "2026-01-15", 0);           /* a day of zero counts */
	order(&x, "10", "2026-01-29", 4000);
	order(&x, "10", "2026-01-30", 9999);        /* after the as-of day */
	order(&x, "9", "2026-01-20", 700);
	order(&x, NULL, "2026-01-20", 700);         /* a guest has no row */
	fx_commit(&x);
	rfm(&x, &o, &r);
	assert_int_equal(r.table.nrow, 2);
	assert_string_equal(fx_cell(&r.table, 0, "customer"), "9");
	row_is(&r, "10", "2 28 28 20 0 3 55.00");
	row_is(&r, "9", "0 0 9  9 1 7.00");
	report_release(&r);
	fx_close(&x);
}

static void refunds_are_netted_against_their_order_or_their_day(void **state)
{
	struct fixture x;
	struct report r;
	struct record *o1;
	const struct report_options o = { .as_of = "2026-03-01", .unit = "day" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	fx_order(&x, "1", "2026-01-01", 1000)->id = SV("A1");
	fx_put(&x);
	fx_order(&x, "1", "2026-01-11", 2000)->id = SV("A2");
	fx_put(&x);
	o1 = fx_order(&x, "1", "2026-02-01", -2000);   /* gives A2 back: that day is no purchase */
	o1->id = SV("R1");
	o1->s[F_REFUND_OF] = SV("A2");
	fx_put(&x);
	fx_order(&x, "2", "2026-01-01", 1000)->id = SV("B1");
	fx_put(&x);
	fx_order(&x, "2", "2026-01-05", -300)->id = SV("B2"); /* names nothing: its own day */
	fx_put(&x);
	o1 = fx_order(&x, "3", "2026-01-01", 1000);    /* column of the sale, dated */
	o1->id = SV("C1");
	o1->v[F_REFUNDED] = 400;
	o1->v[F_REFUND_TIME] = fx_time("2026-02-10");
	fx_put(&x);
	o1 = fx_order(&x, "4", "2026-01-01", 1000);    /* not counted */
	o1->id = SV("D1");
	o1->v[F_COUNTED] = 0;
	fx_put(&x);
	fx_commit(&x);
	rfm(&x, &o, &r);
	assert_int_equal(r.table.nrow, 3);
	row_is(&r, "1", "0 0 59  59 1 10.00");
	row_is(&r, "2", "0 0 59  59 1 10.00");
	row_is(&r, "3", "0 0 59  59 1 6.00");
	report_release(&r);
	const struct report_options before = { .as_of = "2026-02-09", .unit = "day" };
	rfm(&x, &before, &r);
	row_is(&r, "3", "0 0 39  39 1 10.00"); /* the refund is not known yet */
	report_release(&r);
	fx_close(&x);
}

static void equals_share_a_score_and_lists_choose_rows_only(void **state)
{
	struct fixture x;
	struct report all, some;
	char id[16], when[32];
	const char *where[] = { "customer=3|30" };
	const struct report_options o = { .as_of = "2026-12-31" }, two = { .as_of = "2026-12-31", .where = { where, 1, 1 } };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	for (int i = 1; i <= 50; i++) {
		snprintf(id, sizeof id, "%d", i);
		snprintf(when, sizeof when, "2026-%02d-%02d", 1 + i / 20, 1 + i % 20);
		order(&x, id, when, i <= 25 ? 100 : i * 100);
	}
	fx_commit(&x);
	rfm(&x, &o, &all);
	rfm(&x, &two, &some);
	/* all bought once: the middle score; 25 equals at the bottom: 1 + 5 (0 + 12.5) / 50 */
	for (size_t i = 0; i < 50; i++)
		assert_string_equal(fx_cell(&all.table, i, "f_score"), "3");
	assert_string_equal(fx_cell(&all.table, 0, "m_score"), "2");
	assert_string_equal(fx_cell(&all.table, 24, "m_score"), "2");
	assert_string_equal(fx_cell(&all.table, 49, "m_score"), "5");
	assert_string_equal(fx_cell(&all.table, 49, "r_score"), "5");
	assert_string_equal(fx_cell(&all.table, 0, "r_score"), "1");
	assert_string_equal(fx_cell(&all.table, 49, "group"), "new");
	assert_int_equal(some.table.nrow, 2);
	for (size_t c = 0; c < all.table.ncol; c++)
		assert_string_equal(fx_cell(&some.table, 1, all.table.col[c].name), fx_cell(&all.table, 29, all.table.col[c].name));
	report_release(&all);
	report_release(&some);
	fx_close(&x);
}

static void the_statistic_reads_back_and_adds_up(void **state)
{
	struct fixture x;
	struct report stat, again, sum;
	struct table cells[2];
	struct err err = ERR_INIT;
	const struct report_options o = { .as_of = "2026-03-31", .unit = "week", .stat = true };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	order(&x, "1", "2026-01-01", 100);
	order(&x, "1", "2026-01-11", 200);
	order(&x, "2", "2026-01-01", 100);
	order(&x, "3", "2026-01-01", 300);
	fx_commit(&x);
	rfm(&x, &o, &stat);
	assert_int_equal(stat.table.nrow, 2);
	assert_string_equal(fx_cell(&stat.table, 0, "weight"), "2");
	assert_string_equal(fx_cell(&stat.table, 0, "spent"), "4.00");
	fx_as_text(&cells[0], &stat.table);
	fx_as_text(&cells[1], &stat.table);
	const struct report_options merged = { .stat = true };
	report_init(&sum);
	fx_ok(metric_rfm_from(cells, 2, &merged, &sum, &err), &err);
	assert_int_equal(sum.table.nrow, 2);
	assert_string_equal(fx_cell(&sum.table, 0, "weight"), "4");
	assert_string_equal(fx_cell(&sum.table, 0, "T"), fx_cell(&stat.table, 0, "T"));
	assert_string_equal(fx_cell(&sum.table, 1, "repeat_spent"), "4");
	const struct report_options shown = { 0 };
	report_init(&again);
	fx_ok(metric_rfm_from(cells, 1, &shown, &again, &err), &err);
	assert_string_equal(fx_cell(&again.table, 1, "m"), "2");
	/* other settings do not add up */
	struct report bad;
	report_init(&bad);
	table_at(&cells[1], 0, 1)->s = SV("2025-12-31");
	assert_int_equal(metric_rfm_from(cells, 2, &merged, &bad, &err), WEND_E_INPUT);
	assert_non_null(strstr(err.msg, "as_of"));
	report_release(&bad);
	report_release(&stat);
	report_release(&again);
	report_release(&sum);
	table_release(&cells[0]);
	table_release(&cells[1]);
	fx_close(&x);
}

static const char *measure(const struct report *r, const char *section, const char *name, const char *group, const char *col)
{
	for (size_t i = 0; i < r->table.nrow; i++)
		if (!strcmp(fx_cell(&r->table, i, "section"), section) && !strcmp(fx_cell(&r->table, i, "measure"), name) && !strcmp(fx_cell(&r->table, i, "group"), group))
			return fx_cell(&r->table, i, col);
	fail_msg("no measure %s %s %s", section, name, group);
	return NULL;
}

static void the_summary_tells_the_history(void **state)
{
	struct fixture x;
	struct report r;
	struct err err = ERR_INIT;
	const struct report_options o = { .as_of = "2026-04-30", .versus = "previous" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_CUSTOMERS));
	fx_rec(&x, KIND_CUSTOMERS, "1", NULL)->s[F_ACQ_CHANNEL] = SV("ads");
	fx_put(&x);
	fx_rec(&x, KIND_CUSTOMERS, "9", NULL); /* has not bought */
	fx_put(&x);
	fx_order(&x, "1", "2026-01-01", 1000)->s[F_CHANNEL] = SV("web");
	fx_put(&x);
	fx_order(&x, "2", "2026-02-01", 2000)->s[F_CHANNEL] = SV("phone");
	fx_put(&x);
	fx_order(&x, "2", "2026-04-15", 3000)->s[F_CHANNEL] = SV("web");
	fx_put(&x);
	order(&x, "3", "2026-04-20", 6000);
	fx_commit(&x);
	fx_ok(store_set(x.s, "company", "margin", "40 %", "test", &err), &err);
	struct population p = fx_population(&x, &o, KIND_ORDERS);
	report_init(&r);
	fx_ok(metric_ltv_summary(&p, &plain_ltv, &o, &r, &err), &err);
	assert_string_equal(measure(&r, "customers", "customers", "", "value"), "3");
	assert_string_equal(measure(&r, "customers", "customers", "", "before"), "2");
	assert_string_equal(measure(&r, "customers", "prospects", "", "value"), "1");
	assert_string_equal(measure(&r, "so far", "revenue", "", "value"), "120");
	assert_string_equal(measure(&r, "so far", "revenue", "", "before"), "30");
	assert_string_equal(measure(&r, "so far", "margin", "", "value"), "48");
	assert_string_equal(measure(&r, "so far", "revenue_per_customer", "", "value"), "40");
	assert_string_equal(measure(&r, "so far", "bought_once", "", "n"), "3");
	assert_string_equal(measure(&r, "won by", "customers", "ads", "value"), "1");
	assert_string_equal(measure(&r, "won by", "customers", "phone", "value"), "1");
	assert_string_equal(measure(&r, "won by", "customers", "not known", "value"), "1");
	assert_string_equal(measure(&r, "won by", "revenue_per_customer", "phone", "value"), "50");
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_is_counted_in_whole_days),
		cmocka_unit_test(refunds_are_netted_against_their_order_or_their_day),
		cmocka_unit_test(equals_share_a_score_and_lists_choose_rows_only),
		cmocka_unit_test(the_statistic_reads_back_and_adds_up),
		cmocka_unit_test(the_summary_tells_the_history),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
