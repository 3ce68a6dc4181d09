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

struct channel_options {
	struct ltv_options value;  /* margin, discount ... of the value of a customer */
	const char *by;            /* channel (NULL), campaign, promotion */
	const struct table *credit; /* credit rows: who won the customers, by another's word; NULL = none */
	const char *credit_model;  /* the same by a model of attribution: first, last, linear, markov ...; NULL = none */
	double hour_cost;          /* of a working hour, major units; NaN: as set in the store */
	double scale_at;           /* value a unit of cost above which a channel deserves more; 0 = 3 */
	int64_t payback_within;    /* months in which it must be paid back for that; 0 = 12 */
	int64_t alone_days;        /* other channels so long before the first purchase count; 0 = 90 */
};
/* What customers cost, bring and when that comes back, by the channel that won them. */
enum wend_err metric_channels(const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* Money a customer brought by age, against what it cost to win one. */
enum wend_err metric_channel_payback(const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* What one customer more cost, from month to month. */
enum wend_err metric_channel_marginal(const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
