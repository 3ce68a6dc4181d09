#include "fixture.h"
#include "wend/num.h"
#include "wend/retention.h"

#include <math.h>

static const struct churn_options plain;

static void contract(struct fixture *x, const char *customer, const char *from, const char *to, int64_t cents)
{
	struct record *r = fx_rec(x, KIND_SUBSCRIPTIONS, customer, from);
	if (to)
		r->v[F_END] = fx_time(to);
	r->v[F_MRR] = cents;
	r->v[F_CURRENCY] = currency_of(SV("EUR"));
	fx_put(x);
}

static void run(struct fixture *x, const struct report_options *o, const struct churn_options *c, struct report *r)
{
	struct population p = fx_population(x, o, KIND_SUBSCRIPTIONS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_churn_mrr(&p, c, o, r, &err), &err);
	population_release(&p);
	int64_t sum = 0;
	for (int i = 0; i < r->explain.nrow; i++)
		sum += r->explain.row[i].rows;
	assert_int_equal(sum, r->explain.in_store);
}

/* start new expansion reactivation contraction churned end */
static void row_is(const struct report *r, const char *period, const char *group, const char *want)
{
	static const char *const cols[] = { "start", "new", "expansion", "reactivation", "contraction", "churned", "end" };
	struct str s = STR_INIT;
	const size_t row = fx_row(&r->table, period, group);
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		str_printf(&s, "%s%s", i ? " " : "", fx_cell(&r->table, row, cols[i]));
	if (strcmp(s.p, want))
		fail_msg("%s: %s, not %s", period, s.p, want);
	str_release(&s);
}

static void each_movement_stands_in_its_column_and_the_bridge_closes(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-07-10" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	contract(&x, "up", "2026-01-10", "2026-02-14", 1000);   /* another plan at the same instant */
	contract(&x, "up", "2026-02-14", NULL, 2500);
	contract(&x, "two", "2026-01-10", "2026-02-10", 700);   /* one of two ends */
	contract(&x, "two", "2026-01-20", NULL, 900);
	contract(&x, "back", "2026-01-10", "2026-02-10", 300);
	contract(&x, "back", "2026-04-05", NULL, 400);
	contract(&x, "within", "2026-01-10", "2026-02-10", 50); /* returns inside the month for less */
	contract(&x, "within", "2026-02-15", NULL, 40);
	contract(&x, "inout", "2026-03-02", "2026-03-09", 5000);
	contract(&x, "edge", "2026-01-01", "2026-03-01", 100);  /* ends at the first moment of March */
	contract(&x, "free", "2026-01-05", NULL, 0);
	fx_commit(&x);
	run(&x, &o, &plain, &r);
	row_is(&r, "2026-01", NULL, "0.00 30.50 0.00 0.00 0.00 0.00 30.50");
	row_is(&r, "2026-02", NULL, "30.50 0.00 15.00 0.00 7.10 3.00 35.40");
	row_is(&r, "2026-03", NULL, "35.40 0.00 0.00 0.00 0.00 1.00 34.40");
	row_is(&r, "2026-04", NULL, "34.40 0.00 0.00 4.00 0.00 0.00 38.40");
	row_is(&r, "2026-07", NULL, "38.40 0.00 0.00 0.00 0.00 0.00 38.40");
	const size_t march = fx_row(&r.table, "2026-03", NULL);
	assert_string_equal(fx_cell(&r.table, march, "in_and_out"), "50.00");
	assert_string_equal(fx_cell(&r.table, march, "in_and_out_n"), "1");
	assert_string_equal(fx_cell(&r.table, march, "flag"), "few");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "2026-07", NULL), "flag"), "*");
	report_release(&r);
	fx_close(&x);
}

static void rates_follow_their_formulas_and_grr_never_passes_one(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31", .min_n = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	contract(&x, "a", "2026-01-10", "2026-02-10", 1000);
	contract(&x, "b", "2026-01-10", "2026-02-10", 4000);
	contract(&x, "b", "2026-02-10", NULL, 3000);
	contract(&x, "c", "2026-01-10", "2026-02-10", 5000);
	contract(&x, "c", "2026-02-10", NULL, 9000);
	contract(&x, "d", "2026-02-20", NULL, 2000);
	fx_commit(&x);
	run(&x, &o, &plain, &r);
	const size_t f = fx_row(&r.table, "2026-02", NULL);
	assert_string_equal(fx_cell(&r.table, f, "gross"), "0.2");
	assert_string_equal(fx_cell(&r.table, f, "net"), "-0.2");
	assert_string_equal(fx_cell(&r.table, f, "GRR"), "0.8");
	assert_string_equal(fx_cell(&r.table, f, "NRR"), "1.2");
	assert_string_equal(fx_cell(&r.table, f, "quick_ratio"), "3");
	assert_string_equal(fx_cell(&r.table, f, "n"), "3");
	report_release(&r);
	fx_close(&x);
}

