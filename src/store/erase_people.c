/* What the store knows people by: the keys and their hashes, natural ids in key blocks,
 * links. A number stays where it is, because numbers are dense: as the place of a guest
 * without a name.
 *
 * A link to a key that stays is kept when the batch is live. An inbox shared by six joins
 * nobody; without one of the six it would join the five others, and erasing one person
 * would change what is said of the rest. Such a place keeps its space, and nothing else.
 */
#include "erase.h"

static int u64_cmp(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* In a run of several batches an id of a visitor may stand several times, and not all of its
 * rows go: as many entries as rows. */
static bool one_of_dead(struct erasing *x, uint64_t id)
{
	size_t lo;

	LOWER_BOUND(lo, x->ndead, x->dead_id[mid] < id);
	while (lo < x->ndead && x->dead_id[lo] == id && x->dead_seen[lo])
		lo++;
	if (lo == x->ndead || x->dead_id[lo] != id)
		return false;
	x->dead_seen[lo] = true;
	return true;
}

static bool goes(const struct erasing *x, int64_t number)
{
	return number > 0 && number <= (int64_t)x->n && (x->mark[number] & GONE);
}

/* ---- all keys: what to look for, and what must not come back ---- */

static enum wend_err put_mark(struct erasing *x, sqlite3_stmt *st, uint32_t number, const int64_t *time, struct err *err)
{
	unsigned char mark[BAN_BYTES];
	enum key_space space = (enum key_space)x->p->space[number];
	struct sv product = space_has_product(space) ? store_word(x->s, key_product(x->p, number)) : SV_NONE;

	ban_of(x->bans, space, product, key_value(x->p, number), time, mark);
	sqlite3_bind_blob(st, 1, mark, sizeof mark, SQLITE_STATIC);
	return step_done(x->s, st, err);
}

enum wend_err erase_keys(struct erasing *x, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "INSERT OR IGNORE INTO ban VALUES(?)", err);

	for (size_t i = 0; !e && i < x->nnumber; i++) {
		uint32_t number = x->number[i];
		struct sv value = key_value(x->p, number);

		if (!(x->mark[number] & GONE) || x->p->space[number] == SPACE_GUEST || !value.n)
			continue;
		x->c->keys++;
		terms_add(&x->terms, value, TERM_KEY, x->p->space[number] == SPACE_TEL);
		if (x->bans)
			e = put_mark(x, st, number, NULL, err);
	}
	sqlite3_finalize(st);
	return e;
}

enum wend_err erase_moments(struct erasing *x, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "INSERT OR IGNORE INTO ban VALUES(?)", err);

	for (size_t i = 0; !e && x->bans && i < x->nmoment; i++)
		e = put_mark(x, st, x->moment[i].number, &x->moment[i].time, err);
	sqlite3_finalize(st);
	return e;
}

/* ---- natural ids ---- */

struct id_block {
	int64_t id, run;
	size_t n;
};
struct id_blocks {
	struct id_block *v;
	size_t n, cap;
};

/* Key blocks with an entry of one of the numbers. */
static enum wend_err find_blocks(struct erasing *x, struct id_blocks *out, struct err *err)
{
	struct ints customer = { 0 };
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT id, run, n, customers FROM key", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		size_t n = (size_t)sqlite3_column_int64(st, 2);
		bool hit = false;

		if (!ints_of(&customer, st, 3, n)) {
			e = store_damaged(x->s, err, "key");
			break;
		}
		for (size_t i = 0; i < n && !hit; i++)
			hit = customer.v[i] > 0 && customer.v[i] <= (int64_t)x->n && x->mark[customer.v[i]] & (GONE | BY_TIME);
		if (!hit)
			continue;
		GROW(out->v, out->cap, out->n + 1);
		out->v[out->n++] = (struct id_block){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), n };
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	ints_release(&customer);
	return e;
}

struct id_work {
	sqlite3_stmt *get, *put, *del;
	struct ints id, customer;
	struct sv *text;
	struct str pool, blob[2];
};

