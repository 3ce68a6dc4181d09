#include "fixture.h"

#include <stdio.h>

/* Derived steps of all customers as "customer day name", in order of customer and time. */
static struct str text;
struct keep {
	struct str s;
	struct step_buf b;
};
static const struct derived *words;

static void add(void *acc, const struct journey *j, void *ctx)
{
	struct keep *k = acc;
	(void)ctx;
	derived_of(&k->b, words, j);
	for (size_t i = 0; i < k->b.n; i++) {
		const struct sv who = store_customer(j->pop->store, j->rows.customer), name = step_name(j->pop, k->b.v[i].name);
		const int64_t at = zone_local(j->zc, k->b.v[i].at);
		int y, m, d;
		civil_ymd((int32_t)(at / 86400), &y, &m, &d);
		str_printf(&k->s, "%.*s %02d-%02d", (int)who.n, who.p, m, d);
		str_printf(&k->s, "T%02d %.*s\n", (int)(at % 86400 / 3600), (int)name.n, name.p);
	}
}

static void merge(void *into, void *from, void *ctx)
{
	(void)into, (void)from, (void)ctx;
}

static const char *derived(struct fixture *x, const struct report_options *o)
{
	struct population p = fx_population(x, o, KIND_COUNT);
	struct err err = ERR_INIT;
	struct arena a = ARENA_INIT;
	struct derived *d;
	struct keep k = { STR_INIT, { 0 } };
	struct fold f = { .acc_size = sizeof k, .customer = add, .merge = merge };
	struct fold_counts n;
	fx_ok(derived_open(&d, &p, &a, &err), &err);
	words = d;
	derived_fields(&f);
	fx_ok(fold_run(&p, &f, &k, &n, &err), &err);
	str_release(&text);
	text = k.s;
	step_buf_release(&k.b);
	arena_release(&a);
	population_release(&p);
	return text.p ? text.p : "";
}

static struct record *contact(struct fixture *x, const char *who, const char *when, const char *topic)
{
	struct record *r = fx_rec(x, KIND_INTERACTIONS, who, when);
	r->s[F_TOUCHPOINT] = SV("ticket");
	r->s[F_TOPIC] = sv_of(topic);
	return r;
}

static void out(struct fixture *x, const char *when, const char *what)
{
	struct record *r = fx_rec(x, KIND_INTERACTIONS, "a", when);
	r->s[F_TOUCHPOINT] = sv_of(what);
	r->s[F_DIRECTION] = SV("out");
	fx_put(x);
}

static const struct report_options as_of = { .as_of = "2026-12-31", .threads = 1 };

/* 2026-03-02 is a Monday; the calendar, not set, is Monday to Friday, 9 to 17. */
static void a_reply_is_late_when_its_time_is_over(void **state)
{
	struct fixture x;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	contact(&x, "a", "2026-03-06T10:00Z", "bill")->v[F_FIRST_RESPONSE] = fx_time("2026-03-09T16:00Z"); /* Friday; Monday is in time */
	fx_put(&x);
	contact(&x, "b", "2026-03-06T10:00Z", "bill")->v[F_FIRST_RESPONSE] = fx_time("2026-03-09T18:00Z");
	fx_put(&x);
	contact(&x, "c", "2026-03-02T10:00Z", "bill")->v[F_FIRST_RESPONSE] = fx_time("2026-03-02T13:00Z");
	x.r.v[F_PROMISED_BY] = fx_time("2026-03-02T12:00Z");
	fx_put(&x);
	contact(&x, "d", "2026-03-02T10:00Z", "bill")->v[F_PROMISED_BY] = fx_time("2026-03-02T12:00Z"); /* nobody answered */
	x.r.s[F_OUTCOME] = SV("Open");
	fx_put(&x);
	contact(&x, "e", "2026-03-02T10:00Z", "bill"); /* not told whether anybody did */
	fx_put(&x);
	fx_commit(&x);
	assert_string_equal(derived(&x, &as_of), "b 03-09T17 reply:late\nc 03-02T12 reply:late\nd 03-02T12 reply:late\n");
	fx_close(&x);
}

