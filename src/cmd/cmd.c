/* room: cmd
 * From argv to one entry of the tables: names, links, help, and the last word.
 */
#include "cmd/cmd.h"

#include <unistd.h>

static const char *const links[] = { "ingest", "ltv", "churn", "touchpoints", NULL };

static bool is_link(const char *name)
{
	for (const char *const *l = links; *l; l++)
		if (!strcmp(*l, name))
			return true;
	return false;
}

/* The last line of any run that failed: printed once, here. */
static int fail(const struct command *c, const struct err *err)
{
	fprintf(stderr, "wend%s%s: %s\n", c && *c->name ? " " : "", c ? c->name : "", err->msg);
	return (int)err->code;
}

static int print(const struct str *text, const struct command *c)
{
	struct err err = ERR_INIT;
	fwrite(text->p ? text->p : "", 1, text->n, stdout);
	if (out_finish(&err))
		return fail(c, &err);
	return 0;
}

static int print_help(struct run *u)
{
	struct str text = STR_INIT;
	if (!*u->cmd->name)
		help_program(&text, u);
	else if (u->named)
		help_entry(&text, u);
	else
		help_command(&text, u);
	int status = print(&text, u->cmd);
	str_release(&text);
	return status;
}

/* Does this word's option eat the next word? Looked up in every report of the command,
 * because the report is not known yet. */
static bool eats_next(const struct command *c, const char *word)
{
	bool eats = false;
	if (word[1] == '-' && strchr(word, '='))
		return false;
	for (const struct entry *e = c->entries; e->name && !eats; e++) {
		struct run u = { .cmd = c, .entry = e, .arena = ARENA_INIT };
		const struct opt *const *tables = run_options(&u);
		for (size_t t = 0; tables[t] && !eats; t++)
			for (const struct opt *o = tables[t]; o->name && !eats; o++) {
				if (o->type == OPT_FLAG)
					continue;
				if (word[1] == '-')
					eats = !strcmp(o->name, word + 2);
				else
					eats = o->letter && o->letter == word[strlen(word) - 1] && (!word[2] || strspn(word + 1, "qvh") == strlen(word) - 2);
			}
		arena_release(&u.arena);
	}
	return eats;
}

/* Index of the first operand, argc when there is none. */
static int first_operand(const struct command *c, int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			return argc;
		if (argv[i][0] != '-' || !argv[i][1])
			return i;
		if (eats_next(c, argv[i]))
			i++;
	}
	return argc;
}

