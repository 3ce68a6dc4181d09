/* room: model
 * The chance of a yes or no from what is known of each row: logistic regression, additive
 * models of smooth curves, boosted trees, the choice among them, and how good the chances are.
 *
 *     struct chances_options o = CHANCES_OPTIONS_INIT;
 *     struct chances *c = chances_fit(&data, &o);
 *     for (size_t i = 0; i < data.n; i++)
 *         p[i] = chances_of(c, &data, i, NULL);
 *
 * Nothing here knows of stores, and equal input gives equal bytes, whatever the threads.
 */
#ifndef WEND_REGRESS_H
#define WEND_REGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "num.h"

/* ---- what is known of each row ---- */

struct regressor {
	const char *name;
	const double *x;          /* numbers, NaN = not known; NULL: a category */
	const int32_t *code;      /* of categories: 0 .. levels - 1; -1 = not known */
	size_t levels;
	const char *const *level; /* their names */
};
struct regress_data {
	size_t n, p;
	const struct regressor *v;
	const uint8_t *y;         /* 0 or 1; NULL where chances are asked for only */
	const uint64_t *key;      /* random; rows of one person share theirs. Folds and samples go by it */
};

/* ---- logistic regression by maximum likelihood (logit.c) ---- */

enum logit_status { LOGIT_OK, LOGIT_ONE_CLASS, LOGIT_SEPARATED, LOGIT_NO_CONVERGENCE };
struct logit_fit {
	enum logit_status status;
	size_t p;                 /* columns; the intercept stands before them: coefficient 0 */
	double *beta;             /* p + 1; NaN where a column is left out */
	double *cov;              /* (p + 1) x (p + 1); 0 where left out */
	uint8_t *out;             /* p: 1 = depends linearly on those before it, or does not vary */
	size_t left_out;
	size_t separates;         /* LOGIT_SEPARATED: the column (from 0) that runs off fastest */
	double loglik, loglik_null;
	int steps;
};
/* x: n rows of p columns, row by row, without the intercept. y: 0 or 1. */
void logit_fit(struct logit_fit *out, const double *x, const uint8_t *y, size_t n, size_t p);
void logit_release(struct logit_fit *f);
/* z = b / se and its two-sided p of coefficient k (0 = intercept); NaN where left out. */
double logit_se(const struct logit_fit *f, size_t k);
double logit_p(const struct logit_fit *f, size_t k);
/* Wald's test that coefficients first .. first + n - 1 are all 0; NaN when none of them is in. */
double logit_wald(const struct logit_fit *f, size_t first, size_t n);

/* The chance that belongs to log odds, and log(1 + exp(eta)); both over the whole range. */
double logit_chance(double eta);
double logit_log1pexp(double eta);

/* ---- how good chances are (judged.c) ---- */

struct judged {
	int64_t n, events;
	double auc;               /* a yes is given the higher chance than a no; ties count one half */
	struct interval auc_ci;
	double brier, logloss;    /* means */
	double slope, intercept;  /* of the outcome on the log odds; 1 and 0 are right */
	struct interval slope_ci;
	double ece;               /* mean |share - chance| over ten equal parts */
	double lift;              /* share among the tenth with the highest chances / share of all */
	double share, expected;   /* yes among all; mean chance */
};
/* NaN where it is not known: AUC, slope and lift with one outcome only. */
void judge(struct judged *out, const double *chance, const uint8_t *y, size_t n, double alpha);
/* Rows in ascending order of chance, cut into `parts` as equal as ties allow. */
struct judged_part {
	int64_t n, events;
	double chance, share;     /* means */
	struct interval ci;       /* of the share (Wilson) */
};
size_t judge_parts(struct judged_part *out, size_t parts, const double *chance, const uint8_t *y, size_t n, double alpha);

/* ---- additive models: a smooth curve or a number a level for each column (additive.c) ---- */

