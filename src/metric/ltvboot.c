/* Bootstrap of customers (Efron 1979): the chosen purchase model and the model of spending
 * fitted again to customers drawn with replacement, --bootstrap times.
 *
 * A draw of n customers gives each a number of times that is Poisson(1) but for the total, which
 * is left free (Hanley & MacGibbon 2006); a cell of w customers then weighs Poisson(w), so that a
 * replicate is a reweighting of cells and starts at the parameters found. Purchases and spending
 * are drawn apart, as the models take them to be independent. Limits are percentiles of what the
 * replicates say; those of sums of what will come have each replicate's sum moved by chance, too
 * (value.c).
 *
 * Weights hang on --seed, the replicate and the place of the cell in its order alone: the same
 * for any number of threads, and however the data came in.
 */
#include "ltv_impl.h"
#include "wend/par.h"

#include <math.h>

enum { CHUNK = 32 };

/* splitmix64 */
static uint64_t next_bits(uint64_t *s)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static double next_uniform(uint64_t *s)
{
	return ((double)(next_bits(s) >> 12) + 0.5) * 0x1p-52;
}

/* By inversion; a large mean in pieces, whose sum has the same distribution. */
static double poisson(uint64_t *s, double mean)
{
	double n = 0;
	for (; mean > 0; mean -= CHUNK) {
		const double m = mean < CHUNK ? mean : CHUNK;
		double u = next_uniform(s), p = exp(-m);
		for (int k = 1; u > p && k < 8 * CHUNK; k++) {
			u -= p;
			p *= m / k;
			n++;
		}
	}
	return n;
}

/* Weights of 0 would only cost time: the cells that are left, in order. */
struct drawn {
	uint32_t *x, *spend_x;
	double *tx, *T, *w, *total, *spend_w;
};

static struct btyd_cells draw_cells(struct drawn *d, const struct ltv_cells *c, uint64_t *seed)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		const double w = poisson(seed, c->w[i]);
		if (!(w > 0))
			continue;
		d->x[n] = c->x[i];
		d->tx[n] = c->tx[i];
		d->T[n] = c->T[i];
		d->w[n++] = w;
	}
	return (struct btyd_cells){ n, d->x, d->tx, d->T, d->w, 1 };
}

static struct spend_cells draw_spend(struct drawn *d, const struct ltv_cells *c, uint64_t *seed)
{
	size_t n = 0;
	for (size_t i = 0; i < c->nspend; i++) {
		const double w = poisson(seed, c->spend_w[i]);
		if (!(w > 0))
			continue;
		d->spend_x[n] = c->spend_x[i];
		d->total[n] = c->spend_total[i];
		d->spend_w[n++] = w;
	}
	return (struct spend_cells){ n, d->spend_x, d->total, d->spend_w };
}

struct work {
	struct ltv_boot *b;
	const struct ltv_cells *c;
	const struct ltv_fit *f;
	uint64_t seed;
	int threads;
};

static void some(void *ctx, int thread)
{
	const struct work *k = ctx;
	const struct ltv_cells *c = k->c;
	const struct btyd_model *at = &k->f->v[k->f->chosen].fit.model;
	struct drawn d = {
		.x = xreallocarray(NULL, c->n + 1, sizeof *d.x), .tx = xreallocarray(NULL, c->n + 1, sizeof *d.tx), .T = xreallocarray(NULL, c->n + 1, sizeof *d.T),
		.w = xreallocarray(NULL, c->n + 1, sizeof *d.w), .spend_x = xreallocarray(NULL, c->nspend + 1, sizeof *d.spend_x),
		.total = xreallocarray(NULL, c->nspend + 1, sizeof *d.total), .spend_w = xreallocarray(NULL, c->nspend + 1, sizeof *d.spend_w),
	};
	for (int r = thread; r < k->b->n; r += k->threads) {
		uint64_t s = k->seed + (uint64_t)(r + 1) * 0xd1342543de82ef95u;
		struct btyd_fit fit;
		struct spend_fit spend = { .reason = "" };
		const struct btyd_cells cells = draw_cells(&d, c, &s);
		btyd_fit(&fit, at->kind, at->k, &cells, at);
		if (!k->f->spend.reason) {
			const struct spend_cells money = draw_spend(&d, c, &s);
			spend_fit(&spend, &money, &k->f->spend.model);
		}
		k->b->v[r] = (struct ltv_replicate){ fit.model, spend.model, norm_quantile(next_uniform(&s)), norm_quantile(next_uniform(&s)), !fit.reason, !spend.reason };
	}
	free(d.x);
	free(d.tx);
	free(d.T);
	free(d.w);
	free(d.spend_x);
	free(d.total);
	free(d.spend_w);
}

void ltv_boot_run(struct ltv_boot *b, const struct ltv_cells *c, const struct ltv_fit *f, int n, uint64_t seed, int threads)
{
	struct work k = { b, c, f, seed, threads < 1 ? 1 : threads > n ? n : threads };
	*b = (struct ltv_boot){ .n = n, .v = xcalloc((size_t)n + 1, sizeof *b->v) };
	par_each(k.threads, some, &k);
	for (int r = 0; r < n; r++)
		b->ended += b->v[r].purchases;
}

void ltv_boot_release(struct ltv_boot *b)
{
	free(b->v);
	*b = (struct ltv_boot){ .n = 0 };
}

struct interval ltv_boot_limits(double *v, size_t n)
{
	size_t known = 0;
	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i]))
			v[known++] = v[i];
	/* Too many replicates without an end are no picture of the whole. */
	if (known < 20 || (double)known < 0.9 * (double)n)
		return (struct interval){ NAN, NAN };
	return percentile_interval(v, known, ALPHA);
}
