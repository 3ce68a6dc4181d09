/* The same record several times in one file: where the runs of a file end changes nothing,
 * neither what is seen afterwards nor how source rows are counted. */
#include "storedata.h"

#include "store/batch.h"

struct line {
	const char *id, *customer, *product; /* product NULL = an order without items */
	int64_t amount, updated;
};

static int64_t ingest(struct store *s, const char *name, int64_t date, size_t run_rows, const struct line *l, size_t n, struct batch_counts *c)
{
	struct batch_info info = { .file = name, .source = "test", .tz = "UTC", .export_date = date ? wtime_of_day((int32_t)date) : WEND_NONE, .digest = digest128(name, strlen(name)) };
	struct batch_counts own = { 0 };
	struct batch *b = NULL;
	struct err e = ERR_INIT;
	int64_t number = 0;

	ASSERT_OK(batch_begin(&b, s, &info, &e), &e);
	b->run_rows = run_rows;
	for (size_t i = 0; i < n; i++) {
		struct item item = { l[i].product ? sv_of(l[i].product) : SV_NONE, SV_NONE, 1000000, l[i].amount };
		struct record r;

		record_of(&r, &(struct test_rec){ KIND_ORDERS, l[i].id, l[i].customer, 1700000000, l[i].amount, NULL, l[i].updated }, i);
		r.item = &item;
		r.nitems = l[i].product != NULL;
		ASSERT_OK(store_add(b, &r, 1, &e), &e);
	}
	c = c ? c : &own;
	*c = (struct batch_counts){ .records = n };
	ASSERT_OK(batch_commit(b, &info, c, &number, &e), &e);
	return number;
}
#define INGEST(s, name, date, run, lines, c) ingest(s, name, date, run, lines, sizeof(lines) / sizeof *(lines), c)

/* Every record: customer, id, amount, source rows, products. */
static char *seen(struct store *s)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .items = true, .nobody = true, .parts = 1 };
	struct cursor *c = NULL;
	struct rows r;
	struct err e = ERR_INIT;
	struct str out = STR_INIT;

	fields_add(&spec.fields, F_ID);
	fields_add(&spec.fields, F_AMOUNT);
	ASSERT_OK(cursor_open(&c, s, &spec, &e), &e);
	while (cursor_next(c, &r, &e))
		for (size_t i = 0; i < r.n; i++) {
			struct sv who = store_customer(s, r.customer), id = rows_text(&r, r.f[F_ID][i]);

			str_printf(&out, "%.*s %.*s %lld rows %u", (int)who.n, who.p, (int)id.n, id.p, (long long)r.f[F_AMOUNT][i], r.source_rows ? r.source_rows[i] : 1);
			for (uint32_t k = r.item_from[i]; k < r.item_from[i + 1]; k++) {
				struct sv p = store_word(s, r.item_f[0][k]);

				str_printf(&out, " %.*s", (int)p.n, p.p);
			}
			str_putc(&out, '\n');
		}
	if (e.code)
		fail_msg("%s", e.msg);
	cursor_close(c);
	str_puts(&out, "");
	return str_detach(&out);
}

static void holds(struct store *s, const char *want)
{
	char *got = seen(s);

	assert_string_equal(got, want);
	free(got);
}

