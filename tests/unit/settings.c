/* Settings: names, files, what is refused, what survives a round trip. */
#include <unistd.h>
#include "storedata.h"

static void set(struct store *s, const char *name, const char *value)
{
	struct err e = ERR_INIT;

	ASSERT_OK(store_set(s, NULL, name, value, NULL, &e), &e);
}

static void is(struct store *s, const char *section, const char *name, const char *want)
{
	struct sv v = store_setting(s, section, name);

	if (!want)
		assert_null(v.p);
	else
		assert_string_equal(v.p, want);
}

/* A file with this text; removed by the caller. */
static char *file_of(const char *text)
{
	static char path[64];
	FILE *f;
	int fd;

	snprintf(path, sizeof path, "/tmp/wend-ini-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	fputs(text, f);
	fclose(f);
	return path;
}

static void a_bare_name_finds_its_section(void **state)
{
	struct store *s = memory_store();

	(void)state;
	is(s, "choices", "revenue", NULL);
	set(s, "revenue", "payments");
	set(s, "company.margin", "41%");
	set(s, "calendar \"Lisbon\".monday", "09:00-17:30");
	set(s, "names.order:placed", "bought");
	is(s, "choices", "revenue", "payments");
	is(s, "company", "margin", "41%");
	is(s, "calendar \"Lisbon\"", "monday", "09:00-17:30");
	is(s, "names", "order:placed", "bought");
	set(s, "revenue", "orders");
	is(s, "choices", "revenue", "orders");
	set(s, "revenue", "");
	is(s, "choices", "revenue", NULL);
	store_close(s);
}

static void wrong_names_and_values_are_refused_with_advice(void **state)
{
	static const struct {
		const char *name, *value, *say;
	} bad[] = {
		{ "revnue", "orders", "did you mean 'revenue'" }, { "revenue", "order", "did you mean 'orders'" }, { "nosuch.name", "x", "unknown setting" },
		{ "currency", "EURO", "three letters" }, { "country", "Germany", "two letters" }, { "margin", "much", "such as 41%" },
		{ "margin", "-1", "such as 41%" }, { "hour_cost", "nan", "write a number" }, { "timezone", "Europe/Lisboa", "Lisbon" }, { "week_start", "mon", "week day" }, { "company.colour", "red", "unknown setting" },
		{ "names.a\nb", "x", "without line breaks" }, { "names.a", "x\ny", "without line breaks" },
	};
	struct store *s = memory_store();
	uint64_t before = store_generation(s);

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = ERR_INIT;

		assert_int_equal(store_set(s, NULL, bad[i].name, bad[i].value, NULL, &e), WEND_E_USAGE);
		if (!strstr(e.msg, bad[i].say))
			fail_msg("'%s' does not say '%s'", e.msg, bad[i].say);
	}
	assert_int_equal(store_generation(s), before);
	store_close(s);
}

static void the_file_is_the_whole_of_the_settings(void **state)
{
	struct store *s = memory_store();
	struct err e = ERR_INIT;
	char *path = file_of("\xef\xbb\xbf# ours\n[company]\n  currency = EUR \r\n; more\n\n[names]\npayment:failed = card refused\nx = a = b\n[marks]\n2026-09-01 = new checkout\n");
	struct str one = STR_INIT, two = STR_INIT;

	(void)state;
	set(s, "country", "PT");
	ASSERT_OK(store_set_file(s, path, &e), &e);
	unlink(path);
	is(s, "company", "country", NULL);
	is(s, "company", "currency", "EUR");
	is(s, "names", "payment:failed", "card refused");
	is(s, "names", "x", "a = b");
	is(s, "marks", "2026-09-01", "new checkout");
	store_settings_text(s, &one);
	path = file_of(one.p);
	ASSERT_OK(store_set_file(s, path, &e), &e);
	unlink(path);
	store_settings_text(s, &two);
	assert_string_equal(one.p, two.p);
	str_release(&one);
	str_release(&two);
	store_close(s);
}

static void a_bad_file_changes_nothing_and_names_the_line(void **state)
{
	static const struct {
		const char *text, *say;
	} bad[] = {
		{ "currency = EUR\n", ":1: a setting stands under" }, { "[company]\ncurrency EUR\n", ":2: a setting is written as" },
		{ "[company\n", ":1: a section is written" }, { "[company]\n\ncurency = EUR\n", ":3: unknown setting" },
		{ "[compny]\nname = x\n", "did you mean 'company'" }, { "[company]\nname = \xff\n", "not UTF-8" },
	};
	struct store *s = memory_store();

	(void)state;
	set(s, "country", "PT");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = ERR_INIT;
		char *path = file_of(bad[i].text);

		assert_int_equal(store_set_file(s, path, &e), WEND_E_INPUT);
		unlink(path);
		if (!strstr(e.msg, bad[i].say))
			fail_msg("'%s' does not say '%s'", e.msg, bad[i].say);
	}
	is(s, "company", "country", "PT");
	store_close(s);
}

static void what_is_proposed_can_be_read_back(void **state)
{
	static const struct test_rec v[] = { { KIND_ORDERS, "o1", "hand=c1", 86400, 10, "web", 0 }, { KIND_ORDERS, "o2", "hand=c1", 86400 * 3, 10, "web", 0 } };
	struct store *s = memory_store();
	struct err e = ERR_INIT;
	struct str text = STR_INIT;
	char *path;

	(void)state;
	load_file(s, &(struct test_file){ "f", 0, v, 2 }, NULL);
	ASSERT_OK(store_settings_suggest(s, &text, &e), &e);
	assert_non_null(strstr(text.p, "# orders: 2 rows, 1970-01-02 to 1970-01-04"));
	path = file_of(text.p);
	ASSERT_OK(store_set_file(s, path, &e), &e);
	unlink(path);
	is(s, "company", "currency", "EUR");
	is(s, "choices", "revenue", "orders");
	str_release(&text);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_name_finds_its_section),
		cmocka_unit_test(wrong_names_and_values_are_refused_with_advice),
		cmocka_unit_test(the_file_is_the_whole_of_the_settings),
		cmocka_unit_test(a_bad_file_changes_nothing_and_names_the_line),
		cmocka_unit_test(what_is_proposed_can_be_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
