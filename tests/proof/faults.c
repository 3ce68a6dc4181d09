/* FROM TO [--table]: a damaged record costs at most itself, whatever the damage and
 * whatever kind of record. Each seed makes a good file of one of the eight kinds, damages
 * one record of it in one of the ways below and ingests it. Checked:
 *
 *   every other record is in the store, with each value as made and its line;
 *   what else is in the store, and every reject, stands on the lines of the damaged record;
 *   a reject's byte is where its line begins;
 *   when the record was rejected, the line with the damage is among the rejects;
 *   records = used + rejected + ignored, and each is what was counted by hand.
 *
 * Exit 1 at the first seed for which one of them does not hold. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "kinds.h"
#include "wend/par.h"

enum { RECORDS = 48, PATIENCE_S = 600 };

enum fault {
	AFTER_CLOSING, CLOSING_GONE, QUOTE_BEFORE, QUOTE_INSIDE, ONE_OF_TWO, QUOTED_WHOLE, BACKSLASH_QUOTE,
	CUT, FILE_CUT, NUL_BYTE, BAD_UTF8, HALF_CHARACTER, CONTROL, MARK_INSIDE, GARBAGE,
	BREAK_INSIDE, RETURN_INSIDE, OTHER_END, BLANK_LINES, SEPARATORS_ONLY,
	FIELD_GONE, FIELD_MORE, STRAY_SEPARATOR, TOO_LONG,
	WRONG_DATE, WRONG_NUMBER, WRONG_CURRENCY, REQUIRED_EMPTY, FAULTS
};
static const char *const fault_name[FAULTS] = {
	"a letter after a closing quote", "closing quote deleted", "quote before an unquoted field", "quote inside an unquoted field",
	"one quote of two", "the whole line in quotes", "backslash before a quote",
	"record cut", "file cut inside its last record", "NUL byte", "invalid UTF-8 byte", "half a character", "control byte", "byte order mark inside", "bytes overwritten",
	"line break in an unquoted field", "carriage return in an unquoted field", "another line end", "blank lines behind", "a line of separators behind",
	"a field gone", "a field more", "separator in an unquoted field", "a cell of 1.2 MB",
	"wrong date", "wrong number", "wrong currency", "required cell empty"
};

struct tally {
	long runs, kept, changed, rejected, ignored;
};

static struct {
	uint64_t seed;
	enum fault fault;
	const struct made_file *m;
	struct str bad;          /* the damaged text */
	size_t rec, row;         /* the record and the row that were damaged */
	uint64_t line[RECORDS + 1]; /* of each record in the damaged text */
	char path[600], rejects[600];
} now;

static _Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "seed %" PRIu64 ", %s, %s: ", now.seed, kind_names[now.m->kind], fault_name[now.fault]);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void on_signal(int sig)
{
	char text[80];
	int n = snprintf(text, sizeof text, "seed %" PRIu64 ": signal %d\n", now.seed, sig);

	if (write(2, text, (size_t)n) < 0)
		_exit(3);
	_exit(1);
}

/* ---- damage ---- */

static void splice(size_t at, size_t gone, const char *in, size_t n)
{
	struct sv t = str_view(&now.m->text);

	str_reset(&now.bad);
	str_add(&now.bad, t.p, at);
	str_add(&now.bad, in, n);
	str_add(&now.bad, t.p + at + gone, t.n - at - gone);
}

static bool put_in(size_t at, const char *text)
{
	splice(at, 0, text, strlen(text));
	return true;
}

static size_t cell_end(const struct file_row *r, size_t c)
{
	return r->cell[c + 1] - 1;
}

static size_t row_end(const struct file_row *r)
{
	return cell_end(r, now.m->ncol - 1);
}

static bool put_instead(const struct file_row *r, size_t c, const char *text)
{
	splice(r->cell[c], cell_end(r, c) - r->cell[c], text, strlen(text));
	return true;
}

