#include "store/blob.h"

/* More than any block holds: items of one block, keys of one block. */
#define COLUMN_MAX ((size_t)1 << 26)

bool ints_of(struct ints *out, sqlite3_stmt *st, int col, size_t n)
{
	const void *p = sqlite3_column_blob(st, col);
	if (n > COLUMN_MAX)
		return false;
	GROW(out->v, out->cap, n);
	return unpack_ints(out->v, n, p ? p : "", (size_t)sqlite3_column_bytes(st, col));
}

bool texts_of(struct ints *handles, struct str *pool, sqlite3_stmt *st, int col, size_t n)
{
	const void *p = sqlite3_column_blob(st, col);
	if (n > COLUMN_MAX)
		return false;
	GROW(handles->v, handles->cap, n);
	return unpack_texts(pool, handles->v, n, p ? p : "", (size_t)sqlite3_column_bytes(st, col));
}

void ints_release(struct ints *v)
{
	free(v->v);
	*v = (struct ints){ NULL, 0 };
}

enum wend_err step_done(struct store *s, sqlite3_stmt *st, struct err *err)
{
	int rc = sqlite3_step(st);
	enum wend_err e = rc == SQLITE_DONE ? WEND_OK : store_sql_error(s, s->db, err, "write");
	sqlite3_reset(st);
	return e;
}

enum wend_err step_with_blobs(struct store *s, sqlite3_stmt *st, int from, const struct str *blob, int n, struct err *err)
{
	for (int i = 0; i < n; i++)
		sqlite3_bind_blob64(st, from + i, blob[i].p ? blob[i].p : "", blob[i].n, SQLITE_STATIC);
	return step_done(s, st, err);
}

enum wend_err store_damaged(const struct store *s, struct err *err, const char *table)
{
	return err_set(err, WEND_E_STORE, "store '%s' is damaged (%s); restore a backup", store_path(s), table);
}
