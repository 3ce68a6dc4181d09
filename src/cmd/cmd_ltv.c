/* room: cmd
 * wend ltv: what customers are worth.
 */
#include "cmd/cmd.h"
#include "wend/metric.h"

#include <math.h>

static struct ltv_options given = { .margin = NAN, .discount = NAN, .seed = 1 };
static const char *cohort_period;
static struct product_options ahead;
static const char *start;

/* --start: a table like those of --from, but of parameters. */
static enum wend_err read_start(struct table *t, struct err *err)
{
	table_init(t);
	const enum wend_err e = start ? run_read_table(t, start, err) : WEND_OK;
	given.start = start && !e ? t : NULL;
	given.start_name = start;
	return e;
}

static void start_release(struct table *t)
{
	given.start = NULL;
	table_release(t);
}

typedef enum wend_err model_fn(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);

/* A report that fits models. */
static enum wend_err fitted(model_fn *f, const struct population *p, struct run *u, struct report *r, struct err *err)
{
	struct table t;
	enum wend_err e = read_start(&t, err);
	given.draw = u->oo.plot;
	if (!e)
		e = f(p, &given, &u->ro, r, err);
	start_release(&t);
	return e;
}

static enum wend_err summary(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return fitted(metric_ltv_summary, p, u, r, err);
}

/* --sql: a query with the columns of --map, which is read as for a file. */
static enum wend_err query(struct run *u, bool customers, struct report *r, struct err *err)
{
	struct map_pair *pair;
	struct ltv_source source = { .table = u->ro.table, .customers = customers };
	enum wend_err e = ingest_map_pairs(&pair, &source.n, &u->io.map, "--map", false, &u->arena, err);
	if (e)
		return e;
	struct ltv_mapping *map = arena_alloc(&u->arena, (source.n + 1) * sizeof *map);
	for (size_t i = 0; i < source.n; i++)
		map[i] = (struct ltv_mapping){ pair[i].field, pair[i].column };
	source.map = map;
	return metric_ltv_sql(&source, &given, &u->ro, r, err);
}

static enum wend_err rfm(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_rfm(p, &u->ro, r, err);
}

static enum wend_err rfm_from(struct run *u, struct report *r, struct err *err)
{
	return u->ro.sql ? query(u, true, r, err) : metric_rfm_from(u->from, u->nfrom, &u->ro, r, err);
}

static enum wend_err model(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return fitted(metric_ltv_model, p, u, r, err);
}

static enum wend_err model_from(struct run *u, struct report *r, struct err *err)
{
	struct table t;
	if (u->ro.sql)
		return query(u, false, r, err);
	enum wend_err e = read_start(&t, err);
	given.draw = u->oo.plot;
	if (!e)
		e = metric_ltv_model_from(u->from, u->nfrom, &given, &u->ro, r, err);
	start_release(&t);
	return e;
}

static enum wend_err validate(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return fitted(metric_ltv_validate, p, u, r, err);
}

static enum wend_err customers(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return fitted(metric_ltv_customers, p, u, r, err);
}

static enum wend_err next(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return fitted(metric_ltv_next, p, u, r, err);
}

static enum wend_err cohorts(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	u->ro.period = cohort_period;
	return metric_ltv_cohorts(p, &given, &u->ro, r, err);
}

static enum wend_err cohorts_from(struct run *u, struct report *r, struct err *err)
{
	u->ro.period = cohort_period;
	return metric_ltv_cohorts_from(u->from, u->nfrom, &given, &u->ro, r, err);
}

static enum wend_err referrals(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_ltv_referrals(p, &u->ro, r, err);
}

static enum wend_err products(const struct population *p, struct run *u, struct report *r, struct err *err)
{
	return metric_ltv_products(p, &given, &ahead, &u->ro, r, err);
}

#define TAKE_HISTORY (TAKE_AS_OF | TAKE_TZ | TAKE_WHERE | TAKE_ONLY | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS | TAKE_MONEY | TAKE_MIN_N)
#define TAKE_MODEL (TAKE_AS_OF | TAKE_TZ | TAKE_WHERE | TAKE_ONLY | TAKE_EXPLAIN | TAKE_THREADS | TAKE_ROWS | TAKE_MONEY | TAKE_UNIT)
#define SPLIT { "split", 0, OPT_TEXT, &given.split, "DATE", "the models forecast what came after DATE (last third)", NULL, 0, 0 }
#define START { "start", 0, OPT_TEXT, &start, "FILE|-", "begin fits at values 'ltv model' printed another day", NULL, 0, 0 }
#define WHICH_MODEL \
	{ "model", 0, OPT_CHOICE, &given.model, "M", "auto, bgnbd, mbgnbd, pnbd or mbgcnbd (auto)", "auto|bgnbd|mbgnbd|pnbd|mbgcnbd", 0, 0 }, \
	SPLIT, \
	START
