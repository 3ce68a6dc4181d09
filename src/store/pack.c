/* room: store
 * The column codec: n integers to bytes and back.
 *
 * One pass over the column finds range, common stride (civil days are
 * multiples of 172,800), runs, steps and gaps; the smallest of these forms is written:
 *
 *   CONST   value                            one value n times
 *   FRAME   base stride width codes          v = base + code * stride
 *   FRAME_N the same, code 0 = WEND_NONE     v = base + (code - 1) * stride
 *   STEPS   first base stride width codes    v[i] = v[i-1] + base + code * stride
 *   RUNS    m, lengths, values               both packed again
 *   SPARSE  m, gaps, values                  rows between two present values; the others are WEND_NONE
 *
 * Numbers in heads are LEB128 varints, signed ones zigzag; codes are `width` bits each,
 * lowest bit first, so that eight codes begin on a byte and a decoder of fixed width is
 * one load, shift and mask a value (Lemire and Boytsov 2015 measure the family).
 *
 * A decoder believes nothing: every length is checked against what is left. Texts are
 * packed in packtext.c.
 */
#include "store/format.h"

#include "store/varint.h"
#include "wend/mem.h"

enum { INTS_CONST, INTS_FRAME, INTS_FRAME_N, INTS_STEPS, INTS_RUNS, INTS_SPARSE };
static unsigned bit_width(uint64_t u) { return u ? 64 - (unsigned)__builtin_clzll(u) : 0; }

/* ---- bits ---- */

static void put_word(unsigned char *p, uint64_t w)
{
	w = htole64(w);
	memcpy(p, &w, 8);
}

static uint64_t get_word(const unsigned char *p)
{
	uint64_t w;
	memcpy(&w, p, 8);
	return le64toh(w);
}

/* The codes of one frame, made on the way so that no array of them is needed. */
struct bit_writer {
	unsigned char *p;
	uint64_t acc;
	unsigned fill, width;
};

static inline void put_bits(struct bit_writer *w, uint64_t code)
{
	w->acc |= code << w->fill;
	w->fill += w->width;
	if (w->fill >= 64) {
		put_word(w->p, w->acc);
		w->p += 8;
		w->fill -= 64;
		w->acc = w->fill ? code >> (w->width - w->fill) : 0;
	}
}

static size_t bits_size(size_t n, unsigned width) { return (n * width + 7) / 8; }

/* Room for n codes at the end of `out`, rounded up to whole words. */
static struct bit_writer bits_begin(struct str *out, size_t n, unsigned width)
{
	static const char zero[16];
	size_t room = bits_size(n, width) + 16, at = out->n;
	if (out->cap - out->n < room + 1) {
		size_t cap = out->cap * 2 > at + room + 1 ? out->cap * 2 : at + room + 1;
		out->p = xrealloc(out->p, cap);
		out->cap = cap;
	}
	str_add(out, zero, 0);
	return (struct bit_writer){ (unsigned char *)out->p + at, 0, 0, width };
}

static void bits_end(struct str *out, struct bit_writer *w, size_t n)
{
	if (w->fill)
		put_word(w->p, w->acc);
	out->n += bits_size(n, w->width);
	out->p[out->n] = 0;
}

/* One code of any width; only for the end of the codes, where a whole word may not be left. */
static uint64_t bits_at(const unsigned char *p, size_t size, size_t i, unsigned width)
{
	if (!width)
		return 0;
	size_t bit = i * width, from = bit >> 3;
	unsigned shift = bit & 7;
	unsigned char tail[16] = { 0 };
	memcpy(tail, p + from, size - from < 9 ? size - from : 9);
	uint64_t x = get_word(tail) >> shift;
	if (shift + width > 64)
		x |= (uint64_t)tail[8] << (64 - shift);
	return width == 64 ? x : x & ((1ull << width) - 1);
}

