/* room: model
 * Paths of channels that end in a conversion or in none, and who earned the conversions:
 * rules (first, last ...), exact absorbing Markov chains of order 1 to 4, Shapley values.
 *
 *     struct chain_set *s = chain_set_new();
 *     uint32_t way[2] = { chain_channel(s, SV("search")), chain_channel(s, SV("mail")) };
 *     chain_add(s, way, 2, 1, 19.90, 0);
 *     struct chain_paths *p = chain_close(s);   // s is used up
 *     struct chain_fit f;
 *     chain_fit(&f, p, &(struct chain_options){ .order = 1, .limits = true, .threads = 2 });
 *     ... f.v[i].conv.effect of p->name[i] ...
 *     chain_fit_release(&f);
 *     chain_paths_free(p);
 *
 * Nothing depends on the order in which paths were added, nor on the number of threads.
 */
#ifndef WEND_CHAIN_H
#define WEND_CHAIN_H

#include "num.h"
#include "str.h"

enum { CHAIN_ORDER_MAX = 4, CHAIN_CHANNELS_MAX = 65534, CHAIN_SETS_MAX = 24 };

/* ---- paths (chainpaths.c) ---- */

/* Distinct paths with what became of them, added up. Weights may be fractions; conversions
 * and nulls are not negative, value may be. */
struct chain_set;
struct chain_set *chain_set_new(void);
void chain_set_free(struct chain_set *s);
uint32_t chain_channel(struct chain_set *s, struct sv name);
/* A path of n >= 0 channels: so many went it and converted, for so much money together; so
 * many went it and did not. False: more than CHAIN_CHANNELS_MAX channels, or more
 * touches than fit (four milliards). */
bool chain_add(struct chain_set *s, const uint32_t *channel, size_t n, double conversions, double value, double nulls);
/* Adds `from`, which is used up. */
void chain_merge(struct chain_set *s, struct chain_set *from);

/* Channels in the order of their names (sv_natcmp), paths in an order made of their own
 * content. A path without any channel has no part in chains and goes to `none`. */
struct chain_paths {
	size_t channels, n;
	struct sv *name;
	uint16_t *step;            /* channels of path i: step[from[i]] .. step[from[i + 1] - 1] */
	uint32_t *from;
	double *conv, *null, *value;
	double *spread;            /* sum over conversions of (value - mean value of the path)^2, as far as the rows tell */
	double conversions, nulls, total; /* of paths with a channel; total: value */
	double none_conversions, none_nulls, none_total;
	char *text;                /* behind `name` */
};
struct chain_paths *chain_close(struct chain_set *s);
void chain_paths_free(struct chain_paths *p);

/* ---- rules (chainrules.c) ---- */

/* A conversion of a path of n touches is shared out among them, by position 0 .. n - 1:
 *   first, last; last non-direct: the last that is not one of the channels called direct
 *   linear       1 / n each
 *   position     40 % first, 40 % last, 20 % between the others; n = 2: halves
 *   wshape       30 % first, middle ((n - 1) / 2) and last, 10 % between the others; n = 3:
 *                thirds, n = 2: halves
 *   decay        2^(-steps before the last / half-life), scaled to 1
 *   shapley      of the sets of channels, v(S) = conversions of paths that meet only channels of
 *                S: 1 / d to each of the d different channels of the path (closed form) */
enum chain_rule { RULE_FIRST, RULE_LAST, RULE_LAST_NON_DIRECT, RULE_LINEAR, RULE_POSITION, RULE_WSHAPE, RULE_DECAY, RULE_SHAPLEY, RULE_COUNT };
extern const char *const chain_rule_name[RULE_COUNT];
/* Shares of the touches of one path; they sum to 1. `age`: how long before the conversion
 * each touch was, in the unit of `half_life`; NULL: steps before the last. `direct` (may be
 * NULL) tells by channel. RULE_SHAPLEY: the share of a channel stands at its first touch. */
void chain_shares(double *share, enum chain_rule r, const uint16_t *step, size_t n, const double *age, double half_life, const bool *direct);
/* Credit by channel: conversions and value. */
void chain_rule_credit(double *conv, double *value, enum chain_rule r, const struct chain_paths *p, double half_life, const bool *direct);
/* Weight of paths that meet the channel: all of it, and that of conversions. */
void chain_met(double *all, double *conv, const struct chain_paths *p);

/* ---- absorbing chains (chainfit.c, chainsolve.c) ---- */

struct chain_options {
	int order;                 /* 1 .. 4 */
	bool keep_self_loops;      /* a state followed by itself counts as a transition; effects are the same */
	bool limits;               /* standard errors, too */
	int threads;
};
/* The removal effect of a channel, 1 - P(conversion | states that hold it lead nowhere) / P,
 * and its share of the sum of all effects; standard errors by influence functions, NaN when
 * not asked for or not known; limits are 95 %. */
struct chain_effect {
	double effect, se, share, share_se;
	struct interval ci, share_ci;
};
struct chain_removal {
	struct chain_effect conv, value;
};
struct chain_fit {
	int order;
	size_t channels, states, transitions; /* states: with start, conversion and null */
	double p, mean;            /* P(conversion), expected value of a path, solved from the chain */
	int sweeps;                /* of all iterative solutions together */
	struct chain_removal *v;   /* by channel; effects are NaN without any conversion (value) */
	bool converged;            /* false: some solution did not reach 1e-12; its effects are NaN */
};
void chain_fit(struct chain_fit *out, const struct chain_paths *p, const struct chain_options *o);
void chain_fit_release(struct chain_fit *f);

/* Shapley values of v(S) = P(conversion | only channels of S are left) by the chain of order
 * 1 over all 2^n sets (chainsets.c); they sum to P. `out` by channel. False: more than
 * CHAIN_SETS_MAX channels. */
bool chain_shapley(double *out, const struct chain_paths *p, int threads);

/* ---- does the way tell who converts? (chainauc.c) ---- */

/* Area under the ROC curve of the chance to convert after the last `order` touches, learnt
 * from four fifths of the customers and asked of the others, five times; NaN where there are
 * no conversions or no nulls. Who is in which fifth hangs on the path and the seed. */
struct chain_auc {
	double auc, se;
};
struct chain_auc chain_order_auc(const struct chain_paths *p, int order, uint64_t seed);
/* The smallest order within one standard error of the best; fills auc[1 .. 4]. */
int chain_order_choose(struct chain_auc auc[CHAIN_ORDER_MAX + 1], const struct chain_paths *p, uint64_t seed);

#endif
