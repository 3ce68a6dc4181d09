/* room: store
 * From the numbers of a batch to those of the store: which keys are known already, and
 * the blocks of those that are new.
 *
 * The store keeps 40 bits of every key's hash in sorted blocks. New keys, sorted the same
 * way, are merged against the blocks their hashes fall into; each candidate is settled by
 * the text in `person`, read block by block in order of numbers.
 */
#include "store/persons.h"

#include "store/blob.h"
#include "wend/hash.h"

/* A key to look up, or found under `number`. */
struct look {
	uint64_t hash;
	const struct person *e;
	uint32_t number;
};
struct looks {
	struct look *v;
	size_t n, cap;
};

static struct sv person_product(const struct person *e, const uint32_t *word, const struct store *s)
{
	uint32_t code;
	if (!space_has_product(e->space))
		return SV_NONE;
	memcpy(&code, e->key, 4);
	return store_word(s, word[code]);
}

static struct sv person_value(const struct person *e)
{
	size_t skip = space_has_product(e->space) ? 4 : 0;
	return sv_n(e->key + skip, e->size - skip);
}

/* Stable radix sort, 10 bits at a time: by the 40 bits of the hash, or by number. */
static void sort_looks(struct looks *l, bool numbers)
{
	struct look *from = l->v, *to, *swap;
	if (l->n < 2)
		return;
	to = xreallocarray(NULL, l->n, sizeof *to);
	for (unsigned shift = 0; shift < PERSON_HASH_BITS; shift += 10) {
		size_t start[1025] = { 0 };
#define KEY(x) ((numbers ? (uint64_t)(x).number : (x).hash) >> shift & 1023)
		for (size_t i = 0; i < l->n; i++)
			start[KEY(from[i]) + 1]++;
		for (size_t d = 0; d < 1024; d++)
			start[d + 1] += start[d];
		for (size_t i = 0; i < l->n; i++)
			to[start[KEY(from[i])]++] = from[i];
#undef KEY
		swap = from;
		from = to;
		to = swap;
	}
	free(to); /* an even number of passes: `from` is l->v again */
}

/* First key whose hash is not below. */
static size_t lower_bound(const struct looks *l, uint64_t hash)
{
	size_t lo = 0, hi = l->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (l->v[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void merge_hashes(const struct looks *l, size_t at, const int64_t *hash, const int64_t *number, size_t n, struct looks *hits)
{
	for (size_t j = 0; j < n && at < l->n; j++) {
		while (at < l->n && l->v[at].hash < (uint64_t)hash[j])
			at++;
		for (size_t k = at; k < l->n && l->v[k].hash == (uint64_t)hash[j]; k++) {
			GROW(hits->v, hits->cap, hits->n + 1);
			hits->v[hits->n++] = (struct look){ l->v[k].hash, l->v[k].e, (uint32_t)number[j] };
		}
	}
}

/* Candidates: pairs of a new key and a stored number with the same hash. */
static enum wend_err find_hits(struct store *s, const struct looks *l, struct looks *hits, struct err *err)
{
	sqlite3_stmt *st = NULL;
	struct ints hash = { 0 }, number = { 0 };
	int rc;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT lo, hi, n, hashes, numbers FROM person_hash WHERE hi >= ? AND lo <= ?", err);
	if (e)
		goto done;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)l->v[0].hash);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)l->v[l->n - 1].hash);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		size_t at = lower_bound(l, (uint64_t)sqlite3_column_int64(st, 0));
		if (at == l->n || l->v[at].hash > (uint64_t)sqlite3_column_int64(st, 1))
			continue;
		size_t n = (size_t)sqlite3_column_int64(st, 2);
		if (!ints_of(&hash, st, 3, n) || !ints_of(&number, st, 4, n)) {
			e = store_damaged(s, err, "person_hash");
			goto done;
		}
		merge_hashes(l, at, hash.v, number.v, n, hits);
	}
	if (rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
done:
	sqlite3_finalize(st);
	ints_release(&hash);
	ints_release(&number);
	return e;
}

/* A block of `person`, decoded. */
struct person_block {
	uint32_t lo, n;
	struct ints space, product, key;
	struct str pool;
};

static enum wend_err read_person_block(struct store *s, sqlite3_stmt *st, uint32_t number, struct person_block *b, struct err *err)
{
	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, number);
	int rc = sqlite3_step(st);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? store_damaged(s, err, "person") : store_sql_error(s, s->db, err, "read");
	b->lo = (uint32_t)sqlite3_column_int64(st, 0);
	b->n = (uint32_t)sqlite3_column_int64(st, 1);
	str_reset(&b->pool);
	if (number - b->lo >= b->n || !ints_of(&b->space, st, 2, b->n) || !ints_of(&b->product, st, 3, b->n) || !texts_of(&b->key, &b->pool, st, 4, b->n))
		return store_damaged(s, err, "person");
	return WEND_OK;
}

static enum wend_err settle_hits(struct store *s, struct looks *hits, struct person_map *m, const uint32_t *word, struct err *err)
{
	struct person_block b = { 0 };
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT lo, n, spaces, products, keys FROM person WHERE lo <= ? ORDER BY lo DESC LIMIT 1", err);
	sort_looks(hits, true);
	for (size_t i = 0; !e && i < hits->n; i++) {
		const struct look *h = &hits->v[i];
		if (h->number - b.lo >= b.n && (e = read_person_block(s, st, h->number, &b, err)))
			break;
		size_t k = h->number - b.lo;
		uint32_t code = UINT32_MAX;
		if (space_has_product(h->e->space)) {
			memcpy(&code, h->e->key, 4);
			code = word[code];
		}
		int64_t product = code == UINT32_MAX ? WEND_NONE : code;
		if (b.space.v[k] == h->e->space && b.product.v[k] == product && sv_eq(text_at(&b.pool, b.key.v[k]), person_value(h->e)))
			m->number[h->e->local] = h->number;
	}
	sqlite3_finalize(st);
	ints_release(&b.space);
	ints_release(&b.product);
	ints_release(&b.key);
	str_release(&b.pool);
	return e;
}

