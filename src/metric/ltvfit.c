/* The purchase models side by side, and which of them to believe.
 *
 * Candidates: BG/NBD, MBG/NBD, Pareto/NBD, and MBG/CNBD-k where the days between purchases
 * are known: k = 2, 3 ... as long as the likelihood of purchases and gaps rises; k = 1 is
 * MBG/NBD. Its likelihood is that of the cells plus (k-1) sum log gap - x log (k-1)!.
 *
 * Choice, fixed beforehand and made of data up to the as-of day only. The last third of
 * the time between the first purchase and the as-of day is held out (or what --split says).
 * Each candidate is fitted to what came before and forecasts the purchase days of each
 * customer known then; its score is the Poisson deviance
 *     2 sum_i y_i log(y_i / m_i) - (y_i - m_i),
 * m_i the expectation given the history. Differences of less than one standard error of
 * the paired difference are none (Breiman et al. 1984): among the smallest and those the
 * highest likelihood of all history wins. It is fitted again to everything. With fewer than
 * 30 customers, 30 repeat purchases before or 30 in the period held out, or when nothing
 * fits what came before, the choice is MBG/CNBD-k where the likelihood of purchases and gaps
 * lies above that of all others by REGULAR or more, else MBG/NBD, Pareto/NBD, BG/NBD:
 * whichever has a maximum.
 *
 * Naive forecasts beside them: what the customer bought in as long a time before; his own
 * rate x / T; nothing at all. Their deviance is infinite as soon as somebody comes whom
 * they had given up, and then empty.
 *
 * Regularity: with two or more gaps M = earlier / (earlier + later) of the last two has
 * variance 1 / (4 (2k + 1)) for Erlang-k gaps (Wheat & Morrison 1990): k = (1 - 4 V) / (8 V).
 */
#include "ltv_impl.h"

#include <math.h>

#define ENOUGH 30
#define REGULAR 3.0

const char *const ltv_naive_name[LTV_NAIVE] = { "last period", "own rate", "zero" };
const char *const ltv_model_name[BTYD_KINDS] = { "bgnbd", "mbgnbd", "mbgcnbd", "pnbd" };

enum wend_err ltv_model_parse(const struct ltv_options *o, enum btyd_kind *kind, bool *automatic, struct err *err)
{
	*automatic = !o->model || !strcmp(o->model, "auto");
	*kind = BTYD_MBGNBD;
	for (int k = 0; k < BTYD_KINDS && !*automatic; k++)
		if (!strcmp(o->model, ltv_model_name[k])) {
			*kind = (enum btyd_kind)k;
			return WEND_OK;
		}
	return *automatic ? WEND_OK : err_set(err, WEND_E_USAGE, "unknown model '%s'; there are auto, bgnbd, mbgnbd, pnbd and mbgcnbd", o->model);
}

/* ---- regularity ---- */

static double wheat(const struct gaps *g)
{
	if (!g || g->pairs < ENOUGH)
		return NAN;
	const double n = (double)g->pairs, unit = 2147483648.0;
	const double mean = (double)g->share / unit / n;
	const double var = ((double)g->share2 / (unit * unit) - n * mean * mean) / (n - 1);
	return var > 0 ? (1 - 4 * var) / (8 * var) : INFINITY;
}

/* (k-1) sum log gap - x log (k-1)!, gaps in units. */
static double gap_term(const struct gaps *g, int k, double unit_days)
{
	double sum = 0, n = 0;
	int sign;
	for (size_t i = 1; i < g->cap; i++) {
		sum += g->n[i] ? (double)g->n[i] * log((double)i / unit_days) : 0;
		n += (double)g->n[i];
	}
	return (k - 1) * sum - n * lgamma_r(k, &sign);
}

/* ---- one set of cells ---- */

/* Where fits begin: at the values of --start, else at those of another fit, else as the data say. */
struct begin {
	const struct ltv_start *given;
	const struct ltv_fit *from;
};
struct fitting {
	const struct btyd_cells *c;
	const struct gaps *g;
	double unit_days;
	struct begin begin;
};

static const struct btyd_model *start_of(const struct ltv_fit *from, enum btyd_kind kind)
{
	for (int i = 0; from && kind != BTYD_MBGCNBD && i < from->n; i++)
		if (from->v[i].fit.model.kind == kind && !from->v[i].fit.reason)
			return &from->v[i].fit.model;
	return NULL;
}

static struct ltv_candidate fit_one(const struct fitting *t, enum btyd_kind kind, int k)
{
	struct ltv_candidate v = { .score = { NAN, NAN, NAN, NAN } };
	const struct ltv_start *given = t->begin.given;
	if (given && given->has[kind] && given->v[kind].k == k)
		btyd_fit_again(&v.fit, kind, k, t->c, &given->v[kind]);
	else
		btyd_fit(&v.fit, kind, k, t->c, start_of(t->begin.from, kind));
	v.loglik = v.fit.loglik + (k > 1 ? gap_term(t->g, k, t->unit_days) : 0);
	return v;
}

