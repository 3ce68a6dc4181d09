/* churn cohorts, printed: rows by cohort and age, the two means, newer against older cohorts in
 * words, a triangle for people and as a picture.
 *
 * Limits: shares of customers Wilson; the simple mean of rates by the variances of its shares;
 * revenue the ratio of two sums over customers (Cochran 1977), normal, never below 0.
 */
#include "churncohort_impl.h"

#include <math.h>

/* One kind of retention of one or several cohorts at an age. */
struct returns {
	int64_t n, back;          /* customers; active */
	double base, money, bb, mm, bm; /* revenue: sums, squares, products */
};

static int64_t after(const struct cohort *h, size_t age)
{
	int64_t n = 0;
	for (size_t k = age; k < h->n; k++)
		n += h->v[k].last;
	return n;
}

static void add_returns(struct returns *s, const struct cohort *h, unsigned kind, size_t age)
{
	const struct cohort_cell *c = kind == RETURNS_BRACKET ? NULL : &h->v[age];
	s->n += kind == RETURNS_BRACKET ? h->watched[age] : h->customers;
	s->back += kind == RETURNS_BRACKET ? h->back[age] : kind == RETURNS_AFTER ? after(h, age) : c->buyers;
	if (kind != RETURNS_REVENUE)
		return;
	s->base += (double)h->base;
	s->bb += (double)h->base2;
	s->money += (double)c->revenue;
	s->mm += (double)c->squares;
	s->bm += (double)c->cross;
}

static double rate_of(const struct returns *s, unsigned kind)
{
	if (kind == RETURNS_REVENUE)
		return s->base > 0 ? s->money / s->base : NAN;
	return s->n ? (double)s->back / (double)s->n : NAN;
}

static struct interval limits_of(const struct returns *s, unsigned kind)
{
	if (kind != RETURNS_REVENUE)
		return wilson((double)s->back, (double)s->n, ALPHA);
	const double r = rate_of(s, kind), n = (double)s->n;
	if (!(n > 1) || isnan(r))
		return (struct interval){ NAN, NAN };
	const double spread = fmax(0, s->mm - 2 * r * s->bm + r * r * s->bb), half = Z95 * sqrt(spread * n / (n - 1)) / s->base;
	return (struct interval){ fmax(0, r - half), r + half };
}

/* Is everything seen that can still count? */
static bool seen_whole(const struct returns_view *v, const struct cohort *h, unsigned kind, size_t age)
{
	const struct cohorts *c = v->c;
	if (kind == RETURNS_BRACKET)
		return h->watched[age] == h->customers;
	if (!cohort_complete(c, h, (int64_t)age))
		return false;
	if (kind != RETURNS_AFTER || v->contracts)
		return true;
	const int32_t end = period_day(c->unit, h->period + (int32_t)age + 1) - 1;
	return v->window > 0 && (int64_t)end + v->window <= c->covered;
}

/* ---- rows ---- */

static const char *kind_name(unsigned kind)
{
	return kind == RETURNS_ON ? "on" : kind == RETURNS_AFTER ? "on-or-after" : kind == RETURNS_BRACKET ? "bracket" : "revenue";
}

static void columns(struct table *t, const struct returns_view *v)
{
	table_col(t, "cohort", COL_TEXT, NULL, -1);
	table_col(t, "size", COL_INT, NULL, 0);
	table_col(t, "k", COL_INT, v->kinds & RETURNS_BRACKET ? "days" : arena_printf(&t->arena, "%ss", cohort_unit[v->c->unit]), 0);
	if (v->kinds & RETURNS_BRACKET)
		table_col(t, "days", COL_TEXT, NULL, -1);
	table_col(t, "retained", COL_INT, NULL, 0);
	table_col(t, "rate", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "complete", COL_INT, NULL, 0);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	table_col(t, "definition", COL_TEXT, NULL, -1);
	if (v->kinds & RETURNS_REVENUE) {
		table_col_money(t, "base", v->c->cur);
		table_col_money(t, "money", v->c->cur);
	}
}

static void put_age(struct table *t, const struct returns_view *v, size_t age)
{
	if (!(v->kinds & RETURNS_BRACKET)) {
		put_int(t, (int64_t)age);
		return;
	}
	const struct bracket *b = &v->bracket[age];
	struct str s = STR_INIT;
	put_int(t, b->from);
	str_printf(&s, "%d-%d", (int)b->from, (int)b->to);
	put_text(t, str_view(&s));
	str_release(&s);
}

