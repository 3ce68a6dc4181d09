/* One history: its plan, and what became of it. */
#ifndef WEND_TEST_STORY_H
#define WEND_TEST_STORY_H

#include <time.h>

#include "history.h"

#define ROWS_MAX 192
#define FILES_MAX 40
enum act {
	ACT_NEW, ACT_CHANGED, ACT_OVERLAPPING, ACT_GROWN, ACT_SAME, ACT_SHUFFLED,
	ACT_GIVEN_UP,    /* a file is read and thrown away */
	ACT_UNDO, ACT_COMPACT, ACT_FORGET, ACT_ERASE,
	ACT_COUNT
};
struct step {
	enum act act;
	uint64_t seed;
	bool skip;             /* while it is cut down */
	bool drop[ROWS_MAX];
};
struct plot {
	uint64_t seed;
	bool files;            /* real files through ingest, not records into the store */
	struct step *step;
	size_t n;
	clock_t patience;      /* cutting down ends there */
	bool at_end;           /* compare behind the last step only */
};
struct tally {
	uint64_t histories, steps, acts[ACT_COUNT], refused, records, customers, checks;
};
struct outcome {
	char *failure;         /* NULL = model and store agree to the end */
	size_t steps;
	struct tally tally;
};
void plot_make(struct plot *p, uint64_t seed, bool files);
void plot_release(struct plot *p);
void story_run(const struct plot *p, struct outcome *out, bool tell);
void outcome_release(struct outcome *o);
void tally_add(struct tally *to, const struct tally *t);
void tally_print(const struct tally *t);

#endif
