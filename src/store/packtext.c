/* room: store
 * The column codec for texts: n texts to bytes and back.
 *
 *   NONE                                    all missing
 *   CONST     text
 *   TEMPLATE  prefix, digits, numbers       prefix and a number, zero-padded to `digits` or plain (0)
 *   DICT      distinct texts, codes         codes as integers; WEND_NONE = missing
 *   FRONT     shared, lengths, bytes        bytes shared with the text before, and the rest
 *   RAW       lengths, bytes                length WEND_NONE = missing
 *
 * Lengths, codes, numbers are packed integers. A text that is not written out in full
 * (FRONT, TEMPLATE) is bounded, so that a damaged block costs an error, never memory.
 */
#include "store/format.h"

#include "store/template.h"
#include "store/varint.h"
#include "wend/hash.h"
#include "wend/mem.h"

enum { TEXTS_NONE, TEXTS_CONST, TEXTS_TEMPLATE, TEXTS_DICT, TEXTS_FRONT, TEXTS_RAW };
#define SHORT_TEXT 1024 /* longest text that FRONT and TEMPLATE hold */
#define LENGTH_BITS 24  /* of a handle */

static int64_t handle_of(size_t offset, size_t length) { return (int64_t)((uint64_t)offset << LENGTH_BITS | length); }

/* ---- templates ---- */

/* The template that every present text fits; fills the numbers. */
static bool find_template(struct text_template *t, const struct sv *v, size_t n, int64_t *number)
{
	t->prefix = SV_NONE;
	for (size_t i = 0; i < n; i++) {
		if (!v[i].p) {
			number[i] = WEND_NONE;
			continue;
		}
		if (!t->prefix.p && !template_of(t, v[i]))
			return false;
		if (!template_number(t, v[i], &number[i]))
			return false;
	}
	return t->prefix.p != NULL;
}

bool template_of(struct text_template *t, struct sv v)
{
	size_t from = v.n;
	while (from && v.n - from < TEMPLATE_DIGITS && v.p[from - 1] >= '0' && v.p[from - 1] <= '9')
		from--;
	if (from == v.n || from > SHORT_TEXT)
		return false;
	t->prefix = sv_n(v.p, from);
	/* A leading zero proves a fixed width; else the number says its own length. */
	t->digits = v.p[from] == '0' && v.n - from > 1 ? (unsigned)(v.n - from) : 0;
	return true;
}

size_t template_text(const struct text_template *t, int64_t number, char *out)
{
	char digit[24];
	size_t k = sizeof digit;
	uint64_t u = (uint64_t)number;
	do
		digit[--k] = (char)('0' + u % 10);
	while (u /= 10);
	while (sizeof digit - k < t->digits)
		digit[--k] = '0';
	memcpy(out, t->prefix.p, t->prefix.n);
	memcpy(out + t->prefix.n, digit + k, sizeof digit - k);
	return t->prefix.n + sizeof digit - k;
}

void pack_template(struct str *out, const struct text_template *t, const int64_t *number, size_t n)
{
	str_putc(out, TEXTS_TEMPLATE);
	put_varint(out, t->prefix.n);
	str_sv(out, t->prefix);
	put_varint(out, t->digits);
	pack_ints(out, number, n);
}

bool unpack_numbers(const struct text_template *t, int64_t *number, size_t n, const void *p, size_t bytes)
{
	struct bytes b = { p, (const unsigned char *)p + bytes }, prefix;
	uint64_t digits;
	if (!n || !bytes || *b.p++ != TEXTS_TEMPLATE || !get_blob(&b, &prefix) || !get_varint(&b, &digits))
		return false;
	return digits == t->digits && sv_eq(t->prefix, sv_n((const char *)prefix.p, (size_t)(prefix.end - prefix.p)))
		&& unpack_ints(number, n, b.p, (size_t)(b.end - b.p));
}

static bool unpack_template(struct str *pool, int64_t *h, size_t n, struct bytes b)
{
	struct bytes prefix;
	uint64_t digits;
	if (!get_blob(&b, &prefix) || !get_varint(&b, &digits) || digits > TEMPLATE_DIGITS || prefix.end - prefix.p > SHORT_TEXT
	    || !unpack_ints(h, n, b.p, (size_t)(b.end - b.p)))
		return false;
	struct text_template t = { sv_n((const char *)prefix.p, (size_t)(prefix.end - prefix.p)), (unsigned)digits };
	size_t most = t.prefix.n + 20;
	for (size_t i = 0; i < n; i++) {
		if (h[i] == WEND_NONE)
			continue;
		if (h[i] < 0)
			return false;
		GROW(pool->p, pool->cap, pool->n + most + 1);
		size_t length = template_text(&t, h[i], pool->p + pool->n);
		h[i] = handle_of(pool->n, length);
		pool->n += length;
	}
	if (pool->p)
		pool->p[pool->n] = 0;
	return true;
}

