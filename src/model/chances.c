/* Which model says the chances: the additive one, which can be explained curve by curve, or the
 * boosted trees, which see steps and what columns do together.
 *
 * The rows are cut into CHANCES_FOLDS folds by a hash of their keys, so that one person's rows
 * stay together and neither the order of the rows nor the number of threads matters. Each
 * model is fitted without each fold and judged on it by -log chance of what came, the score
 * that no dishonest chance can better (Good 1952). The additive model chooses its curves, their
 * smoothness and its pairs anew in every fold; of the trees the depth and the number come from
 * the same folds. Trees explain less and bring more of chance with them, so the additive model
 * stays unless they are better beyond chance: by more than 1.96 standard errors of the
 * difference, row by row, the 95 % that a change has to pass elsewhere, too.
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

#define BEYOND 1.959963984540054
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

/* Standard error of the mean difference of the losses. */
static double gap_se(const struct trial *t, double mean)
{
	double sum = 0;
	const double n = (double)t->d->n;
	for (size_t i = 0; i < t->d->n; i++) {
		const double gap = row_loss(t, t->eta_logit, i) - row_loss(t, t->eta_boost, i) - mean;
		sum += gap * gap;
	}
	return sqrt(sum / n / fmax(1, n - 1));
}

struct chances *chances_fit(const struct regress_data *d, const struct chances_options *o)
{
	struct chances *c = xcalloc(1, sizeof *c);
	struct trial t = { .d = d, .o = o };
	const struct boost_options most = BOOST_OPTIONS_INIT;
	const bool logit = o->model != CHANCES_BOOST, boost = o->model != CHANCES_LOGIT;
	c->automatic = o->model == CHANCES_AUTO;
	c->n = d->n;
	c->loss_logit = c->loss_boost = c->gap_se = NAN;
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
	if (logit && boost)
		c->gap_se = gap_se(&t, c->loss_logit - c->loss_boost);
	c->model = !logit || (boost && c->loss_logit - c->loss_boost > BEYOND * c->gap_se) ? CHANCES_BOOST : CHANCES_LOGIT;
	if (c->model == CHANCES_BOOST)
		c->boost = boost_fit(d, NULL, &c->grown, NULL);
	for (size_t i = 0; i < d->n; i++)
		c->held_out[i] = logit_chance(c->model == CHANCES_BOOST ? t.eta_boost[i] : t.eta_logit[i]);
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

double chances_middle(const struct chances *c)
{
	return logit_chance(c->boost ? boost_middle(c->boost) : additive_middle(c->additive));
}

double chances_of(const struct chances *c, const struct regress_data *d, size_t row, double *part)
{
	const double middle = c->boost ? boost_middle(c->boost) : additive_middle(c->additive);
	const double eta = c->boost ? boost_eta(c->boost, d, row, part) : additive_eta(c->additive, d, row, part, NULL);
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
