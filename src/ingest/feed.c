/* Reading and storing beside each other: the rows of a large file are cut by a thread of
 * its own, which copies them into blocks; those go through one queue to whoever makes
 * records of them, and come back through another. The rows are the same, in the same
 * order, and a fault of the reader comes behind the rows before it. */
#include "engine.h"

#include <pthread.h>

#include "wend/mem.h"

enum {
	ROWS_ALONE = 4096,       /* rows of a file that is not worth a thread */
	BLOCK_ROWS = 512,
	BLOCK_BYTES = 256 << 10, /* a block of long rows ends here */
	BLOCKS = 4
};

struct fed {
	struct sheet_row row;
	struct sheet_note note;
	enum sheet_verdict verdict;
};
struct block {
	struct fed row[BLOCK_ROWS];
	size_t n, nfield, bytes;
	struct csv_field *field;  /* of its rows, one row's behind the other's */
	struct pool text;
	enum wend_err failed;     /* behind the rows */
	struct err err;
	uint64_t done, total;
};
struct feed {
	struct sheet *sheet;
	const struct csv *csv;
	size_t ncol;
	uint64_t alone;
	bool running;
	pthread_t thread;
	struct queue *full, *empty;
	struct block *block;      /* all of them */
	struct block *at;         /* the one being handed out, from `next` */
	size_t next;
};

struct feed *feed_new(struct sheet *s, const struct csv *c)
{
	struct feed *f = xcalloc(1, sizeof *f);
	f->sheet = s;
	f->csv = c;
	f->ncol = sheet_columns(s);
	f->alone = par_cpus() < 2 ? UINT64_MAX : ROWS_ALONE;
	return f;
}

/* ---- the reading thread ---- */

static void copy_fields(struct block *b, struct fed *to, const struct sheet_row *row, size_t ncol)
{
	struct csv_field *f = b->field + b->nfield;
	const char *kept = to->row.raw.p;
	for (size_t i = 0; i < ncol; i++) {
		const struct csv_field *from = &row->f[i];
		size_t at = (size_t)((uintptr_t)from->p - (uintptr_t)row->raw.p);
		f[i].n = from->n;
		f[i].quoted = from->quoted;
		/* What was rewritten while it was read lies elsewhere. */
		f[i].p = at <= row->raw.n && from->n <= row->raw.n - at ? kept + at : pool_copy(&b->text, sv_n(from->p, from->n)).p;
	}
	to->row.f = f;
	b->nfield += ncol;
}

/* False: nothing comes behind this row. */
static bool read_row(struct feed *f, struct block *b)
{
	struct fed *to = &b->row[b->n];
	struct sheet_row row;
	b->failed = sheet_next(f->sheet, &to->verdict, &row, &to->note, &b->err);
	if (b->failed)
		return false;
	b->n++;
	if (to->verdict == SHEET_END)
		return false;
	to->row.line = row.line;
	to->row.byte = row.byte;
	to->row.ordinal = row.ordinal;
	to->row.f = NULL;
	to->row.raw = pool_copy(&b->text, row.raw);
	b->bytes += row.raw.n;
	if (to->verdict == SHEET_ROW)
		copy_fields(b, to, &row, f->ncol);
	else if (to->note.reason)
		to->note.reason = pool_copy(&b->text, sv_n(to->note.reason, strlen(to->note.reason) + 1)).p;
	return true;
}

static void *read_rows(void *arg)
{
	struct feed *f = arg;
	struct block *b;
	bool more = true;
	while (more && (b = queue_get(f->empty))) {
		b->n = b->nfield = b->bytes = 0;
		pool_reset(&b->text);
		while (more && b->n < BLOCK_ROWS && b->bytes < BLOCK_BYTES)
			more = read_row(f, b);
		csv_progress(f->csv, &b->done, &b->total);
		if (!queue_put(f->full, b))
			break;
	}
	return NULL;
}

/* ---- the other side ---- */

static void start(struct feed *f)
{
	f->block = xcalloc(BLOCKS, sizeof *f->block);
	f->full = queue_new(BLOCKS);
	f->empty = queue_new(BLOCKS);
	for (size_t i = 0; i < BLOCKS; i++) {
		f->block[i].field = xcalloc(BLOCK_ROWS * f->ncol + 1, sizeof *f->block[i].field);
		f->block[i].err = (struct err)ERR_INIT;
		queue_put(f->empty, &f->block[i]);
	}
	f->running = !pthread_create(&f->thread, NULL, read_rows, f);
	if (!f->running)
		f->alone = UINT64_MAX;
}

static enum wend_err failure(const struct block *b, struct err *err)
{
	if (err)
		*err = b->err;
	return b->failed;
}

enum wend_err feed_next(struct feed *f, enum sheet_verdict *v, struct sheet_row *row, struct sheet_note *note, struct err *err)
{
	if (!f->running && f->alone) {
		f->alone--;
		return sheet_next(f->sheet, v, row, note, err);
	}
	if (!f->running)
		start(f);
	if (!f->running)
		return sheet_next(f->sheet, v, row, note, err);
	if (f->at && f->next == f->at->n) {
		if (f->at->failed)
			return failure(f->at, err);
		queue_put(f->empty, f->at);
		f->at = NULL;
	}
	if (!f->at) {
		f->at = queue_get(f->full);
		f->next = 0;
		if (!f->at->n)
			return failure(f->at, err);
	}
	const struct fed *from = &f->at->row[f->next++];
	*v = from->verdict;
	*row = from->row;
	if (from->verdict != SHEET_ROW)
		*note = from->note;
	return WEND_OK;
}

void feed_progress(const struct feed *f, uint64_t *done, uint64_t *total)
{
	if (!f->running) {
		csv_progress(f->csv, done, total);
		return;
	}
	*done = f->at ? f->at->done : 0;
	*total = f->at ? f->at->total : 0;
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	if (f->running) {
		queue_close(f->empty);
		queue_close(f->full);
		pthread_join(f->thread, NULL);
	}
	queue_free(f->full);
	queue_free(f->empty);
	for (size_t i = 0; f->block && i < BLOCKS; i++) {
		free(f->block[i].field);
		pool_release(&f->block[i].text);
	}
	free(f->block);
	free(f);
}
