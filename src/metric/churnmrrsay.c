/* churn mrr in words, on the screen and as a picture. */
#include "churnmrr_impl.h"

#include <math.h>

static double major(const struct mrr_ctx *c, int64_t minor)
{
	const int e = c->cur ? currency_exponent(c->cur) : 2;
	return (double)minor / pow(10, e < 0 ? 2 : e);
}

static void say_period(struct str *s, const struct mrr_ctx *c, int32_t period)
{
	period_text(s, c->unit, period_day(c->unit, period));
}

/* ---- words ---- */

static const struct mrr_row *newest(const struct mrr_rows *all, const struct mrr_row **before)
{
	const struct mrr_row *v = NULL;
	*before = NULL;
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].partial) {
			*before = v;
			v = &all->v[i];
		}
	return v;
}

static void say_bridge(struct str *s, const struct mrr_row *v, const struct mrr_ctx *c)
{
	static const char *const word[MRR_MOVES] = { " new, ", " expansion and ", " reactivation against ", " contraction and ", " churned" };
	const int64_t change = v->end - v->c.start;
	say_money(s, v->end, c->cur, false);
	str_puts(s, " a month recurring at the end of ");
	say_period(s, c, v->period);
	if (v->c.start && !change) {
		str_puts(s, ", as at its start");
	} else if (v->c.start) {
		str_puts(s, ", ");
		say_share(s, fabs((double)change / (double)v->c.start));
		str_printf(s, " %s than at its start (", change < 0 ? "less" : "more");
		say_money(s, v->c.start, c->cur, false);
		str_puts(s, ")");
	}
	str_puts(s, ": ");
	for (int i = 0; i < MRR_MOVES; i++) {
		say_real(s, major(c, v->c.move[i].minor), 0);
		str_puts(s, word[i]);
	}
	str_puts(s, ".");
}

static void say_rates(struct str *s, const struct mrr_row *v, const struct mrr_row *before, const struct mrr_ctx *c)
{
	struct mrr_rate now[MRR_RATES], old[MRR_RATES];
	mrr_rates(now, &v->c);
	str_putc(s, ' ');
	if (v->c.customers < c->p->min_n) {
		say_things(s, v->c.customers, "customer paid", "customers paid");
		str_printf(s, " at its start: too few for a rate, which needs about %lld.", (long long)c->p->min_n);
		return;
	}
	say_share(s, now[MRR_GROSS].value);
	str_puts(s, " of the money at the start was lost (");
	say_shares(s, now[MRR_GROSS].ci);
	str_puts(s, ")");
	if (before && before->period == v->period - 1 && before->c.customers >= c->p->min_n) {
		mrr_rates(old, &before->c);
		const struct change d = change_of(now[MRR_GROSS].value, now[MRR_GROSS].ci, old[MRR_GROSS].value, old[MRR_GROSS].ci, false);
		str_puts(s, ", ");
		say_share(s, old[MRR_GROSS].value);
		str_puts(s, " in ");
		say_period(s, c, before->period);
		str_puts(s, !strcmp(d.call, "real") ? ": more than chance" : ": within chance");
	}
	str_puts(s, ". The ");
	say_things(s, v->c.customers, "customer", "customers");
	str_puts(s, " of the start pay ");
	say_share(s, now[MRR_NRR].value);
	str_puts(s, " of it at the end (NRR; ");
	say_shares(s, now[MRR_NRR].ci);
	str_puts(s, ").");
}

void mrr_find(struct report *r, const struct mrr_rows *all, const struct mrr_facts *f, const struct mrr_ctx *c)
{
	struct str *s = &r->finding;
	const struct mrr_row *before, *v = newest(all, &before);
	if (!f->subscriptions) {
		str_puts(s, "no subscriptions: nobody pays by contract, so there is no recurring money. What buyers without a contract bring: wend ltv.");
		return;
	}
	if (!all->n && f->unpriced) {
		str_puts(s, "no contract has a price: there is no recurring money to add up.");
	} else if (!c->known) {
		str_puts(s, "no subscription in the store has an end: what was lost and gained cannot be told from it.");
	} else if (!v) {
		str_puts(s, "no period is over yet.");
	} else {
		say_bridge(s, v, c);
		say_rates(s, v, before, c);
	}
	if (f->unpriced && all->n) {
		str_putc(s, ' ');
		say_things(s, f->unpriced, "contract has no price and is in no sum.", "contracts have no price and are in no sum.");
	}
	if (f->bad) {
		str_putc(s, ' ');
		say_things(s, f->bad, "subscription ends before it starts or at an unknown time and is left out.", "subscriptions end before they start or at an unknown time and are left out.");
	}
}

/* ---- what people see ---- */

