/* room: tests
 * The column codec: what goes in comes out, and damaged bytes are refused or give some
 * value, but are never read past their end (run under the sanitizers).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "store/format.h"
#include "wend/mem.h"

#define N 3000

static uint64_t state = 1;
static uint64_t rnd(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 33 ^ state << 20;
}

static void fill_ints(int64_t *v, size_t n, int shape)
{
	int64_t at = (int64_t)rnd() % 1000000, width = (int64_t)(1ull << rnd() % 62);
	for (size_t i = 0; i < n; i++) {
		switch (shape) {
		case 0: v[i] = at; break;
		case 1: v[i] = at + (int64_t)rnd() % width; break;
		case 2: v[i] = at += (int64_t)(rnd() % 50); break;
		case 3: v[i] = rnd() % 20 ? at : (at = (int64_t)(rnd() % 1000)); break;
		case 4: v[i] = rnd() % 100 ? WEND_NONE : (int64_t)(rnd() % 5000); break;
		case 5: v[i] = rnd() % 3 ? (int64_t)(rnd() % 700) : WEND_NONE; break;
		case 6: v[i] = (int64_t)(rnd() % 4000) * 172800 + 1; break;
		case 7: v[i] = (int64_t)(rnd() << 1 | (rnd() & 1)); break;
		case 8: v[i] = rnd() % 2 ? INT64_MAX : INT64_MIN + (int64_t)(rnd() % 3); break;
		case 9: v[i] = rnd() % 40 ? WEND_NONE : at; break;
		default: v[i] = at -= (int64_t)(rnd() % 9) * 86400; break;
		}
	}
}

static void any_column_of_integers_comes_back(void **unused)
{
	(void)unused;
	static int64_t v[N], w[N];
	for (int round = 0; round < 1500; round++) {
		size_t n = round % 7 ? 1 + rnd() % N : 1 + rnd() % 20;
		struct str s = STR_INIT;
		fill_ints(v, n, round % 11);
		str_puts(&s, "x");
		pack_ints(&s, v, n);
		char *exact = xmalloc(s.n); /* so that a read past the end is seen */
		memcpy(exact, s.p, s.n);
		assert_true(unpack_ints(w, n, exact + 1, s.n - 1));
		assert_memory_equal(v, w, n * sizeof *v);
		free(exact);
		str_release(&s);
	}
}

static size_t packed_size(const int64_t *v, size_t n)
{
	struct str s = STR_INIT;
	pack_ints(&s, v, n);
	size_t size = s.n;
	str_release(&s);
	return size;
}

static void columns_of_civil_days_running_numbers_and_gaps_are_small(void **unused)
{
	(void)unused;
	static int64_t v[N];
	fill_ints(v, N, 6);
	assert_true(packed_size(v, N) < N * 12 / 8 + 16);
	for (size_t i = 0; i < N; i++)
		v[i] = (int64_t)i * 2 + 7;
	assert_true(packed_size(v, N) < 16);
	for (size_t i = 0; i < N; i++)
		v[i] = i == 1234 ? 5 : WEND_NONE;
	assert_true(packed_size(v, N) < 32);
}

static size_t make_text(char *out, int shape, size_t i)
{
	switch (shape) {
	case 0: return (size_t)snprintf(out, 400, "ORD-%07d", (int)(rnd() % 10000000));
	case 1: return (size_t)snprintf(out, 400, "#%d", (int)(rnd() % 100000));
	case 2: return (size_t)snprintf(out, 400, "product %d of the shop", (int)(rnd() % 20));
	case 3: return (size_t)snprintf(out, 400, "anna.example.%06d.%06d@example.com", (int)i, (int)(rnd() % 1000000));
	case 4: return (size_t)snprintf(out, 400, "%*d", (int)(rnd() % 300), (int)(rnd() % 5));
	case 5: return (size_t)snprintf(out, 400, "%s", rnd() % 2 ? "007" : "7");
	case 6: return (size_t)snprintf(out, 400, "%s", rnd() % 9 ? "" : "NA");
	case 7: return (size_t)snprintf(out, 400, "x%018llu%03d", (unsigned long long)(rnd() % 1000000000000000000u), (int)(rnd() % 1000));
	default: return (size_t)snprintf(out, 400, "always the same");
	}
}

static void any_column_of_texts_comes_back(void **unused)
{
	(void)unused;
	static char text[N][400];
	static struct sv v[N];
	static int64_t h[N];
	for (int round = 0; round < 600; round++) {
		size_t n = round % 5 ? 1 + rnd() % N : 1 + rnd() % 9;
		struct str s = STR_INIT, pool = STR_INIT;
		for (size_t i = 0; i < n; i++)
			v[i] = round % 2 && rnd() % 4 == 0 ? SV_NONE : sv_n(text[i], make_text(text[i], round % 9, i));
		str_puts(&pool, "before");
		pack_texts(&s, v, n);
		char *exact = xmalloc(s.n);
		memcpy(exact, s.p, s.n);
		assert_true(unpack_texts(&pool, h, n, exact, s.n));
		for (size_t i = 0; i < n; i++) {
			assert_true((h[i] == WEND_NONE) == !v[i].p);
			if (v[i].p)
				assert_true(sv_eq(v[i], sv_n(pool.p + (h[i] >> 24), (size_t)(h[i] & 0xffffff))));
		}
		free(exact);
		str_release(&pool);
		str_release(&s);
	}
}

static void order_numbers_cost_their_digits_only(void **unused)
{
	(void)unused;
	static char text[N][16];
	static struct sv v[N];
	struct str s = STR_INIT;
	for (size_t i = 0; i < N; i++)
		v[i] = sv_n(text[i], (size_t)snprintf(text[i], 16, "ORD-%07zu", i * 3 % 2048));
	pack_texts(&s, v, N);
	assert_true(s.n < N * 11 / 8 + 32);
	str_release(&s);
}

static void damaged_bytes_are_never_read_out_of_bounds(void **unused)
{
	(void)unused;
	static int64_t v[N], w[N];
	static char text[N][400];
	static struct sv t[N];
	for (int round = 0; round < 6000; round++) {
		size_t n = 1 + rnd() % 300;
		struct str s = STR_INIT, pool = STR_INIT;
		if (round % 2) {
			fill_ints(v, n, round / 2 % 11);
			pack_ints(&s, v, n);
		} else {
			for (size_t i = 0; i < n; i++)
				t[i] = sv_n(text[i], make_text(text[i], round / 2 % 9, i));
			pack_texts(&s, t, n);
		}
		size_t size = rnd() % 3 ? s.n : rnd() % (s.n + 1);
		char *exact = xmalloc(size ? size : 1);
		memcpy(exact, s.p, size);
		for (int k = 0; k < 3 && size; k++)
			exact[rnd() % size] = (char)rnd();
		bool ok = round % 2 ? unpack_ints(w, n, exact, size) : unpack_texts(&pool, w, n, exact, size);
		if (ok && round % 2 == 0)
			for (size_t i = 0; i < n; i++)
				assert_true(w[i] == WEND_NONE || (size_t)(w[i] >> 24) + (size_t)(w[i] & 0xffffff) <= pool.n);
		free(exact);
		str_release(&pool);
		str_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_column_of_integers_comes_back),
		cmocka_unit_test(columns_of_civil_days_running_numbers_and_gaps_are_small),
		cmocka_unit_test(any_column_of_texts_comes_back),
		cmocka_unit_test(order_numbers_cost_their_digits_only),
		cmocka_unit_test(damaged_bytes_are_never_read_out_of_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
