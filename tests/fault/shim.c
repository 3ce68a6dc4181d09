/* Preloaded into the program under test: counts its calls by class and makes the chosen
 * one fail, be cut short, or be the moment of a signal. Without a board in the environment
 * it does nothing.
 *
 * Streams of stdio call the kernel from inside libc, where no preloaded function is seen;
 * they are opened over cookies here, so that their reads and writes pass by as well.
 * Nothing is synced: no power is cut, and the runs are many.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "board.h"

static struct fault_board *board;

/* ---- what strikes ---- */

enum strike { PASS, FAIL, HALF, AFTER };

static void die(void)
{
	kill(getpid(), (int)board->error);
}

static enum strike strike(enum fault_class c, bool can_be_cut)
{
	uint64_t n = board ? atomic_fetch_add(&board->count[c], 1) + 1 : 0;

	if (!n || board->cls != c || board->act == ACT_NONE || (board->on ? n < board->at : n != board->at))
		return PASS;
	atomic_fetch_add(&board->struck, 1);
	switch (board->act) {
	case ACT_FAIL:
		errno = (int)board->error;
		return FAIL;
	case ACT_SHORT:
		return can_be_cut ? HALF : PASS;
	default:
		/* The three moments by turns; the number of the call is chosen by dice. */
		if (n % 3 == 0)
			return AFTER;
		if (n % 3 == 1 && can_be_cut)
			return HALF;
		die();
		return PASS;
	}
}

/* A call that changes a file counts in its class and among all that do. */
static enum strike strike_io(enum fault_class c, bool can_be_cut)
{
	enum strike s = strike(c, can_be_cut), io = strike(CLASS_IO, can_be_cut);

	return s == PASS ? io : s;
}

static void after(enum strike s)
{
	int e = errno;

	if (s == AFTER || (s == HALF && board->act == ACT_SIGNAL))
		die();
	errno = e;
}

static size_t cut(enum strike s, size_t n)
{
	return s == HALF && n > 1 ? n / 2 : n;
}

/* ---- memory ---- */

/* Before the real functions are found, and while dlsym looks for them. */
static _Alignas(16) char early[16384];
static size_t early_used;

