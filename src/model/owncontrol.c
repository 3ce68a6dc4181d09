/* Ratios of matched comparisons.
 *
 * Sets. A case is compared with m times (or persons) of its own set; n = m + 1. With a the
 * exposed case, d the unexposed comparisons, b and c the pairs that differ, summed over sets
 *
 *     R = sum b / n,  S = sum c / n,  RR = R / S              (Mantel & Haenszel 1959)
 *     Var log RR = sum P R_i / 2R^2 + sum (P S_i + Q R_i) / 2RS + sum Q S_i / 2S^2
 *     P = (a + d) / n,  Q = 1 - P        (Robins, Breslow & Greenland 1986, equation 2)
 *
 * For comparisons of a person with his own earlier times R / S estimates the ratio of rates, not
 * only of odds (Maclure 1991, "The case-crossover design"). Sets of one comparison each give
 * b / c with variance 1/b + 1/c. When one side is empty half a pair is put on either (Haldane
 * 1956), so that limits are finite and err towards 1.
 *
 * Where exposure of the case depends on what it is compared with (windows of different length)
 * P is not defined; the variance is then that of the sets themselves,
 * sum (b_i / nR - c_i / nS)^2, the linear term of log R - log S.
 *
 * Pairs. (b + 1/2) / (c + 1/2) with variance 1/(b + 1/2) + 1/(c + 1/2).
 *
 * Days alike. In stratum s of N_s days a of n1 days with the step and c of n0 days without it
 * have the outcome.
 *
 *     after    sum a / sum n1          matched  sum n1 (c / n0) / sum n1
 *     Var diff after (1 - after) / n1 + sum (n1_s / n1)^2 p (1 - p) / n0_s
 *              with p = (c + 1/2) / (n0 + 1), so that a stratum without outcomes is not sure
 *     odds     sum a d / N : sum b c / N, limits as above with P = (a + d) / N
 *
 * All sums run over counts in one fixed order: equal counts give equal bytes.
 */
#include <math.h>
#include "wend/owncontrol.h"

void own_sets_merge(struct own_sets *into, const struct own_sets *from)
{
	for (int m = 0; m < OWN_MOST; m++)
		for (int b = 0; b <= OWN_MOST; b++)
			for (int c = 0; c <= OWN_MOST; c++)
				into->n[m][b][c] += from->n[m][b][c];
}

struct own_ratio own_ratio_of(double rr, double log_var, double alpha)
{
	struct own_ratio r = { NAN, { NAN, NAN }, NAN, NAN };
	if (!(rr > 0) || isinf(rr) || !(log_var > 0) || isinf(log_var))
		return r;
	const double se = sqrt(log_var), half = -norm_quantile(alpha / 2) * se;
	r.rr = rr;
	r.ci = (struct interval){ rr * exp(-half), rr * exp(half) };
	r.log_var = log_var;
	r.p = 2 * norm_cdf(-fabs(log(rr)) / se);
	return r;
}

/* The sums of Robins, Breslow & Greenland. */
struct sums {
	double r, s, pr, both, qs;
};

static void add_sums(struct sums *t, double weight, double r, double s, double p)
{
	t->r += weight * r;
	t->s += weight * s;
	t->pr += weight * p * r;
	t->both += weight * (p * s + (1 - p) * r);
	t->qs += weight * (1 - p) * s;
}

static struct own_ratio ratio_of_sums(struct sums t, double alpha)
{
	if (!(t.r > 0) != !(t.s > 0)) {
		add_sums(&t, 0.5, 0.5, 0, 1);
		add_sums(&t, 0.5, 0, 0.5, 0);
	}
	return own_ratio_of(t.r / t.s, t.pr / (2 * t.r * t.r) + t.both / (2 * t.r * t.s) + t.qs / (2 * t.s * t.s), alpha);
}

