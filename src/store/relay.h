/* room: store (internal)
 * Rows of blocks become a run again: what undo passes on and what compaction keeps. Rows
 * are added a window of customers at a time, windows ascending; within one they may come
 * in any order. Runs inside the store's write transaction.
 */
#ifndef WEND_STORE_RELAY_H
#define WEND_STORE_RELAY_H

#include "store/puts.h"
#include "store/rowset.h"

struct relay_part {
	int64_t batch;
	uint64_t n, rows;
};
struct relay {
	struct puts *put;
	struct cursor *c;       /* where the rows come from, and the order of the batches */
	enum kind kind;
	enum run_type type;
	bool bare;              /* RUN_EQUAL made of records: none of their fields */
	struct rowset set, spare;
	size_t sorted;          /* rows of the set that are in `order` */
	uint32_t *order;
	size_t order_cap;
	const struct block *columns_of; /* whose columns the set is known to keep */
	int64_t run;            /* 0 = nothing written yet */
	uint64_t n, rows, changed;
	struct relay_part *part; /* by batch */
	size_t npart, part_cap;
	/* ids whose key blocks are not written yet */
	struct str ids;
	size_t *id_end;
	int64_t *id_space;
	uint32_t *id_customer;
	size_t nid, id_cap[3];
	struct str blob;
	int64_t block;          /* being written */
	enum wend_err failed;
	struct err *err;
};
/* A row may be put down as another batch's. */
struct relay_as {
	int64_t batch, position, line, rows; /* line: as C_LINE, less the position */
	int64_t rank_batch, mate;            /* RUN_EQUAL, RUN_MARK; WEND_NONE = as it was */
};
void relay_init(struct relay *k, struct puts *put, struct cursor *c, enum kind kind, enum run_type type, struct err *err);
/* `as` NULL: as it is. */
void relay_row(struct relay *k, struct block *b, uint32_t row, const struct relay_as *as);
/* The window is complete: full blocks are written. */
enum wend_err relay_window(struct relay *k);
/* The rest, the run and its keys; then k->run, n, rows and part tell what became of it. */
enum wend_err relay_end(struct relay *k);
void relay_release(struct relay *k);

/* Source rows of a row. */
static inline int64_t row_rows(struct cursor *c, struct block *b, uint32_t row)
{
	const int64_t *v = block_col(c, b, C_ROWS);

	return !v || v[row] == WEND_NONE ? 1 : v[row];
}
static inline int64_t row_value(struct cursor *c, struct block *b, unsigned id, uint32_t row)
{
	const int64_t *v = block_col(c, b, id);

	return v ? v[row] : WEND_NONE;
}

#endif
