/* room: model
 * Purchase models: how often a customer buys, and whether he still does. Matched controls:
 * what a treatment changes. How long it takes until something happens: hazard.h.
 *
 * The "buy till you die" family reads three numbers a customer (Fader, Hardie & Lee 2005):
 * x repeat purchase days, t_x the age at the last of them, T the age now; equal customers
 * are one cell with a weight. Parameters are natural (r, alpha, a, b or r, alpha, s, beta),
 * alpha and beta in the unit of t_x and T; derivatives and covariances are those of their
 * logarithms.
 */
#ifndef WEND_MODEL_H
#define WEND_MODEL_H

#include "num.h"
#include "optim.h"

/* BG/NBD (Fader, Hardie & Lee 2005), MBG/NBD (Batislam, Denizel & Filiztekin 2007),
 * MBG/CNBD-k (Reutterer, Platzer & Schroeder 2021; every k-th event is a purchase), Pareto/NBD
 * (Schmittlein, Morrison & Colombo 1987). */
enum btyd_kind { BTYD_BGNBD, BTYD_MBGNBD, BTYD_MBGCNBD, BTYD_PNBD, BTYD_KINDS };
enum { BTYD_PARAMS = 4, BTYD_K_MAX = 8 };

struct btyd_model {
	enum btyd_kind kind;
	int k;                     /* events a purchase; 1 but for MBG/CNBD-k */
	double p[BTYD_PARAMS];
};
/* Customers as columns, sorted by (x, T, t_x); built and kept by the caller. x > 0 has
 * 0 < t_x <= T, x = 0 has t_x = 0. */
struct btyd_cells {
	size_t n;
	const uint32_t *x;
	const double *tx, *T, *w;
	int threads;               /* to sum with; the sums do not depend on it. 0: as 1 */
};
/* The log-likelihood, its gradient and its Hessian in the logarithms of the parameters
 * (all of g and h when not NULL). MBG/CNBD-k leaves out the term that holds only the gaps
 * between purchases, (k - 1) sum log gap - x log (k-1)!. False: not finite there. */
bool btyd_loglik(const struct btyd_model *m, const struct btyd_cells *c, double *value, double *g, double *h);

struct btyd_fit {
	struct btyd_model model;
	double loglik, customers;  /* sum of weights, T = 0 included */
	double grad[BTYD_PARAMS];  /* of the log-parameters, per customer */
	double cov[BTYD_PARAMS * BTYD_PARAMS]; /* of the log-parameters: inverse observed information */
	double condition;          /* of the information */
	int evals;
	const char *reason;        /* NULL: a maximum; else why there is none, a sentence */
};
/* `start` NULL: from the data. The only failures are reasons. */
void btyd_fit(struct btyd_fit *out, enum btyd_kind kind, int k, const struct btyd_cells *c, const struct btyd_model *start);
/* From a start that nobody vouches for, parameters of the day before: the end is the one without
 * it, by fewer passes through the cells when it is close. */
void btyd_fit_again(struct btyd_fit *out, enum btyd_kind kind, int k, const struct btyd_cells *c, const struct btyd_model *start);
/* Limits of the log-likelihood's fall by 1.92 for parameter i (natural scale), the others
 * at their best; 0 or infinity when it never falls that far. */
struct interval btyd_profile(const struct btyd_fit *f, const struct btyd_cells *c, int i, double alpha);
/* How far it has fallen (below 0) where parameter i has this value; NaN where it cannot be computed. */
double btyd_profile_at(const struct btyd_fit *f, const struct btyd_cells *c, int i, double value);
extern const char *const btyd_param_name[BTYD_KINDS][BTYD_PARAMS];
extern const char *const btyd_name[BTYD_KINDS];

/* Of one customer: chance to be still buying. */
double btyd_alive(const struct btyd_model *m, uint32_t x, double tx, double T);
/* The same, with the derivatives of its logarithm in the logarithms of the parameters. */
double btyd_alive_slopes(const struct btyd_model *m, uint32_t x, double tx, double T, double g[BTYD_PARAMS]);
/* Expected purchase days in (T, T + t], given the history. */
double btyd_expect(const struct btyd_model *m, uint32_t x, double tx, double T, double t);
/* The whole distribution of purchase days Y in (T, T + t]: P(Y = n), also of those who have left
 * (n = 0), and the variance of Y. */
