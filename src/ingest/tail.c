/* A file that begins with one already read: only the rows behind it are new. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "opening.h"

/* Byte offsets of records are those of the file only when nothing was decoded, and rows
 * without an id are counted among equal rows of the whole file, so they need all of it. */
bool tail_can_be_read(const struct plan *p, const struct csv *c, const char *path)
{
	if (sv_ends(sv_of(path), ".gz") || strcmp(csv_encoding(c), "UTF-8") || csv_bom(c))
		return false;
	for (uint32_t k = 0; k < p->nsection; k++) {
		bool id = false, item = false;
		for (uint32_t i = 0; i < p->section[k].nstep; i++) {
			id |= p->section[k].step[i].op == STEP_TEXT && p->section[k].step[i].field == F_ID;
			item |= field_defs[p->section[k].step[i].field].item;
		}
		/* A line of an order far above would be taken for a newer version of it. */
		if (!id || (item && !p->grouped))
			return false;
	}
	return !p->grouped || !p->preset->group_blank;
}

/* Did the known part end with its last line, or inside one that goes on now? */
enum wend_err ends_a_line(const char *path, uint64_t bytes, bool *ends, struct err *err)
{
	char last = 0;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = pread(fd, &last, 1, (off_t)bytes - 1)) < 0 && errno == EINTR)
		;
	*ends = n == 1 && last == '\n';
	enum wend_err e = n < 0 ? err_set(err, WEND_E_STORE, "cannot read '%s': %s", path, strerror(errno)) : WEND_OK;
	if (fd >= 0)
		close(fd);
	return e;
}

/* A row of the known part. Its group may go on behind it: then the part was cut inside a
 * record, and the record must be read as a whole. */
enum wend_err builder_skip(struct builder *b, const struct sheet_row *row)
{
	b->skipped++;
	if (!b->plan->grouped) {
		b->position += b->plan->nsection;
		return WEND_OK;
	}
	struct sv key = bexpr_text(&b->plan->group, b->plan, row->f, &b->pool, false);
	if (!b->skip_key.p || !sv_eq(key, str_view(&b->skip_key)))
		b->position += b->plan->nsection;
	str_reset(&b->skip_key);
	str_sv(&b->skip_key, key);
	pool_reset(&b->pool);
	return WEND_OK;
}

/* "newest": the newest change the records speak of. "preamble TEXT", "file": a date. */
int64_t export_date_of(const struct plan *p, const struct builder *b, const char *file)
{
	struct sv rule = p->preset->export_date, text = SV_NONE;
	struct stamp st;
	int64_t w = WEND_NONE;
	if (!rule.n || sv_starts(rule, "newest"))
		return b->newest_updated;
	if (sv_starts(rule, "preamble ")) {
		struct sv mark = sv_trim(sv_n(rule.p + 9, rule.n - 9));
		for (size_t i = 0; i < p->opening->n && i < p->opening->header && !text.p; i++) {
			ptrdiff_t at = sv_find(p->opening->raw[i], mark);
			if (at >= 0)
				text = sv_trim(sv_n(p->opening->raw[i].p + at + mark.n, p->opening->raw[i].n - (size_t)at - mark.n));
		}
		if (text.p && (stamp_iso(text, &st) || stamp_parse(text, "%Y%m%d", &st) || stamp_parse(text, "%B %d, %Y", &st)))
			stamp_wtime(&st, p->tz ? p->tz : zone_utc(), &w, NULL);
		return w;
	}
	for (struct sv v = sv_of(file); v.n >= 8; v.p++, v.n--)
		if ((v.n >= 10 && stamp_iso(sv_n(v.p, 10), &st)) || stamp_parse(sv_n(v.p, 8), "%Y%m%d", &st)) {
			stamp_wtime(&st, zone_utc(), &w, NULL);
			return w;
		}
	return w;
}
