/* What a customer with history (x, t_x, T) will do: chance to be still buying, expected
 * purchases, discounted expected purchases.
 *
 * Alive. 1 / (1 + odds against), the odds from the two terms of the likelihood.
 *
 * Expected purchases if alive, BG family with k = 1: the rate is gamma(rho, A0), the chance
 * of leaving beta(a, b'), rho = r + x, A0 = alpha + T, b' = b + x (BG) or b + x + 1 (MBG),
 *     E = E_p[ (1 - (1 + p t / A0)^-rho) / p ].
 * With z = t / (A0 + t), B = a - 1, C = a + b' - 1, A = C - rho (Euler's transformation):
 *     E = C ( -expm1(B log1p(-z)) / B - (1-z)^B S ),  S = sum_k (A)_k (B+1)_{k-1} / ((C)_k k!) z^k,
 * used for A > -1 and z < 0.98, where the sum is short and loses no digits to signs; elsewhere
 * the expectation over p is integrated by the trapezoidal rule in log(p / (1-p)), whose error
 * falls exponentially: its step is halved until two results agree. For a < 1 the mass lies
 * near p = 0, where the integrand tends to rho t / A0: then what is missing from that is
 * integrated.
 *
 * k > 1: j < k events since t_x have weight pi_j ~ (n)_j / j! ((T-t_x)/A0)^j; given j,
 *     E_j = sum_m P(M = m) sum_{i: i k - j <= m} E[(1-p)^(i-1)],  M negative binomial (n+j, z),
 * while there are few m; else E_p[ (1 - E[(1-p)^floor((M+j)/k)]) / p ] as above, the power
 * written by the k roots u of u^k = 1-p:  sum_l c_l E[u_l^M],  E[u^M] = (1 + (1-u) t / A0)^-(n+j).
 *
 * Pareto: E = (r+x) (beta+T) / (alpha+T) (-expm1(-(s-1) l)) / (s-1), l = log1p(t / (beta+T)).
 *
 * Discounted: by parts, e^-du E(u) at the ends plus d int e^-du E(u) du; the integral by Gauss
 * and Legendre in log(1 + u / scale), scale = A0 or beta + T (A0 / (1+n) for k > 1), 16 nodes
 * a panel of 0.7, cut where d u = 45. For life, BG family: with rate l the i-th purchase ahead comes at a time
 * whose discount has mean q^(k i - j), q = l / (l + d), and with chance E[(1-p)^(i-1)], so
 *     E_l[ q^(k-j) 2F1(1, b'; a + b'; q^k) ],  l gamma(rho + j, A0),
 * by the trapezoidal rule in log l; 2F1 by Gauss's continued fraction.
 *
 * Range. tests/unit/model_grids.c: six sets of parameters with a + b < 1, a = 1 + 1e-7, b = 900,
 * r = 30; x to 5,000, T to 3,650, t to 5,200: nine digits everywhere.
 */
#include <complex.h>
#include <math.h>
#include <string.h>
#include "btyd.h"

enum { LEVELS = 16, TERMS = 100000, NODES = 16, SUMMED = 400 };

static double alive_with(const struct btyd_model *m, uint32_t x, double tx, double T, double *g)
{
	const double odds = m->kind == BTYD_PNBD ? pareto_dead_odds(m, x, tx, T, g) : bg_dead_odds(m, x, tx, T, g);
	return odds > 700 ? exp(-odds) : 1 / (1 + exp(odds));
}

double btyd_alive(const struct btyd_model *m, uint32_t x, double tx, double T)
{
	return alive_with(m, x, tx, T, NULL);
}

double btyd_alive_slopes(const struct btyd_model *m, uint32_t x, double tx, double T, double g[BTYD_PARAMS])
{
	memset(g, 0, BTYD_PARAMS * sizeof *g);
	const double alive = alive_with(m, x, tx, T, g);
	for (int i = 0; i < BTYD_PARAMS; i++)
		g[i] = alive < 1 ? g[i] * (alive - 1) : 0;
	return alive;
}

/* ---- the BG family ---- */

static double by_series(const struct future *f, double t)
{
	const double z = t / (f->scale + t), B = f->a - 1, C = f->a + f->b - 1, A = C - f->rho, l = log1p(-z);
	double term = z * A / C, sum = 0; /* k = 1: (A)_1 (B+1)_0 / ((C)_1 1!) z */
	for (int k = 1; k < TERMS; k++) {
		sum += term;
		if (fabs(term) <= 1e-17 * fabs(sum))
			break;
		term *= (A + k) * (B + k) / ((C + k) * (k + 1)) * z;
	}
	const double first = fabs(B * l) < 1e-12 ? -l : -expm1(B * l) / B;
	return C * (first - exp(B * l) * sum);
}

