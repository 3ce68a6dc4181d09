/* Static covariates: the purchase models for groups of customers who share what is known about
 * them (channel, place, plan), with common parameters and the effects of those attributes.
 *
 * Source. Fader & Hardie (2007, "Incorporating time-invariant covariates into the Pareto/NBD
 * and BG/NBD models").
 *
 * Formula. Of group g with attributes z_g the logarithms of the parameters are
 *     theta_g = theta + D_g c,
 * the common ones plus a row of the design times the effects: Pareto/NBD
 *     log alpha_g = log alpha - z_g' c1,   log beta_g = log beta - z_g' c2;
 * BG family
 *     log alpha_g = log alpha - z_g' c1,   log a_g = log a + z_g' c2,   log b_g = log b + z_g' c3.
 * The log-likelihood is the sum over groups; with J_g = [I, D_g] its gradient is the sum of
 * J_g' grad_g and its Hessian the sum of J_g' H_g J_g, both exact. Effects are sought from 0,
 * the common parameters from the fit without attributes. 2 (log L - log L without) is chi-square
 * with as many degrees of freedom as there are effects.
 *
 * Range. As of the likelihood of one group. Tests: derivatives against differences, parameters
 * of simulated customers (tests/unit/model_groups.c).
 */
#include <math.h>
#include <string.h>
#include "btyd.h"
#include "fitted.h"

/* Which parameter an effect moves, and its sign. */
struct lever {
	int param;
	double sign;
};

static struct lever lever_of(enum btyd_kind kind, size_t effect)
{
	static const struct lever pareto[2] = { { 1, -1 }, { 3, -1 } }, family[3] = { { 1, -1 }, { 2, 1 }, { 3, 1 } };
	return kind == BTYD_PNBD ? pareto[effect] : family[effect];
}

size_t btyd_effects(enum btyd_kind kind, size_t attributes)
{
	return attributes * (kind == BTYD_PNBD ? 2 : 3);
}

struct btyd_model btyd_of_group(const struct btyd_model *m, const double *effect, const double *z, size_t attributes)
{
	struct btyd_model out = *m;
	const size_t levers = btyd_effects(m->kind, 1);
	for (size_t l = 0; l < levers; l++) {
		const struct lever at = lever_of(m->kind, l);
		double sum = 0;
		for (size_t i = 0; i < attributes; i++)
			sum += z[i] * effect[l * attributes + i];
		out.p[at.param] *= exp(at.sign * sum);
	}
	return out;
}

/* J_g' grad_g and J_g' H_g J_g added to those of all parameters. */
static void add_group(double *g, double *h, size_t n, enum btyd_kind kind, const double *z, size_t attributes, const double *gg, const double *hg)
{
	double J[BTYD_PARAMS][OPTIM_MAX] = { { 0 } };
	for (size_t i = 0; i < BTYD_PARAMS; i++)
		J[i][i] = 1;
	for (size_t e = BTYD_PARAMS; e < n; e++) {
		const struct lever at = lever_of(kind, (e - BTYD_PARAMS) / attributes);
		J[at.param][e] = at.sign * z[(e - BTYD_PARAMS) % attributes];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < BTYD_PARAMS; k++) {
			if (fabs(J[k][i]) <= 0)
				continue;
			g[i] += J[k][i] * gg[k];
			for (size_t j = 0; j < n; j++)
				for (size_t l = 0; l < BTYD_PARAMS; l++)
					h[i * n + j] += J[k][i] * hg[k * BTYD_PARAMS + l] * J[l][j];
		}
}

bool btyd_loglik_groups(const struct btyd_model *m, const double *effect, const struct btyd_groups *c, double *value, double *g, double *h)
{
	const size_t n = BTYD_PARAMS + btyd_effects(m->kind, c->attributes);
	double gn[OPTIM_MAX] = { 0 }, hn[OPTIM_MAX * OPTIM_MAX] = { 0 };
	*value = 0;
	if (n > OPTIM_MAX)
		return false;
	for (size_t i = 0; i < c->n; i++) {
		const double *z = c->z + i * c->attributes;
		const struct btyd_model of = btyd_of_group(m, effect, z, c->attributes);
		double part, gg[BTYD_PARAMS], hg[BTYD_PARAMS * BTYD_PARAMS];
		if (!btyd_loglik(&of, &c->cells[i], &part, gg, hg))
			return false;
		*value += part;
		add_group(gn, hn, n, m->kind, z, c->attributes, gg, hg);
	}
	if (g)
		memcpy(g, gn, n * sizeof *g);
	if (h)
		memcpy(h, hn, n * n * sizeof *h);
	return isfinite(*value);
}

