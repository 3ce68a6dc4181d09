/* Ingest: the traps of real exports, each on a small file of its own. Files are written
 * into a scratch folder; stores are in memory unless a file must be seen twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ingest/engine.h"
#include "wend/ingest.h"
#include "wend/mem.h"

static struct str scratch;

static const char *file(const char *name, const char *text)
{
	static struct str path;
	str_reset(&path);
	str_printf(&path, "%s/%s", scratch.p, name);
	FILE *f = fopen(path.p, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	return path.p;
}

struct run {
	struct store *store;
	struct ingest_options o;
	struct ingest_result res;
	struct err err;
};

static void run_begin(struct run *r)
{
	*r = (struct run){ .err = ERR_INIT };
	assert_int_equal(store_open(&r->store, "", STORE_MEMORY, &r->err), WEND_OK);
}

static void map(struct run *r, const char *kind, const char *what)
{
	r->o.as = kind;
	GROW(r->o.map.v, r->o.map.cap, 1);
	r->o.map.n = 1;
	r->o.map.v[0] = what;
}

static enum wend_err ingest(struct run *r, const char *path)
{
	ingest_result_release(&r->res);
	r->err = (struct err)ERR_INIT;
	enum wend_err e = ingest_file(r->store, path, &r->o, &r->res, &r->err);
	const struct batch_counts *c = &r->res.counts;
	if (!e) {
		assert_int_equal(c->records, c->used + c->rejected + c->ignored);
		assert_int_equal(c->used, c->added + c->updated + c->duplicates);
	}
	return e;
}

static void run_end(struct run *r)
{
	ingest_result_release(&r->res);
	opt_list_release(&r->o.map);
	opt_list_release(&r->o.konst);
	opt_list_release(&r->o.keep);
	store_close(r->store);
}

/* All records of a store as lines: "time amount currency id", one customer after another. */
static char *told(struct run *r)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .items = true, .nobody = true, .parts = 1, .from = INT64_MIN, .to = INT64_MAX };
	struct cursor *c = NULL;
	struct rows rows;
	struct str s = STR_INIT;
	r->err = (struct err)ERR_INIT;
	fields_add(&spec.fields, F_AMOUNT);
	fields_add(&spec.fields, F_CURRENCY);
	fields_add(&spec.fields, F_ID);
	fields_add(&spec.fields, F_REFUNDED);
	fields_add(&spec.fields, F_COUNTED);
	assert_int_equal(cursor_open(&c, r->store, &spec, &r->err), WEND_OK);
	while (cursor_next(c, &rows, &r->err))
		for (size_t i = 0; i < rows.n; i++) {
			str_sv(&s, store_customer(r->store, rows.customer));
			str_putc(&s, ' ');
			wtime_text(&s, rows.time[i], zone_utc());
			if (rows.f[F_ID] && rows.f[F_ID][i] != WEND_NONE)
				str_printf(&s, " id=%.*s", (int)rows_text(&rows, rows.f[F_ID][i]).n, rows_text(&rows, rows.f[F_ID][i]).p);
			if (rows.f[F_AMOUNT] && rows.f[F_AMOUNT][i] != WEND_NONE) {
				char cur[4];
				currency_text(cur, (currency)rows.f[F_CURRENCY][i]);
				str_printf(&s, " %" PRId64 " %s", rows.f[F_AMOUNT][i], cur);
			}
			if (rows.f[F_COUNTED] && rows.f[F_COUNTED][i] == 0)
				str_puts(&s, " not-counted");
			for (uint32_t k = rows.item_from ? rows.item_from[i] : 0; rows.item_from && k < rows.item_from[i + 1]; k++)
				str_printf(&s, " [%.*s %" PRId64 "]", (int)store_word(r->store, rows.item_f[0][k]).n, store_word(r->store, rows.item_f[0][k]).p, rows.item_f[3][k]);
			str_putc(&s, '\n');
		}
	assert_int_equal(r->err.code, WEND_OK);
	cursor_close(c);
	return str_detach(&s);
}

static void expect_told(struct run *r, const char *want)
{
	char *got = told(r);
	assert_string_equal(got, want);
	free(got);
}

static void refused(struct run *r, const char *path, enum wend_err code, const char *why)
{
	assert_int_equal(ingest(r, path), code);
	if (!strstr(r->err.msg, why))
		print_message("# said: %s\n", r->err.msg);
	assert_non_null(strstr(r->err.msg, why));
	assert_int_equal(r->res.status, code);
	assert_int_equal(r->res.batch, 0);
}

