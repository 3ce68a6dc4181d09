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
#include "churn_impl.h"

static struct churn_group *group_of(struct churn_acc *a, int64_t word)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->g[i].word == word)
			return &a->g[i];
	GROW(a->g, a->cap, a->n + 1);
	a->g[a->n] = (struct churn_group){ .word = word, .base = NO_PERIOD };
	return &a->g[a->n++];
}

struct churn_tally *churn_period(struct churn_group *g, int32_t k)
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
		struct churn_tally *v = xcalloc((size_t)(hi - lo), sizeof *v);
		memcpy(v + (g->base - lo), g->v, g->n * sizeof *v);
		free(g->v);
		g->v = v;
		g->n = (size_t)(hi - lo);
		g->base = lo;
	}
	return &g->v[k - g->base];
}

static int32_t period_of(const struct churn_ctx *c, const struct journey *j, int64_t at)
{
	return period_number(c->unit, floor_day(zone_local(j->zc, at)));
}

/* A field of the customer: as last reported. */
static int64_t customer_word(const struct churn_ctx *c, const struct journey *j)
{
	const int64_t *col = j->rows.f[c->by];
	int64_t word = WEND_NONE;
	for (size_t i = 0; i < j->rows.n; i++)
		if (col && j->rows.kind[i] == KIND_CUSTOMERS && col[i] != WEND_NONE && j->seen[i] != SEEN_AFTER_AS_OF)
			word = col[i];
	return word;
}

/* The value in force at an instant: of the contract that began last among those that run
 * then, else of the one that began last. */
static int64_t word_at(const struct churn_ctx *c, const struct journey *j, int64_t at)
{
	const struct rows *r = &j->rows;
	const int64_t *col = r->f[c->by], *end = r->f[F_END];
	int64_t running = WEND_NONE, any = WEND_NONE;
	for (size_t i = 0; i < r->n && col; i++) {
		if (r->kind[i] != KIND_SUBSCRIPTIONS || j->seen[i] || col[i] == WEND_NONE || (any != WEND_NONE && j->at[i] > at))
			continue;
		any = col[i];
		if (!end || end[i] == WEND_NONE || wtime_instant(end[i], c->p->zone) > at)
			running = col[i];
	}
	return running != WEND_NONE ? running : any != WEND_NONE ? any : customer_word(c, j);
}

/* Where one customer's counts of a period go: the group in force at its start, or where
 * the stretch begins when that is later. */
struct place {
	struct churn_acc *a;
	const struct churn_ctx *c;
	const struct journey *j;
	bool varies;
	int64_t word;
};

static int64_t word_in(const struct place *w, const struct spell *s, int32_t k)
{
	if (!w->varies)
		return w->word;
	const int64_t start = zone_instant(w->c->p->zone, (int64_t)period_day(w->c->unit, k) * 86400, NULL);
	return word_at(w->c, w->j, start > s->from ? start : s->from);
}

static struct churn_tally *tally_in(const struct place *w, const struct spell *s, int32_t k)
{
	return churn_period(group_of(w->a, word_in(w, s, k)), k);
}

/* Active at the starts of the periods from + 1 .. to, in the group of each. */
static void count_active(const struct place *w, const struct spell *s, int32_t from, int32_t to, bool open)
{
	const int32_t last = period_number(w->c->unit, w->c->p->as_of);
	int64_t word = word_in(w, s, from + 1);
	churn_period(group_of(w->a, word), from + 1)->entered++;
	for (int32_t k = from + 2; w->varies && k <= (open ? last : to); k++) {
		const int64_t now = word_in(w, s, k);
		if (now == word)
			continue;
		churn_period(group_of(w->a, word), k)->left++;
		churn_period(group_of(w->a, now), k)->entered++;
		word = now;
	}
	if (!open)
		churn_period(group_of(w->a, word), to + 1)->left++;
}

/* Stretches that touch one period are looked at together: was the customer there at its
 * start and end, and what happened inside. */
static void count_ends(const struct place *w, const struct spell_buf *b)
{
	const struct churn_ctx *c = w->c;
	const struct journey *j = w->j;
	for (size_t i = 0; i < b->n; i++) {
		const struct spell *s = &b->v[i];
		const int32_t from = period_of(c, j, s->from);
		const bool open = s->to == INT64_MAX;
		const int32_t to = open ? INT32_MAX : period_of(c, j, s->to);
		if (to > from)
			count_active(w, s, from, to, open);
		/* the period it starts in: only the first stretch to start there decides */
		const bool first_start = !i || period_of(c, j, b->v[i - 1].from) != from;
		const bool there_before = i && b->v[i - 1].to != INT64_MAX && period_of(c, j, b->v[i - 1].to) == from && period_of(c, j, b->v[i - 1].from) < from;
		if (first_start && !there_before) {
			size_t last = i;
			while (last + 1 < b->n && period_of(c, j, b->v[last + 1].from) == from)
				last++;
			const bool stays = b->v[last].to == INT64_MAX || period_of(c, j, b->v[last].to) > from;
			struct churn_tally *t = tally_in(w, s, from);
			t->back += i > 0;
			t->fresh += i == 0;
			t->in_out += !stays;
		}
		/* the period it ends in, for one who was there at its start */
		if (!open && to > from) {
			size_t last = i;
			while (last + 1 < b->n && period_of(c, j, b->v[last + 1].from) == to)
				last++;
			const bool returns = last > i && (b->v[last].to == INT64_MAX || period_of(c, j, b->v[last].to) > to);
			struct churn_tally *t = tally_in(w, s, to);
			t->by_payment += !returns && s->involuntary;
			t->by_choice += !returns && !s->involuntary;
		}
		/* pending at the end of each period between the click and the end */
		if (s->cancelled_known && s->cancelled_at < s->to) {
			int32_t k = period_of(c, j, s->cancelled_at > s->from ? s->cancelled_at : s->from);
			const int32_t end = open ? period_number(c->unit, c->p->as_of) + 1 : to;
			for (int n = 0; k < end && n < PERIODS_MAX; k++, n++)
				tally_in(w, s, k)->pending++;
		}
	}
}

