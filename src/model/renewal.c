/* Contracts that are renewed or not at the end of each period: shifted beta-geometric (Fader
 * & Hardie 2007) and beta-discrete-Weibull (Fader, Hardie, Liu, Davin & Steenburgh 2018).
 *
 * Formula. The chance to leave is beta(alpha, beta) over customers; with c != 1 it falls or
 * rises with time:  S(t) = B(alpha, beta + t^c) / B(alpha, beta).
 * Likelihood by periods: of risk_t who came to renewal t, lost_t left,
 *     log L = sum_t lost_t log h_t + (risk_t - lost_t) log(1 - h_t),
 *     log(1 - h_t) = D_t = log S(t) - log S(t-1),  h_t = -expm1(D_t);
 * sBG: 1 - h_t = (beta + t - 1) / (alpha + beta + t - 1), without special functions.
 *
 *     DEL  = sum_{t>=0} S(t) (1+d)^-t
 *     DERL = sum_{t>=n} S(t) / S(n-1) (1+d)^-(t-n), summed until a term adds nothing.
 *
 * Range. alpha, beta from 1e-6 to 1e8, c from 0.01 to 20.
 */
#include <math.h>
#include <string.h>
#include "fitted.h"
#include "wend/model.h"

/* log S(t) with derivatives in alpha, beta, c. */
struct survived {
	double log, g[3], h[9];
};

static struct survived survived(const struct renewal_model *m, double t)
{
	struct survived s = { 0 };
	int sign;
	if (!(t > 0))
		return s;
	const double u = pow(t, m->c), l = log(t), b = m->beta, ab = m->alpha + m->beta;
	const double g1 = digamma(b + u) - digamma(ab + u), h1 = trigamma(b + u) - trigamma(ab + u);
	const double du = u * l, duu = u * l * l;
	s.log = lgamma_r(b + u, &sign) - lgamma_r(b, &sign) - lgamma_r(ab + u, &sign) + lgamma_r(ab, &sign);
	s.g[0] = digamma(ab) - digamma(ab + u);
	s.g[1] = g1 - digamma(b) + digamma(ab);
	s.g[2] = g1 * du;
	s.h[0] = trigamma(ab) - trigamma(ab + u);
	s.h[1] = s.h[0];
	s.h[2] = -trigamma(ab + u) * du;
	s.h[4] = h1 - trigamma(b) + trigamma(ab);
	s.h[5] = h1 * du;
	s.h[8] = h1 * du * du + g1 * duu;
	return s;
}

/* D_t by the plain quotient. */
static struct survived kept_plain(const struct renewal_model *m, size_t t)
{
	struct survived s = { 0 };
	const double b = m->beta + (double)t - 1, ab = m->alpha + b;
	s.log = -log1p(m->alpha / b);
	s.g[0] = -1 / ab;
	s.g[1] = m->alpha / (b * ab);
	s.h[0] = s.h[1] = 1 / (ab * ab);
	s.h[4] = 1 / (ab * ab) - 1 / (b * b);
	return s;
}

static struct survived kept(const struct renewal_model *m, bool bdw, size_t t)
{
	if (!bdw)
		return kept_plain(m, t);
	struct survived now = survived(m, (double)t);
	const struct survived last = survived(m, (double)t - 1);
	now.log -= last.log;
	for (int i = 0; i < 3; i++)
		now.g[i] -= last.g[i];
	for (int i = 0; i < 9; i++)
		now.h[i] -= last.h[i];
	return now;
}

bool renewal_loglik(const struct renewal_model *m, bool bdw, const struct renewals *d, double *value, double *g, double *h)
{
	const size_t n = bdw ? 3 : 2;
	const double p[3] = { m->alpha, m->beta, m->c };
	double gn[3] = { 0 }, hn[9] = { 0 };
	*value = 0;
	for (size_t i = 0; i < n; i++)
		if (!(p[i] > 0) || isinf(p[i]))
			return false;
	for (size_t t = 0; t < d->n; t++) {
		const struct survived k = kept(m, bdw, t + 1);
		const double stay = d->risk[t] - d->lost[t], lost = d->lost[t];
		/* log h = log(-expm1(D)): slope -q, curve -q (1 + q) with q = e^D / (1 - e^D) */
		const double q = 1 / expm1(-k.log);
		if (lost > 0)
			*value += lost * log(-expm1(k.log));
		*value += stay * k.log;
		for (size_t i = 0; i < n; i++) {
			gn[i] += (stay - lost * q) * k.g[i];
			for (size_t j = i; j < n; j++)
				hn[i * n + j] += (stay - lost * q) * k.h[i * 3 + j] - lost * q * (1 + q) * k.g[i] * k.g[j];
		}
	}
	const bool ok = by_logs(p, n, gn, hn);
	if (g)
		memcpy(g, gn, n * sizeof *g);
	if (h)
		memcpy(h, hn, n * n * sizeof *h);
	return ok && isfinite(*value);
}

