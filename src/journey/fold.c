/* The fold: one pass over all journeys, on which every report is written.
 *
 * Each thread has a cursor over its share of the customers and an accumulator of its
 * own. All cursors are opened before any is read and the store's generation is compared
 * around that, so that every thread sees the same snapshot. Accumulators are merged in
 * the order of the shares, and they hold integers, so that the number of threads changes
 * nothing.
 *
 * What a record costs here: deciding that it is seen is one comparison a customer when
 * no condition is set (records are sorted: the first and the last decide for all), days
 * and instants are a tight loop over one column with the offset of the zone cached.
 */
#include "journey_impl.h"
#include "wend/par.h"

enum { DAY_S = 86400, TRIES = 16, CURRENCIES_MAX = 64, SMALL_ROWS = 65536 };

/* Limits in the units records are stored in: [0] for instants, [1] for civil days. */
struct limits {
	int64_t end[2], from[2], to[2];
	int64_t all_from, all_to; /* every record between the two is within all limits */
};

struct share {
	const struct fold *f;
	const struct population *p;
	const struct limits *lim;
	uint32_t asked;              /* kinds of the fold; others are read for the filters alone */
	bool odd_kinds;
	struct cursor *cursor;
	void *acc;
	struct fold_counts n;
	currency cur[CURRENCIES_MAX];
	int ncur;
	struct zone_cache zc;
	/* columns made here */
	size_t cap;
	uint8_t *seen;
	size_t clean;                /* so many of seen are SEEN, and need not be written again */
	int64_t *at;
	int32_t *day;
	/* a customer whose civil days and instants have to be sorted anew */
	size_t order_cap;
	uint32_t *order;
	struct arena sorted;
	struct err err;
};

static struct limits limits_of(const struct population *p)
{
	struct limits l;
	const int64_t margin = 26 * 3600; /* no zone is further from UTC */
	l.end[0] = p->as_of_end;
	l.end[1] = ((int64_t)p->as_of + 1) * DAY_S;
	l.from[0] = p->from;
	l.from[1] = p->from_local;
	l.to[0] = p->to;
	l.to[1] = p->to_local;
	l.all_from = p->from_local == INT64_MIN ? INT64_MIN : p->from_local + margin;
	l.all_to = l.end[1] < l.to[1] ? l.end[1] - margin : l.to[1] - margin;
	return l;
}

static void reserve(struct share *s, size_t n)
{
	if (n <= s->cap)
		return;
	const size_t cap = n * 2 > 1024 ? n * 2 : 1024;
	s->seen = xreallocarray(s->seen, cap, sizeof *s->seen);
	s->clean = 0;
	s->at = xreallocarray(s->at, cap, sizeof *s->at);
	s->day = xreallocarray(s->day, cap, sizeof *s->day);
	s->cap = cap;
}

/* Instants of one offset from UTC, not before 1970: 86400 is 128 times 675. */
static bool fill_near_days(struct share *s, const struct rows *r)
{
	const int64_t first = wtime_secs(r->time[0]), last = wtime_secs(r->time[r->n - 1]), off = s->zc.off, most = (int64_t)UINT32_MAX * 128;
	if (first < s->zc.lo || last >= s->zc.hi || first + off < 0 || last + off > most)
		return false;
	for (size_t i = 0; i < r->n; i++)
		s->day[i] = (int32_t)((uint32_t)((uint64_t)(wtime_secs(r->time[i]) + off) >> 7) / 675);
	return true;
}

/* Times ascend, missing ones first; `days`: civil days are among them. */
static void fill_days(struct share *s, const struct rows *r, bool days)
{
	if (!days && r->n && r->time[0] != WEND_NONE && fill_near_days(s, r))
		return;
	struct zone_cache zc = s->zc;
	for (size_t i = 0; i < r->n; i++) {
		const int64_t w = r->time[i];
		if (w == WEND_NONE)
			s->day[i] = INT32_MIN;
		else
			s->day[i] = floor_day(wtime_is_day(w) ? wtime_secs(w) : zone_local(&zc, wtime_secs(w)));
	}
	s->zc = zc;
}

/* First moment of a civil day; away from clock changes the cached offset says it. */
static int64_t day_instant(struct zone_cache *zc, int64_t local)
{
	const int64_t guess = local - zc->off;
	if (zc->lo < zc->hi && guess - DAY_S >= zc->lo && guess < zc->hi - DAY_S)
		return guess;
	const int64_t at = zone_instant(zc->z, local, NULL);
	zone_local(zc, at);
	return at;
}

