/* room: simulate (internal)
 * Every rate, multiplier and length there is to set, one row each: name, the value for
 * shop, saas and hotel (NAN: not of this company), limits, and what it means. The group
 * says what `--without` may put out: a trap of the files, or an effect of the people.
 */
#ifndef WEND_SIMPARAM_H
#define WEND_SIMPARAM_H

#define SIM_PARAMS(X) \
	/* how people buy and stop: rates of purchase are Gamma(rate-shape, 1/rate-weeks) a week, */ \
	/* rates of stopping Gamma(leave-shape, 1/leave-weeks) a week */ \
	X(RATE_SHAPE, "rate-shape", 0.9, NAN, 1.1, 0.01, 1000, 'p', "shape of purchase rates (gamma)") \
	X(RATE_WEEKS, "rate-weeks", 4, NAN, 40, 0.01, 1e6, 'p', "mean rate a week: rate-shape / rate-weeks") \
	X(LEAVE_SHAPE, "leave-shape", 0.8, NAN, 0.9, 0.01, 1000, 'p', "shape of rates of stopping (gamma)") \
	X(LEAVE_WEEKS, "leave-weeks", 30, NAN, 60, 0.01, 1e6, 'p', "mean rate a week: leave-shape/leave-weeks") \
	X(SPEND_P, "spend-p", 6.25, NAN, 5, 0.05, 1000, 'p', "money: Gamma(spend-p, 1/v), v by customer") \
	X(SPEND_Q, "spend-q", 3.75, NAN, 4, 1.05, 1000, 'p', "v ~ Gamma(spend-q, 1/spend-g)") \
	X(SPEND_G, "spend-g", 1544, NAN, 18000, 1, 1e7, 'p', "in minor units") \
	X(HAZARD, "hazard", NAN, 0.0010, NAN, 0, 1, 'p', "leaving a day: hazard / (0.3 + activity)") \
	X(YOUNG_LEAVE, "young-leave", NAN, 2, NAN, 0, 100, 'e', "leaving in the first young-days, times") \
	X(YOUNG_DAYS, "young-days", NAN, 60, NAN, 0, 10000, 'p', "length of a customer's youth") \
	X(TRIAL_SHARE, "trial-share", NAN, 0.4, NAN, 0, 1, 'p', "begin with 14 days of trial") \
	X(TRIAL_LOST, "trial-lost", NAN, 0.3, NAN, 0, 1, 'p', "trials that are not taken up") \
	X(PLAN_RATE, "plan-rate", NAN, 0.001, NAN, 0, 1, 'p', "changes of plan a day") \
	X(ACTIVITY_SHAPE, "activity-shape", 2, 2, 2, 0.05, 1000, 'p', "shape of activity (gamma, mean 1)") \
	X(JOIN_SHARE, "join-share", 0.85, 0.67, 0.85, 0.01, 1, 'p', "begin within this share of the time") \
	X(VISITS, "visits", 1.2, 1.5, 1.2, 0, 50, 'p', "visits before the first purchase, + 1") \
	X(PROSPECTS, "prospects", 0.3, 0.3, 0.3, 0, 100, 'p', "visitors who never buy, a customer") \
	X(CHANNELS, "channels", 1, NAN, 1, 0, 1, 'e', "how far channels differ in value; 0: not") \
	/* causes: how often, times what on leaving, for how long, how many call for it */ \
	X(LATE, "late", 0.08, NAN, 0.10, 0, 1, 'e', "orders late (hotel: rooms not ready)") \
	X(WORSE, "worse-location", 2.5, NAN, 3, 0, 100, 'e', "so often at the worst location, times") \
	X(LATE_LEAVE, "late-leave", 3, NAN, 3, 0, 100, 'e', "leaving after a late order, times") \
	X(LATE_DAYS, "late-days", 45, NAN, 60, 0, 3650, 'p', "for so many days") \
	X(LATE_CONTACT, "late-contact", 0.5, NAN, 0.4, 0, 1, 'e', "late orders that bring a contact") \
	X(PAYFAIL, "payment-failed", 0.04, 0.004, NAN, 0, 1, 'e', "failed: of card orders; saas: a day") \
	X(PAYFAIL_LEAVE, "payment-failed-leave", 2, 4, NAN, 0, 100, 'e', "leaving after one, times") \
	X(PAYFAIL_DAYS, "payment-failed-days", 30, 30, NAN, 0, 3650, 'p', "for so many days") \
	X(PAYFAIL_CONTACT, "payment-failed-contact", 0.3, 0, NAN, 0, 1, 'e', "failed payments that bring a contact") \
	X(COMPLAINT, "complaint", 0.001, 0.004, 0.001, 0, 1, 'e', "complaints nobody solves, a day") \
	X(COMPLAINT_LEAVE, "complaint-leave", 1.8, 1.8, 1.8, 0, 100, 'e', "leaving after one, times") \
	X(COMPLAINT_DAYS, "complaint-days", 30, 30, 30, 0, 3650, 'p', "for so many days") \
	X(LOGIN, "login", 0.01, 0.02, 0.004, 0, 10, 'p', "logins a day, times activity") \
	X(LOGIN_LEAVE, "login-leave", 0.7, 0.7, 0.7, 0, 100, 'e', "leaving after one, times (below 1: keeps)") \
	X(LOGIN_DAYS, "login-days", 30, 30, 30, 0, 3650, 'p', "for so many days") \
	X(TICKET, "ticket", 0.002, 0.01, 0.002, 0, 10, 'p', "questions a day, times activity; harmless") \
	X(INVOICE_ERROR, "invoice-error", 0.0005, 0.0005, 0.0005, 0, 10, 'e', "wrong invoices a day") \
	X(INVOICE_CONTACT, "invoice-error-contact", 0.6, 0.6, 0.6, 0, 1, 'e', "wrong invoices that bring a contact") \
	X(SUPPORT_MAIL, "support-mail", 0.5, 0.5, 0.5, 0, 1, 'p', "contacts followed by a mail of ours") \
	X(SURVEY, "survey", 0.0015, 0.003, 0.003, 0, 10, 'p', "answers to surveys a day, times activity") \
	X(CANCEL_PAGE, "cancel-page", 0.0005, 0.0005, 0.0005, 0, 10, 'p', "views of the leaving page a day, harmless") \
	X(CANCEL_LEAVERS, "cancel-page-leavers", 0.7, 0.7, 0.7, 0, 1, 'p', "leavers who see it in their last 2 days") \
	X(MAIL_SHARE, "mail-share", 0.25, 0.5, 0.4, 0, 1, 'p', "customers who get promotions") \
	X(MAIL_RATE, "mail-rate", 2, 2, 2, 0, 100, 'p', "promotions a month, on average") \
	X(FATIGUE_KNEE, "fatigue-knee", 5, 5, 5, 2, 15, 'p', "promotions in 30 days that are too many") \
	X(FATIGUE_LEAVE, "fatigue-leave", 2.5, 2.5, 2.5, 0, 100, 'e', "leaving while they are, times") \
	X(SILENT_DAYS, "silent-days", 90, 90, 180, 1, 3650, 'p', "no contact for so long: left silently") \
	/* traps of the files */ \
	X(ITEMS, "more-items", 0.3, NAN, NAN, 0, 0.9, 't', "one more line in an order, repeatedly") \
	X(REFUNDS, "refunds", 0.04, 0.01, 0.06, 0, 1, 't', "orders (saas: payments) given back") \
	X(VOIDED, "voided", 0.01, NAN, NAN, 0, 1, 't', "orders that were never paid") \
	X(GUESTS, "guests", 0.05, NAN, 0.02, 0, 1, 't', "sales without a name, an order") \
	X(OTHER_CURRENCY, "other-currency", 0.1, 0.2, 0, 0, 1, 't', "customers who pay in another currency") \
	X(OVERLAP, "overlap-days", 10, 10, 10, 0, 25, 't', "days that the next month's file repeats") \
	X(LATE_SOURCE, "late-source-days", 60, 60, 60, 0, 3650, 't', "helpdesk and site begin so late") \
	X(CAPITALS, "capitals", 0.05, 0.05, 0.05, 0, 1, 't', "addresses written in other letters") \
	X(FAMILY, "shared-mail", 0.01, 0.01, 0.01, 0, 1, 't', "pairs of customers with one address") \
	X(KIOSK, "kiosk", 12, 12, 12, 0, 1000, 't', "customers behind a front desk's address") \
	X(TIES, "ties", 0.05, 0.05, 0.05, 0, 1, 't', "logins with a step in the same second") \
	X(DAMAGED, "damaged", 0.002, 0.002, 0.002, 0, 0.009, 't', "damaged rows, a row")

enum sim_param {
#define X(id, name, shop, saas, hotel, lo, hi, group, help) P_##id,
	SIM_PARAMS(X)
#undef X
	P_COUNT
};

struct param_def {
	const char *name;
	double value[3];
	double lo, hi;
	char group;
	const char *help;
};
extern const struct param_def param_defs[P_COUNT];
int param_find(const char *name, unsigned long n); /* -1 = unknown */

#endif
