/* The options of ingest as one table, shared by `wend ingest` and by reports that are
 * given files. */
#include "wend/ingest.h"

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
