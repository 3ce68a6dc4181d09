/* Any printed table as a figure: the columns a kind needs, taken from where they are. */
#include "out/plottable.h"

#include <math.h>

#include "out/writers.h"
#include "wend/mem.h"
#include "wend/opt.h"

/* ---- what the user named ---- */

static enum wend_err no_column(const struct table *t, struct sv name, struct err *err)
{
	const char **names = xcalloc(t->ncol + 1, sizeof *names), *near;
	struct str word = STR_INIT, list = STR_INIT;

	str_sv(&word, name);
	for (size_t c = 0; c < t->ncol; c++) {
		names[c] = t->col[c].name;
		if (list.n < 300)
			str_printf(&list, "%s%s", c ? ", " : "", names[c]);
	}
	near = suggest(word.p ? word.p : "", names);
	if (near)
		err_set(err, WEND_E_USAGE, "no column '%s'; did you mean '%s'?", word.p ? word.p : "", near);
	else
		err_set(err, WEND_E_USAGE, "no column '%s'; the table has %s", word.p ? word.p : "", list.p ? list.p : "none");
	free(names);
	str_release(&word);
	str_release(&list);
	return WEND_E_USAGE;
}

static enum wend_err one_column(int *out, const struct table *t, const char *name, bool number, struct err *err)
{
	*out = -1;
	if (!name)
		return WEND_OK;
	*out = column_named(t, name);
	if (*out < 0)
		return no_column(t, sv_of(name), err);
	if (number && t->nrow && !is_number(t, *out))
		return err_set(err, WEND_E_USAGE, "column '%s' holds words or dates; a number is needed there", name);
	return WEND_OK;
}

static enum wend_err named_roles(struct roles *r, const struct table *t, const struct plot_choice *c, struct err *err)
{
	struct sv rest = sv_of(c->y), one;

	*r = (struct roles){ .x = -1, .group = -1, .lo = -1, .hi = -1, .n = -1, .size = -1, .flag = -1 };
	if (c->kind && !fig_kind_parse(c->kind, &r->kind))
		return err_set(err, WEND_E_USAGE, "unknown kind of figure '%s'; use one of " FIGURES, c->kind);
	if (one_column(&r->x, t, c->x, false, err) || one_column(&r->group, t, c->group, false, err) || one_column(&r->lo, t, c->lo, true, err) ||
	    one_column(&r->hi, t, c->hi, true, err) || one_column(&r->n, t, c->n, true, err))
		return err->code;
	if ((r->lo < 0) != (r->hi < 0))
		return err_set(err, WEND_E_USAGE, "'--lo' and '--hi' come together");
	while (c->y && sv_cut(&rest, ',', &one)) {
		int at = table_find(t, one);
		if (at < 0)
			return no_column(t, one, err);
		if (t->nrow && !is_number(t, at) && r->kind != FIG_DOTTED)
			return err_set(err, WEND_E_USAGE, "column '%.*s' holds words or dates; '--y' needs numbers", (int)one.n, one.p);
		if (r->ny == MOST_Y)
			return err_set(err, WEND_E_USAGE, "'--y' names more than %d columns", MOST_Y);
		r->y[r->ny++] = at;
	}
	return WEND_OK;
}

/* Decimals go by the rows that are drawn, the same for a value and its limits. */
static void settle_digits(struct table *d)
{
	double most = 0;

	for (size_t c = 1; c < d->ncol && c < 4; c++)
		for (size_t i = 0; i < d->nrow; i++)
			if (d->col[c].type == COL_REAL && table_at(d, i, c)->state == CELL_VALUE)
				most = fmax(most, fabs(table_at(d, i, c)->d));
	for (size_t c = 1; c < d->ncol && c < 4; c++)
		if (d->col[c].type == COL_REAL)
			d->col[c].digits = (int8_t)decimals_for(most);
}

/* "churn_rate" -> "churn rate", with the unit behind a comma. */
static const char *words_of(struct figure *f, const char *name, const char *unit)
{
	char *s = arena_printf(&f->data.arena, "%s%s%s", name, unit && *unit ? ", " : "", unit ? unit : "");

	for (char *p = s; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	return s;
}

static void put_n(struct figure *f, const struct table *t, const struct roles *r)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;
	struct str s = STR_INIT;

	for (size_t i = 0; i < t->nrow && r->n >= 0 && t->col[r->n].type == COL_INT; i++) {
		const struct cell *v = table_at(t, i, (size_t)r->n);
		if (v->state != CELL_VALUE || left_out(t, r, i))
			continue;
		lo = v->i < lo ? v->i : lo;
		hi = v->i > hi ? v->i : hi;
	}
	if (hi < lo || r->kind == FIG_HEAT || r->kind == FIG_STEP)
		return;
	str_puts(&s, "n = ");
	people_real(&s, (double)lo, 0);
	if (hi > lo) {
		str_puts(&s, " to ");
		people_real(&s, (double)hi, 0);
	}
	f->note = arena_strndup(&f->data.arena, s.p, s.n);
	str_release(&s);
}

static const char *several(struct figure *f, const struct table *t, const struct roles *r)
{
	struct str s = STR_INIT;
	const char *out;

	for (int k = 0; k < r->ny && k < 4; k++)
		str_printf(&s, "%s%s", k ? ", " : "", k == 3 && r->ny > 4 ? "..." : t->col[r->y[k]].name);
	out = arena_strndup(&f->data.arena, s.p ? s.p : "", s.n);
	str_release(&s);
	return out;
}

