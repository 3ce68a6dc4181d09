/* room: cmd
 * wend churn: recurring money and what stays of it.
 */
#include "cmd/churn.h"
#include "wend/retention.h"

static struct churn_options given;

const struct opt churn_mrr_opts[] = {
	{ "grace", 0, OPT_INT, &given.grace_days, "DAYS", "a pause of so many days is none (0)", NULL, 0, 3650 },
	{ 0 }
};

enum wend_err churn_mrr(struct run *u, struct report *r, struct err *err)
{
	struct population p;
	enum wend_err e = population_init(&p, u->store, &u->ro, KIND_SUBSCRIPTIONS, err);
	if (e)
		return e;
	e = metric_churn_mrr(&p, &given, &u->ro, r, err);
	population_release(&p);
	return e;
}
