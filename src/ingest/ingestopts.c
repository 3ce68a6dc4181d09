/* The options of ingest as one table, shared by `wend ingest` and by reports that are
 * given files. */
#include "opening.h"

const struct opt *ingest_opts(struct ingest_options *o)
{
	static struct opt table[32];
	const struct opt rows[] = {
		{ .name = "as", .type = OPT_TEXT, .value = &o->as, .arg = "KIND", .help = "kind of record of a file without a preset" },
		{ .name = "map", .type = OPT_LIST, .value = &o->map, .arg = "FIELD=COLUMN,..", .help = "which column is which field" },
		{ .name = "const", .type = OPT_LIST, .value = &o->konst, .arg = "FIELD=VALUE", .help = "a value for every row" },
		{ .name = "keep", .type = OPT_LIST, .value = &o->keep, .arg = "COLUMN,..", .help = "keep columns as attributes" },
		{ .name = "preset", .type = OPT_TEXT, .value = &o->preset, .arg = "NAME|FILE|list", .help = "take this preset, or list them" },
		{ .name = "tz", .type = OPT_TEXT, .value = &o->tz, .arg = "ZONE", .help = "zone of times without an offset" },
		{ .name = "country", .type = OPT_TEXT, .value = &o->country, .arg = "CC", .help = "country of telephone numbers without a code" },
		{ .name = "currency", .type = OPT_TEXT, .value = &o->currency_code, .arg = "CODE", .help = "currency of amounts that name none" },
		{ .name = "date-order", .type = OPT_CHOICE, .value = &o->date_order, .arg = "ORDER", .help = "dmy, mdy or ymd, where a file does not prove it", .choices = "dmy|mdy|ymd" },
		{ .name = "decimal", .type = OPT_CHOICE, .value = &o->decimal, .arg = "MARK", .help = "point or comma, where a file does not prove it", .choices = "point|comma" },
		{ .name = "grain", .type = OPT_CHOICE, .value = &o->grain, .arg = "GRAIN", .help = "a row is an order, or a line of one", .choices = "order|line" },
		{ .name = "encoding", .type = OPT_TEXT, .value = &o->encoding, .arg = "NAME", .help = "character encoding, where it is misread" },
		{ .name = "separator", .type = OPT_CHOICE, .value = &o->separator, .arg = "NAME", .help = "comma, semicolon, tab or pipe", .choices = "comma|semicolon|tab|pipe" },
		{ .name = "id-space", .type = OPT_TEXT, .value = &o->id_space, .arg = "NAME", .help = "space of the file's ids, to keep two sources apart" },
		{ .name = "export-date", .type = OPT_TEXT, .value = &o->export_date, .arg = "DATE", .help = "when the file was exported" },
		{ .name = "name", .type = OPT_TEXT, .value = &o->name, .arg = "NAME", .help = "name of what standard input holds" },
		{ .name = "max-rejects", .type = OPT_TEXT, .value = &o->max_rejects, .arg = "N|P%", .help = "refuse a file with more rejects (1%)" },
		{ .name = "strict", .type = OPT_FLAG, .value = &o->strict, .help = "refuse a file with any reject" },
		{ .name = NULL },
	};
	memcpy(table, rows, sizeof rows);
	return table;
}

/* What was given, as it would be typed: kept with the batch. */
char *options_text(const struct ingest_options *o)
{
	struct str s = STR_INIT;
	const struct { const char *name, *value; } one[] = {
		{ "as", o->as }, { "tz", o->tz }, { "country", o->country }, { "currency", o->currency_code }, { "date-order", o->date_order },
		{ "decimal", o->decimal }, { "grain", o->grain }, { "id-space", o->id_space }, { "export-date", o->export_date },
	};
	const struct { const char *name; const struct opt_list *l; } many[] = { { "map", &o->map }, { "const", &o->konst }, { "keep", &o->keep } };
	for (size_t i = 0; i < sizeof one / sizeof one[0]; i++)
		if (one[i].value)
			str_printf(&s, "%s--%s %s", s.n ? " " : "", one[i].name, one[i].value);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < many[i].l->n; k++)
			str_printf(&s, "%s--%s %s", s.n ? " " : "", many[i].name, many[i].l->v[k]);
	return str_detach(&s);
}

/* "orders-2026-03.csv" and "orders-2026-04.csv" are one source: orders. */
char *file_family(const char *name)
{
	size_t n = strcspn(name, ".");
	while (n && strchr("0123456789-_ ()", name[n - 1]))
		n--;
	return n ? xstrndup(name, n) : xstrdup(name);
}
