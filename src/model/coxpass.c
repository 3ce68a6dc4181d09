/* Cox's model: the partial likelihood, its score and its information at given coefficients, in
 * passes over sorted rows.
 *
 * At a time t with deaths D, d of them, and risk set R, r_i = w_i exp(x_i beta), S_j = sums over
 * R of r_i x_i^j, D_j = those over the deaths, phi_k = S0 - k/d D0, m = mean weight of the
 * deaths (Efron 1977, "The efficiency of Cox's likelihood function for censored data";
 * Breslow 1974 has phi_k = S0 for all k):
 *
 *     l     = sum w_i x_i beta over deaths - m sum_k log phi_k
 *     u     = sum w_i x_i over deaths - m sum_k (S1 - k/d D1) / phi_k
 *     info  = m sum_k [ (S2 - k/d D2) / phi_k - xbar_k xbar_k' ],  xbar_k = (S1 - k/d D1) / phi_k
 *
 * Sums exchanged. S2 would cost p^2 a row as a running sum. But the sum over times of S2 e1 is
 * the sum over rows of r_i x_i x_i' times the e1 of all times at which i is at risk, so with
 *
 *     e1 = m sum_k 1 / phi_k,  e2 = m sum_k k/d / phi_k,  Lambda(t) = sum of e1 up to t,
 *     a_i = r_i (Lambda(t_i) - Lambda(entry_i) - [i dies] e2(t_i))
 *
 *     u     = sum_i (w_i delta_i - a_i) x_i           (martingale residuals)
 *     info  = sum_i a_i x_i x_i' - sum over times of (f0 S1 S1' - f1 (S1 D1' + D1 S1') + f2 D1 D1'),
 *     f_j   = m sum_k (k/d)^j / phi_k^2
 *
 * so that ties cost a few sums of scalars and the rest is one weighted product X'X. A scale of
 * time g (coxsteady.c) only multiplies e1, e2 and f by g and g^2.
 *
 * Blocks of whole times are summed apart and joined in their order: the same bytes for any number
 * of threads. Where rows enter late, running sums go down as well as up and carry what rounding
 * cuts off (Neumaier 1974).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cox.h"
#include "wend/par.h"

/* ---- running sums ---- */

void cox_walk_begin(struct cox_walk *w)
{
	memset(w, 0, sizeof *w);
}

static void add_exact(double *sum, double *low, double v)
{
	const double s = *sum + v;
	*low += fabs(*sum) >= fabs(v) ? (*sum - s) + v : (v - s) + *sum;
	*sum = s;
}

static double weighted_risk(const struct cox *m, size_t i)
{
	return m->w ? m->w[i] * m->risk[i] : m->risk[i];
}

static void join(struct cox_walk *w, const struct cox *m, size_t i, double sign)
{
	const double r = sign * weighted_risk(m, i), *x = m->x + i * m->wide;
	add_exact(&w->s0, &w->s0_low, r);
	for (size_t j = 0; j < m->p; j++)
		add_exact(&w->s1[j], &w->s1_low[j], r * x[j]);
}

static void join_plain(struct cox_walk *w, const struct cox *m, size_t i)
{
	const double r = weighted_risk(m, i);
	const pair2 rr = { r, r }, *x = (const pair2 *)(m->x + i * m->wide);
	pair2 *s = (pair2 *)w->s1;
	w->s0 += r;
	for (size_t j = 0; j < m->wide / 2; j++)
		s[j] += rr * x[j];
}

static uint32_t late_end(const struct cox *m, const struct cox_group *g)
{
	const struct cox_group *next = g + 1;
	uint32_t to = g->left;
	if (next < m->group + m->ngroup && !next->first)
		return next->left;
	while (to < m->nlate && m->late_group[m->late[to]] == (uint32_t)(g - m->group))
		to++;
	return to;
}

/* The sums of a group's rows, once a pass. */
static void sum_group(double *to, const struct cox *m, size_t from, size_t end)
{
	pair2 *s = (pair2 *)(to + 2);
	memset(to, 0, (m->wide + 2) * sizeof *to);
	for (size_t i = from; i < end; i++) {
		const double r = weighted_risk(m, i);
		const pair2 rr = { r, r }, *x = (const pair2 *)(m->x + i * m->wide);
		to[0] += r;
		for (size_t j = 0; j < m->wide / 2; j++)
			s[j] += rr * x[j];
	}
}

