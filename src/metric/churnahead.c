/* Who of the customers there are will leave next, in sum.
 *
 * With contracts: the sum of the chances of churn risk (riskfit.c). The chances are said of all
 * customers, or, where there are very many, of those with the smallest hashes of their names, and
 * the sum is scaled. Limits hold what happens by chance, sum of p (1 - p), the binomial error of
 * the share that the look back has seen, which moves all at once, and the drawing.
 *
 * Without: a customer silent for s days has left when the window w closes before he buys. Of the
 * gaps between purchases that lasted longer than s days the share S(w) / S(s) lasts longer than w.
 * Whoever has bought often comes back sooner, so gaps after the first purchase, the second, the
 * third and later ones are told apart; with n_s customers silent for s days, in each stratum
 *
 *     E = sum over s in (w - H, w] of n_s q_s,    q_s = S(w) / S(s) = prod over t in (s, w] of 1 - h_t
 *
 * (Kaplan & Meier 1958) over a horizon H of 90 days, or w where that is less. Limits hold sum
 * n_s q_s (1 - q_s); by the delta method how well the h_t are known: dE / d log(1 - h_t) = sum over
 * s < t of n_s q_s = A_t, and the variance of log(1 - h_t) is d_t / (r_t (r_t - d_t)) (Greenwood
 * 1926); and that times change: the share by which the same sum, made a horizon earlier, missed
 * what then came. On the CDNOW log, window 150, at the ends of four quarters, E missed by 4 % or
 * less.
 *
 * Money: a year with each customer, weighted in the same way.
 */
#include "ahead_impl.h"
#include "ltv_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_DAYS = 365, YEAR_MONTHS = 12 };

enum wend_err ahead_open(struct ahead_ask *q, const struct population *p, const struct leaving *l, const struct report_options *ro, struct err *err)
{
	static const struct risk_options o = { .margin = NAN, .seed = 1 };
	static const struct churn_options standard;
	*q = (struct ahead_ask){ .p = p, .leaving = l, .horizon = l->contracts || l->window > AHEAD_DAYS ? AHEAD_DAYS : l->window };
	if (!l->contracts)
		return WEND_OK;
	const enum wend_err e = risk_plan_make(&q->plan, p, &standard, &o, ro, l, err);
	q->plan.now = true;
	return e;
}

void ahead_close(struct ahead_ask *q)
{
	if (q->leaving && q->leaving->contracts)
		risk_plan_release(&q->plan);
}

void ahead_fields(struct fold *f, const struct ahead_ask *q)
{
	if (q->leaving->contracts)
		risk_fields(f, &q->plan);
}

/* ---- counts ---- */

static size_t cells_of(const struct ahead_ask *q)
{
	return (size_t)q->leaving->window + 2;
}

static void seen_begin(struct ahead_seen *v, const struct ahead_ask *q)
{
	if (v->closed)
		return;
	v->closed = xcalloc(2 * AHEAD_STRATA * cells_of(q), sizeof *v->closed);
	v->open = v->closed + AHEAD_STRATA * cells_of(q);
}

static size_t stratum_of(size_t purchases)
{
	return purchases < AHEAD_STRATA ? purchases - 1 : AHEAD_STRATA - 1;
}

/* A customer with n purchase days up to `known`; false: he cannot leave within the horizon. */
static bool see(struct ahead_seen *v, const struct ahead_ask *q, const struct purchase_day *d, size_t n, int32_t known, bool counted)
{
	const int32_t w = q->leaving->window, silent = known - d[n - 1].day, open = w - silent;
	const size_t cells = cells_of(q), last = stratum_of(n);
	seen_begin(v, q);
	for (size_t i = 1; i < n; i++) {
		const int32_t gap = d[i].day - d[i - 1].day;
		v->closed[stratum_of(i) * cells + (size_t)(gap > w ? w + 1 : gap)]++;
	}
	v->open[last * cells + (size_t)(silent > w ? w + 1 : silent > 0 ? silent : 0)]++;
	if (!counted || open < 0 || open >= q->horizon)
		return false;
	int64_t year = 0;
	for (size_t i = n; i-- > 0 && d[i].day > d[n - 1].day - YEAR_DAYS;)
		year += d[i].amount;
	struct ahead_day *day = &v->day[last][open];
	day->n++;
	day->year += year;
	day->squares += (ahead_wide)year * year;
	return true;
}

