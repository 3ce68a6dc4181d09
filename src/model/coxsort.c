/* Cox's model: the data in the order in which risk sets grow. Going from the last time to the
 * first, a row joins those at risk at its time and leaves them where it had not entered yet, so
 * that each sum over a risk set is a running sum.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cox.h"
#include "wend/par.h"
#include "wend/sort.h"

enum { BLOCK_ROWS = 1 << 14 };

static bool misses(const struct cox_data *d, size_t i)
{
	for (size_t j = 0; j < d->p; j++) {
		const struct cox_column *c = &d->col[j];
		if (c->number ? isnan(c->number[i]) : c->code[i] == CASE_MISSING)
			return true;
	}
	return false;
}

/* By stratum, then time from the last on; equal ones keep their order: events first. */
static void order_rows(struct cox *m)
{
	const struct cox_data *d = &m->d;
	uint64_t *key = xreallocarray(NULL, d->n + 1, sizeof *key);
	m->row = xreallocarray(NULL, d->n + 1, sizeof *m->row);
	uint8_t *skip = xcalloc(d->n + 1, 1);
	for (size_t i = 0; i < d->n; i++)
		skip[i] = misses(d, i);
	for (int turn = 1; turn >= 0; turn--)
		for (size_t i = 0; i < d->n; i++)
			if (d->event[i] == turn && !skip[i]) {
				key[m->n] = ~sort_key_of(d->time[i]);
				m->row[m->n++] = (uint32_t)i;
			}
	free(skip);
	m->missing = d->n - m->n;
	sort_keys(key, m->row, m->n);
	for (size_t i = 0; d->stratum && i < m->n; i++)
		key[i] = d->stratum[m->row[i]];
	if (d->stratum)
		sort_keys(key, m->row, m->n);
	free(key);
}

static uint16_t stratum_of(const struct cox_data *d, size_t row)
{
	return d->stratum ? d->stratum[row] : 0;
}

static void make_groups(struct cox *m)
{
	const struct cox_data *d = &m->d;
	size_t cap = 0;
	for (size_t i = 0; i < m->n; i++) {
		const size_t r = m->row[i];
		struct cox_group *g = m->ngroup ? &m->group[m->ngroup - 1] : NULL;
		const bool first = !g || g->stratum != stratum_of(d, r);
		if (first || g->time != d->time[r]) {
			GROW(m->group, cap, m->ngroup + 1);
			g = &m->group[m->ngroup++];
			*g = (struct cox_group){ .from = (uint32_t)i, .time = d->time[r], .stratum = stratum_of(d, r), .first = first };
		}
		g->to = (uint32_t)i + 1;
		if (d->event[r]) {
			g->deaths++;
			g->weight += d->weight ? d->weight[r] : 1;
		}
	}
	cap = 0;
	for (size_t i = 0; i < m->ngroup; i++) {
		struct cox_block *b = m->nblock ? &m->block[m->nblock - 1] : NULL;
		if (!b || m->group[i].from - m->group[b->from].from >= BLOCK_ROWS) {
			GROW(m->block, cap, m->nblock + 1);
			b = &m->block[m->nblock++];
			b->from = (uint32_t)i;
		}
		b->to = (uint32_t)i + 1;
	}
}

/* Where late rows leave the running sums: at the last time that is not after their entry. */
static void order_entries(struct cox *m)
{
	const struct cox_data *d = &m->d;
	uint64_t *key = xreallocarray(NULL, m->n + 1, sizeof *key);
	size_t at = 0;
	m->late = xreallocarray(NULL, m->n + 1, sizeof *m->late);
	m->late_group = xreallocarray(NULL, m->n + 1, sizeof *m->late_group);
	for (size_t i = 0; i < m->n; i++) {
		key[i] = ~sort_key_of(d->entry[m->row[i]]);
		m->late[i] = (uint32_t)i;
		m->late_group[i] = (uint32_t)m->ngroup;
	}
	sort_keys(key, m->late, m->n);
	for (size_t i = 0; d->stratum && i < m->n; i++)
		key[i] = d->stratum[m->row[m->late[i]]];
	if (d->stratum)
		sort_keys(key, m->late, m->n);
	free(key);
	for (size_t k = 0; k < m->ngroup; k++) {
		struct cox_group *g = &m->group[k];
		if (g->first) /* those of the stratum before who entered before its first time stay to its end */
			while (at < m->n && stratum_of(d, m->row[m->late[at]]) != g->stratum)
				at++;
		g->left = (uint32_t)at;
		while (at < m->n && stratum_of(d, m->row[m->late[at]]) == g->stratum && d->entry[m->row[m->late[at]]] >= g->time)
			m->late_group[m->late[at++]] = (uint32_t)k;
	}
	m->nlate = m->n;
}

