/* Every definition of churn against a naive count over random histories: each period, each
 * customer, day by day. Differences are explained to the last customer. CHURN_SEED=n runs
 * another history. */
#include "fixture.h"
#include "wend/churn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PEOPLE = 120, STRETCHES = 4, DUNNING = 30 };

struct stretch {
	int32_t from, to; /* days; to INT32_MAX = open */
};
struct person {
	struct stretch v[STRETCHES];
	int n;
};
static struct person people[PEOPLE];
static uint64_t state_of_chance;

static uint32_t chance(uint32_t below)
{
	state_of_chance = state_of_chance * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state_of_chance >> 33) % below;
}

static void make_people(uint64_t seed)
{
	state_of_chance = seed * 2 + 1;
	for (int i = 0; i < PEOPLE; i++) {
		struct person *p = &people[i];
		int32_t day = civil_day(2025, 1, 1) + (int32_t)chance(300);
		p->n = 0;
		for (int k = 1 + (int)chance(STRETCHES); k > 0 && day < civil_day(2026, 6, 20); k--) {
			struct stretch *s = &p->v[p->n++];
			s->from = day;
			s->to = day + 1 + (int32_t)chance(chance(3) ? 150 : 20);
			day = s->to + 1 + (int32_t)chance(chance(2) ? 100 : 15);
			if (s->to > civil_day(2026, 6, 30) || (k == 1 && !chance(3)))
				s->to = INT32_MAX;
			if (s->to == INT32_MAX)
				break;
		}
	}
}

static void store_people_of(struct fixture *x)
{
	char id[16], from[16], to[16];
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_SUBSCRIPTIONS));
	for (int i = 0; i < PEOPLE; i++)
		for (int k = 0; k < people[i].n; k++) {
			int y, m, d;
			snprintf(id, sizeof id, "p%d", i);
			civil_ymd(people[i].v[k].from, &y, &m, &d);
			snprintf(from, sizeof from, "%04d-%02d-%02d", y, m, d);
			struct record *r = fx_rec(x, KIND_SUBSCRIPTIONS, id, from);
			if (people[i].v[k].to != INT32_MAX) {
				civil_ymd(people[i].v[k].to, &y, &m, &d);
				snprintf(to, sizeof to, "%04d-%02d-%02d", y, m, d);
				r->v[F_END] = fx_time(to);
			}
			fx_put(x);
		}
	fx_commit(x);
}

/* ---- the naive count ---- */
static bool active(const struct stretch *s, int32_t day)
{
	return s->from < day && day <= s->to;
}
static bool active_on(const struct person *p, int32_t day)
{
	for (int k = 0; k < p->n; k++)
		if (active(&p->v[k], day))
			return true;
	return false;
}
struct pair {
	double num, den;
};
static int64_t ends_between(int32_t from, int32_t to)
{
	int64_t n = 0;
	for (int i = 0; i < PEOPLE; i++)
		for (int k = 0; k < people[i].n; k++)
			n += people[i].v[k].to >= from && people[i].v[k].to < to;
	return n;
}
static int64_t active_all(int32_t day)
{
	int64_t n = 0;
	for (int i = 0; i < PEOPLE; i++)
		n += active_on(&people[i], day);
	return n;
}
static struct pair naive(const char *name, int32_t t0, int32_t t1)
{
	struct pair r = { 0, (double)active_all(t0) };
	if (!strcmp(name, "start")) {
		for (int i = 0; i < PEOPLE; i++)
			r.num += active_on(&people[i], t0) && !active_on(&people[i], t1);
	} else if (!strcmp(name, "events")) {
		r.num = (double)ends_between(t0, t1);
	} else if (!strcmp(name, "exposure")) {
		r.num = (double)ends_between(t0, t1);
		r.den = 0;
		for (int i = 0; i < PEOPLE; i++)
			for (int k = 0; k < people[i].n; k++) {
				const struct stretch *s = &people[i].v[k];
				const int32_t lo = s->from > t0 ? s->from : t0, hi = s->to < t1 ? s->to : t1;
				r.den += hi > lo ? hi - lo : 0;
			}
		r.den /= 365.0 / 12;
	} else if (!strcmp(name, "stripe") || !strcmp(name, "baremetrics")) {
		r.num = (double)ends_between(t1 - 30, t1);
		r.den = (double)active_all(t1 - 30);
		for (int i = 0; i < PEOPLE && *name == 's'; i++)
			r.den += people[i].v[0].from >= t1 - 30 && people[i].v[0].from < t1;
	} else if (!strcmp(name, "profitwell")) {
		for (int i = 0; i < PEOPLE; i++)
			for (int k = 0; k < people[i].n; k++) {
				const struct stretch *s = &people[i].v[k];
				int y, m, d, y2, m2, d2;
				if (s->to < t0 || s->to >= t1)
					continue;
				civil_ymd(s->from, &y, &m, &d);
				civil_ymd(s->to, &y2, &m2, &d2);
				r.num += y != y2 || m != m2;
			}
	} else if (!strcmp(name, "revenuecat")) {
		for (int i = 0; i < PEOPLE; i++)
			for (int k = 0; k < people[i].n; k++) {
				const struct stretch *s = &people[i].v[k];
				const bool late = k + 1 < people[i].n && s[1].from - s->to <= DUNNING;
				const bool was_late = k && s->from - s[-1].to <= DUNNING;
				r.num += s->to >= t0 && s->to < t1 && !late;
				r.num -= k && s->from >= t0 && s->from < t1 && !was_late;
			}
	} else { /* daily */
		double rate = 0;
		r.num = (double)ends_between(t0, t1);
		for (int32_t day = t0; day < t1; day++)
			rate += active_all(day) ? (double)ends_between(day, day + 1) / (double)active_all(day) : 0;
		r.den = rate > 0 ? r.num / rate : 0;
	}
	return r;
}

