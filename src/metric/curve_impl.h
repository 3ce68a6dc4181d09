/* room: metric (internal)
 * churn curve: curve.c reads cases or a statistic and estimates, curvetable.c makes the
 * tables, curvesay.c finds words, curvestat.c prints and reads the statistic.
 */
#ifndef WEND_CURVE_IMPL_H
#define WEND_CURVE_IMPL_H

#include "metric_impl.h"
#include "wend/curve.h"
#include "wend/hazard.h"

struct curve_group {
	struct sv name;               /* p == NULL: no value */
	const struct durations *d;
	struct survival_step *v;
	double n, events;
	double last;                  /* the last time anybody was seen */
	struct survival_time median;
	struct survival_mean mean;
};
struct curve_pair {
	size_t a, b;
	struct survival_test logrank, peto;
	struct survival_difference mean;
	double p_holm;                /* of the log-rank test */
};
struct curve {
	struct arena *arena;
	const char *unit;             /* what time is called: tenure, days */
	struct sv by, event, strata;  /* settings of the statistic; n == 0: none */
	bool entry;                   /* some came under observation late */
	size_t n, nstrata;
	struct survival_groups counts;/* stratum by stratum, all groups each */
	struct survival_groups own;   /* of each group, strata together */
	struct curve_group *g;
	struct sv *name, *stratum;    /* of groups, of strata */
	enum survival_ci ci;
	double until;                 /* of restricted means; NaN: not known */
	bool until_given;
	double *at;
	size_t nat;
	struct survival_test logrank, peto;
	struct curve_pair *pair;
	size_t npair;
	int64_t min_n;
	bool groups;                  /* there is a --by */
};

/* Steps, means, medians and tests of the counts that are there. */
enum wend_err curve_estimate(struct curve *c, const struct curve_options *o, const struct report_options *ro, struct err *err);
void curve_release(struct curve *c);

void curve_table(struct report *r, const struct curve *c);
void curve_compare(struct report *r, const struct curve *c);
void curve_pairs(struct report *r, const struct curve *c);
void curve_screen(struct report *r, const struct curve *c);
void curve_figure(struct report *r, const struct curve *c);
void curve_find(struct str *s, const struct curve *c);
void curve_explain(struct report *r, const struct curve *c);

/* One row of the statistic: what happened in a group at a time. */
struct curve_cell {
	struct sv group, stratum;
	double time, events, lost, entered;
};
struct curve_cells {
	struct curve_cell *v;
	size_t n, cap;
};
/* Counts of cells, which are sorted; equal ones add. */
void curve_of_cells(struct curve *c, struct curve_cells *l);
void curve_stat(struct report *r, const struct curve *c);
enum wend_err curve_stat_read(struct curve *c, struct curve_cells *l, const struct table *from, size_t n, struct err *err);

#endif
