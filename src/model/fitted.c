/* Maxima over logarithms of parameters.
 *
 * d/d log p = p d/dp; d2/(d log p d log q) = p q d2/(dp dq) + [p = q] p d/dp. The covariance
 * is the inverse of the observed information in the logarithms.
 */
#include "fitted.h"

#include <math.h>
#include <string.h>

struct fitted fit_logs(objective_fn *f, void *ctx, double *x, size_t n, double customers)
{
	struct newton w = { .scale = customers, .far = FIT_FAR };
	struct fitted out = { .computed = false };
	double info[OPTIM_MAX * OPTIM_MAX], q[OPTIM_MAX * OPTIM_MAX], l[OPTIM_MAX];
	newton_maximise(&w, f, ctx, x, n);
	out.evals = w.evals;
	if (w.status == NUMR_DOMAIN)
		return out;
	out.computed = true;
	out.value = w.value;
	for (size_t i = 0; i < n; i++)
		out.grad[i] = w.grad[i] / customers;
	for (size_t i = 0; i < n * n; i++)
		info[i] = -w.hess[i];
	const bool known = spd_inverse(out.cov, info, n);
	for (size_t i = 0; i < n * n && !known; i++)
		out.cov[i] = NAN;
	sym_eigen(info, n, l, q);
	out.condition = l[0] > 0 ? l[n - 1] / l[0] : INFINITY;
	out.maximum = w.status == NUMR_OK && known && out.condition < FIT_FLAT;
	return out;
}

bool fit_better(const struct fitted *now, const struct fitted *best)
{
	const double equal = 1e-9 * fabs(best->value);
	if (!now->computed || !best->computed)
		return now->computed;
	return now->value > best->value + equal || (now->maximum && !best->maximum && now->value >= best->value - equal);
}

bool mirrored(size_t n, const double *g, double *h)
{
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		ok = ok && isfinite(g[i]);
		for (size_t j = i; j < n; j++) {
			h[j * n + i] = h[i * n + j];
			ok = ok && isfinite(h[i * n + j]);
		}
	}
	return ok;
}

bool by_logs(const double *p, size_t n, double *g, double *h)
{
	for (size_t i = 0; i < n; i++)
		g[i] *= p[i];
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			h[i * n + j] = h[i * n + j] * p[i] * p[j] + (i == j ? g[i] : 0);
	return mirrored(n, g, h);
}
