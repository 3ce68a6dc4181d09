/* Blocks of a cursor: which are read, how they are unpacked, and what is never believed:
 * a damaged block must not lead outside an array. */
#include "cursor.h"

enum wend_err cursor_damaged(struct cursor *c, const struct block *b, const char *what)
{
	if (!c->failed)
		c->failed = err_set(&c->err, WEND_E_STORE, "store '%s' is damaged: block %lld, %s; see 'wend store check' and restore a backup", c->store->path, (long long)b->head.id, what);
	return c->failed;
}

/* The packed bytes of a column; n 0 = absent. They live until the next read. */
static bool packed(struct cursor *c, struct block *b, unsigned id, struct sv *out)
{
	int rc;

	*out = SV_NONE;
	if (b->stream->moved)
		return moved_read(c, b->head.id, id, out);
	sqlite3_reset(c->read);
	sqlite3_bind_int64(c->read, 1, b->head.id * C_LIMIT + (int64_t)id);
	rc = sqlite3_step(c->read);
	if (rc == SQLITE_ROW) {
		out->p = sqlite3_column_blob(c->read, 0);
		out->n = (size_t)sqlite3_column_bytes(c->read, 0);
		if (!out->p && sqlite3_errcode(c->db) == SQLITE_NOMEM)
			rc = SQLITE_NOMEM;
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		c->failed = store_sql_error(c->store, c->db, &c->err, "read");
		return false;
	}
	return true;
}

static const int64_t *unpack(struct cursor *c, struct block *b, unsigned id, size_t n)
{
	struct sv bytes;
	bool ok;

	b->state[id] = COL_ABSENT;
	if (!packed(c, b, id, &bytes) || !bytes.n)
		return NULL;
	GROW(b->col[id], b->cap[id], n);
	ok = is_text(id) ? unpack_texts(&b->text, b->col[id], n, bytes.p, bytes.n) : unpack_ints(b->col[id], n, bytes.p, bytes.n);
	if (!ok) {
		cursor_damaged(c, b, "a column does not unpack");
		return NULL;
	}
	b->state[id] = COL_THERE;
	return b->col[id];
}

const int64_t *block_col(struct cursor *c, struct block *b, unsigned id)
{
	if (b->state[id] == COL_UNREAD)
		return unpack(c, b, id, b->head.n);
	return b->state[id] == COL_THERE ? b->col[id] : NULL;
}

/* Customers as 32 bits, checked: ascending, inside the block's bounds, known. */
static bool customers(struct cursor *c, struct block *b)
{
	const int64_t *v = block_col(c, b, C_CUSTOMER);
	uint32_t n = b->head.n;
	int64_t bad = 0;

	if (!v) {
		/* All of one customer: only customer 0 may go unsaid. */
		if (c->failed || b->head.hi)
			return false;
		memset(b->customer, 0, n * sizeof *b->customer);
		return true;
	}
	for (uint32_t i = 0; i < n; i++)
		b->customer[i] = (uint32_t)v[i];
	for (uint32_t i = 1; i < n; i++)
		bad |= v[i] < v[i - 1];
	return !bad && v[0] >= (int64_t)b->head.lo && v[n - 1] <= (int64_t)b->head.hi;
}

/* Whose row each is, where a block holds those of several batches. */
static void ranks(struct cursor *c, struct block *b)
{
	const int64_t *v = block_col(c, b, C_BATCH);
	int64_t last = WEND_NONE;
	uint32_t rank = NOT_LIVE;

	b->rank = xreallocarray(b->rank, b->head.n, sizeof *b->rank);
	for (uint32_t i = 0; i < b->head.n; i++) {
		int64_t id = v ? v[i] : WEND_NONE;

		if (id != last) {
			const struct batch_rank *r = batch_find(c, id);

			rank = r ? (uint32_t)(r - c->batch) : NOT_LIVE;
			last = id;
		}
		b->rank[i] = rank;
	}
}

struct block *block_open(struct cursor *c, struct stream *s, const struct head *h)
{
	struct block *b = c->spare;

	if (b)
		c->spare = b->next;
	else
		b = xcalloc(1, sizeof *b);
	b->next = NULL;
	b->stream = s;
	b->head = *h;
	memset(b->state, COL_UNREAD, sizeof b->state);
	str_reset(&b->text);
	b->customer = xreallocarray(b->customer, h->n, sizeof *b->customer);
	/* row_stream and row_batch read them without asking. */
	if (s->moved)
		block_col(c, b, C_STREAM);
	if (!s->batch && (!s->moved || c->mixed))
		ranks(c, b);
	if (c->failed || !customers(c, b)) {
		cursor_damaged(c, b, "customers out of order");
		block_close(c, b);
		return NULL;
	}
	return b;
}

