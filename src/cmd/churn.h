/* room: cmd (internal)
 * Reports of wend churn that have a file of their own.
 */
#ifndef WEND_CMD_CHURN_H
#define WEND_CMD_CHURN_H

#include "cmd/cmd.h"
#include "wend/churn.h"

/* How one tells that a customer has left, as the options say: a run has one report. People are
 * counted by contracts, or by what is bought. */
extern struct churn_options churn_given; /* cmd_churn.c */
people_fn churn_people;

/* How one tells that a customer has left, for a struct churn_options. */
#define CHURN_LEAVING(o) \
	{ "window", 0, OPT_TEXT, &(o).window, "DAYS", "left = so many days without a purchase; auto = as the data suggest", NULL, 0, 0 }, \
	{ "grace", 0, OPT_INT, &(o).grace_days, "DAYS", "a gap of so many days is no leaving (0)", NULL, 0, 3650 }

run_fn churn_curve; /* churn_survival.c */
extern const struct opt churn_curve_opts[];
run_fn churn_model; /* churn_model.c */
extern const struct opt churn_model_opts[];
on_fn churn_mrr, churn_cohorts, churn_lifecycle, churn_forecast, churn_whatif; /* churnmoney.c */
run_fn churn_mrr_from, churn_cohorts_from, churn_forecast_from;
people_fn churn_activity;
extern const struct opt churn_mrr_opts[], churn_cohorts_opts[], churn_lifecycle_opts[], churn_forecast_opts[], churn_whatif_opts[];
on_fn churn_risk, churn_where; /* churn_risk.c */
extern const struct opt churn_risk_opts[], churn_where_opts[];

#endif
