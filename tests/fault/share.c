/* Readers and writers at once, and stores whose bytes were changed. */
#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drive.h"

static const struct scene *scene_of(const char *name)
{
	for (const struct scene *s = scenes; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	fprintf(stderr, "no scene '%s'\n", name);
	exit(2);
}

/* ---- readers ---- */

/* Live rows as a reader sees them; -1 and a sentence when it cannot. */
static int64_t rows_seen(const char *path, struct str *why)
{
	int64_t rows[KIND_COUNT], sum = 0;
	struct err e = ERR_INIT;
	struct store *s = NULL;

	if (store_open(&s, path, STORE_READ, &e) || store_row_counts(s, rows, &e)) {
		str_printf(why, "%s", e.msg);
		store_close(s);
		return -1;
	}
	for (int i = 0; i < KIND_COUNT; i++)
		sum += rows[i];
	store_close(s);
	return sum;
}

static void readers(void)
{
	const struct scene *s = scene_of("ingest, append");
	char *path = at("run/wend.db");
	struct str why = STR_INIT;
	int64_t before, after, n = 0, odd = 0;
	double longest = 0, took;
	struct after a;

	run_prepare(s);
	before = rows_seen(path, &why);
	double began = now_ms();
	pid_t pid = run_start(s, false);
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int64_t *seen = NULL;
	size_t cap = 0;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		double t = now_ms();
		GROW(seen, cap, (size_t)n + 1);
		seen[n++] = rows_seen(path, &why);
		t = now_ms() - t;
		longest = t > longest ? t : longest;
		if (fd < 0 || poll(&p, 1, 2))
			break;
	}
	if (fd >= 0)
		close(fd);
	a = run_end(pid, began);
	took = a.ms;
	after = rows_seen(path, &why);
	for (int64_t i = 0; i < n; i++)
		odd += seen[i] != before && seen[i] != after;
	if (why.n)
		note("%s", why.p);
	tap(!a.status && after > before && !odd && !why.n, "a reader sees the rows before or the rows after, at every one of its looks during an ingest");
	row("| readers during an ingest | %" PRId64 " looks in %.0f ms, longest %.1f ms; %" PRId64 " saw anything but before or after |", n, took, longest, odd);
	free(seen);
	str_release(&why);
	free(path);
}

/* ---- two writers ---- */

static void writers(int rounds)
{
	const struct scene *one = scene_of("ingest, append"), *two = scene_of("ingest, grown");
	char *path = at("run/wend.db");
	struct str why = STR_INIT;
	int64_t want, good = 0;

	run_prepare(one);
	run_once(one, false);
	run_once(two, false);
	want = rows_seen(path, &why);
	for (int i = 0; i < rounds; i++) {
		double began = now_ms();
		run_prepare(one);
		pid_t a = run_start(one, false), b = run_start(two, false);
		int x = run_end(a, began).status, y = run_end(b, began).status;
		int64_t got = rows_seen(path, &why);
		char *state = state_of(path, &why);
		if (!x && !y && got == want && state)
			good++;
		else
			note("two writers end %d and %d; %" PRId64 " rows, wanted %" PRId64 " %s", x, y, got, want, why.p ? why.p : "");
		free(state);
	}
	tap(good == rounds, "two ingests at once both complete, the rows are those of both, %d rounds", rounds);
	row("| two ingests at once | %" PRId64 " of %d rounds: both complete, rows right, check passes |", good, rounds);
	str_release(&why);
	free(path);
}

void share(const struct choice *c)
{
	readers();
	writers(c->moments);
}

/* ---- changed bytes ---- */

static void hurt(const char *path)
{
	struct text t;

	if (!text_read(&t, path) || !t.n)
		return;
	switch (dice(4)) {
	case 0:
		t.n = (size_t)dice(t.n);
		break;
	case 1: /* a page of noise */
		for (size_t from = (size_t)dice(t.n / 512) * 512, i = from; i < from + 512 && i < t.n; i++)
			t.p[i] = (char)dice(256);
		break;
	default:
		for (uint64_t k = 1 + dice(4); k; k--)
			t.p[dice(t.n)] ^= (char)(1u << dice(8));
	}
	text_write(path, t);
	text_free(&t);
}

static bool said_something(void)
{
	char *path = at("err");
	struct text t;
	bool ok = text_read(&t, path) && memmem(t.p, t.n, "wend", 4);

	text_free(&t);
	free(path);
	return ok;
}

/* All a run says and makes is what it is on the whole store. What cannot be read behind
 * it is told by who reads it. */
static bool as_whole(const struct good *g, const struct scene *s)
{
	char *out = at("out"), *path = at("run/wend.db"), *state;
	struct text t = { NULL, 0 };
	struct str why = STR_INIT;
	bool same = text_read(&t, out) && text_same(t, g->out);

	text_free(&t);
	for (int i = 0; i < 4 && s->makes[i] && !s->needle; i++) {
		char *made = at("run/%s", s->makes[i]);

		same = text_read(&t, made) && text_same(t, g->made[i]) && same;
		text_free(&t);
		free(made);
	}
	state = state_of(path, &why);
	same = same && (state ? !strcmp(state, g->after) : why.n > 0);
	free(state);
	str_release(&why);
	free(path);
	free(out);
	return same;
}

struct outcomes {
	int refused, whole, wrong, bad;
};

static void damage_once(struct outcomes *o, const struct good *g, const struct scene *s, int i)
{
	char *path = at("run/wend.db");
	struct after a;

	run_prepare(s);
	hurt(path);
	a = run_once(s, false);
	if (a.status == 4 && said_something())
		o->refused++;
	else if (a.status == 0 && strcmp(s->name, "store check") && as_whole(g, s))
		o->whole++;
	else if ((a.status == 0 || a.status == 2 || a.status == 3 ? o->wrong++ : o->bad++) < 5)
		note("%s, damage %d: status %d", s->name, i, a.status);
	free(path);
}

void damage(const struct choice *c)
{
	static const char *const names[] = { "store check", "ltv rfm -o", "customer show", "ingest, overlap", "store undo", "store compact", "customer erase" };

	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		const struct scene *s = scene_of(names[k]);
		struct outcomes o = { 0, 0, 0, 0 };
		struct good g;

		if ((c->scene && !strstr(s->name, c->scene)) || !has(s->needs))
			continue;
		good_learn(&g, s);
		for (int i = 0; i < c->moments && !stopped; i++)
			damage_once(&o, &g, s, i);
		good_free(&g);
		tap(!o.bad && !o.wrong, "%s on %d damaged stores: the sentence, or what it says on the whole one", s->name, c->moments);
		row("| %s | %d | %d | %d | %d | %d |", s->name, c->moments, o.refused, o.whole, o.wrong, o.bad);
	}
}
