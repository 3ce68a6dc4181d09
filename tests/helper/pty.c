/* pty COMMAND...: runs it with a terminal as standard input, output and error, copies what
 * it writes to our standard output (CR LF as LF) and ends with its exit status.
 *
 * When the leader of a session ends, Linux hangs its terminal up and throws away what nobody has
 * read yet. So the leader is a process of ours: it runs the command, writes a NUL behind the last
 * of its output and stays until that has been read. */
#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void lead(char **command, int report)
{
	int status;
	const pid_t pid = fork();
	if (pid == 0) {
		close(report);
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || write(report, &status, sizeof status) != sizeof status || write(STDOUT_FILENO, "", 1) != 1)
		_exit(2);
	for (;;)
		pause();
}

/* Up to the NUL, or to where the leader was lost. */
static void copy(int terminal)
{
	char buf[4096];
	for (;;) {
		const ssize_t n = read(terminal, buf, sizeof buf);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		for (ssize_t i = 0; i < n; i++) {
			if (!buf[i])
				return;
			if (buf[i] != '\r')
				putchar(buf[i]);
		}
	}
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int terminal, status, report[2];
	if (argc < 2 || pipe(report))
		return 2;
	const pid_t pid = forkpty(&terminal, NULL, NULL, &size);
	if (pid < 0)
		return 2;
	if (pid == 0) {
		close(report[0]);
		lead(argv + 1, report[1]);
	}
	close(report[1]);
	copy(terminal);
	const bool told = read(report[0], &status, sizeof status) == sizeof status;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!told)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
