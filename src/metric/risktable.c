/* churn risk, printed: who, how likely, why in words a person uses, and how well it foresaw. */
#include "ltv_impl.h"
#include "risk_impl.h"
#include "wend/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096 };

/* ---- words ---- */

static void say_why(struct str *s, const struct risk_list *l, const struct risk_hit *h, int i)
{
	static const struct {
		const char *one, *many; /* NULL: `many` says it whatever the number */
	} words[RISK_NUMBERS] = {
		[RISK_SILENT] = { NULL, "no purchase for %s days" }, [RISK_ORDERS] = { "bought once only", "%s purchases so far" },
		[RISK_RECENT] = { NULL, "%s purchases in 90 days" }, [RISK_GAP] = { NULL, "buys every %s days" }, [RISK_SPENT] = { NULL, "spent %s so far" },
		[RISK_REFUNDS] = { "1 refund in a year", "%s refunds in a year" }, [RISK_TENURE] = { NULL, "customer for %s days" }, [RISK_MRR] = { NULL, "pays %s a month" },
		[RISK_CANCELLED] = { "has cancelled", "has not cancelled" }, [RISK_CONTACTS] = { "1 contact in 30 days", "%s contacts in 30 days" },
		[RISK_SINCE_CONTACT] = { NULL, "last contact %s days ago" }, [RISK_COMPLAINT] = { NULL, "complaint %s days ago" },
		[RISK_FAILED] = { NULL, "payment failed %s days ago" }, [RISK_OVERDUE] = { "1 invoice overdue", "%s invoices overdue" },
		[RISK_LATE] = { "1 late delivery in 180 days", "%s late deliveries in 180 days" },
	};
	const int at = l->m.column[h->why[i].column], w = at - RISK_NUMBERS;
	const double v = (double)h->value[i];
	if (w >= 0) {
		str_printf(s, "%s %s", field_defs[l->k.word[w]].name, l->m.name[w][(size_t)v]);
	} else if (words[at].one && fabs(v - 1) < 0.5) {
		str_puts(s, words[at].one);
	} else if (v >= 365 && (at == RISK_SINCE_CONTACT || at == RISK_COMPLAINT || at == RISK_FAILED)) {
		str_puts(s, at == RISK_SINCE_CONTACT ? "no contact for a year" : at == RISK_COMPLAINT ? "no complaint in a year" : "no failed payment in a year");
	} else if (v < 1 && (at == RISK_SILENT || at == RISK_SINCE_CONTACT || at == RISK_COMPLAINT || at == RISK_FAILED)) {
		str_puts(s, at == RISK_SILENT ? "bought today" : at == RISK_SINCE_CONTACT ? "in contact today" : at == RISK_COMPLAINT ? "complaint today" : "payment failed today");
	} else {
		const bool money = at == RISK_SPENT || at == RISK_MRR;
		const char *mark = strstr(words[at].many, "%s");
		str_add(s, words[at].many, mark ? (size_t)(mark - words[at].many) : strlen(words[at].many));
		if (mark) {
			if (v > 0 || !money)
				say_real(s, money ? v / risk_minor(l->cur) : v, money ? 2 : 0);
			else
				str_puts(s, "nothing");
			str_puts(s, mark + 2);
		}
	}
	str_puts(s, " (+");
	say_real(s, (double)h->why[i].points * 100, 0);
	str_putc(s, ')');
}

static bool held_back(const struct risk_list *l, uint32_t customer)
{
	const struct sv name = store_customer(l->store, customer);
	const uint64_t u = hash_mix(hash64(name.p, name.n) ^ hash_mix(l->k.seed + 0x6b656570u));
	return (double)(u >> 11) / 9007199254740992.0 < l->keep;
}

