/* churn model --model logit|boost|auto, printed: odds ratios, chances of other rows, words. */
#include "logitmodel.h"

#include <math.h>
#include <string.h>

/* ---- table ---- */

static const char *flag_of(const struct logit_model *m, size_t k, int64_t min_n)
{
	const struct logit_fit *f = &m->adjusted;
	if (f->status == LOGIT_ONE_CLASS)
		return m->c->events ? "no stayers" : "no events";
	if (f->out[k])
		return m->line[k].varies ? "collinear" : "constant";
	if (f->status == LOGIT_SEPARATED && k == f->separates)
		return "infinite";
	return m->line[k].n < (double)min_n ? "few" : NULL;
}

static void put_ratio(struct table *t, bool few, double b, double se)
{
	const double v[3] = { exp(b), exp(b - Z95 * se), exp(b + Z95 * se) };
	for (int i = 0; i < 3; i++) {
		if (few)
			put_few(t);
		else
			put_real(t, isfinite(v[i]) ? v[i] : NAN);
	}
}

static void columns(struct report *r)
{
	static const struct { const char *name; int digits; } cols[] = { { "n", 0 }, { "events", 0 }, { "raw", 3 }, { "raw_lo", 3 }, { "raw_hi", 3 }, { "adjusted", 3 },
		{ "lo", 3 }, { "hi", 3 }, { "p", 4 }, { "coef", 4 }, { "se", 4 }, { "curve_p", 4 } };
	static const char *const forest[] = { "term", "estimate", "lo", "hi" };
	table_col(&r->table, "term", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		table_col(&r->table, cols[i].name, COL_REAL, NULL, cols[i].digits);
	table_col(&r->table, "flag", COL_TEXT, NULL, -1);
	figure_forest(&r->figure, "odds of leaving, beside all else", "odds ratio, adjusted", forest, 3);
}

static void put_line(struct report *r, const struct logit_model *m, size_t k, int64_t min_n)
{
	struct table *t = &r->table;
	const struct logit_fit *f = &m->adjusted;
	const char *flag = flag_of(m, k, min_n);
	const bool few = flag && !strcmp(flag, "few"), ok = !flag && f->status != LOGIT_ONE_CLASS;
	const double b = f->beta[k + 1], se = logit_se(f, k + 1);
	put_z(t, m->line[k].label);
	put_real(t, m->line[k].n);
	put_real(t, m->line[k].events);
	put_ratio(t, few, m->raw[k], m->raw_se[k]);
	put_ratio(t, few, ok ? b : NAN, ok ? se : NAN);
	if (few)
		put_few(t);
	else
		put_real(t, ok ? logit_p(f, k + 1) : NAN);
	put_real(t, ok ? b : NAN);
	put_real(t, ok ? se : NAN);
	put_real(t, ok ? m->curve_p[k] : NAN);
	put_z(t, flag);
	if (!ok)
		return;
	put_z(&r->figure.data, m->line[k].label);
	put_real(&r->figure.data, exp(b));
	put_real(&r->figure.data, exp(b - Z95 * se));
	put_real(&r->figure.data, exp(b + Z95 * se));
}

void logit_table(struct report *r, const struct logit_model *m, int64_t min_n)
{
	columns(r);
	for (size_t k = 0; k < m->nline; k++)
		put_line(r, m, k, min_n);
}

/* ---- words ---- */

static void say_judged(struct str *s, const struct judged *j)
{
	str_puts(s, "AUC ");
	say_real(s, j->auc, 4);
	say_limits_of(s, j->auc_ci, 3);
	str_puts(s, ", Brier ");
	say_real(s, j->brier, 4);
	str_puts(s, ", slope ");
	say_real(s, j->slope, 2);
	str_puts(s, " (n = ");
	say_count(s, j->n);
	str_putc(s, ')');
}

/* Which model says the chances, and by how much it won. */
static void say_choice(struct str *s, const struct chances *c)
{
	static const char *const by[] = { [CHANCES_LOGIT] = "Curves (additive logistic regression)", [CHANCES_BOOST] = "Boosted trees", [CHANCES_BOTH] = "Curves and boosted trees together" };
	str_printf(s, " %s say the chances", by[c->model]);
	if (c->model == CHANCES_BOTH)
		str_printf(s, ", %.0f %% of the weight on the trees", 100 * c->trees / (c->curves + c->trees));
	if (c->automatic) {
		str_puts(s, ": -log chance of rows held out ");
		if (c->model == CHANCES_BOTH) {
			say_real(s, c->loss_both, 4);
			str_puts(s, ", curves alone ");
		}
		say_real(s, c->model == CHANCES_BOOST ? c->loss_boost : c->loss_logit, 4);
		str_puts(s, c->model == CHANCES_BOOST ? ", curves alone " : ", trees alone ");
		say_real(s, c->model == CHANCES_BOOST ? c->loss_logit : c->loss_boost, 4);
		if (c->model == CHANCES_LOGIT && c->loss_both < c->loss_logit) {
			str_puts(s, ", both ");
			say_real(s, c->loss_both, 4);
			str_puts(s, ", within chance, so the model that explains stays");
		}
	}
	str_puts(s, ". ");
}

static void say_strongest(struct str *s, const struct logit_model *m, int64_t min_n)
{
	size_t best = m->nline;
	double most = 0;
	for (size_t k = 0; k < m->nline; k++) {
		const double z = flag_of(m, k, min_n) ? 0 : fabs(m->adjusted.beta[k + 1] / logit_se(&m->adjusted, k + 1));
		if (z > most) {
			most = z;
			best = k;
		}
	}
	if (best == m->nline) {
		str_puts(s, "nothing can be told of what leaving depends on");
		return;
	}
	const struct case_column *v = &m->c->col[m->which[m->line[best].term]];
	const double b = m->adjusted.beta[best + 1], se = logit_se(&m->adjusted, best + 1);
	str_printf(s, "leaving depends most on %s: odds times ", m->line[best].label);
	say_real(s, exp(b), exp(b) < 0.1 ? 3 : 2);
	str_puts(s, " (");
	say_real(s, exp(b - Z95 * se), exp(b) < 0.1 ? 3 : 2);
	str_puts(s, " to ");
	say_real(s, exp(b + Z95 * se), exp(b) < 0.1 ? 3 : 2);
	str_puts(s, ")");
	if (m->line[best].level >= 0)
		str_printf(s, " against %.*s", (int)v->level[v->reference].name.n, v->level[v->reference].name.p);
	else if (m->line[best].level == -1)
		str_puts(s, " for one unit more");
	str_puts(s, ", beside all else");
}

static void find(struct report *r, const struct logit_model *m, const struct judged *of_test, int64_t min_n)
{
	struct str *s = &r->finding;
	if (of_test && of_test->n) {
		str_puts(s, "of the rows asked for, ");
		say_share(s, of_test->expected);
		str_puts(s, " foreseen to leave, ");
		say_share(s, of_test->share);
		str_puts(s, " left: ");
		say_judged(s, of_test);
	} else {
		say_strongest(s, m, min_n);
	}
	str_putc(s, '.');
	if (m->chances->additive) {
		say_choice(s, m->chances);
		str_puts(s, "Held out fold by fold: ");
		say_judged(s, &m->held);
		str_putc(s, '.');
	}
	if (m->adjusted.status == LOGIT_SEPARATED)
		str_printf(s, " %s tells some leavers and stayers apart completely, so its odds ratio has no end.", m->line[m->adjusted.separates].label);
	str_putc(s, ' ');
	say_cases(s, m->c);
	for (size_t k = 0; k < m->nterm; k++)
		say_missing(s, &m->c->col[m->which[k]]);
}

static void define(struct report *r, const struct logit_model *m)
{
	str_puts(&r->definition, "odds ratios of leaving by logistic regression, raw with the column alone, adjusted beside the others; curve_p: is one unit more the same everywhere; chances by ");
	static const char *const by[] = { [CHANCES_LOGIT] = "smooth curves and levels as far as the data bear", [CHANCES_BOOST] = "boosted trees", [CHANCES_BOTH] = "smooth curves and boosted trees together" };
	str_puts(&r->definition, by[m->chances->model]);
	line_add(&r->explain.text, "log odds = b0 + sum of b x, maximum likelihood; limits b -+ 1.96 se; p of Wald");
	if (m->chances->additive) {
		const struct additive_said *said = additive_said(m->chances->additive);
		line_add(&r->explain.text, "curves: %.1f degrees of freedom, as the marginal likelihood has them", said->df);
		for (size_t i = 0; i < said->nleft_out; i++)
			line_add(&r->explain.text, "left out of the curves: %s", said->left_out[i]);
		for (size_t i = 0; i < said->npair; i++)
			line_add(&r->explain.text, "act together: %s and %s (p = %.2g, Holm)", m->v[said->pair[i].a].name, m->v[said->pair[i].b].name, said->pair[i].p);
	}
	if (m->chances->grown.trees)
		line_add(&r->explain.text, "trees: %d of depth %d, chosen by the folds", m->chances->grown.trees, m->chances->grown.depth);
	r->explain.in_store = m->c->rows;
	explain_count(&r->explain, "used", (int64_t)m->c->n);
	for (int i = 0; i < CASE_OUTS; i++)
		if (m->c->out[i])
			explain_count(&r->explain, case_out_name[i], m->c->out[i]);
}

void logit_say(struct report *r, const struct logit_model *m, const struct judged *of_test, int64_t min_n)
{
	find(r, m, of_test, min_n);
	define(r, m);
}

/* ---- the rows of a second table ---- */

enum wend_err logit_score(struct report *r, struct logit_model *m, const struct cases *test, struct judged *judged, struct err *err)
{
	struct regressor *v = arena_zalloc(m->arena, (m->nterm + 1) * sizeof *v);
	struct table *t = &r->table;
	double *p = xcalloc(test->n + 1, sizeof *p);
	for (size_t k = 0; k < m->nterm; k++) {
		const struct case_column *like = &m->c->col[m->which[k]], *own = cases_column(test, like->name);
		if (!own || (own->kind != like->kind && test->n)) {
			free(p);
			return err_set(err, WEND_E_INPUT, "'--score': column '%s' is %s; the table needs the columns that were learned from", like->name, own ? "of another kind there" : "not there");
		}
		logit_regressor(&v[k], m->arena, own, test->n, like);
	}
	const struct regress_data d = { test->n, m->nterm, v, NULL, NULL };
	table_col(t, "row", COL_INT, NULL, 0);
	table_col(t, "p", COL_REAL, NULL, 4);
	table_col(t, "lo", COL_REAL, NULL, 4);
	table_col(t, "hi", COL_REAL, NULL, 4);
	for (size_t i = 0; i < test->n; i++) {
		const bool known = m->chances->additive;
		const struct interval ci = known ? chances_limits(m->chances, &d, i, ALPHA) : (struct interval){ NAN, NAN };
		p[i] = known ? chances_of(m->chances, &d, i, NULL) : NAN;
		put_int(t, (int64_t)i + 1);
		put_real(t, p[i]);
		put_real(t, ci.lo);
		put_real(t, ci.hi);
	}
	*judged = (struct judged){ 0 };
	if (test->event_name && m->chances->additive && test->n) {
		struct judged_part part[10];
		judge(judged, p, test->event, test->n, ALPHA);
		const size_t n = judge_parts(part, 10, p, test->event, test->n, ALPHA);
		figure_chances(&r->figure, part, n);
	}
	free(p);
	return WEND_OK;
}
