#include "simrng.h"

#include <math.h>
#include <stddef.h>

static const uint64_t GOLDEN = 0x9e3779b97f4a7c15u;

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

double rng_once(uint64_t seed, uint64_t who, uint64_t subject)
{
	uint64_t x = mix(mix(mix(seed + GOLDEN) + GOLDEN * (who + 1)) + GOLDEN * (subject + 1));
	return ((double)(mix(x + GOLDEN) >> 12) + 0.5) * 0x1p-52;
}

void rng_init(struct rng *r, uint64_t seed, uint64_t who, uint64_t subject)
{
	uint64_t x = mix(mix(mix(seed + GOLDEN) + GOLDEN * (who + 1)) + GOLDEN * (subject + 1));
	for (int i = 0; i < 4; i++) {
		x += GOLDEN;
		r->s[i] = mix(x);
	}
}

/* The logarithm: the mantissa between the roots of 1/2 and 2, and there the series of the
 * area tangent; the exponential: a whole number of halvings, and the series. Within a few
 * units in the last place, and to the bit the same on every machine, which the functions
 * of the C library are not. */
static double own_log(double x)
{
	int e;
	double m = frexp(x, &e);
	if (m < 0.70710678118654752) {
		m *= 2;
		e--;
	}
	static const double odd[] = { 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1 };
	double s = (m - 1) / (m + 1), q = s * s, sum = 0;
	for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++)
		sum = sum * q + odd[k];
	return 2 * s * sum + e * 0.69314718055994531;
}

static double own_exp(double x)
{
	double n = floor(x / 0.69314718055994531 + 0.5), r = x - n * 0.69314718055994531, sum = 1;
	for (int k = 14; k >= 1; k--)
		sum = 1 + sum * r / k;
	return n < -1000 ? 0 : ldexp(sum, (int)n);
}

double rng_exponential(struct rng *r)
{
	return -own_log(rng_unit(r));
}

double rng_normal(struct rng *r)
{
	double u, v, q;
	do {
		u = 2 * rng_unit(r) - 1;
		v = 2 * rng_unit(r) - 1;
		q = u * u + v * v;
	} while (q >= 1 || q == 0);
	return u * sqrt(-2 * own_log(q) / q);
}

double rng_gamma(struct rng *r, double shape, double scale)
{
	/* A shape below one is drawn above one and taken back by a uniform power. */
	if (shape < 1)
		return rng_gamma(r, shape + 1, scale) * own_exp(own_log(rng_unit(r)) / shape);
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
	for (;;) {
		double x = rng_normal(r), v = 1 + c * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		double u = rng_unit(r);
		if (u < 1 - 0.0331 * x * x * x * x || own_log(u) < 0.5 * x * x + d * (1 - v + own_log(v)))
			return d * v * scale;
	}
}

unsigned rng_poisson(struct rng *r, double mean)
{
	unsigned n = 0;
	/* A sum of Poisson numbers is one of the sum of means: pieces keep exp() away from 0. */
	while (mean > 0) {
		double piece = mean > 16 ? 16 : mean, floor_ = own_exp(-piece), product = rng_unit(r);
		for (; product > floor_; product *= rng_unit(r))
			n++;
		mean -= piece;
	}
	return n;
}
