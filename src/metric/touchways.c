/* Ways: the sequences of steps there are, each stored once.
 *
 * A sequence is found by a hash of 128 bits and then compared code by code, so that no two
 * are ever taken for one. Codes are packed by 7 bits a byte: the store's words come in the
 * order in which they were first seen, so that common ones are a byte.
 *
 * With an outcome an episode is cut behind each of them: what stands before it, since the
 * episode began or the outcome before, is the way that led to it; what stands behind the
 * last one is a way that did not lead there (yet). One episode gives as many ways as it has
 * outcomes, and one more when steps are left over; steps of the ways + outcomes = steps.
 */
#include "ways_impl.h"

static void put_code(struct ways *w, uint32_t code)
{
	GROW(w->codes, w->codes_cap, w->ncodes + 5);
	for (; code > 127; code >>= 7)
		w->codes[w->ncodes++] = (unsigned char)(code | 128);
	w->codes[w->ncodes++] = (unsigned char)code;
}

static void widen(struct ways *w)
{
	const size_t slots = w->slots ? w->slots * 2 : 1024;
	uint32_t *slot = xcalloc(slots, sizeof *slot);
	for (size_t i = 0; i < w->n; i++) {
		size_t h = (size_t)w->v[i].hash.lo & (slots - 1);
		while (slot[h])
			h = (h + 1) & (slots - 1);
		slot[h] = (uint32_t)i + 1;
	}
	free(w->slot);
	w->slot = slot;
	w->slots = slots;
}

/* The way whose codes are the last `bytes` of w->codes; they go when it is known already. */
static uint32_t way_of(struct ways *w, size_t bytes, uint32_t steps)
{
	const unsigned char *codes = w->codes ? w->codes + w->ncodes - bytes : (const unsigned char *)"";
	const struct digest d = digest128(codes, bytes);
	if (w->n * 2 >= w->slots)
		widen(w);
	size_t h = (size_t)d.lo & (w->slots - 1);
	for (; w->slot[h]; h = (h + 1) & (w->slots - 1)) {
		const struct way *v = &w->v[w->slot[h] - 1];
		if (v->hash.lo == d.lo && v->hash.hi == d.hi && v->bytes == bytes && (!bytes || !memcmp(w->codes + v->at, codes, bytes))) {
			w->ncodes -= bytes;
			return w->slot[h] - 1;
		}
	}
	GROW(w->v, w->cap, w->n + 1);
	w->v[w->n] = (struct way){ .hash = d, .at = w->ncodes - bytes, .bytes = (uint32_t)bytes, .steps = steps };
	w->slot[h] = (uint32_t)++w->n;
	return (uint32_t)w->n - 1;
}

static void count_length(struct ways *w, size_t steps, uint32_t n)
{
	if (steps >= w->length_cap) {
		const size_t was = w->length_cap;
		GROW(w->length, w->length_cap, steps + 1);
		memset(w->length + was, 0, (w->length_cap - was) * sizeof *w->length);
	}
	w->length[steps] += n;
}

static struct way *take(struct ways *w, const struct step *v, size_t n, size_t length)
{
	const size_t before = w->ncodes, told = length && length < n ? length : n;
	for (size_t i = 0; i < told; i++)
		put_code(w, v[i].name);
	w->taken++;
	w->steps += (int64_t)n;
	count_length(w, n, 1);
	const uint32_t id = way_of(w, w->ncodes - before, (uint32_t)told); /* may move w->v */
	return &w->v[id];
}

static void put_lag(struct ways *w, const struct way *v, int64_t seconds)
{
	GROW(w->lag, w->lag_cap, w->nlag + 1);
	w->lag[w->nlag++] = (struct lag){ (uint32_t)(v - w->v), seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds };
}

static void note_currency(struct ways *s, currency c)
{
	s->mixed = s->mixed || (s->cur && s->cur != c);
	s->cur = !s->cur || c < s->cur ? c : s->cur;
}

/* What the order of the outcome brought, its refunds taken off. The order is a step in any
 * currency; its money counts in one. */
static int64_t value_of(struct ways *s, const struct ways_options *o, const struct walk *w, size_t i)
{
	const struct rows *r = &w->j->rows;
	const size_t record = w->v[i].record;
	if (!o->money || w->v[i].name != (STEP_FIXED | STEP_ORDER_PLACED))
		return 0;
	const int64_t minor = revenue_of(&o->rev, r, record);
	if (minor == WEND_NONE)
		return 0;
	const int64_t c = r->f[F_CURRENCY] ? r->f[F_CURRENCY][record] : WEND_NONE;
	if (o->cur && c != (int64_t)o->cur) {
		s->other++;
		return 0;
	}
	if (c != WEND_NONE)
		note_currency(s, (currency)c);
	return minor;
}

static void add_episode(struct ways *s, const struct walk *w, const struct episode *e, const struct ways_options *o)
{
	const struct step *v = w->v;
	size_t from = e->from;
	s->open += e->open;
	for (size_t i = e->from; o->outcome && i < e->to; i++) {
		if (!step_mask(o->outcome, v[i].name))
			continue;
		struct way *y = take(s, v + from, i - from, o->length);
		y->conversions++;
		y->value += value_of(s, o, w, i);
		s->outcomes++;
		if (i > from)
			put_lag(s, y, step_gap_s(&v[from], &v[i]));
		from = i + 1;
	}
	if (from < e->to) {
		struct way *y = take(s, v + from, e->to - from, o->length);
		y->nulls++;
		y->open += e->open;
		if (!o->outcome)
			put_lag(s, y, step_gap_s(&v[from], &v[e->to - 1]));
	}
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct episode e = { 0 };
	while (episode_next(&e, w))
		add_episode(acc, w, &e, ctx);
}

static void merge(void *into, void *from, void *ctx)
{
	struct ways *a = into, *b = from;
	uint32_t *map = xreallocarray(NULL, b->n + 1, sizeof *map);
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		const struct way *y = &b->v[i];
		GROW(a->codes, a->codes_cap, a->ncodes + y->bytes + 1);
		if (y->bytes)
			memcpy(a->codes + a->ncodes, b->codes + y->at, y->bytes);
		a->ncodes += y->bytes;
		map[i] = way_of(a, y->bytes, y->steps);
		struct way *x = &a->v[map[i]];
		x->conversions += y->conversions;
		x->nulls += y->nulls;
		x->open += y->open;
		x->value += y->value;
	}
	GROW(a->lag, a->lag_cap, a->nlag + b->nlag);
	for (size_t i = 0; i < b->nlag; i++)
		a->lag[a->nlag++] = (struct lag){ map[b->lag[i].way], b->lag[i].seconds };
	for (size_t i = 0; i < b->length_cap; i++)
		if (b->length[i])
			count_length(a, i, b->length[i]);
	if (b->cur)
		note_currency(a, b->cur);
	a->mixed = a->mixed || b->mixed;
	a->other += b->other;
	a->taken += b->taken;
	a->open += b->open;
	a->steps += b->steps;
	a->outcomes += b->outcomes;
	free(map);
	ways_release(b);
}

struct walk_part ways_part(struct ways *w, struct ways_options *o)
{
	return (struct walk_part){ .acc_size = sizeof *w, .acc = w, .customer = add_walk, .merge = merge, .ctx = o };
}

void ways_release(struct ways *w)
{
	free(w->v);
	free(w->slot);
	free(w->codes);
	free(w->lag);
	free(w->length);
	*w = (struct ways){ 0 };
}