static void a_plan_is_what_was_paid_just_before_the_period(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-04-30", .by = "plan" };
	struct record *c;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	for (int i = 0; i < 2; i++) {
		c = fx_rec(&x, KIND_SUBSCRIPTIONS, "a", i ? "2026-02-01" : "2026-01-10");
		if (!i)
			c->v[F_END] = fx_time("2026-02-01");
		c->v[F_MRR] = i ? 3000 : 1000;
		c->v[F_CURRENCY] = currency_of(SV("EUR"));
		c->s[F_PLAN] = i ? SV("team") : SV("basic");
		fx_put(&x);
	}
	fx_commit(&x);
	run(&x, &o, &plain, &r);
	row_is(&r, "2026-01", "basic", "0.00 10.00 0.00 0.00 0.00 0.00 10.00");
	row_is(&r, "2026-02", "basic", "10.00 0.00 20.00 0.00 0.00 0.00 30.00");
	row_is(&r, "2026-03", "team", "30.00 0.00 0.00 0.00 0.00 0.00 30.00");
	report_release(&r);
	fx_close(&x);
}

/* ---- a thousand random histories against what the definitions say of each moment ---- */

static uint64_t seed;

static int64_t below(int64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((seed >> 33) % (uint64_t)n);
}

enum { CUSTOMERS = 6, CONTRACTS = 7 };
struct known {
	int64_t from, to, price;   /* `to` INT64_MAX: open */
};
struct history {
	struct known v[CUSTOMERS][CONTRACTS];
	int n[CUSTOMERS];
	const struct zone *zone;
	int64_t grace, as_of_end;
};

/* Days around first days of months, clock changes and the 31st; some with a time of day. */
static int64_t random_time(const struct zone *z, int64_t *instant)
{
	static const int near[] = { 0, 0, 0, 1, -1, 14, 27, 30 };
	const int32_t day = civil_add_months(civil_day(2025, 1, 1), (int)below(16), 1) + near[below(8)];
	if (below(3)) {
		*instant = zone_instant(z, (int64_t)day * 86400, NULL);
		return wtime_of_day(day);
	}
	*instant = (int64_t)day * 86400 + (below(2) ? below(86400) : below(3) * 3600 * 5);
	return wtime_instant_of(*instant);
}

static void random_contract(struct fixture *x, struct history *h, int who)
{
	char name[16];
	int64_t from, to = INT64_MAX, trial = INT64_MIN, click = INT64_MAX;
	snprintf(name, sizeof name, "c%d", who);
	struct record *r = fx_rec(x, KIND_SUBSCRIPTIONS, name, NULL);
	r->v[F_TIME] = random_time(h->zone, &from);
	if (below(4))
		r->v[F_END] = random_time(h->zone, &to);
	if (!below(5))
		r->v[F_TRIAL_END] = random_time(h->zone, &trial);
	if (!below(5))
		r->v[F_CANCELLED] = random_time(h->zone, &click);
	const int64_t price = below(9) ? 100 * (1 + below(50)) + below(3) : below(2) ? 0 : WEND_NONE;
	r->v[F_MRR] = price;
	r->v[F_CURRENCY] = currency_of(SV("EUR"));
	fx_put(x);
	/* the rulings, one by one */
	const int64_t stop = to != INT64_MAX ? to : click;
	const int64_t end = stop < h->as_of_end ? stop : INT64_MAX, paid = trial > from ? trial : from;
	if (from >= h->as_of_end || end < from || end <= paid || paid >= h->as_of_end || price == WEND_NONE || price == 0)
		return;
	h->v[who][h->n[who]++] = (struct known){ paid, end, price };
}

/* Paid just before t: contracts with from < t <= to. */
static int64_t raw_at(const struct history *h, int who, int64_t t)
{
	int64_t sum = 0;
	for (int i = 0; i < h->n[who]; i++)
		if (h->v[who][i].from < t && t <= h->v[who][i].to)
			sum += h->v[who][i].price;
	return sum;
}

static int64_t paid_at(const struct history *h, int who, int64_t t)
{
	int64_t sum = raw_at(h, who, t), ended = INT64_MIN, again = INT64_MAX;
	for (int i = 0; i < h->n[who] && !sum; i++) {
		const struct known *k = &h->v[who][i];
		if (k->to < t && k->to > ended)
			ended = k->to;
		if (k->from >= t && k->from < again)
			again = k->from;
	}
	if (!sum && h->grace && ended != INT64_MIN && again != INT64_MAX && again - ended <= h->grace)
		sum = raw_at(h, who, ended);
	return sum;
}

