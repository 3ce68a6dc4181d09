/* Corrections of identity by hand: joined on no condition, parted for good, undone like
 * any batch, and the same whatever arrives before or after. */
#include "storedata.h"

#define R(id, keys, time) { KIND_INTERACTIONS, id, keys, time, 0, "call", 0 }

/* "customer: ids of its records", a line each. */
static char *people_of(struct store *s)
{
	struct str out = STR_INIT;
	char *dump = dump_store(s, 2), *line = dump;
	struct str last = STR_INIT;

	while (*line) {
		struct sv rest = sv_n(line, strcspn(line, "\n")), who, skip, id;

		line += rest.n + (line[rest.n] == '\n');
		sv_cut(&rest, '|', &who);
		sv_cut(&rest, '|', &skip);
		sv_cut(&rest, '|', &skip);
		sv_cut(&rest, '|', &id);
		if (!sv_eq(who, str_view(&last)) || !out.n) {
			str_printf(&out, "%s%.*s:", out.n ? "\n" : "", (int)who.n, who.p);
			str_reset(&last);
			str_sv(&last, who);
		}
		str_printf(&out, " %.*s", (int)id.n, id.p);
	}
	str_release(&last);
	free(dump);
	return str_detach(&out);
}

static void expect(struct store *s, const char *want)
{
	char *got = people_of(s);

	assert_string_equal(got, want);
	free(got);
}

static void load(struct store *s, const char *name, const struct test_rec *v, size_t n)
{
	load_file(s, &(struct test_file){ name, 0, v, n }, NULL);
}

static int64_t join(struct store *s, const char *a, const char *b)
{
	struct err e = ERR_INIT;
	int64_t batch = -1;

	ASSERT_OK(store_join(s, sv_of(a), sv_of(b), &batch, &e), &e);
	return batch;
}

static int64_t part(struct store *s, const char *key)
{
	struct err e = ERR_INIT;
	int64_t batch = -1;

	ASSERT_OK(store_part(s, sv_of(key), &batch, &e), &e);
	return batch;
}

static void undo(struct store *s, int64_t batch)
{
	struct err e = ERR_INIT;
	struct undo_counts c;

	ASSERT_OK(store_undo(s, batch, &c, &e), &e);
}

static void expect_sound(struct store *s)
{
	struct report r;
	struct err e = ERR_INIT;

	report_init(&r);
	ASSERT_OK(store_table_check(s, &r, &e), &e);
	report_release(&r);
}

static void two_keys_are_one_person_until_it_is_undone(void **state)
{
	static const struct test_rec v[] = { R("1", "hand=c1", 1), R("2", "mail=ada@example.com", 2), R("3", "hand=c3", 3) };
	struct store *s = memory_store();
	int64_t batch;

	(void)state;
	load(s, "f", v, 3);
	expect(s, "ada@example.com: 2\nc1: 1\nc3: 3");
	batch = join(s, "Ada@Example.com", "c1");
	assert_true(batch > 0);
	expect(s, "c1: 1 2\nc3: 3");
	assert_int_equal(join(s, "c1", "ada@example.com"), 0);
	assert_int_equal(join(s, "c1", "c1"), 0);
	expect_sound(s);
	undo(s, batch);
	expect(s, "ada@example.com: 2\nc1: 1\nc3: 3");
	batch = join(s, "c1", "ada@example.com");
	assert_true(batch > 0);
	expect(s, "c1: 1 2\nc3: 3");
	expect_sound(s);
	store_close(s);
}

static void joins_hold_whatever_their_order_and_what_comes_later(void **state)
{
	static const struct test_rec v[] = { R("1", "mail=a@example.com tel=+491", 1), R("2", "mail=b@example.com tel=+491", 2), R("3", "tel=+491", 3), R("4", "hand=z", 4) };
	static const struct test_rec later[] = { R("5", "shopify=9 mail=b@example.com", 5) };

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct store *s = memory_store();

		load(s, "f", v, 4);
		expect(s, "+491: 3\na@example.com: 1\nb@example.com: 2\nz: 4");
		if (round)
			load(s, "g", later, 1);
		/* Two mails that are one person no longer keep the phone apart. */
		join(s, round ? "b@example.com" : "a@example.com", round ? "a@example.com" : "b@example.com");
		join(s, round ? "z" : "+491", round ? "+491" : "z");
		if (!round)
			load(s, "g", later, 1);
		expect(s, "z: 1 2 3 4 5");
		expect_sound(s);
		store_close(s);
	}
}

static void a_phone_that_was_refused_is_joined_by_hand(void **state)
{
	static const struct test_rec v[] = { R("1", "mail=a@example.com tel=+491", 1), R("2", "mail=b@example.com tel=+491", 2), R("3", "tel=+491", 3) };
	struct store *s = memory_store();

	(void)state;
	load(s, "f", v, 3);
	join(s, "+491", "b@example.com");
	expect(s, "a@example.com: 1\nb@example.com: 2 3");
	store_close(s);
}

static void a_cookie_of_two_customers_becomes_that_of_one(void **state)
{
	static const struct test_rec v[] = { R("1", "visitor=x", 10), R("2", "hand=a visitor=x", 20), R("3", "visitor=x", 30), R("4", "hand=b visitor=x", 40), R("5", "visitor=x", 50) };
	struct store *s = memory_store();
	int64_t batch;

	(void)state;
	load(s, "f", v, 5);
	expect(s, "a: 1 2 3\nb: 4 5");
	batch = join(s, "web:x", "b");
	expect(s, "a: 2\nb: 1 3 4 5");
	undo(s, batch);
	part(s, "web:x");
	expect(s, "a: 2\nb: 4\nweb:x: 1 3 5");
	store_close(s);
}

