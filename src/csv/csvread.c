/* room: csv
 * Text to records. A window of text is indexed once (csvscan), then records are cut from
 * the index: no byte of a line is looked at twice. A line in which a quote does anything
 * but enclose a whole field goes to the grammar (csvgrammar). The text in front of c->pos is spent; everything
 * behind it stays until the record is decided, because a broken record gives back all
 * its lines but the first.
 */
#include "csvimpl.h"
#include "csvscan.h"

#include "wend/mem.h"

#define CHUNK (1u << 20)      /* text read at once */
#define FIRST_CHUNK (64u << 10) /* enough to tell the separator, and for small files */
#define WINDOW (32u << 10)    /* text indexed at once: index and text stay in the nearest cache */
#define SLACK 64              /* the scanner may look this far behind the text */
#define RAW_SHOWN (64u << 10) /* of a line too long to keep */
#define WARNINGS_MAX 100
#define CERTAIN 64            /* records with good UTF-8 after which nothing else is thought of */

void csv_warn(struct csv *c, const char *fmt, ...)
{
	struct str s = STR_INIT;
	va_list ap;
	char line[240];

	if (c->nwarning == WARNINGS_MAX) {
		c->more_warnings++;
		free(c->warning[WARNINGS_MAX - 1]);
		str_printf(&s, "%zu more warnings like these", c->more_warnings + 1);
		c->warning[WARNINGS_MAX - 1] = str_detach(&s);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	GROW(c->warning, c->warning_cap, c->nwarning + 1);
	c->warning[c->nwarning++] = xstrdup(line);
}

void csv_reject(struct csv_record *out, const char *code, size_t column, const char *fmt, ...)
{
	va_list ap;

	out->verdict = CSV_REJECT;
	out->f = NULL;
	out->n = 0;
	out->code = code;
	out->column = column;
	va_start(ap, fmt);
	vsnprintf(out->reason, sizeof out->reason, fmt, ap);
	va_end(ap);
}

void csv_show_size(char out[32], size_t n)
{
	if (n >= 1u << 20 && n % (1u << 20) == 0)
		snprintf(out, 32, "%zu MiB", n >> 20);
	else
		snprintf(out, 32, "%zu bytes", n);
}

void csv_grow_fields(struct csv *c, size_t need)
{
	GROW(c->f, c->fcap, need);
}

enum wend_err csv_refill(struct csv *c, struct err *err)
{
	size_t rest = c->len - c->pos, chunk, got;
	enum wend_err r;

	if (c->pos) {
		memmove(c->text, c->text + c->pos, rest);
		c->base += c->pos;
		c->pos = 0;
		c->len = rest;
	}
	chunk = c->base + c->len < FIRST_CHUNK ? FIRST_CHUNK : CHUNK;
	if (c->cap < rest + chunk + SLACK) {
		c->cap = (rest > chunk ? 2 * rest : rest + chunk) + SLACK;
		c->text = xrealloc(c->text, c->cap);
	}
	r = decoder_read(&c->dec, c->text + rest, chunk, &got, err);
	if (r)
		return r;
	c->len += got;
	memset(c->text + c->len, 0, SLACK);
	c->eof = got == 0;
	c->nidx = c->i = 0;
	c->scan_lo = c->scan_hi = 0;
	if (c->eof && c->len > c->pos && c->text[c->len - 1] == 0x1a) {
		while (c->len > c->pos && c->text[c->len - 1] == 0x1a)
			c->len--;
		csv_warn(c, "Ctrl-Z at end ignored");
	}
	return WEND_OK;
}

enum more csv_more(struct csv *c, size_t rel, struct err *err)
{
	size_t from = c->pos + rel, window, blocks;

	if (c->scan_hi == c->len) {
		if (c->eof)
			return MORE_END;
		if (c->len - c->pos > c->max_record)
			return MORE_LONG;
		if (csv_refill(c, err))
			return MORE_FAIL;
		from = c->pos + rel;
	}
	/* A line that did not fit is indexed again in a window twice its size, so that the
	 * sum of all windows stays proportional to the text. */
	window = c->scan_hi > from ? 2 * (c->scan_hi - from) : 0;
	if (window < WINDOW)
		window = WINDOW;
	if (window > c->len - from)
		window = c->len - from;
	blocks = window / 64 + 1;
	GROW(c->idx, c->idx_cap, window + 1);
	GROW(c->mark, c->mark_cap, blocks);
	c->scan_lo = from;
	c->scan_hi = from + window;
	c->i = 0;
	c->nidx = scan_text(c->text + from, window, (uint32_t)from, c->sep, c->opt.no_quotes ? c->sep : '"', c->idx, c->mark);
	return MORE_OK;
}

/* What there is in text[lo, hi), and perhaps only in the same blocks of 64 as it. */
static unsigned marks_of(const struct csv *c, size_t lo, size_t hi)
{
	size_t a = (lo - c->scan_lo) / 64, b = (hi - 1 - c->scan_lo) / 64;
	unsigned m = 0;

	for (; a <= b; a++)
		m |= c->mark[a];
	return m;
}

static void convert_fields(struct csv *c, struct csv_record *out)
{
	size_t need = 3 * out->raw.n + 1;
	char *o;

	for (size_t k = 0; k < out->n; k++)
		need += 3 * (size_t)c->f[k].n;
	str_reset(&c->conv);
	GROW(c->conv.p, c->conv.cap, need);
	o = c->conv.p;
	for (size_t k = 0; k < out->n; k++) {
		size_t n = cp1252_put(o, c->f[k].p, c->f[k].n);

		c->f[k].p = o;
		c->f[k].n = (uint32_t)n;
		o += n;
	}
	need = cp1252_put(o, out->raw.p, out->raw.n);
	out->raw = sv_n(o, need);
}

void csv_check_text(struct csv *c, struct csv_record *out)
{
	const char *raw = out->raw.p, *nul = memchr(raw, 0, out->raw.n);
	size_t bad;

	if (nul) {
		csv_reject(out, "nul", (size_t)(nul - raw) + 1, "NUL byte");
		return;
	}
	if (utf8_valid(raw, out->raw.n, &bad)) {
		for (size_t k = 0; c->dec.good < CERTAIN && k < out->raw.n; k++)
			if (raw[k] & 0x80) {
				c->dec.good++;
				break;
			}
		return;
	}
	c->dec.bad++;
	if (c->dec.kind != TEXT_UTF8) {
		csv_reject(out, "utf8", bad + 1, "not valid %s", c->dec.name);
	} else if (!c->dec.bom && c->dec.good < CERTAIN && c->dec.bad > c->dec.good && cp1252_plausible(raw, out->raw.n)) {
		if (!strcmp(c->dec.name, "UTF-8"))
			csv_warn(c, "encoding: windows-1252 assumed");
		c->dec.name = "windows-1252";
		convert_fields(c, out);
	} else {
		csv_reject(out, "utf8", bad + 1, "not valid UTF-8 at byte %llu", (unsigned long long)(out->byte + bad + 1));
	}
}

static void check_line(struct csv *c, struct csv_record *out, size_t lo, size_t hi)
{
	unsigned marks = marks_of(c, lo, hi);

	out->padded = (marks & MARK_BLANK) != 0;
	if (out->n > c->opt.max_columns) {
		csv_reject(out, "too-many-columns", 0, "more than %zu columns", c->opt.max_columns);
		return;
	}
	if (hi - lo > c->opt.max_field)
		for (size_t k = 0; k < out->n; k++)
			if (c->f[k].n > c->opt.max_field) {
				char size[32];

				csv_show_size(size, c->opt.max_field);
				csv_reject(out, "too-long", (size_t)(c->f[k].p - out->raw.p) + 1, "field longer than %s", size);
				return;
			}
	if (marks & MARK_ODD)
		csv_check_text(c, out);
}

/* Drop bytes until a line end, however far it is. */
enum wend_err csv_skip_line(struct csv *c, struct csv_record *out, struct err *err)
{
	char size[32];
	size_t shown = c->len - c->pos < RAW_SHOWN ? c->len - c->pos : RAW_SHOWN;

	str_reset(&c->alt);
	str_add(&c->alt, c->text + c->pos, shown);
	for (;;) {
		const char *from = c->text + c->pos, *lf = memchr(from, '\n', c->len - c->pos);
		size_t n = lf ? (size_t)(lf - from) : c->len - c->pos;
		const char *cr = memchr(from, '\r', n);

		if (cr && (cr + 1 < c->text + c->len || c->eof)) {
			c->pos += (size_t)(cr - from) + 1;
			if (c->pos < c->len && c->text[c->pos] == '\n')
				c->pos++;
			break;
		}
		if (lf && !cr) {
			c->pos += n + 1;
			break;
		}
		if (c->eof) {
			c->pos = c->len;
			break;
		}
		c->pos += cr ? (size_t)(cr - from) : n; /* a CR at the edge waits for its LF */
		if (csv_refill(c, err))
			return err->code;
	}
	c->scan_lo = c->scan_hi = c->pos;
	c->nidx = c->i = 0;
	c->lines++;
	out->raw = sv_n(c->alt.p, c->alt.n);
	csv_show_size(size, c->max_record);
	csv_reject(out, "too-long", 0, "line longer than %s", size);
	return WEND_OK;
}

enum cut { CUT_LINE, CUT_QUOTE, CUT_SHORT };
struct line {
	size_t nf, at;         /* fields closed so far; first byte of the open one */
	bool quotes;           /* some field is quoted */
	unsigned last_quoted;  /* the open one is: 1 */
	size_t end, next;      /* the line's last byte + 1; the line behind it */
};

/* How many separators may still be noted down: what the array holds, or one more than the
 * columns allowed, so that too many are seen. */
static size_t field_room(const struct csv *c)
{
	return c->fcap - 1 < c->opt.max_columns + 1 ? c->fcap - 1 : c->opt.max_columns + 1;
}

/* Where the line ends whose end stands at text[p]; 0 when its LF may still have to be read. */
static size_t behind_end(const struct csv *c, size_t p)
{
	if (c->text[p] == '\n')
		return p + 1;
	if (p + 1 == c->len)
		return c->eof ? p + 1 : 0;
	return p + 1 + (c->text[p + 1] == '\n');
}

/* text[at, end), without its quotes when it has them. */
static inline void set_field(struct csv_field *f, const char *text, size_t at, size_t end, unsigned quoted)
{
	f->p = text + at + quoted;
	f->n = (uint32_t)(end - at - 2 * quoted);
	f->quoted = quoted;
}

enum quoted { QUOTED_WELL, QUOTED_SHORT, QUOTED_ODD };
/* The quote at entry *i opens a field. Well: the next one closes it on the same line, and
 * an end of the field follows at once; *i moves to the closing quote. Doubled quotes, line
 * ends inside and everything out of order are for the grammar. */
static enum quoted well_quoted(const struct csv *c, size_t *i)
{
	const uint32_t *idx = c->idx;
	size_t k = *i + 1, q;

	while (k < c->nidx && !(idx[k] & SCAN_OTHER))
		k++;
	if (k + 1 >= c->nidx)
		return QUOTED_SHORT;
	q = idx[k] & ~SCAN_OTHER;
	if (c->text[q] != '"' || (idx[k + 1] & ~SCAN_OTHER) != q + 1 || c->text[q + 1] == '"')
		return QUOTED_ODD;
	*i = k;
	return QUOTED_WELL;
}

/* Cut the next line that is not empty, as far as the index goes. On CUT_QUOTE and
 * CUT_SHORT c->i stays at the line's first entry. */
static enum cut cut_line(struct csv *c, struct line *l)
{
	const uint32_t *idx = c->idx;
	const char *text = c->text;
	struct csv_field *f = c->f;
	size_t at = c->pos, nf = 0, nidx = c->nidx, room = field_room(c);
	unsigned q = 0;
	bool quotes = false;

	for (size_t i = c->i; i < nidx; i++) {
		size_t p = idx[i], next;

		if (!(p & SCAN_OTHER)) {
			if (nf == room) {
				if (nf > c->opt.max_columns) /* too many: only the last is still noted */
					continue;
				csv_grow_fields(c, nf + 2);
				f = c->f;
				room = field_room(c);
			}
			set_field(&f[nf++], text, at, p, q);
			at = p + 1;
			q = 0;
			continue;
		}
		p &= ~(size_t)SCAN_OTHER;
		if (text[p] == '"') {
			enum quoted how = p != at || q || c->opt.all_grammar ? QUOTED_ODD : well_quoted(c, &i);

			if (how == QUOTED_ODD)
				return CUT_QUOTE;
			q = quotes = true;
			if (how == QUOTED_SHORT)
				break;
			continue;
		}
		next = behind_end(c, p);
		if (!next)
			break;
		i += next == p + 2 && i + 1 < nidx;
		if (p == c->pos) {
			c->lines++;
			c->blanks++;
			c->i = i + 1;
			at = c->pos = next;
			continue;
		}
		/* The grammar has its own say on the limits. */
		if (c->opt.all_grammar || (quotes && (p - c->pos > c->opt.max_field || nf >= c->opt.max_columns)))
			return CUT_QUOTE;
		c->i = i + 1;
		*l = (struct line){ nf, at, quotes, q, p, next };
		return CUT_LINE;
	}
	*l = (struct line){ nf, at, quotes, q, c->len, c->len };
	return CUT_SHORT;
}

/* The record of one line that is cut. */
static void line_record(struct csv *c, struct csv_record *out, const struct line *l)
{
	size_t lo = c->pos;

	set_field(&c->f[l->nf], c->text, l->at, l->end, l->last_quoted);
	out->verdict = CSV_RECORD;
	out->f = c->f;
	out->n = l->nf + 1;
	out->raw = sv_n(c->text + lo, l->end - lo);
	c->lines++;
	c->pos = l->next;
	check_line(c, out, lo, l->end);
}

static void end_record(struct csv *c, struct csv_record *out)
{
	memset(out, 0, sizeof *out);
	out->verdict = CSV_END;
	out->line = c->lines + 1;
	out->sep = c->sep;
	if (source_grew(c->src))
		csv_warn(c, "'%s' grew while it was read", source_name(c->src));
}

enum wend_err csv_next(struct csv *c, struct csv_record *out, struct err *err)
{
	struct line l = { 0 };

	err = err ? err : &c->own_err;
	for (;;) {
		enum cut cut = cut_line(c, &l);
		enum more more = MORE_OK;

		if (cut == CUT_SHORT) {
			more = csv_more(c, 0, err);
			if (more == MORE_OK)
				continue;
			if (more == MORE_FAIL)
				return err->code;
			if (more == MORE_END && l.end == c->pos) {
				end_record(c, out);
				return WEND_OK;
			}
		}
		out->line = c->lines + 1;
		out->byte = c->base + c->pos;
		out->column = 0;
		out->code = NULL;
		out->sep = c->sep;
		out->padded = true;
		if (more == MORE_LONG)
			return csv_skip_line(c, out, err);
		if (cut == CUT_QUOTE || (more == MORE_END && l.quotes) || c->opt.all_grammar)
			return grammar_record(c, out, err);
		if (more == MORE_END)
			c->i = c->nidx;
		line_record(c, out, &l);
		return WEND_OK;
	}
}
