/* room: model (internal)
 * What the fits of this room share: a maximum over the logarithms of parameters, its
 * covariance, and whether it is one.
 */
#ifndef WEND_FITTED_H
#define WEND_FITTED_H

#include "wend/optim.h"

#define FIT_FAR 25.0   /* logarithms beyond this have run off */
#define FIT_FLAT 1e8   /* a condition number above this is no maximum */

struct fitted {
	bool computed;     /* false: not at the start */
	bool maximum;
	double value, condition, grad[OPTIM_MAX], cov[OPTIM_MAX * OPTIM_MAX]; /* gradient per customer */
	int evals;
};
/* From x to the maximum of f in x; `customers` scales gradients. */
struct fitted fit_logs(objective_fn *f, void *ctx, double *x, size_t n, double customers);
/* Whether `now` is to be kept over `best`: the higher, and of equals the true maximum. */
bool fit_better(const struct fitted *now, const struct fitted *best);
/* Fills the lower half of h from the upper; false when something is not finite. */
bool mirrored(size_t n, const double *g, double *h);
/* Gradient and Hessian by parameters -> by logarithms, in place; h upper half is enough.
 * False when something is not finite. */
bool by_logs(const double *p, size_t n, double *g, double *h);

#endif