struct task {
	struct btyd_model model;
	const struct btyd_groups *c;
};

static struct btyd_model common_of(const struct btyd_model *like, const double *x)
{
	struct btyd_model m = *like;
	for (int i = 0; i < BTYD_PARAMS; i++)
		m.p[i] = exp(x[i]);
	return m;
}

static bool objective(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	const struct task *t = ctx;
	const struct btyd_model m = common_of(&t->model, x);
	(void)n;
	return btyd_loglik_groups(&m, x + BTYD_PARAMS, t->c, value, g, h);
}

/* All customers without their attributes. */
struct everybody {
	struct btyd_model model;
	const struct btyd_groups *c;
};

static bool alike(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	const struct everybody *e = ctx;
	const struct btyd_model m = common_of(&e->model, x);
	*value = 0;
	memset(g, 0, n * sizeof *g);
	memset(h, 0, n * n * sizeof *h);
	for (size_t i = 0; i < e->c->n; i++) {
		double part, gg[BTYD_PARAMS], hg[BTYD_PARAMS * BTYD_PARAMS];
		if (!btyd_loglik(&m, &e->c->cells[i], &part, gg, hg))
			return false;
		*value += part;
		for (size_t k = 0; k < n; k++)
			g[k] += gg[k];
		for (size_t k = 0; k < n * n; k++)
			h[k] += hg[k];
	}
	return true;
}

/* The attributes of the groups, with a constant, must not say the same twice. */
static bool told_apart(const struct btyd_groups *c)
{
	const size_t n = c->attributes + 1;
	double cross[OPTIM_MAX * OPTIM_MAX] = { 0 }, out[OPTIM_MAX * OPTIM_MAX];
	for (size_t i = 0; i < c->n; i++) {
		double w = 0;
		for (size_t k = 0; k < c->cells[i].n; k++)
			w += c->cells[i].w[k];
		for (size_t a = 0; a < n; a++)
			for (size_t b = 0; b < n; b++)
				cross[a * n + b] += w * (a ? c->z[i * c->attributes + a - 1] : 1) * (b ? c->z[i * c->attributes + b - 1] : 1);
	}
	return spd_inverse(out, cross, n);
}

void btyd_fit_groups(struct btyd_groups_fit *out, enum btyd_kind kind, int k, const struct btyd_groups *c, const struct btyd_model *start)
{
	const size_t effects = btyd_effects(kind, c->attributes), n = BTYD_PARAMS + effects;
	struct task t = { *start, c };
	struct everybody e = { *start, c };
	double x[OPTIM_MAX] = { 0 };
	t.model.kind = e.model.kind = kind;
	t.model.k = e.model.k = k;
	*out = (struct btyd_groups_fit){ .model = t.model, .n = n, .loglik = NAN, .plain = NAN, .p = NAN };
	for (size_t i = 0; i < c->n; i++)
		for (size_t j = 0; j < c->cells[i].n; j++)
			out->customers += c->cells[i].w[j];
	if (n > OPTIM_MAX)
		out->reason = "there are more attributes than can be fitted at once";
	else if (!(out->customers > 0))
		out->reason = "there is no customer";
	else if (!told_apart(c))
		out->reason = "the attributes say the same in other words, or nothing: their effects cannot be told apart";
	if (out->reason)
		return;
	for (int i = 0; i < BTYD_PARAMS; i++)
		x[i] = log(start->p[i]);
	const struct fitted plain = fit_logs(alike, &e, x, BTYD_PARAMS, out->customers);
	out->evals = plain.evals;
	if (!plain.maximum) {
		out->reason = "there is no fit without attributes to begin from";
		return;
	}
	const struct fitted now = fit_logs(objective, &t, x, n, out->customers);
	out->evals += now.evals;
	out->model = common_of(&t.model, x);
	memcpy(out->effect, x + BTYD_PARAMS, effects * sizeof *x);
	memcpy(out->grad, now.grad, n * sizeof *now.grad);
	memcpy(out->cov, now.cov, n * n * sizeof *now.cov);
	out->loglik = now.value;
	out->condition = now.condition;
	out->plain = plain.value;
	out->p = chisq_sf(fmax(2 * (now.value - plain.value), 0), (double)effects);
	if (!now.maximum)
		out->reason = "the effects of the attributes have no best values: some group is too small or too uniform";
}
