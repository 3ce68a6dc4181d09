/* room: store (internal)
 * The merging cursor, shared by its files.
 *
 * A run is a *stream* of blocks sorted by customer. The cursor works in *windows*: a
 * range of customers whose rows lie in the blocks that are unpacked at the moment. A
 * window with a single segment is handed out in place; else its rows are ordered by a
 * counting sort over the customers and every column asked for is gathered once.
 *
 * Rows written under a number that is not the smallest of its customer are copied in a
 * pass before the first window, sorted by the customer they belong to, packed, and take
 * part as further streams (cursor_moved.c). Where versions compete or rows of several
 * batches tie, cursor_version.c settles it for the customers concerned.
 */
#ifndef WEND_STORE_CURSOR_H
#define WEND_STORE_CURSOR_H

#include "format.h"
#include "owners.h"
#include "wend/mem.h"

#define C_STREAM 127           /* moved rows: the stream they come from */
#define SRC_BITS 13            /* a row of a window: segment << SRC_BITS | row in the block */
#define SRC_ROW ((1u << SRC_BITS) - 1)
#define WINDOW_CUSTOMERS 65536u
#define WINDOW_ROWS 131072u
#define POSITION_BITS 40

/* A live batch. One whose file goes on in another batch holds what that one holds: the
 * rank and the order of the two are the better of both. */
struct batch_rank {
	int64_t id, head;
	int64_t export_date, rank_id;
	uint32_t order;            /* by digest: decides between rows that tie */
};
#define NOT_LIVE UINT32_MAX
struct head {
	int64_t id;                /* of the block; moved streams: its index */
	uint32_t lo, hi, n;
};
struct block;
struct moved;
struct stream {
	const struct batch_rank *batch; /* NULL: several, see row_batch */
	int64_t run;
	uint8_t kind, type;
	bool changed, holes;            /* holes: some of several batches are not live */
	const struct moved *moved;
	struct head *head;
	size_t nhead, head_cap, next;   /* `next` = first block not unpacked yet */
	struct block *cur;
	uint32_t pos;                   /* first row of cur not handed out */
};
enum { COL_UNREAD, COL_ABSENT, COL_THERE };
struct block {
	struct block *next;             /* in the list of blocks to be reused */
	struct stream *stream;
	struct head head;
	uint32_t *customer;
	uint32_t *rank;                 /* index in cursor.batch, or NOT_LIVE; where rows are of several batches */
	int64_t *col[C_LIMIT];
	size_t cap[C_LIMIT];
	uint8_t state[C_LIMIT];
	uint32_t *item_from, *attr_from;
	struct str text;
};
struct segment {
	struct block *b;
	uint32_t from, to;
};
/* What a window hands out; row i of all arrays is one record. */
struct view {
	uint32_t *customer, *start;     /* one entry a customer; start has one more */
	size_t n, at;                   /* customers, and the next one */
	const uint8_t *kind;
	const int64_t *time;
	const int64_t *f[F_COUNT];
	const uint32_t *batch, *source_rows;
	const int64_t *line;
	const uint32_t *item_from;
	const int64_t *item_f[4];
	const uint32_t *attr_from;
	const int64_t *attr_name, *attr_value;
	const char *text;
};
struct extra {                      /* a RUN_EQUAL or RUN_MARK row in the window */
	uint32_t customer, src;
};
struct cursor {
	struct store *store;
	sqlite3 *db;
	bool borrowed;                  /* db is the store's own */
	sqlite3_stmt *read;
	uint64_t generation;
	const struct people *people;
	const uint8_t *moved_of;        /* people_moved; NULL = nobody */
	struct cursor_spec spec;
	uint32_t begin, end;            /* customers of this part, half-open */
	enum field field[F_COUNT];      /* asked for, without F_TIME */
	size_t nfield;
	bool texts;                     /* one of them is text */
	bool exact;                     /* ties between batches, versions or moved rows */
	bool holes;                     /* some stream has them */
	bool mixed;                     /* rows of several batches in one stream */
	bool goes_on;                   /* some batch has a head */
	uint8_t *affected;              /* a bit a number: versions may compete; NULL = nowhere */
	int64_t hidden[KIND_COUNT];     /* source rows of versions that lost, so far */
	void (*lost)(void *, enum kind, int64_t, int64_t); /* told of each */
	void *lost_ctx;

	struct batch_rank *batch;
	size_t nbatch, batch_cap;
	struct stream *stream;
	size_t nstream, stream_cap;
	struct moved *moved;
	struct block *spare;

