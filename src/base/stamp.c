/* Stamps as they stand in files, read into year .. second and an offset.
 *
 * The ISO form is most of what files hold, and each of its digits has a fixed place: it is
 * read without a loop over a pattern. Everything else goes through stamp_parse.
 */
#include "wend/civil.h"

static inline bool two(const char *p, int *out)
{
	const unsigned a = (unsigned)(unsigned char)p[0] - '0', b = (unsigned)(unsigned char)p[1] - '0';
	*out = (int)(a * 10 + b);
	return a <= 9 && b <= 9;
}

/* "Z", "+01", "+0100", "+01:00" up to the end of the view. */
static bool read_offset(const char *p, size_t n, int32_t *out)
{
	int h, m = 0;
	if (n == 1 && (*p == 'Z' || *p == 'z')) {
		*out = 0;
		return true;
	}
	if (n < 3 || (*p != '+' && *p != '-') || !two(p + 1, &h))
		return false;
	if (n == 5 ? !two(p + 3, &m) : n == 6 ? p[3] != ':' || !two(p + 4, &m) : n != 3)
		return false;
	if (h > 18 || m > 59)
		return false;
	*out = (*p == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

/* What may follow the minutes: ":SS", ".fraction", an offset. */
static bool iso_tail(const char *p, size_t n, struct stamp *out)
{
	if (n >= 3 && *p == ':') {
		if (!two(p + 1, &out->s))
			return false;
		p += 3;
		n -= 3;
		if (n >= 2 && (*p == '.' || *p == ',')) {
			size_t i = 1;
			while (i < n && p[i] >= '0' && p[i] <= '9')
				i++;
			if (i == 1)
				return false;
			p += i;
			n -= i;
		}
	}
	if (!n)
		return true;
	if (*p == ' ') {
		p++;
		n--;
	}
	out->has_offset = true;
	if (n == 3 && (!memcmp(p, "UTC", 3) || !memcmp(p, "GMT", 3)))
		return true;
	return read_offset(p, n, &out->offset_s);
}

bool stamp_iso(struct sv v, struct stamp *out)
{
	const char *const p = v.p;
	int c, y;
	*out = (struct stamp){ 0 };
	if (v.n < 10 || p[4] != '-' || p[7] != '-')
		return false;
	if (!two(p, &c) || !two(p + 2, &y) || !two(p + 5, &out->mo) || !two(p + 8, &out->d))
		return false;
	out->y = c * 100 + y;
	if (!civil_valid(out->y, out->mo, out->d))
		return false;
	if (v.n == 10)
		return true;
	if (v.n < 16 || (p[10] != 'T' && p[10] != ' ' && p[10] != 't') || p[13] != ':')
		return false;
	if (!two(p + 11, &out->h) || !two(p + 14, &out->mi))
		return false;
	out->has_time = true;
	if (v.n > 16 && !iso_tail(p + 16, v.n - 16, out))
		return false;
	/* A leap second is a real stamp; as seconds of UTC it is the one that follows. */
	return out->h <= 23 && out->mi <= 59 && out->s <= 60;
}

bool day_iso(struct sv v, int32_t *day)
{
	struct stamp s;
	if (!stamp_iso(v, &s) || s.has_time)
		return false;
	*day = civil_day(s.y, s.mo, s.d);
	return true;
}

/* ---- patterns ---- */

static const char *const months[12] = { "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december" };
static const char *const weekdays[7] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };

static void eat(struct sv *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

/* A blank: ASCII, NBSP, and the narrow NBSP some programs put before AM and PM. */
static size_t blank(struct sv s)
{
	if (s.n && (*s.p == ' ' || *s.p == '\t'))
		return 1;
	if (s.n >= 2 && !memcmp(s.p, "\xc2\xa0", 2))
		return 2;
	if (s.n >= 3 && (!memcmp(s.p, "\xe2\x80\xaf", 3) || !memcmp(s.p, "\xe2\x80\x89", 3)))
		return 3;
	return 0;
}

static bool blanks(struct sv *s)
{
	bool any = false;
	for (size_t n; (n = blank(*s)); any = true)
		eat(s, n);
	return any;
}

static bool number(struct sv *s, size_t min, size_t max, int *out)
{
	int v = 0;
	size_t i = 0;
	for (; i < s->n && i < max && s->p[i] >= '0' && s->p[i] <= '9'; i++)
		v = v * 10 + (s->p[i] - '0');
	if (i < min)
		return false;
	*out = v;
	eat(s, i);
	return true;
}

static size_t letters(struct sv s)
{
	size_t i = 0;
	while (i < s.n && (s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z')
		i++;
	return i;
}

/* One of `names` in full, or its first three letters (and "Sept"). */
static bool word(struct sv *s, const char *const *names, int n_names, int *out)
{
	const struct sv w = sv_n(s->p, letters(*s));
	for (int i = 0; i < n_names; i++) {
		const struct sv full = sv_of(names[i]);
		const bool cut = w.n == 3 || (w.n == 4 && names[i][0] == 's' && names[i][1] == 'e');
		if (sv_ieq(w, full) || (cut && w.n < full.n && sv_ieq(w, sv_n(full.p, w.n)))) {
			*out = i + 1;
			eat(s, w.n);
			return true;
		}
	}
	return false;
}

/* AM, PM, a.m., p.m. */
static bool half_day(struct sv *s, bool *pm)
{
	if (!s->n)
		return false;
	const char c = (char)(*s->p | 32);
	if (c != 'a' && c != 'p')
		return false;
	*pm = c == 'p';
	if (s->n >= 2 && (s->p[1] | 32) == 'm') {
		eat(s, 2);
		return true;
	}
	if (s->n >= 4 && s->p[1] == '.' && (s->p[2] | 32) == 'm' && s->p[3] == '.') {
		eat(s, 4);
		return true;
	}
	return false;
}

static bool numeric_offset(struct sv *s, int32_t *out)
{
	size_t n = 0;
	if (s->n && (*s->p == 'Z' || *s->p == 'z')) {
		n = 1;
	} else {
		while (n < s->n && n < 6 && ((s->p[n] >= '0' && s->p[n] <= '9') || (n == 0 && (*s->p == '+' || *s->p == '-')) || (n == 3 && s->p[n] == ':')))
			n++;
		if (n == 4 && s->p[3] == ':')
			n = 3;
	}
	if (!read_offset(s->p, n, out))
		return false;
	eat(s, n);
	return true;
}

/* "CEST", "PDT", "GMT", also "GMT+01:00" and "UTC-5". */
static bool named_offset(struct sv *s, int32_t *out)
{
	const size_t n = letters(*s);
	if (!n || !zone_abbreviation(sv_n(s->p, n), out))
		return false;
	const bool zero = *out == 0;
	eat(s, n);
	if (!zero || !s->n || (*s->p != '+' && *s->p != '-'))
		return true;
	if (numeric_offset(s, out))
		return true;
	const int sign = *s->p == '-' ? -1 : 1;
	int h;
	eat(s, 1);
	if (!number(s, 1, 1, &h))
		return false;
	*out = sign * h * 3600;
	return true;
}

struct reading {
	struct stamp *st;
	bool y, mo, d, h12, pm, has_half;
};

static bool field(struct reading *r, char letter, struct sv *s)
{
	struct stamp *const st = r->st;
	int v;
	switch (letter) {
	case 'Y':
		r->y = true;
		return number(s, 4, 4, &st->y);
	case 'y': /* POSIX: 69-99 are of the last century */
		if (!number(s, 2, 2, &v))
			return false;
		st->y = v < 69 ? 2000 + v : 1900 + v;
		return r->y = true;
	case 'm':
		r->mo = true;
		return number(s, 1, 2, &st->mo);
	case 'b':
	case 'B':
		r->mo = true;
		if (!word(s, months, 12, &st->mo))
			return false;
		if (letter == 'b' && s->n && *s->p == '.')
			eat(s, 1);
		return true;
	case 'd':
		r->d = true;
		return number(s, 1, 2, &st->d);
	case 'a':
	case 'A':
		return word(s, weekdays, 7, &v);
	case 'H':
		st->has_time = true;
		return number(s, 1, 2, &st->h) && st->h <= 23;
	case 'I':
		st->has_time = r->h12 = true;
		return number(s, 1, 2, &st->h) && st->h >= 1 && st->h <= 12;
	case 'M':
		return number(s, 2, 2, &st->mi) && st->mi <= 59;
	case 'S':
		return number(s, 2, 2, &st->s) && st->s <= 60;
	case 'p':
		r->has_half = true;
		return half_day(s, &r->pm);
	case 'f':
		return number(s, 1, 9, &v);
	case 'z':
		st->has_offset = true;
		return numeric_offset(s, &st->offset_s);
	case 'Z':
		st->has_offset = true;
		return named_offset(s, &st->offset_s);
	case 'j':
		eat(s, s->n);
		return true;
	case '%':
		if (!s->n || *s->p != '%')
			return false;
		eat(s, 1);
		return true;
	default:
		return false;
	}
}

bool stamp_parse(struct sv v, const char *pattern, struct stamp *out)
{
	struct reading r = { .st = out };
	*out = (struct stamp){ 0 };
	for (const char *p = pattern; *p; p++) {
		if (*p == '%' && p[1]) {
			if (!field(&r, *++p, &v))
				return false;
		} else if (*p == ' ') {
			if (!blanks(&v))
				return false;
			while (p[1] == ' ')
				p++;
		} else {
			if (!v.n || *v.p != *p)
				return false;
			eat(&v, 1);
		}
	}
	if (v.n || !r.y || !r.mo || !r.d || r.h12 != r.has_half)
		return false;
	if (r.h12)
		out->h = out->h % 12 + (r.pm ? 12 : 0);
	return civil_valid(out->y, out->mo, out->d);
}

bool stamp_wtime(const struct stamp *st, const struct zone *z, int64_t *out, enum zone_hit *hit)
{
	const int32_t day = civil_day(st->y, st->mo, st->d);
	if (hit)
		*hit = ZONE_ONCE;
	if (!st->has_time) {
		*out = wtime_of_day(day);
		return true;
	}
	const int64_t local = (int64_t)day * 86400 + st->h * 3600 + st->mi * 60 + st->s;
	if (st->has_offset)
		*out = wtime_instant_of(local - st->offset_s);
	else if (z)
		*out = wtime_instant_of(zone_instant(z, local, hit));
	else
		return false;
	return true;
}
