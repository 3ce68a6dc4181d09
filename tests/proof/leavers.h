/* Customers with planted causes of leaving: a daily simulation that shares nothing with the
 * estimators. Equal seeds give equal customers.
 *
 * 540 days; each joins on one of the first 360 and has an activity gamma(2), mean 1. Events a
 * day by chance, some in proportion to activity; the hazard of leaving is 0.0010 / (0.3 +
 * activity), twice that in the first 60 days, times what the last 30 days did. 70 % of the
 * leavers see the leaving page in their last days. So heavy users have more of everything and
 * leave less: whoever counts what leavers ever had takes the strongest cause for a protection.
 */
#ifndef LEAVERS_H
#define LEAVERS_H

#include "buyers.h"
#include "wend/hash.h"
#include "wend/mem.h"
#include "wend/owncontrol.h"

enum leaver_kind { PAYMENT_FAILED, COMPLAINT_OPEN, LOGIN, TICKET, PROMOTION, CANCEL_PAGE, SURVEY, INVOICE, LEAVER_KINDS };
enum { LEAVER_DAYS = 540, EFFECT_DAYS = 30, A_DAY = 1440 };
struct leaver_world {
	double a_day[LEAVER_KINDS], by_activity[LEAVER_KINDS], effect[LEAVER_KINDS];
	double hazard, young, page;
	int customers;
};
static const char *const leaver_names[LEAVER_KINDS] = { "payment_failed", "unresolved_complaint", "portal_login", "any_ticket", "promo_mail", "page_visit_cancel", "survey_answer", "invoice_sent" };

static inline struct leaver_world leaver_world(void)
{
	return (struct leaver_world){
		.a_day = { 0.004, 0.004, 0, 0, 0.03, 0.0005, 0, 1.0 / 30 },
		.by_activity = { [LOGIN] = 0.02, [TICKET] = 0.01, [SURVEY] = 0.003 },
		.effect = { 4, 1.8, 0.7, 1, 1, 1, 1, 1 },
		.hazard = 0.0010, .young = 2, .page = 0.7, .customers = 3000,
	};
}

struct leavers {
	struct own_stretch *v;
	struct own_event *event;
	size_t n, nevent, event_cap;
};

/* Days until the next event of a daily chance. */
static inline int next_event(struct dice *d, double chance)
{
	if (!(chance > 0))
		return LEAVER_DAYS;
	const double days = log(dice_uniform(d)) / log1p(-(chance < 1 ? chance : 1 - 1e-12));
	return days < LEAVER_DAYS ? (int)days : LEAVER_DAYS;
}

static inline void leaver_event(struct leavers *l, int day, uint32_t unit)
{
	GROW(l->event, l->event_cap, l->nevent + 1);
	l->event[l->nevent++] = (struct own_event){ day * A_DAY, unit };
}

static inline void leaver_live(struct leavers *l, struct dice *d, const struct leaver_world *w)
{
	struct own_stretch *v = &l->v[l->n];
	int day = (int)(360 * dice_uniform(d)), next[LEAVER_KINDS], last[LEAVER_KINDS];
	const double activity = exp(dice_log_gamma(d, 2)) / 2;
	double chance[LEAVER_KINDS];
	*v = (struct own_stretch){ .key = dice_bits(d), .who = (uint32_t)l->n, .from = day * A_DAY, .event = l->nevent, .money = 1, .counted = true };
	for (int k = 0; k < LEAVER_KINDS; k++) {
		chance[k] = w->a_day[k] + w->by_activity[k] * activity;
		next[k] = day + next_event(d, chance[k]);
		last[k] = -1000;
	}
	const int joined = day;
	for (; day < LEAVER_DAYS && !v->left; day++) {
		double hazard = w->hazard / (0.3 + activity) * (day - joined < 60 ? w->young : 1);
		for (int k = 0; k < LEAVER_KINDS; k++)
			if (day - last[k] <= EFFECT_DAYS)
				hazard *= w->effect[k];
		for (int k = 0; k < LEAVER_KINDS; k++)
			if (next[k] == day) {
				leaver_event(l, day, (uint32_t)k);
				last[k] = day;
				next[k] = day + 1 + next_event(d, chance[k]);
			}
		v->left = dice_uniform(d) < hazard;
	}
	v->to = (v->left ? day - 1 : LEAVER_DAYS) * A_DAY;
	if (v->left && dice_uniform(d) < w->page) {
		const int seen = day - 1 - (int)(3 * dice_uniform(d));
		size_t k = l->nevent;
		leaver_event(l, seen, CANCEL_PAGE);
		for (; k > v->event && l->event[k - 1].at > seen * A_DAY; k--)
			l->event[k] = l->event[k - 1];
		l->event[k] = (struct own_event){ seen * A_DAY, CANCEL_PAGE };
	}
	v->events = (uint32_t)(l->nevent - v->event);
	l->n++;
}

static inline void leavers_make(struct leavers *l, const struct leaver_world *w, uint64_t seed)
{
	struct dice d = { hash_mix(seed * 0x9e3779b97f4a7c15u + 1) };
	*l = (struct leavers){ .v = xcalloc((size_t)w->customers, sizeof *l->v) };
	for (int i = 0; i < w->customers; i++)
		leaver_live(l, &d, w);
}

static inline void leavers_release(struct leavers *l)
{
	free(l->v);
	free(l->event);
}

#endif
