/* Ways from tables of paths, and the words of the options. */
#include "attr_impl.h"
#include "wend/touch.h"

#include <math.h>

const char *const attr_model_name[ATTR_MODELS] = { "first", "last", "last_non_direct", "linear", "position", "wshape", "decay", "shapley", "markov", "shapley_markov" };

/* ---- options ---- */

/* "30d", "12h", "2 weeks", "inf" in seconds; a bare number has no unit. */
static bool duration(const char *text, double *seconds, bool *bare)
{
	static const struct { const char *name; double s; } units[] = {
		{ "s", 1 }, { "min", 60 }, { "h", 3600 }, { "hour", 3600 }, { "d", 86400 }, { "day", 86400 }, { "w", 604800 }, { "week", 604800 },
		{ "month", 2629800 }, { "year", 31557600 },
	};
	const struct sv all = sv_trim(sv_of(text));
	size_t digits = 0;
	double n;
	if (sv_is(all, "inf")) {
		*seconds = INFINITY;
		return true;
	}
	while (digits < all.n && ((all.p[digits] >= '0' && all.p[digits] <= '9') || all.p[digits] == '.'))
		digits++;
	struct sv unit = sv_trim(sv_n(all.p + digits, all.n - digits));
	if (!sv_real(sv_n(all.p, digits), &n) || !(n > 0))
		return false;
	*bare = !unit.n;
	*seconds = n;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (sv_is(unit, units[i].name) || (unit.n > 3 && unit.p[unit.n - 1] == 's' && sv_is(sv_n(unit.p, unit.n - 1), units[i].name))) {
			*seconds = n * units[i].s;
			return true;
		}
	return !unit.n;
}

static enum wend_err read_model(struct attr_terms *t, const struct attribution_options *o, struct err *err)
{
	t->model = o->last_non_direct ? (enum attr_model)RULE_LAST_NON_DIRECT : ATTR_MARKOV;
	for (int m = 0; o->model && m < ATTR_MODELS; m++)
		if (!strcmp(o->model, attr_model_name[m]))
			t->model = (enum attr_model)m;
	t->order = 1;
	if (o->order)
		t->order = strcmp(o->order, "auto") ? *o->order - '0' : 0;
	if (t->order < 0 || t->order > CHAIN_ORDER_MAX)
		return err_set(err, WEND_E_USAGE, "'%s' is no order; there are 1, 2, 3, 4 and auto", o->order);
	return WEND_OK;
}

enum wend_err attr_terms_read(struct attr_terms *t, const struct attribution_options *o, bool from_store, struct err *err)
{
	bool bare = false;
	*t = (struct attr_terms){ .from_store = from_store, .lookback_s = 30 * 86400.0, .half_life = from_store ? 7 * 86400.0 : 7, .reuse = o->reuse };
	if (read_model(t, o, err))
		return err->code;
	if (!from_store && (o->lookback || o->conversion || o->touch || o->reuse || o->credits || o->order_channel))
		return err_set(err, WEND_E_USAGE, "a table of paths has no times and no customers; '--%s' goes with the store",
			o->lookback ? "lookback" : o->conversion ? "conversion" : o->touch ? "touch" : o->reuse ? "reuse" : o->credits ? "credits" : "order-channel");
	if (o->lookback && (!duration(o->lookback, &t->lookback_s, &bare) || bare))
		return err_set(err, WEND_E_USAGE, "'%s' is no lookback; write it as 30d, 12h, 4 weeks or inf", o->lookback);
	if (o->half_life && (!duration(o->half_life, &t->half_life, &bare) || isinf(t->half_life) || bare == from_store))
		return err_set(err, WEND_E_USAGE, from_store ? "'%s' is no half-life; write it as 7d or 12h" : "a table of paths has no times: give the half-life '%s' in steps, as a number",
			o->half_life);
	t->first_only = o->conversion && !strcmp(o->conversion, "first");
	if (o->conversion && !t->first_only && strcmp(o->conversion, "purchase"))
		t->step = sv_of(o->conversion);
	return WEND_OK;
}

bool *attr_direct(const struct chain_paths *p)
{
	bool *is = xcalloc(p->channels + 1, sizeof *is);
	for (size_t c = 0; c < p->channels; c++)
		is[c] = sv_ieq(p->name[c], SV("direct")) || sv_ieq(p->name[c], SV("(direct)"));
	return is;
}

/* ---- tables ---- */

struct columns {
	int path, conversions, value, nulls;
};
struct reading {
	struct chain_set *set;
	uint32_t *way;
	size_t n, cap;
	struct str step;
	int64_t rows, empty;
};

