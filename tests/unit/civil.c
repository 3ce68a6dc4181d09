/* Days, zones, stamps and spans. Offsets and instants of the zone cases were read from
 * Python 3.11 zoneinfo over tzdata 2025b. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>
#include "wend/civil.h"

static const struct zone *zone(const char *name)
{
	const struct zone *z = NULL;
	struct err e = ERR_INIT;
	if (zone_open(&z, name, &e))
		fail_msg("%s", e.msg);
	return z;
}

static int64_t secs(int y, int mo, int d, int h, int mi, int s)
{
	return (int64_t)civil_day(y, mo, d) * 86400 + h * 3600 + mi * 60 + s;
}

static void days_and_dates_are_each_others_inverse(void **state)
{
	(void)state;
	assert_int_equal(civil_day(1970, 1, 1), 0);
	assert_int_equal(civil_day(2026, 3, 7), 20519);
	assert_int_equal(civil_day(1, 1, 1), -719162);
	assert_int_equal(civil_day(9999, 12, 31), 2932896);
	int py = 0, pm = 0, pd = 0;
	civil_ymd(civil_day(1, 1, 1) - 1, &py, &pm, &pd);
	for (int32_t day = civil_day(1, 1, 1); day <= 2932896; day++) {
		int y, m, d;
		civil_ymd(day, &y, &m, &d);
		assert_true(civil_valid(y, m, d));
		assert_int_equal(civil_day(y, m, d), day);
		assert_true(d == pd + 1 || (d == 1 && (m == pm + 1 || (m == 1 && y == py + 1))));
		py = y;
		pm = m;
		pd = d;
	}
	int y, m, d;
	civil_ymd(INT32_MAX, &y, &m, &d);
	assert_int_equal(civil_day(y, m, d), INT32_MAX);
	civil_ymd(INT32_MIN, &y, &m, &d);
	assert_int_equal(civil_day(y, m, d), INT32_MIN);
}

static void dates_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	assert_true(civil_valid(2024, 2, 29));
	assert_true(civil_valid(2000, 2, 29));
	assert_false(civil_valid(2026, 2, 29));
	assert_false(civil_valid(2100, 2, 29));
	assert_false(civil_valid(2026, 4, 31));
	assert_false(civil_valid(2026, 0, 1));
	assert_false(civil_valid(2026, 13, 1));
	assert_false(civil_valid(2026, 1, 0));
	assert_false(civil_valid(0, 1, 1));
}

static void iso_weeks_follow_the_thursday(void **state)
{
	(void)state;
	static const struct { int y, m, d, wy, w, wd; } c[] = {
		{ 2026, 1, 1, 2026, 1, 4 }, { 2025, 12, 29, 2026, 1, 1 }, { 2024, 12, 30, 2025, 1, 1 },
		{ 2021, 1, 3, 2020, 53, 7 }, { 2021, 1, 4, 2021, 1, 1 }, { 2026, 12, 31, 2026, 53, 4 },
		{ 2027, 1, 3, 2026, 53, 7 }, { 2000, 1, 1, 1999, 52, 6 }, { 1969, 12, 31, 1970, 1, 3 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		int y, w;
		const int32_t day = civil_day(c[i].y, c[i].m, c[i].d);
		civil_isoweek(day, &y, &w);
		assert_int_equal(y, c[i].wy);
		assert_int_equal(w, c[i].w);
		assert_int_equal(civil_weekday(day), c[i].wd);
	}
}

static void months_end_early_and_come_back_to_the_anchor(void **state)
{
	(void)state;
	const int32_t jan31 = civil_day(2026, 1, 31);
	assert_int_equal(civil_add_months(jan31, 1, 31), civil_day(2026, 2, 28));
	assert_int_equal(civil_add_months(civil_day(2026, 2, 28), 1, 31), civil_day(2026, 3, 31));
	assert_int_equal(civil_add_months(jan31, 25, 31), civil_day(2028, 2, 29));
	assert_int_equal(civil_add_months(jan31, -2, 31), civil_day(2025, 11, 30));
	assert_int_equal(civil_add_months(civil_day(2026, 1, 15), -1, 15), civil_day(2025, 12, 15));
	assert_int_equal(civil_add_months(civil_day(2026, 12, 1), 1, 1), civil_day(2027, 1, 1));
	assert_int_equal(civil_month_days(2100, 2), 28);
}

static void offsets_follow_the_clock_changes(void **state)
{
	(void)state;
	static const struct { const char *zone; int y, mo, d, h, mi; int32_t off; } c[] = {
		{ "Europe/Berlin", 2026, 3, 29, 0, 59, 3600 },
		{ "Europe/Berlin", 2026, 3, 29, 1, 0, 7200 },
		{ "Europe/Berlin", 2026, 10, 25, 0, 59, 7200 },
		{ "Europe/Berlin", 2026, 10, 25, 1, 0, 3600 },
		{ "Europe/Berlin", 1945, 6, 1, 0, 0, 10800 },
		{ "Europe/Berlin", 1880, 1, 1, 0, 0, 3208 },
		{ "Europe/Berlin", 2100, 7, 1, 12, 0, 7200 },
		{ "Europe/Berlin", 2100, 1, 1, 12, 0, 3600 },
		{ "America/New_York", 2026, 3, 8, 6, 59, -18000 },
		{ "America/New_York", 2026, 3, 8, 7, 0, -14400 },
		{ "America/New_York", 2100, 3, 14, 6, 59, -18000 },
		{ "America/New_York", 2100, 3, 14, 7, 0, -14400 },
		{ "Australia/Lord_Howe", 2026, 4, 4, 14, 59, 39600 },
		{ "Australia/Lord_Howe", 2026, 4, 4, 15, 0, 37800 },
		{ "Australia/Lord_Howe", 2099, 12, 31, 0, 0, 39600 },
		{ "Asia/Kathmandu", 2026, 1, 1, 0, 0, 20700 },
		{ "America/Sao_Paulo", 2026, 1, 1, 0, 0, -10800 },
		{ "Pacific/Apia", 2011, 12, 30, 9, 59, -36000 },
		{ "Pacific/Apia", 2011, 12, 30, 10, 0, 50400 },
		{ "Europe/Dublin", 2050, 1, 1, 0, 0, 0 },
		{ "Europe/Dublin", 2050, 7, 1, 0, 0, 3600 },
		{ "America/Nuuk", 2050, 7, 1, 0, 0, -3600 },
		{ "Asia/Gaza", 2026, 1, 1, 0, 0, 7200 },
		{ "+02:00", 2026, 7, 1, 0, 0, 7200 },
		{ "-0330", 2026, 7, 1, 0, 0, -12600 },
		{ "UTC", 2026, 7, 1, 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		int64_t lo, hi;
		const int64_t t = secs(c[i].y, c[i].mo, c[i].d, c[i].h, c[i].mi, 0);
		const struct zone *z = zone(c[i].zone);
		const int32_t off = zone_offset(z, t, &lo, &hi);
		if (off != c[i].off)
			fail_msg("%s case %zu: %d, not %d", c[i].zone, i, off, c[i].off);
		assert_true(lo <= t && t < hi);
		if (lo != INT64_MIN)
			assert_int_equal(zone_offset(z, lo, NULL, NULL), off);
		if (hi != INT64_MAX)
			assert_int_equal(zone_offset(z, hi - 1, NULL, NULL), off);
		struct zone_cache cache = ZONE_CACHE(z);
		assert_int_equal(zone_local(&cache, t), t + off);
		assert_int_equal(zone_local(&cache, t), t + off);
	}
}

static void a_local_time_that_never_occurs_moves_forward_by_the_gap(void **state)
{
	(void)state;
	enum zone_hit hit;
	assert_int_equal(zone_instant(zone("Europe/Berlin"), secs(2026, 3, 29, 2, 30, 0), &hit), secs(2026, 3, 29, 1, 30, 0));
	assert_int_equal(hit, ZONE_NEVER);
	assert_int_equal(zone_instant(zone("America/New_York"), secs(2026, 3, 8, 2, 0, 0), &hit), secs(2026, 3, 8, 7, 0, 0));
	assert_int_equal(hit, ZONE_NEVER);
	assert_int_equal(zone_instant(zone("America/New_York"), secs(2026, 3, 8, 3, 0, 0), &hit), secs(2026, 3, 8, 7, 0, 0));
	assert_int_equal(hit, ZONE_ONCE);
	/* Half an hour: 02:00 becomes 02:30. */
	assert_int_equal(zone_instant(zone("Australia/Lord_Howe"), secs(2026, 10, 4, 2, 15, 0), &hit), secs(2026, 10, 3, 15, 45, 0));
	assert_int_equal(hit, ZONE_NEVER);
	assert_int_equal(zone_instant(zone("Europe/Berlin"), secs(2100, 3, 28, 2, 30, 0), &hit), secs(2100, 3, 28, 1, 30, 0));
	assert_int_equal(hit, ZONE_NEVER);
	/* A whole day left out. */
	assert_int_equal(zone_instant(zone("Pacific/Apia"), secs(2011, 12, 30, 12, 0, 0), &hit), secs(2011, 12, 30, 22, 0, 0));
	assert_int_equal(hit, ZONE_NEVER);
}

