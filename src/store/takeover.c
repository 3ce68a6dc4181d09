/* room: store
 * A batch whose file goes on in a later one is undone: that one held all of it, at the
 * same places, though it never wrote it down. Runs, evidence and coverage change their
 * owner as they are. Where several files go on from the same one, the first owns the
 * rows and the others get the references they never needed before.
 */
#include "store/takeover.h"

struct taking {
	struct store *s;
	struct puts *put;
	int64_t from, to;          /* batches */
	int64_t *other;            /* further batches that go on from `from` */
	size_t nother, other_cap;
	struct err *err;
};

static enum wend_err find_heirs(struct taking *t)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(t->s, t->s->db, &st, "SELECT id FROM batch WHERE head = ? AND state = 'live' ORDER BY id", t->err);

	if (!e)
		sqlite3_bind_int64(st, 1, t->from);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!t->to) {
			t->to = sqlite3_column_int64(st, 0);
			continue;
		}
		GROW(t->other, t->other_cap, t->nother + 1);
		t->other[t->nother++] = sqlite3_column_int64(st, 0);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(t->s, t->s->db, t->err, "read");
	sqlite3_finalize(st);
	return e;
}

/* ?1 = from, ?2 = the heir. */
static enum wend_err each(struct taking *t, const char *sql, int64_t heir)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(t->s, t->s->db, &st, sql, t->err);

	if (!e) {
		sqlite3_bind_int64(st, 1, t->from);
		sqlite3_bind_int64(st, 2, heir);
		e = step_done(t->s, st, t->err);
	}
	sqlite3_finalize(st);
	return e;
}

/* ---- names of batches inside blocks ---- */

static enum wend_err rename_in(struct taking *t, int64_t block, size_t n, unsigned id, sqlite3_stmt *get, sqlite3_stmt *set)
{
	struct ints v = { 0 };
	struct str blob = STR_INIT;
	enum wend_err e = WEND_OK;
	bool any = false;
	int rc;

	sqlite3_bind_int64(get, 1, block * C_LIMIT + (int64_t)id);
	rc = sqlite3_step(get);
	if (rc == SQLITE_ROW && !ints_of(&v, get, 0, n))
		e = store_damaged(t->s, t->err, "block");
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_sql_error(t->s, t->s->db, t->err, "read");
	sqlite3_reset(get);
	for (size_t i = 0; !e && rc == SQLITE_ROW && i < n; i++) {
		any |= v.v[i] == t->from;
		v.v[i] = v.v[i] == t->from ? t->to : v.v[i];
	}
	if (!e && any) {
		pack_ints(&blob, v.v, n);
		sqlite3_bind_int64(set, 2, block * C_LIMIT + (int64_t)id);
		e = step_with_blobs(t->s, set, 1, &blob, 1, t->err);
	}
	str_release(&blob);
	ints_release(&v);
	return e;
}

/* Wherever a block names the batch, it names the heir. */
static enum wend_err rename_batch(struct taking *t, const char *which, unsigned id)
{
	sqlite3_stmt *st = NULL, *get = NULL, *set = NULL;
	struct str sql = STR_INIT;
	int rc = SQLITE_DONE;
	enum wend_err e;

	str_printf(&sql, "SELECT block.id, block.n FROM block JOIN run ON run.id = block.run WHERE %s", which);
	e = store_prepare(t->s, t->s->db, &st, sql.p, t->err);
	if (!e)
		e = store_prepare(t->s, t->s->db, &get, "SELECT data FROM col WHERE id = ?", t->err);
	if (!e)
		e = store_prepare(t->s, t->s->db, &set, "UPDATE col SET data = ?1 WHERE id = ?2", t->err);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
		e = rename_in(t, sqlite3_column_int64(st, 0), (size_t)sqlite3_column_int64(st, 1), id, get, set);
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(t->s, t->s->db, t->err, "read");
	sqlite3_finalize(st);
	sqlite3_finalize(get);
	sqlite3_finalize(set);
	str_release(&sql);
	return e;
}

/* ---- the others ---- */

/* Before anything is renamed: all that `from` says, said again by another heir. Its rows
 * and references become references; its marks are repeated, as are those others made
 * because of it. */
static void repeat_row(struct taking *t, struct cursor *c, struct relay *equal, struct relay *mark, struct block *b, uint32_t row, int64_t heir)
{
	const struct batch_rank *own = row_batch(c, b, row);
	int64_t position = row_value(c, b, C_POSITION, row), rank = row_value(c, b, C_RANK_BATCH, row);

	if (!own)
		return;
	if (b->stream->type == RUN_MARK) {
		if (own->id == t->from || rank == t->from)
			relay_row(mark, b, row, &(struct relay_as){ own->id == t->from ? heir : own->id, WEND_NONE, WEND_NONE, 1, rank == t->from ? heir : rank, 0 });
		return;
	}
	if (own->id != t->from)
		return;
	struct relay_as as = { heir, position, row_value(c, b, C_LINE, row), row_rows(c, b, row), t->from, 0 };

	if (b->stream->type == RUN_EQUAL) {
		as.rank_batch = rank;
		as.mate = row_value(c, b, C_MATE, row);
	}
	relay_row(equal, b, row, &as);
}

