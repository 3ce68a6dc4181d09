/* ltv cohorts, printed: rows by cohort and age, newer cohorts against older ones in words,
 * curves.
 *
 * Newer against older at a common age. The age A is a year, or what half of the cohorts
 * have wholly behind them when that is less; of the cohorts that have it, the newest half,
 * a year's at most, stand against those before. Both sides are pooled over customers: mean
 * of what each brought up to A, Student t; their difference by the two intervals (MOVER,
 * Donner & Zou 2012).
 */
#include "ltvcohort_impl.h"

#include <math.h>

static const int a_year[] = { [PERIOD_DAY] = 365, [PERIOD_WEEK] = 52, [PERIOD_MONTH] = 12, [PERIOD_QUARTER] = 4, [PERIOD_YEAR] = 1 };

void pool_add(struct cohort_pool *p, const struct cohort *h, size_t age)
{
	p->customers += h->customers;
	p->buyers += h->v[age].buyers;
	p->sum += h->v[age].sum;
	p->squares += h->v[age].squares;
}

struct cohort_mean pool_value(const struct cohort_view *v, const struct cohort_pool *p)
{
	const struct interval ci = mean_interval((double)p->sum, (double)p->squares, (double)p->customers, ALPHA);
	return (struct cohort_mean){ (double)p->sum / (double)p->customers * v->by, { ci.lo * v->by, ci.hi * v->by } };
}

void cohort_span(struct str *s, enum period_unit u, int32_t from, int32_t to)
{
	period_text(s, u, period_day(u, from));
	if (to == from)
		return;
	str_puts(s, " to ");
	period_text(s, u, period_day(u, to));
}

/* ---- rows ---- */

static void columns(struct table *t, const struct cohort_view *v)
{
	const char *money = *v->money ? arena_strdup(&t->arena, v->money) : NULL;
	table_col(t, "cohort", COL_TEXT, NULL, -1);
	table_col(t, "age", COL_INT, arena_printf(&t->arena, "%ss", v->name), 0);
	table_col(t, "period", COL_TEXT, NULL, -1);
	table_col(t, "customers", COL_INT, NULL, 0);
	table_col(t, "buyers", COL_INT, NULL, 0);
	table_col(t, "active", COL_SHARE, NULL, 1);
	table_col(t, "active_lo", COL_SHARE, NULL, 1);
	table_col(t, "active_hi", COL_SHARE, NULL, 1);
	table_col_money(t, "revenue", v->c->cur);
	table_col(t, v->has_margin ? "margin_per_customer" : "revenue_per_customer", COL_REAL, money, 2);
	table_col(t, "lo", COL_REAL, money, 2);
	table_col(t, "hi", COL_REAL, money, 2);
	table_col(t, "flag", COL_TEXT, NULL, -1);
}

static void put_period(struct table *t, enum period_unit u, int32_t period)
{
	struct str s = STR_INIT;
	period_text(&s, u, period_day(u, period));
	put_text(t, str_view(&s));
	str_release(&s);
}

static void put_estimate(struct table *t, bool few, double value, struct interval ci)
{
	const double cell[3] = { value, ci.lo, ci.hi };
	for (int i = 0; i < 3; i++) {
		if (few)
			put_few(t);
		else
			put_real(t, cell[i]);
	}
}

static void put_row(struct table *t, const struct cohort_view *v, const struct cohort *h, size_t age)
{
	static const struct interval fact = { NAN, NAN };
	const struct cohort_cell *cell = &h->v[age];
	const bool few = h->customers < v->min_n;
	const double k = (double)cell->buyers, n = (double)h->customers;
	struct cohort_pool one = { 0 };
	pool_add(&one, h, age);
	const struct cohort_mean mean = pool_value(v, &one);
	put_period(t, v->c->unit, h->period);
	put_int(t, (int64_t)age);
	put_period(t, v->c->unit, h->period + (int32_t)age);
	put_int(t, h->customers);
	put_int(t, cell->buyers);
	put_estimate(t, few && age, k / n, age ? wilson(k, n, ALPHA) : fact);
	put_int(t, cell->revenue);
	put_estimate(t, few, mean.value, mean.ci);
	put_z(t, !cohort_complete(v->c, h, (int64_t)age) ? "*" : few ? "few" : NULL);
}

void cohort_table(struct report *r, const struct cohort_view *v)
{
	columns(&r->table, v);
	r->period_col = "period";
	for (size_t i = 0; i < v->c->n; i++)
		for (size_t k = 0; k < v->c->v[i].n; k++)
			put_row(&r->table, v, &v->c->v[i], k);
}

