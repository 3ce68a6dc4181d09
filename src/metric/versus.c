/* --versus: an estimate against the same estimate over another time.
 *
 * Idea: recover the two variances from the two intervals (MOVER; Donner & Zou 2012, and
 * for shares with Wilson limits method 10 of Newcombe 1998). With a in [la, ua] now and
 * b in [lb, ub] before,
 *     d  = a - b
 *     lo = d - sqrt((a - la)^2 + (ub - b)^2)
 *     hi = d + sqrt((ua - a)^2 + (b - lb)^2)
 * call: real when the interval leaves out 0, chance when it holds it, few when either
 * side has no interval or too small an n. The same customers may be in both, which makes
 * the interval too wide rather than too narrow.
 */
#include "metric_impl.h"

#include <math.h>

struct change change_of(double now, struct interval a, double before, struct interval b, bool few)
{
	struct change c = { now - before, NAN, NAN, "few" };
	c.lo = c.diff - sqrt((now - a.lo) * (now - a.lo) + (b.hi - before) * (b.hi - before));
	c.hi = c.diff + sqrt((a.hi - now) * (a.hi - now) + (before - b.lo) * (before - b.lo));
	if (!few && !isnan(c.lo) && !isnan(c.hi))
		c.call = c.lo > 0 || c.hi < 0 ? "real" : "chance";
	return c;
}

/* ---- which time ---- */
static bool whole_months(int32_t from, int32_t to, int *months)
{
	int y0, m0, d0, y1, m1, d1;
	civil_ymd(from, &y0, &m0, &d0);
	civil_ymd(to + 1, &y1, &m1, &d1);
	*months = (y1 - y0) * 12 + m1 - m0;
	return d0 == 1 && d1 == 1;
}

static int32_t back_months(int32_t day, int months)
{
	int y, m, d;
	civil_ymd(day, &y, &m, &d);
	return civil_add_months(day, -months, d);
}

static void set_span(struct population *q, int32_t from, int32_t until)
{
	q->since = from;
	q->until = until;
	q->from_local = (int64_t)from * 86400;
	q->to_local = ((int64_t)until + 1) * 86400;
	q->from = zone_instant(q->zone, q->from_local, NULL);
	q->to = zone_instant(q->zone, q->to_local, NULL);
}

enum wend_err versus_population(struct population *out, const struct population *p, const char *versus, char text[96], struct err *err)
{
	const bool year = !strcmp(versus, "year"), previous = !strcmp(versus, "previous");
	const bool spanned = p->from_local != INT64_MIN;
	const int32_t last = p->until < p->as_of ? p->until : p->as_of;
	struct span s = { 0 };
	struct str t = STR_INIT;
	int months;
	if (!year && !previous) {
		if (span_parse(&s, sv_of(versus), p->as_of, err))
			return err->code;
	}
	if (!spanned) {
		const int32_t at = !year && !previous ? floor_day(s.to - 1) : back_months(p->as_of, year ? 12 : 1);
		*out = population_at(p, at);
		str_printf(&t, "as of %s", out->as_of_text);
	} else {
		int32_t from, until;
		if (!year && !previous) {
			from = floor_day(s.from);
			until = floor_day(s.to - 1);
		} else if (whole_months(p->since, last, &months)) {
			from = back_months(p->since, year ? 12 : months);
			until = back_months(last + 1, year ? 12 : months) - 1;
		} else if (year) {
			from = back_months(p->since, 12);
			until = back_months(last, 12);
		} else {
			until = p->since - 1;
			from = until - (last - p->since);
		}
		*out = population_at(p, until < p->as_of ? until : p->as_of);
		set_span(out, from, until);
		day_text(&t, from);
		str_puts(&t, " to ");
		day_text(&t, until);
	}
	snprintf(text, 96, "%s", t.p);
	str_release(&t);
	return WEND_OK;
}

/* ---- two tables into one ---- */
struct keyed {
	struct sv key;
	size_t row;
};

