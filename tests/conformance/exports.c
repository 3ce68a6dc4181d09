/* The sample exports beside the project: every file is recognised with no option but
 * those its README names, and every value of expected.csv comes out of the store or of
 * what ingest says. The files are read at run time and skipped aloud when absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <unistd.h>
#include "wend/csv.h"
#include "wend/ingest.h"
#include "wend/mem.h"
#include "wend/out.h"

/* How a value is asked for: SQL with one cell, or a text that ingest must have said, with
 * %s for the value. */
struct recipe {
	const char *file, *metric;
	enum { SQL, SAID } how;
	const char *ask;
};
#define COUNTED " ifnull(counted, 1) = 1 "
#define UTC(t) "strftime('%Y-%m-%dT%H:%M:%SZ', " t ", 'unixepoch')"
static const struct recipe recipes[] = {
	{ "shopify", "physical_lines", SAID, "%s lines, " },
	{ "shopify", "records", SAID, ", %s records = 11 used + 0 rejected + 0 ignored" },
	{ "shopify", "orders", SQL, "select count(*) from event where kind = 'orders'" },
	{ "shopify", "line_items", SQL, "select count(*) from item" },
	{ "shopify", "customers_distinct", SQL, "select count(*) from customer where not guest" },
	{ "shopify", "gross_usd", SQL, "select sum(amount_minor) / 100.0 from event where" COUNTED },
	{ "shopify", "refunds_usd", SQL, "select sum(refunded_minor) / 100.0 from event where" COUNTED },
	{ "shopify", "net_usd", SQL, "select sum(amount_minor - ifnull(refunded_minor, 0)) / 100.0 from event where" COUNTED },
	{ "shopify", "first_order_utc", SQL, "select " UTC("min(time_s)") " from event" },
	{ "shopify", "order_1002_utc", SQL, "select " UTC("time_s") " from event where id = '#1002'" },
	{ "shopify", "order_1006_utc", SQL, "select " UTC("time_s") " from event where id = '#1006'" },
	{ "shopify", "order_1008_month_local", SQL, "select strftime('%Y-%m', time_s + offset_s, 'unixepoch') from event where id = '#1008'" },
	{ "shopify", "order_1008_month_utc", SQL, "select strftime('%Y-%m', time_s, 'unixepoch') from event where id = '#1008'" },
	{ "stripe", "records", SAID, ", %s records = 5 used" },
	{ "stripe", "payments_failed", SQL, "select count(*) from event where status = 'failed'" },
	{ "stripe", "customers_distinct", SQL, "select count(*) from customer" },
	{ "stripe", "gross_converted_usd", SQL, "select sum(amount_minor) / 100.0 from event where currency = 'USD' and" COUNTED },
	{ "stripe", "refunds_converted_usd", SQL, "select sum(refunded_minor) / 100.0 from event where currency = 'USD'" },
	{ "stripe", "disputes_lost", SQL, "select count(*) from event where dispute = 'lost'" },
	{ "stripe", "recovered_failed_payment", SQL, "select f.invoice from event f, event p where f.invoice = p.invoice and f.status = 'failed' and p.status = 'paid' and p.time_s > f.time_s" },
	{ "stripe", "zero_decimal_currency", SQL, "select upper(json_extract(attributes, '$.charged_currency')) || ' ' || json_extract(attributes, '$.charged') from event where json_extract(attributes, '$.charged_currency') = 'jpy'" },
	{ "paypal", "records", SAID, ", %s records = 4 used + 0 rejected + 4 ignored" },
	{ "paypal", "sales", SQL, "select count(*) from event where status = 'paid' and" COUNTED },
	{ "paypal", "gross_eur", SQL, "select sum(amount_minor) / 100.0 from event where amount_minor > 0 and" COUNTED },
	{ "paypal", "refunds_eur", SQL, "select -sum(amount_minor) / 100.0 from event where refund_of = 'TX0001' and" COUNTED },
	{ "paypal", "fees_eur", SQL, "select sum(fee_minor) / 100.0 from event where" COUNTED },
	{ "paypal", "tx0002_utc", SQL, "select " UTC("time_s") " from event where id = 'TX0002'" },
	{ "paypal", "tx0001_utc", SQL, "select " UTC("time_s") " from event where id = 'TX0001'" },
	{ "paypal", "date_order", SAID, "(%%d/%%m/%%Y %%H:%%M:%%S %%Z)" },
	{ "ebay", "orders", SQL, "select count(*) from event where id in ('149', '145', '142')" },
	{ "ebay", "line_items", SQL, "select count(*) from item" },
	{ "ebay", "gross_usd", SQL, "select sum(amount_minor) / 100.0 from event" },
	/* 11 lines without the header and the 5 records used */
	{ "ebay", "non_data_rows_ignored", SQL, "select 11 - 1 - 5" },
	{ "ebay", "emails", SQL, "select count(*) from customer where keys like '%@%' or keys not like 'ebay:%'" },
	{ "freshdesk", "tickets", SQL, "select count(*) from event where kind = 'interactions'" },
	{ "freshdesk", "customers_distinct", SQL, "select count(*) from customer" },
	{ "freshdesk", "numeric_time_columns_empty", SQL, "select count(*) from event where kind = 'interactions' and json_extract(attributes, '$.hours_to_resolution') is null" },
	{ "freshdesk", "frt_hours_101_calendar", SQL, "select (strftime('%s', first_response) - time_s) / 3600.0 from event where kind = 'interactions' and id = '101'" },
	{ "freshdesk", "frt_hours_102_calendar", SQL, "select (strftime('%s', first_response) - time_s) / 3600.0 from event where kind = 'interactions' and id = '102'" },
	{ "freshdesk", "repeat_contact_within_7_days", SQL, "select a.id || '->' || b.id from event a, event b where a.kind = 'interactions' and b.kind = 'interactions' and a.customer = b.customer"
	  " and b.time_s > strftime('%s', a.resolved) and b.time_s - strftime('%s', a.resolved) < 7 * 86400"
	  " and json_extract(a.attributes, '$.Tags') like '%invoice%' and json_extract(b.attributes, '$.Tags') like '%invoice%'" },
	{ "zendesk", "tickets", SQL, "select count(*) from event where kind = 'interactions'" },
	{ "zendesk", "reopened_tickets", SQL, "select count(*) from event where json_extract(attributes, '$.Reopens') > 0 and json_extract(attributes, '$.Reopens') <> '0'" },
	{ "zendesk", "reopen_rate_of_solved", SQL, "select avg(json_extract(attributes, '$.Reopens') <> '0') from event where kind = 'interactions' and outcome in ('Solved', 'Closed')" },
	{ "zendesk", "one_touch", SQL, "select count(*) from event where json_extract(attributes, '$.Replies') = '1' and json_extract(attributes, '$.Reopens') = '0'" },
	{ "zendesk", "handoffs_2002", SQL, "select json_extract(attributes, '$.Assignee stations') - 1 from event where kind = 'interactions' and id = '2002'" },
	{ "zendesk", "csat", SQL, "select avg(score >= 4) from event where kind = 'feedback' and scale = 'csat'" },
	{ "jira", "tickets", SQL, "select count(*) from event" },
	{ "jira", "comments", SQL, "select sum(json_extract(attributes, '$.comments')) from event" },
	{ "jira", "labels_CARE-1", SQL, "select json_extract(attributes, '$.Labels') from event where id = 'CARE-1'" },
	{ "jira", "first_comment_CARE-1", SQL, "select substr(first_response, 1, 16) from event where id = 'CARE-1'" },
	{ "jira", "zone", SAID, "zone: Europe/Berlin" },
	{ "aircall", "calls", SQL, "select count(*) from event" },
	{ "aircall", "inbound_offered", SQL, "select count(*) from event where direction = 'in'" },
	{ "aircall", "answered", SQL, "select count(*) from event where direction = 'in' and outcome = 'answered'" },
	{ "aircall", "abandoned_all", SQL, "select count(*) from event where direction = 'in' and outcome <> 'answered'" },
	{ "aircall", "abandoned_after_5s", SQL, "select count(*) from event where direction = 'in' and outcome <> 'answered' and wait_s > 5" },
	{ "aircall", "asa_seconds", SQL, "select avg(wait_s) from event where direction = 'in' and outcome = 'answered'" },
	{ "aircall", "service_level_80_20_variant_A", SQL, "select 1.0 * sum(outcome = 'answered' and wait_s <= 20) / sum(outcome = 'answered' or wait_s > 5) from event where direction = 'in'" },
	{ "aircall", "service_level_variant_B", SQL, "select 1.0 * sum(outcome = 'answered' and wait_s <= 20) / count(*) from event where direction = 'in'" },
	{ "aircall", "service_level_variant_C", SQL, "select 1.0 * sum(wait_s <= 20) / count(*) from event where direction = 'in' and outcome = 'answered'" },
	{ "aircall", "dst", SQL, "select min(substr(json_extract(attributes, '$.local_time'), 1, 10)) from event where strftime('%s', json_extract(attributes, '$.local_time')) - time_s = 3600" },
	/* the first response stands below three header rows, one of them of two lines */
	{ "qualtrics", "header_rows", SQL, "select case when min(line) = 5 then 3 end from event" },
	{ "qualtrics", "responses_valid", SQL, "select count(*) from event" },
	{ "qualtrics", "nps", SQL, "select 100.0 * (sum(score >= 9) - sum(score <= 6)) / count(*) from event where scale = 'nps'" },
	{ "qualtrics", "zone", SAID, "zone: %s\n" },
	{ "ga4", "tables_in_file", SAID, "lines of another table left out" },
	{ "ga4", "rows_table_1", SQL, "select count(*) from event" },
	{ "ga4", "sessions", SQL, "select sum(sessions) from event" },
	{ "ga4", "revenue", SQL, "select sum(value_minor) / 100.0 from event" },
	{ "ga4", "start", SQL, "select min(time) from event" },
	{ "google_ads", "encoding", SAID, "UTF-16LE+BOM tab" },
	{ "google_ads", "rows", SQL, "select count(*) from event" },
	{ "google_ads", "spend_eur", SQL, "select sum(amount_minor) / 100.0 from event where currency = 'EUR'" },
	{ "google_ads", "clicks", SQL, "select sum(clicks) from event" },
	{ "google_ads", "missing_value", SAID, ", 5 records = 3 used + 0 rejected" },
	{ "meta_ads", "delimiter", SAID, " %s  zone" },
	{ "meta_ads", "rows", SQL, "select count(*) from event" },
	{ "meta_ads", "spend_eur", SQL, "select sum(amount_minor) / 100.0 from event where currency = 'EUR'" },
	{ "meta_ads", "currency_from_header", SQL, "select distinct currency from event" },
};

