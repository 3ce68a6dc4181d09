/* unroot COMMAND...: runs it as nobody when we are root, so that file modes count. */
#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (geteuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
		return 2;
	execvp(argv[1], argv + 1);
	return 127;
}
