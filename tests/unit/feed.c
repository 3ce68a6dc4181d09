/* Rows read ahead on a thread are the rows the sheet gives, in order, to the end or to
 * wherever the reading is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "ingest/engine.h"
#include "wend/csv.h"
#include "wend/ingest.h"

enum { RECORDS = 20000 };

/* Plain rows, and every kind that is rewritten, filled, ignored or rejected on the way. */
static char *table(size_t *n)
{
	struct str s = STR_INIT;
	str_puts(&s, "id,name,amount,note\n");
	for (int i = 0; i < RECORDS; i++) {
		switch (i % 11) {
		case 1: str_printf(&s, "%d,\"Nguyen, Ada\",%d.50,\n", i, i); break;
		case 2: str_printf(&s, "%d,\"the \"\"big\"\" one\",%d.50,x\n", i, i); break;
		case 3: str_printf(&s, "%d,  padded ,%d.50,x\n", i, i); break;
		case 4: str_printf(&s, "%d,short\n", i); break;
		case 5: str_printf(&s, "%d,too,many,fields,here\n", i); break;
		case 6: str_printf(&s, "%d,\"two\nlines\",1,x\n", i); break;
		case 7: str_puts(&s, ",,,\n"); break;
		case 8: str_printf(&s, "%d,Z\xc3\xbcrich,%d,x\n", i, i); break;
		case 9: str_printf(&s, "%d,\"\",%d,\n", i, i); break;
		default: str_printf(&s, "%d,name %d,%d.25,web\n", i, i, i);
		}
	}
	str_puts(&s, "Total,,12.00,\n");
	*n = s.n;
	return str_detach(&s);
}

static void tell(struct str *out, enum sheet_verdict v, const struct sheet_row *row, const struct sheet_note *note, size_t ncol)
{
	str_printf(out, "%d %llu %llu %llu ", (int)v, (unsigned long long)row->line, (unsigned long long)row->byte, (unsigned long long)row->ordinal);
	str_sv(out, row->raw);
	for (size_t i = 0; v == SHEET_ROW && i < ncol; i++) {
		str_printf(out, "[%d", row->f[i].quoted);
		str_add(out, row->f[i].p, row->f[i].n);
	}
	if (v != SHEET_ROW)
		str_printf(out, "%s %s %zu", note->code, note->reason ? note->reason : "", note->column);
	str_putc(out, '\n');
}

struct reading {
	char *text;
	struct csv *c;
	struct sheet *s;
	struct err err;
};

static void begin(struct reading *r)
{
	size_t n;
	r->err = (struct err)ERR_INIT;
	r->text = table(&n);
	assert_int_equal(csv_open_bytes(&r->c, "t.csv", sv_n(r->text, n), NULL, &r->err), WEND_OK);
	assert_int_equal(sheet_open(&r->s, r->c, NULL, &r->err), WEND_OK);
}

static void end(struct reading *r)
{
	sheet_close(r->s);
	csv_close(r->c);
	free(r->text);
}

static void the_rows_are_those_of_the_sheet(void **state)
{
	(void)state;
	struct reading a, b;
	struct str want = STR_INIT, have = STR_INIT;
	enum sheet_verdict v, w;
	struct sheet_row row;
	struct sheet_note note = { 0 };
	begin(&a);
	begin(&b);
	struct feed *f = feed_new(b.s, b.c);
	for (size_t n = 0;; n++) {
		assert_int_equal(sheet_next(a.s, &v, &row, &note, &a.err), WEND_OK);
		str_reset(&want);
		if (v != SHEET_END)
			tell(&want, v, &row, &note, sheet_columns(a.s));
		assert_int_equal(feed_next(f, &w, &row, &note, &b.err), WEND_OK);
		assert_int_equal(v, w);
		if (v == SHEET_END) {
			assert_true(n > RECORDS);
			break;
		}
		str_reset(&have);
		tell(&have, w, &row, &note, sheet_columns(b.s));
		assert_string_equal(want.p, have.p);
	}
	feed_free(f);
	const char *const *said[2];
	size_t n = sheet_warnings(a.s, &said[0]);
	assert_int_equal(n, sheet_warnings(b.s, &said[1]));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(said[0][i], said[1][i]);
	assert_int_equal(csv_lines(a.c), csv_lines(b.c));
	struct digest d = csv_digest(a.c, NULL), e = csv_digest(b.c, NULL);
	assert_true(d.hi == e.hi && d.lo == e.lo);
	str_release(&want);
	str_release(&have);
	end(&a);
	end(&b);
}

static void reading_can_be_given_up_anywhere(void **state)
{
	(void)state;
	static const size_t rows[] = { 0, 1, 4096, 4097, 5000, 12000 };
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		struct reading a;
		enum sheet_verdict v;
		struct sheet_row row;
		struct sheet_note note;
		begin(&a);
		struct feed *f = feed_new(a.s, a.c);
		for (size_t i = 0; i < rows[k]; i++)
			assert_int_equal(feed_next(f, &v, &row, &note, &a.err), WEND_OK);
		feed_free(f);
		/* The reader is whole: it begins again at its first line. */
		struct csv_record rec;
		assert_int_equal(csv_rewind(a.c, NULL, &a.err), WEND_OK);
		assert_int_equal(csv_next(a.c, &rec, &a.err), WEND_OK);
		assert_int_equal(rec.line, 1);
		assert_true(sv_is(rec.raw, "id,name,amount,note"));
		end(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rows_are_those_of_the_sheet),
		cmocka_unit_test(reading_can_be_given_up_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
