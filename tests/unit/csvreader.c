/* The reader: encodings, line ends, separators, quotes, limits, refusals, digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "wend/csv.h"
#include "wend/mem.h"

/* What a reader makes of some bytes, as text: fields between bars, quoted ones in quotes,
 * "!LINE reason" for rejects, "~warning" at the end. */
static char *told(struct sv bytes, const struct csv_options *o, size_t expect)
{
	struct str s = STR_INIT;
	struct err err = ERR_INIT;
	struct csv *c;
	struct csv_record r;
	const char *const *list;
	size_t n;

	if (csv_open_bytes(&c, "test", bytes, o, &err)) {
		str_puts(&s, err.msg);
		return str_detach(&s);
	}
	csv_expect(c, expect);
	for (;;) {
		assert_int_equal(csv_next(c, &r, &err), WEND_OK);
		if (r.verdict == CSV_END)
			break;
		if (r.verdict == CSV_REJECT) {
			str_printf(&s, "!%llu %s\n", (unsigned long long)r.line, r.reason);
			continue;
		}
		str_printf(&s, "%llu", (unsigned long long)r.line);
		for (size_t i = 0; i < r.n; i++) {
			str_puts(&s, r.f[i].quoted ? "|\"" : "|");
			str_add(&s, r.f[i].p, r.f[i].n);
			str_puts(&s, r.f[i].quoted ? "\"" : "");
		}
		str_putc(&s, '\n');
	}
	n = csv_warnings(c, &list);
	for (size_t i = 0; i < n; i++)
		str_printf(&s, "~%s\n", list[i]);
	csv_close(c);
	return str_detach(&s);
}

static void reads(struct sv bytes, const char *want)
{
	char *got = told(bytes, NULL, 2);

	assert_string_equal(got, want);
	free(got);
}
#define READS(bytes, want) reads(SV(bytes), want)

static void byte_order_marks_are_no_part_of_the_first_name(void **state)
{
	(void)state;
	READS("\xef\xbb\xbfid,name\n1,Ada\n", "1|id|name\n2|1|Ada\n");
	READS("\xef\xbb\xbf\"id\",\"name\"\n1,Ada\n", "1|\"id\"|\"name\"\n2|1|Ada\n");
	READS("\xff\xfei\0d\0,\0n\0\n\0" "1\0,\0\xfc\0\n\0", "1|id|n\n2|1|\xc3\xbc\n");
	READS("\xfe\xff\0i\0d\0,\0n\0\n\0" "1\0,\xd8\x3d\xde\0\0\n", "1|id|n\n2|1|\xf0\x9f\x98\x80\n");
}

static void utf16_without_mark_is_told_from_its_zeros(void **state)
{
	(void)state;
	READS("i\0d\0,\0n\0\n\0" "1\0,\0A\0\n\0", "1|id|n\n2|1|A\n");
	READS("\0i\0d\0,\0n\0\n\0" "1\0,\0A\0\n", "1|id|n\n2|1|A\n");
}

static void half_a_surrogate_pair_costs_its_record_only(void **state)
{
	(void)state;
	READS("\xff\xfei\0,\0n\0\n\0" "1\0,\0\x3d\xd8\n\0" "2\0,\0B\0\n\0", "1|i|n\n!2 not valid UTF-16LE\n3|2|B\n");
}

static void bytes_that_are_not_utf8_are_windows_1252_or_rejected(void **state)
{
	(void)state;
	READS("id,name\n1,M\xfcller\n2,O\x92Neil\n", "1|id|name\n2|1|M\xc3\xbcller\n3|2|O\xe2\x80\x99Neil\n~encoding: windows-1252 assumed\n");
	READS("id,name\n1,\"M\xfcller\"\n", "1|id|name\n2|1|\"M\xc3\xbcller\"\n~encoding: windows-1252 assumed\n");
	READS("id,name\n1,\xff\xfe" "Ada\xc3(\n", "1|id|name\n!2 not valid UTF-8 at byte 11\n");
	/* Every other line is good UTF-8: the one bad byte is an accident. */
	READS("id,name\n1,M\xc3\xbcller\n2,M\xfcller\n3,\xc3\x9f\n", "1|id|name\n2|1|M\xc3\xbcller\n!3 not valid UTF-8 at byte 22\n4|3|\xc3\x9f\n");
}

