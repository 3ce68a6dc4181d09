/* The pictures of the models: a forecast through time and by groups, from the rows of its
 * table; the profile of each parameter; where the value lies; one customer's path.
 */
#include "validate_impl.h"

#include <math.h>

/* ---- ltv validate ---- */

static const struct picture {
	const char *name, *section, *title, *x, *y;
	enum fig_kind kind;
	enum col_type type;
} pictures[] = {
	{ "tracking", "tracking", "repeat purchases in each period, forecast after the split", "period to", "purchases", FIG_BAND, COL_REAL },
	{ "cumulative", "cumulative", "repeat purchases since the first day, forecast after the split", "period to", "purchases", FIG_BAND, COL_REAL },
	{ "frequency", "frequency", "customers by repeat purchases at the split", "repeat purchases", "customers", FIG_BAR, COL_REAL },
	{ "expectation", "by_x", "purchases after the split, by repeat purchases before it", "repeat purchases before the split", "purchases a customer", FIG_BAR, COL_REAL },
	{ "recency", "by_t_x", "purchases after the split, by when the last purchase before it was", "%ss from the first to the last purchase before the split", "purchases a customer", FIG_BAR, COL_REAL },
	{ "calibration", "calibration", "customers who bought after the split", "chance to be still buying at the split", "share that bought", FIG_BAR, COL_SHARE },
	{ "spend", "spend", "repeat customers by mean money of a purchase", "money of a purchase", "customers", FIG_BAR, COL_REAL },
};

static double value_at(const struct table *t, size_t row, const char *name)
{
	const struct cell *c = table_at(t, row, (size_t)table_find(t, sv_of(name)));
	return c->state == CELL_VALUE ? c->d : NAN;
}

static bool drawn(const struct table *t, size_t row, const struct picture *p, struct sv model)
{
	const struct cell *c = table_at(t, row, 0), *flag = table_at(t, row, (size_t)table_find(t, SV("flag")));
	/* A period that was cut would look like a fall. */
	const bool cut = flag->state == CELL_VALUE && sv_eq(flag->s, SV("*"));
	return sv_eq(c[0].s, sv_of(p->section)) && (c[2].state == CELL_VALUE ? sv_eq(c[2].s, model) : !model.n) && !cut;
}

/* Through time, what the model was fitted to (without limits) and what it forecasts are two series. */
static void series(struct report *r, const struct picture *p, struct sv model, bool actual)
{
	static const char *const names[2][3] = { { "expected", "lo", "hi" }, { "actual", "actual_lo", "actual_hi" } };
	const struct table *from = &r->table;
	struct table *t = &r->figure.data;
	for (size_t i = 0; i < from->nrow; i++) {
		if (!drawn(from, i, p, model))
			continue;
		put_text(t, table_at(from, i, 1)->s);
		for (int k = 0; k < 3; k++)
			put_real(t, value_at(from, i, names[actual][k]));
		put_z(t, actual ? "actual" : p->kind == FIG_BAR ? "expected" : isnan(value_at(from, i, "lo")) ? "fitted" : "forecast");
	}
}

/* The model whose expectations have limits: the one that was chosen. */
static struct sv chosen_model(const struct table *t, const struct picture *p)
{
	struct sv model = SV_NONE;
	for (size_t i = 0; i < t->nrow; i++) {
		const struct cell *c = table_at(t, i, 0);
		const bool here = sv_eq(c[0].s, sv_of(p->section)) && c[2].state == CELL_VALUE;
		if (here && !isnan(value_at(t, i, "lo")))
			return c[2].s;
		if (here && !model.n && !isnan(value_at(t, i, "expected")))
			model = c[2].s;
	}
	return model;
}

void validate_draw(struct report *r, const char *picture, const char *unit, const char *money)
{
	const struct picture *p = &pictures[0];
	struct table *t = &r->figure.data;
	for (size_t i = 0; picture && i < sizeof pictures / sizeof *pictures; i++)
		p = strcmp(picture, pictures[i].name) ? p : &pictures[i];
	r->figure.kind = p->kind;
	r->figure.title = p->title;
	r->figure.x_label = *p->x == '%' ? arena_printf(&r->arena, "%ss%s", unit, p->x + 3) : !strcmp(p->name, "spend") && *money ? arena_printf(&r->arena, "%s, %s", p->x, money) : p->x;
	r->figure.y_label = p->y;
	table_col(t, "group", COL_TEXT, NULL, -1);
	table_col(t, "value", p->type, NULL, 2);
	table_col(t, "lo", p->type, NULL, 2);
	table_col(t, "hi", p->type, NULL, 2);
	table_col(t, "series", COL_TEXT, NULL, -1);
	const struct sv model = chosen_model(&r->table, p);
	series(r, p, model, true);
	if (model.n)
		series(r, p, model, false);
}

/* ---- ltv model: profiles ---- */

enum { PROFILED = 3000, STEPS = 40 };
#define STEP_SE 0.2   /* of the standard error of the logarithm */
#define DEEPEST (-4.5)

struct walk {
	double value[2 * STEPS + 1], fall[2 * STEPS + 1];
	int n;
};

