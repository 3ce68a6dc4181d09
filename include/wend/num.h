/* room: num
 * Intervals and tests: pure functions of counts.
 */
#ifndef WEND_NUM_H
#define WEND_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* exp of each, in place, within 2 units of the last place (num_exp.c). */
void exp_each(double *v, size_t n);
enum num_result { NUMR_OK, NUMR_DOMAIN, NUMR_NO_CONVERGENCE };
struct interval {
	double lo, hi;
};
/* Wilson (1927) score interval of k out of n at level 1 - alpha; n = 0: NaN, NaN. */
struct interval wilson(double k, double n, double alpha);
/* Garwood (1936) exact Poisson interval of a mean from a count k. */
struct interval garwood(double k, double alpha);
/* Clopper-Pearson (1934) exact binomial interval. */
struct interval clopper_pearson(double k, double n, double alpha);
/* Newcombe (1998) method 10: difference of two proportions from Wilson limits. */
struct interval newcombe(double k1, double n1, double k2, double n2, double alpha);
/* Ratio of two Poisson rates, exact conditional (binomial) interval. */
struct interval rate_ratio(double k1, double t1, double k2, double t2, double alpha);
/* Mean of n values from exact sums (Student t); n < 2: NaN. */
struct interval mean_interval(double sum, double sum_sq, double n, double alpha);
/* Sums over n units of x, y, their squares and product; `k` of them have y > 0. */
struct paired_sums {
	double k, x, y, xx, xy, yy;
};
/* sum y / sum x where 0 <= y <= x in each: a share of money (num_weighted.c); x = 0: NaN. */
struct interval share_of_sum(const struct paired_sums *s, double alpha);
/* A sum of independent events of different size, from the sum of their squares; `one` is the
 * size one more would have. None, and `one` 0: NaN. */
struct interval event_sum(double sum, double squares, double one, double alpha);
/* a - b and a / b from the limits of both (MOVER), a >= 0; b = 0: NaN, its lower limit 0: no upper one (infinite). */
struct interval difference_of(double a, struct interval la, double b, struct interval lb);
struct interval ratio_of(double a, struct interval la, double b, struct interval lb);
/* Benjamini-Hochberg (1995) adjusted p, in place of order; q[i] for p[i]; NaN stays NaN. */
void bh_adjust(double *q, const double *p, size_t n);
void holm_adjust(double *q, const double *p, size_t n);

/* Chance that a yes has a higher x than a no, ties one half, from counts: x ascending, yes[i] and
 * no[i] at x[i]. Variance after DeLong, DeLong & Clarke-Pearson (1988); NaN with one outcome. */
double auc_counts(const double *x, const double *yes, const double *no, size_t n, double *variance);

/* Distributions over the whole double range. */
double norm_cdf(double x);
double norm_quantile(double p);
double gamma_p(double a, double x);      /* regularised lower incomplete gamma */
double gamma_q(double a, double x);
double gamma_p_inv(double a, double p);
double beta_i(double a, double b, double x); /* regularised incomplete beta */
double beta_i_inv(double a, double b, double p);
double student_quantile(double p, double df);
double chisq_sf(double x, double df);
double chisq_log10_sf(double x, double df); /* log10 of it, also where it is below the smallest double */
/* Derivatives of log Gamma, x > 0: relative error below 1e-14 (digamma: of 1 + |value|). */
double digamma(double x);
double trigamma(double x);

/* Exact quantiles of integers; the array is reordered. q in [0,1], type 7 (R default). */
double quantile_i64(int64_t *v, size_t n, double q);
/* Between the alpha/2 and 1 - alpha/2 quantiles (type 7) of n bootstrap replicates, which are
 * sorted in place; n = 0: NaN. */
struct interval percentile_interval(double *v, size_t n, double alpha);

#endif
