/* Which model says the chances: the additive one, which can be explained curve by curve, the
 * boosted trees, which see steps and what columns do together, or both.
 *
 * The rows are cut into CHANCES_FOLDS folds by a hash of their keys, so that one person's rows
 * stay together and neither the order of the rows nor the number of threads matters. Each
 * model is fitted without each fold and judged on it by -log chance of what came, the score
 * that no dishonest chance can better (Good 1952). The additive model chooses its curves, their
 * smoothness and its pairs anew in every fold; of the trees the depth and the number come from
 * the same folds. What both say of the rows held out is then joined (stacking, Wolpert 1992;
 * Breiman 1996),
 *
 *     log odds = shift + curves eta_curves + trees eta_trees,   weights >= 0,
 *
 * by the greatest likelihood of the rows held out. The weights need not add up to one: what two
 * honest models say together is too timid when it is only averaged (Ranjan & Gneiting 2010).
 * Trees explain less, and their depth, number and weight are chosen on the very rows they are
 * judged by; so the additive model stays unless they make it better by more than 2.576 standard
 * errors of the difference, row by row (99 %).
 *
 * Points of chance a column adds: parts of the log odds, each times the slope of the straight
 * line from the middle (e0, p0) to the row (e, p), so that they add up to p - p0 exactly
 * (Aumann & Shapley 1974, along that line).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/par.h"
#include "wend/regress.h"

#define BEYOND 2.5758293035489004
enum { DEPTHS = 3 };
static const int depths[DEPTHS] = { 2, 3, 5 };

struct task {
	int fold, depth;          /* depth -1: additive; else an index */
};
struct trial {
	const struct regress_data *d;
	const struct chances_options *o;
	struct boost_options grown;
	uint8_t *fold;
	double *eta_logit, *eta_boost; /* of rows held out */
	double *loss;             /* by depth, fold and tree */
	struct task *task;
	size_t ntask, next;
};

static uint8_t *use_of(const struct trial *t, int fold)
{
	uint8_t *use = xmalloc(t->d->n + 1);
	for (size_t i = 0; i < t->d->n; i++)
		use[i] = t->fold[i] != fold;
	return use;
}

static void try_logit(struct trial *t, int fold)
{
	uint8_t *use = use_of(t, fold);
	struct additive *m = additive_fit(t->d, use);
	double yes = 0.5, all = 1;
	for (size_t i = 0; i < t->d->n; i++)
		if (use[i]) {
			yes += t->d->y[i];
			all++;
		}
	for (size_t i = 0; i < t->d->n; i++)
		if (!use[i])
			t->eta_logit[i] = m ? additive_eta(m, t->d, i, NULL, NULL) : log(yes / (all - yes));
	additive_free(m);
	free(use);
}

static struct boost_options options_of(const struct trial *t, int depth)
{
	struct boost_options o = BOOST_OPTIONS_INIT;
	o.depth = depths[depth];
	o.seed = t->o->seed;
	return o;
}

static void try_boost(struct trial *t, int fold, int depth)
{
	uint8_t *use = use_of(t, fold);
	const struct boost_options o = options_of(t, depth);
	struct boost *m = boost_fit(t->d, use, &o, t->loss + (depth * CHANCES_FOLDS + fold) * o.trees);
	boost_free(m);
	free(use);
}

/* The trees that did best, once more, for the chances of the rows held out. */
static void keep_boost(struct trial *t, int fold)
{
	uint8_t *use = use_of(t, fold);
	struct boost *m = boost_fit(t->d, use, &t->grown, NULL);
	for (size_t i = 0; i < t->d->n; i++)
		if (!use[i])
			t->eta_boost[i] = boost_eta(m, t->d, i, NULL);
	boost_free(m);
	free(use);
}

enum { KEEP = -2 };
static void worker(void *ctx, int thread)
{
	struct trial *t = ctx;
	(void)thread;
	for (;;) {
		const size_t k = __atomic_fetch_add(&t->next, 1, __ATOMIC_RELAXED);
		if (k >= t->ntask)
			return;
		const struct task *a = &t->task[k];
		if (a->depth == KEEP)
			keep_boost(t, a->fold);
		else if (a->depth < 0)
			try_logit(t, a->fold);
		else
			try_boost(t, a->fold, a->depth);
	}
}

