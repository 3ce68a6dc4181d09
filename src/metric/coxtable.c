/* churn model --model cox, printed: hazard ratios raw and adjusted side by side, whether they are
 * steady in time, what could not be estimated and why.
 */
#include <math.h>

#include "coxmodel.h"

static const char *flag_of(const struct cox_model *m, size_t j)
{
	static const char *const names[] = { [COX_CONSTANT] = "constant", [COX_COLLINEAR] = "collinear", [COX_INFINITE] = "infinite" };
	if (!(m->f.events > 0))
		return "no events";
	if (m->f.state[j] != COX_KEPT)
		return names[m->f.state[j]];
	return m->n[j] < (double)m->min_n ? "few" : NULL;
}

static double se_of(const struct cox_model *m, size_t j)
{
	const size_t at = j * m->f.p + j;
	return sqrt(m->f.has_robust ? m->f.robust[at] : m->f.cov[at]);
}

static bool known(const struct cox_model *m, size_t j)
{
	return m->f.state[j] == COX_KEPT && m->f.df > 0 && se_of(m, j) > 0;
}

static void put_ratio(struct table *t, bool ok, bool few, double coef, double se)
{
	const double v[3] = { exp(coef), exp(coef - Z95 * se), exp(coef + Z95 * se) };
	for (int i = 0; i < 3; i++) {
		if (few)
			put_few(t);
		else
			put_real(t, ok ? v[i] : NAN);
	}
}

static void put_row(struct table *t, const struct cox_model *m, size_t j)
{
	const char *flag = flag_of(m, j);
	const bool few = flag && !strcmp(flag, "few"), ok = known(m, j);
	const double se = ok ? se_of(m, j) : NAN, z = m->f.coef[j] / se;
	const struct cox_test drift = cox_drift(&m->f, j, 1);
	put_z(t, m->label[j]);
	put_real(t, m->n[j]);
	put_real(t, m->events[j]);
	put_ratio(t, !isnan(m->raw[j]), few, m->raw[j], m->raw_se[j]);
	put_ratio(t, ok, few, m->f.coef[j], se);
	if (few) {
		put_few(t);
		put_few(t);
	} else {
		const double p = ok ? chisq_sf(z * z, 1) : NAN;
		put_real(t, p > 0 ? p : NAN);
		put_real(t, ok ? chisq_log10_sf(z * z, 1) : NAN);
	}
	put_real(t, ok && !few ? m->f.coef[j] : NAN);
	put_real(t, ok && !few ? se : NAN);
	put_real(t, ok && !few ? drift.chisq : NAN);
	if (few)
		put_few(t);
	else
		put_real(t, ok && drift.p > 0 ? drift.p : NAN);
	put_z(t, flag);
}

