/* Rows leave every run they are in: records, references of equal ones, marks of versions
 * that moved; of live batches and of undone ones, alone in a run or among others. A block
 * that held some is decoded once and written once.
 *
 * What a row took with it is noted on the way: its source rows by batch and day, its texts
 * that must not be found any more, its words.
 */
#include "erase.h"

struct pass {
	struct erasing *x;
	struct writer w;
	struct stored b;
	sqlite3_stmt *put_col, *del_col, *del_block, *put_block, *put_run, *put_part;
	bool drop[BLOCK_ROWS];
	uint32_t left;
};

enum wend_err erase_heads(struct store *s, struct erase_head **out, size_t *n, struct err *err)
{
	struct erase_head *v = NULL;
	size_t cap = 0;
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT block.id, run.id, run.batch, lo, hi, block.n, type, kind FROM block JOIN run ON run.id = block.run ORDER BY type, block.id", err);

	*n = 0;
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		GROW(v, cap, *n + 1);
		v[(*n)++] = (struct erase_head){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2), (uint32_t)sqlite3_column_int64(st, 3),
			(uint32_t)sqlite3_column_int64(st, 4), (uint32_t)sqlite3_column_int64(st, 5), (uint8_t)sqlite3_column_int(st, 6), (uint8_t)sqlite3_column_int(st, 7), false };
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	*out = v;
	return e;
}

enum wend_err erase_writer(struct store *s, struct writer *w, struct err *err)
{
	enum wend_err e;

	*w = (struct writer){ .s = s };
	if ((e = store_prepare(s, s->db, &w->get_col, "SELECT data FROM col WHERE id = ?", err)))
		return e;
	return store_prepare(s, s->db, &w->put.col, "INSERT INTO col VALUES(?, ?)", err);
}

/* ---- what a row takes with it ---- */

static void count_day(struct erasing *x, int64_t batch, uint8_t kind, int32_t day, int64_t n)
{
	for (size_t i = x->nday; i-- > 0 && x->nday - i < 64;)
		if (x->day[i].batch == batch && x->day[i].kind == kind && x->day[i].day == day) {
			x->day[i].n += n;
			return;
		}
	GROW(x->day, x->day_cap, x->nday + 1);
	x->day[x->nday++] = (struct erase_day){ batch, n, day, kind };
}

static void note_word(struct erasing *x, int64_t code)
{
	if (code < 0 || code >= (int64_t)x->nword || x->word[code])
		return;
	x->word[code] = 1;
	x->words_left++;
}

static void note_words(struct erasing *x, struct stored *b, uint32_t j)
{
	for (unsigned f = 0; f < F_COUNT; f++)
		if (field_defs[f].type == FT_WORD && !field_defs[f].item)
			note_word(x, stored_at(b, f, j));
	note_word(x, stored_at(b, C_ID_SPACE, j));
	for (uint32_t k = b->items_from[j]; k < b->items_from[j + 1]; k++) {
		note_word(x, stored_at(b, F_PRODUCT, k));
		note_word(x, stored_at(b, F_CATEGORY, k));
	}
	for (uint32_t k = b->attrs_from[j]; k < b->attrs_from[j + 1]; k++)
		note_word(x, stored_at(b, C_ATTR_NAME, k));
}

static void note_texts(struct erasing *x, struct stored *b, uint32_t j)
{
	static const struct { uint8_t field, kind; bool tel; } said[] = {
		{ F_NAME, TERM_NAME, false }, { F_EMAIL, TERM_NAME, false }, { F_PHONE, TERM_NAME, true }, { F_TEXT, TERM_TEXT, false }
	};

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		terms_add(&x->terms, text_at(&b->pool, stored_at(b, said[i].field, j)), (enum term_kind)said[i].kind, said[i].tel);
	for (uint32_t k = b->attrs_from[j]; k < b->attrs_from[j + 1]; k++)
		terms_add(&x->terms, text_at(&b->pool, stored_at(b, C_ATTR_VALUE, k)), TERM_TEXT, false);
}

