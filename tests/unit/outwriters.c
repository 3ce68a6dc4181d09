/* Writers: one table in every format, and where finding, table and warnings go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "wend/civil.h"
#include "wend/csv.h"
#include "wend/out.h"
#include "wend/par.h"

static struct str written;

static const char *in_format(struct table *t, enum out_format f, const struct out_options *o)
{
	str_reset(&written);
	out_table(&written, t, f, o, zone_utc());
	return written.p ? written.p : "";
}

static void sample(struct table *t)
{
	table_init(t);
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, -1);
	table_col_money(t, "mrr", currency_of(SV("EUR")));
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "gap", COL_REAL, "days", -1);
	table_col(t, "day", COL_DAY, NULL, -1);
	put_z(t, "\xe6\x9d\xb1\xe4\xba\xac");
	put_int(t, 8912);
	put_int(t, -123456789);
	put_real(t, 0.046);
	put_real(t, 0.1 + 0.2);
	put_int(t, civil_day(2026, 3, 7));
	put_z(t, "ann");
	put_int(t, 3);
	put_int(t, 5);
	put_few(t);
	put_real(t, 12.5);
	put_empty(t);
	t->customer_col = "customer";
}

static void data_formats_hold_plain_numbers_and_empty_cells(void **state)
{
	(void)state;
	struct table t;
	sample(&t);
	assert_string_equal(in_format(&t, OUT_CSV, NULL),
		"customer,n,mrr,share,gap,day\n"
		"\xe6\x9d\xb1\xe4\xba\xac,8912,-1234567.89,0.046,0.30000000000000004,2026-03-07\n"
		"ann,3,0.05,,12.5,\n");
	assert_string_equal(in_format(&t, OUT_TSV, NULL),
		"customer\tn\tmrr\tshare\tgap\tday\n"
		"\xe6\x9d\xb1\xe4\xba\xac\t8912\t-1234567.89\t0.046\t0.30000000000000004\t2026-03-07\n"
		"ann\t3\t0.05\t\t12.5\t\n");
	assert_string_equal(in_format(&t, OUT_JSON, NULL),
		"[\n{\"customer\":\"\xe6\x9d\xb1\xe4\xba\xac\",\"n\":8912,\"mrr\":-1234567.89,\"share\":0.046,\"gap\":0.30000000000000004,\"day\":\"2026-03-07\"},\n"
		"{\"customer\":\"ann\",\"n\":3,\"mrr\":0.05,\"share\":null,\"gap\":12.5,\"day\":null}\n]\n");
	assert_string_equal(in_format(&t, OUT_JSONL, NULL),
		"{\"customer\":\"\xe6\x9d\xb1\xe4\xba\xac\",\"n\":8912,\"mrr\":-1234567.89,\"share\":0.046,\"gap\":0.30000000000000004,\"day\":\"2026-03-07\"}\n"
		"{\"customer\":\"ann\",\"n\":3,\"mrr\":0.05,\"share\":null,\"gap\":12.5,\"day\":null}\n");
	table_release(&t);
}

static void people_see_thousands_per_cent_and_few(void **state)
{
	(void)state;
	struct table t;
	sample(&t);
	assert_string_equal(in_format(&t, OUT_TABLE, NULL),
		"customer      n            mrr  share   gap  day\n"
		"                           EUR         days\n"
		"\xe6\x9d\xb1\xe4\xba\xac      8,912  -1,234,567.89  4.6 %   0.3  2026-03-07\n"
		"ann           3           0.05    few  12.5\n");
	assert_string_equal(in_format(&t, OUT_TEXT, NULL), "customer      n            mrr  share   gap  day\n"
		"                           EUR         days\n"
		"\xe6\x9d\xb1\xe4\xba\xac      8,912  -1,234,567.89  4.6 %   0.3  2026-03-07\n"
		"ann           3           0.05    few  12.5\n");
	assert_string_equal(in_format(&t, OUT_MD, NULL),
		"| customer | n | mrr (EUR) | share | gap (days) | day |\n"
		"| --- | ---: | ---: | ---: | ---: | --- |\n"
		"| \xe6\x9d\xb1\xe4\xba\xac | 8,912 | -1,234,567.89 | 4.6 % | 0.3 | 2026-03-07 |\n"
		"| ann | 3 | 0.05 | few | 12.5 |  |\n");
	assert_non_null(strstr(in_format(&t, OUT_HTML, NULL), "<td class=\"n\">-1,234,567.89</td><td class=\"n\">4.6 %</td>"));
	assert_non_null(strstr(written.p, "<td class=\"n\">few</td>"));
	table_release(&t);
}

static void small_and_large_numbers_stay_readable(void **state)
{
	(void)state;
	static const struct { double v; int digits; bool share; const char *text; } c[] = {
		{ 1234567.891, -1, false, "1,234,568" }, { 0.000012345, -1, false, "1.23e-05" }, { 3.14159265, -1, false, "3.14159" },
		{ 2.5, 2, false, "2.50" }, { -0.001, 1, false, "0.0" }, { 1e20, -1, false, "1e+20" }, { -1234.5, 1, false, "-1,234.5" },
		{ 0.0462, -1, true, "4.6 %" }, { 0.00042, -1, true, "0.042 %" }, { 1, -1, true, "100.0 %" }, { 12.5, 0, true, "1,250 %" }, { 0, -1, true, "0.0 %" }
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct table t;
		char line[60];
		table_init(&t);
		table_col(&t, "v", c[i].share ? COL_SHARE : COL_REAL, NULL, c[i].digits);
		put_real(&t, c[i].v);
		snprintf(line, sizeof line, "%s\n", c[i].text);
		assert_string_equal(in_format(&t, OUT_TEXT, &(struct out_options){ .no_header = true }), line);
		table_release(&t);
	}
}

static void numbers_stand_on_their_point(void **state)
{
	(void)state;
	struct table t;
	table_init(&t);
	table_col(&t, "value", COL_REAL, NULL, -1);
	put_real(&t, 1.25);
	put_real(&t, 100);
	put_real(&t, 0.5);
	assert_string_equal(in_format(&t, OUT_TABLE, NULL), " value\n  1.25\n100\n  0.5\n");
	table_release(&t);
}

static void a_wide_table_shortens_texts_but_never_the_customer(void **state)
{
	(void)state;
	struct table t;
	struct sv rest, line;
	table_init(&t);
	table_col(&t, "customer", COL_TEXT, NULL, -1);
	table_col(&t, "path", COL_TEXT, NULL, -1);
	table_col(&t, "n", COL_INT, NULL, -1);
	t.customer_col = "customer";
	put_z(&t, "a-customer-with-a-very-long-key-0123456789");
	put_z(&t, "ad > visit > \xe6\xb3\xa8\xe6\x96\x87 > parcel > call > order > visit > \xe6\xb3\xa8\xe6\x96\x87 > parcel");
	put_int(&t, 12345);
	rest = sv_of(in_format(&t, OUT_TABLE, NULL));
	while (sv_cut(&rest, '\n', &line))
		assert_true(utf8_width(line) <= 80);
	assert_non_null(strstr(written.p, "a-customer-with-a-very-long-key-0123456789"));
	assert_non_null(strstr(written.p, "\xe2\x80\xa6"));
	assert_non_null(strstr(written.p, "12,345\n"));
	assert_null(strstr(in_format(&t, OUT_TEXT, NULL), "\xe2\x80\xa6"));
	table_release(&t);
}

static void a_table_too_wide_is_folded_and_loses_nothing(void **state)
{
	(void)state;
	struct table t;
	struct sv rest, line;
	char name[12][24];
	table_init(&t);
	table_col(&t, "from", COL_TEXT, NULL, -1);
	table_col(&t, "to", COL_TEXT, NULL, -1);
	for (int c = 0; c < 12; c++) {
		snprintf(name[c], sizeof name[c], "measure_%02d", c);
		table_col(&t, name[c], COL_INT, NULL, -1);
	}
	for (int r = 0; r < 3; r++) {
		put_z(&t, "insert the notification");
		put_z(&t, "send the reminder");
		for (int c = 0; c < 12; c++)
			put_int(&t, 100 * c + r);
	}
	rest = sv_of(in_format(&t, OUT_TABLE, NULL));
	int keys = 0;
	while (sv_cut(&rest, '\n', &line)) {
		assert_true(utf8_width(line) <= 80);
		assert_true(line.n == 0 || sv_starts(line, "from ") || sv_find(line, SV("insert the notification  send the reminder")) == 0);
		keys += sv_starts(line, "insert");
	}
	for (int c = 0; c < 12; c++)
		assert_non_null(strstr(written.p, name[c]));
	assert_int_equal(keys, 3 * 4);
	assert_non_null(strstr(written.p, "1,102"));
	assert_null(strstr(in_format(&t, OUT_TEXT, NULL), "\n\n"));
	table_release(&t);
}

/* Payloads of S09 and S10, as a name in any file could carry them. */
static const char *const formulas[] = { "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\xef\xbc\x9d\x31+1", "\"=1\"", ",=1", "'=1", "''=1" };
static const char *const numbers[] = { "-1", "+49301234567", "-5.00", "1e5" };

