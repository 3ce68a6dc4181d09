/* Opening a store: where it is, whether it is one, and the connection every other file
 * of the room works on.
 *
 * The busy time-out is set before anything else, because the journal mode needs a lock
 * already. A store is made as an empty 0600 file before SQLite sees it; SQLite gives its
 * journals the mode of the file they belong to, so they are private too.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "pages.h"
#include "wend/mem.h"
#include "wend/par.h"

static void path_join(struct str *out, const char *dir, const char *rest)
{
	str_puts(out, dir);
	if (out->n && out->p[out->n - 1] != '/')
		str_putc(out, '/');
	str_puts(out, rest);
}

/* A wend.db in this folder or above, as with git. Only one of our own: a file somebody
 * else left in a shared folder is not picked up. */
static bool path_above(struct str *out)
{
	char dir[PATH_MAX];
	struct stat st;

	if (!getcwd(dir, sizeof dir))
		return false;
	for (;;) {
		char *slash;

		str_reset(out);
		path_join(out, dir, "wend.db");
		if (!lstat(out->p, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid())
			return true;
		slash = strrchr(dir, '/');
		if (!slash || !dir[1])
			break;
		slash[slash == dir ? 1 : 0] = '\0';
	}
	str_reset(out);
	return false;
}

static void data_path(struct str *out)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (data && *data == '/')
		path_join(out, data, "wend/wend.db");
	else if (home && *home == '/')
		path_join(out, home, ".local/share/wend/wend.db");
	else
		str_puts(out, "wend.db");
}

void store_default_path(struct str *out, const char *option, const char *configured)
{
	const char *env = getenv("WEND_STORE");

	str_reset(out);
	if (option && *option) {
		str_puts(out, option);
	} else if (env && *env) {
		str_puts(out, env);
	} else if (path_above(out)) {
		return;
	} else if (configured && *configured) {
		str_puts(out, configured);
	} else {
		data_path(out);
	}
}

/* Folders above the default store, private, as XDG asks; a folder somebody named is not
 * made for them. A failure shows when the file is made. */
static void make_folders(const char *path)
{
	struct str home = STR_INIT;
	char *p = xstrdup(path);

	data_path(&home);
	for (char *s = p + 1; !strcmp(home.p, path) && (s = strchr(s, '/')); s++) {
		*s = '\0';
		(void)mkdir(p, 0700);
		*s = '/';
	}
	str_release(&home);
	free(p);
}

/* The folder of `path` with its links followed, the last name as it stands: a link in the
 * place of the store itself is refused. */
static bool resolve(struct str *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
	char real[PATH_MAX];

	str_reset(out);
	if (realpath(dir, real))
		path_join(out, real, slash ? slash + 1 : path);
	free(dir);
	return out->n > 0;
}

/* Is there a file that may be a store? `size` -1 = nothing there. */
static enum wend_err look(const char *path, int64_t *size, struct err *err)
{
	char head[16];
	struct stat st;
	ssize_t n;
	int fd;

	*size = -1;
	if (lstat(path, &st)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return WEND_OK;
		return err_set(err, WEND_E_STORE, "cannot open store '%s': %s", path, strerror(errno));
	}
	if (S_ISLNK(st.st_mode))
		return err_set(err, WEND_E_STORE, "store '%s' is a symbolic link; name the file it points to", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, WEND_E_STORE, "'%s' is not a wend store: not a regular file", path);
	*size = st.st_size;
	if (!st.st_size)
		return WEND_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(err, WEND_E_STORE, "cannot open store '%s': %s", path, strerror(errno));
	n = file_read(fd, head, sizeof head, -1);
	if (n < 0)
		err_set(err, WEND_E_STORE, "cannot read store '%s': %s", path, strerror(errno));
	close(fd);
	if (n < 0)
		return WEND_E_STORE;
	if (n != (ssize_t)sizeof head || memcmp(head, "SQLite format 3", 16))
		return err_set(err, WEND_E_STORE, "'%s' is not a wend store; name another file with --store", path);
	return WEND_OK;
}

