/* ltv rfm --sql, ltv model --sql: the query that lets a data warehouse make the purchase
 * histories of rfm.c from its own table of orders. Its answer is what --from reads: rows of
 * ltv.cells, version 1. The rules are those of rfm.c, step by step:
 *
 *   told       a row an order: who, civil day, exact amount; guests have no name
 *   ending     the as-of day: as given, else the last day told of
 *   seen       named customers up to it, in one currency
 *   placed     a refund that names its order moves to that order's day (with refund_of)
 *   days       a customer and day: what it nets, and whether a refund is in it
 *   purchases  days above zero, or of zero without a refund; with the first of each customer
 *   history    x, first and last day, money of all days and of the repeat days
 *
 * ltv rfm wants a row a customer. ltv model needs no names: customers who bought once are
 * one row for each first day, since all models read of them is how many there are; those
 * who came back stay apart, as Gamma-Gamma reads what each spent. Sums over equal rows
 * would be rounded otherwise than sums over customers, so that these rows are what makes
 * the answer of a warehouse that of the store digit by digit.
 *
 * The as-of day, unit, zone and currency travel as columns: answers that do not fit are
 * refused by the reader, and so is one with two currencies in it.
 */
#include "rfm_impl.h"
#include "sql_impl.h"

struct query {
	const struct ltv_source *source;
	enum dialect d;
	struct sql_clock clock;
	const char *unit;
	char currency[4];         /* "" = not given */
	int exponent;
	bool as_of_given, customers;
	bool whole;               /* nobody is put together */
	/* names as the dialect quotes them; NULL = the table has none */
	char *table, *who, *time, *amount, *money, *id, *refund_of, *refunded;
	bool minor;
	struct str out;
};

/* ---- what the user said ---- */

static char *quoted(struct arena *a, enum dialect d, struct sv name)
{
	struct str s = STR_INIT;
	sql_name(&s, d, name);
	char *text = arena_strndup(a, s.p, s.n);
	str_release(&s);
	return text;
}

/* amount.unit = minor, time.zone = UTC: the modifiers of presets that matter here. */
static enum wend_err modifier(struct query *q, const struct ltv_mapping *m, struct err *err)
{
	if (sv_is(m->field, "amount.unit") && (sv_is(m->column, "minor") || sv_is(m->column, "plain"))) {
		q->minor = sv_is(m->column, "minor");
		return WEND_OK;
	}
	if (sv_is(m->field, "time.zone") && sv_is(m->column, "UTC")) {
		q->clock.utc = true;
		return WEND_OK;
	}
	return err_set(err, WEND_E_USAGE, "--map '%.*s=%.*s': a query knows amount.unit=minor and time.zone=UTC", (int)m->field.n, m->field.p, (int)m->column.n, m->column.p);
}

static enum wend_err mapping(struct query *q, const struct ltv_mapping *m, struct arena *a, struct err *err)
{
	const int f = field_by_name(KIND_ORDERS, m->field);
	char **slot = sv_is(m->field, "customer") ? &q->who : f == F_TIME ? &q->time : f == F_AMOUNT ? &q->amount : f == F_CURRENCY ? &q->money :
		      f == F_ID ? &q->id : f == F_REFUND_OF ? &q->refund_of : f == F_REFUNDED ? &q->refunded : NULL;
	if (slot)
		*slot = quoted(a, q->d, m->column);
	else if (memchr(m->field.p, '.', m->field.n))
		return modifier(q, m, err);
	else if (f == F_REFUND_TIME || f == F_COUNTED || f < 0)
		return err_set(err, WEND_E_USAGE, "--map '%.*s': a query reads customer, time, amount, currency, order, refund_of and refunded; put anything else into a view", (int)m->field.n, m->field.p);
	return WEND_OK;
}

static enum wend_err read_table(struct query *q, const char *name, struct arena *a, struct err *err)
{
	struct str s = STR_INIT;
	const enum wend_err e = sql_table(&s, q->d, sv_of(name ? name : "orders"), err);
	q->table = e ? NULL : arena_strndup(a, s.p, s.n);
	str_release(&s);
	return e;
}

