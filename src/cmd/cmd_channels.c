/* room: cmd
 * wend channels: what it costs to win customers, what they bring, where the money should go.
 */
#include "cmd/cmd.h"
#include "wend/channels.h"

#include <math.h>

static struct channel_options given = { .value = { .margin = NAN, .discount = NAN, .seed = 1 }, .hour_cost = NAN };
static const char *credit;

typedef enum wend_err channel_fn(const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err);

static enum wend_err run_channels(channel_fn *f, struct run *u, struct report *r, struct err *err)
{
	struct population p;
	struct table t;
	if (credit && given.credit_model)
		return err_set(err, WEND_E_USAGE, "'--credit' brings the credit, '--credit-model' computes it; leave one out");
	if ((credit || given.credit_model) && given.by && strcmp(given.by, "channel"))
		return err_set(err, WEND_E_USAGE, "credit goes to channels; leave out '--by %s'", given.by);
	table_init(&t);
	enum wend_err e = credit ? run_read_table(&t, credit, err) : WEND_OK;
	given.credit = credit ? &t : NULL;
	if (!e)
		e = population_init(&p, u->store, &u->ro, KIND_ORDERS, err);
	if (!e) {
		e = f(&p, &given, &u->ro, r, err);
		population_release(&p);
	}
	given.credit = NULL;
	table_release(&t);
	return e;
}

static enum wend_err summary(struct run *u, struct report *r, struct err *err)
{
	return run_channels(metric_channels, u, r, err);
}

static enum wend_err payback(struct run *u, struct report *r, struct err *err)
{
	return run_channels(metric_channel_payback, u, r, err);
}

static enum wend_err marginal(struct run *u, struct report *r, struct err *err)
{
	return run_channels(metric_channel_marginal, u, r, err);
}

#define OPTIONS \
	{ "credit", 0, OPT_TEXT, &credit, "FILE|-", "credit rows say who won the customers", NULL, 0, 0 }, \
	{ "credit-model", 0, OPT_CHOICE, &given.credit_model, "M", "the same by a model of attribution: first, last, linear, markov ...", \
	  "first|last|last_non_direct|linear|position|wshape|decay|shapley|markov|shapley_markov", 0, 0 }, \
	{ "margin", 0, OPT_REAL, &given.value.margin, "SHARE", "margin of the revenue (as set in the store)", NULL, 0, 0 }, \
	{ "discount", 0, OPT_REAL, &given.value.discount, "RATE", "discount a year (0.10)", NULL, 0, 0 }, \
	{ "model", 0, OPT_CHOICE, &given.value.model, "M", "auto, bgnbd, mbgnbd, pnbd or mbgcnbd (auto)", "auto|bgnbd|mbgnbd|pnbd|mbgcnbd", 0, 0 }, \
	{ "hour-cost", 0, OPT_REAL, &given.hour_cost, "MONEY", "cost of a working hour (as set in the store)", NULL, 0, 0 }
static const struct opt summary_opts[] = {
	{ "by", 0, OPT_CHOICE, &given.by, "FIELD", "channel, campaign or promotion (channel)", "channel|campaign|promotion", 0, 0 },
	OPTIONS,
	{ "scale-at", 0, OPT_REAL, &given.scale_at, "RATIO", "a channel above it, with its lower limit, deserves more (3)", NULL, 0, 0 },
	{ "payback-within", 0, OPT_INT, &given.payback_within, "MONTHS", "and is paid back in this time (12)", NULL, 1, 36 },
	{ "alone-days", 0, OPT_INT, &given.alone_days, "DAYS", "only_here: days before the first purchase (90)", NULL, 1, 3650 },
	{ 0 }
};
static const struct opt plain_opts[] = { OPTIONS, { 0 } };
#define TAKE_CHANNELS (TAKE_AS_OF | TAKE_SPAN | TAKE_TZ | TAKE_WHERE | TAKE_ONLY | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS | TAKE_MONEY | TAKE_MIN_N | TAKE_PLOT)
static const struct entry entries[] = {
	{ .name = "summary", .help = "what customers cost and bring, and where money should go", .need = NEED_SOURCE, .takes = TAKE_CHANNELS, .own = summary_opts, .run = summary },
	{ .name = "payback", .help = "when the cost of winning a customer comes back", .need = NEED_SOURCE, .takes = TAKE_CHANNELS, .own = plain_opts, .run = payback },
	{ .name = "marginal", .help = "what one customer more costs", .need = NEED_SOURCE, .takes = TAKE_CHANNELS, .own = plain_opts, .run = marginal },
	{ 0 }
};
const struct command cmd_channels = { "channels", "what it costs to win customers, and what they bring", entries };
