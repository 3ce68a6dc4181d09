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

/* ---- proportional hazards (cox*.c) ---- */

enum { COX_MAX = OPTIM_MAX };  /* columns of one model */
enum cox_ties { COX_EFRON, COX_BRESLOW };
/* Against which scale of time effects are tested to be steady: 1 - S just before (Kaplan-Meier
 * of all together), time itself, its rank, its logarithm. */
enum cox_scale { COX_KM, COX_IDENTITY, COX_RANK, COX_LOG };

/* A column of the model: numbers, or 1 where a code is `level`. */
struct cox_column {
	const double *number;      /* NULL: code */
	const uint16_t *code;
	uint16_t level;
};
struct cox_data {
	size_t n, p;
	const struct cox_column *col;
	const double *time, *entry, *weight; /* entry, weight NULL: none */
	const uint8_t *event;
	const uint16_t *stratum;   /* NULL: one */
	const uint32_t *cluster;   /* NULL: every row by itself; else 0 .. clusters-1 */
	size_t clusters;
};
/* The data in the order of risk sets, without rows that miss a value in any column; fitted any
 * number of times. What `data` points to must outlive it. */
struct cox;
struct cox *cox_new(const struct cox_data *data, int threads);
void cox_free(struct cox *m);

enum cox_state {
	COX_KEPT,
	COX_CONSTANT,              /* the same in all who were ever at risk together */
	COX_COLLINEAR,             /* said by the columns before it */
	COX_INFINITE               /* the likelihood rises for ever: nobody on one side has the event */
};
struct cox_fit {
	size_t p;
	double rows, missing, events, weight; /* rows used; rows left out; sums of weights */
	double coef[COX_MAX], cov[COX_MAX * COX_MAX]; /* log hazard ratios; 0 where not kept */
	double robust[COX_MAX * COX_MAX];             /* sandwich, by cluster (Lin & Wei 1989) */
	bool has_robust;
	enum cox_state state[COX_MAX];
	double mean[COX_MAX];
	double loglik_null, loglik, lr, wald, score;  /* tests that no column matters */
	int df, steps;
	const char *reason;        /* NULL: a maximum; else why there is none, a sentence */
	/* cox_steady */
	double drift[COX_MAX], drift_var[COX_MAX * COX_MAX];
	/* cox_concordance */
	double concordance, concordance_se;
};
/* `cols`: which columns, NULL = all. */
void cox_run(struct cox_fit *out, struct cox *m, const size_t *cols, size_t ncols, enum cox_ties ties);
/* Models of one column each, out[i] of column cols[i]; NaN where there is no maximum. */
struct cox_alone {
	double coef, se;
	enum cox_state state;
};
void cox_alone(struct cox_alone *out, struct cox *m, const size_t *cols, size_t n, enum cox_ties ties);
/* Sandwich variance at the fit. */
void cox_robust(struct cox_fit *f, struct cox *m, const size_t *cols, enum cox_ties ties);
/* Are the effects steady in time? Score test that they change with the scale (Grambsch &
 * Therneau 1994, as cox.zph of R's survival 3 has it). Fills drift; then cox_drift tells of
 * columns first .. first+n-1 together. */
void cox_steady(struct cox_fit *f, struct cox *m, const size_t *cols, enum cox_ties ties, enum cox_scale scale);
/* Said before cox_run, it saves cox_steady with the same ties and scale a pass over the rows. */
void cox_foresee_steady(struct cox *m, enum cox_scale scale);
struct cox_test {
	double chisq, p, log10_p;
	int df;
};
struct cox_test cox_drift(const struct cox_fit *f, size_t first, size_t n);
/* Share of comparable pairs whose order the model foretells (Harrell et al. 1982), its standard
 * error by the infinitesimal jackknife. */
void cox_concordance(struct cox_fit *f, struct cox *m, const size_t *cols);
/* Cumulative hazard of a customer with all columns 0, at each time of an event: `n` of them,
 * stratum by stratum, ascending; the caller frees. Fitted by the last cox_run. */
struct cox_baseline {
	size_t n;
	double *time, *hazard;
	uint16_t *stratum;
};
void cox_baseline(struct cox_baseline *out, struct cox *m, const struct cox_fit *f, const size_t *cols, enum cox_ties ties);
void cox_baseline_release(struct cox_baseline *b);

#endif
