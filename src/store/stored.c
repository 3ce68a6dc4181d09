/* room: store
 * Stored blocks as the writer needs them: decoded column by column on demand, compared
 * with records of a run, and rewritten without some of their rows.
 */
#include "store/keys.h"

void stored_open(struct stored *b, struct writer *w, int64_t block, uint32_t n)
{
	b->w = w;
	b->id = block;
	b->n = n;
	b->damaged = n > BLOCK_ROWS;
	for (int c = 0; c < C_LIMIT; c++)
		b->col[c].read = b->col[c].there = false;
	free(b->items_from);
	free(b->attrs_from);
	b->items_from = b->attrs_from = NULL;
	b->numbered = b->planned = false;
	str_reset(&b->pool);
}

void stored_release(struct stored *b)
{
	for (int c = 0; c < C_LIMIT; c++)
		ints_release(&b->col[c].v);
	free(b->items_from);
	free(b->attrs_from);
	ints_release(&b->number);
	str_release(&b->pool);
	memset(b, 0, sizeof *b);
}

static bool is_text(unsigned id)
{
	return id == C_ATTR_VALUE || (id < F_COUNT && field_defs[id].type == FT_TEXT);
}

/* How many values a column has: records, or items or attributes of all records. */
static size_t column_n(const struct stored *b, unsigned id)
{
	if (id == C_ATTR_NAME || id == C_ATTR_VALUE)
		return b->attrs_from ? b->attrs_from[b->n] : 0;
	if (id < F_COUNT && field_defs[id].item)
		return b->items_from ? b->items_from[b->n] : 0;
	return b->n;
}

const int64_t *stored_col(struct stored *b, unsigned id)
{
	sqlite3_stmt *st = b->w->get_col;
	if (b->damaged)
		return NULL;
	if (!b->col[id].read) {
		b->col[id].read = true;
		sqlite3_bind_int64(st, 1, b->id * C_LIMIT + (int64_t)id);
		int rc = sqlite3_step(st);
		if (rc == SQLITE_ROW) {
			size_t n = column_n(b, id);
			bool ok = is_text(id) ? texts_of(&b->col[id].v, &b->pool, st, 0, n) : ints_of(&b->col[id].v, st, 0, n);
			b->col[id].there = ok && n;
			b->damaged |= !ok;
		} else if (rc != SQLITE_DONE) {
			b->damaged = true;
		}
		sqlite3_reset(st);
	}
	return b->col[id].there ? b->col[id].v.v : NULL;
}

int64_t stored_batch(struct stored *b, int64_t batch, uint32_t row)
{
	if (batch)
		return batch;
	batch = stored_at(b, C_BATCH, row);
	return writer_live(b->w, batch) ? batch : 0;
}

bool stored_numbers(struct stored *b, const struct text_template *t)
{
	sqlite3_stmt *st = b->w->get_col;
	if (b->damaged || b->col[F_ID].read)
		return false;
	sqlite3_bind_int64(st, 1, b->id * C_LIMIT + F_ID);
	const int rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_missed(b->w->s, b->w->s->db);
	if (rc == SQLITE_ROW) {
		const void *p = sqlite3_column_blob(st, 0);
		GROW(b->number.v, b->number.cap, b->n);
		b->numbered = p && unpack_numbers(t, b->number.v, b->n, p, (size_t)sqlite3_column_bytes(st, 0));
	}
	sqlite3_reset(st);
	return b->numbered;
}

static uint32_t *offsets(struct stored *b, unsigned id)
{
	const int64_t *v = stored_col(b, id);
	uint32_t *from = xcalloc((size_t)b->n + 1, sizeof *from);
	for (uint32_t i = 0; i < b->n; i++) {
		int64_t k = v ? v[i] : 0;
		b->damaged |= k < 0 || k > (1 << 26) - (int64_t)from[i];
		from[i + 1] = from[i] + (b->damaged ? 0 : (uint32_t)k);
	}
	return from;
}

bool stored_parts(struct stored *b)
{
	if (!b->items_from)
		b->items_from = offsets(b, C_ITEMS);
	if (!b->attrs_from)
		b->attrs_from = offsets(b, C_ATTRS);
	return !b->damaged;
}

/* ---- comparing ---- */

