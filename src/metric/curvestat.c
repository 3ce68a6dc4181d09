/* churn curve as a statistic (churn.durations, version 1): printed by --stat, read by --from.
 *
 *   stat, unit, event, by, strata   must agree where tables add up: what time is called, what
 *                 the event is, the columns of groups and of strata
 *   group, stratum, t   the keys
 *   events, censored, entered   that had the event at t, were last seen at t, came under
 *                 observation right after t
 */
#include "curve_impl.h"

#include <math.h>

static const char version[] = "churn.durations/1";

enum { COL_STAT, COL_UNIT, COL_EVENT, COL_BY, COL_STRATA, COL_GROUP, COL_STRATUM, COL_T, COL_EVENTS, COL_CENSORED, COL_ENTERED, COLS };
static const char *const names[COLS] = { "stat", "unit", "event", "by", "strata", "group", "stratum", "t", "events", "censored", "entered" };

void curve_stat(struct report *r, const struct curve *c)
{
	struct table *t = &r->table;
	double n = 0;
	for (int i = 0; i < COLS; i++)
		table_col(t, names[i], i < COL_T ? COL_TEXT : COL_REAL, NULL, -1);
	for (size_t k = 0; k < c->n * c->nstrata; k++) {
		const struct durations *d = &c->counts.d[k];
		for (size_t i = 0; i < d->n; i++) {
			put_z(t, version);
			put_z(t, c->unit);
			put_text(t, c->event);
			put_text(t, c->by);
			put_text(t, c->strata);
			put_text(t, c->name[k % c->n]);
			put_text(t, c->stratum[k / c->n]);
			put_real(t, d->time[i]);
			put_real(t, d->events[i]);
			put_real(t, d->lost[i]);
			put_real(t, d->entered ? d->entered[i] : 0);
			n += d->events[i] + d->lost[i];
		}
	}
	say_real(&r->finding, n, 0);
	str_puts(&r->finding, n == 1 ? " customer in " : " customers in ");
	say_things(&r->finding, (int64_t)t->nrow, "row of a group and a time.", "rows of a group and a time.");
	str_puts(&r->definition, "what happened when (churn.durations, version 1); values add");
}

/* ---- read ---- */

static struct sv text_at(const struct table *t, size_t row, int col)
{
	const struct cell *c = table_at(t, row, (size_t)col);
	return c->state == CELL_VALUE ? c->s : SV_NONE;
}

static enum wend_err settings(struct curve *c, const struct table *t, size_t row, const int *col, bool *any, struct sv *said, struct err *err)
{
	for (int i = 0; i < COL_GROUP; i++) {
		const struct sv v = text_at(t, row, col[i]);
		if (!*any)
			said[i] = v.p ? sv_n(arena_strndup(c->arena, v.p, v.n), v.n) : SV_NONE;
		else if (!sv_eq(v, said[i]))
			return err_set(err, WEND_E_INPUT, "tables that add up must agree in '%s': '%.*s' and '%.*s'", names[i], (int)said[i].n, said[i].p ? said[i].p : "", (int)v.n, v.p ? v.p : "");
	}
	if (!*any && !sv_is(said[COL_STAT], version))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; '%s' is read here", row + 1, (int)said[COL_STAT].n, said[COL_STAT].p ? said[COL_STAT].p : "", version);
	*any = true;
	return WEND_OK;
}

static enum wend_err read_row(struct curve_cells *l, const struct table *t, size_t row, const int *col, struct err *err)
{
	double v[4];
	for (int i = 0; i < 4; i++) {
		const struct sv text = sv_trim(text_at(t, row, col[COL_T + i]));
		if (!sv_real(text, &v[i]) || v[i] < 0 || v[i] > 9e15)
			return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' is not what 'wend churn curve --stat' prints there", row + 1, (int)text.n, text.p ? text.p : "", names[COL_T + i]);
	}
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = (struct curve_cell){ text_at(t, row, col[COL_GROUP]), text_at(t, row, col[COL_STRATUM]), v[0], v[1], v[2], v[3] };
	return WEND_OK;
}

