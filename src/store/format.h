/* room: store (internal)
 * The store's format, version 2: what the SQL tables hold and how a column of a block
 * is packed. wend-store(5) documents the same; change both together with the version.
 *
 * Everything that arrives is a record (include/wend/record.h). A batch is one ingested
 * file. The rows of a batch are cut into runs (bounded memory); a run holds records of
 * one kind sorted by (customer, time, position) in blocks of at most BLOCK_ROWS.
 *
 *   run.type RUN_ROWS   records with their fields. verb ADDED, or CHANGED = another version
 *                       of a record some other live batch also holds, or of one that an
 *                       earlier run of the file held at the same C_POSITION
 *            RUN_EQUAL  references: this batch held a record equal to one that another live
 *                       batch brought: C_CUSTOMER and F_TIME of that row, C_POSITION in this
 *                       file, C_LINE and C_ROWS there, C_RANK_BATCH the other batch, C_MATE the
 *                       row's position in that batch's file less C_POSITION (mostly
 *                       constant). Dead when either batch is. Readers need them
 *                       where rows tie or versions compete, undo everywhere
 *            RUN_MARK   under the customer of a losing version: C_CUSTOMER and F_TIME of the
 *                       loser, F_ID, C_ID_SPACE; the winner sits under another customer:
 *                       C_RANK_BATCH is its batch, or one that holds it equal, F_UPDATED its
 *                       stamp. Dead when that batch is
 *
 * The version seen is the one with the greatest (F_UPDATED, batch.export_date, batch.id)
 * among live batches, missing = smallest. It hides the others by key, within the customer.
 * A RUN_EQUAL row lends its row the rank of its own batch; a mark competes as if it were
 * the winner, and hides all versions of its customer that rank lower.
 * Versions with the same id and the same customer are of different batches; a customer is
 * checked for them only where one of its rows is CHANGED or a mark is there.
 *
 * A record with a natural id has the key (kind, id_space, id) and an entry in a key
 * block, sorted shortlex (length, then bytes), so that running numbers lie together and
 * an append reads only the key blocks it overlaps. RUN_EQUAL rows have entries
 * only while their batch is written. An entry may outlive its row; only the row, found under the entry's customer, proves the
 * record. A batch holds a record once: rows of one id in one file are made one while it is
 * written (equal ones dropped, other lines of an order joined, else the newer kept).
 * A record without an id is known by its content: candidates are the rows of the same
 * customer and time, compared field by field; equal rows of one file are told apart by
 * their ordinal (there are as many ADDED rows of a content as the largest number any live
 * batch held). A record equal to several versions refers to the one that ranks highest.
 *
 * People. Every identity key (space, product, value) has a number, dense from 1 in order
 * of first appearance; 0 is nobody (spend). A record is written under the number of its
 * strongest key (hand > product > mail > tel > visitor > guest). Two keys on one record
 * are evidence, kept raw in `link`; who is one customer is resolved on reading
 * (links.c), so that it depends neither on the order of ingest nor on undone batches.
 */
#ifndef WEND_STORE_FORMAT_H
#define WEND_STORE_FORMAT_H

#include <pthread.h>
#include <sqlite3.h>
#include "wend/err.h"
#include "wend/record.h"
#include "wend/store.h"

#define STORE_APPLICATION_ID 0x77656e64 /* "wend" */
#define STORE_FORMAT 2                  /* PRAGMA user_version */
#define STORE_PAGE 16384                /* the last bytes of each are a checksum, see pages.h */
#define BLOCK_ROWS 8192
#define WAIT_S 60                       /* for a store another process writes to; WEND_WAIT sets another */

/* Column ids of a block beyond the fields; append only. */
enum block_col {
	C_CUSTOMER = 100, /* number the record was written under */
	C_POSITION,       /* ordinal of the record in its file */
	C_LINE,           /* first physical line, stored as line - position (mostly constant) */
	C_ROWS,           /* source rows folded into the record; absent = 1 */
	C_VERB,           /* 0 added, 1 changed; absent = 0 */
	C_ID_SPACE,       /* word code */
	C_ITEMS,          /* number of items of each record; item columns F_PRODUCT.. follow in order */
	C_ATTRS,          /* number of attributes; C_ATTR_NAME, C_ATTR_VALUE follow in order */
	C_ATTR_NAME, C_ATTR_VALUE,
	C_MATE,           /* RUN_EQUAL: position of the row it equals, less C_POSITION */
	C_RANK_BATCH,     /* RUN_EQUAL: batch of the row it equals; RUN_MARK: the winner's batch */
	C_BATCH,          /* batch of the row, in a run of several batches (run.batch 0) */
	C_LIMIT = 128
};
enum run_type { RUN_ROWS, RUN_EQUAL, RUN_MARK };
/* A run holds rows of one batch, or of several: then run.batch is 0, every row says its own
 * in C_BATCH, and run_part says how many there are of each. Rows of a batch that is not
 * live are passed over wherever they lie. */

