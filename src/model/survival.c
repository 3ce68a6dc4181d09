/* How long until an event, when some have not been watched long enough to tell: the
 * product-limit estimator (Kaplan & Meier 1958, "Nonparametric estimation from incomplete
 * observations").
 *
 * Idea. Of the n_i still there at time t_i, d_i have the event. Whoever is lost counts as long
 * as he was seen and is no event, so that each factor is a plain share of those watched then.
 *
 *     S(t)       = prod over t_i <= t of (1 - d_i / n_i)
 *     Var S(t)   = S(t)^2 sum d_i / (n_i (n_i - d_i))                      (Greenwood 1926)
 *     limits     S(t)^exp(+-z s),  s = sqrt(sum d_i / (n_i (n_i - d_i))) / |log S(t)|:
 *                normal limits of log(-log S), which stay within 0 and 1 and hold their level
 *                in small groups (Kalbfleisch & Prentice, The Statistical Analysis of Failure
 *                Time Data, 2nd edition 2002, section 1.4)
 *     median     first t with S(t) <= 1/2; its limits are the times at which the limits of S
 *                first reach 1/2 (Brookmeyer & Crowley 1982, with the limits above)
 *     log-rank   sum over times of d_a - n_a d / n against its hypergeometric variance
 *                n_a n_b d (n - d) / (n^2 (n - 1)), chi-squared with one degree of freedom
 *                (Mantel 1966)
 *
 * Ends of the range. With no event yet s is 0 / 0: none of n is an exact binomial statement, its
 * lower limit (alpha/2)^(1/n) for the n still watched (Clopper & Pearson 1934). Where S reaches 0
 * Greenwood's sum is infinite: S never rises, so the upper limit of the step before holds on;
 * when that one step took everybody, that of none left of n. Behind the last time S is not
 * known, unless it is 0.
 *
 * Range. Counts to 2^53; the product loses about one part in 2^53 a step. Checked against
 * published tables and against R (tests/unit/model_survival.c).
 */
#include <math.h>
#include "wend/model.h"

/* Half a step of rounding in a product of many factors must not hide that S is one half. */
#define HALF_TOLERANCE 1e-9

/* Exact limit of a share of which none of n was seen to have the opposite. */
static double none_of(int64_t n, double alpha)
{
	return n > 0 ? exp(log(alpha / 2) / (double)n) : 0;
}

static struct interval limits(double survival, double greenwood, double z)
{
	const double log_s = log(survival), half = z * sqrt(greenwood) / fabs(log_s);
	return (struct interval){ exp(log_s * exp(half)), exp(log_s * exp(-half)) };
}

void survival_steps(struct survival_step *out, const struct durations *d, double alpha)
{
	const double z = -norm_quantile(alpha / 2);
	int64_t risk = 0;
	double s = 1, greenwood = 0;
	for (size_t i = 0; i < d->n; i++)
		risk += d->events[i] + d->lost[i];
	for (size_t i = 0; i < d->n; i++) {
		const double n = (double)risk, k = (double)d->events[i];
		struct survival_step *v = &out[i];
		*v = (struct survival_step){ .time = d->time[i], .risk = risk, .events = d->events[i], .lost = d->lost[i] };
		if (d->events[i] && d->events[i] < risk) {
			s *= (n - k) / n;
			greenwood += k / (n * (n - k));
		} else if (d->events[i]) {
			s = 0;
		}
		v->survival = s;
		v->variance = s * s * greenwood;
		if (s > 0 && !risk) /* counts that go on behind the last of them */
			v->survival = v->variance = v->ci.lo = v->ci.hi = NAN;
		else if (s > 0 && greenwood > 0)
			v->ci = limits(s, greenwood, z);
		else if (s > 0)
			v->ci = (struct interval){ none_of(risk, alpha), 1 };
		else if (greenwood > 0)
			v->ci = (struct interval){ 0, out[i - 1].ci.hi };
		else
			v->ci = (struct interval){ 0, d->events[i] ? 1 - none_of(risk, alpha) : i ? out[i - 1].ci.hi : NAN };
		risk -= d->events[i] + d->lost[i];
	}
}

