/* Erasing customers: everything of them goes, nothing of anybody else does, and they do not
 * come back. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sqlite3.h>
#include "storedata.h"
#include "wend/hash.h"

#define DAY 86400
#define T(d) ((int64_t)(20000 + (d)) * DAY)
#define FILE_OF(name, rec) { name, 0, rec, sizeof(rec) / sizeof *(rec) }

static uint32_t find(struct store *s, const char *key)
{
	struct err e = ERR_INIT;
	uint32_t who = 0;

	ASSERT_OK(store_people(s, &e), &e);
	if (!store_find(s, sv_of(key), &who))
		return 0;
	return who;
}

static struct erase_counts erase_all(struct store *s, const char *const *key, size_t n)
{
	struct erase_counts c = { 0 };
	struct err e = ERR_INIT;
	uint32_t who[8];

	for (size_t i = 0; i < n; i++) {
		who[i] = find(s, key[i]);
		if (!who[i])
			fail_msg("no customer '%s'", key[i]);
	}
	ASSERT_OK(store_erase(s, who, n, &c, &e), &e);
	return c;
}

static struct erase_counts erase(struct store *s, const char *key)
{
	return erase_all(s, &key, 1);
}

static void sound(struct store *s)
{
	struct report r;
	struct err e = ERR_INIT;

	report_init(&r);
	if (store_table_check(s, &r, &e))
		for (size_t i = 0; i < r.table.nrow; i++) {
			struct sv status = table_at(&r.table, i, 1)->s, detail = table_at(&r.table, i, 2)->s;

			if (sv_is(status, "bad"))
				fail_msg("store check: %.*s", (int)detail.n, detail.p);
		}
	report_release(&r);
}

/* The lines of `all` that do not begin with one of the customers. */
static char *without(const char *all, const char *const *key, size_t n)
{
	struct sv rest = sv_of(all), line;
	struct str out = STR_INIT;

	while (sv_cut(&rest, '\n', &line)) {
		bool theirs = !line.n;

		for (size_t i = 0; i < n; i++)
			theirs |= sv_starts(line, key[i]) && line.p[strlen(key[i])] == '|';
		if (!theirs)
			str_printf(&out, "%.*s\n", (int)line.n, line.p);
	}
	return str_detach(&out);
}

/* Erase one customer: all lines of the others stay as they were. */
static struct erase_counts erase_only(struct store *s, const char *key)
{
	char *before = dump_store(s, 1), *wanted = without(before, &key, 1), *after;
	struct erase_counts c = erase(s, key);

	after = dump_store(s, 1);
	assert_string_equal(after, wanted);
	free(before);
	free(wanted);
	free(after);
	sound(s);
	return c;
}

/* Does the store hold this number in any block, live or dead? */
static int64_t number(struct store *s, const char *sql_text)
{
	struct report r;
	struct err e = ERR_INIT;
	int64_t v = -1;

	report_init(&r);
	ASSERT_OK(store_table_query(s, sql_text, &r, &e), &e);
	if (r.table.nrow)
		v = table_at(&r.table, 0, 0)->i;
	report_release(&r);
	return v;
}

static uint64_t records(const struct erase_counts *c)
{
	uint64_t n = 0;

	for (int k = 0; k < KIND_COUNT; k++)
		n += c->records[k];
	return n;
}

static const struct test_rec orders[] = {
	{ KIND_ORDERS, "o1", "hand=ada mail=ada@example.com", T(1), 1000, "web", 0 },
	{ KIND_ORDERS, "o2", "hand=bob", T(2), 2000, "web", 0 },
	{ KIND_ORDERS, "o3", "mail=ada@example.com", T(3), 3000, "letter", 0 },
	{ KIND_ORDERS, NULL, "hand=bob", T(4), 4000, "shop", 0 },
	{ KIND_ORDERS, "o5", "", T(4), 5000, "shop", 0 },
};
/* The same again, one changed, one new. */
static const struct test_rec later[] = {
	{ KIND_ORDERS, "o1", "hand=ada mail=ada@example.com", T(1), 1100, "web", 0 },
	{ KIND_ORDERS, "o2", "hand=bob", T(2), 2000, "web", 0 },
	{ KIND_ORDERS, "o3", "mail=ada@example.com", T(3), 3000, "letter", 0 },
	{ KIND_ORDERS, "o9", "hand=ada tel=+49301234567", T(9), 900, "web", 0 },
};
static const struct test_file first_file = FILE_OF("orders.csv", orders), second_file = FILE_OF("later.csv", later);

