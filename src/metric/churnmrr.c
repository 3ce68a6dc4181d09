/* churn mrr: the bridge of recurring money from the start of a period to its end.
 *
 * A customer pays m0 a month at the start of the period [t0, t1) and m1 at its end, all his
 * contracts together (journey/mrr); what happens exactly at t0 belongs to the period.
 *
 *   new           m1 of one who pays for the first time ever
 *   reactivation  m1 of one who paid nothing at the start and had paid before the period
 *   expansion     m1 - m0 where he paid at both ends and pays more;  contraction: less
 *   churned       m0 of one who pays nothing at the end
 *   end = start + new + expansion + reactivation - contraction - churned, to the cent
 *
 *   gross = (churned + contraction) / start          GRR = 1 - gross
 *   net   = gross - (expansion + reactivation) / start
 *   NRR   = GRR + expansion / start: what customers of the start pay at the end
 *   quick_ratio = (new + expansion + reactivation) / (contraction + churned)
 *
 * These are the pieces ChartMogul, Baremetrics and Stripe agree on, a customer counted once a
 * period: up and down again within it is no movement, and who joins and leaves inside is apart
 * (in_and_out), as in the customers of `churn rate`.
 *
 * Statistic: by period and group counts and sums in minor units, squares and products in 128
 * bits for the intervals; what there is at a start is carried as the difference to the period
 * before, so that a long quiet contract costs two additions.
 */
#include "churnmrr_impl.h"
#include "ltvcohort_impl.h"

const char *const mrr_move_name[MRR_MOVES] = { "new", "expansion", "reactivation", "contraction", "churned" };

struct acc {
	struct mrr_groups g;
	struct mrr_line line;
	struct mrr_facts facts;
};

struct mrr_cell *mrr_cell_at(struct mrr_group *g, int32_t k)
{
	g->v = span_array(g->v, &g->n, &g->base, k, sizeof *g->v);
	return &g->v[k - g->base];
}

void mrr_cell_add(struct mrr_cell *to, const struct mrr_cell *c)
{
	to->customers += c->customers;
	to->start += c->start;
	to->start2 += c->start2;
	to->in_out += c->in_out;
	to->in_out_n += c->in_out_n;
	for (int i = 0; i < MRR_MOVES; i++) {
		to->move[i].n += c->move[i].n;
		to->move[i].minor += c->move[i].minor;
		to->move[i].squares += c->move[i].squares;
		to->move[i].cross += c->move[i].cross;
	}
}

struct mrr_group *mrr_group_at(struct mrr_groups *g, size_t i)
{
	if (i >= g->n) {
		GROW(g->v, g->cap, i + 1);
		memset(g->v + g->n, 0, (i + 1 - g->n) * sizeof *g->v);
		g->n = i + 1;
	}
	return &g->v[i];
}

/* ---- one customer ---- */

struct walk {
	struct acc *a;
	const struct mrr_ctx *c;
	const struct journey *j;
	size_t group;              /* the amount of `carried` stands at the starts of this group */
	int64_t carried;
};

/* At the start of period k he pays `minor`, in this group. */
static void carry(struct walk *w, int32_t k, size_t group, int64_t minor)
{
	for (int on = 0; on < 2 && (group != w->group || minor != w->carried); on++) {
		const int64_t m = on ? minor : w->carried;
		const int sign = on ? 1 : -1;
		if (!m)
			continue;
		struct mrr_cell *cell = mrr_cell_at(mrr_group_at(&w->a->g, on ? group : w->group), k);
		cell->customers += sign;
		cell->start += sign * m;
		cell->start2 += (mrr_wide)m * m * sign;
	}
	w->group = group;
	w->carried = minor;
}

static void move(struct mrr_cell *cell, int64_t m0, int64_t m1, bool paid_before, int64_t peak)
{
	if (m0 == m1) {
		cell->in_out_n += !m0 && peak;
		cell->in_out += m0 ? 0 : peak;
		return;
	}
	const int kind = !m1 ? MRR_CHURNED : m0 ? m1 > m0 ? MRR_EXPANSION : MRR_CONTRACTION : paid_before ? MRR_REACTIVATION : MRR_NEW;
	const int64_t by = m1 > m0 ? m1 - m0 : m0 - m1;
	struct mrr_move *v = &cell->move[kind];
	v->n++;
	v->minor += by;
	v->squares += (mrr_wide)by * by;
	v->cross += (mrr_wide)by * m0;
}

static int32_t period_of(const struct walk *w, int64_t at)
{
	return period_number(w->c->unit, floor_day(zone_local(w->j->zc, at)));
}

/* The group just before period k, which is when what he pays at its start is told, or where
 * the money begins when that is later. */
static size_t group_in(const struct walk *w, int32_t k, int64_t begins)
{
	if (!w->c->cuts.n)
		return 0;
	const int64_t before = zone_instant(w->c->p->zone, (int64_t)period_day(w->c->unit, k) * 86400, NULL) - 1;
	return groups_of(&w->a->g.names, &w->c->cuts, w->j, before > begins ? before : begins);
}