/* The most likely k > 1, if it is more likely than k = 1 (`plain`) or was asked for. */
static bool regular(struct ltv_candidate *out, const struct ltv_candidate *plain, bool asked, const struct fitting *t)
{
	double best = asked || plain->fit.reason ? -INFINITY : plain->loglik;
	bool any = false;
	for (int k = 2; k <= BTYD_K_MAX; k++) {
		const struct ltv_candidate v = fit_one(t, BTYD_MBGCNBD, k);
		if (v.fit.reason && asked && !any && k == 2)
			*out = v, any = true;
		if (v.fit.reason || !(v.loglik > best))
			break;
		*out = v;
		best = v.loglik;
		any = true;
	}
	return any;
}

static void fit_all(struct ltv_fit *f, const struct ltv_cells *cells, const struct gaps *g, enum btyd_kind only, struct begin begin)
{
	static const enum btyd_kind plain[] = { BTYD_BGNBD, BTYD_MBGNBD, BTYD_PNBD };
	const struct btyd_cells c = ltv_fit_cells(cells);
	const struct fitting t = { &c, g, cells->unit_days, begin };
	const bool gaps = g && g->cap;
	struct ltv_candidate mbg = { .fit.reason = "" };
	f->n = 0;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (!f->automatic && plain[i] != only)
			continue;
		f->v[f->n] = fit_one(&t, plain[i], 1);
		if (plain[i] == BTYD_MBGNBD)
			mbg = f->v[f->n];
		f->n++;
	}
	if (gaps && (f->automatic || only == BTYD_MBGCNBD) && regular(&f->v[f->n], &mbg, only == BTYD_MBGCNBD && !f->automatic, &t))
		f->n++;
}

/* ---- scores ---- */

static void score_add(struct ltv_score *s, double expected, double y)
{
	const double off = y - expected;
	s->deviance += 2 * ((y > 0 ? y * log(y / expected) : 0) - off);
	s->mae += fabs(off);
	s->rmse += off * off;
	s->predicted += expected;
}

static void score_end(struct ltv_score *s, double n)
{
	s->mae /= n;
	s->rmse = sqrt(s->rmse / n);
	if (isinf(s->deviance))
		s->deviance = NAN;
}

static double *expected_of(const struct btyd_model *m, const struct ltv_held *h)
{
	double *expected = xreallocarray(NULL, h->cells.n + 1, sizeof *expected);
	for (size_t i = 0; i < h->cells.n; i++)
		expected[i] = btyd_expect(m, h->cells.x[i], h->cells.tx[i], h->cells.T[i], h->ahead);
	return expected;
}

static void score_model(struct ltv_score *s, const double *expected, const struct ltv_held *h)
{
	*s = (struct ltv_score){ 0 };
	for (size_t i = 0; i < h->n; i++)
		score_add(s, expected[h->cells.of[i]], h->later[i]);
	score_end(s, (double)h->n);
}

/* Is a's deviance above b's by more than a standard error of the difference? */
static bool clearly_worse(const double *a, const double *b, const struct ltv_held *h)
{
	double sum = 0, squares = 0;
	for (size_t i = 0; i < h->n; i++) {
		const double m = a[h->cells.of[i]], k = b[h->cells.of[i]], y = h->later[i];
		const double d = 2 * ((y > 0 ? y * log(k / m) : 0) + m - k);
		sum += d;
		squares += d * d;
	}
	const double n = (double)h->n, var = squares - sum * sum / n;
	return sum > sqrt(fmax(var, 0) * n / (n - 1));
}

static void score_naive(struct ltv_fit *f, const struct ltv_held *h)
{
	for (int k = 0; k < LTV_NAIVE; k++) {
		struct ltv_score *s = &f->naive[k];
		*s = (struct ltv_score){ 0 };
		for (size_t i = 0; i < h->n; i++) {
			const uint32_t c = h->cells.of[i];
			const double own = h->cells.T[c] > 0 ? h->cells.x[c] / h->cells.T[c] * h->ahead : 0;
			score_add(s, k == 0 ? h->before[i] : k == 1 ? own : 0, h->later[i]);
		}
		score_end(s, (double)h->n);
	}
}

static bool enough(const struct ltv_held *h, double actual)
{
	return h && h->n >= ENOUGH && h->cells.repeat_days >= ENOUGH && actual >= ENOUGH;
}

/* ---- the choice ---- */

static const char best_forecast[] = "of those that forecast the period held out best the likeliest";

static int usable(const struct ltv_fit *f, enum btyd_kind kind)
{
	for (int i = 0; i < f->n; i++)
		if (f->v[i].fit.model.kind == kind && !f->v[i].fit.reason)
			return i;
	return -1;
}

