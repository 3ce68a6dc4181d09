/* room: model (internal)
 * Additive models: additive_terms.c turns columns of data into columns of numbers,
 * additive_pairs.c finds pairs that act together, additive.c fits.
 */
#ifndef WEND_ADDITIVE_IMPL_H
#define WEND_ADDITIVE_IMPL_H

#include "wend/mem.h"
#include "wend/optim.h"
#include "wend/regress.h"
#include "wend/spline.h"

enum { CURVE = 6, LEVELS_MAX = 40, LEVEL_ROWS = 5, CROSS_SIDE = 5, CROSS_MAX = 8 };

/* One column of data. Its columns of numbers are first .. first + n - 1; of a number: the
 * straight line, what bends, whether it is missing; of a category: a level each. */
struct term {
	bool in, logarithm, has_missing;
	double fill, mean, sd;    /* of the number, transformed: what stands for a missing one; for the line */
	struct spline spline;
	size_t bends;
	uint8_t bend[SPLINE_COLUMNS];                          /* columns of the spline that are kept */
	double turn[SPLINE_COLUMNS][SPLINE_COLUMNS + 3];       /* bend j = (column - t0 - t1 line - sum t(2+i) bend i) / last */
	int32_t *level;           /* by code: its column, from 0, or -1 */
	size_t first, n;
};
/* Columns of two terms multiplied. */
struct cross {
	size_t a, b;              /* terms */
	size_t ca[CROSS_SIDE], cb[CROSS_SIDE], na, nb;
	size_t first, n;
};
/* Columns with a penalty of their own: lambda |b|^2 / 2. */
struct group {
	size_t first, n;
	double lambda, df;
};
struct additive {
	size_t p, q;              /* columns of data; of numbers, the crosses included */
	struct term *term;
	struct cross cross[CROSS_MAX];
	size_t ncross;
	struct group *group;
	size_t ngroup;
	double *mean;             /* by column of numbers: taken away */
	uint8_t *dropped;         /* by column of numbers: depends on others */
	double *b, *v;            /* q + 1, the intercept first; its covariance */
	struct arena arena;
	struct additive_said said;
	struct additive_pair pair[CROSS_MAX];
};

/* Decides on the columns; `row` are the n rows that take part. */
void additive_terms(struct additive *m, const struct regress_data *d, const uint32_t *row, size_t n);
/* All q numbers of a row, their means taken away. */
void additive_row(const struct additive *m, const struct regress_data *d, size_t row, double *x);
/* The n x q numbers of these rows. The means of crosses from cross `from` on are taken anew. */
double *additive_matrix(struct additive *m, const struct regress_data *d, const uint32_t *row, size_t n, size_t from);
/* Crosses that the fitted terms leave unexplained go into m, with their columns and groups. */
void additive_crosses(struct additive *m, const struct regress_data *d, const double *x, const uint32_t *row, size_t n);

/* h (its lower triangle) += sum of w[i] x_i x_i' over rows of q numbers with a 1 before them. */
void additive_cross_product(double *h, const double *x, const double *w, size_t n, size_t q);

#endif
