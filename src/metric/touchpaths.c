/* touchpoints paths: the ways customers go, the commonest first.
 *
 * Without an outcome a way is a whole journey (an episode, when --begin, --end or --gap cut
 * it). With one, a way is what led to it: total_conversions took it and came to the outcome,
 * total_null took it and did not, so far; outcome_rate = conversions / (conversions + nulls),
 * Wilson. The first four columns are what attribution reads.
 *
 *   share       of all ways taken, Wilson
 *   open        of n, those that may go on: the gap is not over, or --end has not come
 *   cum_share   of this way and all before it: how few of them tell of most journeys
 *   median_days from the first step to the last, or to the outcome; those who came to it only
 *
 * Ways taken equally often stand in the order of the names of their steps. Quantiles are
 * exact, type 7 of Hyndman & Fan (1996).
 */
#include "ways_impl.h"

#include <math.h>

enum { PIECE = 4096, BARS = 20, SCREEN_ROWS = 20, WAY_WIDTH = 40 };

struct listing {
	struct ways w;
	struct ways_options o;
	struct way_order order;
	size_t at;
	int64_t before;            /* ways taken that stand before row `at` */
	struct str text;
};

/* ---- rows ---- */
static void path_text(struct listing *l, const struct way *y)
{
	const unsigned char *c = l->w.codes + y->at, *end = c + y->bytes;
	str_reset(&l->text);
	if (!y->bytes)
		str_puts(&l->text, PATH_NONE);
	for (bool first = true; c < end; first = false)
		path_put(&l->text, way_step_name(&l->order, ways_code(&c)), first);
}

static void put_row(struct table *t, struct listing *l, size_t i)
{
	const uint32_t way = l->order.v[i];
	const struct way *y = &l->w.v[way];
	const int64_t n = way_taken(y);
	l->before += n;
	path_text(l, y);
	put_text(t, str_view(&l->text));
	put_int(t, l->o.outcome ? (int64_t)y->conversions : WEND_NONE);
	put_int(t, l->o.money && !l->w.mixed ? y->value : WEND_NONE);
	put_int(t, l->o.outcome ? (int64_t)y->nulls : WEND_NONE);
	put_int(t, (int64_t)i + 1);
	put_int(t, n);
	put_share_of(t, n, l->w.taken, 0);
	put_real(t, (double)l->before / (double)l->w.taken);
	put_int(t, y->steps);
	put_real(t, way_days(&l->order, way));
	if (l->o.outcome) {
		put_share_of(t, y->conversions, n, 0);
	} else {
		for (int k = 0; k < 3; k++)
			put_empty(t);
	}
	put_int(t, y->open);
}

static bool more_rows(struct table *t, void *ctx)
{
	struct listing *l = ctx;
	const size_t to = l->w.n - l->at > PIECE ? l->at + PIECE : l->w.n;
	for (; l->at < to; l->at++)
		put_row(t, l, l->at);
	return l->at < l->w.n;
}

static void listing_free(void *ctx)
{
	struct listing *l = ctx;
	if (l->o.money)
		revenue_release(&l->o.rev);
	ways_release(&l->w);
	way_order_release(&l->order);
	str_release(&l->text);
	free(l);
}

static void columns(struct table *t, const struct listing *l)
{
	table_col(t, "path", COL_TEXT, NULL, -1);
	table_col(t, "total_conversions", COL_INT, NULL, 0);
	if (l->o.money)
		table_col_money(t, "total_conversion_value", l->w.mixed ? 0 : l->w.cur);
	else
		table_col(t, "total_conversion_value", COL_INT, NULL, 0);
	table_col(t, "total_null", COL_INT, NULL, 0);
	table_col(t, "rank", COL_INT, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "share_lo", COL_SHARE, NULL, 1);
	table_col(t, "share_hi", COL_SHARE, NULL, 1);
	table_col(t, "cum_share", COL_SHARE, NULL, 1);
	table_col(t, "steps", COL_INT, NULL, 0);
	table_col(t, "median_d", COL_REAL, "days", 1);
	table_col(t, "outcome_rate", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "open", COL_INT, NULL, 0);
}

/* ---- words ---- */
struct durations_said {
	double p10, p25, median, p75, p90, p95, most, mean; /* days */
	size_t n;
};

