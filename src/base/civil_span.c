/* Spans of local time as people type them: a day, a month, a quarter, a week, a year, a
 * word relative to today, or two of these with ".." between.
 */
#include "wend/civil.h"
#include "wend/opt.h"

enum { DAY_S = 86400 };

static void set_days(struct span *s, int32_t from, int32_t to)
{
	*s = (struct span){ (int64_t)from * DAY_S, (int64_t)to * DAY_S, false, false };
}

static void set_months(struct span *s, int y, int m, int n)
{
	const int32_t from = civil_day(y, m, 1);
	set_days(s, from, civil_add_months(from, n, 1));
}

/* All of v is digits; up to four. */
static bool digits(struct sv v, int *out)
{
	int n = 0;
	if (v.n < 1 || v.n > 4)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		n = n * 10 + (v.p[i] - '0');
	}
	*out = n;
	return true;
}

static bool iso_week(struct span *s, int y, int week)
{
	int yy, last;
	civil_isoweek(civil_day(y, 12, 28), &yy, &last);
	if (week < 1 || week > last)
		return false;
	const int32_t jan4 = civil_day(y, 1, 4);
	const int32_t monday = jan4 - civil_weekday(jan4) + 1 + (week - 1) * 7;
	set_days(s, monday, monday + 7);
	return true;
}

/* 2026, 2026-10, 2026-Q3, 2026-W46 */
static bool calendar(struct span *s, struct sv v)
{
	int y, k;
	if (v.n < 4 || !digits(sv_n(v.p, 4), &y) || y < 1)
		return false;
	if (v.n == 4) {
		set_months(s, y, 1, 12);
		return true;
	}
	if (v.p[4] != '-' || v.n < 7 || v.n > 8)
		return false;
	const char letter = (char)(v.p[5] | 32);
	if (letter == 'q' && v.n == 7 && digits(sv_n(v.p + 6, 1), &k) && k >= 1 && k <= 4) {
		set_months(s, y, 3 * k - 2, 3);
		return true;
	}
	if (letter == 'w' && v.n == 8 && digits(sv_n(v.p + 6, 2), &k))
		return iso_week(s, y, k);
	if (v.n == 7 && digits(sv_n(v.p + 5, 2), &k) && k >= 1 && k <= 12) {
		set_months(s, y, k, 1);
		return true;
	}
	return false;
}

static const char *const words[] = {
	"today", "yesterday", "this-week", "last-week", "this-month", "last-month",
	"this-quarter", "last-quarter", "this-year", "last-year", NULL
};

static bool relative(struct span *s, struct sv v, int32_t today)
{
	int y, m, d, back, i = 0;
	while (words[i] && !sv_ieq(v, sv_of(words[i])))
		i++;
	if (!words[i])
		return false;
	civil_ymd(today, &y, &m, &d);
	back = i % 2; /* every second word is the one before */
	const int month0 = y * 12 + m - 1;
	switch (i / 2) {
	case 0:
		set_days(s, today - back, today - back + 1);
		break;
	case 1: {
		const int32_t first = civil_week_start(today) - 7 * back;
		set_days(s, first, first + 7);
		break;
	}
	case 2: {
		const int k = month0 - back;
		set_months(s, k / 12, k % 12 + 1, 1);
		break;
	}
	case 3: {
		const int k = month0 / 3 - back;
		set_months(s, k / 4, k % 4 * 3 + 1, 3);
		break;
	}
	default:
		set_months(s, y - back, 1, 12);
	}
	return true;
}

static enum wend_err bad_span(struct sv v, struct err *err)
{
	char word[64];
	const size_t n = v.n < sizeof word ? v.n : sizeof word - 1;
	memcpy(word, v.p, n);
	word[n] = 0;
	const char *const near = n && v.n < sizeof word ? suggest(word, words) : NULL;
	if (near)
		return err_set(err, WEND_E_USAGE, "unknown span of time '%s'; did you mean '%s'?", word, near);
	return err_set(err, WEND_E_USAGE, "unknown span of time '%s'; give 2026-07-01, 2026-07, 2026-Q3, 2026-W46, 2026, last-month, or two of them as A..B", word);
}

static enum wend_err one(struct span *s, struct sv v, int32_t today, struct err *err)
{
	struct stamp st;
	v = sv_trim(v);
	if (stamp_iso(v, &st)) {
		if (st.has_offset)
			return err_set(err, WEND_E_USAGE, "the time '%.*s' carries an offset; write local time and give '--tz'", (int)v.n, v.p);
		const int32_t day = civil_day(st.y, st.mo, st.d);
		set_days(s, day, day + 1);
		if (st.has_time) {
			s->from += st.h * 3600 + st.mi * 60 + st.s;
			s->to = s->from;
			s->from_exact = s->to_exact = true;
		}
		return WEND_OK;
	}
	if (calendar(s, v) || relative(s, v, today))
		return WEND_OK;
	return bad_span(v, err);
}

enum wend_err span_parse(struct span *out, struct sv text, int32_t today, struct err *err)
{
	struct span a, b;
	const ptrdiff_t dots = sv_find(text, SV(".."));
	if (dots < 0) {
		const enum wend_err rc = one(&a, text, today, err);
		if (rc == WEND_OK)
			*out = a;
		return rc;
	}
	enum wend_err rc = one(&a, sv_n(text.p, (size_t)dots), today, err);
	if (!rc)
		rc = one(&b, sv_n(text.p + dots + 2, text.n - (size_t)dots - 2), today, err);
	if (rc)
		return rc;
	if (a.from >= b.to)
		return err_set(err, WEND_E_USAGE, "the span '%.*s' ends before it begins; put the earlier date first", (int)text.n, text.p);
	*out = (struct span){ a.from, b.to, a.from_exact, b.to_exact };
	return WEND_OK;
}