/* A cell of the row with or without quotes and at least so long. */
static bool pick_cell(const struct file_row *r, bool quoted, size_t least, size_t *c)
{
	for (int tries = 0; tries < 60; tries++) {
		*c = dice((uint32_t)now.m->ncol);
		if (r->quoted[*c] == quoted && cell_end(r, *c) - r->cell[*c] >= least)
			return true;
	}
	return false;
}

static bool pick_type(const struct file_row *r, enum field_type type, size_t *c)
{
	for (int tries = 0; tries < 60; tries++) {
		*c = dice((uint32_t)now.m->ncol);
		int f = now.m->field[*c];
		if (f >= 0 && field_defs[f].type == type && cell_end(r, *c) > r->cell[*c])
			return true;
	}
	return false;
}

/* Somewhere inside an unquoted cell. */
static bool pick_inside(const struct file_row *r, size_t *at)
{
	size_t c;

	if (!pick_cell(r, false, 2, &c))
		return false;
	*at = r->cell[c] + 1 + dice((uint32_t)(cell_end(r, c) - r->cell[c] - 1));
	return true;
}

static bool undouble(const struct file_row *r)
{
	const char *t = now.m->text.p;

	for (size_t c = 0; c < now.m->ncol; c++)
		for (size_t at = r->cell[c] + 1; r->quoted[c] && at + 2 < cell_end(r, c); at++)
			if (t[at] == '"' && t[at + 1] == '"') {
				splice(at, 1, "", 0);
				return true;
			}
	return false;
}

static bool quote_line(const struct file_row *r)
{
	struct str line = STR_INIT;

	str_putc(&line, '"');
	for (size_t at = r->start; at < row_end(r); at++) {
		if (now.m->text.p[at] == '"')
			str_putc(&line, '"');
		str_putc(&line, now.m->text.p[at]);
	}
	str_putc(&line, '"');
	splice(r->start, row_end(r) - r->start, line.p, line.n);
	str_release(&line);
	return true;
}

static bool damage_quotes(const struct file_row *r, enum fault f)
{
	size_t c, at;

	switch (f) {
	case AFTER_CLOSING:
		return pick_cell(r, true, 2, &c) && put_in(cell_end(r, c), "x");
	case CLOSING_GONE:
		if (!pick_cell(r, true, 2, &c))
			return false;
		splice(cell_end(r, c) - 1, 1, "", 0);
		return true;
	case QUOTE_BEFORE:
		return pick_cell(r, false, 2, &c) && put_in(r->cell[c], "\"");
	case QUOTE_INSIDE:
		return pick_inside(r, &at) && put_in(at, "\"");
	case ONE_OF_TWO:
		return undouble(r);
	case QUOTED_WHOLE:
		return quote_line(r);
	default:
		return pick_cell(r, true, 4, &c) && put_in(r->cell[c] + 2, "\\\"");
	}
}

static bool damage_bytes(const struct file_row *r, enum fault f)
{
	static const char *const halves[] = { "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xe2" };
	const size_t len = row_end(r) - r->start, at = r->start + dice((uint32_t)len);
	const bool utf8 = now.m->bytes == BYTES_UTF8 || now.m->bytes == BYTES_BOM;
	char noise[8];
	size_t n = 1;

	switch (f) {
	case NUL_BYTE:
		splice(at, 0, "", 1);
		return true;
	case BAD_UTF8:
		splice(at, 0, &"\xff\xc0\xf8\x80\xfe"[dice(5)], 1);
		return utf8;
	case HALF_CHARACTER:
		return put_in(at, PICK(halves)) && utf8;
	case CONTROL:
		noise[0] = (char)(1 + dice(31));
		if (noise[0] == '\n' || noise[0] == '\r' || noise[0] == '\t')
			noise[0] = 0x7f;
		splice(at, 0, noise, 1);
		return true;
	case MARK_INSIDE:
		return put_in(at, "\xef\xbb\xbf") && utf8;
	default:
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (char)dice(256);
		n += dice(sizeof noise);
		n = n < r->start + len - at ? n : r->start + len - at;
		splice(at, n, noise, n);
		return utf8;
	}
}

