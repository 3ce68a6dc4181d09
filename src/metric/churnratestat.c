/* churn rate as a statistic (churn.rate, version 1): printed by --stat, read by --from.
 *
 *   stat, as_of, period, zone, counted, window, covered, grace, dunning, currency, by
 *                 must agree where tables add up: how periods are cut, what leaving means, up to
 *                 which day it is known; by: the fields of --by, each with a column at the end
 *   at            the period, or the day; empty: of the whole time
 *   count         what is counted there. Of a period: customers at its start more or fewer than
 *                 at the one before (entered, left), new .. exposure_s, end: and member: with the
 *                 marks that definitions go by, batch:N = rows that came with that batch. Of a
 *                 day: came, went
 *   n             how many; it adds, also below 0. A count of 0 has no row
 *
 * Definitions are chosen when it is read: the marks tell every numerator and denominator.
 */
#include "churn_impl.h"
#include "ltvcohort_impl.h"

static const char version[] = "churn.rate/1";

enum { SET_STAT, SET_AS_OF, SET_PERIOD, SET_ZONE, SET_COUNTED, SET_WINDOW, SET_COVERED, SET_GRACE, SET_DUNNING, SET_CURRENCY, SET_BY, SETTINGS };
enum { COL_AT = SETTINGS, COL_COUNT, COL_N, COLS };
static const char *const names[COLS] = { "stat", "as_of", "period", "zone", "counted", "window", "covered", "grace", "dunning", "currency", "by", "at", "count", "n" };
enum { PLAIN = 13, TALLIES = PLAIN + END_MARKS + IN_MARKS, FACTS = 7, NAME_ROOM = 48 };
enum { YEARS_BACK = 400 * 366 };

/* ---- counts by name ---- */

static int64_t *tally_at(struct churn_tally *t, int i)
{
	int64_t *const plain[PLAIN] = { &t->entered, &t->left, &t->fresh, &t->back, &t->by_choice, &t->by_payment, &t->in_out, &t->pending, &t->recovered,
					&t->trial_won, &t->trial_lost, &t->returns, &t->exposure_s };
	return i < PLAIN ? plain[i] : i < PLAIN + END_MARKS ? &t->ends[i - PLAIN] : &t->members[i - PLAIN - END_MARKS];
}

static void tally_name(char out[NAME_ROOM], int i)
{
	static const char *const plain[PLAIN] = { "entered", "left", "new", "reactivated", "churned_vol", "churned_invol", "in_and_out", "pending", "recovered",
						  "trials_won", "trials_lost", "returns", "exposure_s" };
	static const char *const end[] = { "inside", "roll", "there", "stays", "month", "late" }, *const member[] = { "start", "roll", "new" };
	const bool is_end = i < PLAIN + END_MARKS;
	const int marks = i - PLAIN - (is_end ? 0 : END_MARKS);
	if (i < PLAIN) {
		snprintf(out, NAME_ROOM, "%s", plain[i]);
		return;
	}
	int n = snprintf(out, NAME_ROOM, "%s", is_end ? "end:" : "member:");
	for (int b = 0; b < (is_end ? 6 : 3); b++)
		if (marks >> b & 1)
			n += snprintf(out + n, (size_t)(NAME_ROOM - n), "%s%s", out[n - 1] == ':' ? "" : "+", is_end ? end[b] : member[b]);
}

static const char *const fact_name[FACTS] = { "customers", "subscriptions", "subscriptions_ended", "trials", "trials_lost", "bad_dates", "unpaid" };

static int64_t *fact_at(struct churn_acc *a, int i)
{
	int64_t *const v[FACTS] = { &a->customers, &a->records, &a->ended, &a->trials, &a->trials_lost, &a->bad, &a->unpaid };
	return v[i];
}

/* ---- printed ---- */

struct writing {
	struct table *t;
	const struct churn_ctx *c;
	char name[TALLIES][NAME_ROOM];
	char cur[4];
	struct str by;
};

