/* P(alive), E[Y(t)] and discounted purchases on hostile grids of 4,032 cells a model, against ball
 * arithmetic: tests/oracle/grid-KIND.txt, made by tests/oracle/grids.c, which has the same loops.
 * No cell is infinite, none negative, none further off than 1e-9 of its value. A seventh of the
 * lines; with --full all of them (make prove-grids). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "wend/model.h"

static const double family[6][4] = { { 0.243, 4.414, 0.793, 2.426 }, { 0.5, 10, 0.2, 0.3 }, { 0.8, 20, 1.0000001, 2.5 }, { 2, 50, 0.5, 900 }, { 30, 300, 1.5, 4 }, { 0.05, 0.5, 5, 0.05 } };
static const double paretos[6][4] = { { 0.553, 10.578, 0.606, 11.669 }, { 0.5, 10, 0.2, 0.3 }, { 0.8, 20, 1.0000001, 2.5 }, { 2, 50, 0.5, 900 }, { 30, 300, 1.5, 4 }, { 0.05, 0.5, 5, 0.05 } };
static const double never[16] = { 1, 2, 3, 5, 7, 14, 21, 30, 60, 90, 180, 365, 730, 1095, 1825, 3650 };
static const double ages[4] = { 1, 30, 365, 3650 }, shares[4] = { 0.01, 0.5, 0.99, 1 };
static const uint32_t counts[7] = { 0, 1, 2, 10, 100, 1000, 5000 };
static const double ahead[6] = { 1, 7, 39, 365, 1825, 5200 };

struct line { /* of the oracle */
	double alive[4], expect[2][6], discounted[2][6];
};
struct tally {
	size_t cells, infinite, negative, off;
	double worst;
};

static void judge(struct tally *t, const struct btyd_model *m, const char *what, uint32_t x, double tx, double T, double ahead_days, double got, double want)
{
	/* Below what a double holds with all its digits: as good as nothing. */
	const double miss = want < 1e-300 && got < 1e-300 ? 0 : fabs(got / want - 1);
	const bool infinite = !isfinite(got), negative = got < 0, off = !(miss <= 1e-9);
	t->infinite += infinite;
	t->negative += negative;
	t->off += off;
	if (miss > t->worst)
		t->worst = miss;
	if ((infinite || negative || off) && t->infinite + t->negative + t->off < 20)
		print_message("%s r %g, alpha %g, %g, %g: x %u tx %g T %g t %g: %s %.17g, not %.17g (%.2g)\n", btyd_name[m->kind], m->p[0], m->p[1], m->p[2], m->p[3], x, tx, T, ahead_days, what, got, want, miss);
}

static void read_line(FILE *f, struct line *l, int nalive, int k)
{
	for (int i = 0; i < nalive; i++)
		assert_int_equal(fscanf(f, "%lf", &l->alive[i]), 1);
	for (int j = 0; j < k; j++)
		for (int i = 0; i < 12; i++)
			assert_int_equal(fscanf(f, "%lf", i < 6 ? &l->expect[j][i] : &l->discounted[j][i - 6]), 1);
}

static void check_line(struct tally *t, const struct btyd_model *m, uint32_t x, double T, const struct line *l)
{
	const double delta = log(1.1) / 365.25;
	for (int s = 0; s < (x ? 4 : 1); s++) {
		const double tx = x ? shares[s] * T : 0, odds = m->k == 2 ? (m->p[0] + 2.0 * x) * (T - tx) / (m->p[1] + T) : 0;
		judge(t, m, "P(alive)", x, tx, T, 0, btyd_alive(m, x, tx, T), l->alive[s]);
		for (int i = 0; i < 6; i++) {
			const double e = l->alive[s] * (l->expect[0][i] + odds * l->expect[1][i]) / (1 + odds);
			const double d = l->alive[s] * (l->discounted[0][i] + odds * l->discounted[1][i]) / (1 + odds);
			judge(t, m, "E[Y(t)]", x, tx, T, ahead[i], btyd_expect(m, x, tx, T, ahead[i]), e);
			judge(t, m, "discounted", x, tx, T, ahead[i], btyd_discounted(m, x, tx, T, 0, i == 5 ? INFINITY : ahead[i], delta), d);
			t->cells++;
		}
	}
}

static size_t every = 7;

static void check_grid(enum btyd_kind kind)
{
	size_t lines = 0;
	static const char *const name[BTYD_KINDS] = { "tests/oracle/grid-0.txt", "tests/oracle/grid-1.txt", "tests/oracle/grid-2.txt", "tests/oracle/grid-3.txt" };
	struct btyd_model m = { .kind = kind, .k = kind == BTYD_MBGCNBD ? 2 : 1 };
	struct tally t = { 0 };
	FILE *f = fopen(name[kind], "r");
	assert_non_null(f);
	for (int set = 0; set < 6; set++)
		for (int c = 0; c < 7; c++)
			for (int i = 0; i < (c ? 4 : 16); i++) {
				struct line l = { 0 };
				for (int n = 0; n < 4; n++)
					m.p[n] = kind == BTYD_PNBD ? paretos[set][n] : family[set][n];
				read_line(f, &l, c ? 4 : 1, m.k);
				if (lines++ % every == 0)
					check_line(&t, &m, counts[c], c ? ages[i] : never[i], &l);
			}
	fclose(f);
	print_message("%s: %zu cells, %zu not finite, %zu negative, %zu off, worst %.2g\n", btyd_name[kind], t.cells, t.infinite, t.negative, t.off, t.worst);
	assert_int_equal(lines, 240);
	assert_true(t.cells >= (every > 1 ? 300 : 4032));
	assert_int_equal(t.infinite + t.negative + t.off, 0);
}

static void bgnbd_grid(void **state)
{
	(void)state;
	check_grid(BTYD_BGNBD);
}

static void mbgnbd_grid(void **state)
{
	(void)state;
	check_grid(BTYD_MBGNBD);
}

static void mbgcnbd_grid(void **state)
{
	(void)state;
	check_grid(BTYD_MBGCNBD);
}

static void pareto_grid(void **state)
{
	(void)state;
	check_grid(BTYD_PNBD);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bgnbd_grid),
		cmocka_unit_test(mbgnbd_grid),
		cmocka_unit_test(mbgcnbd_grid),
		cmocka_unit_test(pareto_grid),
	};
	if (argc > 1 && !strcmp(argv[1], "--full"))
		every = 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
