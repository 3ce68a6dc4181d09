/* The value of a customer over a horizon: expected purchases ahead, discounted, times the
 * expected money of a purchase, times the margin. The only place that says so.
 *
 *   V = margin x E[M | own spending] x int_from^to e^(-delta t) dE[Y(t) | x, t_x, T]
 *
 * What lies ahead if alive depends on x and T alone (for k > 1 also on the events since the last
 * purchase, whose chances are known): it is computed once for each pair, all ages of one x
 * together (btyd_ahead), and multiplied by each customer's chance to be alive.
 *
 * Limits of one customer are those of the outcome itself. With independent spending the
 * second moment of sum d_i M_i is E[sum d_i^2] E[M^2] + E[sum_{i != j} d_i d_j] E[M M'], all in
 * closed form or from btyd_ahead and btyd_pairs; Gamma-Gamma has, with q' = px + q and
 * g' = gamma + own total, E[M M'] = p^2 g'^2 / ((q'-1)(q'-2)), E[M^2] = E[M M'] (p+1) / p. The
 * chance that nothing comes is exact; what comes otherwise is taken for gamma with the right
 * first two moments.
 *
 * Limits of sums over customers are those of what will really come. Variance of the
 * parameters: delta method over their logarithms (by_parameters);
 * purchases and spending are fitted apart, so their variances add. Variance of what each
 * customer happens to do with the parameters as they are: the second moments above, added
 * up. (With --bootstrap the sums of the replicates, each moved by chance.) Both together: the
 * lower limit from the sum itself and not below 0, the upper from its logarithm, for what comes
 * is skew (tests/proof/stores.md). What a new customer brings is a mean: its limits hold the
 * parameters only.
 */
#include "ltv_impl.h"

#include <math.h>

/* ---- purchases ahead ---- */

/* A model's view of the cells: each one's chances to be alive, and of stages if still buying. */
struct outlook {
	const struct ltv_cells *c;
	struct btyd_model m;
	double *alive, *stage;    /* n; n rows of k, NULL for k = 1 */
};

static double *stages_of(const struct ltv_cells *c, const struct btyd_model *m)
{
	double *stage = m->k > 1 ? xreallocarray(NULL, (c->n + 1) * (size_t)m->k, sizeof *stage) : NULL;
	for (size_t i = 0; i < c->n && stage; i++) {
		double pi[BTYD_K_MAX];
		btyd_stages(m, c->x[i], c->tx[i], c->T[i], pi);
		memcpy(stage + i * (size_t)m->k, pi, (size_t)m->k * sizeof *pi);
	}
	return stage;
}

static struct outlook outlook_of(const struct ltv_cells *c, const struct btyd_model *m)
{
	return (struct outlook){ c, *m, ltv_alive(c, m), stages_of(c, m) };
}

static void outlook_release(struct outlook *o)
{
	free(o->alive);
	free(o->stage);
}

/* What is the same for all customers of one x and stage who are still buying at the same age. */
typedef bool of_age_fn(const struct btyd_model *m, uint32_t x, int stage, const double *T, size_t n, double from, double to, double delta, double *out);

/* A pass over the cells. */
struct pass {
	const struct outlook *o;
	of_age_fn *f;
	const struct value_span *s;
	const size_t *start;      /* cells at which another x begins, and their end */
	double *out;
};

static bool age_begins(const struct ltv_cells *c, size_t i)
{
	return !i || c->x[i] != c->x[i - 1] || c->T[i] != c->T[i - 1];
}

/* Customers of one x: each age once. */
static void one_x(const struct pass *p, size_t from, size_t to)
{
	const struct outlook *o = p->o;
	const struct ltv_cells *c = o->c;
	const int k = o->m.k;
	double *age = xreallocarray(NULL, to - from, 2 * sizeof *age), *ahead = age + (to - from);
	size_t n = 0;
	for (size_t i = from; i < to; i++) {
		p->out[i] = 0;
		if (age_begins(c, i))
			age[n++] = c->T[i];
	}
	for (int stage = 0; stage < k; stage++) {
		const bool ends = p->f(&o->m, c->x[from], stage, age, n, p->s->from, p->s->to, p->s->delta, ahead);
		size_t at = 0;
		for (size_t i = from; i < to; i++) {
			at += i > from && age_begins(c, i);
			p->out[i] += o->alive[i] * (k > 1 ? o->stage[i * (size_t)k + (size_t)stage] : 1) * (ends ? ahead[at] : INFINITY);
		}
	}
	free(age);
}

