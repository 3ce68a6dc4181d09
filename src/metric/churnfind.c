/* churn rate in words: the newest period that is over, its figure, its explanation. */
#include "churn_impl.h"

#include <math.h>

void churn_figure(struct report *r, const struct churn_lines *all, const struct churn_ctx *c)
{
	static const char *const names[] = { "churn_rate", "lo", "hi" };
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAND;
	r->figure.title = "customers who left, share of those there";
	r->figure.x_label = "period";
	r->figure.y_label = "churn rate";
	table_col(t, "period", COL_DAY, NULL, 0);
	for (int i = 0; i < 3; i++)
		table_col(t, names[i], COL_SHARE, NULL, 1);
	for (size_t i = 0; i < all->n; i++) {
		const struct churn_line *l = &all->v[i];
		const struct churn_rate v = rate_of(c->def[0], l, c);
		if (l->partial || l->blind || !(v.den >= (double)c->p->min_n))
			continue;
		put_int(t, period_day(c->unit, l->period));
		put_real(t, v.rate);
		put_real(t, v.ci.lo);
		put_real(t, v.ci.hi);
	}
}

const struct churn_line *churn_newest(const struct churn_lines *all, const struct churn_ctx *c)
{
	const struct churn_line *l = NULL;
	const int32_t until = period_number(c->unit, c->p->until);
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].partial && !all->v[i].blind && all->v[i].start && all->v[i].period <= until)
			l = &all->v[i];
	return l;
}

static void say_period(struct str *s, const struct churn_ctx *c, int32_t period)
{
	period_text(s, c->unit, period_day(c->unit, period));
}

void churn_say_rate(struct str *s, const struct churn_line *l, const struct churn_line *old, const struct churn_ctx *c)
{
	const enum definition d = c->def[0];
	const struct churn_rate v = rate_of(d, l, c);
	const bool few = !(v.den >= (double)c->p->min_n);
	if (!few) {
		say_share(s, v.rate);
		str_puts(s, d == DEF_EXPOSURE ? " a customer-month left in " : " of customers left in ");
		say_period(s, c, l->period);
		str_puts(s, " (");
	}
	say_real(s, v.num, 0);
	str_puts(s, " of ");
	say_real(s, v.den, d == DEF_EXPOSURE || d == DEF_DAILY ? 1 : 0);
	if (few) {
		str_puts(s, " customers left in ");
		say_period(s, c, l->period);
		str_printf(s, ": too few for a rate, which needs about %lld", (long long)c->p->min_n);
	} else {
		str_puts(s, "; ");
		say_shares(s, v.ci);
		str_puts(s, ")");
	}
	if (!few && old && !old->blind && rate_of(d, old, c).den > 0) {
		const struct change ch = churn_change(l, old, c);
		str_puts(s, ", ");
		say_share(s, rate_of(d, old, c).rate);
		str_puts(s, " in ");
		say_period(s, c, old->period);
		str_puts(s, !strcmp(ch.call, "real") ? ": more than chance" : !strcmp(ch.call, "chance") ? ": within chance" : ": too few to compare");
	}
	str_puts(s, ". ");
	if (c->leaving.contracts) {
		say_count(s, l->t.by_payment);
		str_puts(s, " of them by a failed payment; ");
		say_count(s, l->t.pending);
		str_puts(s, " more have cancelled and are still paid.");
	} else {
		const int32_t back = c->leaving.window + 1;
		str_puts(s, "They were last seen ");
		day_text(s, period_day(c->unit, l->period) - back);
		str_puts(s, " to ");
		day_text(s, period_day(c->unit, l->period + 1) - 1 - back);
		str_putc(s, '.');
	}
}

/* How far the definitions lie apart. */
static void say_spread(struct str *s, const struct churn_line *l, const struct churn_ctx *c)
{
	size_t lo = 0, hi = 0;
	for (size_t i = 1; i < c->ndef; i++) {
		lo = rate_of(c->def[i], l, c).rate < rate_of(c->def[lo], l, c).rate ? i : lo;
		hi = rate_of(c->def[i], l, c).rate > rate_of(c->def[hi], l, c).rate ? i : hi;
	}
	str_printf(s, " By %zu definitions it is ", c->ndef);
	say_share(s, rate_of(c->def[lo], l, c).rate);
	str_printf(s, " (%s) to ", definition_texts[c->def[lo]].name);
	say_share(s, rate_of(c->def[hi], l, c).rate);
	str_printf(s, " (%s).", definition_texts[c->def[hi]].name);
}

static void say_next(struct report *r, const struct churn_line *l, const struct churn_ctx *c)
{
	struct str period = STR_INIT;
	if (l)
		say_period(&period, c, l->period);
	if (l)
		line_add(&r->next, "wend churn rate --who %s%s%s", period.p, c->ndef > 1 ? " --definition " : "", c->ndef > 1 ? "all" : "");
	if (c->ndef < 2)
		line_add(&r->next, "wend churn rate --definition all");
	line_add(&r->next, c->leaving.contracts ? "wend churn mrr" : "wend churn window");
	str_release(&period);
}

