/* room: ingest (internal)
 * What is known of one file while it goes into the store, from the first look at its bytes to
 * the last row (ingestfile.c).
 */
#ifndef WEND_INGEST_JOB_H
#define WEND_INGEST_JOB_H

#include "opening.h"

struct job {
	struct store *store;
	const char *path;
	const struct ingest_options *o;
	struct ingest_result *res;
	struct err *err;
	struct preset_set set;
	struct preset *own;          /* named, or made from the command line */
	const struct preset *preset;
	struct csv *csv;
	struct csv_options grammar;
	struct opening opening;
	struct recognised found;
	bool recognised;
	struct sheet *sheet;
	struct plan plan;
	bool planned;
	struct builder b;
	bool building;
	struct rejects rejects;
	struct batch *batch;
	struct seen_file *seen;
	size_t nseen;
	struct digest digest;
	uint64_t bytes;
	bool digested;
	uint64_t tail_from;          /* bytes known already */
	int64_t head;                /* the batch that holds them */
	uint64_t header_line;
	char *rejects_path, *source, *options;
	char *rejects_kept;          /* the same, absolute, as the batch remembers it */
	bool bans;                   /* somebody was erased */
	const char *ignored[16];
	uint64_t ignored_n[16];
	int nignored;
};

/* What a file is called where it is told of. */
const char *job_name(const struct job *j);
/* Is the file in the store already, with the same meaning? Else j->tail_from says how many of
 * its first bytes are, and j->head in which batch (seenfile.c). */
enum wend_err job_look_up(struct job *j, bool *known);
/* The same for a stream, whose digest is known when it has been read. */
bool job_same_file(struct job *j);
/* Which preset reads it: the one named, one made from the command line, or the one that fits
 * its header; j->opening holds its first records (recognise.c). */
enum wend_err job_recognise(struct job *j);
/* A file without a header: what stood in the way of one, if anything did. */
enum wend_err job_no_record(struct job *j, struct sheet *s);

#endif
