/* room: store
 * What is known of whole files: their digests, for "the same file again" and "a file
 * that begins with one already read", and files that were refused.
 */
#include "store/batch.h"

static void bind_text(sqlite3_stmt *st, int at, const char *z)
{
	if (z)
		sqlite3_bind_text(st, at, z, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(st, at);
}

static void bind_known(sqlite3_stmt *st, int at, int64_t v)
{
	if (v == WEND_NONE)
		sqlite3_bind_null(st, at);
	else
		sqlite3_bind_int64(st, at, v);
}

static void digest_bytes(const struct digest *d, unsigned char out[16])
{
	for (int i = 0; i < 8; i++) {
		out[i] = (unsigned char)(d->hi >> (56 - 8 * i));
		out[8 + i] = (unsigned char)(d->lo >> (56 - 8 * i));
	}
}

enum wend_err batch_row_put(struct store *s, int64_t id, const struct batch_info *i, const struct batch_counts *c, const char *state, struct err *err)
{
	sqlite3_stmt *st = NULL;
	unsigned char digest[16];
	enum wend_err e = store_prepare(s, s->db, &st,
		"UPDATE batch SET digest = ?2, bytes = ?3, kinds = ?4, preset = ?5, source = ?6, options = ?7, tz = ?8, export_date = ?9, snapshot = ?10,"
		" records = ?11, used = ?12, rejected = ?13, ignored = ?14, added = ?15, updated = ?16, duplicates = ?17, matched = ?18, first = ?19, last = ?20,"
		" state = ?21, reason = ?22, file = ?23, head = ?24, rejects = ?25 WHERE id = ?1", err);
	if (e)
		return e;
	digest_bytes(&i->digest, digest);
	sqlite3_bind_int64(st, 1, id);
	if (i->digest.hi || i->digest.lo)
		sqlite3_bind_blob(st, 2, digest, sizeof digest, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)i->bytes);
	sqlite3_bind_int64(st, 4, i->kinds);
	bind_text(st, 5, i->preset);
	bind_text(st, 6, i->source);
	bind_text(st, 7, i->options);
	bind_text(st, 8, i->tz);
	bind_known(st, 9, i->export_date);
	sqlite3_bind_int(st, 10, i->snapshot);
	const uint64_t n[] = { c->records, c->used, c->rejected, c->ignored, c->added, c->updated, c->duplicates, c->matched };
	for (int k = 0; k < 8; k++)
		sqlite3_bind_int64(st, 11 + k, (sqlite3_int64)n[k]);
	bind_known(st, 19, c->first);
	bind_known(st, 20, c->last);
	bind_text(st, 21, state);
	bind_text(st, 22, i->reason);
	bind_text(st, 23, i->file ? i->file : "");
	if (i->head)
		sqlite3_bind_int64(st, 24, i->head);
	bind_text(st, 25, i->rejects);
	e = step_done(s, st, err);
	sqlite3_finalize(st);
	return e;
}

size_t store_seen(struct store *s, struct seen_file *out, size_t cap)
{
	sqlite3_stmt *st = NULL;
	size_t n = 0;
	if (sqlite3_prepare_v2(s->db, "SELECT id, bytes, digest, records, used, rejected, ignored, added, updated, duplicates, matched, first, last, preset,"
		" id >= (SELECT coalesce(max(value), 0) FROM meta WHERE name = 'forgotten') FROM batch WHERE state = 'live' AND length(digest) = 16 ORDER BY id DESC", -1, &st, NULL)) {
		store_missed(s, s->db);
		return 0;
	}
	int rc = SQLITE_DONE;
	while (n < cap && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct seen_file *f = &out[n++];
		const unsigned char *d = sqlite3_column_blob(st, 2);
		memset(f, 0, sizeof *f);
		f->batch = sqlite3_column_int64(st, 0);
		f->bytes = (uint64_t)sqlite3_column_int64(st, 1);
		for (int i = 0; i < 8; i++) {
			f->digest.hi = f->digest.hi << 8 | d[i];
			f->digest.lo = f->digest.lo << 8 | d[8 + i];
		}
		uint64_t *const c[] = { &f->counts.records, &f->counts.used, &f->counts.rejected, &f->counts.ignored, &f->counts.added, &f->counts.updated, &f->counts.duplicates, &f->counts.matched };
		for (int k = 0; k < 8; k++)
			*c[k] = (uint64_t)sqlite3_column_int64(st, 3 + k);
		f->counts.first = sqlite3_column_type(st, 11) == SQLITE_NULL ? WEND_NONE : sqlite3_column_int64(st, 11);
		f->counts.last = sqlite3_column_type(st, 12) == SQLITE_NULL ? WEND_NONE : sqlite3_column_int64(st, 12);
		const char *preset = (const char *)sqlite3_column_text(st, 13);
		snprintf(f->preset, sizeof f->preset, "%s", preset ? preset : "");
		f->whole = sqlite3_column_int(st, 14);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_missed(s, s->db);
	sqlite3_finalize(st);
	return n;
}

/* The row of a batch; what it says is filled in later. */
static enum wend_err batch_row_new(struct store *s, int64_t *number, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO batch(file, ingested, state) VALUES('', ?, 'refused')", err);
	if (!e) {
		sqlite3_bind_int64(st, 1, clock_now());
		e = step_done(s, st, err);
	}
	sqlite3_finalize(st);
	*number = sqlite3_last_insert_rowid(s->db);
	return e;
}

enum wend_err batch_without_rows(struct store *s, const char *file, const char *reason, int64_t *number, struct err *err)
{
	const struct batch_info info = { .file = file, .reason = reason, .export_date = WEND_NONE };
	const struct batch_counts none = { .first = WEND_NONE, .last = WEND_NONE };
	enum wend_err e = batch_row_new(s, number, err);
	return e ? e : batch_row_put(s, *number, &info, &none, "live", err);
}

enum wend_err store_record_refusal(struct store *s, const struct batch_info *info, struct err *err)
{
	const struct batch_counts none = { .first = WEND_NONE, .last = WEND_NONE };
	int64_t number;
	enum wend_err e = store_write_begin(s, err);
	if (e)
		return e;
	e = batch_row_new(s, &number, err);
	if (!e)
		e = batch_row_put(s, number, info, &none, "refused", err);
	if (!e)
		e = store_write_commit(s, err);
	if (e)
		store_write_abort(s);
	return e;
}
