/* ltv validate: the models fitted to what came before a day, and what they say of the time
 * after it beside what came.
 *
 * Every expectation is of the customers known at the split, given their history by then; the
 * chosen model's has limits that hold chance and the uncertainty of its parameters
 * (ltvforecast.c). Money is that of value.c, without discount.
 *
 * Measures of a forecast m_i of the purchases y_i of n customers: bias sum m / sum y - 1; mean
 * absolute error and root mean square error; Poisson deviance 2 sum y log(y/m) - (y - m). Their
 * limits are those of means over customers, of the bias those of the forecast.
 *
 * With --model auto the choice among the models was made by this very period: the forecast of
 * the model chosen looks a little better than the next one will be.
 */
#include "validate_impl.h"

#include <math.h>

static const struct interval unknown = LTV_UNKNOWN;

void compared_put(struct table *t, const struct compared *c)
{
	const bool few = c->flag && !strcmp(c->flag, "few");
	const double v[6] = { c->actual, c->actual_ci.lo, c->actual_ci.hi, c->expected, c->ci.lo, c->ci.hi };
	put_z(t, c->section);
	put_z(t, c->group);
	put_z(t, c->model);
	put_int(t, c->n);
	for (int i = 0; i < 6; i++)
		if (few)
			put_few(t);
		else
			put_real(t, v[i]);
	put_z(t, c->unit);
	put_z(t, c->flag);
}

