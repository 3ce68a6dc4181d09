/* The figure's own columns, taken from where they stand in the table. */
#include <math.h>

#include "out/plot.h"
#include "out/plottable.h"
#include "wend/mem.h"

/* ---- cells and columns ---- */

/* A number of the table as it stands; NaN when empty. */
double number_at(const struct table *t, size_t r, int c)
{
	const struct cell *v = table_at(t, r, (size_t)c);

	return v->state != CELL_VALUE ? NAN : t->col[c].type == COL_INT ? (double)v->i : v->d;
}

static void add_column(struct table *to, const struct table *from, int c, const char *name, enum col_type absent)
{
	const struct column *col = c < 0 ? NULL : &from->col[c];
	const int at = table_col(to, name ? name : col->name, col ? col->type : absent, NULL, col ? col->digits : -1);

	to->col[at].exponent = col ? col->exponent : 0;
}

/* Limits are what the value is: a share, or a number. */
static void add_limit(struct table *to, const struct table *from, int c, const char *name, int y)
{
	add_column(to, from, c, name, COL_REAL);
	if (c >= 0 && from->col[c].type == COL_REAL && from->col[y].type == COL_SHARE)
		to->col[to->ncol - 1].type = COL_SHARE;
}

static void add_text_column(struct table *to, const char *name)
{
	table_col(to, name, COL_TEXT, NULL, -1);
}

static void put_words(struct table *to, const struct table *from, size_t r, int c)
{
	struct str s = STR_INIT;

	cell_text(&s, &from->col[c], table_at(from, r, (size_t)c), NULL);
	put_text(to, str_view(&s));
	str_release(&s);
}

static void put_cell(struct table *to, const struct table *from, size_t r, int c)
{
	const struct cell *v = c < 0 ? NULL : table_at(from, r, (size_t)c);

	if (!v || v->state == CELL_EMPTY) {
		put_empty(to);
		return;
	}
	if (v->state == CELL_FEW) {
		put_few(to);
		return;
	}
	switch (from->col[c].type) {
	case COL_TEXT:
		put_text(to, v->s);
		break;
	case COL_REAL:
	case COL_SHARE:
		put_real(to, v->d);
		break;
	case COL_INT:
	case COL_MONEY:
	case COL_DAY:
	case COL_TIME:
		put_int(to, v->i);
		break;
	}
}

static bool flagged(const struct table *t, const struct roles *r, size_t row, const char *flag)
{
	const struct cell *v = r->flag < 0 || t->col[r->flag].type != COL_TEXT ? NULL : table_at(t, row, (size_t)r->flag);

	return v && v->state == CELL_VALUE && sv_is(v->s, flag);
}

/* A period that is not over would look like a fall; other units make no picture together. */
bool left_out(const struct table *t, const struct roles *r, size_t row)
{
	if (flagged(t, r, row, "*"))
		return true;
	if (r->of_unit) {
		const struct cell *u = table_at(t, row, (size_t)column_named(t, "unit"));
		return u->state != CELL_VALUE || !sv_is(u->s, r->of_unit) || table_at(t, row, (size_t)(r->lo < 0 ? r->y[0] : r->lo))->state != CELL_VALUE;
	}
	return false;
}

static void put_y(struct table *to, const struct table *t, const struct roles *r, size_t row, int c)
{
	if (table_at(t, row, (size_t)c)->state == CELL_EMPTY && flagged(t, r, row, "few"))
		put_few(to);
	else
		put_cell(to, t, row, c);
}

/* The label of a row: x with its group, for a summary the measure with its group. */
static void put_label(struct table *to, const struct table *t, const struct roles *r, size_t row, int group)
{
	struct str s = STR_INIT;

	if (r->x < 0) {
		str_printf(&s, "%zu", row + 1);
	} else {
		cell_text(&s, &t->col[r->x], table_at(t, row, (size_t)r->x), NULL);
		if (group >= 0 && table_at(t, row, (size_t)group)->state == CELL_VALUE) {
			str_putc(&s, ' ');
			cell_text(&s, &t->col[group], table_at(t, row, (size_t)group), NULL);
		}
	}
	put_text(to, str_view(&s));
	str_release(&s);
}