static char *folder(void)
{
	const char *shared = getenv("WEND_SHARED");
	struct str s = STR_INIT;
	str_printf(&s, "%s/data/exports", shared && *shared ? shared : "../shared");
	return str_detach(&s);
}

struct sample {
	char *name;
	struct store *store;
	struct ingest_result res;
};
static struct sample samples[32];
static size_t nsamples;

/* What the README says a person must add. */
static struct ingest_options options_for(const char *name)
{
	struct ingest_options o = { .explain = true };
	if (strstr(name, "jira") || strstr(name, "zendesk") || strstr(name, "freshdesk"))
		o.tz = "Europe/Berlin";
	if (strstr(name, "ebay"))
		o.currency_code = "USD";
	return o;
}

static struct sample *sample(const char *dir, struct sv name)
{
	for (size_t i = 0; i < nsamples; i++)
		if (sv_is(name, samples[i].name))
			return &samples[i];
	struct sample *s = &samples[nsamples++];
	struct err err = ERR_INIT;
	s->name = xstrndup(name.p, name.n);
	struct ingest_options o = options_for(s->name);
	struct str path = STR_INIT;
	str_printf(&path, "%s/%s", dir, s->name);
	assert_int_equal(store_open(&s->store, "", STORE_MEMORY, &err), WEND_OK);
	if (ingest_file(s->store, path.p, &o, &s->res, &err))
		print_message("# %s\n", err.msg);
	assert_int_equal(s->res.status, WEND_OK);
	str_release(&path);
	return s;
}

