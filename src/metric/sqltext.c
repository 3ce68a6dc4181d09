/* The dialects of SQL, fragment by fragment. In a fragment @ is the first expression, #
 * the second (or the zone).
 *
 * Days. A time is one of three things, and the query finds out which: a civil day, which no
 * zone moves; a time of day without a zone, which is local to --tz as it is in a file
 * (or UTC, when the user says so); an instant, whose day depends on the zone. Where types
 * tell them apart the type is asked (pg_typeof, typeof, toTypeName), which costs nothing a
 * row; a text, all there is in SQLite, is an instant when it ends in Z or an offset.
 * PostgreSQL and DuckDB refuse texts. SQLite knows no zones: the query carries the clock
 * changes of the zone, from 1970 on. Spark turns an instant into its session's wall clock
 * first: exact where the session is in UTC, or for all but the hour a clock is set back.
 *
 * Money. Sums must not depend on the order of rows, so no amount stays a binary fraction:
 * decimals with four places at least, and in SQLite, which has none, whole ten-thousandths.
 * ClickHouse cuts a binary fraction off where others round, so there it goes through text.
 *
 * A value SQLite cannot read would be a quiet NULL or 0; abs() of the smallest integer is
 * its way to stop with an error ("integer overflow"). The others stop by themselves.
 */
#include "sql_impl.h"

#include "wend/mem.h"

/* A text that is a number, to SQLite. */
#define NUMBER "@ GLOB '*[0-9]*' AND @ NOT GLOB '*[^-+.0-9]*' AND @ NOT GLOB '?*[-+]*' AND @ NOT GLOB '*.*.*'"
#define STOP "abs(-9223372036854775807 - (@ IS NOT NULL))"
#define OFFSET_ENDS "':.*(Z| UTC|[-+][0-9:]+)$'"

enum { CHANGES_A_LINE = 3, CHANGES_A_YEAR = 4 };

#define CLICKHOUSE_DAY(instant) \
	"multiIf(toTypeName(@) LIKE '%DateTime%', toDate32(toTimeZone(toDateTime64(@, 0, 'UTC'), '#')),\n" \
	"      " instant ", toDate32(toTimeZone(parseDateTime64BestEffort(toString(@), 0, 'UTC'), '#')),\n" \
	"      toDate32(substring(toString(@), 1, 10)))"

struct fragments {
	const char *name, *product, *runs, *end;
	char quote;
	bool backslash;          /* how a quote inside a name is told, and a backslash */
	const char *text, *filled, *amount, *cents;
	const char *minor;       /* @ hundredths (or another share, #) in major units */
	const char *day, *day_utc; /* @ in the zone #; _utc: where times without a zone are UTC */
	const char *date, *date_text, *between; /* between: from # to @ */
	const char *real;        /* a literal that makes a division one of doubles */
};

