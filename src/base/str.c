#include "wend/str.h"

#include <math.h>
#include <stdarg.h>

#include "wend/mem.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool sv_ieq(struct sv a, struct sv b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int sv_cmp(struct sv a, struct sv b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c < 0 ? -1 : 1;
	return (a.n > b.n) - (a.n < b.n);
}

static bool all_digits(struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
	return v.n > 0;
}

int sv_natcmp(struct sv a, struct sv b)
{
	bool da = all_digits(a), db = all_digits(b);

	if (da != db)
		return da ? -1 : 1;
	if (da) {
		struct sv x = a, y = b;
		while (x.n && *x.p == '0')
			x.p++, x.n--;
		while (y.n && *y.p == '0')
			y.p++, y.n--;
		if (x.n != y.n)
			return x.n < y.n ? -1 : 1;
		int c = sv_cmp(x, y);
		if (c)
			return c;
		return (a.n > b.n) - (a.n < b.n); /* 7 before 07: equal values still have one order */
	}
	return sv_cmp(a, b);
}

/* Bytes of the blank that begins at p, 0 when there is none. */
static size_t blank_at(const char *p, size_t n)
{
	if (n && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		return 1;
	if (n >= 2 && !memcmp(p, "\xc2\xa0", 2))
		return 2;
	if (n >= 3 && !memcmp(p, "\xe2\x80\xaf", 3))
		return 3;
	return 0;
}

struct sv sv_trim(struct sv a)
{
	size_t k;

	if (a.n && a.p[0] > ' ' && a.p[0] < 0x7f && a.p[a.n - 1] > ' ' && a.p[a.n - 1] < 0x7f)
		return a;
	while ((k = blank_at(a.p, a.n))) {
		a.p += k;
		a.n -= k;
	}
	for (;;) {
		if (a.n && blank_at(a.p + a.n - 1, 1) == 1)
			a.n--;
		else if (a.n >= 2 && blank_at(a.p + a.n - 2, 2) == 2)
			a.n -= 2;
		else if (a.n >= 3 && blank_at(a.p + a.n - 3, 3) == 3)
			a.n -= 3;
		else
			return a;
	}
}

bool sv_starts(struct sv a, const char *prefix)
{
	size_t n = strlen(prefix);
	return a.n >= n && (n == 0 || !memcmp(a.p, prefix, n));
}

bool sv_ends(struct sv a, const char *suffix)
{
	size_t n = strlen(suffix);
	return a.n >= n && (n == 0 || !memcmp(a.p + a.n - n, suffix, n));
}

bool sv_cut(struct sv *rest, char sep, struct sv *head)
{
	const char *end;

	if (!rest->p)
		return false;
	end = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
	if (!end) {
		*head = *rest;
		*rest = SV_NONE;
		return true;
	}
	*head = sv_n(rest->p, (size_t)(end - rest->p));
	rest->n -= head->n + 1;
	rest->p = end + 1;
	return true;
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static char as_said(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '_' || c == '-' ? ' ' : c;
}

bool sv_says(struct sv text, const char *const *phrases, bool whole)
{
	for (; *phrases; phrases++) {
		const size_t n = strlen(*phrases);
		for (size_t i = 0; i + n <= text.n && !(whole && (i || text.n != n)); i++) {
			size_t k = 0;
			while (k < n && as_said(text.p[i + k]) == (*phrases)[k])
				k++;
			if (k == n)
				return true;
		}
	}
	return false;
}

ptrdiff_t sv_find(struct sv hay, struct sv needle)
{
	const char *at;

	if (needle.n == 0)
		return 0;
	if (hay.n < needle.n)
		return -1;
	at = memmem(hay.p, hay.n, needle.p, needle.n);
	return at ? at - hay.p : -1;
}

/* ---- the growing string ---- */

static void reserve(struct str *s, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(s->n, more, &need) || __builtin_add_overflow(need, 1, &need)) {
		mem_exhausted(SIZE_MAX);
		abort();
	}
	GROW(s->p, s->cap, need);
}

void str_add(struct str *s, const void *p, size_t n)
{
	reserve(s, n);
	if (n)
		memcpy(s->p + s->n, p, n);
	s->n += n;
	s->p[s->n] = '\0';
}

void str_sv(struct str *s, struct sv v)
{
	str_add(s, v.p, v.n);
}

void str_puts(struct str *s, const char *z)
{
	str_add(s, z, strlen(z));
}

void str_putc(struct str *s, char c)
{
	reserve(s, 1);
	s->p[s->n++] = c;
	s->p[s->n] = '\0';
}

void str_printf(struct str *s, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		reserve(s, (size_t)n);
		vsnprintf(s->p + s->n, (size_t)n + 1, fmt, again);
		s->n += (size_t)n;
	}
	va_end(again);
}

