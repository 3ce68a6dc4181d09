/* room: cmd
 * wend churn curve: how long customers stay, from the store or from a table of cases.
 */
#include "cmd/churn.h"
#include "wend/curve.h"

static struct curve_options given;

static enum wend_err from_cases(struct run *u, struct report *r, struct err *err)
{
	const char *keep[64];
	struct cases c = { 0 };
	const struct cases_spec spec = { .time = given.time, .event = given.event, .entry = given.entry, .weight = given.weight, .keep = keep,
					 .nkeep = curve_columns(keep, 64, &given, &u->ro, &u->arena), .threads = u->ro.threads > 0 ? (int)u->ro.threads : par_cpus() };
	if (!given.event)
		return err_set(err, WEND_E_USAGE, "'--time %s' needs '--event COL=VALUE': which value says that somebody left", given.time);
	enum wend_err e = run_read_cases(&c, &u->ro.from, &spec, err);
	if (!e)
		e = metric_churn_curve_cases(&c, &given, &u->ro, r, err);
	cases_release(&c);
	return e;
}

static enum wend_err on_store(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_churn_curve(p, &given, &churn_given, &u->ro, r, err);
}

enum wend_err churn_curve(struct run *u, struct report *r, struct err *err)
{
	given.draw = u->oo.plot;
	if (given.compare && !strcmp(given.compare, "pairs") && !u->ro.by && (given.time || !u->ro.from.n))
		return err_set(err, WEND_E_USAGE, "'--compare pairs' needs '--by FIELD'");
	if (given.time && !u->ro.from.n)
		return err_set(err, WEND_E_USAGE, "'--time' names a column of a table; it goes with '--from FILE'");
	if (given.time)
		return from_cases(u, r, err);
	if (!u->ro.from.n)
		return run_on(u, churn_people, on_store, r, err);
	if (run_from(u, err))
		return err->code;
	return metric_churn_curve_from(u->from, u->nfrom, &given, &u->ro, r, err);
}

const struct opt churn_curve_opts[] = {
	CHURN_LEAVING(churn_given),
	{ "time", 0, OPT_TEXT, &given.time, "COL", "with --from: the column of times", NULL, 0, 0 },
	{ "event", 0, OPT_TEXT, &given.event, "COL=VALUE", "with --from: what says that somebody left: Churn=Yes", NULL, 0, 0 },
	{ "entry", 0, OPT_TEXT, &given.entry, "COL", "with --from: watched only from this time on", NULL, 0, 0 },
	{ "weight", 0, OPT_TEXT, &given.weight, "COL", "with --from: a row counts so many times", NULL, 0, 0 },
	{ "strata", 0, OPT_TEXT, &given.strata, "COL,...", "tests compare only within these", NULL, 0, 0 },
	{ "compare", 0, OPT_CHOICE, &given.compare, "WHAT", "instead of curves: groups side by side, or pairs of them", "groups|pairs", 0, 0 },
	{ "at", 0, OPT_TEXT, &given.at, "T,...", "only these times: 1,12,24", NULL, 0, 0 },
	{ "within", 0, OPT_TEXT, &given.within, "T", "means within the first T (as long as all were seen)", NULL, 0, 0 },
	{ "ci", 0, OPT_CHOICE, &given.ci, "KIND", "limits by log-log, plain or log (log-log)", "log-log|plain|log", 0, 0 },
	{ 0 }
};
