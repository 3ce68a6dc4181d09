/* Hostile grids of 4,032 cells a model: what a customer will do, in ball arithmetic.
 *
 *     gcc -O2 -o grids grids.c -lflint-arb -lflint -lm     (Debian 12: libflint-arb-dev 2.23)
 *     ./grids KIND [SKIP] > grid-KIND.txt      0 BG/NBD, 1 MBG/NBD, 2 MBG/CNBD-2, 3 Pareto/NBD
 *
 * Every number is a ball whose radius is known: where it is too wide the precision doubles.
 * P(alive) of Pareto/NBD and E[Y(t)] for k = 1 are hypergeometric functions. The others are
 * means over the chance p of leaving, beta(a, b): the trapezoidal rule in log(p / (1-p)), halved
 * until two steps agree to 9 digits, so that the last is good to 18, of
 *     (1 - sum_l c_l (1 + t o_l / A)^-n) / p           expected purchases,
 *     sum_l c_l n e^y E_{n+1}(y) / p, y = delta A / o_l   discounted, less the same after t,
 * with A = alpha + T, n = r + k x + j; o = p, c = 1 for k = 1, o = 1 -+ sqrt(1-p) for k = 2.
 *
 * Output: for each set of parameters, x and T one line: P(alive) for each t_x, then for j < k
 * events since t_x E[Y(t)] if alive for each t and the discounted purchases of (0, t] if alive,
 * for the last t those of (0, infinity), at ln(1.1) / 365.25 a day. tests/unit/model_grids.c
 * has the same loops.
 */
#include <arb.h>
#include <arb_hypgeom.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { BG, MBG, CNBD, PARETO };
static const double family[6][4] = { { 0.243, 4.414, 0.793, 2.426 }, { 0.5, 10, 0.2, 0.3 }, { 0.8, 20, 1.0000001, 2.5 }, { 2, 50, 0.5, 900 }, { 30, 300, 1.5, 4 }, { 0.05, 0.5, 5, 0.05 } };
static const double paretos[6][4] = { { 0.553, 10.578, 0.606, 11.669 }, { 0.5, 10, 0.2, 0.3 }, { 0.8, 20, 1.0000001, 2.5 }, { 2, 50, 0.5, 900 }, { 30, 300, 1.5, 4 }, { 0.05, 0.5, 5, 0.05 } };
static const double never[16] = { 1, 2, 3, 5, 7, 14, 21, 30, 60, 90, 180, 365, 730, 1095, 1825, 3650 };
static const double ages[4] = { 1, 30, 365, 3650 }, shares[4] = { 0.01, 0.5, 0.99, 1 };
static const int counts[7] = { 0, 1, 2, 10, 100, 1000, 5000 };
static const double ahead[6] = { 1, 7, 39, 365, 1825, 5200 };

struct ask {
	int kind, k, j;
	double p[4], T, t, delta; /* t < 0: for ever */
	int x;
	double tx;
};
typedef void ball_fn(arb_t out, const struct ask *q, const arb_t v, slong prec);

static void value(arb_t out, ball_fn *f, const struct ask *q, const arb_t v)
{
	for (slong prec = 128; prec < 100000; prec *= 2) {
		f(out, q, v, prec);
		if (arb_rel_accuracy_bits(out) >= 60 || arb_is_zero(out))
			return;
	}
	abort();
}

static void print(const arb_t v)
{
	printf("%.14g ", arf_get_d(arb_midref(v), ARF_RND_NEAR));
}

/* ---- given p: v = log(p / (1-p)) ---- */

static void given_parts(arb_t p, arb_t q, const arb_t v, slong prec)
{
	arb_t e;
	arb_init(e);
	arb_exp(e, v, prec);
	arb_add_ui(q, e, 1, prec);
	arb_div(p, e, q, prec);
	arb_inv(q, q, prec);
	arb_clear(e);
}

