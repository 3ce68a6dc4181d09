/* Additive logistic models: log odds are a sum of one smooth curve a number and one value a
 * level, and of what few pairs add together (Hastie & Tibshirani 1990, Generalized Additive
 * Models; Wood 2017, 2nd edition).
 *
 * How smooth, and how near to 0, the data say. Columns stand in groups; a group with
 * coefficients b has the prior b ~ N(0, 1 / lambda), and its lambda is the one with the highest
 * marginal likelihood, by the updates of Fellner and Schall (Wood & Fasiolo 2017, eq. 4):
 *
 *     lambda = df / b'b,  df = n - lambda trace V over the group,  V = (X'WX + Lambda)^-1
 *
 * between Newton's steps for b. A group without a say goes to df = 0 by itself, so nothing has
 * to be chosen, and what is left is little enough that chances for new rows need no shrinking.
 * It ends when no df moves by more than 0.01 and no log odds by 1e-6.
 *
 * Limits of log odds are those of the posterior, x'Vx; curves of this kind hold them on
 * average over the rows (Nychka 1988).
 */
#include "model/additive_impl.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 150, HALVINGS = 20, FIRST = 2 };
#define LEAST 1e-6
#define MOST 1e8
#define DF_MOVES 0.01
#define ETA_MOVES 1e-6

/* Four rows at a time, so that each element of h is loaded and stored once for four. */
void additive_cross_product(double *h, const double *x, const double *w, size_t n, size_t q)
{
	const size_t s = q + 1;
	for (size_t i = 0; i < n; i += 4) {
		const size_t rows = n - i < 4 ? n - i : 4;
		const double *r[4];
		double a[4] = { 0 };
		for (size_t k = 0; k < 4; k++) {
			r[k] = x + (i + (k < rows ? k : 0)) * q;
			a[k] = k < rows ? w[i + k] : 0;
		}
		h[0] += a[0] + a[1] + (a[2] + a[3]);
		for (size_t j = 0; j < q; j++) {
			const double b0 = a[0] * r[0][j], b1 = a[1] * r[1][j], b2 = a[2] * r[2][j], b3 = a[3] * r[3][j];
			double *row = h + (j + 1) * s;
			row[0] += b0 + b1 + (b2 + b3);
			for (size_t k = 0; k <= j; k++)
				row[k + 1] += b0 * r[0][k] + b1 * r[1][k] + (b2 * r[2][k] + b3 * r[3][k]);
		}
	}
}

struct fit {
	struct additive *m;
	const double *x;
	const uint8_t *y;         /* by row of x */
	size_t n;
	double *eta, *w, *g, *h, *next, *try;
	double *penalty;          /* by coefficient */
};

static double penalised(const struct fit *f, const double *b, double *eta)
{
	const size_t q = f->m->q;
	double value = 0;
	for (size_t i = 0; i < f->n; i++) {
		const double *x = f->x + i * q;
		double e = b[0];
		for (size_t k = 0; k < q; k++)
			e += b[k + 1] * x[k];
		eta[i] = e;
		value += (f->y[i] ? e : 0) - logit_log1pexp(e);
	}
	for (size_t k = 1; k <= q; k++)
		value -= f->penalty[k] * b[k] * b[k] / 2;
	return value;
}

static void set_penalty(struct fit *f)
{
	for (size_t k = 0; k < f->m->ngroup; k++) {
		const struct group *g = &f->m->group[k];
		for (size_t j = g->first; j < g->first + g->n; j++)
			f->penalty[j + 1] = g->lambda;
	}
}

