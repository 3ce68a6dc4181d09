/* Proportional hazards (Cox 1972, "Regression models and life-tables"): the hazard of a customer
 * is that of his stratum times exp(x beta); what it is does not matter, only who of those at risk
 * has the event.
 *
 * Maximum by Newton's method from beta = 0: the partial likelihood is concave, so that a step which
 * does not raise it is halved. Done when the next step is shorter than 3e-11 standard errors, and
 * with that step: as steps converge quadratically, coefficients are then exact to rounding. (R's
 * default stops where the likelihood gains 1e-9 of itself, a step earlier.)
 *
 * Columns that say nothing are found in the information at beta = 0: one that does not vary
 * within any risk set has none, one that the columns before it make up has none left once they
 * are swept out. They are left out and named.
 *
 * Separation. Where nobody on one side of a column has the event (or where events go with its
 * order without fail), the likelihood rises for ever as the coefficient grows, ever more slowly:
 * its information vanishes. Such a coefficient is infinite; limits do not exist.
 *
 * Tests that no column matters: 2 (l(beta) - l(0)), beta' I(beta) beta, u(0)' I(0)^-1 u(0).
 *
 * Checked against R 4.2.2, survival 3.5-3 (tests/unit/model_cox.c, tests/conformance).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cox.h"

enum { STEPS_MAX = 60, HALVINGS_MAX = 40 };
/* u' I^-1 u, twice what a step gains: the last step is 3e-11 standard errors long. It moves the
 * coefficients to their last digits, the information only where none are told apart. */
#define LAST_STEP 1e-21
/* Of the likelihood: what sums of a million rows that come and go do not tell. */
#define ROUNDING 1e-12
/* Of a column's variance in the risk sets, what must be left beside the columns before it. */
#define COLLINEAR 1e-11
/* An infinite coefficient: the linear predictor goes this far, with so little information left. */
#define FAR_OFF 12.0
#define VANISHED 1e-4

/* Sweeps columns out of the information one by one. */
static void find_states(struct cox_fit *f, const double *info, size_t p)
{
	double a[COX_MAX * COX_MAX];
	memcpy(a, info, p * p * sizeof *a);
	for (size_t j = 0; j < p; j++) {
		const double own = info[j * p + j], left = a[j * p + j];
		f->state[j] = !(own > 1e-12) ? COX_CONSTANT : !(left > COLLINEAR * own) ? COX_COLLINEAR : COX_KEPT;
		if (f->state[j] != COX_KEPT)
			continue;
		f->df++;
		for (size_t i = j + 1; i < p; i++) {
			const double c = a[i * p + j] / left;
			for (size_t k = j + 1; k < p; k++)
				a[i * p + k] -= c * a[j * p + k];
		}
	}
}

/* The kept columns of a matrix and a vector, close together. */
static size_t kept(const struct cox_fit *f, size_t p, const double *info, const double *u, double *a, double *v, size_t *which)
{
	size_t n = 0;
	for (size_t j = 0; j < p; j++)
		if (f->state[j] == COX_KEPT || f->state[j] == COX_INFINITE)
			which[n++] = j;
	for (size_t j = 0; j < n; j++) {
		v[j] = u ? u[which[j]] : 0;
		for (size_t i = 0; i < n; i++)
			a[j * n + i] = info[which[j] * p + which[i]];
	}
	return n;
}

/* Newton's step for the kept columns, 0 for the others; returns u' step, NaN when there is none. */
static double step_of(const struct cox_fit *f, size_t p, const struct cox_sums *s, double *step)
{
	double a[COX_MAX * COX_MAX], v[COX_MAX], x[COX_MAX], gain = 0;
	size_t which[COX_MAX];
	const size_t n = kept(f, p, s->info, s->u, a, v, which);
	memset(step, 0, p * sizeof *step);
	if (!n)
		return 0;
	if (!spd_solve(x, a, v, n))
		return NAN;
	for (size_t j = 0; j < n; j++) {
		step[which[j]] = x[j];
		gain += x[j] * v[j];
	}
	return gain;
}

/* From scaled columns to the caller's. */
static void unscale(struct cox_fit *f, const struct cox *m, const double *beta, const double *info)
{
	double a[COX_MAX * COX_MAX], v[COX_MAX];
	size_t which[COX_MAX], p = m->p;
	const size_t n = kept(f, p, info, NULL, a, v, which);
	memset(f->cov, 0, sizeof f->cov);
	for (size_t j = 0; j < p; j++) {
		f->coef[j] = beta[j] / m->scale[j];
		f->mean[j] = m->mean[j];
		for (size_t i = 0; i < p; i++)
			f->wald += beta[j] * info[j * p + i] * beta[i];
	}
	if (n && spd_inverse(a, a, n))
		for (size_t j = 0; j < n; j++)
			for (size_t i = 0; i < n; i++)
				f->cov[which[j] * p + which[i]] = a[j * n + i] / m->scale[which[j]] / m->scale[which[i]];
}

/* How far a column reaches from its centre. */
static double reach(const struct cox *m, size_t j)
{
	double lo = 0, hi = 0;
	for (size_t i = 0; i < m->n; i++) {
		lo = fmin(lo, m->x[i * m->wide + j]);
		hi = fmax(hi, m->x[i * m->wide + j]);
	}
	return hi - lo;
}

