/* room: metric (internal)
 * Words of queries that data warehouses run. This is text for --sql to print: nothing here
 * opens or asks a database, and what the store runs stands in src/store alone.
 *
 * A dialect is a handful of fragments (sqltext.c): how a name is quoted, which civil day a
 * time falls on, how many days lie between two, how an amount is read without losing a
 * cent. The queries (ltvsql.c) are the same for all of them.
 */
#ifndef WEND_SQL_IMPL_H
#define WEND_SQL_IMPL_H

#include "wend/civil.h"
#include "wend/err.h"
#include "wend/str.h"

enum dialect { SQL_SQLITE, SQL_POSTGRES, SQL_DUCKDB, SQL_BIGQUERY, SQL_SPARK, SQL_CLICKHOUSE, SQL_DIALECTS };

/* SQLite is told clock changes up to the end of this year. */
enum { SQL_LAST_YEAR = 2037 };

bool sql_dialect(enum dialect *out, const char *name);
const char *sql_product(enum dialect d); /* "PostgreSQL" */
const char *sql_runs(enum dialect d);    /* a command line that runs query.sql and prints CSV */
const char *sql_end(enum dialect d);     /* what stands behind the last clause */

/* A name as the dialect quotes it, whatever signs it holds. */
void sql_name(struct str *out, enum dialect d, struct sv name);
/* "shop.orders", each part quoted; a part in double quotes may hold a point. */
enum wend_err sql_table(struct str *out, enum dialect d, struct sv name, struct err *err);

/* The other functions take an expression, most often a quoted name. */
void sql_word(struct str *out, enum dialect d, const char *expr);   /* text without blanks around it, '' when there is none */
void sql_filled(struct str *out, enum dialect d, const char *expr); /* a condition */
/* An exact number; `minor`: whole minor units. */
void sql_amount(struct str *out, enum dialect d, const char *expr, bool minor);
/* A sum of such numbers in major units; `exponent`: decimals of the currency. */
void sql_money(struct str *out, enum dialect d, const char *expr, bool minor, int exponent);

/* The civil day of a time in a zone. */
struct sql_clock {
	const struct zone *zone;
	bool utc;         /* times that name no zone are UTC, not of that zone */
	int32_t until;    /* no later day is asked for */
};
/* The table to read from: one that has the columns of `table`, and what sql_day needs. */
void sql_source(struct str *out, enum dialect d, const char *table, const char *expr, const struct sql_clock *c);
void sql_day(struct str *out, enum dialect d, const char *expr, const struct sql_clock *c);
void sql_date(struct str *out, enum dialect d, int32_t day);
void sql_day_text(struct str *out, enum dialect d, const char *expr); /* 2026-06-30 */
/* Days from `from` to `to` in units of so many days, as a fraction that keeps the digits of
 * a double. */
void sql_units(struct str *out, enum dialect d, const char *to, const char *from, double unit_days);

#endif