static void s09_no_text_is_a_formula_in_a_spreadsheet_and_all_come_back(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
			struct table t;
			struct csv *c = NULL;
			struct csv_record r;
			struct csv_options options = { .sep = f ? '\t' : ',' };
			table_init(&t);
			table_col(&t, "a", COL_TEXT, NULL, -1);
			table_col(&t, "b", COL_INT, NULL, -1);
			put_z(&t, formulas[i]);
			put_int(&t, -5);
			in_format(&t, f ? OUT_TSV : OUT_CSV, &(struct out_options){ .no_header = true });
			assert_null(memchr("=+-@\t\r", written.p[written.p[0] == '"'], 6));
			assert_non_null(strstr(written.p, f ? "\t-5\n" : ",-5\n"));
			assert_int_equal(csv_open_bytes(&c, "x", str_view(&written), &options, NULL), 0);
			assert_int_equal(csv_next(c, &r, NULL), 0);
			assert_int_equal(r.n, 2);
			struct sv back = csv_unguard(sv_n(r.f[0].p, r.f[0].n));
			if (!sv_is(back, formulas[i]))
				fail_msg("'%s' came back as '%.*s'", formulas[i], (int)back.n, back.p);
			csv_close(c);
			/* --raw writes what is there. */
			in_format(&t, f ? OUT_TSV : OUT_CSV, &(struct out_options){ .no_header = true, .raw = true });
			assert_non_null(strstr(written.p, formulas[i][0] == '"' ? "\"\"\"=1\"\"\"" : formulas[i]));
			table_release(&t);
		}
	}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct table t;
		char line[40];
		table_init(&t);
		table_col(&t, "a", COL_TEXT, NULL, -1);
		put_z(&t, numbers[i]);
		snprintf(line, sizeof line, "%s\n", numbers[i]);
		assert_string_equal(in_format(&t, OUT_CSV, &(struct out_options){ .no_header = true }), line);
		table_release(&t);
	}
}

