/* Pareto/NBD: purchases while alive are a Poisson process whose rate is gamma(r, alpha)
 * over customers, lifetimes are exponential with a rate that is gamma(s, beta).
 *
 * Source. Schmittlein, Morrison & Colombo (1987); the likelihood as Fader & Hardie (2005,
 * "A note on deriving the Pareto/NBD model") have it before they bring in 2F1:
 *     L = Gamma(r+x)/Gamma(r) alpha^r beta^s { (alpha+T)^-(r+x) (beta+T)^-s
 *         + s int_{t_x}^T (alpha+y)^-(r+x) (beta+y)^-(s+1) dy }.
 *
 * As computed. The integrand is positive and smooth, so a rule of Gauss and Legendre with
 * 8 nodes a panel in v = log(min(alpha, beta) + y) has relative error below 1e-12 when a
 * panel spans at most 2 in v and 4 in the logarithm of the integrand; panels stop when
 * what is left is below e^-42 of the first. All derivatives in the logarithms of
 * the parameters are averages, over the same nodes, of log((alpha+y)/(alpha+t_x)),
 * y/(alpha+y) and the like: no hypergeometric function is differentiated and nothing
 * cancels.
 *
 * Range. Parameters from 1e-6 to 1e8, x to 5,000: value to 12 digits, derivatives to 11
 * (tests/unit/model_likelihood.c).
 */
#include <math.h>
#include "btyd.h"

enum { NODES = 8 };
static const double node_x[NODES] = { -0.96028985649753623, -0.79666647741362674, -0.52553240991632899, -0.18343464249564980,
				      0.18343464249564980, 0.52553240991632899, 0.79666647741362674, 0.96028985649753623 };
static const double node_w[NODES] = { 0.10122853629037626, 0.22238103445337447, 0.31370664587788729, 0.36268378337836198,
				      0.36268378337836198, 0.31370664587788729, 0.22238103445337447, 0.10122853629037626 };

/* Sums over the mixture: the customer alive at T (a point mass), or gone at y in (t_x, T).
 * F are the derivatives of the logarithm of the integrand in the logarithms of r, alpha, s,
 * beta, less what they are at t_x (so that large r and s leave their digits); the second
 * derivatives follow from A, B and from e xi, with e = alpha/(alpha+y), xi = y/(alpha+y). */
struct mixture {
	double mass, F[4], FF[10];
	double A, xi, exi, B, eta, eeta; /* B is that of s; eeta has the factor s + 1 of those gone */
};
struct cell_at {
	double r, n, s, alpha, beta, tx, T, ax, bx; /* ax = 1 / (alpha+t_x), bx likewise */
};

static inline void mix(struct mixture *m, const struct cell_at *c, double mass, double A, double B, double ahead, double gone)
{
	const double u = 1 / (c->alpha + c->tx + ahead), v = 1 / (c->beta + c->tx + ahead), y = c->tx + ahead;
	const double e = c->alpha * u, xi = y * u, ep = c->beta * v, eta = y * v;
	const double F[4] = { -c->r * A, c->n * e * ahead * c->ax, gone - c->s * B, c->s * ep * ahead * c->bx - gone * ep };
	m->mass += mass;
	m->A += mass * A;
	m->xi += mass * xi;
	m->exi += mass * e * xi;
	m->B += mass * B;
	m->eta += mass * eta;
	m->eeta += mass * (c->s + gone) * ep * eta;
	for (int i = 0, at = 0; i < 4; i++) {
		const double f = mass * F[i];
		m->F[i] += f;
		for (int j = i; j < 4; j++)
			m->FF[at++] += f * F[j];
	}
}

static struct cell_at cell_at(const struct btyd_model *m, uint32_t x, double tx, double T)
{
	return (struct cell_at){ m->p[0], m->p[0] + x, m->p[2], m->p[1], m->p[3], tx, T, 1 / (m->p[1] + tx), 1 / (m->p[3] + tx) };
}

/* Width of the panels in v, and their number. */
struct panels {
	double half;
	int n;
};

