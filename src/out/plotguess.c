/* Which picture a table asks for, by the names and contents of its columns: first the shapes
 * our own reports have, then what any table can be drawn as. */
#include "out/plottable.h"
#include "wend/mem.h"

bool is_number(const struct table *t, int c)
{
	const enum col_type type = t->col[c].type;

	return type == COL_INT || type == COL_REAL || type == COL_SHARE || type == COL_MONEY;
}

int column_named(const struct table *t, const char *name)
{
	return table_find(t, sv_of(name));
}

static bool is_limit(struct sv name)
{
	return sv_is(name, "lo") || sv_is(name, "hi") || sv_ends(name, "_lo") || sv_ends(name, "_hi");
}

void limits_of(const struct table *t, int y, int *lo, int *hi)
{
	char name[200];

	*lo = *hi = -1;
	if (y + 2 < (int)t->ncol) {
		const struct sv a = sv_of(t->col[y + 1].name), b = sv_of(t->col[y + 2].name);
		if (is_limit(a) && is_limit(b) && sv_ends(a, "lo") && sv_ends(b, "hi")) {
			*lo = y + 1;
			*hi = y + 2;
		}
	}
	if (*lo < 0) {
		snprintf(name, sizeof name, "%s_lo", t->col[y].name);
		*lo = column_named(t, name);
		snprintf(name, sizeof name, "%s_hi", t->col[y].name);
		*hi = column_named(t, name);
	}
	if (*lo < 0 || *hi < 0 || !is_number(t, *lo) || !is_number(t, *hi))
		*lo = *hi = -1;
}

static int first_named(const struct table *t, const char *const *names)
{
	for (; *names; names++) {
		const int c = column_named(t, *names);
		if (c >= 0)
			return c;
	}
	return -1;
}

bool is_ratio(struct sv name)
{
	static const char *const ratios[] = { "ratio", "rr", "hr", "or", "risk_ratio", "hazard_ratio", "odds_ratio", "adjusted", NULL };

	for (const char *const *p = ratios; *p; p++)
		if (sv_is(name, *p))
			return true;
	return sv_ends(name, "_ratio");
}

/* A number that says where, which or how many, never what was measured. */
static bool is_key(struct sv name)
{
	static const char *const keys[] = { "x", "t", "k", "n", "age", "rank", "position", "step", "time", "size", "w", "batch", NULL };

	for (const char *const *p = keys; *p; p++)
		if (sv_is(name, *p))
			return true;
	return false;
}

static int default_y(const struct table *t, int x)
{
	int lo, hi, any = -1;

	for (int c = 0; c < (int)t->ncol; c++) {
		limits_of(t, c, &lo, &hi);
		if (c != x && is_number(t, c) && lo >= 0 && !is_limit(sv_of(t->col[c].name)))
			return c;
	}
	for (int c = (int)t->ncol - 1; c >= 0; c--) {
		const struct sv name = sv_of(t->col[c].name);
		if (c != x && is_number(t, c) && !is_limit(name) && (any < 0 || !is_key(name)))
			any = c;
	}
	return any;
}

static int default_x(const struct table *t, int y)
{
	static const char *const names[] = { "period", "month", "week", "day", "date", "time", "t", "age", "k", "year", NULL };
	const int c = first_named(t, names);

	if (c >= 0 && c != y)
		return c;
	for (int k = 0; k < (int)t->ncol; k++)
		if (k != y && t->col[k].type == COL_TEXT)
			return k;
	return t->ncol > 1 && y != 0 ? 0 : -1;
}

static bool repeats(const struct table *t, int x)
{
	for (size_t r = 1; r < t->nrow; r++)
		for (size_t k = 0; k < r && r < 500; k++)
			if (cell_cmp(&t->col[x], table_at(t, k, (size_t)x), table_at(t, r, (size_t)x)) == 0)
				return true;
	return false;
}

/* Two lines at one place of x belong to two series. */
static int default_group(const struct table *t, const struct roles *r)
{
	if (r->x < 0 || !repeats(t, r->x))
		return -1;
	for (int c = 0; c < (int)t->ncol; c++)
		if (c != r->x && c != r->flag && t->col[c].type == COL_TEXT && t->nrow && table_at(t, 0, (size_t)c)->state == CELL_VALUE)
			return c;
	return -1;
}

/* ---- shapes of our own reports ---- */

