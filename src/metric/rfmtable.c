/* ltv rfm, printed: scores, groups, the table by customer, the cells of the statistic. */
#include "rfm_impl.h"

#include <math.h>

static const struct {
	const char *name;
	double days;
} units[] = { { "day", 1 }, { "week", 7 }, { "month", 365.25 / 12 }, { "year", 365.25 } };

double rfm_unit_days(const char *unit)
{
	for (size_t i = 0; unit && i < sizeof units / sizeof *units; i++)
		if (!strcmp(units[i].name, unit))
			return units[i].days;
	return 7;
}

struct rfm_cuts rfm_cuts_of(uint64_t *keys, size_t n)
{
	struct rfm_cuts c;
	for (int k = 0; k < 6; k++)
		c.from[k] = k < 2 ? 0 : UINT64_MAX;
	sort_u64(keys, n);
	for (size_t i = 0; i < n;) {
		size_t to = i + 1;
		while (to < n && keys[to] == keys[i])
			to++;
		size_t score = 1 + 5 * (i + to) / (2 * n);
		score = score > 5 ? 5 : score;
		for (size_t k = 2; k <= score; k++)
			if (keys[i] < c.from[k])
				c.from[k] = keys[i];
		i = to;
	}
	return c;
}

const char *rfm_group(int r, int f, bool once)
{
	if (f >= 4)
		return r >= 4 ? "champions" : r == 3 ? "loyal" : "at risk";
	if (r >= 4)
		return once ? "new" : "growing";
	return r == 3 ? "fading" : "asleep";
}

struct scores {
	struct rfm_cuts r, f, m;
};

/* The recent customer scores high, so the key is the last purchase day itself. */
static uint64_t recency_key(const struct rfm_row *v)
{
	return (uint64_t)((int64_t)v->last + (1ll << 31));
}

static struct scores score_all(const struct rfm_out *o)
{
	struct scores s;
	uint64_t *key = xreallocarray(NULL, o->n + 1, sizeof *key);
	for (size_t i = 0; i < o->n; i++)
		key[i] = recency_key(&o->row[i]);
	s.r = rfm_cuts_of(key, o->n);
	for (size_t i = 0; i < o->n; i++)
		key[i] = o->row[i].days;
	s.f = rfm_cuts_of(key, o->n);
	for (size_t i = 0; i < o->n; i++)
		key[i] = (uint64_t)(o->row[i].total > 0 ? o->row[i].total : 0);
	s.m = rfm_cuts_of(key, o->n);
	free(key);
	return s;
}

static void columns(struct table *t, const struct rfm_out *o)
{
	const char *unit = o->unit ? o->unit : "week";
	char cur[4] = "";
	if (o->cur)
		currency_text(cur, o->cur);
	const char *money = o->cur ? arena_strdup(&t->arena, cur) : NULL;
	unit = arena_printf(&t->arena, "%ss", unit);
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "x", COL_INT, NULL, 0);
	table_col(t, "t_x", COL_REAL, unit, 2);
	table_col(t, "T", COL_REAL, unit, 2);
	table_col(t, "m", COL_REAL, money, 2);
	table_col(t, "recency_days", COL_INT, "days", 0);
	table_col(t, "frequency", COL_INT, NULL, 0);
	table_col_money(t, "monetary", o->cur);
	table_col(t, "r_score", COL_INT, NULL, 0);
	table_col(t, "f_score", COL_INT, NULL, 0);
	table_col(t, "m_score", COL_INT, NULL, 0);
	table_col(t, "group", COL_TEXT, NULL, -1);
	t->customer_col = "customer";
}

struct tally {
	int64_t printed, repeat_days, repeaters, total;
	int64_t heat[6][6];
};

static void put_row(struct table *t, const struct rfm_out *o, const struct scores *s, const struct rfm_row *v, double unit, double minor)
{
	const int r = rfm_score(&s->r, recency_key(v)), f = rfm_score(&s->f, v->days);
	const uint32_t x = v->days - 1;
	put_text(t, store_customer(o->store, v->customer));
	put_int(t, x);
	put_real(t, (v->last - v->first) / unit);
	put_real(t, (o->as_of - v->first) / unit);
	put_real(t, x ? (double)v->repeat / minor / x : NAN);
	put_int(t, o->as_of - v->last);
	put_int(t, v->days);
	put_int(t, v->total);
	put_int(t, r);
	put_int(t, f);
	put_int(t, rfm_score(&s->m, (uint64_t)(v->total > 0 ? v->total : 0)));
	put_z(t, rfm_group(r, f, !x));
}

static struct tally count_rows(const struct rfm_out *o, const struct scores *s)
{
	struct tally n = { 0 };
	for (size_t i = 0; i < o->n; i++) {
		const struct rfm_row *v = &o->row[i];
		if (!v->selected)
			continue;
		n.printed++;
		n.repeat_days += v->days - 1;
		n.repeaters += v->days > 1;
		n.total += v->total;
		n.heat[rfm_score(&s->r, recency_key(v))][rfm_score(&s->f, v->days)]++;
	}
	return n;
}