static struct panels panels_of(const struct cell_at *c, double *small)
{
	const double m = fmin(c->alpha, c->beta), V = log1p((c->T - c->tx) / (m + c->tx));
	const double at_T = c->n * (m + c->T) / (c->alpha + c->T) + (c->s + 1) * (m + c->T) / (c->beta + c->T);
	const double at_tx = c->n * (m + c->tx) / (c->alpha + c->tx) + (c->s + 1) * (m + c->tx) / (c->beta + c->tx);
	const double steep = fmax(fabs(at_T - 1), fabs(at_tx - 1));
	const double n = ceil(fmax(V / 2, V * steep / 4));
	*small = m;
	return (struct panels){ V / 2 / fmax(n, 1), n < 1e9 ? (int)fmax(n, 1) : 1000000000 };
}

/* The customer gone at some y: adds the nodes when `full`, returns the integral relative to
 * the value of the first factor at t_x. */
static double gone(const struct cell_at *c, struct mixture *mx)
{
	double small, sum = 0;
	if (c->T <= c->tx)
		return 0;
	const struct panels p = panels_of(c, &small);
	const double base = small + c->tx;
	for (int i = 0; i < p.n; i++) {
		double first = 0;
		for (int k = 0; k < NODES; k++) {
			const double rel = p.half * (2 * i + 1 + node_x[k]); /* v - v(t_x) */
			const double ahead = base * expm1(rel);
			const double A = c->alpha == small ? rel : log1p(ahead * c->ax);
			const double B = c->beta == small ? rel : log1p(ahead * c->bx);
			const double mass = node_w[k] * p.half * (base + ahead) / (c->beta + c->tx + ahead) * c->s * exp(-c->n * A - c->s * B);
			sum += mass;
			if (!k)
				first = mass / node_w[k];
			if (mx)
				mix(mx, c, mass, A, B, ahead, 1);
		}
		if (first * p.n < sum * 1e-18)
			break;
	}
	return sum;
}

/* log of alpha+T over alpha+t_x, without cancelling. */
static double ahead_log(double base, double tx, double T)
{
	return log1p((T - tx) / (base + tx));
}

double pareto_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T)
{
	const struct cell_at c = cell_at(m, x, tx, T);
	return log(gone(&c, NULL)) + c.n * ahead_log(c.alpha, tx, T) + c.s * ahead_log(c.beta, tx, T);
}

/* The second derivatives of the logarithm of a mixture: the mean of second derivatives and
 * of products, less the product of means. */
static void add_second(double *h, const struct cell_at *c, const struct mixture *q, double w)
{
	const double inv = 1 / q->mass;
	const double own[10] = { -c->r * q->A, c->r * q->xi, 0, 0, -c->n * q->exi, 0, 0, -c->s * q->B, c->s * q->eta, -q->eeta };
	for (int i = 0, at = 0; i < 4; i++)
		for (int j = i; j < 4; j++, at++)
			h[i * 4 + j] += w * inv * (own[at] + q->FF[at] - q->F[i] * q->F[j] * inv);
}

void pareto_logs(const struct btyd_model *m, const struct btyd_cells *cells, double *value, double *g, double *h)
{
	const double r = m->p[0], alpha = m->p[1], s = m->p[2], beta = m->p[3], log_alpha = log(alpha);
	double sum = 0;
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell_at c = cell_at(m, cells->x[i], cells->tx[i], cells->T[i]);
		const double w = cells->w[i], x = cells->x[i], ahead = c.T - c.tx;
		const double la = log1p(ahead * c.ax), lb = log1p(ahead * c.bx), log_a = log1p(c.tx / alpha), log_b = log1p(c.tx / beta);
		struct mixture q = { 0 };
		mix(&q, &c, exp(-c.n * la - s * lb), la, lb, ahead, 0);
		gone(&c, &q);
		const double inv = 1 / q.mass;
		sum += w * (log(q.mass) - x * (log_alpha + log_a) - r * log_a - s * log_b);
		g[0] += w * (q.F[0] * inv - r * log_a);
		g[1] += w * (q.F[1] * inv + (r * c.tx - x * alpha) * c.ax);
		g[2] += w * (q.F[2] * inv - s * log_b);
		g[3] += w * (q.F[3] * inv + s * c.tx * c.bx);
		add_second(h, &c, &q, w);
		h[0] -= w * r * log_a;
		h[10] -= w * s * log_b;
	}
	const struct rising er = rising_cells(cells, r, 1, 0);
	*value = sum + er.log;
	g[0] += r * er.inv;
	h[0] += r * (er.inv - r * er.inv2);
}