/* Roles as names: of each list the first that is there; a list that begins with "?" may be absent. */
struct shape {
	enum fig_kind kind;
	const char *x[4], *y[6], *group[4], *n[5];
	bool distinct; /* only when x does not repeat */
};
static const struct shape shapes[] = {
	{ FIG_CALIBRATION, { "predicted" }, { "observed" }, { "?" }, { "?", "n" }, false },
	{ FIG_STEP, { "t", "time" }, { "S", "survival" }, { "?", "group", "by", "model" }, { "?", "n_risk", "at_risk", "n" }, false },
	{ FIG_ALLUVIAL, { "from" }, { "n" }, { "position" }, { "to" }, false },
	{ FIG_HEAT, { "to" }, { "share_of_from", "share", "n" }, { "from" }, { "?" }, false },
	{ FIG_HEAT, { "age", "k" }, { "rate", "retention", "active", "revenue_per_customer", "value" }, { "cohort" }, { "?", "size", "customers", "n" }, false },
	{ FIG_FUNNEL, { "name", "step" }, { "n" }, { "?" }, { "step_rate", "?", "matured_n" }, true },
	{ FIG_DOTTED, { "time", "day" }, { "touchpoint", "what", "event" }, { "customer", "case" }, { "?" }, false },
};

static int role_of(const struct table *t, const char *const *names, size_t n, bool *missing)
{
	bool may_lack = false;

	for (size_t i = 0; i < n && names[i]; i++) {
		const int c = *names[i] == '?' ? -1 : column_named(t, names[i]);
		may_lack = may_lack || *names[i] == '?';
		if (c >= 0)
			return c;
	}
	*missing = *missing || !may_lack;
	return -1;
}

static bool has_shape(struct roles *r, const struct table *t, const struct shape *s)
{
	bool missing = false;
	const int x = role_of(t, s->x, 4, &missing), y = role_of(t, s->y, 6, &missing);
	const int group = role_of(t, s->group, 4, &missing), n = role_of(t, s->n, 5, &missing);

	if (missing || (r->kind && r->kind != s->kind) || (s->distinct && repeats(t, x)))
		return false;
	if ((r->ny && r->y[0] != y && !is_number(t, r->y[0])) || (s->kind != FIG_DOTTED && !is_number(t, y)))
		return false;
	r->kind = s->kind;
	r->x = r->x < 0 ? x : r->x;
	r->group = r->group < 0 ? group : r->group;
	r->n = r->n < 0 ? n : r->n;
	if (!r->ny)
		r->y[r->ny++] = y;
	return true;
}

/* start, more, less ... end in one row: a bridge. */
static bool is_bridge(const struct table *t)
{
	const int from = column_named(t, "start"), to = column_named(t, "end");

	if (from < 0 || to < from + 2)
		return false;
	for (int c = from; c <= to; c++)
		if (!is_number(t, c))
			return false;
	return true;
}

/* The unit most rows with an interval share: a summary adds apples to no pears. */
static const char *summary_unit(const struct table *t, int value, int unit)
{
	size_t best = 0;
	const char *out = NULL;
	int lo, hi;

	limits_of(t, value, &lo, &hi);
	for (size_t r = 0; r < t->nrow; r++) {
		const struct cell *u = table_at(t, r, (size_t)unit);
		size_t same = 0;
		for (size_t k = 0; k < t->nrow && u->state == CELL_VALUE; k++) {
			const struct cell *v = table_at(t, k, (size_t)unit);
			same += v->state == CELL_VALUE && sv_eq(u->s, v->s) && (lo < 0 || table_at(t, k, (size_t)lo)->state == CELL_VALUE);
		}
		if (same > best) {
			best = same;
			out = u->s.p; /* texts of cells end in NUL */
		}
	}
	return out;
}

static bool is_summary(struct roles *r, const struct table *t)
{
	const int measure = column_named(t, "measure"), value = column_named(t, "value"), unit = column_named(t, "unit");

	if (measure < 0 || value < 0 || unit < 0 || !is_number(t, value) || (r->kind && r->kind != FIG_FOREST && r->kind != FIG_BAR))
		return false;
	r->of_unit = summary_unit(t, value, unit);
	r->kind = r->kind ? r->kind : FIG_FOREST;
	r->x = measure;
	r->y[0] = value;
	r->ny = 1;
	r->group = -1;
	limits_of(t, value, &r->lo, &r->hi);
	return r->of_unit != NULL;
}

/* ---- any table ---- */

static bool runs_on(const struct table *t, int x)
{
	static const char *const names[] = { "period", "month", "week", "day", "date", "time", "t", "age", "k", "year", "w", NULL };
	const enum col_type type = t->col[x].type;

	for (const char *const *p = names; *p; p++)
		if (!strcmp(t->col[x].name, *p))
			return true;
	return type == COL_DAY || type == COL_TIME;
}

