/* A folder that exports are dropped into: every file that has come to rest is read once
 * and moved out of the way. */
#include "wend/ingest.h"
#include "wend/par.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REST_S = 60 };

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	return strcmp(*x, *y);
}

/* Files that are still being written, or are not ours to read, stay where they are. */
static enum wend_err files_of(const char *dir, char ***out, size_t *n, struct err *err)
{
	DIR *d = opendir(dir);
	size_t cap = 0;
	*out = NULL;
	*n = 0;
	if (!d)
		return err_set(err, WEND_E_STORE, "cannot read the folder '%s': %s", dir, strerror(errno));
	for (struct dirent *it; (it = readdir(d));) {
		struct stat st;
		if (it->d_name[0] == '.' || fstatat(dirfd(d), it->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		if (time(NULL) - st.st_mtime < REST_S)
			continue;
		GROW(*out, cap, *n + 1);
		(*out)[(*n)++] = xstrdup(it->d_name);
	}
	closedir(d);
	if (*n)
		qsort(*out, *n, sizeof **out, by_name);
	return WEND_OK;
}

static enum wend_err move_to(const char *dir, const char *sub, const char *name, struct str *to, struct err *err)
{
	struct str from = STR_INIT;
	struct stat st;
	str_printf(&from, "%s/%s", dir, sub);
	mkdir(from.p, 0700);
	str_reset(&from);
	str_printf(&from, "%s/%s", dir, name);
	str_reset(to);
	str_printf(to, "%s/%s/%s", dir, sub, name);
	for (int k = 1; !lstat(to->p, &st); k++) {
		str_reset(to);
		str_printf(to, "%s/%s/%s.%d", dir, sub, name, k);
	}
	enum wend_err e = WEND_OK;
	if (rename(from.p, to->p))
		e = err_set(err, WEND_E_STORE, "cannot move '%s' to '%s': %s", from.p, to->p, strerror(errno));
	str_release(&from);
	return e;
}

static enum wend_err write_why(const char *path, const char *why, struct err *err)
{
	struct str name = STR_INIT;
	struct outfile out;
	str_printf(&name, "%s.why", path);
	enum wend_err e = outfile_open(&out, name.p, err);
	if (!e) {
		fprintf(out.f, "%s\n", why);
		e = outfile_commit(&out, err);
	}
	str_release(&name);
	return e;
}

static enum wend_err one_file(struct store *s, const char *dir, const char *name, const struct ingest_options *o, void (*each)(void *, struct ingest_result *, const struct err *), void *ctx, struct err *err)
{
	struct arena a = ARENA_INIT;
	struct str path = STR_INIT, to = STR_INIT, rejects = STR_INIT;
	struct ingest_options mine;
	struct ingest_result res = { 0 };
	struct err why = ERR_INIT;
	str_printf(&path, "%s/%s", dir, name);
	enum wend_err e = ingest_sources(&mine, s, path.p, o, &a, &why);
	if (e) {
		res.file = path.p;
		res.status = e;
	} else {
		/* What needs a person's hand lies together in failed/. */
		str_printf(&rejects, "%s/failed", dir);
		mkdir(rejects.p, 0700);
		str_printf(&rejects, "/%s.rejects.csv", name);
		mine.rejects = rejects.p;
		e = ingest_file(s, path.p, &mine, &res, &why);
	}
	each(ctx, &res, &why);
	/* A store that is busy or full is no fault of the file: it stays for the next run. */
	if (e == WEND_E_STORE) {
		*err = why;
	} else if (!mine.dry_run) {
		enum wend_err m = move_to(dir, e ? "failed" : "done", name, &to, err);
		if (!m && e)
			m = write_why(to.p, why.msg, err);
		e = m;
	} else {
		e = WEND_OK;
	}
	str_reset(&rejects);
	str_printf(&rejects, "%s/failed", dir);
	rmdir(rejects.p); /* stays when there is something in it */
	ingest_result_release(&res);
	str_release(&path);
	str_release(&to);
	str_release(&rejects);
	arena_release(&a);
	return e;
}

enum wend_err ingest_inbox(struct store *s, const char *dir, const struct ingest_options *o, void (*each)(void *ctx, struct ingest_result *res, const struct err *err), void *ctx, bool *busy, struct err *err)
{
	struct str lock = STR_INIT;
	char **name = NULL;
	size_t n = 0;
	*busy = false;
	str_printf(&lock, "%s/.wend-inbox.lock", dir);
	int fd = open(lock.p, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum wend_err e = WEND_OK;
	if (fd < 0)
		e = err_set(err, WEND_E_STORE, "cannot write in the folder '%s': %s", dir, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB))
		*busy = true;
	else
		e = files_of(dir, &name, &n, err);
	for (size_t i = 0; i < n && !e; i++)
		e = one_file(s, dir, name[i], o, each, ctx, err);
	for (size_t i = 0; i < n; i++)
		free(name[i]);
	free(name);
	if (fd >= 0)
		close(fd);
	str_release(&lock);
	return e;
}