void churn_find(struct report *r, const struct churn_result *res, const struct churn_acc *a, const struct churn_ctx *c)
{
	struct str *s = &r->finding;
	const struct churn_line *l = churn_newest(&res->all, c);
	const enum definition d = c->def[0];
	if (c->leaving.contracts && !a->records) {
		str_puts(s, "no subscriptions: nobody holds a contract that could end.");
		return;
	}
	if (!c->leaving.contracts && !a->customers) {
		str_puts(s, "nobody has bought yet: there is nobody who could leave.");
		return;
	}
	if (!res->known)
		str_puts(s, "no subscription in the store has an end: who left cannot be told from it.");
	else if (!l)
		str_puts(s, c->leaving.contracts ? "no period with customers at its start is over yet." : "no period is over in which somebody could have been silent for long enough.");
	else
		churn_say_rate(s, l, churn_line_at(&res->all, l->period - 1, NULL), c);
	if (l && res->known && c->ndef > 1)
		say_spread(s, l, c);
	if (a->trials) {
		str_putc(s, ' ');
		say_count(s, a->trials_lost);
		str_puts(s, " of ");
		say_things(s, a->trials, "trial was lost", "trials were lost");
		str_puts(s, c->trials ? ", counted as churn." : ", which is no churn.");
	}
	if (a->bad) {
		str_putc(s, ' ');
		say_things(s, a->bad, "subscription ends before it starts or at an unknown time and is left out.", "subscriptions end before they start or at an unknown time and are left out.");
	}
	if (a->unpaid) {
		str_putc(s, ' ');
		say_things(s, a->unpaid, "subscription is of no time or at a price of 0 and makes no customer.", "subscriptions are of no time or at a price of 0 and make no customers.");
	}
	for (size_t i = 0; i < res->late.n && i < 3; i++)
		str_printf(s, "%s%s", i ? ", " : " Dated into periods that were over before they came: ", res->late.v[i]);
	if (res->late.n)
		str_puts(s, res->late.n > 3 ? " and of others." : ".");
	if (c->ndef == 1)
		str_printf(&r->definition, "%s: %s; ", definition_texts[d].name, definition_texts[d].says);
	else
		str_printf(&r->definition, "definitions beside '%s': %s; difference_explained adds up to the counts of it; ", definition_texts[d].name, definition_texts[d].says);
	str_sv(&r->definition, str_view(&c->said));
	str_printf(&r->definition, "; %s* = period not over", c->leaving.contracts ? "trials are no customers; " : "");
	say_next(r, l, c);
}

void churn_explain(struct report *r, const struct churn_acc *a, const struct churn_ctx *c, const struct churn_lines *all)
{
	struct line_list *l = &r->explain.text;
	const struct churn_line *last = all->n ? &all->v[all->n - 1] : NULL;
	for (size_t i = 0; i < c->ndef; i++)
		line_add(l, "%s = %s%s", definition_texts[c->def[i]].name, definition_texts[c->def[i]].says, definition_texts[c->def[i]].revises ? "; a closed period may change" : "");
	line_add(l, "active at t = a customer from before t until t or later; boundaries at midnight in %s", zone_name(c->p->zone));
	if (c->leaving.contracts)
		line_add(l, "paid stretches of one customer that overlap or follow within %lld days are one; left by payment: status or reason say so, or the last payment in the %lld days before the end failed; a renewal within these days is a late one",
			 (long long)(c->leaving.grace_s / 86400), (long long)(c->leaving.dunning_s / 86400));
	else
		line_add(l, "a stretch lasts from the first purchase day to the end of the %dth day after the last one before a longer gap; that is known up to the last day the %s tell of", (int)c->leaving.window, kind_names[c->leaving.revenue->source]);
	if (last)
		line_add(l, "newest row: %lld at the start + %lld new + %lld reactivated - %lld churned - %lld in and out = %lld", (long long)last->start,
			 (long long)last->t.fresh, (long long)last->t.back, (long long)churned(last), (long long)last->t.in_out, (long long)last->end);
	if (c->by.n)
		line_add(l, "by: the value in force at the start of the period, of the customer as last reported; expected = n x rate of all; limits exact binomial, 95 %% (watch outside) and 99.8 %% (out)");
	line_add(l, "recovered = of the churned of a period, those who came back since: it grows with later data, no other count of a closed period does");
	if (c->leaving.contracts)
		line_add(l, "subscriptions %lld, trials %lld of which lost %lld, left out for bad dates %lld, of no time or at a price of 0 %lld", (long long)a->records, (long long)a->trials, (long long)a->trials_lost,
			 (long long)a->bad, (long long)a->unpaid);
	line_add(l, "late_rows: rows dated into the period that came with a batch after an earlier one had gone beyond it: what was printed in between has changed");
}
