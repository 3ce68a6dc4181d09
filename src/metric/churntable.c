/* churn rate, printed: rates with Wilson's interval, groups against the rate of all,
 * changes against another period.
 */
#include "churn_impl.h"

#include <math.h>

static int64_t churned(const struct churn_line *l)
{
	return l->t.by_choice + l->t.by_payment;
}

static struct interval line_interval(const struct churn_line *l)
{
	return wilson((double)churned(l), (double)l->start, ALPHA);
}

/* Periods of one group from its first customer to the as-of day, those of the span kept. */
static void group_lines(struct churn_lines *out, const struct churn_group *g, const struct churn_ctx *c)
{
	const struct population *p = c->p;
	const int32_t last = period_number(c->unit, p->as_of);
	const int32_t from = p->since == INT32_MIN ? INT32_MIN : period_number(c->unit, p->since);
	const int32_t until = period_number(c->unit, p->until);
	const struct sv name = g->word == WEND_NONE ? SV_NONE : store_word(p->store, g->word);
	int64_t active = 0;
	bool begun = false;
	for (size_t k = 0; k < g->n && g->base + (int32_t)k <= last; k++) {
		struct churn_line l = { .period = g->base + (int32_t)k, .word = g->word, .name = name, .t = g->v[k] };
		begun = begun || !churn_tally_empty(&l.t);
		active += l.t.entered - l.t.left;
		l.start = active;
		l.end = active + l.t.fresh + l.t.back - l.t.in_out - churned(&l);
		l.partial = period_day(c->unit, l.period + 1) - 1 > p->as_of;
		if (!begun || l.period < from || l.period > until)
			continue;
		GROW(out->v, out->cap, out->n + 1);
		out->v[out->n++] = l;
	}
	/* quiet periods behind the last movement */
	for (int32_t k = g->base + (int32_t)g->n; g->n && k <= last && k - g->base < PERIODS_MAX; k++) {
		if (k < from || k > until)
			continue;
		GROW(out->v, out->cap, out->n + 1);
		out->v[out->n++] = (struct churn_line){ .period = k, .word = g->word, .name = name, .start = active, .end = active,
						  .partial = period_day(c->unit, k + 1) - 1 > p->as_of };
	}
}

static int by_period(const void *a, const void *b)
{
	const struct churn_line *x = a, *y = b;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return sv_cmp(x->name, y->name);
}

static const struct churn_line *line_at(const struct churn_lines *l, int32_t period, int64_t word)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].period == period && l->v[i].word == word)
			return &l->v[i];
	return NULL;
}

/* The period a row is compared with. */
static int32_t compared(const struct churn_ctx *c, const char *versus, int32_t period, int32_t fixed)
{
	static const int a_year[] = { [PERIOD_DAY] = 365, [PERIOD_WEEK] = 52, [PERIOD_MONTH] = 12, [PERIOD_QUARTER] = 4, [PERIOD_YEAR] = 1 };
	if (!strcmp(versus, "previous"))
		return period - 1;
	return !strcmp(versus, "year") ? period - a_year[c->unit] : fixed;
}

/* P(X <= k) of a binomial. */
static double binomial_cdf(double k, double n, double p)
{
	if (k < 0)
		return 0;
	return k >= n ? 1 : beta_i(n - k, k + 1, 1 - p);
}

/* Smallest k with P(X <= k) >= q. */
static double binomial_quantile(double q, double n, double p)
{
	double lo = -1, hi = n;
	while (hi - lo > 1) {
		const double mid = floor((lo + hi) / 2);
		if (binomial_cdf(mid, n, p) >= q)
			hi = mid;
		else
			lo = mid;
	}
	return hi;
}

/* A group against the rate of all: exact binomial limits, 95 % and 99.8 %. */
static void put_verdict(struct table *t, const struct churn_line *l, const struct churn_line *all, int64_t min_n)
{
	const double n = (double)l->start, k = (double)churned(l);
	const double p = all && all->start ? (double)churned(all) / (double)all->start : NAN;
	if (isnan(p) || l->start < min_n) {
		put_real(t, isnan(p) ? NAN : n * p);
		put_empty(t);
		put_empty(t);
		put_z(t, "few");
		return;
	}
	const double below = binomial_cdf(k, n, p), above = 1 - binomial_cdf(k - 1, n, p);
	const double tail = below < above ? below : above;
	put_real(t, n * p);
	put_real(t, binomial_quantile(0.025, n, p) / n);
	put_real(t, binomial_quantile(0.975, n, p) / n);
	put_z(t, tail < 0.001 ? "out" : tail < 0.025 ? "watch" : "in");
}