static void add_silence(struct ahead_acc *a, const struct ahead_ask *q, const struct journey *j, const struct spell_buf *b)
{
	const struct purchase_day *d = b->days->v;
	const int32_t w = q->leaving->window, known = q->leaving->covered < q->p->as_of ? q->leaving->covered : q->p->as_of, then = known - q->horizon;
	size_t n = b->days->n, before = 0;
	while (n > 1 && d[n - 1].day > known)
		n--;
	if (d[0].day > known)
		return;
	see(&a->now, q, d, n, known, j->selected);
	a->people += j->selected && known - d[n - 1].day <= w;
	while (before < n && d[before].day <= then)
		before++;
	if (before && see(&a->back, q, d, before, then, j->selected))
		a->gone += before == n || d[before].day - d[before - 1].day > w;
}

void ahead_add(struct ahead_acc *a, const struct ahead_ask *q, const struct journey *j, const struct spell_buf *b)
{
	if (!j->rows.customer || !b->n)
		return;
	if (!q->leaving->contracts) {
		add_silence(a, q, j, b);
		return;
	}
	for (size_t i = 0; i < b->n && j->selected; i++)
		a->people += b->v[i].from < q->p->as_of_end && b->v[i].to >= q->p->as_of_end;
	risk_look_add(&a->look, &q->plan, j);
}

static void seen_merge(struct ahead_seen *a, struct ahead_seen *b, const struct ahead_ask *q)
{
	if (!b->closed)
		return;
	seen_begin(a, q);
	for (size_t i = 0; i < 2 * AHEAD_STRATA * cells_of(q); i++)
		a->closed[i] += b->closed[i];
	for (size_t k = 0; k < AHEAD_STRATA; k++)
		for (size_t i = 0; i < AHEAD_DAYS; i++) {
			a->day[k][i].n += b->day[k][i].n;
			a->day[k][i].year += b->day[k][i].year;
			a->day[k][i].squares += b->day[k][i].squares;
		}
	free(b->closed);
	b->closed = b->open = NULL;
}

void ahead_merge(struct ahead_acc *a, struct ahead_acc *b, const struct ahead_ask *q)
{
	seen_merge(&a->now, &b->now, q);
	seen_merge(&a->back, &b->back, q);
	a->gone += b->gone;
	a->people += b->people;
	risk_look_merge(&a->look, &b->look);
}

void ahead_acc_release(struct ahead_acc *a)
{
	free(a->now.closed);
	free(a->back.closed);
	risk_look_release(&a->look);
}

/* ---- estimates ---- */

static struct interval around(double v, double var, double most)
{
	const double half = Z95 * sqrt(var);
	return (struct interval){ fmax(0, v - half), fmin(most, v + half) };
}

struct sum {
	double n, year, var, year_var, all_year;
	double risk;             /* gaps that lasted as long as the window */
};

static void add_stratum(struct sum *to, const struct ahead_seen *v, size_t k, const struct ahead_ask *q)
{
	const size_t cells = cells_of(q), w = cells - 2;
	const int64_t *closed = v->closed + k * cells, *open = v->open + k * cells;
	double share[AHEAD_DAYS], error[AHEAD_DAYS], keep = 1, later = 0, later_year = 0, risk = (double)(closed[w + 1] + open[w + 1]);
	/* from the window down: those silent for w - i days have yet to pass the gaps of the days above */
	for (int i = 0; i < q->horizon; i++) {
		const struct ahead_day *day = &v->day[k][i];
		const size_t t = w - (size_t)i;
		const double d = (double)closed[t];
		risk += d + (double)open[t];
		to->risk += i ? 0 : risk;
		share[i] = keep;
		error[i] = risk > d ? d / (risk * (risk - d)) : 0;
		to->n += (double)day->n * keep;
		to->year += (double)day->year * keep;
		to->all_year += (double)day->year;
		to->var += (double)day->n * keep * (1 - keep);
		to->year_var += (double)day->squares * keep * (1 - keep);
		keep *= risk > 0 ? 1 - d / risk : 1;
	}
	for (int i = q->horizon; i-- > 0;) {
		to->var += later * later * error[i];
		to->year_var += later_year * later_year * error[i];
		later += (double)v->day[k][i].n * share[i];
		later_year += (double)v->day[k][i].year * share[i];
	}
}