static void *early_alloc(size_t n)
{
	void *p = early + early_used;

	n = (n + 15) & ~(size_t)15;
	if (n > sizeof early - early_used)
		_exit(99);
	early_used += n;
	return p;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	void *(*aligned_alloc)(size_t, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	FILE *(*fdopen)(int, const char *);
	int (*fileno)(FILE *);
	DIR *(*opendir)(const char *);
	int (*mkostemp)(char *, int);
	char *(*mkdtemp)(char *);
} real;

static void find(void *slot, const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	memcpy(slot, &p, sizeof p);
}

static bool found(void)
{
	static int state;

	if (state == 2)
		return true;
	if (state == 1)
		return false;
	state = 1;
	find(&real.calloc, "calloc");
	find(&real.realloc, "realloc");
	find(&real.free, "free");
	find(&real.aligned_alloc, "aligned_alloc");
	find(&real.posix_memalign, "posix_memalign");
	find(&real.pthread_create, "pthread_create");
	find(&real.fdopen, "fdopen");
	find(&real.fileno, "fileno");
	find(&real.opendir, "opendir");
	find(&real.mkostemp, "mkostemp");
	find(&real.mkdtemp, "mkdtemp");
	find(&real.malloc, "malloc");
	state = 2;
	return true;
}

void *malloc(size_t n)
{
	if (!found())
		return early_alloc(n);
	return strike(CLASS_ALLOC, false) == FAIL ? NULL : real.malloc(n);
}

void *calloc(size_t n, size_t size)
{
	if (!found())
		return early_alloc(n * size);
	return strike(CLASS_ALLOC, false) == FAIL ? NULL : real.calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	if (is_early(p)) {
		void *q = malloc(n);
		if (q)
			memcpy(q, p, n < (size_t)(early + sizeof early - (char *)p) ? n : (size_t)(early + sizeof early - (char *)p));
		return q;
	}
	if (!found())
		return early_alloc(n);
	return strike(CLASS_ALLOC, false) == FAIL ? NULL : real.realloc(p, n);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

void free(void *p)
{
	if (p && !is_early(p) && found())
		real.free(p);
}

void *aligned_alloc(size_t align, size_t n)
{
	return !found() || strike(CLASS_ALLOC, false) == FAIL ? NULL : real.aligned_alloc(align, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
	return !found() || strike(CLASS_ALLOC, false) == FAIL ? ENOMEM : real.posix_memalign(p, align, n);
}

void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
	if (strike(flags & MAP_ANONYMOUS ? CLASS_ALLOC : CLASS_MAP, false) == FAIL)
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, at, n, prot, flags, fd, off); /* NOLINT: what a system call returns */
}

void *mmap64(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
	return mmap(at, n, prot, flags, fd, off);
}

/* ---- reading and writing ---- */

ssize_t read(int fd, void *p, size_t n)
{
	enum strike s = strike(CLASS_READ, true);
	ssize_t r = s == FAIL ? -1 : (ssize_t)syscall(SYS_read, fd, p, cut(s, n));

	after(s);
	return r;
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	enum strike s = strike(CLASS_READ, true);
	ssize_t r = s == FAIL ? -1 : (ssize_t)syscall(SYS_pread64, fd, p, cut(s, n), at);

	after(s);
	return r;
}

ssize_t pread64(int fd, void *p, size_t n, off_t at)
{
	return pread(fd, p, n, at);
}

/* What is said on standard error is how we learn of the failure. */
ssize_t write(int fd, const void *p, size_t n)
{
	enum strike s = fd == STDERR_FILENO ? PASS : strike_io(CLASS_WRITE, true);
	ssize_t r = s == FAIL ? -1 : (ssize_t)syscall(SYS_write, fd, p, cut(s, n));

	after(s);
	return r;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	enum strike s = strike_io(CLASS_WRITE, true);
	ssize_t r = s == FAIL ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, p, cut(s, n), at);

	after(s);
	return r;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return pwrite(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	enum strike s = fd == STDERR_FILENO ? PASS : strike_io(CLASS_WRITE, false);
	ssize_t r = s == FAIL ? -1 : (ssize_t)syscall(SYS_writev, fd, v, n);

	after(s);
	return r;
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
	enum strike s = strike_io(CLASS_WRITE, false);
	int r = s == FAIL ? -1 : (int)syscall(SYS_fallocate, fd, mode, at, n);

	after(s);
	return r;
}

int posix_fallocate(int fd, off_t at, off_t n)
{
	return fallocate(fd, 0, at, n) ? errno : 0;
}

int posix_fallocate64(int fd, off_t at, off_t n)
{
	return posix_fallocate(fd, at, n);
}

static int sync_call(void)
{
	enum strike s = strike_io(CLASS_SYNC, false);

	after(s);
	return s == FAIL ? -1 : 0;
}

int fsync(int fd)
{
	(void)fd;
	return sync_call();
}

int fdatasync(int fd)
{
	(void)fd;
	return sync_call();
}

int ftruncate(int fd, off_t n)
{
	enum strike s = strike_io(CLASS_TRUNC, false);
	int r = s == FAIL ? -1 : (int)syscall(SYS_ftruncate, fd, n);

	after(s);
	return r;
}

int ftruncate64(int fd, off_t n)
{
	return ftruncate(fd, n);
}

/* ---- names ---- */

int rename(const char *from, const char *to)
{
	enum strike s = strike_io(CLASS_RENAME, false);
	int r = s == FAIL ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);

	after(s);
	return r;
}

/* A file that cannot be removed cannot be cleaned up: only the moment counts here. */
int unlink(const char *path)
{
	enum strike s = strike(CLASS_IO, false);
	int r = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);

	after(s);
	return r;
}

static int open_call(int dir, const char *path, int flags, mode_t mode)
{
	enum strike s = flags & O_CREAT ? strike_io(CLASS_OPEN, false) : strike(CLASS_OPEN, false);
	int fd = s == FAIL ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);

	after(s);
	return fd;
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define OPEN_BODY(dir) \
	va_list ap; \
	va_start(ap, flags); \
	mode_t mode = mode_of(flags, ap); \
	va_end(ap); \
	return open_call(dir, path, flags, mode);

int open(const char *path, int flags, ...)
{
	OPEN_BODY(AT_FDCWD)
}

int open64(const char *path, int flags, ...)
{
	OPEN_BODY(AT_FDCWD)
}

int openat(int dir, const char *path, int flags, ...)
{
	OPEN_BODY(dir)
}

int openat64(int dir, const char *path, int flags, ...)
{
	OPEN_BODY(dir)
}

DIR *opendir(const char *path)
{
	return !found() || strike(CLASS_OPEN, false) == FAIL ? NULL : real.opendir(path);
}

int mkostemp(char *path, int flags)
{
	return !found() || strike(CLASS_OPEN, false) == FAIL ? -1 : real.mkostemp(path, flags);
}