static void run_rate(struct fixture *x, const struct report_options *o, struct report *r)
{
	static const struct churn_options standard = { .dunning_days = DUNNING };
	struct population p = fx_population(x, o, KIND_SUBSCRIPTIONS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_churn_rate(&p, &standard, o, r, &err), &err);
	population_release(&p);
}

static uint64_t first_seed(void)
{
	const char *s = getenv("CHURN_SEED");
	return s ? strtoull(s, NULL, 10) : 1;
}

static void every_definition_is_the_naive_count(void **state)
{
	static const char *const units[] = { "month", "week", "quarter", "day" };
	(void)state;
	for (uint64_t seed = first_seed(); seed < first_seed() + 3; seed++) {
		struct fixture x;
		make_people(seed);
		store_people_of(&x);
		for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
			const struct report_options o = { .as_of = "2026-06-30", .definition = "all", .period = units[u] };
			struct report r;
			enum period_unit unit;
			struct err err = ERR_INIT;
			int64_t checked = 0;
			run_rate(&x, &o, &r);
			fx_ok(period_parse(&unit, units[u], &err), &err);
			for (size_t i = 0; i < r.table.nrow; i++) {
				struct span s;
				if (*fx_cell(&r.table, i, "flag") == '*' || (u == 3 && i % 37)) /* days: some of them */
					continue;
				fx_ok(span_parse(&s, sv_of(fx_cell(&r.table, i, "period")), 0, &err), &err);
				const int32_t t0 = floor_day(s.from), t1 = period_next(unit, t0);
				const char *name = fx_cell(&r.table, i, "definition");
				const struct pair want = naive(name, t0, t1);
				const double num = strtod(fx_cell(&r.table, i, "numerator"), NULL), den = strtod(fx_cell(&r.table, i, "denominator"), NULL);
				if (fabs(num - want.num) > 1e-9 || (want.den > 0 && fabs(den - want.den) > 1e-9 * want.den))
					fail_msg("seed %llu, %s %s: %g of %g, not %g of %g", (unsigned long long)seed, fx_cell(&r.table, i, "period"), name, num, den, want.num, want.den);
				checked++;
			}
			assert_true(checked > 40);
			report_release(&r);
		}
		fx_close(&x);
	}
}

