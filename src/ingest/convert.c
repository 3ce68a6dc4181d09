/* A cell to a number or a time, with what the column has proved about its form. */
#include "engine.h"

/* Forms of a date that need no preset, each with the times of day that may follow. The
 * international form comes first; where two orders fit, the column must decide. */
static const struct { const char *date; enum date_order order; } common[] = {
	{ "%d/%m/%Y", ORDER_DMY }, { "%m/%d/%Y", ORDER_MDY },
	{ "%d.%m.%Y", ORDER_DMY }, { "%d-%m-%Y", ORDER_DMY }, { "%m-%d-%Y", ORDER_MDY },
	{ "%Y/%m/%d", ORDER_YMD }, { "%Y.%m.%d", ORDER_YMD }, { "%Y%m%d", ORDER_YMD },
	{ "%d/%m/%y", ORDER_DMY }, { "%m/%d/%y", ORDER_MDY }, { "%d.%m.%y", ORDER_DMY },
	{ "%d %b %Y", ORDER_ANY }, { "%d %B %Y", ORDER_ANY }, { "%b %d, %Y", ORDER_ANY }, { "%B %d, %Y", ORDER_ANY },
	{ "%d-%b-%Y", ORDER_ANY }, { "%d-%b-%y", ORDER_ANY }, { "%b-%d-%y", ORDER_ANY }, { "%d/%b/%y", ORDER_ANY }, { "%d/%b/%Y", ORDER_ANY },
};
static const char *const clocks[] = { "", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", " %H:%M:%S %z", " %H:%M %Z" };

static enum date_order order_of(const char *pattern)
{
	const char *d = strstr(pattern, "%d"), *m = strstr(pattern, "%m"), *y = strstr(pattern, "%Y");
	if (!y)
		y = strstr(pattern, "%y");
	if (!d || !m || !y)
		return ORDER_ANY;
	if (y < m && y < d)
		return ORDER_YMD;
	return d < m ? ORDER_DMY : ORDER_MDY;
}

static void add_form(struct time_col *t, struct plan *p, struct form f)
{
	/* --date-order takes away what contradicts it; the international form never does. */
	if (p->date_order && f.order && !f.iso && f.order != p->date_order)
		return;
	t->form[t->nform++] = f;
}

static enum wend_err zone_of(struct time_col *t, struct plan *p, struct sv text, const struct mapping *m, struct err *err)
{
	struct str name = STR_INIT;
	enum wend_err e = WEND_OK;
	(void)m;
	if (!text.n)
		t->mode = ZM_DEFAULT;
	else if (sv_is(text, "offset"))
		t->mode = ZM_OFFSET;
	else if (sv_is(text, "given"))
		t->mode = ZM_GIVEN;
	else if (sv_starts(text, "column ")) {
		struct expr *x = arena_zalloc(&p->arena, sizeof *x);
		t->mode = ZM_COLUMN;
		e = expr_parse(x, &p->arena, sv_n(text.p + 7, text.n - 7), err);
		if (!e)
			e = bexpr_bind(&t->zone_from, p, x, err);
		if (!e && !t->zone_from.n)
			t->mode = ZM_GIVEN;
		for (size_t i = 0; i < p->preset->nvalues; i++)
			if (sv_is(p->preset->values[i].field, "zone"))
				t->zone_values = &p->preset->values[i];
	} else if (sv_starts(text, "header ")) {
		/* {"ImportId":"startDate","timeZone":"Europe/Berlin"} in the third header row */
		struct sv key = sv_trim(sv_n(text.p + 7, text.n - 7));
		const struct opening *o = p->opening;
		size_t row = o->header + 2;
		t->mode = ZM_GIVEN;
		for (size_t c = 0; row < o->n && c < o->ncell[row] && !t->zone; c++) {
			struct sv cell = o->cell[row][c];
			str_reset(&name);
			str_printf(&name, "\"%.*s\":\"", (int)key.n, key.p);
			ptrdiff_t at = sv_find(cell, str_view(&name));
			if (at < 0)
				continue;
			struct sv rest = sv_n(cell.p + at + name.n, cell.n - (size_t)at - name.n), zone;
			sv_cut(&rest, '"', &zone);
			str_reset(&name);
			str_sv(&name, zone);
			e = zone_open(&t->zone, name.p ? name.p : "", err);
			if (e)
				break;
			t->mode = ZM_FIXED;
		}
	} else {
		str_sv(&name, text);
		t->mode = ZM_FIXED;
		e = zone_open(&t->zone, name.p, err);
	}
	str_release(&name);
	return e;
}

enum wend_err time_col_init(struct time_col *t, struct plan *p, const struct mapping *m, struct err *err)
{
	*t = (struct time_col){ .chosen = -1 };
	size_t cap = m->formats.n + sizeof common / sizeof common[0] + 1;
	t->form = arena_zalloc(&p->arena, cap * sizeof *t->form);
	for (size_t i = 0; i < m->formats.n; i++) {
		const char *z = arena_strndup(&p->arena, m->formats.v[i].p, m->formats.v[i].n);
		struct form f = { .n = 1, .order = order_of(z), .iso = !strcmp(z, "iso") };
		f.pattern[0] = z;
		add_form(t, p, f);
	}
	if (!m->formats.n) {
		add_form(t, p, (struct form){ .iso = true });
		for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
			struct form f = { .order = common[i].order };
			for (size_t c = 0; c < sizeof clocks / sizeof clocks[0]; c++)
				f.pattern[f.n++] = arena_printf(&p->arena, "%s%s", common[i].date, clocks[c]);
			add_form(t, p, f);
		}
	}
	t->alive = t->nform >= 64 ? ~0ull : (1ull << t->nform) - 1;
	return zone_of(t, p, m->zone.n ? m->zone : p->preset->zone, m, err);
}

