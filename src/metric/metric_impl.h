/* room: metric (internal)
 * What the reports of this room share: words for findings, comparisons, sorting.
 */
#ifndef WEND_METRIC_IMPL_H
#define WEND_METRIC_IMPL_H

#include "wend/cases.h"
#include "wend/ids.h"
#include "wend/metric.h"
#include "wend/num.h"
#include "wend/purchases.h"
#include "wend/sort.h"

#define ALPHA 0.05
#define Z95 1.959963984540054 /* normal, two-sided ALPHA */

/* Words for a finding: 8,912; 4.6 %; EUR 1,234.50; 102 days. */
void say_count(struct str *s, int64_t n);
void say_things(struct str *s, int64_t n, const char *one, const char *many); /* 1 step, 8,912 steps */
void say_share(struct str *s, double share);                     /* one decimal, "few" for NaN */
void say_shares(struct str *s, struct interval ci);              /* "4.2 to 5.0 %" */
void say_money(struct str *s, int64_t minor, currency c, bool cents);
void say_real(struct str *s, double v, int digits);
void say_limits_of(struct str *s, struct interval ci, int digits); /* " (0.71 to 0.83)"; nothing when not known */
void put_said(struct table *t, struct str *s);                    /* a cell of it, which is emptied */
void say_p(struct str *s, double p, double log10_p);              /* p = 0.031, p < 0.0001, p = 10^-511 */
/* "Read as: time = tenure, event = Churn is Yes (1,869 of 7,043, the others No); left out: 3
 * rows without a time." and " TotalCharges is missing in 11 rows." */
void say_cases(struct str *s, const struct cases *c);
void say_missing(struct str *s, const struct case_column *v);
/* " As of 2026-11-15, span; 34 rows after it not seen." and sources that end earlier. */
enum wend_err say_scope(struct str *s, const struct population *p, const struct fold_counts *c, uint32_t kinds, struct err *err);

/* "orders", "orders and unmatched payments". */
const char *revenue_name(const struct revenue *v);
/* What else there is that could be revenue and is not, or is. */
void say_revenue(struct str *s, const struct revenue *v, const struct beside *b, const struct population *p);

/* Guests and people who have not bought, for a finding. */
void say_apart(struct str *s, const struct purchase_facts *f);

/* Zone, explanation of the rows, a table with no customers. */
void report_scope(struct report *r, const struct population *p, const struct fold_counts *c);

/* --versus: the same estimates over another time. `now` and `before` are tables of one
 * report; rows meet by the text of their first nkeys columns. Adds before, diff, diff_lo,
 * diff_hi, call to `now` for the column `value` with its limits in `lo`, `hi`. */
enum wend_err versus_join(struct table *now, const struct table *before, size_t nkeys, const char *value, int64_t min_n, struct err *err);
/* The options over the time compared with; `text` (96 bytes) names it for the finding. */
enum wend_err versus_population(struct population *out, const struct population *p, const char *versus, char text[96], struct err *err);
/* One comparison of estimates with their limits (MOVER). */
struct change {
	double diff, lo, hi;
	const char *call; /* real, chance, few */
};
struct change change_of(double now, struct interval a, double before, struct interval b, bool few);

/* Customers in the order of their printed keys (sv_natcmp): the permutation. */
uint32_t *order_customers(const struct store *s, const uint32_t *customer, size_t n);

/* A figure of estimates with their limits, one a line, around 1 on a log scale: the caller puts
 * the rows (name, estimate, lo, hi) into the table. */
struct table *figure_forest(struct figure *f, const char *title, const char *x_label, const char *const cols[4], int digits);
/* Chances foreseen against what came, part by part. */
struct judged_part;
void figure_chances(struct figure *f, const struct judged_part *part, size_t n);

/* ---- summaries (measures.c): section, measure, group, value ... a figure a row ---- */
struct measure {
	const char *section, *name;
	struct sv group;          /* text that lives as long as the report */
	double value;
	struct interval ci;       /* NaN: a fact */
	int64_t n;                /* WEND_NONE for facts without one */
	const char *unit, *definition;
};
#define MEASURE_FACT { NAN, NAN }
struct measures {
	struct measure *v;
	size_t n, cap;
};
void measure_add(struct measures *l, struct measure m);
/* The first of that name; NULL: none. */
const struct measure *measure_find(const struct measures *l, const char *section, const char *name);
/* Columns and rows of every summary, compared with `before` (NULL: nothing) where
 * it has the same section, measure and group. */
void measures_table(struct table *t, const struct measures *now, const struct measures *before, int64_t min_n);

/* ---- groups of --by (groups.c) ---- */
struct group_values {
	struct sv value[CUTS_MAX]; /* p NULL: not known */
};
struct groups {
	struct group_values *v;
	size_t n, cap, fields;
	uint32_t current;  /* fields (bits) that some customer only tells as last reported */
	struct ids ids;
	struct arena text;
};
uint32_t groups_add(struct groups *g, const struct sv *value, size_t n);
/* The number of a customer's group at an instant (cut_of). */
uint32_t groups_of(struct groups *g, const struct cuts *c, const struct journey *j, int64_t at);
/* What the numbers of `from` are in `into`; the caller frees. Releases `from`. */
uint32_t *groups_merge(struct groups *into, struct groups *from);
/* Numbers in the order of their texts, not known last; the caller frees. */
uint32_t *groups_order(const struct groups *g);
void groups_release(struct groups *g);

#endif
