/* room: cmd
 * wend touchpoints attribution: who earned the conversions.
 */
#include "cmd/cmd.h"
#include "wend/channels.h"

static struct attribution_options given = { .seed = 1 };

enum wend_err attribution_on(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_attribution(p, &given, &u->ro, r, err);
}

enum wend_err attribution_from(struct run *u, struct report *r, struct err *err)
{
	return metric_attribution_from(u->from, u->nfrom, &given, &u->ro, r, err);
}

const struct opt attribution_opts[] = {
	{ "model", 0, OPT_CHOICE, &given.model, "M", "whose credit 'value' and --credits go by (markov)",
	  "first|last|last_non_direct|linear|position|wshape|decay|shapley|markov|shapley_markov", 0, 0 },
	{ "order", 0, OPT_CHOICE, &given.order, "K", "touches the chain remembers: 1 to 4, or auto (1)", "1|2|3|4|auto", 0, 0 },
	{ "lookback", 0, OPT_TEXT, &given.lookback, "SPAN", "touches so long before a conversion count (30d)", NULL, 0, 0 },
	{ "half-life", 0, OPT_TEXT, &given.half_life, "SPAN", "of time decay (7d); of a table of paths in steps (7)", NULL, 0, 0 },
	{ "conversion", 0, OPT_TEXT, &given.conversion, "WHAT", "purchase, first (purchase), or a step (purchase)", NULL, 0, 0 },
	{ "touch", 0, OPT_TEXT, &given.touch, "STEP,...", "steps that are touches (those with a channel)", NULL, 0, 0 },
	{ "last-non-direct", 0, OPT_FLAG, &given.last_non_direct, NULL, "credit the last touch that is not direct", NULL, 0, 0 },
	{ "per-conversion", 0, OPT_FLAG, &given.per_conversion, NULL, "shares of one conversion instead of all", NULL, 0, 0 },
	{ "reuse", 0, OPT_FLAG, &given.reuse, NULL, "touches before an earlier conversion count again", NULL, 0, 0 },
	{ "order-channel", 0, OPT_FLAG, &given.order_channel, NULL, "without a touch the order's own channel is one", NULL, 0, 0 },
	{ "credits", 0, OPT_FLAG, &given.credits, NULL, "a row a touch of each conversion: pipe it on", NULL, 0, 0 },
	{ "seed", 0, OPT_INT, &given.seed, "N", "seed of the customers held out (1)", NULL, 0, INT64_MAX },
	{ 0 }
};
