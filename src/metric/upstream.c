/* touchpoints upstream and downstream, printed. around.c counts and says how.
 *
 *   n          times that count; customers they are of
 *   b, c       of these: followed by the step looked for and not preceded; the other way round
 *   rr         (b + 1/2) / (c + 1/2), freed of what changes for all; q adjusted over all rows
 *   excess_per_month  more of it after than before, a month of what the sources cover; cost is
 *              that times [company] contact_cost
 */
#include "around_impl.h"

#include <math.h>

enum { SCREEN_ROWS = 12, FIGURE_ROWS = 30, WIDEST = 100 /* limits apart by more are not drawn */ };

struct cost {
	double minor;              /* of one contact; NaN = not set */
	currency cur;
};

static enum wend_err read_cost(struct cost *c, const struct population *p, struct err *err)
{
	const struct sv v = sv_trim(store_setting(p->store, "company", "contact_cost")), name = sv_trim(store_setting(p->store, "company", "currency"));
	int64_t minor;
	*c = (struct cost){ NAN, currency_of(name) };
	if (!v.n)
		return WEND_OK;
	const int exponent = currency_exponent(c->cur);
	if (num_scaled(v, (struct numfmt){ '.' }, exponent < 0 ? 2 : exponent, &minor, NULL, NULL))
		return err_set(err, WEND_E_USAGE, "the cost of a contact that is set, '%.*s', is no amount; set it as 'wend store set contact_cost 6.50'", (int)v.n, v.p);
	c->minor = (double)minor;
	return WEND_OK;
}

static void put_cost(struct table *t, const struct cost *c, double contacts)
{
	put_int(t, isnan(c->minor) ? WEND_NONE : llround(c->minor * contacts));
}

static void columns(struct table *t, const struct around *x, const struct cost *c)
{
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "window_days", COL_REAL, "days", -1);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "customers", COL_INT, NULL, 0);
	table_col(t, "b", COL_INT, NULL, 0);
	table_col(t, "c", COL_INT, NULL, 0);
	table_col(t, "rr", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	table_col(t, "q", COL_REAL, NULL, 4);
	table_col(t, "excess_per_month", COL_REAL, "1/month", 1);
	table_col(t, "excess_lo", COL_REAL, "1/month", 1);
	table_col(t, "excess_hi", COL_REAL, "1/month", 1);
	if (!x->after) {
		table_col_money(t, "cost_per_month", c->cur);
		table_col_money(t, "cost_lo", c->cur);
		table_col_money(t, "cost_hi", c->cur);
		table_col(t, "origin", COL_TEXT, NULL, -1);
		table_col(t, "naive_lift", COL_REAL, NULL, 2);
		table_col(t, "drift", COL_REAL, NULL, 2);
		table_col(t, "same_as", COL_TEXT, NULL, -1);
	}
	table_col(t, "uncovered", COL_INT, NULL, 0);
	table_col(t, "few", COL_TEXT, NULL, -1);
}

static void put_real_or_few(struct table *t, double v, bool few)
{
	if (few)
		put_few(t);
	else
		put_real(t, v);
}

static void fill(struct table *t, const struct around_rows *l, const struct around *x, const struct cost *c)
{
	columns(t, x, c);
	for (size_t i = 0; i < l->n; i++) {
		const struct around_row *r = &l->v[i];
		const struct around_count *n = &r->e->w[r->w];
		put_text(t, r->name);
		put_real(t, (double)x->window[r->w] / 86400);
		put_int(t, n->times);
		put_int(t, n->customers);
		put_int(t, n->b);
		put_int(t, n->c);
		put_real_or_few(t, r->rr.rr, r->few);
		put_real_or_few(t, r->rr.ci.lo, r->few);
		put_real_or_few(t, r->rr.ci.hi, r->few);
		put_real_or_few(t, r->q, r->few);
		put_real_or_few(t, r->excess, r->few);
		put_real_or_few(t, r->excess_lo, r->few);
		put_real_or_few(t, r->excess_hi, r->few);
		if (!x->after) {
			put_cost(t, c, r->few ? NAN : r->excess);
			put_cost(t, c, r->few ? NAN : r->excess_lo);
			put_cost(t, c, r->few ? NAN : r->excess_hi);
			put_text(t, r->origin);
			put_real(t, r->lift);
			put_real(t, r->drift);
			put_text(t, r->same);
		}
		put_int(t, n->uncovered);
		put_z(t, r->few ? "few" : "");
	}
}

/* ---- for people ---- */

static void text_real(struct table *t, double v, int digits)
{
	struct str s = STR_INIT;
	if (!isnan(v))
		say_real(&s, v, digits);
	put_text(t, str_view(&s));
	str_release(&s);
}

static void text_limits(struct table *t, double lo, double hi, int digits)
{
	struct str s = STR_INIT;
	if (!isnan(lo)) {
		say_real(&s, lo, digits);
		str_puts(&s, lo < 0 || hi < 0 ? " to " : "-");
		say_real(&s, hi, digits);
	}
	put_text(t, str_view(&s));
	str_release(&s);
}

