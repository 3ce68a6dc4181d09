/* Currencies and numbers as people and programs write them, read without floating point.
 *
 * A plain "123.45" goes through a short loop. Anything else is taken apart into what
 * stands before the first digit, the digits with the marks between them, and what stands
 * behind the last digit. The marks must then tell one story: one kind of group mark, all
 * groups of three (or of two before a last three, as in India), at most one decimal mark,
 * the last. "1,234" tells two stories and is reported unless the caller knows the mark.
 */
#include <assert.h>
#include "wend/money.h"

#define CODE(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

/* ISO 4217 by number of decimals, each list in order of the alphabet. Metals, funds
 * without a minor unit and test codes are left out; codes withdrawn since 2010 stay, for
 * old exports hold them. */
static const char exponent0[] =
	"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
static const char exponent2[] =
	"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN "
	"BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EEK EGP ERN "
	"ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD "
	"KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT MOP MRU MUR "
	"MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD "
	"RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY "
	"TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL ";
static const char exponent3[] = "BHD IQD JOD KWD LYD OMR TND ";
static const char exponent4[] = "CLF UYW ";

static uint32_t code_at(const char *p)
{
	return CODE((unsigned char)p[0], (unsigned char)p[1], (unsigned char)p[2]);
}

static bool listed(const char *list, size_t n, currency c)
{
	size_t a = 0, b = n / 4;
	while (a < b) {
		const size_t mid = a + (b - a) / 2;
		const uint32_t here = code_at(list + mid * 4);
		if (here == c)
			return true;
		if (here < c)
			a = mid + 1;
		else
			b = mid;
	}
	return false;
}

int currency_exponent(currency c)
{
	if (listed(exponent2, sizeof exponent2 - 1, c))
		return 2;
	if (listed(exponent0, sizeof exponent0 - 1, c))
		return 0;
	if (listed(exponent3, sizeof exponent3 - 1, c))
		return 3;
	if (listed(exponent4, sizeof exponent4 - 1, c))
		return 4;
	return -1;
}

