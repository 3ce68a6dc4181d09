/* room: cmd
 * Completions for zsh and fish, made from the same tables as bash's. Each word comes with
 * its line of help; both shells show it beside the word.
 */
#include "cmd/cmd.h"

#include <stdarg.h>

/* What two shells spell differently. */
struct spelling {
	const char *function, *end;        /* begin and end of a function called _wend_%s or __wend_%s */
	const char *when, *then;           /* an arm for one key; behind its last word */
	const char *quote;                 /* an apostrophe within single quotes */
};
static const struct spelling zsh = { "_wend_%s() {\n\tcase $1 in\n", "\tesac\n}\n", "\t'%s')\n\t\tprint -rl --", " ;;\n", "'\\''" };
static const struct spelling fish = { "function __wend_%s\n\tswitch $argv[1]\n", "\tend\nend\n", "\tcase '%s'\n\t\tprintf '%%s\\n'", "\n", "\\'" };

static void word(struct str *out, const struct spelling *s, const char *name, const char *help)
{
	str_puts(out, " '");
	str_puts(out, name);
	if (help)
		str_putc(out, '\t');
	for (const char *p = help ? help : ""; *p; p++) {
		if (*p == '\'')
			str_puts(out, s->quote);
		else if (*p == '\\' && s == &fish)
			str_puts(out, "\\\\");
		else
			str_putc(out, *p);
	}
	str_putc(out, '\'');
}