static void a_local_time_that_occurs_twice_is_the_first(void **state)
{
	(void)state;
	enum zone_hit hit;
	assert_int_equal(zone_instant(zone("Europe/Berlin"), secs(2026, 10, 25, 2, 30, 0), &hit), secs(2026, 10, 25, 0, 30, 0));
	assert_int_equal(hit, ZONE_TWICE);
	assert_int_equal(zone_instant(zone("Europe/Berlin"), secs(2026, 10, 25, 3, 0, 0), &hit), secs(2026, 10, 25, 2, 0, 0));
	assert_int_equal(hit, ZONE_ONCE);
	assert_int_equal(zone_instant(zone("Europe/Berlin"), secs(2026, 10, 25, 1, 59, 59), &hit), secs(2026, 10, 24, 23, 59, 59));
	assert_int_equal(hit, ZONE_ONCE);
	assert_int_equal(zone_instant(zone("Australia/Lord_Howe"), secs(2026, 4, 5, 1, 45, 0), &hit), secs(2026, 4, 4, 14, 45, 0));
	assert_int_equal(hit, ZONE_TWICE);
	assert_int_equal(zone_instant(zone("Australia/Lord_Howe"), secs(2026, 4, 5, 1, 15, 0), &hit), secs(2026, 4, 4, 14, 15, 0));
	assert_int_equal(hit, ZONE_ONCE);
}