static enum wend_err write_persons(struct store *s, const struct looks *fresh, const uint32_t *word, uint32_t lo, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int64_t *space = xreallocarray(NULL, BLOCK_ROWS, 2 * sizeof *space), *product = space + BLOCK_ROWS;
	struct sv *key = xreallocarray(NULL, BLOCK_ROWS, sizeof *key);
	struct str blob[3] = { STR_INIT, STR_INIT, STR_INIT };
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO person VALUES(?, ?, ?, ?, ?)", err);
	for (size_t at = 0; !e && at < fresh->n; at += BLOCK_ROWS) {
		size_t n = fresh->n - at < BLOCK_ROWS ? fresh->n - at : BLOCK_ROWS;
		for (size_t i = 0; i < n; i++) {
			const struct person *p = fresh->v[at + i].e;
			uint32_t code = 0;
			memcpy(&code, p->key, space_has_product(p->space) ? 4 : 0);
			space[i] = p->space;
			product[i] = space_has_product(p->space) ? (int64_t)word[code] : WEND_NONE;
			key[i] = person_value(p);
		}
		for (int k = 0; k < 3; k++)
			str_reset(&blob[k]);
		pack_ints(&blob[0], space, n);
		pack_ints(&blob[1], product, n);
		pack_texts(&blob[2], key, n);
		sqlite3_bind_int64(st, 1, (sqlite3_int64)(lo + at));
		sqlite3_bind_int64(st, 2, (sqlite3_int64)n);
		e = step_with_blobs(s, st, 3, blob, 3, err);
	}
	sqlite3_finalize(st);
	for (int k = 0; k < 3; k++)
		str_release(&blob[k]);
	free(key);
	free(space);
	return e;
}

static enum wend_err write_hashes(struct store *s, const struct looks *l, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int64_t *hash = xreallocarray(NULL, BLOCK_ROWS, 2 * sizeof *hash), *number = hash + BLOCK_ROWS;
	struct str blob[2] = { STR_INIT, STR_INIT };
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO person_hash(lo, hi, n, hashes, numbers) VALUES(?, ?, ?, ?, ?)", err);
	for (size_t at = 0; !e && at < l->n; at += BLOCK_ROWS) {
		size_t n = l->n - at < BLOCK_ROWS ? l->n - at : BLOCK_ROWS;
		for (size_t i = 0; i < n; i++) {
			hash[i] = (int64_t)l->v[at + i].hash;
			number[i] = l->v[at + i].number;
		}
		str_reset(&blob[0]);
		str_reset(&blob[1]);
		pack_ints(&blob[0], hash, n);
		pack_ints(&blob[1], number, n);
		sqlite3_bind_int64(st, 1, hash[0]);
		sqlite3_bind_int64(st, 2, hash[n - 1]);
		sqlite3_bind_int64(st, 3, (sqlite3_int64)n);
		e = step_with_blobs(s, st, 4, blob, 2, err);
	}
	sqlite3_finalize(st);
	str_release(&blob[0]);
	str_release(&blob[1]);
	free(hash);
	return e;
}

enum wend_err persons_resolve(struct store *s, const struct persons *p, struct person_map *m, uint32_t upto, const uint32_t *word, struct err *err)
{
	struct looks all = { 0 }, hits = { 0 }, fresh = { 0 };
	enum wend_err e = WEND_OK;
	struct person *it;
	if (upto <= m->n)
		return WEND_OK;
	GROW(m->number, m->cap, upto);
	GROW(all.v, all.cap, upto - m->n);
	while ((it = persons_next(p, &m->walk, upto))) {
		uint64_t h = person_hash(it->space, person_product(it, word, s), person_value(it)) >> (64 - PERSON_HASH_BITS);
		m->number[it->local] = 0;
		all.v[all.n++] = (struct look){ h, it, 0 };
	}
	m->n = upto;
	uint32_t lo = m->used + 1;
	if (m->before) {
		struct looks sorted = { xreallocarray(NULL, all.n, sizeof *all.v), all.n, all.n };
		memcpy(sorted.v, all.v, all.n * sizeof *all.v);
		sort_looks(&sorted, false);
		e = find_hits(s, &sorted, &hits, err);
		free(sorted.v);
		if (!e && hits.n)
			e = settle_hits(s, &hits, m, word, err);
		if (e)
			goto done;
	}
	/* Numbers in order of first appearance, then the two kinds of blocks. */
	for (size_t i = 0; i < all.n; i++) {
		uint32_t local = all.v[i].e->local;
		if (m->number[local])
			continue;
		if (m->used >= UINT32_MAX - 1) {
			e = err_set(err, WEND_E_STORE, "store '%s' is full: more than 4,294,967,294 identity keys", store_path(s));
			goto done;
		}
		m->number[local] = all.v[i].number = ++m->used;
		all.v[fresh.n++] = all.v[i];
	}
	fresh.v = all.v;
	if (fresh.n && !(e = write_persons(s, &fresh, word, lo, err))) {
		sort_looks(&fresh, false);
		e = write_hashes(s, &fresh, err);
	}
done:
	free(all.v);
	free(hits.v);
	return e;
}
