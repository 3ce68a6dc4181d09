/* ltv model: the parameters of every purchase model with their limits, how well each
 * forecast a period held out, naive forecasts beside them, and what the choice does to the
 * mean value.
 *
 * Limits: where the log-likelihood has fallen by 1.92 with the other parameters at their
 * best (profile), for up to PROFILE_CELLS cells; beyond that from the standard error of the
 * logarithm, which no longer differs; with --bootstrap those of the chosen model are
 * percentiles of the replicates (ltvboot.c). Standard errors are those of the logarithms by the
 * observed information, times the parameter.
 *
 * With --by also what the values of a field do (ltveffects.c).
 */
#include "validate_impl.h"

#include <math.h>

enum { PROFILE_CELLS = 3000 };

struct job {
	struct table *t;
	const struct ltv_cells *c;
	const struct ltv_fit *f;
	const struct value_terms *terms;
	const char *unit;
};

static void columns(struct table *t)
{
	table_col(t, "model", COL_TEXT, NULL, -1);
	table_col(t, "parameter", COL_TEXT, NULL, -1);
	table_col(t, "estimate", COL_REAL, NULL, 4);
	table_col(t, "se", COL_REAL, NULL, 4);
	table_col(t, "lo", COL_REAL, NULL, 4);
	table_col(t, "hi", COL_REAL, NULL, 4);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "note", COL_TEXT, NULL, -1);
}

static void row(struct job *j, const char *model, const char *name, double v, double se, struct interval ci, const char *note)
{
	put_z(j->t, model);
	put_z(j->t, name);
	put_real(j->t, v);
	put_real(j->t, se);
	put_real(j->t, ci.lo);
	put_real(j->t, ci.hi);
	put_int(j->t, (int64_t)llround(j->c->customers));
	put_z(j->t, note);
}

static void plain(struct job *j, const char *model, const char *name, double v)
{
	row(j, model, name, v, NAN, (struct interval){ NAN, NAN }, NULL);
}

static struct interval by_log(double v, double se_log)
{
	const double by = exp(Z95 * se_log);
	return (struct interval){ v / by, v * by };
}

/* Percentiles of a parameter. */
static struct interval of_replicates(const struct ltv_boot *b, int i, bool spend)
{
	double *v = xreallocarray(NULL, (size_t)b->n, sizeof *v);
	for (int r = 0; r < b->n; r++) {
		const struct ltv_replicate *k = &b->v[r];
		const double money[3] = { k->spend.p, k->spend.q, k->spend.gamma };
		v[r] = (spend ? k->money : k->purchases) ? spend ? money[i] : k->model.p[i] : NAN;
	}
	const struct interval ci = ltv_boot_limits(v, (size_t)b->n);
	free(v);
	return ci;
}

static double steepest(const double *g, int n)
{
	double most = 0;
	for (int i = 0; i < n; i++)
		most = fmax(most, fabs(g[i]));
	return most;
}

/* ---- one model ---- */

static void purchase_rows(struct job *j, int at)
{
	const struct ltv_candidate *v = &j->f->v[at];
	const struct btyd_fit *b = &v->fit;
	const struct btyd_cells cells = ltv_fit_cells(j->c);
	const char *name = ltv_model_name[b->model.kind];
	const bool bad = b->reason != NULL;
	for (int i = 0; i < BTYD_PARAMS; i++) {
		const bool again = j->f->boot && at == j->f->chosen;
		const double p = bad ? NAN : b->model.p[i], se = bad ? NAN : sqrt(b->cov[i * 5]);
		const struct interval ci = bad ? (struct interval){ NAN, NAN } : again ? of_replicates(j->f->boot, i, false) : j->c->n <= PROFILE_CELLS ? btyd_profile(b, &cells, i, ALPHA) : by_log(p, se);
		row(j, name, btyd_param_name[b->model.kind][i], p, p * se, ci, i ? NULL : b->reason);
	}
	if (b->model.kind == BTYD_MBGCNBD)
		plain(j, name, "k", b->model.k);
	plain(j, name, "loglik", bad ? NAN : v->loglik);
	plain(j, name, "n", j->c->customers);
	plain(j, name, "cells", (double)j->c->n);
	plain(j, name, "gradient", bad ? NAN : steepest(b->grad, BTYD_PARAMS));
}