/* The list of customers adds up to the difference of any two. */
static void the_difference_of_any_two_is_explained_to_the_last_customer(void **state)
{
	static const char *const names[] = { "start", "events", "stripe", "baremetrics", "profitwell", "revenuecat" };
	struct fixture x;
	(void)state;
	make_people(first_seed() + 10);
	store_people_of(&x);
	for (size_t a = 0; a < 6; a++)
		for (size_t b = 0; b < 6; b++) {
			char pair[64];
			struct report table, list;
			if (a == b)
				continue;
			snprintf(pair, sizeof pair, "%s,%s", names[a], names[b]);
			const struct report_options o = { .as_of = "2026-06-30", .definition = pair };
			const struct report_options w = { .as_of = "2026-06-30", .definition = pair, .who = "2026-02" };
			run_rate(&x, &o, &table);
			run_rate(&x, &w, &list);
			double num = 0, den = 0;
			for (size_t i = 0; i < list.table.nrow; i++) {
				const double d = strtod(fx_cell(&list.table, i, "counted"), NULL) - strtod(fx_cell(&list.table, i, "before"), NULL);
				assert_true(*fx_cell(&list.table, i, "why"));
				if (!strcmp(fx_cell(&list.table, i, "part"), "numerator"))
					num += d;
				else
					den += d;
			}
			size_t row = fx_row(&table.table, "2026-02", names[a]), other = fx_row(&table.table, "2026-02", names[b]);
			assert_true(fabs(strtod(fx_cell(&table.table, other, "numerator"), NULL) - strtod(fx_cell(&table.table, row, "numerator"), NULL) - num) < 1e-9);
			assert_true(fabs(strtod(fx_cell(&table.table, other, "denominator"), NULL) - strtod(fx_cell(&table.table, row, "denominator"), NULL) - den) < 1e-9);
			report_release(&table);
			report_release(&list);
		}
	fx_close(&x);
}

/* Every count of a row lists so many customers. */
static void the_customers_behind_a_count_are_as_many_as_it_says(void **state)
{
	static const char *const counts[] = { "active_start", "new", "reactivated", "churned_vol", "churned_invol", "in_and_out", "pending", "active_end", "recovered" };
	struct fixture x;
	struct report table;
	const struct report_options o = { .as_of = "2026-06-30" };
	(void)state;
	make_people(first_seed() + 20);
	store_people_of(&x);
	run_rate(&x, &o, &table);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		for (size_t row = 0; row < table.table.nrow; row++) {
			char who[64];
			struct report list;
			snprintf(who, sizeof who, "%s:%s", fx_cell(&table.table, row, "period"), counts[i]);
			const struct report_options w = { .as_of = "2026-06-30", .who = who };
			run_rate(&x, &w, &list);
			if (list.table.nrow != (size_t)strtoul(fx_cell(&table.table, row, counts[i]), NULL, 10))
				fail_msg("%s: %zu customers, not %s", who, list.table.nrow, fx_cell(&table.table, row, counts[i]));
			report_release(&list);
		}
	report_release(&table);
	fx_close(&x);
}

/* As of the end of each month no earlier row changes, but where a vendor's rule revises. */
static void closed_periods_stay_whatever_comes_later(void **state)
{
	static const char *const ends[] = { "2025-09-30", "2025-10-31", "2025-12-31", "2026-02-28", "2026-05-31", "2026-06-30" };
	struct fixture x;
	struct report last;
	bool revised = false;
	(void)state;
	make_people(first_seed() + 30);
	store_people_of(&x);
	run_rate(&x, &(struct report_options){ .as_of = "2026-06-30", .definition = "all" }, &last);
	for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
		const struct report_options o = { .as_of = ends[e], .definition = "all" };
		struct report r;
		run_rate(&x, &o, &r);
		for (size_t i = 0; i < r.table.nrow; i++) {
			bool same = true;
			for (size_t c = 0; c < r.table.ncol; c++)
				same = same && !strcmp(fx_cell(&r.table, i, r.table.col[c].name), fx_cell(&last.table, i, r.table.col[c].name));
			const bool revises = !strcmp(fx_cell(&r.table, i, "revises"), "yes");
			if (!same && !revises)
				fail_msg("as of %s: %s %s has changed", ends[e], fx_cell(&r.table, i, "period"), fx_cell(&r.table, i, "definition"));
			revised = revised || !same;
		}
		report_release(&r);
	}
	assert_true(revised); /* a late renewal took an end back: the mark is earned */
	report_release(&last);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_definition_is_the_naive_count),
		cmocka_unit_test(the_difference_of_any_two_is_explained_to_the_last_customer),
		cmocka_unit_test(the_customers_behind_a_count_are_as_many_as_it_says),
		cmocka_unit_test(closed_periods_stay_whatever_comes_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
