/* ltv rfm from tables: ready summaries, one row a customer or a cell (x, t_x, T [, m,
 * weight, customer]), or the cells that --stat printed (ltv.cells, version 1). Several
 * tables add up. Times are read in --unit; a value within 1e-9 of whole days is whole.
 * A hand-made table keeps its fractions and needs no `stat` column.
 */
#include "rfm_impl.h"

#include <math.h>

struct line {
	int64_t x, weight;
	double t_x, T;        /* days */
	double m, spent;      /* major units; NaN = not known */
	double repeat;
	struct sv customer;
};
struct lines {
	struct line *v;
	size_t n, cap;
	double weight;        /* of all of them; whole */
	bool stat, customers;
	struct sv setting[3]; /* as_of, unit, currency of the first table */
};

static struct sv text_at(const struct table *t, size_t row, int col)
{
	const struct cell *c = col < 0 ? NULL : table_at(t, row, (size_t)col);
	return c && c->state == CELL_VALUE ? c->s : SV_NONE;
}

static enum wend_err number_at(const struct table *t, size_t row, int col, double *out, struct err *err)
{
	const struct sv v = sv_trim(text_at(t, row, col));
	*out = NAN;
	if (!v.n || sv_real(v, out))
		return WEND_OK;
	return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' is no number", row + 1, (int)v.n, v.p, t->col[col].name);
}

static double whole_days(double v, double unit)
{
	const double days = v * unit, near = round(days);
	return fabs(days - near) <= 1e-9 * (1 + fabs(near)) ? near : days;
}

/* Settings that must agree between tables that are added up. */
static enum wend_err check_settings(struct lines *l, const struct table *t, const char *unit, struct err *err)
{
	static const char *const names[] = { "as_of", "unit", "currency" };
	const int stat = table_find(t, SV("stat"));
	for (size_t i = 0; i < t->nrow; i++) {
		const struct sv kind = text_at(t, i, stat);
		if (!sv_is(kind, "ltv.cells/1"))
			return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; 'ltv rfm' reads ltv.cells/1", i + 1, (int)kind.n, kind.p);
		for (int k = 0; k < 3; k++) {
			const struct sv v = text_at(t, i, table_find(t, sv_of(names[k])));
			if (!l->setting[k].p)
				l->setting[k] = v.p ? v : SV("");
			else if (!sv_eq(v, l->setting[k]))
				return err_set(err, WEND_E_INPUT, "tables that add up must agree in '%s': '%.*s' and '%.*s'", names[k],
					       (int)l->setting[k].n, l->setting[k].p, (int)v.n, v.p);
		}
	}
	if (l->setting[1].n && unit && !sv_is(l->setting[1], unit))
		return err_set(err, WEND_E_INPUT, "the table is in units of a %.*s; leave out '--unit %s'", (int)l->setting[1].n, l->setting[1].p, unit);
	return WEND_OK;
}

/* What the sums made of a table hold exactly: more days, customers and money than there are. */
#define COUNT_MAX 1e9
#define MONEY_MAX 1e15
#define WEIGHT_MAX 9e9

static bool in_range(const double v[7], double weights)
{
	for (int k = 0; k < 3; k++)
		if (v[k] > COUNT_MAX)
			return false;
	return !(fabs(v[3]) > MONEY_MAX || fabs(v[5]) > MONEY_MAX || fabs(v[6]) > MONEY_MAX) && weights <= WEIGHT_MAX;
}

static enum wend_err read_row(struct lines *l, const struct table *t, size_t row, const int col[8], double unit, struct err *err)
{
	double v[8];
	for (int k = 0; k < 7; k++)
		if (number_at(t, row, col[k], &v[k], err))
			return err->code;
	struct line r = { .weight = 1, .t_x = whole_days(v[1], unit), .T = whole_days(v[2], unit), .m = v[3], .spent = v[5], .repeat = v[6],
			  .customer = text_at(t, row, col[7]) };
	const double weight = isnan(v[4]) ? 1 : v[4];
	if (isnan(v[0]) || isnan(v[1]) || isnan(v[2]) || v[0] < 0 || v[1] < 0 || v[1] > v[2] + 1e-9 || v[0] != floor(v[0]) || weight < 0 || weight != floor(weight) ||
	    (v[0] > 0) != (v[1] > 0))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is no history; x and weight are whole, 0 <= t_x <= T, and t_x is 0 exactly where x is", row + 1);
	if (!in_range(v, l->weight += weight))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is out of range; x, t_x and T go up to 1e9, money up to 1e15, and all weights together up to 9e9", row + 1);
	r.x = (int64_t)v[0];
	r.weight = (int64_t)weight;
	if (isnan(r.m) && !isnan(r.repeat) && r.x && r.weight)
		r.m = r.repeat / (double)r.weight / (double)r.x;
	if (!r.x)
		r.m = NAN;
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = r;
	return WEND_OK;
}