static void all_versions_of_all_batches_go(void **state)
{
	struct store *s = memory_store();
	struct erase_counts c;

	(void)state;
	load_file(s, &first_file, NULL);
	load_file(s, &second_file, NULL);
	c = erase_only(s, "ada");
	assert_int_equal(c.customers, 1);
	assert_int_equal(c.keys, 3);
	assert_int_equal(records(&c), 4);      /* o1 twice, o3, o9 */
	assert_int_equal(c.references, 1);     /* o3 held equal */
	assert_int_equal(c.batches, 2);
	assert_int_equal(c.words, 1);          /* letter */
	assert_int_equal(c.left, 0);
	assert_int_equal(find(s, "ada"), 0);
	assert_int_equal(find(s, "ada@example.com"), 0);
	assert_int_equal(find(s, "+49301234567"), 0);
	assert_int_equal(store_word_code(s, SV("letter")), -1);
	assert_true(store_word_code(s, SV("web")) >= 0);
	erase_counts_release(&c);
	store_close(s);
}

static void rows_erased_count_as_ignored(void **state)
{
	struct store *s = memory_store();
	struct erase_counts c;

	(void)state;
	load_file(s, &first_file, NULL);
	c = erase(s, "ada");
	assert_int_equal(number(s, "SELECT records FROM batch"), 5);
	assert_int_equal(number(s, "SELECT used FROM batch"), 3);
	assert_int_equal(number(s, "SELECT ignored FROM batch"), 2);
	assert_int_equal(number(s, "SELECT sum(n) FROM coverage"), 3);
	erase_counts_release(&c);
	store_close(s);
}

static void rows_of_undone_batches_go(void **state)
{
	struct store *s = memory_store();
	struct undo_counts u;
	struct err e = ERR_INIT;
	struct erase_counts c;
	int64_t batch;

	(void)state;
	load_file(s, &first_file, NULL);
	batch = load_file(s, &second_file, NULL);
	ASSERT_OK(store_undo(s, batch, &u, &e), &e);
	c = erase_only(s, "ada");
	assert_int_equal(c.keys, 3);            /* the telephone stood in the undone file only */
	assert_true(records(&c) >= 4);
	assert_true(store_erased(s, SV("+49301234567")));
	erase_counts_release(&c);
	store_close(s);
}

static void strangers_an_undone_batch_joined_stay(void **state)
{
	static const struct test_rec wrong[] = {
		{ KIND_INTERACTIONS, "w1", "hand=ada mail=bob@example.com", T(5), 0, "call", 0 },
	};
	static const struct test_rec right[] = {
		{ KIND_INTERACTIONS, "w2", "hand=bob mail=bob@example.com", T(6), 0, "call", 0 },
	};
	static const struct test_file a = FILE_OF("wrong.csv", wrong), b = FILE_OF("right.csv", right);
	struct store *s = memory_store();
	struct undo_counts u;
	struct err e = ERR_INIT;
	struct erase_counts c;
	int64_t batch;

	(void)state;
	load_file(s, &first_file, NULL);
	batch = load_file(s, &a, NULL);
	ASSERT_OK(store_undo(s, batch, &u, &e), &e);
	load_file(s, &b, NULL);
	c = erase_only(s, "ada");
	assert_false(store_erased(s, SV("bob@example.com")));
	assert_true(find(s, "bob@example.com") != 0);
	erase_counts_release(&c);
	store_close(s);
}

static void rows_among_those_of_other_batches_go(void **state)
{
	struct store *s = memory_store();
	struct compact_counts k;
	struct err e = ERR_INIT;
	struct erase_counts c;

	(void)state;
	load_file(s, &first_file, NULL);
	load_file(s, &second_file, NULL);
	ASSERT_OK(store_compact(s, 0, &k, &e), &e);
	c = erase_only(s, "ada");
	assert_int_equal(records(&c), 4);
	assert_int_equal(find(s, "ada"), 0);
	erase_counts_release(&c);
	store_close(s);
}