static struct durations_said all_days(const struct listing *l)
{
	struct durations_said d = { .n = l->w.nlag };
	if (!d.n)
		return d;
	int64_t *v = xreallocarray(NULL, d.n, sizeof *v);
	int64_t sum = 0, most = 0;
	for (size_t i = 0; i < d.n; i++) {
		v[i] = l->order.lag[i];
		sum += v[i];
		most = v[i] > most ? v[i] : most;
	}
	const double day = 86400, q[] = { .1, .25, .5, .75, .9, .95 };
	double *const to[] = { &d.p10, &d.p25, &d.median, &d.p75, &d.p90, &d.p95 };
	for (int i = 0; i < 6; i++)
		*to[i] = quantile_i64(v, d.n, q[i]) / day;
	d.mean = (double)sum / (double)d.n / day;
	d.most = (double)most / day;
	free(v);
	return d;
}

/* Middle of the numbers of steps; those of the outcome count one less than the journey. */
static double median_steps(const struct ways *w)
{
	const int64_t n = w->taken;
	int64_t seen = 0;
	double low = NAN;
	for (size_t i = 0; i < w->length_cap; i++) {
		seen += w->length[i];
		if (isnan(low) && seen * 2 >= n)
			low = (double)i;
		if (seen * 2 > n)
			return (low + (double)i) / 2;
	}
	return low;
}

static size_t most_steps(const struct ways *w)
{
	size_t i = w->length_cap;
	while (i > 1 && !w->length[i - 1])
		i--;
	return i ? i - 1 : 0;
}

/* How many ways, the commonest first, tell of 80 % of the journeys. */
static size_t ways_for(const struct listing *l, double share)
{
	int64_t sum = 0;
	size_t i = 0;
	while (i < l->w.n && (double)sum < share * (double)l->w.taken)
		sum += way_taken(&l->w.v[l->order.v[i++]]);
	return i;
}

static void say_days(struct str *s, const struct durations_said *d)
{
	str_puts(s, " took ");
	say_real(s, d->median, 1);
	str_puts(s, " days at the median (a tenth under ");
	say_real(s, d->p10, 1);
	str_puts(s, ", a tenth over ");
	say_real(s, d->p90, 1);
	str_puts(s, ").");
}

static void find_outcome(struct str *s, struct listing *l, const char *outcome, const struct durations_said *d)
{
	const struct way *top = NULL;
	int64_t conversions = 0;
	for (size_t i = 0; i < l->w.n; i++) {
		const struct way *y = &l->w.v[l->order.v[i]];
		conversions += y->conversions;
		if (y->steps && (!top || y->conversions > top->conversions))
			top = y;
	}
	say_share(s, (double)conversions / (double)l->w.taken);
	str_puts(s, " of ");
	say_things(s, l->w.taken, "way led to ", "ways led to ");
	str_printf(s, "%s (", outcome);
	say_count(s, conversions);
	str_puts(s, "; ");
	say_shares(s, wilson((double)conversions, (double)l->w.taken, ALPHA));
	str_puts(s, ")");
	if (top && top->conversions) {
		path_text(l, top);
		str_puts(s, "; ");
		say_share(s, (double)top->conversions / (double)conversions);
		str_puts(s, " of these came by ");
		str_sv(s, str_view(&l->text));
		str_puts(s, " (");
		say_count(s, top->conversions);
		str_puts(s, "; ");
		say_shares(s, wilson(top->conversions, (double)conversions, ALPHA));
		str_puts(s, ")");
	}
	str_putc(s, '.');
	if (d->n) {
		str_puts(s, " Coming there");
		say_days(s, d);
	}
}

static void find_whole(struct str *s, struct listing *l, const struct durations_said *d)
{
	const struct way *top = &l->w.v[l->order.v[0]];
	const size_t most = ways_for(l, 0.8);
	path_text(l, top);
	str_puts(s, "most common: ");
	str_sv(s, str_view(&l->text));
	str_puts(s, " (");
	say_count(s, way_taken(top));
	str_puts(s, " of ");
	say_things(s, l->w.taken, "journey, ", "journeys, ");
	say_share(s, (double)way_taken(top) / (double)l->w.taken);
	str_puts(s, "; ");
	say_shares(s, wilson((double)way_taken(top), (double)l->w.taken, ALPHA));
	str_puts(s, "). ");
	say_things(s, (int64_t)most, "way", "ways");
	str_puts(s, " of ");
	say_count(s, (int64_t)l->w.n);
	str_printf(s, " %s of 80 %% of the journeys. A journey", most == 1 ? "tells" : "tell");
	say_days(s, d);
}

