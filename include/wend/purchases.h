/* room: journey
 * The purchase days of a customer, the one owner of what "bought" means: reports of value
 * count them, and where there are no contracts their end is leaving.
 *
 * A fold keeps a `struct day_room` in its accumulator, calls purchase_days for each
 * customer, and is run by purchase_fold instead of fold_run.
 */
#ifndef WEND_PURCHASES_H
#define WEND_PURCHASES_H

#include "journey.h"

/* Money beside the orders that no order tells of, by currency. */
struct beside_sum {
	currency cur;
	int64_t n[2];          /* payments, invoices */
	int64_t minor;
};
struct beside {
	struct beside_sum v[16];
	int nsum;
	int64_t more;          /* records in still other currencies */
	int64_t elsewhere;     /* orders of sources that [choices] orders leaves out */
};
static inline int beside_side(enum kind k) { return k == KIND_INVOICES; }
void beside_add(struct beside *b, enum kind kind, currency c, int64_t minor);
void beside_merge(struct beside *into, const struct beside *from);

struct purchase_facts {
	int64_t folded;       /* purchases that share a day with another */
	int64_t refund_days, refund_sum, zero_days, references, guests, prospects;
	int64_t refunds;      /* records of something given back */
	struct beside beside;
};
struct day_entry {
	int32_t day;
	uint32_t refund : 1;
	uint32_t record : 31; /* in the journey's rows */
	int64_t amount;
};
struct purchase_day {
	int32_t day;
	int64_t amount;       /* minor units, never below 0 */
	size_t from, to;      /* what was bought: entries of the room, until the next customer */
};
/* What one thread needs to find them, and what it came across. */
struct day_room {
	struct day_entry *e;
	size_t ecap;
	struct purchase_day *v;
	size_t n, cap;
	struct purchase_facts facts;
	struct revenue_match match;
};
/* The purchase days of a journey in their order, in d->v; false: a guest, or somebody
 * without any. Needs purchase_fold, or its fields. */
bool purchase_days(struct day_room *d, const struct revenue *rev, const struct journey *j);
void day_room_merge(struct day_room *into, struct day_room *from); /* the facts; releases `from` */
void day_room_release(struct day_room *d);
/* fold_run for a fold that calls purchase_days with the room in its accumulator: adds what
 * they read, and runs again with the orders' ids, after `release`, where refunds name them. */
enum wend_err purchase_fold(const struct population *p, struct fold *f, const struct revenue *rev, void *acc, const struct day_room *room, void (*release)(void *acc), struct fold_counts *n, struct err *err);

#endif
