/* Opening a store: what is refused and how it is said, what is private, what is left. */
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store/pages.h"
#include "storedata.h"

static char folder[64];

static const char *at(const char *name)
{
	static char path[2][128];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/wend-store-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	static const char *const names[] = { "s.db", "s.db-wal", "s.db-shm", "link.db", "text", "empty", "other.db", "copy.db" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(at(names[i]));
	return rmdir(folder);
}

static void refused(const char *path, enum store_mode mode, const char *sentence)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(store_open(&s, path, mode, &e), WEND_E_STORE);
	assert_null(s);
	if (!strstr(e.msg, sentence))
		fail_msg("'%s' does not say '%s'", e.msg, sentence);
}

static void make(const char *path)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;

	ASSERT_OK(store_open(&s, path, STORE_WRITE, &e), &e);
	store_close(s);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db = NULL;

	assert_int_equal(pages_register(), SQLITE_OK);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, PAGES_VFS), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void a_missing_store_is_not_made_by_a_reader(void **state)
{
	struct stat st;

	(void)state;
	refused(at("s.db"), STORE_READ, "no store at");
	refused(at("s.db"), STORE_READ, "run 'wend ingest' first");
	assert_int_equal(lstat(at("s.db"), &st), -1);
	refused("/nowhere/at/all/s.db", STORE_READ, "no store at");
	refused("/nowhere/at/all/s.db", STORE_WRITE, "no such folder");
}