static bool form_reads(const struct form *f, struct sv v, struct stamp *st)
{
	if (f->iso)
		return stamp_iso(v, st);
	for (int i = 0; i < f->n; i++)
		if (stamp_parse(v, f->pattern[i], st))
			return true;
	return false;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->y == b->y && a->mo == b->mo && a->d == b->d && a->h == b->h && a->mi == b->mi && a->s == b->s;
}

/* Forms that read hardly anything are given up early: trying them all on every value of
 * a sample would cost more than reading the file. */
static void give_up(struct time_col *t)
{
	uint64_t best = 0;
	for (uint32_t i = 0; i < t->nform; i++)
		if (t->hits[i] > best)
			best = t->hits[i];
	for (uint32_t i = 0; i < t->nform; i++)
		if (t->hits[i] * 10 < best * 9)
			t->alive &= ~(1ull << i);
}

void time_prove(struct time_col *t, struct sv v)
{
	struct stamp st[64];
	uint64_t could = 0;
	for (uint32_t i = 0; i < t->nform; i++) {
		if (!(t->alive >> i & 1) || !form_reads(&t->form[i], v, &st[i]))
			continue;
		for (uint32_t j = 0; j < i; j++)
			if ((could >> j & 1) && !same_stamp(&st[i], &st[j])) {
				t->clash[i] |= 1ull << j;
				t->clash[j] |= 1ull << i;
			}
		could |= 1ull << i;
		t->hits[i]++;
		t->has_offset |= st[i].has_offset;
		if (st[i].has_time && !st[i].has_offset) {
			bool on = st[i].h || st[i].mi || st[i].s;
			t->clock |= on;
			t->midnight |= !on;
		}
		if (t->form[i].iso)
			break; /* no other form reads a year in front of two hyphens */
	}
	if (could && ++t->values % 64 == 0)
		give_up(t);
}

/* ---- reading ---- */

static enum read_result zone_named(struct time_col *t, struct sv text, const struct stamp *st, const struct zone **z)
{
	(void)st;
	if (!text.p)
		return READ_UNDECIDED;
	if (t->last_zone && text.n < sizeof t->last_zone_buf && sv_eq(text, t->last_zone_text)) {
		*z = t->last_zone;
		return READ_OK;
	}
	struct sv name = t->zone_values ? value_lookup(t->zone_values, text) : text;
	int32_t off;
	char buf[64];
	if (!name.n || name.n >= sizeof buf || text.n >= sizeof t->last_zone_buf)
		return READ_BAD;
	if (zone_abbreviation(name, &off)) {
		int a = off < 0 ? -off : off;
		snprintf(buf, sizeof buf, "%c%02d:%02d", off < 0 ? '-' : '+', a / 3600, a % 3600 / 60);
	} else {
		memcpy(buf, name.p, name.n);
		buf[name.n] = 0;
	}
	if (zone_open(z, buf, NULL))
		return READ_BAD;
	memcpy(t->last_zone_buf, text.p, text.n);
	t->last_zone_text = sv_n(t->last_zone_buf, text.n);
	t->last_zone = *z;
	return READ_OK;
}

static inline bool pair(const char *p, int64_t *out)
{
	unsigned a = (unsigned char)p[0] - '0', b = (unsigned char)p[1] - '0';
	*out = (int64_t)(a * 10 + b);
	return a <= 9 && b <= 9;
}

/* "2026-03-07 09:14:02" with "+00:00", "Z" or nothing behind it: the day is that of the
 * row before more often than not. False: take the long way. */
static bool iso_again(struct time_col *t, struct sv v, int64_t *local, int64_t *offset)
{
	int64_t h, m, s;
	if (v.n < 19 || memcmp(v.p, t->last_date, 10) || (v.p[10] != ' ' && v.p[10] != 'T') || v.p[13] != ':' || v.p[16] != ':')
		return false;
	if (!pair(v.p + 11, &h) || !pair(v.p + 14, &m) || !pair(v.p + 17, &s) || h > 23 || m > 59 || s > 59)
		return false;
	*local = t->last_day_s + h * 3600 + m * 60 + s;
	*offset = WEND_NONE;
	if (v.n == 19)
		return true;
	if (v.n == 20 && v.p[19] == 'Z')
		*offset = 0;
	else if (v.n == 25 && (v.p[19] == '+' || v.p[19] == '-') && v.p[22] == ':' && pair(v.p + 20, &h) && pair(v.p + 23, &m) && h < 15 && m < 60)
		*offset = (h * 3600 + m * 60) * (v.p[19] == '-' ? -1 : 1);
	else
		return false;
	return true;
}

