/* Running gnuplot: by its name, with a script of ours as its only argument, no shell. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "out/plot.h"

extern char **environ;

static enum wend_err absent(const char *path, struct err *err)
{
	return err_set(err, WEND_E_STORE, "cannot draw '%s': gnuplot is not installed; install it, or end the name in .gp to get script and data", path);
}

enum wend_err gnuplot_run(const char *script, const char *log, const char *path, struct err *err)
{
	/* -d: no settings of the user or the site change the picture or run anything. */
	char name[] = "gnuplot", quiet[] = "-d";
	char *const argv[] = { name, quiet, (char *)(uintptr_t)script, NULL };
	posix_spawn_file_actions_t fa;
	int status = 0, e;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	e = posix_spawnp(&pid, name, &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (e == ENOENT)
		return absent(path, err);
	if (e)
		return err_set(err, WEND_E_STORE, "cannot run gnuplot for '%s': %s", path, strerror(e));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_set(err, WEND_E_STORE, "cannot wait for gnuplot: %s", strerror(errno));
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return absent(path, err);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 9)
		return err_set(err, WEND_E_STORE, "cannot draw '%s': this gnuplot was built without that kind of picture; use .svg or .txt", path);
	/* Any other status proves nothing, good or bad: the caller looks at the picture. */
	return WEND_OK;
}
