/* room: store
 * Taking back one batch's word (records.md 3).
 *
 * Rows of a batch that is not live are passed over by every reader, so undo is a word in
 * the batch's row, whatever its size. Two kinds of other batches lean on it:
 *
 *   A batch that held a record equal. The record passes to the first of them: its row is
 *   copied into a new run under the heir's name, at its place in the heir's file, and the
 *   other holders' references are written anew. Nothing is rewritten in place; what is
 *   dead leaves the file with the next compaction.
 *
 *   A batch whose file began with this one's, of which only the rest was read. It takes
 *   over all of it (takeover.c).
 */
#include "store/takeover.h"

struct ref { /* a live batch other than the undone one held a row of it equal */
	int64_t at;        /* position in the undone file */
	int64_t holder, position, line, rows;
};
struct undoing {
	struct store *s;
	int64_t batch;
	struct puts put;
	struct ref *ref;
	size_t nref, ref_cap;
	struct undo_counts *out;
	struct err *err;
};

static int ref_cmp(const void *pa, const void *pb)
{
	const struct ref *a = pa, *b = pb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->holder > b->holder) - (a->holder < b->holder);
}

/* References to the batch in one segment of RUN_EQUAL rows. */
static void read_refs(struct undoing *u, struct cursor *c, const struct segment *g)
{
	const int64_t *mate = block_col(c, g->b, C_RANK_BATCH), *position = block_col(c, g->b, C_POSITION);

	if (!mate || !position)
		return;
	for (uint32_t i = g->from; i < g->to; i++) {
		const struct batch_rank *own = mate[i] == u->batch ? row_batch(c, g->b, i) : NULL;

		if (!own || own->id == u->batch)
			continue;
		GROW(u->ref, u->ref_cap, u->nref + 1);
		u->ref[u->nref++] = (struct ref){ position[i] + row_value(c, g->b, C_MATE, i), own->id, position[i], row_value(c, g->b, C_LINE, i), row_rows(c, g->b, i) };
	}
}

static size_t first_ref(const struct undoing *u, int64_t at)
{
	size_t lo;

	LOWER_BOUND(lo, u->nref, u->ref[mid].at < at);
	return lo;
}

struct passing {
	struct undoing *u;
	struct cursor *c;
	struct relay rows, equal;
};

/* The first holder gets the row; the others hold it equal to that one's. */
static void pass_row(struct passing *p, struct block *b, uint32_t row, size_t first)
{
	struct undoing *u = p->u;
	const struct ref *heir = &u->ref[first];

	relay_row(&p->rows, b, row, &(struct relay_as){ heir->holder, heir->position, heir->line, heir->rows, WEND_NONE, 0 });
	u->out->passed += (uint64_t)heir->rows;
}

static void pass_refs(struct passing *p, const struct segment *g)
{
	struct undoing *u = p->u;
	const int64_t *mate = block_col(p->c, g->b, C_RANK_BATCH), *position = block_col(p->c, g->b, C_POSITION);

	for (uint32_t i = g->from; mate && position && i < g->to; i++) {
		const struct batch_rank *own = mate[i] == u->batch ? row_batch(p->c, g->b, i) : NULL;
		int64_t at = position[i] + row_value(p->c, g->b, C_MATE, i);
		size_t first = own && own->id != u->batch ? first_ref(u, at) : u->nref;

		if (first == u->nref || u->ref[first].at != at || u->ref[first].holder == own->id)
			continue;
		relay_row(&p->equal, g->b, i, &(struct relay_as){ own->id, position[i], row_value(p->c, g->b, C_LINE, i), row_rows(p->c, g->b, i), u->ref[first].holder, u->ref[first].position - position[i] });
	}
}

static enum wend_err pass_window(struct passing *p)
{
	struct undoing *u = p->u;
	struct cursor *c = p->c;