static bool damage_lines(const struct file_row *r, enum fault f)
{
	static const char *const ends[] = { "\n", "\r\n", "\r" };
	const size_t end = row_end(r);
	struct str lines = STR_INIT;
	size_t at = r->start + 1 + dice((uint32_t)(end - r->start - 1));

	switch (f) {
	case CUT:
		splice(at, end - at, "", 0);
		return true;
	case FILE_CUT:
		splice(at, now.m->text.n - at, "", 0);
		return true;
	case BREAK_INSIDE: case RETURN_INSIDE:
		return pick_inside(r, &at) && put_in(at, f == BREAK_INSIDE ? "\n" : "\r");
	case OTHER_END:
		str_puts(&lines, PICK(ends));
		splice(end, r->end - end, lines.p, lines.n);
		break;
	case BLANK_LINES:
		for (uint32_t i = dice(5) + 1; i; i--)
			str_puts(&lines, now.m->eol);
		splice(r->end, 0, lines.p, lines.n);
		break;
	default:
		for (size_t c = 1; c < now.m->ncol; c++)
			str_putc(&lines, now.m->sep);
		str_puts(&lines, now.m->eol);
		splice(r->end, 0, lines.p, lines.n);
	}
	str_release(&lines);
	return true;
}

static bool damage_fields(const struct file_row *r, enum fault f)
{
	size_t c = dice((uint32_t)now.m->ncol), at;
	char sep[] = { now.m->sep, 'q', 0 };
	char *big;

	switch (f) {
	case FIELD_GONE:
		if (c + 1 == now.m->ncol)
			return false;
		splice(r->cell[c], r->cell[c + 1] - r->cell[c], "", 0);
		return true;
	case FIELD_MORE:
		return put_in(cell_end(r, c), sep);
	case STRAY_SEPARATOR:
		sep[1] = 0;
		return pick_inside(r, &at) && put_in(at, sep);
	default:
		big = xmalloc(1200001);
		memset(big, 'x', 1200000);
		big[1200000] = 0;
		put_in(r->cell[c] + r->quoted[c], big);
		free(big);
		return true;
	}
}

static bool damage_values(const struct file_row *r, enum fault f)
{
	static const char *const dates[] = { "2024-02-30", "yesterday", "2024-13-01T00:00:00Z", "30.02.2024 25:61", "20240", "2024-01-01T99:00:00Z" };
	static const char *const numbers[] = { "12x4", "1.2.3", "--5", "99999999999999999999999", "0x1F", "five", "1 2 3 4" };
	static const char *const currencies[] = { "EURO", "XQX", "12", "E" };
	size_t c;

	switch (f) {
	case WRONG_DATE:
		return pick_type(r, FT_TIME, &c) && put_instead(r, c, PICK(dates));
	case WRONG_NUMBER:
		return (pick_type(r, FT_MONEY, &c) || pick_type(r, FT_INT, &c) || pick_type(r, FT_DEC, &c)) && put_instead(r, c, PICK(numbers));
	case WRONG_CURRENCY:
		return pick_type(r, FT_CURRENCY, &c) && put_instead(r, c, PICK(currencies));
	default:
		/* A customer without an id may still be told by an address. */
		for (c = 0; c < now.m->ncol; c++)
			if (now.m->kind == KIND_CUSTOMERS && (now.m->field[c] == F_EMAIL || now.m->field[c] == F_PHONE))
				return false;
		for (c = 0; c < now.m->ncol; c++)
			if (now.m->field[c] == COLUMN_CUSTOMER ? now.m->kind == KIND_CUSTOMERS : (field_defs[now.m->field[c]].required & KIND_BIT(now.m->kind)) != 0)
				return now.m->rec[now.rec].rows == 1 && put_instead(r, c, "");
		return false;
	}
}

