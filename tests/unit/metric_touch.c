#include "fixture.h"
#include "metric/touch_impl.h"

#include <math.h>

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void quantiles_of_gaps_are_those_of_the_sorted_list(void **state)
{
	uint64_t seed = 88172645463325252u;
	uint32_t *scratch = NULL;
	size_t cap = 0;
	(void)state;
	for (size_t n = 1; n < 3000; n = n * 3 / 2 + 1)
		for (int kind = 0; kind < 4; kind++) {
			struct arena a = ARENA_INIT;
			struct gaps g[3] = { 0 };
			uint32_t *v = xcalloc(n, sizeof *v);
			double sum = 0, squares = 0;
			for (size_t i = 0; i < n; i++) {
				seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
				v[i] = kind == 0 ? (uint32_t)seed : kind == 1 ? (uint32_t)(seed % 5) * 86400 : kind == 2 ? (uint32_t)i : 7;
				gaps_add(&g[i % 3], &a, v[i]);
				sum += v[i];
			}
			gaps_append(&g[0], &g[2]);
			gaps_append(&g[0], &g[1]);
			assert_int_equal(g[0].n, n);
			const struct gap_facts f = gaps_facts(&g[0], true, &scratch, &cap);
			qsort(v, n, sizeof *v, by_value);
			for (size_t i = 0; i < n; i++)
				squares += (v[i] - sum / (double)n) * (v[i] - sum / (double)n);
			for (int q = 5; q <= 9; q += 4) {
				const double h = (double)(n - 1) * q / 10;
				const size_t k = (size_t)h;
				const double want = v[k] + (k + 1 < n ? (h - (double)k) * ((double)v[k + 1] - v[k]) : 0);
				const double got = (q == 5 ? f.median : f.p90) * 86400;
				assert_true(fabs(got - want) <= 1e-9 * (1 + want));
			}
			assert_true(fabs(f.mean * 86400 - sum / (double)n) <= 1e-9 * (1 + sum));
			if (n > 1)
				assert_true(fabs(f.sd * 86400 - sqrt(squares / (double)(n - 1))) <= 1e-6 * (1 + f.sd * 86400));
			if (n >= 6)
				assert_true(f.median_lo <= f.median && f.median <= f.median_hi);
			free(v);
			arena_release(&a);
		}
	free(scratch);
}

static void map_of(struct fixture *x, const struct touch_options *t, const struct report_options *o, struct report *r)
{
	struct population p = fx_population(x, o, KIND_INTERACTIONS);
	struct err err = ERR_INIT;
	report_init(r);
	fx_ok(metric_touch_map(&p, t, o, r, &err), &err);
	population_release(&p);
}

static void small_log(struct fixture *x)
{
	fx_open(x);
	fx_begin(x, KIND_BIT(KIND_INTERACTIONS));
	fx_touch(x, "NA", "2026-01-01", "a");
	fx_touch(x, "NA", "2026-01-03", "b");
	fx_touch(x, "NA", "2026-01-03", "b");
	fx_touch(x, "NA", "2026-01-03", "b");
	fx_touch(x, "NA", "2026-01-04", "a");
	fx_touch(x, "0", "2026-01-01", "a");
	fx_touch(x, "0", "2026-01-05", "b");
	fx_touch(x, "007", "2026-01-05", "quote\" > , c");
	fx_touch(x, NULL, "2026-01-05", "a");
	fx_commit(x);
}

static void the_map_counts_transitions_starts_ends_and_repeats(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .threads = 1 };
	const struct touch_options plain = { 0 }, drop = { .self_loops = "drop" };
	(void)state;
	small_log(&x);
	map_of(&x, &plain, &o, &r);
	const size_t ab = fx_row(&r.table, "a", "b");
	assert_string_equal(fx_cell(&r.table, ab, "n"), "2");
	assert_string_equal(fx_cell(&r.table, ab, "share_of_from"), "0.5"); /* of four a */
	assert_string_equal(fx_cell(&r.table, ab, "median_days"), "3");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "b", "b"), "n"), "2");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "b", "b"), "customers"), "1");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "(start)", "a"), "n"), "3");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "a", "(end)"), "n"), "2");
	assert_string_equal(fx_cell(&r.table, fx_row(&r.table, "a", "(end)"), "median_days"), "");
	assert_non_null(strstr(r.finding.p, "9 steps of 4 customers make 5 transitions on 3 edges"));
	assert_non_null(strstr(r.finding.p, "2 transitions to the same step, 1 run; repeated at all: 3 occurrences"));
	report_release(&r);
	map_of(&x, &drop, &o, &r);
	assert_non_null(strstr(r.finding.p, "make 3 transitions on 2 edges"));
	report_release(&r);
	fx_close(&x);
}

static void ties_stand_in_the_order_of_the_file_or_of_their_names(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .threads = 1 };
	const struct touch_options file = { 0 }, name = { .ties = "name" };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	fx_touch(&x, "1", "2026-01-01", "z");
	fx_touch(&x, "1", "2026-01-01", "a");
	fx_commit(&x);
	map_of(&x, &file, &o, &r);
	fx_row(&r.table, "z", "a");
	report_release(&r);
	map_of(&x, &name, &o, &r);
	fx_row(&r.table, "a", "z");
	report_release(&r);
	fx_close(&x);
}

