/* Simulated data sets of all models, extreme parameters and sizes: every fit ends in a maximum,
 * with a gradient of at most 1e-9 per customer, or in a sentence that says why there is none; and
 * neither stops lower than the parameters the data came from.
 *
 *     fits FROM TO [--table] [--small] [--again]
 *
 * --again: purchases and spending are fitted a second time from parameters drawn at random, from
 * everywhere or beside the maximum by turns; a fit is wrong, too, when that one ends elsewhere:
 * in no maximum where there is one, or the other way round, or lower by more than 1e-9 of the
 * likelihood, or at other parameters by more than 1e-6 (weak directions, 1e-6 of an error, too).
 *
 * Seed i makes data set i: its model by turns, 100 to 300,000 customers (log-uniform), every
 * 200th 300,000 to 1,000,000; --small at most 2,000. Exit status 1 when a fit ends in neither. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "buyers.h"

enum { KINDS = 9, REASONS = 24 };
static const char *const kind_name[KINDS] = { "BG/NBD", "MBG/NBD", "MBG/CNBD-2", "MBG/CNBD-3", "Pareto/NBD", "Gamma-Gamma", "BG/BB", "sBG", "BdW" };

static bool again;
struct outcome {
	const char *reason, *elsewhere; /* the second fit: NULL = the same end */
	int evals_again;
	int evals, n;
	double loglik, at_truth, steepest, condition, seconds, p[4], truth[4];
	size_t cells;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A fit of any model with n parameters, and the truth; `loglik_of_truth` puts
 * o->at_truth. */
#define TAKE(o, f, params, true_params, n, loglik_of_truth) \
	do { \
		(o)->reason = (f).reason; \
		(o)->evals = (f).evals; \
		(o)->loglik = (f).loglik; \
		(o)->condition = (f).condition; \
		memcpy((o)->p, (params), sizeof *(params) * (n)); \
		memcpy((o)->truth, (true_params), sizeof *(true_params) * (n)); \
		judge((o), (n), (f).grad, (f).cov); \
		if (!(loglik_of_truth)) \
			(o)->at_truth = -INFINITY; \
	} while (0)

static void judge(struct outcome *o, int n, const double *grad, const double *cov)
{
	o->n = n;
	for (int i = 0; i < n; i++) {
		if (!(fabs(grad[i]) <= o->steepest))
			o->steepest = fabs(grad[i]);
		if (!o->reason && !(cov[i * (n + 1)] > 0 && isfinite(cov[i * (n + 1)])))
			o->steepest = INFINITY;
	}
}

/* n parameters of two fits. */
static const char *elsewhere(const char *reason, double loglik, const double *p, const double *cov, const char *again_reason, double again_loglik, const double *q, int n)
{
	if (!reason != !again_reason)
		return reason ? "a maximum only from the start" : "no maximum from the start";
	if (reason)
		return NULL;
	if (!(again_loglik >= loglik - 1e-9 * fabs(loglik)))
		return "lower from the start";
	for (int i = 0; i < n; i++)
		if (!(fabs(log(q[i] / p[i])) <= 1e-6 * (1 + sqrt(cov[i * (n + 1)]))))
			return "other parameters from the start";
	return NULL;
}

/* A start: everywhere for the odd, near p for the even. */
static void draw_start(double *to, struct dice *d, const double *p, int n)
{
	const bool near = dice_uniform(d) < 0.5;
	for (int i = 0; i < n; i++)
		to[i] = near ? p[i] * exp(0.1 * dice_normal(d)) : dice_log_between(d, 1e-5, 1e5);
}

/* ---- one data set of each model ---- */

