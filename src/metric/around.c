/* What is more frequent after a step than before it, in the same customers.
 *
 * Idea. Around each E of a customer stand two windows of W: (t, t + W] and [t - W, t). A step T
 * that has nothing to do with E is as frequent in one as in the other, however often this
 * customer does either. b counts the E with T only after, c those with T only before; the ratio
 * is (b + 1/2) / (c + 1/2) (owncontrol.h).
 *
 *   once      an E counts when the customer had none in the 2 W before it: then no window is
 *             another one's, and a burst is one E
 *   seen      the customer had signed up or bought W before E or earlier (who never did: had any
 *             step; the condition says nothing of the window), and the sources of T tell of both windows whole; what
 *             is not covered is counted and left out
 *   ties      what is at the same instant, or on the same day when either is known to the day
 *             only, is neither before nor after; windows are then whole days
 *   excess    all T after less all T before: contacts, not customers, so that one who would have
 *             called anyway and calls twice is not lost. Its variance is that of the sums by
 *             customer
 *
 * aroundjudge.c makes ratios of the counts.
 */
#include "around_impl.h"

enum { DAY_S = 86400 };

/* ---- options ---- */

static enum wend_err read_windows(struct around *x, const char *text, struct err *err)
{
	static const struct {
		const char *name;
		int64_t s;
	} unit[] = { { "d", DAY_S }, { "day", DAY_S }, { "days", DAY_S }, { "w", 7 * DAY_S }, { "week", 7 * DAY_S }, { "h", 3600 }, { NULL, 0 } };
	struct sv rest = sv_of(text), head;
	while (sv_cut(&rest, ',', &head)) {
		struct sv v = sv_trim(head);
		size_t digits = 0, u = 0;
		int64_t n = 0;
		while (digits < v.n && v.p[digits] >= '0' && v.p[digits] <= '9')
			digits++;
		const struct sv name = sv_trim(sv_n(v.p + digits, v.n - digits));
		while (unit[u].name && !sv_is(name, unit[u].name))
			u++;
		if (!sv_int(sv_n(v.p, digits), &n) || n < 1 || n > 3650 || !unit[u].name)
			return err_set(err, WEND_E_USAGE, "'%s' is no window; write it as 7d, 2w or 12h, several as 1d,7d,30d", text);
		if (x->nwindow == AROUND_WINDOWS)
			return err_set(err, WEND_E_USAGE, "'%s' are too many windows; give up to %d", text, AROUND_WINDOWS);
		x->window[x->nwindow++] = n * unit[u].s;
	}
	return WEND_OK;
}

