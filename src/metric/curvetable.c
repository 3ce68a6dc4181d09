/* churn curve, printed: a row a time, or at chosen times; groups beside each other in a table of
 * their own; pairs of groups. Groups below --min-n show their counts and `few`.
 */
#include "curve_impl.h"

#include <math.h>

static bool few(const struct curve *c, const struct curve_group *g)
{
	return g->n < (double)c->min_n;
}

static void put_estimate(struct table *t, bool is_few, double v)
{
	if (is_few)
		put_few(t);
	else
		put_real(t, v);
}

static void put_limits(struct table *t, bool is_few, double v, struct interval ci)
{
	put_estimate(t, is_few, v);
	put_estimate(t, is_few, isnan(v) ? NAN : ci.lo);
	put_estimate(t, is_few, isnan(v) ? NAN : ci.hi);
}

/* Normal limits of the logarithm of the cumulative hazard. */
static struct interval hazard_limits(const struct survival_step *s)
{
	if (!(s->hazard > 0))
		return (struct interval){ NAN, NAN };
	const double half = Z95 * sqrt(s->hazard_variance) / s->hazard;
	return (struct interval){ s->hazard * exp(-half), s->hazard * exp(half) };
}

static void put_step(struct table *t, const struct curve *c, const struct curve_group *g, const struct survival_step *s, double entered)
{
	const bool is_few = few(c, g);
	if (c->groups)
		put_text(t, g->name);
	put_real(t, s->time);
	put_real(t, s->risk);
	put_real(t, s->events);
	put_real(t, s->lost);
	if (c->entry)
		put_real(t, entered);
	put_limits(t, is_few, s->survival, s->ci);
	put_limits(t, is_few, s->hazard > 0 ? s->hazard : NAN, hazard_limits(s));
	put_z(t, is_few ? "few" : NULL);
}

/* At a chosen time, with what happened since the one before. */
static struct survival_step chosen(const struct curve_group *g, double time, double before, double *entered)
{
	struct survival_step s = survival_at(g->v, g->d->n, time, ALPHA);
	s.events = s.lost = *entered = 0;
	for (size_t i = 0; i < g->d->n && g->d->time[i] <= time; i++)
		if (g->d->time[i] > before) {
			s.events += g->d->events[i];
			s.lost += g->d->lost[i];
			*entered += g->d->entered ? g->d->entered[i] : 0;
		}
	return s;
}

void curve_table(struct report *r, const struct curve *c)
{
	static const char *const share[] = { "S", "lo", "hi" }, *const hazard[] = { "H", "H_lo", "H_hi" };
	struct table *t = &r->table;
	if (c->groups)
		table_col(t, "group", COL_TEXT, NULL, -1);
	table_col(t, "t", COL_REAL, c->unit, -1);
	table_col(t, "n_risk", COL_REAL, NULL, -1);
	table_col(t, "events", COL_REAL, NULL, -1);
	table_col(t, "censored", COL_REAL, NULL, -1);
	if (c->entry)
		table_col(t, "entered", COL_REAL, NULL, -1);
	for (int i = 0; i < 3; i++)
		table_col(t, share[i], COL_SHARE, NULL, 1);
	for (int i = 0; i < 3; i++)
		table_col(t, hazard[i], COL_REAL, NULL, 4);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	for (size_t k = 0; k < c->n; k++) {
		const struct curve_group *g = &c->g[k];
		for (size_t i = 0; i < g->d->n && !c->nat; i++)
			if (g->d->events[i] > 0 || g->d->lost[i] > 0)
				put_step(t, c, g, &g->v[i], g->d->entered ? g->d->entered[i] : 0);
		for (size_t i = 0; i < c->nat; i++) {
			double entered;
			const struct survival_step s = chosen(g, c->at[i], i ? c->at[i - 1] : -1, &entered);
			put_step(t, c, g, &s, entered);
		}
	}
}

