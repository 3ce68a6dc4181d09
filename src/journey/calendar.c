/* Business time of a location.
 *
 *     [calendar "Lisbon"]
 *     monday = 09:00-13:00, 14:00-18:00
 *     saturday = closed
 *     holiday = 2026-12-25, 2026-12-31..2027-01-01
 *
 * A weekday the section does not name is as in [calendar]; where neither names any
 * weekday, Monday to Friday from 9 to 17. Opening hours are local: a day with a clock
 * change is an hour longer or shorter only when it is open around the change.
 */
#include "journey_impl.h"

enum { DAY_S = 86400, SHIFTS_MAX = 8, DAYS_AHEAD = 3660 };

struct shift {
	int32_t from, to; /* local seconds of the day */
};
struct calendar {
	const struct zone *zone;
	struct shift shift[7][SHIFTS_MAX]; /* 0 = Monday */
	int n[7];
	int32_t (*holiday)[2];             /* first and last day */
	size_t nholiday;
};


struct reading {
	struct calendar *c;
	const char *section;
	bool named[7];
	size_t cap;
	struct arena *a;
	struct err *err;
	enum wend_err e;
};

static bool clock_time(struct sv v, int32_t *out)
{
	struct sv h, m;
	int64_t hour, minute = 0;
	v = sv_trim(v);
	if (!sv_cut(&v, ':', &h) || !sv_int(h, &hour) || (sv_cut(&v, ':', &m) && !sv_int(m, &minute)))
		return false;
	if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60)
		return false;
	*out = (int32_t)(hour * 3600 + minute * 60);
	return true;
}

static bool read_shifts(struct calendar *c, int day, struct sv v)
{
	struct sv piece, from;
	c->n[day] = 0;
	if (sv_ieq(sv_trim(v), SV("closed")) || !sv_trim(v).n)
		return true;
	while (sv_cut(&v, ',', &piece)) {
		struct shift s;
		if (!sv_cut(&piece, '-', &from) || !clock_time(from, &s.from) || !clock_time(piece, &s.to) || s.from >= s.to)
			return false;
		if (c->n[day] == SHIFTS_MAX || (c->n[day] && c->shift[day][c->n[day] - 1].to > s.from))
			return false;
		c->shift[day][c->n[day]++] = s;
	}
	return true;
}

static bool read_holidays(struct reading *r, struct sv v)
{
	struct sv piece;
	while (sv_cut(&v, ',', &piece)) {
		struct span s;
		if (!sv_trim(piece).n)
			continue;
		if (span_parse(&s, sv_trim(piece), 0, NULL))
			return false;
		struct calendar *c = r->c;
		if (c->nholiday == r->cap) {
			int32_t (*wider)[2] = arena_alloc(r->a, (r->cap * 2 + 16) * sizeof *wider);
			memcpy(wider, c->holiday ? c->holiday : wider, c->nholiday * sizeof *wider);
			c->holiday = wider;
			r->cap = r->cap * 2 + 16;
		}
		c->holiday[c->nholiday][0] = floor_day(s.from);
		c->holiday[c->nholiday++][1] = floor_day(s.to - 1);
	}
	return true;
}

static bool read_setting(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence)
{
	struct reading *r = ctx;
	bool ok = true;
	(void)when;
	(void)whence;
	if (strcmp(section, r->section) || !value)
		return true;
	for (int d = 0; d < 7; d++)
		if (sv_ieq(sv_of(name), sv_of(civil_weekday_name[d]))) {
			ok = read_shifts(r->c, d, sv_of(value));
			r->named[d] = true;
		}
	if (sv_starts(sv_of(name), "holiday"))
		ok = read_holidays(r, sv_of(value));
	if (!ok)
		r->e = err_set(r->err, WEND_E_USAGE, "setting '%s' of [%s] is '%s'; write hours as 09:00-17:30 or closed, holidays as 2026-12-25", name, section, value);
	return ok;
}

enum wend_err calendar_open(struct calendar **out, struct store *s, const char *location, const struct zone *z, struct arena *a, struct err *err)
{
	struct reading r = { .c = arena_zalloc(a, sizeof *r.c), .section = "calendar", .a = a, .err = err };
	bool any = false;
	r.c->zone = z;
	store_each_setting(s, read_setting, &r);
	if (!r.e && location && *location) {
		r.section = arena_printf(a, "calendar \"%s\"", location);
		store_each_setting(s, read_setting, &r);
	}
	if (r.e)
		return r.e;
	for (int d = 0; d < 7; d++)
		any = any || r.named[d];
	for (int d = 0; d < 5 && !any; d++)
		read_shifts(r.c, d, SV("09:00-17:00"));
	*out = r.c;
	return WEND_OK;
}

static bool open_day(const struct calendar *c, int32_t day)
{
	if (!c->n[civil_weekday(day) - 1])
		return false;
	for (size_t i = 0; i < c->nholiday; i++)
		if (day >= c->holiday[i][0] && day <= c->holiday[i][1])
			return false;
	return true;
}

static int32_t local_day(const struct calendar *c, int64_t at)
{
	return floor_day(at + zone_offset(c->zone, at, NULL, NULL));
}

static int64_t at_clock(const struct calendar *c, int32_t day, int32_t secs)
{
	return zone_instant(c->zone, (int64_t)day * DAY_S + secs, NULL);
}

int64_t calendar_seconds(const struct calendar *c, int64_t from, int64_t to)
{
	int64_t sum = 0;
	if (from > to)
		return -calendar_seconds(c, to, from);
	const int32_t last = local_day(c, to);
	for (int32_t day = local_day(c, from); day <= last; day++) {
		const int w = civil_weekday(day) - 1;
		for (int i = 0; i < c->n[w] && open_day(c, day); i++) {
			const int64_t a = at_clock(c, day, c->shift[w][i].from), b = at_clock(c, day, c->shift[w][i].to);
			const int64_t lo = a > from ? a : from, hi = b < to ? b : to;
			sum += hi > lo ? hi - lo : 0;
		}
	}
	return sum;
}

int64_t calendar_end_of_next_day(const struct calendar *c, int64_t at)
{
	const int32_t from = local_day(c, at) + 1;
	for (int32_t day = from; day < from + DAYS_AHEAD; day++)
		if (open_day(c, day)) {
			const int w = civil_weekday(day) - 1;
			return at_clock(c, day, c->shift[w][c->n[w] - 1].to);
		}
	return at_clock(c, from, DAY_S); /* a business that never opens: the end of the next day */
}

bool calendar_open_at(const struct calendar *c, int64_t at)
{
	const int32_t day = local_day(c, at);
	const int w = civil_weekday(day) - 1;
	for (int i = 0; i < c->n[w] && open_day(c, day); i++)
		if (at >= at_clock(c, day, c->shift[w][i].from) && at < at_clock(c, day, c->shift[w][i].to))
			return true;
	return false;
}