/* ---- the figure's columns, by kind ---- */

static void curves_from(struct table *d, const struct table *t, const struct roles *r)
{
	add_column(d, t, r->x, r->x < 0 ? "row" : NULL, COL_INT);
	add_column(d, t, r->y[0], NULL, COL_REAL);
	for (int k = 0; k < 2; k++)
		add_limit(d, t, k ? r->hi : r->lo, k ? "hi" : "lo", r->y[0]);
	if (r->kind == FIG_STEP && r->n >= 0)
		add_column(d, t, r->n, "n", COL_INT);
	if (r->group >= 0)
		add_text_column(d, t->col[r->group].name);
	for (size_t i = 0; i < t->nrow; i++) {
		if (left_out(t, r, i))
			continue;
		if (r->x < 0)
			put_int(d, (int64_t)i + 1);
		else
			put_cell(d, t, i, r->x);
		put_cell(d, t, i, r->y[0]);
		put_cell(d, t, i, r->lo);
		put_cell(d, t, i, r->hi);
		if (r->kind == FIG_STEP && r->n >= 0)
			put_cell(d, t, i, r->n);
		if (r->group >= 0)
			put_words(d, t, i, r->group);
	}
}

static void wide_from(struct table *d, const struct table *t, const struct roles *r)
{
	add_column(d, t, r->x, r->x < 0 ? "row" : NULL, COL_INT);
	for (int k = 0; k < r->ny; k++)
		add_column(d, t, r->y[k], NULL, COL_REAL);
	for (size_t i = 0; i < t->nrow; i++) {
		if (left_out(t, r, i))
			continue;
		if (r->x < 0)
			put_int(d, (int64_t)i + 1);
		else
			put_cell(d, t, i, r->x);
		for (int k = 0; k < r->ny; k++)
			put_cell(d, t, i, r->y[k]);
	}
}

/* A row's cell as text that lives in the figure. */
static struct sv text_of(struct table *d, const struct table *t, size_t r, int c)
{
	const struct cell *v = table_at(t, r, (size_t)c);
	struct str s = STR_INIT;

	if (t->col[c].type == COL_TEXT)
		return v->state == CELL_VALUE ? v->s : SV("");
	cell_text(&s, &t->col[c], v, NULL);
	const struct sv out = sv_n(arena_strndup(&d->arena, s.p ? s.p : "", s.n), s.n);
	str_release(&s);
	return out;
}

/* One column a group, one row a place: what a stack is made of. */
static void pivot(struct table *d, const struct table *t, const struct roles *r)
{
	struct words names = { 0 }, places = { 0 };
	size_t *first = xcalloc(t->nrow + 1, sizeof *first);

	for (size_t i = 0; i < t->nrow; i++) {
		const size_t before = places.n;
		if (left_out(t, r, i))
			continue;
		words_add(&names, text_of(d, t, i, r->group));
		if (words_add(&places, text_of(d, t, i, r->x)) == before)
			first[before] = i;
	}
	add_column(d, t, r->x, NULL, COL_INT);
	for (size_t k = 0; k < names.n; k++)
		add_column(d, t, r->y[0], arena_strndup(&d->arena, names.v[k].p, names.v[k].n), COL_REAL);
	for (size_t p = 0; p < places.n; p++) {
		put_cell(d, t, first[p], r->x);
		for (size_t k = 0; k < names.n; k++)
			put_empty(d);
	}
	for (size_t i = 0; i < t->nrow; i++)
		if (!left_out(t, r, i))
			*table_at(d, words_add(&places, text_of(d, t, i, r->x)), 1 + words_add(&names, text_of(d, t, i, r->group))) = *table_at(t, i, (size_t)r->y[0]);
	free(first);
	words_release(&names);
	words_release(&places);
}

