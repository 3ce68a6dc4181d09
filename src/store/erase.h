/* room: store (internal)
 * Erasing customers: what the files of it (erase*.c) and the marks against their return
 * (ban.c) share.
 *
 *   who      numbers of the customers, by live links and by undone ones
 *   rows     their rows leave every run, of every type, whosever batch it is
 *   people   their keys, hashes, ids in key blocks and links
 *   words    texts in `name` that nobody else's rows use
 *   places   settings, reasons of refused files, files of rejected rows
 *   bytes    the file is cleaned and searched
 *
 * Everything up to the files of rejected rows is one transaction. Those are rewritten just
 * before its commit: a row of them that is lost with a failing commit was to be lost.
 */
#ifndef WEND_STORE_ERASE_H
#define WEND_STORE_ERASE_H

#include "store/keys.h"
#include "store/owners.h"
#include "wend/hash.h"

/* ---- ban.c ---- */
#define BAN_BYTES 40
struct bans;
/* With the store's secret, without the marks; WEND_E_STORE when it is missing or another
 * one than that of the marks in the store. */
enum wend_err bans_keyed(struct store *s, bool make, struct bans **out, struct err *err);
/* From now on the marks are of this secret. */
enum wend_err bans_claim(struct store *s, const struct bans *b, struct err *err);
/* The mark of a key; with a time, of this moment of it alone. */
void ban_of(const struct bans *b, enum key_space space, struct sv product, struct sv value, const int64_t *time, unsigned char out[BAN_BYTES]);
/* Are the marks still those that store_bans read? */
enum wend_err bans_unchanged(struct store *s, struct err *err);

/* ---- marks of numbers while erasing ---- */
enum {
	GONE = 1,     /* all rows */
	BY_TIME = 2,  /* a visitor's rows while it belonged to one of the customers */
	OWNER = 4,    /* stands for one of the customers */
	HELD = 8,     /* a key that stays was linked to its customer: the place keeps its space and
	               * links, so that who that key joins does not change for the others */
	MAYBE = 16    /* joined by undone batches */
};
struct erase_batch {
	int64_t id, added, changed, equal; /* source rows that go */
	struct zone_cache zone;
	bool live, hand, touched;          /* hand: a correction, links and nothing else */
};
struct erase_day {
	int64_t batch, n;
	int32_t day;
	uint8_t kind;
};
struct erase_place {
	int64_t block;
	uint32_t row;
};
struct moment {
	uint32_t number;
	int64_t time;
};
/* Texts that must not be found any more, in small ASCII letters. */
enum term_kind { TERM_KEY, TERM_NAME, TERM_TEXT };
struct term {
	struct sv text;
	enum term_kind kind;
	uint64_t hits;      /* in the store's file */
	bool explained;     /* other people's data say the same */
	bool tel;
};
struct terms {
	struct term *v;
	size_t n, cap;
	struct arena arena;
	uint64_t *slot;     /* hash of those there */
	size_t slots;
};
void terms_add(struct terms *t, struct sv text, enum term_kind kind, bool tel);
void terms_release(struct terms *t);
void fold_ascii(char *to, const char *from, size_t n);
/* A number of few digits, which as well may be an amount, a year, an order. */
bool term_plain(const struct term *t);
/* Does the term, found as a word of its own in another's text, tell of this person? A first
 * name or a short remark does not. */
bool term_tells(const struct term *t);
/* Is a text, not folded, one of the keys as people write them? */
bool terms_key(const struct terms *t, struct sv text);
/* Does a text, folded, say the term as a word of its own? `whole` off: anywhere in it. */
bool term_in(const struct term *t, const char *p, size_t n, bool whole);

