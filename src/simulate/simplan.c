/* From options to a plan: the company's numbers, its calendar, how many people. */
#include "simplan.h"

#include <math.h>
#include <stdlib.h>

#include "wend/mem.h"

/* What is put out leaves the company running: an effect of 1 changes nothing, a rate of 0
 * never happens. Effects that tell people apart by a factor end in one. */
static double neutral(int i)
{
	switch (i) {
	case P_YOUNG_LEAVE: case P_LATE_LEAVE: case P_PAYFAIL_LEAVE: case P_COMPLAINT_LEAVE: case P_LOGIN_LEAVE: case P_FATIGUE_LEAVE: case P_WORSE:
		return 1;
	default:
		return 0;
	}
}

static enum wend_err set_one(struct sim *s, struct sv text, struct err *err)
{
	struct sv value = text, name;
	double v;
	const char *near, *names[P_COUNT + 1] = { NULL };
	sv_cut(&value, '=', &name);
	name = sv_trim(name);
	int i = param_find(name.p, name.n);
	for (int k = 0; k < P_COUNT; k++)
		names[k] = param_defs[k].name;
	if (i < 0) {
		char *word = xstrndup(name.p, name.n);
		near = suggest(word, names);
		err_set(err, WEND_E_USAGE, near ? "--set: no parameter '%s'; did you mean '%s'?" : "--set: no parameter '%s'; 'wend simulate parameters' lists them", word, near);
		free(word);
		return err->code;
	}
	const struct param_def *d = &param_defs[i];
	if (!value.p || !sv_real(sv_trim(value), &v) || !(v >= d->lo && v <= d->hi))
		return err_set(err, WEND_E_USAGE, "--set: '%.*s' must be a number from %g to %g", (int)text.n, text.p, d->lo, d->hi);
	if (isnan(d->value[s->kind]))
		return err_set(err, WEND_E_USAGE, "--set: '%s' is nothing that a %s has", d->name, company_names[s->kind]);
	s->p[i] = v;
	return WEND_OK;
}

static enum wend_err set_params(struct sim *s, const struct simulate_options *o, struct err *err)
{
	bool no_traps = o->without && (!strcmp(o->without, "traps") || !strcmp(o->without, "both"));
	bool no_effects = o->without && (!strcmp(o->without, "effects") || !strcmp(o->without, "both"));
	for (int i = 0; i < P_COUNT; i++) {
		const struct param_def *d = &param_defs[i];
		s->p[i] = d->value[s->kind];
		if (!isnan(s->p[i]) && ((d->group == 't' && no_traps) || (d->group == 'e' && no_effects)))
			s->p[i] = neutral(i);
	}
	for (size_t i = 0; i < o->set.n; i++) {
		struct sv rest = sv_of(o->set.v[i]), one;
		while (sv_cut(&rest, ',', &one))
			if (set_one(s, one, err))
				return err->code;
	}
	/* A key of few people links them; only a crowd is known to be none. */
	if (s->p[P_KIOSK] > 0 && s->p[P_KIOSK] < 8)
		return err_set(err, WEND_E_USAGE, "--set: kiosk is 0, or 8 people or more");
	return WEND_OK;
}

static enum wend_err day_of(int32_t *out, const char *name, const char *text, struct err *err)
{
	return day_iso(sv_of(text), out) ? WEND_OK : err_set(err, WEND_E_USAGE, "--%s '%s' is no date; write 2026-03-31", name, text);
}

static enum wend_err set_days(struct sim *s, const struct simulate_options *o, struct err *err)
{
	int32_t last, length = o->days ? (int32_t)o->days : 730;
	if (o->days && o->since && o->until)
		return err_set(err, WEND_E_USAGE, "two of --days, --since and --until say it all; leave one out");
	if (day_of(&last, "until", o->until ? o->until : "2026-10-31", err))
		return err->code;
	s->day0 = last - length + 1;
	if (o->since && day_of(&s->day0, "since", o->since, err))
		return err->code;
	if (o->since && !o->until && o->days)
		last = s->day0 + length - 1;
	s->ndays = last - s->day0 + 1;
	if (s->ndays < 28 || s->ndays > 30 * 366)
		return err_set(err, WEND_E_USAGE, "a simulation is 28 days to 30 years long, not %d days", (int)s->ndays);
	return WEND_OK;
}

