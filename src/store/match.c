/* room: store
 * What a run says that is new. Records with an id meet their other versions through the
 * key blocks; the blocks of each stored run are decoded once, in order of customers, and
 * records are compared field by field.
 */
#include "store/keys.h"

#include "wend/hash.h"

#define AHEAD 12

/* ---- the rows that hits mean ---- */

struct group { /* hits and rows of one customer in one block */
	size_t hit, hits;
	uint32_t row, rows;
};

static bool is_id(struct met *m, struct stored *b, const int64_t *ids, const int64_t *spaces, uint32_t mine, uint32_t j)
{
	const struct run *r = m->w->work.run;
	char buf[SHORT_SPELL];
	if ((spaces ? spaces[j] : WEND_NONE) != m->ids->space)
		return false;
	int64_t value = get_i64(run_row(r, mine), m->id_at);
	if (b->numbered)
		return value & TEXT_NUMBER && (value & ~TEXT_NUMBER) == b->number.v[j];
	struct sv theirs = text_at(&b->pool, ids[j]);
	return theirs.p && sv_eq(run_text(r, F_ID, value, buf), theirs);
}

struct hashed {
	uint64_t hash;
	uint32_t row;
};

static int by_hash(const void *x, const void *y)
{
	const struct hashed *a = x, *b = y;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* A customer with very many records: by hash instead of one against all. */
static enum wend_err find_many(struct met *m, struct stored *b, const int64_t *ids, const int64_t *spaces, const struct group *g, found_fn fn, struct err *err)
{
	struct hashed *v = xreallocarray(NULL, g->rows, sizeof *v);
	const struct run *r = m->w->work.run;
	char buf[SHORT_SPELL];
	enum wend_err e = WEND_OK;
	for (uint32_t i = 0; i < g->rows; i++) {
		struct sv id = b->numbered ? sv_n(buf, template_text(m->ids->template, b->number.v[g->row + i], buf)) : text_at(&b->pool, ids[g->row + i]);
		v[i] = (struct hashed){ id.p ? hash64(id.p, id.n) : 0, g->row + i };
	}
	qsort(v, g->rows, sizeof *v, by_hash);
	for (size_t h = g->hit; !e && h < g->hit + g->hits; h++) {
		uint32_t mine = m->hits.v[h].row;
		struct sv id = run_text(r, F_ID, get_i64(run_row(r, mine), m->id_at), buf);
		uint64_t hash = hash64(id.p, id.n);
		size_t lo = 0, hi = g->rows;
		while (lo < hi) {
			size_t mid = (lo + hi) / 2;
			if (v[mid].hash < hash)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; !e && lo < g->rows && v[lo].hash == hash; lo++) {
			if (!is_id(m, b, ids, spaces, mine, v[lo].row))
				continue;
			e = fn(m, b, mine, v[lo].row, err);
			if (m->batch)
				break;
		}
	}
	free(v);
	return e;
}

/* Both sides are mostly in the same order: begin behind the last one found. A run of one
 * batch holds an id once. */
static enum wend_err find_few(struct met *m, struct stored *b, const int64_t *ids, const int64_t *spaces, const struct group *g, found_fn fn, struct err *err)
{
	uint32_t next = 0;
	enum wend_err e = WEND_OK;
	for (size_t h = g->hit; !e && h < g->hit + g->hits; h++) {
		for (uint32_t t = 0, start = next; !e && t < g->rows; t++) {
			uint32_t i = start + t < g->rows ? start + t : start + t - g->rows;
			if (!is_id(m, b, ids, spaces, m->hits.v[h].row, g->row + i))
				continue;
			e = fn(m, b, m->hits.v[h].row, g->row + i, err);
			next = i + 1 < g->rows ? i + 1 : 0;
			if (m->batch)
				break;
		}
	}
	return e;
}

static enum wend_err find_in_block(struct met *m, struct stored *b, size_t from, uint32_t hi, found_fn fn, struct err *err)
{
	const struct text_template *t = m->ids->number ? m->ids->template : NULL;
	const int64_t *customer = stored_col(b, C_CUSTOMER), *spaces = stored_col(b, C_ID_SPACE), *ids = NULL;
	enum wend_err e = WEND_OK;
	uint32_t row = 0;
	if (!t || !stored_numbers(b, t))
		ids = stored_col(b, F_ID);
	if (b->damaged || !customer)
		return store_damaged(m->w->s, err, "block");
	if (!ids && !b->numbered)
		return WEND_OK;
	for (size_t h = from; !e && h < m->hits.n && m->hits.v[h].customer <= hi;) {
		struct group g = { h, 1, 0, 0 };
		if (h + AHEAD < m->hits.n) {
			const char *next = (const char *)run_row(m->w->work.run, m->hits.v[h + AHEAD].row);
			__builtin_prefetch(next);
			__builtin_prefetch(next + 63);
		}
		while (h + g.hits < m->hits.n && m->hits.v[h + g.hits].customer == m->hits.v[h].customer)
			g.hits++;
		while (row < b->n && customer[row] < m->hits.v[h].customer)
			row++;
		g.row = row;
		while (row < b->n && customer[row] == m->hits.v[h].customer)
			row++;
		g.rows = row - g.row;
		if (g.rows)
			e = (uint64_t)g.hits * g.rows > 4096 && g.hits > 8 ? find_many(m, b, ids, spaces, &g, fn, err) : find_few(m, b, ids, spaces, &g, fn, err);
		h += g.hits;
	}
	return e;
}

/* Block heads first: fn may rewrite blocks. */
enum wend_err heads_of(struct writer *w, sqlite3_stmt *st, struct heads *out, struct err *err)
{
	int rc;
	out->n = 0;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		GROW(out->v, out->cap, out->n + 1);
		out->v[out->n++] = (struct head_of){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2), (uint32_t)sqlite3_column_int64(st, 3), sqlite3_column_int64(st, 4), sqlite3_column_int64(st, 5) };
	}
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? WEND_OK : store_sql_error(w->s, w->s->db, err, "read");
}

