/* room: csv
 * Reading any delimited text record by record, losing at most the damaged record, and
 * writing CSV that a spreadsheet cannot run.
 *
 * Bytes are decoded to UTF-8 (BOM, UTF-16 with and without BOM, windows-1252), split by
 * physical lines and parsed: a line without quotes, or whose quotes enclose whole fields,
 * directly (vectorised), any other by libcsv in strict mode, one line at a time. When libcsv errs, a limit is passed
 * or the file ends inside a quote, only the first line of the broken record is rejected
 * (or accepted by a lenient retry that ends on that line with the expected field count)
 * and reading goes on with the next line.
 */
#ifndef WEND_CSV_H
#define WEND_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include "err.h"
#include "hash.h"
#include "str.h"

struct csv_options {
	char sep;              /* 0 = find out (, ; tab |, "sep=" line) */
	const char *encoding;  /* NULL = find out; else an iconv name */
	bool no_quotes;        /* quotes are data (Amazon flat files) */
	size_t max_field;      /* bytes; 0 = 1 MiB */
	size_t max_lines;      /* physical lines of one record; 0 = 1000 */
	size_t max_columns;    /* 0 = 65536 */
	bool all_grammar;      /* every line by libcsv: the slow twin, to check the fast path against */
};
struct csv_field {
	const char *p;
	uint32_t n;
	bool quoted;           /* "" is empty text, nothing is missing */
};
/* Spaces round an unquoted field are kept. Nothing between two separators is missing. */
static inline struct sv csv_text(const struct csv_field *f)
{
	return f->n || f->quoted ? sv_n(f->p, f->n) : SV_NONE;
}
enum csv_verdict {
	CSV_RECORD,
	CSV_REJECT,            /* `code` and `reason` say why; raw holds the line */
	CSV_END
};
struct csv_record {
	enum csv_verdict verdict;
	const struct csv_field *f;
	size_t n;
	uint64_t line;         /* first physical line, from 1 */
	uint64_t byte;         /* offset of that line: in the file when it is UTF-8, else in the decoded text */
	size_t column;         /* of a fault: byte in the line, from 1; 0 = none */
	const char *code;      /* "quote-open", "quote-text", "nul", "utf8", "too-long", "too-many-lines", "too-many-columns" */
	char reason[160];
	struct sv raw;         /* the record's bytes as read, without the line end */
	char sep;              /* the separator it was split by */
	bool padded;           /* some field may begin or end with a blank outside quotes; false = none does */
};
/* Views in a record live until the next call on the same reader. */
struct csv;
enum csv_input { CSV_FILE, CSV_STDIN, CSV_BYTES };
/* `path` "-" is standard input; gzip is inflated. Only regular files and "-". The file
 * kinds that are not text (zip, xlsx, pdf, json, html) are named: WEND_E_INPUT. A file
 * that is not there or cannot be read: WEND_E_STORE. */
enum wend_err csv_open(struct csv **out, const char *path, const struct csv_options *o, struct err *err);
enum wend_err csv_open_bytes(struct csv **out, const char *name, struct sv bytes, const struct csv_options *o, struct err *err);
void csv_close(struct csv *c);
/* Next record. Empty lines are skipped. I/O failure: returns an error, never a short file.
 * Limits keep memory below 64 MiB: a field of more than max_field bytes, a record of more
 * than max_lines lines or max_columns columns, and a line of more than max_field + 4 MiB
 * are rejected (raw holds the first 64 KiB of the latter). */
enum wend_err csv_next(struct csv *c, struct csv_record *out, struct err *err);
/* The field count a lenient retry must meet; set once the header is known. 0 = none.
 * Outlives csv_rewind. */
void csv_expect(struct csv *c, size_t nfields);
/* From the first byte again; `o` NULL keeps the options. Warnings, counts and digest
 * begin anew. Standard input is kept for this, behind the first MiB in an unlinked
 * scratch file, until csv_forward_only. */
enum wend_err csv_rewind(struct csv *c, const struct csv_options *o, struct err *err);
void csv_forward_only(struct csv *c);
/* Facts for the balance line. */
const char *csv_encoding(const struct csv *c);      /* "UTF-8", "UTF-16LE" ... */
char csv_separator(const struct csv *c);
bool csv_bom(const struct csv *c);
size_t csv_warnings(const struct csv *c, const char *const **list);
uint64_t csv_lines(const struct csv *c);            /* physical lines read so far; LF, CR LF and a lone CR end one */
uint64_t csv_blanks(const struct csv *c);           /* the empty ones among them, outside quotes */
void csv_progress(const struct csv *c, uint64_t *done, uint64_t *total); /* bytes; total 0 = unknown */
/* Digest of the file's own bytes (compressed ones of a .gz) read so far (all of them at
 * CSV_END), and their number. */
struct digest csv_digest(const struct csv *c, uint64_t *bytes);
/* Ask for digests at certain lengths while reading (prefixes of earlier batches). Starts
 * over, like csv_rewind. */
enum wend_err csv_digest_at(struct csv *c, const uint64_t *lengths, size_t n, struct err *err);
bool csv_digest_of(const struct csv *c, uint64_t length, struct digest *out);
/* Digest of a file without parsing it, at several GB/s; also of its first `n` lengths
 * (zero for one longer than the file). */
enum wend_err file_digest(const char *path, struct digest *out, uint64_t *bytes, const uint64_t *lengths, struct digest *at, size_t n, struct err *err);

/* Writing. One field of CSV or TSV, RFC 4180 quoting, LF. With `guard`, text that a
 * spreadsheet would run (= + - @ tab CR LF, full-width forms, also behind a leading
 * quote mark) gets a leading ', and a leading ' before such a sign is doubled; a plain
 * number (-1, +4930...) is never touched, so csv_unguard restores the text exactly.
 * Nothing is written for an empty field, missing or not. */
void csv_put_field(struct str *out, struct sv v, char sep, bool guard);
struct sv csv_unguard(struct sv v);

#endif
