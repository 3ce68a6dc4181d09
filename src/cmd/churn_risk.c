/* room: cmd
 * wend churn risk: who is likely to leave next; wend churn where: where more leave than expected.
 */
#include "cmd/churn.h"
#include "wend/churn.h"

#include <math.h>

static struct risk_options given = { .margin = NAN, .seed = 1 };

enum wend_err churn_risk(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_risk(p, &churn_given, &given, &u->ro, r, err);
}

const struct opt churn_risk_opts[] = {
	{ "horizon", 0, OPT_INT, &given.horizon, "DAYS", "leaving within so many days (90)", NULL, 1, 3650 },
	{ "model", 0, OPT_CHOICE, &given.model, "M", "logit, boost or auto (logit)", "logit|boost|auto", 0, 0 },
	{ "window", 0, OPT_TEXT, &churn_given.window, "DAYS", "without a contract: silent so long is left; auto: as the data suggest", NULL, 0, 0 },
	{ "everyone", 0, OPT_FLAG, &given.everyone, NULL, "list those who have left by silence, too", NULL, 0, 0 },
	{ "keep-back", 0, OPT_TEXT, &given.keep_back, "SHARE", "mark a random share to leave alone, to see what acting does", NULL, 0, 0 },
	{ "fixed", 0, OPT_LIST, &given.fixed, "FIELD", "a field of the customer that never changes; may be repeated", NULL, 0, 0 },
	{ "margin", 0, OPT_REAL, &given.margin, "SHARE", "margin of the revenue (as set in the store)", NULL, 0, 0 },
	{ "seed", 0, OPT_INT, &given.seed, "N", "seed of folds, samples and --keep-back (1)", NULL, 0, INT64_MAX },
	{ 0 }
};

static struct where_options where = { .seed = 1 };

enum wend_err churn_where(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_where(p, &churn_given, &where, &u->ro, r, err);
}

const struct opt churn_where_opts[] = {
	{ "horizon", 0, OPT_INT, &where.horizon, "DAYS", "who left in the last DAYS days (90)", NULL, 1, 3650 },
	CHURN_LEAVING(churn_given),
	{ "seed", 0, OPT_INT, &where.seed, "N", "seed of samples (1)", NULL, 0, INT64_MAX },
	{ 0 }
};
