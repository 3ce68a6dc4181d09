/* room: store
 * Compaction: the runs of a kind become one. Batches keep their names (C_BATCH), lost
 * versions stay, so every batch can still be undone; rows of undone batches leave.
 *
 * It comes by itself, over the small runs only, when an ingest leaves more than
 * RUNS_SMALL of them; a run that is half a full one costs readers nothing worth the
 * rewriting. One write transaction: a crash leaves the store before or after.
 */
#include "store/compact.h"

#include "store/batch.h"
#include "store/relay.h"

#define RUNS_SMALL 8
#define SMALL_ROWS (1 << 19)
#define SHRINK_WAIT_MS 2000

struct gone {
	int64_t batch, position;
	uint8_t kind;
	bool held;              /* by a later batch, which may make it win again */
};
struct compacting {
	struct store *s;
	struct puts put;
	bool small;             /* small runs only */
	struct gone *gone;      /* versions that are forgotten, sorted */
	size_t ngone, gone_cap;
	int64_t *old;           /* runs of the group that are rewritten */
	size_t nold, old_cap;
	struct compact_counts *out;
	struct err *err;
};

static enum wend_err cursor_err(struct compacting *k, const struct cursor *c)
{
	return c->failed ? err_set(k->err, c->failed, "%s", c->err.msg) : WEND_OK;
}

/* ---- versions to be forgotten ---- */

static void hear_loser(void *ctx, enum kind kind, int64_t batch, int64_t position)
{
	struct compacting *k = ctx;

	GROW(k->gone, k->gone_cap, k->ngone + 1);
	k->gone[k->ngone++] = (struct gone){ batch, position, (uint8_t)kind, false };
}

static int gone_cmp(const void *pa, const void *pb)
{
	const struct gone *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->batch != b->batch)
		return a->batch < b->batch ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

static struct gone *find_gone(const struct compacting *k, uint8_t kind, int64_t batch, int64_t position)
{
	const struct gone key = { batch, position, kind, false };

	return k->ngone ? bsearch(&key, k->gone, k->ngone, sizeof key, gone_cmp) : NULL;
}

/* Position of the row that a RUN_EQUAL row speaks of. */
static int64_t mate_of(struct cursor *c, struct block *b, uint32_t row)
{
	return row_value(c, b, C_POSITION, row) + row_value(c, b, C_MATE, row);
}

/* By batch of the cursor: does it, or a batch whose file goes on from its own and so holds
 * all of it, count among those that are kept? */
static bool *kept_batches(const struct cursor *c, int64_t below)
{
	bool *kept = xcalloc(c->nbatch + 1, sizeof *kept);

	for (size_t i = c->nbatch; i-- > 0;) {
		const struct batch_rank *head = c->batch[i].head ? batch_find(c, c->batch[i].head) : NULL;

		kept[i] |= c->batch[i].id >= below;
		if (head)
			kept[head - c->batch] |= kept[i];
	}
	return kept;
}

static void spare_block(struct compacting *k, struct cursor *c, struct block *b, const bool *kept)
{
	for (uint32_t r = 0; r < b->head.n && !c->failed; r++) {
		const struct batch_rank *own = row_batch(c, b, r);
		struct gone *g = own && kept[own - c->batch] ? find_gone(k, b->stream->kind, row_value(c, b, C_RANK_BATCH, r), mate_of(c, b, r)) : NULL;

		if (g)
			g->held = true;
	}
}

static enum wend_err spare_held(struct compacting *k, int64_t below)
{
	struct cursor *c = NULL;
	size_t n = 0;
	bool *kept = NULL;
	enum wend_err e = cursor_raw(&c, k->s, &(struct raw_spec){ .kinds = KIND_ALL, .types = 1u << RUN_EQUAL, .inside = true }, k->err);

	if (!e)
		kept = kept_batches(c, below);
	for (size_t i = 0; !e && i < c->nstream; i++)
		for (size_t h = 0; !e && h < c->stream[i].nhead; h++) {
			struct block *b = block_open(c, &c->stream[i], &c->stream[i].head[h]);

			if (b) {
				spare_block(k, c, b, kept);
				block_close(c, b);
			}
			e = cursor_err(k, c);
		}
	for (size_t i = 0; !e && i < k->ngone; i++) {
		const struct batch_rank *own = batch_find(c, k->gone[i].batch);

		if (!k->gone[i].held && !(own && kept[own - c->batch]))
			k->gone[n++] = k->gone[i];
	}
	if (!e)
		k->ngone = n;
	cursor_close(c);
	free(kept);
	return e;
}