static void columns(struct table *t)
{
	static const char *const text[] = { "section", "group", "model" }, *const real[] = { "actual", "actual_lo", "actual_hi", "expected", "lo", "hi" };
	for (int i = 0; i < 3; i++)
		table_col(t, text[i], COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	for (int i = 0; i < 6; i++)
		table_col(t, real[i], COL_REAL, NULL, 3);
	table_col(t, "unit", COL_TEXT, NULL, -1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
}

/* ---- what came ---- */

static void count_actual(struct validation *v)
{
	const struct ltv_look *l = &v->look;
	const struct ltv_held *h = &l->held;
	uint32_t most = 0;
	for (size_t i = 0; i < h->n; i++)
		most = h->row[i].customer > most ? h->row[i].customer : most;
	int64_t *total = xcalloc((size_t)most + 1, sizeof *total);
	for (size_t i = 0; i < l->b.n; i++)
		if (l->b.v[i].customer <= most)
			total[l->b.v[i].customer] = l->b.v[i].total;
	for (size_t i = 0; i < h->n; i++) {
		const struct rfm_row *r = &h->row[i];
		if (!r->selected)
			continue;
		v->money += total[r->customer] - r->total;
		v->shown++;
		v->actual += h->later[i];
		v->buyers += h->later[i] > 0;
	}
	free(total);
}

static int32_t first_day(const struct validation *v)
{
	const struct ltv_held *h = &v->look.held;
	int32_t first = h->split;
	for (size_t i = 0; i < h->n; i++)
		if (h->row[i].selected && h->row[i].first < first)
			first = h->row[i].first;
	return first;
}

/* ---- rows of the whole ---- */

static void total_row(struct validation *v, const char *group, const char *model, double actual, double expected, struct interval ci, const char *unit)
{
	compared_put(v->t, &(struct compared){ "total", group, model, v->shown, actual, unknown, expected, ci, unit, NULL });
}

struct error_sums {
	double abs[2], square[2], deviance[2], expected; /* sums, and sums of squares */
};

static void error_add(struct error_sums *s, double m, double y)
{
	const double off = y - m, square = off * off, d = 2 * ((y > 0 ? y * log(y / m) : 0) - off);
	s->abs[0] += fabs(off);
	s->abs[1] += square;
	s->square[0] += square;
	s->square[1] += square * square;
	s->deviance[0] += d;
	s->deviance[1] += d * d;
	s->expected += m;
}

static void error_row(struct validation *v, const char *group, const char *model, double value, struct interval ci, const char *unit)
{
	compared_put(v->t, &(struct compared){ "error", group, model, v->shown, NAN, unknown, value, ci, unit, NULL });
}

static void error_rows(struct validation *v, const char *model, const struct error_sums *s, struct interval forecast)
{
	const double n = (double)v->shown, actual = (double)v->actual;
	const struct interval abs = mean_interval(s->abs[0], s->abs[1], n, ALPHA), square = mean_interval(s->square[0], s->square[1], n, ALPHA), d = mean_interval(s->deviance[0], s->deviance[1], n, ALPHA);
	const bool finite = isfinite(s->deviance[0]);
	if (actual > 0)
		error_row(v, "bias", model, s->expected / actual - 1, (struct interval){ forecast.lo / actual - 1, forecast.hi / actual - 1 }, "share");
	error_row(v, "mae", model, s->abs[0] / n, abs, "purchases");
	error_row(v, "rmse", model, sqrt(s->square[0] / n), (struct interval){ sqrt(fmax(square.lo, 0)), sqrt(square.hi) }, "purchases");
	error_row(v, "deviance", model, finite ? s->deviance[0] : NAN, finite ? (struct interval){ d.lo * n, d.hi * n } : unknown, "deviance");
}

/* What a model or a naive forecast (from `then.n` on) says of row i. */
static double said(const struct validation *v, int forecast, size_t i)
{
	const struct ltv_held *h = &v->look.held;
	const uint32_t c = h->cells.of[i];
	if (forecast < v->then.n)
		return v->future[forecast].mean[c];
	if (forecast > v->then.n + 1)
		return 0;
	return forecast == v->then.n ? h->before[i] : h->cells.T[c] > 0 ? h->cells.x[c] / h->cells.T[c] * h->ahead : 0;
}

static struct ltv_sum sum_of(const struct validation *v, int i, bool buyers)
{
	const struct ltv_cells *c = &v->look.held.cells;
	struct ltv_sum s = { .mean = 0 };
	for (size_t k = 0; k < c->n; k++)
		(buyers ? ltv_sum_buyers : ltv_sum_purchases)(&s, &v->future[i], k, c->shown[k]);
	return s;
}

static void revenue_row(struct validation *v, const char *unit)
{
	const struct ltv_held *h = &v->look.held;
	const struct value_span span = { .to = h->ahead };
	struct value_total t;
	value_totals(&t, &span, 1, &h->cells, &v->then, 1);
	v->revenue = t.money;
	v->revenue_ci = t.money_ci;
	total_row(v, "revenue", model_of(v, v->then.chosen), (double)v->money / v->look.minor, t.money, t.money_ci, unit);
}

static void put_whole(struct validation *v, const char *unit)
{
	const struct ltv_held *h = &v->look.held;
	const int best = v->then.chosen;
	struct interval ci[LTV_CANDIDATES];
	for (int i = 0; i < v->then.n; i++) {
		if (!ltv_has(&v->then, i))
			continue;
		const struct ltv_sum s = sum_of(v, i, false);
		ci[i] = ltv_sum_limits(&s, v->then.v[i].fit.cov, INFINITY);
		total_row(v, "purchases", model_of(v, i), (double)v->actual, s.mean, ci[i], "purchases");
		if (i == best)
			v->total = (struct ltv_follow){ v->actual, s.mean, ci[i] };
	}
	for (int k = 0; k < LTV_NAIVE; k++) {
		double sum = 0;
		for (size_t i = 0; i < h->n; i++)
			sum += h->row[i].selected ? said(v, v->then.n + k, i) : 0;
		total_row(v, "purchases", ltv_naive_name[k], (double)v->actual, sum, unknown, "purchases");
	}
	if (ltv_has(&v->then, best)) {
		const struct ltv_sum s = sum_of(v, best, true);
		total_row(v, "buyers", model_of(v, best), (double)v->buyers, s.mean, ltv_sum_limits(&s, v->then.v[best].fit.cov, (double)v->shown), "customers");
		if (!v->then.spend.reason)
			revenue_row(v, unit);
	}
	for (int k = 0; k < v->then.n + LTV_NAIVE; k++) {
		struct error_sums s = { .expected = 0 };
		const bool model = k < v->then.n;
		if (model && !ltv_has(&v->then, k))
			continue;
		for (size_t i = 0; i < h->n; i++)
			if (h->row[i].selected)
				error_add(&s, said(v, k, i), h->later[i]);
		if (v->shown)
			error_rows(v, model ? model_of(v, k) : ltv_naive_name[k - v->then.n], &s, model ? ci[k] : unknown);
	}
}

/* ---- through time ---- */

static void put_tracks(struct validation *v, struct arena *names)
{
	static const char *const section[] = { "tracking", "cumulative", "from_first" };
	const char *model = ltv_has(&v->then, v->then.chosen) ? model_of(v, v->then.chosen) : NULL;
	struct str day = STR_INIT;
	for (int k = 0; k < 3; k++)
		for (size_t i = 0; i < v->tracks.n; i++) {
			const struct ltv_track *t = &v->tracks.v[i];
			const struct ltv_follow *f = k == 0 ? &t->alone : k == 1 ? &t->sum : &t->first;
			str_reset(&day);
			day_text(&day, t->to);
			compared_put(v->t, &(struct compared){ section[k], arena_strndup(names, day.p, day.n), model, t->known, (double)f->actual, unknown, f->expected, f->ci, "purchases",
				     t->cut && k == 0 ? "*" : NULL });
		}
	str_release(&day);
}

/* ---- words ---- */

static void say_held(struct str *s, const struct validation *v, const char *unit)
{
	str_puts(s, "in the ");
	say_real(s, v->look.held.ahead, v->look.held.ahead < 10 && v->look.held.ahead != floor(v->look.held.ahead) ? 1 : 0);
	str_printf(s, " %ss after ", unit);
	day_text(s, v->look.held.split);
}

/* The naive forecast with the least mean absolute error, and that of the model. */
static void say_naive(struct str *s, const struct validation *v)
{
	const struct ltv_held *h = &v->look.held;
	double off[LTV_NAIVE + 1] = { 0 };
	int best = 0;
	for (size_t i = 0; i < h->n; i++)
		for (int k = 0; k <= LTV_NAIVE && h->row[i].selected; k++)
			off[k] += fabs((double)h->later[i] - said(v, k < LTV_NAIVE ? v->then.n + k : v->then.chosen, i));
	for (int k = 1; k < LTV_NAIVE; k++)
		best = off[k] < off[best] ? k : best;
	str_puts(s, " Off by ");
	say_real(s, off[LTV_NAIVE] / (double)v->shown, 2);
	str_printf(s, " a customer; the best naive forecast (%s) by ", ltv_naive_name[best]);
	say_real(s, off[best] / (double)v->shown, 2);
	str_puts(s, off[best] < off[LTV_NAIVE] ? ", which is less: it wins." : ".");
}

static void say_worst(struct str *s, const struct validation *v)
{
	if (!v->worst) {
		str_puts(s, v->groups > 0 ? " No group by earlier purchases lies outside its limits." : "");
		return;
	}
	str_printf(s, " Worst for those with %s repeat purchase%s before: ", v->worst, strcmp(v->worst, "1") ? "s" : "");
	say_real(s, v->worst_expected, 2);
	str_puts(s, " a customer foreseen, ");
	say_real(s, v->worst_actual, 2);
	str_puts(s, " came.");
}

static void find(struct str *s, const struct validation *v)
{
	const struct ltv_follow *t = &v->total;
	const struct ltv_look *l = &v->look;
	if (!(l->cells.customers > 0)) {
		str_puts(s, "no customer has bought yet: nothing to forecast.");
		return;
	}
	if (!v->shown) {
		str_puts(s, l->held.n ? "nobody of those asked for had bought by the split." : "there is too little history to hold a period out.");
		return;
	}
	if (!ltv_has(&v->then, v->then.chosen)) {
		say_held(s, v, l->unit);
		str_puts(s, " ");
		say_things(s, v->actual, "purchase came", "purchases came");
		str_printf(s, ", and no model could foresee them: %s.", ltv_why_not(&v->then));
		return;
	}
	const double bias = v->actual ? t->expected / (double)v->actual - 1 : NAN;
	const bool outside = (double)v->actual < t->ci.lo || (double)v->actual > t->ci.hi;
	str_printf(s, "%s foresaw ", btyd_name[v->then.v[v->then.chosen].fit.model.kind]);
	say_real(s, t->expected, 0);
	str_puts(s, " purchases of ");
	say_things(s, v->shown, "customer", "customers");
	str_putc(s, ' ');
	say_held(s, v, l->unit);
	str_puts(s, " (");
	say_real(s, t->ci.lo, 0);
	str_puts(s, " to ");
	say_real(s, t->ci.hi, 0);
	str_puts(s, "); ");
	say_count(s, v->actual);
	str_puts(s, " came");
	if (!isnan(bias)) {
		str_puts(s, ", so it was ");
		say_share(s, fabs(bias));
		str_puts(s, bias < 0 ? " too low" : " too high");
		str_puts(s, outside ? ", more than chance." : ", within chance.");
	} else {
		str_puts(s, ".");
	}
	if (!isnan(v->revenue)) {
		str_printf(s, " In money %s%s", l->currency, *l->currency ? " " : "");
		say_real(s, v->revenue, 0);
		if (!isnan(v->revenue_ci.lo)) {
			str_puts(s, " (");
			say_real(s, v->revenue_ci.lo, 0);
			str_puts(s, " to ");
			say_real(s, v->revenue_ci.hi, 0);
			str_puts(s, ")");
		}
		str_puts(s, " against ");
		say_real(s, (double)v->money / l->minor, 0);
		str_puts(s, ".");
	}
	say_naive(s, v);
	say_worst(s, v);
}

static void explain(struct report *r, const struct validation *v)
{
	struct line_list *l = &r->explain.text;
	line_add(l, "split: models are fitted to what came up to it and forecast the purchase days after it of everyone known by then; the choice: %s", v->look.fit.why ? v->look.fit.why : "none");
	line_add(l, "lo, hi: expectation, then chance (variance of each customer's purchases, added up) and parameters (g' C g, C the inverse observed information) together, taken for gamma; 95 %% of what comes");
	line_add(l, "up to the split tracking and cumulative show what the model was fitted to, without limits; those of frequency and spend are of chance alone");
	line_add(l, "tracking, cumulative: before the split expected of a new customer at his age, after it given the history; from_first: of a new customer at his age throughout; * = not a whole period");
	line_add(l, "calibration: by P(alive), which nobody sees; compared is the share that bought with the mean of 1 - P(nothing); Wilson (1927)");
	line_add(l, "error: bias = sum m / sum y - 1, mae = mean |y - m|, rmse = sqrt mean (y - m)^2, deviance = 2 sum y log(y/m) - (y - m), empty where somebody came who had been given up; last period = what he bought in as long a time before, own rate = x / T");
	line_add(l, "a purchase before the split that a refund took back after it is none in tracking; a customer's purchases after the split are those known now less those known then");
}

/* ---- for people ---- */

static void shown_cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static const struct cell *cell_of(const struct table *t, size_t row, const char *name)
{
	return table_at(t, row, (size_t)table_find(t, sv_of(name)));
}

static bool row_is(const struct table *t, size_t row, const char *section, const char *group, const char *model)
{
	const struct cell *c = table_at(t, row, 0);
	return sv_eq(c[0].s, sv_of(section)) && (!group || sv_eq(c[1].s, sv_of(group))) && (!model || (c[2].state == CELL_VALUE && sv_eq(c[2].s, sv_of(model))));
}

static double number(const struct table *t, size_t row, const char *name)
{
	const struct cell *c = cell_of(t, row, name);
	return c->state == CELL_VALUE ? c->d : NAN;
}

static void between(struct table *t, struct str *s, double lo, double hi, int digits)
{
	if (!isnan(lo)) {
		say_real(s, lo, digits);
		str_puts(s, " - ");
		say_real(s, hi, digits);
	}
	shown_cell(t, s);
}

static void screen_models(struct report *r)
{
	static const char *const heads[] = { "", "purchases", "95 %", "bias", "mae", "rmse", "deviance" }, *const errors[] = { "bias", "mae", "rmse", "deviance" };
	const struct table *from = &r->table;
	struct str s = STR_INIT;
	struct table *t = &report_screen(r, "FORECASTS")->t;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < from->nrow; i++) {
		if (!row_is(from, i, "total", "purchases", NULL))
			continue;
		const char *model = arena_strndup(&r->arena, cell_of(from, i, "model")->s.p, cell_of(from, i, "model")->s.n);
		put_z(t, model);
		say_real(&s, number(from, i, "expected"), 0);
		shown_cell(t, &s);
		between(t, &s, number(from, i, "lo"), number(from, i, "hi"), 0);
		for (int k = 0; k < 4; k++) {
			double value = NAN;
			for (size_t j = 0; j < from->nrow; j++)
				if (row_is(from, j, "error", errors[k], model))
					value = number(from, j, "expected");
			if (k == 0 && !isnan(value))
				say_share(&s, value);
			else if (!isnan(value))
				say_real(&s, value, k == 3 ? 0 : 3);
			shown_cell(t, &s);
		}
	}
	str_release(&s);
}

static void screen_groups(struct report *r, const struct validation *v, const char *section, const char *heading, const char *first)
{
	const char *const heads[] = { first, "customers", "came", "95 %", "foreseen", "95 %" };
	const struct table *from = &r->table;
	const char *model = ltv_has(&v->then, v->then.chosen) ? model_of(v, v->then.chosen) : NULL;
	struct str s = STR_INIT;
	struct table *t = &report_screen(r, heading)->t;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < from->nrow; i++) {
		if (!row_is(from, i, section, NULL, model))
			continue;
		const bool share = sv_eq(cell_of(from, i, "unit")->s, SV("share")), few = isnan(number(from, i, "actual"));
		const double by = share ? 100 : 1;
		put_text(t, cell_of(from, i, "group")->s);
		say_count(&s, cell_of(from, i, "n")->i);
		shown_cell(t, &s);
		if (few)
			str_puts(&s, "few");
		else
			say_real(&s, number(from, i, "actual") * by, share ? 1 : 2);
		shown_cell(t, &s);
		between(t, &s, number(from, i, "actual_lo") * by, number(from, i, "actual_hi") * by, share ? 1 : 2);
		if (!few)
			say_real(&s, number(from, i, "expected") * by, share ? 1 : 2);
		shown_cell(t, &s);
		between(t, &s, number(from, i, "lo") * by, number(from, i, "hi") * by, share ? 1 : 2);
	}
	str_release(&s);
}

