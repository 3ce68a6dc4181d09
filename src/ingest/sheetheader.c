/* room: ingest
 * The header of a table is found among its first records. A preset knows the names; its
 * best match wins. Without one the header is the first record that is about as wide as
 * the table, at least half filled and reads like names: lines of a preamble are narrow,
 * padding is empty, and the first row of data has numbers or dates in it.
 */
#include "sheetheader.h"

#define NAMES_MATCH 0.8

static bool blank(struct sv v)
{
	return sv_trim(v).n == 0;
}

static size_t filled(const struct first_record *r)
{
	size_t k = 0;

	for (size_t i = 0; i < r->n; i++)
		k += !blank(r->cell[i]);
	return k;
}

/* "# Account: Shop" above a table of several columns. */
static bool is_remark(const struct first_record *r)
{
	return r->n == 1 && r->cell[0].n && r->cell[0].p[0] == '#';
}

/* The most frequent width, the wider of two equally frequent ones. */
static size_t usual_width(const struct first_record *r, size_t n)
{
	size_t best = 0, width = 0;

	for (size_t i = 0; i < n; i++) {
		size_t same = 0;

		if (!filled(&r[i]) || is_remark(&r[i]))
			continue;
		for (size_t j = 0; j < n; j++)
			same += r[j].n == r[i].n;
		if (same > best || (same == best && r[i].n > width)) {
			best = same;
			width = r[i].n;
		}
	}
	return width;
}

/* 12, -3.5, 2026-09-01, $5, 'ada@example.com': what stands in rows, not above them. */
static bool is_value(struct sv v)
{
	const char *at;

	v = sv_trim(v);
	while (v.n && v.p[0] && strchr("+-'(.,$", v.p[0])) {
		v.p++;
		v.n--;
	}
	if (v.n && v.p[0] >= '0' && v.p[0] <= '9')
		return true;
	at = v.n ? memchr(v.p, '@', v.n) : NULL;
	return at && memchr(at, '.', (size_t)(v.p + v.n - at)) && !memchr(v.p, ' ', v.n);
}

static bool reads_like_names(const struct first_record *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (is_value(r->cell[i]))
			return false;
	return true;
}

static bool may_be_header(const struct first_record *r, size_t width)
{
	size_t k = filled(r);

	return k && 2 * r->n >= width && 2 * k >= r->n;
}

static size_t by_preset(const struct first_record *r, size_t n, const struct preset *p)
{
	size_t best = n;
	double share = NAMES_MATCH - 1e-9;

	for (size_t i = 0; i < n; i++) {
		struct preset_score score = { .p = p };
		struct header_guess h;

		header_guess_init(&h, r[i].cell, r[i].n);
		preset_rate(&score, p, &h);
		header_guess_release(&h);
		if (score.share > share) {
			share = score.share;
			best = i;
		}
	}
	return best;
}

/* Remarks below a table announce the next one: the header is above them. */
static size_t first_table(const struct first_record *r, size_t n)
{
	bool table = false;

	for (size_t i = 0; i < n; i++) {
		if (table && is_remark(&r[i]))
			return i;
		table |= r[i].n > 1;
	}
	return n;
}

size_t header_find(const struct first_record *r, size_t all, const struct preset *p)
{
	size_t n = first_table(r, all), width = usual_width(r, n), first = n;

	if (p && p->nentry) {
		size_t k = by_preset(r, n, p);

		if (k < n)
			return k;
	}
	for (size_t i = 0; i < n && first == n; i++)
		if (may_be_header(&r[i], width))
			first = i;
	for (size_t i = 0; i < n && first == n; i++)
		if (filled(&r[i]))
			first = i;
	/* "Report,Sales" above a wider header looks like one; the wider one is it. */
	for (size_t i = first; i < n; i++)
		if (r[i].n == width && r[i].n > r[first].n && filled(&r[i]) == r[i].n && reads_like_names(&r[i]))
			return i;
	return first < n ? first : all;
}
