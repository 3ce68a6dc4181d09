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
 * panel spans at most 2 in v and 4 in the logarithm of the integrand, fewer nodes when it
 * spans less; panels stop when what is left is below e^-42 of the first. All derivatives in the logarithms of
 * the parameters are averages, over the same nodes, of log((alpha+y)/(alpha+t_x)),
 * y/(alpha+y) and the like: no hypergeometric function is differentiated and nothing
 * cancels.
 *
 * Range. Parameters from 1e-6 to 1e8, x to 5,000: value to 12 digits, derivatives to 11
 * (tests/unit/model_likelihood.c).
 */
#include <math.h>
#include "btyd.h"
#include "pairs.h"

/* Rules of 4, 6 and 8 nodes. For half a panel `half` wide in v and `steep` in the logarithm of
 * the integrand, Gauss's error is below steep^2N times 3e-7, 2e-12, 1e-16 over the integrand,
 * and (pi / half)^-2N for what bends alpha+y and beta+y. */
static const struct rule {
	double half, steep;
	int pairs;
	pair x[4], w[4];
} rules[3] = {
	{ 0.18, 0.18, 2, { { -0.86113631159405258, -0.33998104358485626 }, { 0.33998104358485626, 0.86113631159405258 } },
	  { { 0.34785484513745386, 0.65214515486254614 }, { 0.65214515486254614, 0.34785484513745386 } } },
	{ 0.55, 0.9, 3, { { -0.93246951420315203, -0.66120938646626451 }, { -0.23861918608319691, 0.23861918608319691 }, { 0.66120938646626451, 0.93246951420315203 } },
	  { { 0.17132449237917035, 0.36076157304813861 }, { 0.46791393457269105, 0.46791393457269105 }, { 0.36076157304813861, 0.17132449237917035 } } },
	{ 1, 2, 4, { { -0.96028985649753623, -0.79666647741362674 }, { -0.52553240991632899, -0.18343464249564980 }, { 0.18343464249564980, 0.52553240991632899 }, { 0.79666647741362674, 0.96028985649753623 } },
	  { { 0.10122853629037626, 0.22238103445337447 }, { 0.31370664587788729, 0.36268378337836198 }, { 0.36268378337836198, 0.31370664587788729 }, { 0.22238103445337447, 0.10122853629037626 } } },
};

/* Sums over the mixture: the customer alive at T (a point mass), or gone at y in (t_x, T).
 * F are the derivatives of the logarithm of the integrand in the logarithms of r, alpha, s,
 * beta, less what they are at t_x (so that large r and s leave their digits); the second
 * derivatives follow from A, B and from e xi, with e = alpha/(alpha+y), xi = y/(alpha+y). */
struct mixture {
	pair mass, F[4], FF[10];
	pair A, xi, exi, B, eta, eeta; /* B is that of s; eeta has the factor s + 1 of those gone */
};
struct cell_at {
	double r, n, s, alpha, beta, tx, T, ax, bx; /* ax = 1 / (alpha+t_x), bx likewise */
};

static inline void mix(struct mixture *m, const struct cell_at *c, pair mass, pair A, pair B, pair ahead, double gone)
{
	const pair y = c->tx + ahead, u = 1.0 / (c->alpha + y), v = 1.0 / (c->beta + y);
	const pair e = c->alpha * u, xi = y * u, ep = c->beta * v, eta = y * v;
	const pair F[4] = { -c->r * A, c->n * c->ax * e * ahead, gone - c->s * B, c->s * c->bx * ep * ahead - gone * ep };
	m->mass += mass;
	m->A += mass * A;
	m->xi += mass * xi;
	m->exi += mass * e * xi;
	m->B += mass * B;
	m->eta += mass * eta;
	m->eeta += (c->s + gone) * mass * ep * eta;
	for (int i = 0, at = 0; i < 4; i++) {
		const pair f = mass * F[i];
		m->F[i] += f;
		for (int j = i; j < 4; j++)
			m->FF[at++] += f * F[j];
	}
}

static struct cell_at cell_at(const struct btyd_model *m, uint32_t x, double tx, double T)
{
	return (struct cell_at){ m->p[0], m->p[0] + x, m->p[2], m->p[1], m->p[3], tx, T, 1 / (m->p[1] + tx), 1 / (m->p[3] + tx) };
}

/* Panels in v, all alike. */
struct panels {
	double half;
	int n;
	const struct rule *rule;
};

/* V: the logarithm of (m + T) / (m + t_x), m the smaller of alpha and beta. */
static inline struct panels panels_of(const struct cell_at *c, double m, double V)
{
	const double e = m + c->T, b = m + c->tx;
	const double at_T = fabs(c->n * e / (c->alpha + c->T) + (c->s + 1) * e / (c->beta + c->T) - 1);
	const double at_tx = fabs(c->n * b * c->ax + (c->s + 1) * b * c->bx - 1);
	const double steep = at_T > at_tx ? at_T : at_tx;
	for (int i = 0; i < 2; i++)
		if (V / 2 <= rules[i].half && V / 2 * steep <= rules[i].steep)
			return (struct panels){ V / 2, 1, &rules[i] };
	const double n = ceil(steep > 2 ? V * steep / 4 : V / 2);
	const int whole = n < 1e9 ? n > 1 ? (int)n : 1 : 1000000000;
	return (struct panels){ V / 2 / whole, whole, &rules[2] };
}

