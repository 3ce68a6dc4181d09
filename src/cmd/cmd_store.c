/* room: cmd
 * wend store: what is in it, since when, whether it is sound, and what was settled.
 */
#include <errno.h>

#include "cmd/cmd.h"
#include "wend/churn.h"
#include "wend/metric.h"

static struct {
	const char *file, *why, *forget_before;
	bool refused, suggest, adopt;
} given;

static enum wend_err info(struct run *u, struct report *r, struct err *err)
{
	return store_table_info(u->store, r, err);
}

static enum wend_err coverage(struct run *u, struct report *r, struct err *err)
{
	return store_table_coverage(u->store, r, err);
}

static enum wend_err batches(struct run *u, struct report *r, struct err *err)
{
	return store_table_batches(u->store, given.refused, r, err);
}

/* What is wrong with a store is the answer, not a failure to give one: the table is
 * printed, the status tells. */
static enum wend_err check(struct run *u, struct report *r, struct err *err)
{
	if (store_table_check(u->store, r, err)) {
		if (!r->table.nrow)
			return err->code;
		run_raise(u, err->code);
		run_warn(u, "%s", err->msg);
		*err = (struct err)ERR_INIT;
		return WEND_OK;
	}
	return metric_unmatched_check(u->store, &u->ro, r, err);
}

static enum wend_err query(struct run *u, struct report *r, struct err *err)
{
	return store_table_query(u->store, u->args.v[0], r, err);
}

static enum wend_err backup(struct run *u, struct report *r, struct err *err)
{
	const char *to = u->args.v[0];
	if (store_backup(u->store, to, err))
		return err->code;
	table_col(&r->table, "store", COL_TEXT, NULL, -1);
	table_col(&r->table, "copy", COL_TEXT, NULL, -1);
	put_z(&r->table, store_path(u->store));
	put_z(&r->table, to);
	str_printf(&r->finding, "'%s' is a copy of '%s'.", to, store_path(u->store));
	return WEND_OK;
}

/* ---- taking back, tidying ---- */

static enum wend_err number_of(const char *text, int64_t *out, struct err *err)
{
	char *end;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (errno || *end || end == text || v < 1)
		return err_set(err, WEND_E_USAGE, "'%s' is not the number of a batch; 'wend store batches' lists them", text);
	*out = v;
	return WEND_OK;
}

static enum wend_err undo(struct run *u, struct report *r, struct err *err)
{
	table_col(&r->table, "batch", COL_INT, NULL, -1);
	table_col(&r->table, "file", COL_TEXT, NULL, -1);
	table_col(&r->table, "gone", COL_INT, "rows", -1);
	table_col(&r->table, "passed", COL_INT, "rows", -1);
	for (size_t i = 0; i < u->args.n; i++) {
		struct undo_counts c;
		int64_t batch;
		if (number_of(u->args.v[i], &batch, err) || store_undo(u->store, batch, &c, err))
			return err->code;
		put_int(&r->table, batch);
		put_z(&r->table, arena_strdup(&r->table.arena, c.file));
		put_int(&r->table, (int64_t)c.gone);
		put_int(&r->table, (int64_t)c.passed);
		str_printf(&r->finding, "%sbatch %lld ('%s') is undone: %llu rows are gone", i ? "; " : "", (long long)batch, c.file, (unsigned long long)c.gone);
		if (c.heir)
			str_printf(&r->finding, ", %llu belong to batch %lld, whose file begins with this one", (unsigned long long)c.passed, (long long)c.heir);
		else if (c.passed)
			str_printf(&r->finding, ", %llu are held by other files, too, and stay", (unsigned long long)c.passed);
	}
	str_puts(&r->finding, ".");
	line_add(&r->next, "wend store batches");
	return WEND_OK;
}

