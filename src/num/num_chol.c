/* Cholesky's factor of matrices of any size, with columns that depend on those before them
 * left out (Golub & Van Loan 2013, 4.2): A = L L'.
 *
 * What is left of a diagonal element when the columns before it are taken out is the part of
 * that column that they do not explain; as a share of the element it is 1 - R^2 of its
 * regression on them, whatever the units. A column left out has a zero in L's diagonal.
 */
#include <math.h>
#include "wend/optim.h"

/* The sum of products in four strands, so that additions need not wait for each other. */
static double dot(const double *a, const double *b, size_t n)
{
	double s[4] = { 0 };
	size_t i = 0;
	for (; i + 4 <= n; i += 4)
		for (size_t k = 0; k < 4; k++)
			s[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		s[0] += a[i] * b[i];
	return s[0] + s[1] + (s[2] + s[3]);
}

size_t chol_factor(double *a, size_t n, double least, unsigned char *out)
{
	size_t left_out = 0;
	for (size_t i = 0; i < n; i++) {
		double *row = a + i * n;
		const double whole = row[i];
		for (size_t j = 0; j < i; j++) {
			const double d = a[j * n + j];
			row[j] = d > 0 ? (row[j] - dot(row, a + j * n, j)) / d : 0;
		}
		const double left = whole - dot(row, row, i);
		const bool drop = !(left > least * whole) || isinf(left);
		row[i] = drop ? 0 : sqrt(left);
		left_out += drop;
		if (out)
			out[i] = drop;
		for (size_t j = 0; drop && j < i; j++)
			row[j] = 0;
	}
	return left_out;
}

void chol_solve(const double *l, size_t n, double *x)
{
	for (size_t i = 0; i < n; i++) {
		const double d = l[i * n + i];
		x[i] = d > 0 ? (x[i] - dot(l + i * n, x, i)) / d : 0;
	}
	for (size_t i = n; i-- > 0;) {
		const double d = l[i * n + i];
		x[i] = d > 0 ? x[i] / d : 0;
		for (size_t k = 0; k < i; k++)
			x[k] -= l[i * n + k] * x[i];
	}
}

void chol_inverse(double *out, const double *l, size_t n)
{
	/* rows of `out` become those of L^-1, transposed: then A^-1 = L^-T L^-1 */
	for (size_t j = 0; j < n; j++) {
		double *v = out + j * n;
		for (size_t i = 0; i < n; i++) {
			const double d = l[i * n + i];
			v[i] = i < j || !(d > 0) ? 0 : ((double)(i == j) - dot(l + i * n + j, v + j, i - j)) / d;
		}
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++) /* what is above j in column i of L^-1 is not needed any more */
			out[i * n + j] = dot(out + i * n + j, out + j * n + j, n - j);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			out[i * n + j] = out[j * n + i];
}
