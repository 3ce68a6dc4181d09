/* Views, growing strings, numbers as text, UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdlib.h>
#include <cmocka.h>
#include "wend/str.h"

static uint64_t seed = 88172645463325252u;
static uint64_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static void reads_as(double v, const char *text)
{
	struct str s = STR_INIT;
	str_real(&s, v);
	assert_string_equal(s.p ? s.p : "", text);
	str_release(&s);
}

static void reals_are_printed_as_people_would_write_them(void **state)
{
	(void)state;
	reads_as(0, "0");
	reads_as(-0.0, "0");
	reads_as(0.1, "0.1");
	reads_as(1.0 / 3, "0.3333333333333333");
	reads_as(2.5, "2.5");
	reads_as(-17.25, "-17.25");
	reads_as(100, "100");
	reads_as(1e15, "1e+15");
	reads_as(999999999999999.0, "999999999999999");
	reads_as(1e-7, "1e-07");
	reads_as(5e-324, "5e-324");
	reads_as(1.7976931348623157e308, "1.7976931348623157e+308");
	reads_as(0.1 + 0.2, "0.30000000000000004");
	reads_as(0.0001, "0.0001");
	reads_as(0.5, "0.5");
	reads_as(123456.789, "123456.789");
	reads_as(9007199254740.993, "9007199254740.992");
	reads_as(0.30000000000000016, "0.30000000000000016");
	reads_as(999999999999999.9, "999999999999999.9");
	reads_as(NAN, "");
	reads_as(INFINITY, "inf");
	reads_as(-INFINITY, "-inf");
}

static void any_double_reads_back_the_same_and_no_shorter_text_would(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	for (int i = 0; i < 60000; i++) {
		uint64_t bits = any();
		double v, back;
		if (i % 4 == 0)
			v = (double)((int64_t)any() >> (i % 50)) / 1000;
		else if (i % 4 == 1) /* the range of everyday figures */
			v = ldexp((double)(bits >> 11), -53 - 13 + (int)(bits % 62));
		else if (i % 4 == 2) /* small shares */
			v = ldexp((double)(bits >> 11), -53 - 8 - (int)(bits % 32));
		else
			memcpy(&v, &bits, 8);
		if (isnan(v) || isinf(v))
			continue;
		str_reset(&s);
		str_real(&s, v);
		assert_true(sv_real(str_view(&s), &back));
		if (back != v)
			fail_msg("%.17g became %s", v, s.p);
		if (fabs(v) < 1e15 && fabs(v) > 1e-300 && v != trunc(v)) { /* written as the C library writes it */
			char text[40];
			for (int precision = 15; precision <= 17; precision++) {
				snprintf(text, sizeof text, "%.*g", precision, v);
				if (strtod(text, NULL) == v)
					break;
			}
			assert_string_equal(s.p, text);
		}
		/* As many digits as the C library needs when it is allowed one more each time. */
		size_t digits = 0, zeros = 0;
		for (const char *p = s.p; *p && *p != 'e'; p++) {
			if (*p < '0' || *p > '9' || (!digits && *p == '0'))
				continue;
			digits++;
			zeros = *p == '0' ? zeros + 1 : 0;
		}
		if (strchr(s.p, '.') || strchr(s.p, 'e')) {
			char text[40];
			size_t need = 0;
			do
				snprintf(text, sizeof text, "%.*e", (int)need++, v);
			while (strtod(text, NULL) != v);
			if (digits - zeros > need)
				fail_msg("%.17g became %s, %zu digits would do", v, s.p, need);
		}
	}
	str_release(&s);
}

