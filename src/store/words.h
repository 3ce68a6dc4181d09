/* room: store (internal)
 * Interned words: texts of low cardinality with dense codes from 0.
 */
#ifndef WEND_STORE_WORDS_H
#define WEND_STORE_WORDS_H

#include "store/format.h"
#include "wend/mem.h"

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
