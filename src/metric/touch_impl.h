/* room: metric (internal)
 * Touchpoints: gaps between steps kept exactly and compactly, and the graph of what
 * follows what.
 */
#ifndef WEND_TOUCH_IMPL_H
#define WEND_TOUCH_IMPL_H

#include "metric_impl.h"

/* ---- gaps (gaps.c): seconds in 32 bits, in chunks that grow with the list ---- */
struct gap_chunk {
	struct gap_chunk *next;
	uint32_t n, cap;
	uint32_t v[];
};
struct gaps {
	struct gap_chunk *head, *tail; /* `head` is the one being filled */
	int64_t n;
};
void gaps_more(struct gaps *g, struct arena *a); /* room for at least one */
static inline void gaps_add(struct gaps *g, struct arena *a, int64_t seconds)
{
	if (!g->head || g->head->n == g->head->cap)
		gaps_more(g, a);
	g->head->v[g->head->n++] = seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
	g->n++;
}
void gaps_append(struct gaps *to, struct gaps *from);
struct gap_facts {
	double median, p90, mean, sd; /* days; NaN when there are too few */
	double median_lo, median_hi;  /* 95 %, order statistics */
};
/* Exact; reorders nothing that is kept; median_lo and _hi when asked for. `scratch` grows as needed. */
struct gap_facts gaps_facts(const struct gaps *g, bool limits, uint32_t **scratch, size_t *cap);

/* ---- the graph (touchgraph.c) ---- */
#define DENSE_STEPS 256
#define DIRECT_CODES 4096
struct edge {
	uint32_t from, to;     /* nodes */
	int64_t n, customers;
	uint32_t last;         /* serial of the customer counted last */
	struct gaps gaps;
};
struct node {
	uint32_t code;         /* step code */
	uint32_t last;
	int64_t events, customers, starts, ends;
};
struct place {             /* transition at a position of the journey */
	uint32_t from, to;
	int position;
	int64_t n;
};
struct touch_facts {
	int64_t customers, events, transitions, tied;
	int64_t loops, loop_runs, repeats; /* A>A; runs of repeats; occurrences beyond a customer's first */
	int64_t loop_customers, repeat_customers;
};
struct graph {
	struct node *node;
	size_t nnode, node_cap;
	struct edge *edge;
	size_t nedge, edge_cap;
	struct place *place;
	size_t nplace, place_cap;
	struct touch_facts facts;
	struct ids nodes, edges, places;
	uint32_t *dense;       /* edge + 1 by from * DENSE_STEPS + to */
	uint32_t *direct;      /* node + 1 by step code, for low codes */
	uint32_t *wide;        /* edge by number in `edges` */
	size_t wide_cap;
	uint32_t serial;
	struct step_buf steps;
	struct arena *arenas;  /* own, then those merged in */
	size_t narenas;
};
struct graph_options {
	bool drop_loops, ties_by_name;
	int depth;             /* positions counted; 0 = none */
};
enum wend_err graph_run(struct graph *g, const struct population *p, const struct graph_options *o, uint32_t kinds, struct fold_counts *n, struct err *err);
void graph_release(struct graph *g);

/* ---- drawing as text (touchdraw.c) ---- */
struct drawn_edge {
	struct sv from, to;    /* p == NULL: the start, the end */
	int64_t n;
	double median_days;
};
void draw_dot(struct str *out, const struct drawn_edge *e, size_t n);
void draw_mermaid(struct str *out, const struct drawn_edge *e, size_t n);

#endif