struct task {
	const struct renewals *d;
	bool bdw;
};

static struct renewal_model at_logs(const double *x, size_t n)
{
	return (struct renewal_model){ exp(x[0]), exp(x[1]), n > 2 ? exp(x[2]) : 1 };
}

static bool objective(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	const struct task *t = ctx;
	const struct renewal_model m = at_logs(x, n);
	return renewal_loglik(&m, t->bdw, t->d, value, g, h);
}

static const char *why_not(const struct renewal_model *m)
{
	if (m->alpha + m->beta > 1e4)
		return "customers do not differ in their chance to leave: alpha and beta grow without bound";
	if (m->alpha < 1e-4 || m->beta < 1e-4)
		return "customers stay for ever or leave at once: alpha and beta go to 0";
	return "the likelihood is too flat around its best parameters to tell them apart";
}

void renewal_fit(struct renewal_fit *out, bool bdw, const struct renewals *d, const struct renewal_model *start)
{
	static const double first[3][2] = { { 1, 3 }, { 0.3, 1 }, { 3, 30 } };
	const size_t n = bdw ? 3 : 2;
	struct task t = { d, bdw };
	struct fitted best = { .computed = false };
	double lost = 0, risk = 0;
	size_t periods = 0;
	*out = (struct renewal_fit){ .bdw = bdw, .loglik = NAN };
	for (size_t i = 0; i < d->n; i++) {
		lost += d->lost[i];
		risk += d->risk[i];
		periods += d->risk[i] > 0;
	}
	out->customers = d->n ? d->risk[0] : 0;
	if (!(risk > 0))
		out->reason = "nobody has come to a renewal yet";
	else if (!(lost > 0))
		out->reason = "nobody has left yet: nothing tells how long customers stay";
	else if (!(lost < risk))
		out->reason = "everybody has left at the first renewal: nothing tells how customers differ";
	else if (periods <= n - 1)
		out->reason = bdw ? "three periods with renewals are needed for three parameters" : "two periods with renewals are needed for two parameters";
	for (int turn = start ? -1 : 0; turn < 3 && !out->reason && !best.maximum; turn++) {
		double x[3] = { 0, 0, 0 };
		x[0] = log(turn < 0 ? start->alpha : first[turn][0]);
		x[1] = log(turn < 0 ? start->beta : first[turn][1]);
		x[2] = turn < 0 ? log(start->c) : 0;
		const struct fitted now = fit_logs(objective, &t, x, n, out->customers > 0 ? out->customers : 1);
		out->evals += now.evals;
		if (!fit_better(&now, &best))
			continue;
		best = now;
		out->model = at_logs(x, n);
		out->loglik = now.value;
		out->condition = now.condition;
		memcpy(out->grad, now.grad, n * sizeof *now.grad);
		memcpy(out->cov, now.cov, n * n * sizeof *now.cov);
	}
	if (!out->reason && !best.maximum)
		out->reason = best.computed ? why_not(&out->model) : "the likelihood cannot be computed for these data";
}

double renewal_survival(const struct renewal_model *m, double t)
{
	return exp(survived(m, t).log);
}

/* sum_{t>=n} S(t) / S(n-1) (1+d)^-(t-n); n = 0 begins with S(0) = 1. */
static double lifetime(const struct renewal_model *m, uint32_t n, double d)
{
	const bool bdw = m->c != 1;
	double stay = n ? exp(kept(m, bdw, n).log) : 1, sum = 0, factor = 1;
	for (size_t t = n; t < 100000000; t++) {
		sum += stay * factor;
		if (stay * factor < sum * 1e-18)
			break;
		stay *= exp(kept(m, bdw, t + 1).log);
		factor /= 1 + d;
	}
	return sum;
}

double renewal_del(const struct renewal_model *m, double d)
{
	return lifetime(m, 0, d);
}

double renewal_derl(const struct renewal_model *m, uint32_t n, double d)
{
	return lifetime(m, n, d);
}
