/* Cox's model of one column at a time, for all columns: what each says by itself. With a single
 * column S2 is one number, so everything is had in one walk over the rows and nothing is kept
 * (formulas in coxpass.c):
 *
 *     u    = sum w x over deaths - sum over times of (S1 e1 - D1 e2)
 *     info = sum over times of S2 e1 - D2 e2 - (f0 S1^2 - 2 f1 S1 D1 + f2 D1^2)
 *
 * Each column is one thread's, in one fixed order of rows. Where rows enter late cox_run does it.
 */
#include <math.h>
#include <stdlib.h>
#include "cox.h"
#include "wend/par.h"

enum { STEPS = 60, HALVINGS = 40 };
/* As in cox.c: steps below 3e-11 standard errors; a column whose information has vanished. */
#define LAST 1e-21
#define VANISHED 1e-4
#define FAR_OFF 12.0

struct walk1 {
	const struct cox *m;
	const double *v;           /* the column in the order of rows, centred and scaled */
	double two[2];             /* its values when there are only two */
	bool is_two;
	enum cox_ties ties;
	double deaths;             /* sum of w x over the deaths */
};
struct sums1 {
	double loglik, u, info;
};

static void add(double s[3], double r, double x)
{
	s[0] += r;
	s[1] += r * x;
	s[2] += r * x * x;
}

static struct sums1 pass(const struct walk1 *k, double beta)
{
	const struct cox *m = k->m;
	const double risk[2] = { exp(beta * k->two[0]), exp(beta * k->two[1]) };
	struct sums1 out = { beta * k->deaths, k->deaths, 0 };
	double s[3] = { 0 };
	for (size_t g = 0; g < m->ngroup; g++) {
		const struct cox_group *v = &m->group[g];
		double d[3] = { 0 };
		if (v->first)
			s[0] = s[1] = s[2] = 0;
		for (size_t i = v->from; i < v->to; i++) {
			const double x = k->v[i], r = (m->w ? m->w[i] : 1) * (k->is_two ? risk[x == k->two[1]] : exp(beta * x));
			add(i < v->from + v->deaths ? d : s, r, x);
		}
		for (int j = 0; j < 3; j++)
			s[j] += d[j];
		if (!v->deaths)
			continue;
		const struct cox_tie t = cox_tie(v, s[0], d[0], k->ties);
		out.loglik -= t.log;
		out.u -= s[1] * t.e1 - d[1] * t.e2;
		out.info += s[2] * t.e1 - d[2] * t.e2 - (t.f0 * s[1] * s[1] - 2 * t.f1 * s[1] * d[1] + t.f2 * d[1] * d[1]);
	}
	return out;
}

/* Newton's steps, halved where they do not raise the likelihood. */
static void fit(struct cox_alone *out, const struct walk1 *k, double scale, double reach)
{
	double beta = 0;
	struct sums1 now = pass(k, 0);
	const double info0 = now.info;
	out->coef = out->se = NAN;
	out->state = info0 > 1e-12 ? COX_KEPT : COX_CONSTANT;
	for (int n = 0; n < STEPS && out->state == COX_KEPT; n++) {
		const double step = now.u / now.info, gain = step * now.u;
		double share = 1;
		struct sums1 next = now;
		if (!(gain > LAST)) {
			beta += isfinite(step) ? step : 0;
			break;
		}
		for (int h = 0; h < HALVINGS; h++, share /= 2) {
			next = pass(k, beta + share * step);
			if (isfinite(next.loglik) && next.loglik >= now.loglik - 1e-13 * fabs(now.loglik))
				break;
		}
		beta += share * step;
		const bool rounding = gain < 1e-12 * (1 + fabs(now.loglik)) && next.u * next.u / next.info > gain / 4;
		now = next;
		if (rounding)
			break;
	}
	if (out->state == COX_KEPT && now.info < VANISHED * info0 && fabs(beta) * reach > FAR_OFF)
		out->state = COX_INFINITE;
	if (out->state == COX_KEPT) {
		out->coef = beta / scale;
		out->se = 1 / sqrt(now.info) / scale;
	}
}

struct job {
	struct cox *m;
	struct cox_alone *out;
	const size_t *cols;
	size_t n;
	enum cox_ties ties;
};

static void one(const struct job *j, size_t at, double *room)
{
	const struct cox *m = j->m;
	struct walk1 k = { .m = m, .v = room, .ties = j->ties };
	const struct cox_scaled s = cox_column_sorted(room, m, &m->d.col[j->cols[at]]);
	double lo = INFINITY, hi = -INFINITY;
	for (size_t i = 0; i < m->n; i++) {
		lo = fmin(lo, room[i]);
		hi = fmax(hi, room[i]);
	}
	k.is_two = true;
	for (size_t i = 0; i < m->n && k.is_two; i++)
		k.is_two = room[i] == lo || room[i] == hi;
	k.two[0] = lo;
	k.two[1] = hi;
	k.deaths = s.deaths;
	fit(&j->out[at], &k, s.scale, hi - lo);
}

static void some(void *ctx, int thread)
{
	const struct job *j = ctx;
	double *room = xreallocarray(NULL, j->m->n + 1, sizeof *room);
	for (size_t at = (size_t)thread; at < j->n; at += (size_t)j->m->threads)
		one(j, at, room);
	free(room);
}

void cox_alone(struct cox_alone *out, struct cox *m, const size_t *cols, size_t n, enum cox_ties ties)
{
	struct job j = { m, out, cols, n, ties };
	if (m->late) {
		struct cox_fit *f = xmalloc(sizeof *f);
		for (size_t i = 0; i < n; i++) {
			cox_run(f, m, &cols[i], 1, ties);
			const bool ok = f->state[0] == COX_KEPT && !f->reason;
			out[i] = (struct cox_alone){ ok ? f->coef[0] : NAN, ok ? sqrt(f->cov[0]) : NAN, f->state[0] };
		}
		free(f);
		return;
	}
	cox_unload(m);
	par_each(m->threads, some, &j);
}
