/* What customers with contracts are worth: payments still to come, discounted, times the price.
 *
 *   left_n = sum over t >= n of S(t) / S(n-1) (1 + d)^-(t-n), the next payment due now (DERL of
 *            Fader & Hardie 2010), by going backwards: left_n = kept_n (1 + left_(n+1) / (1 + d)),
 *            kept_n = S(n) / S(n-1), from where the discount leaves less than 1e-12
 *   new    = 1 + left_1 / (1 + d): the first payment now
 *
 * `leave` multiplies the chance to leave, 1 - kept_n, of every period from now on. At 10 % a year
 * that is 3,500 months, all ages together.
 */
#include "renewals.h"

#include <math.h>

enum { PERIODS_MOST = 40000 };

void contract_left(double *left, size_t n, const struct renewal_model *m, double discount, double leave)
{
	const double far = discount > 0 ? -log(1e-12) / log1p(discount) : PERIODS_MOST;
	const size_t last = n + (size_t)fmin(far, PERIODS_MOST);
	double after = 0, there = renewal_survival(m, (double)last);
	for (size_t t = last; t > 0; t--) {
		const double before = renewal_survival(m, (double)t - 1), kept = 1 - leave * (1 - there / before);
		after = kept * (1 + after / (1 + discount));
		if (t <= n)
			left[t - 1] = after;
		there = before;
	}
}

double contract_base(const struct renewal_model *m, const struct renewal_stat *s, double discount, double leave)
{
	double *left = xcalloc(s->n + 1, sizeof *left), sum = 0;
	contract_left(left, s->n, m, discount, leave);
	for (size_t t = 0; t < s->n; t++)
		sum += (double)s->v[t].money * left[t];
	free(left);
	return sum;
}

double contract_new(const struct renewal_model *m, double discount)
{
	double left;
	contract_left(&left, 1, m, discount, 1);
	return 1 + left / (1 + discount);
}
