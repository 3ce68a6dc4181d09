#include "fixture.h"

struct seq {
	int64_t seen[SEEN_REASONS];
	int64_t customers, days_sum, at_sum, disorder, amount;
	int64_t last_hour;
};

static void look(void *acc, const struct journey *j, void *ctx)
{
	struct seq *t = acc;
	(void)ctx;
	t->customers++;
	for (size_t i = 0; i < j->rows.n; i++) {
		t->seen[j->seen[i]]++;
		t->days_sum += j->day[i];
		t->at_sum += j->at[i];
		t->disorder += i && j->at[i] < j->at[i - 1];
		if (j->rows.f[F_AMOUNT] && j->rows.f[F_AMOUNT][i] != WEND_NONE && !j->seen[i])
			t->amount += j->rows.f[F_AMOUNT][i] * ((int64_t)i + 1);
	}
}

static void merge(void *into, void *from, void *ctx)
{
	struct seq *a = into, *b = from;
	(void)ctx;
	for (int i = 0; i < SEEN_REASONS; i++)
		a->seen[i] += b->seen[i];
	a->customers += b->customers;
	a->days_sum += b->days_sum;
	a->at_sum += b->at_sum;
	a->disorder += b->disorder;
	a->amount += b->amount;
}

static enum wend_err run(const struct population *p, uint32_t kinds, uint32_t money, struct seq *out, struct fold_counts *n, struct err *err)
{
	struct fold f = { .kinds = kinds, .want_at = true, .want_day = true, .money = money, .acc_size = sizeof *out, .customer = look, .merge = merge };
	fields_add(&f.fields, F_AMOUNT);
	return fold_run(p, &f, out, n, err);
}

static int64_t sum_of(const struct fold_counts *n)
{
	int64_t sum = 0;
	for (int i = 0; i < SEEN_REASONS; i++)
		sum += n->by_reason[i];
	return sum;
}

static void every_source_row_is_counted_under_exactly_one_reason(void **state)
{
	struct fixture x;
	struct seq t;
	struct fold_counts n;
	struct err err = ERR_INIT;
	const char *where[] = { "amount>=1" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_INTERACTIONS));
	fx_order(&x, "1", "2026-01-31", 100)->rows = 3;
	fx_put(&x);
	fx_order(&x, "1", "2026-02-01", 200);
	fx_put(&x);
	fx_order(&x, "2", "2026-02-01", 99);
	fx_put(&x);
	fx_order(&x, "2", "2026-02-28", 300);
	fx_put(&x);
	fx_order(&x, NULL, "2026-03-01", 400);
	fx_put(&x);
	fx_touch(&x, "1", "2026-02-10", "call");
	fx_commit(&x);
	const struct report_options o = { .as_of = "2026-02-28", .since = "2026-02-01", .where = { where, 1, 1 } };
	struct population p = fx_population(&x, &o, KIND_ORDERS);
	fx_ok(run(&p, KIND_BIT(KIND_ORDERS), 0, &t, &n, &err), &err);
	assert_int_equal(n.in_store, 8);
	assert_int_equal(sum_of(&n), 8);
	assert_int_equal(n.by_reason[SEEN], 2);
	assert_int_equal(n.by_reason[SEEN_OUTSIDE_SPAN], 3);
	assert_int_equal(n.by_reason[SEEN_FILTERED], 1);
	assert_int_equal(n.by_reason[SEEN_AFTER_AS_OF], 1);
	assert_int_equal(n.by_reason[SEEN_OTHER_KIND], 1);
	assert_int_equal(n.guests, 1);
	population_release(&p);
	fx_close(&x);
}

static void the_last_day_of_the_counting_kind_is_the_default_as_of_day(void **state)
{
	struct fixture x;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_INTERACTIONS));
	fx_order(&x, "1", "2026-01-31", 100);
	fx_put(&x);
	fx_touch(&x, "1", "2026-02-10T23:30Z", "call");
	fx_commit(&x);
	struct population p = fx_population(&x, NULL, KIND_ORDERS);
	assert_string_equal(p.as_of_text, "2026-01-31");
	population_release(&p);
	p = fx_population(&x, NULL, KIND_INTERACTIONS);
	assert_string_equal(p.as_of_text, "2026-02-10");
	population_release(&p);
	p = fx_population(&x, NULL, KIND_SUBSCRIPTIONS);
	assert_string_equal(p.as_of_text, "2026-01-31");
	assert_int_equal(p.as_of_kind, KIND_ORDERS);
	population_release(&p);
	fx_close(&x);
}

static void civil_days_and_instants_mix_in_the_order_of_the_zone(void **state)
{
	struct fixture x;
	struct seq t;
	struct fold_counts n;
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	/* in New York the civil day of 2 March begins at 05:00 UTC, after this instant of 1 March */
	fx_order(&x, "1", "2026-03-02", 10);
	fx_put(&x);
	fx_order(&x, "1", "2026-03-02T03:00Z", 1000);
	fx_put(&x);
	fx_commit(&x);
	const struct report_options o = { .tz = "America/New_York", .as_of = "2026-03-01" };
	struct population p = fx_population(&x, &o, KIND_ORDERS);
	fx_ok(run(&p, KIND_BIT(KIND_ORDERS), 0, &t, &n, &err), &err);
	assert_int_equal(t.disorder, 0);
	assert_int_equal(t.seen[SEEN], 1);
	assert_int_equal(t.seen[SEEN_AFTER_AS_OF], 1);
	assert_int_equal(t.amount, 1000); /* first in order */
	assert_int_equal(t.days_sum, (int64_t)civil_day(2026, 3, 1) + civil_day(2026, 3, 2));
	population_release(&p);
	fx_close(&x);
}

