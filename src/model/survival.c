/* How long until an event, when some have not been watched long enough to tell: the
 * product-limit estimator (Kaplan & Meier 1958, "Nonparametric estimation from incomplete
 * observations").
 *
 * Idea. Of the n_i still there at time t_i, d_i have the event. Whoever is lost counts as long
 * as he was seen and is no event, and whoever came under observation late (left truncation)
 * counts from then on, so that each factor is a plain share of those watched then.
 *
 *     S(t)       = prod over t_i <= t of (1 - d_i / n_i)
 *     Var S(t)   = S(t)^2 g(t),  g = sum d_i / (n_i (n_i - d_i))            (Greenwood 1926)
 *     limits     S(t)^exp(+-z s),  s = sqrt(g) / |log S(t)|: normal limits of log(-log S),
 *                which stay within 0 and 1 and hold their level in small groups (Kalbfleisch &
 *                Prentice, The Statistical Analysis of Failure Time Data, 2nd edition 2002,
 *                section 1.4); plain: S +- z S sqrt(g); log: S exp(+-z sqrt(g)); both cut at 0
 *                and 1
 *     quantile   first t with S(t) <= q; its limits are the times at which the limits of S
 *                first reach q (Brookmeyer & Crowley 1982)
 *     H(t)       = sum d_i / n_i, its variance sum d_i / n_i^2   (Nelson 1969, Aalen 1978)
 *     mean(u)    = integral of S over [0, u]; variance sum over t_i <= u of
 *                A_i^2 d_i / (n_i (n_i - d_i)), A_i the area from t_i to u (Klein &
 *                Moeschberger, Survival Analysis, 2nd edition 2003, 4.5.2)
 *
 * The numbers at risk are sums from the end, so that weights which are no whole numbers leave
 * no remainder where nobody is left.
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
#include "wend/hazard.h"

/* Half a step of rounding in a product of many factors must not hide that S is one half. */
#define TOLERANCE 1e-9

/* Exact limit of a share of which none of n was seen to have the opposite. */
static double none_of(double n, double alpha)
{
	return n > 0 ? exp(log(alpha / 2) / n) : 0;
}

static struct interval limits(double survival, double greenwood, double z, enum survival_ci ci)
{
	const double log_s = log(survival), half = z * sqrt(greenwood);
	switch (ci) {
	case SURVIVAL_PLAIN: return (struct interval){ fmax(0, survival - survival * half), fmin(1, survival + survival * half) };
	case SURVIVAL_LOG: return (struct interval){ survival * exp(-half), fmin(1, survival * exp(half)) };
	case SURVIVAL_LOGLOG: break;
	}
	return (struct interval){ exp(log_s * exp(half / fabs(log_s))), exp(log_s * exp(-half / fabs(log_s))) };
}

/* How many are there just before each time, and whether any are or will be: risk, and in
 * `variance` for the time being those to come. */
static void count_risk(struct survival_step *out, const struct durations *d)
{
	double gone = 0, entered = 0;
	for (size_t i = d->n; i-- > 0;) {
		const double in = d->entered ? d->entered[i] : 0;
		entered += in;
		gone += d->events[i] + d->lost[i];
		out[i] = (struct survival_step){ .time = d->time[i], .risk = gone - entered, .events = d->events[i], .lost = d->lost[i], .variance = gone };
	}
}

static void set_limits(struct survival_step *v, const struct survival_step *before, double z, double alpha, enum survival_ci ci)
{
	if (v->survival > 0 && (v->greenwood > 0 || ci != SURVIVAL_LOGLOG))
		v->ci = limits(v->survival, v->greenwood, z, ci);
	else if (v->survival > 0)
		v->ci = (struct interval){ none_of(v->risk, alpha), 1 };
	else if (v->greenwood > 0)
		v->ci = (struct interval){ 0, before->ci.hi };
	else
		v->ci = (struct interval){ 0, v->events > 0 ? 1 - none_of(v->risk, alpha) : before ? before->ci.hi : NAN };
}

void survival_steps(struct survival_step *out, const struct durations *d, double alpha, enum survival_ci ci)
{
	const double z = -norm_quantile(alpha / 2);
	double s = 1, greenwood = 0, hazard = 0, variance = 0;
	count_risk(out, d);
	for (size_t i = 0; i < d->n; i++) {
		struct survival_step *v = &out[i];
		const double n = v->risk, k = v->events;
		const bool nobody = !(v->variance > 0); /* counts that go on behind the last of them */
		if (k > 0 && k < n) {
			s *= (n - k) / n;
			greenwood += k / (n * (n - k));
		} else if (k > 0) {
			s = 0;
		}
		if (k > 0) {
			hazard += k / n;
			variance += k / (n * n);
		}
		v->survival = s;
		v->greenwood = greenwood;
		v->variance = s * s * greenwood;
		v->hazard = hazard;
		v->hazard_variance = variance;
		if (s > 0 && nobody)
			v->survival = v->variance = v->hazard = v->hazard_variance = v->ci.lo = v->ci.hi = NAN;
		else
			set_limits(v, i ? v - 1 : NULL, z, alpha, ci);
	}
}

