/* One file: its events in the order of time, written as its product does, with the rows
 * that are to be rejected put between them. */
#include "simcells.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wend/mem.h"

enum { FLUSH_AT = 1 << 20 };

struct sink {
	int fd;
	enum letters letters;
	const char *path;
	char *wide;          /* converted bytes */
	uint64_t bytes;
	int failed;
};

static void write_bytes(struct sink *k, const char *p, size_t n)
{
	k->bytes += n;
	while (n && !k->failed) {
		ssize_t w = write(k->fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			k->failed = w ? errno : ENOSPC;
			return;
		}
		p += w;
		n -= (size_t)w;
	}
}

/* UTF-16LE, or windows-1252 for what it has; our texts hold nothing else. */
static size_t convert(char *to, struct sv text, enum letters letters)
{
	size_t n = 0;
	for (int cp; (cp = utf8_next(&text)) >= 0;) {
		to[n++] = (char)(letters == LETTERS_1252 && cp == 0x20ac ? 0x80 : cp & 0xff);
		if (letters == LETTERS_UTF16)
			to[n++] = (char)(cp >> 8 & 0xff);
	}
	return n;
}

static void flush(struct sink *k, struct cells *c)
{
	if (k->letters == LETTERS_UTF8 || k->letters == LETTERS_BOM) {
		write_bytes(k, c->base, c->n);
	} else {
		k->wide = xrealloc(k->wide, c->n * 2 + 1);
		write_bytes(k, k->wide, convert(k->wide, sv_n(c->base, c->n), k->letters));
	}
	c->n = 0;
}

/* ---- damaged rows ---- */

struct damages {
	uint64_t *at;  /* behind which event, ascending */
	size_t n, next;
	unsigned form, forms;
};

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Fewer than one in a hundred, or wend would refuse the file. */
static void plan_damages(struct damages *d, const struct file_job *j, const struct sim *s, const struct family_def *f, uint64_t events)
{
	struct rng r;
	*d = (struct damages){ 0 };
	while (d->forms < 5 && f->damage[d->forms].code)
		d->forms++;
	rng_init(&r, s->seed, (uint64_t)j->family * 1000 + (uint64_t)(j->month + 1), S_DAMAGE);
	double want = (double)events * s->p[P_DAMAGED];
	size_t n = (size_t)(want + rng_unit(&r)), most = (size_t)((double)events * 0.009);
	if (!d->forms || s->p[P_DAMAGED] <= 0)
		return;
	d->n = n < most ? n : most;
	d->at = xcalloc(d->n + 1, sizeof *d->at);
	for (size_t i = 0; i < d->n; i++)
		d->at[i] = (rng_next(&r) >> 11) % events;
	qsort(d->at, d->n, sizeof *d->at, by_number);
	d->form = rng_upto(&r, d->forms);
}

static void put_damaged(struct cells *c, struct file_job *j, const struct sim *s, const struct family_def *f, struct damages *d, const struct event *e, uint32_t exported)
{
	const struct damage_def *how = &f->damage[(d->form + d->next) % d->forms];
	uint64_t line = c->lines + 1;
	c->bad_cell = how->cell;
	c->bad_text = how->text;
	c->one_line = true;
	c->rows = c->ignored = 0;
	f->row(c, s, e, 900000000u + j->nreject, exported);
	c->bad_cell = -2;
	c->one_line = false;
	j->reject = xreallocarray(j->reject, j->nreject + 1, sizeof *j->reject);
	j->reject[j->nreject++] = (struct reject_truth){ line, how->code };
	j->rejected++;
	j->records++;
	j->ignored += c->ignored;
	j->records += c->ignored;
	d->next++;
}

/* ---- events ---- */

struct writing {
	struct file_job *j;
	const struct sim *s;
	const struct family_def *f;
	struct cells c, old;   /* old: the same record as the file before told it */
	struct sink k;
	struct memo memo;
	struct damages d;
	uint64_t done;         /* events */
};

static void put_event(struct writing *w, const struct event *e, uint64_t number, uint32_t exported, uint32_t before)
{
	struct cells *c = &w->c;
	struct file_job *j = w->j;
	cells_room(c);
	size_t from = c->n;
	c->rows = c->ignored = 0;
	w->f->row(c, w->s, e, number, exported);
	j->records += c->rows + c->ignored;
	j->ignored += c->ignored;
	if (before) {
		cells_room(&w->old);
		w->old.n = 0;
		w->f->row(&w->old, w->s, e, number, before);
		bool same = w->old.n == c->n - from && !memcmp(w->old.base, c->base + from, w->old.n);
		*(same ? &j->duplicates : &j->updated) += c->rows;
	}
	while (w->d.next < w->d.n && w->d.at[w->d.next] <= w->done) {
		cells_room(c);
		put_damaged(c, j, w->s, w->f, &w->d, e, exported);
	}
	w->done++;
	if (c->n >= FLUSH_AT)
		flush(&w->k, c);
}

