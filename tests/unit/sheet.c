/* Which records are header, rows, sums, footers. Presets are written here as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "ingest/preset.h"
#include "wend/ingest.h"

/* "id,name" for the header, "=LINE a|b" rows, "!LINE reason", "-LINE code", "~warning". */
static void sheet_is(const char *text, const char *preset, const char *want)
{
	struct preset *p = NULL;
	struct csv *c;
	struct sheet *s;
	struct str out = STR_INIT;
	struct err err = ERR_INIT;
	const char *const *list;
	size_t n;
	enum sheet_verdict v;
	uint64_t given = 0;

	if (preset && preset_parse(&p, "test", preset, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(csv_open_bytes(&c, "test", sv_of(text), NULL, &err), WEND_OK);
	assert_int_equal(sheet_open(&s, c, p, &err), WEND_OK);
	for (size_t i = 0; i < sheet_columns(s); i++) {
		str_puts(&out, i ? "," : "");
		str_sv(&out, sheet_column(s, i));
	}
	str_putc(&out, '\n');
	do {
		struct sheet_row row;
		struct sheet_note note;

		assert_int_equal(sheet_next(s, &v, &row, &note, &err), WEND_OK);
		if (v == SHEET_ROW) {
			assert_int_equal(row.ordinal, given++);
			str_printf(&out, "=%llu ", (unsigned long long)row.line);
			for (size_t i = 0; i < sheet_columns(s); i++) {
				struct sv cell = csv_text(&row.f[i]);

				str_puts(&out, i ? "|" : "");
				str_sv(&out, cell.p ? cell : SV("~"));
			}
			str_putc(&out, '\n');
		} else if (v == SHEET_REJECT) {
			given++;
			str_printf(&out, "!%llu %s\n", (unsigned long long)note.line, note.reason);
		} else if (v == SHEET_IGNORE) {
			str_printf(&out, "-%llu %s\n", (unsigned long long)note.line, note.code);
		}
	} while (v != SHEET_END);
	n = sheet_warnings(s, &list);
	for (size_t i = 0; i < n; i++)
		str_printf(&out, "~%s\n", list[i]);
	assert_string_equal(out.p, want);
	str_release(&out);
	sheet_close(s);
	csv_close(c);
	preset_free(p);
}

static void the_first_record_of_names_is_the_header(void **state)
{
	(void)state;
	sheet_is("id,name\n1,Ada\n", NULL, "id,name\n=2 1|Ada\n");
	sheet_is("name\nAda\n\nBo\n", NULL, "name\n=2 Ada\n=4 Bo\n");
	sheet_is("customer,2024-01,2024-02\nada,1,2\nbo,n/a,x\n", NULL, "customer,2024-01,2024-02\n=2 ada|1|2\n=3 bo|n/a|x\n");
}

static void lines_above_the_header_are_skipped_and_named(void **state)
{
	(void)state;
	sheet_is("Campaign report\n\"1 Sep 2026 - 3 Sep 2026\"\nDay,Campaign,Cost\n2026-09-01,A,1.00\n", NULL,
	         "Day,Campaign,Cost\n-1 preamble\n-2 preamble\n=4 2026-09-01|A|1.00\n~2 preamble lines skipped\n");
	sheet_is(",,\nid,name,x\n\"\",\"\",\"\"\n1,Ada,y\n", NULL, "id,name,x\n-1 padding\n-3 padding\n=4 1|Ada|y\n~1 preamble line skipped\n~1 empty row skipped\n");
	sheet_is("Report,Sales\nYear,2026\n\nid,name,city,x\n1,Ada,Ulm,2\n2,Bo,Ulm,3\n", NULL,
	         "id,name,city,x\n-1 preamble\n-2 preamble\n=5 1|Ada|Ulm|2\n=6 2|Bo|Ulm|3\n~2 preamble lines skipped\n");
}

static void further_tables_in_a_file_are_left_out(void **state)
{
	(void)state;
	sheet_is("# A\n# B\nDay,N\n2026-09-01,4\n\n# C\n\nDay,M,K\n1,2,3\n", NULL,
	         "Day,N\n-1 preamble\n-2 preamble\n=4 2026-09-01|4\n-6 table2\n-8 table2\n-9 table2\n~2 preamble lines skipped\n~3 lines of another table left out\n");
}

static void sums_are_no_rows(void **state)
{
	(void)state;
	sheet_is("Day,Campaign,Cost\n2026-09-01,A,1.00\nTotal,,1.00\n", NULL, "Day,Campaign,Cost\n=2 2026-09-01|A|1.00\n-3 total\n~line 3: totals row skipped\n");
	/* A customer may be called so: every cell is filled. */
	sheet_is("name,city,n\nTotal,Paris,1\nTotally Fab,,2\nSum,,x\n", NULL, "name,city,n\n=2 Total|Paris|1\n=3 Totally Fab|~|2\n=4 Sum|~|x\n");
}

static void prose_at_the_end_is_a_footer_and_in_the_middle_a_short_row(void **state)
{
	(void)state;
	sheet_is("id,name\n1,Ada\n\n\"Grand Totals (1 records)\"\n\nDo Not Distribute\n", NULL,
	         "id,name\n=2 1|Ada\n-4 footer\n-6 footer\n~2 footer lines skipped\n");
	sheet_is("id,name\n1,Ada\nfoo bar\n2,Bo\n", NULL, "id,name\n=2 1|Ada\n=3 foo bar|~\n=4 2|Bo\n~line 3: 1 of 2 fields\n");
	/* A file cut off in its last record is not a footer. */
	sheet_is("id,name\n1,Ada\n20", NULL, "id,name\n=2 1|Ada\n=3 20|~\n~line 3: 1 of 2 fields\n");
}

static void short_rows_are_filled_and_long_ones_rejected(void **state)
{
	(void)state;
	sheet_is("id,name,x\n1,Ada\n", NULL, "id,name,x\n=2 1|Ada|~\n~line 2: 2 of 3 fields\n");
	sheet_is("id,name\n1,Ada,extra\n2,Bo,\n", NULL, "id,name\n!2 3 fields, header has 2\n=3 2|Bo\n");
	sheet_is("id,,name\n1,x,Ada\n", NULL, "id,,name\n=2 1|x|Ada\n~column 2 has no name\n");
	sheet_is("id,a,b\n1,\"\",\n", NULL, "id,a,b\n=2 1||~\n");
}

static void spaces_round_unquoted_cells_are_dropped(void **state)
{
	(void)state;
	sheet_is(" id , name\n1,  Ada  \n2,\" Bo \"\n3,\tx\n", NULL, "id,name\n=2 1|Ada\n=3 2| Bo \n=4 3|\tx\n");
}

static void a_repeated_header_is_no_row(void **state)
{
	(void)state;
	sheet_is("id,name\n1,Ada\nid,name\n2,Bo\n", NULL, "id,name\n=2 1|Ada\n-3 header\n=4 2|Bo\n~1 repeated header skipped\n");
}

static void files_without_rows_say_so(void **state)
{
	(void)state;
	sheet_is("", NULL, "\n~empty file\n");
	sheet_is("\n\n\n", NULL, "\n~empty file\n");
	sheet_is("id,name", NULL, "id,name\n~no data rows\n");
	sheet_is("id,name\n1,\"x\n", NULL, "id,name\n!2 quote opened here is never closed\n");
}

static const char *const preset =
	"[export]\ntitle = Test\nsource = test\nrequire = Day, Channel, Cost\ntotal = Sum of*\nfooter = *records downloaded*\n"
	"[spend]\ndate = Day\nchannel = Channel\namount = Cost\ncurrency = \"EUR\"\n";

static void a_preset_knows_header_sums_and_footers(void **state)
{
	(void)state;
	sheet_is("Total,cost\nabc,def\nday,CHANNEL,Cost \n2026-09-01,web,3\nTotal,,3\nSum of all,,3\n,,3\n2,records downloaded,\n", preset,
	         "day,CHANNEL,Cost\n-1 preamble\n-2 preamble\n=4 2026-09-01|web|3\n=5 Total|~|3\n-6 total\n-7 total\n-8 footer\n"
	         "~line 6: totals row skipped\n~line 7: totals row skipped\n~2 preamble lines skipped\n~1 footer line skipped\n");
}

static void many_records_held_back_come_out_in_order(void **state)
{
	struct str text = STR_INIT, want = STR_INIT;

	(void)state;
	str_puts(&text, "id,name\n");
	str_puts(&want, "id,name\n");
	for (int i = 0; i < 60; i++) {
		str_printf(&text, "some words %d\n", i);
		str_printf(&want, "=%d some words %d|~\n", i + 2, i);
	}
	str_puts(&text, "1,x\n");
	str_puts(&want, "=62 1|x\n");
	for (int i = 0; i < 20; i++)
		str_printf(&want, "~line %d: 1 of 2 fields\n", i + 2);
	str_puts(&want, "~40 more rows with fewer fields than the header\n");
	sheet_is(text.p, NULL, want.p);
	str_release(&text);
	str_release(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_record_of_names_is_the_header),
		cmocka_unit_test(lines_above_the_header_are_skipped_and_named),
		cmocka_unit_test(further_tables_in_a_file_are_left_out),
		cmocka_unit_test(sums_are_no_rows),
		cmocka_unit_test(prose_at_the_end_is_a_footer_and_in_the_middle_a_short_row),
		cmocka_unit_test(short_rows_are_filled_and_long_ones_rejected),
		cmocka_unit_test(spaces_round_unquoted_cells_are_dropped),
		cmocka_unit_test(a_repeated_header_is_no_row),
		cmocka_unit_test(files_without_rows_say_so),
		cmocka_unit_test(a_preset_knows_header_sums_and_footers),
		cmocka_unit_test(many_records_held_back_come_out_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
