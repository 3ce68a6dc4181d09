/* FROM RECORDS [--table]: files of the eight kinds whose records were changed at random,
 * four changes of one file a seed from FROM on, until so many changed records have been read. Meant to
 * run under the sanitizers. Checked for each file:
 *
 *   records = used + rejected + ignored, used = added + updated + duplicates;
 *   what the store holds is what was used, each record on a line the file has;
 *   a refused file says why and leaves the store as it was;
 *
 * and now and then: a dry run counts the same, the same file again adds nothing, another
 * change of the file on top keeps the balance, `store check` finds nothing.
 *
 * Exit 1 at the first seed for which one of them does not hold. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "kinds.h"
#include "wend/par.h"
#include "wend/journey.h"

enum { RECORDS = 1500, VARIANTS = 6, PATIENCE_S = 600 };

struct tally {
	uint64_t files, refused, records, mutated, used, rejected, ignored;
};

static struct {
	uint64_t seed;
	enum kind kind;
	char path[600];
} now;

static _Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "seed %" PRIu64 ", %s: ", now.seed, kind_names[now.kind]);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* Asked to end: what was done so far is told. */
static volatile sig_atomic_t ended;

static void on_end(int sig)
{
	ended = sig;
}

static void on_signal(int sig)
{
	char text[80];
	int n = snprintf(text, sizeof text, "seed %" PRIu64 ": signal %d\n", now.seed, sig);

	if (write(2, text, (size_t)n) < 0)
		_exit(3);
	_exit(1);
}

/* ---- changes ---- */

static const char *const odd_cells[] = {
	"", " ", "\"\"", "0", "-0", "-1", "007", "1e308", "1e-9", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "0.0000001", "1.234,56", "1,234.56", "1'234.50",
	"$5", "\xe2\x82\xac 3,50", "EUR 5", "5 USD", "\302\245500", "(5.00)", "5-", "+7", "NaN", "inf", "5%", "92233720368547758.07", "-92233720368547758.08", "1e400",
	"9999-12-31T23:59:59Z", "0001-01-01", "1970-01-01", "2024-02-29", "2023-02-29", "2024-03-31 02:30:00", "2024-10-27 02:30:00", "2024-12-31T23:59:60Z", "-1-01-01", "31/12/2024",
	"12/31/2024", "03/04/2024", "2024-W05", "1700000000", "1700000000000", "20240101", "2024-01-01T00:00:00+14:00", "2024-01-01T00:00:00+99:99", "Mar 5, 2024 10:11 PM", "0000-00-00", "10:11", "2024",
	"NA", "NULL", "null", "-", "--", "\\N", "'", "=1+1", "@x", "#", "sep=;", "Total", "Grand total", "Summe", "c00001", "c00002", "a@example.com", " A@EXAMPLE.COM ", "@", "a@b@c", "+4930123456", "0049 30 12", "tel",
	"\xe2\x80\xae", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xf0\x9f\x98\x80", "e\xcc\x81", "\xef\xbf\xbd", "\"", "\"\"\"", "a\"b", "x\ny", "\r", "\t", "paid", "failed", "refunded", "nps", "praise", "true", "O-00001-01",
};
static const char *const odd_bytes[] = { "\"", "\"\"", "\n", "\r", "\r\n", ",", ";", "\t", "|", "\\", "\\\"", "\xff", "\xc3", "\xe2\x82", "\xef\xbb\xbf", "\x1a", "\x01", " ", "'", "=", "\",\"", "\n\n", ",,", "\"\n" };

static void add_noise(struct str *out, struct sv row, size_t changes)
{
	struct str was = STR_INIT, to = STR_INIT;

	str_sv(&was, row);
	while (changes--) {
		const size_t at = was.n ? dice((uint32_t)was.n) : 0;
		const size_t len = was.n - at < 12 ? was.n - at : 12;
		const size_t gone = len ? dice((uint32_t)len + 1) : 0;
		const char *in = PICK(odd_bytes);

		str_reset(&to);
		str_add(&to, was.p ? was.p : "", at);
		switch (dice(6)) {
		case 0: /* one byte another */
			str_putc(&to, (char)dice(256));
			str_add(&to, was.p + at + (at < was.n), was.n - at - (at < was.n));
			break;
		case 1: /* some bytes gone */
			str_add(&to, was.p + at + gone, was.n - at - gone);
			break;
		case 2: /* some bytes twice */
			str_add(&to, was.p + at, gone);
			str_add(&to, was.p + at, was.n - at);
			break;
		case 3: /* a zero */
			str_putc(&to, 0);
			str_add(&to, was.p + at, was.n - at);
			break;
		default:
			str_puts(&to, in);
			str_add(&to, was.p + at, was.n - at);
		}
		const struct str swap = was;
		was = to;
		to = swap;
	}
	str_sv(out, str_view(&was));
	str_release(&was);
	str_release(&to);
}

