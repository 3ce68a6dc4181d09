/* ltv customers: one row a customer, with what the chosen models expect of him.
 *
 *   p_alive          chance to be still buying
 *   expected_orders  purchase days in 12 months (or over --horizon, when it has an end)
 *   rlv              value still to come, discounted (value.c); revenue_rlv without a margin
 *   lo, hi           what he really brings lies between with 95 %
 *   next_order       day before which half of those with his history buy again, if they go on:
 *                    the gamma mixture of rates gives (alpha + T) (2^(1/(r+x)) - 1) from now
 *   rank             by value, the best first; equals by customer
 *
 * The models are fitted to everyone known; --where and --only choose who is printed.
 */
#include "ltv_impl.h"

#include <math.h>

enum { PIECE_ROWS = 4096 };
#define FAR_DAYS 36525

struct list {
	struct purchases b;
	struct ltv_cells c;
	struct ltv_fit fit;
	struct value_terms terms;
	struct value_cell *cell;  /* NULL: no model */
	uint32_t *order, *rank;
	const struct store *store;
	double minor;
	int32_t as_of;
	bool all;
	size_t at;
};

static void columns(struct table *t, const struct list *l, const char *unit)
{
	char cur[4] = "";
	if (l->b.counts.cur)
		currency_text(cur, l->b.counts.cur);
	const char *money = *cur ? arena_strdup(&t->arena, cur) : NULL;
	unit = arena_printf(&t->arena, "%ss", unit);
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "orders", COL_INT, NULL, 0);
	table_col(t, "first", COL_DAY, NULL, -1);
	table_col(t, "last", COL_DAY, NULL, -1);
	table_col(t, "x", COL_INT, NULL, 0);
	table_col(t, "t_x", COL_REAL, unit, 2);
	table_col(t, "T", COL_REAL, unit, 2);
	table_col_money(t, "spent", l->b.counts.cur);
	table_col(t, "mean_spend", COL_REAL, money, 2);
	table_col(t, "p_alive", COL_SHARE, NULL, 1);
	table_col(t, "expected_orders", COL_REAL, NULL, 2);
	table_col(t, l->terms.has_margin ? "rlv" : "revenue_rlv", COL_REAL, money, 2);
	table_col(t, "lo", COL_REAL, money, 2);
	table_col(t, "hi", COL_REAL, money, 2);
	table_col(t, "next_order", COL_DAY, NULL, -1);
	table_col(t, "rank", COL_INT, NULL, 0);
	t->customer_col = "customer";
}

static double money_of(const struct list *l, const struct rfm_row *v)
{
	return (double)(l->all ? v->total : v->repeat) / l->minor;
}

/* The purchases whose money tells of the customer's spending. */
static uint32_t spend_x(const struct list *l, const struct rfm_row *v)
{
	return v->days - 1 + l->all;
}

static struct value_one value_at(const struct list *l, size_t i)
{
	const struct rfm_row *v = &l->b.v[i];
	if (!l->cell || l->fit.spend.reason)
		return (struct value_one){ NAN, NAN, NAN };
	return value_of(&l->cell[l->c.of[i]], &l->fit.spend.model, spend_x(l, v), money_of(l, v));
}

static int64_t next_day(const struct list *l, const struct rfm_row *v)
{
	const struct btyd_model *m = &l->fit.v[l->fit.chosen].fit.model;
	const double T = ltv_units(l->c.unit_days, v->first, l->as_of);
	const double days = (m->p[1] + T) * expm1(log(2) / (m->p[0] + v->days - 1)) * l->c.unit_days;
	return m->k > 1 || !(days < FAR_DAYS) ? WEND_NONE : l->as_of + (int64_t)ceil(days);
}

