/* A copy of the store while others may read and write it: made beside its place, private,
 * and only a whole copy gets the name. */
#include <sys/stat.h>

#include "format.h"
#include "pages.h"
#include "wend/par.h"

static enum wend_err copy_into(struct store *s, sqlite3 *to, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", s->db, "main");
	int rc;

	if (!b)
		return store_sql_error(s, to, err, "back up");
	do
		rc = sqlite3_backup_step(b, 4096);
	while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED);
	sqlite3_backup_finish(b);
	if (rc != SQLITE_DONE)
		return store_sql_error(s, to, err, "back up");
	/* The log of the original is not part of the copy: one file holds all. */
	if (sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL))
		return store_sql_error(s, to, err, "back up");
	return WEND_OK;
}

enum wend_err store_backup(struct store *s, const char *to, struct err *err)
{
	struct outfile o = { NULL, NULL, NULL };
	struct stat st;
	sqlite3 *db = NULL;
	enum wend_err e;

	if (!strcmp(to, "-"))
		return err_set(err, WEND_E_USAGE, "a backup is a file; name a new one");
	if (!lstat(to, &st))
		return err_set(err, WEND_E_USAGE, "'%s' is there already; name a new file", to);
	e = outfile_open(&o, to, err);
	if (e)
		return e;
	if (sqlite3_open_v2(o.tmp, &db, SQLITE_OPEN_READWRITE, PAGES_VFS))
		e = err_set(err, WEND_E_STORE, "cannot write '%s': %s", to, db ? sqlite3_errmsg(db) : "out of memory");
	if (!e)
		e = copy_into(s, db, err);
	if (sqlite3_close(db) && !e)
		e = err_set(err, WEND_E_STORE, "cannot write '%s'", to);
	if (!e)
		e = outfile_commit(&o, err);
	if (e)
		outfile_abort(&o);
	return e;
}
