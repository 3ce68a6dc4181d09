/* room: store (internal)
 * Identity keys while a batch is read: a table in memory from exact key to a number that
 * is dense within the batch ("local"), and from local numbers to those of the store.
 *
 * The reading thread interns; the writing thread resolves everything up to a number it
 * was told, so the two never touch the same bytes.
 */
#ifndef WEND_STORE_PERSONS_H
#define WEND_STORE_PERSONS_H

#include "store/format.h"
#include "store/words.h"

#define PERSON_KEY_MAX 65000 /* bytes of one key */
#define PERSON_HASH_BITS 40  /* of the key's hash, kept in person_hash */

struct person {
	uint32_t local;
	uint32_t size : 28, space : 4; /* of key[] */
	uint32_t rows;                 /* source rows written under it */
	uint32_t mate;                 /* local number + 1 it was last linked to; for the base of a guest: equal rows so far */
	char key[];                    /* spaces with a product: 4 bytes local word code, then the value */
};
/* A key on its way through a group of look-ups. */
struct probe {
	uint64_t hash;
	struct sv value;
	uint32_t product;    /* local word code */
	enum key_space space;
	struct person *found;
};
struct persons {
	uint64_t *slot;      /* upper half of the hash << 32 | place of the entry + 1 */
	unsigned bits;
	uint32_t n;
	struct {
		char *p;
		uint32_t first;      /* local number of its first entry */
	} *chunk;            /* entries, in order of their local numbers; the array never moves */
	size_t chunks, fill;
};
uint64_t person_hash(enum key_space space, struct sv product, struct sv value);
static inline bool space_has_product(enum key_space s) { return s == SPACE_PRODUCT || s == SPACE_VISITOR; }
void persons_init(struct persons *p);
void persons_release(struct persons *p);
/* Find or make all; far quicker than one by one, because their cache misses overlap. */
void persons_intern(struct persons *p, struct probe *probe, size_t n);

/* Entries in order of their local numbers, from the first to before `upto`. */
struct person_walk {
	size_t chunk, at;
	uint32_t next;
};
struct person *persons_next(const struct persons *p, struct person_walk *w, uint32_t upto);

/* Writing thread: local number -> number in the store. */
struct person_map {
	uint32_t *number;    /* 1-based numbers of the store */
	size_t n, cap;
	uint32_t before;     /* numbers in use when the batch began: keys up to here were known */
	uint32_t used;
	struct person_walk walk;
};
/* Resolve local numbers below `upto`: look them up, give numbers to the new ones and
 * write their blocks. `word` maps local word codes to the store's. */
enum wend_err persons_resolve(struct store *s, const struct persons *p, struct person_map *m, uint32_t upto, const uint32_t *word, struct err *err);

#endif