static void note_counts(struct erasing *x, struct stored *b, const struct erase_head *h, uint32_t j)
{
	struct erase_batch *in = erase_batch_of(x, h->batch ? h->batch : stored_at(b, C_BATCH, j));
	int64_t rows = stored_col(b, C_ROWS) ? stored_at(b, C_ROWS, j) : 1, time = stored_at(b, F_TIME, j);

	in->touched = true;
	if (h->type == RUN_MARK) {
		x->c->references++;
		return;
	}
	if (h->type == RUN_EQUAL) {
		x->c->references++;
		in->equal += rows;
	} else {
		x->c->records[h->kind]++;
		*(stored_at(b, C_VERB, j) == 1 ? &in->changed : &in->added) += rows;
	}
	if (time != WEND_NONE)
		count_day(x, in->id, h->kind, wtime_day(time, &in->zone), rows ? rows : 1);
}

/* Of a visitor that stays for others: this moment of it, and the id of the row. */
static void note_moment(struct erasing *x, struct stored *b, const struct erase_head *h, uint32_t j)
{
	int64_t number = stored_at(b, C_CUSTOMER, j);
	struct sv id = text_at(&b->pool, stored_at(b, F_ID, j));

	/* Idle marks are of others. */
	if (!(x->mark[number] & BY_TIME) || x->mark[number] & GONE || !erase_row_goes(x, number, stored_at(b, F_TIME, j)))
		return;
	GROW(x->moment, x->moment_cap, x->nmoment + 1);
	x->moment[x->nmoment++] = (struct moment){ (uint32_t)number, stored_at(b, F_TIME, j) };
	if (!id.p)
		return;
	GROW(x->dead_id, x->dead_cap, x->ndead + 1);
	x->dead_id[x->ndead++] = id_hash(h->run, number, id);
}

/* ---- writing a block anew ---- */

/* Head of the block from the rows that stay. */
static enum wend_err put_head(struct pass *k, const struct erase_head *h, struct err *err)
{
	struct stored *b = &k->b;
	const int64_t *customer = stored_col(b, C_CUSTOMER), *time = stored_col(b, F_TIME);
	int64_t lo = 0, hi = 0, t0 = INT64_MAX, t1 = INT64_MIN;
	bool timed = time != NULL, first = true;

	if (!k->left) {
		sqlite3_bind_int64(k->del_block, 1, h->id);
		return step_done(k->x->s, k->del_block, err);
	}
	for (uint32_t i = 0; i < b->n; i++) {
		if (k->drop[i])
			continue;
		lo = first ? customer[i] : lo;
		hi = customer[i];
		first = false;
		timed = timed && time[i] != WEND_NONE;
		if (!timed)
			continue;
		t0 = wtime_secs(time[i]) < t0 ? wtime_secs(time[i]) : t0;
		t1 = wtime_secs(time[i]) > t1 ? wtime_secs(time[i]) : t1;
	}
	sqlite3_bind_int64(k->put_block, 1, h->id);
	sqlite3_bind_int64(k->put_block, 2, lo);
	sqlite3_bind_int64(k->put_block, 3, hi);
	sqlite3_bind_int64(k->put_block, 4, k->left);
	for (int i = 5; i <= 6; i++)
		if (timed)
			sqlite3_bind_int64(k->put_block, i, i == 5 ? t0 : t1);
		else
			sqlite3_bind_null(k->put_block, i);
	return step_done(k->x->s, k->put_block, err);
}

/* The run, and of several batches each one's part of it, hold fewer rows. */
static enum wend_err put_run_counts(struct pass *k, const struct erase_head *h, struct err *err)
{
	struct stored *b = &k->b;
	int64_t rows = 0, changed = 0;
	enum wend_err e = WEND_OK;

	for (uint32_t j = 0; j < b->n && !e; j++) {
		int64_t r = stored_col(b, C_ROWS) ? stored_at(b, C_ROWS, j) : 1;

		if (!k->drop[j])
			continue;
		if (h->type == RUN_MARK)
			r = 0;
		rows += r;
		changed += stored_at(b, C_VERB, j) == 1;
		if (h->batch)
			continue;
		sqlite3_bind_int64(k->put_part, 1, h->run);
		sqlite3_bind_int64(k->put_part, 2, stored_at(b, C_BATCH, j));
		sqlite3_bind_int64(k->put_part, 3, r);
		e = step_done(k->x->s, k->put_part, err);
	}
	if (e)
		return e;
	sqlite3_bind_int64(k->put_run, 1, h->run);
	sqlite3_bind_int64(k->put_run, 2, (int64_t)b->n - k->left);
	sqlite3_bind_int64(k->put_run, 3, rows);
	sqlite3_bind_int64(k->put_run, 4, changed);
	return step_done(k->x->s, k->put_run, err);
}