/* One BLOB a column: col.id = block.id * 128 + column, pack_texts for FT_TEXT fields and
 * C_ATTR_VALUE, else pack_ints. A column nobody filled is absent.
 * person: keys lo .. lo + n - 1: spaces = pack_ints of enum key_space, products = pack_ints
 * of word codes (WEND_NONE = none), keys = pack_texts. link: keys a[i] and b[i] stood on
 * one record of the batch, whose own time was at[i] (pack_ints each; wtime or WEND_NONE);
 * a[i] is the strongest. A pair is there once, with its first time; of a visitor (b) also
 * each later time at which it turned from one customer to another. In a batch of no kinds
 * it was said by hand (byhand.c): a and b are one person; a = b: the key joins nothing.
 * A guest's key is "kind:space:id" of its record, else the 128-bit digest of its content in
 * hex, with "-1", "-2" ... for equal records of one file. Spend and feedback of staff
 * (F_EMPLOYEE) without a key belong to nobody.
 * person_hash: the upper 40 bits of person_hash() of n keys, ascending, lo and hi the first
 * and last of them, and the keys' numbers (pack_ints both); a block a run, in no order.
 * key: ids = pack_texts, customers = pack_ints (C_CUSTOMER of the row); first, last = the
 * fences; space = word code of the id space, -1 = shared.
 * coverage: source rows by civil day of F_TIME in the batch's zone; a record whose source
 * row another record counts is one. */
#define STORE_SCHEMA \
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;" \
	"CREATE TABLE batch(id INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL, digest BLOB, bytes INTEGER," \
	" kinds INTEGER, preset TEXT, source TEXT, options TEXT, tz TEXT, export_date INTEGER, snapshot INTEGER NOT NULL DEFAULT 0," \
	" records INTEGER, used INTEGER, rejected INTEGER, ignored INTEGER, added INTEGER, updated INTEGER, duplicates INTEGER," \
	" matched INTEGER, first INTEGER, last INTEGER, ingested INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT," \
	" head INTEGER, rejects TEXT, replaced INTEGER NOT NULL DEFAULT 0);" \
	"CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL);" \
	"CREATE TABLE person(lo INTEGER PRIMARY KEY, n INTEGER NOT NULL, spaces BLOB, products BLOB, keys BLOB);" \
	"CREATE TABLE person_hash(id INTEGER PRIMARY KEY, lo INTEGER NOT NULL, hi INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB, numbers BLOB);" \
	"CREATE TABLE link(id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, n INTEGER NOT NULL, a BLOB, b BLOB, at BLOB);" \
	"CREATE TABLE run(id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, kind INTEGER NOT NULL, type INTEGER NOT NULL, n INTEGER NOT NULL," \
	" changed INTEGER NOT NULL, rows INTEGER NOT NULL);" \
	"CREATE TABLE run_part(run INTEGER NOT NULL, batch INTEGER NOT NULL, n INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY(run, batch)) WITHOUT ROWID;" \
	"CREATE TABLE block(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL, n INTEGER NOT NULL," \
	" t0 INTEGER, t1 INTEGER);" /* first and last time, seconds; NULL when a row has none */ \
	"CREATE TABLE col(id INTEGER PRIMARY KEY, data BLOB NOT NULL);" \
	"CREATE TABLE key(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind INTEGER NOT NULL, space INTEGER NOT NULL, n INTEGER NOT NULL," \
	" first TEXT NOT NULL, last TEXT NOT NULL, ids BLOB, customers BLOB);" \
	"CREATE TABLE coverage(batch INTEGER NOT NULL, source TEXT NOT NULL, kind INTEGER NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL," \
	" PRIMARY KEY(batch, source, kind, day)) WITHOUT ROWID;" \
	"CREATE TABLE setting(id INTEGER PRIMARY KEY, section TEXT NOT NULL, name TEXT NOT NULL, value TEXT, changed INTEGER NOT NULL, whence TEXT," \
	" live INTEGER NOT NULL DEFAULT 1, batch INTEGER);" \
	"CREATE TABLE ban(hash BLOB PRIMARY KEY) WITHOUT ROWID;" /* ban.c */ \
	"CREATE INDEX block_run ON block(run, lo);" \
	"CREATE INDEX run_batch ON run(batch);" \
	"CREATE INDEX key_first ON key(kind, space, run);"
