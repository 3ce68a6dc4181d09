/* Tables: filling, order, joining, the spelling of cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <cmocka.h>
#include "wend/civil.h"
#include "wend/table.h"

static void make(struct table *t)
{
	table_init(t);
	table_col(t, "name", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, -1);
	table_col(t, "share", COL_SHARE, NULL, 1);
}

static void row(struct table *t, const char *name, int64_t n, double share)
{
	put_z(t, name);
	put_int(t, n);
	put_real(t, share);
}

static void order_is(const struct table *t, const char *names)
{
	struct str s = STR_INIT;
	for (size_t r = 0; r < t->nrow; r++) {
		cell_text(&s, &t->col[0], table_at(t, r, 0), NULL);
		str_putc(&s, ' ');
	}
	assert_string_equal(s.p, names);
	str_release(&s);
}

static void sorting_is_stable_and_leaves_the_unknown_last(void **state)
{
	(void)state;
	struct table t;
	static const int by_n[] = { 1 }, by_share_name[] = { 2, 0 };
	static const bool down[] = { true, false };
	make(&t);
	row(&t, "b", 2, 0.5);
	row(&t, "a", WEND_NONE, 0.5);
	row(&t, "d", 1, NAN);
	row(&t, "c", 2, 0.1);
	row(&t, "e", 1, 0.9);
	table_sort(&t, by_n, NULL, 1);
	order_is(&t, "d e b c a ");
	table_sort(&t, by_n, down, 1);
	order_is(&t, "b c d e a ");
	table_sort(&t, by_share_name, down, 2);
	order_is(&t, "e a b c d ");
	table_release(&t);
}

static void a_long_sort_keeps_the_order_of_equals(void **state)
{
	(void)state;
	struct table t;
	static const int by_n[] = { 1 };
	make(&t);
	for (int i = 0; i < 10007; i++)
		row(&t, "x", (i * 7919) % 13, i);
	table_sort(&t, by_n, NULL, 1);
	for (size_t r = 1; r < t.nrow; r++) {
		assert_true(table_at(&t, r - 1, 1)->i <= table_at(&t, r, 1)->i);
		if (table_at(&t, r - 1, 1)->i == table_at(&t, r, 1)->i)
			assert_true(table_at(&t, r - 1, 2)->d < table_at(&t, r, 2)->d);
	}
	table_release(&t);
}

static void appending_moves_rows_and_texts(void **state)
{
	(void)state;
	struct table a, b;
	make(&a);
	make(&b);
	row(&a, "first", 1, 0);
	row(&b, "second", 2, 0);
	row(&b, NULL, 3, 0);
	table_append(&a, &b);
	assert_int_equal(b.nrow, 0);
	order_is(&a, "first second  ");
	assert_int_equal(table_find(&a, SV("share")), 2);
	assert_int_equal(table_find(&a, SV("Share")), -1);
	table_release(&a);
}

static void cells_are_spelled_for_programs(void **state)
{
	(void)state;
	struct table t;
	struct str s = STR_INIT;
	table_init(&t);
	table_col_money(&t, "eur", currency_of(SV("EUR")));
	table_col_money(&t, "jpy", currency_of(SV("JPY")));
	table_col_money(&t, "kwd", currency_of(SV("KWD")));
	table_col(&t, "share", COL_SHARE, NULL, 1);
	table_col(&t, "day", COL_DAY, NULL, -1);
	table_col(&t, "time", COL_TIME, NULL, -1);
	table_col(&t, "few", COL_REAL, NULL, -1);
	assert_string_equal(t.col[0].unit, "EUR");
	put_int(&t, -123456);
	put_int(&t, 1234567);
	put_int(&t, 5);
	put_real(&t, 0.046);
	put_int(&t, civil_day(2026, 3, 7));
	put_int(&t, wtime_instant_of(1772874842));
	put_few(&t);
	for (size_t c = 0; c < t.ncol; c++) {
		cell_text(&s, &t.col[c], table_at(&t, 0, c), NULL);
		str_putc(&s, '|');
	}
	assert_string_equal(s.p, "-1234.56|1234567|0.005|0.046|2026-03-07|2026-03-07T09:14:02Z||");
	str_release(&s);
	table_release(&t);
}

static void reasons_of_one_name_add_up(void **state)
{
	(void)state;
	struct report r;
	report_init(&r);
	explain_count(&r.explain, "used", 5);
	explain_count(&r.explain, "another currency", 2);
	explain_count(&r.explain, "used", 7);
	assert_int_equal(r.explain.nrow, 2);
	assert_int_equal(r.explain.row[0].rows, 12);
	line_add(&r.next, "wend %s", "churn");
	assert_string_equal(r.next.v[0], "wend churn");
	struct screen_block *b = report_screen(&r, "WHY");
	table_col(&b->t, "", COL_TEXT, NULL, -1);
	report_screen(&r, NULL);
	assert_int_equal(r.nscreen, 2);
	assert_string_equal(r.screen[0].heading, "WHY");
	assert_true(isnan(r.figure.ref));
	report_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorting_is_stable_and_leaves_the_unknown_last),
		cmocka_unit_test(a_long_sort_keeps_the_order_of_equals),
		cmocka_unit_test(appending_moves_rows_and_texts),
		cmocka_unit_test(cells_are_spelled_for_programs),
		cmocka_unit_test(reasons_of_one_name_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
