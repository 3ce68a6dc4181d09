/* ltv next: when each customer will buy again, and who is overdue.
 *
 *   p_alive          chance to be still buying
 *   p_30_days        chance to buy in the 30 days after the as-of day
 *   next             day by which half of those with his history have bought again, were they
 *                    still there on the as-of day; next_lo, next_hi: one and nine in ten of them
 *   due              day by which 4 in 5 would have, of those still there right after his last
 *                    purchase: what was to be expected when he was last seen
 *   days_overdue     days since then; 0 until it has passed
 *
 * With history (x, t_x, T) the points are those of P(next <= T + u | alive at T), a customer who
 * leaves first (Pareto/NBD) never buying again; `due` is that for (x, t_x, T = t_x). So waiting
 * itself never moves it: who is silent for long has a later `next`, and is no less overdue. A
 * point that is never reached, or not within 100 years, is empty, and nobody is past it.
 *
 * The points depend on x and T alone, `due` on x and t_x (but MBG/CNBD-k, which counts from t_x,
 * too): each is computed once.
 *
 * Purchases to be expected: sum of the chances. Its variance is that of the parameters (delta
 * method, central differences) and sum p (1-p), the chance of each customer's own purchases.
 */
#include "ltv_impl.h"

#include <math.h>

#define FAR_DAYS 36525
enum { SOON_DAYS = 30 };
#define DUE 0.8

struct list {
	struct ltv_look look;
	double *alive, *soon;                     /* by cell; NULL: no model */
	double *half, *early, *late, *due;        /* days, by cell */
	uint32_t *order;
	const struct store *store;
	size_t at;
};

/* ---- by cell ---- */

typedef double cell_fn(const struct btyd_model *m, uint32_t x, double tx, double T, double at);

static double *by_cell(const struct ltv_cells *c, const struct btyd_model *m, cell_fn *f, double at)
{
	double *out = xreallocarray(NULL, c->n + 1, sizeof *out);
	for (size_t i = 0; i < c->n; i++) {
		const bool same = i && m->k == 1 && c->x[i] == c->x[i - 1] && c->T[i] == c->T[i - 1];
		out[i] = same ? out[i - 1] : f(m, c->x[i], c->tx[i], c->T[i], at);
	}
	return out;
}

double *ltv_next_days(const struct ltv_cells *c, const struct btyd_model *m, double p)
{
	double *out = by_cell(c, m, btyd_next, p);
	for (size_t i = 0; i < c->n; i++)
		out[i] *= c->unit_days;
	return out;
}

int64_t ltv_day_after(int32_t day, double days)
{
	return days < FAR_DAYS ? day + (int64_t)ceil(days) : WEND_NONE;
}

/* Days from the last purchase; the cells of one x in the order of t_x. */
static double *due_days(const struct ltv_cells *c, const struct btyd_model *m)
{
	double *out = xreallocarray(NULL, c->n + 1, sizeof *out);
	uint64_t *key = xreallocarray(NULL, c->n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, c->n + 1, sizeof *index);
	for (size_t i = 0, n; i < c->n; i += n) {
		for (n = 0; i + n < c->n && c->x[i + n] == c->x[i]; n++) {
			key[n] = double_bits(c->tx[i + n]);
			index[n] = (uint32_t)(i + n);
		}
		sort_keys(key, index, n);
		for (size_t k = 0; k < n; k++) {
			const double tx = c->tx[index[k]];
			out[index[k]] = k && key[k] == key[k - 1] ? out[index[k - 1]] : btyd_next(m, c->x[i], tx, tx, DUE) * c->unit_days;
		}
	}
	free(key);
	free(index);
	return out;
}

/* Chance of a purchase in the next days, whether still there or not. */
static double *soon_of(const struct ltv_cells *c, const struct btyd_model *m, const double *alive)
{
	double *out = by_cell(c, m, btyd_again, SOON_DAYS / c->unit_days);
	for (size_t i = 0; i < c->n; i++)
		out[i] *= alive[i];
	return out;
}