static enum wend_err forget(struct compacting *k, int64_t below)
{
	struct cursor *c = NULL;
	struct rows r;
	struct str sql = STR_INIT;
	int64_t next;
	enum wend_err e = query_int(k->s, "SELECT coalesce(max(id), 0) + 1 FROM batch", &next, k->err);

	if (!e && below > next)
		return err_set(k->err, WEND_E_USAGE, "there is no batch %lld yet; 'wend store batches' lists them", (long long)below);
	if (!e)
		e = cursor_losers(&c, k->s, below, hear_loser, k, k->err);
	if (e)
		return e;
	while (cursor_next(c, &r, k->err))
		;
	e = cursor_err(k, c);
	cursor_close(c);
	if (k->ngone > 1)
		qsort(k->gone, k->ngone, sizeof *k->gone, gone_cmp);
	if (!e && k->ngone)
		e = spare_held(k, below);
	str_printf(&sql, "INSERT INTO meta VALUES('forgotten', %lld) ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)", (long long)below);
	if (!e)
		e = store_exec(k->s, sql.p, k->err);
	str_release(&sql);
	return e;
}

/* ---- one group of runs ---- */

static bool stays(struct compacting *k, struct cursor *c, struct block *b, uint32_t row)
{
	const struct batch_rank *own = row_batch(c, b, row);
	int64_t rank;

	if (!own)
		return false;
	if (b->stream->type == RUN_ROWS)
		return !find_gone(k, b->stream->kind, own->id, row_value(c, b, C_POSITION, row));
	rank = row_value(c, b, C_RANK_BATCH, row);
	if (!batch_find(c, rank))
		return false;
	return b->stream->type == RUN_MARK || !find_gone(k, b->stream->kind, rank, mate_of(c, b, row));
}

static bool is_old(const struct compacting *k, int64_t run)
{
	for (size_t i = 0; i < k->nold; i++)
		if (k->old[i] == run)
			return true;
	return false;
}

static enum wend_err merge_runs(struct compacting *k, enum kind kind, enum run_type type)
{
	struct cursor *c = NULL;
	struct relay relay;
	enum wend_err e = cursor_raw(&c, k->s, &(struct raw_spec){ .kinds = KIND_BIT(kind), .types = 1u << type, .inside = true }, k->err);

	if (e)
		return e;
	for (size_t i = 0; i < c->nstream; i++)
		if (!is_old(k, c->stream[i].run))
			c->stream[i].nhead = 0;
	relay_init(&relay, &k->put, c, kind, type, k->err);
	while (!e && cursor_window(c)) {
		for (size_t i = 0; i < c->nseg; i++) {
			struct block *b = c->seg[i].b;

			for (uint32_t row = c->seg[i].from; row < c->seg[i].to; row++)
				if (stays(k, c, b, row))
					relay_row(&relay, b, row, NULL);
		}
		e = relay_window(&relay);
	}
	if (!e && !(e = cursor_err(k, c)) && !(e = relay_end(&relay)) && relay.run)
		k->out->runs_after++;
	if (!e && type == RUN_ROWS)
		k->out->rows += relay.rows;
	relay_release(&relay);
	cursor_close(c);
	return e;
}

/* Rows of the old runs go, block by block. */
static enum wend_err drop_run(struct compacting *k, int64_t run)
{
	static const char *const sql[] = {
		"DELETE FROM col WHERE id IN (SELECT c.id FROM block b JOIN col c ON c.id >= b.id * 128 AND c.id < b.id * 128 + 128 WHERE b.run = ?)",
		"DELETE FROM block WHERE run = ?", "DELETE FROM key WHERE run = ?", "DELETE FROM run_part WHERE run = ?", "DELETE FROM run WHERE id = ?"
	};
	enum wend_err e = WEND_OK;

	for (size_t i = 0; !e && i < sizeof sql / sizeof *sql; i++) {
		sqlite3_stmt *st = NULL;

		e = store_prepare(k->s, k->s->db, &st, sql[i], k->err);
		if (!e) {
			sqlite3_bind_int64(st, 1, run);
			e = step_done(k->s, st, k->err);
		}
		sqlite3_finalize(st);
	}
	return e;
}

