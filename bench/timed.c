/* Runs a command and writes its wall seconds, processor seconds, peak KiB and status into a
 * file.
 *
 *     timed FILE COMMAND [ARGUMENT...]
 *
 * A process begins with the peak of the one that started it, so what is started by an
 * interpreter of 20 MiB never seems smaller; this one is as small as a process can be.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec * 1e-6; }

int main(int argc, char **argv)
{
	struct rusage u;
	int status;
	if (argc < 3)
		return 2;
	const double t0 = now();
	const pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &u) < 0)
		return 4;
	const double wall = now() - t0;
	FILE *f = fopen(argv[1], "w");
	if (!f)
		return 4;
	fprintf(f, "%.6f %.6f %ld %d\n", wall, seconds(u.ru_utime) + seconds(u.ru_stime), u.ru_maxrss, status);
	return fclose(f) ? 4 : 0;
}