/* ---- dates ---- */

static void a_value_above_twelve_proves_the_date_order(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,03/04/2026,1.00\na,25/04/2026,2.00\n")), WEND_OK);
	expect_told(&r, "a 2026-04-03 100 EUR\na 2026-04-25 200 EUR\n");
	run_end(&r);
}

static void an_undecidable_date_order_stops_and_names_the_option(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	const char *path = file("a.csv", "who,day,sum\na,03/04/2026,1.00\na,05/04/2026,2.00\n");
	refused(&r, path, WEND_E_INPUT, "--date-order");
	r.o.date_order = "mdy";
	assert_int_equal(ingest(&r, path), WEND_OK);
	expect_told(&r, "a 2026-03-04 100 EUR\na 2026-05-04 200 EUR\n");
	run_end(&r);
}

static void dates_that_read_alike_both_ways_need_no_proof(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,05/05/2026,1.00\n")), WEND_OK);
	expect_told(&r, "a 2026-05-05 100 EUR\n");
	run_end(&r);
}

static void one_column_proves_the_order_for_another(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,shipped=sent,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sent,sum\na,03/04/2026,28/04/2026,1.00\n")), WEND_OK);
	expect_told(&r, "a 2026-04-03 100 EUR\n");
	run_end(&r);
}

static void a_proof_beyond_the_sample_is_found(void **state)
{
	struct run r;
	struct str s = STR_INIT;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	str_puts(&s, "who,day,sum\n");
	for (int i = 0; i < 30000; i++)
		str_printf(&s, "c%d,03/04/2026,1.00\n", i);
	str_puts(&s, "z,04/25/2026,1.00\n");
	assert_int_equal(ingest(&r, file("a.csv", s.p)), WEND_OK);
	assert_int_equal(r.res.counts.used, 30001);
	assert_int_equal(floor_day(wtime_secs(r.res.counts.first)), civil_day(2026, 3, 4));
	str_release(&s);
	run_end(&r);
}

/* ---- zones ---- */

static void a_time_of_day_without_a_zone_stops(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=at,amount=sum");
	r.o.currency_code = "EUR";
	const char *path = file("a.csv", "who,at,sum\na,2026-03-01 00:00:00,1\na,2026-03-01 10:00:00,1\n");
	refused(&r, path, WEND_E_INPUT, "--tz");
	r.o.tz = "Europe/Berlin";
	assert_int_equal(ingest(&r, path), WEND_OK);
	expect_told(&r, "a 2026-02-28T23:00:00Z 100 EUR\na 2026-03-01T09:00:00Z 100 EUR\n");
	run_end(&r);
}

static void times_that_are_all_midnight_are_days(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "interactions", "customer=who,time=at,touchpoint=what");
	assert_int_equal(ingest(&r, file("a.csv", "who,at,what\na,2026-03-01 00:00:00,call\na,2026-03-02 00:00:00,call\n")), WEND_OK);
	expect_told(&r, "a 2026-03-01\na 2026-03-02\n");
	run_end(&r);
}

static void a_late_time_of_day_breaks_the_proof_and_stops(void **state)
{
	struct run r;
	struct str s = STR_INIT;
	(void)state;
	run_begin(&r);
	map(&r, "interactions", "customer=who,time=at,touchpoint=what");
	str_puts(&s, "who,at,what\n");
	for (int i = 0; i < 30000; i++)
		str_printf(&s, "c%d,2026-03-01 00:00:00,call\n", i);
	str_puts(&s, "z,2026-03-01 09:30:00,call\n");
	refused(&r, file("a.csv", s.p), WEND_E_INPUT, "--tz");
	str_release(&s);
	run_end(&r);
}

static void an_offset_in_the_value_needs_no_zone(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=at,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,at,sum\na,2026-03-01 10:00:00 -0500,1\na,2026-03-01T10:00:01+02:00,1\na,2026-03-01T10:00:02Z,1\n")), WEND_OK);
	expect_told(&r, "a 2026-03-01T08:00:01Z 100 EUR\na 2026-03-01T10:00:02Z 100 EUR\na 2026-03-01T15:00:00Z 100 EUR\n");
	run_end(&r);
}

/* ---- numbers and money ---- */

static void a_decimal_comma_is_proved_by_the_column(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who;day;sum\na;2026-03-01;1.234\nb;2026-03-01;5,50\n")), WEND_OK);
	expect_told(&r, "a 2026-03-01 123400 EUR\nb 2026-03-01 550 EUR\n");
	run_end(&r);
}

