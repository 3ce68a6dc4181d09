/* room: base
 * Civil time: days, zones with their clock changes, stamps as they stand in files.
 *
 * A day is an int32 number of days since 1970-01-01 (proleptic Gregorian).
 * An instant is int64 seconds UTC.
 * A `wtime` is what the store keeps for every time field: (seconds << 1) | day_flag.
 * With the flag set it is a civil day without a time of day (seconds = day * 86400) and
 * no zone moves it; without, an instant. WEND_NONE = missing.
 */
#ifndef WEND_CIVIL_H
#define WEND_CIVIL_H

#include <stdbool.h>
#include <stdint.h>
#include "err.h"
#include "str.h"

#define WEND_NONE INT64_MIN /* missing value in every integer column */

int32_t civil_day(int y, int m, int d);             /* valid dates only; see civil_valid */
void civil_ymd(int32_t day, int *y, int *m, int *d);
bool civil_valid(int y, int m, int d);
int civil_weekday(int32_t day);                     /* 1 = Monday .. 7 = Sunday */
extern const char *const civil_weekday_name[8];     /* "monday" .. "sunday", NULL */
/* Weeks of the process begin on this weekday, 1 to 7; Monday (ISO) until said otherwise.
 * To be said before threads start. */
void civil_weeks_begin(int weekday);
bool civil_weeks_iso(void);
int32_t civil_week_start(int32_t day);              /* first day of the week the day lies in */
void civil_isoweek(int32_t day, int *year, int *week);
int civil_month_days(int y, int m);
int32_t civil_add_months(int32_t day, int months, int anchor_mday); /* 31 Jan + 1 = 28/29 Feb, back to 31 in March when anchor is 31 */

struct zone;
/* IANA name (tzdata), "UTC", "Z" or a fixed "+02:00". Unknown: WEND_E_USAGE with a
 * suggestion. Zones are shared and immutable; they live until the process ends. */
enum wend_err zone_open(const struct zone **out, const char *name, struct err *err);
const struct zone *zone_utc(void);
const char *zone_name(const struct zone *z);
/* Seconds east of UTC at an instant; *lo, *hi (may be NULL) is the half-open range of
 * instants for which this offset holds: callers cache it. */
int32_t zone_offset(const struct zone *z, int64_t utc, int64_t *lo, int64_t *hi);
enum zone_hit { ZONE_ONCE, ZONE_TWICE, ZONE_NEVER };
/* Local seconds (as if UTC) -> instant. A time that occurs twice is the first, a time
 * that never occurs is moved forward by the gap; `hit` (may be NULL) tells. */
int64_t zone_instant(const struct zone *z, int64_t local, enum zone_hit *hit);
/* Offset of a zone abbreviation such as CET, CEST, PST, EDT, GMT, BST. False = unknown. */
bool zone_abbreviation(struct sv abbr, int32_t *offset_s);

/* Cached local time for inner loops: one per thread and zone. */
struct zone_cache {
	const struct zone *z;
	int64_t lo, hi;
	int32_t off;
};
static inline int64_t zone_local(struct zone_cache *c, int64_t utc)
{
	if (utc < c->lo || utc >= c->hi)
		c->off = zone_offset(c->z, utc, &c->lo, &c->hi);
	return utc + c->off;
}
#define ZONE_CACHE(zone) { (zone), 1, 0, 0 }

static inline int64_t wtime_instant_of(int64_t utc) { return utc * 2; }
static inline int64_t wtime_of_day(int32_t day) { return (int64_t)day * 86400 * 2 + 1; }
static inline bool wtime_is_day(int64_t w) { return w & 1; }
static inline int64_t wtime_secs(int64_t w) { return w >> 1; }
static inline int32_t floor_day(int64_t secs)
{
	int64_t d = secs / 86400;
	return (int32_t)(d - (secs % 86400 < 0));
}
/* The civil day a stored time falls on in the zone. */
static inline int32_t wtime_day(int64_t w, struct zone_cache *c)
{
	return floor_day(wtime_is_day(w) ? wtime_secs(w) : zone_local(c, wtime_secs(w)));
}
/* The instant: a civil day begins at its first moment in the zone. */
static inline int64_t wtime_instant(int64_t w, const struct zone *z)
{
	return wtime_is_day(w) ? zone_instant(z, wtime_secs(w), NULL) : wtime_secs(w);
}

/* A stamp read from text, before a zone is applied. */
struct stamp {
	int y, mo, d;
	int h, mi, s;
	bool has_time, has_offset;
	int32_t offset_s;
};
/* Pattern letters: %Y %m %d %y %b(Jan) %B %H %I %M %S %p %z(+HHMM, +HH:MM, Z) %Z(abbreviation)
 * %f (fraction, dropped) and literals; a blank in the pattern matches any run of blanks;
 * %j eats the rest. Strict: the whole view must match and be a real date. */
bool stamp_parse(struct sv v, const char *pattern, struct stamp *out);
/* ISO 8601 and its everyday relatives (2026-03-07, 2026-03-07T09:14[:02[.123]][Z|+01:00| +0100]); the fast path. */
bool stamp_iso(struct sv v, struct stamp *out);
/* A day alone, 2026-03-07. */
bool day_iso(struct sv v, int32_t *day);
/* To wtime. `z` NULL and a time of day without offset: false. */
bool stamp_wtime(const struct stamp *st, const struct zone *z, int64_t *out, enum zone_hit *hit);

/* "--since 2026-10", "2026-Q3", "2026-W46", "2026", "2026-07-01", "2026-07-01T10:00",
 * "2026-07..2026-09", "last-month", "last-week" ... relative words against `today`. A span is
 * [from, to) as wtime-free local seconds; see journey/population for instants. */
struct span {
	int64_t from, to; /* local seconds as if UTC, half-open */
	bool from_exact, to_exact; /* given with a time of day */
};
enum wend_err span_parse(struct span *out, struct sv text, int32_t today, struct err *err);

void wtime_text(struct str *out, int64_t w, const struct zone *z); /* 2026-03-07 or 2026-03-07T09:14:02-05:00 (Z for UTC); "" for WEND_NONE */
void day_text(struct str *out, int32_t day);

/* The clock, only for batch.when, progress and the week of a mail: WEND_NOW (seconds or ISO) fixes it. */
int64_t clock_now(void);

#endif
