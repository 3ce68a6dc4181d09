/* ltv customers: one row a customer, with what the chosen models expect of him.
 *
 *   p_alive          chance to be still buying
 *   expected_orders  purchase days in 12 months (or over --horizon, when it has an end)
 *   rlv              value still to come, discounted (value.c); revenue_rlv without a margin
 *   lo, hi           what he really brings lies between with 95 %
 *   next_order       day by which half of those with his history have bought again, if they are
 *                    still there: `next` of ltvnext.c
 *   rank             by value, the best first; equals by customer
 *
 * The models are fitted to everyone known; --where and --only choose who is printed.
 */
#include "validate_impl.h"

#include <math.h>


struct list {
	struct ltv_look look;
	struct value_cell *cell;  /* NULL: no model */
	double *next;             /* days to the next purchase, by cell */
	uint32_t *order, *rank;
	const struct store *store;
	size_t at;
};

static void columns(struct table *t, const struct ltv_look *l)
{
	const char *money = *l->currency ? arena_strdup(&t->arena, l->currency) : NULL, *unit = arena_printf(&t->arena, "%ss", l->unit);
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

/* The purchases whose money tells of the customer's spending, and that money. */
static uint32_t spend_x(const struct ltv_look *l, const struct rfm_row *v)
{
	return v->days - 1 + l->all;
}

static double money_of(const struct ltv_look *l, const struct rfm_row *v)
{
	return spend_x(l, v) ? (double)(l->all ? v->total : v->repeat) / l->minor : 0;
}

static struct value_one value_at(const struct list *l, size_t i)
{
	const struct ltv_look *k = &l->look;
	const struct rfm_row *v = &k->b.v[i];
	if (!l->cell || k->fit.spend.reason)
		return (struct value_one){ NAN, NAN, NAN };
	return value_of(&l->cell[k->cells.of[i]], &k->fit.spend.model, money_of(k, v));
}

static void put_row(struct table *t, const void *ctx, size_t i)
{
	const struct list *l = ctx;
	const struct ltv_look *k = &l->look;
	const struct rfm_row *v = &k->b.v[i];
	const struct value_cell *c = l->cell ? &l->cell[k->cells.of[i]] : NULL;
	const struct value_one one = value_at(l, i);
	const double unit = k->cells.unit_days, margin = k->terms.margin;
	put_text(t, store_customer(l->store, v->customer));
	put_int(t, v->days);
	put_int(t, v->first);
	put_int(t, v->last);
	put_int(t, v->days - 1);
	put_real(t, ltv_units(unit, v->first, v->last));
	put_real(t, ltv_units(unit, v->first, k->as_of));
	put_int(t, v->total);
	put_real(t, k->fit.spend.reason ? NAN : spend_expect(&k->fit.spend.model, spend_x(k, v), money_of(k, v)));
	put_real(t, c ? c->alive : NAN);
	put_real(t, c ? c->year : NAN);
	put_real(t, one.mean * margin);
	put_real(t, one.lo * margin);
	put_real(t, one.hi * margin);
	put_int(t, l->next ? ltv_day_after(k->as_of, l->next[k->cells.of[i]]) : WEND_NONE);
	put_int(t, l->rank ? l->rank[i] : WEND_NONE);
}

static bool more_rows(struct table *t, void *ctx)
{
	struct list *l = ctx;
	return purchases_more(&l->look.b, l->order, &l->at, t, put_row, l);
}

static void list_free(void *ctx)
{
	struct list *l = ctx;
	ltv_look_release(&l->look);
	free(l->cell);
	free(l->next);
	free(l->order);
	free(l->rank);
	free(l);
}

static double share_of_best(const double *value, size_t n, double sum)
{
	double best = 0;
	for (size_t i = 0; i < (n + 9) / 10; i++)
		best += value[i];
	return sum > 0 ? best / sum : NAN;
}

/* Ranks of those printed; returns the share of the value that the best tenth holds. */
static double rank_all(struct list *l, struct report *r)
{
	const struct purchases *b = &l->look.b;
	uint64_t *key = xreallocarray(NULL, b->n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, b->n + 1, sizeof *index);
	double *value = xreallocarray(NULL, b->n + 1, sizeof *value), sum = 0;
	size_t n = 0;
	l->rank = xcalloc(b->n + 1, sizeof *l->rank);
	for (size_t k = 0; k < b->n; k++) {
		const uint32_t i = l->order[k];
		if (!b->v[i].selected)
			continue;
		key[n] = ~double_bits(value_at(l, i).mean);
		index[n++] = i;
	}
	sort_keys(key, index, n);
	for (size_t k = 0; k < n; k++) {
		l->rank[index[k]] = (uint32_t)k + 1;
		value[k] = value_at(l, index[k]).mean;
		sum += value[k];
	}
	const double share = share_of_best(value, n, sum);
	ltv_draw_lorenz(r, value, n, sum);
	free(key);
	free(index);
	free(value);
	return share;
}

static void find(struct str *s, const struct list *l, double best)
{
	const struct ltv_look *k = &l->look;
	if (!(k->cells.printed > 0)) {
		str_puts(s, "no customer has bought yet.");
		return;
	}
	if (!l->cell) {
		say_count(s, (int64_t)k->cells.printed);
		str_printf(s, " customers; nothing is said of what is still to come: %s.", ltv_why_not(&k->fit));
		return;
	}
	struct value_total t;
	value_totals(&t, &k->terms.life, 1, &k->cells, &k->fit, k->terms.margin);
	say_count(s, (int64_t)k->cells.printed);
	str_printf(s, " customers will still bring %s%s", k->currency, *k->currency ? " " : "");
	say_real(s, t.money, 0);
	str_printf(s, " %s", k->terms.has_margin ? "margin" : "revenue");
	if (!isnan(t.money_ci.lo)) {
		str_puts(s, " (");
		say_real(s, t.money_ci.lo, 0);
		str_puts(s, " to ");
		say_real(s, t.money_ci.hi, 0);
		str_puts(s, ")");
	}
	if (!isnan(best)) {
		str_puts(s, "; the best 10 % hold ");
		say_share(s, best);
		str_puts(s, " of it");
	}
	str_puts(s, ".");
}

static void define(struct report *r, const struct ltv_look *l)
{
	const struct btyd_model *m = &l->fit.v[l->fit.chosen].fit.model;
	str_printf(&r->definition, "%s and Gamma-Gamma fitted to everyone known, ", btyd_name[m->kind]);
	say_discount(&r->definition, &l->terms);
	str_printf(&r->definition, ", %s", l->terms.own_horizon ? l->terms.horizon : "for life; expected_orders in 12 months");
	if (!l->terms.life.steps)
		str_puts(&r->definition, "; lo, hi: 95 % of what the customer really brings");
	line_add(&r->explain.text, "fit: %s", l->fit.why);
	line_add(&r->explain.text, "limits: chance of nothing exact, else gamma with the exact mean and variance; spending: E[M] = p (gamma + own total) / (p x + q - 1)");
	line_add(&r->explain.text, "next_order: median of those with this history who are still there, as 'wend ltv next' has it; empty: never, or beyond 100 years");
}

enum wend_err metric_ltv_customers(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct list *l = xcalloc(1, sizeof *l);
	struct ltv_look *k = &l->look;
	const struct purchases *b = &k->b;
	enum wend_err e = ltv_look_run(k, p, o, ro, 0, NULL, err);
	if (e) {
		list_free(l);
		return e;
	}
	l->store = p->store;
	l->order = order_purchases(b, p->store);
	if (k->fit.chosen >= 0) {
		const struct btyd_model *m = &k->fit.v[k->fit.chosen].fit.model;
		l->cell = value_cells(&k->cells, m, k->fit.spend.reason ? NULL : &k->fit.spend.model, &k->terms);
		l->next = ltv_next_days(&k->cells, m, 0.5);
	}
	const double best = l->cell && !k->fit.spend.reason ? rank_all(l, r) : NAN;
	if (o->draw && k->cells.printed == 1) {
		table_release(&r->figure.data);
		table_init(&r->figure.data);
		if ((e = ltv_draw_alive(r, p, k, ro, err))) {
			list_free(l);
			return e;
		}
	}
	columns(&r->table, k);
	find(&r->finding, l, best);
	if (l->cell)
		define(r, k);
	say_revenue(&r->finding, &b->rev, &b->facts.beside, p);
	line_add(&r->next, "wend ltv customers --sort rank --top 100 --with name");
	line_add(&r->next, "wend ltv model");
	r->not_converged = ltv_not_had(k);
	r->table.source = (struct row_source){ more_rows, list_free, l };
	e = say_scope(&r->finding, p, &b->counts, KIND_BIT(b->rev.source), err);
	report_scope(r, p, &b->counts);
	return e;
}
