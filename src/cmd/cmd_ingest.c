/* room: cmd
 * wend ingest: exports into the store, one transaction a file, one row a file.
 */
#include "cmd/cmd.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- progress: after one second, on a terminal in the foreground, without a trace ---- */

struct progress {
	const char *file;
	double began, shown;
	bool wanted;
};

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void tick(void *ctx, uint64_t done, uint64_t total, uint64_t rows)
{
	struct progress *p = ctx;
	double now = seconds();
	if (!p->wanted || now - p->began < 1 || now - p->shown < 0.1 || tcgetpgrp(STDERR_FILENO) != getpgrp())
		return;
	p->shown = now;
	if (total)
		fprintf(stderr, "\r%s: %" PRIu64 " records, %" PRIu64 " %%\033[K", p->file, rows, done * 100 / total);
	else
		fprintf(stderr, "\r%s: %" PRIu64 " records\033[K", p->file, rows);
}

static void progress_clear(const struct progress *p)
{
	if (p->shown > 0)
		fputs("\r\033[K", stderr);
}

/* ---- the files ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum wend_err add_inbox(struct run *u, struct err *err)
{
	size_t first = u->args.n;
	DIR *d = opendir(u->io.inbox);
	if (!d)
		return err_set(err, WEND_E_STORE, "cannot read the folder '%s'", u->io.inbox);
	for (struct dirent *e; (e = readdir(d));) {
		struct stat st;
		const char *path = arena_printf(&u->arena, "%s/%s", u->io.inbox, e->d_name);
		struct sv name = sv_of(e->d_name);
		if (*e->d_name == '.' || sv_ends(name, ".rejects.csv") || stat(path, &st) || !S_ISREG(st.st_mode))
			continue;
		GROW(u->args.v, u->args.cap, u->args.n + 1);
		u->args.v[u->args.n++] = path;
	}
	closedir(d);
	qsort(u->args.v + first, u->args.n - first, sizeof *u->args.v, by_name);
	return WEND_OK;
}

static bool listing(const struct run *u)
{
	return u->io.preset && !strcmp(u->io.preset, "list");
}

/* Without a file to read no store is made. */
static enum wend_err before(struct run *u, struct report *r, struct err *err)
{
	size_t missing = 0;
	(void)r;
	if (listing(u))
		return WEND_OK;
	if (u->io.inbox && add_inbox(u, err))
		return err->code;
	if (!u->args.n && !u->io.inbox)
		return err_set(err, WEND_E_USAGE, "no file; name exports, '-' for standard input, or a folder with '--inbox'");
	for (size_t i = 0; i < u->args.n; i++)
		missing += strcmp(u->args.v[i], "-") && access(u->args.v[i], F_OK);
	if (u->args.n && missing == u->args.n)
		return err_set(err, WEND_E_STORE, "cannot read '%s': no such file", u->args.v[0]);
	return WEND_OK;
}

static void columns(struct table *t)
{
	static const char *const counts[] = { "records", "used", "rejected", "ignored", "added", "updated", "duplicates", "matched", "batch" };
	table_col(t, "file", COL_TEXT, NULL, -1);
	table_col(t, "kind", COL_TEXT, NULL, -1);
	table_col(t, "preset", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		table_col(t, counts[i], COL_INT, NULL, -1);
}

static void row(struct table *t, const struct ingest_result *res)
{
	const struct batch_counts *c = &res->counts;
	const uint64_t n[] = { c->records, c->used, c->rejected, c->ignored, c->added, c->updated, c->duplicates, c->matched };
	put_z(t, res->file);
	put_z(t, res->kind);
	put_z(t, res->preset);
	for (size_t i = 0; i < sizeof n / sizeof *n; i++)
		put_int(t, (int64_t)n[i]);
	if (res->batch)
		put_int(t, res->batch);
	else
		put_empty(t);
}

/* Every file is its own transaction: one that is refused does not keep the others out. */
static enum wend_err ingest(struct run *u, struct report *r, struct err *err)
{
	bool many = u->args.n > 1;
	if (listing(u))
		return preset_table(r, err);
	u->io.dry_run = u->dry_run;
	if (!u->io.rejects)
		u->io.rejects = "";
	columns(&r->table);
	for (size_t i = 0; i < u->args.n; i++) {
		struct progress p = { u->args.v[i], seconds(), 0, !u->quiet && isatty(STDERR_FILENO) };
		struct ingest_result res;
		struct err one = ERR_INIT;
		u->io.tick = tick;
		u->io.tick_ctx = &p;
		enum wend_err e = ingest_file(u->store, u->args.v[i], &u->io, &res, &one);
		progress_clear(&p);
		if (e) {
			run_warn(u, "%s", one.msg);
			run_raise(u, e);
		}
		if (res.said.n && !u->quiet)
			fprintf(stderr, "%s%s%s%s", many && !e ? u->args.v[i] : "", many && !e ? ": " : "", res.said.p, res.said.p[res.said.n - 1] == '\n' ? "" : "\n");
		row(&r->table, &res);
		ingest_result_release(&res);
	}
	return WEND_OK;
}

static const struct opt *own(struct run *u)
{
	const struct opt mine[] = {
		{ "rejects", 0, OPT_TEXT, &u->io.rejects, "FILE", "rejected rows go there (FILE.rejects.csv beside the export)", NULL, 0, 0 },
		{ "inbox", 0, OPT_TEXT, &u->io.inbox, "FOLDER", "every file of FOLDER as well", NULL, 0, 0 },
		{ "explain", 0, OPT_FLAG, &u->io.explain, NULL, "what each column was taken for, and why", NULL, 0, 0 },
	};
	const struct opt *shared = ingest_opts(&u->io);
	size_t n = sizeof mine / sizeof *mine, k = 0;
	while (shared[k].name)
		k++;
	struct opt *all = arena_zalloc(&u->arena, (n + k + 1) * sizeof *all);
	memcpy(all, shared, k * sizeof *all);
	memcpy(all + k, mine, sizeof mine);
	return all;
}

static const struct entry entries[] = {
	{ .name = "", .help = "turns exports into the store", .need = NEED_WRITE, .takes = TAKE_DRY_RUN, .own_of = own,
	  .operands = "FILE...", .args_max = SIZE_MAX, .before = before, .run = ingest },
	{ 0 }
};
const struct command cmd_ingest = { "ingest", "turns exports into the store", entries };