static struct place place_of(struct churn_acc *a, const struct churn_ctx *c, const struct journey *j, const struct spell_buf *b)
{
	struct place w = { a, c, j, false, WEND_NONE };
	if (c->by < 0)
		return w;
	const int64_t *col = j->rows.f[c->by];
	w.word = word_at(c, j, b->v[0].from);
	for (size_t i = 0; i < j->rows.n && col && !w.varies; i++)
		w.varies = j->rows.kind[i] == KIND_SUBSCRIPTIONS && !j->seen[i] && col[i] != WEND_NONE && col[i] != w.word;
	return w;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct churn_acc *a = acc;
	const struct churn_ctx *c = ctx;
	if (!j->selected || !j->rows.customer)
		return;
	for (size_t i = 0; i < j->rows.n; i++) {
		const bool sub = j->rows.kind[i] == KIND_SUBSCRIPTIONS && !j->seen[i];
		a->subscriptions += sub;
		a->ended += sub && ((j->rows.f[F_END] && j->rows.f[F_END][i] != WEND_NONE) || (j->rows.f[F_CANCELLED] && j->rows.f[F_CANCELLED][i] != WEND_NONE));
	}
	spells_of(&a->spells, j, &c->leaving);
	a->bad += a->spells.bad;
	a->trials += a->spells.trials;
	a->trials_lost += a->spells.trials_lost;
	if (a->spells.n) {
		const struct place w = place_of(a, c, j, &a->spells);
		count_ends(&w, &a->spells);
	}
}

void churn_tally_add(struct churn_tally *a, const struct churn_tally *b)
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

bool churn_tally_empty(const struct churn_tally *t)
{
	static const struct churn_tally zero;
	return !memcmp(t, &zero, sizeof zero);
}

static void acc_release(struct churn_acc *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->g[i].v);
	free(a->g);
	spell_buf_release(&a->spells);
	*a = (struct churn_acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct churn_acc *a = into, *b = from;
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		struct churn_group *g = group_of(a, b->g[i].word);
		for (size_t k = 0; k < b->g[i].n; k++)
			if (!churn_tally_empty(&b->g[i].v[k]))
				churn_tally_add(churn_period(g, b->g[i].base + (int32_t)k), &b->g[i].v[k]);
	}
	a->bad += b->bad;
	a->trials += b->trials;
	a->trials_lost += b->trials_lost;
	a->ended += b->ended;
	a->subscriptions += b->subscriptions;
	acc_release(b);
}

static enum wend_err settle(struct churn_ctx *c, const struct churn_options *o, const struct report_options *ro, struct err *err)
{
	enum wend_err e = ro->period ? period_parse(&c->unit, ro->period, err) : WEND_OK;
	c->leaving = (struct leaving){ .contracts = true, .grace_s = o->grace_days * 86400, .dunning_s = o->dunning_days * 86400 };
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

enum wend_err metric_churn_rate(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population whole = *p; /* stretches need all of the past; the span chooses periods */
	struct churn_ctx c = { .unit = PERIOD_MONTH, .by = -1, .p = p };
	struct churn_acc a = { 0 };
	struct churn_lines all = { 0 };
	struct fold_counts n = { 0 };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	enum wend_err e = settle(&c, o, ro, err);
	if (e)
		return e;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	leaving_fields(&f, &c.leaving);
	if (c.by >= 0) {
		fields_add(&f.fields, (enum field)c.by);
		f.kinds |= field_defs[c.by].kinds & KIND_BIT(KIND_CUSTOMERS);
	}
	e = fold_run(&whole, &f, &a, &n, err);
	const bool known = a.ended > 0;
	if (!e)
		e = churn_table(r, &a, &c, ro, known, &all, err);
	if (e)
		goto done;
	churn_figure(r, &all, &c);
	churn_find(r, &all, &a, &c, known);
	r->period_col = "period";
	str_puts(&r->definition, "start: customers at the start of the period who are none at its end, by the end of what was paid; trials are no customers; Wilson 95 %; * = period not over");
	line_add(&r->next, "wend churn rate --by plan");
	line_add(&r->next, "wend churn rate --period quarter --versus year");
	e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_SUBSCRIPTIONS) | KIND_BIT(KIND_PAYMENTS), err);
	report_scope(r, p, &n);
	churn_explain(r, &a, &c, &all);
done:
	acc_release(&a);
	free(all.v);
	return e;
}
