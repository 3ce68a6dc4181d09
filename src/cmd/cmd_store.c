/* room: cmd
 * wend store: what is in it, since when, whether it is sound, and what was settled.
 */
#include "cmd/cmd.h"

static struct {
	const char *file, *why;
	bool refused;
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
	}
	return WEND_OK;
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

/* ---- settings ---- */

/* Names that need no section in front of them. */
static const struct known {
	const char *section, *name;
} known[] = {
	{ "company", "name" }, { "company", "currency" }, { "company", "timezone" }, { "company", "country" },
	{ "company", "margin" }, { "company", "contact_cost" }, { "company", "hour_cost" }, { "company", "week_start" },
	{ "choices", "revenue" }, { "choices", "definition" }, { "choices", "window" }, { "choices", "model" },
};
static const char *const sections[] = { "company", "choices", "names", "stages", "promises", "calendar", "sources", "segments", "marks", "targets", "mail", NULL };

/* "margin" or "section.name"; a calendar's or source's section keeps its quoted name. */
static enum wend_err split_name(struct run *u, const char *text, const char **section, const char **name, struct err *err)
{
	const char *names[sizeof known / sizeof *known + 1];
	size_t n = sizeof known / sizeof *known;
	for (size_t i = 0; i < n; i++) {
		names[i] = known[i].name;
		if (!strcmp(known[i].name, text)) {
			*section = known[i].section;
			*name = known[i].name;
			return WEND_OK;
		}
	}
	names[n] = NULL;
	const char *dot = strchr(text, '.');
	if (!dot || !dot[1]) {
		const char *near = suggest(text, names);
		if (near)
			return err_set(err, WEND_E_USAGE, "no setting '%s'; did you mean '%s'?", text, near);
		return err_set(err, WEND_E_USAGE, "no setting '%s'; write SECTION.NAME, such as 'names.call*'", text);
	}
	*section = arena_strndup(&u->arena, text, (size_t)(dot - text));
	*name = dot + 1;
	size_t word = strcspn(*section, " ");
	for (const char *const *s = sections; *s; s++)
		if (strlen(*s) == word && !memcmp(*s, *section, word))
			return WEND_OK;
	return err_set(err, WEND_E_USAGE, "no section '%s'; there are company, choices, names, stages, promises, calendar, sources, segments, marks, targets, mail", *section);
}

static void settings_columns(struct table *t)
{
	table_col(t, "section", COL_TEXT, NULL, -1);
	table_col(t, "name", COL_TEXT, NULL, -1);
	table_col(t, "value", COL_TEXT, NULL, -1);
}

static enum wend_err set(struct run *u, struct report *r, struct err *err)
{
	const char *section, *name;
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
		return err_set(err, WEND_E_USAGE, "give NAME VALUE, or '--file FILE'");
	if (split_name(u, u->args.v[0], &section, &name, err) || store_set(u->store, section, name, u->args.v[1], given.why ? given.why : "set by hand", err))
		return err->code;
	settings_columns(&r->table);
	put_z(&r->table, section);
	put_z(&r->table, name);
	put_z(&r->table, u->args.v[1]);
	str_printf(&r->finding, "%s.%s is now '%s'.", section, name, u->args.v[1]);
	return WEND_OK;
}

struct listing {
	struct report *r;
	struct str section;
	bool ini;
};

static bool list_one(void *ctx, const char *section, const char *name, const char *value, int64_t when, const char *whence)
{
	struct listing *l = ctx;
	if (!l->ini) {
		put_z(&l->r->table, section);
		put_z(&l->r->table, name);
		put_z(&l->r->table, value);
		put_int(&l->r->table, wtime_instant_of(when));
		put_z(&l->r->table, whence);
		return true;
	}
	if (!l->r->own.n || strcmp(l->section.p, section)) {
		str_printf(&l->r->own, "%s[%s]\n", l->r->own.n ? "\n" : "", section);
		str_reset(&l->section);
		str_puts(&l->section, section);
	}
	struct str day = STR_INIT;
	wtime_text(&day, wtime_instant_of(when), zone_utc());
	str_printf(&l->r->own, "; %s%s%s\n%s = %s\n", day.p, whence && *whence ? ", " : "", whence ? whence : "", name, value);
	str_release(&day);
	return true;
}

/* As the file that `store set --file` reads, unless a table was asked for. */
static enum wend_err settings(struct run *u, struct report *r, struct err *err)
{
	struct listing l = { r, STR_INIT, u->style || !u->format };
	(void)err;
	settings_columns(&r->table);
	table_col(&r->table, "set", COL_TIME, NULL, -1);
	table_col(&r->table, "whence", COL_TEXT, NULL, -1);
	store_each_setting(u->store, list_one, &l);
	if (l.ini && !r->own.n)
		str_puts(&r->own, "; nothing is set: wend store set NAME VALUE\n");
	str_release(&l.section);
	return WEND_OK;
}

static const struct opt batches_opts[] = {
	{ "refused", 0, OPT_FLAG, &given.refused, NULL, "the files that were refused, and why", NULL, 0, 0 },
	{ 0 }
};
static const struct opt set_opts[] = {
	{ "file", 0, OPT_TEXT, &given.file, "FILE", "take every setting of this file", NULL, 0, 0 },
	{ "why", 0, OPT_TEXT, &given.why, "TEXT", "kept beside the value: where it comes from", NULL, 0, 0 },
	{ 0 }
};

static const struct entry entries[] = {
	{ .name = "info", .help = "what is in the store", .need = NEED_READ, .run = info },
	{ .name = "coverage", .help = "each source by month: first day, last day, holes", .need = NEED_READ, .takes = TAKE_ROWS, .run = coverage },
	{ .name = "check", .help = "is the store sound, and what should a person know", .need = NEED_READ, .takes = TAKE_ROWS, .run = check },
	{ .name = "set", .help = "settle a fact or a choice", .need = NEED_WRITE, .own = set_opts, .operands = "[NAME VALUE]", .args_max = 2, .run = set },
	{ .name = "settings", .help = "what was settled, when and whence, as a file", .need = NEED_READ, .formats = "ini", .run = settings },
	{ .name = "batches", .help = "one row an ingested file", .need = NEED_READ, .takes = TAKE_ROWS, .own = batches_opts, .run = batches },
	{ .name = "query", .help = "your own SQL on a read-only connection", .need = NEED_READ, .takes = TAKE_ROWS, .operands = "SQL", .args_min = 1, .args_max = 1, .run = query },
	{ .name = "backup", .help = "a copy of the store, also while others use it", .need = NEED_READ, .operands = "FILE", .args_min = 1, .args_max = 1, .run = backup },
	{ 0 }
};
const struct command cmd_store = { "store", "what is in the store, and its settings", entries };