static void contacts_repeat_by_topic_and_complaints_are_solved_or_not(void **state)
{
	struct fixture x;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	contact(&x, "a", "2026-03-02T10:00Z", "bill"), fx_put(&x);
	contact(&x, "a", "2026-03-04T10:00Z", "parcel"), fx_put(&x);
	contact(&x, "a", "2026-03-09T10:00Z", "bill"), fx_put(&x);  /* 7 days: repeated */
	contact(&x, "a", "2026-03-16T11:00Z", "bill"), fx_put(&x);  /* an hour more: not */
	contact(&x, "b", "2026-03-02T10:00Z", "Complaint")->v[F_RESOLVED] = fx_time("2026-03-03T09:00Z"), fx_put(&x);
	contact(&x, "c", "2026-03-02T10:00Z", "Complaint")->v[F_RESOLVED] = fx_time("2026-03-05T09:00Z"), fx_put(&x);
	contact(&x, "d", "2026-03-02T10:00Z", "Complaint")->s[F_OUTCOME] = SV("Open"), fx_put(&x);
	contact(&x, "e", "2026-03-02T10:00Z", "Complaint"), fx_put(&x);  /* nobody says whether it was solved */
	contact(&x, "f", "2026-03-02T10:00Z", "Complaint")->v[F_RESOLVED] = fx_time("2026-03-02T12:00Z");
	x.r.v[F_REOPENED] = fx_time("2026-03-20T12:00Z");
	fx_put(&x);
	contact(&x, "g", "2026-03-02T10:00Z", "Complaint")->v[F_RESOLVED] = fx_time("2026-03-02T12:00Z"), fx_put(&x);
	contact(&x, "g", "2026-03-03T08:00Z", "Complaint")->v[F_RESOLVED] = fx_time("2026-03-03T12:00Z"), fx_put(&x);
	fx_commit(&x);
	assert_string_equal(derived(&x, &as_of), "a 03-09T10 contact:repeated\nc 03-03T17 complaint:unsolved\nd 03-03T17 complaint:unsolved\n"
		"f 03-20T12 complaint:unsolved\ng 03-03T08 complaint:unsolved\ng 03-03T08 contact:repeated\n");
	fx_close(&x);
}

static void the_third_mail_and_the_third_call_of_the_firm_are_many(void **state)
{
	struct fixture x;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	out(&x, "2026-03-01T10:00Z", "newsletter");
	out(&x, "2026-03-05T10:00Z", "e-mail");
	out(&x, "2026-03-08T10:00Z", "newsletter");
	out(&x, "2026-03-08T11:00Z", "call");
	out(&x, "2026-03-13T10:00Z", "newsletter"); /* the first of its three was 8 days before */
	out(&x, "2026-03-15T11:00Z", "Phone call");
	out(&x, "2026-03-22T11:00Z", "call");
	fx_commit(&x);
	assert_string_equal(derived(&x, &as_of), "a 03-08T10 mails:many\na 03-22T11 calls:many\n");
	fx_close(&x);
}

