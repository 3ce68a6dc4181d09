/* Pairs of columns that act together: what the terms, each for itself, leave unexplained.
 *
 * Score test (Rao 1948). For a pair, Z holds the products of up to CROSS_SIDE columns of each
 * (the line and the first bends of a number, the levels of a category after its most frequent
 * one). With residuals r = y - p, weights W and the covariance V of the fitted terms
 *
 *     u = Z'r,  K = Z'WZ - Z'WX V X'WZ,  u' K^-1 u ~ chi-squared, one degree a column
 *
 * No pair needs a fit of its own. Of all pairs tested, those with Holm's p below 0.05 are taken,
 * CROSS_MAX at most; their size is then estimated with the rest. Tested on TESTED rows at most,
 * those with the smallest keys, and among the LOOKED_AT columns whose terms move most.
 */
#include "model/additive_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TESTED = 10000, LOOKED_AT = 24 };
#define WANTED 0.05

struct sample {
	size_t n, q;
	const double **x;         /* rows of numbers */
	double *r, *w;
};

static size_t side_of(const struct additive *m, const struct regressor *v, size_t k, size_t *column)
{
	const struct term *t = &m->term[k];
	const size_t from = v->x ? 0 : 1, most = v->x ? 3 : CROSS_SIDE, to = v->x ? 1 + t->bends : t->n;
	size_t n = 0;
	for (size_t j = from; j < to && n < most; j++)
		if (!m->dropped[t->first + j])
			column[n++] = t->first + j;
	return n;
}

/* The p of one pair; NaN when nothing of it is left. */
static double test(const struct additive *m, const struct sample *s, const struct cross *c)
{
	const size_t k = c->na * c->nb, q = s->q + 1;
	double *u = xcalloc(k * (k + 3 + 2 * q) + 1, sizeof *u), *z = u + k, *zwz = z + k, *zwx = zwz + k * k, *t = zwx + k * q, *solved = t + k * q;
	for (size_t i = 0; i < s->n; i++) {
		const double *x = s->x[i];
		for (size_t a = 0, at = 0; a < c->na; a++)
			for (size_t b = 0; b < c->nb; b++, at++)
				z[at] = x[c->ca[a]] * x[c->cb[b]];
		for (size_t a = 0; a < k; a++) {
			u[a] += z[a] * s->r[i];
			const double wz = s->w[i] * z[a];
			if (wz == 0)
				continue;
			for (size_t b = 0; b <= a; b++)
				zwz[a * k + b] += wz * z[b];
			zwx[a * q] += wz;
			for (size_t j = 0; j < s->q; j++)
				zwx[a * q + 1 + j] += wz * x[j];
		}
	}
	/* the covariance is that of all rows: with a sample the test keeps to the safe side */
	for (size_t a = 0; a < k; a++)
		for (size_t j = 0; j < q; j++)
			for (size_t l = 0; l < q; l++)
				t[a * q + j] += zwx[a * q + l] * m->v[l * q + j];
	double chisq = 0;
	for (size_t a = 0; a < k; a++)
		for (size_t b = 0; b <= a; b++) {
			const double whole = zwz[a * k + b];
			double taken = 0;
			for (size_t j = 0; j < q; j++)
				taken += t[a * q + j] * zwx[b * q + j];
			zwz[a * k + b] = whole - taken;
		}
	const size_t lost = chol_factor(zwz, k, 1e-6, NULL);
	memcpy(solved, u, k * sizeof *u);
	chol_solve(zwz, k, solved);
	for (size_t a = 0; a < k; a++)
		chisq += u[a] * solved[a];
	free(u);
	return lost < k ? chisq_sf(chisq, (double)(k - lost)) : NAN;
}

struct moved {
	double by;
	size_t term;
};

static int by_moved(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	if (x->by != y->by)
		return x->by > y->by ? -1 : 1;
	return (x->term > y->term) - (x->term < y->term);
}

static int by_term(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	return (x->term > y->term) - (x->term < y->term);
}

