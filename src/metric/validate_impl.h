/* room: metric (internal)
 * ltv validate: what a model fitted to the history before a day expects of the time after
 * it, with limits, beside what came. daycounts.c counts purchases by day, ltvforecast.c
 * makes expectations and limits, ltvtracking.c follows them through time, ltvgroups.c
 * compares groups of customers, ltvvalidate.c tells, ltvpictures.c draws.
 */
#ifndef WEND_VALIDATE_IMPL_H
#define WEND_VALIDATE_IMPL_H

#include "ltv_impl.h"

/* ---- purchase days of the customers printed, by civil day (daycounts.c) ---- */
struct day_counts {
	int32_t from;             /* the day at index 0 */
	size_t n;
	int64_t *first, *repeat;  /* purchase days: a customer's first, all others */
};
/* Of those whose first purchase came by `known_by`, from `from` to the as-of day. */
enum wend_err day_counts_run(struct day_counts *out, const struct population *p, const struct report_options *ro, int32_t from, int32_t known_by, struct err *err);
void day_counts_release(struct day_counts *d);

/* ---- expectations of one model (ltvforecast.c) ---- */

/* By cell, of one customer in the `ahead` units that follow. */
struct ltv_future {
	double *alive;                 /* chance to be still buying */
	double *mean, *pairs;          /* E[Y], E[Y (Y-1)] of his purchases Y */
	double *buys;                  /* P(Y > 0); NULL unless asked for */
	double *d_mean[BTYD_PARAMS], *d_buys[BTYD_PARAMS]; /* by the logarithm of each parameter */
};
void ltv_future_of(struct ltv_future *f, const struct ltv_cells *c, const struct btyd_model *m, double ahead, bool buys);
void ltv_future_release(struct ltv_future *f);
/* The derivative of what a model says, by the logarithm of each parameter: it is called with
 * each of them moved up and down. */
enum { LTV_SIDES = 2 * BTYD_PARAMS };
#define LTV_STEP 1e-3
struct btyd_model ltv_moved(const struct btyd_model *m, int side);

/* A sum over customers that is still to be seen: its expectation, the variance of chance, and
 * its slope by the logarithms of the parameters. */
struct ltv_sum {
	double mean, chance, slope[BTYD_PARAMS];
};
void ltv_sum_purchases(struct ltv_sum *s, const struct ltv_future *f, size_t cell, double customers);
void ltv_sum_buyers(struct ltv_sum *s, const struct ltv_future *f, size_t cell, double customers);
/* What the sum, a whole number, lies within with 95 %, parameters being known as well as `cov`
 * says: a gamma distribution of that mean and variance; of at most `most` (infinite: no end). */
struct interval ltv_sum_limits(const struct ltv_sum *s, const double *cov, double most);

/* ---- through time (ltvtracking.c) ---- */
struct ltv_follow {
	int64_t actual;
	double expected;          /* NaN without a model */
	struct interval ci;
};
struct ltv_track {
	int32_t to;               /* the last day of the period */
	bool cut;                 /* by the first day, the split or the as-of day */
	int64_t known;            /* customers by then */
	struct ltv_follow alone, sum, first; /* in the period; since the first day; the same told by first purchases alone */
};
struct ltv_tracks {
	struct ltv_track *v;
	size_t n, cap;
};
/* `f` NULL: actual purchases only. `period` NULL: weeks of 7 days counted from the split. */
enum wend_err ltv_tracks_run(struct ltv_tracks *out, const struct day_counts *d, const struct ltv_cells *c, const struct btyd_fit *f, int32_t split, int32_t as_of, const char *period, struct err *err);

/* ---- everything together ---- */
struct validation {
	struct ltv_look look;
	struct ltv_fit then;      /* fitted to what came before the split; chosen: -1 = no maximum */
	struct ltv_future future[LTV_CANDIDATES]; /* empty where there is none */
	struct day_counts days;
	struct ltv_tracks tracks;
	int64_t money;            /* revenue since the split, minor units */
	double revenue;           /* expected, major units; NaN without a model of spending */
	struct interval revenue_ci;
	int64_t shown, actual, buyers; /* customers counted; their purchases, and how many made some */
	struct ltv_follow total;
	const char *worst;        /* group by x that lies furthest outside its limits; NULL: none does */
	double worst_actual, worst_expected; /* a customer */
	double outside, groups;   /* groups outside their limits, of how many */
	int64_t min_n;
	struct table *t;
};
/* One row. Unknown: NaN, WEND_NONE, NULL. */
struct compared {
	const char *section, *group, *model;
	int64_t n;
	double actual;
	struct interval actual_ci;
	double expected;
	struct interval ci;
	const char *unit, *flag;
};
#define LTV_UNKNOWN { NAN, NAN }
void compared_put(struct table *t, const struct compared *c);
static inline const char *model_of(const struct validation *v, int i) { return ltv_model_name[v->then.v[i].fit.model.kind]; }
static inline bool ltv_has(const struct ltv_fit *f, int i) { return i >= 0 && !f->v[i].fit.reason; }

/* Rows of groups of customers (ltvgroups.c). */
void validate_frequency(struct validation *v);
void validate_by_x(struct validation *v);
void validate_by_recency(struct validation *v, struct arena *names);
void validate_calibration(struct validation *v);
void validate_spend(struct validation *v, struct arena *names);

/* The picture: tracking, cumulative, frequency, expectation, recency, calibration, spend;
 * from the rows of the table (ltvpictures.c). */
void validate_draw(struct report *r, const char *picture, const char *unit, const char *money);
/* The log-likelihood's fall around the parameters of the chosen model; `l` NULL: an empty picture. */
void ltv_draw_profiles(struct report *r, const struct ltv_look *l);
/* Share of the value still to come against share of the customers; `value` from the best down. */
void ltv_draw_lorenz(struct report *r, const double *value, size_t n, double sum);
/* One customer's chance to be still buying, by day, and 90 days on. */
enum wend_err ltv_draw_alive(struct report *r, const struct population *p, const struct ltv_look *l, const struct report_options *ro, struct err *err);

#endif
