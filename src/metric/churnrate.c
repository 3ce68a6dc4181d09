/* churn rate: customers who left, period by period, whoever they are customers by.
 *
 * A period is [t0, t1) in local civil time. A customer is active at t when his stretch
 * began before t and ends at t or later (journey/spells), so that what happens exactly at t
 * belongs to the new period. From day to day that is a comparison of civil days: t is the
 * first moment of a day, so "before t" is an earlier day, whatever the clocks do.
 *
 *   new          first stretch ever begins in the period
 *   reactivated  not a customer at the start, one again after an earlier end
 *   churned_*    of the customers at the start, those who are none at the end; involuntary =
 *                by payment
 *   in_and_out   joined and left inside: in neither count, on a line of its own
 *   pending      customers at the end who have cancelled and are still paid
 *   recovered    of the churned, who came back since: grows with later data
 *   active_end = active_start + new + reactivated - churned - in_and_out
 *
 * Whoever leaves and returns within one period is there at its start and its end and did
 * not churn by definition `start`. Every definition (churndefs.c) is read from ends and
 * members counted by their marks.
 *
 * Statistic: these counts by period and group, and joins and ends by day; integers. Active
 * customers are carried as the difference to the period before, so that a long contract
 * costs two additions. The group is the one in force at the start of the period, or where
 * the stretch begins when that is later.
 */
#include "churn_impl.h"
#include "window_impl.h"

/* ---- groups, periods, days ---- */
static uint64_t hash_text(struct sv v)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * 0x100000001b3u;
	return h;
}

struct churn_group *churn_group_of(struct churn_acc *a, struct sv name)
{
	const uint64_t h = hash_text(name);
	for (size_t i = 0; i < a->n; i++)
		if (a->g[i].hash == h && a->g[i].len == name.n && !memcmp(a->g[i].name, name.p ? name.p : "", name.n))
			return &a->g[i];
	GROW(a->g, a->cap, a->n + 1);
	a->g[a->n] = (struct churn_group){ .name = xstrndup(name.p ? name.p : "", name.n), .len = name.n, .hash = h };
	return &a->g[a->n++];
}

struct churn_tally *churn_period_more(struct churn_group *g, int32_t k)
{
	g->v = span_array(g->v, &g->n, &g->base, k, sizeof *g->v);
	return &g->v[k - g->base];
}

struct churn_day *churn_day_in(struct churn_group *g, int32_t day)
{
	const int64_t i = (int64_t)day - g->day0;
	if (i >= 0 && i < (int64_t)g->ndays)
		return &g->day[i];
	g->day = span_array(g->day, &g->ndays, &g->day0, day, sizeof *g->day);
	return &g->day[day - g->day0];
}

int32_t churn_day_of(const struct journey *j, int64_t at)
{
	return at == INT64_MAX ? INT32_MAX : floor_day(zone_local(j->zc, at));
}

static int32_t period_of(const struct churn_ctx *c, const struct journey *j, int64_t at)
{
	return churn_number(c, churn_day_of(j, at));
}

/* ---- where a customer's counts go ---- */
struct place {
	struct churn_acc *a;
	const struct churn_ctx *c;
	const struct journey *j;
	bool varies;
	struct str name;        /* of the group where it varies */
	size_t group;           /* where it does not */
};

void churn_group_name(struct str *out, const struct churn_ctx *c, const struct journey *j, const struct spell *s, int32_t k)
{
	const int64_t start = instant_of_day(c->p, churn_first(c, k));
	str_reset(out);
	for (size_t i = 0; i < c->by.n; i++) {
		bool current;
		const struct sv v = cut_of(&c->by.v[i], j, start > s->from ? start : s->from, &current);
		if (i)
			str_putc(out, '\x1f');
		str_sv(out, v.p ? v : SV(""));
	}
}

static struct churn_group *group_in(struct place *w, const struct spell *s, int32_t k)
{
	if (!w->varies)
		return &w->a->g[w->group];
	churn_group_name(&w->name, w->c, w->j, s, k);
	return churn_group_of(w->a, str_view(&w->name));
}

static struct churn_tally *tally_in(struct place *w, const struct spell *s, int32_t k)
{
	return churn_period(group_in(w, s, k), k);
}