/* What the rows are made from while the table is written. */
struct pieces {
	struct rfm_out out;
	struct purchases b;
	uint32_t *order;
	struct scores s;
	double unit, minor;
	size_t at;
};
#define PIECE_ROWS 4096

static bool more_rows(struct table *t, void *ctx)
{
	struct pieces *p = ctx;
	for (size_t made = 0; p->at < p->out.n && made < PIECE_ROWS; p->at++) {
		const struct rfm_row *v = &p->out.row[p->order[p->at]];
		if (!v->selected)
			continue;
		put_row(t, &p->out, &p->s, v, p->unit, p->minor);
		made++;
	}
	return p->at < p->out.n;
}

static void pieces_free(void *ctx)
{
	struct pieces *p = ctx;
	purchases_release(&p->b);
	free(p->order);
	free(p);
}

static void draw(struct report *r, const struct tally *n)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_HEAT;
	r->figure.title = "customers by recency and frequency score";
	r->figure.x_label = "frequency score";
	r->figure.y_label = "recency score";
	int64_t all = 0;
	for (int a = 1; a <= 5; a++)
		for (int b = 1; b <= 5; b++)
			all += n->heat[a][b];
	r->figure.note = arena_printf(&r->arena, "n = %" PRId64 " customers", all);
	/* As text the scores keep this order: the best customers are at the top, on the right. */
	table_col(t, "r_score", COL_TEXT, NULL, -1);
	table_col(t, "f_score", COL_INT, NULL, 0);
	table_col(t, "customers", COL_INT, NULL, 0);
	for (int a = 5; a >= 1; a--)
		for (int b = 1; b <= 5; b++) {
			put_text(t, sv_n(&"12345"[a - 1], 1));
			put_int(t, b);
			put_int(t, n->heat[a][b]);
		}
}

static void find(struct report *r, const struct rfm_out *o, const struct tally *n)
{
	struct str *s = &r->finding;
	if (!n->printed) {
		str_printf(s, "no customer has bought yet: no %s to count.", o->source);
		return;
	}
	const struct interval ci = wilson((double)n->repeaters, (double)n->printed, ALPHA);
	say_share(s, (double)n->repeaters / (double)n->printed);
	str_puts(s, " of ");
	say_count(s, n->printed);
	str_puts(s, " customers came back (");
	say_count(s, n->repeaters);
	str_puts(s, "; ");
	say_shares(s, ci);
	str_puts(s, "), on ");
	say_count(s, n->repeat_days);
	str_puts(s, " further days; they spent ");
	say_money(s, n->total, o->cur, false);
	str_printf(s, " in %s.", o->source);
	if (o->facts.folded) {
		str_putc(s, ' ');
		say_things(s, o->facts.folded, "purchase shares a day with another and is one with it.", "purchases share a day with another and count as one.");
	}
	if (o->facts.guests) {
		str_putc(s, ' ');
		say_things(s, o->facts.guests, "guest has no row.", "guests have no row.");
	}
	if (o->facts.prospects) {
		str_putc(s, ' ');
		say_things(s, o->facts.prospects, "person known has not bought.", "people known have not bought.");
	}
}

enum wend_err rfm_table(struct report *r, const struct rfm_out *o, struct purchases *b, uint32_t *order, struct err *err)
{
	(void)err;
	struct pieces *p = xcalloc(1, sizeof *p);
	const double unit = rfm_unit_days(o->unit);
	const int e = o->cur ? currency_exponent(o->cur) : 2;
	*p = (struct pieces){ .out = *o, .b = *b, .order = order, .unit = unit, .minor = pow(10, e < 0 ? 2 : e) };
	*b = (struct purchases){ 0 };
	columns(&r->table, o);
	if (o->n)
		p->s = score_all(o);
	const struct tally n = count_rows(o, &p->s);
	r->table.source = (struct row_source){ more_rows, pieces_free, p };
	find(r, o, &n);
	str_printf(&r->definition, "x repeat purchase days, t_x and T in %ss of %g days, m mean money of a repeat day; scores 1 to 5 by mid-rank among all customers; orders of a day are one purchase, refunds are netted",
		   o->unit ? o->unit : "week", unit);
	draw(r, &n);
	line_add(&r->next, "wend ltv rfm --sort -monetary --top 20 --with name,email");
	line_add(&r->next, "wend ltv");
	return WEND_OK;
}

/* ---- the statistic ---- */

static int by_cell(const struct rfm_out *o, const struct rfm_row *a, const struct rfm_row *b)
{
	if (a->days != b->days)
		return a->days < b->days ? -1 : 1;
	const int64_t ta = (int64_t)a->last - a->first, tb = (int64_t)b->last - b->first;
	if (ta != tb)
		return ta < tb ? -1 : 1;
	const int64_t Ta = (int64_t)o->as_of - a->first, Tb = (int64_t)o->as_of - b->first;
	return (Ta > Tb) - (Ta < Tb);
}

