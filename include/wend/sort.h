/* room: base
 * Orders of very many rows by a 64-bit key. Stable, so that rows with several keys are sorted
 * by the least of them first.
 */
#ifndef WEND_SORT_H
#define WEND_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Keys ascending, with the index they came from (may be NULL); both are changed. */
void sort_keys(uint64_t *key, uint32_t *index, size_t n);
void sort_u64(uint64_t *v, size_t n);
/* A double that is no NaN as a key of the same order. */
static inline uint64_t sort_key_of(double v)
{
	uint64_t k;
	v += 0.0; /* -0 is 0 */
	memcpy(&k, &v, sizeof k);
	return k >> 63 ? ~k : k | 1ull << 63;
}

/* Those of x that are no NaN, ascending; `out` has room for n, and may be x. How many there are. */
size_t sort_known(double *out, const double *x, size_t n);

#endif