static void put_row(struct table *t, const struct list *l, size_t i)
{
	const struct rfm_row *v = &l->b.v[i];
	const struct value_cell *c = l->cell ? &l->cell[l->c.of[i]] : NULL;
	const struct value_one one = value_at(l, i);
	put_text(t, store_customer(l->store, v->customer));
	put_int(t, v->days);
	put_int(t, v->first);
	put_int(t, v->last);
	put_int(t, v->days - 1);
	put_real(t, ltv_units(l->c.unit_days, v->first, v->last));
	put_real(t, ltv_units(l->c.unit_days, v->first, l->as_of));
	put_int(t, v->total);
	put_real(t, l->fit.spend.reason ? NAN : spend_expect(&l->fit.spend.model, spend_x(l, v), spend_x(l, v) ? money_of(l, v) : 0));
	put_real(t, c ? c->alive : NAN);
	put_real(t, c ? c->year : NAN);
	put_real(t, one.mean * l->terms.margin);
	put_real(t, one.lo * l->terms.margin);
	put_real(t, one.hi * l->terms.margin);
	put_int(t, c ? next_day(l, v) : WEND_NONE);
	put_int(t, l->rank ? l->rank[i] : WEND_NONE);
}

static bool more_rows(struct table *t, void *ctx)
{
	struct list *l = ctx;
	for (size_t made = 0; l->at < l->b.n && made < PIECE_ROWS; l->at++)
		if (l->b.v[l->order[l->at]].selected) {
			put_row(t, l, l->order[l->at]);
			made++;
		}
	return l->at < l->b.n;
}

static void list_free(void *ctx)
{
	struct list *l = ctx;
	purchases_release(&l->b);
	ltv_cells_release(&l->c);
	free(l->cell);
	free(l->order);
	free(l->rank);
	free(l);
}

/* Doubles in the order of their bits. */
static uint64_t sortable(double v)
{
	uint64_t u;
	memcpy(&u, &v, sizeof u);
	return u;
}

static double share_of_best(const double *value, size_t n, double sum)
{
	double best = 0;
	for (size_t i = 0; i < (n + 9) / 10; i++)
		best += value[i];
	return sum > 0 ? best / sum : NAN;
}

/* Ranks of those printed; returns the share of the value that the best tenth holds. */
static double rank_all(struct list *l)
{
	uint64_t *key = xreallocarray(NULL, l->b.n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, l->b.n + 1, sizeof *index);
	double *value = xreallocarray(NULL, l->b.n + 1, sizeof *value), sum = 0;
	size_t n = 0;
	l->rank = xcalloc(l->b.n + 1, sizeof *l->rank);
	for (size_t k = 0; k < l->b.n; k++) {
		const uint32_t i = l->order[k];
		if (!l->b.v[i].selected)
			continue;
		key[n] = ~sortable(value_at(l, i).mean);
		index[n++] = i;
	}
	sort_keys(key, index, n);
	for (size_t k = 0; k < n; k++) {
		l->rank[index[k]] = (uint32_t)k + 1;
		value[k] = value_at(l, index[k]).mean;
		sum += value[k];
	}
	const double share = share_of_best(value, n, sum);
	free(key);
	free(index);
	free(value);
	return share;
}

static void find(struct report *r, const struct list *l, double best)
{
	struct str *s = &r->finding;
	double shown = 0;
	for (size_t i = 0; i < l->c.n; i++)
		shown += l->c.shown[i];
	if (!(shown > 0)) {
		str_puts(s, "no customer has bought yet.");
		return;
	}
	if (!l->cell) {
		say_count(s, (int64_t)shown);
		str_printf(s, " customers; nothing is said of what is still to come: %s.", ltv_why_not(&l->fit));
		return;
	}
	const struct value_total t = value_total(&l->c, &l->fit, &l->terms.life, l->terms.margin);
	char cur[4] = "";
	if (l->b.counts.cur)
		currency_text(cur, l->b.counts.cur);
	say_count(s, (int64_t)shown);
	str_printf(s, " customers will still bring %s%s", cur, *cur ? " " : "");
	say_real(s, t.money, 0);
	str_printf(s, " %s (", l->terms.has_margin ? "margin" : "revenue");
	say_real(s, t.money_ci.lo, 0);
	str_puts(s, " to ");
	say_real(s, t.money_ci.hi, 0);
	str_puts(s, ")");
	if (!isnan(best)) {
		str_puts(s, "; the best 10 % hold ");
		say_share(s, best);
		str_puts(s, " of it");
	}
	str_puts(s, ".");
}

