/* churn curve: the share of customers still there after a time (survival.c), by groups and
 * with tests whether they differ. The statistic is a count of what happened when, a row a group
 * and time; it adds up over shards of customers.
 *
 * Restricted means are compared within the longest time that every group was seen (but those
 * below --min-n): behind it a mean would rest on a curve that nobody has drawn. Pairs are
 * tested one by one and adjusted together (Holm 1979).
 */
#include "curve_impl.h"
#include "tenure.h"

#include <math.h>

enum { PAIRS_UNASKED = 12 };     /* so many groups are paired without being asked */

static size_t split(const char **out, size_t n, size_t cap, const char *list, struct arena *a)
{
	struct sv rest = sv_of(list), one;
	while (list && n < cap && sv_cut(&rest, ',', &one)) {
		one = sv_trim(one);
		if (one.n)
			out[n++] = arena_strndup(a, one.p, one.n);
	}
	return n;
}

size_t curve_columns(const char **out, size_t cap, const struct curve_options *o, const struct report_options *ro, struct arena *a)
{
	return split(out, split(out, 0, cap, ro->by, a), cap, o->strata, a);
}

static enum wend_err read_times(struct curve *c, const struct curve_options *o, struct err *err)
{
	struct sv rest = sv_of(o->at), one;
	size_t cap = 0;
	c->ci = o->ci && !strcmp(o->ci, "plain") ? SURVIVAL_PLAIN : o->ci && !strcmp(o->ci, "log") ? SURVIVAL_LOG : SURVIVAL_LOGLOG;
	c->until = NAN;
	c->until_given = o->within != NULL;
	if (o->within && (!sv_real(sv_of(o->within), &c->until) || !(c->until > 0)))
		return err_set(err, WEND_E_USAGE, "'--within %s' is no time above 0", o->within);
	while (o->at && sv_cut(&rest, ',', &one)) {
		GROW(c->at, cap, c->nat + 1);
		if (!sv_real(sv_trim(one), &c->at[c->nat]) || c->at[c->nat] < 0)
			return err_set(err, WEND_E_USAGE, "'%.*s' in '--at' is no time; give times apart by commas: 1,12,24", (int)one.n, one.p);
		for (size_t i = c->nat++; i > 0 && c->at[i - 1] > c->at[i]; i--) { /* ascending, as counts are those since the one before */
			const double later = c->at[i - 1];
			c->at[i - 1] = c->at[i];
			c->at[i] = later;
		}
	}
	return WEND_OK;
}

static void estimate_group(struct curve_group *g, enum survival_ci ci)
{
	const struct durations *d = g->d;
	g->v = xreallocarray(NULL, d->n + 1, sizeof *g->v);
	survival_steps(g->v, d, ALPHA, ci);
	for (size_t i = 0; i < d->n; i++) {
		g->n += d->events[i] + d->lost[i];
		g->events += d->events[i];
		if (d->events[i] + d->lost[i] > 0)
			g->last = d->time[i];
	}
	g->median = survival_quantile(g->v, d->n, 0.5);
}

/* The longest time every group was seen; a group that nobody is left of is known for ever. */
static void set_until(struct curve *c)
{
	double most = 0;
	if (c->until_given)
		return;
	for (int turn = 0; turn < 2 && isnan(c->until); turn++)
		for (size_t i = 0; i < c->n; i++) {
			const struct curve_group *g = &c->g[i];
			const bool all_left = g->d->n && g->v[g->d->n - 1].survival == 0;
			most = fmax(most, g->last);
			if (g->n > 0 && !all_left && (turn || g->n >= (double)c->min_n) && !(g->last >= c->until))
				c->until = g->last;
		}
	if (isnan(c->until) && c->n)
		c->until = most;
}

