/* Every n-th call of a class fails: the status is one of the contract, the sentence says
 * what and where, the store is as before or as after, nothing else is left. */
#include <errno.h>
#include <unistd.h>

#include "drive.h"

static const struct way {
	enum fault_class cls;
	enum fault_act act;
	int error;
	bool on;
	const char *name;
	const char *group; /* what --class chooses it by */
} ways[] = {
	{ CLASS_ALLOC, ACT_FAIL, ENOMEM, false, "one allocation fails", "alloc" },
	{ CLASS_ALLOC, ACT_FAIL, ENOMEM, true, "memory ends", "alloc" },
	{ CLASS_READ, ACT_FAIL, EIO, false, "one read fails", "read" },
	{ CLASS_READ, ACT_FAIL, EIO, true, "reads fail from here on", "read" },
	{ CLASS_READ, ACT_FAIL, EINTR, false, "one read is interrupted", "read" },
	{ CLASS_READ, ACT_SHORT, 0, false, "one read is short", "read" },
	{ CLASS_WRITE, ACT_FAIL, ENOSPC, true, "the disk is full from here on", "write" },
	{ CLASS_WRITE, ACT_FAIL, EIO, false, "one write fails", "write" },
	{ CLASS_WRITE, ACT_SHORT, 0, false, "one write is short", "write" },
	{ CLASS_SYNC, ACT_FAIL, EIO, false, "one sync fails", "sync" },
	{ CLASS_RENAME, ACT_FAIL, EACCES, false, "one rename fails", "rename" },
	{ CLASS_TRUNC, ACT_FAIL, EIO, false, "one truncation fails", "trunc" },
	{ CLASS_OPEN, ACT_FAIL, EMFILE, false, "one open fails", "open" },
	{ CLASS_OPEN, ACT_FAIL, EMFILE, true, "no more files can be opened", "open" },
	{ CLASS_THREAD, ACT_FAIL, EAGAIN, true, "no more threads", "thread" },
	{ CLASS_LOCK, ACT_FAIL, EIO, false, "one lock call fails", "lock" },
	{ CLASS_MAP, ACT_FAIL, ENOMEM, false, "one file cannot be mapped", "map" },
};

/* "wend ...: " and a subject in quotes, or the one sentence that needs no memory. */
static bool says_so(struct str *why)
{
	struct text t;
	char *path = at("err");
	bool ok = false;

	if (!text_read(&t, path))
		t = (struct text){ NULL, 0 };
	for (char *line = t.p; line && *line && !ok;) {
		char *end = strchr(line, '\n'), *quote;
		if (end)
			*end = '\0';
		quote = strchr(line, '\'');
		ok = !strncmp(line, "wend", 4) && (strstr(line, "out of memory") || strstr(line, "standard output") || (quote && strchr(quote + 1, '\'')));
		line = end ? end + 1 : NULL;
	}
	if (!ok)
		str_printf(why, "no sentence that says what and where");
	text_free(&t);
	free(path);
	return ok;
}

static bool outputs_whole(const struct good *g, const struct scene *s, bool done, struct str *why)
{
	for (int i = 0; i < 4 && s->makes[i]; i++) {
		char *path = at("run/%s", s->makes[i]);
		struct text t;
		bool there = text_read(&t, path), same = there && text_same(t, g->made[i]);

		/* A folder, a copy of a store: looked at elsewhere; a key: made by dice. */
		if (s->inbox || strstr(s->makes[i], ".db"))
			same = there || !g->made[i].p;
		text_free(&t);
		free(path);
		if ((there && !same) || (done && g->made[i].p && !same)) {
			str_printf(why, "'%s' is %s", s->makes[i], there ? "not what it should be" : "missing");
			return false;
		}
	}
	return true;
}

/* The file lies in one of the three folders, and was not blamed for our trouble. */
static bool inbox_whole(const struct scene *s, bool done, struct str *why)
{
	static const char *const dirs[] = { "", "done/", "failed/" };
	int n = 0, where = 0;

	for (int i = 0; i < 3; i++) {
		char *path = at("run/inbox/%s%s", dirs[i], s->inbox);
		if (!access(path, F_OK)) {
			n++;
			where = i;
		}
		free(path);
	}
	if (n == 1 && (done ? where == 1 : where != 2))
		return true;
	str_printf(why, "the file of the inbox lies in %d folders, one of them '%s'", n, dirs[where]);
	return false;
}

static bool nothing_left(const struct scene *s, struct str *why)
{
	const char *allowed[9] = { "wend.db", "wend.db-wal", "wend.db-shm", "wend.db-journal" };
	const char *none[1] = { NULL };
	struct str odd = STR_INIT;
	char *run = at("run"), *tmp = at("tmp");
	bool ok;

	for (int i = 0; i < 4 && s->makes[i]; i++)
		allowed[4 + i] = s->makes[i];
	strangers(&odd, run, allowed);
	strangers(&odd, tmp, none);
	ok = !odd.n;
	if (!ok)
		str_printf(why, "left behind: %s", odd.p);
	str_release(&odd);
	free(run);
	free(tmp);
	return ok;
}

