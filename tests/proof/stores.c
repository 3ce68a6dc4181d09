/* Simulated stores: purchases and their money out of the models (buyers.h), watched to a day and
 * followed further. Of each the program's own fits, limits and choice of a model are held
 * against what the customers then do.
 *
 *   stores limits FROM TO [--size N]...   coverage of the 95 % limits, the true model fitted:
 *                                         93 to 97 % of 1,000 stores or more; of fewer what
 *                                         95 % allow but once in ten thousand
 *   stores forecast FROM TO [--size N]... the same of the limits of ltv validate
 *   stores days FROM TO [--size N]...     limits again, where purchases of a day are one; told
 *                                         only: models know no days
 *   stores choice FROM TO                 what --model auto takes against the best candidate:
 *                                         within 1 % of its deviance on average, and never the
 *                                         worst by more than 2 %; by days
 *
 * The models speak of moments, at which nobody buys twice; records of days. Limits take their
 * model at its word, so moments are what they can be held to: purchases fall into PARTS parts of
 * a day. What days do to them is told beside.
 */
#include <stdio.h>
#include <string.h>
#include "buyers.h"
#include "asked.h"
#include "metric/validate_impl.h"
#include "wend/hash.h"

#define YEAR_WEEKS (365.25 / 7)
enum { PARTS = 240 };
/* Parts of a day; all times of a store are counted in them. The k-th day is the parts above
 * (k - 1) per_day up to k per_day. */
static int32_t per_day = 1;

static double week(void)
{
	return 7.0 * per_day;
}

struct store_truth {
	struct btyd_model purchases;
	struct spend_model spending;
	int32_t won, watched;     /* in which customers are won; in all, to the end of the as-of day */
};

struct shopper {
	size_t from, n;           /* his purchases, ascending; the first is `from` of the store's */
};
struct shop {
	size_t n, nbuys, cap;
	struct shopper *who;
	int32_t *at;
	int64_t *cents;
};

static struct store_truth truth_of(struct dice *d, int kind)
{
	static const enum btyd_kind of[] = { BTYD_BGNBD, BTYD_MBGNBD, BTYD_MBGCNBD, BTYD_PNBD, BTYD_MBGCNBD };
	static const int k[] = { 1, 1, 2, 1, 3 };
	struct store_truth t = { .purchases = { of[kind], k[kind], { 0 } } };
	double *p = t.purchases.p;
	p[0] = dice_log_between(d, 0.4, 3);
	p[1] = p[0] / dice_log_between(d, 0.04, 0.25) / k[kind];
	if (t.purchases.kind == BTYD_PNBD) {
		p[2] = dice_log_between(d, 0.5, 2);
		p[3] = p[2] * dice_log_between(d, 15, 100);
	} else {
		p[2] = dice_log_between(d, 0.5, 2);
		p[3] = p[2] * dice_log_between(d, 2, 8);
	}
	t.spending = (struct spend_model){ dice_log_between(d, 2, 8), dice_log_between(d, 3.2, 8), dice_log_between(d, 10, 40) };
	t.won = per_day * (int32_t)dice_between(d, 120, 360);
	t.watched = t.won + per_day * (int32_t)dice_between(d, 120, 500);
	return t;
}

static void buy(struct shop *s, int32_t at, double money)
{
	const int64_t cents = (int64_t)llround(money * 100);
	if (s->who[s->n].n && s->at[s->nbuys - 1] == at) {
		s->cents[s->nbuys - 1] += cents;
		return;
	}
	if (s->nbuys == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 4096;
		s->at = realloc(s->at, s->cap * sizeof *s->at);
		s->cents = realloc(s->cents, s->cap * sizeof *s->cents);
	}
	s->at[s->nbuys] = at;
	s->cents[s->nbuys++] = cents;
	s->who[s->n].n++;
}

