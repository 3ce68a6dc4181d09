/* The fast path and the grammar say the same, over seeded random input: a file read line by
 * line through libcsv gives the records that the index gives. (What damage costs is proved
 * on whole ingests, tests/proof/faults.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "csv/csvscan.h"
#include "wend/csv.h"
#include "wend/mem.h"

static uint64_t seed;

static uint32_t rnd(uint32_t n)
{
	seed += 0x9e3779b97f4a7c15u;
	return (uint32_t)((hash_mix(seed) >> 32) % n);
}

static void describe(struct str *s, const struct csv_record *r)
{
	str_printf(s, "%d %llu %llu %s|", (int)r->verdict, (unsigned long long)r->line, (unsigned long long)r->byte, r->code ? r->code : "");
	str_sv(s, r->raw);
	for (size_t i = 0; i < r->n; i++) {
		str_puts(s, r->f[i].quoted ? "\x01q" : "\x01");
		str_add(s, r->f[i].p, r->f[i].n);
	}
}

static void paths_agree(struct sv bytes, struct csv_options o, size_t expect)
{
	struct csv *fast, *slow;
	struct csv_record a, b;
	struct err err = ERR_INIT;
	struct str x = STR_INIT, y = STR_INIT;

	if (csv_open_bytes(&fast, "fast", bytes, &o, &err)) /* by chance another kind of file */
		return;
	o.all_grammar = true;
	assert_int_equal(csv_open_bytes(&slow, "slow", bytes, &o, &err), WEND_OK);
	csv_expect(fast, expect);
	csv_expect(slow, expect);
	do {
		assert_int_equal(csv_next(fast, &a, &err), WEND_OK);
		assert_int_equal(csv_next(slow, &b, &err), WEND_OK);
		str_reset(&x);
		str_reset(&y);
		describe(&x, &a);
		describe(&y, &b);
		if (!sv_eq(str_view(&x), str_view(&y)))
			fail_msg("line %llu: fast '%s', grammar '%s'", (unsigned long long)a.line, x.p, y.p);
	} while (a.verdict != CSV_END);
	assert_int_equal(csv_lines(fast), csv_lines(slow));
	assert_int_equal(csv_blanks(fast), csv_blanks(slow));
	csv_close(fast);
	csv_close(slow);
	str_release(&x);
	str_release(&y);
}

static void random_text(struct str *s, size_t bytes, uint32_t quotes)
{
	static const char *const piece[] = {
		",", ",", ",", "\n", "\r\n", "\r", "a", "bc", "12.50", " ", "\t", ";", "|", "\\", "\xc3\xbc", "\xe2\x82\xac", "longer text here",
		"2026-09-01T10:00:00Z", "", "x"
	};

	while (s->n < bytes) {
		uint32_t k = rnd(1000);

		if (k < quotes)
			str_puts(s, k & 1 ? "\"" : rnd(2) ? "\"\"" : ",\"q\n\",");
		else if (k == 999)
			str_add(s, &"\0\xff\xfc"[rnd(3)], 1);
		else
			str_puts(s, piece[rnd(sizeof piece / sizeof *piece)]);
	}
}

static void fast_path_and_grammar_give_the_same_records(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		struct str s = STR_INIT;
		struct csv_options o = { .sep = ",;\t|"[rnd(4)] };

		seed = 1000 + i;
		if (i % 3 == 0)
			o.max_field = 6;
		if (i % 5 == 0)
			o.max_lines = 2;
		random_text(&s, rnd(600), i % 4 * 40);
		paths_agree(str_view(&s), o, rnd(5));
		str_release(&s);
	}
}

static void they_agree_over_the_edges_of_windows_and_chunks(void **state)
{
	struct str s = STR_INIT;

	(void)state;
	seed = 77;
	random_text(&s, 5 << 19, 5);
	paths_agree(str_view(&s), (struct csv_options){ .sep = ',' }, 4);
	str_reset(&s);
	while (s.n < 5 << 19)
		str_printf(&s, rnd(9) ? "%u,plain %u,x\r\n" : "%u,\"quoted, %u\",\"y\r\nz\"\r\n", rnd(1u << 30), rnd(1u << 20));
	paths_agree(str_view(&s), (struct csv_options){ .sep = ',' }, 3);
	str_release(&s);
}

static void vector_scanner_and_plain_one_find_the_same(void **state)
{
	char text[700];
	uint32_t a[700], b[700];
	uint8_t da[12], db[12];

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		size_t n = rnd(600), k;

		seed = i;
		for (size_t j = 0; j < sizeof text; j++)
			text[j] = rnd(40) ? "ab,\"\n\rz "[rnd(8)] : (char)rnd(256);
		memset(da, 9, sizeof da);
		memset(db, 9, sizeof db);
		k = scan_text(text, n, 5, ',', '"', a, da);
		assert_int_equal(k, scan_text_plain(text, n, 5, ',', '"', b, db));
		assert_memory_equal(a, b, k * sizeof *a);
		assert_memory_equal(da, db, (n + 63) / 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fast_path_and_grammar_give_the_same_records),
		cmocka_unit_test(they_agree_over_the_edges_of_windows_and_chunks),
		cmocka_unit_test(vector_scanner_and_plain_one_find_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