static int64_t word_at(const struct writer *w, uint32_t local)
{
	return local ? (int64_t)w->word[local - 1] : WEND_NONE;
}

static bool same_slot(const struct writer *w, const struct run *r, const struct row *row, const struct slot *s, const struct stored *b, int64_t theirs)
{
	char buf[SHORT_SPELL];
	if (!s->at)
		return theirs == WEND_NONE;
	switch (s->how) {
	case SLOT_WORD:
		return word_at(w, get_u32(row, s->at)) == theirs;
	case SLOT_CURRENCY: {
		int64_t mine = get_u32(row, s->at);
		return (mine ? mine : WEND_NONE) == theirs;
	}
	case SLOT_TEXT: {
		struct sv a = run_text(r, s->field, get_i64(row, s->at), buf), t = text_at(&b->pool, theirs);
		return !a.p == !t.p && sv_eq(a, t);
	}
	default:
		return get_i64(row, s->at) == theirs;
	}
}

/* Which columns matter for this block; ids only where they are not known to be equal. */
static bool plan(struct stored *b, bool same_id)
{
	const struct run *r = b->w->work.run;
	b->planned = true;
	b->nplan = 0;
	b->items = r->lay.items_at || stored_col(b, C_ITEMS);
	b->attrs = r->lay.attrs_at || stored_col(b, C_ATTRS);
	for (int i = 0; i < r->lay.n; i++) {
		const struct slot *s = &r->lay.slot[i];
		if (same_id && s->field == F_ID)
			continue;
		const int64_t *v = stored_col(b, s->field);
		if (!v && !s->at)
			continue;
		b->plan[b->nplan].slot = s;
		b->plan[b->nplan++].v = v;
	}
	(void)stored_col(b, F_TIME);
	(void)stored_col(b, C_CUSTOMER);
	(void)stored_col(b, C_ID_SPACE);
	return stored_parts(b);
}

static bool same_items(struct writer *w, const struct run *r, const struct row *row, struct stored *b, uint32_t j)
{
	uint32_t from = r->lay.items_at ? get_u32(row, r->lay.items_at) : 0, n = r->lay.items_at ? get_u32(row, r->lay.items_at + 4u) : 0;
	const struct run_items *it = &r->item;
	if (n != b->items_from[j + 1] - b->items_from[j])
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = b->items_from[j] + i;
		if ((it->product ? word_at(w, it->product[from + i]) : WEND_NONE) != stored_at(b, F_PRODUCT, k)
		    || (it->category ? word_at(w, it->category[from + i]) : WEND_NONE) != stored_at(b, F_CATEGORY, k)
		    || (it->quantity ? it->quantity[from + i] : WEND_NONE) != stored_at(b, F_QUANTITY, k)
		    || (it->amount ? it->amount[from + i] : WEND_NONE) != stored_at(b, F_ITEM_AMOUNT, k))
			return false;
	}
	return true;
}

static bool same_attrs(struct writer *w, const struct run *r, const struct row *row, struct stored *b, uint32_t j)
{
	uint32_t from = r->lay.attrs_at ? get_u32(row, r->lay.attrs_at) : 0, n = r->lay.attrs_at ? get_u32(row, r->lay.attrs_at + 4u) : 0;
	if (n != b->attrs_from[j + 1] - b->attrs_from[j])
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = b->attrs_from[j] + i;
		struct sv a = run_text(r, 0, r->attr.value[from + i], NULL), t = text_at(&b->pool, stored_at(b, C_ATTR_VALUE, k));
		if ((int64_t)w->word[r->attr.name[from + i]] != stored_at(b, C_ATTR_NAME, k) || !a.p != !t.p || !sv_eq(a, t))
			return false;
	}
	return true;
}

bool same_record(struct writer *w, uint32_t mine, struct stored *b, uint32_t j, bool same_id)
{
	const struct run *r = w->work.run;
	const struct row *row = run_row(r, mine);
	if (!b->planned && !plan(b, same_id))
		return false;
	if (b->damaged || row->time != stored_at(b, F_TIME, j) || (int64_t)row->person != stored_at(b, C_CUSTOMER, j))
		return false;
	for (int i = 0; i < b->nplan; i++)
		if (!same_slot(w, r, row, b->plan[i].slot, b, b->plan[i].v ? b->plan[i].v[j] : WEND_NONE))
			return false;
	if ((r->lay.space_at ? word_at(w, get_u32(row, r->lay.space_at)) : WEND_NONE) != stored_at(b, C_ID_SPACE, j))
		return false;
	return (!b->items || same_items(w, r, row, b, j)) && (!b->attrs || same_attrs(w, r, row, b, j));
}

