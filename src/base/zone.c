/* Time zones, read from the TZif files of tzdata (RFC 8536, versions 2 and later).
 *
 * A zone is a sorted list of instants at which its offset changes, and for everything
 * after the list the rule of the file's footer, a POSIX TZ string such as
 * "CET-1CEST,M3.5.0,M10.5.0/3". The library functions of C know one zone per process
 * and are not safe in threads; this reader has neither limit.
 *
 * Local time to instant: every stretch of constant offset that could hold the local time
 * is tried. Held by none, it lies in the gap of a clock put forward; held by two, the
 * clock was put back and the first one counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include "wend/civil.h"
#include "wend/mem.h"
#include "zone_impl.h"

#define DEFAULT_TZDIR "/usr/share/zoneinfo"
enum { ZONE_FILE_MAX = 1 << 20, OFFSET_SPAN = 26 * 3600 };

static struct zone utc_zone = { .name = (char *)(uintptr_t)"UTC" };

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *cache;

const struct zone *zone_utc(void)
{
	return &utc_zone;
}

const char *zone_name(const struct zone *z)
{
	return z->name;
}

/* ---- looking up ---- */

/* Instants at which the rule's summer time begins and ends in a year. */
static void rule_year(const struct zone_rule *r, int y, int64_t *begin, int64_t *end)
{
	*begin = zone_rule_local(&r->begin, y) - r->std_off;
	*end = zone_rule_local(&r->end, y) - r->dst_off;
}

static int32_t rule_offset(const struct zone *z, int64_t utc, int64_t floor, int64_t *lo, int64_t *hi)
{
	const struct zone_rule *r = &z->rule;
	*lo = floor;
	*hi = INT64_MAX;
	if (!r->has_dst)
		return r->std_off;
	/* Beyond the years an int32 day can tell, standard time holds. */
	const int64_t edge = (int64_t)INT32_MAX * 86400 - 400 * INT64_C(86400) * 366;
	if (utc > edge || utc < -edge)
		return r->std_off;
	int y, m, d;
	civil_ymd(floor_day(utc + r->std_off), &y, &m, &d);
	/* Changes of three years around, in time order: the offset is that of the last one
	 * not after `utc`. A change of zero length (all-year summer time) leaves no trace. */
	int64_t best = INT64_MIN, next = INT64_MAX;
	bool best_dst = false;
	for (int k = y - 1; k <= y + 1; k++) {
		int64_t at[2];
		rule_year(r, k, &at[0], &at[1]);
		for (int i = 0; i < 2; i++) {
			if (at[i] <= utc && (at[i] > best || (at[i] == best && i == 0))) {
				best = at[i];
				best_dst = i == 0;
			} else if (at[i] > utc && at[i] < next) {
				next = at[i];
			}
		}
	}
	if (best > *lo)
		*lo = best;
	*hi = next;
	return best_dst ? r->dst_off : r->std_off;
}

int32_t zone_offset(const struct zone *z, int64_t utc, int64_t *lo, int64_t *hi)
{
	int64_t l = INT64_MIN, h = INT64_MAX;
	int32_t off = z->first_off;
	const size_t n = z->n;
	if (n == 0 || utc >= z->at[n - 1]) {
		if (z->has_rule)
			off = rule_offset(z, utc, n ? z->at[n - 1] : INT64_MIN, &l, &h);
		else if (n) {
			off = z->off[n - 1];
			l = z->at[n - 1];
		}
	} else if (utc < z->at[0]) {
		h = z->at[0];
	} else {
		size_t a = 0, b = n - 1; /* at[a] <= utc < at[b] */
		while (b - a > 1) {
			const size_t mid = a + (b - a) / 2;
			if (z->at[mid] <= utc)
				a = mid;
			else
				b = mid;
		}
		off = z->off[a];
		l = z->at[a];
		h = z->at[b];
	}
	if (lo)
		*lo = l;
	if (hi)
		*hi = h;
	return off;
}

/* The last stretch asked for, and the local times that only it can hold. Rows of a file
 * are near each other, so most calls end here. */
static _Thread_local struct {
	const struct zone *z;
	int64_t lo, hi;
	int32_t off;
} last_local;

static void remember(const struct zone *z, int64_t lo, int64_t hi, int32_t off)
{
	int32_t before = off, after = off;
	if (lo != INT64_MIN)
		before = zone_offset(z, lo - 1, NULL, NULL);
	if (hi != INT64_MAX)
		after = zone_offset(z, hi, NULL, NULL);
	last_local.z = z;
	last_local.off = off;
	last_local.lo = lo < INT64_MIN / 2 ? INT64_MIN / 2 : lo + (before > off ? before : off);
	last_local.hi = hi > INT64_MAX / 2 ? INT64_MAX / 2 : hi + (after < off ? after : off);
}