static void some_x(void *ctx, size_t from, size_t to)
{
	const struct pass *p = ctx;
	for (size_t i = from; i < to; i++)
		one_x(p, p->start[i], p->start[i + 1]);
}

/* What hangs on the age alone, but for a factor that hangs on x: each age of all customers once. */
static void any_x(const struct pass *p)
{
	const struct ltv_cells *c = p->o->c;
	uint64_t *age = xreallocarray(NULL, c->n + 1, sizeof *age);
	size_t n = 0, ages = 0, at = 0;
	for (size_t i = 0; i < c->n; i++)
		if (age_begins(c, i))
			age[n++] = double_bits(c->T[i]);
	sort_u64(age, n);
	double *T = xreallocarray(NULL, n + 1, 2 * sizeof *T), *ahead = T + n;
	for (size_t i = 0; i < n; i++)
		if (!i || age[i] != age[i - 1]) {
			age[ages] = age[i];
			memcpy(&T[ages++], &age[i], sizeof *T);
		}
	const bool ends = p->f(&p->o->m, 0, 0, T, ages, p->s->from, p->s->to, p->s->delta, ahead);
	for (size_t i = 0; i < c->n; i++) {
		if (age_begins(c, i))
			LOWER_BOUND(at, ages, T[mid] < c->T[i]);
		p->out[i] = p->o->alive[i] * btyd_ahead_times(&p->o->m, c->x[i], p->f == btyd_pairs) * (ends ? ahead[at] : INFINITY);
	}
	free(age);
	free(T);
}

/* By cell. */
static double *by_age(const struct outlook *o, of_age_fn *f, const struct value_span *s)
{
	const struct ltv_cells *c = o->c;
	struct pass p = { o, f, s, NULL, xreallocarray(NULL, c->n + 1, sizeof *p.out) };
	if (btyd_ahead_times(&o->m, 0, false) > 0) {
		any_x(&p);
		return p.out;
	}
	size_t *start = xreallocarray(NULL, c->n + 1, sizeof *start), n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (!i || c->x[i] != c->x[i - 1])
			start[n++] = i;
	start[n] = c->n;
	p.start = start;
	ltv_blocks(c->threads, n, 1, some_x, &p);
	free(start);
	return p.out;
}

static double *in_steps(const struct outlook *o, const struct value_span *s)
{
	double *sum = xcalloc(o->c->n + 1, sizeof *sum);
	const double part = (s->to - s->from) / s->steps;
	for (int k = 0; k < s->steps; k++) {
		double *v = by_age(o, btyd_ahead, &(struct value_span){ .from = s->from + k * part, .to = s->from + (k + 1) * part });
		for (size_t i = 0; i < o->c->n; i++)
			sum[i] += v[i] * pow(1 + s->rate, -(k + 1));
		free(v);
	}
	return sum;
}

/* Discounted expected purchases of a customer of each cell. */
static double *purchases_of(const struct outlook *o, const struct value_span *s)
{
	return s->steps ? in_steps(o, s) : by_age(o, btyd_ahead, s);
}

/* Their second moment in two parts: the squares of the discounts, and their products over pairs
 * of purchases; NaN where they are not known. */
static void moments_of(double **squares, double **pairs, const struct outlook *o, const struct value_span *s)
{
	*squares = by_age(o, btyd_ahead, &(struct value_span){ .from = s->from, .to = s->to, .delta = 2 * s->delta });
	*pairs = by_age(o, btyd_pairs, s);
	for (size_t i = 0; i < o->c->n && s->steps; i++)
		(*pairs)[i] = NAN;
}

/* ---- one customer ---- */

/* Chance of no purchase in (T, T + to]: the likelihood of the history as it would then be over
 * that of the history as it is. */
