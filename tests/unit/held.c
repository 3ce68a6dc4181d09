/* Everything held of one person: all versions, wherever compaction and undo put them; and
 * pseudonyms that depend on the person and the secret alone. */
#include "storedata.h"

#include "wend/held.h"
#include "wend/mask.h"

#define O(id, keys, time, amount, updated) { KIND_ORDERS, id, keys, time, amount, "web", updated }

static const struct test_rec first[] = {
	O("1", "hand=a mail=a@example.com", 100, 10, 0), O("2", "hand=a", 200, 20, 0), O("3", "hand=b", 300, 30, 0), O(NULL, "mail=a@example.com", 400, 40, 0),
};
static const struct test_rec second[] = { O("1", "hand=a mail=a@example.com", 100, 11, 0), O("2", "hand=a", 200, 20, 0), O("3", "hand=b", 300, 31, 0) };
static const struct test_rec third[] = { O("5", "mail=a@example.com", 500, 50, 0), O("1", "hand=b", 100, 12, 0) };

static struct store *three_files(void)
{
	struct store *s = memory_store();

	load_file(s, &(struct test_file){ "f1", 0, first, 4 }, NULL);
	load_file(s, &(struct test_file){ "f2", 0, second, 3 }, NULL);
	load_file(s, &(struct test_file){ "f3", 0, third, 2 }, NULL);
	return s;
}

static int64_t value_of(const struct held_record *r, enum field f)
{
	for (size_t i = 0; i < r->nvalue; i++)
		if (r->value[i].field == f)
			return r->value[i].v;
	return WEND_NONE;
}

/* "file:line amount state [+ also:line]", a line each. */
static char *held_text(struct store *s, const char *key)
{
	struct str out = STR_INIT;
	struct arena a = ARENA_INIT;
	struct err e = ERR_INIT;
	struct held h;
	uint32_t who;

	ASSERT_OK(store_people(s, &e), &e);
	assert_true(store_find(s, sv_of(key), &who));
	ASSERT_OK(store_held(s, who, &h, &a, &e), &e);
	for (size_t i = 0; i < h.nrecord; i++) {
		const struct held_record *r = &h.record[i];

		str_printf(&out, "%lld:%lld %lld %s", (long long)r->from.batch, (long long)r->from.line, (long long)value_of(r, F_AMOUNT), held_states[r->state]);
		for (size_t k = 0; k < r->nalso; k++)
			str_printf(&out, " + %lld:%lld", (long long)r->also[k].batch, (long long)r->also[k].line);
		str_putc(&out, '\n');
	}
	arena_release(&a);
	return str_detach(&out);
}

static void expect_held(struct store *s, const char *key, const char *want)
{
	char *got = held_text(s, key);

	assert_string_equal(got, want);
	free(got);
}

#define A_HOLDS "1:2 10 superseded\n2:2 11 superseded\n1:3 20 seen + 2:3\n1:5 40 seen\n3:2 50 seen\n"

static void every_version_of_every_record_is_held(void **state)
{
	struct store *s = three_files();

	(void)state;
	expect_held(s, "a", A_HOLDS);
	expect_held(s, "A@example.com", A_HOLDS);
	/* Order 1 is b's by the word of the newest file. */
	expect_held(s, "b", "3:3 12 seen\n1:4 30 superseded\n2:4 31 seen\n");
	store_close(s);
}

static void compaction_changes_nothing_of_it(void **state)
{
	struct store *s = three_files();
	struct compact_counts c;
	struct err e = ERR_INIT;

	(void)state;
	ASSERT_OK(store_compact(s, 0, &c, &e), &e);
	expect_held(s, "a", A_HOLDS);
	store_close(s);
}

static void what_was_undone_is_held_until_compaction(void **state)
{
	struct store *s = three_files();
	struct undo_counts u;
	struct compact_counts c;
	struct err e = ERR_INIT;

	(void)state;
	ASSERT_OK(store_undo(s, 3, &u, &e), &e);
	expect_held(s, "a", "1:2 10 superseded\n2:2 11 seen\n1:3 20 seen + 2:3\n1:5 40 seen\n3:2 50 undone\n");
	ASSERT_OK(store_compact(s, 0, &c, &e), &e);
	expect_held(s, "a", "1:2 10 superseded\n2:2 11 seen\n1:3 20 seen + 2:3\n1:5 40 seen\n");
	store_close(s);
}