static int by_text(const void *a, const void *b)
{
	return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static enum wend_err unknown_step(const struct around *x, const char *of, const uint32_t *code, size_t n, struct err *err)
{
	struct sv *name = xreallocarray(NULL, n + 1, sizeof *name);
	struct str list = STR_INIT;
	size_t known = 0;
	for (size_t i = 0; i < n; i++)
		name[i] = step_name(x->p, code[i]);
	qsort(name, n, sizeof *name, by_text);
	for (size_t i = 0; i < n && list.n < 600; i++, known++) {
		str_puts(&list, i ? ", " : "");
		str_sv(&list, name[i]);
	}
	err_set(err, WEND_E_USAGE, "no step is called '%s'; there %s %s%s", of, n == 1 ? "is" : "are", n ? list.p : "none", known < n ? " and others ('wend touchpoints list')" : "");
	str_release(&list);
	free(name);
	return WEND_E_USAGE;
}

/* Steps with which time as a customer begins. */
static bool begins(uint32_t code)
{
	static const enum fixed_step step[] = { STEP_SIGNED_UP, STEP_ORDER_PLACED, STEP_TRIAL_STARTED, STEP_SUB_STARTED };
	for (size_t k = 0; code & STEP_FIXED && k < sizeof step / sizeof *step; k++)
		if (code == (STEP_FIXED | step[k]))
			return true;
	return false;
}

static bool matches(const char *of, struct sv name)
{
	struct sv rest = sv_of(of), head;
	while (sv_cut(&rest, '|', &head))
		if (sv_glob(sv_trim(head), name, false))
			return true;
	return false;
}

static enum wend_err read_of(struct around *x, const char *of, struct arena *a, struct err *err)
{
	uint32_t *code;
	const size_t n = step_cover_names(x->covers, &code, a);
	uint32_t *found = arena_alloc(a, (n + 1) * sizeof *found);
	if (!of)
		return err_set(err, WEND_E_USAGE, "which step? give it with '--of ticket'; 'wend touchpoints list' names all");
	for (size_t i = 0; i < n; i++)
		if (matches(of, step_name(x->p, code[i])))
			found[x->nof++] = code[i];
	x->of = found;
	for (size_t i = 0; i < x->nof; i++) {
		x->of_fixed = x->of_fixed || found[i] & STEP_FIXED;
		x->of_begins = x->of_begins || begins(found[i]);
	}
	if (!x->nof)
		return unknown_step(x, of, code, n, err);
	/* known of while all of them are: the spans of the one that is told of last to begin */
	x->cover = step_cover(x->covers, found[0]);
	for (size_t i = 1; i < x->nof; i++) {
		const struct known_spans k = step_cover(x->covers, found[i]);
		if (k.n && k.v[0].from > x->cover.v[0].from)
			x->cover = k;
	}
	/* nothing outside of the span is seen */
	struct known_span *v = arena_alloc(a, (x->cover.n + 1) * sizeof *v);
	for (size_t i = 0; i < x->cover.n; i++) {
		v[i] = x->cover.v[i];
		v[i].from = v[i].from > x->p->from ? v[i].from : x->p->from;
		v[i].to = v[i].to < x->p->to ? v[i].to : x->p->to;
	}
	x->cover.v = v;
	return WEND_OK;
}

enum wend_err around_open(struct around *x, const struct population *p, const struct cause_options *o, struct arena *a, struct err *err)
{
	struct step_covers *covers = NULL;
	struct derived *d = NULL;
	*x = (struct around){ .p = p };
	enum wend_err e = read_windows(x, o->window ? o->window : "7d", err);
	if (!e)
		e = step_covers_run(&covers, p, a, err);
	x->covers = covers;
	if (!e)
		e = derived_open(&d, p, a, err);
	x->derived = d;
	return e ? e : read_of(x, o->of, a, err);
}

/* ---- lines of days ---- */

void day_add(struct day_line *l, int32_t day, int64_t n)
{
	const size_t room = 128;
	if (!l->n) {
		l->base = day - (int32_t)room / 2;
		l->n = room;
		l->v = xcalloc(room, sizeof *l->v);
	}
	if (day < l->base || day >= l->base + (int32_t)l->n) {
		const int32_t end = l->base + (int32_t)l->n, lo = day < l->base ? day - (int32_t)l->n / 2 : l->base, hi = day >= end ? day + (int32_t)l->n / 2 + 1 : end;
		int64_t *v = xcalloc((size_t)(hi - lo), sizeof *v);
		memcpy(v + (l->base - lo), l->v, l->n * sizeof *v);
		free(l->v);
		*l = (struct day_line){ lo, (size_t)(hi - lo), v };
	}
	l->v[day - l->base] += n;
}

static void day_merge(struct day_line *into, struct day_line *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (from->v[i])
			day_add(into, from->base + (int32_t)i, from->v[i]);
	free(from->v);
}

bool step_says_leaving(struct sv name)
{
	static const char *const of[] = { "*cancel*", "*leaving*", "*unsubscribe*", "*delete account*", "*close account*", "*opt out*", "*opt-out*", NULL };
	for (size_t i = 0; of[i]; i++)
		if (sv_glob(sv_of(of[i]), name, false))
			return true;
	return false;
}

/* ---- one journey ---- */

void around_derive(struct step_buf *out, struct step_buf *derived, const struct around *x, const struct journey *j)
{
	derived_of(derived, x->derived, j);
	if (!derived->n)
		return;
	GROW(out->v, out->cap, out->n + derived->n);
	size_t i = out->n, k = derived->n, to = i + k;
	out->n = to;
	while (k) /* from the back; records come before what is made of them */
		out->v[--to] = i && out->v[i - 1].at > derived->v[k - 1].at ? out->v[--i] : derived->v[--k];
}

void around_steps(struct step_buf *out, struct step_buf *derived, const struct around *x, const struct journey *j)
{
	steps_of(out, j);
	around_derive(out, derived, x, j);
}

/* From when on the customer could have had any step: his sign-up, first order or contract where
 * there is one (nobody complains before), else his first step. */
int64_t around_first(const struct around *x, const struct step_buf *b)
{
	for (size_t i = 0; i < b->n && !x->of_begins; i++)
		if (begins(b->v[i].name))
			return b->v[i].at;
	return b->v[0].at;
}

static uint32_t number_of(struct around_acc *a, uint32_t code)
{
	if (code < AROUND_DIRECT && a->direct && a->direct[code])
		return a->direct[code] - 1;
	const uint32_t id = ids_get(&a->ids, code);
	if (!a->direct)
		a->direct = xcalloc(AROUND_DIRECT, sizeof *a->direct);
	if (code < AROUND_DIRECT)
		a->direct[code] = id + 1;
	return id;
}

static struct around_entry *entry_of(struct around_acc *a, uint32_t code)
{
	const uint32_t id = number_of(a, code);
	if (id == a->n) {
		GROW(a->v, a->cap, a->n + 1);
		a->v[a->n++] = (struct around_entry){ .code = code };
	}
	struct around_entry *e = &a->v[id];
	if (e->serial != a->serial) {
		e->serial = a->serial;
		e->last = INT64_MIN;
		memset(e->own, 0, sizeof e->own);
		GROW(a->mine, a->mine_cap, a->nmine + 1);
		a->mine[a->nmine++] = id;
	}
	return e;
}

static int32_t day_of(const struct journey *j, int64_t at)
{
	return floor_day(zone_local(j->zc, at));
}

struct sides {
	int64_t after, before;
};

/* How often what is looked for stands on either side. */
static struct sides look(const struct around_acc *a, const struct step *s, int32_t day, int64_t window)
{
	struct sides n = { 0, 0 };
	size_t k;
	LOWER_BOUND(k, a->nt, a->t[mid].at < s->at - window - 2 * DAY_S);
	for (; k < a->nt && a->t[k].at <= s->at + window + 2 * DAY_S; k++) {
		const int side = around_side(s, day, &a->t[k], window);
		n.after += side > 0;
		n.before += side < 0;
	}
	return n;
}

static void note(struct around_entry *e, int w, struct sides n)
{
	struct around_count *c = &e->w[w];
	c->times++;
	c->b += n.after && !n.before;
	c->c += n.before && !n.after;
	c->after += n.after;
	c->before += n.before;
	e->own[w].d += n.after - n.before;
	e->own[w].any = true;
}

/* Every other step in the middle, what is looked for around it. */
static void middle(struct around_acc *a, const struct around *x, const struct journey *j, const struct step *s, int64_t first)
{
	struct around_entry *e = entry_of(a, s->name);
	const int32_t day = day_of(j, s->at);
	const int64_t since = e->last == INT64_MIN ? INT64_MAX : s->at - e->last;
	e->all++;
	e->last = s->at;
	day_add(&e->days, day, 1);
	for (int w = 0; w < x->nwindow; w++) {
		const int64_t window = x->window[w];
		struct around_count *c = &e->w[w];
		const struct sides n = a->nt ? look(a, s, day, window) : (struct sides){ 0, 0 };
		const bool whole = known_whole(x->cover, s->at - window, s->at + window);
		if (whole || known_whole(x->cover, s->at, s->at + window)) {
			c->follows++;
			c->followed += n.after > 0;
		}
		if (since <= 2 * window)
			continue;
		if (whole && first <= s->at - window)
			note(e, w, n);
		else
			c->uncovered++;
	}
}

/* Time of the customer, and the part of it that lies before a step looked for. */
static void add_time(struct around_acc *a, const struct around *x, int64_t first)
{
	for (size_t i = 0; i < x->cover.n; i++) {
		const int64_t from = first > x->cover.v[i].from ? first : x->cover.v[i].from, to = x->cover.v[i].to;
		if (from >= to)
			continue;
		for (int w = 0; w < x->nwindow; w++) {
			int64_t reached = from;
			a->base_s[w] += to - from;
			for (size_t k = 0; k < a->nt; k++) {
				const int64_t lo = a->t[k].at - x->window[w], hi = a->t[k].at < to ? a->t[k].at : to;
				if (hi > reached && hi > lo)
					a->near_s[w] += hi - (lo > reached ? lo : reached);
				reached = hi > reached ? hi : reached;
			}
		}
	}
}

/* Every other step within a window of the one in the middle, once counted. */
static void around_place(struct around_acc *a, const struct around *x, const struct step *s, int32_t day, int w)
{
	const struct step_buf *b = &a->steps;
	const int64_t window = x->window[w];
	uint32_t *touched = a->touched;
	size_t k, n = 0;
	LOWER_BOUND(k, b->n, b->v[mid].at < s->at - window - 2 * DAY_S);
	for (; k < b->n && b->v[k].at <= s->at + window + 2 * DAY_S; k++) {
		const struct around_time t = { b->v[k].at, a->day[k], 0, b->v[k].day };
		const int side = around_is(x, b->v[k].name) ? 0 : around_side(s, day, &t, window);
		if (!side)
			continue;
		struct around_entry *e = entry_of(a, b->v[k].name);
		if (!e->near[0] && !e->near[1])
			touched[n++] = (uint32_t)(e - a->v);
		e->near[side < 0]++;
	}
	for (k = 0; k < n; k++) {
		struct around_entry *e = &a->v[touched[k]];
		if (s->at + window <= x->p->to && known_whole(step_cover(x->covers, e->code), s->at - window, s->at + window))
			note(e, w, (struct sides){ e->near[0], e->near[1] });
		e->near[0] = e->near[1] = 0;
	}
}

/* What is looked for in the middle, every other step around it. */
static void outside(struct around_acc *a, const struct around *x, int64_t first)
{
	const struct step_buf *b = &a->steps;
	for (int w = 0; w < x->nwindow; w++) {
		int64_t last = INT64_MIN;
		bool again = false;
		for (size_t i = 0; i < b->n; i++) {
			const struct step *s = &b->v[i];
			const int64_t window = x->window[w], since = last == INT64_MIN ? INT64_MAX : s->at - last;
			if (!around_is(x, s->name)) {
				if (!w)
					entry_of(a, s->name)->all++;
				continue;
			}
			last = s->at;
			if (since <= 2 * window || first > s->at - window)
				continue;
			GROW(a->place[w].v, a->place[w].cap, a->place[w].n + 1);
			a->place[w].v[a->place[w].n++] = (struct around_place){ s->at, again };
			again = true;
			around_place(a, x, s, a->day[i], w);
		}
	}
}

static void collect(struct around_acc *a, const struct around *x, const struct journey *j)
{
	const struct step_buf *b = &a->steps;
	a->nt = a->nmine = 0;
	a->serial++;
	GROW(a->day, a->day_cap, b->n);
	GROW(a->touched, a->touched_cap, b->n);
	for (size_t i = 0; i < b->n; i++) {
		const struct step *s = &b->v[i];
		const bool is = around_is(x, s->name);
		if (is || x->after)
			a->day[i] = day_of(j, s->at);
		if (!is)
			continue;
		GROW(a->t, a->t_cap, a->nt + 1);
		a->t[a->nt++] = (struct around_time){ s->at, a->day[i], s->record, s->day };
		day_add(&a->days, a->day[i], 1);
	}
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct around_acc *a = acc;
	const struct around *x = ctx;
	if (!j->selected || !j->rows.customer || j->rows.guest)
		return;
	around_steps(&a->steps, &a->derived, x, j);
	if (!a->steps.n)
		return;
	const int64_t first = around_first(x, &a->steps);
	collect(a, x, j);
	a->customers++;
	a->target += (int64_t)a->nt;
	day_add(&a->came, day_of(j, first), 1);
	if (x->after) {
		outside(a, x, first);
	} else {
		add_time(a, x, first);
		for (size_t i = 0; i < a->steps.n; i++)
			if (!around_is(x, a->steps.v[i].name))
				middle(a, x, j, &a->steps.v[i], first);
	}
	for (size_t i = 0; i < a->nmine; i++)
		for (int w = 0; w < x->nwindow; w++) {
			struct around_entry *e = &a->v[a->mine[i]];
			e->w[w].customers += e->own[w].any;
			e->w[w].squares += e->own[w].d * e->own[w].d;
		}
}

void around_release(struct around_acc *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].days.v);
	for (int w = 0; w < AROUND_WINDOWS; w++)
		free(a->place[w].v);
	free(a->v);
	free(a->t);
	free(a->mine);
	free(a->day);
	free(a->touched);
	free(a->direct);
	free(a->days.v);
	free(a->came.v);
	ids_release(&a->ids);
	step_buf_release(&a->steps);
	step_buf_release(&a->derived);
	*a = (struct around_acc){ 0 };
}

