/* room: store (internal)
 * Who is one customer: what is resolved from the links of live batches, as the cursor
 * needs it (owners.c), the resolving itself (links.c) and the keys (keytexts.c).
 */
#ifndef WEND_STORE_OWNERS_H
#define WEND_STORE_OWNERS_H

#include <stdatomic.h>

#include "format.h"
#include "wend/mem.h"

/* Printed keys of one block of `person`, unpacked when the first of them is asked for. */
struct key_texts {
	int64_t *handle;         /* printed form; what stands behind the space's name is the key */
	int64_t *product;        /* word codes */
	struct str pool;
};
struct key_block {
	uint32_t lo, n;
	_Atomic(struct key_texts *) texts;
};
/* A visitor several customers used one after the other: from `from` on (seconds) it is
 * `owner`; the first owner also has what came before. */
struct spell_of {
	uint32_t number, owner;
	int64_t from;
};
struct people_notes {
	uint32_t crowded;        /* keys that would join more than five customers */
	uint32_t refused;        /* phones that would join customers with ids of their own */
	uint32_t first[2][3];    /* the first few of each, by number */
};
struct people {
	struct store *store;
	struct people *older;    /* kept, because texts handed out may lie in it */
	uint64_t generation;
	bool undone;             /* links of undone batches count like those of live ones */
	uint32_t n;              /* numbers are 1 .. n */
	uint8_t *space;          /* enum key_space, by number */
	struct key_block *block;
	size_t nblock, block_cap;
	/* only where keys are linked */
	uint32_t *owner;         /* smallest number of the customer; NULL = everybody is themselves */
	uint8_t *moved;
	struct spell_of *spell;  /* by (number, from) */
	size_t nspell, spell_cap;
	uint32_t *member;        /* numbers that have another owner, by owner; made when asked for */
	size_t nmember;
	uint64_t *slot;          /* key hash -> number, made when asked for */
	unsigned slot_bits;
	uint32_t looks;          /* keys that were looked for without it */
	bool listed;             /* products are */
	int64_t *products;       /* word codes of all products seen, in order of their names */
	size_t nproducts;
	struct people_notes notes;
};

/* One byte a number: 1 where rows written under it belong to another. NULL = nowhere. */
static inline const uint8_t *people_moved(const struct people *p) { return p->moved; }
static inline uint64_t people_generation(const struct people *p) { return p->generation; }
static inline uint32_t people_numbers(const struct people *p) { return p->n; }
/* Does a visitor belong to several customers by time? */
static inline bool people_split(const struct people *p) { return p->nspell > 0; }
static inline bool people_guest(const struct people *p, uint32_t number) { return number && p->space[number] == SPACE_GUEST; }
uint32_t people_spell(const struct people *p, uint32_t number, int64_t time);
/* The number that stands for the customer of a row written under `number` at `time`. */
static inline uint32_t people_owner(const struct people *p, uint32_t number, int64_t time)
{
	uint32_t owner;

	if (!p->owner)
		return number;
	owner = p->owner[number];
	return owner ? owner : people_spell(p, number, time);
}

/* ---- links.c ---- */
enum wend_err links_resolve(struct people *p, sqlite3 *db, struct err *err);
/* ---- keytexts.c; all lock by themselves ---- */
/* Printed form of one key; "" for a guest. SV_NONE when it cannot be read. */
struct sv key_text(const struct people *p, uint32_t number);
struct sv key_value(const struct people *p, uint32_t number);   /* without the space's name */
int64_t key_product(const struct people *p, uint32_t number);
bool key_known(struct people *p, uint32_t number);              /* is it found by its own text, or erased? */
uint32_t key_find(struct store *s, struct sv typed);            /* number of a key as a user types it; 0 = unknown */
/* The key a customer is printed by, as number. */
uint32_t customer_key(const struct store *s, uint32_t customer);
/* A byte a number, to be freed: 1 for the customer's own keys, 2 for keys that stand on a
 * record of a live batch with one of these. */
enum wend_err people_touching(struct store *s, uint32_t customer, uint8_t **out, struct err *err);
/* Order in which keys are chosen for print: hand, mail, product, phone, visitor; then by text. */
int key_order(const struct people *p, uint32_t a, uint32_t b);
/* The key a customer is printed by; members_of must have been called. */
uint32_t key_chosen(const struct people *p, uint32_t customer);
void members_make(struct people *p);
size_t members_of(const struct people *p, uint32_t customer, const uint32_t **out); /* besides `customer` itself */

#endif