/* 1 - (1 - (1+q)^-rho) / (rho q), q = p t / scale. */
static double missing(double rho, double q)
{
	if (rho * q < 1e-3 && q < 1e-3)
		return (rho + 1) / 2 * q * (1 - (rho + 2) / 3 * q * (1 - (rho + 3) / 4 * q * (1 - (rho + 4) / 5 * q * (1 - (rho + 5) / 6 * q))));
	return 1 + expm1(-rho * log1p(q)) / (rho * q);
}

typedef double smooth_fn(double v, const void *ctx);

/* The integral over the line of a function that is nothing outside [lo, hi]. */
static double trapezoid(smooth_fn *f, const void *ctx, double lo, double hi)
{
	double h = fmin((hi - lo) / 16, 1), last = NAN, sum = 0;
	for (int level = 0; level < LEVELS; level++, h /= 2) {
		const double by = level ? 2 * h : h;
		for (double v = level ? lo + h : lo; v <= hi; v += by)
			sum += f(v, ctx);
		if (fabs(sum * h - last) <= 1e-11 * fabs(sum * h))
			break;
		last = sum * h;
	}
	return sum * h;
}

/* Where the logarithm of a density has fallen by 45 from its peak on one side. */
static double edge(smooth_fn *log_density, const void *ctx, double peak, double step)
{
	const double top = log_density(peak, ctx);
	double v = peak;
	for (int k = 0; k < 200 && log_density(v, ctx) > top - 45; k++, step *= 1.3)
		v += step;
	return v;
}

/* log of p^a (1-p)^b at p = 1 / (1 + e^-v): the beta density times dp/dv, but for B(a, b). */
static double log_density_p(double v, const void *ctx)
{
	const struct over_p *o = ctx;
	const double log_p = v > 0 ? -log1p(exp(-v)) : v - log1p(exp(v));
	return o->f->a * log_p + o->f->b * (log_p - v);
}

static double at_p(double v, const void *ctx)
{
	const struct over_p *o = ctx;
	return exp(log_density_p(v, ctx) - o->log_beta) * o->value(o, v);
}

static double of_one(const struct over_p *o, double v)
{
	const double q = o->tau / (1 + exp(-v)), rho = o->f->rho;
	return o->complement ? missing(rho, q) : -expm1(-rho * log1p(q)) / (rho * q);
}

double mean_over_p(struct over_p *o)
{
	const struct future *f = o->f;
	int sign;
	o->log_beta = lgamma_r(f->a, &sign) + lgamma_r(f->b, &sign) - lgamma_r(f->a + f->b, &sign);
	const double peak = log(f->a / f->b), width = sqrt(1 / f->a + 1 / f->b) / 4;
	const double hi = edge(log_density_p, o, peak, width);
	double lo = edge(log_density_p, o, peak, -width);
	if (o->complement)
		lo = fmax(lo, fmin(log(1e-18 / ((f->rho + 1) * fmax(o->tau, 1e-300))), hi - 1));
	return trapezoid(at_p, o, lo, hi);
}

static double by_integral(const struct future *f, double t)
{
	struct over_p o = { .value = of_one, .tau = t / f->scale, .f = f, .complement = f->a < 1 };
	const double part = mean_over_p(&o);
	return f->rho * o.tau * (o.complement ? 1 - part : part);
}

static double expect_alive(const struct future *f, double t)
{
	const double z = t / (f->scale + t);
	if (!(t > 0))
		return 0;
	if (z < 0.98 && f->a + f->b - 1 - f->rho > -1 && f->a + f->b > 1)
		return by_series(f, t);
	return by_integral(f, t);
}

/* ---- every k-th event is a purchase, j have passed since the last ---- */

/* floor((M+j)/k) purchases without leaving: (mean + j - E[(M+j) mod k]) / k. */
static double never_leaving(const struct future *f, int k, int j, double tau)
{
	double rest = (k - 1) / 2.0;
	for (int l = 1; l < k; l++) {
		const double complex root = cexp(2 * M_PI * I * l / k);
		rest += creal(cexp(2 * M_PI * I * (l * j % k) / k - f->rho * clog(1 + tau * (1 - root))) / (conj(root) - 1));
	}
	return (f->rho * tau + j - rest) / k;
}

