/* A file that grows is read from where it ended before, and is as if it had been read whole. */
#include <sys/stat.h>
#include <unistd.h>

#include "storedata.h"
#include "wend/ingest.h"

static char dir[] = "/tmp/wend-grown-XXXXXX";

static struct batch_counts ingest(struct store *s, const char *name, const char *text, const char *export_date)
{
	struct ingest_options o = { .as = "interactions", .tz = "UTC", .export_date = export_date };
	struct ingest_result res;
	struct str path = STR_INIT;
	struct err e = ERR_INIT;
	struct batch_counts c;
	FILE *f;

	str_printf(&path, "%s/%s", dir, name);
	f = fopen(path.p, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	if (ingest_file(s, path.p, &o, &res, &e))
		fail_msg("%s", e.msg);
	c = res.counts;
	ingest_result_release(&res);
	assert_int_equal(unlink(path.p), 0);
	str_release(&path);
	return c;
}

static void seen(struct store *s, const char *want)
{
	char *got = dump_store(s, 1);

	assert_string_equal(got, want);
	free(got);
}

#define HEADER "id,customer,time,touchpoint\n"
#define A HEADER "1,zoe,2026-03-01,call\n2,zoe,2026-03-01,mail\n"
#define GROWN A "3,bob,2026-03-02,call\n"
#define AGAIN GROWN "1,zoe,2026-03-01,visit\n"

static int64_t batches(struct store *s)
{
	struct report r;
	struct err e = ERR_INIT;
	int64_t n;

	report_init(&r);
	ASSERT_OK(store_table_batches(s, false, &r, &e), &e);
	n = (int64_t)r.table.nrow;
	report_release(&r);
	return n;
}

static void only_new_rows_are_read(void **state)
{
	struct store *s = memory_store();

	(void)state;
	ingest(s, "a.csv", A, NULL);
	assert_int_equal(ingest(s, "a.csv", GROWN, NULL).records, 1);
	seen(s, "bob|1772409600|interactions|3||call\nzoe|1772323200|interactions|1||call\nzoe|1772323200|interactions|2||mail\n");
	store_close(s);
}

/* Of the longer file's digest, the lesser one, comes the place of record 2, and not that of
 * record 1, of which it says something else. */
static void a_tail_that_changes_a_record_of_the_head_reads_everything(void **state)
{
	struct store *s = memory_store(), *whole = memory_store();
	char *want;

	(void)state;
	ingest(s, "a.csv", A, "2026-04-02");
	assert_int_equal(ingest(s, "a.csv", AGAIN, "2026-04-01").records, 4);
	seen(s, "bob|1772409600|interactions|3||call\nzoe|1772323200|interactions|2||mail\nzoe|1772323200|interactions|1||call\n");
	assert_int_equal(batches(s), 2);
	store_close(s);

	/* Newer, its word is the one, and it stays so without the first. */
	struct undo_counts u;
	struct err e = ERR_INIT;

	s = memory_store();
	ingest(s, "a.csv", A, NULL);
	ingest(s, "a.csv", AGAIN, NULL);
	ingest(whole, "a.csv", AGAIN, NULL);
	ASSERT_OK(store_undo(s, 1, &u, &e), &e);
	want = dump_store(whole, 1);
	seen(s, want);
	free(want);
	store_close(s);
	store_close(whole);
}

/* The same where the head held the record as another file brought it. */
static void a_record_the_head_held_equal_is_one_of_its_own(void **state)
{
	struct store *s = memory_store();

	(void)state;
	ingest(s, "b.csv", HEADER "1,zoe,2026-03-01,call\n", NULL);
	ingest(s, "a.csv", A, NULL);
	assert_int_equal(ingest(s, "a.csv", AGAIN, NULL).records, 4);
	store_close(s);
}

/* What is forgotten lost to another version, among the batches below; a file that went on
 * from one of them says it still. */
static void what_a_longer_file_still_says_is_not_forgotten(void **state)
{
	struct store *s = memory_store();
	struct compact_counts c;
	struct err e = ERR_INIT;

	(void)state;
	ingest(s, "a.csv", A, NULL);
	ingest(s, "b.csv", HEADER "1,zoe,2026-03-01,chat\n", NULL);
	ingest(s, "a.csv", GROWN, NULL);
	ASSERT_OK(store_compact(s, 3, &c, &e), &e);
	assert_int_equal(c.dropped, 0);
	seen(s, "bob|1772409600|interactions|3||call\nzoe|1772323200|interactions|1||call\nzoe|1772323200|interactions|2||mail\n");
	store_close(s);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_new_rows_are_read),
		cmocka_unit_test(a_tail_that_changes_a_record_of_the_head_reads_everything),
		cmocka_unit_test(a_record_the_head_held_equal_is_one_of_its_own),
		cmocka_unit_test(what_a_longer_file_still_says_is_not_forgotten),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
