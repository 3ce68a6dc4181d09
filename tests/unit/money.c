/* Currencies and numbers. Exponents: ISO 4217 list one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/money.h"

#define CUR(s) ((uint32_t)(s)[0] << 16 | (uint32_t)(s)[1] << 8 | (uint32_t)(s)[2])

static void currencies_have_their_number_of_decimals(void **state)
{
	(void)state;
	static const struct { const char *codes; int exponent; } c[] = {
		{ "JPY KRW CLP VND ISK UGX XAF XOF XPF PYG RWF KMF GNF DJF BIF VUV UYI", 0 },
		{ "EUR USD GBP MRU MGA CHF AED ZWG AFN INR HUF TWD IDR COP TRY XCG SLE VED", 2 },
		{ "BHD IQD JOD KWD LYD OMR TND", 3 },
		{ "CLF UYW", 4 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		for (const char *p = c[i].codes; *p; p += p[3] ? 4 : 3) {
			const currency k = currency_of(sv_n(p, 3));
			if (!k || currency_exponent(k) != c[i].exponent)
				fail_msg("%.3s", p);
			char back[4];
			currency_text(back, k);
			assert_memory_equal(back, p, 3);
		}
	}
	assert_int_equal(currency_of(SV("eur")), CUR("EUR"));
	assert_int_equal(currency_of(SV("XXX")), 0);
	assert_int_equal(currency_of(SV("EURO")), 0);
	assert_int_equal(currency_of(SV("E U")), 0);
	assert_int_equal(currency_of(SV("")), 0);
	assert_int_equal(currency_exponent(0), -1);
}

static void symbols_with_one_meaning_are_known(void **state)
{
	(void)state;
	assert_int_equal(currency_symbol(SV("€")), CUR("EUR"));
	assert_int_equal(currency_symbol(SV("£")), CUR("GBP"));
	assert_int_equal(currency_symbol(SV("AU $")), CUR("AUD"));
	assert_int_equal(currency_symbol(SV("US$")), CUR("USD"));
	assert_int_equal(currency_symbol(SV("C $")), CUR("CAD"));
	assert_int_equal(currency_symbol(SV("zł")), CUR("PLN"));
	assert_int_equal(currency_symbol(SV("$")), 0);
	assert_int_equal(currency_symbol(SV("kr")), 0);
	assert_int_equal(currency_symbol(SV("¥")), 0);
	assert_int_equal(currency_symbol(SV("points")), 0);
}

struct number {
	const char *text;
	char decimal;
	int exponent;
	enum num_status status;
	int64_t value;
	const char *seen;
	bool bare;
};

static void check(const struct number *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t v = -99;
		currency seen = 1;
		bool bare = true;
		const enum num_status st = num_scaled(sv_of(c[i].text), (struct numfmt){ c[i].decimal }, c[i].exponent, &v, &seen, &bare);
		if (st != c[i].status)
			fail_msg("'%s': status %d, not %d", c[i].text, (int)st, (int)c[i].status);
		if (st != NUM_OK)
			continue;
		if (v != c[i].value)
			fail_msg("'%s': %lld, not %lld", c[i].text, (long long)v, (long long)c[i].value);
		if (seen != (c[i].seen ? CUR(c[i].seen) : 0) || bare != c[i].bare)
			fail_msg("'%s': other currency", c[i].text);
	}
}

static void every_layout_is_read_exactly(void **state)
{
	(void)state;
	static const struct number c[] = {
		{ "123.45", '.', 2, NUM_OK, 12345, NULL, false }, { "-0.07", '.', 2, NUM_OK, -7, NULL, false },
		{ "0", 0, 2, NUM_OK, 0, NULL, false }, { "5", 0, 2, NUM_OK, 500, NULL, false },
		{ "007", 0, 0, NUM_OK, 7, NULL, false }, { "123.4", 0, 2, NUM_OK, 12340, NULL, false },
		{ "123.450000", '.', 2, NUM_OK, 12345, NULL, false }, { "1,234.56", 0, 2, NUM_OK, 123456, NULL, false },
		{ "1.234,56", 0, 2, NUM_OK, 123456, NULL, false }, { "1 234,56 €", 0, 2, NUM_OK, 123456, "EUR", false },
		{ "1\xc2\xa0" "234,56", ',', 2, NUM_OK, 123456, NULL, false },
		{ "1\xe2\x80\xaf" "234\xe2\x80\xaf" "567,8", ',', 2, NUM_OK, 123456780, NULL, false },
		{ "1'234.50", '.', 2, NUM_OK, 123450, NULL, false }, { "CHF 1\xe2\x80\x99" "234.50", 0, 2, NUM_OK, 123450, "CHF", false },
		{ "(500.00)", '.', 2, NUM_OK, -50000, NULL, false }, { "($500.00)", '.', 2, NUM_OK, -50000, NULL, true },
		{ "$(500.00)", '.', 2, NUM_OK, -50000, NULL, true }, { "-23,00", 0, 2, NUM_OK, -2300, NULL, false },
		{ "$1,055.00", 0, 2, NUM_OK, 105500, NULL, true }, { "-$1,055.00", 0, 2, NUM_OK, -105500, NULL, true },
		{ "$-5.00", 0, 2, NUM_OK, -500, NULL, true }, { "AU $3,013.00", 0, 2, NUM_OK, 301300, "AUD", false },
		{ "5000-", 0, 2, NUM_OK, -500000, NULL, false }, { "\xe2\x88\x92" "5,00 \xe2\x82\xac", 0, 2, NUM_OK, -500, "EUR", false },
		{ "+4.20", 0, 2, NUM_OK, 420, NULL, false }, { ".50", 0, 2, NUM_OK, 50, NULL, false },
		{ "$.50", 0, 2, NUM_OK, 50, NULL, true }, { "Rs.500", 0, 2, NUM_OK, 50000, NULL, true },
		{ "1,23,456.00", 0, 2, NUM_OK, 12345600, NULL, false }, { "12,34,567", 0, 2, NUM_OK, 123456700, NULL, false },
		{ "1,23,45,678.9", '.', 2, NUM_OK, 1234567890, NULL, false }, { "1,234,567", 0, 2, NUM_OK, 123456700, NULL, false },
		{ "1.234.567", 0, 0, NUM_OK, 1234567, NULL, false }, { "1,234", '.', 2, NUM_OK, 123400, NULL, false },
		{ "1,234", ',', 3, NUM_OK, 1234, NULL, false }, { "0,123", 0, 3, NUM_OK, 123, NULL, false },
		{ "1234.567", 0, 3, NUM_OK, 1234567, NULL, false }, { "12.5", 0, 3, NUM_OK, 12500, NULL, false },
		{ "¥1,000", '.', 0, NUM_OK, 1000, NULL, true }, { "1000.00", '.', 0, NUM_OK, 1000, NULL, false },
		{ "12.50 USD", 0, 2, NUM_OK, 1250, "USD", false }, { "$12.50 USD", 0, 2, NUM_OK, 1250, "USD", false },
		{ "usd12.50", 0, 2, NUM_OK, 1250, "USD", false }, { "249,00 kr.", 0, 2, NUM_OK, 24900, NULL, true },
		{ "  12.50\xc2\xa0", '.', 2, NUM_OK, 1250, NULL, false }, { "-0", 0, 2, NUM_OK, 0, NULL, false },
		{ "92233720368547758.07", '.', 2, NUM_OK, INT64_MAX, NULL, false },
		{ "-92233720368547758.07", '.', 2, NUM_OK, -INT64_MAX, NULL, false },
	};
	check(c, sizeof c / sizeof *c);
}

static void what_is_no_number_is_refused(void **state)
{
	(void)state;
	static const struct number c[] = {
		{ "", 0, 2, NUM_EMPTY, 0, NULL, false }, { "  \xc2\xa0", 0, 2, NUM_EMPTY, 0, NULL, false },
		{ "-", 0, 2, NUM_BAD, 0, NULL, false }, { "abc", 0, 2, NUM_BAD, 0, NULL, false },
		{ "1,23,4", 0, 2, NUM_BAD, 0, NULL, false }, { "1,23,4", '.', 2, NUM_BAD, 0, NULL, false },
		{ "1,23", '.', 2, NUM_BAD, 0, NULL, false }, { "123.45", ',', 2, NUM_BAD, 0, NULL, false },
		{ "1,2345.00", 0, 2, NUM_BAD, 0, NULL, false }, { "1234,567.00", 0, 2, NUM_BAD, 0, NULL, false },
		{ "1.234,567.89", 0, 2, NUM_BAD, 0, NULL, false }, { "1,234 567.89", 0, 2, NUM_BAD, 0, NULL, false },
		{ "1..5", 0, 2, NUM_BAD, 0, NULL, false }, { "5.", 0, 2, NUM_BAD, 0, NULL, false },
		{ "1.2.3", 0, 2, NUM_BAD, 0, NULL, false }, { "12%", 0, 2, NUM_BAD, 0, NULL, false },
		{ "1e5", 0, 2, NUM_BAD, 0, NULL, false }, { "0x10", 0, 2, NUM_BAD, 0, NULL, false },
		{ "--5", 0, 2, NUM_BAD, 0, NULL, false }, { "-(5.00)", 0, 2, NUM_BAD, 0, NULL, false },
		{ "-5-", 0, 2, NUM_BAD, 0, NULL, false }, { "(5.00", 0, 2, NUM_BAD, 0, NULL, false },
		{ "5.00)", 0, 2, NUM_BAD, 0, NULL, false }, { "5-6", 0, 2, NUM_BAD, 0, NULL, false },
		{ "12 apples", 0, 2, NUM_BAD, 0, NULL, false }, { "€5.00 USD", 0, 2, NUM_BAD, 0, NULL, false },
		{ "1  234", 0, 2, NUM_BAD, 0, NULL, false }, { "0,001,234", '.', 2, NUM_BAD, 0, NULL, false },
		{ "12 34", 0, 2, NUM_BAD, 0, NULL, false }, { "2026-03-07", 0, 2, NUM_BAD, 0, NULL, false },
		{ "NaN", 0, 2, NUM_BAD, 0, NULL, false }, { "\xd9\xa1\xd9\xa2", 0, 2, NUM_BAD, 0, NULL, false },
		{ "1,234", 0, 2, NUM_AMBIGUOUS, 0, NULL, false }, { "12.345", 0, 2, NUM_AMBIGUOUS, 0, NULL, false },
		{ "-€123,456", 0, 2, NUM_AMBIGUOUS, 0, NULL, false },
		{ "1.005", '.', 2, NUM_TOO_FINE, 0, NULL, false }, { "0.5", 0, 0, NUM_TOO_FINE, 0, NULL, false },
		{ "92233720368547758.08", '.', 2, NUM_RANGE, 0, NULL, false },
		{ "99999999999999999999999999", '.', 2, NUM_RANGE, 0, NULL, false },
		{ "9999999999999999999", '.', 0, NUM_RANGE, 0, NULL, false },
	};
	check(c, sizeof c / sizeof *c);
}

static void the_text_proves_its_decimal_mark_or_nothing(void **state)
{
	(void)state;
	static const struct { const char *text; char mark; } c[] = {
		{ "1,234.56", '.' }, { "1.234,56", ',' }, { "12.5", '.' }, { "12,5", ',' }, { "1,234", 0 }, { "1.234", 0 },
		{ "1,234,567", '.' }, { "1.234.567", ',' }, { "0,123", ',' }, { "1234,567", ',' }, { "1 234", 0 },
		{ "1 234,567", ',' }, { "12", 0 }, { "", 0 }, { "x", 0 }, { "€ 1,50", ',' }, { "1,23,456", '.' },
		{ "1,23,4", 0 }, { "12,34,567.5", '.' }, { "12 apples", 0 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		if (num_decimal_mark(sv_of(c[i].text)) != c[i].mark)
			fail_msg("'%s'", c[i].text);
}

static void every_amount_reads_back_in_every_layout(void **state)
{
	(void)state;
	uint64_t x = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		const int64_t v = (int64_t)(x >> (10 + i % 50)) * (i % 3 ? 1 : -1);
		char digits[32], text[64];
		const uint64_t whole = (uint64_t)(v < 0 ? -v : v) / 100;
		const int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)whole);
		size_t k = 0;
		const char *group = i % 2 ? "," : ".";
		if (v < 0)
			text[k++] = '-';
		for (int j = 0; j < n; j++) {
			if (j && (n - j) % 3 == 0)
				text[k++] = *group;
			text[k++] = digits[j];
		}
		snprintf(text + k, sizeof text - k, "%c%02d", i % 2 ? '.' : ',', (int)((v < 0 ? -v : v) % 100));
		int64_t back = 0;
		if (num_scaled(sv_of(text), (struct numfmt){ 0 }, 2, &back, NULL, NULL) != NUM_OK || back != v)
			fail_msg("'%s' gave %lld", text, (long long)back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(currencies_have_their_number_of_decimals),
		cmocka_unit_test(symbols_with_one_meaning_are_known),
		cmocka_unit_test(every_layout_is_read_exactly),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(the_text_proves_its_decimal_mark_or_nothing),
		cmocka_unit_test(every_amount_reads_back_in_every_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
