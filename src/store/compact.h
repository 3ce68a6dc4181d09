/* room: store (internal) */
#ifndef WEND_STORE_COMPACT_H
#define WEND_STORE_COMPACT_H

#include "store/format.h"

/* After an ingest: where small runs are too many they become one. What goes wrong here
 * leaves the store as it is, and the next ingest tries again. */
void compact_small(struct store *s);

#endif
