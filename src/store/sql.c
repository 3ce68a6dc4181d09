/* What every file of the room does with SQL: failures in words, statements, and the
 * write transaction with its generation number. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "format.h"
#include "pages.h"

/* Byte of the log's index that a writer locks (SQLite's WAL_WRITE_LOCK). */
#define WAL_WRITE_BYTE 120
#define TEXT_OF(n) TEXT_OF_(n)
#define TEXT_OF_(n) #n

/* The process that holds the write lock, from the kernel's list; 0 = not known. */
static long holder_of(const char *path)
{
	struct str shm = STR_INIT;
	struct stat st;
	char line[256];
	long pid = 0;
	FILE *f;

	str_printf(&shm, "%s-shm", path);
	f = lstat(shm.p, &st) ? NULL : fopen("/proc/locks", "re");
	str_release(&shm);
	while (f && fgets(line, sizeof line, f)) {
		unsigned maj, min;
		unsigned long inode;
		long who, from;

		if (sscanf(line, "%*d: %*s %*s WRITE %ld %x:%x:%lu %ld", &who, &maj, &min, &inode, &from) == 5
		    && inode == st.st_ino && from == WAL_WRITE_BYTE)
			pid = who;
	}
	if (f)
		fclose(f);
	return pid;
}

static enum wend_err busy_error(const struct store *s, struct err *err)
{
	long pid = holder_of(s->path);
	double waited = s->wait_ms / 1e3;

	if (pid)
		return err_set(err, WEND_E_STORE, "store '%s' is held by process %ld; waited %g s, run again when it has ended", s->path, pid, waited);
	return err_set(err, WEND_E_STORE, "store '%s' is held by another process; waited %g s, run again when it has ended", s->path, waited);
}

static enum wend_err taken_back(const struct store *s, struct err *err)
{
	if (s->missed.code)
		return err_set(err, s->missed.code, "%s", s->missed.msg);
	return err_set(err, WEND_E_STORE, "cannot write store '%s': memory or the disk failed half way, and nothing was kept; run again", s->path);
}

enum wend_err store_sql_error(struct store *s, sqlite3 *db, struct err *err, const char *doing)
{
	int rc = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
	int os = db ? sqlite3_system_errno(db) : 0;

	if (rc == SQLITE_CONSTRAINT_COMMITHOOK)
		return taken_back(s, err);
	if (rc == SQLITE_IOERR_DATA)
		return err_set(err, WEND_E_STORE, "store '%s' is damaged (page %u); restore a backup", s->path, pages_about(db).bad ? pages_about(db).bad : 1);
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return err_set(err, WEND_E_STORE, "cannot %s store '%s': the disk is full; free space and run again", doing, s->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return busy_error(s, err);
	case SQLITE_CORRUPT:
		return err_set(err, WEND_E_STORE, "store '%s' is damaged (%s); restore a backup", s->path, sqlite3_errmsg(db));
	case SQLITE_NOTADB:
		return err_set(err, WEND_E_STORE, "'%s' is not a wend store; name another file with --store", s->path);
	case SQLITE_READONLY:
		return err_set(err, WEND_E_STORE, "store '%s' is read-only; make it writable or name another with --store", s->path);
	case SQLITE_NOMEM:
		return err_set(err, WEND_E_STORE, "cannot %s store '%s': out of memory", doing, s->path);
	case SQLITE_IOERR:
		if (os == ENOSPC || os == EDQUOT)
			return err_set(err, WEND_E_STORE, "cannot %s store '%s': the disk is full; free space and run again", doing, s->path);
		break;
	default:
		break;
	}
	if (os)
		return err_set(err, WEND_E_STORE, "cannot %s store '%s': %s (%s)", doing, s->path, sqlite3_errmsg(db), strerror(os));
	return err_set(err, WEND_E_STORE, "cannot %s store '%s': %s", doing, s->path, sqlite3_errmsg(db));
}

void store_missed(struct store *s, sqlite3 *db)
{
	pthread_mutex_lock(&s->lock);
	if (!s->missed.code)
		store_sql_error(s, db, &s->missed, "read");
	pthread_mutex_unlock(&s->lock);
}

enum wend_err store_trouble(struct store *s, struct err *err)
{
	enum wend_err e;

	pthread_mutex_lock(&s->lock);
	e = s->missed.code ? err_set(err, s->missed.code, "%s", s->missed.msg) : WEND_OK;
	pthread_mutex_unlock(&s->lock);
	return e;
}

enum wend_err store_exec(struct store *s, const char *sql, struct err *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL))
		return store_sql_error(s, s->db, err, s->mode == STORE_READ ? "read" : "write");
	return WEND_OK;
}

enum wend_err store_prepare(struct store *s, sqlite3 *db, sqlite3_stmt **out, const char *sql, struct err *err)
{
	if (sqlite3_prepare_v2(db, sql, -1, out, NULL))
		return store_sql_error(s, db, err, "read");
	return WEND_OK;
}

uint64_t generation_of(struct store *s, sqlite3 *db, struct err *err)
{
	sqlite3_stmt *st = NULL;
	uint64_t g = 0;

	if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE name = 'generation'", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		g = (uint64_t)sqlite3_column_int64(st, 0);
	else
		store_sql_error(s, db, err, "read");
	sqlite3_finalize(st);
	return g;
}

uint64_t store_generation(struct store *s)
{
	return generation_of(s, s->db, NULL);
}

/* Out of memory or a failed read, even in a SELECT, makes SQLite take the whole transaction
 * back; a statement behind it would be a transaction of its own and half of the work be
 * kept. Between begin and commit nothing but our own COMMIT may commit. */
static int refuse_others(void *ctx)
{
	const struct store *s = ctx;

	return s->write == WRITE_OPEN;
}

enum wend_err store_write_begin(struct store *s, struct err *err)
{
	enum wend_err e = store_exec(s, "BEGIN IMMEDIATE", err);

	if (!e) {
		s->write = WRITE_OPEN;
		sqlite3_commit_hook(s->db, refuse_others, s);
	}
	return e;
}

enum wend_err store_write_commit(struct store *s, struct err *err)
{
	enum wend_err e = store_trouble(s, err);

	/* The first page is part of every transaction, see pages.h. */
	if (!e)
		e = store_exec(s, "UPDATE meta SET value = value + 1 WHERE name = 'generation'; PRAGMA user_version = " TEXT_OF(STORE_FORMAT), err);
	if (!e && sqlite3_get_autocommit(s->db))
		e = taken_back(s, err);
	if (e)
		return e;
	s->write = WRITE_COMMIT;
	e = store_exec(s, "COMMIT", err);
	s->write = e ? WRITE_OPEN : WRITE_NONE;
	return e;
}

void store_write_abort(struct store *s)
{
	s->write = WRITE_NONE;
	if (s->db && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}
