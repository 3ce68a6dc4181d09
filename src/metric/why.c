/* churn why: the design, out of the journeys.
 *
 * With contracts a stretch is what journey/spells calls one: it ends when the customer clicked
 * cancel where that is known, for then he decided, else with what was paid. Without contracts a
 * stretch is a spell of purchases, and what is compared is what followed the orders of it
 * (ownorder.c).
 *
 *   unit     a step, told apart by its outcome where its record has one, or a derived step;
 *            no beginning and no end of being a customer, and without contracts no order
 *   fitted   everyone; counted are leavers of the span that --where and --only choose
 *   money    of a year: twelve times the price of a month, or what the orders of the last year
 *            brought; in several currencies it is not added up
 *   keys     a hash of the printed customer key and --seed: the controls are the same whatever
 *            the order of files and the number of threads
 */
#include "why_impl.h"
#include "around_impl.h"
#include "wend/hash.h"

#include <math.h>

enum { DAY_S = 86400, DAY_MIN = 1440, YEAR_S = 365 * DAY_S };

static int32_t minute(int64_t at)
{
	const int64_t m = at / 60;
	return m > INT32_MAX ? INT32_MAX : m < INT32_MIN ? INT32_MIN : (int32_t)m;
}

/* Beginnings, ends, and what leaving is told by. */
static bool is_unit(const struct why *y, uint32_t code)
{
	static const enum fixed_step never[] = { STEP_SUB_CANCELLED, STEP_SUB_ENDED, STEP_CANCELLED, STEP_TRIAL_LOST, STEP_TRIAL_STARTED, STEP_SUB_STARTED, STEP_SIGNED_UP };
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (code == (STEP_FIXED | never[i]))
			return false;
	return y->leaving.contracts || code != (STEP_FIXED | STEP_ORDER_PLACED);
}

static uint32_t unit_of(struct why_acc *a, uint64_t key)
{
	const uint32_t id = ids_get(&a->units, key);
	if (id == a->nunit) {
		GROW(a->unit, a->unit_cap, a->nunit + 1);
		a->unit[a->nunit++] = (struct why_unit){ key };
	}
	return id;
}

static uint64_t key_of(const struct journey *j, const struct step *s)
{
	const int64_t *outcome = j->rows.f[F_OUTCOME];
	const bool has = !(s->name & STEP_FIXED) && outcome && outcome[s->record] != WEND_NONE;
	return (uint64_t)s->name << 32 | (has ? (uint64_t)step_word(j->pop, outcome[s->record]) + 1 : 0);
}

/* Steps of one buffer within [from, to], after those already there. */
static void add_events(struct why_acc *a, const struct why *y, const struct journey *j, const struct step_buf *b, int64_t from, int64_t to)
{
	for (size_t i = 0; i < b->n && b->v[i].at <= to; i++)
		if (b->v[i].at >= from && is_unit(y, b->v[i].name)) {
			GROW(a->event, a->event_cap, a->nevent + 1);
			a->event[a->nevent++] = (struct own_event){ minute(b->v[i].at), unit_of(a, key_of(j, &b->v[i])) };
		}
}

/* Two ordered halves, the second behind the first, into one. */
static void merge_halves(struct own_event *v, size_t half, size_t n)
{
	struct own_event *second = xreallocarray(NULL, n - half + 1, sizeof *second);
	memcpy(second, v + half, (n - half) * sizeof *second);
	for (size_t to = n, i = half, k = n - half; k;)
		v[--to] = i && v[i - 1].at > second[k - 1].at ? v[--i] : second[--k];
	free(second);
}

/* The topic of the last step named after leaving, in (from, until]: a survey at the cancel
 * button, the code of the call in which the contract was given up. */
