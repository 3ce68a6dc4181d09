/* room: cmd
 * wend churn: recurring money, and who and what stays.
 */
#include "cmd/churn.h"
#include "wend/retention.h"

#include <math.h>

static struct retention_options given = { .churn.dunning_days = 30 };
static struct forecast_options ahead = { .churn.dunning_days = 30, .discount = NAN, .margin = NAN, .cost = NAN, .budget = NAN };

#define GRACE(o, what) { "grace", 0, OPT_INT, &(o).churn.grace_days, "DAYS", what, NULL, 0, 3650 }
#define ACTIVITY { "activity", 0, OPT_CHOICE, &given.activity, "A", "contract, or purchase (contract where there are any)", "contract|purchase", 0, 0 }

const struct opt churn_mrr_opts[] = {
	GRACE(given, "a pause of so many days is none (0)"),
	{ 0 }
};
const struct opt churn_cohorts_opts[] = {
	ACTIVITY,
	{ "brackets", 0, OPT_TEXT, &given.brackets, "DAYS,...", "days since the first: 1-7,8-30 (to 181-365)", NULL, 0, 0 },
	CHURN_LEAVING(given.churn),
	{ 0 }
};
const struct opt churn_lifecycle_opts[] = {
	ACTIVITY,
	{ "stickiness", 0, OPT_FLAG, &given.stickiness, NULL, "customers by the number of periods they were active in", NULL, 0, 0 },
	CHURN_LEAVING(given.churn),
	{ 0 }
};

const struct opt churn_forecast_opts[] = {
	{ "model", 0, OPT_CHOICE, &ahead.model, "M", "auto, sbg or bdw (auto)", "auto|sbg|bdw", 0, 0 },
	{ "horizon", 0, OPT_INT, &ahead.horizon, "N", "so many renewals behind the last that is known (12)", NULL, 1, 1200 },
	{ "first", 0, OPT_INT, &ahead.first, "N", "fit to the first N renewals, compare with the rest", NULL, 1, 100000 },
	{ "discount", 0, OPT_REAL, &ahead.discount, "RATE", "discount a year (0.10)", NULL, 0, 0 },
	{ "size", 0, OPT_INT, &ahead.size, "N", "customers of a table that holds shares (1000)", NULL, 1, 1000000000 },
	GRACE(ahead, "a gap between contracts of so many days is none (0)"),
	{ 0 }
};

const struct opt churn_whatif_opts[] = {
	{ "points", 0, OPT_REAL, &ahead.points, "N", "so many points less of monthly churn (1)", NULL, 0, 0 },
	{ "budget", 0, OPT_REAL, &ahead.budget, "AMOUNT", "what it would bring when spent on winning customers", NULL, 0, 0 },
	{ "cost", 0, OPT_REAL, &ahead.cost, "AMOUNT", "of winning one more customer (spend of a year / new ones)", NULL, 0, 0 },
	{ "margin", 0, OPT_REAL, &ahead.margin, "SHARE", "margin of the revenue (as set in the store)", NULL, 0, 0 },
	{ "discount", 0, OPT_REAL, &ahead.discount, "RATE", "discount a year (0.10)", NULL, 0, 0 },
	{ "model", 0, OPT_CHOICE, &ahead.model, "M", "auto, sbg or bdw (auto)", "auto|sbg|bdw", 0, 0 },
	GRACE(ahead, "a gap between contracts of so many days is none (0)"),
	{ 0 }
};

enum wend_err churn_mrr(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_mrr(p, &given.churn, &u->ro, r, err);
}

enum wend_err churn_mrr_from(struct run *u, struct report *r, struct err *err)
{
	return metric_churn_mrr_from(u->from, u->nfrom, &u->ro, r, err);
}

/* As of the kind that tells who is active. */
enum wend_err churn_activity(struct population *p, struct run *u, struct err *err)
{
	struct churn_options counts_by = given.churn;
	if (given.activity && !strcmp(given.activity, "purchase"))
		counts_by.window = "auto";
	return churn_population(p, u->store, &counts_by, &u->ro, err);
}

enum wend_err churn_cohorts(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_cohorts(p, &given, &u->ro, r, err);
}

enum wend_err churn_cohorts_from(struct run *u, struct report *r, struct err *err)
{
	return metric_churn_cohorts_from(u->from, u->nfrom, &given, &u->ro, r, err);
}

enum wend_err churn_lifecycle(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_lifecycle(p, &given, &u->ro, r, err);
}

enum wend_err churn_forecast(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_forecast(p, &ahead, &u->ro, r, err);
}

enum wend_err churn_forecast_from(struct run *u, struct report *r, struct err *err)
{
	return metric_churn_forecast_from(u->from, u->nfrom, &ahead, &u->ro, r, err);
}

enum wend_err churn_whatif(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_whatif(p, &ahead, &u->ro, r, err);
}
