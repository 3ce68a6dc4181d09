/* Renewals of contracts, the statistic behind churn forecast and whatif.
 *
 *   age       whole periods (--period, a month by default) since the first paid day, counted
 *             with the day of the month kept (31 January, 28 February, 31 March)
 *   renewal t the moment t periods after the start: who came to it has been watched up to it,
 *             whether he left in the period before or not. Leaving between two renewals is
 *             counted at the next one, and only once that lies behind the as-of day, so that
 *             those who left and those who stayed are watched equally long
 *   stretch   the first one of each customer, all contracts together (journey/spells)
 *
 * All integers: a long contract costs a difference at its two ends (risk is summed up at the
 * end of the fold).
 */
#include "renewals.h"

#include <math.h>

struct acc {
	struct renewal_stat s;
	struct spell_buf spells;
	struct mrr_line line;
};
struct ctx {
	const struct population *p;
	struct leaving leaving;
	enum period_unit unit;
	bool money;
	int32_t year_ago;
};

struct renewal_age *renewal_age_at(struct renewal_stat *s, size_t t)
{
	if (t >= s->n) {
		GROW(s->v, s->cap, t + 1);
		memset(s->v + s->n, 0, (t + 1 - s->n) * sizeof *s->v);
		s->n = t + 1;
	}
	return &s->v[t];
}

void renewal_stat_release(struct renewal_stat *s)
{
	free(s->v);
	s->v = NULL;
	s->n = s->cap = 0;
}

double renewal_months(enum period_unit unit)
{
	static const double months[] = { [PERIOD_DAY] = 12 / 365.25, [PERIOD_WEEK] = 84 / 365.25, [PERIOD_MONTH] = 1, [PERIOD_QUARTER] = 3, [PERIOD_YEAR] = 12 };
	return months[unit];
}

double renewal_discount(double year, enum period_unit unit)
{
	return expm1(log1p(year) * renewal_months(unit) / 12);
}

/* The day t periods after a start. */
static int32_t renewal_day(enum period_unit u, int32_t start, int32_t t)
{
	int y, m, d;
	if (u == PERIOD_DAY)
		return start + t;
	if (u == PERIOD_WEEK)
		return start + 7 * t;
	civil_ymd(start, &y, &m, &d);
	return civil_add_months(start, t * (int)renewal_months(u), d);
}

/* Renewals that lie on a day or before it. */
static int32_t renewals_by(enum period_unit u, int32_t start, int32_t day)
{
	const double days = renewal_months(u) * 365.25 / 12;
	int32_t t = (int32_t)((double)(day - start) / days);
	while (renewal_day(u, start, t + 1) <= day)
		t++;
	while (t > 0 && renewal_day(u, start, t) > day)
		t--;
	return t;
}

static int32_t day_of(const struct journey *j, int64_t at)
{
	return floor_day(zone_local(j->zc, at));
}

static void add_money(struct acc *a, const struct ctx *c, const struct journey *j, int32_t start, struct renewal_age *base)
{
	mrr_of(&a->line, j, c->leaving.grace_s);
	if (!a->line.n)
		return;
	const int64_t first = a->line.v[0].minor, now = a->line.v[a->line.n - 1].minor;
	if (start > c->year_ago) {
		a->s.fresh++;
		a->s.fresh_money += first;
		a->s.fresh_squares += (renewal_wide)(uint64_t)first * (uint64_t)first;
	}
	if (base) {
		base->money += now;
		base->squares += (renewal_wide)(uint64_t)now * (uint64_t)now;
	}
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	if (!j->rows.customer)
		return;
	for (size_t i = 0; i < j->rows.n; i++) {
		const bool sub = j->rows.kind[i] == KIND_SUBSCRIPTIONS && !j->seen[i];
		a->s.subscriptions += sub;
		a->s.ended += sub && j->rows.f[F_END] && j->rows.f[F_END][i] != WEND_NONE;
	}
	spells_of(&a->spells, j, &c->leaving);
	if (!a->spells.n)
		return;
	const struct spell *s = &a->spells.v[0], *last = &a->spells.v[a->spells.n - 1];
	const int32_t start = day_of(j, s->from), seen = renewals_by(c->unit, start, c->p->as_of + 1);
	int32_t came = seen, left = -1;
	if (s->to != INT64_MAX) {
		const int32_t paid = day_of(j, s->to - 1) + 1; /* the first day that is not paid any more */
		const int32_t whole = renewals_by(c->unit, start, paid), at = whole > 0 && renewal_day(c->unit, start, whole) == paid ? whole : whole + 1;
		came = at <= seen ? at : seen;
		left = at <= seen ? at : -1;
	}
	/* the curve is of everyone known; the base and the new ones of who is asked for */
	a->s.customers++;
	for (int32_t t = 0; t < came; t++)
		renewal_age_at(&a->s, (size_t)t)->risk++;
	if (left > 0)
		renewal_age_at(&a->s, (size_t)left - 1)->lost++;
	if (!j->selected)
		return;
	struct renewal_age *base = NULL;
	if (last->to == INT64_MAX) {
		base = renewal_age_at(&a->s, (size_t)renewals_by(c->unit, day_of(j, last->from), c->p->as_of));
		base->base++;
	}
	if (c->money)
		add_money(a, c, j, start, base);
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	for (size_t t = 0; t < b->s.n; t++) {
		struct renewal_age *to = renewal_age_at(&a->s, t);
		to->risk += b->s.v[t].risk;
		to->lost += b->s.v[t].lost;
		to->base += b->s.v[t].base;
		to->money += b->s.v[t].money;
		to->squares += b->s.v[t].squares;
	}
	a->s.customers += b->s.customers;
	a->s.subscriptions += b->s.subscriptions;
	a->s.ended += b->s.ended;
	a->s.fresh += b->s.fresh;
	a->s.fresh_money += b->s.fresh_money;
	a->s.fresh_squares += b->s.fresh_squares;
	renewal_stat_release(&b->s);
	spell_buf_release(&b->spells);
	mrr_line_release(&b->line);
}

enum wend_err renewals_run(struct renewal_stat *out, const struct population *p, const struct churn_options *o, enum period_unit unit, bool money, struct fold_counts *n, struct err *err)
{
	struct population whole = *p;
	struct ctx c = { .p = p, .leaving = { .contracts = true, .grace_s = o->grace_days * 86400, .dunning_s = o->dunning_days * 86400 }, .unit = unit, .money = money, .year_ago = renewal_day(PERIOD_YEAR, p->as_of, -1) };
	struct acc a = { .s.n = 0 };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	leaving_fields(&f, &c.leaving);
	if (money)
		mrr_fields(&f);
	const enum wend_err e = fold_run(&whole, &f, &a, n, err);
	spell_buf_release(&a.spells);
	mrr_line_release(&a.line);
	*out = a.s;
	out->unit = unit;
	out->as_of = p->as_of;
	out->cur = n->cur;
	return e;
}
