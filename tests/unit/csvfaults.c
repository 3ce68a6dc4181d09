/* Two properties of the reader, over seeded random input.
 *
 * The fast path and the grammar say the same: a file read line by line through libcsv
 * gives the records that the index gives.
 *
 * A damaged record costs at most itself: eight kinds of damage at random places of a
 * slice whose records mostly have quotes; every other record must come out unchanged, in
 * order, with its line. WEND_FAULTS sets how many of each kind (default 300). */
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

/* ---- two paths ---- */

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

/* ---- damage ---- */

#define RECORDS 120
#define COLUMNS 8
struct slice {
	struct str text;
	size_t start[RECORDS + 1];  /* of each record; the last is the end */
	uint64_t line[RECORDS + 1];
	size_t field[RECORDS][COLUMNS + 1];
	bool quoted[RECORDS][COLUMNS];
};

static void put_note(struct str *s)
{
	static const char *const word[] = { "parcel", "late", "thanks, Ada", "said \"\"no\"\"", "line\nbreak", "size 5\"\"", "M\xc3\xbcller", "; then", "refund\r\nplease", "ok" };
	uint32_t n = 1 + rnd(5);

	for (uint32_t i = 0; i < n; i++) {
		str_puts(s, i ? " " : "");
		str_puts(s, word[rnd(sizeof word / sizeof *word)]);
	}
}

static void put_cell(struct slice *t, size_t r, size_t col)
{
	struct str *s = &t->text;
	bool quoted = (col == 3 && rnd(3)) || (col == 6 && rnd(2)) || rnd(12) == 0;

	t->field[r][col] = s->n;
	t->quoted[r][col] = quoted;
	if (quoted)
		str_putc(s, '"');
	if (quoted && rnd(10) == 0)
		; /* "" */
	else if (quoted)
		put_note(s);
	else if (col == 0)
		str_printf(s, "%zu", 1000 + r);
	else if (rnd(9))
		str_printf(s, "v%u", rnd(100000));
	if (quoted)
		str_putc(s, '"');
	str_putc(s, col + 1 < COLUMNS ? ',' : '\n');
}

static void slice_make(struct slice *t)
{
	memset(t, 0, sizeof *t);
	t->line[0] = 1;
	for (size_t r = 0; r < RECORDS; r++) {
		uint64_t lines = 0;

		t->start[r] = t->text.n;
		for (size_t c = 0; c < COLUMNS; c++)
			put_cell(t, r, c);
		t->field[r][COLUMNS] = t->text.n;
		for (size_t i = t->start[r]; i < t->text.n; i++)
			lines += t->text.p[i] == '\n';
		t->line[r + 1] = t->line[r] + lines;
	}
	t->start[RECORDS] = t->text.n;
}

enum kind { AFTER_CLOSING, CLOSING_GONE, QUOTE_BEFORE, QUOTE_INSIDE, CUT, NUL_BYTE, BAD_UTF8, BREAK_INSIDE, KINDS };
static const char *const kind_name[KINDS] = {
	"letter after a closing quote", "closing quote deleted", "quote before an unquoted field", "quote inside an unquoted field",
	"record cut", "NUL byte", "invalid UTF-8 byte", "line break in an unquoted field"
};

static void splice(struct str *out, struct sv text, size_t at, size_t gone, const char *in, size_t n)
{
	str_reset(out);
	str_add(out, text.p, at);
	str_add(out, in, n);
	str_add(out, text.p + at + gone, text.n - at - gone);
}

/* A cell of record r that the damage can be done to, or COLUMNS. */
static size_t pick_cell(const struct slice *t, size_t r, bool quoted, size_t least)
{
	for (int tries = 0; tries < 50; tries++) {
		size_t c = rnd(COLUMNS);

		if (t->quoted[r][c] == quoted && t->field[r][c + 1] - t->field[r][c] > least)
			return c;
	}
	return COLUMNS;
}

/* Damage record r. False when it has no place for this kind. */
static bool damage(struct str *out, const struct slice *t, size_t r, enum kind k)
{
	struct sv text = str_view(&t->text);
	size_t lo = t->start[r], len = t->start[r + 1] - lo - 1, c, at;

	switch (k) {
	case AFTER_CLOSING:
	case CLOSING_GONE:
		c = pick_cell(t, r, true, 0);
		if (c == COLUMNS)
			return false;
		at = t->field[r][c + 1] - 2; /* the closing quote */
		if (k == AFTER_CLOSING)
			splice(out, text, at + 1, 0, "x", 1);
		else
			splice(out, text, at, 1, "", 0);
		return true;
	case QUOTE_BEFORE:
	case QUOTE_INSIDE:
	case BREAK_INSIDE:
		c = pick_cell(t, r, false, 3);
		if (c == COLUMNS)
			return false;
		at = t->field[r][c] + (k == QUOTE_BEFORE ? 0 : 1 + rnd((uint32_t)(t->field[r][c + 1] - t->field[r][c] - 2)));
		splice(out, text, at, 0, k == BREAK_INSIDE ? "\n" : "\"", 1);
		return true;
	case CUT:
		at = 1 + rnd((uint32_t)len - 1);
		splice(out, text, lo + at, len - at, "", 0);
		return true;
	case NUL_BYTE:
		splice(out, text, lo + rnd((uint32_t)len), 0, "", 1);
		return true;
	default:
		splice(out, text, lo + rnd((uint32_t)len), 0, &"\xff\xc3\xe2\x80\xfe"[rnd(5)], 1);
		return true;
	}
}

