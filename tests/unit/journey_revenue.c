#include <math.h>
#include "fixture.h"
#include "wend/metric.h"

static const struct ltv_options plain_ltv = { .margin = NAN, .discount = NAN };

/* Who counts as revenue when several records tell of one sale. */

static struct record *money(struct fixture *x, enum kind kind, const char *customer, const char *when, const char *id, int64_t cents)
{
	struct record *r = fx_rec(x, kind, customer, when);
	r->id = sv_of(id);
	r->v[F_AMOUNT] = cents;
	r->v[F_CURRENCY] = currency_of(SV("EUR"));
	if (kind == KIND_PAYMENTS)
		r->s[F_STATUS] = SV("paid");
	return r;
}

static void put(struct fixture *x, enum kind kind, const char *customer, const char *when, const char *id, int64_t cents)
{
	money(x, kind, customer, when, id, cents);
	fx_put(x);
}

static void pay(struct fixture *x, const char *customer, const char *when, const char *id, int64_t cents, const char *order, const char *invoice)
{
	struct record *r = money(x, KIND_PAYMENTS, customer, when, id, cents);
	r->s[F_ORDER] = order ? sv_of(order) : SV_NONE;
	r->s[F_INVOICE] = invoice ? sv_of(invoice) : SV_NONE;
	fx_put(x);
}

/* Finding and total of 'ltv summary'. */
static void summary(struct fixture *x, const char *revenue, const char *total, const char *says, int threads)
{
	const struct report_options o = { .as_of = "2026-12-31", .revenue = revenue, .threads = threads };
	struct population p = fx_population(x, &o, KIND_ORDERS);
	struct err err = ERR_INIT;
	struct report r;
	report_init(&r);
	fx_ok(metric_ltv_summary(&p, &plain_ltv, &o, &r, &err), &err);
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "so far", "revenue"), "value"), total);
	if (says ? !strstr(r.finding.p, says) : strstr(r.finding.p, "Unmatched") != NULL)
		fail_msg("%s", r.finding.p);
	report_release(&r);
	population_release(&p);
}

static void open_shop(struct fixture *x)
{
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_PAYMENTS) | KIND_BIT(KIND_INVOICES) | KIND_BIT(KIND_SUBSCRIPTIONS));
}

static void payments_go_with_the_orders_they_name_up_to_their_amount(void **state)
{
	struct fixture x;
	(void)state;
	open_shop(&x);
	put(&x, KIND_ORDERS, "1", "2026-01-01", "A", 10000);
	pay(&x, "1", "2026-01-05", "p1", 6000, "A", NULL);
	pay(&x, "1", "2026-06-05", "p2", 4000, "A", NULL);  /* the rest */
	pay(&x, "1", "2026-07-05", "p3", 10000, "A", NULL); /* paid again */
	put(&x, KIND_ORDERS, "2", "2026-01-01", "B", 5000);
	pay(&x, "2", "2026-03-01", "p4", 4900, NULL, "B");  /* the order's number in the place of an invoice's */
	pay(&x, "3", "2026-01-01", "p5", 10000, "A", NULL); /* of somebody else */
	fx_commit(&x);
	summary(&x, "orders", "150", "Unmatched: EUR 200.00 in 2 payments; '--revenue orders+unmatched' counts them.", 1);
	summary(&x, "orders+unmatched", "350", "Unmatched: EUR 200.00 in 2 payments, which count.", 1);
	summary(&x, "payments", "349", NULL, 1);
	fx_close(&x);
}

static void without_a_reference_amount_and_three_days_decide_one_to_one(void **state)
{
	struct fixture x;
	(void)state;
	open_shop(&x);
	put(&x, KIND_ORDERS, "1", "2026-01-04", "A", 1000);
	put(&x, KIND_ORDERS, "1", "2026-01-07", "B", 1000);
	pay(&x, "1", "2026-01-01", "p1", 1000, NULL, NULL); /* A, not B */
	pay(&x, "1", "2026-01-04", "p2", 1000, NULL, NULL); /* B, as A is taken */
	pay(&x, "1", "2026-01-08", "p3", 1000, NULL, NULL); /* nothing is left */
	put(&x, KIND_ORDERS, "1", "2026-02-01", "C", 700);
	pay(&x, "1", "2026-02-05", "p4", 700, NULL, NULL);  /* a day late */
	money(&x, KIND_PAYMENTS, "1", "2026-02-01", "p5", 700)->v[F_CURRENCY] = currency_of(SV("USD"));
	fx_put(&x);
	money(&x, KIND_PAYMENTS, "1", "2026-03-01", "p6", 900)->s[F_STATUS] = SV("failed");
	fx_put(&x);
	fx_rec(&x, KIND_SUBSCRIPTIONS, "1", "2026-05-01")->v[F_MRR] = 4900;
	x.r.v[F_CURRENCY] = currency_of(SV("EUR"));
	fx_put(&x);
	pay(&x, "1", "2026-05-02", "p7", 4900, NULL, NULL);
	fx_commit(&x);
	summary(&x, "orders", "27", "Unmatched: EUR 17.00 in 2 payments, USD 7.00 in 1 payment;", 1);
	fx_close(&x);
}