void block_close(struct cursor *c, struct block *b)
{
	b->next = c->spare;
	c->spare = b;
}

void block_free(struct block *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < C_LIMIT; i++)
		free(b->col[i]);
	free(b->customer);
	free(b->rank);
	free(b->item_from);
	free(b->attr_from);
	str_release(&b->text);
	free(b);
}

/* Offsets from counts. A block never holds more than 2^24 parts. */
static bool offsets(struct cursor *c, struct block *b, unsigned id, uint32_t **out)
{
	const int64_t *count = block_col(c, b, id);
	uint32_t total = 0;

	if (c->failed)
		return false;
	*out = xreallocarray(*out, b->head.n + 1, sizeof **out);
	for (uint32_t i = 0; i < b->head.n; i++) {
		int64_t k = count && count[i] != WEND_NONE ? count[i] : 0;

		(*out)[i] = total;
		if (k < 0 || k > (1 << 24) - (int64_t)total) {
			cursor_damaged(c, b, "impossible counts");
			return false;
		}
		total += (uint32_t)k;
	}
	(*out)[b->head.n] = total;
	return true;
}

/* A part column is as long as the counts say; one nobody filled becomes all missing. */
static bool parts(struct cursor *c, struct block *b, unsigned id, uint32_t n)
{
	if (b->state[id] != COL_UNREAD)
		return true;
	if (n && unpack(c, b, id, n))
		return true;
	if (c->failed)
		return false;
	GROW(b->col[id], b->cap[id], n ? n : 1);
	for (uint32_t i = 0; i < n; i++)
		b->col[id][i] = WEND_NONE;
	b->state[id] = COL_THERE;
	return true;
}

bool block_items(struct cursor *c, struct block *b)
{
	uint32_t n;

	if (b->state[F_PRODUCT] != COL_UNREAD)
		return true;
	if (!offsets(c, b, C_ITEMS, &b->item_from))
		return false;
	n = b->item_from[b->head.n];
	return parts(c, b, F_PRODUCT, n) && parts(c, b, F_CATEGORY, n) && parts(c, b, F_QUANTITY, n) && parts(c, b, F_ITEM_AMOUNT, n);
}

bool block_attrs(struct cursor *c, struct block *b)
{
	uint32_t n;

	if (b->state[C_ATTR_NAME] != COL_UNREAD)
		return true;
	if (!offsets(c, b, C_ATTRS, &b->attr_from))
		return false;
	n = b->attr_from[b->head.n];
	return parts(c, b, C_ATTR_NAME, n) && parts(c, b, C_ATTR_VALUE, n);
}

bool block_whole(struct cursor *c, struct block *b)
{
	sqlite3_stmt *st = NULL;
	uint8_t id[C_LIMIT];
	size_t n = 0;
	int rc = sqlite3_prepare_v2(c->db, "SELECT id FROM col WHERE id >= ?1 AND id < ?2", -1, &st, NULL);

	if (!rc) {
		sqlite3_bind_int64(st, 1, b->head.id * C_LIMIT);
		sqlite3_bind_int64(st, 2, (b->head.id + 1) * C_LIMIT);
		while (n < C_LIMIT && (rc = sqlite3_step(st)) == SQLITE_ROW)
			id[n++] = (uint8_t)(sqlite3_column_int64(st, 0) - b->head.id * C_LIMIT);
	}
	sqlite3_finalize(st);
	if (rc && rc != SQLITE_DONE && rc != SQLITE_ROW) {
		c->failed = store_sql_error(c->store, c->db, &c->err, "read");
		return false;
	}
	for (size_t i = 0; i < n && !c->failed; i++) {
		if (id[i] >= C_STREAM)
			continue;
		if ((id[i] < F_COUNT && field_defs[id[i]].item) || id[i] == C_ITEMS)
			block_items(c, b);
		else if (id[i] == C_ATTR_NAME || id[i] == C_ATTR_VALUE || id[i] == C_ATTRS)
			block_attrs(c, b);
		else
			block_col(c, b, id[i]);
	}
	return !c->failed;
}
