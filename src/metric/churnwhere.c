/* churn where: groups that more customers leave than all else that is known of them explains.
 *
 * Of the customers at the end of a day, a horizon before the last one, those who have left within
 * the horizon are counted by the levels of each field (plan, channel, country ...; days as a
 * customer, purchases and price by quarters), and by the levels of two fields together.
 *
 *   expected  sum of the chances by an additive logistic regression (additive.c) on all that was
 *             known at the end of that day. For a level of one field the model does not know
 *             the field; for two together it knows both, each for itself, so that a pair counts
 *             only for what the two do together
 *   excess    observed - expected; limits and p from its variance, sum of p (1 - p): the one
 *             that the chances have before they are fitted to the same customers, so on the safe
 *             side
 *   q         Benjamini & Hochberg (1995) over all groups tried, those with at least --min-n
 *             customers
 *
 * The FIVE with the greatest excess among those with q < 0.05 are printed. Sums are whole numbers
 * of 2^-32, so that no thread changes a bit of them.
 */
#include "risk_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = RISK_WORDS + 3, BANDS = 4, LEVELS = 32, FIVE = 5 };
#define UNIT 4294967296.0
#define BEYOND 0.05

struct split_field {
	size_t column;            /* of the model */
	bool number;
	double cut[BANDS - 1];    /* a level holds what is above the cut before it, up to its own */
	size_t levels;
	struct additive *without; /* fitted without it */
};
struct tally {
	int64_t n, observed, expected, variance;
};
struct where {
	struct risk_plan k;
	struct risk_model m;
	struct split_field field[FIELDS];
	size_t fields;
	struct additive *all;
	int32_t day;
	int64_t customers, left;
	bool current;             /* fields that may have been overwritten since take part */
	struct tally *cell;        /* one by one, then by pairs */
	size_t cells;
};
struct acc {
	struct risk_room room;
	struct tally *cell;
	int64_t customers, left;
};

/* ---- fields and their levels ---- */

/* Quarters of what the rows say; fewer where quarters fall together. */
static void cut_bands(struct split_field *f, const double *x, size_t n)
{
	double *v = xcalloc(n + 1, sizeof *v);
	const size_t k = sort_known(v, x, n);
	f->levels = 1;
	for (size_t b = 1; b < BANDS && k; b++) {
		const double at = v[(k - 1) * b / BANDS];
		if (at < v[k - 1] && (f->levels == 1 || at > f->cut[f->levels - 2]))
			f->cut[f->levels++ - 1] = at;
	}
	free(v);
}

static void add_fields(struct where *w, const struct risk_frame *fr)
{
	for (size_t c = 0; c < w->m.p && w->fields < FIELDS; c++) {
		const int at = w->m.column[c];
		struct split_field f = { .column = c, .number = at < RISK_NUMBERS };
		if (f.number && at != RISK_TENURE && at != RISK_ORDERS && at != RISK_MRR)
			continue;
		if (f.number)
			cut_bands(&f, w->m.v[c].x, fr->d.n);
		else
			f.levels = w->m.v[c].levels < LEVELS ? w->m.v[c].levels : LEVELS;
		if (f.levels > 1)
			w->field[w->fields++] = f;
	}
}

/* SIZE_MAX: not known, or one of too many. */
static size_t level_at(const struct where *w, size_t f, const struct risk_one *one)
{
	const struct split_field *v = &w->field[f];
	const int at = w->m.column[v->column];
	if (!v->number) {
		const int32_t code = one->code[at - RISK_NUMBERS];
		return code >= 0 && (size_t)code < v->levels ? (size_t)code : SIZE_MAX;
	}
	size_t b = 0;
	if (isnan(one->x[at]))
		return SIZE_MAX;
	while (b + 1 < v->levels && one->x[at] > v->cut[b])
		b++;
	return b;
}

static size_t single_at(size_t f, size_t level)
{
	return f * LEVELS + level;
}

static size_t pair_at(const struct where *w, size_t f, size_t g, size_t a, size_t b)
{
	return w->fields * LEVELS + ((f * w->fields + g) * LEVELS + a) * LEVELS + b;
}

/* ---- models ---- */

/* A row or a frame without one column. */
static struct regress_data without(const struct regress_data *d, size_t column, struct regressor *room)
{
	struct regress_data out = *d;
	out.p = 0;
	for (size_t c = 0; c < d->p; c++)
		if (c != column)
			room[out.p++] = d->v[c];
	out.v = room;
	return out;
}