static void __attribute__((format(printf, 3, 4))) arm(struct str *out, const struct spelling *s, const char *fmt, ...)
{
	char key[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(key, sizeof key, fmt, ap);
	va_end(ap);
	const char *mark = strstr(s->when, "%s");
	str_add(out, s->when, (size_t)(mark - s->when));
	str_puts(out, key);
	for (const char *p = mark + 2; *p; p++) {
		if (*p == '%' && p[1] == '%')
			p++;
		str_putc(out, *p);
	}
}

static void begin(struct str *out, const struct spelling *s, const char *name)
{
	const char *mark = strstr(s->function, "%s");

	str_add(out, s->function, (size_t)(mark - s->function));
	str_puts(out, name);
	str_puts(out, mark + 2);
}

static void reports(struct str *out, const struct spelling *s)
{
	begin(out, s, "reports");
	arm(out, s, "%s", "");
	for (const struct command *const *c = commands; *c; c++)
		word(out, s, (*c)->name, (*c)->help);
	word(out, s, "help", "help on a command or a report");
	str_puts(out, s->then);
	for (const struct command *const *c = commands; *c; c++) {
		if (!*(*c)->entries->name)
			continue;
		arm(out, s, "%s", (*c)->name);
		for (const struct entry *e = (*c)->entries; e->name; e++)
			word(out, s, e->name, e->help);
		str_puts(out, s->then);
	}
	str_puts(out, s->end);
}

/* The report a command runs without one. */
static void firsts(struct str *out, const struct spelling *s)
{
	begin(out, s, "first");
	for (const struct command *const *c = commands; *c; c++) {
		if (!*(*c)->entries->name)
			continue;
		arm(out, s, "%s", (*c)->name);
		word(out, s, (*c)->entries->name, NULL);
		str_puts(out, s->then);
	}
	str_puts(out, s->end);
}

/* Options of an entry, or the words of those that offer a choice. */
static void entry_words(struct str *out, const struct spelling *s, const struct command *c, const struct entry *e, bool choices)
{
	struct run u = { .cmd = c, .entry = e, .arena = ARENA_INIT };
	const struct opt *const *tables = run_options(&u);

	if (!choices)
		arm(out, s, "%s/%s", c->name, e->name);
	for (size_t t = 0; tables[t]; t++) {
		for (const struct opt *o = tables[t]; o->name; o++) {
			struct sv rest = sv_of(o->choices), one;
			if (!choices)
				word(out, s, arena_printf(&u.arena, "--%s%s", o->name, o->type == OPT_FLAG ? "" : "="), o->help);
			if (!choices || o->type != OPT_CHOICE)
				continue;
			arm(out, s, "%s/%s/--%s", c->name, e->name, o->name);
			while (sv_cut(&rest, '|', &one))
				word(out, s, arena_strndup(&u.arena, one.p, one.n), NULL);
			str_puts(out, s->then);
			if (!o->letter)
				continue;
			arm(out, s, "%s/%s/-%c", c->name, e->name, o->letter);
			rest = sv_of(o->choices);
			while (sv_cut(&rest, '|', &one))
				word(out, s, arena_strndup(&u.arena, one.p, one.n), NULL);
			str_puts(out, s->then);
		}
	}
	if (!choices)
		str_puts(out, s->then);
	arena_release(&u.arena);
}

static void words(struct str *out, const struct spelling *s, bool choices)
{
	begin(out, s, choices ? "choices" : "options");
	for (const struct command *const *c = commands; *c; c++)
		for (const struct entry *e = (*c)->entries; e->name; e++)
			entry_words(out, s, *c, e, choices);
	entry_words(out, s, &cmd_overview, cmd_overview.entries, choices);
	str_puts(out, s->end);
}

static const char zsh_tail[] =
	"_wend() {\n"
	"\tlocal cmd=${words[1]:t} report= cur=${words[CURRENT]} before=${words[CURRENT - 1]} stem= key w i=2\n"
	"\tlocal -a found names shown\n"
	"\tcmd=${cmd#$_wend_prefix}\n"
	"\tcase $cmd in\n"
	"\tingest | ltv | churn | touchpoints) ;;\n"
	"\t*)\n"
	"\t\tcmd=\n"
	"\t\tif ((CURRENT > 2)) && [[ ${words[2]} != -* ]]; then\n"
	"\t\t\tcmd=${words[2]} i=3\n"
	"\t\t\t[[ $cmd == help ]] && cmd=\n"
	"\t\tfi\n"
	"\t\t;;\n"
	"\tesac\n"
	"\tfound=(${${(f)\"$(_wend_reports \"$cmd\")\"}%%$'\\t'*})\n"
	"\tfor ((; i < CURRENT; i++)); do\n"
	"\t\t[[ -z $report ]] && ((${found[(Ie)${words[i]}]})) && report=${words[i]}\n"
	"\tdone\n"
	"\tkey=$cmd/${report:-$(_wend_first \"$cmd\")}\n"
	"\tif [[ $cur == --*=* ]]; then\n"
	"\t\tbefore=${cur%%=*} stem=${cur%%=*}=\n"
	"\tfi\n"
	"\tfound=(${(f)\"$(_wend_choices \"$key/$before\")\"})\n"
	"\tif ((! $#found)) && [[ -n $stem ]]; then\n"
	"\t\tcompset -P '*='\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif ((! $#found)) && [[ $cur == -* ]]; then\n"
	"\t\tfound=(${(f)\"$(_wend_options \"$key\")\"})\n"
	"\telif ((! $#found)) && [[ -z $report ]]; then\n"
	"\t\tfound=(${(f)\"$(_wend_reports \"$cmd\")\"})\n"
	"\tfi\n"
	"\tif ((! $#found)); then\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfor w in $found; do\n"
	"\t\tnames+=(\"$stem${w%%$'\\t'*}\")\n"
	"\t\tif [[ $w == *$'\\t'* ]]; then shown+=(\"${w%%$'\\t'*}  -- ${w#*$'\\t'}\"); else shown+=(\"$w\"); fi\n"
	"\tdone\n"
	"\tcompadd -l -S '' -d shown -M 'r:|=*' -a names\n"
	"\t[[ -n $report || $cur == -* ]] || _files\n"
	"}\n"
	"if [[ ${funcstack[1]} == _wend ]]; then _wend \"$@\"; else compdef _wend ${_wend_prefix}{wend,ingest,ltv,churn,touchpoints}; fi\n";

static const char fish_tail[] =
	"function __wend_complete\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l cur (commandline -ct)\n"
	"\tset -l cmd (string replace -r '.*/' '' -- $words[1])\n"
	"\tset cmd (string replace -- \"$__wend_prefix\" '' $cmd)\n"
	"\tset -l at 2\n"
	"\tif not contains -- $cmd ingest ltv churn touchpoints\n"
	"\t\tset cmd ''\n"
	"\t\tif test (count $words) -gt 1; and not string match -q -- '-*' $words[2]\n"
	"\t\t\tset cmd $words[2]\n"
	"\t\t\tset at 3\n"
	"\t\t\ttest $cmd = help; and set cmd ''\n"
	"\t\tend\n"
	"\tend\n"
	"\tset -l all (__wend_reports \"$cmd\" | string replace -r '\\t.*' '')\n"
	"\tset -l report ''\n"
	"\tfor w in $words[$at..-1]\n"
	"\t\tif test -z \"$report\"; and contains -- $w $all\n"
	"\t\t\tset report $w\n"
	"\t\tend\n"
	"\tend\n"
	"\tset -l key \"$cmd/$report\"\n"
	"\ttest -n \"$report\"; or set key \"$cmd/\"(__wend_first \"$cmd\")\"\"\n"
	"\ttest -n \"$key\"; or set key \"$cmd/\"\n"
	"\tset -l before $words[-1]\n"
	"\tset -l stem ''\n"
	"\tif string match -q -- '--*=*' $cur\n"
	"\t\tset before (string replace -r '=.*' '' -- $cur)\n"
	"\t\tset stem \"$before=\"\n"
	"\tend\n"
	"\tset -l found (__wend_choices \"$key/$before\")\n"
	"\tif set -q found[1]\n"
	"\t\tprintf '%s\\n' $stem$found\n"
	"\telse if string match -q -- '-*' $cur\n"
	"\t\t__wend_options \"$key\"\n"
	"\telse if test -z \"$report\"\n"
	"\t\t__wend_reports \"$cmd\"\n"
	"\tend\n"
	"end\n"
	"for name in wend ingest ltv churn touchpoints\n"
	"\tcomplete -c \"$__wend_prefix$name\" -a '(__wend_complete)'\n"
	"end\n";

void completions_more(struct str *out, const char *shell)
{
	const struct spelling *s = !strcmp(shell, "zsh") ? &zsh : &fish;

	str_printf(out, "%s# %s completion for wend and its bare names.\n# Made by 'wend --completions %s'; a test keeps it in step with the program.\n\n",
		s == &zsh ? "#compdef wend ingest ltv churn touchpoints\n" : "", shell, shell);
	str_puts(out, s == &zsh ? "_wend_prefix=''\n" : "set -g __wend_prefix ''\n");
	reports(out, s);
	firsts(out, s);
	words(out, s, false);
	words(out, s, true);
	str_puts(out, s == &zsh ? zsh_tail : fish_tail);
}
