/* BG/BB: at each of n opportunities a customer who has not left buys with a chance that is
 * beta(alpha, beta) over customers; before each he leaves with a chance that is
 * beta(gamma, delta) (Fader, Hardie & Shang 2010).
 *
 * Formula. Left after opportunity t (t_x <= t < n), or still there at t = n:
 *     L = sum_t B(alpha+x, beta+t-x) / B(alpha, beta) * D_t,
 *     D_t = B(gamma+1, delta+t) / B(gamma, delta) for t < n, B(gamma, delta+n) / B(gamma, delta) at n.
 * Quotients of beta functions are products over whole steps: running sums of logarithms and
 * reciprocals. The sum over t goes relative to its greatest term; derivatives are averages
 * over it.
 *
 *     purchases ahead if alive  (alpha+x) / (alpha+beta+n) sum_{i>=1} E[(1-theta)^i]
 *
 * Range. Parameters from 1e-6 to 1e8, n to 1,000: value to 12 digits, derivatives to 11
 * (tests/unit/model_likelihood.c).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "btyd.h"
#include "fitted.h"
#include "wend/mem.h"

/* Sums of log(c+i), 1/(c+i), 1/(c+i)^2 over i < k, for all k <= n. */
struct ladder {
	struct rising *v;
};

static struct ladder ladder(double c, uint32_t n)
{
	struct ladder l = { xreallocarray(NULL, (size_t)n + 1, sizeof *l.v) };
	l.v[0] = (struct rising){ 0, 0, 0 };
	for (uint32_t i = 0; i < n; i++) {
		const double v = c + i, inv = 1 / v;
		l.v[i + 1] = (struct rising){ l.v[i].log + log(v), l.v[i].inv + inv, l.v[i].inv2 + inv * inv };
	}
	return l;
}

struct ladders {
	struct ladder alpha, beta, alpha_beta, delta, gamma_delta;
};

static struct ladders ladders_of(const struct chance_model *m, uint32_t n)
{
	return (struct ladders){ ladder(m->p[0], n), ladder(m->p[1], n), ladder(m->p[0] + m->p[1], n), ladder(m->p[3], n), ladder(m->p[2] + m->p[3], n + 1) };
}

static void ladders_free(struct ladders *l)
{
	free(l->alpha.v);
	free(l->beta.v);
	free(l->alpha_beta.v);
	free(l->delta.v);
	free(l->gamma_delta.v);
}

/* One way the history can have come about: its logarithm and derivatives. */
struct way {
	double log, g[4], h[16];
};

static struct way way_of(const struct ladders *l, double gamma, uint32_t x, uint32_t t, bool left)
{
	const struct rising a = l->alpha.v[x], b = l->beta.v[t - x], ab = l->alpha_beta.v[t];
	const struct rising d = l->delta.v[t], gd = l->gamma_delta.v[t + left];
	struct way w = { .log = a.log + b.log - ab.log + d.log - gd.log + (left ? log(gamma) : 0) };
	w.g[0] = a.inv - ab.inv;
	w.g[1] = b.inv - ab.inv;
	w.g[2] = (left ? 1 / gamma : 0) - gd.inv;
	w.g[3] = d.inv - gd.inv;
	w.h[0] = ab.inv2 - a.inv2;
	w.h[1] = ab.inv2;
	w.h[5] = ab.inv2 - b.inv2;
	w.h[10] = gd.inv2 - (left ? 1 / (gamma * gamma) : 0);
	w.h[11] = gd.inv2;
	w.h[15] = gd.inv2 - d.inv2;
	return w;
}

static void add_cell(const struct ladders *l, double gamma, uint32_t x, uint32_t tx, uint32_t n, double weight, double *value, double *g, double *h)
{
	double top = -INFINITY, mass = 0, mean[4] = { 0 }, second[16] = { 0 };
	for (uint32_t t = tx; t <= n; t++)
		top = fmax(top, way_of(l, gamma, x, t, t < n).log);
	for (uint32_t t = tx; t <= n; t++) {
		const struct way w = way_of(l, gamma, x, t, t < n);
		const double share = exp(w.log - top);
		mass += share;
		for (int i = 0; i < 4; i++) {
			mean[i] += share * w.g[i];
			for (int j = i; j < 4; j++)
				second[i * 4 + j] += share * (w.g[i] * w.g[j] + w.h[i * 4 + j]);
		}
	}
	*value += weight * (top + log(mass));
	for (int i = 0; i < 4; i++) {
		g[i] += weight * mean[i] / mass;
		for (int j = i; j < 4; j++)
			h[i * 4 + j] += weight * (second[i * 4 + j] / mass - mean[i] * mean[j] / (mass * mass));
	}
}

bool chance_loglik(const struct chance_model *m, const struct chance_cells *c, double *value, double *g, double *h)
{
	double gn[4] = { 0 }, hn[16] = { 0 };
	uint32_t most = 0;
	*value = 0;
	for (int i = 0; i < 4; i++)
		if (!(m->p[i] > 0) || isinf(m->p[i]))
			return false;
	for (size_t i = 0; i < c->n; i++)
		most = c->of[i] > most ? c->of[i] : most;
	struct ladders l = ladders_of(m, most);
	for (size_t i = 0; i < c->n; i++)
		add_cell(&l, m->p[2], c->x[i], c->tx[i], c->of[i], c->w[i], value, gn, hn);
	ladders_free(&l);
	const bool ok = by_logs(m->p, 4, gn, hn);
	if (g)
		memcpy(g, gn, sizeof gn);
	if (h)
		memcpy(h, hn, sizeof hn);
	return ok && isfinite(*value);
}

