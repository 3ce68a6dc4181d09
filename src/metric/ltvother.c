/* ltv model --model sbg, bdw, bgbb: the models of contracts and of opportunities, asked for by
 * name. Rows as those of the other models: parameters with standard errors and Wald limits in
 * their logarithms, the log-likelihood, and what follows for value.
 *
 *   sbg, bdw   renewals of a store with contracts (renewals.c), months unless --unit says year;
 *              DEL payments of a new customer, DERL of one who has renewed once, discounted;
 *              base_value what the customers there still bring
 *   bgbb       each period of --unit (a week without it) after the one of the first purchase is
 *              an opportunity: x the periods with a purchase, t_x the last of them, n those that
 *              are over; ahead: expected periods with a purchase in the next as many as a year
 *              has, of everyone together
 */
#include "activity.h"
#include "renewals.h"

#include <math.h>
#include <stdio.h>

static void columns(struct table *t)
{
	static const char *const numbers[] = { "estimate", "se", "lo", "hi" };
	table_col(t, "model", COL_TEXT, NULL, -1);
	table_col(t, "parameter", COL_TEXT, NULL, -1);
	for (int i = 0; i < 4; i++)
		table_col(t, numbers[i], COL_REAL, NULL, 4);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "note", COL_TEXT, NULL, -1);
}

static void row(struct table *t, const char *model, const char *name, double v, double se, struct interval ci, double n, const char *note)
{
	put_z(t, model);
	put_z(t, name);
	put_real(t, v);
	put_real(t, se);
	put_real(t, ci.lo);
	put_real(t, ci.hi);
	put_int(t, llround(n));
	put_z(t, note);
}

/* `log_var`: of the parameter's logarithm. */
static void parameter(struct table *t, const char *model, const char *name, double v, double log_var, double n)
{
	const double s = sqrt(log_var);
	row(t, model, name, v, v * s, (struct interval){ v * exp(-Z95 * s), v * exp(Z95 * s) }, n, NULL);
}

static void derived(struct table *t, const char *model, const char *name, const struct renewal_estimate *e, double n, const char *note)
{
	row(t, model, name, e->value, NAN, e->ci, n, note);
}

static enum period_unit unit_of(const char *unit, enum period_unit otherwise)
{
	static const char *const names[] = { [PERIOD_DAY] = "day", [PERIOD_WEEK] = "week", [PERIOD_MONTH] = "month", [PERIOD_QUARTER] = "quarter", [PERIOD_YEAR] = "year" };
	for (int i = 0; unit && i <= PERIOD_YEAR; i++)
		if (!strcmp(unit, names[i]))
			return (enum period_unit)i;
	return otherwise;
}

/* ---- contracts ---- */

struct worth {
	const struct renewal_stat *s;
	double discount, by;
};

static double del_of(const struct renewal_model *m, const void *ctx)
{
	return contract_new(m, ((const struct worth *)ctx)->discount);
}

static double derl_of(const struct renewal_model *m, const void *ctx)
{
	double left[2];
	contract_left(left, 2, m, ((const struct worth *)ctx)->discount, 1);
	return left[1];
}

static double base_of(const struct renewal_model *m, const void *ctx)
{
	const struct worth *w = ctx;
	return contract_base(m, w->s, w->discount, 1) * w->by;
}

static void contract_rows(struct report *r, const struct renewal_stat *s, const struct renewal_fit *f, const struct value_terms *terms)
{
	static const char *const names[] = { "alpha", "beta", "c" };
	const char *model = f->bdw ? "bdw" : "sbg";
	const int exponent = s->cur ? currency_exponent(s->cur) : 2, k = f->bdw ? 3 : 2;
	const double p[3] = { f->model.alpha, f->model.beta, f->model.c };
	struct worth w = { s, renewal_discount(terms->discount, s->unit), terms->margin * renewal_months(s->unit) / pow(10, exponent < 0 ? 2 : exponent) };
	char code[4] = "";
	for (int i = 0; i < k; i++)
		parameter(&r->table, model, names[i], p[i], f->cov[i * k + i], f->customers);
	row(&r->table, model, "loglik", f->loglik, NAN, (struct interval){ NAN, NAN }, f->customers, NULL);
	const struct renewal_estimate del = renewal_about(f, del_of, &w, 0, false), derl = renewal_about(f, derl_of, &w, 0, false), base = renewal_about(f, base_of, &w, 0, false);
	int64_t there = 0;
	for (size_t i = 0; i < s->n; i++)
		there += s->v[i].base;
	if (s->cur)
		currency_text(code, s->cur);
	derived(&r->table, model, "DEL", &del, f->customers, "payments of a new customer, the first now");
	derived(&r->table, model, "DERL", &derl, f->customers, "payments left of one who has renewed once");
	if (there)
		derived(&r->table, model, terms->has_margin ? "base_margin" : "base_revenue", &base, (double)there, arena_printf(&r->arena, "%s%swhat the customers there still bring", code, *code ? ", " : ""));
	str_printf(&r->finding, "%s: a new customer makes ", renewal_names[f->bdw]);
	say_real(&r->finding, del.value, 1);
	str_puts(&r->finding, " payments for life (");
	say_real(&r->finding, del.ci.lo, 1);
	str_puts(&r->finding, " to ");
	say_real(&r->finding, del.ci.hi, 1);
	str_puts(&r->finding, "); ");
	say_things(&r->finding, there, "customer there still brings ", "customers there still bring ");
	str_printf(&r->finding, "%s%s", code, *code ? " " : "");
	say_real(&r->finding, base.value, 0);
	str_puts(&r->finding, " (");
	say_real(&r->finding, base.ci.lo, 0);
	str_puts(&r->finding, " to ");
	say_real(&r->finding, base.ci.hi, 0);
	str_printf(&r->finding, ") %s, ", terms->has_margin ? "margin" : "revenue");
	say_discount(&r->finding, terms);
	str_putc(&r->finding, '.');
}

