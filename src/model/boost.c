/* Boosted trees: log odds are a sum of many small trees, each grown on what those before it
 * leave unexplained (Friedman 2001, "Greedy function approximation"; leaf values by one Newton
 * step, and the gain of a split from the same quadratic, as in Chen & Guestrin 2016):
 *
 *     g_i = y_i - p_i, h_i = p_i (1 - p_i); leaf = rate G / (H + ridge)
 *     gain of a split = G_l^2 / (H_l + ridge) + G_r^2 / (H_r + ridge) - G^2 / (H + ridge)
 *
 * Trees see steps and what columns do together, which a sum of curves does not, and say
 * nothing in words; they are here as the challenger.
 *
 * Splits. Numbers are cut at up to BINS quantiles of the rows fitted (all of their values when
 * they have no more), a value goes left when it is at most the cut, a missing one always left.
 * Of a category one level goes left, the others and the missing right; levels beyond the BINS
 * first never alone. Each tree sees the share `sample` of the rows, by a hash of their keys and
 * its number (Friedman 2002). Of equal gains the first column's and its lowest cut's is taken;
 * all sums run over the rows in their order, so equal data give equal trees.
 *
 * What a column adds to a row's log odds: on the way down each split changes the mean of the
 * rows that get there; the change is the split column's (Saabas 2014). Parts add up to the log
 * odds exactly.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/regress.h"
#include "wend/sort.h"

enum { BINS = 254, DEPTH_MAX = 8, PATIENCE = 50 };

struct node {
	uint32_t column;
	uint8_t cut;              /* bin: at most (numbers), equal (categories) goes left */
	uint32_t left;            /* right = left + 1; 0: a leaf */
	double value;             /* of the rows here, times the rate */
};
struct bins {
	double *cut;              /* numbers: ascending; bin b + 1 holds values in (cut[b - 1], cut[b]] */
	size_t n;
};
struct boost {
	size_t p;
	double middle;            /* the mean of the trees over the rows fitted, and the start */
	double start;
	struct bins *bins;
	struct node *node;
	size_t nnode, cap;
	uint32_t *root;
	size_t trees;
};

/* ---- bins ---- */

static struct bins cut_column(const double *x, const uint8_t *use, size_t n)
{
	struct bins b = { 0 };
	double *v = xreallocarray(NULL, n + 1, sizeof *v);
	size_t k = 0, differ = 0;
	for (size_t i = 0; i < n; i++)
		if (!use || use[i])
			v[k++] = x[i];
	k = sort_known(v, v, k);
	for (size_t i = 1; i < k; i++)
		differ += v[i] > v[i - 1];
	b.cut = xreallocarray(NULL, BINS, sizeof *b.cut);
	const bool every = differ < BINS;
	size_t next = 1;
	for (size_t i = 1; i < k; i++) {
		if (!(v[i] > v[i - 1]))
			continue;
		/* between two values that differ; of many, where a quantile is reached */
		if (every || (double)i * BINS >= (double)next * (double)k) {
			if (b.n < BINS - 1)
				b.cut[b.n++] = v[i - 1] + (v[i] - v[i - 1]) / 2;
			while (!every && (double)i * BINS >= (double)next * (double)k)
				next++;
		}
	}
	free(v);
	return b;
}

/* 0 = not known. */
static uint8_t bin_of(const struct bins *b, const struct regressor *v, size_t i)
{
	if (!v->x)
		return v->code[i] < 0 || v->code[i] >= BINS ? 0 : (uint8_t)(v->code[i] + 1);
	if (isnan(v->x[i]))
		return 0;
	size_t at;
	LOWER_BOUND(at, b->n, b->cut[mid] < v->x[i]);
	return (uint8_t)(at + 1);
}

/* ---- growing ---- */

struct sums {
	double g, h;
	int64_t n;
};
struct split {
	double gain;
	uint32_t column;
	uint8_t cut;
};
struct grower {
	const struct regress_data *d;
	const struct boost_options *o;
	uint8_t *bin;             /* column by column */
	size_t *bins;             /* by column: one more than the greatest bin */
	double *g, *h, *eta;
	uint32_t *row;            /* of this tree's sample */
	uint32_t *at;             /* by row of the sample: its node on this level, from 0; UINT32_MAX: in a leaf */
	size_t n;
	struct sums *hist;        /* by node of the level and bin */
};

static double score(struct sums s, double ridge)
{
	return s.g * s.g / (s.h + ridge);
}

static void try_split(struct split *best, struct sums all, struct sums left, uint32_t column, size_t cut, const struct boost_options *o)
{
	const struct sums right = { all.g - left.g, all.h - left.h, all.n - left.n };
	if (left.n < o->leaf_min || right.n < o->leaf_min)
		return;
	const double gain = score(left, o->ridge) + score(right, o->ridge) - score(all, o->ridge);
	if (gain > best->gain)
		*best = (struct split){ gain, column, (uint8_t)cut };
}

