/* room: ingest
 * From a file to typed records: what the file is (preset), where its header and its rows
 * are (sheet), what each column means (mapping), who a row is about (identity), and the
 * balance that always adds up. Presets are text files, never code.
 */
#ifndef WEND_INGEST_H
#define WEND_INGEST_H

#include "csv.h"
#include "opt.h"
#include "record.h"
#include "store.h"

/* A sheet is a CSV file after preamble, header, totals and footers are told apart.
 * Generic: needs no preset, but listens to one. */
struct sheet_row {
	const struct csv_field *f; /* always `ncol` fields; short rows are filled with missing ones */
	uint64_t line, byte;
	uint64_t ordinal;          /* of the record among the data records, from 0 */
	struct sv raw;
};
enum sheet_verdict { SHEET_ROW, SHEET_REJECT, SHEET_IGNORE, SHEET_END };
struct sheet;
struct preset;
/* `p` may be NULL: header = first plausible record (most filled, text-like, unique). */
enum wend_err sheet_open(struct sheet **out, struct csv *c, const struct preset *p, struct err *err);
void sheet_close(struct sheet *s);
size_t sheet_columns(const struct sheet *s);
struct sv sheet_column(const struct sheet *s, size_t i); /* repeated names are addressed as NAME#1, NAME#2 in maps */
struct sheet_note {
	uint64_t line;
	size_t column;
	const char *code;   /* rejects: csv codes, "fields"; ignored: "total", "footer", "preamble", "padding", "blank", "table2" */
	const char *reason; /* "3 fields, header has 2" */
};
enum wend_err sheet_next(struct sheet *s, enum sheet_verdict *v, struct sheet_row *row, struct sheet_note *note, struct err *err);
size_t sheet_warnings(const struct sheet *s, const char *const **list); /* "2 preamble lines skipped", "line 2: 2 of 3 fields", "line 5: totals row skipped", "2 footer lines skipped", "no data rows", "column 2 has no name", reader warnings first */

struct ingest_options {
	const char *as;               /* --as KIND */
	struct opt_list map, konst, keep;
	const char *preset, *rejects, *max_rejects, *tz, *country, *currency_code, *date_order, *id_space, *name, *revenue;
	bool dry_run, strict, quiet, verbose, explain;
	const char *encoding, *separator, *export_date;
	const char *decimal;          /* --decimal point|comma */
	/* Called now and then while a file is read; total 0 = unknown. May be NULL. */
	void (*tick)(void *ctx, uint64_t done_bytes, uint64_t total_bytes, uint64_t rows);
	void *tick_ctx;
	const char *grain;            /* --grain order|line: what a row of a hand-mapped order file is */
};
/* --map FIELD=COLUMN,.. and --const FIELD=VALUE, taken apart; with `whole`, a comma belongs to
 * the value. `option` is what a message calls it. Texts are the arena's. */
struct map_pair {
	struct sv field, column;
};
enum wend_err ingest_map_pairs(struct map_pair **out, size_t *n, const struct opt_list *list, const char *option, bool whole, struct arena *a, struct err *err);
/* The option rows of this struct, shared by `ingest` and by reports given files. */
const struct opt *ingest_opts(struct ingest_options *o);

struct ingest_result {
	const char *file;
	char kind[64], preset[64];
	struct batch_counts counts;
	int64_t batch;                /* 0 = none */
	bool already;                 /* the same file was there */
	enum wend_err status;
	struct str said;              /* what to print on standard error, several lines */
	struct str why;               /* refusal: the sentence */
};
/* One file, one transaction. Never prints. */
enum wend_err ingest_file(struct store *s, const char *path, const struct ingest_options *o, struct ingest_result *res, struct err *err);
void ingest_result_release(struct ingest_result *r);
/* `[sources "bank"]` of the settings: match, preset, options. Options for one file: what
 * the settings say of files of this name, overruled by what was given. */
enum wend_err ingest_sources(struct ingest_options *out, struct store *s, const char *path, const struct ingest_options *given, struct arena *a, struct err *err);
/* Write down what a file was read with, as a preset of this name. */
enum wend_err ingest_save_profile(const char *name, const char *path, const struct ingest_options *o, const struct ingest_result *res, struct str *where, struct err *err);
/* Every finished file of a folder, once: moved to done/ or failed/ with NAME.why. `each`
 * is called after each file with its result. A folder that another run is reading:
 * *busy. */
enum wend_err ingest_inbox(struct store *s, const char *dir, const struct ingest_options *o, void (*each)(void *ctx, struct ingest_result *res, const struct err *err), void *ctx, bool *busy, struct err *err);
/* Folders searched for presets, first wins: $WEND_PRESETS, XDG config wend/presets, installed share. */
enum wend_err preset_table(struct report *r, struct err *err); /* list for `ingest --preset list` */

#endif