static bool same_text(const struct run *r, unsigned field, int64_t a, int64_t b)
{
	char x[SHORT_SPELL], y[SHORT_SPELL];
	struct sv s = run_text(r, field, a, x), t = run_text(r, field, b, y);
	return a == b || (!s.p == !t.p && sv_eq(s, t));
}

bool same_rows(const struct run *r, uint32_t a, uint32_t b)
{
	const struct row *x = run_row(r, a), *y = run_row(r, b);
	const struct layout *l = &r->lay;
	if (x->time != y->time || x->person != y->person || (l->space_at && get_u32(x, l->space_at) != get_u32(y, l->space_at)))
		return false;
	for (int i = 0; i < l->n; i++) {
		const struct slot *s = &l->slot[i];
		if (!s->at)
			continue;
		bool narrow = s->how == SLOT_WORD || s->how == SLOT_CURRENCY;
		if (narrow ? get_u32(x, s->at) != get_u32(y, s->at) : s->how == SLOT_TEXT ? !same_text(r, s->field, get_i64(x, s->at), get_i64(y, s->at)) : get_i64(x, s->at) != get_i64(y, s->at))
			return false;
	}
	const struct run_items *it = &r->item;
	uint32_t i = l->items_at ? get_u32(x, l->items_at) : 0, j = l->items_at ? get_u32(y, l->items_at) : 0, n = l->items_at ? get_u32(x, l->items_at + 4u) : 0;
	if (l->items_at && n != get_u32(y, l->items_at + 4u))
		return false;
	for (uint32_t k = 0; k < n; k++)
		if ((it->product && it->product[i + k] != it->product[j + k]) || (it->category && it->category[i + k] != it->category[j + k])
		    || (it->quantity && it->quantity[i + k] != it->quantity[j + k]) || (it->amount && it->amount[i + k] != it->amount[j + k]))
			return false;
	i = l->attrs_at ? get_u32(x, l->attrs_at) : 0, j = l->attrs_at ? get_u32(y, l->attrs_at) : 0, n = l->attrs_at ? get_u32(x, l->attrs_at + 4u) : 0;
	if (l->attrs_at && n != get_u32(y, l->attrs_at + 4u))
		return false;
	for (uint32_t k = 0; k < n; k++)
		if (r->attr.name[i + k] != r->attr.name[j + k] || !same_text(r, 0, r->attr.value[i + k], r->attr.value[j + k]))
			return false;
	return true;
}

/* ---- rewriting ---- */

static size_t keep_values(int64_t *v, const struct stored *b, const uint32_t *from, const bool *drop)
{
	size_t n = 0;
	for (uint32_t i = 0; i < b->n; i++)
		for (uint32_t k = from ? from[i] : i; !drop[i] && k < (from ? from[i + 1] : i + 1); k++)
			v[n++] = v[k];
	return n;
}

enum wend_err stored_rewrite(struct stored *b, unsigned id, const bool *drop, sqlite3_stmt *put, sqlite3_stmt *del, struct err *err)
{
	const uint32_t *from = id == C_ATTR_NAME || id == C_ATTR_VALUE ? b->attrs_from : id < F_COUNT && field_defs[id].item ? b->items_from : NULL;
	int64_t *v = b->col[id].v.v;
	size_t n = keep_values(v, b, from, drop);
	struct str blob = STR_INIT;
	sqlite3_bind_int64(del, 1, b->id * C_LIMIT + (int64_t)id);
	enum wend_err e = step_done(b->w->s, del, err);
	if (e || !n)
		return e;
	if (is_text(id)) {
		struct sv *text = xreallocarray(NULL, n, sizeof *text);
		for (size_t i = 0; i < n; i++)
			text[i] = text_at(&b->pool, v[i]);
		pack_texts(&blob, text, n);
		free(text);
	} else {
		pack_ints(&blob, v, n);
	}
	sqlite3_bind_int64(put, 1, b->id * C_LIMIT + (int64_t)id);
	e = step_with_blobs(b->w->s, put, 2, &blob, 1, err);
	str_release(&blob);
	return e;
}

