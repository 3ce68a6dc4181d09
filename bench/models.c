/* Seconds of processor for the four models on N simulated customers, cells ready; again from their
 * parameters with some 1 % of customers more, as on the next day; then 20 replicates of --bootstrap on one thread, and the value of all customers with its limits.
 *
 *     models [N] [SEED]
 *     models N SEED csv      x, t_x, T and m of these customers instead
 *
 * Purchases of BG/NBD with CDNOW's parameters (.243, 4.414, .793, 2.426 a week), customers won
 * over 84 days and watched until day 272; spending of Gamma-Gamma with 6.25, 3.74, 15.44. Two
 * columns: what, seconds. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include "../tests/proof/buyers.h"
#include "metric/ltv_impl.h"

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void say(const char *what, double from, int evals, const char *reason)
{
	printf("%s\t%.4f\t%d evaluations\t%s\n", what, now() - from, evals, reason ? reason : "maximum");
}

static void predict(const char *what, const struct btyd_model *m, const struct btyd_cells *c)
{
	double sum = 0;
	const double t0 = now();
	for (size_t i = 0; i < c->n; i++)
		sum += c->w[i] * btyd_expect(m, c->x[i], c->tx[i], c->T[i], 39);
	printf("%s\t%.4f\t%.0f ns a cell\t%.9g purchases\n", what, now() - t0, (now() - t0) / (double)c->n * 1e9, sum);
}

/* In an order that tells nothing; `total` begins with the first who has come back. */
static void print_histories(const struct buyer *v, const double *total, size_t n, size_t none)
{
	size_t at = 0;
	puts("x,t_x,T,m");
	for (size_t i = 0; i < n; i++, at = (at + 7368787) % n) {
		printf("%u,%.17g,%.17g,", v[at].x, v[at].tx, v[at].T);
		if (v[at].x)
			printf("%.17g", total[at - none] / v[at].x);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	const struct btyd_model truth = { BTYD_BGNBD, 1, { 0.243, 4.414, 0.793, 2.426 } };
	struct dice d = { argc > 2 ? strtoul(argv[2], NULL, 10) : 1 };
	struct columns room = columns_new(n);
	struct buyer *buyers = malloc(n * sizeof *buyers);
	if (!buyers || !room.x || !room.tx || !room.T || !room.w)
		return 4;
	const struct btyd_cells c = buyers_simulate(&room, buyers, &d, &truth, n, 12, 272.0 / 7, 1.0 / 7);
	uint32_t *x = malloc(n * sizeof *x);
	double *total = malloc(n * sizeof *total), *w = malloc(n * sizeof *w);
	struct spend_cells s = { 0, x, total, w };
	if (!x || !total || !w)
		return 4;
	for (size_t i = 0; i < n; i++) {
		if (!buyers[i].x)
			continue;
		x[s.n] = buyers[i].x;
		w[s.n] = 1;
		total[s.n++] = round(exp(dice_log_gamma(&d, 6.25 * buyers[i].x) - dice_log_gamma(&d, 3.74)) * 1544) / 100 + 0.01;
	}
	if (argc > 3) { /* those without purchases come first */
		print_histories(buyers, total, n, n - s.n);
		return fflush(stdout) ? 4 : 0;
	}
	free(buyers);
	printf("customers\t%zu\tcells\t%zu\tspenders\t%zu\n", n, c.n, s.n);
	struct btyd_fit bg, mbg, pareto;
	struct spend_fit spend;
	const double begin = now();
	double t0 = begin;
	btyd_fit(&bg, BTYD_BGNBD, 1, &c, NULL);
	say("BG/NBD", t0, bg.evals, bg.reason);
	t0 = now();
	btyd_fit(&mbg, BTYD_MBGNBD, 1, &c, NULL);
	say("MBG/NBD", t0, mbg.evals, mbg.reason);
	t0 = now();
	btyd_fit(&pareto, BTYD_PNBD, 1, &c, NULL);
	say("Pareto/NBD", t0, pareto.evals, pareto.reason);
	t0 = now();
	spend_fit(&spend, &s, NULL);
	say("Gamma-Gamma", t0, spend.evals, spend.reason);
	printf("all four\t%.4f\n", now() - begin);
	double more = 0;
	for (size_t i = 0; i < c.n; i += 100) {
		more += room.w[i];
		room.w[i] *= 2;
	}
	printf("next day, customers more\t%.0f\n", more);
	t0 = now();
	const struct btyd_fit *from[] = { &bg, &mbg, &pareto };
	for (int i = 0; i < 3; i++) {
		struct btyd_fit next;
		btyd_fit(&next, from[i]->model.kind, 1, &c, &from[i]->model);
		say(i ? i > 1 ? "Pareto/NBD, next day" : "MBG/NBD, next day" : "BG/NBD, next day", t0, next.evals, next.reason);
		t0 = now();
	}
	predict("BG/NBD ahead", &bg.model, &c);
	predict("MBG/NBD ahead", &mbg.model, &c);
	predict("Pareto/NBD ahead", &pareto.model, &c);

	double *shown = malloc(c.n * sizeof *shown), *money = calloc(c.n, sizeof *money);
	if (!shown || !money)
		return 4;
	memcpy(shown, room.w, c.n * sizeof *shown);
	const struct ltv_cells cells = { .unit_days = 7, .n = c.n, .x = room.x, .tx = room.tx, .T = room.T, .w = room.w, .shown = shown, .money = money, .money2 = money,
					 .nspend = s.n, .spend_x = x, .spend_total = total, .spend_w = w };
	const struct ltv_fit fit = { .v = { { .fit = mbg } }, .n = 1, .spend = spend };
	const struct value_span life = { .to = INFINITY, .delta = log(1.1) / 365.25 * 7 };
	struct ltv_boot boot;
	t0 = now();
	ltv_boot_run(&boot, &cells, &fit, 20, 1, 1);
	printf("20 replicates, MBG/NBD and Gamma-Gamma\t%.4f\t%d with a maximum\n", now() - t0, boot.ended);
	ltv_boot_release(&boot);
	t0 = now();
	struct value_total v;
	value_totals(&v, &life, 1, &cells, &fit, 1);
	printf("purchases for life of all, with limits\t%.4f\t%.9g (%.9g to %.9g)\n", now() - t0, v.purchases, v.purchases_ci.lo, v.purchases_ci.hi);
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	printf("peak memory, simulation included\t%ld MiB\n", used.ru_maxrss / 1024);
	free(shown);
	free(money);
	free(x);
	free(total);
	free(w);
	columns_free(&room);
	return 0;
}