static void a_parted_key_joins_nothing_before_or_after(void **state)
{
	static const struct test_rec v[] = { R("1", "hand=a mail=shared@example.com", 1), R("2", "hand=b mail=shared@example.com", 2), R("3", "mail=shared@example.com", 3) };
	static const struct test_rec later[] = { R("4", "hand=c mail=shared@example.com", 4) };

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct store *s = memory_store();
		int64_t batch;

		load(s, "f", v, 3);
		expect(s, "a: 1 2 3");
		if (round)
			load(s, "g", later, 1);
		batch = part(s, "shared@example.com");
		assert_true(batch > 0);
		assert_int_equal(part(s, "Shared@example.com"), 0);
		if (!round)
			load(s, "g", later, 1);
		expect(s, "a: 1\nb: 2\nc: 4\nshared@example.com: 3");
		expect_sound(s);
		undo(s, batch);
		expect(s, "a: 1 2 3 4");
		store_close(s);
	}
}

static void parting_is_stronger_than_joining(void **state)
{
	static const struct test_rec v[] = { R("1", "hand=a", 1), R("2", "hand=b", 2) };
	struct store *s = memory_store();
	struct err e = ERR_INIT;
	int64_t batch = -1, parted;

	(void)state;
	load(s, "f", v, 2);
	join(s, "a", "b");
	parted = part(s, "b");
	expect(s, "a: 1\nb: 2");
	assert_int_equal(store_join(s, SV("a"), SV("b"), &batch, &e), WEND_E_USAGE);
	assert_non_null(strstr(e.msg, "'wend store undo "));
	undo(s, parted);
	expect(s, "a: 1 2");
	store_close(s);
}

static void an_unknown_key_is_refused_with_the_nearest(void **state)
{
	static const struct test_rec v[] = { R("1", "hand=c10", 1), R("2", "mail=ada.lovelace@example.com", 2), R("3", "shopify=77", 3) };
	struct store *s = memory_store();
	struct err e = ERR_INIT;
	int64_t batch = -1;
	uint64_t before;

	(void)state;
	load(s, "f", v, 3);
	before = store_generation(s);
	assert_int_equal(store_join(s, SV("c10"), SV("ada.lovlace@example.com"), &batch, &e), WEND_E_USAGE);
	assert_non_null(strstr(e.msg, "nobody has the key 'ada.lovlace@example.com'; nearest: 'ada.lovelace@example.com';"));
	assert_int_equal(store_part(s, SV("c11"), &batch, &e), WEND_E_USAGE);
	assert_non_null(strstr(e.msg, "nearest: 'c10'"));
	assert_int_equal(store_part(s, SV("something else entirely"), &batch, &e), WEND_E_USAGE);
	assert_null(strstr(e.msg, "nearest"));
	assert_int_equal(store_generation(s), before);
	store_close(s);
}

static void a_correction_is_a_batch_that_says_what_it_does(void **state)
{
	static const struct test_rec v[] = { R("1", "hand=a mail=m@example.com", 1), R("2", "hand=b", 2) };
	struct store *s = memory_store();
	struct report r;
	struct err e = ERR_INIT;
	struct correction *c;
	struct arena a = ARENA_INIT;
	uint32_t who;
	size_t n;
	int file, reason, kinds;
	int64_t ingested;

	(void)state;
	load(s, "f", v, 2);
	ingested = store_last_ingest(s);
	setenv("WEND_NOW", "2100-01-01T00:00:00Z", 1);
	join(s, "b", "m@example.com");
	part(s, "m@example.com");
	unsetenv("WEND_NOW");
	report_init(&r);
	ASSERT_OK(store_table_batches(s, false, &r, &e), &e);
	assert_int_equal(r.table.nrow, 3);
	file = table_find(&r.table, SV("file"));
	reason = table_find(&r.table, SV("reason"));
	kinds = table_find(&r.table, SV("kinds"));
	assert_true(sv_is(table_at(&r.table, 1, (size_t)file)->s, "(join)"));
	assert_int_equal(table_at(&r.table, 1, (size_t)kinds)->s.n, 0);
	assert_true(sv_is(table_at(&r.table, 1, (size_t)reason)->s, "'b' and 'a' are one person, by hand"));
	assert_true(sv_is(table_at(&r.table, 2, (size_t)reason)->s, "'m@example.com' joins nothing, by hand"));
	report_release(&r);
	ASSERT_OK(store_people(s, &e), &e);
	assert_true(store_find(s, SV("b"), &who));
	ASSERT_OK(store_corrections(s, who, &c, &n, &a, &e), &e);
	assert_int_equal(n, 2);
	assert_false(c[0].part);
	assert_true(c[1].part && sv_is(c[1].a, "m@example.com"));
	/* What has no records is no ingest. */
	assert_int_equal(store_last_ingest(s), ingested);
	arena_release(&a);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_keys_are_one_person_until_it_is_undone),
		cmocka_unit_test(joins_hold_whatever_their_order_and_what_comes_later),
		cmocka_unit_test(a_phone_that_was_refused_is_joined_by_hand),
		cmocka_unit_test(a_cookie_of_two_customers_becomes_that_of_one),
		cmocka_unit_test(a_parted_key_joins_nothing_before_or_after),
		cmocka_unit_test(parting_is_stronger_than_joining),
		cmocka_unit_test(an_unknown_key_is_refused_with_the_nearest),
		cmocka_unit_test(a_correction_is_a_batch_that_says_what_it_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
