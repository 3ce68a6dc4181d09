/* Cohorts for people: a triangle, a line a cohort and a column an age, of what a customer has
 * brought by then, or who was still active. Ages stand in steps that people count in, as many as 80
 * columns hold; older cohorts than the newest ROWS_MAX share one line, and the last line is
 * of all. Such a line holds, at each age, the cohorts that have it behind them: who is in it
 * changes from age to age. What is not over has no figure.
 */
#include "ltvcohort_impl.h"

#include <math.h>

enum { ROWS_MAX = 18, AGES_MAX = 12, WIDE = 80, GAP = 2 };

static const int32_t *round_ages(enum period_unit u)
{
	static const int32_t week[] = { 1, 2, 4, 8, 13, 26, 52, 104, 0 }, month[] = { 1, 2, 3, 6, 12, 24, 0 }, quarter[] = { 1, 2, 4, 8, 0 }, year[] = { 1, 2, 5, 10, 0 };
	switch (u) {
	case PERIOD_QUARTER:
		return quarter;
	case PERIOD_YEAR:
		return year;
	case PERIOD_MONTH:
		return month;
	default:
		return week;
	}
}

struct triangle {
	const struct cohorts *c;
	const struct cohort_figures *f;
	int32_t step, ages;        /* ages 0, step, 2 step ... */
	size_t first;              /* cohorts before it share a line */
};

/* How many figures fit beside the name of a cohort and its size. */
static int32_t room_of(const struct triangle *t, size_t name)
{
	struct str s = STR_INIT;
	int64_t customers = 0;
	for (size_t i = 0; i < t->c->n; i++)
		customers += t->c->v[i].customers;
	say_count(&s, customers);
	const int size = s.n > 9 ? (int)s.n : 9, cell = t->f->width > 4 ? t->f->width : 4;
	str_release(&s);
	const int room = (WIDE - GAP - (int)name - GAP - size) / (GAP + cell);
	return room < 2 ? 2 : room > AGES_MAX ? AGES_MAX : room;
}

static struct triangle triangle_of(const struct cohorts *c, const struct cohort_figures *f)
{
	struct triangle t = { .c = c, .f = f, .first = c->n > ROWS_MAX ? c->n - ROWS_MAX : 0 };
	const int32_t oldest = c->complete - c->v[0].period, room = room_of(&t, t.first ? sizeof "before 2026-01" - 1 : 8);
	const int32_t *step = round_ages(c->unit);
	while (step[1] && oldest / *step >= room)
		step++;
	t.step = *step;
	while (oldest / t.step >= room)
		t.step += *step;
	t.ages = oldest < 0 ? 0 : oldest / t.step + 1;
	return t;
}

static void put_str(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_release(s);
	*s = (struct str)STR_INIT;
}

/* One line: cohorts [from, to) together, at each age those that have it behind them. */
static void put_line(struct table *out, const struct triangle *t, size_t from, size_t to)
{
	const struct cohorts *c = t->c;
	struct str s = STR_INIT;
	int64_t customers = 0;
	for (size_t i = from; i < to; i++)
		customers += c->v[i].customers;
	say_count(&s, customers);
	put_str(out, &s);
	for (int32_t k = 0; k < t->ages; k++) {
		size_t end = from;
		int64_t n = 0;
		for (; end < to && cohort_complete(c, &c->v[end], k * t->step); end++)
			n += c->v[end].customers;
		if (n && n < t->f->min_n)
			str_puts(&s, "few");
		else if (n)
			t->f->say(&s, t->f->ctx, from, end, (size_t)(k * t->step));
		put_str(out, &s);
	}
}

void cohort_triangle(struct report *r, const struct cohorts *c, const struct cohort_figures *f)
{
	const struct triangle t = triangle_of(c, f);
	struct str s = STR_INIT;
	struct table *out = &report_screen(r, f->heading)->t;
	table_col(out, "", COL_TEXT, NULL, -1);
	table_col(out, "customers", COL_TEXT, NULL, -1);
	for (int32_t k = 0; k < t.ages; k++)
		table_col(out, k ? arena_printf(&out->arena, "+%d", (int)(k * t.step)) : arena_printf(&out->arena, "%s 0", cohort_unit[c->unit]), COL_TEXT, NULL, -1);
	if (t.first) {
		str_puts(&s, "before ");
		period_text(&s, c->unit, period_day(c->unit, c->v[t.first].period));
		put_str(out, &s);
		put_line(out, &t, 0, t.first);
	}
	for (size_t i = t.first; i < c->n; i++) {
		period_text(&s, c->unit, period_day(c->unit, c->v[i].period));
		if (!cohort_complete(c, &c->v[i], 0))
			str_putc(&s, '*');
		put_str(out, &s);
		put_line(out, &t, i, i + 1);
	}
	if (c->n > 1) {
		put_z(out, "all");
		put_line(out, &t, 0, c->n);
	}
	str_release(&s);
}

/* ---- what they brought ---- */

struct brought {
	const struct cohort_view *v;
	int digits;
};

static void say_brought(struct str *s, const void *ctx, size_t from, size_t to, size_t age)
{
	const struct brought *b = ctx;
	struct cohort_pool p = { 0 };
	for (size_t i = from; i < to; i++)
		pool_add(&p, &b->v->c->v[i], age);
	say_real(s, pool_value(b->v, &p).value, b->digits);
}

void cohort_screen(struct report *r, const struct cohort_view *v)
{
	const struct cohorts *c = v->c;
	struct brought b = { .v = v };
	struct cohort_pool all = { 0 };
	struct str s = STR_INIT;
	double most = 0;
	for (size_t i = 0; i < c->n; i++) {
		struct cohort_pool one = { 0 };
		pool_add(&all, &c->v[i], c->v[i].n - 1);
		pool_add(&one, &c->v[i], c->v[i].n - 1);
		most = fmax(most, pool_value(v, &one).value);
	}
	b.digits = pool_value(v, &all).value < 100 ? 2 : 0;
	say_real(&s, most, b.digits);
	const struct cohort_figures f = { .heading = "WON IN", .width = (int)s.n, .min_n = v->min_n, .say = say_brought, .ctx = &b };
	str_release(&s);
	cohort_triangle(r, c, &f);
}
