/* room: base
 * Hashes. None of them is secret: they find candidates, the exact key decides; a digest
 * of content is 128 bits (XXH3) and stable across machines and versions.
 */
#ifndef WEND_HASH_H
#define WEND_HASH_H

#include <stddef.h>
#include <stdint.h>

struct digest {
	uint64_t hi, lo;
};
uint64_t hash64(const void *p, size_t n);
struct digest digest128(const void *p, size_t n);
/* Streaming; digest_peek can be asked at any byte without ending the stream. */
struct digester;
struct digester *digester_new(void);
void digester_add(struct digester *d, const void *p, size_t n);
struct digest digester_peek(const struct digester *d);
void digester_free(struct digester *d);
void digest_hex(const struct digest *d, char out[33]);
static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 32; x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32; x *= 0xd6e8feb86659fd93u;
	return x ^ (x >> 32);
}

#endif
