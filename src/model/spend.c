/* Gamma-Gamma: money of a purchase is gamma(p, nu) within a customer, nu is gamma(q, gamma)
 * over customers (Fader & Hardie 2013, "The Gamma-Gamma model of monetary value").
 *
 * Formula. With Z = the customer's total and m = Z / x,
 *     log f = log Gamma(px+q) - log Gamma(px) - log Gamma(q)
 *             - px log(1 + gamma/Z) - q log(1 + Z/gamma) - log m.
 * The gamma functions depend on x alone and are computed once for each x. The parameters are log p, log(q-1), log gamma: q > 1 always, so that a mean exists; a
 * fit that runs into q = 1 says so.
 *
 *     mean over customers  gamma p / (q-1)
 *     of one customer      p (gamma + Z) / (px + q - 1)
 *
 * Range. Money of any scale: parameters from 1e-6 to 1e8, x to 5,000: value to 12 digits,
 * derivatives to 11 (tests/unit/model_likelihood.c).
 */
#include <math.h>
#include <string.h>
#include "btyd.h"
#include "fitted.h"

double spend_mean(const struct spend_model *m)
{
	return m->gamma * m->p / (m->q - 1);
}

double spend_expect(const struct spend_model *m, uint32_t x, double total)
{
	return m->p * (m->gamma + total) / (m->p * x + (m->q - 1));
}

/* Sums over the customers of one x: log(1 + gamma/Z), log(1 + Z/gamma), gamma/(gamma+Z), its
 * product with Z/(gamma+Z), log m. */
struct same_x {
	double x, w, log_g, log_z, e, exi, log_m;
};

/* log Gamma(px+q) - log Gamma(px) - log Gamma(q) with derivatives: from the greater of the
 * two in one go, so that what they have in common never appears. */
struct pairing {
	double log, p, q, pp, pq, qq;
};

static struct pairing pairing(double px, double q)
{
	const double big = fmax(px, q), low = fmin(px, q), d = digamma(low), t = trigamma(low);
	const struct rising to = rising_real(big, low);
	int sign;
	const double tri = trigamma(px + q), of_low = digamma(px + q) - d;
	struct pairing o = { to.log - lgamma_r(low, &sign), to.inv, of_low, -to.inv2, tri, tri - t };
	if (px < q)
		o = (struct pairing){ o.log, of_low, to.inv, tri - t, tri, -to.inv2 };
	return o;
}

static void add_x(const struct spend_model *m, const struct same_x *s, double *value, double *g, double *h)
{
	const double px = m->p * s->x, q = m->q, all = px + q, q1 = q - 1;
	const struct pairing b = pairing(px, q);
	const double gp = s->w * b.p - s->log_g, gq = s->w * b.q - s->log_z;
	*value += s->w * b.log - px * s->log_g - q * s->log_z - s->log_m;
	g[0] += px * gp;
	g[1] += q1 * gq;
	g[2] += q * (s->w - s->e) - px * s->e;
	h[0] += px * gp + px * px * s->w * b.pp;
	h[1] += px * q1 * s->w * b.pq;
	h[2] -= px * s->e;
	h[4] += q1 * gq + q1 * q1 * s->w * b.qq;
	h[5] += q1 * (s->w - s->e);
	h[8] -= all * s->exi;
}

static void add_customer(struct same_x *s, double gamma, double total, double w)
{
	const double z = total / gamma, e = 1 / (1 + z), l = log(z), far = log1p(z > 1 ? 1 / z : z);
	s->w += w;
	s->log_g += w * (z > 1 ? far : far - l);
	s->log_z += w * (z > 1 ? far + l : far);
	s->e += w * e;
	s->exi += w * e * (z * e);
	s->log_m += w * l;
}

bool spend_loglik(const struct spend_model *m, const struct spend_cells *c, double *value, double *g, double *h)
{
	double gn[3] = { 0 }, hn[9] = { 0 };
	*value = 0;
	if (!(m->p > 0) || !(m->q > 1) || !(m->gamma > 0) || isinf(m->p) || isinf(m->q) || isinf(m->gamma))
		return false;
	for (size_t i = 0; i < c->n;) {
		struct same_x s = { .x = c->x[i] };
		const uint32_t x = c->x[i];
		for (; i < c->n && c->x[i] == x; i++)
			add_customer(&s, m->gamma, c->total[i], c->w[i]);
		s.log_m += s.w * log(m->gamma / s.x);
		add_x(m, &s, value, gn, hn);
	}
	const bool ok = mirrored(3, gn, hn);
	if (g)
		memcpy(g, gn, sizeof gn);
	if (h)
		memcpy(h, hn, sizeof hn);
	return ok && isfinite(*value);
}

static struct spend_model at_logs(const double *x)
{
	return (struct spend_model){ exp(x[0]), 1 + exp(x[1]), exp(x[2]) };
}

static bool objective(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	const struct spend_model m = at_logs(x);
	(void)n;
	return spend_loglik(&m, ctx, value, g, h);
}

static const char *why_not(const struct spend_model *m)
{
	if (m->q - 1 < 1e-4)
		return "spending has so long a tail that no mean exists: q falls to its bound of 1";
	if (m->p > 1e3 && m->p > m->q)
		return "a customer's purchases hardly differ in money: p grows without bound";
	if (m->q > 1e3)
		return "customers do not differ in what they spend: q and gamma grow without bound";
	return "the likelihood of spending is too flat around its best parameters to tell them apart";
}

void spend_fit(struct spend_fit *out, const struct spend_cells *c, const struct spend_model *start)
{
	static const double first[3][2] = { { 5, 3 }, { 1, 2 }, { 50, 10 } };
	double mean = 0;
	struct fitted best = { .computed = false };
	*out = (struct spend_fit){ .loglik = NAN };
	for (size_t i = 0; i < c->n; i++) {
		out->customers += c->w[i];
		mean += c->w[i] * c->total[i] / c->x[i];
	}
	if (!(out->customers >= 3)) {
		out->reason = "fewer than three customers have spent money on a repeat purchase";
		return;
	}
	mean /= out->customers;
	for (int turn = start ? -1 : 0; turn < 3; turn++) {
		const double p = turn < 0 ? start->p : first[turn][0], q = turn < 0 ? start->q : first[turn][1];
		double x[3] = { log(p), log(q - 1), log(turn < 0 ? start->gamma : mean * (q - 1) / p) };
		const struct fitted now = fit_logs(objective, (void *)(uintptr_t)c, x, 3, out->customers);
		out->evals += now.evals;
		if (fit_better(&now, &best)) {
			best = now;
			out->model = at_logs(x);
			out->loglik = now.value;
			out->condition = now.condition;
			memcpy(out->grad, now.grad, sizeof out->grad);
			memcpy(out->cov, now.cov, sizeof out->cov);
		}
		if (best.maximum)
			return;
	}
	out->reason = best.computed ? why_not(&out->model) : "the likelihood of spending cannot be computed for these data";
}
