/* room: store
 * Identity keys in memory. An open table of 8-byte slots (half a hash, the place of the
 * entry) stays small enough for huge pages; entries lie in chunks in order of their
 * numbers, so that writing them out needs no other index. The slot of a key is the top
 * of its hash, so that growing moves entries in order.
 *
 * A look-up is two cache misses, slot and entry. A group of records hashes all keys,
 * asks for all slots, then for all entries, and only then compares: the misses overlap.
 */
#include "store/persons.h"

#include <stddef.h>
#include <sys/mman.h>

#include "wend/hash.h"

#define CHUNK_BYTES ((size_t)4 << 20)
#define CHUNKS_MAX 4096
#define UNIT 4 /* entries begin on multiples: 32 bits of place reach 16 GiB */
#define HEAD offsetof(struct person, key)

uint64_t person_hash(enum key_space space, struct sv product, struct sv value)
{
	return hash64(value.p, value.n) ^ hash_mix((uint64_t)space + (space_has_product(space) ? hash64(product.p, product.n) : 0));
}

static void *map_bytes(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		mem_exhausted(n);
	return p;
}

static uint64_t *slots_new(unsigned bits)
{
	size_t n = sizeof(uint64_t) << bits;
	uint64_t *p = map_bytes(n);
	if (n >= (size_t)4 << 20)
		(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

void persons_init(struct persons *p)
{
	memset(p, 0, sizeof *p);
	p->bits = 12;
	p->slot = slots_new(p->bits);
	p->chunk = xcalloc(CHUNKS_MAX, sizeof *p->chunk);
}

void persons_release(struct persons *p)
{
	if (!p->slot)
		return;
	munmap(p->slot, sizeof(uint64_t) << p->bits);
	for (size_t i = 0; i < p->chunks; i++)
		munmap(p->chunk[i].p, CHUNK_BYTES);
	free(p->chunk);
	memset(p, 0, sizeof *p);
}

static struct person *person_at(const struct persons *p, uint64_t slot)
{
	size_t at = ((size_t)(uint32_t)slot - 1) * UNIT;
	return (struct person *)(void *)(p->chunk[at / CHUNK_BYTES].p + at % CHUNK_BYTES);
}

static void grow(struct persons *p)
{
	unsigned bits = p->bits + 1;
	uint64_t *slot = slots_new(bits);
	size_t mask = ((size_t)1 << bits) - 1;
	for (size_t i = 0; i < (size_t)1 << p->bits; i++) {
		if (!p->slot[i])
			continue;
		size_t k = (size_t)(p->slot[i] >> (64 - bits));
		while (slot[k])
			k = (k + 1) & mask;
		slot[k] = p->slot[i];
	}
	munmap(p->slot, sizeof(uint64_t) << p->bits);
	p->slot = slot;
	p->bits = bits;
}

static size_t entry_size(size_t key)
{
	return (HEAD + key + UNIT - 1) / UNIT * UNIT;
}

static struct person *entry_new(struct persons *p, size_t key, uint32_t *place)
{
	size_t size = entry_size(key);
	if (!p->chunks || p->fill + size > CHUNK_BYTES) {
		if (p->chunks == CHUNKS_MAX)
			mem_exhausted(CHUNK_BYTES);
		p->chunk[p->chunks].p = map_bytes(CHUNK_BYTES);
		p->chunk[p->chunks].first = p->n;
		if (p->chunks)
			(void)madvise(p->chunk[p->chunks].p, CHUNK_BYTES, MADV_HUGEPAGE);
		p->chunks++;
		p->fill = 0;
	}
	size_t at = (p->chunks - 1) * CHUNK_BYTES + p->fill;
	struct person *e = (struct person *)(void *)(p->chunk[p->chunks - 1].p + p->fill);
	p->fill += size;
	*place = (uint32_t)(at / UNIT) + 1;
	return e;
}

static bool is_key(const struct person *e, const struct probe *q)
{
	size_t skip = space_has_product(q->space) ? 4 : 0;
	return e->size == q->value.n + skip && e->space == (unsigned)q->space && (!skip || !memcmp(e->key, &q->product, 4))
		&& same_bytes(e->key + skip, q->value.p, q->value.n);
}

static struct person *intern(struct persons *p, const struct probe *q)
{
	size_t mask = ((size_t)1 << p->bits) - 1, k = (size_t)(q->hash >> (64 - p->bits));
	for (; p->slot[k]; k = (k + 1) & mask) {
		if (p->slot[k] >> 32 != q->hash >> 32)
			continue;
		struct person *e = person_at(p, p->slot[k]);
		if (is_key(e, q))
			return e;
	}
	size_t skip = space_has_product(q->space) ? 4 : 0;
	uint32_t place;
	struct person *e = entry_new(p, q->value.n + skip, &place);
	*e = (struct person){ .local = p->n++, .size = (uint32_t)(q->value.n + skip) & 0xfffffff, .space = (uint32_t)q->space & 15 };
	memcpy(e->key, &q->product, skip);
	memcpy(e->key + skip, q->value.p, q->value.n);
	p->slot[k] = q->hash >> 32 << 32 | place;
	if ((size_t)p->n * 4 > mask * 3)
		grow(p);
	return e;
}

void persons_intern(struct persons *p, struct probe *probe, size_t n)
{
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&p->slot[probe[i].hash >> (64 - p->bits)]);
	for (size_t i = 0; i < n; i++) {
		uint64_t slot = p->slot[probe[i].hash >> (64 - p->bits)];
		if (!slot)
			continue;
		const char *e = (const char *)person_at(p, slot);
		__builtin_prefetch(e);
		__builtin_prefetch(e + 63);
	}
	for (size_t i = 0; i < n; i++)
		probe[i].found = intern(p, &probe[i]);
}

struct person *persons_next(const struct persons *p, struct person_walk *w, uint32_t upto)
{
	if (w->next >= upto)
		return NULL;
	/* A chunk after this one exists when it holds an entry below `upto`. */
	if (w->next && w->chunk + 1 < CHUNKS_MAX && p->chunk[w->chunk + 1].p && p->chunk[w->chunk + 1].first == w->next) {
		w->chunk++;
		w->at = 0;
	}
	struct person *e = (struct person *)(void *)(p->chunk[w->chunk].p + w->at);
	w->at += entry_size(e->size);
	w->next++;
	return e;
}