static void deliveries_are_late_by_their_promise_and_portals_end_by_their_outcome(void **state)
{
	struct fixture x;
	struct record *r;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_ALL);
	fx_order(&x, "a", "2026-03-01", 100)->v[F_PROMISED_BY] = fx_time("2026-03-05");
	x.r.v[F_DELIVERED] = fx_time("2026-03-05T20:00Z"), fx_put(&x);
	fx_order(&x, "b", "2026-03-01", 100)->v[F_PROMISED_BY] = fx_time("2026-03-05");
	x.r.v[F_DELIVERED] = fx_time("2026-03-06"), fx_put(&x);
	fx_order(&x, "c", "2026-03-01", 100)->v[F_PROMISED_BY] = fx_time("2026-03-05");
	x.r.v[F_SHIPPED] = fx_time("2026-03-07"), fx_put(&x);
	fx_order(&x, "d", "2026-03-01", 100)->v[F_PROMISED_BY] = fx_time("2026-03-05"), fx_put(&x); /* never told */
	r = fx_rec(&x, KIND_INTERACTIONS, "e", "2026-03-01T10:00Z");
	r->s[F_TOUCHPOINT] = SV("customer portal"), r->s[F_OUTCOME] = SV("Not_found");
	fx_put(&x);
	for (int i = 0; i < 3; i++) {
		r = fx_rec(&x, KIND_SUBSCRIPTIONS, "f", i == 0 ? "2026-01-01" : i == 1 ? "2026-02-01" : "2026-03-01");
		r->s[F_PLAN] = SV("basic");
		r->v[F_MRR] = i == 1 ? 1200 : 1000;
		r->v[F_END] = i == 0 ? fx_time("2026-02-01") : i == 1 ? fx_time("2026-03-01") : WEND_NONE;
		fx_put(&x);
	}
	fx_commit(&x);
	assert_string_equal(derived(&x, &as_of), "b 03-06T00 delivery:late\nc 03-06T00 delivery:late\ne 03-01T10 portal:dead-end\n"
		"f 02-01T00 price:raised\nf 03-01T00 price:lowered\n");
	const struct report_options early = { .as_of = "2026-02-15", .threads = 1 };
	assert_string_equal(derived(&x, &early), "f 02-01T00 price:raised\n");
	fx_close(&x);
}

/* ---- covers ---- */

static void steps_are_known_of_while_a_source_that_tells_of_them_runs(void **state)
{
	struct fixture x;
	struct err err = ERR_INIT;
	struct arena a = ARENA_INIT;
	struct step_covers *c;
	char when[32];
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS)); /* a year of orders */
	for (int d = 0; d < 365; d += 5) {
		int y, m, day;
		civil_ymd(civil_day(2025, 1, 1) + d, &y, &m, &day);
		snprintf(when, sizeof when, "%04d-%02d-%02d", y, m, day);
		fx_order(&x, "a", when, 100), fx_put(&x);
	}
	fx_commit(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS)); /* calls from July on, none of October */
	for (int d = 0; d < 184; d++) {
		int y, m, day;
		civil_ymd(civil_day(2025, 7, 1) + d, &y, &m, &day);
		snprintf(when, sizeof when, "%04d-%02d-%02dT10:00Z", y, m, day);
		if (m != 10)
			fx_touch(&x, "a", when, "call");
	}
	fx_commit(&x);
	struct population p = fx_population(&x, NULL, KIND_ORDERS);
	fx_ok(step_covers_run(&c, &p, &a, &err), &err);
	const struct known_spans orders = step_cover(c, STEP_FIXED | STEP_ORDER_PLACED);
	const struct known_spans calls = step_cover(c, (uint32_t)store_word_code(x.s, SV("call"))), none = step_cover(c, STEP_FIXED | STEP_PRAISE);
	assert_int_equal(orders.n, 1); /* five days without are no hole */
	assert_int_equal(orders.v[0].from, wtime_secs(fx_time("2025-01-01")));
	assert_int_equal(orders.v[0].to, p.as_of_end);
	assert_int_equal(calls.n, 2);
	assert_int_equal(calls.v[0].to, wtime_secs(fx_time("2025-10-01")));
	assert_int_equal(calls.v[1].from, wtime_secs(fx_time("2025-11-01")));
	assert_int_equal(none.n, 0);
	assert_true(known_whole(calls, calls.v[0].from, calls.v[0].to));
	assert_false(known_whole(calls, calls.v[0].from, calls.v[1].to));
	assert_false(known_whole(calls, calls.v[0].from - 1, calls.v[0].to));
	population_release(&p);
	arena_release(&a);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_late_when_its_time_is_over),
		cmocka_unit_test(contacts_repeat_by_topic_and_complaints_are_solved_or_not),
		cmocka_unit_test(the_third_mail_and_the_third_call_of_the_firm_are_many),
		cmocka_unit_test(deliveries_are_late_by_their_promise_and_portals_end_by_their_outcome),
		cmocka_unit_test(steps_are_known_of_while_a_source_that_tells_of_them_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