static double *sums_of(const struct cox *m, const struct cox_group *g)
{
	return m->sums + (size_t)(g - m->group) * 2 * (m->wide + 2);
}

static void walk_sums(struct cox_walk *w, const struct cox *m, const struct cox_group *g)
{
	const double *all = sums_of(m, g), *deaths = all + m->wide + 2;
	w->d0 = deaths[0];
	w->s0 += all[0];
	for (size_t j = 0; j < m->p; j++) {
		w->d1[j] = deaths[2 + j];
		w->s1[j] += all[2 + j];
	}
}

void cox_walk_group(struct cox_walk *w, const struct cox *m, const struct cox_group *g)
{
	if (g->first)
		cox_walk_begin(w);
	if (m->sums) {
		walk_sums(w, m, g);
		return;
	}
	w->d0 = 0;
	memset(w->d1, 0, m->p * sizeof *w->d1);
	for (size_t i = g->from; i < g->from + g->deaths; i++) {
		const double r = weighted_risk(m, i), *x = m->x + i * m->wide;
		w->d0 += r;
		for (size_t j = 0; j < m->p; j++)
			w->d1[j] += r * x[j];
	}
	if (!m->late) {
		for (size_t i = g->from; i < g->to; i++)
			join_plain(w, m, i);
		return;
	}
	for (size_t i = g->from; i < g->to; i++)
		join(w, m, i, 1);
	const uint32_t to = late_end(m, g);
	for (uint32_t k = g->left; k < to; k++)
		join(w, m, m->late[k], -1);
}

/* ---- a pass by blocks ---- */

struct work {
	struct cox *m;
	const double *beta;
	enum cox_ties ties;
	bool steady;
	int threads;
	struct cox_walk *walk;     /* by block: the sums of its rows; then those before it */
	bool *restarts;            /* by block: a stratum begins in it */
	struct cox_sums *sums;
};

/* What a thread does: every so many blocks. */
static void each_block(struct work *k, int thread, void (*f)(struct work *, size_t))
{
	for (size_t b = (size_t)thread; b < k->m->nblock; b += (size_t)k->threads)
		f(k, b);
}

/* x beta of rows from .. to; two columns at a time. */
void cox_predictors(double *out, const struct cox *m, size_t from, size_t to, const double *beta)
{
	pair2 b[COX_MAX / 2];
	memset(b, 0, sizeof b);
	memcpy(b, beta, m->p * sizeof *beta);
	for (size_t i = from; i < to; i++) {
		const pair2 *x = (const pair2 *)(m->x + i * m->wide);
		pair2 sum = { 0 };
		for (size_t j = 0; j < m->wide / 2; j++)
			sum += x[j] * b[j];
		out[i] = sum[0] + sum[1];
	}
}

static void block_risks(struct work *k, size_t b)
{
	struct cox *m = k->m;
	struct cox_walk *w = &k->walk[b];
	const size_t from = m->group[m->block[b].from].from, to = m->group[m->block[b].to - 1].to;
	cox_walk_begin(w);
	cox_predictors(m->risk, m, from, to, k->beta);
	exp_each(m->risk + from, to - from);
	for (size_t g = m->block[b].from; g < m->block[b].to; g++) {
		const struct cox_group *v = &m->group[g];
		if (m->sums) { /* the deaths first, then the others on top of them */
			double *all = sums_of(m, v), *deaths = all + m->wide + 2;
			sum_group(deaths, m, v->from, v->from + v->deaths);
			sum_group(all, m, v->from + v->deaths, v->to);
			for (size_t j = 0; j < m->wide + 2; j++)
				all[j] += deaths[j];
		}
	}
}

static void block_totals(struct work *k, size_t b)
{
	const struct cox *m = k->m;
	for (size_t g = m->block[b].from; g < m->block[b].to; g++) {
		k->restarts[b] = k->restarts[b] || m->group[g].first;
		cox_walk_group(&k->walk[b], m, &m->group[g]);
	}
}

