/* room: metric (internal)
 * Steps before and after other steps of the same customer: around.c counts, aroundshared.c
 * tells which of them tell of the same, upstream.c prints.
 */
#ifndef WEND_AROUND_IMPL_H
#define WEND_AROUND_IMPL_H

#include "metric_impl.h"
#include "wend/causes.h"
#include "wend/owncontrol.h"

enum { AROUND_WINDOWS = 4, AROUND_ROWS = 64, AROUND_DIRECT = 4096 };

/* Counts by day, from day `base` on. */
struct day_line {
	int32_t base;
	size_t n;
	int64_t *v;
};
struct around_count {
	int64_t times, customers;  /* counted; they are those of so many customers */
	int64_t uncovered;         /* left out: not known or not there before and after */
	int64_t b, c;              /* only after; only before */
	int64_t after, before;     /* how often in all */
	int64_t squares;           /* over customers, (after - before)^2 */
	int64_t followed, follows; /* of all that are known after, those that are followed */
};
struct around_entry {
	uint32_t code, serial;
	int64_t all;               /* however close to each other */
	int64_t last;              /* instant of this customer's one before */
	struct around_count w[AROUND_WINDOWS];
	struct {
		int64_t d;
		bool any;
	} own[AROUND_WINDOWS];     /* of the customer at hand */
	int64_t near[2];           /* of the place at hand: after, before */
	struct day_line days;
};
struct around_time {           /* a step that is looked for */
	int64_t at;
	int32_t day;
	uint32_t record;
	bool by_day;
};
struct around_place {          /* downstream: a counted step in the middle */
	int64_t at;
	bool again;                /* of the customer before */
};
struct around_acc {
	struct around_entry *v;
	size_t n, cap;
	struct ids ids;
	uint32_t *direct;          /* entry + 1 by step code, for low codes */
	uint32_t serial;
	struct step_buf steps, derived;
	struct around_time *t;
	size_t nt, t_cap;
	uint32_t *mine, *touched;  /* entries of the customer at hand, and of the place */
	size_t nmine, mine_cap, touched_cap;
	int32_t *day;              /* by step of the customer at hand */
	size_t day_cap;
	struct {
		struct around_place *v;
		size_t n, cap;
	} place[AROUND_WINDOWS];
	int64_t customers, target; /* with a step; the steps looked for */
	int64_t base_s[AROUND_WINDOWS], near_s[AROUND_WINDOWS]; /* time of customers; of it, before a step that is looked for */
	struct day_line days, came; /* steps looked for; customers seen first */
};
struct around {
	const struct population *p;
	const struct derived *derived;
	const struct step_covers *covers;
	struct known_spans cover;  /* of what is looked for */
	const uint32_t *of;        /* codes looked for, ascending */
	size_t nof;
	bool of_fixed, of_begins;  /* some are no words; some begin the time as a customer */
	int64_t window[AROUND_WINDOWS]; /* seconds */
	int nwindow;
	bool after;                /* downstream: the steps of `of` stand in the middle */
};
/* Reads --of and --window. */
enum wend_err around_open(struct around *x, const struct population *p, const struct cause_options *o, struct arena *a, struct err *err);
enum wend_err around_run(struct around_acc *out, const struct around *x, struct fold_counts *n, struct err *err);
void around_release(struct around_acc *a);
static inline bool around_is(const struct around *x, uint32_t code)
{
	size_t k;
	if (x->nof == 1)
		return x->of[0] == code;
	LOWER_BOUND(k, x->nof, x->of[mid] < code);
	return k < x->nof && x->of[k] == code;
}
/* Where is the other step, seen from the middle one: 1 after, -1 before, 0 neither. */
static inline int around_side(const struct step *middle, int32_t day, const struct around_time *other, int64_t window)
{
	const bool by_day = middle->day || other->by_day;
	const int64_t gap = by_day ? (int64_t)other->day - day : other->at - middle->at, most = by_day ? (window + 86399) / 86400 : window;
	return gap > 0 && gap <= most ? 1 : gap < 0 && -gap <= most ? -1 : 0;
}
/* Steps and derived steps in one order; needs the fields of both. */
void around_steps(struct step_buf *out, struct step_buf *derived, const struct around *x, const struct journey *j);
/* The second half of it: derived steps among those of steps_of. */
void around_derive(struct step_buf *out, struct step_buf *derived, const struct around *x, const struct journey *j);
int64_t around_first(const struct around *x, const struct step_buf *b);
void around_fields(struct fold *f);
/* Is a step, by its name, the leaving itself (cancel, unsubscribe, close account)? */
bool step_says_leaving(struct sv name);
void day_add(struct day_line *l, int32_t day, int64_t n);

/* A row, judged. */
struct around_row {
	struct sv name;
	const struct around_entry *e;
	int w;
	struct own_ratio rr;       /* change of volume taken out where it is over a fifth */
	double drift;              /* volume after over before; 1 = not taken out */
	double excess, excess_lo, excess_hi; /* a month */
	double q, lift;
	bool few, cause;
	struct sv same;            /* tells of the same, and more closely; p NULL = none */
	struct sv origin;
};
struct around_rows {
	struct around_row *v;
	size_t n;
	double months;
};
void around_judge(struct around_rows *out, struct around_acc *a, const struct around *x);
/* Causes first, by their excess; those that tell of the same as others behind them. */
void around_sort(struct around_rows *l);
/* Which causes share what they explain, and where it comes from: a second pass. */
enum wend_err around_shared(struct around_rows *l, const struct around *x, struct err *err);

#endif
