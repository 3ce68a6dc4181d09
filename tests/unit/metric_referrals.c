#include "fixture.h"
#include "wend/metric.h"

static void referrals(struct fixture *x, const struct report_options *o, struct report *r)
{
	struct population p = fx_population(x, o, KIND_ORDERS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_ltv_referrals(&p, o, r, &err), &err);
	population_release(&p);
	int64_t sum = 0;
	for (int i = 0; i < r->explain.nrow; i++)
		sum += r->explain.row[i].rows;
	assert_int_equal(sum, r->explain.in_store);
}

static struct record *person(struct fixture *x, const char *customer, const char *by)
{
	struct record *r = fx_rec(x, KIND_CUSTOMERS, customer, NULL);
	if (by)
		r->s[F_REFERRED_BY] = sv_of(by);
	return r;
}

static void order(struct fixture *x, const char *customer, const char *when, int64_t cents)
{
	fx_order(x, customer, when, cents);
	fx_put(x);
}

static const char all_rows[] = "customer referred bought revenue_of_referred revenue";

/* The rows in their order, a line each. */
static void rows_are(const struct report *r, const char *want)
{
	struct str s = STR_INIT;
	for (size_t i = 0; i < r->table.nrow; i++) {
		struct sv rest = sv_of(all_rows), col;
		while (sv_cut(&rest, ' ', &col)) {
			char name[32] = "";
			memcpy(name, col.p, col.n);
			str_printf(&s, "%s%s", fx_cell(&r->table, i, name), rest.n ? " " : "\n");
		}
	}
	if (strcmp(s.p ? s.p : "", want))
		fail_msg("%s, not %s", s.p, want);
	str_release(&s);
}

static void has(const struct report *r, const char *text)
{
	if (!strstr(r->finding.p, text))
		fail_msg("no '%s' in: %s", text, r->finding.p);
}

/* anna won ben, by her address in other letters, and cleo, by her id; cleo won dora, who
 * has not bought; the other references lead nowhere, but hugo's leads into a circle. */
static void a_small_shop(struct fixture *x)
{
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_CUSTOMERS));
	struct record *anna = person(x, "anna", NULL);
	anna->key[1] = (struct person_key){ SPACE_MAIL, SV_NONE, SV("anna@example.com") };
	anna->nkeys = 2;
	fx_put(x);
	person(x, "ben", " Anna@Example.com ");
	fx_put(x);
	person(x, "cleo", "anna");
	fx_put(x);
	person(x, "dora", "cleo");
	fx_put(x);
	person(x, "emil", "emil");
	fx_put(x);
	person(x, "finn", "gala");
	fx_put(x);
	person(x, "gala", "finn");
	fx_put(x);
	person(x, "hugo", "gala");
	fx_put(x);
	person(x, "ines", "a friend");
	fx_put(x);
	person(x, "late", "ben")->v[F_TIME] = fx_time("2026-07-01"); /* after the as-of day */
	fx_put(x);
	order(x, "anna", "2026-01-01", 1000);
	order(x, "anna", "2026-02-01", 1000);
	order(x, "ben", "2026-03-01", 3000);
	order(x, "cleo", "2026-03-01", 4000);
	order(x, "cleo", "2026-03-11", 1000);
	order(x, "emil", "2026-01-01", 77700);
	order(x, "finn", "2026-01-01", 77700);
	order(x, "hugo", "2026-01-01", 500);
	order(x, "ines", "2026-01-01", 77700);
	order(x, "jana", "2026-05-31", 600);  /* no record of her own */
	order(x, NULL, "2026-01-01", 9900);
	fx_commit(x);
}

