/* room: metric (internal)
 * touchpoints pain: pain.c counts and judges, paintable.c prints.
 */
#ifndef WEND_PAIN_IMPL_H
#define WEND_PAIN_IMPL_H

#include "around_impl.h"

enum { PAIN_STRATA = 610 };
enum { BAD_CHURN = 1, BAD_COMPLAINT = 2, BAD_REFUND = 4, BAD_SCORE = 8, GOOD_ORDER = 16, GOOD_PRAISE = 32, GOOD_SCORE = 64 };

struct pain_entry {
	uint32_t code, serial;
	int64_t last, customers;   /* last: day of this stretch's last counted */
	int64_t who;               /* number of the customer counted last */
	int64_t times, began;      /* days counted; of them, begun by the customer */
	struct own_stratum *with;  /* by stratum: [1] days with the step, [0] those of the grid that are not without it */
	int32_t seen;              /* day it was last seen on, of the customer at hand */
};
struct pain_acc {
	struct pain_entry *v;
	size_t n, cap;
	struct ids ids;
	uint32_t serial;
	int64_t days[PAIN_STRATA], outcomes[PAIN_STRATA];
	int64_t customers, churned;
	int32_t first_day;         /* of anybody who is counted */
	struct step_buf steps, derived;
	struct spell_buf spells;
	struct pain_step {         /* by step */
		int32_t day;
		uint32_t entry;        /* UINT32_MAX: no cause */
		bool began;
	} *step;
	size_t step_cap;
	struct day_list {          /* ascending */
		int32_t *v;
		size_t n, cap;
	} bad, heard, bought;      /* days of outcomes; of steps the customer began; without contracts, of purchases */
};
struct pain {
	const struct population *p;
	struct leaving leaving;
	struct around x;           /* only for its steps */
	unsigned what;
	int64_t out;               /* word code of direction out; -1 = no such word */
	int32_t window, last_day;  /* days; the last that is followed for so long */
};
struct pain_row {
	struct sv name;
	int64_t customers, days;
	struct own_alike a;
	double q;
	bool few, found;
};
struct pain_print {
	const struct pain *x;
	const struct pain_acc *a;
	const struct pain_row *v;  /* the worst first */
	size_t n;
	double value, months;      /* minor units a customer, NaN = not known */
	currency cur;
	bool good;
	struct str what;           /* "churn, complaint" */
};
/* Table, screen, picture and finding. */
void pain_table(struct report *r, const struct pain_print *g);

#endif
