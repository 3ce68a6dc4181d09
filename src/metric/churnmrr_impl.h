/* room: metric (internal)
 * churn mrr in three files: churnmrr.c folds, churnmrrtable.c estimates and makes rows,
 * churnmrrsay.c says it in words, screen and picture.
 */
#ifndef WEND_CHURNMRR_IMPL_H
#define WEND_CHURNMRR_IMPL_H

#include "metric_impl.h"
#include "wend/retention.h"

__extension__ typedef __int128 mrr_wide;

enum { MRR_NEW, MRR_EXPANSION, MRR_REACTIVATION, MRR_CONTRACTION, MRR_CHURNED, MRR_MOVES };
extern const char *const mrr_move_name[MRR_MOVES];

/* Customers with one kind of movement in a period: their money in minor units, its squares,
 * and its products with what they paid at the start. */
struct mrr_move {
	int64_t n, minor;
	mrr_wide squares, cross;
};
/* A period of a group. Folded, the first three are differences to the period before. */
struct mrr_cell {
	int64_t customers, start;
	mrr_wide start2;
	struct mrr_move move[MRR_MOVES];
	int64_t in_out_n, in_out;  /* joined and left inside: the most they paid */
};
struct mrr_group {
	struct mrr_cell *v;        /* by period - base */
	int32_t base;
	size_t n;
};
struct mrr_groups {
	struct groups names;
	struct mrr_group *v;       /* by number of the group */
	size_t n, cap;
};
struct mrr_facts {
	int64_t subscriptions, ended, trials, trials_lost, bad, unpaid, unpriced;
};
struct mrr_ctx {
	const struct population *p;
	enum period_unit unit;
	int64_t grace_s;
	struct cuts cuts;
	currency cur;
	bool known;                /* some subscription has an end: movements can be told */
};
/* A row: `c` holds what there was, no differences. */
struct mrr_row {
	int32_t period;
	const struct group_values *group; /* NULL: all of them */
	uint32_t rank;             /* of the group's text */
	struct mrr_cell c;
	int64_t end;
	bool partial;
};
struct mrr_rows {
	struct mrr_row *v;
	size_t n, cap;
};
enum { MRR_GROSS, MRR_NET, MRR_GRR, MRR_NRR, MRR_QUICK, MRR_RATES };
struct mrr_rate {
	double value;              /* NaN: nothing to divide by */
	struct interval ci;
};
void mrr_rates(struct mrr_rate out[MRR_RATES], const struct mrr_cell *c);

/* The group of that number, made where there is none. */
struct mrr_group *mrr_group_at(struct mrr_groups *g, size_t i);
struct mrr_cell *mrr_cell_at(struct mrr_group *g, int32_t period);
void mrr_cell_add(struct mrr_cell *to, const struct mrr_cell *c);
/* Rows of the span, by period and then group; `all`: every group together. */
void mrr_rows_of(struct mrr_rows *out, const struct mrr_groups *g, const struct mrr_ctx *c, bool all);
/* --stat, and its tables read back (churnmrrstat.c), which sets unit, currency, fields and grace of
 * *c and the as-of day of *p. */
void mrr_stat(struct report *r, const struct mrr_groups *g, const struct mrr_facts *f, const struct mrr_ctx *c);
enum wend_err mrr_stat_read(struct mrr_groups *g, struct mrr_facts *f, struct mrr_ctx *c, struct population *p, const struct table *from, size_t n, struct arena *a, struct err *err);
void mrr_table(struct report *r, const struct mrr_rows *rows, const struct mrr_ctx *c);
/* From the rows of all groups together. */
void mrr_find(struct report *r, const struct mrr_rows *all, const struct mrr_facts *f, const struct mrr_ctx *c);
void mrr_screen(struct report *r, const struct mrr_rows *rows, const struct mrr_ctx *c);
void mrr_figure(struct report *r, const struct mrr_rows *all, const struct mrr_ctx *c);

#endif