static void fill_instants(struct share *s, const struct rows *r, bool days)
{
	struct zone_cache zc = s->zc;
	size_t i = 0;
	while (i < r->n && r->time[i] == WEND_NONE) /* missing times come first */
		s->at[i++] = WEND_NONE;
	if (!days)
		for (; i < r->n; i++)
			s->at[i] = r->time[i] >> 1;
	for (; i < r->n; i++) {
		const int64_t w = r->time[i];
		s->at[i] = w == WEND_NONE ? WEND_NONE : wtime_is_day(w) ? day_instant(&zc, wtime_secs(w)) : wtime_secs(w);
	}
	s->zc = zc;
}

/* ---- records in the order of their instants ---- */
/* Are there civil days among the times, and instants too? */
static bool mixed_times(const struct rows *r, bool *days)
{
	int64_t any = 0, all = 1;
	for (size_t i = 0; i < r->n; i++) {
		any |= r->time[i];
		all &= r->time[i];
	}
	*days = any & 1;
	if (!(any & 1) || (all & 1))
		return false;
	for (size_t i = 0; i < r->n; i++) /* a missing time is neither */
		if (r->time[i] != WEND_NONE && !wtime_is_day(r->time[i]))
			return true;
	return false;
}

static void *gather(struct share *s, const void *col, size_t size)
{
	if (!col)
		return NULL;
	const size_t n = s->order_cap;
	char *out = arena_alloc(&s->sorted, n * size);
	for (size_t i = 0; i < n; i++)
		memcpy(out + i * size, (const char *)col + (size_t)s->order[i] * size, size);
	return out;
}

/* Values that hang on records through offsets: items, attributes. */
static const uint32_t *gather_parts(struct share *s, const uint32_t *from, const int64_t **cols, size_t ncol)
{
	if (!from)
		return NULL;
	const size_t n = s->order_cap;
	const uint32_t total = from[n];
	uint32_t *out = arena_alloc(&s->sorted, (n + 1) * sizeof *out);
	out[0] = 0;
	for (size_t i = 0; i < n; i++)
		out[i + 1] = out[i] + from[s->order[i] + 1] - from[s->order[i]];
	for (size_t c = 0; c < ncol; c++) {
		if (!cols[c])
			continue;
		int64_t *v = arena_alloc(&s->sorted, ((size_t)total + 1) * sizeof *v);
		for (size_t i = 0; i < n; i++)
			memcpy(v + out[i], cols[c] + from[s->order[i]], (size_t)(out[i + 1] - out[i]) * sizeof *v);
		cols[c] = v;
	}
	return out;
}

/* Stable merge sort of the order by instant: ties keep the store's order. */
static void sort_order(uint32_t *v, uint32_t *scratch, size_t n, const int64_t *at)
{
	if (n < 2)
		return;
	const size_t half = n / 2;
	sort_order(v, scratch, half, at);
	sort_order(v + half, scratch, n - half, at);
	if (at[v[half - 1]] <= at[v[half]])
		return;
	memcpy(scratch, v, half * sizeof *v);
	size_t a = 0, b = half, o = 0;
	while (a < half && b < n) {
		const bool second = at[v[b]] < at[scratch[a]];
		v[o++] = second ? v[b++] : scratch[a++];
	}
	while (a < half)
		v[o++] = scratch[a++];
}

static void sort_rows(struct share *s, struct rows *r)
{
	size_t i = 1;
	while (i < r->n && s->at[i - 1] <= s->at[i])
		i++;
	if (i >= r->n)
		return;
	arena_reset(&s->sorted);
	s->order_cap = r->n;
	s->order = arena_alloc(&s->sorted, r->n * sizeof *s->order);
	uint32_t *scratch = arena_alloc(&s->sorted, r->n * sizeof *scratch);
	for (i = 0; i < r->n; i++)
		s->order[i] = (uint32_t)i;
	sort_order(s->order, scratch, r->n, s->at);
	r->kind = gather(s, r->kind, sizeof *r->kind);
	r->time = gather(s, r->time, sizeof *r->time);
	r->batch = gather(s, r->batch, sizeof *r->batch);
	r->source_rows = gather(s, r->source_rows, sizeof *r->source_rows);
	for (int f = 0; f < F_COUNT; f++)
		r->f[f] = gather(s, r->f[f], sizeof *r->f[f]);
	r->item_from = gather_parts(s, r->item_from, r->item_f, 4);
	const int64_t *attrs[2] = { r->attr_name, r->attr_value };
	r->attr_from = gather_parts(s, r->attr_from, attrs, 2);
	r->attr_name = attrs[0];
	r->attr_value = attrs[1];
	const int64_t *at = gather(s, s->at, sizeof *s->at);
	memcpy(s->at, at, r->n * sizeof *at);
}