static void references_are_resolved_by_any_key_and_added_up_by_whom_they_name(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30", .min_n = 2 };
	(void)state;
	a_small_shop(&x);
	referrals(&x, &o, &r);
	rows_are(&r, "anna 2 2 80.00 20.00\ngala 1 1 5.00 0.00\ncleo 1 0 0.00 50.00\n");
	assert_string_equal(r.table.customer_col, "customer");
	assert_string_equal(fx_cell(&r.table, 0, "share"), "1");
	assert_string_equal(fx_cell(&r.table, 2, "share"), "0");
	/* ben 30, cleo 50, hugo 5 against anna 20 and jana 6 */
	has(&r, "customers won by others brought EUR 28.33 (");
	has(&r, "; 3 customers) each so far, those nobody is known to have referred EUR 13.00 (");
	has(&r, "; 2 customers)");
	has(&r, "a difference of 15.33 (");
	has(&r, "within chance. Bought again: 33.3 % (6.1 to 79.2 %; 1) against 50.0 % (9.5 to 90.5 %; 1), within chance.");
	has(&r, "3 people have referred 4, of whom 3 bought.");
	has(&r, "4 references are not followed (1 to nobody in the store, 1 to the customer himself, 2 in a circle).");
	/* ben and cleo since 1 March: 121 days, hugo since 1 January: 180; anna 180, jana 30 */
	has(&r, "They have been customers for 141 and 105 days on average.");
	report_release(&r);
	fx_close(&x);
}

static void the_day_decides_who_is_known(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-07-02", .min_n = 2 };
	(void)state;
	a_small_shop(&x);
	referrals(&x, &o, &r);
	rows_are(&r, "anna 2 2 80.00 20.00\ngala 1 1 5.00 0.00\nben 1 0 0.00 30.00\ncleo 1 0 0.00 50.00\n");
	report_release(&r);
	fx_close(&x);
}

static void conditions_choose_referrers_and_those_compared_but_not_what_is_counted(void **state)
{
	struct fixture x;
	struct report r;
	const char *where[] = { "customer=anna|ben" };
	const struct report_options o = { .as_of = "2026-06-30", .min_n = 2, .where = { where, 1, 1 } };
	(void)state;
	a_small_shop(&x);
	referrals(&x, &o, &r);
	rows_are(&r, "anna 2 2 80.00 20.00\n");
	has(&r, "customers won by others brought EUR 30.00 (1 customer) each so far, those nobody is known to have referred EUR 20.00 (1 customer): too few to compare");
	report_release(&r);
	fx_close(&x);
}

static void the_last_report_counts(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30", .min_n = 1 };
	(void)state;
	a_small_shop(&x);
	fx_begin(&x, KIND_BIT(KIND_CUSTOMERS));
	person(&x, "ben", "cleo")->v[F_TIME] = fx_time("2026-02-20");
	fx_put(&x);
	fx_commit(&x);
	referrals(&x, &o, &r);
	rows_are(&r, "anna 1 1 50.00 20.00\ncleo 2 1 30.00 50.00\ngala 1 1 5.00 0.00\n");
	report_release(&r);
	fx_close(&x);
}

static void a_longer_circle_takes_only_its_members_with_it(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_CUSTOMERS));
	static const char *const by[][2] = { { "t", "s" }, { "s", "1" }, { "1", "2" }, { "2", "3" }, { "3", "1" }, { "u", "t" } };
	for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
		person(&x, by[i][0], by[i][1]);
		fx_put(&x);
	}
	order(&x, "u", "2026-01-01", 100);
	fx_commit(&x);
	referrals(&x, &o, &r);
	rows_are(&r, "t 1 1 1.00 0.00\n1 1 0 0.00 0.00\ns 1 0 0.00 0.00\n");
	has(&r, "3 references are not followed (3 in a circle).");
	report_release(&r);
	fx_close(&x);
}

static void nobody_is_said_to_be_referred(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	order(&x, "1", "2026-01-01", 100);
	fx_commit(&x);
	referrals(&x, &o, &r);
	assert_int_equal(r.table.nrow, 0);
	has(&r, "no customers record says who referred the customer (field 'referred_by')");
	report_release(&r);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_resolved_by_any_key_and_added_up_by_whom_they_name),
		cmocka_unit_test(the_day_decides_who_is_known),
		cmocka_unit_test(conditions_choose_referrers_and_those_compared_but_not_what_is_counted),
		cmocka_unit_test(the_last_report_counts),
		cmocka_unit_test(a_longer_circle_takes_only_its_members_with_it),
		cmocka_unit_test(nobody_is_said_to_be_referred),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