static void columns(struct table *t, const struct churn_ctx *c, const char *versus)
{
	static const char *const counts[] = { "active_start", "new", "reactivated", "churned_vol", "churned_invol", "in_and_out", "pending", "active_end" };
	static const char *const shares[] = { "churn_rate", "lo", "hi" };
	static const char *const change[] = { "before", "diff", "diff_lo", "diff_hi" };
	table_col(t, "period", COL_TEXT, NULL, -1);
	if (c->by >= 0)
		table_col(t, field_defs[c->by].name, COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		table_col(t, counts[i], COL_INT, NULL, 0);
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		table_col(t, shares[i], COL_SHARE, NULL, 1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	if (c->by >= 0) {
		table_col(t, "expected", COL_REAL, NULL, 1);
		table_col(t, "limit_lo", COL_SHARE, NULL, 1);
		table_col(t, "limit_hi", COL_SHARE, NULL, 1);
		table_col(t, "verdict", COL_TEXT, NULL, -1);
	}
	for (size_t i = 0; versus && i < sizeof change / sizeof *change; i++)
		table_col(t, change[i], COL_SHARE, NULL, 1);
	if (versus)
		table_col(t, "call", COL_TEXT, NULL, -1);
}

static struct change change_to(const struct churn_line *l, const struct churn_line *old, int64_t min_n)
{
	const double now = l->start ? (double)churned(l) / (double)l->start : NAN;
	if (!old || !old->start)
		return (struct change){ NAN, NAN, NAN, "few" };
	return change_of(now, line_interval(l), (double)churned(old) / (double)old->start, line_interval(old),
			 l->start < min_n || old->start < min_n || l->partial || old->partial);
}

static void put_line(struct table *t, const struct churn_line *l, const struct churn_ctx *c, bool known, const struct churn_line *all)
{
	const struct interval ci = line_interval(l);
	const bool few = l->start < c->p->min_n;
	struct str s = STR_INIT;
	period_text(&s, c->unit, period_day(c->unit, l->period));
	put_text(t, str_view(&s));
	str_release(&s);
	if (c->by >= 0)
		put_text(t, l->name);
	put_int(t, l->start);
	put_int(t, l->t.fresh);
	put_int(t, known ? l->t.back : WEND_NONE);
	put_int(t, known ? l->t.by_choice : WEND_NONE);
	put_int(t, known ? l->t.by_payment : WEND_NONE);
	put_int(t, known ? l->t.in_out : WEND_NONE);
	put_int(t, l->t.pending);
	put_int(t, l->end);
	for (int i = 0; i < 3; i++) {
		if (few)
			put_few(t);
		else
			put_real(t, !known ? NAN : i == 0 ? (double)churned(l) / (double)l->start : i == 1 ? ci.lo : ci.hi);
	}
	put_z(t, !known ? "snapshot" : l->partial ? "*" : few ? "few" : NULL);
	put_int(t, l->start);
	if (c->by >= 0)
		put_verdict(t, l, all, c->p->min_n);
}

static void put_change(struct table *t, const struct churn_line *l, const struct churn_line *old, int64_t min_n)
{
	const struct change d = change_to(l, old, min_n);
	put_real(t, old && old->start ? (double)churned(old) / (double)old->start : NAN);
	put_real(t, d.diff);
	put_real(t, d.lo);
	put_real(t, d.hi);
	put_z(t, d.call);
}

void churn_figure(struct report *r, const struct churn_lines *all, const struct churn_ctx *c)
{
	static const char *const names[] = { "churn_rate", "lo", "hi" };
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAND;
	r->figure.title = "customers who left, share of those at the start";
	r->figure.x_label = "period";
	r->figure.y_label = "churn rate";
	table_col(t, "period", COL_DAY, NULL, 0);
	for (int i = 0; i < 3; i++)
		table_col(t, names[i], COL_SHARE, NULL, 1);
	for (size_t i = 0; i < all->n; i++) {
		const struct churn_line *l = &all->v[i];
		const struct interval ci = line_interval(l);
		if (l->partial || l->start < c->p->min_n)
			continue;
		put_int(t, period_day(c->unit, l->period));
		put_real(t, (double)churned(l) / (double)l->start);
		put_real(t, ci.lo);
		put_real(t, ci.hi);
	}
}

void churn_find(struct report *r, const struct churn_lines *all, const struct churn_acc *a, const struct churn_ctx *c, bool known)
{
	struct str *s = &r->finding;
	const struct churn_line *l = NULL;
	if (!a->subscriptions) {
		str_puts(s, "no subscriptions: nobody holds a contract that could end.");
		return;
	}
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].partial && all->v[i].start)
			l = &all->v[i];
	if (!known) {
		str_puts(s, "no subscription in the store has an end: who left cannot be told from it.");
	} else if (!l) {
		str_puts(s, "no period is over yet.");
	} else {
		const struct churn_line *old = line_at(all, l->period - 1, l->word);
		const struct change d = change_to(l, old, c->p->min_n);
		const bool few = l->start < c->p->min_n;
		if (!few) {
			say_share(s, (double)churned(l) / (double)l->start);
			str_puts(s, " of customers left in ");
			period_text(s, c->unit, period_day(c->unit, l->period));
			str_puts(s, " (");
		}
		say_count(s, churned(l));
		str_puts(s, " of ");
		say_count(s, l->start);
		if (few) {
			str_puts(s, " customers left in ");
			period_text(s, c->unit, period_day(c->unit, l->period));
			str_printf(s, ": too few for a rate, which needs about %lld", (long long)c->p->min_n);
		} else {
			str_puts(s, "; ");
			say_shares(s, line_interval(l));
			str_puts(s, ")");
		}
		if (!few && old && old->start) {
			str_puts(s, ", ");
			say_share(s, (double)churned(old) / (double)old->start);
			str_puts(s, " in ");
			period_text(s, c->unit, period_day(c->unit, old->period));
			str_puts(s, !strcmp(d.call, "real") ? ": more than chance" : !strcmp(d.call, "chance") ? ": within chance" : ": too few to compare");
		}
		str_puts(s, ". ");
		say_count(s, l->t.by_payment);
		str_puts(s, " of them by a failed payment; ");
		say_count(s, l->t.pending);
		str_puts(s, " more have cancelled and are still paid.");
	}
	if (a->trials) {
		str_putc(s, ' ');
		say_count(s, a->trials_lost);
		str_puts(s, " of ");
		say_count(s, a->trials);
		str_puts(s, " trials were lost, which is no churn.");
	}
	if (a->bad) {
		str_putc(s, ' ');
		say_count(s, a->bad);
		str_puts(s, " subscriptions end before they start or at an unknown time and are left out.");
	}
}