static enum wend_err read_table(struct lines *l, const struct table *t, const char *unit, struct err *err)
{
	static const char *const names[8] = { "x", "t_x", "T", "m", "weight", "spent", "repeat_spent", "customer" };
	int col[8];
	const bool stat = table_find(t, SV("stat")) >= 0;
	for (int k = 0; k < 8; k++)
		col[k] = table_find(t, sv_of(names[k]));
	for (int k = 0; k < 3; k++)
		if (col[k] < 0)
			return err_set(err, WEND_E_INPUT, "the table has no column '%s'; 'ltv rfm' reads x, t_x, T and, if there, m, weight, customer", names[k]);
	if (stat && check_settings(l, t, unit, err))
		return err->code;
	l->stat = l->stat || stat;
	l->customers = l->customers || col[7] >= 0;
	const double days = rfm_unit_days(l->setting[1].n && stat ? (sv_is(l->setting[1], "day") ? "day" : sv_is(l->setting[1], "month") ? "month" : sv_is(l->setting[1], "year") ? "year" : "week") : unit);
	for (size_t i = 0; i < t->nrow; i++)
		if (read_row(l, t, i, col, days, err))
			return err->code;
	return WEND_OK;
}

static int by_cell(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (x->x != y->x)
		return x->x < y->x ? -1 : 1;
	if (x->t_x != y->t_x)
		return x->t_x < y->t_x ? -1 : 1;
	if (x->T != y->T)
		return x->T < y->T ? -1 : 1;
	return 0;
}

static int by_customer(const void *a, const void *b)
{
	const int c = sv_natcmp(((const struct line *)a)->customer, ((const struct line *)b)->customer);
	return c ? c : by_cell(a, b);
}

static double add(double a, double b)
{
	return isnan(a) ? b : isnan(b) ? a : a + b;
}

/* Equal cells become one; money adds, m is made anew from it. */
static void add_up(struct lines *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct line *to = n ? &l->v[n - 1] : NULL;
		if (!to || by_cell(to, &l->v[i])) {
			l->v[n++] = l->v[i];
			continue;
		}
		const double w = (double)to->weight, v = (double)l->v[i].weight;
		if (!isnan(to->m) && !isnan(l->v[i].m) && w + v > 0)
			to->m = (to->m * w + l->v[i].m * v) / (w + v);
		else
			to->m = NAN;
		to->weight += l->v[i].weight;
		to->spent = add(to->spent, l->v[i].spent);
		to->repeat = add(to->repeat, l->v[i].repeat);
	}
	l->n = n;
}

/* ---- scores with weights: mid-rank as in rfmtable.c ---- */
struct rank {
	double key;
	int64_t weight;
	size_t row;
};

