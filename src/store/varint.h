/* room: store (internal)
 * Varints and nested blobs: what the heads of packed columns are made of.
 */
#ifndef WEND_STORE_VARINT_H
#define WEND_STORE_VARINT_H

#include "wend/str.h"

static inline uint64_t zigzag(int64_t v) { return (uint64_t)v << 1 ^ (uint64_t)(v >> 63); }
static inline int64_t unzigzag(uint64_t u) { return (int64_t)(u >> 1 ^ (0 - (u & 1))); }

static inline void put_varint(struct str *out, uint64_t u)
{
	unsigned char b[10];
	size_t n = 0;
	while (u >= 128) {
		b[n++] = (unsigned char)(u | 128);
		u >>= 7;
	}
	b[n++] = (unsigned char)u;
	str_add(out, b, n);
}

/* What is left of a blob while it is read. */
struct bytes {
	const unsigned char *p, *end;
};

static inline bool get_varint(struct bytes *b, uint64_t *out)
{
	uint64_t u = 0;
	for (unsigned shift = 0; shift < 64 && b->p < b->end; shift += 7) {
		unsigned char c = *b->p++;
		u |= (uint64_t)(c & 127) << shift;
		if (c < 128) {
			*out = u;
			return true;
		}
	}
	return false;
}

static inline bool get_signed(struct bytes *b, int64_t *out)
{
	uint64_t u;
	if (!get_varint(b, &u))
		return false;
	*out = unzigzag(u);
	return true;
}

/* A blob inside the blob: its length, then its bytes. */
static inline void put_blob(struct str *out, const struct str *blob)
{
	put_varint(out, blob->n);
	str_add(out, blob->p, blob->n);
}

static inline bool get_blob(struct bytes *b, struct bytes *blob)
{
	uint64_t n;
	if (!get_varint(b, &n) || n > (uint64_t)(b->end - b->p))
		return false;
	blob->p = b->p;
	blob->end = b->p += n;
	return true;
}

#endif
