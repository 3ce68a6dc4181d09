/* room: ingest
 * Rows of a table out of records of a file: the header is found, what stands above and
 * below it, sums, padding and further tables are told apart and named, short rows are
 * filled. Every record comes out once, as a row, a reject or an ignored one.
 *
 * A record of one cell in a wider table may be a footer or a row cut short; only what
 * follows can tell. Such records are held back until a full row or the end comes.
 */
#include "wend/ingest.h"

#include "sheetheader.h"

#define COPY_MAX (4u << 20)   /* of the first records */
#define HELD_MAX 20
#define HELD_BYTES (256u << 10)
#define SHORT_SHOWN 20

struct held {
	struct csv_field f;
	uint64_t line, byte;
	struct sv raw;
};
struct warnings {
	char **v;
	size_t n, cap;
	const char **list;
	size_t list_cap;
};
struct sheet {
	struct csv *c;
	const struct preset *p;
	struct arena arena;
	struct sv *col;
	size_t ncol;
	bool has_header, hash_preamble;
	uint64_t header_line;
	int header_left;             /* header rows not yet passed */
	struct csv_field *f;         /* a row that had to be filled or trimmed */
	struct csv_record rec;
	bool have;                   /* `rec` was read but not yet handed out */
	bool end, table2;
	struct arena held_arena;
	struct held held[HELD_MAX];
	size_t nheld, next_held;
	bool drain;
	struct str reason;
	uint64_t ordinal, rows, rejects, preamble, footers, shorts, padding, others, repeats;
	struct warnings *w;
};

static void warn(struct sheet *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void warn(struct sheet *s, const char *fmt, ...)
{
	char line[240];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	GROW(s->w->v, s->w->cap, s->w->n + 1);
	s->w->v[s->w->n++] = xstrdup(line);
}

static void warn_count(struct sheet *s, uint64_t n, const char *what)
{
	if (n)
		warn(s, "%llu %s%s skipped", (unsigned long long)n, what, n == 1 ? "" : "s");
}

static struct sv cell(const struct csv_field *f)
{
	struct sv v = sv_n(f->p, f->n);

	/* Signed: neither blank nor a byte above 127, so there is nothing to trim. */
	if (v.n && (signed char)v.p[0] > ' ' && (signed char)v.p[v.n - 1] > ' ')
		return v;
	return sv_trim(v);
}

/* ---- opening ---- */

static enum wend_err read_first(struct sheet *s, struct arena *a, struct first_record *r, size_t *n, struct err *err)
{
	struct csv_record rec;
	enum wend_err e;

	*n = 0;
	while (*n < FIRST_RECORDS && a->bytes < COPY_MAX) {
		struct first_record *to = &r[*n];

		e = csv_next(s->c, &rec, err);
		if (e)
			return e;
		if (rec.verdict == CSV_END)
			break;
		if (rec.verdict != CSV_RECORD)
			continue;
		*to = (struct first_record){ arena_alloc(a, rec.n * sizeof *to->cell), rec.n, rec.line };
		for (size_t i = 0; i < rec.n; i++)
			to->cell[i] = sv_n(arena_strndup(a, rec.f[i].p, rec.f[i].n), rec.f[i].n);
		++*n;
	}
	return WEND_OK;
}

/* Two header rows in one: a question that spans several columns stands above the first
 * of them only, the answers below it. */
static void join_header(struct sheet *s, const struct first_record *top, const struct first_record *below)
{
	struct sv above = SV("");

	for (size_t i = 0; i < s->ncol; i++) {
		struct sv a = i < top->n ? sv_trim(top->cell[i]) : SV(""), b = i < below->n ? sv_trim(below->cell[i]) : SV("");

		if (a.n)
			above = a;
		if (b.n)
			s->col[i] = sv_of(arena_printf(&s->arena, "%.*s%s%.*s", (int)above.n, above.p, above.n ? " " : "", (int)b.n, b.p));
		else
			s->col[i] = sv_n(arena_strndup(&s->arena, a.p, a.n), a.n);
	}
}

static void take_header(struct sheet *s, const struct first_record *r, size_t n, size_t at)
{
	bool join = s->p && s->p->header_join && at + 1 < n;
	size_t named = 0;

	s->has_header = true;
	s->header_line = r[at].line;
	s->header_left = s->p && s->p->header_rows > 1 ? s->p->header_rows : 1;
	s->ncol = r[at].n;
	if (join && r[at + 1].n > s->ncol)
		s->ncol = r[at + 1].n;
	s->col = arena_alloc(&s->arena, s->ncol * sizeof *s->col);
	s->f = xcalloc(s->ncol, sizeof *s->f);
	if (join) {
		join_header(s, &r[at], &r[at + 1]);
		if (s->header_left < 2)
			s->header_left = 2;
	} else {
		for (size_t i = 0; i < s->ncol; i++) {
			struct sv v = sv_trim(r[at].cell[i]);

			s->col[i] = sv_n(arena_strndup(&s->arena, v.p, v.n), v.n);
		}
	}
	for (size_t i = 0; i < at; i++)
		s->hash_preamble |= r[i].n && r[i].cell[0].n && r[i].cell[0].p[0] == '#';
	for (size_t i = 0; i < s->ncol; i++)
		if (s->col[i].n)
			named = i + 1;
	for (size_t i = 0; i < named; i++)
		if (!s->col[i].n)
			warn(s, "column %zu has no name", i + 1);
}

enum wend_err sheet_open(struct sheet **out, struct csv *c, const struct preset *p, struct err *err)
{
	struct sheet *s = xcalloc(1, sizeof *s);
	struct first_record *r = xcalloc(FIRST_RECORDS, sizeof *r);
	struct arena a = ARENA_INIT;
	size_t n, at;
	enum wend_err e;

	s->c = c;
	s->p = p;
	s->w = xcalloc(1, sizeof *s->w);
	e = read_first(s, &a, r, &n, err);
	if (e)
		goto done;
	at = header_find(r, n, p);
	if (at < n) {
		take_header(s, r, n, at);
		/* A damaged record is only believed when it has as many fields as the header. */
		csv_expect(c, s->ncol);
	}
	e = csv_rewind(c, NULL, err);
	if (e)
		goto done;
	*out = s;
	s = NULL;
done:
	arena_release(&a);
	free(r);
	sheet_close(s);
	return e;
}

void sheet_close(struct sheet *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->w->n; i++)
		free(s->w->v[i]);
	free(s->w->v);
	free(s->w->list);
	free(s->w);
	free(s->f);
	str_release(&s->reason);
	arena_release(&s->arena);
	arena_release(&s->held_arena);
	free(s);
}

