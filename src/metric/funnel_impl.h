/* room: metric (internal)
 * Funnels: funnelchain.c finds how far one customer came, funnelfold.c counts it for all,
 * funneltable.c makes the table.
 */
#ifndef WEND_FUNNEL_IMPL_H
#define WEND_FUNNEL_IMPL_H

#include "touch_impl.h"

enum funnel_match { MATCH_LOOSE, MATCH_STRICT, MATCH_ANY };
enum funnel_start { START_ANY, START_FIRST, START_EACH };
struct funnel_spec {
	const struct step_set *steps, *exclude; /* exclude NULL = none */
	int k;                                  /* steps */
	enum funnel_match match;
	enum funnel_start start;
	bool either;                            /* steps of one moment connect in either order */
	int64_t window;                         /* seconds from the first step; INT64_MAX = none */
	int64_t limit[STEP_CHOICES_MAX];        /* from step i to i + 1 */
	int64_t from, until;                    /* instants: what lies between is covered by the sources of all steps */
};
/* How far one attempt came. For each step it reached, the chain that reached it first. */
struct attempt {
	int level;                 /* steps reached; 0 = none */
	struct reached {
		size_t start, before, at; /* steps of the walk: first of the chain, the one before, this one */
	} r[STEP_CHOICES_MAX];
};
/* Room for one thread. */
struct funnel_room {
	struct step *sorted;       /* the walk, ties in the order of the funnel */
	size_t sorted_cap;
	int64_t *count;            /* match any: steps in the window, by class */
	uint32_t *class_mask;
	size_t nclass, class_cap, count_cap;
};
void funnel_room_release(struct funnel_room *m);
/* The walk in the order the funnel reads it: v itself unless ties have to be put in order. */
const struct step *funnel_order(const struct funnel_spec *s, const struct step *v, size_t n, struct funnel_room *m);
/* The best chain whose first step is not before spec->from and, with `matured`, has its whole
 * window before spec->until. For START_ANY and START_FIRST. */
void funnel_best(struct attempt *out, const struct funnel_spec *s, const struct step *v, size_t n, bool matured, struct funnel_room *m);
/* START_EACH: the next attempt beginning at or behind *at, which moves behind it; false: none. */
bool funnel_next(struct attempt *out, const struct funnel_spec *s, const struct step *v, size_t n, size_t *at, struct funnel_room *m);
/* How long after a step everything is seen, seconds, whole days for a civil day; below 0
 * where a source ended before it. */
int64_t funnel_follow(const struct funnel_spec *s, const struct step *v);
static inline bool funnel_matured(const struct funnel_spec *s, const struct step *v)
{
	return s->window == INT64_MAX || funnel_follow(s, v) >= s->window;
}

/* ---- counted (funnelfold.c) ---- */
struct funnel_tally {          /* one step of one group */
	int64_t n, matured;        /* attempts that reached it: all; of those whose window is over */
	struct gaps took;          /* since the step before, of those who reached it */
	struct gaps event, open;   /* since the start: reached it; not yet, last seen so long after (below the window) */
	int64_t whole;             /* did not reach it within the whole window */
	struct ids next;           /* what the lost did instead, by step code; 0 = nothing more */
	int64_t *next_n;
	size_t next_cap;
};
struct funnel_person {         /* --who */
	uint32_t customer, next;   /* next: step code, UINT32_MAX = nothing */
	int level;
	bool open;
	int64_t start, at, took;   /* wtime; seconds between */
};
struct funnel_acc {
	struct groups groups;
	struct funnel_tally **t;   /* by group, k each */
	size_t cap;
	struct funnel_room room;
	struct funnel_person *who;
	size_t nwho, who_cap;
	int64_t uncovered;         /* customers whose only starts lie before all sources tell */
	struct arena *arenas;
	size_t narenas;
};
enum funnel_who { WHO_NOBODY, WHO_REACHED, WHO_LOST, WHO_OPEN };
struct funnel_ctx {
	struct funnel_spec spec;
	struct cuts cuts;
	enum funnel_who who;
	int who_step;              /* from 1 on */
};
struct walk_part funnel_part(struct funnel_acc *a, struct funnel_ctx *c);
void funnel_release(struct funnel_acc *a, int k);
/* A table of groups and steps; the finding; explanation. */
void funnel_table(struct report *r, const struct funnel_acc *a, const struct funnel_ctx *c, const struct touch_job *job, const struct walk_facts *f);
void funnel_people(struct report *r, const struct funnel_acc *a, const struct funnel_ctx *c, const struct touch_job *job);

#endif
