/* ltv cohorts as a statistic (ltv.cohorts, version 1): printed by --stat, read by --from.
 *
 *   stat, as_of, period, currency, definition    must agree where tables add up;
 *                 definition is the source of the money
 *   cohort, age   the keys; only ages at which somebody bought
 *   buyers, revenue   of that period alone; buyers at age 0 are the cohort
 *   squares       by how much the sum over customers of (money so far, in minor units)^2
 *                 grew; whole, up to 38 digits
 *   begins_min, covered_min   days, of which the earliest counts: where the source begins,
 *                 and up to where it tells of everything
 *
 * churn cohorts (churn.cohorts, version 1) has the same columns, squares of the money of the
 * period alone, and
 *   last          customers who were active there for the last time
 *   base, base_squares   what the cohort brought first; at age 0
 *   cross         money of the period x what the same customer brought first
 */
#include "ltvcohort_impl.h"

/* ltv cohorts; churn cohorts, whose rows tell more. */
static const char *const versions[] = { "ltv.cohorts/1", "churn.cohorts/1" };
static const char *const commands[] = { "wend ltv cohorts --stat", "wend churn cohorts --stat" };

enum { COL_STAT, COL_AS_OF, COL_PERIOD, COL_CURRENCY, COL_DEFINITION, COL_COHORT, COL_AGE, COL_BUYERS, COL_REVENUE, COL_SQUARES, COL_BEGINS, COL_COVERED, COL_LAST, COL_BASE, COL_BASE2, COL_CROSS, COLS };
static const char *const names[COLS] = { "stat", "as_of", "period", "currency", "definition", "cohort", "age", "buyers", "revenue", "squares", "begins_min", "covered_min", "last", "base", "base_squares", "cross" };

static int columns_of(const struct cohorts *c)
{
	return c->returns ? COLS : COL_LAST;
}

/* ---- printed ---- */

static void put_wide(struct table *t, cohort_wide v)
{
	char digits[40];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + (int)(v % 10));
	while (v /= 10);
	put_text(t, sv_n(digits + at, sizeof digits - at));
}

static void put_day(struct table *t, int32_t day)
{
	put_int(t, day == INT32_MAX ? WEND_NONE : day);
}

static void put_cell(struct table *t, const struct cohorts *c, const struct cohort *h, size_t age)
{
	struct str s = STR_INIT;
	char cur[4] = "";
	if (c->cur)
		currency_text(cur, c->cur);
	put_z(t, versions[c->returns]);
	put_int(t, c->as_of);
	put_z(t, cohort_unit[c->unit]);
	put_z(t, cur);
	put_z(t, c->source);
	period_text(&s, c->unit, period_day(c->unit, h->period));
	put_text(t, str_view(&s));
	put_int(t, (int64_t)age);
	put_int(t, h->v[age].buyers);
	put_int(t, h->v[age].revenue);
	put_wide(t, h->v[age].squares);
	put_day(t, c->begins);
	put_day(t, c->covered);
	if (c->returns) {
		put_int(t, h->v[age].last);
		put_int(t, age ? 0 : h->base);
		put_wide(t, age ? 0 : h->base2);
		put_wide(t, h->v[age].cross);
	}
	str_release(&s);
}

void cohort_stat(struct report *r, const struct cohorts *c)
{
	struct table *t = &r->table;
	int64_t customers = 0;
	for (int i = 0; i < columns_of(c); i++) {
		if (i == COL_REVENUE || i == COL_BASE)
			table_col_money(t, names[i], c->cur);
		else
			table_col(t, names[i], i == COL_AGE || i == COL_BUYERS || i == COL_LAST ? COL_INT : i == COL_AS_OF || i == COL_BEGINS || i == COL_COVERED ? COL_DAY : COL_TEXT, NULL, -1);
	}
	for (size_t i = 0; i < c->n; i++) {
		customers += c->v[i].customers;
		for (size_t k = 0; k < c->v[i].n; k++)
			if (c->v[i].v[k].buyers)
				put_cell(t, c, &c->v[i], k);
	}
	say_things(&r->finding, customers, "customer in ", "customers in ");
	say_things(&r->finding, (int64_t)t->nrow, "cell of cohort and age.", "cells of cohort and age.");
	str_printf(&r->definition, "customers by the period of their first %s and by age (%s, version 1); values add", c->returns ? "activity" : "purchase", c->returns ? "churn.cohorts" : "ltv.cohorts");
}

/* ---- read ---- */

