/* Do groups have the same chances at each time? The log-rank test and its weighted relatives.
 *
 *     O_g - E_g  = sum over times of w (d_g - n_g d / n)
 *     V_gh       = sum of w^2 d (n - d) / (n - 1)  n_g / n  (1[g = h] - n_h / n)
 *     chi^2      = (O - E)' V^-1 (O - E) over all groups but one    (Mantel 1966)
 *
 * d_g events among n_g at risk in group g, d and n in all groups of the stratum: given the
 * margins d_g is hypergeometric. Weights: 1; S(t-) of the stratum (Peto & Peto 1972, as
 * Harrington & Fleming 1982 have it with rho = 1); n (Gehan 1965); sqrt n (Tarone & Ware 1977);
 * S(t-)^rho (1 - S(t-))^gamma (Fleming & Harrington, Counting Processes and Survival Analysis
 * 1991, 7.4). Groups that nobody was watched in while there were events take no part. Those who
 * come under observation late are at risk from then on.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "wend/hazard.h"

struct at_time {
	double n, d, at_risk[SURVIVAL_GROUPS], of[SURVIVAL_GROUPS];
};
struct position {
	size_t at[SURVIVAL_GROUPS];
	double risk[SURVIVAL_GROUPS], late[SURVIVAL_GROUPS]; /* watched now; to come, and to go */
};

static double weight_of(enum survival_weight w, double rho, double gamma, double s, double n)
{
	switch (w) {
	case SURVIVAL_LOGRANK: return 1;
	case SURVIVAL_PETO: return s;
	case SURVIVAL_GEHAN: return n;
	case SURVIVAL_TARONE: return sqrt(n);
	case SURVIVAL_FLEMING: return pow(s, rho) * (gamma != 0 ? pow(1 - s, gamma) : 1);
	}
	return NAN;
}

/* The next time of the stratum, and who is there; false: no more. */
static bool next_time(struct at_time *t, struct position *p, const struct durations *d, size_t groups)
{
	double time = INFINITY;
	for (size_t g = 0; g < groups; g++)
		if (p->at[g] < d[g].n && d[g].time[p->at[g]] < time)
			time = d[g].time[p->at[g]];
	t->n = t->d = 0;
	for (size_t g = 0; g < groups; g++) {
		const size_t i = p->at[g];
		t->at_risk[g] = p->risk[g];
		t->of[g] = 0;
		if (i < d[g].n && d[g].time[i] == time) {
			t->of[g] = d[g].events[i];
			p->risk[g] += (d[g].entered ? d[g].entered[i] : 0) - d[g].events[i] - d[g].lost[i];
			if (++p->at[g] == d[g].n)
				p->risk[g] = 0;
		}
		t->n += t->at_risk[g];
		t->d += t->of[g];
	}
	return isfinite(time);
}

static void add_time(struct survival_test *out, const struct at_time *t, double w)
{
	const size_t k = out->groups;
	const double spread = t->n > 1 ? w * w * t->d * (t->n - t->d) / (t->n - 1) : 0;
	for (size_t g = 0; g < k; g++) {
		const double share = t->at_risk[g] / t->n;
		out->observed[g] += w * t->of[g];
		out->expected[g] += w * t->d * share;
		if (!(share > 0 && spread > 0))
			continue;
		out->variance[g * k + g] += spread * share;
		for (size_t h = 0; h < k; h++)
			out->variance[g * k + h] -= spread * share * (t->at_risk[h] / t->n);
	}
}

static void add_stratum(struct survival_test *out, const struct durations *d, enum survival_weight w, double rho, double gamma)
{
	struct position p = { 0 };
	struct at_time t;
	double s = 1;
	for (size_t g = 0; g < out->groups; g++)
		for (size_t i = 0; i < d[g].n; i++)
			p.risk[g] += d[g].events[i] + d[g].lost[i] - (d[g].entered ? d[g].entered[i] : 0);
	while (next_time(&t, &p, d, out->groups)) {
		if (!(t.d > 0 && t.n > 0))
			continue;
		add_time(out, &t, weight_of(w, rho, gamma, s, t.n));
		s *= t.d < t.n ? (t.n - t.d) / t.n : 0;
	}
}

/* The statistic over the groups that count but the last of them. */
static void settle(struct survival_test *out)
{
	size_t use[SURVIVAL_GROUPS], m = 0;
	double v[SURVIVAL_GROUPS * SURVIVAL_GROUPS], u[SURVIVAL_GROUPS], x[SURVIVAL_GROUPS];
	for (size_t g = 0; g < out->groups; g++)
		if (out->expected[g] > 0 && out->variance[g * out->groups + g] > 0)
			use[m++] = g;
	if (m < 2)
		return;
	const size_t k = m - 1;
	for (size_t i = 0; i < k; i++) {
		u[i] = out->observed[use[i]] - out->expected[use[i]];
		for (size_t j = 0; j < k; j++)
			v[i * k + j] = out->variance[use[i] * out->groups + use[j]];
	}
	if (!spd_solve(x, v, u, k))
		return;
	out->chisq = 0;
	for (size_t i = 0; i < k; i++)
		out->chisq += u[i] * x[i];
	out->df = (int)k;
	out->p = chisq_sf(out->chisq, (double)k);
	out->log10_p = chisq_log10_sf(out->chisq, (double)k);
}

void survival_test(struct survival_test *out, const struct durations *d, size_t groups, size_t strata, enum survival_weight w, double rho, double gamma)
{
	memset(out, 0, sizeof *out);
	out->groups = groups;
	out->chisq = out->p = out->log10_p = NAN;
	if (!groups || groups > SURVIVAL_GROUPS)
		return;
	for (size_t s = 0; s < strata; s++)
		add_stratum(out, d + s * groups, w, rho, gamma);
	settle(out);
}

struct survival_pair survival_logrank(const struct durations *a, const struct durations *b)
{
	const struct durations d[2] = { *a, *b };
	struct survival_test t;
	survival_test(&t, d, 2, 1, SURVIVAL_LOGRANK, 0, 0);
	return (struct survival_pair){ t.observed[0], t.expected[0], t.variance[0], t.chisq, t.p };
}
