/* The simulator: its dice, its spill, and that what it plants is what it says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "simulate/simcells.h"
#include "simulate/simplan.h"

enum { DRAWS = 200000 };

static void moments(double (*draw)(struct rng *r), double *mean, double *variance)
{
	struct rng r;
	double sum = 0, square = 0;
	rng_init(&r, 7, 1, 1);
	for (int i = 0; i < DRAWS; i++) {
		double x = draw(&r);
		sum += x;
		square += x * x;
	}
	*mean = sum / DRAWS;
	*variance = square / DRAWS - *mean * *mean;
}

static double small_gamma(struct rng *r) { return rng_gamma(r, 0.3, 2); }
static double large_gamma(struct rng *r) { return rng_gamma(r, 7.5, 0.5); }
static double small_poisson(struct rng *r) { return rng_poisson(r, 0.7); }
static double large_poisson(struct rng *r) { return rng_poisson(r, 45); }

/* Within five standard errors of the true mean; the variance within 5 %. */
static void expect(double (*draw)(struct rng *r), double mean, double variance)
{
	double m, v;
	moments(draw, &m, &v);
	assert_true(fabs(m - mean) < 5 * sqrt(variance / DRAWS));
	assert_true(fabs(v / variance - 1) < 0.05);
}

static void samplers_have_the_mean_and_variance_of_their_distributions(void **state)
{
	(void)state;
	expect(rng_unit, 0.5, 1.0 / 12);
	expect(rng_exponential, 1, 1);
	expect(rng_normal, 0, 1);
	expect(small_gamma, 0.6, 1.2);
	expect(large_gamma, 3.75, 1.875);
	expect(small_poisson, 0.7, 0.7);
	expect(large_poisson, 45, 45);
}

/* The generator's reference code, started from s = {1, 2, 3, 4}. */
static void the_generator_gives_its_published_numbers(void **state)
{
	static const uint64_t published[] = { 41943041u, 58720359u, 3588806011781223u, 3591011842654386u, 9228616714210784205u };
	struct rng r = { { 1, 2, 3, 4 } };
	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		assert_true(rng_next(&r) == published[i]);
}

static void streams_of_neighbours_have_nothing_in_common(void **state)
{
	double sum = 0;
	(void)state;
	for (uint32_t who = 0; who < DRAWS; who++) {
		struct rng a, b;
		rng_init(&a, 1, who, S_LIFE);
		rng_init(&b, 1, who + 1, S_LIFE);
		sum += (rng_unit(&a) - 0.5) * (rng_unit(&b) - 0.5);
	}
	/* The mean of a product of two independent ones has standard deviation 1/12. */
	assert_true(fabs(sum / DRAWS) < 5.0 / 12 / sqrt(DRAWS));
}

/* ---- the spill ---- */

static void events_come_back_in_order_whoever_wrote_them(void **state)
{
	enum { N = 30000 };
	struct spill *s;
	struct err err = ERR_INIT;
	struct event *e;
	size_t n;
	(void)state;
	assert_int_equal(spill_new(&s, "/tmp", 3, &err), WEND_OK);
	struct spill_writer *w[2] = { spill_writer_new(s), spill_writer_new(s) };
	struct rng r;
	rng_init(&r, 3, 3, 3);
	for (uint32_t i = 0; i < N; i++) {
		struct event one = { .t = rng_upto(&r, 5000), .who = rng_upto(&r, 50), .k = i };
		spill_add(w[i % 2], 1, &one);
	}
	assert_int_equal(spill_writer_end(w[0], &err), WEND_OK);
	assert_int_equal(spill_writer_end(w[1], &err), WEND_OK);
	assert_int_equal(spill_count(s, 1), N);
	assert_int_equal(spill_read(s, 1, &e, &n, &err), WEND_OK);
	assert_int_equal(n, N);
	uint64_t sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += e[i].k;
		if (!i)
			continue;
		assert_true(e[i - 1].t < e[i].t || (e[i - 1].t == e[i].t && (e[i - 1].who < e[i].who || (e[i - 1].who == e[i].who && e[i - 1].k < e[i].k))));
	}
	assert_true(sum == (uint64_t)N * (N - 1) / 2);
	free(e);
	assert_int_equal(spill_read(s, 0, &e, &n, &err), WEND_OK);
	assert_int_equal(n, 0);
	free(e);
	spill_free(s);
}