static void purchases(struct outcome *o, struct dice *d, int kind, size_t n)
{
	static const enum btyd_kind of[5] = { BTYD_BGNBD, BTYD_MBGNBD, BTYD_MBGCNBD, BTYD_MBGCNBD, BTYD_PNBD };
	struct btyd_model m = { of[kind], kind == 2 ? 2 : kind == 3 ? 3 : 1, { 0 } };
	const double span = dice_log_between(d, 30, 2000), often = dice_log_between(d, 0.03, 30);
	m.p[0] = dice_log_between(d, 0.02, 20);
	m.p[1] = m.p[0] * span / often / m.k;
	if (m.kind == BTYD_PNBD) {
		m.p[2] = dice_log_between(d, 0.05, 10);
		m.p[3] = m.p[2] * span * dice_log_between(d, 0.02, 30);
	} else {
		m.p[2] = dice_log_between(d, 0.02, 20);
		m.p[3] = dice_log_between(d, 0.05, 50);
	}
	const double window = dice_uniform(d) < 0.2 ? 0 : span * dice_uniform(d);
	struct columns room = columns_new(n);
	struct buyer *buyers = malloc(n * sizeof *buyers);
	struct btyd_fit f;
	const struct btyd_cells c = buyers_simulate(&room, buyers, d, &m, n, window, span, 1);
	const double t0 = now();
	btyd_fit(&f, m.kind, m.k, &c, NULL);
	o->seconds = now() - t0;
	o->cells = c.n;
	TAKE(o, f, f.model.p, m.p, 4, btyd_loglik(&m, &c, &o->at_truth, NULL, NULL));
	if (again) {
		struct btyd_model start = m;
		struct btyd_fit g;
		draw_start(start.p, d, f.reason ? m.p : f.model.p, 4);
		btyd_fit_again(&g, m.kind, m.k, &c, &start);
		o->elsewhere = elsewhere(f.reason, f.loglik, f.model.p, f.cov, g.reason, g.loglik, g.model.p, 4);
		o->evals_again = g.evals;
	}
	free(buyers);
	columns_free(&room);
}

static uint32_t geometric(struct dice *d, double mean)
{
	return 1 + (uint32_t)fmin(dice_exponential(d) * mean, 5000);
}

static void spending(struct outcome *o, struct dice *d, size_t n)
{
	const struct spend_model m = { dice_log_between(d, 0.1, 200), dice_log_between(d, 0.5, 50), dice_log_between(d, 0.01, 1e5) };
	const double often = dice_log_between(d, 0.05, 20), whole = dice_uniform(d) < 0.5;
	struct { double total; uint32_t x; } *c = malloc(n * sizeof *c);
	uint32_t *x = malloc(n * sizeof *x);
	double *total = malloc(n * sizeof *total), *w = malloc(n * sizeof *w);
	struct spend_fit f;
	size_t count[5002] = { 0 };
	for (size_t i = 0; i < n; i++) {
		c[i].x = geometric(d, often);
		const double v = exp(dice_log_gamma(d, m.p * c[i].x) - dice_log_gamma(d, m.q)) * m.gamma;
		/* cents, at least one; or as they come */
		c[i].total = whole > 0 ? fmax(round(v * 100), 1) / 100 : fmax(v, 1e-12);
		count[c[i].x]++;
	}
	for (size_t i = 1, at = 0; i < 5002; i++) {
		const size_t many = count[i];
		count[i] = at;
		at += many;
	}
	for (size_t i = 0; i < n; i++) {
		const size_t at = count[c[i].x]++;
		x[at] = c[i].x;
		total[at] = c[i].total;
		w[at] = 1;
	}
	const struct spend_cells cells = { n, x, total, w };
	const double t0 = now();
	spend_fit(&f, &cells, NULL);
	o->seconds = now() - t0;
	o->cells = n;
	TAKE(o, f, &f.model.p, &m.p, 3, spend_loglik(&m, &cells, &o->at_truth, NULL, NULL));
	if (again) {
		double start[3];
		struct spend_fit g;
		draw_start(start, d, (double[]){ f.reason ? m.p : f.model.p, f.reason ? m.q - 1 : f.model.q - 1, f.reason ? m.gamma : f.model.gamma }, 3);
		spend_fit(&g, &cells, &(struct spend_model){ start[0], 1 + start[1], start[2] });
		o->elsewhere = elsewhere(f.reason, f.loglik, (double[]){ f.model.p, f.model.q - 1, f.model.gamma }, f.cov, g.reason, g.loglik, (double[]){ g.model.p, g.model.q - 1, g.model.gamma }, 3);
		o->evals_again = g.evals;
	}
	free(c);
	free(x);
	free(total);
	free(w);
}