/* One customer, until `end`. */
static void live(struct shop *s, struct dice *d, const struct store_truth *t, int32_t end)
{
	const struct btyd_model *m = &t->purchases;
	const double rate = exp(dice_log_gamma(d, m->p[0])) / m->p[1], worth = exp(dice_log_gamma(d, t->spending.q)) / t->spending.gamma;
	const double first = floor(t->won * dice_uniform(d));
	double at = 0, dies = INFINITY, leave = 0;
	if (m->kind == BTYD_PNBD)
		dies = dice_exponential(d) / (exp(dice_log_gamma(d, m->p[2])) / m->p[3]);
	else
		leave = 1 / (1 + exp(-dice_logit_beta(d, m->p[2], m->p[3])));
	s->who[s->n] = (struct shopper){ s->nbuys, 0 };
	buy(s, (int32_t)first, exp(dice_log_gamma(d, t->spending.p)) / worth);
	bool there = m->kind == BTYD_BGNBD || m->kind == BTYD_PNBD || dice_uniform(d) >= leave;
	while (there) {
		for (int i = 0; i < m->k; i++)
			at += dice_exponential(d) / rate;
		const double when = first + at * week();
		if (when > end || at > dies)
			break;
		buy(s, (int32_t)when, exp(dice_log_gamma(d, t->spending.p)) / worth);
		there = m->kind == BTYD_PNBD || dice_uniform(d) >= leave;
	}
	s->n++;
}

static struct shop shop_make(struct dice *d, const struct store_truth *t, size_t n, int32_t end)
{
	struct shop s = { .who = malloc(n * sizeof *s.who) };
	while (s.n < n)
		live(&s, d, t, end);
	return s;
}

static void shop_free(struct shop *s)
{
	free(s->who);
	free(s->at);
	free(s->cents);
}

/* Streams of draws that share nothing: neighbours of a splitmix64 whose states lie one step apart
 * would draw the same numbers, one draw later. */
static struct dice dice_of(unsigned long seed, size_t n)
{
	return (struct dice){ hash_mix(hash_mix(seed) + n) };
}

/* Purchases in (from, to]. */
static uint32_t bought_in(const struct shop *s, size_t who, int32_t from, int32_t to)
{
	uint32_t n = 0;
	for (size_t i = 0; i < s->who[who].n; i++) {
		const int32_t at = s->at[s->who[who].from + i];
		n += at > from && at <= to;
	}
	return n;
}

/* The statistic as a report would have it on `as_of`: those who have bought by then. */
static struct purchases seen(const struct shop *s, int32_t as_of)
{
	struct purchases b = { .v = malloc(s->n * sizeof *b.v) };
	for (size_t i = 0; i < s->n; i++) {
		const int32_t *at = s->at + s->who[i].from;
		struct rfm_row r = { .customer = (uint32_t)i, .selected = true, .first = at[0] };
		size_t k = 0;
		for (; k < s->who[i].n && at[k] <= as_of; k++) {
			const int64_t cents = s->cents[s->who[i].from + k];
			r.days++;
			r.last = at[k];
			r.total += cents;
			r.repeat += k ? cents : 0;
			if (k)
				gap_days_add(&b.gaps, at[k] - at[k - 1]);
		}
		if (k > 2)
			gap_days_pair(&b.gaps, at[k - 2] - at[k - 3], at[k - 1] - at[k - 2]);
		if (k)
			b.v[b.n++] = r;
	}
	return b;
}

static struct ltv_held held_out(const struct shop *s, int32_t split, int32_t as_of)
{
	struct purchases b = seen(s, split);
	struct ltv_held h = { .gaps = b.gaps, .n = b.n, .split = split, .ahead = (as_of - split) / week() };
	ltv_cells_of(&h.cells, b.v, b.n, split, week(), 100, false);
	h.later = calloc(b.n + 1, sizeof *h.later);
	h.before = calloc(b.n + 1, sizeof *h.before);
	for (size_t i = 0; i < b.n; i++) {
		h.later[i] = bought_in(s, b.v[i].customer, split, as_of);
		h.before[i] = bought_in(s, b.v[i].customer, split - (as_of - split), split);
		h.before[i] -= h.before[i] && b.v[i].first > split - (as_of - split);
	}
	free(b.v);
	return h;
}

static void held_free(struct ltv_held *h)
{
	ltv_cells_release(&h->cells);
	free(h->gaps.n);
	free(h->later);
	free(h->before);
}

/* ---- limits ---- */