/* ---- all together ---- */

struct expected {
	double sum, var;  /* customers who buy; by chance alone */
	struct interval ci;
};

static struct expected add_up(const struct ltv_cells *c, const double *soon)
{
	struct expected e = { 0, 0, { NAN, NAN } };
	for (size_t i = 0; i < c->n; i++) {
		e.sum += c->shown[i] * soon[i];
		e.var += c->shown[i] * soon[i] * (1 - soon[i]);
	}
	return e;
}

static struct expected soon_all(const struct list *l)
{
	static const double h = 1e-3;
	const struct ltv_cells *c = &l->look.cells;
	const struct btyd_fit *b = &l->look.fit.v[l->look.fit.chosen].fit;
	struct expected e = add_up(c, l->soon);
	double g[BTYD_PARAMS];
	for (int i = 0; i < BTYD_PARAMS; i++) {
		double side[2];
		for (int k = 0; k < 2; k++) {
			struct btyd_model m = b->model;
			m.p[i] *= exp(k ? h : -h);
			double *alive = ltv_alive(c, &m), *soon = soon_of(c, &m, alive);
			side[k] = add_up(c, soon).sum;
			free(alive);
			free(soon);
		}
		g[i] = (side[1] - side[0]) / (2 * h * e.sum);
	}
	e.ci = value_around(e.sum, value_quadratic(g, b->cov, BTYD_PARAMS) + e.var / (e.sum * e.sum));
	return e;
}

/* ---- rows ---- */

static void columns(struct table *t)
{
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "x", COL_INT, NULL, 0);
	table_col(t, "last", COL_DAY, NULL, -1);
	table_col(t, "p_alive", COL_SHARE, NULL, 1);
	table_col(t, "p_30_days", COL_SHARE, NULL, 1);
	table_col(t, "next", COL_DAY, NULL, -1);
	table_col(t, "next_lo", COL_DAY, NULL, -1);
	table_col(t, "next_hi", COL_DAY, NULL, -1);
	table_col(t, "due", COL_DAY, NULL, -1);
	table_col(t, "days_overdue", COL_INT, NULL, 0);
	t->customer_col = "customer";
}

static int64_t overdue(const struct ltv_look *l, int64_t due)
{
	return due != WEND_NONE && due < l->as_of ? l->as_of - due : 0;
}

static void put_row(struct table *t, const void *ctx, size_t i)
{
	const struct list *l = ctx;
	const struct ltv_look *k = &l->look;
	const struct rfm_row *v = &k->b.v[i];
	const uint32_t c = k->cells.of[i];
	put_text(t, store_customer(l->store, v->customer));
	put_int(t, v->days - 1);
	put_int(t, v->last);
	if (!l->alive) {
		for (int n = 0; n < 7; n++)
			put_empty(t);
		return;
	}
	const int64_t due = ltv_day_after(v->last, l->due[c]);
	put_real(t, l->alive[c]);
	put_real(t, l->soon[c]);
	put_int(t, ltv_day_after(k->as_of, l->half[c]));
	put_int(t, ltv_day_after(k->as_of, l->early[c]));
	put_int(t, ltv_day_after(k->as_of, l->late[c]));
	put_int(t, due);
	put_int(t, overdue(k, due));
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
	free(l->alive);
	free(l->soon);
	free(l->half);
	free(l->early);
	free(l->late);
	free(l->due);
	free(l->order);
	free(l);
}

/* By the next day, the soonest first; equals by customer. */
static void sort_rows(struct list *l)
{
	const struct purchases *b = &l->look.b;
	l->order = order_purchases(b, l->store);
	if (!l->alive)
		return;
	uint64_t *key = xreallocarray(NULL, b->n + 1, sizeof *key);
	for (size_t k = 0; k < b->n; k++) {
		const int64_t day = ltv_day_after(0, l->half[l->look.cells.of[l->order[k]]]);
		key[k] = day == WEND_NONE ? UINT64_MAX : (uint64_t)day;
	}
	sort_keys(key, l->order, b->n);
	free(key);
}

