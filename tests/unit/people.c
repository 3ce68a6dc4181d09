/* Who is one customer: the rules of identity, each in any order of ingest. */
#include "storedata.h"

/* Every record is a file of its own; all orders of up to four files are tried. */
static void expect_customers(const struct test_rec *v, size_t n, const char *want)
{
	size_t rounds = 1;

	for (size_t i = 2; i <= n && i <= 4; i++)
		rounds *= i;
	for (size_t round = 0; round < rounds; round++) {
		struct store *s = memory_store();
		struct str got = STR_INIT;
		size_t left = round, order[16];
		char *dump, *line;

		assert_true(n <= 16);
		for (size_t i = 0; i < n; i++)
			order[i] = i;
		for (size_t i = n < 4 ? n : 4; i > 1; i--) {
			size_t k = left % i, t = order[i - 1];

			left /= i;
			order[i - 1] = order[k];
			order[k] = t;
		}
		for (size_t i = 0; i < n; i++) {
			char name[16];

			snprintf(name, sizeof name, "f%zu", order[i]);
			load_file(s, &(struct test_file){ name, 0, &v[order[i]], 1 }, NULL);
		}
		/* customer: ids of its records */
		dump = dump_store(s, 1 + (int)(round % 3));
		for (line = dump; *line;) {
			struct sv rest = sv_n(line, strcspn(line, "\n")), who, skip, id;
			struct str head = STR_INIT;

			line += rest.n + (line[rest.n] == '\n');
			sv_cut(&rest, '|', &who);
			sv_cut(&rest, '|', &skip);
			sv_cut(&rest, '|', &skip);
			sv_cut(&rest, '|', &id);
			str_printf(&head, "%.*s:", (int)who.n, who.p);
			if (!got.n || !sv_starts(sv_of(strrchr(got.p, '\n') ? strrchr(got.p, '\n') + 1 : got.p), head.p))
				str_printf(&got, "%s%s", got.n ? "\n" : "", head.p);
			str_printf(&got, " %.*s", (int)id.n, id.p);
			str_release(&head);
		}
		assert_string_equal(got.p, want);
		free(dump);
		str_release(&got);
		store_close(s);
	}
}

#define R(id, keys, time) { KIND_INTERACTIONS, id, keys, time, 0, "call", 0 }

static void a_common_mail_joins_ids_of_two_products(void **state)
{
	static const struct test_rec v[] = { R("1", "shopify=5 mail=a@example.com", 1), R("2", "stripe=cus mail=a@example.com", 2), R("3", "stripe=cus", 3), R("4", "shopify=6", 4) };

	(void)state;
	expect_customers(v, 4, "a@example.com: 1 2 3\nshopify:6: 4");
}

static void the_smallest_key_of_the_best_space_is_printed(void **state)
{
	static const struct test_rec v[] = { R("1", "hand=c10 mail=z@example.com", 1), R("2", "hand=c9 mail=z@example.com", 2), R("3", "mail=z@example.com tel=+491", 3) };

	(void)state;
	/* ids are ordered as texts: c10 before c9 */
	expect_customers(v, 3, "c10: 1 2 3");
}

static void a_phone_joins_what_has_no_ids_of_its_own(void **state)
{
	static const struct test_rec v[] = { R("1", "mail=a@example.com tel=+491", 1), R("2", "tel=+491", 2), R("3", "shopify=7 tel=+491", 3) };

	(void)state;
	expect_customers(v, 3, "a@example.com: 1 2 3");
}

static void a_phone_of_two_mails_joins_nothing(void **state)
{
	static const struct test_rec v[] = { R("1", "mail=a@example.com tel=+491", 1), R("2", "mail=b@example.com tel=+491", 2), R("3", "tel=+491", 3) };

	(void)state;
	expect_customers(v, 3, "+491: 3\na@example.com: 1\nb@example.com: 2");
}

static void a_phone_of_two_ids_of_one_product_joins_nothing(void **state)
{
	static const struct test_rec v[] = { R("1", "shopify=1 tel=+491", 1), R("2", "shopify=2 tel=+491", 2), R("3", "stripe=1 tel=+491", 3) };

	(void)state;
	expect_customers(v, 3, "shopify:1: 1\nshopify:2: 2\nstripe:1: 3");
}

static void a_chain_of_phones_does_not_join_two_mails(void **state)
{
	/* +491 and +492 each are harmless; both together would join a and b. */
	static const struct test_rec v[] = { R("1", "mail=a@example.com tel=+491", 1), R("2", "shopify=1 tel=+491", 2), R("3", "shopify=1 tel=+492", 3), R("4", "mail=b@example.com tel=+492", 4) };

	(void)state;
	expect_customers(v, 4, "a@example.com: 1 2 3\nb@example.com: 4");
}

static void a_shared_inbox_joins_nothing(void **state)
{
	static const struct test_rec v[] = {
		R("1", "hand=c1 mail=info@example.com", 1), R("2", "hand=c2 mail=info@example.com", 2), R("3", "hand=c3 mail=info@example.com", 3),
		R("4", "hand=c4 mail=info@example.com", 4), R("5", "hand=c5 mail=info@example.com", 5), R("6", "hand=c6 mail=info@example.com", 6), R("7", "mail=info@example.com", 7),
	};
	struct store *s = memory_store();
	struct report r;
	struct err e = ERR_INIT;
	bool told = false;

	(void)state;
	expect_customers(v, 7, "c1: 1\nc2: 2\nc3: 3\nc4: 4\nc5: 5\nc6: 6\ninfo@example.com: 7");
	load_file(s, &(struct test_file){ "f", 0, v, 7 }, NULL);
	report_init(&r);
	ASSERT_OK(store_table_check(s, &r, &e), &e);
	for (size_t i = 0; i < r.table.nrow; i++)
		told |= sv_is(table_at(&r.table, i, 0)->s, "shared keys") && sv_find(table_at(&r.table, i, 2)->s, SV("info@example.com")) >= 0;
	assert_true(told);
	report_release(&r);
	store_close(s);
}

