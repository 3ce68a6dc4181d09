/* Natural cubic splines: cubic between knots, twice continuously differentiable, linear beyond
 * the ends (de Boor 1978, A Practical Guide to Splines; Hastie, Tibshirani & Friedman 2009,
 * section 5.2.1). Few columns bend freely in the middle and cannot swing at the ends, where
 * there are few data.
 *
 * Basis. That of ns() in R's package splines, column by column: cubic B-splines on the knots,
 * the first one left out (the intercept has it), turned by the Householder reflections that
 * carry the two conditions "no curvature at the ends" to the first two coordinates; what is
 * left satisfies both. The reflections are those of LINPACK's dqrdc, signs included.
 *
 * Computed. A column is a cubic on each stretch: its four Taylor coefficients where the
 * stretch begins come from the recursion of the B-splines and of their derivatives (de Boor,
 * chapter X) once; a value is one Horner scheme. B-splines are bounded by 1 and the reflections
 * orthogonal, so values keep about 15 digits of the range of the column (checked against R over
 * and beyond the knots in tests/unit/num_spline.c).
 */
#include <math.h>
#include "wend/spline.h"

enum { ORDER = 4, KNOTS = SPLINE_INNER + 2 * ORDER, RAW = SPLINE_INNER + ORDER };

/* The i-th B-spline of an order at x, which lies in the stretch that begins with knot `at`:
 * right-continuous, and from the left where x is the right end. */
static double bspline(const double *t, size_t i, size_t order, size_t at, double x)
{
	if (order == 1)
		return i == at;
	const double left = t[i + order - 1] - t[i], right = t[i + order] - t[i + 1];
	double v = 0;
	if (left > 0)
		v += (x - t[i]) / left * bspline(t, i, order - 1, at, x);
	if (right > 0)
		v += (t[i + order] - x) / right * bspline(t, i + 1, order - 1, at, x);
	return v;
}

static double derivative(const double *t, size_t i, size_t order, size_t at, double x, int times)
{
	if (!times)
		return bspline(t, i, order, at, x);
	const double left = t[i + order - 1] - t[i], right = t[i + order] - t[i + 1];
	double v = 0;
	if (left > 0)
		v += derivative(t, i, order - 1, at, x, times - 1) / left;
	if (right > 0)
		v -= derivative(t, i + 1, order - 1, at, x, times - 1) / right;
	return (double)(order - 1) * v;
}

struct reflections {
	size_t n;
	double v[2][RAW];
};

/* Householder vectors of an n x 2 matrix, as dqrdc leaves them. */
static void reflect(struct reflections *r)
{
	for (size_t l = 0; l < 2; l++) {
		double norm = 0;
		for (size_t i = l; i < r->n; i++)
			norm += r->v[l][i] * r->v[l][i];
		norm = copysign(sqrt(norm), r->v[l][l]);
		for (size_t i = l; i < r->n; i++)
			r->v[l][i] /= norm;
		r->v[l][l] += 1;
		if (l)
			continue;
		double along = 0;
		for (size_t i = 0; i < r->n; i++)
			along += r->v[0][i] * r->v[1][i];
		for (size_t i = 0; i < r->n; i++)
			r->v[1][i] -= along / r->v[0][0] * r->v[0][i];
	}
}

static void turn(const struct reflections *r, double *x)
{
	for (size_t l = 0; l < 2; l++) {
		double along = 0;
		for (size_t i = l; i < r->n; i++)
			along += r->v[l][i] * x[i];
		for (size_t i = l; i < r->n; i++)
			x[i] -= along / r->v[l][l] * r->v[l][i];
	}
}

bool spline_knots(struct spline *s, const double *inner, size_t n, double lo, double hi)
{
	double t[KNOTS];
	if (n > SPLINE_INNER || !(hi > lo) || isinf(hi) || isinf(lo))
		return false;
	s->columns = s->pieces = n + 1;
	s->knot[0] = lo;
	s->knot[n + 1] = hi;
	for (size_t i = 0; i < n; i++)
		s->knot[i + 1] = inner[i];
	for (size_t i = 0; i <= n; i++)
		if (!(s->knot[i + 1] > s->knot[i]))
			return false;
	for (size_t i = 0; i < ORDER; i++) {
		t[i] = lo;
		t[n + ORDER + i] = hi;
	}
	for (size_t i = 0; i < n; i++)
		t[ORDER + i] = inner[i];
	const size_t raw = n + ORDER;
	struct reflections r = { .n = raw - 1 };
	for (size_t i = 1; i < raw; i++) {
		r.v[0][i - 1] = derivative(t, i, ORDER, ORDER - 1, lo, 2);
		r.v[1][i - 1] = derivative(t, i, ORDER, raw - 1, hi, 2);
	}
	reflect(&r);
	for (size_t k = 0; k <= s->pieces; k++) {
		const bool end = k == s->pieces; /* the right end belongs to the last stretch */
		const size_t at = ORDER - 1 + (end ? k - 1 : k);
		double factor = 1;
		for (int d = 0; d < 4; d++) {
			double x[RAW];
			factor /= d ? d : 1;
			for (size_t i = 1; i < raw; i++)
				x[i - 1] = factor * derivative(t, i, ORDER, at, s->knot[k], d);
			turn(&r, x);
			for (size_t c = 0; c < s->columns; c++) {
				if (!end)
					s->piece[k][c][d] = x[c + 2];
				else if (d < 2)
					s->last[c][d] = x[c + 2];
			}
		}
	}
	return true;
}

bool spline_quantiles(struct spline *s, const double *x, size_t n, size_t columns)
{
	double inner[SPLINE_INNER];
	size_t k = 0;
	if (!n)
		return false;
	for (size_t j = 1; j < columns && k < SPLINE_INNER; j++) {
		const double at = (double)(n - 1) * ((double)j / (double)columns), below = floor(at);
		const size_t i = (size_t)below;
		const double q = i + 1 < n ? x[i] + (at - below) * (x[i + 1] - x[i]) : x[i];
		if (q > (k ? inner[k - 1] : x[0]) && q < x[n - 1])
			inner[k++] = q;
	}
	return spline_knots(s, inner, k, x[0], x[n - 1]);
}

void spline_at(const struct spline *s, double x, double *out)
{
	const double lo = s->knot[0], hi = s->knot[s->pieces];
	size_t k = 0;
	while (k + 1 < s->pieces && x >= s->knot[k + 1])
		k++;
	for (size_t c = 0; c < s->columns; c++) {
		const double *p = s->piece[k][c], h = x - s->knot[k];
		if (x < lo)
			out[c] = p[0] + (x - lo) * p[1];
		else if (x > hi)
			out[c] = s->last[c][0] + (x - hi) * s->last[c][1];
		else
			out[c] = p[0] + h * (p[1] + h * (p[2] + h * p[3]));
	}
}
