/* channels summary: a row a channel, and where the next money should go.
 *
 * The one or two channels to concentrate on are those called scale with the greatest lower
 * limit of value a unit of the next money: clv_lo / marginal cost's upper limit where that is
 * known, else the lower limit of clv / cac.
 */
#include "channel_impl.h"

#include <math.h>

/* Room for more: what the next unit of money brings at least. */
static double room_of(const struct channel *ch)
{
	if (!isnan(ch->marginal_ci.hi) && ch->marginal_ci.hi > 0)
		return fmin(ch->clv_ci.lo / ch->marginal_ci.hi, ch->ratio_ci.lo);
	return ch->ratio_ci.lo;
}

/* ---- table ---- */

static void columns(struct table *t, const struct channels *c, const char *by)
{
	const struct ltv_look *l = &c->look;
	const char *money = *l->currency ? arena_strdup(&t->arena, l->currency) : NULL;
	static const char *const cost[] = { "cac_blended", "cac_paid", "cac_lo", "cac_hi", "cac_loaded" }, *const ratio[] = { "ltv_cac", "ltv_cac_lo", "ltv_cac_hi" };
	static const char *const kept[] = { "retention_12m", "retention_lo", "retention_hi" };
	table_col(t, by, COL_TEXT, NULL, -1);
	table_col_money(t, "spend", l->b.counts.cur);
	table_col(t, "hours", COL_REAL, "hours", 1);
	table_col(t, "new_customers", COL_REAL, NULL, c->credited ? 1 : 0);
	for (size_t i = 0; i < 5; i++)
		table_col(t, cost[i], COL_REAL, money, 2);
	table_col(t, c->margin ? "clv" : "revenue_clv", COL_REAL, money, 2);
	table_col(t, "clv_lo", COL_REAL, money, 2);
	table_col(t, "clv_hi", COL_REAL, money, 2);
	for (size_t i = 0; i < 3; i++)
		table_col(t, ratio[i], COL_REAL, NULL, 1);
	table_col(t, "payback_months", COL_INT, "months", 0);
	table_col(t, "payback_lo", COL_INT, "months", 0);
	table_col(t, "payback_hi", COL_INT, "months", 0);
	table_col(t, "payback", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < 3; i++)
		table_col(t, kept[i], COL_SHARE, NULL, 1);
	table_col(t, "only_here", COL_REAL, "customers", c->credited ? 1 : 0);
	table_col(t, "break_even_margin", COL_SHARE, NULL, 1);
	table_col(t, "existing_customers", COL_INT, NULL, 0);
	table_col(t, "new_revenue", COL_REAL, money, 2);
	table_col(t, "existing_revenue", COL_REAL, money, 2);
	table_col(t, "next_lo", COL_REAL, NULL, 1);
	table_col(t, "verdict", COL_TEXT, NULL, -1);
	table_col(t, "flag", COL_TEXT, NULL, -1);
}

static const char *payback_word(const struct channel *ch)
{
	if (isnan(ch->loaded) || isnan(ch->curve[0]))
		return NULL;
	return ch->payback == 0 ? "at once" : ch->payback > 0 ? "paid back" : ch->never ? "never" : "not yet";
}

static void put_estimate(struct table *t, bool few, double v)
{
	if (few)
		put_few(t);
	else
		put_real(t, v);
}

static void put_month(struct table *t, int month)
{
	put_int(t, month < 0 ? WEND_NONE : month);
}

static void put_channel(struct table *t, const struct channel *ch, const struct channels *c, bool all)
{
	const bool few = ch->won < (double)c->min_n;
	put_text(t, ch->name);
	put_int(t, ch->spends ? ch->spend : WEND_NONE);
	put_real(t, ch->hours ? (double)ch->hours / 1e6 : NAN);
	put_real(t, ch->won);
	put_real(t, all ? ch->cac : NAN);
	put_real(t, all ? NAN : ch->cac);
	put_real(t, ch->cac_ci.lo);
	put_real(t, ch->cac_ci.hi);
	put_real(t, ch->loaded);
	put_estimate(t, few, ch->clv);
	put_estimate(t, few, ch->clv_ci.lo);
	put_estimate(t, few, ch->clv_ci.hi);
	put_estimate(t, few, c->margin ? ch->ratio : NAN);
	put_estimate(t, few, c->margin ? ch->ratio_ci.lo : NAN);
	put_estimate(t, few, c->margin ? ch->ratio_ci.hi : NAN);
	put_month(t, c->margin ? ch->payback : -1);
	put_month(t, c->margin ? ch->payback_lo : -1);
	put_month(t, c->margin ? ch->payback_hi : -1);
	put_z(t, c->margin ? payback_word(ch) : NULL);
	put_real(t, ch->kept);
	put_real(t, ch->kept_ci.lo);
	put_real(t, ch->kept_ci.hi);
	put_real(t, c->touches && !all && ch->known ? ch->alone : NAN);
	put_real(t, !c->margin && !few && ch->ratio > 0 ? 1 / ch->ratio : NAN);
	put_int(t, (int64_t)llround(ch->existing));
	put_real(t, ch->brought);
	put_real(t, ch->bought_existing / c->look.minor);
	put_estimate(t, few, c->margin ? room_of(ch) : NAN);
	put_z(t, ch->verdict);
	put_z(t, few ? "few" : NULL);
}