static struct sum sum_of(const struct ahead_seen *v, const struct ahead_ask *q)
{
	struct sum s = { 0 };
	for (size_t k = 0; v->closed && k < AHEAD_STRATA; k++)
		add_stratum(&s, v, k, q);
	return s;
}

static void by_silence(struct ahead *out, const struct ahead_acc *a, const struct ahead_ask *q)
{
	const struct sum now = sum_of(&a->now, q), back = sum_of(&a->back, q);
	const double enough = (double)q->p->min_n;
	if (now.risk < enough)
		return;
	out->known = true;
	if (back.risk >= enough && back.n > 0) {
		out->foreseen = back.n;
		out->gone = a->gone;
	}
	const double miss = isnan(out->foreseen) ? 0 : (double)out->gone / out->foreseen - 1;
	out->left = now.n;
	out->left_ci = around(now.n, now.var + miss * miss * now.n * now.n, (double)a->people);
	out->year = now.year;
	out->year_ci = around(now.year, now.year_var + miss * miss * now.year * now.year, now.all_year);
}

struct chance {
	double p, year;
};

static int by_chance(const void *a, const void *b)
{
	const struct chance *x = a, *y = b;
	if (x->p != y->p)
		return x->p > y->p ? -1 : 1;
	return (x->year < y->year) - (x->year > y->year);
}

/* From chances in their order. */
static void sum_up(struct ahead *out, const struct chance *v, size_t n, const struct judged *back)
{
	const double all = (double)out->people, scale = all / (double)n, level = back->n ? back->share * (1 - back->share) / (double)back->n : 0;
	double p = 0, p2 = 0, chance = 0, m = 0, m2 = 0, mvar = 0, whole = 0, held = 0;
	for (size_t i = 0; i < n; i++) {
		const double at_risk = v[i].p * v[i].year;
		p += v[i].p;
		p2 += v[i].p * v[i].p;
		chance += v[i].p * (1 - v[i].p);
		m += at_risk;
		m2 += at_risk * at_risk;
		mvar += v[i].year * v[i].year * v[i].p * (1 - v[i].p);
		whole += v[i].year;
	}
	const double drawn = scale > 1 ? all * all * (1 - 1 / scale) / (double)n : 0;
	const double spread = fmax(0, p2 / (double)n - p / (double)n * (p / (double)n)), mspread = fmax(0, m2 / (double)n - m / (double)n * (m / (double)n));
	out->left = scale * p;
	out->left_ci = around(out->left, scale * chance + level * all * all + drawn * spread, all);
	out->year = scale * m;
	out->year_ci = around(out->year, scale * mvar + level * scale * scale * whole * whole + drawn * mspread, scale * whole);
	for (size_t i = 0; i < n && m > 0 && 2 * held < m; i++) {
		held += v[i].p * v[i].year;
		out->holders = llround((double)(i + 1) * scale);
	}
}

static void by_contracts(struct ahead *out, struct ahead_acc *a, const struct ahead_ask *q)
{
	static const struct risk_options o = { .margin = NAN, .seed = 1 };
	struct risk_model m;
	risk_look_settle(&a->look);
	risk_learn_from(&m, &q->plan, &o, a->look.past.v, a->look.past.n);
	const struct risk_sample *now = &a->look.now;
	struct chance *v = xcalloc(now->n + 1, sizeof *v);
	for (size_t i = 0; m.curves && i < now->n; i++) {
		struct risk_one one;
		struct interval ci;
		risk_one(&one, &m, &now->v[i]);
		v[i].p = risk_chance(&m, &one, NULL, &ci);
		v[i].year = isnan(now->v[i].x[RISK_MRR]) ? 0 : now->v[i].x[RISK_MRR] * YEAR_MONTHS;
	}
	out->known = m.curves && now->n && out->people >= q->p->min_n;
	if (out->known) {
		qsort(v, now->n, sizeof *v, by_chance);
		sum_up(out, v, now->n, &m.back);
	}
	free(v);
	risk_model_release(&m);
}

void ahead_estimate(struct ahead *out, struct ahead_acc *a, const struct ahead_ask *q)
{
	*out = (struct ahead){ .horizon = q->horizon, .people = a->people, .year = NAN, .foreseen = NAN };
	if (q->leaving->contracts)
		by_contracts(out, a, q);
	else if (a->people >= q->p->min_n)
		by_silence(out, a, q);
}