static const char *counted_by(const struct churn_ctx *c)
{
	return c->leaving.contracts ? "contracts" : kind_names[c->leaving.revenue->source];
}

static void put_count(const struct writing *w, struct sv at, const char *count, int64_t n, const struct churn_group *g)
{
	const struct churn_ctx *c = w->c;
	struct table *t = w->t;
	if (!n)
		return;
	put_z(t, version);
	put_int(t, c->p->as_of);
	put_z(t, cohort_unit[c->unit]);
	put_z(t, zone_name(c->p->zone));
	put_z(t, counted_by(c));
	put_int(t, c->leaving.contracts ? WEND_NONE : c->leaving.window);
	put_int(t, c->known_day);
	put_int(t, c->leaving.grace_s / 86400);
	put_int(t, c->leaving.dunning_s / 86400);
	put_z(t, w->cur);
	put_text(t, str_view(&w->by));
	put_text(t, at);
	put_z(t, count);
	put_int(t, n);
	put_group(t, c, g);
}

static void put_tallies(const struct writing *w, struct churn_group *g)
{
	struct str at = STR_INIT;
	for (size_t k = 0; k < g->n; k++) {
		if (churn_tally_empty(&g->v[k]))
			continue;
		period_text(&at, w->c->unit, period_day(w->c->unit, g->base + (int32_t)k));
		for (int i = 0; i < TALLIES; i++)
			put_count(w, str_view(&at), w->name[i], *tally_at(&g->v[k], i), g);
		str_reset(&at);
	}
	for (size_t k = 0; k < g->ndays; k++) {
		day_text(&at, g->day0 + (int32_t)k);
		put_count(w, str_view(&at), "came", g->day[k].in, g);
		put_count(w, str_view(&at), "went", g->day[k].out, g);
		str_reset(&at);
	}
	str_release(&at);
}

struct late_row {
	int32_t batch, period;
	int64_t n;
};

static int by_batch(const void *a, const void *b)
{
	const struct late_row *x = a, *y = b;
	if (x->batch != y->batch)
		return x->batch < y->batch ? -1 : 1;
	return (x->period > y->period) - (x->period < y->period);
}

static void put_late(const struct writing *w, const struct late_rows *l)
{
	struct late_row *v = xcalloc(l->ids.n + 1, sizeof *v);
	struct str at = STR_INIT;
	for (size_t i = 0; i < l->ids.n; i++)
		v[i] = (struct late_row){ l->batch[i], l->period[i], l->n[i] };
	qsort(v, l->ids.n, sizeof *v, by_batch);
	for (size_t i = 0; i < l->ids.n; i++) {
		period_text(&at, w->c->unit, period_day(w->c->unit, v[i].period));
		put_count(w, str_view(&at), arena_printf(&w->t->arena, "batch:%d", (int)v[i].batch), v[i].n, NULL);
		str_reset(&at);
	}
	str_release(&at);
	free(v);
}

static int by_name(const void *a, const void *b)
{
	const struct churn_group *x = *(struct churn_group *const *)a, *y = *(struct churn_group *const *)b;
	const int d = sv_natcmp(sv_n(x->name, x->len), sv_n(y->name, y->len));
	return d ? d : sv_cmp(sv_n(x->name, x->len), sv_n(y->name, y->len));
}

