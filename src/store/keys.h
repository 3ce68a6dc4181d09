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
int64_t row_space(const struct writer *w, const struct run *r, size_t row); /* of the id; WEND_NONE = shared */
unsigned id_place(const struct layout *l); /* byte of F_ID in the row; 0 = no record has one */
/* Rows whose state is below `limit`, with an id. */
void id_lists_make(struct id_lists *l, const struct writer *w, enum row_state limit);
void id_lists_release(struct id_lists *l);
int shortlex(struct sv a, struct sv b);
static inline bool ids_same(const struct ids *l, size_t a, size_t b)
{
	return l->number ? l->number[a] == l->number[b] : sv_eq(l->text[a], l->text[b]);
}
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
struct head_of {
	int64_t id, lo, hi;
	uint32_t n;
	int64_t run, batch;
};
struct heads {
	struct head_of *v;
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
/* Write a block of `n` rows anew without `count` of them, given in any order. */
enum wend_err drop_rows(struct writer *w, int64_t block, uint32_t n, const uint32_t *row, size_t count, struct err *err);

/* ---- the same id twice in one file ---- */
#define NO_ROW UINT32_MAX
/* What an earlier run of the file wrote of a record: a row, or a reference to the row of
 * another batch. */
struct earlier {
	struct stored *b;         /* what it says */
	uint32_t j;
	bool equal;               /* a reference */
	int64_t position, rows;   /* in this file */
};
/* repeat.c: rows of one id within the run become one. */
void repeats_in_run(struct work *k, const struct ids *l);
/* The first of the rows of one id, from `row` on, that carries on what was written, which
 * then must be taken back; NO_ROW: it stands, and all of them are settled. */
uint32_t row_after_earlier(struct writer *w, uint32_t row, const struct earlier *p);
int64_t row_updated(const struct run *r, uint32_t row);
/* equal.c: all RUN_EQUAL rows, of this batch or of other live ones, that name an asked row. */
struct ask {
	struct mate mate;         /* mate.row: ours */
	int64_t updated;
	int64_t block;            /* where the asked row lies */
	uint32_t n, j;
};
typedef enum wend_err (*equal_fn)(struct writer *w, const struct ask *a, const struct head_of *h, struct stored *b, uint32_t j, struct err *err);
enum wend_err equals_scan(struct writer *w, struct asks *a, bool own, equal_fn fn, struct err *err);
/* Other batches may lend their rank to a version that moved. */
enum wend_err equal_lenders(struct writer *w, struct err *err);
/* match.c: a row of ours is equal to a stored one. */
void work_equal(struct work *k, uint32_t row, const struct mate *m);
void work_mark(struct work *k, uint32_t customer, int64_t time, int64_t winner, int64_t updated, uint32_t row);
/* content.c: records without an id. */
enum wend_err content_match(struct writer *w, struct err *err);

#endif
