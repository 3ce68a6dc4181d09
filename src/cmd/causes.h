/* room: cmd (internal)
 * Reports on causes, of several commands.
 */
#ifndef WEND_CMD_CAUSES_H
#define WEND_CMD_CAUSES_H

#include "cmd/cmd.h"

on_fn touch_upstream, touch_downstream, touch_pain;
extern const struct opt touch_around_opts[], touch_pain_opts[];
on_fn churn_why;
extern const struct opt churn_why_opts[];

#endif
