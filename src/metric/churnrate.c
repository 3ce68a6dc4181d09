/* churn rate: customers with contracts who left, period by period.
 *
 * Definition `start`, after Fighting Churn With Data (Gold 2020): S are the customers at
 * the start of a period, E those at its end; the rate is |S \ E| / |S|, two counts
 * anyone can check by hand, with Wilson's interval. A period is [t0, t1) in local civil
 * time; a customer is active at t when paid from before t up to t or later, so what
 * happens exactly at t belongs to the new period.
 *
 *   new          first paid day ever lies in the period
 *   reactivated  not a customer at the start, paid again after an earlier end
 *   churned_*    of S and not of E; involuntary = by payment (journey/spells)
 *   in_and_out   joined and left inside: in none of S and E, so in no rate
 *   pending      customers at the end who have cancelled and are still paid
 *   active_end = active_start + new + reactivated - churned - in_and_out
 *
 * Whoever leaves and returns within one period is in S and E and did not churn. A period
 * that the as-of day cuts is marked *; one with fewer customers than --min-n is `few`.
 *
 * Statistic: these counts by period and group, integers; active_start is carried as the
 * difference to the period before, so that a long contract costs two additions.
 */
#include "metric_impl.h"

#include <math.h>

enum { PERIODS_MAX = 1 << 16, NO_PERIOD = INT32_MIN };

struct tally {
	int64_t entered, left;  /* active at the start of this period and not at the one before; the reverse */
	int64_t fresh, back, by_choice, by_payment, in_out, pending;
};
struct group {
	int64_t word;           /* value of --by; WEND_NONE = none */
	struct tally *v;        /* by period - base */
	int32_t base;
	size_t n;
};
struct acc {
	struct group *g;
	size_t n, cap;
	struct spell_buf spells;
	int64_t bad, trials, trials_lost, ended, subscriptions;
};
struct ctx {
	enum period_unit unit;
	int64_t grace_s, dunning_s;
	int by;                 /* enum field or -1 */
	const struct population *p;
};

static struct group *group_of(struct acc *a, int64_t word)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->g[i].word == word)
			return &a->g[i];
	GROW(a->g, a->cap, a->n + 1);
	a->g[a->n] = (struct group){ .word = word, .base = NO_PERIOD };
	return &a->g[a->n++];
}

static struct tally *period_at(struct group *g, int32_t k)
{
	const size_t room = 64;
	if (g->base == NO_PERIOD) {
		g->base = k - (int32_t)room / 2;
		g->n = room;
		g->v = xcalloc(room, sizeof *g->v);
	}
	if (k < g->base || k >= g->base + (int32_t)g->n) {
		const int32_t lo = k < g->base ? k - (int32_t)g->n / 2 : g->base;
		const int32_t end = g->base + (int32_t)g->n, hi = k >= end ? k + (int32_t)g->n / 2 + 1 : end;
		struct tally *v = xcalloc((size_t)(hi - lo), sizeof *v);
		memcpy(v + (g->base - lo), g->v, g->n * sizeof *v);
		free(g->v);
		g->v = v;
		g->n = (size_t)(hi - lo);
		g->base = lo;
	}
	return &g->v[k - g->base];
}

static int32_t period_of(const struct ctx *c, const struct journey *j, int64_t at)
{
	return period_number(c->unit, floor_day(zone_local(j->zc, at)));
}

/* Stretches that touch one period are looked at together: was the customer there at its
 * start and end, and what happened inside. */
static void count_ends(struct group *g, const struct ctx *c, const struct journey *j, const struct spell_buf *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct spell *s = &b->v[i];
		const int32_t from = period_of(c, j, s->from);
		const bool open = s->to == INT64_MAX;
		const int32_t to = open ? INT32_MAX : period_of(c, j, s->to);
		if (to > from) {
			period_at(g, from + 1)->entered++;
			if (!open)
				period_at(g, to + 1)->left++;
		}
		/* the period it starts in: only the first stretch to start there decides */
		const bool first_start = !i || period_of(c, j, b->v[i - 1].from) != from;
		const bool there_before = i && b->v[i - 1].to != INT64_MAX && period_of(c, j, b->v[i - 1].to) == from && period_of(c, j, b->v[i - 1].from) < from;
		if (first_start && !there_before) {
			size_t last = i;
			while (last + 1 < b->n && period_of(c, j, b->v[last + 1].from) == from)
				last++;
			const bool stays = b->v[last].to == INT64_MAX || period_of(c, j, b->v[last].to) > from;
			if (i)
				period_at(g, from)->back++;
			else
				period_at(g, from)->fresh++;
			period_at(g, from)->in_out += !stays;
		}
		/* the period it ends in, for one who was there at its start */
		if (!open && to > from) {
			size_t last = i;
			while (last + 1 < b->n && period_of(c, j, b->v[last + 1].from) == to)
				last++;
			const bool returns = last > i && (b->v[last].to == INT64_MAX || period_of(c, j, b->v[last].to) > to);
			if (!returns) {
				period_at(g, to)->by_payment += s->involuntary;
				period_at(g, to)->by_choice += !s->involuntary;
			}
		}
		/* pending at the end of each period between the click and the end */
		if (s->cancelled_known && s->cancelled_at < s->to) {
			int32_t k = period_of(c, j, s->cancelled_at > s->from ? s->cancelled_at : s->from);
			const int32_t end = open ? period_number(c->unit, c->p->as_of) + 1 : to;
			for (int n = 0; k < end && n < PERIODS_MAX; k++, n++)
				period_at(g, k)->pending++;
		}
	}
}

