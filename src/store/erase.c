/* Erasing customers, from beginning to end: the order of things, and what each call
 * promises. The parts are in erase_*.c, what they share in erase.h. */
#include <sys/stat.h>

#include "erase.h"

static int64_t file_bytes(const struct store *s)
{
	struct stat st;

	return s->mode == STORE_MEMORY || stat(s->path, &st) ? 0 : (int64_t)st.st_size;
}

static void release(struct erasing *x)
{
	bans_free(x->bans);
	free(x->mark);
	free(x->number);
	free(x->batch);
	free(x->day);
	free(x->moment);
	free(x->dead_id);
	free(x->dead_seen);
	free(x->gone_id);
	free(x->idle);
	free(x->word);
	terms_release(&x->terms);
}

/* What this process knew of people and words is of the state before. */
static void forget(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	people_free(s->people);
	words_free(s->words);
	bans_free(s->bans);
	s->people = NULL;
	s->words = NULL;
	s->bans = NULL;
	pthread_mutex_unlock(&s->lock);
}

/* The transaction without its ends. Keys before they are blanked, rows before the links
 * that say whose they are, words when the rows are gone. */
static enum wend_err take_out(struct erasing *x, const uint32_t *customers, size_t n, bool preview, struct err *err)
{
	enum wend_err e;

	if ((e = store_people(x->s, err)))
		return e;
	x->p = x->s->people;
	if ((e = erase_who(x, customers, n, err)) || (e = erase_keys(x, err)) || (e = erase_rows(x, err)) || (e = erase_counts_put(x, err))
	    || (e = erase_moments(x, err)) || (e = erase_ids(x, err)) || (e = erase_links(x, err)) || (e = erase_persons(x, err)) || (e = erase_words(x, err)))
		return e;
	if (x->bans && (e = bans_claim(x->s, x->bans, err)))
		return e;
	if ((e = store_exec(x->s, "INSERT OR REPLACE INTO meta VALUES('scrub', 1)", err)))
		return e;
	return erase_places(x, preview, err);
}

/* Deleted bytes are overwritten, and the commit has reached the disk when it returns. */
static enum wend_err begin(struct store *s, struct err *err)
{
	enum wend_err e = WEND_OK;

	if (s->mode == STORE_READ)
		return err_set(err, WEND_E_STORE, "store '%s' is open for reading only", s->path);
	if (s->mode != STORE_MEMORY)
		e = store_exec(s, "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL", err);
	return e ? e : store_write_begin(s, err);
}

static void end(struct store *s)
{
	if (s->mode != STORE_MEMORY)
		sqlite3_exec(s->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
}

static enum wend_err erase(struct erasing *x, const uint32_t *customers, size_t n, struct err *err)
{
	struct store *s = x->s;
	enum wend_err e = bans_keyed(s, true, &x->bans, err);

	if (e)
		return err_prefix(err, "without the key the customer could come back with the next import, so nothing was erased");
	if ((e = begin(s, err)))
		return e;
	e = take_out(x, customers, n, false, err);
	if (!e)
		e = store_write_commit(s, err);
	if (e)
		store_write_abort(s);
	return e;
}

/* Behind the commit: the file is cleaned and searched. */
static enum wend_err finish(struct erasing *x, enum wend_err e, struct err *err)
{
	if (!e)
		e = erase_scrub(x->s, x->c, err);
	if (!e)
		e = erase_search(x->s, &x->terms, x->c, err);
	end(x->s);
	x->c->bytes_after = file_bytes(x->s);
	release(x);
	return e;
}

enum wend_err store_erase(struct store *s, const uint32_t *customers, size_t n, struct erase_counts *out, struct err *err)
{
	struct erasing x = { .s = s, .c = out };
	enum wend_err e = WEND_OK;

	*out = (struct erase_counts){ .bytes_before = file_bytes(s) };
	if (n)
		e = erase(&x, customers, n, err);
	if (!e)
		forget(s);
	return finish(&x, e, err);
}

enum wend_err store_erase_preview(struct store *s, const uint32_t *customers, size_t n, struct erase_counts *out, struct err *err)
{
	struct erasing x = { .s = s, .c = out };
	struct err none = ERR_INIT;
	enum wend_err e;

	*out = (struct erase_counts){ .bytes_before = file_bytes(s) };
	(void)bans_keyed(s, false, &x.bans, &none);
	e = begin(s, err);
	if (!e) {
		e = take_out(&x, customers, n, true, err);
		store_write_abort(s);
	}
	end(s);
	out->bytes_after = out->bytes_before;
	release(&x);
	return e;
}

/* All that somebody may mean by what he typed. */
bool store_banned_text(const struct store *s, struct sv key)
{
	struct str fold = STR_INIT;
	bool yes = false;

	key = sv_trim(key);
	if (!key.n)
		return false;
	utf8_fold(&fold, key);
	const struct person_key plain[] = { { SPACE_HAND, SV_NONE, key }, { SPACE_MAIL, SV_NONE, str_view(&fold) }, { SPACE_TEL, SV_NONE, key } };
	yes = store_banned_keys(s, plain, 3);
	for (size_t i = 1; !yes && i + 1 < key.n; i++) {
		const struct sv space = sv_n(key.p, i), rest = sv_n(key.p + i + 1, key.n - i - 1);
		const struct person_key k[] = { { SPACE_PRODUCT, space, rest }, { SPACE_VISITOR, space, rest } };

		yes = key.p[i] == ':' && store_banned_keys(s, k, 2);
	}
	str_release(&fold);
	return yes;
}

bool store_key_shared(struct store *s, struct sv key)
{
	uint32_t n = key_find(s, key);

	return n && s->people->owner && !s->people->owner[n];
}

bool store_erased(struct store *s, struct sv key)
{
	bool any;

	return !store_bans(s, &any, NULL) && any && store_banned_text(s, key);
}

enum wend_err store_erase_rest(struct store *s, const struct sv *key, size_t n, struct erase_counts *out, struct err *err)
{
	struct erasing x = { .s = s, .c = out };
	enum wend_err e;

	*out = (struct erase_counts){ .bytes_before = file_bytes(s) };
	for (size_t i = 0; i < n; i++)
		terms_add(&x.terms, key[i], TERM_KEY, key[i].n && key[i].p[0] == '+');
	e = begin(s, err);
	if (!e)
		e = erase_places(&x, false, err);
	if (!e)
		e = store_exec(s, "INSERT OR REPLACE INTO meta VALUES('scrub', 1)", err);
	if (!e)
		e = store_write_commit(s, err);
	if (e)
		store_write_abort(s);
	return finish(&x, e, err);
}

void erase_counts_release(struct erase_counts *c)
{
	str_release(&c->said);
	*c = (struct erase_counts){ 0 };
}