static void search(struct grower *w, struct split *best, const struct sums *all, size_t nodes)
{
	const size_t n = w->d->n;
	for (uint32_t c = 0; c < w->d->p; c++) {
		const uint8_t *bin = w->bin + c * n;
		const bool number = w->d->v[c].x;
		const size_t bins = w->bins[c];
		memset(w->hist, 0, nodes * bins * sizeof *w->hist);
		for (size_t i = 0; i < w->n; i++) {
			if (w->at[i] == UINT32_MAX)
				continue;
			const uint32_t r = w->row[i];
			struct sums *s = &w->hist[w->at[i] * bins + bin[r]];
			s->g += w->g[r];
			s->h += w->h[r];
			s->n++;
		}
		for (size_t k = 0; k < nodes; k++) {
			const struct sums *s = w->hist + k * bins;
			struct sums left = { 0 };
			for (size_t b = 0; b < bins; b++) {
				if (!number)
					left = (struct sums){ 0 };
				left.g += s[b].g;
				left.h += s[b].h;
				left.n += s[b].n;
				if (s[b].n && (number || b))
					try_split(&best[k], all[k], left, c, b, w->o);
			}
		}
	}
}

static bool goes_left(const struct node *d, const struct regressor *v, uint8_t bin)
{
	return v[d->column].x ? bin <= d->cut : bin == d->cut;
}

static size_t sample(struct grower *w, const uint8_t *use, int tree)
{
	const uint64_t salt = hash_mix(w->o->seed * 0x9e3779b97f4a7c15u + (uint64_t)tree + 1);
	const uint64_t below = w->o->sample >= 1 ? UINT64_MAX : (uint64_t)(w->o->sample * 18446744073709551616.0);
	w->n = 0;
	for (size_t i = 0; i < w->d->n; i++)
		if ((!use || use[i]) && hash_mix(w->d->key[i] ^ salt) <= below)
			w->row[w->n++] = (uint32_t)i;
	return w->n;
}

/* A tree, level by level; its nodes stand behind each other from its root on. */
static void grow(struct boost *m, struct grower *w)
{
	uint32_t level[1 << DEPTH_MAX];
	struct sums all[1 << DEPTH_MAX];
	size_t nodes = 1;
	GROW(m->node, m->cap, m->nnode + 1);
	level[0] = (uint32_t)m->nnode;
	m->root[m->trees++] = level[0];
	m->node[m->nnode++] = (struct node){ 0 };
	all[0] = (struct sums){ 0 };
	for (size_t i = 0; i < w->n; i++) {
		w->at[i] = 0;
		all[0].g += w->g[w->row[i]];
		all[0].h += w->h[w->row[i]];
	}
	all[0].n = (int64_t)w->n;
	m->node[level[0]].value = w->o->rate * all[0].g / (all[0].h + w->o->ridge);
	for (int deep = 0; deep < w->o->depth && nodes; deep++) {
		struct split best[1 << DEPTH_MAX];
		uint32_t next[1 << DEPTH_MAX], first[1 << DEPTH_MAX];
		size_t n = 0;
		for (size_t k = 0; k < nodes; k++)
			best[k] = (struct split){ 1e-10, 0, 0 };
		search(w, best, all, nodes);
		for (size_t k = 0; k < nodes; k++) {
			first[k] = UINT32_MAX;
			if (best[k].gain <= 1e-10)
				continue;
			GROW(m->node, m->cap, m->nnode + 2);
			struct node *d = &m->node[level[k]];
			d->column = best[k].column;
			d->cut = best[k].cut;
			d->left = (uint32_t)m->nnode;
			first[k] = (uint32_t)n;
			next[n++] = (uint32_t)m->nnode;
			next[n++] = (uint32_t)m->nnode + 1;
			m->node[m->nnode++] = (struct node){ 0 };
			m->node[m->nnode++] = (struct node){ 0 };
		}
		struct sums sum[1 << DEPTH_MAX] = { 0 };
		for (size_t i = 0; i < w->n; i++) {
			if (w->at[i] == UINT32_MAX || first[w->at[i]] == UINT32_MAX) {
				w->at[i] = UINT32_MAX;
				continue;
			}
			const struct node *d = &m->node[level[w->at[i]]];
			const uint32_t r = w->row[i];
			w->at[i] = first[w->at[i]] + !goes_left(d, w->d->v, w->bin[d->column * w->d->n + r]);
			sum[w->at[i]].g += w->g[r];
			sum[w->at[i]].h += w->h[r];
			sum[w->at[i]].n++;
		}
		for (size_t k = 0; k < n; k++)
			m->node[next[k]].value = w->o->rate * sum[k].g / (sum[k].h + w->o->ridge);
		memcpy(level, next, n * sizeof *level);
		memcpy(all, sum, n * sizeof *all);
		nodes = n;
	}
}

