/* Cox's model: columns of the caller's rows become rows in the order of risk sets.
 *
 * Centred, so that risks stay near 1, and scaled by about the mean distance from the centre, so
 * that units do not decide about digits: by a power of two, which costs none. Columns are read
 * from their beginning to their end and the rows written where they belong: one place a row to
 * look for, not one a value. Pieces of rows are summed apart and joined in their order.
 */
#include <math.h>
#include <stdlib.h>
#include "cox.h"
#include "wend/par.h"

enum { PIECE_ROWS = 1 << 14 };
#define NOWHERE UINT32_MAX

struct loading {
	struct cox *m;
	uint32_t *place;           /* of the caller's rows: which in order; NOWHERE: not used */
	size_t pieces;
	double *sum;               /* by piece: of each column, then of the weights */
	void (*each)(struct loading *, size_t from, size_t to, double *sum);
};

static double weight_of(const struct cox *m, size_t row)
{
	return m->d.weight ? m->d.weight[row] : 1;
}

static double value_of(const struct cox_column *c, size_t row)
{
	return c->number ? c->number[row] : c->code[row] == c->level;
}

/* Every row used, and each once: four sums, so that none waits for the one before it. */
static double sum_from(const double *v, size_t n, double centre, bool distance)
{
	double sum[4] = { 0 };
	for (size_t i = 0; i < n; i++) {
		const double d = v[i] - centre;
		sum[i & 3] += distance ? fabs(d) : d;
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Of each column, values or their distances from the mean. */
static void sum_columns(struct loading *l, size_t from, size_t to, double *sum, bool distance)
{
	const struct cox *m = l->m;
	const bool plain = m->n == m->d.n && !m->d.weight;
	for (size_t j = 0; j < m->p; j++) {
		const struct cox_column *c = &m->d.col[m->loaded[j]];
		const double centre = distance ? m->mean[j] : 0;
		if (plain && c->number) {
			sum[j] = sum_from(c->number + from, to - from, centre, distance);
			continue;
		}
		for (size_t i = from; i < to; i++) {
			const double d = value_of(c, i) - centre;
			if (l->place[i] != NOWHERE)
				sum[j] += weight_of(m, i) * (distance ? fabs(d) : d);
		}
	}
}

static void sum_values(struct loading *l, size_t from, size_t to, double *sum)
{
	sum_columns(l, from, to, sum, false);
	for (size_t i = from; i < to; i++)
		sum[l->m->p] += l->place[i] != NOWHERE ? weight_of(l->m, i) : 0;
}

static void sum_distances(struct loading *l, size_t from, size_t to, double *sum)
{
	sum_columns(l, from, to, sum, true);
}

/* The values, and of each column the sum over the events. */
static void put_values(struct loading *l, size_t from, size_t to, double *sum)
{
	struct cox *m = l->m;
	for (size_t i = from; i < to; i++) {
		if (l->place[i] == NOWHERE)
			continue;
		double *x = m->x + l->place[i] * m->wide;
		const double w = m->d.event[i] ? weight_of(m, i) : 0;
		for (size_t j = 0; j < m->p; j++) {
			x[j] = (value_of(&m->d.col[m->loaded[j]], i) - m->mean[j]) / m->scale[j];
			sum[j] += w * x[j];
		}
	}
}

static void some_pieces(void *ctx, int thread)
{
	struct loading *l = ctx;
	const size_t n = l->m->d.n;
	for (size_t k = (size_t)thread; k < l->pieces; k += (size_t)l->m->threads) {
		const size_t from = k * PIECE_ROWS, to = from + PIECE_ROWS < n ? from + PIECE_ROWS : n;
		l->each(l, from, to, l->sum + k * (l->m->p + 1));
	}
}

/* Sums over all rows. */
static void over_rows(double *out, struct loading *l, void (*each)(struct loading *, size_t, size_t, double *))
{
	const size_t p = l->m->p;
	memset(l->sum, 0, l->pieces * (p + 1) * sizeof *l->sum);
	memset(out, 0, (p + 1) * sizeof *out);
	l->each = each;
	par_each(l->m->threads, some_pieces, l);
	for (size_t k = 0; k < l->pieces; k++)
		for (size_t j = 0; j <= p; j++)
			out[j] += l->sum[k * (p + 1) + j];
}

static void load_values(struct cox *m)
{
	double sum[COX_MAX + 1];
	struct loading l = { .m = m, .place = xreallocarray(NULL, m->d.n + 1, sizeof *l.place), .pieces = (m->d.n + PIECE_ROWS - 1) / PIECE_ROWS };
	l.sum = xreallocarray(NULL, l.pieces * (m->p + 1) + 1, sizeof *l.sum);
	if (m->n < m->d.n)
		for (size_t i = 0; i < m->d.n; i++)
			l.place[i] = NOWHERE;
	for (size_t i = 0; i < m->n; i++)
		l.place[m->row[i]] = (uint32_t)i;
	over_rows(sum, &l, sum_values);
	const double weight = sum[m->p];
	for (size_t j = 0; j < m->p; j++)
		m->mean[j] = weight > 0 ? sum[j] / weight : 0;
	over_rows(sum, &l, sum_distances);
	for (size_t j = 0; j < m->p; j++) {
		int e = 0;
		frexp(sum[j] > 0 ? sum[j] / weight : 0.5, &e);
		m->scale[j] = ldexp(1, e);
	}
	over_rows(m->deaths_x, &l, put_values);
	free(l.place);
	free(l.sum);
}

void cox_unload(struct cox *m)
{
	free(m->x);
	m->x = NULL;
	m->nloaded = SIZE_MAX;
	m->has_null = false;
	free(m->steady);
	m->steady = NULL;
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
	load_values(m);
}
