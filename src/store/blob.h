/* room: store (internal)
 * Packed columns on their way between statements and arrays.
 */
#ifndef WEND_STORE_BLOB_H
#define WEND_STORE_BLOB_H

#include "store/format.h"
#include "wend/mem.h"

struct ints {
	int64_t *v;
	size_t cap;
};
/* Decode column `col` of the row a statement stands on; false = damaged. */
bool ints_of(struct ints *out, sqlite3_stmt *st, int col, size_t n);
bool texts_of(struct ints *handles, struct str *pool, sqlite3_stmt *st, int col, size_t n);
void ints_release(struct ints *v);
static inline struct sv text_at(const struct str *pool, int64_t handle)
{
	if (handle == WEND_NONE)
		return SV_NONE;
	return sv_n(pool->p ? pool->p + (handle >> 24) : "", (size_t)(handle & 0xffffff));
}
/* Bind n blobs from parameter `from` on, step once, reset. */
enum wend_err step_with_blobs(struct store *s, sqlite3_stmt *st, int from, const struct str *blob, int n, struct err *err);
/* Step a statement that returns no rows, reset. */
enum wend_err step_done(struct store *s, sqlite3_stmt *st, struct err *err);
enum wend_err store_damaged(const struct store *s, struct err *err, const char *table);

#endif
