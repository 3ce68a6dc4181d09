/* room: ingest (internal)
 * Which of the first records of a file is its header.
 */
#ifndef WEND_INGEST_SHEETHEADER_H
#define WEND_INGEST_SHEETHEADER_H

#include "preset.h"

struct first_record {
	struct sv *cell;
	size_t n;
	uint64_t line;
};
enum { FIRST_RECORDS = 50 };

/* Index into r[0, n), or n when no record has anything in it. `p` may be NULL. */
size_t header_find(const struct first_record *r, size_t n, const struct preset *p);

#endif