struct survival_step survival_at(const struct survival_step *v, size_t n, int32_t time, double alpha)
{
	static const struct survival_step unknown = { .survival = NAN, .variance = NAN, .ci = { NAN, NAN } };
	size_t k = 0;
	while (k < n && v[k].time <= time)
		k++;
	struct survival_step s = k ? v[k - 1] : unknown;
	if (k && s.time == time)
		return s;
	s.time = time;
	s.risk = k ? s.risk - s.events - s.lost : n ? v[0].risk : 0;
	s.events = s.lost = 0;
	if (s.survival == 0)
		return s;
	if (!s.risk) {
		s.survival = s.variance = s.ci.lo = s.ci.hi = NAN;
	} else if (!k || s.survival == 1) {
		s.survival = 1;
		s.variance = 0;
		s.ci = (struct interval){ none_of(s.risk, alpha), 1 };
	}
	return s;
}

/* Which curve crosses one half. */
enum curve { ITSELF, LOWER, UPPER };
static double height(const struct survival_step *v, enum curve c)
{
	return c == ITSELF ? v->survival : c == LOWER ? v->ci.lo : v->ci.hi;
}

static double crossing(const struct survival_step *v, size_t n, enum curve c)
{
	size_t i = 0;
	while (i < n && (!v[i].events || !(height(&v[i], c) <= 0.5 + HALF_TOLERANCE)))
		i++;
	if (i == n)
		return NAN;
	if (height(&v[i], c) < 0.5 - HALF_TOLERANCE)
		return v[i].time;
	size_t next = i + 1;
	while (next < n && v[next].risk && !v[next].events)
		next++;
	if (next == n || !v[next].risk) /* flat to its end: as far as anybody was seen */
		next--;
	return ((double)v[i].time + (double)v[next].time) / 2;
}

struct survival_median survival_median(const struct survival_step *v, size_t n)
{
	return (struct survival_median){ crossing(v, n, ITSELF), { crossing(v, n, LOWER), crossing(v, n, UPPER) } };
}

static int64_t all_of(const struct durations *d)
{
	int64_t n = 0;
	for (size_t i = 0; i < d->n; i++)
		n += d->events[i] + d->lost[i];
	return n;
}

/* Takes the counts of a group at a time, if there are any; returns its events. */
static int64_t take(const struct durations *d, size_t *at, int32_t time, int64_t *gone)
{
	*gone = 0;
	if (*at == d->n || d->time[*at] != time)
		return 0;
	const int64_t events = d->events[*at];
	*gone = events + d->lost[(*at)++];
	return events;
}

struct survival_test survival_logrank(const struct durations *a, const struct durations *b)
{
	struct survival_test t = { .chisq = NAN, .p = NAN };
	int64_t na = all_of(a), nb = all_of(b);
	for (size_t i = 0, k = 0; i < a->n || k < b->n;) {
		const int32_t time = k == b->n || (i < a->n && a->time[i] < b->time[k]) ? a->time[i] : b->time[k];
		int64_t gone_a, gone_b;
		const int64_t of_a = take(a, &i, time, &gone_a), of_b = take(b, &k, time, &gone_b);
		const double n = (double)(na + nb), d = (double)(of_a + of_b), share = (double)na / n;
		if (d > 0) {
			t.observed += (double)of_a;
			t.expected += d * share;
			if (n > 1)
				t.variance += d * share * (1 - share) * ((n - d) / (n - 1));
		}
		na -= gone_a;
		nb -= gone_b;
	}
	if (t.variance > 0) {
		t.chisq = (t.observed - t.expected) * (t.observed - t.expected) / t.variance;
		t.p = chisq_sf(t.chisq, 1);
	}
	return t;
}
