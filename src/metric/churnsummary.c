/* churn: one screen. Who left in the newest period that is over, against the one before;
 * what that costs; what drove people away; who went without a word.
 *
 *   period       the counts and the rate of churn rate, its headline definition or the one
 *                given; the change by change_of
 *   money        a year with those who left (churnsilent.c)
 *   why          what drove customers away in the year up to the period's end (churn why):
 *                customers explained at the lower 95 % limit of the risk ratio
 *   silent       of those who left in the period, who went without a word
 *   next         how many of those there are will leave next, and what a year with them brings
 *                (churnahead.c)
 *
 * A span that is a day, a week, a month, a quarter or a year is the period; without one
 * months, or what --period says.
 */
#include "churnsummary_impl.h"
#include "ltv_impl.h"

#include <math.h>

enum { REASONS_SHOWN = 3 };

/* ---- which period ---- */
static void unit_of_span(struct churn_ctx *c, const struct population *p)
{
	static const enum period_unit units[] = { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR };
	for (size_t i = 0; i < sizeof units / sizeof *units && p->since != INT32_MIN; i++)
		if (period_start(units[i], p->since) == p->since && period_next(units[i], p->since) == p->until + 1)
			churn_periods(c, units[i]);
}

static enum wend_err compare_with(struct summary *s, const char *versus, struct err *err)
{
	static const int a_year[] = { [PERIOD_DAY] = 365, [PERIOD_WEEK] = 52, [PERIOD_MONTH] = 12, [PERIOD_QUARTER] = 4, [PERIOD_YEAR] = 1 };
	struct span t;
	int32_t k;
	if (!s->now)
		return WEND_OK;
	if (!versus || !strcmp(versus, "previous")) {
		k = s->now->period - 1;
	} else if (!strcmp(versus, "year")) {
		k = s->now->period - a_year[s->c.unit];
	} else {
		if (span_parse(&t, sv_of(versus), s->c.p->as_of, err))
			return err->code;
		k = period_number(s->c.unit, floor_day(t.from));
	}
	s->before = churn_line_at(&s->res.all, k, NULL);
	struct str name = STR_INIT;
	period_text(&name, s->c.unit, period_day(s->c.unit, k));
	snprintf(s->before_name, sizeof s->before_name, "%s", name.p);
	str_release(&name);
	return WEND_OK;
}

/* ---- rows ---- */
static const struct interval fact = MEASURE_FACT;

static void count_row(struct measures *m, const char *name, int64_t v, const char *definition)
{
	measure_add(m, (struct measure){ "period", name, SV_NONE, (double)v, fact, WEND_NONE, "customers", definition });
}

/* How many there are on a day: no count of what happened, which could be held against another. */
static void stock_row(struct measures *m, const char *name, int64_t v, const char *definition)
{
	measure_add(m, (struct measure){ "period", name, SV_NONE, (double)v, fact, v, "customers", definition });
}

static void period_rows(struct measures *m, const struct churn_line *l, const struct summary *s)
{
	const struct churn_ctx *c = &s->c;
	const enum definition d = c->def[0];
	if (!l || !s->res.known || l->blind)
		return;
	const struct churn_rate v = rate_of(d, l, c);
	const bool few = !(v.den >= (double)c->p->min_n);
	stock_row(m, "customers_start", l->start, "customers at the start of the period");
	count_row(m, "left", churned(l), "of them, none at its end");
	measure_add(m, (struct measure){ "period", "churn_rate", SV_NONE, few ? NAN : v.rate, few ? fact : v.ci, l->start, "share", definition_texts[d].says });
	if (c->leaving.contracts)
		count_row(m, "left_by_payment", l->t.by_payment, "of those who left, by a failed payment");
	count_row(m, "new", l->t.fresh, "first customers in the period");
	count_row(m, "reactivated", l->t.back, "came back after an earlier end");
	count_row(m, "in_and_out", l->t.in_out, "joined and left inside the period");
	if (c->leaving.contracts)
		stock_row(m, "pending", l->t.pending, "customers at the end who have cancelled");
	stock_row(m, "customers_end", l->end, "customers at the end of the period");
}

