/* ltv: what a customer is worth. What they brought so far is a count or a sum of what
 * happened, or a mean or share of it with its interval; what is still to come is ltvahead.c.
 *
 *   customers       people with at least one purchase day (rfm.c) by the as-of date
 *   revenue, margin of all their purchase days, refunds netted; margin = revenue x the
 *                   margin that is set, absent without one
 *   per customer    mean, Student t
 *   bought once     one purchase day only; Wilson
 *   best tenth      share of the revenue that the best 10 % of customers bring; limits by
 *                   the influence function of a Lorenz ordinate (Beach & Davidson 1983):
 *                   IF = ((v - q)+ + q/10 - S v) / mean, with q the value at the 90th
 *                   percentile and S the share
 *   won by          channel reported with the customer, else of the first order
 *
 * The statistic is that of rfm; --versus runs it again as of the earlier day.
 */
#include "ltv_impl.h"

#include <math.h>

__extension__ typedef unsigned __int128 u128;

struct group {
	struct sv name;       /* p NULL: not known */
	int64_t n, sum;
	u128 squares;
};
struct history {
	int64_t customers, once, days, revenue;
	u128 squares, day_squares;
	double top, top_lo, top_hi;
	struct group *g;
	size_t ng;
	bool known;           /* some channel is */
	uint64_t *value;      /* ascending */
};

static u128 square(int64_t v)
{
	const u128 u = (u128)(uint64_t)(v < 0 ? -v : v);
	return u * u;
}

static void best_tenth(struct history *h)
{
	const size_t n = (size_t)h->customers, best = (n + 9) / 10;
	h->top = h->top_lo = h->top_hi = NAN;
	if (!n || h->revenue <= 0)
		return;
	uint64_t sum = 0;
	for (size_t i = n - best; i < n; i++)
		sum += h->value[i];
	h->top = (double)sum / (double)h->revenue;
	if (n < 20)
		return;
	const double q = (double)h->value[n - best], mean = (double)h->revenue / (double)n, part = (double)best / (double)n;
	double var = 0;
	for (size_t i = 0; i < n; i++) {
		const double v = (double)h->value[i];
		const double f = ((v > q ? v - q : 0) + part * q - h->top * v) / mean;
		var += f * f;
	}
	const double half = Z95 * sqrt(var) / (double)n;
	h->top_lo = h->top - half > 0 ? h->top - half : 0;
	h->top_hi = h->top + half < 1 ? h->top + half : 1;
}

static int by_size(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (!x->name.p != !y->name.p)
		return x->name.p ? -1 : 1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return sv_cmp(x->name, y->name);
}

static void summarise(struct history *h, const struct purchases *b, struct arena *names)
{
	*h = (struct history){ .value = xreallocarray(NULL, b->n + 1, sizeof *h->value), .g = xcalloc(b->groups.n + 1, sizeof *h->g) };
	for (size_t i = 0; i < b->groups.n; i++) {
		const struct sv v = b->groups.v[i].value[0];
		h->g[i].name = v.p ? sv_n(arena_strndup(names, v.p, v.n), v.n) : SV_NONE;
	}
	for (size_t i = 0; i < b->n; i++) {
		const struct rfm_row *v = &b->v[i];
		if (!v->selected)
			continue;
		struct group *g = &h->g[v->group];
		h->value[h->customers++] = (uint64_t)v->total;
		h->revenue += v->total;
		h->squares += square(v->total);
		h->once += v->days == 1;
		h->days += v->days;
		h->day_squares += square(v->days);
		h->known = h->known || g->name.p;
		g->n++;
		g->sum += v->total;
		g->squares += square(v->total);
	}
	for (size_t i = 0; i < b->groups.n; i++)
		if (h->g[i].n) /* of those who are printed */
			h->g[h->ng++] = h->g[i];
	if (h->ng)
		qsort(h->g, h->ng, sizeof *h->g, by_size);
	if (h->ng && !h->g[h->ng - 1].name.p)
		h->g[h->ng - 1].name = SV("not known");
	sort_u64(h->value, (size_t)h->customers);
	best_tenth(h);
}