/* The terms to look at, in the order of the columns. */
static size_t choose_terms(const struct additive *m, const struct sample *s, struct moved *v)
{
	size_t n = 0;
	for (size_t k = 0; k < m->p; k++) {
		const struct term *t = &m->term[k];
		if (!t->in)
			continue;
		v[n] = (struct moved){ 0, k };
		for (size_t i = 0; i < s->n; i++) {
			double part = 0;
			for (size_t j = t->first; j < t->first + t->n; j++)
				part += m->b[j + 1] * s->x[i][j];
			v[n].by += part * part;
		}
		n++;
	}
	qsort(v, n, sizeof *v, by_moved);
	n = n < LOOKED_AT ? n : LOOKED_AT;
	qsort(v, n, sizeof *v, by_term);
	return n;
}

static int by_key(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	if (x[0] != y[0])
		return x[0] < y[0] ? -1 : 1;
	return (x[1] > y[1]) - (x[1] < y[1]);
}

static void draw(struct sample *s, const struct additive *m, const struct regress_data *d, const double *x, const uint32_t *row, size_t n)
{
	uint64_t *key = xreallocarray(NULL, 2 * n + 1, sizeof *key);
	for (size_t i = 0; i < n; i++) {
		key[2 * i] = n > TESTED ? d->key[row[i]] : 0;
		key[2 * i + 1] = i;
	}
	qsort(key, n, 2 * sizeof *key, by_key);
	s->q = m->q;
	s->n = n < TESTED ? n : TESTED;
	s->x = xreallocarray(NULL, s->n + 1, sizeof *s->x);
	s->r = xreallocarray(NULL, 2 * s->n + 1, sizeof *s->r);
	s->w = s->r + s->n;
	for (size_t i = 0; i < s->n; i++) {
		const size_t at = key[2 * i + 1];
		double eta = m->b[0];
		s->x[i] = x + at * m->q;
		for (size_t j = 0; j < m->q; j++)
			eta += m->b[j + 1] * s->x[i][j];
		const double c = logit_chance(eta);
		s->r[i] = (double)d->y[row[at]] - c;
		s->w[i] = c * (1 - c);
	}
	free(key);
}

static void take(struct additive *m, struct cross c, double p)
{
	c.first = m->q;
	c.n = c.na * c.nb;
	m->group[m->ngroup++] = (struct group){ .first = c.first, .n = c.n, .lambda = 1 };
	m->q += c.n;
	m->pair[m->ncross] = (struct additive_pair){ c.a, c.b, p };
	m->cross[m->ncross++] = c;
	m->said.pair = m->pair;
	m->said.npair = m->ncross;
}

void additive_crosses(struct additive *m, const struct regress_data *d, const double *x, const uint32_t *row, size_t n)
{
	struct moved *v = xcalloc(m->p + 1, sizeof *v);
	struct sample s = { 0 };
	draw(&s, m, d, x, row, n);
	const size_t terms = choose_terms(m, &s, v), pairs = terms * (terms + 1) / 2;
	struct cross *c = xcalloc(pairs + 1, sizeof *c);
	double *p = xcalloc(2 * pairs + 1, sizeof *p), *holm = p + pairs;
	size_t tried = 0;
	for (size_t i = 0; i < terms; i++)
		for (size_t j = i + 1; j < terms; j++) {
			struct cross *k = &c[tried];
			k->a = v[i].term;
			k->b = v[j].term;
			k->na = side_of(m, &d->v[k->a], k->a, k->ca);
			k->nb = side_of(m, &d->v[k->b], k->b, k->cb);
			if (k->na && k->nb)
				p[tried++] = test(m, &s, k);
		}
	holm_adjust(holm, p, tried);
	while (m->ncross < CROSS_MAX) {
		size_t best = tried;
		for (size_t k = 0; k < tried; k++)
			if (holm[k] < WANTED && (best == tried || p[k] < p[best]))
				best = k;
		if (best == tried)
			break;
		take(m, c[best], holm[best]);
		holm[best] = NAN;
	}
	free(p);
	free(c);
	free(v);
	free(s.r);
	free(s.x);
}
