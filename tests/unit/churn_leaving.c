/* How one tells that a customer has left: stretches under silence, the window given, fixed
 * or suggested, and what is said of it. */
#include "fixture.h"
#include "wend/churn.h"
#include "wend/purchases.h"

#include <stdlib.h>
#include <string.h>

static void bought(struct fixture *x, const char *customer, const char *when)
{
	fx_order(x, customer, when, 1000);
	fx_put(x);
}

static struct leaving leaving_of(const struct population *p, const char *window, struct str *said)
{
	const struct churn_options o = { .dunning_days = 30, .window = window };
	static const struct report_options none;
	struct leaving l;
	struct err err = ERR_INIT;
	fx_ok(churn_leaving(&l, p, &o, &none, said, &err), &err);
	return l;
}

/* The window taken with `option` (NULL: none given), and what is said of it. */
static void window_is(const struct population *p, const char *option, int32_t days, const char *said)
{
	struct str s = STR_INIT;
	struct leaving l = leaving_of(p, option, &s);
	assert_false(l.contracts);
	assert_int_equal(l.window, days);
	assert_string_equal(s.p, said);
	churn_leaving_release(&l);
	str_release(&s);
}

/* All stretches as text: customer from..to (last seen), one a line, in order of customers. */
struct told {
	struct spell_buf b;
	struct str s;
};
static const struct leaving *in_use;
static void tell(void *acc, const struct journey *j, void *ctx)
{
	struct told *t = acc;
	(void)ctx;
	spells_of(&t->b, j, in_use);
	for (size_t i = 0; i < t->b.n; i++) {
		const struct spell *s = &t->b.v[i];
		const struct sv who = store_customer(j->pop->store, j->rows.customer);
		str_printf(&t->s, "%.*s ", (int)who.n, who.p);
		wtime_text(&t->s, wtime_instant_of(s->from), j->pop->zone);
		str_puts(&t->s, "..");
		if (s->to != INT64_MAX)
			wtime_text(&t->s, wtime_instant_of(s->to), j->pop->zone);
		str_puts(&t->s, " ");
		wtime_text(&t->s, wtime_instant_of(s->last_seen), j->pop->zone);
		str_putc(&t->s, '\n');
	}
}
static void no_merge(void *into, void *from, void *ctx)
{
	(void)into;
	(void)from;
	(void)ctx;
}

static void stretches_are(const struct population *p, const char *window, const char *want)
{
	const struct leaving l = leaving_of(p, window, NULL);
	struct told t = { 0 };
	struct fold f = { .acc_size = sizeof t, .customer = tell, .merge = no_merge };
	struct fold_counts n;
	struct err err = ERR_INIT;
	struct population one = *p;
	one.threads = 1;
	in_use = &l;
	leaving_fields(&f, &l);
	fx_ok(fold_run(&one, &f, &t, &n, &err), &err);
	assert_string_equal(t.s.p ? t.s.p : "", want);
	spell_buf_release(&t.b);
	str_release(&t.s);
	struct leaving used = l;
	churn_leaving_release(&used);
}

static void silence_longer_than_the_window_ends_a_stretch_when_the_window_closes(void **state)
{
	struct fixture x;
	struct population p;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	bought(&x, "a", "2026-01-01");
	bought(&x, "a", "2026-01-31");  /* a gap of 30 days is not longer than 30 */
	bought(&x, "a", "2026-03-03");  /* 31 days: left, and back on that day */
	bought(&x, "b", "2026-02-01");
	bought(&x, "c", "2026-03-30");
	fx_commit(&x);
	p = fx_population(&x, &(struct report_options){ .as_of = "2026-03-31" }, KIND_ORDERS);
	stretches_are(&p, "30",
		"a 2026-01-01T00:00:00Z..2026-03-03T00:00:00Z 2026-01-31T00:00:00Z\n"
		"a 2026-03-03T00:00:00Z.. 2026-03-03T00:00:00Z\n"
		"b 2026-02-01T00:00:00Z..2026-03-04T00:00:00Z 2026-02-01T00:00:00Z\n"
		"c 2026-03-30T00:00:00Z.. 2026-03-30T00:00:00Z\n");
	population_release(&p);
	fx_close(&x);
}

