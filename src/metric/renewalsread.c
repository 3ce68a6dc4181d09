/* Renewals as a table: printed by churn forecast --stat (churn.renewals, version 1), read by
 * --from, which adds several up. A table made by hand has a column of periods (t, k, year,
 * month ...) from 0 or 1 on and one of those still there: survivors, retained or customers as
 * counts, or S, share or rate as shares of --size customers.
 */
#include "renewals.h"

#include <math.h>

static const char version[] = "churn.renewals/1";
static const char *const units[] = { [PERIOD_DAY] = "day", [PERIOD_WEEK] = "week", [PERIOD_MONTH] = "month", [PERIOD_QUARTER] = "quarter", [PERIOD_YEAR] = "year" };

void renewals_print(struct report *r, const struct renewal_stat *s)
{
	struct table *t = &r->table;
	table_col(t, "stat", COL_TEXT, NULL, -1);
	table_col(t, "as_of", COL_DAY, NULL, 0);
	table_col(t, "period", COL_TEXT, NULL, -1);
	table_col(t, "t", COL_INT, NULL, 0);
	table_col(t, "risk", COL_INT, NULL, 0);
	table_col(t, "lost", COL_INT, NULL, 0);
	for (size_t i = 0; i < s->n && s->v[i].risk; i++) {
		put_z(t, version);
		put_int(t, s->as_of ? s->as_of : WEND_NONE);
		put_z(t, units[s->unit]);
		put_int(t, (int64_t)i);
		put_int(t, s->v[i].risk);
		put_int(t, s->v[i].lost);
	}
	say_things(&r->finding, (int64_t)t->nrow, "renewal.", "renewals.");
	str_puts(&r->definition, "of `risk` customers who had renewed t times and came to the next renewal, `lost` left (churn.renewals, version 1); values add");
}

static struct sv text_at(const struct table *t, size_t row, int col)
{
	const struct cell *c = col < 0 ? NULL : table_at(t, row, (size_t)col);
	return c && c->state == CELL_VALUE ? sv_trim(c->s) : SV_NONE;
}

static int find_any(const struct table *t, const char *const *names)
{
	for (; *names; names++)
		if (table_find(t, sv_of(*names)) >= 0)
			return table_find(t, sv_of(*names));
	return -1;
}

enum { AGES = 100000 };
static const int64_t customers_max = 1000000000000;

static enum wend_err bad(const struct table *t, size_t row, int col, struct err *err)
{
	const struct sv v = text_at(t, row, col);
	return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' cannot be; periods count from 0 or 1 by 1, and customers only become fewer", row + 1, (int)v.n, v.p ? v.p : "", t->col[col].name);
}

static enum wend_err read_stat(struct renewal_stat *out, const struct table *t, struct sv setting[2], struct err *err)
{
	static const char *const names[] = { "t", "risk", "lost", "period", "as_of", "stat" };
	int col[6];
	for (int i = 0; i < 6; i++)
		col[i] = table_find(t, sv_of(names[i]));
	for (size_t row = 0; row < t->nrow; row++) {
		int64_t v[3];
		if (col[5] >= 0 && !sv_is(text_at(t, row, col[5]), version))
			return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; '%s' is read here", row + 1, (int)text_at(t, row, col[5]).n, text_at(t, row, col[5]).p, version);
		for (int i = 0; i < 2; i++) {
			const struct sv s = text_at(t, row, col[3 + i]);
			if (s.n && setting[i].n && !sv_eq(s, setting[i]))
				return err_set(err, WEND_E_INPUT, "tables that add up must agree in '%s': '%.*s' and '%.*s'", names[3 + i], (int)setting[i].n, setting[i].p, (int)s.n, s.p);
			setting[i] = s.n ? s : setting[i];
		}
		for (int i = 0; i < 3; i++)
			if (!sv_int(text_at(t, row, col[i]), &v[i]) || v[i] < 0 || v[i] > (i ? customers_max : AGES))
				return bad(t, row, col[i], err);
		if (v[2] > v[1])
			return bad(t, row, col[2], err);
		struct renewal_age *a = renewal_age_at(out, (size_t)v[0]);
		a->risk += v[1];
		a->lost += v[2];
	}
	return WEND_OK;
}

