/* room: model
 * Cases: a frame with one row a customer (or stretch of one), what happened to them and
 * columns that may explain it. Models of time to an event and of chances read it; no store
 * is needed.
 *
 * A column is numbers or categories, found out from all of its cells: numbers when every text
 * is one (empty cells and NA, NaN, N/A, null aside, which are then missing), else categories,
 * whose levels stand in the order of their bytes whatever the order of rows; the reference is
 * the first. In a column of at least 20 different texts of which 90 % are numbers the others
 * are missing too, and counted as `bad`. More than CASES_LEVELS different texts are no
 * category: CASE_TEXT holds nothing.
 *
 *     struct cases_reader *g = cases_reader_new(&spec);
 *     cases_header(g, names, n, err); cases_row(g, cells, err) ...; cases_finish(&c, g, err);
 *
 * or by hand: point the arrays of a zeroed struct cases at yours and release nothing.
 */
#ifndef WEND_CASES_H
#define WEND_CASES_H

#include <stdbool.h>
#include <stdint.h>
#include "err.h"
#include "table.h"

enum case_kind { CASE_NUMBER, CASE_CATEGORY, CASE_TEXT };
enum { CASES_LEVELS = 4096 };
#define CASE_MISSING UINT16_MAX

struct case_level {
	struct sv name;
	int64_t rows;
};
struct case_column {
	const char *name;
	enum case_kind kind;
	double *number;            /* CASE_NUMBER: NaN = missing */
	uint16_t *code;            /* CASE_CATEGORY: index into level, CASE_MISSING */
	struct case_level *level;
	size_t levels, reference;
	int64_t missing;           /* rows without a value, `bad` ones included */
	int64_t bad;               /* texts in a column of numbers */
};

/* Why a row is not among the cases. */
enum case_out { CASE_NO_TIME, CASE_NO_EVENT, CASE_NEGATIVE, CASE_NO_STRETCH, CASE_NO_WEIGHT, CASE_OUTS };
extern const char *const case_out_name[CASE_OUTS];

struct cases {
	size_t n;
	double *time;              /* >= 0; NULL when the frame has none */
	double *entry;             /* watched since, below time; NULL = since 0 */
	double *weight;            /* > 0: so many rows alike; NULL = 1 */
	uint8_t *event;            /* 1 at `time`; 0 = last seen without it */
	struct case_column *col;
	size_t ncol;
	int64_t rows, out[CASE_OUTS]; /* read = n + left out */
	int64_t events;
	/* How it was read: names of columns, the texts that are events with the others found. */
	const char *time_name, *entry_name, *weight_name, *event_name;
	struct case_level *is_event, *no_event;
	size_t nis, nno;
	struct arena arena;
};
void cases_release(struct cases *c);
const struct case_column *cases_column(const struct cases *c, const char *name); /* NULL: none */

struct cases_spec {
	const char *time;          /* column of times; NULL = the frame has none */
	const char *event;         /* "COL=VALUE[|VALUE...]", or "COL" with 1/0, yes/no, true/false */
	const char *entry, *weight;/* columns; NULL = none */
	const char *const *keep;   /* these columns; NULL with `rest`: all not named above */
	size_t nkeep;
	bool rest;
	int threads;               /* who fills columns while a file is read; 0 = one */
};
/* Several headers: tables that follow each other; a later one has at least the columns of the
 * first that are read. Views are copied. A cell without text is missing (p == NULL or blank). */
struct cases_reader;
struct cases_reader *cases_reader_new(const struct cases_spec *spec);
void cases_reader_free(struct cases_reader *g);
/* A column that is not there: WEND_E_USAGE with those that are. */
enum wend_err cases_header(struct cases_reader *g, const struct sv *name, size_t n, struct err *err);
/* A time, entry or weight that is no number: WEND_E_INPUT with the row. */
enum wend_err cases_row(struct cases_reader *g, const struct sv *cell, struct err *err);
/* `n` rows of `wide` cells each, one behind the other: the same, the columns by `threads`. */
enum wend_err cases_rows(struct cases_reader *g, const struct sv *cell, size_t wide, size_t n, int threads, struct err *err);
/* Frees the reader, also on failure. */
enum wend_err cases_finish(struct cases *out, struct cases_reader *g, struct err *err);
/* The same from tables of text cells. */
enum wend_err cases_read(struct cases *out, const struct table *from, size_t n, const struct cases_spec *spec, struct err *err);

/* Rows by the values of some columns: each combination that occurs is a group, named by its
 * values with ", " between them, in their natural order (numbers by value, then bytes, missing
 * last). A missing value is a group, too: its name has p == NULL when it is the only column. */
struct case_groups {
	size_t n;
	uint16_t *of;              /* per row: its group */
	struct sv *name;
	int64_t *rows;
};
enum { CASE_GROUPS_MAX = 4096 };
/* A column of texts, or more than CASE_GROUPS_MAX groups: WEND_E_USAGE. Names live in the frame. */
enum wend_err cases_group(struct case_groups *out, struct cases *c, const char *const *cols, size_t n, struct err *err);
void case_groups_release(struct case_groups *g);

#endif