/* Whole groups of eight codes; `width` is a constant in each copy. */
static inline __attribute__((always_inline)) void unpack_groups(int64_t *v, size_t groups, const unsigned char *p, unsigned width, uint64_t base, uint64_t stride)
{
	const uint64_t mask = (1ull << width) - 1;
	for (; groups; groups--, v += 8, p += width) {
#define ONE(k) v[k] = (int64_t)(base + (get_word(p + ((k) * width >> 3)) >> ((k) * width & 7) & mask) * stride)
		ONE(0); ONE(1); ONE(2); ONE(3); ONE(4); ONE(5); ONE(6); ONE(7);
#undef ONE
	}
}

static void unpack_bits(int64_t *v, size_t n, const unsigned char *p, size_t size, unsigned width, uint64_t base, uint64_t stride)
{
	size_t groups = 0;
	/* The last load of a group touches 8 bytes from byte 7 * width / 8. */
	if (width && width <= 56 && size >= 7 * width / 8 + 8) {
		groups = (size - (7 * width / 8 + 8)) / width + 1;
		if (groups > n / 8)
			groups = n / 8;
	}
	switch (groups ? width : 0) {
	case 0: break;
#define W(w) case w: unpack_groups(v, groups, p, w, base, stride); break;
	W(1) W(2) W(3) W(4) W(5) W(6) W(7) W(8) W(9) W(10) W(11) W(12) W(13) W(14) W(15) W(16)
	W(17) W(18) W(19) W(20) W(21) W(22) W(23) W(24) W(25) W(26) W(27) W(28) W(29) W(30) W(31) W(32)
#undef W
	default: unpack_groups(v, groups, p, width, base, stride);
	}
	for (size_t i = groups * 8; i < n; i++)
		v[i] = (int64_t)(base + bits_at(p, size, i, width) * stride);
}

/* ---- integers ---- */

struct shape {
	int64_t min, max;        /* of present values */
	int64_t step_min, step_max;
	size_t none, runs;
	uint64_t stride;
};

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;
		a = b;
		b = r;
	}
	return a;
}

/* Inverse of an odd number modulo 2^64 (Newton), to test divisibility by one multiplication. */
static uint64_t inverse(uint64_t odd)
{
	uint64_t x = odd * 3 ^ 2;
	for (int i = 0; i < 4; i++)
		x *= 2 - odd * x;
	return x;
}

/* Greatest common divisor of all v - min. Random data reaches 1 after a few values. */
static uint64_t find_stride(const int64_t *v, size_t n, int64_t min)
{
	uint64_t any = 0;
	for (size_t i = 0; i < n; i++)
		any |= v[i] == WEND_NONE ? 0 : (uint64_t)v[i] - (uint64_t)min;
	if (!any)
		return 1;
	unsigned shift = (unsigned)__builtin_ctzll(any);
	uint64_t g = 0, inv = 0, limit = 0;
	for (size_t i = 0; i < n && g != 1; i++) {
		if (v[i] == WEND_NONE)
			continue;
		uint64_t d = ((uint64_t)v[i] - (uint64_t)min) >> shift;
		if (!d || (g && d * inv <= limit))
			continue;
		g = gcd(g, d);
		g >>= __builtin_ctzll(g);
		inv = inverse(g);
		limit = UINT64_MAX / g;
	}
	return (g ? g : 1) << shift;
}

static struct shape shape_of(const int64_t *v, size_t n)
{
	struct shape s = { INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, 0, 1, 1 };
	for (size_t i = 0; i < n; i++) {
		s.none += v[i] == WEND_NONE;
		int64_t low = v[i] == WEND_NONE ? INT64_MAX : v[i];
		s.min = low < s.min ? low : s.min;
		s.max = v[i] > s.max ? v[i] : s.max;
	}
	for (size_t i = 1; i < n; i++) {
		int64_t d = (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1]);
		s.runs += d != 0;
		s.step_min = d < s.step_min ? d : s.step_min;
		s.step_max = d > s.step_max ? d : s.step_max;
	}
	return s;
}

