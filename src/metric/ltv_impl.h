/* room: metric (internal)
 * Models of lifetime value: ltvcells.c makes the cells they read, ltvfit.c fits and
 * chooses, value.c says what a customer is worth, the other ltv*.c print.
 */
#ifndef WEND_LTV_IMPL_H
#define WEND_LTV_IMPL_H

#include "rfm_impl.h"
#include "wend/model.h"

/* Customers by (x, T, t_x), sorted so. Times in units. */
struct ltv_cells {
	double unit_days;
	size_t n, cap;
	uint32_t *x;
	double *tx, *T, *w;       /* of everyone known: what is fitted */
	double *shown, *money, *money2; /* of those who are printed: customers, money that tells of their spending, the sum of its squares */
	size_t nspend, spend_cap; /* customers with money on repeat days, sorted by purchases */
	uint32_t *spend_x;
	double *spend_total, *spend_w;
	double customers, printed; /* everyone known; those who are printed */
	double repeat_days, spend_zero, spend_sum; /* zero: customers who came back for nothing */
	bool no_money;            /* the table tells no money, or only that of several customers together */
	uint32_t *of;             /* by row of the statistic: its cell */
	uint32_t first;           /* 1: the first purchase tells of spending, too */
	int threads;              /* to reckon with; 0: as 1 */
};
struct btyd_cells ltv_fit_cells(const struct ltv_cells *c);
struct spend_cells ltv_spend_cells(const struct ltv_cells *c);
/* `all`: --spend all, the first purchase counts for the money, too. */
void ltv_cells_of(struct ltv_cells *out, const struct rfm_row *row, size_t n, int32_t as_of, double unit_days, double minor, bool all);
void ltv_cells_from(struct ltv_cells *out, struct lines *l, double unit_days, bool all);
void ltv_cells_release(struct ltv_cells *c);

/* Doubles from 0 up in the order of these. */
static inline uint64_t double_bits(double v)
{
	uint64_t u;
	memcpy(&u, &v, sizeof u);
	return u;
}

/* From one day to another in units of the cells. */
static inline double ltv_units(double unit_days, int32_t from, int32_t to)
{
	return ((double)to - (double)from) / unit_days;
}

/* How well a forecast did: sums over customers, the Poisson deviance of their purchases. */
struct ltv_score {
	double deviance, mae, rmse, predicted;
};
struct ltv_candidate {
	struct btyd_fit fit;
	double loglik;            /* with the term of the gaps that tells k apart; = fit.loglik for k = 1 */
	struct ltv_score score;   /* NaN: no period was held out */
};
enum { LTV_CANDIDATES = 4, LTV_NAIVE = 3 };
extern const char *const ltv_naive_name[LTV_NAIVE];
extern const char *const ltv_model_name[BTYD_KINDS]; /* as --model says them */
struct ltv_fit {
	struct ltv_candidate v[LTV_CANDIDATES];
	int n, chosen;            /* chosen -1: none has a maximum */
	bool automatic;
	const char *why;          /* of the choice, a phrase */
	struct spend_fit spend;
	double wheat;             /* regularity of the gaps; 1 = none; NaN = not known */
	/* the period held out */
	int32_t split;            /* its day before; INT32_MIN: none */
	double ahead;             /* its length, units */
	int64_t held;             /* customers */
	double actual;            /* their purchases in it */
	const struct ltv_boot *boot; /* of the chosen model; NULL = limits by the covariance */
	struct ltv_score naive[LTV_NAIVE];
};
/* Reads `model` ("auto", "bgnbd" ...; NULL = auto). */
enum wend_err ltv_model_parse(const struct ltv_options *o, enum btyd_kind *kind, bool *automatic, struct err *err);
/* Fits the candidates (all, or the one asked for) and the money; chooses among them. The
 * scores come from `held`, when there is one. */
