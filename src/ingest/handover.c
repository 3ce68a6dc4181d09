/* Reading and storing beside each other. Full groups go through a queue to a thread that
 * adds them to the batch, in the order in which they were given; emptied ones come back
 * through another. A small file is stored without a thread.
 *
 * When a group is refused, rows behind it have been read already: what was counted and
 * rejected by then is not what one thread alone would tell. Such files are few, and are
 * read again `alone`. */
#include "engine.h"

#include <pthread.h>

#include "wend/mem.h"

enum { ALONE = 16 }; /* groups stored before a thread is worth it */

struct handover {
	struct batch *batch;
	bool alone, running;
	uint32_t given;
	pthread_t thread;
	struct queue *full, *empty;
	struct group spare[GROUPS - 1];
	/* of the thread; `err` is for others once it has ended */
	_Atomic int failed;
	struct err err;
};

void group_init(struct group *g)
{
	*g = (struct group){ 0 };
	g->rec = xcalloc(GROUP_RECORDS, sizeof *g->rec);
	g->slot_section = xcalloc(GROUP_RECORDS, sizeof *g->slot_section);
	g->from_item = xcalloc(GROUP_RECORDS + 1, sizeof *g->from_item);
	g->from_attr = xcalloc(GROUP_RECORDS + 1, sizeof *g->from_attr);
}

void group_release(struct group *g)
{
	free(g->rec);
	free(g->slot_section);
	free(g->from_item);
	free(g->from_attr);
	free(g->item);
	free(g->attr);
	pool_release(&g->pool);
	*g = (struct group){ 0 };
}

static void group_empty(struct group *g)
{
	g->n = g->nitem = g->nattr = 0;
	pool_reset(&g->pool);
}

/* The arrays have stopped moving: records may point into them. */
static enum wend_err group_store(struct handover *h, struct group *g, struct err *err)
{
	enum wend_err e;
	g->from_item[g->n] = (uint32_t)g->nitem;
	g->from_attr[g->n] = (uint32_t)g->nattr;
	for (size_t i = 0; i < g->n; i++) {
		struct record *r = &g->rec[i];
		r->nitems = g->from_item[i + 1] - g->from_item[i];
		r->item = r->nitems ? g->item + g->from_item[i] : NULL;
		r->nattrs = g->from_attr[i + 1] - g->from_attr[i];
		r->attr = r->nattrs ? g->attr + g->from_attr[i] : NULL;
	}
	e = store_add(h->batch, g->rec, g->n, err);
	group_empty(g);
	return e;
}

static void *store_groups(void *arg)
{
	struct handover *h = arg;
	struct group *g;
	while ((g = queue_get(h->full))) {
		if (h->failed)
			group_empty(g);
		else
			h->failed = (int)group_store(h, g, &h->err);
		queue_put(h->empty, g);
	}
	return NULL;
}

struct handover *handover_new(struct batch *batch, bool alone)
{
	struct handover *h = xcalloc(1, sizeof *h);
	h->batch = batch;
	h->alone = alone || par_cpus() < 2;
	return h;
}

static void start(struct handover *h)
{
	h->full = queue_new(GROUPS);
	h->empty = queue_new(GROUPS);
	for (size_t i = 0; i < GROUPS - 1; i++) {
		group_init(&h->spare[i]);
		queue_put(h->empty, &h->spare[i]);
	}
	h->running = !pthread_create(&h->thread, NULL, store_groups, h);
	h->alone = !h->running;
}

enum wend_err handover_give(struct handover *h, struct group *g, struct err *err)
{
	if (!h->alone && !h->running && h->given++ == ALONE)
		start(h);
	if (!h->running)
		return group_store(h, g, err);
	if (h->failed)
		return handover_end(h, err);
	/* The queue carries the place, its contents change hands. */
	struct group *place = queue_get(h->empty), was = *place;
	*place = *g;
	*g = was;
	queue_put(h->full, place);
	return WEND_OK;
}

enum wend_err handover_end(struct handover *h, struct err *err)
{
	if (h->running) {
		queue_close(h->full);
		pthread_join(h->thread, NULL);
		h->running = false;
		h->alone = true;
	}
	if (h->failed && err)
		*err = h->err;
	return (enum wend_err)h->failed;
}

bool handover_read_on(const struct handover *h)
{
	return h->failed != 0;
}

void handover_free(struct handover *h)
{
	if (!h)
		return;
	handover_end(h, NULL);
	queue_free(h->full);
	queue_free(h->empty);
	for (size_t i = 0; i < GROUPS - 1; i++)
		group_release(&h->spare[i]);
	free(h);
}