/* The group of a customer: the value in force when the first stretch began. */
static int64_t group_word(const struct ctx *c, const struct journey *j)
{
	if (c->by < 0)
		return WEND_NONE;
	const struct rows *r = &j->rows;
	for (size_t i = 0; i < r->n; i++)
		if (r->f[c->by] && r->f[c->by][i] != WEND_NONE && j->seen[i] != SEEN_AFTER_AS_OF && field_defs[c->by].kinds & KIND_BIT(r->kind[i]))
			return r->f[c->by][i];
	return WEND_NONE;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	if (!j->selected || !j->rows.customer)
		return;
	for (size_t i = 0; i < j->rows.n; i++) {
		const bool sub = j->rows.kind[i] == KIND_SUBSCRIPTIONS && !j->seen[i];
		a->subscriptions += sub;
		a->ended += sub && ((j->rows.f[F_END] && j->rows.f[F_END][i] != WEND_NONE) || (j->rows.f[F_CANCELLED] && j->rows.f[F_CANCELLED][i] != WEND_NONE));
	}
	spells_of(&a->spells, j, c->grace_s, c->dunning_s);
	a->bad += a->spells.bad;
	a->trials += a->spells.trials;
	a->trials_lost += a->spells.trials_lost;
	if (a->spells.n)
		count_ends(group_of(a, group_word(c, j)), c, j, &a->spells);
}

static void add_tally(struct tally *a, const struct tally *b)
{
	a->entered += b->entered;
	a->left += b->left;
	a->fresh += b->fresh;
	a->back += b->back;
	a->by_choice += b->by_choice;
	a->by_payment += b->by_payment;
	a->in_out += b->in_out;
	a->pending += b->pending;
}

static bool tally_empty(const struct tally *t)
{
	static const struct tally zero;
	return !memcmp(t, &zero, sizeof zero);
}

static void acc_release(struct acc *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->g[i].v);
	free(a->g);
	spell_buf_release(&a->spells);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		struct group *g = group_of(a, b->g[i].word);
		for (size_t k = 0; k < b->g[i].n; k++)
			if (!tally_empty(&b->g[i].v[k]))
				add_tally(period_at(g, b->g[i].base + (int32_t)k), &b->g[i].v[k]);
	}
	a->bad += b->bad;
	a->trials += b->trials;
	a->trials_lost += b->trials_lost;
	a->ended += b->ended;
	a->subscriptions += b->subscriptions;
	acc_release(b);
}

/* ---- estimate and table ---- */
struct line {
	int32_t period;
	int64_t word;
	struct tally t;
	int64_t start, end;
	bool partial;
};
struct lines {
	struct line *v;
	size_t n, cap;
};

static int64_t churned(const struct line *l)
{
	return l->t.by_choice + l->t.by_payment;
}

static struct interval line_interval(const struct line *l)
{
	return wilson((double)churned(l), (double)l->start, ALPHA);
}

/* Periods of one group from its first customer to the as-of day, those of the span kept. */
static void group_lines(struct lines *out, const struct group *g, const struct ctx *c)
{
	const struct population *p = c->p;
	const int32_t last = period_number(c->unit, p->as_of);
	const int32_t from = p->since == INT32_MIN ? INT32_MIN : period_number(c->unit, p->since);
	const int32_t until = period_number(c->unit, p->until);
	int64_t active = 0;
	bool begun = false;
	for (size_t k = 0; k < g->n && g->base + (int32_t)k <= last; k++) {
		struct line l = { .period = g->base + (int32_t)k, .word = g->word, .t = g->v[k] };
		begun = begun || !tally_empty(&l.t);
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
		out->v[out->n++] = (struct line){ .period = k, .word = g->word, .start = active, .end = active,
						  .partial = period_day(c->unit, k + 1) - 1 > p->as_of };
	}
}

