/* room: metric (internal)
 * Touchpoints: gaps between steps kept exactly and compactly, and the graph of what
 * follows what.
 */
#ifndef WEND_TOUCH_IMPL_H
#define WEND_TOUCH_IMPL_H

#include "metric_impl.h"
#include "wend/touch.h"
#include "wend/walk.h"

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
struct graph {
	struct node *node;
	size_t nnode, node_cap;
	struct edge *edge;
	size_t nedge, edge_cap;
	struct place *place;
	size_t nplace, place_cap;
	int64_t journeys, transitions, open; /* episodes: each has a start and an end; those that may go on */
	struct ids nodes, edges, places;
	uint32_t *dense;       /* edge + 1 by from * DENSE_STEPS + to */
	uint32_t *direct;      /* node + 1 by step code, for low codes */
	uint32_t *wide;        /* edge by number in `edges` */
	size_t wide_cap;
	uint32_t serial;
	struct arena *arenas;  /* own, then those merged in */
	size_t narenas;
};
struct graph_options {
	int depth;             /* positions counted; 0 = none */
};
struct walk_part graph_part(struct graph *g, struct graph_options *o);
void graph_release(struct graph *g);

/* ---- one report in a pass that others may share (touchjob.c) ---- */
struct touch_job {
	const struct population *p;
	const struct touch_options *o;
	const struct report_options *ro;
	struct walk_part part;
	struct fold also;      /* what it reads besides the steps */
	void *state;           /* in the population's arena */
	enum wend_err (*finish)(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err);
	void (*release)(struct touch_job *job);
};
typedef enum wend_err touch_prepare(struct touch_job *job, struct err *err);
touch_prepare map_prepare, paths_prepare, funnel_prepare, repeat_prepare, fatigue_prepare, effort_prepare, satisfaction_prepare;
/* One pass for n reports; r[i] is filled by job[i]. Prepares, runs, finishes, releases. */
enum wend_err touch_run(const struct population *p, const struct touch_options *o, const struct report_options *ro, touch_prepare *const *prepare, size_t n, struct report *const *r, struct err *err);
/* A step set of the population's arena; *out stays NULL when `text` is. */
enum wend_err touch_steps(const struct step_set **out, const char *option, const char *text, const struct population *p, struct err *err);
/* The time all sources of these kinds tell of, instants: a kind whose sources end a week or more
 * early ends what can be seen; of one that begins later than another nothing is known before. */
enum wend_err touch_covered(const struct population *p, uint32_t kinds, int64_t *from, int64_t *until, struct err *err);
/* Share k of n with its Wilson limits; few: n below min_n. */
void put_share_of(struct table *t, int64_t k, int64_t n, int64_t min_n);

/* ---- who began a contact (touchcontact.c) ---- */
struct contacts {
	const struct step_set *chosen; /* --contacts: these steps, whoever began; NULL = by the records */
	int64_t in, out;               /* word codes of F_DIRECTION; -1 = no such word */
	bool outbound;                 /* those the firm began; else those the customer began */
};
enum wend_err contacts_init(struct contacts *c, const struct population *p, const char *chosen, bool outbound, struct err *err);
void contacts_fields(struct fold *f, const struct contacts *c);
bool contacts_has(const struct contacts *c, const struct walk *w, size_t i);
void contacts_define(struct str *s, const struct contacts *c, const char *chosen);
/* " Steps X left out; from A to B ..." for the definition. */
void say_walk(struct str *s, const struct touch_options *o);

/* ---- drawing as text (touchdraw.c) ---- */
struct drawn_edge {
	struct sv from, to;    /* p == NULL: the start, the end */
	int64_t n;
	double median_days;
};
void draw_dot(struct str *out, const struct drawn_edge *e, size_t n);
void draw_mermaid(struct str *out, const struct drawn_edge *e, size_t n);

#endif
