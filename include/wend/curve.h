/* room: metric
 * How long customers stay (churn curve) and what that depends on (churn model --model cox), from
 * the store or from a table of cases.
 */
#ifndef WEND_CURVE_H
#define WEND_CURVE_H

#include "cases.h"
#include "churn.h"

struct curve_options {
	const char *time, *event, *entry, *weight; /* columns of a table, as in struct cases_spec */
	const char *strata;     /* columns, apart by commas: tests compare only within */
	const char *ci;         /* log-log (NULL), plain, log */
	const char *at;         /* "1,12,24": only these times; NULL = every time somebody left */
	const char *compare;    /* NULL = curves; groups, pairs = the table that compares them */
	const char *within;     /* restricted means within this time; NULL = as long as every group was seen */
	bool draw;              /* a picture is asked for */
};
/* Columns of a table that the options name, for cases_spec.keep: returns their number. */
size_t curve_columns(const char **out, size_t cap, const struct curve_options *o, const struct report_options *ro, struct arena *a);
enum wend_err metric_churn_curve_cases(struct cases *c, const struct curve_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* From the store: days from the first as a customer to the first leaving. */
enum wend_err metric_churn_curve(const struct population *p, const struct curve_options *o, const struct churn_options *co, const struct report_options *ro, struct report *r, struct err *err);
/* What --stat printed; several tables add up. */
enum wend_err metric_churn_curve_from(const struct table *from, size_t n, const struct curve_options *o, const struct report_options *ro, struct report *r, struct err *err);

/* ---- churn model --model cox ---- */
struct cox_options {
	const char *terms;      /* columns apart by commas; -NAME = all but; NULL = all */
	const char *entry, *strata, *cluster; /* as above; rows of one cluster belong together */
	const char *ties;       /* efron (NULL), breslow */
	const char *scale;      /* of time, for the test of steady effects: km (NULL), identity, rank, log */
	bool named;             /* the model was asked for by name */
	int threads;
};
enum wend_err metric_churn_cox_cases(struct cases *c, const struct cox_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* From the store; terms are fields as for --by. Fitted to everyone known. */
enum wend_err metric_churn_cox(const struct population *p, const struct cox_options *o, const struct churn_options *co, const struct report_options *ro, struct report *r, struct err *err);
/* Columns of the frame that a list of terms means: `which` has room for c->ncol. A name that is
 * not there: WEND_E_USAGE. */
enum wend_err churn_terms(size_t *which, size_t *n, const struct cases *c, const char *terms, const char *const *not_these, size_t nnot, struct err *err);

#endif
