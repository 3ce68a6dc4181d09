/* Single probabilities in saddle-point form, logarithms of gamma functions near their
 * zeros, and one root finder.
 *
 * Idea. x^a e^-x / Gamma(a+1), taken apart as a log x - x - log Gamma(a+1), loses as many
 * digits as a log x has before the point. Loader (2000, "Fast and accurate computation of
 * binomial probabilities") writes it as
 *     exp(-s(a) - D(a, x)) / sqrt(2 pi a)
 * with Stirling's error s(n) = log Gamma(n+1) - (n+1/2) log n + n - log(2 pi)/2 and the
 * deviance D(a, x) = a log(a/x) + x - a, both small where the probability is not.
 *
 * As computed. s(n): the asymptotic series for n >= 16, below that carried down by
 * s(n) = s(n+1) + (n+1/2) log(1+1/n) - 1. D: series in v = (a-x)/(a+x) for |v| < 0.1.
 * log Gamma(1+a): -log(1+a) + (1-gamma) a + sum (-1)^k (zeta(k)-1) a^k / k.
 *
 * Range. a, b from 1e-300 to 1e15, x wherever the result does not underflow; relative
 * error below 2e-13, and below 1e-14 while the result exceeds 1e-20. Checked against
 * mpmath 1.2.1 with 60 digits.
 */
#include <float.h>
#include <math.h>
#include "num_saddle.h"

#define TWO_PI 6.283185307179586476925286766559

static double stirling_error(double n)
{
	double carried = 0;
	while (n < 16) {
		carried += (n + 0.5) * log1p(1 / n) - 1;
		n += 1;
	}
	const double r = 1 / n, r2 = r * r;
	return carried + r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 - r2 * (1.0 / 1680 - r2 * (1.0 / 1188 - r2 * (691.0 / 360360))))));
}

/* a log(a/x) + x - a */
static double deviance(double a, double x)
{
	const double d = a - x;
	if (fabs(d) >= 0.1 * (a + x))
		return a * log(a / x) - d;
	/* With v = d/(a+x): log(a/x) = 2 (v + v^3/3 + ...), and the first term joins -d. */
	const double v = d / (a + x), v2 = v * v;
	double sum = d * v, term = 2 * a * v;
	for (int k = 3; k < 100; k += 2) {
		term *= v2;
		const double next = sum + term / k;
		if (next == sum)
			break;
		sum = next;
	}
	return sum;
}

double saddle_gamma(double a, double x)
{
	return exp(-stirling_error(a) - deviance(a, x)) / sqrt(TWO_PI * a);
}

double saddle_beta(double a, double b, double x, double y)
{
	const double n = a + b;
	const double e = stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
	return exp(e) * sqrt(n / a / b / TWO_PI);
}

double lgamma1p(double a)
{
	static const double zeta1[] = { /* zeta(k) - 1, k = 2.. */
		6.449340668482264365e-1, 2.020569031595942854e-1, 8.232323371113819152e-2, 3.692775514336992633e-2,
		1.734306198444913971e-2, 8.349277381922826839e-3, 4.077356197944339379e-3, 2.008392826082214418e-3,
		9.945751278180853371e-4, 4.941886041194645587e-4, 2.460865533080482986e-4, 1.227133475784891468e-4,
		6.124813505870482926e-5, 3.058823630702049355e-5, 1.528225940865187173e-5, 7.637197637899762274e-6,
		3.817293264999839856e-6, 1.908212716553938926e-6, 9.539620338727961132e-7, 4.769329867878064631e-7,
		2.384505027277329900e-7, 1.192199259653110731e-7, 5.960818905125947961e-8, 2.980350351465228019e-8,
		1.490155482836504123e-8, 7.450711789835429492e-9, 3.725334024788457055e-9, 1.862659723513049006e-9,
	};
	enum { N = sizeof zeta1 / sizeof *zeta1 };
	if (fabs(a) > 0.5)
		return lgamma(1 + a);
	double sum = 0;
	for (int k = N - 1; k >= 0; k--)
		sum = zeta1[k] / (k + 2) - a * sum;
	return -log1p(a) + a * (0.42278433509846713939 + a * sum);
}

double lgamma_ratio(double b, double a)
{
	double carried = 0;
	while (b < 16) {
		carried -= log1p(a / b);
		b += 1;
	}
	/* Stirling's formula at b+a and b, subtracted term by term so that every term has the
	 * factor a. r = 1/b, t = 1/(b+a): t^k - r^k = (t - r)(t^(k-1) + ... + r^(k-1)). */
	static const double c[] = { 1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188 };
	const double r = 1 / b, t = 1 / (b + a), diff = -a * r * t;
	double tail = 0;
	for (int i = 0; i < 5; i++) {
		double powers = 0, rp = 1;
		for (int j = 0; j <= 2 * i; j++) {
			powers += rp * pow(t, 2 * i - j);
			rp *= r;
		}
		tail += c[i] * powers;
	}
	return carried + (b - 0.5) * log1p(a * r) + a * (log(b + a) - 1) + diff * tail;
}

double rising_root(rising_fn *f, const void *ctx, double u, double hi)
{
	double lo = -745;
	if (!(u > lo && u < hi))
		u = hi < 0 ? hi - 1 : 0;
	for (int i = 0; i < 300; i++) {
		double slope = 0;
		const double v = f(u, ctx, &slope);
		if (v == 0)
			return u;
		if (v < 0)
			lo = u;
		else
			hi = u;
		const double step = v / slope;
		/* Convergence is quadratic: behind a step so small lies only rounding. */
		if (fabs(step) <= 1e-10)
			return u - step;
		double next = u - step;
		/* Newton where it stays inside and is finite, else the middle. */
		if (!(next > lo && next < hi))
			next = lo + (hi - lo) / 2;
		u = next;
		if (hi - lo <= 4 * DBL_EPSILON * fabs(u))
			break;
	}
	return u < -744 ? -HUGE_VAL : u;
}