/* ---- words ---- */

/* Two groups of cohorts at one age. */
struct contest {
	int32_t age;
	size_t first, split, end;  /* cohorts: older [first, split), newer [split, end) */
	struct cohort_pool older, newer;
};

static bool contest_of(struct contest *q, const struct cohorts *c)
{
	size_t n = 0;
	while (n < c->n && cohort_complete(c, &c->v[n], 0))
		n++;
	if (n < 2)
		return false;
	const int32_t behind = c->complete - c->v[n / 2].period, year = a_year[c->unit];
	*q = (struct contest){ .age = behind < year ? behind : year };
	while (q->end < n && cohort_complete(c, &c->v[q->end], q->age))
		q->end++;
	/* Cohorts are few where customers are: a year is told by the calendar, not by their number. */
	q->split = q->end - q->end / 2;
	while (q->split < q->end - 1 && c->v[q->end - 1].period - c->v[q->split].period >= year)
		q->split++;
	for (size_t i = 0; i < q->end; i++)
		pool_add(i < q->split ? &q->older : &q->newer, &c->v[i], (size_t)q->age);
	return true;
}

static void say_value(struct str *s, const struct cohort_view *v, const struct cohort_mean *m)
{
	str_printf(s, " %s%s", v->money, *v->money ? " " : "");
	say_real(s, m->value, 2);
}

static void say_limits(struct str *s, struct interval ci, int64_t customers)
{
	str_puts(s, " (");
	if (!isnan(ci.lo)) {
		say_real(s, ci.lo, 2);
		str_puts(s, " to ");
		say_real(s, ci.hi, 2);
		str_puts(s, "; ");
	}
	say_things(s, customers, "customer)", "customers)");
}

static void say_contest(struct str *s, const struct cohort_view *v, const struct contest *q)
{
	const struct cohorts *c = v->c;
	const struct cohort_mean now = pool_value(v, &q->newer), old = pool_value(v, &q->older);
	const struct change d = change_of(now.value, now.ci, old.value, old.ci, q->newer.customers < v->min_n || q->older.customers < v->min_n);
	const bool few = !strcmp(d.call, "few"), real = !strcmp(d.call, "real");
	str_puts(s, few ? "newer and older customers are too few to compare: " : !real ? "newer customers bring neither more nor less than older ones, beyond chance: " :
		    d.diff > 0 ? "newer customers bring more than older ones: " : "newer customers bring less than older ones: ");
	str_puts(s, "those won in ");
	cohort_span(s, c->unit, c->v[q->split].period, c->v[q->end - 1].period);
	str_puts(s, " brought");
	say_value(s, v, &now);
	str_printf(s, " %s each ", v->has_margin ? "margin" : "revenue");
	if (q->age)
		str_printf(s, "by %s %d after the first purchase", v->name, (int)q->age);
	else
		str_printf(s, "in the %s of the first purchase", v->name);
	say_limits(s, now.ci, q->newer.customers);
	str_puts(s, ", those of ");
	cohort_span(s, c->unit, c->v[0].period, c->v[q->split - 1].period);
	say_value(s, v, &old);
	say_limits(s, old.ci, q->older.customers);
	if (!few) {
		str_puts(s, ", a difference of ");
		say_real(s, d.diff, 2);
		str_puts(s, " (");
		say_real(s, d.lo, 2);
		str_puts(s, " to ");
		say_real(s, d.hi, 2);
		str_puts(s, ")");
	}
	str_puts(s, ".");
}

/* The period after the first, all cohorts that have it behind them. */
static void say_back(struct str *s, const struct cohort_view *v)
{
	struct cohort_pool next = { 0 };
	for (size_t i = 0; i < v->c->n; i++)
		if (v->c->v[i].n > 1 && cohort_complete(v->c, &v->c->v[i], 1))
			pool_add(&next, &v->c->v[i], 1);
	if (!next.customers)
		return;
	const double k = (double)next.buyers, n = (double)next.customers;
	if (next.customers < v->min_n) {
		str_puts(s, " Of ");
		say_things(s, next.customers, "customer ", "customers ");
		say_count(s, next.buyers);
	} else {
		str_putc(s, ' ');
		say_share(s, k / n);
		str_puts(s, " of customers (");
		say_shares(s, wilson(k, n, ALPHA));
		str_puts(s, "; ");
		say_count(s, next.buyers);
		str_puts(s, " of ");
		say_count(s, next.customers);
		str_puts(s, ")");
	}
	str_printf(s, " bought in the %s after their first.", v->name);
}