static int64_t topic_of_leaving(const struct journey *j, int64_t from, int64_t until)
{
	const int64_t *topic = j->rows.f[F_TOPIC], *step = j->rows.f[F_TOUCHPOINT];
	for (size_t i = j->rows.n; topic && step && i-- > 0;)
		if (!j->seen[i] && topic[i] != WEND_NONE && step[i] != WEND_NONE && j->rows.kind[i] == KIND_INTERACTIONS && j->at[i] > from && j->at[i] <= until &&
		    step_says_leaving(store_word(j->pop->store, step[i])))
			return topic[i];
	return WEND_NONE;
}

/* What the contract or the customer's record says; else what was said on the way out. */
static int64_t said_by(const struct journey *j, int64_t from, int64_t until)
{
	const int64_t *reason = j->rows.f[F_CANCEL_REASON];
	int64_t said = WEND_NONE;
	for (size_t i = 0; i < j->rows.n && reason; i++)
		if (!j->seen[i] && reason[i] != WEND_NONE && (j->rows.kind[i] == KIND_CUSTOMERS || j->at[i] <= until))
			said = reason[i];
	return said != WEND_NONE ? said : topic_of_leaving(j, from, until);
}

static void note_currency(struct why_acc *a, const struct journey *j, enum kind kind)
{
	const int64_t *cur = j->rows.f[F_CURRENCY];
	for (size_t i = 0; i < j->rows.n; i++) {
		if (j->rows.kind[i] != kind || j->seen[i])
			continue;
		const currency c = cur && cur[i] != WEND_NONE ? (currency)cur[i] : 0;
		a->mixed = a->mixed || (a->cur && c && a->cur != c);
		a->cur = a->cur ? a->cur : c;
	}
}

/* Purchases of a spell, and what the last year of it brought. */
static int64_t add_orders(struct why_acc *a, const struct why *y, const struct journey *j, const struct spell *s)
{
	int64_t money = 0;
	for (size_t i = 0; i < j->rows.n; i++) {
		if (j->seen[i] || j->rows.time[i] == WEND_NONE)
			continue;
		const int64_t amount = revenue_of(y->leaving.revenue, &j->rows, i);
		if (amount == WEND_NONE || amount <= 0 || j->at[i] < s->from || j->at[i] > s->last_seen + DAY_S)
			continue;
		if (j->at[i] > s->last_seen - YEAR_S)
			money += amount;
		const int32_t at = minute(j->at[i]);
		const size_t own = a->orders[a->n];
		if (own && at - a->order[a->norder - 1] < DAY_MIN) /* one visit to the shop */
			continue;
		GROW(a->order, a->order_cap, a->norder + 1);
		a->order[a->norder++] = at;
		a->orders[a->n]++;
	}
	return money;
}

static void add_spell(struct why_acc *a, const struct why *y, const struct journey *j, const struct spell *s, uint32_t place, const struct step_buf *steps, const struct step_buf *derived)
{
	const int64_t end = y->p->as_of_end;
	const bool left = s->to < end;
	int64_t to = left ? s->to : end;
	GROW(a->v, a->cap, a->n + 1);
	GROW(a->person, a->person_cap, a->n + 1);
	GROW(a->orders, a->orders_cap, a->n + 1);
	a->orders[a->n] = 0;
	if (y->leaving.contracts && s->cancelled_known && !s->involuntary && s->cancelled_at > s->from && s->cancelled_at < to)
		to = s->cancelled_at;
	struct own_stretch v = { .from = minute(s->from), .to = minute(to), .left = left, .event = a->nevent,
				 .counted = j->selected && left && s->to >= y->p->from && s->to < y->p->to };
	v.money = y->leaving.contracts ? s->mrr * 12 : add_orders(a, y, j, s);
	add_events(a, y, j, steps, s->from, to);
	const size_t half = a->nevent - v.event;
	add_events(a, y, j, derived, s->from, to);
	v.events = (uint32_t)(a->nevent - v.event);
	if (half < v.events)
		merge_halves(a->event + v.event, half, v.events);
	a->v[a->n] = v;
	a->person[a->n++] = (struct why_person){ left ? said_by(j, y->leaving.contracts ? to - (int64_t)y->span.window * 60 : s->last_seen - DAY_S, y->leaving.contracts ? to + DAY_S : to) : WEND_NONE, j->rows.customer, place };
}

