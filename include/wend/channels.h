/* room: metric
 * Who earned the conversions (touchpoints attribution), and what it costs to win customers by
 * which channel, what they bring, and where the next money should go (channels).
 */
#ifndef WEND_CHANNELS_H
#define WEND_CHANNELS_H

#include "metric.h"

struct attribution_options {
	const char *model;      /* which model `value`, the finding and credits go by; NULL = markov */
	const char *order;      /* 1 .. 4, auto; NULL = 1 */
	const char *lookback;   /* touches so long before a conversion count; NULL = 30d */
	const char *half_life;  /* of time decay: 7d; of path tables in steps: 7 */
	const char *conversion; /* purchase, first, or the name of a step; NULL = purchases, where
	                         * money comes by payment or invoice the first one */
	const char *touch;      /* steps (patterns, apart by commas) that are touches; NULL = those with a channel
	                         * that the customer began */
	int64_t seed;           /* of the parts held out */
	bool last_non_direct, per_conversion, reuse, credits;
	bool order_channel;     /* where no touch is known, the order's own channel stands for it */
};
enum wend_err metric_attribution(const struct population *p, const struct attribution_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* From tables of paths: path,total_conversions[,total_conversion_value][,total_null], steps apart
 * by ` > ` (touch.h); several add up. Rows may be made piece by piece while they are read. */
enum wend_err metric_attribution_from(struct table *from, size_t n, const struct attribution_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