static void run_all(struct trial *t)
{
	int threads = t->o->threads < 1 ? 1 : t->o->threads;
	t->next = 0;
	threads = (size_t)threads > t->ntask ? (int)t->ntask : threads;
	par_each(threads > 64 ? 64 : threads, worker, t);
	t->ntask = 0;
}

static void add_task(struct trial *t, int fold, int depth)
{
	t->task[t->ntask++] = (struct task){ fold, depth };
}

/* Depth and number of trees with the lowest loss over all folds. */
static double best_trees(struct trial *t)
{
	double best = INFINITY;
	for (int depth = 0; depth < DEPTHS; depth++) {
		struct boost_options o = options_of(t, depth);
		for (int tree = 0; tree < o.trees; tree++) {
			double sum = 0;
			for (int fold = 0; fold < CHANCES_FOLDS; fold++)
				sum += t->loss[(depth * CHANCES_FOLDS + fold) * o.trees + tree];
			if (sum < best) {
				best = sum;
				t->grown = o;
				t->grown.trees = tree + 1;
			}
		}
	}
	return best / (double)t->d->n;
}

static double row_loss(const struct trial *t, const double *eta, size_t i)
{
	return logit_log1pexp(t->d->y[i] ? -eta[i] : eta[i]);
}

static double loss_of(const struct trial *t, const double *eta)
{
	double sum = 0;
	for (size_t i = 0; i < t->d->n; i++)
		sum += row_loss(t, eta, i);
	return sum / (double)t->d->n;
}

/* Log odds of the rows held out, as c joins them. */
static void join(const struct chances *c, const struct trial *t, double *eta)
{
	for (size_t i = 0; i < t->d->n; i++)
		eta[i] = c->shift + c->curves * t->eta_logit[i] + c->trees * t->eta_boost[i];
}

/* Weights of maximum likelihood; one that would be negative leaves its model out. */
static void weigh(struct chances *c, const struct trial *t)
{
	double *x = xreallocarray(NULL, 2 * t->d->n + 1, sizeof *x);
	struct logit_fit f;
	for (size_t i = 0; i < t->d->n; i++) {
		x[2 * i] = t->eta_logit[i];
		x[2 * i + 1] = t->eta_boost[i];
	}
	logit_fit(&f, x, t->d->y, t->d->n, 2);
	if (f.status == LOGIT_OK && f.beta[2] > 0) {
		const bool both = f.beta[1] > 0;
		c->shift = both ? f.beta[0] : 0;
		c->curves = both ? f.beta[1] : 0;
		c->trees = both ? f.beta[2] : 1;
	}
	logit_release(&f);
	free(x);
}

/* Standard error of the mean by which eta is better than the curves alone. */
static double gap_se(const struct trial *t, const double *eta, double mean)
{
	double sum = 0;
	const double n = (double)t->d->n;
	for (size_t i = 0; i < t->d->n; i++) {
		const double gap = row_loss(t, t->eta_logit, i) - row_loss(t, eta, i) - mean;
		sum += gap * gap;
	}
	return sqrt(sum / n / fmax(1, n - 1));
}

static void curves_alone(struct chances *c)
{
	c->shift = c->trees = 0;
	c->curves = 1;
}

/* What the rows held out say: the weights, and what they bring. */
static void choose(struct chances *c, const struct trial *t)
{
	double *eta = c->held_out;
	weigh(c, t);
	join(c, t, eta);
	c->loss_both = loss_of(t, eta);
	c->gap_se = gap_se(t, eta, c->loss_logit - c->loss_both);
	if (!(c->loss_logit - c->loss_both > BEYOND * c->gap_se))
		curves_alone(c);
}