static bool rises(const struct table *t, int x)
{
	for (size_t r = 1; r < t->nrow; r++)
		if (cell_cmp(&t->col[x], table_at(t, r - 1, (size_t)x), table_at(t, r, (size_t)x)) >= 0)
			return false;
	return true;
}

enum { BARS_AT_MOST = 60 };

static enum fig_kind any_kind(struct roles *r, const struct table *t)
{
	const bool limits = r->lo >= 0;

	if (r->x < 0 || (t->col[r->x].type == COL_TEXT && t->nrow > BARS_AT_MOST && !runs_on(t, r->x))) {
		r->bins = true;
		return FIG_HISTOGRAM;
	}
	if (runs_on(t, r->x))
		return r->ny > 1 && r->group < 0 ? FIG_LINE : limits || r->group >= 0 ? FIG_BAND : FIG_LINE;
	if (t->col[r->x].type == COL_TEXT && r->ny > 1)
		return FIG_BAR;
	if (t->col[r->x].type == COL_TEXT)
		return limits && r->group < 0 && (is_ratio(sv_of(t->col[r->y[0]].name)) || sv_starts(sv_of(t->col[r->y[0]].name), "diff")) ? FIG_FOREST : FIG_BAR;
	return rises(t, r->x) ? (limits ? FIG_BAND : FIG_LINE) : FIG_SCATTER;
}

/* Two columns or more, and nothing but numbers: the first is where, the next how much. */
static bool all_numeric(const struct table *t)
{
	int measured = 0;

	for (int c = 0; c < (int)t->ncol; c++) {
		if (!is_number(t, c))
			return false;
		measured += !is_limit(sv_of(t->col[c].name));
	}
	return measured > 1;
}

/* The layers of a stack: every number that is measured. */
static void all_numbers(struct roles *r, const struct table *t)
{
	for (int c = 0; c < (int)t->ncol && r->ny < MOST_Y; c++)
		if (c != r->x && is_number(t, c) && !is_limit(sv_of(t->col[c].name)) && !is_key(sv_of(t->col[c].name)))
			r->y[r->ny++] = c;
}

static int first_number(const struct table *t, int but)
{
	for (int c = 0; c < (int)t->ncol; c++)
		if (c != but && is_number(t, c) && !is_limit(sv_of(t->col[c].name)))
			return c;
	return -1;
}

bool guess_roles(struct roles *r, const struct table *t)
{
	const bool asked = r->x >= 0 || r->ny;

	r->flag = column_named(t, "flag");
	if ((!r->kind || r->kind == FIG_WATERFALL) && !asked && is_bridge(t)) {
		r->kind = FIG_WATERFALL;
		r->bridge = true;
		r->x = default_x(t, -1);
		return true;
	}
	if (!asked && is_summary(r, t))
		return true;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (!(asked && !r->kind) && has_shape(r, t, &shapes[i]))
			break;
	if (r->x < 0 && (r->kind == FIG_SCATTER || (!r->kind && !r->ny && all_numeric(t))))
		r->x = first_number(t, r->ny ? r->y[0] : -1);
	if (r->kind == FIG_SCATTER && !r->ny && r->x >= 0 && first_number(t, r->x) >= 0)
		r->y[r->ny++] = first_number(t, r->x);
	if (r->kind == FIG_STACK && !r->ny && r->group < 0)
		all_numbers(r, t);
	if (!r->ny) {
		const int y = default_y(t, r->x);
		if (y >= 0)
			r->y[r->ny++] = y;
	}
	if (!r->ny)
		return false;
	if (r->x < 0 && !(r->kind == FIG_HISTOGRAM && asked))
		r->x = default_x(t, r->y[0]);
	if (r->kind == FIG_SCATTER && r->n < 0)
		r->n = column_named(t, "n");
	if (r->lo < 0 && r->ny == 1)
		limits_of(t, r->y[0], &r->lo, &r->hi);
	if (r->group < 0 && r->ny == 1)
		r->group = r->kind == FIG_FUNNEL || r->kind == FIG_CALIBRATION ? -1 : default_group(t, r);
	if (!r->kind)
		r->kind = any_kind(r, t);
	if (r->kind == FIG_HISTOGRAM && (r->x < 0 || t->col[r->x].type == COL_TEXT || repeats(t, r->x)))
		r->bins = true;
	return true;
}
