/* room: base
 * Memory for small things that must succeed; a failure calls the handler that the
 * program installed (default: abort), which never returns. A size that comes from
 * input is bounded by its caller before it reaches these.
 */
#ifndef WEND_MEM_H
#define WEND_MEM_H

#include <stddef.h>
#include <string.h>

extern void (*mem_exhausted)(size_t bytes); /* must not return */

void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
/* An array of `n` elements of `size` whose first has index *base, made wider on either side so
 * that it has index k; what is new is zero. NULL: none yet. Returns where it is now. */
void *span_array(void *v, size_t *n, int32_t *base, int32_t k, size_t size);
void *xrealloc(void *p, size_t n) __attribute__((returns_nonnull));
/* n * size with overflow check. */
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));

/* Grow array `p` of capacity `cap` so that it holds at least `need` elements. */
#define GROW(p, cap, need) \
	do { \
		if ((size_t)(need) > (size_t)(cap)) { \
			size_t grow_to = (size_t)(cap) * 2 > (size_t)(need) ? (size_t)(cap) * 2 : (size_t)(need); \
			if (grow_to < 16) grow_to = 16; \
			(p) = xreallocarray((p), grow_to, sizeof *(p)); \
			(cap) = grow_to; \
		} \
	} while (0)

/* Put the `k` elements at `from` behind the first `n` of array `p` of capacity `cap`; `n` stays
 * as it is, since several arrays may share it. */
#define APPEND(p, cap, n, from, k) \
	do { \
		GROW(p, cap, (n) + (k)); \
		if (k) /* memcpy takes no NULL, and of nothing there may be none */ \
			memcpy((p) + (n), (from), (k) * sizeof *(p)); \
	} while (0)

/* `at` (size_t) becomes the first index of 0 .. n-1 for which `below`, an expression of the
 * index `mid`, is false; n when there is none. It must be true up to there and false after. */
#define LOWER_BOUND(at, n, below) \
	do { \
		size_t upper_bound = (n); \
		(at) = 0; \
		while ((at) < upper_bound) { \
			const size_t mid = (at) + (upper_bound - (at)) / 2; \
			if (below) \
				(at) = mid + 1; \
			else \
				upper_bound = mid; \
		} \
	} while (0)

/* An arena: many small blocks that live and die together. */
struct arena_block;
struct arena {
	struct arena_block *head;
	size_t bytes; /* handed out since the last reset */
};
#define ARENA_INIT { NULL, 0 }
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull)); /* 16-byte aligned, not zeroed */
void *arena_zalloc(struct arena *a, size_t n) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *a, const char *s) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), returns_nonnull));
void arena_reset(struct arena *a);   /* forget the contents, keep one block for reuse */
void arena_release(struct arena *a);

#endif