static void all_files_are_private_while_a_writer_works(void **state)
{
	static const char *const names[] = { "s.db", "s.db-wal", "s.db-shm" };
	struct store *s = NULL;
	struct err e = ERR_INIT;
	mode_t before = umask(0);

	(void)state;
	ASSERT_OK(store_open(&s, at("s.db"), STORE_WRITE, &e), &e);
	ASSERT_OK(store_set(s, "company", "currency", "EUR", NULL, &e), &e);
	for (size_t i = 0; i < 3; i++) {
		struct stat st;

		assert_int_equal(stat(at(names[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	store_close(s);
	umask(before);
}

static void what_is_no_store_is_named(void **state)
{
	(void)state;
	put_file(at("text"), "customer,amount\nc1,5\n");
	put_file(at("empty"), "");
	sql(at("other.db"), "CREATE TABLE t(a)");
	refused(at("text"), STORE_READ, "is not a wend store");
	refused(at("text"), STORE_WRITE, "is not a wend store");
	refused(at("empty"), STORE_READ, "is empty");
	refused(at("other.db"), STORE_READ, "is not a wend store");
	refused(at("other.db"), STORE_WRITE, "is not a wend store");
	refused(folder, STORE_READ, "not a regular file");
}

static void a_symbolic_link_is_not_followed(void **state)
{
	(void)state;
	make(at("s.db"));
	assert_int_equal(symlink(at("s.db"), at("link.db")), 0);
	refused(at("link.db"), STORE_READ, "is a symbolic link");
	refused(at("link.db"), STORE_WRITE, "is a symbolic link");
}

static void a_newer_format_is_refused_in_words(void **state)
{
	(void)state;
	make(at("s.db"));
	sql(at("s.db"), "PRAGMA user_version = 3");
	refused(at("s.db"), STORE_READ, "has format 3, newer than this program reads (2)");
	refused(at("s.db"), STORE_WRITE, "install a newer wend");
}

/* As format 1 was made: pages of the same size, none of which keeps room for a sum. */
static void an_older_format_is_refused_in_words(void **state)
{
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(at("s.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA page_size = 16384; CREATE TABLE batch(id); PRAGMA application_id = 2003136100; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	refused(at("s.db"), STORE_READ, "has format 1, older than this program reads (2)");
	refused(at("s.db"), STORE_WRITE, "ingest its files again");
}

static void a_damaged_store_is_refused_in_words(void **state)
{
	FILE *f;

	(void)state;
	make(at("s.db"));
	f = fopen(at("s.db"), "r+");
	assert_non_null(f);
	fseek(f, 100, SEEK_SET);
	for (int i = 0; i < 4000; i++)
		fputc(0xa5, f);
	fclose(f);
	refused(at("s.db"), STORE_READ, "is damaged");
}

static void a_reader_leaves_nothing_behind(void **state)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;
	struct stat st;
	int64_t rows[KIND_COUNT];

	(void)state;
	make(at("s.db"));
	ASSERT_OK(store_open(&s, at("s.db"), STORE_READ, &e), &e);
	ASSERT_OK(store_row_counts(s, rows, &e), &e);
	assert_int_equal(store_set(s, "company", "currency", "EUR", NULL, &e), WEND_E_STORE);
	assert_non_null(strstr(e.msg, "is read-only"));
	store_close(s);
	assert_int_equal(lstat(at("s.db-wal"), &st), -1);
	assert_int_equal(lstat(at("s.db-shm"), &st), -1);
}

static void every_write_bumps_the_generation(void **state)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;
	uint64_t before;

	(void)state;
	ASSERT_OK(store_open(&s, at("s.db"), STORE_WRITE, &e), &e);
	before = store_generation(s);
	ASSERT_OK(store_set(s, "company", "currency", "EUR", NULL, &e), &e);
	assert_int_equal(store_generation(s), before + 1);
	store_close(s);
}

static void a_backup_is_a_store_of_its_own(void **state)
{
	static const struct test_rec a[] = { { KIND_ORDERS, "o1", "hand=c1", 100, 10, "web", 0 } };
	struct store *s = NULL;
	struct err e = ERR_INIT;
	struct stat st;
	char *want, *got;

	(void)state;
	ASSERT_OK(store_open(&s, at("s.db"), STORE_WRITE, &e), &e);
	load_file(s, &(struct test_file){ "a", 0, a, 1 }, NULL);
	want = dump_store(s, 1);
	ASSERT_OK(store_backup(s, at("copy.db"), &e), &e);
	assert_int_equal(store_backup(s, at("copy.db"), &e), WEND_E_USAGE);
	store_close(s);
	assert_int_equal(stat(at("copy.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ASSERT_OK(store_open(&s, at("copy.db"), STORE_READ, &e), &e);
	got = dump_store(s, 1);
	assert_string_equal(got, want);
	free(got);
	free(want);
	store_close(s);
}

/* Cells of a one-row answer, joined by blanks. */
static void answer(struct store *s, const char *text, const char *want)
{
	struct report r;
	struct err e = ERR_INIT;
	struct str got = STR_INIT;

	report_init(&r);
	ASSERT_OK(store_table_query(s, text, &r, &e), &e);
	for (size_t i = 0; i < r.table.nrow * r.table.ncol; i++) {
		if (i)
			str_putc(&got, ' ');
		cell_text(&got, &r.table.col[i % r.table.ncol], &r.table.cell[i], zone_utc());
	}
	assert_string_equal(got.p ? got.p : "", want);
	str_release(&got);
	report_release(&r);
}

static void a_query_reads_records_and_can_do_nothing_else(void **state)
{
	static const struct test_rec a[] = {
		{ KIND_ORDERS, "o1", "hand=c1 mail=a@example.com", 100, 1050, "web", 0 },
		{ KIND_ORDERS, "o2", "mail=a@example.com", 90, 250, NULL, 0 },
		{ KIND_INTERACTIONS, NULL, "", 80, 0, "call", 0 },
	};
	static const char *const bad[] = {
		"DELETE FROM batch", "ATTACH 'x' AS y", "PRAGMA writable_schema = 1", "CREATE TABLE t(a)", "SELECT 1; SELECT 2",
		"SELECT load_extension('x')", "SELECT * FROM nothing", "", "VACUUM INTO 'x'", "CREATE TEMP TABLE t(a)", "PRAGMA journal_mode = DELETE", "SELEC",
	};
	struct store *s = memory_store();

	(void)state;
	load_file(s, &(struct test_file){ "a.csv", 0, a, 3 }, NULL);
	answer(s, "SELECT customer, time_s, amount, amount_minor, currency, id, file, line FROM event WHERE kind = 'orders' ORDER BY time_s", "c1 90 2.50 250 EUR o2 a.csv 3 c1 100 10.50 1050 EUR o1 a.csv 2");
	answer(s, "SELECT count(*), sum(amount_minor) FROM event", "3 1300");
	answer(s, "SELECT customer, keys, records FROM customer WHERE NOT guest", "c1 c1 a@example.com 2");
	answer(s, "SELECT count(*) FROM event WHERE customer = 'c1' AND kind = 'orders'", "2");
	answer(s, "SELECT count(*) FROM event WHERE customer = 'nobody'", "0");
	answer(s, "SELECT count(*) FROM event WHERE customer = ''", "1");
	answer(s, "SELECT touchpoint FROM event WHERE kind = 'interactions' -- why\n ;", "call");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct report r;
		struct err e = ERR_INIT;

		report_init(&r);
		if (store_table_query(s, bad[i], &r, &e) != WEND_E_USAGE)
			fail_msg("'%s' was not refused as usage", bad[i]);
		report_release(&r);
	}
	store_close(s);
}

static void check_finds_what_was_tampered_with(void **state)
{
	static const struct test_rec a[] = { { KIND_ORDERS, "o1", "hand=c1", 100, 1050, "web", 0 }, { KIND_ORDERS, "o2", "hand=c1", 100, 1050, "web", 0 } };
	static const char *const damage[] = {
		"UPDATE col SET data = x'00' WHERE id % 128 = 2", "UPDATE run SET rows = rows + 1", "UPDATE batch SET used = used + 1",
		"UPDATE key SET last = 'o9'", "DELETE FROM key", "UPDATE block SET n = n - 1", "DELETE FROM person_hash", "UPDATE block SET hi = hi + 1", "DELETE FROM col WHERE id % 128 = 100",
	};

	(void)state;
	for (size_t i = 0; i <= sizeof damage / sizeof *damage; i++) {
		struct store *s = NULL;
		struct err e = ERR_INIT;
		struct report r;

		ASSERT_OK(store_open(&s, at("s.db"), STORE_WRITE, &e), &e);
		load_file(s, &(struct test_file){ "a.csv", 0, a, 2 }, NULL);
		store_close(s);
		if (i)
			sql(at("s.db"), damage[i - 1]);
		ASSERT_OK(store_open(&s, at("s.db"), STORE_READ, &e), &e);
		report_init(&r);
		if (store_table_check(s, &r, &e) != (i ? WEND_E_STORE : WEND_OK))
			fail_msg("check of '%s' says: %s", i ? damage[i - 1] : "a sound store", r.finding.p ? r.finding.p : e.msg);
		report_release(&r);
		store_close(s);
		unlink(at("s.db"));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_missing_store_is_not_made_by_a_reader),
		TEST(all_files_are_private_while_a_writer_works),
		TEST(what_is_no_store_is_named),
		TEST(a_symbolic_link_is_not_followed),
		TEST(a_newer_format_is_refused_in_words),
		TEST(an_older_format_is_refused_in_words),
		TEST(a_damaged_store_is_refused_in_words),
		TEST(a_reader_leaves_nothing_behind),
		TEST(every_write_bumps_the_generation),
		TEST(a_backup_is_a_store_of_its_own),
		TEST(a_query_reads_records_and_can_do_nothing_else),
		TEST(check_finds_what_was_tampered_with),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