static void put_quoted(struct str *out, const char *text)
{
	str_putc(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			str_putc(out, '"');
		str_putc(out, *text);
	}
	str_putc(out, '"');
}

/* One cell of the row another: an odd text, one of another row or of another column, a
 * very long one. */
static void change_cell(struct str *out, const struct made_file *m, const struct file_row *r)
{
	const size_t c = dice((uint32_t)m->ncol), end = r->cell[c + 1] - 1;
	const struct file_row *other = &m->row[dice((uint32_t)m->nrow)];
	const size_t oc = dice(2) ? c : dice((uint32_t)m->ncol);
	const char *odd = PICK(odd_cells);

	str_add(out, m->text.p + r->start, r->cell[c] - r->start);
	switch (dice(8)) {
	case 0: case 1:
		str_add(out, m->text.p + other->cell[oc], other->cell[oc + 1] - 1 - other->cell[oc]);
		break;
	case 2:
		for (uint32_t n = dice(200) ? dice(60) : dice(70000); n; n--)
			str_putc(out, (char)('0' + n % 10));
		break;
	case 3: case 4:
		put_quoted(out, odd);
		break;
	default:
		str_puts(out, odd);
	}
	str_add(out, m->text.p + end, r->end - end);
}

static void change_row(struct str *out, const struct made_file *m, size_t i)
{
	const struct file_row *r = &m->row[i], *other = &m->row[dice((uint32_t)m->nrow)];
	const struct sv row = sv_n(m->text.p + r->start, r->end - r->start);
	struct str cell = STR_INIT;

	switch (dice(16)) {
	case 0: /* twice */
		str_sv(out, row);
		str_sv(out, row);
		break;
	case 1: /* another row in its place */
		str_add(out, m->text.p + other->start, other->end - other->start);
		break;
	case 2: /* the head of one, the tail of another */
		str_add(out, row.p, dice((uint32_t)row.n));
		str_add(out, m->text.p + other->start + (other->end - other->start) / 2, other->end - other->start - (other->end - other->start) / 2);
		break;
	case 3: case 4: case 5: case 6:
		add_noise(out, row, 1 + dice(3));
		break;
	case 7:
		change_cell(&cell, m, r);
		add_noise(out, str_view(&cell), 1 + dice(2));
		break;
	default:
		change_cell(out, m, r);
	}
	str_release(&cell);
}

/* A column called otherwise: another field, a field twice, no field at all. */
static void change_header(struct str *out, const struct made_file *m)
{
	static const char *const names[] = { "visitor", "employee", "item_amount", "counted", "refunded", "refund_time", "email", "phone", "customer", "id", "updated", "currency", "", "x", "line", "Total" };
	const size_t which = dice((uint32_t)m->ncol);

	for (size_t c = 0; c < m->ncol; c++) {
		str_puts(out, c != which ? column_name(m, c) : dice(3) ? PICK(names) : field_defs[dice(F_COUNT)].name);
		if (c + 1 < m->ncol)
			str_putc(out, m->sep);
	}
	str_puts(out, m->eol);
}

/* The file with one row in `one_in` changed; *mutated counts them. */
static void mutate(struct str *bytes, const struct made_file *m, uint32_t one_in, uint64_t *mutated)
{
	struct str text = STR_INIT;

	*mutated = 0;
	if (dice(6) == 0)
		change_header(&text, m);
	else
		str_add(&text, m->text.p, m->row[0].start);
	for (size_t i = 0; i < m->nrow; i++) {
		if (dice(one_in)) {
			str_add(&text, m->text.p + m->row[i].start, m->row[i].end - m->row[i].start);
			continue;
		}
		change_row(&text, m, i);
		++*mutated;
	}
	if (dice(40) == 0)
		text.n = dice((uint32_t)text.n);
	file_bytes(bytes, str_view(&text), m->bytes);
	/* Bytes that know nothing of rows and encodings. */
	for (uint32_t n = dice(10) ? 0 : dice(8); n && bytes->n; n--)
		bytes->p[dice((uint32_t)bytes->n)] = (char)dice(256);
	str_release(&text);
}

