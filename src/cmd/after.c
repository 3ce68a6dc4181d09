/* room: cmd
 * What every report gets for nothing: --with, --sort, --fail-if and --top.
 */
#include "cmd/cmd.h"
#include "cmd/after.h"

#include <math.h>

static enum wend_err no_column(const struct table *t, struct sv name, const char *option, struct err *err)
{
	struct str all = STR_INIT;
	for (size_t i = 0; i < t->ncol; i++)
		str_printf(&all, "%s%s", i ? ", " : "", t->col[i].name);
	err_set(err, WEND_E_USAGE, "%s: no column '%.*s'; there are %s", option, (int)name.n, name.p, all.n ? all.p : "none");
	str_release(&all);
	return WEND_E_USAGE;
}

/* ---- --sort ---- */

static bool sortable(const struct table *t, const char *spec)
{
	struct sv rest = sv_of(spec), one;
	while (sv_cut(&rest, ',', &one)) {
		if (one.n && (*one.p == '-' || *one.p == '+'))
			one = sv_n(one.p + 1, one.n - 1);
		if (table_find(t, one) < 0)
			return false;
	}
	return true;
}

static enum wend_err sort_rows(struct table *t, const char *spec, struct err *err)
{
	int cols[16];
	bool down[16];
	size_t n = 0;
	struct sv rest = sv_of(spec), one;
	while (sv_cut(&rest, ',', &one)) {
		if (n == 16)
			return err_set(err, WEND_E_USAGE, "--sort: more than 16 columns");
		down[n] = one.n && *one.p == '-';
		if (one.n && (*one.p == '-' || *one.p == '+'))
			one = sv_n(one.p + 1, one.n - 1);
		cols[n] = table_find(t, one);
		if (cols[n] < 0)
			return no_column(t, one, "--sort", err);
		n++;
	}
	table_sort(t, cols, down, n);
	return WEND_OK;
}

/* ---- --fail-if ---- */

enum compare { IS_LT, IS_LE, IS_GT, IS_GE, IS_EQ, IS_NE };
struct condition {
	struct sv name;     /* a column, or a measure of a summary */
	enum compare how;
	struct sv text;
	double number;      /* NaN: compare as text */
	int col;            /* column compared */
	int measure_col;    /* -1, or the column that must hold `name` */
};

static bool split_condition(struct sv text, struct condition *c)
{
	static const struct { const char *sign; enum compare how; } signs[] = {
		{ "<=", IS_LE }, { ">=", IS_GE }, { "!=", IS_NE }, { "<", IS_LT }, { ">", IS_GT }, { "=", IS_EQ },
	};
	size_t at = 0;
	while (at < text.n && !strchr("<>=!", text.p[at]))
		at++;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		size_t n = strlen(signs[i].sign);
		if (at + n > text.n || memcmp(text.p + at, signs[i].sign, n))
			continue;
		c->how = signs[i].how;
		c->name = sv_trim(sv_n(text.p, at));
		c->text = sv_trim(sv_n(text.p + at + n, text.n - at - n));
		return c->name.n > 0;
	}
	return false;
}

static bool has_measure(const struct table *t, int col, struct sv name)
{
	for (size_t r = 0; col >= 0 && r < t->nrow; r++)
		if (table_at(t, r, (size_t)col)->state == CELL_VALUE && sv_eq(table_at(t, r, (size_t)col)->s, name))
			return true;
	return false;
}

static enum wend_err parse_condition(struct condition *c, const struct table *t, struct sv text, struct err *err)
{
	if (!split_condition(text, c))
		return err_set(err, WEND_E_USAGE, "--fail-if: cannot read '%.*s'; write COLUMN>NUMBER, joined by commas", (int)text.n, text.p);
	c->measure_col = -1;
	c->col = table_find(t, c->name);
	if (c->col < 0) {
		int measure = table_find(t, SV("measure")), value = table_find(t, SV("value"));
		if (value < 0 || !has_measure(t, measure, c->name))
			return no_column(t, c->name, "--fail-if", err);
		c->measure_col = measure;
		c->col = value;
	}
	struct sv number = c->text;
	bool share = sv_ends(number, "%");
	if (share)
		number = sv_trim(sv_n(number.p, number.n - 1));
	if (!sv_real(number, &c->number))
		c->number = NAN;
	else if (share)
		c->number /= 100;
	return WEND_OK;
}

