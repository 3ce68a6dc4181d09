/* A damaged store costs an error, never more: bytes of packed columns are changed at
 * random and everything is read. Run under the sanitizers this is where they look. */
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store/format.h"
#include "store/pages.h"
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

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, PAGES_VFS), SQLITE_OK);
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

/* ---- checksums of pages ---- */

static char *bytes_of(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *p;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	*n = (size_t)ftell(f);
	rewind(f);
	p = xmalloc(*n);
	assert_int_equal(fread(p, 1, *n, f), *n);
	fclose(f);
	return p;
}

static void put_bytes(const char *path, const char *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

/* What a reader says of the store; NULL = that it cannot be read. */
static char *read_or_refuse(const char *path)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;
	struct report r;
	struct str out = STR_INIT;
	bool ok = !store_open(&s, path, STORE_READ, &e);

	report_init(&r);
	ok = ok && !store_table_query(s, "SELECT kind, customer, time, amount, channel, id, file, line FROM event", &r, &e);
	if (ok)
		table_fill(&r.table);
	for (size_t i = 0; ok && i < r.table.nrow * r.table.ncol; i++) {
		cell_text(&out, &r.table.col[i % r.table.ncol], &r.table.cell[i], zone_utc());
		str_putc(&out, ';');
	}
	if (!ok && !strstr(e.msg, "is damaged") && !strstr(e.msg, "is not a wend store"))
		fail_msg("a damaged store is refused with: %s", e.msg);
	report_release(&r);
	store_close(s);
	if (ok)
		return str_detach(&out);
	str_release(&out);
	return NULL;
}

/* The first sentence of `store check` with that status, "" when there is none. */
static void check_says(const char *path, const char *status, char out[200])
{
	struct store *s = NULL;
	struct err e = ERR_INIT;
	struct report r;

	*out = '\0';
	report_init(&r);
	if (store_open(&s, path, STORE_READ, &e))
		snprintf(out, 200, "%.199s", !strcmp(status, "bad") ? e.msg : "");
	else
		store_table_check(s, &r, &e);
	table_fill(&r.table);
	for (size_t i = 0; i < r.table.nrow && !*out; i++) {
		struct sv state = r.table.cell[i * r.table.ncol + 1].s, text = r.table.cell[i * r.table.ncol + 2].s;

		if (sv_is(state, status))
			snprintf(out, 200, "%.*s", (int)text.n, text.p);
	}
	report_release(&r);
	store_close(s);
}

static void expect_damage(const char *path, const char *whole, size_t at)
{
	char said[200], *got = read_or_refuse(path);

	if (got && strcmp(got, whole))
		fail_msg("byte %zu changed: other rows than before", at);
	check_says(path, "bad", said);
	if (!*said)
		fail_msg("byte %zu changed: store check finds nothing", at);
	free(got);
}

static char folder[32], whole_path[64], hurt_path[64];

static int make_store(void **state)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/wend-damage-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(whole_path, sizeof whole_path, "%s/whole.db", folder);
	snprintf(hurt_path, sizeof hurt_path, "%s/hurt.db", folder);
	ASSERT_OK(store_open(&s, whole_path, STORE_WRITE, &e), &e);
	fill(s);
	store_close(s);
	return 0;
}

static int drop_store(void **state)
{
	char log[80];

	(void)state;
	unlink(whole_path);
	unlink(hurt_path);
	for (int i = 0; i < 2; i++) {
		snprintf(log, sizeof log, "%s%s", hurt_path, i ? "-shm" : "-wal");
		unlink(log);
	}
	return rmdir(folder);
}

/* Past the sums, as if a program of ours had written it. */
static void changed_bytes_cost_an_error_at_most(void **state)
{
	(void)state;
	read_all(whole_path);
	for (int round = 0; round < 60; round++) {
		copy_file(whole_path, hurt_path);
		damage(hurt_path);
		read_all(hurt_path);
	}
}

