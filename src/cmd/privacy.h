/* room: cmd (internal)
 * Reports of `wend customer` about identity and privacy.
 */
#ifndef WEND_CMD_PRIVACY_H
#define WEND_CMD_PRIVACY_H

#include "cmd/cmd.h"

run_fn customer_join, customer_part; /* correct.c */
on_fn customer_export;               /* export.c */
run_fn customer_erase;               /* customererase.c */
run_fn customer_mask;                /* mask.c */
extern const struct opt mask_opts[];

#endif