static void an_undecidable_decimal_mark_stops(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	const char *path = file("a.csv", "who;day;sum\na;2026-03-01;1,234\n");
	refused(&r, path, WEND_E_INPUT, "--decimal");
	r.o.decimal = "point";
	assert_int_equal(ingest(&r, path), WEND_OK);
	expect_told(&r, "a 2026-03-01 123400 EUR\n");
	run_end(&r);
}

static void money_without_a_currency_stops(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	refused(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\n"), WEND_E_INPUT, "--currency");
	refused(&r, file("b.csv", "who,day,sum\na,2026-03-01,$1.00\n"), WEND_E_INPUT, "bare '$'");
	assert_int_equal(ingest(&r, file("c.csv", "who,day,sum\na,2026-03-01,\"€1,50\"\nb,2026-03-02,AU $2.00\n")), WEND_E_INPUT);
	run_end(&r);
}

static void a_currency_mark_in_the_cell_counts(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,2026-03-01,€1.50\na,2026-03-02,AU $2.00\n")), WEND_OK);
	expect_told(&r, "a 2026-03-01 150 EUR\na 2026-03-02 200 AUD\n");
	run_end(&r);
}

static void a_mark_that_contradicts_the_currency_is_a_reject(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	refused(&r, file("a.csv", "who,day,sum\na,2026-03-01,$1.50\n"), WEND_E_INPUT, "is not in EUR");
	refused(&r, file("b.csv", "who,day,sum,currency\na,2026-03-01,€1.50,USD\n"), WEND_E_INPUT, "is not in USD");
	r.o.currency_code = "CAD";
	assert_int_equal(ingest(&r, file("c.csv", "who,day,sum\na,2026-03-01,$1.50\n")), WEND_OK);
	run_end(&r);
}

static void yen_have_no_decimals(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.max_rejects = "1";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum,currency\na,2026-03-01,5000,jpy\na,2026-03-02,1.25,JPY\n")), WEND_OK);
	assert_int_equal(r.res.counts.rejected, 1);
	expect_told(&r, "a 2026-03-01 5000 JPY\n");
	run_end(&r);
}

/* ---- lines and orders ---- */

static void lines_of_an_order_add_up(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount,currency,product\n1,a,2026-03-01,1.00,EUR,mug\n1,a,2026-03-01,2.50,EUR,tote\n2,b,2026-03-02,4.00,EUR,mug\n")), WEND_OK);
	assert_int_equal(r.res.counts.used, 3);
	assert_int_equal(r.res.counts.orders, 2);
	expect_told(&r, "a 2026-03-01 id=1 350 EUR [mug 100] [tote 250]\nb 2026-03-02 id=2 400 EUR [mug 400]\n");
	run_end(&r);
}

static void lines_that_may_repeat_the_total_stop(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	const char *path = file("a.csv", "order,customer,time,amount,currency,product\n1,a,2026-03-01,5.00,EUR,mug\n1,a,2026-03-01,5.00,EUR,tote\n");
	refused(&r, path, WEND_E_INPUT, "--grain");
	r.o.grain = "line";
	assert_int_equal(ingest(&r, path), WEND_OK);
	expect_told(&r, "a 2026-03-01 id=1 1000 EUR [mug 500] [tote 500]\n");
	run_end(&r);
}

static void an_order_in_two_places_stops(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	refused(&r, file("a.csv", "order,customer,time,amount,currency,product\n1,a,2026-03-01,1.00,EUR,mug\n2,b,2026-03-02,4.00,EUR,mug\n1,a,2026-03-01,2.50,EUR,tote\n"), WEND_E_INPUT, "two places");
	assert_int_equal(ingest(&r, file("b.csv", "order,customer,time,amount,currency,product\n9,a,2026-03-01,1.00,EUR,mug\n2,b,2026-03-02,4.00,EUR,mug\n")), WEND_OK);
	run_end(&r);
}

static void an_order_torn_by_a_damaged_line_costs_that_order_alone(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	r.o.max_rejects = "100%";
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount,currency,product\n3,a,2026-03-01,1.00,EUR,mug\n"
		"2,b,2026-03-02,4.00,EUR,mug\n2,b\n026-03-02,1.00,EUR,tote\n2,b,2026-03-02,2.00,EUR,bag\n1,c,2026-03-03,5.00,EUR,mug\n")), WEND_OK);
	expect_told(&r, "a 2026-03-01 id=3 100 EUR [mug 100]\nc 2026-03-03 id=1 500 EUR [mug 500]\n");
	assert_int_equal(r.res.counts.rejected, 4);
	run_end(&r);
}