static bool damage(enum fault f)
{
	now.rec = f == FILE_CUT ? now.m->nrec - 1 : 1 + dice((uint32_t)now.m->nrec - 2);
	now.row = now.m->rec[now.rec].row + (f == FILE_CUT ? now.m->rec[now.rec].rows - 1 : dice((uint32_t)now.m->rec[now.rec].rows));
	const struct file_row *r = &now.m->row[now.row];
	if (f <= BACKSLASH_QUOTE)
		return damage_quotes(r, f);
	if (f >= NUL_BYTE && f <= GARBAGE)
		return damage_bytes(r, f);
	if (f >= WRONG_DATE)
		return damage_values(r, f);
	return f >= FIELD_GONE ? damage_fields(r, f) : damage_lines(r, f);
}

/* ---- what must hold ---- */

static size_t record_start(size_t i)
{
	return now.m->row[now.m->rec[i].row].start;
}

/* First line of each record in the damaged file; behind the last one, none. */
static void find_lines(void)
{
	for (size_t i = 0; i < now.m->nrec; i++)
		now.line[i] = i <= now.rec ? 1 + lines_before(str_view(&now.m->text), record_start(i))
					   : 1 + lines_before(str_view(&now.bad), record_start(i) + now.bad.n - now.m->text.n);
	now.line[now.m->nrec] = UINT64_MAX;
}

static uint64_t line_of(size_t i)
{
	return now.line[i];
}

static bool in_damage(uint64_t line)
{
	return line >= line_of(now.rec) && line < line_of(now.rec + 1);
}

struct outcome {
	bool found[RECORDS];
	bool unchanged;      /* the damaged record itself */
	uint64_t pieces;     /* records made of what is left of it */
	uint64_t used_rows, rejects, reject_here;
};

static void see_record(struct outcome *o, struct store *s, const struct rows *r, size_t i, struct str *text)
{
	const uint64_t line = (uint64_t)r->line[i];

	str_reset(text);
	record_text(text, s, r, i);
	o->used_rows += r->source_rows ? r->source_rows[i] : 1;
	if (in_damage(line)) {
		o->pieces++;
		o->unchanged |= line == line_of(now.rec) && sv_is(str_view(text), now.m->rec[now.rec].expect);
		return;
	}
	for (size_t k = 0; k < now.m->nrec; k++)
		if (k != now.rec && line_of(k) == line) {
			if (o->found[k])
				fail("two records of line %" PRIu64, line);
			if (!sv_is(str_view(text), now.m->rec[k].expect))
				fail("line %" PRIu64 " is\n%s, not\n%s", line, text->p, now.m->rec[k].expect);
			o->found[k] = true;
			return;
		}
	fail("a record of line %" PRIu64 ", where none begins:\n%s", line, text->p);
}

static void see_store(struct outcome *o, struct store *s)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .items = true, .lines = true, .nobody = true, .parts = 1 };
	struct cursor *c = NULL;
	struct rows r;
	struct str text = STR_INIT;
	struct err err = ERR_INIT;

	for (int f = 0; f < F_COUNT; f++)
		if (!field_defs[f].item)
			fields_add(&spec.fields, (enum field)f);
	if (cursor_open(&c, s, &spec, &err))
		fail("%s", err.msg);
	while (cursor_next(c, &r, &err))
		for (size_t i = 0; i < r.n; i++)
			see_record(o, s, &r, i, &text);
	if (err.code)
		fail("%s", err.msg);
	cursor_close(c);
	str_release(&text);
	for (size_t k = 0; k < now.m->nrec; k++)
		if (k != now.rec && !o->found[k])
			fail("record of line %" PRIu64 " is lost; the damage is on line %" PRIu64, line_of(k), line_of(now.rec));
}