/* Whom other customers were referred by. */
static bool referred(struct erasing *x, struct stored *b)
{
	bool any = false;

	if (!stored_col(b, F_REFERRED_BY))
		return false;
	for (uint32_t i = 0; i < b->n; i++) {
		int64_t *v = &b->col[F_REFERRED_BY].v.v[i];

		if (*v == WEND_NONE || !terms_key(&x->terms, text_at(&b->pool, *v)))
			continue;
		*v = WEND_NONE;
		x->c->references++;
		any = true;
	}
	return any;
}

static enum wend_err forget_referrals(struct pass *k, struct err *err)
{
	bool any = referred(k->x, &k->b);

	if (k->b.damaged)
		return store_damaged(k->x->s, err, "block");
	return any ? stored_rewrite(&k->b, F_REFERRED_BY, k->drop, k->put_col, k->del_col, err) : WEND_OK;
}

static enum wend_err write_block(struct pass *k, const struct erase_head *h, struct err *err)
{
	enum wend_err e = put_run_counts(k, h, err);

	if (!e)
		e = put_head(k, h, err);
	for (unsigned c = 0; !e && c < C_LIMIT; c++)
		if (k->b.col[c].there)
			e = stored_rewrite(&k->b, c, k->drop, k->put_col, k->del_col, err);
	return e;
}

static enum wend_err erase_block(struct pass *k, struct erase_head *h, struct err *err)
{
	struct erasing *x = k->x;
	struct stored *b = &k->b;
	const int64_t *customer, *time = NULL;

	stored_open(b, &k->w, h->id, h->n);
	customer = stored_col(b, C_CUSTOMER);
	if (x->by_time)
		time = stored_col(b, F_TIME);
	if (b->damaged || !customer)
		return store_damaged(x->s, err, "block");
	k->left = b->n;
	for (uint32_t i = 0; i < b->n; i++) {
		k->drop[i] = erase_row_goes(x, customer[i], time ? time[i] : WEND_NONE) || (h->type == RUN_MARK && erase_is_idle(x, h->id, i));
		k->left -= k->drop[i];
	}
	if (k->left == b->n)
		return h->kind == KIND_CUSTOMERS && h->type == RUN_ROWS ? forget_referrals(k, err) : WEND_OK;
	/* All columns first: their lengths are those of the block as it was. */
	(void)stored_parts(b);
	for (unsigned c = 0; c < C_LIMIT; c++)
		(void)stored_col(b, c);
	if (b->damaged)
		return store_damaged(x->s, err, "block");
	for (uint32_t j = 0; j < b->n; j++) {
		if (!k->drop[j])
			continue;
		note_counts(x, b, h, j);
		note_moment(x, b, h, j);
		if (h->type != RUN_EQUAL)
			note_words(x, b, j);
		if (h->type == RUN_ROWS) {
			note_texts(x, b, j);
			erase_note_id(x, b, h->kind, j);
		}
	}
	if (h->kind == KIND_CUSTOMERS && h->type == RUN_ROWS)
		(void)referred(x, b);
	enum wend_err e = write_block(k, h, err);

	/* The head as it is now, for those who read the block again. */
	h->n = k->left;
	h->gone = !k->left;
	return e;
}

enum wend_err erase_rows(struct erasing *x, struct err *err)
{
	struct pass *k = xcalloc(1, sizeof *k);
	struct store *s = x->s;
	struct erase_head *h = NULL;
	size_t n = 0;
	enum wend_err e;