static void an_invoice_and_its_payment_are_one_sale(void **state)
{
	struct fixture x;
	(void)state;
	open_shop(&x);
	put(&x, KIND_ORDERS, "1", "2026-01-01", "A", 1000);
	put(&x, KIND_INVOICES, "1", "2026-01-02", "I1", 1000);
	pay(&x, "1", "2026-02-20", "p1", 1000, NULL, "I1"); /* late, but for the order's invoice */
	put(&x, KIND_INVOICES, "1", "2026-03-01", "I2", 2000);
	pay(&x, "1", "2026-03-30", "p2", 2000, NULL, "I2"); /* no order: the payment tells of both */
	put(&x, KIND_INVOICES, "1", "2026-04-01", "I3", 3000);
	pay(&x, "1", "2026-04-02", "p3", 3000, NULL, NULL); /* the same, by amount */
	put(&x, KIND_INVOICES, "1", "2026-05-01", "I4", 4000);
	fx_commit(&x);
	summary(&x, "orders", "10", "Unmatched: EUR 90.00 in 2 payments and 1 invoice;", 1);
	summary(&x, "orders+unmatched", "100", "Unmatched: EUR 90.00 in 2 payments and 1 invoice, which count.", 1);
	fx_close(&x);
}

static void a_refund_goes_with_the_payment_it_names(void **state)
{
	struct fixture x;
	(void)state;
	open_shop(&x);
	put(&x, KIND_ORDERS, "1", "2026-01-01", "A", 1000);
	pay(&x, "1", "2026-01-01", "p1", 1000, "A", NULL);
	money(&x, KIND_PAYMENTS, "1", "2026-01-09", "r1", -1000)->s[F_REFUND_OF] = SV("p1");
	fx_put(&x);
	pay(&x, "1", "2026-05-01", "p2", 900, NULL, NULL);
	money(&x, KIND_PAYMENTS, "1", "2026-05-09", "r2", -400)->s[F_REFUND_OF] = SV("p2");
	fx_put(&x);
	put(&x, KIND_PAYMENTS, "1", "2026-06-09", "r3", -100);
	fx_commit(&x);
	summary(&x, "orders", "10", "Unmatched: EUR 5.00 in 1 payment;", 1);
	summary(&x, "orders+unmatched", "15", "Unmatched: EUR 5.00 in 1 payment, which count.", 1);
	fx_close(&x);
}

static void threads_change_nothing(void **state)
{
	struct fixture x;
	char id[16], p[16], when[16];
	(void)state;
	open_shop(&x);
	for (int i = 0; i < 70000; i++) {
		snprintf(id, sizeof id, "c%d", i / 7);
		snprintf(p, sizeof p, "%d", i);
		snprintf(when, sizeof when, "2026-%02d-%02d", 1 + i % 12, 1 + i % 27);
		put(&x, i % 2 ? KIND_ORDERS : KIND_PAYMENTS, id, when, p, 100 + i / 2 % 5);
	}
	fx_commit(&x);
	const struct report_options o[2] = { { .as_of = "2026-12-31", .threads = 1 }, { .as_of = "2026-12-31", .threads = 4 } };
	struct report r[2];
	for (int k = 0; k < 2; k++) {
		struct population pop = fx_population(&x, &o[k], KIND_ORDERS);
		struct err err = ERR_INIT;
		report_init(&r[k]);
		fx_ok(metric_ltv_summary(&pop, &plain_ltv, &o[k], &r[k], &err), &err);
		population_release(&pop);
	}
	assert_non_null(strstr(r[0].finding.p, "Unmatched: EUR "));
	assert_string_equal(r[0].finding.p, r[1].finding.p);
	report_release(&r[0]);
	report_release(&r[1]);
	fx_close(&x);
}