/* Digits of v, right-aligned in buf; returns the first. */
static char *digits(char buf[20], uint64_t v)
{
	char *p = buf + 20;

	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	return p;
}

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

void str_int(struct str *s, int64_t v)
{
	char buf[20], *p = digits(buf, magnitude(v));

	reserve(s, 21);
	if (v < 0)
		s->p[s->n++] = '-';
	str_add(s, p, (size_t)(buf + 20 - p));
}

__extension__ typedef unsigned __int128 u128;

/* Shortest digits of a positive v in [1e-11, 1e15) that is no whole number.
 *
 * v = f 2^e. On a grid of 10^-k so fine that v has 17 digits, all numbers that read back
 * as v lie between (2f - 1) 5^k and (2f + 1) 5^k in units of 2^(e+k-1): exact in 128 bits,
 * as k <= 27. The coarsest power of ten with a multiple in there gives the fewest digits;
 * of its multiples the nearest to v is taken (the interval of Steele and White, 1990).
 * v = digits / 10^*decimals. */
static int64_t shortest(double v, int *decimals)
{
	static const uint64_t pow5[] = { 1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125,
		244140625, 1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625,
		19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125, 59604644775390625,
		298023223876953125, 1490116119384765625, 7450580596923828125 };
	/* 10^-11 .. 10^15 */
	static const double pow10[] = { 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
		1e11, 1e12, 1e13, 1e14, 1e15 };
	uint64_t bits, f;
	int e, ilog, k, shift;

	memcpy(&bits, &v, sizeof bits);
	f = (bits & ((1ull << 52) - 1)) | 1ull << 52;
	e = (int)(bits >> 52) - 1075;
	ilog = ((e + 52) * 1233 + 4096 * 16) / 4096 - 16; /* log10 of 2^(e+52), at most one too small */
	while (ilog < -11 || (ilog < 15 && v >= pow10[ilog + 12]))
		ilog++;
	k = 16 - ilog;
	shift = 1 - e - k;
	bool odd = f & 1;
	u128 five = pow5[k], part = ((u128)1 << shift) - 1;
	u128 low = (u128)(2 * f - 1) * five, high = (u128)(2 * f + 1) * five;
	uint64_t lo = (uint64_t)(low >> shift), hi = (uint64_t)(high >> shift), ten = 1;
	/* Round to even: the ends themselves read back as v only when f is even. */
	lo += (low & part) != 0 || odd;
	hi -= (high & part) == 0 && odd;
	while ((lo + 9) / 10 <= hi / 10) {
		lo = (lo + 9) / 10;
		hi /= 10;
		ten *= 10;
		k--;
	}
	/* Rounded once, from all of v: half of the way goes to the even digit, as with %g. */
	u128 all = (u128)(2 * f) * five;
	uint64_t whole = (uint64_t)(all >> shift), m = whole / ten, left = whole % ten;
	u128 half = ten > 1 ? 0 : (part >> 1) + 1, rest = all & part;
	if (ten > 1 ? left > ten / 2 || (left == ten / 2 && (rest || m & 1)) : rest > half || (rest == half && m & 1))
		m++;
	*decimals = k;
	return (int64_t)(m < lo ? lo : m > hi ? hi : m);
}

/* Figures with up to six decimals: if such a text of at most 15 digits reads back as v,
 * no other does, so it is the shortest. */
static bool few_decimals(double v, int64_t *m, int *decimals)
{
	double scaled = v * 1e6;

	if (scaled >= 1e15)
		return false;
	*m = (int64_t)(scaled + 0.5);
	if ((double)*m / 1e6 != v)
		return false;
	for (*decimals = 6; *m % 10 == 0; --*decimals)
		*m /= 10;
	return true;
}

/* Everything else by trial: rare, and already far from people's numbers. */
static void real_by_trial(struct str *s, double v)
{
	char buf[40];

	for (int precision = fabs(v) < 1e-300 ? 1 : 15; precision <= 17; precision++) {
		snprintf(buf, sizeof buf, "%.*g", precision, v);
		if (strtod(buf, NULL) == v)
			break;
	}
	/* A caller of the library may have set a locale whose point is a comma. */
	char *comma = strchr(buf, ',');
	if (comma)
		*comma = '.';
	str_puts(s, buf);
}

