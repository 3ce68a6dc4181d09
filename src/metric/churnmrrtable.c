/* churn mrr, estimated and printed. Every rate is of money, and one large customer weighs more
 * than ten small ones: intervals are over customers as units (num_weighted.c).
 *
 *   gross, GRR   share_of_sum of what was lost
 *   net, NRR     gross and the gains of old customers joined, which hardly hang together: who
 *                leaves gains nothing
 *   quick_ratio  the ratio of two event_sum
 */
#include "churnmrr_impl.h"

#include <math.h>

/* Gains and losses as sums of events. */
struct flow {
	double n, sum, squares;
};

static struct flow flow_of(const struct mrr_cell *c, unsigned kinds)
{
	struct flow f = { 0, 0, 0 };
	for (int i = 0; i < MRR_MOVES; i++)
		if (kinds >> i & 1) {
			f.n += (double)c->move[i].n;
			f.sum += (double)c->move[i].minor;
			f.squares += (double)c->move[i].squares;
		}
	return f;
}

/* One event more would bring what those that came did, the large ones more often; when none
 * came, what a customer pays. */
static struct interval flow_interval(const struct flow *f, double typical)
{
	const double own = f->sum > 0 ? f->squares / f->sum : 0;
	return event_sum(f->sum, f->squares, own > typical ? own : typical, ALPHA);
}

static struct interval scaled(struct interval v, double by)
{
	return (struct interval){ v.lo * by, v.hi * by };
}

void mrr_rates(struct mrr_rate out[MRR_RATES], const struct mrr_cell *c)
{
	enum { LOST = 1 << MRR_CONTRACTION | 1 << MRR_CHURNED, MORE = 1 << MRR_EXPANSION, BACK = 1 << MRR_REACTIVATION, NEW = 1 << MRR_NEW };
	const double start = (double)c->start;
	const struct mrr_rate unknown = { NAN, { NAN, NAN } };
	const struct flow lost = flow_of(c, LOST), more = flow_of(c, MORE), old = flow_of(c, MORE | BACK), gains = flow_of(c, MORE | BACK | NEW);
	const struct mrr_move *less = &c->move[MRR_CONTRACTION], *gone = &c->move[MRR_CHURNED];
	const struct paired_sums s = { lost.n, start, lost.sum, (double)c->start2, (double)less->cross + (double)gone->cross, lost.squares };
	for (int i = 0; i < MRR_RATES; i++)
		out[i] = unknown;
	const double typical = c->start > 0 ? (double)c->start2 / start : gains.sum > 0 ? gains.squares / gains.sum : 0;
	if (lost.sum > 0) {
		out[MRR_QUICK].value = gains.sum / lost.sum;
		out[MRR_QUICK].ci = ratio_of(gains.sum, flow_interval(&gains, typical), lost.sum, flow_interval(&lost, typical));
	}
	if (c->start <= 0)
		return;
	struct mrr_rate *gross = &out[MRR_GROSS], *grr = &out[MRR_GRR];
	gross->value = lost.sum / start;
	gross->ci = share_of_sum(&s, ALPHA);
	grr->value = (start - lost.sum) / start;
	grr->ci = (struct interval){ 1 - gross->ci.hi, 1 - gross->ci.lo };
	const struct interval by_old = scaled(flow_interval(&old, typical), 1 / start), by_more = scaled(flow_interval(&more, typical), 1 / start);
	out[MRR_NET].value = (lost.sum - old.sum) / start;
	out[MRR_NET].ci = difference_of(gross->value, gross->ci, old.sum / start, by_old);
	const struct interval fall = difference_of(gross->value, gross->ci, more.sum / start, by_more);
	out[MRR_NRR].value = (start - lost.sum + more.sum) / start;
	out[MRR_NRR].ci = (struct interval){ 1 - fall.hi, 1 - fall.lo };
}

/* ---- rows ---- */

static struct mrr_row row_of(const struct mrr_ctx *c, int32_t k, const struct mrr_cell *cell)
{
	struct mrr_row v = { .period = k, .c = *cell, .end = cell->start };
	for (int i = 0; i < MRR_MOVES; i++)
		v.end += i >= MRR_CONTRACTION ? -cell->move[i].minor : cell->move[i].minor;
	/* with a grace, a pause at the end may still turn out to be none */
	v.partial = (period_day(c->unit, k + 1) - (int64_t)c->p->as_of - 1) * 86400 + c->grace_s > 0;
	return v;
}

static void group_rows(struct mrr_rows *out, const struct mrr_group *g, const struct group_values *name, uint32_t rank, const struct mrr_ctx *c)
{
	static const struct mrr_cell nothing;
	const struct population *p = c->p;
	const int32_t last = period_number(c->unit, p->as_of), until = period_number(c->unit, p->until);
	const int32_t from = p->since == INT32_MIN ? INT32_MIN : period_number(c->unit, p->since);
	struct mrr_cell sum = { 0 };
	bool begun = false;
	for (int32_t k = g->base; g->n && k <= last && k <= until; k++) {
		const struct mrr_cell *d = k - g->base < (int32_t)g->n ? &g->v[k - g->base] : &nothing;
		begun = begun || memcmp(d, &nothing, sizeof nothing);
		struct mrr_cell now = *d;
		now.customers = sum.customers += d->customers;
		now.start = sum.start += d->start;
		now.start2 = sum.start2 += d->start2;
		const bool idle = name && !sum.customers && !memcmp(d->move, nothing.move, sizeof nothing.move) && !d->in_out_n;
		if (!begun || k < from || idle) /* a group with nobody in it has no row */
			continue;
		GROW(out->v, out->cap, out->n + 1);
		struct mrr_row v = row_of(c, k, &now);
		v.group = name;
		v.rank = rank;
		out->v[out->n++] = v;
	}
}