static enum wend_err compact(struct run *u, struct report *r, struct err *err)
{
	struct compact_counts c;
	int64_t before = 0;
	if ((given.forget_before && number_of(given.forget_before, &before, err)) || store_compact(u->store, before, &c, err))
		return err->code;
	table_col(&r->table, "runs_before", COL_INT, NULL, -1);
	table_col(&r->table, "runs_after", COL_INT, NULL, -1);
	table_col(&r->table, "rows", COL_INT, NULL, -1);
	table_col(&r->table, "dropped", COL_INT, "rows", -1);
	table_col(&r->table, "bytes_before", COL_INT, "bytes", -1);
	table_col(&r->table, "bytes_after", COL_INT, "bytes", -1);
	const int64_t v[] = { (int64_t)c.runs_before, (int64_t)c.runs_after, (int64_t)c.rows, (int64_t)c.dropped, c.bytes_before, c.bytes_after };
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		put_int(&r->table, v[i]);
	str_printf(&r->finding, "%llu runs became %llu, %lld bytes became %lld", (unsigned long long)c.runs_before, (unsigned long long)c.runs_after, (long long)c.bytes_before, (long long)c.bytes_after);
	if (before)
		str_printf(&r->finding, "; batches below %lld can no longer be undone", (long long)before);
	str_puts(&r->finding, ".");
	return WEND_OK;
}

/* ---- settings ---- */

static void settings_columns(struct table *t)
{
	table_col(t, "section", COL_TEXT, NULL, -1);
	table_col(t, "name", COL_TEXT, NULL, -1);
	table_col(t, "value", COL_TEXT, NULL, -1);
}

static bool put_setting(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence)
{
	struct report *r = ctx;
	(void)when;
	(void)whence;
	put_z(&r->table, section);
	put_z(&r->table, name);
	put_z(&r->table, value);
	return true;
}

/* What the data suggest becomes what is fixed, with the evidence beside it. */
static enum wend_err adopt(struct run *u, struct report *r, struct err *err)
{
	static const char *const all[] = { "window" };
	const char *const *names = u->args.n ? (const char *const *)u->args.v : all;
	struct str value = STR_INIT, why = STR_INIT;
	enum wend_err e = WEND_OK;
	for (size_t i = 0; !e && i < (u->args.n ? u->args.n : 1); i++) {
		str_reset(&value);
		str_reset(&why);
		e = churn_proposal(u->store, names[i], &value, &why, err);
		if (!e)
			e = store_set(u->store, NULL, names[i], value.p, given.why ? given.why : why.p, err);
		if (!e)
			str_printf(&r->finding, "%s%s is now '%s': %s", i ? " " : "", names[i], value.p, why.p);
	}
	settings_columns(&r->table);
	store_each_setting(u->store, put_setting, r);
	line_add(&r->next, "wend store settings");
	str_release(&value);
	str_release(&why);
	return e;
}

static enum wend_err set(struct run *u, struct report *r, struct err *err)
{
	const char *name;
	if (given.file && given.adopt)
		return err_set(err, WEND_E_USAGE, "'--file' and '--adopt' together; give one of them");
	if (given.adopt)
		return adopt(u, r, err);
	if (given.file && u->args.n)
		return err_set(err, WEND_E_USAGE, "'--file' brings names and values; leave '%s' out", u->args.v[0]);
	if (given.file) {
		if (store_set_file(u->store, given.file, err))
			return err->code;
		str_printf(&r->finding, "the settings are those of '%s'.", given.file);
		line_add(&r->next, "wend store settings");
		settings_columns(&r->table);
		return WEND_OK;
	}
	if (u->args.n != 2)
		return err_set(err, WEND_E_USAGE, "give NAME VALUE, '--file FILE' or '--adopt'");
	name = u->args.v[0];
	if (store_set(u->store, NULL, name, u->args.v[1], given.why ? given.why : "set by hand", err))
		return err->code;
	settings_columns(&r->table);
	store_each_setting(u->store, put_setting, r);
	if (*u->args.v[1])
		str_printf(&r->finding, "%s is now '%s'.", name, u->args.v[1]);
	else
		str_printf(&r->finding, "%s is no longer set.", name);
	return WEND_OK;
}

