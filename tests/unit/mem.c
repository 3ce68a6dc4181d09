/* Memory, arenas, hashes, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wend/err.h"
#include "wend/hash.h"
#include "wend/mem.h"

static jmp_buf out_of_memory;
static void give_up(size_t bytes)
{
	(void)bytes;
	longjmp(out_of_memory, 1);
}

static void a_size_that_overflows_reaches_the_handler(void **state)
{
	(void)state;
	void (*before)(size_t) = mem_exhausted;
	mem_exhausted = give_up;
	volatile int caught = 0;
	if (setjmp(out_of_memory))
		caught = 1;
	else
		free(xreallocarray(NULL, SIZE_MAX / 4, 8));
	mem_exhausted = before;
	assert_true(caught);
}

static void an_arena_hands_out_aligned_blocks_that_do_not_overlap(void **state)
{
	(void)state;
	struct arena a = ARENA_INIT;
	unsigned char *p[2000];
	for (size_t i = 0; i < 2000; i++) {
		size_t n = i % 97 == 0 ? 70000 : i % 50 + 1;
		p[i] = arena_alloc(&a, n);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)(i & 255), n);
	}
	for (size_t i = 0; i < 2000; i++) {
		size_t n = i % 97 == 0 ? 70000 : i % 50 + 1;
		assert_int_equal(p[i][0], i & 255);
		assert_int_equal(p[i][n - 1], i & 255);
	}
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	arena_release(&a);
	assert_int_equal(a.bytes, 0);
}

static void a_reset_arena_is_used_again_without_growing(void **state)
{
	(void)state;
	struct arena a = ARENA_INIT;
	void *first = arena_alloc(&a, 100);
	for (int round = 0; round < 1000; round++) {
		arena_reset(&a);
		assert_int_equal(a.bytes, 0);
		assert_ptr_equal(arena_alloc(&a, 100), first);
	}
	memset(arena_alloc(&a, 5 << 20), 1, 5 << 20);
	arena_reset(&a);
	memset(arena_zalloc(&a, 100), 1, 100);
	arena_release(&a);
}

static void arrays_grow_by_doubling(void **state)
{
	(void)state;
	int *v = NULL;
	size_t cap = 0;
	GROW(v, cap, 1);
	assert_int_equal(cap, 16);
	v[15] = 7;
	GROW(v, cap, 17);
	assert_int_equal(cap, 32);
	assert_int_equal(v[15], 7);
	GROW(v, cap, 1000);
	assert_int_equal(cap, 1000);
	free(v);
}

/* XXH3 test values: hashes of the empty input by xxHash 0.8. */
static void hashes_are_those_of_xxh3(void **state)
{
	(void)state;
	char hex[33];
	struct digest d = digest128("", 0);
	digest_hex(&d, hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	assert_true(hash64("", 0) == 0x2d06800538d394c2u);
}

static void a_stream_can_be_asked_at_any_byte(void **state)
{
	(void)state;
	char text[5000];
	struct digester *g = digester_new();
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 31 + i / 7);
	for (size_t at = 0, step = 1; at < sizeof text; step = step % 900 + 37) {
		size_t n = step < sizeof text - at ? step : sizeof text - at;
		digester_add(g, text + at, n);
		at += n;
		struct digest d = digester_peek(g), whole = digest128(text, at);
		assert_true(d.hi == whole.hi && d.lo == whole.lo);
	}
	digester_free(g);
}

static void a_message_holds_no_control_characters_and_whole_letters(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	char longer[3000];
	assert_int_equal(err_set(&e, WEND_E_INPUT, "line '%s'", "a\n\x1b[1m\xc2\x9b"), WEND_E_INPUT);
	assert_string_equal(e.msg, "line 'a\?\?[1m\?\?'");
	assert_int_equal(err_prefix(&e, "file '%s'", "x.csv"), WEND_E_INPUT);
	assert_string_equal(e.msg, "file 'x.csv': line 'a\?\?[1m\?\?'");
	for (size_t i = 0; i + 2 < sizeof longer; i += 2)
		memcpy(longer + i, "\xc3\xa9", 2);
	longer[sizeof longer - 2] = '\0';
	for (int shift = 0; shift < 2; shift++) {
		err_set(&e, WEND_E_STORE, "%s%s", shift ? "x" : "", longer);
		size_t n = strlen(e.msg);
		assert_true(n < sizeof e.msg);
		assert_int_equal((unsigned char)e.msg[n - 1], 0xa9);
	}
	assert_int_equal(err_set(NULL, WEND_E_MODEL, "nobody listens"), WEND_E_MODEL);
}

static void an_array_grows_to_both_sides_and_keeps_what_it_holds(void **state)
{
	int64_t *v = NULL;
	size_t n = 0;
	int32_t base = 0;
	(void)state;
	for (int32_t k = 0; k <= 5000; k += 7) {
		for (int side = -1; side <= 1; side += 2) {
			v = span_array(v, &n, &base, side * k, sizeof *v);
			assert_true(side * k >= base && side * k < base + (int32_t)n);
			v[side * k - base] += k + 1;
		}
	}
	for (int32_t k = base; k < base + (int32_t)n; k++) {
		const int32_t a = k < 0 ? -k : k;
		assert_int_equal(v[k - base], a > 5000 || a % 7 ? 0 : a ? a + 1 : 2);
	}
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_that_overflows_reaches_the_handler),
		cmocka_unit_test(an_arena_hands_out_aligned_blocks_that_do_not_overlap),
		cmocka_unit_test(a_reset_arena_is_used_again_without_growing),
		cmocka_unit_test(arrays_grow_by_doubling),
		cmocka_unit_test(hashes_are_those_of_xxh3),
		cmocka_unit_test(a_stream_can_be_asked_at_any_byte),
		cmocka_unit_test(a_message_holds_no_control_characters_and_whole_letters),
		cmocka_unit_test(an_array_grows_to_both_sides_and_keeps_what_it_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
