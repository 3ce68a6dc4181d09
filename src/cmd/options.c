/* room: cmd
 * The shared options, one table for every report: a report's `takes` bits choose the
 * rows that are parsed and listed for it. And the settings behind them.
 */
#include "cmd/cmd.h"

#include <ini.h>
#include <unistd.h>

#define FORMATS "auto|table|text|csv|tsv|json|jsonl|md|html"
#define ALWAYS 0u
#define NEEDS_STORE (1u << 31)

struct shared {
	uint32_t bit;
	struct opt opt;
};

/* Rows in the order of help: what to look at, how to cut it, how to show it, the rest. */
static size_t shared_rows(struct run *u, struct shared *out, size_t cap)
{
	struct report_options *r = &u->ro;
	const char *formats = FORMATS;
	if (u->entry->formats)
		formats = *u->entry->formats == '=' ? u->entry->formats + 1 : arena_printf(&u->arena, FORMATS "|%s", u->entry->formats);
	struct str told = STR_INIT;
	struct sv rest = sv_of(formats), one;
	while (sv_cut(&rest, '|', &one))
		str_printf(&told, "%s%.*s", told.n ? ", " : "", (int)one.n, one.p);
	const char *formats_help = arena_strndup(&u->arena, told.p, told.n);
	str_release(&told);
	const struct shared rows[] = {
		{ TAKE_AS_OF, { "as-of", 0, OPT_TEXT, &r->as_of, "DATE", "look as of the end of DATE", NULL, 0, 0 } },
		{ TAKE_SPAN, { "since", 0, OPT_TEXT, &r->since, "DATE", "begin with DATE", NULL, 0, 0 } },
		{ TAKE_SPAN, { "until", 0, OPT_TEXT, &r->until, "DATE", "end with DATE", NULL, 0, 0 } },
		{ TAKE_SPAN, { "during", 0, OPT_TEXT, &r->during, "SPAN", "2026-Q3, 2026-10, 2026-W46, last-month", NULL, 0, 0 } },
		{ TAKE_VERSUS, { "versus", 0, OPT_TEXT, &r->versus, "SPAN", "compare with previous, year or a span", NULL, 0, 0 } },
		{ TAKE_FROM, { "from", 0, OPT_LIST, &r->from, "FILE|-", "read this table instead of the store", NULL, 0, 0 } },
		{ TAKE_PERIOD, { "period", 0, OPT_CHOICE, &r->period, "P", "day, week, month, quarter or year", "day|week|month|quarter|year", 0, 0 } },
		{ TAKE_UNIT, { "unit", 0, OPT_CHOICE, &r->unit, "U", "unit of time: day, week, month or year", "day|week|month|year", 0, 0 } },
		{ TAKE_TZ, { "tz", 0, OPT_TEXT, &r->tz, "ZONE", "time zone of days and periods", NULL, 0, 0 } },
		{ TAKE_WHERE, { "where", 0, OPT_LIST, &r->where, "EXPR", "channel=web,country!=US,amount>=10", NULL, 0, 0 } },
		{ TAKE_ONLY, { "only", 'c', OPT_TEXT, &r->only, "FILE|-", "only the customers listed there", NULL, 0, 0 } },
		{ TAKE_KINDS, { "kinds", 0, OPT_LIST, &r->kinds, "K,...", "only records of these kinds", NULL, 0, 0 } },
		{ TAKE_BY, { "by", 0, OPT_TEXT, &r->by, "FIELD,...", "one row for each value", NULL, 0, 0 } },
		{ TAKE_DEFINITION, { "definition", 0, OPT_TEXT, &r->definition, "NAME", "which definition of the metric", NULL, 0, 0 } },
		{ TAKE_CURRENCY, { "currency", 0, OPT_TEXT, &r->currency_code, "CODE", "only amounts in this currency", NULL, 0, 0 } },
		{ TAKE_REVENUE, { "revenue", 0, OPT_TEXT, &r->revenue, "KIND", "what counts as revenue: orders, payments, invoices, orders+unmatched", NULL, 0, 0 } },
		{ TAKE_WHO, { "who", 0, OPT_TEXT, &r->who, "ROW", "the customers behind a row: its first cell", NULL, 0, 0 } },
		{ TAKE_MIN_N, { "min-n", 0, OPT_INT, &r->min_n, "N", "print 'few' below N", NULL, 0, INT64_MAX } },
		{ TAKE_WITH, { "with", 0, OPT_TEXT, &r->with, "FIELD,...", "add customer fields: name, email, phone, id.SPACE", NULL, 0, 0 } },
		{ TAKE_ROWS, { "sort", 0, OPT_TEXT, &r->sort, "COL,...", "order rows; -COL = largest first", NULL, 0, 0 } },
		{ TAKE_ROWS, { "top", 0, OPT_INT, &r->top, "N", "the first N rows", NULL, 1, INT64_MAX } },
		{ TAKE_ROWS, { "fail-if", 0, OPT_TEXT, &u->fail_if, "EXPR", "exit 1 when EXPR holds: rate>0.05", NULL, 0, 0 } },
		{ TAKE_EXPLAIN, { "explain", 0, OPT_FLAG, &r->explain, NULL, "definition, formula, rows used and left out", NULL, 0, 0 } },
		{ TAKE_SQL, { "sql", 0, OPT_CHOICE, &r->sql, "DIALECT", "only print the query that makes a table for --from", "sqlite|postgres|duckdb|bigquery|spark|clickhouse", 0, 0 } },
		{ TAKE_SQL, { "table", 0, OPT_TEXT, &r->table, "NAME", "with --sql: the warehouse's table of orders (orders)", NULL, 0, 0 } },
		{ TAKE_STAT, { "stat", 0, OPT_FLAG, &r->stat, NULL, "the statistic itself, for --from", NULL, 0, 0 } },
		{ TAKE_PLOT, { "plot", 0, OPT_TEXT, &u->oo.plot, "FILE", "draw it: .png .svg .pdf .txt .gp", NULL, 0, 0 } },
		{ TAKE_PLOT, { "plot-kind", 0, OPT_CHOICE, &u->oo.plot_kind, "KIND", "line, bar, heat ... instead of its own", FIGURES, 0, 0 } },
		{ ALWAYS, { "format", 'f', OPT_CHOICE, &u->format, "F", formats_help, formats, 0, 0 } },
		{ ALWAYS, { "output", 'o', OPT_TEXT, &u->oo.output, "FILE", "write there instead of standard output", NULL, 0, 0 } },
		{ ALWAYS, { "no-header", 0, OPT_FLAG, &u->oo.no_header, NULL, "csv and tsv without the header row", NULL, 0, 0 } },
		{ ALWAYS, { "raw", 0, OPT_FLAG, &u->oo.raw, NULL, "csv and tsv without the spreadsheet guard", NULL, 0, 0 } },
		{ ALWAYS, { "color", 0, OPT_CHOICE, &u->color, "WHEN", "auto, always or never", "auto|always|never", 0, 0 } },
		{ NEEDS_STORE, { "store", 's', OPT_TEXT, &r->store, "FILE", "the store (else WEND_STORE, wend.db here or above)", NULL, 0, 0 } },
		{ TAKE_DRY_RUN, { "dry-run", 0, OPT_FLAG, &u->dry_run, NULL, "say what would happen, change nothing", NULL, 0, 0 } },
		{ TAKE_THREADS, { "threads", 0, OPT_INT, &r->threads, "N", "threads; never changes a result", NULL, 1, 64 } },
		{ ALWAYS, { "quiet", 'q', OPT_FLAG, &u->quiet, NULL, "only data, and only errors", NULL, 0, 0 } },
		{ ALWAYS, { "verbose", 'v', OPT_FLAG, &u->verbose, NULL, "say more on standard error", NULL, 0, 0 } },
		{ ALWAYS, { "help", 'h', OPT_FLAG, &u->help, NULL, "this text", NULL, 0, 0 } },
		{ ALWAYS, { "version", 0, OPT_FLAG, &u->version, NULL, "the version", NULL, 0, 0 } },
	};
	size_t n = sizeof rows / sizeof *rows;
	if (n > cap)
		BUG("%zu shared options, room for %zu", n, cap);
	memcpy(out, rows, sizeof rows);
	return n;
}

