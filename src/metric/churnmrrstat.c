/* churn mrr as a statistic (churn.mrr, version 1): printed by --stat, read by --from.
 *
 *   stat, as_of, period, currency, by, grace    must agree where tables add up; by: the fields of
 *                 --by, each with a column of its own at the end; grace: seconds
 *   at            the period; empty: the one row that counts subscriptions
 *   customers, start, start_squares   by how much those who pay at its start, what they pay a
 *                 month and its squares differ from the period before in this group
 *   new .. churned   what customers with that movement in the period gained or lost; _n how many,
 *                 _squares, _cross times what the same customer paid at its start
 *   in_and_out    joined and left inside: the most they paid
 *   subscriptions .. unpriced   of the row that has no period
 *
 * Money is in minor units of the currency, all of it whole; every value adds, also below 0.
 */
#include "churnmrr_impl.h"
#include "ltvcohort_impl.h"

static const char version[] = "churn.mrr/1";

enum { SET_STAT, SET_AS_OF, SET_PERIOD, SET_CURRENCY, SET_BY, SET_GRACE, SETTINGS };
static const char *const setting_name[SETTINGS] = { "stat", "as_of", "period", "currency", "by", "grace" };
enum { FACTS = 7, WIDES = 1 + 2 * MRR_MOVES, WHOLES = 4 + 2 * MRR_MOVES };
static const char *const fact_name[FACTS] = { "subscriptions", "ended", "trials", "trials_lost", "bad", "unpaid", "unpriced" };

/* A cell as lists of numbers: counts and money; squares and products. */
struct flat {
	int64_t *whole[WHOLES];
	mrr_wide *wide[WIDES];
};

static struct flat flat_of(struct mrr_cell *c)
{
	struct flat f = { { &c->customers, &c->start, &c->in_out_n, &c->in_out }, { &c->start2 } };
	for (int i = 0; i < MRR_MOVES; i++) {
		f.whole[4 + 2 * i] = &c->move[i].n;
		f.whole[5 + 2 * i] = &c->move[i].minor;
		f.wide[1 + 2 * i] = &c->move[i].squares;
		f.wide[2 + 2 * i] = &c->move[i].cross;
	}
	return f;
}

static void whole_name(char out[32], int i)
{
	static const char *const first[] = { "customers", "start", "in_and_out_n", "in_and_out" };
	if (i < 4)
		snprintf(out, 32, "%s", first[i]);
	else
		snprintf(out, 32, "%s%s", mrr_move_name[(i - 4) / 2], i % 2 ? "" : "_n");
}

static void wide_name(char out[32], int i)
{
	if (i)
		snprintf(out, 32, "%s_%s", mrr_move_name[(i - 1) / 2], i % 2 ? "squares" : "cross");
	else
		snprintf(out, 32, "start_squares");
}

static int64_t *fact_of(struct mrr_facts *f, int i)
{
	int64_t *const v[FACTS] = { &f->subscriptions, &f->ended, &f->trials, &f->trials_lost, &f->bad, &f->unpaid, &f->unpriced };
	return v[i];
}

/* ---- printed ---- */

static void put_wide(struct table *t, mrr_wide v)
{
	char digits[41];
	size_t at = sizeof digits;
	const bool minus = v < 0;
	do {
		const int digit = (int)(v % 10);
		digits[--at] = (char)('0' + (digit < 0 ? -digit : digit));
	} while (v /= 10);
	if (minus)
		digits[--at] = '-';
	put_text(t, sv_n(digits + at, sizeof digits - at));
}

static void put_settings(struct table *t, const struct mrr_ctx *c)
{
	char cur[4] = "";
	struct str by = STR_INIT;
	if (c->cur)
		currency_text(cur, c->cur);
	for (size_t i = 0; i < c->cuts.n; i++)
		str_printf(&by, "%s%s", i ? "," : "", c->cuts.v[i].name);
	put_z(t, version);
	put_int(t, c->p->as_of);
	put_z(t, cohort_unit[c->unit]);
	put_z(t, cur);
	put_text(t, str_view(&by));
	put_int(t, c->grace_s);
	str_release(&by);
}

static void put_facts(struct table *t, const struct mrr_facts *facts, const struct mrr_ctx *c)
{
	struct mrr_facts f = *facts;
	put_settings(t, c);
	put_empty(t);
	for (int i = 0; i < WHOLES + WIDES; i++)
		put_empty(t);
	for (int i = 0; i < FACTS; i++)
		put_int(t, *fact_of(&f, i));
	for (size_t i = 0; i < c->cuts.n; i++)
		put_empty(t);
}

static void put_cell(struct table *t, struct mrr_cell *cell, int32_t period, const struct group_values *g, const struct mrr_ctx *c)
{
	const struct flat f = flat_of(cell);
	struct str s = STR_INIT;
	put_settings(t, c);
	period_text(&s, c->unit, period_day(c->unit, period));
	put_text(t, str_view(&s));
	for (int i = 0; i < WHOLES; i++)
		put_int(t, *f.whole[i]);
	for (int i = 0; i < WIDES; i++)
		put_wide(t, *f.wide[i]);
	for (int i = 0; i < FACTS; i++)
		put_empty(t);
	for (size_t i = 0; i < c->cuts.n; i++)
		put_text(t, g->value[i]);
	str_release(&s);
}