static void links_and_batches_are_told(void **state)
{
	struct store *s = three_files();
	struct arena a = ARENA_INIT;
	struct err e = ERR_INIT;
	struct held h;
	uint32_t who;
	int64_t batch;

	(void)state;
	ASSERT_OK(store_part(s, SV("a@example.com"), &batch, &e), &e);
	ASSERT_OK(store_people(s, &e), &e);
	assert_true(store_find(s, SV("a"), &who));
	ASSERT_OK(store_held(s, who, &h, &a, &e), &e);
	assert_int_equal(h.nrecord, 3);
	assert_int_equal(h.nlink, 3);
	assert_true(sv_is(h.link[0].a, "a") && sv_is(h.link[0].b, "a@example.com") && h.link[0].batch == 1 && !h.link[0].by_hand);
	assert_true(h.link[2].by_hand && sv_eq(h.link[2].a, h.link[2].b));
	assert_int_equal(h.nbatch, 3);
	assert_true(sv_is(h.batch[0].file, "f1") && sv_is(h.batch[0].state, "live"));
	arena_release(&a);
	store_close(s);
}

static char *pseudonym(struct store *s, const char *key)
{
	struct str out = STR_INIT;
	struct masker *m;
	struct err e = ERR_INIT;

	ASSERT_OK(masker_open(&m, s, &e), &e);
	masker_key(m, sv_of(key), &out);
	masker_free(m);
	return str_detach(&out);
}

static void a_pseudonym_depends_on_the_person_and_the_secret_alone(void **state)
{
	static const struct test_rec other[] = { O("9", "hand=z", 1, 1, 0), O("8", "mail=a@example.com hand=a", 2, 2, 0) };
	struct store *s = three_files(), *t = memory_store();
	char *one, *same, *elsewhere, *unlike;

	(void)state;
	load_file(t, &(struct test_file){ "g", 0, other, 2 }, NULL);
	setenv("WEND_KEY", "a secret for tests", 1);
	one = pseudonym(s, "a");
	same = pseudonym(s, "A@Example.com ");
	elsewhere = pseudonym(t, "a@example.com");
	assert_int_equal(strlen(one), 28);
	assert_string_equal(one, same);
	assert_string_equal(one, elsewhere);
	setenv("WEND_KEY", "another secret for tests", 1);
	unlike = pseudonym(s, "a");
	assert_string_not_equal(one, unlike);
	unsetenv("WEND_KEY");
	free(one);
	free(same);
	free(elsewhere);
	free(unlike);
	store_close(s);
	store_close(t);
}

static void a_store_in_memory_has_no_secret_of_its_own(void **state)
{
	struct store *s = three_files();
	unsigned char key[32];
	struct err e = ERR_INIT;

	(void)state;
	unsetenv("WEND_KEY");
	assert_int_equal(store_secret(s, true, key, &e), WEND_E_USAGE);
	store_close(s);
}

static void keys_and_addresses_are_told_from_other_cells(void **state)
{
	static const char *const keys[] = { "ada@example.com", " Ada.L@Example.co.uk ", "+49 30 1234567", "+4930/1234-567", NULL };
	static const char *const others[] = { "", "a", "1", "12.50", "+5", "-1.5", "2026-01-01", "2026-01-01T10:00:00+01:00", "a@b", "@x.de", "x@", "see ada@example.com", "10:30", "web:shop", NULL };
	struct store *s = three_files();
	struct masker *m;
	struct err e = ERR_INIT;

	(void)state;
	setenv("WEND_KEY", "a secret for tests", 1);
	ASSERT_OK(masker_open(&m, s, &e), &e);
	for (size_t i = 0; keys[i]; i++)
		assert_true(masker_is_key(m, sv_of(keys[i])));
	for (size_t i = 0; others[i]; i++)
		assert_false(masker_is_key(m, sv_of(others[i])));
	masker_free(m);
	unsetenv("WEND_KEY");
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_of_every_record_is_held),
		cmocka_unit_test(compaction_changes_nothing_of_it),
		cmocka_unit_test(what_was_undone_is_held_until_compaction),
		cmocka_unit_test(links_and_batches_are_told),
		cmocka_unit_test(a_pseudonym_depends_on_the_person_and_the_secret_alone),
		cmocka_unit_test(a_store_in_memory_has_no_secret_of_its_own),
		cmocka_unit_test(keys_and_addresses_are_told_from_other_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
