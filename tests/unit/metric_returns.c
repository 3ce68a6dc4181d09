#include "fixture.h"
#include "wend/retention.h"

static const struct retention_options plain;

static void contract(struct fixture *x, const char *customer, const char *from, const char *to, int64_t cents)
{
	struct record *r = fx_rec(x, KIND_SUBSCRIPTIONS, customer, from);
	if (to)
		r->v[F_END] = fx_time(to);
	r->v[F_MRR] = cents;
	r->v[F_CURRENCY] = currency_of(SV("EUR"));
	fx_put(x);
}

typedef enum wend_err report_fn(const struct population *p, const struct retention_options *o, const struct report_options *ro, struct report *r, struct err *err);

static void run(report_fn *f, struct fixture *x, const struct report_options *o, const struct retention_options *c, struct report *r)
{
	struct population p = fx_population(x, o, KIND_SUBSCRIPTIONS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(f(&p, c, o, r, &err), &err);
	population_release(&p);
}

/* A row by the texts of three of its cells. */
static size_t row_of(const struct report *r, const char *cohort, const char *k, const char *definition)
{
	for (size_t i = 0; i < r->table.nrow; i++)
		if (!strcmp(fx_cell(&r->table, i, "cohort"), cohort) && !strcmp(fx_cell(&r->table, i, "k"), k) && !strcmp(fx_cell(&r->table, i, "definition"), definition))
			return i;
	fail_msg("no row %s %s %s", cohort, k, definition);
	return 0;
}

static void is(const struct report *r, size_t row, const char *col, const char *want)
{
	if (strcmp(fx_cell(&r->table, row, col), want))
		fail_msg("%s is %s, not %s", col, fx_cell(&r->table, row, col), want);
}

static void contracts_are_active_while_they_are_paid(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-06-30", .min_n = 1 }, money = { .as_of = "2026-06-30", .min_n = 1, .definition = "revenue" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_SUBSCRIPTIONS));
	contract(&x, "a", "2026-01-10", "2026-03-01", 1000); /* ends at the first moment of March: not active in it */
	contract(&x, "b", "2026-01-20", NULL, 2000);
	contract(&x, "c", "2026-01-31", "2026-02-05", 1000); /* comes back in May for more */
	contract(&x, "c", "2026-05-02", NULL, 4000);
	contract(&x, "d", "2026-02-01", NULL, 500);
	fx_commit(&x);
	run(metric_churn_cohorts, &x, &o, &plain, &r);
	is(&r, row_of(&r, "2026-01", "0", "on"), "retained", "3");
	is(&r, row_of(&r, "2026-01", "1", "on"), "retained", "3");
	is(&r, row_of(&r, "2026-01", "2", "on"), "retained", "1");
	is(&r, row_of(&r, "2026-01", "2", "on-or-after"), "retained", "2");
	is(&r, row_of(&r, "2026-01", "4", "on"), "retained", "2");
	is(&r, row_of(&r, "2026-02", "4", "on"), "rate", "1");
	is(&r, row_of(&r, "weighted", "1", "on"), "size", "4");
	is(&r, row_of(&r, "weighted", "2", "on"), "rate", "0.5");
	is(&r, row_of(&r, "simple", "2", "on"), "rate", "0.6666666666666666");
	report_release(&r);
	run(metric_churn_cohorts, &x, &money, &plain, &r);
	is(&r, row_of(&r, "2026-01", "0", "revenue"), "base", "40.00");
	is(&r, row_of(&r, "2026-01", "1", "revenue"), "money", "30.00"); /* c has ended, a pays until the end of February */
	is(&r, row_of(&r, "2026-01", "2", "revenue"), "rate", "0.5");
	is(&r, row_of(&r, "2026-01", "4", "revenue"), "rate", "1.5");
	report_release(&r);
	fx_close(&x);
}

static void who_had_signed_up_before_the_source_begins_is_not_new(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .as_of = "2026-04-30" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_ORDERS));
	fx_order(&x, "a", "2026-01-05", 100);
	fx_put(&x);
	fx_order(&x, "a", "2026-02-05", 100);
	fx_put(&x);
	fx_order(&x, "b", "2026-02-07", 100);
	fx_put(&x);
	fx_order(&x, "a", "2026-04-05", 100);
	fx_put(&x);
	fx_order(&x, "c", "2026-04-30", 100);
	fx_put(&x);
	fx_commit(&x);
	fx_begin(&x, KIND_BIT(KIND_CUSTOMERS));
	fx_rec(&x, KIND_CUSTOMERS, "b", "2025-06-01"); /* before the first order there is */
	fx_put(&x);
	fx_rec(&x, KIND_CUSTOMERS, "c", "2026-02-01"); /* after it: a prospect until he buys */
	fx_put(&x);
	fx_commit(&x);
	run(metric_churn_lifecycle, &x, &o, &plain, &r);
	static const char *const want[4][5] = { { "1", "0", "0", "0", "1" }, { "0", "1", "1", "0", "2" }, { "0", "0", "0", "2", "0" }, { "1", "0", "1", "0", "2" } };
	static const char *const cols[5] = { "new", "returning", "resurrecting", "dormant", "active" };
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 5; k++)
			is(&r, i, cols[k], want[i][k]);
	report_release(&r);
	fx_close(&x);
}