enum wend_err ltv_contract_model(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	const struct forecast_options fo = { .model = o->model, .discount = o->discount };
	const struct churn_options co = { .dunning_days = 30 };
	struct renewal_stat s = { .n = 0 };
	struct renewal_fits f = { .chosen = -1 };
	struct value_terms terms;
	struct fold_counts n = { 0 };
	enum wend_err e = value_terms_read(&terms, p, o, "week", err);
	if (!e)
		e = renewals_run(&s, p, &co, unit_of(ro->unit, PERIOD_MONTH), true, &n, err);
	if (!e)
		e = renewal_fits_run(&f, &s, &fo, err);
	if (e)
		goto done;
	columns(&r->table);
	r->not_converged = f.chosen < 0;
	if (!s.subscriptions)
		str_puts(&r->finding, "no subscriptions: this model is of contracts. Of buyers without one: wend ltv model.");
	else if (f.chosen < 0)
		str_printf(&r->finding, "no curve can be fitted: %s.", f.v[strcmp(o->model, "bdw") == 0].reason);
	else
		contract_rows(r, &s, &f.v[f.chosen], &terms);
	str_puts(&r->definition, "contracts that are renewed or not: alpha and beta of the chance to leave, which differs from customer to customer; c: how it changes with renewals (1 = not); 95 % limits");
	line_add(&r->next, "wend churn forecast");
	e = say_scope(&r->finding, p, &n, KIND_BIT(KIND_SUBSCRIPTIONS), err);
	report_scope(r, p, &n);
done:
	renewal_fits_release(&f);
	renewal_stat_release(&s);
	return e;
}

/* ---- opportunities ---- */

struct chance_row {
	uint32_t x, tx, n;
	int64_t w;
};
struct chance_acc {
	struct activity a;
	struct chance_row *v;
	size_t n, cap;
};
struct chance_ctx {
	const struct activity_source *s;
	int32_t over;              /* the last period that is over */
};

static int by_history(const void *a, const void *b)
{
	const struct chance_row *x = a, *y = b;
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	if (x->x != y->x)
		return x->x < y->x ? -1 : 1;
	return (x->tx > y->tx) - (x->tx < y->tx);
}

/* Equal histories are one row. */
static void settle(struct chance_acc *a)
{
	size_t n = 0;
	if (a->n > 1)
		qsort(a->v, a->n, sizeof *a->v, by_history);
	for (size_t i = 0; i < a->n; i++) {
		if (n && !by_history(&a->v[n - 1], &a->v[i]))
			a->v[n - 1].w += a->v[i].w;
		else
			a->v[n++] = a->v[i];
	}
	a->n = n;
}

static void add_history(void *acc, const struct journey *j, void *ctx)
{
	enum { MANY = 1 << 16 };
	struct chance_acc *a = acc;
	const struct chance_ctx *c = ctx;
	if (!activity_of(&a->a, c->s, j) || a->a.v[0].period >= c->over)
		return;
	const int32_t first = a->a.v[0].period;
	struct chance_row v = { .n = (uint32_t)(c->over - first), .w = 1 };
	for (size_t i = 1; i < a->a.n && a->a.v[i].period <= c->over; i++) {
		v.x++;
		v.tx = (uint32_t)(a->a.v[i].period - first);
	}
	if (a->n >= MANY && a->n == a->cap)
		settle(a);
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = v;
}

static void chance_release(void *acc)
{
	struct chance_acc *a = acc;
	activity_release(&a->a);
	free(a->v);
	a->v = NULL;
	a->n = a->cap = 0;
}

static void merge_histories(void *into, void *from, void *ctx)
{
	struct chance_acc *a = into, *b = from;
	(void)ctx;
	GROW(a->v, a->cap, a->n + b->n + 1);
	if (b->n)
		memcpy(a->v + a->n, b->v, b->n * sizeof *b->v);
	a->n += b->n;
	activity_merge(&a->a, &b->a);
	chance_release(b);
}

/* Mean chance to be there, and periods with a purchase ahead, of all histories together. */
static void sum_up(double out[2], const struct chance_model *m, const struct chance_cells *c, double customers, uint32_t year)
{
	out[0] = out[1] = 0;
	for (size_t i = 0; i < c->n; i++) {
		out[0] += c->w[i] * chance_alive(m, c->x[i], c->tx[i], c->of[i]) / customers;
		out[1] += c->w[i] * chance_expect(m, c->x[i], c->tx[i], c->of[i], year);
	}
}

