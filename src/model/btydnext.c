/* The distribution of what a customer will do: chances of n purchases, their variance, the time
 * to the next.
 *
 * BG family. j < k events since t_x have weight pi_j (btydexpect.c); given j, M more events are
 * negative binomial (rho + j, z), z = t / (alpha+T+t), and e_n = E[(1-p)^n]:
 *     P(Y = n) = e_n P(nk <= M+j < nk+k) + (e_{n-1} - e_n) P(M+j >= nk),
 * the second part (left at the n-th purchase) for n > 0 only; tails by the incomplete beta.
 *     E[Y(Y-1)] = 2 E_p[ (1-p) (1 - (1+q)^-rho - rho q (1+q)^-(rho+1)) / p^2 ], q = p t / (alpha+T),
 * for k = 1; sum_m P(M = m) sum_{i: ik-j <= m} 2 (i-1) e_{i-1} for k > 1, over all m that count
 * and divided by what their chances add up to.
 *     P(next <= u) = sum_j pi_j P(M >= k - j)
 *     P(next > u) = ((alpha+T) / (alpha+T+u))^n Q(T+u) / Q(T),  Q(T) = sum_{j<k} (n)_j / j! ((T-t_x) / (alpha+T))^j,
 * n = r + k x.
 *
 * Pareto/NBD. rate gamma(rho, A), leaving gamma(s, B), A = alpha + T, B = beta + T:
 *     P(Y = n) = nb(n; t) (1+t/B)^-s + int_0^t nb(n; u) s/B (1+u/B)^-(s+1) du,
 *     E[Y(Y-1)] = rho (rho+1) / A^2 int_0^t 2 u (1+u/B)^-s du,
 *     P(next <= u) = int_0^u rho/A (1+v/A)^-(rho+1) (1+v/B)^-s dv,
 * by Gauss and Legendre, 16 nodes a panel, in log(1 + u / min(A, B)), for n > 0 in log u from t
 * down; panels so narrow that the integrand changes by e^3 at most.
 *
 * The time to the next by Newton's steps, for Pareto/NBD within the panel where the chance is
 * passed.
 *
 * Range. tests/unit/model_ahead.c, ten digits: ages and horizons of weeks, n to 30, x to 26; the
 * sums over n give 1, E[Y(t)] and the variance to nine.
 */
#include <math.h>
#include "btyd.h"

enum { NODES = 16, MOST_PANELS = 100000 };

/* (b)_n / (a+b)_n = E[(1-p)^n]. */
static double stays(const struct future *f, double n)
{
	if (n > 64)
		return exp(rising_real(f->b, n).log - rising_real(f->a + f->b, n).log);
	double e = 1;
	for (double i = 0; i < n; i++)
		e *= (f->b + i) / (f->a + f->b + i);
	return e;
}

/* P(M = m), M negative binomial. */
static double events(double rho, double tau, double m)
{
	int sign;
	return exp(rising_real(rho, m).log - lgamma_r(m + 1, &sign) - rho * log1p(tau) - (m > 0 ? m * log1p(1 / tau) : 0));
}

/* ---- Gauss and Legendre in panels ---- */

/* Half of the rule of 16: the other nodes are at -x. */
static const double rule_x[NODES / 2] = {
	0.989400934991649933, 0.944575023073232576, 0.865631202387831744, 0.755404408355003034,
	0.617876244402643748, 0.458016777657227386, 0.281603550779258913, 0.0950125098376374402,
};
static const double rule_w[NODES / 2] = {
	0.0271524594117540949, 0.0622535239386478929, 0.0951585116824927848, 0.124628971255533872,
	0.149595988816576732, 0.169156519395002538, 0.182603415044923589, 0.189450610455068496,
};

struct pareto_ahead {
	double rho, A, s, B, n, low, log_front;
};