	u->nref = 0;
	for (size_t i = 0; i < c->nseg; i++)
		if (c->seg[i].b->stream->type == RUN_EQUAL)
			read_refs(u, c, &c->seg[i]);
	if (u->nref > 1)
		qsort(u->ref, u->nref, sizeof *u->ref, ref_cmp);
	for (size_t i = 0; i < c->nseg && u->nref && !c->failed; i++) {
		const struct segment *g = &c->seg[i];

		if (g->b->stream->type == RUN_EQUAL) {
			pass_refs(p, g);
			continue;
		}
		const int64_t *position = block_col(c, g->b, C_POSITION);

		for (uint32_t k = g->from; position && k < g->to; k++) {
			const struct batch_rank *own = row_batch(c, g->b, k);
			size_t first = own && own->id == u->batch ? first_ref(u, position[k]) : u->nref;

			if (first < u->nref && u->ref[first].at == position[k])
				pass_row(p, g->b, k, first);
		}
	}
	if (c->failed)
		return err_set(u->err, c->failed, "%s", c->err.msg);
	enum wend_err e = relay_window(&p->rows);
	return e ? e : relay_window(&p->equal);
}

/* What an heir says of itself: rows it held equal are its own now. */
static enum wend_err count_passed(struct undoing *u, const struct relay *k)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(u->s, u->s->db, &st, "UPDATE batch SET added = added + ?2, duplicates = duplicates - ?2 WHERE id = ?1", u->err);

	for (size_t i = 0; !e && i < k->npart; i++) {
		sqlite3_bind_int64(st, 1, k->part[i].batch);
		sqlite3_bind_int64(st, 2, (sqlite3_int64)k->part[i].rows);
		e = step_done(u->s, st, u->err);
	}
	sqlite3_finalize(st);
	return e;
}

static enum wend_err pass_kind(struct undoing *u, enum kind kind)
{
	struct passing p = { .u = u };
	enum wend_err e = cursor_raw(&p.c, u->s, &(struct raw_spec){ .kinds = KIND_BIT(kind), .types = 1u << RUN_ROWS | 1u << RUN_EQUAL, .inside = true }, u->err);

	if (e)
		return e;
	/* Rows of other batches stay where they are. */
	for (size_t i = 0; i < p.c->nstream; i++)
		if (p.c->stream[i].type == RUN_ROWS && p.c->stream[i].batch && p.c->stream[i].batch->id != u->batch)
			p.c->stream[i].nhead = 0;
	relay_init(&p.rows, &u->put, p.c, kind, RUN_ROWS, u->err);
	relay_init(&p.equal, &u->put, p.c, kind, RUN_EQUAL, u->err);
	while (!e && cursor_window(p.c))
		e = pass_window(&p);
	if (!e && p.c->failed)
		e = err_set(u->err, p.c->failed, "%s", p.c->err.msg);
	if (!e && !(e = relay_end(&p.rows)))
		e = relay_end(&p.equal);
	if (!e)
		e = count_passed(u, &p.rows);
	relay_release(&p.rows);
	relay_release(&p.equal);
	cursor_close(p.c);
	return e;
}

/* Kinds of which another live batch holds a row of this one equal. Mostly a column of
 * constants, or nothing, has to be read. */
static enum wend_err kinds_leaning(struct undoing *u, uint32_t *kinds)
{
	struct cursor *c = NULL;
	enum wend_err e = cursor_raw(&c, u->s, &(struct raw_spec){ .kinds = KIND_ALL, .types = 1u << RUN_EQUAL, .inside = true }, u->err);

	*kinds = 0;
	for (size_t i = 0; !e && i < c->nstream; i++) {
		struct stream *s = &c->stream[i];

		for (size_t k = 0; !e && k < s->nhead && !(*kinds & KIND_BIT(s->kind)); k++) {
			struct block *b = block_open(c, s, &s->head[k]);
			const int64_t *mate = b ? block_col(c, b, C_RANK_BATCH) : NULL;

			for (uint32_t r = 0; mate && r < b->head.n; r++) {
				const struct batch_rank *own = mate[r] == u->batch ? row_batch(c, b, r) : NULL;

				if (own && own->id != u->batch) {
					*kinds |= KIND_BIT(s->kind);
					break;
				}
			}
			if (b)
				block_close(c, b);
			if (c->failed)
				e = err_set(u->err, c->failed, "%s", c->err.msg);
		}
	}
	cursor_close(c);
	return e;
}