static void window_text(struct str *s, int64_t window)
{
	if (window % 86400)
		str_printf(s, "%lld hours", (long long)(window / 3600));
	else
		str_printf(s, window == 86400 ? "%lld day" : "%lld days", (long long)(window / 86400));
}

static void screen_rows(struct report *r, const char *heading, const struct around_rows *l, const struct around *x, bool cause)
{
	struct table *t = NULL;
	size_t shown = 0;
	for (size_t i = 0; i < l->n && shown < SCREEN_ROWS; i++) {
		const struct around_row *v = &l->v[i];
		if (v->few || v->cause != cause)
			continue;
		if (!t) {
			t = &report_screen(r, heading)->t;
			table_col(t, "", COL_TEXT, NULL, -1);
			table_col(t, "times", COL_TEXT, NULL, -1);
			table_col(t, "ratio", COL_TEXT, NULL, -1);
			table_col(t, "95 %", COL_TEXT, NULL, -1);
			table_col(t, "a month", COL_TEXT, NULL, -1);
			table_col(t, "95 % ", COL_TEXT, NULL, -1);
			table_col(t, x->after ? "" : "naive", COL_TEXT, NULL, -1);
		}
		struct str name = STR_INIT;
		str_sv(&name, v->name);
		if (x->nwindow > 1) {
			str_puts(&name, ", ");
			window_text(&name, x->window[v->w]);
		}
		if (v->same.p)
			str_printf(&name, " (as %.*s)", (int)v->same.n, v->same.p);
		put_text(t, str_view(&name));
		str_reset(&name);
		say_count(&name, v->e->w[v->w].times);
		put_text(t, str_view(&name));
		str_release(&name);
		text_real(t, v->rr.rr, 2);
		text_limits(t, v->rr.ci.lo, v->rr.ci.hi, 2);
		text_real(t, v->excess, 1);
		text_limits(t, v->excess_lo, v->excess_hi, 1);
		text_real(t, v->lift, 2);
		shown++;
	}
}

static void screen(struct report *r, const struct around_rows *l, const struct around *x, const char *of)
{
	screen_rows(r, arena_printf(&r->arena, x->after ? "MORE AFTER %s" : "BRINGS %s", of), l, x, true);
	screen_rows(r, x->after ? "AS OFTEN AFTER AS BEFORE, OR LESS" : "BRINGS NONE, OR FEWER", l, x, false);
}

static void draw(struct report *r, const struct around_rows *l, const struct around *x, const char *of)
{
	struct table *t = &r->figure.data;
	size_t shown = 0;
	r->figure.kind = FIG_FOREST;
	r->figure.title = arena_printf(&r->arena, x->after ? "how much more frequent after %s than before" : "how much more frequent %s is after a step than before it", of);
	r->figure.x_label = "ratio, 95 %";
	r->figure.log_x = true;
	r->figure.ref = 1;
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "rr", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	for (size_t i = 0; i < l->n && shown < FIGURE_ROWS; i++) {
		const struct around_row *v = &l->v[i];
		if (v->few || v->rr.ci.hi > WIDEST * v->rr.ci.lo)
			continue;
		struct str s = STR_INIT;
		str_sv(&s, v->name);
		if (x->nwindow > 1) {
			str_puts(&s, ", ");
			window_text(&s, x->window[v->w]);
		}
		put_text(t, str_view(&s));
		put_real(t, v->rr.rr);
		put_real(t, v->rr.ci.lo);
		put_real(t, v->rr.ci.hi);
		str_release(&s);
		shown++;
	}
}

static void say_first(struct str *s, const struct around_row *v, const struct around *x, const struct cost *c, const char *of)
{
	str_sv(s, v->name);
	str_puts(s, x->after ? " is what " : " brings ");
	str_puts(s, of);
	str_puts(s, x->after ? " brings most of: " : " most of all: ");
	say_real(s, v->excess, 1);
	str_puts(s, " a month more in the ");
	window_text(s, x->window[v->w]);
	str_puts(s, " after it than in those before (");
	say_real(s, v->excess_lo, 1);
	str_puts(s, " to ");
	say_real(s, v->excess_hi, 1);
	if (!isnan(c->minor) && !x->after) {
		str_puts(s, "; ");
		say_money(s, llround(c->minor * v->excess), c->cur, false);
	}
	str_puts(s, "), after it only ");
	say_real(s, v->rr.rr, 2);
	str_puts(s, " times as often as before it only (");
	say_real(s, v->rr.ci.lo, 2);
	str_puts(s, " to ");
	say_real(s, v->rr.ci.hi, 2);
	str_puts(s, "; ");
	say_things(s, v->e->w[v->w].customers, "customer).", "customers).");
}

