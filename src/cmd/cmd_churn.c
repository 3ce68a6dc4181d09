/* room: cmd
 * wend churn: who leaves, and when.
 */
#include "cmd/causes.h"
#include "cmd/cmd.h"
#include "wend/churn.h"
#include "cmd/churn.h"
#include "wend/metric.h"

struct churn_options churn_given = { .dunning_days = 30 };
static struct window_options back;
static struct silent_options quiet;

enum wend_err churn_people(struct population *p, struct run *u, struct err *err)
{
	return churn_population(p, u->store, &churn_given, &u->ro, err);
}

static enum wend_err window_people(struct population *p, struct run *u, struct err *err)
{
	churn_given.window = "auto";
	return churn_people(p, u, err);
}

static enum wend_err summary(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_summary(p, &churn_given, &u->ro, r, err);
}

static enum wend_err rate(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_rate(p, &churn_given, &u->ro, r, err);
}

static enum wend_err rate_from(struct run *u, struct report *r, struct err *err)
{
	return metric_churn_rate_from(u->from, u->nfrom, &churn_given, &u->ro, r, err);
}

static enum wend_err silent(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_silent(p, &churn_given, &quiet, &u->ro, r, err);
}

static enum wend_err window(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_window(p, &churn_given, &back, &u->ro, r, err);
}

#define HOW_ONE_LEAVES \
	{ "window", 0, OPT_TEXT, &churn_given.window, "DAYS", "without contracts: silent for so long is gone, or auto", NULL, 0, 0 }, \
	{ "return-risk", 0, OPT_REAL, &churn_given.return_risk, "SHARE", "auto: at most so many of those called churned come back (0.10)", NULL, 0, 0 }, \
	{ "grace", 0, OPT_INT, &churn_given.grace_days, "DAYS", "a gap of so many days is no leaving (0)", NULL, 0, 3650 }, \
	{ "dunning", 0, OPT_INT, &churn_given.dunning_days, "DAYS", "a payment that failed so long before the end is why (30)", NULL, 0, 3650 }