/* ---- lives ---- */

enum { PEOPLE = 20000 };

static void plan(struct sim *s, const char *company, const char *without, const char *set)
{
	struct err err = ERR_INIT;
	const char *sets[1] = { set };
	struct simulate_options o = { .company = company, .customers = PEOPLE, .seed = 5, .without = without };
	if (set)
		o.set = (struct opt_list){ .v = sets, .n = 1 };
	assert_int_equal(sim_plan(s, &o, &err), WEND_OK);
}

static void live_through(struct teller *t, const struct sim *s)
{
	*t = (struct teller){ .s = s };
	for (uint32_t who = 0; who < s->persons; who++)
		live(t, who);
}

/* Rates of purchase Gamma(r, alpha), of stopping Gamma(q, beta), from a first purchase at a
 * uniform moment: the share still there, and the purchases, have closed forms (the sum over
 * the moments is taken in 1,000 steps). */
static void without_effects_people_buy_and_stop_as_the_parameters_say(void **state)
{
	struct sim s;
	struct teller t;
	double alive = 0, orders = 0, week = 7 * 86400;
	(void)state;
	plan(&s, "shop", "both", NULL);
	live_through(&t, &s);
	double q = s.p[P_LEAVE_SHAPE], beta = s.p[P_LEAVE_WEEKS], mean = s.p[P_RATE_SHAPE] / s.p[P_RATE_WEEKS];
	for (int i = 0; i < 1000; i++) {
		double left = (s.end - (i + 0.5) / 1000 * s.join_total) / week;
		alive += pow(beta / (beta + left), q) / 1000;
		orders += (1 + mean * beta / (1 - q) * (pow((beta + left) / beta, 1 - q) - 1)) / 1000;
	}
	double se = sqrt(alive * (1 - alive) / PEOPLE);
	assert_true(fabs((double)t.facts.n[N_ALIVE] / PEOPLE - alive) < 4 * se);
	/* The standard deviation of one customer's number of orders is below twice its mean. */
	assert_true(fabs((double)t.facts.n[N_ORDERS_ALL] / PEOPLE - orders) < 4 * 2 * orders / sqrt(PEOPLE));
	assert_int_equal(t.facts.n[N_LEFT_NO_CAUSE], t.facts.n[N_LEFT]);
}

static void money_of_an_order_has_the_mean_that_is_told(void **state)
{
	struct sim s;
	struct teller t;
	(void)state;
	plan(&s, "shop", "both", "spend-q=9,spend-g=4500");
	live_through(&t, &s);
	double mean = (double)t.facts.money[0][MF_GROSS] / (double)t.facts.money[0][MF_ORDERS];
	double told = s.p[P_SPEND_P] * s.p[P_SPEND_G] / (s.p[P_SPEND_Q] - 1);
	assert_true(fabs(mean / told - 1) < 0.02);
}

/* Leavers under an effect, by what their hazard was multiplied with: of n, n (1 - 1/m)
 * left because of it. Only one cause is on. */
static void leaving_under_an_effect_is_due_to_it_in_the_share_planted(void **state)
{
	struct sim s;
	struct teller t;
	(void)state;
	plan(&s, "saas", "effects", "payment-failed=0.004,payment-failed-leave=4");
	live_through(&t, &s);
	const int64_t *c = t.facts.cause[C_PAYFAIL];
	double n = (double)c[CF_LEFT_WITHIN], share = (double)c[CF_LEFT_BECAUSE] / n;
	assert_true(n > 300);
	assert_true(fabs(share - 0.75) < 4 * sqrt(0.75 * 0.25 / n));
	assert_int_equal(t.facts.n[N_LEFT_BY_PAYMENT], c[CF_LEFT_BECAUSE]);
	for (int k = 0; k < C_LEAVING; k++)
		assert_true(k == C_PAYFAIL || t.facts.cause[k][CF_LEFT_BECAUSE] == 0);
}