static void columns(struct table *t, const struct mrr_ctx *c)
{
	char name[32];
	for (int i = 0; i < SETTINGS; i++)
		table_col(t, setting_name[i], i == SET_AS_OF ? COL_DAY : i == SET_GRACE ? COL_INT : COL_TEXT, NULL, -1);
	table_col(t, "at", COL_TEXT, NULL, -1);
	for (int i = 0; i < WHOLES; i++) {
		whole_name(name, i);
		table_col(t, arena_strdup(&t->arena, name), COL_INT, NULL, -1);
	}
	for (int i = 0; i < WIDES; i++) {
		wide_name(name, i);
		table_col(t, arena_strdup(&t->arena, name), COL_TEXT, NULL, -1);
	}
	for (int i = 0; i < FACTS; i++)
		table_col(t, fact_name[i], COL_INT, NULL, -1);
	for (size_t i = 0; i < c->cuts.n; i++)
		table_col(t, c->cuts.v[i].name, COL_TEXT, NULL, -1);
}

void mrr_stat(struct report *r, const struct mrr_groups *g, const struct mrr_facts *f, const struct mrr_ctx *c)
{
	static const struct mrr_cell nothing;
	static const struct group_values everybody;
	struct table *t = &r->table;
	uint32_t *order = groups_order(&g->names);
	columns(t, c);
	put_facts(t, f, c);
	const size_t n = c->cuts.n ? g->names.n : g->n;
	for (size_t i = 0; i < n; i++) {
		const size_t at = c->cuts.n ? order[i] : i;
		const struct mrr_group *v = at < g->n ? &g->v[at] : NULL;
		for (size_t k = 0; v && k < v->n; k++)
			if (memcmp(&v->v[k], &nothing, sizeof nothing)) {
				struct mrr_cell cell = v->v[k];
				put_cell(t, &cell, v->base + (int32_t)k, c->cuts.n ? &g->names.v[at] : &everybody, c);
			}
	}
	free(order);
	say_things(&r->finding, (int64_t)t->nrow, "row of a group and a period.", "rows of a group and a period.");
	str_puts(&r->definition, "changes of money a month by the period they fall in (churn.mrr, version 1), in minor units; values add");
}

/* ---- read ---- */

struct reading {
	const struct table *t;
	int setting[SETTINGS], at, whole[WHOLES], wide[WIDES], fact[FACTS], by[CUTS_MAX];
	struct sv said[SETTINGS];
	bool any;
	int64_t sums[WHOLES];     /* of absolute values: no sum made of some of them is larger */
	mrr_wide wides[WIDES];
};

static struct sv text_at(const struct reading *g, size_t row, int col)
{
	const struct cell *c = table_at(g->t, row, (size_t)col);
	return c->state == CELL_VALUE ? sv_trim(c->s) : SV_NONE;
}

static enum wend_err bad_cell(const struct reading *g, size_t row, int col, struct err *err)
{
	const struct sv v = text_at(g, row, col);
	return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' is not what 'wend churn mrr --stat' prints there", row + 1, (int)v.n, v.p ? v.p : "", g->t->col[col].name);
}

static bool read_wide(struct sv v, mrr_wide *out)
{
	const bool minus = v.n && v.p[0] == '-';
	*out = 0;
	for (size_t i = minus; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		*out = *out * 10 + (v.p[i] - '0');
	}
	*out = minus ? -*out : *out;
	return v.n > (size_t)minus && v.n <= 36;
}

static enum wend_err find_column(int *out, const struct table *t, struct sv name, struct err *err)
{
	*out = table_find(t, name);
	return *out >= 0 ? WEND_OK : err_set(err, WEND_E_INPUT, "the table has no column '%.*s'; what 'wend churn mrr --stat' prints is read here", (int)name.n, name.p);
}

static enum wend_err find_columns(struct reading *g, struct err *err)
{
	char name[32];
	enum wend_err e = find_column(&g->at, g->t, SV("at"), err);
	for (int i = 0; i < SETTINGS && !e; i++)
		e = find_column(&g->setting[i], g->t, sv_of(setting_name[i]), err);
	for (int i = 0; i < FACTS && !e; i++)
		e = find_column(&g->fact[i], g->t, sv_of(fact_name[i]), err);
	for (int i = 0; i < WHOLES && !e; i++) {
		whole_name(name, i);
		e = find_column(&g->whole[i], g->t, sv_of(name), err);
	}
	for (int i = 0; i < WIDES && !e; i++) {
		wide_name(name, i);
		e = find_column(&g->wide[i], g->t, sv_of(name), err);
	}
	return e;
}

