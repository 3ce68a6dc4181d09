/* room: store
 * What earlier runs of a file wrote of the records this run speaks of again, found by the
 * key blocks of those runs: as a row, or as a reference to an equal row of another batch.
 *
 * What a row at hand carries on (repeat.c) is taken back: the row or reference leaves its
 * block, and the marks it made go with it. So a file has said it once, and it never shows
 * where a run ended.
 */
#include "store/keys.h"

#include "wend/hash.h"

/* A reference of this file, and the row it names. */
struct named {
	uint32_t row;            /* of the run: the first with that id */
	int64_t block;           /* of the named row */
	uint32_t n, j;
	int64_t position, rows;  /* as this file has it */
	struct drop at;          /* the reference */
};
struct before {
	uint8_t *hit;            /* by row: an earlier run refers to a row with that id */
	size_t hits;
	struct asks asks;
	struct named *v;
	size_t n, cap;
};

/* ---- rows with the same id ---- */

static void chain(struct work *k, const struct ids *l)
{
	for (size_t i = 1; i < l->n; i++) {
		if (!ids_same(l, i - 1, i))
			continue;
		if (!k->next) {
			k->next = xreallocarray(NULL, k->run->n, sizeof *k->next);
			memset(k->next, 0xff, k->run->n * sizeof *k->next); /* NO_ROW */
		}
		k->next[l->row[i - 1]] = l->row[i];
	}
}

/* The first row of each id, of those marked by row when there is `only`. */
static void firsts_of(struct ids *out, const struct ids *l, const uint8_t *only)
{
	uint32_t *row = xreallocarray(NULL, l->n, sizeof *row);
	int64_t *number = l->number ? xreallocarray(NULL, l->n, sizeof *number) : NULL;
	struct sv *text = l->number ? NULL : xreallocarray(NULL, l->n, sizeof *text);

	*out = (struct ids){ l->space, row, 0, number, text, l->template };
	for (size_t i = 0; i < l->n; i++) {
		if (only ? !only[l->row[i]] : i && ids_same(l, i - 1, i))
			continue;
		if (number)
			number[out->n] = l->number[i];
		else
			text[out->n] = l->text[i];
		row[out->n++] = l->row[i];
	}
}

static void firsts_release(struct ids *l)
{
	free(l->row);
	free((void *)(uintptr_t)l->number);
	free((void *)(uintptr_t)l->text);
}

/* ---- taking back ---- */

static void take(struct writer *w, uint32_t row, struct drop at)
{
	GROW(w->drops.v, w->drops.cap, w->drops.n + 1);
	w->drops.v[w->drops.n++] = at;
	GROW(w->unsaid, w->unsaid_cap, w->nunsaid + 1);
	w->unsaid[w->nunsaid++] = row;
}

