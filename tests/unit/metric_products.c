#include <math.h>
#include "fixture.h"
#include "wend/metric.h"

static const struct ltv_options plain = { .margin = NAN, .discount = NAN };

static enum wend_err try_products(struct fixture *x, const char *within, const struct report_options *o, struct report *r, struct err *err)
{
	struct population p = fx_population(x, o, KIND_ORDERS);
	const struct product_options po = { .within = within };
	report_init(r);
	const enum wend_err e = metric_ltv_products(&p, &plain, &po, o, r, err);
	population_release(&p);
	return e;
}

static void products(struct fixture *x, const char *within, const struct report_options *o, struct report *r)
{
	struct err err = ERR_INIT;
	fx_ok(try_products(x, within, o, r, &err), &err);
	int64_t sum = 0;
	for (int i = 0; i < r->explain.nrow; i++)
		sum += r->explain.row[i].rows;
	assert_int_equal(sum, r->explain.in_store);
}

/* One order of one line or, with a bar, of two. */
static struct record *order(struct fixture *x, const char *customer, const char *when, int64_t cents, const char *what)
{
	static struct item item[2];
	struct record *r = fx_order(x, customer, when, cents);
	struct sv rest = sv_of(what), one;
	r->item = item;
	while (what && sv_cut(&rest, '|', &one))
		item[r->nitems++] = (struct item){ .product = one, .category = sv_n(one.p, 1), .quantity = WEND_NONE, .amount = WEND_NONE };
	return r;
}

static void sold(struct fixture *x, const char *customer, const char *when, int64_t cents, const char *what)
{
	order(x, customer, when, cents, what);
	fx_put(x);
}

static double number(const struct table *t, size_t row, const char *col)
{
	double v = NAN;
	sv_real(sv_of(fx_cell(t, row, col)), &v);
	return v;
}

static void close_to(double got, double want)
{
	if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want))))
		fail_msg("%.17g, not %.17g", got, want);
}

static void a_later_purchase_is_the_same_another_or_any(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30", .min_n = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	sold(&x, "a", "2026-01-01", 1000, "Assam");
	sold(&x, "a", "2026-01-01", 500, "Assam");         /* that day is one purchase */
	sold(&x, "a", "2026-01-11", 1000, "Assam");        /* the same */
	sold(&x, "b", "2026-01-01", 1000, "Assam");
	sold(&x, "b", "2026-01-21", 1000, "Biscuit");      /* another */
	sold(&x, "c", "2026-01-01", 1000, "Assam");
	sold(&x, "c", "2026-01-21", 1000, NULL);           /* something */
	sold(&x, "d", "2026-01-01", 1000, "Assam");
	sold(&x, "d", "2026-04-30", 1000, "Assam");        /* too late */
	sold(&x, "e", "2026-01-01", 1000, "Assam|Cup");    /* counts for both */
	sold(&x, "e", "2026-01-05", 1000, "Cup");
	sold(&x, "f", "2026-01-01", 1000, NULL);           /* began with nothing named */
	sold(&x, "f", "2026-01-05", 1000, "Assam");
	sold(&x, NULL, "2026-01-05", 1000, "Assam");       /* a guest */
	fx_commit(&x);
	products(&x, "30day", &o, &r);
	const struct table *t = &r.table;
	const size_t all = fx_row(t, "all", ""), assam = fx_row(t, "repeat", "Assam"), cup = fx_row(t, "repeat", "Cup");
	assert_int_equal(t->nrow, 3);
	close_to(number(t, all, "customers"), 5);
	close_to(number(t, all, "same"), 2 / 5.0);
	close_to(number(t, all, "other"), 1 / 5.0);
	close_to(number(t, all, "any"), 4 / 5.0);
	close_to(number(t, assam, "customers"), 5);
	close_to(number(t, assam, "same"), 1 / 5.0);
	close_to(number(t, assam, "other"), 2 / 5.0);
	close_to(number(t, assam, "any"), 4 / 5.0);
	close_to(number(t, assam, "revenue_per_customer"), (25 + 20 + 20 + 10 + 20) / 5.0);
	close_to(number(t, cup, "customers"), 1);
	close_to(number(t, cup, "same"), 1);
	close_to(number(t, cup, "other"), 0);
	close_to(number(t, cup, "against"), 0.75);
	assert_non_null(strstr(r.finding.p, "1 customer's first purchase names no product"));
	assert_non_null(strstr(r.finding.p, "No order names a discount"));
	report_release(&r);
	fx_close(&x);
}

