/* Purchases through time, actual against expected: the tracking plots of Fader, Hardie & Lee
 * (2005), figures 3 and 4, for everyone known at the split.
 *
 * Before the split, and from first purchases alone, every customer is a new one on the day
 * of his first purchase: with N(d) of them on day d, by the end of day b
 *     sum_d N(d) E[Y(b - d)],
 * E[Y(t)] what the model expects of somebody new in t; a table by age, so that it is days x
 * days. After the split the expectation is that given each customer's history.
 *
 * Chance. Purchases D of one customer in (t1, t2] have E[D(D-1)] = int (v - t1) / v dP(v), P(t) =
 * E[Y(t) (Y(t)-1)]: of two purchases the later tells when both were made (k = 1). Within a
 * period P' / v changes little, and that is (P(t2) - P(t1)) (t2 - t1) / (t1 + t2), exact for
 * t1 = 0. After the split P and the slopes by the parameters are found at NODES times,
 * Chebyshev's in log(1 + t / alpha), as ratios to the expectation and between them by the
 * polynomial through them: that is for the limits only.
 */
#include "validate_impl.h"

#include <math.h>

enum { NODES = 8 };

/* ---- periods ---- */

static struct ltv_track *period_add(struct ltv_tracks *t, int32_t to, bool cut)
{
	const struct interval unknown = LTV_UNKNOWN;
	const struct ltv_follow none = { 0, NAN, unknown };
	GROW(t->v, t->cap, t->n + 1);
	t->v[t->n] = (struct ltv_track){ .to = to, .cut = cut, .alone = none, .sum = none, .first = none };
	return &t->v[t->n++];
}

static enum wend_err periods(struct ltv_tracks *t, int32_t from, int32_t split, int32_t as_of, const char *period, struct err *err)
{
	enum period_unit u = PERIOD_WEEK;
	if (period && period_parse(&u, period, err))
		return err->code;
	for (int32_t begin = from, end; begin <= as_of; begin = end + 1) {
		const int32_t away = (split - begin) % 7, start = period ? period_start(u, begin) : begin - (6 - (away < 0 ? away + 7 : away));
		const int32_t whole = period ? period_next(u, start) - 1 : start + 6;
		end = begin <= split && whole > split ? split : whole > as_of ? as_of : whole;
		period_add(t, end, begin > start || end < whole);
	}
	return WEND_OK;
}

static void count(struct ltv_tracks *t, const struct day_counts *d)
{
	int64_t known = 0, bought = 0;
	size_t at = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct ltv_track *v = &t->v[i];
		const int64_t before = bought;
		for (; at < d->n && (int64_t)d->from + (int64_t)at <= v->to; at++) {
			known += d->first[at];
			bought += d->repeat[at];
		}
		v->known = known;
		v->alone.actual = bought - before;
		v->sum.actual = v->first.actual = bought;
	}
}

/* ---- a new customer, by age in days ---- */

struct curve {
	size_t n;
	double *mean, *pairs, *slope[BTYD_PARAMS];
};

static double *new_means(const struct btyd_model *m, size_t n, double unit)
{
	double *v = xreallocarray(NULL, n, sizeof *v);
	for (size_t i = 0; i < n; i++)
		v[i] = btyd_expect(m, 0, 0, 0, (double)i / unit);
	return v;
}

static void curve_of(struct curve *c, const struct btyd_model *m, size_t n, double unit)
{
	*c = (struct curve){ .n = n, .mean = new_means(m, n, unit), .pairs = xreallocarray(NULL, n, sizeof *c->pairs) };
	for (size_t i = 0; i < n; i++)
		c->pairs[i] = fmax(btyd_variance(m, 0, 0, 0, (double)i / unit) - c->mean[i] + c->mean[i] * c->mean[i], 0);
	for (int i = 0; i < BTYD_PARAMS; i++) {
		const struct btyd_model down = ltv_moved(m, 2 * i), up = ltv_moved(m, 2 * i + 1);
		double *less = new_means(&down, n, unit);
		c->slope[i] = new_means(&up, n, unit);
		for (size_t k = 0; k < n; k++)
			c->slope[i][k] = (c->slope[i][k] - less[k]) / (2 * LTV_STEP);
		free(less);
	}
}

static void curve_release(struct curve *c)
{
	free(c->mean);
	free(c->pairs);
	for (int i = 0; i < BTYD_PARAMS; i++)
		free(c->slope[i]);
}

/* E[D(D-1)] of what lies between two times. */
static double pairs_between(double p1, double p2, double t1, double t2)
{
	return t2 > 0 ? (p2 - p1) * (t2 - t1) / (t1 + t2) : 0;
}

/* Days on which customers were won, and how many. */
struct won {
	int32_t *day;
	double *customers;
	size_t n;
};

