/* The inactivity window the data suggest.
 *
 * Idea. Without contracts, whoever has been silent for long is counted as one who left. How
 * long is a question to the data: how many of those silent for w days still come back? Gaps
 * between purchases that have ended are short by selection (those that will be long have
 * not ended, and frequent buyers have many), so that their percentiles mislead; every gap
 * counts here, the last one of each customer as not ended yet:
 *
 *     S(t)                                   share of gaps longer than t days (Kaplan & Meier 1958)
 *     back(w) = 1 - S(w + 90) / S(w)         of those silent for w days, who buy again in 90
 *
 * S(w + 90) / S(w) is the Kaplan-Meier estimate of the gaps that were longer than w, with
 * all that belongs to it: limits of log(-log), exact ones where nobody came back.
 *
 *     window = the smallest w of 7, 14, 30, 45, 60, 90, 120, 150, 180, 270, 365 days with
 *              back(w) <= the risk (10 %)
 *
 * A w is supported when gaps were watched for w + 90 days and at least --min-n of them had
 * lasted longer than w. The unit is the gap, not the customer: gaps of one customer are
 * taken as independent, which makes the limits a little narrow where few people buy often.
 * Short history: fewer than 100 gaps have closed (then the largest supported w is taken), or
 * the history is shorter than two windows. It is said, and the figure is marked.
 */
#include "window_impl.h"
#include "wend/hazard.h"

#include <math.h>

const int32_t window_grid[WINDOWS] = { 7, 14, 30, 45, 60, 90, 120, 150, 180, 270, 365 };

struct acc {
	struct gap_stat g;
	struct day_room days;
};
struct ctx {
	const struct revenue *rev;
	int32_t known;
};

static void reserve(struct gap_stat *g, size_t need)
{
	if (need <= g->cap)
		return;
	const size_t old = g->cap, cap = need * 2 > 1024 ? need * 2 : 1024;
	g->closed = xreallocarray(g->closed, cap, sizeof *g->closed);
	g->open = xreallocarray(g->open, cap, sizeof *g->open);
	memset(g->closed + old, 0, (cap - old) * sizeof *g->closed);
	memset(g->open + old, 0, (cap - old) * sizeof *g->open);
	g->cap = cap;
}

void gap_stat_add(struct gap_stat *g, const struct purchase_day *d, size_t n, int32_t known)
{
	const int32_t silent = known > d[n - 1].day ? known - d[n - 1].day : 0;
	reserve(g, (size_t)(d[n - 1].day - d[0].day > silent ? d[n - 1].day - d[0].day : silent) + 1);
	for (size_t i = 1; i < n; i++)
		g->closed[d[i].day - d[i - 1].day]++;
	g->open[silent]++;
	g->nclosed += (int64_t)n - 1;
	g->first = !g->customers || d[0].day < g->first ? d[0].day : g->first;
	g->customers++;
}

void gap_stat_merge(struct gap_stat *a, struct gap_stat *b)
{
	reserve(a, b->cap);
	for (size_t i = 0; i < b->cap; i++) {
		a->closed[i] += b->closed[i];
		a->open[i] += b->open[i];
	}
	if (b->customers)
		a->first = !a->customers || b->first < a->first ? b->first : a->first;
	a->nclosed += b->nclosed;
	a->customers += b->customers;
	gap_stat_release(b);
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	if (purchase_days(&a->days, c->rev, j))
		gap_stat_add(&a->g, a->days.v, a->days.n, c->known);
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	gap_stat_merge(&a->g, &b->g);
	day_room_merge(&a->days, &b->days);
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	gap_stat_release(&a->g);
	day_room_release(&a->days);
}

void gap_stat_release(struct gap_stat *g)
{
	free(g->closed);
	free(g->open);
	*g = (struct gap_stat){ 0 };
}

/* Everyone, or one share of `parts`. */
static enum wend_err run(struct gap_stat *out, const struct population *p, const struct revenue *rev, int32_t covered, int part, int parts, struct err *err)
{
	struct population all = *p; /* a choice is made from everyone, and from all of their past */
	struct acc a = { 0 };
	struct fold_counts n = { 0 };
	struct ctx c = { rev, covered < p->as_of ? covered : p->as_of };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c, .part = part, .parts = parts };
	all.from = all.from_local = INT64_MIN;
	all.to = all.to_local = INT64_MAX;
	all.event_filter = all.customer_filter = NULL;
	all.only = NULL;
	enum wend_err e = purchase_fold(&all, &f, rev, &a, &a.days, acc_release, &n, err);
	*out = a.g;
	out->last = c.known;
	out->counts = n;
	day_room_release(&a.days);
	if (e)
		gap_stat_release(out);
	return e;
}

enum wend_err gap_stat_run(struct gap_stat *out, const struct population *p, const struct revenue *rev, int32_t covered, struct err *err)
{
	return run(out, p, rev, covered, 0, 0, err);
}

/* Numbers of customers follow the days on which they were first heard of: some from each of eight
 * times, a share being no less than a block. */
