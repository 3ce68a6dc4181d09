/* room: base
 * What a report returns: a finding in words, a table, a figure, an explanation. Nothing
 * here prints; src/out does.
 */
#ifndef WEND_TABLE_H
#define WEND_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "mem.h"
#include "money.h"
#include "str.h"

enum col_type {
	COL_TEXT,
	COL_INT,
	COL_REAL,   /* shortest text in data formats; `digits` decimals for people */
	COL_MONEY,  /* minor units, `exponent` decimals */
	COL_DAY,    /* int32 day */
	COL_TIME,   /* wtime, shown in the report's zone */
	COL_SHARE   /* 0..1; people see per cent */
};
enum cell_state {
	CELL_VALUE,
	CELL_EMPTY,  /* not known: empty, never 0 */
	CELL_FEW     /* too little data: empty in data formats, "few" for people */
};
struct column {
	const char *name;   /* an interface: added to, never changed */
	const char *unit;   /* "EUR", "days", "1/week"; may be NULL */
	enum col_type type;
	int8_t digits;      /* decimals for people; -1 = as needed */
	int8_t exponent;    /* COL_MONEY */
};
struct cell {
	enum cell_state state;
	union {
		int64_t i;
		double d;
		struct sv s;
	};
};
/* A table of very many rows makes them piece by piece: `more` appends the next few
 * thousand rows and returns false when there are none left. What it needs lives in `ctx`
 * until `release`. */
struct table;
struct row_source {
	bool (*more)(struct table *t, void *ctx); /* NULL: all rows are there */
	void (*release)(void *ctx);
	void *ctx;
};
struct table {
	struct arena arena;      /* names */
	struct arena text;       /* texts of the cells */
	struct row_source source;
	struct column *col;
	size_t ncol, col_cap;
	struct cell *cell;       /* nrow * ncol, row by row */
	size_t nrow, cell_cap;
	size_t fill;             /* cells filled in the row being made */
	const char *customer_col; /* "customer" when rows are customers, else NULL */
};
void table_init(struct table *t);
void table_release(struct table *t);
/* Returns the column's number. Names and units must outlive the table (literals or its arena). */
int table_col(struct table *t, const char *name, enum col_type type, const char *unit, int digits);
int table_col_money(struct table *t, const char *name, currency c);
/* Fill the row being made from left to right; the last cell completes the row. */
void put_text(struct table *t, struct sv v);      /* copied; v.p NULL = empty */
void put_z(struct table *t, const char *z);
void put_int(struct table *t, int64_t v);         /* INT, MONEY, DAY, TIME; WEND_NONE = empty */
void put_real(struct table *t, double v);         /* REAL, SHARE; NaN = empty */
void put_empty(struct table *t);
void put_few(struct table *t);
int table_find(const struct table *t, struct sv name); /* -1 */
/* The next piece of rows takes the place of those that are there; false: none left. */
bool table_more(struct table *t);
/* Make all rows that are still to come, behind those that are there. */
void table_fill(struct table *t);
static inline struct cell *table_at(const struct table *t, size_t row, size_t col) { return &t->cell[row * t->ncol + col]; }
/* Order of two cells of one column: empty last, numbers by value, text by sv_natcmp. */
int cell_cmp(const struct column *c, const struct cell *a, const struct cell *b);
void table_sort(struct table *t, const int *cols, const bool *down, size_t n); /* stable */
void table_append(struct table *to, struct table *from); /* same columns; `from` is emptied */
/* The cell as data formats spell it ("" when empty). */
struct zone;
void cell_text(struct str *out, const struct column *c, const struct cell *v, const struct zone *z);