int mkostemp64(char *path, int flags)
{
	return mkostemp(path, flags);
}

char *mkdtemp(char *path)
{
	return !found() || strike(CLASS_OPEN, false) == FAIL ? NULL : real.mkdtemp(path);
}

/* ---- streams ---- */

static struct stream {
	FILE *f;
	int fd;
} streams[64];
static pthread_mutex_t streams_lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t stream_read(void *c, char *p, size_t n)
{
	return read(((struct stream *)c)->fd, p, n);
}

/* A cookie's write says 0 for a failure; and what the kernel cut short, stdio goes on with. */
static ssize_t stream_write(void *c, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = write(((struct stream *)c)->fd, p + done, n - done);
		if (w < 0 && done)
			break;
		if (w < 0)
			return 0;
		done += (size_t)w;
	}
	return (ssize_t)done;
}

static int stream_seek(void *c, off64_t *at, int whence)
{
	off_t r = lseek(((struct stream *)c)->fd, *at, whence);

	if (r < 0)
		return -1;
	*at = r;
	return 0;
}

static int stream_close(void *c)
{
	struct stream *s = c;
	int r = close(s->fd);

	s->f = NULL;
	return r;
}

static FILE *stream_over(int fd, const char *mode)
{
	const cookie_io_functions_t calls = { stream_read, stream_write, stream_seek, stream_close };
	FILE *f = NULL;

	pthread_mutex_lock(&streams_lock);
	for (size_t i = 0; i < sizeof streams / sizeof *streams && !f; i++) {
		if (streams[i].f)
			continue;
		streams[i].fd = fd;
		streams[i].f = f = fopencookie(&streams[i], mode, calls);
		break;
	}
	pthread_mutex_unlock(&streams_lock);
	return f;
}

FILE *fdopen(int fd, const char *mode)
{
	if (!board)
		return found() ? real.fdopen(fd, mode) : NULL;
	return stream_over(fd, mode);
}

FILE *fopen(const char *path, const char *mode)
{
	bool plus = strchr(mode, '+') != NULL;
	int flags = plus ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY, fd;
	FILE *f;

	if (*mode != 'r')
		flags |= O_CREAT | (*mode == 'a' ? O_APPEND : O_TRUNC);
	if (strchr(mode, 'x'))
		flags |= O_EXCL;
	fd = open(path, flags | O_CLOEXEC, 0666);
	if (fd < 0)
		return NULL;
	f = fdopen(fd, mode);
	if (!f)
		close(fd);
	return f;
}

FILE *fopen64(const char *path, const char *mode)
{
	return fopen(path, mode);
}

int fileno(FILE *f)
{
	for (size_t i = 0; board && i < sizeof streams / sizeof *streams; i++)
		if (streams[i].f == f)
			return streams[i].fd;
	return found() ? real.fileno(f) : -1;
}

/* ---- threads and locks ---- */

int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg)
{
	return !found() || strike(CLASS_THREAD, false) == FAIL ? EAGAIN : real.pthread_create(t, a, fn, arg);
}

static int fcntl_call(int fd, int cmd, void *arg)
{
	bool lock = cmd == F_SETLK || cmd == F_SETLKW || cmd == F_GETLK || cmd == F_OFD_SETLK;

	if (lock && strike(CLASS_LOCK, false) == FAIL)
		return -1;
	return (int)syscall(SYS_fcntl, fd, cmd, arg);
}

#define FCNTL_BODY \
	va_list ap; \
	va_start(ap, cmd); \
	void *arg = va_arg(ap, void *); \
	va_end(ap); \
	return fcntl_call(fd, cmd, arg);

int fcntl(int fd, int cmd, ...)
{
	FCNTL_BODY
}

int fcntl64(int fd, int cmd, ...)
{
	FCNTL_BODY
}

/* ---- the board ---- */

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv(FAULT_BOARD);
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
	void *p;

	found();
	if (fd < 0)
		return;
	p = (void *)syscall(SYS_mmap, NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0); /* NOLINT */
	close(fd);
	if (p == MAP_FAILED)
		return;
	/* What we start is not under test. */
	unsetenv(FAULT_BOARD);
	unsetenv("LD_PRELOAD");
	stdout = fopencookie(&streams[0], "w", (cookie_io_functions_t){ stream_read, stream_write, stream_seek, stream_close });
	streams[0].f = stdout;
	streams[0].fd = STDOUT_FILENO;
	board = p;
}
