/* Logistic regression by maximum likelihood: log odds of a yes = b0 + sum b_k x_k (Cox 1958;
 * McCullagh & Nelder 1989, chapter 4).
 *
 * Computed. Newton's steps, which are iteratively reweighted least squares here, on columns
 * with mean 0 and standard deviation 1, so that units do not matter:
 *
 *     g = X'(y - p),  H = X'W X,  W = p (1 - p),  step = H^-1 g
 *
 * A step is halved until the log-likelihood rises (it always does in the end: the function is
 * concave). It ends with a step of which no coefficient moves by 1e-7: steps square the error,
 * so coefficients then have all digits that the condition of H leaves, and so has H, which is
 * taken at the end (programs that keep H from before their last step have fewer).
 *
 * Left out. A column that does not vary, or of which less than 1e-11 of the variance is left
 * once the columns before it are taken out (R's lm drops at 1e-7 of the norm).
 *
 * Separation (Albert & Anderson 1984). When a combination of columns tells all yes from no,
 * or all but those on its border, there is no maximum: log odds of some rows run off. It is
 * called when they pass 30, a chance of 1e-13: there Newton's steps stay near 1 for ever.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "wend/mem.h"
#include "wend/optim.h"
#include "wend/regress.h"

enum { STEPS = 100, HALVINGS = 30 };
#define DEPENDENT 1e-11
#define RUN_OFF 30.0
#define LAST_STEP 1e-7
#define NOISE 1e-12

double logit_chance(double eta)
{
	return eta >= 0 ? 1 / (1 + exp(-eta)) : exp(eta) / (1 + exp(eta));
}

double logit_log1pexp(double eta)
{
	return eta > 0 ? eta + log1p(exp(-eta)) : log1p(exp(eta));
}

struct work {
	const double *x;
	const uint8_t *y;
	size_t n, p;
	double *mean, *scale;     /* scale 0: left out */
	double *row;              /* one row of columns, the intercept first */
	double *b, *g, *h, *step, *next;
	double loglik, farthest;
};

static const double *row_of(const struct work *w, size_t i)
{
	const double *x = w->x + i * w->p;
	for (size_t k = 0; k < w->p; k++)
		w->row[k + 1] = w->scale[k] > 0 ? (x[k] - w->mean[k]) / w->scale[k] : 0;
	return w->row;
}

static double eta_of(const struct work *w, const double *x, const double *b)
{
	double eta = 0;
	for (size_t k = 0; k <= w->p; k++)
		eta += x[k] * b[k];
	return eta;
}

static double loglik(struct work *w, const double *b)
{
	double sum = 0;
	w->farthest = 0;
	for (size_t i = 0; i < w->n; i++) {
		const double eta = eta_of(w, row_of(w, i), b);
		sum += (w->y[i] ? eta : 0) - logit_log1pexp(eta);
		w->farthest = fmax(w->farthest, fabs(eta));
	}
	return sum;
}

/* Gradient and information, its lower triangle. */
static void derive(struct work *w)
{
	const size_t q = w->p + 1;
	memset(w->g, 0, q * sizeof *w->g);
	memset(w->h, 0, q * q * sizeof *w->h);
	for (size_t i = 0; i < w->n; i++) {
		const double *x = row_of(w, i), c = logit_chance(eta_of(w, x, w->b));
		const double left = (double)w->y[i] - c, weight = c * (1 - c);
		for (size_t j = 0; j < q; j++) {
			const double xj = x[j];
			w->g[j] += left * xj;
			if (xj == 0)
				continue;
			double *h = w->h + j * q;
			for (size_t k = 0; k <= j; k++)
				h[k] += weight * xj * x[k];
		}
	}
}

static void standardise(struct work *w, struct logit_fit *out)
{
	const size_t p = w->p;
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < p; k++)
			w->mean[k] += (w->x[i * p + k] - w->mean[k]) / (double)(i + 1);
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < p; k++)
			w->scale[k] += (w->x[i * p + k] - w->mean[k]) * (w->x[i * p + k] - w->mean[k]);
	for (size_t k = 0; k < p; k++) {
		w->scale[k] = sqrt(w->scale[k] / (double)w->n);
		if (!(w->scale[k] > 1e-14 * fabs(w->mean[k])) || isinf(w->scale[k]))
			w->scale[k] = 0;
	}
	/* correlations tell which columns depend on those before them */
	double *c = xcalloc(p * p + 1, sizeof *c);
	for (size_t i = 0; i < w->n; i++) {
		const double *x = row_of(w, i) + 1;
		for (size_t j = 0; j < p; j++)
			for (size_t k = 0; k <= j && x[j] != 0; k++)
				c[j * p + k] += x[j] * x[k];
	}
	out->left_out = chol_factor(c, p, DEPENDENT, out->out);
	free(c);
	for (size_t k = 0; k < p; k++)
		if (out->out[k])
			w->scale[k] = 0;
}

/* One step, by at most `longest`; false when there is none that does not lose. */
static bool climb(struct work *w, double *longest)
{
	const size_t q = w->p + 1;
	derive(w);
	memcpy(w->step, w->g, q * sizeof *w->g);
	chol_factor(w->h, q, DBL_EPSILON, NULL);
	chol_solve(w->h, q, w->step);
	*longest = 0;
	for (size_t k = 0; k < q; k++)
		*longest = fmax(*longest, fabs(w->step[k]));
	double part = 1;
	for (int half = 0; half < HALVINGS; half++, part /= 2) {
		for (size_t k = 0; k < q; k++)
			w->next[k] = w->b[k] + part * w->step[k];
		const double at = loglik(w, w->next);
		if (at >= w->loglik - NOISE * (1 + fabs(w->loglik))) {
			w->loglik = at;
			memcpy(w->b, w->next, q * sizeof *w->b);
			return true;
		}
	}
	return false;
}