size_t sheet_columns(const struct sheet *s) { return s->ncol; }
struct sv sheet_column(const struct sheet *s, size_t i) { return s->col[i]; }

/* ---- what a record is ---- */

static size_t count_filled(const struct csv_record *r, size_t *first)
{
	size_t k = 0;

	for (size_t i = 0; i < r->n; i++)
		if (cell(&r->f[i]).n && k++ == 0)
			*first = i;
	return k;
}

static bool all_blank(const struct sheet *s, const struct csv_record *r)
{
	if (s->ncol == 1 && r->n == 1 && r->f[0].quoted)
		return false; /* "" is a value where there is but one column */
	for (size_t i = 0; i < r->n; i++)
		if (r->f[i].n && cell(&r->f[i]).n)
			return false;
	return true;
}

static bool matches(const struct names *patterns, struct sv v)
{
	for (size_t i = 0; i < patterns->n; i++) {
		struct sv rest = patterns->v[i], one;

		while (sv_cut(&rest, '|', &one))
			if (glob_fold(sv_trim(one), v))
				return true;
	}
	return false;
}

static bool starts_number(struct sv v)
{
	while (v.n && (v.p[0] == '-' || v.p[0] == '$')) {
		v.p++;
		v.n--;
	}
	return v.n && v.p[0] >= '0' && v.p[0] <= '9';
}

