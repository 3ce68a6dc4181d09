/* A damaged store costs an error, never more: bytes of packed columns are changed at
 * random and everything is read. Run under the sanitizers this is where they look. */
#include <sqlite3.h>
#include <unistd.h>
#include "storedata.h"

static uint64_t dice_state = 0x2545f4914f6cdd1du;
static uint32_t dice(uint32_t n)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (uint32_t)((dice_state >> 20) % n);
}

static void fill(struct store *s)
{
	struct arena a = ARENA_INIT;

	for (uint32_t file = 0; file < 3; file++) {
		struct batch_info info = { .file = "f.csv", .source = "test", .export_date = WEND_NONE, .digest = { file, 1 }, .kinds = KIND_ALL };
		struct batch_counts c = { .records = 300 };
		struct batch *b = NULL;
		struct err e = ERR_INIT;
		int64_t number;

		ASSERT_OK(batch_begin(&b, s, &info, &e), &e);
		for (uint32_t i = 0; i < 300; i++) {
			static const struct item items[2] = { { { "tea", 3 }, { "food", 4 }, 1000000, 500 }, { { "pot", 3 }, { NULL, 0 }, WEND_NONE, 700 } };
			const struct attr attr = { SV("tag"), SV("a note") };
			struct test_rec t = { i % 3 ? KIND_ORDERS : KIND_INTERACTIONS, arena_printf(&a, i % 7 ? "O-%u" : "x%uy", i), "", 1000 + i % 50, i, "web", 100 + dice(3) };
			struct record r;

			t.keys = i % 6 == 5 ? "" : i % 6 == 0 ? arena_printf(&a, "hand=c%u", i % 20) : i % 6 == 1 ? arena_printf(&a, "mail=m%u@example.com", i % 20)
				: i % 6 == 2 ? arena_printf(&a, "shopify=%u mail=m1@example.com", i % 4) : i % 6 == 3 ? arena_printf(&a, "visitor=v%u hand=c%u", i % 5, i % 3) : arena_printf(&a, "hand=c3 tel=+49%u", i);
			record_of(&r, &t, i);
			if (t.kind == KIND_ORDERS) {
				r.item = items;
				r.nitems = i % 3;
			}
			r.attr = &attr;
			r.nattrs = i % 2;
			ASSERT_OK(store_add(b, &r, 1, &e), &e);
		}
		ASSERT_OK(batch_commit(b, &info, &c, &number, &e), &e);
	}
	arena_release(&a);
}

/* Change one to three bytes of one blob, or its length. */
static void damage(const char *path)
{
	static const char *const places[] = { "col.data", "person.spaces", "person.products", "person.keys", "person_hash.hashes", "person_hash.numbers", "link.a", "link.b", "link.at", "key.ids", "key.customers", "col.data", "col.data", "col.data" };
	const char *place = places[dice(sizeof places / sizeof *places)], *dot = strchr(place, '.');
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	char text[200];
	unsigned char *p;
	int n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	snprintf(text, sizeof text, "SELECT rowid, %s FROM %.*s ORDER BY random() LIMIT 1", dot + 1, (int)(dot - place), place);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_bytes(st, 1);
	p = xmalloc((size_t)n + 1);
	memcpy(p, sqlite3_column_blob(st, 1), (size_t)n);
	snprintf(text, sizeof text, "UPDATE %.*s SET %s = ?1 WHERE rowid = %lld", (int)(dot - place), place, dot + 1, (long long)sqlite3_column_int64(st, 0));
	sqlite3_finalize(st);
	if (dice(5) == 0)
		n = (int)dice((uint32_t)n);
	else
		for (uint32_t k = dice(3) + 1; k; k--)
			p[dice((uint32_t)n)] ^= (unsigned char)(1u << dice(8));
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	sqlite3_bind_blob(st, 1, p, n, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	sqlite3_close(db);
	free(p);
}

static void read_all(const char *path)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;
	struct report r;
	int64_t rows[KIND_COUNT];
	uint32_t who;

	ASSERT_OK(store_open(&s, path, STORE_READ, &e), &e);
	for (int part = 0; part < 2; part++) {
		struct cursor_spec spec = { .kinds = KIND_ALL, .nobody = true, .items = true, .attrs = true, .batches = true, .lines = true, .part = part, .parts = 2 };
		struct cursor *c = NULL;
		struct rows v;

		for (unsigned f = 0; f < F_COUNT; f++)
			fields_add(&spec.fields, (enum field)f);
		if (cursor_open(&c, s, &spec, &e))
			continue;
		while (cursor_next(c, &v, &e))
			store_customer(s, v.customer);
		cursor_close(c);
	}
	store_row_counts(s, rows, &e);
	store_find(s, SV("c1"), &who);
	report_init(&r);
	store_table_query(s, "SELECT * FROM event", &r, &e);
	report_release(&r);
	report_init(&r);
	store_table_query(s, "SELECT * FROM item", &r, &e);
	report_release(&r);
	report_init(&r);
	store_table_query(s, "SELECT * FROM customer", &r, &e);
	report_release(&r);
	report_init(&r);
	store_table_check(s, &r, &e);
	report_release(&r);
	store_close(s);
}

static void copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char buf[65536];
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(buf, 1, sizeof buf, in)))
		assert_int_equal(fwrite(buf, 1, n, out), n);
	fclose(in);
	fclose(out);
}

static void changed_bytes_cost_an_error_at_most(void **state)
{
	char folder[] = "/tmp/wend-damage-XXXXXX", whole[64], hurt[64];
	struct store *s = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(whole, sizeof whole, "%s/whole.db", folder);
	snprintf(hurt, sizeof hurt, "%s/hurt.db", folder);
	ASSERT_OK(store_open(&s, whole, STORE_WRITE, &e), &e);
	fill(s);
	store_close(s);
	read_all(whole);
	for (int round = 0; round < 60; round++) {
		copy_file(whole, hurt);
		damage(hurt);
		read_all(hurt);
	}
	unlink(whole);
	unlink(hurt);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(changed_bytes_cost_an_error_at_most) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