static enum wend_err set_calendar(struct sim *s, struct err *err)
{
	const uint32_t three_hours = 3 * 3600;
	int y, m, d;
	if (zone_open(&s->zone, s->co->zone, err))
		return err->code;
	s->start = zone_instant(s->zone, (int64_t)s->day0 * 86400, NULL);
	s->end = (uint32_t)(zone_instant(s->zone, (int64_t)(s->day0 + s->ndays) * 86400, NULL) - s->start);
	civil_ymd(s->day0, &y, &m, &d);
	for (int32_t day = s->day0; day < s->day0 + s->ndays; s->months++) {
		s->month[s->months] = (uint32_t)(zone_instant(s->zone, (int64_t)day * 86400, NULL) - s->start);
		m = m == 12 ? 1 : m + 1;
		y += m == 1;
		day = civil_day(y, m, 1);
	}
	s->month[s->months] = s->end;
	uint32_t again = days_s(s->p[P_OVERLAP]);
	for (int i = 0; i < s->months; i++) {
		uint32_t end = s->month[i + 1], length = end - s->month[i];
		s->tail[i] = end - (again < length ? again : length);
		s->exported[i] = end + three_hours;
	}
	s->source_start = days_s(s->p[P_LATE_SOURCE]);
	s->join_total = s->end * s->p[P_JOIN_SHARE];
	return WEND_OK;
}

/* How many customers it takes: the orders of a few thousand, and a little more. */
static enum wend_err people_for_orders(struct sim *s, int64_t orders, struct err *err)
{
	enum { SAMPLE = 4000 };
	struct teller t = { .s = s };
	if (s->kind == SAAS)
		return err_set(err, WEND_E_USAGE, "--orders: software by subscription has none; give --customers");
	s->persons = SAMPLE;
	for (uint32_t who = 0; who < SAMPLE; who++)
		live(&t, who);
	double each = (double)t.facts.n[N_ORDERS_ALL] / SAMPLE;
	s->persons = (uint64_t)((double)orders / each * 1.02) + 1;
	return WEND_OK;
}

enum wend_err sim_plan(struct sim *s, const struct simulate_options *o, struct err *err)
{
	const uint64_t most = 400000000;
	*s = (struct sim){ .seed = (uint64_t)o->seed };
	const char *name = o->company ? o->company : "shop";
	while (strcmp(company_names[s->kind], name))
		if (++s->kind > HOTEL)
			return err_set(err, WEND_E_USAGE, "no company '%s'; there are shop, saas and hotel", name);
	s->co = &companies[s->kind];
	if (o->customers && o->orders)
		return err_set(err, WEND_E_USAGE, "--customers or --orders: one follows from the other");
	if (set_params(s, o, err) || set_days(s, o, err) || set_calendar(s, err))
		return err->code;
	s->persons = o->customers ? (uint64_t)o->customers : 1000;
	if (o->orders && people_for_orders(s, o->orders, err))
		return err->code;
	s->prospects = (uint64_t)((double)s->persons * s->p[P_PROSPECTS]);
	if (s->persons > most || s->prospects > most)
		return err_set(err, WEND_E_USAGE, "more than %" PRIu64 " people are too many", most);
	return WEND_OK;
}

int sim_month_of(const struct sim *s, uint32_t t)
{
	int lo = 0, hi = s->months;
	while (hi - lo > 1) {
		int mid = (lo + hi) / 2;
		if (s->month[mid] <= t)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

uint32_t sim_last_seen(const struct sim *s, enum family f, uint32_t t)
{
	int m = sim_month_of(s, t);
	if (!s->co->family[f].monthly)
		return s->exported[s->months - 1];
	return s->exported[t >= s->tail[m] && m + 1 < s->months ? m + 1 : m];
}