enum fig_kind {
	FIG_NONE, FIG_LINE, FIG_BAND, FIG_BAR, FIG_STACK, FIG_HEAT, FIG_FOREST,
	FIG_FUNNEL, FIG_ALLUVIAL, FIG_SCATTER, FIG_HISTOGRAM,
	FIG_STEP, FIG_WATERFALL, FIG_CALIBRATION, FIG_DOTTED
};
/* A figure is data plus a kind: a report fills `data` (its own table, apart from the
 * report's) and says the kind; everything else about the picture is src/out's. Columns of
 * `data` by kind, in this order; [in brackets] may be absent, and a cell may be empty:
 *   LINE        x, y...                     (one line a y column, named by it)
 *   BAND        x, y, lo, hi [, series [, mark]]
 *               mark, a number: a dashed line at that height in the series' colour (the
 *               cost that a payback curve must reach)
 *   STEP        x, y, lo, hi [, n [, series]]
 *               y holds from its x to the next: survival curves. n, a number: at risk just
 *               before x, shown under the axis. Give the row x = 0, y = 1 yourself
 *   BAR         label|x, y [, lo, hi [, series]]   (series: side by side)
 *   HISTOGRAM   label|x, y [, lo, hi]
 *   STACK       label|x, y...               (one layer a y column; what is below 0 hangs)
 *   WATERFALL   label, amount [, role]      role "total": a level, stands on 0; any other:
 *               a change of the level before. Without role the first row is a total, and the
 *               last when it is the sum of the others. An empty amount is left out
 *   HEAT        row, column, value [, n]    (n: the row's number, behind its name; a `few`
 *               cell says so; `ref` parts two colours: a change, a lift)
 *   FOREST      label, estimate, lo, hi     (log axis when `log_x`; `ref` = no effect: 1)
 *   FUNNEL      label, n [, lo, hi]         (lo, hi: of n; shares: of n by the first row's)
 *   CALIBRATION predicted, observed, lo, hi [, n]   (with the diagonal)
 *   DOTTED      row, x, what                (a dot an event: customer, time, step)
 *   ALLUVIAL    position, from, to, n
 *   SCATTER     x, y [, size]
 * Example, a survival curve by plan with its numbers at risk:
 *     r->figure.kind = FIG_STEP;
 *     r->figure.title = "customers who stay";
 *     r->figure.x_label = "months since the start";
 *     r->figure.note = arena_printf(&r->arena, "n = %s customers", n);
 *     table_col(&r->figure.data, "time", COL_REAL, "months", 1);  ... "survival" COL_SHARE,
 *     "lo", "hi" COL_SHARE, "n" COL_INT, "plan" COL_TEXT
 * Shares are drawn as per cent: `ref` and limits of a share axis too (50, not 0.5). */
struct figure {
	enum fig_kind kind;
	struct table data;
	const char *title, *x_label, *y_label; /* in the report's arena */
	const char *note;     /* who is counted, under the picture: "n = 8,912 customers"; NULL = nothing. That bars and bands are 95 % intervals is added */
	bool log_x, log_y;
	bool unlike_interval; /* lo, hi of the data are no 95 % interval: nothing is said about them */
	bool small;           /* for a telephone: fewer pixels, words of the same size */
	double ref;           /* a reference line (1 for ratios); NaN = none */
	const char *ref_name; /* what it is, for the note: "all customers"; may be NULL */
};

struct line_list {
	char **v;
	size_t n, cap;
};
void line_add(struct line_list *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void line_list_release(struct line_list *l);

/* Rows used and rows left out by reason; used + left out = rows in the store. */
struct explain_row {
	const char *what; /* "used", "after the as-of date", "another currency" ... */
	int64_t rows;
};
struct explain {
	struct line_list text;  /* definition, formula with this run's numbers, source */
	struct explain_row row[24];
	int nrow;
	int64_t in_store;       /* must equal the sum of row[] */
};
void explain_count(struct explain *e, const char *what, int64_t rows); /* adds to the row of that name */

/* A screen for people: blocks with a heading, laid out in 80 columns. Cells are ready
 * text; the first column is left aligned, others right. */
struct screen_block {
	const char *heading;
	struct table t;
};
struct report {
	struct arena arena;
	struct str finding;          /* sentences in words, without the command's name */
	struct str definition;
	struct line_list next;       /* commands worth typing now */
	struct line_list warn;
	struct table table;
	struct str own;              /* the report in a format of its own (--format dot): written as it is, instead of the table */
	struct screen_block *screen; /* NULL: people see `table` */
	size_t nscreen;
	struct figure figure;
	struct explain explain;
	const struct zone *zone;
	const char *period_col;      /* rate tables: newest complete period is looked up here by --fail-if */
	bool not_converged;          /* exit 5 when the model was asked for by name */
};
void report_init(struct report *r);
void report_release(struct report *r);
/* Who is counted, for a figure whose report does not say: the rows it used. */
void report_note_rows(struct report *r);
struct screen_block *report_screen(struct report *r, const char *heading);

#endif