static enum wend_err make_file(const char *path, struct err *err)
{
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno != EEXIST)
		return err_set(err, WEND_E_STORE, "cannot make store '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return WEND_OK;
}

/* A plain path as URI, for the parameters only a URI can carry. */
static void uri_of(struct str *out, const char *path, const char *query)
{
	str_puts(out, "file:");
	for (const char *p = path; *p; p++) {
		if (*p == '?' || *p == '#' || *p == '%')
			str_printf(out, "%%%02x", (unsigned)*p);
		else
			str_putc(out, *p);
	}
	str_puts(out, query);
}

static int open_db(const struct store *s, const char *name, int flags, sqlite3 **out)
{
	int rc = s->mode == STORE_MEMORY ? SQLITE_OK : pages_register();

	if (!rc)
		rc = sqlite3_open_v2(name, out, flags | SQLITE_OPEN_EXRESCODE, s->mode == STORE_MEMORY ? NULL : PAGES_VFS);
	if (!*out)
		return SQLITE_NOMEM;
	sqlite3_busy_timeout(*out, s->wait_ms);
	if (rc)
		return rc;
	sqlite3_db_config(*out, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(*out, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(*out, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(*out, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	rc = sqlite3_exec(*out, "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;", NULL, NULL, NULL);
	/* The first read of the file: a journal that cannot be opened shows here. */
	return rc ? rc : sqlite3_exec(*out, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
}

/* On a medium that cannot be written the index of the write-ahead log cannot be made; with
 * no log there, the file is all there is and can be read as it stands. */
static bool log_is_empty(const char *path)
{
	struct str wal = STR_INIT;
	struct stat st;
	bool empty;

	str_printf(&wal, "%s-wal", path);
	empty = lstat(wal.p, &st) || !st.st_size;
	str_release(&wal);
	return empty;
}

static int open_reading(struct store *s, int mutex, sqlite3 **out)
{
	struct str uri = STR_INIT;
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | mutex;
	int rc = open_db(s, s->path, flags, out);

	if ((rc & 0xff) != SQLITE_CANTOPEN && (rc & 0xff) != SQLITE_READONLY)
		return rc;
	if (!log_is_empty(s->path))
		return rc;
	sqlite3_close(*out);
	*out = NULL;
	uri_of(&uri, s->path, "?immutable=1");
	rc = open_db(s, uri.p, flags | SQLITE_OPEN_URI, out);
	str_release(&uri);
	return rc;
}

enum wend_err store_connect(struct store *s, sqlite3 **out, struct err *err)
{
	enum wend_err e;
	int rc;

	*out = NULL;
	if (s->mode == STORE_MEMORY)
		rc = open_db(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, out);
	else
		rc = open_reading(s, SQLITE_OPEN_NOMUTEX, out);
	if (!rc)
		return WEND_OK;
	e = store_sql_error(s, *out, err, "open");
	sqlite3_close(*out);
	*out = NULL;
	return e;
}

static int64_t pragma_int(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v = -1;

	if (!sqlite3_prepare_v2(db, sql, -1, &st, NULL) && sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

enum shape { SHAPE_EMPTY, SHAPE_STORE };

/* Empty, or a store this program can read; anything else is an error in words. */
static enum wend_err shape_of(struct store *s, enum shape *out, struct err *err)
{
	int64_t app = pragma_int(s->db, "PRAGMA application_id");
	int64_t version = pragma_int(s->db, "PRAGMA user_version");
	int64_t tables = pragma_int(s->db, "SELECT count(*) FROM sqlite_schema");

	if (app < 0 || version < 0 || tables < 0)
		return store_sql_error(s, s->db, err, "read");
	*out = SHAPE_STORE;
	if (app == STORE_APPLICATION_ID && version == STORE_FORMAT && (s->mode == STORE_MEMORY || pages_about(s->db).summed))
		return WEND_OK;
	if (app == STORE_APPLICATION_ID && version == STORE_FORMAT)
		return err_set(err, WEND_E_STORE, "store '%s' is damaged (page 1); restore a backup", s->path);
	if (app == STORE_APPLICATION_ID && version < STORE_FORMAT)
		return err_set(err, WEND_E_STORE, "store '%s' has format %lld, older than this program reads (%d); move it away and ingest its files again", s->path, (long long)version, STORE_FORMAT);
	if (app == STORE_APPLICATION_ID && version > STORE_FORMAT)
		return err_set(err, WEND_E_STORE, "store '%s' has format %lld, newer than this program reads (%d); install a newer wend", s->path, (long long)version, STORE_FORMAT);
	if (app || version || tables)
		return err_set(err, WEND_E_STORE, "'%s' is not a wend store; name another file with --store", s->path);
	*out = SHAPE_EMPTY;
	return WEND_OK;
}

static enum wend_err make_schema(struct store *s, struct err *err)
{
	struct str sql = STR_INIT;
	enum shape shape;
	enum wend_err e = store_exec(s, "BEGIN IMMEDIATE", err);

	if (e)
		return e;
	/* Another process may have been faster. */
	e = shape_of(s, &shape, err);
	if (!e && shape == SHAPE_EMPTY) {
		str_puts(&sql, STORE_SCHEMA);
		str_printf(&sql, "INSERT INTO meta VALUES('generation', 1), ('persons', 0), ('created', %lld);", (long long)clock_now());
		str_printf(&sql, "PRAGMA application_id=%d; PRAGMA user_version=%d;", STORE_APPLICATION_ID, STORE_FORMAT);
		e = store_exec(s, sql.p, err);
	}
	if (!e)
		e = store_exec(s, "COMMIT", err);
	if (e)
		store_write_abort(s);
	str_release(&sql);
	return e;
}

static enum wend_err prepare_writing(struct store *s, struct err *err)
{
	enum shape shape;
	struct str sql = STR_INIT;
	int reserve = PAGE_SUM;
	enum wend_err e = shape_of(s, &shape, err);

	if (!e && shape == SHAPE_EMPTY) {
		str_printf(&sql, "PRAGMA page_size=%d;", STORE_PAGE);
		e = store_exec(s, sql.p, err);
		if (s->mode != STORE_MEMORY)
			sqlite3_file_control(s->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
	}
	if (!e)
		e = store_exec(s, s->mode == STORE_MEMORY ? "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF" : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON", err);
	if (!e && shape == SHAPE_EMPTY)
		e = make_schema(s, err);
	/* Written anew, every page has its sum again. */
	if (!e && pages_about(s->db).taken_over)
		e = store_exec(s, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", err);
	str_release(&sql);
	return e;
}

static enum wend_err open_file(struct store *s, const char *path, struct err *err)
{
	struct str real = STR_INIT;
	int64_t size = -1;
	enum shape shape;
	enum wend_err e = WEND_OK;
	int rc;

	if (s->mode == STORE_WRITE)
		make_folders(path);
	if (resolve(&real, path))
		e = look(real.p, &size, err);
	if (e)
		goto done;
	if (s->mode != STORE_WRITE && size <= 0) {
		e = err_set(err, WEND_E_STORE, size ? "no store at '%s'; run 'wend ingest' first" : "store '%s' is empty; run 'wend ingest' first", path);
		goto done;
	}
	if (s->mode == STORE_CHANGE)
		s->mode = STORE_WRITE;
	if (!real.n) {
		e = err_set(err, WEND_E_STORE, "cannot make store '%s': no such folder", path);
		goto done;
	}
	if (size < 0 && (e = make_file(real.p, err)))
		goto done;
	s->path = str_detach(&real);
	if (s->mode == STORE_READ)
		rc = open_reading(s, SQLITE_OPEN_FULLMUTEX, &s->db);
	else
		rc = open_db(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_FULLMUTEX, &s->db);
	if (rc) {
		e = store_sql_error(s, s->db, err, "open");
		goto done;
	}
	if (s->mode == STORE_WRITE) {
		if (sqlite3_db_readonly(s->db, "main") == 1)
			e = err_set(err, WEND_E_STORE, "store '%s' is read-only; make it writable or name another with --store", s->path);
		else
			e = prepare_writing(s, err);
	} else {
		e = shape_of(s, &shape, err);
		if (!e && shape == SHAPE_EMPTY)
			e = err_set(err, WEND_E_STORE, "store '%s' is empty; run 'wend ingest' first", path);
	}
done:
	str_release(&real);
	return e;
}

static enum wend_err open_memory(struct store *s, struct err *err)
{
	static atomic_uint serial;
	struct str name = STR_INIT;
	sqlite3_int64 limit = (sqlite3_int64)1 << 40;

	str_printf(&name, "file:/wend-%ld-%u?vfs=memdb", (long)getpid(), atomic_fetch_add(&serial, 1) + 1);
	s->path = str_detach(&name);
	if (open_db(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, &s->db))
		return store_sql_error(s, s->db, err, "open");
	/* SQLite's own limit for a database in memory is 1 GiB. */
	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_SIZE_LIMIT, &limit);
	return prepare_writing(s, err);
}

/* Seconds a job may wait for another: a night's run more than a person, a script perhaps
 * none. A day is more than anybody means. */
static enum wend_err wait_of(struct store *s, struct err *err)
{
	const char *env = getenv("WEND_WAIT");
	double seconds = WAIT_S;

	if (env && *env && (!sv_real(sv_of(env), &seconds) || !(seconds >= 0 && seconds <= 86400)))
		return err_set(err, WEND_E_USAGE, "WEND_WAIT is '%s'; give seconds from 0 to 86400", env);
	s->wait_ms = (int)(seconds * 1000);
	return WEND_OK;
}

enum wend_err store_open(struct store **out, const char *path, enum store_mode mode, struct err *err)
{
	struct store *s = xcalloc(1, sizeof *s);
	pthread_mutexattr_t attr;
	enum wend_err e;

	s->mode = mode;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&s->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	e = wait_of(s, err);
	if (!e)
		e = mode == STORE_MEMORY ? open_memory(s, err) : open_file(s, path, err);
	if (e) {
		store_close(s);
		s = NULL;
	}
	*out = s;
	return e;
}

/* A read-only connection to a store with a write-ahead log leaves the empty log and its
 * index behind; a connection that may write takes them away when it is the last. */
static void sweep(const struct store *s)
{
	struct str shm = STR_INIT;
	struct stat st;
	sqlite3 *db = NULL;

	str_printf(&shm, "%s-shm", s->path);
	if (!lstat(shm.p, &st) && log_is_empty(s->path)) {
		open_db(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, &db);
		sqlite3_close(db);
	}
	str_release(&shm);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	people_free(s->people);
	words_free(s->words);
	settings_free(s->settings);
	bans_free(s->bans);
	/* The log is left to nobody else, who may be a program that writes no sums. */
	if (s->mode == STORE_WRITE && s->db) {
		sqlite3_busy_timeout(s->db, 0);
		sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	}
	sqlite3_close_v2(s->db);
	if (s->mode == STORE_READ && s->path)
		sweep(s);
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}

enum wend_err store_refresh(struct store *s, struct err *err)
{
	(void)err;
	pthread_mutex_lock(&s->lock);
	people_free(s->people);
	words_free(s->words);
	settings_free(s->settings);
	s->people = NULL;
	s->words = NULL;
	s->settings = NULL;
	pthread_mutex_unlock(&s->lock);
	return store_people(s, err);
}

const char *store_path(const struct store *s)
{
	return s->path ? s->path : "";
}