static double nothing_in(const struct btyd_model *m, uint32_t x, double tx, double T, double to, double alive)
{
	if (isinf(to) && m->kind != BTYD_PNBD)
		return 1 - alive;
	const double w = 1, later = T + (isinf(to) ? 1e9 : to);
	double now, then;
	const struct btyd_cells c = { 1, &x, &tx, &T, &w, 1 }, d = { 1, &x, &tx, &later, &w, 1 };
	if (!btyd_loglik(m, &c, &now, NULL, NULL) || !btyd_loglik(m, &d, &then, NULL, NULL))
		return NAN;
	return exp(fmin(then - now, 0));
}

/* The quantile of what is nothing with chance `none` and else gamma with these moments. */
static double gamma_quantile(double p, double none, double mean, double second)
{
	if (p <= none)
		return 0;
	const double m = mean / (1 - none), var = second / (1 - none) - m * m;
	return var > 0 ? gamma_p_inv(m * m / var, (p - none) / (1 - none)) * var / m : m;
}

/* Mean and limits are proportional to gamma + own total: found once a cell. */
static struct value_one per_money(const struct spend_model *s, double x, double none, double ahead, double squares, double pairs)
{
	const double q = s->p * x + s->q, one = s->p / (q - 1), both = s->p * s->p / (q - 1) / (q - 2);
	struct value_one out = { ahead * one, NAN, NAN };
	if (!(q > 2) || isnan(none))
		return out;
	const double second = squares * both * (s->p + 1) / s->p + pairs * both;
	out.lo = gamma_quantile(ALPHA / 2, none, out.mean, second);
	out.hi = gamma_quantile(1 - ALPHA / 2, none, out.mean, second);
	return out;
}

struct value_cell *value_cells(const struct ltv_cells *c, const struct btyd_model *m, const struct spend_model *spend, const struct value_terms *t)
{
	const struct value_span *s = &t->life, plain = t->own_horizon && !isinf(s->to) ? (struct value_span){ .from = s->from, .to = s->to } : (struct value_span){ .to = t->year.to };
	struct value_cell *v = xreallocarray(NULL, c->n + 1, sizeof *v);
	struct outlook o = outlook_of(c, m);
	double *ahead = purchases_of(&o, s), *orders = purchases_of(&o, &plain), *squares, *pairs;
	moments_of(&squares, &pairs, &o, s);
	for (size_t i = 0; i < c->n; i++) {
		v[i] = (struct value_cell){ o.alive[i], orders[i], { NAN, NAN, NAN } };
		if (!spend || !(c->shown[i] > 0))
			continue;
		const double none = isnan(pairs[i]) ? NAN : nothing_in(m, c->x[i], c->tx[i], c->T[i], s->to, o.alive[i]);
		v[i].per = per_money(spend, c->x[i] + c->first, none, ahead[i], squares[i], pairs[i]);
	}
	outlook_release(&o);
	free(ahead);
	free(squares);
	free(pairs);
	free(orders);
	return v;
}

struct value_one value_of(const struct value_cell *v, const struct spend_model *s, double money)
{
	const double g = s->gamma + money;
	return (struct value_one){ v->per.mean * g, v->per.lo * g, v->per.hi * g };
}

/* ---- sums and their limits ---- */

struct sums {
	double purchases, money;
};

static struct sums sum_up(const struct ltv_cells *c, const double *ahead, const struct spend_model *spend)
{
	struct sums s = { 0, 0 };
	for (size_t i = 0; i < c->n; i++) {
		s.purchases += c->shown[i] * ahead[i];
		if (spend) /* spend_expect is linear in the money */
			s.money += ahead[i] * spend->p * (spend->gamma * c->shown[i] + c->money[i]) / (spend->p * (c->x[i] + c->first) + (spend->q - 1));
	}
	return s;
}

/* Variance of the sums with the parameters as they are; NaN where a customer has none. */
static struct sums happens(const struct outlook *o, const struct spend_model *sp, const struct value_span *s, const double *ahead)
{
	const struct ltv_cells *c = o->c;
	double *squares, *pairs;
	struct sums v = { 0, 0 };
	moments_of(&squares, &pairs, o, s);
	for (size_t i = 0; i < c->n; i++) {
		if (!(c->shown[i] > 0))
			continue;
		v.purchases += c->shown[i] * (squares[i] + pairs[i] - ahead[i] * ahead[i]);
		if (!sp)
			continue;
		const double q = sp->p * (c->x[i] + c->first) + sp->q, g2 = sp->gamma * sp->gamma * c->shown[i] + 2 * sp->gamma * c->money[i] + c->money2[i];
		const double both = q > 2 ? 1 / ((q - 1) * (q - 2)) : NAN;
		v.money += sp->p * sp->p * g2 * ((squares[i] * (sp->p + 1) / sp->p + pairs[i]) * both - ahead[i] * ahead[i] / ((q - 1) * (q - 1)));
	}
	free(squares);
	free(pairs);
	return v;
}