/* The fields of --by; their columns stand in every table. */
static enum wend_err read_by(struct reading *g, struct mrr_ctx *c, struct arena *a, struct err *err)
{
	struct sv rest = g->said[SET_BY], name;
	size_t n = 0;
	while (rest.n && sv_cut(&rest, ',', &name)) {
		if (n == CUTS_MAX)
			return err_set(err, WEND_E_INPUT, "the table is by more than %d fields", (int)CUTS_MAX);
		if (find_column(&g->by[n], g->t, name, err))
			return err->code;
		c->cuts.v[n++].name = arena_strndup(a, name.p, name.n);
	}
	c->cuts.n = n;
	return WEND_OK;
}

/* What the first row says, all others say too. */
static enum wend_err read_settings(struct reading *g, size_t row, struct mrr_ctx *c, struct population *p, struct arena *a, struct err *err)
{
	for (int i = 0; i < SETTINGS; i++) {
		const struct sv v = text_at(g, row, g->setting[i]);
		if (!g->any)
			g->said[i] = v.p ? sv_n(arena_strndup(a, v.p, v.n), v.n) : SV("");
		else if (!sv_eq(v.p ? v : SV(""), g->said[i]))
			return err_set(err, WEND_E_INPUT, "tables that add up must agree in '%s': '%.*s' and '%.*s'", setting_name[i], (int)g->said[i].n, g->said[i].p, (int)v.n, v.p ? v.p : "");
	}
	if (g->any)
		return WEND_OK;
	if (!sv_is(g->said[SET_STAT], version))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; '%s' is read here", row + 1, (int)g->said[SET_STAT].n, g->said[SET_STAT].p, version);
	if (!day_iso(g->said[SET_AS_OF], &p->as_of))
		return bad_cell(g, row, g->setting[SET_AS_OF], err);
	p->until = p->as_of;
	size_t u = 0;
	while (u <= PERIOD_YEAR && !sv_is(g->said[SET_PERIOD], cohort_unit[u]))
		u++;
	if (u > PERIOD_YEAR)
		return bad_cell(g, row, g->setting[SET_PERIOD], err);
	c->unit = (enum period_unit)u;
	c->cur = currency_of(g->said[SET_CURRENCY]);
	if (!c->cur && g->said[SET_CURRENCY].n)
		return bad_cell(g, row, g->setting[SET_CURRENCY], err);
	if (!sv_int(g->said[SET_GRACE], &c->grace_s) || c->grace_s < 0)
		return bad_cell(g, row, g->setting[SET_GRACE], err);
	g->any = true;
	return WEND_OK;
}

static enum wend_err read_facts(const struct reading *g, size_t row, struct mrr_facts *f, struct err *err)
{
	for (int i = 0; i < FACTS; i++) {
		int64_t v;
		if (!sv_int(text_at(g, row, g->fact[i]), &v) || v < 0 || __builtin_add_overflow(*fact_of(f, i), v, fact_of(f, i)))
			return bad_cell(g, row, g->fact[i], err);
	}
	return WEND_OK;
}

static enum wend_err read_cell(struct reading *g, size_t row, struct mrr_groups *to, const struct mrr_ctx *c, struct err *err)
{
	struct mrr_cell cell = { 0 };
	struct sv value[CUTS_MAX] = { { 0 } };
	const struct flat f = flat_of(&cell);
	int32_t period;
	if (!period_read(c->unit, text_at(g, row, g->at), &period) || period > period_number(c->unit, c->p->as_of) + 1)
		return bad_cell(g, row, g->at, err);
	for (int i = 0; i < WHOLES; i++)
		if (!sv_int(text_at(g, row, g->whole[i]), f.whole[i]) || *f.whole[i] == INT64_MIN ||
		    __builtin_add_overflow(g->sums[i], *f.whole[i] < 0 ? -*f.whole[i] : *f.whole[i], &g->sums[i]))
			return bad_cell(g, row, g->whole[i], err);
	for (int i = 0; i < WIDES; i++)
		if (!read_wide(text_at(g, row, g->wide[i]), f.wide[i]) || __builtin_add_overflow(g->wides[i], *f.wide[i] < 0 ? -*f.wide[i] : *f.wide[i], &g->wides[i]))
			return bad_cell(g, row, g->wide[i], err);
	for (size_t i = 0; i < c->cuts.n; i++)
		value[i] = text_at(g, row, g->by[i]);
	size_t group = 0;
	if (c->cuts.n) {
		to->names.fields = c->cuts.n;
		group = groups_add(&to->names, value, c->cuts.n);
	}
	mrr_cell_add(mrr_cell_at(mrr_group_at(to, group), period), &cell);
	return WEND_OK;
}

enum wend_err mrr_stat_read(struct mrr_groups *g, struct mrr_facts *f, struct mrr_ctx *c, struct population *p, const struct table *from, size_t n, struct arena *a, struct err *err)
{
	struct reading k = { .any = false };
	for (size_t i = 0; i < n; i++) {
		k.t = &from[i];
		if (find_columns(&k, err))
			return err->code;
		for (size_t row = 0; row < k.t->nrow; row++) {
			if (read_settings(&k, row, c, p, a, err) || (!row && read_by(&k, c, a, err)))
				return err->code;
			if (text_at(&k, row, k.at).n ? read_cell(&k, row, g, c, err) : read_facts(&k, row, f, err))
				return err->code;
		}
	}
	return WEND_OK;
}