static void one_cell(struct str *out, struct store *s, const char *sql)
{
	struct report r;
	struct err err = ERR_INIT;
	report_init(&r);
	if (store_table_query(s, sql, &r, &err))
		str_puts(out, err.msg);
	else if (r.table.nrow != 1)
		str_printf(out, "%zu rows", r.table.nrow);
	else
		cell_text(out, &r.table.col[0], table_at(&r.table, 0, 0), zone_utc());
	report_release(&r);
}

/* Equal as texts, or as numbers to the decimals that are written down. */
static bool agrees(struct sv got, struct sv want)
{
	double a, b;
	if (sv_eq(got, want))
		return true;
	ptrdiff_t dot = sv_find(want, SV("."));
	double tolerance = 0.5;
	for (ptrdiff_t i = dot; dot >= 0 && (size_t)i < want.n; i++)
		tolerance /= i > dot ? 10 : 1;
	return sv_real(got, &a) && sv_real(want, &b) && (dot < 0 ? a <= b && a >= b : a - b < tolerance && b - a < tolerance);
}

static bool check(const struct recipe *r, const struct sample *s, struct sv want)
{
	struct str got = STR_INIT;
	bool ok;
	if (r->how == SQL) {
		one_cell(&got, s->store, r->ask);
		ok = agrees(str_view(&got), want);
	} else {
		/* The only formats are those of the table above. */
		struct sv rest = sv_of(r->ask);
		for (; rest.n; rest = sv_n(rest.p + 1, rest.n - 1)) {
			if (sv_starts(rest, "%s")) {
				str_sv(&got, want);
				rest = sv_n(rest.p + 1, rest.n - 1);
			} else if (sv_starts(rest, "%%")) {
				str_putc(&got, '%');
				rest = sv_n(rest.p + 1, rest.n - 1);
			} else {
				str_putc(&got, rest.p[0]);
			}
		}
		ok = sv_find(str_view(&s->res.said), str_view(&got)) >= 0;
	}
	if (!ok)
		print_message("# %s %s: got '%s', wanted '%.*s'\n", s->name, r->metric, got.p ? got.p : "", (int)want.n, want.p);
	str_release(&got);
	return ok;
}