static void undo_after_erasing_brings_nobody_back(void **state)
{
	struct store *s = memory_store();
	struct undo_counts u;
	struct err e = ERR_INIT;
	struct erase_counts c;
	int64_t batch;
	char *all;

	(void)state;
	load_file(s, &first_file, NULL);
	batch = load_file(s, &second_file, NULL);
	c = erase(s, "ada");
	ASSERT_OK(store_undo(s, batch, &u, &e), &e);
	all = dump_store(s, 1);
	assert_null(strstr(all, "ada"));
	assert_non_null(strstr(all, "bob|"));
	sound(s);
	free(all);
	erase_counts_release(&c);
	store_close(s);
}

/* An order went from bob to ada, and the batch that knew bob's was taken back: when ada is
 * gone, nothing keeps a later file from saying that it is bob's. */
static void a_mark_without_a_row_to_hide_goes_with_the_winner(void **state)
{
	static const struct test_rec old[] = { { KIND_ORDERS, "o1", "hand=bob", T(1), 500, NULL, T(1) }, { KIND_ORDERS, "o2", "hand=bob", T(1), 700, NULL, T(1) } };
	static const struct test_rec kept[] = { { KIND_ORDERS, "o2", "hand=bob", T(1), 700, NULL, T(1) } };
	static const struct test_rec new[] = { { KIND_ORDERS, "o1", "hand=ada", T(2), 500, NULL, T(2) }, { KIND_ORDERS, "o2", "hand=ada", T(2), 700, NULL, T(2) } };
	static const struct test_rec late[] = { { KIND_ORDERS, "o1", "hand=bob", T(1), 500, NULL, 0 }, { KIND_ORDERS, "o2", "hand=bob", T(1), 700, NULL, T(1) } };
	static const struct test_file a = FILE_OF("old.csv", old), b = FILE_OF("kept.csv", kept), c = FILE_OF("new.csv", new), d = FILE_OF("late.csv", late);
	struct store *s = memory_store();
	struct undo_counts u;
	struct err e = ERR_INIT;
	struct erase_counts n;
	char *all;

	(void)state;
	load_file(s, &a, NULL);
	load_file(s, &b, NULL);
	load_file(s, &c, NULL);
	ASSERT_OK(store_undo(s, 1, &u, &e), &e);
	n = erase_only(s, "ada");
	load_file(s, &d, NULL);
	all = dump_store(s, 1);
	assert_non_null(strstr(all, "bob|1728086400|orders|o1|500|"));
	/* Of the other order bob still had a row when ada's was erased: it stays where it was. */
	assert_null(strstr(all, "|o2|"));
	sound(s);
	free(all);
	erase_counts_release(&n);
	store_close(s);
}

/* A key that only an undone batch knew and joined to ada's goes with her, though another
 * batch once told of a record that it had. */
static void a_mark_under_a_key_is_nobody_who_has_it(void **state)
{
	static const struct test_rec joined[] = { { KIND_ORDERS, "o1", "mail=ada@example.com", T(1), 500, NULL, 0 }, { KIND_INTERACTIONS, "i1", "hand=ada mail=ada@example.com", T(1), 0, "call", 0 } };
	static const struct test_rec other[] = { { KIND_ORDERS, "o1", "hand=bob", T(1), 500, NULL, 0 }, { KIND_INTERACTIONS, "i2", "hand=ada", T(1), 0, "call", 0 } };
	static const struct test_file a = FILE_OF("joined.csv", joined), b = FILE_OF("other.csv", other);
	struct store *s = memory_store();
	struct undo_counts u;
	struct err e = ERR_INIT;
	struct erase_counts n;

	(void)state;
	load_file(s, &a, NULL);
	load_file(s, &b, NULL);
	ASSERT_OK(store_undo(s, 1, &u, &e), &e);
	n = erase_only(s, "ada");
	assert_true(store_erased(s, SV("ada@example.com")));
	erase_counts_release(&n);
	store_close(s);
}

