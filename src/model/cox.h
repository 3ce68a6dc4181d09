/* room: model (internal)
 * Cox's model in pieces: coxsort.c orders the data, coxload.c brings columns into that order,
 * coxpass.c goes over it once for given coefficients (coxties.c: deaths at one time), cox.c finds
 * the maximum, coxalone.c that of each column, coxrobust.c, coxsteady.c and coxpairs.c look at it.
 */
#ifndef WEND_COX_H
#define WEND_COX_H

#include "wend/hazard.h"

typedef double pair2 __attribute__((vector_size(16), aligned(8), may_alias)); /* two columns at a time */

/* Rows of one stratum and time, one after the other, those with the event first. */
struct cox_group {
	uint32_t from, to, deaths;  /* rows; those with the event */
	uint32_t left;              /* first of cox.late that are not yet there at this time */
	double time, weight;        /* weight of the deaths */
	const double *power;        /* coxties.c; NULL: few deaths */
	uint16_t stratum;
	bool first;                 /* of its stratum */
};
/* Whole groups, so many that the sums of a block are worth a thread. Their number depends on the
 * data alone, and so does every sum. */
struct cox_block {
	uint32_t from, to;          /* groups */
};
struct cox_sums;
struct cox {
	struct cox_data d;
	int threads;
	size_t n, missing, ngroup, nblock, nlate;
	uint32_t *row;              /* sorted by stratum, time from the last on, event first */
	double *w;                  /* sorted weights; NULL: 1 */
	uint32_t *late;             /* positions in `row` by stratum and entry from the last on; NULL: no entry */
	uint32_t *late_group;       /* by position: the last group before its entry's end; ngroup = none */
	struct cox_group *group;
	struct cox_block *block;
	double *power;              /* of groups (coxties.c) */
	double *risk;               /* exp(x beta), without the weight */
	/* the columns of the model that is being fitted, n rows of `wide` values, centred */
	size_t p, wide;
	double *x, *mean, *scale;
	double deaths_x[COX_MAX + 1]; /* sum of w x over the deaths */
	/* where times are few: by group the sums over its rows and over its deaths, wide + 2 values each */
	double *sums;
	/* by group: sums of a pass (coxpass.c) */
	double *e1, *e2, *cum, *g, *cum_g, *cum_gg;
	size_t loaded[COX_MAX], nloaded;
	/* of the columns loaded, at beta = 0: score and its slope of each by itself */
	bool has_null;
	enum cox_ties null_ties;
	double null_loglik, null_u[COX_MAX], null_info[COX_MAX];
	/* m->g is that of a test to come, whose sums the last pass of cox_run makes, too */
	bool foreseen;
	enum cox_scale foreseen_scale;
	struct cox_sums *steady;   /* of the columns loaded, at steady_beta; NULL: none */
	enum cox_ties steady_ties;
	double steady_beta[COX_MAX];
};

/* The columns into m->x, unless they are there. */
void cox_load(struct cox *m, const size_t *cols, size_t ncols);
void cox_unload(struct cox *m);

struct cox_sums {
	double loglik;
	double u[COX_MAX], info[COX_MAX * COX_MAX];   /* score and information, centred and scaled columns */
	double ug[COX_MAX], info_g[COX_MAX * COX_MAX], info_gg[COX_MAX * COX_MAX]; /* with a scale of time */
};
/* One pass at beta; `steady`: the sums with m->g, too. */
void cox_pass(struct cox_sums *out, struct cox *m, const double *beta, enum cox_ties ties, bool steady);

/* The sums of cox_steady where the last pass of a fit made them; NULL: it did not. */
const struct cox_sums *cox_steady_sums(const struct cox *m, const double *beta, enum cox_ties ties, enum cox_scale scale);

/* x beta of rows from .. to, out[from] the first; beta for scaled columns. */
void cox_predictors(double *out, const struct cox *m, size_t from, size_t to, const double *beta);

/* Sums over the deaths of a tied time, k = 0 .. d-1: f(k/d, phi_k) with phi_k = s0 - k/d d0;
 * cox_powers prepares the groups for them (coxties.c). */
struct cox_tie {
	double log, e1, e2, f0, f1, f2;
};
struct cox_tie cox_tie(const struct cox_group *g, double s0, double d0, enum cox_ties ties);
void cox_powers(struct cox *m);

/* Walks the groups from the last time on with the sums over those at risk. */
struct cox_walk {
	double s0, s0_low, d0;
	double s1[COX_MAX + 1], s1_low[COX_MAX + 1], d1[COX_MAX + 1];
};
void cox_walk_group(struct cox_walk *w, const struct cox *m, const struct cox_group *g);
void cox_walk_begin(struct cox_walk *w);

#endif