static struct won won_of(const struct day_counts *d)
{
	struct won w = { xreallocarray(NULL, d->n, sizeof *w.day), xreallocarray(NULL, d->n, sizeof *w.customers), 0 };
	for (size_t i = 0; i < d->n; i++)
		if (d->first[i]) {
			w.day[w.n] = d->from + (int32_t)i;
			w.customers[w.n++] = (double)d->first[i];
		}
	return w;
}

/* What new customers do from the end of day `after` to the end of day `to`. */
static struct ltv_sum of_new(const struct curve *c, const struct won *w, int64_t after, int64_t to)
{
	struct ltv_sum s = { 0, 0, { 0 } };
	for (size_t i = 0; i < w->n && w->day[i] <= to; i++) {
		const int64_t day = w->day[i];
		const double n = w->customers[i];
		const size_t t1 = (size_t)(after > day ? after - day : 0), t2 = (size_t)(to - day);
		const double mean = c->mean[t2] - c->mean[t1], pairs = pairs_between(c->pairs[t1], c->pairs[t2], (double)t1, (double)t2);
		s.mean += n * mean;
		s.chance += n * fmax(pairs + mean - mean * mean, 0);
		for (int k = 0; k < BTYD_PARAMS; k++)
			s.slope[k] += n * (c->slope[k][t2] - c->slope[k][t1]);
	}
	return s;
}

static void say(struct ltv_follow *f, const struct ltv_sum *s, const double *cov, double above)
{
	const struct interval ci = ltv_sum_limits(s, cov, INFINITY);
	f->expected = above + s->mean;
	f->ci = (struct interval){ above + ci.lo, above + ci.hi };
}

/* ---- after the split ---- */

/* Customers whose future differs by their chance to be alive alone: with `alone`, that of one,
 * sum w alive / alone and sum w (alive / alone)^2. */
struct kin {
	uint32_t x;
	double tx, T, alone, once, twice;
	double mean, last;        /* of one, by now and by the period before */
};
struct kins {
	struct kin *v;
	size_t n, cap;
};

static void kins_of(struct kins *out, const struct ltv_cells *c, const struct btyd_model *m)
{
	out->n = 0;
	for (size_t i = 0; i < c->n; i++) {
		struct kin *k = out->n ? &out->v[out->n - 1] : NULL;
		const double alive = btyd_alive(m, c->x[i], c->tx[i], c->T[i]), w = c->shown[i];
		if (!(w > 0))
			continue;
		if (!k || m->k > 1 || k->x != c->x[i] || k->T != c->T[i]) {
			GROW(out->v, out->cap, out->n + 1);
			k = &out->v[out->n++];
			*k = (struct kin){ .x = c->x[i], .tx = c->tx[i], .T = c->T[i], .alone = alive };
		} else if (alive > k->alone) {
			const double by = k->alone / alive;
			*k = (struct kin){ k->x, c->tx[i], k->T, alive, k->once * by, k->twice * by * by, 0, 0 };
		}
		const double part = k->alone > 0 ? alive / k->alone : 0;
		k->once += w * part;
		k->twice += w * part * part;
	}
}

static double kins_mean(struct kins *l, const struct btyd_model *m, double t)
{
	double sum = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct kin *k = &l->v[i];
		k->mean = btyd_expect(m, k->x, k->tx, k->T, t);
		sum += k->once * k->mean;
	}
	return sum;
}

static double kins_pairs(const struct kins *l, const struct btyd_model *m, double t)
{
	double sum = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct kin *k = &l->v[i];
		sum += k->once * fmax(btyd_variance(m, k->x, k->tx, k->T, t) - k->mean + k->mean * k->mean, 0);
	}
	return sum;
}

/* At each node, as a ratio to the expectation: pairs / t, and the slopes. */
struct ahead {
	double scale, node[NODES], weight[NODES], v[NODES][1 + BTYD_PARAMS];
};

static void ahead_of(struct ahead *a, const struct ltv_cells *c, const struct btyd_model *m, double end)
{
	struct kins l = { 0 };
	double mean[NODES];
	a->scale = m->p[1];
	for (int i = 0; i < NODES; i++) {
		const double angle = (2 * i + 1) * M_PI / (2 * NODES);
		a->node[i] = log1p(end / a->scale) / 2 * (1 + cos(angle));
		a->weight[i] = (i % 2 ? -1 : 1) * sin(angle);
	}
	kins_of(&l, c, m);
	for (int i = 0; i < NODES; i++) {
		const double t = a->scale * expm1(a->node[i]);
		mean[i] = kins_mean(&l, m, t);
		a->v[i][0] = kins_pairs(&l, m, t) / (mean[i] * t);
	}
	for (int side = 0; side < LTV_SIDES; side++) {
		const struct btyd_model moved = ltv_moved(m, side);
		kins_of(&l, c, &moved);
		for (int i = 0; i < NODES; i++) {
			double *v = &a->v[i][1 + side / 2];
			const double part = kins_mean(&l, &moved, a->scale * expm1(a->node[i])) / mean[i];
			*v = side % 2 ? (part - *v) / (2 * LTV_STEP) : part;
		}
	}
	free(l.v);
}