static const struct opt summary_opts[] = { HOW_ONE_LEAVES, { 0 } };
static const struct opt silent_opts[] = {
	{ "lookback", 0, OPT_INT, &quiet.look_back_days, "DAYS", "listen so long before a customer was last seen (90)", NULL, 1, 3650 },
	{ "all", 0, OPT_FLAG, &quiet.all, NULL, "everybody who left, also those who said something", NULL, 0, 0 },
	HOW_ONE_LEAVES,
	{ 0 }
};
static const struct opt window_opts[] = {
	{ "return-risk", 0, OPT_REAL, &churn_given.return_risk, "SHARE", "at most so many of those called churned come back (0.10)", NULL, 0, 0 },
	{ "split", 0, OPT_TEXT, &back.split, "DATE", "look back from DATE: who was called churned then, who came back", NULL, 0, 0 },
	{ 0 }
};
static const struct opt rate_opts[] = {
	HOW_ONE_LEAVES,
	{ "include-trials", 0, OPT_FLAG, &churn_given.include_trials, NULL, "a lost trial counts as one who left", NULL, 0, 0 },
	{ 0 }
};
static const struct entry entries[] = {
	{ .name = "summary", .help = "one screen: who left, what it costs, why, who said nothing", .need = NEED_SOURCE, .own = summary_opts,
	  .takes = TAKE_POPULATION | TAKE_PERIOD | TAKE_VERSUS | TAKE_DEFINITION | TAKE_MIN_N | TAKE_MONEY | TAKE_PLOT, .people = churn_people, .on = summary },
	{ .name = "rate", .help = "customers who left, by period, by any definition of it", .need = NEED_SOURCE, .own = rate_opts,
	  .takes = TAKE_POPULATION | TAKE_PERIOD | TAKE_BY | TAKE_VERSUS | TAKE_DEFINITION | TAKE_MIN_N | TAKE_MONEY | TAKE_WHO | TAKE_WITH | TAKE_FROM | TAKE_STAT | TAKE_PLOT, .people = churn_people, .on = rate, .run = rate_from },
	{ .name = "mrr", .help = "recurring money: what came, what grew, what was lost", .need = NEED_SOURCE, .own = churn_mrr_opts,
	  .takes = TAKE_POPULATION | TAKE_PERIOD | TAKE_BY | TAKE_CURRENCY | TAKE_FROM | TAKE_STAT | TAKE_MIN_N | TAKE_PLOT, .people = by_contracts, .on = churn_mrr, .run = churn_mrr_from },
	{ .name = "cohorts", .help = "who is still there, by the period that won them", .need = NEED_SOURCE, .own = churn_cohorts_opts,
	  .takes = (TAKE_POPULATION & ~(TAKE_SPAN | TAKE_KINDS)) | TAKE_PERIOD | TAKE_DEFINITION | TAKE_MONEY | TAKE_FROM | TAKE_STAT | TAKE_MIN_N | TAKE_PLOT, .people = churn_activity, .on = churn_cohorts, .run = churn_cohorts_from },
	{ .name = "lifecycle", .help = "new, returning, back after a pause, fallen silent", .need = NEED_SOURCE, .own = churn_lifecycle_opts,
	  .takes = (TAKE_POPULATION & ~TAKE_KINDS) | TAKE_PERIOD | TAKE_MONEY | TAKE_MIN_N | TAKE_PLOT, .people = churn_activity, .on = churn_lifecycle },
	{ .name = "forecast", .help = "how long contracts will last, and what is left of a customer", .need = NEED_SOURCE, .own = churn_forecast_opts,
	  .takes = (TAKE_POPULATION & ~(TAKE_SPAN | TAKE_KINDS)) | TAKE_PERIOD | TAKE_FROM | TAKE_STAT | TAKE_MIN_N | TAKE_PLOT, .people = by_contracts, .on = churn_forecast, .run = churn_forecast_from },
	{ .name = "whatif", .help = "a point less of churn, against winning customers for the same money", .need = NEED_SOURCE, .own = churn_whatif_opts,
	  .takes = (TAKE_POPULATION & ~(TAKE_SPAN | TAKE_KINDS)) | TAKE_CURRENCY | TAKE_PLOT, .people = by_contracts, .on = churn_whatif },
	{ .name = "curve", .help = "how long customers stay, and whether groups differ", .need = NEED_SOURCE, .own = churn_curve_opts,
	  .takes = (TAKE_POPULATION & ~TAKE_KINDS) | TAKE_MONEY | TAKE_FROM | TAKE_STREAM | TAKE_BY | TAKE_STAT | TAKE_MIN_N | TAKE_PLOT, .run = churn_curve },
	{ .name = "silent", .help = "who left without a word, and where they were last seen", .need = NEED_SOURCE, .own = silent_opts,
	  .takes = TAKE_POPULATION | TAKE_MIN_N | TAKE_MONEY | TAKE_WITH, .people = churn_people, .on = silent },
	{ .name = "window", .help = "how long a silence means that a customer has left", .need = NEED_SOURCE, .own = window_opts,
	  .takes = TAKE_AS_OF | TAKE_TZ | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS | TAKE_MONEY | TAKE_MIN_N | TAKE_PLOT, .people = window_people, .on = window },
	{ .name = "model", .help = "what leaving depends on, raw and adjusted side by side", .need = NEED_SOURCE, .own = churn_model_opts,
	  .takes = TAKE_AS_OF | TAKE_SPAN | TAKE_TZ | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS | TAKE_MONEY | TAKE_FROM | TAKE_STREAM | TAKE_MIN_N | TAKE_PLOT, .run = churn_model },
	{ .name = "why", .help = "what drives customers away, and how many", .need = NEED_SOURCE, .own = churn_why_opts,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_PLOT, .people = churn_people, .on = churn_why },
	{ .name = "where", .help = "groups that more leave than what else is known explains", .need = NEED_SOURCE, .own = churn_where_opts,
	  .takes = TAKE_AS_OF | TAKE_TZ | TAKE_WHERE | TAKE_ONLY | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS | TAKE_MONEY | TAKE_MIN_N | TAKE_PLOT, .people = churn_people, .on = churn_where },
	{ .name = "risk", .help = "who is likely to leave next, and why", .need = NEED_SOURCE, .own = churn_risk_opts,
	  .takes = TAKE_AS_OF | TAKE_TZ | TAKE_WHERE | TAKE_ONLY | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS | TAKE_MONEY | TAKE_WITH | TAKE_PLOT, .people = churn_people, .on = churn_risk },
	{ 0 }
};
const struct command cmd_churn = { "churn", "who leaves, and when", entries };
