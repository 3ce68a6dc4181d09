/* Paths are kept once each, with the sums of what became of them.
 *
 * Sums of integers below 2^53 are exact. Of fractions the rounding error of each addition is
 * kept beside the sum (Knuth's TwoSum), which makes sums exact over 106 bits: the order of
 * rows changes no bit of a table of decimals. In the end channels are numbered by their
 * names and paths sorted by a hash of those numbers, equal hashes by the numbers themselves,
 * so that whatever is computed afterwards runs over the same sequence.
 */
#include "chain_impl.h"
#include "wend/hash.h"

#include <math.h>

enum what { CONV, NULLS, VALUE, SQUARES, WHATS };

enum { RECENT = 256 };
struct chain_set {
	struct arena names;
	struct sv *name;
	size_t channels, name_cap;
	uint32_t *name_slot;       /* channel + 1 by hash of its name */
	size_t name_slots;
	uint16_t *step;
	size_t nstep, step_cap;
	uint32_t *from;            /* by path */
	size_t n, from_cap;
	uint64_t *slot;            /* high half of a path's hash, path + 1; 0 = free */
	size_t slots;
	struct recent {
		uint64_t text;         /* up to eight bytes */
		uint32_t n, channel;   /* n = 0: nothing here */
	} recent[RECENT];          /* short names met lately */
	double *sum[WHATS], *rest[WHATS]; /* rest NULL: all exact so far */
	size_t sum_cap[WHATS];
	uint16_t *room;            /* the path being added */
	size_t room_cap;
};

struct chain_set *chain_set_new(void)
{
	struct chain_set *s = xcalloc(1, sizeof *s);
	GROW(s->from, s->from_cap, 1);
	s->from[0] = 0;
	return s;
}

void chain_set_free(struct chain_set *s)
{
	if (!s)
		return;
	arena_release(&s->names);
	free(s->name);
	free(s->name_slot);
	free(s->step);
	free(s->from);
	free(s->slot);
	free(s->room);
	for (int w = 0; w < WHATS; w++) {
		free(s->sum[w]);
		free(s->rest[w]);
	}
	free(s);
}

static void widen_names(struct chain_set *s)
{
	s->name_slots = s->name_slots ? s->name_slots * 2 : 64;
	free(s->name_slot);
	s->name_slot = xcalloc(s->name_slots, sizeof *s->name_slot);
	for (size_t i = 0; i < s->channels; i++) {
		size_t h = hash64(s->name[i].p, s->name[i].n) & (s->name_slots - 1);
		while (s->name_slot[h])
			h = (h + 1) & (s->name_slots - 1);
		s->name_slot[h] = (uint32_t)i + 1;
	}
}

static uint32_t channel_of(struct chain_set *s, struct sv name)
{
	if (s->channels * 2 >= s->name_slots)
		widen_names(s);
	size_t h = hash64(name.p, name.n) & (s->name_slots - 1);
	for (; s->name_slot[h]; h = (h + 1) & (s->name_slots - 1))
		if (sv_eq(s->name[s->name_slot[h] - 1], name))
			return s->name_slot[h] - 1;
	GROW(s->name, s->name_cap, s->channels + 1);
	s->name[s->channels] = sv_n(arena_strndup(&s->names, name.p, name.n), name.n);
	s->name_slot[h] = (uint32_t)s->channels + 1;
	return (uint32_t)s->channels++;
}

/* Short names, which nearly all are, are compared as one number. */
uint32_t chain_channel(struct chain_set *s, struct sv name)
{
	uint64_t text = 0;
	if (name.n > sizeof text || !name.n)
		return channel_of(s, name);
	for (size_t i = 0; i < name.n; i++)
		text = text << 8 | (unsigned char)name.p[i];
	struct recent *r = &s->recent[(text * 0x9e3779b97f4a7c15u >> 32) % RECENT];
	if (r->text != text || r->n != name.n)
		*r = (struct recent){ text, (uint32_t)name.n, channel_of(s, name) };
	return r->channel;
}

/* ---- sums ---- */

static void add_to(struct chain_set *s, enum what w, size_t i, double v)
{
	const double a = s->sum[w][i], sum = a + v, back = sum - a, error = (a - (sum - back)) + (v - back);
	s->sum[w][i] = sum;
	if (error == 0)
		return;
	if (!s->rest[w])
		s->rest[w] = xcalloc(s->sum_cap[w], sizeof *s->rest[w]);
	s->rest[w][i] += error;
}

static void new_sums(struct chain_set *s)
{
	for (int w = 0; w < WHATS; w++) {
		const size_t old = s->sum_cap[w];
		GROW(s->sum[w], s->sum_cap[w], s->n + 1);
		if (s->rest[w] && s->sum_cap[w] > old) {
			s->rest[w] = xreallocarray(s->rest[w], s->sum_cap[w], sizeof *s->rest[w]);
			memset(s->rest[w] + old, 0, (s->sum_cap[w] - old) * sizeof *s->rest[w]);
		}
		s->sum[w][s->n] = 0;
	}
}

