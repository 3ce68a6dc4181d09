/* When the newest live batch was ingested: what lies after it had not happened. */
#include "format.h"

int64_t store_last_ingest(struct store *s)
{
	sqlite3_stmt *st = NULL;
	int64_t at = WEND_NONE;
	if (store_prepare(s, s->db, &st, "SELECT max(ingested) FROM batch WHERE state = 'live'", NULL))
		return at;
	if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_type(st, 0) == SQLITE_INTEGER)
		at = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return at;
}
