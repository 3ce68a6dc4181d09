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

static enum wend_err number_at(const struct table *t, size_t before, size_t row, int col, double *out, struct err *err)
{
	const struct sv v = sv_trim(text_at(t, row, col));
	*out = NAN;
	if (!v.n || sv_real(v, out))
		return WEND_OK;
	return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' is no number", before + row + 1, (int)v.n, v.p, t->col[col].name);
}

static double whole_days(double v, double unit)
{
	const double days = v * unit, near = round(days);
	return fabs(days - near) <= 1e-9 * (1 + fabs(near)) ? near : days;
}

/* ---- the settings that travel with cells ---- */

static const char *const setting_names[LINE_SETTINGS] = { "as_of", "unit", "currency", "zone" };

/* Rows of one table, and tables that are added up, must agree. Tables from before there was
 * a zone in them have no such column, and agree with any. */
static enum wend_err check_settings(struct lines *l, struct table *t, size_t before, struct err *err)
{
	const int stat = table_find(t, SV("stat"));
	for (size_t i = 0; i < t->nrow; i++) {
		const struct sv kind = text_at(t, i, stat);
		if (!sv_is(kind, "ltv.cells/1"))
			return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; 'ltv.cells/1' is read here", before + i + 1, (int)kind.n, kind.p);
		for (int k = 0; k < LINE_SETTINGS; k++) {
			const int col = table_find(t, sv_of(setting_names[k]));
			const struct sv v = text_at(t, i, col);
			if (col < 0 && k == LINE_ZONE)
				continue;
			if (!l->setting[k].p)
				l->setting[k] = v.p ? sv_n(arena_strndup(&t->arena, v.p, v.n), v.n) : SV("");
			else if (!sv_eq(v, l->setting[k]))
				return err_set(err, WEND_E_INPUT, "rows that add up must agree in '%s': '%.*s' and '%.*s'%s", setting_names[k],
					       (int)l->setting[k].n, l->setting[k].p, (int)v.n, v.p, k == LINE_CURRENCY ? "; '--currency' chooses one where the table is made" : "");
		}
	}
	return WEND_OK;
}

/* An option says again what a table is made of; it cannot change it. */
static enum wend_err check_options(const struct lines *l, const struct report_options *ro, struct err *err)
{
	const char *const given[LINE_SETTINGS] = { ro->as_of, ro->unit, ro->currency_code, ro->tz };
	static const char *const option[LINE_SETTINGS] = { "as-of", "unit", "currency", "tz" };
	for (int k = 0; k < LINE_SETTINGS; k++) {
		struct sv want = sv_of(given[k]);
		struct str day = STR_INIT;
		struct span span;
		if (!given[k] || !l->setting[k].n)
			continue;
		if (k == LINE_AS_OF && !span_parse(&span, want, 0, NULL)) {
			day_text(&day, floor_day(span.to - 1));
			want = str_view(&day);
		}
		const bool same = k == LINE_CURRENCY ? sv_ieq(want, l->setting[k]) : sv_eq(want, l->setting[k]);
		str_release(&day);
		if (!same)
			return err_set(err, WEND_E_INPUT, "the table is made with %s '%.*s'; leave out '--%s %s'", setting_names[k], (int)l->setting[k].n, l->setting[k].p, option[k], given[k]);
	}
	return WEND_OK;
}

void lines_say(struct str *s, const struct lines *l)
{
	const struct sv day = l->setting[LINE_AS_OF], zone = l->setting[LINE_ZONE];
	if (!day.n)
		return;
	str_printf(s, " As of %.*s", (int)day.n, day.p);
	if (zone.n)
		str_printf(s, ", days in %.*s", (int)zone.n, zone.p);
	str_putc(s, '.');
}

currency lines_currency(const struct lines *l)
{
	return l->setting[LINE_CURRENCY].n ? currency_of(l->setting[LINE_CURRENCY]) : 0;
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

/* `before`: rows of pieces that are gone. */
static enum wend_err read_row(struct lines *l, const struct table *t, size_t before, size_t row, const int col[8], double unit, struct err *err)
{
	double v[8];
	for (int k = 0; k < 7; k++)
		if (number_at(t, before, row, col[k], &v[k], err))
			return err->code;
	struct line r = { .weight = 1, .t_x = whole_days(v[1], unit), .T = whole_days(v[2], unit), .m = v[3], .spent = v[5], .repeat = v[6],
			  .customer = t->source.more || before ? SV_NONE : text_at(t, row, col[7]) };
	const double weight = isnan(v[4]) ? 1 : v[4];
	if (isnan(v[0]) || isnan(v[1]) || isnan(v[2]) || v[0] < 0 || v[1] < 0 || v[1] > v[2] + 1e-9 || v[0] != floor(v[0]) || weight < 0 || weight != floor(weight) ||
	    (v[0] > 0) != (v[1] > 0))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is no history; x and weight are whole, 0 <= t_x <= T, and t_x is 0 exactly where x is", before + row + 1);
	if (!in_range(v, l->weight += weight))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is out of range; x, t_x and T go up to 1e9, money up to 1e15, and all weights together up to 9e9", before + row + 1);
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

/* Columns of a history. What ltv rfm prints calls the money of all days monetary. */
static void find_columns(int col[8], const struct table *t)
{
	static const char *const names[8] = { "x", "t_x", "T", "m", "weight", "spent", "repeat_spent", "customer" };
	for (int k = 0; k < 8; k++)
		col[k] = table_find(t, sv_of(names[k]));
	if (col[5] < 0)
		col[5] = table_find(t, SV("monetary"));
}

/* The rows that the table holds now. */
static enum wend_err read_piece(struct lines *l, struct table *t, size_t before, const int col[8], bool stat, const struct report_options *ro, struct err *err)
{
	char unit[8] = "";
	if (stat && (check_settings(l, t, before, err) || check_options(l, ro, err)))
		return err->code;
	const struct sv told = l->setting[LINE_UNIT];
	if (stat && told.n && told.n < sizeof unit)
		memcpy(unit, told.p, told.n);
	const double days = rfm_unit_days(*unit ? unit : ro->unit);
	for (size_t i = 0; i < t->nrow; i++)
		if (read_row(l, t, before, i, col, days, err))
			return err->code;
	return WEND_OK;
}

enum wend_err lines_read(struct lines *l, struct table *t, const struct report_options *ro, struct err *err)
{
	static const char *const needed[3] = { "x", "t_x", "T" };
	int col[8];
	const bool stat = table_find(t, SV("stat")) >= 0;
	find_columns(col, t);
	for (int k = 0; k < 3; k++)
		if (col[k] < 0)
			return err_set(err, WEND_E_INPUT, "the table has no column '%s'; x, t_x, T are read and, if there, m, weight, customer", needed[k]);
	l->stat = l->stat || stat;
	l->customers = l->customers || col[7] >= 0;
	size_t before = 0;
	enum wend_err e;
	do {
		e = read_piece(l, t, before, col, stat, ro, err);
		before += t->nrow;
	} while (!e && table_more(t));
	return e;
}