static void put_row(struct table *t, struct risk_list *l, size_t rank)
{
	const uint32_t i = l->order[rank];
	const struct risk_hit *h = &l->v[i];
	put_text(t, store_customer(l->store, h->customer));
	put_real(t, (double)h->p);
	put_int(t, isnan(h->p) ? WEND_NONE : (int64_t)rank + 1);
	put_real(t, l->value[i]);
	for (int k = 0; k < RISK_WHYS; k++) {
		str_reset(&l->text);
		if (h->why[k].column >= 0)
			say_why(&l->text, l, h, k);
		put_text(t, h->why[k].column >= 0 ? str_view(&l->text) : SV_NONE);
	}
	put_int(t, l->in_touch && h->last_contact >= 0 ? h->last_contact : WEND_NONE);
	put_int(t, l->in_touch ? h->contacts : WEND_NONE);
	put_int(t, l->k.promises ? h->owed : WEND_NONE);
	put_real(t, (double)h->lo);
	put_real(t, (double)h->hi);
	if (l->keep > 0)
		put_z(t, held_back(l, h->customer) ? "yes" : "no");
}

static bool more_rows(struct table *t, void *ctx)
{
	struct risk_list *l = ctx;
	const size_t end = l->at + PIECE < l->n ? l->at + PIECE : l->n;
	if (l->at == end)
		return false;
	while (l->at < end)
		put_row(t, l, l->at++);
	return true;
}

static void list_free(void *ctx)
{
	risk_list_free(ctx);
}

void risk_rows(struct table *t, struct risk_list *l)
{
	t->source = (struct row_source){ more_rows, list_free, l };
}

void risk_columns_of(struct table *t, const struct risk_list *l)
{
	char code[4] = "";
	if (l->cur)
		currency_text(code, l->cur);
	const char *money = *code ? arena_strdup(&t->arena, code) : NULL;
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, arena_printf(&t->arena, "p_%dd", (int)l->k.horizon), COL_SHARE, NULL, 1);
	table_col(t, "rank", COL_INT, NULL, 0);
	table_col(t, "value_at_risk", COL_REAL, money, 2);
	table_col(t, "why1", COL_TEXT, NULL, -1);
	table_col(t, "why2", COL_TEXT, NULL, -1);
	table_col(t, "why3", COL_TEXT, NULL, -1);
	table_col(t, "last_contact_days", COL_INT, "days", 0);
	table_col(t, "contacts_30d", COL_INT, NULL, 0);
	table_col(t, "owed_reply", COL_INT, NULL, 0);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	if (l->keep > 0)
		table_col(t, "held_back", COL_TEXT, NULL, -1);
	t->customer_col = "customer";
}

static void say_back(struct str *s, const struct risk_list *l)
{
	const struct judged *b = &l->m.back;
	if (!b->n)
		return;
	if (l->m.held_out) {
		str_puts(s, " Held out fold by fold: ");
	} else {
		str_puts(s, " Looking back from ");
		day_text(s, l->m.back_day);
		str_puts(s, ": ");
	}
	say_share(s, b->expected);
	str_puts(s, " foreseen, ");
	say_share(s, b->share);
	str_puts(s, " came, AUC ");
	say_real(s, b->auc, 2);
	say_limits_of(s, b->auc_ci, 2);
	if (!isnan(b->slope)) {
		str_puts(s, ", slope ");
		say_real(s, b->slope, 2);
	}
	str_puts(s, " (n = ");
	say_count(s, b->n);
	str_puts(s, ").");
}

