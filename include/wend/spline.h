/* room: num
 * Natural cubic splines: smooth curves through a few knots, straight outside of them.
 *
 *     struct spline s;
 *     if (spline_quantiles(&s, x, n, 5))   // five columns, knots at the quantiles of x, which is sorted
 *         spline_at(&s, 12.5, column);
 */
#ifndef WEND_SPLINE_H
#define WEND_SPLINE_H

#include <stdbool.h>
#include <stddef.h>

enum { SPLINE_INNER = 15, SPLINE_COLUMNS = SPLINE_INNER + 1 };
struct spline {
	size_t columns;            /* inner knots + 1 */
	size_t pieces;             /* stretches between knots, those at the ends included */
	double knot[SPLINE_INNER + 2]; /* ascending; the first and the last are the ends */
	double piece[SPLINE_INNER + 1][SPLINE_COLUMNS][4]; /* value, slope, half the curvature, a sixth of the third derivative where a stretch begins */
	double last[SPLINE_COLUMNS][2]; /* value and slope at the right end */
};
/* Inner knots ascending, apart from each other and from the ends; false when they are not, or
 * are too many. */
bool spline_knots(struct spline *s, const double *inner, size_t n, double lo, double hi);
/* `columns` columns: inner knots at the quantiles of x (type 7) that cut it into as many equal
 * parts, ends at its extremes. Knots that fall together are one, so there may be fewer
 * columns; false when not even two values differ. x is ascending, without NaN. */
bool spline_quantiles(struct spline *s, const double *x, size_t n, size_t columns);
/* The columns at x. */
void spline_at(const struct spline *s, double x, double *out);

#endif
