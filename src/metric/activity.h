/* room: metric (internal)
 * In which periods a customer was active: bought, or was paid for by a contract.
 */
#ifndef WEND_ACTIVITY_H
#define WEND_ACTIVITY_H

#include "metric_impl.h"
#include "wend/purchases.h"
#include "wend/retention.h"

struct active_period {
	int32_t period;           /* running number */
	int32_t days;             /* purchase days in it; 0 with contracts */
	int64_t money;            /* spent in it; with contracts what is paid a month at its end. Minor units */
};
/* What tells it: contracts where the store holds any, else purchases; or as asked for. */
struct activity_source {
	struct leaving leaving;
	struct str said;          /* what leaving means */
	enum period_unit unit;
	bool money;               /* amounts are asked for */
	int32_t begins, covered;  /* days the source tells of, as revenue_covered */
	const char *name;         /* "orders", "subscriptions" */
	char window[32];
};
struct activity {
	struct day_room days;
	struct spell_buf spells;
	struct mrr_line line;
	struct active_period *v;  /* ascending */
	size_t n, cap;
	int64_t base;             /* money of the first period; with contracts what was paid at first */
	int32_t first;            /* day */
};
enum wend_err activity_choose(struct activity_source *s, const struct population *p, const struct retention_options *o, const struct report_options *ro, struct err *err);
void activity_source_release(struct activity_source *s);
/* fold_run, or purchase_fold, over all of the past. */
enum wend_err activity_fold(const struct population *p, const struct activity_source *s, struct fold *f, void *acc, const struct activity *room, void (*release)(void *acc), struct fold_counts *n, struct err *err);
/* Of a customer; false: never active, or a guest. */
bool activity_of(struct activity *a, const struct activity_source *s, const struct journey *j);
void activity_merge(struct activity *into, struct activity *from); /* the facts; releases `from` */
void activity_release(struct activity *a);
/* The kinds a finding names sources of. */
uint32_t activity_kinds(const struct activity_source *s);

#endif