/* new expansion reactivation contraction churned in_and_out_n, then start, end, customers */
static void expect(int64_t want[9], const struct history *h, int64_t t0, int64_t t1)
{
	memset(want, 0, 9 * sizeof *want);
	for (int who = 0; who < CUSTOMERS; who++) {
		const int64_t m0 = paid_at(h, who, t0), m1 = paid_at(h, who, t1);
		bool before = false, inside = false;
		for (int i = 0; i < h->n[who]; i++) {
			before = before || h->v[who][i].from < t0;
			inside = inside || (h->v[who][i].from >= t0 && h->v[who][i].from < t1);
		}
		want[6] += m0;
		want[7] += m1;
		want[8] += m0 > 0;
		if (!m0 && m1)
			want[before ? 2 : 0] += m1;
		else if (m0 && !m1)
			want[4] += m0;
		else if (m1 > m0)
			want[1] += m1 - m0;
		else
			want[3] += m0 - m1;
		want[5] += !m0 && !m1 && inside;
	}
}

static int64_t number(const struct report *r, size_t row, const char *col)
{
	const struct cell *c = table_at(&r->table, row, (size_t)table_find(&r->table, sv_of(col)));
	assert_int_equal(c->state, CELL_VALUE);
	return c->i;
}

static void check_rows(const struct report *r, const struct history *h, enum period_unit u, uint64_t which)
{
	static const char *const cols[9] = { "new", "expansion", "reactivation", "contraction", "churned", "in_and_out_n", "start", "end", "n" };
	int32_t k = 0;
	for (size_t i = 0; i < r->table.nrow; i++) {
		struct span s;
		struct str t = STR_INIT;
		int64_t want[9], got[9];
		const char *period = fx_cell(&r->table, i, "period");
		assert_false(span_parse(&s, sv_of(period), 0, NULL));
		const int32_t now = period_number(u, floor_day(s.from));
		assert_true(!i || now == k + 1);
		k = now;
		expect(want, h, zone_instant(h->zone, s.from, NULL), zone_instant(h->zone, s.to, NULL));
		for (int c = 0; c < 9; c++) {
			got[c] = number(r, i, cols[c]);
			if (got[c] != want[c])
				fail_msg("history %llu, %s: %s is %lld, not %lld", (unsigned long long)which, period, cols[c], (long long)got[c], (long long)want[c]);
		}
		assert_int_equal(got[6] + got[0] + got[1] + got[2] - got[3] - got[4], got[7]);
		assert_true(!i || got[6] == number(r, i - 1, "end"));
		str_release(&t);
	}
}

/* WEND_SEED=n runs that one alone. */
static void the_bridge_closes_to_the_cent_on_a_thousand_histories(void **state)
{
	static const char *const zones[] = { "UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia" }, *const units[] = { "day", "week", "month", "quarter", "year" };
	const char *only = getenv("WEND_SEED");
	int64_t rows = 0, bridged = 0;
	(void)state;
	for (uint64_t n = only ? strtoull(only, NULL, 10) : 1; n <= (only ? strtoull(only, NULL, 10) : 1000); n++) {
		struct fixture x;
		struct report r;
		struct err err = ERR_INIT;
		struct history h = { .grace = 0 };
		seed = n * 0x9e3779b97f4a7c15u + 1;
		const int64_t zone = below(5), unit = below(5), grace = below(3) ? 0 : 1 + below(20);
		const struct churn_options c = { .grace_days = grace };
		const struct report_options o = { .as_of = "2026-05-10", .tz = zones[zone], .period = units[unit], .threads = 1 + below(3) };
		assert_false(zone_open(&h.zone, zones[zone], &err));
		h.grace = grace * 86400;
		h.as_of_end = zone_instant(h.zone, (int64_t)(civil_day(2026, 5, 10) + 1) * 86400, NULL);
		fx_open(&x);
		fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
		for (int who = 0; who < CUSTOMERS; who++)
			for (int64_t k = below(CONTRACTS + 1); k > 0; k--)
				random_contract(&x, &h, who);
		struct record *sure = fx_rec(&x, KIND_SUBSCRIPTIONS, "free", "2025-01-01"); /* movements are known: some contract has an end */
		sure->v[F_END] = fx_time("2025-01-02");
		sure->v[F_MRR] = 0;
		sure->v[F_CURRENCY] = currency_of(SV("EUR"));
		fx_put(&x);
		fx_commit(&x);
		run(&x, &o, &c, &r);
		check_rows(&r, &h, (enum period_unit)unit, n);
		rows += (int64_t)r.table.nrow;
		bridged += grace > 0;
		report_release(&r);
		fx_close(&x);
	}
	assert_true(only || (rows > 50000 && bridged > 200));
}

