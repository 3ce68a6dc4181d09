/* BG/NBD, MBG/NBD and MBG/CNBD-k: purchases while alive are a Poisson process (every k-th
 * event of one) whose rate is gamma(r, alpha) over customers; after each purchase a
 * customer leaves for good with a chance that is beta(a, b) over customers.
 *
 * Sources. Fader, Hardie & Lee (2005, eq. 6); Batislam, Denizel & Filiztekin (2007): the
 * first purchase, too, may be the last; Platzer & Reutterer (2016): Erlang-k gaps.
 *
 * Formula. With n = r + k x, s = x (BG) or x + 1 (MBG), rho = (T - t_x) / (alpha + T),
 *     log L = sum_{i<kx} log(r+i) + r log alpha - n log(alpha+T)
 *             + sum_{i<s} log((b+i) / (a+b+i)) + log(Q + e^D),
 *     Q = sum_{j<k} (n)_j / j! rho^j        (no purchase since t_x, and alive; 1 for k = 1)
 *     D = log(a / (b+s-1)) + n log((alpha+T) / (alpha+t_x))       (left at t_x; only s > 0).
 * The sums over i come from running sums over the distinct x: no special function. The
 * derivatives are exact; e^D is scaled so that neither term overflows.
 *
 * Range. All parameters from 1e-8 to 1e10, x to 2^32, checked against mpmath.
 */
#include <math.h>
#include "btyd.h"

struct tails_sum { /* what the last logarithm adds, in r, alpha, a, b */
	double value, g[4], h[16];
};

/* Q and its derivatives in r and alpha. */
struct survival {
	double q, r, a, rr, ra, aa;
};

static struct survival survive(int k, double n, double alpha, double tx, double T)
{
	struct survival s = { .q = 1 };
	const double inv = 1 / (alpha + T), rho = (T - tx) * inv;
	double term = 1, h1 = 0, h2 = 0;
	for (int j = 1; j < k; j++) {
		const double at = 1 / (n + j - 1), slope = -j * inv;
		term *= (n + j - 1) / j * rho;
		h1 += at;
		h2 += at * at;
		s.q += term;
		s.r += term * h1;
		s.a += term * slope;
		s.rr += term * (h1 * h1 - h2);
		s.ra += term * h1 * slope;
		s.aa += term * j * (j + 1) * inv * inv;
	}
	return s;
}

double bg_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T)
{
	const double r = m->p[0], alpha = m->p[1], a = m->p[2], b = m->p[3], n = r + (double)m->k * x;
	const double s = x + (m->kind == BTYD_BGNBD ? 0.0 : 1.0);
	if (s == 0)
		return -INFINITY;
	return log(a / (b + s - 1)) + n * log1p((T - tx) / (alpha + tx)) - log(survive(m->k, n, alpha, tx, T).q);
}

void bg_natural(const struct btyd_model *m, const struct btyd_cells *c, double *value, double *g, double *h)
{
	const double r = m->p[0], alpha = m->p[1], a = m->p[2], b = m->p[3], k = m->k;
	const int more = m->kind == BTYD_BGNBD ? 0 : 1;
	const double log_a = log(a), log_alpha = log(alpha);
	double sum = 0, weight = 0, gr = 0, ga = 0, gp = 0, gb = 0;
	double hrr = 0, hra = 0, haa = 0, hrp = 0, hrb = 0, hap = 0, hab = 0, hpp = 0, hpb = 0, hbb = 0;
	for (size_t i = 0; i < c->n; i++) {
		const double w = c->w[i], n = r + k * c->x[i], tx = c->tx[i], T = c->T[i];
		const double at = 1 / (alpha + T), ax = 1 / (alpha + tx), log_t = log(alpha + T);
		const double s1 = (double)c->x[i] + more - 1;
		weight += w;
		/* r log alpha - n log(alpha+T) */
		sum -= w * n * log_t;
		gr -= w * log_t;
		ga -= w * n * at;
		hra -= w * at;
		haa += w * n * at * at;
		if (s1 < 0)
			continue;
		const double l = log_t - log(alpha + tx), bs = 1 / (b + s1);
		const double d = log_a + log(bs) + n * l;
		const struct survival q = survive(m->k, n, alpha, tx, T);
		/* log(Q + e^D) = top + log(Q e^-top + e^(D-top)) */
		const double top = d > 0 ? d : 0, eq = d > 0 ? exp(-d) : 1, ed = d > 0 ? 1 : exp(d);
		const double whole = q.q * eq + ed, f = ed / whole, u = eq / whole;
		const double da = n * (at - ax), daa = n * (ax * ax - at * at), dra = at - ax;
		const double mr = u * q.r + f * l, ma = u * q.a + f * da, mp = f / a, mb = -f * bs;
		sum += w * (top + log(whole));
		gr += w * mr;
		ga += w * ma;
		gp += w * mp;
		gb += w * mb;
		hrr += w * (u * q.rr + f * l * l - mr * mr);
		hra += w * (u * q.ra + f * (l * da + dra) - mr * ma);
		haa += w * (u * q.aa + f * (da * da + daa) - ma * ma);
		hrp += w * (f * l / a - mr * mp);
		hrb += w * (-f * l * bs - mr * mb);
		hap += w * (f * da / a - ma * mp);
		hab += w * (-f * da * bs - ma * mb);
		hpp -= w * mp * mp;
		hpb += w * (-f * bs / a - mp * mb);
		hbb += w * (f * 2 * bs * bs - mb * mb);
	}
	const struct rising er = rising_cells(c, r, m->k, 0), eb = rising_cells(c, b, 1, more), eab = rising_cells(c, a + b, 1, more);
	*value = sum + weight * r * log_alpha + er.log + eb.log - eab.log;
	g[0] = gr + weight * log_alpha + er.inv;
	g[1] = ga + weight * r / alpha;
	g[2] = gp - eab.inv;
	g[3] = gb + eb.inv - eab.inv;
	h[0] = hrr - er.inv2;
	h[1] = hra + weight / alpha;
	h[2] = hrp;
	h[3] = hrb;
	h[5] = haa - weight * r / (alpha * alpha);
	h[6] = hap;
	h[7] = hab;
	h[10] = hpp + eab.inv2;
	h[11] = hpb + eab.inv2;
	h[15] = hbb - eb.inv2 + eab.inv2;
}
