/* channels payback: margin so far by age, against what it cost to win a customer.
 *
 * Rows are channel and month of age; month 0 is the first purchase day alone. The sums are
 * those of channelvalue.c: what those seen that long brought on average in each month,
 * added up, over all customers the channel ever won.
 */
#include "channel_impl.h"

#include <math.h>

static void fill(struct table *t, const struct channels *c)
{
	const char *money = *c->look.currency ? arena_strdup(&t->arena, c->look.currency) : NULL;
	table_col(t, "channel", COL_TEXT, NULL, -1);
	table_col(t, "month", COL_INT, "months", 0);
	table_col(t, c->margin ? "margin" : "revenue", COL_REAL, money, 2);
	table_col(t, "lo", COL_REAL, money, 2);
	table_col(t, "hi", COL_REAL, money, 2);
	table_col(t, "cac_loaded", COL_REAL, money, 2);
	table_col(t, "cac_lo", COL_REAL, money, 2);
	table_col(t, "cac_hi", COL_REAL, money, 2);
	table_col(t, "paid_back", COL_SHARE, NULL, 0);
	table_col(t, "n", COL_INT, NULL, 0);
	for (size_t k = 0; k <= c->n; k++) {
		const struct channel *ch = k < c->n ? &c->v[k] : &c->all;
		const double loaded = ch->loaded / ch->cac;
		for (int a = 0; a <= PAYBACK_MONTHS && !isnan(ch->curve[a]); a++) {
			put_text(t, ch->name);
			put_int(t, a);
			put_real(t, ch->curve[a]);
			put_real(t, ch->curve_lo[a]);
			put_real(t, ch->curve_hi[a]);
			put_real(t, ch->loaded);
			put_real(t, ch->cac_ci.lo * loaded);
			put_real(t, ch->cac_ci.hi * loaded);
			put_real(t, ch->loaded > 0 ? ch->curve[a] / ch->loaded : NAN);
			put_int(t, ch->seen[a]);
		}
	}
}

/* Share of the cost that is paid back: channels of very different cost in one picture. */
static void draw(struct report *r, const struct channels *c)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAND;
	r->figure.title = c->margin ? "margin so far by the cost of winning a customer" : "revenue so far by the cost of winning a customer";
	r->figure.x_label = "months since the first purchase";
	r->figure.y_label = c->margin ? "margin / cost" : "revenue / cost";
	r->figure.ref = 1;
	r->figure.ref_name = "paid back";
	r->figure.note = arena_printf(&r->arena, "n = %zu customers ever won", c->look.b.n);
	table_col(t, "month", COL_INT, NULL, 0);
	table_col(t, "share", COL_REAL, NULL, 2);
	table_col(t, "lo", COL_REAL, NULL, 2);
	table_col(t, "hi", COL_REAL, NULL, 2);
	table_col(t, "channel", COL_TEXT, NULL, -1);
	for (size_t k = 0; k < c->n; k++)
		for (int a = 0; a <= PAYBACK_MONTHS && !isnan(c->v[k].curve[a]) && c->v[k].loaded > 0; a++) {
			const struct channel *ch = &c->v[k];
			put_int(t, a);
			put_real(t, ch->curve[a] / ch->loaded);
			put_real(t, ch->curve_lo[a] / ch->loaded);
			put_real(t, ch->curve_hi[a] / ch->loaded);
			put_text(t, ch->name);
		}
}

static void say_when(struct str *s, const struct channel *ch)
{
	str_sv(s, ch->name);
	str_puts(s, " (");
	say_real(s, ch->loaded, 2);
	str_puts(s, " a customer) ");
	if (ch->payback >= 0) {
		if (ch->payback)
			str_printf(s, "after %d month%s", ch->payback, ch->payback == 1 ? "" : "s");
		else
			str_puts(s, "with the first purchase");
		if (ch->payback_hi >= 0 && ch->payback_hi != ch->payback_lo)
			str_printf(s, " (%d to %d)", ch->payback_lo, ch->payback_hi);
		else if (ch->payback_hi < 0)
			str_printf(s, " (%d at the earliest)", ch->payback_lo);
	} else {
		str_puts(s, ch->never ? "never" : "not in the time seen");
	}
}

static void find(struct report *r, const struct channels *c)
{
	struct str *s = &r->finding;
	bool any = false;
	for (size_t k = 0; k < c->n; k++) {
		const struct channel *ch = &c->v[k];
		if (!(ch->loaded > 0) || isnan(ch->curve[0]) || !c->margin)
			continue;
		str_puts(s, any ? "; " : "the cost of a customer comes back: ");
		say_when(s, ch);
		any = true;
	}
	if (any)
		str_putc(s, '.');
	else if (!c->margin)
		str_puts(s, "no margin is set: revenue is shown, which is not what pays a cost back; 'wend store set margin 0.41'.");
	else
		str_puts(s, "there is no channel with spending and enough customers to follow.");
}

static void print(struct report *r, const struct channels *c)
{
	fill(&r->table, c);
	draw(r, c);
	find(r, c);
	line_add(&r->explain.text, "margin = sum over months of the mean of what customers seen that long brought in the month; limits: each customer's influence on it");
	line_add(&r->explain.text, "month 0 is the first purchase day; a month has %.4f days; months with fewer than %lld customers are left out", MONTH_DAYS, (long long)c->min_n);
	line_add(&r->next, "wend channels payback --plot payback.svg");
	line_add(&r->next, "wend channels");
}

enum wend_err metric_channel_payback(const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	return channels_report(p, o, ro, print, r, err);
}