/* A group can change where several dated records tell it. */
static bool can_vary(const struct churn_ctx *c, const struct journey *j)
{
	size_t n = 0;
	for (size_t k = 0; k < c->by.n; k++)
		for (size_t i = 0; i < j->rows.n && n < 2; i++)
			n += !j->seen[i] && c->by.v[k].kinds == KIND_BIT(KIND_SUBSCRIPTIONS) && c->by.v[k].kinds & KIND_BIT(j->rows.kind[i]);
	return n > 1;
}

/* ---- marks ---- */
static bool active_at(const struct spell *s, int32_t day)
{
	return s->from_day < day && day <= s->to_day;
}

/* The number of the month a day lies in. */
static int32_t month_of(const struct churn_ctx *c, int32_t day)
{
	return c->unit == PERIOD_MONTH ? churn_number(c, day) : period_number(PERIOD_MONTH, day);
}

unsigned end_marks(const struct churn_ctx *c, const struct spell_buf *b, size_t i, int32_t k)
{
	const struct spell *s = &b->v[i];
	const int32_t from = s->from_day, to = s->to_day, begins = churn_first(c, k), ends = churn_first(c, k + 1);
	unsigned m = 0;
	if (to == INT32_MAX || to >= ends)
		return 0;
	if (to >= begins)
		m |= END_INSIDE;
	if (to >= ends - ROLL_DAYS)
		m |= END_ROLL;
	if (!m)
		return 0;
	if (from < begins)
		m |= END_THERE;
	for (size_t n = i + 1; n < b->n; n++)
		if (active_at(&b->v[n], ends))
			m |= END_STAYS;
	if (to - from < 31 && month_of(c, from) == month_of(c, to))
		m |= END_MONTH;
	if (c->leaving.contracts && i + 1 < b->n && b->v[i + 1].from - s->to <= c->leaving.dunning_s)
		m |= END_LATE;
	return m;
}

unsigned member_marks(const struct churn_ctx *c, const struct spell_buf *b, size_t i, int32_t k)
{
	const struct spell *s = &b->v[i];
	const int32_t from = s->from_day, roll = roll_from(c, k);
	return (active_at(s, churn_first(c, k)) ? IN_START : 0u) | (active_at(s, roll) ? IN_ROLL : 0u) |
	       (!i && from >= roll && from < churn_first(c, k + 1) ? IN_NEW : 0u);
}

/* ---- one customer ---- */
/* Active at the starts of the periods from + 1 .. to, in the group of each. */
static void count_active(struct place *w, const struct spell *s, int32_t from, int32_t to, bool open)
{
	const int32_t last = churn_number(w->c, w->c->p->as_of);
	size_t at = (size_t)(group_in(w, s, from + 1) - w->a->g);
	churn_period(&w->a->g[at], from + 1)->entered++;
	for (int32_t k = from + 2; w->varies && k <= (open ? last : to); k++) {
		const size_t now = (size_t)(group_in(w, s, k) - w->a->g);
		if (now == at)
			continue;
		churn_period(&w->a->g[at], k)->left++;
		churn_period(&w->a->g[now], k)->entered++;
		at = now;
	}
	if (!open)
		churn_period(&w->a->g[at], to + 1)->left++;
}

/* Periods that look at a boundary of the stretch from both sides: at the start of the
 * period, and 30 days before its end. */
static void count_members(struct place *w, const struct spell_buf *b, size_t i)
{
	const struct churn_ctx *c = w->c;
	const int32_t edge[2] = { b->v[i].from_day, b->v[i].to_day };
	int32_t next = INT32_MIN;
	for (int e = 0; e < 2 && edge[e] != INT32_MAX; e++) {
		int32_t k = churn_number(c, edge[e]);
		k = k > next ? k : next;
		for (; churn_first(c, k) <= edge[e] || roll_from(c, k) <= edge[e]; k++) {
			const unsigned m = member_marks(c, b, i, k);
			if (m && m != (IN_START | IN_ROLL))
				tally_in(w, &b->v[i], k)->members[m]++;
		}
		next = k;
	}
}

static void count_end(struct place *w, const struct spell_buf *b, size_t i)
{
	const struct spell *s = &b->v[i];
	if (s->to == INT64_MAX)
		return;
	const int32_t last = churn_number(w->c, s->to_day);
	int32_t k = last;
	for (unsigned m = end_marks(w->c, b, i, k); m; m = end_marks(w->c, b, i, ++k))
		tally_in(w, s, k)->ends[m]++;
	churn_day_in(group_in(w, s, last), s->to_day)->out++;
}

/* Time inside periods that the stretch does not fill: from where it begins, up to where it
 * ends. Whoever is there at the start is counted for the whole period, and less what he
 * was not there. */