static int by_key(const void *a, const void *b)
{
	return sv_cmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

static struct sv key_of(struct arena *a, const struct table *t, size_t row, size_t nkeys)
{
	struct str s = STR_INIT;
	for (size_t i = 0; i < nkeys; i++) {
		cell_text(&s, &t->col[i], table_at(t, row, i), NULL);
		str_putc(&s, '\x1f');
	}
	const struct sv out = { arena_strndup(a, s.p ? s.p : "", s.n), s.n };
	str_release(&s);
	return out;
}

static double number_at(const struct table *t, size_t row, int col)
{
	const struct cell *c = col < 0 ? NULL : table_at(t, row, (size_t)col);
	if (!c || c->state != CELL_VALUE)
		return NAN;
	const enum col_type type = t->col[col].type;
	return type == COL_REAL || type == COL_SHARE ? c->d : (double)c->i;
}

static struct change change_in(const struct table *now, size_t row, const struct table *before, const struct keyed *hit, const char *value, int64_t min_n, double *old)
{
	const struct sv names[] = { sv_of(value), SV("lo"), SV("hi"), SV("n") };
	double v[2][4];
	for (int k = 0; k < 4; k++) {
		v[0][k] = number_at(now, row, table_find(now, names[k]));
		v[1][k] = hit ? number_at(before, hit->row, table_find(before, names[k])) : NAN;
	}
	*old = v[1][0];
	const bool few = v[0][3] < (double)min_n || v[1][3] < (double)min_n;
	return change_of(v[0][0], (struct interval){ v[0][1], v[0][2] }, v[1][0], (struct interval){ v[1][1], v[1][2] }, few);
}

enum wend_err versus_join(struct table *now, const struct table *before, size_t nkeys, const char *value, int64_t min_n, struct err *err)
{
	(void)err;
	struct arena scratch = ARENA_INIT;
	struct keyed *k = xreallocarray(NULL, before->nrow + 1, sizeof *k);
	struct table t = { .arena = now->arena, .text = now->text, .customer_col = now->customer_col };
	const int col = table_find(now, sv_of(value));
	const enum col_type type = now->col[col].type == COL_SHARE ? COL_SHARE : COL_REAL;
	for (size_t i = 0; i < before->nrow; i++)
		k[i] = (struct keyed){ key_of(&scratch, before, i, nkeys), i };
	qsort(k, before->nrow, sizeof *k, by_key);
	for (size_t i = 0; i < now->ncol; i++) {
		const int c = table_col(&t, now->col[i].name, now->col[i].type, now->col[i].unit, now->col[i].digits);
		t.col[c].exponent = now->col[i].exponent;
	}
	table_col(&t, "before", type, now->col[col].unit, now->col[col].digits);
	table_col(&t, "diff", type, now->col[col].unit, now->col[col].digits);
	table_col(&t, "diff_lo", type, now->col[col].unit, now->col[col].digits);
	table_col(&t, "diff_hi", type, now->col[col].unit, now->col[col].digits);
	table_col(&t, "call", COL_TEXT, NULL, -1);
	GROW(t.cell, t.cell_cap, now->nrow * t.ncol + 1);
	for (size_t i = 0; i < now->nrow; i++) {
		const struct keyed want = { key_of(&scratch, now, i, nkeys), 0 };
		const struct keyed *hit = before->nrow ? bsearch(&want, k, before->nrow, sizeof *k, by_key) : NULL;
		double old;
		const struct change c = change_in(now, i, before, hit, value, min_n, &old);
		memcpy(&t.cell[i * t.ncol], table_at(now, i, 0), now->ncol * sizeof *t.cell);
		t.fill = now->ncol;
		put_real(&t, old);
		put_real(&t, c.diff);
		put_real(&t, c.lo);
		put_real(&t, c.hi);
		put_z(&t, c.call);
	}
	now->arena = now->text = (struct arena)ARENA_INIT;
	table_release(now);
	*now = t;
	free(k);
	arena_release(&scratch);
	return WEND_OK;
}
