/* The regularised incomplete beta function and its inverse; Student's t.
 *
 * Formula. For x below (a+1)/(a+b+2), I_x(a,b) = s (ab/(a+b)) / f with the continued
 * fraction f of DiDonato and Morris (1992, eq. 9; modified Lentz) and s = x^a y^b
 * Gamma(a+b+1) / (Gamma(a+1) Gamma(b+1)) in saddle-point form; above, from the other side by
 * I_x(a,b) = 1 - I_y(b,a). The complement of a value near 1 for small a is
 * -expm1(l) - e^l a sum_{n>=1} (1-b)_n x^n / (n! (a+n)), l = a log x - log(a B(a,b)).
 * The inverse is Newton's method on the log of the smaller tail against log x, on that
 * side of one half where x is smaller than y = 1 - x.
 *
 * Range. a, b from 1e-10 to 1e9, all x; relative error of either tail below 1e-12 wherever
 * it is a normal number, 5e-12 when a or b exceeds 1e7 (there the rounding of x itself is
 * of that size). Checked against mpmath 1.2.1 with 60 digits.
 */
#include <float.h>
#include <math.h>
#include "num_saddle.h"
#include "wend/num.h"

enum { TERMS_MAX = 200000 };

/* b0 + a1/(b1 + a2/(b2 + ...)), the even part of the usual fraction: the mean enters as
 * a y - b x, which keeps its digits when x or y is tiny. */
static double fraction_of(double a, double b, double x, double y)
{
	const double tiny = 1e-300, skew = a * y - b * x + 1;
	double f = a * skew / (a + 1), c = f, d = 0;
	for (int m = 1; m < TERMS_MAX; m++) {
		const double w = m * (b - m) * x, s = a + 2.0 * m;
		const double am = (a + m - 1) / (s - 1) * ((a + b + m - 1) / (s - 1)) * w * x;
		const double bm = m + w / (s - 1) + (a + m) * (skew + m * (1 + y)) / (s + 1);
		d = bm + am * d;
		c = bm + am / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		const double step = c * d;
		f *= step;
		if (fabs(step - 1) < DBL_EPSILON)
			break;
	}
	return f;
}

static double upper_small(double a, double b, double x)
{
	const double l = a * log(x) - lgamma1p(a) + lgamma_ratio(b, a);
	double sum = 0, term = 1;
	for (int n = 1; n < 1000; n++) {
		term *= (n - b) / n * x;
		const double add = term / (a + n);
		sum += add;
		if (fabs(add) <= fabs(sum) * (DBL_EPSILON / 4))
			break;
	}
	return -expm1(l) - exp(l) * a * sum;
}

/* x below the mean, more or less. */
static struct tails near_side(double a, double b, double x, double y)
{
	const double s = saddle_beta(a, b, x, y);
	const double p = s == 0 ? 0 : s * (a / (a + b)) * b / fraction_of(a, b, x, y);
	return (struct tails){ p, a < 0.02 && p > 0.5 ? upper_small(a, b, x) : 1 - p };
}

struct tails beta_tails(double a, double b, double x, double y)
{
	if (!(a > 0) || !(b > 0) || isinf(a) || isinf(b) || !(x >= 0) || !(y >= 0))
		return (struct tails){ NAN, NAN };
	if (x == 0)
		return (struct tails){ 0, 1 };
	if (y == 0)
		return (struct tails){ 1, 0 };
	if (x < (a + 1) / (a + b + 2))
		return near_side(a, b, x, y);
	const struct tails t = near_side(b, a, y, x);
	return (struct tails){ t.upper, t.lower };
}

double beta_i(double a, double b, double x)
{
	return x >= 0 && x <= 1 ? beta_tails(a, b, x, 1 - x).lower : NAN;
}

struct target {
	double a, b, log_tail;
	bool lower;
};

static double distance(double u, const void *ctx, double *slope)
{
	const struct target *const t = ctx;
	const double x = exp(u), y = -expm1(u);
	const struct tails now = beta_tails(t->a, t->b, x, y);
	const double tail = t->lower ? now.lower : now.upper;
	*slope = saddle_beta(t->a, t->b, x, y) * (t->a / (t->a + t->b)) * t->b / y / tail;
	return t->lower ? log(tail) - t->log_tail : t->log_tail - log(tail);
}

/* The root at or below one half. */
static double lower_half_root(double a, double b, struct tails t)
{
	const bool lower = t.lower <= t.upper;
	const struct target target = { a, b, log(lower ? t.lower : t.upper), lower };
	const double n = a + b, mean = a / n;
	const double z = lower ? norm_quantile(t.lower) : -norm_quantile(t.upper);
	double x = mean + z * sqrt(mean * (b / n) / (n + 1));
	if (!(x > 0.1 * mean))
		x = 0.1 * mean;
	if (x > 0.49)
		x = 0.49;
	return exp(rising_root(distance, &target, log(x), -0.693147180559945286));
}

struct fraction beta_root(double a, double b, struct tails t)
{
	if (!(a > 0) || !(b > 0) || isinf(a) || isinf(b) || !(t.lower >= 0) || !(t.upper >= 0))
		return (struct fraction){ NAN, NAN };
	if (t.lower == 0)
		return (struct fraction){ 0, 1 };
	if (t.upper == 0)
		return (struct fraction){ 1, 0 };
	const struct tails half = beta_tails(a, b, 0.5, 0.5);
	if (t.lower <= t.upper ? t.lower <= half.lower : t.upper >= half.upper) {
		const double x = lower_half_root(a, b, t);
		return (struct fraction){ x, 1 - x };
	}
	const double y = lower_half_root(b, a, (struct tails){ t.upper, t.lower });
	return (struct fraction){ 1 - y, y };
}

double beta_i_inv(double a, double b, double p)
{
	if (!(p >= 0 && p <= 1))
		return NAN;
	return beta_root(a, b, (struct tails){ p, 1 - p }).x;
}

/* With x = df / (df + t^2), the two tails beyond t together are I_x(df/2, 1/2). */
double student_quantile(double p, double df)
{
	if (!(p >= 0 && p <= 1) || !(df > 0))
		return NAN;
	if (p == 0.5)
		return 0;
	if (p == 0 || p == 1)
		return p == 0 ? -HUGE_VAL : HUGE_VAL;
	if (df > 1e8) {
		/* Fisher and Cornish (1960); the next term is below 1e-15 here. */
		const double z = norm_quantile(p), z2 = z * z;
		return z + z * ((z2 + 1) / (4 * df) + ((5 * z2 + 16) * z2 + 3) / (96 * df * df));
	}
	const double tail = p < 0.5 ? p : 1 - p;
	const struct fraction f = beta_root(df / 2, 0.5, (struct tails){ 2 * tail, 2 * (0.5 - tail) });
	const double t = sqrt(df) * sqrt(f.y) / sqrt(f.x);
	return p < 0.5 ? -t : t;
}
