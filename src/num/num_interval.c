/* Intervals of proportions, counts, rates and means.
 *
 * Wilson (1927): the roots of (n + z^2) p^2 - (2k + z^2) p + k^2/n = 0. The greater root
 * has no cancellation; the smaller is their product k^2 / (n (n + z^2)) over the greater.
 * Garwood (1936): gamma quantiles of shape k and k+1. Clopper and Pearson (1934): beta
 * quantiles of shapes (k, n-k+1) and (k+1, n-k). Newcombe (1998, method 10): the distances
 * of the two Wilson limits from their proportions, added in squares. Ratio of rates: given
 * k1 + k2, k1 is binomial with odds (rate1 t1) / (rate2 t2); its Clopper-Pearson limits as
 * odds, x / (1 - x), with both computed apart. Mean: n sum_sq - sum^2 is formed from exact
 * products (fma), for in double arithmetic it would lose all digits of a small spread.
 *
 * Counts may be fractions (weighted rows). Tails of alpha/2 are passed as such, so that
 * alpha of 1e-12 keeps its digits. Relative error below 1e-12 for counts up to 1e9; checked
 * against mpmath 1.2.1 and published figures.
 */
#include <math.h>
#include "num_saddle.h"
#include "wend/num.h"

static const struct interval unknown = { NAN, NAN };

static bool alpha_ok(double alpha)
{
	return alpha > 0 && alpha < 1;
}

static bool counts_ok(double k, double n)
{
	return k >= 0 && n > 0 && k <= n && isfinite(n);
}

struct interval wilson(double k, double n, double alpha)
{
	if (!counts_ok(k, n) || !alpha_ok(alpha))
		return unknown;
	const double z = -norm_quantile(alpha / 2), z2 = z * z;
	const double root = z * sqrt(k * ((n - k) / n) + z2 / 4);
	const double hi = k == n ? 1 : (k + z2 / 2 + root) / (n + z2);
	return (struct interval){ k * (k / n) / ((n + z2) * hi), hi };
}

static struct tails lower_tail(double p)
{
	return (struct tails){ p, 1 - p };
}

static struct tails upper_tail(double q)
{
	return (struct tails){ 1 - q, q };
}

struct interval garwood(double k, double alpha)
{
	if (!(k >= 0) || isinf(k) || !alpha_ok(alpha))
		return unknown;
	return (struct interval){
		k > 0 ? gamma_root(k, lower_tail(alpha / 2)) : 0,
		gamma_root(k + 1, upper_tail(alpha / 2)),
	};
}

static void exact_limits(double k, double n, double alpha, struct fraction *lo, struct fraction *hi)
{
	*lo = (struct fraction){ 0, 1 };
	*hi = (struct fraction){ 1, 0 };
	if (k > 0)
		*lo = beta_root(k, n - k + 1, lower_tail(alpha / 2));
	if (k < n)
		*hi = beta_root(k + 1, n - k, upper_tail(alpha / 2));
}

struct interval clopper_pearson(double k, double n, double alpha)
{
	struct fraction lo, hi;
	if (!counts_ok(k, n) || !alpha_ok(alpha))
		return unknown;
	exact_limits(k, n, alpha, &lo, &hi);
	return (struct interval){ lo.x, hi.x };
}

struct interval newcombe(double k1, double n1, double k2, double n2, double alpha)
{
	if (!counts_ok(k1, n1) || !counts_ok(k2, n2) || !alpha_ok(alpha))
		return unknown;
	const struct interval w1 = wilson(k1, n1, alpha), w2 = wilson(k2, n2, alpha);
	const double p1 = k1 / n1, p2 = k2 / n2, d = p1 - p2;
	return (struct interval){
		d - hypot(p1 - w1.lo, w2.hi - p2),
		d + hypot(w1.hi - p1, p2 - w2.lo),
	};
}

struct interval rate_ratio(double k1, double t1, double k2, double t2, double alpha)
{
	struct fraction lo, hi;
	if (!(k1 >= 0) || !(k2 >= 0) || !(t1 > 0) || !(t2 > 0) || !isfinite(k1 + k2 + t1 + t2) || !alpha_ok(alpha))
		return unknown;
	if (k1 + k2 == 0)
		return (struct interval){ 0, HUGE_VAL };
	exact_limits(k1, k1 + k2, alpha, &lo, &hi);
	const double scale = t2 / t1;
	return (struct interval){ lo.x / lo.y * scale, hi.y > 0 ? hi.x / hi.y * scale : HUGE_VAL };
}

struct interval mean_interval(double sum, double sum_sq, double n, double alpha)
{
	if (!(n >= 2) || !alpha_ok(alpha) || !isfinite(sum) || !isfinite(sum_sq) || isinf(n))
		return unknown;
	const double a = n * sum_sq, b = sum * sum;
	double spread = (a - b) + (fma(n, sum_sq, -a) - fma(sum, sum, -b));
	if (spread < 0)
		spread = 0;
	const double mean = sum / n;
	const double half = -student_quantile(alpha / 2, n - 1) * sqrt(spread / (n - 1)) / n;
	return (struct interval){ mean - half, mean + half };
}