#define VALUE_TERMS \
	{ "spend", 0, OPT_CHOICE, &given.spend, "S", "money of repeat purchases, or of all (repeat)", "repeat|all", 0, 0 }, \
	{ "margin", 0, OPT_REAL, &given.margin, "SHARE", "margin of the revenue (as set in the store)", NULL, 0, 0 }, \
	{ "discount", 0, OPT_REAL, &given.discount, "RATE", "discount a year (0.10)", NULL, 0, 0 }, \
	{ "horizon", 0, OPT_TEXT, &given.horizon, "H", "12month, inf, 12month..36month (12 months and for life)", NULL, 0, 0 }, \
	{ "bootstrap", 0, OPT_INT, &given.bootstrap, "N", "limits from N refits to customers drawn again", NULL, 0, 100000 }, \
	{ "seed", 0, OPT_INT, &given.seed, "N", "seed of --bootstrap (1)", NULL, 0, INT64_MAX }, \
	{ "compat", 0, OPT_CHOICE, &given.compat, "WHOSE", "value by the terms of another program: lifetimes or clvtools", "lifetimes|clvtools", 0, 0 }
static const struct opt model_opts[] = {
	WHICH_MODEL,
	VALUE_TERMS,
	{ 0 }
};
static const struct opt all_model_opts[] = {
	{ "model", 0, OPT_CHOICE, &given.model, "M", "auto, bgnbd, mbgnbd, pnbd, mbgcnbd; sbg, bdw, bgbb (auto)", "auto|bgnbd|mbgnbd|pnbd|mbgcnbd|sbg|bdw|bgbb", 0, 0 },
	SPLIT,
	START,
	VALUE_TERMS,
	{ 0 }
};
static const struct opt next_opts[] = { WHICH_MODEL, { 0 } };
static const struct opt cohort_opts[] = {
	{ "period", 0, OPT_CHOICE, &cohort_period, "P", "week, month, quarter or year (month)", "week|month|quarter|year", 0, 0 },
	{ "margin", 0, OPT_REAL, &given.margin, "SHARE", "margin of the revenue (as set in the store)", NULL, 0, 0 },
	{ 0 }
};
static const struct opt product_opts[] = {
	{ "within", 0, OPT_TEXT, &ahead.within, "SPAN", "who buys again within 90day, 13week or 3month (90day)", NULL, 0, 0 },
	{ "margin", 0, OPT_REAL, &given.margin, "SHARE", "margin of the revenue (as set in the store)", NULL, 0, 0 },
	{ "seed", 0, OPT_INT, &given.seed, "N", "seed of random pairs (1)", NULL, 0, INT64_MAX },
	{ 0 }
};
static const struct opt validate_opts[] = {
	WHICH_MODEL,
	{ "spend", 0, OPT_CHOICE, &given.spend, "S", "money of repeat purchases, or of all (repeat)", "repeat|all", 0, 0 },
	{ "picture", 0, OPT_CHOICE, &given.picture, "P", "what --plot draws: tracking, cumulative, frequency ...", "tracking|cumulative|frequency|expectation|recency|calibration|spend", 0, 0 },
	{ 0 }
};
static const struct entry entries[] = {
	{ .name = "summary", .help = "what customers have brought, and what is still to come", .need = NEED_SOURCE,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_VERSUS | TAKE_MIN_N | TAKE_PLOT, .own = model_opts, .people = by_orders, .on = summary },
	{ .name = "rfm", .help = "recency, frequency and money of each customer", .need = NEED_SOURCE,
	  .takes = TAKE_POPULATION | TAKE_MONEY | TAKE_UNIT | TAKE_WITH | TAKE_FROM | TAKE_SQL | TAKE_STAT | TAKE_PLOT, .people = by_orders, .on = rfm, .run = rfm_from },
	{ .name = "customers", .help = "what each customer is worth still, and whether he still buys", .need = NEED_SOURCE,
	  .takes = TAKE_MODEL | TAKE_WITH | TAKE_PLOT, .own = model_opts, .people = by_orders, .on = customers },
	{ .name = "next", .help = "when each customer will buy again, and who is overdue", .need = NEED_SOURCE,
	  .takes = (TAKE_MODEL & ~TAKE_UNIT) | TAKE_WITH, .own = next_opts, .people = by_orders, .on = next },
	{ .name = "model", .help = "the purchase models side by side, and which to believe", .need = NEED_SOURCE, .pieces = true,
	  .takes = TAKE_MODEL | TAKE_BY | TAKE_MIN_N | TAKE_FROM | TAKE_SQL | TAKE_PLOT, .own = all_model_opts, .people = by_orders, .on = model, .run = model_from },
	{ .name = "validate", .help = "what the models would have foreseen, against what came", .need = NEED_SOURCE,
	  .takes = TAKE_MODEL | TAKE_PERIOD | TAKE_MIN_N | TAKE_PLOT, .own = validate_opts, .people = by_orders, .on = validate },
	{ .name = "cohorts", .help = "what customers brought by age, by the period that won them", .need = NEED_SOURCE,
	  .takes = TAKE_HISTORY | TAKE_FROM | TAKE_STAT | TAKE_PLOT, .own = cohort_opts, .people = by_orders, .on = cohorts, .run = cohorts_from },
	{ .name = "referrals", .help = "customers won by other customers, and who won them", .need = NEED_SOURCE,
	  .takes = TAKE_HISTORY | TAKE_WITH, .people = by_orders, .on = referrals },
	{ .name = "products", .help = "what people begin with, and whether they come back for it", .need = NEED_SOURCE,
	  .takes = TAKE_HISTORY | TAKE_BY | TAKE_PLOT, .own = product_opts, .people = by_orders, .on = products },
	{ 0 }
};
const struct command cmd_ltv = { "ltv", "what customers are worth", entries };
