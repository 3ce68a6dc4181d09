/* room: csv
 * Opening a reader, its facts, and starting over.
 */
#include "csvimpl.h"

#include "wend/mem.h"

#define FIELD_MAX (1u << 20)
#define LINES_MAX 1000
#define COLUMNS_MAX 65536
#define RECORD_EXTRA (4u << 20) /* a record: its longest field and a thousand ordinary ones */
#define COLUMNS_MOST (1u << 20)
#define LIMIT_MAX (256u << 20)
#define SAMPLE (64u << 10)      /* text the separator is told from */

static enum wend_err set_options(struct csv *c, const struct csv_options *o, struct err *err)
{
	static const struct csv_options none;
	char *copy = NULL;

	if (!o)
		o = &none;
	if (o->sep && (o->sep == '"' || o->sep == '\n' || o->sep == '\r' || (unsigned char)o->sep > 126))
		return err_set(err, WEND_E_USAGE, "the separator must be one ASCII character, no quote and no line end");
	if (o->max_columns > COLUMNS_MOST)
		return err_set(err, WEND_E_USAGE, "a record can have at most %u columns", COLUMNS_MOST);
	if (o->max_field > LIMIT_MAX)
		return err_set(err, WEND_E_USAGE, "a field can be at most 256 MiB");
	copy = o->encoding ? xstrdup(o->encoding) : NULL;
	if ((copy != NULL) != (c->encoding != NULL) || (copy && strcmp(copy, c->encoding)))
		c->found_sep = 0;
	c->opt = *o;
	free(c->encoding);
	c->encoding = copy;
	c->opt.encoding = copy;
	if (!c->opt.max_field)
		c->opt.max_field = FIELD_MAX;
	if (!c->opt.max_lines)
		c->opt.max_lines = LINES_MAX;
	if (!c->opt.max_columns)
		c->opt.max_columns = COLUMNS_MAX;
	c->max_record = c->opt.max_field + RECORD_EXTRA;
	return WEND_OK;
}

static void drop_warnings(struct csv *c)
{
	for (size_t k = 0; k < c->nwarning; k++)
		free(c->warning[k]);
	c->nwarning = c->more_warnings = 0;
}

static enum wend_err refuse_kind(const struct csv *c, const char *p, size_t n, struct err *err)
{
	const char *kind = kind_of_bytes(p, n);

	return kind ? err_set(err, WEND_E_INPUT, "'%s' is %s", source_name(c->src), kind) : WEND_OK;
}

/* From the first byte of the source to the first line of records. */
static enum wend_err start(struct csv *c, struct err *err)
{
	size_t line_len = 0;
	enum wend_err r;
	char sep;

	decoder_release(&c->dec);
	drop_warnings(c);
	if (c->g.ready)
		csv_free(&c->g.parser);
	c->g.ready = false;
	c->pos = c->len = c->nidx = c->i = c->scan_lo = c->scan_hi = 0;
	c->lines = c->blanks = 0;
	c->eof = false;
	c->sep = ',';
	r = decoder_init(&c->dec, c->src, c->encoding, err);
	if (!r)
		r = refuse_kind(c, c->dec.raw, c->dec.raw_n, err);
	if (r)
		return r;
	c->base = c->dec.bom && c->dec.kind == TEXT_UTF8 ? 3 : 0;
	while (!c->eof && c->len < SAMPLE)
		if (csv_refill(c, err))
			return err->code;
	sep = sep_line(c->text, c->len, &line_len);
	if (line_len) {
		c->pos = line_len;
		c->lines = 1;
	}
	if (c->opt.sep)
		sep = c->opt.sep;
	if (!sep && !c->found_sep)
		c->found_sep = sep_find(c->text, c->len, c->eof);
	c->sep = sep ? sep : c->found_sep;
	c->nidx = c->i = 0;
	c->scan_lo = c->scan_hi = c->pos;
	return WEND_OK;
}

static enum wend_err open_source(struct csv **out, struct source *src, const struct csv_options *o, struct err *err)
{
	struct csv *c = xcalloc(1, sizeof *c);
	enum wend_err r;

	c->src = src;
	csv_grow_fields(c, 64);
	r = set_options(c, o, err);
	if (!r)
		r = start(c, err ? err : &c->own_err);
	if (r) {
		csv_close(c);
		return r;
	}
	*out = c;
	return WEND_OK;
}

enum wend_err csv_open(struct csv **out, const char *path, const struct csv_options *o, struct err *err)
{
	struct source *src;
	enum wend_err r = source_open(&src, path, err);

	return r ? r : open_source(out, src, o, err);
}

enum wend_err csv_open_bytes(struct csv **out, const char *name, struct sv bytes, const struct csv_options *o, struct err *err)
{
	struct source *src;
	enum wend_err r = source_open_bytes(&src, name, bytes, err);

	return r ? r : open_source(out, src, o, err);
}

void csv_close(struct csv *c)
{
	if (!c)
		return;
	drop_warnings(c);
	decoder_release(&c->dec);
	source_free(c->src);
	if (c->g.ready)
		csv_free(&c->g.parser);
	str_release(&c->g.cells);
	str_release(&c->alt);
	str_release(&c->conv);
	free(c->g.cell);
	free(c->warning);
	free(c->encoding);
	free(c->text);
	free(c->idx);
	free(c->mark);
	free(c->f);
	free(c);
}

enum wend_err csv_rewind(struct csv *c, const struct csv_options *o, struct err *err)
{
	enum wend_err r = o ? set_options(c, o, err) : WEND_OK;

	if (!r)
		r = source_rewind(c->src, err);
	return r ? r : start(c, err ? err : &c->own_err);
}

enum wend_err csv_digest_at(struct csv *c, const uint64_t *lengths, size_t n, struct err *err)
{
	/* The first bytes have been read already, to tell encoding and separator. */
	source_marks(c->src, lengths, n);
	return csv_rewind(c, NULL, err);
}

void csv_expect(struct csv *c, size_t nfields) { c->expect = nfields; }
void csv_forward_only(struct csv *c) { source_forward_only(c->src); }
const char *csv_encoding(const struct csv *c) { return c->dec.name; }
char csv_separator(const struct csv *c) { return c->sep; }
bool csv_bom(const struct csv *c) { return c->dec.bom; }
uint64_t csv_lines(const struct csv *c) { return c->lines; }
uint64_t csv_blanks(const struct csv *c) { return c->blanks; }
void csv_progress(const struct csv *c, uint64_t *done, uint64_t *total) { source_progress(c->src, done, total); }
struct digest csv_digest(const struct csv *c, uint64_t *bytes) { return source_digest(c->src, bytes); }
bool csv_digest_of(const struct csv *c, uint64_t length, struct digest *out) { return source_mark(c->src, length, out); }

size_t csv_warnings(const struct csv *c, const char *const **list)
{
	*list = (const char *const *)c->warning;
	return c->nwarning;
}