static double tree_value(const struct boost *m, size_t tree, const struct regress_data *d, const uint8_t *bin, size_t stride, double *part)
{
	const struct node *v = &m->node[m->root[tree]];
	while (v->left) {
		const struct node *to = &m->node[v->left + !goes_left(v, d->v, bin[v->column * stride])];
		if (part)
			part[v->column] += to->value - v->value;
		v = to;
	}
	return v->value;
}

static void gradients(struct grower *w, const uint8_t *use)
{
	for (size_t i = 0; i < w->d->n; i++) {
		if (use && !use[i])
			continue;
		const double c = logit_chance(w->eta[i]);
		w->g[i] = (double)w->d->y[i] - c;
		w->h[i] = c * (1 - c);
	}
}

/* With losses asked for it ends when PATIENCE trees have not made them less: the last one then
 * stands for those that would follow. */
static void grow_all(struct boost *m, struct grower *w, const uint8_t *use, double *loss)
{
	const size_t n = w->d->n;
	int best = 0;
	for (int t = 0; t < w->o->trees; t++) {
		gradients(w, use);
		sample(w, use, t);
		grow(m, w);
		double sum = 0;
		for (size_t i = 0; i < n; i++) {
			w->eta[i] += tree_value(m, (size_t)t, w->d, w->bin + i, n, NULL);
			if (loss && use && !use[i])
				sum += logit_log1pexp(w->d->y[i] ? -w->eta[i] : w->eta[i]);
		}
		if (!loss)
			continue;
		loss[t] = sum;
		best = sum < loss[best] ? t : best;
		if (t - best < PATIENCE)
			continue;
		for (t++; t < w->o->trees; t++)
			loss[t] = sum;
	}
}

struct boost *boost_fit(const struct regress_data *d, const uint8_t *use, const struct boost_options *o, double *loss)
{
	const size_t n = d->n, p = d->p;
	struct boost *m = xcalloc(1, sizeof *m);
	struct grower w = { .d = d, .o = o };
	double yes = 0.5, all = 1; /* half a yes and half a no more: defined with one outcome only */
	m->p = p;
	m->bins = xcalloc(p + 1, sizeof *m->bins);
	m->root = xcalloc((size_t)o->trees + 1, sizeof *m->root);
	w.bin = xcalloc(n * p + 1, 1);
	w.g = xcalloc(3 * n + 1, sizeof *w.g);
	w.h = w.g + n;
	w.eta = w.h + n;
	w.row = xcalloc(2 * n + 1, sizeof *w.row);
	w.at = w.row + n;
	w.bins = xcalloc(p + 1, sizeof *w.bins);
	w.hist = xreallocarray(NULL, (size_t)(1 << o->depth) * (BINS + 1), sizeof *w.hist);
	for (size_t c = 0; c < p; c++) {
		if (d->v[c].x)
			m->bins[c] = cut_column(d->v[c].x, use, n);
		for (size_t i = 0; i < n; i++) {
			const uint8_t b = bin_of(&m->bins[c], &d->v[c], i);
			w.bin[c * n + i] = b;
			w.bins[c] = w.bins[c] > b ? w.bins[c] : (size_t)b + 1;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!use || use[i]) {
			yes += d->y[i];
			all++;
		}
	m->start = log(yes / (all - yes));
	for (size_t i = 0; i < n; i++)
		w.eta[i] = m->start;
	grow_all(m, &w, use, loss);
	m->middle = m->start;
	for (size_t t = 0; t < m->trees; t++)
		m->middle += m->node[m->root[t]].value;
	free(w.bin);
	free(w.bins);
	free(w.g);
	free(w.row);
	free(w.hist);
	return m;
}

void boost_free(struct boost *m)
{
	if (!m)
		return;
	for (size_t c = 0; c < m->p; c++)
		free(m->bins[c].cut);
	free(m->bins);
	free(m->node);
	free(m->root);
	free(m);
}

double boost_middle(const struct boost *m)
{
	return m->middle;
}

double boost_eta(const struct boost *m, const struct regress_data *d, size_t row, double *part)
{
	uint8_t few[64], *bin = m->p <= sizeof few ? few : xmalloc(m->p);
	double eta = m->start;
	for (size_t c = 0; c < m->p; c++) {
		bin[c] = bin_of(&m->bins[c], &d->v[c], row);
		if (part)
			part[c] = 0;
	}
	for (size_t t = 0; t < m->trees; t++)
		eta += tree_value(m, t, d, bin, 1, part);
	if (bin != few)
		free(bin);
	return eta;
}
