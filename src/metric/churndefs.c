/* The definitions of churn, on one statistic.
 *
 *   S   customers at the start of the period; E those at its end; N new inside it
 *   L   ends of stretches inside it (leaving twice counts twice)
 *
 *   start        |S without E| / |S|                     Gold (2020), Fighting Churn With Data
 *   exposure     L / customer-months (365/12 days) actually spent as a customer
 *   events       L / |S|                                 as ChartMogul counts businesses
 *   stripe       L30 / (active 30 days before the end + N30), in the 30 days to the end
 *   baremetrics  L30 / active 30 days before the end
 *   profitwell   L but for those who joined in the same calendar month / |S|
 *   revenuecat   (L - resubscribed) / |S|; may be negative. An end that is followed by a
 *                renewal within the dunning time is taken back in its own period, so that a
 *                closed period changes
 *   daily        sum over days of L_d / |S_d|, S_d at the start of the day
 *
 * Plans by the year are counted as any other: a store of subscriptions does not say how
 * long one is billed for, which Baremetrics does look at.
 *
 * Intervals, 95 %. Shares whose numerator is part of the denominator: Wilson (1927). More
 * ends than customers, and exposure: exact limits of a Poisson count (Garwood 1936) over
 * the denominator. revenuecat: the difference of two such counts (MOVER, Donner & Zou 2012).
 * daily: a sum of Poisson counts with weights w = 1/S_d, by the gamma limits of Fay & Feuer
 * (1997): with y = sum w L, v = sum w^2 L, W the greatest weight
 *     lo = G(alpha/2; y^2/v) v/y,   hi = G(1 - alpha/2; (y + W)^2 / (v + W^2)) (v + W^2)/(y + W)
 * where G(p; a) is the p-quantile of a gamma distribution of shape a and scale 1.
 *
 * Two definitions differ in which ends they count and in whom they make them a share of:
 * both by the marks of the end or the member, so that the difference falls into reasons that
 * add up to it exactly.
 */
#include "churn_impl.h"

#include <math.h>

const struct definition_text definition_texts[DEFS] = {
	[DEF_START] = { "start", "customers at the start of the period who are none at its end; Wilson 95 %", false },
	[DEF_EXPOSURE] = { "exposure", "ends a customer-month of 365/12 days actually spent as a customer; exact Poisson 95 %", false },
	[DEF_EVENTS] = { "events", "ends in the period / customers at its start, as ChartMogul counts", false },
	[DEF_STRIPE] = { "stripe", "ends in the 30 days to the period's end / (customers 30 days before it + new ones since), as Stripe counts", false },
	[DEF_BAREMETRICS] = { "baremetrics", "ends in the 30 days to the period's end / customers 30 days before it, as Baremetrics counts; plans by the year like others", false },
	[DEF_PROFITWELL] = { "profitwell", "ends in the period but for those who joined in the same calendar month / customers at its start, as ProfitWell counts", false },
	[DEF_REVENUECAT] = { "revenuecat", "(ends - resubscribed) / customers at the start, late renewals taken back in their period, as RevenueCat counts", true },
	[DEF_DAILY] = { "daily", "sum over days of ends / customers at the start of the day, as ChartMogul counts consumers", false },
};

bool def_counts_end(enum definition d, unsigned m)
{
	switch (d) {
	case DEF_START: return (m & END_INSIDE) && (m & END_THERE) && !(m & END_STAYS);
	case DEF_STRIPE:
	case DEF_BAREMETRICS: return m & END_ROLL;
	case DEF_PROFITWELL: return (m & END_INSIDE) && !(m & END_MONTH);
	case DEF_REVENUECAT: return (m & END_INSIDE) && !(m & END_LATE);
	default: return m & END_INSIDE;
	}
}

bool def_counts_member(enum definition d, unsigned m)
{
	switch (d) {
	case DEF_STRIPE: return m & (IN_ROLL | IN_NEW);
	case DEF_BAREMETRICS: return m & IN_ROLL;
	default: return m & IN_START;
	}
}

