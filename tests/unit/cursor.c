/* The merging cursor: what files of one customer look like once they are one journey. */
#include "storedata.h"

#define N(a) (sizeof(a) / sizeof *(a))

static void expect(struct store *s, const char *want)
{
	for (int parts = 1; parts <= 3; parts++) {
		char *got = dump_store(s, parts);

		assert_string_equal(got, want);
		free(got);
	}
}

static void expect_counts(struct store *s)
{
	int64_t rows[KIND_COUNT], seen[KIND_COUNT] = { 0 };
	struct cursor_spec spec = { .kinds = KIND_ALL, .nobody = true, .parts = 1 };
	struct cursor *c = NULL;
	struct err e = ERR_INIT;
	struct rows r;

	ASSERT_OK(store_row_counts(s, rows, &e), &e);
	ASSERT_OK(cursor_open(&c, s, &spec, &e), &e);
	while (cursor_next(c, &r, &e))
		for (size_t i = 0; i < r.n; i++)
			seen[r.kind[i]] += r.source_rows ? r.source_rows[i] : 1;
	cursor_close(c);
	for (int k = 0; k < KIND_COUNT; k++)
		assert_int_equal(rows[k], seen[k]);
}

static void records_come_by_customer_and_time(void **state)
{
	static const struct test_rec a[] = {
		{ KIND_ORDERS, "o2", "hand=c2", 300, 20, "web", 0 },
		{ KIND_ORDERS, "o1", "hand=c1", 200, 10, "web", 0 },
		{ KIND_ORDERS, "o3", "hand=c1", 100, 30, "shop", 0 },
		{ KIND_SPEND, NULL, "", 50, 0, "ads", 0 },
	};
	const struct test_file f = { "a", 0, a, N(a) };
	struct store *s = memory_store();

	(void)state;
	load_file(s, &f, NULL);
	expect(s, "c1|100|orders|o3|30|shop\nc1|200|orders|o1|10|web\nc2|300|orders|o2|20|web\n|50|spend|||ads\n");
	store_close(s);
}

static void a_customer_larger_than_a_block_stays_whole(void **state)
{
	enum { ROWS = 40000 };
	struct test_rec *v = xcalloc(ROWS, sizeof *v);
	struct store *s = memory_store();

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		v[i] = (struct test_rec){ KIND_INTERACTIONS, NULL, i % 1000 == 7 ? "hand=a" : i % 1000 == 8 ? "hand=z" : "hand=big", (int64_t)(ROWS - i), 0, "call", 0 };
	for (int parts = 1; parts <= 4; parts++) {
		size_t total = 0, big = 0;

		if (parts == 1)
			load_file(s, &(struct test_file){ "big", 0, v, ROWS }, NULL);
		for (int part = 0; part < parts; part++) {
			struct cursor_spec spec = { .kinds = KIND_ALL, .part = part, .parts = parts };
			struct cursor *c = NULL;
			struct err e = ERR_INIT;
			struct rows r;
			uint32_t before = 0;

			ASSERT_OK(cursor_open(&c, s, &spec, &e), &e);
			while (cursor_next(c, &r, &e)) {
				assert_true(r.customer > before);
				before = r.customer;
				total += r.n;
				if (r.n > 1000)
					big = r.n;
				for (size_t i = 1; i < r.n; i++)
					assert_true(r.time[i] >= r.time[i - 1]);
			}
			cursor_close(c);
		}
		assert_int_equal(total, ROWS);
		assert_int_equal(big, ROWS - 80);
	}
	free(v);
	store_close(s);
}

static void files_that_tie_are_ordered_by_their_digest(void **state)
{
	static const struct test_rec a[] = { { KIND_ORDERS, "a1", "hand=c", 100, 1, NULL, 0 }, { KIND_ORDERS, "a2", "hand=c", 100, 2, NULL, 0 } };
	static const struct test_rec b[] = { { KIND_ORDERS, "b1", "hand=c", 100, 3, NULL, 0 }, { KIND_INTERACTIONS, "b2", "hand=c", 100, 0, "call", 0 } };
	const struct test_file f[2] = { { "a", 0, a, N(a) }, { "b", 0, b, N(b) } };
	char *one, *two;
	struct store *s = memory_store();

	(void)state;
	load_file(s, &f[0], NULL);
	load_file(s, &f[1], NULL);
	one = dump_store(s, 1);
	store_close(s);
	s = memory_store();
	load_file(s, &f[1], NULL);
	load_file(s, &f[0], NULL);
	two = dump_store(s, 2);
	assert_string_equal(one, two);
	free(one);
	free(two);
	store_close(s);
}

