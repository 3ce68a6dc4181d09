/* Gamma-Gamma: money of a purchase is gamma(p, nu) within a customer, nu is gamma(q, gamma)
 * over customers (Fader & Hardie 2013, "The Gamma-Gamma model of monetary value").
 *
 * Formula. With Z = the customer's total and m = Z / x,
 *     log f = log Gamma(px+q) - log Gamma(px) - log Gamma(q) + q log gamma
 *             + px log Z - log m - (px+q) log(gamma + Z).
 * All but log(gamma+Z) and its derivatives depends on x alone and is computed once for each
 * x. The parameters are log p, log(q-1), log gamma: q > 1 always, so that a mean exists; a
 * fit that runs into q = 1 says so.
 *
 *     mean over customers  gamma p / (q-1)
 *     of one customer      p (gamma + Z) / (px + q - 1)
 *
 * Range. Money of any scale: parameters from 1e-6 to 1e8, px to 1e9.
 */
#include <math.h>
#include <string.h>
#include "fitted.h"
#include "wend/model.h"

double spend_mean(const struct spend_model *m)
{
	return m->gamma * m->p / (m->q - 1);
}

double spend_expect(const struct spend_model *m, uint32_t x, double total)
{
	return m->p * (m->gamma + total) / (m->p * x + (m->q - 1));
}

/* Sums over the customers of one x. */
struct same_x {
	double x, w, log_sum, inv, inv2, log_z, log_m;
};

static void add_x(const struct spend_model *m, const struct same_x *s, double *value, double *g, double *h)
{
	const double px = m->p * s->x, all = px + m->q;
	int sign;
	const double dg = digamma(all), tg = trigamma(all);
	*value += s->w * (lgamma_r(all, &sign) - lgamma_r(px, &sign) - lgamma_r(m->q, &sign) + m->q * log(m->gamma));
	*value += px * s->log_z - s->log_m - all * s->log_sum;
	g[0] += s->x * (s->w * (dg - digamma(px)) + s->log_z - s->log_sum);
	g[1] += s->w * (dg - digamma(m->q) + log(m->gamma)) - s->log_sum;
	g[2] += s->w * m->q / m->gamma - all * s->inv;
	h[0] += s->w * s->x * s->x * (tg - trigamma(px));
	h[1] += s->w * s->x * tg;
	h[2] -= s->x * s->inv;
	h[4] += s->w * (tg - trigamma(m->q));
	h[5] += s->w / m->gamma - s->inv;
	h[8] += all * s->inv2 - s->w * m->q / (m->gamma * m->gamma);
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
		for (; i < c->n && c->x[i] == x; i++) {
			const double w = c->w[i], sum = m->gamma + c->total[i], inv = 1 / sum, log_z = log(c->total[i]);
			s.w += w;
			s.log_sum += w * log(sum);
			s.inv += w * inv;
			s.inv2 += w * inv * inv;
			s.log_z += w * log_z;
		}
		s.log_m = s.log_z - s.w * log(s.x);
		add_x(m, &s, value, gn, hn);
	}
	const double p[3] = { m->p, m->q - 1, m->gamma };
	const bool ok = by_logs(p, 3, gn, hn);
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
	if (m->p > 1e4)
		return "a customer's purchases hardly differ in money: p grows without bound";
	if (m->q > 1e4 || m->gamma > 1e8)
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