/* (1 - E[(1-p)^floor((M+j)/k)]) / p by the k roots u of u^k = 1-p: E[u^M] = (1 + tau (1-u))^-rho.
 * The coefficients are taken less what they are at p = 0, so that small p cost no digits. */
static double of_erlang(const struct over_p *o, double v)
{
	const double p = 1 / (1 + exp(-v)), log_s = -log1p(exp(v)) / o->k, s = exp(log_s);
	double moved[BTYD_K_MAX], sum = 0;
	for (int i = 0; i < o->k; i++)
		moved[i] = expm1((o->j - i) * log_s) / o->k;
	for (int l = 0; 2 * l <= o->k; l++) {
		const double angle = 2 * M_PI * l / o->k;
		double complex c = 0;
		for (int i = 0; i < o->k; i++)
			c += moved[i] * cexp(I * angle * (o->j - i));
		if (!l) {
			const double log_g = -o->f->rho * log1p(-o->tau * expm1(log_s));
			sum = -expm1(log_g) - creal(c) * exp(log_g);
		} else {
			const double twice = 2 * l == o->k ? 1 : 2;
			sum -= twice * creal(c * cexp(-o->f->rho * clog(1 + o->tau * (1 - s * cexp(I * angle)))));
		}
	}
	return o->complement ? 1 - sum / p / o->most : sum / p;
}

/* Event by event: m of them with the chance p of a negative binomial, `bought` purchases among
 * them, `chance` that the next is made. Positive terms. */
static double erlang_sum(const struct future *f, int k, int j, double z)
{
	double p = exp(f->rho * log1p(-z)), chance = 1, bought = 0, sum = 0;
	int next = k - j, bought_n = 0;
	for (int m = 0; m < TERMS; m++) {
		if (m == next) {
			bought += chance;
			chance *= (f->b + bought_n) / (f->a + f->b + bought_n);
			bought_n++;
			next += k;
		}
		const double add = p * bought, by = z * (f->rho + m) / (m + 1.0);
		sum += add;
		if (m >= k && by < 1 && add <= 1e-17 * sum * (1 - by))
			break;
		p *= by;
	}
	return sum;
}

static double expect_erlang(const struct future *f, int k, int j, double t)
{
	const double tau = t / f->scale, z = t / (f->scale + t), mean = f->rho * tau;
	if (mean + 12 * sqrt(mean * (1 + tau)) + 40 * tau < SUMMED)
		return erlang_sum(f, k, j, z);
	struct over_p o = { .value = of_erlang, .tau = tau, .f = f, .complement = f->a < 1, .k = k, .j = j, .most = never_leaving(f, k, j, tau) };
	const double part = mean_over_p(&o);
	return o.complement ? o.most * (1 - part) : part;
}

struct future future_of(const struct btyd_model *m, uint32_t x, double T)
{
	return (struct future){ m->p[0] + (double)m->k * x, m->p[1] + T, m->p[2], m->p[3] + x + (m->kind == BTYD_BGNBD ? 0 : 1) };
}

/* One part of what happens if alive: j events since t_x (k > 1), else j = 0. */
static double part_expect(const struct btyd_model *m, uint32_t x, double T, int j, double t)
{
	if (m->kind == BTYD_PNBD) {
		const double s1 = m->p[2] - 1, from = m->p[3] + T, l = log1p(t / from);
		return (m->p[0] + x) / (m->p[1] + T) * from * (fabs(s1 * l) < 1e-14 ? l : -expm1(-s1 * l) / s1);
	}
	struct future f = future_of(m, x, T);
	if (m->k == 1)
		return expect_alive(&f, t);
	f.rho += j;
	return t > 0 ? expect_erlang(&f, m->k, j, t) : 0;
}

struct stages stages_of(const struct btyd_model *m, uint32_t x, double tx, double T)
{
	struct stages s = { m->k, { 1 } };
	const double n = m->p[0] + (double)m->k * x, rho = (T - tx) / (m->p[1] + T);
	double sum = 1;
	for (int j = 1; j < m->k; j++)
		sum += s.pi[j] = s.pi[j - 1] * (n + j - 1) / j * rho;
	for (int j = 0; j < m->k; j++)
		s.pi[j] /= sum;
	return s;
}

double btyd_expect(const struct btyd_model *m, uint32_t x, double tx, double T, double t)
{
	const struct stages s = stages_of(m, x, tx, T);
	double sum = 0;
	for (int j = 0; j < s.n; j++)
		sum += s.pi[j] * part_expect(m, x, T, j, t);
	return sum * btyd_alive(m, x, tx, T);
}

