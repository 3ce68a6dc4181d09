/* room: cmd
 * wend churn model: what leaving depends on. A table of cases is read as it comes; each --model
 * has its own estimate.
 */
#include "cmd/churn.h"
#include "wend/curve.h"

static struct cox_options cox;
static struct churn_options leaving = { .dunning_days = 30 };
static const char *model, *time_col, *event, *weight;

static enum wend_err from_cases(struct run *u, struct report *r, struct err *err)
{
	struct cases c = { 0 };
	const struct cases_spec spec = { .time = time_col, .event = event, .entry = cox.entry, .weight = weight, .rest = true };
	if (!event || !time_col)
		return err_set(err, WEND_E_USAGE, "'--model cox' needs '--time COL' and '--event COL=VALUE'");
	enum wend_err e = run_read_cases(&c, &u->ro.from, &spec, err);
	if (!e)
		e = metric_churn_cox_cases(&c, &cox, &u->ro, r, err);
	cases_release(&c);
	return e;
}

enum wend_err churn_model(struct run *u, struct report *r, struct err *err)
{
	struct population p;
	cox.named = model != NULL;
	cox.threads = u->ro.threads > 0 ? (int)u->ro.threads : par_cpus();
	if (u->ro.from.n)
		return from_cases(u, r, err);
	if (time_col || event)
		return err_set(err, WEND_E_USAGE, "'--time' and '--event' name columns of a table; they go with '--from FILE'");
	enum wend_err e = churn_population(&p, u->store, &leaving, &u->ro, err);
	if (e)
		return e;
	e = metric_churn_cox(&p, &cox, &leaving, &u->ro, r, err);
	population_release(&p);
	return e;
}

const struct opt churn_model_opts[] = {
	{ "model", 0, OPT_CHOICE, &model, "M", "cox: how many times as fast customers leave (cox)", "cox", 0, 0 },
	CHURN_LEAVING(leaving),
	{ "time", 0, OPT_TEXT, &time_col, "COL", "with --from: the column of times", NULL, 0, 0 },
	{ "event", 0, OPT_TEXT, &event, "COL=VALUE", "with --from: what says that somebody left: Churn=Yes", NULL, 0, 0 },
	{ "entry", 0, OPT_TEXT, &cox.entry, "COL", "with --from: watched only from this time on", NULL, 0, 0 },
	{ "weight", 0, OPT_TEXT, &weight, "COL", "with --from: a row counts so many times", NULL, 0, 0 },
	{ "terms", 0, OPT_TEXT, &cox.terms, "COL,...", "what it depends on; -COL leaves out (all columns)", NULL, 0, 0 },
	{ "ties", 0, OPT_CHOICE, &cox.ties, "T", "equal times by efron or breslow (efron)", "efron|breslow", 0, 0 },
	{ "strata", 0, OPT_TEXT, &cox.strata, "COL,...", "each of these has a hazard of its own", NULL, 0, 0 },
	{ "cluster", 0, OPT_TEXT, &cox.cluster, "COL", "rows with the same value belong together", NULL, 0, 0 },
	{ "scale", 0, OPT_CHOICE, &cox.scale, "S", "steady effects are tested against km, identity, rank, log (km)", "km|identity|rank|log", 0, 0 },
	{ 0 }
};