/* Rows in the order of their cells: keys of 21 bits each hold any sane history; a wider
 * one would only split a cell, never mix two, as neighbours are compared in full. */
static uint32_t *order_cells(const struct rfm_out *o)
{
	uint64_t *key = xreallocarray(NULL, o->n + 1, sizeof *key);
	uint32_t *index = xreallocarray(NULL, o->n + 1, sizeof *index);
	for (size_t i = 0; i < o->n; i++) {
		const struct rfm_row *v = &o->row[i];
		key[i] = (uint64_t)v->days << 42 | ((uint64_t)(v->last - v->first) & 0x1fffff) << 21 | ((uint64_t)(o->as_of - v->first) & 0x1fffff);
		index[i] = (uint32_t)i;
	}
	sort_keys(key, index, o->n);
	free(key);
	return index;
}

enum wend_err rfm_cells(struct report *r, const struct rfm_out *o, struct err *err)
{
	(void)err;
	struct table *t = &r->table;
	const double unit = rfm_unit_days(o->unit);
	struct str day = STR_INIT;
	char cur[4] = "";
	int64_t customers = 0, cells = 0;
	if (o->cur)
		currency_text(cur, o->cur);
	day_text(&day, o->as_of);
	table_col(t, "stat", COL_TEXT, NULL, -1);
	table_col(t, "as_of", COL_TEXT, NULL, -1);
	table_col(t, "unit", COL_TEXT, NULL, -1);
	table_col(t, "currency", COL_TEXT, NULL, -1);
	table_col(t, "x", COL_INT, NULL, 0);
	table_col(t, "t_x", COL_REAL, NULL, -1);
	table_col(t, "T", COL_REAL, NULL, -1);
	table_col(t, "weight", COL_INT, NULL, 0);
	table_col_money(t, "spent", o->cur);
	table_col_money(t, "repeat_spent", o->cur);
	table_col(t, "zone", COL_TEXT, NULL, -1);
	uint32_t *index = order_cells(o);
	for (size_t i = 0; i < o->n;) {
		const struct rfm_row *first = &o->row[index[i]];
		int64_t weight = 0, spent = 0, repeat = 0;
		for (; i < o->n && !by_cell(o, first, &o->row[index[i]]); i++) {
			weight += o->row[index[i]].selected;
			spent += o->row[index[i]].selected ? o->row[index[i]].total : 0;
			repeat += o->row[index[i]].selected ? o->row[index[i]].repeat : 0;
		}
		if (!weight)
			continue;
		put_z(t, "ltv.cells/1");
		put_text(t, str_view(&day));
		put_z(t, o->unit ? o->unit : "week");
		put_z(t, cur);
		put_int(t, first->days - 1);
		put_real(t, (first->last - first->first) / unit);
		put_real(t, (o->as_of - first->first) / unit);
		put_int(t, weight);
		put_int(t, spent);
		put_int(t, repeat);
		put_z(t, zone_name(o->zone));
		customers += weight;
		cells++;
	}
	say_count(&r->finding, customers);
	str_puts(&r->finding, " customers in ");
	say_count(&r->finding, cells);
	str_puts(&r->finding, " cells of x, t_x and T.");
	str_puts(&r->definition, "customers by x, t_x and T (ltv.cells, version 1); values add");
	free(index);
	str_release(&day);
	return WEND_OK;
}

void rfm_explain(struct report *r, const struct rfm_out *o)
{
	struct line_list *l = &r->explain.text;
	struct str s = STR_INIT;
	line_add(l, "x = purchase days - 1; t_x = (last - first day) / %g; T = (as-of day - first day) / %g; m = money of the repeat days / x",
		 rfm_unit_days(o->unit), rfm_unit_days(o->unit));
	line_add(l, "score = 1 + floor(5 (below + equal / 2) / %zu), at most 5", o->n);
	line_add(l, "groups by r and f: champions 4-5 and 4-5, loyal 3 and 4-5, at risk 1-2 and 4-5, new 4-5 with one purchase, growing 4-5 and 1-3, fading 3 and 1-3, asleep 1-2 and 1-3");
	line_add(l, "source of money: %s", o->source);
	line_add(l, "purchases that share a day with another: %lld; days of zero, counted: %lld", (long long)o->facts.folded, (long long)o->facts.zero_days);
	say_money(&s, o->facts.refund_sum, o->cur, true);
	line_add(l, "days brought to zero or below by refunds, no purchase: %lld (%s); guests: %lld", (long long)o->facts.refund_days, s.p, (long long)o->facts.guests);
	line_add(l, "Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, J. Marketing Research 42");
	str_release(&s);
}