/* ---- which records are seen ---- */
static bool all_within(const struct limits *l, const struct rows *r)
{
	size_t i = 0;
	while (i < r->n && r->time[i] == WEND_NONE)
		i++;
	if (i && l->all_from != INT64_MIN)
		return false;
	if (i == r->n)
		return true;
	return wtime_secs(r->time[i]) >= l->all_from && wtime_secs(r->time[r->n - 1]) < l->all_to;
}

static enum seen within(const struct limits *l, int64_t w)
{
	if (w == WEND_NONE)
		return l->from[0] == INT64_MIN ? SEEN : SEEN_OUTSIDE_SPAN;
	const int64_t secs = wtime_secs(w);
	const int day = wtime_is_day(w);
	if (secs >= l->end[day])
		return SEEN_AFTER_AS_OF;
	return secs >= l->from[day] && secs < l->to[day] ? SEEN : SEEN_OUTSIDE_SPAN;
}

static void note_currency(struct share *s, currency c)
{
	int i = 0;
	while (i < s->ncur && s->cur[i] != c)
		i++;
	if (i == s->ncur && i < CURRENCIES_MAX)
		s->cur[s->ncur++] = c;
}

/* Currencies of the amounts that count; with --currency the others are not seen. A contract
 * without a price is of none. */
static void see_currency(struct share *s, const struct rows *r)
{
	const int64_t *cur = r->f[F_CURRENCY], *mrr = r->f[F_MRR];
	int64_t last = WEND_NONE;
	if (s->ncur == 1 && cur) { /* nearly always all are alike, and seen already */
		const int64_t known = s->cur[0] ? (int64_t)s->cur[0] : WEND_NONE;
		size_t i = 0;
		while (i < r->n && cur[i] == known)
			i++;
		if (i == r->n)
			return;
	}
	for (size_t i = 0; i < r->n; i++) {
		if (!(s->f->money & KIND_BIT(r->kind[i])) || s->seen[i] || (r->kind[i] == KIND_SUBSCRIPTIONS && mrr && mrr[i] == WEND_NONE))
			continue;
		const int64_t c = cur && cur[i] != WEND_NONE ? cur[i] : 0;
		if (s->p->cur && (currency)c != s->p->cur) {
			s->seen[i] = SEEN_OTHER_CURRENCY;
		} else if (c != last) {
			note_currency(s, (currency)c);
			last = c;
		}
	}
}

/* True when every record is seen. */
static bool see(struct share *s, const struct rows *r)
{
	const bool all = !s->odd_kinds && all_within(s->lim, r);
	if (!all)
		for (size_t i = 0; i < r->n; i++)
			s->seen[i] = (uint8_t)(s->asked & KIND_BIT(r->kind[i]) ? within(s->lim, r->time[i]) : SEEN_OTHER_KIND);
	else if (s->clean < r->n)
		memset(s->seen, SEEN, r->n);
	if (s->f->money)
		see_currency(s, r);
	if (s->p->event_filter)
		for (size_t i = 0; i < r->n; i++)
			if (s->seen[i] == SEEN && !filter_event(s->p->event_filter, r, i))
				s->seen[i] = SEEN_FILTERED;
	const bool whole = all && !(s->f->money && s->p->cur) && !s->p->event_filter;
	s->clean = !whole ? 0 : s->clean > r->n ? s->clean : r->n;
	return whole;
}