static enum wend_err unknown_definition(struct sv word, struct err *err)
{
	struct str all = STR_INIT;
	const char *names[DEFS + 2];
	char *typed = xstrndup(word.p, word.n);
	for (int i = 0; i < DEFS; i++) {
		names[i] = definition_texts[i].name;
		str_printf(&all, "%s, ", names[i]);
	}
	names[DEFS] = "all";
	names[DEFS + 1] = NULL;
	const char *near = suggest(typed, names);
	if (near)
		err_set(err, WEND_E_USAGE, "unknown definition '%s' of churn; did you mean '%s'?", typed, near);
	else
		err_set(err, WEND_E_USAGE, "unknown definition '%s' of churn; there are %sor all, and several apart by commas", typed, all.p);
	free(typed);
	str_release(&all);
	return WEND_E_USAGE;
}

enum wend_err definitions_parse(enum definition *out, size_t *n, const struct population *p, const char *option, struct err *err)
{
	struct sv rest = option ? sv_of(option) : p->store ? store_setting(p->store, "choices", "definition") : SV_NONE, word;
	*n = 0;
	if (sv_is(rest, "all")) {
		for (int d = 0; d < DEFS; d++)
			out[(*n)++] = (enum definition)d;
		return WEND_OK;
	}
	while (rest.n && sv_cut(&rest, ',', &word)) {
		int d = 0;
		word = sv_trim(word);
		while (d < DEFS && !sv_is(word, definition_texts[d].name))
			d++;
		for (size_t i = 0; i < *n && d < DEFS; i++)
			if (out[i] == (enum definition)d)
				return err_set(err, WEND_E_USAGE, "'--definition %s' names '%s' twice", option, definition_texts[d].name);
		if (d == DEFS)
			return unknown_definition(word, err);
		out[(*n)++] = (enum definition)d;
	}
	if (!*n)
		out[(*n)++] = DEF_START;
	return WEND_OK;
}

/* ---- estimates ---- */
static int64_t members(enum definition d, const struct churn_line *l)
{
	/* all at the start, corrected by those who are there at one time and not at the other */
	int64_t n = l->start;
	for (unsigned m = 1; m < IN_MARKS; m++)
		n += l->t.members[m] * (def_counts_member(d, m) - (m & IN_START ? 1 : 0));
	return n;
}

static int64_t ends(enum definition d, const struct churn_line *l)
{
	int64_t n = 0;
	for (unsigned m = 1; m < END_MARKS; m++)
		n += def_counts_end(d, m) ? l->t.ends[m] : 0;
	return n;
}

static double exposure_months(const struct churn_line *l, const struct churn_ctx *c)
{
	const int64_t from = instant_of_day(c->p, period_day(c->unit, l->period)), to = instant_of_day(c->p, period_day(c->unit, l->period + 1));
	const int64_t length = (to < c->known_end ? to : c->known_end) - from;
	return ((double)l->start * (double)(length > 0 ? length : 0) + (double)l->t.exposure_s) / MONTH_S;
}

static struct interval poisson_over(double k, double n)
{
	struct interval g = garwood(k, ALPHA);
	return (struct interval){ g.lo / n, g.hi / n };
}

static struct interval fay_feuer(double y, double v, double w)
{
	const double v1 = v + w * w, y1 = y + w;
	return (struct interval){ y > 0 ? gamma_p_inv(y * y / v, ALPHA / 2) * v / y : 0, gamma_p_inv(y1 * y1 / v1, 1 - ALPHA / 2) * v1 / y1 };
}

struct churn_rate rate_of(enum definition d, const struct churn_line *l, const struct churn_ctx *c)
{
	struct churn_rate r = { .num = (double)(ends(d, l) + (c->trials ? l->t.trial_lost : 0)), .den = (double)members(d, l), .ci = { NAN, NAN } };
	const double back = (double)l->t.returns;
	if (d == DEF_EXPOSURE)
		r.den = exposure_months(l, c);
	else if (d == DEF_REVENUECAT)
		r.num -= back;
	else if (d == DEF_DAILY)
		r.den = l->weight > 0 ? (r.num - (c->trials ? (double)l->t.trial_lost : 0)) / l->weight : l->days_mean;
	r.rate = r.den > 0 ? r.num / r.den : NAN;
	if (!(r.den > 0))
		return r;
	if (d == DEF_DAILY) {
		r.ci = fay_feuer(l->weight, l->weight2, l->weight_max);
	} else if (d == DEF_REVENUECAT) {
		const double left = r.num + back;
		const struct interval a = garwood(left, ALPHA), b = garwood(back, ALPHA);
		r.ci.lo = (r.num - hypot(left - a.lo, b.hi - back)) / r.den;
		r.ci.hi = (r.num + hypot(a.hi - left, back - b.lo)) / r.den;
	} else if (d == DEF_EXPOSURE || r.num > r.den) {
		r.ci = poisson_over(r.num, r.den);
	} else {
		r.ci = wilson(r.num, r.den, ALPHA);
	}
	return r;
}