static enum wend_err read_columns(struct query *q, const char *table, struct arena *a, struct err *err)
{
	enum wend_err e = read_table(q, table, a, err);
	q->who = quoted(a, q->d, SV("customer"));
	q->time = quoted(a, q->d, SV("time"));
	q->amount = quoted(a, q->d, SV("amount"));
	for (size_t i = 0; !e && i < q->source->n; i++)
		e = mapping(q, &q->source->map[i], a, err);
	if (!e && q->refund_of && !q->id)
		e = err_set(err, WEND_E_USAGE, "--map refund_of needs --map order=COLUMN: the number of the order that is given back");
	return e;
}

static enum wend_err read_zone(struct query *q, const char *name, struct err *err)
{
	name = name ? name : "UTC";
	if (*name == '+' || *name == '-')
		return err_set(err, WEND_E_USAGE, "--tz '%s': warehouses read offsets in opposite ways; give a zone by its name, such as Europe/Lisbon", name);
	return zone_open(&q->clock.zone, strcmp(name, "Z") ? name : "UTC", err);
}

static enum wend_err read_as_of(struct query *q, const char *text, struct err *err)
{
	struct span s, other;
	q->as_of_given = text != NULL;
	q->clock.until = civil_day(SQL_LAST_YEAR, 12, 31);
	if (!text)
		return WEND_OK;
	if (span_parse(&s, sv_of(text), 0, err) || span_parse(&other, sv_of(text), 20000, err))
		return err->code;
	if (s.to != other.to || s.from_exact || s.to_exact)
		return err_set(err, WEND_E_USAGE, "'--as-of %s' is no day by itself; a query needs one such as 2026-06-30", text);
	q->clock.until = floor_day(s.to - 1);
	return WEND_OK;
}

static enum wend_err read_currency(struct query *q, const char *code, struct err *err)
{
	const currency c = code ? currency_of(sv_of(code)) : 0;
	if (code && !c)
		return err_set(err, WEND_E_USAGE, "'%s' is no currency; give three letters of ISO 4217 such as EUR", code);
	if (c)
		currency_text(q->currency, c);
	q->exponent = c && currency_exponent(c) >= 0 ? currency_exponent(c) : 2;
	if (q->minor && !c)
		return err_set(err, WEND_E_USAGE, "amount.unit=minor needs --currency: how many make one differs");
	return WEND_OK;
}

/* ---- the query ---- */

static void part(struct query *q, const char *name)
{
	str_printf(&q->out, "%s%s AS (\n  SELECT ", q->out.n && q->out.p[q->out.n - 1] == ')' ? ",\n" : "WITH ", name);
}

static void amount(struct query *q)
{
	struct str *s = &q->out;
	if (q->refund_of) {
		str_puts(s, "CASE WHEN ");
		sql_word(s, q->d, q->refund_of);
		str_puts(s, " <> '' THEN -ABS(");
		sql_amount(s, q->d, q->amount, q->minor);
		str_puts(s, ")\n      ELSE ");
	}
	sql_amount(s, q->d, q->amount, q->minor);
	if (q->refunded) {
		str_puts(s, "\n      - CASE WHEN ");
		sql_filled(s, q->d, q->refunded);
		str_puts(s, " THEN ABS(");
		sql_amount(s, q->d, q->refunded, q->minor);
		str_puts(s, ") ELSE 0 END");
	}
	str_puts(s, q->refund_of ? " END" : "");
}

static void told(struct query *q)
{
	struct str *s = &q->out;
	part(q, "told");
	sql_word(s, q->d, q->who);
	str_puts(s, " AS who,\n    ");
	sql_day(s, q->d, q->time, &q->clock);
	str_puts(s, " AS bought,\n    ");
	amount(q);
	str_puts(s, " AS amount");
	if (q->money) {
		str_puts(s, ",\n    UPPER(");
		sql_word(s, q->d, q->money);
		str_puts(s, ") AS money");
	}
	if (q->refund_of) {
		str_puts(s, ",\n    ");
		sql_word(s, q->d, q->id);
		str_puts(s, " AS id,\n    ");
		sql_word(s, q->d, q->refund_of);
		str_puts(s, " AS gives_back");
	}
	if (q->refunded) {
		str_puts(s, ",\n    CASE WHEN ");
		sql_filled(s, q->d, q->refunded);
		str_puts(s, " AND ");
		sql_amount(s, q->d, q->refunded, q->minor);
		str_puts(s, " <> 0 THEN 1 ELSE 0 END AS given_back");
	}
	str_puts(s, "\n  FROM ");
	sql_source(s, q->d, q->table, q->time, &q->clock);
	str_puts(s, q->d == SQL_SQLITE ? " AS source" : "");
	str_puts(s, "\n  WHERE ");
	sql_filled(s, q->d, q->time);
	str_puts(s, " AND ");
	sql_filled(s, q->d, q->amount);
	str_puts(s, "\n)");
}

