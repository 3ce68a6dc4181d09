/* Terms of eight bytes and more: when the shortest of them has m bytes, one of every m - 3
 * places is looked at; whatever stands around it, four bytes of it, from its first to its
 * (m - 3)rd, begin there. A bit in 8 KiB says no for nearly all places (Wu and Manber 1994,
 * without their table of shifts: ours is one number). Few shorter ones, which would make
 * that step small, are looked for sixteen places at a time by their first two bytes.
 */
#include <endian.h>

#include "erase_find.h"

#define BRIEF 8

/* Of four bytes, small letters and capitals alike. */
static uint32_t four(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return (v | 0x20202020u) * 2654435761u >> 16;
}

static bool looked_for(const struct term *t, bool only_hit)
{
	return t->text.n >= (t->kind == TERM_TEXT ? TEXT_MIN : KEY_MIN) && (!only_hit || t->hits);
}

static void add_entries(struct finder *f, uint32_t term)
{
	for (uint32_t from = 0; from < f->step; from++) {
		uint32_t h = four(f->t->v[term].text.p + from);

		f->entry[f->nentry] = (struct finder_entry){ term, f->bucket[h], from };
		f->bucket[h] = (uint32_t)++f->nentry;
		f->first[h >> 3] |= (uint8_t)(1u << (h & 7));
	}
}

void finder_init(struct finder *f, struct terms *t, bool only_hit)
{
	size_t nlong = 0, least = LOOK_MAX, nbrief = 0;
	bool brief;

	*f = (struct finder){ .t = t };
	for (size_t i = 0; i < t->n; i++)
		nbrief += looked_for(&t->v[i], only_hit) && t->v[i].text.n < BRIEF;
#ifdef __SSE2__
	brief = nbrief <= sizeof f->brief / sizeof *f->brief;
#else
	brief = false;
#endif
	for (size_t i = 0; i < t->n; i++) {
		if (!looked_for(&t->v[i], only_hit))
			continue;
		f->any = true;
		if (brief && t->v[i].text.n < BRIEF) {
			f->brief[f->nbrief++] = (uint32_t)i;
			continue;
		}
		nlong++;
		least = t->v[i].text.n < least ? t->v[i].text.n : least;
	}
	f->step = least - 3 < 16 ? least - 3 : 16;
	if (!nlong)
		return;
	f->first = xcalloc(1 << 13, 1);
	f->bucket = xcalloc(1 << 16, sizeof *f->bucket);
	f->entry = xreallocarray(NULL, nlong * f->step, sizeof *f->entry);
	for (size_t i = 0; i < t->n; i++)
		if (looked_for(&t->v[i], only_hit) && !(brief && t->v[i].text.n < BRIEF))
			add_entries(f, (uint32_t)i);
}

void finder_release(struct finder *f)
{
	free(f->first);
	free(f->bucket);
	free(f->entry);
}

static void try_at(const struct finder *f, uint32_t term, const char *p, size_t n, size_t at, hit_fn *fn, void *ctx)
{
	struct term *t = &f->t->v[term];
	size_t len = t->text.n < LOOK_MAX ? t->text.n : LOOK_MAX, i = 0;

	if (len > n - at)
		return;
	while (i < len && (p[at + i] >= 'A' && p[at + i] <= 'Z' ? p[at + i] + 32 : p[at + i]) == t->text.p[i])
		i++;
	if (i == len)
		fn(ctx, t, p, n, at);
}

static void find_long(const struct finder *f, const char *p, size_t begin, size_t n, hit_fn *fn, void *ctx)
{
	for (size_t i = 0; i + 4 <= n && i < begin + f->step; i += f->step) {
		uint32_t h = four(p + i);

		if (!(f->first[h >> 3] >> (h & 7) & 1))
			continue;
		for (uint32_t k = f->bucket[h]; k; k = f->entry[k - 1].next) {
			const struct finder_entry *e = &f->entry[k - 1];

			if (e->from <= i && i - e->from < begin)
				try_at(f, e->term, p, n, i - e->from, fn, ctx);
		}
	}
}

#ifdef __SSE2__
#include <emmintrin.h>

static void find_brief(const struct finder *f, uint32_t term, const char *p, size_t begin, size_t n, hit_fn *fn, void *ctx)
{
	const char *text = f->t->v[term].text.p;
	const __m128i small = _mm_set1_epi8(0x20), a = _mm_set1_epi8((char)(text[0] | 0x20)), b = _mm_set1_epi8((char)(text[1] | 0x20));
	size_t i = 0;

	for (; i + 17 <= n && i + 16 <= begin; i += 16) {
		__m128i v = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(p + i)), small);
		__m128i w = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(p + i + 1)), small);

		for (unsigned bits = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(v, a), _mm_cmpeq_epi8(w, b))); bits; bits &= bits - 1)
			try_at(f, term, p, n, i + (unsigned)__builtin_ctz(bits), fn, ctx);
	}
	for (; i < begin && i < n; i++)
		try_at(f, term, p, n, i, fn, ctx);
}
#endif

void finder_find(const struct finder *f, const char *p, size_t begin, size_t n, hit_fn *fn, void *ctx)
{
	begin = begin < n ? begin : n;
	if (f->entry)
		find_long(f, p, begin, n, fn, ctx);
#ifdef __SSE2__
	for (size_t i = 0; i < f->nbrief; i++)
		find_brief(f, f->brief[i], p, begin, n, fn, ctx);
#endif
}
