/* BG/NBD, MBG/NBD and MBG/CNBD-k: purchases while alive are a Poisson process (every k-th
 * event of one) whose rate is gamma(r, alpha) over customers; after each purchase a
 * customer leaves for good with a chance that is beta(a, b) over customers.
 *
 * Sources. Fader, Hardie & Lee (2005, eq. 6); Batislam, Denizel & Filiztekin (2007): the
 * first purchase, too, may be the last; Reutterer, Platzer & Schroeder (2021): Erlang-k gaps.
 *
 * Formula. With n = r + k x, s = x (BG) or x + 1 (MBG), rho = (T - t_x) / (alpha + T),
 *     log L = sum_{i<kx} log(r+i) + r log alpha - n log(alpha+T)
 *             + sum_{i<s} log((b+i) / (a+b+i)) + log(Q + e^D),
 *     Q = sum_{j<k} (n)_j / j! rho^j        (no purchase since t_x, and alive; 1 for k = 1)
 *     D = log(a / (b+s-1)) + n log((alpha+T) / (alpha+t_x))       (left at t_x; only s > 0).
 * The sums over i come from running sums over the distinct x: no special function. As
 * computed, r log alpha - n log(alpha+T) is -r log(1 + T/alpha) - k x log(alpha+T), and all
 * derivatives are taken in the logarithms of the parameters, where alpha/(alpha+T) and
 * T/(alpha+T) appear and nothing cancels however large r and alpha are; e^D is scaled so
 * that neither term overflows.
 *
 * Range. Parameters from 1e-6 to 1e9 and x to 5,000: value to 12 digits, derivatives to 11
 * (tests/unit/model_likelihood.c).
 */
#include <math.h>
#include "btyd.h"

/* Q and its derivatives in the logarithms of r and alpha. */
struct survival {
	double q, r, a, rr, ra, aa;
};

static struct survival survive(int k, double r, double n, double alpha, double tx, double T)
{
	struct survival s = { .q = 1 };
	const double inv = 1 / (alpha + T), rho = (T - tx) * inv, e = alpha * inv;
	double term = 1, h1 = 0, h2 = 0;
	for (int j = 1; j < k; j++) {
		const double at = r / (n + j - 1), slope = -j * e;
		term *= (n + j - 1) / j * rho;
		h1 += at;
		h2 += at * at;
		s.q += term;
		s.r += term * h1;
		s.a += term * slope;
		s.rr += term * (h1 * h1 - h2 + h1);
		s.ra += term * h1 * slope;
		s.aa += term * slope * (slope + T * inv);
	}
	return s;
}

double bg_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T, double *g)
{
	const double r = m->p[0], alpha = m->p[1], a = m->p[2], b = m->p[3], n = r + (double)m->k * x;
	const double s = x + (m->kind == BTYD_BGNBD ? 0.0 : 1.0);
	if (s == 0)
		return -INFINITY;
	const double l = log1p((T - tx) / (alpha + tx));
	const struct survival q = survive(m->k, r, n, alpha, tx, T);
	if (g) {
		g[0] = r * l - q.r / q.q;
		g[1] = -n * alpha * (T - tx) / ((alpha + T) * (alpha + tx)) - q.a / q.q;
		g[2] = 1;
		g[3] = -b / (b + s - 1);
	}
	return log(a / (b + s - 1)) + n * l - log(q.q);
}

/* What does not change from cell to cell while x and T stay. */
struct run {
	double x, n, s1, bs, log_ab; /* s - 1, 1 / (b+s-1), log a / (b+s-1) */
	double T, log_t, at, e;      /* log(1 + T/alpha), 1 / (alpha+T), alpha / (alpha+T) */
};

/* The part of every customer: -r log(1+T/alpha) - k x log(alpha+T), derivatives in r, alpha. */
static void add_watched(double *sum, double *g, double *h, const struct run *u, double w, double r, double log_alpha)
{
	const double xi = u->T * u->at, kx = u->n - r;
	*sum -= w * (r * u->log_t + kx * (log_alpha + u->log_t));
	g[0] -= w * r * u->log_t;
	g[1] += w * (r * xi - kx * u->e);
	h[0] -= w * r * u->log_t;
	h[1] += w * r * xi;
	h[5] -= w * u->n * u->e * xi;
}