static int by_period(const void *a, const void *b)
{
	const struct mrr_row *x = a, *y = b;
	return x->period != y->period ? (x->period > y->period) - (x->period < y->period) : (x->rank > y->rank) - (x->rank < y->rank);
}

void mrr_rows_of(struct mrr_rows *out, const struct mrr_groups *g, const struct mrr_ctx *c, bool all)
{
	static const struct mrr_cell nothing;
	struct mrr_group sum = { .n = 0 };
	uint32_t *order = all ? NULL : groups_order(&g->names);
	for (size_t i = 0; !all && i < g->names.n; i++)
		if (order[i] < g->n)
			group_rows(out, &g->v[order[i]], &g->names.v[order[i]], (uint32_t)i, c);
	free(order);
	for (size_t i = 0; all && i < g->n; i++) {
		const struct mrr_group *v = &g->v[i];
		for (size_t k = 0; k < v->n; k++)
			if (memcmp(&v->v[k], &nothing, sizeof nothing))
				mrr_cell_add(mrr_cell_at(&sum, v->base + (int32_t)k), &v->v[k]);
	}
	if (sum.v)
		group_rows(out, &sum, NULL, 0, c);
	free(sum.v);
	if (out->n > 1)
		qsort(out->v, out->n, sizeof *out->v, by_period);
}

static void columns(struct table *t, const struct mrr_ctx *c)
{
	static const char *const rates[MRR_RATES][3] = {
		{ "gross", "gross_lo", "gross_hi" }, { "net", "net_lo", "net_hi" }, { "GRR", "GRR_lo", "GRR_hi" }, { "NRR", "NRR_lo", "NRR_hi" }, { "quick_ratio", "quick_lo", "quick_hi" },
	};
	table_col(t, "period", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < c->cuts.n; i++)
		table_col(t, c->cuts.v[i].name, COL_TEXT, NULL, -1);
	table_col_money(t, "start", c->cur);
	for (int i = 0; i < MRR_MOVES; i++)
		table_col_money(t, mrr_move_name[i], c->cur);
	table_col_money(t, "end", c->cur);
	for (int i = 0; i < MRR_RATES; i++)
		for (int k = 0; k < 3; k++)
			table_col(t, rates[i][k], i == MRR_QUICK ? COL_REAL : COL_SHARE, NULL, i == MRR_QUICK ? 2 : 1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	for (int i = 0; i < MRR_MOVES; i++)
		table_col(t, arena_printf(&t->arena, "%s_n", mrr_move_name[i]), COL_INT, NULL, 0);
	table_col_money(t, "in_and_out", c->cur);
	table_col(t, "in_and_out_n", COL_INT, NULL, 0);
}

static void put_limit(struct table *t, double v)
{
	put_real(t, isfinite(v) ? v : NAN);
}

static void put_row(struct table *t, const struct mrr_row *v, const struct mrr_ctx *c)
{
	const bool few = v->c.customers < c->p->min_n;
	struct mrr_rate rate[MRR_RATES];
	struct str s = STR_INIT;
	mrr_rates(rate, &v->c);
	period_text(&s, c->unit, period_day(c->unit, v->period));
	put_text(t, str_view(&s));
	str_release(&s);
	for (size_t i = 0; i < c->cuts.n; i++)
		put_text(t, v->group ? v->group->value[i] : SV_NONE);
	put_int(t, v->c.start);
	for (int i = 0; i < MRR_MOVES; i++)
		put_int(t, c->known || i == MRR_NEW ? v->c.move[i].minor : WEND_NONE);
	put_int(t, v->end);
	for (int i = 0; i < MRR_RATES; i++)
		for (int k = 0; k < 3; k++) {
			if (few)
				put_few(t);
			else
				put_limit(t, !c->known ? NAN : k == 0 ? rate[i].value : k == 1 ? rate[i].ci.lo : rate[i].ci.hi);
		}
	put_z(t, !c->known ? "snapshot" : v->partial ? "*" : few ? "few" : NULL);
	put_int(t, v->c.customers);
	for (int i = 0; i < MRR_MOVES; i++)
		put_int(t, c->known || i == MRR_NEW ? v->c.move[i].n : WEND_NONE);
	put_int(t, c->known ? v->c.in_out : WEND_NONE);
	put_int(t, c->known ? v->c.in_out_n : WEND_NONE);
}

void mrr_table(struct report *r, const struct mrr_rows *rows, const struct mrr_ctx *c)
{
	columns(&r->table, c);
	r->period_col = "period";
	for (size_t i = 0; i < rows->n; i++)
		put_row(&r->table, &rows->v[i], c);
}