static struct sv text_at(const struct table *t, size_t row, int col)
{
	const struct cell *c = table_at(t, row, (size_t)col);
	return c->state == CELL_VALUE ? sv_trim(c->s) : SV_NONE;
}

static bool read_wide(struct sv v, cohort_wide *out)
{
	*out = 0;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(v.p[i] - '0');
	}
	return v.n > 0 && v.n <= 38;
}

struct reading {
	struct cohorts *c;
	const struct table *t;
	int col[COLS];
	struct sv setting[COL_COHORT];
	bool any;
	int64_t buyers, revenue;   /* of all rows: no sum made of some of them is larger */
	cohort_wide squares;
	int64_t base;
	cohort_wide base2, cross;
};

static enum wend_err bad_cell(const struct reading *g, size_t row, int what, struct err *err)
{
	const struct sv v = text_at(g->t, row, g->col[what]);
	return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' is not what '%s' prints there", row + 1, (int)v.n, v.p ? v.p : "", names[what], commands[g->c->returns]);
}

/* What the first row says, all others say too. */
static enum wend_err read_settings(struct reading *g, size_t row, struct arena *a, struct err *err)
{
	struct cohorts *c = g->c;
	for (int i = 0; i < COL_COHORT; i++) {
		const struct sv v = text_at(g->t, row, g->col[i]);
		if (!g->any)
			g->setting[i] = v.p ? v : SV("");
		else if (!sv_eq(v, g->setting[i]))
			return err_set(err, WEND_E_INPUT, "tables that add up must agree in '%s': '%.*s' and '%.*s'", names[i], (int)g->setting[i].n, g->setting[i].p, (int)v.n, v.p ? v.p : "");
	}
	if (g->any)
		return WEND_OK;
	if (!sv_is(g->setting[COL_STAT], versions[c->returns]))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; '%s' is read here", row + 1, (int)g->setting[COL_STAT].n, g->setting[COL_STAT].p, versions[c->returns]);
	if (!day_iso(g->setting[COL_AS_OF], &c->as_of))
		return bad_cell(g, row, COL_AS_OF, err);
	size_t u = 0;
	while (u < 5 && !sv_is(g->setting[COL_PERIOD], cohort_unit[u]))
		u++;
	if (u == 5)
		return bad_cell(g, row, COL_PERIOD, err);
	c->unit = (enum period_unit)u;
	c->cur = currency_of(g->setting[COL_CURRENCY]);
	if (!c->cur && g->setting[COL_CURRENCY].n)
		return bad_cell(g, row, COL_CURRENCY, err);
	c->source = arena_strndup(a, g->setting[COL_DEFINITION].p, g->setting[COL_DEFINITION].n);
	c->last = period_number(c->unit, c->as_of);
	c->begins = INT32_MAX;
	c->covered = c->as_of;
	g->any = true;
	return WEND_OK;
}

static enum wend_err read_extremes(struct reading *g, size_t row, struct err *err)
{
	struct cohorts *c = g->c;
	int32_t day;
	if (text_at(g->t, row, g->col[COL_BEGINS]).n) {
		if (!day_iso(text_at(g->t, row, g->col[COL_BEGINS]), &day))
			return bad_cell(g, row, COL_BEGINS, err);
		c->begins = day < c->begins ? day : c->begins;
	}
	if (!day_iso(text_at(g->t, row, g->col[COL_COVERED]), &day))
		return bad_cell(g, row, COL_COVERED, err);
	c->covered = day < c->covered ? day : c->covered;
	return WEND_OK;
}

static enum wend_err read_values(struct reading *g, size_t row, struct err *err)
{
	struct cohorts *c = g->c;
	const int exponent = c->cur ? currency_exponent(c->cur) : 2;
	int32_t period;
	int64_t age, buyers, revenue;
	cohort_wide squares;
	if (!period_read(c->unit, text_at(g->t, row, g->col[COL_COHORT]), &period) || period > c->last)
		return bad_cell(g, row, COL_COHORT, err);
	if (!sv_int(text_at(g->t, row, g->col[COL_AGE]), &age) || age < 0 || age > c->last - period)
		return bad_cell(g, row, COL_AGE, err);
	if (!sv_int(text_at(g->t, row, g->col[COL_BUYERS]), &buyers) || buyers < 0)
		return bad_cell(g, row, COL_BUYERS, err);
	if (num_scaled(text_at(g->t, row, g->col[COL_REVENUE]), (struct numfmt){ '.' }, exponent, &revenue, NULL, NULL) != NUM_OK || revenue < 0)
		return bad_cell(g, row, COL_REVENUE, err);
	if (!read_wide(text_at(g->t, row, g->col[COL_SQUARES]), &squares))
		return bad_cell(g, row, COL_SQUARES, err);
	if (__builtin_add_overflow(g->buyers, buyers, &g->buyers))
		return bad_cell(g, row, COL_BUYERS, err);
	if (__builtin_add_overflow(g->revenue, revenue, &g->revenue))
		return bad_cell(g, row, COL_REVENUE, err);
	if (__builtin_add_overflow(g->squares, squares, &g->squares))
		return bad_cell(g, row, COL_SQUARES, err);
	struct cohort_cell *cell = cohort_age(cohort_at(c, period), (size_t)age);
	cell->buyers += buyers;
	cell->revenue += revenue;
	cell->squares += squares;
	return WEND_OK;
}