/* Where a line of the damaged text begins in the file. */
static uint64_t byte_of(uint64_t line)
{
	const struct sv t = str_view(&now.bad);
	size_t at = 0;

	for (uint64_t n = 1; n < line && at < t.n; at++)
		n += t.p[at] == '\n' || (t.p[at] == '\r' && (at + 1 == t.n || t.p[at + 1] != '\n'));
	return at + (now.m->bytes == BYTES_BOM ? 3 : 0);
}

/* A line of the rejects file begins with line, byte, column and code; what follows is the
 * damaged row as it stood, which may take several lines and any form. */
static void see_rejects(struct outcome *o)
{
	struct str text = STR_INIT;
	struct err err = ERR_INIT;
	const uint64_t here = 1 + lines_before(str_view(&now.m->text), now.m->row[now.row].start);

	if (access(now.rejects, F_OK))
		return;
	if (file_slurp(&text, now.rejects, 1u << 26, &err))
		fail("%s", err.msg);
	struct sv rest = str_view(&text), line;
	while (sv_cut(&rest, '\n', &line)) {
		struct sv f[4] = { { 0 } };
		int64_t at = 0, byte = 0;
		size_t n = 0;

		while (n < 4 && sv_cut(&line, now.m->sep, &f[n]))
			n++;
		if (n < 4 || !sv_int(f[0], &at) || !sv_int(f[1], &byte) || !f[3].n || f[3].p[0] < 'a' || f[3].p[0] > 'z')
			continue;
		if (!in_damage((uint64_t)at))
			fail("a reject of line %" PRId64 ", the damage is on lines %" PRIu64 " to %" PRIu64, at, line_of(now.rec), line_of(now.rec + 1) - 1);
		if (now.m->bytes <= BYTES_BOM && (uint64_t)byte != byte_of((uint64_t)at))
			fail("a reject of byte %" PRId64 "; line %" PRId64 " begins at byte %" PRIu64, byte, at, byte_of((uint64_t)at));
		o->rejects++;
		o->reject_here += (uint64_t)at == here;
	}
	str_release(&text);
	unlink(now.rejects);
}

static bool harmless(enum fault f)
{
	return f == OTHER_END || f == BLANK_LINES || f == SEPARATORS_ONLY;
}

/* A value that is none must not come in as something else. In another line than the first
 * of an order only what is the line's own is read. */
static bool never_used(enum fault f)
{
	return f >= WRONG_DATE && now.row == now.m->rec[now.rec].row;
}

static void see_counts(const struct outcome *o, const struct batch_counts *c)
{
	if (c->records != c->used + c->rejected + c->ignored)
		fail("%" PRIu64 " records are not %" PRIu64 " used + %" PRIu64 " rejected + %" PRIu64 " ignored", c->records, c->used, c->rejected, c->ignored);
	if (c->used != o->used_rows)
		fail("%" PRIu64 " rows used, %" PRIu64 " in the store", c->used, o->used_rows);
	if (c->rejected != o->rejects)
		fail("%" PRIu64 " rows rejected, %" PRIu64 " in the rejects file", c->rejected, o->rejects);
	if (harmless(now.fault) && !o->unchanged)
		fail("the record is lost, and nothing was wrong with it");
	if (never_used(now.fault) && !o->reject_here)
		fail("the record was used");
	if (o->rejects && !o->pieces && !o->reject_here)
		fail("line %" PRIu64 " is not among the rejects", line_of(now.rec));
}