static void pack_frame(struct str *out, const int64_t *v, size_t n, const struct shape *s, unsigned width)
{
	uint64_t min = (uint64_t)s->min;
	str_putc(out, s->none ? INTS_FRAME_N : INTS_FRAME);
	put_varint(out, zigzag(s->min));
	put_varint(out, s->stride);
	str_putc(out, (char)width);
	struct bit_writer w = bits_begin(out, n, width);
	unsigned shift = (unsigned)__builtin_ctzll(s->stride);
	uint64_t odd = inverse(s->stride >> shift); /* exact division is a multiplication */
	if (s->none)
		for (size_t i = 0; i < n; i++)
			put_bits(&w, v[i] == WEND_NONE ? 0 : (((uint64_t)v[i] - min) >> shift) * odd + 1);
	else
		for (size_t i = 0; i < n; i++)
			put_bits(&w, (((uint64_t)v[i] - min) >> shift) * odd);
	bits_end(out, &w, n);
}

static void pack_steps(struct str *out, const int64_t *v, size_t n, const struct shape *s, unsigned width)
{
	str_putc(out, INTS_STEPS);
	put_varint(out, zigzag(v[0]));
	put_varint(out, zigzag(s->step_min));
	put_varint(out, s->stride);
	str_putc(out, (char)width);
	struct bit_writer w = bits_begin(out, n - 1, width);
	unsigned shift = (unsigned)__builtin_ctzll(s->stride);
	uint64_t odd = inverse(s->stride >> shift), least = (uint64_t)s->step_min;
	for (size_t i = 1; i < n; i++)
		put_bits(&w, (((uint64_t)v[i] - (uint64_t)v[i - 1] - least) >> shift) * odd);
	bits_end(out, &w, n - 1);
}

/* How deep pairs nest in pairs (lengths of runs that are runs themselves ...). */
#define DEPTH 3
static void pack_nested(struct str *out, const int64_t *v, size_t n, int depth);

/* RUNS (values and their lengths) or SPARSE (present values and the gaps before them). */
static void pack_pairs(struct str *out, const int64_t *v, size_t n, int tag, size_t m, int depth)
{
	int64_t *first = xreallocarray(NULL, m ? m : 1, 2 * sizeof *first), *value = first + m;
	size_t k = 0, from = 0;
	for (size_t i = 0; i < n; i++) {
		if (tag == INTS_RUNS ? i + 1 < n && v[i + 1] == v[i] : v[i] == WEND_NONE)
			continue;
		first[k] = (int64_t)(i + (tag == INTS_RUNS) - from);
		value[k++] = v[i];
		from = i + 1;
	}
	struct str blob = STR_INIT;
	str_putc(out, (char)tag);
	put_varint(out, m);
	pack_nested(&blob, first, m, depth - 1);
	put_blob(out, &blob);
	pack_nested(out, value, m, depth - 1);
	str_release(&blob);
	free(first);
}

static void pack_nested(struct str *out, const int64_t *v, size_t n, int depth)
{
	if (!n)
		return;
	struct shape s = shape_of(v, n);
	if (s.runs == 1) {
		str_putc(out, INTS_CONST);
		put_varint(out, zigzag(v[0]));
		return;
	}
	uint64_t range = (uint64_t)s.max - (uint64_t)s.min;
	size_t present = n - s.none;
	s.stride = find_stride(v, n, s.min);
	unsigned width = bit_width(range / s.stride + (s.none > 0));
	size_t best = bits_size(n, width), size;
	int form = INTS_FRAME;
	/* Steps cannot overflow when the range is this small and nothing is missing. */
	unsigned step_width = 64;
	if (!s.none && range < 1ull << 62) {
		step_width = bit_width(((uint64_t)s.step_max - (uint64_t)s.step_min) / s.stride);
		size = bits_size(n - 1, step_width) + 6;
		if (size < best)
			best = size, form = INTS_STEPS;
	}
	size = bits_size(s.runs, width + bit_width(2 * n / s.runs)) + 12;
	if (depth && size < best - best / 8)
		best = size, form = INTS_RUNS;
	if (depth && s.none) {
		unsigned w = bit_width(range / s.stride);
		size = bits_size(present, w + bit_width(8 * s.none / present)) + 12;
		if (size < best - best / 8)
			best = size, form = INTS_SPARSE;
	}
	if (form == INTS_FRAME)
		pack_frame(out, v, n, &s, width);
	else if (form == INTS_STEPS)
		pack_steps(out, v, n, &s, step_width);
	else
		pack_pairs(out, v, n, form, form == INTS_RUNS ? s.runs : present, depth);
}

