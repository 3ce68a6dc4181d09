/* room: metric (internal)
 * churn why: why.c makes the design out of the journeys and runs the engine, whytable.c prints.
 */
#ifndef WEND_WHY_IMPL_H
#define WEND_WHY_IMPL_H

#include "metric_impl.h"
#include "wend/causes.h"

struct why_person {            /* beside a stretch */
	int64_t said;              /* word of the reason given; WEND_NONE = none */
	uint32_t customer;
	uint32_t place;            /* which of his stretches */
};
struct why_unit {
	uint64_t key;              /* code << 32 | word of the outcome + 1 */
};
struct why_acc {
	struct own_stretch *v;
	struct why_person *person; /* by stretch */
	size_t n, cap, person_cap;
	struct own_event *event;
	size_t nevent, event_cap;
	int32_t *order;            /* silence: times of orders; order_n by stretch */
	size_t norder, order_cap;
	uint32_t *orders;          /* by stretch */
	size_t orders_cap;
	struct ids units;
	struct why_unit *unit;
	size_t nunit, unit_cap;
	currency cur;
	bool mixed;                /* money in several currencies: not added */
	struct spell_buf spells;
	struct step_buf steps, derived;
};
struct why {
	const struct population *p;
	struct population whole;
	struct leaving leaving;
	struct derived *derived;
	struct step_covers *covers;
	struct own_span span;
	uint64_t seed;
	struct str said;           /* how leaving is told */
	struct arena arena;
	struct fold_counts n;
	struct why_acc a;
	/* in order of random keys, which no order of files changes */
	struct own_stretch *v;
	struct why_person *person;
	size_t *order_from;
	int32_t *order;
	struct own_counts *counts, *once;
	struct own_finding *found, *found_once;
	struct own_totals totals;
	double base[2];
};
enum wend_err why_run(struct why *y, const struct population *p, const struct why_options *o, const struct report_options *ro, struct err *err);
void why_release(struct why *y);
/* "payment:failed", "call in: abandoned" */
void why_name(struct str *out, const struct why *y, size_t unit);
/* The step most often right before a unit in the leavers' last windows; its share of them. */
struct sv why_before(const struct why *y, size_t unit, double *share, struct arena *a);

#endif