enum { ROWS = 4 };
static const char *const row_name[ROWS] = { "orders in 12 months, all", "value of 12 months, all", "value for life, all", "value of a new customer" };
struct cover {
	unsigned long stores, fitted, known[ROWS], inside[ROWS], below[ROWS];
	double width[ROWS];       /* of the limits by the value, summed */
	double above[ROWS];       /* truth by the value, less 1, summed */
};

static void count(struct cover *c, int row, double truth, double value, struct interval ci)
{
	if (isnan(ci.lo))
		return;
	c->known[row]++;
	c->inside[row] += truth >= ci.lo && truth <= ci.hi;
	c->below[row] += truth < ci.lo;
	c->width[row] += (ci.hi - ci.lo) / value;
	c->above[row] += truth / value - 1;
}

/* What customers bring in (as_of, as_of + weeks], discounted at delta a week. */
static double brought(const struct shop *s, int32_t as_of, double weeks, double delta, bool money)
{
	double sum = 0;
	for (size_t i = 0; i < s->nbuys; i++) {
		const double at = (s->at[i] - as_of) / week();
		if (at > 0 && at <= weeks)
			sum += (money ? (double)s->cents[i] / 100 : 1) * exp(-delta * at);
	}
	return sum;
}

static double mean_first(const struct purchases *b, double *se)
{
	double sum = 0, squares = 0;
	for (size_t i = 0; i < b->n; i++)
		sum += (double)(b->v[i].total - b->v[i].repeat) / 100;
	const double mean = sum / (double)b->n;
	for (size_t i = 0; i < b->n; i++) {
		const double off = (double)(b->v[i].total - b->v[i].repeat) / 100 - mean;
		squares += off * off;
	}
	*se = sqrt(squares / ((double)b->n - 1) / (double)b->n);
	return mean;
}

static void limits_of(struct cover *c, unsigned long seed, size_t n)
{
	struct dice d = dice_of(seed, n);
	const double delta = log(1.1) / YEAR_WEEKS;
	const struct store_truth t = truth_of(&d, (int)(seed % 4));
	/* What comes after e^-18 of its value is nothing. */
	struct shop s = shop_make(&d, &t, n, t.watched + (int32_t)(18 / delta * week()));
	struct purchases b = seen(&s, t.watched);
	struct ltv_cells cells;
	const struct ltv_options o = { .model = ltv_model_name[t.purchases.kind], .margin = NAN, .discount = NAN };
	struct ltv_fit f;
	struct err err = ERR_INIT;
	ltv_cells_of(&cells, b.v, b.n, t.watched, week(), 100, false);
	c->stores++;
	if (!ltv_fit_run(&f, &cells, &b.gaps, NULL, &o, &err) && f.chosen >= 0 && !f.spend.reason) {
		const struct value_span span[3] = { { .to = YEAR_WEEKS }, { .to = YEAR_WEEKS, .delta = delta }, { .to = INFINITY, .delta = delta } };
		struct value_total v[3];
		struct value_new once;
		value_totals(v, span, 3, &cells, &f, 1);
		double se;
		const double first = mean_first(&b, &se);
		value_new(&once, &span[2], 1, &f, first, se, 1);
		c->fitted++;
		count(c, 0, brought(&s, t.watched, YEAR_WEEKS, 0, false), v[0].purchases, v[0].purchases_ci);
		count(c, 1, brought(&s, t.watched, YEAR_WEEKS, delta, true), v[1].money, v[1].money_ci);
		count(c, 2, brought(&s, t.watched, INFINITY, delta, true), v[2].money, v[2].money_ci);
		count(c, 3, spend_mean(&t.spending) * (1 + btyd_discounted(&t.purchases, 0, 0, 0, 0, INFINITY, delta)), once.value, once.ci);
	}
	ltv_cells_release(&cells);
	free(b.gaps.n);
	free(b.v);
	shop_free(&s);
}

/* Chance of at least k misses of n at 5 %, and of at most k. */
static bool covers(double n, double inside)
{
	const double k = n - inside;
	if (n >= 1000)
		return inside >= 0.93 * n && inside <= 0.97 * n;
	return (k < 1 || beta_i(k, n - k + 1, 0.05) > 1e-4) && (k >= n || 1 - beta_i(k + 1, n - k, 0.05) > 1e-4);
}