static void label(struct figure *f, const struct table *t, const struct roles *r, const struct plot_choice *c)
{
	const bool alluvial = r->kind == FIG_ALLUVIAL;
	const char *x = alluvial ? "position" : r->x < 0 ? "row" : t->col[r->x].name;
	const char *y = r->bridge ? "amount" : r->ny == 1 ? t->col[r->y[0]].name : several(f, t, r);
	const bool heat = r->kind == FIG_HEAT, dotted = r->kind == FIG_DOTTED;

	if (c->title)
		f->title = arena_strdup(&f->data.arena, c->title);
	else if (!f->title && r->bins)
		f->title = arena_printf(&f->data.arena, "%s of %zu rows", words_of(f, y, NULL), t->nrow);
	else if (!f->title && alluvial)
		f->title = "from step to step";
	else if (!f->title && r->group >= 0)
		f->title = arena_printf(&f->data.arena, "%s by %s and %s", words_of(f, y, NULL), words_of(f, t->col[r->group].name, NULL), words_of(f, x, NULL));
	else if (!f->title)
		f->title = arena_printf(&f->data.arena, "%s by %s", words_of(f, y, NULL), words_of(f, x, NULL));
	f->x_label = c->x_label ? arena_strdup(&f->data.arena, c->x_label) : r->bins ? words_of(f, y, c->unit) : r->kind == FIG_FOREST ? words_of(f, y, c->unit) : words_of(f, x, NULL);
	f->y_label = c->y_label ? arena_strdup(&f->data.arena, c->y_label) : r->bins ? "rows" : heat ? words_of(f, t->col[r->group].name, NULL) : dotted ? "" : r->ny > 1 ? (c->unit ? c->unit : "") : words_of(f, y, c->unit);
	if (r->n < 0 && r->kind != FIG_ALLUVIAL && !r->bridge) {
		struct roles with = *r;
		with.n = column_named(t, "n");
		put_n(f, t, &with);
	} else {
		put_n(f, t, r);
	}
	if (c->note)
		f->note = arena_strdup(&f->data.arena, c->note);
}

/* Ratios are compared on a log axis, around 1; shares may be asked for as per cent. */
static void scales(struct figure *f, const struct table *t, const struct roles *r, const struct plot_choice *c)
{
	const struct table *d = &f->data;
	bool ratio = r->kind == FIG_FOREST && r->ny && is_ratio(sv_of(t->col[r->y[0]].name));

	for (size_t i = 0; ratio && i < d->nrow; i++)
		for (size_t k = 1; k < 4; k++)
			ratio = table_at(d, i, k)->state != CELL_VALUE || number_at(d, i, (int)k) > 0;
	f->log_x = ratio || (c->log && strchr(c->log, 'x'));
	f->log_y = c->log && strchr(c->log, 'y');
	f->ref = isnan(c->ref) && ratio ? 1 : c->ref;
	if (ratio && isnan(c->ref))
		f->ref_name = "no effect";
	for (size_t k = 0; c->unit && !strcmp(c->unit, "%") && k < d->ncol; k++)
		if (d->col[k].type == COL_REAL && (k > 0 || r->bins))
			f->data.col[k].type = COL_SHARE;
}

static void tell(struct str *said, const struct table *t, const struct roles *r, const char *kind)
{
	size_t out = 0;

	for (size_t i = 0; i < t->nrow; i++)
		out += left_out(t, r, i);
	str_printf(said, "drawn as %s", kind);
	if (r->bridge)
		str_puts(said, " of the last row: start to end");
	else if (r->of_unit)
		str_printf(said, ": the measures in %s", *r->of_unit ? r->of_unit : "numbers");
	else {
		if (r->x >= 0 && !r->bins)
			str_printf(said, ", x %s", t->col[r->x].name);
		for (int k = 0; k < r->ny; k++)
			str_printf(said, "%s %s", k ? "," : ", y", t->col[r->y[k]].name);
		if (r->lo >= 0 && r->ny == 1)
			str_printf(said, " with %s and %s", t->col[r->lo].name, t->col[r->hi].name);
		if (r->group >= 0)
			str_printf(said, ", group %s", t->col[r->group].name);
	}
	str_printf(said, "; %zu rows", t->nrow - out);
	if (out)
		str_printf(said, ", %zu left out: %s", out, r->of_unit ? "of another unit or empty" : "not over yet (*)");
	str_putc(said, '.');
}

enum wend_err figure_of_table(struct figure *f, const struct table *texts, const struct plot_choice *c, struct str *said, struct err *err)
{
	struct table t;
	struct roles r;
	enum wend_err e;

	typed_table(&t, texts);
	e = named_roles(&r, &t, c, err);
	if (!e && !guess_roles(&r, &t) && t.nrow)
		e = err_set(err, WEND_E_USAGE, "no column of numbers to draw; name one with '--y'");
	if (!e && !t.nrow) { /* a header alone: the picture says that there is nothing */
		r.kind = FIG_LINE;
		table_col(&f->data, "x", COL_INT, NULL, -1);
		table_col(&f->data, "y", COL_INT, NULL, -1);
		f->title = c->title ? arena_strdup(&f->data.arena, c->title) : "";
		str_puts(said, "the table has no rows: there is nothing to draw.");
	} else if (!e && !(e = data_of(f, &t, &r, err))) {
		label(f, &t, &r, c);
		tell(said, &t, &r, fig_kind_name(r.kind));
		scales(f, &t, &r, c);
		settle_digits(&f->data);
	}
	f->kind = r.kind;
	table_release(&t);
	return e;
}