static void any_changed_byte_is_found_and_never_read_as_rows(void **state)
{
	size_t n;
	char *p = bytes_of(whole_path, &n), *whole = read_or_refuse(whole_path), said[200];

	(void)state;
	assert_non_null(whole);
	check_says(whole_path, "bad", said);
	assert_string_equal(said, "");
	for (size_t page = 0; page < n / STORE_PAGE; page++) {
		/* Somewhere in the page, in its head, and in its sum. */
		const size_t at[3] = { page * STORE_PAGE + dice(STORE_PAGE), page * STORE_PAGE + dice(page ? 12 : 100), (page + 1) * STORE_PAGE - 1 - dice(PAGE_SUM) };

		for (int k = 0; k < 3; k++) {
			const char bit = (char)(1u << dice(8));

			p[at[k]] ^= bit;
			put_bytes(hurt_path, p, n);
			expect_damage(hurt_path, whole, at[k]);
			p[at[k]] ^= bit;
		}
	}
	free(whole);
	free(p);
}
static void a_store_cut_short_or_with_pages_in_wrong_places_is_found(void **state)
{
	size_t n;
	char *p = bytes_of(whole_path, &n), *whole = read_or_refuse(whole_path), *page = xmalloc(STORE_PAGE);
	const size_t pages = n / STORE_PAGE;

	(void)state;
	for (size_t i = 1; i < pages; i++) {
		put_bytes(hurt_path, p, i * STORE_PAGE);
		expect_damage(hurt_path, whole, i * STORE_PAGE);
		put_bytes(hurt_path, p, i * STORE_PAGE + dice(STORE_PAGE));
		expect_damage(hurt_path, whole, i * STORE_PAGE);
	}
	for (size_t i = 2; i < pages; i++) {
		memcpy(page, p + i * STORE_PAGE, STORE_PAGE);
		memcpy(p + i * STORE_PAGE, p + (i - 1) * STORE_PAGE, STORE_PAGE); /* twice */
		put_bytes(hurt_path, p, n);
		expect_damage(hurt_path, whole, i * STORE_PAGE);
		memset(p + i * STORE_PAGE, 0, STORE_PAGE);                        /* a hole */
		put_bytes(hurt_path, p, n);
		expect_damage(hurt_path, whole, i * STORE_PAGE);
		memcpy(p + i * STORE_PAGE, page, STORE_PAGE);
	}
	free(page);
	free(whole);
	free(p);
}

static void another_program_can_read_a_store_and_not_write_it(void **state)
{
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(whole_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM batch", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DELETE FROM batch", NULL, NULL, NULL), SQLITE_READONLY);
	assert_int_equal(sqlite3_exec(db, "VACUUM", NULL, NULL, NULL) & 0xff, SQLITE_READONLY);
	sqlite3_close(db);
}

/* As after a crash: the file and its log while a writer had them open. */
static void copy_with_log(void)
{
	char from[80], to[80];

	copy_file(whole_path, hurt_path);
	snprintf(from, sizeof from, "%s-wal", whole_path);
	snprintf(to, sizeof to, "%s-wal", hurt_path);
	copy_file(from, to);
	assert_int_equal(chmod(hurt_path, 0600), 0);
}