static void who_came_late_counts_as_far_as_seen(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-01-31", .min_n = 1 }, soon = { .as_of = "2026-01-20", .min_n = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	sold(&x, "a", "2026-01-01", 1000, "Assam");        /* seen 30 days */
	sold(&x, "b", "2026-01-01", 1000, "Assam");
	sold(&x, "b", "2026-01-06", 1000, "Assam");        /* day 5, of 4 */
	sold(&x, "c", "2026-01-21", 1000, "Assam");        /* seen 10 days */
	sold(&x, "d", "2026-01-01", 1000, "Assam");
	sold(&x, "d", "2026-01-21", 1000, "Assam");        /* day 20, of 2 */
	fx_commit(&x);
	products(&x, "30day", &o, &r);
	close_to(number(&r.table, 0, "any"), 1 - 3 / 4.0 / 2);
	close_to(number(&r.table, 0, "observed"), 3);
	close_to(number(&r.table, 0, "revenue_per_customer"), 50 / 3.0);
	assert_string_equal(fx_cell(&r.table, 0, "flag"), "");
	report_release(&r);
	products(&x, "30day", &soon, &r);                  /* nobody was seen so long */
	assert_string_equal(fx_cell(&r.table, 0, "any"), "");
	assert_string_equal(fx_cell(&r.table, 0, "flag"), "few");
	report_release(&r);
	fx_close(&x);
}

static void categories_can_stand_for_products(void **state)
{
	struct fixture x;
	struct report r;
	struct err err = ERR_INIT;
	const struct report_options o = { .as_of = "2026-06-30", .by = "category", .min_n = 1 }, wrong = { .by = "channel" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	sold(&x, "a", "2026-01-01", 1000, "Assam");
	sold(&x, "a", "2026-01-11", 1000, "Ahmad");
	sold(&x, "b", "2026-01-01", 1000, "Biscuit");
	fx_commit(&x);
	products(&x, NULL, &o, &r);
	close_to(number(&r.table, fx_row(&r.table, "repeat", "A"), "same"), 1);
	assert_int_equal(table_find(&r.table, SV("category")), 1);
	report_release(&r);
	assert_int_equal(try_products(&x, NULL, &wrong, &r, &err), WEND_E_USAGE);
	report_release(&r);
	assert_int_equal(try_products(&x, "soon", &o, &r, &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "13week"));
	report_release(&r);
	fx_close(&x);
}

/* n customers begin with `what`; every `again`-th comes back. */
static void crowd(struct fixture *x, const char *prefix, int n, const char *what, int again, int64_t discount, const char *first)
{
	char id[32];
	for (int i = 0; i < n; i++) {
		snprintf(id, sizeof id, "%s%d", prefix, i);
		struct record *r = order(x, id, first, 1000, what);
		r->v[F_DISCOUNT] = discount;
		fx_put(x);
		if (again && i % again == 0) {
			order(x, id, "2026-01-20", 1000, "Tea caddy")->v[F_DISCOUNT] = 0;
			fx_put(x);
		}
	}
}

static void what_beats_chance_is_said_and_nothing_else(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	crowd(&x, "m", 100, "Matcha", 2, 0, "2026-01-05");
	crowd(&x, "a", 200, "Assam", 5, 0, "2026-01-05");
	crowd(&x, "b", 200, "Biscuit", 5, 0, "2026-01-05");
	crowd(&x, "c", 20, "Cup", 1, 0, "2026-01-05");     /* too few to say so */
	fx_commit(&x);
	products(&x, NULL, &o, &r);
	assert_non_null(strstr(r.finding.p, "First buyers of Matcha come back more often than the rest: 50.0 %"));
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "repeat", "Matcha"), "call"), "real");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "repeat", "Cup"), "flag"), "few");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "repeat", "Cup"), "any"), "");
	/* ties by name, below those with more customers */
	assert_string_equal(fx_cell(&r.table, 1, "product"), "Assam");
	assert_string_equal(fx_cell(&r.table, 2, "product"), "Biscuit");
	report_release(&r);
	fx_close(&x);
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	crowd(&x, "m", 100, "Matcha", 4, 0, "2026-01-05");
	crowd(&x, "a", 200, "Assam", 5, 0, "2026-01-05");
	fx_commit(&x);
	products(&x, NULL, &o, &r);
	assert_null(strstr(r.finding.p, "First buyers"));
	assert_non_null(strstr(r.finding.p, "none of 2 products differs"));
	report_release(&r);
	fx_close(&x);
}