/* Bars of several series need most of their places filled; otherwise the group belongs to the name. */
static bool is_full(struct table *d, const struct table *t, const struct roles *r)
{
	struct words names = { 0 }, places = { 0 };

	for (size_t i = 0; i < t->nrow; i++) {
		words_add(&names, text_of(d, t, i, r->group));
		words_add(&places, text_of(d, t, i, r->x));
	}
	const bool full = 2 * t->nrow > names.n * places.n;
	words_release(&names);
	words_release(&places);
	return full;
}

/* Bars, forests, funnels, bridges: a label, a number, its limits, its series. */
static void rows_from(struct table *d, const struct table *t, const struct roles *r)
{
	const bool series = r->kind == FIG_BAR && r->group >= 0 && r->x >= 0 && is_full(d, t, r), limits = r->lo >= 0 || series || r->kind == FIG_FOREST;
	const bool words = r->kind != FIG_BAR || r->x < 0 || (r->group >= 0 && !series) || r->of_unit || t->col[r->x].type == COL_TEXT;

	if (words)
		add_text_column(d, r->x < 0 ? "row" : t->col[r->x].name);
	else
		add_column(d, t, r->x, NULL, COL_INT);
	add_column(d, t, r->y[0], NULL, COL_REAL);
	for (int k = 0; k < 2 && limits; k++)
		add_limit(d, t, k ? r->hi : r->lo, k ? "hi" : "lo", r->y[0]);
	if (series)
		add_text_column(d, t->col[r->group].name);
	for (size_t i = 0; i < t->nrow; i++) {
		if (left_out(t, r, i))
			continue;
		if (words)
			put_label(d, t, r, i, r->of_unit ? column_named(t, "group") : series ? -1 : r->group);
		else
			put_cell(d, t, i, r->x);
		put_y(d, t, r, i, r->y[0]);
		for (int k = 0; k < 2 && limits; k++)
			put_cell(d, t, i, k ? r->hi : r->lo);
		if (series)
			put_words(d, t, i, r->group);
	}
}

/* Several y a row: each is a series of bars. */
static void bars_of_columns(struct table *d, const struct table *t, const struct roles *r)
{
	add_text_column(d, r->x < 0 ? "row" : t->col[r->x].name);
	add_column(d, t, r->y[0], NULL, COL_REAL);
	table_col(d, "lo", COL_REAL, NULL, -1);
	table_col(d, "hi", COL_REAL, NULL, -1);
	add_text_column(d, "series");
	for (size_t i = 0; i < t->nrow; i++) {
		for (int k = 0; k < r->ny && !left_out(t, r, i); k++) {
			int lo, hi;
			limits_of(t, r->y[k], &lo, &hi);
			put_label(d, t, r, i, -1);
			put_cell(d, t, i, r->y[k]);
			/* Kept as fractional numbers: the column is one for all series. */
			put_real(d, lo < 0 ? NAN : number_at(t, i, lo));
			put_real(d, hi < 0 ? NAN : number_at(t, i, hi));
			put_z(d, t->col[r->y[k]].name);
		}
	}
}

static void heat_from(struct table *d, const struct table *t, const struct roles *r)
{
	add_column(d, t, r->group, NULL, COL_TEXT);
	add_column(d, t, r->x, NULL, COL_TEXT);
	add_column(d, t, r->y[0], NULL, COL_REAL);
	if (r->n >= 0)
		add_column(d, t, r->n, NULL, COL_INT);
	for (size_t i = 0; i < t->nrow; i++) {
		if (left_out(t, r, i))
			continue;
		put_cell(d, t, i, r->group);
		put_cell(d, t, i, r->x);
		put_y(d, t, r, i, r->y[0]);
		if (r->n >= 0)
			put_cell(d, t, i, r->n);
	}
}

static void columns_from(struct table *d, const struct table *t, const struct roles *r, const int *c, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		static const char *const absent[] = { "x", "y", "lo", "hi", "n" };
		if (n > 3 && (k == 2 || k == 3) && r->kind == FIG_CALIBRATION)
			add_limit(d, t, c[k], absent[k], r->y[0]);
		else
			add_column(d, t, c[k], c[k] < 0 ? absent[k] : NULL, COL_REAL);
	}
	for (size_t i = 0; i < t->nrow; i++)
		for (size_t k = 0; k < n && !left_out(t, r, i); k++)
			put_cell(d, t, i, c[k]);
}