void curve_compare(struct report *r, const struct curve *c)
{
	static const char *const real[] = { "rmst", "rmst_lo", "rmst_hi", "median", "median_lo", "median_hi" };
	static const char *const share[] = { "S", "S_lo", "S_hi" };
	const double at = c->nat ? c->at[0] : c->until;
	struct table *t = &r->table;
	table_col(t, "group", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_REAL, NULL, -1);
	table_col(t, "events", COL_REAL, NULL, -1);
	table_col(t, "expected", COL_REAL, NULL, 1);
	table_col(t, "t", COL_REAL, c->unit, -1);
	for (int i = 0; i < 3; i++)
		table_col(t, share[i], COL_SHARE, NULL, 1);
	for (int i = 0; i < 6; i++)
		table_col(t, real[i], COL_REAL, NULL, 1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < c->n; i++) {
		const struct curve_group *g = &c->g[i];
		const struct survival_step s = survival_at(g->v, g->d->n, at, ALPHA);
		const bool is_few = few(c, g);
		put_text(t, g->name);
		put_real(t, g->n);
		put_real(t, g->events);
		put_real(t, c->n > 1 ? c->logrank.expected[i] : NAN);
		put_real(t, at);
		put_limits(t, is_few, s.survival, s.ci);
		put_limits(t, is_few, g->mean.mean, g->mean.ci);
		put_estimate(t, is_few, g->median.time);
		put_estimate(t, is_few, g->median.ci.lo);
		put_estimate(t, is_few, g->median.ci.hi);
		put_z(t, is_few ? "few" : NULL);
	}
}

void curve_pairs(struct report *r, const struct curve *c)
{
	static const char *const names[] = { "chisq", "p", "log10_p", "p_holm", "peto_chisq", "peto_p", "rmst_diff", "lo", "hi" };
	static const int digits[] = { 2, 4, 1, 4, 2, 4, 2, 2, 2 };
	struct table *t = &r->table;
	table_col(t, "group", COL_TEXT, NULL, -1);
	table_col(t, "versus", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_REAL, NULL, -1);
	table_col(t, "n_versus", COL_REAL, NULL, -1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		table_col(t, names[i], COL_REAL, NULL, digits[i]);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < c->npair; i++) {
		const struct curve_pair *p = &c->pair[i];
		const struct curve_group *a = &c->g[p->a], *b = &c->g[p->b];
		const bool is_few = few(c, a) || few(c, b);
		put_text(t, a->name);
		put_text(t, b->name);
		put_real(t, a->n);
		put_real(t, b->n);
		put_estimate(t, is_few, p->logrank.chisq);
		put_estimate(t, is_few, p->logrank.p > 0 ? p->logrank.p : NAN);
		put_estimate(t, is_few, p->logrank.log10_p);
		put_estimate(t, is_few, p->p_holm > 0 ? p->p_holm : NAN);
		put_estimate(t, is_few, p->peto.chisq);
		put_estimate(t, is_few, p->peto.p > 0 ? p->peto.p : NAN);
		put_limits(t, is_few, p->mean.diff, p->mean.ci);
		put_z(t, is_few ? "few" : NULL);
	}
}

/* ---- for people ---- */

enum { ROWS = 10, GROUPS_WITH_LIMITS = 3, GROUPS_SHOWN = 8 };

/* Round steps that people count in, at most ROWS of them to the last time. */
static double round_step(double last, bool days)
{
	static const double of_days[] = { 7, 14, 30, 60, 90, 120, 180, 365, 730, 1460, 3650 };
	static const double step[] = { 1, 2, 3, 4, 5, 6, 8 };
	double power = last > 0 ? pow(10, floor(log10(last / ROWS))) : 1;
	for (size_t i = 0; days && last > 7 && i < sizeof of_days / sizeof *of_days; i++)
		if (of_days[i] * ROWS >= last)
			return of_days[i];
	if (!days && last == floor(last) && last >= 24 && last <= 144) /* months, it may be */
		return last <= 30 ? 3 : last <= 60 ? 6 : 12;
	for (;; power *= 10)
		for (size_t i = 0; i < sizeof step / sizeof *step; i++)
			if (step[i] * power * ROWS >= last)
				return step[i] * power;
}

static void say_time(struct str *s, double v)
{
	say_real(s, v, v == floor(v) || fabs(v) >= 1000 ? 0 : 1);
}

static void say_cell(struct str *s, const struct curve *c, const struct curve_group *g, double time, bool limits)
{
	const struct survival_step v = survival_at(g->v, g->d->n, time, ALPHA);
	if (few(c, g)) {
		str_puts(s, "few");
		return;
	}
	if (isnan(v.survival))
		return;
	say_real(s, 100 * v.survival, 1);
	if (limits) {
		str_puts(s, "  ");
		say_real(s, 100 * v.ci.lo, 1);
		str_putc(s, '-');
		say_real(s, 100 * v.ci.hi, 1);
	}
}

