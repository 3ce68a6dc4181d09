/* room: ingest (internal)
 * The first records of a file, and what they say it is.
 */
#ifndef WEND_INGEST_OPENING_H
#define WEND_INGEST_OPENING_H

#include "engine.h"

void opening_release(struct opening *o);
/* Read the first records; the reader must stand at its start. */
enum wend_err opening_read(struct opening *o, struct csv *c, struct err *err);
struct recognised {
	struct preset_score best, second;
	bool tie;
};
/* Best preset of the set over all first records; sets o->header. */
void opening_recognise(struct opening *o, const struct preset_set *set, struct recognised *r);
/* The record whose cells are the columns of `s`. */
void opening_header_of(struct opening *o, const struct sheet *s, const struct preset *p);

/* handmap.c */
/* A preset out of --as, --map, --const, --keep for a file with these columns. */
enum wend_err hand_preset(struct preset **out, const struct ingest_options *io, const struct sv *col, size_t n, struct err *err);
/* The same options on top of a preset. */
enum wend_err hand_override(struct preset *p, const struct ingest_options *io, struct err *err);
/* "--as orders --map customer=customer_id,time=date,amount=amount --currency CODE", a guess to be checked by a person. */
void hand_proposal(struct str *out, const struct sv *col, size_t n);

/* ingestopts.c; both are the caller's to free */
char *options_text(const struct ingest_options *o);
char *file_family(const char *name);

/* balance.c */
struct balance {
	const struct builder *b;
	const struct plan *p;
	struct csv *c;
	const struct sheet *s;
	const struct recognised *r;  /* NULL: by hand */
	const struct batch_counts *counts;
	const struct rejects *rejects;
	const char *store;
	int64_t batch;
	bool dry_run, verbose;
	uint64_t tail_from;
	const char *ignored[16];
	uint64_t ignored_n[16];
	int nignored;
};
void balance_text(struct str *out, const struct balance *b);
void balance_explain(struct str *out, const struct balance *b);

#endif
