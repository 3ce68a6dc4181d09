/* UTF-8: checking, walking, folding, and how wide a text is in a terminal. Widths come
 * from utf8proc's tables, never from the locale. */
#include <utf8proc.h>

#include "wend/mem.h"
#include "wend/str.h"

/* Length of the well-formed sequence at p (RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF), or 0. */
static size_t sequence(const unsigned char *p, size_t n, int *cp)
{
	unsigned c = p[0];

	if (c < 0x80) {
		*cp = (int)c;
		return 1;
	}
	if (c >= 0xc2 && c < 0xe0 && n >= 2 && (p[1] & 0xc0) == 0x80) {
		*cp = (int)((c & 0x1f) << 6 | (p[1] & 0x3fu));
		return 2;
	}
	if (c >= 0xe0 && c < 0xf0 && n >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
		*cp = (int)((c & 0x0f) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu));
		return *cp < 0x800 || (*cp >= 0xd800 && *cp < 0xe000) ? 0 : 3;
	}
	if (c >= 0xf0 && c < 0xf5 && n >= 4 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80) {
		*cp = (int)((c & 0x07) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu));
		return *cp < 0x10000 || *cp > 0x10ffff ? 0 : 4;
	}
	return 0;
}

static size_t ascii_run(const char *p, size_t n)
{
	size_t i = 0;
	uint64_t w;

	for (; i + 8 <= n; i += 8) {
		memcpy(&w, p + i, 8);
		if (w & 0x8080808080808080u)
			break;
	}
	while (i < n && (unsigned char)p[i] < 0x80)
		i++;
	return i;
}

bool utf8_valid(const char *p, size_t n, size_t *bad_at)
{
	int cp;

	for (size_t i = 0; (i += ascii_run(p + i, n - i)) < n;) {
		size_t k = sequence((const unsigned char *)p + i, n - i, &cp);
		if (!k) {
			if (bad_at)
				*bad_at = i;
			return false;
		}
		i += k;
	}
	return true;
}

int utf8_next(struct sv *rest)
{
	int cp;
	size_t k;

	if (!rest->n)
		return -1;
	k = sequence((const unsigned char *)rest->p, rest->n, &cp);
	if (!k) {
		k = 1;
		cp = 0xfffd;
	}
	rest->p += k;
	rest->n -= k;
	return cp;
}

void utf8_put(struct str *s, uint32_t cp)
{
	utf8proc_uint8_t b[4];
	utf8proc_ssize_t n;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		cp = 0xfffd;
	n = utf8proc_encode_char((utf8proc_int32_t)cp, b);
	str_add(s, b, (size_t)n);
}

int utf8_width(struct sv v)
{
	int w = 0, last = 0;
	bool joined = false;

	while (v.n) {
		size_t run = ascii_run(v.p, v.n);
		if (run) {
			w += (int)run;
			last = 1;
			joined = false;
			v.p += run;
			v.n -= run;
			continue;
		}
		int cp = utf8_next(&v), k = utf8proc_charwidth(cp);
		if (cp == 0x200d) { /* joins the next sign to the last: one picture */
			joined = last == 2;
			continue;
		}
		if (cp == 0xfe0f && last == 1) { /* asks for the picture form, two cells */
			w++;
			last = 2;
			continue;
		}
		if (cp >= 0x1f3fb && cp <= 0x1f3ff && last == 2) /* a skin tone belongs to its sign */
			continue;
		if (joined && k == 2) {
			joined = false;
			continue;
		}
		if (k > 0) {
			w += k;
			last = k;
			joined = false;
		}
	}
	return w;
}

void utf8_fold(struct str *out, struct sv v)
{
	utf8proc_uint8_t *r = NULL;

	if (ascii_run(v.p, v.n) == v.n) {
		for (size_t i = 0; i < v.n; i++)
			str_putc(out, v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] + 32) : v.p[i]);
		return;
	}
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)v.p, (utf8proc_ssize_t)v.n, &r,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
	if (n == UTF8PROC_ERROR_NOMEM) {
		mem_exhausted(v.n);
		abort();
	}
	if (n < 0) /* not UTF-8: no folding is better than a guess */
		str_sv(out, v);
	else
		str_add(out, r, (size_t)n);
	free(r);
}

/* Signs that turn the direction of what follows, or hide: a name must not move the
 * figures beside it. */
static bool deceptive(int cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
		(cp >= 0x2066 && cp <= 0x2069) || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff;
}

void utf8_visible(struct str *out, struct sv v)
{
	while (v.n) {
		struct sv before = v;
		int cp = utf8_next(&v);
		if (cp == 0xfffd && before.n - v.n == 1)
			str_printf(out, "\\x%02x", (unsigned)(unsigned char)*before.p);
		else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			str_printf(out, "\\x%02x", (unsigned)cp);
		else if (deceptive(cp))
			str_printf(out, "\\u%04x", (unsigned)cp);
		else
			str_add(out, before.p, before.n - v.n);
	}
}

void str_json(struct str *s, struct sv v)
{
	str_putc(s, '"');
	while (v.n) {
		const char *at = v.p;
		size_t left = v.n;
		int cp = utf8_next(&v);
		if (cp == '"' || cp == '\\') {
			str_putc(s, '\\');
			str_putc(s, (char)cp);
		} else if (cp == '\n') {
			str_puts(s, "\\n");
		} else if (cp == '\t') {
			str_puts(s, "\\t");
		} else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xfffd || cp == 0x61c || cp == 0xfeff ||
			   (cp >= 0x200e && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069)) {
			str_printf(s, "\\u%04x", (unsigned)cp);
		} else {
			str_add(s, at, left - v.n);
		}
	}
	str_putc(s, '"');
}
