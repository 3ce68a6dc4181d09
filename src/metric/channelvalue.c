/* What customers of a channel cost and bring.
 *
 *   cac       spend / customers won, both within the span; limits: the number of customers is a
 *             Poisson count (Garwood 1936)
 *   clv       of customers won within the span the mean of what they brought so far and what is
 *             still to come of each (value.c, given the own history; the model is fitted to
 *             everyone). Variance of the mean: between customers, and the relative
 *             variance of all that is still to come (value_totals: parameters and chance)
 *   ratio     clv / cac; limits joined on the logarithm (Zou & Donner 2008)
 *   curve     margin so far by age: for each month the mean of what customers seen that long
 *             brought in it, added up. Each customer moves the sum to month A by
 *             sum over months seen of (own - mean) / customers seen; variance: the sum of squares
 *   payback   the first month whose sum reaches the cost; limits: those of the sum
 *   kept      Kaplan and Meier's share of first stretches that last beyond 12 months; a
 *             customer counts for the channel with the greatest credit
 *   marginal  Theil's median slope of a month's spending on the customers won in it
 *   verdict   scale: the lower limit of clv / cac above the threshold and paid back in time;
 *             stop: the upper limit below 1; few: too few customers; else hold
 */
#include "channel_impl.h"
#include "wend/hazard.h"

#include <math.h>

static const struct interval unknown = { NAN, NAN };

/* ---- value ---- */

static double money_of(const struct ltv_look *l, const struct rfm_row *v)
{
	return (v->days - 1 + l->all) ? (double)(l->all ? v->total : v->repeat) / l->minor : 0;
}

/* By row: brought so far and still to come, after the margin. */
static double *values_of(const struct channels *c)
{
	const struct ltv_look *l = &c->look;
	double *v = xreallocarray(NULL, l->b.n + 1, sizeof *v);
	const bool known = l->fit.chosen >= 0 && !l->fit.spend.reason;
	struct value_cell *cell = known ? value_cells(&l->cells, &l->fit.v[l->fit.chosen].fit.model, &l->fit.spend.model, &l->terms) : NULL;
	for (size_t i = 0; i < l->b.n; i++) {
		const struct rfm_row *r = &l->b.v[i];
		const double ahead = known && l->cells.shown[l->cells.of[i]] > 0 ? value_of(&cell[l->cells.of[i]], &l->fit.spend.model, money_of(l, r)).mean : NAN;
		v[i] = ((double)r->total / l->minor + ahead) * l->terms.margin;
	}
	free(cell);
	return v;
}

static void relative_error(struct channels *c)
{
	const struct ltv_look *l = &c->look;
	struct value_total t;
	c->rel = NAN;
	if (l->fit.chosen < 0 || l->fit.spend.reason || !(l->cells.printed > 0))
		return;
	value_totals(&t, &l->terms.life, 1, &l->cells, &l->fit, l->terms.margin);
	const double half = log(t.money_ci.hi / t.money) / Z95;
	c->rel = half * half;
}

static bool within_span(const struct channels *c, const struct rfm_row *v)
{
	return v->first >= c->since && v->first <= c->until;
}

struct sums {
	double w, w2, v, ahead;
};

static void value_channel(struct channel *ch, const struct channels *c, const struct sums *s, double squares)
{
	const double n = s->w * s->w / s->w2; /* as many whole customers tell as much */
	ch->clv = s->v / s->w;
	ch->clv_ci = unknown;
	if (!(n > 1) || isnan(ch->clv))
		return;
	const double between = squares / s->w * n / (n - 1) / n, ahead = s->ahead / s->w, models = c->rel * ahead * ahead;
	const double half = Z95 * sqrt(between + models);
	ch->clv_ci = (struct interval){ ch->clv - half, ch->clv + half };
}

