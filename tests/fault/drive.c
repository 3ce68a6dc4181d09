/* drive fail|kill|signal|share|damage [--wend FILE] [--scene NAME] [--class NAME] [--way TEXT] [--stride N]
 *       [--moments N] [--seed N] [--size N] [--table FILE]
 *
 * Speaks TAP. --table adds a row of a Markdown table for each thing tried. */
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "drive.h"

static int tests, failures;
static FILE *table;

void tap(bool ok, const char *fmt, ...)
{
	va_list ap;

	tests++;
	failures += !ok;
	printf("%sok %d - ", ok ? "" : "not ", tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void note(const char *fmt, ...)
{
	char text[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *line = text; line && *line;) {
		char *end = strchr(line, '\n');
		if (end)
			*end = '\0';
		printf("# %s\n", line);
		line = end ? end + 1 : NULL;
	}
	fflush(stdout);
}

void row(const char *fmt, ...)
{
	va_list ap;

	if (!table)
		return;
	va_start(ap, fmt);
	vfprintf(table, fmt, ap);
	va_end(ap);
	fputc('\n', table);
	fflush(table);
}

static const char *value(int argc, char **argv, const char *name, const char *otherwise)
{
	for (int i = 2; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return otherwise;
}

static int64_t number(int argc, char **argv, const char *name, int64_t otherwise)
{
	const char *v = value(argc, argv, name, NULL);
	int64_t n;

	return v && sv_int(sv_of(v), &n) ? n : otherwise;
}

static void stop(int sig)
{
	stopped = sig;
}

int main(int argc, char **argv)
{
	const char *self = argv[0], *slash = strrchr(self, '/'), *to = value(argc, argv, "--table", NULL);
	struct str wend = STR_INIT, shim = STR_INIT;
	struct choice c = { value(argc, argv, "--scene", NULL), value(argc, argv, "--class", NULL), value(argc, argv, "--way", NULL), (uint64_t)number(argc, argv, "--stride", 1), (int)number(argc, argv, "--moments", 20) };
	void (*scene)(const struct scene *, const struct choice *), (*whole)(const struct choice *);
	char *real;

	if (argc < 2 || !slash) {
		fprintf(stderr, "usage: .../drive fail|kill|signal|share|damage [--scene NAME] [--class NAME] [--stride N] [--moments N] [--seed N] [--size N] [--table FILE]\n");
		return 2;
	}
	scene = !strcmp(argv[1], "fail") ? fail_scene : !strcmp(argv[1], "kill") ? kill_scene : !strcmp(argv[1], "signal") ? signal_scene : NULL;
	whole = !strcmp(argv[1], "share") ? share : !strcmp(argv[1], "damage") ? damage : NULL;
	if (!scene && !whole) {
		fprintf(stderr, "'%s' is none of fail, kill, signal, share, damage\n", argv[1]);
		return 2;
	}
	/* Beside this program: ../bin/wend and shim.so. */
	str_printf(&wend, "%.*s/../bin/wend", (int)(slash - self), self);
	str_printf(&shim, "%.*s/shim.so", (int)(slash - self), self);
	real = realpath(value(argc, argv, "--wend", wend.p), NULL);
	char *lib = realpath(shim.p, NULL);
	if (!real || !lib) {
		fprintf(stderr, "no program '%s', or no '%s'\n", value(argc, argv, "--wend", wend.p), shim.p);
		return 2;
	}
	table = to ? fopen(to, "ae") : NULL;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	signal(SIGHUP, stop);
	setenv("WEND_NOW", "2026-11-20T12:00:00Z", 1);
	place_make(real, lib);
	scene_files((uint64_t)number(argc, argv, "--seed", 1), (int)number(argc, argv, "--size", 240));
	scene_stores();
	dice_state = (uint64_t)number(argc, argv, "--seed", 1);
	if (whole)
		whole(&c);
	for (const struct scene *s = scenes; s->name && scene; s++) {
		if (c.scene && !strstr(s->name, c.scene))
			continue;
		if (has(s->needs))
			scene(s, &c);
	}
	place_remove();
	printf("1..%d\n", tests);
	if (table)
		fclose(table);
	str_release(&wend);
	str_release(&shim);
	free(real);
	free(lib);
	return failures || !tests;
}
