/* room: metric
 * How long customers stay (churn curve), from the store or from a table of cases.
 */
#ifndef WEND_CURVE_H
#define WEND_CURVE_H

#include "cases.h"
#include "journey.h"
#include "table.h"

struct curve_options {
	const char *time, *event, *entry, *weight; /* columns of a table, as in struct cases_spec */
	const char *strata;     /* columns, apart by commas: tests compare only within */
	const char *ci;         /* log-log (NULL), plain, log */
	const char *at;         /* "1,12,24": only these times; NULL = every time somebody left */
	const char *compare;    /* NULL = curves; groups, pairs = the table that compares them */
	const char *until;      /* restricted means within this time; NULL = as long as every group was seen */
	bool draw;              /* a picture is asked for */
};
/* Columns of a table that the options name, for cases_spec.keep: returns their number. */
size_t curve_columns(const char **out, size_t cap, const struct curve_options *o, const struct report_options *ro, struct arena *a);
enum wend_err metric_churn_curve_cases(struct cases *c, const struct curve_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* What --stat printed; several tables add up. */
enum wend_err metric_churn_curve_from(const struct table *from, size_t n, const struct curve_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