static void every_value_of_the_sample_exports_comes_out(void **state)
{
	char *dir = folder();
	struct str path = STR_INIT;
	struct csv *c = NULL;
	struct csv_record rec;
	struct err err = ERR_INIT;
	const struct csv_options none = { 0 };
	size_t values = 0, right = 0;
	(void)state;
	str_printf(&path, "%s/expected.csv", dir);
	assert_int_equal(csv_open(&c, path.p, &none, &err), WEND_OK);
	for (bool header = true; csv_next(c, &rec, &err) == WEND_OK && rec.verdict != CSV_END; header = false) {
		if (header)
			continue;
		assert_true(rec.n >= 3);
		struct sv file = sv_n(rec.f[0].p, rec.f[0].n), metric = sv_n(rec.f[1].p, rec.f[1].n), want = sv_n(rec.f[2].p, rec.f[2].n);
		const struct recipe *r = NULL;
		for (size_t i = 0; i < sizeof recipes / sizeof recipes[0] && !r; i++)
			if (sv_starts(file, recipes[i].file) && sv_is(metric, recipes[i].metric))
				r = &recipes[i];
		if (!r)
			print_message("# nobody asks for %.*s\n", (int)metric.n, metric.p);
		values++;
		right += r && check(r, sample(dir, file), want);
	}
	csv_close(c);
	print_message("# %zu of %zu values, %zu files\n", right, values, nsamples);
	assert_int_equal(nsamples, 12);
	assert_int_equal(right, values);
	assert_int_equal(values, 79);
	str_release(&path);
	free(dir);
}

static void times_without_a_zone_need_one(void **state)
{
	char *dir = folder();
	static const char *const names[] = { "jira_service_issues.csv", "zendesk_tickets.csv", "freshdesk_tickets.csv", "ebay_orders_report.csv" };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct str path = STR_INIT;
		struct store *s = NULL;
		struct err err = ERR_INIT;
		struct ingest_result res;
		const struct ingest_options o = { 0 };
		str_printf(&path, "%s/%s", dir, names[i]);
		assert_int_equal(store_open(&s, "", STORE_MEMORY, &err), WEND_OK);
		assert_int_equal(ingest_file(s, path.p, &o, &res, &err), WEND_E_INPUT);
		assert_non_null(strstr(err.msg, i < 3 ? "add --tz" : "add --currency"));
		ingest_result_release(&res);
		store_close(s);
		str_release(&path);
	}
	free(dir);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < nsamples; i++) {
		free(samples[i].name);
		ingest_result_release(&samples[i].res);
		store_close(samples[i].store);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_of_the_sample_exports_comes_out),
		cmocka_unit_test(times_without_a_zone_need_one),
	};
	char *dir = folder();
	bool there = !access(dir, R_OK);
	if (!there)
		printf("1..0 # SKIP no sample exports at '%s'; set WEND_SHARED\n", dir);
	free(dir);
	if (!there)
		return 0;
	return cmocka_run_group_tests(tests, NULL, teardown);
}