void why_add(struct why_acc *a, const struct why *y, const struct journey *j, const struct spell_buf *b, const struct step_buf *steps, const struct step_buf *derived)
{
	if (!j->rows.customer || j->rows.guest || !b->n)
		return;
	note_currency(a, j, y->leaving.contracts ? KIND_SUBSCRIPTIONS : y->leaving.revenue->source);
	for (size_t i = 0; i < b->n; i++)
		add_spell(a, y, j, &b->v[i], (uint32_t)i, steps, derived);
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct why_acc *a = acc;
	const struct why *y = ctx;
	if (!j->rows.customer || j->rows.guest)
		return;
	spells_of(&a->spells, j, &y->leaving);
	if (!a->spells.n)
		return;
	steps_of(&a->steps, j);
	derived_of(&a->derived, y->derived, j);
	why_add(a, y, j, &a->spells, &a->steps, &a->derived);
}

static void acc_release(struct why_acc *a)
{
	free(a->v);
	free(a->person);
	free(a->event);
	free(a->order);
	free(a->orders);
	free(a->unit);
	ids_release(&a->units);
	spell_buf_release(&a->spells);
	step_buf_release(&a->steps);
	step_buf_release(&a->derived);
}

void why_merge(struct why_acc *a, struct why_acc *b)
{
	uint32_t *unit = xreallocarray(NULL, b->nunit + 1, sizeof *unit);
	for (size_t u = 0; u < b->nunit; u++)
		unit[u] = unit_of(a, b->unit[u].key);
	for (size_t i = 0; i < b->nevent; i++)
		b->event[i].unit = unit[b->event[i].unit];
	for (size_t i = 0; i < b->n; i++)
		b->v[i].event += a->nevent;
	APPEND(a->v, a->cap, a->n, b->v, b->n);
	APPEND(a->person, a->person_cap, a->n, b->person, b->n);
	APPEND(a->orders, a->orders_cap, a->n, b->orders, b->n);
	APPEND(a->event, a->event_cap, a->nevent, b->event, b->nevent);
	APPEND(a->order, a->order_cap, a->norder, b->order, b->norder);
	a->n += b->n;
	a->nevent += b->nevent;
	a->norder += b->norder;
	a->mixed = a->mixed || b->mixed || (a->cur && b->cur && a->cur != b->cur);
	a->cur = a->cur ? a->cur : b->cur;
	free(unit);
	acc_release(b);
}

static void merge(void *into, void *from, void *ctx)
{
	(void)ctx;
	why_merge(into, from);
}

/* ---- in order of keys ---- */

/* By key, ties in the order of the fold, which is that of customers. */
static void sort_stretches(struct why *y)
{
	struct why_acc *a = &y->a;
	uint64_t *key = xreallocarray(NULL, a->n + 1, sizeof *key);
	uint32_t *at = xreallocarray(NULL, a->n + 1, sizeof *at);
	size_t *first = xreallocarray(NULL, a->n + 1, sizeof *first); /* by stretch: its orders */
	size_t orders = 0;
	for (size_t i = 0; i < a->n; i++) {
		/* without a unit nobody is drawn, and any order does */
		const struct sv name = a->nunit ? store_customer(y->p->store, a->person[i].customer) : SV("");
		key[i] = hash_mix(hash64(name.p, name.n) ^ hash_mix(y->seed * 0x9e3779b97f4a7c15u + a->person[i].place + 1));
		at[i] = (uint32_t)i;
		first[i] = orders;
		orders += a->orders[i];
	}
	sort_keys(key, at, a->n);
	y->v = xreallocarray(NULL, a->n + 1, sizeof *y->v);
	y->person = xreallocarray(NULL, a->n + 1, sizeof *y->person);
	y->order_from = xreallocarray(NULL, a->n + 1, sizeof *y->order_from);
	y->order = xreallocarray(NULL, a->norder + 1, sizeof *y->order);
	y->order_from[0] = 0;
	for (size_t i = 0; i < a->n; i++) {
		const uint32_t k = at[i];
		y->v[i] = a->v[k];
		y->v[i].key = key[i];
		y->v[i].who = a->person[k].customer;
		y->person[i] = a->person[k];
		y->order_from[i + 1] = y->order_from[i] + a->orders[k];
		if (a->orders[k])
			memcpy(y->order + y->order_from[i], a->order + first[k], a->orders[k] * sizeof *y->order);
	}
	free(key);
	free(at);
	free(first);
}

