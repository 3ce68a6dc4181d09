/* room: store (internal)
 * Many short texts sought in many bytes at once, capitals like small letters.
 */
#ifndef WEND_STORE_ERASE_FIND_H
#define WEND_STORE_ERASE_FIND_H

#include "erase.h"

#define LOOK_MAX 64   /* bytes compared of a term */
#define KEY_MIN 4     /* shorter ones are not looked for */
#define TEXT_MIN 8

struct finder_entry {
	uint32_t term, next, from; /* four bytes of the term from there on */
};
struct finder {
	struct terms *t;
	bool any;
	uint32_t brief[4];       /* few terms under eight bytes, looked for by their first two */
	size_t nbrief;
	size_t step;             /* the others: one of their four-byte windows lies at a multiple of it */
	uint8_t *first;          /* a bit a hash of such a window */
	uint32_t *bucket;        /* entry + 1 */
	struct finder_entry *entry;
	size_t nentry;
};
/* `only_hit`: terms that were found before. */
void finder_init(struct finder *f, struct terms *t, bool only_hit);
void finder_release(struct finder *f);

/* p[at] begins the first LOOK_MAX bytes of the term. */
typedef void hit_fn(void *ctx, struct term *t, const char *p, size_t n, size_t at);
/* Hits that begin in the first `begin` of n bytes, each once. */
void finder_find(const struct finder *f, const char *p, size_t begin, size_t n, hit_fn *fn, void *ctx);

#endif
