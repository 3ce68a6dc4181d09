/* Loading people: two bytes and less a person, whoever they are; texts stay packed until
 * one of their block is asked for. */
#include "erase.h"
#include "owners.h"
#include "words.h"

static enum wend_err load_spaces(struct people *p, sqlite3 *db, struct err *err)
{
	int64_t *v = xreallocarray(NULL, BLOCK_ROWS, sizeof *v);
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	enum wend_err e = store_prepare(p->store, db, &st, "SELECT lo, n, spaces FROM person ORDER BY lo", err);
	int rc = SQLITE_DONE;

	GROW(p->space, cap, 1);
	p->space[0] = SPACE_HAND;
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t lo = sqlite3_column_int64(st, 0), n = sqlite3_column_int64(st, 1);
		const void *blob = sqlite3_column_blob(st, 2);

		if (lo != (int64_t)p->n + 1 || n < 1 || n > BLOCK_ROWS || lo + n > UINT32_MAX || !blob || !unpack_ints(v, (size_t)n, blob, (size_t)sqlite3_column_bytes(st, 2))) {
			e = err_set(err, WEND_E_STORE, "store '%s' is damaged: keys from number %lld; see 'wend store check' and restore a backup", p->store->path, (long long)lo);
			break;
		}
		GROW(p->space, cap, (size_t)(lo + n));
		for (int64_t i = 0; i < n; i++)
			p->space[lo + i] = v[i] < 0 || v[i] > SPACE_GUEST ? SPACE_GUEST : (uint8_t)v[i];
		GROW(p->block, p->block_cap, p->nblock + 1);
		p->block[p->nblock].lo = (uint32_t)lo;
		p->block[p->nblock].n = (uint32_t)n;
		atomic_init(&p->block[p->nblock++].texts, NULL);
		p->n = (uint32_t)(lo + n - 1);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(p->store, db, err, "read");
	sqlite3_finalize(st);
	free(v);
	return e;
}

static void people_free_one(struct people *p)
{
	for (size_t i = 0; i < p->nblock; i++) {
		struct key_texts *t = atomic_load(&p->block[i].texts);

		if (!t)
			continue;
		free(t->handle);
		free(t->product);
		str_release(&t->pool);
		free(t);
	}
	free(p->space);
	free(p->block);
	free(p->owner);
	free(p->moved);
	free(p->spell);
	free(p->member);
	free(p->slot);
	free(p->products);
	free(p);
}

void people_free(struct people *p)
{
	while (p) {
		struct people *older = p->older;

		people_free_one(p);
		p = older;
	}
}

/* One snapshot for people and links: the caller's transaction, or one of our own. */
static enum wend_err load(struct store *s, uint64_t generation, struct err *err)
{
	bool own = sqlite3_get_autocommit(s->db);
	struct people *p = xcalloc(1, sizeof *p);
	enum wend_err e = own ? store_exec(s, "BEGIN", err) : WEND_OK;

	p->store = s;
	p->generation = generation;
	if (!e && own && !(p->generation = generation_of(s, s->db, err)))
		e = WEND_E_STORE;
	if (!e)
		e = words_load(s, s->db, err);
	if (!e)
		e = load_spaces(p, s->db, err);
	p->older = s->people;
	s->people = p; /* texts are read through the store while links are settled */
	if (!e)
		e = links_resolve(p, s->db, err);
	if (own)
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	if (e) {
		s->people = p->older;
		people_free_one(p);
	}
	return e;
}

enum wend_err store_people(struct store *s, struct err *err)
{
	uint64_t generation;
	enum wend_err e = WEND_OK;

	pthread_mutex_lock(&s->lock);
	generation = generation_of(s, s->db, err);
	if (!generation)
		e = WEND_E_STORE;
	else if (!s->people || s->people->generation != generation)
		e = load(s, generation, err);
	pthread_mutex_unlock(&s->lock);
	return e;
}

enum wend_err people_with_undone(struct store *s, struct people **out, struct err *err)
{
	struct people *p = xcalloc(1, sizeof *p);
	enum wend_err e;

	p->store = s;
	p->undone = true;
	e = load_spaces(p, s->db, err);
	if (!e)
		e = links_resolve(p, s->db, err);
	if (e) {
		people_free(p);
		p = NULL;
	}
	*out = p;
	return e;
}

uint32_t store_people_count(const struct store *s)
{
	return s->people ? s->people->n : 0;
}

bool store_is_guest(const struct store *s, uint32_t customer)
{
	return s->people && customer <= s->people->n && people_guest(s->people, customer);
}

uint32_t people_spell(const struct people *p, uint32_t number, int64_t time)
{
	size_t lo;
	int64_t at = time == WEND_NONE ? INT64_MIN : wtime_secs(time);

	/* Last spell of the number that has begun, else its first. */
	LOWER_BOUND(lo, p->nspell, p->spell[mid].number < number || (p->spell[mid].number == number && p->spell[mid].from <= at));
	if (lo && p->spell[lo - 1].number == number)
		return p->spell[lo - 1].owner;
	return lo < p->nspell && p->spell[lo].number == number ? p->spell[lo].owner : number;
}