static void dotted_from(struct table *d, const struct table *t, const struct roles *r)
{
	add_text_column(d, t->col[r->group].name);
	add_column(d, t, r->x, NULL, COL_INT);
	add_text_column(d, t->col[r->y[0]].name);
	for (size_t i = 0; i < t->nrow; i++) {
		put_words(d, t, i, r->group);
		put_cell(d, t, i, r->x);
		put_words(d, t, i, r->y[0]);
	}
}

/* ---- a histogram of values ---- */

/* Sturges (1926), 1 + log2 n bins, to a round width: enough to see the form, never a comb. */
static double bin_width(double lo, double hi, size_t n, bool whole)
{
	const double rough = (hi - lo) / (1 + log2((double)(n ? n : 1))), decade = pow(10, floor(log10(rough))), m = rough / decade;
	const double width = decade * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);

	return whole && width < 1 ? 1 : width;
}

static void bins_from(struct figure *f, const struct table *t, const struct roles *r)
{
	struct table *d = &f->data;
	const int c = r->y[0];
	const bool whole = t->col[c].type == COL_INT;
	double lo = INFINITY, hi = -INFINITY, width = 1;
	size_t n = 0;

	table_col(d, t->col[c].name, t->col[c].type == COL_SHARE ? COL_SHARE : COL_REAL, NULL, -1);
	table_col(d, "rows", COL_INT, NULL, -1);
	for (size_t i = 0; i < t->nrow; i++) {
		const double v = number_at(t, i, c);
		n += isfinite(v) ? 1 : 0;
		lo = fmin(lo, v);
		hi = fmax(hi, v);
	}
	if (!n)
		return;
	if (hi > lo)
		width = bin_width(lo, hi, n, whole);
	const double from = floor(lo / width) * width;
	const size_t bins = (size_t)floor((hi - from) / width + 1e-9) + 1;
	int64_t *count = xcalloc(bins, sizeof *count);
	for (size_t i = 0; i < t->nrow; i++) {
		const double v = number_at(t, i, c);
		if (isfinite(v))
			count[(size_t)fmin((double)bins - 1, floor((v - from) / width + 1e-9))]++;
	}
	for (size_t b = 0; b < bins; b++) {
		put_real(d, from + ((double)b + (whole && width == 1 ? 0 : 0.5)) * width);
		put_int(d, count[b]);
	}
	free(count);
}

/* ---- a bridge from one row ---- */

/* What is lost may be printed as a positive number: the signs that close the bridge hold. */
static bool closes(const struct table *t, size_t row, int from, int to, bool flip)
{
	double level = number_at(t, row, from);
	const double end = number_at(t, row, to);

	for (int c = from + 1; c < to; c++) {
		const double v = number_at(t, row, c);
		const char *name = t->col[c].name;
		const bool loss = strstr(name, "churn") || strstr(name, "contract") || strstr(name, "lost") || strstr(name, "left");
		level += isnan(v) ? 0 : flip && loss ? -v : v;
	}
	return fabs(level - end) <= 1e-6 * fmax(1, fabs(end));
}

static enum wend_err bridge_from(struct figure *f, const struct table *t, const struct roles *r, struct err *err)
{
	const int from = column_named(t, "start"), to = column_named(t, "end");
	struct table *d = &f->data;
	size_t row = t->nrow;