static const struct fragments dialects[SQL_DIALECTS] = {
	[SQL_SQLITE] = {
		.name = "sqlite", .product = "SQLite", .runs = "sqlite3 -csv -header shop.db <query.sql", .end = ";\n", .quote = '"',
		.text = "CAST(@ AS TEXT)", .filled = "@ IS NOT NULL AND @ <> ''",
		.amount = "CASE WHEN typeof(@) IN ('integer', 'real') OR " NUMBER "\n      THEN CAST(ROUND(@ * 10000) AS INTEGER) ELSE " STOP " END",
		.cents = "CASE WHEN typeof(@) IN ('integer', 'real') OR " NUMBER "\n      THEN CAST(ROUND(@) AS INTEGER) ELSE " STOP " END",
		.day = "CASE WHEN wend_instant IS NULL THEN date(@) ELSE date(wend_instant + #, 'unixepoch') END",
		.date = "'@'", .date_text = "@", .between = "(julianday(@) - julianday(#))", .real = "@" },
	[SQL_POSTGRES] = {
		.name = "postgres", .product = "PostgreSQL", .runs = "psql -X --csv -f query.sql", .end = ";\n", .quote = '"',
		.text = "CAST(@ AS text)", .filled = "@ IS NOT NULL", .amount = "CAST(@ AS numeric)", .minor = "@ * #",
		/* Adding nothing refuses a text, whose offset a cast would drop; DuckDB likewise. */
		.day = "CASE WHEN pg_typeof(@) = 'timestamptz'::regtype THEN CAST(CAST(@ AS timestamptz) AT TIME ZONE '#' AS date)\n"
		       "      ELSE CAST(@ + interval '0' AS date) END",
		.day_utc = "CASE WHEN pg_typeof(@) = 'timestamptz'::regtype THEN CAST(CAST(@ AS timestamptz) AT TIME ZONE '#' AS date)\n"
			   "      WHEN pg_typeof(@) = 'timestamp'::regtype THEN CAST(CAST(@ AS timestamp) AT TIME ZONE 'UTC' AT TIME ZONE '#' AS date)\n"
			   "      ELSE CAST(@ + interval '0' AS date) END",
		.date = "DATE '@'", .date_text = "to_char(@, 'YYYY-MM-DD')", .between = "(@ - #)", .real = "@" },
	[SQL_DUCKDB] = {
		.name = "duckdb", .product = "DuckDB", .runs = "duckdb -csv shop.duckdb <query.sql", .end = ";\n", .quote = '"',
		.text = "CAST(@ AS VARCHAR)", .filled = "@ IS NOT NULL", .amount = "CAST(@ AS DECIMAL(18, 4))", .minor = "@ * #",
		.day = "CASE WHEN typeof(@) = 'TIMESTAMP WITH TIME ZONE' THEN CAST(timezone('#', CAST(@ AS TIMESTAMPTZ)) AS DATE)\n"
		       "      ELSE CAST(@ + INTERVAL 0 DAY AS DATE) END",
		.day_utc = "CASE WHEN typeof(@) = 'TIMESTAMP WITH TIME ZONE' THEN CAST(timezone('#', CAST(@ AS TIMESTAMPTZ)) AS DATE)\n"
			   "      WHEN typeof(@) LIKE 'TIMESTAMP%' THEN CAST(timezone('#', timezone('UTC', CAST(@ AS TIMESTAMP))) AS DATE)\n"
			   "      ELSE CAST(@ + INTERVAL 0 DAY AS DATE) END",
		.date = "DATE '@'", .date_text = "CAST(@ AS VARCHAR)", .between = "date_diff('day', #, @)", .real = "@" },
	[SQL_BIGQUERY] = {
		.name = "bigquery", .product = "BigQuery", .runs = "bq query --use_legacy_sql=false --format=csv --max_rows=100000000 <query.sql", .end = ";\n",
		.quote = '`', .backslash = true,
		.text = "CAST(@ AS STRING)", .filled = "@ IS NOT NULL", .amount = "CAST(@ AS NUMERIC)", .minor = "@ * NUMERIC '#'",
		.day = "CASE WHEN REGEXP_CONTAINS(CAST(@ AS STRING), " OFFSET_ENDS ")\n"
		       "      THEN DATE(CAST(CAST(@ AS STRING) AS TIMESTAMP), '#')\n"
		       "      ELSE CAST(SUBSTR(CAST(@ AS STRING), 1, 10) AS DATE) END",
		.day_utc = "CASE WHEN LENGTH(CAST(@ AS STRING)) > 10\n"
			   "      THEN DATE(CAST(CAST(@ AS STRING) AS TIMESTAMP), '#')\n"
			   "      ELSE CAST(CAST(@ AS STRING) AS DATE) END",
		.date = "DATE '@'", .date_text = "CAST(@ AS STRING)", .between = "DATE_DIFF(@, #, DAY)", .real = "@" },
	[SQL_SPARK] = {
		.name = "spark", .product = "Spark", .runs = "spark-sql --hiveconf hive.cli.print.header=true -f query.sql", .end = ";\n", .quote = '`',
		.text = "CAST(@ AS STRING)", .filled = "@ IS NOT NULL", .amount = "CAST(@ AS DECIMAL(18, 4))", .minor = "@ * #",
		.day = "CASE WHEN typeof(@) = 'timestamp' OR CAST(@ AS STRING) RLIKE " OFFSET_ENDS "\n"
		       "      THEN CAST(convert_timezone('#', CAST(@ AS TIMESTAMP)) AS DATE)\n"
		       "      ELSE CAST(@ AS DATE) END",
		.day_utc = "CASE WHEN typeof(@) = 'timestamp' OR CAST(@ AS STRING) RLIKE " OFFSET_ENDS "\n"
			   "      THEN CAST(convert_timezone('#', CAST(@ AS TIMESTAMP)) AS DATE)\n"
			   "      WHEN typeof(@) <> 'date' AND LENGTH(CAST(@ AS STRING)) > 10\n"
			   "      THEN CAST(convert_timezone('UTC', '#', CAST(@ AS TIMESTAMP_NTZ)) AS DATE)\n"
			   "      ELSE CAST(@ AS DATE) END",
		/* A decimal divisor would leave six places. */
		.date = "DATE '@'", .date_text = "CAST(@ AS STRING)", .between = "datediff(@, #)", .real = "@D" },
	[SQL_CLICKHOUSE] = {
		.name = "clickhouse", .product = "ClickHouse", .runs = "clickhouse-client --queries-file query.sql",
		.end = "\nSETTINGS join_use_nulls = 1, prefer_column_name_to_alias = 1\nFORMAT CSVWithNames;\n", .quote = '`', .backslash = true,
		.text = "toString(@)", .filled = "@ IS NOT NULL", .amount = "toDecimal64(toString(@), 4)", .minor = "@ * toDecimal64('#', 4)",
		/* A DateTime is an instant in any case; only texts may lack a zone. */
		.day = CLICKHOUSE_DAY("match(toString(@), " OFFSET_ENDS ")"), .day_utc = CLICKHOUSE_DAY("length(toString(@)) > 10"),
		.date = "toDate32('@')", .date_text = "toString(@)", .between = "(toInt32(@) - toInt32(#))", .real = "@" },
};

