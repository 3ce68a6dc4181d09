/* Cox's model: the data in the order in which risk sets grow. Going from the last time to the
 * first, a row joins those at risk at its time and leaves them where it had not entered yet, so
 * that each sum over a risk set is a running sum.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cox.h"
#include "wend/sort.h"

enum { BLOCK_ROWS = 1 << 14 };

/* 1 where a row misses a column. */
static uint8_t *misses(const struct cox_data *d)
{
	uint8_t *out = xcalloc(d->n + 1, 1);
	for (size_t j = 0; j < d->p; j++) {
		const struct cox_column *c = &d->col[j];
		for (size_t i = 0; i < d->n; i++)
			if (c->number ? isnan(c->number[i]) : c->code[i] == CASE_MISSING)
				out[i] = 1;
	}
	return out;
}

/* By stratum, then time from the last on; equal ones keep their order: events first. */
static void order_rows(struct cox *m)
{
	const struct cox_data *d = &m->d;
	uint64_t *key = xreallocarray(NULL, d->n + 1, sizeof *key);
	m->row = xreallocarray(NULL, d->n + 1, sizeof *m->row);
	uint8_t *skip = misses(d);
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
	free(m->steady);
	free(m->row);
	free(m->late);
	free(m->late_group);
	free(m->group);
	free(m->block);
	free(m);
}