double btyd_pmf(const struct btyd_model *m, uint32_t x, double tx, double T, double t, uint32_t n);
double btyd_variance(const struct btyd_model *m, uint32_t x, double tx, double T, double t);
/* The time from T to the next purchase that is not exceeded with chance p, given alive;
 * infinite when a customer still there buys again with a smaller chance: he may leave first. */
double btyd_next(const struct btyd_model *m, uint32_t x, double tx, double T, double p);
/* The other way round: the chance of one who is still there to buy in (T, T + t]. */
double btyd_again(const struct btyd_model *m, uint32_t x, double tx, double T, double t);
/* btyd_expect discounted continuously at `delta` a unit: the integral of exp(-delta u) dE[Y(u)]
 * over (from, to]; `to` may be infinite when delta > 0 or the model lets it be. */
double btyd_discounted(const struct btyd_model *m, uint32_t x, double tx, double T, double from, double to, double delta);
/* The chances that 0, 1 ... k-1 events have been since the last purchase, if still buying; their
 * number, k. */
int btyd_stages(const struct btyd_model *m, uint32_t x, double tx, double T, double pi[BTYD_K_MAX]);
/* btyd_discounted of n customers who all have x and are still buying, `stage` events after the
 * last purchase: what lies ahead of them depends on T alone. False, nothing done: it has no
 * end. */
bool btyd_ahead(const struct btyd_model *m, uint32_t x, int stage, const double *T, size_t n, double from, double to, double delta, double *out);
/* The second moment of their discounted purchases in that time is btyd_ahead at twice
 * `delta` plus this: the sum over pairs of different purchases, each pair twice. */
bool btyd_pairs(const struct btyd_model *m, uint32_t x, int stage, const double *T, size_t n, double from, double to, double delta, double *out);
/* Where leaving does not hang on purchases (Pareto/NBD): what these two say of x is so many times
 * what they say of x = 0 at the same age. 0: the model is none of these. */
double btyd_ahead_times(const struct btyd_model *m, uint32_t x, bool pairs);

/* ---- attributes that stay (channel, place, plan) ---- */

/* Customers in n groups; row i of z has the `attributes` of group i. Centre or code them so that
 * a row of zeros is a customer like any other. */
struct btyd_groups {
	size_t n, attributes;
	const struct btyd_cells *cells;
	const double *z;
};
/* Effects: of each attribute on alpha (positive: buys faster) and beta (leaves sooner) for
 * Pareto/NBD; on alpha, a and b (log a and log b rise by it) for the BG family. This many: */
size_t btyd_effects(enum btyd_kind kind, size_t attributes);
/* The model of a group: what all else here takes. */
struct btyd_model btyd_of_group(const struct btyd_model *m, const double *effect, const double *z, size_t attributes);
/* As btyd_loglik; derivatives in the four logarithms, then in the effects. */
bool btyd_loglik_groups(const struct btyd_model *m, const double *effect, const struct btyd_groups *c, double *value, double *g, double *h);
struct btyd_groups_fit {
	struct btyd_model model;   /* of a group whose attributes are all 0 */
	size_t n;                  /* parameters: 4 and the effects */
	double effect[OPTIM_MAX], grad[OPTIM_MAX]; /* gradient per customer */
	double cov[OPTIM_MAX * OPTIM_MAX];         /* n x n: logarithms of the four, effects */
	double loglik, plain;      /* with attributes, without */
	double p;                  /* likelihood-ratio test of no effect at all */
	double customers, condition;
	int evals;
	const char *reason;        /* NULL: a maximum */
};
/* `start`: the fit of all customers together (btyd_fit). */
void btyd_fit_groups(struct btyd_groups_fit *out, enum btyd_kind kind, int k, const struct btyd_groups *c, const struct btyd_model *start);

/* ---- money: Gamma-Gamma (Fader & Hardie 2013) ---- */