static void put_rest(struct table *t, const struct returns_view *v, const struct returns *s, unsigned kind, double rate, struct interval ci, bool whole)
{
	const bool few = s->n < v->min_n;
	const double cell[3] = { rate, ci.lo, ci.hi };
	put_int(t, s->back);
	for (int i = 0; i < 3; i++) {
		if (few)
			put_few(t);
		else
			put_real(t, cell[i]);
	}
	put_int(t, whole);
	put_z(t, !whole ? "*" : few ? "few" : NULL);
	put_z(t, kind_name(kind));
	if (v->kinds & RETURNS_REVENUE) {
		put_int(t, (int64_t)s->base);
		put_int(t, (int64_t)s->money);
	}
}

static void cohort_row(struct table *t, const struct returns_view *v, const struct cohort *h, unsigned kind, size_t age)
{
	struct returns s = { 0 };
	struct str name = STR_INIT;
	const bool fact = !age && kind & (RETURNS_ON | RETURNS_AFTER); /* the first activity makes the cohort */
	add_returns(&s, h, kind, age);
	period_text(&name, v->c->unit, period_day(v->c->unit, h->period));
	put_text(t, str_view(&name));
	str_release(&name);
	put_int(t, s.n);
	put_age(t, v, age);
	put_rest(t, v, &s, kind, rate_of(&s, kind), fact ? (struct interval){ NAN, NAN } : limits_of(&s, kind), seen_whole(v, h, kind, age));
}

/* Both means over the cohorts that are whole at this age; false: there is none. */
static bool mean_rows(struct table *t, const struct returns_view *v, unsigned kind, size_t age)
{
	const struct cohorts *c = v->c;
	struct returns all = { 0 };
	double sum = 0, var = 0, m = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct cohort *h = &c->v[i];
		struct returns one = { 0 };
		if (kind != RETURNS_BRACKET && (age >= h->n || !seen_whole(v, h, kind, age)))
			continue;
		add_returns(&one, h, kind, age);
		add_returns(&all, h, kind, age);
		const double r = rate_of(&one, kind);
		const struct interval ci = limits_of(&one, kind);
		if (isnan(r) || isnan(ci.lo) || (kind == RETURNS_BRACKET && one.n < h->customers))
			continue;
		sum += r;
		var += kind == RETURNS_REVENUE ? pow((ci.hi - ci.lo) / 2 / Z95, 2) : r * (1 - r) / (double)one.n;
		m++;
	}
	if (!all.n)
		return false;
	for (int simple = 0; simple < 2; simple++) {
		const double half = Z95 * sqrt(var) / m, mean = m > 0 ? sum / m : NAN;
		const bool fact = !age && kind & (RETURNS_ON | RETURNS_AFTER);
		put_z(t, simple ? "simple" : "weighted");
		put_int(t, all.n);
		put_age(t, v, age);
		put_rest(t, v, &all, kind, simple ? mean : rate_of(&all, kind),
			 fact ? (struct interval){ NAN, NAN } : simple ? (struct interval){ fmax(0, mean - half), kind == RETURNS_REVENUE ? mean + half : fmin(1, mean + half) } : limits_of(&all, kind), true);
	}
	return true;
}

static void rows(struct table *t, const struct returns_view *v)
{
	const struct cohorts *c = v->c;
	for (size_t i = 0; i < c->n; i++)
		for (unsigned kind = RETURNS_ON; kind <= RETURNS_REVENUE; kind <<= 1) {
			const size_t n = kind == RETURNS_BRACKET ? (size_t)v->brackets : c->v[i].n;
			for (size_t k = 0; v->kinds & kind && k < n; k++)
				if (v->chosen || kind == RETURNS_ON || seen_whole(v, &c->v[i], kind, k))
					cohort_row(t, v, &c->v[i], kind, k);
		}
	for (unsigned kind = RETURNS_ON; c->n && kind <= RETURNS_REVENUE; kind <<= 1) {
		const size_t n = kind == RETURNS_BRACKET ? (size_t)v->brackets : c->v[0].n;
		for (size_t k = 0; v->kinds & kind && k < n; k++)
			if (!mean_rows(t, v, kind, k) && kind != RETURNS_BRACKET)
				break;
	}
}

/* ---- words ---- */

