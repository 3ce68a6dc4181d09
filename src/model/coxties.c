/* Cox's model: sums over the deaths of a tied time, k = 0 .. d-1, of what Efron divides by,
 * phi_k = S0 - k/d D0 (coxpass.c).
 *
 * With many deaths of far more at risk the d divisions are a power series in c = D0 / S0:
 *
 *     sum_k (k/d)^j / phi_k^m = S0^-m sum_r C(m - 1 + r, r) c^r P_{r+j},   P_q = sum_k (k/d)^q
 *     sum_k log phi_k = d log S0 - sum_{r>0} c^r P_r / r
 *
 * All terms have one sign, so that no digit is lost; with c <= 1/16 what is left out is below
 * 1e-16 of the sum. The P_q depend on d alone and are found once (Euler & Maclaurin, with the
 * Bernoulli numbers up to B12; from 32 deaths on what is left out is below 1e-16 of them).
 */
#include <math.h>
#include <stdlib.h>
#include "cox.h"

enum { DEATHS_MIN = 32, TERMS = 15, POWERS = TERMS + 2 };
#define SHARE_MAX (1.0 / 16)

static double power_sum(double d, int q)
{
	/* B_2m / (2m)! */
	static const double b[] = { 1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000.0 };
	double sum = d / (q + 1) - (q ? 0.5 : 0), fall = q / d;
	for (int m = 0; m < 6 && q > 2 * m + 1; m++) {
		sum += b[m] * fall;
		fall *= (q - 2 * m - 1) * (q - 2 * m - 2) / (d * d);
	}
	return sum;
}

void cox_powers(struct cox *m)
{
	size_t n = 0;
	for (size_t g = 0; g < m->ngroup; g++)
		n += m->group[g].deaths >= DEATHS_MIN;
	m->power = xreallocarray(NULL, n * POWERS + 1, sizeof *m->power);
	double *to = m->power;
	for (size_t g = 0; g < m->ngroup; g++) {
		struct cox_group *v = &m->group[g];
		if (v->deaths < DEATHS_MIN)
			continue;
		v->power = to;
		for (int q = 0; q < POWERS; q++)
			*to++ = power_sum(v->deaths, q);
	}
}

static struct cox_tie series(const struct cox_group *g, double s0, double c)
{
	struct cox_tie t = { 0 };
	double term = 1; /* c^r */
	for (int r = 0; r < TERMS && term > 1e-19; r++, term *= c) {
		const double *p = g->power + r, twice = (r + 1) * term;
		t.log -= r ? term * p[0] / r : 0;
		t.e1 += term * p[0];
		t.e2 += term * p[1];
		t.f0 += twice * p[0];
		t.f1 += twice * p[1];
		t.f2 += twice * p[2];
	}
	const double m = g->weight / g->deaths, m1 = m / s0, m2 = m1 / s0;
	return (struct cox_tie){ m * t.log + g->weight * log(s0), m1 * t.e1, m1 * t.e2, m2 * t.f0, m2 * t.f1, m2 * t.f2 };
}

struct cox_tie cox_tie(const struct cox_group *g, double s0, double d0, enum cox_ties ties)
{
	struct cox_tie t = { 0 };
	if (ties == COX_BRESLOW || g->deaths == 1) {
		t.log = g->weight * log(s0);
		t.e1 = g->weight / s0;
		t.f0 = t.e1 / s0;
		return t;
	}
	if (g->power && d0 <= SHARE_MAX * s0)
		return series(g, s0, d0 / s0);
	const double d = g->deaths, m = g->weight / d;
	double product = 1;
	for (uint32_t k = 0; k < g->deaths; k++) {
		const double share = k / d, inv = 1 / (s0 - share * d0), inv2 = inv * inv;
		product *= inv;
		if (product < 1e-250 || product > 1e250) {
			t.log -= log(product);
			product = 1;
		}
		t.e1 += inv;
		t.e2 += share * inv;
		t.f0 += inv2;
		t.f1 += share * inv2;
		t.f2 += share * share * inv2;
	}
	t.log = m * (t.log - log(product));
	t.e1 *= m;
	t.e2 *= m;
	t.f0 *= m;
	t.f1 *= m;
	t.f2 *= m;
	return t;
}
