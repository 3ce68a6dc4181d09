/* room: store (internal)
 * Corrections of identity by hand, as the batches that hold them are listed.
 */
#ifndef WEND_STORE_BYHAND_H
#define WEND_STORE_BYHAND_H

#include "owners.h"

struct hand_link {
	int64_t batch;
	uint32_t a, b;   /* equal: the key joins nothing */
};
/* What a batch without kinds says, in words; nothing for any other batch. */
enum wend_err byhand_text(struct store *s, int64_t batch, struct str *out, struct err *err);

#endif
