#include "simcells.h"

#include <stdlib.h>

#include "wend/mem.h"

enum { RECORD_MAX = 1 << 15 };

void cells_room(struct cells *c)
{
	if (c->cap - c->n >= RECORD_MAX)
		return;
	c->cap = (c->cap + RECORD_MAX) * 2;
	c->base = xrealloc(c->base, c->cap);
}

static inline void put(struct cells *c, const char *p, size_t n)
{
	memcpy(c->base + c->n, p, n);
	c->n += n;
}

static inline void put_char(struct cells *c, char ch)
{
	c->base[c->n++] = ch;
}

static void line_end(struct cells *c)
{
	if (c->crlf)
		put_char(c, '\r');
	put_char(c, '\n');
	c->lines++;
	c->col = 0;
}

void put_line(struct cells *c, const char *text)
{
	put(c, text, strlen(text));
	line_end(c);
}

/* The separator before a cell; true when its content is a spoilt one. */
static inline bool spoilt(struct cells *c)
{
	if (c->col)
		put_char(c, c->sep);
	if (c->col++ != c->bad_cell)
		return false;
	put(c, c->bad_text, strlen(c->bad_text));
	c->bad_cell = -2;
	return true;
}

void cell_n(struct cells *c, const char *text, size_t n)
{
	if (!spoilt(c))
		put(c, text, n);
}

void cell(struct cells *c, const char *text)
{
	cell_n(c, text, strlen(text));
}

void cell_quoted(struct cells *c, const char *text)
{
	if (spoilt(c))
		return;
	put_char(c, '"');
	for (; *text; text++) {
		if (*text == '"')
			put_char(c, '"');
		c->lines += *text == '\n';
		put_char(c, *text);
	}
	put_char(c, '"');
}

void cell_any(struct cells *c, const char *text)
{
	size_t n = strlen(text);
	if (memchr(text, c->sep, n) || memchr(text, '"', n) || memchr(text, '\n', n))
		cell_quoted(c, text);
	else
		cell_n(c, text, n);
}

static void put_u64(struct cells *c, uint64_t v)
{
	char d[20];
	int n = 20;
	do
		d[--n] = (char)('0' + v % 10);
	while (v /= 10);
	put(c, d + n, (size_t)(20 - n));
}

void cell_int(struct cells *c, int64_t v)
{
	if (spoilt(c))
		return;
	if (v < 0)
		put_char(c, '-');
	put_u64(c, v < 0 ? (uint64_t)-v : (uint64_t)v);
}

void cell_tag(struct cells *c, const char *tag, uint64_t v)
{
	if (spoilt(c))
		return;
	put(c, tag, strlen(tag));
	put_u64(c, v);
}

void cell_money(struct cells *c, int64_t minor)
{
	if (spoilt(c))
		return;
	if (minor < 0)
		put_char(c, '-');
	uint64_t v = minor < 0 ? (uint64_t)-minor : (uint64_t)minor;
	put_u64(c, v / 100);
	put_char(c, c->decimal);
	put_char(c, (char)('0' + v / 10 % 10));
	put_char(c, (char)('0' + v % 10));
}

void cell_money_comma(struct cells *c, int64_t minor)
{
	if (spoilt(c))
		return;
	uint64_t v = minor < 0 ? (uint64_t)-minor : (uint64_t)minor;
	put(c, "\"-", minor < 0 ? 2 : 1);
	put_u64(c, v / 100);
	put_char(c, ',');
	put_char(c, (char)('0' + v / 10 % 10));
	put_char(c, (char)('0' + v % 10));
	put_char(c, '"');
}

void cell_name(struct cells *c, const struct person *p)
{
	if (spoilt(c))
		return;
	put(c, p->first, strlen(p->first));
	put_char(c, ' ');
	put(c, p->last, strlen(p->last));
}

void cell_id(struct cells *c, const char *tag, uint32_t who, uint32_t k)
{
	if (spoilt(c))
		return;
	put(c, tag, strlen(tag));
	put_u64(c, (uint64_t)who + 1);
	put_char(c, '-');
	put_u64(c, (uint64_t)k + 1);
	/* A damaged row is a record of its own, not a line of the one it was made from. */
	if (c->one_line) {
		put_char(c, '-');
		put_u64(c, c->lines);
	}
}

static void put_hex(struct cells *c, uint32_t v)
{
	for (int i = 28; i >= 0; i -= 4)
		put_char(c, "0123456789ABCDEF"[v >> i & 15]);
}