static void count_exposure(struct place *w, const struct spell *s, int32_t from, int32_t to)
{
	const struct churn_ctx *c = w->c;
	const int64_t end = churn_begins(c, from + 1), known = c->known_end;
	const int64_t stop = end < known ? end : known;
	tally_in(w, s, from)->exposure_s += (s->to < stop ? s->to : stop) - s->from;
	if (s->to == INT64_MAX || to == from)
		return;
	const int64_t last = churn_begins(c, to + 1);
	tally_in(w, s, to)->exposure_s -= (last < known ? last : known) - s->to;
}

static void count_pending(struct place *w, const struct spell *s, bool open, int32_t to)
{
	if (!s->cancelled_known || s->cancelled_at >= s->to)
		return;
	int32_t k = period_of(w->c, w->j, s->cancelled_at > s->from ? s->cancelled_at : s->from);
	const int32_t end = open ? churn_number(w->c, w->c->p->as_of) + 1 : to;
	for (int n = 0; k < end && n < PERIODS_MAX; k++, n++)
		tally_in(w, s, k)->pending++;
}

/* Stretches that touch one period are looked at together: was the customer there at its
 * start and end, and what happened inside. */
static void count_stretch(struct place *w, const struct spell_buf *b, size_t i)
{
	const struct churn_ctx *c = w->c;
	const struct spell *s = &b->v[i];
	const int32_t from = churn_number(c, s->from_day);
	const bool open = s->to == INT64_MAX;
	const int32_t to = open ? INT32_MAX : churn_number(c, s->to_day);
	if (to > from)
		count_active(w, s, from, to, open);
	const bool first_start = !i || churn_number(c, b->v[i - 1].from_day) != from;
	const bool there_before = i && active_at(&b->v[i - 1], churn_first(c, from));
	if (first_start && !there_before) {
		size_t last = i;
		while (last + 1 < b->n && churn_number(c, b->v[last + 1].from_day) == from)
			last++;
		struct churn_tally *t = tally_in(w, s, from);
		t->back += i > 0;
		t->fresh += i == 0;
		t->in_out += !(b->v[last].to == INT64_MAX || churn_number(c, b->v[last].to_day) > from);
	}
	if (i && !(c->leaving.contracts && s->from - b->v[i - 1].to <= c->leaving.dunning_s))
		tally_in(w, s, from)->returns++;
	if (!open && to > from && !(end_marks(c, b, i, to) & END_STAYS)) {
		struct churn_tally *t = tally_in(w, s, to);
		t->by_payment += s->involuntary;
		t->by_choice += !s->involuntary;
		t->recovered += i + 1 < b->n;
	}
	churn_day_in(group_in(w, s, from), s->from_day)->in++;
	count_exposure(w, s, from, to);
	count_pending(w, s, open, to);
	count_end(w, b, i);
	count_members(w, b, i);
}

static void count_trials(struct place *w, const struct spell_buf *b)
{
	for (size_t i = 0; i < b->ntrial; i++) {
		const struct spell at = { .from = b->trial[i].at };
		struct churn_tally *t = tally_in(w, &at, period_of(w->c, w->j, b->trial[i].at));
		t->trial_lost += b->trial[i].lost;
		t->trial_won += !b->trial[i].lost;
	}
}

/* ---- which batch a row came with ---- */
void churn_note_rows(struct late_rows *l, int32_t batch, int32_t period, int64_t n)
{
	const size_t known = l->ids.n;
	const uint32_t i = ids_get(&l->ids, (uint64_t)(uint32_t)batch << 32 | (uint32_t)(period + INT32_MAX / 2));
	GROW(l->n, l->cap, i + 1);
	GROW(l->batch, l->bcap, i + 1);
	GROW(l->period, l->pcap, i + 1);
	if (i == known)
		l->n[i] = 0;
	l->n[i] += n;
	l->batch[i] = batch;
	l->period[i] = period;
}

/* The day a record speaks of: a contract's end where that is known, else its own. */
static int32_t told_day(const struct journey *j, size_t i)
{
	const struct rows *r = &j->rows;
	if (r->kind[i] == KIND_SUBSCRIPTIONS)
		for (int k = 0; k < 2; k++) {
			const int64_t *col = r->f[k ? F_CANCELLED : F_END];
			if (col && col[i] != WEND_NONE && wtime_instant(col[i], j->pop->zone) < j->pop->as_of_end)
				return wtime_day(col[i], j->zc);
		}
	return r->time[i] == WEND_NONE ? INT32_MIN : wtime_day(r->time[i], j->zc);
}