static void put_str(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void put_name(struct table *t, struct str *s, const struct mrr_row *v, const struct mrr_ctx *c)
{
	say_period(s, c, v->period);
	if (v->partial)
		str_putc(s, '*');
	for (size_t i = 0; i < c->cuts.n; i++) {
		const struct sv name = v->group ? v->group->value[i] : SV_NONE;
		str_printf(s, " %.*s", name.p ? (int)name.n : 9, name.p ? name.p : "not known");
	}
	put_str(t, s);
}

static void put_amounts(struct table *t, struct str *s, const struct mrr_row *v, const struct mrr_ctx *c)
{
	say_real(s, major(c, v->c.start), 0);
	put_str(t, s);
	for (int i = 0; i < MRR_MOVES; i++) {
		const int64_t m = v->c.move[i].minor;
		if (c->known || i == MRR_NEW)
			say_real(s, major(c, i >= MRR_CONTRACTION && m ? -m : m), 0);
		put_str(t, s);
	}
	say_real(s, major(c, v->end), 0);
	put_str(t, s);
}

static void put_rate(struct table *t, struct str *s, const struct mrr_rate *v, double by, int digits, bool few)
{
	if (few || isnan(v->value)) {
		str_puts(s, few ? "few" : "");
		put_str(t, s);
		put_str(t, s);
		return;
	}
	say_real(s, v->value * by, digits);
	put_str(t, s);
	say_real(s, v->ci.lo * by, digits);
	str_putc(s, '-');
	if (isfinite(v->ci.hi))
		say_real(s, v->ci.hi * by, digits);
	put_str(t, s);
}

void mrr_screen(struct report *r, const struct mrr_rows *rows, const struct mrr_ctx *c)
{
	static const char *const amount[] = { "start", "new", "expanded", "back", "reduced", "churned", "end" };
	static const char *const rate[] = { "customers", "gross %", "95 %", "NRR %", "95 % ", "quick", " 95 %" };
	static const int shown[] = { MRR_GROSS, MRR_NRR, MRR_QUICK };
	char code[4] = "";
	struct str s = STR_INIT;
	if (!rows->n)
		return;
	if (c->cur)
		currency_text(code, c->cur);
	struct table *t = &report_screen(r, arena_printf(&r->arena, "%s%sA MONTH", code, *code ? " " : ""))->t;
	table_col(t, "", COL_TEXT, NULL, -1);
	for (int i = 0; i < 7; i++)
		table_col(t, amount[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < rows->n; i++) {
		put_name(t, &s, &rows->v[i], c);
		put_amounts(t, &s, &rows->v[i], c);
	}
	if (c->known) {
		t = &report_screen(r, "RATES")->t;
		table_col(t, "", COL_TEXT, NULL, -1);
		for (int i = 0; i < 7; i++)
			table_col(t, rate[i], COL_TEXT, NULL, -1);
		for (size_t i = 0; i < rows->n; i++) {
			struct mrr_rate v[MRR_RATES];
			mrr_rates(v, &rows->v[i].c);
			put_name(t, &s, &rows->v[i], c);
			say_count(&s, rows->v[i].c.customers);
			put_str(t, &s);
			for (int k = 0; k < 3; k++)
				put_rate(t, &s, &v[shown[k]], k == 2 ? 1 : 100, k == 2 ? 2 : 1, rows->v[i].c.customers < c->p->min_n);
		}
	}
	str_release(&s);
}

/* ---- the bridge, drawn: the newest period that is over, or all of a span ---- */

void mrr_figure(struct report *r, const struct mrr_rows *all, const struct mrr_ctx *c)
{
	struct table *t = &r->figure.data;
	const struct mrr_row *before, *to = newest(all, &before), *from = to;
	struct str s = STR_INIT;
	char code[4] = "";
	r->figure.kind = FIG_WATERFALL;
	table_col(t, "what", COL_TEXT, NULL, -1);
	table_col(t, "amount", COL_REAL, NULL, 0);
	table_col(t, "role", COL_TEXT, NULL, -1);
	if (!to || !c->known)
		return;
	if (*c->p->span_text)
		from = all->v;
	if (c->cur)
		currency_text(code, c->cur);
	say_period(&s, c, from->period);
	if (from != to) {
		str_puts(&s, " to ");
		say_period(&s, c, to->period);
	}
	r->figure.title = arena_printf(&r->arena, "recurring money a month, %s", s.p);
	r->figure.y_label = arena_printf(&r->arena, "%s%sa month", code, *code ? " " : "");
	str_reset(&s);
	say_count(&s, from->c.customers);
	r->figure.note = arena_printf(&r->arena, "n = %s customers at the start", s.p);
	put_z(t, "start");
	put_real(t, major(c, from->c.start));
	put_z(t, "total");
	for (int i = 0; i < MRR_MOVES; i++) {
		int64_t sum = 0;
		for (const struct mrr_row *v = from; v <= to; v++)
			sum += v->c.move[i].minor;
		put_z(t, mrr_move_name[i]);
		put_real(t, major(c, i >= MRR_CONTRACTION ? -sum : sum));
		put_empty(t);
	}
	put_z(t, "end");
	put_real(t, major(c, to->end));
	put_z(t, "total");
	str_release(&s);
}