static int by_rank(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

static void score(int *out, struct rank *r, size_t n)
{
	int64_t total = 0, below = 0;
	for (size_t i = 0; i < n; i++)
		total += r[i].weight;
	qsort(r, n, sizeof *r, by_rank);
	for (size_t i = 0; i < n;) {
		int64_t equal = 0;
		size_t to = i;
		for (; to < n && r[to].key == r[i].key; to++)
			equal += r[to].weight;
		const int64_t s = total ? 1 + 5 * (2 * below + equal) / (2 * total) : 1;
		for (; i < to; i++)
			out[r[i].row] = s > 5 ? 5 : (int)s;
		below += equal;
	}
}


static void columns(struct table *t, bool weights)
{
	static const struct { const char *name; enum col_type type; int digits; } cols[] = {
		{ "customer", COL_TEXT, -1 }, { "x", COL_INT, 0 }, { "t_x", COL_REAL, 2 }, { "T", COL_REAL, 2 }, { "m", COL_REAL, 2 },
		{ "recency_days", COL_REAL, 0 }, { "frequency", COL_INT, 0 }, { "monetary", COL_REAL, 2 },
		{ "r_score", COL_INT, 0 }, { "f_score", COL_INT, 0 }, { "m_score", COL_INT, 0 }, { "group", COL_TEXT, -1 },
	};
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		table_col(t, cols[i].name, cols[i].type, NULL, cols[i].digits);
	if (weights)
		table_col(t, "weight", COL_INT, NULL, 0);
}

static void fill(struct table *t, const struct lines *l, const int *s, double unit, bool weights)
{
	columns(t, weights);
	t->customer_col = weights ? NULL : "customer";
	for (size_t i = 0; i < l->n; i++) {
		const struct line *v = &l->v[i];
		const bool money = !isnan(v->spent) || !isnan(v->m);
		put_text(t, v->customer);
		put_int(t, v->x);
		put_real(t, v->t_x / unit);
		put_real(t, v->T / unit);
		put_real(t, v->m);
		put_real(t, v->T - v->t_x);
		put_int(t, v->x + 1);
		put_real(t, v->spent);
		put_int(t, s[i]);
		put_int(t, s[l->n + i]);
		put_int(t, money ? s[2 * l->n + i] : WEND_NONE);
		put_z(t, rfm_group(s[i], s[l->n + i], !v->x));
		if (weights)
			put_int(t, v->weight);
	}
}

static void fill_stat(struct table *t, const struct lines *l, double unit)
{
	static const char *const text[] = { "stat", "as_of", "unit", "currency" };
	for (int k = 0; k < 4; k++)
		table_col(t, text[k], COL_TEXT, NULL, -1);
	table_col(t, "x", COL_INT, NULL, 0);
	table_col(t, "t_x", COL_REAL, NULL, -1);
	table_col(t, "T", COL_REAL, NULL, -1);
	table_col(t, "weight", COL_INT, NULL, 0);
	table_col(t, "spent", COL_REAL, NULL, 2);
	table_col(t, "repeat_spent", COL_REAL, NULL, 2);
	for (size_t i = 0; i < l->n; i++) {
		put_z(t, "ltv.cells/1");
		for (int k = 0; k < 3; k++)
			put_text(t, l->setting[k]);
		put_int(t, l->v[i].x);
		put_real(t, l->v[i].t_x / unit);
		put_real(t, l->v[i].T / unit);
		put_int(t, l->v[i].weight);
		put_real(t, l->v[i].spent);
		put_real(t, l->v[i].repeat);
	}
}

static void score_lines(const struct lines *l, int *s)
{
	struct rank *r = xreallocarray(NULL, l->n + 1, sizeof *r);
	for (int k = 0; k < 3; k++) {
		for (size_t i = 0; i < l->n; i++) {
			const struct line *v = &l->v[i];
			const double money = !isnan(v->spent) ? v->spent / (double)(v->weight ? v->weight : 1) : isnan(v->m) ? 0 : v->m * (double)v->x;
			r[i] = (struct rank){ k == 0 ? v->t_x - v->T : k == 1 ? (double)v->x : money, v->weight, i };
		}
		score(s + (size_t)k * l->n, r, l->n);
	}
	free(r);
}

static void find(struct report *r, const struct lines *l)
{
	int64_t n = 0, back = 0, days = 0;
	for (size_t i = 0; i < l->n; i++) {
		n += l->v[i].weight;
		back += l->v[i].x ? l->v[i].weight : 0;
		days += l->v[i].x * l->v[i].weight;
	}
	struct str *s = &r->finding;
	if (!n) {
		str_puts(s, "the table holds no customer.");
		return;
	}
	say_share(s, (double)back / (double)n);
	str_puts(s, " of ");
	say_count(s, n);
	str_puts(s, " customers came back (");
	say_count(s, back);
	str_puts(s, "; ");
	say_shares(s, wilson((double)back, (double)n, ALPHA));
	str_puts(s, "), on ");
	say_count(s, days);
	str_puts(s, " further days.");
}

enum wend_err metric_rfm_from(const struct table *from, size_t n, const struct report_options *ro, struct report *r, struct err *err)
{
	struct lines l = { 0 };
	enum wend_err e = WEND_OK;
	int64_t rows = 0;
	for (size_t i = 0; i < n && !e; i++) {
		e = read_table(&l, &from[i], ro->unit, err);
		rows += (int64_t)from[i].nrow;
	}
	if (e)
		goto done;
	const char *unit = ro->unit ? ro->unit : l.setting[1].n ? arena_strndup(&r->arena, l.setting[1].p, l.setting[1].n) : "week";
	const bool weights = !l.customers;
	if (ro->stat && !l.stat) {
		l.setting[0] = l.setting[2] = SV_NONE;
		l.setting[1] = sv_of(unit);
	}
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, weights || ro->stat ? by_cell : by_customer);
	if (weights || ro->stat)
		add_up(&l);
	if (ro->stat) {
		fill_stat(&r->table, &l, rfm_unit_days(unit));
	} else {
		int *s = xcalloc(3 * l.n + 1, sizeof *s);
		score_lines(&l, s);
		fill(&r->table, &l, s, rfm_unit_days(unit), weights);
		free(s);
	}
	find(r, &l);
	str_printf(&r->definition, "x repeat purchase days, t_x and T in %ss, m mean money of a repeat day, as the table gives them; scores 1 to 5 by mid-rank", unit);
	r->explain.in_store = rows;
	explain_count(&r->explain, "used", rows);
	line_add(&r->explain.text, "rows of the tables given, nothing from a store; score = 1 + floor(5 (below + equal / 2) / customers), at most 5");
done:
	free(l.v);
	return e;
}