/* Back to the units of the caller: b_k / s_k, and the intercept takes the means. */
static void finish(struct work *w, struct logit_fit *out)
{
	const size_t q = w->p + 1;
	double *inverse = xreallocarray(NULL, q * q, sizeof *inverse), *t = xcalloc(q * q, sizeof *t);
	derive(w);
	chol_factor(w->h, q, DBL_EPSILON, NULL);
	chol_inverse(inverse, w->h, q);
	/* t: what turns standardised coefficients into the caller's */
	t[0] = 1;
	for (size_t k = 1; k < q; k++)
		if (w->scale[k - 1] > 0) {
			t[k * q + k] = 1 / w->scale[k - 1];
			t[k] = -w->mean[k - 1] / w->scale[k - 1];
		}
	for (size_t i = 0; i < q; i++) {
		out->beta[i] = 0;
		for (size_t k = 0; k < q; k++)
			out->beta[i] += t[i * q + k] * w->b[k];
	}
	/* cov = t inverse t'; rows behind the first of t hold one number each */
	for (size_t i = 0; i < q; i++)
		for (size_t j = 0; j <= i; j++) {
			double v = 0;
			for (size_t a = i; a < (i ? i + 1 : q); a++)
				for (size_t b = j; b < (j ? j + 1 : q); b++)
					v += t[i * q + a] * inverse[a * q + b] * t[j * q + b];
			out->cov[i * q + j] = out->cov[j * q + i] = v;
		}
	for (size_t k = 0; k < w->p; k++)
		if (out->out[k])
			out->beta[k + 1] = NAN;
	free(inverse);
	free(t);
}

static void climb_all(struct work *w, struct logit_fit *out)
{
	out->status = LOGIT_NO_CONVERGENCE;
	w->loglik = loglik(w, w->b);
	while (out->status == LOGIT_NO_CONVERGENCE && out->steps < STEPS) {
		double longest;
		if (!climb(w, &longest))
			break;
		out->steps++;
		if (w->farthest > RUN_OFF)
			out->status = LOGIT_SEPARATED;
		else if (longest <= LAST_STEP)
			out->status = LOGIT_OK;
	}
	for (size_t k = 0; k < w->p; k++)
		if (fabs(w->b[k + 1]) > fabs(w->b[out->separates + 1]))
			out->separates = k;
	out->loglik = w->loglik;
}

void logit_fit(struct logit_fit *out, const double *x, const uint8_t *y, size_t n, size_t p)
{
	const size_t q = p + 1;
	struct work w = { .x = x, .y = y, .n = n, .p = p };
	double yes = 0;
	*out = (struct logit_fit){ .p = p, .status = LOGIT_ONE_CLASS, .loglik = 0 };
	out->beta = xcalloc(q, sizeof *out->beta);
	out->cov = xcalloc(q * q, sizeof *out->cov);
	out->out = xcalloc(q, 1);
	for (size_t i = 0; i < n; i++)
		yes += y[i];
	if (!(yes > 0 && yes < (double)n)) {
		for (size_t k = 0; k < q; k++)
			out->beta[k] = NAN;
		return;
	}
	double *all = xcalloc(2 * p + 5 * q + q * q, sizeof *all);
	w.mean = all;
	w.scale = w.mean + p;
	w.row = w.scale + p;
	w.b = w.row + q;
	w.g = w.b + q;
	w.step = w.g + q;
	w.next = w.step + q;
	w.h = w.next + q;
	w.row[0] = 1;
	standardise(&w, out);
	w.b[0] = log(yes / ((double)n - yes));
	out->loglik_null = loglik(&w, w.b);
	climb_all(&w, out);
	finish(&w, out);
	free(all);
}

void logit_release(struct logit_fit *f)
{
	free(f->beta);
	free(f->cov);
	free(f->out);
	*f = (struct logit_fit){ 0 };
}

double logit_se(const struct logit_fit *f, size_t k)
{
	const double v = f->cov[k * (f->p + 1) + k];
	return v > 0 && !isnan(f->beta[k]) ? sqrt(v) : NAN;
}

double logit_p(const struct logit_fit *f, size_t k)
{
	return 2 * norm_cdf(-fabs(f->beta[k] / logit_se(f, k)));
}

double logit_wald(const struct logit_fit *f, size_t first, size_t n)
{
	const size_t q = f->p + 1;
	double *v = xreallocarray(NULL, n * n + 2 * n + 1, sizeof *v), *b = v + n * n, *x = b + n, chisq = 0;
	size_t in = 0;
	for (size_t i = 0; i < n; i++) {
		if (isnan(f->beta[first + i]))
			continue;
		b[in] = x[in] = f->beta[first + i];
		for (size_t j = 0, k = 0; j <= i; j++)
			if (!isnan(f->beta[first + j]))
				v[in * n + k++] = f->cov[(first + i) * q + first + j];
		in++;
	}
	/* the factor wants its rows in + 0 apart */
	for (size_t i = 1; i < in && in < n; i++)
		memmove(v + i * in, v + i * n, in * sizeof *v);
	const size_t lost = chol_factor(v, in, DBL_EPSILON, NULL);
	chol_solve(v, in, x);
	for (size_t i = 0; i < in; i++)
		chisq += b[i] * x[i];
	free(v);
	return in > lost ? chisq_sf(chisq, (double)(in - lost)) : NAN;
}