static void one(struct tally *t)
{
	struct store *s = NULL;
	struct ingest_options o = { 0 };
	struct ingest_result res;
	struct err err = ERR_INIT;
	struct str bytes = STR_INIT;
	struct outcome seen = { { false }, false, 0, 0, 0, 0 };

	find_lines();
	made_file_options(now.m, &o);
	o.rejects = now.rejects;
	file_bytes(&bytes, str_view(&now.bad), now.m->bytes);
	if (!write_bytes(now.path, str_view(&bytes)) || store_open(&s, "", STORE_MEMORY, &err))
		fail("cannot write '%s' %s", now.path, err.msg);
	if (ingest_file(s, now.path, &o, &res, &err))
		fail("refused: %s", err.msg);
	see_store(&seen, s);
	see_rejects(&seen);
	see_counts(&seen, &res.counts);
	t->runs++;
	t->rejected += seen.rejects > 0;
	t->kept += !seen.rejects && seen.unchanged;
	t->changed += !seen.rejects && !seen.unchanged && seen.pieces > 0;
	t->ignored += !seen.rejects && !seen.pieces;
	ingest_result_release(&res);
	store_close(s);
	str_release(&bytes);
}

static void run_seed(uint64_t seed, struct tally by_fault[FAULTS], struct tally by_kind[KIND_COUNT])
{
	const enum kind kind = (enum kind)(seed % KIND_COUNT);
	struct tally t = { 0 };

	now.seed = seed;
	now.fault = (enum fault)(seed / KIND_COUNT % FAULTS);
	if (now.fault == TOO_LONG && seed / KIND_COUNT / FAULTS % 8)
		now.fault = CUT; /* a megabyte each time would be most of the work */
	if (now.fault == WRONG_CURRENCY && !(field_defs[F_CURRENCY].kinds & KIND_BIT(kind)))
		now.fault = WRONG_DATE;
	for (uint64_t again = 0; !t.runs; again++) {
		struct made_file m;

		made_file_init(&m, kind, RECORDS, seed << 16 | again);
		now.m = &m;
		if (again == 60)
			now.fault = QUOTE_INSIDE; /* a kind whose cells hold no quotes */
		if (again > 200)
			fail("no place for this damage in any of 200 files");
		alarm(PATIENCE_S);
		if (damage(now.fault))
			one(&t);
		made_file_release(&m);
	}
	struct tally *const to[] = { &by_fault[now.fault], &by_kind[kind] };
	for (int i = 0; i < 2; i++) {
		to[i]->runs += t.runs;
		to[i]->kept += t.kept;
		to[i]->changed += t.changed;
		to[i]->rejected += t.rejected;
		to[i]->ignored += t.ignored;
	}
}

static void print_table(const char *what, const char *const *name, const struct tally *t, int n)
{
	printf("\n| %s | runs | others lost | rejected | read, changed | read, unchanged | ignored |\n|---|---|---|---|---|---|---|\n", what);
	for (int i = 0; i < n; i++)
		printf("| %s | %ld | 0 | %ld | %ld | %ld | %ld |\n", name[i], t[i].runs, t[i].rejected, t[i].changed, t[i].kept, t[i].ignored);
}

int main(int argc, char **argv)
{
	struct tally by_fault[FAULTS] = { { 0 } }, by_kind[KIND_COUNT] = { { 0 } };
	struct str dir = STR_INIT;
	struct err err = ERR_INIT;
	int64_t from = 0, to = 0;

	if (argc < 3 || !sv_int(sv_of(argv[1]), &from) || !sv_int(sv_of(argv[2]), &to) || from < 1 || scratch_dir(&dir, &err)) {
		fprintf(stderr, "usage: faults FROM TO [--table] %s\n", err.msg);
		return 2;
	}
	snprintf(now.path, sizeof now.path, "%s/export.csv", dir.p);
	snprintf(now.rejects, sizeof now.rejects, "%s/rejects.csv", dir.p);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	for (int64_t seed = from; seed <= to; seed++)
		run_seed((uint64_t)seed, by_fault, by_kind);
	if (argc > 3) {
		print_table("damage", fault_name, by_fault, FAULTS);
		print_table("kind", kind_names, by_kind, KIND_COUNT);
	}
	printf("%sseeds %" PRId64 " to %" PRId64 ": %" PRId64 " faults, at most the damaged record lost in each\n", argc > 3 ? "\n" : "", from, to, to - from + 1);
	str_release(&now.bad);
	str_release(&dir);
	return 0;
}
