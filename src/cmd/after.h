/* room: cmd (internal)
 * Adding customer fields to a table whose rows are customers.
 */
#ifndef WEND_CMD_AFTER_H
#define WEND_CMD_AFTER_H

#include "cmd/cmd.h"

/* --with FIELD,...: one text or time column a field behind the table's own. `email` and
 * `phone` fall back to the customer's keys, id.SPACE is the id in a product's space, any
 * other name is an attribute. Unknown names: WEND_E_USAGE. */
enum wend_err with_fields(struct run *u, struct table *t, const char *fields, struct err *err);

#endif
