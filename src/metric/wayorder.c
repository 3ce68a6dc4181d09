/* Ways in the order they are printed: by how often they were taken, then by the names of their
 * steps; and how long each took.
 */
#include "ways_impl.h"

#include <math.h>

enum { DIRECT = 1 << 16 };

static int by_name(const void *a, const void *b)
{
	const struct way_step *x = a, *y = b;
	const int c = sv_cmp(x->name, y->name);
	return c ? c : (x->code > y->code) - (x->code < y->code);
}

static uint32_t rank_of(const struct way_order *o, uint32_t code)
{
	return code < o->ndirect ? o->direct[code] : o->rank[ids_get((struct ids *)&o->ids, code)];
}

struct sv way_step_name(const struct way_order *o, uint32_t code)
{
	return o->step[rank_of(o, code)].name;
}

/* All codes that occur, in the order of their names. Those of words are small numbers and are
 * looked up directly. */
static void rank_names(struct way_order *o, const struct ways *w, const struct population *p)
{
	size_t cap = 0, nsteps = 0;
	const unsigned char *c = w->codes, *end = c + w->ncodes;
	while (c < end) {
		const uint32_t code = ways_code(&c);
		if (ids_get(&o->ids, code) < nsteps)
			continue;
		const struct sv name = step_name(p, code);
		GROW(o->step, cap, nsteps + 1);
		o->step[nsteps++] = (struct way_step){ code, sv_n(arena_strndup(&o->arena, name.p ? name.p : "", name.n), name.n) };
		if (code < DIRECT && code >= o->ndirect)
			o->ndirect = code + 1;
	}
	if (nsteps)
		qsort(o->step, nsteps, sizeof *o->step, by_name);
	o->rank = xcalloc(nsteps + 1, sizeof *o->rank);
	o->direct = xcalloc(o->ndirect + 1u, sizeof *o->direct);
	for (size_t i = 0; i < nsteps; i++) {
		const uint32_t code = o->step[i].code;
		o->rank[ids_get(&o->ids, code)] = (uint32_t)i;
		if (code < o->ndirect)
			o->direct[code] = (uint32_t)i;
	}
}

/* The first eight steps of a way in two numbers: rank + 1 of each, none = 0. */
struct way_key {
	uint64_t first, second;
};

static struct way_key key_of(const struct way_order *o, const struct ways *w, const struct way *y)
{
	const unsigned char *c = w->codes + y->at, *end = c + y->bytes;
	uint64_t key[2] = { 0, 0 };
	for (int i = 0; i < 8; i++) {
		const uint64_t rank = c < end ? rank_of(o, ways_code(&c)) + 1u : 0;
		key[i / 4] = key[i / 4] << 16 | (rank < 0xffff ? rank : 0xffff);
	}
	return (struct way_key){ key[0], key[1] };
}

/* All of it, where the first eight did not tell. */
static int compare(const struct way_order *o, const struct ways *w, uint32_t i, uint32_t k)
{
	const struct way *x = &w->v[i], *y = &w->v[k];
	const unsigned char *a = w->codes + x->at, *a_end = a + x->bytes, *b = w->codes + y->at, *b_end = b + y->bytes;
	while (a < a_end && b < b_end) {
		const uint32_t p = rank_of(o, ways_code(&a)), q = rank_of(o, ways_code(&b));
		if (p != q)
			return p < q ? -1 : 1;
	}
	return (a < a_end) - (b < b_end);
}

static void merge_sort(const struct way_order *o, const struct ways *w, uint32_t *v, uint32_t *scratch, size_t n)
{
	if (n < 2)
		return;
	const size_t half = n / 2;
	size_t a = 0, b = half, to = 0;
	merge_sort(o, w, v, scratch, half);
	merge_sort(o, w, v + half, scratch, n - half);
	memcpy(scratch, v, half * sizeof *v);
	while (a < half && b < n)
		v[to++] = compare(o, w, v[b], scratch[a]) < 0 ? v[b++] : scratch[a++];
	while (a < half)
		v[to++] = scratch[a++];
}

/* Three stable passes over 64 bits each put nearly all in their place; stretches that are
 * still equal are sorted by all their steps. */
static void sort_ways(struct way_order *o, const struct ways *w)
{
	const size_t n = w->n;
	uint64_t *key = xreallocarray(NULL, n + 1, sizeof *key);
	uint32_t *scratch = xreallocarray(NULL, n + 1, sizeof *scratch), *v = xreallocarray(NULL, n + 1, sizeof *v);
	struct way_key *keys = xreallocarray(NULL, n + 1, sizeof *keys);
	for (size_t i = 0; i < n; i++) {
		keys[i] = key_of(o, w, &w->v[i]);
		v[i] = (uint32_t)i;
	}
	for (int pass = 0; pass < 3; pass++) {
		for (size_t i = 0; i < n; i++)
			key[i] = pass == 0 ? keys[v[i]].second : pass == 1 ? keys[v[i]].first : ~(uint64_t)way_taken(&w->v[v[i]]);
		sort_keys(key, v, n);
	}
	for (size_t i = 0; i < n;) {
		const struct way_key k = keys[v[i]];
		size_t to = i + 1;
		while (to < n && key[to] == key[i] && keys[v[to]].first == k.first && keys[v[to]].second == k.second)
			to++;
		merge_sort(o, w, v + i, scratch, to - i);
		i = to;
	}
	o->v = v;
	free(keys);
	free(key);
	free(scratch);
}

/* Lags in the order of their ways: one counting pass, one placing pass. */
static void sort_lags(struct way_order *o, struct ways *w)
{
	o->lag_from = xcalloc(w->n + 2, sizeof *o->lag_from);
	o->lag = xreallocarray(NULL, w->nlag + 1, sizeof *o->lag);
	for (size_t i = 0; i < w->nlag; i++)
		o->lag_from[w->lag[i].way + 2]++;
	for (size_t i = 0; i < w->n; i++)
		o->lag_from[i + 2] += o->lag_from[i + 1];
	for (size_t i = 0; i < w->nlag; i++)
		o->lag[o->lag_from[w->lag[i].way + 1]++] = w->lag[i].seconds;
	free(w->lag);
	w->lag = NULL;
	w->lag_cap = 0;
}

void way_order_make(struct way_order *o, struct ways *w, const struct population *p)
{
	rank_names(o, w, p);
	sort_ways(o, w);
	sort_lags(o, w);
}

double way_days(struct way_order *o, uint32_t way)
{
	const size_t from = o->lag_from[way], n = o->lag_from[way + 1] - from;
	if (!n)
		return NAN;
	if (n <= 2)
		return ((double)o->lag[from] + o->lag[from + n - 1]) / 2 / 86400;
	GROW(o->scratch, o->scratch_cap, n);
	for (size_t i = 0; i < n; i++)
		o->scratch[i] = o->lag[from + i];
	return quantile_i64(o->scratch, n, 0.5) / 86400;
}

void way_order_release(struct way_order *o)
{
	free(o->step);
	free(o->rank);
	free(o->direct);
	ids_release(&o->ids);
	free(o->v);
	free(o->lag_from);
	free(o->lag);
	free(o->scratch);
	arena_release(&o->arena);
}
