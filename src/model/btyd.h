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

/* log of the odds against being alive. */
double bg_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T);
double pareto_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T);

#endif