static const char evil[] = "x\x1b]0;owned\x07\xc2\x9b" "31m\xe2\x80\xae\x7f";

static void s10_no_control_character_reaches_a_terminal(void **state)
{
	(void)state;
	static const enum out_format people[] = { OUT_TABLE, OUT_TEXT, OUT_MD, OUT_HTML, OUT_JSON, OUT_JSONL, OUT_CSV, OUT_TSV };
	struct out_options terminal = { .terminal = true };
	struct table t;
	table_init(&t);
	table_col(&t, "name\x1b[1m", COL_TEXT, NULL, -1);
	put_z(&t, evil);
	for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
		in_format(&t, people[i], &terminal);
		for (size_t k = 0; k < written.n; k++) {
			unsigned char c = (unsigned char)written.p[k];
			if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || (c == 0xc2 && (unsigned char)written.p[k + 1] < 0xa0))
				fail_msg("format %d wrote byte %02x", (int)people[i], c);
		}
		assert_null(strstr(written.p, "\xe2\x80\xae"));
	}
	assert_non_null(strstr(in_format(&t, OUT_TABLE, NULL), "x\\x1b]0;owned\\x07\\x9b31m\\u202e\\x7f"));
	assert_non_null(strstr(in_format(&t, OUT_JSON, NULL), "x\\u001b]0;owned\\u0007\\u009b31m\\u202e\\u007f"));
	/* A pipe gets the bytes that came in. */
	assert_non_null(strstr(in_format(&t, OUT_CSV, NULL), evil));
	table_release(&t);
}

