/* room: store
 * Order of a run: by customer, then time, then position. A stable radix sort from the
 * least significant key to the most; what is in order already is not sorted (an export
 * in order of time needs the passes for the customer only), and digits that no key has
 * cost nothing.
 */
#include <assert.h>

#include "store/batch.h"

#define DIGIT 11
#define BUCKETS (1u << DIGIT)

struct pair {
	uint32_t key, row;
};

/* Sort `a` by its keys; `b` is as large. Returns the one that holds the result. */
static struct pair *sort_pairs(struct pair *a, struct pair *b, size_t n, uint32_t any)
{
	static_assert(DIGIT * 3 > 32, "three digits hold a key");
	for (unsigned shift = 0; shift < 32 && any >> shift; shift += DIGIT) {
		uint32_t start[BUCKETS + 1] = { 0 };
		if (!(any >> shift & (BUCKETS - 1)))
			continue;
		for (size_t i = 0; i < n; i++)
			start[(a[i].key >> shift & (BUCKETS - 1)) + 1]++;
		for (unsigned d = 0; d < BUCKETS; d++)
			start[d + 1] += start[d];
		for (size_t i = 0; i < n; i++)
			b[start[a[i].key >> shift & (BUCKETS - 1)]++] = a[i];
		struct pair *t = a;
		a = b;
		b = t;
	}
	return a;
}

/* What the run is out of order in. */
struct disorder {
	int64_t least;    /* smallest time */
	uint64_t range;   /* of times; 0 = they ascend already */
};

static struct disorder disorder_of(const struct run *r)
{
	int64_t least = INT64_MAX, most = INT64_MIN, before = INT64_MIN;
	bool ascend = true;
	for (size_t i = 0; i < r->n; i++) {
		int64_t t = run_row(r, i)->time;
		ascend &= t >= before;
		before = t;
		least = t < least ? t : least;
		most = t > most ? t : most;
	}
	return (struct disorder){ least, ascend && r->in_order ? 0 : (uint64_t)most - (uint64_t)least };
}

enum part { BY_POSITION, BY_TIME_LOW, BY_TIME_HIGH, BY_PERSON };

static uint32_t key_of(const struct work *k, const struct disorder *d, uint32_t row, enum part part)
{
	const struct row *r = run_row(k->run, row);
	switch (part) {
	case BY_POSITION: return (uint32_t)r->position ^ 0x80000000u;
	case BY_TIME_LOW: return (uint32_t)((uint64_t)r->time - (uint64_t)d->least);
	case BY_TIME_HIGH: return (uint32_t)(((uint64_t)r->time - (uint64_t)d->least) >> 32);
	default: return k->person[row];
	}
}

void work_sort(struct work *k)
{
	size_t n = k->run->n;
	struct pair *a = xreallocarray(NULL, n ? n : 1, 2 * sizeof *a), *block = a, *b = a + n;
	struct disorder d = disorder_of(k->run);
	const bool needed[] = { !k->run->in_order, d.range > 0, d.range >> 32 > 0, true };
	for (size_t i = 0; i < n; i++)
		a[i].row = (uint32_t)i;
	for (int part = BY_POSITION; part <= BY_PERSON; part++) {
		uint32_t any = 0;
		if (!needed[part])
			continue;
		/* Bits in which keys differ; the others need no pass. */
		uint32_t first = n ? key_of(k, &d, a[0].row, (enum part)part) : 0;
		for (size_t i = 0; i < n; i++) {
			a[i].key = key_of(k, &d, a[i].row, (enum part)part);
			any |= a[i].key ^ first;
		}
		struct pair *sorted = sort_pairs(a, b, n, any);
		b = sorted == a ? b : a;
		a = sorted;
	}
	for (size_t i = 0; i < n; i++)
		k->order[i] = a[i].row;
	free(block);
}