/* ---- random histories against a plain count ---- */

static uint64_t seed;

static int below(int n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int)((seed >> 33) % (unsigned)n);
}

enum { PEOPLE = 12, MONTHS = 14 };

static void lifecycle_and_cohorts_agree_with_a_plain_count_on_random_histories(void **state)
{
	(void)state;
	for (uint64_t run_no = 1; run_no <= 60; run_no++) {
		struct fixture x;
		struct report life, back;
		bool on[PEOPLE][MONTHS] = { { false } };
		const struct report_options o = { .as_of = "2026-02-28", .threads = 2 };
		char id[16], day[40];
		seed = run_no * 77;
		fx_open(&x);
		fx_begin(&x, KIND_BIT(KIND_ORDERS));
		for (int m = 0; m < MONTHS; m++)
			for (int i = 0; i < PEOPLE; i++)
				for (int k = below(4) ? 0 : 1 + below(2); k > 0; k--) {
					snprintf(id, sizeof id, "p%d", i);
					snprintf(day, sizeof day, "%d-%02d-%02d", 2025 + m / 12, m % 12 + 1, 1 + below(28));
					fx_order(&x, id, day, 100);
					fx_put(&x);
					on[i][m] = true;
				}
		fx_commit(&x);
		run(metric_churn_lifecycle, &x, &o, &plain, &life);
		run(metric_churn_cohorts, &x, &o, &plain, &back);
		int first = 0;
		for (bool any = false; !any; first += !any)
			for (int i = 0; i < PEOPLE; i++)
				any = any || on[i][first];
		for (int m = first; m < MONTHS; m++) {
			int64_t want[5] = { 0 };
			char text[24];
			for (int i = 0; i < PEOPLE; i++) {
				int before = 0;
				for (int k = 0; k < m; k++)
					before += on[i][k];
				const bool last = m && on[i][m - 1];
				want[0] += on[i][m] && !before;
				want[1] += on[i][m] && last;
				want[2] += on[i][m] && before && !last;
				want[3] += !on[i][m] && last;
				want[4] += on[i][m];
			}
			for (int k = 0; k < 5; k++)
				assert_int_equal(table_at(&life.table, (size_t)(m - first), (size_t)k + 1)->i, want[k]);
			/* the cohort of this month, at each age */
			for (int age = 0; want[0] && m + age < MONTHS; age++) {
				int64_t kept = 0;
				for (int i = 0; i < PEOPLE; i++) {
					int before = 0;
					for (int k = 0; k < m; k++)
						before += on[i][k];
					kept += on[i][m] && !before && on[i][m + age];
				}
				snprintf(day, sizeof day, "%d-%02d", 2025 + m / 12, m % 12 + 1);
				snprintf(text, sizeof text, "%d", age);
				assert_int_equal(table_at(&back.table, row_of(&back, day, text, "on"), (size_t)table_find(&back.table, SV("retained")))->i, kept);
			}
		}
		report_release(&life);
		report_release(&back);
		fx_close(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contracts_are_active_while_they_are_paid),
		cmocka_unit_test(who_had_signed_up_before_the_source_begins_is_not_new),
		cmocka_unit_test(lifecycle_and_cohorts_agree_with_a_plain_count_on_random_histories),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
