/* room: out (internal)
 * What the writers share: a sink that is drained as it fills, cells as people read them,
 * and wrapped text.
 */
#ifndef WEND_OUT_WRITERS_H
#define WEND_OUT_WRITERS_H

#include "wend/civil.h"
#include "wend/out.h"

/* Text on its way out. With a file, whole chunks leave as soon as they are full, so a
 * table of millions of rows is never a second time in memory. */
struct sink {
	struct str *s;
	FILE *f;       /* NULL: everything stays in `s` */
	int failed;    /* errno of the first write that failed */
};
void sink_row(struct sink *k);   /* called after each row */
void sink_flush(struct sink *k);

/* One function per format writes a table; `z` is the report's zone. */
typedef void table_writer(struct sink *k, struct table *t, const struct out_options *o, const struct zone *z);
table_writer write_csv, write_tsv, write_json, write_jsonl, write_table, write_text, write_md, write_html;
void write_any(struct sink *k, struct table *t, enum out_format f, const struct out_options *o, const struct zone *z);
/* Blocks for people, one under the other, in one grid. */
void write_screen(struct sink *k, const struct screen_block *b, size_t n, const struct out_options *o);

/* Finding, definition and `next:` belong to the document. */
static inline bool format_is_document(enum out_format f) { return f == OUT_TEXT || f == OUT_MD || f == OUT_HTML; }
static inline bool format_is_for_people(enum out_format f) { return f == OUT_TABLE || format_is_document(f); }

/* The cell as people read it: 8,912, 4.6 %, few; control characters made visible. */
void people_cell(struct str *out, const struct column *c, const struct cell *v, const struct zone *z);
/* A number with thousands set apart; digits < 0: six significant ones at most. */
void people_real(struct str *out, double v, int digits);
/* Numbers stand on the right, texts and dates on the left. */
bool column_is_number(const struct column *c);
/* Words of `text` in lines of `width` cells; later lines begin with `indent` blanks. */
void wrap_text(struct str *out, const char *prefix, struct sv text, int width, int indent);
/* The first `width` cells of a text; a cut one ends in an ellipsis. Never wider. */
void clip_text(struct str *out, struct sv text, int width);

/* `starts_line`: what would begin a heading, a quotation or a list there is escaped too. */
void md_escape(struct str *out, struct sv v, bool starts_line);
void html_escape(struct str *out, struct sv v);

#endif
