/* room: model (internal)
 * Exponential and logarithm of two doubles at a time, without branches or tables, in the
 * vector types that gcc and clang share. Errors below two units of the last place.
 */
#ifndef WEND_PAIRS_H
#define WEND_PAIRS_H

#include <stdint.h>

typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_bits __attribute__((vector_size(16)));

static inline pair pair_of(double both)
{
	return (pair){ both, both };
}

/* 2^k (1 + m) with m = e^r - 1, |r| <= ln 2 / 2: x = k ln 2 + r. For -700 < x < 700. */
static inline pair pair_split(pair x, pair *scale)
{
	const pair shift = pair_of(0x1.8p52), t = x * 0x1.71547652b82fep0 + shift, k = t - shift;
	const pair r = x - k * 0x1.62e42fefa3800p-1 - k * 0x1.ef35793c76730p-45;
	pair m = pair_of(1.0 / 6227020800);
	*scale = (pair)(((pair_bits)t + 1023) << 52);
	m = m * r + 1.0 / 479001600;
	m = m * r + 1.0 / 39916800;
	m = m * r + 1.0 / 3628800;
	m = m * r + 1.0 / 362880;
	m = m * r + 1.0 / 40320;
	m = m * r + 1.0 / 5040;
	m = m * r + 1.0 / 720;
	m = m * r + 1.0 / 120;
	m = m * r + 1.0 / 24;
	m = m * r + 1.0 / 6;
	m = m * r + 0.5;
	return r + r * r * m;
}

/* What is below -700 counts as -700. */
static inline pair pair_exp(pair x)
{
	pair scale;
	const pair_bits low = x < -700.0;
	x = (pair)(((pair_bits)x & ~low) | ((pair_bits)pair_of(-700) & low));
	const pair m = pair_split(x, &scale);
	return scale + scale * m;
}

static inline pair pair_expm1(pair x)
{
	pair scale;
	const pair m = pair_split(x, &scale);
	return scale * m + (scale - 1.0);
}

/* log(1 + z), z >= 0: fdlibm's polynomial in s = f / (2 + f). */
static inline pair pair_log1p(pair z)
{
	const pair u = 1.0 + z, b = u - 1.0, lost = (1.0 - (u - b)) + (z - b);
	const pair_bits bits = (pair_bits)u, e = (bits - 0x3fe6a09e667f3bcd) >> 52;
	const pair one_e = (pair)((1023 - e) << 52), k = (pair)(e + 0x4330000000000000) - 0x1p52;
	const pair f = (pair)(bits - (e << 52)) - 1.0 + lost * one_e;
	const pair s = f / (2.0 + f), q = s * s, half = 0.5 * f * f;
	pair p = pair_of(1.479819860511658591e-01);
	p = p * q + 1.531383769920937332e-01;
	p = p * q + 1.818357216161805012e-01;
	p = p * q + 2.222219843214978396e-01;
	p = p * q + 2.857142874366239149e-01;
	p = p * q + 3.999999999940941908e-01;
	p = p * q + 6.666666666666735130e-01;
	return k * 0x1.62e42fee00000p-1 - ((half - (s * (half + q * p) + k * 0x1.a39ef35793c76p-33)) - f);
}

#endif