static enum wend_err put_bucket(struct writing *w, int month, bool tail, uint32_t exported, uint32_t before, struct err *err)
{
	const struct sim *s = w->s;
	struct event *e;
	size_t n;
	uint64_t number = 1;
	for (int m = 0; m <= month; m++)
		for (int t = 0; t < 2; t++)
			if (m < month || t < tail)
				number += spill_count(s->spill, bucket_of(w->j->family, m, t));
	if (spill_read(s->spill, bucket_of(w->j->family, month, tail), &e, &n, err))
		return err->code;
	for (size_t i = 0; i < n; i++)
		put_event(w, &e[i], number + i, exported, before);
	free(e);
	return WEND_OK;
}

bool file_exists(const struct sim *s, enum family f, int month)
{
	uint64_t before = month ? spill_count(s->spill, bucket_of(f, month - 1, true)) : 0;
	uint64_t own = spill_count(s->spill, bucket_of(f, month, false)), tail = spill_count(s->spill, bucket_of(f, month, true));
	return before + own > 0 || (tail > 0 && month + 1 == s->months);
}

static uint64_t events_of(const struct sim *s, const struct file_job *j)
{
	uint64_t n = 0;
	for (int m = j->month < 0 ? 0 : j->month; m <= (j->month < 0 ? s->months - 1 : j->month); m++)
		n += spill_count(s->spill, bucket_of(j->family, m, false)) + spill_count(s->spill, bucket_of(j->family, m, true));
	if (j->month > 0)
		n += spill_count(s->spill, bucket_of(j->family, j->month - 1, true));
	return n;
}

static enum wend_err put_events(struct writing *w, struct err *err)
{
	const struct sim *s = w->s;
	int m = w->j->month, last = s->months - 1;
	plan_damages(&w->d, w->j, s, w->f, events_of(s, w->j));
	enum wend_err e = WEND_OK;
	if (m < 0) {
		for (m = 0; m <= last && !e; m++) {
			e = put_bucket(w, m, false, s->exported[last], 0, err);
			if (!e)
				e = put_bucket(w, m, true, s->exported[last], 0, err);
		}
		return e;
	}
	if (m)
		e = put_bucket(w, m - 1, true, s->exported[m], file_exists(s, w->j->family, m - 1) ? s->exported[m - 1] : 0, err);
	if (!e)
		e = put_bucket(w, m, false, s->exported[m], 0, err);
	return e ? e : put_bucket(w, m, true, s->exported[m], 0, err);
}

static void cells_for(struct cells *c, const struct sim *s, const struct family_def *f)
{
	*c = (struct cells){ .sep = f->shape == SHAPE_TAB ? '\t' : f->shape == SHAPE_SEMICOLON ? ';' : ',', .decimal = f->shape == SHAPE_SEMICOLON ? ',' : '.',
		.crlf = f->crlf, .bad_cell = -2, .zone = ZONE_CACHE(s->zone), .start = s->start };
	cells_room(c);
}

void file_write(struct file_job *j, const struct sim *s, const char *folder)
{
	const struct family_def *f = &s->co->family[j->family];
	struct writing w = { .j = j, .s = s, .f = f };
	struct str path = STR_INIT;
	str_printf(&path, "%s/%s", folder, j->name);
	w.k = (struct sink){ .fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), .letters = f->letters, .path = path.p };
	if (w.k.fd < 0) {
		j->status = err_set(&j->err, WEND_E_STORE, "cannot write '%s': %s", path.p, strerror(errno));
		str_release(&path);
		return;
	}
	cells_for(&w.c, s, f);
	cells_for(&w.old, s, f);
	w.c.memo = w.old.memo = &w.memo;
	if (f->letters == LETTERS_BOM)
		write_bytes(&w.k, "\xef\xbb\xbf", 3);
	if (f->letters == LETTERS_UTF16)
		write_bytes(&w.k, "\xff\xfe", 2);
	f->head(&w.c, s);
	if (f->all)
		f->all(&w.c, s, j);
	else
		j->status = put_events(&w, &j->err);
	if (f->tail) {
		cells_room(&w.c);
		w.c.rows = w.c.ignored = 0;
		f->tail(&w.c, s);
		j->ignored += w.c.ignored;
		j->records += w.c.ignored;
	}
	flush(&w.k, &w.c);
	if (!w.k.failed && fsync(w.k.fd))
		w.k.failed = errno;
	if (close(w.k.fd) && !w.k.failed)
		w.k.failed = errno;
	if (w.k.failed && !j->status)
		j->status = err_set(&j->err, WEND_E_STORE, "cannot write '%s': %s", path.p, strerror(w.k.failed));
	j->bytes = w.k.bytes;
	j->lines = w.c.lines;
	free(w.c.base);
	free(w.old.base);
	free(w.k.wide);
	free(w.d.at);
	str_release(&path);
}