void churn_stat(struct report *r, struct churn_acc *a, const struct churn_ctx *c)
{
	struct writing w = { .t = &r->table, .c = c, .by = STR_INIT };
	struct churn_group **g = xcalloc(a->n + 1, sizeof *g);
	for (int i = 0; i < COLS; i++)
		table_col(w.t, names[i], i == SET_AS_OF || i == SET_COVERED ? COL_DAY : i == SET_WINDOW || i == SET_GRACE || i == SET_DUNNING || i == COL_N ? COL_INT : COL_TEXT, NULL, -1);
	for (size_t i = 0; i < c->by.n; i++) {
		table_col(w.t, c->by.v[i].name, COL_TEXT, NULL, -1);
		str_printf(&w.by, "%s%s", i ? "," : "", c->by.v[i].name);
	}
	for (int i = 0; i < TALLIES; i++)
		tally_name(w.name[i], i);
	if (c->leaving.contracts && c->leaving.one_currency)
		currency_text(w.cur, c->p->cur);
	for (int i = 0; i < FACTS; i++)
		put_count(&w, SV_NONE, fact_name[i], *fact_at(a, i), NULL);
	put_late(&w, &a->late);
	for (size_t i = 0; i < a->n; i++)
		g[i] = &a->g[i];
	qsort(g, a->n, sizeof *g, by_name);
	for (size_t i = 0; i < a->n; i++)
		put_tallies(&w, g[i]);
	free(g);
	str_release(&w.by);
	say_things(&r->finding, (int64_t)w.t->nrow, "row of a period or a day.", "rows of a period or a day.");
	str_puts(&r->definition, "who came and left, by the marks that definitions go by (churn.rate, version 1); values add");
}

/* ---- read ---- */

struct reading {
	const struct table *t;
	int col[COLS], by[CUTS_MAX];
	struct sv said[SETTINGS];
	bool any;
	char name[TALLIES][NAME_ROOM];
	struct str group;
	int64_t sum;             /* of absolute values: no sum made of some of them is larger */
};

static struct sv text_at(const struct reading *g, size_t row, int col)
{
	const struct cell *c = table_at(g->t, row, (size_t)col);
	return c->state == CELL_VALUE ? sv_trim(c->s) : SV("");
}

static enum wend_err bad_cell(const struct reading *g, size_t row, int which, struct err *err)
{
	const struct sv v = text_at(g, row, g->col[which]);
	return err_set(err, WEND_E_INPUT, "row %zu of the table: '%.*s' in column '%s' is not what 'wend churn rate --stat' prints there", row + 1, (int)v.n, v.p ? v.p : "", names[which]);
}

static enum wend_err find_columns(struct reading *g, struct err *err)
{
	for (int i = 0; i < COLS; i++) {
		g->col[i] = table_find(g->t, sv_of(names[i]));
		if (g->col[i] < 0)
			return err_set(err, WEND_E_INPUT, "the table has no column '%s'; what 'wend churn rate --stat' prints is read here", names[i]);
	}
	return WEND_OK;
}

static bool read_days(struct sv v, int64_t least, int64_t *out)
{
	return sv_int(v, out) && *out >= least && *out <= 36500;
}

/* The setting that cannot be read; SETTINGS: all can. */
static int use_settings(const struct sv s[SETTINGS], struct churn_ctx *c, struct population *p, struct revenue *rev, struct arena *a)
{
	static const uint32_t sources = KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_PAYMENTS) | KIND_BIT(KIND_INVOICES);
	int64_t window = 0, grace, dunning;
	unsigned u = 0, kind = 0;
	while (u <= PERIOD_YEAR && !sv_is(s[SET_PERIOD], cohort_unit[u]))
		u++;
	while (kind < KIND_COUNT && !sv_is(s[SET_COUNTED], kind_names[kind]))
		kind++;
	const bool contracts = sv_is(s[SET_COUNTED], "contracts"), silence = kind < KIND_COUNT && sources & KIND_BIT(kind);
	if (!day_iso(s[SET_AS_OF], &p->as_of))
		return SET_AS_OF;
	if (u > PERIOD_YEAR)
		return SET_PERIOD;
	if (zone_open(&p->zone, arena_strndup(a, s[SET_ZONE].p, s[SET_ZONE].n), NULL))
		return SET_ZONE;
	if (!contracts && !silence)
		return SET_COUNTED;
	if (silence && !read_days(s[SET_WINDOW], 1, &window))
		return SET_WINDOW;
	if (!day_iso(s[SET_COVERED], &c->known_day) || c->known_day > p->as_of)
		return SET_COVERED;
	if (!read_days(s[SET_GRACE], 0, &grace))
		return SET_GRACE;
	if (!read_days(s[SET_DUNNING], 0, &dunning))
		return SET_DUNNING;
	p->cur = currency_of(s[SET_CURRENCY]);
	if (!p->cur && s[SET_CURRENCY].n)
		return SET_CURRENCY;
	p->until = p->as_of;
	rev->source = silence ? (enum kind)kind : KIND_ORDERS;
	c->unit = (enum period_unit)u;
	c->leaving = (struct leaving){ .contracts = contracts, .one_currency = p->cur != 0, .revenue = rev, .window = (int32_t)window,
				       .grace_s = grace * 86400, .dunning_s = dunning * 86400, .covered = c->known_day };
	return SETTINGS;
}