static enum wend_err trim_block(struct erasing *x, struct id_work *w, const struct id_block *b, struct err *err)
{
	size_t n = 0;
	bool ok;

	str_reset(&w->pool);
	sqlite3_bind_int64(w->get, 1, b->id);
	ok = sqlite3_step(w->get) == SQLITE_ROW && texts_of(&w->id, &w->pool, w->get, 0, b->n) && ints_of(&w->customer, w->get, 1, b->n);
	sqlite3_reset(w->get);
	if (!ok)
		return store_damaged(x->s, err, "key");
	for (size_t i = 0; i < b->n; i++) {
		int64_t number = w->customer.v[i];
		struct sv id = text_at(&w->pool, w->id.v[i]);

		if (goes(x, number) || (x->ndead && id.p && one_of_dead(x, id_hash(b->run, number, id))))
			continue;
		w->text[n] = id;
		w->customer.v[n++] = number;
	}
	if (n == b->n)
		return WEND_OK;
	if (!n) {
		sqlite3_bind_int64(w->del, 1, b->id);
		return step_done(x->s, w->del, err);
	}
	str_reset(&w->blob[0]);
	str_reset(&w->blob[1]);
	pack_texts(&w->blob[0], w->text, n);
	pack_ints(&w->blob[1], w->customer.v, n);
	sqlite3_bind_int64(w->put, 1, b->id);
	sqlite3_bind_int64(w->put, 2, (sqlite3_int64)n);
	sqlite3_bind_text64(w->put, 3, w->text[0].p, w->text[0].n, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_text64(w->put, 4, w->text[n - 1].p, w->text[n - 1].n, SQLITE_STATIC, SQLITE_UTF8);
	return step_with_blobs(x->s, w->put, 5, w->blob, 2, err);
}

enum wend_err erase_ids(struct erasing *x, struct err *err)
{
	struct id_blocks blocks = { 0 };
	struct id_work w = { .text = xreallocarray(NULL, BLOCK_ROWS, sizeof *w.text) };
	struct store *s = x->s;
	enum wend_err e = find_blocks(x, &blocks, err);

	if (x->ndead > 1)
		qsort(x->dead_id, x->ndead, sizeof *x->dead_id, u64_cmp);
	x->dead_seen = xcalloc(x->ndead + 1, sizeof *x->dead_seen);
	if (e || (e = store_prepare(s, s->db, &w.get, "SELECT ids, customers FROM key WHERE id = ?", err))
	    || (e = store_prepare(s, s->db, &w.put, "UPDATE key SET n = ?2, first = ?3, last = ?4, ids = ?5, customers = ?6 WHERE id = ?1", err))
	    || (e = store_prepare(s, s->db, &w.del, "DELETE FROM key WHERE id = ?", err)))
		goto done;
	for (size_t i = 0; !e && i < blocks.n; i++)
		e = blocks.v[i].n > BLOCK_ROWS ? store_damaged(s, err, "key") : trim_block(x, &w, &blocks.v[i], err);
	/* An entry may outlive its row; it must not outlive its run, whose number is given again. */
	if (!e)
		e = store_exec(s, "DELETE FROM key WHERE run NOT IN (SELECT id FROM run)", err);
done:
	sqlite3_finalize(w.get);
	sqlite3_finalize(w.put);
	sqlite3_finalize(w.del);
	ints_release(&w.id);
	ints_release(&w.customer);
	str_release(&w.pool);
	str_release(&w.blob[0]);
	str_release(&w.blob[1]);
	free(w.text);
	free(blocks.v);
	return e;
}

/* ---- links ---- */

enum wend_err links_each(struct erasing *x, link_fn *fn, struct err *err)
{
	struct ints v[3] = { { 0 } };
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT id, batch, n, a, b, at FROM link ORDER BY id", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct link_row l = { .id = sqlite3_column_int64(st, 0), .batch = sqlite3_column_int64(st, 1), .n = (size_t)sqlite3_column_int64(st, 2) };
		bool ok = true;