static void a_day_begins_at_its_first_moment(void **state)
{
	(void)state;
	/* Midnight did not exist in Havana on 8 March 2026. */
	const int32_t day = civil_day(2026, 3, 8);
	assert_int_equal(wtime_instant(wtime_of_day(day), zone("America/Havana")), secs(2026, 3, 8, 5, 0, 0));
	struct zone_cache c = ZONE_CACHE(zone("America/Havana"));
	assert_int_equal(wtime_day(wtime_of_day(day), &c), day);
	assert_int_equal(wtime_day(wtime_instant_of(secs(2026, 3, 8, 5, 0, 0)), &c), day);
	assert_int_equal(wtime_day(wtime_instant_of(secs(2026, 3, 8, 4, 59, 59)), &c), day - 1);
}

static void an_unknown_zone_gets_a_suggestion(void **state)
{
	(void)state;
	static const struct { const char *name, *near; } c[] = {
		{ "Europe/Berln", "'Europe/Berlin'" }, { "berlin", "'Europe/Berlin'" }, { "New York", "'America/New_York'" },
		{ "europe/paris", "'Europe/Paris'" }, { "../../etc/passwd", "unknown time zone" }, { "", "unknown time zone" },
		{ "zone.tab", "unknown time zone" }, { "Europe", "unknown time zone" }, { "+25:00", "unknown time zone" },
		{ "/usr/share/zoneinfo/UTC", "unknown time zone" }, { "+1:00:", "unknown time zone" },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct err e = ERR_INIT;
		const struct zone *z = NULL;
		assert_int_equal(zone_open(&z, c[i].name, &e), WEND_E_USAGE);
		assert_null(z);
		if (!strstr(e.msg, c[i].near))
			fail_msg("'%s': %s", c[i].name, e.msg);
	}
}

