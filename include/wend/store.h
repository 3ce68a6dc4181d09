/* room: store
 * The journey store: one SQLite file (0600) of batches, people, words and packed event
 * blocks. This header is all the other rooms see of it; SQL stays inside the room.
 *
 * Writing: batch_begin, store_add in groups, batch_commit. Nothing is visible to
 * readers before the commit; an abort or a crash leaves the state before.
 * Reading: cursor_open over a snapshot; cursor_next hands out one customer's live
 * records (winning versions only) in (time, kind, file digest, position) order.
 */
#ifndef WEND_STORE_H
#define WEND_STORE_H

#include "err.h"
#include "hash.h"
#include "record.h"
#include "table.h"

struct store;
enum store_mode {
	STORE_READ,    /* read-only; no store there: WEND_E_STORE with advice */
	STORE_WRITE,   /* made when missing, 0600 */
	STORE_CHANGE,  /* to be written; no store there: as STORE_READ */
	STORE_MEMORY   /* nothing on disk; for reports given files as operands */
};
/* Default path: --store, WEND_STORE, wend.db here or above, configuration, XDG data folder. */
void store_default_path(struct str *out, const char *option, const char *configured);
enum wend_err store_open(struct store **out, const char *path, enum store_mode mode, struct err *err);
void store_close(struct store *s);
const char *store_path(const struct store *s);
/* Look-ups that answer with a text or a number cannot say that the store could not be read.
 * It is kept: the first such failure, or WEND_OK. Every commit asks, and every report must
 * before it gives its answer. */
enum wend_err store_trouble(struct store *s, struct err *err);
/* Bumped in every write transaction; threads compare it (records.md 7). */
uint64_t store_generation(struct store *s);

/* ---- batches ---- */
struct batch_info {
	const char *file;        /* name as given, without folders */
	struct digest digest;    /* of the raw bytes; may be set just before the commit */
	uint64_t bytes;
	const char *preset, *source, *options, *tz;
	int64_t export_date;     /* wtime or WEND_NONE: the newest date known of the export itself */
	uint32_t kinds;
	bool snapshot;           /* a list of the present state (subscriptions) */
	int64_t head;            /* live batch whose whole file this one begins with: only what stands behind is added; 0 = none */
	bool refused;            /* only kept for `store batches --refused` */
	const char *reason;
	const char *rejects;     /* absolute path of the file its rejected rows went to; NULL = none */
};
struct batch_counts {
	uint64_t records, used, rejected, ignored;  /* records = used + rejected + ignored (source rows) */
	uint64_t added, updated, duplicates;        /* used = added + updated + duplicates (source rows) */
	uint64_t matched;                           /* records that found a customer known before this batch */
	uint64_t matched_by[SPACE_GUEST + 1];
	uint64_t customers, customers_new, guests, orders, items; /* guests are no customers here */
	int64_t first, last;                        /* wtime of the records' own times */
};
struct batch;
enum wend_err batch_begin(struct batch **out, struct store *s, const struct batch_info *info, struct err *err);
/* Add `n` records; all views may be reused afterwards. */
enum wend_err store_add(struct batch *b, const struct record *r, size_t n, struct err *err);
/* Of a batch with a head, before its end: false when what stands behind the head speaks anew
 * of a record that the head's file holds. What the file says of it, and at which place, only
 * the whole file tells: abort, and read it whole. */
enum wend_err batch_stands(struct batch *b, const struct batch_info *info, bool *stands, struct err *err);
/* The caller fills records, rejected and ignored; the store fills the rest and asserts
 * conservation. Returns the batch number. */
enum wend_err batch_commit(struct batch *b, const struct batch_info *info, struct batch_counts *c, int64_t *number, struct err *err);
void batch_abort(struct batch *b);
/* Counts as they would be (dry run), then abort. */
enum wend_err batch_preview(struct batch *b, struct batch_counts *c, struct err *err);

/* Was this file seen? Exactly (returns its live batch), or as the beginning of this one. */
struct seen_file {
	int64_t batch;
	uint64_t bytes;
	struct digest digest;
	struct batch_counts counts;
	char preset[64];
	bool whole;                /* nothing of it was forgotten: a file may go on from it */
};
size_t store_seen(struct store *s, struct seen_file *out, size_t cap); /* live batches with a digest, newest first */
enum wend_err store_record_refusal(struct store *s, const struct batch_info *info, struct err *err);

