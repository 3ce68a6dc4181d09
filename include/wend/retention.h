/* room: metric
 * What stays: recurring money and its movements, cohorts that come back, how long contracts
 * will last, what a point of churn is worth.
 */
#ifndef WEND_RETENTION_H
#define WEND_RETENTION_H

#include "churn.h"

/* The bridge of recurring money, period by period, from subscriptions. */
enum wend_err metric_churn_mrr(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