static void merge_count(struct around_count *a, const struct around_count *b)
{
	a->times += b->times;
	a->customers += b->customers;
	a->uncovered += b->uncovered;
	a->b += b->b;
	a->c += b->c;
	a->after += b->after;
	a->before += b->before;
	a->squares += b->squares;
	a->followed += b->followed;
	a->follows += b->follows;
}

static void merge(void *into, void *from, void *ctx)
{
	struct around_acc *a = into, *b = from;
	const struct around *x = ctx;
	for (size_t i = 0; i < b->n; i++) {
		struct around_entry *e = entry_of(a, b->v[i].code);
		e->all += b->v[i].all;
		for (int w = 0; w < x->nwindow; w++)
			merge_count(&e->w[w], &b->v[i].w[w]);
		day_merge(&e->days, &b->v[i].days);
		b->v[i].days.v = NULL;
	}
	for (int w = 0; w < x->nwindow; w++) {
		a->base_s[w] += b->base_s[w];
		a->near_s[w] += b->near_s[w];
		APPEND(a->place[w].v, a->place[w].cap, a->place[w].n, b->place[w].v, b->place[w].n);
		a->place[w].n += b->place[w].n;
	}
	day_merge(&a->days, &b->days);
	day_merge(&a->came, &b->came);
	b->days.v = b->came.v = NULL;
	a->customers += b->customers;
	a->target += b->target;
	around_release(b);
}

void around_fields(struct fold *f)
{
	step_fields(f, KIND_ALL);
	derived_fields(f);
}

enum wend_err around_run(struct around_acc *out, const struct around *x, struct fold_counts *n, struct err *err)
{
	struct fold f = { .acc_size = sizeof *out, .customer = add_journey, .merge = merge, .ctx = (void *)(uintptr_t)x };
	around_fields(&f);
	return fold_run(x->p, &f, out, n, err);
}