static void choose_options(const struct made_file *m, struct ingest_options *o)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "+05:30" };
	static const char *const orders[] = { "dmy", "mdy", "ymd" };
	static const char *const keep[] = { "*" };

	made_file_options(m, o);
	o->tz = PICK(zones);
	if (dice(4) == 0)
		o->date_order = dice(2) ? PICK(orders) : NULL;
	if (dice(4) == 0)
		o->decimal = dice(2) ? dice(2) ? "comma" : "point" : NULL;
	if (dice(4) == 0)
		o->country = "DE";
	if (dice(6) == 0)
		o->id_space = "shop";
	if (dice(6) == 0)
		o->grain = dice(2) ? "order" : "line";
	if (dice(8) == 0)
		o->keep = (struct opt_list){ .v = (const char **)(uintptr_t)keep, .n = 1 };
	o->currency_code = "EUR";
}

/* ---- what must hold ---- */

static void see_balance(const struct batch_counts *c)
{
	if (c->records != c->used + c->rejected + c->ignored)
		fail("%" PRIu64 " records are not %" PRIu64 " used + %" PRIu64 " rejected + %" PRIu64 " ignored", c->records, c->used, c->rejected, c->ignored);
	if (c->used != c->added + c->updated + c->duplicates)
		fail("%" PRIu64 " used are not %" PRIu64 " added + %" PRIu64 " updated + %" PRIu64 " duplicates", c->used, c->added, c->updated, c->duplicates);
}

static uint64_t rows_in(struct store *s)
{
	struct err err = ERR_INIT;
	int64_t n[KIND_COUNT];
	uint64_t sum = 0;

	if (store_row_counts(s, n, &err))
		fail("%s", err.msg);
	for (int k = 0; k < KIND_COUNT; k++)
		sum += (uint64_t)n[k];
	return sum;
}

/* Everything is read; returns the source rows of what is seen. */
static uint64_t read_store(struct store *s, uint64_t lines)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .items = true, .attrs = true, .lines = true, .nobody = true, .parts = 1 };
	struct cursor *c = NULL;
	struct rows r;
	struct err err = ERR_INIT;
	uint64_t rows = 0;

	for (int f = 0; f < F_COUNT; f++)
		if (!field_defs[f].item)
			fields_add(&spec.fields, (enum field)f);
	if (cursor_open(&c, s, &spec, &err))
		fail("%s", err.msg);
	while (cursor_next(c, &r, &err))
		for (size_t i = 0; i < r.n; i++) {
			rows += r.source_rows ? r.source_rows[i] : 1;
			if (r.line[i] < 1 || (uint64_t)r.line[i] > lines)
				fail("a record of line %" PRId64 "; the file has %" PRIu64, r.line[i], lines);
		}
	if (err.code)
		fail("%s", err.msg);
	cursor_close(c);
	return rows;
}

static void ingest_again(struct store *s, const struct ingest_options *o)
{
	struct ingest_result res;
	struct err err = ERR_INIT;
	const uint64_t generation = store_generation(s);

	if (ingest_file(s, now.path, o, &res, &err))
		fail("the same file again: %s", err.msg);
	if (!res.already || store_generation(s) != generation)
		fail("the same file again was not known");
	see_balance(&res.counts);
	ingest_result_release(&res);
}

static void check_store(struct store *s)
{
	struct report r;
	struct err err = ERR_INIT;

	report_init(&r);
	if (store_table_check(s, &r, &err)) {
		const struct table *t = &r.table;
		for (size_t i = 0; i < t->nrow && t->ncol == 3; i++)
			if (sv_is(table_at(t, i, 1)->s, "bad"))
				fail("store check, %.*s: %.*s", (int)table_at(t, i, 0)->s.n, table_at(t, i, 0)->s.p, (int)table_at(t, i, 2)->s.n, table_at(t, i, 2)->s.p);
		fail("store check: %s", err.msg);
	}
	report_release(&r);
}

static bool one_file(struct store *s, struct sv bytes, const struct ingest_options *o, struct tally *t, uint64_t mutated)
{
	struct ingest_result res;
	struct err err = ERR_INIT;
	const uint64_t before = rows_in(s);

	if (!write_bytes(now.path, bytes))
		fail("cannot write '%s'", now.path);
	const enum wend_err e = ingest_file(s, now.path, o, &res, &err);
	t->files++;
	if (e) {
		t->refused++;
		if (e != WEND_E_INPUT && e != WEND_E_USAGE)
			fail("refused with %d: %s", (int)e, err.msg);
		if (!*err.msg || rows_in(s) != before)
			fail("refused without a word, or not wholly: '%s'", err.msg);
	} else {
		const struct batch_counts *c = &res.counts;
		see_balance(c);
		if (!o->dry_run && !before && rows_in(s) != c->added)
			fail("%" PRIu64 " rows in the store, %" PRIu64 " added, %" PRIu64 " updated", rows_in(s), c->added, c->updated);
		t->records += c->records;
		t->mutated += mutated < c->records ? mutated : c->records;
		t->used += c->used;
		t->rejected += c->rejected;
		t->ignored += c->ignored;
	}
	ingest_result_release(&res);
	return !e;
}