static void count(struct share *s, const struct journey *j, bool all)
{
	struct fold_counts *n = &s->n;
	const struct rows *r = &j->rows;
	int64_t *by = n->by_reason, *seen = j->selected ? &by[SEEN] : &by[SEEN_NOT_ONLY];
	if (all && !r->source_rows)
		*seen += (int64_t)r->n;
	for (size_t i = 0; i < r->n && (!all || r->source_rows); i++)
		*(s->seen[i] == SEEN ? seen : &by[s->seen[i]]) += r->source_rows ? (int64_t)r->source_rows[i] : 1;
	n->customers++;
	n->selected += j->selected;
	n->guests += r->guest;
}

static void run_share(void *ctx, int i)
{
	struct share *s = (struct share *)ctx + i;
	const struct fold *f = s->f;
	struct journey j = { .zc = &s->zc, .pop = s->p };
	if (f->begin)
		f->begin(s->acc, f->ctx);
	while (cursor_next(s->cursor, &j.rows, &s->err)) {
		reserve(s, j.rows.n);
		bool days;
		const bool mixed = mixed_times(&j.rows, &days);
		if (f->want_at || mixed)
			fill_instants(s, &j.rows, days);
		if (mixed)
			sort_rows(s, &j.rows);
		if (f->want_day)
			fill_days(s, &j.rows, days);
		const bool all = see(s, &j.rows);
		j.seen = s->seen;
		j.at = f->want_at ? s->at : NULL;
		j.day = f->want_day ? s->day : NULL;
		j.selected = (!s->p->only || customer_set_has(s->p->only, j.rows.customer)) &&
			     (!s->p->customer_filter || filter_customer(s->p->customer_filter, &j.rows, s->seen));
		count(s, &j, all);
		f->customer(s->acc, &j, f->ctx);
	}
}

/* ---- all shares together ---- */
/* Open a cursor for each share, all on one snapshot; little work is one share. */
static enum wend_err open_cursors(const struct population *p, const struct fold *f, const struct cursor_spec *spec, struct share *s, int *n, int64_t rows[KIND_COUNT], struct err *err)
{
	for (int attempt = 0; attempt < TRIES; attempt++) {
		const uint64_t before = store_generation(p->store);
		int64_t work = 0;
		enum wend_err e = store_row_counts(p->store, rows, err);
		for (int k = 0; k < KIND_COUNT; k++)
			work += spec->kinds & KIND_BIT(k) ? rows[k] : 0;
		*n = work < SMALL_ROWS || p->threads < 1 || f->parts ? 1 : p->threads;
		for (int i = 0; i < *n && !e && spec->kinds; i++) {
			struct cursor_spec own = *spec;
			own.part = f->parts ? f->part : i;
			own.parts = f->parts ? f->parts : *n;
			e = cursor_open(&s[i].cursor, p->store, &own, err);
		}
		if (e)
			return e;
		if (store_generation(p->store) == before)
			return WEND_OK;
		for (int i = 0; i < *n; i++) {
			cursor_close(s[i].cursor);
			s[i].cursor = NULL;
		}
	}
	return err_set(err, WEND_E_STORE, "'%s' is being written all the time; try again when the ingest is done", store_path(p->store));
}

static enum wend_err one_currency(struct share *s, int n, const struct population *p, currency *out, struct err *err)
{
	struct share *all = &s[0];
	for (int i = 1; i < n; i++)
		for (int k = 0; k < s[i].ncur; k++)
			note_currency(all, s[i].cur[k]);
	*out = p->cur ? p->cur : all->ncur ? all->cur[0] : 0;
	if (all->ncur < 2)
		return WEND_OK;
	for (int i = 1; i < all->ncur; i++) /* in the order of their letters */
		for (int k = i; k > 0 && all->cur[k] < all->cur[k - 1]; k--) {
			const currency c = all->cur[k];
			all->cur[k] = all->cur[k - 1];
			all->cur[k - 1] = c;
		}
	struct str list = STR_INIT;
	char name[4] = "";
	for (int i = 0; i < all->ncur; i++) {
		currency_text(name, all->cur[i]);
		str_printf(&list, "%s%s", i ? ", " : "", all->cur[i] ? name : "none");
	}
	err_set(err, WEND_E_USAGE, "amounts are in %d currencies (%s), which are never added; choose one with '--currency %s'",
		all->ncur, list.p, name);
	str_release(&list);
	return WEND_E_USAGE;
}

static void add_counts(struct fold_counts *to, const struct fold_counts *n)
{
	for (int i = 0; i < SEEN_REASONS; i++)
		to->by_reason[i] += n->by_reason[i];
	to->customers += n->customers;
	to->selected += n->selected;
	to->guests += n->guests;
}

