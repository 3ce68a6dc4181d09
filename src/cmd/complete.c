/* room: cmd
 * A bash completion made from the tables: commands, their reports, the options of each
 * report, the words of options that offer a choice, and files for the rest.
 */
#include "cmd/cmd.h"

static void entry_words(struct str *out, const struct command *c, const struct entry *e, struct str *choices)
{
	struct run u = { .cmd = c, .entry = e, .arena = ARENA_INIT };
	const struct opt *const *tables = run_options(&u);
	str_printf(out, "\t'%s/%s') echo '", c->name, e->name);
	bool first = true;
	for (size_t t = 0; tables[t]; t++)
		for (const struct opt *o = tables[t]; o->name; o++) {
			str_printf(out, "%s--%s%s", first ? "" : " ", o->name, o->type == OPT_FLAG ? "" : "=");
			first = false;
			if (o->type != OPT_CHOICE)
				continue;
			str_printf(choices, "\t'%s/%s/--%s') echo '", c->name, e->name, o->name);
			struct sv rest = sv_of(o->choices), one;
			for (bool head = true; sv_cut(&rest, '|', &one); head = false)
				str_printf(choices, "%s%.*s", head ? "" : " ", (int)one.n, one.p);
			str_puts(choices, "' ;;\n");
		}
	str_puts(out, "' ;;\n");
	arena_release(&u.arena);
}

static const char head[] =
	"# bash completion for wend and its bare names.\n"
	"# Made by 'wend --completions bash'; a test keeps it in step with the program.\n\n"
	"_wend_prefix=''\n";
static const char tail[] =
	"_wend() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[0]##*/} report='' i=1 words w\n"
	"\tCOMPREPLY=()\n"
	"\tcmd=${cmd#\"$_wend_prefix\"}\n"
	"\tcase $cmd in\n"
	"\tingest | ltv | churn | touchpoints) ;;\n"
	"\t*)\n"
	"\t\tcmd=''\n"
	"\t\tif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then\n"
	"\t\t\tcmd=${COMP_WORDS[1]} i=2\n"
	"\t\t\t[[ $cmd == help ]] && cmd=\n"
	"\t\tfi\n"
	"\t\t;;\n"
	"\tesac\n"
	"\tfor ((; i < COMP_CWORD; i++)); do\n"
	"\t\tfor w in $(_wend_reports \"$cmd\"); do\n"
	"\t\t\t[[ -z $report && ${COMP_WORDS[i]} == \"$w\" ]] && report=$w\n"
	"\t\tdone\n"
	"\tdone\n"
	"\tlocal key=$cmd/$report\n"
	"\t[[ -n $report ]] || key=$cmd/$(_wend_first \"$cmd\")\n"
	"\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tif [[ $before == '=' ]] && ((COMP_CWORD > 1)); then\n"
	"\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\telif [[ $cur == '=' ]]; then\n"
	"\t\tcur=\n"
	"\tfi\n"
	"\tcase $before in\n"
	"\t-f) before=--format ;;\n"
	"\tesac\n"
	"\twords=$(_wend_choices \"$key/$before\")\n"
	"\tif [[ -z $words && $cur == -* ]]; then\n"
	"\t\twords=$(_wend_options \"$key\")\n"
	"\telif [[ -z $words && -z $report ]]; then\n"
	"\t\twords=$(_wend_reports \"$cmd\")\n"
	"\tfi\n"
	"\tfor w in $words; do\n"
	"\t\t[[ $w == \"$cur\"* ]] || continue\n"
	"\t\tif [[ $w == *= ]]; then COMPREPLY+=(\"$w\"); else COMPREPLY+=(\"$w \"); fi\n"
	"\tdone\n"
	"}\n"
	"complete -o nospace -o default -F _wend \"$_wend_prefix\"{wend,ingest,ltv,churn,touchpoints}\n";

static void reports_of(struct str *out, const struct command *c)
{
	bool first = true;
	str_printf(out, "\t'%s') echo '", c->name);
	for (const struct entry *e = c->entries; e->name; e++)
		if (*e->name) {
			str_printf(out, "%s%s", first ? "" : " ", e->name);
			first = false;
		}
	str_puts(out, "' ;;\n");
}

void completions_bash(struct str *out)
{
	struct str options = STR_INIT, choices = STR_INIT, firsts = STR_INIT;
	str_puts(out, head);
	str_puts(out, "_wend_reports() {\n\tcase $1 in\n\t'') echo '");
	for (const struct command *const *c = commands; *c; c++)
		str_printf(out, "%s ", (*c)->name);
	str_puts(out, "help' ;;\n");
	for (const struct command *const *c = commands; *c; c++) {
		reports_of(out, *c);
		if (*(*c)->entries->name)
			str_printf(&firsts, "\t'%s') echo '%s' ;;\n", (*c)->name, (*c)->entries->name);
		for (const struct entry *e = (*c)->entries; e->name; e++)
			entry_words(&options, *c, e, &choices);
	}
	entry_words(&options, &cmd_overview, cmd_overview.entries, &choices);
	str_printf(out, "\tesac\n}\n_wend_first() {\n\tcase $1 in\n%s\tesac\n}\n", firsts.n ? firsts.p : "\t*) ;;\n");
	str_printf(out, "_wend_options() {\n\tcase $1 in\n%s\tesac\n}\n", options.p);
	str_printf(out, "_wend_choices() {\n\tcase $1 in\n%s\tesac\n}\n", choices.p);
	str_puts(out, tail);
	str_release(&options);
	str_release(&choices);
	str_release(&firsts);
}