enum wend_err stored_find(struct met *m, found_fn fn, struct err *err)
{
	struct store *s = m->w->s;
	sqlite3_stmt *st = NULL;
	struct stored b = { 0 };
	struct heads h = { 0 };
	size_t from = 0;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT id, lo, hi, n, run, 0 FROM block WHERE run = ? AND hi >= ? AND lo <= ? ORDER BY lo, id", err);
	if (e)
		return e;
	sqlite3_bind_int64(st, 1, m->run);
	sqlite3_bind_int64(st, 2, m->hits.v[0].customer);
	sqlite3_bind_int64(st, 3, m->hits.v[m->hits.n - 1].customer);
	e = heads_of(m->w, st, &h, err);
	for (size_t i = 0; !e && i < h.n; i++) {
		while (from < m->hits.n && m->hits.v[from].customer < h.v[i].lo)
			from++;
		if (from == m->hits.n || m->hits.v[from].customer > h.v[i].hi)
			continue;
		stored_open(&b, m->w, h.v[i].id, h.v[i].n);
		e = find_in_block(m, &b, from, (uint32_t)h.v[i].hi, fn, err);
	}
	sqlite3_finalize(st);
	stored_release(&b);
	free(h.v);
	return e;
}

/* ---- versions ---- */

int64_t row_updated(const struct run *r, uint32_t row)
{
	for (int i = 0; i < r->lay.n; i++)
		if (r->lay.slot[i].field == F_UPDATED && r->lay.slot[i].at)
			return get_i64(run_row(r, row), r->lay.slot[i].at);
	return WEND_NONE;
}

/* Does the stored version outrank ours? Missing is smallest. */
static bool outranks(const struct writer *w, uint32_t mine, int64_t batch, int64_t updated)
{
	int64_t ours = row_updated(w->work.run, mine);
	const struct live_batch *l = writer_live(w, batch);
	if (updated != ours)
		return updated > ours;
	if (l && l->export_date != w->export_date)
		return l->export_date > w->export_date;
	return batch > w->batch;
}

void work_mark(struct work *k, uint32_t customer, int64_t time, int64_t winner, int64_t updated, uint32_t row)
{
	GROW(k->mark, k->mark_cap, k->nmark + 1);
	k->mark[k->nmark++] = (struct mark){ customer, time, winner, updated, row };
}