static void s14_html_and_markdown_show_text_and_nothing_else(void **state)
{
	(void)state;
	struct table t;
	table_init(&t);
	table_col(&t, "<b>", COL_TEXT, "\"u\"", -1);
	put_z(&t, "<img src=x onerror='alert(1)'> & \"javascript:\"");
	put_z(&t, "[click](javascript:alert(1)) | `code` **b** <i> total_value _em_");
	in_format(&t, OUT_HTML, NULL);
	assert_null(strstr(written.p, "<img"));
	assert_null(strstr(written.p, "<b>"));
	assert_non_null(strstr(written.p, "&lt;img src=x onerror=&#39;alert(1)&#39;&gt; &amp; &quot;javascript:&quot;"));
	in_format(&t, OUT_MD, NULL);
	assert_non_null(strstr(written.p, "\\[click\\](javascript:alert(1)) \\| \\`code\\` \\*\\*b\\*\\* &lt;i> total_value \\_em\\_"));
	assert_null(strstr(written.p, "<img"));
	table_release(&t);
}

/* ---- whole reports ---- */

struct result {
	struct str out, err;
	int status;
};

static void read_fd(struct str *s, const char *path)
{
	str_reset(s);
	assert_int_equal(file_slurp(s, path, 1 << 20, NULL), 0);
}

static void fill(struct report *r)
{
	report_init(r);
	str_puts(&r->finding, "4.6 % of customers left in October (408 of 8,912; 4.2 to 5.0), September 3.9 %: more than chance. Two in three went without a word");
	str_puts(&r->definition, "left = no order for 150 days");
	line_add(&r->next, "wend churn why");
	line_add(&r->next, "wend churn risk --top 312 --with name,phone -o call.csv");
	line_add(&r->next, "wend ltv");
	line_add(&r->warn, "the bank file ends at '2026-11-05'");
	table_col(&r->table, "period", COL_TEXT, NULL, -1);
	table_col(&r->table, "left", COL_INT, NULL, -1);
	put_z(&r->table, "2026-10");
	put_int(&r->table, 408);
	explain_count(&r->explain, "used", 408);
	explain_count(&r->explain, "after the as-of date", 92);
	r->explain.in_store = 500;
	line_add(&r->explain.text, "rate = left / at the start = 408 / 8,912");
}

