/* Standard errors that hold where rows are no independent customers, or where the model is not
 * quite right: the sandwich I^-1 (sum of L_c L_c') I^-1, L_c the sum of the score residuals of a
 * cluster (Lin & Wei 1989, equation 2.4). With sums as in coxpass.c,
 *
 *     L_i = w_i [ delta_i (x_i - xbar(t_i)) - exp(x_i beta) (x_i a_i - b_i) ]
 *     a_i = Lambda(t_i) - Lambda(entry_i) - delta_i e2(t_i)
 *     b_i = B(t_i) - B(entry_i) - delta_i E(t_i)
 *     B(t) = sum over times up to t of f0 S1 - f1 D1,  E(t) = f1 S1 - f2 D1
 *     xbar(t) = (e1 S1 - e2 D1) / weight of the deaths at t
 *
 * And the hazard of a customer whose columns are all 0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cox.h"

struct times {
	double *b, *e, *mean;      /* by group, p values each */
};

/* Needs the risks of a pass at the fit. */
static void walk_times(struct times *t, struct cox *m, enum cox_ties ties)
{
	const size_t p = m->p;
	struct cox_walk w;
	cox_walk_begin(&w);
	for (size_t g = 0; g < m->ngroup; g++) {
		const struct cox_group *v = &m->group[g];
		cox_walk_group(&w, m, v);
		if (!v->deaths)
			continue;
		const struct cox_tie k = cox_tie(v, w.s0 + w.s0_low, w.d0, ties);
		for (size_t j = 0; j < p; j++) {
			const double s1 = w.s1[j] + w.s1_low[j];
			t->b[g * p + j] = k.f0 * s1 - k.f1 * w.d1[j];
			t->e[g * p + j] = k.f1 * s1 - k.f2 * w.d1[j];
			t->mean[g * p + j] = (k.e1 * s1 - k.e2 * w.d1[j]) / v->weight;
		}
	}
	for (size_t g = m->ngroup; g-- > 0;)
		if (g + 1 < m->ngroup && !m->group[g + 1].first)
			for (size_t j = 0; j < p; j++)
				t->b[g * p + j] += t->b[(g + 1) * p + j];
}

static void residual(double *out, const struct cox *m, const struct times *t, size_t g, size_t i)
{
	const size_t p = m->p;
	const struct cox_group *v = &m->group[g];
	const bool dies = i < v->from + v->deaths;
	const size_t entered = m->late ? m->late_group[i] : m->ngroup;
	const double *x = m->x + i * m->wide, w = m->w ? m->w[i] : 1;
	double a = m->cum[g] - (dies ? m->e2[g] : 0);
	if (entered < m->ngroup)
		a -= m->cum[entered];
	for (size_t j = 0; j < p; j++) {
		double b = t->b[g * p + j] - (dies ? t->e[g * p + j] : 0);
		if (entered < m->ngroup)
			b -= t->b[entered * p + j];
		out[j] += w * ((dies ? x[j] - t->mean[g * p + j] : 0) - m->risk[i] * (x[j] * a - b));
	}
}

static void add_square(double *sum, const double *l, size_t p)
{
	for (size_t j = 0; j < p; j++)
		for (size_t i = 0; i < p; i++)
			sum[j * p + i] += l[j] * l[i];
}

static void meat(double *sum, struct cox *m, const struct times *t)
{
	const size_t p = m->p;
	double *by = m->d.cluster ? xcalloc(m->d.clusters * p + 1, sizeof *by) : NULL;
	for (size_t g = 0; g < m->ngroup; g++)
		for (size_t i = m->group[g].from; i < m->group[g].to; i++) {
			double l[COX_MAX] = { 0 };
			residual(by ? by + m->d.cluster[m->row[i]] * p : l, m, t, g, i);
			if (!by)
				add_square(sum, l, p);
		}
	for (size_t c = 0; by && c < m->d.clusters; c++)
		add_square(sum, by + c * p, p);
	free(by);
}

static void pass_at(struct cox *m, const struct cox_fit *f, const size_t *cols, enum cox_ties ties)
{
	double beta[COX_MAX];
	struct cox_sums *s = xmalloc(sizeof *s);
	cox_load(m, cols, f->p);
	for (size_t j = 0; j < f->p; j++)
		beta[j] = f->coef[j] * m->scale[j];
	cox_pass(s, m, beta, ties, false);
	free(s);
}

void cox_robust(struct cox_fit *f, struct cox *m, const size_t *cols, enum cox_ties ties)
{
	const size_t p = f->p, room = m->ngroup * p + 1;
	double sum[COX_MAX * COX_MAX] = { 0 }, half[COX_MAX * COX_MAX] = { 0 };
	if (f->reason)
		return;
	pass_at(m, f, cols, ties);
	struct times t = { xcalloc(room, sizeof *t.b), xcalloc(room, sizeof *t.e), xcalloc(room, sizeof *t.mean) };
	walk_times(&t, m, ties);
	meat(sum, m, &t);
	for (size_t j = 0; j < p; j++)
		for (size_t i = 0; i < p; i++)
			for (size_t k = 0; k < p; k++)
				half[j * p + i] += f->cov[j * p + k] * m->scale[k] * sum[k * p + i];
	memset(f->robust, 0, sizeof f->robust);
	for (size_t j = 0; j < p; j++)
		for (size_t i = 0; i < p; i++)
			for (size_t k = 0; k < p; k++)
				f->robust[j * p + i] += half[j * p + k] * m->scale[k] * f->cov[k * p + i];
	f->has_robust = true;
	free(t.b);
	free(t.e);
	free(t.mean);
}

void cox_baseline(struct cox_baseline *out, struct cox *m, const struct cox_fit *f, const size_t *cols, enum cox_ties ties)
{
	double shift = 0;
	*out = (struct cox_baseline){ 0 };
	if (!m->n)
		return;
	pass_at(m, f, cols, ties);
	out->time = xreallocarray(NULL, m->ngroup + 1, sizeof *out->time);
	out->hazard = xreallocarray(NULL, m->ngroup + 1, sizeof *out->hazard);
	out->stratum = xreallocarray(NULL, m->ngroup + 1, sizeof *out->stratum);
	for (size_t j = 0; j < f->p; j++)
		shift += f->coef[j] * f->mean[j];
	for (size_t first = 0; first < m->ngroup;) {
		size_t to = first + 1;
		while (to < m->ngroup && !m->group[to].first)
			to++;
		for (size_t g = to; g-- > first;)
			if (m->group[g].deaths) {
				out->time[out->n] = m->group[g].time;
				out->stratum[out->n] = m->group[g].stratum;
				out->hazard[out->n++] = m->cum[g] * exp(-shift);
			}
		first = to;
	}
}

void cox_baseline_release(struct cox_baseline *b)
{
	free(b->time);
	free(b->hazard);
	free(b->stratum);
	*b = (struct cox_baseline){ 0 };
}
