/* room: base
 * What zone.c (looking up) and zone_file.c (reading tzdata) share.
 */
#ifndef WEND_ZONE_IMPL_H
#define WEND_ZONE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One change date of a POSIX rule: M m.w.d, J n (no leap day) or n. */
struct zone_date {
	char kind; /* 'M', 'J' or 'N' */
	int16_t month, week, wday, yday;
	int32_t time_s; /* seconds after midnight, may be negative or beyond a day */
};
struct zone_rule {
	bool has_dst;
	int32_t std_off, dst_off;
	struct zone_date begin, end;
};
struct zone {
	struct zone *next;
	char *name;
	size_t n;
	int64_t *at;       /* instants of change, rising */
	int32_t *off;      /* offset from at[i] on */
	int32_t first_off; /* before at[0] */
	bool has_rule;     /* from at[n-1] on */
	struct zone_rule rule;
};

/* Fill a zone from the bytes of a TZif file. NULL, or what is wrong with the file. */
const char *zone_decode(struct zone *z, const unsigned char *data, size_t n);
/* A POSIX TZ string; false = not understood. */
bool zone_rule_parse(struct zone_rule *r, const char *s, size_t n);
/* Local seconds (by the clock in force before the change) of a change date in a year. */
int64_t zone_rule_local(const struct zone_date *d, int y);
/* Nearest name below `dir`, or NULL. The caller frees it. */
char *zone_suggest(const char *dir, const char *name);

#endif
