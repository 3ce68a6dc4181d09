/* Any words behind any command, one a line: the command, its report, what follows. They are parsed by the report's own tables, and where
 * it only reads it is run on a small store, so that dates, spans, filters, fields, sort
 * orders and conditions come to where they are read. Checked: it works, or a sentence says
 * why not. */
#include "fuzz.h"
#include "cmd/cmd.h"

enum { WORDS = 40 };

static struct store *small(void)
{
	static struct store *s;
	struct err err = ERR_INIT;

	if (!s) {
		demand(!store_open(&s, "", STORE_MEMORY, &err));
		fuzz_fill(s);
	}
	return s;
}

/* Values of a command's own table are kept by its file, not by the run. */
struct kept {
	const struct opt *o;
	union {
		bool flag;
		int64_t whole;
		double real;
		const char *text;
	};
};

static size_t size_of(const struct opt *o)
{
	return o->type == OPT_FLAG ? sizeof(bool) : o->type == OPT_INT ? sizeof(int64_t) : o->type == OPT_REAL ? sizeof(double) : o->type == OPT_LIST ? 0 : sizeof(const char *);
}

static size_t keep(struct kept *to, const struct opt *own)
{
	size_t n = 0;

	for (; own && own->name && n < WORDS; own++) {
		to[n].o = own;
		memcpy(&to[n].whole, own->value, size_of(own));
		n++;
	}
	return n;
}

static void give_back(const struct kept *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		memcpy(from[i].o->value, &from[i].whole, size_of(from[i].o));
		if (from[i].o->type == OPT_LIST)
			opt_list_release(from[i].o->value);
	}
}

static bool only_reads(const struct run *u)
{
	if (u->entry->need == NEED_SOURCE)
		return true;
	return u->cmd == &cmd_customer && (!strcmp(u->entry->name, "show") || !strcmp(u->entry->name, "find"));
}

static void run_report(struct run *u)
{
	static struct str list;
	static const char who[] = "customer\nc1\nbo@example.com\n";
	struct report r;
	struct str out = STR_INIT;
	struct err err = ERR_INIT;

	if (u->entry->need == NEED_SOURCE)
		u->args.n = 0; /* they would be files */
	else if (u->args.n < u->entry->args_min)
		return;
	u->store = small();
	u->quiet = true;
	u->ro.threads = 1;
	u->ro.from.n = 0;
	u->ro.store = NULL;
	if (u->ro.only)
		u->ro.only = fuzz_file(&list, "only", who, sizeof who - 1);
	report_init(&r);
	enum wend_err e = entry_report(u, &r, &err);
	if (!e)
		e = after_report(u, &r, &err);
	demand(e == WEND_OK || *err.msg);
	if (!e)
		out_table(&out, &r.table, OUT_CSV, &u->oo, r.zone);
	str_release(&out);
	report_release(&r);
}

/* By name, else any. */
static const struct command *choose_command(const char *word)
{
	const struct command *c = command_find(word);
	size_t n = 0;

	while (commands[n])
		n++;
	return c ? c : commands[(uint8_t)*word % n];
}

static const struct entry *choose_entry(const struct command *c, const char *word)
{
	const struct entry *e = entry_find(c, word);
	size_t n = 0;

	while (c->entries[n].name)
		n++;
	return e ? e : &c->entries[(uint8_t)*word % n];
}

static int cut_words(char **words, char *text)
{
	int n = 0;

	while (n < WORDS) {
		words[n++] = text;
		text = strchr(text, '\n');
		if (!text)
			break;
		*text++ = 0;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS], *text = xstrndup((const char *)data, size);
	struct kept kept[WORDS];
	struct err err = ERR_INIT;
	const int n = cut_words(words, text);
	struct run u = { .cmd = choose_command(words[0]), .arena = ARENA_INIT };

	u.entry = choose_entry(u.cmd, n > 1 ? words[1] : "");
	const struct opt *const *tables = run_options(&u);
	const size_t nkept = keep(kept, u.entry->own_of ? tables[0] : u.entry->own);
	const enum wend_err e = opt_parse(tables, n > 2 ? n - 2 : 0, words + 2, &u.args, &err);
	demand(e == WEND_OK ? !*err.msg : e == WEND_E_USAGE && *err.msg);
	if (!e && only_reads(&u))
		run_report(&u);
	if (u.help) {
		struct str help = STR_INIT;
		help_entry(&help, &u);
		demand(help.n > 0 && utf8_valid(help.p, help.n, NULL));
		str_release(&help);
	}
	give_back(kept, nkept);
	opt_list_release(&u.ro.where);
	opt_list_release(&u.ro.kinds);
	opt_list_release(&u.ro.from);
	opt_list_release(&u.io.map);
	opt_list_release(&u.io.konst);
	opt_list_release(&u.io.keep);
	free(u.args.v);
	arena_release(&u.arena);
	free(text);
	return 0;
}