static bool is_sum_word(struct sv v)
{
	static const char *const whole[] = {
		"total", "totals", "sum", "subtotal", "sub total", "sub-total", "gesamt", "summe", "gesamtsumme", "totale", "totaal",
		"total général", "total general", "grand total", "grand totals", "overall total"
	};
	static const char *const front[] = { "total:", "total for ", "totals for ", "grand total", "total - ", "total – ", "totals:" };
	int c = v.n < 3 ? 0 : v.p[0] | 32, d = v.n < 3 ? 0 : v.p[1] | 32;

	if (!(c == 't' && d == 'o') && !(c == 's' && d == 'u') && !(c == 'g' && (d == 'e' || d == 'r')) && !(c == 'o' && d == 'v'))
		return false;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (sv_ieq(v, sv_of(whole[i])))
			return true;
	for (size_t i = 0; i < sizeof front / sizeof *front; i++) {
		size_t n = strlen(front[i]);

		if (v.n > n && sv_ieq(sv_n(v.p, n), sv_n(front[i], n)))
			return true;
	}
	return false;
}

/* A preset says what its sums look like, or that there are none. Without one, a sum says
 * so in its first cell, has a number, and leaves some other cell empty. */
static bool is_total(const struct sheet *s, const struct csv_record *r)
{
	bool known = s->p && !s->p->by_hand;
	size_t first = 0, numbers = 0, k;

	if (known && !s->p->total.n)
		return false;
	if (known && r->f[0].n)
		return matches(&s->p->total, cell(&r->f[0]));
	if (!known && !is_sum_word(cell(&r->f[0])))
		return false;
	k = count_filled(r, &first);
	for (size_t i = 1; i < r->n; i++)
		numbers += starts_number(cell(&r->f[i]));
	if (known) /* no name of what the numbers are of: their sum */
		return k && (numbers == k || matches(&s->p->total, cell(&r->f[first])));
	return k < s->ncol && (numbers || k == 1);
}

static bool is_footer(const struct sheet *s, const struct csv_record *r)
{
	size_t first = 0, k;

	if (!s->p || !s->p->footer.n)
		return false;
	k = count_filled(r, &first);
	return k && k <= 2 + s->ncol / 4 && (matches(&s->p->footer, cell(&r->f[first])) || matches(&s->p->footer, sv_trim(r->raw)));
}

static bool repeats_header(const struct sheet *s, const struct csv_record *r)
{
	if (r->n != s->ncol || !s->col[0].n || s->ncol < 2)
		return false;
	for (size_t i = 0; i < s->ncol; i++)
		if (!sv_eq(cell(&r->f[i]), s->col[i]))
			return false;
	return true;
}

/* One cell of prose in a wider table: several words, or a rule. */
static bool may_be_footer(const struct sheet *s, const struct csv_record *r)
{
	struct sv v;
	bool letter = false, space = false;

	if (r->n != 1 || s->ncol < 2)
		return false;
	v = cell(&r->f[0]);
	if (v.n && strchr("#-=*", v.p[0]) && v.p[0])
		return true;
	for (size_t i = 0; i < v.n; i++) {
		letter |= (v.p[i] | 32) >= 'a' && (v.p[i] | 32) <= 'z';
		space |= v.p[i] == ' ';
	}
	return letter && space;
}

/* ---- rows ---- */

static void set_row(struct sheet *s, struct sheet_row *row, const struct csv_field *f, uint64_t line, uint64_t byte, struct sv raw)
{
	*row = (struct sheet_row){ f, line, byte, s->ordinal, raw };
}

static bool has_outer_space(const struct csv_field *f)
{
	return f->n && !f->quoted && (f->p[0] == ' ' || f->p[f->n - 1] == ' ');
}

static void trim(struct csv_field *f)
{
	while (f->n && f->p[f->n - 1] == ' ')
		f->n--;
	while (f->n && f->p[0] == ' ') {
		f->p++;
		f->n--;
	}
}

/* Exactly ncol fields, without spaces round unquoted ones; the reader's own array when
 * it is so already. */
static const struct csv_field *fit(struct sheet *s, const struct csv_field *f, size_t n, bool padded)
{
	static const struct csv_field missing = { "", 0, false };
	bool as_is = n >= s->ncol;

	for (size_t i = 0; padded && i < s->ncol && as_is; i++)
		as_is = !has_outer_space(&f[i]);
	if (as_is)
		return f;
	for (size_t i = 0; i < s->ncol; i++) {
		s->f[i] = i < n ? f[i] : missing;
		if (has_outer_space(&s->f[i]))
			trim(&s->f[i]);
	}
	return s->f;
}