static void define(struct report *r, const struct list *l)
{
	if (!l->cell)
		return;
	const struct btyd_model *m = &l->fit.v[l->fit.chosen].fit.model;
	str_printf(&r->definition, "%s and Gamma-Gamma fitted to everyone known, %g %% a year discounted, %s; lo, hi: 95 %% of what the customer really brings", btyd_name[m->kind],
		   l->terms.discount * 100, l->terms.own_horizon ? l->terms.horizon : "for life; expected_orders in 12 months");
	if (m->k > 1)
		str_puts(&r->definition, "; not known for MBG/CNBD-k");
	line_add(&r->explain.text, "fit: %s", l->fit.why);
	line_add(&r->explain.text, "limits: chance of nothing exact, else gamma with the exact mean and variance; spending: E[M] = p (gamma + own total) / (p x + q - 1)");
	line_add(&r->explain.text, "next_order: median of those with this history who go on, (alpha + T) (2^(1/(r+x)) - 1) from the as-of day; empty beyond 100 years");
}

enum wend_err metric_ltv_customers(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct list *l = xcalloc(1, sizeof *l);
	struct ltv_held held = { 0 };
	const char *unit = ro->unit ? ro->unit : "week";
	enum wend_err e = value_terms_read(&l->terms, p, o, unit, err);
	if (e || (e = purchases_run(&l->b, p, ro, PURCHASES_GAPS, err)))
		goto failed;
	const int exponent = l->b.counts.cur ? currency_exponent(l->b.counts.cur) : 2;
	l->minor = pow(10, exponent < 0 ? 2 : exponent);
	l->all = o->spend && !strcmp(o->spend, "all");
	l->store = p->store;
	l->as_of = p->as_of;
	ltv_cells_of(&l->c, l->b.v, l->b.n, p->as_of, rfm_unit_days(unit), l->minor, l->all);
	if ((e = ltv_hold_out(&held, p, &l->b, o, ro, err)) || (e = ltv_fit_run(&l->fit, &l->c, &l->b.gaps, &held, o, err)))
		goto failed;
	uint32_t *who = xreallocarray(NULL, l->b.n + 1, sizeof *who);
	for (size_t i = 0; i < l->b.n; i++)
		who[i] = l->b.v[i].customer;
	l->order = order_customers(p->store, who, l->b.n);
	free(who);
	if (l->fit.chosen >= 0)
		l->cell = value_cells(&l->c, &l->fit.v[l->fit.chosen].fit.model, &l->terms);
	const double best = l->cell && !l->fit.spend.reason ? rank_all(l) : NAN;
	columns(&r->table, l, unit);
	find(r, l, best);
	define(r, l);
	say_revenue(&r->finding, &l->b.rev, &l->b.facts.beside, p);
	line_add(&r->next, "wend ltv customers --sort rank --top 100 --with name");
	line_add(&r->next, "wend ltv model");
	r->not_converged = o->model && strcmp(o->model, "auto") && l->fit.chosen < 0 && l->b.n;
	const struct fold_counts counts = l->b.counts;
	const uint32_t kinds = KIND_BIT(l->b.rev.source);
	r->table.source = (struct row_source){ more_rows, list_free, l };
	ltv_held_release(&held);
	e = say_scope(&r->finding, p, &counts, kinds, err);
	report_scope(r, p, &counts);
	return e;
failed:
	ltv_held_release(&held);
	list_free(l);
	return e;
}
