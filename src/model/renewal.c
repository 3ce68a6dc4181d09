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
 * Range. alpha, beta from 1e-4 to 1e7, c from 0.05 to 8: value to 12 digits, derivatives to
 * 11 (tests/unit/model_likelihood.c).
 */
#include <math.h>
#include <string.h>
#include "btyd.h"
#include "fitted.h"

/* A logarithm of survival with derivatives in alpha, beta, c. */
struct survived {
	double log, g[3], h[9];
};

/* log S(to^c) - log S(from^c): both gamma functions move by the same step w, so the difference
 * is that of two steps, R(z) = log Gamma(z+w) - log Gamma(z) at beta + u and alpha + beta + u;
 * or, w and alpha exchanged, of two steps alpha: the shorter one cancels less. */
static struct survived between(const struct renewal_model *m, double from, double to)
{
	struct survived s = { 0 };
	if (!(to > 0))
		return s;
	const double l0 = from > 0 ? log(from) : 0, l1 = log(to);
	const double u0 = from > 0 ? exp(m->c * l0) : 0, u1 = exp(m->c * l1), w = from > 0 ? u0 * expm1(m->c * (l1 - l0)) : u1;
	const double b = m->beta + u0, ab = b + m->alpha, du0 = u0 * l0, du1 = u1 * l1;
	const struct rising near = rising_real(b, w), far = rising_real(ab, w);
	/* digamma(z) - digamma(z + alpha) and trigamma likewise, at both ends */
	const struct rising at0 = rising_real(b, m->alpha), at1 = rising_real(m->beta + u1, m->alpha);
	const bool small_step = w < m->alpha;
	s.log = small_step ? near.log - far.log : at0.log - at1.log;
	s.g[0] = -far.inv;
	s.g[1] = small_step ? near.inv - far.inv : at0.inv - at1.inv;
	s.g[2] = at0.inv * du0 - at1.inv * du1;
	s.h[0] = s.h[1] = far.inv2;
	s.h[2] = trigamma(ab) * du0 - trigamma(m->beta + u1 + m->alpha) * du1;
	s.h[4] = far.inv2 - near.inv2;
	s.h[5] = at1.inv2 * du1 - at0.inv2 * du0;
	s.h[8] = at1.inv2 * du1 * du1 - at1.inv * du1 * l1 - at0.inv2 * du0 * du0 + at0.inv * du0 * l0;
	return s;
}

/* The same for one period by the plain quotient. */
static struct survived kept_plain(const struct renewal_model *m, size_t t)
{
	struct survived s = { 0 };
	const double b = m->beta + (double)t - 1, ab = m->alpha + b;
	s.log = -log1p(m->alpha / b);
	s.g[0] = -1 / ab;
	s.g[1] = m->alpha / (b * ab);
	s.h[0] = s.h[1] = 1 / (ab * ab);
	s.h[4] = -s.g[1] * (1 / ab + 1 / b);
	return s;
}

static struct survived kept(const struct renewal_model *m, bool bdw, size_t t)
{
	return bdw ? between(m, (double)t - 1, (double)t) : kept_plain(m, t);
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

/* Which limit the parameters are on their way to: the one they have gone farthest towards. */
static const char *why_not(const struct renewal_model *m)
{
	const double far = 7;
	const struct { double by; const char *why; } limit[] = {
		{ log(fmin(m->alpha, m->beta)), "customers do not differ in their chance to leave: alpha and beta grow without bound" },
		{ -log(fmax(m->alpha, m->beta)), "customers stay for ever or leave at once: alpha and beta go to 0" },
		{ log1p(m->beta / m->alpha), "hardly anybody leaves: the chance to leave, alpha / (alpha + beta), goes to 0" },
		{ log1p(m->alpha / m->beta), "nearly everybody leaves at the first renewal: alpha / (alpha + beta) goes to 1" },
		{ 4 * log(m->c), "customers leave all after the same time: c grows without bound" },
		{ -4 * log(m->c), "customers leave at the first renewal or never: c goes to 0" },
	};
	size_t most = 0;
	for (size_t i = 1; i < sizeof limit / sizeof *limit; i++)
		if (limit[i].by > limit[most].by)
			most = i;
	return limit[most].by > far ? limit[most].why : "the likelihood is too flat around its best parameters to tell them apart";
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
	for (int turn = start ? -1 : 0; turn < 3 && !out->reason && !(start && best.maximum); turn++) {
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
	return exp(between(m, 0, t).log);
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