/* The information at eta, factored, and one step from there. */
static void step_from(struct fit *f)
{
	const struct additive *m = f->m;
	const size_t s = m->q + 1;
	memset(f->g, 0, s * sizeof *f->g);
	memset(f->h, 0, s * s * sizeof *f->h);
	for (size_t i = 0; i < f->n; i++) {
		const double c = logit_chance(f->eta[i]), left = (double)f->y[i] - c;
		const double *x = f->x + i * m->q;
		f->w[i] = c * (1 - c);
		f->g[0] += left;
		for (size_t k = 0; k < m->q; k++)
			f->g[k + 1] += left * x[k];
	}
	additive_cross_product(f->h, f->x, f->w, f->n, m->q);
	for (size_t k = 1; k < s; k++) {
		f->g[k] -= f->penalty[k] * m->b[k];
		f->h[k * s + k] += f->penalty[k];
	}
	chol_factor(f->h, s, DBL_EPSILON, NULL);
	chol_solve(f->h, s, f->g);
}

/* Returns by how much the log odds moved at most. */
static double move(struct fit *f)
{
	struct additive *m = f->m;
	const size_t s = m->q + 1;
	const double now = penalised(f, m->b, f->eta);
	step_from(f);
	double part = 1, most = 0;
	for (int half = 0; half < HALVINGS; half++, part /= 2) {
		for (size_t k = 0; k < s; k++)
			f->next[k] = m->b[k] + part * f->g[k];
		if (penalised(f, f->next, f->try) >= now - 1e-10 * (1 + fabs(now)))
			break;
	}
	for (size_t i = 0; i < f->n; i++)
		most = fmax(most, fabs(f->try[i] - f->eta[i]));
	memcpy(m->b, f->next, s * sizeof *m->b);
	return most;
}

/* New penalties from the factor of the information; returns by how much a df moved at most. */
static double smooth(struct fit *f)
{
	struct additive *m = f->m;
	const size_t s = m->q + 1;
	double most = 0;
	chol_inverse(m->v, f->h, s);
	for (size_t k = 0; k < m->ngroup; k++) {
		struct group *g = &m->group[k];
		double trace = 0, size = 0, in = 0;
		for (size_t j = g->first; j < g->first + g->n; j++) {
			if (m->dropped[j])
				continue;
			in++;
			trace += m->v[(j + 1) * s + j + 1];
			size += m->b[j + 1] * m->b[j + 1];
		}
		const double df = fmax(0, in - g->lambda * trace);
		most = fmax(most, fabs(df - g->df));
		g->df = df;
		g->lambda = size > 0 ? fmin(MOST, fmax(LEAST, df / size)) : MOST;
		if (!(g->lambda >= LEAST))
			g->lambda = LEAST;
	}
	return most;
}

static void climb(struct additive *m, const double *x, const uint8_t *y, size_t n)
{
	const size_t s = m->q + 1;
	struct fit f = { .m = m, .x = x, .y = y, .n = n };
	double *all = xcalloc(3 * n + 4 * s + s * s, sizeof *all);
	f.eta = all;
	f.try = f.eta + n;
	f.w = f.try + n;
	f.g = f.w + n;
	f.next = f.g + s;
	f.penalty = f.next + s;
	f.h = f.penalty + s;
	m->b = xreallocarray(m->b, s, sizeof *m->b);
	m->v = xreallocarray(m->v, s * s, sizeof *m->v);
	m->said.converged = false;
	for (int round = 0; round < ROUNDS && !m->said.converged; round++) {
		set_penalty(&f);
		const double moved = move(&f);
		if (round < FIRST)
			continue;
		const double bent = smooth(&f);
		m->said.converged = bent < DF_MOVES && moved < ETA_MOVES * 1e4;
	}
	/* the coefficients that belong to the last penalties */
	set_penalty(&f);
	for (int round = 0; round < HALVINGS && move(&f) > ETA_MOVES; round++)
		;
	penalised(&f, m->b, f.eta);
	step_from(&f);
	chol_inverse(m->v, f.h, s);
	m->said.df = 1;
	for (size_t k = 0; k < m->ngroup; k++)
		m->said.df += m->group[k].df;
	free(all);
}