static bool named(const struct opt *table, const char *name)
{
	for (const struct opt *o = table; o && o->name; o++)
		if (!strcmp(o->name, name))
			return true;
	return false;
}

/* Rows of `from` that no earlier table has: a report's --tz stands for ingest's too. */
static const struct opt *without(struct run *u, const struct opt *from, const struct opt *const *earlier)
{
	size_t n = 0, k = 0;
	while (from[n].name)
		n++;
	struct opt *out = arena_zalloc(&u->arena, (n + 1) * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		bool there = false;
		for (size_t t = 0; earlier[t] && !there; t++)
			there = named(earlier[t], from[i].name);
		if (!there)
			out[k++] = from[i];
	}
	return out;
}

const struct opt *const *run_options(struct run *u)
{
	const struct entry *e = u->entry;
	struct shared rows[64];
	size_t n = shared_rows(u, rows, 64), k = 0;
	const struct opt **tables = arena_zalloc(&u->arena, 4 * sizeof *tables);
	struct opt *mine = arena_zalloc(&u->arena, (n + 1) * sizeof *mine);
	size_t t = 0;

	const struct opt *own = e->own_of ? e->own_of(u) : e->own;
	if (own)
		tables[t++] = own;
	for (size_t i = 0; i < n; i++) {
		uint32_t bit = rows[i].bit;
		bool take = bit == ALWAYS || (bit == NEEDS_STORE ? e->need != NEED_NONE : (e->takes & bit) != 0);
		if (take && !named(own, rows[i].opt.name))
			mine[k++] = rows[i].opt;
	}
	tables[t++] = mine;
	if (e->need == NEED_SOURCE) {
		tables[t] = without(u, ingest_opts(&u->io), tables);
		t++;
	}
	return tables;
}

