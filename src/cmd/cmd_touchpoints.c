/* room: cmd
 * wend touchpoints: the steps of the journey and the ways between them.
 */
#include "cmd/cmd.h"
#include "wend/metric.h"

static struct touch_options given;

static enum wend_err list(struct run *u, struct report *r, struct err *err)
{
	struct population p;
	enum wend_err e = population_init(&p, u->store, &u->ro, KIND_COUNT, err);
	if (e)
		return e;
	e = metric_touch_list(&p, &u->ro, r, err);
	population_release(&p);
	return e;
}

static enum wend_err map(struct run *u, struct report *r, struct err *err)
{
	struct population p;
	enum wend_err e = population_init(&p, u->store, &u->ro, KIND_COUNT, err);
	if (e)
		return e;
	given.style = u->style;
	e = metric_touch_map(&p, &given, &u->ro, r, err);
	population_release(&p);
	return e;
}

static const struct opt map_opts[] = {
	{ "min-count", 0, OPT_INT, &given.min_count, "N", "only ways taken at least N times", NULL, 0, INT64_MAX },
	{ "cover", 0, OPT_TEXT, &given.cover, "SHARE", "the busiest ways that together carry this share: 80%", NULL, 0, 0 },
	{ "self-loops", 0, OPT_CHOICE, &given.self_loops, "KEEP", "a step followed by itself: keep or drop", "keep|drop", 0, 0 },
	{ "ties", 0, OPT_CHOICE, &given.ties, "ORDER", "steps at one moment: in the order of the file or by name", "file|name", 0, 0 },
	{ 0 }
};
static const struct entry entries[] = {
	{ .name = "list", .help = "the steps: how many, how often, how long between", .need = NEED_SOURCE,
	  .takes = TAKE_POPULATION | TAKE_VERSUS | TAKE_MIN_N | TAKE_PLOT, .run = list },
	{ .name = "map", .help = "which step follows which", .need = NEED_SOURCE, .own = map_opts, .formats = "dot|mermaid",
	  .takes = TAKE_POPULATION | TAKE_BY | TAKE_VERSUS | TAKE_MIN_N | TAKE_PLOT, .run = map },
	{ 0 }
};
const struct command cmd_touchpoints = { "touchpoints", "the steps of the journey, and the ways between them", entries };
