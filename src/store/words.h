/* room: store (internal)
 * Interned words: texts of low cardinality with dense codes from 0.
 */
#ifndef WEND_STORE_WORDS_H
#define WEND_STORE_WORDS_H

#include "store/format.h"
#include "wend/mem.h"

/* memcmp without the call, for the short texts that keys and words are. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
	uint64_t x, y;
	if (n >= 8) {
		for (size_t i = 0; i + 8 < n; i += 8) {
			memcpy(&x, a + i, 8);
			memcpy(&y, b + i, 8);
			if (x != y)
				return false;
		}
		memcpy(&x, a + n - 8, 8);
		memcpy(&y, b + n - 8, 8);
		return x == y;
	}
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

struct word_set {
	struct sv *v;        /* by code; the texts never move */
	size_t n, cap;
	uint64_t *slot;      /* hash tag << 32 | code + 1 */
	size_t slots;
	struct arena arena;
};
int64_t word_set_find(const struct word_set *w, struct sv text, uint64_t hash); /* -1 = not there */
uint32_t word_set_add(struct word_set *w, struct sv text, uint64_t hash);       /* code, made when new */
void word_set_truncate(struct word_set *w, size_t n);                          /* forget codes n and above */
void word_set_release(struct word_set *w);

/* The words of a store; words_load reads what is new in `name` and is cheap when nothing is. */
struct words {
	struct word_set set;
};
enum wend_err words_load(struct store *s, sqlite3 *db, struct err *err);

#endif
