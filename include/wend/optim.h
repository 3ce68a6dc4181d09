/* room: num
 * Maxima of smooth functions with exact derivatives, small dense algebra, quadrature.
 * Pure: no memory is kept, nothing is printed. Matrices are n x n, row by row. Of the
 * algebra, chol_* takes any n, the rest up to OPTIM_MAX.
 */
#ifndef WEND_OPTIM_H
#define WEND_OPTIM_H

#include "num.h"

enum { OPTIM_MAX = 48 };

/* Eigenvalues (ascending) and eigenvectors (column k of q) of a symmetric matrix by
 * Jacobi's rotations; `a` is destroyed. */
void sym_eigen(double *a, size_t n, double *value, double *q);
/* The inverse of a symmetric positive definite matrix; false, `out` untouched, when it is
 * not. In and out may be the same. */
bool spd_inverse(double *out, const double *a, size_t n);
/* Solves a x = b for symmetric positive definite a; false when it is not. */
bool spd_solve(double *x, const double *a, const double *b, size_t n);

/* Cholesky's factor of a symmetric matrix of any size, in the lower triangle, which is all
 * that is read. A column of which no more than `least` of its diagonal is left once those
 * before it are taken out depends on them: it is left out, told in `out` (may be NULL; 1 =
 * left out), and solutions have 0 there. Returns how many are. A diagonal of 0 is left out. */
size_t chol_factor(double *a, size_t n, double least, unsigned char *out);
/* x becomes the solution for the right hand side x. Where a column is left out, 0. */
void chol_solve(const double *l, size_t n, double *x);
/* The inverse, both triangles; rows and columns left out are 0. `out` is another matrix. */
void chol_inverse(double *out, const double *l, size_t n);

/* A function to maximise: fills value, gradient and Hessian at x; false when x lies outside
 * of where it can be computed. */
typedef bool objective_fn(const double *x, size_t n, double *value, double *grad, double *hess, void *ctx);
struct newton {
	double scale;       /* gradients are judged relative to this: the number of customers */
	double far;         /* coordinates beyond +-far count as running off */
	uint64_t fixed;     /* bit i: coordinate i stays where it is (profiles) */
	/* results */
	enum num_result status; /* NUMR_DOMAIN: the start cannot be computed */
	bool ran_off;       /* some coordinate passed `far` */
	int evals;
	double value, grad[OPTIM_MAX], hess[OPTIM_MAX * OPTIM_MAX];
};
/* Damped Newton: steps through the eigenvalues of the Hessian made negative, shortened
 * until the value rises. `x` comes with the start and goes with the maximum. The maximum
 * has a gradient of at most 1e-10 `scale` in each coordinate that is not fixed. */
void newton_maximise(struct newton *w, objective_fn *f, void *ctx, double *x, size_t n);

/* Nodes and weights of Gauss and Legendre on [-1, 1]; n <= 64. */
void gauss_legendre(double *x, double *w, int n);

#endif
