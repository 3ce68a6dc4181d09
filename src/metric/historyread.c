/* Purchase histories from tables: ready summaries, one row a customer or a cell (x, t_x, T
 * [, m, weight, customer]), or the cells that --stat printed (ltv.cells, version 1). Several
 * tables add up. Times are read in --unit; a value within 1e-9 of whole days is whole.
 * A hand-made table keeps its fractions and needs no `stat` column.
 */
#include "rfm_impl.h"

#include <math.h>

static struct sv text_at(const struct table *t, size_t row, int col)
{
	const struct cell *c = col < 0 ? NULL : table_at(t, row, (size_t)col);
	return c && c->state == CELL_VALUE ? c->s : SV_NONE;
}

static enum wend_err number_at(const struct table *t, size_t row, int col, double *out, struct err *err)
{
	const struct sv v = sv_trim(text_at(t, row, col));
	*out = NAN;
	if (!v.n || sv_real(v, out))
		return WEND_OK;
	return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' is no number", row + 1, (int)v.n, v.p, t->col[col].name);
}

static double whole_days(double v, double unit)
{
	const double days = v * unit, near = round(days);
	return fabs(days - near) <= 1e-9 * (1 + fabs(near)) ? near : days;
}

/* Settings that must agree between tables that are added up. */
static enum wend_err check_settings(struct lines *l, const struct table *t, const char *unit, struct err *err)
{
	static const char *const names[] = { "as_of", "unit", "currency" };
	const int stat = table_find(t, SV("stat"));
	for (size_t i = 0; i < t->nrow; i++) {
		const struct sv kind = text_at(t, i, stat);
		if (!sv_is(kind, "ltv.cells/1"))
			return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; 'ltv.cells/1' is read here", i + 1, (int)kind.n, kind.p);
		for (int k = 0; k < 3; k++) {
			const struct sv v = text_at(t, i, table_find(t, sv_of(names[k])));
			if (!l->setting[k].p)
				l->setting[k] = v.p ? v : SV("");
			else if (!sv_eq(v, l->setting[k]))
				return err_set(err, WEND_E_INPUT, "tables that add up must agree in '%s': '%.*s' and '%.*s'", names[k],
					       (int)l->setting[k].n, l->setting[k].p, (int)v.n, v.p);
		}
	}
	if (l->setting[1].n && unit && !sv_is(l->setting[1], unit))
		return err_set(err, WEND_E_INPUT, "the table is in units of a %.*s; leave out '--unit %s'", (int)l->setting[1].n, l->setting[1].p, unit);
	return WEND_OK;
}

/* What the sums made of a table hold exactly: more days, customers and money than there are. */
#define COUNT_MAX 1e9
#define MONEY_MAX 1e15
#define WEIGHT_MAX 9e9

static bool in_range(const double v[7], double weights)
{
	for (int k = 0; k < 3; k++)
		if (v[k] > COUNT_MAX)
			return false;
	return !(fabs(v[3]) > MONEY_MAX || fabs(v[5]) > MONEY_MAX || fabs(v[6]) > MONEY_MAX) && weights <= WEIGHT_MAX;
}

static enum wend_err read_row(struct lines *l, const struct table *t, size_t row, const int col[8], double unit, struct err *err)
{
	double v[8];
	for (int k = 0; k < 7; k++)
		if (number_at(t, row, col[k], &v[k], err))
			return err->code;
	struct line r = { .weight = 1, .t_x = whole_days(v[1], unit), .T = whole_days(v[2], unit), .m = v[3], .spent = v[5], .repeat = v[6],
			  .customer = text_at(t, row, col[7]) };
	const double weight = isnan(v[4]) ? 1 : v[4];
	if (isnan(v[0]) || isnan(v[1]) || isnan(v[2]) || v[0] < 0 || v[1] < 0 || v[1] > v[2] + 1e-9 || v[0] != floor(v[0]) || weight < 0 || weight != floor(weight) ||
	    (v[0] > 0) != (v[1] > 0))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is no history; x and weight are whole, 0 <= t_x <= T, and t_x is 0 exactly where x is", row + 1);
	if (!in_range(v, l->weight += weight))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is out of range; x, t_x and T go up to 1e9, money up to 1e15, and all weights together up to 9e9", row + 1);
	r.x = (int64_t)v[0];
	r.weight = (int64_t)weight;
	if (isnan(r.m) && !isnan(r.repeat) && r.x && r.weight)
		r.m = r.repeat / (double)r.weight / (double)r.x;
	if (!r.x)
		r.m = NAN;
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = r;
	return WEND_OK;
}

enum wend_err lines_read(struct lines *l, const struct table *t, const char *unit, struct err *err)
{
	static const char *const names[8] = { "x", "t_x", "T", "m", "weight", "spent", "repeat_spent", "customer" };
	int col[8];
	const bool stat = table_find(t, SV("stat")) >= 0;
	for (int k = 0; k < 8; k++)
		col[k] = table_find(t, sv_of(names[k]));
	for (int k = 0; k < 3; k++)
		if (col[k] < 0)
			return err_set(err, WEND_E_INPUT, "the table has no column '%s'; x, t_x, T are read and, if there, m, weight, customer", names[k]);
	if (stat && check_settings(l, t, unit, err))
		return err->code;
	l->stat = l->stat || stat;
	l->customers = l->customers || col[7] >= 0;
	const double days = rfm_unit_days(l->setting[1].n && stat ? (sv_is(l->setting[1], "day") ? "day" : sv_is(l->setting[1], "month") ? "month" : sv_is(l->setting[1], "year") ? "year" : "week") : unit);
	for (size_t i = 0; i < t->nrow; i++)
		if (read_row(l, t, i, col, days, err))
			return err->code;
	return WEND_OK;
}
