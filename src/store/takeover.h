/* room: store (internal)
 * Batches whose files begin with the whole file of another.
 */
#ifndef WEND_STORE_TAKEOVER_H
#define WEND_STORE_TAKEOVER_H

#include "store/batch.h"
#include "store/relay.h"

/* If live batches go on where this one's file ended: the first of them becomes the owner
 * of all it holds (*heir; 0 = there are none), the others hold that equal. Inside the
 * write transaction; the batch itself is left live. */
enum wend_err takeover(struct store *s, struct puts *put, int64_t batch, int64_t *heir, struct err *err);

#endif