static int limits(unsigned long from, unsigned long to, const size_t *size, int sizes)
{
	static struct cover all[ASKED_SIZES];
	bool held = true;
	puts("| customers | what | stores | fitted | with limits | inside | truth below | mean width | truth above value |\n|---|---|---|---|---|---|---|---|---|");
	for (int k = 0; k < sizes; k++) {
		struct cover *c = &all[k];
		for (unsigned long seed = from; seed <= to; seed++)
			limits_of(c, seed, size[k]);
		for (int r = 0; r < ROWS; r++) {
			held = covers((double)c->known[r], (double)c->inside[r]) && held;
			printf("| %zu | %s | %lu | %lu | %lu | %.2f %% | %.2f %% | %.3f | %+.2f %% |\n", size[k], row_name[r], c->stores, c->fitted, c->known[r],
			       100.0 * (double)c->inside[r] / (double)c->known[r], 100.0 * (double)c->below[r] / (double)c->known[r], c->width[r] / (double)c->known[r], 100 * c->above[r] / (double)c->known[r]);
		}
		fflush(stdout);
	}
	return !held;
}

/* ---- forecasts through time and by groups ---- */

enum { FOLLOWED = 6 };
static const char *const followed_name[FOLLOWED] = { "purchases, a week alone", "purchases, half the time", "purchases, all the time", "buyers", "purchases of those with none before", "purchases of those with 1 or 2 before" };
struct followed {
	unsigned long stores, fitted, known[FOLLOWED], inside[FOLLOWED], below[FOLLOWED];
};

static void follow(struct followed *c, int row, double truth, struct interval ci)
{
	c->known[row]++;
	c->inside[row] += truth >= ci.lo && truth <= ci.hi;
	c->below[row] += truth < ci.lo;
}

static int32_t day_of(int32_t at)
{
	return (at + per_day - 1) / per_day;
}

static void follow_tracks(struct followed *c, const struct shop *s, const struct ltv_cells *cells, const struct btyd_fit *f, int32_t split, int32_t end)
{
	const int32_t last_day = day_of(end), half = (last_day - day_of(split)) / 2;
	struct day_counts d = { .n = (size_t)last_day + 1, .first = calloc((size_t)last_day + 1, sizeof *d.first), .repeat = calloc((size_t)last_day + 1, sizeof *d.repeat) };
	struct ltv_cells weeks = *cells; /* whose times are weeks either way, for those who ask by days */
	struct ltv_tracks t;
	struct err err = ERR_INIT;
	weeks.unit_days = 7;
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->who[i].n && s->at[s->who[i].from] <= split; k++) {
			const int32_t day = day_of(s->at[s->who[i].from + k]);
			if (day <= last_day)
				(k ? d.repeat : d.first)[day]++;
		}
	if (!ltv_tracks_run(&t, &d, &weeks, f, day_of(split), last_day, NULL, &err)) {
		const struct ltv_track *last = &t.v[t.n - 1];
		for (size_t i = 0; i < t.n; i++) {
			const int32_t ahead = t.v[i].to - day_of(split);
			if (ahead > 0 && !t.v[i].cut)
				follow(c, 0, (double)t.v[i].alone.actual, t.v[i].alone.ci);
			if (ahead > 0 && ahead <= half && ahead + 7 > half)
				follow(c, 1, (double)t.v[i].sum.actual, t.v[i].sum.ci);
		}
		follow(c, 2, (double)last->sum.actual, last->sum.ci);
	}
	free(t.v);
	day_counts_release(&d);
}

