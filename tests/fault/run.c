/* Folders, texts, and one run of the program. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drive.h"

struct place place = { .seconds = 90 }; /* SQLite waits 10 s, three times, for a lock it could not give back */
uint64_t dice_state = 1;
volatile sig_atomic_t stopped;

uint64_t dice(uint64_t n)
{
	uint64_t z = dice_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return n ? (z ^ z >> 31) % n : 0;
}

double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

char *at(const char *fmt, ...)
{
	struct str s = STR_INIT;
	char rest[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rest, sizeof rest, fmt, ap);
	va_end(ap);
	str_printf(&s, "%s/%s", place.top, rest);
	return str_detach(&s);
}

/* ---- texts ---- */

bool text_read(struct text *out, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*out = (struct text){ NULL, 0 };
	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		out->p = xmalloc((size_t)st.st_size + 1);
		while (out->n < (size_t)st.st_size) {
			ssize_t k = read(fd, out->p + out->n, (size_t)st.st_size - out->n);
			if (k <= 0)
				break;
			out->n += (size_t)k;
		}
		out->p[out->n] = '\0';
	}
	close(fd);
	return out->p != NULL;
}

void text_write(const char *path, struct text t)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, t.p, t.n) != (ssize_t)t.n) {
		fprintf(stderr, "cannot write '%s': %s\n", path, strerror(errno));
		exit(2);
	}
	close(fd);
}

bool text_same(struct text a, struct text b)
{
	return a.n == b.n && (!a.p == !b.p) && (!a.n || !memcmp(a.p, b.p, a.n));
}

void text_free(struct text *t)
{
	free(t->p);
	*t = (struct text){ NULL, 0 };
}

/* ---- folders ---- */

static void empty(const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));) {
		struct str path = STR_INIT;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		str_printf(&path, "%s/%s", dir, e->d_name);
		if (unlink(path.p) && errno == EISDIR) {
			empty(path.p);
			rmdir(path.p);
		}
		str_release(&path);
	}
	if (d)
		closedir(d);
}

static void folder(const char *name)
{
	char *path = at("%s", name);

	mkdir(path, 0700);
	free(path);
}

void place_make(const char *wend, const char *shim)
{
	struct stat st;
	const char *base = getenv("FAULT_DIR");
	struct str top = STR_INIT;
	int fd;
	void *p;

	/* In memory, where there is such a folder: no run waits for a disk. */
	if (!base)
		base = !stat("/dev/shm", &st) && !access("/dev/shm", W_OK) ? "/dev/shm" : "/tmp";
	str_printf(&top, "%s/wend-fault-XXXXXX", base);
	if (!mkdtemp(top.p)) {
		fprintf(stderr, "cannot make '%s': %s\n", top.p, strerror(errno));
		exit(2);
	}
	place.top = str_detach(&top);
	place.wend = wend;
	place.shim = shim;
	folder("in");
	folder("store");
	folder("run");
	folder("tmp");
	folder("home");
	place.board_path = at("board");
	fd = open(place.board_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	p = fd < 0 || ftruncate(fd, 4096) ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "cannot map '%s': %s\n", place.board_path, strerror(errno));
		exit(2);
	}
	close(fd);
	place.board = p;
}

void place_remove(void)
{
	munmap(place.board, 4096);
	empty(place.top);
	rmdir(place.top);
	free(place.board_path);
	free(place.top);
}

void run_inbox(const struct scene *s)
{
	struct text t;
	char *from = at("in/%s", s->inbox), *lies = at("run/inbox/%s", s->inbox);

	folder("run/inbox");
	text_read(&t, from);
	text_write(lies, t);
	/* It has come to rest long ago. */
	utimensat(AT_FDCWD, lies, (const struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0);
	text_free(&t);
	free(from);
	free(lies);
}

void run_prepare(const struct scene *s)
{
	static const char *const dirs[] = { "run", "tmp", "home" };
	char *to = at("run/wend.db");

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		char *dir = at("%s", dirs[i]);
		empty(dir);
		free(dir);
	}
	if (s->store) {
		struct text t;
		char *from = at("store/%s", s->store);
		if (!text_read(&t, from)) {
			fprintf(stderr, "no store '%s'\n", from);
			exit(2);
		}
		text_write(to, t);
		text_free(&t);
		free(from);
	}
	if (s->inbox)
		run_inbox(s);
	free(to);
}

/* ---- a run ---- */