struct erasing {
	struct store *s;
	struct people *p;
	struct bans *bans;         /* NULL in a preview without a secret */
	struct erase_counts *c;
	uint8_t *mark;             /* by number */
	uint32_t n;                /* numbers are 1 .. n */
	uint32_t *number;          /* GONE or BY_TIME, ascending */
	size_t nnumber, number_cap;
	bool by_time;
	struct erase_batch *batch; /* by id */
	size_t nbatch, batch_cap;
	struct erase_day *day;
	size_t nday, day_cap;
	struct moment *moment;
	size_t nmoment, moment_cap;
	uint64_t *gone_id;         /* hashes of the ids of all rows that go, of live batches and others */
	size_t ngone_id, gone_id_cap;
	struct erase_place *idle;  /* marks that have nothing to hide any more */
	size_t nidle;
	uint64_t *dead_id;         /* hashes of the ids of BY_TIME rows, see id_hash */
	size_t ndead, dead_cap;
	bool *dead_seen;
	uint8_t *word;             /* by code: rows that go use it */
	size_t nword, words_left;
	struct terms terms;
};
enum wend_err erase_who(struct erasing *x, const uint32_t *customers, size_t n, struct err *err);
enum wend_err erase_keys(struct erasing *x, struct err *err);      /* terms and marks of all keys */
enum wend_err erase_rows(struct erasing *x, struct err *err);
enum wend_err erase_counts_put(struct erasing *x, struct err *err); /* batch and coverage */
enum wend_err erase_ids(struct erasing *x, struct err *err);
enum wend_err erase_links(struct erasing *x, struct err *err);
enum wend_err erase_persons(struct erasing *x, struct err *err);
enum wend_err erase_moments(struct erasing *x, struct err *err);
enum wend_err erase_words(struct erasing *x, struct err *err);
enum wend_err erase_places(struct erasing *x, bool preview, struct err *err);
enum wend_err erase_scrub(struct store *s, struct erase_counts *c, struct err *err);
enum wend_err erase_search(struct store *s, struct terms *t, struct erase_counts *c, struct err *err);
void erase_said(struct erase_counts *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The numbers that go and lie between two. */
bool erase_between(const struct erasing *x, int64_t lo, int64_t hi);
static inline bool erase_row_goes(const struct erasing *x, int64_t number, int64_t time)
{
	uint8_t m = number > 0 && number <= (int64_t)x->n ? x->mark[number] : 0;

	return (m & GONE) || ((m & BY_TIME) && (x->mark[people_owner(x->p, (uint32_t)number, time)] & OWNER));
}
struct erase_batch *erase_batch_of(struct erasing *x, int64_t id);
static inline uint64_t id_hash(int64_t run, int64_t customer, struct sv id)
{
	return hash64(id.p, id.n) ^ hash_mix((uint64_t)run << 32 ^ (uint64_t)customer);
}
/* Reading all link pairs: fn for each row of `link`, decoded; it may change them. */
struct link_row {
	int64_t id, batch;
	bool live, hand;
	size_t n;
	int64_t *v[3];   /* a, b, at */
};
typedef enum wend_err link_fn(struct erasing *x, struct link_row *l, struct err *err);
enum wend_err links_each(struct erasing *x, link_fn *fn, struct err *err);
/* A list of block heads, and the writer that reads their columns. */
struct erase_head {
	int64_t id, run, batch;
	uint32_t lo, hi, n;
	uint8_t type, kind;
	bool gone;                 /* nothing of it is left */
};
enum wend_err erase_heads(struct store *s, struct erase_head **out, size_t *n, struct err *err);
enum wend_err erase_writer(struct store *s, struct writer *w, struct err *err);

/* erase_marks.c: marks of other customers that have nothing to hide when the rows are gone. */
void erase_note_id(struct erasing *x, struct stored *b, uint8_t kind, uint32_t j);
enum wend_err erase_idle_marks(struct erasing *x, struct writer *w, const struct erase_head *h, size_t n, struct err *err);
bool erase_is_idle(const struct erasing *x, int64_t block, uint32_t row);

/* ---- owners.c ---- */
/* As store_people, but undone batches link as well; the caller frees it with people_free. */
enum wend_err people_with_undone(struct store *s, struct people **out, struct err *err);

#endif
