/* room: metric (internal)
 * The customers of a store as cases: days from the first as a customer to leaving.
 */
#ifndef WEND_TENURE_H
#define WEND_TENURE_H

#include "metric_impl.h"
#include "wend/churn.h"

struct tenure {
	struct cases c;
	struct str said;             /* what leaving means */
	struct fold_counts counts;
	int64_t back, before, bad;
	bool current, contracts;     /* some group only as last reported; contracts, not silence */
};
/* `fields`: columns of the frame, as for --by. `everyone`: --where and --only choose nobody.
 * `sorted`: rows by the printed key of the customer. */
enum wend_err tenure_cases(struct tenure *t, const struct population *p, const struct churn_options *o, const char *fields, bool everyone, bool sorted, const struct report_options *ro, struct err *err);
void tenure_release(struct tenure *t);
/* What else there is to say of them, and the scope. */
enum wend_err tenure_say(struct str *s, const struct tenure *t, const struct population *p, struct err *err);

#endif
