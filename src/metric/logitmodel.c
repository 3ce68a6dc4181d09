/* churn model --model logit|boost|auto: what leaving depends on, from a table of cases, and how
 * well it can be foreseen.
 *
 * Rows are those of plain logistic regression (logit.c): odds ratios for one unit more of a
 * number, of a level against the reference of its category; `raw` with that column alone,
 * `adjusted` beside all others. A number that is missing stands at the median, with a row of its
 * own; a missing level is a level.
 *
 *   curve_p  is one unit more the same everywhere? Likelihood ratio of a natural spline of the
 *            number against its straight line, all else as it is: where it is small the odds
 *            ratio of the row is an average
 *
 * The chances themselves are said by the additive model or by trees (chances.c), whichever was
 * asked for or foresees better, judged on rows held out fold by fold. With a second table they
 * are said of its rows, and judged by what came where it tells it.
 */
#include "metric_impl.h"
#include "wend/churn.h"
#include "wend/curve.h"
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/par.h"
#include "wend/regress.h"
#include "wend/spline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BENDS = 4, LEVELS_MOST = 100 };

struct line_of {              /* a column of the regression */
	size_t term;
	int64_t level;            /* of a category; -1: a number; -2: it is missing */
	const char *label;
	double n, events;
	bool varies;
};
struct model {
	struct arena *arena;
	const struct cases *c;
	const struct chance_options *o;
	size_t nterm, *which;     /* columns of the cases */
	struct regressor *v;
	double *median;           /* by term: of a number */
	struct regress_data d;
	uint64_t *key;
	struct line_of *line;
	size_t nline;
	double *x;                /* n x nline */
	struct logit_fit adjusted;
	double *raw, *raw_se, *curve_p; /* by line; NaN = not known */
	struct chances *chances;
	struct judged held;
};

/* ---- columns ---- */

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median_of(const double *x, size_t n)
{
	double *v = xcalloc(n + 1, sizeof *v);
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (!isnan(x[i]))
			v[k++] = x[i];
	qsort(v, k, sizeof *v, by_value);
	const double m = k ? v[k / 2] : 0;
	free(v);
	return m;
}

/* A regressor over the rows of a column; levels in the order of `like`'s, others are not known. */
static void regressor_of(struct regressor *out, struct arena *a, const struct case_column *v, size_t n, const struct case_column *like)
{
	*out = (struct regressor){ .name = like->name };
	if (like->kind == CASE_NUMBER) {
		out->x = v->number;
		return;
	}
	const char **names = arena_alloc(a, (like->levels + 1) * sizeof *names);
	int32_t *code = arena_alloc(a, (n + 1) * sizeof *code), *map = arena_alloc(a, (v->levels + 1) * sizeof *map);
	for (size_t k = 0; k < like->levels; k++)
		names[k] = arena_strndup(a, like->level[k].name.p, like->level[k].name.n);
	for (size_t k = 0; k < v->levels; k++) {
		map[k] = -1;
		for (size_t l = 0; l < like->levels; l++)
			if (sv_eq(v->level[k].name, like->level[l].name))
				map[k] = (int32_t)l;
	}
	for (size_t i = 0; i < n; i++)
		code[i] = v->code[i] == CASE_MISSING ? -1 : map[v->code[i]];
	out->code = code;
	out->levels = like->levels;
	out->level = names;
}

/* Rows alike in everything share a fold. */
static void add_keys(struct model *m)
{
	const size_t n = m->c->n;
	m->key = xcalloc(n + 1, sizeof *m->key);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m->nterm; k++) {
			const struct regressor *v = &m->v[k];
			const char *level = v->x || v->code[i] < 0 ? "" : v->level[v->code[i]];
			m->key[i] = hash_mix(m->key[i] + (v->x ? hash64(&v->x[i], sizeof v->x[i]) : hash64(level, strlen(level))) + k);
		}
}

static void add_line(struct model *m, size_t term, int64_t level, const char *label)
{
	m->line[m->nline++] = (struct line_of){ .term = term, .level = level, .label = label };
}