/* ---- intervals ---- */

static void alike(struct interval a, struct interval b)
{
	assert_true(fabs(a.lo - b.lo) < 1e-12 * (1 + fabs(b.lo)) && fabs(a.hi - b.hi) < 1e-12 * (1 + fabs(b.hi)));
}

static void where_all_pay_the_same_intervals_are_those_of_counts(void **state)
{
	(void)state;
	for (double k = 0; k <= 40; k++) {
		const double n = 40, pay = 30;
		const struct paired_sums s = { k, n * pay, k * pay, n * pay * pay, k * pay * pay, k * pay * pay };
		alike(share_of_sum(&s, 0.05), wilson(k, n, 0.05));
		const struct interval g = garwood(k, 0.05), e = event_sum(k * pay, k * pay * pay, pay, 0.05);
		alike(e, (struct interval){ g.lo * pay, g.hi * pay });
	}
	const struct paired_sums none = { 0 };
	assert_true(isnan(share_of_sum(&none, 0.05).lo));
	assert_true(isnan(event_sum(0, 0, 0, 0.05).hi));
}

static void a_ratio_of_limits_is_that_of_donner_and_zou(void **state)
{
	(void)state;
	/* their formula as printed, where it has no trouble: a 20 (12 to 31), b 8 (4 to 15) */
	const double a = 20, b = 8, l1 = 12, u1 = 31, l2 = 4, u2 = 15, ab = a * b;
	const struct interval r = ratio_of(a, (struct interval){ l1, u1 }, b, (struct interval){ l2, u2 });
	assert_true(fabs(r.lo - (ab - sqrt(ab * ab - l1 * u2 * (2 * a - l1) * (2 * b - u2))) / (u2 * (2 * b - u2))) < 1e-12);
	assert_true(fabs(r.hi - (ab + sqrt(ab * ab - u1 * l2 * (2 * a - u1) * (2 * b - l2))) / (l2 * (2 * b - l2))) < 1e-12);
	/* and where 2b = u it divides by nothing */
	const struct interval s = ratio_of(a, (struct interval){ l1, u1 }, b, (struct interval){ l2, 2 * b });
	assert_true(s.lo > 0 && s.lo < r.lo);
	assert_true(isinf(ratio_of(a, (struct interval){ l1, u1 }, b, (struct interval){ 0, u2 }).hi));
	const struct interval d = difference_of(a, (struct interval){ l1, u1 }, b, (struct interval){ l2, u2 });
	assert_true(fabs(d.lo - (12 - hypot(8, 7))) < 1e-12 && fabs(d.hi - (12 + hypot(11, 4))) < 1e-12);
}

static void more_than_one_currency_is_refused_with_the_list(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-03-31" };
	struct err err = ERR_INIT;
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	contract(&x, "a", "2026-01-10", "2026-02-10", 1000);
	struct record *d = fx_rec(&x, KIND_SUBSCRIPTIONS, "b", "2026-01-10");
	d->v[F_MRR] = 500;
	d->v[F_CURRENCY] = currency_of(SV("USD"));
	fx_put(&x);
	fx_commit(&x);
	struct population p = fx_population(&x, &o, KIND_SUBSCRIPTIONS);
	report_init(&r);
	assert_int_equal(metric_churn_mrr(&p, &plain, &o, &r, &err), WEND_E_USAGE);
	assert_non_null(strstr(err.msg, "EUR, USD"));
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

static void one_list_without_an_end_tells_no_movement(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-02-28" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	contract(&x, "a", "2026-01-10", NULL, 1000);
	fx_commit(&x);
	run(&x, &o, &plain, &r);
	row_is(&r, "2026-02", NULL, "10.00 0.00     10.00");
	assert_string_equal(fx_cell(&r.table, 1, "flag"), "snapshot");
	assert_non_null(strstr(r.finding.p, "cannot be told"));
	report_release(&r);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_movement_stands_in_its_column_and_the_bridge_closes),
		cmocka_unit_test(rates_follow_their_formulas_and_grr_never_passes_one),
		cmocka_unit_test(a_plan_is_what_was_paid_just_before_the_period),
		cmocka_unit_test(the_bridge_closes_to_the_cent_on_a_thousand_histories),
		cmocka_unit_test(where_all_pay_the_same_intervals_are_those_of_counts),
		cmocka_unit_test(a_ratio_of_limits_is_that_of_donner_and_zou),
		cmocka_unit_test(more_than_one_currency_is_refused_with_the_list),
		cmocka_unit_test(one_list_without_an_end_tells_no_movement),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
