/* The fault harness: it prepares stores and files, runs the program on a fresh copy with
 * one thing going wrong, and looks at what is left. */
#ifndef WEND_FAULT_DRIVE_H
#define WEND_FAULT_DRIVE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "board.h"
#include "wend/mem.h"
#include "wend/store.h"
#include "wend/str.h"

/* ---- what is run (scene.c) ---- */
struct scene {
	const char *name;
	const char *store;        /* prepared store it begins with; NULL = none is there */
	const char *argv[14];     /* behind "wend"; runs in a folder where wend.db is the store */
	const char *makes[4];     /* files it may leave beside the store */
	const char *feed;         /* file that comes through a pipe as standard input */
	const char *needs;        /* report it needs, "store undo"; NULL = always there */
	const char *needle;       /* text that no file holds once it is done */
	const char *inbox;        /* file laid into the folder inbox */
	bool adds;                /* a second time it writes again */
	bool same;                /* it changes how the store lies, not what it says */
};
extern const struct scene scenes[];
void scene_files(uint64_t seed, int size);  /* files of data, made from a seed */
void scene_stores(void);                                     /* prepared stores, by the program itself */

/* ---- one run (run.c) ---- */
struct place {
	char *top;                /* folder of everything: in/ store/ run/ tmp/ home/ */
	const char *wend, *shim;
	struct fault_board *board;
	char *board_path;
	int seconds;              /* a run that takes longer hangs */
};
extern struct place place;
extern volatile sig_atomic_t stopped; /* a signal came: the run at hand is the last */
char *at(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* path below top; caller frees */
void place_make(const char *wend, const char *shim);
void place_remove(void);
uint64_t dice(uint64_t n);    /* 0 .. n - 1 */
extern uint64_t dice_state;

struct text {
	char *p;
	size_t n;
};
bool text_read(struct text *out, const char *path); /* false: no such file */
void text_write(const char *path, struct text t);
bool text_same(struct text a, struct text b);
void text_free(struct text *t);

struct after {
	int status;               /* exit status, or 128 + signal, or 1000: it hangs */
	double ms;
	uint64_t struck;
};
void run_prepare(const struct scene *s);                 /* fresh store, empty folders */
void run_inbox(const struct scene *s);                   /* lays the file into the inbox, once more */
pid_t run_start(const struct scene *s, bool shimmed);
struct after run_end(pid_t pid, double began);
bool has(const char *report);                            /* does the program have it yet? */
struct after run_once(const struct scene *s, bool shimmed);
double now_ms(void);
int run_plain(const char *const *argv);                   /* the program, on its own, in run/ */

/* ---- what is left (state.c) ---- */
/* All that a store says, as text; "nothing" for one that is not there or empty. NULL and a
 * sentence when it is unsound. */
char *state_of(const char *path, struct str *why);
/* Names in a folder that are none of `allowed`; "" = none. */
void strangers(struct str *out, const char *dir, const char *const *allowed);
bool bytes_hold(const char *dir, const char *needle, struct str *where);

/* What a good run of a scene leaves. */
struct good {
	char *before, *after;
	int status;
	double ms;
	uint64_t count[CLASSES];
	struct text out, made[4], store;
};
void good_learn(struct good *g, const struct scene *s);
void good_free(struct good *g);
enum side { SIDE_BEFORE, SIDE_AFTER, SIDE_OTHER };
/* Where the store stands now; SIDE_OTHER comes with a sentence. */
enum side side_of(const struct good *g, const struct scene *s, struct str *why);

/* ---- results ---- */
void tap(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void row(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- the trials ---- */
struct choice {
	const char *scene, *cls, *way; /* NULL = all */
	uint64_t stride;          /* every so many calls; 1 = each */
	int moments;              /* how many kills or signals of each */
};
void fail_scene(const struct scene *s, const struct choice *c);    /* fail.c */
void kill_scene(const struct scene *s, const struct choice *c);    /* crash.c */
void signal_scene(const struct scene *s, const struct choice *c);  /* crash.c */
void share(const struct choice *c);                                /* share.c */
void damage(const struct choice *c);

#endif
