/* room: journey
 * Walks: the steps of one customer as every report of touchpoints reads them, so that what
 * two reports both count is one number. In this order:
 *
 *   steps_of            records become steps, [names] applied
 *   hidden              steps a person wants to look past are dropped
 *   ties                steps of one instant: as the files have them, or by name
 *   facts               what there is is counted, repeats in their three senses
 *   drop_loops          A A B becomes A B
 *   episodes            pieces apart by time, or between a start and an end
 *
 * Several reports share one pass: each is a part with an accumulator of its own.
 */
#ifndef WEND_WALK_H
#define WEND_WALK_H

#include "journey.h"

/* ---- steps chosen by name ---- */

/* Names behind [names], apart by commas; `|` = any of them, quotes as in CSV, `*` any text
 * and `?` one character where no step has that very name. Each piece between commas is one
 * choice, at most 32. */
enum { STEP_CHOICES_MAX = 32 };
struct step_set {
	uint32_t *mask;            /* which choices a step is among, bit i for choice i; by step_index */
	uint32_t words, extra;     /* step codes: words, then names no word spells, then fixed ones */
	uint32_t kinds;            /* KIND_BITs such steps are made of */
	size_t n;
	struct sv text[STEP_CHOICES_MAX]; /* as written, for people */
};
/* Lives in the population's arena. A name no step has: WEND_E_USAGE with the nearest, unless
 * the store is empty. */
enum wend_err step_set_parse(struct step_set *out, const char *option, const char *text, const struct population *p, struct err *err);
#define STEP_RENAMED 0x40000000u
static inline uint32_t step_index(const struct step_set *s, uint32_t code)
{
	return code < s->words ? code : code & STEP_FIXED ? s->words + s->extra + (code & ~STEP_FIXED) : s->words + (code - STEP_RENAMED);
}
static inline uint32_t step_mask(const struct step_set *s, uint32_t code) { return s->mask[step_index(s, code)]; }

/* 90s, 30min, 12h, 30d, 4w: seconds; a bare 0 is 0, "none" is INT64_MAX. */
enum wend_err lapse_parse(int64_t *seconds, const char *option, const char *text, struct err *err);
/* Seconds as people say them: 30 days, 12 hours. */
void lapse_say(struct str *out, int64_t seconds);

/* ---- walks ---- */
enum walk_ties { TIES_FILE, TIES_NAME, TIES_EITHER }; /* EITHER: both orders are one; read by name where one order is needed */
struct walk_options {
	const struct step_set *hidden;             /* NULL = none */
	enum walk_ties ties;
	bool drop_loops;
	int told_by;                               /* enum field whose word a step is told by; 0 = its own name */
	const struct step_set *begin, *end, *through; /* episodes; NULL = no matter */
	int64_t gap_s;                             /* so long without a step ends an episode; 0 = never */
};
struct walk {
	const struct journey *j;
	const struct step *v;
	size_t n;                  /* > 0 */
	const struct walk_options *o;
};
/* Part of a walk: steps from .. to - 1. open: it may still go on: begun but not ended, or
 * less than the gap before the as-of date. */
struct episode {
	size_t from, to;
	bool open;
};
/* The next episode; *e starts as zero. Without any of begin, end, gap it is the whole walk.
 * With `through`, episodes without such a step behind the first and before the last are
 * passed over. */
bool episode_next(struct episode *e, const struct walk *w);

/* Of all walks, before repeats are dropped. Sums. */
struct walk_facts {
	int64_t customers, events, transitions, tied;
	int64_t loops, loop_runs, repeats; /* A>A; runs of repeats; occurrences beyond a customer's first */
	int64_t loop_customers, repeat_customers;
	int64_t longest;           /* most steps of one customer; the extreme, not a sum */
};
struct walk_part {
	size_t acc_size;
	void *acc;                 /* zeroed by walks_run; the caller's to release, after an error too */
	void (*begin)(void *acc, void *ctx);
	void (*customer)(void *acc, const struct walk *w, void *ctx);
	void (*merge)(void *into, void *from, void *ctx); /* releases what `from` holds */
	void *ctx;
};
/* One pass for all parts. `also`: fields, kinds and money they read besides the steps; NULL =
 * nothing. Customers who are selected and known, one with a step at least. */
enum { WALK_PARTS_MAX = 8 };
enum wend_err walks_run(const struct population *p, const struct walk_options *o, uint32_t kinds, const struct fold *also, struct walk_part *part, size_t n,
			struct walk_facts *facts, struct fold_counts *counts, struct err *err);

#endif