static void contacts_are_brought_in_the_share_planted(void **state)
{
	struct sim s;
	struct teller t;
	(void)state;
	plan(&s, "hotel", "effects", "invoice-error=0.002,invoice-error-contact=0.6,late-source-days=0");
	live_through(&t, &s);
	const int64_t *c = t.facts.cause[C_INVOICE_ERROR];
	double n = (double)c[CF_EVENTS], share = (double)c[CF_CONTACTS] / n;
	assert_true(n > 3000);
	/* Some leave, or time ends, within the seven days: never more than planted. */
	assert_true(share < 0.6 + 4 * sqrt(0.24 / n) && share > 0.55);
}

static void the_worst_place_is_late_so_much_more_often(void **state)
{
	struct sim s;
	struct teller t;
	double late[PLACES];
	(void)state;
	plan(&s, "hotel", "traps", NULL);
	live_through(&t, &s);
	for (int p = 0; p < PLACES; p++)
		late[p] = (double)t.facts.place[p][PF_LATE] / (double)t.facts.place[p][PF_ORDERS];
	for (int p = 0; p < PLACES - 1; p++)
		assert_true(fabs(late[PLACES - 1] / late[p] - s.p[P_WORSE]) < 0.5);
}

static void the_last_file_that_shows_an_event_is_the_next_one_when_it_is_repeated(void **state)
{
	struct sim s;
	(void)state;
	plan(&s, "shop", NULL, NULL);
	uint32_t june = s.month[7];
	assert_true(sim_last_seen(&s, F_ORDERS, june + 5) == s.exported[7]);
	assert_true(sim_last_seen(&s, F_ORDERS, s.month[8] - 5) == s.exported[8]);
	assert_true(sim_last_seen(&s, F_ORDERS, s.end - 5) == s.exported[s.months - 1]);
	assert_true(sim_last_seen(&s, F_SURVEY, june) == s.exported[s.months - 1]);
	for (int m = 0; m < s.months; m++) {
		assert_int_equal(sim_month_of(&s, s.month[m]), m);
		assert_int_equal(sim_month_of(&s, s.month[m + 1] - 1), m);
	}
}

static void lines_of_an_order_add_up_to_its_goods(void **state)
{
	struct sim s;
	struct person p;
	struct order o;
	(void)state;
	plan(&s, "shop", NULL, NULL);
	for (uint32_t who = 0; who < 5000; who++) {
		person_make(&p, &s, who);
		order_make(&o, &s, &p, who % 7, 1000, who % 3 == 0);
		int64_t sum = 0;
		for (unsigned i = 0; i < o.lines; i++) {
			assert_true(o.line[i].price >= 0 && o.line[i].quantity > 0);
			sum += o.line[i].price * o.line[i].quantity;
		}
		assert_true(sum == o.total - o.shipping + o.discount);
		assert_true(o.refunded <= o.total && o.total >= 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samplers_have_the_mean_and_variance_of_their_distributions),
		cmocka_unit_test(the_generator_gives_its_published_numbers),
		cmocka_unit_test(streams_of_neighbours_have_nothing_in_common),
		cmocka_unit_test(events_come_back_in_order_whoever_wrote_them),
		cmocka_unit_test(without_effects_people_buy_and_stop_as_the_parameters_say),
		cmocka_unit_test(money_of_an_order_has_the_mean_that_is_told),
		cmocka_unit_test(leaving_under_an_effect_is_due_to_it_in_the_share_planted),
		cmocka_unit_test(contacts_are_brought_in_the_share_planted),
		cmocka_unit_test(the_worst_place_is_late_so_much_more_often),
		cmocka_unit_test(the_last_file_that_shows_an_event_is_the_next_one_when_it_is_repeated),
		cmocka_unit_test(lines_of_an_order_add_up_to_its_goods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
