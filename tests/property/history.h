/* Random histories: what they are made of, and the naive model they are held against.
 *
 * A world is a small set of people and records in several versions. A file is a list of
 * sayings about it, a history a list of steps: files ingested, undone, compacted, people
 * erased. The model knows nothing of the store: it keeps the files that remain and reads
 * all of them anew after every step.
 */
#ifndef WEND_TEST_HISTORY_H
#define WEND_TEST_HISTORY_H

#include "wend/mem.h"
#include "wend/record.h"
#include "wend/store.h"

/* ---- dice ---- */
struct dice {
	uint64_t s;
};
uint32_t dice_below(struct dice *d, uint32_t n);       /* 0 .. n - 1 */
static inline bool dice_one_in(struct dice *d, uint32_t n) { return dice_below(d, n) == 0; }
uint64_t mixed(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* ---- the world ---- */
/* One row of a file, by what it is about: everything else follows from these numbers. */
struct saying {
	uint8_t kind;
	int16_t id;          /* -1 = a record without one; then `version` chooses its content */
	int16_t version;
	int16_t line;        /* of an order whose lines are rows of their own; -1 = the whole record */
};
struct world {
	uint64_t seed;
	struct arena arena;
	uint32_t people, ids, contents, days;
	bool mail, product, tel, visitor, inbox; /* keys beside the ids mapped by hand */
	bool stamps;         /* some files say when a record was last changed */
	bool wrong;          /* now and then a record carries another person's key */
	bool plain;          /* only what a file mapped by hand can say (plainfiles.c) */
};
struct file {
	char name[24];
	struct digest digest;
	int64_t export_date; /* wtime or WEND_NONE */
	bool stamped;
	bool lines;          /* orders as lines; files only */
	bool dated;          /* the export's date is given, not read from its records */
	uint8_t kind;        /* files of one kind */
	struct saying *say;
	size_t n, cap;
	uint64_t seed;
	/* what the model keeps once it is ingested */
	struct record *rec;  /* n of them */
	bool *gone;          /* erased, or refused because of a ban */
	bool *erased;        /* by erasing: its keys are still linked, without a name */
	bool *forgotten;     /* a version that can never be seen again */
	int64_t batch;       /* 0 = not ingested */
	bool live, purged;   /* undone, and gone from the store's file */
};
void world_init(struct world *w, uint64_t seed, bool plain);
void world_release(struct world *w);
/* The record a saying stands for; texts live in the world's arena. */
void world_record(struct world *w, const struct file *f, size_t i, struct record *out);
void file_make(struct world *w, struct file *f);       /* fills rec, gone, forgotten */
void file_release(struct file *f);
/* Files by themselves, and from one that came before. */
void file_new(struct world *w, struct dice *d, struct file *out, const char *name);
enum sequel { SEQUEL_CHANGED, SEQUEL_OVERLAPPING, SEQUEL_GROWN, SEQUEL_SAME, SEQUEL_SHUFFLED, SEQUEL_COUNT };
void file_sequel(struct world *w, struct dice *d, const struct file *from, enum sequel how, struct file *out, const char *name);

/* ---- who is one customer (whois.c) ---- */
struct whois;
struct bans;
/* Barred keys name nobody. `undone`: as if the undone files whose rows still lie in the store were there, too. */
struct whois *whois_of(const struct file *f, size_t n, const struct bans *b, bool undone);
size_t whois_keys(const struct whois *id);
const struct person_key *whois_key(const struct whois *id, size_t i);
/* Its customer, whatever the time; -1 = a visitor of several. */
int whois_set(const struct whois *id, size_t i);
void whois_free(struct whois *id);
/* Before a customer is erased: visitors it met in the same second as another. */
void whois_part(const struct whois *id, int owner, struct bans *b);
/* Number of the customer a record of this strongest key at this time belongs to, -1 = the
 * key is unknown; its printed key. */
int whois_owner(const struct whois *id, const struct person_key *key, int64_t time);
const char *whois_name(const struct whois *id, int owner);
bool whois_same_key(const struct person_key *a, const struct person_key *b);
void key_text_of(struct str *out, const struct person_key *k);

/* ---- the model (model.c) ---- */
/* Who must not come back: keys, and what visitors several customers used were at moments
 * that are gone. */
struct ban {
	struct person_key key;
	bool moment;         /* else at any time */
	int64_t time;        /* WEND_NONE: of records without one */
};
/* A word that was erased had replaced another customer's: that does not come back while
 * the file of the erased word is there, nor, where it was read later, the other's. */
struct late {
	struct record r;     /* what was replaced */
	const struct file *f, *of;
	int64_t updated;
};
/* Whom several met in one second: who was erased gives way. Seconds. */
struct parting {
	struct person_key key, visitor;
	int64_t at, to;
};
struct bans {
	struct parting *parting;
	size_t nparting, parting_cap;
	struct ban *v;
	size_t n, cap;
	struct late *late;
	size_t nlate, late_cap;
};
struct state {
	struct str text;              /* a block a customer, blocks in order */
	int64_t rows[KIND_COUNT];     /* source rows that are seen */
	char **customer;              /* printed keys of those that have a record, in order */
	size_t ncustomer;
	int64_t records;
};
/* What is seen once these files were ingested, in the order of their batch numbers. */
void model_state(struct state *out, const struct file *f, size_t n, const struct bans *b);
void state_release(struct state *s);
void model_erase(struct bans *b, struct file *f, size_t n, const char *customer);
/* Is there a record, of any version, under this key? */
bool model_names(const struct file *f, size_t n, const struct person_key *key);
/* By row of a file: is its record another customer's in the end, whose is then what it says
 * of it? Has the record its time, or is that forgotten? */
void model_says(const struct file *f, bool *others, bool *word, bool (*goes)(const struct record *r, void *ctx), void *ctx);
void model_late(struct bans *b, struct file *f, size_t n, bool (*goes)(const struct record *r, void *ctx), void *ctx);
void model_ban(const struct bans *b, struct file *f);  /* rows of a new file that are refused */
/* Is the key barred at any time? */
bool bans_key(const struct bans *b, const struct person_key *key);
void bans_release(struct bans *b);
/* `compact --forget-before`: versions that lost to another of the batches below go. */
void model_forget(struct file *f, size_t n, int64_t before);
/* One record as a line: kind, time, fields, items, attributes, source rows. */
void record_line(struct str *out, const struct record *r, uint32_t rows);
/* Blocks of lines in order; takes the strings. */
void state_blocks(struct state *out, char **block, size_t n);

/* ---- real files (plainfiles.c) ---- */
uint8_t plain_kind(uint64_t seed);
uint32_t plain_lines(const struct world *w, const struct saying *s);
void plain_record(struct world *w, const struct file *f, const struct saying *s, struct record *r, struct dice *d);
void file_text(struct str *out, const struct file *f);
/* 0 = refused, and why. `already`: the same file is there, nothing was done. */
int64_t files_ingest(struct store *s, const char *dir, struct file *f, bool *already, struct err *err);

/* ---- the store (drive.c) ---- */
void store_state(struct state *out, struct store *s, int parts, uint32_t only);
/* Records straight into the store, in small runs; 0 = refused, and why. */
int64_t drive_ingest(struct store *s, struct dice *d, const struct file *f, struct batch_counts *counts, struct err *err);
void drive_give_up(struct store *s, struct dice *d, const struct file *f);

#endif
