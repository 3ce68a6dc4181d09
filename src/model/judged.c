/* How good chances are: whether they rank (AUC), and whether they mean what they say
 * (calibration, Brier).
 *
 *     AUC        share of pairs of a yes and a no in which the yes has the higher chance, ties
 *                one half: (sum of midranks of the yes - m (m + 1) / 2) / (m n)
 *     its limits by DeLong's variance (DeLong, DeLong & Clarke-Pearson 1988), computed from
 *                midranks (Sun & Xu 2014), on the scale of its log odds, which stays in 0..1
 *     Brier      mean (y - p)^2 (Brier 1950); logloss: mean -log of the chance of what came
 *     slope      of a logistic regression of y on log(p / (1 - p)): below 1 the chances are
 *                too extreme (Cox 1958); intercept: that of the same regression
 *     ece        rows in order of chance, ten equal parts; mean over rows of |share - mean p|
 *     lift       share of yes among the floor(n / 10) rows with the highest chances over that
 *                of all; rows tied at the border count with their mean
 */
#include <math.h>
#include <stdlib.h>
#include "wend/mem.h"
#include "wend/regress.h"

enum { PARTS = 10 };

struct scored {
	double p;
	uint8_t y;
};

static int by_chance(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return (x->y > y->y) - (x->y < y->y);
}

static struct scored *sorted(const double *p, const uint8_t *y, size_t n)
{
	struct scored *v = xreallocarray(NULL, n + 1, sizeof *v);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct scored){ p[i], y[i] };
	qsort(v, n, sizeof *v, by_chance);
	return v;
}

/* AUC and its variance. For a yes V = share of no below it, for a no the share of yes above
 * it; the variance is that of the V of the yes over m plus that of the no over n. */
static void rank_all(struct judged *out, const struct scored *v, size_t n, double alpha)
{
	const double m = (double)out->events, k = (double)out->n - m;
	double yes_below = 0, no_below = 0, s1 = 0, s2 = 0, t1 = 0, t2 = 0;
	if (!(m > 0 && k > 0))
		return;
	for (size_t i = 0, j; i < n; i = j) {
		double yes = 0;
		for (j = i; j < n && v[j].p == v[i].p; j++)
			yes += v[j].y;
		const double no = (double)(j - i) - yes;
		const double of_yes = (no_below + no / 2) / k, of_no = 1 - (yes_below + yes / 2) / m;
		s1 += yes * of_yes;
		s2 += yes * of_yes * of_yes;
		t1 += no * of_no;
		t2 += no * of_no * of_no;
		yes_below += yes;
		no_below += no;
	}
	out->auc = s1 / m;
	if (!(m > 1 && k > 1))
		return;
	const double var = fmax(0, (s2 - s1 * s1 / m) / (m - 1)) / m + fmax(0, (t2 - t1 * t1 / k) / (k - 1)) / k;
	const double a = out->auc, half = -norm_quantile(alpha / 2) * sqrt(var) / (a * (1 - a));
	if (a > 0 && a < 1)
		out->auc_ci = (struct interval){ logit_chance(log(a / (1 - a)) - half), logit_chance(log(a / (1 - a)) + half) };
}

static double lift(const struct scored *v, size_t n, double share)
{
	size_t left = n / PARTS;
	const double of = (double)left;
	double yes = 0;
	for (size_t j = n, i; j && left; j = i) {
		double here = 0;
		for (i = j; i && v[i - 1].p == v[j - 1].p; i--)
			here += v[i - 1].y;
		const size_t tied = j - i, taken = tied < left ? tied : left;
		yes += here * (double)taken / (double)tied;
		left -= taken;
	}
	return of > 0 && share > 0 ? yes / of / share : NAN;
}

static double odds(double p)
{
	const double least = 1e-15;
	p = p < least ? least : p > 1 - least ? 1 - least : p;
	return log(p / (1 - p));
}

static void calibrate(struct judged *out, const double *p, const uint8_t *y, size_t n, double alpha)
{
	double *eta = xreallocarray(NULL, n + 1, sizeof *eta);
	struct logit_fit f;
	for (size_t i = 0; i < n; i++)
		eta[i] = odds(p[i]);
	logit_fit(&f, eta, y, n, 1);
	if (f.status == LOGIT_OK && !f.left_out) {
		const double half = -norm_quantile(alpha / 2) * logit_se(&f, 1);
		out->intercept = f.beta[0];
		out->slope = f.beta[1];
		out->slope_ci = (struct interval){ out->slope - half, out->slope + half };
	}
	logit_release(&f);
	free(eta);
}

void judge(struct judged *out, const double *p, const uint8_t *y, size_t n, double alpha)
{
	struct scored *v = sorted(p, y, n);
	double brier = 0, loss = 0, expected = 0, ece = 0;
	*out = (struct judged){ .n = (int64_t)n, .auc = NAN, .auc_ci = { NAN, NAN }, .slope = NAN, .intercept = NAN,
				.slope_ci = { NAN, NAN }, .lift = NAN, .brier = NAN, .logloss = NAN, .ece = NAN, .share = NAN, .expected = NAN };
	for (size_t i = 0; i < n; i++) {
		out->events += v[i].y;
		expected += v[i].p;
		brier += ((double)v[i].y - v[i].p) * ((double)v[i].y - v[i].p);
		loss += logit_log1pexp(v[i].y ? -odds(v[i].p) : odds(v[i].p));
	}
	if (n) {
		out->share = (double)out->events / (double)n;
		out->expected = expected / (double)n;
		out->brier = brier / (double)n;
		out->logloss = loss / (double)n;
		rank_all(out, v, n, alpha);
		out->lift = lift(v, n, out->share);
		calibrate(out, p, y, n, alpha);
		for (size_t k = 0; k < PARTS; k++) {
			const size_t from = n * k / PARTS, to = n * (k + 1) / PARTS;
			double gap = 0;
			for (size_t i = from; i < to; i++)
				gap += (double)v[i].y - v[i].p;
			ece += fabs(gap);
		}
		out->ece = ece / (double)n;
	}
	free(v);
}

size_t judge_parts(struct judged_part *out, size_t parts, const double *p, const uint8_t *y, size_t n, double alpha)
{
	struct scored *v = sorted(p, y, n);
	size_t made = 0;
	for (size_t k = 0, i = 0; k < parts; k++) {
		size_t to = n * (k + 1) / parts;
		struct judged_part part = { 0 };
		while (to > i && to < n && v[to].p == v[to - 1].p)
			to++;
		for (; i < to; i++) {
			part.n++;
			part.events += v[i].y;
			part.chance += v[i].p;
		}
		if (!part.n)
			continue;
		part.chance /= (double)part.n;
		part.share = (double)part.events / (double)part.n;
		part.ci = wilson((double)part.events, (double)part.n, alpha);
		out[made++] = part;
	}
	free(v);
	return made;
}
