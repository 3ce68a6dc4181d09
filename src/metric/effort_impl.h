/* room: metric (internal)
 * Effort: the statistic (toucheffort.c, effortmatters.c) and its three tables (efforttable.c).
 */
#ifndef WEND_EFFORT_IMPL_H
#define WEND_EFFORT_IMPL_H

#include "fate_impl.h"

enum { DAY_S = 86400, LEAVE_DAYS = 90, SCORE_DAYS = 14, NEXT_DAYS = 30, LATE_MAX = 30, PART_MAX = 4095 };
enum part { PART_CONTACTS, PART_SWITCHES, PART_TRANSFERS, PART_REPEATS, PART_DAYS, PARTS };
extern const char *const part_name[PARTS];

struct rework {                /* of one touchpoint, all steps */
	uint32_t code, last;
	int64_t events, customers, loops, runs, repeats, same_agent, other_agent;
	int64_t added_s, added_squares_d; /* from the first of a run to its last: seconds; whole days squared */
};
struct handoff {               /* contact in one channel, the next in another or the same */
	int64_t from, to;          /* words; -1 = not known */
	int64_t n, watched, left, scored, good;
};
struct effort_cell {           /* matters with the same parts */
	uint64_t key;              /* 12 bits a part */
	int64_t n[3];              /* by fate */
};
struct effort_acc {
	struct rework *rework;
	size_t nrework, rework_cap;
	struct handoff *handoff;
	size_t nhandoff, handoff_cap;
	struct effort_cell *cell;
	size_t ncell, cell_cap;
	struct ids rework_ids, handoff_ids, cell_ids;
	uint32_t serial;
	int64_t matters, contacts;
	struct stretches s;
	struct matter *matter;     /* of the customer being read, and where they are found */
	size_t nmatter, matter_cap;
	struct matter_slot *slot;
	uint32_t *used;            /* slots that are not free */
	size_t slots, nused;
};
struct effort_state {
	struct effort_acc a;
	struct contacts contacts;
	struct fates fates;
	int64_t window, until;
	double weight[PARTS];
	enum { SHOW_REWORK, SHOW_HANDOFFS, SHOW_INDEX } show;
	const struct population *p;
};
struct walk_part effort_part(struct effort_state *s);
void effort_release(struct effort_acc *a);
/* The field of a step's record, WEND_NONE = empty. */
static inline int64_t effort_field(const struct walk *w, enum field f, size_t i)
{
	const int64_t *col = w->j->rows.f[f];
	return col ? col[w->v[i].record] : WEND_NONE;
}
/* The word of its channel, -1 = not known. */
int64_t effort_channel(const struct walk *w, size_t i);
/* Contacts of a walk, from the first one on, become matters. */
void add_matters(struct effort_acc *a, const struct effort_state *s, const struct walk *w, size_t first);
struct effort_cell *effort_cell(struct effort_acc *a, uint64_t key);
static inline int64_t cell_part(uint64_t key, int part) { return (int64_t)(key >> 12 * part & PART_MAX); }
/* Good = at least three quarters of the scale (csat 4 of 5, ces 5.5 of 7) or, nps, 9 of 10;
 * false: no score. */
bool score_good(const struct journey *j, size_t record, bool *good, double *unit);
void effort_table(struct report *r, const struct effort_state *s, const struct touch_job *job);

#endif
