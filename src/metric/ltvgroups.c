/* A forecast compared group by group: by what customers had done at the split, by how likely
 * they were to be buying still, by what they spend.
 *
 *   frequency    customers by repeat purchases at the split; expected sum_i P(Y(T_i) = n) of
 *                a new customer at his age. Limits: chance alone
 *   by_x, by_t_x purchases a customer after the split; Student's t for what came
 *   calibration  customers by P(alive) in tenths: whether somebody is alive is never seen, so
 *                what is compared is the share that bought (Wilson) with the mean of
 *                1 - P(nothing)
 *   spend        repeat customers by mean money of a purchase: with x of them and Gamma-Gamma,
 *                total / (total + gamma) is beta(p x, q). Limits: chance alone
 */
#include "validate_impl.h"

#include <math.h>

enum { XS = 8, TENTHS = 10, RECENCIES = 16, SPENDS = 11 };

static const char *const x_name[XS] = { "0", "1", "2", "3", "4", "5", "6", "7+" };
static const char *const tenth_name[TENTHS] = { "0.0-0.1", "0.1-0.2", "0.2-0.3", "0.3-0.4", "0.4-0.5", "0.5-0.6", "0.6-0.7", "0.7-0.8", "0.8-0.9", "0.9-1.0" };
static const struct interval unknown = LTV_UNKNOWN;

static const struct btyd_fit *chosen(const struct validation *v)
{
	return ltv_has(&v->then, v->then.chosen) ? &v->then.v[v->then.chosen].fit : NULL;
}

static size_t x_group(uint32_t x)
{
	return x < XS ? x : XS - 1;
}

/* ---- customers by repeat purchases at the split ---- */

/* sum over customers of P(Y(T) = n), and of its variance. */
static void frequency_of(double *sum, double *chance, const struct validation *v, const struct btyd_model *m)
{
	const struct day_counts *d = &v->days;
	for (size_t i = 0; i < d->n; i++) {
		const double T = ltv_units(v->look.cells.unit_days, d->from + (int32_t)i, v->look.held.split), n = (double)d->first[i];
		double rest = 1;
		for (uint32_t k = 0; k < XS && d->first[i]; k++) {
			const double p = k < XS - 1 ? btyd_pmf(m, 0, 0, 0, T, k) : fmax(rest, 0);
			rest -= p;
			sum[k] += n * p;
			chance[k] += n * p * (1 - p);
		}
	}
}

void validate_frequency(struct validation *v)
{
	const struct ltv_cells *c = &v->look.held.cells;
	const int best = v->then.chosen;
	double had[XS] = { 0 };
	for (size_t i = 0; i < c->n; i++)
		had[x_group(c->x[i])] += c->shown[i];
	for (int i = 0; i < v->then.n || i == 0; i++) {
		double sum[XS] = { 0 }, chance[XS] = { 0 };
		const bool has = i < v->then.n && ltv_has(&v->then, i);
		if (!has && ltv_has(&v->then, best))
			continue;
		if (has)
			frequency_of(sum, chance, v, &v->then.v[i].fit.model);
		for (int k = 0; k < XS; k++) {
			const struct ltv_sum s = { sum[k], chance[k], { 0 } };
			compared_put(v->t, &(struct compared){ "frequency", x_name[k], has ? model_of(v, i) : NULL, v->shown, had[k], unknown, has ? sum[k] : NAN,
				     has && i == best ? ltv_sum_limits(&s, NULL, (double)v->shown) : unknown, "customers", NULL });
		}
	}
}

/* ---- purchases after the split, by groups of cells ---- */

struct grouping {
	const char *section;
	size_t n;
	const char *const *name;
	uint8_t *of;              /* by cell */
};
struct came {
	double n, sum, squares;
	double naive[LTV_NAIVE];
};

static void count_came(struct came *out, const struct validation *v, const struct grouping *g)
{
	const struct ltv_held *h = &v->look.held;
	for (size_t i = 0; i < h->n; i++) {
		const uint32_t cell = h->cells.of[i];
		struct came *k = &out[g->of[cell]];
		const double y = h->later[i], T = h->cells.T[cell];
		if (!h->row[i].selected)
			continue;
		k->n++;
		k->sum += y;
		k->squares += y * y;
		k->naive[0] += h->before[i];
		k->naive[1] += T > 0 ? h->cells.x[cell] / T * h->ahead : 0;
	}
}