static enum wend_err repeat_kind(struct taking *t, enum kind kind, int64_t heir)
{
	struct cursor *c = NULL;
	struct relay equal, mark;
	enum wend_err e = cursor_raw(&c, t->s, &(struct raw_spec){ .kinds = KIND_BIT(kind), .inside = true }, t->err);

	if (e)
		return e;
	relay_init(&equal, t->put, c, kind, RUN_EQUAL, t->err);
	relay_init(&mark, t->put, c, kind, RUN_MARK, t->err);
	equal.bare = true;
	while (!e && cursor_window(c)) {
		for (size_t i = 0; i < c->nseg; i++)
			for (uint32_t k = c->seg[i].from; k < c->seg[i].to; k++)
				repeat_row(t, c, &equal, &mark, c->seg[i].b, k, heir);
		if (!(e = relay_window(&equal)))
			e = relay_window(&mark);
	}
	if (!e && c->failed)
		e = err_set(t->err, c->failed, "%s", c->err.msg);
	if (!e && !(e = relay_end(&equal)))
		e = relay_end(&mark);
	relay_release(&equal);
	relay_release(&mark);
	cursor_close(c);
	return e;
}

static enum wend_err count_for(struct taking *t, int64_t heir)
{
	const char *added = heir == t->to ? "added = batch.added + f.added, updated = batch.updated + f.updated, duplicates = batch.duplicates + f.duplicates, replaced = batch.replaced + f.replaced"
		: "duplicates = batch.duplicates + f.used";
	struct str sql = STR_INIT;

	str_printf(&sql, "UPDATE batch SET records = batch.records + f.records, used = batch.used + f.used, rejected = batch.rejected + f.rejected, ignored = batch.ignored + f.ignored,"
		" matched = batch.matched + f.matched, first = min(coalesce(batch.first, f.first), coalesce(f.first, batch.first)), last = max(coalesce(batch.last, f.last), coalesce(f.last, batch.last)),"
		" head = f.head, %s FROM batch f WHERE f.id = ?1 AND batch.id = ?2", added);
	enum wend_err e = each(t, sql.p, heir);

	str_release(&sql);
	if (!e)
		e = each(t, "INSERT INTO coverage SELECT ?2, source, kind, day, n FROM coverage WHERE batch = ?1 ON CONFLICT DO UPDATE SET n = n + excluded.n", heir);
	return e;
}

static enum wend_err to_the_others(struct taking *t)
{
	enum wend_err e = WEND_OK;

	for (size_t i = 0; !e && i < t->nother; i++) {
		for (int k = 0; !e && k < KIND_COUNT; k++)
			e = repeat_kind(t, (enum kind)k, t->other[i]);
		if (!e)
			e = each(t, "INSERT INTO link(batch, n, a, b, at) SELECT ?2, n, a, b, at FROM link WHERE batch = ?1", t->other[i]);
		if (!e)
			e = count_for(t, t->other[i]);
	}
	return e;
}

enum wend_err takeover(struct store *s, struct puts *put, int64_t batch, int64_t *heir, struct err *err)
{
	struct taking t = { .s = s, .put = put, .from = batch, .err = err };
	enum wend_err e = find_heirs(&t);

	*heir = t.to;
	if (!e && t.to)
		e = to_the_others(&t);
	if (!e && t.to && !(e = count_for(&t, t.to))
	    && !(e = rename_batch(&t, "run.type <> 0", C_RANK_BATCH))
	    && !(e = rename_batch(&t, "run.batch = 0", C_BATCH))
	    && !(e = each(&t, "INSERT INTO run_part SELECT run, ?2, n, rows FROM run_part WHERE batch = ?1 ON CONFLICT DO UPDATE SET n = n + excluded.n, rows = rows + excluded.rows", t.to))
	    && !(e = each(&t, "DELETE FROM run_part WHERE batch = ?1 AND ?2", t.to))
	    && !(e = each(&t, "UPDATE run SET batch = ?2 WHERE batch = ?1", t.to))
	    && !(e = each(&t, "UPDATE link SET batch = ?2 WHERE batch = ?1", t.to)))
		e = each(&t, "DELETE FROM coverage WHERE batch = ?1 AND ?2", t.to);
	free(t.other);
	return e;
}