static void walk_add(struct walk *w, double value, double fall)
{
	w->value[w->n] = value;
	w->fall[w->n++] = fall;
}

/* From the maximum outwards on both sides, until the fall is deep. */
static void walk(struct walk *w, const struct btyd_fit *f, const struct btyd_cells *c, int i)
{
	const double se = sqrt(f->cov[i * (BTYD_PARAMS + 1)]);
	w->n = 0;
	for (int side = -1; side <= 1; side += 2) {
		double fall = 0;
		if (side > 0)
			walk_add(w, f->model.p[i], 0);
		for (int k = 1; k <= STEPS && fall > DEEPEST; k++) {
			const double z = STEP_SE * k, value = f->model.p[i] * exp(side * z * se);
			fall = c->n <= PROFILED ? btyd_profile_at(f, c, i, value) : -z * z / 2;
			if (isnan(fall))
				break;
			walk_add(w, value, fall);
		}
		for (int l = 0, r = w->n - 1; side < 0 && l < r; l++, r--) {
			const double value = w->value[l], depth = w->fall[l];
			w->value[l] = w->value[r];
			w->fall[l] = w->fall[r];
			w->value[r] = value;
			w->fall[r] = depth;
		}
	}
}

void ltv_draw_profiles(struct report *r, const struct ltv_look *l)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAND;
	r->figure.title = "log-likelihood around each parameter; below the dashed line: beyond 95 % limits";
	r->figure.x_label = "parameter";
	r->figure.y_label = "log-likelihood below its maximum";
	r->figure.ref = -Z95 * Z95 / 2;
	r->figure.log_x = true;
	table_col(t, "value", COL_REAL, NULL, 3);
	table_col(t, "fall", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	table_col(t, "parameter", COL_TEXT, NULL, -1);
	if (!l || l->fit.chosen < 0)
		return;
	const struct btyd_fit *f = &l->fit.v[l->fit.chosen].fit;
	const struct btyd_cells c = ltv_fit_cells(&l->cells);
	for (int i = 0; i < BTYD_PARAMS; i++) {
		struct walk w;
		walk(&w, f, &c, i);
		for (int k = 0; k < w.n; k++) {
			put_real(t, w.value[k]);
			put_real(t, w.fall[k]);
			put_empty(t);
			put_empty(t);
			put_z(t, btyd_param_name[f->model.kind][i]);
		}
	}
}

/* ---- ltv customers ---- */

void ltv_draw_lorenz(struct report *r, const double *value, size_t n, double sum)
{
	struct table *t = &r->figure.data;
	double below = 0;
	size_t i = 0;
	r->figure.kind = FIG_LINE;
	r->figure.title = "concentration: who holds the value still to come";
	r->figure.x_label = "share of customers, smallest first";
	r->figure.y_label = "share of the value still to come";
	table_col(t, "customers", COL_SHARE, NULL, 1);
	table_col(t, "value", COL_SHARE, NULL, 1);
	table_col(t, "equal", COL_SHARE, NULL, 1);
	for (int k = 0; k <= 100 && n && sum > 0; k++) {
		for (; i < n * (size_t)k / 100; i++)
			below += value[n - 1 - i];
		put_real(t, k / 100.0);
		put_real(t, k == 100 ? 1 : below / sum);
		put_real(t, k / 100.0);
	}
}

enum { AHEAD_DAYS = 90 };

enum wend_err ltv_draw_alive(struct report *r, const struct population *p, const struct ltv_look *l, const struct report_options *ro, struct err *err)
{
	struct table *t = &r->figure.data;
	struct day_counts d;
	const struct rfm_row *v = NULL;
	for (size_t i = 0; i < l->b.n; i++)
		v = l->b.v[i].selected ? &l->b.v[i] : v;
	r->figure.kind = FIG_LINE;
	const struct sv key = v ? store_customer(p->store, v->customer) : SV("");
	r->figure.title = arena_printf(&r->arena, "chance that customer %.*s still buys", (int)key.n, key.p);
	r->figure.x_label = "day";
	r->figure.y_label = "P(alive)";
	table_col(t, "day", COL_DAY, NULL, -1);
	table_col(t, "so far", COL_SHARE, NULL, 1);
	table_col(t, "if nothing comes", COL_SHARE, NULL, 1);
	if (!v || l->fit.chosen < 0)
		return WEND_OK;
	const struct btyd_model *m = &l->fit.v[l->fit.chosen].fit.model;
	enum wend_err e = day_counts_run(&d, p, ro, v->first, v->first, err);
	uint32_t x = 0;
	int32_t last = v->first;
	for (int32_t day = v->first; day <= l->as_of + AHEAD_DAYS && !e; day++) {
		const size_t at = (size_t)(day - v->first);
		if (at < d.n && d.repeat[at]) {
			x++;
			last = day;
		}
		const double alive = btyd_alive(m, x, ltv_units(l->cells.unit_days, v->first, last), ltv_units(l->cells.unit_days, v->first, day));
		put_int(t, day);
		put_real(t, day <= l->as_of ? alive : NAN);
		put_real(t, day >= l->as_of ? alive : NAN);
	}
	day_counts_release(&d);
	return e;
}
