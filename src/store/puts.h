/* room: store (internal)
 * Rows of `run`, `block`, `col` and `key` on their way into the file, with numbers that
 * are free. Valid for one write transaction.
 */
#ifndef WEND_STORE_PUTS_H
#define WEND_STORE_PUTS_H

#include "store/blob.h"

struct puts {
	struct store *s;
	int64_t next_run, next_block, next_key;
	sqlite3_stmt *run, *block, *col, *key;
};
enum wend_err puts_begin(struct puts *p, struct store *s, struct err *err);
void puts_release(struct puts *p);

struct run_row {
	int64_t batch;     /* 0: several */
	enum kind kind;
	enum run_type type;
	uint64_t n, changed, rows;
};
/* *run: its number, 0 = the next one. */
enum wend_err put_run(struct puts *p, int64_t *run, const struct run_row *r, struct err *err);
/* A block of n rows, customers lo to hi; `time` NULL: none has one. */
enum wend_err put_block(struct puts *p, int64_t run, int64_t *block, size_t n, int64_t lo, int64_t hi, const int64_t *time, struct err *err);
enum wend_err put_col(struct puts *p, int64_t block, unsigned id, const struct str *blob, struct err *err);
/* Key blocks of ids in any order; id[i] stands under customer[i], space WEND_NONE = shared. */
enum wend_err put_keys(struct puts *p, enum kind kind, int64_t run, const struct sv *id, const int64_t *space, const uint32_t *customer, size_t n, struct err *err);
enum wend_err query_int(struct store *s, const char *sql, int64_t *out, struct err *err);

#endif