static enum wend_err learn(struct where *w, struct err *err)
{
	struct risk_row *v = NULL;
	size_t n = 0;
	w->m.k = &w->k;
	const enum wend_err e = risk_gather(&v, &n, &w->k, err);
	if (!e && n) {
		struct regressor room[RISK_COLUMNS];
		risk_columns(&w->m, v, n);
		struct risk_frame f = risk_frame_of(&w->m, v, n);
		add_fields(w, &f);
		w->all = additive_fit_alone(&f.d, NULL);
		for (size_t i = 0; i < w->fields && w->all; i++) {
			const struct regress_data d = without(&f.d, w->field[i].column, room);
			w->field[i].without = additive_fit_alone(&d, NULL);
		}
		risk_frame_release(&f);
	}
	free(v);
	return e;
}

/* ---- counting ---- */

static void count(struct tally *c, bool left, double p)
{
	c->n++;
	c->observed += left;
	c->expected += llround(p * UNIT);
	c->variance += llround(p * (1 - p) * UNIT);
}

static void one_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct where *w = ctx;
	struct regressor room[RISK_COLUMNS];
	struct risk_row row;
	struct risk_one one;
	size_t level[FIELDS];
	bool lost;
	if (!j->selected || !j->rows.customer || store_is_guest(w->k.p->store, j->rows.customer))
		return;
	risk_read(&a->room, &w->k, j);
	if (!risk_at(&row, &a->room, &w->k, j, w->day, &lost) || lost)
		return;
	const bool left = risk_left(&a->room, &w->k, j, w->day);
	a->customers++;
	a->left += left;
	if (!w->all)
		return;
	if (!a->cell)
		a->cell = xcalloc(w->cells, sizeof *a->cell);
	risk_one(&one, &w->m, &row);
	const double p = logit_chance(additive_eta(w->all, &one.d, 0, NULL, NULL));
	for (size_t f = 0; f < w->fields; f++) {
		level[f] = level_at(w, f, &one);
		if (level[f] == SIZE_MAX || !w->field[f].without)
			continue;
		const struct regress_data d = without(&one.d, w->field[f].column, room);
		count(&a->cell[single_at(f, level[f])], left, logit_chance(additive_eta(w->field[f].without, &d, 0, NULL, NULL)));
		for (size_t g = 0; g < f; g++)
			if (level[g] != SIZE_MAX)
				count(&a->cell[pair_at(w, g, f, level[g], level[f])], left, p);
	}
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	const struct where *w = ctx;
	if (!a->cell) {
		a->cell = b->cell;
		b->cell = NULL;
	}
	for (size_t i = 0; b->cell && i < w->cells; i++) {
		a->cell[i].n += b->cell[i].n;
		a->cell[i].observed += b->cell[i].observed;
		a->cell[i].expected += b->cell[i].expected;
		a->cell[i].variance += b->cell[i].variance;
	}
	a->customers += b->customers;
	a->left += b->left;
	free(b->cell);
	day_room_merge(&a->room.days, &b->room.days);
	b->room.days = (struct day_room){ 0 };
	risk_room_release(&b->room);
}

/* ---- groups ---- */

struct group {
	size_t f, a, g, b;        /* field and level; g SIZE_MAX: alone */
	const struct tally *c;
	double excess, se, p, q;
};

static int by_excess(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (x->excess != y->excess)
		return x->excess > y->excess ? -1 : 1;
	return (x->c > y->c) - (x->c < y->c);
}

static void add_group(struct group *v, size_t *n, struct group g, int64_t min_n)
{
	if (g.c->n < min_n || g.c->variance <= 0)
		return;
	g.excess = (double)g.c->observed - (double)g.c->expected / UNIT;
	g.se = sqrt((double)g.c->variance / UNIT);
	g.p = 2 * norm_cdf(-fabs(g.excess / g.se));
	v[(*n)++] = g;
}

