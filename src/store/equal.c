/* room: store
 * RUN_EQUAL rows name the stored row they equal by batch and position. Two questions need
 * them while a batch is written.
 *
 * Did this file speak of the record before, in a run already written (earlier.c)?
 *
 * Does another batch lend its rank to a version that sits under another customer? Then the
 * mark that lets our version lose must name that batch, too.
 */
#include "store/keys.h"

static int by_customer(const void *x, const void *y)
{
	const struct ask *a = x, *b = y;
	if (a->mate.customer != b->mate.customer)
		return a->mate.customer < b->mate.customer ? -1 : 1;
	return a->mate.row < b->mate.row ? -1 : a->mate.row > b->mate.row;
}

static enum wend_err scan_block(struct stored *b, const struct asks *a, size_t from, const struct head_of *h, equal_fn fn, struct err *err)
{
	const int64_t *customer = stored_col(b, C_CUSTOMER), *position = stored_col(b, C_POSITION), *batch = stored_col(b, C_RANK_BATCH);
	const int64_t *apart = stored_col(b, C_MATE);
	enum wend_err e = WEND_OK;
	uint32_t first = 0;
	if (b->damaged || !customer || !position || !batch)
		return store_damaged(b->w->s, err, "block");
	for (size_t i = from; !e && i < a->n && a->v[i].mate.customer <= h->hi; i++) {
		const struct mate *m = &a->v[i].mate;
		while (first < b->n && customer[first] < m->customer)
			first++;
		for (uint32_t j = first; !e && j < b->n && customer[j] == m->customer; j++)
			if (batch[j] == m->batch && position[j] + (apart ? apart[j] : 0) == m->position && stored_batch(b, h->batch, j))
				e = fn(b->w, &a->v[i], h, b, j, err);
	}
	return e;
}

enum wend_err equals_scan(struct writer *w, struct asks *a, bool own, equal_fn fn, struct err *err)
{
	struct store *s = w->s;
	sqlite3_stmt *st = NULL;
	struct stored b = { 0 };
	struct heads h = { 0 };
	size_t from = 0;
	if (!a->n)
		return WEND_OK;
#define BLOCKS "SELECT block.id, lo, hi, block.n, run.id, run.batch FROM run JOIN block ON block.run = run.id WHERE run.type = 1 AND run.kind = ? AND hi >= ? AND lo <= ? AND "
	enum wend_err e = store_prepare(s, s->db, &st, own ? BLOCKS "run.batch = ? ORDER BY run.id, lo, block.id" : BLOCKS "run.batch <> ? ORDER BY run.id, lo, block.id", err);
	if (e)
		return e;
	qsort(a->v, a->n, sizeof *a->v, by_customer);
	sqlite3_bind_int64(st, 1, w->work.run->kind);
	sqlite3_bind_int64(st, 2, a->v[0].mate.customer);
	sqlite3_bind_int64(st, 3, a->v[a->n - 1].mate.customer);
	sqlite3_bind_int64(st, 4, w->batch);
	e = heads_of(w, st, &h, err);
	for (size_t i = 0; !e && i < h.n; i++) {
		if (i && h.v[i].run != h.v[i - 1].run)
			from = 0;
		while (from < a->n && a->v[from].mate.customer < h.v[i].lo)
			from++;
		if (from == a->n || a->v[from].mate.customer > h.v[i].hi || (!own && h.v[i].batch && !writer_live(w, h.v[i].batch)))
			continue;
		stored_open(&b, w, h.v[i].id, h.v[i].n);
		e = scan_block(&b, a, from, &h.v[i], fn, err);
	}
	sqlite3_finalize(st);
	stored_release(&b);
	free(h.v);
	return e;
}

static enum wend_err lent(struct writer *w, const struct ask *a, const struct head_of *h, struct stored *b, uint32_t j, struct err *err)
{
	struct work *k = &w->work;
	uint32_t row = a->mate.row;
	(void)err;
	work_mark(k, k->person[row], run_row(k->run, row)->time, stored_batch(b, h->batch, j), a->updated, row);
	return WEND_OK;
}

enum wend_err equal_lenders(struct writer *w, struct err *err)
{
	enum wend_err e = equals_scan(w, &w->moved, false, lent, err);
	w->moved.n = 0;
	return e;
}
