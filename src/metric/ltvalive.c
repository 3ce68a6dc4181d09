/* Chances to be still buying, by cell, and work on cells by several threads: each block is
 * worked on alone and writes to places of its own, so the answer does not depend on how many
 * there are.
 */
#include "ltv_impl.h"
#include "wend/par.h"

enum { BLOCK = 1024, THREADS_MOST = 64 };

struct blocks {
	size_t n, block, next;
	ltv_block_fn *f;
	void *ctx;
};

static void work(void *ctx, int thread)
{
	struct blocks *b = ctx;
	(void)thread;
	for (size_t from; (from = __atomic_fetch_add(&b->next, b->block, __ATOMIC_RELAXED)) < b->n;)
		b->f(b->ctx, from, b->n - from < b->block ? b->n : from + b->block);
}

void ltv_blocks(int threads, size_t n, size_t block, ltv_block_fn *f, void *ctx)
{
	struct blocks b = { n, block, 0, f, ctx };
	const size_t most = (n + block - 1) / block < THREADS_MOST ? (n + block - 1) / block : THREADS_MOST;
	par_each(threads < 1 ? 1 : (size_t)threads < most ? threads : (int)most, work, &b);
}

struct alive {
	const struct ltv_cells *c;
	const struct btyd_model *m;
	double *out, *slope;
};

static void some(void *ctx, size_t from, size_t to)
{
	const struct alive *a = ctx;
	const struct ltv_cells *c = a->c;
	for (size_t i = from; i < to; i++)
		if (a->slope)
			btyd_alive_slopes(a->m, c->x[i], c->tx[i], c->T[i], a->slope + i * BTYD_PARAMS);
		else
			a->out[i] = btyd_alive(a->m, c->x[i], c->tx[i], c->T[i]);
}

double *ltv_alive(const struct ltv_cells *c, const struct btyd_model *m)
{
	struct alive a = { c, m, xreallocarray(NULL, c->n + 1, sizeof *a.out), NULL };
	ltv_blocks(c->threads, c->n, BLOCK, some, &a);
	return a.out;
}

double *ltv_alive_slopes(const struct ltv_cells *c, const struct btyd_model *m)
{
	struct alive a = { c, m, NULL, xreallocarray(NULL, c->n + 1, BTYD_PARAMS * sizeof *a.slope) };
	ltv_blocks(c->threads, c->n, BLOCK, some, &a);
	return a.slope;
}