static bool list_one(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence)
{
	struct report *r = ctx;
	put_setting(r, section, name, value, when, whence);
	put_int(&r->table, wtime_instant_of(when));
	put_z(&r->table, whence);
	return true;
}

/* As the file that `store set --file` reads, unless a table was asked for. */
static enum wend_err settings(struct run *u, struct report *r, struct err *err)
{
	if (given.suggest)
		return store_settings_suggest(u->store, &r->own, err);
	settings_columns(&r->table);
	table_col(&r->table, "set", COL_TIME, NULL, -1);
	table_col(&r->table, "whence", COL_TEXT, NULL, -1);
	store_each_setting(u->store, list_one, r);
	if (!u->style && u->format)
		return WEND_OK;
	store_settings_text(u->store, &r->own);
	if (!r->own.n)
		str_puts(&r->own, "# nothing is set: wend store set NAME VALUE, or wend store settings --suggest\n");
	return WEND_OK;
}

static const struct opt settings_opts[] = {
	{ "suggest", 0, OPT_FLAG, &given.suggest, NULL, "a first file, proposed from the data", NULL, 0, 0 },
	{ 0 }
};
static const struct opt batches_opts[] = {
	{ "refused", 0, OPT_FLAG, &given.refused, NULL, "the files that were refused, and why", NULL, 0, 0 },
	{ 0 }
};
static const struct opt compact_opts[] = {
	{ "forget-before", 0, OPT_TEXT, &given.forget_before, "BATCH", "drop versions that lost to others, both from batches below it", NULL, 0, 0 },
	{ 0 }
};
static const struct opt set_opts[] = {
	{ "file", 0, OPT_TEXT, &given.file, "FILE", "take every setting of this file", NULL, 0, 0 },
	{ "adopt", 0, OPT_FLAG, &given.adopt, NULL, "fix what the data suggest, with the evidence: window", NULL, 0, 0 },
	{ "why", 0, OPT_TEXT, &given.why, "TEXT", "kept beside the value: where it comes from", NULL, 0, 0 },
	{ 0 }
};

static const struct entry entries[] = {
	{ .name = "info", .help = "what is in the store", .need = NEED_READ, .run = info },
	{ .name = "coverage", .help = "each source by month: first day, last day, holes", .need = NEED_READ, .takes = TAKE_ROWS, .run = coverage },
	{ .name = "check", .help = "is the store sound, and what should a person know", .need = NEED_READ, .takes = TAKE_ROWS, .run = check },
	{ .name = "set", .help = "settle a fact or a choice", .need = NEED_WRITE, .own = set_opts, .operands = "[NAME VALUE]", .args_max = 2, .run = set },
	{ .name = "settings", .help = "what was settled, when and whence, as a file", .need = NEED_READ, .formats = "ini", .own = settings_opts, .run = settings },
	{ .name = "batches", .help = "one row an ingested file", .need = NEED_READ, .takes = TAKE_ROWS, .own = batches_opts, .run = batches },
	{ .name = "undo", .help = "take back what a file said", .need = NEED_CHANGE, .operands = "BATCH...", .args_min = 1, .args_max = SIZE_MAX, .run = undo },
	{ .name = "compact", .help = "one run a kind; what was undone leaves the file", .need = NEED_CHANGE, .own = compact_opts, .run = compact },
	{ .name = "query", .help = "your own SQL on a read-only connection", .need = NEED_READ, .takes = TAKE_ROWS, .operands = "SQL", .args_min = 1, .args_max = 1, .run = query },
	{ .name = "backup", .help = "a copy of the store, also while others use it", .need = NEED_READ, .operands = "FILE", .args_min = 1, .args_max = 1, .run = backup },
	{ 0 }
};
const struct command cmd_store = { "store", "what is in the store, and its settings", entries };