/* One list for each of the step covers there are, so that equal ones are seen to be. */
static struct own_cover *covers_of(struct why *y)
{
	const struct why_acc *a = &y->a;
	struct own_cover *c = arena_zalloc(&y->arena, (a->nunit + 1) * sizeof *c);
	const struct known_span **from = arena_zalloc(&y->arena, (a->nunit + 1) * sizeof *from);
	for (size_t u = 0; u < a->nunit; u++) {
		const struct known_spans k = step_cover(y->covers, (uint32_t)(a->unit[u].key >> 32));
		size_t same = 0;
		from[u] = k.v;
		while (same < u && from[same] != k.v)
			same++;
		if (same < u) {
			c[u] = c[same];
			continue;
		}
		struct own_known *v = arena_alloc(&y->arena, (k.n + 1) * sizeof *v);
		for (size_t i = 0; i < k.n; i++)
			v[i] = (struct own_known){ minute(k.v[i].from), minute(k.v[i].to) };
		c[u] = (struct own_cover){ v, k.n };
	}
	return c;
}

static void judge(struct why *y)
{
	const size_t n = y->a.nunit;
	const struct own_design d = { y->v, y->a.n, y->a.event, covers_of(y), n };
	y->counts = xcalloc(2 * n + 1, sizeof *y->counts);
	y->found = xcalloc(2 * n + 1, sizeof *y->found);
	y->once = y->counts + n;
	y->found_once = y->found + n;
	if (y->leaving.contracts) {
		own_run(y->counts, &y->totals, &d, &y->span);
		own_judge(y->found, y->counts, n, NULL, ALPHA);
		return;
	}
	const struct own_orders o = { y->order, y->order_from, y->leaving.window * DAY_MIN };
	own_orders_run(y->counts, y->once, &y->totals, y->base, &d, &o, &y->span);
	double *base = xreallocarray(NULL, 2 * n + 1, sizeof *base);
	for (size_t i = 0; i < 2 * n; i++)
		base[i] = y->base[i >= n];
	own_judge(y->found, y->counts, 2 * n, base, ALPHA); /* tested all together */
	free(base);
}

enum wend_err why_open(struct why *y, const struct population *p, const struct why_options *o, const struct report_options *ro, const struct leaving *l, struct err *err)
{
	*y = (struct why){ .p = p, .span = own_span_default(), .seed = (uint64_t)ro->seed };
	y->span.window = (int32_t)((o->lookback ? o->lookback : 30) * DAY_MIN);
	y->span.gap = (int32_t)((o->gap > 0 ? o->gap : o->gap < 0 ? 0 : 3) * DAY_MIN);
	if (y->span.gap >= y->span.window)
		return err_set(err, WEND_E_USAGE, "the last days apart (--gap %lld) are no fewer than those looked back (--lookback %lld)", (long long)o->gap,
			       (long long)(y->span.window / DAY_MIN));
	y->borrowed = l != NULL;
	if (l)
		y->leaving = *l;
	const enum wend_err e = l ? WEND_OK : churn_leaving(&y->leaving, p, &o->leaving, ro, &y->said, err);
	return e ? e : derived_open(&y->derived, p, &y->arena, err);
}