static struct spend_model moved_spend(const struct spend_model *m, int i, double h)
{
	const double by = exp(h);
	return (struct spend_model){ i == 0 ? m->p * by : m->p, i == 1 ? 1 + (m->q - 1) * by : m->q, i == 2 ? m->gamma * by : m->gamma };
}

double value_quadratic(const double *g, const double *cov, int n)
{
	double v = 0;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			v += g[i] * cov[i * n + j] * g[j];
	return v;
}

/* log 1000: a limit a thousand times the value is none. */
#define FAR_OFF 6.907755278982137

struct interval value_around(double value, double log_var)
{
	const double half = Z95 * sqrt(log_var);
	if (half > FAR_OFF)
		return (struct interval){ NAN, NAN };
	return (struct interval){ isnan(half) ? NAN : fmax(0, value * (1 - half)), value * exp(half) };
}

/* A span, and the sums over it. */
struct asked {
	const struct value_span *span;
	struct sums at, parameters; /* variance of their logarithms, of the parameters alone */
	double *ahead;
};

static void ask(struct asked *v, int n, const struct outlook *o, const struct spend_model *spend)
{
	for (int k = 0; k < n; k++) {
		v[k].ahead = purchases_of(o, v[k].span);
		v[k].at = sum_up(o->c, v[k].ahead, spend);
	}
}

/* What the chances to be alive do to the sums of a span, by parameter. */
static void by_alive(double gp[4], double gm[4], const struct asked *v, const struct ltv_cells *c, const double *slope, const struct spend_model *spend)
{
	double *moved = xreallocarray(NULL, c->n + 1, sizeof *moved);
	for (size_t i = 0; i < BTYD_PARAMS; i++) {
		for (size_t k = 0; k < c->n; k++)
			moved[k] = v->ahead[k] * slope[k * BTYD_PARAMS + i];
		const struct sums s = sum_up(c, moved, spend);
		gp[i] = s.purchases / v->at.purchases;
		gm[i] = s.money / v->at.money;
	}
	free(moved);
}

/* Of each span by parameter: exact in the chances to be alive, by central differences in what
 * lies ahead of those who are. */
static void by_parameters(struct asked *v, int n, const struct outlook *now, const struct btyd_fit *b, const struct spend_fit *f)
{
	static const double h = 1e-3;
	const struct ltv_cells *c = now->c;
	const struct spend_model *spend = f->reason ? NULL : &f->model;
	double gp[VALUE_SPANS][4], gm[VALUE_SPANS][4], gs[3] = { 0 }, *slope = ltv_alive_slopes(c, &b->model);
	for (int k = 0; k < n; k++)
		by_alive(gp[k], gm[k], &v[k], c, slope, spend);
	free(slope);
	for (int i = 0; i < 4; i++)
		for (int side = -1; side <= 1; side += 2) {
			struct outlook o = *now;
			o.m.p[i] *= exp(side * h);
			o.stage = stages_of(c, &o.m);
			for (int k = 0; k < n; k++) {
				double *ahead = purchases_of(&o, v[k].span);
				const struct sums s = sum_up(c, ahead, spend);
				gp[k][i] += side * s.purchases / (2 * h * v[k].at.purchases);
				gm[k][i] += side * s.money / (2 * h * v[k].at.money);
				free(ahead);
			}
			free(o.stage);
		}
	for (int k = 0; k < n; k++) {
		for (int i = 0; i < 3 && spend; i++) {
			const struct spend_model up = moved_spend(spend, i, h), down = moved_spend(spend, i, -h);
			gs[i] = (sum_up(c, v[k].ahead, &up).money - sum_up(c, v[k].ahead, &down).money) / (2 * h * v[k].at.money);
		}
		v[k].parameters = (struct sums){ value_quadratic(gp[k], b->cov, 4), spend ? value_quadratic(gm[k], b->cov, 4) + value_quadratic(gs, f->cov, 3) : NAN };
	}
}

