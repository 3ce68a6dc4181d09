/* Steps that hurt, or please, as a table, in words and as a picture: see pain.c. */
#include "pain_impl.h"

#include <math.h>

static double stake(const struct pain_print *g, const struct pain_row *v, double diff)
{
	return (double)v->days / g->months * diff * g->value;
}

static void put_stake(struct table *t, const struct pain_print *g, const struct pain_row *v, double diff)
{
	const double m = stake(g, v, diff);
	put_int(t, v->few || isnan(m) ? WEND_NONE : llround(m));
}

static void put_or_few(struct table *t, double v, bool few)
{
	if (few)
		put_few(t);
	else
		put_real(t, v);
}

static void fill(struct table *t, const struct pain_print *g)
{
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "customers", COL_INT, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "risk_after", COL_SHARE, NULL, 1);
	table_col(t, "risk_matched", COL_SHARE, NULL, 1);
	table_col(t, "diff", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "odds_ratio", COL_REAL, NULL, 2);
	table_col(t, "odds_lo", COL_REAL, NULL, 2);
	table_col(t, "odds_hi", COL_REAL, NULL, 2);
	table_col(t, "q", COL_REAL, NULL, 4);
	table_col_money(t, "value_at_stake", g->cur);
	table_col_money(t, "value_lo", g->cur);
	table_col_money(t, "value_hi", g->cur);
	table_col(t, "few", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < g->n; i++) {
		const struct pain_row *v = &g->v[i];
		put_text(t, v->name);
		put_int(t, v->customers);
		put_int(t, v->a.days);
		put_or_few(t, v->a.after, v->few);
		put_or_few(t, v->a.matched, v->few);
		put_or_few(t, v->a.diff, v->few);
		put_or_few(t, v->a.ci.lo, v->few);
		put_or_few(t, v->a.ci.hi, v->few);
		put_or_few(t, v->a.odds.rr, v->few);
		put_or_few(t, v->a.odds.ci.lo, v->few);
		put_or_few(t, v->a.odds.ci.hi, v->few);
		put_or_few(t, v->q, v->few);
		put_stake(t, g, v, v->a.diff);
		put_stake(t, g, v, v->a.ci.lo);
		put_stake(t, g, v, v->a.ci.hi);
		put_z(t, v->few ? "few" : "");
	}
}

static void draw(struct report *r, const struct pain_print *g)
{
	struct table *t = &r->figure.data;
	size_t shown = 0;
	r->figure.kind = FIG_FOREST;
	r->figure.title = arena_printf(&r->arena, "%s within %d days after a step, against days alike", g->what.p, (int)g->x->window);
	r->figure.x_label = "odds ratio, 95 %";
	r->figure.log_x = true;
	r->figure.ref = 1;
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "odds_ratio", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	for (size_t i = 0; i < g->n && shown < 30; i++) {
		if (g->v[i].few)
			continue;
		put_text(t, g->v[i].name);
		put_real(t, g->v[i].a.odds.rr);
		put_real(t, g->v[i].a.odds.ci.lo);
		put_real(t, g->v[i].a.odds.ci.hi);
		shown++;
	}
}

static void screen(struct report *r, const struct pain_print *g)
{
	struct table *t = NULL;
	struct str s = STR_INIT;
	char cur[4] = "";
	currency_text(cur, g->cur);
	for (size_t i = 0, shown = 0; i < g->n && shown < 15; i++) {
		const struct pain_row *v = &g->v[i];
		if (v->few)
			continue;
		if (!t) {
			t = &report_screen(r, arena_printf(&r->arena, "%s IN %d DAYS AFTER", g->good ? "GOOD" : "BAD", (int)g->x->window))->t;
			table_col(t, "", COL_TEXT, NULL, -1);
			table_col(t, "customers", COL_TEXT, NULL, -1);
			table_col(t, "after", COL_TEXT, NULL, -1);
			table_col(t, "alike", COL_TEXT, NULL, -1);
			table_col(t, "more, 95 %", COL_TEXT, NULL, -1);
			table_col(t, isnan(g->value) ? " " : arena_printf(&r->arena, "%s a month", cur), COL_TEXT, NULL, -1);
		}
		put_text(t, v->name);
		say_count(&s, v->customers);
		put_said(t, &s);
		say_share(&s, v->a.after);
		put_said(t, &s);
		say_share(&s, v->a.matched);
		put_said(t, &s);
		say_shares(&s, v->a.ci);
		put_said(t, &s);
		if (!isnan(g->value) && v->found)
			say_money(&s, llround(stake(g, v, v->a.diff)), 0, false);
		put_said(t, &s);
		shown++;
	}
	str_release(&s);
}

static void find(struct report *r, const struct pain_print *g)
{
	struct str *s = &r->finding;
	size_t tested = 0;
	for (size_t i = 0; i < g->n; i++)
		tested += !g->v[i].few;
	if (g->n && g->v[0].found) {
		const struct pain_row *v = &g->v[0];
		str_sv(s, v->name);
		str_printf(s, " %s most: within %d days ", g->good ? "pleases" : "hurts", (int)g->x->window);
		say_share(s, v->a.after);
		str_printf(s, " %s (%s), days alike ", g->good ? "do something good" : "end badly", g->what.p);
		say_share(s, v->a.matched);
		str_puts(s, "; ");
		say_share(s, v->a.diff);
		str_puts(s, " more (");
		say_shares(s, v->a.ci);
		str_puts(s, "; ");
		say_things(s, v->customers, "customer", "customers");
		if (!isnan(g->value)) {
			str_puts(s, "; ");
			say_money(s, llround(stake(g, v, v->a.diff)), g->cur, false);
			str_puts(s, " a month at stake");
		}
		str_puts(s, "). ");
	} else if (tested) {
		str_printf(s, "no step is followed by %s more often than days alike, beyond chance. ", g->what.p);
	} else {
		str_puts(s, "too few to tell: no step has 30 customers and 10 outcomes. ");
	}
	say_things(s, (int64_t)tested, "step tested, ", "steps tested together, ");
	say_things(s, g->a->customers, "customer.", "customers.");
}

void pain_table(struct report *r, const struct pain_print *g)
{
	fill(&r->table, g);
	screen(r, g);
	draw(r, g);
	find(r, g);
}