static void walk_line(struct walk *w, const struct mrr_line *l, bool varies)
{
	const int32_t last = period_number(w->c->unit, w->c->p->as_of);
	int64_t m = 0;
	for (size_t i = 0; i < l->n;) {
		const int32_t k = period_of(w, l->v[i].at);
		const size_t g = !i || varies ? group_in(w, k, m ? INT64_MIN : l->v[i].at) : w->group;
		const int64_t m0 = m;
		const bool before = i > 0;
		int64_t peak = 0;
		for (; i < l->n && period_of(w, l->v[i].at) == k; i++) {
			m = l->v[i].minor;
			peak = m > peak ? m : peak;
		}
		carry(w, k, g, m0);
		move(mrr_cell_at(mrr_group_at(&w->a->g, g), k), m0, m, before, peak);
		const int32_t next = i < l->n ? period_of(w, l->v[i].at) : last + 1;
		carry(w, k + 1, varies && m && k < last ? group_in(w, k + 1, INT64_MIN) : g, m);
		for (int32_t q = k + 2; varies && m && q <= next && q <= last; q++)
			carry(w, q, group_in(w, q, INT64_MIN), m);
	}
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct mrr_ctx *c = ctx;
	struct mrr_facts *f = &a->facts;
	bool varies = false;
	if (!j->selected || !j->rows.customer)
		return;
	for (size_t i = 0; i < j->rows.n; i++) {
		const int64_t *end = j->rows.f[F_END], *click = j->rows.f[F_CANCELLED];
		const bool sub = j->rows.kind[i] == KIND_SUBSCRIPTIONS && !j->seen[i];
		f->subscriptions += sub;
		f->ended += sub && ((end && end[i] != WEND_NONE) || (click && click[i] != WEND_NONE));
	}
	mrr_of(&a->line, j, c->grace_s);
	f->trials += a->line.trials;
	f->trials_lost += a->line.trials_lost;
	f->bad += a->line.bad;
	f->unpaid += a->line.unpaid;
	f->unpriced += a->line.unpriced;
	for (size_t i = 0; i < c->cuts.n; i++)
		varies = varies || (c->cuts.v[i].kinds & KIND_BIT(KIND_SUBSCRIPTIONS) && !c->cuts.v[i].reported);
	struct walk w = { .a = a, .c = c, .j = j };
	walk_line(&w, &a->line, varies);
}

static void cells_release(struct mrr_groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->v[i].v);
	free(g->v);
	groups_release(&g->names);
	*g = (struct mrr_groups){ 0 };
}

static void acc_release(struct acc *a)
{
	cells_release(&a->g);
	mrr_line_release(&a->line);
}

static void merge(void *into, void *from, void *ctx)
{
	static const struct mrr_cell nothing;
	struct acc *a = into, *b = from;
	(void)ctx;
	uint32_t *now = b->g.names.n ? groups_merge(&a->g.names, &b->g.names) : NULL;
	for (size_t i = 0; i < b->g.n; i++) {
		const struct mrr_group *v = &b->g.v[i];
		struct mrr_group *to = mrr_group_at(&a->g, now ? now[i] : i);
		for (size_t k = 0; k < v->n; k++)
			if (memcmp(&v->v[k], &nothing, sizeof nothing))
				mrr_cell_add(mrr_cell_at(to, v->base + (int32_t)k), &v->v[k]);
	}
	free(now);
	a->facts.subscriptions += b->facts.subscriptions;
	a->facts.ended += b->facts.ended;
	a->facts.trials += b->facts.trials;
	a->facts.trials_lost += b->facts.trials_lost;
	a->facts.bad += b->facts.bad;
	a->facts.unpaid += b->facts.unpaid;
	a->facts.unpriced += b->facts.unpriced;
	acc_release(b);
}

/* ---- the report ---- */

