/* Words that only erased rows used. A word is a row of `name` whose number is written in
 * many blocks, so it stays and loses its text: each by another placeholder, because no two
 * words may read the same.
 *
 * A word is looked for until somebody else's row has it. Common ones are met in the first
 * block; only what is rare costs a pass over all columns of words.
 */
#include "erase.h"

static void seen(struct erasing *x, const int64_t *v, size_t n)
{
	for (size_t i = 0; v && i < n && x->words_left; i++)
		if (v[i] >= 0 && v[i] < (int64_t)x->nword && x->word[v[i]]) {
			x->word[v[i]] = 0;
			x->words_left--;
		}
}

static enum wend_err seen_in_block(struct erasing *x, struct stored *b, struct err *err)
{
	if (!stored_parts(b))
		return store_damaged(x->s, err, "block");
	for (unsigned f = 0; f < F_COUNT; f++)
		if (field_defs[f].type == FT_WORD)
			seen(x, stored_col(b, f), field_defs[f].item ? b->items_from[b->n] : b->n);
	seen(x, stored_col(b, C_ID_SPACE), b->n);
	seen(x, stored_col(b, C_ATTR_NAME), b->attrs_from[b->n]);
	return b->damaged ? store_damaged(x->s, err, "block") : WEND_OK;
}

static enum wend_err seen_in_rows(struct erasing *x, struct err *err)
{
	struct erase_head *h = NULL;
	struct stored b = { 0 };
	struct writer w = { .s = x->s };
	size_t n = 0;
	enum wend_err e = erase_writer(x->s, &w, err);

	if (!e)
		e = erase_heads(x->s, &h, &n, err);
	for (size_t i = 0; !e && i < n && x->words_left; i++) {
		if (h[i].type == RUN_EQUAL)
			continue;
		stored_open(&b, &w, h[i].id, h[i].n);
		e = seen_in_block(x, &b, err);
	}
	stored_release(&b);
	writer_release(&w);
	free(h);
	return e;
}

/* Products of keys and spaces of ids. */
static enum wend_err seen_in_keys(struct erasing *x, struct err *err)
{
	struct ints v = { 0 };
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT n, products FROM person", err);

	while (!e && x->words_left && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		size_t n = (size_t)sqlite3_column_int64(st, 0);

		if (n > BLOCK_ROWS || !ints_of(&v, st, 1, n))
			e = store_damaged(x->s, err, "person");
		else
			seen(x, v.v, n);
	}
	sqlite3_finalize(st);
	st = NULL;
	if (!e)
		e = store_prepare(x->s, x->s->db, &st, "SELECT DISTINCT space FROM key WHERE space >= 0", err);
	while (!e && x->words_left && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t space = sqlite3_column_int64(st, 0);

		seen(x, &space, 1);
	}
	if (!e && rc != SQLITE_DONE && rc != SQLITE_ROW)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	ints_release(&v);
	return e;
}

enum wend_err erase_words(struct erasing *x, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = WEND_OK;

	if (x->words_left)
		e = seen_in_keys(x, err);
	if (!e && x->words_left)
		e = seen_in_rows(x, err);
	x->c->words = x->words_left;
	if (!e && x->words_left)
		e = store_prepare(x->s, x->s->db, &st, "UPDATE name SET text = '(erased-' || id || ')' WHERE id = ?", err);
	for (size_t i = 0; !e && i < x->nword && st; i++) {
		if (!x->word[i])
			continue;
		terms_add(&x->terms, store_word(x->s, (int64_t)i), TERM_TEXT, false);
		sqlite3_bind_int64(st, 1, (sqlite3_int64)i + 1);
		e = step_done(x->s, st, err);
	}
	sqlite3_finalize(st);
	return e;
}
