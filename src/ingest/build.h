/* room: ingest (internal)
 * The parts of the record builder that know fields (fields.c) and items (items.c).
 */
#ifndef WEND_INGEST_BUILD_H
#define WEND_INGEST_BUILD_H

#include "engine.h"

/* What one line adds to the record of its section. False: the fault is set (or b->again). */
bool line_fill(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row, bool first);
void fault_set(struct builder *b, const struct sheet_row *row, size_t column, const char *code, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* The key a step makes of a row, added to the record's. False: the fault is set. */
bool key_fill(struct builder *b, const struct plan_section *s, struct step *st, struct record *r, const struct sheet_row *row, bool first);
/* What remains when all lines are there: amount, shares, status, required fields. */
bool record_finish(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row);

/* Text of a cell for as long as its record: that of the row at hand is kept already. */
static inline struct sv stay(struct builder *b, struct sv v)
{
	size_t at = (size_t)((uintptr_t)v.p - (uintptr_t)b->raw.p);
	if (at < b->raw.n && v.n <= b->raw.n - at)
		return sv_n(b->raw_kept + at, v.n);
	return pool_copy(&b->pool, v);
}

/* items.c */
bool item_line(struct builder *b, struct plan_section *s, struct record *r, const struct sheet_row *row, int only);
void items_share(struct builder *b, struct plan_section *s, struct record *r, size_t from);

#endif