static void a_given_encoding_is_believed(void **state)
{
	struct csv_options o = { .encoding = "ISO-8859-2" };
	char *got;

	(void)state;
	got = told(SV("id,n\n1,\xb9\n"), &o, 2);
	assert_string_equal(got, "1|id|n\n2|1|\xc5\xa1\n");
	free(got);
	o.encoding = "UTF-8";
	got = told(SV("id,n\n1,\xb9\n2,x\n"), &o, 2);
	assert_string_equal(got, "1|id|n\n!2 not valid UTF-8 at byte 8\n3|2|x\n");
	free(got);
	o.encoding = "windows-1252";
	got = told(SV("id,n\n1,\x80\n"), &o, 2);
	assert_string_equal(got, "1|id|n\n2|1|\xe2\x82\xac\n");
	free(got);
	o.encoding = "klingon";
	got = told(SV("id,n\n"), &o, 2);
	assert_string_equal(got, "unknown encoding 'klingon'; 'iconv -l' lists the names");
	free(got);
}

static void all_line_ends_end_lines(void **state)
{
	(void)state;
	READS("id,name\r1,Ada\r2,Bo\r", "1|id|name\n2|1|Ada\n3|2|Bo\n");
	READS("id,name\r\n1,Ada\n2,Bo\r3,Chi", "1|id|name\n2|1|Ada\n3|2|Bo\n4|3|Chi\n");
	READS("id,note\n1,\"a\nb\r\nc\rd\"\n2,x\n", "1|id|note\n2|1|\"a\nb\r\nc\rd\"\n6|2|x\n");
	READS("id,name\r\n1,\"Ada\"\r\n\r\n2,\"Bo\"", "1|id|name\n2|1|\"Ada\"\n4|2|\"Bo\"\n");
	READS("a,b\n\x1a", "1|a|b\n~Ctrl-Z at end ignored\n");
	READS("a,b\n1,2\x1a", "1|a|b\n2|1|2\n~Ctrl-Z at end ignored\n");
	READS("\n\r\n\n", "");
	READS("", "");
}

static void empty_lines_are_counted_and_skipped(void **state)
{
	struct csv *c;
	struct csv_record r;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(csv_open_bytes(&c, "t", SV("\n\nid,name\n\r\n1,x\n"), NULL, &err), WEND_OK);
	csv_next(c, &r, &err);
	assert_int_equal(r.line, 3);
	assert_int_equal(r.byte, 2);
	csv_next(c, &r, &err);
	assert_int_equal(r.line, 5);
	assert_int_equal(r.byte, 12);
	csv_next(c, &r, &err);
	assert_int_equal(r.verdict, CSV_END);
	assert_int_equal(csv_lines(c), 5);
	assert_int_equal(csv_blanks(c), 3);
	csv_close(c);
}

static void separators_are_found(void **state)
{
	static const struct { const char *text; char sep; } t[] = {
		{ "id;total\n1;1.234,56\n", ';' }, { "a;b;c;d\n1,5;2,5;3,5;4,5\n1,5;2,5;3,5;4,5\n", ';' }, { "id\tname\n1\tAda, B\n2\tAda, C\n", '\t' },
		{ "id|name\n1|Ada, B\n", '|' }, { "name\nAda\n", ',' }, { "id;name", ';' },
		{ "Report, all\nfrom, to\na;b;c\n1;2;3\n1;2;3\n", ';' }, { "sep=|\na|b\n", '|' }, { "\"sep=\t\"\na,x\tb\n", '\t' },
		{ "id,note\n1,\"a;b;c\"\n2,\"d;e;f\"\n3,x\n", ',' },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct csv *c;
		struct err err = ERR_INIT;

		assert_int_equal(csv_open_bytes(&c, "t", sv_of(t[i].text), NULL, &err), WEND_OK);
		assert_int_equal(csv_separator(c), t[i].sep);
		csv_close(c);
	}
	READS("sep=;\nid;name\n1;Ada\n", "2|id|name\n3|1|Ada\n");
}