static void find(struct str *s, const struct risk_list *l)
{
	const char *what = l->k.leaving.contracts ? "will leave" : "will buy nothing";
	if (!l->n) {
		str_puts(s, "no customer who could leave.");
		return;
	}
	if (!l->m.curves) {
		say_things(s, (int64_t)l->n, "customer", "customers");
		str_printf(s, "; nothing is foreseen: %s.", !l->k.landmarks ? "the data reach back less than a horizon and a half" : l->m.events ? "nobody stayed in the data it could learn from" : "nobody left in the data it could learn from");
		return;
	}
	str_printf(s, "about ");
	say_count(s, (int64_t)llround(l->expected));
	str_puts(s, " of ");
	say_things(s, (int64_t)l->n, "customer", "customers");
	str_printf(s, " %s in the next %d days (", what, (int)l->k.horizon);
	say_real(s, l->ci.lo, 0);
	str_puts(s, " to ");
	say_real(s, l->ci.hi, 0);
	str_putc(s, ')');
	double held = 0;
	const size_t tenth = (l->n + 9) / 10;
	for (size_t i = 0; i < tenth; i++)
		held += isnan(l->value[l->order[i]]) ? 0 : l->value[l->order[i]];
	if (l->total > 0) {
		char code[4] = "";
		if (l->cur)
			currency_text(code, l->cur);
		str_printf(s, "; %s%s", code, *code ? " " : "");
		say_real(s, l->total, 0);
		str_printf(s, " %s of 12 months is at risk, ", l->margin ? "margin" : "revenue");
		say_real(s, held, 0);
		str_puts(s, " of it with the ");
		say_count(s, (int64_t)tenth);
		str_puts(s, " likeliest");
	}
	str_putc(s, '.');
	say_back(s, l);
}

static void define(struct report *r, const struct risk_list *l)
{
	const struct risk_model *m = &l->m;
	str_printf(&r->definition, "p = chance %s %d days after %s; ", l->k.leaving.contracts ? "to leave in the" : "to buy nothing in the", (int)l->k.horizon, l->k.p->as_of_text);
	str_sv(&r->definition, str_view(&l->k.said));
	if (!m->curves)
		return;
	static const char *const by[] = { [CHANCES_LOGIT] = "logistic regression with splines", [CHANCES_BOOST] = "boosted trees", [CHANCES_BOTH] = "logistic regression with splines and boosted trees together" };
	str_printf(&r->definition, "; %s, learned from ", by[m->chances ? m->chances->model : CHANCES_LOGIT]);
	say_things(&r->definition, (int64_t)m->people, "customer at ", "customers at ");
	say_things(&r->definition, l->k.landmarks, "earlier day", "earlier days");
	if (m->chances && m->chances->automatic)
		str_printf(&r->definition, " (-log chance held out: curves %.4f, trees %.4f, both %.4f)", m->chances->loss_logit, m->chances->loss_boost, m->chances->loss_both);
	str_puts(&r->definition, "; why: points of p against the middle of all");
}

static void explain(struct report *r, const struct risk_list *l)
{
	struct str days = STR_INIT;
	for (int i = l->k.landmarks; i-- > 0;) {
		day_text(&days, l->k.landmark[i]);
		str_puts(&days, i ? ", " : "");
	}
	line_add(&r->explain.text, "learned at the ends of %s: %lld rows, %lld left within %d days; nothing dated later is in a row", days.n ? days.p : "no day",
		 (long long)l->m.n, (long long)l->m.events, (int)l->k.horizon);
	if (l->m.curves) {
		const struct additive_said *said = additive_said(l->m.curves);
		line_add(&r->explain.text, "log odds are a sum of curves, each as smooth as the data want: %.1f degrees of freedom", said->df);
		for (size_t i = 0; i < said->nleft_out; i++)
			line_add(&r->explain.text, "left out: %s", said->left_out[i]);
		for (size_t i = 0; i < said->npair; i++)
			line_add(&r->explain.text, "act together: %s and %s", l->m.v[said->pair[i].a].name, l->m.v[said->pair[i].b].name);
	}
	line_add(&r->explain.text, "fields of a customer without a date count only where they never change: acquired_channel, country and those of --fixed");
	if (l->lost && !l->o->everyone)
		line_add(&r->explain.text, "%lld have left by silence and are not listed; --everyone lists them", (long long)l->lost);
	str_release(&days);
}

void risk_say(struct report *r, const struct risk_list *l)
{
	find(&r->finding, l);
	define(r, l);
	explain(r, l);
	figure_chances(&r->figure, l->m.part, l->m.parts);
}
