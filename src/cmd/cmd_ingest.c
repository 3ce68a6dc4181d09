/* room: cmd
 * wend ingest: exports in, one row a file out.
 */
#include "cmd/cmd.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static struct {
	const char *inbox, *profile;
} given;

static const struct opt *own(struct run *u)
{
	const struct opt mine[] = {
		{ "store", 's', OPT_TEXT, &u->ro.store, "FILE", "the store (WEND_STORE, wend.db here or above)", NULL, 0, 0 },
		{ "rejects", 0, OPT_TEXT, &u->io.rejects, "FILE", "where rows go that cannot be used (NAME.rejects.csv)", NULL, 0, 0 },
		{ "inbox", 0, OPT_TEXT, &given.inbox, "DIR", "read what lies in this folder, then move it to done/ or failed/", NULL, 0, 0 },
		{ "save-profile", 0, OPT_TEXT, &given.profile, "NAME", "keep these options as a preset of this name", NULL, 0, 0 },
		{ "explain", 0, OPT_FLAG, &u->io.explain, NULL, "say which column became which field, and why", NULL, 0, 0 },
	};
	const struct opt *shared = ingest_opts(&u->io);
	size_t n = 0, m = sizeof mine / sizeof mine[0];
	while (shared[n].name)
		n++;
	struct opt *t = arena_zalloc(&u->arena, (n + m + 1) * sizeof *t);
	memcpy(t, shared, n * sizeof *t);
	memcpy(t + n, mine, m * sizeof *mine);
	return t;
}

/* ---- progress: after one second, on a terminal, and no trace of it in the end ---- */

static struct {
	bool on, drawn;
	struct timeval start, last;
} progress;

static double since(const struct timeval *t)
{
	struct timeval now;
	gettimeofday(&now, NULL);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_usec - t->tv_usec) / 1e6;
}

static void tick(void *ctx, uint64_t done, uint64_t total, uint64_t rows)
{
	(void)ctx;
	double s = since(&progress.start);
	if (s < 1 || (progress.drawn && since(&progress.last) < 0.2) || tcgetpgrp(STDERR_FILENO) != getpgrp())
		return;
	gettimeofday(&progress.last, NULL);
	progress.drawn = true;
	fprintf(stderr, "\r%.1f M rows, %.2f M a second", (double)rows / 1e6, (double)rows / 1e6 / s);
	if (total && done)
		fprintf(stderr, ", %.0f %%, %.0f s left ", 100.0 * (double)done / (double)total, s * (double)(total - done) / (double)done);
	fputs("\033[K", stderr);
	fflush(stderr);
}

static void progress_begin(struct ingest_options *o, const struct run *u)
{
	gettimeofday(&progress.start, NULL);
	if (!u->quiet && isatty(STDERR_FILENO))
		o->tick = tick;
}

static void progress_end(void)
{
	if (progress.drawn)
		fputs("\r\033[K", stderr);
	progress.drawn = false;
}

/* ---- one row a file ---- */

