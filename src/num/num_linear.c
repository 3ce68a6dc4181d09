/* Small dense symmetric algebra: eigenvalues, inverse, solution.
 *
 * Eigenvalues by cyclic Jacobi rotations (Golub & Van Loan 8.5): for 48 rows at most, and
 * the only method whose small eigenvalues of a graded matrix keep their digits. Inverse
 * and solution by Cholesky's factor after scaling to a unit diagonal, so that units of
 * parameters do not decide whether a matrix passes for positive definite.
 */
#include <float.h>
#include <math.h>
#include "wend/optim.h"

static double off_diagonal(const double *a, size_t n)
{
	double s = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			s += a[i * n + j] * a[i * n + j];
	return s;
}

static void rotate(double *a, double *q, size_t n, size_t p, size_t r)
{
	const double apr = a[p * n + r];
	if (apr == 0)
		return;
	const double theta = (a[r * n + r] - a[p * n + p]) / (2 * apr);
	const double t = copysign(1, theta) / (fabs(theta) + hypot(theta, 1));
	const double c = 1 / hypot(t, 1), s = t * c;
	for (size_t k = 0; k < n; k++) {
		const double kp = a[k * n + p], kr = a[k * n + r];
		a[k * n + p] = c * kp - s * kr;
		a[k * n + r] = s * kp + c * kr;
	}
	for (size_t k = 0; k < n; k++) {
		const double pk = a[p * n + k], rk = a[r * n + k];
		a[p * n + k] = c * pk - s * rk;
		a[r * n + k] = s * pk + c * rk;
	}
	for (size_t k = 0; k < n; k++) {
		const double kp = q[k * n + p], kr = q[k * n + r];
		q[k * n + p] = c * kp - s * kr;
		q[k * n + r] = s * kp + c * kr;
	}
}

void sym_eigen(double *a, size_t n, double *value, double *q)
{
	double whole = 0;
	for (size_t i = 0; i < n * n; i++) {
		q[i] = i / n == i % n;
		whole += a[i] * a[i];
	}
	for (int sweep = 0; sweep < 60 && off_diagonal(a, n) > whole * 1e-40; sweep++)
		for (size_t p = 0; p < n; p++)
			for (size_t r = p + 1; r < n; r++)
				rotate(a, q, n, p, r);
	for (size_t i = 0; i < n; i++)
		value[i] = a[i * n + i];
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && value[j - 1] > value[j]; j--) {
			double t = value[j];
			value[j] = value[j - 1];
			value[j - 1] = t;
			for (size_t k = 0; k < n; k++) {
				t = q[k * n + j];
				q[k * n + j] = q[k * n + j - 1];
				q[k * n + j - 1] = t;
			}
		}
}

/* a = D L L' D with D the roots of the diagonal; L in the lower half of l. */
static bool factor(double *l, double *d, const double *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		d[i] = sqrt(a[i * n + i]);
		if (!(d[i] > 0) || isinf(d[i]))
			return false;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++) {
			double s = a[i * n + j] / d[i] / d[j];
			for (size_t k = 0; k < j; k++)
				s -= l[i * n + k] * l[j * n + k];
			if (i == j && !(s > (double)n * DBL_EPSILON))
				return false;
			l[i * n + j] = i == j ? sqrt(s) : s / l[j * n + j];
		}
	return true;
}

static void substitute(double *x, const double *l, const double *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		x[i] /= d[i];
		for (size_t k = 0; k < i; k++)
			x[i] -= l[i * n + k] * x[k];
		x[i] /= l[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t k = i + 1; k < n; k++)
			x[i] -= l[k * n + i] * x[k];
		x[i] /= l[i * n + i];
	}
	for (size_t i = 0; i < n; i++)
		x[i] /= d[i];
}

bool spd_solve(double *x, const double *a, const double *b, size_t n)
{
	double l[OPTIM_MAX * OPTIM_MAX], d[OPTIM_MAX];
	if (n > OPTIM_MAX || !factor(l, d, a, n))
		return false;
	for (size_t i = 0; i < n; i++)
		x[i] = b[i];
	substitute(x, l, d, n);
	return true;
}

bool spd_inverse(double *out, const double *a, size_t n)
{
	double l[OPTIM_MAX * OPTIM_MAX], d[OPTIM_MAX], column[OPTIM_MAX];
	if (n > OPTIM_MAX || !factor(l, d, a, n))
		return false;
	for (size_t j = 0; j < n; j++) {
		for (size_t i = 0; i < n; i++)
			column[i] = i == j;
		substitute(column, l, d, n);
		for (size_t i = 0; i < n; i++)
			out[i * n + j] = column[i];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			out[i * n + j] = out[j * n + i] = (out[i * n + j] + out[j * n + i]) / 2;
	return true;
}