struct cox *cox_new(const struct cox_data *data, int threads)
{
	struct cox *m = xcalloc(1, sizeof *m);
	m->d = *data;
	m->threads = threads < 1 ? 1 : threads;
	order_rows(m);
	make_groups(m);
	cox_powers(m);
	if (data->entry)
		order_entries(m);
	if (data->weight) {
		m->w = xreallocarray(NULL, m->n + 1, sizeof *m->w);
		for (size_t i = 0; i < m->n; i++)
			m->w[i] = data->weight[m->row[i]];
	}
	m->risk = xreallocarray(NULL, m->n + 1, sizeof *m->risk);
	m->e1 = xcalloc(m->ngroup + 1, sizeof *m->e1);
	m->e2 = xcalloc(m->ngroup + 1, sizeof *m->e2);
	m->cum = xcalloc(m->ngroup + 1, sizeof *m->cum);
	m->nloaded = SIZE_MAX;
	return m;
}

void cox_free(struct cox *m)
{
	if (!m)
		return;
	double *const room[] = { m->w, m->power, m->risk, m->x, m->sums, m->mean, m->scale, m->e1, m->e2, m->cum, m->g, m->cum_g, m->cum_gg };
	for (size_t i = 0; i < sizeof room / sizeof *room; i++)
		free(room[i]);
	free(m->row);
	free(m->late);
	free(m->late_group);
	free(m->group);
	free(m->block);
	free(m);
}

/* Centred, so that risks stay near 1, and scaled by the mean distance from the centre, so that
 * units do not decide about digits. */
struct cox_scaled cox_column_sorted(double *v, const struct cox *m, const struct cox_column *c)
{
	double sum = 0, weight = 0, far = 0;
	for (size_t i = 0; i < m->n; i++) {
		const size_t r = m->row[i];
		const double w = m->w ? m->w[i] : 1;
		v[i] = c->number ? c->number[r] : c->code[r] == c->level;
		sum += w * v[i];
		weight += w;
	}
	const double mean = weight > 0 ? sum / weight : 0;
	for (size_t i = 0; i < m->n; i++)
		far += (m->w ? m->w[i] : 1) * fabs(v[i] - mean);
	struct cox_scaled s = { mean, far > 0 ? far / weight : 1, 0 };
	for (size_t i = 0; i < m->n; i++)
		v[i] = (v[i] - mean) / s.scale;
	for (size_t g = 0; g < m->ngroup; g++)
		for (size_t i = m->group[g].from; i < m->group[g].from + m->group[g].deaths; i++)
			s.deaths += (m->w ? m->w[i] : 1) * v[i];
	return s;
}

static void load_column(struct cox *m, size_t j, double *room)
{
	const struct cox_scaled s = cox_column_sorted(room, m, &m->d.col[m->loaded[j]]);
	double *x = m->x + j;
	for (size_t i = 0; i < m->n; i++)
		x[i * m->wide] = room[i];
	m->mean[j] = s.mean;
	m->scale[j] = s.scale;
	m->deaths_x[j] = s.deaths;
}

static void load_columns(void *ctx, int thread)
{
	struct cox *m = ctx;
	double *room = xreallocarray(NULL, m->n + 1, sizeof *room);
	for (size_t j = (size_t)thread; j < m->p; j += (size_t)m->threads)
		load_column(m, j, room);
	free(room);
}

void cox_unload(struct cox *m)
{
	free(m->x);
	m->x = NULL;
	m->nloaded = SIZE_MAX;
}

void cox_load(struct cox *m, const size_t *cols, size_t ncols)
{
	bool same = m->nloaded == ncols;
	for (size_t j = 0; j < ncols && same; j++)
		same = m->loaded[j] == (cols ? cols[j] : j);
	if (same)
		return;
	m->p = ncols;
	m->wide = (ncols + 1) / 2 * 2;
	cox_unload(m);
	m->nloaded = ncols;
	m->x = xcalloc(m->n * m->wide + 2, sizeof *m->x);
	m->mean = xrealloc(m->mean, (ncols + 1) * sizeof *m->mean);
	m->scale = xrealloc(m->scale, (ncols + 1) * sizeof *m->scale);
	/* worth it where a group stands for several rows */
	free(m->sums);
	m->sums = NULL;
	if (!m->late && m->ngroup * 4 <= m->n)
		m->sums = xcalloc(m->ngroup * 2 * (m->wide + 2) + 1, sizeof *m->sums);
	for (size_t j = 0; j < ncols; j++)
		m->loaded[j] = cols ? cols[j] : j;
	par_each(m->threads, load_columns, m);
}