static void say_left_out(struct str *s, const struct cohort_view *v)
{
	const struct cohorts *c = v->c;
	if (c->complete >= c->last)
		return;
	str_putc(s, ' ');
	cohort_span(s, c->unit, c->complete + 1 > c->v[0].period ? c->complete + 1 : c->v[0].period, c->last);
	if (c->covered < c->as_of) {
		str_printf(s, " is not covered: a source of %s ends ", c->source);
		day_text(s, c->covered);
	} else {
		str_puts(s, " is not over");
	}
	str_puts(s, " and is left out.");
}

/* Nothing to set against each other. */
static void say_lonely(struct str *s, const struct cohort_view *v)
{
	const struct cohorts *c = v->c;
	if (c->complete < c->v[0].period) {
		str_printf(s, "the %s of the first customers is not over: nothing to compare yet.", v->name);
		return;
	}
	str_printf(s, "of the %ss that are over, customers were won in ", v->name);
	cohort_span(s, c->unit, c->v[0].period, c->v[0].period);
	str_puts(s, " alone: no older ones to compare with.");
}

void cohort_find(struct report *r, const struct cohort_view *v)
{
	struct str *s = &r->finding;
	struct contest q;
	if (!v->c->n) {
		str_printf(s, "no customer has bought yet: no %s to count.", v->c->source);
		return;
	}
	if (contest_of(&q, v->c)) {
		say_contest(s, v, &q);
	} else {
		say_lonely(s, v);
	}
	say_back(s, v);
	say_left_out(s, v);
}

/* ---- curves ---- */

enum { LINES_MAX = 10 };

/* Cohorts drawn as one line: those that begin in one period of a longer unit. */
struct bundle {
	size_t from, to;
	int32_t number;            /* of the longer period */
	int32_t ages;              /* that all of them have complete */
};

static size_t bundles_of(struct bundle *b, const struct cohorts *c, enum period_unit u)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n && cohort_complete(c, &c->v[i], 0); i++) {
		/* An ISO week belongs where its Thursday lies. */
		const int32_t number = period_number(u, period_day(c->unit, c->v[i].period) + (c->unit == PERIOD_WEEK ? 3 : 0));
		if (!n || number != b[n - 1].number) {
			if (n == LINES_MAX)
				return LINES_MAX + 1;
			b[n++] = (struct bundle){ .from = i, .number = number };
		}
		b[n - 1].to = i + 1;
		b[n - 1].ages = c->complete - c->v[i].period + 1;
	}
	return n;
}

void cohort_figure(struct report *r, const struct cohort_view *v)
{
	const struct cohorts *c = v->c;
	struct table *t = &r->figure.data;
	struct bundle b[LINES_MAX + 1];
	enum period_unit u = c->unit;
	size_t n = bundles_of(b, c, u);
	while (n > LINES_MAX && u < PERIOD_YEAR)
		n = bundles_of(b, c, ++u);
	n = n > LINES_MAX ? LINES_MAX : n;
	r->figure.kind = FIG_LINE;
	r->figure.title = arena_printf(&r->arena, "%s per customer by age, by %s of the first purchase", v->has_margin ? "margin" : "revenue", cohort_unit[u]);
	r->figure.x_label = arena_printf(&r->arena, "%ss after the first purchase", v->name);
	r->figure.y_label = arena_printf(&r->arena, "%s per customer so far%s%s", v->has_margin ? "margin" : "revenue", *v->money ? ", " : "", v->money);
	table_col(t, "age", COL_INT, NULL, 0);
	int32_t ages = 0;
	for (size_t i = 0; i < n; i++) {
		struct str s = STR_INIT;
		period_text(&s, u, period_day(u, b[i].number));
		table_col(t, arena_strdup(&t->arena, s.p), COL_REAL, NULL, 2);
		str_release(&s);
		ages = b[i].ages > ages ? b[i].ages : ages;
	}
	for (int32_t k = 0; k < ages; k++) {
		put_int(t, k);
		for (size_t i = 0; i < n; i++) {
			struct cohort_pool p = { 0 };
			for (size_t h = b[i].from; h < b[i].to && k < b[i].ages; h++)
				pool_add(&p, &c->v[h], (size_t)k);
			put_real(t, p.customers < v->min_n ? NAN : pool_value(v, &p).value);
		}
	}
}
