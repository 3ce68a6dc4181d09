/* churn rate, the report: from the store, or from what --stat has counted (churnratestat.c). */
#include "churn_impl.h"
#include "ltvcohort_impl.h"
#include "window_impl.h"

static enum wend_err show(struct report *r, const struct churn_result *res, const struct churn_acc *a, const struct churn_ctx *c, const struct report_options *ro, struct err *err)
{
	if (c->ndef > 1)
		churn_table_all(r, res, c);
	else if (churn_table(r, res, a, c, ro, err))
		return err->code;
	churn_figure(r, &res->all, c);
	churn_find(r, res, a, c);
	return WEND_OK;
}

enum wend_err metric_churn_rate(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct churn_ctx c;
	struct churn_acc a = { 0 };
	struct churn_result res = { 0 };
	struct fold_counts n = { 0 };
	enum wend_err e = churn_settle(&c, p, o, ro, false, &r->arena, err);
	if (!e && ro->who && ro->stat)
		e = err_set(err, WEND_E_USAGE, "'--who' names customers, '--stat' only counts them; leave one out");
	if (e)
		goto done;
	if (ro->who) {
		e = churn_who(r, &c, ro->who, err);
		goto done;
	}
	if ((e = churn_count(&a, &res, &n, &c, err)))
		goto done;
	if (ro->stat)
		churn_stat(r, &a, &c);
	else if ((e = show(r, &res, &a, &c, ro, err)))
		goto done;
	r->period_col = ro->stat ? NULL : "period";
	e = say_scope(&r->finding, p, &n, churn_kinds(&c), err);
	report_scope(r, p, &n);
	churn_explain(r, &a, &c, &res.all);
done:
	churn_count_release(&a, &res);
	churn_ctx_release(&c);
	return e;
}

/* ---- from a table ---- */

/* The table holds all periods; a span chooses some. */
static enum wend_err choose_span(struct population *p, const struct report_options *ro, struct err *err)
{
	const char *const since = ro->during ? ro->during : ro->since, *const until = ro->during ? ro->during : ro->until;
	struct span s;
	if (since && span_parse(&s, sv_of(since), p->as_of, err))
		return err->code;
	if (since)
		p->since = floor_day(s.from);
	if (until && span_parse(&s, sv_of(until), p->as_of, err))
		return err->code;
	if (until)
		p->until = floor_day(s.to - 1);
	return WEND_OK;
}

static enum wend_err agrees(const struct churn_ctx *c, const struct report_options *ro, struct err *err)
{
	if (ro->who)
		return err_set(err, WEND_E_USAGE, "'--who' names customers, and a table of counts holds none; leave out '--from'");
	if (ro->by)
		return err_set(err, WEND_E_USAGE, "groups are made where customers are counted; say '--by %s' with '--stat'", ro->by);
	if (ro->period && strcmp(ro->period, cohort_unit[c->unit]))
		return err_set(err, WEND_E_INPUT, "the table is by %s; leave out '--period %s'", cohort_unit[c->unit], ro->period);
	return WEND_OK;
}

enum wend_err metric_churn_rate_from(const struct table *from, size_t n, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population p = { .zone = zone_utc(), .since = INT32_MIN, .from = INT64_MIN, .to = INT64_MAX, .min_n = ro->min_n > 0 ? ro->min_n : MIN_N };
	struct revenue *rev = xcalloc(1, sizeof *rev);
	struct churn_ctx c = { .unit = PERIOD_MONTH, .p = &p, .trials = o->include_trials, .leaving.revenue = rev, .said = STR_INIT };
	struct churn_acc a = { 0 };
	struct churn_result res = { 0 };
	enum wend_err e = churn_stat_read(&a, &c, &p, rev, from, n, &r->arena, err);
	if (!e)
		e = agrees(&c, ro, err);
	if (!e)
		e = definitions_parse(c.def, &c.ndef, &p, ro->definition, err);
	if (!e)
		e = choose_span(&p, ro, err);
	if (e)
		goto done;
	churn_periods(&c, c.unit);
	c.known_end = instant_of_day(&p, c.known_day + 1);
	leaving_say(&c.said, &c.leaving, p.cur);
	if (!ro->stat && ((e = churn_result_make(&res, &a, &c, err)) || (e = show(r, &res, &a, &c, ro, err))))
		goto done;
	if (ro->stat)
		churn_stat(r, &a, &c);
	r->period_col = ro->stat ? NULL : "period";
	str_puts(&r->finding, " As of ");
	day_text(&r->finding, p.as_of);
	str_puts(&r->finding, ", from a table.");
	churn_explain(r, &a, &c, &res.all);
done:
	churn_count_release(&a, &res);
	churn_ctx_release(&c);
	return e;
}