static void note_rows(struct churn_acc *a, const struct churn_ctx *c, const struct journey *j)
{
	const uint32_t kind = c->leaving.contracts ? KIND_SUBSCRIPTIONS : c->leaving.revenue->source;
	for (size_t i = 0; i < j->rows.n; i++) {
		if (j->rows.kind[i] != kind || j->seen[i] == SEEN_AFTER_AS_OF)
			continue;
		const int32_t day = told_day(j, i);
		if (day != INT32_MIN)
			churn_note_rows(&a->late, (int32_t)j->rows.batch[i], churn_number(c, day), 1);
	}
}

void churn_add(struct churn_acc *a, const struct churn_ctx *c, const struct journey *j, const struct spell_buf *b)
{
	if (!j->selected || !j->rows.customer)
		return;
	if (c->batches)
		note_rows(a, c, j);
	for (size_t i = 0; c->leaving.contracts && i < j->rows.n; i++) {
		const bool sub = j->rows.kind[i] == KIND_SUBSCRIPTIONS && !j->seen[i];
		a->records += sub;
		a->ended += sub && ((j->rows.f[F_END] && j->rows.f[F_END][i] != WEND_NONE) || (j->rows.f[F_CANCELLED] && j->rows.f[F_CANCELLED][i] != WEND_NONE));
	}
	a->bad += b->bad;
	a->unpaid += b->unpaid;
	a->trials += b->trials;
	a->trials_lost += b->trials_lost;
	if (b->n) {
		const int32_t day = b->v[0].from_day;
		a->first = !a->customers || day < a->first ? day : a->first;
		a->customers++;
	}
	if (!b->n && !b->ntrial)
		return;
	struct place w = { .a = a, .c = c, .j = j, .name = STR_INIT };
	const struct spell first = { .from = b->n ? b->v[0].from : b->trial[0].at };
	w.varies = c->by.n && can_vary(c, j);
	if (c->by.n && !w.varies)
		churn_group_name(&w.name, c, j, &first, period_of(c, j, first.from));
	if (!w.varies)
		w.group = a->n && !c->by.n ? 0 : (size_t)(churn_group_of(a, str_view(&w.name)) - a->g);
	for (size_t i = 0; i < b->n; i++)
		count_stretch(&w, b, i);
	count_trials(&w, b);
	str_release(&w.name);
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct churn_acc *a = acc;
	const struct churn_ctx *c = ctx;
	if (!j->selected || !j->rows.customer)
		return;
	spells_of(&a->spells, j, &c->leaving);
	churn_add(a, c, j, &a->spells);
}

/* ---- merging ---- */
void churn_tally_add(struct churn_tally *a, const struct churn_tally *b)
{
	int64_t *x = (int64_t *)(void *)a;
	const int64_t *y = (const int64_t *)(const void *)b;
	for (size_t i = 0; i < sizeof *a / sizeof *x; i++)
		x[i] += y[i];
}

bool churn_tally_empty(const struct churn_tally *t)
{
	static const struct churn_tally zero;
	return !memcmp(t, &zero, sizeof zero);
}

static void acc_release(struct churn_acc *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->g[i].name);
		free(a->g[i].v);
		free(a->g[i].day);
	}
	free(a->g);
	ids_release(&a->late.ids);
	free(a->late.n);
	free(a->late.batch);
	free(a->late.period);
	spell_buf_release(&a->spells);
	*a = (struct churn_acc){ 0 };
}

void churn_merge(struct churn_acc *a, struct churn_acc *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct churn_group *h = &b->g[i];
		struct churn_group *g = churn_group_of(a, sv_n(h->name, h->len));
		for (size_t k = 0; k < h->n; k++)
			if (!churn_tally_empty(&h->v[k]))
				churn_tally_add(churn_period(g, h->base + (int32_t)k), &h->v[k]);
		for (size_t k = 0; k < h->ndays; k++)
			if (h->day[k].in || h->day[k].out) {
				struct churn_day *d = churn_day_in(g, h->day0 + (int32_t)k);
				d->in += h->day[k].in;
				d->out += h->day[k].out;
			}
	}
	for (size_t i = 0; i < b->late.ids.n; i++)
		churn_note_rows(&a->late, b->late.batch[i], b->late.period[i], b->late.n[i]);
	if (b->customers)
		a->first = !a->customers || b->first < a->first ? b->first : a->first;
	a->bad += b->bad;
	a->unpaid += b->unpaid;
	a->trials += b->trials;
	a->trials_lost += b->trials_lost;
	a->ended += b->ended;
	a->records += b->records;
	a->customers += b->customers;
	acc_release(b);
}

