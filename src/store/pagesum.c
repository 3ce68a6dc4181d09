/* XXH3 with the processor's wide registers, where it has them: the same numbers in half
 * the time, and that time is all that checking a page costs. The library is compiled for
 * any processor; its header is the whole algorithm, compiled here a second time.
 */
#include "pages.h"

#include <stddef.h>

#ifdef __x86_64__
#include <immintrin.h>
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define XXH_VECTOR 2 /* XXH_AVX2, which the header itself names too late */
#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t wide(const void *p, size_t n, uint64_t seed) { return XXH3_64bits_withSeed(p, n, seed); }
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

page_hash_fn *page_hash_wide(void) { return __builtin_cpu_supports("avx2") ? wide : NULL; }
#else
page_hash_fn *page_hash_wide(void) { return NULL; }
#endif