/* Every live source row of the kinds read was handed out once; the rest is of other
 * kinds, or of nobody (spend, feedback of staff) and was not asked for. */
static enum wend_err balance(const struct population *p, struct fold_counts *n, const struct cursor_spec *spec, const int64_t rows[KIND_COUNT], struct err *err)
{
	int64_t expected = 0, counted = 0, of_nobody = 0;
	for (int k = 0; k < KIND_COUNT; k++) {
		n->in_store += rows[k];
		if (!(spec->kinds & KIND_BIT(k)))
			continue;
		expected += rows[k];
		if (!spec->nobody && (k == KIND_SPEND || k == KIND_FEEDBACK))
			of_nobody += rows[k];
	}
	for (int i = 0; i < SEEN_REASONS; i++)
		counted += n->by_reason[i];
	n->by_reason[SEEN_OTHER_KIND] += n->in_store - counted;
	if (counted <= expected && counted >= expected - of_nobody)
		return WEND_OK;
	return err_set(err, WEND_E_STORE, "'%s' counts %lld rows but hands out %lld; run 'wend store check'",
		       store_path(p->store), (long long)expected, (long long)counted);
}

static struct cursor_spec spec_of(const struct population *p, const struct fold *f)
{
	struct cursor_spec spec = { .kinds = f->kinds & p->kinds, .fields = f->fields, .items = f->items, .attrs = f->attrs,
				    .nobody = f->nobody, .batches = f->batches, .from = INT64_MIN, .to = INT64_MAX };
	filter_fields(p->event_filter, &spec);
	filter_fields(p->customer_filter, &spec);
	if (f->money)
		fields_add(&spec.fields, F_CURRENCY);
	return spec;
}

static void share_release(struct share *s, bool own_acc)
{
	cursor_close(s->cursor);
	if (own_acc)
		free(s->acc);
	free(s->seen);
	free(s->at);
	free(s->day);
	arena_release(&s->sorted);
}

enum wend_err fold_run(const struct population *p, const struct fold *f, void *acc, struct fold_counts *counts, struct err *err)
{
	const struct limits lim = limits_of(p);
	const struct cursor_spec spec = spec_of(p, f);
	const uint32_t asked = f->kinds & p->kinds;
	const int most = p->threads < 1 ? 1 : p->threads;
	struct share *s = xcalloc((size_t)most, sizeof *s);
	int64_t rows[KIND_COUNT] = { 0 };
	struct fold_counts total = { 0 };
	struct err fail = ERR_INIT;
	int n = 0;
	memset(acc, 0, f->acc_size);
	enum wend_err e = store_people(p->store, &fail);
	if (!e)
		e = open_cursors(p, f, &spec, s, &n, rows, &fail);
	if (e)
		goto done;
	for (int i = 0; i < n; i++) {
		struct cursor *c = s[i].cursor;
		s[i] = (struct share){ .f = f, .p = p, .lim = &lim, .asked = asked, .odd_kinds = spec.kinds != asked, .cursor = c,
				       .zc = ZONE_CACHE(p->zone), .acc = i ? xcalloc(1, f->acc_size) : acc };
	}
	if (spec.kinds)
		par_each(n, run_share, s);
	else if (f->begin)
		f->begin(acc, f->ctx);
	for (int i = 0; i < n; i++) {
		if (!e && s[i].err.code) {
			e = s[i].err.code;
			fail = s[i].err;
		}
		add_counts(&total, &s[i].n);
		if (i && spec.kinds)
			f->merge(acc, s[i].acc, f->ctx);
	}
	if (!e)
		e = one_currency(s, n, p, &total.cur, &fail);
	if (!e && !f->parts)
		e = balance(p, &total, &spec, rows, &fail);
	*counts = total;
done:
	for (int i = 0; i < n; i++)
		share_release(&s[i], i > 0);
	free(s);
	if (e && err)
		*err = fail;
	return e;
}

void fold_explain(struct explain *e, const struct fold_counts *c)
{
	e->in_store += c->in_store;
	for (int i = 0; i < SEEN_REASONS; i++)
		if (c->by_reason[i] || i == SEEN)
			explain_count(e, seen_reason[i], c->by_reason[i]);
}
