/* room: cmd
 * wend: customer-journey analytics for the command line.
 */
#include "cmd/cmd.h"
#include "wend/par.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static _Noreturn void out_of_memory(size_t bytes)
{
	/* No printf: it may need memory itself. */
	static const char words[] = "wend: out of memory\n";
	(void)bytes;
	ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
	(void)ignored;
	temps_discard();
	_Exit(WEND_E_STORE);
}

/* A closed standard stream must not become the store's file. What stands in for it fails
 * on use: reading from 0, writing to 1 and 2. */
static void hold_standard_streams(void)
{
	static const int mode[3] = { O_WRONLY, O_RDONLY, O_RDONLY };
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", mode[fd]) != fd)
			_Exit(WEND_E_STORE);
}

int main(int argc, char **argv)
{
	hold_standard_streams();
	mem_exhausted = out_of_memory;
	signal(SIGPIPE, SIG_DFL);
	par_signals();
	return cmd_main(argc, argv);
}