static void add_lines(struct model *m)
{
	size_t most = 0;
	for (size_t k = 0; k < m->nterm; k++)
		most += 2 + m->c->col[m->which[k]].levels;
	m->line = arena_alloc(m->arena, (most + 1) * sizeof *m->line);
	for (size_t k = 0; k < m->nterm; k++) {
		const struct case_column *v = &m->c->col[m->which[k]];
		if (v->kind == CASE_NUMBER)
			add_line(m, k, -1, v->name);
		for (size_t l = 0; v->kind == CASE_CATEGORY && l < v->levels; l++)
			if (l != v->reference)
				add_line(m, k, (int64_t)l, arena_printf(m->arena, "%s=%.*s", v->name, (int)v->level[l].name.n, v->level[l].name.p));
		if (v->missing)
			add_line(m, k, -2, arena_printf(m->arena, "%s not known", v->name));
	}
}

static double line_at(const struct model *m, const struct line_of *l, size_t i)
{
	const struct regressor *v = &m->v[l->term];
	if (v->x)
		return l->level == -2 ? isnan(v->x[i]) : isnan(v->x[i]) ? m->median[l->term] : v->x[i];
	return l->level == -2 ? v->code[i] < 0 : v->code[i] == l->level;
}

static void fill(struct model *m)
{
	const size_t n = m->c->n;
	m->x = xcalloc(n * m->nline + 1, sizeof *m->x);
	for (size_t k = 0; k < m->nline; k++) {
		struct line_of *l = &m->line[k];
		for (size_t i = 0; i < n; i++) {
			const double x = line_at(m, l, i);
			m->x[i * m->nline + k] = x;
			const bool in = l->level == -1 ? !isnan(m->v[l->term].x[i]) : x > 0;
			l->n += in;
			l->varies = l->varies || x != m->x[k];
			l->events += in && m->c->event[i];
		}
	}
}

/* ---- raw, adjusted, bent ---- */

/* Some columns of x alone. */
static double *columns_of(const struct model *m, size_t first, size_t k, size_t more)
{
	const size_t n = m->c->n;
	double *x = xcalloc(n * (k + more) + 1, sizeof *x);
	for (size_t i = 0; i < n; i++)
		memcpy(x + i * (k + more), m->x + i * m->nline + first, k * sizeof *x);
	return x;
}

static void raw_of(struct model *m)
{
	for (size_t first = 0, k; first < m->nline; first += k) {
		struct logit_fit f;
		k = 1;
		while (first + k < m->nline && m->line[first + k].term == m->line[first].term)
			k++;
		double *x = columns_of(m, first, k, 0);
		logit_fit(&f, x, m->c->event, m->c->n, k);
		for (size_t i = 0; i < k && f.status == LOGIT_OK; i++) {
			m->raw[first + i] = f.beta[i + 1];
			m->raw_se[first + i] = logit_se(&f, i + 1);
		}
		logit_release(&f);
		free(x);
	}
}

static double bent(const struct model *m, size_t line)
{
	const size_t n = m->c->n, q = m->nline;
	const double *number = m->v[m->line[line].term].x;
	double *sorted = xcalloc(n + 1, sizeof *sorted), p = NAN;
	struct spline s;
	struct logit_fit f;
	size_t known = 0;
	for (size_t i = 0; i < n; i++)
		if (!isnan(number[i]))
			sorted[known++] = number[i];
	qsort(sorted, known, sizeof *sorted, by_value);
	if (spline_quantiles(&s, sorted, known, BENDS) && s.columns > 1) {
		/* its columns hold the line; that one is then left out as dependent */
		double *x = columns_of(m, 0, q, s.columns);
		for (size_t i = 0; i < n; i++)
			spline_at(&s, x[i * (q + s.columns) + line], x + i * (q + s.columns) + q);
		logit_fit(&f, x, m->c->event, n, q + s.columns);
		const double df = (double)(q + s.columns - f.left_out) - (double)(q - m->adjusted.left_out);
		if (f.status == LOGIT_OK && df > 0)
			p = chisq_sf(fmax(0, 2 * (f.loglik - m->adjusted.loglik)), df);
		logit_release(&f);
		free(x);
	}
	free(sorted);
	return p;
}

