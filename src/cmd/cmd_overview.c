/* room: cmd
 * `wend` alone: the ten questions the toolkit is for, which of them this store can answer
 * now, and which export would answer the rest.
 */
#include "cmd/cmd.h"

#include <unistd.h>

#define ANY_MONEY (KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_PAYMENTS) | KIND_BIT(KIND_INVOICES))
#define ANY_STEP (KIND_BIT(KIND_INTERACTIONS) | ANY_MONEY | KIND_BIT(KIND_FEEDBACK) | KIND_BIT(KIND_SUBSCRIPTIONS))

static const struct question {
	const char *subject;
	const char *command, *entry; /* command NULL: no report of its own, the data can be queried; entry NULL: its first */
	uint32_t any;                /* one of these kinds is needed ... */
	uint32_t also;               /* ... and one of these, when not 0 */
} questions[] = {
	{ "the whole journey, where people get stuck", "touchpoints", NULL, ANY_STEP, 0 },
	{ "what comes before and after a support call", "touchpoints", "upstream", KIND_BIT(KIND_INTERACTIONS), 0 },
	{ "who leaves, when, how and why", "churn", NULL, ANY_MONEY | KIND_BIT(KIND_SUBSCRIPTIONS), 0 },
	{ "what a customer is worth over a lifetime", "ltv", NULL, ANY_MONEY, 0 },
	{ "which channels deserve the money", "channels", NULL, KIND_BIT(KIND_SPEND), ANY_MONEY },
	{ "keep or win; what a reward does", "churn", "whatif", ANY_MONEY | KIND_BIT(KIND_SUBSCRIPTIONS), 0 },
	{ "are promises kept", NULL, NULL, KIND_BIT(KIND_INTERACTIONS), 0 },
	{ "same service in every location and team", NULL, NULL, KIND_BIT(KIND_INTERACTIONS), 0 },
	{ "where people are dissatisfied or delighted", "touchpoints", "satisfaction", KIND_BIT(KIND_FEEDBACK), 0 },
	{ "too many contacts, invoices with trouble", "touchpoints", "fatigue", KIND_BIT(KIND_INTERACTIONS), 0 },
};
#define QUESTIONS (sizeof questions / sizeof *questions)

/* The export a person would have, for each kind. */
static const char *const exports[KIND_COUNT] = {
	[KIND_CUSTOMERS] = "a customer list",
	[KIND_ORDERS] = "orders",
	[KIND_INTERACTIONS] = "tickets or calls",
	[KIND_FEEDBACK] = "survey scores",
	[KIND_PAYMENTS] = "payments",
	[KIND_SPEND] = "ad spend",
	[KIND_INVOICES] = "invoices",
	[KIND_SUBSCRIPTIONS] = "subscriptions",
};

/* The first kind of a set is the usual one: orders before payments. */
static void needs(struct str *out, const struct question *q, uint32_t have)
{
	const uint32_t sets[2] = { q->any, q->also };
	for (int i = 0; i < 2; i++) {
		if (!sets[i] || (have & sets[i]))
			continue;
		for (int k = 0; k < KIND_COUNT; k++)
			if (sets[i] & KIND_BIT(k)) {
				str_printf(out, "%s%s", out->n ? ", " : "", exports[k]);
				break;
			}
	}
}

static const struct entry *built(const struct question *q)
{
	const struct command *c = q->command ? command_find(q->command) : NULL;
	return !c ? NULL : q->entry ? entry_find(c, q->entry) : c->entries;
}

static bool answered(const struct question *q, uint32_t have)
{
	return built(q) && (have & q->any) && (!q->also || (have & q->also));
}

/* What to type for it: a command's first report needs no name. */
static void to_type(struct str *out, const struct question *q)
{
	const struct entry *e = built(q);
	if (!e)
		str_puts(out, "wend store query");
	else if (e == command_find(q->command)->entries)
		str_printf(out, "wend %s", q->command);
	else
		str_printf(out, "wend %s %s", q->command, q->entry);
}

