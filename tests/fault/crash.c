/* Ended in the middle: by kill -9 and by signals that can be caught, at a random time and
 * at a random call that changes a file. The store is as before or as after, nothing of a
 * caught signal is left, and the command run again completes. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "drive.h"

struct tally {
	int before, after, other, tried;
};

static bool says_the_same(const struct good *g)
{
	return !strcmp(g->before, g->after);
}

static void sleep_ms(double ms)
{
	struct timespec t = { (time_t)(ms / 1e3), (long)((ms - 1e3 * (double)(time_t)(ms / 1e3)) * 1e6) };

	nanosleep(&t, NULL);
}

/* How long it takes when nothing is preloaded. */
static double usual_ms(const struct scene *s)
{
	double ms[5];

	for (int i = 0; i < 5; i++) {
		run_prepare(s);
		ms[i] = run_once(s, false).ms;
		for (int k = i; k > 0 && ms[k] < ms[k - 1]; k--) {
			double t = ms[k];
			ms[k] = ms[k - 1];
			ms[k - 1] = t;
		}
	}
	return ms[2];
}

static struct after struck_in_time(const struct scene *s, int sig, double ms)
{
	double began = now_ms();
	pid_t pid;

	atomic_store(&place.board->struck, 0);
	pid = run_start(s, false);
	sleep_ms(ms);
	kill(pid, sig); /* a child not waited for yet: the number is its own */
	return run_end(pid, began);
}

static struct after struck_at_call(const struct scene *s, int sig, uint64_t call)
{
	struct after a;

	*place.board = (struct fault_board){ .cls = CLASS_IO, .act = ACT_SIGNAL, .error = (uint32_t)sig, .at = call };
	a = run_once(s, true);
	place.board->act = ACT_NONE;
	return a;
}

/* Run again to the end: whatever the kill left, the second run gets through. */
static bool completes(const struct good *g, const struct scene *s, enum side stood, struct str *why)
{
	char *dir = at("run");
	struct after a;
	enum side side;
	bool ok;

	if (s->inbox)
		run_inbox(s);
	a = run_once(s, false);
	side = side_of(g, s, why);
	/* What was done already may be refused the second time. */
	ok = (a.status == g->status || (stood == SIDE_AFTER && (a.status == 2 || a.status == 3))) && (side == SIDE_AFTER || (side == SIDE_BEFORE && says_the_same(g)));
	if (!ok && !why->n)
		str_printf(why, "run again it ends %d, and the store is %s", a.status, side == SIDE_BEFORE ? "as before" : "something else");
	if (ok && s->needle && bytes_hold(dir, s->needle, why)) {
		str_puts(why, " still hold the erased name");
		ok = false;
	}
	free(dir);
	return ok;
}

static void kill_way(const struct scene *s, const struct good *g, const char *how, bool timed, double usual, int moments)
{
	struct tally t = { 0 };
	double began = now_ms();
	int bad = 0, again = 0;

	for (int i = 0; i < moments; i++) {
		uint64_t call = 1 + dice(g->count[CLASS_IO]);
		double ms = usual * 1.1 * (double)dice(1000001) / 1e6;
		struct str why = STR_INIT;
		enum side side;

		run_prepare(s);
		if (timed)
			struck_in_time(s, SIGKILL, ms);
		else
			struck_at_call(s, SIGKILL, call);
		side = side_of(g, s, &why);
		t.before += side == SIDE_BEFORE;
		t.after += side == SIDE_AFTER;
		t.other += side == SIDE_OTHER;
		if (side != SIDE_OTHER)
			again += (s->adds && side == SIDE_AFTER) || completes(g, s, side, &why);
		if (why.n && bad++ < 5)
			note("%s, kill -9 %s %g: %s", s->name, how, timed ? ms : (double)call, why.p);
		str_release(&why);
	}
	tap(!t.other && again == moments, "%s: kill -9 %s, %d moments: before or after, and run again it completes", s->name, how, moments);
	row("| %s | %s | %d | %d | %d | %d | %d | %.0f |", s->name, how, moments, t.before, t.after, t.other, again, (now_ms() - began) / 1e3);
}

void kill_scene(const struct scene *s, const struct choice *c)
{
	struct good g;

	good_learn(&g, s);
	if (!says_the_same(&g) || s->same) {
		kill_way(s, &g, "in time", true, usual_ms(s), c->moments - c->moments / 2);
		kill_way(s, &g, "at a call", false, 0, c->moments / 2);
	}
	good_free(&g);
}

/* ---- signals that can be caught ---- */

static bool nothing_of(const struct good *g, const struct scene *s, struct str *why)
{
	/* An ended process cannot take the log away; the next reader did, in side_of. */
	const char *allowed[9] = { "wend.db", "wend.db-wal", "wend.db-shm", "wend.db-journal" }, *none[1] = { NULL };
	struct str odd = STR_INIT;
	char *run = at("run"), *tmp = at("tmp");
	bool ok;

	for (int i = 0; i < 4 && s->makes[i]; i++) {
		char *path = at("run/%s", s->makes[i]);
		struct text made;
		allowed[4 + i] = s->makes[i];
		if (!s->inbox && !strstr(s->makes[i], ".db") && text_read(&made, path)) {
			if (!text_same(made, g->made[i]))
				str_printf(why, "'%s' is half written", s->makes[i]);
			text_free(&made);
		}
		free(path);
	}
	strangers(&odd, run, allowed);
	strangers(&odd, tmp, none);
	if (odd.n)
		str_printf(why, "left behind: %s", odd.p);
	ok = !why->n;
	str_release(&odd);
	free(run);
	free(tmp);
	return ok;
}

void signal_scene(const struct scene *s, const struct choice *c)
{
	static const struct {
		int sig;
		const char *name;
	} all[] = { { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" }, { SIGPIPE, "SIGPIPE" } };
	struct good g;
	double usual;

	good_learn(&g, s);
	usual = usual_ms(s);
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		int died = 0, done = 0, before = 0, after = 0, bad = 0;
		for (int i = 0; i < c->moments; i++) {
			struct str why = STR_INIT;
			struct after a;
			enum side side;

			run_prepare(s);
			/* The first moments are the program's own start: no handler stands yet. */
			if (i % 2)
				a = struck_in_time(s, all[k].sig, usual * 0.05 + usual * (double)dice(1000001) / 1e6);
			else
				a = struck_at_call(s, all[k].sig, 1 + dice(g.count[CLASS_IO]));
			side = side_of(&g, s, &why);
			before += side == SIDE_BEFORE;
			after += side == SIDE_AFTER;
			died += a.status == 128 + all[k].sig;
			done += a.status == g.status;
			if (a.status != 128 + all[k].sig && a.status != g.status)
				str_printf(&why, "status %d", a.status);
			nothing_of(&g, s, &why);
			if (why.n && bad++ < 5)
				note("%s, %s: %s", s->name, all[k].name, why.p);
			str_release(&why);
		}
		tap(!bad, "%s: %s, %d moments: status %d or done, before or after, nothing left", s->name, all[k].name, c->moments, 128 + all[k].sig);
		row("| %s | %s | %d | %d | %d | %d | %d | %d |", s->name, all[k].name, c->moments, died, done, before, after, bad);
	}
	good_free(&g);
}