/* In major units, less what it cost. */
static double major(const struct summary *s, double minor)
{
	const int e = s->silent.cur ? currency_exponent(s->silent.cur) : 2;
	return minor * s->margin / pow(10, e < 0 ? 2 : e);
}

static int64_t gone_of(const struct silent_sum *s)
{
	return s->n[SILENT] + s->n[SAID] + s->n[NOT_COVERED] + s->n[NO_CHANNEL];
}

static int64_t told_of(const struct silent_sum *s)
{
	return s->n[SILENT] + s->n[SAID];
}

static int64_t year_of(const struct silent_sum *s)
{
	return s->year[SILENT] + s->year[SAID] + s->year[NOT_COVERED] + s->year[NO_CHANNEL];
}

static void next_rows(struct summary *s, const char *unit)
{
	const struct ahead *v = &s->ahead;
	if (!v->known)
		return;
	measure_add(&s->rows, (struct measure){ "next", "leave", SV_NONE, v->left, v->left_ci, v->people, "customers", s->next_says });
	if (!s->silent.money)
		return;
	const struct interval ci = { major(s, v->year_ci.lo), major(s, v->year_ci.hi) };
	measure_add(&s->rows, (struct measure){ "next", s->has_margin ? "margin_at_risk" : "revenue_at_risk", SV_NONE, major(s, v->year), ci, v->people, unit, "a year with each, times his chance to leave" });
	if (v->holders)
		measure_add(&s->rows, (struct measure){ "next", "holders", SV_NONE, (double)v->holders, fact, v->people, "customers", "the fewest of the likeliest who hold half of that" });
}

static void other_rows(struct summary *s, const char *unit)
{
	struct measures *m = &s->rows;
	const struct silent_sum *q = &s->silent;
	const int64_t told = told_of(q);
	if (s->now && q->money && gone_of(q))
		measure_add(m, (struct measure){ "money", s->has_margin ? "margin_lost" : "revenue_lost", SV_NONE, major(s, (double)year_of(q)), fact, gone_of(q), unit, "a year with those who left" });
	for (size_t i = 0; i < s->why.n && i < REASONS_SHOWN; i++) {
		const struct reason *r = &s->why.v[i];
		measure_add(m, (struct measure){ "why", "customers_explained", r->name, r->people, fact, s->why.left, "customers", "at the lower 95 % limit of the risk ratio" });
		measure_add(m, (struct measure){ "why", "risk_ratio", r->name, r->rr.rr, r->rr.ci, s->why.left, "ratio", "more frequent before leaving than at other times" });
		if (!isnan(r->money))
			measure_add(m, (struct measure){ "why", "money_a_year", r->name, major(s, round(r->money)), fact, s->why.left, unit, "a year with those explained" });
	}
	next_rows(s, unit);
	if (!s->heard || !told)
		return;
	const bool few = told < s->c.p->min_n;
	measure_add(m, (struct measure){ "silent", "customers", SV_NONE, (double)q->n[SILENT], fact, WEND_NONE, "customers", "left without contact, complaint or low score" });
	measure_add(m, (struct measure){ "silent", "share", SV_NONE, few ? NAN : (double)q->n[SILENT] / (double)told, few ? fact : wilson((double)q->n[SILENT], (double)told, ALPHA), told, "share", "of those who could have been heard" });
	if (q->money)
		measure_add(m, (struct measure){ "silent", s->has_margin ? "margin_lost" : "revenue_lost", SV_NONE, major(s, (double)q->year[SILENT]), fact, q->n[SILENT], unit, "a year with them" });
}

/* ---- for people ---- */
static void cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void blank(struct table *t, int n)
{
	for (; n > 0; n--)
		put_text(t, SV(""));
}