static bool both_outcomes(const struct regress_data *d, const uint32_t *row, size_t n, double *yes)
{
	*yes = 0;
	for (size_t i = 0; i < n; i++)
		*yes += d->y[row[i]];
	return *yes > 0 && *yes < (double)n;
}

static struct additive *fit_rows(const struct regress_data *d, const uint8_t *use, bool pairs)
{
	uint32_t *row = xreallocarray(NULL, d->n + 1, sizeof *row);
	struct additive *m = NULL;
	size_t n = 0;
	double yes;
	for (size_t i = 0; i < d->n; i++)
		if (!use || use[i])
			row[n++] = (uint32_t)i;
	if (!both_outcomes(d, row, n, &yes))
		goto done;
	m = xcalloc(1, sizeof *m);
	additive_terms(m, d, row, n);
	uint8_t *y = xmalloc(n + 1);
	for (size_t i = 0; i < n; i++)
		y[i] = d->y[row[i]];
	m->b = xcalloc(m->q + 1, sizeof *m->b);
	m->b[0] = log(yes / ((double)n - yes));
	double *x = additive_matrix(m, d, row, n, 0);
	climb(m, x, y, n);
	if (pairs)
		additive_crosses(m, d, x, row, n);
	free(x);
	if (m->ncross) {
		const size_t plain = m->cross[0].first;
		m->b = xreallocarray(m->b, m->q + 1, sizeof *m->b);
		for (size_t k = plain; k < m->q; k++)
			m->b[k + 1] = 0;
		x = additive_matrix(m, d, row, n, 0);
		climb(m, x, y, n);
		free(x);
	}
	free(y);
done:
	free(row);
	return m;
}

struct additive *additive_fit(const struct regress_data *d, const uint8_t *use)
{
	return fit_rows(d, use, true);
}

struct additive *additive_fit_alone(const struct regress_data *d, const uint8_t *use)
{
	return fit_rows(d, use, false);
}

void additive_free(struct additive *m)
{
	if (!m)
		return;
	for (size_t k = 0; k < m->p; k++)
		free(m->term[k].level);
	free(m->term);
	free(m->group);
	free(m->mean);
	free(m->dropped);
	free(m->b);
	free(m->v);
	arena_release(&m->arena);
	free(m);
}

double additive_middle(const struct additive *m)
{
	return m->b[0];
}

const struct additive_said *additive_said(const struct additive *m)
{
	return &m->said;
}

/* Of a sum of coefficients times these numbers. */
static double variance_of(const struct additive *m, const double *sum)
{
	const size_t s = m->q + 1;
	double var = 0;
	for (size_t i = 0; i < s; i++) {
		double along = 0;
		for (size_t j = 0; j < s; j++)
			along += m->v[i * s + j] * sum[j];
		var += along * sum[i];
	}
	return var;
}

double additive_eta(const struct additive *m, const struct regress_data *d, size_t row, double *part, double *se)
{
	const size_t s = m->q + 1;
	double *x = xreallocarray(NULL, s, sizeof *x), eta = m->b[0];
	x[0] = 1;
	additive_row(m, d, row, x + 1);
	for (size_t k = 1; k < s; k++)
		eta += m->b[k] * x[k];
	for (size_t k = 0; part && k < m->p; k++) {
		part[k] = 0;
		for (size_t j = m->term[k].first; m->term[k].in && j < m->term[k].first + m->term[k].n; j++)
			part[k] += m->b[j + 1] * x[j + 1];
	}
	for (size_t k = 0; part && k < m->ncross; k++) {
		const struct cross *c = &m->cross[k];
		double both = 0;
		for (size_t j = c->first; j < c->first + c->n; j++)
			both += m->b[j + 1] * x[j + 1];
		part[c->a] += both / 2;
		part[c->b] += both / 2;
	}
	if (se)
		*se = sqrt(fmax(0, variance_of(m, x)));
	free(x);
	return eta;
}