		for (int k = 0; k < 3 && ok; k++) {
			ok = ints_of(&v[k], st, k + 3, l.n);
			l.v[k] = v[k].v;
		}
		for (size_t i = 0; i < l.n && ok; i++)
			ok = l.v[0][i] > 0 && l.v[1][i] > 0 && l.v[0][i] <= (int64_t)x->n && l.v[1][i] <= (int64_t)x->n;
		l.live = erase_batch_of(x, l.batch)->live;
		l.hand = erase_batch_of(x, l.batch)->hand;
		e = ok ? fn(x, &l, err) : store_damaged(x->s, err, "link");
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	for (int k = 0; k < 3; k++)
		ints_release(&v[k]);
	return e;
}

static enum wend_err put_link(struct erasing *x, const struct link_row *l, size_t n, struct err *err)
{
	struct str blob[3] = { STR_INIT, STR_INIT, STR_INIT };
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, n ? "UPDATE link SET n = ?2, a = ?3, b = ?4, at = ?5 WHERE id = ?1" : "DELETE FROM link WHERE id = ?1", err);

	if (!e) {
		sqlite3_bind_int64(st, 1, l->id);
		if (n)
			sqlite3_bind_int64(st, 2, (sqlite3_int64)n);
		for (int k = 0; k < 3 && n; k++)
			pack_ints(&blob[k], l->v[k], n);
		e = step_with_blobs(x->s, st, 3, blob, n ? 3 : 0, err);
	}
	sqlite3_finalize(st);
	for (int k = 0; k < 3; k++)
		str_release(&blob[k]);
	return e;
}

/* Does the link stay, though one end goes? */
static bool link_held(const struct erasing *x, const struct link_row *l, int64_t stays)
{
	return l->live && !l->hand && x->p->space[stays] != SPACE_GUEST;
}

static enum wend_err mark_held(struct erasing *x, struct link_row *l, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < l->n; i++) {
		const int64_t a = l->v[0][i], b = l->v[1][i];
		const bool ga = goes(x, a), gb = goes(x, b);

		if (ga != gb && link_held(x, l, ga ? b : a))
			x->mark[ga ? a : b] |= HELD;
	}
	return WEND_OK;
}

/* What a phone of two people must not join stays apart by all the ids they had, not by the
 * one that stood beside it: places of a customer are held together. */
static void hold_together(struct erasing *x)
{
	const uint32_t *owner = x->p->owner;
	uint8_t *held = owner ? xcalloc(x->n + 1u, 1) : NULL;

	for (uint32_t i = 1; owner && i <= x->n; i++)
		if ((x->mark[i] & (GONE | HELD)) == (GONE | HELD))
			held[owner[i]] = 1;
	for (uint32_t i = 1; owner && i <= x->n; i++)
		if ((x->mark[i] & GONE) && held[owner[i]] && x->p->space[i] != SPACE_VISITOR)
			x->mark[i] |= HELD;
	free(held);
}

/* Whom several met in one second had an order, by the names they had. What was whose shall
 * stay so without one of them: who came first has what was before, and moves a second to
 * the front; who came last has what follows, and moves a second back; who came between had
 * nothing. */
static int64_t parted_moment(const struct erasing *x, int64_t number, int64_t visitor, int64_t at)
{
	static const int64_t second = 2, never = INT64_MAX / 4; /* as wtime */
	const struct people *p = x->p;
	const int64_t secs = at == WEND_NONE ? INT64_MIN : wtime_secs(at);
	size_t first = 0, from, to, i;

	while (first < p->nspell && p->spell[first].number < visitor)
		first++;
	for (from = first; from < p->nspell && p->spell[from].number == visitor && p->spell[from].from < secs; from++)
		;
	for (to = from; to < p->nspell && p->spell[to].number == visitor && p->spell[to].from == secs; to++)
		;
	for (i = from; i < to && p->spell[i].owner != p->owner[number]; i++)
		;
	if (i == to || to - from < 2)
		return at;
	if (i + 1 == to)
		return at + second;
	return i != first ? never : at == WEND_NONE ? at : at - second;
}