/* A copy of the store is a whole store. */
static bool copy_whole(const struct good *g, const struct scene *s, struct str *why)
{
	char *path, *state;
	bool ok;

	if (!s->makes[0] || strcmp(s->makes[0], "copy.db") != 0)
		return true;
	path = at("run/%s", s->makes[0]);
	state = access(path, F_OK) ? NULL : state_of(path, why);
	ok = access(path, F_OK) || (state && !strcmp(state, g->before));
	if (!ok && !why->n)
		str_printf(why, "the copy differs");
	free(state);
	free(path);
	return ok;
}

static bool judged(const struct good *g, const struct scene *s, const struct way *w, const struct after *a, enum side *side, struct str *why)
{
	bool done = a->status == g->status;
	struct text out;
	char *path;
	bool same;

	*side = side_of(g, s, why);
	if (*side == SIDE_OTHER)
		return false;
	if (!done && a->status != 4) {
		str_printf(why, a->status == 1000 ? "it hangs" : "status %d", a->status);
		return false;
	}
	if (!done && (!a->struck || w->act == ACT_SHORT || w->error == EINTR)) {
		str_printf(why, "status %d though nothing failed", a->status);
		return false;
	}
	if (!outputs_whole(g, s, done, why) || !nothing_left(s, why) || !copy_whole(g, s, why) || (s->inbox && !inbox_whole(s, done, why)))
		return false;
	if (!done)
		return says_so(why);
	if (strcmp(*side == SIDE_AFTER ? g->after : g->before, g->after)) {
		str_printf(why, "status %d, and the store is as before", a->status);
		return false;
	}
	path = at("out");
	same = text_read(&out, path) && text_same(out, g->out);
	text_free(&out);
	free(path);
	if (!same)
		str_printf(why, "status %d, and standard output differs", a->status);
	return same;
}

static void complain(const struct scene *s, const struct way *w, uint64_t n, const struct after *a, const struct str *why)
{
	struct text said;
	char *path = at("err");

	text_read(&said, path);
	if (said.n > 300)
		said.p[300] = '\0';
	note("%s: %s, call %" PRIu64 ": %s; status %d; it says: %s", s->name, w->name, n, why->p ? why->p : "", a->status, said.p && said.n ? said.p : "nothing");
	text_free(&said);
	free(path);
}

static void fail_way(const struct scene *s, const struct way *w, const struct good *g, uint64_t stride)
{
	uint64_t calls = g->count[w->cls], missed = 0;
	int tried = 0, done = 0, before = 0, after = 0, bad = 0;
	double began = now_ms();

	for (uint64_t n = 1 + (stride > 1 ? dice(stride) : 0); missed < 4; n += stride) {
		struct str why = STR_INIT;
		struct after a;
		enum side side;

		if (n > calls && stride > 1)
			break;
		*place.board = (struct fault_board){ .cls = w->cls, .act = w->act, .error = (uint32_t)w->error, .on = w->on, .at = n };
		run_prepare(s);
		a = run_once(s, true);
		place.board->act = ACT_NONE;
		/* Calls vary by a few from run to run: the end is where none is struck any more. */
		missed = a.struck ? 0 : missed + 1;
		if (!judged(g, s, w, &a, &side, &why)) {
			if (bad++ < 5)
				complain(s, w, n, &a, &why);
		} else if (a.struck && a.status == g->status) {
			done++;
		} else if (a.struck && side == SIDE_BEFORE) {
			before++;
		} else if (a.struck) {
			after++;
		}
		tried += a.struck != 0;
		str_release(&why);
	}
	tap(!bad, "%s: %s, %d of %" PRIu64 " calls", s->name, w->name, tried, calls);
	row("| %s | %s | %" PRIu64 " | %d | %d | %d | %d | %d | %.0f |", s->name, w->name, calls, tried, done, before, after, bad, (now_ms() - began) / 1e3);
}

void fail_scene(const struct scene *s, const struct choice *c)
{
	struct good g;

	good_learn(&g, s);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (c->cls && strcmp(c->cls, ways[i].group))
			continue;
		if (c->way && !strstr(ways[i].name, c->way))
			continue;
		if (!g.count[ways[i].cls])
			continue;
		/* A stride asks for a slice: few calls of a class are all tried then, too. */
		uint64_t stride = c->stride;
		if (stride > 1 && g.count[ways[i].cls] / stride < (uint64_t)c->moments)
			stride = g.count[ways[i].cls] / (uint64_t)(c->moments > 0 ? c->moments : 1) + 1;
		fail_way(s, &ways[i], &g, stride);
	}
	good_free(&g);
}