static int feed_of(const struct scene *s)
{
	struct text t;
	char *path;
	int ends[2];

	if (!s->feed)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	path = at("in/%s", s->feed);
	/* Small enough for the pipe to hold. */
	if (!text_read(&t, path) || pipe2(ends, O_CLOEXEC) || write(ends[1], t.p, t.n) != (ssize_t)t.n) {
		fprintf(stderr, "cannot feed '%s'\n", path);
		exit(2);
	}
	close(ends[1]);
	text_free(&t);
	free(path);
	return ends[0];
}

static pid_t start(const char *const *words, int in, bool shimmed)
{
	struct str env[16];
	char *envp[17], *argv[20], *dir = at("run"), *out = at("out"), *errors = at("err");
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none;
	size_t n = 0;
	pid_t pid;
	int e;

	memset(env, 0, sizeof env);
	str_printf(&env[n++], "TMPDIR=%s/tmp", place.top);
	str_printf(&env[n++], "HOME=%s/home", place.top);
	str_printf(&env[n++], "WEND_PRESETS=%s", getenv("WEND_PRESETS") ? getenv("WEND_PRESETS") : "");
	str_puts(&env[n++], "WEND_NOW=2026-11-20T12:00:00Z");
	/* A lock that failed to be given back is waited for like that of another process. */
	str_puts(&env[n++], "WEND_WAIT=2");
	str_puts(&env[n++], "LC_ALL=C.UTF-8");
	str_puts(&env[n++], "TZ=UTC");
	str_puts(&env[n++], "PATH=/usr/bin:/bin");
	if (getenv("ASAN_OPTIONS"))
		str_printf(&env[n++], "ASAN_OPTIONS=%s", getenv("ASAN_OPTIONS"));
	if (shimmed) {
		str_printf(&env[n++], "LD_PRELOAD=%s", place.shim);
		str_printf(&env[n++], FAULT_BOARD "=%s", place.board_path);
	}
	for (size_t i = 0; i < n; i++)
		envp[i] = env[i].p;
	envp[n] = NULL;
	argv[0] = (char *)(uintptr_t)"wend";
	e = 1;
	for (const char *const *w = words; *w && e < 19; w++)
		argv[e++] = (char *)(uintptr_t)*w;
	argv[e] = NULL;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addchdir_np(&fa, dir);
	posix_spawn_file_actions_adddup2(&fa, in, 0);
	posix_spawn_file_actions_addopen(&fa, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&fa, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	e = posix_spawn(&pid, place.wend, &fa, &attr, argv, envp);
	if (e) {
		fprintf(stderr, "cannot run '%s': %s\n", place.wend, strerror(e));
		exit(2);
	}
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	for (size_t i = 0; i < n; i++)
		str_release(&env[i]);
	free(dir);
	free(out);
	free(errors);
	return pid;
}

pid_t run_start(const struct scene *s, bool shimmed)
{
	int in = feed_of(s);
	pid_t pid = start(s->argv, in, shimmed);

	close(in);
	return pid;
}

struct after run_end(pid_t pid, double began)
{
	struct after a = { 0 };
	int status = 0, fd = (int)syscall(SYS_pidfd_open, pid, 0);

	/* Where the kernel knows no such descriptor, a hang is a hang of ours. */
	if (fd >= 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (poll(&p, 1, place.seconds * 1000) == 0 && !stopped) {
			kill(pid, SIGKILL);
			a.status = 1000;
		}
		close(fd);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (stopped) {
		place_remove();
		exit(128 + stopped);
	}
	if (!a.status)
		a.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	a.ms = now_ms() - began;
	a.struck = atomic_load(&place.board->struck);
	return a;
}

struct after run_once(const struct scene *s, bool shimmed)
{
	double began = now_ms();

	atomic_store(&place.board->struck, 0);
	for (int i = 0; i < CLASSES; i++)
		atomic_store(&place.board->count[i], 0);
	return run_end(run_start(s, shimmed), began);
}

int run_plain(const char *const *argv)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	double began = now_ms();
	struct after a = run_end(start(argv, in, false), began);

	close(in);
	return a.status;
}

bool has(const char *report)
{
	const char *argv[4] = { "help", NULL };
	char words[64];
	struct sv rest, word;
	size_t n = 1, used = 0;

	if (!report)
		return true;
	rest = sv_of(report);
	while (n < 3 && sv_cut(&rest, ' ', &word) && used + word.n + 1 < sizeof words) {
		memcpy(words + used, word.p, word.n);
		words[used + word.n] = '\0';
		argv[n++] = words + used;
		used += word.n + 1;
	}
	return run_plain(argv) == 0;
}