static struct pareto_ahead pareto_of(const struct btyd_model *m, uint32_t x, double T)
{
	return (struct pareto_ahead){ .rho = m->p[0] + x, .A = m->p[1] + T, .s = m->p[2], .B = m->p[3] + T, .low = fmin(m->p[1], m->p[3]) + T };
}

typedef double along_fn(const struct pareto_ahead *a, double v);

static double panel(along_fn *f, const struct pareto_ahead *a, double from, double to)
{
	const double middle = (from + to) / 2, half = (to - from) / 2;
	double sum = 0;
	for (int i = 0; i < NODES / 2; i++)
		sum += rule_w[i] * (f(a, middle - half * rule_x[i]) + f(a, middle + half * rule_x[i]));
	return sum * half;
}

/* v = log(1 + u / low). */
static double along_next(const struct pareto_ahead *a, double v)
{
	const double u = a->low * expm1(v);
	return (a->low + u) * a->rho / a->A * exp(-(a->rho + 1) * log1p(u / a->A) - a->s * log1p(u / a->B));
}

static double along_nothing(const struct pareto_ahead *a, double v)
{
	const double u = a->low * expm1(v);
	return (a->low + u) * a->s / a->B * exp(-a->rho * log1p(u / a->A) - (a->s + 1) * log1p(u / a->B));
}

static double along_square(const struct pareto_ahead *a, double v)
{
	const double u = a->low * expm1(v);
	return (a->low + u) * 2 * u * exp(-a->s * log1p(u / a->B));
}

/* v = log u. */
static double along_n(const struct pareto_ahead *a, double v)
{
	const double u = exp(v), l = log1p(u / a->A);
	return a->s / a->B * exp(v + a->log_front - a->rho * l + a->n * (v - log(a->A) - l) - (a->s + 1) * log1p(u / a->B));
}

static double from_zero(along_fn *f, const struct pareto_ahead *a, double t, double steep)
{
	const double to = log1p(t / a->low), panels = ceil(fmax(to / 0.7, to * steep / 3));
	double sum = 0;
	for (int i = 0; i < MOST_PANELS && i < panels; i++) {
		const double part = panel(f, a, to * i / panels, to * (i + 1) / panels);
		sum += part;
		if (part < sum * 1e-18)
			break;
	}
	return sum;
}

/* ---- chances ---- */

static double pareto_pmf(const struct btyd_model *m, uint32_t x, double T, double t, uint32_t n)
{
	struct pareto_ahead a = pareto_of(m, x, T);
	const double there = events(a.rho, t / a.A, n) * exp(-a.s * log1p(t / a.B)), width = fmin(0.7, 3 / (a.rho + n + a.s + 1));
	int sign;
	if (n == 0)
		return there + from_zero(along_nothing, &a, t, a.rho + a.s);
	double sum = 0, most = 0, v = log(t);
	a.n = n;
	a.log_front = rising_real(a.rho, n).log - lgamma_r(n + 1.0, &sign);
	for (int i = 0; i < MOST_PANELS; i++, v -= width) {
		const double part = panel(along_n, &a, v - width, v);
		sum += part;
		most = fmax(most, part);
		if (part < most * 1e-3 && part < sum * 1e-17)
			break;
	}
	return there + sum;
}

static double part_pmf(const struct future *f, int k, int j, double t, uint32_t n)
{
	const double tau = t / f->scale, z = t / (f->scale + t), first = (double)n * k - j;
	double now = 0;
	for (int i = 0; i < k; i++)
		if (first + i >= 0)
			now += events(f->rho, tau, first + i);
	if (n == 0)
		return now;
	const double before = stays(f, n - 1.0), leave = f->a / (f->a + f->b + n - 1.0);
	return before * ((1 - leave) * now + leave * beta_i(first, f->rho, z));
}