static int by_period(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (x->word > y->word) - (x->word < y->word);
}

static const struct line *line_at(const struct lines *l, int32_t period, int64_t word)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].period == period && l->v[i].word == word)
			return &l->v[i];
	return NULL;
}

/* The period a row is compared with. */
static int32_t compared(const struct ctx *c, const char *versus, int32_t period, int32_t fixed)
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
static void put_verdict(struct table *t, const struct line *l, const struct line *all, int64_t min_n)
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

static void columns(struct table *t, const struct ctx *c, const char *versus)
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

static struct change change_to(const struct line *l, const struct line *old, int64_t min_n)
{
	const double now = l->start ? (double)churned(l) / (double)l->start : NAN;
	if (!old || !old->start)
		return (struct change){ NAN, NAN, NAN, "few" };
	return change_of(now, line_interval(l), (double)churned(old) / (double)old->start, line_interval(old),
			 l->start < min_n || old->start < min_n || l->partial || old->partial);
}

static void put_line(struct table *t, const struct line *l, const struct ctx *c, bool known, const struct line *all)
{
	const struct interval ci = line_interval(l);
	const bool few = l->start < c->p->min_n;
	struct str s = STR_INIT;
	period_text(&s, c->unit, period_day(c->unit, l->period));
	put_text(t, str_view(&s));
	str_release(&s);
	if (c->by >= 0)
		put_text(t, l->word == WEND_NONE ? SV_NONE : store_word(c->p->store, l->word));
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

static void put_change(struct table *t, const struct line *l, const struct line *old, int64_t min_n)
{
	const struct change d = change_to(l, old, min_n);
	put_real(t, old && old->start ? (double)churned(old) / (double)old->start : NAN);
	put_real(t, d.diff);
	put_real(t, d.lo);
	put_real(t, d.hi);
	put_z(t, d.call);
}

static void draw(struct report *r, const struct lines *all, const struct ctx *c)
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
		const struct line *l = &all->v[i];
		const struct interval ci = line_interval(l);
		if (l->partial || l->start < c->p->min_n)
			continue;
		put_int(t, period_day(c->unit, l->period));
		put_real(t, (double)churned(l) / (double)l->start);
		put_real(t, ci.lo);
		put_real(t, ci.hi);
	}
}