/* (1 + t o / A)^-n */
static void power(arb_t out, const struct ask *q, const arb_t o, slong prec)
{
	arb_t A, n;
	arb_init(A);
	arb_init(n);
	arb_set_d(A, q->p[1]);
	arb_set_d(n, q->T);
	arb_add(A, A, n, prec);
	arb_set_d(n, q->p[0]);
	arb_add_si(n, n, q->k * q->x + q->j, prec);
	arb_set_d(out, q->t);
	arb_mul(out, out, o, prec);
	arb_div(out, out, A, prec);
	arb_log1p(out, out, prec);
	arb_mul(out, out, n, prec);
	arb_neg(out, out);
	arb_exp(out, out, prec);
	arb_clear(A);
	arb_clear(n);
}

static void arb_si_div(arb_t out, slong i, const arb_t x, slong prec)
{
	arb_inv(out, x, prec);
	arb_mul_si(out, out, i, prec);
}

/* e^y E_{n+1}(y) by the fraction of Stieltjes, 1 / (y + (n+1)/(1 + 1/(y + (n+2)/(1 + 2/(y + ...,
 * whose convergents lie on both sides of it: the ball holds two that follow each other. */
static void fraction(arb_t out, const arb_t n, const arb_t y, slong prec)
{
	arb_t t, u, w;
	arb_init(t), arb_init(u), arb_init(w);
	for (slong depth = 16; depth < 1 << 20; depth *= 2) {
		for (int side = 0; side < 2; side++) {
			if (side)
				arb_one(t);
			else
				arb_set(t, y);
			for (slong i = depth; i >= 1; i--) {
				if (!side || i < depth) {
					arb_si_div(t, i, t, prec);
					arb_add_ui(t, t, 1, prec);
				}
				arb_add_si(w, n, i, prec);
				arb_div(t, w, t, prec);
				arb_add(t, t, y, prec);
			}
			arb_inv(side ? u : t, t, prec);
			if (!side)
				arb_set(out, t);
		}
		arb_union(out, out, u, prec);
		if (arb_rel_accuracy_bits(out) >= prec * 3 / 4)
			break;
	}
	arb_clear(t), arb_clear(u), arb_clear(w);
}

/* int_z^inf e^-du d(1 - (1 + u o / A)^-n) = e^-dz (A/A')^n n e^y E_{n+1}(y), A' = A + z o, y = d A' / o */
static void after(arb_t out, const struct ask *q, const arb_t o, double z, slong prec)
{
	arb_t A, n, A2, y, w;
	arb_init(A), arb_init(n), arb_init(A2), arb_init(y), arb_init(w);
	arb_set_d(A, q->p[1]);
	arb_set_d(w, q->T);
	arb_add(A, A, w, prec);
	arb_set_d(n, q->p[0]);
	arb_add_si(n, n, q->k * q->x + q->j, prec);
	arb_set_d(w, z);
	arb_mul(A2, w, o, prec);
	arb_add(A2, A2, A, prec);
	arb_set_d(w, q->delta);
	arb_mul(y, w, A2, prec);
	arb_div(y, y, o, prec);
	const bool far = arf_cmp_si(arb_midref(n), 20) > 0 || arf_cmp_si(arb_midref(y), 20) > 0;
	if (far) {
		fraction(out, n, y, prec);
	} else {
		arb_add_ui(w, n, 1, prec);
		arb_hypgeom_expint(out, w, y, prec);
	}
	arb_mul(out, out, n, prec);
	arb_div(w, A, A2, prec);
	arb_log(w, w, prec);
	arb_mul(w, w, n, prec);
	if (!far)
		arb_add(w, w, y, prec);
	arb_set_d(A, z);
	arb_set_d(A2, q->delta);
	arb_submul(w, A, A2, prec);
	arb_exp(w, w, prec);
	arb_mul(out, out, w, prec);
	arb_clear(A), arb_clear(n), arb_clear(A2), arb_clear(y), arb_clear(w);
}

