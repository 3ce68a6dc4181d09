/* Intervals of money: sums over customers who do not count alike.
 *
 * A share of money, R = sum y / sum x with 0 <= y <= x (what was lost of what there was). Of
 * customers drawn one by one its variance is V = sum (y - R x)^2 / (sum x)^2 (Cochran 1977,
 * eq. 6.9), as if n_V = R (1 - R) / V customers counted alike. Where few have lost anything V
 * is no better known than from them; the sizes alone say n_K = (sum x)^2 / sum x^2 (Kish
 * 1965), right when who loses does not hang on size. The harmonic mean of the two with weight
 * k / (k + 16) on V for k losers goes into Wilson's interval. With equal customers who lose
 * all or nothing it is Wilson's.
 *
 * A sum of events of different size, S = sum of a over the events that came: Fay & Feuer
 * (1997), gamma limits with mean S and variance sum a^2, the upper one after one more event of
 * size `one` (Tiwari, Clegg & Zou 2006). With equal sizes it is Garwood's exact interval.
 *
 * Difference and ratio of two estimates from their limits: MOVER (Donner & Zou 2012, eqs. 3
 * and 9), the ratio in the form without cancellation,
 *     lo = l (2a - l) / (ab + sqrt((ab)^2 - l (2a - l) U (2b - U))),  hi likewise upside down.
 *
 * Coverage 94.8 to 100 % for 30 to 1,000 customers, sizes lognormal with a spread of 0 to 1.2: tests/proof/bridges.c.
 */
#include <math.h>
#include "wend/num.h"

#define FEW 16.0 /* events from which a spread is believed as much as the sizes */

struct interval share_of_sum(const struct paired_sums *s, double alpha)
{
	if (!(s->x > 0) || !(s->xx > 0) || !(s->y >= 0) || !(s->y <= s->x))
		return (struct interval){ NAN, NAN };
	const double r = s->y / s->x, kish = s->x / s->xx * s->x, w = s->k / (s->k + FEW);
	const double spread = s->yy - 2 * r * s->xy + r * r * s->xx, alike = r * (1 - r);
	const double seen = spread > 0 && alike > 0 ? alike / spread * s->x * s->x : kish;
	const double n = 1 / (w / seen + (1 - w) / kish);
	return wilson(r * n, n, alpha);
}

struct interval event_sum(double sum, double squares, double one, double alpha)
{
	const struct interval unknown = { NAN, NAN };
	if (!(sum >= 0) || !(squares >= 0) || !(one >= 0) || !(alpha > 0 && alpha < 1))
		return unknown;
	const double up = sum + one, up2 = squares + one * one;
	if (!(up2 > 0))
		return unknown;
	return (struct interval){
		sum > 0 ? squares / sum * gamma_p_inv(sum / squares * sum, alpha / 2) : 0,
		up2 / up * gamma_p_inv(up / up2 * up, 1 - alpha / 2),
	};
}

struct interval difference_of(double a, struct interval la, double b, struct interval lb)
{
	return (struct interval){ a - b - hypot(a - la.lo, lb.hi - b), a - b + hypot(la.hi - a, b - lb.lo) };
}

struct interval ratio_of(double a, struct interval la, double b, struct interval lb)
{
	const double ab = a * b, down = la.lo * (2 * a - la.lo), up = lb.lo * (2 * b - lb.lo);
	if (!(b > 0) || !(a >= 0))
		return (struct interval){ NAN, NAN };
	const double low = sqrt(ab * ab - down * lb.hi * (2 * b - lb.hi)), high = sqrt(ab * ab - la.hi * (2 * a - la.hi) * up);
	return (struct interval){ a > 0 ? down / (ab + low) : 0, up > 0 ? (ab + high) / up : HUGE_VAL };
}
