/* room: cmd
 * wend touchpoints upstream, downstream, pain: what brings a step, what it brings, where it
 * hurts. wend churn why: what drives customers away.
 */
#include "cmd/causes.h"
#include "cmd/churn.h"
#include "wend/causes.h"

static struct cause_options given;

enum wend_err touch_upstream(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_upstream(p, &given, &u->ro, r, err);
}

enum wend_err touch_downstream(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_downstream(p, &given, &u->ro, r, err);
}

enum wend_err touch_pain(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_pain(p, &given, &u->ro, r, err);
}

const struct opt touch_pain_opts[] = {
	{ "window", 0, OPT_TEXT, &given.window, "DAYS", "how long after the step (30d)", NULL, 0, 0 },
	{ "bad", 0, OPT_TEXT, &given.bad, "WHAT", "churn,complaint,refund,csat<=2; good: order,praise,csat>=4", NULL, 0, 0 },
	{ "good", 0, OPT_FLAG, &given.good, NULL, "what customers like instead", NULL, 0, 0 },
	{ 0 }
};
const struct opt touch_around_opts[] = {
	{ "of", 0, OPT_TEXT, &given.of, "STEP", "the step: ticket, 'call*', several apart by |", NULL, 0, 0 },
	{ "window", 0, OPT_TEXT, &given.window, "DAYS", "how far before and after (7d); several: 1d,7d,30d", NULL, 0, 0 },
	{ 0 }
};

/* ---- churn why ---- */

static struct why_options why = { .lookback = 30, .gap = 3 };

enum wend_err churn_why(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	struct why_options o = why;
	o.leaving = churn_given;
	o.gap = o.gap ? o.gap : -1;
	return metric_churn_why(p, &o, &u->ro, r, err);
}

const struct opt churn_why_opts[] = {
	{ "lookback", 0, OPT_INT, &why.lookback, "DAYS", "how far back before leaving, and in earlier windows (30)", NULL, 1, 3650 },
	{ "gap", 0, OPT_INT, &why.gap, "DAYS", "the last of these are signs, no reasons (3)", NULL, 0, 3650 },
	{ "window", 0, OPT_TEXT, &churn_given.window, "DAYS", "no purchase for so long: left; or auto", NULL, 0, 0 },
	{ "return-risk", 0, OPT_REAL, &churn_given.return_risk, "SHARE", "auto: at most so many come back in 90 days (0.10)", NULL, 0, 0 },
	{ "grace", 0, OPT_INT, &churn_given.grace_days, "DAYS", "a gap of so many days is no leaving (0)", NULL, 0, 3650 },
	{ "dunning", 0, OPT_INT, &churn_given.dunning_days, "DAYS", "a payment that failed so long before the end is why (30)", NULL, 0, 3650 },
	{ 0 }
};