static void forecast_of(struct followed *c, unsigned long seed, size_t n)
{
	struct dice d = dice_of(seed, n);
	const struct store_truth t = truth_of(&d, (int)(seed % 4));
	const int32_t end = t.watched + t.watched / per_day / 2 * per_day;
	struct shop s = shop_make(&d, &t, n, end);
	struct purchases b = seen(&s, t.watched);
	struct ltv_held h = held_out(&s, t.watched, end);
	const struct ltv_options o = { .model = ltv_model_name[t.purchases.kind], .margin = NAN, .discount = NAN };
	struct ltv_fit f;
	struct err err = ERR_INIT;
	c->stores++;
	if (!ltv_fit_run(&f, &h.cells, &b.gaps, NULL, &o, &err) && f.chosen >= 0) {
		const struct btyd_fit *fit = &f.v[f.chosen].fit;
		struct ltv_future ahead;
		struct ltv_sum all = { .mean = 0 }, none = all, some = all;
		double bought = 0, of_none = 0, of_some = 0;
		c->fitted++;
		follow_tracks(c, &s, &h.cells, fit, t.watched, end);
		ltv_future_of(&ahead, &h.cells, &fit->model, h.ahead, true);
		for (size_t i = 0; i < h.n; i++) {
			const uint32_t cell = h.cells.of[i], x = h.cells.x[cell];
			bought += h.later[i] > 0;
			ltv_sum_buyers(&all, &ahead, cell, 1);
			of_none += x ? 0 : h.later[i];
			of_some += x == 1 || x == 2 ? h.later[i] : 0;
			ltv_sum_purchases(&none, &ahead, cell, x == 0);
			ltv_sum_purchases(&some, &ahead, cell, x == 1 || x == 2);
		}
		follow(c, 3, bought, ltv_sum_limits(&all, fit->cov, (double)h.n));
		follow(c, 4, of_none, ltv_sum_limits(&none, fit->cov, INFINITY));
		follow(c, 5, of_some, ltv_sum_limits(&some, fit->cov, INFINITY));
		ltv_future_release(&ahead);
	}
	held_free(&h);
	free(b.gaps.n);
	free(b.v);
	shop_free(&s);
}

static int forecast(unsigned long from, unsigned long to, const size_t *size, int sizes)
{
	bool held = true;
	puts("| customers | what | stores | fitted | limits | inside | truth below |\n|---|---|---|---|---|---|---|");
	for (int k = 0; k < sizes; k++) {
		struct followed c = { .stores = 0 };
		for (unsigned long seed = from; seed <= to; seed++)
			forecast_of(&c, seed, size[k]);
		for (int r = 0; r < FOLLOWED; r++) {
			/* The weeks of one store share their fit: they are no independent trials. */
			held = (r == 0 || covers((double)c.known[r], (double)c.inside[r])) && held;
			printf("| %zu | %s | %lu | %lu | %lu | %.2f %% | %.2f %% |\n", size[k], followed_name[r], c.stores, c.fitted, c.known[r],
			       100.0 * (double)c.inside[r] / (double)c.known[r], 100.0 * (double)c.below[r] / (double)c.known[r]);
		}
		fflush(stdout);
	}
	return !held;
}

/* ---- the choice ---- */

enum { TRUTHS = 5 };
static const char *const truth_name[TRUTHS] = { "BG/NBD", "MBG/NBD", "MBG/CNBD-2", "Pareto/NBD", "MBG/CNBD-3" };
struct contest {
	unsigned long stores, none, took[BTYD_KINDS], worst;
	double above, most;       /* deviance over that of the best: summed, largest */
};

static double deviance_of(const struct btyd_model *m, const struct ltv_held *h)
{
	double sum = 0;
	for (size_t i = 0; i < h->n; i++) {
		const uint32_t c = h->cells.of[i];
		const double mean = btyd_expect(m, h->cells.x[c], h->cells.tx[c], h->cells.T[c], h->ahead), y = h->later[i];
		sum += 2 * ((y > 0 ? y * log(y / mean) : 0) - (y - mean));
	}
	return sum;
}

/* A choice that was far from the best: all of it. */
static void tell(unsigned long seed, size_t n, const struct ltv_fit *f, const struct ltv_held *next)
{
	printf("seed %lu, %zu customers:", seed, n);
	for (int i = 0; i < f->n; i++)
		printf(" %s%s k %d likelihood %.1f, held out %.1f, then %.1f%s", i == f->chosen ? "[" : "", ltv_model_name[f->v[i].fit.model.kind], f->v[i].fit.model.k, f->v[i].loglik, f->v[i].score.deviance,
		       f->v[i].fit.reason ? NAN : deviance_of(&f->v[i].fit.model, next), i == f->chosen ? "]" : "");
	putchar('\n');
}