/* ---- paths ---- */

static void widen_slots(struct chain_set *s)
{
	const size_t had = s->slots;
	uint64_t *old = s->slot;
	s->slots = had ? had * 2 : 1024;
	s->slot = xcalloc(s->slots, sizeof *s->slot);
	for (size_t i = 0; i < had; i++) {
		if (!old[i])
			continue;
		size_t h = (size_t)(old[i] >> 32) & (s->slots - 1);
		while (s->slot[h])
			h = (h + 1) & (s->slots - 1);
		s->slot[h] = old[i];
	}
	free(old);
}

static bool same_path(const struct chain_set *s, size_t i, const uint16_t *step, size_t n)
{
	const uint16_t *v = s->step + s->from[i];
	size_t k = 0;
	if (s->from[i + 1] - s->from[i] != n)
		return false;
	while (k < n && v[k] == step[k])
		k++;
	return k == n;
}

/* The number of a path, new or not. */
static size_t path_of(struct chain_set *s, const uint16_t *step, size_t n)
{
	if (s->n * 2 >= s->slots)
		widen_slots(s);
	const uint64_t high = hash64(step, n * sizeof *step) >> 32;
	size_t h = (size_t)high & (s->slots - 1);
	for (; s->slot[h]; h = (h + 1) & (s->slots - 1))
		if (s->slot[h] >> 32 == high && same_path(s, (s->slot[h] & UINT32_MAX) - 1, step, n))
			return (s->slot[h] & UINT32_MAX) - 1;
	s->slot[h] = high << 32 | (s->n + 1);
	GROW(s->step, s->step_cap, s->nstep + n);
	if (n)
		memcpy(s->step + s->nstep, step, n * sizeof *step);
	s->nstep += n;
	new_sums(s);
	GROW(s->from, s->from_cap, s->n + 2);
	s->from[s->n + 1] = (uint32_t)s->nstep;
	return s->n++;
}

bool chain_add(struct chain_set *s, const uint32_t *channel, size_t n, double conversions, double value, double nulls)
{
	if (n > UINT32_MAX - s->nstep || s->n == UINT32_MAX - 1)
		return false;
	GROW(s->room, s->room_cap, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (channel[i] >= CHAIN_CHANNELS_MAX)
			return false;
		s->room[i] = (uint16_t)channel[i];
	}
	const size_t at = path_of(s, s->room, n);
	add_to(s, CONV, at, conversions);
	add_to(s, NULLS, at, nulls);
	add_to(s, VALUE, at, value);
	if (conversions > 0)
		add_to(s, SQUARES, at, value * value / conversions);
	return true;
}

void chain_merge(struct chain_set *s, struct chain_set *from)
{
	uint32_t *channel = xreallocarray(NULL, from->channels + 1, sizeof *channel);
	uint16_t *step = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < from->channels; i++)
		channel[i] = chain_channel(s, from->name[i]);
	for (size_t i = 0; i < from->n; i++) {
		const size_t n = from->from[i + 1] - from->from[i];
		GROW(step, cap, n + 1);
		for (size_t k = 0; k < n; k++)
			step[k] = (uint16_t)channel[from->step[from->from[i] + k]];
		const size_t at = path_of(s, step, n);
		for (int w = 0; w < WHATS; w++) {
			add_to(s, (enum what)w, at, from->sum[w][i]);
			if (from->rest[w])
				add_to(s, (enum what)w, at, from->rest[w][i]);
		}
	}
	free(step);
	free(channel);
	chain_set_free(from);
}

/* ---- the end ---- */

struct named {
	struct sv name;
	uint32_t number;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	const int c = sv_natcmp(x->name, y->name);
	return c ? c : sv_cmp(x->name, y->name);
}

/* Channels by name, their text moved, steps renumbered. */
static void name_channels(struct chain_paths *p, struct chain_set *s)
{
	struct named *v = xreallocarray(NULL, s->channels + 1, sizeof *v);
	uint16_t *now = xreallocarray(NULL, s->channels + 1, sizeof *now);
	size_t bytes = 0;
	for (size_t i = 0; i < s->channels; i++) {
		v[i] = (struct named){ s->name[i], (uint32_t)i };
		bytes += s->name[i].n;
	}
	if (s->channels)
		qsort(v, s->channels, sizeof *v, by_name);
	p->channels = s->channels;
	p->name = xreallocarray(NULL, s->channels + 1, sizeof *p->name);
	p->text = xmalloc(bytes + 1);
	bytes = 0;
	for (size_t i = 0; i < s->channels; i++) {
		memcpy(p->text + bytes, v[i].name.p, v[i].name.n);
		p->name[i] = sv_n(p->text + bytes, v[i].name.n);
		bytes += v[i].name.n;
		now[v[i].number] = (uint16_t)i;
	}
	for (size_t i = 0; i < s->nstep; i++)
		s->step[i] = now[s->step[i]];
	free(now);
	free(v);
}