/* The sums of each block become those of what is before it in its first stratum. */
static void carry(struct work *k)
{
	const size_t p = k->m->p;
	struct cox_walk before;
	cox_walk_begin(&before);
	for (size_t b = 0; b < k->m->nblock; b++) {
		struct cox_walk own = k->walk[b];
		k->walk[b] = before;
		if (k->restarts[b]) {
			before = own;
			continue;
		}
		add_exact(&before.s0, &before.s0_low, own.s0);
		before.s0_low += own.s0_low;
		for (size_t j = 0; j < p; j++) {
			add_exact(&before.s1[j], &before.s1_low[j], own.s1[j]);
			before.s1_low[j] += own.s1_low[j];
		}
	}
}

/* C += a u v' for the lower triangle, rows of `wide`. */
static void outer(double *c, size_t p, size_t wide, double a, const double *u, const double *v)
{
	for (size_t j = 0; j < p; j++) {
		const double f = a * u[j];
		for (size_t i = 0; i <= j; i++)
			c[j * wide + i] += f * v[i];
	}
}

/* What the means of a tied time take from the information, `factor` times. */
static void take_means(double *to, size_t p, double factor, const struct cox_tie *t, const double *s1, const double *d1)
{
	outer(to, p, p, -factor * t->f0, s1, s1);
	if (!(t->f2 > 0))
		return;
	outer(to, p, p, factor * t->f1, s1, d1);
	outer(to, p, p, factor * t->f1, d1, s1);
	outer(to, p, p, -factor * t->f2, d1, d1);
}

static void group_terms(struct cox_sums *s, const struct work *k, size_t g, const struct cox_walk *w)
{
	struct cox *m = k->m;
	double s1[COX_MAX];
	for (size_t j = 0; j < m->p; j++)
		s1[j] = w->s1[j] + w->s1_low[j];
	const struct cox_tie t = cox_tie(&m->group[g], w->s0 + w->s0_low, w->d0, k->ties);
	m->e1[g] = t.e1;
	m->e2[g] = t.e2;
	s->loglik -= t.log;
	take_means(s->info, m->p, 1, &t, s1, w->d1);
	if (!k->steady)
		return;
	take_means(s->info_g, m->p, m->g[g], &t, s1, w->d1);
	take_means(s->info_gg, m->p, m->g[g] * m->g[g], &t, s1, w->d1);
}

static void block_groups(struct work *k, size_t b)
{
	struct cox *m = k->m;
	struct cox_sums *s = &k->sums[b];
	struct cox_walk w = k->walk[b];
	for (size_t g = m->block[b].from; g < m->block[b].to; g++) {
		const struct cox_group *v = &m->group[g];
		cox_walk_group(&w, m, v);
		if (!v->deaths)
			continue;
		group_terms(s, k, g, &w);
	}
}

/* Lambda from the first time on, group by group (they stand from the last on). */
static void accumulate(struct cox *m, bool steady)
{
	double sum = 0, sum_g = 0, sum_gg = 0;
	for (size_t g = m->ngroup; g-- > 0;) {
		if (g + 1 == m->ngroup || m->group[g + 1].first)
			sum = sum_g = sum_gg = 0;
		sum += m->e1[g];
		m->cum[g] = sum;
		if (!steady)
			continue;
		sum_g += m->g[g] * m->e1[g];
		sum_gg += m->g[g] * m->g[g] * m->e1[g];
		m->cum_g[g] = sum_g;
		m->cum_gg[g] = sum_gg;
	}
}

static double at_risk(const struct cox *m, const double *cum, size_t g, size_t i)
{
	return m->late && m->late_group[i] < m->ngroup ? cum[g] - cum[m->late_group[i]] : cum[g];
}

/* Lower triangle of the products of n rows, each `a` times, two columns and four rows at a time. */
static void gram(double *c, const struct cox *m, const double *x, const double *a, size_t n)
{
	pair2 *to = (pair2 *)c;
	const size_t half = m->wide / 2;
	for (; n >= 4; n -= 4, x += 4 * m->wide, a += 4) {
		const pair2 *v0 = (const pair2 *)x, *v1 = v0 + half, *v2 = v1 + half, *v3 = v2 + half;
		for (size_t j = 0; j < m->p; j++) {
			const double *y = x + j;
			const double f[4] = { a[0] * y[0], a[1] * y[m->wide], a[2] * y[2 * m->wide], a[3] * y[3 * m->wide] };
			const pair2 f0 = { f[0], f[0] }, f1 = { f[1], f[1] }, f2 = { f[2], f[2] }, f3 = { f[3], f[3] };
			for (size_t i = 0; i <= j / 2; i++)
				to[j * half + i] += (f0 * v0[i] + f1 * v1[i]) + (f2 * v2[i] + f3 * v3[i]);
		}
	}
	for (; n; n--, x += m->wide, a++)
		for (size_t j = 0; j < m->p; j++) {
			const pair2 f = { *a * x[j], *a * x[j] };
			for (size_t i = 0; i <= j / 2; i++)
				to[j * half + i] += f * ((const pair2 *)x)[i];
		}
}