struct ltv_held {
	struct ltv_cells cells;   /* as of the split */
	struct gaps gaps;
	uint32_t *later;          /* by row of the statistic then: purchases since */
	uint32_t *before;         /* purchases in as long a time before the split */
	struct rfm_row *row;      /* the statistic then; with LTV_KEEP_HELD */
	size_t n;
	int32_t split;
	double ahead;
};
enum wend_err ltv_fit_run(struct ltv_fit *out, const struct ltv_cells *c, const struct gaps *g, const struct ltv_held *held, const struct ltv_options *o, struct err *err);
/* Fits the same models to what came before the split; chosen: the one `now` chose. */
enum wend_err ltv_fit_then(struct ltv_fit *out, const struct ltv_fit *now, const struct ltv_held *held, const struct ltv_options *o, struct err *err);
/* Where fits begin when --start says so (ltvstart.c). */
struct ltv_start {
	bool has[BTYD_KINDS], has_spend;
	struct btyd_model v[BTYD_KINDS];
	struct spend_model spend;
};
/* Nothing without o->start. */
enum wend_err ltv_start_read(struct ltv_start *s, const struct ltv_options *o, struct err *err);
/* Why nothing is chosen. */
const char *ltv_why_not(const struct ltv_fit *f);

/* ---- by cell, with c->threads (ltvalive.c) ---- */
/* f for [from, to) of n, block by block, in any order and by several threads at once. */
typedef void ltv_block_fn(void *ctx, size_t from, size_t to);
void ltv_blocks(int threads, size_t n, size_t block, ltv_block_fn *f, void *ctx);
/* Chances to be still buying; derivatives of their logarithms, BTYD_PARAMS a cell. The caller
 * frees. */
double *ltv_alive(const struct ltv_cells *c, const struct btyd_model *m);
double *ltv_alive_slopes(const struct ltv_cells *c, const struct btyd_model *m);

/* ---- what a customer is worth (value.c, its terms valueterms.c) ---- */
/* Purchases in (from, to] from now, discounted; times in units, `to` may be infinite. */
struct value_span {
	double from, to, delta;   /* delta: continuous, a unit */
	int steps;                /* > 0: so many equal parts, each discounted as of its end, */
	double rate;              /* at this rate a part; delta is 0, and limits are not known */
};
struct value_terms {
	double margin;            /* share of the revenue; 1 without one */
	bool has_margin;
	double discount;          /* a year */
	struct value_span year, life; /* 12 months, and for ever; or what --horizon says, in `life` */
	bool own_horizon;
	const char *compat;       /* whose terms these are; NULL = ours */
	char horizon[64];         /* "12month..36month" */
};
/* "10 % a year discounted". */
void say_discount(struct str *s, const struct value_terms *t);
/* "90day", "13weeks", "3month", "1year", "inf" in days; false: it is none. */
bool value_days(struct sv v, double *days);
enum wend_err value_terms_read(struct value_terms *t, const struct population *p, const struct ltv_options *o, const char *unit, struct err *err);
/* What one customer will bring, before the margin: its mean, and the limits that the sum
 * itself stays within with 95 % (NaN where it has no variance). */
struct value_one {
	double mean, lo, hi;
};
/* By cell. `per`: value by gamma + the money that tells of the spending. */
struct value_cell {
	double alive, year;       /* chance to be still buying; purchases in 12 months */
	struct value_one per;     /* NaN without a model of spending, and where nobody is printed */
};
/* `spend` may be NULL. The caller frees. */
struct value_cell *value_cells(const struct ltv_cells *c, const struct btyd_model *m, const struct spend_model *spend, const struct value_terms *t);
/* `money`: of one who has any that tells of his spending, else 0. */
struct value_one value_of(const struct value_cell *v, const struct spend_model *spend, double money);
/* All customers shown together: purchases and money ahead. 95 % limits of what will really
 * come: of the parameters' covariance and of what each customer happens to do. Limits are
 * NaN where there is no variance; money also without a model of spending. */
struct value_total {
	double purchases, money;
	struct interval purchases_ci, money_ci;
};
/* Over n spans at once, by the chosen model (there is one). */
enum { VALUE_SPANS = 4 };
void value_totals(struct value_total *out, const struct value_span *s, int n, const struct ltv_cells *c, const struct ltv_fit *f, double margin);
/* The money alone, without limits, by any model. */
double value_money(const struct ltv_cells *c, const struct btyd_model *m, const struct spend_model *spend, const struct value_span *s, double margin);
/* A new customer from the first order on, it included. `first`: its mean, with its standard
 * error. */
