/* room: cmd
 * wend customer: one journey line by line, and who is meant.
 */
#include "cmd/privacy.h"
#include "wend/metric.h"

static enum wend_err show(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_customer_log(p, u->args.v[0], r, err);
}

static enum wend_err find(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_customer_find(p, u->args.v[0], r, err);
}

static const struct entry entries[] = {
	{ .name = "show", .help = "one journey, line by line", .need = NEED_READ, .takes = TAKE_TZ | TAKE_ROWS, .operands = "CUSTOMER", .args_min = 1, .args_max = 1, .people = by_orders, .on = show },
	{ .name = "find", .help = "customers with a text in a name, e-mail, phone or key", .need = NEED_READ, .takes = TAKE_TZ | TAKE_ROWS, .operands = "TEXT", .args_min = 1, .args_max = 1, .people = by_orders, .on = find },
	{ .name = "join", .help = "two keys are one person", .need = NEED_CHANGE, .operands = "KEY KEY", .args_min = 2, .args_max = 2, .run = customer_join },
	{ .name = "part", .help = "a key that joins nothing", .need = NEED_CHANGE, .operands = "KEY", .args_min = 1, .args_max = 1, .run = customer_part },
	{ .name = "export", .help = "everything held of a person, as one JSON document", .need = NEED_READ, .takes = TAKE_TZ, .operands = "CUSTOMER", .args_min = 1, .args_max = 1, .people = by_orders, .on = customer_export },
	{ .name = "erase", .help = "take people out for good; they do not come back", .need = NEED_CHANGE, .takes = TAKE_ONLY | TAKE_DRY_RUN, .operands = "[CUSTOMER...]", .args_max = SIZE_MAX, .run = customer_erase },
	{ .name = "mask", .help = "records, or a table, with pseudonyms for people", .need = NEED_READ, .takes = TAKE_TZ | TAKE_ROWS, .own = mask_opts, .run = customer_mask },
	{ 0 }
};
const struct command cmd_customer = { "customer", "one journey, line by line", entries };
