/* room: journey (internal) */
#ifndef WEND_JOURNEY_IMPL_H
#define WEND_JOURNEY_IMPL_H

#include "wend/journey.h"

enum {
	EARLY_DAYS = 7,         /* a source that ends so long before the as-of day ends early */
	HANDOVER_DAYS = 31      /* another one that takes over begins so long before its end, at most */
};

/* Words that decide what a record is on the way; -1 = the store does not hold the word. */
enum told_by {
	WORD_FAILED, WORD_DISPUTED, WORD_PAID, WORD_REFUNDED, WORD_PRAISE, WORD_COMPLAINT,
	WORD_TOLD_COUNT
};
/* [names] rules as a map from word code to step code; codes from STEP_RENAMED on are
 * names no word of the store spells. */
#define STEP_RENAMED 0x40000000u
struct names {
	const uint32_t *map;    /* NULL when there are no rules */
	uint32_t n;
	const struct sv *extra;
	uint32_t nextra;
	int64_t told[WORD_TOLD_COUNT];
};
static inline uint32_t names_code(const struct names *t, int64_t word)
{
	return t->map && word >= 0 && word < (int64_t)t->n ? t->map[word] : (uint32_t)word;
}
/* What a word reads as after the rules. */
struct sv names_text(const struct names *t, const struct store *s, int64_t word);

/* revenue_of as if `as` were the source. */
int64_t revenue_as(const struct revenue *r, enum kind as, const struct rows *rows, size_t i);

/* Kinds a filter reads. */
uint32_t filter_kinds(const struct filter *f);

#endif
