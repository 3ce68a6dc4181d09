/* room: metric (internal)
 * The statistic of purchases: rfm.c folds it from a store, historyread.c reads it from
 * tables; rfmtable.c and rfmfrom.c score and print it.
 */
#ifndef WEND_RFM_IMPL_H
#define WEND_RFM_IMPL_H

#include "metric_impl.h"

struct rfm_row {
	uint32_t customer;
	bool selected;
	int32_t first, last;  /* days */
	uint32_t days;        /* purchase days: x + 1 */
	uint32_t group;       /* of --by; 0 without */
	int64_t total;        /* minor units, all purchase days */
	int64_t repeat;       /* without the first */
};
struct rfm_out {
	const char *unit;     /* NULL = week */
	int32_t as_of;
	currency cur;
	const struct zone *zone;
	const struct rfm_row *row;
	size_t n;
	const uint32_t *order; /* order of printing */
	struct purchase_facts facts;
	const struct store *store;
	const char *source;   /* "orders" */
};
/* Days between purchase days, of all customers: how often each length occurs. And of the
 * last two gaps of a customer the share of the earlier, in units of 2^-31, summed with its
 * square: what Wheat & Morrison (1990) measure regularity by. */
struct gaps {
	int64_t *n;           /* by length in days */
	size_t cap;
	int64_t pairs;
	uint64_t share;
	__extension__ unsigned __int128 share2;
};
/* A gap of so many days; the last two of a customer. */
void gap_days_add(struct gaps *g, int32_t days);
void gap_days_pair(struct gaps *g, int32_t earlier, int32_t later);

/* The statistic of purchases, one row a customer who bought, in no order that means
 * anything. */
struct purchases {
	struct rfm_row *v;
	size_t n, cap;
	struct purchase_facts facts;
	struct gaps gaps;     /* with PURCHASES_GAPS */
	struct groups groups; /* as of the day */
	struct revenue rev;
	struct fold_counts counts;
};
#define PURCHASES_GAPS 1u
/* `by` may be NULL: no groups. */
enum wend_err purchases_run(struct purchases *out, const struct population *p, const struct report_options *ro, uint32_t want, const struct cuts *by, struct err *err);
void purchases_release(struct purchases *p);
/* Rows in the order of their printed customers; the caller frees. */
uint32_t *order_purchases(const struct purchases *b, const struct store *s);
/* Puts the next few thousand selected rows from `*at` of that order on; false: none are left. */
typedef void purchases_put_fn(struct table *t, const void *ctx, size_t i);
bool purchases_more(const struct purchases *b, const uint32_t *order, size_t *at, struct table *t, purchases_put_fn *put, const void *ctx);

/* Histories read from tables (historyread.c). */
struct line {
	int64_t x, weight;
	double t_x, T;        /* days */
	double m, spent;      /* major units; NaN = not known */
	double repeat;
	double money;         /* of the days that tell of spending, a customer; set by who fits */
	struct sv customer;
};
enum { LINE_AS_OF, LINE_UNIT, LINE_CURRENCY, LINE_ZONE, LINE_SETTINGS };
struct lines {
	struct line *v;
	size_t n, cap;
	double weight;        /* of all of them; whole */
	bool stat, customers;
	struct sv setting[LINE_SETTINGS]; /* of the first table that tells them; p NULL: not told */
};
/* Adds the rows of a table, of all its pieces when it comes in pieces; texts stay the table's,
 * and customers of pieces are not kept. An option that says otherwise than the table is refused. */
enum wend_err lines_read(struct lines *l, struct table *t, const struct report_options *ro, struct err *err);
/* " As of 2026-06-30, days in Europe/Lisbon.", as far as the tables tell. */
void lines_say(struct str *s, const struct lines *l);
/* The currency they tell, 0 = none. */
currency lines_currency(const struct lines *l);

/* Days of a unit. */
double rfm_unit_days(const char *unit);
/* Takes `b` and `order` over: the table makes its rows from them as it is written. The
 * store must stay open that long. */
enum wend_err rfm_table(struct report *r, const struct rfm_out *o, struct purchases *b, uint32_t *order, struct err *err);
enum wend_err rfm_cells(struct report *r, const struct rfm_out *o, struct err *err);
void rfm_explain(struct report *r, const struct rfm_out *o);

/* Scores 1 to 5 by mid-rank. */
struct rfm_cuts {
	uint64_t from[6];     /* smallest key with score k; from[1] = 0 */
};
struct rfm_cuts rfm_cuts_of(uint64_t *keys, size_t n); /* sorts keys */
static inline int rfm_score(const struct rfm_cuts *c, uint64_t key)
{
	int s = 1;
	while (s < 5 && key >= c->from[s + 1])
		s++;
	return s;
}
const char *rfm_group(int r, int f, bool once);

#endif