/* A half is seldom a half in binary: what lies within the last bits of one is one. */
void str_fixed(struct str *s, double v, int decimals)
{
	char buf[400], *p;

	snprintf(buf, sizeof buf, "%.*f", decimals, fabs(v) < 1e12 ? v + v * 1e-15 : v);
	p = strchr(buf, ',');
	if (p)
		*p = '.';
	/* No minus before a number that was rounded to nothing. */
	str_puts(s, buf[0] == '-' && strspn(buf + 1, "0.") == strlen(buf + 1) ? buf + 1 : buf);
}

/* m / 10^decimals, below 1e-4: 1.25e-07, as %g has it. */
static void put_small(struct str *s, int64_t m, int decimals)
{
	char buf[20], *p = digits(buf, magnitude(m));
	const size_t n = (size_t)(buf + 20 - p);
	const int e = decimals - (int)n + 1;

	if (m < 0)
		str_putc(s, '-');
	str_putc(s, *p);
	if (n > 1) {
		str_putc(s, '.');
		str_add(s, p + 1, n - 1);
	}
	str_puts(s, "e-");
	str_putc(s, (char)('0' + e / 10));
	str_putc(s, (char)('0' + e % 10));
}

void str_real(struct str *s, double v)
{
	int decimals, e;

	if (isnan(v))
		return;
	if (isinf(v)) {
		str_puts(s, v < 0 ? "-inf" : "inf");
		return;
	}
	/* Integers below 1e15 are their own shortest text; -0 is printed as 0. */
	if (v > -1e15 && v < 1e15 && v == (double)(int64_t)v) {
		str_int(s, (int64_t)v);
		return;
	}
	/* The gap below a power of two is half the gap above: left to trial. */
	if (fabs(v) < 1e-11 || fabs(v) >= 1e15 || fabs(frexp(v, &e)) == 0.5) {
		real_by_trial(s, v);
		return;
	}
	int64_t m;
	if (!few_decimals(fabs(v), &m, &decimals))
		m = shortest(fabs(v), &decimals);
	if (fabs(v) < 1e-4)
		put_small(s, v < 0 ? -m : m, decimals);
	else
		str_minor(s, v < 0 ? -m : m, decimals);
}

void str_minor(struct str *s, int64_t minor, int exponent)
{
	char buf[20], *p = digits(buf, magnitude(minor)), *q;
	size_t n = (size_t)(buf + 20 - p), e = exponent > 0 ? (size_t)exponent : 0, whole = n > e ? n - e : 0;

	reserve(s, 24 + e);
	q = s->p + s->n;
	if (minor < 0)
		*q++ = '-';
	if (whole)
		q = (char *)mempcpy(q, p, whole);
	else
		*q++ = '0';
	if (e) {
		*q++ = '.';
		for (size_t zeros = e - (n - whole); zeros > 0; zeros--)
			*q++ = '0';
		q = (char *)mempcpy(q, p + whole, n - whole);
	}
	*q = '\0';
	s->n = (size_t)(q - s->p);
}

void str_reset(struct str *s)
{
	s->n = 0;
	if (s->p)
		s->p[0] = '\0';
}

void str_release(struct str *s)
{
	free(s->p);
	*s = (struct str)STR_INIT;
}

char *str_detach(struct str *s)
{
	char *p = s->p ? s->p : xstrdup("");

	*s = (struct str)STR_INIT;
	return p;
}

/* ---- numbers ---- */

bool sv_int(struct sv v, int64_t *out)
{
	uint64_t m = 0, limit = INT64_MAX;
	size_t i = 0;

	if (v.n && (v.p[0] == '-' || v.p[0] == '+')) {
		limit += v.p[0] == '-';
		i = 1;
	}
	if (i == v.n)
		return false;
	for (; i < v.n; i++) {
		unsigned d = (unsigned)(unsigned char)v.p[i] - '0';
		if (d > 9 || __builtin_mul_overflow(m, 10, &m) || __builtin_add_overflow(m, d, &m) || m > limit)
			return false;
	}
	*out = v.p[0] == '-' ? (int64_t)(0 - m) : (int64_t)m;
	return true;
}

