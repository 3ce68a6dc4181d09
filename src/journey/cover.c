/* When a step is known of. Each source of records has a first and a last day and perhaps
 * holes (a month's file that never came); a step is known of while one of the sources that
 * tell of it runs. Nothing seen outside of that is not "it did not happen".
 *
 *   source   records of one kind from one family of files, as 'wend store coverage' lists them
 *   begins   with its first day; ends with its last, or with the as-of day when it goes on to
 *            within a week of it
 *   hole     seven days or more without a row in which, at its rate over all its days,
 *            twenty or more were to be expected: by chance that is rarer than one in 10^8
 *   step     the union of the sources that hold a record of it; sources that hand over to
 *            each other within a month leave no hole
 *
 * One pass over all records, all times: what a step's sources are does not depend on the span
 * that is looked at.
 */
#include "journey_impl.h"
#include "wend/cover.h"

enum { DAY_S = 86400, HOLE_DAYS = 7, HOLE_ROWS = 20, SOURCES_MAX = 256, SOURCE_WORDS = SOURCES_MAX / 64 };

struct sources_set {
	uint64_t w[SOURCE_WORDS];
};
struct step_covers {
	int64_t words;             /* codes of words, then of renamed ones, then the fixed */
	size_t steps;
	struct known_spans *of;    /* by step */
};
struct span_list {
	struct known_span *v;
	size_t n, cap;
};
struct step_census {
	struct step_covers *covers;
	const int16_t *source;     /* by batch and kind; -1 = none */
	int64_t batches;
	size_t sources;
	struct span_list span[SOURCES_MAX]; /* by source */
};

static size_t place_of(const struct step_covers *c, uint32_t name)
{
	if (name & STEP_FIXED)
		return c->steps - STEP_FIXED_COUNT + (name & ~STEP_FIXED);
	return name >= STEP_RENAMED ? (size_t)c->words + (name - STEP_RENAMED) : name;
}

/* ---- which sources tell of a step ---- */

struct sources_set *step_census_begin(const struct step_census *x)
{
	return xcalloc(x->covers->steps + 1, sizeof(struct sources_set));
}

void step_census_add(struct sources_set *set, const struct step_census *x, const struct journey *j, const struct step_buf *steps)
{
	for (size_t i = 0; i < steps->n; i++) {
		const struct step *s = &steps->v[i];
		const int64_t batch = j->rows.batch[s->record];
		const int source = batch < x->batches ? x->source[batch * KIND_COUNT + j->rows.kind[s->record]] : -1;
		const size_t at = place_of(x->covers, s->name);
		if (source >= 0 && at < x->covers->steps)
			set[at].w[source >> 6] |= 1ull << (source & 63);
	}
}

void step_census_merge(struct sources_set *into, const struct sources_set *from, const struct step_census *x)
{
	for (size_t i = 0; i < x->covers->steps; i++)
		for (int k = 0; k < SOURCE_WORDS; k++)
			into[i].w[k] |= from[i].w[k];
}

/* ---- spans of sources ---- */

static void add_span(struct span_list *l, const struct population *p, int32_t from, int32_t to)
{
	int64_t end = zone_instant(p->zone, ((int64_t)to + 1) * DAY_S, NULL);
	if (to + EARLY_DAYS > p->as_of)
		end = p->as_of_end;
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = (struct known_span){ zone_instant(p->zone, (int64_t)from * DAY_S, NULL), end };
}

static enum wend_err spans_of(struct span_list *l, const struct population *p, const struct coverage *c, struct err *err)
{
	struct coverage_day *v;
	size_t n;
	const enum wend_err e = store_coverage_days(p->store, c, &v, &n, err);
	const double rate = (double)c->rows / ((double)c->last - c->first + 1);
	int32_t from = c->first;
	for (size_t i = 1; !e && i < n; i++) {
		const int32_t empty = v[i].day - v[i - 1].day - 1;
		if (empty < HOLE_DAYS || empty * rate < HOLE_ROWS)
			continue;
		add_span(l, p, from, v[i - 1].day);
		from = v[i].day;
	}
	if (!e && n && from <= p->as_of)
		add_span(l, p, from, v[n - 1].day < p->as_of ? v[n - 1].day : p->as_of);
	free(v);
	return e;
}

