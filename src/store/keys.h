/* room: store (internal)
 * Natural ids of a run in shortlex order (length, then bytes), and what they meet.
 */
#ifndef WEND_STORE_KEYS_H
#define WEND_STORE_KEYS_H

#include "store/batch.h"

/* Ids of one id space, ascending. Where all are numbers of one template they stay numbers. */
struct ids {
	int64_t space;            /* word code of the store; WEND_NONE = shared */
	uint32_t *row;
	size_t n;
	const int64_t *number;    /* NULL: `text` holds */
	const struct sv *text;
	const struct text_template *template;
};
struct id_lists {
	struct ids *v;
	size_t n, cap;
	uint32_t *row;
	int64_t *number;
	struct sv *text;
	struct str pool;
};
unsigned id_place(const struct layout *l); /* byte of F_ID in the row; 0 = no record has one */
/* Rows whose state is below `limit`, with an id. */
void id_lists_make(struct id_lists *l, const struct writer *w, enum row_state limit);
void id_lists_release(struct id_lists *l);
int shortlex(struct sv a, struct sv b);
struct sv id_at(const struct ids *l, size_t i, char *buf);

/* A stored record with the id of one of ours. */
struct hit {
	uint32_t row, customer;
};
struct hits {
	struct hit *v;
	size_t n, cap;
};
/* Meet every key block of the kind that can hold one of the ids, of the other live
 * batches or of this one; fn gets the hits of one stored run at a time, by customer. A
 * key may outlive its row: only the row proves the record. */
struct met {
	struct writer *w;
	const struct ids *ids;
	unsigned id_at;           /* byte of the id in a row */
	int64_t run, batch;       /* batch 0: every row says its own */
	enum run_type type;
	struct hits hits;
};
typedef enum wend_err (*hits_fn)(struct met *m, struct err *err);
enum wend_err keys_meet(struct writer *w, const struct ids *l, bool own, hits_fn fn, struct err *err);

/* Rows to be taken out of one block. */
struct drops {
	uint32_t *row;
	size_t n, cap;
	int64_t block;
	uint32_t block_n;
};

/* ---- a stored block, read column by column (stored.c) ---- */
struct stored {
	struct writer *w;
	int64_t id;
	uint32_t n;
	struct {
		struct ints v;
		bool read, there;
	} col[C_LIMIT];
	struct str pool;
	struct ints number;                /* ids as numbers of the template asked for */
	bool numbered;
	uint32_t *items_from, *attrs_from; /* n + 1 offsets; NULL until asked for */
	bool damaged, planned;
	struct {                           /* fields that either side fills, and the block's values */
		const struct slot *slot;
		const int64_t *v;
	} plan[F_COUNT];
	int nplan;
	bool items, attrs;                 /* either side has some */
};
void stored_open(struct stored *b, struct writer *w, int64_t block, uint32_t n);
void stored_release(struct stored *b);
/* Values of a column; NULL = absent (or b->damaged). */
const int64_t *stored_col(struct stored *b, unsigned id);
bool stored_parts(struct stored *b); /* items and attributes */
static inline int64_t stored_at(struct stored *b, unsigned id, uint32_t row)
{
	const int64_t *v = stored_col(b, id);
	return v ? v[row] : WEND_NONE;
}
/* The batch of a row of a run that belongs to `batch`; 0 = it is not live. */
int64_t stored_batch(struct stored *b, int64_t batch, uint32_t row);
/* Try to have the ids as numbers; false = they are not of this template. */
bool stored_numbers(struct stored *b, const struct text_template *t);
/* Does row `mine` of the run say just what row `j` of the block says, customer included?
 * With `same_id` the ids are known to be equal. */
bool same_record(struct writer *w, uint32_t mine, struct stored *b, uint32_t j, bool same_id);
struct heads {
	struct head_of {
		int64_t id, lo, hi;
		uint32_t n;
		int64_t run, batch;
	} *v;
	size_t n, cap;
};
enum wend_err heads_of(struct writer *w, sqlite3_stmt *st, struct heads *out, struct err *err);
/* Call fn for each hit of a run and the row of the block that it means. */
typedef enum wend_err (*found_fn)(struct met *m, struct stored *b, uint32_t mine, uint32_t j, struct err *err);
enum wend_err stored_find(struct met *m, found_fn fn, struct err *err);
/* The same for two rows of the run. */
bool same_rows(const struct run *r, uint32_t a, uint32_t b);
/* Write one column anew without the rows marked in `drop` (as many as the block has); its
 * values, and the offsets of items and attributes, must have been read. `put` and `del`
 * insert and delete a row of col. */
enum wend_err stored_rewrite(struct stored *b, unsigned id, const bool *drop, sqlite3_stmt *put, sqlite3_stmt *del, struct err *err);
/* Write a block of `n` rows anew without `count` of them. */
enum wend_err drop_rows(struct writer *w, int64_t block, uint32_t n, const uint32_t *row, size_t count, struct err *err);

/* repeat.c: the same id twice in one file. */
void repeats_in_run(struct writer *w, const struct ids *l);
enum wend_err repeats_of_runs(struct writer *w, const struct ids *l, struct err *err);
int64_t row_updated(const struct run *r, uint32_t row);
void row_stand(struct run *r, uint32_t row, int64_t position); /* no further down in the file than there */
/* equal.c: RUN_EQUAL rows that speak of stored rows this run met: of this file (the id
 * came before), and of other batches (they lend their rank to a version that moved). */
enum wend_err equal_repeats(struct writer *w, struct err *err);
enum wend_err equal_lenders(struct writer *w, struct err *err);
void asks_add(struct asks *a, const struct mate *m, int64_t updated, bool same);
enum wend_err drop_row(struct writer *w, const struct stored *b, uint32_t j, struct err *err);
enum wend_err flush_drops(struct writer *w, struct err *err);
/* match.c: a row of ours is equal to a stored one. */
void work_equal(struct work *k, uint32_t row, const struct mate *m);
void work_mark(struct work *k, uint32_t customer, int64_t time, int64_t winner, int64_t updated, uint32_t row);
/* content.c: records without an id. */
enum wend_err content_match(struct writer *w, struct err *err);

#endif