static struct interval over(struct interval ci, double n)
{
	return (struct interval){ ci.lo / n, ci.hi / n };
}

static void group_row(struct validation *v, const struct grouping *g, size_t k, const struct came *c, const char *model, double expected, struct interval ci)
{
	const bool few = c->n < (double)v->min_n;
	struct compared row = { g->section, g->name[k], model, (int64_t)c->n, few ? NAN : c->sum / c->n, few ? unknown : mean_interval(c->sum, c->squares, c->n, ALPHA),
				few ? NAN : expected / c->n, few ? unknown : over(ci, c->n), "purchases", few ? "few" : NULL };
	compared_put(v->t, &row);
}

/* Which group lies furthest outside its limits, in purchases. */
static void judge(struct validation *v, const struct grouping *g, size_t k, const struct came *c, const struct ltv_sum *s, struct interval ci, double *most)
{
	const double off = fabs(c->sum - s->mean);
	if (c->n < (double)v->min_n)
		return;
	v->groups++;
	if (c->sum >= ci.lo && c->sum <= ci.hi)
		return;
	v->outside++;
	if (off <= *most)
		return;
	*most = off;
	v->worst = g->name[k];
	v->worst_actual = c->sum / c->n;
	v->worst_expected = s->mean / c->n;
}

static void grouped(struct validation *v, const struct grouping *g)
{
	const struct ltv_cells *cells = &v->look.held.cells;
	const struct btyd_fit *best = chosen(v);
	struct came came[RECENCIES] = { { .n = 0 } };
	double most = 0;
	count_came(came, v, g);
	for (int i = 0; i < v->then.n || i == 0; i++) {
		struct ltv_sum sum[RECENCIES] = { { .mean = 0 } };
		const bool has = i < v->then.n && ltv_has(&v->then, i);
		if (!has && best)
			continue;
		for (size_t c = 0; c < cells->n && has; c++)
			ltv_sum_purchases(&sum[g->of[c]], &v->future[i], c, cells->shown[c]);
		for (size_t k = 0; k < g->n; k++) {
			if (!(came[k].n > 0))
				continue;
			const struct interval ci = has ? ltv_sum_limits(&sum[k], v->then.v[i].fit.cov, INFINITY) : unknown;
			if (has && i == v->then.chosen && g->name == x_name)
				judge(v, g, k, &came[k], &sum[k], ci, &most);
			group_row(v, g, k, &came[k], has ? model_of(v, i) : NULL, has ? sum[k].mean : NAN, i == v->then.chosen ? ci : unknown);
		}
	}
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < g->n; k++)
			if (came[k].n > 0)
				group_row(v, g, k, &came[k], ltv_naive_name[i], came[k].naive[i], unknown);
}

void validate_by_x(struct validation *v)
{
	const struct ltv_cells *c = &v->look.held.cells;
	struct grouping g = { "by_x", XS, x_name, xcalloc(c->n + 1, 1) };
	for (size_t i = 0; i < c->n; i++)
		g.of[i] = (uint8_t)x_group(c->x[i]);
	grouped(v, &g);
	free(g.of);
}

void validate_by_recency(struct validation *v, struct arena *names)
{
	const struct ltv_cells *c = &v->look.held.cells;
	const char *name[RECENCIES];
	struct grouping g = { "by_t_x", 1, name, xcalloc(c->n + 1, 1) };
	double longest = 0;
	for (size_t i = 0; i < c->n; i++)
		longest = fmax(longest, c->tx[i]);
	const double width = fmax(ceil(longest / TENTHS), 1);
	name[0] = "0";
	for (; g.n < RECENCIES && (double)(g.n - 1) * width < longest; g.n++)
		name[g.n] = arena_printf(names, "%g-%g", (double)(g.n - 1) * width, (double)g.n * width);
	for (size_t i = 0; i < c->n; i++)
		g.of[i] = (uint8_t)(c->x[i] ? fmin(ceil(c->tx[i] / width), (double)g.n - 1) : 0);
	grouped(v, &g);
	free(g.of);
}

/* ---- calibration ---- */