static void explain(struct report *r, const struct listing *l, const struct walk_facts *f, const struct durations_said *d)
{
	struct line_list *e = &r->explain.text;
	const struct ways *w = &l->w;
	line_add(e, "%lld ways taken, %zu different; steps in them %lld + outcomes %lld = %lld of %lld steps of %lld customers", (long long)w->taken, w->n, (long long)w->steps,
		 (long long)w->outcomes, (long long)(w->steps + w->outcomes), (long long)f->events, (long long)f->customers);
	if (w->taken)
		line_add(e, "steps a way: mean %.4f, median %g, most %zu", (double)w->steps / (double)w->taken, median_steps(w), most_steps(w));
	if (d->n)
		line_add(e, "days %s: mean %.4f; p10 %.4f, p25 %.4f, median %.4f, p75 %.4f, p90 %.4f, p95 %.4f, longest %.4f", l->o.outcome ? "from the first step to the outcome" : "from the first step to the last",
			 d->mean, d->p10, d->p25, d->median, d->p75, d->p90, d->p95, d->most);
	if (w->other)
		line_add(e, "%lld orders in other currencies: conversions without a value", (long long)w->other);
	if (w->open)
		line_add(e, "%lld of the journeys may still go on", (long long)w->open);
	line_add(e, "share = n / %lld; outcome_rate = total_conversions / n; lo, hi: Wilson (1927), 95 %%; medians: exact, type 7 of Hyndman & Fan (1996)", (long long)w->taken);
	line_add(e, "neighbours at the same instant: %lld", (long long)f->tied);
}

static void draw(struct report *r, struct listing *l)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAR;
	r->figure.title = "the ways customers go";
	r->figure.y_label = "share of the ways";
	table_col(t, "path", COL_TEXT, NULL, -1);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < l->w.n && i < BARS; i++) {
		const struct way *y = &l->w.v[l->order.v[i]];
		path_text(l, y);
		put_text(t, str_view(&l->text));
		put_share_of(t, way_taken(y), l->w.taken, 0);
	}
}

/* ---- for people ---- */
/* A long way by its first steps and its last one. */
static void short_path(struct listing *l, const struct way *y)
{
	path_text(l, y);
	if (utf8_width(str_view(&l->text)) <= WAY_WIDTH)
		return;
	const unsigned char *c = l->w.codes + y->at, *end = c + y->bytes;
	struct str first = STR_INIT, last = STR_INIT, step = STR_INIT;
	struct sv rest = str_view(&l->text);
	while (path_next(&rest, &step, NULL)) {
		str_reset(&last);
		path_put(&last, str_view(&step), true);
	}
	const int room = WAY_WIDTH - utf8_width(str_view(&last)) - 11;
	int told = 0;
	for (bool begun = false; c < end; begun = true) {
		const size_t n = first.n;
		path_put(&first, way_step_name(&l->order, ways_code(&c)), !begun);
		if (begun && utf8_width(str_view(&first)) > room) {
			first.n = n;
			break;
		}
		told++;
	}
	str_reset(&l->text);
	str_sv(&l->text, str_view(&first));
	str_printf(&l->text, " > %d more > ", (int)y->steps - 1 - told);
	str_sv(&l->text, str_view(&last));
	str_release(&first);
	str_release(&last);
	str_release(&step);
}

static void screen(struct report *r, struct listing *l, int64_t top)
{
	struct table *t = &report_screen(r, "WAY")->t;
	struct str s = STR_INIT;
	table_col(t, "way", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_TEXT, NULL, -1);
	table_col(t, "share", COL_TEXT, NULL, -1);
	table_col(t, "95 %", COL_TEXT, NULL, -1);
	table_col(t, "days", COL_TEXT, NULL, -1);
	if (l->o.outcome)
		table_col(t, "led there", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < l->w.n && i < (size_t)(top ? top : SCREEN_ROWS); i++) {
		const struct way *y = &l->w.v[l->order.v[i]];
		const struct interval ci = wilson((double)way_taken(y), (double)l->w.taken, ALPHA);
		const double days = way_days(&l->order, l->order.v[i]);
		short_path(l, y);
		put_text(t, str_view(&l->text));
		str_reset(&s);
		say_count(&s, way_taken(y));
		put_said(t, &s);
		say_share(&s, (double)way_taken(y) / (double)l->w.taken);
		put_said(t, &s);
		str_printf(&s, "%.1f-%.1f", ci.lo * 100, ci.hi * 100);
		put_said(t, &s);
		if (!isnan(days))
			say_real(&s, days, 1);
		put_said(t, &s);
		if (l->o.outcome) {
			say_count(&s, y->conversions);
			put_text(t, str_view(&s));
		}
	}
	str_release(&s);
}