static void an_order_of_two_customers_is_rejected(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	r.o.max_rejects = "100%";
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount,currency,product\n1,a,2026-03-01,1.00,EUR,mug\n"
		"2,a,2026-03-02,4.00,EUR,mug\n2,,2026-03-02,1.00,EUR,bag\n2,b,2026-03-02,1.00,EUR,tote\n3,b,2026-03-03,5.00,EUR,mug\n")), WEND_OK);
	expect_told(&r, "a 2026-03-01 id=1 100 EUR [mug 100]\nb 2026-03-03 id=3 500 EUR [mug 500]\n");
	assert_int_equal(r.res.counts.rejected, 3);
	run_end(&r);
}

static void a_bad_line_takes_its_whole_order(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	r.o.max_rejects = "5";
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount,currency,product\n1,a,2026-03-01,1.00,EUR,mug\n1,a,2026-03-01,x,EUR,tote\n2,b,2026-03-02,4.00,EUR,mug\n")), WEND_OK);
	assert_int_equal(r.res.counts.rejected, 2);
	expect_told(&r, "b 2026-03-02 id=2 400 EUR [mug 400]\n");
	run_end(&r);
}

/* ---- the same again ---- */

static void two_equal_sales_stay_two_and_an_overlap_adds_none(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\na,2026-03-01,1.00\n")), WEND_OK);
	assert_int_equal(r.res.counts.added, 2);
	assert_int_equal(ingest(&r, file("b.csv", "who,day,sum\na,2026-03-01,1.00\na,2026-03-01,1.00\nb,2026-03-02,2.00\n")), WEND_OK);
	assert_int_equal(r.res.counts.added, 1);
	assert_int_equal(r.res.counts.duplicates, 2);
	expect_told(&r, "a 2026-03-01 100 EUR\na 2026-03-01 100 EUR\nb 2026-03-02 200 EUR\n");
	run_end(&r);
}

static void the_same_file_again_is_already_there(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	r.o.currency_code = "EUR";
	const char *text = "order,customer,time,amount\n1,a,2026-03-01,1.00\n";
	assert_int_equal(ingest(&r, file("a.csv", text)), WEND_OK);
	assert_int_equal(ingest(&r, file("copy.csv", text)), WEND_OK);
	assert_true(r.res.already);
	assert_int_equal(r.res.batch, 1);
	assert_int_equal(r.res.counts.duplicates, 1);
	run_end(&r);
}

static void a_grown_file_gives_its_tail(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount\n1,a,2026-03-01,1.00\n")), WEND_OK);
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount\n1,a,2026-03-01,1.00\n2,b,2026-03-02,2.00\n")), WEND_OK);
	assert_int_equal(r.res.counts.records, 1);
	assert_int_equal(r.res.counts.added, 1);
	expect_told(&r, "a 2026-03-01 id=1 100 EUR\nb 2026-03-02 id=2 200 EUR\n");
	run_end(&r);
}

static void a_tail_that_goes_on_with_an_order_reads_everything(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	r.o.as = "orders";
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount,product\n1,a,2026-03-01,1.00,mug\n")), WEND_OK);
	assert_int_equal(ingest(&r, file("a.csv", "order,customer,time,amount,product\n1,a,2026-03-01,1.00,mug\n1,a,2026-03-01,2.00,tote\n")), WEND_OK);
	assert_int_equal(r.res.counts.records, 2);
	assert_int_equal(r.res.counts.updated, 2);
	expect_told(&r, "a 2026-03-01 id=1 300 EUR [mug 100] [tote 200]\n");
	run_end(&r);
}

/* ---- people ---- */

static void ids_are_texts(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\nNA,2026-03-01,1\nNULL,2026-03-02,1\n0,2026-03-03,1\n007,2026-03-04,1\n-1,2026-03-05,1\n")), WEND_OK);
	assert_int_equal(r.res.counts.customers, 5);
	char *got = told(&r);
	assert_non_null(strstr(got, "NA 2026-03-01"));
	assert_non_null(strstr(got, "007 2026-03-04"));
	assert_non_null(strstr(got, "-1 2026-03-05"));
	free(got);
	run_end(&r);
}

static void a_row_without_a_customer_is_a_guest(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,2026-03-01,1\n,2026-03-02,1\n,2026-03-03,1\n")), WEND_OK);
	assert_int_equal(r.res.counts.guests, 2);
	assert_int_equal(r.res.counts.customers, 1);
	run_end(&r);
}