enum wend_err gap_stat_sample(struct gap_stat *out, const struct population *p, const struct revenue *rev, int32_t covered, struct err *err)
{
	enum { SAMPLES = 8, MOST = 32, SHARE_ROWS = 8192 };
	int64_t rows[KIND_COUNT] = { 0 };
	*out = (struct gap_stat){ 0 };
	enum wend_err e = store_row_counts(p->store, rows, err);
	const int64_t shares = rows[rev->source] / SHARE_ROWS / SAMPLES;
	const int every = shares > MOST ? MOST : shares > 1 ? (int)shares : 1;
	for (int i = 0; i < SAMPLES && !e; i++) {
		struct gap_stat g;
		e = run(&g, p, rev, covered, i * every + every / 2, SAMPLES * every, err);
		if (e)
			break;
		out->last = g.last;
		gap_stat_merge(out, &g);
	}
	if (e)
		gap_stat_release(out);
	return e;
}

/* ---- estimate ---- */
struct window_row window_at(const struct gap_stat *g, int32_t w, int64_t min_n)
{
	struct window_row out = { .w = w, .back = NAN, .ci = { NAN, NAN } };
	const size_t from = (size_t)w + 1, room = g->cap > from ? g->cap - from : 0;
	double *time = xreallocarray(NULL, room + 1, sizeof *time);
	double *events = xreallocarray(NULL, room + 1, sizeof *events), *lost = xreallocarray(NULL, room + 1, sizeof *lost);
	struct survival_step *step = xreallocarray(NULL, room + 1, sizeof *step);
	struct durations d = { 0, time, events, lost, NULL };
	for (size_t t = from; t < g->cap; t++) {
		if (!g->closed[t] && !g->open[t])
			continue;
		time[d.n] = (double)t;
		events[d.n] = (double)g->closed[t];
		lost[d.n++] = (double)g->open[t];
		out.risk += g->closed[t] + g->open[t];
	}
	if (d.n) {
		survival_steps(step, &d, ALPHA, SURVIVAL_LOGLOG);
		const struct survival_step s = survival_at(step, d.n, w + BACK_DAYS, ALPHA);
		out.back = 1 - s.survival;
		out.ci = (struct interval){ 1 - s.ci.hi, 1 - s.ci.lo };
	}
	out.supported = !isnan(out.back) && out.risk >= min_n;
	free(time);
	free(events);
	free(lost);
	free(step);
	return out;
}

/* The longest window that two of fit into the history. */
static int by_history(int64_t history)
{
	int k = 0;
	while (k + 1 < WINDOWS && 2 * window_grid[k + 1] <= history)
		k++;
	return k;
}

void window_choose(struct window_choice *out, const struct gap_stat *g, double risk, int64_t min_n)
{
	int best = -1, longest = -1;
	*out = (struct window_choice){ .risk = risk, .gaps = g->nclosed, .history = g->customers ? (int64_t)g->last - g->first + 1 : 0 };
	for (int k = 0; k < WINDOWS; k++) {
		out->row[k] = window_at(g, window_grid[k], min_n);
		if (!out->row[k].supported)
			continue;
		longest = k;
		if (best < 0 && out->row[k].back <= risk)
			best = k;
	}
	out->few_gaps = g->nclosed < GAPS_ENOUGH;
	out->above = best < 0;
	out->chosen = best >= 0 && !out->few_gaps ? best : longest >= 0 ? longest : by_history(out->history);
	out->short_history = out->history < 2 * window_grid[out->chosen];
}

double window_risk(const struct churn_options *o)
{
	return o->return_risk > 0 ? o->return_risk : 0.10;
}

enum wend_err window_risk_check(const struct churn_options *o, struct err *err)
{
	if (o->return_risk < 0 || o->return_risk >= 1)
		return err_set(err, WEND_E_USAGE, "'--return-risk %g' is no share; give one between 0 and 1, such as 0.1", o->return_risk);
	return WEND_OK;
}

/* ---- in words ---- */
static void say_row(struct str *s, const struct window_row *r, const char *before, const char *after)
{
	str_puts(s, before);
	say_share(s, r->back);
	str_puts(s, after);
}

void window_sentence(struct str *s, const struct window_choice *c)
{
	const struct window_row *r = &c->row[c->chosen];
	str_printf(s, "window %d days: ", (int)r->w);
	if (r->supported) {
		str_puts(s, "of customers silent that long, ");
		say_share(s, r->back);
		str_printf(s, " buy again within %d days (", BACK_DAYS);
		say_shares(s, r->ci);
		str_puts(s, "; ");
		say_things(s, c->gaps, "repeat gap", "repeat gaps");
		str_puts(s, ").");
		/* the neighbours that show what another choice would mean: the last one above the
		 * round number below it, and the next longer one */
		const struct window_row *less = c->chosen >= 2 ? &c->row[c->chosen - 2] : NULL, *more = c->chosen + 1 < WINDOWS ? &c->row[c->chosen + 1] : NULL;
		if (less && less->supported) {
			str_printf(s, " At %d days ", (int)less->w);
			say_row(s, less, "", " would");
		}
		if (more && more->supported) {
			str_printf(s, "%s at %d days ", less && less->supported ? "," : " And", (int)more->w);
			say_share(s, more->back);
		}
		if ((less && less->supported) || (more && more->supported))
			str_putc(s, '.');
	} else {
		str_puts(s, "nobody was watched long enough to tell how many come back.");
	}
	if (c->few_gaps)
		str_printf(s, " Short history: %lld gaps between purchases have closed, which needs about %d.", (long long)c->gaps, GAPS_ENOUGH);
	if (c->short_history)
		str_printf(s, " Short history: %lld days, less than two windows.", (long long)c->history);
	if (c->above && r->supported && !c->few_gaps) {
		str_puts(s, " No shorter window keeps returns at or below ");
		say_share(s, c->risk);
		str_puts(s, ".");
	}
}