static int by_block(const void *x, const void *y)
{
	const struct drop *a = x, *b = y;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static enum wend_err drop_all(struct writer *w, struct err *err)
{
	struct drops *d = &w->drops;
	uint32_t *row = xreallocarray(NULL, d->n + 1, sizeof *row);
	enum wend_err e = WEND_OK;

	if (d->n > 1)
		qsort(d->v, d->n, sizeof *d->v, by_block);
	for (size_t i = 0, k; !e && i < d->n; i = k) {
		for (k = i; k < d->n && d->v[k].block == d->v[i].block; k++)
			row[k - i] = d->v[k].row;
		e = drop_rows(w, d->v[i].block, d->v[i].n, row, k - i, err);
	}
	d->n = 0;
	free(row);
	return e;
}

struct unsaid {
	uint64_t hash;
	uint32_t row;
};

static int by_hash(const void *x, const void *y)
{
	const struct unsaid *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static struct sv id_of_row(const struct run *r, uint32_t row, char *buf)
{
	return run_text(r, F_ID, get_i64(run_row(r, row), id_place(&r->lay)), buf);
}

static bool is_unsaid(const struct writer *w, const struct unsaid *v, struct sv id, int64_t space)
{
	const struct run *r = w->work.run;
	uint64_t hash = hash64(id.p, id.n);
	size_t lo;
	char buf[SHORT_SPELL];

	LOWER_BOUND(lo, w->nunsaid, v[mid].hash < hash);
	for (; lo < w->nunsaid && v[lo].hash == hash; lo++)
		if (row_space(w, r, v[lo].row) == space && sv_eq(id_of_row(r, v[lo].row, buf), id))
			return true;
	return false;
}

static enum wend_err marks_in(struct writer *w, const struct unsaid *v, struct stored *b, struct err *err)
{
	const int64_t *id = stored_col(b, F_ID), *space = stored_col(b, C_ID_SPACE);

	if (b->damaged || !id)
		return store_damaged(w->s, err, "block");
	for (uint32_t j = 0; j < b->n; j++) {
		if (!is_unsaid(w, v, text_at(&b->pool, id[j]), space ? space[j] : WEND_NONE))
			continue;
		GROW(w->drops.v, w->drops.cap, w->drops.n + 1);
		w->drops.v[w->drops.n++] = (struct drop){ b->id, b->n, j };
	}
	return WEND_OK;
}

/* Marks that the file made when it first spoke of the record; it makes its own now. */
static enum wend_err unmark(struct writer *w, struct err *err)
{
	struct store *s = w->s;
	struct unsaid *v = xreallocarray(NULL, w->nunsaid, sizeof *v);
	sqlite3_stmt *st = NULL;
	struct stored b = { 0 };
	struct heads h = { 0 };
	char buf[SHORT_SPELL];
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT block.id, lo, hi, block.n, run.id, run.batch FROM run JOIN block ON block.run = run.id"
		" WHERE run.type = 2 AND run.kind = ? AND run.batch = ? ORDER BY block.id", err);

	for (size_t i = 0; i < w->nunsaid; i++) {
		struct sv id = id_of_row(w->work.run, w->unsaid[i], buf);

		v[i] = (struct unsaid){ hash64(id.p, id.n), w->unsaid[i] };
	}
	qsort(v, w->nunsaid, sizeof *v, by_hash);
	if (!e) {
		sqlite3_bind_int64(st, 1, w->work.run->kind);
		sqlite3_bind_int64(st, 2, w->batch);
		e = heads_of(w, st, &h, err);
	}
	for (size_t i = 0; !e && i < h.n; i++) {
		stored_open(&b, w, h.v[i].id, h.v[i].n);
		e = marks_in(w, v, &b, err);
	}
	if (!e)
		e = drop_all(w, err);
	sqlite3_finalize(st);
	stored_release(&b);
	free(h.v);
	free(v);
	return e;
}

static enum wend_err take_back(struct writer *w, struct err *err)
{
	enum wend_err e = w->drops.n ? drop_all(w, err) : WEND_OK;

	if (!e && w->marks && w->nunsaid)
		e = unmark(w, err);
	w->nunsaid = 0;
	return e;
}

/* ---- what earlier runs wrote ---- */

static enum wend_err row_found(struct met *m, struct stored *b, uint32_t mine, uint32_t j, struct err *err)
{
	struct writer *w = m->w;
	const struct earlier p = { b, j, false, stored_at(b, C_POSITION, j), stored_col(b, C_ROWS) ? stored_at(b, C_ROWS, j) : 1 };
	uint32_t row = row_after_earlier(w, mine, &p);

	if (b->damaged)
		return store_damaged(w->s, err, "block");
	if (row != NO_ROW)
		take(w, row, (struct drop){ b->id, b->n, j });
	return WEND_OK;
}

static enum wend_err own_found(struct met *m, struct err *err)
{
	struct before *k = m->w->before;

	if (m->type == RUN_ROWS)
		return stored_find(m, row_found, err);
	if (!k->hit)
		k->hit = xcalloc(m->w->work.run->n, 1);
	for (size_t i = 0; i < m->hits.n; i++)
		k->hit[m->hits.v[i].row] = 1;
	k->hits += m->hits.n;
	return WEND_OK;
}

/* A row of another batch that a reference may name. */
static enum wend_err other_row_found(struct met *m, struct stored *b, uint32_t mine, uint32_t j, struct err *err)
{
	struct asks *a = &m->w->before->asks;
	const struct mate mate = { mine, (uint32_t)stored_at(b, C_CUSTOMER, j), stored_at(b, F_TIME, j), stored_batch(b, m->batch, j), stored_at(b, C_POSITION, j) };

	if (b->damaged)
		return store_damaged(m->w->s, err, "block");
	if (!mate.batch)
		return WEND_OK;
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = (struct ask){ .mate = mate, .block = b->id, .n = b->n, .j = j };
	return WEND_OK;
}

static enum wend_err others_found(struct met *m, struct err *err)
{
	return stored_find(m, other_row_found, err);
}

static enum wend_err reference_found(struct writer *w, const struct ask *a, const struct head_of *h, struct stored *b, uint32_t j, struct err *err)
{
	struct before *k = w->before;
	const int64_t *rows = stored_col(b, C_ROWS);

	if (b->damaged)
		return store_damaged(w->s, err, "block");
	GROW(k->v, k->cap, k->n + 1);
	k->v[k->n++] = (struct named){ a->mate.row, a->block, a->n, a->j, stored_at(b, C_POSITION, j), rows ? rows[j] : 1, { h->id, h->n, j } };
	return WEND_OK;
}

static int by_place(const void *x, const void *y)
{
	const struct named *a = x, *b = y;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->j < b->j ? -1 : a->j > b->j;
}

/* References to rows of other batches: those are looked up by the id, as their own key
 * blocks have it, and then which of them the file named. */
static enum wend_err references(struct writer *w, const struct ids *l, struct err *err)
{
	struct before *k = w->before;
	struct stored b = { 0 };
	struct ids some;
	enum wend_err e;

	firsts_of(&some, l, k->hit);
	e = keys_meet(w, &some, false, others_found, err);
	if (!e)
		e = equals_scan(w, &k->asks, true, reference_found, err);
	if (k->n > 1)
		qsort(k->v, k->n, sizeof *k->v, by_place);
	for (size_t i = 0; !e && i < k->n; i++) {
		const struct named *v = &k->v[i];
		const struct earlier p = { &b, v->j, true, v->position, v->rows };

		if (!i || v->block != v[-1].block)
			stored_open(&b, w, v->block, v->n);
		uint32_t row = row_after_earlier(w, v->row, &p);

		if (b.damaged)
			e = store_damaged(w->s, err, "block");
		else if (row != NO_ROW)
			take(w, row, v->at);
	}
	firsts_release(&some);
	stored_release(&b);
	return e;
}

static enum wend_err repeats_of_runs(struct writer *w, const struct ids *l, struct err *err)
{
	struct before before = { 0 };
	struct ids firsts = { 0 };
	enum wend_err e;

	w->before = &before;
	if (w->work.next)
		firsts_of(&firsts, l, NULL);
	else
		firsts = *l;
	e = keys_meet(w, &firsts, true, own_found, err);
	if (!e && before.hits)
		e = references(w, &firsts, err);
	if (w->work.next)
		firsts_release(&firsts);
	w->before = NULL;
	free(before.hit);
	free(before.asks.v);
	free(before.v);
	return e;
}

enum wend_err work_repeats(struct writer *w, struct err *err)
{
	struct id_lists lists;
	enum wend_err e = WEND_OK;

	id_lists_make(&lists, w, ROW_REPEATED);
	for (size_t i = 0; i < lists.n && w->runs; i++)
		chain(&w->work, &lists.v[i]);
	for (size_t i = 0; !e && i < lists.n && w->runs; i++)
		e = repeats_of_runs(w, &lists.v[i], err);
	for (size_t i = 0; i < lists.n; i++)
		repeats_in_run(&w->work, &lists.v[i]);
	id_lists_release(&lists);
	while (w->noutgrown)
		free(w->outgrown[--w->noutgrown]);
	return e ? e : take_back(w, err);
}