static void put_file(const char *path, const void *p, size_t n)
{
	FILE *const f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

static void a_damaged_zone_file_is_told_from_an_unknown_zone(void **state)
{
	(void)state;
	static char whole[65536];
	FILE *const f = fopen("/usr/share/zoneinfo/Europe/Berlin", "r");
	if (!f)
		skip();
	const size_t n = fread(whole, 1, sizeof whole, f);
	fclose(f);
	char dir[] = "/tmp/wend-zones.XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	setenv("TZDIR", dir, 1);
	for (size_t cut = 4; cut < n; cut += cut < 64 ? 1 : 31) {
		char name[32];
		struct err e = ERR_INIT;
		const struct zone *z = NULL;
		snprintf(name, sizeof name, "Cut%zu", cut);
		snprintf(path, sizeof path, "%s/%s", dir, name);
		put_file(path, whole, cut);
		assert_int_equal(zone_open(&z, name, &e), WEND_E_STORE);
		assert_non_null(strstr(e.msg, "is damaged"));
		unlink(path);
	}
	/* The whole file under another name is a zone. */
	const struct zone *z = NULL;
	struct err e = ERR_INIT;
	snprintf(path, sizeof path, "%s/Whole", dir);
	put_file(path, whole, n);
	assert_int_equal(zone_open(&z, "Whole", &e), WEND_OK);
	assert_int_equal(zone_offset(z, secs(2026, 7, 1, 0, 0, 0), NULL, NULL), 7200);
	unlink(path);
	rmdir(dir);
	assert_int_equal(zone_open(&z, "Gone", &e), WEND_E_STORE);
	assert_non_null(strstr(e.msg, "install tzdata"));
	unsetenv("TZDIR");
}

static void zones_are_shared(void **state)
{
	(void)state;
	assert_ptr_equal(zone("Europe/Berlin"), zone("Europe/Berlin"));
	assert_ptr_equal(zone("Z"), zone_utc());
	assert_ptr_equal(zone("+00:00"), zone_utc());
	assert_ptr_equal(zone("+2"), zone("+02:00"));
	assert_string_equal(zone_name(zone("-0330")), "-03:30");
}

static void abbreviations_with_one_meaning_are_known(void **state)
{
	(void)state;
	int32_t off = 1;
	assert_true(zone_abbreviation(SV("CEST"), &off));
	assert_int_equal(off, 7200);
	assert_true(zone_abbreviation(SV("pdt"), &off));
	assert_int_equal(off, -25200);
	assert_true(zone_abbreviation(SV("ACDT"), &off));
	assert_int_equal(off, 37800);
	assert_true(zone_abbreviation(SV("GMT"), &off));
	assert_int_equal(off, 0);
	assert_false(zone_abbreviation(SV("IST"), &off));
	assert_false(zone_abbreviation(SV(""), &off));
}

static void iso(const char *text, int64_t local, int32_t offset_s, int kind)
{
	struct stamp st;
	if (!stamp_iso(sv_of(text), &st)) {
		if (kind >= 0)
			fail_msg("'%s' was refused", text);
		return;
	}
	if (kind < 0)
		fail_msg("'%s' was taken", text);
	assert_int_equal(secs(st.y, st.mo, st.d, st.h, st.mi, st.s), local);
	assert_int_equal(st.has_time, kind >= 1);
	assert_int_equal(st.has_offset, kind == 2);
	assert_int_equal(st.offset_s, offset_s);
}

static void iso_stamps_are_read_with_and_without_time_and_offset(void **state)
{
	(void)state;
	const int64_t t = secs(2026, 3, 7, 9, 14, 2);
	iso("2026-03-07", secs(2026, 3, 7, 0, 0, 0), 0, 0);
	iso("2026-03-07T09:14", t - 2, 0, 1);
	iso("2026-03-07 09:14:02", t, 0, 1);
	iso("2026-03-07T09:14:02.123456", t, 0, 1);
	iso("2026-03-07T09:14:02,5", t, 0, 1);
	iso("2026-03-07T09:14:02Z", t, 0, 2);
	iso("2026-03-07T09:14Z", t - 2, 0, 2);
	iso("2026-03-07 09:14:02 UTC", t, 0, 2);
	iso("2026-03-07 09:14:02 +0100", t, 3600, 2);
	iso("2026-03-07T09:14:02.5-05:30", t, -19800, 2);
	iso("2026-03-07T09:14:02+09", t, 32400, 2);
	iso("2026-02-29", 0, 0, -1);
	iso("2026-3-7", 0, 0, -1);
	iso("2026-03-07T", 0, 0, -1);
	iso("2026-03-07T9:14", 0, 0, -1);
	iso("2026-03-07T24:00", 0, 0, -1);
	iso("2026-03-07T09:60", 0, 0, -1);
	iso("2026-03-07T09:14:02.", 0, 0, -1);
	iso("2026-03-07T09:14:02+1:00", 0, 0, -1);
	iso("2026-03-07T09:14:02 ", 0, 0, -1);
	iso("2026-03-07 09:14:02 CET", 0, 0, -1);
	iso("2026-03-07x", 0, 0, -1);
	iso("2026/03/07", 0, 0, -1);
	iso("", 0, 0, -1);
}

static void patterns_read_the_stamps_of_real_exports(void **state)
{
	(void)state;
	const int64_t t = secs(2026, 3, 7, 21, 14, 0);
	static const struct { const char *pattern, *text; int64_t plus; int32_t off; bool offset; } c[] = {
		{ "%d/%m/%Y %H:%M:%S", "07/03/2026 21:14:00", 0, 0, false },
		{ "%m/%d/%y %I:%M %p", "3/7/26 9:14 PM", 0, 0, false },
		{ "%m/%d/%y %I:%M %p", "3/7/26 9:14\xe2\x80\xafPM", 0, 0, false },
		{ "%d.%m.%Y %H:%M", "07.03.2026   21:14", 0, 0, false },
		{ "%b %d, %Y %I:%M:%S %p", "Mar 7, 2026 9:14:30 p.m.", 30, 0, false },
		{ "%d %B %Y %H:%M", "7 march 2026 21:14", 0, 0, false },
		{ "%a, %d %b %Y %H:%M:%S %z", "Sat, 07 Mar 2026 21:14:00 -0500", 0, -18000, true },
		{ "%Y-%m-%dT%H:%M:%S.%f%z", "2026-03-07T21:14:00.123Z", 0, 0, true },
		{ "%Y-%m-%d %H:%M:%S %Z", "2026-03-07 21:14:00 CEST", 0, 7200, true },
		{ "%d-%b-%y %H:%M:%S %Z", "07-Mar-26 21:14:00 GMT+01:00", 0, 3600, true },
		{ "%d-%b-%y %H:%M:%S %Z", "07-Mar-26 21:14:00 UTC-5", 0, -18000, true },
		{ "%Y%m%d%H%M%S", "20260307211400", 0, 0, false },
		{ "%Y-%m-%d %H:%M %j", "2026-03-07 21:14 whatever follows", 0, 0, false },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct stamp st;
		if (!stamp_parse(sv_of(c[i].text), c[i].pattern, &st))
			fail_msg("'%s' refused by '%s'", c[i].text, c[i].pattern);
		assert_int_equal(secs(st.y, st.mo, st.d, st.h, st.mi, st.s), t + c[i].plus);
		assert_true(st.has_time);
		assert_int_equal(st.has_offset, c[i].offset);
		assert_int_equal(st.offset_s, c[i].off);
	}
	struct stamp st;
	assert_true(stamp_parse(SV("12:05 AM 1/2/99"), "%I:%M %p %m/%d/%y", &st));
	assert_int_equal(st.h, 0);
	assert_int_equal(st.y, 1999);
	assert_true(stamp_parse(SV("Sept 1 2026"), "%b %d %Y", &st));
	assert_int_equal(st.mo, 9);
	assert_false(st.has_time);
}

static void patterns_take_all_or_nothing(void **state)
{
	(void)state;
	static const char *const c[][2] = {
		{ "%d/%m/%Y", "07/13/2026" }, { "%d/%m/%Y", "31/04/2026" }, { "%d/%m/%Y", "07/03/2026 " },
		{ "%d/%m/%Y", "07/03/26" }, { "%d/%m/%Y", "" }, { "%d/%m/%Y %H:%M", "07/03/2026" },
		{ "%d/%m/%Y%H:%M", "07/03/2026 10:00" }, { "%m/%d/%Y %I:%M", "3/7/2026 9:14" },
		{ "%m/%d/%Y %I:%M %p", "3/7/2026 13:14 PM" }, { "%H:%M", "10:00" }, { "%b %d %Y", "Mxx 7 2026" },
		{ "%Y-%m-%d %Z", "2026-03-07 XYZ" }, { "%Y-%m-%d %q", "2026-03-07 1" },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct stamp st;
		if (stamp_parse(sv_of(c[i][1]), c[i][0], &st))
			fail_msg("'%s' taken by '%s'", c[i][1], c[i][0]);
	}
}

static void a_time_of_day_without_offset_needs_a_zone(void **state)
{
	(void)state;
	struct stamp st;
	int64_t w = 0;
	enum zone_hit hit;
	assert_true(stamp_iso(SV("2026-03-07T09:14"), &st));
	assert_false(stamp_wtime(&st, NULL, &w, NULL));
	assert_true(stamp_wtime(&st, zone("Europe/Berlin"), &w, &hit));
	assert_int_equal(w, wtime_instant_of(secs(2026, 3, 7, 8, 14, 0)));
	assert_true(stamp_iso(SV("2026-03-07T09:14+02:00"), &st));
	assert_true(stamp_wtime(&st, NULL, &w, NULL));
	assert_int_equal(w, wtime_instant_of(secs(2026, 3, 7, 7, 14, 0)));
	assert_true(stamp_iso(SV("2026-03-07"), &st));
	assert_true(stamp_wtime(&st, NULL, &w, NULL));
	assert_true(wtime_is_day(w));
	assert_true(stamp_iso(SV("2026-10-25T02:30"), &st));
	assert_true(stamp_wtime(&st, zone("Europe/Berlin"), &w, &hit));
	assert_int_equal(hit, ZONE_TWICE);
}

static void spans_cover_what_they_name(void **state)
{
	(void)state;
	static const struct { const char *text; int y, m, d, y2, m2, d2; } c[] = {
		{ "2026-07-01", 2026, 7, 1, 2026, 7, 2 }, { "2026-10", 2026, 10, 1, 2026, 11, 1 },
		{ "2026-12", 2026, 12, 1, 2027, 1, 1 }, { "2026-Q3", 2026, 7, 1, 2026, 10, 1 },
		{ "2026-q4", 2026, 10, 1, 2027, 1, 1 }, { "2026-W46", 2026, 11, 9, 2026, 11, 16 },
		{ "2026-W53", 2026, 12, 28, 2027, 1, 4 }, { "2026", 2026, 1, 1, 2027, 1, 1 },
		{ "2026-07..2026-09", 2026, 7, 1, 2026, 10, 1 }, { "2026-W01..2026-02-03", 2025, 12, 29, 2026, 2, 4 },
		{ "today", 2026, 5, 20, 2026, 5, 21 }, { "yesterday", 2026, 5, 19, 2026, 5, 20 },
		{ "this-week", 2026, 5, 18, 2026, 5, 25 }, { "last-week", 2026, 5, 11, 2026, 5, 18 },
		{ "this-month", 2026, 5, 1, 2026, 6, 1 }, { "last-month", 2026, 4, 1, 2026, 5, 1 },
		{ "this-quarter", 2026, 4, 1, 2026, 7, 1 }, { "last-quarter", 2026, 1, 1, 2026, 4, 1 },
		{ "this-year", 2026, 1, 1, 2027, 1, 1 }, { "last-year", 2025, 1, 1, 2026, 1, 1 },
		{ "last-month..this-month", 2026, 4, 1, 2026, 6, 1 },
	};
	const int32_t today = civil_day(2026, 5, 20);
	struct err e = ERR_INIT;
	struct span s;
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		if (span_parse(&s, sv_of(c[i].text), today, &e))
			fail_msg("%s", e.msg);
		if (s.from != secs(c[i].y, c[i].m, c[i].d, 0, 0, 0) || s.to != secs(c[i].y2, c[i].m2, c[i].d2, 0, 0, 0))
			fail_msg("'%s' is another span", c[i].text);
		assert_false(s.from_exact || s.to_exact);
	}
	assert_int_equal(span_parse(&s, SV("last-month"), civil_day(2026, 1, 31), &e), WEND_OK);
	assert_int_equal(s.from, secs(2025, 12, 1, 0, 0, 0));
	assert_int_equal(span_parse(&s, SV("last-quarter"), civil_day(2026, 2, 1), &e), WEND_OK);
	assert_int_equal(s.from, secs(2025, 10, 1, 0, 0, 0));
	assert_int_equal(span_parse(&s, SV("2026-07-01T10:00..2026-07-01T12:30:05"), today, &e), WEND_OK);
	assert_true(s.from_exact && s.to_exact);
	assert_int_equal(s.from, secs(2026, 7, 1, 10, 0, 0));
	assert_int_equal(s.to, secs(2026, 7, 1, 12, 30, 5));
	assert_int_equal(span_parse(&s, SV("2026-07-01T10:00"), today, &e), WEND_OK);
	assert_true(s.from == s.to && s.from_exact);
}

