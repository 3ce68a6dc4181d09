/* churn model --model cox: how many times as fast customers leave, by what is known of them; each
 * term by itself (raw) and beside all others (adjusted), because the two may point to opposite
 * sides: dear contracts look like a reason to leave until it is seen which contracts they are.
 * Whether a ratio holds at all times is tested beside it and always said.
 */
#include <math.h>

#include "coxmodel.h"
#include "tenure.h"

static bool listed(const char *list, const char *name, bool minus)
{
	struct sv rest = sv_of(list), one;
	while (list && sv_cut(&rest, ',', &one)) {
		one = sv_trim(one);
		if (minus && (!one.n || *one.p != '-'))
			continue;
		if (minus)
			one = sv_n(one.p + 1, one.n - 1);
		if (sv_is(one, name))
			return true;
	}
	return false;
}

enum wend_err churn_terms(size_t *which, size_t *n, const struct cases *c, const char *terms, const char *const *not_these, size_t nnot, struct err *err)
{
	struct sv rest = sv_of(terms), one;
	bool some = false;
	while (terms && sv_cut(&rest, ',', &one)) {
		one = sv_trim(one);
		const bool minus = one.n && *one.p == '-';
		if (minus)
			one = sv_n(one.p + 1, one.n - 1);
		some = some || !minus;
		bool there = false;
		for (size_t i = 0; i < c->ncol; i++)
			there = there || sv_is(one, c->col[i].name);
		if (!there)
			return err_set(err, WEND_E_USAGE, "'--terms': the table has no column '%.*s' for it", (int)one.n, one.p);
	}
	*n = 0;
	for (size_t i = 0; i < c->ncol; i++) {
		const char *name = c->col[i].name;
		bool out = some ? !listed(terms, name, false) : listed(terms, name, true);
		for (size_t k = 0; k < nnot; k++)
			out = out || listed(not_these[k], name, false);
		if (!out)
			which[(*n)++] = i;
	}
	return WEND_OK;
}

/* ---- columns of the model ---- */

static void add_column(struct cox_model *m, struct cox_term *t, struct cox_column col, const char *label, double n)
{
	if (m->p < COX_MAX) {
		m->col[m->p] = col;
		m->label[m->p] = label;
		m->n[m->p] = n;
		m->term_of[m->p] = (size_t)(t - m->term);
	}
	m->p++;
	t->n++;
}

static enum wend_err make_columns(struct cox_model *m, const struct cases *c, const size_t *which, size_t n, struct err *err)
{
	m->term = arena_zalloc(m->arena, (n + 1) * sizeof *m->term);
	for (size_t i = 0; i < n; i++) {
		const struct case_column *v = &c->col[which[i]];
		struct cox_term *t = &m->term[m->nterm];
		if (v->kind == CASE_TEXT || (v->kind == CASE_CATEGORY && v->levels > COX_MAX)) {
			str_printf(&m->left_out, "%s%s", m->left_out.n ? ", " : "", v->name);
			continue;
		}
		*t = (struct cox_term){ .column = v, .first = m->p };
		m->nterm++;
		if (v->kind == CASE_NUMBER)
			add_column(m, t, (struct cox_column){ v->number, NULL, 0 }, v->name, (double)((int64_t)c->n - v->missing));
		for (size_t k = 0; v->kind == CASE_CATEGORY && k < v->levels; k++)
			if (k != v->reference)
				add_column(m, t, (struct cox_column){ NULL, v->code, (uint16_t)k },
					   arena_printf(m->arena, "%s=%.*s", v->name, (int)v->level[k].name.n, v->level[k].name.p), (double)v->level[k].rows);
	}
	if (m->p > COX_MAX)
		return err_set(err, WEND_E_USAGE, "the terms make %zu columns; %d are the most: name some by '--terms A,B', or leave some out by '--terms -C'", m->p, COX_MAX);
	return WEND_OK;
}

/* Terms of one column by themselves, among the same rows and strata, all in one go. */
static void fit_raw_columns(struct cox_model *m, struct cox *x)
{
	struct cox_alone alone[COX_MAX];
	size_t cols[COX_MAX], n = 0;
	for (size_t j = 0; j < m->p; j++)
		if (m->term[m->term_of[j]].n == 1)
			cols[n++] = j;
	cox_alone(alone, x, cols, m->f.events > 0 ? n : 0, m->ties);
	for (size_t i = 0; i < n; i++) {
		m->raw[cols[i]] = m->f.events > 0 ? alone[i].coef : NAN;
		m->raw_se[cols[i]] = m->f.events > 0 ? alone[i].se : NAN;
	}
}

/* Terms of several columns by themselves. */
static void fit_raw_terms(struct cox_model *m, struct cox *x)
{
	struct cox_fit *f = xmalloc(sizeof *f);
	size_t cols[COX_MAX];
	for (size_t i = 0; i < m->nterm; i++) {
		const struct cox_term *t = &m->term[i];
		if (t->n == 1)
			continue;
		for (size_t k = 0; k < t->n; k++)
			cols[k] = t->first + k;
		cox_run(f, x, cols, t->n, m->ties);
		for (size_t k = 0; k < t->n; k++) {
			const bool ok = f->state[k] == COX_KEPT && f->events > 0;
			m->raw[t->first + k] = ok ? f->coef[k] : NAN;
			m->raw_se[t->first + k] = ok ? sqrt(f->cov[k * t->n + k]) : NAN;
		}
	}
	free(f);
}