	add_text_column(d, "step");
	add_column(d, t, from, "amount", COL_REAL);
	add_text_column(d, "role");
	while (row > 0 && (left_out(t, r, row - 1) || table_at(t, row - 1, (size_t)to)->state != CELL_VALUE))
		row--;
	if (!row)
		return WEND_OK;
	row--;
	const bool flip = !closes(t, row, from, to, false);
	if (flip && !closes(t, row, from, to, true))
		return err_set(err, WEND_E_INPUT, "the bridge does not close: 'start' and the columns up to 'end' do not add up to 'end'");
	for (int c = from; c <= to; c++) {
		const char *name = t->col[c].name;
		const bool loss = flip && (strstr(name, "churn") || strstr(name, "contract") || strstr(name, "lost") || strstr(name, "left"));
		put_z(d, name);
		put_cell(d, t, row, c);
		struct cell *v = table_at(d, d->nrow, 1);
		if (loss && v->state == CELL_VALUE && d->col[1].type == COL_INT)
			v->i = -v->i;
		else if (loss && v->state == CELL_VALUE)
			v->d = -v->d;
		put_z(d, c == from || c == to ? "total" : "change");
	}
	if (r->x >= 0) {
		struct str s = STR_INIT;
		cell_text(&s, &t->col[r->x], table_at(t, row, (size_t)r->x), NULL);
		f->title = arena_printf(&d->arena, "from start to end, %s %s", t->col[r->x].name, s.p ? s.p : "");
		str_release(&s);
	}
	return WEND_OK;
}

/* ---- by kind ---- */

static enum wend_err needs(const char *kind, const char *what, struct err *err)
{
	return err_set(err, WEND_E_USAGE, "'%s' needs %s; name the columns with '--x', '--y' and '--group'", kind, what);
}

enum wend_err data_of(struct figure *f, const struct table *t, struct roles *r, struct err *err)
{
	struct table *d = &f->data;

	switch (r->kind) {
	case FIG_LINE:
	case FIG_BAND:
	case FIG_STEP:
		if (r->kind == FIG_LINE && r->group < 0) {
			wide_from(d, t, r);
			break;
		}
		r->kind = r->kind == FIG_LINE ? FIG_BAND : r->kind; /* a line a group */
		curves_from(d, t, r);
		break;
	case FIG_STACK:
		if (r->group >= 0 && r->x >= 0)
			pivot(d, t, r);
		else
			wide_from(d, t, r);
		break;
	case FIG_BAR:
		if (r->ny > 1)
			bars_of_columns(d, t, r);
		else
			rows_from(d, t, r);
		break;
	case FIG_HISTOGRAM:
		if (r->bins)
			bins_from(f, t, r);
		else
			wide_from(d, t, r);
		break;
	case FIG_WATERFALL:
		if (r->bridge)
			return bridge_from(f, t, r, err);
		rows_from(d, t, r);
		break;
	case FIG_FUNNEL:
	case FIG_FOREST:
		rows_from(d, t, r);
		break;
	case FIG_HEAT:
		if (r->group < 0 || r->x < 0)
			return needs("heat", "columns for its rows ('--group'), its columns ('--x') and the value ('--y')", err);
		heat_from(d, t, r);
		break;
	case FIG_SCATTER:
		if (r->x < 0 || t->col[r->x].type == COL_TEXT)
			return needs("scatter", "two columns of numbers", err);
		columns_from(d, t, r, (const int[]){ r->x, r->y[0], r->n }, r->n < 0 ? 2 : 3);
		break;
	case FIG_CALIBRATION:
		if (r->x < 0 || !is_number(t, r->x))
			return needs("calibration", "the predicted ('--x') and the observed ('--y')", err);
		columns_from(d, t, r, (const int[]){ r->x, r->y[0], r->lo, r->hi, r->n }, r->n < 0 ? 4 : 5);
		break;
	case FIG_DOTTED:
		if (r->group < 0 || r->x < 0)
			return needs("dotted", "a row ('--group', the customer), a time ('--x') and what happened ('--y')", err);
		dotted_from(d, t, r);
		break;
	case FIG_ALLUVIAL:
		if (column_named(t, "position") < 0 || column_named(t, "from") < 0 || column_named(t, "to") < 0 || column_named(t, "n") < 0)
			return needs("alluvial", "the columns position, from, to and n", err);
		columns_from(d, t, r, (const int[]){ column_named(t, "position"), column_named(t, "from"), column_named(t, "to"), column_named(t, "n") }, 4);
		break;
	case FIG_NONE:
		break;
	}
	return WEND_OK;
}