struct value_new {
	double value;
	struct interval ci;
};
void value_new(struct value_new *out, const struct value_span *s, int n, const struct ltv_fit *f, double first, double first_se, double margin);

/* Of sums: gradient x covariance x gradient, n parameters; limits of a value whose logarithm has
 * this variance, the lower one on its own scale; not known (NaN) when the upper one lies a
 * thousandfold away. */
double value_quadratic(const double *g, const double *cov, int n);
struct interval value_around(double value, double log_var);

/* ---- the next purchase (ltvnext.c) ---- */
/* By cell: days from the as-of day by which p of those who are still there have bought again,
 * infinite when they never do; the caller frees. */
double *ltv_next_days(const struct ltv_cells *c, const struct btyd_model *m, double p);
/* The day so many days later; WEND_NONE beyond 100 years. */
int64_t ltv_day_after(int32_t day, double days);

/* ---- resampled customers (ltvboot.c) ---- */
struct ltv_replicate {
	struct btyd_model model;
	struct spend_model spend;
	double chance_purchases, chance_money; /* standard normal: what happens in it */
	bool purchases, money;    /* the fit has ended in a maximum */
};
struct ltv_boot {
	int n, ended;             /* replicates; those with a purchase model */
	struct ltv_replicate *v;
};
/* The chosen model of f (there is one) n times again. */
void ltv_boot_run(struct ltv_boot *b, const struct ltv_cells *c, const struct ltv_fit *f, int n, uint64_t seed, int threads);
void ltv_boot_release(struct ltv_boot *b);
/* 95 % percentile limits of what n replicates say, NaN those without an end; reorders v. NaN
 * when more than a tenth have none. */
struct interval ltv_boot_limits(double *v, size_t n);

/* What every report of models begins with (ltvlook.c). */
struct ltv_look {
	struct purchases b;
	struct ltv_cells cells;
	struct ltv_held held;
	struct ltv_fit fit;
	struct value_terms terms;
	struct ltv_boot boot;     /* n = 0 without --bootstrap */
	const char *unit;         /* "week" */
	char currency[4];         /* "" = none known */
	double minor;             /* minor units in a major one */
	int32_t as_of;
	bool all;                 /* --spend all */
	char told[80];            /* of tables: " As of 2026-06-30, days in UTC." */
	int64_t rows;             /* of tables, read */
};
/* `want`: what else of purchases_run, and LTV_KEEP_HELD: the rows of held. Release it also after
 * an error. */
#define LTV_KEEP_HELD 0x100u
enum wend_err ltv_look_run(struct ltv_look *l, const struct population *p, const struct ltv_options *o, const struct report_options *ro, uint32_t want, const struct cuts *by, struct err *err);
/* From tables of histories, whole or piece by piece: nothing is held out, and there are no
 * purchases. */
enum wend_err ltv_look_from(struct ltv_look *l, struct table *from, size_t n, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
void ltv_look_release(struct ltv_look *l);
/* Rows, a sentence and words about what the values of `cuts` do to the chosen model
 * (ltveffects.c); nothing without fields. The look ran with the same cuts. */
void ltv_effects(struct report *r, const struct ltv_look *l, const struct cuts *cuts, int64_t min_n);
/* A model was asked for by name and cannot be had: exit 5. */
bool ltv_not_had(const struct ltv_look *l);

/* What is still to come (ltvahead.c). */
struct ltv_ahead {
	bool known;
	double first, first_se;   /* mean of the first purchase, major units */
	struct value_new once_year, once_life;
	struct value_total year, life;
	double least, most;       /* mean value still to come by the model that says least, most */
};
void ltv_ahead_run(struct ltv_ahead *a, const struct ltv_look *l);
/* `money`: the word for the unit, which the rows keep. */
void ltv_ahead_measures(struct measures *out, const struct ltv_ahead *a, const struct ltv_look *l, const char *money);

/* --model sbg, bdw; bgbb (ltvother.c). */
enum wend_err ltv_contract_model(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);
enum wend_err ltv_chance_model(const struct population *p, const struct ltv_options *o, const struct report_options *ro, struct report *r, struct err *err);

#endif