static void merge(void *into, void *from, void *ctx)
{
	(void)ctx;
	churn_merge(into, from);
}

/* ---- the report ---- */
enum wend_err churn_settle(struct churn_ctx *c, const struct population *p, const struct churn_options *o, const struct report_options *ro, bool guess, struct arena *a, struct err *err)
{
	*c = (struct churn_ctx){ .unit = PERIOD_MONTH, .p = p, .trials = o->include_trials, .said = STR_INIT };
	enum wend_err e = ro->period ? period_parse(&c->unit, ro->period, err) : WEND_OK;
	churn_periods(c, c->unit);
	if (!e)
		e = definitions_parse(c->def, &c->ndef, p, ro->definition, err);
	if (!e)
		e = cuts_parse(&c->by, ro->by, p, a, err);
	if (!e)
		e = churn_leaving_guess(&c->leaving, p, o, ro, &c->said, guess ? &c->guessed : NULL, err);
	if (e)
		return e;
	c->known_day = c->leaving.contracts || c->leaving.covered > p->as_of ? p->as_of : c->leaving.covered;
	c->known_end = instant_of_day(p, c->known_day + 1);
	return WEND_OK;
}

void churn_periods(struct churn_ctx *c, enum period_unit u)
{
	enum { BEFORE = 40 * 366, AFTER = 12 * 366 }; /* days around the as-of day; others are asked of the calendar */
	const int32_t day0 = c->p->as_of - BEFORE, base = period_number(u, day0), last = period_number(u, c->p->as_of + AFTER);
	c->unit = u;
	c->day0 = day0;
	c->ndays = BEFORE + AFTER;
	c->nperiods = last - base;
	c->number = xreallocarray(c->number, (size_t)c->ndays, sizeof *c->number);
	c->first = xreallocarray(c->first, (size_t)c->nperiods + 1, sizeof *c->first);
	c->begins = xreallocarray(c->begins, (size_t)c->nperiods + 1, sizeof *c->begins);
	for (int32_t k = 0; k <= c->nperiods; k++) {
		c->first[k] = period_day(u, base + k);
		c->begins[k] = instant_of_day(c->p, c->first[k]);
		for (int32_t day = c->first[k] > day0 ? c->first[k] : day0; day < period_day(u, base + k + 1) && day < day0 + c->ndays; day++)
			c->number[day - day0] = base + k;
	}
}

void churn_ctx_release(struct churn_ctx *c)
{
	churn_leaving_release(&c->leaving);
	str_release(&c->said);
	free(c->number);
	free(c->first);
	free(c->begins);
}

void churn_fields(struct fold *f, const struct churn_ctx *c)
{
	leaving_fields(f, &c->leaving);
	cuts_fields(f, &c->by);
	if (!c->by.n && !c->leaving.contracts)
		f->want_at = false;
}

bool churn_batches(struct store *s, enum wend_err *e, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct batch_source *v;
	size_t n = 0;
	*e = store_batch_sources(s, &v, &n, &scratch, err);
	arena_release(&scratch);
	return n > 1;
}

uint32_t churn_kinds(const struct churn_ctx *c)
{
	return c->leaving.contracts ? KIND_BIT(KIND_SUBSCRIPTIONS) | KIND_BIT(KIND_PAYMENTS) : KIND_BIT(c->leaving.revenue->source);
}

enum wend_err churn_count(struct churn_acc *a, struct churn_result *res, struct fold_counts *n, struct churn_ctx *c, struct err *err)
{
	struct population whole = *c->p; /* stretches need all of the past; the span chooses periods */
	struct fold f = { .acc_size = sizeof *a, .customer = add_customer, .merge = merge, .ctx = c };
	enum wend_err e = WEND_OK;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	churn_fields(&f, c);
	c->batches = churn_batches(c->p->store, &e, err);
	f.batches = f.batches || c->batches;
	if (!e)
		e = fold_run(&whole, &f, a, n, err);
	return e ? e : churn_result_make(res, a, c, err);
}

void churn_count_release(struct churn_acc *a, struct churn_result *res)
{
	acc_release(a);
	churn_result_release(res);
}