static struct returns pool(const struct returns_view *v, unsigned kind, size_t age, size_t from, size_t to)
{
	struct returns s = { 0 };
	for (size_t i = from; i < to; i++)
		if (kind == RETURNS_BRACKET || (age < v->c->v[i].n && seen_whole(v, &v->c->v[i], kind, age)))
			add_returns(&s, &v->c->v[i], kind, age);
	return s;
}

static void say_rate(struct str *s, const struct returns *q, unsigned kind)
{
	say_share(s, rate_of(q, kind));
	str_puts(s, " (");
	say_shares(s, limits_of(q, kind));
	str_puts(s, ")");
}

/* The ages a person asks for first. */
static void say_ages(struct str *s, const struct returns_view *v, unsigned kind)
{
	static const size_t ask[] = { 1, 3, 6, 12 };
	const char *what = kind == RETURNS_REVENUE ? "of the first money is left" : v->contracts ? "of customers still have a contract" : kind == RETURNS_AFTER ? "of customers buy" : "of customers buy again";
	bool first = true;
	for (size_t i = 0; i < sizeof ask / sizeof *ask; i++) {
		const struct returns q = pool(v, kind, ask[i], 0, v->c->n);
		if (q.n < v->min_n)
			continue;
		str_puts(s, first ? "" : ", ");
		say_rate(s, &q, kind);
		if (first)
			str_printf(s, " %s", what);
		str_printf(s, " in %s %d%s", cohort_unit[v->c->unit], (int)ask[i], kind == RETURNS_AFTER ? " or later" : "");
		if (first)
			str_puts(s, v->contracts ? " after the first" : " after the first purchase");
		first = false;
	}
	str_puts(s, first ? "too few customers for a rate, which needs about 30." : ".");
}

static void say_brackets(struct str *s, const struct returns_view *v)
{
	str_puts(s, "of customers ");
	for (int i = 0; i < v->brackets; i++) {
		const struct returns q = pool(v, RETURNS_BRACKET, (size_t)i, 0, v->c->n);
		str_puts(s, i ? ", " : "");
		if (q.n < v->min_n)
			str_puts(s, "few");
		else
			say_share(s, rate_of(&q, RETURNS_BRACKET));
		str_printf(s, " are active on days %d to %d", (int)v->bracket[i].from, (int)v->bracket[i].to);
	}
	str_puts(s, " after their first.");
}

/* Newer cohorts against older ones, one period after the first. */
static void say_newer(struct str *s, const struct returns_view *v, unsigned kind)
{
	const struct cohorts *c = v->c;
	size_t n = 0;
	while (n < c->n && seen_whole(v, &c->v[n], kind, 1))
		n++;
	if (n < 2)
		return;
	const size_t split = n - n / 2;
	const struct returns old = pool(v, kind, 1, 0, split), now = pool(v, kind, 1, split, n);
	if (old.n < v->min_n || now.n < v->min_n)
		return;
	const struct change d = change_of(rate_of(&now, kind), limits_of(&now, kind), rate_of(&old, kind), limits_of(&old, kind), false);
	str_printf(s, " Newer customers %s %s than older ones%s: ", v->contracts ? "stay" : "come back", strcmp(d.call, "real") ? "neither more nor less" : d.diff > 0 ? "more" : "less",
		   strcmp(d.call, "real") ? ", beyond chance" : "");
	say_rate(s, &now, kind);
	str_printf(s, " in %s 1 of those won in ", cohort_unit[c->unit]);
	cohort_span(s, c->unit, c->v[split].period, c->v[n - 1].period);
	str_puts(s, ", ");
	say_rate(s, &old, kind);
	str_puts(s, " of those of ");
	cohort_span(s, c->unit, c->v[0].period, c->v[split - 1].period);
	str_puts(s, ".");
}

/* ---- a triangle, on the screen and drawn ---- */

static unsigned main_kind(const struct returns_view *v)
{
	return v->kinds & RETURNS_REVENUE ? RETURNS_REVENUE : v->kinds & RETURNS_ON ? RETURNS_ON : RETURNS_AFTER;
}

static void say_cell(struct str *s, const void *ctx, size_t from, size_t to, size_t age)
{
	const struct returns_view *v = ctx;
	struct returns q = { 0 };
	for (size_t i = from; i < to; i++)
		if (seen_whole(v, &v->c->v[i], main_kind(v), age))
			add_returns(&q, &v->c->v[i], main_kind(v), age);
	if (q.n)
		say_real(s, 100 * rate_of(&q, main_kind(v)), 1);
}