static int by_from(const void *a, const void *b)
{
	const struct known_span *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

/* Sorted, and joined where they overlap or hand over. A single source keeps its holes. */
static size_t join(struct known_span *v, size_t n, bool several)
{
	const int64_t handover = several ? (int64_t)HANDOVER_DAYS * DAY_S : 0;
	size_t k = 0;
	if (n)
		qsort(v, n, sizeof *v, by_from);
	for (size_t i = 1; i < n; i++) {
		if (v[i].from > v[k].to + handover)
			v[++k] = v[i];
		else if (v[i].to > v[k].to)
			v[k].to = v[i].to;
	}
	return n ? k + 1 : 0;
}

static struct known_spans spans_of_set(const struct sources_set *set, const struct span_list *source, size_t sources, struct arena *a)
{
	struct span_list l = { 0 };
	int several = 0;
	for (size_t i = 0; i < sources; i++) {
		if (!(set->w[i >> 6] >> (i & 63) & 1))
			continue;
		several++;
		for (size_t k = 0; k < source[i].n; k++) {
			GROW(l.v, l.cap, l.n + 1);
			l.v[l.n++] = source[i].v[k];
		}
	}
	l.n = join(l.v, l.n, several > 1);
	struct known_span *v = arena_alloc(a, (l.n + 1) * sizeof *v);
	if (l.n)
		memcpy(v, l.v, l.n * sizeof *v);
	free(l.v);
	return (struct known_spans){ v, l.n };
}

/* Steps of the same sources share one list. */
static void fill(struct step_covers *c, const struct sources_set *set, const struct span_list *source, size_t sources, struct arena *a)
{
	static const struct sources_set none;
	size_t *first = xreallocarray(NULL, c->steps + 1, sizeof *first), sets = 0;
	for (size_t i = 0; i < c->steps; i++) {
		size_t k = 0;
		if (!memcmp(&set[i], &none, sizeof none))
			continue;
		while (k < sets && memcmp(&set[first[k]], &set[i], sizeof none))
			k++;
		if (k == sets) {
			first[sets++] = i;
			c->of[i] = spans_of_set(&set[i], source, sources, a);
		} else {
			c->of[i] = c->of[first[k]];
		}
	}
	free(first);
}

/* ---- all ---- */

static enum wend_err number_batches(struct step_census *x, const struct population *p, const struct coverage *c, size_t n, struct arena *a, struct err *err)
{
	struct batch_source *v;
	size_t nv;
	const enum wend_err e = store_batch_sources(p->store, &v, &nv, a, err);
	for (size_t i = 0; !e && i < nv; i++)
		x->batches = v[i].batch >= x->batches ? v[i].batch + 1 : x->batches;
	int16_t *source = arena_alloc(a, (size_t)(x->batches + 1) * KIND_COUNT * sizeof *source);
	for (int64_t i = 0; i < (x->batches + 1) * KIND_COUNT; i++)
		source[i] = -1;
	for (size_t i = 0; !e && i < nv; i++)
		for (size_t k = 0; k < n; k++)
			if (v[i].kinds & KIND_BIT(c[k].kind) && sv_eq(c[k].source, v[i].source))
				source[v[i].batch * KIND_COUNT + (int)c[k].kind] = (int16_t)k;
	x->source = source;
	return e;
}

bool step_census_fits(const struct population *p)
{
	return !p->event_filter && !p->customer_filter && !p->only && p->kinds == KIND_ALL;
}

enum wend_err step_census_open(struct step_census **out, const struct population *p, struct arena *a, struct err *err)
{
	struct step_census *x = arena_zalloc(a, sizeof *x);
	struct step_covers *c = x->covers = arena_zalloc(a, sizeof *c);
	struct coverage *cover = NULL;
	*out = x;
	c->words = store_words(p->store);
	c->steps = (size_t)c->words + p->names->nextra + STEP_FIXED_COUNT;
	c->of = arena_zalloc(a, (c->steps + 1) * sizeof *c->of);
	enum wend_err e = store_coverage(p->store, &cover, &x->sources, a, err);
	x->sources = x->sources < SOURCES_MAX ? x->sources : SOURCES_MAX;
	if (!e)
		e = number_batches(x, p, cover, x->sources, a, err);
	for (size_t i = 0; !e && i < x->sources; i++) {
		struct span_list l = { 0 };
		e = spans_of(&l, p, &cover[i], err);
		x->span[i] = (struct span_list){ arena_alloc(a, (l.n + 1) * sizeof *l.v), l.n, l.n };
		if (l.n)
			memcpy(x->span[i].v, l.v, l.n * sizeof *l.v);
		free(l.v);
	}
	return e;
}

void step_census_fields(struct fold *f)
{
	step_fields(f, KIND_ALL);
	derived_fields(f);
	f->batches = true;
}

struct step_covers *step_census_close(const struct step_census *x, const struct sources_set *set, struct arena *a)
{
	fill(x->covers, set, x->span, x->sources, a);
	return x->covers;
}

/* ---- as a pass of its own ---- */

struct alone {
	const struct derived *derived;
	const struct step_census *x;
};
struct census_acc {
	struct sources_set *set;
	struct step_buf steps;
};

static void begin(void *acc, void *ctx)
{
	((struct census_acc *)acc)->set = step_census_begin(((const struct alone *)ctx)->x);
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct census_acc *a = acc;
	const struct alone *o = ctx;
	steps_of(&a->steps, j);
	step_census_add(a->set, o->x, j, &a->steps);
	derived_of(&a->steps, o->derived, j);
	step_census_add(a->set, o->x, j, &a->steps);
}

static void acc_release(struct census_acc *a)
{
	free(a->set);
	step_buf_release(&a->steps);
}

static void merge(void *into, void *from, void *ctx)
{
	struct census_acc *a = into, *b = from;
	step_census_merge(a->set, b->set, ((const struct alone *)ctx)->x);
	acc_release(b);
}

enum wend_err step_covers_run(struct step_covers **out, const struct population *p, struct arena *a, struct err *err)
{
	struct population whole = *p;
	struct step_census *x;
	struct derived *d = NULL;
	struct census_acc acc = { 0 };
	struct alone o = { 0 };
	struct fold f = { .acc_size = sizeof acc, .begin = begin, .customer = add_journey, .merge = merge, .ctx = &o };
	struct fold_counts counts;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	whole.event_filter = whole.customer_filter = NULL;
	whole.only = NULL;
	whole.kinds = KIND_ALL;
	step_census_fields(&f);
	enum wend_err e = step_census_open(&x, p, a, err);
	if (!e)
		e = derived_open(&d, &whole, a, err);
	o = (struct alone){ d, x };
	*out = x->covers;
	if (!e)
		e = fold_run(&whole, &f, &acc, &counts, err);
	if (!e)
		step_census_close(x, acc.set, a);
	acc_release(&acc);
	return e;
}

struct known_spans step_cover(const struct step_covers *c, uint32_t name)
{
	const size_t at = place_of(c, name);
	return at < c->steps ? c->of[at] : (struct known_spans){ NULL, 0 };
}

size_t step_cover_names(const struct step_covers *c, uint32_t **out, struct arena *a)
{
	const size_t fixed = c->steps - STEP_FIXED_COUNT;
	uint32_t *v = arena_alloc(a, (c->steps + 1) * sizeof *v);
	size_t n = 0;
	for (size_t i = 0; i < c->steps; i++)
		if (c->of[i].n)
			v[n++] = i >= fixed ? STEP_FIXED | (uint32_t)(i - fixed) : i >= (size_t)c->words ? STEP_RENAMED + (uint32_t)(i - (size_t)c->words) : (uint32_t)i;
	*out = v;
	return n;
}

bool known_whole(struct known_spans k, int64_t from, int64_t to)
{
	for (size_t i = 0; i < k.n; i++)
		if (from >= k.v[i].from && to <= k.v[i].to)
			return true;
	return false;
}
