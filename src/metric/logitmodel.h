/* room: metric (internal)
 * churn model --model logit|boost|auto: logitmodel.c fits, logittable.c prints, says the chances
 * of the rows of a second table and finds words.
 */
#ifndef WEND_LOGITMODEL_H
#define WEND_LOGITMODEL_H

#include "metric_impl.h"
#include "wend/churn.h"
#include "wend/curve.h"
#include "wend/regress.h"

struct logit_line {              /* a column of the regression */
	size_t term;
	int64_t level;            /* of a category; -1: a number; -2: it is missing */
	const char *label;
	double n, events;
	bool varies;
};
struct logit_model {
	struct arena *arena;
	const struct cases *c;
	const struct chance_options *o;
	size_t nterm, *which;     /* columns of the cases */
	struct regressor *v;
	double *median;           /* by term: of a number */
	struct regress_data d;
	uint64_t *key;
	struct logit_line *line;
	size_t nline;
	double *x;                /* n x nline */
	struct logit_fit adjusted;
	double *raw, *raw_se, *curve_p; /* by line; NaN = not known */
	struct chances *chances;
	struct judged held;
};
/* A regressor over the rows of a column; levels in the order of `like`'s, others are not known. */
void logit_regressor(struct regressor *out, struct arena *a, const struct case_column *v, size_t n, const struct case_column *like);
void logit_table(struct report *r, const struct logit_model *m, int64_t min_n);
/* The chances of the rows of a second table; *judged: by what came, where it tells that. */
enum wend_err logit_score(struct report *r, struct logit_model *m, const struct cases *test, struct judged *judged, struct err *err);
/* `of_test` NULL: no second table. */
void logit_say(struct report *r, const struct logit_model *m, const struct judged *of_test, int64_t min_n);

#endif
