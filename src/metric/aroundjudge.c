/* Steps before and after others (around.c), judged: ratios, what changes for everybody, what is
 * left a month, and which rows are causes.
 *
 *   drift     the same ratio of all customers' T, a day and a customer, around the days of E. Over
 *             a fifth away from 1 it is taken out (case-time-control), with its variance: what
 *             rises for everybody has not been brought by E
 *   lift      naive: chance of T within W of E over the share of all customer-time that lies
 *             within W before a T. Who does much of everything has both; shown, never ranked
 *
 * A row tells something from 30 customers and 10 that differ on; the p of these rows are
 * adjusted together (Benjamini & Hochberg 1995).
 */
#include "around_impl.h"

#include <math.h>

enum { DAY_S = 86400, MIN_CUSTOMERS = 30, MIN_DIFFER = 10 };

static int64_t day_value(const struct day_line *l, int32_t day)
{
	return day >= l->base && day < l->base + (int32_t)l->n ? l->v[day - l->base] : 0;
}

/* Volume after over volume before, around the days of a row, and the variance of its logarithm. */
struct drift {
	double ratio, log_var;
};

/* Sum over days of the row of volume on one side, a customer there; and its variance. */
static double volume(const struct around_acc *a, const double *rate, const double *var, const struct day_line *days, int from, int to, double *out_var)
{
	double sum = 0;
	const int32_t base = a->days.base, end = base + (int32_t)a->days.n;
	*out_var = 0;
	for (int32_t d = base; d < end; d++) {
		int64_t times = 0;
		for (int k = from; k <= to; k++)
			times += day_value(days, d - k);
		sum += (double)times * rate[d - base];
		*out_var += (double)times * (double)times * var[d - base];
	}
	return sum;
}

static struct drift drift_of(const struct around_acc *a, const double *rate, const double *var, const struct day_line *days, int64_t window)
{
	const int n = (int)((window + DAY_S - 1) / DAY_S);
	double after_var, before_var;
	const double after = volume(a, rate, var, days, 1, n, &after_var), before = volume(a, rate, var, days, -n, -1, &before_var);
	if (!(after > 0) || !(before > 0))
		return (struct drift){ 1, 0 };
	return (struct drift){ after / before, after_var / (after * after) + before_var / (before * before) };
}

/* Of a day: steps looked for, a customer who had come by then. */
static void rates(const struct around_acc *a, double **rate, double **var)
{
	int64_t there = 0;
	*rate = xcalloc(a->days.n + 1, sizeof **rate);
	*var = xcalloc(a->days.n + 1, sizeof **var);
	for (int32_t d = a->came.base; a->came.n && d < a->days.base; d++)
		there += day_value(&a->came, d);
	for (size_t i = 0; i < a->days.n; i++) {
		there += day_value(&a->came, a->days.base + (int32_t)i);
		if (!there)
			continue;
		(*rate)[i] = (double)a->days.v[i] / (double)there;
		(*var)[i] = (double)a->days.v[i] / ((double)there * (double)there);
	}
}

static void judge(struct around_row *r, const struct around_acc *a, const struct around *x, const double *rate, const double *var, double months)
{
	const struct around_count *c = &r->e->w[r->w];
	struct drift drift = { 1, 0 };
	r->few = c->customers < MIN_CUSTOMERS || c->b + c->c < MIN_DIFFER;
	r->rr = own_pairs(c->b, c->c, ALPHA);
	if (!r->few && !x->after)
		drift = drift_of(a, rate, var, &r->e->days, x->window[r->w]);
	r->drift = 1;
	if (drift.ratio > 1.2 || drift.ratio < 1 / 1.2) {
		r->drift = drift.ratio;
		r->rr = own_ratio_of(r->rr.rr / drift.ratio, r->rr.log_var + drift.log_var, ALPHA);
	}
	const double mean = (double)(c->after - c->before) / fmax(1, (double)c->customers);
	const double half = Z95 * sqrt(fmax(0, (double)c->squares - (double)c->customers * mean * mean));
	const double excess = (double)c->after - (double)c->before * r->drift;
	r->excess = excess / months;
	r->excess_lo = (excess - half) / months;
	r->excess_hi = (excess + half) / months;
	r->lift = c->follows && a->near_s[r->w] ? (double)c->followed / (double)c->follows / ((double)a->near_s[r->w] / (double)a->base_s[r->w]) : NAN;
}

static int by_excess(const void *a, const void *b)
{
	const struct around_row *x = a, *y = b;
	const int kx = x->few ? 3 : !x->cause ? 2 : x->same.p != NULL, ky = y->few ? 3 : !y->cause ? 2 : y->same.p != NULL;
	if (kx != ky)
		return kx - ky;
	if (x->excess != y->excess)
		return x->excess > y->excess ? -1 : 1;
	if (x->w != y->w)
		return x->w - y->w;
	return sv_cmp(x->name, y->name);
}

void around_sort(struct around_rows *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, by_excess);
}

/* Downstream: of how many places in the middle each step is known all around. */
static void count_places(struct around_acc *a, const struct around *x)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct known_spans k = step_cover(x->covers, a->v[i].code);
		size_t same = 0;
		while (same < i && step_cover(x->covers, a->v[same].code).v != k.v)
			same++;
		for (int w = 0; w < x->nwindow; w++) {
			struct around_count *c = &a->v[i].w[w];
			bool counted = false;
			c->times = c->customers = 0;
			for (size_t p = 0; p < a->place[w].n && same == i; p++) {
				const struct around_place *v = &a->place[w].v[p];
				const bool known = v->at + x->window[w] <= x->p->to && known_whole(k, v->at - x->window[w], v->at + x->window[w]);
				counted = counted && v->again;
				c->times += known;
				c->customers += known && !counted;
				counted = counted || known;
			}
			if (same < i) {
				c->times = a->v[same].w[w].times;
				c->customers = a->v[same].w[w].customers;
			}
			c->uncovered = (int64_t)a->place[w].n - c->times;
		}
	}
}

static double months_of(const struct around *x)
{
	int64_t from = INT64_MAX, to = INT64_MIN;
	for (size_t i = 0; i < x->cover.n; i++) {
		from = x->cover.v[i].from < from ? x->cover.v[i].from : from;
		to = x->cover.v[i].to > to ? x->cover.v[i].to : to;
	}
	return from < to ? (double)(to - from) / (365.25 / 12 * DAY_S) : 1;
}

void around_judge(struct around_rows *out, struct around_acc *a, const struct around *x)
{
	double *rate, *var, *p = xreallocarray(NULL, a->n * (size_t)x->nwindow + 1, sizeof *p);
	rates(a, &rate, &var);
	if (x->after)
		count_places(a, x);
	*out = (struct around_rows){ .v = xcalloc(a->n * (size_t)x->nwindow + 1, sizeof *out->v), .months = months_of(x) };
	for (size_t i = 0; i < a->n; i++)
		for (int w = 0; w < x->nwindow; w++) {
			struct around_row *r = &out->v[out->n];
			*r = (struct around_row){ .name = step_name(x->p, a->v[i].code), .e = &a->v[i], .w = w };
			judge(r, a, x, rate, var, out->months);
			p[out->n++] = r->few ? NAN : r->rr.p;
		}
	bh_adjust(p, p, out->n);
	for (size_t i = 0; i < out->n; i++) {
		out->v[i].q = p[i];
		out->v[i].cause = p[i] <= ALPHA && out->v[i].rr.ci.lo > 1;
	}
	around_sort(out);
	free(rate);
	free(var);
	free(p);
}
