/* exp of many numbers, two at a time.
 *
 *     x = k log 2 + r, |r| <= log(2) / 2;  exp x = 2^k (1 + r + r^2/2! + ... + r^13/13!)
 *
 * k log 2 is taken off in two pieces of which the first times k is exact (Cody & Waite 1980); what
 * the series leaves out is below r^14/14! = 4e-18. Beyond +-700 and for what is no number the
 * library's exp answers. Within 2 units of the last place of the exact value, seen to be within
 * 1.1 (tests/unit/num_exp.c).
 */
#include <math.h>
#include <string.h>
#include "wend/num.h"

typedef double two __attribute__((vector_size(16)));
typedef uint64_t two_bits __attribute__((vector_size(16)));

#define BOTH(x) ((two){ (x), (x) })
/* Added to a number below 2^51 and taken off again, it rounds it to a whole one, whose bits
 * stand at the end meanwhile. */
#define ROUNDER 0x1.8p52

static inline two exp_two(two x)
{
	const two t = x * BOTH(0x1.71547652b82fep+0) + BOTH(ROUNDER), k = t - BOTH(ROUNDER);
	const two r = (x - k * BOTH(0x1.62e42fee00000p-1)) - k * BOTH(0x1.a39ef35793c76p-33);
	const two r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
	/* by twos, fours, eights, so that nothing waits for what stands before it */
	const two p2 = BOTH(1.0 / 2) + r * BOTH(1.0 / 6), p4 = BOTH(1.0 / 24) + r * BOTH(1.0 / 120), p6 = BOTH(1.0 / 720) + r * BOTH(1.0 / 5040);
	const two p8 = BOTH(1.0 / 40320) + r * BOTH(1.0 / 362880), p10 = BOTH(1.0 / 3628800) + r * BOTH(1.0 / 39916800);
	const two p12 = BOTH(1.0 / 479001600) + r * BOTH(1.0 / 6227020800);
	const two rest = (r2 * p2 + r4 * (p4 + r2 * p6)) + r8 * (p8 + r2 * p10 + r4 * p12);
	const two e = BOTH(1.0) + (r + rest);
	/* 2^k goes to the exponent */
	return (two)((two_bits)e + ((two_bits)t << 52));
}

static bool far_off(const double *v, size_t n)
{
	bool far = false;
	for (size_t i = 0; i < n; i++)
		far |= !(fabs(v[i]) <= 700);
	return far;
}

static void four(double v[4])
{
	const two a = exp_two((two){ v[0], v[1] }), b = exp_two((two){ v[2], v[3] });
	if (!far_off(v, 4)) {
		memcpy(v, &a, sizeof a);
		memcpy(v + 2, &b, sizeof b);
		return;
	}
	for (int k = 0; k < 4; k++)
		v[k] = fabs(v[k]) <= 700 ? k < 2 ? a[k] : b[k - 2] : exp(v[k]);
}

void exp_each(double *v, size_t n)
{
	size_t i = 0;
	for (; i + 4 <= n; i += 4)
		four(v + i);
	if (i < n) {
		double rest[4] = { 0 };
		memcpy(rest, v + i, (n - i) * sizeof *v);
		four(rest);
		memcpy(v + i, rest, (n - i) * sizeof *v);
	}
}