static void a_refund_takes_the_purchase_day_away_that_it_names(void **state)
{
	struct fixture x;
	struct population p;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	fx_order(&x, "a", "2026-01-01", 1000)->s[F_ID] = sv_of("1");
	x.r.id = sv_of("1");
	fx_put(&x);
	fx_order(&x, "a", "2026-01-20", 1000)->s[F_ID] = sv_of("2");
	x.r.id = sv_of("2");
	fx_put(&x);
	fx_order(&x, "a", "2026-01-25", -1000)->s[F_REFUND_OF] = sv_of("2");
	fx_put(&x);
	bought(&x, "b", "2026-03-01");
	fx_commit(&x);
	p = fx_population(&x, NULL, KIND_ORDERS);
	stretches_are(&p, "30",
		"a 2026-01-01T00:00:00Z..2026-02-01T00:00:00Z 2026-01-01T00:00:00Z\n"
		"b 2026-03-01T00:00:00Z.. 2026-03-01T00:00:00Z\n");
	population_release(&p);
	fx_close(&x);
}

static void days_are_civil_also_across_a_clock_change(void **state)
{
	/* Lisbon goes to summer time on 2026-03-29: the window still closes at midnight */
	struct fixture x;
	struct population p;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	bought(&x, "a", "2026-03-27T23:30Z"); /* still the 27th there */
	bought(&x, "b", "2026-04-20T23:30Z"); /* the 21st there */
	bought(&x, "c", "2026-04-30");
	fx_commit(&x);
	p = fx_population(&x, &(struct report_options){ .as_of = "2026-04-30", .tz = "Europe/Lisbon" }, KIND_ORDERS);
	stretches_are(&p, "7",
		"a 2026-03-27T00:00:00+00:00..2026-04-04T00:00:00+01:00 2026-03-27T00:00:00+00:00\n"
		"b 2026-04-21T00:00:00+01:00..2026-04-29T00:00:00+01:00 2026-04-21T00:00:00+01:00\n"
		"c 2026-04-30T00:00:00+01:00.. 2026-04-30T00:00:00+01:00\n");
	population_release(&p);
	fx_close(&x);
}

static void silence_is_not_known_beyond_the_last_day_its_sources_cover(void **state)
{
	struct fixture x;
	struct population p;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	bought(&x, "a", "2026-01-01");
	bought(&x, "b", "2026-01-20");
	fx_commit(&x);
	p = fx_population(&x, &(struct report_options){ .as_of = "2026-12-31" }, KIND_ORDERS);
	stretches_are(&p, "30", /* nobody knows whether they bought after 20 January */
		"a 2026-01-01T00:00:00Z.. 2026-01-01T00:00:00Z\n"
		"b 2026-01-20T00:00:00Z.. 2026-01-20T00:00:00Z\n");
	population_release(&p);
	fx_close(&x);
}

/* `n` customers who buy every `gap` days `times` times from 2025-01-01 on. */
static void regulars(struct fixture *x, const char *name, int n, int gap, int times)
{
	char id[32], day[16];
	for (int i = 0; i < n; i++)
		for (int k = 0; k < times; k++) {
			int y, m, d;
			civil_ymd(civil_day(2025, 1, 1) + i % 7 + k * gap, &y, &m, &d);
			snprintf(id, sizeof id, "%s%d", name, i);
			snprintf(day, sizeof day, "%04d-%02d-%02d", y, m, d);
			bought(x, id, day);
		}
}