/* All groups with enough customers, with their q. */
static struct group *groups_of_all(const struct where *w, size_t *n, int64_t min_n)
{
	struct group *v = xcalloc(w->cells + 1, sizeof *v);
	*n = 0;
	for (size_t f = 0; w->cell && f < w->fields; f++)
		for (size_t a = 0; a < w->field[f].levels; a++) {
			add_group(v, n, (struct group){ .f = f, .a = a, .g = SIZE_MAX, .c = &w->cell[single_at(f, a)] }, min_n);
			for (size_t g = f + 1; g < w->fields; g++)
				for (size_t b = 0; b < w->field[g].levels; b++)
					add_group(v, n, (struct group){ f, a, g, b, &w->cell[pair_at(w, f, g, a, b)], 0, 0, 0, 0 }, min_n);
		}
	double *p = xcalloc(2 * *n + 1, sizeof *p);
	for (size_t i = 0; i < *n; i++)
		p[i] = v[i].p;
	bh_adjust(p + *n, p, *n);
	for (size_t i = 0; i < *n; i++)
		v[i].q = p[*n + i];
	free(p);
	qsort(v, *n, sizeof *v, by_excess);
	return v;
}

static void say_level(struct str *s, const struct where *w, size_t f, size_t level, double minor)
{
	const struct split_field *v = &w->field[f];
	const int at = w->m.column[v->column];
	if (!v->number) {
		str_printf(s, "%s %s", w->m.v[v->column].name, w->m.v[v->column].level[level]);
		return;
	}
	const double by = at == RISK_MRR ? minor : 1;
	const int digits = at == RISK_MRR ? 2 : 0;
	if (level) {
		str_puts(s, "more than ");
		say_real(s, v->cut[level - 1] / by, digits);
		str_putc(s, ' ');
	}
	if (level + 1 < v->levels) {
		str_puts(s, level ? "to " : "up to ");
		say_real(s, v->cut[level] / by, digits);
		str_putc(s, ' ');
	}
	str_puts(s, at == RISK_MRR ? "a month" : at == RISK_TENURE ? "days as customer" : "purchases");
}

static void say_group(struct str *s, const struct where *w, const struct group *g, double minor)
{
	say_level(s, w, g->f, g->a, minor);
	if (g->g != SIZE_MAX) {
		str_puts(s, " & ");
		say_level(s, w, g->g, g->b, minor);
	}
}

/* ---- table and words ---- */

static void columns(struct report *r)
{
	struct table *t = &r->table, *f = &r->figure.data;
	table_col(t, "split", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "observed", COL_INT, NULL, 0);
	table_col(t, "expected", COL_REAL, NULL, 1);
	table_col(t, "excess", COL_REAL, NULL, 1);
	table_col(t, "lo", COL_REAL, NULL, 1);
	table_col(t, "hi", COL_REAL, NULL, 1);
	table_col(t, "rate", COL_SHARE, NULL, 1);
	table_col(t, "p", COL_REAL, NULL, 4);
	table_col(t, "q", COL_REAL, NULL, 4);
	r->figure.kind = FIG_BAR;
	r->figure.title = "customers who left beyond what else explains";
	r->figure.y_label = "customers";
	r->figure.ref = NAN;
	table_col(f, "split", COL_TEXT, NULL, -1);
	table_col(f, "excess", COL_REAL, NULL, 1);
	table_col(f, "lo", COL_REAL, NULL, 1);
	table_col(f, "hi", COL_REAL, NULL, 1);
}

static void put_group(struct report *r, const struct where *w, const struct group *g, double minor)
{
	struct str s = STR_INIT;
	struct table *t = &r->table, *f = &r->figure.data;
	say_group(&s, w, g, minor);
	put_text(t, str_view(&s));
	put_int(t, g->c->n);
	put_int(t, g->c->observed);
	put_real(t, (double)g->c->expected / UNIT);
	put_real(t, g->excess);
	put_real(t, g->excess - Z95 * g->se);
	put_real(t, g->excess + Z95 * g->se);
	put_real(t, (double)g->c->observed / (double)g->c->n);
	put_real(t, g->p);
	put_real(t, g->q);
	put_text(f, str_view(&s));
	put_real(f, g->excess);
	put_real(f, g->excess - Z95 * g->se);
	put_real(f, g->excess + Z95 * g->se);
	str_release(&s);
}

