/* room: cmd
 * wend churn model: what leaving depends on. A table of cases is read as it comes; each --model
 * has its own estimate.
 */
#include "cmd/churn.h"
#include "wend/churn.h"
#include "wend/curve.h"

static struct cox_options cox;
static const char *model, *time_col, *event, *weight, *score;
static struct chance_options chance = { .seed = 1 };

static enum wend_err from_cases(struct run *u, struct report *r, struct err *err)
{
	struct cases c = { 0 };
	const struct cases_spec spec = { .time = time_col, .event = event, .entry = cox.entry, .weight = weight, .rest = true, .threads = cox.threads };
	if (!event || !time_col)
		return err_set(err, WEND_E_USAGE, "'--model cox' needs '--time COL' and '--event COL=VALUE'");
	enum wend_err e = run_read_cases(&c, &u->ro.from, &spec, err);
	if (!e)
		e = metric_churn_cox_cases(&c, &cox, &u->ro, r, err);
	cases_release(&c);
	return e;
}

/* The rows of --score; with the event where the table tells it. */
static enum wend_err read_test(struct cases *c, struct cases_spec spec, struct err *err)
{
	const char *path[] = { score };
	const struct opt_list one = { path, 1, 1 };
	struct err first = ERR_INIT;
	const enum wend_err e = run_read_cases(c, &one, &spec, &first);
	if (e != WEND_E_USAGE || !strcmp(score, "-")) {
		if (e)
			*err = first;
		return e;
	}
	spec.event = NULL;
	return run_read_cases(c, &one, &spec, err);
}

/* Chances need no time: where one is named, it is a column as any other. */
static enum wend_err by_chances(struct run *u, struct report *r, struct err *err)
{
	struct cases c = { 0 }, test = { 0 };
	chance.threads = u->ro.threads > 0 ? (int)u->ro.threads : par_cpus();
	const struct cases_spec spec = { .event = event, .rest = true, .threads = chance.threads };
	if (!event)
		return err_set(err, WEND_E_USAGE, "'--model %s' needs '--event COL=VALUE': which value says that somebody left", model);
	enum wend_err e = run_read_cases(&c, &u->ro.from, &spec, err);
	if (!e && score)
		e = read_test(&test, spec, err);
	chance.model = model;
	chance.terms = cox.terms;
	if (!e)
		e = metric_churn_chances_cases(&c, score ? &test : NULL, &chance, &u->ro, r, err);
	cases_release(&c);
	cases_release(&test);
	return e;
}

static enum wend_err on_store(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_cox(p, &cox, &churn_given, &u->ro, r, err);
}

enum wend_err churn_model(struct run *u, struct report *r, struct err *err)
{
	const bool chances = model && strcmp(model, "cox");
	if (score && !chances)
		return err_set(err, WEND_E_USAGE, "'--score' says chances; it goes with '--model logit', boost or auto");
	if (chances && !u->ro.from.n)
		return err_set(err, WEND_E_USAGE, "'--model %s' reads a table; say '--from FILE --event COL=VALUE', or see 'wend churn risk'", model);
	if (chances)
		return by_chances(u, r, err);
	cox.named = model != NULL;
	cox.threads = u->ro.threads > 0 ? (int)u->ro.threads : par_cpus();
	if (u->ro.from.n)
		return from_cases(u, r, err);
	if (time_col || event)
		return err_set(err, WEND_E_USAGE, "'--time' and '--event' name columns of a table; they go with '--from FILE'");
	return run_on(u, churn_people, on_store, r, err);
}

const struct opt churn_model_opts[] = {
	{ "model", 0, OPT_CHOICE, &model, "M", "cox: how fast they leave; logit, boost, auto: who leaves (cox)", "cox|logit|boost|auto", 0, 0 },
	CHURN_LEAVING(churn_given),
	{ "time", 0, OPT_TEXT, &time_col, "COL", "with --from: the column of times", NULL, 0, 0 },
	{ "event", 0, OPT_TEXT, &event, "COL=VALUE", "with --from: what says that somebody left: Churn=Yes", NULL, 0, 0 },
	{ "entry", 0, OPT_TEXT, &cox.entry, "COL", "with --from: watched only from this time on", NULL, 0, 0 },
	{ "weight", 0, OPT_TEXT, &weight, "COL", "with --from: a row counts so many times", NULL, 0, 0 },
	{ "terms", 0, OPT_TEXT, &cox.terms, "COL,...", "what it depends on; -COL leaves out (all columns)", NULL, 0, 0 },
	{ "ties", 0, OPT_CHOICE, &cox.ties, "T", "equal times by efron or breslow (efron)", "efron|breslow", 0, 0 },
	{ "strata", 0, OPT_TEXT, &cox.strata, "COL,...", "each of these has a hazard of its own", NULL, 0, 0 },
	{ "cluster", 0, OPT_TEXT, &cox.cluster, "COL", "rows with the same value belong together", NULL, 0, 0 },
	{ "score", 0, OPT_TEXT, &score, "FILE", "chances of the rows of another table", NULL, 0, 0 },
	{ "seed", 0, OPT_INT, &chance.seed, "N", "seed of folds and samples (1)", NULL, 0, INT64_MAX },
	{ "scale", 0, OPT_CHOICE, &cox.scale, "S", "steady effects are tested against km, identity, rank, log (km)", "km|identity|rank|log", 0, 0 },
	{ 0 }
};
