/* Reading tzdata: the TZif file format (RFC 8536), the POSIX TZ string at its end, and
 * the list of zone names for a spelling suggestion. Every length is checked against the
 * bytes that are there: the folder can be named by TZDIR.
 */
#include <dirent.h>
#include <sys/stat.h>
#include "wend/civil.h"
#include "wend/mem.h"
#include "wend/opt.h"
#include "zone_impl.h"

enum { TZIF_HEADER = 44, TRANSITIONS_MAX = 20000, OFFSET_MAX = 26 * 3600 };

struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool read_counts(struct counts *c, const unsigned char *data, size_t n)
{
	if (n < TZIF_HEADER || memcmp(data, "TZif", 4))
		return false;
	c->isut = be32(data + 20);
	c->isstd = be32(data + 24);
	c->leap = be32(data + 28);
	c->time = be32(data + 32);
	c->type = be32(data + 36);
	c->chars = be32(data + 40);
	return c->isut <= 256 && c->isstd <= 256 && c->leap <= 1000 && c->time <= TRANSITIONS_MAX &&
	       c->type >= 1 && c->type <= 256 && c->chars <= 4096;
}

static size_t block_size(const struct counts *c, size_t time_size)
{
	return c->time * time_size + c->time + c->type * 6 + c->chars + c->leap * (time_size + 4) + c->isstd + c->isut;
}

const char *zone_decode(struct zone *z, const unsigned char *data, size_t n)
{
	struct counts c;
	if (!read_counts(&c, data, n))
		return "is damaged";
	if (data[4] < '2')
		return "is of version 1, which ends in 2037";
	const size_t skip = TZIF_HEADER + block_size(&c, 4);
	if (skip > n || !read_counts(&c, data + skip, n - skip))
		return "is damaged";
	if (c.leap)
		return "counts leap seconds";
	const unsigned char *const times = data + skip + TZIF_HEADER;
	const size_t size = block_size(&c, 8);
	if (size > n - skip - TZIF_HEADER)
		return "is damaged";
	const unsigned char *const index = times + c.time * 8;
	const unsigned char *const types = index + c.time;
	const unsigned char *const footer = times + size;
	const size_t left = (size_t)(data + n - footer);

	z->at = xreallocarray(NULL, c.time + 1, sizeof *z->at);
	z->off = xreallocarray(NULL, c.time + 1, sizeof *z->off);
	for (size_t i = 0; i < c.type; i++) {
		const int32_t off = (int32_t)be32(types + i * 6);
		if (off > OFFSET_MAX || off < -OFFSET_MAX)
			return "is damaged";
	}
	z->first_off = (int32_t)be32(types);
	int32_t off = z->first_off;
	for (size_t i = 0; i < c.time; i++) {
		const int64_t at = be64(times + i * 8);
		if (index[i] >= c.type || (i && at <= be64(times + (i - 1) * 8)))
			return "is damaged";
		const int32_t next = (int32_t)be32(types + index[i] * 6);
		/* Changes of the name alone are none to us; the last one stays, for it says
		 * where the rule begins. */
		if (next == off && i + 1 < c.time)
			continue;
		z->at[z->n] = at;
		z->off[z->n++] = off = next;
	}
	if (left < 2 || footer[0] != '\n')
		return "is damaged";
	const unsigned char *const end = memchr(footer + 1, '\n', left - 1);
	if (!end)
		return "is damaged";
	const size_t rule_n = (size_t)(end - footer) - 1;
	if (rule_n) {
		if (!zone_rule_parse(&z->rule, (const char *)footer + 1, rule_n))
			return "has a rule that is not understood";
		z->has_rule = true;
	}
	return NULL;
}

/* ---- POSIX TZ string ---- */

static bool skip_abbreviation(struct sv *s)
{
	size_t i = 0;
	if (s->n && s->p[0] == '<') {
		while (i < s->n && s->p[i] != '>')
			i++;
		if (i == s->n)
			return false;
		i++;
	} else {
		while (i < s->n && ((s->p[i] | 32) >= 'a' && (s->p[i] | 32) <= 'z'))
			i++;
	}
	s->p += i;
	s->n -= i;
	return i >= 3;
}

