/* Discounted purchases ahead of customers who are still buying, many at a time: all with
 * the same x, at different ages T.
 *
 * BG family, k = 1. Given the rate l and the chance p of leaving after a purchase,
 *     g(p, l) = l (e^-(d+pl)from - e^-(d+pl)to) / (d + p l)
 * is the integral of the discount over the expected purchases. Its mean over p, beta(a, b'),
 * depends on l alone and is tabulated once on a grid in log l; the mean over l, gamma(r + x,
 * alpha + T), is then a sum over that grid for each T. Both sums are trapezoidal rules on the
 * line, in log(p / (1-p)) and log l, whose error falls exponentially with the step: steps
 * min(0.25, 0.6 s), s the standard deviation of the density there, leave less than 1e-12.
 * For a < 1 the mass lies near p = 0, where g tends to g(0, l): what is missing from that is
 * summed.
 *
 * Pareto/NBD. (r+x) / (alpha+T) times an integral that depends on T alone:
 *     int_from^to e^-dt ((beta+T) / (beta+T+t))^s dt,
 * Gauss and Legendre in log(1 + t / (beta+T)), 16 nodes a panel of 0.7, cut at d t = 45.
 *
 * Pairs. The discounted sum S of the purchases up to h has E[S^2] = the mean above at 2d plus
 * that of pairs, sum_{i != j} e^-d(t_i + t_j); given l and p
 *     2 l^2 (1-p) int_0^h e^-(d+pl)t (1 - e^-dt) / d dt,
 * for Pareto/NBD the same with e^-mt in place of (1-p) e^-plt.
 *
 * MBG/CNBD-k with k > 1 depends on t_x, too: btyd_discounted, one by one.
 */
#include <math.h>
#include <stdlib.h>
#include "btyd.h"
#include "wend/mem.h"

enum { NODES = 16 };

/* ---- points of a trapezoidal rule under a density on the line ---- */

/* What lies e^-CUT below the greatest is left out. */
#define CUT 38.0

struct point {
	double at, weight;
};
struct points {
	struct point *v;
	size_t n, cap;
};

/* ---- over chances of leaving ---- */

struct leaving {
	struct points p;      /* chances, and the weight of each */
	bool missing;         /* a < 1: sum what is missing from p = 0 */
};

static double log_p_of(double v)
{
	return v > 0 ? -log1p(exp(-v)) : v - log1p(exp(v));
}

static void leaving_make(struct leaving *l, double a, double b)
{
	int sign;
	const double log_beta = lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
	const double h = fmin(0.25, 0.6 * sqrt(1 / a + 1 / b)), steep = a < 1 ? a + 1 : a, peak = log(steep / b);
	const double top = steep * log_p_of(peak) + b * (log_p_of(peak) - peak);
	*l = (struct leaving){ .missing = a < 1 };
	for (int side = -1; side <= 1; side += 2)
		for (double v = side < 0 ? peak : peak + h;; v += side * h) {
			const double log_p = log_p_of(v), log_1p = log_p - v;
			if (steep * log_p + b * log_1p < top - CUT)
				break;
			GROW(l->p.v, l->p.cap, l->p.n + 1);
			l->p.v[l->p.n++] = (struct point){ exp(log_p), h * exp(a * log_p + b * log_1p - log_beta) };
		}
}

/* (1 - e^-u) / u. */
static double part(double u)
{
	return u < 1e-8 ? 1 - u / 2 : -expm1(-u) / u;
}

struct horizon {
	double from, to, delta;
	bool pairs;           /* pairs of purchases instead of purchases */
};

/* g(p, l); lost = d + p l. */
static double bought(const struct horizon *s, double rate, double lost)
{
	if (isinf(s->to))
		return rate * (s->from > 0 ? exp(-lost * s->from) : 1) / lost;
	return rate * (s->to - s->from) * (s->from > 0 ? exp(-lost * s->from) : 1) * part(lost * (s->to - s->from));
}

/* int_0^h e^-ct (1 - e^-dt) / d dt, c the rate at which purchases ahead are lost. */
static double pair_time(double c, double d, double h)
{
	if (isinf(h))
		return 1 / (c * (c + d));
	if (d * h < 1e-3) { /* int t e^-ct (1 - dt/2 + (dt)^2/6): what is left out is below 1e-10 */
		const double u = c * h, e = exp(-u), w = d * h;
		double term = 1, sum = 0;
		if (u > 0.5)
			return (1 - e * (1 + u)) / (c * c) - d * (1 - e * (1 + u + u * u / 2)) / (c * c * c) + d * d * (1 - e * (1 + u + u * u / 2 + u * u * u / 6)) / (c * c * c * c);
		for (int k = 0; k < 40; k++) {
			sum += term * (1.0 / (k + 2) - w / 2 / (k + 3) + w * w / 6 / (k + 4));
			term *= -u / (k + 1);
		}
		return h * h * sum;
	}
	return h * (part(c * h) - part((c + d) * h)) / d;
}

