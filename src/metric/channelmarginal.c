/* channels marginal: what one customer more cost, from month to month.
 *
 * The mean cost says what customers cost so far; the slope of a month's spending on the
 * customers won in it says what the next one costs: Theil's median of the slopes of all
 * pairs of months with limits by Kendall's distribution (Theil 1950; Sen 1968), which a
 * month gone wrong does not move. Six whole months at least. Spending that follows the
 * customers instead of leading them, or months too much alike, make it useless: limits say so.
 */
#include "channel_impl.h"

#include <math.h>

static void fill(struct table *t, const struct channels *c)
{
	const char *money = *c->look.currency ? arena_strdup(&t->arena, c->look.currency) : NULL;
	table_col(t, "channel", COL_TEXT, NULL, -1);
	table_col(t, "marginal_cac", COL_REAL, money, 2);
	table_col(t, "lo", COL_REAL, money, 2);
	table_col(t, "hi", COL_REAL, money, 2);
	table_col(t, "cac_paid", COL_REAL, money, 2);
	table_col(t, c->margin ? "clv" : "revenue_clv", COL_REAL, money, 2);
	table_col(t, "clv_lo", COL_REAL, money, 2);
	table_col(t, "clv_hi", COL_REAL, money, 2);
	table_col(t, "marginal_ltv_cac", COL_REAL, NULL, 1);
	table_col(t, "n", COL_INT, "months", 0);
	table_col(t, "flag", COL_TEXT, NULL, -1);
	for (size_t k = 0; k < c->n; k++) {
		const struct channel *ch = &c->v[k];
		const bool few = ch->months < 6;
		if (!ch->spends)
			continue;
		put_text(t, ch->name);
		for (int i = 0; i < 3; i++) {
			const double v = i == 0 ? ch->marginal : i == 1 ? ch->marginal_ci.lo : ch->marginal_ci.hi;
			if (few)
				put_few(t);
			else
				put_real(t, v);
		}
		put_real(t, ch->cac);
		put_real(t, ch->clv);
		put_real(t, ch->clv_ci.lo);
		put_real(t, ch->clv_ci.hi);
		put_real(t, !few && ch->marginal_ci.lo > 0 ? ch->clv / ch->marginal : NAN);
		put_int(t, ch->months);
		put_z(t, few ? "few" : NULL);
	}
}

static void draw(struct report *r, const struct channels *c)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_FOREST;
	r->figure.title = "cost of one customer more";
	r->figure.note = "slope of spending on customers won, over whole months";
	r->figure.x_label = *c->look.currency ? arena_strdup(&r->arena, c->look.currency) : "money";
	table_col(t, "channel", COL_TEXT, NULL, -1);
	table_col(t, "cost", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	for (size_t k = 0; k < c->n; k++) {
		const struct channel *ch = &c->v[k];
		if (isnan(ch->marginal_ci.lo))
			continue;
		put_text(t, ch->name);
		put_real(t, ch->marginal);
		put_real(t, ch->marginal_ci.lo);
		put_real(t, ch->marginal_ci.hi);
	}
	r->figure.ref = NAN;
}

static void find(struct report *r, const struct channels *c)
{
	struct str *s = &r->finding;
	bool any = false;
	for (size_t k = 0; k < c->n; k++) {
		const struct channel *ch = &c->v[k];
		if (isnan(ch->marginal_ci.lo))
			continue;
		str_puts(s, any ? "; " : "one customer more costs ");
		say_real(s, ch->marginal, 2);
		str_puts(s, " (");
		say_real(s, ch->marginal_ci.lo, 2);
		str_puts(s, " to ");
		say_real(s, ch->marginal_ci.hi, 2);
		str_puts(s, ") by ");
		str_sv(s, ch->name);
		str_puts(s, ", so far ");
		say_real(s, ch->cac, 2);
		any = true;
	}
	for (size_t k = 0; k < c->n && any; k++)
		if (c->v[k].marginal_ci.lo <= 0) {
			str_puts(s, ". Where limits reach below nothing, spending did not move with the customers: months are too much alike to tell");
			break;
		}
	str_puts(s, any ? "." : "no channel has six whole months of spending that differ: what one customer more costs cannot be told.");
}

static void print(struct report *r, const struct channels *c)
{
	fill(&r->table, c);
	draw(r, c);
	find(r, c);
	str_puts(&r->definition, "; slope of spending on customers over whole months, Theil (1950), limits Sen (1968)");
	line_add(&r->explain.text, "marginal_cac = median over pairs of months of difference in spending / difference in customers won");
	line_add(&r->next, "wend channels marginal --plot marginal.svg");
	line_add(&r->next, "wend channels");
}

enum wend_err metric_channel_marginal(const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	return channels_report(p, o, ro, print, r, err);
}