/* Most customers first; what is not known behind the named. */
static int by_won(const void *a, const void *b)
{
	const struct channel *x = *(const struct channel *const *)a, *y = *(const struct channel *const *)b;
	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (x->won != y->won)
		return x->won > y->won ? -1 : 1;
	return sv_natcmp(x->name, y->name);
}

static const struct channel **in_order(const struct channels *c, size_t *n)
{
	const struct channel **v = xreallocarray(NULL, c->n + 1, sizeof *v);
	*n = 0;
	for (size_t k = 0; k < c->n; k++)
		if (c->v[k].won > 0 || c->v[k].spends || c->v[k].existing > 0)
			v[(*n)++] = &c->v[k];
	if (*n)
		qsort(v, *n, sizeof *v, by_won);
	return v;
}

/* ---- for people ---- */

static void cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void say(struct str *s, double v, int digits)
{
	if (!isnan(v))
		say_real(s, v, digits);
}

static void screen_row(struct table *t, struct str *s, const struct channel *ch, const struct channels *c)
{
	const bool few = ch->won < (double)c->min_n;
	put_text(t, ch->name);
	say(s, ch->won, c->credited ? 1 : 0);
	cell(t, s);
	say(s, ch->spends ? (double)ch->spend / c->look.minor : NAN, 0);
	cell(t, s);
	say(s, ch->cac, 2);
	cell(t, s);
	if (few)
		str_puts(s, "few");
	else
		say(s, ch->clv, 2);
	cell(t, s);
	if (c->margin) {
		if (!few)
			say(s, ch->ratio, 1);
		cell(t, s);
		if (!few && !isnan(ch->ratio_ci.lo)) {
			say(s, ch->ratio_ci.lo, 1);
			str_putc(s, '-');
			say(s, ch->ratio_ci.hi, 1);
		}
		cell(t, s);
		if (ch->payback >= 0)
			str_printf(s, "%d", ch->payback);
		else
			str_puts(s, payback_word(ch) ? payback_word(ch) : "");
		cell(t, s);
		put_z(t, ch->verdict ? ch->verdict : "-");
	} else {
		if (!few && ch->ratio > 0)
			say_share(s, 1 / ch->ratio);
		cell(t, s);
	}
}

static void screen(struct report *r, const struct channels *c, const struct channel *const *v, size_t n)
{
	static const char *const with[] = { "WON BY", "new", "spend", "cac", "for life", "ltv:cac", "95 %", "months", "verdict" };
	static const char *const without[] = { "WON BY", "new", "spend", "cac", "revenue for life", "breaks even at" };
	struct table *t = &report_screen(r, "WON BY")->t;
	struct str s = STR_INIT;
	for (size_t i = 0; i < (c->margin ? sizeof with / sizeof *with : sizeof without / sizeof *without); i++)
		table_col(t, i ? (c->margin ? with[i] : without[i]) : "", COL_TEXT, NULL, -1);
	for (size_t i = 0; i < n; i++)
		if (v[i]->won > 0 || v[i]->spends)
			screen_row(t, &s, v[i], c);
	if (n > 1)
		screen_row(t, &s, &c->all, c);
	str_release(&s);
}