static const char *head_of(struct report *r, const struct curve_group *g, size_t room)
{
	const struct sv name = g->name.p ? g->name : SV("not known");
	const size_t n = name.n > room ? room : name.n;
	return arena_strndup(&r->arena, name.p, n);
}

static void screen_curves(struct report *r, const struct curve *c, double last)
{
	const bool limits = c->n <= GROUPS_WITH_LIMITS;
	const size_t shown = c->n < GROUPS_SHOWN ? c->n : GROUPS_SHOWN;
	struct table *t = &report_screen(r, "STILL THERE, %")->t;
	struct str s = STR_INIT;
	table_col(t, arena_printf(&r->arena, "after %s", c->unit), COL_TEXT, NULL, -1);
	if (!c->groups)
		table_col(t, "at risk", COL_TEXT, NULL, -1);
	for (size_t k = 0; k < shown; k++)
		table_col(t, c->groups ? head_of(r, &c->g[k], limits ? 18 : 60 / shown) : "  95 %", COL_TEXT, NULL, -1);
	const double step = round_step(last, !strcmp(c->unit, "days"));
	const size_t rows = c->nat ? c->nat : (size_t)floor(last / step + 1e-9);
	for (size_t i = 0; i < rows; i++) {
		const double time = c->nat ? c->at[i] : step * (double)(i + 1);
		say_time(&s, time);
		put_said(t, &s);
		if (!c->groups) {
			say_real(&s, survival_at(c->g->v, c->g->d->n, time, ALPHA).risk, 0);
			put_said(t, &s);
		}
		for (size_t k = 0; k < shown; k++) {
			say_cell(&s, c, &c->g[k], time, limits);
			put_said(t, &s);
		}
	}
	str_release(&s);
}

static void say_span(struct str *s, struct interval ci)
{
	if (isnan(ci.lo) && isnan(ci.hi))
		return;
	if (!isnan(ci.lo))
		say_time(s, ci.lo);
	str_putc(s, '-');
	if (!isnan(ci.hi))
		say_time(s, ci.hi);
}

static void screen_groups(struct report *r, const struct curve *c)
{
	struct table *t = &report_screen(r, NULL)->t;
	struct str s = STR_INIT;
	table_col(t, arena_strndup(&r->arena, c->by.p, c->by.n), COL_TEXT, NULL, -1);
	table_col(t, "customers", COL_TEXT, NULL, -1);
	table_col(t, "left", COL_TEXT, NULL, -1);
	table_col(t, "half gone", COL_TEXT, NULL, -1);
	table_col(t, "95 %", COL_TEXT, NULL, -1);
	say_time(&s, c->until);
	table_col(t, arena_printf(&r->arena, "mean, first %s", s.p), COL_TEXT, NULL, -1);
	table_col(t, "95 % ", COL_TEXT, NULL, -1);
	str_reset(&s);
	for (size_t i = 0; i < c->n; i++) {
		const struct curve_group *g = &c->g[i];
		put_text(t, g->name.p ? g->name : SV("not known"));
		say_real(&s, g->n, 0);
		put_said(t, &s);
		say_real(&s, g->events, 0);
		put_said(t, &s);
		if (few(c, g))
			str_puts(&s, "few");
		else if (!isnan(g->median.time))
			say_time(&s, g->median.time);
		put_said(t, &s);
		if (!few(c, g))
			say_span(&s, g->median.ci);
		put_said(t, &s);
		if (!few(c, g) && !isnan(g->mean.mean))
			say_real(&s, g->mean.mean, 1);
		put_said(t, &s);
		if (!few(c, g) && !isnan(g->mean.mean)) {
			say_real(&s, g->mean.ci.lo, 1);
			str_putc(&s, '-');
			say_real(&s, g->mean.ci.hi, 1);
		}
		put_said(t, &s);
	}
	str_release(&s);
}

void curve_screen(struct report *r, const struct curve *c)
{
	double last = 0;
	for (size_t i = 0; i < c->n; i++)
		last = fmax(last, c->g[i].last);
	if (!(last > 0))
		return;
	screen_curves(r, c, last);
	if (c->groups)
		screen_groups(r, c);
}