static void opportunities(struct outcome *o, struct dice *d, size_t n)
{
	enum { MOST = 32 };
	static double count[MOST + 1][MOST + 1][MOST + 1];
	static uint32_t x[8192], tx[8192], of[8192];
	static double w[8192];
	const struct chance_model m = { { dice_log_between(d, 0.05, 20), dice_log_between(d, 0.05, 20), dice_log_between(d, 0.05, 20), dice_log_between(d, 0.2, 100) } };
	const uint32_t most = 2 + (uint32_t)(dice_uniform(d) * (MOST - 2)), kinds = dice_uniform(d) < 0.5 ? 1 : 2;
	struct chance_cells c = { 0, x, tx, of, w };
	struct chance_fit f;
	memset(count, 0, sizeof count);
	for (size_t i = 0; i < n; i++) {
		const double buy = 1 / (1 + exp(-dice_logit_beta(d, m.p[0], m.p[1]))), leave = 1 / (1 + exp(-dice_logit_beta(d, m.p[2], m.p[3])));
		const uint32_t last = most - (uint32_t)(i % kinds) * (most / 2);
		uint32_t bought = 0, at = 0;
		for (uint32_t t = 1; t <= last && dice_uniform(d) >= leave; t++)
			if (dice_uniform(d) < buy) {
				bought++;
				at = t;
			}
		count[bought][at][last]++;
	}
	for (uint32_t i = 0; i <= MOST; i++)
		for (uint32_t j = 0; j <= MOST; j++)
			for (uint32_t k = 0; k <= MOST; k++)
				if (count[i][j][k] > 0) {
					x[c.n] = i;
					tx[c.n] = j;
					of[c.n] = k;
					w[c.n++] = count[i][j][k];
				}
	const double t0 = now();
	chance_fit(&f, &c, NULL);
	o->seconds = now() - t0;
	o->cells = c.n;
	TAKE(o, f, f.model.p, m.p, 4, chance_loglik(&m, &c, &o->at_truth, NULL, NULL));
}

static void contracts(struct outcome *o, struct dice *d, bool bdw, size_t n)
{
	enum { MOST = 40 };
	const struct renewal_model m = { dice_log_between(d, 0.05, 20), dice_log_between(d, 0.05, 100), bdw ? dice_log_between(d, 0.5, 2) : 1 };
	const int periods = 2 + (int)(dice_uniform(d) * (MOST - 2)), kinds = dice_uniform(d) < 0.5 ? 1 : 3;
	double risk[MOST] = { 0 }, lost[MOST] = { 0 }, step[MOST];
	struct renewal_fit f;
	for (int t = 0; t < MOST; t++)
		step[t] = pow(t + 1, m.c) - pow(t, m.c);
	for (size_t i = 0; i < n; i++) {
		const double log_stay = -log1p(exp(dice_logit_beta(d, m.alpha, m.beta)));
		const int until = periods - (int)(i % (size_t)kinds) * (periods / 3);
		for (int t = 0; t < until; t++) {
			risk[t]++;
			if (log(dice_uniform(d)) >= step[t] * log_stay) {
				lost[t]++;
				break;
			}
		}
	}
	const struct renewals r = { (size_t)periods, risk, lost };
	const double t0 = now();
	renewal_fit(&f, bdw, &r, NULL);
	o->seconds = now() - t0;
	o->cells = (size_t)periods;
	TAKE(o, f, &f.model.alpha, &m.alpha, bdw ? 3 : 2, renewal_loglik(&m, bdw, &r, &o->at_truth, NULL, NULL));
}

/* ---- all of them ---- */

struct tally {
	size_t sets, maxima, wrong, most_customers, most_cells, evals, evals_again;
	double customers, seconds, slowest, steepest;
	size_t slowest_cells;
	struct { const char *why; size_t n; } reason[REASONS];
};
static struct tally tallies[KINDS];

static size_t size_of(struct dice *d, unsigned long seed, bool small)
{
	const double wide = dice_log_between(d, 100, 300000), huge = dice_log_between(d, 300000, 1000000);
	if (small)
		return (size_t)(wide < 2000 ? wide : 100 + fmod(wide, 1900));
	return (size_t)(seed % 200 ? wide : huge);
}