int64_t zone_instant(const struct zone *z, int64_t local, enum zone_hit *hit)
{
	enum zone_hit ignored;
	if (!hit)
		hit = &ignored;
	*hit = ZONE_ONCE;
	if (z == last_local.z && local >= last_local.lo && local < last_local.hi)
		return local - last_local.off;
	if (z->n == 0 && !z->has_rule)
		return local - z->first_off;

	int64_t lo, hi, found = 0, from_lo = 0, from_hi = 0;
	int32_t from_off = 0;
	int hits = 0;
	int64_t gap = local - z->first_off;
	for (int64_t t = local - OFFSET_SPAN; t <= local + OFFSET_SPAN; t = hi) {
		const int32_t off = zone_offset(z, t, &lo, &hi);
		const int64_t u = local - off;
		if (u >= lo && u < hi && hits++ == 0) {
			found = u;
			from_lo = lo;
			from_hi = hi;
			from_off = off;
		}
		/* Past this stretch by its own clock and before the next by its: the gap. The
		 * old offset, read with the new clock, moves the time forward by the gap. */
		if (u >= hi && hits == 0)
			gap = u;
		if (hi == INT64_MAX)
			break;
	}
	if (hits == 0) {
		*hit = ZONE_NEVER;
		return gap;
	}
	if (hits > 1)
		*hit = ZONE_TWICE;
	else
		remember(z, from_lo, from_hi, from_off);
	return found;
}

/* ---- opening ---- */

/* "+02:00", "-0330", "+5". */
static bool fixed_offset(const char *s, int32_t *off)
{
	if (*s != '+' && *s != '-')
		return false;
	const int sign = *s++ == '-' ? -1 : 1;
	int digit[4], n = 0;
	for (; *s; s++) {
		if (*s == ':' && (n == 1 || n == 2) && s[1])
			continue;
		if (*s < '0' || *s > '9' || n == 4)
			return false;
		digit[n++] = *s - '0';
	}
	int h, m = 0;
	if (n == 1)
		h = digit[0];
	else if (n == 2)
		h = digit[0] * 10 + digit[1];
	else if (n == 4) {
		h = digit[0] * 10 + digit[1];
		m = digit[2] * 10 + digit[3];
	} else
		return false;
	if (h > 18 || m > 59)
		return false;
	*off = sign * (h * 3600 + m * 60);
	return true;
}

static struct zone *zone_new(const char *name)
{
	struct zone *z = xcalloc(1, sizeof *z);
	z->name = xstrdup(name);
	return z;
}

static void zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->name);
	free(z->at);
	free(z->off);
	free(z);
}

static struct zone *zone_new_fixed(int32_t off)
{
	char name[16];
	const int minutes = (off < 0 ? -off : off) / 60;
	snprintf(name, sizeof name, "%c%02d:%02d", off < 0 ? '-' : '+', minutes / 60, minutes % 60);
	struct zone *z = zone_new(name);
	z->first_off = off;
	return z;
}

static const char *tzdir(void)
{
	const char *dir = getenv("TZDIR");
	return dir && *dir ? dir : DEFAULT_TZDIR;
}

/* A name is a relative path below TZDIR that cannot leave it. */
static bool name_is_safe(const char *s)
{
	if (!*s || *s == '/' || *s == '.' || strlen(s) > 200 || strstr(s, "..") || strstr(s, "//"))
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      *s == '_' || *s == '-' || *s == '+' || *s == '/'))
			return false;
	return s[-1] != '/';
}