static void only_whole_numbers_are_integers(void **state)
{
	(void)state;
	int64_t v;
	static const char *const bad[] = { "", "-", "+", "1 ", " 1", "1.0", "0x1", "9223372036854775808", "-9223372036854775809", "99999999999999999999999", "1e3" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(sv_int(sv_of(bad[i]), &v));
	assert_true(sv_int(SV("9223372036854775807"), &v) && v == INT64_MAX);
	assert_true(sv_int(SV("-9223372036854775808"), &v) && v == INT64_MIN);
	assert_true(sv_int(SV("+007"), &v) && v == 7);
	assert_true(sv_int(SV("-0"), &v) && v == 0);
}

static void reals_are_read_as_the_c_library_reads_them(void **state)
{
	(void)state;
	double v;
	static const char *const bad[] = { "", ".", "-", "1,5", "1e", "1e+", "inf", "nan", "0x10", "1.5.2", " 1", "1 ", "--1", "1e999" };
	static const char *const good[] = { "1", "-1.5", ".5", "5.", "1e3", "1.25E-4", "+3", "123456789012345.678", "0.000001", "1e-400", "0.1", "3.14159265358979" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (sv_real(sv_of(bad[i]), &v))
			fail_msg("'%s' was read", bad[i]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(sv_real(sv_of(good[i]), &v));
		assert_true(v == strtod(good[i], NULL));
	}
	for (int i = 0; i < 20000; i++) {
		char text[40];
		snprintf(text, sizeof text, "%lld.%0*lld", (long long)(any() % 10000000), 1 + (int)(any() % 7), (long long)(any() % 10));
		assert_true(sv_real(sv_of(text), &v));
		assert_true(v == strtod(text, NULL));
	}
}

/* Short texts are read eight bytes at once: what is a number and which it is does not change. */
static void short_reals_are_those_of_the_c_library(void **state)
{
	(void)state;
	static const char letters[] = "0123456789012345678901234567890123456789....--+ /:e\x80";
	size_t numbers = 0;
	for (int i = 0; i < 2000000; i++) {
		char text[12];
		double v = 0;
		const size_t n = 1 + any() % 9;
		for (size_t k = 0; k < n; k++)
			text[k] = letters[any() % (sizeof letters - 1)];
		text[n] = '\0';
		const size_t sign = *text == '-' || *text == '+', whole = strspn(text + sign, "0123456789");
		const size_t point = text[sign + whole] == '.', rest = point ? strspn(text + sign + whole + 1, "0123456789") : 0;
		const bool got = sv_real(sv_n(text, n), &v);
		if (strchr(text, 'e') && got)
			continue; /* the other tests have these */
		const bool want = whole + rest && sign + whole + point + rest == n;
		if (got != want)
			fail_msg("'%s' is %sread", text, got ? "" : "not ");
		if (want && (v != strtod(text, NULL) || signbit(v) != (*text == '-')))
			fail_msg("'%s' is %.17g", text, v);
		numbers += want;
	}
	assert_true(numbers > 100000);
}

static void minor_units_get_their_point(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	static const struct { int64_t minor; int e; const char *text; } c[] = {
		{ 12345, 2, "123.45" }, { -5, 2, "-0.05" }, { 0, 2, "0.00" }, { 7, 0, "7" }, { 1234, 3, "1.234" },
		{ 999, 3, "0.999" }, { INT64_MIN, 2, "-92233720368547758.08" }, { 100, 2, "1.00" }
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		str_reset(&s);
		str_minor(&s, c[i].minor, c[i].e);
		assert_string_equal(s.p, c[i].text);
	}
	str_release(&s);
}

static void ids_sort_numbers_by_value_then_bytes(void **state)
{
	(void)state;
	static const char *const order[] = { "0", "00", "2", "7", "07", "10", "99999999999999999999", "100000000000000000000", "", "-1", "A", "A10", "A2", "NA", "a", "\xc3\xa9" };
	size_t n = sizeof order / sizeof *order;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			int c = sv_natcmp(sv_of(order[i]), sv_of(order[j]));
			if ((c > 0) - (c < 0) != (i > j) - (i < j))
				fail_msg("'%s' against '%s': %d", order[i], order[j], c);
		}
}

static void views_are_cut_trimmed_and_searched(void **state)
{
	(void)state;
	struct sv rest = SV("a,,b,"), head;
	assert_true(sv_cut(&rest, ',', &head) && sv_is(head, "a"));
	assert_true(sv_cut(&rest, ',', &head) && head.n == 0);
	assert_true(sv_cut(&rest, ',', &head) && sv_is(head, "b"));
	assert_true(sv_cut(&rest, ',', &head) && head.n == 0);
	assert_false(sv_cut(&rest, ',', &head));
	rest = SV("");
	assert_true(sv_cut(&rest, ',', &head) && head.n == 0);
	assert_false(sv_cut(&rest, ',', &head));
	assert_true(sv_is(sv_trim(SV(" \t\xc2\xa0x y\xe2\x80\xaf\r\n")), "x y"));
	assert_true(sv_is(sv_trim(SV("  ")), ""));
	assert_true(sv_is(sv_trim(SV("\xe2\x80\xa6")), "\xe2\x80\xa6"));
	assert_int_equal(sv_find(SV("needle in hay"), SV("in")), 7);
	assert_int_equal(sv_find(SV("in"), SV("inn")), -1);
	assert_int_equal(sv_find(SV(""), SV("")), 0);
	assert_true(sv_ieq(SV("EuR"), SV("eUr")));
	assert_false(sv_ieq(SV("eur"), SV("euro")));
	assert_true(sv_starts(SV("abc"), "ab") && !sv_starts(SV("a"), "ab"));
	assert_true(sv_ends(SV("abc"), "bc") && !sv_ends(SV("c"), "bc"));
	assert_int_equal(sv_trim(SV_NONE).n, 0);
}

static void a_string_grows_and_stays_terminated(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	for (int i = 0; i < 5000; i++) {
		str_printf(&s, "%d,", i % 10);
		assert_int_equal(s.p[s.n], 0);
	}
	assert_int_equal(s.n, 10000);
	str_reset(&s);
	assert_string_equal(s.p, "");
	str_add(&s, "a\0b", 3);
	assert_int_equal(s.n, 3);
	char *p = str_detach(&s);
	assert_memory_equal(p, "a\0b", 4);
	free(p);
	p = str_detach(&s);
	assert_string_equal(p, "");
	free(p);
}

static void only_well_formed_utf8_is_valid(void **state)
{
	(void)state;
	static const char *const good[] = { "", "plain ascii, long enough for a word", "\xc3\xa9", "\xe6\x9d\xb1\xe4\xba\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf" };
	static const struct { const char *text; size_t at; } bad[] = {
		{ "\xc0\xaf", 0 }, { "\xe0\x80\xaf", 0 }, { "a\xed\xa0\x80", 1 }, { "\xf4\x90\x80\x80", 0 }, { "ab\xff", 2 },
		{ "\xc3", 0 }, { "\xe6\x9d", 0 }, { "12345678\x80", 8 }, { "\xf8\x88\x80\x80\x80", 0 }, { "\xc1\xbf", 0 }
	};
	size_t at;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(utf8_valid(good[i], strlen(good[i]), NULL));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(utf8_valid(bad[i].text, strlen(bad[i].text), &at));
		assert_int_equal(at, bad[i].at);
	}
}

