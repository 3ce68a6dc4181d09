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
#include "logitmodel.h"
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/par.h"
#include "wend/spline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BENDS = 4, LEVELS_MOST = 100 };

/* ---- columns ---- */

static double median_of(const double *x, size_t n)
{
	double *v = xcalloc(n + 1, sizeof *v);
	const size_t k = sort_known(v, x, n);
	const double m = k ? v[k / 2] : 0;
	free(v);
	return m;
}

void logit_regressor(struct regressor *out, struct arena *a, const struct case_column *v, size_t n, const struct case_column *like)
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
static void add_keys(struct logit_model *m)
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

static void add_line(struct logit_model *m, size_t term, int64_t level, const char *label)
{
	m->line[m->nline++] = (struct logit_line){ .term = term, .level = level, .label = label };
}

static void add_lines(struct logit_model *m)
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

static double line_at(const struct logit_model *m, const struct logit_line *l, size_t i)
{
	const struct regressor *v = &m->v[l->term];
	if (v->x)
		return l->level == -2 ? isnan(v->x[i]) : isnan(v->x[i]) ? m->median[l->term] : v->x[i];
	return l->level == -2 ? v->code[i] < 0 : v->code[i] == l->level;
}

static void fill(struct logit_model *m)
{
	const size_t n = m->c->n;
	m->x = xcalloc(n * m->nline + 1, sizeof *m->x);
	for (size_t k = 0; k < m->nline; k++) {
		struct logit_line *l = &m->line[k];
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
static double *columns_of(const struct logit_model *m, size_t first, size_t k, size_t more)
{
	const size_t n = m->c->n;
	double *x = xcalloc(n * (k + more) + 1, sizeof *x);
	for (size_t i = 0; i < n; i++)
		memcpy(x + i * (k + more), m->x + i * m->nline + first, k * sizeof *x);
	return x;
}

static void raw_of(struct logit_model *m)
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

static double bent(const struct logit_model *m, size_t line)
{
	const size_t n = m->c->n, q = m->nline;
	const double *number = m->v[m->line[line].term].x;
	double *sorted = xcalloc(n + 1, sizeof *sorted), p = NAN;
	struct spline s;
	struct logit_fit f;
	const size_t known = sort_known(sorted, number, n);
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

/* ---- all of it ---- */

/* A text that tells single rows apart tells nothing of others. */
static bool is_id(const struct case_column *v, size_t n)
{
	return v->kind == CASE_TEXT || (v->kind == CASE_CATEGORY && (v->levels > LEVELS_MOST || (v->levels > 2 && v->levels * 4 > n)));
}

static void prepare(struct logit_model *m)
{
	m->v = arena_zalloc(m->arena, (m->nterm + 1) * sizeof *m->v);
	m->median = arena_zalloc(m->arena, (m->nterm + 1) * sizeof *m->median);
	for (size_t k = 0; k < m->nterm; k++) {
		const struct case_column *v = &m->c->col[m->which[k]];
		logit_regressor(&m->v[k], m->arena, v, m->c->n, v);
		if (v->kind == CASE_NUMBER)
			m->median[k] = median_of(v->number, m->c->n);
	}
	add_keys(m);
	m->d = (struct regress_data){ m->c->n, m->nterm, m->v, m->c->event, m->key };
}

static void estimate(struct logit_model *m)
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
	struct logit_model m = { .arena = &r->arena, .c = c, .o = o };
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
		e = logit_score(r, &m, test, &of_test, err);
	} else {
		logit_table(r, &m, min_n);
	}
	if (!e) {
		logit_say(r, &m, test ? &of_test : NULL, min_n);
		r->not_converged = strcmp(o->model, "auto") && !m.chances->additive && c->n;
	}
	chances_free(m.chances);
	logit_release(&m.adjusted);
	free(m.key);
	free(m.x);
	return e;
}
