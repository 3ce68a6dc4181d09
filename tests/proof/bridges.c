/* Do the intervals of `churn mrr` hold what they are intervals of? Customers whose payments are
 * lognormal leave, pay less or pay more at random, whatever they pay; new ones come by Poisson.
 * The true rates are known; each period that is drawn is one try.
 *
 *   bridges FROM TO     seeds; 200 periods a seed for each size and spread
 *
 * Prints the share of periods whose interval holds the true rate; ends 1 when one of them is
 * below 93 %. */
#include <stdio.h>
#include <string.h>

#include "buyers.h"
#include "metric/churnmrr_impl.h"

enum { SIZES = 4, SPREADS = 3, TRIES = 200, SHOWN = 4 };
static const int sizes[SIZES] = { 30, 100, 300, 1000 };
static const double spreads[SPREADS] = { 0, 0.7, 1.2 };
static const double leave = 0.03, less = 0.02, more = 0.04, fresh = 0.05;
static const int shown[SHOWN] = { MRR_GROSS, MRR_NET, MRR_NRR, MRR_QUICK };

static void count(struct mrr_cell *c, int kind, int64_t by, int64_t at_start)
{
	struct mrr_move *m = &c->move[kind];
	m->n++;
	m->minor += by;
	m->squares += (mrr_wide)by * by;
	m->cross += (mrr_wide)by * at_start;
}

static int64_t payment(struct dice *d, double spread)
{
	return (int64_t)(exp(spread * dice_normal(d)) * 5000) + 1;
}

static struct mrr_cell period(struct dice *d, int n, double spread)
{
	struct mrr_cell c = { .customers = n };
	for (int i = 0; i < n; i++) {
		const int64_t m = payment(d, spread);
		const double u = dice_uniform(d);
		c.start += m;
		c.start2 += (mrr_wide)m * m;
		if (u < leave)
			count(&c, MRR_CHURNED, m, m);
		else if (u < leave + less)
			count(&c, MRR_CONTRACTION, (int64_t)((double)m * dice_between(d, 0.1, 0.6)), m);
		else if (u < leave + less + more)
			count(&c, MRR_EXPANSION, (int64_t)((double)m * dice_between(d, 0.2, 1.5)), m);
	}
	for (double t = dice_exponential(d); t < fresh * n; t += dice_exponential(d))
		count(&c, MRR_NEW, payment(d, spread), 0);
	return c;
}

int main(int argc, char **argv)
{
	const double lost = leave + less * 0.35, gain = more * 0.85;
	const double truth[SHOWN] = { lost, lost - gain, 1 - lost + gain, (gain + fresh) / lost };
	const long from = argc > 1 ? strtol(argv[1], NULL, 10) : 1, to = argc > 2 ? strtol(argv[2], NULL, 10) : 10;
	bool bad = false;
	puts("| customers | spread | periods | gross, GRR | net | NRR | quick_ratio |");
	puts("|---|---|---|---|---|---|---|");
	for (int s = 0; s < SIZES; s++)
		for (int w = 0; w < SPREADS; w++) {
			long in[SHOWN] = { 0 }, tries[SHOWN] = { 0 };
			for (long seed = from; seed <= to; seed++) {
				struct dice d = { (uint64_t)seed * 1000003u + (uint64_t)(s * SPREADS + w) };
				for (int t = 0; t < TRIES; t++) {
					const struct mrr_cell c = period(&d, sizes[s], spreads[w]);
					struct mrr_rate rate[MRR_RATES];
					mrr_rates(rate, &c);
					for (int k = 0; k < SHOWN; k++) {
						const struct interval ci = rate[shown[k]].ci;
						if (isnan(rate[shown[k]].value))
							continue; /* nothing was lost: no ratio to it */
						tries[k]++;
						in[k] += truth[k] >= ci.lo && truth[k] <= ci.hi;
					}
				}
			}
			printf("| %d | %.1f | %ld |", sizes[s], spreads[w], tries[0]);
			for (int k = 0; k < SHOWN; k++) {
				const double share = (double)in[k] / (double)tries[k];
				bad = bad || share < 0.93;
				printf(" %.2f %% |", 100 * share);
			}
			putchar('\n');
		}
	return bad;
}
