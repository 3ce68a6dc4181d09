/* room: cmd
 * wend ltv: what customers are worth.
 */
#include "cmd/cmd.h"
#include "wend/metric.h"

static enum wend_err summary(struct run *u, struct report *r, struct err *err)
{
	struct population p;
	enum wend_err e = population_init(&p, u->store, &u->ro, KIND_ORDERS, err);
	if (e)
		return e;
	e = metric_ltv_history(&p, &u->ro, r, err);
	population_release(&p);
	return e;
}

static enum wend_err rfm(struct run *u, struct report *r, struct err *err)
{
	struct population p;
	enum wend_err e;
	if (u->nfrom)
		return metric_rfm_from(u->from, u->nfrom, &u->ro, r, err);
	e = population_init(&p, u->store, &u->ro, KIND_ORDERS, err);
	if (e)
		return e;
	e = metric_rfm(&p, &u->ro, r, err);
	population_release(&p);
	return e;
}

static const struct entry entries[] = {
	{ .name = "summary", .help = "what customers have brought so far", .need = NEED_SOURCE,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_VERSUS | TAKE_MIN_N | TAKE_PLOT, .run = summary },
	{ .name = "rfm", .help = "recency, frequency and money of each customer", .need = NEED_SOURCE,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_UNIT | TAKE_WITH | TAKE_FROM | TAKE_STAT | TAKE_PLOT, .run = rfm },
	{ 0 }
};
const struct command cmd_ltv = { "ltv", "what customers are worth", entries };