static enum wend_err number_in(double *out, const struct table *t, size_t row, int col, bool negative, int64_t line, struct err *err)
{
	*out = 0;
	if (col < 0)
		return WEND_OK;
	const struct cell *c = table_at(t, row, (size_t)col);
	if (c->state != CELL_VALUE || !c->s.n)
		return WEND_OK;
	int64_t whole;
	if (sv_int(c->s, &whole))
		*out = (double)whole;
	else if (!sv_real(c->s, out))
		return err_set(err, WEND_E_INPUT, "row %lld: '%.*s' in column '%s' is no number", (long long)line, (int)c->s.n, c->s.p, t->col[col].name);
	if (isfinite(*out) && (negative || *out >= 0))
		return WEND_OK;
	return err_set(err, WEND_E_INPUT, "row %lld: '%.*s' in column '%s' cannot be counted", (long long)line, (int)c->s.n, c->s.p, t->col[col].name);
}

static bool blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* As path_next, of a path without a quote: nearly all. Names are cut without a copy. */
static void read_plain(struct reading *r, struct sv rest)
{
	const char *at = rest.p, *const last = rest.p + rest.n;
	while (at) {
		const char *from = at, *to = at;
		while (to < last && *to != '>')
			to++;
		at = to < last ? to + 1 : NULL;
		while (from < to && blank(*from))
			from++;
		while (to > from && blank(to[-1]))
			to--;
		const struct sv name = sv_n(from, (size_t)(to - from));
		if (!at && (!name.n || sv_is(name, PATH_NONE)))
			break;
		GROW(r->way, r->cap, r->n + 1);
		r->way[r->n++] = chain_channel(r->set, name);
	}
}

static enum wend_err read_row(struct reading *r, const struct table *t, size_t row, const struct columns *c, struct err *err)
{
	const struct cell *cell = table_at(t, row, (size_t)c->path);
	struct sv rest = cell->state == CELL_VALUE ? cell->s : SV_NONE;
	double conversions, value, nulls;
	bool damaged = false;
	r->rows++;
	if (number_in(&conversions, t, row, c->conversions, false, r->rows, err) || number_in(&value, t, row, c->value, true, r->rows, err) ||
	    number_in(&nulls, t, row, c->nulls, false, r->rows, err))
		return err->code;
	r->n = 0;
	if (rest.n && !memchr(rest.p, '"', rest.n))
		read_plain(r, rest);
	else
		while (path_next(&rest, &r->step, &damaged)) {
			GROW(r->way, r->cap, r->n + 1);
			r->way[r->n++] = chain_channel(r->set, str_view(&r->step));
		}
	if (damaged)
		return err_set(err, WEND_E_INPUT, "row %lld: a quote in the path is left open or followed by text", (long long)r->rows);
	r->empty += !r->n;
	if (!chain_add(r->set, r->way, r->n, conversions, value, nulls))
		return err_set(err, WEND_E_INPUT, "row %lld: more than %d different channels", (long long)r->rows, CHAIN_CHANNELS_MAX);
	return WEND_OK;
}

static enum wend_err columns_of(struct columns *c, const struct table *t, struct err *err)
{
	*c = (struct columns){ table_find(t, SV("path")), table_find(t, SV("total_conversions")), table_find(t, SV("total_conversion_value")), table_find(t, SV("total_null")) };
	if (c->path < 0 || c->conversions < 0)
		return err_set(err, WEND_E_INPUT, "the table has no column '%s'; a table of paths has path, total_conversions, total_conversion_value, total_null",
			c->path < 0 ? "path" : "total_conversions");
	return WEND_OK;
}

enum wend_err attr_paths_read(struct attr_paths *out, struct table *from, size_t n, struct err *err)
{
	struct reading r = { .set = chain_set_new() };
	enum wend_err e = WEND_OK;
	*out = (struct attr_paths){ .minor = 1 };
	for (size_t i = 0; i < n && !e; i++) {
		struct columns c;
		e = columns_of(&c, &from[i], err);
		if (e)
			break;
		do {
			for (size_t row = 0; row < from[i].nrow && !e; row++)
				e = read_row(&r, &from[i], row, &c, err);
		} while (!e && table_more(&from[i]));
	}
	free(r.way);
	str_release(&r.step);
	if (e) {
		chain_set_free(r.set);
		return e;
	}
	out->empty = r.empty;
	out->p = chain_close(r.set);
	return WEND_OK;
}
