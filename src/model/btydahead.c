/* Discounted purchases ahead of customers who are still buying, many at a time: all with
 * the same x and the same number of events since the last purchase, at different ages T.
 *
 * BG family. Given the rate l and the chance p of leaving after a purchase, for k = 1,
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
 * Pairs. The discounted sum S of the purchases has E[S^2] = the mean above at 2d plus that of
 * pairs, sum_{i != j} e^-d(t_i + t_j); given l and p
 *     2 l^2 (1-p) int_from^to e^-(d+pl)t (e^-d from - e^-dt) / d dt
 *   = 2 l^2 (1-p) e^-(2d+pl)from int_0^(to-from) e^-(d+pl)t (1 - e^-dt) / d dt,
 * for Pareto/NBD the same with e^-mt in place of (1-p) e^-plt.
 *
 * k > 1. After j of the k events to the next purchase, purchases come at the rate
 *     u_j(t) = sum_c A_c e^-n_c t,  n_c = l (1 - w w_c),  A_c = l/k w^(j+1-k) w_c^(j+1),
 * w = (1-p)^(1/k), w_c = e^(2 pi i c / k), c < k: the series of Poisson chances by roots of
 * unity. Their integrals are those above, term by term. For pairs the second purchase starts at
 * j = 0 with the chance 1-p, and u_j e^-2dt is folded with it. For ever they are
 *     (l/(l+d))^(k-j) / (1 - (1-p) (l/(l+d))^k).
 * The sum over c cancels: what is left has an error of some 1e-16 of the purchases that l would
 * make in that time.
 */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
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
	int k, stage;         /* events a purchase, and those that have been */
	double node[NODES], weight[NODES]; /* Gauss and Legendre */
	double complex root[BTYD_K_MAX]; /* of unity */
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

/* ---- several events a purchase ---- */

/* (1 - e^-zh) / z. */
static double complex part_of(double complex z, double h)
{
	const double complex u = z * h;
	if (cabs(u) < 0.1) {
		double complex term = 1, sum = 0;
		for (int i = 1; i < 14; i++) {
			sum += term;
			term *= -u / (i + 1);
		}
		return h * sum;
	}
	return (1 - cexp(-u)) / z;
}

/* int_0^h e^-zt (1 - e^-y(h-t)) / y dt; where y h is small by the powers of h - t. */
static double complex folded(double complex z, double complex y, double h)
{
	double complex J[5];
	if (cabs(y) * h >= 1e-3) {
		const bool near = cabs(z - y) * h < 0.1;
		return (part_of(z, h) - (near ? cexp(-y * h) * part_of(z - y, h) : (cexp(-y * h) - cexp(-z * h)) / (z - y))) / y;
	}
	/* J_m = int_0^h e^-zt (h-t)^m dt = (h^m - m J_m-1) / z, downwards from a series where z h is small. */
	if (cabs(z) * h < 2) {
		double complex term = 1, sum = 0;
		for (int i = 1; i < 30; i++) {
			sum += term;
			term *= -z * h / (5 + i);
		}
		J[4] = h * h * h * h * h / 5 * sum;
		for (int m = 4; m > 1; m--)
			J[m - 1] = (pow(h, m) - z * J[m]) / m;
	} else {
		J[0] = part_of(z, h);
		for (int m = 1; m < 5; m++)
			J[m] = (pow(h, m) - m * J[m - 1]) / z;
	}
	return J[1] - y * (J[2] / 2 - y * (J[3] / 6 - y * J[4] / 24));
}

/* Purchases for ever, discounted at d, j events done. */
static double for_ever(int k, int j, double rate, double p, double d)
{
	const double log_q = -log1p(d / rate);
	return exp((k - j) * log_q) / (p - (1 - p) * expm1(k * log_q));
}

struct terms {
	double complex A[BTYD_K_MAX], decay[BTYD_K_MAX];
};

static struct terms terms_of(const struct horizon *s, int j, double rate, double p)
{
	const int k = s->k;
	struct terms t;
	const double log_w = log1p(-p) / k, w = exp(log_w), front = rate / k * exp((j + 1 - k) * log_w);
	for (int c = 0; c < k; c++) {
		t.decay[c] = c ? rate * (1 - w * s->root[c]) : -rate * expm1(log_w);
		t.A[c] = front * s->root[c * (j + 1) % k];
	}
	return t;
}

