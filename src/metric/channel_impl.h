/* room: metric (internal)
 * Channels: channelstat.c reads spending and who was won by which channel, channelvalue.c says what
 * they cost and bring, channels.c, channelpayback.c and channelmarginal.c print.
 */
#ifndef WEND_CHANNEL_IMPL_H
#define WEND_CHANNEL_IMPL_H

#include "ltv_impl.h"
#include "wend/channels.h"
#include "wend/churn.h"

enum { PAYBACK_MONTHS = 36 };
#define MONTH_DAYS (365.25 / 12)

/* A purchase day of a customer. */
struct bought {
	int32_t age;             /* days since the first */
	uint32_t word;           /* its own channel, campaign or promotion; UINT32_MAX = none */
	int64_t amount;
};
/* A customer, beside the row of the same number in look.b. */
struct won {
	size_t from, n;          /* purchases */
	int32_t stayed;          /* days of the first stretch as a customer; -1: not known */
	bool left, alone;        /* it has ended; no other channel was met before the first purchase */
};
/* A customer counts for a channel, in part where credit is shared. */
struct part {
	uint32_t row, channel;
	double weight;
};
struct month_spend {
	int32_t month;           /* period_number(PERIOD_MONTH) */
	int64_t amount;
};
struct channel {
	struct sv name;
	bool known;              /* false: 'not known' */
	bool spends, carried;    /* has records of spending; some customer carries the name */
	int64_t spend, hours;    /* minor units; millionths; within the span */
	struct month_spend *month;
	size_t nmonth, month_cap;
	/* of customers won within the span */
	double won, alone;       /* weight; of these met no other channel */
	double existing, bought_existing; /* customers known before who bought by it; what they brought, minor units */
	double brought;          /* by those won, so far, major units before the margin */
	double clv;              /* value of one for life; NaN = not known */
	struct interval clv_ci;
	double cac, loaded;      /* cost of one; with working hours; NaN = not known */
	struct interval cac_ci;
	double ratio;            /* value / cost */
	struct interval ratio_ci;
	double kept;             /* share still a customer after 12 months, all ever won */
	struct interval kept_ci;
	double curve[PAYBACK_MONTHS + 1], curve_lo[PAYBACK_MONTHS + 1], curve_hi[PAYBACK_MONTHS + 1]; /* margin so far by age in months */
	int64_t seen[PAYBACK_MONTHS + 1]; /* customers seen so long */
	int payback, payback_lo, payback_hi; /* months; -1 = not reached */
	bool never;              /* not even for life */
	double marginal;         /* cost of one more; NaN = not known */
	struct interval marginal_ci;
	int64_t months;          /* with spending, that it is made of */
	const char *verdict;     /* scale, hold, stop, few; NULL = none */
};
struct channels {
	struct ltv_look look;
	struct won *won;         /* by row of look.b */
	struct bought *bought;
	uint32_t *order;         /* rows by printed customer */
	struct part *part;
	size_t nparts, part_cap;
	struct channel *v;       /* by name, 'not known' last */
	size_t n, cap;
	struct channel all;
	struct fold_counts counts;
	struct str left;         /* what leaving means */
	int32_t since, until;    /* days customers are won in and money is spent in */
	bool since_given, touches; /* the span was given; there are interactions to tell of other channels */
	double hour_cost;
	bool has_hour_cost, margin;
	double rel;              /* variance of the logarithm of what is still to come, of the models' parameters and chance */
	int64_t strange;         /* credit rows of no customer won on that day */
	const char *by;          /* channel, campaign or promotion */
	const char *credited;    /* by whose word; NULL = reported, or the first purchase's */
	double known;            /* share of new customers whose channel is known */
	int64_t min_n;
	double scale_at;
	int64_t within, alone_days;
};
/* Release also after an error. */
enum wend_err channels_run(struct channels *c, const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err);
void channels_release(struct channels *c);
/* What they cost and bring. */
void channels_value(struct channels *c);
/* A report of channels: who was won, what it cost and brought, then `print` with the definition
 * of all begun. */
enum wend_err channels_report(const struct population *p, const struct channel_options *o, const struct report_options *ro, void (*print)(struct report *r, const struct channels *c), struct report *r, struct err *err);

/* Theil's slope of y on x with Sen's limits (1968); NaN with fewer than 6 points or 3 slopes. */
double theil_sen(struct interval *ci, const double *x, const double *y, size_t n);

/* Which customer counts how much for which channel, by a model of attribution (attrcredits.c): rows
 * of first purchases with a touch. The caller frees. */
struct attr_credit {
	uint32_t customer;
	struct sv channel;       /* lasts as long as the arena */
	double share;
};
enum wend_err attr_first_credits(struct attr_credit **out, size_t *n, const struct population *p, const char *model, const struct report_options *ro, struct arena *a, struct err *err);

#endif
