/* room: metric (internal)
 * Renewals of contracts: renewals.c folds them, renewalsread.c reads them from tables,
 * renewalfits.c fits and chooses the curve; churnforecast.c and whatif print.
 */
#ifndef WEND_METRIC_RENEWALS_H
#define WEND_METRIC_RENEWALS_H

#include "ltv_impl.h"
#include "wend/retention.h"

__extension__ typedef unsigned __int128 renewal_wide;

/* After t renewals: of `risk` who came to the next one, `lost` left; `base` are there on the
 * as-of day, with what they pay a month. */
struct renewal_age {
	int64_t risk, lost, base, money;
	renewal_wide squares;
};
struct renewal_stat {
	struct renewal_age *v;
	size_t n, cap;
	enum period_unit unit;
	int32_t as_of;
	currency cur;
	int64_t customers;        /* who ever began */
	int64_t subscriptions, ended;
	/* who began in the year before the as-of day, and what they paid at first */
	int64_t fresh, fresh_money;
	renewal_wide fresh_squares;
};
struct renewal_age *renewal_age_at(struct renewal_stat *s, size_t t);
void renewal_stat_release(struct renewal_stat *s);
/* `money`: what is paid is added, too, in one currency. */
enum wend_err renewals_run(struct renewal_stat *out, const struct population *p, const struct churn_options *o, enum period_unit unit, bool money, struct fold_counts *n, struct err *err);
/* From tables with t, risk, lost, or with survivors by period. */
enum wend_err renewals_read(struct renewal_stat *out, const struct table *from, size_t n, const struct forecast_options *o, const struct report_options *ro, struct err *err);
void renewals_print(struct report *r, const struct renewal_stat *s);

/* Both curves fitted to the first `first` renewals (0: all that somebody came to). */
struct renewal_fits {
	struct renewal_fit v[2];  /* sBG, BdW */
	double *risk, *lost;
	size_t n;                 /* renewals fitted */
	double ratio, p;          /* likelihood-ratio test of c = 1; NaN: one of them has no maximum */
	int chosen;               /* -1: none has a maximum */
	bool automatic;
};
extern const char *const renewal_names[2];
enum wend_err renewal_fits_run(struct renewal_fits *out, const struct renewal_stat *s, const struct forecast_options *o, struct err *err);
void renewal_fits_release(struct renewal_fits *f);
/* f of the parameters with 95 % limits by its gradient in their logarithms; `chance`: a variance
 * besides, of f itself. Limits of the logarithm, or of the logit where `share`. */
struct renewal_estimate {
	double value;
	struct interval ci;
};
typedef double renewal_fn(const struct renewal_model *m, const void *ctx);
struct renewal_estimate renewal_about(const struct renewal_fit *f, renewal_fn *fn, const void *ctx, double chance, bool share);
/* A discount a year as one a period. */
double renewal_discount(double year, enum period_unit unit);
double renewal_months(enum period_unit unit); /* months in a period */

/* ---- what customers with contracts are worth (valuecontract.c) ---- */
/* Payments left of one who has renewed 0 .. n - 1 times; `leave` multiplies the chance to leave
 * of each period from now on. */
void contract_left(double *left, size_t n, const struct renewal_model *m, double discount, double leave);
/* Of everyone there, minor units before the margin. */
double contract_base(const struct renewal_model *m, const struct renewal_stat *s, double discount, double leave);
/* Payments of a new customer, the first now. */
double contract_new(const struct renewal_model *m, double discount);

#endif
