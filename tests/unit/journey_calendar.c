#include "fixture.h"

static int64_t at(const struct zone *z, const char *local)
{
	struct stamp st;
	int64_t w;
	assert_true(stamp_iso(sv_of(local), &st));
	assert_true(stamp_wtime(&st, z, &w, NULL));
	return wtime_instant(w, z);
}

static void set(struct fixture *x, const char *section, const char *name, const char *value)
{
	struct err err = ERR_INIT;
	fx_ok(store_set(x->s, section, name, value, "test", &err), &err);
}

static void without_settings_business_is_monday_to_friday_nine_to_five(void **state)
{
	struct fixture x;
	struct calendar *c;
	struct err err = ERR_INIT;
	struct arena a = ARENA_INIT;
	const struct zone *z = zone_utc();
	(void)state;
	fx_open(&x);
	fx_ok(calendar_open(&c, x.s, NULL, z, &a, &err), &err);
	/* Friday 16:00 to Monday 10:00 */
	assert_int_equal(calendar_seconds(c, at(z, "2026-03-06T16:00Z"), at(z, "2026-03-09T10:00Z")), 2 * 3600);
	assert_int_equal(calendar_seconds(c, at(z, "2026-03-09T10:00Z"), at(z, "2026-03-06T16:00Z")), -2 * 3600);
	assert_int_equal(calendar_end_of_next_day(c, at(z, "2026-03-06T16:00Z")), at(z, "2026-03-09T17:00Z"));
	assert_true(calendar_open_at(c, at(z, "2026-03-06T16:59Z")));
	assert_false(calendar_open_at(c, at(z, "2026-03-06T17:00Z")));
	assert_false(calendar_open_at(c, at(z, "2026-03-07T12:00Z")));
	arena_release(&a);
	fx_close(&x);
}

static void a_location_has_its_own_hours_breaks_and_holidays(void **state)
{
	struct fixture x;
	struct calendar *c;
	struct err err = ERR_INIT;
	struct arena a = ARENA_INIT;
	const struct zone *z;
	(void)state;
	fx_open(&x);
	fx_ok(zone_open(&z, "Europe/Lisbon", &err), &err);
	set(&x, "calendar", "monday", "08:00-12:00");
	set(&x, "calendar \"Lisbon\"", "tuesday", "09:00-13:00, 14:00-18:00");
	set(&x, "calendar \"Lisbon\"", "saturday", "closed");
	set(&x, "calendar \"Lisbon\"", "holiday", "2026-12-22, 2026-12-28..2026-12-29");
	fx_ok(calendar_open(&c, x.s, "Lisbon", z, &a, &err), &err);
	/* Monday 14 December all day: the general calendar; Tuesday with its break */
	assert_int_equal(calendar_seconds(c, at(z, "2026-12-14T00:00"), at(z, "2026-12-15T00:00")), 4 * 3600);
	assert_int_equal(calendar_seconds(c, at(z, "2026-12-15T12:30"), at(z, "2026-12-15T14:30")), 3600);
	/* 22, 28 and 29 December are closed; next open day after Monday 21 is Monday 4 January... */
	assert_int_equal(calendar_end_of_next_day(c, at(z, "2026-12-21T10:00")), at(z, "2027-01-04T12:00"));
	arena_release(&a);
	fx_close(&x);
}

static void hours_are_local_across_a_clock_change(void **state)
{
	struct fixture x;
	struct calendar *c;
	struct err err = ERR_INIT;
	struct arena a = ARENA_INIT;
	const struct zone *z;
	(void)state;
	fx_open(&x);
	fx_ok(zone_open(&z, "Europe/Berlin", &err), &err);
	fx_ok(calendar_open(&c, x.s, "", z, &a, &err), &err);
	/* Friday before and Monday after the change of 29 March 2026: nine o'clock is nine o'clock */
	assert_int_equal(calendar_seconds(c, at(z, "2026-03-27T09:00"), at(z, "2026-03-30T17:00")), 16 * 3600);
	set(&x, "calendar", "sunday", "00:00-06:00");
	fx_ok(calendar_open(&c, x.s, "", z, &a, &err), &err);
	assert_int_equal(calendar_seconds(c, at(z, "2026-03-29T00:00"), at(z, "2026-03-30T00:00")), 5 * 3600);
	arena_release(&a);
	fx_close(&x);
}

static void hours_that_make_no_sense_are_refused(void **state)
{
	struct fixture x;
	struct calendar *c;
	struct err err = ERR_INIT;
	struct arena a = ARENA_INIT;
	(void)state;
	fx_open(&x);
	set(&x, "calendar", "monday", "17:00-09:00");
	assert_int_equal(calendar_open(&c, x.s, "", zone_utc(), &a, &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "monday"));
	arena_release(&a);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_settings_business_is_monday_to_friday_nine_to_five),
		cmocka_unit_test(a_location_has_its_own_hours_breaks_and_holidays),
		cmocka_unit_test(hours_are_local_across_a_clock_change),
		cmocka_unit_test(hours_that_make_no_sense_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