/* A single term: by itself is what there is. */
static void raw_is_all(struct cox_model *m)
{
	for (size_t j = 0; j < m->p; j++) {
		const bool ok = m->f.state[j] == COX_KEPT && m->f.events > 0;
		m->raw[j] = ok ? m->f.coef[j] : NAN;
		m->raw_se[j] = ok ? sqrt(m->f.cov[j * m->p + j]) : NAN;
	}
}

static void count_events(struct cox_model *m, const struct cases *c)
{
	for (size_t j = 0; j < m->p; j++) {
		const struct cox_column *v = &m->col[j];
		for (size_t i = 0; i < c->n; i++)
			if (c->event[i] && (v->number ? !isnan(v->number[i]) : v->code[i] == v->level))
				m->events[j] += c->weight ? c->weight[i] : 1;
	}
}

static enum wend_err clusters(uint32_t **of, size_t *n, struct cases *c, const char *name, struct err *err)
{
	struct case_groups g;
	if (!name)
		return WEND_OK;
	if (cases_group(&g, c, &name, 1, err))
		return err->code;
	*of = xreallocarray(NULL, c->n + 1, sizeof **of);
	for (size_t i = 0; i < c->n; i++)
		(*of)[i] = g.of[i];
	*n = g.n;
	case_groups_release(&g);
	return WEND_OK;
}

static void fit(struct cox_model *m, const struct cox_data *d, const struct cox_options *o)
{
	static const char *const scales[] = { [COX_KM] = "km", [COX_IDENTITY] = "identity", [COX_RANK] = "rank", [COX_LOG] = "log" };
	struct cox *x = cox_new(d, o->threads);
	for (int k = 0; o->scale && k < 4; k++)
		if (!strcmp(o->scale, scales[k]))
			m->scale = (enum cox_scale)k;
	cox_foresee_steady(x, m->scale);
	cox_run(&m->f, x, NULL, m->p, m->ties);
	if (d->cluster)
		cox_robust(&m->f, x, NULL, m->ties);
	cox_steady(&m->f, x, NULL, m->ties, m->scale);
	/* what needs all columns first: the concordance gives their room away */
	if (m->nterm == 1)
		raw_is_all(m);
	else
		fit_raw_columns(m, x);
	cox_concordance(&m->f, x, NULL);
	if (m->nterm > 1)
		fit_raw_terms(m, x);
	cox_free(x);
}

enum wend_err metric_churn_cox_cases(struct cases *c, const struct cox_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct cox_model *m = xcalloc(1, sizeof *m);
	struct case_groups strata = { 0 };
	uint32_t *cluster = NULL;
	size_t nclusters = 0, n = 0, nstrata = 0;
	size_t *which = xreallocarray(NULL, c->ncol + 1, sizeof *which);
	const char *const aside[] = { o->strata, o->cluster };
	const char *names[16];
	struct sv rest = sv_of(o->strata), one;
	m->arena = &r->arena;
	m->ties = o->ties && !strcmp(o->ties, "breslow") ? COX_BRESLOW : COX_EFRON;
	m->min_n = ro->min_n ? ro->min_n : MIN_N;
	m->o = o;
	while (o->strata && nstrata < 16 && sv_cut(&rest, ',', &one))
		names[nstrata++] = arena_strndup(&r->arena, sv_trim(one).p, sv_trim(one).n);
	enum wend_err e = churn_terms(which, &n, c, o->terms, aside, 2, err);
	if (!e)
		e = make_columns(m, c, which, n, err);
	if (!e && nstrata)
		e = cases_group(&strata, c, names, nstrata, err);
	if (!e)
		e = clusters(&cluster, &nclusters, c, o->cluster, err);
	if (!e) {
		const struct cox_data d = { c->n, m->p, m->col, c->time, c->entry, c->weight, c->event, nstrata ? strata.of : NULL, cluster, nclusters };
		fit(m, &d, o);
		count_events(m, c);
		cox_report(r, m, c);
	}
	case_groups_release(&strata);
	free(cluster);
	free(which);
	str_release(&m->left_out);
	free(m);
	return e;
}

enum wend_err metric_churn_cox(const struct population *p, const struct cox_options *o, const struct churn_options *co, const struct report_options *ro, struct report *r, struct err *err)
{
	struct tenure t;
	const char *fields = o->terms;
	if (!o->terms || *o->terms == '-')
		return err_set(err, WEND_E_USAGE, "'--terms FIELD,...' says what leaving may depend on: plan, country, acquired_channel ...");
	if (o->strata)
		fields = arena_printf(&r->arena, "%s,%s", o->terms, o->strata);
	enum wend_err e = tenure_cases(&t, p, co, fields, true, true, ro, err);
	if (!e)
		e = metric_churn_cox_cases(&t.c, o, ro, r, err);
	if (!e)
		e = tenure_say(&r->finding, &t, p, err);
	if (!e) {
		str_printf(&r->definition, "; %s", t.said.p ? t.said.p : "");
		r->explain.nrow = 0;
		report_scope(r, p, &t.counts);
	}
	tenure_release(&t);
	return e;
}