	/* the window */
	struct segment *seg;
	size_t nseg, seg_cap;
	uint32_t *count;                /* rows a customer, then where its next row goes */
	uint32_t *order;                /* SRC of each row in final order */
	size_t order_cap, rows;
	struct extra *extra;
	size_t nextra, extra_cap;
	struct view view;
	size_t view_cap;                /* customers */
	/* gathered columns */
	int64_t *time, *line, *col[F_COUNT], *item[4], *attr[2];
	uint8_t *kind;
	uint64_t *tie;                  /* batch order and position; filled by order_ties */
	uint32_t *batches, *source_rows, *item_from, *attr_from;
	size_t cap, item_cap, attr_cap;
	struct str text;
	int64_t *none;                  /* WEND_NONE, as many as any window has rows */
	uint8_t *kinds[KIND_COUNT];     /* one kind, BLOCK_ROWS times */
	uint32_t *same_batch;           /* one batch number, BLOCK_ROWS times */
	uint32_t same_batch_of;
	size_t none_cap;
	const int64_t **from;           /* scratch: a column's array in each segment */
	size_t from_cap;

	struct rows *last_out;
	bool done;
	enum wend_err failed;
	struct err err;
};

/* ---- cursor_block.c: blocks unpacked column by column, on demand ---- */
struct block *block_open(struct cursor *c, struct stream *s, const struct head *h);
void block_close(struct cursor *c, struct block *b);
void block_free(struct block *b);
/* The column's values, NULL when the block has none (or on error: c->failed). */
const int64_t *block_col(struct cursor *c, struct block *b, unsigned id);
bool block_items(struct cursor *c, struct block *b);  /* fills item_from and the item columns */
bool block_attrs(struct cursor *c, struct block *b);
enum wend_err cursor_damaged(struct cursor *c, const struct block *b, const char *what);

bool block_whole(struct cursor *c, struct block *b);  /* every column it has */

/* Runs as they are written, for those who read blocks themselves. */
struct raw_spec {
	uint32_t kinds;
	uint32_t types;             /* 1 << run_type; 0 = all */
	bool inside;                /* in the store's own transaction */
	bool dead;                  /* also runs of batches that are not live */
	int64_t below;              /* batches from this one on are not live; 0 = all may be */
};
enum wend_err cursor_raw(struct cursor **out, struct store *s, const struct raw_spec *spec, struct err *err);
/* A raw cursor's next window of customers: its segments. False at the end or on error
 * (c->failed). */
bool cursor_window(struct cursor *c);
/* A cursor over the customers whose versions compete, as if the batches from `below` on
 * were not there, inside the store's own transaction: fn hears of every version that
 * lost, by batch and position. */
typedef void lost_fn(void *ctx, enum kind kind, int64_t batch, int64_t position);
enum wend_err cursor_losers(struct cursor **out, struct store *s, int64_t below, lost_fn *fn, void *ctx, struct err *err);

/* ---- cursor_order.c ---- */
/* Counting sort of the window's rows over its customers; fills view.customer and start. */
void order_rows(struct cursor *c, uint32_t w0, uint32_t w1);
void order_customers_room(struct cursor *c, size_t n); /* in the view */
/* Within the customers; versions that lost go. */
void order_settle(struct cursor *c);
/* Room for n rows in `order` and all gathered columns. */
void order_room(struct cursor *c, size_t n);

/* ---- cursor_moved.c ---- */
enum wend_err moved_collect(struct cursor *c);
/* The packed column of a block of moved rows; n 0 = absent. False: the scratch file failed. */
bool moved_read(struct cursor *c, int64_t block, unsigned id, struct sv *out);
void moved_free(struct moved *m);

/* ---- cursor_version.c ---- */
enum wend_err versions_find(struct cursor *c);
/* Settle ties and versions of one customer: rows [from, to) of `order`; returns the new `to`. */
uint32_t versions_settle(struct cursor *c, uint32_t customer, uint32_t from, uint32_t to);

static inline struct stream *row_stream(struct cursor *c, struct block *b, uint32_t row)
{
	if (!b->stream->moved)
		return b->stream;
	return &c->stream[b->col[C_STREAM][row]];
}
const struct batch_rank *batch_find(const struct cursor *c, int64_t id); /* NULL = not live */
static inline bool is_text(unsigned id)
{
	return id == C_ATTR_VALUE || (id < F_COUNT && field_defs[id].type == FT_TEXT);
}
/* The batch of a row; NULL = not live. */
static inline const struct batch_rank *row_batch(struct cursor *c, struct block *b, uint32_t row)
{
	const struct stream *s = row_stream(c, b, row);

	if (s->batch)
		return s->batch;
	return b->rank[row] == NOT_LIVE ? NULL : &c->batch[b->rank[row]];
}
/* Sort rows [from, to) of `order` by (time, kind) or (time, kind, tie); stable. True when
 * rows are alike in time and kind. */
bool order_sort(struct cursor *c, uint32_t from, uint32_t to, bool by_tie);
/* Fill `tie` of these rows. */
void order_ties(struct cursor *c, uint32_t from, uint32_t to);

#endif