static double bought_erlang(const struct horizon *s, double rate, double p)
{
	if (s->from == 0 && isinf(s->to))
		return for_ever(s->k, s->stage, rate, p, s->delta);
	const struct terms t = terms_of(s, s->stage, rate, p);
	double complex sum = 0;
	for (int c = 0; c < s->k; c++) {
		const double complex z = t.decay[c] + s->delta;
		sum += t.A[c] * cexp(-z * s->from) * (isinf(s->to) ? 1 / z : part_of(z, s->to - s->from));
	}
	return fmax(creal(sum), 0);
}

/* 2 (1-p) int u_j(t) e^-2dt F(to - t) dt, F(h) the purchases in h of one who has just bought. */
static double pairs_erlang(const struct horizon *s, double rate, double p)
{
	if (s->from == 0 && isinf(s->to))
		return 2 * (1 - p) * for_ever(s->k, s->stage, rate, p, 2 * s->delta) * for_ever(s->k, 0, rate, p, s->delta);
	const struct terms first = terms_of(s, s->stage, rate, p), then = terms_of(s, 0, rate, p);
	const double h = s->to - s->from;
	double complex sum = 0;
	for (int c = 0; c < s->k; c++) {
		const double complex z = first.decay[c] + 2 * s->delta, front = first.A[c] * cexp(-z * s->from);
		if (isinf(s->to)) {
			sum += front / z * for_ever(s->k, 0, rate, p, s->delta);
			continue;
		}
		for (int b = 0; b < s->k; b++)
			sum += front * then.A[b] * folded(z, then.decay[b] + s->delta, h);
	}
	return fmax(2 * (1 - p) * creal(sum), 0);
}

/* What over_leaving takes the mean of. */
static double amount(const struct horizon *s, double rate, double p)
{
	if (s->k > 1)
		return s->pairs ? pairs_erlang(s, rate, p) : bought_erlang(s, rate, p);
	if (!s->pairs)
		return bought(s, rate, s->delta + p * rate);
	const double lost = s->delta + p * rate, before = s->from > 0 ? exp(-(lost + s->delta) * s->from) : 1;
	return 2 * rate * rate * (1 - p) * before * pair_time(lost, s->delta, s->to - s->from);
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
	const double rho = m->p[0] + (double)m->k * x + s->stage, h = fmin(0.25, 0.6 / sqrt(rho)), power = s->pairs ? 2 : 1;
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
	double sum = 0;
	const double end = z->delta > 0 ? fmin(z->to, z->from + 45 / z->delta) : z->to;
	const double u0 = log1p(z->from / base), u1 = log1p(end / base);
	const int panels = (int)fmax(1, ceil((u1 - u0) / 0.7));
	const double half = (u1 - u0) / panels / 2;
	for (int i = 0; i < panels; i++)
		for (int k = 0; k < NODES; k++) {
			const double u = u0 + half * (2 * i + 1 + z->node[k]);
			const double t = base * expm1(u);
			const double since = t - z->from;
			const double pairs = z->pairs ? 2 * exp(-z->delta * z->from) * (z->delta * since > 1e-12 ? -expm1(-z->delta * since) / z->delta : since) : 1;
			sum += half * z->weight[k] * base * pairs * exp((1 - s) * u - z->delta * t);
		}
	return sum;
}

static bool ahead(const struct btyd_model *m, uint32_t x, const double *T, size_t n, struct horizon *s, double *out)
{
	if (isinf(s->to) && !(s->delta > 0))
		return false;
	gauss_legendre(s->node, s->weight, NODES);
	for (int c = 0; c < s->k; c++)
		s->root[c] = cexp(2 * M_PI * I * c / s->k);
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

bool btyd_ahead(const struct btyd_model *m, uint32_t x, int stage, const double *T, size_t n, double from, double to, double delta, double *out)
{
	return ahead(m, x, T, n, &(struct horizon){ .from = from, .to = to, .delta = delta, .k = m->k, .stage = stage }, out);
}

bool btyd_pairs(const struct btyd_model *m, uint32_t x, int stage, const double *T, size_t n, double from, double to, double delta, double *out)
{
	return ahead(m, x, T, n, &(struct horizon){ .from = from, .to = to, .delta = delta, .pairs = true, .k = m->k, .stage = stage }, out);
}

double btyd_ahead_times(const struct btyd_model *m, uint32_t x, bool pairs)
{
	const double r = m->p[0], rho = r + x;
	return m->kind == BTYD_PNBD ? rho / r * (pairs ? (rho + 1) / (r + 1) : 1) : 0;
}

int btyd_stages(const struct btyd_model *m, uint32_t x, double tx, double T, double pi[BTYD_K_MAX])
{
	const struct stages s = stages_of(m, x, tx, T);
	memcpy(pi, s.pi, sizeof s.pi);
	return s.n;
}
