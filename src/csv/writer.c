/* room: csv
 * One field of CSV: quoting, and the guard against text that a spreadsheet would run.
 *
 * Text is dangerous when, behind any apostrophes and quote marks, it begins with a
 * character that starts a formula and is not a plain number. Guarding puts one
 * apostrophe in front of dangerous text. An apostrophe in front makes no text dangerous
 * or harmless, so "an apostrophe, then dangerous text" is what guarding wrote and
 * nothing else: taking it away is exact.
 */
#include "wend/csv.h"

static const char *const wide_signs[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };

static bool starts_formula(struct sv v)
{
	if (!v.n)
		return false;
	if (v.p[0] && strchr("=+-@\t\r\n", v.p[0]))
		return true;
	for (size_t k = 0; k < 4; k++)
		if (sv_starts(v, wide_signs[k]))
			return true;
	return false;
}

static size_t digits(struct sv v, size_t i)
{
	size_t k = i;

	while (k < v.n && v.p[k] >= '0' && v.p[k] <= '9')
		k++;
	return k - i;
}

/* -1, +4930123456, -0.5, +1.5e-7: digits with one sign, point and exponent at most. */
static bool plain_number(struct sv v)
{
	size_t i = v.n && (v.p[0] == '-' || v.p[0] == '+'), n = digits(v, i);

	i += n;
	if (i < v.n && v.p[i] == '.') {
		size_t m = digits(v, i + 1);

		i += 1 + m;
		n += m;
	}
	if (!n)
		return false;
	if (i < v.n && (v.p[i] == 'e' || v.p[i] == 'E')) {
		i++;
		i += i < v.n && (v.p[i] == '-' || v.p[i] == '+');
		n = digits(v, i);
		i += n;
	}
	return n && i == v.n;
}

static bool dangerous(struct sv v)
{
	while (v.n && (v.p[0] == '\'' || v.p[0] == '"')) {
		v.p++;
		v.n--;
	}
	return starts_formula(v) && !plain_number(v);
}

/* Read with another separator, `a;=1+1` would be two cells, the second a formula. */
static bool hides_formula(struct sv v)
{
	for (size_t i = 0; i + 1 < v.n; i++)
		if (v.p[i] && strchr(",;|", v.p[i]) && starts_formula(sv_n(v.p + i + 1, v.n - i - 1)))
			return true;
	return false;
}

static bool needs_quotes(struct sv v, char sep)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == sep || v.p[i] == '"' || v.p[i] == '\n' || v.p[i] == '\r')
			return true;
	return v.n && (v.p[0] == ' ' || v.p[0] == '\t' || v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t');
}

/* Nearly all fields are letters, digits and a few harmless signs inside: they need neither
 * quotes nor guard, whatever the separator. Bytes from 0x80 on may be full-width signs. */
static bool harmless(struct sv v)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';

		if (!letter && (!i || (c != ' ' && c != '@' && c != '.' && c != '-' && c != ':' && c != '>')))
			return false;
	}
	return !v.n || v.p[v.n - 1] != ' ';
}

void csv_put_field(struct str *out, struct sv v, char sep, bool guard)
{
	if (harmless(v)) {
		str_sv(out, v);
		return;
	}
	bool sign = guard && dangerous(v);

	if (!sign && !needs_quotes(v, sep) && !(guard && hides_formula(v))) {
		str_sv(out, v);
		return;
	}
	str_putc(out, '"');
	if (sign)
		str_putc(out, '\'');
	while (v.n) {
		const char *q = memchr(v.p, '"', v.n);
		size_t n = q ? (size_t)(q - v.p) + 1 : v.n;

		str_add(out, v.p, n);
		if (q)
			str_putc(out, '"');
		v.p += n;
		v.n -= n;
	}
	str_putc(out, '"');
}

struct sv csv_unguard(struct sv v)
{
	if (v.n > 1 && v.p[0] == '\'' && dangerous(sv_n(v.p + 1, v.n - 1)))
		return sv_n(v.p + 1, v.n - 1);
	return v;
}