/* ---- discounted ---- */

/* 2F1(1, b; c; z), 0 <= z < 1, by Gauss's continued fraction (DLMF 15.7.1), Lentz's way. */
static double gauss_fraction(double b, double c, double z)
{
	double f = 1, C = 1, D = 0;
	for (int i = 1; i < TERMS; i++) {
		/* 1 - b z / (c - 1 (c-b) z / (c+1 - (b+1) c z / (c+2 - ...))) */
		const double n = i / 2;
		const double u = i == 1 ? b * z : i % 2 ? (b + n) * (c - 1 + n) * z : n * (c - 1 - b + n) * z;
		const double t = c - 1 + i;
		D = 1 / (t - u * D);
		C = t - u / C;
		const double step = C * D;
		f *= step;
		if (fabs(step - 1) < 1e-16)
			break;
	}
	return 1 / f;
}

struct over_rate {
	double log_gamma, rho, scale, delta, a, b;
	int k, left; /* events a purchase, events to the next */
};

static double log_density_rate(double v, const void *ctx)
{
	const struct over_rate *o = ctx;
	return o->rho * v - exp(v);
}

/* For a rate l and chances p of leaving: sum_i E[(1-p)^(i-1)] q^(k i - j), q = l / (l + d). */
static double at_rate(double v, const void *ctx)
{
	const struct over_rate *o = ctx;
	const double lambda = exp(v) / o->scale, q = lambda / (lambda + o->delta);
	return exp(log_density_rate(v, ctx) - o->log_gamma) * pow(q, o->left) * gauss_fraction(o->b, o->a + o->b, pow(q, o->k));
}

static double for_life(const struct btyd_model *m, uint32_t x, double T, int j, double delta)
{
	const struct future f = future_of(m, x, T);
	struct over_rate o = { .rho = f.rho + j, .scale = f.scale, .delta = delta, .a = f.a, .b = f.b, .k = m->k, .left = m->k - j };
	int sign;
	o.log_gamma = lgamma_r(o.rho, &sign);
	const double peak = log(o.rho), width = 1 / sqrt(o.rho) / 4;
	const double hi = edge(log_density_rate, &o, peak, fmin(width, 0.25));
	const double lo = edge(log_density_rate, &o, peak, -width);
	return trapezoid(at_rate, &o, fmax(lo, fmin(log(delta * f.scale) - 46, hi - 1)), hi);
}

static double part_discounted(const struct btyd_model *m, uint32_t x, double T, int j, double from, double to, double delta)
{
	double node[NODES], weight[NODES];
	/* k > 1: the purchases of regular buyers ripple with their events */
	const double scale = (T + (m->kind == BTYD_PNBD ? m->p[3] : m->p[1])) / (m->k > 1 ? 1 + m->p[0] + m->k * (double)x : 1);
	const double end = delta > 0 ? fmin(to, from + 45 / delta) : to;
	double sum = 0;
	if (isinf(to) && m->kind != BTYD_PNBD && delta > 0)
		return for_life(m, x, T, j, delta) - (from > 0 ? part_discounted(m, x, T, j, 0, from, delta) : 0);
	if (isinf(end))
		return INFINITY;
	sum += exp(-delta * end) * part_expect(m, x, T, j, end);
	if (from > 0)
		sum -= exp(-delta * from) * part_expect(m, x, T, j, from);
	if (!(delta > 0))
		return sum;
	const double u0 = log1p(from / scale), u1 = log1p(end / scale);
	const int panels = (int)fmax(1, ceil((u1 - u0) / 0.7));
	const double half = (u1 - u0) / panels / 2;
	gauss_legendre(node, weight, NODES);
	for (int i = 0; i < panels; i++)
		for (int k = 0; k < NODES; k++) {
			const double u = u0 + half * (2 * i + 1 + node[k]), t = scale * expm1(u);
			sum += half * weight[k] * (scale + t) * delta * exp(-delta * t) * part_expect(m, x, T, j, t);
		}
	return sum;
}

double btyd_discounted(const struct btyd_model *m, uint32_t x, double tx, double T, double from, double to, double delta)
{
	const struct stages s = stages_of(m, x, tx, T);
	double sum = 0;
	for (int j = 0; j < s.n; j++)
		sum += s.pi[j] * part_discounted(m, x, T, j, from, to, delta);
	return sum * btyd_alive(m, x, tx, T);
}