static void history_release(struct history *h)
{
	free(h->g);
	free(h->value);
}

/* ---- the summary's rows ---- */
static const struct interval fact = MEASURE_FACT;

static struct interval scaled(struct interval ci, double by)
{
	return (struct interval){ ci.lo * by, ci.hi * by };
}

static void measure(struct measures *l, const struct history *h, const struct ltv_look *k, const char *unit)
{
	const struct purchases *b = &k->b;
	const double minor = k->minor, margin = k->terms.margin;
	const double n = (double)h->customers;
	const struct interval mean = scaled(mean_interval((double)h->revenue, (double)h->squares, n, ALPHA), 1 / minor);
	const struct interval often = mean_interval((double)h->days, (double)h->day_squares, n, ALPHA);
	measure_add(l, (struct measure){ "customers", "customers", SV_NONE, n, fact, WEND_NONE, "customers", "at least one purchase day" });
	if (b->facts.guests)
		measure_add(l, (struct measure){ "customers", "guests", SV_NONE, (double)b->facts.guests, fact, WEND_NONE, "guests", "purchases without any key of a customer" });
	if (b->facts.prospects)
		measure_add(l, (struct measure){ "customers", "prospects", SV_NONE, (double)b->facts.prospects, fact, WEND_NONE, "people", "known, without a purchase" });
	measure_add(l, (struct measure){ "so far", "revenue", SV_NONE, (double)h->revenue / minor, fact, h->customers, unit, "all purchase days, refunds netted" });
	measure_add(l, (struct measure){ "so far", "revenue_per_customer", SV_NONE, (double)h->revenue / minor / n, mean, h->customers, unit, "mean over customers" });
	if (k->terms.has_margin) {
		measure_add(l, (struct measure){ "so far", "margin", SV_NONE, (double)h->revenue / minor * margin, fact, h->customers, unit, "revenue x margin as set" });
		measure_add(l, (struct measure){ "so far", "margin_per_customer", SV_NONE, (double)h->revenue / minor / n * margin, scaled(mean, margin), h->customers, unit, "mean over customers" });
	}
	measure_add(l, (struct measure){ "so far", "purchase_days_per_customer", SV_NONE, (double)h->days / n, often, h->customers, "days", "mean over customers" });
	measure_add(l, (struct measure){ "so far", "bought_once", SV_NONE, (double)h->once / n, wilson((double)h->once, n, ALPHA), h->customers, "share", "one purchase day only" });
	measure_add(l, (struct measure){ "so far", "best_tenth", SV_NONE, h->top, { h->top_lo, h->top_hi }, h->customers, "share", "revenue share of the best 10 % of customers" });
	for (size_t i = 0; i < h->ng && h->known; i++) {
		const struct group *g = &h->g[i];
		const struct interval ci = scaled(mean_interval((double)g->sum, (double)g->squares, (double)g->n, ALPHA), 1 / minor);
		measure_add(l, (struct measure){ "won by", "customers", g->name, (double)g->n, fact, WEND_NONE, "customers", "by reported or first order's channel" });
		measure_add(l, (struct measure){ "won by", "revenue_per_customer", g->name, (double)g->sum / minor / (double)g->n, ci, g->n, unit, "mean over customers" });
	}
}

/* ---- for people ---- */
static void cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void mean_cells(struct table *t, struct str *s, const struct measure *m)
{
	say_real(s, m->value, 2);
	cell(t, s);
	if (!isnan(m->ci.lo)) {
		say_real(s, m->ci.lo, 2);
		str_putc(s, '-');
		say_real(s, m->ci.hi, 2);
	}
	cell(t, s);
}

