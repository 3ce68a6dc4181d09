/* room: store
 * Interned words. In the store a word is a row of `name` (id = code + 1); in memory a
 * hash table finds the code and the full text decides.
 */
#include "store/words.h"

#include <pthread.h>

#include "wend/hash.h"

static void put_slot(struct word_set *w, uint64_t hash, uint32_t code)
{
	size_t k = (size_t)hash & (w->slots - 1);
	while (w->slot[k])
		k = (k + 1) & (w->slots - 1);
	w->slot[k] = hash >> 32 << 32 | (code + 1);
}

static void rehash(struct word_set *w, size_t slots)
{
	free(w->slot);
	w->slots = slots;
	w->slot = xcalloc(slots, sizeof *w->slot);
	for (size_t i = 0; i < w->n; i++)
		put_slot(w, hash64(w->v[i].p, w->v[i].n), (uint32_t)i);
}

int64_t word_set_find(const struct word_set *w, struct sv text, uint64_t hash)
{
	if (!w->slots)
		return -1;
	for (size_t k = (size_t)hash & (w->slots - 1); w->slot[k]; k = (k + 1) & (w->slots - 1)) {
		uint32_t code = (uint32_t)w->slot[k] - 1;
		if (w->slot[k] >> 32 == hash >> 32 && sv_eq(w->v[code], text))
			return code;
	}
	return -1;
}

uint32_t word_set_add(struct word_set *w, struct sv text, uint64_t hash)
{
	int64_t code = word_set_find(w, text, hash);
	if (code >= 0)
		return (uint32_t)code;
	if (w->n >= UINT32_MAX - 1)
		BUG("too many words");
	if (w->n * 2 >= w->slots)
		rehash(w, w->slots ? w->slots * 2 : 256);
	GROW(w->v, w->cap, w->n + 1);
	w->v[w->n] = sv_n(arena_strndup(&w->arena, text.p, text.n), text.n);
	put_slot(w, hash, (uint32_t)w->n);
	return (uint32_t)w->n++;
}

void word_set_truncate(struct word_set *w, size_t n)
{
	if (n >= w->n)
		return;
	w->n = n;
	rehash(w, w->slots);
}

void word_set_release(struct word_set *w)
{
	free(w->v);
	free(w->slot);
	arena_release(&w->arena);
	memset(w, 0, sizeof *w);
}

enum wend_err words_load(struct store *s, sqlite3 *db, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e;
	int rc;

	pthread_mutex_lock(&s->lock);
	if (!s->words)
		s->words = xcalloc(1, sizeof *s->words);
	e = store_prepare(s, db, &st, "SELECT id, text FROM name WHERE id > ? ORDER BY id", err);
	if (e)
		goto done;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)s->words->set.n);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct sv text = sv_n((const char *)sqlite3_column_text(st, 1), (size_t)sqlite3_column_bytes(st, 1));
		size_t n = s->words->set.n;
		if (!text.p || sqlite3_column_int64(st, 0) != (sqlite3_int64)n + 1 || word_set_add(&s->words->set, text, hash64(text.p, text.n)) != n) {
			e = err_set(err, WEND_E_STORE, "store '%s' is damaged: word %zu; restore a backup", store_path(s), n + 1);
			goto done;
		}
	}
	if (rc != SQLITE_DONE)
		e = store_sql_error(s, db, err, "read");
done:
	sqlite3_finalize(st);
	pthread_mutex_unlock(&s->lock);
	return e;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	word_set_release(&w->set);
	free(w);
}

struct sv store_word(const struct store *s, int64_t code)
{
	if (!s->words || code < 0 || (uint64_t)code >= s->words->set.n)
		return SV_NONE;
	return s->words->set.v[code];
}

int64_t store_word_code(const struct store *s, struct sv text)
{
	if (!s->words || !text.p)
		return -1;
	return word_set_find(&s->words->set, text, hash64(text.p, text.n));
}

int64_t store_words(const struct store *s)
{
	return s->words ? (int64_t)s->words->set.n : 0;
}
