/* The value of a customer over a horizon: expected purchases ahead, discounted, times the
 * expected money of a purchase, times the margin. The only place that says so.
 *
 *   V = margin x E[M | own spending] x int_from^to e^(-delta t) dE[Y(t) | x, t_x, T]
 *   delta = log(1 + discount) a year of 365.25 days; months are a twelfth of that
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
 * parameters: delta method over their logarithms, derivatives by central differences;
 * purchases and spending are fitted apart, so their variances add. Variance of what each
 * customer happens to do with the parameters as they are: the second moments above, added
 * up. (With --bootstrap the sums of the replicates, each moved by chance.) Both together on the logarithm of the sum, which cannot be negative. What a new
 * customer brings is a mean: its limits hold the parameters only.
 */
#include "ltv_impl.h"

#include <math.h>

#define YEAR_DAYS 365.25

/* ---- terms ---- */

static bool read_months(struct sv v, double *days)
{
	static const struct { const char *name; double days; } units[] = { { "day", 1 }, { "week", 7 }, { "month", YEAR_DAYS / 12 }, { "year", YEAR_DAYS } };
	size_t digits = 0;
	int64_t n;
	v = sv_trim(v);
	if (sv_is(v, "inf")) {
		*days = INFINITY;
		return true;
	}
	while (digits < v.n && v.p[digits] >= '0' && v.p[digits] <= '9')
		digits++;
	if (!sv_int(sv_n(v.p, digits), &n) || n > 100000)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const struct sv word = sv_n(v.p + digits, v.n - digits);
		if (sv_is(word, units[i].name) || (word.n > 1 && word.p[word.n - 1] == 's' && sv_is(sv_n(word.p, word.n - 1), units[i].name))) {
			*days = (double)n * units[i].days;
			return true;
		}
	}
	return false;
}

static enum wend_err read_horizon(struct value_terms *t, const char *text, double unit, struct err *err)
{
	const char *dots = strstr(text, "..");
	double from = 0, to = INFINITY;
	const bool ok = (!dots || read_months(sv_n(text, (size_t)(dots - text)), &from)) && read_months(sv_of(dots ? dots + 2 : text), &to);
	if (!ok || !(from < to))
		return err_set(err, WEND_E_USAGE, "'%s' is no horizon; write it as 12month, inf or 12month..36month", text);
	t->life.from = from / unit;
	t->life.to = to / unit;
	t->own_horizon = true;
	snprintf(t->horizon, sizeof t->horizon, "%s", text);
	return WEND_OK;
}

/* "41 %", "41%", "0.41" of [company] margin. */
static enum wend_err margin_set(struct value_terms *t, const struct population *p, struct err *err)
{
	struct sv v = p ? sv_trim(store_setting(p->store, "company", "margin")) : SV_NONE;
	const struct sv whole = v;
	if (!v.n)
		return WEND_OK;
	const bool percent = v.p[v.n - 1] == '%';
	if (percent)
		v = sv_trim(sv_n(v.p, v.n - 1));
	if (!sv_real(v, &t->margin) || t->margin < 0 || t->margin > (percent ? 100 : 1))
		return err_set(err, WEND_E_USAGE, "the margin that is set, '%.*s', is no share; set it as 'wend store set margin 0.41'", (int)whole.n, whole.p);
	t->margin /= percent ? 100 : 1;
	t->has_margin = true;
	return WEND_OK;
}

/* Terms of other programs, so that figures can be compared.
 *   lifetimes  parts of 30 days, in weeks 4.345, 12 of them where no horizon is given, each
 *              discounted as of its end by 1 % (--discount: a part)
 *   clvtools   for ever (or the horizon), continuously; a year is 52 weeks, 364 days or 12 months
 */
static enum wend_err terms_of_others(struct value_terms *t, const struct ltv_options *o, double days, struct err *err)
{
	const bool week = fabs(days - 7) < 1e-9, day = fabs(days - 1) < 1e-9;
	t->compat = o->compat;
	if (!strcmp(o->compat, "clvtools")) {
		t->year.delta = t->life.delta = log1p(t->discount) / (week ? 52 : day ? 364 : 12);
		return WEND_OK;
	}
	const double part = week ? 4.345 : day ? 30 : 1, months = isinf(t->life.to) ? 12 : round(t->life.to * days / (YEAR_DAYS / 12));
	if (t->life.from > 0 || (t->own_horizon && isinf(t->life.to)) || !(months >= 1))
		return err_set(err, WEND_E_USAGE, "'--compat lifetimes' counts in months from now; give '--horizon 24month' or leave it out");
	const double rate = isnan(o->discount) ? 0.01 : o->discount;
	t->life = (struct value_span){ .to = months * part, .steps = (int)months, .rate = rate };
	t->year = (struct value_span){ .to = 12 * part, .steps = 12, .rate = rate };
	t->discount = rate;
	t->own_horizon = true;
	if (!*t->horizon)
		snprintf(t->horizon, sizeof t->horizon, "12month");
	return WEND_OK;
}

