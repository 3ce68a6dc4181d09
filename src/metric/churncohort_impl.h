/* room: metric (internal)
 * churn cohorts: churncohorts.c folds, churncohorttable.c makes rows, words, screen and figure.
 */
#ifndef WEND_CHURNCOHORT_IMPL_H
#define WEND_CHURNCOHORT_IMPL_H

#include "activity.h"
#include "ltvcohort_impl.h"

enum { RETURNS_ON = 1, RETURNS_AFTER = 2, RETURNS_BRACKET = 4, RETURNS_REVENUE = 8 };
struct bracket {
	int32_t from, to;         /* days since the first, both counted */
};
struct returns_view {
	const struct cohorts *c;
	unsigned kinds;
	const char *chosen;       /* --definition; NULL = the two */
	int32_t window;           /* days of silence after which one has left; 0 = contracts, -1 = not known */
	bool contracts;
	int64_t min_n;
	struct bracket bracket[COHORT_BRACKETS];
	int brackets;
};
void returns_show(struct report *r, const struct returns_view *v);

#endif