/* Customers and times of the rows that are left: what the block's head says. */
static enum wend_err rehead(struct stored *b, uint32_t left, struct err *err)
{
	struct store *s = b->w->s;
	sqlite3_stmt *st = NULL;
	const int64_t *customer = b->col[C_CUSTOMER].v.v, *time = b->col[F_TIME].there ? b->col[F_TIME].v.v : NULL;
	int64_t least = INT64_MAX, most = INT64_MIN;
	bool timed = time != NULL;
	enum wend_err e = store_prepare(s, s->db, &st, left ? "UPDATE block SET n = ?2, lo = ?3, hi = ?4, t0 = ?5, t1 = ?6 WHERE id = ?1" : "DELETE FROM block WHERE id = ?1", err);

	if (e)
		return e;
	for (uint32_t i = 0; timed && i < left; i++) {
		timed &= time[i] != WEND_NONE;
		least = time[i] < least ? time[i] : least;
		most = time[i] > most ? time[i] : most;
	}
	sqlite3_bind_int64(st, 1, b->id);
	if (left) {
		sqlite3_bind_int64(st, 2, left);
		sqlite3_bind_int64(st, 3, b->col[C_CUSTOMER].there ? customer[0] : 0);
		sqlite3_bind_int64(st, 4, b->col[C_CUSTOMER].there ? customer[left - 1] : 0);
	}
	if (left && timed) {
		sqlite3_bind_int64(st, 5, wtime_secs(least));
		sqlite3_bind_int64(st, 6, wtime_secs(most));
	}
	e = step_done(s, st, err);
	sqlite3_finalize(st);
	return e;
}

/* The block and its run say what is left; an empty block goes. The columns hold what was
 * kept, the rest behind it is of before. */
static enum wend_err recount(struct stored *b, uint32_t left, int64_t rows, int64_t changed, struct err *err)
{
	struct store *s = b->w->s;
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "UPDATE run SET n = n - ?2, rows = rows - CASE type WHEN 2 THEN 0 ELSE ?3 END, changed = changed - ?4 WHERE id = (SELECT run FROM block WHERE id = ?1)", err);
	if (e)
		return e;
	sqlite3_bind_int64(st, 1, b->id);
	sqlite3_bind_int64(st, 2, (int64_t)b->n - left);
	sqlite3_bind_int64(st, 3, rows);
	sqlite3_bind_int64(st, 4, changed);
	e = step_done(s, st, err);
	sqlite3_finalize(st);
	return e ? e : rehead(b, left, err);
}

enum wend_err drop_rows(struct writer *w, int64_t block, uint32_t n, const uint32_t *row, size_t count, struct err *err)
{
	struct stored b = { 0 };
	struct store *s = w->s;
	sqlite3_stmt *del = NULL;
	bool *drop = xcalloc(BLOCK_ROWS, sizeof *drop);
	uint32_t left = n;
	int64_t rows = 0, changed = 0;
	enum wend_err e = store_prepare(s, s->db, &del, "DELETE FROM col WHERE id = ?", err);
	stored_open(&b, w, block, n);
	if (!e && !stored_parts(&b))
		e = store_damaged(s, err, "block");
	for (size_t i = 0; !e && i < count; i++) {
		if (drop[row[i]])
			continue;
		drop[row[i]] = true;
		left--;
		rows += stored_col(&b, C_ROWS) ? stored_at(&b, C_ROWS, row[i]) : 1;
		changed += stored_col(&b, C_VERB) ? stored_at(&b, C_VERB, row[i]) : 0;
	}
	/* All columns first: their lengths are those of the block as it was. */
	for (unsigned c = 0; !e && c < C_LIMIT; c++)
		(void)stored_col(&b, c);
	if (!e && b.damaged)
		e = store_damaged(s, err, "block");
	for (unsigned c = 0; !e && c < C_LIMIT; c++)
		if (b.col[c].there)
			e = stored_rewrite(&b, c, drop, w->put.col, del, err);
	if (!e)
		e = recount(&b, left, rows, changed, err);
	sqlite3_finalize(del);
	free(drop);
	stored_release(&b);
	return e;
}
