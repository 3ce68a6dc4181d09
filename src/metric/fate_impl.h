/* room: metric (internal)
 * What became of a customer after a moment, for reports that hold the way against the end.
 */
#ifndef WEND_FATE_IMPL_H
#define WEND_FATE_IMPL_H

#include "touch_impl.h"
#include "wend/churn.h"

struct fates {
	const struct step_set *bad; /* --bad: the end is such a step; NULL: leaving */
	struct leaving leaving;
	bool ready;
	int64_t until;             /* instant up to which an end would have been seen */
	struct str said;           /* what the end is */
};
/* Release also after an error. */
enum wend_err fates_init(struct fates *f, const struct population *p, const char *bad, const struct report_options *ro, struct err *err);
void fates_release(struct fates *f);
/* "; " and what the end is, where there is one. */
void fates_define(struct str *s, const struct fates *f);
void fates_fields(struct fold *to, const struct fates *f);
/* Stretches in which an end could come: as a customer, or from the first step on. */
struct stretch {
	int64_t from, end;         /* instants; end INT64_MAX: none seen. Without contracts the last purchase */
	int64_t closes;            /* until when he counts as there; INT64_MAX: still */
};
struct stretches {
	struct stretch *v;
	size_t n, cap;
	struct spell_buf spells;
};
void stretches_of(struct stretches *out, const struct fates *f, const struct walk *w);
void stretches_release(struct stretches *s);
enum fate { FATE_UNKNOWN, FATE_STAYED, FATE_LEFT };
/* Of someone there at `at`: did the end come within `horizon` seconds? UNKNOWN: not there then,
 * or the time is not over. */
enum fate fate_after(const struct fates *f, const struct stretches *s, int64_t at, int64_t horizon);

#endif