/* The part of those who may have left: log(Q + e^D). */
static void add_left(double *sum, double *g, double *h, const struct btyd_model *m, const struct run *u, double w, double tx)
{
	const double r = m->p[0], alpha = m->p[1], b = m->p[3], n = u->n, away = u->T - tx, ax = 1 / (alpha + tx);
	const double l = log1p(away * ax), d = u->log_ab + n * l, ex = alpha * ax;
	const struct survival q = m->k > 1 ? survive(m->k, r, n, alpha, tx, u->T) : (struct survival){ .q = 1 };
	/* log(Q + e^D) = top + log(Q e^-top + e^(D-top)) */
	const double tail = exp(-fabs(d)), eq = d > 0 ? tail : 1, ed = d > 0 ? 1 : tail;
	const double whole = q.q * eq + ed, inv = 1 / whole, f = ed * inv, v = eq * inv;
	const double kappa = alpha * away * u->at * ax;
	const double dr = r * l, da = -n * kappa, db = -b * u->bs;
	const double mr = v * q.r + f * dr, ma = v * q.a + f * da, mb = f * db;
	*sum += w * ((d > 0 ? d : 0) + log(whole));
	g[0] += w * mr;
	g[1] += w * ma;
	g[2] += w * f;
	g[3] += w * mb;
	h[0] += w * (v * q.rr + f * (dr + dr * dr) - mr * mr);
	h[1] += w * (v * q.ra + f * (dr * da - r * kappa) - mr * ma);
	h[2] += w * f * (dr - mr);
	h[3] += w * db * f * (dr - mr);
	h[5] += w * (v * q.aa + f * (da * da - n * kappa * (1 - u->e - ex)) - ma * ma);
	h[6] += w * f * (da - ma);
	h[7] += w * db * f * (da - ma);
	h[10] += w * f * (1 - f);
	h[11] += w * db * f * (1 - f);
	h[15] += w * f * (db * db * (1 - f) + db * u->s1 * u->bs);
}

void bg_logs(const struct btyd_model *m, const struct btyd_cells *c, double *value, double *g, double *h)
{
	const double r = m->p[0], alpha = m->p[1], a = m->p[2], b = m->p[3];
	const int more = m->kind == BTYD_BGNBD ? 0 : 1;
	const double log_alpha = log(alpha), inv_alpha = 1 / alpha;
	double sum = 0;
	struct run u = { .x = -1, .T = -1 };
	for (size_t i = 0; i < c->n; i++) {
		const double w = c->w[i], x = c->x[i];
		if (x != u.x) {
			u.x = x;
			u.n = r + m->k * x;
			u.s1 = x + more - 1;
			u.bs = 1 / (b + u.s1);
			u.log_ab = u.s1 < 0 ? 0 : log(a * u.bs);
		}
		if (c->T[i] != u.T) {
			u.T = c->T[i];
			u.log_t = log1p(u.T * inv_alpha);
			u.at = 1 / (alpha + u.T);
			u.e = alpha * u.at;
		}
		add_watched(&sum, g, h, &u, w, r, log_alpha);
		if (u.s1 >= 0)
			add_left(&sum, g, h, m, &u, w, c->tx[i]);
	}
	const struct rising er = rising_cells(c, r, m->k, 0), eb = rising_cells(c, b, 1, more), eab = rising_cells(c, a + b, 1, more);
	*value = sum + er.log + eb.log - eab.log;
	g[0] += r * er.inv;
	g[2] -= a * eab.inv;
	g[3] += b * (eb.inv - eab.inv);
	h[0] += r * (er.inv - r * er.inv2);
	h[10] -= a * (eab.inv - a * eab.inv2);
	h[11] += a * b * eab.inv2;
	h[15] += b * (eb.inv - eab.inv - b * (eb.inv2 - eab.inv2));
}
