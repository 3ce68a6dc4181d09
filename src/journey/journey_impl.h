/* room: journey (internal) */
#ifndef WEND_JOURNEY_IMPL_H
#define WEND_JOURNEY_IMPL_H

#include "wend/walk.h"

enum {
	EARLY_DAYS = 7,         /* a source that ends so long before the as-of day ends early */
	HANDOVER_DAYS = 31      /* another one that takes over begins so long before its end, at most */
};

/* Of a record: WEND_NONE when the field was not filled or not asked for. */
static inline int64_t value(const struct rows *r, enum field f, size_t i)
{
	return r->f[f] ? r->f[f][i] : WEND_NONE;
}

/* Words that decide what a record is on the way; -1 = the store does not hold the word. */
enum told_by {
	WORD_FAILED, WORD_DISPUTED, WORD_PAID, WORD_REFUNDED, WORD_PRAISE, WORD_COMPLAINT,
	WORD_TOLD_COUNT
};
/* [names] rules as a map from word code to step code; codes from STEP_RENAMED on are
 * names no word of the store spells. */
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
/* ---- making steps (steps.c, derived.c) ---- */
static inline void step_push(struct step_buf *b, int64_t at, uint32_t name, size_t record, bool day)
{
	GROW(b->v, b->cap, b->n + 1);
	b->v[b->n++] = (struct step){ .at = at, .name = name, .record = (uint32_t)record & 0x7fffffffu, .day = day };
}
/* At a stamp, if it lies within what is seen. */
static inline void step_push_at(struct step_buf *b, const struct journey *j, size_t i, enum fixed_step s, int64_t w)
{
	if (w == WEND_NONE)
		return;
	const int64_t at = wtime_instant(w, j->pop->zone);
	if (at < j->pop->as_of_end && at >= j->pop->from && at < j->pop->to)
		step_push(b, at, STEP_FIXED | s, i, wtime_is_day(w));
}
/* The moment a day or a stamp that something was due is over. */
int64_t due_end(int64_t due, const struct zone *z);
/* Stable, by time. */
void sort_steps(struct step *v, size_t n);
/* What a word reads as after the rules. */
struct sv names_text(const struct names *t, const struct store *s, int64_t word);

/* ---- revenue of a record (revenue.c) ---- */
/* An order of a source that was not chosen. */
static inline bool not_chosen(const struct revenue *v, const struct rows *r, size_t i)
{
	return v->counts && r->kind[i] == KIND_ORDERS && r->batch && ((int64_t)r->batch[i] >= v->ncounts || !v->counts[r->batch[i]]);
}
/* Given back in columns of the sale, as far as it is known. */
static inline int64_t given_back(const struct revenue *v, const struct rows *r, size_t i)
{
	const int64_t back = value(r, F_REFUNDED, i), when = back == WEND_NONE ? WEND_NONE : value(r, F_REFUND_TIME, i);
	if (back == WEND_NONE || (when != WEND_NONE && wtime_secs(when) >= v->until))
		return 0;
	return back < 0 ? -back : back;
}
/* revenue_of as if `as` were the source. */
static inline int64_t revenue_as(const struct revenue *v, enum kind as, const struct rows *r, size_t i)
{
	const int64_t amount = value(r, F_AMOUNT, i);
	if (r->kind[i] != as || amount == WEND_NONE || value(r, F_COUNTED, i) == 0 || not_chosen(v, r, i))
		return WEND_NONE;
	const bool refund_row = value(r, F_REFUND_OF, i) != WEND_NONE;
	if (as == KIND_PAYMENTS) {
		const int64_t status = value(r, F_STATUS, i);
		if (status == v->failed || status == v->pending || value(r, F_DISPUTE, i) == v->lost)
			return WEND_NONE;
		if (status == v->refunded && !refund_row && amount > 0 && value(r, F_REFUNDED, i) == WEND_NONE)
			return 0;
	}
	if (refund_row)
		return amount > 0 ? -amount : amount;
	return amount - given_back(v, r, i);
}

/* ---- contracts one by one (paid.c) ---- */
struct paid {
	int64_t from, to;   /* instants; `to` INT64_MAX = open */
	int64_t cancelled;  /* INT64_MAX = not known */
	int64_t mrr;        /* minor units a month; 0 where `unpriced` */
	bool by_payment, unpriced;
};
struct paid_buf {
	struct paid *v;
	size_t n, cap;
	int trials, trials_lost, bad, unpaid;
	struct trial *trial; /* those that are over */
	size_t ntrial, trial_cap;
};
/* Of a journey, by their starts. The caller frees v and trial. */
void paid_of(struct paid_buf *b, const struct journey *j);
void paid_fields(struct fold *f);

/* Kinds a filter reads. */
uint32_t filter_kinds(const struct filter *f);

#endif
