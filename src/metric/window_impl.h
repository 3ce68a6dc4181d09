/* room: metric (internal)
 * The inactivity window the data suggest: gapstat.c folds and estimates, churnleaving.c
 * chooses for every report, churnwindow.c prints and looks back.
 */
#ifndef WEND_WINDOW_IMPL_H
#define WEND_WINDOW_IMPL_H

#include "metric_impl.h"
#include "wend/churn.h"
#include "wend/model.h"

enum {
	BACK_DAYS = 90,          /* "comes back" means within so many days */
	GAPS_ENOUGH = 100,       /* fewer closed gaps tell little */
	WINDOWS = 11
};
extern const int32_t window_grid[WINDOWS];  /* lengths people use, ascending */

/* Gaps between purchase days of everyone, by length in days: closed by the next purchase,
 * or still open on the last day that is covered. Counts, so that two such statistics of
 * different customers add up. */
struct gap_stat {
	int64_t *closed, *open;
	size_t cap;
	int64_t nclosed, customers;
	int32_t first, last;      /* first purchase day; the day up to which it is known */
	struct fold_counts counts;
};
enum wend_err gap_stat_run(struct gap_stat *out, const struct population *p, const struct revenue *rev, int32_t covered, struct err *err);
void gap_stat_release(struct gap_stat *g);
/* The same as part of another pass over everyone: the purchase days of a customer, known up to a
 * day, and threads together (releases `from`); the caller says `last`, and wants no counts. And
 * from a sample of the customers, for a first guess. */
struct purchase_day;
void gap_stat_add(struct gap_stat *g, const struct purchase_day *d, size_t n, int32_t known);
void gap_stat_merge(struct gap_stat *into, struct gap_stat *from);
enum wend_err gap_stat_sample(struct gap_stat *out, const struct population *p, const struct revenue *rev, int32_t covered, struct err *err);

/* What one window would mean. */
struct window_row {
	int32_t w;
	int64_t risk;             /* gaps that were silent for longer than w */
	double back;              /* P(back within 90 days | silent w days); NaN = nobody was watched so long */
	struct interval ci;
	bool supported;           /* watched for w + 90 days, and enough of them */
};
struct window_choice {
	struct window_row row[WINDOWS];
	int chosen;               /* index of the grid */
	double risk;              /* what was asked for */
	bool few_gaps, short_history, above; /* above: no window keeps returns below the risk */
	int64_t history, gaps;    /* days, closed gaps */
};
void window_choose(struct window_choice *out, const struct gap_stat *g, double risk, int64_t min_n);
struct window_row window_at(const struct gap_stat *g, int32_t w, int64_t min_n);
double window_risk(const struct churn_options *o);
enum wend_err window_risk_check(const struct churn_options *o, struct err *err);
/* "window 150 days: of customers silent that long, 9.9 % buy again within 90 days ..." */
void window_sentence(struct str *s, const struct window_choice *c);

/* The purchases that silence is measured by: their revenue, and the last day their sources
 * tell of. */
enum wend_err silence_source(struct revenue *rev, int32_t *covered, const struct population *p, const struct report_options *ro, struct err *err);
/* churn_leaving for a pass that sees everyone and can be made again: where many have to be asked
 * for the window, *guess says that it was chosen from a sample, and nothing has been said. The
 * pass counts the gaps (known up to the last day), and churn_leaving_confirm settles the window by
 * them and says it; false: it was another one, and the pass is to be made again. */
enum wend_err churn_leaving_guess(struct leaving *out, const struct population *p, const struct churn_options *o, const struct report_options *ro, struct str *said, bool *guess, struct err *err);
bool churn_leaving_confirm(struct leaving *l, const struct gap_stat *g, const struct population *p, const struct churn_options *o, struct str *said);
/* What leaving means, of a leaving that is settled elsewhere. */
void leaving_say(struct str *said, const struct leaving *l, currency cur);
/* "150", "150 days", "150day": days. False: it is no length of time. "auto" is 0. */
bool silence_parse(struct sv text, int32_t *days);

#endif