/* The mean first, then the squares around it: no differences of large sums. */
static void value_all(struct channels *c)
{
	double *value = values_of(c), *squares = xcalloc(c->n + 2, sizeof *squares);
	struct sums *s = xcalloc(c->n + 2, sizeof *s);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < c->nparts; i++) {
			const struct part *p = &c->part[i];
			const struct rfm_row *r = &c->look.b.v[p->row];
			if (!within_span(c, r))
				continue;
			for (size_t k = p->channel;; k = c->n) {
				const double off = pass ? value[p->row] - s[k].v / s[k].w : 0;
				if (pass) {
					squares[k] += p->weight * off * off;
				} else {
					s[k].w += p->weight;
					s[k].w2 += p->weight * p->weight;
					s[k].v += p->weight * value[p->row];
					s[k].ahead += p->weight * (value[p->row] - (double)r->total / c->look.minor * c->look.terms.margin);
				}
				if (k == c->n)
					break;
			}
		}
	for (size_t k = 0; k <= c->n; k++)
		if (s[k].w > 0)
			value_channel(k < c->n ? &c->v[k] : &c->all, c, &s[k], squares[k]);
	free(value);
	free(squares);
	free(s);
}

/* ---- customers and money ---- */

static void count(struct channels *c)
{
	for (size_t i = 0; i < c->nparts; i++) {
		const struct part *p = &c->part[i];
		const struct rfm_row *r = &c->look.b.v[p->row];
		if (!within_span(c, r))
			continue;
		struct channel *const both[2] = { &c->v[p->channel], &c->all };
		for (int k = 0; k < 2; k++) {
			both[k]->won += p->weight;
			both[k]->alone += c->won[p->row].alone ? p->weight : 0;
			both[k]->brought += p->weight * (double)r->total / c->look.minor;
		}
		c->known += c->v[p->channel].known ? p->weight : 0;
	}
	for (size_t k = 0; k < c->n; k++) {
		c->all.spend += c->v[k].spend;
		c->all.hours += c->v[k].hours;
		c->all.spends |= c->v[k].spends;
		c->all.existing += c->v[k].existing;
		c->all.bought_existing += c->v[k].bought_existing;
	}
	c->known = c->all.won > 0 ? c->known / c->all.won : NAN;
}

static void cost(struct channel *ch, const struct channels *c)
{
	const double spend = (double)ch->spend / c->look.minor, hours = (double)ch->hours / 1e6;
	const bool loaded = ch->hours && c->has_hour_cost;
	ch->cac = ch->loaded = NAN;
	ch->cac_ci = unknown;
	if (!ch->spends || !ch->known || !(ch->won > 0))
		return; /* what was spent on nothing known won nobody known */
	const struct interval n = garwood(ch->won, ALPHA);
	ch->cac = spend / ch->won;
	ch->cac_ci = (struct interval){ spend / n.hi, spend / n.lo };
	ch->loaded = (spend + (loaded ? hours * c->hour_cost : 0)) / ch->won;
}

static void ratio(struct channel *ch)
{
	ch->ratio = NAN;
	ch->ratio_ci = unknown;
	if (!(ch->loaded > 0) || isnan(ch->clv))
		return;
	const double poisson_lo = log(ch->cac_ci.hi / ch->cac), poisson_hi = log(ch->cac / ch->cac_ci.lo);
	ch->ratio = ch->clv / ch->loaded;
	if (ch->clv > 0 && ch->clv_ci.lo > 0 && ch->cac > 0)
		ch->ratio_ci = (struct interval){ ch->ratio * exp(-hypot(log(ch->clv / ch->clv_ci.lo), poisson_lo)), ch->ratio * exp(hypot(log(ch->clv_ci.hi / ch->clv), poisson_hi)) };
	else if (ch->clv_ci.hi > 0 && ch->cac > 0)
		ch->ratio_ci = (struct interval){ ch->clv_ci.lo / ch->loaded, ch->clv_ci.hi / ch->loaded };
}

/* ---- paying back ---- */

/* Month 0 is the first purchase day, month a the a-th after it. */
static int month_of(int32_t age)
{
	return age ? (int)ceil(age / MONTH_DAYS) : 0;
}

struct curve {
	double n[PAYBACK_MONTHS + 1], sum[PAYBACK_MONTHS + 1], square[PAYBACK_MONTHS + 1];
	int64_t seen[PAYBACK_MONTHS + 1];
};