static void five_customers_of_one_mail_are_one(void **state)
{
	static const struct test_rec v[] = {
		R("1", "hand=c1 mail=m@example.com", 1), R("2", "hand=c2 mail=m@example.com", 2), R("3", "hand=c3 mail=m@example.com", 3),
		R("4", "hand=c4 mail=m@example.com", 4), R("5", "hand=c5 mail=m@example.com", 5), R("6", "mail=m@example.com", 6),
	};

	(void)state;
	expect_customers(v, 6, "c1: 1 2 3 4 5 6");
}

static void a_visitor_of_one_customer_is_that_customer(void **state)
{
	static const struct test_rec v[] = { R("1", "visitor=x", 10), R("2", "mail=a@example.com visitor=x", 20), R("3", "visitor=x", 30) };

	(void)state;
	expect_customers(v, 3, "a@example.com: 1 2 3");
}

static void a_visitor_of_two_customers_changes_hands(void **state)
{
	static const struct test_rec v[] = { R("1", "visitor=x", 10), R("2", "hand=a visitor=x", 20), R("3", "visitor=x", 30), R("4", "hand=b visitor=x", 40), R("5", "visitor=x", 50) };

	(void)state;
	expect_customers(v, 5, "a: 1 2 3\nb: 4 5");
}

static void a_kiosk_belongs_to_nobody(void **state)
{
	static const struct test_rec v[] = {
		R("1", "hand=a visitor=k", 10), R("2", "hand=b visitor=k", 20), R("3", "hand=c visitor=k", 30), R("4", "hand=d visitor=k", 40),
		R("5", "hand=e visitor=k", 50), R("6", "hand=f visitor=k", 60), R("7", "visitor=k", 70),
	};

	(void)state;
	expect_customers(v, 7, "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\nweb:k: 7");
}

static void guests_stay_apart(void **state)
{
	static const struct test_rec v[] = { R("1", "", 10), R("2", "", 20) };
	struct store *s = memory_store();
	struct cursor_spec spec = { .kinds = KIND_ALL, .parts = 1 };
	struct cursor *c = NULL;
	struct err e = ERR_INIT;
	struct rows r;
	size_t n = 0;

	(void)state;
	load_file(s, &(struct test_file){ "f", 0, v, 2 }, NULL);
	ASSERT_OK(cursor_open(&c, s, &spec, &e), &e);
	for (; cursor_next(c, &r, &e); n++) {
		assert_true(r.guest);
		assert_int_equal(r.n, 1);
		assert_int_equal(store_customer(s, r.customer).n, 0);
	}
	assert_int_equal(n, 2);
	cursor_close(c);
	store_close(s);
}

static void any_key_finds_its_customer(void **state)
{
	static const struct test_rec v[] = {
		R("1", "hand=007 mail=zoe@example.com", 1), R("2", "shopify=42 mail=zoe@example.com", 2), R("3", "stripe=cus_1", 3), R("4", "hand=NA", 4), R("5", "tel=+493012345", 5), R("6", "stripe=42", 6),
	};
	static const char *const same[] = { "007", "Zoe@Example.COM", " zoe@example.com ", "shopify:42", NULL };
	struct store *s = memory_store();
	struct err e = ERR_INIT;
	uint32_t who, other;

	(void)state;
	load_file(s, &(struct test_file){ "f", 0, v, 6 }, NULL);
	ASSERT_OK(store_people(s, &e), &e);
	assert_true(store_find(s, SV("007"), &who));
	for (size_t i = 0; same[i]; i++) {
		assert_true(store_find(s, sv_of(same[i]), &other));
		assert_int_equal(other, who);
	}
	assert_true(store_find(s, SV("cus_1"), &other));
	assert_true(sv_is(store_customer(s, other), "stripe:cus_1"));
	assert_true(store_find(s, SV("NA"), &other));
	assert_true(store_find(s, SV("+49 30 123-45"), &other));
	assert_true(sv_is(store_customer(s, other), "+493012345"));
	assert_false(store_find(s, SV("42"), &other)); /* two customers have it */
	assert_false(store_find(s, SV("7"), &other));
	assert_false(store_find(s, SV(""), &other));
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_common_mail_joins_ids_of_two_products),
		cmocka_unit_test(the_smallest_key_of_the_best_space_is_printed),
		cmocka_unit_test(a_phone_joins_what_has_no_ids_of_its_own),
		cmocka_unit_test(a_phone_of_two_mails_joins_nothing),
		cmocka_unit_test(a_phone_of_two_ids_of_one_product_joins_nothing),
		cmocka_unit_test(a_chain_of_phones_does_not_join_two_mails),
		cmocka_unit_test(a_shared_inbox_joins_nothing),
		cmocka_unit_test(five_customers_of_one_mail_are_one),
		cmocka_unit_test(a_visitor_of_one_customer_is_that_customer),
		cmocka_unit_test(a_visitor_of_two_customers_changes_hands),
		cmocka_unit_test(a_kiosk_belongs_to_nobody),
		cmocka_unit_test(guests_stay_apart),
		cmocka_unit_test(any_key_finds_its_customer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