static void spend_rows(struct job *j)
{
	static const char *const names[] = { "p", "q", "gamma" };
	const struct spend_fit *s = &j->f->spend;
	const bool bad = s->reason != NULL;
	const double v[3] = { s->model.p, s->model.q, s->model.gamma };
	for (int i = 0; i < 3; i++) {
		/* q is free above 1: its limits are those of q - 1 */
		const double base = i == 1 ? 1 : 0, se = bad ? NAN : sqrt(s->cov[i * 4]);
		struct interval ci = bad ? (struct interval){ NAN, NAN } : j->f->boot ? of_replicates(j->f->boot, i, true) : by_log(v[i] - base, se);
		row(j, "gg", names[i], bad ? NAN : v[i], bad ? NAN : (v[i] - base) * se, j->f->boot ? ci : (struct interval){ ci.lo + base, ci.hi + base }, i ? NULL : s->reason);
	}
	plain(j, "gg", "mean", bad ? NAN : spend_mean(&s->model));
	plain(j, "gg", "loglik", bad ? NAN : s->loglik);
	plain(j, "gg", "n", s->customers);
	plain(j, "gg", "gradient", bad ? NAN : steepest(s->grad, 3));
}

/* ---- forecasts and values ---- */

static void score_rows(struct job *j, const char *name, const struct ltv_score *s)
{
	if (j->f->split == INT32_MIN || isnan(s->mae))
		return;
	plain(j, name, "forecast_deviance", s->deviance);
	plain(j, name, "forecast_mae", s->mae);
	plain(j, name, "forecast_rmse", s->rmse);
	plain(j, name, "forecast_bias", s->predicted / j->f->actual - 1);
}

/* The same customers valued by each model. */
static struct value_total valued(const struct job *j, int at)
{
	struct ltv_fit one = *j->f;
	one.boot = at == one.chosen ? one.boot : NULL;
	one.chosen = at;
	struct value_total t;
	value_totals(&t, &j->terms->life, 1, j->c, &one, j->terms->margin);
	return t;
}

static void value_rows(struct job *j, double *least, double *most)
{
	const double shown = j->c->printed;
	*least = INFINITY;
	*most = -INFINITY;
	for (int i = 0; i < j->f->n && !j->f->spend.reason && shown > 0; i++) {
		if (j->f->v[i].fit.reason)
			continue;
		const struct value_total v = valued(j, i);
		const double mean = v.money / shown;
		row(j, ltv_model_name[j->f->v[i].fit.model.kind], j->terms->has_margin ? "rlv" : "revenue_rlv", mean, NAN,
		    (struct interval){ v.money_ci.lo / shown, v.money_ci.hi / shown }, NULL);
		*least = fmin(*least, mean);
		*most = fmax(*most, mean);
	}
}

/* ---- words ---- */

static void find(struct report *r, const struct job *j, double least, double most)
{
	const struct ltv_fit *f = j->f;
	struct str *s = &r->finding;
	if (!(j->c->customers > 0)) {
		str_puts(s, "no customer has bought yet: nothing to fit.");
		return;
	}
	if (f->chosen < 0) {
		str_puts(s, "no purchase model fits: ");
		str_puts(s, ltv_why_not(f));
		str_putc(s, '.');
		return;
	}
	const struct ltv_candidate *best = &f->v[f->chosen];
	str_printf(s, "%s describes these ", btyd_name[best->fit.model.kind]);
	say_count(s, (int64_t)llround(j->c->customers));
	str_printf(s, " customers: %s.", f->why);
	if (!isnan(best->score.mae)) {
		str_puts(s, " Of the ");
		say_count(s, (int64_t)f->actual);
		str_puts(s, " purchases after ");
		day_text(s, f->split);
		str_puts(s, " it foresaw ");
		say_count(s, (int64_t)llround(best->score.predicted));
		str_puts(s, ", off by ");
		say_real(s, best->score.mae, 2);
		str_puts(s, " a customer");
		int naive = 0;
		for (int k = 1; k < LTV_NAIVE; k++)
			naive = f->naive[k].mae < f->naive[naive].mae ? k : naive;
		str_printf(s, "; the best naive forecast (%s) by ", ltv_naive_name[naive]);
		say_real(s, f->naive[naive].mae, 2);
		str_puts(s, f->naive[naive].mae < best->score.mae ? ", which is less." : ".");
	}
	if (most > least && isfinite(most)) {
		str_puts(s, " The models put the mean value still to come at ");
		say_real(s, least, 2);
		str_puts(s, " to ");
		say_real(s, most, 2);
		str_puts(s, ".");
	}
	if (!isnan(f->wheat) && isfinite(f->wheat) && f->wheat >= 1.5) {
		str_puts(s, " Customers buy at regular times (k = ");
		say_real(s, f->wheat, 1);
		str_puts(s, ").");
	}
}

/* How often each fit went through all histories; those of a sample are not counted. */
static void explain_passes(struct line_list *l, const struct job *j, const char *start)
{
	struct str s = STR_INIT;
	for (int i = 0; i < j->f->n; i++)
		str_printf(&s, "%s%s %d", i ? ", " : "", ltv_model_name[j->f->v[i].fit.model.kind], j->f->v[i].fit.evals);
	line_add(l, "passes through all histories: %s, gg %d%s%s%s", s.p, j->f->spend.evals, start ? "; fits begin at the values of '" : "", start ? start : "", start ? "'" : "");
	str_release(&s);
}