enum wend_err value_terms_read(struct value_terms *t, const struct population *p, const struct ltv_options *o, const char *unit, struct err *err)
{
	const double days = rfm_unit_days(unit);
	*t = (struct value_terms){ .margin = 1, .discount = isnan(o->discount) ? 0.10 : o->discount };
	if (!(t->discount >= 0) || t->discount > 10)
		return err_set(err, WEND_E_USAGE, "a discount of %g a year is none; write 10 %% as 0.10", o->discount);
	if (!isnan(o->margin)) {
		if (!(o->margin > 0) || o->margin > 1)
			return err_set(err, WEND_E_USAGE, "a margin of %g is no share; write 41 %% as 0.41", o->margin);
		t->margin = o->margin;
		t->has_margin = true;
	} else if (margin_set(t, p, err)) {
		return err->code;
	}
	const double delta = log1p(t->discount) * days / YEAR_DAYS;
	t->year = (struct value_span){ .to = YEAR_DAYS / days, .delta = delta };
	t->life = (struct value_span){ .to = INFINITY, .delta = delta };
	if (o->horizon && read_horizon(t, o->horizon, days, err))
		return err->code;
	if (o->compat && terms_of_others(t, o, days, err))
		return err->code;
	if (!(delta > 0) && isinf(t->life.to))
		return err_set(err, WEND_E_USAGE, "without a discount nothing ends; give '--horizon 36month' or a discount above 0");
	return WEND_OK;
}

void say_discount(struct str *s, const struct value_terms *t)
{
	const bool parts = t->life.steps > 0;
	str_printf(s, "%g %% a %s discounted", t->discount * 100, parts ? "month" : t->compat ? "year of 52 weeks" : "year");
	if (t->compat)
		str_printf(s, " as %s does", parts ? "lifetimes" : "CLVTools");
}

/* ---- purchases ahead ---- */

/* What is the same for all customers of one x and stage who are still buying at the same age. */
typedef bool of_age_fn(const struct btyd_model *m, uint32_t x, int stage, const double *T, size_t n, double from, double to, double delta, double *out);

/* Customers of one x, cells `from` to `to`: each age once; by stages, and times the chance to be
 * alive. */
static void of_one_x(double *out, const struct ltv_cells *c, size_t from, size_t to, of_age_fn *f, const struct btyd_model *m, const struct value_span *s, double *room)
{
	double *age = room, *ahead = room + (to - from), pi[BTYD_K_MAX];
	size_t n = 0;
	for (size_t i = from; i < to; i++) {
		out[i] = 0;
		if (i == from || c->T[i] != c->T[i - 1])
			age[n++] = c->T[i];
	}
	for (int stage = 0; stage < m->k; stage++) {
		const bool ends = f(m, c->x[from], stage, age, n, s->from, s->to, s->delta, ahead);
		size_t at = 0;
		for (size_t i = from; i < to; i++) {
			at += i > from && c->T[i] != c->T[i - 1];
			btyd_stages(m, c->x[i], c->tx[i], c->T[i], pi);
			out[i] += ends ? pi[stage] * ahead[at] : INFINITY;
		}
	}
	for (size_t i = from; i < to; i++)
		out[i] *= btyd_alive(m, c->x[i], c->tx[i], c->T[i]);
}

/* By cell. */
static double *by_age(const struct ltv_cells *c, of_age_fn *f, const struct btyd_model *m, const struct value_span *s)
{
	double *out = xreallocarray(NULL, c->n + 1, sizeof *out), *room = xreallocarray(NULL, c->n + 1, 2 * sizeof *room);
	for (size_t i = 0, k; i < c->n; i = k) {
		for (k = i + 1; k < c->n && c->x[k] == c->x[i];)
			k++;
		of_one_x(out, c, i, k, f, m, s, room);
	}
	free(room);
	return out;
}

