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
 * what is left is below e^-42 of the first. All derivatives in the parameters are
 * averages, over the same nodes, of logarithms and reciprocals of alpha+y and beta+y: no
 * hypergeometric function is differentiated and nothing cancels. Logarithms are taken
 * relative to t_x.
 *
 * Range. Parameters from 1e-6 to 1e8, x to 2^32; checked against mpmath.
 */
#include <math.h>
#include "btyd.h"

enum { NODES = 8 };
static const double node_x[NODES] = { -0.96028985649753623, -0.79666647741362674, -0.52553240991632899, -0.18343464249564980,
				      0.18343464249564980, 0.52553240991632899, 0.79666647741362674, 0.96028985649753623 };
static const double node_w[NODES] = { 0.10122853629037626, 0.22238103445337447, 0.31370664587788729, 0.36268378337836198,
				      0.36268378337836198, 0.31370664587788729, 0.22238103445337447, 0.10122853629037626 };

/* Sums over the mixture: the customer alive at T (a point mass), or gone at y in (t_x, T).
 * A = log((alpha+y)/(alpha+t_x)), B likewise, u = 1/(alpha+y), v = 1/(beta+y); `j` is 1 for
 * those gone: B and the exponent of beta+y are shifted by it. */
struct mixture {
	double mass, alive;
	double A, u, B, v;
	double AA, Au, AB, Av, uu, uB, uv, BB, Bv, vv;
	double curve_v, cross_v, inv_ss; /* second derivatives of the exponents */
};
struct cell_at {
	double n, s, alpha, beta, tx, T;
};

static inline void mix(struct mixture *m, double mass, double A, double u, double B, double v, double s1, double gone, double inv_s)
{
	const double b = B - gone * inv_s, vs = s1 * v;
	m->mass += mass;
	m->A += mass * A;
	m->u += mass * u;
	m->B += mass * b;
	m->v += mass * vs;
	m->AA += mass * A * A;
	m->Au += mass * A * u;
	m->AB += mass * A * b;
	m->Av += mass * A * vs;
	m->uu += mass * u * u;
	m->uB += mass * u * b;
	m->uv += mass * u * vs;
	m->BB += mass * b * b;
	m->Bv += mass * b * vs;
	m->vv += mass * vs * vs;
	m->curve_v += mass * vs * v;
	m->cross_v += mass * v;
	m->inv_ss += mass * gone * inv_s * inv_s;
}

/* Width of the panels in v, and their number. */
struct panels {
	double low, half;
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
	return (struct panels){ log(m + c->tx), V / 2 / fmax(n, 1), n < 1e9 ? (int)fmax(n, 1) : 1000000000 };
}

/* The customer gone at some y: adds the nodes when `full`, returns the integral relative to
 * the value of the first factor at t_x. */
static double gone(const struct cell_at *c, struct mixture *mx)
{
	double small, sum = 0;
	if (c->T <= c->tx)
		return 0;
	const struct panels p = panels_of(c, &small);
	const double log_a = log(c->alpha + c->tx), log_b = log(c->beta + c->tx), inv_s = 1 / c->s, base = small + c->tx;
	for (int i = 0; i < p.n; i++) {
		double first = 0;
		for (int k = 0; k < NODES; k++) {
			const double rel = p.half * (2 * i + 1 + node_x[k]); /* v - v(t_x) */
			const double ahead = base * expm1(rel), y = c->tx + ahead;
			const double u = 1 / (c->alpha + y), v = 1 / (c->beta + y);
			const double A = c->alpha == small ? rel : log(c->alpha + y) - log_a;
			const double B = c->beta == small ? rel : log(c->beta + y) - log_b;
			const double mass = node_w[k] * p.half * (small + y) * v * c->s * exp(-c->n * A - c->s * B);
			sum += mass;
			if (!k)
				first = mass / node_w[k];
			if (mx)
				mix(mx, mass, A, u, B, v, c->s + 1, 1, inv_s);
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
	const struct cell_at c = { m->p[0] + x, m->p[2], m->p[1], m->p[3], tx, T };
	return log(gone(&c, NULL)) + c.n * ahead_log(c.alpha, tx, T) + c.s * ahead_log(c.beta, tx, T);
}

void pareto_natural(const struct btyd_model *m, const struct btyd_cells *cells, double *value, double *g, double *h)
{
	const double r = m->p[0], alpha = m->p[1], s = m->p[2], beta = m->p[3];
	const double log_alpha = log(alpha), log_beta = log(beta);
	double sum = 0, weight = 0, gr = 0, ga = 0, gs = 0, gb = 0;
	double hrr = 0, hra = 0, hrs = 0, hrb = 0, haa = 0, has = 0, hab = 0, hss = 0, hsb = 0, hbb = 0;
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell_at c = { r + cells->x[i], s, alpha, beta, cells->tx[i], cells->T[i] };
		const double w = cells->w[i], la = ahead_log(alpha, c.tx, c.T), lb = ahead_log(beta, c.tx, c.T);
		const double log_a = log(alpha + c.tx), log_b = log(beta + c.tx), n = c.n;
		struct mixture q = { 0 };
		mix(&q, exp(-n * la - s * lb), la, 1 / (alpha + c.T), lb, 1 / (beta + c.T), s, 0, 0);
		gone(&c, &q);
		const double inv = 1 / q.mass;
		const double A = q.A * inv, u = q.u * inv, B = q.B * inv, v = q.v * inv;
		weight += w;
		sum += w * (log(q.mass) - n * log_a - s * log_b);
		gr -= w * (A + log_a);
		ga -= w * n * u;
		gs -= w * (B + log_b);
		gb -= w * v;
		hrr += w * (q.AA * inv - A * A);
		hra += w * (n * (q.Au * inv - A * u) - u);
		hrs += w * (q.AB * inv - A * B);
		hrb += w * (q.Av * inv - A * v);
		haa += w * (n * n * (q.uu * inv - u * u) + n * q.uu * inv);
		has += w * n * (q.uB * inv - u * B);
		hab += w * n * (q.uv * inv - u * v);
		hss += w * ((q.BB - q.inv_ss) * inv - B * B);
		hsb += w * ((q.Bv - q.cross_v) * inv - B * v);
		hbb += w * ((q.vv + q.curve_v) * inv - v * v);
	}
	const struct rising er = rising_cells(cells, r, 1, 0);
	*value = sum + weight * (r * log_alpha + s * log_beta) + er.log;
	g[0] = gr + weight * log_alpha + er.inv;
	g[1] = ga + weight * r / alpha;
	g[2] = gs + weight * log_beta;
	g[3] = gb + weight * s / beta;
	h[0] = hrr - er.inv2;
	h[1] = hra + weight / alpha;
	h[2] = hrs;
	h[3] = hrb;
	h[5] = haa - weight * r / (alpha * alpha);
	h[6] = has;
	h[7] = hab;
	h[10] = hss;
	h[11] = hsb + weight / beta;
	h[15] = hbb - weight * s / (beta * beta);
}