/* ---- the report ---- */
static enum wend_err finish(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err)
{
	struct listing *l = job->state;
	(void)err;
	way_order_make(&l->order, &l->w, job->p);
	const struct durations_said d = all_days(l);
	const struct sv outcome = l->o.outcome ? l->o.outcome->text[0] : SV_NONE;
	(void)n;
	columns(&r->table, l);
	if (!l->w.taken)
		str_puts(&r->finding, f->customers ? "no journey is as asked for: nothing to list." : "no steps: nothing to list.");
	else if (outcome.p)
		find_outcome(&r->finding, l, arena_strndup(&r->arena, outcome.p, outcome.n), &d);
	else
		find_whole(&r->finding, l, &d);
	if (l->w.open) {
		str_putc(&r->finding, ' ');
		say_things(&r->finding, l->w.open, "journey is not over.", "journeys are not over.");
	}
	if (l->w.mixed)
		str_puts(&r->finding, " Orders are in several currencies, so that no value is added up; '--currency EUR' adds up those in one.");
	if (outcome.p)
		str_printf(&r->definition, "a way: the steps up to %.*s, since the journey began or the one before; total_null ways did not lead there so far", (int)outcome.n, outcome.p);
	else
		str_puts(&r->definition, "a way: all steps of a customer, in order");
	say_walk(&r->definition, job->o);
	if (job->o->length)
		str_printf(&r->definition, "; told by the first %lld steps", (long long)job->o->length);
	explain(r, l, f, &d);
	draw(r, l);
	if (!job->ro->sort && l->w.taken)
		screen(r, l, job->ro->top);
	line_add(&r->next, "wend touchpoints map --by position --plot map.svg");
	if (outcome.p)
		line_add(&r->next, "wend touchpoints paths --outcome none --top 20");
	r->table.source = (struct row_source){ more_rows, listing_free, l };
	job->state = NULL;
	return WEND_OK;
}

static void release(struct touch_job *job)
{
	if (job->state)
		listing_free(job->state);
}

/* The outcome where none is named: the money, where there is any. */
static const char *usual_outcome(const struct population *p)
{
	const uint32_t kinds = p->present & p->kinds;
	return kinds & KIND_BIT(KIND_ORDERS) ? "order:placed" : kinds & KIND_BIT(KIND_SUBSCRIPTIONS) ? "subscription:started" : "none";
}

enum wend_err paths_prepare(struct touch_job *job, struct err *err)
{
	const char *outcome = job->o->outcome ? job->o->outcome : usual_outcome(job->p);
	struct listing *l = xcalloc(1, sizeof *l);
	enum wend_err e = WEND_OK;
	job->state = l;
	job->finish = finish;
	job->release = release;
	l->o.length = (size_t)job->o->length;
	if (strcmp(outcome, "none")) {
		e = touch_steps(&l->o.outcome, "outcome", outcome, job->p, err);
		if (!e && l->o.outcome->n > 1)
			e = err_set(err, WEND_E_USAGE, "--outcome: one outcome at a time; 'A|B' is either of two");
	}
	if (!e && l->o.outcome && l->o.outcome->mask[l->o.outcome->words + l->o.outcome->extra + STEP_ORDER_PLACED]) {
		e = revenue_choose(&l->o.rev, job->p, NULL, err);
		l->o.money = !e;
		l->o.rev.source = KIND_ORDERS;
		if (!e) {
			revenue_fields(&job->also, &l->o.rev);
			fields_add(&job->also.fields, F_CURRENCY);
			job->also.money = 0; /* an order in any currency is a step */
			l->o.cur = job->p->cur;
		}
	}
	job->part = ways_part(&l->w, &l->o);
	return e;
}

enum wend_err metric_touch_paths(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	touch_prepare *const one = paths_prepare;
	return touch_run(p, o, ro, &one, 1, &r, err);
}