static void addresses_and_telephones_are_compared_in_one_form(void **state)
{
	struct pool p = { 0 };
	(void)state;
	assert_true(sv_is(mail_key(&p, SV(" Ada.Nguyen@Example.COM ")), "ada.nguyen@example.com"));
	assert_true(sv_is(mail_key(&p, SV("Ada <ADA@example.com>")), "ada@example.com"));
	assert_true(sv_is(mail_key(&p, SV("ZOË.Müller@example.com")), "zoë.müller@example.com"));
	assert_null(mail_key(&p, SV("nobody")).p);
	assert_null(mail_key(&p, SV("a@b@example.com")).p);
	assert_null(mail_key(&p, SV("a@example.com,b@example.com")).p);
	assert_true(sv_is(phone_key(&p, SV("+44 (0)20 7946 0000"), NULL, false), "+442079460000"));
	assert_true(sv_is(phone_key(&p, SV("030 901820"), "DE", false), "+4930901820"));
	assert_true(sv_is(phone_key(&p, SV("(202) 555-0114"), "US", false), "+12025550114"));
	assert_true(sv_is(phone_key(&p, SV("06 698 1234"), "IT", false), "+39066981234"));
	assert_true(sv_is(phone_key(&p, SV("00442079460000"), NULL, false), "+442079460000"));
	assert_true(sv_is(phone_key(&p, SV("442079460000"), NULL, true), "+442079460000"));
	assert_null(phone_key(&p, SV("030 901820"), NULL, false).p);
	assert_null(phone_key(&p, SV("call me"), "DE", false).p);
	pool_release(&p);
}

/* ---- refusals ---- */

static void an_unknown_file_gets_a_line_to_paste(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	refused(&r, file("a.csv", "customer_id,date,amount\n1,2026-03-01,2.00\n"), WEND_E_INPUT, "--as orders --map customer=customer_id,time=date,amount=amount --currency CODE");
	run_end(&r);
}

static void a_column_that_is_not_there_is_wrong_usage(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=nope");
	refused(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\n"), WEND_E_USAGE, "no column");
	map(&r, "orders", "customer=who,time=day");
	refused(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\n"), WEND_E_USAGE, "need 'amount'");
	map(&r, "order", "customer=who");
	refused(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\n"), WEND_E_USAGE, "did you mean 'orders'");
	run_end(&r);
}

static void a_file_without_a_record_is_refused(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	refused(&r, file("a.csv", "who,day,sum\n"), WEND_E_INPUT, "no record");
	refused(&r, file("b.csv", ""), WEND_E_INPUT, "no record");
	run_end(&r);
}

static void too_many_rejects_roll_the_file_back(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	const char *path = file("a.csv", "who,day,sum\na,2026-03-01,1.00\nb,2026-02-31,1.00\n");
	refused(&r, path, WEND_E_INPUT, "1 of 2 records cannot be used");
	expect_told(&r, "");
	r.o.max_rejects = "50%";
	assert_int_equal(ingest(&r, path), WEND_OK);
	assert_int_equal(r.res.counts.rejected, 1);
	r.o.strict = true;
	refused(&r, file("b.csv", "who,day,sum\na,2026-03-01,1.50\nb,2026-02-31,1.00\n"), WEND_E_INPUT, "cannot be used");
	run_end(&r);
}

static void a_column_without_one_date_is_rejects_not_a_riddle(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	refused(&r, file("a.csv", "who,day,sum\na,2026-02-31,1.00\n"), WEND_E_INPUT, "is no date");
	run_end(&r);
}

static void rejects_can_be_corrected_and_ingested(void **state)
{
	struct run r;
	struct str text = STR_INIT, path = STR_INIT;
	struct stat st;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	r.o.max_rejects = "50%";
	str_printf(&path, "%s/out.csv", scratch.p);
	r.o.rejects = path.p;
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\nb,2026-02-31,\"2,00\"\n")), WEND_E_INPUT);
	r.o.decimal = "point";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\nb,2026-02-31,2.00\n")), WEND_OK);
	assert_int_equal(stat(path.p, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_slurp(&text, path.p, 1 << 20, NULL), WEND_OK);
	assert_non_null(strstr(text.p, "line,byte,column,code,message,hint,who,day,sum\n3,"));
	assert_non_null(strstr(text.p, ",b,2026-02-31,2.00\n"));
	*strstr(text.p, "02-31,2.00") = '0';
	memcpy(strstr(text.p, "02-31,2.00"), "02-28", 5);
	r.o.rejects = NULL;
	r.o.strict = true;
	assert_int_equal(ingest(&r, file("fixed.csv", text.p)), WEND_OK);
	expect_told(&r, "a 2026-03-01 100 EUR\nb 2026-02-28 200 EUR\n");
	str_release(&text);
	str_release(&path);
	run_end(&r);
}

static void a_dry_run_writes_nothing(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "orders", "customer=who,time=day,amount=sum");
	r.o.currency_code = "EUR";
	r.o.dry_run = true;
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum\na,2026-03-01,1.00\n")), WEND_OK);
	assert_int_equal(r.res.counts.added, 1);
	assert_int_equal(r.res.batch, 0);
	expect_told(&r, "");
	run_end(&r);
}