static void one_part(arb_t out, const struct ask *q, const arb_t o, bool discounted, slong prec)
{
	arb_t w;
	if (!discounted) {
		power(out, q, o, prec);
		return;
	}
	after(out, q, o, 0, prec);
	if (q->t < 0)
		return;
	arb_init(w);
	after(w, q, o, q->t, prec);
	arb_sub(out, out, w, prec);
	arb_clear(w);
}

/* The sum over l: k = 2 has u = +-s, c = (u^j + u^(j-1)) / 2, o = 1 - u. */
static void given(arb_t out, const struct ask *q, const arb_t v, bool discounted, slong prec)
{
	arb_t p, r, s, o, c;
	arb_init(p), arb_init(r), arb_init(s), arb_init(o), arb_init(c);
	given_parts(p, r, v, prec);
	if (q->k == 1) {
		one_part(out, q, p, discounted, prec);
	} else {
		arb_zero(out);
		for (int sign = 1; sign >= -1; sign -= 2) {
			/* c = (u^j + u^(j-1)) / 2; for u = -s without a difference: +- p / (1+s) / (2 s or 2) */
			arb_sqrt(s, r, prec);
			arb_add_ui(o, s, 1, prec);
			if (sign > 0) {
				arb_div(c, o, s, prec);
				if (q->j)
					arb_set(c, o);
				arb_div(o, p, o, prec);
			} else {
				arb_div(c, p, o, prec);
				if (!q->j) {
					arb_div(c, c, s, prec);
					arb_neg(c, c);
				}
			}
			one_part(s, q, o, discounted, prec);
			arb_mul_2exp_si(c, c, -1);
			arb_addmul(out, c, s, prec);
		}
	}
	if (!discounted)
		arb_sub_ui(out, out, 1, prec), arb_neg(out, out);
	arb_div(out, out, p, prec);
	arb_clear(p), arb_clear(r), arb_clear(s), arb_clear(o), arb_clear(c);
}

static void given_expect(arb_t out, const struct ask *q, const arb_t v, slong prec)
{
	given(out, q, v, false, prec);
}

static void given_discounted(arb_t out, const struct ask *q, const arb_t v, slong prec)
{
	given(out, q, v, true, prec);
}

/* ---- over p ---- */

static void beta_shape(double *a, arb_t b, const struct ask *q)
{
	*a = q->p[2];
	arb_set_d(b, q->p[3]);
	arb_add_si(b, b, q->x + (q->kind != BG), 128);
}

/* log B(a, b), kept for the last a and b. */
static void log_beta(arb_t out, const arb_t a, const arb_t b)
{
	static arb_t at_a, at_b, kept, w;
	static bool begun;
	if (!begun)
		arb_init(at_a), arb_init(at_b), arb_init(kept), arb_init(w);
	if (!begun || !arb_equal(a, at_a) || !arb_equal(b, at_b)) {
		arb_set(at_a, a);
		arb_set(at_b, b);
		arb_lgamma(kept, a, 192);
		arb_lgamma(w, b, 192);
		arb_add(kept, kept, w, 192);
		arb_add(w, a, b, 192);
		arb_lgamma(w, w, 192);
		arb_sub(kept, kept, w, 192);
	}
	begun = true;
	arb_set(out, kept);
}

static void log_density(arb_t out, const struct ask *q, const arb_t v)
{
	arb_t p, r, b, a;
	double shape;
	arb_init(p), arb_init(r), arb_init(b), arb_init(a);
	beta_shape(&shape, b, q);
	arb_set_d(a, shape);
	arb_exp(p, v, 192);
	arb_log1p(r, p, 192); /* -log(1-p) */
	arb_sub(p, v, r, 192); /* log p */
	arb_mul(out, a, p, 192);
	arb_submul(out, b, r, 192);
	log_beta(p, a, b);
	arb_sub(out, out, p, 192);
	arb_clear(p), arb_clear(r), arb_clear(b), arb_clear(a);
}

