/* room: cmd (internal)
 * Reports on causes, of several commands.
 */
#ifndef WEND_CMD_CAUSES_H
#define WEND_CMD_CAUSES_H

#include "cmd/cmd.h"

enum wend_err touch_upstream(struct run *u, struct report *r, struct err *err);
enum wend_err touch_downstream(struct run *u, struct report *r, struct err *err);
extern const struct opt touch_around_opts[];
enum wend_err touch_pain(struct run *u, struct report *r, struct err *err);
extern const struct opt touch_pain_opts[];
enum wend_err churn_why(struct run *u, struct report *r, struct err *err);
extern const struct opt churn_why_opts[];

#endif
