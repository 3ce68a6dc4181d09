/* The tables `event`, `item` and `customer` for the sqlite3 shell and any other program
 * that loads extensions into SQLite:
 *
 *     $ sqlite3 -readonly wend.db
 *     sqlite> .load /usr/lib/wend/wend
 *     sqlite> SELECT kind, count(*) FROM event GROUP BY kind;
 *
 * The tables read the file the connection has open as its main database, through reading
 * connections of their own as `store query` does: they never write, and each use of a
 * table sees the store as it is when the use begins.
 */
#include "vtab.h"
#include "wend/mem.h"

SQLITE_EXTENSION_INIT1

/* What the three modules share; the last of them closes the store. */
struct guest {
	struct store *store;
	struct err err;
	int users;
};

static void leave(void *p)
{
	struct guest *g = p;

	if (--g->users)
		return;
	store_close(g->store);
	free(g);
}

static int refuse(char **why, const struct err *err)
{
	*why = sqlite3_mprintf("wend: %s", err->msg);
	return SQLITE_ERROR;
}

int sqlite3_wend_init(sqlite3 *db, char **why, const sqlite3_api_routines *api) __attribute__((visibility("default")));

int sqlite3_wend_init(sqlite3 *db, char **why, const sqlite3_api_routines *api)
{
	struct err err = ERR_INIT;
	struct guest *g;
	const char *path;
	int rc = SQLITE_OK;

	SQLITE_EXTENSION_INIT2(api);
	path = sqlite3_db_filename(db, "main");
	if (!path || !*path) {
		err_set(&err, WEND_E_STORE, "this database is in memory; open a store first: sqlite3 -readonly wend.db");
		return refuse(why, &err);
	}
	g = xcalloc(1, sizeof *g);
	if (store_open(&g->store, path, STORE_READ, &err)) {
		free(g);
		return refuse(why, &err);
	}
	g->users = 1;
	for (int i = 0; i < VTAB_COUNT && !rc; i++) {
		g->users++;
		rc = vtab_register(db, i, g->store, &g->err, leave, g);
	}
	leave(g);
	return rc;
}