/* All groups together. */
static void total_lines(struct churn_lines *all, const struct churn_acc *a, const struct churn_ctx *c)
{
	struct churn_group sum = { .word = WEND_NONE, .base = NO_PERIOD };
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < a->g[i].n; k++)
			if (!churn_tally_empty(&a->g[i].v[k]))
				churn_tally_add(churn_period(&sum, a->g[i].base + (int32_t)k), &a->g[i].v[k]);
	if (sum.n)
		group_lines(all, &sum, c);
	free(sum.v);
}

enum wend_err churn_table(struct report *r, const struct churn_acc *a, const struct churn_ctx *c, const struct report_options *ro, bool known, struct churn_lines *all, struct err *err)
{
	struct churn_lines l = { 0 };
	struct span s = { 0 };
	int32_t fixed = 0;
	if (ro->versus && strcmp(ro->versus, "previous") && strcmp(ro->versus, "year")) {
		if (span_parse(&s, sv_of(ro->versus), c->p->as_of, err))
			return err->code;
		fixed = period_number(c->unit, floor_day(s.from));
	}
	struct population open = *c->p; /* a comparison may reach behind the span */
	struct churn_ctx wide = *c;
	struct churn_lines history = { 0 };
	open.since = INT32_MIN;
	wide.p = &open;
	for (size_t i = 0; i < a->n && c->by >= 0; i++) {
		group_lines(&l, &a->g[i], c);
		group_lines(&history, &a->g[i], &wide);
	}
	total_lines(all, a, c);
	if (c->by < 0)
		total_lines(&history, a, &wide);
	struct churn_lines *shown = c->by >= 0 ? &l : all;
	if (shown->n)
		qsort(shown->v, shown->n, sizeof *shown->v, by_period);
	columns(&r->table, c, ro->versus);
	for (size_t i = 0; i < shown->n; i++) {
		const struct churn_line *v = &shown->v[i];
		put_line(&r->table, v, c, known, c->by >= 0 ? line_at(all, v->period, WEND_NONE) : NULL);
		if (ro->versus)
			put_change(&r->table, v, line_at(&history, compared(c, ro->versus, v->period, fixed), v->word), c->p->min_n);
	}
	free(l.v);
	free(history.v);
	return WEND_OK;
}

void churn_explain(struct report *r, const struct churn_acc *a, const struct churn_ctx *c, const struct churn_lines *all)
{
	struct line_list *l = &r->explain.text;
	const struct churn_line *last = all->n ? &all->v[all->n - 1] : NULL;
	line_add(l, "churn_rate = |S without E| / |S|: customers at the start of the period who are none at its end; Wilson (1927), 95 %%");
	line_add(l, "active at t = paid from before t until t or later; boundaries at midnight in %s", zone_name(c->p->zone));
	line_add(l, "paid stretches of one customer that overlap or follow within %lld days are one; left by payment: status or reason say so, or the last payment in the %lld days before the end failed",
		 (long long)(c->leaving.grace_s / 86400), (long long)(c->leaving.dunning_s / 86400));
	if (last)
		line_add(l, "newest row: %lld at the start + %lld new + %lld reactivated - %lld churned - %lld in and out = %lld", (long long)last->start,
			 (long long)last->t.fresh, (long long)last->t.back, (long long)churned(last), (long long)last->t.in_out, (long long)last->end);
	if (c->by >= 0)
		line_add(l, "by %s: the value in force at the start of the period, of the customer as last reported; expected = n x rate of all; limits exact binomial, 95 %% (watch outside) and 99.8 %% (out)", field_defs[c->by].name);
	line_add(l, "subscriptions %lld, trials %lld of which lost %lld, left out for bad dates %lld", (long long)a->subscriptions, (long long)a->trials, (long long)a->trials_lost, (long long)a->bad);
	line_add(l, "Gold (2020), Fighting Churn With Data");
}