/* ---- taking back, tidying, forgetting (records.md 3) ---- */
struct undo_counts {
	uint64_t gone, passed;      /* source rows: held by this batch alone; held equal by a later one, which has them now */
	int64_t heir;               /* the batch that continues this one's file and took all of it; 0 = none */
	char file[256];
};
/* Take back one live batch's word; WEND_E_INPUT when there is no such batch, it was undone
 * before, or `compact` has dropped versions it would need. At once at any size, unless
 * other batches leaned on its records. */
enum wend_err store_undo(struct store *s, int64_t batch, struct undo_counts *out, struct err *err);
struct compact_counts {
	uint64_t runs_before, runs_after, rows, dropped; /* dropped: rows of undone batches and forgotten versions */
	int64_t bytes_before, bytes_after;
};
/* All runs of a kind become one, in one transaction; undone batches leave the file.
 * forget_before > 0: versions that lost to another one, both from batches below it, go;
 * these batches can no longer be undone. */
enum wend_err store_compact(struct store *s, int64_t forget_before, struct compact_counts *out, struct err *err);

/* ---- erasing (records.md 3) ---- */
struct erase_counts {
	uint64_t customers, keys;            /* who was asked for, and all keys they are known by */
	uint64_t records[KIND_COUNT];        /* of all versions, also of undone batches */
	uint64_t references;                 /* what versions say of each other, and whom others were referred by */
	uint64_t batches, words;             /* batches that held something; words nobody else uses */
	uint64_t reject_rows, reject_files;  /* rows taken out of files of rejected rows */
	int64_t bytes_before, bytes_after;   /* of the store's file */
	uint64_t left;                       /* places where something of them still stands; `said` names them */
	bool clean;                          /* nothing waits to be cleaned out of the file any more */
	struct str said;                     /* a line each: what is left and why */
};
void erase_counts_release(struct erase_counts *c);
/* Take these customers out: all their keys, also those only undone batches joined to them,
 * all records in all versions, what the store kept of them in any byte of its files, and
 * their rows in files of rejected rows. A mark of each key, made with the secret, keeps
 * them from coming back. One transaction; the file is cleaned behind it, and what that
 * could not finish is finished by the next call, also one with n = 0. Something that is
 * left is no error: `left` counts it. WEND_E_STORE when there is no secret and none can be
 * made, and nothing is done. */
enum wend_err store_erase(struct store *s, const uint32_t *customers, size_t n, struct erase_counts *out, struct err *err);
/* The same counts, and nothing changed. */
enum wend_err store_erase_preview(struct store *s, const uint32_t *customers, size_t n, struct erase_counts *out, struct err *err);
/* A visitor id that several customers used one after the other: it names none of them. */
bool store_key_shared(struct store *s, struct sv key);
/* Was the customer erased whom somebody calls by this key? false also without a secret. */
bool store_erased(struct store *s, struct sv key);
/* Of somebody erased before, by keys as they were typed: what was left then, in settings
 * and in files of rejected rows, goes or is named again. */
enum wend_err store_erase_rest(struct store *s, const struct sv *key, size_t n, struct erase_counts *out, struct err *err);
/* Once before a file is read: who must not come back. `any` tells whether there is anybody;
 * WEND_E_STORE when there is, and the secret is not at hand. */
enum wend_err store_bans(struct store *s, bool *any, struct err *err);
/* Does one of a record's keys belong to somebody erased? `time` is the record's own, and
 * decides for a visitor of several; WEND_NONE: it has none. */
bool store_banned(const struct store *s, const struct person_key *key, int n, int64_t time);
/* Do keys alone, whatever the time? */
bool store_banned_keys(const struct store *s, const struct person_key *key, int n);
/* Does a text, as people write keys, call somebody erased? (referred_by of another record) */
bool store_banned_text(const struct store *s, struct sv key);

/* ---- reading ---- */

struct fields {
	uint64_t w[2];
};
static inline void fields_add(struct fields *s, enum field f) { s->w[f >> 6] |= 1ull << (f & 63); }
static inline bool fields_has(const struct fields *s, enum field f) { return s->w[f >> 6] >> (f & 63) & 1; }