/* ---- the batch itself ---- */

static enum wend_err may_undo(struct undoing *u)
{
	struct store *s = u->s;
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT state, file, coalesce((SELECT value FROM meta WHERE name = 'forgotten'), 0), coalesce(used, 0) FROM batch WHERE id = ?", u->err);

	if (e)
		return e;
	sqlite3_bind_int64(st, 1, u->batch);
	int rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		e = store_sql_error(s, s->db, u->err, "read");
	} else if (rc == SQLITE_DONE) {
		e = err_set(u->err, WEND_E_INPUT, "there is no batch %lld; 'wend store batches' lists them", (long long)u->batch);
	} else {
		const char *state = (const char *)sqlite3_column_text(st, 0), *file = (const char *)sqlite3_column_text(st, 1);

		snprintf(u->out->file, sizeof u->out->file, "%s", file ? file : "");
		u->out->gone = (uint64_t)sqlite3_column_int64(st, 3);
		if (!state || !strcmp(state, "undone"))
			e = err_set(u->err, WEND_E_INPUT, "batch %lld ('%s') is undone already", (long long)u->batch, u->out->file);
		else if (strcmp(state, "live"))
			e = err_set(u->err, WEND_E_INPUT, "batch %lld ('%s') was refused and left nothing to take back", (long long)u->batch, u->out->file);
		else if (u->batch < sqlite3_column_int64(st, 2))
			e = err_set(u->err, WEND_E_INPUT, "batch %lld ('%s') can no longer be undone: 'wend store compact --forget-before %lld' dropped the versions it replaced", (long long)u->batch, u->out->file, (long long)sqlite3_column_int64(st, 2));
	}
	sqlite3_finalize(st);
	return e;
}

static enum wend_err mark_undone(struct undoing *u)
{
	struct store *s = u->s;
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "UPDATE batch SET state = 'undone' WHERE id = ?", u->err);

	if (!e) {
		sqlite3_bind_int64(st, 1, u->batch);
		e = step_done(s, st, u->err);
	}
	sqlite3_finalize(st);
	/* The zone is that of the first batch that is left. */
	if (!e)
		e = store_exec(s, "DELETE FROM meta WHERE name = 'zone';"
			"INSERT INTO meta SELECT 'zone', tz FROM batch WHERE state = 'live' AND tz <> '' ORDER BY id LIMIT 1", u->err);
	return e ? e : settings_replay(s, u->err);
}

static enum wend_err undo(struct undoing *u)
{
	uint32_t kinds = 0;
	enum wend_err e = may_undo(u);

	if (!e)
		e = puts_begin(&u->put, u->s, u->err);
	if (!e)
		e = takeover(u->s, &u->put, u->batch, &u->out->heir, u->err);
	if (!e && u->out->heir)
		u->out->passed = u->out->gone;
	else if (!e)
		e = kinds_leaning(u, &kinds);
	for (int k = 0; !e && k < KIND_COUNT; k++)
		if (kinds >> k & 1)
			e = pass_kind(u, (enum kind)k);
	if (!e)
		e = mark_undone(u);
	if (!e)
		u->out->gone -= u->out->passed < u->out->gone ? u->out->passed : u->out->gone;
	return e;
}

enum wend_err store_undo(struct store *s, int64_t batch, struct undo_counts *out, struct err *err)
{
	struct undo_counts none;
	struct undoing u = { .s = s, .batch = batch, .out = out ? out : &none, .err = err };
	enum wend_err e = store_write_begin(s, err);

	*u.out = (struct undo_counts){ 0 };
	if (e)
		return e;
	e = undo(&u);
	puts_release(&u.put);
	free(u.ref);
	if (!e)
		e = store_write_commit(s, err);
	if (e)
		store_write_abort(s);
	else
		batch_forget_people(s);
	return e;
}