static void find(struct report *r, const struct around_rows *l, const struct around_acc *a, const struct around *x, const struct cost *c, const char *of)
{
	struct str *s = &r->finding;
	size_t causes = 0, few = 0, tested = 0;
	for (size_t i = 0; i < l->n; i++) {
		causes += l->v[i].cause && !l->v[i].same.p;
		few += l->v[i].few;
		tested += !l->v[i].few;
	}
	if (!a->target) {
		str_printf(s, "nobody has '%s' in this time: nothing to compare.", of);
		return;
	}
	if (causes)
		say_first(s, &l->v[0], x, c, of);
	else if (tested)
		str_printf(s, "no step %s %s by more than chance.", x->after ? "is more frequent after" : "brings", of);
	else
		str_printf(s, "too few to tell: no step has 30 customers and 10 that differ.");
	for (size_t i = 1, said = 0; i < causes && said < 2; i++, said++) {
		str_puts(s, said ? ", " : " Then ");
		str_sv(s, l->v[i].name);
		str_puts(s, " ");
		say_real(s, l->v[i].excess, 1);
		if (i + 1 == causes || said == 1)
			str_putc(s, '.');
	}
	str_putc(s, ' ');
	say_count(s, (int64_t)tested);
	str_puts(s, tested == 1 ? " row tested together" : " rows tested together");
	if (few) {
		str_puts(s, ", ");
		say_things(s, (int64_t)few, "row is too few", "rows are too few");
	}
	str_puts(s, x->after ? ". The step itself: " : ". In all: ");
	say_count(s, a->target);
	str_putc(s, '.');
}

static void explain(struct report *r, const struct around_rows *l, const struct around_acc *a, const struct around *x)
{
	struct line_list *t = &r->explain.text;
	struct zone_cache zc = ZONE_CACHE(x->p->zone);
	struct str s = STR_INIT;
	int64_t uncovered = 0;
	for (size_t i = 0; i < l->n; i++)
		uncovered += l->v[i].e->w[l->v[i].w].uncovered;
	line_add(t, "rr = (b + 1/2) / (c + 1/2); limits exp(log rr -+ 1.96 sqrt(1/(b + 1/2) + 1/(c + 1/2))); q: Benjamini & Hochberg (1995) over all rows that are not few");
	line_add(t, "each customer is his own comparison; a step counts when he had none of it in twice the window before it, and was known to us a window before it");
	line_add(t, "excess = all after less all before, over %.1f months that the sources cover; limits from the sums by customer", l->months);
	if (!x->after)
		line_add(t, "drift = what everybody's volume did around those days; a change of over a fifth is divided out, else it is 1");
	line_add(t, "customers with a step: %lld; left out because a window is not known whole: %lld over all rows", (long long)a->customers, (long long)uncovered);
	for (size_t i = 0; i < x->cover.n; i++) {
		str_puts(&s, i ? ", " : "");
		day_text(&s, floor_day(zone_local(&zc, x->cover.v[i].from)));
		str_puts(&s, " to ");
		day_text(&s, floor_day(zone_local(&zc, x->cover.v[i].to - 1)));
	}
	line_add(t, "sources tell of '--of' from %s", s.p ? s.p : "never");
	str_release(&s);
}

static enum wend_err run(const struct population *p, const struct cause_options *o, bool after, const struct report_options *ro, struct report *r, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct around x;
	struct around_acc a = { 0 };
	struct around_rows l = { 0 };
	struct fold_counts n = { 0 };
	struct cost cost;
	(void)ro;
	enum wend_err e = around_open(&x, p, o, &scratch, err);
	x.after = after;
	if (!e)
		e = read_cost(&cost, p, err);
	if (!e)
		e = around_run(&a, &x, &n, err);
	if (e)
		goto done;
	around_judge(&l, &a, &x);
	if (!after)
		e = around_shared(&l, &x, err);
	if (e)
		goto done;
	fill(&r->table, &l, &x, &cost);
	screen(r, &l, &x, o->of);
	draw(r, &l, &x, o->of);
	find(r, &l, &a, &x, &cost, o->of);
	str_printf(&r->definition, "%s: each customer's own %s after %s less that before, a step once in twice the window; 95 %% intervals; causes have q <= 0.05 and a ratio above 1",
		   after ? "downstream" : "upstream", after ? "steps" : "contacts", after ? "the step" : "a step");
	line_add(&r->next, after ? "wend touchpoints upstream --of '%s'" : "wend touchpoints downstream --of '%s'", o->of);
	line_add(&r->next, after ? "wend touchpoints pain" : "wend churn why");
	e = say_scope(&r->finding, p, &n, p->kinds & ~KIND_BIT(KIND_SPEND), err);
	report_scope(r, p, &n);
	explain(r, &l, &a, &x);
done:
	around_release(&a);
	free(l.v);
	arena_release(&scratch);
	return e;
}

enum wend_err metric_upstream(const struct population *p, const struct cause_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	return run(p, o, false, ro, r, err);
}

enum wend_err metric_downstream(const struct population *p, const struct cause_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	return run(p, o, true, ro, r, err);
}