/* ---- why two differ ---- */
static bool rolls(enum definition d)
{
	return d == DEF_STRIPE || d == DEF_BAREMETRICS;
}

const char *end_reason(enum definition base, enum definition d, unsigned m)
{
	if (!(m & END_INSIDE))
		return "left before the period, in the 30 days to its end";
	if (!(m & END_ROLL) && rolls(base) != rolls(d))
		return "left in the period, before the 30 days to its end";
	if (m & END_LATE && (base == DEF_REVENUECAT) != (d == DEF_REVENUECAT))
		return "renewed late, taken back";
	if (!(m & END_THERE))
		return m & END_MONTH ? "joined and left inside" : "came during the period and left";
	return m & END_STAYS ? "left and came back inside" : "left";
}

const char *member_reason(enum definition base, enum definition d, unsigned m)
{
	(void)base;
	(void)d;
	if (m & IN_NEW)
		return m & IN_START ? "new in the 30 days, there at the start" : "new in the 30 days to the end";
	return m & IN_START ? "at the start, gone 30 days before the end" : "came between the start and 30 days before the end";
}

struct reasons {
	const char *text[16];
	int64_t n[16];
	size_t used;
};

static void reason_add(struct reasons *r, const char *text, int64_t n)
{
	size_t i = 0;
	while (i < r->used && strcmp(r->text[i], text) < 0)
		i++;
	if (i == r->used || strcmp(r->text[i], text)) { /* in the order of their words, whatever came first */
		memmove(r->text + i + 1, r->text + i, (r->used - i) * sizeof *r->text);
		memmove(r->n + i + 1, r->n + i, (r->used - i) * sizeof *r->n);
		r->text[i] = text;
		r->n[i] = 0;
		r->used++;
	}
	r->n[i] += n;
}

static void reasons_text(struct str *s, const char *what, const struct reasons *r)
{
	bool first = true;
	for (size_t i = 0; i < r->used; i++) {
		if (!r->n[i])
			continue;
		str_puts(s, first ? (s->n ? "; " : "") : ", ");
		if (first)
			str_printf(s, "%s ", what);
		str_printf(s, "%+lld %s", (long long)r->n[i], r->text[i]);
		first = false;
	}
}

void difference_text(struct str *s, enum definition base, enum definition d, const struct churn_line *l, const struct churn_ctx *c)
{
	struct reasons end = { .used = 0 }, member = { .used = 0 };
	for (unsigned m = 1; m < END_MARKS; m++)
		if (l->t.ends[m] && def_counts_end(base, m) != def_counts_end(d, m))
			reason_add(&end, end_reason(base, d, m), def_counts_end(d, m) ? l->t.ends[m] : -l->t.ends[m]);
	if ((base == DEF_REVENUECAT) != (d == DEF_REVENUECAT) && l->t.returns)
		reason_add(&end, "came back", d == DEF_REVENUECAT ? -l->t.returns : l->t.returns);
	for (unsigned m = 1; m < IN_MARKS; m++)
		if (l->t.members[m] && def_counts_member(base, m) != def_counts_member(d, m))
			reason_add(&member, member_reason(base, d, m), def_counts_member(d, m) ? l->t.members[m] : -l->t.members[m]);
	reasons_text(s, "left", &end);
	if (d == DEF_EXPOSURE || d == DEF_DAILY || base == DEF_EXPOSURE || base == DEF_DAILY) {
		if (d == base)
			return;
		str_puts(s, s->n ? "; of " : "of ");
		if (d == DEF_EXPOSURE)
			str_puts(s, "customer-months instead of customers");
		else if (d == DEF_DAILY)
			str_puts(s, "the customers of each day");
		else
			str_puts(s, base == DEF_EXPOSURE ? "customers instead of customer-months" : "customers of one day");
	} else {
		reasons_text(s, "of", &member);
	}
	if (!s->n && d != base)
		str_puts(s, "the same customers");
	(void)c;
}