static void the_window_is_the_smallest_after_which_few_come_back(void **state)
{
	struct fixture x;
	struct population p;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	regulars(&x, "monthly", 40, 28, 12);  /* silent for 28 days and back */
	regulars(&x, "once", 60, 1, 1);
	bought(&x, "late", "2026-06-30");
	fx_commit(&x);
	p = fx_population(&x, NULL, KIND_ORDERS);
	/* after 28 days nobody came back: none of 100 */
	const char *suggested = "left = no purchase for 30 days (0.0 % of such come back within 90 days; auto, may move)";
	window_is(&p, NULL, 30, suggested);
	/* a fixed one stays, and the data are heard beside it */
	struct err err = ERR_INIT;
	fx_ok(store_set(x.s, NULL, "window", "60", "test", &err), &err);
	window_is(&p, NULL, 60, "left = no purchase for 60 days (0.0 % of such come back within 90 days; as fixed; the data now suggest 30)");
	window_is(&p, "45 days", 45, "left = no purchase for 45 days, as given");
	window_is(&p, "auto", 30, suggested);
	assert_int_equal(store_set(x.s, NULL, "window", "soon", "test", &err), WEND_E_USAGE);
	population_release(&p);
	fx_close(&x);
}

static void few_gaps_take_the_largest_window_that_can_be_told_and_say_so(void **state)
{
	struct fixture x;
	struct population p;
	struct str said = STR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	regulars(&x, "once", 60, 1, 1);
	regulars(&x, "twice", 20, 10, 2);
	bought(&x, "late", "2025-09-30");   /* 273 days of history: 180 + 90 fit, 270 + 90 do not */
	fx_commit(&x);
	p = fx_population(&x, NULL, KIND_ORDERS);
	struct leaving l = leaving_of(&p, NULL, &said);
	assert_int_equal(l.window, 180);
	assert_non_null(strstr(said.p, "short history; auto, may move"));
	churn_leaving_release(&l);
	str_release(&said);
	population_release(&p);
	fx_close(&x);
}

static void subscriptions_decide_unless_a_window_is_given(void **state)
{
	struct fixture x;
	struct population p;
	struct err err = ERR_INIT;
	const struct report_options none = { 0 };
	const struct churn_options silent = { .window = "30" }, standard = { .dunning_days = 30 };
	struct str said = STR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_SUBSCRIPTIONS));
	bought(&x, "a", "2026-01-01");
	fx_rec(&x, KIND_SUBSCRIPTIONS, "a", "2026-02-01");
	fx_put(&x);
	fx_commit(&x);
	fx_ok(churn_population(&p, x.s, &standard, &none, &err), &err);
	assert_int_equal(p.as_of, civil_day(2026, 2, 1));
	struct leaving l;
	fx_ok(churn_leaving(&l, &p, &standard, &none, &said, &err), &err);
	assert_true(l.contracts);
	assert_int_equal(l.dunning_s, 30 * 86400);
	assert_string_equal(said.p, "left = the end of what was paid");
	churn_leaving_release(&l);
	population_release(&p);
	fx_ok(churn_population(&p, x.s, &silent, &none, &err), &err);
	assert_int_equal(p.as_of, civil_day(2026, 1, 1));
	fx_ok(churn_leaving(&l, &p, &silent, &none, NULL, &err), &err);
	assert_false(l.contracts);
	assert_int_equal(l.window, 30);
	churn_leaving_release(&l);
	population_release(&p);
	str_release(&said);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_longer_than_the_window_ends_a_stretch_when_the_window_closes),
		cmocka_unit_test(a_refund_takes_the_purchase_day_away_that_it_names),
		cmocka_unit_test(days_are_civil_also_across_a_clock_change),
		cmocka_unit_test(silence_is_not_known_beyond_the_last_day_its_sources_cover),
		cmocka_unit_test(the_window_is_the_smallest_after_which_few_come_back),
		cmocka_unit_test(few_gaps_take_the_largest_window_that_can_be_told_and_say_so),
		cmocka_unit_test(subscriptions_decide_unless_a_window_is_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
