/* room: num
 * Pieces that the distributions share: probabilities of single values in saddle-point
 * form, and a root finder on the log scale. Private to this room.
 */
#ifndef WEND_NUM_SADDLE_H
#define WEND_NUM_SADDLE_H

/* x^a e^-x / Gamma(a+1), a > 0, x > 0. */
double saddle_gamma(double a, double x);
/* x^a y^b Gamma(a+b+1) / (Gamma(a+1) Gamma(b+1)) with y = 1 - x. */
double saddle_beta(double a, double b, double x, double y);
/* log Gamma(1+a), full relative accuracy for -0.5 <= a <= 0.5. */
double lgamma1p(double a);
/* log Gamma(b+a) - log Gamma(b), accurate relative to a when a is small. */
double lgamma_ratio(double b, double a);

/* Both tails of a distribution, each with its own relative accuracy. */
struct tails {
	double lower, upper;
};
struct tails gamma_tails(double a, double x);
struct tails beta_tails(double a, double b, double x, double y);

/* x and 1 - x, each with its own relative accuracy. */
struct fraction {
	double x, y;
};
/* I_x(a, b) = lower where lower + upper = 1. */
struct fraction beta_root(double a, double b, struct tails t);
double gamma_root(double a, struct tails t);

/* The root in u of a rising function; f returns its value and slope. Starts at u, stays
 * below `hi`; -HUGE_VAL when the root lies where exp(u) underflows. */
typedef double rising_fn(double u, const void *ctx, double *slope);
double rising_root(rising_fn *f, const void *ctx, double u, double hi);

#endif
