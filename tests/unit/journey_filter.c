#include "fixture.h"

static void fill(struct fixture *x)
{
	struct record *r;
	static struct attr tier[1];
	static struct item items[2];
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_CUSTOMERS) | KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_INTERACTIONS));
	r = fx_rec(x, KIND_CUSTOMERS, "1", "2026-01-01");
	r->s[F_COUNTRY] = SV("DE");
	r->s[F_NAME] = SV("Ana, the \"Elder\"");
	tier[0] = (struct attr){ SV("tier"), SV("gold") };
	r->attr = tier;
	r->nattrs = 1;
	fx_put(x);
	r = fx_rec(x, KIND_CUSTOMERS, "2", NULL);
	r->s[F_COUNTRY] = SV("US");
	fx_put(x);
	r = fx_order(x, "1", "2026-02-01", 1055);
	r->s[F_CHANNEL] = SV("web");
	items[0] = (struct item){ SV("tea"), SV("drinks"), 2000000, 655 };
	items[1] = (struct item){ SV("cup"), SV_NONE, 1000000, 400 };
	r->item = items;
	r->nitems = 2;
	fx_put(x);
	fx_order(x, "1", "2026-03-01", 2000)->s[F_CHANNEL] = SV("phone");
	fx_put(x);
	fx_order(x, "2", "2026-02-15", 999)->s[F_CHANNEL] = SV("phone");
	fx_put(x);
	fx_order(x, "3", "2026-02-20", 500);
	fx_put(x);
	fx_commit(x);
}

struct tally {
	int64_t seen, customers;
};

static void count(void *acc, const struct journey *j, void *ctx)
{
	struct tally *t = acc;
	(void)ctx;
	if (!j->selected)
		return;
	t->customers++;
	for (size_t i = 0; i < j->rows.n; i++)
		t->seen += j->seen[i] == SEEN;
}

static void merge(void *into, void *from, void *ctx)
{
	struct tally *a = into, *b = from;
	(void)ctx;
	a->seen += b->seen;
	a->customers += b->customers;
}

/* Orders and customers that an expression leaves. */
static void leaves(struct fixture *x, const char *expr, int64_t orders, int64_t customers)
{
	const char *list[] = { expr };
	const struct report_options o = { .where = { list, 1, 1 } };
	struct population p = fx_population(x, &o, KIND_ORDERS);
	struct fold f = { .kinds = KIND_BIT(KIND_ORDERS), .acc_size = sizeof(struct tally), .customer = count, .merge = merge };
	struct tally t;
	struct fold_counts n;
	struct err err = ERR_INIT;
	fx_ok(fold_run(&p, &f, &t, &n, &err), &err);
	if (t.seen != orders || t.customers != customers)
		fail_msg("%s: %lld orders of %lld customers, not %lld of %lld", expr, (long long)t.seen, (long long)t.customers, (long long)orders, (long long)customers);
	int64_t sum = 0;
	for (int i = 0; i < SEEN_REASONS; i++)
		sum += n.by_reason[i];
	assert_int_equal(sum, n.in_store);
	population_release(&p);
}

static void conditions_on_events_choose_events(void **state)
{
	struct fixture x;
	(void)state;
	fill(&x);
	leaves(&x, "channel=web", 1, 3);
	leaves(&x, "channel=web|phone", 3, 3);
	leaves(&x, "channel!=web", 3, 3);
	leaves(&x, "channel=", 1, 3);
	leaves(&x, "channel!=", 3, 3);
	leaves(&x, "amount>=10.55", 2, 3);
	leaves(&x, "amount>10.55", 1, 3);
	leaves(&x, "amount<5.01,channel=", 1, 3);
	leaves(&x, "time>=2026-02-15", 3, 3);
	leaves(&x, "time=2026-02", 3, 3);
	leaves(&x, "product=cup", 1, 3);
	leaves(&x, "category!=drinks", 3, 3);
	leaves(&x, "quantity>=2", 1, 3);
	leaves(&x, "kind=payments", 0, 3);
	fx_close(&x);
}

static void conditions_on_customers_choose_customers(void **state)
{
	struct fixture x;
	(void)state;
	fill(&x);
	leaves(&x, "country=DE", 2, 1);
	leaves(&x, "country!=US", 3, 2);
	leaves(&x, "country=", 1, 1);
	leaves(&x, "tier=gold", 2, 1);
	leaves(&x, "tier!=gold", 2, 2);
	leaves(&x, "customer=2|3", 2, 2);
	leaves(&x, "name=\"Ana, the \"\"Elder\"\"\",channel=phone", 1, 1);
	fx_close(&x);
}

static void first_last_and_any_make_an_event_field_one_of_the_customer(void **state)
{
	struct fixture x;
	(void)state;
	fill(&x);
	leaves(&x, "first.channel=web", 2, 1);
	leaves(&x, "last.channel=web", 0, 0);
	leaves(&x, "last.channel=phone", 3, 2);
	leaves(&x, "any.channel=web", 2, 1);
	leaves(&x, "any.amount>19", 2, 1);
	leaves(&x, "first.channel=", 1, 1);
	fx_close(&x);
}

static void segments_are_kept_expressions(void **state)
{
	struct fixture x;
	struct err err = ERR_INIT;
	(void)state;
	fill(&x);
	fx_ok(store_set(x.s, "segments", "callers", "any.channel=phone,country=DE", "test", &err), &err);
	leaves(&x, "@callers", 2, 1);
	leaves(&x, "@callers,channel=web", 1, 1);
	fx_close(&x);
}

static void wrong_expressions_say_what_is_wrong(void **state)
{
	static const struct { const char *expr, *says; } cases[] = {
		{ "chanel=web", "did you mean 'channel'" }, { "zzz=1", "fields are customer, kind" }, { "channel", "no condition" }, { "=x", "no condition" },
		{ "amount>=ten", "no number" }, { "name=\"open", "left open" }, { "@nobody", "no segment" }, { "kind=sales", "unknown kind" },
		{ "time>=someday", "unknown span" }, { "amount>=", "nothing to compare" }, { "channel=\"web\"x", "too much" },
	};
	struct fixture x;
	(void)state;
	fill(&x);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *list[] = { cases[i].expr };
		const struct report_options o = { .where = { list, 1, 1 } };
		struct population p;
		struct err err = ERR_INIT;
		assert_int_equal(population_init(&p, x.s, &o, KIND_ORDERS, &err), WEND_E_USAGE);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].expr, err.msg);
	}
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_on_events_choose_events),
		cmocka_unit_test(conditions_on_customers_choose_customers),
		cmocka_unit_test(first_last_and_any_make_an_event_field_one_of_the_customer),
		cmocka_unit_test(segments_are_kept_expressions),
		cmocka_unit_test(wrong_expressions_say_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