static void table(struct report *r, const struct cox_model *m)
{
	static const struct { const char *name; int digits; } cols[] = { { "n", 0 }, { "events", 0 }, { "raw", 3 }, { "raw_lo", 3 }, { "raw_hi", 3 }, { "adjusted", 3 }, { "lo", 3 },
		{ "hi", 3 }, { "p", 4 }, { "log10_p", 1 }, { "coef", 4 }, { "se", 4 }, { "ph_chisq", 1 }, { "ph_p", 4 } };
	static const char *const forest[] = { "term", "estimate", "lo", "hi" };
	struct table *t = &r->table;
	table_col(t, "term", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		table_col(t, cols[i].name, COL_REAL, NULL, cols[i].digits);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	struct table *f = figure_forest(&r->figure, "how many times as fast customers leave, beside all else", "hazard ratio, adjusted", forest, 3);
	struct str s = STR_INIT;
	say_real(&s, m->f.weight, 0);
	str_puts(&s, " customers, ");
	say_real(&s, m->f.events, 0);
	r->figure.note = arena_printf(&r->arena, "n = %s left", s.p);
	str_release(&s);
	for (size_t j = 0; j < m->p; j++) {
		put_row(t, m, j);
		if (flag_of(m, j) || !known(m, j))
			continue;
		put_z(f, m->label[j]);
		put_real(f, exp(m->f.coef[j]));
		put_real(f, exp(m->f.coef[j] - Z95 * se_of(m, j)));
		put_real(f, exp(m->f.coef[j] + Z95 * se_of(m, j)));
	}
}

/* ---- for people: ratios in the width of a screen ---- */

static void say_p_cell(struct str *s, double p, double log10_p)
{
	if (isnan(log10_p))
		return;
	if (p < 0.0001)
		str_printf(s, "10^%.0f", log10_p);
	else
		say_real(s, p, p < 0.01 ? 4 : 2);
}

static void say_ratio(struct str *s, double v)
{
	if (!isnan(v))
		say_real(s, v, v < 0.1 ? 3 : v < 10 ? 2 : 0);
}

static void screen_row(struct table *t, const struct cox_model *m, size_t j, struct str *s)
{
	const char *flag = flag_of(m, j);
	const bool ok = known(m, j) && !flag;
	const double se = se_of(m, j), z = m->f.coef[j] / se;
	const struct cox_test drift = cox_drift(&m->f, j, 1);
	str_printf(s, "%.30s", m->label[j]);
	put_said(t, s);
	if (!flag)
		say_ratio(s, exp(m->raw[j]));
	put_said(t, s);
	if (ok)
		say_ratio(s, exp(m->f.coef[j]));
	else
		str_puts(s, flag ? flag : "");
	put_said(t, s);
	if (ok) {
		say_ratio(s, exp(m->f.coef[j] - Z95 * se));
		str_putc(s, '-');
		say_ratio(s, exp(m->f.coef[j] + Z95 * se));
	}
	put_said(t, s);
	if (ok)
		say_p_cell(s, chisq_sf(z * z, 1), chisq_log10_sf(z * z, 1));
	put_said(t, s);
	if (ok)
		say_p_cell(s, drift.p, drift.log10_p);
	put_said(t, s);
}

static void screen(struct report *r, const struct cox_model *m)
{
	static const char *const heads[] = { "raw", "adjusted", "95 %", "p", "steady p" };
	struct table *t = &report_screen(r, "LEAVES HOW MANY TIMES AS FAST")->t;
	struct str s = STR_INIT;
	table_col(t, "", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	for (size_t j = 0; j < m->p; j++)
		screen_row(t, m, j, &s);
	str_release(&s);
}

/* ---- words ---- */

static void say_term(struct str *s, const struct cox_model *m, size_t j)
{
	const struct case_column *v = m->term[m->term_of[j]].column;
	str_printf(s, "%s leaves ", m->label[j]);
	say_ratio(s, exp(m->f.coef[j]));
	str_puts(s, " times as fast (");
	say_ratio(s, exp(m->f.coef[j] - Z95 * se_of(m, j)));
	str_puts(s, " to ");
	say_ratio(s, exp(m->f.coef[j] + Z95 * se_of(m, j)));
	str_putc(s, ')');
	if (v->kind == CASE_CATEGORY)
		str_printf(s, " as %.*s", (int)v->level[v->reference].name.n, v->level[v->reference].name.p);
	else
		str_puts(s, " for each unit more");
}

/* The column that says most: the largest |z|. */
static size_t strongest(const struct cox_model *m)
{
	size_t best = SIZE_MAX;
	double most = 0;
	for (size_t j = 0; j < m->p; j++) {
		const double z = known(m, j) && !flag_of(m, j) ? fabs(m->f.coef[j] / se_of(m, j)) : 0;
		if (z > most) {
			most = z;
			best = j;
		}
	}
	return best;
}

/* Raw and adjusted on different sides of 1, both beyond chance. */
static void say_turned(struct str *s, const struct cox_model *m)
{
	for (size_t j = 0; j < m->p; j++) {
		if (!known(m, j) || flag_of(m, j) || isnan(m->raw[j]) || m->raw[j] * m->f.coef[j] >= 0 || fabs(m->raw[j]) < Z95 * m->raw_se[j] || fabs(m->f.coef[j]) < Z95 * se_of(m, j))
			continue;
		str_printf(s, " %s turns round: ", m->label[j]);
		say_real(s, exp(m->raw[j]), 3);
		str_puts(s, " by itself, ");
		say_real(s, exp(m->f.coef[j]), 3);
		str_puts(s, " beside the others.");
	}
}

static void say_state(struct str *s, const struct cox_model *m, enum cox_state state, const char *what)
{
	const char *sep = " ";
	size_t n = 0;
	for (size_t j = 0; j < m->p; j++)
		if (m->f.state[j] == state) {
			str_printf(s, "%s%s", sep, m->label[j]);
			sep = ", ";
			n++;
		}
	if (n)
		str_printf(s, " %s %s.", n == 1 ? "is" : "are", what);
}

static void say_steady(struct str *s, const struct cox_model *m)
{
	const struct cox_test all = cox_drift(&m->f, 0, m->p);
	if (isnan(all.chisq)) {
		if (m->f.df > 0)
			str_puts(s, " Proportional hazards could not be tested: the ratios may be averages over time.");
		return;
	}
	str_puts(s, all.p < ALPHA ? " Proportional hazards: violated (chi-squared " : " Proportional hazards: nothing against them (chi-squared ");
	say_real(s, all.chisq, 1);
	str_printf(s, " on %d, ", all.df);
	say_p(s, all.p, all.log10_p);
	str_puts(s, all.p < ALPHA ? "), so the ratios are averages over time." : ").");
}

static void find(struct str *s, const struct cox_model *m, const struct cases *c)
{
	const size_t best = strongest(m);
	if (!c->n)
		str_puts(s, "there is no customer to tell anything by.");
	else if (!(m->f.events > 0))
		str_puts(s, "nobody left: what leaving depends on cannot be told.");
	else if (!m->p)
		str_puts(s, "there is no term to tell anything by.");
	else if (best == SIZE_MAX)
		str_puts(s, "no term could be estimated.");
	else
		say_term(s, m, best);
	if (best != SIZE_MAX)
		str_puts(s, ", all else equal.");
	say_turned(s, m);
	say_state(s, m, COX_INFINITE, "without limit: nobody on one side left, or all did; leave it out or join levels");
	say_state(s, m, COX_COLLINEAR, "left out, said already by the terms before");
	if (m->f.events > 0)
		say_state(s, m, COX_CONSTANT, "left out, the same in all who could leave at a time");
	if (m->left_out.n)
		str_printf(s, " No terms, with too many different texts: %s.", m->left_out.p);
	say_steady(s, m);
	if (!isnan(m->f.concordance)) {
		str_puts(s, " Of two customers the one foretold to leave first does in ");
		say_share(s, m->f.concordance);
		str_puts(s, " (");
		say_shares(s, (struct interval){ m->f.concordance - Z95 * m->f.concordance_se, m->f.concordance + Z95 * m->f.concordance_se });
		str_puts(s, ").");
	}
	if (c->event_name) {
		str_putc(s, ' ');
		say_cases(s, c);
	}
	for (size_t i = 0; i < m->nterm; i++)
		say_missing(s, m->term[i].column);
	if (m->f.missing > 0) {
		str_putc(s, ' ');
		say_things(s, (int64_t)m->f.missing, "row misses a term and is left out.", "rows miss a term and are left out.");
	}
}

static void explain(struct report *r, const struct cox_model *m, const struct cases *c)
{
	static const char *const scales[] = { [COX_KM] = "Kaplan-Meier", [COX_IDENTITY] = "time", [COX_RANK] = "rank of time", [COX_LOG] = "log time" };
	struct line_list *l = &r->explain.text;
	const struct cox_fit *f = &m->f;
	const struct cox_test all = cox_drift(f, 0, m->p);
	line_add(l, "hazard ratio exp(beta) of the proportional hazards model (Cox 1972), ties by %s; 95 %% limits exp(beta +- 1.96 se)", m->ties == COX_EFRON ? "Efron (1977)" : "Breslow (1974)");
	line_add(l, "raw: a model with this term alone, on the same rows; adjusted: with all terms");
	if (f->has_robust)
		line_add(l, "se of adjusted: sandwich by %s (Lin & Wei 1989)", m->o->cluster);
	line_add(l, "ph_p: score test that the effect changes with %s (Grambsch & Therneau 1994); all terms: chi-squared %.10g on %d, log10 p %.6g", scales[m->scale], all.chisq, all.df, all.log10_p);
	line_add(l, "log-likelihood %.10g without terms, %.10g with them; likelihood ratio %.10g, Wald %.10g, score %.10g on %d", f->loglik_null, f->loglik, f->lr, f->wald, f->score, f->df);
	line_add(l, "concordance %.10g, standard error %.10g (Harrell et al. 1982; infinitesimal jackknife)", f->concordance, f->concordance_se);
	if (f->reason)
		line_add(l, "%s", f->reason);
	for (size_t i = 0; i < m->nterm; i++) {
		const struct case_column *v = m->term[i].column;
		if (v->kind == CASE_CATEGORY && v->levels)
			line_add(l, "%s: compared with %.*s", v->name, (int)v->level[v->reference].name.n, v->level[v->reference].name.p);
	}
	r->explain.in_store = c->rows;
	explain_count(&r->explain, "used", (int64_t)f->rows);
	if (f->missing > 0)
		explain_count(&r->explain, "that miss a term", (int64_t)f->missing);
	for (int i = 0; i < CASE_OUTS; i++)
		if (c->out[i])
			explain_count(&r->explain, case_out_name[i], c->out[i]);
}

void cox_report(struct report *r, const struct cox_model *m, const struct cases *c)
{
	table(r, m);
	screen(r, m);
	find(&r->finding, m, c);
	explain(r, m, c);
	str_printf(&r->definition, "adjusted: how many times as fast customers leave, all other terms equal (Cox, ties by %s); raw: the term by itself; steady p (ph_p): small = the ratio changes with time",
		   m->ties == COX_EFRON ? "Efron" : "Breslow");
	line_add(&r->next, "wend churn model --plot ratios.png");
	line_add(&r->next, "wend churn curve --by FIELD");
	r->not_converged = m->o->named && m->f.reason && m->f.events > 0 && m->f.df > 0;
}