/* [+-] digits [. digits] [e [+-] digits], a digit somewhere before the exponent. */
static bool real_shape(struct sv v, bool *plain)
{
	size_t i = 0, nd = 0;

	*plain = true;
	if (i < v.n && (v.p[i] == '-' || v.p[i] == '+'))
		i++;
	for (; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++)
		nd++;
	if (i < v.n && v.p[i] == '.')
		for (i++; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++)
			nd++;
	if (nd == 0)
		return false;
	*plain = nd <= 15;
	if (i < v.n && (v.p[i] == 'e' || v.p[i] == 'E')) {
		*plain = false;
		i++;
		if (i < v.n && (v.p[i] == '-' || v.p[i] == '+'))
			i++;
		if (i == v.n)
			return false;
		for (; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++)
			;
	}
	return i == v.n;
}

/* At most 15 digits and a power of ten up to 10^15 are exact doubles: one division is
 * correctly rounded. */
static double real_plain(struct sv v)
{
	static const double pow10[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	int64_t m = 0;
	size_t frac = 0;
	bool point = false;

	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];
		if (c == '.')
			point = true;
		else if (c >= '0') {
			m = m * 10 + (c - '0');
			frac += point;
		}
	}
	double d = (double)m / pow10[frac];
	return v.p[0] == '-' ? -d : d;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* [+-] digits [. digits] of 2 to 8 bytes at once, without a branch that depends on the text: eight
 * digits in a word are four pairs, two fours, one number (Lemire 2018, "Quickly parsing eight
 * digits"). false: it is something else. */
static bool real_short(struct sv v, double *out)
{
	static const double pow10[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7 };
	const uint64_t ones = 0x0101010101010101;
	uint64_t w;
	if (v.n >= 4) {
		uint32_t a, b;
		memcpy(&a, v.p, 4);
		memcpy(&b, v.p + v.n - 4, 4);
		w = a | (uint64_t)b << 8 * (v.n - 4);
	} else {
		uint16_t a, b;
		memcpy(&a, v.p, 2);
		memcpy(&b, v.p + v.n - 2, 2);
		w = a | (uint64_t)b << 8 * (v.n - 2);
	}
	const unsigned minus = (w & 0xff) == '-', sign = minus | ((w & 0xff) == '+');
	w >>= 8 * sign;
	const size_t n = v.n - sign;
	const uint64_t dots = w ^ ones * '.', dot = (dots - ones) & ~dots & ones * 0x80;
	const size_t at = dot ? (size_t)__builtin_ctzll(dot) / 8 : n, digits = n - (dot != 0);
	if (!digits)
		return false;
	/* the point goes, and zeros stand before the digits */
	const uint64_t below = at < 8 ? ((uint64_t)1 << 8 * at) - 1 : UINT64_MAX;
	w = dot ? (w & below) | (w >> 8 & ~below) : w;
	w = w << 8 * (8 - digits) | (ones * '0' >> 8 * (digits - 1)) >> 8;
	if (((w & ones * 0xf0) | ((w + ones * 6) & ones * 0xf0) >> 4) != ones * 0x33)
		return false;
	w = (w & ones * 0x0f) * 2561 >> 8;
	w = (w & 0x00ff00ff00ff00ff) * 6553601 >> 16;
	w = (w & 0x0000ffff0000ffff) * 42949672960001 >> 32;
	const double d = (double)(int64_t)w / pow10[dot ? n - 1 - at : 0];
	*out = copysign(d, minus ? -1.0 : 1.0);
	return true;
}
#else
static bool real_short(struct sv v, double *out)
{
	(void)v;
	(void)out;
	return false;
}
#endif

bool sv_real(struct sv v, double *out)
{
	char buf[400], *end;
	bool plain;
	double d;

	if (v.n >= 2 && v.n <= 8 && real_short(v, out))
		return true;
	if (!real_shape(v, &plain))
		return false;
	if (plain) {
		*out = real_plain(v);
		return true;
	}
	if (v.n >= sizeof buf)
		return false;
	memcpy(buf, v.p, v.n);
	buf[v.n] = '\0';
	d = strtod(buf, &end);
	char *point = strchr(buf, '.');
	if (end == point && *end) { /* the caller's locale has a comma */
		*point = ',';
		d = strtod(buf, &end);
	}
	if (*end || isinf(d))
		return false;
	*out = d;
	return true;
}

/* Greedy, with one point to fall back to: linear for each star. */
bool sv_glob(struct sv pattern, struct sv text, bool one)
{
	size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			mark = t;
		} else if (p < pattern.n && ((one && pattern.p[p] == '?') || lower(pattern.p[p]) == lower(text.p[t]))) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}