currency currency_of(struct sv v)
{
	char up[3];
	if (v.n != 3)
		return 0;
	for (int i = 0; i < 3; i++) {
		const char c = v.p[i];
		up[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	const currency c = code_at(up);
	return currency_exponent(c) < 0 ? 0 : c;
}

void currency_text(char out[4], currency c)
{
	out[0] = (char)(c >> 16 & 0xff);
	out[1] = (char)(c >> 8 & 0xff);
	out[2] = (char)(c & 0xff);
	out[3] = 0;
}

/* Length of the blank at the start: ASCII, NBSP, narrow NBSP, thin and figure space. */
static size_t blank_at(const char *p, size_t n)
{
	if (n && (*p == ' ' || *p == '\t'))
		return 1;
	if (n >= 2 && !memcmp(p, "\xc2\xa0", 2))
		return 2;
	if (n >= 3 && (!memcmp(p, "\xe2\x80\xaf", 3) || !memcmp(p, "\xe2\x80\x89", 3) || !memcmp(p, "\xe2\x80\x87", 3)))
		return 3;
	return 0;
}

/* 0 in `code` = used by several currencies. Blanks do not count. */
static const struct {
	const char *text;
	char code[4];
} symbols[] = {
	{ "$", "" }, { "€", "EUR" }, { "£", "GBP" }, { "¥", "" }, { "kr", "" }, { "kr.", "" },
	{ "Rs", "" }, { "Rs.", "" }, { "Fr.", "" }, { "fr", "" }, { "₨", "" },
	{ "US$", "USD" }, { "AU$", "AUD" }, { "A$", "AUD" }, { "C$", "CAD" }, { "CA$", "CAD" },
	{ "CDN$", "CAD" }, { "NZ$", "NZD" }, { "HK$", "HKD" }, { "S$", "SGD" }, { "SG$", "SGD" },
	{ "NT$", "TWD" }, { "MX$", "MXN" }, { "R$", "BRL" }, { "CLP$", "CLP" }, { "COP$", "COP" },
	{ "JP¥", "JPY" }, { "CN¥", "CNY" }, { "RMB", "CNY" }, { "円", "JPY" },
	{ "zł", "PLN" }, { "Kč", "CZK" }, { "Ft", "HUF" }, { "лв", "BGN" }, { "лв.", "BGN" },
	{ "₹", "INR" }, { "₽", "RUB" }, { "₩", "KRW" }, { "₪", "ILS" }, { "₺", "TRY" }, { "₴", "UAH" },
	{ "₫", "VND" }, { "₦", "NGN" }, { "฿", "THB" }, { "₱", "PHP" }, { "₡", "CRC" }, { "₲", "PYG" },
	{ "₸", "KZT" }, { "₾", "GEL" }, { "₼", "AZN" }, { "₵", "GHS" }, { "₮", "MNT" }, { "₭", "LAK" },
	{ "RM", "MYR" }, { "Rp", "IDR" }, { "S/", "PEN" }, { "S/.", "PEN" },
};

enum mark { MARK_UNKNOWN, MARK_BARE, MARK_CURRENCY };

static enum mark read_mark(struct sv v, currency *c)
{
	char word[12];
	size_t n = 0;
	for (size_t i = 0; i < v.n;) {
		const size_t b = blank_at(v.p + i, v.n - i);
		if (b) {
			i += b;
			continue;
		}
		if (n == sizeof word)
			return MARK_UNKNOWN;
		word[n++] = v.p[i++];
	}
	*c = currency_of(sv_n(word, n));
	if (*c)
		return MARK_CURRENCY;
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		if (!sv_ieq(sv_n(word, n), sv_of(symbols[i].text)))
			continue;
		if (!symbols[i].code[0])
			return MARK_BARE;
		*c = code_at(symbols[i].code);
		return MARK_CURRENCY;
	}
	return MARK_UNKNOWN;
}

currency currency_symbol(struct sv text)
{
	currency c = 0;
	return read_mark(text, &c) == MARK_CURRENCY ? c : 0;
}

/* ---- numbers ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number taken apart. */
struct parts {
	struct sv before, digits, after;
	int n_marks;      /* marks between digits, '.' ',' '\'' ' ' */
	char group;       /* the mark of all but the last, or of the last too */
	char last;        /* 0 = no mark */
	bool mixed;       /* more than one kind before the last */
	size_t first_len; /* digits before the first mark */
	size_t last_len;  /* digits behind the last mark */
	bool threes;      /* groups between the marks are of three */
	bool twos;        /* or of two */
};

/* One mark at p, its length in *n: 0 = none. */
static char group_mark(const char *p, size_t left, size_t *n)
{
	*n = 1;
	if (*p == '.' || *p == ',' || *p == '\'')
		return *p;
	if (left >= 3 && !memcmp(p, "\xe2\x80\x99", 3)) {
		*n = 3;
		return '\'';
	}
	*n = blank_at(p, left);
	return *n ? ' ' : 0;
}

static bool scan_digits(struct parts *a)
{
	const struct sv v = a->digits;
	size_t run = 0;
	a->threes = a->twos = true;
	for (size_t i = 0, n; i < v.n; i += n) {
		n = 1;
		if (is_digit(v.p[i])) {
			run++;
			continue;
		}
		const char c = group_mark(v.p + i, v.n - i, &n);
		if (!c)
			return false;
		if (a->n_marks == 0) {
			a->first_len = run;
			a->group = c;
		} else {
			a->mixed |= a->last != a->group;
			a->threes &= run == 3;
			a->twos &= run == 2;
		}
		a->last = c;
		a->n_marks++;
		run = 0;
	}
	a->last_len = run;
	if (!a->n_marks)
		a->first_len = run;
	return true;
}

/* Cut into what stands before, between and behind the first and last digit. */
static bool take_apart(struct parts *a, struct sv v)
{
	size_t i = 0, j = v.n;
	*a = (struct parts){ 0 };
	while (i < v.n && !is_digit(v.p[i]))
		i++;
	if (i == v.n)
		return false;
	while (!is_digit(v.p[j - 1]))
		j--;
	/* ".50" is a number, but the point of "Rs.500" and "S/.500" belongs to the word. */
	if (i && (v.p[i - 1] == '.' || v.p[i - 1] == ',')) {
		const char c = i > 1 ? v.p[i - 2] : ' ';
		if (!((c | 32) >= 'a' && (c | 32) <= 'z') && c != '/')
			i--;
	}
	a->before = sv_n(v.p, i);
	a->digits = sv_n(v.p + i, j - i);
	a->after = sv_n(v.p + j, v.n - j);
	return scan_digits(a);
}

/* Is the grouping right when the last mark is (or is not) the decimal one? */
static bool grouped(const struct parts *a, bool last_is_decimal)
{
	const int groups = a->n_marks - last_is_decimal;
	if (groups == 0)
		return true;
	if (a->mixed || a->first_len < 1 || a->first_len > 3)
		return false;
	if (last_is_decimal) {
		/* threes covers every group; twos would need the last group of three. */
		if (a->last == a->group)
			return false;
		return a->threes;
	}
	if (a->last != a->group || a->last_len != 3)
		return false;
	return a->threes || (a->twos && a->group == ',' && a->first_len <= 2);
}

/* 1,23,456.78: groups of two, then one of three, then the decimals. */
static bool grouped_indian(const struct parts *a)
{
	if (a->group != ',' || a->last != '.' || a->n_marks < 3 || a->mixed || a->first_len < 1 || a->first_len > 2)
		return false;
	size_t run = 0;
	int seen = 0;
	for (size_t i = 0; i < a->digits.n; i++) {
		if (is_digit(a->digits.p[i])) {
			run++;
			continue;
		}
		seen++;
		if (seen > 1 && run != (seen == a->n_marks ? 3u : 2u))
			return false;
		run = 0;
	}
	return true;
}

enum story { STORY_NONE, STORY_INTEGER, STORY_DECIMAL, STORY_BOTH };

/* What the marks can mean: no number, an integer with groups, a number with decimals, or
 * either. `decimal` restricts when it is known. */
static enum story read_marks(const struct parts *a, char decimal)
{
	if (a->n_marks == 0)
		return STORY_INTEGER;
	const bool point = a->last == '.' || a->last == ',';
	bool as_decimal = point && (grouped(a, true) || grouped_indian(a));
	bool as_integer = grouped(a, false);
	if (decimal) {
		as_decimal &= a->last == decimal && !(a->n_marks > 1 && a->group == decimal);
		as_integer &= a->group != decimal;
	}
	/* No group begins with nothing or with 0: "0,123" and ".123" are decimals. */
	if (as_integer && (a->first_len == 0 || a->digits.p[0] == '0'))
		as_integer = false;
	if (as_decimal && as_integer)
		return STORY_BOTH;
	return as_decimal ? STORY_DECIMAL : as_integer ? STORY_INTEGER : STORY_NONE;
}

struct around {
	int minus, plus, open, close;
	char text[32];
	size_t n;
};

/* Signs, brackets and what is left: the currency mark. */
static bool read_around(struct around *r, struct sv v)
{
	r->n = 0;
	for (size_t i = 0; i < v.n; i++) {
		const char c = v.p[i];
		if (c == '-')
			r->minus++;
		else if (c == '+')
			r->plus++;
		else if (c == '(')
			r->open++;
		else if (c == ')')
			r->close++;
		else if (v.n - i >= 3 && !memcmp(v.p + i, "\xe2\x88\x92", 3)) {
			r->minus++;
			i += 2;
		} else {
			if (r->n == sizeof r->text)
				return false;
			r->text[r->n++] = c;
		}
	}
	return true;
}

static bool read_currency(const struct around *r, currency *c, bool *bare)
{
	const struct sv mark = sv_trim(sv_n(r->text, r->n));
	currency found = 0;
	if (!mark.n)
		return true;
	switch (read_mark(mark, &found)) {
	case MARK_BARE:
		*bare = true;
		return true;
	case MARK_CURRENCY:
		if (*c && *c != found)
			return false;
		*c = found;
		return true;
	default:
		return false;
	}
}

static bool read_outside(const struct parts *a, bool *negative, currency *c, bool *bare)
{
	struct around r = { 0 };
	if (!read_around(&r, a->before) || r.close || !read_currency(&r, c, bare))
		return false;
	const int open = r.open, plus = r.plus;
	if (!read_around(&r, a->after) || r.open != open || r.plus != plus || !read_currency(&r, c, bare))
		return false;
	if (r.open > 1 || r.open != r.close || r.minus + r.plus + r.open > 1)
		return false;
	*negative = r.minus || r.open;
	return true;
}

static const uint64_t power10[19] = {
	1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
	10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
	1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u
};

/* Digits to a scaled integer; `decimals` of them stand behind the decimal mark. */
static enum num_status value_of(struct sv v, size_t decimals, int exponent, bool negative, int64_t *out)
{
	size_t total = 0, k = 0;
	for (size_t i = 0; i < v.n; i++)
		total += is_digit(v.p[i]);
	const size_t whole = total - decimals;
	const size_t keep = decimals < (size_t)exponent ? decimals : (size_t)exponent;
	uint64_t sum = 0;
	bool too_big = false;
	for (size_t i = 0; i < v.n; i++) {
		if (!is_digit(v.p[i]))
			continue;
		const uint64_t d = (uint64_t)(v.p[i] - '0');
		if (k++ >= whole + keep) {
			if (d)
				return NUM_TOO_FINE;
			continue;
		}
		if (__builtin_mul_overflow(sum, 10u, &sum) || __builtin_add_overflow(sum, d, &sum))
			too_big = true;
	}
	if (too_big || __builtin_mul_overflow(sum, power10[(size_t)exponent - keep], &sum) || sum > INT64_MAX)
		return NUM_RANGE;
	*out = negative ? -(int64_t)sum : (int64_t)sum;
	return NUM_OK;
}

/* [-]digits[.decimals] that stays below 10^18 when scaled, nothing that needs a thought. */
static bool plain(struct sv v, char decimal, int exponent, int64_t *out)
{
	const char *p = v.p;
	const char *const end = v.p + v.n;
	const bool negative = v.n && *p == '-';
	int64_t sum = 0;
	if (v.n == 0 || v.n + (size_t)exponent > 18 || decimal == ',')
		return false;
	p += negative;
	const char *const first = p;
	while (p < end && is_digit(*p))
		sum = sum * 10 + (*p++ - '0');
	const ptrdiff_t whole = p - first;
	if (whole == 0)
		return false;
	int missing = exponent;
	if (p < end) {
		const ptrdiff_t decimals = end - p - 1;
		if (*p++ != '.' || decimals < 1 || decimals > exponent)
			return false;
		if (decimal == 0 && decimals == 3 && whole <= 3 && *first != '0')
			return false;
		while (p < end && is_digit(*p))
			sum = sum * 10 + (*p++ - '0');
		if (p < end)
			return false;
		missing -= (int)decimals;
	}
	sum *= (int64_t)power10[missing];
	*out = negative ? -sum : sum;
	return true;
}

enum num_status num_scaled(struct sv v, struct numfmt f, int exponent, int64_t *out, currency *seen, bool *bare)
{
	struct parts a;
	bool negative = false, is_bare = false;
	currency c = 0;
	assert(exponent >= 0 && exponent <= 18);
	if (seen)
		*seen = 0;
	if (bare)
		*bare = false;
	if (plain(v, f.decimal, exponent, out))
		return NUM_OK;
	v = sv_trim(v);
	if (!v.n)
		return NUM_EMPTY;
	if (!take_apart(&a, v) || !read_outside(&a, &negative, &c, &is_bare))
		return NUM_BAD;
	if (seen)
		*seen = c;
	if (bare)
		*bare = is_bare && !c;
	switch (read_marks(&a, f.decimal)) {
	case STORY_INTEGER:
		return value_of(a.digits, 0, exponent, negative, out);
	case STORY_DECIMAL:
		return value_of(a.digits, a.last_len, exponent, negative, out);
	case STORY_BOTH:
		return NUM_AMBIGUOUS;
	default:
		return NUM_BAD;
	}
}

char num_decimal_mark(struct sv v)
{
	struct parts a;
	bool negative, bare;
	currency c = 0;
	v = sv_trim(v);
	if (!v.n || !take_apart(&a, v) || !read_outside(&a, &negative, &c, &bare))
		return 0;
	switch (read_marks(&a, 0)) {
	case STORY_DECIMAL:
		return a.last;
	case STORY_INTEGER:
		/* Groups by comma leave the point for decimals, and the other way round. */
		return a.n_marks == 0 ? 0 : a.group == ',' ? '.' : a.group == '.' ? ',' : 0;
	default:
		return 0;
	}
}