/* Rows' sums. a: times at risk, times the risk; u: martingale residuals. */
struct rows {
	pair2 room[5][COX_MAX * COX_MAX / 2];
	double *c[5];              /* products: a, with the scale of time, with its square; risks of a time, of its deaths */
	pair2 u[COX_MAX / 2], ug[COX_MAX / 2];
};

static void add_residuals(pair2 *u, const struct cox *m, size_t i, double r)
{
	const pair2 *x = (const pair2 *)(m->x + i * m->wide), rr = { r, r };
	for (size_t j = 0; j < m->wide / 2; j++)
		u[j] += rr * x[j];
}

/* Rows of a block, whose a's are collected until there are enough for a product. */
static void block_rows_plain(struct rows *s, const struct cox *m, const struct cox_block *b)
{
	enum { ENOUGH = 64 };
	double a[ENOUGH];
	size_t n = 0, first = m->group[b->from].from;
	for (size_t g = b->from; g < b->to; g++) {
		const struct cox_group *v = &m->group[g];
		for (size_t i = v->from; i < v->to; i++) {
			const bool dies = i < v->from + v->deaths;
			a[n] = weighted_risk(m, i) * (at_risk(m, m->cum, g, i) - (dies ? m->e2[g] : 0));
			add_residuals(s->u, m, i, (dies ? m->w ? m->w[i] : 1 : 0) - a[n]);
			if (++n < ENOUGH)
				continue;
			gram(s->c[0], m, m->x + first * m->wide, a, n);
			first = i + 1;
			n = 0;
		}
	}
	gram(s->c[0], m, m->x + first * m->wide, a, n);
}

static void block_rows_steady(struct rows *s, const struct cox *m, const struct cox_block *b)
{
	for (size_t g = b->from; g < b->to; g++) {
		const struct cox_group *v = &m->group[g];
		const double time = m->g[g];
		for (size_t i = v->from; i < v->to; i++) {
			const bool dies = i < v->from + v->deaths;
			const double *x = m->x + i * m->wide, r = weighted_risk(m, i), one = dies ? m->w ? m->w[i] : 1 : 0, e2 = dies ? m->e2[g] : 0;
			const double a[3] = { r * (at_risk(m, m->cum, g, i) - e2), r * (at_risk(m, m->cum_g, g, i) - time * e2), r * (at_risk(m, m->cum_gg, g, i) - time * time * e2) };
			add_residuals(s->u, m, i, one - a[0]);
			add_residuals(s->ug, m, i, one * time - a[1]);
			for (int t = 0; t < 3; t++)
				gram(s->c[t], m, x, &a[t], 1);
		}
	}
}

/* The same where many rows have one time: they are at risk at the same times, and the products of
 * all and of the deaths are enough for the three. */
static void block_times_steady(struct rows *s, const struct cox *m, const struct cox_block *b)
{
	const size_t half = m->wide / 2, width = half * m->p;
	for (size_t g = b->from; g < b->to; g++) {
		const struct cox_group *v = &m->group[g];
		const size_t deaths = v->from + v->deaths;
		const double time = m->g[g], e2[3] = { m->e2[g], time * m->e2[g], time * time * m->e2[g] }, cum[3] = { m->cum[g], m->cum_g[g], m->cum_gg[g] };
		memset(s->c[3], 0, width * sizeof(pair2));
		memset(s->c[4], 0, width * sizeof(pair2));
		double r[64];
		for (size_t from = v->from, to; from < v->to; from = to) {
			const size_t end = from < deaths ? deaths : v->to;
			to = end - from < 64 ? end : from + 64;
			for (size_t i = from; i < to; i++)
				r[i - from] = weighted_risk(m, i);
			gram(s->c[from < deaths ? 4 : 3], m, m->x + from * m->wide, r, to - from);
			for (size_t i = from; i < to; i++) {
				const double one = i < deaths ? m->w ? m->w[i] : 1 : 0;
				add_residuals(s->u, m, i, one - r[i - from] * (cum[0] - (i < deaths ? e2[0] : 0)));
				add_residuals(s->ug, m, i, one * time - r[i - from] * (cum[1] - (i < deaths ? e2[1] : 0)));
			}
		}
		for (int t = 0; t < 3; t++)
			for (size_t k = 0; k < 2 * width; k++)
				s->c[t][k] += cum[t] * s->c[3][k] + (cum[t] - e2[t]) * s->c[4][k];
	}
}

