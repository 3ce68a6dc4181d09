/* room: metric
 * What brings a contact, what a contact brings, what drives customers away and keeps them.
 * All of it by own control (owncontrol.h).
 */
#ifndef WEND_CAUSES_H
#define WEND_CAUSES_H

#include "churn.h"
#include "journey.h"
#include "owncontrol.h"
#include "table.h"

struct cause_options {
	const char *of;         /* a step, several apart by |, * is any text */
	const char *window;     /* 7d; 1d,7d,30d; NULL = 7 days */
	const char *bad;        /* what pain looks for: churn,complaint,refund,csat<=2; NULL = all of these */
	bool good;              /* pain: what customers like */
};
/* Steps after which --of is more frequent than before them, and what that costs. */
enum wend_err metric_upstream(const struct population *p, const struct cause_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* Steps that are more frequent after --of than before it. */
enum wend_err metric_downstream(const struct population *p, const struct cause_options *o, const struct report_options *ro, struct report *r, struct err *err);

/* What follows a step more often than days alike: leaving, complaints; with o->good orders and
 * praise; and what that puts at stake. */
enum wend_err metric_pain(const struct population *p, const struct cause_options *o, const struct report_options *ro, struct report *r, struct err *err);
struct why_options {
	struct churn_options leaving;
	int64_t lookback, gap;  /* days; 0 = 30 and 3 (gap: -1 = 0) */
};
/* What drove customers away, by customers and money; what they say; what only told of it. */
enum wend_err metric_churn_why(const struct population *p, const struct why_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