void pack_ints(struct str *out, const int64_t *v, size_t n)
{
	pack_nested(out, v, n, DEPTH);
}

static bool unpack_frame(int64_t *v, size_t n, struct bytes b, bool none)
{
	int64_t base;
	uint64_t stride;
	if (!get_signed(&b, &base) || !get_varint(&b, &stride) || b.p == b.end)
		return false;
	unsigned width = *b.p++;
	size_t size = (size_t)(b.end - b.p);
	if (width > 64 || n > SIZE_MAX / 64 || bits_size(n, width) > size)
		return false;
	if (!none) {
		unpack_bits(v, n, b.p, size, width, (uint64_t)base, stride);
		return true;
	}
	unpack_bits(v, n, b.p, size, width, 0, 1);
	for (size_t i = 0; i < n; i++)
		v[i] = v[i] ? (int64_t)((uint64_t)base + ((uint64_t)v[i] - 1) * stride) : WEND_NONE;
	return true;
}

static bool unpack_steps(int64_t *v, size_t n, struct bytes b)
{
	int64_t first, base;
	uint64_t stride;
	if (!get_signed(&b, &first) || !get_signed(&b, &base) || !get_varint(&b, &stride) || b.p == b.end)
		return false;
	unsigned width = *b.p++;
	size_t size = (size_t)(b.end - b.p);
	if (width > 64 || n > SIZE_MAX / 64 || bits_size(n - 1, width) > size)
		return false;
	v[0] = first;
	unpack_bits(v + 1, n - 1, b.p, size, width, (uint64_t)base, stride);
	uint64_t at = (uint64_t)first;
	for (size_t i = 1; i < n; i++)
		v[i] = (int64_t)(at += (uint64_t)v[i]);
	return true;
}

static bool unpack_nested(int64_t *v, size_t n, const void *p, size_t bytes, int depth);

static bool unpack_pairs(int64_t *v, size_t n, struct bytes b, int tag, int depth)
{
	uint64_t m;
	struct bytes firsts;
	if (!depth || !get_varint(&b, &m) || m > n || !get_blob(&b, &firsts))
		return false;
	int64_t *first = xreallocarray(NULL, m ? (size_t)m : 1, 2 * sizeof *first), *value = first + m;
	size_t at = 0;
	bool ok = unpack_nested(first, (size_t)m, firsts.p, (size_t)(firsts.end - firsts.p), depth - 1)
		&& unpack_nested(value, (size_t)m, b.p, (size_t)(b.end - b.p), depth - 1);
	for (size_t k = 0; ok && k < m; k++) {
		ok = first[k] >= 0 && (uint64_t)first[k] + (tag == INTS_SPARSE) <= n - at;
		for (int64_t i = 0; ok && i < first[k]; i++)
			v[at++] = tag == INTS_RUNS ? value[k] : WEND_NONE;
		if (ok && tag == INTS_SPARSE)
			v[at++] = value[k];
	}
	ok = ok && (tag == INTS_SPARSE || at == n);
	while (ok && at < n)
		v[at++] = WEND_NONE;
	free(first);
	return ok;
}

static bool unpack_nested(int64_t *v, size_t n, const void *p, size_t bytes, int depth)
{
	if (!n)
		return true;
	if (!bytes)
		return false;
	struct bytes b = { p, (const unsigned char *)p + bytes };
	int tag = *b.p++;
	switch (tag) {
	case INTS_CONST: {
		int64_t c;
		if (!get_signed(&b, &c))
			return false;
		for (size_t i = 0; i < n; i++)
			v[i] = c;
		return true;
	}
	case INTS_FRAME: case INTS_FRAME_N:
		return unpack_frame(v, n, b, tag == INTS_FRAME_N);
	case INTS_STEPS:
		return unpack_steps(v, n, b);
	case INTS_RUNS: case INTS_SPARSE:
		return unpack_pairs(v, n, b, tag, depth);
	default:
		return false;
	}
}

bool unpack_ints(int64_t *v, size_t n, const void *p, size_t bytes)
{
	return unpack_nested(v, n, p, bytes, DEPTH);
}
