/* --by in reports on customers: which group a customer is in, and when. */
#include "fixture.h"

static void fill(struct fixture *x)
{
	struct record *r;
	static struct attr tier[1];
	static struct item items[2];
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_CUSTOMERS) | KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_SUBSCRIPTIONS));
	r = fx_rec(x, KIND_CUSTOMERS, "1", "2026-01-01");
	r->s[F_COUNTRY] = SV("DE");
	r->s[F_LOCATION] = SV("Porto");
	tier[0] = (struct attr){ SV("tier"), SV("gold") };
	r->attr = tier;
	r->nattrs = 1;
	fx_put(x);
	fx_rec(x, KIND_CUSTOMERS, "2", "2026-01-01")->s[F_ACQ_CHANNEL] = SV("fair");
	fx_put(x);
	r = fx_order(x, "1", "2026-02-01", 1055);
	r->s[F_CHANNEL] = SV("web");
	items[0] = (struct item){ SV("tea"), SV("drinks"), 2000000, 655 };
	r->item = items;
	r->nitems = 1;
	fx_put(x);
	r = fx_order(x, "1", "2026-03-01", 2000);
	r->s[F_CHANNEL] = SV("phone");
	r->s[F_LOCATION] = SV("Lisbon");
	fx_put(x);
	fx_order(x, "2", "2026-02-15", 999)->s[F_CHANNEL] = SV("phone");
	fx_put(x);
	r = fx_rec(x, KIND_SUBSCRIPTIONS, "1", "2026-01-10");
	r->s[F_PLAN] = SV("basic");
	r->v[F_END] = fx_time("2026-04-10");
	fx_put(x);
	r = fx_rec(x, KIND_SUBSCRIPTIONS, "1", "2026-04-10");
	r->s[F_PLAN] = SV("pro");
	fx_put(x);
	fx_commit(x);
}

struct asked {
	struct cuts cuts;
	int64_t at;
	const char *want[3]; /* by customer 1, 2; NULL = not known */
	bool current;
	int met;
};

static void look(void *acc, const struct journey *j, void *ctx)
{
	struct asked *q = ctx;
	bool current;
	(void)acc;
	if (j->rows.customer < 1 || j->rows.customer > 2)
		return;
	const struct sv v = cut_of(&q->cuts.v[0], j, q->at, &current);
	const char *want = q->want[j->rows.customer - 1];
	if (!v.p != !want || (want && !sv_is(v, want)))
		fail_msg("%s: %.*s, not %s", q->cuts.v[0].name, v.p ? (int)v.n : 4, v.p ? v.p : "none", want ? want : "none");
	if (want && j->rows.customer == 1)
		assert_int_equal(current, q->current);
	q->met++;
}

static void merge(void *into, void *from, void *ctx)
{
	(void)into, (void)from, (void)ctx;
}

static void is(struct fixture *x, const char *by, const char *at, const char *first, const char *second, bool current)
{
	const struct report_options o = { .threads = 1, .as_of = "2026-05-01" };
	struct population p = fx_population(x, &o, KIND_ORDERS);
	struct asked q = { .at = at ? wtime_instant(fx_time(at), zone_utc()) : INT64_MAX, .want = { first, second }, .current = current };
	struct fold f = { .acc_size = 1, .customer = look, .merge = merge, .ctx = &q };
	struct err err = ERR_INIT;
	struct fold_counts n;
	char acc[1];
	fx_ok(cuts_parse(&q.cuts, by, &p, &p.arena, &err), &err);
	assert_int_equal(q.cuts.n, 1);
	cuts_fields(&f, &q.cuts);
	fx_ok(fold_run(&p, &f, acc, &n, &err), &err);
	assert_int_equal(q.met, 2);
	population_release(&p);
}

static void the_first_record_that_tells_it_decides(void **state)
{
	struct fixture x;
	(void)state;
	fill(&x);
	is(&x, "channel", NULL, "web", "phone", false);
	is(&x, "first.channel", NULL, "web", "phone", false);
	is(&x, "last.channel", NULL, "phone", "phone", false);
	is(&x, "product", NULL, "tea", NULL, false);
	is(&x, "location", NULL, "Lisbon", NULL, false);
	fx_close(&x);
}

static void a_contract_counts_by_what_ran_at_the_moment(void **state)
{
	struct fixture x;
	(void)state;
	fill(&x);
	is(&x, "plan", "2026-03-01", "basic", NULL, false);
	is(&x, "plan", "2026-04-10", "pro", NULL, false);
	is(&x, "plan", NULL, "pro", NULL, false);
	fx_close(&x);
}

static void what_customers_records_report_is_current_and_who_won_them_is_not(void **state)
{
	struct fixture x;
	(void)state;
	fill(&x);
	is(&x, "country", NULL, "DE", NULL, true);
	is(&x, "tier", NULL, "gold", NULL, true);
	is(&x, "customer.location", NULL, "Porto", NULL, true);
	is(&x, "acquired_channel", NULL, "web", "fair", false);
	fx_close(&x);
}

static void several_fields_are_told_apart_by_commas_and_wrong_ones_are_refused(void **state)
{
	struct fixture x;
	struct cuts c;
	struct err err = ERR_INIT;
	const struct report_options o = { .threads = 1, .as_of = "2026-05-01" };
	(void)state;
	fill(&x);
	struct population p = fx_population(&x, &o, KIND_ORDERS);
	fx_ok(cuts_parse(&c, "plan, country", &p, &p.arena, &err), &err);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.v[1].name, "country");
	fx_ok(cuts_parse(&c, NULL, &p, &p.arena, &err), &err);
	assert_int_equal(c.n, 0);
	static const char *const wrong[] = { "amount", "colour", "plan,,country", "name", "plan,country,location,segment,channel", "customer" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(cuts_parse(&c, wrong[i], &p, &p.arena, &err), WEND_E_USAGE);
	population_release(&p);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_record_that_tells_it_decides),
		cmocka_unit_test(a_contract_counts_by_what_ran_at_the_moment),
		cmocka_unit_test(what_customers_records_report_is_current_and_who_won_them_is_not),
		cmocka_unit_test(several_fields_are_told_apart_by_commas_and_wrong_ones_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