static enum wend_err list_old(struct compacting *k, enum kind kind, enum run_type type, uint64_t *rows)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(k->s, k->s->db, &st, "SELECT id, rows FROM run WHERE kind = ?1 AND type = ?2 AND n < ?3", k->err);

	k->nold = 0;
	*rows = 0;
	if (!e) {
		sqlite3_bind_int64(st, 1, kind);
		sqlite3_bind_int64(st, 2, type);
		sqlite3_bind_int64(st, 3, k->small ? SMALL_ROWS : INT64_MAX);
	}
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		GROW(k->old, k->old_cap, k->nold + 1);
		k->old[k->nold++] = sqlite3_column_int64(st, 0);
		*rows += (uint64_t)sqlite3_column_int64(st, 1);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(k->s, k->s->db, k->err, "read");
	sqlite3_finalize(st);
	return e;
}

static enum wend_err compact_group(struct compacting *k, enum kind kind, enum run_type type)
{
	uint64_t rows, before = k->out->rows;
	enum wend_err e = list_old(k, kind, type, &rows);

	if (e || !k->nold || (k->small && k->nold <= RUNS_SMALL))
		return e;
	k->out->runs_before += k->nold;
	e = merge_runs(k, kind, type);
	for (size_t i = 0; !e && i < k->nold; i++)
		e = drop_run(k, k->old[i]);
	if (!e && type == RUN_ROWS)
		k->out->dropped += rows - (k->out->rows - before);
	return e;
}

static enum wend_err compact(struct compacting *k, int64_t forget_before)
{
	enum wend_err e = puts_begin(&k->put, k->s, k->err);

	if (!e && forget_before)
		e = forget(k, forget_before);
	for (int kind = 0; !e && kind < KIND_COUNT; kind++)
		for (int type = RUN_ROWS; !e && type <= RUN_MARK; type++)
			e = compact_group(k, (enum kind)kind, (enum run_type)type);
	if (!e && !k->small)
		e = store_exec(k->s, "DELETE FROM link WHERE batch NOT IN (SELECT id FROM batch WHERE state = 'live');"
			"DELETE FROM coverage WHERE batch NOT IN (SELECT id FROM batch WHERE state = 'live')", k->err);
	puts_release(&k->put);
	free(k->gone);
	free(k->old);
	return e;
}

static enum wend_err compact_in_one(struct compacting *k, int64_t forget_before)
{
	enum wend_err e = store_write_begin(k->s, k->err);

	if (e)
		return e;
	e = compact(k, forget_before);
	if (!e)
		e = store_write_commit(k->s, k->err);
	if (e)
		store_write_abort(k->s);
	return e;
}

static enum wend_err file_bytes(struct store *s, int64_t *out, struct err *err)
{
	return query_int(s, "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)", out, err);
}

enum wend_err store_compact(struct store *s, int64_t forget_before, struct compact_counts *out, struct err *err)
{
	struct compacting k = { .s = s, .out = out, .err = err };
	enum wend_err e;

	*out = (struct compact_counts){ 0 };
	e = file_bytes(s, &out->bytes_before, err);
	if (!e)
		e = compact_in_one(&k, forget_before);
	/* The store is whole already; where there is no room to shrink the file, or others use
	 * it, it stays large. */
	if (!e && s->mode != STORE_MEMORY) {
		sqlite3_busy_timeout(s->db, SHRINK_WAIT_MS);
		sqlite3_exec(s->db, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
		sqlite3_busy_timeout(s->db, s->wait_ms);
	}
	return e ? e : file_bytes(s, &out->bytes_after, err);
}

void compact_small(struct store *s)
{
	struct err err = ERR_INIT;
	struct compact_counts none = { 0 };
	struct compacting k = { .s = s, .small = true, .out = &none, .err = &err };
	struct str sql = STR_INIT;
	int64_t due = 0;

	str_printf(&sql, "SELECT EXISTS (SELECT 1 FROM run WHERE n < %d GROUP BY kind, type HAVING count(*) > %d)", SMALL_ROWS, RUNS_SMALL);
	if (!query_int(s, sql.p, &due, &err) && due) {
		/* Whoever waits for the store comes first. */
		sqlite3_busy_timeout(s->db, 0);
		(void)compact_in_one(&k, 0);
		sqlite3_busy_timeout(s->db, s->wait_ms);
	}
	str_release(&sql);
}