/* The report as a command would write it, standard output and error in files. */
static void run(struct result *x, const struct out_options *o, const char *stdout_path, void (*more)(struct report *))
{
	char dir[] = "/tmp/wend-unit-out-XXXXXX", out[64], errors[64];
	int status = 0;
	assert_non_null(mkdtemp(dir));
	snprintf(out, sizeof out, "%s/out", dir);
	snprintf(errors, sizeof errors, "%s/err", dir);
	pid_t pid = fork();
	if (pid == 0) {
		struct report r;
		struct err e = ERR_INIT;
		enum wend_err rc;
		if (!freopen(stdout_path ? stdout_path : out, "w", stdout) || !freopen(errors, "w", stderr))
			_exit(99);
		fill(&r);
		if (more)
			more(&r);
		rc = out_report(&r, o, &e);
		report_release(&r);
		if (out_finish(rc ? NULL : &e) && !rc)
			rc = WEND_E_STORE;
		if (rc)
			fprintf(stderr, "wend: %s\n", e.msg);
		fflush(stderr);
		_exit((int)rc);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	x->status = WEXITSTATUS(status);
	if (!stdout_path)
		read_fd(&x->out, out);
	read_fd(&x->err, errors);
	unlink(out);
	unlink(errors);
	rmdir(dir);
}

static void release(struct result *x)
{
	str_release(&x->out);
	str_release(&x->err);
}

static const char spoken[] =
	"churn rate: 4.6 % of customers left in October (408 of 8,912; 4.2 to 5.0),\n"
	"  September 3.9 %: more than chance. Two in three went without a word\n";
static const char next_line[] = "next: wend churn why    wend churn risk --top 312 --with name,phone -o call.csv\n      wend ltv\n";

static void data_goes_to_standard_output_and_words_to_standard_error(void **state)
{
	(void)state;
	static const enum out_format data[] = { OUT_TABLE, OUT_CSV, OUT_TSV, OUT_JSON, OUT_JSONL };
	struct result x = { STR_INIT, STR_INIT, 0 };
	for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
		struct str expect = STR_INIT;
		run(&x, &(struct out_options){ .format = data[i], .command = "churn rate" }, NULL, NULL);
		assert_int_equal(x.status, 0);
		str_printf(&expect, "wend churn rate: the bank file ends at '2026-11-05'\n%sleft = no order for 150 days\n%s", spoken, next_line);
		assert_string_equal(x.err.p, expect.p);
		assert_null(strstr(x.out.p, "left = no order"));
		assert_non_null(strstr(x.out.p, "408"));
		str_release(&expect);
	}
	release(&x);
}

static void documents_hold_finding_definition_and_next(void **state)
{
	(void)state;
	struct result x = { STR_INIT, STR_INIT, 0 };
	struct str expect = STR_INIT;
	struct out_options o = { .format = OUT_TEXT, .command = "churn rate" };
	run(&x, &o, NULL, NULL);
	str_printf(&expect, "%speriod   left\n2026-10   408\nleft = no order for 150 days\n%s", spoken, next_line);
	assert_string_equal(x.out.p, expect.p);
	assert_string_equal(x.err.p, "wend churn rate: the bank file ends at '2026-11-05'\n");
	str_release(&expect);
	o.format = OUT_MD;
	run(&x, &o, NULL, NULL);
	assert_non_null(strstr(x.out.p, "**churn rate**: 4.6 % of customers"));
	assert_non_null(strstr(x.out.p, "\n\nleft = no order for 150 days\n"));
	assert_non_null(strstr(x.out.p, "\nNext:\n\n    wend churn why\n"));
	o.format = OUT_HTML;
	run(&x, &o, NULL, NULL);
	assert_non_null(strstr(x.out.p, "<p class=\"finding\"><b>churn rate</b>: 4.6 %"));
	assert_non_null(strstr(x.out.p, "<p class=\"definition\">left = no order"));
	assert_non_null(strstr(x.out.p, "<code>wend churn why</code>"));
	release(&x);
}

static void quiet_leaves_standard_error_empty(void **state)
{
	(void)state;
	struct result x = { STR_INIT, STR_INIT, 0 };
	for (int f = OUT_TABLE; f <= OUT_HTML; f++) {
		run(&x, &(struct out_options){ .format = (enum out_format)f, .command = "churn rate", .quiet = true, .explain = true }, NULL, NULL);
		assert_int_equal(x.err.n, 0);
		assert_null(strstr(x.out.p, "more than chance"));
		assert_null(strstr(x.out.p, "wend churn why"));
	}
	release(&x);
}