static void screen_new(struct report *r, const struct ltv_ahead *a, const struct ltv_look *l)
{
	static const char *const heads[] = { "", "first order", "12 months", "for life", "95 %" };
	struct str s = STR_INIT;
	str_printf(&s, "A NEW CUSTOMER, %s%s%s", l->terms.has_margin ? "margin" : "revenue", *l->currency ? " " : "", l->currency);
	struct table *t = &report_screen(r, arena_strndup(&r->arena, s.p, s.n))->t;
	str_reset(&s);
	for (int i = 0; i < 5; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	put_z(t, "expected, first order in");
	const double v[3] = { a->first * l->terms.margin, a->once_year.value, a->once_life.value };
	for (int i = 0; i < 3; i++) {
		say_real(&s, v[i], 2);
		cell(t, &s);
	}
	say_real(&s, a->once_life.ci.lo, 2);
	str_putc(&s, '-');
	say_real(&s, a->once_life.ci.hi, 2);
	cell(t, &s);
	str_release(&s);
}

/* The rows of a mean over customers that stand with the sum of all of them. */
static void mean_row(struct table *t, struct str *s, const char *name, const struct measure *m, double all)
{
	put_z(t, name);
	mean_cells(t, s, m);
	say_real(s, all, 0);
	cell(t, s);
}

static void screen(struct report *r, const struct measures *l, const struct history *h, const struct ltv_ahead *ahead, const struct ltv_look *k)
{
	struct str s = STR_INIT;
	if (ahead->known)
		screen_new(r, ahead, k);
	str_puts(&s, "THE ");
	say_count(&s, h->customers);
	str_printf(&s, " WE HAVE%s%s", *k->currency ? ", " : "", k->currency);
	struct table *t = &report_screen(r, arena_strndup(&r->arena, s.p, s.n))->t;
	str_reset(&s);
	static const char *const heads[] = { "", "a customer", "95 %", "all" };
	const struct measure *come = measure_find(l, "to come", k->terms.has_margin ? "rlv_per_customer" : "revenue_rlv_per_customer");
	for (int i = 0; i < 4; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < l->n; i++) {
		const struct measure *m = &l->v[i];
		const bool money = !strcmp(m->name, "revenue_per_customer") || !strcmp(m->name, "margin_per_customer");
		if (strcmp(m->section, "so far") || (!money && strcmp(m->unit, "share") && strcmp(m->unit, "days")))
			continue;
		if (money) {
			mean_row(t, &s, *m->name == 'r' ? "revenue so far" : "margin so far", m, l->v[i - 1].value);
			if (come && (*m->name == 'm' || !k->terms.has_margin))
				mean_row(t, &s, "still to come, for life", come, ahead->life.money);
			continue;
		} else if (!strcmp(m->unit, "days")) {
			put_z(t, "purchase days");
			mean_cells(t, &s, m);
			say_count(&s, h->days);
		} else {
			const bool once = !strcmp(m->name, "bought_once");
			put_z(t, once ? "bought once only" : "the best 10 % bring");
			say_share(&s, m->value);
			cell(t, &s);
			if (!isnan(m->ci.lo))
				say_shares(&s, m->ci);
			cell(t, &s);
			if (once)
				say_count(&s, h->once);
		}
		cell(t, &s);
	}
	if (h->known) {
		static const char *const won[] = { "", "customers", "a customer", "95 %" };
		t = &report_screen(r, "WON BY")->t;
		for (int i = 0; i < 4; i++)
			table_col(t, won[i], COL_TEXT, NULL, -1);
		for (size_t i = 0; i + 1 < l->n; i++) {
			if (strcmp(l->v[i].section, "won by") || strcmp(l->v[i].name, "customers"))
				continue;
			put_text(t, l->v[i].group);
			say_count(&s, (int64_t)l->v[i].value);
			cell(t, &s);
			mean_cells(t, &s, &l->v[i + 1]);
		}
	}
	str_release(&s);
}

/* Lorenz curve: share of customers, poorest first, against their share of the revenue. */
static void draw(struct report *r, const struct history *h)
{
	struct table *t = &r->figure.data;
	const size_t n = (size_t)h->customers;
	r->figure.kind = FIG_LINE;
	r->figure.title = "concentration: who brings the revenue";
	r->figure.x_label = "share of customers, smallest first";
	r->figure.y_label = "share of revenue";
	table_col(t, "customers", COL_SHARE, NULL, 1);
	table_col(t, "revenue", COL_SHARE, NULL, 1);
	table_col(t, "equal", COL_SHARE, NULL, 1);
	if (!n || h->revenue <= 0)
		return;
	uint64_t sum = 0;
	size_t i = 0;
	for (int k = 0; k <= 100; k++) {
		for (; i < n * (size_t)k / 100; i++)
			sum += h->value[i];
		put_real(t, k / 100.0);
		put_real(t, (double)sum / (double)h->revenue);
		put_real(t, k / 100.0);
	}
}

static void find_new(struct str *s, const struct ltv_ahead *a, const struct ltv_look *l)
{
	str_puts(s, "a new customer brings ");
	str_printf(s, "%s%s", l->currency, *l->currency ? " " : "");
	say_real(s, a->once_life.value, 2);
	str_printf(s, " %s for life (", l->terms.has_margin ? "margin" : "revenue");
	say_real(s, a->once_life.ci.lo, 2);
	str_puts(s, " to ");
	say_real(s, a->once_life.ci.hi, 2);
	str_puts(s, "), ");
	say_real(s, a->first * l->terms.margin, 2);
	str_puts(s, " of it with the first order. ");
}

static void find(struct report *r, const struct history *h, const struct ltv_look *l, const struct ltv_ahead *a)
{
	const struct purchases *b = &l->b;
	struct str *s = &r->finding;
	const double n = (double)h->customers;
	if (!h->customers) {
		str_printf(s, "no customer has bought yet: no %s to count.", revenue_name(&b->rev));
		return;
	}
	const struct interval ci = mean_interval((double)h->revenue, (double)h->squares, n, ALPHA);
	if (a->known)
		find_new(s, a, l);
	str_printf(s, "%s customer has spent %s%s", a->known ? "A" : "a", l->currency, *l->currency ? " " : "");
	say_real(s, (double)h->revenue / n / l->minor, 2);
	str_puts(s, " so far");
	if (!isnan(ci.lo)) {
		str_puts(s, " (");
		say_real(s, ci.lo / l->minor, 2);
		str_puts(s, " to ");
		say_real(s, ci.hi / l->minor, 2);
		str_puts(s, ")");
	}
	str_puts(s, ", all ");
	say_count(s, h->customers);
	str_puts(s, " together ");
	say_money(s, h->revenue, b->counts.cur, false);
	str_printf(s, " in %s. ", revenue_name(&b->rev));
	say_share(s, (double)h->once / n);
	str_puts(s, " bought once only (");
	say_shares(s, wilson((double)h->once, n, ALPHA));
	str_puts(s, ")");
	if (!isnan(h->top)) {
		str_puts(s, "; the best 10 % bring ");
		say_share(s, h->top);
	}
	str_puts(s, ".");
	say_apart(s, &b->facts);
}

/* All of it as of a day. */
struct state {
	struct ltv_look look;
	struct history h;
	struct ltv_ahead ahead;
	struct measures rows;
};

static enum wend_err state_run(struct state *s, const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct ltv_look *l = &s->look;
	struct cuts won;
	enum wend_err e = cuts_parse(&won, "acquired_channel", p, &r->arena, err);
	if (e || (e = ltv_look_run(l, p, o, ro, 0, &won, err)))
		return e;
	const char *money = arena_strdup(&r->arena, l->currency);
	summarise(&s->h, &l->b, &r->arena);
	if (!*p->span_text) /* the purchases of a span are no history to foresee from */
		ltv_ahead_run(&s->ahead, l);
	if (s->h.customers) {
		measure(&s->rows, &s->h, l, money);
		ltv_ahead_measures(&s->rows, &s->ahead, l, money);
	}
	return WEND_OK;
}

static void state_release(struct state *s)
{
	ltv_look_release(&s->look);
	history_release(&s->h);
	free(s->rows.v);
}

static enum wend_err earlier(struct state *s, const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population q;
	char text[96];
	enum wend_err e = versus_population(&q, p, ro->versus, text, err);
	if (!e)
		e = state_run(s, &q, o, ro, r, err);
	if (!e)
		str_printf(&r->finding, " Compared with %s.", text);
	return e;
}

static void explain(struct report *r, const struct state *s)
{
	struct line_list *l = &r->explain.text;
	const struct ltv_look *k = &s->look;
	line_add(l, "revenue per customer = revenue / customers, Student t; bought once = customers with one purchase day / customers, Wilson (1927)");
	line_add(l, "best tenth = revenue of the best %lld customers / revenue; limits: Beach & Davidson (1983)", (long long)((s->h.customers + 9) / 10));
	line_add(l, "days brought to zero or below by refunds: %lld; purchases that share a day with another: %lld", (long long)k->b.facts.refund_days, (long long)k->b.facts.folded);
	if (k->terms.has_margin)
		line_add(l, "margin = %g of the revenue", k->terms.margin);
	if (s->ahead.known)
		line_add(l, "still to come: expected purchases of %s, spending by Gamma-Gamma; limits of what will come: parameters by the delta method, and what customers happen to do",
			 btyd_name[k->fit.v[k->fit.chosen].fit.model.kind]);
}

static void define(struct report *r, const struct ltv_look *l, const struct ltv_ahead *a, bool spanned)
{
	struct str *s = &r->definition;
	str_printf(s, "purchase days by the as-of date, refunds netted, %s as the source of revenue; 95 %% intervals", revenue_name(&l->b.rev));
	if (!a->known) {
		str_printf(s, "; nothing is said of what is still to come: %s", spanned ? "a span is no whole history" : ltv_why_not(&l->fit));
		return;
	}
	if (l->terms.has_margin)
		str_printf(s, "; margin %g %%", l->terms.margin * 100);
	str_printf(s, "; to come: %s and Gamma-Gamma, ", btyd_name[l->fit.v[l->fit.chosen].fit.model.kind]);
	say_discount(s, &l->terms);
	if (a->most > a->least) {
		str_puts(s, "; the models give ");
		say_real(s, a->least, 2);
		str_puts(s, " to ");
		say_real(s, a->most, 2);
		str_puts(s, " a customer still to come: wend ltv model");
	}
}

enum wend_err metric_ltv_summary(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct state now = { .h.customers = 0 }, before = { .h.customers = 0 };
	const struct purchases *b = &now.look.b;
	enum wend_err e = state_run(&now, p, o, ro, r, err);
	if (e)
		goto done;
	find(r, &now.h, &now.look, &now.ahead);
	say_revenue(&r->finding, &b->rev, &b->facts.beside, p);
	if (ro->versus && (e = earlier(&before, p, o, ro, r, err)))
		goto done;
	measures_table(&r->table, &now.rows, ro->versus ? &before.rows : NULL, p->min_n);
	if (now.h.customers)
		screen(r, &now.rows, &now.h, &now.ahead, &now.look);
	draw(r, &now.h);
	define(r, &now.look, &now.ahead, *p->span_text != 0);
	line_add(&r->next, "wend ltv rfm --sort -monetary --top 100 --with name");
	line_add(&r->next, "wend ltv --versus year");
	e = say_scope(&r->finding, p, &b->counts, KIND_BIT(b->rev.source) | (b->rev.unmatched ? b->rev.beside : 0), err);
	report_scope(r, p, &b->counts);
	explain(r, &now);
	r->not_converged = ltv_not_had(&now.look);
done:
	state_release(&now);
	state_release(&before);
	return e;
}
