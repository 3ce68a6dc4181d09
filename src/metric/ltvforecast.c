/* What one model expects of each customer over a time ahead, and the limits of sums over
 * customers that are still to be seen.
 *
 * The purchases Y of a customer in (T, T + t] have mean E[Y] and variance
 * E[Y(Y-1)] + E[Y] - E[Y]^2. If alive all depends on x and T alone (k = 1): it is computed once
 * for each pair, of the cell with the greatest chance to be alive, and multiplied by that of
 * the others.
 *
 * Limits of a sum over customers add two variances: chance, summed over customers, who buy
 * independently of each other; and that of the parameters, g' C g with g the slope of the
 * expectation by their logarithms (central differences) and C their covariance. What comes is
 * taken for gamma with that mean and variance, which cannot be negative; a number of
 * customers, which has an end, for normal within its ends. What is seen is whole, so limits are,
 * the nearest whole numbers: the distribution of k lies around k - 1/2 to k + 1/2 of theirs
 * (continuity correction).
 */
#include "validate_impl.h"

#include <math.h>

struct btyd_model ltv_moved(const struct btyd_model *m, int side)
{
	struct btyd_model moved = *m;
	moved.p[side / 2] *= exp(side % 2 ? LTV_STEP : -LTV_STEP);
	return moved;
}

/* The cells from `from` on that differ in t_x and with it the chance to be alive alone, and
 * which of them is alive with the greatest chance. */
static size_t alike(const struct ltv_cells *c, const struct btyd_model *m, const double *alive, size_t from, size_t *best)
{
	size_t to = from + 1;
	*best = from;
	for (; to < c->n && m->k == 1 && c->x[to] == c->x[from] && c->T[to] == c->T[from]; to++)
		*best = alive[to] > alive[*best] ? to : *best;
	return to;
}

static void fill_buys(double *buys, const double *alive, const struct ltv_cells *c, const struct btyd_model *m, double ahead)
{
	for (size_t i = 0, best, to; i < c->n; i = to) {
		to = alike(c, m, alive, i, &best);
		const double some = 1 - btyd_pmf(m, c->x[best], c->tx[best], c->T[best], ahead, 0);
		for (size_t k = i; k < to; k++)
			buys[k] = alive[best] > 0 ? fmin(fmax(alive[k] / alive[best] * some, 0), 1) : 0;
	}
}

static void fill_pairs(struct ltv_future *f, const struct ltv_cells *c, const struct btyd_model *m, double ahead)
{
	for (size_t i = 0, best, to; i < c->n; i = to) {
		to = alike(c, m, f->alive, i, &best);
		const double mean = f->mean[best], pairs = btyd_variance(m, c->x[best], c->tx[best], c->T[best], ahead) - mean + mean * mean;
		for (size_t k = i; k < to; k++)
			f->pairs[k] = f->alive[best] > 0 ? fmax(f->alive[k] / f->alive[best] * pairs, 0) : 0;
	}
}

static double *buys_of(const struct ltv_cells *c, const struct btyd_model *m, const double *alive, double ahead)
{
	double *buys = xreallocarray(NULL, c->n + 1, sizeof *buys), *own = alive ? NULL : ltv_alive(c, m);
	fill_buys(buys, alive ? alive : own, c, m, ahead);
	free(own);
	return buys;
}

static double *means_of(const struct ltv_cells *c, const struct btyd_model *m, double ahead)
{
	double *mean = ltv_alive(c, m);
	for (size_t i = 0, best, to; i < c->n; i = to) {
		to = alike(c, m, mean, i, &best);
		const double alive = mean[best], one = btyd_expect(m, c->x[best], c->tx[best], c->T[best], ahead);
		for (size_t k = i; k < to; k++)
			mean[k] = alive > 0 ? mean[k] / alive * one : 0;
	}
	return mean;
}

/* (up - down) / (2 step), in `up`'s place. */
static double *slope(double *up, double *down, size_t n)
{
	for (size_t i = 0; i < n; i++)
		up[i] = (up[i] - down[i]) / (2 * LTV_STEP);
	free(down);
	return up;
}

void ltv_future_of(struct ltv_future *f, const struct ltv_cells *c, const struct btyd_model *m, double ahead, bool buys)
{
	*f = (struct ltv_future){ .alive = ltv_alive(c, m), .mean = xreallocarray(NULL, c->n + 1, sizeof(double)), .pairs = xreallocarray(NULL, c->n + 1, sizeof(double)) };
	for (size_t i = 0; i < c->n; i++)
		f->mean[i] = btyd_expect(m, c->x[i], c->tx[i], c->T[i], ahead);
	fill_pairs(f, c, m, ahead);
	if (buys)
		f->buys = buys_of(c, m, f->alive, ahead);
	for (int i = 0; i < BTYD_PARAMS; i++) {
		const struct btyd_model down = ltv_moved(m, 2 * i), up = ltv_moved(m, 2 * i + 1);
		f->d_mean[i] = slope(means_of(c, &up, ahead), means_of(c, &down, ahead), c->n);
		if (buys)
			f->d_buys[i] = slope(buys_of(c, &up, NULL, ahead), buys_of(c, &down, NULL, ahead), c->n);
	}
}

void ltv_future_release(struct ltv_future *f)
{
	free(f->alive);
	free(f->mean);
	free(f->pairs);
	free(f->buys);
	for (int i = 0; i < BTYD_PARAMS; i++) {
		free(f->d_mean[i]);
		free(f->d_buys[i]);
	}
	*f = (struct ltv_future){ 0 };
}

/* ---- sums ---- */

void ltv_sum_purchases(struct ltv_sum *s, const struct ltv_future *f, size_t cell, double customers)
{
	const double mean = f->mean[cell];
	s->mean += customers * mean;
	s->chance += customers * fmax(f->pairs[cell] + mean - mean * mean, 0);
	for (int i = 0; i < BTYD_PARAMS; i++)
		s->slope[i] += customers * f->d_mean[i][cell];
}

void ltv_sum_buyers(struct ltv_sum *s, const struct ltv_future *f, size_t cell, double customers)
{
	const double p = f->buys[cell];
	s->mean += customers * p;
	s->chance += customers * p * (1 - p);
	for (int i = 0; i < BTYD_PARAMS; i++)
		s->slope[i] += customers * f->d_buys[i][cell];
}

struct interval ltv_sum_limits(const struct ltv_sum *s, const double *cov, double most)
{
	const double var = s->chance + (cov ? value_quadratic(s->slope, cov, BTYD_PARAMS) : 0);
	if (isnan(var) || isinf(var))
		return (struct interval){ NAN, NAN };
	if (isfinite(most)) {
		const double half = Z95 * sqrt(var);
		return (struct interval){ round(fmax(s->mean - half, 0)), round(fmin(s->mean + half, most)) };
	}
	if (!(var > 0) || !(s->mean > 0))
		return (struct interval){ s->mean, s->mean };
	const double shape = s->mean * s->mean / var, scale = var / s->mean;
	return (struct interval){ round(gamma_p_inv(shape, ALPHA / 2) * scale), round(gamma_p_inv(shape, 1 - ALPHA / 2) * scale) };
}
