/* Digamma and trigamma.
 *
 * Recurrence up to x >= 10, then the asymptotic series with Bernoulli numbers (Abramowitz &
 * Stegun 6.3.18, 6.4.12); the first term left out is below 1e-17 there. Near the root of
 * digamma at 1.4616 the absolute error stays at 1e-15.
 */
#include <math.h>
#include "wend/num.h"

double digamma(double x)
{
	double below = 0;
	for (; x < 10; x++)
		below += 1 / x;
	const double i = 1 / (x * x);
	const double tail = i * (1.0 / 12 - i * (1.0 / 120 - i * (1.0 / 252 - i * (1.0 / 240 - i * (1.0 / 132 - i * (691.0 / 32760 - i * (1.0 / 12 - i * 3617.0 / 8160)))))));
	return log(x) - 0.5 / x - tail - below;
}

double trigamma(double x)
{
	double below = 0;
	for (; x < 10; x++)
		below += 1 / (x * x);
	const double i = 1 / (x * x);
	const double tail = i * (1.0 / 6 - i * (1.0 / 30 - i * (1.0 / 42 - i * (1.0 / 30 - i * (5.0 / 66 - i * (691.0 / 2730 - i * (7.0 / 6 - i * 3617.0 / 510)))))));
	return (1 + 0.5 / x + tail) / x + below;
}