static void put_question(struct report *r, struct screen_block *people, size_t i, uint32_t have)
{
	const struct question *q = &questions[i];
	struct str missing = STR_INIT, type = STR_INIT, told = STR_INIT;
	needs(&missing, q, have);
	if (!missing.n)
		to_type(&type, q);

	put_int(&r->table, (int64_t)i + 1);
	put_z(&r->table, q->subject);
	put_z(&r->table, missing.n ? "no" : built(q) ? "yes" : "data");
	put_text(&r->table, type.n ? str_view(&type) : SV_NONE);
	put_text(&r->table, missing.n ? str_view(&missing) : SV_NONE);

	/* Blocks of a screen keep text to the left in their first column only: it holds both. */
	str_printf(&told, "%2zu %-42s %s%s", i + 1, q->subject, missing.n ? "needs " : "", missing.n ? missing.p : type.p);
	put_text(&people->t, str_view(&told));
	str_release(&missing);
	str_release(&type);
	str_release(&told);
}

/* "orders": the first thing still missing, most questions first. */
static const char *next_export(uint32_t have)
{
	const enum kind order[] = { KIND_ORDERS, KIND_INTERACTIONS, KIND_SUBSCRIPTIONS, KIND_SPEND, KIND_FEEDBACK, KIND_INVOICES };
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (!(have & KIND_BIT(order[i])))
			return exports[order[i]];
	return NULL;
}

/* One row of an export may hold two kinds (a ticket and its score), but counts as one row:
 * what is there is known by its days. */
static enum wend_err kinds_there(struct run *u, uint32_t *have, struct err *err)
{
	struct coverage *c;
	size_t n;
	enum wend_err e = store_coverage(u->store, &c, &n, &u->arena, err);
	for (size_t i = 0; !e && i < n; i++)
		*have |= c[i].day_n > 0 ? KIND_BIT(c[i].kind) : 0;
	return e;
}

/* The store as a person here would name it. */
static const char *near_path(struct run *u)
{
	const char *path = store_path(u->store);
	char *here = getcwd(NULL, 0);
	size_t n = here ? strlen(here) : 0;
	if (n && !strncmp(path, here, n) && path[n] == '/')
		path = arena_strdup(&u->arena, path + n + 1);
	free(here);
	return path;
}

static enum wend_err overview(struct run *u, struct report *r, struct err *err)
{
	int64_t rows[KIND_COUNT] = { 0 }, all = 0;
	uint32_t have = 0;
	size_t yes = 0;

	if (u->store && (store_row_counts(u->store, rows, err) || kinds_there(u, &have, err)))
		return err->code;
	for (int k = 0; k < KIND_COUNT; k++)
		all += rows[k];
	table_col(&r->table, "question", COL_INT, NULL, -1);
	table_col(&r->table, "subject", COL_TEXT, NULL, -1);
	table_col(&r->table, "answer", COL_TEXT, NULL, -1);
	table_col(&r->table, "command", COL_TEXT, NULL, -1);
	table_col(&r->table, "needs", COL_TEXT, NULL, -1);
	struct screen_block *people = report_screen(r, NULL);
	table_col(&people->t, arena_printf(&r->arena, "   %-42s ANSWER", "QUESTION"), COL_TEXT, NULL, -1);
	for (size_t i = 0; i < QUESTIONS; i++) {
		put_question(r, people, i, have);
		yes += answered(&questions[i], have);
	}
	if (!u->store)
		str_puts(&r->finding, "no store here yet: 'wend ingest' makes one from any CSV export.");
	else
		str_printf(&r->finding, "%zu of %zu questions have a report on the %" PRId64 " rows in '%s'.", yes, QUESTIONS, all, near_path(u));
	for (size_t i = 0; i < QUESTIONS && r->next.n < 2; i++)
		if (answered(&questions[i], have)) {
			struct str type = STR_INIT;
			to_type(&type, &questions[i]);
			line_add(&r->next, "%s", type.p);
			str_release(&type);
		}
	if (next_export(have))
		line_add(&r->next, "wend ingest FILE   (%s)", next_export(have));
	return WEND_OK;
}

static const struct opt *own(struct run *u)
{
	struct opt *o = arena_zalloc(&u->arena, 2 * sizeof *o);
	o[0] = (struct opt){ "completions", 0, OPT_CHOICE, &u->completions, "SHELL", "print the completion for a shell: bash, zsh or fish", "bash|zsh|fish", 0, 0 };
	return o;
}

static const struct entry entries[] = {
	{ .name = "", .help = "what this store can answer", .need = NEED_MAYBE, .own_of = own, .run = overview },
	{ 0 }
};
const struct command cmd_overview = { "", "what this store can answer", entries };