static enum wend_err read_returns(struct reading *g, size_t row, struct err *err)
{
	struct cohorts *c = g->c;
	const int exponent = c->cur ? currency_exponent(c->cur) : 2;
	int32_t period;
	int64_t age, last, base;
	cohort_wide base2, cross;
	if (!c->returns)
		return WEND_OK;
	if (!period_read(c->unit, text_at(g->t, row, g->col[COL_COHORT]), &period) || !sv_int(text_at(g->t, row, g->col[COL_AGE]), &age))
		return bad_cell(g, row, COL_COHORT, err);
	struct cohort *h = cohort_at(c, period);
	struct cohort_cell *cell = cohort_age(h, (size_t)age);
	if (!sv_int(text_at(g->t, row, g->col[COL_LAST]), &last) || last < 0 || last > cell->buyers || cell->last > cell->buyers - last)
		return bad_cell(g, row, COL_LAST, err);
	if (num_scaled(text_at(g->t, row, g->col[COL_BASE]), (struct numfmt){ '.' }, exponent, &base, NULL, NULL) != NUM_OK || base < 0 || __builtin_add_overflow(g->base, base, &g->base))
		return bad_cell(g, row, COL_BASE, err);
	if (!read_wide(text_at(g->t, row, g->col[COL_BASE2]), &base2) || __builtin_add_overflow(g->base2, base2, &g->base2))
		return bad_cell(g, row, COL_BASE2, err);
	if (!read_wide(text_at(g->t, row, g->col[COL_CROSS]), &cross) || __builtin_add_overflow(g->cross, cross, &g->cross))
		return bad_cell(g, row, COL_CROSS, err);
	cell->last += last;
	cell->cross += cross;
	h->base += base;
	h->base2 += base2;
	return WEND_OK;
}

/* Who bought at age 0 is the cohort, and nobody else can buy later. */
static enum wend_err count_customers(struct cohorts *c, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		struct cohort *h = &c->v[i];
		struct str s = STR_INIT;
		h->customers = h->v[0].buyers;
		for (size_t k = 0; k < h->n; k++)
			if (!h->customers || h->v[k].buyers > h->customers) {
				period_text(&s, c->unit, period_day(c->unit, h->period));
				err_set(err, WEND_E_INPUT, "cohort '%s' of the table has %lld customers, its buyers at age 0, and %lld buyers at age %zu", s.p, (long long)h->customers, (long long)h->v[k].buyers, k);
				str_release(&s);
				return err->code;
			}
	}
	return WEND_OK;
}

enum wend_err cohorts_read(struct cohorts *c, const struct table *from, size_t n, const struct report_options *ro, struct arena *a, struct err *err)
{
	struct reading g = { .c = c };
	*c = (struct cohorts){ .returns = c->returns, .unit = PERIOD_MONTH, .source = "purchases", .begins = INT32_MAX };
	for (size_t i = 0; i < n; i++) {
		g.t = &from[i];
		for (int k = 0; k < columns_of(c); k++) {
			g.col[k] = table_find(g.t, sv_of(names[k]));
			if (g.col[k] < 0)
				return err_set(err, WEND_E_INPUT, "the table has no column '%s'; what '%s' prints is read here", names[k], commands[c->returns]);
		}
		for (size_t row = 0; row < g.t->nrow; row++)
			if (read_settings(&g, row, a, err) || read_extremes(&g, row, err) || read_values(&g, row, err) || read_returns(&g, row, err))
				return err->code;
	}
	if (g.any && ro->period && strcmp(ro->period, cohort_unit[c->unit]))
		return err_set(err, WEND_E_INPUT, "the table is by %s; leave out '--period %s'", cohort_unit[c->unit], ro->period);
	return count_customers(c, err);
}