static double *in_steps(const struct ltv_cells *c, const struct btyd_model *m, const struct value_span *s)
{
	double *sum = xcalloc(c->n + 1, sizeof *sum);
	const double part = (s->to - s->from) / s->steps;
	for (int k = 0; k < s->steps; k++) {
		double *v = by_age(c, btyd_ahead, m, &(struct value_span){ .from = s->from + k * part, .to = s->from + (k + 1) * part });
		for (size_t i = 0; i < c->n; i++)
			sum[i] += v[i] * pow(1 + s->rate, -(k + 1));
		free(v);
	}
	return sum;
}

double *value_purchases(const struct ltv_cells *c, const struct btyd_model *m, const struct value_span *s)
{
	return s->steps ? in_steps(c, m, s) : by_age(c, btyd_ahead, m, s);
}

/* The sum over pairs of purchases of their discounts, by cell; NaN where it is not known. */
static double *value_pairs(const struct ltv_cells *c, const struct btyd_model *m, const struct value_span *s)
{
	double *v = by_age(c, btyd_pairs, m, s);
	for (size_t i = 0; i < c->n && s->steps; i++)
		v[i] = NAN;
	return v;
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
	const struct btyd_cells c = { 1, &x, &tx, &T, &w }, d = { 1, &x, &tx, &later, &w };
	if (!btyd_loglik(m, &c, &now, NULL, NULL) || !btyd_loglik(m, &d, &then, NULL, NULL))
		return NAN;
	return exp(fmin(then - now, 0));
}

struct value_cell *value_cells(const struct ltv_cells *c, const struct btyd_model *m, const struct value_terms *t)
{
	const struct value_span *s = &t->life, twice = { .from = s->from, .to = s->to, .delta = 2 * s->delta }, year = { .to = t->year.to };
	struct value_cell *v = xreallocarray(NULL, c->n + 1, sizeof *v);
	double *ahead = value_purchases(c, m, s), *squares = value_purchases(c, m, &twice), *pairs = value_pairs(c, m, s), *orders = value_purchases(c, m, t->own_horizon && !isinf(s->to) ? &(struct value_span){ .from = s->from, .to = s->to } : &year);
	for (size_t i = 0; i < c->n; i++) {
		const double alive = btyd_alive(m, c->x[i], c->tx[i], c->T[i]);
		const double none = isnan(pairs[i]) ? NAN : nothing_in(m, c->x[i], c->tx[i], c->T[i], s->to, alive);
		v[i] = (struct value_cell){ alive, orders[i], ahead[i], squares[i], pairs[i], none };
	}
	free(ahead);
	free(squares);
	free(pairs);
	free(orders);
	return v;
}

/* The quantile of what is nothing with chance `none` and else gamma with these moments. */
static double gamma_quantile(double p, double none, double mean, double second)
{
	if (p <= none)
		return 0;
	const double m = mean / (1 - none), var = second / (1 - none) - m * m;
	return var > 0 ? gamma_p_inv(m * m / var, (p - none) / (1 - none)) * var / m : m;
}