static void count_line(struct table *t, const char *what, int64_t now, const int64_t *before)
{
	struct str s = STR_INIT;
	put_z(t, what);
	say_count(&s, now);
	cell(t, &s);
	blank(t, 1);
	if (before)
		say_count(&s, *before);
	cell(t, &s);
	blank(t, 1);
	str_release(&s);
}

static void left_line(struct table *t, const struct summary *s)
{
	const struct churn_ctx *c = &s->c;
	const struct churn_rate v = rate_of(c->def[0], s->now, c);
	const bool few = !(v.den >= (double)c->p->min_n), both = s->before && !s->before->blind;
	struct str x = STR_INIT;
	put_z(t, "left");
	say_real(&x, v.num, 0);
	if (!few) {
		str_puts(&x, " = ");
		say_share(&x, v.rate);
	}
	cell(t, &x);
	if (!few)
		str_printf(&x, "%.1f-%.1f", v.ci.lo * 100, v.ci.hi * 100);
	cell(t, &x);
	const struct churn_rate old = both ? rate_of(c->def[0], s->before, c) : (struct churn_rate){ .rate = NAN };
	if (both) {
		say_real(&x, old.num, 0);
		if (!isnan(old.rate)) {
			str_puts(&x, " = ");
			say_share(&x, old.rate);
		}
	}
	cell(t, &x);
	if (both) {
		const struct change ch = churn_change(s->now, s->before, c);
		if (!strcmp(ch.call, "few"))
			str_puts(&x, "few");
		else
			str_printf(&x, "%+.1f pt %s", ch.diff * 100, ch.call);
	}
	cell(t, &x);
	str_release(&x);
}

static void say_limits(struct str *s, struct interval ci)
{
	say_real(s, ci.lo, 0);
	str_putc(s, '-');
	say_real(s, ci.hi, 0);
}