static void payments_know_five_states_only(void **state)
{
	struct run r;
	(void)state;
	run_begin(&r);
	map(&r, "payments", "customer=who,time=day,amount=sum,status=state");
	r.o.currency_code = "EUR";
	assert_int_equal(ingest(&r, file("a.csv", "who,day,sum,state\na,2026-03-01,1.00,Succeeded\nb,2026-03-02,1.00,declined\n")), WEND_OK);
	expect_told(&r, "a 2026-03-01 100 EUR\nb 2026-03-02 100 EUR not-counted\n");
	refused(&r, file("b.csv", "who,day,sum,state\na,2026-03-01,1.00,blue\n"), WEND_E_INPUT, "no state of a payment");
	run_end(&r);
}

static int setup(void **state)
{
	(void)state;
	return scratch_dir(&scratch, NULL) != WEND_OK;
}

static int teardown(void **state)
{
	(void)state;
	str_release(&scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_above_twelve_proves_the_date_order),
		cmocka_unit_test(an_undecidable_date_order_stops_and_names_the_option),
		cmocka_unit_test(dates_that_read_alike_both_ways_need_no_proof),
		cmocka_unit_test(one_column_proves_the_order_for_another),
		cmocka_unit_test(a_proof_beyond_the_sample_is_found),
		cmocka_unit_test(a_time_of_day_without_a_zone_stops),
		cmocka_unit_test(times_that_are_all_midnight_are_days),
		cmocka_unit_test(a_late_time_of_day_breaks_the_proof_and_stops),
		cmocka_unit_test(an_offset_in_the_value_needs_no_zone),
		cmocka_unit_test(a_decimal_comma_is_proved_by_the_column),
		cmocka_unit_test(an_undecidable_decimal_mark_stops),
		cmocka_unit_test(money_without_a_currency_stops),
		cmocka_unit_test(a_currency_mark_in_the_cell_counts),
		cmocka_unit_test(a_mark_that_contradicts_the_currency_is_a_reject),
		cmocka_unit_test(yen_have_no_decimals),
		cmocka_unit_test(lines_of_an_order_add_up),
		cmocka_unit_test(lines_that_may_repeat_the_total_stop),
		cmocka_unit_test(an_order_in_two_places_stops),
		cmocka_unit_test(an_order_torn_by_a_damaged_line_costs_that_order_alone),
		cmocka_unit_test(an_order_of_two_customers_is_rejected),
		cmocka_unit_test(a_bad_line_takes_its_whole_order),
		cmocka_unit_test(two_equal_sales_stay_two_and_an_overlap_adds_none),
		cmocka_unit_test(the_same_file_again_is_already_there),
		cmocka_unit_test(a_grown_file_gives_its_tail),
		cmocka_unit_test(a_tail_that_goes_on_with_an_order_reads_everything),
		cmocka_unit_test(ids_are_texts),
		cmocka_unit_test(a_row_without_a_customer_is_a_guest),
		cmocka_unit_test(addresses_and_telephones_are_compared_in_one_form),
		cmocka_unit_test(an_unknown_file_gets_a_line_to_paste),
		cmocka_unit_test(a_column_that_is_not_there_is_wrong_usage),
		cmocka_unit_test(a_file_without_a_record_is_refused),
		cmocka_unit_test(too_many_rejects_roll_the_file_back),
		cmocka_unit_test(a_column_without_one_date_is_rejects_not_a_riddle),
		cmocka_unit_test(rejects_can_be_corrected_and_ingested),
		cmocka_unit_test(a_dry_run_writes_nothing),
		cmocka_unit_test(payments_know_five_states_only),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