static void columns(struct table *t)
{
	static const char *const counts[] = { "records", "used", "rejected", "ignored", "added", "updated", "duplicates", "matched", "batch" };
	table_col(t, "file", COL_TEXT, NULL, -1);
	table_col(t, "kind", COL_TEXT, NULL, -1);
	table_col(t, "preset", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		table_col(t, counts[i], COL_INT, NULL, 0);
}

static void row(struct table *t, const struct ingest_result *r)
{
	const struct batch_counts *c = &r->counts;
	put_z(t, r->file);
	put_z(t, *r->kind ? r->kind : NULL);
	put_z(t, *r->preset ? r->preset : NULL);
	if (r->status) {
		/* Refused: nothing of it is used, so there is no balance to give. */
		for (int i = 0; i < 9; i++)
			put_empty(t);
		return;
	}
	const uint64_t n[] = { c->records, c->used, c->rejected, c->ignored, c->added, c->updated, c->duplicates, c->matched };
	for (int i = 0; i < 8; i++)
		put_int(t, (int64_t)n[i]);
	put_int(t, r->batch ? r->batch : WEND_NONE);
}

struct told {
	struct run *u;
	struct report *r;
};

static void after_file(void *ctx, struct ingest_result *res, const struct err *err)
{
	struct told *t = ctx;
	progress_end();
	if (!t->u->quiet && res->said.n)
		fputs(res->said.p, stderr);
	if (res->status) {
		run_warn(t->u, "%s", err->msg);
		run_raise(t->u, res->status);
	}
	row(&t->r->table, res);
	gettimeofday(&progress.start, NULL);
}

/* A misspelled option stops the run; a bad file only its own transaction. */
static enum wend_err one(struct run *u, struct told *t, const char *path, struct err *err)
{
	struct ingest_options o;
	struct ingest_result res = { 0 };
	struct err why = ERR_INIT;
	if (ingest_sources(&o, u->store, path, &u->io, &u->arena, err))
		return err->code;
	if (!o.rejects)
		o.rejects = "";
	enum wend_err e = ingest_file(u->store, path, &o, &res, &why);
	res.file = strcmp(path, "-") ? path : o.name ? o.name : "standard input";
	after_file(t, &res, &why);
	if (!e && given.profile) {
		struct str where = STR_INIT;
		e = ingest_save_profile(given.profile, path, &o, &res, &where, err);
		if (!e)
			run_note(u, "kept as preset '%s' in '%s'", given.profile, where.p);
		str_release(&where);
	} else if (e != WEND_E_STORE) {
		e = WEND_OK;
	}
	ingest_result_release(&res);
	return *err->msg ? err->code : e;
}

static enum wend_err open_store(struct run *u, struct err *err)
{
	struct str path = STR_INIT;
	store_default_path(&path, u->ro.store, u->taste.store);
	/* A dry run makes no store: where there is none, nothing is known yet. */
	bool none = u->io.dry_run && access(path.p, F_OK);
	enum wend_err e = store_open(&u->store, path.p, none ? STORE_MEMORY : STORE_WRITE, err);
	str_release(&path);
	return e;
}

static enum wend_err ingest(struct run *u, struct report *r, struct err *err)
{
	struct told t = { u, r };
	u->io.dry_run = u->dry_run;
	if (u->io.preset && !strcmp(u->io.preset, "list"))
		return preset_table(r, err);
	if (!u->args.n && !given.inbox)
		return err_set(err, WEND_E_USAGE, "no file; name exports, '-' for standard input, or --inbox DIR");
	if (u->args.n && given.inbox)
		return err_set(err, WEND_E_USAGE, "--inbox reads the files of its folder; leave '%s' out", u->args.v[0]);
	if (given.profile && u->args.n != 1)
		return err_set(err, WEND_E_USAGE, "--save-profile keeps what one file was read with; name one file");
	columns(&r->table);
	if (open_store(u, err))
		return err->code;
	progress_begin(&u->io, u);
	if (given.inbox) {
		bool busy;
		if (ingest_inbox(u->store, given.inbox, &u->io, after_file, &t, &busy, err))
			return err->code;
		if (busy)
			run_note(u, "another run is reading '%s'; nothing to do", given.inbox);
		return WEND_OK;
	}
	for (size_t i = 0; i < u->args.n; i++)
		if (one(u, &t, u->args.v[i], err))
			return *err->msg ? err->code : WEND_OK;
	return WEND_OK;
}

static const struct entry entries[] = {
	{ .name = "", .help = "exports into the store, one row a file", .need = NEED_NONE, .takes = TAKE_DRY_RUN | TAKE_ROWS, .own_of = own,
	  .operands = "[FILE...]", .args_max = SIZE_MAX, .run = ingest },
	{ 0 }
};
const struct command cmd_ingest = { "ingest", "exports into the store", entries };