static void why_block(struct report *r, const struct summary *s)
{
	struct table *t = &report_screen(r, "WHY, in the year before")->t;
	static const char *const cols[] = { "", "customers", "risk ratio", "95 %", "a year" };
	struct str x = STR_INIT;
	for (int i = 0; i < 5; i++)
		table_col(t, cols[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < s->why.n && i < REASONS_SHOWN; i++) {
		const struct reason *v = &s->why.v[i];
		put_text(t, v->name);
		str_puts(&x, ">= ");
		say_real(&x, v->people, 0);
		cell(t, &x);
		say_real(&x, v->rr.rr, 1);
		str_puts(&x, v->doubtful ? " ?" : "");
		cell(t, &x);
		str_printf(&x, "%.1f-%.1f", v->rr.ci.lo, v->rr.ci.hi);
		cell(t, &x);
		if (!isnan(v->money))
			say_money(&x, llround(v->money * s->margin), s->silent.cur, false);
		cell(t, &x);
	}
	str_release(&x);
}

static void next_block(struct report *r, const struct summary *s)
{
	const struct ahead *v = &s->ahead;
	struct table *t = &report_screen(r, arena_printf(&r->arena, "NEXT %d DAYS", (int)v->horizon))->t;
	static const char *const cols[] = { "", "customers", "95 %", "a year" };
	struct str x = STR_INIT;
	for (int i = 0; i < 4; i++)
		table_col(t, cols[i], COL_TEXT, NULL, -1);
	put_z(t, "will leave, about");
	say_real(&x, v->left, 0);
	cell(t, &x);
	say_limits(&x, v->left_ci);
	cell(t, &x);
	if (s->silent.money)
		say_money(&x, llround(v->year * s->margin), s->silent.cur, false);
	cell(t, &x);
	if (!v->holders || !s->silent.money)
		goto done;
	put_z(t, "the likeliest hold half of it");
	say_count(&x, v->holders);
	cell(t, &x);
	blank(t, 1);
	say_money(&x, llround(v->year * s->margin / 2), s->silent.cur, false);
	cell(t, &x);
done:
	str_release(&x);
}

static void screen(struct report *r, const struct summary *s)
{
	const struct churn_line *l = s->now, *b = s->before && !s->before->blind ? s->before : NULL;
	const struct silent_sum *q = &s->silent;
	struct str x = STR_INIT;
	period_text(&x, s->c.unit, period_day(s->c.unit, l->period));
	struct table *t = &report_screen(r, "")->t;
	table_col(t, "", COL_TEXT, NULL, -1);
	table_col(t, arena_strdup(&t->arena, x.p), COL_TEXT, NULL, -1);
	table_col(t, "95 %", COL_TEXT, NULL, -1);
	table_col(t, b ? arena_strdup(&t->arena, s->before_name) : " ", COL_TEXT, NULL, -1);
	table_col(t, b ? "change" : "  ", COL_TEXT, NULL, -1);
	str_reset(&x);
	count_line(t, "customers at the start", l->start, b ? &b->start : NULL);
	left_line(t, s);
	if (s->c.leaving.contracts)
		count_line(t, "  by a failed payment", l->t.by_payment, b ? &b->t.by_payment : NULL);
	count_line(t, "new", l->t.fresh, b ? &b->t.fresh : NULL);
	count_line(t, "came back", l->t.back, b ? &b->t.back : NULL);
	if (s->c.leaving.contracts)
		count_line(t, "cancelled, still paid", l->t.pending, b ? &b->t.pending : NULL);
	count_line(t, "customers at the end", l->end, b ? &b->end : NULL);
	if (q->money && gone_of(q)) {
		put_z(t, s->has_margin ? "margin lost, a year" : "revenue lost, a year");
		say_money(&x, (int64_t)llround((double)year_of(q) * s->margin), q->cur, false);
		cell(t, &x);
		blank(t, 3);
	}
	if (s->heard && told_of(q) >= s->c.p->min_n) {
		const struct interval ci = wilson((double)q->n[SILENT], (double)told_of(q), ALPHA);
		put_z(t, "no word before leaving");
		say_count(&x, q->n[SILENT]);
		str_puts(&x, " = ");
		say_share(&x, (double)q->n[SILENT] / (double)told_of(q));
		cell(t, &x);
		str_printf(&x, "%.1f-%.1f", ci.lo * 100, ci.hi * 100);
		cell(t, &x);
		blank(t, 2);
	}
	if (s->why.n)
		why_block(r, s);
	if (s->ahead.known)
		next_block(r, s);
	str_release(&x);
}

/* ---- in words ---- */
static void find(struct report *r, const struct summary *s)
{
	struct str *f = &r->finding;
	churn_say_rate(f, s->now, s->before, &s->c);
	if (s->heard && told_of(&s->silent) >= s->c.p->min_n) {
		str_putc(f, ' ');
		say_share(f, (double)s->silent.n[SILENT] / (double)told_of(&s->silent));
		str_puts(f, " of those who could have been heard went without a word.");
	}
	if (s->why.n) {
		str_puts(f, " First cause in the year before: ");
		str_sv(f, s->why.v[0].name);
		str_puts(f, ", at least ");
		say_real(f, s->why.v[0].people, 0);
		str_puts(f, " of the ");
		say_count(f, s->why.left);
		str_puts(f, " who left then.");
	}
	if (s->ahead.known) {
		str_puts(f, " About ");
		say_real(f, s->ahead.left, 0);
		str_printf(f, " more in the next %d days (", (int)s->ahead.horizon);
		say_real(f, s->ahead.left_ci.lo, 0);
		str_puts(f, " to ");
		say_real(f, s->ahead.left_ci.hi, 0);
		str_puts(f, ").");
	}
}

/* ---- the report ---- */
static void next_steps(struct report *r, const struct summary *s)
{
	struct str period = STR_INIT;
	line_add(&r->next, "wend churn why");
	if (s->ahead.holders)
		line_add(&r->next, "wend churn risk --top %lld", (long long)s->ahead.holders);
	if (s->now) {
		period_text(&period, s->c.unit, period_day(s->c.unit, s->now->period));
		line_add(&r->next, "wend churn rate --who %s", period.p);
	}
	line_add(&r->next, s->heard ? "wend churn silent" : "wend churn rate");
	str_release(&period);
}

static void release(struct summary *s)
{
	summary_forget(s);
	churn_ctx_release(&s->c);
	free(s->rows.v);
	free(s->old.v);
}

enum wend_err metric_churn_summary(const struct population *p, const struct churn_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	static const struct ltv_options plain = { .margin = NAN, .discount = NAN };
	struct summary s = { .margin = 1 };
	struct value_terms terms;
	enum wend_err e = churn_settle(&s.c, p, o, ro, true, &r->arena, err);
	if (!e && !ro->period)
		unit_of_span(&s.c, p);
	if (!e)
		e = value_terms_read(&terms, p, &plain, "week", err);
	if (e || (e = summary_look(&s, p, o, ro, &r->arena, err)) || (e = compare_with(&s, ro->versus, err)))
		goto done;
	s.margin = terms.margin;
	s.has_margin = terms.has_margin;
	char cur[4] = "";
	if (s.silent.cur)
		currency_text(cur, s.silent.cur);
	period_rows(&s.rows, s.now, &s);
	period_rows(&s.old, s.before, &s);
	s.next_says = arena_printf(&r->table.arena, "expected to leave within %d days; %s", (int)s.ahead.horizon, s.c.leaving.contracts ? "the chances of churn risk, added up" : "by how long they have been silent");
	other_rows(&s, arena_strdup(&r->table.arena, cur));
	for (size_t i = 0; i < s.rows.n; i++)
		if (s.rows.v[i].group.p)
			s.rows.v[i].group = sv_n(arena_strndup(&r->table.arena, s.rows.v[i].group.p, s.rows.v[i].group.n), s.rows.v[i].group.n);
	measures_table(&r->table, &s.rows, s.before ? &s.old : NULL, p->min_n);
	if (s.now) {
		screen(r, &s);
		find(r, &s);
		str_printf(&r->definition, "%s: %s; ", definition_texts[s.c.def[0]].name, definition_texts[s.c.def[0]].says);
		str_sv(&r->definition, str_view(&s.c.said));
	} else {
		churn_find(r, &s.res, &s.a, &s.c);
		line_list_release(&r->next);
	}
	churn_figure(r, &s.res.all, &s.c);
	next_steps(r, &s);
	if (s.now && !s.silent.money)
		line_add(&r->warn, "prices are in several currencies and not added up; choose one with '--currency'");
	e = say_scope(&r->finding, p, &s.n, churn_kinds(&s.c), err);
	report_scope(r, p, &s.n);
	churn_explain(r, &s.a, &s.c, &s.res.all);
	if (s.ahead.known && s.c.leaving.contracts)
		line_add(&r->explain.text, "next: sum of the chances that churn risk gives each; limits of chance and of the level it has foreseen before");
	else if (s.ahead.known)
		line_add(&r->explain.text, "next: by days of silence and number of purchases, the share of gaps that go on beyond the window (Kaplan-Meier); limits of chance, Greenwood (1926) and what it missed before");
	if (s.ahead.known && !isnan(s.ahead.foreseen))
		line_add(&r->explain.text, "next, made %d days earlier: %.0f foreseen, %lld left", (int)s.ahead.horizon, s.ahead.foreseen, (long long)s.ahead.gone);
	line_add(&r->explain.text, "why: customers who left in the year up to the end of the period; silent: those who left in the period, listened to for 90 days before they were last seen");
done:
	release(&s);
	return e;
}