	k->x = x;
	x->nword = (size_t)store_words(s);
	x->word = xcalloc(x->nword + 1, 1);
	if ((e = erase_writer(s, &k->w, err)) || (e = erase_heads(s, &h, &n, err))
	    || (e = store_prepare(s, s->db, &k->put_col, "INSERT INTO col VALUES(?, ?)", err))
	    || (e = store_prepare(s, s->db, &k->del_col, "DELETE FROM col WHERE id = ?", err))
	    || (e = store_prepare(s, s->db, &k->del_block, "DELETE FROM block WHERE id = ?", err))
	    || (e = store_prepare(s, s->db, &k->put_block, "UPDATE block SET lo = ?2, hi = ?3, n = ?4, t0 = ?5, t1 = ?6 WHERE id = ?1", err))
	    || (e = store_prepare(s, s->db, &k->put_run, "UPDATE run SET n = n - ?2, rows = rows - ?3, changed = changed - ?4 WHERE id = ?1", err))
	    || (e = store_prepare(s, s->db, &k->put_part, "UPDATE run_part SET n = n - 1, rows = rows - ?3 WHERE run = ?1 AND batch = ?2", err)))
		goto done;
	size_t marks = 0;
	while (marks < n && h[marks].type != RUN_MARK)
		marks++;
	for (size_t i = 0; !e && i < marks; i++)
		if (erase_between(x, h[i].lo, h[i].hi) || (h[i].kind == KIND_CUSTOMERS && h[i].type == RUN_ROWS))
			e = erase_block(k, &h[i], err);
	if (!e && marks < n)
		e = erase_idle_marks(x, &k->w, h, n, err);
	for (size_t i = marks; !e && i < n; i++)
		if (erase_between(x, h[i].lo, h[i].hi) || x->nidle)
			e = erase_block(k, &h[i], err);
	if (!e)
		e = store_exec(s, "DELETE FROM run_part WHERE n <= 0; DELETE FROM run WHERE n <= 0", err);
done:
	sqlite3_finalize(k->put_col);
	sqlite3_finalize(k->del_col);
	sqlite3_finalize(k->del_block);
	sqlite3_finalize(k->put_block);
	sqlite3_finalize(k->put_run);
	sqlite3_finalize(k->put_part);
	stored_release(&k->b);
	writer_release(&k->w);
	free(h);
	free(k);
	return e;
}

/* ---- counts of batches, and days they cover ---- */

/* Rows erased were used, and are ignored now: records = used + rejected + ignored holds,
 * and used = added + updated + duplicates = rows held. */
static enum wend_err put_batch(struct erasing *x, const struct erase_batch *b, sqlite3_stmt *st, struct err *err)
{
	sqlite3_bind_int64(st, 1, b->id);
	sqlite3_bind_int64(st, 2, b->added + b->changed);
	sqlite3_bind_int64(st, 3, b->added);
	sqlite3_bind_int64(st, 4, b->equal);
	return step_done(x->s, st, err);
}

enum wend_err erase_counts_put(struct erasing *x, struct err *err)
{
	struct store *s = x->s;
	sqlite3_stmt *st = NULL;
	/* A row that replaced another of its own file was counted as updated without being
	 * marked as changed; so what `added` cannot give, `updated` gives. */
	enum wend_err e = store_prepare(s, s->db, &st, "UPDATE batch SET used = used - ?2 - min(?4, duplicates), ignored = ignored + ?2 + min(?4, duplicates),"
		" added = added - a, updated = updated - (?2 - a), duplicates = duplicates - min(?4, duplicates), matched = min(matched, used - ?2 - min(?4, duplicates))"
		" FROM (SELECT max(min(?3, added), ?2 - updated) AS a FROM batch WHERE id = ?1) WHERE id = ?1", err);

	for (size_t i = 0; i < x->nbatch; i++)
		x->c->batches += x->batch[i].touched;
	for (size_t i = 0; !e && i < x->nbatch; i++)
		if (x->batch[i].added + x->batch[i].changed + x->batch[i].equal)
			e = put_batch(x, &x->batch[i], st, err);
	sqlite3_finalize(st);
	st = NULL;
	if (!e)
		e = store_prepare(s, s->db, &st, "UPDATE coverage SET n = n - ?4 WHERE batch = ?1 AND kind = ?2 AND day = ?3", err);
	for (size_t i = 0; !e && i < x->nday; i++) {
		sqlite3_bind_int64(st, 1, x->day[i].batch);
		sqlite3_bind_int64(st, 2, x->day[i].kind);
		sqlite3_bind_int64(st, 3, x->day[i].day);
		sqlite3_bind_int64(st, 4, x->day[i].n);
		e = step_done(s, st, err);
	}
	sqlite3_finalize(st);
	return e ? e : store_exec(s, "DELETE FROM coverage WHERE n <= 0", err);
}