static const char *near_report(const struct command *c, const char *word, struct arena *a)
{
	size_t n = 0;
	for (const struct entry *e = c->entries; e->name; e++)
		n++;
	const char **names = arena_zalloc(a, (n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = c->entries[i].name;
	return suggest(word, names);
}

/* A first operand that names no report must be a file, or an operand of the first entry. */
static enum wend_err check_first(const struct command *c, const char *word, struct arena *a, struct err *err)
{
	const struct entry *e = c->entries;
	bool files = e->need == NEED_SOURCE || !*e->name;
	if (files && (!strcmp(word, "-") || strpbrk(word, "./") || access(word, F_OK) == 0))
		return WEND_OK;
	if (!files && e->args_max)
		return WEND_OK;
	if (!*e->name)
		return WEND_OK;
	const char *near = near_report(c, word, a);
	if (near)
		return err_set(err, WEND_E_USAGE, "'%s' is %s; did you mean '%s'?", word, files ? "neither a report nor a file" : "no report", near);
	return err_set(err, WEND_E_USAGE, "'%s' is %s; 'wend %s -h' lists them", word, files ? "neither a report nor a file" : "no report", c->name);
}

static enum wend_err check_args(const struct run *u, struct err *err)
{
	const struct entry *e = u->entry;
	if (e->need == NEED_SOURCE && !e->operands)
		return WEND_OK;
	if (u->args.n > e->args_max)
		return err_set(err, WEND_E_USAGE, "'%s' is one operand too many; 'wend %s%s%s -h' shows the usage", u->args.v[e->args_max],
			u->cmd->name, *e->name ? " " : "", e->name);
	if (u->args.n < e->args_min)
		return err_set(err, WEND_E_USAGE, "%s is missing; 'wend %s%s%s -h' shows the usage", e->operands, u->cmd->name, *e->name ? " " : "", e->name);
	return WEND_OK;
}

static void release(struct run *u)
{
	opt_list_release(&u->ro.where);
	opt_list_release(&u->ro.kinds);
	opt_list_release(&u->ro.from);
	opt_list_release(&u->io.map);
	opt_list_release(&u->io.konst);
	opt_list_release(&u->io.keep);
	free(u->args.v);
	arena_release(&u->arena);
}

/* "map,paths": reports of the command with commas between them? */
static bool several_named(const struct command *c, const char *word)
{
	struct sv rest = sv_of(word), one;
	char name[32];
	if (!entry_several(c) || !strchr(word, ','))
		return false;
	while (sv_cut(&rest, ',', &one)) {
		if (!one.n || one.n >= sizeof name)
			return false;
		memcpy(name, one.p, one.n);
		name[one.n] = 0;
		if (!entry_find(c, name))
			return false;
	}
	return true;
}

static int start(const struct command *c, int argc, char **argv)
{
	struct run u = { .cmd = c, .entry = c->entries, .arena = ARENA_INIT };
	struct err err = ERR_INIT;
	int status;

	int at = first_operand(c, argc, argv);
	if (at < argc) {
		const struct entry *e = entry_find(c, argv[at]);
		if (!e && several_named(c, argv[at])) {
			e = entry_several(c);
			u.reports = argv[at];
		}
		if (e) {
			u.entry = e;
			u.named = true;
			memmove(argv + at, argv + at + 1, (size_t)(argc - at) * sizeof *argv);
			argc--;
		}
	}
	const struct opt *const *tables = run_options(&u);
	enum wend_err e = opt_parse(tables, argc - 1, argv + 1, &u.args, &err);
	if (u.help) {
		status = print_help(&u);
	} else if (e) {
		status = fail(c, &err);
	} else if (u.version || u.completions) {
		struct str text = STR_INIT;
		if (u.version)
			str_puts(&text, "wend " WEND_VERSION "\n");
		else if (!strcmp(u.completions, "bash"))
			completions_bash(&text);
		else
			completions_more(&text, u.completions);
		status = print(&text, c);
		str_release(&text);
	} else if (u.entry == c->entries && u.args.n && check_first(c, u.args.v[0], &u.arena, &err)) {
		status = fail(c, &err);
	} else if (check_args(&u, &err)) {
		status = fail(c, &err);
	} else {
		status = (int)run_entry(&u, &err);
		if (*err.msg)
			fail(c, &err);
	}
	release(&u);
	return status;
}

static int unknown(const char *word)
{
	const char *names[32] = { NULL };
	struct err err = ERR_INIT;
	size_t n = 0;
	for (const struct command *const *c = commands; *c && n < 30; c++)
		names[n++] = (*c)->name;
	names[n] = "help";
	const char *near = suggest(word, names);
	if (near)
		err_set(&err, WEND_E_USAGE, "no command '%s'; did you mean '%s'?", word, near);
	else
		err_set(&err, WEND_E_USAGE, "no command '%s'; 'wend -h' lists them", word);
	return fail(NULL, &err);
}

/* wend help [COMMAND [REPORT]] */
static int help(int argc, char **argv)
{
	struct run u = { .cmd = &cmd_overview, .entry = cmd_overview.entries, .arena = ARENA_INIT };
	int status;
	if (argc > 1) {
		u.cmd = command_find(argv[1]);
		if (!u.cmd)
			return unknown(argv[1]);
		u.entry = u.cmd->entries;
	}
	if (argc > 2) {
		u.entry = entry_find(u.cmd, argv[2]);
		u.named = true;
		if (!u.entry) {
			struct err err = ERR_INIT;
			const char *near = near_report(u.cmd, argv[2], &u.arena);
			err_set(&err, WEND_E_USAGE, "'%s' is no report; %s%s%s", argv[2], near ? "did you mean '" : "'wend help ", near ? near : u.cmd->name, near ? "'?" : "' lists them");
			status = fail(u.cmd, &err);
			arena_release(&u.arena);
			return status;
		}
	}
	status = print_help(&u);
	arena_release(&u.arena);
	return status;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Installed under a prefix, say my-wend, the bare names have it too: my-churn is churn. */
static const char *bare_name(const char *name)
{
	char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return name;
	self[n] = '\0';
	const char *real = base_name(self);
	const size_t prefix = sv_ends(sv_of(real), "wend") ? strlen(real) - 4 : 0;
	return !strncmp(name, real, prefix) ? name + prefix : name;
}

int cmd_main(int argc, char **argv)
{
	const char *name = argc ? bare_name(base_name(argv[0])) : "wend";

	if (is_link(name) && command_find(name))
		return start(command_find(name), argc, argv);
	if (argc < 2 || argv[1][0] == '-')
		return start(&cmd_overview, argc, argv);
	if (!strcmp(argv[1], "help"))
		return help(argc - 1, argv + 1);
	const struct command *c = command_find(argv[1]);
	return c ? start(c, argc - 1, argv + 1) : unknown(argv[1]);
}