static void ending(struct query *q)
{
	part(q, "ending");
	if (q->as_of_given)
		sql_date(&q->out, q->d, q->clock.until);
	else
		str_puts(&q->out, "MAX(bought)");
	str_puts(&q->out, q->as_of_given ? " AS end_day\n)" : " AS end_day FROM told\n)");
}

static void seen(struct query *q)
{
	struct str *s = &q->out;
	part(q, "seen");
	str_puts(s, "who, bought, amount");
	str_puts(s, q->money ? ", money" : "");
	str_puts(s, q->refund_of ? ", id, gives_back" : "");
	str_puts(s, ",\n    CASE WHEN amount < 0");
	str_puts(s, q->refund_of ? " OR gives_back <> ''" : "");
	str_puts(s, q->refunded ? " OR given_back = 1" : "");
	str_puts(s, " THEN 1 ELSE 0 END AS refund\n  FROM told CROSS JOIN ending\n  WHERE bought <= end_day AND who <> ''");
	/* An order that names no currency is in the one that was given. */
	if (q->money && *q->currency)
		str_printf(s, " AND (money = '%s' OR money = '')", q->currency);
	str_puts(s, "\n)");
}

static void placed(struct query *q)
{
	if (!q->refund_of)
		return;
	part(q, "orders_of");
	str_puts(&q->out, "who, id, MIN(bought) AS day_of\n  FROM seen WHERE id <> '' GROUP BY who, id\n)");
	part(q, "placed");
	str_printf(&q->out, "seen.who AS who, COALESCE(orders_of.day_of, seen.bought) AS bought,\n    seen.amount AS amount, seen.refund AS refund%s\n"
		   "  FROM seen LEFT JOIN orders_of ON orders_of.who = seen.who AND orders_of.id = seen.gives_back\n)",
		   q->money ? ", seen.money AS money" : "");
}

static void histories(struct query *q)
{
	const char *money = q->money && !*q->currency ? ", money" : "";
	part(q, "days");
	str_printf(&q->out, "who, bought%s, SUM(amount) AS net, MAX(refund) AS refunds\n  FROM %s GROUP BY who, bought%s\n)", money, q->refund_of ? "placed" : "seen", money);
	part(q, "purchases");
	str_printf(&q->out, "who, bought%s, net, MIN(bought) OVER (PARTITION BY who%s) AS first_day\n  FROM days WHERE net > 0 OR (net = 0 AND refunds = 0)\n)", money, money);
	part(q, "history");
	str_printf(&q->out, "who%s, first_day, MAX(bought) AS newest_day, COUNT(*) - 1 AS x,\n"
		   "    SUM(net) AS total, SUM(CASE WHEN bought > first_day THEN net ELSE 0 END) AS repeats\n"
		   "  FROM purchases GROUP BY who%s, first_day\n)", money, money);
	if (q->customers || q->whole)
		return;
	part(q, "cells");
	str_printf(&q->out, "first_day, newest_day, x%s, COUNT(*) AS customers, SUM(total) AS total, SUM(repeats) AS repeats\n"
		   "  FROM history GROUP BY first_day, newest_day, x%s, CASE WHEN x > 0 THEN who ELSE '' END\n)", money, money);
}