struct chances *chances_fit(const struct regress_data *d, const struct chances_options *o)
{
	struct chances *c = xcalloc(1, sizeof *c);
	struct trial t = { .d = d, .o = o };
	const struct boost_options most = BOOST_OPTIONS_INIT;
	const bool logit = o->model != CHANCES_BOOST, boost = o->model != CHANCES_LOGIT;
	c->automatic = o->model == CHANCES_AUTO;
	c->n = d->n;
	c->loss_logit = c->loss_boost = c->loss_both = c->gap_se = NAN;
	c->held_out = xcalloc(d->n + 1, sizeof *c->held_out);
	c->additive = additive_fit(d, NULL);
	if (!c->additive) {
		c->model = CHANCES_LOGIT;
		return c;
	}
	t.fold = xmalloc(d->n + 1);
	t.eta_logit = xcalloc(2 * d->n + 1, sizeof *t.eta_logit);
	t.eta_boost = t.eta_logit + d->n;
	t.loss = xcalloc((size_t)(DEPTHS * CHANCES_FOLDS * most.trees), sizeof *t.loss);
	t.task = xcalloc((DEPTHS + 1) * CHANCES_FOLDS, sizeof *t.task);
	for (size_t i = 0; i < d->n; i++)
		t.fold[i] = (uint8_t)(hash_mix(d->key[i] ^ hash_mix(o->seed + 0x666f6c64u)) % CHANCES_FOLDS);
	for (int fold = 0; fold < CHANCES_FOLDS; fold++) {
		for (int depth = DEPTHS; boost && depth-- > 0;)
			add_task(&t, fold, depth);
		if (logit)
			add_task(&t, fold, -1);
	}
	run_all(&t);
	if (logit)
		c->loss_logit = loss_of(&t, t.eta_logit);
	if (boost) {
		c->loss_boost = best_trees(&t);
		c->grown = t.grown;
	}
	for (int fold = 0; boost && fold < CHANCES_FOLDS; fold++)
		add_task(&t, fold, KEEP);
	run_all(&t);
	curves_alone(c);
	if (!logit) {
		c->curves = 0;
		c->trees = 1;
	} else if (boost) {
		choose(c, &t);
	}
	c->model = !(c->trees > 0) ? CHANCES_LOGIT : c->curves > 0 ? CHANCES_BOTH : CHANCES_BOOST;
	if (c->trees > 0)
		c->boost = boost_fit(d, NULL, &c->grown, NULL);
	join(c, &t, c->held_out);
	for (size_t i = 0; i < d->n; i++)
		c->held_out[i] = logit_chance(c->held_out[i]);
	free(t.fold);
	free(t.eta_logit);
	free(t.loss);
	free(t.task);
	return c;
}

void chances_free(struct chances *c)
{
	if (!c)
		return;
	additive_free(c->additive);
	boost_free(c->boost);
	free(c->held_out);
	free(c);
}

struct chances *chances_again(const struct chances *of, const struct regress_data *d, const uint8_t *use)
{
	struct chances *c = xcalloc(1, sizeof *c);
	c->model = of->model;
	c->shift = of->shift;
	c->curves = of->curves;
	c->trees = of->trees;
	c->grown = of->grown;
	c->loss_logit = c->loss_boost = c->loss_both = c->gap_se = NAN;
	c->additive = additive_fit(d, use);
	if (c->additive && of->boost)
		c->boost = boost_fit(d, use, &c->grown, NULL);
	return c;
}

static double joined(const struct chances *c, double shift, double of_curves, double of_trees)
{
	return c->boost ? shift + c->curves * of_curves + c->trees * of_trees : of_curves;
}

double chances_middle(const struct chances *c)
{
	return logit_chance(joined(c, c->shift, additive_middle(c->additive), c->boost ? boost_middle(c->boost) : 0));
}

double chances_of(const struct chances *c, const struct regress_data *d, size_t row, double *part)
{
	double eta = additive_eta(c->additive, d, row, part, NULL), middle = additive_middle(c->additive);
	if (c->boost) {
		double few[64], *of_trees = !part ? NULL : d->p <= 64 ? few : xreallocarray(NULL, d->p, sizeof *few);
		eta = joined(c, c->shift, eta, boost_eta(c->boost, d, row, of_trees));
		middle = joined(c, c->shift, middle, boost_middle(c->boost));
		for (size_t k = 0; part && k < d->p; k++)
			part[k] = joined(c, 0, part[k], of_trees[k]);
		if (of_trees != few)
			free(of_trees);
	}
	const double p = logit_chance(eta), p0 = logit_chance(middle), far = eta - middle;
	const double slope = fabs(far) > 1e-6 ? (p - p0) / far : p0 * (1 - p0);
	for (size_t k = 0; part && k < d->p; k++)
		part[k] *= slope;
	return p;
}

struct interval chances_limits(const struct chances *c, const struct regress_data *d, size_t row, double alpha)
{
	double se;
	if (c->boost)
		return (struct interval){ NAN, NAN };
	const double eta = additive_eta(c->additive, d, row, NULL, &se), half = -norm_quantile(alpha / 2) * se;
	return (struct interval){ logit_chance(eta - half), logit_chance(eta + half) };
}