static void add_tally(struct tally *to, const struct tally *t)
{
	to->files += t->files;
	to->refused += t->refused;
	to->records += t->records;
	to->mutated += t->mutated;
	to->used += t->used;
	to->rejected += t->rejected;
	to->ignored += t->ignored;
}

/* One change of the file into a store of its own, and what is done now and then. */
static void one_variant(const struct made_file *m, uint64_t number, struct tally *all)
{
	static const uint32_t shares[] = { 1, 1, 1, 1, 1, 2, 4, 30 };
	const uint32_t one_in = PICK(shares);
	struct ingest_options o = { 0 };
	struct tally t = { 0 }, dry = { 0 };
	struct store *s = NULL;
	struct str bytes = STR_INIT;
	struct err err = ERR_INIT;
	uint64_t mutated;

	alarm(PATIENCE_S);
	choose_options(m, &o);
	mutate(&bytes, m, one_in, &mutated);
	if (store_open(&s, "", STORE_MEMORY, &err))
		fail("%s", err.msg);
	if (number % 16 == 3) {
		o.dry_run = true;
		one_file(s, str_view(&bytes), &o, &dry, 0);
		o.dry_run = false;
	}
	if (one_file(s, str_view(&bytes), &o, &t, mutated)) {
		if (number % 16 == 3 && (dry.used != t.used || dry.rejected != t.rejected || dry.ignored != t.ignored))
			fail("a dry run counts %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", not %" PRIu64 ", %" PRIu64 ", %" PRIu64, dry.used, dry.rejected, dry.ignored, t.used, t.rejected, t.ignored);
		/* Bytes of other encodings may well be other lines. */
		read_store(s, m->bytes <= BYTES_BOM ? lines_before(str_view(&bytes), bytes.n) + 1 : UINT64_MAX);
		if (number % 4 == 1)
			ingest_again(s, &o);
		if (number % 8 == 2) {
			mutate(&bytes, m, one_in, &mutated);
			one_file(s, str_view(&bytes), &o, &t, mutated);
			read_store(s, UINT64_MAX);
		}
		if (number % 8 >= 4 && number % 8 <= 5)
			check_store(s);
	}
	store_close(s);
	str_release(&bytes);
	add_tally(all, &t);
}

static void run_seed(uint64_t seed, struct tally *t)
{
	struct made_file m;

	now.seed = seed;
	now.kind = (enum kind)(seed % KIND_COUNT);
	made_file_init(&m, now.kind, RECORDS, seed);
	for (uint64_t i = 0; i < VARIANTS; i++)
		one_variant(&m, seed / KIND_COUNT * VARIANTS + i, t);
	made_file_release(&m);
}

static void print_row(const char *name, const struct tally *t)
{
	printf("| %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n", name, t->files, t->refused, t->records, t->mutated, t->used, t->rejected, t->ignored);
}

int main(int argc, char **argv)
{
	struct tally by_kind[KIND_COUNT] = { { 0 } }, all = { 0 };
	struct str dir = STR_INIT;
	struct err err = ERR_INIT;
	int64_t from = 0, want = 0;
	uint64_t seed;

	if (argc < 3 || !sv_int(sv_of(argv[1]), &from) || !sv_int(sv_of(argv[2]), &want) || from < 1 || scratch_dir(&dir, &err)) {
		fprintf(stderr, "usage: mutated FROM RECORDS [--table] %s\n", err.msg);
		return 2;
	}
	snprintf(now.path, sizeof now.path, "%s/export.csv", dir.p);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	signal(SIGTERM, on_end);
	for (seed = (uint64_t)from; all.mutated < (uint64_t)want && !ended; seed++) {
		struct tally t = { 0 };

		run_seed(seed, &t);
		add_tally(&by_kind[seed % KIND_COUNT], &t);
		add_tally(&all, &t);
	}
	if (argc > 3) {
		printf("| kind | files | refused | records | changed records | used | rejected | ignored |\n|---|---|---|---|---|---|---|---|\n");
		for (int k = 0; k < KIND_COUNT; k++)
			print_row(kind_names[k], &by_kind[k]);
		print_row("all", &all);
		printf("\n");
	}
	printf("seeds %" PRId64 " to %" PRIu64 ": %" PRIu64 " changed records in %" PRIu64 " files, records = used + rejected + ignored in each\n", from, seed - 1, all.mutated, all.files);
	str_release(&dir);
	return 0;
}
