/* Are hazard ratios steady in time? The model with beta + theta g(t) is tested at theta = 0 by its
 * score (Grambsch & Therneau 1994, with the information in full as cox.zph of R's survival has it
 * from version 3 on):
 *
 *     u      = sum over deaths of w g(t) (x - xbar(t)),  g centred at its mean over the deaths
 *     V      = info_gg - info_g info^-1 info_g
 *     chi^2  = u_J' V_JJ^-1 u_J   for the columns J of one term, for all of them together
 *
 * Scales: 1 - S(t-), Kaplan-Meier of all cases whatever their stratum and weight, which no
 * few late events can pull about; t; the rank of t among all times; log t.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cox.h"
#include "wend/sort.h"

/* Times of all rows, ascending, with how many have the event. */
static void km_scale(struct cox *m, double *g)
{
	const struct cox_data *d = &m->d;
	struct cases c = { .n = m->n, .time = xreallocarray(NULL, m->n + 1, sizeof *c.time), .event = xmalloc(m->n + 1) };
	struct survival_groups all;
	if (d->entry)
		c.entry = xreallocarray(NULL, m->n + 1, sizeof *c.entry);
	for (size_t i = 0; i < m->n; i++) {
		c.time[i] = d->time[m->row[i]];
		c.event[i] = d->event[m->row[i]];
		if (c.entry)
			c.entry[i] = d->entry[m->row[i]];
	}
	survival_count(&all, &c, NULL, 1);
	struct survival_step *v = xreallocarray(NULL, all.d->n + 1, sizeof *v);
	survival_steps(v, all.d, 0.05, SURVIVAL_LOGLOG);
	for (size_t k = 0; k < m->ngroup; k++) {
		size_t at;
		LOWER_BOUND(at, all.d->n, v[mid].time < m->group[k].time);
		g[k] = at ? 1 - v[at - 1].survival : 0;
	}
	free(v);
	free(c.time);
	free(c.event);
	free(c.entry);
	survival_groups_release(&all);
}

/* Mean rank of tied times among all rows. */
static void rank_scale(struct cox *m, double *g)
{
	uint64_t *key = xreallocarray(NULL, m->n + 1, sizeof *key);
	for (size_t i = 0; i < m->n; i++)
		key[i] = sort_key_of(m->d.time[m->row[i]]);
	sort_u64(key, m->n);
	for (size_t k = 0; k < m->ngroup; k++) {
		const uint64_t want = sort_key_of(m->group[k].time);
		size_t lo, hi;
		LOWER_BOUND(lo, m->n, key[mid] < want);
		LOWER_BOUND(hi, m->n, key[mid] <= want);
		g[k] = (double)(lo + 1 + hi) / 2;
	}
	free(key);
}

static void set_scale(struct cox *m, enum cox_scale scale)
{
	double sum = 0, n = 0;
	if (!m->g) {
		m->g = xcalloc(m->ngroup + 1, sizeof *m->g);
		m->cum_g = xcalloc(m->ngroup + 1, sizeof *m->cum_g);
		m->cum_gg = xcalloc(m->ngroup + 1, sizeof *m->cum_gg);
	}
	if (scale == COX_KM)
		km_scale(m, m->g);
	else if (scale == COX_RANK)
		rank_scale(m, m->g);
	for (size_t k = 0; k < m->ngroup; k++) {
		if (scale == COX_IDENTITY)
			m->g[k] = m->group[k].time;
		else if (scale == COX_LOG)
			m->g[k] = log(m->group[k].time);
		if (m->group[k].deaths) {
			sum += m->g[k] * m->group[k].deaths;
			n += m->group[k].deaths;
		}
	}
	for (size_t k = 0; k < m->ngroup; k++)
		m->g[k] = isfinite(m->g[k]) || m->group[k].deaths ? m->g[k] - sum / n : 0;
}

void cox_foresee_steady(struct cox *m, enum cox_scale scale)
{
	bool deaths = false;
	for (size_t g = 0; g < m->ngroup && !deaths; g++)
		deaths = m->group[g].deaths > 0;
	m->foreseen = deaths;
	m->foreseen_scale = scale;
	if (deaths)
		set_scale(m, scale);
}

const struct cox_sums *cox_steady_sums(const struct cox *m, const double *beta, enum cox_ties ties, enum cox_scale scale)
{
	const bool made = m->steady && m->foreseen && m->foreseen_scale == scale && m->steady_ties == ties;
	for (size_t j = 0; j < m->p && made; j++)
		if (beta[j] != m->steady_beta[j])
			return NULL;
	return made ? m->steady : NULL;
}

void cox_steady(struct cox_fit *f, struct cox *m, const size_t *cols, enum cox_ties ties, enum cox_scale scale)
{
	const size_t p = f->p;
	double beta[COX_MAX], inv[COX_MAX * COX_MAX] = { 0 };
	for (size_t j = 0; j < p; j++)
		f->drift[j] = NAN;
	if (f->reason)
		return;
	cox_load(m, cols, p);
	for (size_t j = 0; j < p; j++)
		beta[j] = f->coef[j] * m->scale[j];
	struct cox_sums *own = NULL;
	const struct cox_sums *s = cox_steady_sums(m, beta, ties, scale);
	if (!s) {
		set_scale(m, scale);
		s = own = xmalloc(sizeof *own);
		cox_pass(own, m, beta, ties, true);
	}
	for (size_t j = 0; j < p; j++)
		for (size_t i = 0; i < p; i++)
			inv[j * p + i] = f->cov[j * p + i] * m->scale[j] * m->scale[i];
	for (size_t j = 0; j < p; j++) {
		double row[COX_MAX] = { 0 };
		f->drift[j] = s->ug[j];
		for (size_t k = 0; k < p; k++)
			for (size_t i = 0; i < p; i++)
				row[i] += s->info_g[j * p + k] * inv[k * p + i];
		for (size_t i = 0; i < p; i++) {
			double v = s->info_gg[j * p + i];
			for (size_t k = 0; k < p; k++)
				v -= row[k] * s->info_g[k * p + i];
			f->drift_var[j * p + i] = v;
		}
	}
	m->foreseen = false;
	free(own);
}

struct cox_test cox_drift(const struct cox_fit *f, size_t first, size_t n)
{
	double a[COX_MAX * COX_MAX], u[COX_MAX], x[COX_MAX];
	struct cox_test t = { NAN, NAN, NAN, 0 };
	size_t which[COX_MAX], k = 0;
	for (size_t j = first; j < first + n; j++)
		if (f->state[j] == COX_KEPT && !isnan(f->drift[j]))
			which[k++] = j;
	for (size_t j = 0; j < k; j++) {
		u[j] = f->drift[which[j]];
		for (size_t i = 0; i < k; i++)
			a[j * k + i] = f->drift_var[which[j] * f->p + which[i]];
	}
	if (!k || !spd_solve(x, a, u, k))
		return t;
	t.chisq = 0;
	for (size_t j = 0; j < k; j++)
		t.chisq += u[j] * x[j];
	t.df = (int)k;
	t.p = chisq_sf(t.chisq, (double)k);
	t.log10_p = chisq_log10_sf(t.chisq, (double)k);
	return t;
}
