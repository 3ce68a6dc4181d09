/* Writing a field: quoting and the formula guard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/csv.h"
#include "wend/mem.h"

static uint64_t seed;

static uint32_t rnd(uint32_t n)
{
	seed += 0x9e3779b97f4a7c15u;
	return (uint32_t)((hash_mix(seed) >> 32) % n);
}

static void writes(const char *text, const char *want)
{
	struct str s = STR_INIT;

	csv_put_field(&s, sv_of(text), ',', true);
	assert_string_equal(s.p ? s.p : "", want);
	str_release(&s);
}

static void text_a_spreadsheet_would_run_gets_an_apostrophe(void **state)
{
	(void)state;
	writes("=1+1", "\"'=1+1\"");
	writes("+cmd|x", "\"'+cmd|x\"");
	writes("-2+3", "\"'-2+3\"");
	writes("@SUM(1)", "\"'@SUM(1)\"");
	writes("\tx", "\"'\tx\"");
	writes("\rx", "\"'\rx\"");
	writes("\nx", "\"'\nx\"");
	writes("\xef\xbc\x9d" "1", "\"'\xef\xbc\x9d" "1\"");
	writes("\xef\xbc\x8b" "1", "\"'\xef\xbc\x8b" "1\"");
	writes("\xef\xbc\x8d" "1", "\"'\xef\xbc\x8d" "1\"");
	writes("\xef\xbc\xa0" "x", "\"'\xef\xbc\xa0" "x\"");
	writes("\"=1+1\"", "\"'\"\"=1+1\"\"\"");
	writes("'=1", "\"''=1\"");
	writes("a;=1+1", "\"a;=1+1\"");
	writes("-", "\"'-\"");
}

static void plain_numbers_and_plain_text_are_left_alone(void **state)
{
	static const char *const same[] = { "-1", "+4930123456", "-5.00", "+1.5e-7", "-.5", "0", "'tis", "a=b", "x-1", "", "it's", "-1e9" };

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		writes(same[i], same[i]);
	writes("-1.2.3", "\"'-1.2.3\"");
	writes("-1e", "\"'-1e\"");
	writes("+49 30", "\"'+49 30\"");
}

static void quoting_follows_rfc_4180(void **state)
{
	struct str s = STR_INIT;

	(void)state;
	writes("a,b", "\"a,b\"");
	writes("say \"hi\"", "\"say \"\"hi\"\"\"");
	writes("a\nb", "\"a\nb\"");
	writes(" a", "\" a\"");
	writes("a;b", "a;b");
	csv_put_field(&s, SV("a\tb"), '\t', true);
	csv_put_field(&s, SV("=1"), '\t', false);
	assert_string_equal(s.p, "\"a\tb\"=1");
	str_release(&s);
}

/* Any text, written guarded, read back by the reader and unguarded, is itself. */
static void guarded_text_comes_back_exactly(void **state)
{
	static const char *const piece[] = {
		"=", "+", "-", "@", "'", "'", "\"", "\t", "\r", "\n", "1", ".", "e", "a", " ", ",", ";", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\xa0", "\xc3\xbc"
	};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct str text = STR_INIT, file = STR_INIT;
		struct csv_options o = { .sep = ",;\t"[i % 3] };
		struct err err = ERR_INIT;
		struct csv_record r;
		struct csv *c;
		struct sv back;

		seed = (uint64_t)i << 20;
		for (uint32_t k = 1 + rnd(7); k; k--)
			str_puts(&text, piece[rnd(sizeof piece / sizeof *piece)]);
		str_puts(&file, "x");
		str_putc(&file, o.sep);
		csv_put_field(&file, str_view(&text), o.sep, true);
		str_putc(&file, '\n');
		assert_int_equal(csv_open_bytes(&c, "t", str_view(&file), &o, &err), WEND_OK);
		assert_int_equal(csv_next(c, &r, &err), WEND_OK);
		assert_int_equal(r.verdict, CSV_RECORD);
		assert_int_equal(r.n, 2);
		back = csv_unguard(sv_n(r.f[1].p, r.f[1].n));
		if (!sv_eq(back, str_view(&text)))
			fail_msg("'%s' was written as '%s'", text.p, file.p);
		csv_close(c);
		str_release(&text);
		str_release(&file);
	}
}

static void a_first_sign_never_stands_bare(void **state)
{
	static const char signs[] = "=+-@\t\r\n";

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct str text = STR_INIT, file = STR_INIT;
		size_t at;

		seed = i;
		str_putc(&text, signs[rnd(7)]);
		for (uint32_t k = rnd(5); k; k--)
			str_putc(&text, "=+-@1a\"', "[rnd(10)]);
		str_puts(&text, "z");
		csv_put_field(&file, str_view(&text), ',', true);
		for (at = 0; at < file.n && file.p[at] == '"'; at++)
			;
		assert_int_equal(file.p[at], '\'');
		str_release(&text);
		str_release(&file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_a_spreadsheet_would_run_gets_an_apostrophe),
		cmocka_unit_test(plain_numbers_and_plain_text_are_left_alone),
		cmocka_unit_test(quoting_follows_rfc_4180),
		cmocka_unit_test(guarded_text_comes_back_exactly),
		cmocka_unit_test(a_first_sign_never_stands_bare),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