static void answer(struct query *q)
{
	struct str *s = &q->out;
	const double unit = rfm_unit_days(q->unit);
	const bool cells = !q->customers && !q->whole;
	struct str big_t = STR_INIT;
	sql_name(&big_t, q->d, SV("T"));
	str_puts(s, "\nSELECT 'ltv.cells/1' AS stat, ");
	sql_day_text(s, q->d, "end_day");
	str_printf(s, " AS as_of, '%s' AS unit, '%s' AS zone,\n  ", q->unit, zone_name(q->clock.zone));
	if (q->money && !*q->currency)
		str_puts(s, "money");
	else
		str_printf(s, "'%s'", q->currency);
	str_printf(s, " AS currency,%s x,\n  ", q->customers ? " who AS customer," : "");
	sql_units(s, q->d, "newest_day", "first_day", unit);
	str_puts(s, " AS t_x, ");
	sql_units(s, q->d, "end_day", "first_day", unit);
	str_printf(s, " AS %s,\n  %s AS weight, ", big_t.p, cells ? "customers" : "1");
	sql_money(s, q->d, "total", q->minor, q->exponent);
	str_puts(s, " AS spent, ");
	sql_money(s, q->d, "repeats", q->minor, q->exponent);
	str_printf(s, " AS repeat_spent\nFROM %s CROSS JOIN ending", cells ? "cells" : "history");
	str_puts(s, sql_end(q->d));
	str_release(&big_t);
}

/* ---- words ---- */

static void tell(struct query *q, struct report *r, const char *report)
{
	struct str *s = &r->finding;
	str_printf(s, "a query for %s; it makes %s from the table %s, with days in %s, as of ", sql_product(q->d),
		   q->customers ? "a row for each customer" : "the histories that models read, without names,", q->table, zone_name(q->clock.zone));
	if (q->as_of_given)
		day_text(s, q->clock.until);
	else
		str_puts(s, "its last day");
	str_printf(s, ", in %ss. Its answer as CSV is what '--from' reads.", q->unit);
	str_printf(&r->definition, "x repeat purchase days, t_x and T in %ss; orders of a customer and day are one purchase, refunds are netted, guests have no row", q->unit);
	line_add(&r->next, "%s | wend ltv %s --from -", sql_runs(q->d), report);
	line_add(&r->explain.text, "a day that nets below zero, or to zero by a refund, is no purchase; a day of zero without one is; amounts are added as decimals, never as binary fractions");
	line_add(&r->explain.text, "a date is a civil day, a time with a zone falls on a day of %s, a time without one is taken %s", zone_name(q->clock.zone), q->clock.utc ? "as UTC" : "as it stands");
	line_add(&r->explain.text, "rows without a time or an amount are left out, and those after the as-of day; %s",
		 *q->currency ? "only this currency is read" : q->money ? "the answer tells currencies apart, and one with several is refused" : "the amounts are taken to be in one currency");
	if (q->d == SQL_SQLITE && strcmp(zone_name(q->clock.zone), "UTC"))
		line_add(&r->explain.text, "SQLite knows no time zones: the clock changes of %s from 1970 on stand in the query", zone_name(q->clock.zone));
}

static void write_query(struct query *q, const char *report)
{
	str_printf(&q->out, "-- wend ltv %s --sql: purchase histories for 'wend ltv %s --from -'; wend-ltv(1) has the rules\n", report, report);
	told(q);
	ending(q);
	seen(q);
	placed(q);
	histories(q);
	answer(q);
}

enum wend_err metric_ltv_sql(const struct ltv_source *source, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct query q = { .source = source, .unit = ro->unit ? ro->unit : "week", .customers = source->customers,
			   .whole = o && o->spend && !strcmp(o->spend, "all") };
	if (!sql_dialect(&q.d, ro->sql))
		return err_set(err, WEND_E_USAGE, "'%s' is no dialect; there are sqlite, postgres, duckdb, bigquery, spark and clickhouse", ro->sql);
	enum wend_err e = read_zone(&q, ro->tz, err);
	if (!e)
		e = read_as_of(&q, ro->as_of, err);
	if (!e)
		e = read_columns(&q, source->table, &r->arena, err);
	if (!e)
		e = read_currency(&q, ro->currency_code, err);
	if (e)
		return e;
	const char *report = source->customers ? "rfm" : "model";
	write_query(&q, report);
	tell(&q, r, report);
	r->own = q.out;
	return WEND_OK;
}
