/* Files that appear whole or not at all, and nothing left behind: every temporary file
 * stands in a fixed list that the exit and signal handlers can walk without locks. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wend/mem.h"
#include "wend/par.h"

#define TEMPS 64

/* Paths to remove. A slot is written once before it is published and read by the signal
 * handler; its text is never freed while published. */
static _Atomic(char *) temps[TEMPS];
static _Atomic(char *) scratch;      /* the private folder */
static _Atomic(char *) unfinished;   /* the folder of an outdir that is being filled */
static pthread_mutex_t scratch_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int scratch_pid;

bool temp_add(char *path)
{
	for (int i = 0; i < TEMPS; i++) {
		char *none = NULL;
		if (atomic_compare_exchange_strong(&temps[i], &none, path))
			return true;
	}
	return false;
}

void temp_drop(const char *path)
{
	for (int i = 0; i < TEMPS; i++)
		if (atomic_load(&temps[i]) == path)
			atomic_store(&temps[i], NULL);
}

/* A database made under such a name has files of its own beside it. Runs in a signal
 * handler, too: system calls and the stack only. */
static void temp_unlink(const char *path)
{
	static const char *const beside[] = { "-journal", "-wal", "-shm" };
	char name[4096];
	size_t n = strlen(path);

	unlink(path);
	for (size_t i = 0; i < sizeof beside / sizeof *beside && n + 9 <= sizeof name; i++) {
		memcpy(name, path, n);
		memcpy(name + n, beside[i], strlen(beside[i]) + 1);
		unlink(name);
	}
}

static enum wend_err say(struct err *err, const char *doing, const char *path)
{
	int e = errno;
	return err_set(err, WEND_E_STORE, "cannot %s '%s': %s", doing, path, strerror(e));
}

/* ---- whole or not at all ---- */

static enum wend_err temp_open(struct outfile *o, struct err *err)
{
	const char *slash = strrchr(o->path, '/');
	struct str s = STR_INIT;
	int fd;

	if (slash)
		str_add(&s, o->path, (size_t)(slash - o->path) + 1);
	str_puts(&s, ".wend-XXXXXX");
	o->tmp = str_detach(&s);
	fd = mkostemp(o->tmp, O_CLOEXEC); /* 0600 */
	if (fd < 0) {
		say(err, "write", o->path);
		free(o->tmp);
		o->tmp = NULL;
		outfile_abort(o);
		return WEND_E_STORE;
	}
	temp_add(o->tmp);
	o->f = fdopen(fd, "w");
	if (!o->f) {
		say(err, "write", o->path);
		close(fd);
		outfile_abort(o);
		return WEND_E_STORE;
	}
	return WEND_OK;
}

enum wend_err outfile_open(struct outfile *o, const char *path, struct err *err)
{
	struct stat st;

	*o = (struct outfile){ NULL, NULL, NULL };
	if (!strcmp(path, "-")) {
		o->f = stdout;
		return WEND_OK;
	}
	if (!*path)
		return err_set(err, WEND_E_USAGE, "the name of the file to write is empty");
	o->path = xstrdup(path);
	if (stat(path, &st) || S_ISREG(st.st_mode))
		return temp_open(o, err);
	if (S_ISDIR(st.st_mode)) {
		outfile_abort(o);
		return err_set(err, WEND_E_STORE, "cannot write '%s': it is a folder; name a file in it", path);
	}
	/* A terminal, a pipe or /dev/full cannot be replaced by a rename. */
	o->f = fopen(path, "we");
	if (o->f)
		return WEND_OK;
	say(err, "write", path);
	outfile_abort(o);
	return WEND_E_STORE;
}

enum wend_err outfile_commit(struct outfile *o, struct err *err)
{
	const char *name = o->path ? o->path : "standard output";
	bool bad = ferror(o->f) | (fflush(o->f) != 0);