static enum wend_err trim_links(struct erasing *x, struct link_row *l, struct err *err)
{
	size_t n = 0;
	bool touched = false;

	for (size_t i = 0; i < l->n; i++) {
		int64_t a = l->v[0][i], b = l->v[1][i], at = l->v[2][i];
		const bool ga = goes(x, a), gb = goes(x, b);

		if (ga || gb) {
			const bool both = ga && gb;

			touched = true;
			if (both ? !l->live || l->hand || !(x->mark[a] & x->mark[b] & HELD) : !link_held(x, l, ga ? b : a))
				continue;
			/* Only of a visitor the time tells anything. */
			if (both || x->p->space[ga ? b : a] != SPACE_VISITOR)
				at = WEND_NONE;
			else
				at = parted_moment(x, ga ? a : b, ga ? b : a, at);
		}
		l->v[0][n] = a;
		l->v[1][n] = b;
		l->v[2][n++] = at;
	}
	return touched ? put_link(x, l, n, err) : WEND_OK;
}

enum wend_err erase_links(struct erasing *x, struct err *err)
{
	const enum wend_err e = links_each(x, mark_held, err);

	hold_together(x);
	return e ? e : links_each(x, trim_links, err);
}

/* ---- the keys themselves ---- */

struct blank {
	sqlite3_stmt *get, *put;
	struct ints space, product, key;
	struct str pool, blob[3];
	struct sv *text;
};

static enum wend_err blank_block(struct erasing *x, struct blank *w, const struct key_block *b, struct err *err)
{
	bool ok;

	str_reset(&w->pool);
	sqlite3_bind_int64(w->get, 1, b->lo);
	ok = sqlite3_step(w->get) == SQLITE_ROW && ints_of(&w->space, w->get, 0, b->n) && ints_of(&w->product, w->get, 1, b->n) && texts_of(&w->key, &w->pool, w->get, 2, b->n);
	sqlite3_reset(w->get);
	if (!ok)
		return store_damaged(x->s, err, "person");
	for (uint32_t i = 0; i < b->n; i++) {
		bool gone = x->mark[b->lo + i] & GONE;

		w->text[i] = gone ? SV("") : text_at(&w->pool, w->key.v[i]);
		if (gone && !(x->mark[b->lo + i] & HELD)) {
			w->space.v[i] = SPACE_GUEST;
			w->product.v[i] = WEND_NONE;
		}
	}
	for (int k = 0; k < 3; k++)
		str_reset(&w->blob[k]);
	pack_ints(&w->blob[0], w->space.v, b->n);
	pack_ints(&w->blob[1], w->product.v, b->n);
	pack_texts(&w->blob[2], w->text, b->n);
	sqlite3_bind_int64(w->put, 1, b->lo);
	return step_with_blobs(x->s, w->put, 2, w->blob, 3, err);
}

static enum wend_err blank_keys(struct erasing *x, struct err *err)
{
	struct blank w = { .text = xreallocarray(NULL, BLOCK_ROWS, sizeof *w.text) };
	struct store *s = x->s;
	enum wend_err e;

	if ((e = store_prepare(s, s->db, &w.get, "SELECT spaces, products, keys FROM person WHERE lo = ?", err))
	    || (e = store_prepare(s, s->db, &w.put, "UPDATE person SET spaces = ?2, products = ?3, keys = ?4 WHERE lo = ?1", err)))
		goto done;
	for (size_t i = 0; !e && i < x->p->nblock; i++) {
		const struct key_block *b = &x->p->block[i];
		bool any = erase_between(x, b->lo, (int64_t)b->lo + b->n - 1);

		for (uint32_t k = 0; k < b->n && any; k++)
			if (x->mark[b->lo + k] & GONE) {
				e = blank_block(x, &w, b, err);
				break;
			}
	}
done:
	sqlite3_finalize(w.get);
	sqlite3_finalize(w.put);
	ints_release(&w.space);
	ints_release(&w.product);
	ints_release(&w.key);
	str_release(&w.pool);
	for (int k = 0; k < 3; k++)
		str_release(&w.blob[k]);
	free(w.text);
	return e;
}