static void choice_of(struct contest *c, unsigned long seed)
{
	struct dice d = { seed * 0xd1342543de82ef95u };
	const struct store_truth t = truth_of(&d, (int)(seed % TRUTHS));
	const size_t n = (size_t)dice_log_between(&d, 500, 20000);
	const int32_t end = t.watched + t.watched / per_day / 2 * per_day;
	struct shop s = shop_make(&d, &t, n, end);
	struct purchases b = seen(&s, t.watched);
	struct ltv_held held = held_out(&s, t.watched - t.watched / 3, t.watched), next = held_out(&s, t.watched, end);
	struct ltv_cells cells;
	const struct ltv_options o = { .margin = NAN, .discount = NAN };
	struct ltv_fit f;
	struct err err = ERR_INIT;
	ltv_cells_of(&cells, b.v, b.n, t.watched, week(), 100, false);
	c->stores++;
	if (ltv_fit_run(&f, &cells, &b.gaps, &held, &o, &err) || f.chosen < 0) {
		c->none++;
	} else {
		double best = INFINITY, worst = 0, own = 0;
		for (int i = 0; i < f.n; i++) {
			if (f.v[i].fit.reason)
				continue;
			const double v = deviance_of(&f.v[i].fit.model, &next);
			best = fmin(best, v);
			worst = fmax(worst, v);
			own = i == f.chosen ? v : own;
		}
		c->took[f.v[f.chosen].fit.model.kind]++;
		c->above += own / best - 1;
		c->most = fmax(c->most, own / best - 1);
		c->worst += own >= worst && own / best - 1 > 0.02;
		if (own / best - 1 > 0.02)
			tell(seed, n, &f, &next);
	}
	ltv_cells_release(&cells);
	held_free(&held);
	held_free(&next);
	free(b.gaps.n);
	free(b.v);
	shop_free(&s);
}

static int choice(unsigned long from, unsigned long to)
{
	static struct contest all[TRUTHS];
	struct contest sum = { 0 };
	for (unsigned long seed = from; seed <= to; seed++)
		choice_of(&all[seed % TRUTHS], seed);
	puts("| truth | stores | none fits | BG/NBD | MBG/NBD | MBG/CNBD-k | Pareto/NBD | above the best, mean | largest | worst by over 2 % |\n|---|---|---|---|---|---|---|---|---|---|");
	for (int k = 0; k < TRUTHS; k++) {
		const struct contest *c = &all[k];
		printf("| %s | %lu | %lu | %lu | %lu | %lu | %lu | %.2f %% | %.2f %% | %lu |\n", truth_name[k], c->stores, c->none, c->took[BTYD_BGNBD], c->took[BTYD_MBGNBD], c->took[BTYD_MBGCNBD],
		       c->took[BTYD_PNBD], 100 * c->above / (double)(c->stores - c->none), 100 * c->most, c->worst);
		sum.stores += c->stores;
		sum.none += c->none;
		sum.above += c->above;
		sum.most = fmax(sum.most, c->most);
		sum.worst += c->worst;
	}
	printf("| all | %lu | %lu | | | | | %.2f %% | %.2f %% | %lu |\n", sum.stores, sum.none, 100 * sum.above / (double)(sum.stores - sum.none), 100 * sum.most, sum.worst);
	return sum.worst || sum.above > 0.01 * (double)(sum.stores - sum.none);
}

int main(int argc, char **argv)
{
	struct asked s = { .size = { 300, 2000, 10000 } };
	if (!asked_read(&s, argc, argv, "stores limits|forecast|days|choice"))
		return 2;
	if (!strcmp(s.what, "choice"))
		return choice(s.from, s.to);
	if (!strcmp(s.what, "days"))
		return limits(s.from, s.to, s.size, s.sizes), 0;
	per_day = PARTS;
	return strcmp(s.what, "forecast") ? limits(s.from, s.to, s.size, s.sizes) : forecast(s.from, s.to, s.size, s.sizes);
}
