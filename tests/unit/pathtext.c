#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "wend/touch.h"

static uint64_t seed = 88172645463325252u;

static uint64_t draw(void)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed;
}

static void any_steps_are_read_back_as_they_were_written(void **state)
{
	static const char letters[] = "ab>\" \n\r,\t(none)'=\x7f\xc3\xa9";
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char name[6][12];
		size_t len[6];
		const size_t n = draw() % 6;
		struct str path = STR_INIT, step = STR_INIT;
		bool damaged = false;
		for (size_t i = 0; i < n; i++) {
			len[i] = draw() % 12;
			for (size_t k = 0; k < len[i]; k++)
				name[i][k] = letters[draw() % (sizeof letters - 1)];
			if (draw() % 16 == 0)
				memcpy(name[i], "(none)", len[i] = 6);
			path_put(&path, sv_n(name[i], len[i]), i == 0);
		}
		if (!n)
			str_puts(&path, PATH_NONE);
		struct sv rest = str_view(&path);
		for (size_t i = 0; i < n; i++) {
			assert_true(path_next(&rest, &step, &damaged));
			assert_true(sv_eq(str_view(&step), sv_n(name[i], len[i])));
		}
		assert_false(path_next(&rest, &step, &damaged));
		assert_false(damaged);
		str_release(&path);
		str_release(&step);
	}
}

static void paths_of_other_programs_are_read(void **state)
{
	static const char *const text[] = { "a>b", " a > b ", "\"a\" >b", "a > \"b\" x", "a > \"b" };
	static const char *const last[] = { "b", "b", "b", "bx", "b" };
	struct str step = STR_INIT;
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct sv rest = sv_of(text[i]);
		bool damaged = false;
		assert_true(path_next(&rest, &step, &damaged));
		assert_string_equal(step.p, "a");
		assert_true(path_next(&rest, &step, &damaged));
		assert_string_equal(step.p, last[i]);
		assert_false(path_next(&rest, &step, &damaged));
		assert_int_equal(damaged, i > 2);
	}
	struct sv gap = SV("a >  > b");
	assert_true(path_next(&gap, &step, NULL));
	assert_true(path_next(&gap, &step, NULL));
	assert_int_equal(step.n, 0);
	assert_true(path_next(&gap, &step, NULL));
	struct sv none = SV(" (none) "), empty = SV("");
	assert_false(path_next(&none, &step, NULL));
	assert_false(path_next(&empty, &step, NULL));
	str_release(&step);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_steps_are_read_back_as_they_were_written),
		cmocka_unit_test(paths_of_other_programs_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