static void block_rows(struct work *k, size_t b)
{
	struct cox *m = k->m;
	struct cox_sums *s = &k->sums[b];
	struct rows *r = xcalloc(1, sizeof *r);
	for (int t = 0; t < 5; t++)
		r->c[t] = (double *)(void *)r->room[t];
	if (!k->steady)
		block_rows_plain(r, m, &m->block[b]);
	else if (m->sums)
		block_times_steady(r, m, &m->block[b]);
	else
		block_rows_steady(r, m, &m->block[b]);
	double *const to[3] = { s->info, s->info_g, s->info_gg };
	for (size_t j = 0; j < m->p; j++) {
		s->u[j] += ((const double *)r->u)[j];
		s->ug[j] += ((const double *)r->ug)[j];
		for (int t = 0; t < (k->steady ? 3 : 1); t++)
			for (size_t i = 0; i <= j; i++)
				to[t][j * m->p + i] += r->c[t][j * m->wide + i];
	}
	free(r);
}

static void first_half(void *ctx, int thread)
{
	each_block(ctx, thread, block_risks);
	each_block(ctx, thread, block_totals);
}

static void second_half(void *ctx, int thread)
{
	each_block(ctx, thread, block_groups);
}

static void third_half(void *ctx, int thread)
{
	each_block(ctx, thread, block_rows);
}

static void add_up(struct cox_sums *out, const struct cox_sums *s, size_t p)
{
	out->loglik += s->loglik;
	for (size_t j = 0; j < p; j++) {
		out->u[j] += s->u[j];
		out->ug[j] += s->ug[j];
		for (size_t i = 0; i <= j; i++) {
			out->info[j * p + i] += s->info[j * p + i];
			out->info_g[j * p + i] += s->info_g[j * p + i];
			out->info_gg[j * p + i] += s->info_gg[j * p + i];
		}
	}
}

void cox_pass(struct cox_sums *out, struct cox *m, const double *beta, enum cox_ties ties, bool steady)
{
	struct work k = { .m = m, .beta = beta, .ties = ties, .steady = steady, .threads = m->threads };
	if ((size_t)k.threads > m->nblock)
		k.threads = m->nblock ? (int)m->nblock : 1;
	k.walk = xreallocarray(NULL, m->nblock + 1, sizeof *k.walk);
	k.restarts = xcalloc(m->nblock + 1, sizeof *k.restarts);
	k.sums = xcalloc(m->nblock + 1, sizeof *k.sums);
	memset(out, 0, sizeof *out);
	memset(m->e1, 0, m->ngroup * sizeof *m->e1);
	memset(m->e2, 0, m->ngroup * sizeof *m->e2);
	par_each(k.threads, first_half, &k);
	carry(&k);
	par_each(k.threads, second_half, &k);
	accumulate(m, steady);
	par_each(k.threads, third_half, &k);
	for (size_t b = 0; b < m->nblock; b++)
		add_up(out, &k.sums[b], m->p);
	for (size_t j = 0; j < m->p; j++)
		out->loglik += beta[j] * m->deaths_x[j];
	for (size_t j = 0; j < m->p; j++)
		for (size_t i = 0; i < j; i++) {
			out->info[i * m->p + j] = out->info[j * m->p + i];
			out->info_g[i * m->p + j] = out->info_g[j * m->p + i];
			out->info_gg[i * m->p + j] = out->info_gg[j * m->p + i];
		}
	free(k.walk);
	free(k.restarts);
	free(k.sums);
}