double btyd_pmf(const struct btyd_model *m, uint32_t x, double tx, double T, double t, uint32_t n)
{
	const double alive = btyd_alive(m, x, tx, T);
	double sum = 0, gone = 0;
	if (n == 0)
		gone = alive > 0.5 && m->kind != BTYD_PNBD ? -expm1(-log1p(exp(bg_dead_odds(m, x, tx, T, NULL)))) : 1 - alive;
	if (!(t > 0))
		return n == 0;
	if (m->kind == BTYD_PNBD) {
		sum = pareto_pmf(m, x, T, t, n);
	} else {
		const struct stages s = stages_of(m, x, tx, T);
		struct future f = future_of(m, x, T);
		for (int j = 0; j < s.n; j++, f.rho++)
			sum += s.pi[j] * part_pmf(&f, m->k, j, t, n);
	}
	return alive * sum + gone;
}

/* ---- variance ---- */

/* h(q) = 2 (1 - (1+q)^-rho - rho q (1+q)^-(rho+1)) / (rho (rho+1) q^2), 1 at q = 0; less = 1 - h. */
static double pairs_kept(double rho, double q, double *less)
{
	if ((rho + 2) * q < 0.05) {
		double term = 1, sum = 0;
		for (int i = 1; i < 20; i++) {
			term *= -(rho + 1 + i) / i * q;
			sum -= term * 2 / (i + 2);
		}
		*less = sum;
		return 1 - sum;
	}
	const double l = log1p(q), h = 2 * (-expm1(-rho * l) - rho * q * exp(-(rho + 1) * l)) / (rho * (rho + 1) * q * q);
	*less = 1 - h;
	return h;
}

static double of_pairs(const struct over_p *o, double v)
{
	const double p = 1 / (1 + exp(-v));
	double less;
	const double h = pairs_kept(o->f->rho, o->tau * p, &less);
	return o->complement ? less + p * h : h / (1 + exp(v));
}

/* E[Y(Y-1)] if alive. */
static double pairs_of_one(const struct future *f, double t)
{
	struct over_p o = { .value = of_pairs, .f = f, .tau = t / f->scale, .complement = f->a < 1 };
	const double part = mean_over_p(&o);
	return f->rho * (f->rho + 1) * o.tau * o.tau * (o.complement ? 1 - part : part);
}

static double pairs_of_erlang(const struct future *f, int k, int j, double t)
{
	const double tau = t / f->scale, z = t / (f->scale + t), mean = f->rho * tau, spread = sqrt(mean * (1 + tau));
	const double from = fmax(0, floor(mean - 12 * spread - 40));
	double p = events(f->rho, tau, from), mass = 0, sum = 0, pairs = 0, stay = 1, next = k - j, i = 0;
	for (double m = from;; m++) {
		for (; next <= m; next += k, i++) {
			pairs += 2 * i * stay;
			stay *= (f->b + i) / (f->a + f->b + i);
		}
		const double add = p * pairs, by = z * (f->rho + m) / (m + 1);
		mass += p;
		sum += add;
		if (m > mean && m > 2 * k && by < 1 && add <= 1e-17 * sum * (1 - by))
			break;
		p *= by;
	}
	return sum / mass;
}

double btyd_variance(const struct btyd_model *m, uint32_t x, double tx, double T, double t)
{
	const double alive = btyd_alive(m, x, tx, T), mean = btyd_expect(m, x, tx, T, t);
	double pairs = 0;
	if (!(t > 0))
		return 0;
	if (m->kind == BTYD_PNBD) {
		const struct pareto_ahead a = pareto_of(m, x, T);
		pairs = a.rho / a.A * (a.rho + 1) / a.A * from_zero(along_square, &a, t, a.s + 2);
	} else {
		const struct stages s = stages_of(m, x, tx, T);
		struct future f = future_of(m, x, T);
		for (int j = 0; j < s.n; j++, f.rho++)
			pairs += s.pi[j] * (m->k == 1 ? pairs_of_one(&f, t) : pairs_of_erlang(&f, m->k, j, t));
	}
	return fmax(alive * pairs + mean - mean * mean, 0);
}