/* ---- words ---- */

static void find(struct str *s, const struct list *l)
{
	const struct ltv_look *k = &l->look;
	int64_t late = 0, there = 0;
	if (!(k->cells.printed > 0)) {
		str_puts(s, "no customer has bought yet.");
		return;
	}
	say_things(s, (int64_t)k->cells.printed, "customer", "customers");
	if (!l->alive) {
		str_printf(s, "; nothing is said of the next purchase: %s.", ltv_why_not(&k->fit));
		return;
	}
	for (size_t i = 0; i < k->b.n; i++) {
		const struct rfm_row *v = &k->b.v[i];
		const uint32_t c = k->cells.of[i];
		if (v->selected && overdue(k, ltv_day_after(v->last, l->due[c])) > 0) {
			late++;
			there += l->alive[c] >= 0.5;
		}
	}
	const struct expected e = soon_all(l);
	const int digits = e.sum < 10;
	str_puts(s, ": ");
	say_real(s, e.sum, digits);
	str_printf(s, " will buy in the next %d days (", SOON_DAYS);
	say_real(s, e.ci.lo, digits);
	str_puts(s, " to ");
	say_real(s, e.ci.hi, digits);
	str_puts(s, "); ");
	say_count(s, late);
	str_puts(s, late == 1 ? " is overdue" : " are overdue");
	if (late) {
		str_puts(s, ", ");
		say_count(s, there);
		str_puts(s, " of them more likely still there than not");
	}
	str_putc(s, '.');
}

static void define(struct report *r, const struct ltv_look *l)
{
	str_printf(&r->definition, "%s fitted to everyone known; next: half of those with his history, if still there, have bought again by then, next_lo, next_hi: 10 and 90 %% of them; overdue: past the day by which %.0f %% of those still there after his last purchase would have",
		   btyd_name[l->fit.v[l->fit.chosen].fit.model.kind], DUE * 100);
	line_add(&r->explain.text, "fit: %s", l->fit.why);
	line_add(&r->explain.text, "next: P(next purchase within u | history, alive on the as-of day) = 0.5; who leaves before it never buys again; empty: never, or beyond 100 years");
	line_add(&r->explain.text, "due: the same with chance %g for the history as it was right after the last purchase, T = t_x", DUE);
	line_add(&r->explain.text, "p_%d_days = p_alive x P(next purchase within %d days | alive); limits of their sum: covariance of the parameters and chance", SOON_DAYS, SOON_DAYS);
}

enum wend_err metric_ltv_next(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct list *l = xcalloc(1, sizeof *l);
	struct ltv_look *k = &l->look;
	enum wend_err e = ltv_look_run(k, p, o, ro, 0, NULL, err);
	if (e) {
		list_free(l);
		return e;
	}
	l->store = p->store;
	if (k->fit.chosen >= 0) {
		const struct btyd_model *m = &k->fit.v[k->fit.chosen].fit.model;
		l->alive = ltv_alive(&k->cells, m);
		l->soon = soon_of(&k->cells, m, l->alive);
		l->half = ltv_next_days(&k->cells, m, 0.5);
		l->early = ltv_next_days(&k->cells, m, 0.1);
		l->late = ltv_next_days(&k->cells, m, 0.9);
		l->due = due_days(&k->cells, m);
		define(r, k);
	}
	sort_rows(l);
	columns(&r->table);
	find(&r->finding, l);
	say_revenue(&r->finding, &k->b.rev, &k->b.facts.beside, p);
	line_add(&r->next, "wend ltv next --sort -p_30_days --top 100 --with name");
	line_add(&r->next, "wend ltv customers --sort rank --top 100 --with name");
	r->not_converged = ltv_not_had(k);
	r->table.source = (struct row_source){ more_rows, list_free, l };
	e = say_scope(&r->finding, p, &k->b.counts, KIND_BIT(k->b.rev.source), err);
	report_scope(r, p, &k->b.counts);
	return e;
}