/* One customer's live records, column by column. Arrays of fields that were not asked
 * for are NULL. Valid until the next call on the cursor. */
struct rows {
	uint32_t customer;           /* internal number; never printed, sorted by or seeded with */
	size_t n;
	const uint8_t *kind;
	const int64_t *time;         /* wtime, ascending as stored seconds */
	const int64_t *f[F_COUNT];   /* WEND_NONE = missing; WORD: code; TEXT: handle for rows_text */
	const uint32_t *batch;       /* NULL unless asked for */
	const uint32_t *source_rows; /* per record, rows of the file folded into it (C_ROWS); NULL = one each */
	const int64_t *line;         /* first physical line in the file; NULL unless asked for */
	const uint32_t *item_from;   /* n + 1 offsets into item columns, when items were asked for */
	const int64_t *item_f[4];    /* product, category (codes), quantity, amount */
	const uint32_t *attr_from;   /* n + 1 offsets, when attributes were asked for */
	const int64_t *attr_name;    /* word codes */
	const int64_t *attr_value;   /* handles for rows_text */
	const char *text;            /* pool behind handles: offset << 24 | length */
	bool guest;
};
static inline struct sv rows_text(const struct rows *r, int64_t handle)
{
	if (handle == WEND_NONE)
		return SV_NONE;
	return sv_n(r->text + (handle >> 24), (size_t)(handle & 0xffffff));
}
struct cursor_spec {
	uint32_t kinds;              /* KIND_BITs */
	struct fields fields;
	bool items, attrs, batches, lines;
	bool nobody;                 /* include records without a person (spend) as customer 0 */
	int64_t from, to;            /* stored seconds, half-open: blocks outside are skipped, rows outside are still returned */
	int part, parts;             /* this thread's share; a cut never parts a customer */
	uint32_t only;               /* this customer alone; 0 = all */
};
struct cursor;
enum wend_err cursor_open(struct cursor **out, struct store *s, const struct cursor_spec *spec, struct err *err);
/* false at the end or on error (err->code tells). `out` is one struct for the whole pass. */
bool cursor_next(struct cursor *c, struct rows *out, struct err *err);
void cursor_close(struct cursor *c);
/* Generation of the snapshot this cursor reads. Threads whose cursors differ close them
 * all, call store_refresh and begin again. */
uint64_t cursor_generation(const struct cursor *c);
/* Forget people, words and settings, so that they are read anew. No cursor may be open. */
enum wend_err store_refresh(struct store *s, struct err *err);
/* Live source rows by kind, for --explain. */
enum wend_err store_row_counts(struct store *s, int64_t rows[KIND_COUNT], struct err *err);

/* ---- people and words ---- */
struct sv store_word(const struct store *s, int64_t code);      /* text of a code; lives as long as the store */
int64_t store_word_code(const struct store *s, struct sv text); /* -1 = no such word */
int64_t store_words(const struct store *s);                     /* codes are 0 .. this - 1 */
/* The printed key of a customer (records.md 2); "" for a guest. Thread-safe after store_people. */
struct sv store_customer(const struct store *s, uint32_t customer);
bool store_is_guest(const struct store *s, uint32_t customer);
/* Any key of a customer -> number; false = unknown. Text as a user types it: id, mail, phone, "space:id". */
bool store_find(struct store *s, struct sv key, uint32_t *customer);
/* All keys of a customer, for `customer show`. */
enum wend_err store_keys(struct store *s, uint32_t customer, struct person_key **out, size_t *n, struct arena *a, struct err *err);
/* Load people and words and resolve identity links; called by cursor_open, idempotent. */
enum wend_err store_people(struct store *s, struct err *err);
uint32_t store_people_count(const struct store *s); /* numbers are 1 .. this */

/* ---- corrections by hand ---- */
/* The persons two keys belong to are one person; a key joins nothing, as a crowded one
 * does. Each is a batch of its own, undone like any other. *batch = 0: it was so before,
 * nothing is written. WEND_E_USAGE when nobody has the key. */
enum wend_err store_join(struct store *s, struct sv a, struct sv b, int64_t *batch, struct err *err);
enum wend_err store_part(struct store *s, struct sv key, int64_t *batch, struct err *err);
struct correction {
	int64_t batch;
	bool part;
	struct sv a, b;  /* keys as printed; equal for a part */
};
/* Live corrections that concern a customer, also keys parted from it. */
enum wend_err store_corrections(struct store *s, uint32_t customer, struct correction **out, size_t *n, struct arena *a, struct err *err);