static void more_names_than_the_dense_table_holds_are_counted_all_the_same(void **state)
{
	struct fixture x;
	struct report r[2];
	char who[16], what[16];
	const struct report_options one = { .threads = 1 }, four = { .threads = 4 };
	const struct touch_options plain = { 0 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	for (int i = 0; i < 70000; i++) {
		snprintf(who, sizeof who, "%d", i / 7);
		snprintf(what, sizeof what, "s%d", (i * 31 + i / 7 * 17) % 700);
		char when[16];
		snprintf(when, sizeof when, "2026-01-%02d", 1 + i % 7);
		fx_touch(&x, who, when, what);
	}
	fx_commit(&x);
	map_of(&x, &plain, &one, &r[0]);
	map_of(&x, &plain, &four, &r[1]);
	int64_t sum = 0;
	for (size_t i = 0; i < r[0].table.nrow; i++)
		sum += r[0].table.col[2].type == COL_INT && table_at(&r[0].table, i, 7)->state == CELL_VALUE ? table_at(&r[0].table, i, 2)->i : 0;
	assert_int_equal(sum, 60000);
	assert_int_equal(r[0].table.nrow, r[1].table.nrow);
	for (size_t i = 0; i < r[0].table.nrow; i += 7)
		for (size_t c = 0; c < r[0].table.ncol; c++)
			assert_string_equal(fx_cell(&r[0].table, i, r[0].table.col[c].name), fx_cell(&r[1].table, i, r[1].table.col[c].name));
	report_release(&r[0]);
	report_release(&r[1]);
	fx_close(&x);
}

static void names_cannot_break_out_of_a_drawing(void **state)
{
	struct fixture x;
	struct report r;
	const struct report_options o = { .threads = 1 };
	const struct touch_options dot = { .style = "dot" }, mermaid = { .style = "mermaid" };
	(void)state;
	small_log(&x);
	map_of(&x, &dot, &o, &r);
	assert_non_null(strstr(r.own.p, "\"quote\\\" > , c\" -> \"(end)\""));
	report_release(&r);
	map_of(&x, &mermaid, &o, &r);
	assert_non_null(strstr(r.own.p, "[\"quote#34; #62; , c\"]"));
	report_release(&r);
	fx_close(&x);
}

static void the_list_tells_shares_by_touchpoint_and_channel(void **state)
{
	struct fixture x;
	struct report r;
	struct err err = ERR_INIT;
	const struct report_options o = { .threads = 1, .as_of = "2026-02-28", .during = "2026-02", .versus = "previous", .min_n = 1 };
	(void)state;
	fx_open(&x);
	fx_begin(&x, KIND_BIT(KIND_INTERACTIONS));
	for (int i = 0; i < 40; i++) {
		char who[16];
		snprintf(who, sizeof who, "%d", i);
		fx_touch(&x, who, "2026-01-05", "visit");
		fx_touch(&x, who, "2026-02-05", "visit");
		if (i % 4 == 0) {
			fx_rec(&x, KIND_INTERACTIONS, who, "2026-02-07")->s[F_TOUCHPOINT] = SV("question");
			x.r.s[F_CHANNEL] = i % 8 ? SV("chat") : SV("phone");
			fx_put(&x);
		}
	}
	fx_commit(&x);
	struct population p = fx_population(&x, &o, KIND_INTERACTIONS);
	report_init(&r);
	fx_ok(metric_touch_list(&p, &o, &r, &err), &err);
	assert_int_equal(r.table.nrow, 3);
	const size_t phone = fx_row(&r.table, "question", "phone"), visit = fx_row(&r.table, "visit", "");
	assert_string_equal(fx_cell(&r.table, phone, "customers"), "5");
	assert_string_equal(fx_cell(&r.table, phone, "share"), "0.125");
	assert_string_equal(fx_cell(&r.table, phone, "median_gap_days"), "2");
	assert_string_equal(fx_cell(&r.table, phone, "before"), "");
	assert_string_equal(fx_cell(&r.table, phone, "call"), "few");
	assert_string_equal(fx_cell(&r.table, visit, "before"), "1");
	assert_string_equal(fx_cell(&r.table, visit, "diff"), "0");
	assert_string_equal(fx_cell(&r.table, visit, "call"), "chance");
	assert_string_equal(fx_cell(&r.table, visit, "last_share"), "0.75");
	assert_non_null(strstr(r.finding.p, "2026-01-01 to 2026-01-31"));
	report_release(&r);
	population_release(&p);
	fx_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_of_gaps_are_those_of_the_sorted_list),
		cmocka_unit_test(the_map_counts_transitions_starts_ends_and_repeats),
		cmocka_unit_test(ties_stand_in_the_order_of_the_file_or_of_their_names),
		cmocka_unit_test(more_names_than_the_dense_table_holds_are_counted_all_the_same),
		cmocka_unit_test(names_cannot_break_out_of_a_drawing),
		cmocka_unit_test(the_list_tells_shares_by_touchpoint_and_channel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