/* ---- two sources of orders ---- */

static enum wend_err orders_of(struct fixture *x, const char *source, int same, int own, struct err *err)
{
	char id[16], who[16], when[16];
	int64_t number;
	fx_begin(x, KIND_BIT(KIND_ORDERS));
	x->info.source = source;
	for (int i = 0; i < same + own; i++) {
		snprintf(id, sizeof id, "%s%d", source, i);
		snprintf(who, sizeof who, "c%d", i);
		snprintf(when, sizeof when, "2026-01-%02d", 1 + i % 20);
		fx_order(x, who, when, i < same ? 100 + i : 5000 + 100 * x->files + i)->id = sv_of(id);
		fx_put(x);
	}
	x->counts = (struct batch_counts){ .records = x->n };
	const enum wend_err e = batch_commit(x->b, &x->info, &x->counts, &number, err);
	x->b = NULL;
	return e;
}

static void sources_that_agree_on_over_a_fifth_are_refused_until_one_is_chosen(void **state)
{
	struct fixture x;
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	fx_ok(orders_of(&x, "shop", 30, 0, &err), &err);
	fx_ok(orders_of(&x, "till", 2, 8, &err), &err);      /* a fifth is not over it */
	fx_ok(orders_of(&x, "shop", 30, 10, &err), &err);    /* the same source tells of more */
	assert_int_equal(orders_of(&x, "card", 3, 7, &err), WEND_E_INPUT);
	assert_non_null(strstr(err.msg, "3 of 10 orders of 'card' (30 %) agree with one of 'shop'"));
	summary(&x, NULL, "986.25", NULL, 1);               /* nothing of it was written */
	fx_ok(store_set(x.s, NULL, "orders", "shop", NULL, &err), &err);
	fx_ok(orders_of(&x, "card", 3, 7, &err), &err);
	summary(&x, NULL, "567.8", "20 orders of other sources have no money here, as 'orders' is set to 'shop'.", 1);
	fx_ok(store_set(x.s, NULL, "orders", "till, card", NULL, &err), &err);
	summary(&x, NULL, "806.9", "40 orders of other sources have no money here", 1);
	fx_ok(store_set(x.s, NULL, "orders", "nobody", NULL, &err), &err);
	struct population p = fx_population(&x, NULL, KIND_ORDERS);
	struct revenue v;
	assert_int_equal(revenue_choose(&v, &p, NULL, &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "the orders come from 'card', 'shop', 'till'"));
	population_release(&p);
	fx_close(&x);
}

static void people_are_compared_as_the_new_file_links_them(void **state)
{
	struct fixture x;
	struct err err = ERR_INIT;
	int64_t number;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	x.info.source = "shop";
	static const char *const days[] = { "2026-01-01", "2026-01-02", "2026-01-03" };
	static const char *const ids[] = { "ch_1", "ch_2", "ch_3" };
	struct record *r;
	for (int i = 0; i < 3; i++) {
		fx_order(&x, "7", days[i], 500 + i);
		fx_put(&x);
	}
	fx_commit(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	x.info.source = "card";
	for (int i = 0; i < 3; i++) {
		r = fx_order(&x, "al@example.com", days[i], 500 + i);
		r->key[0].space = SPACE_MAIL;
		r->id = sv_of(ids[i]);
		fx_put(&x);
	}
	r = fx_order(&x, "7", "2026-01-09", 800);
	r->key[1] = (struct person_key){ SPACE_MAIL, SV_NONE, SV("al@example.com") };
	r->nkeys = 2;
	fx_put(&x);
	x.counts = (struct batch_counts){ .records = x.n };
	assert_int_equal(batch_commit(x.b, &x.info, &x.counts, &number, &err), WEND_E_INPUT);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payments_go_with_the_orders_they_name_up_to_their_amount),
		cmocka_unit_test(without_a_reference_amount_and_three_days_decide_one_to_one),
		cmocka_unit_test(an_invoice_and_its_payment_are_one_sale),
		cmocka_unit_test(a_refund_goes_with_the_payment_it_names),
		cmocka_unit_test(threads_change_nothing),
		cmocka_unit_test(sources_that_agree_on_over_a_fifth_are_refused_until_one_is_chosen),
		cmocka_unit_test(people_are_compared_as_the_new_file_links_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
