/* Customers out of the models themselves: a simulator that shares nothing with src/model.
 * Equal seeds give equal customers. */
#ifndef BUYERS_H
#define BUYERS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include "wend/model.h"

struct dice {
	uint64_t s; /* splitmix64 */
};

static inline uint64_t dice_bits(struct dice *d)
{
	uint64_t z = d->s += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* In (0, 1). */
static inline double dice_uniform(struct dice *d)
{
	return ((double)(dice_bits(d) >> 12) + 0.5) * 0x1p-52;
}

static inline double dice_between(struct dice *d, double lo, double hi)
{
	return lo + (hi - lo) * dice_uniform(d);
}

static inline double dice_log_between(struct dice *d, double lo, double hi)
{
	return exp(dice_between(d, log(lo), log(hi)));
}

static inline double dice_exponential(struct dice *d)
{
	return -log(dice_uniform(d));
}

static inline double dice_normal(struct dice *d)
{
	for (;;) {
		const double u = 2 * dice_uniform(d) - 1, v = 2 * dice_uniform(d) - 1, s = u * u + v * v;
		if (s < 1)
			return u * sqrt(-2 * log(s) / s);
	}
}

/* Logarithm of gamma(shape, 1): Marsaglia & Tsang (2000); small shapes by log U / shape. */
static inline double dice_log_gamma(struct dice *d, double shape)
{
	if (shape < 1)
		return dice_log_gamma(d, shape + 1) + log(dice_uniform(d)) / shape;
	const double k = shape - 1.0 / 3, c = 1 / sqrt(9 * k);
	for (;;) {
		const double z = dice_normal(d), v = 1 + c * z;
		if (v > 0 && log(dice_uniform(d)) < z * z / 2 + k - k * v * v * v + k * log(v * v * v))
			return log(k * v * v * v);
	}
}

/* log of p / (1-p), p beta(a, b). */
static inline double dice_logit_beta(struct dice *d, double a, double b)
{
	const double u = dice_log_gamma(d, a);
	return u - dice_log_gamma(d, b);
}

struct buyer {
	uint32_t x;
	double tx, T;
};
enum { BUYS_MOST = 20000 }; /* a customer who buys more often is cut off there */

/* One customer watched for T; with `day` a purchase counts on its day, once. */
static inline struct buyer buyer_draw(struct dice *d, const struct btyd_model *m, double T, double day)
{
	const double rate = exp(dice_log_gamma(d, m->p[0])) / m->p[1];
	struct buyer c = { 0, 0, T };
	double at = 0, dies = INFINITY, leave = 0;
	if (m->kind == BTYD_PNBD)
		dies = dice_exponential(d) / (exp(dice_log_gamma(d, m->p[2])) / m->p[3]);
	else
		leave = 1 / (1 + exp(-dice_logit_beta(d, m->p[2], m->p[3])));
	bool there = m->kind == BTYD_BGNBD || m->kind == BTYD_PNBD || dice_uniform(d) >= leave;
	for (long steps = 0; there && steps < BUYS_MOST; steps++) {
		for (int i = 0; i < m->k; i++)
			at += dice_exponential(d) / rate;
		if (!(at <= T) || at > dies)
			break;
		const double when = day > 0 ? floor(at / day) * day : at;
		c.x += when > c.tx;
		c.tx = when;
		there = m->kind == BTYD_PNBD || dice_uniform(d) >= leave;
	}
	return c;
}

static int buyer_order(const void *a, const void *b)
{
	const struct buyer *u = a, *v = b;
	if (u->x != v->x)
		return u->x < v->x ? -1 : 1;
	if (u->T < v->T || u->T > v->T)
		return u->T < v->T ? -1 : 1;
	return (u->tx > v->tx) - (u->tx < v->tx);
}

/* Cells of n buyers (sorted in place) in columns of at least n. */
struct columns {
	uint32_t *x;
	double *tx, *T, *w;
};

static inline struct columns columns_new(size_t n)
{
	return (struct columns){ malloc(n * sizeof(uint32_t)), malloc(n * sizeof(double)), malloc(n * sizeof(double)), malloc(n * sizeof(double)) };
}

static inline void columns_free(struct columns *c)
{
	free(c->x);
	free(c->tx);
	free(c->T);
	free(c->w);
}

static inline struct btyd_cells buyers_cells(struct columns *to, struct buyer *c, size_t n)
{
	struct btyd_cells out = { 0, to->x, to->tx, to->T, to->w, 1 };
	qsort(c, n, sizeof *c, buyer_order);
	for (size_t i = 0; i < n; i++) {
		if (i && buyer_order(c + i - 1, c + i) == 0) {
			to->w[out.n - 1]++;
			continue;
		}
		to->x[out.n] = c[i].x;
		to->tx[out.n] = c[i].tx;
		to->T[out.n] = c[i].T;
		to->w[out.n++] = 1;
	}
	return out;
}

/* n customers won over `window` units and watched until `span` units after its beginning. */
static inline struct btyd_cells buyers_simulate(struct columns *to, struct buyer *room, struct dice *d, const struct btyd_model *m, size_t n, double window, double span, double day)
{
	for (size_t i = 0; i < n; i++) {
		const double T = span - window * dice_uniform(d);
		room[i] = buyer_draw(d, m, day > 0 ? floor(T / day) * day : T, day);
	}
	return buyers_cells(to, room, n);
}

#endif