static void find(struct str *s, const struct where *w, const struct group *best, size_t tried, double minor)
{
	const char *what = w->k.leaving.contracts ? "left" : "bought nothing";
	if (!w->customers) {
		str_puts(s, "no customer could leave in that time.");
		return;
	}
	say_count(s, w->left);
	str_puts(s, " of ");
	say_things(s, w->customers, "customer", "customers");
	str_printf(s, " %s in %d days; ", what, (int)w->k.horizon);
	if (!w->all) {
		str_puts(s, "where cannot be told, as all or none did.");
	} else if (!best) {
		str_puts(s, "no group did so more than what else is known of it explains (");
		say_things(s, (int64_t)tried, "group tried).", "groups tried).");
	} else {
		say_real(s, best->excess, 0);
		str_puts(s, " (");
		say_real(s, best->excess - Z95 * best->se, 0);
		str_puts(s, " to ");
		say_real(s, best->excess + Z95 * best->se, 0);
		str_puts(s, ") more than expected among ");
		say_group(s, w, best, minor);
		str_puts(s, ": ");
		say_count(s, best->c->observed);
		str_puts(s, " of ");
		say_count(s, best->c->n);
		str_puts(s, ", all else alike.");
	}
}

static void print(struct report *r, struct where *w, const struct report_options *ro, currency cur)
{
	size_t n, printed = 0;
	const int e = cur ? currency_exponent(cur) : 2;
	const double minor = pow(10, e < 0 ? 2 : e);
	struct group *v = groups_of_all(w, &n, ro->min_n ? ro->min_n : MIN_N), *best = NULL;
	columns(r);
	for (size_t i = 0; i < n && printed < FIVE; i++)
		if (v[i].excess > 0 && v[i].q < BEYOND) {
			best = best ? best : &v[i];
			put_group(r, w, &v[i], minor);
			printed++;
		}
	find(&r->finding, w, best, n, minor);
	str_puts(&r->definition, "excess = observed - expected, all else alike; of one field: against customers with other values; of two: beyond what each does for itself; q < 0.05 of ");
	say_things(&r->definition, (int64_t)n, "group tried; ", "groups tried; ");
	str_sv(&r->definition, str_view(&w->k.said));
	if (w->current)
		str_puts(&r->definition, "; segment, location and acquired_campaign as last reported");
	line_add(&r->explain.text, "customers at the end of %d days before the last one; expected: additive logistic regression on what was known then", (int)w->k.horizon);
	line_add(&r->explain.text, "limits: -+ 1.96 sqrt(sum of p (1 - p)); q of Benjamini & Hochberg (1995)");
	free(v);
}

static void where_release(struct where *w)
{
	for (size_t i = 0; i < w->fields; i++)
		additive_free(w->field[i].without);
	additive_free(w->all);
	risk_model_release(&w->m);
	risk_plan_release(&w->k);
	free(w->cell);
	free(w);
}

enum wend_err metric_churn_where(const struct population *p, const struct churn_options *o, const struct where_options *wo, const struct report_options *ro, struct report *r, struct err *err)
{
	static const char *also[] = { "segment", "location", "acquired_campaign" };
	const char *there[3];
	struct risk_options ko = { .horizon = wo->horizon, .seed = wo->seed, .fixed = { there, 0, 3 } };
	struct where *w = xcalloc(1, sizeof *w);
	struct fold_counts n = { 0 };
	struct acc a = { 0 };
	struct fold f = { .acc_size = sizeof a, .customer = one_customer, .merge = merge, .ctx = w };
	for (size_t i = 0; i < 3; i++)
		if (store_has_field(p->store, (enum field)field_by_any_name(sv_of(also[i]))))
			there[ko.fixed.n++] = also[i];
	w->current = ko.fixed.n > 0;
	enum wend_err e = risk_plan_make(&w->k, p, o, &ko, ro, NULL, err);
	if (e)
		goto done;
	w->day = w->k.landmarks ? w->k.landmark[0] : p->as_of;
	w->k.landmarks = w->k.landmarks ? 1 : 0;
	if (w->k.landmarks && (e = learn(w, err)))
		goto done;
	w->cells = w->fields * LEVELS + w->fields * w->fields * LEVELS * LEVELS + 1;
	risk_fields(&f, &w->k);
	if (w->k.landmarks)
		e = fold_run(p, &f, &a, &n, err);
	risk_room_release(&a.room);
	w->cell = a.cell;
	w->customers = a.customers;
	w->left = a.left;
	if (e)
		goto done;
	print(r, w, ro, n.cur);
	line_add(&r->next, "wend churn why");
	line_add(&r->next, "wend churn risk --top 100 --with name");
	e = say_scope(&r->finding, p, &n, w->k.leaving.contracts ? KIND_BIT(KIND_SUBSCRIPTIONS) : KIND_BIT(w->k.rev->source), err);
	report_scope(r, p, &n);
done:
	where_release(w);
	return e;
}