	if (o->tmp && !bad)
		bad = fsync(fileno(o->f)) != 0;
	if (bad)
		say(err, "write", name);
	if (o->path) {
		if (fclose(o->f) && !bad) {
			bad = true;
			say(err, "write", name);
		}
		o->f = NULL;
	}
	if (o->tmp && !bad) {
		bad = rename(o->tmp, o->path) != 0;
		if (bad)
			say(err, "write", name);
		else
			temp_drop(o->tmp), free(o->tmp), o->tmp = NULL;
	}
	outfile_abort(o);
	return bad ? WEND_E_STORE : WEND_OK;
}

void outfile_abort(struct outfile *o)
{
	if (o->f && o->path)
		fclose(o->f);
	if (o->tmp) {
		temp_unlink(o->tmp);
		temp_drop(o->tmp);
		free(o->tmp);
	}
	free(o->path);
	*o = (struct outfile){ NULL, NULL, NULL };
}

/* ---- a folder, whole or not at all ---- */

static bool folder_remove(int at, const char *dir, int deep);

enum wend_err outdir_open(struct outdir *d, const char *path, struct err *err)
{
	struct str s = STR_INIT;
	size_t n = strlen(path);

	*d = (struct outdir){ NULL, NULL };
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (!n)
		return err_set(err, WEND_E_USAGE, "the name of the folder to write is empty");
	d->path = xstrndup(path, n);
	str_printf(&s, "%s.wend-XXXXXX", d->path);
	/* A signal between the making and the noting would leave the folder behind. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool made = mkdtemp(s.p) != NULL; /* 0700 */
	int e = errno;
	if (made)
		atomic_store(&unfinished, d->tmp = str_detach(&s));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (made)
		return WEND_OK;
	errno = e;
	say(err, "make the folder", d->path);
	str_release(&s);
	free(d->path);
	d->path = NULL;
	return WEND_E_STORE;
}

enum wend_err outdir_commit(struct outdir *d, bool replace, struct err *err)
{
	bool bad = replace ? renameat2(AT_FDCWD, d->tmp, AT_FDCWD, d->path, RENAME_EXCHANGE) != 0 : rename(d->tmp, d->path) != 0;

	if (bad)
		say(err, "write the folder", d->path);
	else if (!replace)
		atomic_store(&unfinished, NULL), free(d->tmp), d->tmp = NULL;
	/* After an exchange the temporary name holds what was there before. */
	outdir_abort(d);
	return bad ? WEND_E_STORE : WEND_OK;
}

void outdir_abort(struct outdir *d)
{
	if (d->tmp) {
		folder_remove(AT_FDCWD, d->tmp, 1);
		/* A handler that took the name is still reading it; the process ends there. */
		if (atomic_exchange(&unfinished, NULL))
			free(d->tmp);
	}
	free(d->path);
	*d = (struct outdir){ NULL, NULL };
}

/* ---- scratch ---- */

/* Runs in a signal handler: system calls only, no memory. The folder holds plain files,
 * and folders of plain files `deep` levels down. True when something came into it
 * meanwhile, so that it is still there. */