static double log_density_at(const struct ask *q, double v)
{
	arb_t d, at;
	arb_init(d), arb_init(at);
	arb_set_d(at, v);
	log_density(d, q, at);
	v = arf_get_d(arb_midref(d), ARF_RND_NEAR);
	arb_clear(d), arb_clear(at);
	return v;
}

static double over_p(ball_fn *f, const struct ask *q)
{
	arb_t sum, term, d, at, b;
	double a, end[2], out = NAN;
	arb_init(sum), arb_init(term), arb_init(d), arb_init(at), arb_init(b);
	beta_shape(&a, b, q);
	const double bd = arf_get_d(arb_midref(b), ARF_RND_NEAR), peak = log(a / bd), top = log_density_at(q, peak);
	for (int side = 0; side < 2; side++) {
		double v = peak, by = (side ? 1 : -1) * sqrt(1 / a + 1 / bd) / 4;
		for (; log_density_at(q, v) > top - 42; by *= 1.3)
			v += by;
		end[side] = v;
	}
	double step = fmin((end[1] - end[0]) / 24, 1), last = NAN;
	for (int level = 0; level < 14; level++, step /= 2) {
		const long n = (long)((end[1] - end[0]) / step) + 1;
		for (long i = 0; i <= n; i++) {
			if (level && i % 2 == 0)
				continue;
			arb_set_d(at, end[0] + (double)i * step);
			log_density(d, q, at);
			arb_exp(d, d, 192);
			value(term, f, q, at);
			arb_addmul(sum, d, term, 192);
		}
		out = arf_get_d(arb_midref(sum), ARF_RND_NEAR) * step;
		if (fabs(out - last) <= 1e-9 * fabs(out))
			break;
		if (level == 13)
			abort();
		last = out;
	}
	arb_clear(sum), arb_clear(term), arb_clear(d), arb_clear(at), arb_clear(b);
	return out;
}

/* ---- closed forms ---- */

/* (c / (a-1)) (1 - 2F1(n, a-1; c; -t/A)), c = a+b-1 */
static void by_2f1(arb_t out, const struct ask *q, const arb_t v, slong prec)
{
	arb_t n, a1, c, z, w;
	double a;
	(void)v;
	arb_init(n), arb_init(a1), arb_init(c), arb_init(z), arb_init(w);
	beta_shape(&a, c, q);
	arb_set_d(a1, a);
	arb_sub_ui(a1, a1, 1, prec);
	arb_set_d(c, q->p[3]);
	arb_add_si(c, c, q->x + (q->kind != BG), prec);
	arb_add(c, c, a1, prec);
	arb_set_d(n, q->p[0]);
	arb_add_si(n, n, q->x, prec);
	arb_set_d(z, q->p[1]);
	arb_set_d(w, q->T);
	arb_add(z, z, w, prec);
	arb_set_d(w, -q->t);
	arb_div(z, w, z, prec);
	arb_hypgeom_2f1(out, n, a1, c, z, 0, prec);
	arb_sub_ui(out, out, 1, prec);
	arb_neg(out, out);
	arb_mul(out, out, c, prec);
	arb_div(out, out, a1, prec);
	arb_clear(n), arb_clear(a1), arb_clear(c), arb_clear(z), arb_clear(w);
}

/* int_y^inf (alpha+u)^-(r+x) (beta+u)^-(s+1) du */
static void left_after(arb_t out, const struct ask *q, double y, slong prec)
{
	arb_t al, be, n, s, z, all;
	const bool swap = q->p[3] > q->p[1];
	arb_init(al), arb_init(be), arb_init(n), arb_init(s), arb_init(z), arb_init(all);
	arb_set_d(z, y);
	arb_set_d(al, q->p[1]);
	arb_set_d(be, q->p[3]);
	arb_add(al, al, z, prec);
	arb_add(be, be, z, prec);
	arb_set_d(n, q->p[0]);
	arb_add_si(n, n, q->x, prec);
	arb_set_d(s, q->p[2]);
	arb_add(all, n, s, prec);
	arb_add_ui(s, s, 1, prec);
	if (swap)
		arb_swap(al, be), arb_swap(n, s);
	arb_sub(z, al, be, prec);
	arb_div(z, z, al, prec);
	arb_add_ui(n, all, 1, prec);
	arb_hypgeom_2f1(out, all, s, n, z, 0, prec);
	arb_div(out, out, all, prec);
	arb_neg(all, all);
	arb_pow(al, al, all, prec);
	arb_mul(out, out, al, prec);
	arb_clear(al), arb_clear(be), arb_clear(n), arb_clear(s), arb_clear(z), arb_clear(all);
}

