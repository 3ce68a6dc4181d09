#include "fixture.h"

struct text {
	struct str s;
};

static void write_steps(void *acc, const struct journey *j, void *ctx)
{
	struct text *t = acc;
	struct step_buf b = { 0 };
	(void)ctx;
	steps_of(&b, j);
	for (size_t i = 0; i < b.n; i++) {
		str_puts(&t->s, i ? " " : "");
		str_sv(&t->s, step_name(j->pop, b.v[i].name));
		if (i)
			str_printf(&t->s, "+%lld", (long long)(step_gap_s(&b.v[i - 1], &b.v[i]) / 3600));
	}
	str_putc(&t->s, '\n');
	step_buf_release(&b);
}

static void no_merge(void *into, void *from, void *ctx)
{
	(void)into;
	(void)ctx;
	str_release(&((struct text *)from)->s);
}

static void steps_are(struct fixture *x, const struct report_options *o, const char *want)
{
	struct population p = fx_population(x, o, KIND_INTERACTIONS);
	struct fold f = { .acc_size = sizeof(struct text), .customer = write_steps, .merge = no_merge };
	struct text t;
	struct fold_counts n;
	struct err err = ERR_INIT;
	step_fields(&f, KIND_ALL);
	fx_ok(fold_run(&p, &f, &t, &n, &err), &err);
	assert_string_equal(t.s.p ? t.s.p : "", want);
	str_release(&t.s);
	population_release(&p);
}

static void records_become_steps_in_the_order_of_their_time(void **state)
{
	struct fixture x;
	struct record *r;
	const struct report_options o = { .as_of = "2026-12-31", .threads = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_ALL);
	r = fx_order(&x, "1", "2026-01-10T00:00Z", 100);
	r->v[F_REFUND_TIME] = fx_time("2026-01-20T00:00Z");
	r->v[F_REFUNDED] = 100;
	fx_put(&x);
	r = fx_rec(&x, KIND_INVOICES, "1", "2026-01-11T00:00Z");
	r->v[F_AMOUNT] = 5;
	r->v[F_DUE] = fx_time("2026-01-14");
	r->v[F_PAID] = fx_time("2026-01-16T00:00Z");
	fx_put(&x);
	r = fx_rec(&x, KIND_PAYMENTS, "1", "2026-01-12T00:00Z");
	r->v[F_AMOUNT] = 5;
	r->s[F_STATUS] = SV("failed");
	fx_put(&x);
	r = fx_rec(&x, KIND_FEEDBACK, "1", "2026-01-21T00:00Z");
	r->s[F_MOOD] = SV("complaint");
	fx_put(&x);
	fx_touch(&x, "1", "2026-01-10T12:00Z", "visit");
	fx_rec(&x, KIND_CUSTOMERS, "1", "2026-01-09T00:00Z");
	fx_put(&x);
	fx_commit(&x);
	steps_are(&x, &o, "customer:signed-up order:placed+24 visit+12 invoice:issued+12 payment:failed+24 invoice:overdue+72 invoice:paid+24 order:refunded+96 feedback:complaint+24\n");
	/* what had not happened yet is no step */
	const struct report_options early = { .as_of = "2026-01-15", .threads = 1 };
	steps_are(&x, &early, "customer:signed-up order:placed+24 visit+12 invoice:issued+12 payment:failed+24 invoice:overdue+72\n");
	fx_close(&x);
}

static void a_subscription_tells_of_its_trial_its_change_and_its_end(void **state)
{
	struct fixture x;
	struct record *r;
	const struct report_options o = { .as_of = "2026-12-31", .threads = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	r = fx_rec(&x, KIND_SUBSCRIPTIONS, "1", "2026-01-01T00:00Z");
	r->v[F_TRIAL_END] = fx_time("2026-01-03T00:00Z");
	r->v[F_END] = fx_time("2026-02-01T00:00Z");
	fx_put(&x);
	r = fx_rec(&x, KIND_SUBSCRIPTIONS, "1", "2026-02-01T00:00Z");
	r->v[F_CANCELLED] = fx_time("2026-02-02T00:00Z");
	r->v[F_END] = fx_time("2026-02-05T00:00Z");
	fx_put(&x);
	r = fx_rec(&x, KIND_SUBSCRIPTIONS, "2", "2026-01-01T00:00Z");
	r->v[F_TRIAL_END] = fx_time("2026-01-03T00:00Z");
	r->v[F_CANCELLED] = fx_time("2026-01-02T00:00Z");
	fx_put(&x);
	fx_commit(&x);
	steps_are(&x, &o, "trial:started subscription:started+48 subscription:changed+696 subscription:cancelled+24 subscription:ended+72\ntrial:started trial:lost+24\n");
	fx_close(&x);
}

static void names_rules_rename_touchpoints_everywhere(void **state)
{
	struct fixture x;
	struct err err = ERR_INIT;
	const struct report_options o = { .threads = 1 };
	const char *where[] = { "touchpoint=support call" };
	const struct report_options calls = { .threads = 1, .where = { where, 1, 1 } };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	fx_touch(&x, "1", "2026-01-01T00:00Z", "Call inbound 2");
	fx_touch(&x, "1", "2026-01-01T01:00Z", "visit");
	fx_touch(&x, "1", "2026-01-01T02:00Z", "call back");
	fx_commit(&x);
	fx_ok(store_set(x.s, "names", "call*", "support call", "test", &err), &err);
	steps_are(&x, &o, "support call visit+1 support call+1\n");
	steps_are(&x, &calls, "support call support call+2\n");
	fx_close(&x);
}

static void gaps_between_civil_days_are_whole_days_across_a_clock_change(void **state)
{
	struct fixture x;
	const struct report_options o = { .tz = "Europe/Berlin", .threads = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	fx_touch(&x, "1", "2026-03-28", "a");
	fx_touch(&x, "1", "2026-03-30", "b");
	fx_touch(&x, "2", "2026-03-27T23:00Z", "a");
	fx_touch(&x, "2", "2026-03-29T22:00Z", "b");
	fx_commit(&x);
	steps_are(&x, &o, "a b+48\na b+47\n");
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_become_steps_in_the_order_of_their_time),
		cmocka_unit_test(a_subscription_tells_of_its_trial_its_change_and_its_end),
		cmocka_unit_test(names_rules_rename_touchpoints_everywhere),
		cmocka_unit_test(gaps_between_civil_days_are_whole_days_across_a_clock_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