static bool folder_remove(int at, const char *dir, int deep)
{
	_Alignas(struct dirent64) char buf[4096];
	ssize_t got;
	int fd = openat(at, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	while (fd >= 0 && (got = getdents64(fd, buf, sizeof buf)) > 0) {
		for (ssize_t from = 0; from < got;) {
			const struct dirent64 *e = (const struct dirent64 *)(const void *)(buf + from);
			bool self = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
			if (!self && unlinkat(fd, e->d_name, 0) && deep)
				folder_remove(fd, e->d_name, deep - 1);
			from += e->d_reclen;
		}
	}
	if (fd >= 0)
		close(fd);
	return unlinkat(at, dir, AT_REMOVEDIR) && (errno == ENOTEMPTY || errno == EEXIST);
}

static void scratch_remove(void)
{
	char *dir = atomic_load(&scratch);

	if (dir && atomic_load(&scratch_pid) == (int)getpid())
		folder_remove(AT_FDCWD, dir, 0);
	dir = atomic_exchange(&unfinished, NULL);
	/* Other threads go on writing into it until its name is gone. */
	for (int i = 0; dir && i < 10000 && folder_remove(AT_FDCWD, dir, 1); i++)
		;
}

static void scratch_at_exit(void)
{
	scratch_remove();
	free(atomic_exchange(&scratch, NULL));
}

static void temps_remove(void)
{
	for (int i = 0; i < TEMPS; i++) {
		char *p = atomic_load(&temps[i]);
		if (p)
			temp_unlink(p);
	}
}

enum wend_err scratch_dir(struct str *path, struct err *err)
{
	enum wend_err rc = WEND_OK;

	pthread_mutex_lock(&scratch_lock);
	if (!atomic_load(&scratch)) {
		const char *base = getenv("TMPDIR");
		struct str s = STR_INIT;
		str_puts(&s, base && *base ? base : "/tmp");
		str_puts(&s, "/wend-XXXXXX");
		if (!mkdtemp(s.p)) { /* 0700 */
			rc = say(err, "make a folder for scratch files", s.p);
			str_release(&s);
		} else {
			static atomic_bool registered;
			atomic_store(&scratch_pid, (int)getpid());
			atomic_store(&scratch, str_detach(&s));
			if (!atomic_exchange(&registered, true))
				atexit(scratch_at_exit);
		}
	}
	if (rc == WEND_OK)
		str_puts(path, atomic_load(&scratch));
	pthread_mutex_unlock(&scratch_lock);
	return rc;
}

/* ---- signals ---- */

void temps_discard(void)
{
	temps_remove();
	scratch_remove();
}

static void on_signal(int sig)
{
	static atomic_flag leaving = ATOMIC_FLAG_INIT;

	/* timeout(1) and an impatient hand send it twice, the second to another thread: the
	 * first clears away, the others wait for its end. */
	while (atomic_flag_test_and_set(&leaving))
		pause();
	temps_discard();
	/* With the default restored the parent sees the true cause of death. */
	signal(sig, SIG_DFL);
	raise(sig);
}

void par_signals(void)
{
	static const int list[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGXCPU, SIGXFSZ };
	struct sigaction sa, old;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_signal;
	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		/* What the parent told us to ignore (nohup) stays ignored; a closed pipe must
		 * end us whatever the parent thought. */
		if (list[i] != SIGPIPE && !sigaction(list[i], NULL, &old) && old.sa_handler == SIG_IGN)
			continue;
		sigaction(list[i], &sa, NULL);
	}
}

/* ---- reading ---- */

ssize_t file_read(int fd, void *p, size_t n, off_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = at < 0 ? read(fd, (char *)p + got, n - got) : pread(fd, (char *)p + got, n - got, at + (off_t)got);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

static enum wend_err slurp_fd(struct str *out, int fd, const char *path, size_t limit, struct err *err)
{
	size_t start = out->n;
	char *buf = xmalloc(65536);
	enum wend_err rc = WEND_OK;

	for (;;) {
		ssize_t k = read(fd, buf, 65536);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			rc = say(err, "read", path);
		if (k <= 0)
			break;
		if (out->n - start + (size_t)k > limit) {
			rc = err_set(err, WEND_E_INPUT, "'%s' is larger than %zu bytes; it cannot be what is expected here", path, limit);
			break;
		}
		str_add(out, buf, (size_t)k);
	}
	free(buf);
	return rc;
}

enum wend_err file_slurp(struct str *out, const char *path, size_t limit, struct err *err)
{
	struct stat st;
	enum wend_err rc;
	int fd;

	if (!strcmp(path, "-"))
		return slurp_fd(out, STDIN_FILENO, "standard input", limit, err);
	/* Without O_NONBLOCK a FIFO would hold us for ever before we can refuse it. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return say(err, "read", path);
	if (fstat(fd, &st))
		rc = say(err, "read", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(err, WEND_E_STORE, "cannot read '%s': not a regular file; use '-' and a pipe", path);
	else
		rc = slurp_fd(out, fd, path, limit, err);
	close(fd);
	return rc;
}
