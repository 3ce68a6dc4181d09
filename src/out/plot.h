/* room: out (internal)
 * From a figure to a picture: one writer of the data file and the gnuplot script, one
 * escaping rule.
 *
 * Text that came from a file is never code. It reaches gnuplot in two ways only: in
 * single quotes through gp_quote (control characters removed, ' replaced), and as the last
 * field of a data line, which no `using` reads. Enhanced text is off in every terminal,
 * nothing stands in double quotes, there is no heredoc and no shell.
 */
#ifndef WEND_OUT_PLOT_H
#define WEND_OUT_PLOT_H

#include "wend/out.h"

enum { TEXT_COLS = 79, TEXT_LINES = 24, MOST_TEXT_LINES = 60 }; /* a picture of characters */
enum { MAX_PLACES = 24 };
enum target { TO_PNG, TO_SVG, TO_PDF, TO_TXT, TO_GP };

/* A script being written: settings, then one plot command with its elements, and the
 * blocks of the data file. */
struct drawing {
	const struct figure *f;
	enum target target;
	int width, height;  /* pixels; kinds with a line a row set the height */
	int beside;         /* cells that names beside the plane take of its width */
	int lines_of_text;  /* TO_TXT: kinds with a line a row set them */
	const char *y_label;
	struct str note;    /* under the picture: who is counted, what bars and bands are */
	double place[MAX_PLACES]; /* of the tics of the x axis */
	int places;
	int legend_lines;
	bool lying;         /* bars lie: their values run along x */
	bool linear;        /* sums and areas mean nothing on a log scale */
	struct str set;     /* settings */
	struct str plot;    /* elements of the plot command */
	struct str data;
	int block;          /* number of the block being written */
	size_t lines;       /* data lines in it */
	struct arena arena;
};

/* Text without control characters and signs that turn the writing direction. */
void harmless(struct str *s, struct sv text);
/* The escaping rule: text as one single-quoted string of at most `cells` cells. */
void gp_quote(struct str *s, struct sv text, int cells);
/* The same for a tic label, which gnuplot would read as a format: % doubled. */
void gp_tic(struct str *s, struct sv text, int cells);
/* The name of a file, exactly; it must hold no control character. */
void gp_path(struct str *s, const char *path);

/* A number of the figure as drawn: money in units, shares in per cent, days and times in
 * seconds; NaN when empty. */
double drawn_value(const struct column *c, const struct cell *v);
/* Distinct texts in order of first appearance (plotwords.c); they must outlive it. */
struct words {
	struct sv *v;
	size_t n, cap;
	size_t *slot, slots;
};
size_t words_add(struct words *w, struct sv text); /* its number, new or not */
void words_release(struct words *w);

/* A column as an axis: numbers, times or categories in order of appearance; `distinct`
 * gives every row a place of its own, whatever its label. */
struct axis {
	bool category, time;
	double *at;          /* per row */
	struct sv *name;     /* per category */
	size_t n;            /* categories */
};
void axis_of(struct axis *a, struct drawing *d, size_t col, bool distinct);
void axis_tics(struct drawing *d, const struct axis *a, char letter);
double axis_gap(const struct axis *a, size_t n);   /* smallest distance of two places; 1 when there is none */
double axis_spread(const struct axis *a, size_t n); /* from the first place to the last */
double round_step(double rough); /* the next 1, 2 or 5 of a decade */
bool are_periods(const struct axis *a); /* 2026-10, 7: their order says what is between two */
/* Do bars stand? Names fit side by side below them, or are periods, which run rightwards. */
bool bars_stand(const struct drawing *d, const struct axis *a);
/* Least and greatest drawn value of columns from..to; INFINITY, -INFINITY when none. */
struct range {
	double lo, hi;
};
struct range range_of(const struct drawing *d, size_t from, size_t to);
/* An axis of values like column `col`'s over `r`, with round numbers at its tics: the log
 * scale where the figure asks for it, per cent for shares; bars begin at 0. */
void value_axis(struct drawing *d, char letter, size_t col, struct range r, bool from_zero);
/* Say before the tics are placed what the legend will take of the width. */
void legend_room(struct drawing *d, const struct sv *name, size_t n);
void legend(struct drawing *d, bool inverted);
void put_title(struct drawing *d, struct str *s, struct sv name, bool shown); /* "title 'name'" or "notitle" */
/* Characters do not turn: their picture has the label of the vertical axis in its note. */
void put_y_label(struct drawing *d, const char *label);
void reference_line(struct drawing *d, bool vertical);
/* `r` with the figure's reference line within it. */
struct range with_reference(const struct drawing *d, struct range r);
/* Places of column 0 on the horizontal axis, with half a place of room beside categories. */
void horizontal(struct drawing *d, struct axis *x);
/* Of `n` series so many get a name and a colour; the others are pale, under series_rest. */
size_t series_told(const struct drawing *d, size_t n);
struct sv series_rest(struct drawing *d, size_t n);
/* Another remark under the picture; what columns lo, lo + 1 show, if there is any. */
void note(struct drawing *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note_interval(struct drawing *d, const char *what, size_t lo);
/* First column from `from` on that holds text (or numbers); -1 = none. */
int column_of(const struct table *t, size_t from, bool text);
int longest_name(const struct sv *name, size_t n); /* cells */

/* Data: fields of a line, a label last, then the end; block_end closes a block. */
void field(struct drawing *d, double v);
void line_end(struct drawing *d, struct sv label);
void block_end(struct drawing *d);
/* Begin another element of the plot command, reading block `block`. */
struct str *element(struct drawing *d, int block);
void setting(struct drawing *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Colours safe for the colour-blind. A name keeps its colour in every figure unless two
 * names of one figure meet; then the later takes the next that is free. */
struct colours {
	uint32_t used;
};
const char *colour_of(struct colours *c, struct sv name);
#define INK "#333333"
#define PALE "#d9d9d9"

/* One function a kind (plotcurves.c, plotdots.c, plotbars.c, plotbridge.c, plotheat.c, plotflow.c). */
typedef void draw_kind(struct drawing *d);
draw_kind draw_line, draw_band, draw_step;
draw_kind draw_scatter, draw_calibration, draw_dotted;
draw_kind draw_bar, draw_histogram, draw_forest;
draw_kind draw_stack, draw_waterfall, draw_funnel;
draw_kind draw_heat, draw_alluvial;
void draw_lying(struct drawing *d); /* bars that lie, whatever their names */

/* What kinds with a line a row share (plotbars.c): the axis with the first row on top, words
 * behind the rows, a value with its interval as people read it. */
void lying_axis(struct drawing *d, const struct axis *a);
void standing_axis(struct drawing *d, const struct axis *a);
void right_texts(struct drawing *d, const struct sv *text, size_t n);
bool has_limits(const struct table *t, size_t at);
struct sv value_text(struct drawing *d, size_t r, size_t value, size_t limits, bool interval);
/* A figure of bars in the place of one that characters cannot show; its data are released. */
void rows_of_series(struct drawing *d, struct figure *rows);
struct sv row_and_series(struct drawing *d, struct sv row, struct sv series);
void intervals(struct drawing *d, bool lying); /* of the block being written: place 1 or 3, limits 4 and 5 or 3 and 4 */

/* Characters no installed font can draw, as a question mark: cairo would draw its own sign for
 * them, in gnuplot's inner scale, larger than the picture. */
void drawable(struct str *script);
/* Run gnuplot on a script of ours; `path` is what the user asked for. */
enum wend_err gnuplot_run(const char *script, const char *log, const char *path, struct err *err);

#endif
