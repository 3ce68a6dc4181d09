/* Threads, files that appear whole or not at all, scratch folders, signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "wend/par.h"

static char dir[] = "/tmp/wend-unit-par-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int entries(const char *path)
{
	DIR *d = opendir(path);
	int n = -2;
	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink("out.csv");
	unlink("fifo");
	return chdir("/") || rmdir(dir);
}

static void count(void *ctx, int i)
{
	atomic_int *seen = ctx;
	atomic_fetch_add(&seen[i], 1);
}

static void every_part_runs_exactly_once(void **state)
{
	(void)state;
	for (int n = 0; n <= 64; n += 16) {
		atomic_int seen[64] = { 0 };
		par_each(n, count, seen);
		for (int i = 0; i < 64; i++)
			assert_int_equal(atomic_load(&seen[i]), i < n);
	}
	assert_in_range(par_cpus(), 1, 64);
}

struct pipe_test {
	struct queue *q;
	long sum;
	int n;
};
enum { ITEMS = 20000 };
static int numbers[ITEMS];

static void talk(void *ctx, int i)
{
	struct pipe_test *t = ctx;
	if (i == 0) {
		for (int k = 0; k < ITEMS; k++)
			assert_true(queue_put(t->q, &numbers[k]));
		queue_close(t->q);
		return;
	}
	for (int *p, last = -1; (p = queue_get(t->q)); last = *p) {
		assert_true(*p > last);
		t->sum += *p;
		t->n++;
	}
}

static void a_queue_keeps_order_and_drains_after_it_is_closed(void **state)
{
	(void)state;
	struct pipe_test t = { queue_new(7), 0, 0 };
	for (int i = 0; i < ITEMS; i++)
		numbers[i] = i;
	par_each(2, talk, &t);
	assert_int_equal(t.n, ITEMS);
	assert_int_equal(t.sum, (long)ITEMS * (ITEMS - 1) / 2);
	assert_false(queue_put(t.q, &numbers[0]));
	assert_null(queue_get(t.q));
	queue_free(t.q);
}

static void slurped(const char *path, const char *text)
{
	struct str s = STR_INIT;
	assert_int_equal(file_slurp(&s, path, 1000, NULL), 0);
	assert_string_equal(s.p ? s.p : "", text);
	str_release(&s);
}

static void a_file_appears_whole_and_private(void **state)
{
	(void)state;
	struct outfile o;
	struct stat st;
	mode_t before = umask(0);
	assert_int_equal(outfile_open(&o, "out.csv", NULL), 0);
	fputs("old", o.f);
	assert_int_equal(access("out.csv", F_OK), -1);
	assert_int_equal(outfile_commit(&o, NULL), 0);
	umask(before);
	slurped("out.csv", "old");
	assert_int_equal(stat("out.csv", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(outfile_open(&o, "out.csv", NULL), 0);
	fputs("new", o.f);
	slurped("out.csv", "old");
	outfile_abort(&o);
	slurped("out.csv", "old");
	assert_int_equal(entries("."), 1);
}

static void a_full_disk_is_an_error_not_a_short_file(void **state)
{
	(void)state;
	struct outfile o;
	struct err e = ERR_INIT;
	assert_int_equal(outfile_open(&o, "/dev/full", &e), 0);
	fputs("data", o.f);
	assert_int_equal(outfile_commit(&o, &e), WEND_E_STORE);
	assert_string_equal(e.msg, "cannot write '/dev/full': No space left on device");
	assert_int_equal(outfile_open(&o, "no/such/folder/x", &e), WEND_E_STORE);
	assert_string_equal(e.msg, "cannot write 'no/such/folder/x': No such file or directory");
	assert_int_equal(outfile_open(&o, ".", &e), WEND_E_STORE);
	assert_int_equal(outfile_open(&o, "", &e), WEND_E_USAGE);
}

static void only_regular_files_up_to_the_limit_are_read(void **state)
{
	(void)state;
	struct str s = STR_INIT;
	struct err e = ERR_INIT;
	assert_int_equal(file_slurp(&s, "out.csv", 2, &e), WEND_E_INPUT);
	assert_int_equal(file_slurp(&s, "absent", 10, &e), WEND_E_STORE);
	assert_string_equal(e.msg, "cannot read 'absent': No such file or directory");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(file_slurp(&s, "fifo", 10, &e), WEND_E_STORE);
	assert_string_equal(e.msg, "cannot read 'fifo': not a regular file; use '-' and a pipe");
	assert_int_equal(file_slurp(&s, ".", 10, &e), WEND_E_STORE);
	str_release(&s);
}

/* A child opens a file and scratch, tells where, and ends as `how` says. */
static int child(int how, char scratch[256])
{
	int end[2], status = 0;
	assert_int_equal(pipe(end), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct outfile o;
		struct str s = STR_INIT;
		if (how)
			signal(how, SIG_DFL); /* a parent such as nohup may have it ignored */
		par_signals();
		if (outfile_open(&o, "out.csv", NULL) || scratch_dir(&s, NULL))
			_exit(9);
		ssize_t k = write(end[1], s.p, s.n + 1);
		str_puts(&s, "/file");
		FILE *f = fopen(s.p, "w");
		if (!f || k < 0)
			_exit(9);
		fclose(f);
		str_release(&s);
		if (how)
			raise(how);
		outfile_abort(&o);
		exit(0);
	}
	close(end[1]);
	memset(scratch, 0, 256);
	for (ssize_t n = 0, k; n < 255 && (k = read(end[0], scratch + n, 255 - (size_t)n)) > 0; n += k)
		;
	close(end[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void nothing_is_left_behind_at_exit_or_by_a_signal(void **state)
{
	(void)state;
	static const int how[] = { 0, SIGTERM, SIGINT, SIGHUP, SIGPIPE };
	char scratch[256];
	int before = entries(".");
	for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
		int status = child(how[i], scratch);
		if (how[i])
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == how[i]);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		assert_true(strlen(scratch) > 5);
		assert_int_equal(access(scratch, F_OK), -1);
		assert_int_equal(entries("."), before);
		slurped("out.csv", "old");
	}
}

static void a_scratch_folder_is_private_and_the_same_each_time(void **state)
{
	(void)state;
	struct str a = STR_INIT, b = STR_INIT;
	struct stat st;
	assert_int_equal(scratch_dir(&a, NULL), 0);
	assert_int_equal(scratch_dir(&b, NULL), 0);
	assert_string_equal(a.p, b.p);
	assert_int_equal(stat(a.p, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	str_release(&a);
	str_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_runs_exactly_once),
		cmocka_unit_test(a_queue_keeps_order_and_drains_after_it_is_closed),
		cmocka_unit_test(a_file_appears_whole_and_private),
		cmocka_unit_test(a_full_disk_is_an_error_not_a_short_file),
		cmocka_unit_test(only_regular_files_up_to_the_limit_are_read),
		cmocka_unit_test(nothing_is_left_behind_at_exit_or_by_a_signal),
		cmocka_unit_test(a_scratch_folder_is_private_and_the_same_each_time),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