/* ---- table ---- */

static const char *flag_of(const struct model *m, size_t k, int64_t min_n)
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
	struct table *f = &r->figure.data;
	table_col(&r->table, "term", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		table_col(&r->table, cols[i].name, COL_REAL, NULL, cols[i].digits);
	table_col(&r->table, "flag", COL_TEXT, NULL, -1);
	r->figure.kind = FIG_FOREST;
	r->figure.title = "odds of leaving, beside all else";
	r->figure.x_label = "odds ratio, adjusted";
	r->figure.log_x = true;
	r->figure.ref = 1;
	table_col(f, "term", COL_TEXT, NULL, -1);
	table_col(f, "estimate", COL_REAL, NULL, 3);
	table_col(f, "lo", COL_REAL, NULL, 3);
	table_col(f, "hi", COL_REAL, NULL, 3);
}

static void put_line(struct report *r, const struct model *m, size_t k, int64_t min_n)
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

/* ---- words ---- */

static void say_judged(struct str *s, const struct judged *j)
{
	str_puts(s, "AUC ");
	say_real(s, j->auc, 4);
	if (!isnan(j->auc_ci.lo)) {
		str_puts(s, " (");
		say_real(s, j->auc_ci.lo, 3);
		str_puts(s, " to ");
		say_real(s, j->auc_ci.hi, 3);
		str_putc(s, ')');
	}
	str_puts(s, ", Brier ");
	say_real(s, j->brier, 4);
	str_puts(s, ", slope ");
	say_real(s, j->slope, 2);
	str_puts(s, " (n = ");
	say_count(s, j->n);
	str_putc(s, ')');
}

/* Which model says the chances, and by how much it won. */
static void say_choice(struct str *s, const struct model *m)
{
	const struct chances *c = m->chances;
	const bool trees = c->model == CHANCES_BOOST;
	str_puts(s, trees ? " Boosted trees say" : " Curves (additive logistic regression) say");
	str_puts(s, " the chances");
	if (c->automatic) {
		str_puts(s, ": -log chance of rows held out ");
		say_real(s, trees ? c->loss_boost : c->loss_logit, 4);
		str_printf(s, " against %s ", trees ? "the curves'" : "the trees'");
		say_real(s, trees ? c->loss_logit : c->loss_boost, 4);
		const double gap = fabs(c->loss_logit - c->loss_boost);
		str_puts(s, gap > Z95 * c->gap_se ? ", more than chance" : ", within chance");
		if (!trees && c->loss_boost < c->loss_logit)
			str_puts(s, ", so the model that explains stays");
	}
	str_puts(s, ". ");
}

static void say_strongest(struct str *s, const struct model *m, int64_t min_n)
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

static void find(struct report *r, const struct model *m, const struct judged *of_test, int64_t min_n)
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
		say_choice(s, m);
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

static void define(struct report *r, const struct model *m)
{
	str_puts(&r->definition, "odds ratios of leaving by logistic regression, raw with the column alone, adjusted beside the others; curve_p: is one unit more the same everywhere; chances by ");
	str_puts(&r->definition, m->chances->model == CHANCES_BOOST ? "boosted trees" : "smooth curves and levels as far as the data bear");
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

/* ---- the rows of a second table ---- */

static enum wend_err score(struct report *r, struct model *m, const struct cases *test, struct judged *judged, struct err *err)
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
		regressor_of(&v[k], m->arena, own, test->n, like);
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
		r->figure.kind = FIG_BAND;
		r->figure.title = "chances foreseen and what came";
		r->figure.x_label = "chance foreseen";
		r->figure.y_label = "share that left";
		r->figure.ref = NAN;
		table_col(&r->figure.data, "foreseen", COL_SHARE, NULL, 1);
		table_col(&r->figure.data, "came", COL_SHARE, NULL, 1);
		table_col(&r->figure.data, "lo", COL_SHARE, NULL, 1);
		table_col(&r->figure.data, "hi", COL_SHARE, NULL, 1);
		for (size_t k = 0; k < n; k++) {
			put_real(&r->figure.data, part[k].chance);
			put_real(&r->figure.data, part[k].share);
			put_real(&r->figure.data, part[k].ci.lo);
			put_real(&r->figure.data, part[k].ci.hi);
		}
	}
	free(p);
	return WEND_OK;
}

