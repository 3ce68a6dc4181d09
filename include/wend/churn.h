/* room: metric
 * Churn: who has left, when, how and by which definition. One file per report in
 * src/metric; all of them ask churn_leaving how one tells that a customer has left.
 *
 *     struct population p;
 *     struct leaving l;
 *     struct str said = STR_INIT;
 *     e = churn_population(&p, store, o, ro, err);
 *     if (!e)
 *         e = churn_leaving(&l, &p, o, ro, &said, err);
 *     ... leaving_fields(&fold, &l); fold_run; in the fold: spells_of(&buf, j, &l) ...
 *     churn_leaving_release(&l);
 */
#ifndef WEND_CHURN_H
#define WEND_CHURN_H

#include "journey.h"
#include "table.h"

struct churn_options {
	int64_t grace_days, dunning_days;
	const char *window;   /* days of silence, or auto; NULL = as fixed in the store, else auto */
	bool include_trials;  /* lost trials count as churn */
	double return_risk;   /* auto: at most so many come back within 90 days; 0 = 0.10 */
};
/* population_init for a report of this room: it counts by subscriptions where the store
 * holds any and no window is given, else by what is revenue. */
enum wend_err churn_population(struct population *p, struct store *s, const struct churn_options *o, const struct report_options *ro, struct err *err);
/* By contracts when the store holds subscriptions and no window is given, else by silence:
 * the window given, the one fixed as [choices] window, or the one the data suggest. Appends
 * to `said` (may be NULL) what leaving means here, a definition without a full stop:
 * "left = no purchase for 150 days (9.9 % of such come back within 90 days; auto, may move)".
 * A choice is made from everyone known as of the day, whoever is selected. */
enum wend_err churn_leaving(struct leaving *out, const struct population *p, const struct churn_options *o, const struct report_options *ro, struct str *said, struct err *err);
void churn_leaving_release(struct leaving *l);
/* One screen: the newest period that is over, what it costs, why, who went without a word. */
enum wend_err metric_churn_summary(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* The window the data suggest, others beside it, and what it would have been worth. */
struct window_options {
	const char *split;    /* the day to look back from; NULL = chosen */
};
enum wend_err metric_churn_window(const struct population *p, const struct churn_options *o, const struct window_options *wo, const struct report_options *ro, struct report *r, struct err *err);
/* What the data suggest for a setting of [choices], window or definition, and the evidence
 * as a sentence. WEND_E_USAGE where they suggest nothing. */
enum wend_err churn_proposal(struct store *s, const char *name, struct str *value, struct str *why, struct err *err);
/* Who left without a word: one row a customer. */
struct silent_options {
	int64_t look_back_days; /* listened to so long before the customer was last seen; 0 = 90 */
	bool all;               /* those who said something, too, and those of whom nothing is known */
};
enum wend_err metric_churn_silent(const struct population *p, const struct churn_options *co, const struct silent_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* Customers who left, period by period. */
enum wend_err metric_churn_rate(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err);
/* The same from what --stat printed, one or several that add up. */
enum wend_err metric_churn_rate_from(const struct table *from, size_t n, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err);


/* Who is likely to leave next, and why: one row a customer. */
struct risk_options {
	int64_t horizon;       /* days; 0 = 90 */
	const char *model;     /* logit (NULL), boost, auto */
	const char *keep_back; /* "10%": a random share to leave alone, marked */
	struct opt_list fixed; /* fields of a customer that never change */
	bool everyone;         /* also those who have left by silence */
	double margin;         /* NaN: as set in the store */
	int64_t seed;          /* of folds, samples and who is left alone */
};
enum wend_err metric_churn_risk(const struct population *p, const struct churn_options *o, const struct risk_options *k, const struct report_options *ro, struct report *r, struct err *err);


/* Where more leave than what else is known of them explains: groups, five at most. */
struct where_options {
	int64_t horizon;       /* days that are looked at; 0 = 90 */
	int64_t seed;
};
enum wend_err metric_churn_where(const struct population *p, const struct churn_options *o, const struct where_options *w, const struct report_options *ro, struct report *r, struct err *err);

/* churn model --model logit|boost|auto: what leaving depends on and how well it is foreseen,
 * from a table of cases without a time. `test` (may be NULL): the rows of another table, whose
 * chances become the report. */
struct cases;
struct chance_options {
	const char *model;     /* logit, boost, auto */
	const char *terms;     /* columns apart by commas; -NAME = all but; NULL = all */
	int64_t seed;
	int threads;
};
enum wend_err metric_churn_chances_cases(struct cases *c, struct cases *test, const struct chance_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