static bool take(struct sv *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool take_number(struct sv *s, int max, int32_t *out)
{
	int32_t v = 0;
	size_t i = 0;
	for (; i < s->n && i < 4 && s->p[i] >= '0' && s->p[i] <= '9'; i++)
		v = v * 10 + (s->p[i] - '0');
	s->p += i;
	s->n -= i;
	*out = v;
	return i > 0 && v <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct sv *s, int32_t *out)
{
	int32_t h, m = 0, sec = 0;
	const bool minus = take(s, '-');
	if (!minus)
		take(s, '+');
	if (!take_number(s, 167, &h))
		return false;
	if (take(s, ':')) {
		if (!take_number(s, 59, &m) || (take(s, ':') && !take_number(s, 59, &sec)))
			return false;
	}
	*out = h * 3600 + m * 60 + sec;
	if (minus)
		*out = -*out;
	return true;
}

static bool take_date(struct sv *s, struct zone_date *d)
{
	int32_t a, b, c;
	*d = (struct zone_date){ .kind = 'N', .time_s = 2 * 3600 };
	if (!take(s, ','))
		return false;
	if (take(s, 'M')) {
		d->kind = 'M';
		if (!take_number(s, 12, &a) || !take(s, '.') || !take_number(s, 5, &b) || !take(s, '.') ||
		    !take_number(s, 6, &c) || a < 1 || b < 1)
			return false;
		d->month = (int16_t)a;
		d->week = (int16_t)b;
		d->wday = (int16_t)c;
	} else {
		if (take(s, 'J'))
			d->kind = 'J';
		if (!take_number(s, 365, &a) || (d->kind == 'J' && a < 1))
			return false;
		d->yday = (int16_t)a;
	}
	return !take(s, '/') || take_time(s, &d->time_s);
}

bool zone_rule_parse(struct zone_rule *r, const char *p, size_t n)
{
	struct sv s = sv_n(p, n);
	int32_t west;
	*r = (struct zone_rule){ 0 };
	if (!skip_abbreviation(&s) || !take_time(&s, &west))
		return false;
	r->std_off = -west;
	if (!s.n)
		return true;
	r->has_dst = true;
	r->dst_off = r->std_off + 3600;
	if (!skip_abbreviation(&s))
		return false;
	if (s.n && s.p[0] != ',') {
		if (!take_time(&s, &west))
			return false;
		r->dst_off = -west;
	}
	return take_date(&s, &r->begin) && take_date(&s, &r->end) && !s.n;
}

int64_t zone_rule_local(const struct zone_date *d, int y)
{
	int32_t day;
	if (d->kind == 'M') {
		const int32_t first = civil_day(y, d->month, 1);
		const int wday = civil_weekday(first) % 7; /* Sunday 0 */
		int mday = (d->wday - wday + 7) % 7 + 1 + (d->week - 1) * 7;
		if (mday > civil_month_days(y, d->month))
			mday -= 7;
		day = first + mday - 1;
	} else {
		day = civil_day(y, 1, 1) + d->yday;
		/* Jn counts from 1 and never counts 29 February: J60 is always 1 March. */
		if (d->kind == 'J' && (d->yday < 60 || civil_month_days(y, 2) == 28))
			day--;
	}
	return (int64_t)day * 86400 + d->time_s;
}

/* ---- suggestion ---- */

struct names {
	const char **v;
	size_t n, cap;
	struct arena a;
};

static void collect(struct names *out, const char *dir, const char *prefix, int depth)
{
	DIR *const d = opendir(dir);
	if (!d)
		return;
	for (const struct dirent *e; (e = readdir(d)) && out->n < 5000;) {
		/* Zones and their folders begin with a capital; posix/, right/ and tables do not. */
		if (e->d_name[0] < 'A' || e->d_name[0] > 'Z')
			continue;
		const char *const path = arena_printf(&out->a, "%s/%s", dir, e->d_name);
		const char *const name = arena_printf(&out->a, "%s%s", prefix, e->d_name);
		struct stat st;
		if (stat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode)) {
			if (depth < 3)
				collect(out, path, arena_printf(&out->a, "%s/", name), depth + 1);
		} else {
			GROW(out->v, out->cap, out->n + 2);
			out->v[out->n++] = name;
		}
	}
	closedir(d);
}

/* Equal but for case, with blanks for underscores. */
static bool same_words(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		const char x = *a == ' ' ? '_' : *a, y = *b == ' ' ? '_' : *b;
		const bool letters = (x | 32) >= 'a' && (x | 32) <= 'z';
		if (x != y && !(letters && (x | 32) == (y | 32)))
			return false;
	}
	return *a == *b;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *zone_suggest(const char *dir, const char *name)
{
	struct names all = { NULL, 0, 0, ARENA_INIT };
	const char *found = NULL;
	char *out = NULL;

	collect(&all, dir, "", 0);
	if (!all.n)
		goto done;
	qsort(all.v, all.n, sizeof *all.v, by_bytes);
	all.v[all.n] = NULL;
	/* The city alone is what people type: "berlin" for Europe/Berlin. */
	for (size_t i = 0; i < all.n && !found; i++) {
		const char *const slash = strrchr(all.v[i], '/');
		if (same_words(name, all.v[i]) || (slash && same_words(name, slash + 1)))
			found = all.v[i];
	}
	if (!found)
		found = suggest(name, all.v);
	if (found)
		out = xstrdup(found);
done:
	free(all.v);
	arena_release(&all.a);
	return out;
}
