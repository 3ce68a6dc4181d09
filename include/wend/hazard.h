/* room: model
 * Time to an event that not everyone has been seen to have: how many are still without it
 * (Kaplan-Meier), whether groups differ (log-rank family), what the risk depends on (Cox).
 *
 * Everything here is a pure function of times and counts; no store is needed:
 *
 *     struct survival_step v[3];
 *     survival_steps(v, &(struct durations){ 3, (double[]){ 1, 2, 5 }, (double[]){ 2, 1, 0 },
 *                    (double[]){ 0, 1, 7 }, NULL }, 0.05, SURVIVAL_LOGLOG);
 */
#ifndef WEND_HAZARD_H
#define WEND_HAZARD_H

#include "cases.h"
#include "num.h"
#include "optim.h"

/* ---- Kaplan-Meier (survival.c) ---- */

/* Times in the caller's unit, ascending and different, from 0 on. At time[i] `events` had the
 * event and `lost` were last seen without it; `entered` come under observation right after
 * time[i] (NULL: all have been since before the first). Counts, or sums of weights: the sums of
 * two such lists are the list of both groups together. Someone lost at t was still there at t,
 * so an event of the same time comes first (Kaplan & Meier 1958). */
struct durations {
	size_t n;
	const double *time, *events, *lost, *entered;
};
enum survival_ci { SURVIVAL_LOGLOG, SURVIVAL_PLAIN, SURVIVAL_LOG };
/* The share without the event after a time. Greenwood's variance is that of the share; limits
 * are those of log(-log S) (Kalbfleisch & Prentice), or of S or log S where those are asked
 * for. Before the first event the lower limit of log(-log S) is the exact one of none among
 * those at risk, the upper one 1; where nobody is left the lower limit is 0, the upper one that
 * of the step before. NaN = not known: nobody was seen so long. */
struct survival_step {
	double time, risk, events, lost;   /* risk: still there just before `time` */
	double survival, variance;
	double greenwood;                  /* sum of d / (n (n - d)): variance / survival^2 */
	double hazard, hazard_variance;    /* cumulative: Nelson-Aalen */
	struct interval ci;
};
/* One step a time; `out` has room for d->n. */
void survival_steps(struct survival_step *out, const struct durations *d, double alpha, enum survival_ci ci);
/* At any time, between steps and behind the last; nobody at all: NaN. */
struct survival_step survival_at(const struct survival_step *v, size_t n, double time, double alpha);
/* The first time after which no more than `share` are without the event, the middle of the flat
 * stretch when it is that share exactly; limits where the limits of S cross it (Brookmeyer &
 * Crowley 1982). NaN: not reached. */
struct survival_time {
	double time;
	struct interval ci;
};
struct survival_time survival_quantile(const struct survival_step *v, size_t n, double share);
/* Mean time without the event within the first `until` (restricted mean: the area under S).
 * NaN: nobody was seen so long. */
struct survival_mean {
	double until, mean, variance;
	struct interval ci;
};
struct survival_mean survival_mean(const struct survival_step *v, size_t n, double until, double alpha);

/* ---- groups compared (survivaltest.c) ---- */

enum { SURVIVAL_GROUPS = OPTIM_MAX };
/* Weight of a time: 1 (Mantel 1966), S of all groups just before it (Peto & Peto 1972), the
 * number at risk (Gehan 1965), its root (Tarone & Ware 1977), S^rho (1-S)^gamma (Fleming &
 * Harrington 1991). */
enum survival_weight { SURVIVAL_LOGRANK, SURVIVAL_PETO, SURVIVAL_GEHAN, SURVIVAL_TARONE, SURVIVAL_FLEMING };
struct survival_test {
	size_t groups;
	double observed[SURVIVAL_GROUPS], expected[SURVIVAL_GROUPS]; /* weighted events */
	double variance[SURVIVAL_GROUPS * SURVIVAL_GROUPS];          /* of observed - expected; groups x groups */
	int df;                    /* groups that could have had events, less one */
	double chisq, p, log10_p;  /* NaN when nothing can be told; p is 0 where only its logarithm is a number */
};
/* d[s * groups + g]: group g in stratum s; strata only add up. More than SURVIVAL_GROUPS: no test. */
void survival_test(struct survival_test *out, const struct durations *d, size_t groups, size_t strata, enum survival_weight w, double rho, double gamma);
/* Of two groups. */
struct survival_pair {
	double observed, expected, variance, chisq, p;
};
struct survival_pair survival_logrank(const struct durations *a, const struct durations *b);
/* Difference of two restricted means, a - b. */
struct survival_difference {
	double diff, p, log10_p;
	struct interval ci;
};
struct survival_difference survival_mean_difference(const struct survival_mean *a, const struct survival_mean *b, double alpha);

/* ---- from cases (survivalcount.c) ---- */

/* Durations of each group, d[g]; whole times are counted, others sorted. */
struct survival_groups {
	size_t n;
	struct durations *d;
	double *room;
};
/* `group` NULL: all are group 0; a code of `groups` or more takes no part. */
void survival_count(struct survival_groups *out, const struct cases *c, const uint16_t *group, size_t groups);
void survival_groups_release(struct survival_groups *g);

#endif
