/* room: store (internal)
 * The graph of keys while it is resolved (links.c, linkvisitors.c).
 */
#ifndef WEND_STORE_LINKS_H
#define WEND_STORE_LINKS_H

#include "owners.h"

#define CROWD 5 /* more customers than that a key does not join */

struct edge {
	uint32_t a, b;  /* what the edge is grouped by, and its neighbour */
	int64_t at;     /* seconds; INT64_MIN = not known */
};
struct edges {
	struct edge *v;
	size_t n, cap;
};
struct graph {
	struct people *p;
	struct edges hard, phone, visitor, cookie; /* cookie: visitor to visitor */
	struct edges hand;
	bool erased;     /* somebody was: keys may have no text */
	uint8_t *parted; /* by number: joins nothing; NULL = nobody said so */
	uint32_t *root;
	uint8_t *class;  /* bit of `sign` a key's space has: hand 0, mail 1, products from 2 */
	uint8_t *crowded;
	uint64_t *sign;  /* by root: classes its keys have */
};

void edge_add(struct edges *e, uint32_t a, uint32_t b, int64_t at);
/* The root of a number: the smallest number of its customer so far. */
uint32_t graph_find(uint32_t *root, uint32_t v);
void graph_join(struct graph *g, uint32_t a, uint32_t b);
/* One more of those that were not joined; the first few are named. */
void graph_note(uint32_t *count, uint32_t first[3], uint32_t number);
/* All other keys have their roots: whose is each visitor, and since when? Visitors of one
 * customer are joined; `split` gets those of several, as (root of the visitor, owner, from), in
 * order of these. */
void visitors_settle(struct graph *g, struct edges *split);
/* Numbers and roots are final: p->spell from `split`; a visitor of several has root 0. */
void visitors_spells(struct graph *g, const struct edges *split);

#endif