static void quotes_in_all_their_forms(void **state)
{
	(void)state;
	READS("id,name\n1,5\" pipe\n2,say \"hi\"\n", "1|id|name\n2|1|5\" pipe\n3|2|say \"hi\"\n");
	READS("id,name\n1,\"say \"hi\" now\"\n2,Bo\n", "1|id|name\n2|1|\"say \"hi\" now\"\n3|2|Bo\n~line 2: quote not doubled\n");
	READS("id,name\n1,\"Ada\"x\n2,Bo\n", "1|id|name\n!2 text after closing quote\n3|2|Bo\n");
	READS("id,name\n1,\"Ada\n2,Bo\n", "1|id|name\n!2 quote opened here is never closed\n3|2|Bo\n");
	READS("id,name\n1,\"Ada\n2,\"Bo\"\n", "1|id|name\n!2 quote opened here is never closed\n3|2|\"Bo\"\n");
	READS("id,name\n1 , \"Ada\" \n", "1|id|name\n2|1 |\"Ada\"\n");
	READS("id\tname\n1\t \"A\tB\" \n", "1|id|name\n2|1|\"A\tB\"\n");
	READS("id,name\n 1,  Ada  \n", "1|id|name\n2| 1|  Ada  \n");
	READS("id,name\n1,\"say \\\"hi\\\"\"\n", "1|id|name\n2|1|\"say \"hi\"\"\n~line 2: backslash escape\n");
	READS("id,name\n1,\"C:\\\"\n", "1|id|name\n2|1|\"C:\\\"\n");
	READS("id,a\n1,\"\"\n2,\n", "1|id|a\n2|1|\"\"\n3|2|\n");
	READS("id,name\n1,\"a\"\"b\"\n", "1|id|name\n2|1|\"a\"b\"\n");
	READS("id,name\n1,\"Ada\"", "1|id|name\n2|1|\"Ada\"\n");
	READS("id,name\n1,\"Ada", "1|id|name\n!2 quote opened here is never closed\n");
}

static void the_column_of_a_fault_is_that_of_the_byte(void **state)
{
	struct csv *c;
	struct csv_record r;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(csv_open_bytes(&c, "t", SV("id,name\n1,\"Ada\"x\n1,\"Ada\n1,\0\n"), NULL, &err), WEND_OK);
	csv_expect(c, 2);
	csv_next(c, &r, &err);
	csv_next(c, &r, &err);
	assert_string_equal(r.code, "quote-text");
	assert_int_equal(r.column, 8);
	assert_true(sv_is(r.raw, "1,\"Ada\"x"));
	csv_next(c, &r, &err);
	assert_string_equal(r.code, "quote-open");
	assert_int_equal(r.column, 3);
	csv_next(c, &r, &err);
	assert_string_equal(r.code, "nul");
	assert_int_equal(r.column, 3);
	csv_close(c);
}

static void without_quoting_quotes_are_data(void **state)
{
	struct csv_options o = { .sep = '\t', .no_quotes = true };
	char *got = told(SV("id\tname\n1\t\"Ada\n2\t5\" x\n"), &o, 2);

	(void)state;
	assert_string_equal(got, "1|id|name\n2|1|\"Ada\n3|2|5\" x\n");
	free(got);
}

static void a_nul_byte_costs_its_record(void **state)
{
	(void)state;
	READS("id,name\n1,A\0da\n2,Bo\n", "1|id|name\n!2 NUL byte\n3|2|Bo\n");
	READS("id,name\n1,\"A\0da\"\n2,Bo\n", "1|id|name\n!2 NUL byte\n3|2|Bo\n");
}

static void line_separators_of_unicode_are_text(void **state)
{
	(void)state;
	READS("id,name\n1,A\xe2\x80\xa8" "B\xc2\x85" "C\n", "1|id|name\n2|1|A\xe2\x80\xa8" "B\xc2\x85" "C\n");
}

/* ---- limits ---- */

static void limits_reject_their_line_and_nothing_else(void **state)
{
	struct csv_options o = { .max_field = 10, .max_lines = 3, .max_columns = 4 };
	char *got;

	(void)state;
	got = told(SV("id,n\n1,12345678901\n2,\"12345678901\"\n3,1234567890\n4,\"1234567890\"\n"), &o, 2);
	assert_string_equal(got, "1|id|n\n!2 field longer than 10 bytes\n!3 field longer than 10 bytes\n4|3|1234567890\n5|4|\"1234567890\"\n");
	free(got);
	got = told(SV("a,b\n1,2,3,4,5\n1,2,3,\"4\",5\n1,2,3,4\n1,2,3,\"4\"\n"), &o, 4);
	assert_string_equal(got, "1|a|b\n!2 more than 4 columns\n!3 more than 4 columns\n4|1|2|3|4\n5|1|2|3|\"4\"\n");
	free(got);
	got = told(SV("a,b\n1,\"x\ny\nz\"\n2,\"x\ny\nz\n\n\"\n3,c\n"), &o, 2);
	assert_string_equal(got, "1|a|b\n2|1|\"x\ny\nz\"\n!5 quote opened here is not closed within 3 lines\n6|y\n7|z\n!9 quote opened here is never closed\n10|3|c\n");
	free(got);
}

