/* room: cmd (internal)
 * Reports of wend churn that have a file of their own.
 */
#ifndef WEND_CMD_CHURN_H
#define WEND_CMD_CHURN_H

#include "cmd/cmd.h"

run_fn churn_curve; /* churn_survival.c */
extern const struct opt churn_curve_opts[];
run_fn churn_model; /* churn_model.c */
extern const struct opt churn_model_opts[];
run_fn churn_mrr, churn_cohorts, churn_lifecycle; /* churnmoney.c */
extern const struct opt churn_mrr_opts[], churn_cohorts_opts[], churn_lifecycle_opts[];

#endif
