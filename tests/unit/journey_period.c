#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "wend/journey.h"

static void text_is(enum period_unit u, int32_t day, const char *want)
{
	struct str s = STR_INIT;
	period_text(&s, u, period_start(u, day));
	assert_string_equal(s.p, want);
	str_release(&s);
}

static void every_day_lies_in_the_period_of_its_number(void **state)
{
	(void)state;
	for (int u = PERIOD_DAY; u <= PERIOD_YEAR; u++)
		for (int32_t day = civil_day(1959, 12, 1); day < civil_day(2031, 2, 1); day++) {
			const int32_t k = period_number((enum period_unit)u, day), from = period_day((enum period_unit)u, k);
			assert_true(from <= day && day < period_day((enum period_unit)u, k + 1));
			assert_int_equal(period_start((enum period_unit)u, day), from);
			assert_int_equal(period_next((enum period_unit)u, from), period_day((enum period_unit)u, k + 1));
		}
}

static void periods_are_spelled_as_people_write_them(void **state)
{
	(void)state;
	text_is(PERIOD_DAY, civil_day(2026, 3, 7), "2026-03-07");
	text_is(PERIOD_WEEK, civil_day(2027, 1, 3), "2026-W53");
	text_is(PERIOD_WEEK, civil_day(2024, 12, 30), "2025-W01");
	text_is(PERIOD_MONTH, civil_day(2026, 10, 31), "2026-10");
	text_is(PERIOD_QUARTER, civil_day(2026, 9, 30), "2026-Q3");
	text_is(PERIOD_YEAR, civil_day(2026, 12, 31), "2026");
}

static void weeks_begin_where_they_are_told_to(void **state)
{
	(void)state;
	for (int weekday = 1; weekday <= 7; weekday++) {
		civil_weeks_begin(weekday);
		for (int32_t day = civil_day(1968, 12, 1); day < civil_day(1971, 2, 1); day++) {
			const int32_t k = period_number(PERIOD_WEEK, day), from = period_day(PERIOD_WEEK, k);
			assert_true(from <= day && day < from + 7);
			assert_int_equal(civil_weekday(from), weekday);
			assert_int_equal(period_day(PERIOD_WEEK, k + 1), from + 7);
		}
	}
	text_is(PERIOD_WEEK, civil_day(2026, 11, 21), "2026-11-15"); /* a Saturday; 7 was the last: Sunday */
	struct span s;
	assert_int_equal(span_parse(&s, SV("last-week"), civil_day(2026, 11, 22), NULL), WEND_OK);
	assert_int_equal(s.from / 86400, civil_day(2026, 11, 15));
	assert_int_equal(span_parse(&s, SV("2026-W46"), civil_day(2026, 11, 22), NULL), WEND_OK);
	assert_int_equal(s.from / 86400, civil_day(2026, 11, 9)); /* its name is ISO's */
	civil_weeks_begin(1);
	text_is(PERIOD_WEEK, civil_day(2026, 11, 21), "2026-W47");
}

static void an_unknown_period_is_refused_with_a_suggestion(void **state)
{
	enum period_unit u;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(period_parse(&u, "quarter", &err), WEND_OK);
	assert_int_equal(u, PERIOD_QUARTER);
	assert_int_equal(period_parse(&u, "mounth", &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "month"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_lies_in_the_period_of_its_number),
		cmocka_unit_test(periods_are_spelled_as_people_write_them),
		cmocka_unit_test(weeks_begin_where_they_are_told_to),
		cmocka_unit_test(an_unknown_period_is_refused_with_a_suggestion),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