static void endless(const char *head, const char *unit, size_t bytes, const char *tail, const char *want)
{
	struct str s = STR_INIT;
	size_t n = strlen(unit);
	char *got;

	str_puts(&s, head);
	while (s.n < bytes)
		str_add(&s, unit, n);
	str_puts(&s, tail);
	got = told(str_view(&s), NULL, 2);
	assert_string_equal(got, want);
	free(got);
	str_release(&s);
}

static void bombs_are_refused_with_their_line(void **state)
{
	(void)state;
	endless("id,n\n1,\"", "x", 3 << 20, "\"\n2,Bo\n", "1|id|n\n!2 field longer than 1 MiB\n3|2|Bo\n");
	endless("id,n\n1,", "x", 20 << 20, "\n2,Bo\n", "1|id|n\n!2 line longer than 5 MiB\n3|2|Bo\n");
	endless("id,n\n1,\"", "x\"\"", 20 << 20, "\"\r\n2,Bo\n", "1|id|n\n!2 line longer than 5 MiB\n3|2|Bo\n");
	endless("id,n\n", "1,", 2 << 20, "\n2,Bo\n", "1|id|n\n!2 more than 65536 columns\n3|2|Bo\n");
	endless("id,n\n", "\n", 30 << 20, "2,Bo\n", "1|id|n\n31457277|2|Bo\n");
}

/* Quotes that open again and again and never close: each costs its line, and the time
 * stays proportional to the text. */
static void quotes_that_never_close_do_not_add_up(void **state)
{
	struct str s = STR_INIT;
	struct csv *c;
	struct csv_record r;
	struct err err = ERR_INIT;
	size_t rejects = 0, records = 0;

	(void)state;
	str_puts(&s, "id,n\n");
	for (int i = 0; i < 20000; i++)
		str_puts(&s, i % 900 ? "1,x\n" : "1,\"x\n");
	assert_int_equal(csv_open_bytes(&c, "t", str_view(&s), NULL, &err), WEND_OK);
	csv_expect(c, 2);
	for (;;) {
		assert_int_equal(csv_next(c, &r, &err), WEND_OK);
		if (r.verdict == CSV_END)
			break;
		rejects += r.verdict == CSV_REJECT;
		records += r.verdict == CSV_RECORD;
	}
	assert_int_equal(rejects, 23);
	assert_int_equal(records, 20001 - 23);
	csv_close(c);
	str_release(&s);
}

/* ---- files ---- */

struct folder {
	char path[64];
	char file[96];
};