static void pareto_alive(arb_t out, const struct ask *q, const arb_t v, slong prec)
{
	arb_t w, there, s;
	(void)v;
	arb_init(w), arb_init(there), arb_init(s);
	left_after(out, q, q->tx, prec);
	left_after(w, q, q->T, prec);
	arb_sub(out, out, w, prec);
	arb_set_d(s, q->p[2]);
	arb_mul(out, out, s, prec);
	arb_set_d(there, q->p[3]);
	arb_set_d(w, q->T);
	arb_add(there, there, w, prec);
	arb_neg(s, s);
	arb_pow(there, there, s, prec);
	arb_set_d(s, q->p[1]);
	arb_add(w, w, s, prec);
	arb_set_d(s, -q->p[0]);
	arb_sub_si(s, s, q->x, prec);
	arb_pow(w, w, s, prec);
	arb_mul(there, there, w, prec);
	arb_add(out, out, there, prec);
	arb_div(out, there, out, prec);
	arb_clear(w), arb_clear(there), arb_clear(s);
}

/* 1 / (1 + a / (b+s-1) ((alpha+T) / (alpha+tx))^n / Q), Q = 1 + (k = 2) n (T-tx) / (alpha+T) */
static void family_alive(arb_t out, const struct ask *q, const arb_t v, slong prec)
{
	arb_t n, w, A, Q;
	(void)v;
	if (q->kind == BG && q->x == 0) {
		arb_one(out);
		return;
	}
	arb_init(n), arb_init(w), arb_init(A), arb_init(Q);
	arb_set_d(n, q->p[0]);
	arb_add_si(n, n, q->k * q->x, prec);
	arb_set_d(A, q->p[1]);
	arb_set_d(out, q->T);
	arb_set_d(w, q->tx);
	arb_sub(Q, out, w, prec);
	arb_add(out, out, A, prec);
	arb_add(w, w, A, prec);
	arb_div(Q, Q, out, prec);
	arb_mul(Q, Q, n, prec);
	arb_mul_ui(Q, Q, (ulong)q->k - 1, prec);
	arb_add_ui(Q, Q, 1, prec);
	arb_div(out, out, w, prec);
	arb_pow(out, out, n, prec);
	arb_div(out, out, Q, prec);
	arb_set_d(w, q->p[2]);
	arb_mul(out, out, w, prec);
	arb_set_d(w, q->p[3]);
	arb_add_si(w, w, q->x + (q->kind != BG) - 1, prec);
	arb_div(out, out, w, prec);
	arb_add_ui(out, out, 1, prec);
	arb_inv(out, out, prec);
	arb_clear(n), arb_clear(w), arb_clear(A), arb_clear(Q);
}

/* (r+x) (B / (alpha+T)) (1 - (1 + t/B)^(1-s)) / (s-1), B = beta + T */
static void pareto_expect(arb_t out, const struct ask *q, const arb_t v, slong prec)
{
	arb_t B, w;
	(void)v;
	arb_init(B), arb_init(w);
	arb_set_d(B, q->p[3]);
	arb_set_d(w, q->T);
	arb_add(B, B, w, prec);
	arb_set_d(w, q->t);
	arb_div(out, w, B, prec);
	arb_log1p(out, out, prec);
	arb_set_d(w, q->p[2]);
	arb_sub_ui(w, w, 1, prec);
	arb_neg(w, w);
	arb_mul(out, out, w, prec);
	arb_expm1(out, out, prec);
	arb_div(out, out, w, prec);
	arb_mul(out, out, B, prec);
	arb_set_d(w, q->p[0]);
	arb_add_si(w, w, q->x, prec);
	arb_mul(out, out, w, prec);
	arb_set_d(B, q->p[1]);
	arb_set_d(w, q->T);
	arb_add(B, B, w, prec);
	arb_div(out, out, B, prec);
	arb_clear(B), arb_clear(w);
}

