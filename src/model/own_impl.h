/* room: model (internal)
 * What the designs of owncontrol.h share: people alike, and sums by person.
 */
#ifndef WEND_OWN_IMPL_H
#define WEND_OWN_IMPL_H

#include "wend/owncontrol.h"

/* Somebody to compare with, and how unlike he is. */
struct own_near {
	size_t i;
	double far;
};
/* Keeps the `most` nearest, nearest first; of equals the one that came first. */
void own_near_keep(struct own_near *near, int *n, int most, struct own_near c);

/* A person's pairs that differ, of one unit: his parts of R and S. */
struct own_share {
	uint32_t unit, who;
	double r, s;
};
struct own_shares {
	struct own_share *v;
	size_t n, cap;
};
void own_shares_add(struct own_shares *l, struct own_share s);
/* Variance of log R - log S of each unit from sums by person, into stayers_log_var; sorts. */
void own_shares_settle(struct own_counts *out, struct own_shares *l);

#endif