static void put(struct folder *d, const char *name, const void *p, size_t n)
{
	int fd;

	snprintf(d->file, sizeof d->file, "%s/%s", d->path, name);
	fd = open(d->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	close(fd);
}

static void folder_make(struct folder *d)
{
	snprintf(d->path, sizeof d->path, "/tmp/wend-csvreader-XXXXXX");
	assert_non_null(mkdtemp(d->path));
}

static void refused(const char *path, enum wend_err code, const char *part)
{
	struct csv *c = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(csv_open(&c, path, NULL, &err), code);
	assert_null(c);
	if (!strstr(err.msg, part) || !strstr(err.msg, path))
		fail_msg("'%s' does not say '%s'", err.msg, part);
}

static void what_is_no_text_table_is_named(void **state)
{
	static const struct { const char *bytes; size_t n; const char *part; } t[] = {
#define B(s) s, sizeof s - 1
		{ B("PK\3\4\0\0[Content_Types].xml"), "Office document" }, { B("PK\3\4\0\0xl/workbook.xml"), "Excel workbook" },
		{ B("PK\3\4\0\0orders.csv"), "zip archive; unpack it" }, { B("%PDF-1.7\n"), "PDF" },
		{ B("{\"orders\": [1]}"), "JSON" }, { B(" \n[{\"a\":1}]"), "JSON" }, { B("<!DOCTYPE html><html>"), "web page" },
		{ B("\n<?xml version='1.0'?>"), "XML" }, { B("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "old Excel" },
		{ B("\x28\xb5\x2f\xfd...."), "zstd" }, { B("SQLite format 3\0"), "SQLite" },
	};
	struct folder d;

	(void)state;
	folder_make(&d);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		put(&d, "x.csv", t[i].bytes, t[i].n);
		refused(d.file, WEND_E_INPUT, t[i].part);
	}
	unlink(d.file);
	refused(d.path, WEND_E_INPUT, "is a folder");
	refused(d.file, WEND_E_STORE, "No such file");
	assert_int_equal(mkfifo(d.file, 0600), 0);
	refused(d.file, WEND_E_INPUT, "not a regular file");
	unlink(d.file);
	rmdir(d.path);
	READS("{id},[name]\n1,x\n", "1|{id}|[name]\n2|1|x\n");
}

static void gzip(struct str *out, const char *text)
{
	z_stream z;
	char buf[4096];

	memset(&z, 0, sizeof z);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (uInt)strlen(text);
	z.next_out = (unsigned char *)buf;
	z.avail_out = sizeof buf;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	str_add(out, buf, sizeof buf - z.avail_out);
	deflateEnd(&z);
}

static void gzip_is_inflated_and_never_cut_short(void **state)
{
	struct str s = STR_INIT;
	struct csv *c;
	struct csv_record r;
	struct err err = ERR_INIT;
	struct digest raw;
	uint64_t n;

	(void)state;
	gzip(&s, "id,name\n1,Ada\n");
	gzip(&s, "2,Bo\n");
	reads(str_view(&s), "1|id|name\n2|1|Ada\n3|2|Bo\n");
	assert_int_equal(csv_open_bytes(&c, "t", str_view(&s), NULL, &err), WEND_OK);
	while (!csv_next(c, &r, &err) && r.verdict != CSV_END)
		;
	raw = csv_digest(c, &n);
	assert_int_equal(n, s.n);
	assert_int_equal(raw.lo, digest128(s.p, s.n).lo);
	csv_close(c);
	/* The last member lacks its end. */
	s.n -= 5;
	assert_int_equal(csv_open_bytes(&c, "t", str_view(&s), NULL, &err), WEND_E_INPUT);
	assert_non_null(strstr(err.msg, "ends in the middle of its gzip data"));
	str_release(&s);
}

static void many_rows(struct str *s, size_t bytes)
{
	str_puts(s, "id,name,note\n");
	for (int i = 0; s->n < bytes; i++)
		str_printf(s, i % 7 ? "%d,name %d,plain\n" : "%d,\"name, %d\",\"two\nlines\"\n", i, i);
}

static uint64_t all_fields(struct csv *c)
{
	struct csv_record r;
	struct err err = ERR_INIT;
	uint64_t h = 0;

	for (;;) {
		assert_int_equal(csv_next(c, &r, &err), WEND_OK);
		if (r.verdict == CSV_END)
			return h;
		assert_int_equal(r.verdict, CSV_RECORD);
		for (size_t i = 0; i < r.n; i++)
			h = hash_mix(h ^ hash64(r.f[i].p, r.f[i].n));
	}
}

static void digests_of_file_prefix_and_reader_agree(void **state)
{
	struct str s = STR_INIT;
	struct folder d;
	struct csv *c;
	struct err err = ERR_INIT;
	struct digest whole, at[3], got;
	uint64_t bytes, lengths[3] = { 2500000, 17, 99999999 };

	(void)state;
	folder_make(&d);
	many_rows(&s, 3 << 20);
	put(&d, "x.csv", s.p, s.n);
	assert_int_equal(file_digest(d.file, &whole, &bytes, lengths, at, 3, &err), WEND_OK);
	assert_int_equal(bytes, s.n);
	got = digest128(s.p, s.n);
	assert_memory_equal(&whole, &got, sizeof got);
	got = digest128(s.p, 2500000);
	assert_memory_equal(&at[0], &got, sizeof got);
	got = digest128(s.p, 17);
	assert_memory_equal(&at[1], &got, sizeof got);
	assert_int_equal(at[2].lo | at[2].hi, 0);
	assert_int_equal(csv_open(&c, d.file, NULL, &err), WEND_OK);
	assert_int_equal(csv_digest_at(c, lengths, 3, &err), WEND_OK);
	all_fields(c);
	whole = csv_digest(c, &bytes);
	assert_int_equal(bytes, s.n);
	got = digest128(s.p, s.n);
	assert_memory_equal(&whole, &got, sizeof got);
	for (int i = 0; i < 2; i++) {
		assert_true(csv_digest_of(c, lengths[i], &got));
		assert_memory_equal(&at[i], &got, sizeof got);
	}
	assert_false(csv_digest_of(c, lengths[2], &got));
	csv_close(c);
	unlink(d.file);
	rmdir(d.path);
	str_release(&s);
}

static void standard_input_can_be_read_again_from_a_pipe(void **state)
{
	struct str s = STR_INIT;
	struct csv *c;
	struct err err = ERR_INIT;
	uint64_t once, twice, direct;
	int p[2], saved = dup(0);
	pid_t child;

	(void)state;
	many_rows(&s, 3 << 20);
	assert_int_equal(csv_open_bytes(&c, "t", str_view(&s), NULL, &err), WEND_OK);
	direct = all_fields(c);
	csv_close(c);
	assert_int_equal(pipe(p), 0);
	child = fork();
	if (child == 0) {
		for (size_t at = 0; at < s.n;) {
			ssize_t n = write(p[1], s.p + at, s.n - at);

			if (n < 0)
				_exit(1);
			at += (size_t)n;
		}
		_exit(0);
	}
	close(p[1]);
	dup2(p[0], 0);
	close(p[0]);
	assert_int_equal(csv_open(&c, "-", NULL, &err), WEND_OK);
	once = all_fields(c);
	assert_int_equal(csv_rewind(c, NULL, &err), WEND_OK);
	twice = all_fields(c);
	csv_close(c);
	dup2(saved, 0);
	close(saved);
	assert_true(once == direct);
	assert_true(twice == direct);
	str_release(&s);
}

static void a_second_reading_takes_new_options(void **state)
{
	struct csv_options o = { .sep = ';' };
	struct csv *c;
	struct csv_record r;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(csv_open_bytes(&c, "t", SV("a;b,c\n1;2,3\n"), &(struct csv_options){ .sep = ',' }, &err), WEND_OK);
	csv_next(c, &r, &err);
	assert_true(sv_is(csv_text(&r.f[0]), "a;b"));
	assert_int_equal(csv_rewind(c, &o, &err), WEND_OK);
	csv_next(c, &r, &err);
	assert_true(sv_is(csv_text(&r.f[0]), "a"));
	assert_int_equal(r.line, 1);
	assert_int_equal(r.sep, ';');
	csv_close(c);
}

static void warnings_have_an_end(void **state)
{
	struct str s = STR_INIT;
	struct csv *c;
	struct csv_record r;
	struct err err = ERR_INIT;
	const char *const *list;

	(void)state;
	str_puts(&s, "id,n\n");
	for (int i = 0; i < 500; i++)
		str_puts(&s, "1,\"a \"b\" c\"\n");
	assert_int_equal(csv_open_bytes(&c, "t", str_view(&s), NULL, &err), WEND_OK);
	csv_expect(c, 2);
	while (!csv_next(c, &r, &err) && r.verdict != CSV_END)
		;
	assert_int_equal(csv_warnings(c, &list), 100);
	assert_string_equal(list[99], "401 more warnings like these");
	csv_close(c);
	str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_order_marks_are_no_part_of_the_first_name),
		cmocka_unit_test(utf16_without_mark_is_told_from_its_zeros),
		cmocka_unit_test(half_a_surrogate_pair_costs_its_record_only),
		cmocka_unit_test(bytes_that_are_not_utf8_are_windows_1252_or_rejected),
		cmocka_unit_test(a_given_encoding_is_believed),
		cmocka_unit_test(all_line_ends_end_lines),
		cmocka_unit_test(empty_lines_are_counted_and_skipped),
		cmocka_unit_test(separators_are_found),
		cmocka_unit_test(quotes_in_all_their_forms),
		cmocka_unit_test(the_column_of_a_fault_is_that_of_the_byte),
		cmocka_unit_test(without_quoting_quotes_are_data),
		cmocka_unit_test(a_nul_byte_costs_its_record),
		cmocka_unit_test(line_separators_of_unicode_are_text),
		cmocka_unit_test(limits_reject_their_line_and_nothing_else),
		cmocka_unit_test(bombs_are_refused_with_their_line),
		cmocka_unit_test(quotes_that_never_close_do_not_add_up),
		cmocka_unit_test(what_is_no_text_table_is_named),
		cmocka_unit_test(gzip_is_inflated_and_never_cut_short),
		cmocka_unit_test(digests_of_file_prefix_and_reader_agree),
		cmocka_unit_test(standard_input_can_be_read_again_from_a_pipe),
		cmocka_unit_test(a_second_reading_takes_new_options),
		cmocka_unit_test(warnings_have_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