/* ---- dictionary ---- */

/* Codes by first appearance; 0 = more than `most` distinct texts. */
static size_t find_codes(const struct sv *v, size_t n, int64_t *code, uint32_t *distinct, size_t most)
{
	size_t cap = 64;
	while (cap < 4 * most)
		cap *= 2;
	uint32_t *slot = xcalloc(cap, sizeof *slot);
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		if (!v[i].p) {
			code[i] = WEND_NONE;
			continue;
		}
		if (i && v[i - 1].p && sv_eq(v[i], v[i - 1])) {
			code[i] = code[i - 1];
			continue;
		}
		size_t k = hash64(v[i].p, v[i].n) & (cap - 1);
		while (slot[k] && !sv_eq(v[distinct[slot[k] - 1]], v[i]))
			k = (k + 1) & (cap - 1);
		if (!slot[k]) {
			if (m == most) {
				m = 0;
				break;
			}
			distinct[m] = (uint32_t)i;
			slot[k] = (uint32_t)++m;
		}
		code[i] = (int64_t)slot[k] - 1;
	}
	free(slot);
	return m;
}

static void pack_dict(struct str *out, const struct sv *v, size_t n, const int64_t *code, const uint32_t *distinct, size_t m)
{
	int64_t *length = xreallocarray(NULL, m, sizeof *length);
	struct str blob = STR_INIT;
	size_t bytes = 0;
	for (size_t k = 0; k < m; k++)
		bytes += (size_t)(length[k] = (int64_t)v[distinct[k]].n);
	str_putc(out, TEXTS_DICT);
	put_varint(out, m);
	pack_ints(&blob, length, m);
	put_blob(out, &blob);
	put_varint(out, bytes);
	for (size_t k = 0; k < m; k++)
		str_sv(out, v[distinct[k]]);
	pack_ints(out, code, n);
	str_release(&blob);
	free(length);
}

/* Lengths to handles of texts that follow each other in `bytes`, which go to the pool. */
static bool place(struct str *pool, int64_t *h, size_t n, struct bytes bytes)
{
	size_t at = pool->n, left = (size_t)(bytes.end - bytes.p);
	for (size_t i = 0; i < n; i++) {
		if (h[i] == WEND_NONE)
			continue;
		if (h[i] < 0 || (uint64_t)h[i] > left || (uint64_t)h[i] >> LENGTH_BITS)
			return false;
		size_t length = (size_t)h[i];
		h[i] = handle_of(at, length);
		at += length;
		left -= length;
	}
	str_add(pool, bytes.p, (size_t)(bytes.end - bytes.p));
	return true;
}

static bool unpack_dict(struct str *pool, int64_t *h, size_t n, struct bytes b)
{
	uint64_t m;
	struct bytes lengths, texts;
	if (!get_varint(&b, &m) || !m || m > n || !get_blob(&b, &lengths) || !get_blob(&b, &texts))
		return false;
	int64_t *word = xreallocarray(NULL, (size_t)m, sizeof *word);
	bool ok = unpack_ints(word, (size_t)m, lengths.p, (size_t)(lengths.end - lengths.p)) && place(pool, word, (size_t)m, texts)
		&& unpack_ints(h, n, b.p, (size_t)(b.end - b.p));
	for (size_t i = 0; ok && i < n; i++) {
		if (h[i] == WEND_NONE)
			continue;
		ok = (uint64_t)h[i] < m;
		h[i] = ok ? word[h[i]] : WEND_NONE;
	}
	free(word);
	return ok;
}

/* ---- front coding and raw ---- */

