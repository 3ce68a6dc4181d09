/* room: metric
 * What stays: recurring money and its movements, cohorts that come back, how long contracts
 * will last, what a point of churn is worth.
 */
#ifndef WEND_RETENTION_H
#define WEND_RETENTION_H

#include "churn.h"

/* The bridge of recurring money, period by period, from subscriptions. */
enum wend_err metric_churn_mrr(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* From what --stat printed; several tables add up. */
enum wend_err metric_churn_mrr_from(const struct table *from, size_t n, const struct report_options *ro, struct report *r, struct err *err);

/* Who comes back. Active: paid for by a contract where the store holds any, else a purchase. */
struct retention_options {
	struct churn_options churn;
	const char *activity;     /* contract, purchase; NULL = contract where there are any */
	const char *brackets;     /* "1-7,8-30": days since the first; NULL = 1-7 to 181-365 */
	bool money;               /* amounts are asked for */
	bool stickiness;          /* lifecycle: customers by the number of active periods of a span */
};
/* Cohorts of the period of their first activity. report_options.definition: on, on-or-after,
 * bracket, revenue; NULL = on, and on-or-after as far as it is complete. `from`: what --stat
 * printed, several add up. */
enum wend_err metric_churn_cohorts(const struct population *p, const struct retention_options *o, const struct report_options *ro, struct report *r, struct err *err);
enum wend_err metric_churn_cohorts_from(const struct table *from, size_t n, const struct retention_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* New, returning, resurrecting, dormant customers by period. */
enum wend_err metric_churn_lifecycle(const struct population *p, const struct retention_options *o, const struct report_options *ro, struct report *r, struct err *err);

/* How long contracts last. */
struct forecast_options {
	struct churn_options churn;
	const char *model;        /* auto, sbg, bdw; NULL = auto */
	double discount;          /* a year; NaN = 0.10 */
	int64_t horizon;          /* periods behind the last that is known; 0 = 12 */
	int64_t first;            /* fitted to the first so many renewals; 0 = all */
	int64_t size;             /* customers of a table that holds shares; 0 = 1,000 */
	/* whatif */
	double margin;            /* NaN = as set in the store */
	double cost;              /* of winning one more customer; NaN = spend / new customers of a year */
	double budget;            /* NaN = none */
	double points;            /* of monthly churn; 0 = 1 */
};
/* Curves of sBG and BdW with the band that a new cohort of as many customers keeps to. */
enum wend_err metric_churn_forecast(const struct population *p, const struct forecast_options *o, const struct report_options *ro, struct report *r, struct err *err);
enum wend_err metric_churn_forecast_from(const struct table *from, size_t n, const struct forecast_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* What a point less of monthly churn is worth, against winning customers with the same money. */
enum wend_err metric_churn_whatif(const struct population *p, const struct forecast_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