static enum sheet_verdict give_row(struct sheet *s, struct sheet_row *row, const struct csv_field *f, size_t n, bool padded, uint64_t line, uint64_t byte, struct sv raw)
{
	if (n < s->ncol && s->shorts++ < SHORT_SHOWN)
		warn(s, "line %llu: %zu of %zu fields", (unsigned long long)line, n, s->ncol);
	set_row(s, row, fit(s, f, n, padded), line, byte, raw);
	s->ordinal++;
	s->rows++;
	return SHEET_ROW;
}

static enum sheet_verdict reject(struct sheet *s, struct sheet_row *row, struct sheet_note *note, const char *code, size_t column, const char *reason)
{
	set_row(s, row, NULL, s->rec.line, s->rec.byte, s->rec.raw);
	str_reset(&s->reason);
	str_puts(&s->reason, reason);
	*note = (struct sheet_note){ s->rec.line, column, code, s->reason.p };
	s->ordinal++;
	s->rejects++;
	return SHEET_REJECT;
}

static enum sheet_verdict ignore(struct sheet *s, struct sheet_row *row, struct sheet_note *note, const char *code, const char *reason)
{
	set_row(s, row, NULL, s->rec.line, s->rec.byte, s->rec.raw);
	*note = (struct sheet_note){ s->rec.line, 0, code, reason };
	return SHEET_IGNORE;
}

static void hold(struct sheet *s)
{
	const struct csv_record *r = &s->rec;
	struct held *h = &s->held[s->nheld++];
	const char *raw = arena_strndup(&s->held_arena, r->raw.p, r->raw.n), *text = arena_strndup(&s->held_arena, r->f[0].p, r->f[0].n);

	*h = (struct held){ { text, r->f[0].n, r->f[0].quoted }, r->line, r->byte, sv_n(raw, r->raw.n) };
}

/* The next of the records held back: rows when the table goes on, footers at its end. */
static enum sheet_verdict give_held(struct sheet *s, struct sheet_row *row, struct sheet_note *note)
{
	const struct held *h = &s->held[s->next_held++];

	if (s->end) {
		s->footers++;
		set_row(s, row, NULL, h->line, h->byte, h->raw);
		*note = (struct sheet_note){ h->line, 0, "footer", "footer line" };
		return SHEET_IGNORE;
	}
	return give_row(s, row, &h->f, 1, true, h->line, h->byte, h->raw);
}

static enum sheet_verdict judge_record(struct sheet *s, struct sheet_row *row, struct sheet_note *note)
{
	const struct csv_record *r = &s->rec;

	if (r->f[0].n == 0 && all_blank(s, r)) {
		s->padding++;
		return ignore(s, row, note, r->n == 1 ? "blank" : "padding", "empty row");
	}
	if (r->f[0].n == s->col[0].n && repeats_header(s, r)) {
		s->repeats++;
		return ignore(s, row, note, "header", "header repeated");
	}
	if (is_total(s, r)) {
		warn(s, "line %llu: totals row skipped", (unsigned long long)r->line);
		return ignore(s, row, note, "total", "totals row");
	}
	if (is_footer(s, r)) {
		s->footers++;
		return ignore(s, row, note, "footer", "footer line");
	}
	for (size_t i = s->ncol; i < r->n; i++)
		if (r->f[i].n) {
			char reason[80];

			snprintf(reason, sizeof reason, "%zu fields, header has %zu", r->n, s->ncol);
			return reject(s, row, note, "fields", s->ncol + 1, reason);
		}
	return give_row(s, row, r->f, r->n, r->padded, r->line, r->byte, r->raw);
}

/* Records up to the header. False: `rec` is a part of the header and no record. */
static bool above(struct sheet *s, struct sheet_row *row, struct sheet_note *note, enum sheet_verdict *v)
{
	const struct csv_record *r = &s->rec;

	if (s->header_left && r->line >= s->header_line) {
		s->header_left--;
		return false;
	}
	s->preamble++;
	*v = ignore(s, row, note, r->verdict == CSV_RECORD && all_blank(s, r) ? "padding" : "preamble", "line above the header");
	return true;
}