/* The customer gone at some y: adds the nodes when there is a mixture, returns the integral
 * relative to the value of the first factor at t_x. `whole` are A and B at T. */
static inline double gone(const struct cell_at *c, pair whole, struct mixture *mx)
{
	pair sum = { 0, 0 };
	if (c->T <= c->tx)
		return 0;
	const bool alpha_small = c->alpha <= c->beta;
	const double small = alpha_small ? c->alpha : c->beta;
	const struct panels p = panels_of(c, small, alpha_small ? whole[0] : whole[1]);
	const double base = small + c->tx, weight = p.half * c->s;
	for (int i = 0; i < p.n; i++) {
		pair first = { 0, 0 };
		for (int k = 0; k < p.rule->pairs; k++) {
			const pair rel = p.half * (2 * i + 1 + p.rule->x[k]); /* v - v(t_x) */
			const pair ahead = base * pair_expm1(rel), far = pair_log1p(ahead * (alpha_small ? c->bx : c->ax));
			const pair A = alpha_small ? rel : far, B = alpha_small ? far : rel;
			const pair mass = p.rule->w[k] * weight * (base + ahead) / (c->beta + c->tx + ahead) * pair_exp(-c->n * A - c->s * B);
			sum += mass;
			if (!k)
				first = mass / p.rule->w[k];
			if (mx)
				mix(mx, c, mass, A, B, ahead, 1);
		}
		if (first[0] * p.n < (sum[0] + sum[1]) * 1e-18)
			break;
	}
	return sum[0] + sum[1];
}

/* log of (alpha+T) / (alpha+t_x) and of the same with beta. */
static inline pair whole_of(const struct cell_at *c)
{
	return pair_log1p((c->T - c->tx) * (pair){ c->ax, c->bx });
}

static inline double both(pair v)
{
	return v[0] + v[1];
}

double pareto_dead_odds(const struct btyd_model *m, uint32_t x, double tx, double T, double *g)
{
	const struct cell_at c = cell_at(m, x, tx, T);
	const pair whole = whole_of(&c);
	if (!g || T <= tx)
		return log(gone(&c, whole, NULL)) + c.n * whole[0] + c.s * whole[1];
	/* The mean over those gone less what it is for those alive. */
	struct mixture there = { 0 }, away = { 0 };
	mix(&there, &c, (pair){ 1, 0 }, pair_of(whole[0]), pair_of(whole[1]), pair_of(T - tx), 0);
	const double mass = gone(&c, whole, &away);
	for (int i = 0; i < BTYD_PARAMS; i++)
		g[i] = both(away.F[i]) / mass - both(there.F[i]);
	return log(mass) + c.n * whole[0] + c.s * whole[1];
}

/* The second derivatives of the logarithm of a mixture: the mean of second derivatives and
 * of products, less the product of means. */
static void add_second(double *h, const struct cell_at *c, const struct mixture *q, const double *F, double inv, double w)
{
	const double own[10] = { -c->r * both(q->A), c->r * both(q->xi), 0, 0, -c->n * both(q->exi), 0, 0, -c->s * both(q->B), c->s * both(q->eta), -both(q->eeta) };
	for (int i = 0, at = 0; i < 4; i++)
		for (int j = i; j < 4; j++, at++)
			h[i * 4 + j] += w * (inv * (own[at] + both(q->FF[at])) - F[i] * F[j]);
}

void pareto_logs(const struct btyd_model *m, const struct btyd_cells *cells, double *value, double *g, double *h)
{
	const double r = m->p[0], alpha = m->p[1], s = m->p[2], beta = m->p[3], log_alpha = log(alpha);
	const double inv_alpha = 1 / alpha, inv_beta = 1 / beta;
	double sum = 0;
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell_at c = cell_at(m, cells->x[i], cells->tx[i], cells->T[i]);
		const double w = cells->w[i], x = cells->x[i], ahead = c.T - c.tx;
		const pair whole = whole_of(&c), before = pair_log1p(c.tx * (pair){ inv_alpha, inv_beta });
		const double la = whole[0], lb = whole[1], log_a = before[0], log_b = before[1];
		struct mixture q = { 0 };
		/* The point mass goes alone, its other lane has no weight. */
		mix(&q, &c, pair_exp(pair_of(-c.n * la - s * lb)) * (pair){ 1, 0 }, pair_of(la), pair_of(lb), pair_of(ahead), 0);
		gone(&c, whole, &q);
		const double mass = both(q.mass), inv = 1 / mass;
		const double F[4] = { both(q.F[0]) * inv, both(q.F[1]) * inv, both(q.F[2]) * inv, both(q.F[3]) * inv };
		sum += w * (log(mass) - x * (log_alpha + log_a) - r * log_a - s * log_b);
		g[0] += w * (F[0] - r * log_a);
		g[1] += w * (F[1] + (r * c.tx - x * alpha) * c.ax);
		g[2] += w * (F[2] - s * log_b);
		g[3] += w * (F[3] + s * c.tx * c.bx);
		add_second(h, &c, &q, F, inv, w);
		h[0] -= w * r * log_a;
		h[10] -= w * s * log_b;
	}
	const struct rising er = rising_cells(cells, r, 1, 0);
	*value = sum + er.log;
	g[0] += r * er.inv;
	h[0] += r * (er.inv - r * er.inv2);
}