static void find(struct report *r, const struct lines *all, const struct acc *a, const struct ctx *c, bool known)
{
	struct str *s = &r->finding;
	const struct line *l = NULL;
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
		const struct line *old = line_at(all, l->period - 1, l->word);
		const struct change d = change_to(l, old, c->p->min_n);
		say_share(s, (double)churned(l) / (double)l->start);
		str_puts(s, " of customers left in ");
		period_text(s, c->unit, period_day(c->unit, l->period));
		str_puts(s, " (");
		say_count(s, churned(l));
		str_puts(s, " of ");
		say_count(s, l->start);
		str_puts(s, "; ");
		say_shares(s, line_interval(l));
		str_puts(s, ")");
		if (old && old->start) {
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

static enum wend_err settle(struct ctx *c, const struct churn_options *o, const struct report_options *ro, struct err *err)
{
	enum wend_err e = ro->period ? period_parse(&c->unit, ro->period, err) : WEND_OK;
	c->grace_s = o->grace_days * 86400;
	c->dunning_s = o->dunning_days * 86400;
	if (!e && ro->definition && strcmp(ro->definition, "start"))
		e = err_set(err, WEND_E_USAGE, "unknown definition '%s' of churn; there is 'start': of the customers at the start of a period those who are none at its end", ro->definition);
	if (!e && ro->by) {
		const uint32_t kinds = KIND_BIT(KIND_SUBSCRIPTIONS) | KIND_BIT(KIND_CUSTOMERS);
		c->by = field_by_any_name(sv_of(ro->by));
		if (c->by < 0 || !(field_defs[c->by].kinds & kinds) || field_defs[c->by].type != FT_WORD)
			e = err_set(err, WEND_E_USAGE, "churn cannot be cut by '%s'; give plan, status, segment, country, location, acquired_channel, acquired_campaign or cancel_reason", ro->by);
	}
	return e;
}

/* All groups together. */
static void total_lines(struct lines *all, const struct acc *a, const struct ctx *c)
{
	struct group sum = { .word = WEND_NONE, .base = NO_PERIOD };
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < a->g[i].n; k++)
			if (!tally_empty(&a->g[i].v[k]))
				add_tally(period_at(&sum, a->g[i].base + (int32_t)k), &a->g[i].v[k]);
	if (sum.n)
		group_lines(all, &sum, c);
	free(sum.v);
}

static enum wend_err fill(struct report *r, const struct acc *a, const struct ctx *c, const struct report_options *ro, bool known, struct lines *all, struct err *err)
{
	struct lines l = { 0 };
	struct span s = { 0 };
	int32_t fixed = 0;
	if (ro->versus && strcmp(ro->versus, "previous") && strcmp(ro->versus, "year")) {
		if (span_parse(&s, sv_of(ro->versus), c->p->as_of, err))
			return err->code;
		fixed = period_number(c->unit, floor_day(s.from));
	}
	struct population open = *c->p; /* a comparison may reach behind the span */
	struct ctx wide = *c;
	struct lines history = { 0 };
	open.since = INT32_MIN;
	wide.p = &open;
	for (size_t i = 0; i < a->n && c->by >= 0; i++) {
		group_lines(&l, &a->g[i], c);
		group_lines(&history, &a->g[i], &wide);
	}
	total_lines(all, a, c);
	if (c->by < 0)
		total_lines(&history, a, &wide);
	struct lines *shown = c->by >= 0 ? &l : all;
	if (shown->n)
		qsort(shown->v, shown->n, sizeof *shown->v, by_period);
	columns(&r->table, c, ro->versus);
	for (size_t i = 0; i < shown->n; i++) {
		const struct line *v = &shown->v[i];
		put_line(&r->table, v, c, known, c->by >= 0 ? line_at(all, v->period, WEND_NONE) : NULL);
		if (ro->versus)
			put_change(&r->table, v, line_at(&history, compared(c, ro->versus, v->period, fixed), v->word), c->p->min_n);
	}
	free(l.v);
	free(history.v);
	return WEND_OK;
}

static void explain(struct report *r, const struct acc *a, const struct ctx *c, const struct lines *all)
{
	struct line_list *l = &r->explain.text;
	const struct line *last = all->n ? &all->v[all->n - 1] : NULL;
	line_add(l, "churn_rate = |S without E| / |S|: customers at the start of the period who are none at its end; Wilson (1927), 95 %%");
	line_add(l, "active at t = paid from before t until t or later; boundaries at midnight in %s", zone_name(c->p->zone));
	line_add(l, "paid stretches of one customer that overlap or follow within %lld days are one; left by payment: status or reason say so, or the last payment in the %lld days before the end failed",
		 (long long)(c->grace_s / 86400), (long long)(c->dunning_s / 86400));
	if (last)
		line_add(l, "newest row: %lld at the start + %lld new + %lld reactivated - %lld churned - %lld in and out = %lld", (long long)last->start,
			 (long long)last->t.fresh, (long long)last->t.back, (long long)churned(last), (long long)last->t.in_out, (long long)last->end);
	if (c->by >= 0)
		line_add(l, "by %s: the first known value of the customer; expected = n x rate of all; limits exact binomial, 95 %% (watch outside) and 99.8 %% (out)", field_defs[c->by].name);
	line_add(l, "subscriptions %lld, trials %lld of which lost %lld, left out for bad dates %lld", (long long)a->subscriptions, (long long)a->trials, (long long)a->trials_lost, (long long)a->bad);
	line_add(l, "Gold (2020), Fighting Churn With Data");
}

enum wend_err metric_churn_rate(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population whole = *p; /* stretches need all of the past; the span chooses periods */
	struct ctx c = { .unit = PERIOD_MONTH, .by = -1, .p = p };
	struct acc a = { 0 };
	struct lines all = { 0 };
	struct fold_counts n = { 0 };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	enum wend_err e = settle(&c, o, ro, err);
	if (e)
		return e;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	spell_fields(&f);
	if (c.by >= 0) {
		fields_add(&f.fields, (enum field)c.by);
		f.kinds |= field_defs[c.by].kinds & KIND_BIT(KIND_CUSTOMERS);
	}
	e = fold_run(&whole, &f, &a, &n, err);
	const bool known = a.ended > 0;
	if (!e)
		e = fill(r, &a, &c, ro, known, &all, err);
	if (e)
		goto done;
	draw(r, &all, &c);
	find(r, &all, &a, &c, known);
	r->period_col = "period";
	str_puts(&r->definition, "start: customers at the start of the period who are none at its end, by the end of what was paid; trials are no customers; Wilson 95 %; * = period not over");
	line_add(&r->next, "wend churn rate --by plan");
	line_add(&r->next, "wend churn rate --period quarter --versus year");
	e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_SUBSCRIPTIONS) | KIND_BIT(KIND_PAYMENTS), err);
	report_scope(r, p, &n);
	explain(r, &a, &c, &all);
done:
	acc_release(&a);
	free(all.v);
	return e;
}