void work_equal(struct work *k, uint32_t row, const struct mate *m)
{
	if (!k->mate_of)
		k->mate_of = xcalloc(k->run->n, sizeof *k->mate_of);
	k->state[row] = ROW_EQUAL;
	if (k->mate_of[row]) {
		k->mate[k->mate_of[row] - 1] = *m;
		return;
	}
	GROW(k->mate, k->mate_cap, k->nmate + 1);
	k->mate[k->nmate++] = *m;
	k->mate_of[row] = (uint32_t)k->nmate;
}

static void ask(struct asks *a, const struct mate *mate, int64_t updated)
{
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = (struct ask){ .mate = *mate, .updated = updated };
}

/* Is it the batch that this one's file begins with, or one that that begins with? */
static bool of_head(const struct writer *w, int64_t batch)
{
	const struct live_batch *l;

	for (int64_t id = w->head; id; id = l ? l->head : 0) {
		if (id == batch)
			return true;
		l = writer_live(w, id);
	}
	return false;
}

/* Another live batch holds a record with this id: is it this one, and whose word counts? */
static enum wend_err version_found(struct met *m, struct stored *b, uint32_t mine, uint32_t j, struct err *err)
{
	struct writer *w = m->w;
	struct work *k = &w->work;
	uint32_t customer = (uint32_t)stored_at(b, C_CUSTOMER, j);
	int64_t batch = stored_batch(b, m->batch, j);
	struct mate mate = { mine, customer, stored_at(b, F_TIME, j), batch, stored_at(b, C_POSITION, j) };
	int64_t updated = stored_at(b, F_UPDATED, j);
	if (!batch)
		return b->damaged ? store_damaged(w->s, err, "block") : WEND_OK;
	bool same = same_record(w, mine, b, j, true);
	if (b->damaged)
		return store_damaged(w->s, err, "block");
	if (same) {
		/* Of several equal versions the one that ranks highest. */
		const struct mate *old = k->mate_of && k->mate_of[mine] ? &k->mate[k->mate_of[mine] - 1] : NULL;
		const struct live_batch *a = writer_live(w, batch), *o = old ? writer_live(w, old->batch) : NULL;
		if (!o || !a || a->export_date > o->export_date || (a->export_date == o->export_date && a->id > o->id))
			work_equal(k, mine, &mate);
		return WEND_OK;
	}
	if (w->head && !w->anew) {
		w->anew = of_head(w, batch);
		ask(&w->headed, &mate, updated);
	}
	if (k->state[mine] == ROW_ADDED)
		k->state[mine] = ROW_CHANGED;
	if (k->state[mine] == ROW_CHANGED && outranks(w, mine, batch, updated))
		k->state[mine] = ROW_OLDER;
	/* One visitor at two times may be two customers: who, is known on reading only. */
	if (customer != k->person[mine] || mate.time != run_row(k->run, mine)->time) {
		/* Which of the two is seen is settled by their ranks, which an undo may change. */
		work_mark(k, customer, mate.time, w->batch, row_updated(k->run, mine), mine);
		work_mark(k, k->person[mine], run_row(k->run, mine)->time, batch, updated, mine);
		ask(&w->moved, &mate, updated);
	}
	return WEND_OK;
}

/* The head's file holds another version, as a reference. */
static enum wend_err held_by_head(struct writer *w, const struct ask *a, const struct head_of *h, struct stored *b, uint32_t j, struct err *err)
{
	(void)a;
	(void)err;
	w->anew |= of_head(w, stored_batch(b, h->batch, j));
	return WEND_OK;
}

static enum wend_err versions_found(struct met *m, struct err *err)
{
	return stored_find(m, version_found, err);
}

/* ---- all of it ---- */

enum wend_err work_match(struct writer *w, struct err *err)
{
	struct id_lists lists;
	enum wend_err e = WEND_OK;
	if (!w->nlive)
		return WEND_OK;
	id_lists_make(&lists, w, ROW_REPEATED);
	for (size_t i = 0; !e && i < lists.n; i++)
		e = keys_meet(w, &lists.v[i], false, versions_found, err);
	id_lists_release(&lists);
	if (!e && !w->anew)
		e = equals_scan(w, &w->headed, false, held_by_head, err);
	w->headed.n = 0;
	if (!e)
		e = equal_lenders(w, err);
	return e ? e : content_match(w, err);
}