static void spans_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const char *const c[] = { "", "2026-13", "2026-Q5", "2025-W53", "2026-W00", "lst-month", "2026-07..", "..2026-07", "2026-09..2026-07", "2026-07-32", "26", "2026-07-01T10:00Z", "2026-", "0000" };
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct err e = ERR_INIT;
		struct span s;
		if (span_parse(&s, sv_of(c[i]), civil_day(2026, 5, 20), &e) != WEND_E_USAGE)
			fail_msg("'%s' was taken", c[i]);
		assert_true(e.msg[0]);
	}
	struct err e = ERR_INIT;
	struct span s;
	span_parse(&s, SV("lst-month"), 0, &e);
	assert_non_null(strstr(e.msg, "did you mean 'last-month'"));
}

static void times_are_written_with_their_offset(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	const int64_t t = wtime_instant_of(secs(2026, 3, 7, 14, 14, 2));
	wtime_text(&s, t, zone("America/New_York"));
	str_putc(&s, ' ');
	wtime_text(&s, t, zone_utc());
	str_putc(&s, ' ');
	wtime_text(&s, t, zone("Europe/London"));
	str_putc(&s, ' ');
	wtime_text(&s, wtime_of_day(civil_day(2026, 3, 7)), zone("America/New_York"));
	str_putc(&s, ' ');
	wtime_text(&s, WEND_NONE, zone_utc());
	wtime_text(&s, wtime_instant_of(secs(1880, 1, 1, 0, 0, 0)), zone("Europe/Berlin"));
	str_putc(&s, ' ');
	day_text(&s, civil_day(800, 12, 25));
	assert_string_equal(s.p, "2026-03-07T09:14:02-05:00 2026-03-07T14:14:02Z 2026-03-07T14:14:02+00:00 2026-03-07 1880-01-01T00:00:00Z 0800-12-25");
	str_reset(&s);
	wtime_text(&s, INT64_MAX - 1, zone("Europe/Berlin"));
	wtime_text(&s, INT64_MIN + 2, zone("Europe/Berlin"));
	assert_string_equal(s.p, "@4611686018427387903@-4611686018427387903");
	str_release(&s);
}