/* The fields of --by; their columns stand in every table. */
static enum wend_err read_by(struct reading *g, struct churn_ctx *c, struct arena *a, struct err *err)
{
	struct sv rest = g->said[SET_BY], name;
	size_t n = 0;
	while (rest.n && sv_cut(&rest, ',', &name)) {
		if (n == CUTS_MAX)
			return err_set(err, WEND_E_INPUT, "the table is by more than %d fields", (int)CUTS_MAX);
		g->by[n] = table_find(g->t, name);
		if (g->by[n] < 0)
			return err_set(err, WEND_E_INPUT, "the table has no column '%.*s', which it is by", (int)name.n, name.p);
		c->by.v[n++].name = arena_strndup(a, name.p, name.n);
	}
	c->by.n = n;
	return WEND_OK;
}

/* What the first row says, all others say too. */
static enum wend_err read_settings(struct reading *g, size_t row, struct churn_ctx *c, struct population *p, struct revenue *rev, struct arena *a, struct err *err)
{
	for (int i = 0; i < SETTINGS; i++) {
		const struct sv v = text_at(g, row, g->col[i]);
		if (!g->any)
			g->said[i] = sv_n(arena_strndup(a, v.p, v.n), v.n);
		else if (!sv_eq(v, g->said[i]))
			return err_set(err, WEND_E_INPUT, "tables that add up must agree in '%s': '%.*s' and '%.*s'", names[i], (int)g->said[i].n, g->said[i].p, (int)v.n, v.p);
	}
	if (g->any)
		return WEND_OK;
	if (!sv_is(g->said[SET_STAT], version))
		return err_set(err, WEND_E_INPUT, "row %zu of the table is '%.*s'; '%s' is read here", row + 1, (int)g->said[SET_STAT].n, g->said[SET_STAT].p, version);
	const int bad = use_settings(g->said, c, p, rev, a);
	g->any = bad == SETTINGS;
	return g->any ? WEND_OK : bad_cell(g, row, bad, err);
}

/* The period a row is called by, and nothing else; one that a table of customers can tell of. */
static bool read_period(const struct churn_ctx *c, struct sv v, int32_t *out)
{
	const int32_t last = period_number(c->unit, c->p->as_of);
	return period_read(c->unit, v, out) && *out <= last + 1 + ROLL_DAYS && *out > last - PERIODS_MAX && period_day(c->unit, *out) > c->p->as_of - YEARS_BACK;
}

static bool add_to(int64_t *to, int64_t n)
{
	*to += n;
	return true;
}

/* False: no such count of the whole time. */
static bool read_fact(struct churn_acc *a, struct sv count, int64_t n)
{
	for (int i = 0; i < FACTS; i++)
		if (sv_is(count, fact_name[i]))
			return add_to(fact_at(a, i), n);
	return false;
}

