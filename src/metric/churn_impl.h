/* room: metric (internal)
 * churn rate in two files: churnrate.c folds, churntable.c estimates and prints.
 */
#ifndef WEND_CHURN_IMPL_H
#define WEND_CHURN_IMPL_H

#include "metric_impl.h"
#include "wend/churn.h"

enum { PERIODS_MAX = 1 << 16, NO_PERIOD = INT32_MIN };

struct churn_tally {
	int64_t entered, left;  /* active at the start of this period and not at the one before; the reverse */
	int64_t fresh, back, by_choice, by_payment, in_out, pending;
};
struct churn_group {
	int64_t word;           /* value of --by; WEND_NONE = none */
	struct churn_tally *v;        /* by period - base */
	int32_t base;
	size_t n;
};
struct churn_acc {
	struct churn_group *g;
	size_t n, cap;
	struct spell_buf spells;
	int64_t bad, trials, trials_lost, ended, subscriptions;
};
struct churn_ctx {
	enum period_unit unit;
	struct leaving leaving;
	int by;                 /* enum field or -1 */
	const struct population *p;
};

/* One row: a period of a group. */
struct churn_line {
	int32_t period;
	int64_t word;
	struct sv name;         /* of the group; p == NULL: no value */
	struct churn_tally t;
	int64_t start, end;
	bool partial;
};
struct churn_lines {
	struct churn_line *v;
	size_t n, cap;
};

struct churn_tally *churn_period(struct churn_group *g, int32_t k);
bool churn_tally_empty(const struct churn_tally *t);
void churn_tally_add(struct churn_tally *a, const struct churn_tally *b);

/* Table, figure, finding, explanation. `known`: some subscription has an end. `all`: the
 * lines of all groups together. */
enum wend_err churn_table(struct report *r, const struct churn_acc *a, const struct churn_ctx *c, const struct report_options *ro, bool known, struct churn_lines *all, struct err *err);
void churn_figure(struct report *r, const struct churn_lines *all, const struct churn_ctx *c);
void churn_find(struct report *r, const struct churn_lines *all, const struct churn_acc *a, const struct churn_ctx *c, bool known);
void churn_explain(struct report *r, const struct churn_acc *a, const struct churn_ctx *c, const struct churn_lines *all);

#endif