static uint64_t record_hash(const struct csv_record *r)
{
	uint64_t h = r->n;

	for (size_t i = 0; i < r->n; i++)
		h = hash_mix(h ^ hash64(r->f[i].p, r->f[i].n) ^ r->f[i].quoted);
	return h;
}

struct outcome {
	uint64_t line, hash;
	enum csv_verdict verdict;
	size_t n;
};

static size_t outcomes(struct sv bytes, struct outcome *o, size_t max)
{
	struct csv *c;
	struct csv_record r;
	struct err err = ERR_INIT;
	size_t n = 0;

	assert_int_equal(csv_open_bytes(&c, "slice", bytes, &(struct csv_options){ .sep = ',' }, &err), WEND_OK);
	csv_expect(c, COLUMNS);
	for (;;) {
		assert_int_equal(csv_next(c, &r, &err), WEND_OK);
		if (r.verdict == CSV_END || n == max)
			break;
		o[n++] = (struct outcome){ r.line, record_hash(&r), r.verdict, r.n };
	}
	csv_close(c);
	return n;
}

static bool same(const struct outcome *a, const struct outcome *b, int64_t shift)
{
	return a->verdict == CSV_RECORD && a->hash == b->hash && (int64_t)a->line == (int64_t)b->line + shift;
}

/* Records before r unchanged, records behind it unchanged but for the line, and whatever
 * is left of r on its own lines, beginning with its first. */
static bool only_lost(const struct outcome *was, size_t nwas, const struct outcome *is, size_t nis, size_t r, uint64_t first, uint64_t behind, int64_t shift, bool *wrong)
{
	size_t tail = nwas - r - 1;

	for (size_t i = 0; i < r; i++)
		if (i >= nis || !same(&is[i], &was[i], 0))
			return false;
	if (nis < r + tail)
		return false;
	for (size_t i = 0; i < tail; i++)
		if (!same(&is[nis - 1 - i], &was[nwas - 1 - i], shift))
			return false;
	for (size_t i = r; i < nis - tail; i++) {
		if (is[i].line < first || (int64_t)is[i].line >= (int64_t)behind + shift)
			return false;
		*wrong |= is[i].verdict == CSV_RECORD && is[i].n == COLUMNS;
	}
	return nis == r + tail || is[r].line == first;
}

static int64_t count_lines(struct sv v)
{
	int64_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += v.p[i] == '\n' || (v.p[i] == '\r' && (i + 1 == v.n || v.p[i + 1] != '\n'));
	return n;
}

static void a_damaged_record_costs_at_most_itself(void **state)
{
	static struct outcome was[RECORDS + 1], is[4 * RECORDS];
	const char *env = getenv("WEND_FAULTS");
	long runs = env ? strtol(env, NULL, 10) : 300;
	struct str bad = STR_INIT;
	bool failed = false;

	(void)state;
	for (int k = 0; k < KINDS; k++) {
		long kept = 0, wrong_count = 0, done = 0;

		for (long i = 0; done < runs; i++) {
			struct slice t;
			bool wrong = false, good;
			size_t nwas, nis, r;

			seed = (uint64_t)k << 40 | (uint64_t)i << 8;
			slice_make(&t);
			r = 1 + rnd(RECORDS - 2);
			if (damage(&bad, &t, r, (enum kind)k)) {
				nwas = outcomes(str_view(&t.text), was, RECORDS + 1);
				assert_int_equal(nwas, RECORDS);
				nis = outcomes(str_view(&bad), is, 4 * RECORDS);
				good = only_lost(was, nwas, is, nis, r, t.line[r], t.line[r + 1],
				                 count_lines(str_view(&bad)) - count_lines(str_view(&t.text)), &wrong);
				kept += good;
				wrong_count += wrong;
				done++;
				if (!good && !failed)
					print_message("%s, run %ld: more than record %zu on line %llu\n", kind_name[k], i, r, (unsigned long long)t.line[r]);
				failed |= !good;
			}
			str_release(&t.text);
		}
		print_message("%-32s %ld of %ld: at most that record lost; %ld read with a wrong text\n", kind_name[k], kept, done, wrong_count);
	}
	str_release(&bad);
	assert_false(failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fast_path_and_grammar_give_the_same_records),
		cmocka_unit_test(they_agree_over_the_edges_of_windows_and_chunks),
		cmocka_unit_test(vector_scanner_and_plain_one_find_the_same),
		cmocka_unit_test(a_damaged_record_costs_at_most_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
