/* room: metric (internal) */
#ifndef WEND_DIGEST_IMPL_H
#define WEND_DIGEST_IMPL_H

#include "wend/digest.h"

/* A cell of a report's table by the name of its column; SV_NONE, WEND_NONE: empty or not there. */
struct sv digest_text(const struct table *t, size_t row, const char *name);
int64_t digest_int(const struct table *t, size_t row, const char *name);
/* Section DATA: what was read, which sources are late. *came: some record is dated in the span. */
enum wend_err digest_data(struct letter *l, const struct digest_job *job, bool *came, struct err *err);

#endif
