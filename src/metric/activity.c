/* Activity by period, for reports on who comes back. Without contracts a customer is active in
 * a period with a purchase day in it (purchasedays.c); with contracts in one that some of was
 * paid (journey/spells), the first moment of the next not counted.
 */
#include "activity.h"

static enum wend_err choose(struct activity_source *s, const struct population *p, const struct retention_options *o, const struct report_options *ro, struct err *err)
{
	struct churn_options c = o->churn;
	*s = (struct activity_source){ .unit = PERIOD_MONTH, .money = o->money, .said = STR_INIT };
	if (ro->period && period_parse(&s->unit, ro->period, err))
		return err->code;
	if (o->activity && !strcmp(o->activity, "purchase") && !c.window) {
		const struct sv fixed = store_setting(p->store, "choices", "window");
		snprintf(s->window, sizeof s->window, "%.*s", fixed.n ? (int)fixed.n : 4, fixed.n ? fixed.p : "auto");
		c.window = s->window;
	}
	enum wend_err e = churn_leaving(&s->leaving, p, &c, ro, &s->said, err);
	if (e)
		return e;
	s->begins = INT32_MAX;
	s->covered = p->as_of;
	s->name = "subscriptions";
	if (s->leaving.contracts)
		return WEND_OK;
	if (o->activity && !strcmp(o->activity, "contract"))
		return err_set(err, WEND_E_USAGE, "the store holds no subscriptions; leave out '--activity contract'");
	s->name = revenue_name(s->leaving.revenue);
	return revenue_covered(s->leaving.revenue, p, &s->begins, &s->covered, err);
}

enum wend_err activity_choose(struct activity_source *s, const struct population *p, const struct retention_options *o, const struct report_options *ro, struct err *err)
{
	const enum wend_err e = choose(s, p, o, ro, err);
	if (e)
		activity_source_release(s);
	return e;
}

void activity_source_release(struct activity_source *s)
{
	churn_leaving_release(&s->leaving);
	str_release(&s->said);
}

uint32_t activity_kinds(const struct activity_source *s)
{
	const struct revenue *rev = s->leaving.revenue;
	return s->leaving.contracts ? KIND_BIT(KIND_SUBSCRIPTIONS) : KIND_BIT(rev->source) | (rev->unmatched ? rev->beside : 0);
}

enum wend_err activity_fold(const struct population *p, const struct activity_source *s, struct fold *f, void *acc, const struct activity *room, void (*release)(void *acc), struct fold_counts *n, struct err *err)
{
	struct population whole = *p; /* who is new needs all of the past; a span chooses what is shown */
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	f->kinds |= KIND_BIT(KIND_CUSTOMERS);
	leaving_fields(f, &s->leaving);
	if (!s->leaving.contracts)
		return purchase_fold(&whole, f, s->leaving.revenue, acc, &room->days, release, n, err);
	if (s->money)
		mrr_fields(f);
	return fold_run(&whole, f, acc, n, err);
}

static struct active_period *at_end(struct activity *a, int32_t period)
{
	if (a->n && a->v[a->n - 1].period == period)
		return &a->v[a->n - 1];
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n] = (struct active_period){ .period = period };
	return &a->v[a->n++];
}

static void by_purchases(struct activity *a, const struct activity_source *s, const struct journey *j)
{
	if (!purchase_days(&a->days, s->leaving.revenue, j))
		return;
	const struct purchase_day *d = a->days.v;
	a->first = d[0].day;
	for (size_t i = 0; i < a->days.n; i++) {
		struct active_period *v = at_end(a, period_number(s->unit, d[i].day));
		v->days++;
		v->money += d[i].amount;
	}
	a->base = a->v[0].money;
}

static int32_t day_of(const struct journey *j, int64_t at)
{
	return floor_day(zone_local(j->zc, at));
}

static void by_contracts(struct activity *a, const struct activity_source *s, const struct journey *j)
{
	spells_of(&a->spells, j, &s->leaving);
	for (size_t i = 0; i < a->spells.n; i++) {
		const struct spell *v = &a->spells.v[i];
		const int32_t last = v->to == INT64_MAX ? j->pop->as_of : day_of(j, v->to - 1), end = period_number(s->unit, last);
		for (int32_t k = period_number(s->unit, day_of(j, v->from)); k <= end; k++)
			at_end(a, k);
	}
	if (!a->n)
		return;
	a->first = day_of(j, a->spells.v[0].from);
	if (!s->money)
		return;
	mrr_of(&a->line, j, s->leaving.grace_s);
	size_t at = 0;
	int64_t now = 0;
	a->base = a->line.n ? a->line.v[0].minor : 0;
	for (size_t i = 0; i < a->n; i++) {
		for (; at < a->line.n && period_number(s->unit, day_of(j, a->line.v[at].at)) <= a->v[i].period; at++)
			now = a->line.v[at].minor;
		a->v[i].money = now;
	}
}

bool activity_of(struct activity *a, const struct activity_source *s, const struct journey *j)
{
	a->n = 0;
	a->base = 0;
	if (j->rows.guest || !j->rows.customer) {
		a->days.facts.guests += j->rows.guest && !s->leaving.contracts && purchase_days(&a->days, s->leaving.revenue, j);
		return false;
	}
	if (s->leaving.contracts)
		by_contracts(a, s, j);
	else
		by_purchases(a, s, j);
	return a->n > 0;
}

void activity_merge(struct activity *into, struct activity *from)
{
	day_room_merge(&into->days, &from->days);
	activity_release(from);
}

void activity_release(struct activity *a)
{
	day_room_release(&a->days);
	spell_buf_release(&a->spells);
	mrr_line_release(&a->line);
	free(a->v);
	*a = (struct activity){ .n = 0 };
}