struct task {
	const struct chance_cells *c;
};

static bool objective(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	const struct task *t = ctx;
	struct chance_model m;
	for (size_t i = 0; i < n; i++)
		m.p[i] = exp(x[i]);
	return chance_loglik(&m, t->c, value, g, h);
}

/* Which limit the parameters are on their way to: the one they have gone farthest towards. */
static const char *why_not(const struct chance_model *m)
{
	const double *p = m->p, far = 7;
	const struct { double by; const char *why; } limit[] = {
		{ log1p(p[3] / p[2]), "nobody seems to leave: the chance to leave before an opportunity, gamma / (gamma + delta), goes to 0" },
		{ log1p(p[2] / p[3]), "nearly everybody leaves at once: the chance to leave, gamma / (gamma + delta), goes to 1" },
		{ log(fmin(p[2], p[3])), "customers do not differ in their chance to leave: gamma and delta grow without bound" },
		{ -log(fmax(p[2], p[3])), "customers leave at once or never: gamma and delta go to 0" },
		{ log1p(p[0] / p[1]), "customers buy at every opportunity while they stay: alpha / (alpha + beta) goes to 1" },
		{ log1p(p[1] / p[0]), "buying is too rare to tell chances apart: alpha / (alpha + beta) goes to 0" },
		{ log(fmin(p[0], p[1])), "customers do not differ in their chance to buy: alpha and beta grow without bound" },
		{ -log(fmax(p[0], p[1])), "customers buy always or never: alpha and beta go to 0" },
	};
	size_t most = 0;
	for (size_t i = 1; i < sizeof limit / sizeof *limit; i++)
		if (limit[i].by > limit[most].by)
			most = i;
	return limit[most].by > far ? limit[most].why : "the likelihood is too flat around its best parameters to tell them apart";
}

void chance_fit(struct chance_fit *out, const struct chance_cells *c, const struct chance_model *start)
{
	enum { STARTS = 6 };
	static const double first[STARTS][4] = { { 1, 1, 0.5, 2 }, { 0.5, 2, 0.2, 1 }, { 2, 2, 1, 10 }, { 0.1, 5, 0.2, 10 }, { 1, 1, 0.1, 0.1 }, { 0.3, 1, 3, 30 } };
	struct task t = { c };
	struct fitted best = { .computed = false };
	double bought = 0;
	*out = (struct chance_fit){ .loglik = NAN };
	for (size_t i = 0; i < c->n; i++) {
		out->customers += c->w[i];
		bought += c->w[i] * c->x[i];
	}
	if (!(out->customers > 0))
		out->reason = "there is no customer";
	else if (!(bought > 0))
		out->reason = "nobody has bought again: nothing tells how often customers come back";
	for (int turn = start ? -1 : 0; turn < STARTS && !out->reason; turn++) {
		double x[4];
		for (int i = 0; i < 4; i++)
			x[i] = log(turn < 0 ? start->p[i] : first[turn][i]);
		const struct fitted now = fit_logs(objective, &t, x, 4, out->customers);
		out->evals += now.evals;
		if (!fit_better(&now, &best))
			continue;
		best = now;
		for (int i = 0; i < 4; i++)
			out->model.p[i] = exp(x[i]);
		out->loglik = now.value;
		out->condition = now.condition;
		memcpy(out->grad, now.grad, sizeof out->grad);
		memcpy(out->cov, now.cov, sizeof out->cov);
		if (best.maximum && turn < 0)
			break;
	}
	if (!out->reason && !best.maximum)
		out->reason = best.computed ? why_not(&out->model) : "the likelihood cannot be computed for these data";
}

/* ---- what a customer will do ---- */

double chance_alive(const struct chance_model *m, uint32_t x, uint32_t tx, uint32_t n)
{
	const double *p = m->p;
	/* Terms relative to that of being there, from t = n - 1 down: quotients of beta functions
	 * one step apart. */
	double odds = 0, term = p[2];
	for (uint32_t t = n; t-- > tx;) {
		term *= (p[0] + p[1] + t) / (p[1] + (t - x)) / (p[3] + t);
		if (t + 1 < n)
			term *= p[2] + p[3] + t + 1;
		odds += term;
	}
	return 1 / (1 + odds);
}

static double buys(const struct chance_model *m, uint32_t x, uint32_t n)
{
	return (m->p[0] + x) / (m->p[0] + m->p[1] + n);
}

double chance_expect(const struct chance_model *m, uint32_t x, uint32_t tx, uint32_t n, uint32_t ahead)
{
	double stay = 1, sum = 0;
	for (uint32_t i = 0; i < ahead; i++) {
		stay *= (m->p[3] + n + i) / (m->p[2] + m->p[3] + n + i);
		sum += stay;
	}
	return chance_alive(m, x, tx, n) * buys(m, x, n) * sum;
}

double chance_discounted(const struct chance_model *m, uint32_t x, uint32_t tx, uint32_t n, double d)
{
	double stay = 1, sum = 0;
	for (uint32_t i = 0; i < 100000000; i++) {
		stay *= (m->p[3] + n + i) / (m->p[2] + m->p[3] + n + i) / (1 + d);
		sum += stay;
		if (stay < sum * 1e-18)
			break;
	}
	return chance_alive(m, x, tx, n) * buys(m, x, n) * sum;
}
