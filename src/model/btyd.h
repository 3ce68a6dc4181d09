/* room: model (internal)
 * The pieces of the purchase models; see model.h.
 */
#ifndef WEND_BTYD_H
#define WEND_BTYD_H

#include "wend/model.h"

/* sum over i < n of log(r + i), 1 / (r + i), 1 / (r + i)^2: log Gamma(r + n) - log Gamma(r)
 * and its derivatives. */
struct rising {
	double log, inv, inv2;
};
struct rising rising(double r, uint64_t n);
/* The same weighted over the cells: n = k x + more. */
struct rising rising_cells(const struct btyd_cells *c, double r, int k, int more);

/* The same for n that is not whole. */
struct rising rising_real(double r, double n);

/* Log-likelihood with derivatives in the logarithms of the parameters, added to g and the
 * upper half of h. */
void bg_logs(const struct btyd_model *m, const struct btyd_cells *c, double *value, double *g, double *h);
void pareto_logs(const struct btyd_model *m, const struct btyd_cells *c, double *value, double *g, double *h);

/* log of the odds against being alive; g, when not NULL: its derivatives in the logarithms of the
 * parameters, nothing where the odds are 0. */
double bg_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T, double *g);
double pareto_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T, double *g);

/* ---- what lies ahead, given alive ---- */

struct future { /* rate gamma(rho, scale), leaving beta(a, b) */
	double rho, scale, a, b;
};
struct future future_of(const struct btyd_model *m, uint32_t x, double T);
/* Weights of j = 0..n-1 events since t_x. */
struct stages {
	int n;
	double pi[BTYD_K_MAX];
};
struct stages stages_of(const struct btyd_model *m, uint32_t x, double tx, double T);

/* A mean over the chance p of leaving, of a value at v = log(p / (1-p)); `complement`: one that
 * goes to 0 with p tau, so that small p need not be visited. */
struct over_p {
	double (*value)(const struct over_p *o, double v);
	const struct future *f;
	double tau;    /* t / scale */
	bool complement;
	int k, j;
	double most;   /* purchases expected if p were 0 */
	double log_beta;
};
double mean_over_p(struct over_p *o);

#endif
