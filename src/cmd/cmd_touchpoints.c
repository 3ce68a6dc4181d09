/* room: cmd
 * wend touchpoints: the steps of the journey and the ways between them.
 */
#include "cmd/causes.h"
#include "cmd/cmd.h"
#include "wend/touch.h"

static struct touch_options given;

static enum wend_err summary(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_touch_summary(p, &u->ro, r, err);
}

static enum wend_err list(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_touch_list(p, &u->ro, r, err);
}

static enum wend_err on_walks(const struct population *p, struct run *u, walk_report_of *report, struct report *r, struct err *err)
{
	given.style = u->style;
	return report(p, &given, &u->ro, r, err);
}

static enum wend_err map(const struct population *p, struct run *u, struct report *r, struct err *err) { return on_walks(p, u, metric_touch_map, r, err); }
static enum wend_err paths(const struct population *p, struct run *u, struct report *r, struct err *err) { return on_walks(p, u, metric_touch_paths, r, err); }
static enum wend_err funnel(const struct population *p, struct run *u, struct report *r, struct err *err) { return on_walks(p, u, metric_touch_funnel, r, err); }
static enum wend_err repeat(const struct population *p, struct run *u, struct report *r, struct err *err) { return on_walks(p, u, metric_touch_repeat, r, err); }
static enum wend_err fatigue(const struct population *p, struct run *u, struct report *r, struct err *err) { return on_walks(p, u, metric_touch_fatigue, r, err); }
static enum wend_err effort(const struct population *p, struct run *u, struct report *r, struct err *err) { return on_walks(p, u, metric_touch_effort, r, err); }
static enum wend_err satisfaction(const struct population *p, struct run *u, struct report *r, struct err *err) { return on_walks(p, u, metric_touch_satisfaction, r, err); }

/* How steps are read, alike in every report on walks. */
#define WALK_OPTIONS \
	{ "self-loops", 0, OPT_CHOICE, &given.self_loops, "KEEP", "a step followed by itself: keep or drop", "keep|drop", 0, 0 }, \
	{ "ties", 0, OPT_CHOICE, &given.ties, "ORDER", "steps at one moment: in the order of the file, by name, or either", "file|name|either", 0, 0 }, \
	{ "hide", 0, OPT_TEXT, &given.hide, "STEPS", "look past these steps; A,B or 'mail*'", NULL, 0, 0 }, \
	{ "steps-by", 0, OPT_TEXT, &given.told_by, "FIELD", "call steps by their channel, campaign, team ...", NULL, 0, 0 }
/* Journeys in pieces. */
#define EPISODE_OPTIONS \
	{ "begin", 0, OPT_TEXT, &given.begin, "STEPS", "journeys from such a step on", NULL, 0, 0 }, \
	{ "end", 0, OPT_TEXT, &given.end, "STEPS", "journeys up to such a step", NULL, 0, 0 }, \
	{ "through", 0, OPT_TEXT, &given.through, "STEPS", "only journeys with such a step on the way", NULL, 0, 0 }, \
	{ "gap", 0, OPT_TEXT, &given.gap, "TIME", "a new journey after so long without a step: 30d", NULL, 0, 0 }