static void more_than_one_currency_is_refused_with_the_list(void **state)
{
	struct fixture x;
	struct seq t;
	struct fold_counts n;
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	fx_order(&x, "1", "2026-01-01", 10);
	fx_put(&x);
	fx_order(&x, "2", "2026-01-02", 20)->v[F_CURRENCY] = currency_of(SV("CHF"));
	fx_put(&x);
	fx_commit(&x);
	struct population p = fx_population(&x, NULL, KIND_ORDERS);
	assert_int_equal(run(&p, KIND_BIT(KIND_ORDERS), KIND_BIT(KIND_ORDERS), &t, &n, &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "CHF, EUR"));
	err = (struct err)ERR_INIT;
	fx_ok(run(&p, KIND_BIT(KIND_ORDERS), 0, &t, &n, &err), &err);
	population_release(&p);
	const struct report_options o = { .currency_code = "chf" };
	p = fx_population(&x, &o, KIND_ORDERS);
	fx_ok(run(&p, KIND_BIT(KIND_ORDERS), KIND_BIT(KIND_ORDERS), &t, &n, &err), &err);
	assert_int_equal(t.amount, 20);
	assert_int_equal(n.by_reason[SEEN_OTHER_CURRENCY], 1);
	population_release(&p);
	fx_close(&x);
}

static void the_number_of_threads_changes_nothing(void **state)
{
	struct fixture x;
	struct seq t[3];
	struct fold_counts n[3];
	struct err err = ERR_INIT;
	char id[16], when[40];
	const int64_t threads[] = { 1, 2, 7 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	for (int i = 0; i < 90000; i++) {
		snprintf(id, sizeof id, "%d", i * 7919 % 9973);
		snprintf(when, sizeof when, "2026-%02d-%02dT%02d:00Z", 1 + i % 12, 1 + i % 28, i % 24);
		fx_order(&x, id, when, i);
		fx_put(&x);
	}
	fx_commit(&x);
	for (int k = 0; k < 3; k++) {
		const struct report_options o = { .threads = threads[k], .tz = "Europe/Berlin" };
		struct population p = fx_population(&x, &o, KIND_ORDERS);
		fx_ok(run(&p, KIND_BIT(KIND_ORDERS), KIND_BIT(KIND_ORDERS), &t[k], &n[k], &err), &err);
		population_release(&p);
		assert_int_equal(t[k].customers, 9973);
		assert_memory_equal(&t[k], &t[0], sizeof t[0]);
		assert_memory_equal(&n[k], &n[0], sizeof n[0]);
	}
	fx_close(&x);
}

static void an_empty_store_folds_to_nothing(void **state)
{
	struct fixture x;
	struct seq t;
	struct fold_counts n;
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	struct population p = fx_population(&x, NULL, KIND_ORDERS);
	assert_true(p.empty);
	fx_ok(run(&p, KIND_ALL, 0, &t, &n, &err), &err);
	assert_int_equal(t.customers, 0);
	assert_int_equal(n.in_store, 0);
	population_release(&p);
	fx_close(&x);
}

static void a_list_of_customers_reads_what_reports_write(void **state)
{
	struct fixture x;
	struct seq t;
	struct fold_counts n;
	struct err err = ERR_INIT;
	char path[] = "/tmp/wend-only-XXXXXX";
	static const char text[] = "\xef\xbb\xbfscore,\"customer\"\r\n0.5,1\r\n0.4,\"'=2\"\r\n0.1,nobody\r\n";
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	fx_order(&x, "1", "2026-01-01", 10);
	fx_put(&x);
	fx_order(&x, "=2", "2026-01-01", 20);
	fx_put(&x);
	fx_order(&x, "3", "2026-01-01", 40);
	fx_put(&x);
	fx_commit(&x);
	const int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	fwrite(text, 1, sizeof text - 1, f);
	fclose(f);
	const struct report_options o = { .only = path };
	struct population p = fx_population(&x, &o, KIND_ORDERS);
	remove(path);
	fx_ok(run(&p, KIND_BIT(KIND_ORDERS), 0, &t, &n, &err), &err);
	assert_int_equal(n.selected, 2);
	assert_int_equal(n.by_reason[SEEN_NOT_ONLY], 1);
	assert_int_equal(customer_set_unknown(p.only), 1);
	population_release(&p);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_source_row_is_counted_under_exactly_one_reason),
		cmocka_unit_test(the_last_day_of_the_counting_kind_is_the_default_as_of_day),
		cmocka_unit_test(civil_days_and_instants_mix_in_the_order_of_the_zone),
		cmocka_unit_test(more_than_one_currency_is_refused_with_the_list),
		cmocka_unit_test(the_number_of_threads_changes_nothing),
		cmocka_unit_test(an_empty_store_folds_to_nothing),
		cmocka_unit_test(a_list_of_customers_reads_what_reports_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