static void fill(struct str *out, const char *fragment, const char *first, const char *second)
{
	for (const char *p = fragment; *p; p++) {
		if (*p == '@')
			str_puts(out, first);
		else if (*p == '#' && second)
			str_puts(out, second);
		else
			str_putc(out, *p);
	}
}

bool sql_dialect(enum dialect *out, const char *name)
{
	for (int d = 0; d < SQL_DIALECTS; d++)
		if (!strcmp(dialects[d].name, name)) {
			*out = (enum dialect)d;
			return true;
		}
	return false;
}

const char *sql_product(enum dialect d)
{
	return dialects[d].product;
}

const char *sql_runs(enum dialect d)
{
	return dialects[d].runs;
}

const char *sql_end(enum dialect d)
{
	return dialects[d].end;
}

void sql_name(struct str *out, enum dialect d, struct sv name)
{
	const struct fragments *f = &dialects[d];
	str_putc(out, f->quote);
	for (size_t i = 0; i < name.n; i++) {
		const char c = name.p[i];
		if (f->backslash && (c == f->quote || c == '\\'))
			str_putc(out, '\\');
		else if (c == f->quote)
			str_putc(out, c);
		str_putc(out, c);
	}
	str_putc(out, f->quote);
}

/* One part of a dotted name; in double quotes, a doubled one is one. */
static bool cut_part(struct sv *rest, struct str *part)
{
	size_t i = 0;
	str_reset(part);
	if (rest->n && rest->p[0] == '"') {
		for (i = 1; i < rest->n; i++) {
			if (rest->p[i] == '"' && !(i + 1 < rest->n && rest->p[i + 1] == '"'))
				break;
			i += rest->p[i] == '"';
			str_putc(part, rest->p[i]);
		}
		if (i++ >= rest->n)
			return false;
	} else {
		while (i < rest->n && rest->p[i] != '.')
			str_putc(part, rest->p[i++]);
	}
	if (!part->n || (i < rest->n && rest->p[i] != '.') || i + 1 == rest->n)
		return false;
	*rest = i < rest->n ? sv_n(rest->p + i + 1, rest->n - i - 1) : SV_NONE;
	return true;
}

enum wend_err sql_table(struct str *out, enum dialect d, struct sv name, struct err *err)
{
	struct str part = STR_INIT;
	struct sv rest = name;
	bool good = true;
	for (bool first = true; good && (first || rest.p); first = false) {
		if ((good = cut_part(&rest, &part))) {
			str_puts(out, first ? "" : ".");
			sql_name(out, d, str_view(&part));
		}
	}
	str_release(&part);
	if (good)
		return WEND_OK;
	return err_set(err, WEND_E_USAGE, "'%.*s' is no name of a table; write orders, shop.orders, or '\"a.b\".orders' where a point belongs to the name", (int)name.n, name.p);
}

void sql_word(struct str *out, enum dialect d, const char *expr)
{
	str_puts(out, "COALESCE(TRIM(");
	fill(out, dialects[d].text, expr, NULL);
	str_puts(out, "), '')");
}

void sql_filled(struct str *out, enum dialect d, const char *expr)
{
	fill(out, dialects[d].filled, expr, NULL);
}