struct own_ratio own_sets_ratio(const struct own_sets *s, double alpha)
{
	struct sums t = { 0 };
	for (int m = 1; m <= OWN_MOST; m++)
		for (int b = 0; b <= m; b++)
			for (int c = 0; b + c <= m; c++) {
				const double n = m + 1, p = b ? (1 + b) / n : (m - c) / n;
				if (b + c)
					add_sums(&t, (double)s->n[m - 1][b][c], b / n, c / n, p);
			}
	return ratio_of_sums(t, alpha);
}

struct own_ratio own_sets_robust(const struct own_sets *s, double alpha)
{
	double r = 0, t = 0, var = 0;
	for (int m = 1; m <= OWN_MOST; m++)
		for (int b = 0; b <= m; b++)
			for (int c = 0; b + c <= m; c++) {
				r += (double)s->n[m - 1][b][c] * b / (m + 1);
				t += (double)s->n[m - 1][b][c] * c / (m + 1);
			}
	const bool half = !(r > 0) != !(t > 0);
	r += half ? 0.25 : 0;
	t += half ? 0.25 : 0;
	for (int m = 1; m <= OWN_MOST; m++)
		for (int b = 0; b <= m; b++)
			for (int c = 0; b + c <= m; c++) {
				const double u = b / ((m + 1) * r) - c / ((m + 1) * t);
				if (b + c)
					var += (double)s->n[m - 1][b][c] * u * u;
			}
	if (half)
		var += 0.5 * (0.25 / (r * r) + 0.25 / (t * t));
	return own_ratio_of(r / t, var, alpha);
}

struct own_ratio own_pairs(int64_t b, int64_t c, double alpha)
{
	if (b + c <= 0)
		return own_ratio_of(NAN, NAN, alpha);
	return own_ratio_of(((double)b + 0.5) / ((double)c + 0.5), 1 / ((double)b + 0.5) + 1 / ((double)c + 0.5), alpha);
}

struct own_ratio own_divide(const struct own_ratio *a, const struct own_ratio *by, double alpha)
{
	return own_ratio_of(a->rr / by->rr, a->log_var + by->log_var, alpha);
}

bool own_disagree(const struct own_ratio *a, const struct own_ratio *b)
{
	if (isnan(a->rr) || isnan(b->rr))
		return false;
	return a->ci.lo > b->ci.hi || b->ci.lo > a->ci.hi;
}

void own_alike(struct own_alike *out, const struct own_stratum *v, size_t n, double alpha)
{
	struct sums t = { 0 };
	double after = 0, matched = 0, var = 0;
	*out = (struct own_alike){ .after = NAN, .matched = NAN, .diff = NAN, .ci = { NAN, NAN } };
	for (size_t i = 0; i < n; i++)
		if (v[i].days[0] > 0 && v[i].days[1] > 0) {
			out->days += v[i].days[1];
			out->others += v[i].days[0];
			out->strata++;
		}
	for (size_t i = 0; i < n; i++) {
		const double n1 = (double)v[i].days[1], n0 = (double)v[i].days[0], a = (double)v[i].outcomes[1], c = (double)v[i].outcomes[0];
		if (!(n0 > 0) || !(n1 > 0))
			continue;
		const double share = n1 / (double)out->days, p = (c + 0.5) / (n0 + 1), all = n0 + n1;
		after += a;
		matched += share * c / n0;
		var += share * share * p * (1 - p) / n0;
		add_sums(&t, 1, a * (n0 - c) / all, (n1 - a) * c / all, (a + n0 - c) / all);
	}
	out->odds = ratio_of_sums(t, alpha);
	if (!out->days)
		return;
	after /= (double)out->days;
	const double own = (after * (double)out->days + 0.5) / ((double)out->days + 1);
	const double half = -norm_quantile(alpha / 2) * sqrt(own * (1 - own) / (double)out->days + var);
	out->after = after;
	out->matched = matched;
	out->diff = after - matched;
	out->ci = (struct interval){ out->diff - half, out->diff + half };
}