static bool ordered(enum compare how, int sign)
{
	switch (how) {
	case IS_LT: return sign < 0;
	case IS_LE: return sign <= 0;
	case IS_GT: return sign > 0;
	case IS_GE: return sign >= 0;
	case IS_EQ: return sign == 0;
	case IS_NE: return sign != 0;
	}
	return false;
}

/* What is not known meets no condition. */
static bool holds(const struct condition *c, const struct table *t, size_t row, const struct zone *z)
{
	const struct column *col = &t->col[c->col];
	const struct cell *v = table_at(t, row, (size_t)c->col);
	if (c->measure_col >= 0 && !sv_eq(table_at(t, row, (size_t)c->measure_col)->s, c->name))
		return false;
	if (v->state != CELL_VALUE)
		return false;
	struct str text = STR_INIT;
	double x;
	bool is;
	cell_text(&text, col, v, z);
	if (!isnan(c->number) && sv_real(str_view(&text), &x))
		is = ordered(c->how, (x > c->number) - (x < c->number));
	else
		is = ordered(c->how, sv_cmp(str_view(&text), c->text));
	str_release(&text);
	return is;
}

/* Rows of the newest complete period, or all rows where the table has none. */
static bool in_question(const struct table *t, size_t row, int period, size_t newest)
{
	return period < 0 || cell_cmp(&t->col[period], table_at(t, row, (size_t)period), table_at(t, newest, (size_t)period)) == 0;
}

static bool complete(const struct table *t, size_t row, int flag)
{
	if (flag < 0 || table_at(t, row, (size_t)flag)->state != CELL_VALUE || t->col[flag].type != COL_TEXT)
		return true;
	return sv_find(table_at(t, row, (size_t)flag)->s, SV("*")) < 0;
}

static bool newest_period(const struct table *t, int period, int flag, size_t *row)
{
	bool any = false;
	for (size_t r = 0; r < t->nrow; r++) {
		const struct cell *v = table_at(t, r, (size_t)period);
		if (v->state != CELL_VALUE || !complete(t, r, flag))
			continue;
		if (!any || cell_cmp(&t->col[period], v, table_at(t, *row, (size_t)period)) > 0)
			*row = r;
		any = true;
	}
	return any;
}

static enum wend_err fail_if(struct run *u, const struct report *r, struct err *err)
{
	const struct table *t = &r->table;
	int period = r->period_col ? table_find(t, sv_of(r->period_col)) : -1;
	int flag = table_find(t, SV("flag"));
	struct condition c[16];
	size_t n = 0, newest = 0;
	struct sv rest = sv_of(u->fail_if), one;

	while (sv_cut(&rest, ',', &one)) {
		if (n == 16)
			return err_set(err, WEND_E_USAGE, "--fail-if: more than 16 conditions");
		if (parse_condition(&c[n++], t, sv_trim(one), err))
			return err->code;
	}
	if (period >= 0 && !newest_period(t, period, flag, &newest))
		return WEND_OK;
	for (size_t row = 0; row < t->nrow; row++) {
		bool all = in_question(t, row, period, newest) && (period < 0 || complete(t, row, flag));
		for (size_t i = 0; all && i < n; i++)
			all = holds(&c[i], t, row, r->zone);
		if (all) {
			run_raise(u, WEND_E_CONDITION);
			break;
		}
	}
	return WEND_OK;
}

/* ---- the order of things ---- */

enum wend_err after_report(struct run *u, struct report *r, struct err *err)
{
	struct table *t = &r->table;
	/* Fields are fetched for the rows that stay, unless the order is by one of them. */
	if (u->ro.with || u->ro.sort || u->fail_if || u->ro.top > 0)
		table_fill(t);
	bool with_first = u->ro.with && u->ro.sort && !sortable(t, u->ro.sort);

	if (with_first && with_fields(u, t, u->ro.with, err))
		return err->code;
	if (u->ro.sort && sort_rows(t, u->ro.sort, err))
		return err->code;
	if (u->fail_if && fail_if(u, r, err))
		return err->code;
	if (u->ro.top > 0 && (uint64_t)u->ro.top < t->nrow)
		t->nrow = (size_t)u->ro.top;
	if (u->ro.with && !with_first && with_fields(u, t, u->ro.with, err))
		return err->code;
	return WEND_OK;
}
