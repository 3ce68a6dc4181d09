/* When the newest live batch was ingested: what lies after it had not happened. */
#include "format.h"

int64_t store_last_ingest(struct store *s)
{
	sqlite3_stmt *st = NULL;
	int64_t at = WEND_NONE;
	int rc = sqlite3_prepare_v2(s->db, "SELECT max(ingested) FROM batch WHERE state = 'live' AND kinds <> 0", -1, &st, NULL);
	if (!rc)
		rc = sqlite3_step(st);
	if (rc != SQLITE_ROW)
		store_missed(s, s->db);
	else if (sqlite3_column_type(st, 0) == SQLITE_INTEGER)
		at = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return at;
}