struct value_one value_of(const struct value_cell *v, const struct spend_model *s, uint32_t x, double money)
{
	const double q = s->p * x + s->q, g = s->gamma + (x ? money : 0);
	const double one = s->p * g / (q - 1), both = s->p * s->p * g * g / (q - 1) / (q - 2);
	struct value_one out = { v->ahead * one, NAN, NAN };
	if (!(q > 2) || isnan(v->none))
		return out;
	const double second = v->squares * both * (s->p + 1) / s->p + v->pairs * both;
	out.lo = gamma_quantile(ALPHA / 2, v->none, out.mean, second);
	out.hi = gamma_quantile(1 - ALPHA / 2, v->none, out.mean, second);
	return out;
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
static struct sums happens(const struct ltv_cells *c, const struct btyd_model *m, const struct spend_model *sp, const struct value_span *s, const double *ahead)
{
	const struct value_span twice = { .from = s->from, .to = s->to, .delta = 2 * s->delta };
	double *squares = value_purchases(c, m, &twice), *pairs = value_pairs(c, m, s);
	struct sums v = { 0, 0 };
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

static double quadratic(const double *g, const double *cov, int n)
{
	double v = 0;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			v += g[i] * cov[i * n + j] * g[j];
	return v;
}

static struct interval around(double value, double log_var)
{
	const double by = exp(Z95 * sqrt(log_var));
	return (struct interval){ value / by, value * by };
}

/* Variances of the logarithms of the sums, of the parameters' covariance alone. */
static struct sums by_parameters(const struct ltv_cells *c, const struct btyd_fit *b, const struct spend_fit *f, const struct value_span *s, const double *ahead, struct sums at)
{
	static const double h = 1e-3;
	const struct spend_model *spend = f->reason ? NULL : &f->model;
	double gp[4], gm[4], gs[3] = { 0 };
	for (int i = 0; i < 4; i++) {
		struct sums side[2];
		for (int k = 0; k < 2; k++) {
			struct btyd_model m = b->model;
			m.p[i] *= exp(k ? h : -h);
			double *v = value_purchases(c, &m, s);
			side[k] = sum_up(c, v, spend);
			free(v);
		}
		gp[i] = (side[1].purchases - side[0].purchases) / (2 * h * at.purchases);
		gm[i] = (side[1].money - side[0].money) / (2 * h * at.money);
	}
	for (int i = 0; i < 3 && spend; i++) {
		const struct spend_model up = moved_spend(spend, i, h), down = moved_spend(spend, i, -h);
		gs[i] = (sum_up(c, ahead, &up).money - sum_up(c, ahead, &down).money) / (2 * h * at.money);
	}
	return (struct sums){ quadratic(gp, b->cov, 4), spend ? quadratic(gm, b->cov, 4) + quadratic(gs, f->cov, 3) : NAN };
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
		double *ahead = value_purchases(c, &v->model, s);
		const struct sums sum = sum_up(c, ahead, v->money ? &v->spend : NULL);
		purchases[r] = sum.purchases * exp(stray[0] * v->chance_purchases);
		if (v->money)
			money[r] = sum.money * exp(stray[1] * v->chance_money) * margin;
		free(ahead);
	}
	out->purchases_ci = ltv_boot_limits(purchases, n);
	out->money_ci = ltv_boot_limits(money, n);
	free(purchases);
	free(money);
}

struct value_total value_total(const struct ltv_cells *c, const struct ltv_fit *f, const struct value_span *s, double margin)
{
	struct value_total out = { NAN, NAN, { NAN, NAN }, { NAN, NAN } };
	if (f->chosen < 0)
		return out;
	const struct btyd_fit *b = &f->v[f->chosen].fit;
	const struct spend_model *spend = f->spend.reason ? NULL : &f->spend.model;
	double *ahead = value_purchases(c, &b->model, s);
	const struct sums at = sum_up(c, ahead, spend), chance = happens(c, &b->model, spend, s, ahead);
	out.purchases = at.purchases;
	out.money = spend ? at.money * margin : NAN;
	if (f->boot) {
		by_replicates(&out, c, f->boot, s, at, chance, margin);
	} else {
		const struct sums parameters = by_parameters(c, b, &f->spend, s, ahead, at);
		out.purchases_ci = around(at.purchases, parameters.purchases + chance.purchases / (at.purchases * at.purchases));
		out.money_ci = spend ? around(out.money, parameters.money + chance.money / (at.money * at.money)) : (struct interval){ NAN, NAN };
	}
	free(ahead);
	return out;
}

double value_money(const struct ltv_cells *c, const struct btyd_model *m, const struct spend_model *spend, const struct value_span *s, double margin)
{
	double *ahead = value_purchases(c, m, s);
	const double money = sum_up(c, ahead, spend).money;
	free(ahead);
	return money * margin;
}

struct value_new value_new(const struct ltv_fit *f, const struct value_span *s, double first, double first_se, double margin)
{
	uint32_t x = 0;
	double zero = 0, one = 1;
	const struct ltv_cells c = { .n = 1, .x = &x, .tx = &zero, .T = &zero, .w = &one, .shown = &one, .money = &zero, .money2 = &zero };
	if (f->chosen < 0 || f->spend.reason)
		return (struct value_new){ NAN, { NAN, NAN } };
	const struct btyd_fit *b = &f->v[f->chosen].fit;
	double *ahead = value_purchases(&c, &b->model, s);
	const struct sums at = sum_up(&c, ahead, &f->spend.model);
	const double later = at.money * sqrt(by_parameters(&c, b, &f->spend, s, ahead, at).money);
	const double half = Z95 * hypot(later, first_se) * margin, value = (first + at.money) * margin;
	free(ahead);
	return (struct value_new){ value, { value - half, value + half } };
}