static void the_clock_can_be_fixed(void **state)
{
	(void)state;
	setenv("WEND_NOW", "1700000000", 1);
	assert_int_equal(clock_now(), 1700000000);
	setenv("WEND_NOW", "2026-03-07T09:14:02+01:00", 1);
	assert_int_equal(clock_now(), secs(2026, 3, 7, 8, 14, 2));
	unsetenv("WEND_NOW");
	assert_true(clock_now() > 1700000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_and_dates_are_each_others_inverse),
		cmocka_unit_test(dates_that_do_not_exist_are_refused),
		cmocka_unit_test(iso_weeks_follow_the_thursday),
		cmocka_unit_test(months_end_early_and_come_back_to_the_anchor),
		cmocka_unit_test(offsets_follow_the_clock_changes),
		cmocka_unit_test(a_local_time_that_never_occurs_moves_forward_by_the_gap),
		cmocka_unit_test(a_local_time_that_occurs_twice_is_the_first),
		cmocka_unit_test(a_day_begins_at_its_first_moment),
		cmocka_unit_test(an_unknown_zone_gets_a_suggestion),
		cmocka_unit_test(a_damaged_zone_file_is_told_from_an_unknown_zone),
		cmocka_unit_test(zones_are_shared),
		cmocka_unit_test(abbreviations_with_one_meaning_are_known),
		cmocka_unit_test(iso_stamps_are_read_with_and_without_time_and_offset),
		cmocka_unit_test(patterns_read_the_stamps_of_real_exports),
		cmocka_unit_test(patterns_take_all_or_nothing),
		cmocka_unit_test(a_time_of_day_without_offset_needs_a_zone),
		cmocka_unit_test(spans_cover_what_they_name),
		cmocka_unit_test(spans_that_make_no_sense_are_refused),
		cmocka_unit_test(times_are_written_with_their_offset),
		cmocka_unit_test(the_clock_can_be_fixed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