/* Hashes of all keys that go, ascending. */
static uint64_t *hashes_of(struct erasing *x, size_t *n)
{
	uint64_t *h = xreallocarray(NULL, x->nnumber + 1, sizeof *h);

	*n = 0;
	for (size_t i = 0; i < x->nnumber; i++) {
		uint32_t number = x->number[i];
		enum key_space space = (enum key_space)x->p->space[number];
		struct sv product = space_has_product(space) ? store_word(x->s, key_product(x->p, number)) : SV_NONE;

		if (x->mark[number] & GONE)
			h[(*n)++] = person_hash(space, product, key_value(x->p, number)) >> (64 - PERSON_HASH_BITS);
	}
	if (*n > 1)
		qsort(h, *n, sizeof *h, u64_cmp);
	return h;
}

struct hash_block {
	int64_t id;
	size_t n;
};

static enum wend_err hash_blocks(struct erasing *x, const uint64_t *h, size_t nh, struct hash_block **out, size_t *n, struct err *err)
{
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT id, lo, hi, n FROM person_hash", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		uint64_t lo = (uint64_t)sqlite3_column_int64(st, 1), hi = (uint64_t)sqlite3_column_int64(st, 2);
		size_t a;

		LOWER_BOUND(a, nh, h[mid] < lo);
		if (a == nh || h[a] > hi)
			continue;
		GROW(*out, cap, *n + 1);
		(*out)[(*n)++] = (struct hash_block){ sqlite3_column_int64(st, 0), (size_t)sqlite3_column_int64(st, 3) };
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

static enum wend_err trim_hashes(struct erasing *x, const struct hash_block *b, struct err *err)
{
	struct ints hash = { 0 }, number = { 0 };
	struct str blob[2] = { STR_INIT, STR_INIT };
	sqlite3_stmt *st = NULL;
	size_t n = 0;
	bool ok;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT hashes, numbers FROM person_hash WHERE id = ?", err);

	if (e)
		return e;
	sqlite3_bind_int64(st, 1, b->id);
	ok = sqlite3_step(st) == SQLITE_ROW && ints_of(&hash, st, 0, b->n) && ints_of(&number, st, 1, b->n);
	sqlite3_finalize(st);
	st = NULL;
	for (size_t i = 0; ok && i < b->n; i++) {
		if (goes(x, number.v[i]))
			continue;
		hash.v[n] = hash.v[i];
		number.v[n++] = number.v[i];
	}
	if (!ok)
		e = store_damaged(x->s, err, "person_hash");
	else if (n < b->n)
		e = store_prepare(x->s, x->s->db, &st, n ? "UPDATE person_hash SET lo = ?2, hi = ?3, n = ?4, hashes = ?5, numbers = ?6 WHERE id = ?1" : "DELETE FROM person_hash WHERE id = ?1", err);
	if (!e && st) {
		sqlite3_bind_int64(st, 1, b->id);
		if (n) {
			pack_ints(&blob[0], hash.v, n);
			pack_ints(&blob[1], number.v, n);
			sqlite3_bind_int64(st, 2, hash.v[0]);
			sqlite3_bind_int64(st, 3, hash.v[n - 1]);
			sqlite3_bind_int64(st, 4, (sqlite3_int64)n);
		}
		e = step_with_blobs(x->s, st, 5, blob, n ? 2 : 0, err);
	}
	sqlite3_finalize(st);
	ints_release(&hash);
	ints_release(&number);
	str_release(&blob[0]);
	str_release(&blob[1]);
	return e;
}

enum wend_err erase_persons(struct erasing *x, struct err *err)
{
	struct hash_block *blocks = NULL;
	size_t nh = 0, n = 0;
	uint64_t *h = hashes_of(x, &nh);
	enum wend_err e = hash_blocks(x, h, nh, &blocks, &n, err);

	for (size_t i = 0; !e && i < n; i++)
		e = trim_hashes(x, &blocks[i], err);
	if (!e)
		e = blank_keys(x, err);
	free(blocks);
	free(h);
	return e;
}