/* ---- all of it ---- */

static enum wend_err fill(struct validation *v, const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct ltv_look *l = &v->look;
	const char *money = *l->currency ? arena_strdup(&r->arena, l->currency) : NULL;
	enum wend_err e = ltv_fit_then(&v->then, &l->fit, &l->held, o, err);
	if (e)
		return e;
	for (int i = 0; i < v->then.n; i++)
		if (ltv_has(&v->then, i))
			ltv_future_of(&v->future[i], &l->held.cells, &v->then.v[i].fit.model, l->held.ahead, i == v->then.chosen);
	count_actual(v);
	const int32_t from = first_day(v);
	const struct btyd_fit *best = ltv_has(&v->then, v->then.chosen) ? &v->then.v[v->then.chosen].fit : NULL;
	if ((e = day_counts_run(&v->days, p, ro, from, l->held.split, err)) ||
	    (e = ltv_tracks_run(&v->tracks, &v->days, &l->held.cells, best, l->held.split, l->as_of, ro->period, err)))
		return e;
	if (!v->shown)
		return WEND_OK;
	put_whole(v, money);
	validate_by_x(v);
	validate_by_recency(v, &r->arena);
	validate_calibration(v);
	validate_frequency(v);
	validate_spend(v, &r->arena);
	put_tracks(v, &r->arena);
	screen_models(r);
	screen_groups(r, v, "by_x", "BY PURCHASES AGAIN BEFORE", "");
	if (best)
		screen_groups(r, v, "calibration", "BY P(ALIVE), % WHO BOUGHT", "");
	return WEND_OK;
}

