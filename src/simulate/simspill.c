/* Events on their way from the customers to the files: pages of one unlinked scratch file,
 * each page of one bucket. Which page holds what depends on the threads; the order of a
 * bucket does not, because its events are sorted when it is read back. */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "wend/mem.h"

enum { PAGE = 400 }; /* events a page: 8 kB */

struct page {
	uint32_t number, events;
};
struct bucket {
	struct page *page;
	size_t n, cap;
	uint64_t events;
};
struct spill {
	int fd, buckets;
	uint32_t pages;
	struct bucket *bucket;
	pthread_mutex_t lock;
};
struct half {
	struct event e[PAGE];
	uint32_t n;
};
struct spill_writer {
	struct spill *s;
	struct half **half;
	int failed; /* errno */
};

enum wend_err spill_new(struct spill **out, const char *folder, int buckets, struct err *err)
{
	struct str path = STR_INIT;
	str_printf(&path, "%s/.wend-XXXXXX", folder);
	int fd = mkostemp(path.p, O_CLOEXEC);
	if (fd < 0)
		err_set(err, WEND_E_STORE, "cannot write '%s': %s", path.p, strerror(errno));
	else
		unlink(path.p);
	str_release(&path);
	if (fd < 0)
		return WEND_E_STORE;
	struct spill *s = xcalloc(1, sizeof *s);
	s->fd = fd;
	s->buckets = buckets;
	s->bucket = xcalloc((size_t)buckets, sizeof *s->bucket);
	pthread_mutex_init(&s->lock, NULL);
	*out = s;
	return WEND_OK;
}

void spill_free(struct spill *s)
{
	if (!s)
		return;
	for (int b = 0; b < s->buckets; b++)
		free(s->bucket[b].page);
	free(s->bucket);
	close(s->fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct spill_writer *spill_writer_new(struct spill *s)
{
	struct spill_writer *w = xcalloc(1, sizeof *w);
	w->s = s;
	w->half = xcalloc((size_t)s->buckets, sizeof *w->half);
	return w;
}

static int write_all(int fd, const void *p, size_t n, off_t at)
{
	while (n) {
		ssize_t k = pwrite(fd, p, n, at);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k ? errno : ENOSPC;
		p = (const char *)p + k;
		n -= (size_t)k;
		at += k;
	}
	return 0;
}

static void flush(struct spill_writer *w, int b)
{
	struct spill *s = w->s;
	struct half *h = w->half[b];
	pthread_mutex_lock(&s->lock);
	uint32_t number = s->pages++;
	struct bucket *to = &s->bucket[b];
	GROW(to->page, to->cap, to->n + 1);
	to->page[to->n++] = (struct page){ number, h->n };
	to->events += h->n;
	pthread_mutex_unlock(&s->lock);
	int bad = write_all(s->fd, h->e, h->n * sizeof h->e[0], (off_t)number * (off_t)sizeof h->e);
	if (bad && !w->failed)
		w->failed = bad;
	h->n = 0;
}

void spill_add(struct spill_writer *w, int b, const struct event *e)
{
	struct half *h = w->half[b];
	if (!h)
		h = w->half[b] = xcalloc(1, sizeof *h);
	h->e[h->n++] = *e;
	if (h->n == PAGE)
		flush(w, b);
}

enum wend_err spill_writer_end(struct spill_writer *w, struct err *err)
{
	for (int b = 0; b < w->s->buckets; b++) {
		if (w->half[b] && w->half[b]->n)
			flush(w, b);
		free(w->half[b]);
	}
	int failed = w->failed;
	free(w->half);
	free(w);
	return failed ? err_set(err, WEND_E_STORE, "cannot write scratch: %s", strerror(failed)) : WEND_OK;
}

uint64_t spill_count(const struct spill *s, int bucket)
{
	return s->bucket[bucket].events;
}

static int compare(const void *pa, const void *pb)
{
	const struct event *a = pa, *b = pb;
	if (a->t != b->t)
		return a->t < b->t ? -1 : 1;
	if (a->who != b->who)
		return a->who < b->who ? -1 : 1;
	if (a->what != b->what)
		return a->what < b->what ? -1 : 1;
	if (a->k != b->k)
		return a->k < b->k ? -1 : 1;
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return (a->y > b->y) - (a->y < b->y);
}

/* By time in a few thousand drawers first; what is left to compare is short. */
static void sort_events(struct event *e, size_t n)
{
	enum { DRAWERS = 4096 };
	uint32_t lo = UINT32_MAX, hi = 0;
	if (n < DRAWERS) {
		qsort(e, n, sizeof *e, compare);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		lo = e[i].t < lo ? e[i].t : lo;
		hi = e[i].t > hi ? e[i].t : hi;
	}
	uint64_t span = (uint64_t)hi - lo + 1;
	size_t *at = xcalloc(DRAWERS + 1, sizeof *at);
	struct event *out = xmalloc(n * sizeof *out);
	for (size_t i = 0; i < n; i++)
		at[(e[i].t - lo) * (uint64_t)DRAWERS / span + 1]++;
	for (int d = 0; d < DRAWERS; d++)
		at[d + 1] += at[d];
	for (size_t i = 0; i < n; i++)
		out[at[(e[i].t - lo) * (uint64_t)DRAWERS / span]++] = e[i];
	/* at[d] is now where drawer d ends. */
	size_t from = 0;
	for (int d = 0; d < DRAWERS; d++) {
		qsort(out + from, at[d] - from, sizeof *out, compare);
		from = at[d];
	}
	memcpy(e, out, n * sizeof *e);
	free(out);
	free(at);
}

enum wend_err spill_read(const struct spill *s, int bucket, struct event **out, size_t *n, struct err *err)
{
	const struct bucket *b = &s->bucket[bucket];
	struct event *e = xmalloc((size_t)b->events * sizeof *e + 1);
	size_t k = 0;
	for (size_t i = 0; i < b->n; i++) {
		size_t want = b->page[i].events * sizeof *e, got = 0;
		off_t at = (off_t)b->page[i].number * (off_t)(PAGE * sizeof *e);
		while (got < want) {
			ssize_t r = pread(s->fd, (char *)(e + k) + got, want - got, at + (off_t)got);
			if (r < 0 && errno == EINTR)
				continue;
			if (r <= 0) {
				free(e);
				return err_set(err, WEND_E_STORE, "cannot read scratch: %s", r ? strerror(errno) : "it is shorter than it was");
			}
			got += (size_t)r;
		}
		k += b->page[i].events;
	}
	sort_events(e, k);
	*out = e;
	*n = k;
	return WEND_OK;
}
