/* room: csv
 * 64 bytes a step: compares of four vectors, folded into 64-bit masks, whose set bits are
 * then peeled off. Plain SSE2, which every x86-64 has: wider vectors gain a quarter
 * at most, because peeling dominates.
 */
#include "csvscan.h"

#include <stdbool.h>

static bool is_listed(char c, char sep, char quote)
{
	return c == sep || c == '\n' || c == '\r' || c == quote;
}

size_t scan_text_plain(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *mark)
{
	size_t k = 0;

	for (size_t b = 0; b < n; b += 64) {
		size_t end = b + 64 < n ? b + 64 : n;
		unsigned m = 0;

		for (size_t i = b; i < end; i++) {
			char c = p[i];

			if (is_listed(c, sep, quote))
				out[k++] = (base + (uint32_t)i) | (c == sep ? 0 : SCAN_OTHER);
			if ((unsigned char)(c - 1) >= 127)
				m |= MARK_ODD;
			if (c == ' ' && (i == b || i + 1 == end || is_listed(p[i - 1], sep, quote) || is_listed(p[i + 1], sep, quote)))
				m |= MARK_BLANK;
		}
		mark[b / 64] = (uint8_t)m;
	}
	return k;
}

#ifdef __SSE2__
#include <emmintrin.h>

struct needles {
	__m128i sep, quote, lf, cr, blank;
};

struct found {
	uint64_t sep, other, clean, blank;
};

static inline void step16(struct found *f, __m128i v, const struct needles *w, unsigned shift)
{
	__m128i other = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, w->lf), _mm_cmpeq_epi8(v, w->cr)), _mm_cmpeq_epi8(v, w->quote));

	f->sep |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, w->sep)) << shift;
	f->other |= (uint64_t)(uint32_t)_mm_movemask_epi8(other) << shift;
	f->blank |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, w->blank)) << shift;
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

size_t scan_text(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *mark)
{
	const struct needles w = { _mm_set1_epi8(sep), _mm_set1_epi8(quote), _mm_set1_epi8('\n'), _mm_set1_epi8('\r'), _mm_set1_epi8(' ') };
	uint32_t *o = out;

	for (size_t b = 0; b < n; b += 64) {
		struct found f = { 0, 0, 0, 0 };
		uint64_t listed, edge = (uint64_t)1 << 63 | 1;

		for (unsigned k = 0; k < 64; k += 16)
			step16(&f, _mm_loadu_si128((const __m128i *)(const void *)(p + b + k)), &w, k);
		f.other &= ~f.sep; /* without quotes, `quote` is the separator */
		if (n - b < 64) {
			uint64_t in = ((uint64_t)1 << (n - b)) - 1;

			f.sep &= in;
			f.other &= in;
			f.clean |= ~in;
			f.blank &= in;
			edge = (uint64_t)1 << (n - b - 1) | 1;
		}
		listed = f.sep | f.other;
		mark[b / 64] = (uint8_t)((f.clean != UINT64_MAX ? MARK_ODD : 0) | (f.blank & (listed << 1 | listed >> 1 | edge) ? MARK_BLANK : 0));
		o = peel(&f, base + (uint32_t)b, o);
	}
	return (size_t)(o - out);
}
#else
size_t scan_text(const char *p, size_t n, uint32_t base, char sep, char quote, uint32_t *out, uint8_t *mark)
{
	return scan_text_plain(p, n, base, sep, quote, out, mark);
}
#endif
