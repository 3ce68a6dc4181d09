/* What a run has left: the store as text, files nobody should find, bytes that should be
 * gone. Read through the library, without the shim. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drive.h"
#include "wend/civil.h"

static bool add_table(struct store *s, const char *sql, struct str *out, struct str *why)
{
	struct report r;
	struct err e = ERR_INIT;
	bool ok;

	report_init(&r);
	ok = !store_table_query(s, sql, &r, &e);
	if (ok) {
		table_fill(&r.table);
		str_printf(out, "-- %s: %zu\n", sql, r.table.nrow);
		for (size_t i = 0; i < r.table.nrow * r.table.ncol; i++) {
			cell_text(out, &r.table.col[i % r.table.ncol], &r.table.cell[i], zone_utc());
			str_putc(out, (i + 1) % r.table.ncol ? '\t' : '\n');
		}
	} else {
		str_printf(why, "%s: %s", sql, e.msg);
	}
	report_release(&r);
	return ok;
}

static bool sound(struct store *s, struct str *why)
{
	struct report r;
	struct err e = ERR_INIT;
	bool ok;

	report_init(&r);
	ok = !store_table_check(s, &r, &e);
	if (!ok)
		str_printf(why, "store check: %s", *e.msg ? e.msg : r.finding.p ? r.finding.p : "bad");
	report_release(&r);
	return ok;
}

char *state_of(const char *path, struct str *why)
{
	static const char *const tables[] = {
		"SELECT * FROM event", "SELECT * FROM item", "SELECT * FROM customer", "SELECT * FROM batch ORDER BY id",
		"SELECT * FROM coverage ORDER BY batch, source, kind, day", "SELECT section, name, value, whence, live FROM setting ORDER BY id",
	};
	struct str out = STR_INIT;
	struct store *s = NULL;
	struct err e = ERR_INIT;
	bool ok = true;

	if (store_open(&s, path, STORE_READ, &e)) {
		if (strstr(e.msg, "no store at") || strstr(e.msg, "is empty"))
			return xstrdup("nothing");
		str_printf(why, "%s", e.msg);
		return NULL;
	}
	for (size_t i = 0; ok && i < sizeof tables / sizeof *tables; i++)
		ok = add_table(s, tables[i], &out, why);
	ok = ok && sound(s, why);
	store_close(s);
	if (!ok) {
		str_release(&out);
		return NULL;
	}
	/* A store without a file in it holds nothing, whether it was there before or not. */
	if (strstr(out.p, "FROM batch ORDER BY id: 0\n") && strstr(out.p, "FROM setting ORDER BY id: 0\n")) {
		str_release(&out);
		return xstrdup("nothing");
	}
	return str_detach(&out);
}

void strangers(struct str *out, const char *dir, const char *const *allowed)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));) {
		bool known = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
		for (const char *const *a = allowed; a && *a && !known; a++)
			known = !strcmp(*a, e->d_name);
		if (!known)
			str_printf(out, "%s%s", out->n ? " " : "", e->d_name);
	}
	if (d)
		closedir(d);
}

bool bytes_hold(const char *dir, const char *needle, struct str *where)
{
	DIR *d = opendir(dir);
	bool found = false;

	for (struct dirent *e; d && (e = readdir(d));) {
		struct str path = STR_INIT;
		struct text t;

		str_printf(&path, "%s/%s", dir, e->d_name);
		if (text_read(&t, path.p)) {
			if (memmem(t.p, t.n, needle, strlen(needle))) {
				str_printf(where, "%s%s", found ? " " : "", e->d_name);
				found = true;
			}
			text_free(&t);
		}
		str_release(&path);
	}
	if (d)
		closedir(d);
	return found;
}

/* ---- what a good run leaves ---- */

void good_learn(struct good *g, const struct scene *s)
{
	char *path = at("run/wend.db"), *out = at("out");
	struct str why = STR_INIT;
	struct after a;

	*g = (struct good){ 0 };
	memset(place.board, 0, sizeof *place.board);
	run_prepare(s);
	text_read(&g->store, path);
	g->before = state_of(path, &why);
	a = run_once(s, true);
	g->status = a.status;
	g->ms = a.ms;
	for (int i = 0; i < CLASSES; i++)
		g->count[i] = atomic_load(&place.board->count[i]);
	text_read(&g->out, out);
	for (int i = 0; i < 4 && s->makes[i]; i++) {
		char *made = at("run/%s", s->makes[i]);
		text_read(&g->made[i], made);
		free(made);
	}
	g->after = state_of(path, &why);
	if (!g->before || !g->after || (a.status != 0 && a.status != 3)) {
		struct text said = { NULL, 0 };
		char *errors = at("err");
		text_read(&said, errors);
		fprintf(stderr, "%s: a good run ends %d: %s %s\n", s->name, a.status, why.p ? why.p : "", said.p ? said.p : "");
		exit(2);
	}
	str_release(&why);
	free(path);
	free(out);
}

void good_free(struct good *g)
{
	free(g->before);
	free(g->after);
	text_free(&g->out);
	text_free(&g->store);
	for (int i = 0; i < 4; i++)
		text_free(&g->made[i]);
	*g = (struct good){ 0 };
}

/* The same bytes and no log: nothing needs to be read. */
static bool untouched(const struct good *g, const char *path)
{
	struct str log = STR_INIT;
	struct stat st;
	struct text t;
	bool same, logged;

	str_printf(&log, "%s-wal", path);
	logged = !stat(log.p, &st) && st.st_size;
	same = g->store.p && text_read(&t, path);
	if (same) {
		same = text_same(t, g->store);
		text_free(&t);
	}
	str_release(&log);
	return same && !logged;
}

enum side side_of(const struct good *g, const struct scene *s, struct str *why)
{
	char *path = at("run/wend.db"), *now;
	enum side side = SIDE_OTHER;

	(void)s;
	if (untouched(g, path)) {
		free(path);
		return SIDE_BEFORE;
	}
	now = state_of(path, why);
	if (now && !strcmp(now, g->before))
		side = SIDE_BEFORE;
	else if (now && !strcmp(now, g->after))
		side = SIDE_AFTER;
	else if (now)
		str_printf(why, "the store is neither as before nor as after");
	free(now);
	free(path);
	return side;
}
