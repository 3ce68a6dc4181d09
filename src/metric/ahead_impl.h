/* room: metric (internal)
 * Who of the customers there are will leave next, in sum (churnahead.c): what a pass over all time
 * counts for it, and the estimate. With contracts from the chances of churn risk; without, from
 * how long they have been silent.
 */
#ifndef WEND_AHEAD_IMPL_H
#define WEND_AHEAD_IMPL_H

#include "risk_impl.h"

__extension__ typedef __int128 ahead_wide;
enum { AHEAD_DAYS = 90, AHEAD_STRATA = 4 }; /* who has bought once, twice, three times, more often */

/* Customers whose window closes within the horizon, by the days that it still stands open: how
 * many, what a year with them brought (minor units), its squares. */
struct ahead_day {
	int64_t n, year;
	ahead_wide squares;
};
/* What is known at the end of a day. Gaps of up to the window, and longer ones together. */
struct ahead_seen {
	int64_t *closed, *open;  /* by stratum, then length in days */
	struct ahead_day day[AHEAD_STRATA][AHEAD_DAYS];
};
struct ahead_ask {
	const struct population *p;
	const struct leaving *leaving;
	struct risk_plan plan;   /* contracts */
	int32_t horizon;         /* days; the window where that is shorter: nobody can leave twice in it */
};
struct ahead_acc {
	struct ahead_seen now, back; /* at the last day that is known; a horizon before it */
	int64_t gone;            /* of those at risk then, who left */
	struct risk_look look;   /* contracts */
	int64_t people;          /* those there at the as-of day who are counted */
};
enum wend_err ahead_open(struct ahead_ask *q, const struct population *p, const struct leaving *l, const struct report_options *ro, struct err *err);
void ahead_fields(struct fold *f, const struct ahead_ask *q);
/* A customer, with his stretches under the same rule of leaving. */
void ahead_add(struct ahead_acc *a, const struct ahead_ask *q, const struct journey *j, const struct spell_buf *b);
void ahead_merge(struct ahead_acc *into, struct ahead_acc *from, const struct ahead_ask *q); /* releases `from` */
struct ahead {
	bool known;
	int32_t horizon;
	int64_t people;
	double left, year;       /* expected to leave; a year with them, minor units, NaN = not known */
	struct interval left_ci, year_ci;
	double foreseen;         /* without contracts: for the horizon that is just over; NaN = not known */
	int64_t gone;            /* what came then */
	int64_t holders;         /* contracts: the fewest of the likeliest who hold half of `year`; 0 = not known */
};
void ahead_estimate(struct ahead *out, struct ahead_acc *a, const struct ahead_ask *q);
void ahead_acc_release(struct ahead_acc *a);
void ahead_close(struct ahead_ask *q);

#endif
