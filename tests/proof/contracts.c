/* Does the band of `churn forecast` hold what a new cohort does? Customers of sBG or BdW with
 * parameters drawn anew for each try are watched for some renewals; the curve that --model auto
 * chooses is held against a second cohort of as many customers.
 *
 *   contracts FROM TO    seeds
 *
 * Ends 1 when less than 90 % of the shares lie inside in some row. */
#include <stdio.h>
#include <string.h>

#include "buyers.h"
#include "metric/renewals.h"

enum { SIZES = 2, AHEAD = 3 };
static const int sizes[SIZES] = { 300, 2000 };

static double at_renewal(const struct renewal_model *m, const void *ctx)
{
	return renewal_survival(m, *(const double *)ctx);
}

static double dice_beta(struct dice *d, double a, double b)
{
	const double x = dice_log_gamma(d, a), y = dice_log_gamma(d, b);
	return 1 / (1 + exp(y - x));
}

/* Renewal at which a customer leaves: the first t with 1 - (1 - theta)^(t^c) >= u. */
static double leaves_at(struct dice *d, const struct renewal_model *m)
{
	const double theta = dice_beta(d, m->alpha, m->beta), u = dice_uniform(d);
	const double t = pow(log(u) / log1p(-theta), 1 / m->c);
	return isfinite(t) ? floor(t) + 1 : 1e9;
}

struct tally {
	long tries, fitted, bdw, in[AHEAD];
};

static void one(struct dice *d, int n, bool bdw, struct tally *out)
{
	const struct renewal_model truth = { dice_log_between(d, 0.4, 2), dice_log_between(d, 1, 8), bdw ? dice_log_between(d, 0.7, 1.6) : 1 };
	const int watched = 6 + (int)(dice_uniform(d) * 7);
	const struct forecast_options o = { .discount = NAN };
	struct renewal_stat s = { .unit = PERIOD_MONTH };
	struct renewal_fits f;
	struct err err = ERR_INIT;
	for (int i = 0; i < n; i++) {
		const double t = leaves_at(d, &truth);
		for (int k = 0; k < watched && k < t; k++)
			renewal_age_at(&s, (size_t)k)->risk++;
		if (t <= watched)
			renewal_age_at(&s, (size_t)t - 1)->lost++;
	}
	out->tries++;
	renewal_fits_run(&f, &s, &o, &err);
	const struct renewal_fit *v = f.chosen < 0 ? NULL : &f.v[f.chosen];
	out->fitted += v != NULL;
	out->bdw += f.chosen == 1;
	for (int a = 0; a < AHEAD && v; a++) {
		const double at = a == 0 ? watched / 2 : a == 1 ? watched : watched + 6, share = renewal_survival(&v->model, at);
		const struct renewal_estimate e = renewal_about(v, at_renewal, &at, share * (1 - share) / n, true);
		int there = 0;
		for (int i = 0; i < n; i++)
			there += leaves_at(d, &truth) > at;
		out->in[a] += (double)there / n >= e.ci.lo && (double)there / n <= e.ci.hi;
	}
	renewal_fits_release(&f);
	renewal_stat_release(&s);
}

int main(int argc, char **argv)
{
	const long from = argc > 1 ? strtol(argv[1], NULL, 10) : 1, to = argc > 2 ? strtol(argv[2], NULL, 10) : 100;
	bool bad = false;
	puts("| truth | customers | cohorts | with a curve | BdW chosen | half way | at the last renewal seen | 6 later |");
	puts("|---|---|---|---|---|---|---|---|");
	for (int m = 0; m < 2; m++)
		for (int s = 0; s < SIZES; s++) {
			struct tally t = { 0 };
			for (long seed = from; seed <= to; seed++) {
				struct dice d = { (uint64_t)seed * 1000003u + (uint64_t)(m * SIZES + s) };
				one(&d, sizes[s], m, &t);
			}
			printf("| %s | %d | %ld | %ld | %ld |", renewal_names[m], sizes[s], t.tries, t.fitted, t.bdw);
			for (int a = 0; a < AHEAD; a++) {
				const double share = (double)t.in[a] / (double)t.fitted;
				bad = bad || share < 0.93 - 3 * sqrt(0.93 * 0.07 / (double)t.fitted); /* 0.93, as far as so many can tell */
				printf(" %.2f %% |", 100 * share);
			}
			putchar('\n');
		}
	return bad;
}