struct additive;
/* Rows with use[i] = 0 take no part (use may be NULL). NULL when both outcomes are not there. */
struct additive *additive_fit(const struct regress_data *d, const uint8_t *use);
/* The same without pairs: what each column says for itself. */
struct additive *additive_fit_alone(const struct regress_data *d, const uint8_t *use);
void additive_free(struct additive *m);
/* Log odds of a row of the same columns. `part` (d->p numbers, or NULL): what each column adds
 * against the rows fitted; with `se` (or NULL): the standard error of the log odds. */
double additive_eta(const struct additive *m, const struct regress_data *d, size_t row, double *part, double *se);
/* The log odds at the mean of all columns: eta = this + sum of parts. */
double additive_middle(const struct additive *m);
/* What it found out on the way. */
struct additive_pair {
	size_t a, b;              /* columns */
	double p;                 /* of the score test, Holm's */
};
struct additive_said {
	const char *const *left_out; /* "OnlineBackup=No internet service: as InternetService=No" */
	size_t nleft_out;
	const struct additive_pair *pair;
	size_t npair;
	double df;                /* effective degrees of freedom, the intercept included */
	bool converged;
};
const struct additive_said *additive_said(const struct additive *m);

/* ---- boosted trees (boost.c) ---- */

struct boost_options {
	int trees, depth;
	double rate;              /* share of a step that is taken */
	double sample;            /* share of the rows each tree is grown on */
	double ridge;             /* of leaf values */
	int64_t leaf_min;         /* rows in a leaf, at least */
	uint64_t seed;
};
#define BOOST_OPTIONS_INIT { .trees = 600, .depth = 3, .rate = 0.03, .sample = 0.75, .ridge = 1, .leaf_min = 10, .seed = 1 }
struct boost;
/* `loss`, when it is not NULL, has room for options.trees numbers: the sum of -log chance of
 * what came over the rows with use[i] = 0, after each tree. */
struct boost *boost_fit(const struct regress_data *d, const uint8_t *use, const struct boost_options *o, double *loss);
void boost_free(struct boost *m);
double boost_eta(const struct boost *m, const struct regress_data *d, size_t row, double *part);
double boost_middle(const struct boost *m);

/* ---- the choice between both (chances.c) ---- */

enum chances_model { CHANCES_AUTO, CHANCES_LOGIT, CHANCES_BOOST, CHANCES_BOTH };
enum { CHANCES_FOLDS = 5 };
struct chances_options {
	enum chances_model model;
	uint64_t seed;            /* of folds and samples */
	int threads;
};
#define CHANCES_OPTIONS_INIT { .model = CHANCES_AUTO, .seed = 1, .threads = 1 }
struct chances {
	enum chances_model model; /* the one that says the chances */
	bool automatic;
	struct additive *additive; /* always there, for what it explains; NULL: one outcome only */
	struct boost *boost;      /* when it has a weight */
	double shift, curves, trees; /* log odds = shift + curves x their log odds + trees x theirs */
	struct boost_options grown; /* trees and depth that did best */
	/* of rows held out, fold by fold: -log chance a row, NaN where a model was not tried */
	double loss_logit, loss_boost;
	double loss_both;         /* joined by the weights that rows held out like best */
	double gap_se;            /* of what both bring over curves alone: 2.576 of it, or curves stay */
	double *held_out;         /* chance of each row by the chosen model fitted without its fold */
	size_t n;
};
struct chances *chances_fit(const struct regress_data *d, const struct chances_options *o);
/* The same choice fitted to the rows with use[i] (NULL: all); held_out stays NULL. */
struct chances *chances_again(const struct chances *of, const struct regress_data *d, const uint8_t *use);
void chances_free(struct chances *c);
/* The chance of a row. `part` (d->p, or NULL): points of chance each column adds against the
 * middle of all rows; they add up to the chance less chances_middle. */
double chances_of(const struct chances *c, const struct regress_data *d, size_t row, double *part);
double chances_middle(const struct chances *c);
/* 95 % limits of a row's chance; NaN where trees say it. */
struct interval chances_limits(const struct chances *c, const struct regress_data *d, size_t row, double alpha);

#endif