static void a_log_that_another_program_took_over_costs_nothing(void **state)
{
	static const struct test_rec late = { KIND_ORDERS, "late", "hand=c1", 5000, 1, "web", 0 };
	struct store *s = NULL;
	struct err e = ERR_INIT;
	sqlite3 *db = NULL;
	char *whole, *got, said[200];

	(void)state;
	ASSERT_OK(store_open(&s, whole_path, STORE_WRITE, &e), &e);
	load_file(s, &(struct test_file){ "late.csv", 0, &late, 1 }, NULL);
	copy_with_log();
	store_close(s);
	whole = read_or_refuse(whole_path);
	assert_int_equal(sqlite3_open(hurt_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM batch", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);

	got = read_or_refuse(hurt_path);
	assert_string_equal(got, whole);
	free(got);
	check_says(hurt_path, "bad", said);
	assert_string_equal(said, "");
	check_says(hurt_path, "note", said);
	assert_non_null(strstr(said, "another program closed the store"));

	ASSERT_OK(store_open(&s, hurt_path, STORE_WRITE, &e), &e);
	store_close(s);
	check_says(hurt_path, "note", said);
	assert_string_equal(said, "");
	got = read_or_refuse(hurt_path);
	assert_string_equal(got, whole);
	free(got);
	free(whole);
}

static void a_copy_made_by_backup_has_its_checksums(void **state)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;
	size_t n;
	char *p, *whole = read_or_refuse(whole_path);

	(void)state;
	ASSERT_OK(store_open(&s, whole_path, STORE_READ, &e), &e);
	ASSERT_OK(store_backup(s, hurt_path, &e), &e);
	store_close(s);
	p = bytes_of(hurt_path, &n);
	p[n - STORE_PAGE / 2] ^= 1;
	put_bytes(hurt_path, p, n);
	expect_damage(hurt_path, whole, n - STORE_PAGE / 2);
	free(p);
	free(whole);
}

/* As when a program is ended while it takes its log over. */
static void a_first_page_half_written_is_read_from_the_log(void **state)
{
	static const struct test_rec late = { KIND_ORDERS, "late", "hand=c1", 5000, 1, "web", 0 };
	struct store *s = NULL;
	struct err e = ERR_INIT;
	char *whole, *got, *p;
	size_t n;

	(void)state;
	ASSERT_OK(store_open(&s, whole_path, STORE_WRITE, &e), &e);
	load_file(s, &(struct test_file){ "late.csv", 0, &late, 1 }, NULL);
	copy_with_log();
	store_close(s);
	whole = read_or_refuse(whole_path);
	p = bytes_of(hurt_path, &n);
	memset(p + STORE_PAGE / 2, 0x5a, STORE_PAGE / 2);
	put_bytes(hurt_path, p, n);
	got = read_or_refuse(hurt_path);
	assert_non_null(got);
	assert_string_equal(got, whole);
	free(got);
	free(whole);
	free(p);
}

/* Cells move from page to page while a tree grows; where they stood they are not deleted. */
static void what_was_deleted_stands_in_no_gap_of_a_page(void **state)
{
	char sql[200];
	sqlite3 *db = NULL;
	size_t n;
	char *p;

	(void)state;
	assert_int_equal(sqlite3_open_v2(whole_path, &db, SQLITE_OPEN_READWRITE, PAGES_VFS), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; BEGIN", NULL, NULL, NULL), SQLITE_OK);
	for (int i = 0; i < 4000; i++) {
		const char *what = i % 8 ? "a thing" : "a secret";

		snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO name VALUES(%u, '%s of %d, which is told to nobody'); INSERT OR IGNORE INTO ban VALUES('%08x is %s, told')", 1000 + dice(1 << 20), what, i, dice(1 << 30), what);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	}
	assert_int_equal(sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
	p = bytes_of(whole_path, &n);
	assert_non_null(memmem(p, n, "a secret of", 11));
	free(p);
	assert_int_equal(sqlite3_exec(db, "DELETE FROM name WHERE text LIKE '%secret%'; DELETE FROM ban WHERE hash LIKE '%secret%'; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	p = bytes_of(whole_path, &n);
	assert_null(memmem(p, n, "secret", 6));
	free(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_store, drop_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(changed_bytes_cost_an_error_at_most),
		TEST(any_changed_byte_is_found_and_never_read_as_rows),
		TEST(a_store_cut_short_or_with_pages_in_wrong_places_is_found),
		TEST(another_program_can_read_a_store_and_not_write_it),
		TEST(a_log_that_another_program_took_over_costs_nothing),
		TEST(a_copy_made_by_backup_has_its_checksums),
		TEST(a_first_page_half_written_is_read_from_the_log),
		TEST(what_was_deleted_stands_in_no_gap_of_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
