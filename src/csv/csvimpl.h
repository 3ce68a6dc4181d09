/* room: csv (private)
 * The stages of the reader, each knowing only the one before it:
 *
 *     source   bytes of a file, a pipe or memory; gunzip; digest; second reading
 *     decoder  bytes to UTF-8 text
 *     csv      text to records: index of a window, lines, grammar, recovery
 */
#ifndef WEND_CSVIMPL_H
#define WEND_CSVIMPL_H

#include <csv.h>
#include <iconv.h>
#include "wend/csv.h"

/* ---- source ---- */
struct source;
enum wend_err source_open(struct source **out, const char *path, struct err *err);
enum wend_err source_open_bytes(struct source **out, const char *name, struct sv bytes, struct err *err);
void source_free(struct source *s);
/* Fills `buf`; fewer than `n` bytes only at the end. */
enum wend_err source_fill(struct source *s, void *buf, size_t n, size_t *got, struct err *err);
enum wend_err source_rewind(struct source *s, struct err *err);
void source_forward_only(struct source *s);
void source_marks(struct source *s, const uint64_t *lengths, size_t n);
bool source_mark(const struct source *s, uint64_t length, struct digest *out);
struct digest source_digest(const struct source *s, uint64_t *bytes);
void source_progress(const struct source *s, uint64_t *done, uint64_t *total);
bool source_grew(const struct source *s); /* the file changed while it was read */
const char *source_name(const struct source *s);

/* NULL, or what the first bytes say the file is, when that is no text table. */
const char *kind_of_bytes(const char *p, size_t n);

/* ---- decoder ---- */
enum text_kind { TEXT_UTF8, TEXT_UTF16LE, TEXT_UTF16BE, TEXT_CP1252, TEXT_ICONV };
struct decoder {
	struct source *src;
	enum text_kind kind;
	const char *name;
	bool bom;
	iconv_t cd;
	char *raw;             /* bytes not yet decoded */
	size_t raw_at, raw_n;
	bool raw_end;
	uint32_t high;         /* first half of a surrogate pair */
	uint64_t good, bad;    /* what speaks for and against UTF-8 so far */
};
enum wend_err decoder_init(struct decoder *d, struct source *s, const char *encoding, struct err *err);
void decoder_release(struct decoder *d);
/* `got` 0 = the end. `cap` >= 4096. */
enum wend_err decoder_read(struct decoder *d, char *dst, size_t cap, size_t *got, struct err *err);
/* Could these bytes, which are not UTF-8, be windows-1252 text? */
bool cp1252_plausible(const char *p, size_t n);
size_t cp1252_put(char *dst, const char *p, size_t n); /* dst: 3 * n bytes */

/* ---- dialect ---- */
/* "sep=;" as first line: the separator, and the line's length with its end. 0 = none. */
char sep_line(const char *p, size_t n, size_t *line_len);
char sep_find(const char *p, size_t n, bool whole);

/* ---- reader ---- */
struct cell {
	size_t off;            /* in the record's text, or in `cells` */
	uint32_t n;
	bool quoted;
};
struct grammar {
	struct csv_parser parser;
	bool ready, lenient;
	struct cell *cell;
	size_t ncell, cell_cap;
	struct str cells;      /* contents of quoted fields */
	const char *base;      /* the text the offsets count from */
	size_t field_at, end;  /* the field that is being closed: its first byte, its separator */
	bool row_done, too_many, too_long;
};
struct csv {
	struct source *src;
	struct decoder dec;
	struct csv_options opt;
	char *encoding;        /* owned copy of opt.encoding */
	char sep;
	char found_sep;        /* by the text alone; 0 = not looked for yet */
	size_t max_record, expect;

	char *text;            /* decoded text; the first `pos` bytes are spent */
	size_t len, cap, pos;
	bool eof;
	uint64_t base;         /* offset of text[0] */
	uint64_t lines, blanks;

	uint32_t *idx;         /* structural bytes of text[scan_lo, scan_hi) */
	size_t nidx, idx_cap, i;
	uint8_t *mark;         /* one for 64 bytes of it: MARK_* */
	size_t mark_cap, scan_lo, scan_hi;

	struct csv_field *f;
	size_t fcap;
	struct grammar g;
	struct str alt, conv;  /* text of a repaired line; converted text */

	char **warning;
	size_t nwarning, warning_cap, more_warnings;
	struct err own_err;    /* for callers that want no sentence */
};
/* More text behind c->len; moves the text that is left to the front. */
enum wend_err csv_refill(struct csv *c, struct err *err);
enum more { MORE_OK, MORE_END, MORE_LONG, MORE_FAIL };
/* Index further than `rel` bytes behind c->pos, reading on when needed. */
enum more csv_more(struct csv *c, size_t rel, struct err *err);
void csv_warn(struct csv *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void csv_reject(struct csv_record *out, const char *code, size_t column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The record that begins at c->pos, by libcsv. */
enum wend_err grammar_record(struct csv *c, struct csv_record *out, struct err *err);
/* A line beyond the limit: drop it, say so. */
enum wend_err csv_skip_line(struct csv *c, struct csv_record *out, struct err *err);
/* NUL and encoding of a record that is parsed already. */
void csv_check_text(struct csv *c, struct csv_record *out);
void csv_show_size(char out[32], size_t n);
void csv_grow_fields(struct csv *c, size_t need);

#endif