/* Durations of some groups only, stratum by stratum, as the tests want them. */
static void test(struct survival_test *out, const struct curve *c, const size_t *g, size_t n, enum survival_weight w)
{
	struct durations *d = xreallocarray(NULL, n * c->nstrata + 1, sizeof *d);
	for (size_t s = 0; s < c->nstrata; s++)
		for (size_t k = 0; k < n; k++)
			d[s * n + k] = c->counts.d[s * c->n + g[k]];
	survival_test(out, d, n, c->nstrata, w, 0, 0);
	free(d);
}

static void compare(struct curve *c, bool asked)
{
	size_t all[SURVIVAL_GROUPS];
	for (size_t i = 0; i < c->n; i++)
		all[i] = i;
	test(&c->logrank, c, all, c->n, SURVIVAL_LOGRANK);
	test(&c->peto, c, all, c->n, SURVIVAL_PETO);
	if (c->n > PAIRS_UNASKED && !asked)
		return;
	c->pair = xcalloc(c->n * (c->n - 1) / 2 + 1, sizeof *c->pair);
	for (size_t a = 0; a < c->n; a++)
		for (size_t b = a + 1; b < c->n; b++) {
			struct curve_pair *p = &c->pair[c->npair++];
			const size_t two[2] = { a, b };
			*p = (struct curve_pair){ .a = a, .b = b, .mean = survival_mean_difference(&c->g[a].mean, &c->g[b].mean, ALPHA) };
			test(&p->logrank, c, two, 2, SURVIVAL_LOGRANK);
			test(&p->peto, c, two, 2, SURVIVAL_PETO);
		}
	double *p = xreallocarray(NULL, c->npair + 1, sizeof *p);
	for (size_t i = 0; i < c->npair; i++)
		p[i] = c->pair[i].logrank.p;
	holm_adjust(p, p, c->npair);
	for (size_t i = 0; i < c->npair; i++)
		c->pair[i].p_holm = p[i];
	free(p);
}

enum wend_err curve_estimate(struct curve *c, const struct curve_options *o, const struct report_options *ro, struct err *err)
{
	if (read_times(c, o, err))
		return err->code;
	if (c->groups && c->n > SURVIVAL_GROUPS)
		return err_set(err, WEND_E_USAGE, "'--by' makes %zu groups; %d are the most", c->n, SURVIVAL_GROUPS);
	c->min_n = ro->min_n ? ro->min_n : MIN_N;
	c->g = xcalloc(c->n + 1, sizeof *c->g);
	for (size_t i = 0; i < c->n; i++) {
		c->g[i].name = c->name[i];
		c->g[i].d = c->own.n ? &c->own.d[i] : &c->counts.d[i];
		estimate_group(&c->g[i], c->ci);
	}
	set_until(c);
	for (size_t i = 0; i < c->n; i++)
		c->g[i].mean = survival_mean(c->g[i].v, c->g[i].d->n, c->until, ALPHA);
	if (c->n > 1)
		compare(c, o->compare && !strcmp(o->compare, "pairs"));
	return WEND_OK;
}

void curve_release(struct curve *c)
{
	for (size_t i = 0; c->g && i < c->n; i++)
		free(c->g[i].v);
	free(c->g);
	free(c->at);
	free(c->pair);
	survival_groups_release(&c->counts);
	survival_groups_release(&c->own);
}

/* The report of an estimated curve. */
static void report(struct report *r, struct curve *c, const struct curve_options *o, const struct report_options *ro)
{
	if (ro->stat) {
		curve_stat(r, c);
		return;
	}
	if (!o->compare)
		curve_table(r, c);
	else if (!strcmp(o->compare, "pairs"))
		curve_pairs(r, c);
	else
		curve_compare(r, c);
	if (!o->compare)
		curve_screen(r, c);
	if (o->draw)
		curve_figure(r, c);
	curve_explain(r, c);
}

