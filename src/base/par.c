#include "wend/par.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>

#include "wend/mem.h"

int par_cpus(void)
{
	cpu_set_t set;
	int n = 0;

	/* What this process may use, which in a container is less than what there is. */
	if (!sched_getaffinity(0, sizeof set, &set))
		n = CPU_COUNT(&set);
	return n > 64 ? 64 : n > 0 ? n : 1;
}

struct task {
	void (*fn)(void *ctx, int i);
	void *ctx;
	int i;
	pthread_t thread;
	bool started;
};

static void *task_run(void *arg)
{
	struct task *t = arg;

	t->fn(t->ctx, t->i);
	return NULL;
}

void par_each(int n, void (*fn)(void *ctx, int i), void *ctx)
{
	struct task t[64];

	assert(n <= 64);
	for (int i = 1; i < n; i++) {
		t[i] = (struct task){ fn, ctx, i, 0, false };
		t[i].started = !pthread_create(&t[i].thread, NULL, task_run, &t[i]);
	}
	if (n > 0)
		fn(ctx, 0);
	/* No thread to be had: the work is done here, only later. */
	for (int i = 1; i < n; i++) {
		if (t[i].started)
			pthread_join(t[i].thread, NULL);
		else
			fn(ctx, i);
	}
}

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty, not_full;
	void **item;
	size_t cap, head, n;
	bool closed;
};

struct queue *queue_new(size_t cap)
{
	struct queue *q = xcalloc(1, sizeof *q);

	assert(cap > 0);
	q->item = xreallocarray(NULL, cap, sizeof *q->item);
	q->cap = cap;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->not_empty, NULL);
	pthread_cond_init(&q->not_full, NULL);
	return q;
}

bool queue_put(struct queue *q, void *item)
{
	bool open;

	pthread_mutex_lock(&q->lock);
	while (q->n == q->cap && !q->closed)
		pthread_cond_wait(&q->not_full, &q->lock);
	open = !q->closed;
	if (open) {
		q->item[(q->head + q->n++) % q->cap] = item;
		pthread_cond_signal(&q->not_empty);
	}
	pthread_mutex_unlock(&q->lock);
	return open;
}

void *queue_get(struct queue *q)
{
	void *item = NULL;

	pthread_mutex_lock(&q->lock);
	while (q->n == 0 && !q->closed)
		pthread_cond_wait(&q->not_empty, &q->lock);
	if (q->n > 0) {
		item = q->item[q->head];
		q->head = (q->head + 1) % q->cap;
		q->n--;
		pthread_cond_signal(&q->not_full);
	}
	pthread_mutex_unlock(&q->lock);
	return item;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->not_empty);
	pthread_cond_broadcast(&q->not_full);
	pthread_mutex_unlock(&q->lock);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->not_empty);
	pthread_cond_destroy(&q->not_full);
	free(q->item);
	free(q);
}
