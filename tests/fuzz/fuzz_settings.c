/* Any text as the file of settings, behind a line "%%" as names and values typed one by
 * one; and as the file of taste. Checked: what is refused is refused with a sentence and
 * changes nothing, what is taken is printed as a file that says the same again, and the
 * reports that live by settings (names, segments, calendars, sources) come to an end. */
#include "fuzz.h"
#include "cmd/cmd.h"
#include "wend/metric.h"
#include "wend/touch.h"

static struct store *fresh(void)
{
	static struct store *s;
	static int used;
	struct err err = ERR_INIT;

	/* Settings that were replaced stay in the store. */
	if (s && ++used % 64)
		return s;
	store_close(s);
	s = NULL;
	demand(!store_open(&s, "", STORE_MEMORY, &err));
	fuzz_fill(s);
	return s;
}

/* The settings without the lines that say whence they came. */
static char *plain(struct store *s)
{
	struct str text = STR_INIT, out = STR_INIT;
	struct sv rest, line;

	store_settings_text(s, &text);
	rest = str_view(&text);
	while (sv_cut(&rest, '\n', &line))
		if (!sv_starts(line, "# "))
			str_printf(&out, "%.*s\n", (int)line.n, line.p);
	str_release(&text);
	return str_detach(&out);
}

static bool take_file(struct store *s, const void *data, size_t size)
{
	static struct str path;
	struct str text = STR_INIT;
	struct err err = ERR_INIT;
	char *before = plain(s), *after, *again;
	const enum wend_err e = store_set_file(s, fuzz_file(&path, "wend.ini", data, size), &err);

	after = plain(s);
	demand(e == WEND_OK ? !*err.msg : *err.msg && !strcmp(before, after));
	if (!e) {
		store_settings_text(s, &text);
		demand(!store_set_file(s, fuzz_file(&path, "wend.ini", text.p ? text.p : "", text.n), &err));
		again = plain(s);
		demand(!strcmp(after, again));
		free(again);
	}
	str_release(&text);
	free(before);
	free(after);
	return !e;
}

static bool type_settings(struct store *s, struct sv text)
{
	struct sv line;
	bool taken = false;

	for (int n = 0; n < 16 && sv_cut(&text, '\n', &line); n++) {
		struct err err = ERR_INIT;
		struct sv name;
		sv_cut(&line, '=', &name);
		char *z = xstrndup(name.p, name.n), *v = xstrndup(line.p ? line.p : "", line.n);
		const enum wend_err e = store_set(s, NULL, z, v, "fuzz", &err);
		demand(e == WEND_OK ? !*err.msg : *err.msg != 0);
		taken |= !e;
		free(z);
		free(v);
	}
	return taken;
}

static void live_by_them(struct store *s)
{
	static const char *const segments[] = { "@vip" };
	struct report_options ro = { .threads = 1, .where = { .v = (const char **)(uintptr_t)segments, .n = 1 } };
	struct touch_options touch = { 0 };
	struct ingest_options given = { 0 }, out;
	struct population p;
	struct report r;
	struct calendar *c = NULL;
	struct arena a = ARENA_INIT;
	struct err err = ERR_INIT;

	for (int k = 0; k < 2; k++) {
		ro.where.n = (size_t)k;
		err = (struct err)ERR_INIT;
		if (population_init(&p, s, &ro, KIND_COUNT, &err)) {
			demand(*err.msg != 0);
			continue;
		}
		report_init(&r);
		demand(!metric_touch_map(&p, &touch, &ro, &r, &err) || *err.msg);
		report_release(&r);
		if (!calendar_open(&c, s, "Lisbon", p.zone, &a, &err)) {
			calendar_seconds(c, 1767225600, 1798761600);
			calendar_end_of_next_day(c, 1767225600);
			calendar_open_at(c, 1767225600);
		}
		population_release(&p);
	}
	err = (struct err)ERR_INIT;
	demand(!ingest_sources(&out, s, "export.csv", &given, &a, &err) || *err.msg);
	arena_release(&a);
}

static void take_taste(const void *data, size_t size)
{
	static struct str path;
	struct run u = { .cmd = commands[0], .arena = ARENA_INIT };
	struct err err = ERR_INIT;

	fuzz_file(&path, "wend/config", data, size);
	u.entry = u.cmd->entries;
	demand(!run_settings(&u, &err) || *err.msg);
	arena_release(&u.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *s = fresh();
	const struct sv all = sv_n((const char *)data, size);
	const ptrdiff_t at = sv_find(all, SV("\n%%\n"));
	const size_t file = at < 0 ? size : (size_t)at;

	bool taken = take_file(s, data, file);
	if (at >= 0)
		taken |= type_settings(s, sv_n(all.p + at + 4, size - file - 4));
	if (taken)
		live_by_them(s);
	take_taste(data, file);
	return 0;
}
