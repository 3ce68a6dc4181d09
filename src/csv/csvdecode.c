/* room: csv
 * From bytes to UTF-8 text. What has a byte order mark, or a NUL in every second byte,
 * is known from its first bytes and converted here. What looks like UTF-8 passes
 * through untouched; the reader judges it record by record, because one foreign line
 * must not change how the others are read.
 */
#include "csvimpl.h"

#include <errno.h>
#include <strings.h>
#include "wend/mem.h"

#define BLOCK (64u << 10)

/* Windows-1252 from 0x80 to 0x9f; the five holes keep their control character. */
static const uint16_t cp1252_high[32] = {
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
};

static size_t put_code(char *d, uint32_t c)
{
	if (c < 0x80) {
		d[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		d[0] = (char)(0xc0 | c >> 6);
		d[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		d[0] = (char)(0xe0 | c >> 12);
		d[1] = (char)(0x80 | (c >> 6 & 63));
		d[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	d[0] = (char)(0xf0 | c >> 18);
	d[1] = (char)(0x80 | (c >> 12 & 63));
	d[2] = (char)(0x80 | (c >> 6 & 63));
	d[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* The five undefined bytes, and 0xff, which hardly any word of any language holds. */
bool cp1252_plausible(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == 0xff || (c >= 0x80 && c < 0xa0 && cp1252_high[c - 0x80] == c))
			return false;
	}
	return true;
}

size_t cp1252_put(char *dst, const char *p, size_t n)
{
	char *d = dst;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		d += put_code(d, c >= 0x80 && c < 0xa0 ? cp1252_high[c - 0x80] : c);
	}
	return (size_t)(d - dst);
}

static enum wend_err load(struct decoder *d, struct err *err)
{
	size_t rest = d->raw_n - d->raw_at, got;
	enum wend_err r;

	memmove(d->raw, d->raw + d->raw_at, rest);
	d->raw_at = 0;
	d->raw_n = rest;
	r = source_fill(d->src, d->raw + rest, BLOCK - rest, &got, err);
	d->raw_n += got;
	d->raw_end = got == 0;
	return r;
}

/* An unpaired surrogate is written as the three bytes it would have, which is not UTF-8:
 * the reader then rejects that record and no other. */
static size_t utf16_put(struct decoder *d, char *dst, size_t units)
{
	const unsigned char *p = (const unsigned char *)d->raw + d->raw_at;
	unsigned hi = d->kind == TEXT_UTF16BE ? 0 : 1;
	char *o = dst;

	for (size_t k = 0; k < units; k++, p += 2) {
		uint32_t u = (uint32_t)p[hi] << 8 | p[1 - hi];

		if (d->high) {
			if (u >= 0xdc00 && u < 0xe000)
				u = 0x10000 + ((d->high - 0xd800) << 10) + (u - 0xdc00);
			else
				o += put_code(o, d->high);
			d->high = 0;
		}
		if (u >= 0xd800 && u < 0xdc00)
			d->high = u;
		else
			o += put_code(o, u);
	}
	d->raw_at += 2 * units;
	return (size_t)(o - dst);
}

static size_t iconv_put(struct decoder *d, char *dst, size_t cap)
{
	char *in = d->raw + d->raw_at, *out = dst;
	size_t left = d->raw_n - d->raw_at, room = cap;

	while (left && room >= 8) {
		if (iconv(d->cd, &in, &left, &out, &room) != (size_t)-1 || errno == E2BIG)
			break;
		if (errno == EINVAL && !d->raw_end)
			break;
		/* No character there: a byte that is not UTF-8 makes the reader reject the record. */
		*out++ = (char)0xff;
		room--;
		in++;
		left--;
	}
	d->raw_at = d->raw_n - left;
	return (size_t)(out - dst);
}

enum wend_err decoder_read(struct decoder *d, char *dst, size_t cap, size_t *got, struct err *err)
{
	enum wend_err r;

	*got = 0;
	if (d->kind == TEXT_UTF8) {
		size_t have = d->raw_n - d->raw_at < cap ? d->raw_n - d->raw_at : cap;

		memcpy(dst, d->raw + d->raw_at, have);
		d->raw_at += have;
		r = have < cap ? source_fill(d->src, dst + have, cap - have, got, err) : WEND_OK;
		*got += have;
		return r;
	}
	while (*got == 0) {
		size_t n;

		if (d->raw_n - d->raw_at < 8 && !d->raw_end) {
			r = load(d, err);
			if (r)
				return r;
		}
		n = d->raw_n - d->raw_at;
		if (d->raw_end && (n == 0 || (d->kind != TEXT_ICONV && d->kind != TEXT_CP1252 && n < 2))) {
			if (d->high || n) { /* half a character at the very end */
				d->high = 0;
				d->raw_at = d->raw_n;
				dst[(*got)++] = (char)0xff;
			}
			return WEND_OK;
		}
		if (d->kind == TEXT_ICONV) {
			*got = iconv_put(d, dst, cap);
		} else if (d->kind == TEXT_CP1252) {
			n = n < cap / 3 ? n : cap / 3;
			*got = cp1252_put(dst, d->raw + d->raw_at, n);
			d->raw_at += n;
		} else {
			n /= 2;
			*got = utf16_put(d, dst, n < cap / 4 - 1 ? n : cap / 4 - 1);
		}
	}
	return WEND_OK;
}

/* NUL in most bytes of one parity and in hardly any of the other: UTF-16 without a mark. */
static bool looks_utf16(const char *p, size_t n, bool *big)
{
	size_t zero[2] = { 0, 0 }, half = n / 2;

	for (size_t i = 0; i < 2 * half; i++)
		zero[i & 1] += p[i] == 0;
	if (half < 2)
		return false;
	*big = zero[0] > zero[1];
	return zero[*big ? 0 : 1] * 10 > half * 4 && zero[*big ? 1 : 0] * 20 < half;
}

static bool one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcasecmp(name, *list))
			return true;
	return false;
}

static enum wend_err by_name(struct decoder *d, const char *name, struct err *err)
{
	static const char *const utf8[] = { "utf-8", "utf8", "ascii", "us-ascii", NULL };
	static const char *const le[] = { "utf-16le", "utf16le", "utf-16", "utf16", NULL };
	static const char *const be[] = { "utf-16be", "utf16be", NULL };
	static const char *const ansi[] = { "windows-1252", "cp1252", NULL };

	if (one_of(name, utf8)) {
		/* What the caller asserts is not doubted: no line is taken for windows-1252. */
		d->good = UINT64_MAX / 2;
	} else if (one_of(name, le)) {
		d->kind = TEXT_UTF16LE;
		d->name = "UTF-16LE";
	} else if (one_of(name, be)) {
		d->kind = TEXT_UTF16BE;
		d->name = "UTF-16BE";
	} else if (one_of(name, ansi)) {
		d->kind = TEXT_CP1252;
		d->name = "windows-1252";
	} else {
		d->cd = iconv_open("UTF-8", name);
		if (d->cd == (iconv_t)-1)
			return err_set(err, WEND_E_USAGE, "unknown encoding '%s'; 'iconv -l' lists the names", name);
		d->kind = TEXT_ICONV;
		d->name = name;
	}
	return WEND_OK;
}

/* Count what speaks for UTF-8 and against it in the first block. */
static void weigh(struct decoder *d)
{
	const char *p = d->raw + d->raw_at;
	size_t n = d->raw_n - d->raw_at;

	while (n) {
		size_t bad, cut;

		if (utf8_valid(p, n, &bad))
			bad = n;
		for (size_t i = 0; i < bad; i++)
			d->good += ((unsigned char)p[i] & 0xc0) == 0xc0;
		cut = n - bad;
		if (cut < 4 && !d->raw_end) /* perhaps only the end of the block */
			return;
		d->bad += cut > 0;
		p += cut ? bad + 1 : bad;
		n -= cut ? bad + 1 : bad;
	}
}

enum wend_err decoder_init(struct decoder *d, struct source *s, const char *encoding, struct err *err)
{
	const unsigned char *b;
	enum wend_err r;
	bool big;

	memset(d, 0, sizeof *d);
	d->src = s;
	d->name = "UTF-8";
	d->raw = xmalloc(BLOCK);
	d->cd = (iconv_t)-1;
	r = load(d, err);
	if (!r && encoding)
		r = by_name(d, encoding, err);
	if (r)
		return r;
	b = (const unsigned char *)d->raw;
	if (d->raw_n >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf && d->kind == TEXT_UTF8) {
		d->bom = true;
		d->raw_at = 3;
		d->good += 4;
	} else if (d->raw_n >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)) &&
	           (!encoding || d->kind == TEXT_UTF16LE || d->kind == TEXT_UTF16BE)) {
		d->kind = b[0] == 0xff ? TEXT_UTF16LE : TEXT_UTF16BE;
		d->bom = true;
		d->raw_at = 2;
	} else if (!encoding && looks_utf16(d->raw, d->raw_n < 4096 ? d->raw_n : 4096, &big)) {
		d->kind = big ? TEXT_UTF16BE : TEXT_UTF16LE;
	}
	if (d->kind == TEXT_UTF16LE || d->kind == TEXT_UTF16BE)
		d->name = d->kind == TEXT_UTF16LE ? "UTF-16LE" : "UTF-16BE";
	if (d->kind == TEXT_UTF8 && !encoding)
		weigh(d);
	return WEND_OK;
}

void decoder_release(struct decoder *d)
{
	if (d->kind == TEXT_ICONV)
		iconv_close(d->cd);
	free(d->raw);
	memset(d, 0, sizeof *d);
}