static void the_newest_version_hides_the_others(void **state)
{
	static const struct test_rec jan[] = { { KIND_ORDERS, "o1", "hand=c1", 100, 10, "old", 1000 }, { KIND_ORDERS, "o2", "hand=c1", 110, 5, "keep", 1000 } };
	static const struct test_rec mar[] = { { KIND_ORDERS, "o1", "hand=c1", 100, 11, "new", 3000 } };
	static const struct test_rec feb[] = { { KIND_ORDERS, "o1", "hand=c1", 90, 12, "mid", 2000 } };
	const struct test_file f[3] = { { "jan", 0, jan, 2 }, { "mar", 0, mar, 1 }, { "feb", 0, feb, 1 } };
	static const int order[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (size_t k = 0; k < N(order); k++) {
		struct store *s = memory_store();

		for (int i = 0; i < 3; i++)
			load_file(s, &f[order[k][i]], NULL);
		expect(s, "c1|100|orders|o1|11|new\nc1|110|orders|o2|5|keep\n");
		expect_counts(s);
		store_close(s);
	}
}

static void a_later_export_decides_where_records_carry_no_stamp(void **state)
{
	static const struct test_rec v1[] = { { KIND_ORDERS, "o1", "hand=c1", 100, 10, "open", 0 } };
	static const struct test_rec v2[] = { { KIND_ORDERS, "o1", "hand=c1", 100, 10, "paid", 0 } };
	/* The third export says again what the first said: the newest word counts. */
	const struct test_file f[3] = { { "jan", 2000, v1, 1 }, { "feb", 4000, v2, 1 }, { "mar", 6000, v1, 1 } };
	static const int order[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (size_t k = 0; k < N(order); k++) {
		struct store *s = memory_store();

		for (int i = 0; i < 3; i++)
			load_file(s, &f[order[k][i]], NULL);
		expect(s, "c1|100|orders|o1|10|open\n");
		expect_counts(s);
		store_close(s);
	}
}

static void a_version_under_another_customer_hides_the_old_one(void **state)
{
	static const struct test_rec a[] = { { KIND_ORDERS, "o1", "hand=c1", 100, 10, "x", 1000 }, { KIND_ORDERS, "o9", "hand=c1", 100, 1, "x", 1000 } };
	static const struct test_rec b[] = { { KIND_ORDERS, "o1", "hand=c2", 100, 10, "x", 2000 } };
	const struct test_file f[2] = { { "a", 0, a, 2 }, { "b", 0, b, 1 } };

	(void)state;
	for (int first = 0; first < 2; first++) {
		struct store *s = memory_store();

		load_file(s, &f[first], NULL);
		load_file(s, &f[!first], NULL);
		expect(s, "c1|100|orders|o9|1|x\nc2|100|orders|o1|10|x\n");
		expect_counts(s);
		store_close(s);
	}
}

static void linked_keys_bring_their_rows_together(void **state)
{
	static const struct test_rec shop[] = { { KIND_ORDERS, "1", "shopify=77 mail=a@example.com", 300, 10, NULL, 0 }, { KIND_ORDERS, "2", "shopify=78 mail=b@example.com", 310, 20, NULL, 0 } };
	static const struct test_rec desk[] = { { KIND_INTERACTIONS, "t1", "mail=a@example.com", 200, 0, "call", 0 }, { KIND_INTERACTIONS, "t2", "mail=c@example.com", 250, 0, "mail", 0 } };
	static const struct test_rec crm[] = { { KIND_CUSTOMERS, "c1", "hand=c1 mail=a@example.com", 100, 0, NULL, 0 } };
	const struct test_file f[3] = { { "shop", 0, shop, 2 }, { "desk", 0, desk, 2 }, { "crm", 0, crm, 1 } };
	static const int order[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (size_t k = 0; k < N(order); k++) {
		struct store *s = memory_store();

		for (int i = 0; i < 3; i++)
			load_file(s, &f[order[k][i]], NULL);
		expect(s, "b@example.com|310|orders|2|20|\nc1|100|customers|c1||\nc1|200|interactions|t1||call\nc1|300|orders|1|10|\nc@example.com|250|interactions|t2||mail\n");
		expect_counts(s);
		store_close(s);
	}
}

static void a_visitor_belongs_to_the_customer_of_its_time(void **state)
{
	static const struct test_rec web[] = {
		{ KIND_INTERACTIONS, "1", "visitor=v", 100, 0, "ad", 0 },
		{ KIND_INTERACTIONS, "2", "visitor=v", 250, 0, "page", 0 },
		{ KIND_INTERACTIONS, "3", "visitor=v", 350, 0, "page", 0 },
		{ KIND_INTERACTIONS, "4", "visitor=w", 120, 0, "page", 0 },
	};
	static const struct test_rec log[] = {
		{ KIND_INTERACTIONS, "5", "hand=anna visitor=v", 200, 0, "login", 0 },
		{ KIND_INTERACTIONS, "6", "hand=bert visitor=v", 300, 0, "login", 0 },
	};
	const struct test_file f[2] = { { "web", 0, web, 4 }, { "log", 0, log, 2 } };

	(void)state;
	for (int first = 0; first < 2; first++) {
		struct store *s = memory_store();

		load_file(s, &f[first], NULL);
		load_file(s, &f[!first], NULL);
		expect(s, "anna|100|interactions|1||ad\nanna|200|interactions|5||login\nanna|250|interactions|2||page\n"
			"bert|300|interactions|6||login\nbert|350|interactions|3||page\nweb:w|120|interactions|4||page\n");
		expect_counts(s);
		store_close(s);
	}
}

/* ---- any files in any order ---- */

static uint64_t dice_state;
static uint32_t dice(uint32_t n)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (uint32_t)((dice_state >> 20) % n);
}

/* Record `id` as its version says it: the same everywhere. */
static struct test_rec world(struct arena *a, uint32_t id, uint32_t version)
{
	static const char *const channels[] = { "web", "shop", "call" };
	uint32_t who = id % 23 + (id % 11 == 0 ? version : 0), how = id % 5;
	struct test_rec r = { id % 4 ? KIND_ORDERS : KIND_INTERACTIONS, NULL, "", 1000 + id * 7 % 40, (int64_t)(id * 10 + version), channels[(id + version) % 3], 5000 + version };

	r.id = arena_printf(a, "R%u", id);
	if (id % 13 == 5)
		return r; /* a guest */
	if (how == 0)
		r.keys = arena_printf(a, "hand=c%u", who);
	else if (how == 1)
		r.keys = arena_printf(a, "mail=m%u@example.com", who);
	else if (how == 2)
		r.keys = arena_printf(a, "shopify=%u mail=m%u@example.com", who + 100, who);
	else if (how == 3)
		r.keys = arena_printf(a, "visitor=v%u", who);
	else
		r.keys = arena_printf(a, who % 3 ? "hand=c%u tel=+4930%u" : "hand=c%u mail=m%u@example.com", who, who);
	return r;
}

static struct test_file random_file(struct arena *a, uint32_t number)
{
	enum { IDS = 150 };
	struct test_rec *v = arena_alloc(a, (IDS + 20) * sizeof *v);
	size_t n = 0;
	uint32_t version = dice(3);

	for (uint32_t id = 0; id < IDS; id++)
		if (dice(3) == 0)
			v[n++] = world(a, id, dice(4) ? version : dice(3));
	/* Rows without an id: equal ones are told apart by how many a file holds. */
	for (uint32_t k = 0; k < 20; k++) {
		uint32_t what = dice(8);

		v[n++] = (struct test_rec){ KIND_INTERACTIONS, NULL, arena_printf(a, "hand=c%u", what % 3), 1000 + what, 0, "note", 0 };
	}
	return (struct test_file){ arena_printf(a, "file%u", number), 0, v, n };
}

static void files_in_any_order_make_the_same_journeys(void **state)
{
	enum { FILES = 5, WORLDS = 12 };

	(void)state;
	for (uint64_t seed = 1; seed <= WORLDS; seed++) {
		struct arena a = ARENA_INIT;
		struct test_file f[FILES];
		char *want = NULL;

		dice_state = seed * 0x9e3779b97f4a7c15u;
		for (uint32_t i = 0; i < FILES; i++)
			f[i] = random_file(&a, i);
		for (int round = 0; round < 4; round++) {
			struct store *s = memory_store();
			char *got;

			for (uint32_t i = FILES; i > 1 && round; i--) {
				uint32_t k = dice(i);
				struct test_file t = f[i - 1];

				f[i - 1] = f[k];
				f[k] = t;
			}
			for (int i = 0; i < FILES; i++)
				load_file(s, &f[i], NULL);
			got = dump_store(s, round + 1);
			expect_counts(s);
			if (want)
				assert_string_equal(got, want);
			else
				want = xstrdup(got);
			free(got);
			store_close(s);
		}
		free(want);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_by_customer_and_time),
		cmocka_unit_test(a_customer_larger_than_a_block_stays_whole),
		cmocka_unit_test(files_that_tie_are_ordered_by_their_digest),
		cmocka_unit_test(the_newest_version_hides_the_others),
		cmocka_unit_test(a_later_export_decides_where_records_carry_no_stamp),
		cmocka_unit_test(a_version_under_another_customer_hides_the_old_one),
		cmocka_unit_test(linked_keys_bring_their_rows_together),
		cmocka_unit_test(a_visitor_belongs_to_the_customer_of_its_time),
		cmocka_unit_test(files_in_any_order_make_the_same_journeys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
