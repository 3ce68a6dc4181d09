/* Days and times written out, and the clock. */
#include "wend/civil.h"

static char *put2(char *p, int v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

/* 2026-03-07 into p; years outside 0..9999 do not fit and are the caller's to avoid. */
static char *put_day(char *p, int32_t day)
{
	int y, m, d;
	civil_ymd(day, &y, &m, &d);
	p = put2(p, y / 100);
	p = put2(p, y % 100);
	*p++ = '-';
	p = put2(p, m);
	*p++ = '-';
	return put2(p, d);
}

enum { FIRST_DAY = -719528, LAST_DAY = 2932896 }; /* 0000-01-01, 9999-12-31 */

void day_text(struct str *out, int32_t day)
{
	char buf[16];
	if (day < FIRST_DAY || day > LAST_DAY) {
		int y, m, d;
		civil_ymd(day, &y, &m, &d);
		str_printf(out, "%+07d-%02d-%02d", y, m, d);
		return;
	}
	str_add(out, buf, (size_t)(put_day(buf, day) - buf));
}

void wtime_text(struct str *out, int64_t w, const struct zone *z)
{
	char buf[32];
	if (w == WEND_NONE)
		return;
	const int64_t secs = wtime_secs(w);
	/* A day to spare on both sides for the offset. Beyond, only a damaged value. */
	if (secs < (int64_t)(FIRST_DAY + 2) * 86400 || secs >= (int64_t)(LAST_DAY - 1) * 86400) {
		str_printf(out, "@%lld", (long long)secs);
		return;
	}
	if (wtime_is_day(w)) {
		day_text(out, floor_day(secs));
		return;
	}
	int32_t off = z ? zone_offset(z, secs, NULL, NULL) : 0;
	/* ISO 8601 has no offset of seconds, such as local mean time had: say it in UTC. */
	const bool utc = !z || z == zone_utc() || off % 60;
	if (utc)
		off = 0;
	const int64_t local = secs + off;
	const int32_t day = floor_day(local);
	const int s = (int)(local - (int64_t)day * 86400);
	char *p = put_day(buf, day);
	*p++ = 'T';
	p = put2(p, s / 3600);
	*p++ = ':';
	p = put2(p, s / 60 % 60);
	*p++ = ':';
	p = put2(p, s % 60);
	if (utc) {
		*p++ = 'Z';
	} else {
		const int minutes = (off < 0 ? -off : off) / 60;
		*p++ = off < 0 ? '-' : '+';
		p = put2(p, minutes / 60);
		*p++ = ':';
		p = put2(p, minutes % 60);
	}
	str_add(out, buf, (size_t)(p - buf));
}

int64_t clock_now(void)
{
	const char *const fixed = getenv("WEND_NOW");
	if (fixed && *fixed) {
		int64_t v;
		struct stamp st;
		if (sv_int(sv_of(fixed), &v))
			return v;
		if (stamp_iso(sv_of(fixed), &st) && stamp_wtime(&st, zone_utc(), &v, NULL))
			return wtime_secs(v);
	}
	return (int64_t)time(NULL);
}