static size_t shared_bytes(struct sv a, struct sv b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

static void pack_front(struct str *out, const struct sv *v, size_t n, int64_t *work)
{
	int64_t *shared = work, *rest = work + n;
	struct sv before = SV("");
	struct str blob = STR_INIT;
	for (size_t i = 0; i < n; i++) {
		shared[i] = v[i].p ? (int64_t)shared_bytes(before, v[i]) : 0;
		rest[i] = v[i].p ? (int64_t)v[i].n - shared[i] : WEND_NONE;
		if (v[i].p)
			before = v[i];
	}
	str_putc(out, TEXTS_FRONT);
	pack_ints(&blob, shared, n);
	put_blob(out, &blob);
	str_reset(&blob);
	pack_ints(&blob, rest, n);
	put_blob(out, &blob);
	str_release(&blob);
	for (size_t i = 0; i < n; i++)
		if (v[i].p)
			str_add(out, v[i].p + shared[i], (size_t)rest[i]);
}

static bool unpack_front(struct str *pool, int64_t *h, size_t n, struct bytes b)
{
	struct bytes shareds, rests;
	if (!get_blob(&b, &shareds) || !get_blob(&b, &rests) || !unpack_ints(h, n, rests.p, (size_t)(rests.end - rests.p)))
		return false;
	int64_t *shared = xreallocarray(NULL, n, sizeof *shared);
	bool ok = unpack_ints(shared, n, shareds.p, (size_t)(shareds.end - shareds.p));
	size_t before = pool->n, before_n = 0;
	for (size_t i = 0; ok && i < n; i++) {
		if (h[i] == WEND_NONE)
			continue;
		uint64_t s = (uint64_t)shared[i], r = (uint64_t)h[i];
		ok = s <= before_n && r <= (uint64_t)(b.end - b.p) && s + r <= SHORT_TEXT;
		if (!ok)
			break;
		GROW(pool->p, pool->cap, pool->n + SHORT_TEXT + 1);
		memcpy(pool->p + pool->n, pool->p + before, (size_t)s);
		memcpy(pool->p + pool->n + s, b.p, (size_t)r);
		b.p += r;
		before = pool->n;
		before_n = (size_t)(s + r);
		h[i] = handle_of(before, before_n);
		pool->n += before_n;
	}
	if (pool->p)
		pool->p[pool->n] = 0;
	free(shared);
	return ok;
}

static void pack_raw(struct str *out, const struct sv *v, size_t n, int64_t *length)
{
	struct str blob = STR_INIT;
	for (size_t i = 0; i < n; i++)
		length[i] = v[i].p ? (int64_t)v[i].n : WEND_NONE;
	str_putc(out, TEXTS_RAW);
	pack_ints(&blob, length, n);
	put_blob(out, &blob);
	str_release(&blob);
	for (size_t i = 0; i < n; i++)
		if (v[i].p)
			str_sv(out, v[i]);
}

/* ---- both ways ---- */

void pack_texts(struct str *out, const struct sv *v, size_t n)
{
	size_t present = 0, bytes = 0, longest = 0, saved = 0, last = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		if (!v[i].p)
			continue;
		present++;
		bytes += v[i].n;
		longest = v[i].n > longest ? v[i].n : longest;
	}
	if (!present) {
		str_putc(out, TEXTS_NONE);
		return;
	}
	int64_t *work = xreallocarray(NULL, n, 2 * sizeof *work);
	uint32_t *distinct = xreallocarray(NULL, n, sizeof *distinct);
	struct text_template t;
	size_t m;
	if (find_template(&t, v, n, work)) {
		pack_template(out, &t, work, n);
	} else if ((m = find_codes(v, n, work, distinct, present / 3 + 1)) == 1 && present == n) {
		str_putc(out, TEXTS_CONST);
		put_varint(out, v[0].n);
		str_sv(out, v[0]);
	} else if (m) {
		pack_dict(out, v, n, work, distinct, m);
	} else {
		for (size_t i = 0; longest <= SHORT_TEXT && i < n; i++) {
			if (!v[i].p)
				continue;
			saved += last == SIZE_MAX ? 0 : shared_bytes(v[last], v[i]);
			last = i;
		}
		if (saved > n && saved > bytes / 4)
			pack_front(out, v, n, work);
		else
			pack_raw(out, v, n, work);
	}
	free(distinct);
	free(work);
}

bool unpack_texts(struct str *pool, int64_t *h, size_t n, const void *p, size_t bytes)
{
	struct bytes b = { p, (const unsigned char *)p + bytes }, text;
	if (!n)
		return true;
	if (!bytes)
		return false;
	switch (*b.p++) {
	case TEXTS_NONE:
		for (size_t i = 0; i < n; i++)
			h[i] = WEND_NONE;
		return true;
	case TEXTS_CONST:
		if (!get_blob(&b, &text) || (text.end - text.p) >> LENGTH_BITS)
			return false;
		h[0] = handle_of(pool->n, (size_t)(text.end - text.p));
		str_add(pool, text.p, (size_t)(text.end - text.p));
		for (size_t i = 1; i < n; i++)
			h[i] = h[0];
		return true;
	case TEXTS_TEMPLATE:
		return unpack_template(pool, h, n, b);
	case TEXTS_DICT:
		return unpack_dict(pool, h, n, b);
	case TEXTS_FRONT:
		return unpack_front(pool, h, n, b);
	case TEXTS_RAW:
		return get_blob(&b, &text) && unpack_ints(h, n, text.p, (size_t)(text.end - text.p)) && place(pool, h, n, b);
	default:
		return false;
	}
}