enum read_result time_read(struct time_col *t, const struct plan *p, struct sv v, struct sv zone_text, int64_t *out, int64_t *offset)
{
	struct stamp st;
	int64_t local;
	if (t->chosen < 0)
		return READ_AGAIN;
	bool iso = t->form[t->chosen].iso;
	if (iso && !t->as_days && t->mode != ZM_COLUMN && iso_again(t, v, &local, offset)) {
		if (*offset != WEND_NONE) {
			*out = wtime_instant_of(local - *offset);
			return READ_OK;
		}
		const struct zone *zone = t->mode == ZM_FIXED ? t->zone : p->tz;
		if (zone) {
			*out = wtime_instant_of(zone_instant(zone, local, NULL));
			return READ_OK;
		}
	}
	if (t->last_n && v.n == t->last_n && !zone_text.p && !memcmp(v.p, t->last, v.n)) {
		*out = t->last_time;
		*offset = t->last_offset;
		return READ_OK;
	}
	if (!form_reads(&t->form[t->chosen], v, &st))
		return READ_BAD;
	if (iso) {
		memcpy(t->last_date, v.p, 10);
		t->last_day_s = (int64_t)civil_day(st.y, st.mo, st.d) * 86400;
	}
	const struct zone *z = t->mode == ZM_FIXED ? t->zone : p->tz;
	bool naked = st.has_time && !st.has_offset;
	if (naked && t->as_days) {
		if (st.h || st.mi || st.s) {
			t->clock = true;
			return READ_AGAIN;
		}
		st.has_time = naked = false;
	}
	if (naked && t->mode == ZM_COLUMN) {
		enum read_result r = zone_named(t, zone_text, &st, &z);
		if (r == READ_UNDECIDED)
			z = p->tz;
		else if (r)
			return r;
	}
	if (naked && !z) {
		t->clock = true;
		return READ_AGAIN;
	}
	enum zone_hit hit = ZONE_ONCE;
	if (!stamp_wtime(&st, z, out, &hit))
		return READ_BAD;
	*offset = st.has_offset ? st.offset_s : WEND_NONE;
	t->last_n = 0;
	if (v.n <= sizeof t->last && t->mode != ZM_COLUMN) {
		memcpy(t->last, v.p, v.n);
		t->last_n = (uint32_t)v.n;
		t->last_time = *out;
		t->last_offset = *offset;
	}
	return READ_OK;
}

void num_prove(struct num_col *n, struct sv v)
{
	char mark = num_decimal_mark(v);
	int64_t out;
	n->points |= mark == '.';
	n->commas |= mark == ',';
	if (!mark && num_scaled(v, (struct numfmt){ 0 }, 6, &out, NULL, NULL) == NUM_AMBIGUOUS)
		n->ambiguous = true;
}

enum read_result num_read(struct num_col *n, struct sv v, int exponent, int64_t *out, currency *seen, bool *bare)
{
	switch (num_scaled(v, (struct numfmt){ n->decimal }, exponent, out, seen, bare)) {
	case NUM_OK:
		return READ_OK;
	case NUM_EMPTY:
		return READ_EMPTY;
	case NUM_AMBIGUOUS:
		n->ambiguous = true;
		return READ_AGAIN;
	case NUM_BAD: case NUM_TOO_FINE: case NUM_RANGE:
		return READ_BAD;
	}
	return READ_BAD;
}

/* Seconds as a plain number of a unit, or H:MM:SS, or M:SS. */
enum read_result seconds_read(struct num_col *n, struct sv v, enum unit unit, int64_t *out)
{
	if (sv_find(v, SV(":")) > 0) {
		int64_t total = 0, part;
		struct sv rest = v, one;
		int parts = 0;
		while (sv_cut(&rest, ':', &one)) {
			if (!sv_int(one, &part) || part < 0 || part > 10000000 || ++parts > 3)
				return READ_BAD;
			total = total * 60 + part;
		}
		*out = parts == 2 && unit == UNIT_HOURS ? total * 60 : total;
		return READ_OK;
	}
	int64_t milli;
	enum read_result r = num_read(n, v, 3, &milli, NULL, NULL);
	if (r)
		return r;
	int64_t scale = unit == UNIT_MINUTES ? 60 : unit == UNIT_HOURS ? 3600 : 1;
	if (milli > INT64_MAX / scale || milli < INT64_MIN / scale)
		return READ_BAD;
	milli *= scale;
	*out = (milli + (milli < 0 ? -500 : 500)) / 1000;
	return READ_OK;
}