void validate_calibration(struct validation *v)
{
	const struct ltv_held *h = &v->look.held;
	const struct btyd_fit *best = chosen(v);
	double n[TENTHS] = { 0 }, bought[TENTHS] = { 0 };
	struct ltv_sum sum[TENTHS] = { { .mean = 0 } };
	if (!best)
		return;
	const struct ltv_future *f = &v->future[v->then.chosen];
	for (size_t i = 0; i < h->n; i++) {
		const uint32_t c = h->cells.of[i];
		const int k = (int)fmin(f->alive[c] * TENTHS, TENTHS - 1);
		if (!h->row[i].selected)
			continue;
		n[k]++;
		bought[k] += h->later[i] > 0;
		ltv_sum_buyers(&sum[k], f, c, 1);
	}
	for (int k = 0; k < TENTHS; k++) {
		const bool few = n[k] < (double)v->min_n;
		if (n[k] > 0)
			compared_put(v->t, &(struct compared){ "calibration", tenth_name[k], model_of(v, v->then.chosen), (int64_t)n[k], few ? NAN : bought[k] / n[k],
				     few ? unknown : wilson(bought[k], n[k], ALPHA), few ? NAN : sum[k].mean / n[k],
				     few ? unknown : over(ltv_sum_limits(&sum[k], best->cov, n[k]), n[k]), "share", few ? "few" : NULL });
	}
}

/* ---- spending ---- */

/* 1, 2 or 5 times a power of ten, so that about ten steps hold nine in ten customers. */
static double money_step(double *mean, size_t n)
{
	int64_t *v = xreallocarray(NULL, n + 1, sizeof *v);
	for (size_t i = 0; i < n; i++)
		v[i] = (int64_t)fmin(mean[i] * 1e4, 9e18);
	const double rough = fmax(quantile_i64(v, n, 0.9) / 1e4 / 10, 1e-3), decade = pow(10, floor(log10(rough))), m = rough / decade;
	free(v);
	return decade * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

static double spend_below(const struct spend_model *m, uint32_t x, double mean)
{
	const double total = mean * x;
	return isinf(mean) ? 1 : beta_i(m->p * x, m->q, total / (total + m->gamma));
}

static void spend_of(struct ltv_sum *sum, const struct spend_model *m, uint32_t x, double customers, double step)
{
	double below = 0;
	for (int k = 0; k < SPENDS; k++) {
		const double to = spend_below(m, x, k < SPENDS - 1 ? (k + 1) * step : INFINITY), p = fmax(to - below, 0);
		sum[k].mean += customers * p;
		sum[k].chance += customers * p * (1 - p);
		below = to;
	}
}

void validate_spend(struct validation *v, struct arena *names)
{
	const struct ltv_look *l = &v->look;
	const struct ltv_held *h = &l->held;
	const struct spend_fit *f = &v->then.spend;
	double *mean = xreallocarray(NULL, h->n + 1, sizeof *mean), had[SPENDS] = { 0 };
	uint32_t *x = xreallocarray(NULL, h->n + 1, sizeof *x);
	struct ltv_sum sum[SPENDS] = { { .mean = 0 } };
	size_t n = 0, most = 0;
	for (size_t i = 0; i < h->n; i++) {
		const struct rfm_row *r = &h->row[i];
		const int64_t money = l->all ? r->total : r->repeat;
		x[n] = r->days - 1 + l->all;
		if (r->selected && r->days > 1 && money > 0) {
			most = x[n] > most ? x[n] : most;
			mean[n] = (double)money / l->minor / x[n];
			n++;
		}
	}
	const double step = n ? money_step(mean, n) : 1;
	double *with = xcalloc(most + 1, sizeof *with);
	for (size_t i = 0; i < n; i++) {
		had[(int)fmin(mean[i] / step, SPENDS - 1)]++;
		with[x[i]]++;
	}
	for (size_t i = 1; i <= most && !f->reason; i++)
		if (with[i] > 0)
			spend_of(sum, &f->model, (uint32_t)i, with[i], step);
	free(with);
	for (int k = 0; k < SPENDS && n; k++) {
		const char *name = k < SPENDS - 1 ? arena_printf(names, "%g-%g", k * step, (k + 1) * step) : arena_printf(names, "%g+", k * step);
		compared_put(v->t, &(struct compared){ "spend", name, f->reason ? NULL : "gg", (int64_t)n, had[k], unknown, f->reason ? NAN : sum[k].mean,
			     f->reason ? unknown : ltv_sum_limits(&sum[k], NULL, (double)n), "customers", NULL });
	}
	free(mean);
	free(x);
}