/* What one customer brought in each month; returns the last month wholly seen. */
static int months_of(double *brought, const struct channels *c, uint32_t row)
{
	const struct won *w = &c->won[row];
	const int32_t T = c->look.as_of - c->look.b.v[row].first;
	const int last = (int)fmin(floor(T / MONTH_DAYS), PAYBACK_MONTHS);
	for (int a = 0; a <= PAYBACK_MONTHS; a++)
		brought[a] = 0;
	for (size_t i = w->from; i < w->from + w->n; i++) {
		const int a = month_of(c->bought[i].age);
		if (a <= last)
			brought[a] += (double)c->bought[i].amount / c->look.minor * c->look.terms.margin;
	}
	return last;
}

static void add_means(struct curve *v, const double *brought, int last, double weight)
{
	for (int a = 0; a <= last; a++) {
		v->n[a] += weight;
		v->sum[a] += weight * brought[a];
		v->seen[a]++;
	}
}

static void add_squares(struct curve *v, const double *brought, int last, double weight)
{
	double moves = 0;
	for (int a = 0; a <= PAYBACK_MONTHS; a++) {
		if (a <= last)
			moves += weight * (brought[a] - v->sum[a] / v->n[a]) / v->n[a];
		v->square[a] += moves * moves;
	}
}

static void curve_ends(struct channel *ch, const struct curve *v, const struct channels *c)
{
	double sum = 0;
	ch->payback = ch->payback_lo = ch->payback_hi = -1;
	for (int a = 0; a <= PAYBACK_MONTHS; a++) {
		ch->seen[a] = v->seen[a];
		ch->curve[a] = ch->curve_lo[a] = ch->curve_hi[a] = NAN;
		if (v->seen[a] < c->min_n || (a && isnan(ch->curve[a - 1])))
			continue;
		sum += v->sum[a] / v->n[a];
		const double half = Z95 * sqrt(v->square[a]);
		ch->curve[a] = sum;
		ch->curve_lo[a] = sum - half;
		ch->curve_hi[a] = sum + half;
		if (isnan(ch->loaded))
			continue;
		ch->payback = ch->payback < 0 && sum >= ch->loaded ? a : ch->payback;
		ch->payback_lo = ch->payback_lo < 0 && sum + half >= ch->loaded ? a : ch->payback_lo;
		ch->payback_hi = ch->payback_hi < 0 && sum - half >= ch->loaded ? a : ch->payback_hi;
	}
	ch->never = ch->payback < 0 && !isnan(ch->loaded) && ch->clv < ch->loaded;
}

static void curves(struct channels *c)
{
	struct curve *v = xcalloc(c->n + 1, sizeof *v);
	double brought[PAYBACK_MONTHS + 1];
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < c->nparts; i++) {
			const int last = months_of(brought, c, c->part[i].row);
			struct curve *const both[2] = { &v[c->part[i].channel], &v[c->n] };
			for (int k = 0; k < 2; k++)
				(pass ? add_squares : add_means)(both[k], brought, last, c->part[i].weight);
		}
	for (size_t k = 0; k <= c->n; k++)
		curve_ends(k < c->n ? &c->v[k] : &c->all, &v[k], c);
	free(v);
}

/* ---- staying ---- */

