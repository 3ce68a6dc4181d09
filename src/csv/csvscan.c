/* room: csv
 * 64 bytes a step: compares of four vectors, folded into 64-bit masks, whose set bits are
 * then peeled off. Plain SSE2, which every x86-64 has: wider vectors gain a quarter
 * at most, because peeling dominates.
 */
#include "csvscan.h"

#include <stdbool.h>

size_t scan_text_plain(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *dirty)
{
	size_t k = 0;

	for (size_t b = 0; b < n; b += 64) {
		size_t end = b + 64 < n ? b + 64 : n;
		bool odd = false;

		for (size_t i = b; i < end; i++) {
			char c = p[i];

			if (c == sep)
				out[k++] = base + (uint32_t)i;
			else if (c == '\n' || c == '\r' || c == quote)
				out[k++] = (base + (uint32_t)i) | SCAN_OTHER;
			odd |= (unsigned char)(c - 1) >= 127;
		}
		dirty[b / 64] = odd;
	}
	return k;
}

#ifdef __SSE2__
#include <emmintrin.h>

struct needles {
	__m128i sep, quote, lf, cr;
};

struct found {
	uint64_t sep, other, clean;
};

static inline void step16(struct found *f, __m128i v, const struct needles *w, unsigned shift)
{
	__m128i other = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, w->lf), _mm_cmpeq_epi8(v, w->cr)), _mm_cmpeq_epi8(v, w->quote));

	f->sep |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, w->sep)) << shift;
	f->other |= (uint64_t)(uint32_t)_mm_movemask_epi8(other) << shift;
	/* Signed: NUL and everything above 127 are not greater than 0. */
	f->clean |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(v, _mm_setzero_si128())) << shift;
}

static inline uint32_t *peel(const struct found *f, uint32_t at, uint32_t *out)
{
	uint64_t hit = f->sep | f->other;

	while (hit) {
		uint32_t bit = (uint32_t)__builtin_ctzll(hit);

		*out++ = (at + bit) | (uint32_t)(f->other >> bit & 1) << 31;
		hit &= hit - 1;
	}
	return out;
}

size_t scan_text(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *dirty)
{
	const struct needles w = { _mm_set1_epi8(sep), _mm_set1_epi8(quote), _mm_set1_epi8('\n'), _mm_set1_epi8('\r') };
	uint32_t *o = out;

	for (size_t b = 0; b < n; b += 64) {
		struct found f = { 0, 0, 0 };

		for (unsigned k = 0; k < 64; k += 16)
			step16(&f, _mm_loadu_si128((const __m128i *)(const void *)(p + b + k)), &w, k);
		f.other &= ~f.sep; /* without quotes, `quote` is the separator */
		if (n - b < 64) {
			uint64_t in = ((uint64_t)1 << (n - b)) - 1;

			f.sep &= in;
			f.other &= in;
			f.clean |= ~in;
		}
		dirty[b / 64] = f.clean != UINT64_MAX;
		o = peel(&f, base + (uint32_t)b, o);
	}
	return (size_t)(o - out);
}
#else
size_t scan_text(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *dirty)
{
	return scan_text_plain(p, n, base, sep, quote, out, dirty);
}
#endif