/* A cookie two people used one after the other. */
static void rows_of_a_visitor_in_other_hands_stay(void **state)
{
	static const struct test_rec rec[] = {
		{ KIND_INTERACTIONS, "v1", "visitor=k1", T(1), 0, "visit", 0 },
		{ KIND_INTERACTIONS, "v2", "hand=ada visitor=k1", T(2), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v3", "visitor=k1", T(3), 0, "visit", 0 },
		{ KIND_INTERACTIONS, "v4", "hand=bob visitor=k1", T(4), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v5", "visitor=k1", T(5), 0, "visit", 0 },
		{ KIND_INTERACTIONS, "v6", "hand=ada visitor=k1", T(6), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v7", "visitor=k1", T(7), 0, "visit", 0 },
	};
	static const struct test_file f = FILE_OF("visits.csv", rec);
	struct person_key cookie = { SPACE_VISITOR, SV("web"), SV("k1") };
	struct store *s = memory_store();
	struct erase_counts c;
	struct err e = ERR_INIT;
	bool any;

	(void)state;
	load_file(s, &f, NULL);
	assert_true(find(s, "ada") && store_key_shared(s, SV("web:k1")));
	assert_false(store_key_shared(s, SV("bob")));
	c = erase_only(s, "ada");
	assert_int_equal(records(&c), 5);
	ASSERT_OK(store_bans(s, &any, &e), &e);
	assert_true(any);
	assert_true(store_banned(s, &cookie, 1, wtime_instant_of(T(1))));
	assert_true(store_banned(s, &cookie, 1, wtime_instant_of(T(7))));
	assert_false(store_banned(s, &cookie, 1, wtime_instant_of(T(5))));
	assert_false(store_banned(s, &cookie, 1, wtime_instant_of(T(8))));
	erase_counts_release(&c);
	store_close(s);
}

/* Two people met a cookie in the same second: what was ada's, who comes first, and what is
 * bob's stays so when one is erased; what is told later of the other's time is nobody's. */
static void a_moment_of_two_stays_with_the_one_who_stays(void **state)
{
	static const struct test_rec rec[] = {
		{ KIND_INTERACTIONS, "v1", "visitor=k1", T(1), 0, "visit", 0 },
		{ KIND_INTERACTIONS, "v2", "hand=ada visitor=k1", T(2), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v3", "hand=bob visitor=k1", T(2), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v4", "visitor=k1", T(3), 0, "visit", 0 },
	};
	static const struct test_rec more[] = {
		{ KIND_INTERACTIONS, "v5", "visitor=k1", T(0), 0, "early", 0 },
		{ KIND_INTERACTIONS, "v6", "visitor=k1", T(4), 0, "late", 0 },
	};
	static const struct test_file f = FILE_OF("visits.csv", rec), g = FILE_OF("more.csv", more);

	(void)state;
	for (int who = 0; who < 2; who++) {
		struct store *s = memory_store();
		struct erase_counts c;
		char *all;

		load_file(s, &f, NULL);
		c = erase_only(s, who ? "bob" : "ada");
		assert_int_equal(records(&c), 2);
		load_file(s, &g, NULL);
		all = dump_store(s, 1);
		assert_non_null(strstr(all, who ? "web:k1|1728345600|interactions|v6||late" : "bob|1728345600|interactions|v6||late"));
		assert_non_null(strstr(all, who ? "ada|1728000000|interactions|v5||early" : "web:k1|1728000000|interactions|v5||early"));
		assert_null(strstr(all, "\n|"));
		assert_true(all[0] != '|');
		sound(s);
		free(all);
		erase_counts_release(&c);
		store_close(s);
	}
}

/* A visitor's record without a time is of whoever had it first, and does not come back. */
static void a_visitor_without_a_time_stays_away(void **state)
{
	static const struct test_rec rec[] = {
		{ KIND_CUSTOMERS, "k", "visitor=k1", WEND_NONE, 0, NULL, 0 },
		{ KIND_INTERACTIONS, "v2", "hand=ada visitor=k1", T(2), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v3", "hand=bob visitor=k1", T(3), 0, "login", 0 },
	};
	static const struct test_file f = FILE_OF("visits.csv", rec);
	struct person_key cookie = { SPACE_VISITOR, SV("web"), SV("k1") };
	struct store *s = memory_store();
	struct erase_counts c;
	struct err e = ERR_INIT;
	bool any;

	(void)state;
	load_file(s, &f, NULL);
	c = erase_only(s, "ada");
	ASSERT_OK(store_bans(s, &any, &e), &e);
	assert_true(store_banned(s, &cookie, 1, WEND_NONE));
	assert_false(store_banned_keys(s, &cookie, 1));
	assert_false(store_banned(s, &cookie, 1, wtime_instant_of(T(9))));
	erase_counts_release(&c);
	store_close(s);
}

/* A mark that is left over from an undone batch tells of a moment that was bob's. */
static void a_mark_of_anothers_moment_bars_nothing(void **state)
{
	static const struct test_rec old[] = { { KIND_INTERACTIONS, "v1", "visitor=k1", T(1), 0, "visit", 0 } };
	static const struct test_rec new[] = {
		{ KIND_INTERACTIONS, "l1", "hand=bob visitor=k1", T(0), 0, "login", 0 },
		{ KIND_INTERACTIONS, "l2", "hand=ada visitor=k1", T(4), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v1", "visitor=k1", T(5), 0, "visit", 0 },
	};
	static const struct test_file f = FILE_OF("old.csv", old), g = FILE_OF("new.csv", new);
	struct person_key cookie = { SPACE_VISITOR, SV("web"), SV("k1") };
	struct store *s = memory_store();
	struct undo_counts u;
	struct erase_counts c;
	struct err e = ERR_INIT;
	bool any;

	(void)state;
	load_file(s, &f, NULL);
	load_file(s, &g, NULL);
	ASSERT_OK(store_undo(s, 1, &u, &e), &e);
	c = erase_only(s, "ada");
	ASSERT_OK(store_bans(s, &any, &e), &e);
	assert_true(store_banned(s, &cookie, 1, wtime_instant_of(T(5))));
	assert_false(store_banned(s, &cookie, 1, wtime_instant_of(T(1))));
	erase_counts_release(&c);
	store_close(s);
}

/* In a run of several batches the id of a visitor's record stands once for each version: as
 * many entries go as rows. */
static void versions_of_a_visitor_are_found_by_their_id_afterwards(void **state)
{
	static const struct test_rec rec[] = {
		{ KIND_INTERACTIONS, "v1", "visitor=k1", T(2), 0, "visit", 0 },
		{ KIND_INTERACTIONS, "v2", "hand=ada visitor=k1", T(2), 0, "login", 0 },
		{ KIND_INTERACTIONS, "v3", "hand=bob visitor=k1", T(4), 0, "login", 0 },
	};
	static const struct test_rec moved[] = { { KIND_INTERACTIONS, "v1", "visitor=k1", T(5), 0, "visit", 0 } };
	static const struct test_file f = FILE_OF("visits.csv", rec), g = FILE_OF("moved.csv", moved);
	struct store *s = memory_store();
	struct compact_counts k;
	struct erase_counts c;
	struct err e = ERR_INIT;

	(void)state;
	load_file(s, &f, NULL);
	load_file(s, &g, NULL);
	ASSERT_OK(store_compact(s, 0, &k, &e), &e);
	c = erase_only(s, "ada");
	sound(s);
	erase_counts_release(&c);
	store_close(s);
}

/* Six share an inbox, which joins nobody; without one of them it must not join the others. */
static void an_inbox_of_six_joins_nobody_without_one(void **state)
{
	static const struct test_rec rec[] = {
		{ KIND_ORDERS, "s1", "hand=c1 mail=all@example.com", T(1), 100, "web", 0 },
		{ KIND_ORDERS, "s2", "hand=c2 mail=all@example.com", T(1), 200, "web", 0 },
		{ KIND_ORDERS, "s3", "hand=c3 mail=all@example.com", T(1), 300, "web", 0 },
		{ KIND_ORDERS, "s4", "hand=c4 mail=all@example.com", T(1), 400, "web", 0 },
		{ KIND_ORDERS, "s5", "hand=c5 mail=all@example.com", T(1), 500, "web", 0 },
		{ KIND_ORDERS, "s6", "hand=c6 mail=all@example.com", T(1), 600, "web", 0 },
		{ KIND_ORDERS, "s7", "mail=all@example.com", T(2), 700, "web", 0 },
	};
	static const struct test_file f = FILE_OF("shared.csv", rec);
	struct store *s = memory_store();
	struct erase_counts c;

	(void)state;
	load_file(s, &f, NULL);
	c = erase_only(s, "c3");
	assert_int_equal(c.keys, 1);
	assert_false(store_erased(s, SV("all@example.com")));
	erase_counts_release(&c);
	c = erase_only(s, "c1");
	erase_counts_release(&c);
	store_close(s);
}

static void a_telephone_of_two_stays_with_neither(void **state)
{
	static const struct test_rec rec[] = {
		{ KIND_ORDERS, "p1", "hand=c1 tel=+49301111111", T(1), 100, "web", 0 },
		{ KIND_ORDERS, "p2", "hand=c2 tel=+49301111111", T(1), 200, "web", 0 },
		{ KIND_INTERACTIONS, "p3", "tel=+49301111111", T(2), 0, "call", 0 },
	};
	static const struct test_file f = FILE_OF("calls.csv", rec);
	struct store *s = memory_store();
	struct erase_counts c;

	(void)state;
	load_file(s, &f, NULL);
	c = erase_only(s, "c1");
	erase_counts_release(&c);
	store_close(s);
}

static void several_go_in_one_pass(void **state)
{
	static const char *const who[] = { "ada", "bob" };
	struct store *s = memory_store();
	struct erase_counts c;
	char *all;

	(void)state;
	load_file(s, &first_file, NULL);
	c = erase_all(s, who, 2);
	assert_int_equal(c.customers, 2);
	assert_int_equal(records(&c), 4);
	all = dump_store(s, 1);
	assert_string_equal(all, "|1728345600|orders|o5|5000|shop\n");
	sound(s);
	free(all);
	erase_counts_release(&c);
	store_close(s);
}

static void a_preview_counts_and_changes_nothing(void **state)
{
	struct store *s = memory_store();
	struct erase_counts c, real;
	struct err e = ERR_INIT;
	char *before, *after;
	uint32_t who;
	uint64_t generation;

	(void)state;
	load_file(s, &first_file, NULL);
	before = dump_store(s, 1);
	who = find(s, "ada");
	generation = store_generation(s);
	ASSERT_OK(store_erase_preview(s, &who, 1, &c, &e), &e);
	assert_int_equal(store_generation(s), generation);
	assert_int_equal(number(s, "SELECT count(*) FROM ban"), 0);
	after = dump_store(s, 1);
	assert_string_equal(after, before);
	real = erase(s, "ada");
	assert_int_equal(c.keys, real.keys);
	assert_int_equal(records(&c), records(&real));
	assert_int_equal(c.words, real.words);
	free(before);
	free(after);
	erase_counts_release(&c);
	erase_counts_release(&real);
	store_close(s);
}

static void another_key_is_refused_and_nothing_is_erased(void **state)
{
	struct store *s = memory_store();
	struct erase_counts c;
	struct err e = ERR_INIT;
	uint32_t bob;
	bool any;

	(void)state;
	load_file(s, &first_file, NULL);
	c = erase(s, "ada");
	erase_counts_release(&c);
	bob = find(s, "bob");
	setenv("WEND_KEY", "another secret of length", 1);
	assert_int_equal(store_erase(s, &bob, 1, &c, &e), WEND_E_STORE);
	assert_non_null(strstr(e.msg, "not the one"));
	erase_counts_release(&c);
	assert_int_equal(store_refresh(s, &e), WEND_OK);
	assert_true(find(s, "bob") != 0);
	assert_int_equal(store_bans(s, &any, &e), WEND_E_STORE);
	setenv("WEND_KEY", "0123456789abcdef0123456789abcdef", 1);
	assert_int_equal(store_bans(s, &any, &e), WEND_OK);
	assert_true(any);
	store_close(s);
}

/* ---- on disk ---- */

static char folder[64];

static const char *at(const char *name)
{
	static char path[4][128];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

static struct store *file_store(enum store_mode mode)
{
	struct store *s = NULL;
	struct err e = ERR_INIT;

	ASSERT_OK(store_open(&s, at("s.db"), mode, &e), &e);
	return s;
}

/* A batch read before somebody was erased cannot be written after. */
static void a_file_read_meanwhile_is_not_written(void **state)
{
	struct store *s = file_store(STORE_WRITE), *other;
	struct batch_info info = { .file = "late.csv", .source = "test", .export_date = WEND_NONE, .kinds = KIND_ALL };
	struct batch_counts counts = { .records = 1 };
	struct erase_counts c;
	struct batch *b = NULL;
	struct record r;
	struct err e = ERR_INIT;
	int64_t batch;
	bool any;

	(void)state;
	load_file(s, &first_file, NULL);
	ASSERT_OK(store_bans(s, &any, &e), &e);
	assert_false(any);
	ASSERT_OK(batch_begin(&b, s, &info, &e), &e);
	record_of(&r, &orders[0], 0);
	ASSERT_OK(store_add(b, &r, 1, &e), &e);
	other = file_store(STORE_WRITE);
	c = erase(other, "ada");
	assert_int_equal(c.left, 0);
	erase_counts_release(&c);
	store_close(other);
	assert_int_equal(batch_commit(b, &info, &counts, &batch, &e), WEND_E_STORE);
	assert_non_null(strstr(e.msg, "ingest it again"));
	assert_int_equal(find(s, "ada"), 0);
	store_close(s);
}

static bool in_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "rb");
	static char buf[1 << 22];
	size_t n = f ? fread(buf, 1, sizeof buf, f) : 0;

	if (f)
		fclose(f);
	return memmem(buf, n, text, strlen(text)) != NULL;
}

/* Somebody reads an old state: the log cannot be cut. It is said, and done later. */
static void what_a_reader_holds_up_is_said_and_finished_later(void **state)
{
	struct store *s = file_store(STORE_WRITE);
	struct erase_counts c;
	struct err e = ERR_INIT;
	sqlite3 *reader = NULL;

	(void)state;
	load_file(s, &first_file, NULL);
	assert_int_equal(sqlite3_open(at("s.db"), &reader), SQLITE_OK);
	assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM name", NULL, NULL, NULL), SQLITE_OK);
	c = erase(s, "ada");
	assert_false(c.clean);
	assert_true(c.left > 0);
	assert_non_null(strstr(c.said.p, "again"));
	erase_counts_release(&c);
	assert_int_equal(find(s, "ada"), 0);
	sqlite3_close(reader);
	ASSERT_OK(store_erase(s, NULL, 0, &c, &e), &e);
	assert_true(c.clean);
	assert_int_equal(c.left, 0);
	erase_counts_release(&c);
	assert_false(in_file(at("s.db"), "ada@example.com"));
	assert_false(in_file(at("s.db-wal"), "ada@example.com"));
	sound(s);
	store_close(s);
}

static void the_key_file_is_private_and_beside_the_store(void **state)
{
	struct store *s = file_store(STORE_WRITE);
	struct erase_counts c;
	struct err e = ERR_INIT;
	struct stat st;
	uint32_t bob;

	(void)state;
	unsetenv("WEND_KEY");
	load_file(s, &first_file, NULL);
	c = erase(s, "ada");
	erase_counts_release(&c);
	assert_int_equal(stat(at("s.db.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* Gone: refused, and no other is made. */
	unlink(at("s.db.key"));
	bob = find(s, "bob");
	assert_int_equal(store_erase(s, &bob, 1, &c, &e), WEND_E_STORE);
	assert_non_null(strstr(e.msg, "put the key file back"));
	erase_counts_release(&c);
	assert_int_not_equal(access(at("s.db.key"), F_OK), 0);
	store_close(s);
}

static int make_folder(void **state)
{
	(void)state;
	setenv("WEND_KEY", "0123456789abcdef0123456789abcdef", 1);
	setenv("WEND_WAIT", "0", 1);
	snprintf(folder, sizeof folder, "/tmp/wend-erase-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	static const char *const names[] = { "s.db", "s.db-wal", "s.db-shm", "s.db.key" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(at(names[i]));
	return rmdir(folder);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)
	const struct CMUnitTest tests[] = {
		TEST(all_versions_of_all_batches_go),
		TEST(rows_erased_count_as_ignored),
		TEST(rows_of_undone_batches_go),
		TEST(strangers_an_undone_batch_joined_stay),
		TEST(rows_among_those_of_other_batches_go),
		TEST(undo_after_erasing_brings_nobody_back),
		TEST(a_mark_without_a_row_to_hide_goes_with_the_winner),
		TEST(a_mark_under_a_key_is_nobody_who_has_it),
		TEST(rows_of_a_visitor_in_other_hands_stay),
		TEST(a_moment_of_two_stays_with_the_one_who_stays),
		TEST(a_visitor_without_a_time_stays_away),
		TEST(a_mark_of_anothers_moment_bars_nothing),
		TEST(versions_of_a_visitor_are_found_by_their_id_afterwards),
		TEST(an_inbox_of_six_joins_nobody_without_one),
		TEST(a_telephone_of_two_stays_with_neither),
		TEST(several_go_in_one_pass),
		TEST(a_preview_counts_and_changes_nothing),
		TEST(another_key_is_refused_and_nothing_is_erased),
		TEST(a_file_read_meanwhile_is_not_written),
		TEST(what_a_reader_holds_up_is_said_and_finished_later),
		TEST(the_key_file_is_private_and_beside_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
