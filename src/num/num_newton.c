/* Damped Newton with exact gradient and Hessian.
 *
 * Step. H = Q diag(l) Q'; the step is Q diag(1/max(|l|, tiny)) Q' g: Newton's where the
 * function is concave, uphill where it is not. No coordinate moves by more than 2 (they
 * are logarithms: a factor of 7). The step is halved until the value rises by a ten
 * thousandth of what the quadratic promises (Armijo; Nocedal & Wright 3.1). Close to the
 * maximum the rise is below rounding: there a step passes when the gradient shrinks.
 *
 * End. The greatest |gradient| / scale <= 1e-13, or it cannot be made smaller; then 1e-10
 * decides whether that is a maximum.
 */
#include <math.h>
#include <string.h>
#include "wend/optim.h"

#define STEP_MAX 2.0
#define WANTED 1e-13
#define ENOUGH 1e-10
enum { ROUNDS = 200, HALVINGS = 40 };

static bool free_at(const struct newton *w, size_t i)
{
	return !(w->fixed >> i & 1);
}

static double steepest(const struct newton *w, const double *g, size_t n)
{
	double most = 0;
	for (size_t i = 0; i < n; i++)
		if (free_at(w, i) && !(fabs(g[i]) <= most))
			most = fabs(g[i]);
	return most / w->scale;
}

/* The step and the rise the quadratic promises. */
static double direction(const struct newton *w, size_t n, double *step)
{
	double h[OPTIM_MAX * OPTIM_MAX], q[OPTIM_MAX * OPTIM_MAX], l[OPTIM_MAX], big = 0, rise = 0, most = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			h[i * n + j] = free_at(w, i) && free_at(w, j) ? w->hess[i * n + j] : 0;
	sym_eigen(h, n, l, q);
	for (size_t k = 0; k < n; k++)
		big = fmax(big, fabs(l[k]));
	memset(step, 0, n * sizeof *step);
	for (size_t k = 0; k < n; k++) {
		double along = 0;
		for (size_t i = 0; i < n; i++)
			if (free_at(w, i))
				along += q[i * n + k] * w->grad[i];
		const double size = along / fmax(fabs(l[k]), big * 1e-14);
		for (size_t i = 0; i < n && along != 0; i++)
			step[i] += free_at(w, i) ? size * q[i * n + k] : 0;
	}
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(step[i]));
	for (size_t i = 0; i < n; i++) {
		if (most > STEP_MAX)
			step[i] *= STEP_MAX / most;
		rise += step[i] * (free_at(w, i) ? w->grad[i] : 0);
	}
	return rise;
}

struct point {
	double x[OPTIM_MAX], value, grad[OPTIM_MAX], hess[OPTIM_MAX * OPTIM_MAX];
};

static bool better(const struct newton *w, const struct point *p, size_t n, double promised)
{
	const double noise = 1e-13 * (fabs(w->value) + w->scale);
	if (p->value >= w->value + 1e-4 * promised && promised > noise)
		return true;
	return fabs(p->value - w->value) <= noise && steepest(w, p->grad, n) < steepest(w, w->grad, n);
}

static bool move(struct newton *w, objective_fn *f, void *ctx, double *x, size_t n)
{
	double step[OPTIM_MAX];
	struct point p;
	const double rise = direction(w, n, step);
	double part = 1;
	for (int k = 0; k < HALVINGS; k++, part /= 2) {
		for (size_t i = 0; i < n; i++)
			p.x[i] = x[i] + part * step[i];
		w->evals++;
		if (!f(p.x, n, &p.value, p.grad, p.hess, ctx) || !better(w, &p, n, part * rise))
			continue;
		memcpy(x, p.x, n * sizeof *x);
		w->value = p.value;
		memcpy(w->grad, p.grad, n * sizeof *p.grad);
		memcpy(w->hess, p.hess, n * n * sizeof *p.hess);
		return true;
	}
	return false;
}

void newton_maximise(struct newton *w, objective_fn *f, void *ctx, double *x, size_t n)
{
	w->evals = 1;
	w->ran_off = false;
	w->status = NUMR_DOMAIN;
	if (n > OPTIM_MAX || !f(x, n, &w->value, w->grad, w->hess, ctx))
		return;
	for (int round = 0; round < ROUNDS && steepest(w, w->grad, n) > WANTED; round++) {
		for (size_t i = 0; i < n; i++)
			w->ran_off |= free_at(w, i) && fabs(x[i]) > w->far;
		if (w->ran_off || !move(w, f, ctx, x, n))
			break;
	}
	w->status = !w->ran_off && steepest(w, w->grad, n) <= ENOUGH ? NUMR_OK : NUMR_NO_CONVERGENCE;
}