/* The polynomial through the nodes, in its barycentric form. */
static void ahead_at(const struct ahead *a, double t, double out[1 + BTYD_PARAMS])
{
	const double u = log1p(t / a->scale);
	double below = 0;
	memset(out, 0, (1 + BTYD_PARAMS) * sizeof *out);
	for (int i = 0; i < NODES; i++) {
		if (u == a->node[i]) {
			memcpy(out, a->v[i], sizeof a->v[i]);
			return;
		}
		const double w = a->weight[i] / (u - a->node[i]);
		below += w;
		for (int k = 0; k <= BTYD_PARAMS; k++)
			out[k] += w * a->v[i][k];
	}
	for (int k = 0; k <= BTYD_PARAMS; k++)
		out[k] /= below;
}

struct moment {
	double t, mean, pairs, slope[BTYD_PARAMS], squares;
};

static struct moment moment_at(const struct ahead *a, struct kins *l, const struct btyd_model *m, double t)
{
	struct moment now = { .t = t };
	double ratio[1 + BTYD_PARAMS];
	for (size_t i = 0; i < l->n; i++)
		l->v[i].last = l->v[i].mean;
	now.mean = kins_mean(l, m, t);
	ahead_at(a, t, ratio);
	now.pairs = ratio[0] * now.mean * t;
	for (int i = 0; i < BTYD_PARAMS; i++)
		now.slope[i] = ratio[1 + i] * now.mean;
	for (size_t i = 0; i < l->n; i++)
		now.squares += l->v[i].twice * l->v[i].mean * l->v[i].mean;
	return now;
}

static void after_split(struct ltv_tracks *t, size_t at, const struct ltv_cells *c, const struct btyd_fit *f, int32_t split)
{
	struct kins l = { 0 };
	struct ahead a;
	struct moment was = { 0 };
	const double already = at ? (double)t->v[at - 1].sum.actual : 0;
	if (at == t->n)
		return;
	ahead_of(&a, c, &f->model, ltv_units(c->unit_days, split, t->v[t->n - 1].to));
	kins_of(&l, c, &f->model);
	for (; at < t->n; at++) {
		struct ltv_track *v = &t->v[at];
		const struct moment now = moment_at(&a, &l, &f->model, ltv_units(c->unit_days, split, v->to));
		struct ltv_sum sum = { now.mean, now.pairs + now.mean - now.squares, { 0 } }, alone = { .mean = now.mean - was.mean };
		alone.chance = alone.mean + pairs_between(was.pairs, now.pairs, was.t, now.t);
		for (size_t i = 0; i < l.n; i++) {
			const double step = l.v[i].mean - l.v[i].last;
			alone.chance -= l.v[i].twice * step * step;
		}
		for (int i = 0; i < BTYD_PARAMS; i++) {
			sum.slope[i] = now.slope[i];
			alone.slope[i] = now.slope[i] - was.slope[i];
		}
		say(&v->sum, &sum, f->cov, already);
		say(&v->alone, &alone, f->cov, 0);
		was = now;
	}
	free(l.v);
}

enum wend_err ltv_tracks_run(struct ltv_tracks *out, const struct day_counts *d, const struct ltv_cells *c, const struct btyd_fit *f, int32_t split, int32_t as_of, const char *period, struct err *err)
{
	struct curve curve;
	size_t i = 0;
	*out = (struct ltv_tracks){ 0 };
	if (periods(out, d->from, split, as_of, period, err))
		return err->code;
	count(out, d);
	if (!f || !(c->printed > 0))
		return WEND_OK;
	curve_of(&curve, &f->model, d->n, c->unit_days);
	struct won won = won_of(d);
	for (; i < out->n; i++) {
		struct ltv_track *v = &out->v[i];
		const struct ltv_sum first = of_new(&curve, &won, (int64_t)d->from - 1, v->to);
		say(&v->first, &first, f->cov, 0);
		if (v->to > split)
			continue;
		/* What the model was fitted to is no forecast: it has no limits. */
		v->sum.expected = first.mean;
		v->alone.expected = of_new(&curve, &won, i ? out->v[i - 1].to : (int64_t)d->from - 1, v->to).mean;
	}
	curve_release(&curve);
	free(won.day);
	free(won.customers);
	for (i = 0; i < out->n && out->v[i].to <= split; i++)
		;
	after_split(out, i, c, f, split);
	return WEND_OK;
}