static void one(unsigned long seed, bool small)
{
	struct dice d = { seed * 0x5851f42d4c957f2du };
	const int kind = (int)((seed + seed / 200) % KINDS);
	const size_t n = size_of(&d, seed, small);
	struct outcome o = { 0 };
	if (kind < 5)
		purchases(&o, &d, kind, n);
	else if (kind == 5)
		spending(&o, &d, n);
	else if (kind == 6)
		opportunities(&o, &d, n);
	else
		contracts(&o, &d, kind == 8, n);
	struct tally *t = &tallies[kind];
	/* Truth can be the higher one only by rounding. */
	const bool low = !(o.loglik >= o.at_truth - 1e-9 * fabs(o.at_truth)), untried = o.reason && isnan(o.loglik);
	const bool right = !o.elsewhere && (untried || (!low && (o.reason || o.steepest <= 1e-9)));
	t->sets++;
	t->evals += (size_t)(o.reason ? 0 : o.evals);
	t->evals_again += (size_t)(o.reason ? 0 : o.evals_again);
	t->customers += (double)n;
	t->seconds += o.seconds;
	t->maxima += !o.reason;
	t->wrong += !right;
	if (o.seconds > t->slowest) {
		t->slowest = o.seconds;
		t->slowest_cells = o.cells;
		t->most_customers = n;
	}
	if (!o.reason && o.steepest > t->steepest)
		t->steepest = o.steepest;
	for (int i = 0; i < REASONS && o.reason; i++)
		if (!t->reason[i].why || !strcmp(t->reason[i].why, o.reason)) {
			t->reason[i].why = o.reason;
			t->reason[i].n++;
			break;
		}
	if (!right)
		printf("WRONG ");
	if (!right || getenv("FITS_TELL"))
		printf("%lu %s n %zu cells %zu evals %d %.3f s steepest %.2g condition %.3g loglik %.9g truth %.9g: %g %g %g %g from %g %g %g %g: %s%s%s\n", seed, kind_name[kind], n, o.cells, o.evals, o.seconds, o.steepest, o.condition, o.loglik, o.at_truth,
		       o.p[0], o.p[1], o.p[2], o.p[3], o.truth[0], o.truth[1], o.truth[2], o.truth[3], o.reason ? o.reason : "maximum", o.elsewhere ? "; " : "", o.elsewhere ? o.elsewhere : "");
}

static void table(unsigned long from, unsigned long to)
{
	printf("| model | data sets | customers | maxima | steepest gradient | reasons | wrong | all fits, s | slowest, s | of customers | cells |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (int k = 0; k < KINDS; k++) {
		const struct tally *t = &tallies[k];
		printf("| %s | %zu | %.0f | %zu | %.1e | %zu | %zu | %.1f | %.2f | %zu | %zu |\n", kind_name[k], t->sets, t->customers, t->maxima, t->steepest, t->sets - t->maxima, t->wrong, t->seconds, t->slowest, t->most_customers, t->slowest_cells);
	}
	printf("\n| model | reason | data sets |\n|---|---|---|\n");
	for (int k = 0; k < KINDS; k++)
		for (int i = 0; i < REASONS && tallies[k].reason[i].why; i++)
			printf("| %s | %s | %zu |\n", kind_name[k], tallies[k].reason[i].why, tallies[k].reason[i].n);
	for (int k = 0; again && k <= 5; k++)
		printf("%s%s: %zu passes through the cells, %zu from the start", k ? "; " : "\n", kind_name[k], tallies[k].evals, tallies[k].evals_again);
	printf("\nSeeds %lu to %lu.\n", from, to);
}

int main(int argc, char **argv)
{
	const unsigned long from = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, to = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
	bool wants_table = false, small = argc < 3;
	size_t wrong = 0;
	for (int i = 3; i < argc; i++) {
		wants_table |= !strcmp(argv[i], "--table");
		small |= !strcmp(argv[i], "--small");
		again |= !strcmp(argv[i], "--again");
	}
	for (unsigned long seed = from; seed <= to; seed++)
		one(seed, small);
	if (wants_table)
		table(from, to);
	for (int k = 0; k < KINDS; k++)
		wrong += tallies[k].wrong;
	return wrong ? 1 : 0;
}