/* (r+x) / (alpha+T) B^s d^(s-1) e^dB (Gamma(1-s, dB) - Gamma(1-s, d(B+t))) */
static void pareto_discounted(arb_t out, const struct ask *q, const arb_t v, slong prec)
{
	arb_t B, w, s, d;
	(void)v;
	arb_init(B), arb_init(w), arb_init(s), arb_init(d);
	arb_set_d(s, -q->p[2]);
	arb_add_ui(s, s, 1, prec);
	arb_set_d(d, q->delta);
	arb_set_d(B, q->p[3]);
	arb_set_d(w, q->T);
	arb_add(B, B, w, prec);
	arb_mul(w, B, d, prec);
	arb_hypgeom_gamma_upper(out, s, w, 0, prec);
	if (q->t >= 0) {
		arb_set_d(w, q->t);
		arb_add(w, w, B, prec);
		arb_mul(w, w, d, prec);
		arb_hypgeom_gamma_upper(w, s, w, 0, prec);
		arb_sub(out, out, w, prec);
	}
	arb_mul(w, B, d, prec);
	arb_exp(w, w, prec);
	arb_mul(out, out, w, prec);
	arb_neg(s, s); /* s - 1 */
	arb_pow(w, d, s, prec);
	arb_mul(out, out, w, prec);
	arb_add_ui(s, s, 1, prec);
	arb_pow(w, B, s, prec);
	arb_mul(out, out, w, prec);
	arb_set_d(w, q->p[0]);
	arb_add_si(w, w, q->x, prec);
	arb_mul(out, out, w, prec);
	arb_set_d(B, q->p[1]);
	arb_set_d(w, q->T);
	arb_add(B, B, w, prec);
	arb_div(out, out, B, prec);
	arb_clear(B), arb_clear(w), arb_clear(s), arb_clear(d);
}

/* ---- the grid ---- */

static void line(struct ask *q)
{
	arb_t v;
	arb_init(v);
	for (int i = 0; i < (q->x ? 4 : 1); i++) {
		q->tx = q->x ? shares[i] * q->T : 0;
		value(v, q->kind == PARETO ? pareto_alive : family_alive, q, v);
		print(v);
	}
	for (q->j = 0; q->j < q->k; q->j++)
		for (int what = 0; what < 2; what++)
			for (int i = 0; i < 6; i++) {
				q->t = what && i == 5 ? -1 : ahead[i];
				if (q->kind == PARETO)
					value(v, what ? pareto_discounted : pareto_expect, q, v);
				else if (!what && q->k == 1)
					value(v, by_2f1, q, v);
				else
					arb_set_d(v, over_p(what ? given_discounted : given_expect, q));
				print(v);
			}
	putchar('\n');
	fflush(stdout);
	arb_clear(v);
}

int main(int argc, char **argv)
{
	struct ask q = { .kind = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0, .delta = log(1.1) / 365.25 };
	long skip = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	q.k = q.kind == CNBD ? 2 : 1;
	for (int set = 0; set < 6; set++)
		for (int c = 0; c < 7; c++)
			for (int i = 0; i < (counts[c] ? 4 : 16); i++) {
				for (int n = 0; n < 4; n++)
					q.p[n] = q.kind == PARETO ? paretos[set][n] : family[set][n];
				q.x = counts[c];
				q.T = counts[c] ? ages[i] : never[i];
				if (skip-- <= 0)
					line(&q);
			}
	return 0;
}