struct placed {
	uint64_t hash;
	uint32_t path;
};

static bool before(const struct chain_set *s, const struct placed *a, const struct placed *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash;
	const size_t n = s->from[a->path + 1] - s->from[a->path], m = s->from[b->path + 1] - s->from[b->path];
	const int c = memcmp(s->step + s->from[a->path], s->step + s->from[b->path], (n < m ? n : m) * sizeof *s->step);
	return c ? c < 0 : n < m;
}

/* Paths by hash: into buckets by its highest bits, each then by insertion. */
static struct placed *order_paths(const struct chain_set *s)
{
	int bits = 1;
	while (bits < 20 && (size_t)1 << bits < s->n)
		bits++;
	struct placed *v = xreallocarray(NULL, s->n + 1, sizeof *v);
	uint32_t *bucket = xcalloc(((size_t)1 << bits) + 1, sizeof *bucket);
	uint64_t *hash = xreallocarray(NULL, s->n + 1, sizeof *hash);
	for (size_t i = 0; i < s->n; i++) {
		hash[i] = hash64(s->step + s->from[i], (s->from[i + 1] - s->from[i]) * sizeof *s->step);
		bucket[(hash[i] >> (64 - bits)) + 1]++;
	}
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		bucket[i + 1] += bucket[i];
	for (size_t i = 0; i < s->n; i++)
		v[bucket[hash[i] >> (64 - bits)]++] = (struct placed){ hash[i], (uint32_t)i };
	for (size_t i = 1; i < s->n; i++) {
		const struct placed one = v[i];
		size_t k = i;
		for (; k && before(s, &one, &v[k - 1]); k--)
			v[k] = v[k - 1];
		v[k] = one;
	}
	free(hash);
	free(bucket);
	return v;
}

/* One kind of sums in the new order; the old ones go. Path v[skip] has no channel. */
static double *take_sums(struct chain_set *s, enum what w, const struct placed *v, size_t skip, double *left)
{
	double *out = xreallocarray(NULL, s->n + 1, sizeof *out);
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const double sum = s->sum[w][v[i].path] + (s->rest[w] ? s->rest[w][v[i].path] : 0);
		if (i == skip)
			*left = sum;
		else
			out[n++] = sum;
	}
	free(s->sum[w]);
	free(s->rest[w]);
	s->sum[w] = s->rest[w] = NULL;
	return out;
}

static void take_steps(struct chain_paths *p, const struct chain_set *s, const struct placed *v, size_t skip)
{
	p->step = xreallocarray(NULL, s->nstep + 1, sizeof *p->step);
	p->from = xreallocarray(NULL, s->n + 2, sizeof *p->from);
	p->from[0] = 0;
	for (size_t i = 0; i < s->n; i++) {
		const size_t n = s->from[v[i].path + 1] - s->from[v[i].path];
		if (i == skip)
			continue;
		memcpy(p->step + p->from[p->n], s->step + s->from[v[i].path], n * sizeof *p->step);
		p->from[p->n + 1] = p->from[p->n] + (uint32_t)n;
		p->n++;
	}
}

struct chain_paths *chain_close(struct chain_set *s)
{
	struct chain_paths *p = xcalloc(1, sizeof *p);
	double left = 0;
	name_channels(p, s);
	free(s->slot);
	s->slot = NULL;
	struct placed *v = order_paths(s);
	size_t skip = 0;
	while (skip < s->n && s->from[v[skip].path + 1] > s->from[v[skip].path])
		skip++;
	take_steps(p, s, v, skip);
	p->conv = take_sums(s, CONV, v, skip, &p->none_conversions);
	p->null = take_sums(s, NULLS, v, skip, &p->none_nulls);
	p->value = take_sums(s, VALUE, v, skip, &p->none_total);
	p->spread = take_sums(s, SQUARES, v, skip, &left);
	for (size_t i = 0; i < p->n; i++) {
		p->spread[i] = p->conv[i] > 0 ? fmax(p->spread[i] - p->value[i] * p->value[i] / p->conv[i], 0) : 0;
		p->conversions += p->conv[i];
		p->nulls += p->null[i];
		p->total += p->value[i];
	}
	free(v);
	chain_set_free(s);
	return p;
}

void chain_paths_free(struct chain_paths *p)
{
	if (!p)
		return;
	free(p->name);
	free(p->text);
	free(p->step);
	free(p->from);
	free(p->conv);
	free(p->null);
	free(p->value);
	free(p->spread);
	free(p);
}