static enum wend_err of_cases(struct cases *k, const struct curve_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct curve c = { .arena = &r->arena, .unit = k->time_name, .entry = k->entry != NULL };
	struct case_groups by = { 0 }, strata = { 0 };
	const char *cols[64];
	const size_t nby = split(cols, 0, 64, ro->by, &r->arena), all = split(cols, nby, 64, o->strata, &r->arena);
	uint16_t *code = NULL;
	enum wend_err e = cases_group(&by, k, cols, nby, err);
	if (!e)
		e = cases_group(&strata, k, cols + nby, all - nby, err);
	if (!e && by.n * strata.n > CASE_MISSING)
		e = err_set(err, WEND_E_USAGE, "'--by' and '--strata' make %zu groups together; %d are the most", by.n * strata.n, (int)CASE_MISSING);
	if (e)
		goto done;
	c.groups = nby > 0;
	c.n = by.n;
	c.nstrata = strata.n;
	c.by = sv_of(ro->by);
	c.strata = sv_of(o->strata);
	c.event = sv_of(o->event);
	if (strata.n > 1) {
		code = xreallocarray(NULL, k->n + 1, sizeof *code);
		for (size_t i = 0; i < k->n; i++)
			code[i] = (uint16_t)(strata.of[i] * by.n + by.of[i]);
		survival_count(&c.counts, k, code, by.n * strata.n);
		survival_count(&c.own, k, by.of, by.n);
	} else {
		survival_count(&c.counts, k, by.of, by.n);
	}
	c.stratum = strata.name;
	c.name = by.name;
	e = curve_estimate(&c, o, ro, err);
	if (!e) {
		report(r, &c, o, ro);
		curve_find(&r->finding, &c);
	}
done:
	case_groups_release(&by);
	case_groups_release(&strata);
	free(code);
	curve_release(&c);
	return e;
}

enum wend_err metric_churn_curve_cases(struct cases *k, const struct curve_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	if (of_cases(k, o, ro, r, err))
		return err->code;
	str_putc(&r->finding, ' ');
	say_cases(&r->finding, k);
	r->explain.in_store = k->rows;
	explain_count(&r->explain, "used", (int64_t)k->n);
	for (int i = 0; i < CASE_OUTS; i++)
		if (k->out[i])
			explain_count(&r->explain, case_out_name[i], k->out[i]);
	return WEND_OK;
}

enum wend_err metric_churn_curve(const struct population *p, const struct curve_options *o, const struct churn_options *co, const struct report_options *ro, struct report *r, struct err *err)
{
	struct tenure t;
	const char *fields = ro->by;
	if (o->strata)
		fields = ro->by ? arena_printf(&r->arena, "%s,%s", ro->by, o->strata) : o->strata;
	enum wend_err e = tenure_cases(&t, p, co, fields, false, false, ro, err);
	if (!e)
		e = of_cases(&t.c, o, ro, r, err);
	if (!e)
		e = tenure_say(&r->finding, &t, p, err);
	if (!e) {
		str_printf(&r->definition, "; %s", t.said.p ? t.said.p : "");
		report_scope(r, p, &t.counts);
		if (t.current)
			line_add(&r->explain.text, "a group that no dated record tells is the one last reported (current)");
	}
	tenure_release(&t);
	return e;
}

enum wend_err metric_churn_curve_from(const struct table *from, size_t n, const struct curve_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct curve c = { .arena = &r->arena };
	struct curve_cells l = { 0 };
	int64_t rows = 0;
	enum wend_err e = curve_stat_read(&c, &l, from, n, err);
	if (!e && ro->by && !sv_is(c.by, ro->by))
		e = err_set(err, WEND_E_INPUT, "the table is %s%.*s; leave out '--by %s'", c.by.n ? "by " : "of all together", (int)c.by.n, c.by.p ? c.by.p : "", ro->by);
	if (!e) {
		for (size_t i = 0; i < n; i++)
			rows += (int64_t)from[i].nrow;
		curve_of_cells(&c, &l);
		e = curve_estimate(&c, o, ro, err);
	}
	if (!e) {
		report(r, &c, o, ro);
		curve_find(&r->finding, &c);
		r->explain.in_store = rows;
		explain_count(&r->explain, "used", rows);
	}
	free(l.v);
	curve_release(&c);
	return e;
}
