/* Many tests at once, and exact quantiles.
 *
 * Benjamini and Hochberg (1995): q of the i-th smallest of m is the least of m p_j / j over
 * j >= i. Holm (1979): the greatest of (m - j + 1) p_j over j <= i. Both at most 1; equal p
 * get equal q; NaN takes no part. The same array may serve for p and q.
 *
 * Quantiles: type 7 of Hyndman and Fan (1996), the default of R: position h = (n-1) q, linear
 * between the neighbours. Selection, not sorting: quickselect with the median of three,
 * which turns to a plain sort after too many bad splits. Exact order statistics;
 * the interpolation is in double, exact below 2^53.
 */
#include <math.h>
#include <stdlib.h>
#include "wend/num.h"

struct ranked {
	double p;
	size_t i;
};

static int by_p(const void *a, const void *b)
{
	const struct ranked *const x = a, *const y = b;
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* This room knows no memory but the language's: without it nothing is known. */
static struct ranked *ranked_new(double *q, size_t n)
{
	struct ranked *const r = n && n <= SIZE_MAX / sizeof *r ? malloc(n * sizeof *r) : NULL;
	if (!r)
		for (size_t i = 0; i < n; i++)
			q[i] = NAN;
	return r;
}

static size_t rank_all(struct ranked *r, const double *p, size_t n)
{
	size_t m = 0;
	for (size_t i = 0; i < n; i++)
		if (!isnan(p[i]))
			r[m++] = (struct ranked){ p[i], i };
	qsort(r, m, sizeof *r, by_p);
	return m;
}

void bh_adjust(double *q, const double *p, size_t n)
{
	struct ranked *const r = ranked_new(q, n);
	if (!r)
		return;
	const size_t m = rank_all(r, p, n);
	if (q != p)
		for (size_t i = 0; i < n; i++)
			q[i] = p[i];
	double least = 1;
	for (size_t j = m; j-- > 0;) {
		least = fmin(least, r[j].p * ((double)m / (double)(j + 1)));
		q[r[j].i] = least;
	}
	free(r);
}

void holm_adjust(double *q, const double *p, size_t n)
{
	struct ranked *const r = ranked_new(q, n);
	if (!r)
		return;
	const size_t m = rank_all(r, p, n);
	if (q != p)
		for (size_t i = 0; i < n; i++)
			q[i] = p[i];
	double greatest = 0;
	for (size_t j = 0; j < m; j++) {
		greatest = fmin(1, fmax(greatest, r[j].p * (double)(m - j)));
		q[r[j].i] = greatest;
	}
	free(r);
}

static int by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void swap(int64_t *a, int64_t *b)
{
	const int64_t t = *a;
	*a = *b;
	*b = t;
}

static int64_t median3(int64_t a, int64_t b, int64_t c)
{
	if (a > b)
		swap(&a, &b);
	return c < a ? a : c > b ? b : c;
}

/* Put the k-th smallest in place, no greater ones before it, no smaller behind it. */
static void select_kth(int64_t *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n;
	int rounds = 64;
	while (hi - lo > 1) {
		if (rounds-- == 0) {
			qsort(v + lo, hi - lo, sizeof *v, by_value);
			return;
		}
		const int64_t pivot = median3(v[lo], v[lo + (hi - lo) / 2], v[hi - 1]);
		/* Three ways, so that many equal values cost one pass. */
		size_t lt = lo, i = lo, gt = hi;
		while (i < gt) {
			if (v[i] < pivot)
				swap(&v[lt++], &v[i++]);
			else if (v[i] > pivot)
				swap(&v[i], &v[--gt]);
			else
				i++;
		}
		if (k < lt)
			hi = lt;
		else if (k >= gt)
			lo = gt;
		else
			return;
	}
}

double quantile_i64(int64_t *v, size_t n, double q)
{
	if (n == 0 || !(q >= 0 && q <= 1))
		return NAN;
	const double h = (double)(n - 1) * q;
	size_t k = (size_t)h;
	if (k > n - 1)
		k = n - 1;
	select_kth(v, n, k);
	const double part = h - (double)k;
	if (part <= 0 || k + 1 == n)
		return (double)v[k];
	int64_t next = v[k + 1];
	for (size_t i = k + 2; i < n; i++)
		if (v[i] < next)
			next = v[i];
	return (double)v[k] + part * ((double)next - (double)v[k]);
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double sorted_quantile(const double *v, size_t n, double q)
{
	const double h = (double)(n - 1) * q;
	const size_t k = (size_t)h;
	return k + 1 < n ? v[k] + (h - (double)k) * (v[k + 1] - v[k]) : v[n - 1];
}

struct interval percentile_interval(double *v, size_t n, double alpha)
{
	if (n == 0)
		return (struct interval){ NAN, NAN };
	qsort(v, n, sizeof *v, ascending);
	return (struct interval){ sorted_quantile(v, n, alpha / 2), sorted_quantile(v, n, 1 - alpha / 2) };
}