/* setting: what was ever set, in order; live = it holds now, value NULL = it was unset. A
 * file of settings is a batch (kinds 0) and begins with a row without a name: what stood
 * before it no longer holds.
 * meta: 'generation' (bumped in every write transaction), 'zone', 'persons' (numbers used),
 * 'created', 'forgotten' (batches below can no longer be undone), 'ban_key' (tells whether a
 * key is the one bans were made with), 'scrub' (erased, but not yet cleaned out of the file). batch.state: 'live',
 * 'undone', 'refused'. Words: name.id = code + 1.
 * batch.replaced: source rows of versions that the same file replaced further down; they
 * are counted as added or updated, and not kept.
 * batch.head: the file of this batch begins with the whole file of that one, and only what
 * stands behind was read. It holds all that the other holds, at the same positions; its
 * rank is theirs too. batch.rejects: where the rejected rows were written. */

/* ---- packing (pack.c) ---- */
/* n int64 -> bytes; picks the smallest of constant, frame of reference, delta, runs.
 * WEND_NONE is a value like any other (presence is packed apart). */
void pack_ints(struct str *out, const int64_t *v, size_t n);
bool unpack_ints(int64_t *v, size_t n, const void *p, size_t bytes); /* false = damaged; never reads past p + bytes */
/* n texts -> bytes; template (common prefix + running digits), dictionary or front coding.
 * p == NULL is missing. */
void pack_texts(struct str *out, const struct sv *v, size_t n);
/* Texts are appended to `pool`; handles as in rows_text (offset << 24 | length). */
bool unpack_texts(struct str *pool, int64_t *handles, size_t n, const void *p, size_t bytes);

/* ---- the open store (open.c); all files of the room share it ---- */
struct people;
struct words;
struct settings;
struct store {
	sqlite3 *db;
	char *path;          /* a file: URI of the memdb VFS for STORE_MEMORY */
	enum store_mode mode;
	enum { WRITE_NONE, WRITE_OPEN, WRITE_COMMIT } write; /* between store_write_begin and the end of it */
	int wait_ms;         /* how long to wait for another process's lock */
	struct people *people; /* NULL until store_people */
	struct words *words;
	struct settings *settings; /* NULL until the first is asked for */
	struct bans *bans;     /* NULL until store_bans */
	struct err missed;     /* the first failure of a look-up that cannot say so; see store_missed */
	pthread_mutex_t lock;  /* guards people, words and settings while they are loaded, and missed */
};
/* Another connection to the same store, for a reading thread. */
enum wend_err store_connect(struct store *s, sqlite3 **out, struct err *err);
enum wend_err store_sql_error(struct store *s, sqlite3 *db, struct err *err, const char *doing); /* a full disk, a lock, a damaged file: in words */
/* A look-up without an error of its own could not be answered: kept for store_trouble. */
void store_missed(struct store *s, sqlite3 *db);
enum wend_err store_exec(struct store *s, const char *sql, struct err *err);
enum wend_err store_prepare(struct store *s, sqlite3 *db, sqlite3_stmt **out, const char *sql, struct err *err);
/* A write transaction: takes the lock (waits as long as WEND_WAIT says, then says who holds it); the commit
 * bumps the generation. After an error: store_write_abort. */
enum wend_err store_write_begin(struct store *s, struct err *err);
enum wend_err store_write_commit(struct store *s, struct err *err);
void store_write_abort(struct store *s);
/* A batch that is no file of records (settings, a join by hand), inside a write transaction. */
enum wend_err batch_without_rows(struct store *s, const char *file, const char *reason, int64_t *number, struct err *err);
/* settings.c: what is set after a batch of settings was taken back. */
enum wend_err settings_replay(struct store *s, struct err *err);
/* Generation as `db` sees it; 0 and an error when it cannot be read. */
uint64_t generation_of(struct store *s, sqlite3 *db, struct err *err);

/* ---- loaded on demand; freed by store_close and store_refresh ---- */
void people_free(struct people *p);
void words_free(struct words *w);
void settings_free(struct settings *s);
void bans_free(struct bans *b);

#endif
