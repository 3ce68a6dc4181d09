#include "wend/hash.h"

#include "wend/mem.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash64(const void *p, size_t n)
{
	return XXH3_64bits(p, n);
}

struct digest digest128(const void *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);
	return (struct digest){ h.high64, h.low64 };
}

struct digester {
	XXH3_state_t s;
};

/* The state is aligned to 64 bytes, beyond what malloc promises. */
struct digester *digester_new(void)
{
	struct digester *d = aligned_alloc(_Alignof(struct digester), sizeof *d);

	if (!d) {
		mem_exhausted(sizeof *d);
		abort();
	}
	XXH3_128bits_reset(&d->s);
	return d;
}

void digester_add(struct digester *d, const void *p, size_t n)
{
	XXH3_128bits_update(&d->s, p, n);
}

struct digest digester_peek(const struct digester *d)
{
	XXH128_hash_t h = XXH3_128bits_digest(&d->s);
	return (struct digest){ h.high64, h.low64 };
}

void digester_free(struct digester *d)
{
	free(d);
}

void digest_hex(const struct digest *d, char out[33])
{
	snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, d->hi, d->lo);
}