static void an_explanation_accounts_for_every_row(void **state)
{
	(void)state;
	struct result x = { STR_INIT, STR_INIT, 0 };
	run(&x, &(struct out_options){ .format = OUT_CSV, .explain = true }, NULL, NULL);
	assert_non_null(strstr(x.err.p,
		"rate = left / at the start = 408 / 8,912\n"
		"rows                    n\n"
		"used                  408\n"
		"after the as-of date   92\n"
		"in the store          500\n"));
	assert_null(strstr(x.out.p, "as-of"));
	run(&x, &(struct out_options){ .format = OUT_TEXT, .explain = true }, NULL, NULL);
	assert_non_null(strstr(x.out.p, "in the store          500\n"));
	run(&x, &(struct out_options){ .format = OUT_HTML, .explain = true }, NULL, NULL);
	assert_non_null(strstr(x.out.p, "<td>in the store</td><td class=\"n\">500</td>"));
	release(&x);
}

static void screen(struct report *r)
{
	struct screen_block *b = report_screen(r, NULL);
	table_col(&b->t, "", COL_TEXT, NULL, -1);
	table_col(&b->t, "October", COL_TEXT, NULL, -1);
	table_col(&b->t, "95 %", COL_TEXT, NULL, -1);
	put_z(&b->t, "left");
	put_z(&b->t, "408 = 4.6 %");
	put_z(&b->t, "4.2-5.0 %");
	b = report_screen(r, "WHY");
	table_col(&b->t, "", COL_TEXT, NULL, -1);
	table_col(&b->t, "customers", COL_TEXT, NULL, -1);
	put_z(&b->t, "parcel after promised day");
	put_z(&b->t, ">= 49");
}

static void people_see_the_screen_and_programs_the_table(void **state)
{
	(void)state;
	struct result x = { STR_INIT, STR_INIT, 0 };
	run(&x, &(struct out_options){ .format = OUT_TABLE }, NULL, screen);
	assert_string_equal(x.out.p,
		"                                 October       95 %\n"
		"  left                       408 = 4.6 %  4.2-5.0 %\n"
		"  WHY                          customers\n"
		"  parcel after promised day        >= 49\n");
	run(&x, &(struct out_options){ .format = OUT_CSV }, NULL, screen);
	assert_string_equal(x.out.p, "period,left\n2026-10,408\n");
	run(&x, &(struct out_options){ .format = OUT_MD }, NULL, screen);
	assert_non_null(strstr(x.out.p, "| WHY | customers |\n| --- | --- |\n| parcel after promised day | >= 49 |"));
	release(&x);
}

static void a_full_disk_ends_in_words(void **state)
{
	(void)state;
	struct result x = { STR_INIT, STR_INIT, 0 };
	for (int f = OUT_TABLE; f <= OUT_HTML; f++) {
		run(&x, &(struct out_options){ .format = (enum out_format)f, .quiet = true }, "/dev/full", NULL);
		assert_int_equal(x.status, WEND_E_STORE);
		assert_string_equal(x.err.p, "wend: cannot write standard output: No space left on device\n");
	}
	run(&x, &(struct out_options){ .format = OUT_CSV, .quiet = true, .output = "/dev/full" }, NULL, NULL);
	assert_int_equal(x.status, WEND_E_STORE);
	assert_string_equal(x.err.p, "wend: cannot write '/dev/full': No space left on device\n");
	release(&x);
}

static void many_rows(struct report *r)
{
	for (int i = 0; i < 30000; i++) {
		put_z(&r->table, "2026-10");
		put_int(&r->table, i);
	}
}

