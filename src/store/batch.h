/* room: store (internal)
 * A batch being written. The caller's thread turns records into rows of runs; the writing
 * thread takes full runs, matches them with what the store holds and writes them. Two
 * runs exist at most beside those being filled, so memory does not grow with the file.
 */
#ifndef WEND_STORE_BATCH_H
#define WEND_STORE_BATCH_H

#include <pthread.h>

#include "store/puts.h"
#include "store/persons.h"
#include "store/run.h"

struct link {
	uint32_t a, b;      /* local numbers + 1; a is the record's strongest key */
	int64_t at;
};
struct links {
	struct link *v;
	size_t n, cap, compact_at;
};
void links_add(struct links *l, uint32_t a, uint32_t b, int64_t at);
void links_compact(struct links *l, const struct persons *p);

/* What became of a row of a run. */
enum row_state {
	ROW_ADDED,
	ROW_CHANGED,   /* another version of a record some live batch holds, and the one now seen */
	ROW_OLDER,     /* the same, but hidden by a newer one */
	ROW_EQUAL,     /* some live batch holds it as it is */
	ROW_REPEATED,  /* this file holds it as it is: nothing is written */
	ROW_REPLACED,  /* this file holds a newer version: nothing is written */
	ROW_MERGED     /* its items went to another row of this file, with its source rows */
};
/* The stored row an equal one refers to. */
struct mate {
	uint32_t row, customer;
	int64_t time, batch, position;
};
struct mark {
	uint32_t customer;     /* the loser's */
	int64_t time, winner, updated; /* winner's batch and stamp */
	uint32_t row;          /* of the run: its id and id space */
};
/* A run being written. */
struct work {
	struct run *run;
	uint32_t *order;       /* rows by (customer, time, position) */
	uint32_t *person;      /* by row: number in the store */
	uint8_t *state;        /* by row: enum row_state */
	size_t cap;
	uint32_t *mate_of;     /* by row: index + 1 in mate; NULL until one is equal */
	bool *again;           /* by row: replaces what this file said before; NULL until one does */
	uint32_t *next;        /* by row: the next one with the same id; NULL when ids are different */
	struct mate *mate;
	size_t nmate, mate_cap;
	struct mark *mark;
	size_t nmark, mark_cap;
	int64_t run_id;        /* of the RUN_ROWS run, 0 = none written */
};
/* Stored rows that rows of the run met, to be looked for among RUN_EQUAL rows. */
struct ask;
struct asks {
	struct ask *v;
	size_t n, cap;
};
/* Rows to be taken out of stored blocks. */
struct drop {
	int64_t block;
	uint32_t n, row;       /* rows the block has; the one to go */
};
struct drops {
	struct drop *v;
	size_t n, cap;
};
struct before;
struct live_batch {
	int64_t id, export_date, head;
};
struct day_count {
	int32_t day;
	uint8_t kind;
	int64_t n;
};
struct writer {
	struct store *s;
	bool begun;
	int64_t batch, export_date;
	int64_t head;               /* its file begins with this batch's; 0 = none */
	bool anew;                  /* and speaks anew of a record that one holds */
	struct live_batch *live;    /* by id, without this one */
	size_t nlive;
	int runs;                   /* of this batch that are written */
	bool marks;                 /* some of them hold RUN_MARK rows */
	struct asks moved, headed;  /* asked of other batches: who lends a rank, what the head holds */
	struct before *before;      /* while that is looked for: what earlier runs said */
	struct drops drops;         /* what earlier runs wrote and does not hold any more */
	uint32_t *unsaid;           /* rows of the run that carry it on */
	size_t nunsaid, unsaid_cap;
	char **outgrown;            /* former texts of the run */
	size_t noutgrown, outgrown_cap;
	uint32_t *back;             /* the store's word code -> local code + 1, for the first nback words */
	size_t back_n, back_cap, nback;
	uint64_t **taken;           /* by block: rows that a record without an id stands for */
	size_t taken_n, taken_cap;
	uint32_t *word;             /* local word code -> the store's */
	size_t nword, word_cap, words_before;
	bool words_known;           /* words_before is filled */
	struct person_map map;
	struct work work;
	struct day_count *day;      /* coverage, by (kind, day) */
	size_t nday, day_cap;
	const struct zone *zone;
	uint64_t added, updated, duplicates; /* source rows */
	struct puts put;
	sqlite3_stmt *put_name, *get_col;
};
enum wend_err writer_begin(struct writer *w, const struct batch_info *info, struct err *err);
enum wend_err writer_run(struct writer *w, const struct persons *p, struct run *r, struct err *err);
void writer_release(struct writer *w);
void uncount_day(struct writer *w, int64_t time, int64_t rows); /* source rows of the run's kind, counted before */
const struct live_batch *writer_live(const struct writer *w, int64_t batch); /* NULL = not live */

/* runsort.c: fills work->order (and needs work->person). */
void work_sort(struct work *k);
/* runwrite.c */
enum wend_err work_write(struct writer *w, struct err *err);
enum wend_err write_texts(struct str *out, const struct run *r, unsigned field, int64_t *value, size_t n);
/* Decide every row's state. Repeats (earlier.c) first: they change rows, so the sort comes
 * after; then what other batches hold (match.c). */
enum wend_err work_repeats(struct writer *w, struct err *err);
enum wend_err work_match(struct writer *w, struct err *err);
enum wend_err keys_write(struct writer *w, int64_t run_id, bool equal, struct err *err);

/* seen.c: fill the row that writer_begin made. */
enum wend_err batch_row_put(struct store *s, int64_t id, const struct batch_info *i, const struct batch_counts *c, const char *state, struct err *err);

/* ordersources.c: WEND_E_INPUT when its orders tell of sales another source has told of
 * and nobody has said whose count. The links must be written. */
enum wend_err batch_sales_once(struct batch *b, const struct batch_info *info, struct err *err);
/* batchend.c: what this process knew of people is of another state. */
void batch_forget_people(struct store *s);

/* The last words of a field, by a few of their bytes: most columns have few. */
#define LAST_WORDS 64
struct last_word {
	const char *p;
	size_t n;
	uint32_t code;
};
struct batch {
	struct store *s;
	struct batch_info info;     /* as at the beginning; texts in the arena */
	struct arena arena;
	struct persons persons;
	struct word_set words;
	uint32_t words_sealed;
	struct last_word last[F_COUNT + 3][LAST_WORDS];
	struct layout lay[KIND_COUNT];
	struct text_template template[KIND_COUNT][F_COUNT];
	struct run *cur[KIND_COUNT];
	struct links links;
	struct str scratch;
	size_t too_long;            /* bytes of a text that cannot be kept */
	size_t run_rows;            /* rows of a run at most */
	uint64_t used, orders, items;  /* source rows; records */
	int64_t first, last_time;
	/* the writing thread */
	struct writer w;
	pthread_t thread;
	bool threaded, stop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct run *waiting;        /* handed over, not finished */
	struct run *spare[2];
	enum wend_err failed;
	struct err err;
};
/* batch.c: give the run of a kind to the writing thread, or write it here. */
enum wend_err batch_seal(struct batch *b, enum kind kind, bool last, struct err *err);
void run_free(struct run *r);

#endif
