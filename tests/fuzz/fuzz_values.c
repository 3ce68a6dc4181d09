/* Any text as a stamp, a span, a number, a currency mark; any bytes as a time zone file and
 * as its rule. Checked: the fast paths agree with the slow ones, what was read is a real
 * date or fits its type, and a zone that was accepted answers for all of time. */
#include <stdlib.h>
#include "base/zone_impl.h"
#include "wend/civil.h"
#include "wend/money.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static bool same(const struct stamp *a, const struct stamp *b)
{
	return a->y == b->y && a->mo == b->mo && a->d == b->d && a->h == b->h && a->mi == b->mi && a->s == b->s &&
	       a->has_time == b->has_time && a->has_offset == b->has_offset && a->offset_s == b->offset_s;
}

static void stamps(struct sv v)
{
	static const char *const patterns[] = {
		"%d/%m/%Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%a %d-%B-%y %H:%M %Z", "%Y%m%d%j", "%Y-%m-%dT%H:%M:%S.%f%z", "%m/%d/%y %I:%M %p %%",
	};
	struct stamp a, b;
	if (stamp_iso(v, &a)) {
		int64_t w = 0;
		demand(civil_valid(a.y, a.mo, a.d));
		demand(stamp_wtime(&a, zone_utc(), &w, NULL) && wtime_is_day(w) == !a.has_time);
		if (v.n == 10)
			demand(stamp_parse(v, "%Y-%m-%d", &b) && same(&a, &b));
		if (v.n == 19 && a.has_time && !a.has_offset && v.p[10] == ' ' && v.p[16] == ':')
			demand(stamp_parse(v, "%Y-%m-%d %H:%M:%S", &b) && same(&a, &b));
	}
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		if (stamp_parse(v, patterns[i], &b))
			demand(civil_valid(b.y, b.mo, b.d) && b.h >= 0 && b.h <= 23 && b.mi <= 59 && b.s <= 60);
	struct span s;
	if (span_parse(&s, v, 20000, NULL) == WEND_OK)
		demand(s.from < s.to || (s.from == s.to && s.from_exact));
}

static void numbers(struct sv v, int exponent)
{
	char text[256];
	if (v.n > sizeof text - 2)
		return;
	/* A blank in front keeps the plain path away. */
	text[0] = ' ';
	memcpy(text + 1, v.p, v.n);
	for (int k = 0; k < 3; k++) {
		const struct numfmt f = { "\0.,"[k] };
		int64_t a = 0, b = 0;
		const enum num_status s = num_scaled(v, f, exponent, &a, NULL, NULL);
		demand(s == num_scaled(sv_n(text, v.n + 1), f, exponent, &b, NULL, NULL));
		demand(s != NUM_OK || (a == b && a != INT64_MIN));
	}
	const char mark = num_decimal_mark(v);
	int64_t a = 0, b = 0;
	if (mark && num_scaled(v, (struct numfmt){ 0 }, exponent, &a, NULL, NULL) == NUM_OK)
		demand(num_scaled(v, (struct numfmt){ mark }, exponent, &b, NULL, NULL) == NUM_OK && a == b);
	const currency c = currency_symbol(v);
	demand(!c || currency_exponent(c) >= 0);
}

static void zones(const uint8_t *data, size_t size)
{
	/* Zones live for ever, so the last answer is remembered by their address; this one is
	 * on the stack. An answer about another zone makes it forgotten. */
	const struct zone *other = NULL;
	if (zone_open(&other, "Europe/Berlin", NULL) == WEND_OK)
		zone_instant(other, 0, NULL);
	struct zone z = { 0 };
	if (!zone_decode(&z, data, size)) {
		int64_t t = -62135596800, lo, hi;
		for (int i = 0; i < 2000 && t < 253402300800; i++) {
			const int32_t off = zone_offset(&z, t, &lo, &hi);
			enum zone_hit hit;
			demand(lo <= t && t < hi && off >= -26 * 3600 && off <= 26 * 3600);
			const int64_t back = zone_instant(&z, t + off, &hit);
			demand(hit == ZONE_TWICE ? back <= t : back == t);
			if (hi == INT64_MAX)
				break;
			t = hi;
		}
	}
	free(z.at);
	free(z.off);
	struct zone_rule r;
	zone_rule_parse(&r, (const char *)data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	const struct sv v = sv_n((const char *)data + 1, size - 1);
	stamps(v);
	numbers(v, data[0] % 5);
	zones(data + 1, size - 1);
	return 0;
}