/* Whole file into a fresh block; false leaves errno. */
static bool read_zone_file(const char *path, unsigned char **data, size_t *n)
{
	bool ok = false;
	unsigned char *buf = NULL;
	struct stat st;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &st))
		goto done;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > ZONE_FILE_MAX) {
		errno = ENOENT;
		goto done;
	}
	buf = xmalloc((size_t)st.st_size);
	*n = 0;
	while (*n < (size_t)st.st_size) {
		const ssize_t got = read(fd, buf + *n, (size_t)st.st_size - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			goto done;
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	*data = buf;
	buf = NULL;
	ok = true;
done:
	free(buf);
	close(fd);
	return ok;
}

static enum wend_err unknown_zone(const char *name, struct err *err)
{
	char *near = zone_suggest(tzdir(), name);
	if (near)
		err_set(err, WEND_E_USAGE, "unknown time zone '%s'; did you mean '%s'?", name, near);
	else
		err_set(err, WEND_E_USAGE, "unknown time zone '%s'; give a name such as Europe/Berlin, UTC or +02:00", name);
	free(near);
	return WEND_E_USAGE;
}

static enum wend_err load(struct zone **out, const char *name, struct err *err)
{
	enum wend_err rc = WEND_OK;
	unsigned char *data = NULL;
	size_t n = 0;
	struct zone *z = NULL;
	struct stat st;
	char path[PATH_MAX];

	if (!name_is_safe(name))
		return unknown_zone(name, err);
	if (snprintf(path, sizeof path, "%s/%s", tzdir(), name) >= (int)sizeof path)
		return unknown_zone(name, err);
	if (!read_zone_file(path, &data, &n)) {
		if (stat(tzdir(), &st))
			return err_set(err, WEND_E_STORE, "no time zone data in '%s'; install tzdata or set TZDIR", tzdir());
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return err_set(err, WEND_E_STORE, "cannot read '%s': %s", path, strerror(errno));
		return unknown_zone(name, err);
	}
	if (n < 4 || memcmp(data, "TZif", 4)) { /* zone.tab and its like */
		rc = unknown_zone(name, err);
		goto done;
	}
	z = zone_new(name);
	const char *why = zone_decode(z, data, n);
	if (why) {
		rc = err_set(err, WEND_E_STORE, "time zone file '%s' %s; reinstall tzdata", path, why);
		goto done;
	}
	*out = z;
	z = NULL;
done:
	zone_free(z);
	free(data);
	return rc;
}

enum wend_err zone_open(const struct zone **out, const char *name, struct err *err)
{
	if (!strcmp(name, "UTC") || !strcmp(name, "Z")) {
		*out = &utc_zone;
		return WEND_OK;
	}
	int32_t off = 0;
	struct zone *made = NULL;
	if (fixed_offset(name, &off)) {
		if (off == 0) {
			*out = &utc_zone;
			return WEND_OK;
		}
		made = zone_new_fixed(off);
		name = made->name;
	}
	enum wend_err rc = WEND_OK;
	pthread_mutex_lock(&cache_lock);
	struct zone *z = cache;
	while (z && strcmp(z->name, name))
		z = z->next;
	if (!z) {
		if (made) {
			z = made;
			made = NULL;
		} else {
			rc = load(&z, name, err);
		}
		if (z) {
			z->next = cache;
			cache = z;
		}
	}
	pthread_mutex_unlock(&cache_lock);
	zone_free(made);
	if (rc == WEND_OK)
		*out = z;
	return rc;
}

/* ---- abbreviations ---- */

/* Those that tzdata uses for one offset only, those of RFC 5322 section 4.3 for North
 * America, and the ones payment exports print. IST is India, Israel or Ireland: unknown. */
bool zone_abbreviation(struct sv abbr, int32_t *offset_s)
{
	static const struct { char name[5]; int16_t minutes; } known[] = {
		{ "UTC", 0 }, { "GMT", 0 }, { "Z", 0 }, { "UT", 0 },
		{ "WET", 0 }, { "WEST", 60 }, { "BST", 60 }, { "CET", 60 }, { "CEST", 120 },
		{ "MEZ", 60 }, { "MESZ", 120 }, { "EET", 120 }, { "EEST", 180 }, { "MSK", 180 },
		{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
		{ "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 },
		{ "AKST", -540 }, { "AKDT", -480 }, { "HST", -600 }, { "AST", -240 }, { "ADT", -180 },
		{ "NST", -210 }, { "NDT", -150 }, { "BRT", -180 },
		{ "AEST", 600 }, { "AEDT", 660 }, { "ACST", 570 }, { "ACDT", 630 }, { "AWST", 480 },
		{ "NZST", 720 }, { "NZDT", 780 },
		{ "JST", 540 }, { "KST", 540 }, { "HKT", 480 }, { "SGT", 480 }, { "PKT", 300 },
		{ "WIB", 420 }, { "WITA", 480 }, { "WIT", 540 },
		{ "SAST", 120 }, { "CAT", 120 }, { "EAT", 180 }, { "WAT", 60 }, { "IDT", 180 },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (sv_ieq(abbr, sv_of(known[i].name))) {
			*offset_s = known[i].minutes * 60;
			return true;
		}
	}
	return false;
}