static void explain(struct report *r, const struct mrr_rows *all, const struct mrr_facts *f, bool current, const struct mrr_ctx *c)
{
	struct line_list *l = &r->explain.text;
	const struct mrr_row *v = all->n ? &all->v[all->n - 1] : NULL;
	struct str s = STR_INIT;
	line_add(l, "money a month of all contracts of a customer that are paid at the moment; boundaries at midnight in %s, a change at a boundary is of the new period; pauses of the money up to %lld days are none",
		 zone_name(c->p->zone), (long long)(c->grace_s / 86400));
	line_add(l, "end = start + new + expansion + reactivation - contraction - churned; gross = (contraction + churned) / start, GRR = 1 - gross, net = gross - (expansion + reactivation) / start, NRR = GRR + expansion / start, quick_ratio = (new + expansion + reactivation) / (contraction + churned)");
	line_add(l, "95 %% intervals, customers as units: gross and GRR Wilson (1927) at the number of customers that would tell as much if all paid the same (Kish 1965, Cochran 1977); gains and quick_ratio Fay & Feuer (1997); joined as MOVER (Donner & Zou 2012)");
	for (int i = 0; v && i < 7; i++) {
		static const char *const between[] = { "newest row: ", " at the start + ", " new + ", " expansion + ", " reactivation - ", " contraction - ", " churned = " };
		str_puts(&s, between[i]);
		say_money(&s, i == 0 ? v->c.start : i == 6 ? v->end : v->c.move[i - 1].minor, c->cur, true);
	}
	if (v)
		line_add(l, "%s", s.p);
	str_release(&s);
	if (c->cuts.n)
		line_add(l, "a customer is in the group of the start of the period, or of his first money in it%s; where a group changes, the start of a row is not the end of the one before", current ? "; some are as last reported" : "");
	line_add(l, "subscriptions %lld, without a price %lld, trials %lld of which lost %lld, left out for bad dates %lld, of no time or at a price of 0 %lld", (long long)f->subscriptions, (long long)f->unpriced, (long long)f->trials,
		 (long long)f->trials_lost, (long long)f->bad, (long long)f->unpaid);
}

static void next_steps(struct report *r, const struct mrr_ctx *c)
{
	char code[4] = "";
	if (c->p->cur)
		currency_text(code, c->p->cur);
	line_add(&r->next, "wend churn mrr --period quarter%s%s --plot bridge.png", *code ? " --currency " : "", code);
	line_add(&r->next, "wend churn mrr --by plan%s%s", *code ? " --currency " : "", code);
}

static void show(struct report *r, const struct acc *a, const struct mrr_ctx *c)
{
	struct mrr_rows all = { 0 }, rows = { 0 };
	mrr_rows_of(&all, &a->g, c, true);
	if (c->cuts.n)
		mrr_rows_of(&rows, &a->g, c, false);
	mrr_table(r, c->cuts.n ? &rows : &all, c);
	mrr_screen(r, c->cuts.n ? &rows : &all, c);
	mrr_figure(r, &all, c);
	mrr_find(r, &all, &a->facts, c);
	str_puts(&r->definition, "money a month by contracts as priced, trials and pauses without a price apart; a customer counts once a period, by what he pays at its start and at its end; churned: pays nothing at the end; GRR: what is left of the start without any gain, NRR: with what the same customers pay more; 95 % intervals over customers; * = period not over");
	explain(r, &all, &a->facts, a->g.names.current, c);
	free(all.v);
	free(rows.v);
}

enum wend_err metric_churn_mrr(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population whole = *p; /* money needs all of the past; the span chooses periods */
	struct mrr_ctx c = { .unit = PERIOD_MONTH, .p = p, .grace_s = o->grace_days * 86400 };
	struct acc a = { .facts.subscriptions = 0 };
	struct fold_counts n = { 0 };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	enum wend_err e = ro->period ? period_parse(&c.unit, ro->period, err) : WEND_OK;
	if (!e)
		e = cuts_parse(&c.cuts, ro->by, p, &r->arena, err);
	if (e)
		return e;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	mrr_fields(&f);
	cuts_fields(&f, &c.cuts);
	e = fold_run(&whole, &f, &a, &n, err);
	c.cur = n.cur;
	c.known = a.facts.ended > 0;
	if (e)
		goto done;
	if (ro->stat) {
		mrr_stat(r, &a.g, &a.facts, &c);
		e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_SUBSCRIPTIONS), err);
		report_scope(r, p, &n);
		goto done;
	}
	show(r, &a, &c);
	next_steps(r, &c);
	e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_SUBSCRIPTIONS), err);
	report_scope(r, p, &n);
done:
	acc_release(&a);
	return e;
}

enum wend_err metric_churn_mrr_from(const struct table *from, size_t n, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population p = { .zone = zone_utc(), .since = INT32_MIN, .from = INT64_MIN, .to = INT64_MAX, .min_n = ro->min_n > 0 ? ro->min_n : MIN_N };
	struct mrr_ctx c = { .unit = PERIOD_MONTH, .p = &p };
	struct acc a = { .facts.subscriptions = 0 };
	enum wend_err e = mrr_stat_read(&a.g, &a.facts, &c, &p, from, n, &r->arena, err);
	if (!e && ro->period && strcmp(ro->period, cohort_unit[c.unit]))
		e = err_set(err, WEND_E_INPUT, "the table is by %s; leave out '--period %s'", cohort_unit[c.unit], ro->period);
	c.known = a.facts.ended > 0;
	if (!e && ro->stat)
		mrr_stat(r, &a.g, &a.facts, &c);
	else if (!e)
		show(r, &a, &c);
	if (!e && a.g.n) {
		str_puts(&r->finding, " As of ");
		day_text(&r->finding, p.as_of);
		str_puts(&r->finding, ", from a table.");
	}
	acc_release(&a);
	return e;
}