static const struct opt map_opts[] = {
	{ "min-count", 0, OPT_INT, &given.min_count, "N", "only ways taken at least N times", NULL, 0, INT64_MAX },
	{ "cover", 0, OPT_TEXT, &given.cover, "SHARE", "the busiest ways that together carry this share: 80%", NULL, 0, 0 },
	{ "depth", 0, OPT_INT, &given.depth, "N", "positions of --by position (6)", NULL, 1, 100 },
	WALK_OPTIONS,
	EPISODE_OPTIONS,
	{ 0 }
};
static const struct opt paths_opts[] = {
	{ "outcome", 0, OPT_TEXT, &given.outcome, "STEP", "ways that lead to this step; none: whole journeys", NULL, 0, 0 },
	{ "length", 0, OPT_INT, &given.length, "N", "tell ways apart by their first N steps", NULL, 1, 100000 },
	{ "collapse", 0, OPT_FLAG, &given.collapse, NULL, "a step followed by itself counts once", NULL, 0, 0 },
	WALK_OPTIONS,
	EPISODE_OPTIONS,
	{ 0 }
};
static const struct opt funnel_opts[] = {
	{ "steps", 0, OPT_TEXT, &given.steps, "A,B,C", "the steps in order; 'A|B' is either, '*' any text", NULL, 0, 0 },
	{ "window", 0, OPT_TEXT, &given.window, "TIME", "from the first step to the last: 12h, 30d, none (30d)", NULL, 0, 0 },
	{ "step", 0, OPT_LIST, &given.step, "A>B:TIME", "from one step to the next: 'A>B:7d'", NULL, 0, 0 },
	{ "match", 0, OPT_CHOICE, &given.match, "HOW", "others between the steps, none, or in any order", "loose|strict|any", 0, 0 },
	{ "start", 0, OPT_CHOICE, &given.start, "WHICH", "the best of any start, the first one, each one", "any|first|each", 0, 0 },
	{ "exclude", 0, OPT_TEXT, &given.exclude, "STEPS", "such a step ends a chain", NULL, 0, 0 },
	{ "who", 0, OPT_TEXT, &given.who, "STEP", "the customers who came to it; 2:lost: no further", NULL, 0, 0 },
	WALK_OPTIONS,
	{ 0 }
};
static const struct opt repeat_opts[] = {
	{ "window", 0, OPT_TEXT, &given.window, "TIME", "again within so long (7d)", NULL, 0, 0 },
	{ "next", 0, OPT_FLAG, &given.next, NULL, "which reason follows which within 30 days", NULL, 0, 0 },
	{ "contacts", 0, OPT_TEXT, &given.contacts, "STEPS", "the steps that are contacts (those customers began)", NULL, 0, 0 },
	{ "hide", 0, OPT_TEXT, &given.hide, "STEPS", "look past these steps; A,B or 'mail*'", NULL, 0, 0 },
	{ 0 }
};
static const struct opt fatigue_opts[] = {
	{ "contacts", 0, OPT_TEXT, &given.contacts, "STEPS", "the steps that are contacts (those the firm began)", NULL, 0, 0 },
	{ "bad", 0, OPT_TEXT, &given.bad, "STEPS", "the end it is held against: unsubscribed (leaving)", NULL, 0, 0 },
	{ 0 }
};
static const struct opt effort_opts[] = {
	{ "show", 0, OPT_CHOICE, &given.show, "WHAT", "steps repeated, channels changed, or the index of effort", "rework|handoffs|index", 0, 0 },
	{ "weights", 0, OPT_TEXT, &given.weights, "NAME=N,...", "parts of the index: contacts, switches, transfers ... (1)", NULL, 0, 0 },
	{ "window", 0, OPT_TEXT, &given.window, "TIME", "contacts for one reason within it are one matter (7d)", NULL, 0, 0 },
	{ "contacts", 0, OPT_TEXT, &given.contacts, "STEPS", "the steps that are contacts (those customers began)", NULL, 0, 0 },
	{ "bad", 0, OPT_TEXT, &given.bad, "STEPS", "the end it is held against (leaving)", NULL, 0, 0 },
	{ "hide", 0, OPT_TEXT, &given.hide, "STEPS", "look past these steps; A,B or 'mail*'", NULL, 0, 0 },
	{ 0 }
};
static const struct opt satisfaction_opts[] = {
	{ "bad", 0, OPT_TEXT, &given.bad, "STEPS", "the end it is held against (leaving)", NULL, 0, 0 },
	{ 0 }
};
static const struct entry entries[] = {
	{ .name = "summary", .help = "the stages of the journey, and where it hurts", .need = NEED_SOURCE,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_VERSUS | TAKE_MIN_N | TAKE_PLOT, .people = by_steps, .on = summary },
	{ .name = "list", .help = "the steps: how many, how often, how long between", .need = NEED_SOURCE,
	  .takes = TAKE_POPULATION | TAKE_VERSUS | TAKE_MIN_N | TAKE_PLOT, .people = by_steps, .on = list },
	{ .name = "paths", .help = "the ways customers go, and which lead where", .need = NEED_SOURCE, .own = paths_opts,
	  .takes = TAKE_POPULATION | TAKE_CURRENCY | TAKE_PLOT, .people = by_steps, .on = paths },
	{ .name = "map", .help = "which step follows which", .need = NEED_SOURCE, .own = map_opts, .formats = "dot|mermaid",
	  .takes = TAKE_POPULATION | TAKE_BY | TAKE_VERSUS | TAKE_MIN_N | TAKE_PLOT, .people = by_steps, .on = map },
	{ .name = "funnel", .help = "how far customers come, and where they are lost", .need = NEED_SOURCE, .own = funnel_opts,
	  .takes = TAKE_POPULATION | TAKE_BY | TAKE_WITH | TAKE_MIN_N | TAKE_PLOT, .people = by_steps, .on = funnel },
	{ .name = "repeat", .help = "which contacts come again, and what for", .need = NEED_SOURCE, .own = repeat_opts,
	  .takes = TAKE_POPULATION | TAKE_MIN_N | TAKE_PLOT, .people = by_steps, .on = repeat },
	{ .name = "effort", .help = "steps repeated, matters handed on, and what that costs", .need = NEED_SOURCE, .own = effort_opts,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_MIN_N | TAKE_PLOT, .people = by_steps, .on = effort },
	{ .name = "fatigue", .help = "how many contacts are too many", .need = NEED_SOURCE, .own = fatigue_opts,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_PLOT, .people = by_steps, .on = fatigue },
	{ .name = "satisfaction", .help = "does the journey's score tell more than its steps' scores", .need = NEED_SOURCE, .own = satisfaction_opts,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_PLOT, .people = by_steps, .on = satisfaction },
	{ .name = "attribution", .help = "which channels earned the conversions, model beside model", .need = NEED_SOURCE, .own = attribution_opts, .pieces = true,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_FROM | TAKE_MIN_N | TAKE_PLOT, .people = by_orders, .on = attribution_on, .run = attribution_from },
	{ .name = "upstream", .help = "what brings a step, and what that costs", .need = NEED_SOURCE, .own = touch_around_opts,
	  .takes = TAKE_POPULATION | TAKE_PLOT, .people = by_steps, .on = touch_upstream },
	{ .name = "downstream", .help = "what a step brings", .need = NEED_SOURCE, .own = touch_around_opts,
	  .takes = TAKE_POPULATION | TAKE_PLOT, .people = by_steps, .on = touch_downstream },
	{ .name = "pain", .help = "steps that hurt, or please, and what is at stake", .need = NEED_SOURCE, .own = touch_pain_opts,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_PLOT, .people = by_steps, .on = touch_pain },
	{ 0 }
};
static enum wend_err several(const struct population *p, struct run *u, struct report *r, struct err *err) { return run_several(p, u, &given, r, err); }

static const struct opt several_opts[] = {
	WALK_OPTIONS,
	EPISODE_OPTIONS,
	{ "outcome", 0, OPT_TEXT, &given.outcome, "STEP", "paths: ways that lead to this step", NULL, 0, 0 },
	{ "steps", 0, OPT_TEXT, &given.steps, "A,B,C", "funnel: the steps in order", NULL, 0, 0 },
	{ "window", 0, OPT_TEXT, &given.window, "TIME", "funnel, repeat, effort", NULL, 0, 0 },
	{ "match", 0, OPT_CHOICE, &given.match, "HOW", "funnel", "loose|strict|any", 0, 0 },
	{ "contacts", 0, OPT_TEXT, &given.contacts, "STEPS", "repeat, effort, fatigue", NULL, 0, 0 },
	{ "bad", 0, OPT_TEXT, &given.bad, "STEPS", "effort, fatigue, satisfaction", NULL, 0, 0 },
	{ 0 }
};
const struct entry touchpoints_together = { .name = "several", .help = "several reports in one pass, each into a file", .need = NEED_SOURCE, .own = several_opts,
				       .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_MIN_N, .people = by_steps, .on = several };
const struct command cmd_touchpoints = { "touchpoints", "the steps of the journey, and the ways between them", entries };