static int64_t number(struct store *s, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v;

	assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

static void sound(struct store *s)
{
	struct report r;
	struct err e = ERR_INIT;

	report_init(&r);
	ASSERT_OK(store_table_check(s, &r, &e), &e);
	report_release(&r);
}

static void lines_join_an_order_whose_first_part_another_file_holds_alone(void **state)
{
	static const struct line first[] = { { "S1", "hand=c1", "tea", 10, 0 }, { "S2", "hand=c1", "tea", 10, 0 } };
	static const struct line all[] = { { "S1", "hand=c1", "tea", 10, 0 }, { "S2", "hand=c1", "tea", 10, 0 }, { "S1", "hand=c1", "cup", 20, 0 }, { "S1", "hand=c1", "pot", 30, 0 } };

	(void)state;
	for (size_t run = 1; run < 6; run++) {
		struct store *s = memory_store();
		struct batch_counts c;

		INGEST(s, "first.csv", 0, 100, first, NULL);
		INGEST(s, "all.csv", 0, run, all, &c);
		holds(s, "c1 S1 60 rows 3 tea cup pot\nc1 S2 10 rows 1 tea\n");
		assert_int_equal(c.used, 4);
		assert_int_equal(c.updated, 3);
		assert_int_equal(c.duplicates, 1);
		assert_int_equal(number(s, "SELECT sum(n) FROM run WHERE type = 1"), 1);
		assert_int_equal(number(s, "SELECT sum(n) FROM coverage WHERE batch = 2"), 4);
		sound(s);
		store_close(s);
	}
}

static void lines_go_on_joining_through_orders_that_others_hold(void **state)
{
	static const struct line one[] = { { "S1", "hand=c1", "tea", 10, 0 } };
	static const struct line two[] = { { "S1", "hand=c1", "tea", 10, 0 }, { "S1", "hand=c1", "cup", 20, 0 } };
	static const struct line three[] = { { "S1", "hand=c1", "tea", 10, 0 }, { "S1", "hand=c1", "cup", 20, 0 }, { "S1", "hand=c1", "tea", 10, 0 } };

	(void)state;
	for (size_t run = 1; run < 5; run++) {
		struct store *s = memory_store();

		INGEST(s, "one.csv", 0, 100, one, NULL);
		INGEST(s, "two.csv", 0, run, two, NULL);
		INGEST(s, "three.csv", 0, run, three, NULL);
		holds(s, "c1 S1 40 rows 3 tea cup tea\n");
		sound(s);
		store_close(s);
	}
}

/* The second of two equal lines repeats the first, also when a run ends between them. */
static void a_line_repeated_behind_the_end_of_a_run_is_a_repetition(void **state)
{
	static const struct line l[] = { { "S1", "hand=c1", "tea", 10, 0 }, { "S1", "hand=c1", "tea", 10, 0 }, { "S1", "hand=c1", "cup", 20, 0 } };

	(void)state;
	for (size_t run = 1; run < 5; run++) {
		struct store *s = memory_store();
		struct batch_counts c;

		INGEST(s, "a.csv", 0, run, l, &c);
		holds(s, "c1 S1 30 rows 2 tea cup\n");
		assert_int_equal(c.duplicates, 1);
		assert_int_equal(number(s, "SELECT sum(n) FROM coverage"), 3);
		sound(s);
		store_close(s);
	}
}

/* A row without a stamp replaces any, and is replaced by any. */
static void rows_of_one_id_are_taken_in_file_order_over_runs(void **state)
{
	static const struct line l[] = { { "1", "hand=c1", NULL, 10, 500 }, { "2", "hand=c1", NULL, 1, 0 }, { "1", "hand=c1", NULL, 20, 0 }, { "1", "hand=c1", NULL, 30, 300 } };

	(void)state;
	for (size_t run = 1; run < 6; run++) {
		struct store *s = memory_store();
		struct batch_counts c;

		INGEST(s, "a.csv", 0, run, l, &c);
		holds(s, "c1 1 30 rows 1\nc1 2 1 rows 1\n");
		assert_int_equal(c.added, 2);
		assert_int_equal(c.updated, 2);
		sound(s);
		store_close(s);
	}
}

/* An order that went to another customer and, further down, to a third: only where it is
 * at last does the file say that it went. */
static void what_a_file_takes_back_leaves_no_mark(void **state)
{
	static const struct line old[] = { { "1", "hand=c1", NULL, 10, 0 } };
	static const struct line new[] = { { "1", "hand=c2", NULL, 10, 0 }, { "2", "hand=c4", NULL, 1, 0 }, { "1", "hand=c3", NULL, 10, 0 } };
	static const struct line again[] = { { "1", "hand=c2", NULL, 10, 0 } };

	(void)state;
	for (size_t run = 1; run < 5; run++) {
		struct store *s = memory_store();
		struct erase_counts c;
		struct err e = ERR_INIT;
		uint32_t who = 0;

		setenv("WEND_KEY", "the secret of this test", 1);
		INGEST(s, "old.csv", 20000, 100, old, NULL);
		INGEST(s, "new.csv", 20002, run, new, NULL);
		holds(s, "c4 2 1 rows 1\nc3 1 10 rows 1\n");
		assert_int_equal(number(s, "SELECT sum(n) FROM run WHERE type = 2"), 2);
		assert_true(store_find(s, SV("c3"), &who));
		ASSERT_OK(store_erase(s, &who, 1, &c, &e), &e);
		erase_counts_release(&c);
		INGEST(s, "again.csv", 20001, 100, again, NULL);
		holds(s, "c2 1 10 rows 1\nc4 2 1 rows 1\n");
		sound(s);
		store_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_join_an_order_whose_first_part_another_file_holds_alone),
		cmocka_unit_test(lines_go_on_joining_through_orders_that_others_hold),
		cmocka_unit_test(a_line_repeated_behind_the_end_of_a_run_is_a_repetition),
		cmocka_unit_test(rows_of_one_id_are_taken_in_file_order_over_runs),
		cmocka_unit_test(what_a_file_takes_back_leaves_no_mark),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