static bool read_group(struct reading *g, size_t row, struct churn_acc *a, const struct churn_ctx *c, struct churn_group **out)
{
	str_reset(&g->group);
	for (size_t i = 0; i < c->by.n; i++) {
		const struct sv v = text_at(g, row, g->by[i]);
		if (i)
			str_putc(&g->group, '\x1f');
		if (memchr(v.n ? v.p : "", '\x1f', v.n))
			return false;
		str_sv(&g->group, v);
	}
	*out = churn_group_of(a, str_view(&g->group));
	return true;
}

static bool read_of_day(struct reading *g, size_t row, struct churn_acc *a, const struct churn_ctx *c, bool came, int64_t n)
{
	struct churn_group *group;
	int32_t day;
	if (!day_iso(text_at(g, row, g->col[COL_AT]), &day) || day > c->p->as_of + 1 || day < c->p->as_of - YEARS_BACK || n < 0 || !read_group(g, row, a, c, &group))
		return false;
	struct churn_day *d = churn_day_in(group, day);
	if (came && (a->first == INT32_MIN || day < a->first))
		a->first = day;
	return add_to(came ? &d->in : &d->out, n);
}

static bool read_of_period(struct reading *g, size_t row, struct churn_acc *a, const struct churn_ctx *c, struct sv count, int64_t n)
{
	struct churn_group *group;
	int64_t batch;
	int32_t k;
	if (!read_period(c, text_at(g, row, g->col[COL_AT]), &k))
		return false;
	if (count.n > 6 && !memcmp(count.p, "batch:", 6)) {
		if (!sv_int(sv_n(count.p + 6, count.n - 6), &batch) || batch < 0 || batch > INT32_MAX || n < 0)
			return false;
		churn_note_rows(&a->late, (int32_t)batch, k, n);
		return true;
	}
	for (int i = 0; i < TALLIES; i++)
		if (sv_is(count, g->name[i]))
			return read_group(g, row, a, c, &group) && add_to(tally_at(churn_period(group, k), i), n);
	return false;
}

static enum wend_err read_row(struct reading *g, size_t row, struct churn_acc *a, const struct churn_ctx *c, struct err *err)
{
	const struct sv at = text_at(g, row, g->col[COL_AT]), count = text_at(g, row, g->col[COL_COUNT]);
	const bool came = sv_is(count, "came");
	int64_t n;
	if (!sv_int(text_at(g, row, g->col[COL_N]), &n) || n == INT64_MIN || __builtin_add_overflow(g->sum, n < 0 ? -n : n, &g->sum))
		return bad_cell(g, row, COL_N, err);
	const bool good = !at.n                              ? n >= 0 && read_fact(a, count, n)
			  : came || sv_is(count, "went") ? read_of_day(g, row, a, c, came, n)
							 : read_of_period(g, row, a, c, count, n);
	if (good)
		return WEND_OK;
	return err_set(err, WEND_E_INPUT, "row %zu of the table: count '%.*s' at '%.*s' is not what 'wend churn rate --stat' prints there", row + 1, (int)count.n, count.p, (int)at.n, at.p);
}

enum wend_err churn_stat_read(struct churn_acc *a, struct churn_ctx *c, struct population *p, struct revenue *rev, const struct table *from, size_t n, struct arena *arena, struct err *err)
{
	struct reading g = { .group = STR_INIT };
	enum wend_err e = WEND_OK;
	for (int i = 0; i < TALLIES; i++)
		tally_name(g.name[i], i);
	a->first = INT32_MIN;
	for (size_t i = 0; i < n && !e; i++) {
		g.t = &from[i];
		e = find_columns(&g, err);
		for (size_t row = 0; !e && row < g.t->nrow; row++)
			if (!(e = read_settings(&g, row, c, p, rev, arena, err)) && (row || !(e = read_by(&g, c, arena, err))))
				e = read_row(&g, row, a, c, err);
	}
	a->first = a->first == INT32_MIN ? 0 : a->first;
	str_release(&g.group);
	return e;
}