/* ---- the next purchase ---- */

double btyd_again(const struct btyd_model *m, uint32_t x, double tx, double T, double t)
{
	if (!(t > 0))
		return 0;
	if (m->kind == BTYD_PNBD) {
		const struct pareto_ahead a = pareto_of(m, x, T);
		return from_zero(along_next, &a, t, a.rho + a.s + 1);
	}
	const struct future f = future_of(m, x, T);
	if (m->k == 1)
		return -expm1(-f.rho * log1p(t / f.scale));
	const struct stages s = stages_of(m, x, tx, T);
	double sum = 0;
	for (int j = 0; j < s.n; j++)
		sum += s.pi[j] * beta_i(s.n - j, f.rho + j, t / (f.scale + t));
	return sum;
}

/* A root at v between lo and hi: what is sought lies above while `miss` is positive. */
struct search {
	double lo, hi, v;
	int steps;
};

/* Newton's step where it stays between, else into the middle; false: v is the root. */
static bool search_on(struct search *s, double miss, double by)
{
	if (fabs(by) <= 1e-15 * s->v || ++s->steps > 200)
		return false;
	if (miss > 0)
		s->lo = s->v;
	else
		s->hi = s->v;
	s->v = s->v + by > s->lo && s->v + by < s->hi ? s->v + by : isinf(s->hi) ? 2 * s->v : (s->lo + s->hi) / 2;
	return true;
}

static double pareto_next(const struct btyd_model *m, uint32_t x, double T, double p)
{
	const struct pareto_ahead a = pareto_of(m, x, T);
	const double width = fmin(0.7, 3 / (a.rho + a.s + 1));
	double sum = 0, from = 0;
	for (int i = 0; i < MOST_PANELS && from < 700; i++, from += width) {
		const double part = panel(along_next, &a, from, from + width);
		if (sum + part >= p) {
			struct search at = { from, from + width, from + width * (p - sum) / part, 0 };
			double miss;
			do
				miss = p - sum - panel(along_next, &a, from, at.v);
			while (search_on(&at, miss, miss / along_next(&a, at.v)));
			return a.low * expm1(at.v);
		}
		sum += part;
		if (part < 1e-18 * sum)
			break;
	}
	return INFINITY;
}

/* log of sum_{j<k} (n)_j / j! r^j, and its slope in r. */
static double log_stages(double n, int k, double r, double *slope)
{
	double term = 1, sum = 1, by = 0;
	for (int j = 1; j < k; j++) {
		by += term * (n + j - 1);
		term *= (n + j - 1) / j * r;
		sum += term;
	}
	*slope = by / sum;
	return log(sum);
}

/* Newton's steps on log P(next > u) by v = log(1 + u / (alpha+T)), kept between where it is too
 * great and too small: it falls from 0, at last as -n v does. */
static double erlang_next(const struct btyd_model *m, uint32_t x, double tx, double T, double p)
{
	const double A = m->p[1] + T, n = m->p[0] + (double)m->k * x, r = (T - tx) / A, want = log1p(-p);
	struct search at = { 0, INFINITY, -want / n, 0 };
	double slope, left, miss;
	const double now = log_stages(n, m->k, r, &slope);
	do {
		left = (1 - r) * exp(-at.v);
		miss = log_stages(n, m->k, 1 - left, &slope) - now - n * at.v - want;
	} while (search_on(&at, miss, miss / (n - slope * left)));
	return A * expm1(at.v);
}

double btyd_next(const struct btyd_model *m, uint32_t x, double tx, double T, double p)
{
	if (!(p > 0))
		return 0;
	if (m->kind == BTYD_PNBD)
		return pareto_next(m, x, T, p);
	const struct future f = future_of(m, x, T);
	if (!(p < 1))
		return INFINITY;
	return m->k > 1 ? erlang_next(m, x, tx, T, p) : f.scale * expm1(-log1p(-p) / f.rho);
}