static int by_time(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Days with the event in the lowest bit: 2 day + lost. */
static void keep(struct channel *ch, int64_t *v, size_t n)
{
	struct durations d = { 0 };
	double *time = xcalloc(3 * n + 1, sizeof *time), *events = time + n, *lost = events + n;
	struct survival_step *step = xreallocarray(NULL, n + 1, sizeof *step);
	qsort(v, n, sizeof *v, by_time);
	for (size_t i = 0; i < n; i++) {
		if (!d.n || time[d.n - 1] != (double)(v[i] / 2))
			time[d.n++] = (double)(v[i] / 2);
		events[d.n - 1] += !(v[i] & 1);
		lost[d.n - 1] += (double)(v[i] & 1);
	}
	d.time = time;
	d.events = events;
	d.lost = lost;
	survival_steps(step, &d, ALPHA, SURVIVAL_LOGLOG);
	const struct survival_step at = survival_at(step, d.n, 365, ALPHA);
	ch->kept = at.survival;
	ch->kept_ci = at.ci;
	free(time);
	free(step);
}

static void stays(struct channels *c)
{
	int64_t *v = xreallocarray(NULL, c->look.b.n + 1, sizeof *v);
	for (size_t k = 0; k <= c->n; k++) {
		struct channel *ch = k < c->n ? &c->v[k] : &c->all;
		size_t n = 0;
		ch->kept = NAN;
		ch->kept_ci = unknown;
		for (size_t i = 0; i < c->nparts; i++) {
			const struct part *p = &c->part[i];
			/* parts of a customer are neighbours: the greatest decides, the first of equals */
			bool most = true;
			for (size_t e = i; e-- > 0 && c->part[e].row == p->row;)
				most = most && c->part[e].weight < p->weight;
			for (size_t e = i + 1; e < c->nparts && c->part[e].row == p->row; e++)
				most = most && c->part[e].weight <= p->weight;
			if (most && (k == c->n || p->channel == k) && c->won[p->row].stayed >= 0)
				v[n++] = (int64_t)c->won[p->row].stayed * 2 + !c->won[p->row].left;
		}
		if ((int64_t)n >= c->min_n)
			keep(ch, v, n);
	}
	free(v);
}

/* ---- one more ---- */

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double theil_sen(struct interval *ci, const double *x, const double *y, size_t n)
{
	double *slope = xreallocarray(NULL, n * n / 2 + 1, sizeof *slope);
	size_t k = 0;
	double out = NAN;
	*ci = unknown;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (x[i] != x[j])
				slope[k++] = (y[j] - y[i]) / (x[j] - x[i]);
	if (n >= 6 && k >= 3) {
		const double half = Z95 * sqrt((double)n * (double)(n - 1) * (2 * (double)n + 5) / 18);
		const double lo = floor(((double)k - half) / 2), hi = ceil(((double)k + half) / 2);
		qsort(slope, k, sizeof *slope, by_size);
		out = (slope[(k - 1) / 2] + slope[k / 2]) / 2;
		if (lo >= 1 && hi < (double)k)
			*ci = (struct interval){ slope[(size_t)lo - 1], slope[(size_t)hi] };
	}
	free(slope);
	return out;
}

static void marginal(struct channels *c)
{
	for (size_t k = 0; k < c->n; k++) {
		struct channel *ch = &c->v[k];
		double *x = xcalloc(2 * ch->nmonth + 1, sizeof *x), *y = x + ch->nmonth;
		size_t n = 0;
		for (size_t m = 0; m < ch->nmonth; m++) {
			const int32_t first = period_day(PERIOD_MONTH, ch->month[m].month), next = period_next(PERIOD_MONTH, first);
			if (first < c->since || next - 1 > c->until)
				continue; /* not a whole month */
			for (size_t i = 0; i < c->nparts; i++) {
				const int32_t day = c->look.b.v[c->part[i].row].first;
				if (c->part[i].channel == k && day >= first && day < next)
					x[n] += c->part[i].weight;
			}
			y[n++] = (double)ch->month[m].amount / c->look.minor;
		}
		ch->months = (int64_t)n;
		ch->marginal = theil_sen(&ch->marginal_ci, x, y, n);
		free(x);
	}
	c->all.marginal = NAN;
	c->all.marginal_ci = unknown;
}

/* ---- the verdict ---- */

static void judge(struct channel *ch, const struct channels *c)
{
	ch->verdict = NULL;
	if (!ch->spends || !c->margin || !ch->known || !(ch->spend > 0))
		return;
	if (ch->won < (double)c->min_n)
		ch->verdict = "few";
	else if (isnan(ch->ratio_ci.lo))
		return;
	else if (ch->ratio_ci.lo > c->scale_at && ch->payback >= 0 && ch->payback < c->within)
		ch->verdict = "scale";
	else if (ch->ratio_ci.hi < 1)
		ch->verdict = "stop";
	else
		ch->verdict = "hold";
}

void channels_value(struct channels *c)
{
	c->all.name = SV("(all)");
	c->all.known = true;
	c->all.clv = NAN;
	c->all.clv_ci = unknown;
	for (size_t k = 0; k < c->n; k++) {
		c->v[k].clv = NAN;
		c->v[k].clv_ci = unknown;
	}
	count(c);
	relative_error(c);
	value_all(c);
	for (size_t k = 0; k <= c->n; k++) {
		struct channel *ch = k < c->n ? &c->v[k] : &c->all;
		cost(ch, c);
		ratio(ch);
	}
	curves(c);
	stays(c);
	marginal(c);
	for (size_t k = 0; k < c->n; k++)
		judge(&c->v[k], c);
}
