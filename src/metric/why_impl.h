/* room: metric (internal)
 * churn why: why.c makes the design out of the journeys and runs the engine, whytable.c prints.
 */
#ifndef WEND_WHY_IMPL_H
#define WEND_WHY_IMPL_H

#include "metric_impl.h"
#include "wend/causes.h"

/* The same for other reports: what drove customers away, the first first. */
struct reason {
	struct sv name;         /* as long as the list */
	double people, money;   /* explained, at the lower limit; money a year, NaN = not known */
	struct own_ratio rr;
	double q;
	bool doubtful;
};
struct reasons {
	struct reason *v;
	size_t n;
	int64_t left;           /* customers who left in the span */
	struct arena arena;
};
void churn_reasons_release(struct reasons *r);

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
	struct leaving leaving;
	bool borrowed;             /* leaving is somebody else's */
	struct derived *derived;
	const struct step_covers *covers;
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
/* The same as part of a pass over all time: what is asked (`l` NULL: it settles itself how one
 * leaves), what is read, a customer with his stretches, steps and derived steps, threads together
 * (releases `from`), and the estimate. `covers` lasts as long as *y. */
enum wend_err why_open(struct why *y, const struct population *p, const struct why_options *o, const struct report_options *ro, const struct leaving *l, struct err *err);
void why_fields(struct fold *f, const struct why *y);
void why_add(struct why_acc *a, const struct why *y, const struct journey *j, const struct spell_buf *b, const struct step_buf *steps, const struct step_buf *derived);
void why_merge(struct why_acc *into, struct why_acc *from);
void why_close(struct why *y, const struct step_covers *covers);
/* The reasons of *y, for others; churn_reasons_release them. */
void why_reasons(struct reasons *out, const struct why *y);
enum wend_err why_run(struct why *y, const struct population *p, const struct why_options *o, const struct report_options *ro, struct err *err);
void why_release(struct why *y);
/* "payment:failed", "call in: abandoned" */
void why_name(struct str *out, const struct why *y, size_t unit);
/* The step most often right before a unit in the leavers' last windows; its share of them. */
struct sv why_before(const struct why *y, size_t unit, double *share, struct arena *a);

#endif
