/* Parameters that ltv model printed on another day, as places where the fits begin. A model
 * without a row, or with an empty one because it had no maximum then, begins as always; what
 * cannot be a place to begin is refused, because it is not what its owner believes it to be.
 */
#include "ltv_impl.h"

#include <math.h>

enum { AT_SPEND = BTYD_KINDS, AT_MODELS, AT_K = BTYD_PARAMS, AT_VALUES };

/* What the rows of one model tell. */
struct told {
	size_t row;                /* the first of them, from 1; 0: there is none */
	bool known[AT_VALUES], had[AT_VALUES]; /* had: the row is there, its number perhaps not */
	double v[AT_VALUES];
};

static const char *const spend_name[3] = { "p", "q", "gamma" };

static const char *model_name(int model)
{
	return model == AT_SPEND ? "gg" : ltv_model_name[model];
}

static const char *value_name(int model, int i)
{
	if (i == AT_K)
		return model == BTYD_MBGCNBD ? "k" : NULL;
	if (model == AT_SPEND)
		return i < 3 ? spend_name[i] : NULL;
	return btyd_param_name[model][i];
}

static struct sv text_of(const struct table *t, size_t row, int col)
{
	const struct cell *c = table_at(t, row, (size_t)col);
	return c->state == CELL_VALUE ? sv_trim(c->s) : SV("");
}

/* Of a model that a start can be for; -1: of a naive forecast, -2: of none of these. */
static int model_of(struct sv name)
{
	for (int i = 0; i < AT_MODELS; i++)
		if (sv_is(name, model_name(i)))
			return i;
	for (int i = 0; i < LTV_NAIVE; i++)
		if (sv_is(name, ltv_naive_name[i]))
			return -1;
	return -2;
}

static int value_of_model(int model, struct sv name)
{
	for (int i = 0; i < AT_VALUES; i++)
		if (value_name(model, i) && sv_is(name, value_name(model, i)))
			return i;
	return -1;
}

/* Where a parameter of this name can be: above 0, q above 1, k whole. */
static bool can_be(int model, int i, double v)
{
	if (!isfinite(v))
		return false;
	if (i == AT_K)
		return v == floor(v) && v >= 2 && v <= BTYD_K_MAX;
	return v > (model == AT_SPEND && i == 1 ? 1.0 : 0.0);
}

/* A row of the table stands in the line after it: the header is the first. */
static enum wend_err read_row(struct told *told, const struct ltv_options *o, const int col[3], size_t row, struct err *err)
{
	const struct sv name = text_of(o->start, row, col[0]), parameter = text_of(o->start, row, col[1]), text = text_of(o->start, row, col[2]);
	const int model = model_of(name), i = model < 0 ? -1 : value_of_model(model, parameter);
	double v = NAN;
	if (model == -2)
		return err_set(err, WEND_E_INPUT, "'%s:%zu': '%.*s' is no model that '--start' begins; it reads bgnbd, mbgnbd, pnbd, mbgcnbd and gg, as 'wend ltv model' prints them", o->start_name,
			       row + 2, (int)name.n, name.p);
	if (i < 0)
		return WEND_OK;
	struct told *t = &told[model];
	t->row = t->row ? t->row : row + 1;
	if (t->had[i])
		return err_set(err, WEND_E_INPUT, "'%s:%zu': '%.*s' of '%.*s' stands there twice; give '--start' one table", o->start_name, row + 2, (int)parameter.n, parameter.p, (int)name.n, name.p);
	t->had[i] = true;
	if (!text.n)
		return WEND_OK;
	if (!sv_real(text, &v) || !can_be(model, i, v))
		return err_set(err, WEND_E_INPUT, "'%s:%zu': '%.*s' cannot be '%.*s' of '%.*s', which is %s; correct it or leave out the rows of this model", o->start_name, row + 2, (int)text.n, text.p,
			       (int)parameter.n, parameter.p, (int)name.n, name.p, i == AT_K ? "whole, 2 to 8" : model == AT_SPEND && i == 1 ? "above 1" : "above 0");
	t->known[i] = true;
	t->v[i] = v;
	return WEND_OK;
}

/* All values of a model, or none. */
static enum wend_err complete(bool *whole, const struct told *t, int model, const struct ltv_options *o, struct err *err)
{
	bool any = false;
	const char *without = NULL;
	for (int i = 0; i < AT_VALUES; i++) {
		if (!value_name(model, i))
			continue;
		any = any || (t->known[i] && i != AT_K);
		without = t->known[i] || without ? without : value_name(model, i);
	}
	*whole = t->row && !without;
	if (any && without)
		return err_set(err, WEND_E_INPUT, "'%s:%zu': '%s' begins here without its '%s'; give '--start' the whole table of 'wend ltv model'", o->start_name, t->row + 1, model_name(model), without);
	return WEND_OK;
}

/* A table that no fit of this run can begin at is the wrong one. */
static enum wend_err of_use(const struct told *told, const struct ltv_options *o, struct err *err)
{
	enum btyd_kind only;
	bool automatic;
	if (ltv_model_parse(o, &only, &automatic, err))
		return err->code;
	for (int i = 0; i < BTYD_KINDS; i++)
		if ((automatic || i == (int)only) && told[i].row)
			return WEND_OK;
	const char *which = automatic ? "a purchase model" : ltv_model_name[only];
	return err_set(err, WEND_E_INPUT, "'%s' has no parameters of %s%s%s; print them with 'wend ltv model%s%s' or leave out '--start'", o->start_name, automatic ? "" : "'", which, automatic ? "" : "'",
		       automatic ? "" : " --model ", automatic ? "" : which);
}

enum wend_err ltv_start_read(struct ltv_start *s, const struct ltv_options *o, struct err *err)
{
	static const char *const needed[3] = { "model", "parameter", "estimate" };
	struct told told[AT_MODELS] = { { .row = 0 } };
	int col[3];
	*s = (struct ltv_start){ .has_spend = false };
	if (!o->start)
		return WEND_OK;
	for (int k = 0; k < 3; k++)
		if ((col[k] = table_find(o->start, sv_of(needed[k]))) < 0)
			return err_set(err, WEND_E_INPUT, "'%s' has no column '%s'; '--start' reads the table that 'wend ltv model' prints", o->start_name, needed[k]);
	for (size_t i = 0; i < o->start->nrow; i++)
		if (read_row(told, o, col, i, err))
			return err->code;
	if (of_use(told, o, err))
		return err->code;
	for (int m = 0; m < AT_MODELS; m++) {
		const double *v = told[m].v;
		bool *has = m == AT_SPEND ? &s->has_spend : &s->has[m];
		if (complete(has, &told[m], m, o, err))
			return err->code;
		if (m == AT_SPEND)
			s->spend = (struct spend_model){ v[0], v[1], v[2] };
		else
			s->v[m] = (struct btyd_model){ (enum btyd_kind)m, m == BTYD_MBGCNBD && *has ? (int)v[AT_K] : 1, { v[0], v[1], v[2], v[3] } };
	}
	return WEND_OK;
}