struct survival_step survival_at(const struct survival_step *v, size_t n, double time, double alpha)
{
	static const struct survival_step unknown = { .survival = NAN, .variance = NAN, .hazard = NAN, .hazard_variance = NAN, .ci = { NAN, NAN } };
	size_t k;
	LOWER_BOUND(k, n, v[mid].time <= time);
	struct survival_step s = k ? v[k - 1] : unknown;
	if (k && s.time == time)
		return s;
	s.time = time;
	s.risk = k < n ? v[k].risk : 0;
	s.events = s.lost = 0;
	if (s.survival == 0)
		return s;
	if (k == n) {
		s.survival = s.variance = s.hazard = s.hazard_variance = s.ci.lo = s.ci.hi = NAN;
	} else if (!k) {
		s.survival = 1;
		s.variance = s.hazard = s.hazard_variance = 0;
		s.ci = (struct interval){ none_of(s.risk, alpha), 1 };
	} else if (s.survival == 1 && s.ci.lo < 1) {
		s.ci = (struct interval){ none_of(s.risk, alpha), 1 };
	}
	return s;
}

/* Which curve crosses a share. */
enum curve { ITSELF, LOWER, UPPER };
static double height(const struct survival_step *v, enum curve c)
{
	return c == ITSELF ? v->survival : c == LOWER ? v->ci.lo : v->ci.hi;
}

static double crossing(const struct survival_step *v, size_t n, double share, enum curve c)
{
	size_t i = 0;
	while (i < n && (!(v[i].events > 0) || !(height(&v[i], c) <= share + TOLERANCE)))
		i++;
	if (i == n)
		return NAN;
	if (height(&v[i], c) < share - TOLERANCE)
		return v[i].time;
	size_t next = i + 1;
	while (next < n && !isnan(v[next].survival) && !(v[next].events > 0))
		next++;
	if (next == n || isnan(v[next].survival)) /* flat to its end: as far as anybody was seen */
		next--;
	return (v[i].time + v[next].time) / 2;
}

struct survival_time survival_quantile(const struct survival_step *v, size_t n, double share)
{
	return (struct survival_time){ crossing(v, n, share, ITSELF), { crossing(v, n, share, LOWER), crossing(v, n, share, UPPER) } };
}

struct survival_mean survival_mean(const struct survival_step *v, size_t n, double until, double alpha)
{
	struct survival_mean m = { .until = until, .mean = NAN, .variance = NAN, .ci = { NAN, NAN } };
	size_t seen, k;
	LOWER_BOUND(seen, n, !isnan(v[mid].survival));
	if (!seen || !(until >= 0) || (until > v[seen - 1].time && v[seen - 1].survival > 0))
		return m;
	LOWER_BOUND(k, seen, v[mid].time <= until);
	/* From the end: the area grows to the left, and with it the variance. */
	double area = 0, variance = 0, right = until;
	for (size_t i = k; i-- > 0;) {
		area += v[i].survival * (right - v[i].time);
		right = v[i].time;
		if (v[i].events > 0 && v[i].events < v[i].risk)
			variance += area * area * (v[i].events / (v[i].risk * (v[i].risk - v[i].events)));
	}
	m.mean = area + right;
	m.variance = variance;
	const double half = -norm_quantile(alpha / 2) * sqrt(variance);
	m.ci = (struct interval){ fmax(0, m.mean - half), fmin(until, m.mean + half) };
	return m;
}

struct survival_difference survival_mean_difference(const struct survival_mean *a, const struct survival_mean *b, double alpha)
{
	const double variance = a->variance + b->variance, half = -norm_quantile(alpha / 2) * sqrt(variance);
	struct survival_difference d = { .diff = a->mean - b->mean, .p = NAN, .log10_p = NAN };
	d.ci = (struct interval){ d.diff - half, d.diff + half };
	if (variance > 0) {
		d.p = chisq_sf(d.diff * d.diff / variance, 1);
		d.log10_p = chisq_log10_sf(d.diff * d.diff / variance, 1);
	}
	return d;
}