/* The same with limits of the parameters: gradient in their logarithms, central differences. */
static void sums_about(struct renewal_estimate out[2], const struct chance_fit *f, const struct chance_cells *c, uint32_t year)
{
	static const double h = 1e-4;
	double at[2], side[2], g[2][4] = { { 0 } };
	sum_up(at, &f->model, c, f->customers, year);
	for (int i = 0; i < 4; i++)
		for (int sign = -1; sign <= 1; sign += 2) {
			struct chance_model m = f->model;
			m.p[i] *= exp(sign * h);
			sum_up(side, &m, c, f->customers, year);
			for (int k = 0; k < 2; k++)
				g[k][i] += sign * side[k] / (2 * h * at[k]);
		}
	for (int k = 0; k < 2; k++)
		out[k] = (struct renewal_estimate){ at[k], value_around(at[k], value_quadratic(g[k], f->cov, 4)) };
	out[0].ci.hi = fmin(1, out[0].ci.hi);
}

static void chance_rows(struct report *r, const struct chance_acc *a, enum period_unit unit)
{
	static const char *const names[] = { "alpha", "beta", "gamma", "delta" };
	const uint32_t year = (uint32_t)lround(12 / renewal_months(unit));
	uint32_t *x = xcalloc(a->n + 1, sizeof *x), *tx = xcalloc(a->n + 1, sizeof *tx), *of = xcalloc(a->n + 1, sizeof *of);
	double *w = xcalloc(a->n + 1, sizeof *w);
	struct renewal_estimate sums[2];
	struct chance_fit f;
	for (size_t i = 0; i < a->n; i++) {
		x[i] = a->v[i].x;
		tx[i] = a->v[i].tx;
		of[i] = a->v[i].n;
		w[i] = (double)a->v[i].w;
	}
	const struct chance_cells c = { a->n, x, tx, of, w };
	chance_fit(&f, &c, NULL);
	r->not_converged = f.reason != NULL;
	if (f.reason) {
		str_printf(&r->finding, "no model can be fitted: %s.", f.reason);
	} else {
		for (int i = 0; i < 4; i++)
			parameter(&r->table, "bgbb", names[i], f.model.p[i], f.cov[i * 4 + i], f.customers);
		row(&r->table, "bgbb", "loglik", f.loglik, NAN, (struct interval){ NAN, NAN }, f.customers, NULL);
		sums_about(sums, &f, &c, year);
		derived(&r->table, "bgbb", "alive", &sums[0], f.customers, "mean chance to be still there");
		derived(&r->table, "bgbb", "ahead", &sums[1], f.customers, arena_printf(&r->arena, "expected periods with a purchase in the next %u", (unsigned)year));
		str_puts(&r->finding, "BG/BB: ");
		say_count(&r->finding, llround(f.customers));
		str_puts(&r->finding, " customers will buy in ");
		say_real(&r->finding, sums[1].value, 0);
		str_puts(&r->finding, " (");
		say_real(&r->finding, sums[1].ci.lo, 0);
		str_puts(&r->finding, " to ");
		say_real(&r->finding, sums[1].ci.hi, 0);
		str_printf(&r->finding, ") of their opportunities in the next %u periods; ", (unsigned)year);
		say_share(&r->finding, sums[0].value);
		str_puts(&r->finding, " (");
		say_shares(&r->finding, sums[0].ci);
		str_puts(&r->finding, ") of them are still there, by the model.");
	}
	free(x);
	free(tx);
	free(of);
	free(w);
}

enum wend_err ltv_chance_model(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	const struct retention_options ao = { .activity = "purchase", .churn.window = "1" };
	struct report_options units = *ro;
	struct activity_source s;
	struct chance_acc a = { .n = 0 };
	struct chance_ctx c = { .s = &s };
	struct fold f = { .acc_size = sizeof a, .customer = add_history, .merge = merge_histories, .ctx = &c };
	struct fold_counts n = { 0 };
	(void)o;
	units.period = ro->unit ? ro->unit : "week";
	enum wend_err e = activity_choose(&s, p, &ao, &units, err);
	if (e)
		return e;
	c.over = period_number(s.unit, s.covered + 1) - 1;
	if ((e = activity_fold(p, &s, &f, &a, &a.a, chance_release, &n, err)))
		goto done;
	settle(&a);
	columns(&r->table);
	chance_rows(r, &a, s.unit);
	say_apart(&r->finding, &a.a.days.facts);
	str_printf(&r->definition, "every %s after that of the first purchase is an opportunity to buy; alpha and beta of the chance to buy at one, gamma and delta of the chance to leave before one; 95 %% limits", units.period);
	line_add(&r->next, "wend ltv model");
	e = say_scope(&r->finding, p, &n, activity_kinds(&s), err);
	report_scope(r, p, &n);
done:
	chance_release(&a);
	activity_source_release(&s);
	return e;
}
