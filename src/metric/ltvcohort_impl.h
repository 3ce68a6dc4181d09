/* room: metric (internal)
 * Cohorts of customers: ltvcohorts.c folds the statistic from a store, ltvcohortfrom.c
 * prints it and reads it back, ltvcohorttable.c makes rows, words and the figure of it,
 * ltvcohortscreen.c what people see.
 */
#ifndef WEND_LTVCOHORT_IMPL_H
#define WEND_LTVCOHORT_IMPL_H

#include "ltv_impl.h"

__extension__ typedef unsigned __int128 cohort_wide;

/* A cohort at one age. Folded, `squares` is by how much the squares of what each customer
 * brought so far grew; cohorts_settle adds up to this age, and fills `sum`. */
struct cohort_cell {
	int64_t buyers, revenue;  /* of this period alone; minor units */
	int64_t sum;              /* revenue up to here */
	cohort_wide squares;
	/* of those who come back (churncohorts.c) */
	int64_t last;             /* customers who were active here for the last time */
	cohort_wide cross;        /* revenue of this period x base, over customers */
};
enum { COHORT_BRACKETS = 12 };
struct cohort {
	int32_t period;           /* running number of the first purchase */
	int64_t customers;
	struct cohort_cell *v;    /* by age */
	size_t n, cap;
	int64_t base;             /* what they brought first, and the sum of its squares */
	cohort_wide base2;
	int64_t watched[COHORT_BRACKETS], back[COHORT_BRACKETS]; /* by bracket of days: seen through it; active in it */
};
struct cohorts {
	struct cohort *v;         /* ascending by period */
	size_t n, cap;
	/* what must agree where statistics add up */
	enum period_unit unit;
	int32_t as_of;
	currency cur;
	const char *source;       /* "orders" */
	bool returns;             /* who comes back: squares are of each period alone */
	/* and what takes the extreme */
	int32_t begins, covered;  /* days: the earliest the source tells of; the last that it tells of wholly */
	int32_t last, complete;   /* periods: of the as-of day; the last that is over and covered */
};
extern const char *const cohort_unit[]; /* by enum period_unit: "month" */
struct cohort *cohort_at(struct cohorts *c, int32_t period);
struct cohort_cell *cohort_age(struct cohort *h, size_t age);
/* Every cohort gets all its ages, cells what they hold up to them. Ages beyond the as-of
 * day there are none. */
void cohorts_settle(struct cohorts *c);
/* The same without the sums. */
void cohorts_frame(struct cohorts *c);
/* Adds what was folded elsewhere; cohorts_take also releases it. */
void cohorts_add(struct cohorts *into, const struct cohorts *from);
void cohorts_take(struct cohorts *into, struct cohorts *from);
void cohorts_release(struct cohorts *c);
/* `period` is over and covered at this age. */
static inline bool cohort_complete(const struct cohorts *c, const struct cohort *h, int64_t age)
{
	return h->period + age <= c->complete;
}

/* Customers of several cohorts at one age. */
struct cohort_pool {
	int64_t customers, buyers, sum;
	cohort_wide squares;
};
void pool_add(struct cohort_pool *p, const struct cohort *h, size_t age);

/* What a report says of a settled statistic. */
struct cohort_view {
	const struct cohorts *c;
	double by;                /* a minor unit in what is printed: margin / minor units */
	bool has_margin;
	int64_t min_n;
	char money[4];            /* currency, "" = none known */
	const char *name;         /* of the unit: "month" */
};
struct cohort_mean {
	double value;
	struct interval ci;
};
struct cohort_mean pool_value(const struct cohort_view *v, const struct cohort_pool *p);
/* "1997-01", "1997-01 to 1997-03" */
void cohort_span(struct str *s, enum period_unit u, int32_t from, int32_t to);

void cohort_table(struct report *r, const struct cohort_view *v);
void cohort_find(struct report *r, const struct cohort_view *v);
void cohort_figure(struct report *r, const struct cohort_view *v);
void cohort_screen(struct report *r, const struct cohort_view *v);
/* A triangle of figures: of cohorts [from, to) together at an age that all have behind them. */
struct cohort_figures {
	const char *heading;
	int width;                /* of the longest figure */
	int64_t min_n;
	void (*say)(struct str *s, const void *ctx, size_t from, size_t to, size_t age);
	const void *ctx;
};
void cohort_triangle(struct report *r, const struct cohorts *c, const struct cohort_figures *f);

/* --stat, and --from what it printed. */
void cohort_stat(struct report *r, const struct cohorts *c);
enum wend_err cohorts_read(struct cohorts *c, const struct table *from, size_t n, const struct report_options *ro, struct arena *a, struct err *err);

#endif