static enum wend_err read_survivors(struct renewal_stat *out, const struct table *t, int time, int alive, const struct forecast_options *o, struct err *err)
{
	double before = NAN, size = o->size ? (double)o->size : 1000;
	int64_t first = -1;
	bool shares = true;
	for (size_t row = 0; row < t->nrow; row++) {
		double v;
		if (!sv_real(text_at(t, row, alive), &v) || !(v >= 0) || v > (double)customers_max)
			return bad(t, row, alive, err);
		shares = shares && v <= 1;
	}
	for (size_t row = 0; row < t->nrow; row++) {
		int64_t k;
		double v = 0;
		if (!sv_int(text_at(t, row, time), &k) || k < 0 || k > AGES || (first < 0 ? k > 1 : k != first + (int64_t)row))
			return bad(t, row, time, err);
		first = first < 0 ? k : first;
		sv_real(text_at(t, row, alive), &v);
		v = round(shares ? v * size : v);
		if (isnan(before) && k > 0) {
			if (!shares && !o->size)
				return err_set(err, WEND_E_INPUT, "the table begins with period 1 and does not tell how many there were at first; add a row of period 0, or give '--size N'");
			before = size;
		}
		if (!isnan(before)) {
			if (v > before)
				return bad(t, row, alive, err);
			struct renewal_age *a = renewal_age_at(out, (size_t)k - 1);
			a->risk += (int64_t)before;
			a->lost += (int64_t)(before - v);
		}
		before = v;
	}
	return WEND_OK;
}

enum wend_err renewals_read(struct renewal_stat *out, const struct table *from, size_t n, const struct forecast_options *o, const struct report_options *ro, struct err *err)
{
	static const char *const times[] = { "t", "k", "year", "years", "month", "months", "period", "age", "renewal", NULL };
	static const char *const alive[] = { "survivors", "retained", "customers", "remaining", "S", "survival", "share", "rate", NULL };
	struct sv setting[2] = { { 0 }, { 0 } };
	*out = (struct renewal_stat){ .unit = PERIOD_YEAR };
	for (size_t i = 0; i < n; i++) {
		const struct table *t = &from[i];
		const int time = find_any(t, times), there = find_any(t, alive);
		const bool stat = table_find(t, SV("risk")) >= 0 && table_find(t, SV("lost")) >= 0 && table_find(t, SV("t")) >= 0;
		if (!stat && (time < 0 || there < 0))
			return err_set(err, WEND_E_INPUT, "the table has no columns of periods and survivors; t,survivors or year,S are read, or t,risk,lost");
		if (!stat && sv_is(sv_n(t->col[time].name, strlen(t->col[time].name) < 5 ? strlen(t->col[time].name) : 5), "month"))
			setting[0] = SV("month");
		const enum wend_err e = stat ? read_stat(out, t, setting, err) : read_survivors(out, t, time, there, o, err);
		if (e)
			return e;
	}
	for (size_t u = 0; u < sizeof units / sizeof *units; u++)
		if (setting[0].n && sv_is(setting[0], units[u]))
			out->unit = (enum period_unit)u;
	if (ro->period && period_parse(&out->unit, ro->period, err))
		return err->code;
	if (setting[0].n && ro->period && !sv_is(setting[0], ro->period))
		return err_set(err, WEND_E_INPUT, "the table is by %.*s; leave out '--period %s'", (int)setting[0].n, setting[0].p, ro->period);
	struct stamp day;
	if (setting[1].n && stamp_iso(setting[1], &day))
		out->as_of = civil_day(day.y, day.mo, day.d);
	out->customers = out->n ? out->v[0].risk : 0;
	return WEND_OK;
}