/* Each replicate's sums, moved by what happens by chance in it. */
static void by_replicates(struct value_total *out, const struct ltv_cells *c, const struct ltv_boot *b, const struct value_span *s, struct sums at, struct sums chance, double margin)
{
	const size_t n = (size_t)b->n;
	double *purchases = xreallocarray(NULL, n, sizeof *purchases), *money = xreallocarray(NULL, n, sizeof *money);
	const double stray[2] = { sqrt(chance.purchases) / at.purchases, sqrt(chance.money) / at.money };
	for (size_t r = 0; r < n; r++) {
		const struct ltv_replicate *v = &b->v[r];
		purchases[r] = money[r] = NAN;
		if (!v->purchases)
			continue;
		struct outlook o = outlook_of(c, &v->model);
		double *ahead = purchases_of(&o, s);
		const struct sums sum = sum_up(c, ahead, v->money ? &v->spend : NULL);
		purchases[r] = sum.purchases * exp(stray[0] * v->chance_purchases);
		if (v->money)
			money[r] = sum.money * exp(stray[1] * v->chance_money) * margin;
		free(ahead);
		outlook_release(&o);
	}
	out->purchases_ci = ltv_boot_limits(purchases, n);
	out->money_ci = ltv_boot_limits(money, n);
	free(purchases);
	free(money);
}

void value_totals(struct value_total *out, const struct value_span *s, int n, const struct ltv_cells *c, const struct ltv_fit *f, double margin)
{
	const struct btyd_fit *b = &f->v[f->chosen].fit;
	const struct spend_model *spend = f->spend.reason ? NULL : &f->spend.model;
	struct outlook o = outlook_of(c, &b->model);
	struct asked v[VALUE_SPANS];
	for (int k = 0; k < n; k++)
		v[k].span = &s[k];
	ask(v, n, &o, spend);
	if (!f->boot)
		by_parameters(v, n, &o, b, &f->spend);
	for (int k = 0; k < n; k++) {
		const struct sums at = v[k].at, chance = happens(&o, spend, v[k].span, v[k].ahead);
		out[k] = (struct value_total){ at.purchases, spend ? at.money * margin : NAN, { NAN, NAN }, { NAN, NAN } };
		if (f->boot) {
			by_replicates(&out[k], c, f->boot, v[k].span, at, chance, margin);
		} else {
			out[k].purchases_ci = value_around(at.purchases, v[k].parameters.purchases + chance.purchases / (at.purchases * at.purchases));
			if (spend)
				out[k].money_ci = value_around(out[k].money, v[k].parameters.money + chance.money / (at.money * at.money));
		}
		free(v[k].ahead);
	}
	outlook_release(&o);
}

double value_money(const struct ltv_cells *c, const struct btyd_model *m, const struct spend_model *spend, const struct value_span *s, double margin)
{
	struct outlook o = outlook_of(c, m);
	double *ahead = purchases_of(&o, s);
	const double money = sum_up(c, ahead, spend).money;
	free(ahead);
	outlook_release(&o);
	return money * margin;
}

void value_new(struct value_new *out, const struct value_span *s, int n, const struct ltv_fit *f, double first, double first_se, double margin)
{
	uint32_t x = 0;
	double zero = 0, one = 1;
	const struct ltv_cells c = { .n = 1, .x = &x, .tx = &zero, .T = &zero, .w = &one, .shown = &one, .money = &zero, .money2 = &zero };
	const struct btyd_fit *b = &f->v[f->chosen].fit;
	struct outlook o = outlook_of(&c, &b->model);
	struct asked v[VALUE_SPANS];
	for (int k = 0; k < n; k++)
		v[k].span = &s[k];
	ask(v, n, &o, &f->spend.model);
	by_parameters(v, n, &o, b, &f->spend);
	for (int k = 0; k < n; k++) {
		const double half = Z95 * hypot(v[k].at.money * sqrt(v[k].parameters.money), first_se) * margin, value = (first + v[k].at.money) * margin;
		out[k] = (struct value_new){ value, value_around(value, half * half / (Z95 * Z95 * value * value)) };
		free(v[k].ahead);
	}
	outlook_release(&o);
}