void cell_hex(struct cells *c, uint32_t a, char mark, uint32_t b)
{
	if (spoilt(c))
		return;
	put_hex(c, a);
	put_char(c, mark);
	put_hex(c, b);
}

const struct person *memo_person(struct cells *c, const struct sim *s, uint32_t who)
{
	struct memo *m = c->memo;
	if (!m->person_there || m->person.who != who) {
		person_make(&m->person, s, who);
		m->person_there = true;
		m->order_there = false;
	}
	return &m->person;
}

const struct order *memo_order(struct cells *c, const struct sim *s, uint32_t who, uint32_t k, uint32_t t, bool guest)
{
	struct memo *m = c->memo;
	const struct person *p = memo_person(c, s, who);
	if (!m->order_there || m->k != k || m->guest != guest) {
		order_make(&m->order, s, p, k, t, guest);
		m->order_there = true;
		m->k = k;
		m->guest = guest;
	}
	return &m->order;
}

void cell_none(struct cells *c, int n)
{
	while (n--)
		spoilt(c);
}

void row_end(struct cells *c)
{
	if (c->bad_cell == -1) {
		put_char(c, c->sep);
		put(c, c->bad_text, strlen(c->bad_text));
		c->bad_cell = -2;
	}
	line_end(c);
	c->rows++;
}

void row_ignored(struct cells *c)
{
	line_end(c);
	c->ignored++;
}

static void two(char *to, int v)
{
	to[0] = (char)('0' + v / 10);
	to[1] = (char)('0' + v % 10);
}

/* "2026-03-07" of a day; files are in the order of time, so it is mostly the last one. */
static const char *date_of_day(struct cells *c, int32_t day)
{
	int y, m, d;
	if (day == c->day && *c->day_text)
		return c->day_text;
	c->day = day;
	civil_ymd(day, &y, &m, &d);
	two(c->day_text, y / 100);
	two(c->day_text + 2, y % 100);
	c->day_text[4] = c->day_text[7] = '-';
	two(c->day_text + 5, m);
	two(c->day_text + 8, d);
	return c->day_text;
}

int64_t cells_local(struct cells *c, uint32_t t)
{
	return zone_local(&c->zone, c->start + t);
}

static void put_day(struct cells *c, int32_t day, char mark)
{
	const char *z = date_of_day(c, day);
	char out[10] = { z[8], z[9], mark, z[5], z[6], mark, z[0], z[1], z[2], z[3] };
	if (mark == '-')
		put(c, z, 10);
	else
		put(c, out, 10);
}

static void put_clock(struct cells *c, int second, bool seconds)
{
	char out[8] = { 0, 0, ':', 0, 0, ':', 0, 0 };
	two(out, second / 3600);
	two(out + 3, second / 60 % 60);
	two(out + 6, second % 60);
	put(c, out, seconds ? 8 : 5);
}

void cell_stamp(struct cells *c, uint32_t t, enum stamp_form form)
{
	if (spoilt(c))
		return;
	bool utc = form == STAMP_Z || form == STAMP_UTC || form == STAMP_UTC_MINUTE;
	int64_t local = utc ? c->start + t : cells_local(c, t);
	int32_t day = floor_day(local);
	int second = (int)(local - (int64_t)day * 86400);
	put_day(c, day, form == STAMP_DOTS || form == STAMP_DAY_DOTS ? '.' : form == STAMP_SLASHES ? '/' : '-');
	if (form == STAMP_DAY || form == STAMP_DAY_DOTS || form == STAMP_SLASHES)
		return;
	put_char(c, form == STAMP_Z ? 'T' : ' ');
	put_clock(c, second, form == STAMP_OFFSET || form == STAMP_LOCAL || form == STAMP_Z || form == STAMP_UTC);
	if (form == STAMP_Z)
		put_char(c, 'Z');
	if (form == STAMP_OFFSET) {
		int off = (int)(local - c->start - t), a = off < 0 ? -off : off;
		char out[6] = { ' ', off < 0 ? '-' : '+' };
		two(out + 2, a / 3600);
		two(out + 4, a / 60 % 60);
		put(c, out, 6);
	}
}

void cell_clock(struct cells *c, uint32_t t)
{
	int64_t local = cells_local(c, t);
	if (!spoilt(c))
		put_clock(c, (int)(local - (int64_t)floor_day(local) * 86400), true);
}