/* What over_leaving takes the mean of. */
static double amount(const struct horizon *s, double rate, double p)
{
	if (!s->pairs)
		return bought(s, rate, s->delta + p * rate);
	return 2 * rate * rate * (1 - p) * pair_time(s->delta + p * rate, s->delta, s->to);
}

static double over_leaving(const struct leaving *l, const struct horizon *s, double rate)
{
	const double all = l->missing ? amount(s, rate, 0) : 0;
	double sum = 0;
	for (size_t i = 0; i < l->p.n; i++) {
		const double g = amount(s, rate, l->p.v[i].at);
		sum += l->p.v[i].weight * (l->missing ? all - g : g);
	}
	return l->missing ? all - sum : sum;
}

/* ---- over rates ---- */

/* The greatest y up, or down, from log(rho + power) at which the gamma weight times that power
 * of the rate still counts. */
static double reach(double rho, double power, double step)
{
	const double from = log(rho + power), top = (rho + power) * from - exp(from);
	double y = from;
	while ((rho + power) * y - exp(y) > top - CUT)
		y += step;
	return y;
}

static void bg_ahead(const struct btyd_model *m, uint32_t x, const double *T, size_t n, const struct horizon *s, double *out)
{
	const double rho = m->p[0] + x, h = fmin(0.25, 0.6 / sqrt(rho)), power = s->pairs ? 2 : 1;
	const double up = reach(rho, power, h), down = reach(rho, 1, -h);
	double least = INFINITY, most = 0;
	int sign;
	for (size_t i = 0; i < n; i++) {
		least = fmin(least, log(m->p[1] + T[i]));
		most = fmax(most, log(m->p[1] + T[i]));
	}
	const double base = down - most;
	const size_t count = (size_t)((up - least - base) / h) + 2;
	const double log_gamma = lgamma_r(rho, &sign);
	double *table = xreallocarray(NULL, count, sizeof *table);
	struct leaving l;
	leaving_make(&l, m->p[2], m->p[3] + x + (m->kind == BTYD_BGNBD ? 0 : 1));
	for (size_t k = 0; k < count; k++)
		table[k] = over_leaving(&l, s, exp(base + h * (double)k));
	for (size_t i = 0; i < n; i++) {
		const double shift = log(m->p[1] + T[i]);
		double sum = 0;
		for (size_t k = (size_t)((down - shift - base) / h); k < count; k++) {
			const double y = base + h * (double)k + shift;
			if (y > up)
				break;
			sum += exp(rho * y - exp(y) - log_gamma) * table[k];
		}
		out[i] = sum * h;
	}
	free(l.p.v);
	free(table);
}

/* ---- Pareto/NBD ---- */

static double stay(double s, double base, const struct horizon *z)
{
	double node[NODES], weight[NODES], sum = 0;
	const double end = z->delta > 0 ? fmin(z->to, z->from + 45 / z->delta) : z->to;
	const double u0 = log1p(z->from / base), u1 = log1p(end / base);
	const int panels = (int)fmax(1, ceil((u1 - u0) / 0.7));
	const double half = (u1 - u0) / panels / 2;
	gauss_legendre(node, weight, NODES);
	for (int i = 0; i < panels; i++)
		for (int k = 0; k < NODES; k++) {
			const double u = u0 + half * (2 * i + 1 + node[k]);
			const double t = base * expm1(u);
			const double pairs = z->pairs ? 2 * (z->delta * t > 1e-12 ? -expm1(-z->delta * t) / z->delta : t) : 1;
			sum += half * weight[k] * base * pairs * exp((1 - s) * u - z->delta * t);
		}
	return sum;
}

static bool ahead(const struct btyd_model *m, uint32_t x, const double *T, size_t n, const struct horizon *s, double *out)
{
	if (m->k > 1 || (isinf(s->to) && !(s->delta > 0)))
		return false;
	if (m->kind != BTYD_PNBD) {
		bg_ahead(m, x, T, n, s, out);
		return true;
	}
	const double rho = m->p[0] + x;
	for (size_t i = 0; i < n; i++) {
		const double A = m->p[1] + T[i];
		out[i] = rho / A * (s->pairs ? (rho + 1) / A : 1) * stay(m->p[2], m->p[3] + T[i], s);
	}
	return true;
}

bool btyd_ahead(const struct btyd_model *m, uint32_t x, const double *T, size_t n, double from, double to, double delta, double *out)
{
	return ahead(m, x, T, n, &(struct horizon){ from, to, delta, false }, out);
}

bool btyd_pairs(const struct btyd_model *m, uint32_t x, const double *T, size_t n, double to, double delta, double *out)
{
	return ahead(m, x, T, n, &(struct horizon){ 0, to, delta, true }, out);
}