/* Value a unit of cost, with its limits: what the verdict goes by. */
static void draw(struct report *r, const struct channels *c, const struct channel *const *v, size_t n)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_FOREST;
	r->figure.title = c->margin ? "value for life by cost of winning a customer" : "revenue for life by cost of winning a customer";
	r->figure.x_label = "value / cost";
	r->figure.log_x = true;
	r->figure.ref = 1;
	r->figure.ref_name = "as much as it costs";
	r->figure.note = arena_printf(&r->arena, "n = %.0f customers won", c->all.won);
	table_col(t, "channel", COL_TEXT, NULL, -1);
	table_col(t, "ratio", COL_REAL, NULL, 1);
	table_col(t, "lo", COL_REAL, NULL, 1);
	table_col(t, "hi", COL_REAL, NULL, 1);
	for (size_t i = 0; i < n; i++) {
		if (isnan(v[i]->ratio_ci.lo) || v[i]->won < (double)c->min_n)
			continue;
		put_text(t, v[i]->name);
		put_real(t, v[i]->ratio);
		put_real(t, v[i]->ratio_ci.lo);
		put_real(t, v[i]->ratio_ci.hi);
	}
}

/* ---- words ---- */

static void say_reason(struct str *s, const struct channel *ch, const struct channels *c)
{
	str_sv(s, ch->name);
	str_puts(s, " (a customer costs ");
	say_real(s, ch->loaded, 2);
	str_puts(s, " and brings ");
	say_real(s, ch->clv, 2);
	str_puts(s, ": ");
	say_real(s, ch->ratio, 1);
	str_puts(s, " times, ");
	say_real(s, ch->ratio_ci.lo, 1);
	str_puts(s, " to ");
	say_real(s, ch->ratio_ci.hi, 1);
	if (ch->payback == 0)
		str_puts(s, ", paid back at once)");
	else if (ch->payback > 0)
		str_printf(s, ", paid back after %d month%s)", ch->payback, ch->payback == 1 ? "" : "s");
	else
		str_puts(s, ch->never ? ", never paid back)" : ", not paid back yet)");
	(void)c;
}

static void concentrate(struct str *s, const struct channels *c)
{
	const struct channel *best[2] = { NULL, NULL }, *hold = NULL;
	for (size_t k = 0; k < c->n; k++) {
		const struct channel *ch = &c->v[k];
		if (!ch->verdict)
			continue;
		if (!strcmp(ch->verdict, "scale")) {
			if (!best[0] || room_of(ch) > room_of(best[0])) {
				best[1] = best[0];
				best[0] = ch;
			} else if (!best[1] || room_of(ch) > room_of(best[1])) {
				best[1] = ch;
			}
		} else if (!strcmp(ch->verdict, "hold") && (!hold || ch->ratio_ci.lo > hold->ratio_ci.lo)) {
			hold = ch;
		}
	}
	if (best[0]) {
		str_puts(s, "concentrate on ");
		say_reason(s, best[0], c);
		if (best[1]) {
			str_puts(s, " and ");
			say_reason(s, best[1], c);
		}
		str_puts(s, ". ");
	} else if (hold) {
		str_puts(s, "no channel clearly deserves more money; the best is ");
		say_reason(s, hold, c);
		str_puts(s, ". ");
	}
	for (size_t k = 0; k < c->n; k++)
		if (c->v[k].verdict && !strcmp(c->v[k].verdict, "stop")) {
			str_puts(s, "Stop ");
			say_reason(s, &c->v[k], c);
			str_puts(s, ". ");
		}
}

static void say_blended(struct str *s, const struct channels *c)
{
	const struct channel *all = &c->all;
	say_real(s, all->won, 0);
	str_puts(s, all->won == 1 ? " new customer" : " new customers");
	if (!isnan(all->cac)) {
		str_puts(s, " for ");
		say_money(s, all->spend, c->look.b.counts.cur, false);
		str_puts(s, ": ");
		say_real(s, all->cac, 2);
		str_puts(s, " each (");
		say_real(s, all->cac_ci.lo, 2);
		str_puts(s, " to ");
		say_real(s, all->cac_ci.hi, 2);
		str_puts(s, "), all channels together");
	}
	str_puts(s, ". ");
}

static void say_wasted(struct str *s, const struct channels *c)
{
	bool any = false;
	for (size_t k = 0; k < c->n; k++) {
		const struct channel *ch = &c->v[k];
		if (!ch->spend || !ch->known || ch->carried)
			continue;
		str_puts(s, any ? ", " : " Spending under names no customer carries: ");
		str_sv(s, ch->name);
		str_putc(s, ' ');
		say_money(s, ch->spend, c->look.b.counts.cur, false);
		any = true;
	}
	if (any)
		str_puts(s, "; 'wend store set names.PATTERN NAME' joins names.");
}