/* ---- all of it ---- */

/* A text that tells single rows apart tells nothing of others. */
static bool is_id(const struct case_column *v, size_t n)
{
	return v->kind == CASE_TEXT || (v->kind == CASE_CATEGORY && (v->levels > LEVELS_MOST || (v->levels > 2 && v->levels * 4 > n)));
}

static void prepare(struct model *m)
{
	m->v = arena_zalloc(m->arena, (m->nterm + 1) * sizeof *m->v);
	m->median = arena_zalloc(m->arena, (m->nterm + 1) * sizeof *m->median);
	for (size_t k = 0; k < m->nterm; k++) {
		const struct case_column *v = &m->c->col[m->which[k]];
		regressor_of(&m->v[k], m->arena, v, m->c->n, v);
		if (v->kind == CASE_NUMBER)
			m->median[k] = median_of(v->number, m->c->n);
	}
	add_keys(m);
	m->d = (struct regress_data){ m->c->n, m->nterm, m->v, m->c->event, m->key };
}

static void estimate(struct model *m)
{
	add_lines(m);
	fill(m);
	m->raw = arena_alloc(m->arena, 3 * (m->nline + 1) * sizeof *m->raw);
	m->raw_se = m->raw + m->nline;
	m->curve_p = m->raw_se + m->nline;
	for (size_t k = 0; k < 3 * m->nline; k++)
		m->raw[k] = NAN;
	logit_fit(&m->adjusted, m->x, m->c->event, m->c->n, m->nline);
	raw_of(m);
	for (size_t k = 0; k < m->nline; k++)
		if (m->line[k].level == -1 && m->adjusted.status == LOGIT_OK && !m->adjusted.out[k])
			m->curve_p[k] = bent(m, k);
}

enum wend_err metric_churn_chances_cases(struct cases *c, struct cases *test, const struct chance_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct model m = { .arena = &r->arena, .c = c, .o = o };
	struct judged of_test = { 0 };
	struct chances_options co = CHANCES_OPTIONS_INIT;
	const char *aside[2] = { c->event_name, c->weight_name };
	const int64_t min_n = ro->min_n ? ro->min_n : MIN_N;
	size_t n = 0, *which = arena_alloc(&r->arena, (c->ncol + 1) * sizeof *which);
	enum wend_err e = churn_terms(which, &n, c, o->terms, aside, c->weight_name ? 2 : 1, err);
	if (e)
		return e;
	m.which = which;
	for (size_t k = 0; k < n; k++)
		if (is_id(&c->col[which[k]], c->n))
			line_add(&r->explain.text, "left out: %s (another text in nearly every row)", c->col[which[k]].name);
		else
			which[m.nterm++] = which[k];
	co.threads = o->threads;
	co.seed = (uint64_t)o->seed;
	co.model = !strcmp(o->model, "boost") ? CHANCES_BOOST : !strcmp(o->model, "auto") ? CHANCES_AUTO : CHANCES_LOGIT;
	prepare(&m);
	estimate(&m);
	m.chances = chances_fit(&m.d, &co);
	if (m.chances->additive)
		judge(&m.held, m.chances->held_out, c->event, c->n, ALPHA);
	if (test) {
		e = score(r, &m, test, &of_test, err);
	} else {
		columns(r);
		for (size_t k = 0; k < m.nline; k++)
			put_line(r, &m, k, min_n);
	}
	if (!e) {
		find(r, &m, test ? &of_test : NULL, min_n);
		define(r, &m);
		r->not_converged = strcmp(o->model, "auto") && !m.chances->additive && c->n;
	}
	chances_free(m.chances);
	logit_release(&m.adjusted);
	free(m.key);
	free(m.x);
	return e;
}