void why_fields(struct fold *f, const struct why *y)
{
	step_fields(f, KIND_ALL);
	derived_fields(f);
	leaving_fields(f, &y->leaving);
	fields_add(&f->fields, F_CANCEL_REASON);
	fields_add(&f->fields, F_OUTCOME);
	fields_add(&f->fields, F_TOPIC);
	fields_add(&f->fields, F_CURRENCY);
}

void why_close(struct why *y, const struct step_covers *covers)
{
	y->covers = covers;
	sort_stretches(y);
	judge(y);
}

enum wend_err why_run(struct why *y, const struct population *p, const struct why_options *o, const struct report_options *ro, struct err *err)
{
	struct fold f = { .acc_size = sizeof y->a, .customer = add_journey, .merge = merge, .ctx = y };
	struct population whole = *p;
	struct step_covers *covers;
	enum wend_err e = why_open(y, p, o, ro, NULL, err);
	if (!e)
		e = step_covers_run(&covers, p, &y->arena, err);
	if (e)
		return e;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	why_fields(&f, y);
	e = fold_run(&whole, &f, &y->a, &y->n, err);
	if (!e)
		why_close(y, covers);
	return e;
}

void why_release(struct why *y)
{
	acc_release(&y->a);
	if (!y->borrowed)
		churn_leaving_release(&y->leaving);
	free(y->v);
	free(y->person);
	free(y->order_from);
	free(y->order);
	free(y->counts);
	free(y->found);
	str_release(&y->said);
	arena_release(&y->arena);
}

void why_name(struct str *out, const struct why *y, size_t unit)
{
	const uint64_t key = y->a.unit[unit].key;
	str_sv(out, step_name(y->p, (uint32_t)(key >> 32)));
	if (!(uint32_t)key)
		return;
	str_puts(out, ": ");
	str_sv(out, step_name(y->p, (uint32_t)key - 1));
}

struct sv why_before(const struct why *y, size_t unit, double *share, struct arena *a)
{
	int64_t *count = xcalloc(y->a.nunit + 1, sizeof *count), all = 0;
	size_t best = SIZE_MAX;
	struct str name = STR_INIT, other = STR_INIT;
	for (size_t i = 0; i < y->a.n; i++) {
		const struct own_stretch *v = &y->v[i];
		const struct own_event *e = y->a.event + v->event;
		if (!v->left)
			continue;
		const int32_t end = y->leaving.contracts || y->order_from[i + 1] == y->order_from[i] ? v->to : y->order[y->order_from[i + 1] - 1] + y->leaving.window * DAY_MIN;
		const int32_t from = y->leaving.contracts ? v->to - y->span.window : end - y->leaving.window * DAY_MIN;
		for (size_t k = v->events; k-- > 0 && e[k].at >= from;) {
			if (e[k].unit != unit || e[k].at >= end - (y->leaving.contracts ? y->span.gap : 0))
				continue;
			all++;
			if (k && e[k - 1].unit != unit && e[k].at - e[k - 1].at <= y->span.window)
				count[e[k - 1].unit]++;
			break;
		}
	}
	for (size_t u = 0; u < y->a.nunit; u++) {
		if (!count[u] || (best != SIZE_MAX && count[u] < count[best]))
			continue;
		str_reset(&other);
		why_name(&other, y, u);
		if (best == SIZE_MAX || count[u] > count[best] || sv_cmp(str_view(&other), str_view(&name)) < 0) {
			best = u;
			str_reset(&name);
			str_sv(&name, str_view(&other));
		}
	}
	*share = best == SIZE_MAX ? NAN : (double)count[best] / (double)all;
	const struct sv out = best == SIZE_MAX ? SV_NONE : sv_n(arena_strndup(a, name.p, name.n), name.n);
	str_release(&name);
	str_release(&other);
	free(count);
	return out;
}