static void a_long_table_arrives_whole_in_a_file(void **state)
{
	(void)state;
	struct result x = { STR_INIT, STR_INIT, 0 };
	char path[] = "/tmp/wend-unit-long-XXXXXX";
	int fd = mkstemp(path), lines = 0;
	struct sv rest, line;
	close(fd);
	run(&x, &(struct out_options){ .format = OUT_CSV, .quiet = true, .output = path }, NULL, many_rows);
	assert_int_equal(x.status, 0);
	assert_int_equal(x.out.n, 0);
	read_fd(&x.out, path);
	rest = str_view(&x.out);
	while (sv_cut(&rest, '\n', &line))
		lines++;
	assert_int_equal(lines, 30003); /* header, first row, 30,000, and the end */
	assert_true(sv_ends(str_view(&x.out), "2026-10,29999\n"));
	unlink(path);
	release(&x);
}

static void an_empty_table_keeps_its_header(void **state)
{
	(void)state;
	struct table t;
	table_init(&t);
	table_col(&t, "customer", COL_TEXT, NULL, -1);
	table_col(&t, "x", COL_INT, NULL, -1);
	assert_string_equal(in_format(&t, OUT_CSV, NULL), "customer,x\n");
	assert_string_equal(in_format(&t, OUT_JSON, NULL), "[]\n");
	assert_string_equal(in_format(&t, OUT_JSONL, NULL), "");
	assert_string_equal(in_format(&t, OUT_TABLE, NULL), "customer  x\n");
	assert_string_equal(in_format(&t, OUT_CSV, &(struct out_options){ .no_header = true }), "");
	table_release(&t);
}

static void formats_are_known_by_name(void **state)
{
	(void)state;
	enum out_format f;
	struct err e = ERR_INIT;
	assert_int_equal(out_format_parse(&f, "jsonl", NULL), 0);
	assert_int_equal(f, OUT_JSONL);
	assert_int_equal(out_format_parse(&f, "jsom", &e), WEND_E_USAGE);
	assert_string_equal(e.msg, "unknown format 'jsom'; did you mean 'json'?");
	assert_int_equal(out_format_parse(&f, "CSV", &e), WEND_E_USAGE);
	setenv("WEND_FORMAT", "md", 1);
	assert_int_equal(out_format_resolve(OUT_AUTO, false), OUT_MD);
	assert_int_equal(out_format_resolve(OUT_TSV, false), OUT_TSV);
	setenv("WEND_FORMAT", "nonsense", 1);
	assert_int_equal(out_format_resolve(OUT_AUTO, true), OUT_CSV);
	unsetenv("WEND_FORMAT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_formats_hold_plain_numbers_and_empty_cells),
		cmocka_unit_test(people_see_thousands_per_cent_and_few),
		cmocka_unit_test(small_and_large_numbers_stay_readable),
		cmocka_unit_test(numbers_stand_on_their_point),
		cmocka_unit_test(a_wide_table_shortens_texts_but_never_the_customer),
		cmocka_unit_test(a_table_too_wide_is_folded_and_loses_nothing),
		cmocka_unit_test(s09_no_text_is_a_formula_in_a_spreadsheet_and_all_come_back),
		cmocka_unit_test(s10_no_control_character_reaches_a_terminal),
		cmocka_unit_test(s14_html_and_markdown_show_text_and_nothing_else),
		cmocka_unit_test(data_goes_to_standard_output_and_words_to_standard_error),
		cmocka_unit_test(documents_hold_finding_definition_and_next),
		cmocka_unit_test(quiet_leaves_standard_error_empty),
		cmocka_unit_test(an_explanation_accounts_for_every_row),
		cmocka_unit_test(people_see_the_screen_and_programs_the_table),
		cmocka_unit_test(a_full_disk_ends_in_words),
		cmocka_unit_test(a_long_table_arrives_whole_in_a_file),
		cmocka_unit_test(an_empty_table_keeps_its_header),
		cmocka_unit_test(formats_are_known_by_name),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	str_release(&written);
	return failed;
}