static void release(struct validation *v)
{
	for (int i = 0; i < LTV_CANDIDATES; i++)
		ltv_future_release(&v->future[i]);
	day_counts_release(&v->days);
	free(v->tracks.v);
	ltv_look_release(&v->look);
	free(v);
}

enum wend_err metric_ltv_validate(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct validation *v = xcalloc(1, sizeof *v);
	struct ltv_look *l = &v->look;
	v->t = &r->table;
	v->min_n = p->min_n;
	v->then.chosen = -1;
	v->revenue = NAN;
	columns(&r->table);
	enum wend_err e = ltv_look_run(l, p, o, ro, LTV_KEEP_HELD, NULL, err);
	if (!e && l->held.n)
		e = fill(v, p, o, ro, r, err);
	if (!e) {
		find(&r->finding, v);
		explain(r, v);
		str_printf(&r->definition, "models fitted to what came up to the split forecast the purchase days after it of everyone known by then; lo, hi: 95 %% of what should come, chance and parameters together");
		validate_draw(r, o->picture, l->unit, l->currency);
		say_revenue(&r->finding, &l->b.rev, &l->b.facts.beside, p);
		line_add(&r->next, "wend ltv validate --plot tracking.png");
		line_add(&r->next, "wend ltv model");
		r->not_converged = ltv_not_had(l) || (!l->fit.automatic && l->held.n && !ltv_has(&v->then, v->then.chosen));
		e = say_scope(&r->finding, p, &l->b.counts, KIND_BIT(l->b.rev.source), err);
		report_scope(r, p, &l->b.counts);
	}
	release(v);
	return e;
}
