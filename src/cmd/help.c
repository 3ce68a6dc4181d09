/* room: cmd
 * What -h prints, made from the tables. SYNOPSIS of the pages is the same text.
 */
#include "cmd/cmd.h"

#define WIDTH 78

static bool lone(const struct command *c)
{
	return !*c->entries->name;
}

void help_synopsis(struct str *out, const struct command *c, const struct entry *e)
{
	str_printf(out, "wend");
	if (*c->name)
		str_printf(out, " %s", c->name);
	if (e && *e->name)
		str_printf(out, " %s", e->name);
	else if (!e && !lone(c))
		str_puts(out, " [REPORT]");
	str_puts(out, " [options]");
	if (!e)
		e = c->entries;
	if (e->operands)
		str_printf(out, " %s", e->operands);
	else if (e->need == NEED_SOURCE)
		str_puts(out, " [FILE...]");
	str_putc(out, '\n');
}

static void rows(struct str *out, const char *name, const char *help, int width)
{
	str_printf(out, "  %-*s  %s\n", width, name, help);
}

static void options(struct str *out, struct run *u)
{
	const struct opt *const *tables = run_options(u);
	const struct opt *first[8] = { NULL };
	const struct opt *files[2] = { NULL, NULL };
	size_t n = 0;
	while (tables[n] && n < 7) {
		first[n] = tables[n];
		n++;
	}
	if (u->entry->need == NEED_SOURCE) {
		files[0] = first[n - 1];
		first[n - 1] = NULL;
	}
	opt_help(out, first);
	if (files[0] && files[0]->name) {
		str_puts(out, "\nOPTIONS FOR FILES (read for this one look, nothing is kept)\n");
		opt_help(out, files);
	}
	str_puts(out, "\nExit status: 0 done, 1 --fail-if, 2 usage, 3 input, 4 store or file, 5 model\n");
}

void help_command(struct str *out, struct run *u)
{
	const struct command *c = u->cmd;
	size_t width = 0;
	str_printf(out, "%s: %s\n\nSYNOPSIS\n", c->name, c->help);
	for (const struct entry *e = c->entries; e->name; e++) {
		if (strlen(e->name) > width)
			width = strlen(e->name);
		str_puts(out, "  ");
		help_synopsis(out, c, e);
	}
	if (!lone(c)) {
		str_puts(out, "\nREPORTS\n");
		for (const struct entry *e = c->entries; e->name; e++)
			rows(out, e->name, e->help, (int)width);
		str_printf(out, "\nOPTIONS of '%s %s' (of another: wend %s REPORT -h)\n", c->name, c->entries->name, c->name);
	} else {
		str_puts(out, "\nOPTIONS\n");
	}
	options(out, u);
}

void help_entry(struct str *out, struct run *u)
{
	const struct entry *e = u->entry;
	str_printf(out, "%s %s: %s\n\nSYNOPSIS\n  ", u->cmd->name, e->name, e->help);
	help_synopsis(out, u->cmd, e);
	str_puts(out, "\nOPTIONS\n");
	options(out, u);
}

void help_program(struct str *out, struct run *u)
{
	size_t width = 0;
	str_puts(out, "wend: customer-journey analytics for the command line\n\nSYNOPSIS\n"
		"  wend [options]\n"
		"  wend COMMAND [REPORT] [options] [FILE...]\n"
		"  wend help [COMMAND [REPORT]]\n\nCOMMANDS\n");
	for (const struct command *const *c = commands; *c; c++)
		if (strlen((*c)->name) > width)
			width = strlen((*c)->name);
	for (const struct command *const *c = commands; *c; c++) {
		rows(out, (*c)->name, (*c)->help, (int)width);
		if (lone(*c))
			continue;
		size_t at = 0;
		for (const struct entry *e = (*c)->entries; e->name; e++) {
			size_t need = strlen(e->name) + 2;
			if (!at || at + need > WIDTH) {
				str_printf(out, "%s%*s", at ? ",\n" : "", (int)width + 4, "");
				at = width + 4;
			} else {
				str_puts(out, ", ");
			}
			str_puts(out, e->name);
			at += need;
		}
		str_putc(out, '\n');
	}
	str_puts(out, "\nOPTIONS\n");
	opt_help(out, run_options(u));
}
