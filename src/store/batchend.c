/* room: store
 * The end of a batch: what is left is written, evidence, coverage and counts are put
 * down, and the transaction is committed or taken back.
 */
#include "store/batch.h"
#include "store/compact.h"
#include "store/erase.h"

#include <assert.h>

/* ---- evidence ---- */

void links_add(struct links *l, uint32_t a, uint32_t b, int64_t at)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = (struct link){ a, b, at };
}

static int by_pair(const void *x, const void *y)
{
	const struct link *a = x, *b = y;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static int by_time(const void *x, const void *y)
{
	const struct link *a = x, *b = y;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->a < b->a ? -1 : a->a > b->a;
}

/* One link a pair, with its first time. Of a visitor also every later time at which it
 * turns from one customer to another: events between belong to the one before. */
void links_compact(struct links *l, const struct persons *p)
{
	uint32_t n = 0;
	uint8_t *visitor = xcalloc((size_t)p->n / 8 + 1, 1);
	struct person_walk walk = { 0 };
	for (struct person *e; (e = persons_next(p, &walk, p->n)); n++)
		visitor[e->local / 8] |= (uint8_t)((e->space == SPACE_VISITOR) << e->local % 8);
	size_t split = 0, out = 0;
	for (size_t i = 0; i < l->n; i++) {
		uint32_t b = l->v[i].b - 1;
		if (visitor[b / 8] >> b % 8 & 1)
			continue;
		struct link t = l->v[i];
		l->v[i] = l->v[split];
		l->v[split++] = t;
	}
	qsort(l->v, split, sizeof *l->v, by_pair);
	qsort(l->v + split, l->n - split, sizeof *l->v, by_time);
	for (size_t i = 0; i < l->n; i++) {
		bool first = i == 0 || i == split;
		if (!first && l->v[i].b == l->v[out - 1].b && l->v[i].a == l->v[out - 1].a)
			continue;
		l->v[out++] = l->v[i];
	}
	l->n = out;
	free(visitor);
}

static enum wend_err write_links(struct batch *b, struct err *err)
{
	struct store *s = b->s;
	struct links *l = &b->links;
	sqlite3_stmt *st = NULL;
	if (!l->n)
		return WEND_OK;
	links_compact(l, &b->persons);
	int64_t *v[3], *space = xreallocarray(NULL, BLOCK_ROWS * 3, sizeof *space);
	struct str blob[3] = { STR_INIT, STR_INIT, STR_INIT };
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO link(batch, n, a, b, at) VALUES(?, ?, ?, ?, ?)", err);
	for (int k = 0; k < 3; k++)
		v[k] = space + k * BLOCK_ROWS;
	for (size_t at = 0; !e && at < l->n; at += BLOCK_ROWS) {
		size_t n = l->n - at < BLOCK_ROWS ? l->n - at : BLOCK_ROWS;
		for (size_t i = 0; i < n; i++) {
			v[0][i] = b->w.map.number[l->v[at + i].a - 1];
			v[1][i] = b->w.map.number[l->v[at + i].b - 1];
			v[2][i] = l->v[at + i].at;
		}
		for (int k = 0; k < 3; k++) {
			str_reset(&blob[k]);
			pack_ints(&blob[k], v[k], n);
		}
		sqlite3_bind_int64(st, 1, b->w.batch);
		sqlite3_bind_int64(st, 2, (sqlite3_int64)n);
		e = step_with_blobs(s, st, 3, blob, 3, err);
	}
	sqlite3_finalize(st);
	for (int k = 0; k < 3; k++)
		str_release(&blob[k]);
	free(space);
	return e;
}

/* ---- counts of people ---- */

static uint32_t root_of(uint32_t *up, uint32_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

/* Customers of this batch are the sets that its own links make. A record found a known
 * customer when a key of its set had a number before; by the strongest such key. */
static void count_people(struct batch *b, struct batch_counts *c)
{
	const struct person_map *m = &b->w.map;
	uint32_t n = b->persons.n;
	uint32_t *up = xreallocarray(NULL, n ? n : 1, sizeof *up);
	uint8_t *known = xcalloc(n ? n : 1, 1); /* 1 + space of the strongest known key of the set */
	uint64_t *rows = xcalloc(n ? n : 1, sizeof *rows);
	static const uint8_t strength[] = { [SPACE_HAND] = 1, [SPACE_PRODUCT] = 2, [SPACE_MAIL] = 3, [SPACE_TEL] = 4, [SPACE_VISITOR] = 5, [SPACE_GUEST] = 6 };
	static const uint8_t space_of[] = { 0, SPACE_HAND, SPACE_PRODUCT, SPACE_MAIL, SPACE_TEL, SPACE_VISITOR, SPACE_GUEST };
	for (uint32_t i = 0; i < n; i++)
		up[i] = i;
	for (size_t i = 0; i < b->links.n; i++)
		up[root_of(up, b->links.v[i].a - 1)] = root_of(up, b->links.v[i].b - 1);
	struct person_walk walk = { 0 };
	uint64_t new_guests = 0;
	for (struct person *e; (e = persons_next(&b->persons, &walk, n));) {
		uint32_t root = root_of(up, e->local);
		const bool before = m->number[e->local] <= m->before, guest = e->rows && e->space == SPACE_GUEST;
		rows[root] += e->rows;
		c->guests += guest;
		new_guests += guest && !before;
		if (before && (!known[root] || strength[e->space] < known[root]))
			known[root] = strength[e->space];
	}
	for (uint32_t i = 0; i < n; i++) {
		if (up[i] != i || !rows[i])
			continue;
		c->customers++;
		c->customers_new += !known[i];
		if (!known[i])
			continue;
		c->matched += rows[i];
		c->matched_by[space_of[known[i]]] += rows[i];
	}
	c->customers -= c->guests;
	c->customers_new -= new_guests;
	free(rows);
	free(known);
	free(up);
}

/* ---- rows of the small tables ---- */

static enum wend_err write_coverage(struct batch *b, const struct batch_info *info, struct err *err)
{
	struct store *s = b->s;
	sqlite3_stmt *st = NULL;
	const char *source = info->source ? info->source : info->preset ? info->preset : info->file;
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO coverage VALUES(?, ?, ?, ?, ?)", err);
	for (size_t i = 0; !e && i < b->w.nday; i++) {
		if (!b->w.day[i].n)
			continue;
		sqlite3_bind_int64(st, 1, b->w.batch);
		sqlite3_bind_text(st, 2, source ? source : "", -1, SQLITE_STATIC);
		sqlite3_bind_int64(st, 3, b->w.day[i].kind);
		sqlite3_bind_int64(st, 4, b->w.day[i].day);
		sqlite3_bind_int64(st, 5, b->w.day[i].n);
		e = step_done(s, st, err);
	}
	sqlite3_finalize(st);
	return e;
}

static enum wend_err write_meta(struct batch *b, const struct batch_info *info, struct err *err)
{
	struct store *s = b->s;
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = ?2 WHERE ?3", err);
	if (e)
		return e;
	sqlite3_bind_text(st, 1, "persons", -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, b->w.map.used);
	sqlite3_bind_int(st, 3, 1);
	e = step_done(s, st, err);
	if (!e && info->tz && *info->tz) { /* the first zone stays */
		sqlite3_bind_text(st, 1, "zone", -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, info->tz, -1, SQLITE_STATIC);
		sqlite3_bind_int(st, 3, 0);
		e = step_done(s, st, err);
	}
	sqlite3_finalize(st);
	return e;
}

static enum wend_err for_batch(struct batch *b, const char *sql, struct err *err)
{
	struct store *s = b->s;
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, sql, err);
	if (!e) {
		sqlite3_bind_int64(st, 1, b->w.batch);
		e = step_done(s, st, err);
	}
	sqlite3_finalize(st);
	return e;
}

/* ---- finishing ---- */

/* Let the writing thread finish what it has and end. */
static void join(struct batch *b)
{
	if (!b->threaded)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	b->threaded = false;
}

static enum wend_err write_rest(struct batch *b, const struct batch_info *info, struct err *err)
{
	enum wend_err e;
	join(b);
	b->stop = true; /* the last runs are written here, one after the other */
	if (b->failed) {
		if (err)
			*err = b->err;
		return b->failed;
	}
	if ((e = writer_begin(&b->w, info, err)))
		return e;
	int left = 0;
	for (int k = 0; k < KIND_COUNT; k++)
		left += b->cur[k] && b->cur[k]->n;
	for (int k = 0; k < KIND_COUNT; k++)
		if (b->cur[k] && b->cur[k]->n && (e = batch_seal(b, (enum kind)k, --left == 0, err)))
			return e;
	return WEND_OK;
}

static void fill_counts(struct batch *b, struct batch_counts *c)
{
	c->used = b->used;
	c->added = b->w.added;
	c->updated = b->w.updated;
	c->duplicates = b->w.duplicates;
	if (c->added + c->updated + c->duplicates != c->used)
		BUG("a batch does not add up");
	c->matched = c->customers = c->customers_new = c->guests = 0;
	memset(c->matched_by, 0, sizeof c->matched_by);
	count_people(b, c);
	c->orders = b->orders;
	c->items = b->items;
	c->first = b->first;
	c->last = b->last_time;
	if (!c->records)
		c->records = c->used + c->rejected + c->ignored;
	if (c->records != c->used + c->rejected + c->ignored)
		BUG("%llu records are not %llu used, %llu rejected, %llu ignored", (unsigned long long)c->records, (unsigned long long)c->used, (unsigned long long)c->rejected, (unsigned long long)c->ignored);
}

static void batch_free(struct batch *b)
{
	writer_release(&b->w);
	for (int k = 0; k < KIND_COUNT; k++)
		run_free(b->cur[k]);
	run_free(b->spare[0]);
	run_free(b->spare[1]);
	free(b->links.v);
	str_release(&b->scratch);
	word_set_release(&b->words);
	persons_release(&b->persons);
	arena_release(&b->arena);
	pthread_mutex_destroy(&b->lock);
	pthread_cond_destroy(&b->changed);
	free(b);
}

void batch_abort(struct batch *b)
{
	if (!b)
		return;
	join(b);
	if (b->w.begun) {
		store_write_abort(b->s);
		if (b->s->words && b->w.words_known)
			word_set_truncate(&b->s->words->set, b->w.words_before);
	}
	batch_free(b);
}

/* What this process knew of people is of the state before. */
void batch_forget_people(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	people_free(s->people);
	s->people = NULL;
	pthread_mutex_unlock(&s->lock);
}

enum wend_err batch_stands(struct batch *b, const struct batch_info *info, bool *stands, struct err *err)
{
	enum wend_err e = write_rest(b, info, err);
	*stands = !b->w.anew;
	return e;
}

enum wend_err batch_commit(struct batch *b, const struct batch_info *info, struct batch_counts *c, int64_t *number, struct err *err)
{
	enum wend_err e = write_rest(b, info, err);
	if (!e)
		e = bans_unchanged(b->s, err);
	if (!e)
		e = write_links(b, err);
	if (!e)
		e = batch_sales_once(b, info, err);
	if (!e)
		/* Ids of equal rows told repetitions within the file; no longer needed. */
		e = for_batch(b, "DELETE FROM key WHERE run IN (SELECT id FROM run WHERE batch = ?1 AND type = 1)", err);
	if (!e)
		e = write_coverage(b, info, err);
	if (!e)
		e = write_meta(b, info, err);
	if (!e) {
		fill_counts(b, c);
		e = batch_row_put(b->s, b->w.batch, info, c, "live", err);
	}
	if (!e)
		e = for_batch(b, "UPDATE batch SET replaced = added + updated - (SELECT coalesce(sum(rows), 0) FROM run WHERE batch = ?1 AND type = 0) WHERE id = ?1", err);
	if (!e)
		e = store_write_commit(b->s, err);
	if (e) {
		batch_abort(b);
		return e;
	}
	*number = b->w.batch;
	batch_forget_people(b->s);
	struct store *s = b->s;
	batch_free(b);
	compact_small(s);
	return WEND_OK;
}

enum wend_err batch_preview(struct batch *b, struct batch_counts *c, struct err *err)
{
	enum wend_err e = write_rest(b, &b->info, err);
	if (!e)
		e = write_links(b, err);
	if (!e)
		e = batch_sales_once(b, &b->info, err);
	if (!e)
		fill_counts(b, c);
	batch_abort(b);
	return e;
}