static void a_discount_is_compared_with_buyers_alike(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	crowd(&x, "d", 60, "Assam", 2, 100, "2026-01-05");  /* half come back */
	crowd(&x, "n", 80, "Assam", 4, 0, "2026-01-06");    /* of the same item and month a quarter */
	crowd(&x, "m", 80, "Matcha", 1, 0, "2026-01-06");   /* another item: no match */
	crowd(&x, "f", 80, "Assam", 1, 0, "2026-02-06");    /* another month: no match */
	crowd(&x, "e", 10, "Biscuit", 1, 100, "2026-01-06"); /* nobody to be compared with */
	fx_commit(&x);
	products(&x, NULL, &o, &r);
	const struct table *t = &r.table;
	const size_t row = t->nrow - 1;
	assert_string_equal(fx_cell(t, row, "section"), "discount");
	assert_string_equal(fx_cell(t, row, "buyers"), "new");
	close_to(number(t, row, "customers"), 60);
	close_to(number(t, row, "unmatched"), 10);
	close_to(number(t, row, "observed"), 70);
	close_to(number(t, row, "any"), 0.5);
	const double without = number(t, row, "against");
	assert_true(without > 0.1 && without < 0.34);       /* 60 of those 80, drawn at random */
	close_to(number(t, row, "diff"), 0.5 - without);
	assert_true(number(t, row, "diff_lo") > 0);
	assert_string_equal(fx_cell(t, row, "call"), "real");
	assert_non_null(strstr(r.finding.p, "10 more could not be matched"));
	report_release(&r);
	fx_close(&x);
}

static void orders_of_a_source_without_discounts_are_no_controls(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	crowd(&x, "d", 40, "Assam", 2, 100, "2026-01-05");
	fx_commit(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	x.info.source = "till";
	crowd(&x, "n", 40, "Assam", 0, WEND_NONE, "2026-01-05");
	fx_commit(&x);
	products(&x, NULL, &o, &r);
	const size_t row = r.table.nrow - 1;
	assert_string_equal(fx_cell(&r.table, row, "section"), "discount");
	close_to(number(&r.table, row, "customers"), 0);
	close_to(number(&r.table, row, "unmatched"), 40);
	assert_string_equal(fx_cell(&r.table, row, "flag"), "few");
	report_release(&r);
	fx_close(&x);
}

static void existing_customers_are_matched_by_what_they_did_before(void **state)
{
	struct fixture x;
	struct report r;
	char id[32];
	const struct report_options o = { .as_of = "2026-12-31" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	for (int i = 0; i < 80; i++) {
		snprintf(id, sizeof id, "%d", i);
		order(&x, id, "2026-01-05", 1000, "Assam")->v[F_DISCOUNT] = 0;
		fx_put(&x);
		order(&x, id, "2026-02-05", 1000, "Assam")->v[F_DISCOUNT] = i % 2 ? 100 : 0; /* treated at x = 1 */
		fx_put(&x);
		if (i % 2 || i % 8 == 0) { /* all treated, a quarter of the others */
			order(&x, id, "2026-03-05", 1000, "Assam")->v[F_DISCOUNT] = 0;
			fx_put(&x);
		}
	}
	fx_commit(&x);
	products(&x, NULL, &o, &r);
	const struct table *t = &r.table;
	const size_t row = t->nrow - 1;
	assert_string_equal(fx_cell(t, row, "buyers"), "existing");
	close_to(number(t, row, "customers"), 40);
	close_to(number(t, row, "any"), 1);
	close_to(number(t, row, "against"), 0.25);
	close_to(number(t, row, "unmatched"), 0);
	assert_string_equal(fx_cell(t, row, "call"), "real");
	report_release(&r);
	fx_close(&x);
}

static void nothing_sold_is_said_in_words(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	sold(&x, "a", "2026-01-01", 1000, NULL);
	fx_commit(&x);
	products(&x, NULL, &o, &r);
	assert_int_equal(r.table.nrow, 0);
	assert_non_null(strstr(r.finding.p, "no first purchase names a product"));
	report_release(&r);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_purchase_is_the_same_another_or_any),
		cmocka_unit_test(who_came_late_counts_as_far_as_seen),
		cmocka_unit_test(categories_can_stand_for_products),
		cmocka_unit_test(what_beats_chance_is_said_and_nothing_else),
		cmocka_unit_test(a_discount_is_compared_with_buyers_alike),
		cmocka_unit_test(orders_of_a_source_without_discounts_are_no_controls),
		cmocka_unit_test(existing_customers_are_matched_by_what_they_did_before),
		cmocka_unit_test(nothing_sold_is_said_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
