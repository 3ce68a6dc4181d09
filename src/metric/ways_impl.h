/* room: metric (internal)
 * The ways customers go: every different sequence of steps once, with counts. touchways.c
 * holds the statistic, wayorder.c puts it in order, touchpaths.c makes the table.
 */
#ifndef WEND_WAYS_IMPL_H
#define WEND_WAYS_IMPL_H

#include "touch_impl.h"

struct way {
	struct digest hash;        /* of the codes; what finds it, never what decides */
	uint64_t at;               /* its codes in ways.codes */
	uint32_t bytes, steps;
	uint32_t conversions, nulls; /* ended in the outcome; did not. Without an outcome all are nulls */
	uint32_t open;             /* of the nulls, those that may go on or never came to --end */
	int64_t value;             /* minor units the conversions brought */
};
struct lag {
	uint32_t way, seconds;
};
struct ways {
	struct way *v;
	size_t n, cap;
	uint32_t *slot;            /* way + 1 by hash */
	size_t slots;
	unsigned char *codes;      /* step codes, 7 bits a byte, the last with the high bit off */
	size_t ncodes, codes_cap;
	struct lag *lag;           /* from the first step to the last, or to the outcome */
	size_t nlag, lag_cap;
	uint32_t *length;          /* ways taken by their number of steps before --length */
	size_t length_cap;
	int64_t taken, open, steps, outcomes;
	currency cur;              /* of the orders that led somewhere; the first of their letters */
	bool mixed;                /* more than one: their values are never added */
	int64_t other;             /* orders in another currency than the one asked for */
};
struct ways_options {
	const struct step_set *outcome;
	size_t length;
	struct revenue rev;
	bool money;
	currency cur;              /* asked for; 0 = the only one there is */
};
struct walk_part ways_part(struct ways *w, struct ways_options *o);
void ways_release(struct ways *w);
/* The next code of a way; `p` moves on. */
static inline uint32_t ways_code(const unsigned char **p)
{
	uint32_t c = 0;
	int shift = 0;
	for (;; shift += 7) {
		const unsigned char b = *(*p)++;
		c |= (uint32_t)(b & 127) << shift;
		if (b < 128)
			return c;
	}
}

static inline int64_t way_taken(const struct way *y)
{
	return (int64_t)y->conversions + y->nulls;
}

/* A step code that occurs. */
struct way_step {
	uint32_t code;
	struct sv name;
};
struct way_order {
	uint32_t *v;               /* ways, the commonest first; of equals by the names of their steps */
	struct way_step *step;     /* by name */
	uint32_t *rank;            /* among `step`, by number in `ids` */
	uint32_t *direct;          /* the same by code, for those below ndirect */
	uint32_t ndirect;
	struct ids ids;
	size_t *lag_from;          /* per way, into `lag` */
	uint32_t *lag;
	int64_t *scratch;
	size_t scratch_cap;
	struct arena arena;        /* names: rows are made when the population is gone */
};
/* Takes the lags out of `w`. */
void way_order_make(struct way_order *o, struct ways *w, const struct population *p);
void way_order_release(struct way_order *o);
struct sv way_step_name(const struct way_order *o, uint32_t code);
/* Median of a way's lags in days, NaN = none. */
double way_days(struct way_order *o, uint32_t way);

#endif