static void find(struct report *r, const struct channels *c)
{
	struct str *s = &r->finding;
	if (!(c->all.won > 0)) {
		str_puts(s, "no customer was won in this time");
		if (c->all.spend) {
			str_puts(s, ", for ");
			say_money(s, c->all.spend, c->look.b.counts.cur, false);
		}
		str_putc(s, '.');
		say_wasted(s, c);
		return;
	}
	/* where many came from nobody knows where, what all of them cost together comes first */
	const bool blended = c->known < 0.8;
	if (blended)
		say_blended(s, c);
	if (c->margin)
		concentrate(s, c);
	if (!blended)
		say_blended(s, c);
	if (!c->all.spends)
		str_puts(s, "No spending is known: what customers cost cannot be told; 'wend ingest' reads the exports of ad platforms. ");
	else if (!c->margin)
		str_puts(s, "No margin is set, so there is no verdict, only the margin at which a channel breaks even; 'wend store set margin 0.41'. ");
	str_printf(s, "The %s of ", c->by);
	say_share(s, c->known);
	str_puts(s, " is known.");
	say_wasted(s, c);
	if (c->strange) {
		str_putc(s, ' ');
		say_things(s, c->strange, "credit row is", "credit rows are");
		str_puts(s, " not about a customer's first purchase.");
	}
}

static void define(struct str *s, const struct channels *c)
{
	const struct value_terms *t = &c->look.terms;
	str_puts(s, "won from ");
	day_text(s, c->since);
	str_puts(s, " to ");
	day_text(s, c->until);
	str_printf(s, "; %s = %s%s", c->by, c->credited ? "credit by " : "as reported, else of the first purchase", c->credited ? c->credited : "");
	if (t->has_margin)
		str_printf(s, "; margin %g %%", t->margin * 100);
	if (c->look.fit.chosen >= 0) {
		str_printf(s, "; for life: so far and to come (%s), ", btyd_name[c->look.fit.v[c->look.fit.chosen].fit.model.kind]);
		say_discount(s, t);
	} else {
		str_printf(s, "; nothing is said of a value for life: %s", ltv_why_not(&c->look.fit));
	}
}

enum wend_err channels_report(const struct population *p, const struct channel_options *o, const struct report_options *ro, void (*print)(struct report *r, const struct channels *c), struct report *r, struct err *err)
{
	struct channels c;
	enum wend_err e = channels_run(&c, p, o, ro, r, err);
	if (!e) {
		channels_value(&c);
		define(&r->definition, &c);
		print(r, &c);
		e = say_scope(&r->finding, p, &c.counts, KIND_BIT(KIND_SPEND) | KIND_BIT(c.look.b.rev.source), err);
		report_scope(r, p, &c.counts);
	}
	channels_release(&c);
	return e;
}

static void explain(struct report *r, const struct channels *c)
{
	struct line_list *l = &r->explain.text;
	line_add(l, "cac_paid = spend of the channel / customers it won; cac_blended = all spend / all new customers; limits: Garwood (1936) on the number of customers");
	if (c->has_hour_cost)
		line_add(l, "cac_loaded: with working hours at %g each", c->hour_cost);
	else
		line_add(l, "cac_loaded = cac_paid: no hour_cost is set for working hours ('wend store set hour_cost 35')");
	line_add(l, "clv = mean over the customers won of what they brought and what is still to come; limits: between customers, and of the models");
	line_add(l, "scale: lower limit of ltv_cac above %g and paid back within %lld months; stop: upper limit below 1; few: below %lld customers", c->scale_at, (long long)c->within, (long long)c->min_n);
	line_add(l, "payback: first month whose margin so far, mean over all customers ever won, reaches cac_loaded; never: not even for life");
	line_add(l, "retention_12m: first stretch as a customer beyond 12 months (Kaplan-Meier); %.*s", (int)c->left.n, c->left.p ? c->left.p : "");
	line_add(l, "only_here: met no other channel in the %lld days before the first purchase: at most so many would not have come otherwise", (long long)c->alone_days);
	line_add(l, "existing_customers: customers known before who bought by it in this time");
}

static void print(struct report *r, const struct channels *c)
{
	size_t n = 0;
	const struct channel **v = in_order(c, &n);
	columns(&r->table, c, c->by);
	for (size_t i = 0; i < n; i++)
		put_channel(&r->table, v[i], c, false);
	if (n > 1)
		put_channel(&r->table, &c->all, c, true);
	if (n) {
		screen(r, c, v, n);
		draw(r, c, v, n);
	}
	find(r, c);
	explain(r, c);
	line_add(&r->next, "wend channels payback");
	line_add(&r->next, "wend channels marginal");
	line_add(&r->next, "wend touchpoints attribution --credits | wend channels --credit -");
	free(v);
}

enum wend_err metric_channels(const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	return channels_report(p, o, ro, print, r, err);
}
