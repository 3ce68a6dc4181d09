/* room: model (internal)
 * One column while its cells come in: codes of different texts until there are too many,
 * then numbers, or nothing.
 */
#ifndef WEND_CASECOLUMN_H
#define WEND_CASECOLUMN_H

#include "wend/cases.h"

struct case_text {
	struct sv text;
	double value;              /* NaN: no number */
	bool blank_word;           /* NA, NaN, N/A, null */
	int64_t rows;
};
struct case_filling {
	enum { FILL_CODES, FILL_NUMBERS, FILL_NOTHING } state;
	struct case_text *text;    /* different texts, in order of appearance */
	size_t n, cap, words;      /* words: neither number nor blank word */
	uint16_t *slot;            /* hash table of 2 * CASES_LEVELS: index + 1 */
	uint16_t *code;
	double *number;
	size_t code_cap, number_cap;
	int64_t missing, bad;
	struct arena own;          /* of texts: columns are filled beside each other */
	struct arena *arena;       /* of levels, in the end */
};
void case_filling_init(struct case_filling *f, struct arena *a);
void case_filling_add(struct case_filling *f, size_t row, struct sv cell);
/* Moves what is there into `out` for the first n rows. */
void case_filling_end(struct case_column *out, struct case_filling *f, size_t n);
void case_filling_release(struct case_filling *f);
/* Outlives the filling. */
struct case_level case_level_of(const struct case_text *t, struct arena *a);

#endif
