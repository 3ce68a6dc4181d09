/* room: cmd
 * wend simulate: a company that does not exist, as exports, with the truth about it.
 */
#include "cmd/cmd.h"
#include "wend/simulate.h"

static struct simulate_options given = { .seed = 1 };

static const struct opt files_opts[] = {
	{ "output", 'o', OPT_TEXT, &given.dir, "DIR", "the folder to write; it must not be there yet", NULL, 0, 0 },
	{ "company", 0, OPT_CHOICE, &given.company, "NAME", "shop, saas or hotel (shop)", "shop|saas|hotel", 0, 0 },
	{ "customers", 0, OPT_INT, &given.customers, "N", "so many customers (1000)", NULL, 1, 400000000 },
	{ "orders", 0, OPT_INT, &given.orders, "N", "as many customers as about N orders take", NULL, 1, INT64_C(4000000000) },
	{ "seed", 0, OPT_INT, &given.seed, "N", "another seed, another company (1)", NULL, 0, INT64_MAX },
	{ "since", 0, OPT_TEXT, &given.since, "DATE", "the first day", NULL, 0, 0 },
	{ "until", 0, OPT_TEXT, &given.until, "DATE", "the last day (2026-10-31)", NULL, 0, 0 },
	{ "days", 0, OPT_INT, &given.days, "N", "how long (730)", NULL, 28, 30 * 366 },
	{ "set", 0, OPT_LIST, &given.set, "NAME=N,...", "set a rate, a trap or an effect: late=0.2,refunds=0", NULL, 0, 0 },
	{ "without", 0, OPT_CHOICE, &given.without, "WHAT", "traps, effects or both: clean files, or nothing to find", "traps|effects|both", 0, 0 },
	{ "replace", 0, OPT_FLAG, &given.replace, NULL, "an earlier simulation in DIR may go", NULL, 0, 0 },
	{ "threads", 0, OPT_INT, &given.threads, "N", "threads (one a processor); the bytes are the same", NULL, 1, 64 },
	{ 0 }
};
static const struct opt parameter_opts[] = {
	{ "company", 0, OPT_CHOICE, &given.company, "NAME", "shop, saas or hotel (shop)", "shop|saas|hotel", 0, 0 },
	{ "set", 0, OPT_LIST, &given.set, "NAME=N,...", "as they would be with these", NULL, 0, 0 },
	{ "without", 0, OPT_CHOICE, &given.without, "WHAT", "traps, effects or both: as they would be without", "traps|effects|both", 0, 0 },
	{ 0 }
};

static enum wend_err files(struct run *u, struct report *r, struct err *err)
{
	(void)u;
	given.version = WEND_VERSION;
	enum wend_err e = simulate_write(&given, r, err);
	opt_list_release(&given.set);
	return e;
}

static enum wend_err parameters(struct run *u, struct report *r, struct err *err)
{
	(void)u;
	enum wend_err e = simulate_parameters(&given, r, err);
	opt_list_release(&given.set);
	return e;
}

static enum wend_err names(struct run *u, struct report *r, struct err *err)
{
	(void)u;
	return simulate_names(r, err);
}

static const struct entry entries[] = {
	{ .name = "files", .help = "exports of an invented company, and the truth about it", .need = NEED_NONE, .takes = TAKE_ROWS, .own = files_opts, .run = files },
	{ .name = "parameters", .help = "what --set can change, with its value", .need = NEED_NONE, .takes = TAKE_ROWS, .own = parameter_opts, .run = parameters },
	{ .name = "names", .help = "what the names in truth.csv mean", .need = NEED_NONE, .takes = TAKE_ROWS, .run = names },
	{ 0 }
};
const struct command cmd_simulate = { "simulate", "an invented company's exports, with the truth about it", entries };