/* ---- the secret (secret.c) ---- */
/* The key of pseudonyms and of the marks erased people leave: the digest of WEND_KEY, else
 * of the line in STORE.key, a file of mode 0600 beside the store; it is made when missing
 * if `make`. WEND_E_STORE when there is none, or others can read it. */
enum wend_err store_secret(struct store *s, bool make, unsigned char key[32], struct err *err);
/* Path of that file; "" for a store in memory. */
void store_secret_path(const struct store *s, struct str *out);
/* Keyed digest of an identity key; other purposes ("mask", "erase") give unrelated ones. */
void store_keyed_hash(const unsigned char key[32], const char *purpose, enum key_space space, struct sv product, struct sv value, unsigned char out[32]);

/* ---- small tables ---- */
/* Settings: section.name = value; see design 8. store_setting returns SV_NONE when unset. */
struct sv store_setting(struct store *s, const char *section, const char *name);
/* section NULL: `name` is typed by a person ("revenue", "company.margin"). Empty value: unset. */
enum wend_err store_set(struct store *s, const char *section, const char *name, const char *value, const char *why, struct err *err);
/* The file is the whole of the settings; what is not in it is no longer set. */
enum wend_err store_set_file(struct store *s, const char *path, struct err *err);
/* The settings as such a file, with when and whence each came. */
void store_settings_text(struct store *s, struct str *out);
/* A first such file from what the store holds, with the evidence as comments. */
enum wend_err store_settings_suggest(struct store *s, struct str *out, struct err *err);
/* Every setting in file order: calls fn until it returns false. */
void store_each_setting(struct store *s, bool (*fn)(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence), void *ctx);
/* Zone kept by the first ingest; "" when none. */
struct sv store_zone(struct store *s);
struct coverage {
	struct sv source;      /* preset or profile or file family */
	enum kind kind;
	int32_t first, last;   /* days */
	int32_t day_n;         /* days with at least one row */
	int64_t rows;
};
/* Instant at which the newest live batch was ingested; WEND_NONE when there is none. */
int64_t store_last_ingest(struct store *s);
enum wend_err store_coverage(struct store *s, struct coverage **out, size_t *n, struct arena *a, struct err *err);
/* Its days with rows, ascending; the caller frees them. */
struct coverage_day {
	int32_t day;
	int64_t rows;
};
enum wend_err store_coverage_days(struct store *s, const struct coverage *c, struct coverage_day **out, size_t *n, struct err *err);
/* Live batches in order of their sources; `kinds` are those a batch may hold. Setting
 * choices.orders names the sources whose orders are revenue, apart by commas. Without it
 * batch_commit refuses a batch (WEND_E_INPUT) whose orders tell of another source's sales. */
struct batch_source {
	int64_t batch;
	struct sv source;
	uint32_t kinds;
};
enum wend_err store_batch_sources(struct store *s, struct batch_source **out, size_t *n, struct arena *a, struct err *err);
/* Name of the file a batch came from. */
struct sv store_batch_file(struct store *s, int64_t batch, struct arena *a);
/* Does any block of the store have a value of this field? true also for one that is hidden
 * or was undone. */
bool store_has_field(struct store *s, enum field f);
/* Tables for the `store` command. All fill `t`. */
enum wend_err store_table_info(struct store *s, struct report *r, struct err *err);
enum wend_err store_table_coverage(struct store *s, struct report *r, struct err *err);
enum wend_err store_table_batches(struct store *s, bool refused, struct report *r, struct err *err);
/* Rows: check, status (ok, note, bad), detail. Bad anywhere: returns WEND_E_STORE after filling. */
enum wend_err store_table_check(struct store *s, struct report *r, struct err *err);
/* A person's own SQL on a read-only, defensive connection with virtual tables `event`,
 * `customer`, `item`; WEND_E_USAGE on an SQL error. */
enum wend_err store_table_query(struct store *s, const char *sql, struct report *r, struct err *err);
enum wend_err store_backup(struct store *s, const char *to, struct err *err);

#endif
