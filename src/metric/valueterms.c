/* The terms of a value: margin, discount, horizon.
 *
 *   delta = log(1 + discount) a year of 365.25 days; months are a twelfth of that
 *
 * The margin is what was given, else what is set in the store, else all of the revenue, and
 * then values are called revenue.
 */
#include "ltv_impl.h"

#include <math.h>

#define YEAR_DAYS 365.25

bool value_days(struct sv v, double *days)
{
	static const struct { const char *name; double days; } units[] = { { "day", 1 }, { "week", 7 }, { "month", YEAR_DAYS / 12 }, { "year", YEAR_DAYS } };
	size_t digits = 0;
	int64_t n;
	v = sv_trim(v);
	if (sv_is(v, "inf")) {
		*days = INFINITY;
		return true;
	}
	while (digits < v.n && v.p[digits] >= '0' && v.p[digits] <= '9')
		digits++;
	if (!sv_int(sv_n(v.p, digits), &n) || n > 100000)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const struct sv word = sv_n(v.p + digits, v.n - digits);
		if (sv_is(word, units[i].name) || (word.n > 1 && word.p[word.n - 1] == 's' && sv_is(sv_n(word.p, word.n - 1), units[i].name))) {
			*days = (double)n * units[i].days;
			return true;
		}
	}
	return false;
}

static enum wend_err read_horizon(struct value_terms *t, const char *text, double unit, struct err *err)
{
	const char *dots = strstr(text, "..");
	double from = 0, to = INFINITY;
	const bool ok = (!dots || value_days(sv_n(text, (size_t)(dots - text)), &from)) && value_days(sv_of(dots ? dots + 2 : text), &to);
	if (!ok || !(from < to))
		return err_set(err, WEND_E_USAGE, "'%s' is no horizon; write it as 12month, inf or 12month..36month", text);
	t->life.from = from / unit;
	t->life.to = to / unit;
	t->own_horizon = true;
	snprintf(t->horizon, sizeof t->horizon, "%s", text);
	return WEND_OK;
}

/* "41 %", "41%", "0.41" of [company] margin. */
static enum wend_err margin_set(struct value_terms *t, const struct population *p, struct err *err)
{
	struct sv v = p ? sv_trim(store_setting(p->store, "company", "margin")) : SV_NONE;
	const struct sv whole = v;
	if (!v.n)
		return WEND_OK;
	const bool percent = v.p[v.n - 1] == '%';
	if (percent)
		v = sv_trim(sv_n(v.p, v.n - 1));
	if (!sv_real(v, &t->margin) || t->margin < 0 || t->margin > (percent ? 100 : 1))
		return err_set(err, WEND_E_USAGE, "the margin that is set, '%.*s', is no share; set it as 'wend store set margin 0.41'", (int)whole.n, whole.p);
	t->margin /= percent ? 100 : 1;
	t->has_margin = true;
	return WEND_OK;
}

/* Terms of other programs, so that figures can be compared.
 *   lifetimes  parts of 30 days, in weeks 4.345, 12 of them where no horizon is given, each
 *              discounted as of its end by 1 % (--discount: a part)
 *   clvtools   for ever (or the horizon), continuously; a year is 52 weeks, 364 days or 12 months
 */
static enum wend_err terms_of_others(struct value_terms *t, const struct ltv_options *o, double days, struct err *err)
{
	const bool week = fabs(days - 7) < 1e-9, day = fabs(days - 1) < 1e-9;
	t->compat = o->compat;
	if (!strcmp(o->compat, "clvtools")) {
		t->year.delta = t->life.delta = log1p(t->discount) / (week ? 52 : day ? 364 : 12);
		return WEND_OK;
	}
	const double part = week ? 4.345 : day ? 30 : 1, months = isinf(t->life.to) ? 12 : round(t->life.to * days / (YEAR_DAYS / 12));
	if (t->life.from > 0 || (t->own_horizon && isinf(t->life.to)) || !(months >= 1))
		return err_set(err, WEND_E_USAGE, "'--compat lifetimes' counts in months from now; give '--horizon 24month' or leave it out");
	const double rate = isnan(o->discount) ? 0.01 : o->discount;
	t->life = (struct value_span){ .to = months * part, .steps = (int)months, .rate = rate };
	t->year = (struct value_span){ .to = 12 * part, .steps = 12, .rate = rate };
	t->discount = rate;
	t->own_horizon = true;
	if (!*t->horizon)
		snprintf(t->horizon, sizeof t->horizon, "12month");
	return WEND_OK;
}

enum wend_err value_terms_read(struct value_terms *t, const struct population *p, const struct ltv_options *o, const char *unit, struct err *err)
{
	const double days = rfm_unit_days(unit);
	*t = (struct value_terms){ .margin = 1, .discount = isnan(o->discount) ? 0.10 : o->discount };
	if (!(t->discount >= 0) || t->discount > 10)
		return err_set(err, WEND_E_USAGE, "a discount of %g a year is none; write 10 %% as 0.10", o->discount);
	if (!isnan(o->margin)) {
		if (!(o->margin > 0) || o->margin > 1)
			return err_set(err, WEND_E_USAGE, "a margin of %g is no share; write 41 %% as 0.41", o->margin);
		t->margin = o->margin;
		t->has_margin = true;
	} else if (margin_set(t, p, err)) {
		return err->code;
	}
	const double delta = log1p(t->discount) * days / YEAR_DAYS;
	t->year = (struct value_span){ .to = YEAR_DAYS / days, .delta = delta };
	t->life = (struct value_span){ .to = INFINITY, .delta = delta };
	if (o->horizon && read_horizon(t, o->horizon, days, err))
		return err->code;
	if (o->compat && terms_of_others(t, o, days, err))
		return err->code;
	if (!(delta > 0) && isinf(t->life.to))
		return err_set(err, WEND_E_USAGE, "without a discount nothing ends; give '--horizon 36month' or a discount above 0");
	return WEND_OK;
}

void say_discount(struct str *s, const struct value_terms *t)
{
	const bool parts = t->life.steps > 0;
	str_printf(s, "%g %% a %s discounted", t->discount * 100, parts ? "month" : t->compat ? "year of 52 weeks" : "year");
	if (t->compat)
		str_printf(s, " as %s does", parts ? "lifetimes" : "CLVTools");
}