enum wend_err curve_stat_read(struct curve *c, struct curve_cells *l, const struct table *from, size_t n, struct err *err)
{
	struct sv said[COL_GROUP] = { 0 };
	bool any = false;
	for (size_t k = 0; k < n; k++) {
		int col[COLS];
		for (int i = 0; i < COLS; i++) {
			col[i] = table_find(&from[k], sv_of(names[i]));
			if (col[i] < 0)
				return err_set(err, WEND_E_USAGE, "the table has no column '%s' as 'wend churn curve --stat' prints; for a table with a row a customer say '--time COL --event COL=VALUE'", names[i]);
		}
		for (size_t row = 0; row < from[k].nrow; row++)
			if (settings(c, &from[k], row, col, &any, said, err) || read_row(l, &from[k], row, col, err))
				return err->code;
	}
	c->unit = said[COL_UNIT].p ? said[COL_UNIT].p : "time";
	c->event = said[COL_EVENT];
	c->by = said[COL_BY];
	c->strata = said[COL_STRATA];
	c->groups = c->by.n > 0;
	return WEND_OK;
}

/* ---- cells into counts ---- */

/* Names in natural order, those without one last; equal ones once. */
static int by_name(const void *a, const void *b)
{
	const struct sv *x = a, *y = b;
	if (!x->p || !y->p)
		return (x->p == NULL) - (y->p == NULL);
	return sv_natcmp(*x, *y);
}

static struct sv *distinct(struct curve *c, const struct curve_cells *l, bool stratum, size_t *n)
{
	struct sv *v = arena_alloc(c->arena, (l->n + 1) * sizeof *v);
	size_t k = 0;
	v[0] = SV_NONE;
	for (size_t i = 0; i < l->n; i++)
		v[i] = stratum ? l->v[i].stratum : l->v[i].group;
	if (l->n)
		qsort(v, l->n, sizeof *v, by_name);
	for (size_t i = 0; i < l->n; i++)
		if (!k || by_name(&v[k - 1], &v[i]))
			v[k++] = v[i];
	for (size_t i = 0; i < k; i++)
		if (v[i].p)
			v[i].p = arena_strndup(c->arena, v[i].p, v[i].n);
	*n = k ? k : 1;
	return v;
}

static int by_keys(const void *a, const void *b)
{
	const struct curve_cell *x = a, *y = b;
	int d = by_name(&x->stratum, &y->stratum);
	if (!d)
		d = by_name(&x->group, &y->group);
	return d ? d : (x->time > y->time) - (x->time < y->time);
}

/* Sorted cells into durations, group after group; `strata` keeps strata apart. */
static void fill(struct survival_groups *out, const struct curve *c, const struct curve_cells *l, bool strata)
{
	const size_t lists = strata ? c->n * c->nstrata : c->n;
	double *time, *events, *lost, *entered;
	out->n = lists;
	out->d = xcalloc(lists + 1, sizeof *out->d);
	out->room = xcalloc(4 * l->n + 1, sizeof *out->room);
	time = out->room;
	events = time + l->n;
	lost = events + l->n;
	entered = lost + l->n;
	size_t i = 0, k = 0;
	for (size_t at = 0; at < lists; at++) {
		const size_t from = k;
		const struct sv *group = &c->name[at % c->n], *stratum = &c->stratum[at / c->n];
		for (; i < l->n && !by_name(&l->v[i].group, group) && (!strata || !by_name(&l->v[i].stratum, stratum)); i++) {
			if (k == from || time[k - 1] != l->v[i].time)
				time[k++] = l->v[i].time;
			events[k - 1] += l->v[i].events;
			lost[k - 1] += l->v[i].lost;
			entered[k - 1] += l->v[i].entered;
		}
		out->d[at] = (struct durations){ k - from, time + from, events + from, lost + from, c->entry ? entered + from : NULL };
	}
}

void curve_of_cells(struct curve *c, struct curve_cells *l)
{
	c->name = distinct(c, l, false, &c->n);
	c->stratum = distinct(c, l, true, &c->nstrata);
	for (size_t i = 0; i < l->n; i++)
		c->entry = c->entry || l->v[i].entered > 0;
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, by_keys);
	fill(&c->counts, c, l, true);
	if (c->nstrata == 1)
		return;
	for (size_t i = 0; i < l->n; i++)
		l->v[i].stratum = SV_NONE;
	qsort(l->v, l->n, sizeof *l->v, by_keys);
	fill(&c->own, c, l, false);
}
