/* room: cmd (internal)
 * Reports of wend churn that have a file of their own.
 */
#ifndef WEND_CMD_CHURN_H
#define WEND_CMD_CHURN_H

#include "cmd/cmd.h"

enum wend_err churn_curve(struct run *u, struct report *r, struct err *err);
extern const struct opt churn_curve_opts[];

#endif