static void explain(struct report *r, const struct job *j, const char *start)
{
	struct line_list *l = &r->explain.text;
	line_add(l, "BG/NBD: Fader, Hardie & Lee (2005); MBG/NBD: Batislam, Denizel & Filiztekin (2007); MBG/CNBD-k: Reutterer, Platzer & Schroeder (2021); Pareto/NBD: Schmittlein, Morrison & Colombo (1987); Gamma-Gamma (gg): Fader & Hardie (2013)");
	line_add(l, "alpha and beta in %ss; gradient = the largest slope of the log-likelihood by a log-parameter, a customer", j->unit);
	line_add(l, "forecast_deviance = 2 sum y log(y/m) - (y - m) over customers, y purchases after the split, m their expectation; smallest wins; empty: infinite, somebody came who had been given up");
	if (j->f->boot)
		line_add(l, "limits of the chosen model and of spending: percentiles of %d refits to customers drawn again, %d of them with a maximum", j->f->boot->n, j->f->boot->ended);
	line_add(l, "limits%s: %s", j->f->boot ? " of the others" : "", j->c->n <= PROFILE_CELLS ? "profile likelihood" : "standard error of the logarithm");
	explain_passes(l, j, start);
	struct str how = STR_INIT;
	say_discount(&how, j->terms);
	line_add(l, "value still to come: expected purchases (%s) times the expected money of a purchase%s", how.p, j->terms->has_margin ? ", times the margin" : "; no margin is set, so revenue");
	str_release(&how);
}

static void table_of(struct report *r, const struct ltv_look *l, const struct ltv_options *o)
{
	struct job *j = &(struct job){ &r->table, &l->cells, &l->fit, &l->terms, l->unit };
	double least, most;
	columns(&r->table);
	for (int i = 0; i < j->f->n; i++)
		purchase_rows(j, i);
	spend_rows(j);
	for (int i = 0; i < j->f->n; i++)
		score_rows(j, ltv_model_name[j->f->v[i].fit.model.kind], &j->f->v[i].score);
	for (int k = 0; k < LTV_NAIVE; k++)
		score_rows(j, ltv_naive_name[k], &j->f->naive[k]);
	value_rows(j, &least, &most);
	find(r, j, least, most);
	explain(r, j, o->start ? o->start_name : NULL);
	str_printf(&r->definition, "maximum likelihood over customers by x, t_x and T, time in %ss; 95 %% limits", l->unit);
	r->not_converged = ltv_not_had(l);
	ltv_draw_profiles(r, o->draw ? l : NULL);
}

/* Asked for by name: models that read something else than a history (ltvother.c). */
static bool of_contracts(const char *model)
{
	return model && (!strcmp(model, "sbg") || !strcmp(model, "bdw"));
}

enum wend_err metric_ltv_model(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	if (o->start && (of_contracts(o->model) || (o->model && !strcmp(o->model, "bgbb"))))
		return err_set(err, WEND_E_USAGE, "'--start' begins purchase models; '%s' is fitted at once, leave it out", o->model);
	if (of_contracts(o->model))
		return ltv_contract_model(p, o, ro, r, err);
	if (o->model && !strcmp(o->model, "bgbb"))
		return ltv_chance_model(p, o, ro, r, err);
	struct ltv_look l;
	struct cuts by;
	enum wend_err e = cuts_parse(&by, ro->by, p, &r->arena, err);
	if (e)
		return e;
	if (!(e = ltv_look_run(&l, p, o, ro, 0, &by, err))) {
		table_of(r, &l, o);
		ltv_effects(r, &l, &by, p->min_n);
		say_revenue(&r->finding, &l.b.rev, &l.b.facts.beside, p);
		line_add(&r->next, "wend ltv");
		e = say_scope(&r->finding, p, &l.b.counts, KIND_BIT(l.b.rev.source), err);
		report_scope(r, p, &l.b.counts);
	}
	ltv_look_release(&l);
	return e;
}

enum wend_err metric_ltv_model_from(struct table *from, size_t n, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	if (of_contracts(o->model))
		return err_set(err, WEND_E_USAGE, "'--model %s' reads renewals; 'wend churn forecast --from' reads a table of them", o->model);
	if (o->model && !strcmp(o->model, "bgbb"))
		return err_set(err, WEND_E_USAGE, "'--model bgbb' counts opportunities in a store; leave out '--from'");
	struct ltv_look l;
	if (ro->by)
		return err_set(err, WEND_E_USAGE, "'--by' needs the customers themselves, which no table of histories tells; run it on the store");
	enum wend_err e = ltv_look_from(&l, from, n, o, ro, r, err);
	if (!e) {
		table_of(r, &l, o);
		str_puts(&r->finding, l.told);
		r->explain.in_store = l.rows;
		explain_count(&r->explain, "used", l.rows);
	}
	ltv_look_release(&l);
	return e;
}
