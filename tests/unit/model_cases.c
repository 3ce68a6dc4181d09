/* Tables of text read as cases: what is a number, what a category, what is left out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wend/cases.h"

/* "a,b\n1,2\n" as a table of text cells; "" is an empty cell. */
static void table_of(struct table *t, const char *text)
{
	struct sv rest = sv_of(text), line, cell;
	table_init(t);
	bool first = true;
	while (sv_cut(&rest, '\n', &line)) {
		if (!line.n)
			continue;
		if (first) {
			while (sv_cut(&line, ',', &cell))
				table_col(t, arena_strndup(&t->arena, cell.p, cell.n), COL_TEXT, NULL, -1);
		} else {
			for (size_t i = 0; i < t->ncol; i++)
				put_text(t, sv_cut(&line, ',', &cell) && cell.n ? cell : SV_NONE);
		}
		first = false;
	}
}

static enum wend_err read_text(struct cases *c, const char *text, const struct cases_spec *spec, struct err *err)
{
	struct table t;
	table_of(&t, text);
	const enum wend_err e = cases_read(c, &t, 1, spec, err);
	table_release(&t);
	return e;
}

static const char small[] = "id,tenure,Churn,plan,seats,note\n"
			    "a,1,Yes,gold,3,x\n"
			    "b,2.5,No,basic,,x\n"
			    "c,0,Yes,gold,7,\n"
			    "d,,Yes,gold,7,y\n"
			    "e,4,,basic,7,y\n"
			    "f,-1,No,basic,7,y\n"
			    "g,9,No,,NA,y\n";

static void a_table_is_read_as_cases(void **state)
{
	struct cases c;
	struct err err = ERR_INIT;
	const struct cases_spec spec = { .time = "tenure", .event = "Churn=Yes", .rest = true };
	(void)state;
	assert_int_equal(read_text(&c, small, &spec, &err), WEND_OK);
	assert_int_equal(c.rows, 7);
	assert_int_equal(c.n, 4);
	assert_int_equal(c.out[CASE_NO_TIME], 1);
	assert_int_equal(c.out[CASE_NO_EVENT], 1);
	assert_int_equal(c.out[CASE_NEGATIVE], 1);
	assert_int_equal(c.events, 2);
	assert_true(c.time[0] == 1 && c.time[1] == 2.5 && c.time[2] == 0 && c.time[3] == 9);
	assert_true(c.event[0] && !c.event[1] && c.event[2] && !c.event[3]);
	assert_null(c.entry);
	assert_int_equal(c.ncol, 4);
	const struct case_column *plan = cases_column(&c, "plan"), *seats = cases_column(&c, "seats");
	assert_int_equal(plan->kind, CASE_CATEGORY);
	assert_int_equal(plan->levels, 2);
	assert_true(sv_is(plan->level[0].name, "basic") && sv_is(plan->level[1].name, "gold"));
	assert_int_equal(plan->level[1].rows, 2);
	assert_int_equal(plan->missing, 1);
	assert_int_equal(plan->code[0], 1);
	assert_int_equal(plan->code[1], 0);
	assert_int_equal(plan->code[3], CASE_MISSING);
	assert_int_equal(seats->kind, CASE_NUMBER);
	assert_int_equal(seats->missing, 2);
	assert_int_equal(seats->bad, 0);
	assert_true(seats->number[0] == 3 && isnan(seats->number[1]) && seats->number[2] == 7 && isnan(seats->number[3]));
	assert_null(cases_column(&c, "tenure"));
	cases_release(&c);
}

static void the_order_of_rows_changes_no_level(void **state)
{
	struct cases a, b;
	struct err err = ERR_INIT;
	const struct cases_spec spec = { .rest = true };
	(void)state;
	assert_int_equal(read_text(&a, "g\nz\na\nm\na\n", &spec, &err), WEND_OK);
	assert_int_equal(read_text(&b, "g\na\na\nm\nz\n", &spec, &err), WEND_OK);
	assert_int_equal(a.col[0].levels, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(sv_eq(a.col[0].level[i].name, b.col[0].level[i].name));
		assert_int_equal(a.col[0].level[i].rows, b.col[0].level[i].rows);
	}
	assert_int_equal(a.col[0].code[0], 2);
	assert_null(a.time);
	assert_null(a.event);
	cases_release(&a);
	cases_release(&b);
}

/* A column of `distinct` values written by `fmt`, then one more cell. */
static void long_column(struct cases *c, size_t distinct, const char *fmt, const char *last)
{
	struct str s = STR_INIT;
	struct err err = ERR_INIT;
	const struct cases_spec spec = { .rest = true };
	str_puts(&s, "v\n");
	for (size_t i = 0; i < distinct; i++)
		str_printf(&s, strcmp(fmt, "number") ? "name %zu\n" : "%zu.5\n", i);
	str_printf(&s, "%s\n", last);
	assert_int_equal(read_text(c, s.p, &spec, &err), WEND_OK);
	str_release(&s);
}

