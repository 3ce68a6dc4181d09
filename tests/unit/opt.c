/* The option parser: GNU order, typed values, sentences that help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "wend/opt.h"

static struct {
	bool quiet, verbose;
	const char *store, *format;
	int64_t top;
	double min;
	struct opt_list where;
} got;
static const struct opt shared[] = {
	{ "quiet", 'q', OPT_FLAG, &got.quiet, NULL, "print the result only", NULL, 0, 0 },
	{ "verbose", 'v', OPT_FLAG, &got.verbose, NULL, "say more", NULL, 0, 0 },
	{ "store", 's', OPT_TEXT, &got.store, "FILE", "the journey store", NULL, 0, 0 },
	{ NULL, 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0 }
};
static const struct opt own[] = {
	{ "top", 0, OPT_INT, &got.top, "N", "first N rows", NULL, 1, INT64_MAX },
	{ "min", 0, OPT_REAL, &got.min, "X", "smallest value", NULL, 0, 0 },
	{ "format", 'f', OPT_CHOICE, &got.format, "F", "csv, table or json; and a help text that is long enough to need a second line in a terminal of eighty cells", "csv|table|json", 0, 0 },
	{ "where", 'w', OPT_LIST, &got.where, "EXPR", "only such rows", NULL, 0, 0 },
	{ "a-rather-long-option-name", 0, OPT_TEXT, &got.store, "VALUE", "its help begins on the next line", NULL, 0, 0 },
	{ NULL, 0, OPT_FLAG, NULL, NULL, NULL, NULL, 0, 0 }
};
static const struct opt *const tables[] = { shared, own, NULL };

static struct operands args;
static struct err e;

static enum wend_err parse(const char *line)
{
	static char text[500];
	static char *argv[40];
	int argc = 0;
	opt_list_release(&got.where);
	memset(&got, 0, sizeof got);
	free(args.v);
	memset(&args, 0, sizeof args);
	memset(&e, 0, sizeof e);
	snprintf(text, sizeof text, "%s", line);
	for (char *p = text; *p;) {
		argv[argc++] = p;
		p += strcspn(p, " ");
		if (*p)
			*p++ = '\0';
	}
	return opt_parse(tables, argc, argv, &args, &e);
}

static void refused(const char *line, const char *sentence)
{
	assert_int_equal(parse(line), WEND_E_USAGE);
	assert_string_equal(e.msg, sentence);
}

static void options_stand_anywhere_until_two_dashes(void **state)
{
	(void)state;
	assert_int_equal(parse("a -q b --store=x.db --top 3 -- --verbose -q -"), 0);
	assert_true(got.quiet && !got.verbose);
	assert_string_equal(got.store, "x.db");
	assert_int_equal(got.top, 3);
	assert_int_equal(args.n, 5);
	assert_string_equal(args.v[2], "--verbose");
	assert_string_equal(args.v[4], "-");
}

static void short_options_bundle_and_take_values_both_ways(void **state)
{
	(void)state;
	assert_int_equal(parse("-qvsx.db -f csv"), 0);
	assert_true(got.quiet && got.verbose);
	assert_string_equal(got.store, "x.db");
	assert_string_equal(got.format, "csv");
	assert_int_equal(parse("-qs x.db"), 0);
	assert_string_equal(got.store, "x.db");
}

static void lists_keep_every_value_in_order(void **state)
{
	(void)state;
	assert_int_equal(parse("--where a=1 -wb=2 --where=c=3"), 0);
	assert_int_equal(got.where.n, 3);
	assert_string_equal(got.where.v[0], "a=1");
	assert_string_equal(got.where.v[1], "b=2");
	assert_string_equal(got.where.v[2], "c=3");
}

static void an_empty_value_is_a_value(void **state)
{
	(void)state;
	assert_int_equal(parse("--store="), 0);
	assert_string_equal(got.store, "");
}

static void wrong_usage_says_what_to_type(void **state)
{
	(void)state;
	refused("--stor x", "unknown option '--stor'; did you mean '--store'?");
	refused("--qiuet", "unknown option '--qiuet'; did you mean '--quiet'?");
	refused("--verb", "unknown option '--verb'; did you mean '--verbose'?");
	refused("--zzzzzz", "unknown option '--zzzzzz'; '--help' lists the options");
	refused("--unknown=value", "unknown option '--unknown'; '--help' lists the options");
	refused("-x", "unknown option '-x'; '--help' lists the options");
	refused("--quiet=yes", "'--quiet' takes no value");
	refused("--store", "'--store' needs a value: --store FILE");
	refused("-qs", "'--store' needs a value: --store FILE");
	refused("--top x", "'--top' needs a whole number, not 'x'");
	refused("--top 0", "'--top' must be at least 1, not '0'");
	refused("--min 1,5", "'--min' needs a number such as 0.5, not '1,5'");
	refused("-f jsno", "'--format' cannot be 'jsno'; did you mean 'json'? it is one of csv, table, json");
	refused("-f x", "'--format' cannot be 'x'; it is one of csv, table, json");
}

static void help_fits_eighty_cells(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	opt_help(&s, tables);
	struct sv rest = str_view(&s), line;
	size_t lines = 0;
	for (; sv_cut(&rest, '\n', &line); lines++)
		assert_true(utf8_width(line) <= 80);
	assert_int_equal(lines, 12);
	assert_non_null(strstr(s.p, "  -f, --format F          csv, table or json; and"));
	assert_non_null(strstr(s.p, "      --a-rather-long-option-name VALUE\n                          its help"));
	str_release(&s);
}

static void suggestions_are_near_or_none(void **state)
{
	(void)state;
	static const char *const names[] = { "summary", "rate", "mrr", "cohorts", "curve", NULL };
	assert_string_equal(suggest("rtae", names), "rate");
	assert_string_equal(suggest("cohort", names), "cohorts");
	assert_string_equal(suggest("sumary", names), "summary");
	assert_null(suggest("xylophone", names));
	assert_null(suggest("", names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere_until_two_dashes),
		cmocka_unit_test(short_options_bundle_and_take_values_both_ways),
		cmocka_unit_test(lists_keep_every_value_in_order),
		cmocka_unit_test(an_empty_value_is_a_value),
		cmocka_unit_test(wrong_usage_says_what_to_type),
		cmocka_unit_test(help_fits_eighty_cells),
		cmocka_unit_test(suggestions_are_near_or_none),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	opt_list_release(&got.where);
	free(args.v);
	return failed;
}