/* Customers with x > 0 purchases that brought `total` > 0 together, sorted by x. */
struct spend_cells {
	size_t n;
	const uint32_t *x;
	const double *total, *w;
};
struct spend_model {
	double p, q, gamma;        /* q > 1; gamma in money */
};
struct spend_fit {
	struct spend_model model;
	double loglik, customers;
	double grad[3], cov[9];    /* of log p, log(q - 1), log gamma; gradient per customer */
	double condition;
	int evals;
	const char *reason;        /* NULL: a maximum */
};
bool spend_loglik(const struct spend_model *m, const struct spend_cells *c, double *value, double *g, double *h);
void spend_fit(struct spend_fit *out, const struct spend_cells *c, const struct spend_model *start);
/* Expected money of a purchase: over all customers, and of one with x that brought total. */
double spend_mean(const struct spend_model *m);
double spend_expect(const struct spend_model *m, uint32_t x, double total);

/* ---- opportunities: BG/BB (Fader, Hardie & Shang 2010) ---- */

/* x purchases in n opportunities, the last at opportunity t_x (0 when x = 0). */
struct chance_cells {
	size_t n;
	const uint32_t *x, *tx, *of;
	const double *w;
};
struct chance_model {
	double p[4];               /* alpha, beta of buying; gamma, delta of leaving */
};
struct chance_fit {
	struct chance_model model;
	double loglik, customers, grad[4], cov[16], condition;
	int evals;
	const char *reason;
};
bool chance_loglik(const struct chance_model *m, const struct chance_cells *c, double *value, double *g, double *h);
void chance_fit(struct chance_fit *out, const struct chance_cells *c, const struct chance_model *start);
/* Alive after the n-th opportunity; expected purchases in the next `ahead`; those for ever,
 * the i-th opportunity from now discounted by (1 + d)^-i. */
double chance_alive(const struct chance_model *m, uint32_t x, uint32_t tx, uint32_t n);
double chance_expect(const struct chance_model *m, uint32_t x, uint32_t tx, uint32_t n, uint32_t ahead);
double chance_discounted(const struct chance_model *m, uint32_t x, uint32_t tx, uint32_t n, double d);

/* ---- contracts: sBG (Fader & Hardie 2007), BdW (Fader, Hardie, Liu, Davin & Steenburgh 2018) ---- */

/* Renewals: of `risk[t]` customers who came to their (t+1)-th renewal, `lost[t]` left. */
struct renewals {
	size_t n;
	const double *risk, *lost;
};
struct renewal_model {
	double alpha, beta, c;     /* c = 1: sBG */
};
struct renewal_fit {
	struct renewal_model model;
	bool bdw;
	double loglik, customers, grad[3], cov[9], condition;
	int evals;
	const char *reason;
};
bool renewal_loglik(const struct renewal_model *m, bool bdw, const struct renewals *d, double *value, double *g, double *h);
void renewal_fit(struct renewal_fit *out, bool bdw, const struct renewals *d, const struct renewal_model *start);
/* Share that is still there after t renewals. */
double renewal_survival(const struct renewal_model *m, double t);
/* Discounted expected lifetime of a new customer, first payment now; and what is left of one
 * who has renewed n - 1 times, the next payment one period away. d > 0 a period. */
double renewal_del(const struct renewal_model *m, double d);
double renewal_derl(const struct renewal_model *m, uint32_t n, double d);

/* ---- matched controls (matched.c) ---- */

/* One chance to be treated. Rows of one `stratum` are alike in all that is matched on; a person
 * may have rows in several. `key`: random, the same for the same person, row and seed. */
struct match_row {
	uint64_t stratum, key;
	uint32_t who;
	bool treated, outcome;
};
struct match_result {
	int64_t treated, pairs;      /* treated rows; those that found a partner */
	int64_t with, without;       /* of the pairs: treated with the outcome, partners with it */
	int64_t differ;              /* pairs in which one has it and the other has not */
	double diff;                 /* share with - share without */
	struct interval ci;          /* bootstrap of the pairs, percentiles */
};
/* Sorts the rows. */
void matched_run(struct match_result *out, struct match_row *v, size_t n, double alpha);

#endif
