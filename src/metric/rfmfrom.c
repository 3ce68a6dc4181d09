/* ltv rfm from tables of histories (historyread.c): scores and groups of what they hold.
 */
#include "rfm_impl.h"

#include <math.h>

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


/* Is all money whole in minor units of the currency the cells name? Then it is printed as
 * what a store knows, and not otherwise: a hand-made table keeps its fractions. */
static bool whole_minor(const struct lines *l, double minor)
{
	bool whole = l->stat;
	for (size_t i = 0; i < l->n && whole; i++)
		whole = isnan(l->v[i].spent) || fabs(l->v[i].spent * minor - round(l->v[i].spent * minor)) <= 1e-9 * (1 + fabs(l->v[i].spent * minor));
	return whole;
}

static void columns(struct table *t, bool weights, bool money, currency cur)
{
	static const struct { const char *name; enum col_type type; int digits; } cols[] = {
		{ "customer", COL_TEXT, -1 }, { "x", COL_INT, 0 }, { "t_x", COL_REAL, 2 }, { "T", COL_REAL, 2 }, { "m", COL_REAL, 2 },
		{ "recency_days", COL_REAL, 0 }, { "frequency", COL_INT, 0 }, { "monetary", COL_REAL, 2 },
		{ "r_score", COL_INT, 0 }, { "f_score", COL_INT, 0 }, { "m_score", COL_INT, 0 }, { "group", COL_TEXT, -1 },
	};
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++) {
		if (money && !strcmp(cols[i].name, "monetary"))
			table_col_money(t, "monetary", cur);
		else
			table_col(t, cols[i].name, cols[i].type, NULL, cols[i].digits);
	}
	if (weights)
		table_col(t, "weight", COL_INT, NULL, 0);
}

static void fill(struct table *t, const struct lines *l, const int *s, double unit, bool weights)
{
	const currency cur = lines_currency(l);
	const double minor = pow(10, cur && currency_exponent(cur) >= 0 ? currency_exponent(cur) : 2);
	const bool exact = whole_minor(l, minor);
	columns(t, weights, exact, cur);
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
		if (exact)
			put_int(t, isnan(v->spent) ? WEND_NONE : llround(v->spent * minor));
		else
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
	table_col(t, "zone", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < l->n; i++) {
		put_z(t, "ltv.cells/1");
		for (int k = 0; k < LINE_ZONE; k++)
			put_text(t, l->setting[k]);
		put_int(t, l->v[i].x);
		put_real(t, l->v[i].t_x / unit);
		put_real(t, l->v[i].T / unit);
		put_int(t, l->v[i].weight);
		put_real(t, l->v[i].spent);
		put_real(t, l->v[i].repeat);
		put_text(t, l->setting[LINE_ZONE]);
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
	lines_say(s, l);
}

enum wend_err metric_rfm_from(struct table *from, size_t n, const struct report_options *ro, struct report *r, struct err *err)
{
	struct lines l = { 0 };
	enum wend_err e = WEND_OK;
	for (size_t i = 0; i < n && !e; i++)
		e = lines_read(&l, &from[i], ro, err);
	if (e)
		goto done;
	const int64_t rows = (int64_t)l.n;
	const char *unit = ro->unit ? ro->unit : l.setting[LINE_UNIT].n ? arena_strndup(&r->arena, l.setting[LINE_UNIT].p, l.setting[LINE_UNIT].n) : "week";
	const bool weights = !l.customers;
	if (ro->stat && !l.stat) {
		l = (struct lines){ .v = l.v, .n = l.n, .cap = l.cap, .customers = l.customers };
		l.setting[LINE_UNIT] = sv_of(unit);
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