void sql_amount(struct str *out, enum dialect d, const char *expr, bool minor)
{
	fill(out, minor && dialects[d].cents ? dialects[d].cents : dialects[d].amount, expr, NULL);
}

void sql_money(struct str *out, enum dialect d, const char *expr, bool minor, int exponent)
{
	static const char *const share[] = { "1", "0.1", "0.01", "0.001", "0.0001" };
	static const char *const whole[] = { "1", "10", "100", "1000", "10000" };
	if (d == SQL_SQLITE && (exponent || !minor)) {
		const int places = minor ? exponent : 4;
		str_printf(out, "printf('%%d.%%0%dd', %s / %s, %s %% %s)", places, expr, whole[places], expr, whole[places]);
	} else if (!minor || !exponent) {
		str_puts(out, expr);
	} else {
		fill(out, dialects[d].minor, expr, share[exponent]);
	}
}

/* ---- days ---- */

/* Seconds to add to an instant: the newest clock change first, as most rows are new. */
static void changes(struct str *out, const struct sql_clock *c)
{
	struct { int64_t from; int32_t offset; } v[CHANGES_A_YEAR * (SQL_LAST_YEAR - 1970 + 2)];
	const int32_t end = civil_day(SQL_LAST_YEAR, 12, 31);
	const int64_t last = ((int64_t)(c->until < end ? c->until : end) + 2) * 86400;
	size_t n = 0;
	int64_t lo = 0, hi = 0;
	for (int64_t at = 0; n < sizeof v / sizeof *v && at < last; at = hi) {
		v[n].offset = zone_offset(c->zone, at, &lo, &hi);
		v[n].from = at;
		/* A change of the name alone moves no clock. */
		if (!n || v[n].offset != v[n - 1].offset)
			n++;
		if (hi <= at)
			break;
	}
	str_puts(out, n > 1 ? "CASE" : "");
	for (size_t i = n; i-- > 1;)
		str_printf(out, "%sWHEN wend_instant >= %lld THEN %d", (n - 1 - i) % CHANGES_A_LINE ? " " : "\n      ", (long long)v[i].from, (int)v[i].offset);
	if (n > 1)
		str_printf(out, "\n      ELSE %d END", (int)v[0].offset);
	else
		str_printf(out, "%d", (int)v[0].offset);
}

void sql_source(struct str *out, enum dialect d, const char *table, const char *expr, const struct sql_clock *c)
{
	if (d != SQL_SQLITE) {
		str_puts(out, table);
		return;
	}
	str_puts(out, "(SELECT *, ");
	fill(out, "CASE WHEN typeof(@) IN ('integer', 'real') THEN @\n    ", expr, NULL);
	if (c->utc)
		fill(out, "WHEN length(@) > 10", expr, NULL);
	else
		fill(out, "WHEN @ GLOB '*:*[Zz]' OR @ GLOB '*:*[-+][0-9][0-9]:[0-9][0-9]'", expr, NULL);
	fill(out, " THEN CAST(strftime('%s', @) AS INTEGER) END AS wend_instant\n    FROM ", expr, NULL);
	str_printf(out, "%s)", table);
}

void sql_day(struct str *out, enum dialect d, const char *expr, const struct sql_clock *c)
{
	const struct fragments *f = &dialects[d];
	const char *day = c->utc && f->day_utc ? f->day_utc : f->day;
	struct str shift = STR_INIT;
	if (d != SQL_SQLITE) {
		fill(out, day, expr, zone_name(c->zone));
		return;
	}
	changes(&shift, c);
	str_puts(out, "COALESCE(");
	fill(out, day, expr, shift.p);
	fill(out, ",\n      " STOP ")", expr, NULL);
	str_release(&shift);
}

void sql_date(struct str *out, enum dialect d, int32_t day)
{
	struct str text = STR_INIT;
	day_text(&text, day);
	fill(out, dialects[d].date, text.p, NULL);
	str_release(&text);
}

void sql_day_text(struct str *out, enum dialect d, const char *expr)
{
	fill(out, dialects[d].date_text, expr, NULL);
}

void sql_units(struct str *out, enum dialect d, const char *to, const char *from, double unit_days)
{
	struct str by = STR_INIT;
	fill(out, dialects[d].between, to, from);
	if (unit_days > 1) {
		str_real(&by, unit_days);
		if (!strchr(by.p, '.'))
			str_puts(&by, ".0");
		str_puts(out, " / ");
		fill(out, dialects[d].real, by.p, NULL);
	}
	str_release(&by);
}