static void code_points_survive_a_round_trip(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	for (uint32_t cp = 1; cp < 0x110000; cp += cp < 0x3000 ? 1 : 257) {
		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		str_reset(&s);
		utf8_put(&s, cp);
		struct sv v = str_view(&s);
		assert_int_equal(utf8_next(&v), cp);
		assert_int_equal(utf8_next(&v), -1);
	}
	str_release(&s);
}

static void width_counts_cells_not_bytes(void **state)
{
	(void)state;
	static const struct { const char *text; int cells; } c[] = {
		{ "", 0 }, { "abc", 3 }, { "\xe6\x9d\xb1\xe4\xba\xac", 4 } /* 東京 */, { "e\xcc\x81", 1 }, { "\xc3\xa9", 1 },
		{ "\xf0\x9f\x98\x80", 2 } /* emoji */, { "\xe2\x80\x8b", 0 } /* zero width space */,
		{ "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", 2 } /* a family */,
		{ "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", 2 } /* with a skin tone */, { "\xef\xbd\xb1", 1 } /* half-width katakana */,
		{ "\xef\xbc\xa1", 2 } /* full-width A */, { "\xed\x95\x9c", 2 } /* Hangul */, { "\xe2\x82\xac", 1 } /* euro */
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		if (utf8_width(sv_of(c[i].text)) != c[i].cells)
			fail_msg("'%s' is %d cells, not %d", c[i].text, utf8_width(sv_of(c[i].text)), c[i].cells);
}

static void folding_makes_spellings_equal(void **state)
{
	(void)state;
	static const struct { const char *in, *out; } c[] = {
		{ "Ann@Example.COM", "ann@example.com" }, { "STRASSE", "strasse" }, { "Stra\xc3\x9f" "e", "strasse" },
		{ "\xc3\x89" "COLE", "\xc3\xa9" "cole" }, { "E\xcc\x81", "\xc3\xa9" }, { "\xce\xa3", "\xcf\x83" }, { "", "" }, { "bad \xff byte", "bad \xff byte" }
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct str s = STR_INIT;
		utf8_fold(&s, sv_of(c[i].in));
		assert_string_equal(s.p ? s.p : "", c[i].out);
		str_release(&s);
	}
}

static void halves_are_rounded_away_from_zero(void **state)
{
	(void)state;
	static const struct { double v; int decimals; const char *want; } c[] = {
		{ 146.625, 2, "146.63" }, { 117300 / 100.0 / 8, 2, "146.63" }, { 1.005, 2, "1.01" }, { -2.5, 0, "-3" }, { 0.5, 0, "1" }, { 0.4999, 0, "0" },
		{ -0.004, 2, "0.00" }, { 1e15, 0, "1000000000000000" }, { 3, 2, "3.00" },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct str s = STR_INIT;
		str_fixed(&s, c[i].v, c[i].decimals);
		assert_string_equal(s.p, c[i].want);
		str_release(&s);
	}
}

static void control_characters_become_visible(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	utf8_visible(&s, SV("a\x1b[31m\x07\x7f\xc2\x9b\xe2\x80\xae" "b\xff\n\xe6\x9d\xb1"));
	assert_string_equal(s.p, "a\\x1b[31m\\x07\\x7f\\x9b\\u202eb\\xff\\x0a\xe6\x9d\xb1");
	str_release(&s);
}

static void phrases_are_found_however_people_write_them(void **state)
{
	static const char *const words[] = { "past due", "unpaid", NULL };
	(void)state;
	assert_true(sv_says(SV("Invoice PAST-DUE since May"), words, false));
	assert_true(sv_says(SV("past_due"), words, true));
	assert_true(sv_says(SV("Unpaid"), words, true));
	assert_false(sv_says(SV("unpaid bills"), words, true));
	assert_false(sv_says(SV("pastdue"), words, false));
	assert_false(sv_says((struct sv){ "past\0due", 8 }, words, false));
	assert_false(sv_says(SV(""), words, false));
	assert_false(sv_says(SV_NONE, words, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reals_are_printed_as_people_would_write_them),
		cmocka_unit_test(any_double_reads_back_the_same_and_no_shorter_text_would),
		cmocka_unit_test(only_whole_numbers_are_integers),
		cmocka_unit_test(reals_are_read_as_the_c_library_reads_them),
		cmocka_unit_test(short_reals_are_those_of_the_c_library),
		cmocka_unit_test(minor_units_get_their_point),
		cmocka_unit_test(ids_sort_numbers_by_value_then_bytes),
		cmocka_unit_test(views_are_cut_trimmed_and_searched),
		cmocka_unit_test(a_string_grows_and_stays_terminated),
		cmocka_unit_test(only_well_formed_utf8_is_valid),
		cmocka_unit_test(code_points_survive_a_round_trip),
		cmocka_unit_test(width_counts_cells_not_bytes),
		cmocka_unit_test(folding_makes_spellings_equal),
		cmocka_unit_test(halves_are_rounded_away_from_zero),
		cmocka_unit_test(control_characters_become_visible),
		cmocka_unit_test(phrases_are_found_however_people_write_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