static void choose_plain(struct ltv_fit *f, const char *why)
{
	static const enum btyd_kind order[] = { BTYD_MBGNBD, BTYD_PNBD, BTYD_BGNBD, BTYD_MBGCNBD };
	const int k = usable(f, BTYD_MBGCNBD);
	double others = -INFINITY;
	for (int i = 0; i < f->n; i++)
		if (i != k && !f->v[i].fit.reason)
			others = fmax(others, f->v[i].loglik);
	f->chosen = k >= 0 && f->v[k].loglik >= others + REGULAR ? k : -1;
	for (size_t i = 0; i < sizeof order / sizeof *order && f->chosen < 0; i++)
		f->chosen = usable(f, order[i]);
	f->why = why;
}

/* Fits on what came before the split, and what they said of what came after. */
static void compare(struct ltv_fit *f, const struct ltv_held *h, enum btyd_kind only)
{
	struct ltv_fit then = { .automatic = f->automatic };
	double *expected[LTV_CANDIDATES] = { NULL };
	int at[LTV_CANDIDATES], best = -1;
	fit_all(&then, &h->cells, &h->gaps, only, (struct begin){ .from = f });
	for (int i = 0; i < then.n; i++) {
		at[i] = then.v[i].fit.reason ? -1 : usable(f, then.v[i].fit.model.kind);
		if (at[i] < 0)
			continue;
		expected[i] = expected_of(&then.v[i].fit.model, h);
		score_model(&f->v[at[i]].score, expected[i], h);
		if (best < 0 || f->v[at[i]].score.deviance < f->v[at[best]].score.deviance)
			best = i;
	}
	for (int i = 0; i < then.n && best >= 0; i++) {
		if (at[i] < 0 || (i != best && clearly_worse(expected[i], expected[best], h)))
			continue;
		if (f->why != best_forecast || f->v[at[i]].loglik > f->v[f->chosen].loglik)
			f->chosen = at[i];
		f->why = best_forecast;
	}
	for (int i = 0; i < then.n; i++)
		free(expected[i]);
	score_naive(f, h);
}

enum wend_err ltv_fit_run(struct ltv_fit *f, const struct ltv_cells *c, const struct gaps *g, const struct ltv_held *h, const struct ltv_options *o, struct err *err)
{
	const struct spend_cells spend = ltv_spend_cells(c);
	struct ltv_start start;
	enum btyd_kind only;
	*f = (struct ltv_fit){ .wheat = wheat(g), .split = INT32_MIN };
	for (int k = 0; k < LTV_NAIVE; k++)
		f->naive[k] = (struct ltv_score){ NAN, NAN, NAN, NAN };
	if (ltv_model_parse(o, &only, &f->automatic, err))
		return err->code;
	if (!f->automatic && only == BTYD_MBGCNBD && !(g && g->cap))
		return err_set(err, WEND_E_USAGE, "the model 'mbgcnbd' needs the days between purchases, which no table of histories tells; run it on the store");
	if (ltv_start_read(&start, o, err))
		return err->code;
	fit_all(f, c, g, only, (struct begin){ .given = &start });
	choose_plain(f, f->automatic ? "there is too little history to hold a period out" : "as asked for");
	if (h && h->n) {
		f->split = h->split;
		f->ahead = h->ahead;
		f->held = (int64_t)h->n;
		for (size_t i = 0; i < h->n; i++)
			f->actual += h->later[i];
		if (enough(h, f->actual))
			compare(f, h, only);
	}
	if (!f->automatic)
		f->why = "as asked for";
	if (c->no_money)
		f->spend = (struct spend_fit){ .loglik = NAN, .reason = "the table does not tell what each customer spent" };
	else
		spend_fit(&f->spend, &spend, start.has_spend ? &start.spend : NULL);
	return WEND_OK;
}

enum wend_err ltv_fit_then(struct ltv_fit *out, const struct ltv_fit *now, const struct ltv_held *h, const struct ltv_options *o, struct err *err)
{
	const struct spend_cells spend = ltv_spend_cells(&h->cells);
	enum btyd_kind only;
	*out = (struct ltv_fit){ .chosen = -1, .wheat = wheat(&h->gaps), .split = h->split, .ahead = h->ahead };
	if (ltv_model_parse(o, &only, &out->automatic, err))
		return err->code;
	fit_all(out, &h->cells, &h->gaps, only, (struct begin){ .from = now });
	choose_plain(out, now->why);
	const int same = now->chosen < 0 ? -1 : usable(out, now->v[now->chosen].fit.model.kind);
	out->chosen = same < 0 ? out->chosen : same;
	spend_fit(&out->spend, &spend, NULL);
	return WEND_OK;
}

const char *ltv_why_not(const struct ltv_fit *f)
{
	for (int i = 0; i < f->n; i++)
		if (f->v[i].fit.reason && f->v[i].fit.model.kind == BTYD_MBGNBD)
			return f->v[i].fit.reason;
	return f->n && f->v[0].fit.reason ? f->v[0].fit.reason : f->spend.reason ? f->spend.reason : "nobody is printed";
}
