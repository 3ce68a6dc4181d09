/* room: out (internal)
 * From a printed table to a figure: what its columns hold (plottypes.c), which kind of
 * picture they ask for (plotguess.c), the figure's own columns (plotdata.c, plottable.c).
 */
#ifndef WEND_OUT_PLOTTABLE_H
#define WEND_OUT_PLOTTABLE_H

#include "wend/out.h"

/* Columns of text as numbers, shares, days, times or words. Names live in `texts`. */
void typed_table(struct table *out, const struct table *texts);

/* Three figures that mean something for people, whatever a file spells. */
int decimals_for(double most);

/* The part each column plays; -1 = none does. */
enum { MOST_Y = 64 };
struct roles {
	enum fig_kind kind;
	int x, group, lo, hi, n, size, flag;
	int y[MOST_Y];
	int ny;
	bool bins;            /* a histogram of the values of y */
	bool bridge;          /* one row's columns, from start to end, are the steps of a waterfall */
	const char *of_unit;  /* rows of a summary: those with this unit */
};
/* Fill what the user did not say. False: the table has nothing that can be drawn. */
bool guess_roles(struct roles *r, const struct table *t);
/* The limits of column y by the names of columns: lo, hi behind it, or y_lo, y_hi. */
void limits_of(const struct table *t, int y, int *lo, int *hi);
/* Columns of f->data as the kind in `r` has them; a line with groups becomes a band. */
enum wend_err data_of(struct figure *f, const struct table *t, struct roles *r, struct err *err);
/* Rows that are not drawn: a period that is not over, another unit. */
bool left_out(const struct table *t, const struct roles *r, size_t row);
double number_at(const struct table *t, size_t r, int c); /* NaN when empty */
bool is_number(const struct table *t, int c);
bool is_ratio(struct sv name);
int column_named(const struct table *t, const char *name);

#endif
