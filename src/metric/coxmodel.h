/* room: metric (internal)
 * churn model --model cox: coxmodel.c fits, coxtable.c prints and finds words.
 */
#ifndef WEND_COXMODEL_H
#define WEND_COXMODEL_H

#include "metric_impl.h"
#include "wend/curve.h"
#include "wend/hazard.h"

struct cox_term {
	const struct case_column *column;
	size_t first, n;             /* columns of the model */
};
struct cox_model {
	struct arena *arena;
	const struct cox_options *o;
	enum cox_ties ties;
	enum cox_scale scale;
	int64_t min_n;
	size_t p, nterm;
	struct cox_term *term;
	struct cox_column col[COX_MAX];
	const char *label[COX_MAX];
	size_t term_of[COX_MAX];
	double n[COX_MAX], events[COX_MAX], raw[COX_MAX], raw_se[COX_MAX];
	struct str left_out;         /* columns that are no term */
	struct cox_fit f;
};
void cox_report(struct report *r, const struct cox_model *m, const struct cases *c);

#endif
