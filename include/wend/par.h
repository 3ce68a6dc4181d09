/* room: base
 * Threads, files that appear whole or not at all, and signals.
 */
#ifndef WEND_PAR_H
#define WEND_PAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include "err.h"
#include "str.h"

int par_cpus(void);
/* Run fn(ctx, i) for i in 0..n-1, each on its own thread (n <= 64); returns when all have. */
void par_each(int n, void (*fn)(void *ctx, int i), void *ctx);

/* A bounded queue of pointers between two threads. put blocks when full, get when empty;
 * get returns NULL once closed and drained; put returns false once closed. */
struct queue;
struct queue *queue_new(size_t cap);
bool queue_put(struct queue *q, void *item);
void *queue_get(struct queue *q);
void queue_close(struct queue *q);
void queue_free(struct queue *q);

/* Write to a temporary file (0600) in the same folder, fsync, rename over `path`.
 * file_abort removes it; so does a signal (par_signals). "-" is standard output. */
struct outfile {
	FILE *f;
	char *path, *tmp;
};
enum wend_err outfile_open(struct outfile *o, const char *path, struct err *err);
enum wend_err outfile_commit(struct outfile *o, struct err *err);
void outfile_abort(struct outfile *o);

/* A folder that appears whole or not at all: fill `tmp` (0700, beside `path`) with files and
 * folders of files, then commit, which renames it to `path`: an empty folder or nothing, or
 * with `replace` a folder whose content then goes. One at a time; abort and signals remove
 * what was written. */
struct outdir {
	char *path, *tmp;
};
enum wend_err outdir_open(struct outdir *d, const char *path, struct err *err);
enum wend_err outdir_commit(struct outdir *d, bool replace, struct err *err);
void outdir_abort(struct outdir *d);

/* A private folder for scratch files, removed at exit and on signals. */
enum wend_err scratch_dir(struct str *path, struct err *err);
/* Whole file into memory; `limit` bytes at most. Regular files and "-" only. */
enum wend_err file_slurp(struct str *out, const char *path, size_t limit, struct err *err);

/* Up to n bytes from `at` (-1: from where the file stands), fewer only at its end; -1: errno
 * says. What the kernel interrupts or cuts short is gone on with. */
ssize_t file_read(int fd, void *p, size_t n, off_t at);
/* A file that goes when the program ends in the middle: `path` stays as it is until
 * temp_drop is given the same pointer. false: too many. */
bool temp_add(char *path);
void temp_drop(const char *path);
/* Remove every temporary file and the scratch folder, now. For ends without exit handlers:
 * a signal, memory that ran out. System calls and the stack only. */
void temps_discard(void);
/* Install handlers that remove temporary files, then die by the same signal. */
void par_signals(void);

#endif
