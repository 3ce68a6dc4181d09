/* room: metric (internal)
 * wend churn: what one screen is made of (churnsummary.c, churnlook.c).
 */
#ifndef WEND_METRIC_CHURNSUMMARY_H
#define WEND_METRIC_CHURNSUMMARY_H

#include "ahead_impl.h"
#include "churn_impl.h"
#include "why_impl.h"
#include "window_impl.h"

struct summary {
	struct churn_ctx c;
	struct churn_acc a;
	struct churn_result res;
	struct fold_counts n;
	const struct churn_line *now, *before;
	char before_name[32];
	struct silent_sum silent;
	bool heard;              /* contacts are in the store: silence can be told */
	struct reasons why;
	struct ahead ahead;
	struct gap_stat gaps;    /* while the window is a guess */
	const char *next_says;   /* what is foreseen */
	double margin;
	bool has_margin;
	struct measures rows, old;
};

/* Counts every period, and asks of the newest one that is over who went without a word, what
 * drove people away and how many will follow. s->c is settled; s->now is NULL when nothing is
 * over. After an error, too, summary_forget releases what was counted. */
enum wend_err summary_look(struct summary *s, const struct population *p, const struct churn_options *o, const struct report_options *ro, struct arena *a, struct err *err);
void summary_forget(struct summary *s);

#endif
