/* Any bytes through reader and sheet. The first byte chooses options and limits. Checked:
 * both paths give the same records, every record lies behind the one before it, text
 * handed out is UTF-8, and records = rows + rejects + ignored + header rows. */
#include <stdlib.h>
#include "wend/ingest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static bool same(const struct csv_record *a, const struct csv_record *b)
{
	if (a->verdict != b->verdict || a->line != b->line || a->byte != b->byte || a->n != b->n || !sv_eq(a->raw, b->raw))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->f[i].quoted != b->f[i].quoted || !sv_eq(sv_n(a->f[i].p, a->f[i].n), sv_n(b->f[i].p, b->f[i].n)))
			return false;
	return true;
}

/* The number of records that are not rejects. */
static uint64_t read_both(struct sv bytes, struct csv_options o, size_t expect, uint64_t *rejects)
{
	struct csv *fast = NULL, *slow = NULL;
	struct csv_record a, b;
	struct err err = ERR_INIT;
	uint64_t records = 0, line = 0;
	enum wend_err e = csv_open_bytes(&fast, "fuzz", bytes, &o, &err);

	*rejects = 0;
	o.all_grammar = !o.no_quotes;
	demand(csv_open_bytes(&slow, "fuzz", bytes, &o, &err) == e);
	if (e)
		return 0;
	csv_expect(fast, expect);
	csv_expect(slow, expect);
	for (;;) {
		e = csv_next(fast, &a, &err);
		demand(csv_next(slow, &b, &err) == e);
		if (e)
			break;
		demand(same(&a, &b));
		demand(a.line > line);
		line = a.line;
		if (a.verdict == CSV_END)
			break;
		records += a.verdict == CSV_RECORD;
		*rejects += a.verdict == CSV_REJECT;
		for (size_t i = 0; i < a.n; i++)
			demand(utf8_valid(a.f[i].p, a.f[i].n, NULL) && !memchr(a.f[i].n ? a.f[i].p : "x", 0, a.f[i].n));
	}
	csv_close(fast);
	csv_close(slow);
	return records;
}

static void read_sheet(struct sv bytes, const struct csv_options *o)
{
	struct csv *c = NULL;
	struct sheet *s = NULL;
	struct err err = ERR_INIT;
	enum sheet_verdict v = SHEET_ROW;
	uint64_t out = 0, rejects, records;
	size_t columns;
	const char *const *list;

	if (csv_open_bytes(&c, "fuzz", bytes, o, &err))
		return;
	if (sheet_open(&s, c, NULL, &err) == WEND_OK) {
		columns = sheet_columns(s);
		while (v != SHEET_END) {
			struct sheet_row row;
			struct sheet_note note;

			if (sheet_next(s, &v, &row, &note, &err))
				break;
			out += v != SHEET_END;
			for (size_t i = 0; v == SHEET_ROW && i < columns; i++)
				demand(row.f[i].p != NULL);
		}
		sheet_warnings(s, &list);
		records = read_both(bytes, *o, columns, &rejects);
		demand(err.code || out + (columns > 0) == records + rejects);
	}
	sheet_close(s);
	csv_close(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_options o = { 0 };
	uint64_t rejects;
	struct sv bytes;

	if (!size)
		return 0;
	bytes = sv_n((const char *)data + 1, size - 1);
	o.sep = "\0,;\t"[data[0] & 3];
	if (data[0] & 4) {
		o.max_field = 8;
		o.max_lines = 3;
	}
	o.no_quotes = data[0] & 8;
	read_both(bytes, o, data[0] >> 4, &rejects);
	read_sheet(bytes, &o);
	return 0;
}