enum { HEAT_ROWS = 36, HEAT_AGES = 36 };

static void draw(struct report *r, const struct returns_view *v)
{
	const struct cohorts *c = v->c;
	struct table *t = &r->figure.data;
	const unsigned kind = main_kind(v);
	r->figure.kind = FIG_HEAT;
	r->figure.title = arena_printf(&r->arena, "%s, by %s of the first %s", kind == RETURNS_REVENUE ? "money that stays" : kind == RETURNS_AFTER ? "customers active then or later" : "customers active again", cohort_unit[c->unit],
				       v->contracts ? "contract" : "purchase");
	r->figure.x_label = arena_printf(&r->arena, "%ss after the first", cohort_unit[c->unit]);
	r->figure.y_label = "cohort";
	table_col(t, "cohort", COL_TEXT, NULL, -1);
	table_col(t, "k", COL_TEXT, NULL, -1);
	table_col(t, "rate", COL_SHARE, NULL, 0);
	table_col(t, "customers", COL_INT, NULL, 0);
	for (size_t i = c->n > HEAT_ROWS ? c->n - HEAT_ROWS : 0; i < c->n; i++)
		for (size_t k = 1; k < c->v[i].n && k <= HEAT_AGES; k++) {
			struct returns q = { 0 };
			struct str s = STR_INIT;
			if (!seen_whole(v, &c->v[i], kind, k))
				continue;
			add_returns(&q, &c->v[i], kind, k);
			period_text(&s, c->unit, period_day(c->unit, c->v[i].period));
			put_text(t, str_view(&s));
			str_reset(&s);
			str_printf(&s, "%zu", k);
			put_text(t, str_view(&s));
			str_release(&s);
			if (q.n < v->min_n)
				put_few(t);
			else
				put_real(t, rate_of(&q, kind));
			put_int(t, c->v[i].customers);
		}
}

static void explain(struct report *r, const struct returns_view *v)
{
	struct line_list *l = &r->explain.text;
	line_add(l, "rate on k = customers active in the k-th %s after their first / customers of the cohort; on-or-after: in it or any later one; Wilson (1927)", cohort_unit[v->c->unit]);
	line_add(l, "bracket: active between the two days since the first, of those watched through it; revenue: money of the period / first money, %s; ratio of sums over customers (Cochran 1977)",
		 v->contracts ? "with contracts what is paid a month at its end / what was paid at first" : "money spent in it / money of the first period");
	line_add(l, "weighted: all customers of the cohorts that are whole at that age; simple: mean of the rates of these cohorts");
	if (v->window > 0)
		line_add(l, "on-or-after is complete where %d days, the window of silence that means leaving, fit behind the period", (int)v->window);
}

void returns_show(struct report *r, const struct returns_view *v)
{
	const struct cohort_figures f = { .heading = main_kind(v) == RETURNS_REVENUE ? "MONEY LEFT, %" : main_kind(v) == RETURNS_AFTER ? "ACTIVE THEN OR LATER, %" : "ACTIVE AGAIN, %", .width = 5, .min_n = v->min_n, .say = say_cell, .ctx = v };
	columns(&r->table, v);
	rows(&r->table, v);
	explain(r, v);
	str_printf(&r->definition, "cohort: %s of the first %s; on: active in the k-th %s after it%s%s; weighted: by customers, simple: by cohorts; * = not over or not wholly seen, in no mean; 95 %% intervals", cohort_unit[v->c->unit],
		   v->contracts ? "paid day" : "purchase", cohort_unit[v->c->unit], v->kinds & RETURNS_AFTER ? "; on-or-after: then or later" : "", v->kinds & RETURNS_REVENUE ? "; revenue: money of the period / first money" : "");
	line_add(&r->next, "wend churn cohorts --definition revenue");
	line_add(&r->next, "wend churn lifecycle");
	if (!v->c->n) {
		str_printf(&r->finding, "no customer has %s yet.", v->contracts ? "held a paid contract" : "bought");
		return;
	}
	if (v->kinds & RETURNS_BRACKET) {
		say_brackets(&r->finding, v);
		return;
	}
	say_ages(&r->finding, v, main_kind(v));
	say_newer(&r->finding, v, main_kind(v));
	cohort_triangle(r, v->c, &f);
	draw(r, v);
}