static void very_many_numbers_stay_numbers_and_names_are_given_up(void **state)
{
	struct cases c;
	(void)state;
	long_column(&c, CASES_LEVELS + 10, "number", "unknown");
	assert_int_equal(c.col[0].kind, CASE_NUMBER);
	assert_int_equal(c.col[0].missing, 1);
	assert_int_equal(c.col[0].bad, 1);
	assert_true(c.col[0].number[0] == 0.5 && c.col[0].number[CASES_LEVELS + 9] == CASES_LEVELS + 9.5);
	cases_release(&c);
	long_column(&c, CASES_LEVELS + 10, "name", "12");
	assert_int_equal(c.col[0].kind, CASE_TEXT);
	assert_null(c.col[0].number);
	assert_null(c.col[0].code);
	cases_release(&c);
	long_column(&c, CASES_LEVELS - 1, "name", "zebra");
	assert_int_equal(c.col[0].kind, CASE_CATEGORY);
	assert_int_equal(c.col[0].levels, CASES_LEVELS);
	cases_release(&c);
}

static void a_few_words_among_many_numbers_are_slips_among_few_a_category(void **state)
{
	struct cases c;
	(void)state;
	long_column(&c, 30, "number", "unknown");
	assert_int_equal(c.col[0].kind, CASE_NUMBER);
	assert_int_equal(c.col[0].bad, 1);
	cases_release(&c);
	long_column(&c, 4, "number", "5+");
	assert_int_equal(c.col[0].kind, CASE_CATEGORY);
	assert_int_equal(c.col[0].levels, 5);
	cases_release(&c);
}

static void an_event_is_named_or_says_so_by_itself(void **state)
{
	struct cases c;
	struct err err = ERR_INIT;
	struct cases_spec spec = { .time = "t", .event = "left" };
	(void)state;
	assert_int_equal(read_text(&c, "t,left\n1,yes\n2,NO\n3,1\n4,false\n", &spec, &err), WEND_OK);
	assert_int_equal(c.events, 2);
	cases_release(&c);
	spec.event = "left=quit|dismissed";
	assert_int_equal(read_text(&c, "t,left\n1,quit\n2,stays\n3,dismissed\n4,retired\n", &spec, &err), WEND_OK);
	assert_int_equal(c.events, 2);
	assert_int_equal(c.nis, 2);
	assert_int_equal(c.nno, 2);
	cases_release(&c);
	spec.event = "left";
	assert_int_equal(read_text(&c, "t,left\n1,quit\n", &spec, &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "'quit' in column 'left' is neither yes nor no"));
	spec.event = "gone=1";
	assert_int_equal(read_text(&c, "t,left\n1,quit\n", &spec, &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "it has t, left"));
}

static void stretches_and_weights_are_checked(void **state)
{
	struct cases c;
	struct err err = ERR_INIT;
	const struct cases_spec spec = { .time = "t", .event = "e", .entry = "from", .weight = "w" };
	(void)state;
	assert_int_equal(read_text(&c, "from,t,e,w\n0,2,1,3\n2,2,1,1\n,2,1,1\n1,2,0,0\n1.5,2,0,0.5\n", &spec, &err), WEND_OK);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.out[CASE_NO_STRETCH], 1);
	assert_int_equal(c.out[CASE_NO_TIME], 1);
	assert_int_equal(c.out[CASE_NO_WEIGHT], 1);
	assert_true(c.weight[0] == 3 && c.weight[1] == 0.5 && c.entry[1] == 1.5);
	cases_release(&c);
	assert_int_equal(read_text(&c, "from,t,e,w\n0,2,1,3\n0,two,1,1\n", &spec, &err), WEND_E_INPUT);
	assert_non_null(strstr(err.msg, "row 2 of the table: 'two' in column 't' is no number"));
}

static void several_tables_follow_each_other_by_the_names_of_their_columns(void **state)
{
	struct cases c;
	struct err err = ERR_INIT;
	struct table t[2];
	const char *const keep[] = { "plan" };
	const struct cases_spec spec = { .time = "t", .event = "e", .keep = keep, .nkeep = 1 };
	(void)state;
	table_of(&t[0], "t,e,plan\n1,1,a\n");
	table_of(&t[1], "other,plan,e,t\n9,b,0,2\n");
	assert_int_equal(cases_read(&c, t, 2, &spec, &err), WEND_OK);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.ncol, 1);
	assert_true(c.time[1] == 2 && !c.event[1]);
	assert_true(sv_is(c.col[0].level[c.col[0].code[1]].name, "b"));
	cases_release(&c);
	table_release(&t[1]);
	table_of(&t[1], "plan,e\nb,0\n");
	assert_int_equal(cases_read(&c, t, 2, &spec, &err), WEND_E_USAGE);
	table_release(&t[0]);
	table_release(&t[1]);
}

static void an_empty_table_is_no_case_and_no_fault(void **state)
{
	struct cases c;
	struct err err = ERR_INIT;
	const struct cases_spec spec = { .time = "t", .event = "e=1", .rest = true };
	(void)state;
	assert_int_equal(read_text(&c, "t,e,x\n", &spec, &err), WEND_OK);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.ncol, 1);
	assert_int_equal(c.col[0].levels, 0);
	cases_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_read_as_cases),
		cmocka_unit_test(the_order_of_rows_changes_no_level),
		cmocka_unit_test(very_many_numbers_stay_numbers_and_names_are_given_up),
		cmocka_unit_test(a_few_words_among_many_numbers_are_slips_among_few_a_category),
		cmocka_unit_test(an_event_is_named_or_says_so_by_itself),
		cmocka_unit_test(stretches_and_weights_are_checked),
		cmocka_unit_test(several_tables_follow_each_other_by_the_names_of_their_columns),
		cmocka_unit_test(an_empty_table_is_no_case_and_no_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
