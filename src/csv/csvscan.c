/* room: csv
 * 64 bytes a step: four compares a vector, folded into one 64-bit mask, whose set bits
 * are then peeled off. Plain SSE2, which every x86-64 has: wider vectors gain a quarter
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

			if (c == sep || c == '\n' || c == '\r' || c == quote)
				out[k++] = base + (uint32_t)i;
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

static inline uint64_t step16(__m128i v, const struct needles *w, uint64_t *clean)
{
	__m128i a = _mm_or_si128(_mm_cmpeq_epi8(v, w->sep), _mm_cmpeq_epi8(v, w->lf));
	__m128i b = _mm_or_si128(_mm_cmpeq_epi8(v, w->cr), _mm_cmpeq_epi8(v, w->quote));

	/* Signed: NUL and everything above 127 are not greater than 0. */
	*clean = (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(v, _mm_setzero_si128()));
	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(a, b));
}

static inline uint32_t *peel(uint64_t hit, uint32_t at, uint32_t *out)
{
	while (hit) {
		*out++ = at + (uint32_t)__builtin_ctzll(hit);
		hit &= hit - 1;
	}
	return out;
}

size_t scan_text(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *dirty)
{
	const struct needles w = { _mm_set1_epi8(sep), _mm_set1_epi8(quote), _mm_set1_epi8('\n'), _mm_set1_epi8('\r') };
	uint32_t *o = out;

	for (size_t b = 0; b < n; b += 64) {
		uint64_t hit = 0, clean = 0;

		for (unsigned k = 0; k < 4; k++) {
			uint64_t c1, h1 = step16(_mm_loadu_si128((const __m128i *)(const void *)(p + b + 16 * k)), &w, &c1);

			hit |= h1 << (16 * k);
			clean |= c1 << (16 * k);
		}
		if (n - b < 64) {
			uint64_t in = ((uint64_t)1 << (n - b)) - 1;

			hit &= in;
			clean |= ~in;
		}
		dirty[b / 64] = clean != UINT64_MAX;
		o = peel(hit, base + (uint32_t)b, o);
	}
	return (size_t)(o - out);
}
#else
size_t scan_text(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *dirty)
{
	return scan_text_plain(p, n, base, sep, quote, out, dirty);
}
#endif