static void finish(struct sheet *s)
{
	s->end = true;
	if (!s->has_header) {
		if (!s->rejects)
			warn(s, "empty file");
		return;
	}
	if (s->preamble)
		warn_count(s, s->preamble, "preamble line");
	if (s->shorts > SHORT_SHOWN)
		warn(s, "%llu more rows with fewer fields than the header", (unsigned long long)(s->shorts - SHORT_SHOWN));
	warn_count(s, s->padding, "empty row");
	warn_count(s, s->repeats, "repeated header");
	warn_count(s, s->footers + s->nheld - s->next_held, "footer line");
	if (s->others)
		warn(s, "%llu lines of another table left out", (unsigned long long)s->others);
	if (!s->rows && !s->rejects && s->nheld == s->next_held)
		warn(s, "no data rows");
}

static bool held_full(const struct sheet *s)
{
	return s->nheld == HELD_MAX || s->held_arena.bytes > HELD_BYTES;
}

/* Decide on `rec`. False: read on. */
static bool judge(struct sheet *s, struct sheet_row *row, struct sheet_note *note, enum sheet_verdict *v)
{
	const struct csv_record *r = &s->rec;

	if (!s->has_header) {
		*v = reject(s, row, note, r->code ? r->code : "fields", r->column, r->code ? r->reason : "no header above");
		return true;
	}
	if (s->header_left)
		return above(s, row, note, v);
	if (s->hash_preamble && r->verdict == CSV_RECORD && r->n == 1 && r->f[0].n && r->f[0].p[0] == '#')
		s->table2 = true;
	if (s->table2) {
		s->others++;
		*v = ignore(s, row, note, "table2", "line of another table");
		return true;
	}
	if (r->verdict == CSV_REJECT) {
		*v = reject(s, row, note, r->code, r->column, r->reason);
		return true;
	}
	if (may_be_footer(s, r) && !(s->p && is_total(s, r)) && !is_footer(s, r) && !held_full(s)) {
		hold(s);
		return false;
	}
	*v = judge_record(s, row, note);
	return true;
}

static bool keeps_holding(const struct sheet *s)
{
	return s->rec.verdict == CSV_RECORD && ((may_be_footer(s, &s->rec) && !held_full(s)) || s->table2 ||
	       (s->hash_preamble && s->rec.f[0].n && s->rec.f[0].p[0] == '#') || is_total(s, &s->rec) || is_footer(s, &s->rec) ||
	       (s->rec.f[0].n == 0 && all_blank(s, &s->rec)));
}

enum wend_err sheet_next(struct sheet *s, enum sheet_verdict *v, struct sheet_row *row, struct sheet_note *note, struct err *err)
{
	for (;;) {
		if (s->next_held < s->nheld && (s->drain || s->end)) {
			*v = give_held(s, row, note);
			return WEND_OK;
		}
		if (s->nheld && s->drain) {
			s->nheld = s->next_held = 0;
			s->drain = false;
			arena_reset(&s->held_arena);
		}
		if (s->end) {
			*v = SHEET_END;
			return WEND_OK;
		}
		if (!s->have) {
			enum wend_err e = csv_next(s->c, &s->rec, err);

			if (e)
				return e;
			if (s->rec.verdict == CSV_END) {
				finish(s);
				continue;
			}
			/* A real row: what was held back stands inside the table. */
			if (s->nheld && !keeps_holding(s)) {
				s->have = s->drain = true;
				continue;
			}
		}
		s->have = false;
		if (judge(s, row, note, v))
			return WEND_OK;
	}
}

size_t sheet_warnings(const struct sheet *s, const char *const **list)
{
	const char *const *reader;
	size_t n = csv_warnings(s->c, &reader);
	struct warnings *w = s->w;

	GROW(w->list, w->list_cap, n + w->n + 1);
	for (size_t i = 0; i < n; i++)
		w->list[i] = reader[i];
	for (size_t i = 0; i < w->n; i++)
		w->list[n + i] = w->v[i];
	*list = w->list;
	return n + w->n;
}
