#include "wend/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>

static void die(size_t bytes)
{
	(void)bytes;
	abort();
}

void (*mem_exhausted)(size_t bytes) = die;

static void *checked(void *p, size_t n)
{
	if (!p) {
		mem_exhausted(n);
		abort(); /* the handler must not return */
	}
	return p;
}

void *xmalloc(size_t n)
{
	return checked(malloc(n ? n : 1), n);
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1), n);
}

void *span_array(void *v, size_t *n, int32_t *base, int32_t k, size_t size)
{
	const int32_t room = 64;
	if (!v) {
		*base = k - room / 2;
		*n = (size_t)room;
		return xcalloc(*n, size);
	}
	const int32_t end = *base + (int32_t)*n;
	if (k >= *base && k < end)
		return v;
	const int32_t lo = k < *base ? k - (int32_t)*n / 2 : *base, hi = k >= end ? k + (int32_t)*n / 2 + 1 : end;
	char *wider = xcalloc((size_t)(hi - lo), size);
	memcpy(wider + (size_t)(*base - lo) * size, v, *n * size);
	free(v);
	*n = (size_t)(hi - lo);
	*base = lo;
	return wider;
}

void *xrealloc(void *p, size_t n)
{
	return checked(realloc(p, n ? n : 1), n);
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return checked(NULL, SIZE_MAX);
	return xrealloc(p, bytes);
}

char *xstrndup(const char *s, size_t n)
{
	char *p = xmalloc(n + 1);

	if (n)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(16) char data[];
};

#define BLOCK_MIN ((size_t)16 * 1024)
#define BLOCK_MAX ((size_t)1024 * 1024)

/* Blocks double up to a bound; a large request gets a block of its own behind the head,
 * so that the rest of the head is not wasted. */
static void *arena_grow(struct arena *a, size_t n)
{
	struct arena_block *h = a->head, *b;
	size_t size = h ? h->size * 2 : BLOCK_MIN;
	bool alone;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	alone = h && n > size / 4;
	if (alone || n > size)
		size = n;
	if (size > SIZE_MAX - sizeof *b)
		return checked(NULL, n);
	b = xmalloc(sizeof *b + size);
	b->size = size;
	b->used = n;
	if (alone) {
		b->next = h->next;
		h->next = b;
	} else {
		b->next = h;
		a->head = b;
	}
	return b->data;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;
	void *p;

	if (n > SIZE_MAX - 15)
		return checked(NULL, n);
	n = (n + 15) & ~(size_t)15;
	a->bytes += n;
	if (!b || b->size - b->used < n)
		return arena_grow(a, n);
	p = b->data + b->used;
	b->used += n;
	return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (n)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->head;

	a->bytes = 0;
	if (!keep)
		return;
	a->head = keep->next;
	keep->next = NULL;
	arena_release(a);
	a->head = keep;
	/* A giant block is not kept: a reset per batch would hold its memory for ever. */
	if (keep->size > BLOCK_MAX) {
		arena_release(a);
		return;
	}
	keep->used = 0;
}

void arena_release(struct arena *a)
{
	struct arena_block *b = a->head;

	while (b) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
	a->head = NULL;
	a->bytes = 0;
}
