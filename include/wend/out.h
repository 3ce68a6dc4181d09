/* room: out
 * Writers: a report becomes text, data or a picture. One function decides what goes to
 * standard output and what to standard error.
 */
#ifndef WEND_OUT_H
#define WEND_OUT_H

#include <stdio.h>
#include "err.h"
#include "table.h"

enum out_format { OUT_AUTO, OUT_TABLE, OUT_TEXT, OUT_CSV, OUT_TSV, OUT_JSON, OUT_JSONL, OUT_MD, OUT_HTML };
struct out_options {
	enum out_format format;
	const char *output;     /* NULL or "-" = standard output */
	const char *plot;       /* FILE.(png|svg|pdf|txt|gp) */
	const char *plot_kind;  /* line, bar ... or NULL for the report's own */
	bool no_header, quiet, raw, color, explain;
	bool terminal;          /* set by out_report: control characters would reach a terminal */
	int width;              /* terminal cells; 0 = 80 */
	const char *command;    /* "churn rate": prefix of the finding */
	/* Asked when all rows are written and before the file gets its name: was everything
	 * read that the rows were made of? NULL = nothing to ask. */
	enum wend_err (*sound)(void *ctx, struct err *err);
	void *sound_ctx;
};
enum wend_err out_format_parse(enum out_format *f, const char *name, struct err *err);
/* WEND_FORMAT, then table on a terminal and csv elsewhere. */
enum out_format out_format_resolve(enum out_format f, bool output_is_file);
/* Write everything of a report: finding, definition, next on standard error (or inside
 * text, md and html), the table where it belongs, the plot. Checks every write. */
enum wend_err out_report(struct report *r, const struct out_options *o, struct err *err);
/* One table into text, any format. */
void out_table(struct str *s, struct table *t, enum out_format f, const struct out_options *o, const struct zone *z);
/* Finish standard output: flush, close, check (a full disk is WEND_E_STORE). */
enum wend_err out_finish(struct err *err);

/* Draw a figure. .gp writes script and data side by side without needing gnuplot. */
enum wend_err plot_figure(const struct figure *f, const char *path, const char *kind, struct err *err);
/* The same as bytes: `format` is png, svg, pdf or txt. */
enum wend_err plot_bytes(const struct figure *f, const char *format, struct str *out, struct err *err);
#define FIGURES "line|band|step|bar|histogram|stack|waterfall|funnel|forest|heat|scatter|calibration|dotted|alluvial"
bool fig_kind_parse(const char *name, enum fig_kind *out);
const char *fig_kind_name(enum fig_kind kind);

/* A printed table as a figure: `texts` holds text cells (as `--from` reads them); what is
 * not named is guessed from the names and contents of the columns, and `said` tells in a
 * sentence what was drawn. The caller has called table_init on f->data and releases it. */
struct plot_choice {
	const char *kind, *x, *y, *group, *lo, *hi, *n; /* names of columns; y: several, with commas */
	const char *title, *x_label, *y_label, *unit, *note;
	const char *log;    /* "x", "y" or "xy" */
	double ref;         /* NaN = none */
};
enum wend_err figure_of_table(struct figure *f, const struct table *texts, const struct plot_choice *c, struct str *said, struct err *err);

#endif