static void find_infinite(struct cox_fit *f, const struct cox *m, const double *beta, const double *info, const double *info0)
{
	for (size_t j = 0; j < m->p; j++)
		if (f->state[j] == COX_KEPT && info[j * m->p + j] < VANISHED * info0[j * m->p + j] && fabs(beta[j]) * reach(m, j) > FAR_OFF)
			f->state[j] = COX_INFINITE;
}

static void count(struct cox_fit *f, const struct cox *m)
{
	f->rows = (double)m->n;
	f->missing = (double)m->missing;
	for (size_t g = 0; g < m->ngroup; g++)
		f->events += m->group[g].weight;
	for (size_t i = 0; i < m->n; i++)
		f->weight += m->w ? m->w[i] : 1;
}

/* One step that raises the likelihood; false: none does. */
static bool climb(struct cox_sums *s, struct cox *m, double *beta, const double *step, enum cox_ties ties, bool steady, struct cox_sums *next)
{
	double to[COX_MAX], share = 1;
	for (int k = 0; k < HALVINGS_MAX; k++, share /= 2) {
		for (size_t j = 0; j < m->p; j++)
			to[j] = beta[j] + share * step[j];
		cox_pass(next, m, to, ties, steady);
		if (isfinite(next->loglik) && next->loglik >= s->loglik - ROUNDING * fabs(s->loglik)) {
			memcpy(beta, to, m->p * sizeof *beta);
			*s = *next;
			return true;
		}
	}
	return false;
}

/* At beta = 0 columns do not know of each other: cox_alone begins there. */
static void keep_null(struct cox *m, const struct cox_sums *s, enum cox_ties ties)
{
	m->has_null = true;
	m->null_ties = ties;
	m->null_loglik = s->loglik;
	for (size_t j = 0; j < m->p; j++) {
		m->null_u[j] = s->u[j];
		m->null_info[j] = s->info[j * m->p + j];
	}
}

/* The last pass made the sums of cox_steady, too, all but the last step from here. */
static void keep_steady(struct cox *m, const struct cox_sums *s, const double *beta, const double *step, enum cox_ties ties)
{
	if (!m->steady)
		m->steady = xmalloc(sizeof *m->steady);
	*m->steady = *s;
	m->steady_ties = ties;
	memcpy(m->steady_beta, beta, m->p * sizeof *beta);
	for (size_t j = 0; j < m->p; j++)
		for (size_t i = 0; i < m->p; i++)
			m->steady->ug[j] -= s->info_g[j * m->p + i] * step[i];
}

static void maximise(struct cox_fit *f, struct cox *m, enum cox_ties ties, struct cox_sums *s, struct cox_sums *next, double *beta)
{
	double step[COX_MAX], info0[COX_MAX * COX_MAX];
	cox_pass(s, m, beta, ties, false);
	f->loglik_null = s->loglik;
	memcpy(info0, s->info, m->p * m->p * sizeof *info0);
	keep_null(m, s, ties);
	find_states(f, s->info, m->p);
	f->score = step_of(f, m->p, s, step);
	double gain = f->score, before = INFINITY;
	bool steady = false;
	while (gain > LAST_STEP && f->steps < STEPS_MAX) {
		f->steps++;
		/* errors are squared by each step: is this the last? */
		steady = m->foreseen && gain * (gain / before) * (gain / before) <= LAST_STEP;
		before = gain;
		if (!climb(s, m, beta, step, ties, steady, next)) {
			steady = false;
			break;
		}
		gain = step_of(f, m->p, s, step);
		if (gain < 1e-12 * (1 + fabs(s->loglik)) && gain > before / 4) /* rounding is all that is left */
			break;
	}
	for (size_t j = 0; j < m->p && gain <= LAST_STEP; j++)
		beta[j] += step[j];
	if (steady && gain <= LAST_STEP)
		keep_steady(m, s, beta, step, ties);
	find_infinite(f, m, beta, s->info, info0);
	if (isnan(gain) || gain > 1e-9 * (1 + fabs(s->loglik)))
		f->reason = "the likelihood has no maximum that Newton's method finds";
	for (size_t j = 0; j < m->p; j++)
		if (f->state[j] == COX_INFINITE)
			f->reason = "a coefficient is infinite: the likelihood rises for ever";
	f->loglik = s->loglik;
	f->lr = 2 * (f->loglik - f->loglik_null);
}

void cox_run(struct cox_fit *f, struct cox *m, const size_t *cols, size_t ncols, enum cox_ties ties)
{
	double beta[COX_MAX] = { 0 };
	struct cox_sums *s = xmalloc(2 * sizeof *s);
	memset(f, 0, sizeof *f);
	f->p = cols ? ncols : m->d.p;
	f->concordance = f->concordance_se = NAN;
	count(f, m);
	if (f->p > COX_MAX)
		f->reason = "there are more columns than a model can have";
	else if (!m->n)
		f->reason = "there is no case";
	else if (!(f->events > 0))
		f->reason = "nobody had the event";
	if (!f->reason) {
		cox_load(m, cols, f->p);
		maximise(f, m, ties, &s[0], &s[1], beta);
		unscale(f, m, beta, s[0].info);
		if (!f->reason && !f->df && f->p)
			f->reason = "no column varies among those at risk together";
	}
	free(s);
}