/* ---- settings of taste: $XDG_CONFIG_HOME/wend/config ---- */

static int taste(void *ctx, const char *section, const char *name, const char *value)
{
	struct run *u = ctx;
	const char **slot = !strcmp(name, "store") ? &u->taste.store : !strcmp(name, "format") ? &u->taste.format : !strcmp(name, "color") ? &u->taste.color : NULL;
	if (*section || !slot)
		return 0;
	*slot = arena_strdup(&u->arena, value);
	return 1;
}

static enum wend_err read_taste(struct run *u, struct err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct str path = STR_INIT;
	int line = 0;

	if (xdg && *xdg)
		str_printf(&path, "%s/wend/config", xdg);
	else if (home && *home)
		str_printf(&path, "%s/.config/wend/config", home);
	if (path.n)
		line = ini_parse(path.p, taste, u);
	/* A negative result is a file that is not there or not ours to read. */
	if (line > 0)
		err_set(err, WEND_E_USAGE, "'%s:%d': the settings of this file are store, format and color, one 'name = value' a line", path.p, line);
	str_release(&path);
	return line > 0 ? WEND_E_USAGE : WEND_OK;
}

static bool want_color(struct run *u, const char *when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (when && strcmp(when, "auto"))
		return !strcmp(when, "always");
	/* A given format is the same bytes wherever it goes. */
	return !u->format && !(no && *no) && !(term && !strcmp(term, "dumb")) && isatty(STDOUT_FILENO) && !u->oo.output;
}

enum wend_err run_settings(struct run *u, struct err *err)
{
	const char *format = u->format, *env = getenv("WEND_FORMAT");
	if (read_taste(u, err))
		return err->code;
	if (format && u->entry->formats) {
		struct sv rest = sv_of(u->entry->formats + (*u->entry->formats == '=')), one;
		while (sv_cut(&rest, '|', &one))
			if (sv_is(one, format))
				u->style = format;
	}
	if (u->style)
		format = NULL;
	else if (!format)
		format = env && *env ? env : u->taste.format;
	if (format && out_format_parse(&u->oo.format, format, err))
		return err->code;
	u->oo.color = want_color(u, u->color ? u->color : u->taste.color);
	u->oo.quiet = u->quiet;
	u->oo.explain = u->ro.explain;
	u->io.quiet = u->quiet;
	u->io.verbose = u->verbose;
	if (u->entry->need == NEED_SOURCE) {
		/* One spelling, two readers: the files' zone and currency, and the report's. */
		u->io.tz = u->ro.tz ? u->ro.tz : u->io.tz;
		u->io.currency_code = u->ro.currency_code ? u->ro.currency_code : u->io.currency_code;
		u->io.revenue = u->ro.revenue ? u->ro.revenue : u->io.revenue;
	}
	return WEND_OK;
}
