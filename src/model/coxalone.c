/* Cox's model of one column at a time, for all columns: what each says by itself. With a single
 * column S2 is one number, so everything is had in one walk over the rows and nothing is kept
 * (formulas in coxpass.c):
 *
 *     u    = sum w x over deaths - sum over times of (S1 e1 - D1 e2)
 *     info = sum over times of S2 e1 - D2 e2 - (f0 S1^2 - 2 f1 S1 D1 + f2 D1^2)
 *
 * A thread has some of the columns and walks over the rows once for all that still move; each
 * column has its own sums in one fixed order of rows, so that their bytes do not depend on which.
 * What holds at beta = 0 is known when the model of all columns was fitted.
 *
 * Steps after the first use two points: u is taken as the cubic that has both scores and both
 * slopes, -info, and the step goes to its root (order 1 + sqrt 3; Traub 1964, "Iterative methods
 * for the solution of equations", 4.2). Where that is far from Newton's step, Newton's it is.
 *
 * Where rows enter late cox_run does it.
 */
#include <math.h>
#include <stdlib.h>
#include "cox.h"
#include "wend/par.h"

enum { STEPS = 60, HALVINGS = 40, CHUNK = 256 };
/* As in cox.c: steps below 3e-11 standard errors; rounding of the likelihood; a column whose information has vanished. */
#define LAST 1e-21
#define ROUNDING 1e-12
#define VANISHED 1e-4
#define FAR_OFF 12.0

struct sums1 {
	double loglik, u, info;
};
struct lone {
	size_t at;                 /* column of m->x */
	double beta, trial;        /* where `now` was found; where to look next */
	double step, share, gain;
	struct sums1 now;
	double beta_before;        /* and the point before, when there is one */
	struct sums1 before;
	bool has_now, has_before, done;
	double info0;
	int steps, halvings;
	/* while a pass goes over the rows */
	struct sums1 sum;
	double s[3], d[3];         /* weight, weight x, weight x^2: at risk; of the deaths of a time */
};

/* ---- one pass ---- */

/* Two rows at a time. */
static void add(double s[3], const double *r, const double *x, size_t n)
{
	pair2 a = { 0 }, b = { 0 }, c = { 0 };
	size_t i = 0;
	for (; i + 2 <= n; i += 2) {
		const pair2 rr = *(const pair2 *)(r + i), xx = *(const pair2 *)(x + i), rx = rr * xx;
		a += rr;
		b += rx;
		c += rx * xx;
	}
	s[0] += a[0] + a[1];
	s[1] += b[0] + b[1];
	s[2] += c[0] + c[1];
	if (i < n) {
		s[0] += r[i];
		s[1] += r[i] * x[i];
		s[2] += r[i] * x[i] * x[i];
	}
}

static void end_of_time(struct lone *c, const struct cox_group *v, enum cox_ties ties)
{
	double *s = c->s;
	const double *d = c->d;
	for (int j = 0; j < 3; j++)
		s[j] += d[j];
	if (!v->deaths)
		return;
	const struct cox_tie t = cox_tie(v, s[0], d[0], ties);
	c->sum.loglik -= t.log;
	c->sum.u -= s[1] * t.e1 - d[1] * t.e2;
	c->sum.info += s[2] * t.e1 - d[2] * t.e2 - (t.f0 * s[1] * s[1] - 2 * t.f1 * s[1] * d[1] + t.f2 * d[1] * d[1]);
}

/* Rows from .. to of one column; `g` is the group of the first. */
static void walk(struct lone *c, const struct cox *m, size_t g, size_t from, size_t to, enum cox_ties ties)
{
	double x[CHUNK], r[CHUNK];
	const double *first = m->x + from * m->wide + c->at;
	for (size_t i = 0; i < to - from; i++) {
		x[i] = first[i * m->wide];
		r[i] = c->trial * x[i];
	}
	exp_each(r, to - from);
	for (size_t i = 0; m->w && i < to - from; i++)
		r[i] *= m->w[from + i];
	for (size_t i = from; i < to; g++) {
		const struct cox_group *v = &m->group[g];
		const size_t deaths = v->from + v->deaths < to ? v->from + v->deaths : to, end = v->to < to ? v->to : to;
		if (i == v->from)
			c->d[0] = c->d[1] = c->d[2] = 0;
		if (i == v->from && v->first)
			c->s[0] = c->s[1] = c->s[2] = 0;
		if (i < deaths) {
			add(c->d, r + (i - from), x + (i - from), deaths - i);
			i = deaths;
		}
		add(c->s, r + (i - from), x + (i - from), end - i);
		i = end;
		if (i == v->to)
			end_of_time(c, v, ties);
	}
}

/* ---- steps ---- */

/* From c->beta to the root of the cubic through both points; `newton` where it is no such. */
static double bent(const struct lone *c, double newton)
{
	const double h = c->beta_before - c->beta;
	const double u0 = c->now.u, d0 = -c->now.info, slope = (c->before.u - u0) / h, d1 = -c->before.info;
	/* u0 + d0 t + a t^2 + b t^3 */
	const double a = (3 * slope - 2 * d0 - d1) / h, b = (d0 + d1 - 2 * slope) / (h * h);
	double t = newton;
	for (int k = 0; k < 8; k++)
		t -= (u0 + t * (d0 + t * (a + t * b))) / (d0 + t * (2 * a + 3 * t * b));
	return fabs(t - newton) <= fabs(newton) / 2 ? t : newton;
}

static void propose(struct lone *c)
{
	const double newton = c->now.u / c->now.info;
	c->gain = newton * c->now.u;
	if (!(c->gain > LAST) || c->steps == STEPS) {
		c->beta += isfinite(newton) && c->steps < STEPS ? newton : 0;
		c->done = true;
		return;
	}
	c->steps++;
	c->step = c->has_before ? bent(c, newton) : newton;
	c->share = 1;
	c->halvings = 0;
	c->trial = c->beta + c->step;
}

static void begin(struct lone *c, struct sums1 null)
{
	c->now = null;
	c->has_now = true;
	c->info0 = null.info;
	c->done = !(c->info0 > 1e-12);
	if (!c->done)
		propose(c);
}

/* The sums of a pass at c->trial: halved where they do not raise the likelihood. */
static void absorb(struct lone *c)
{
	const struct sums1 s = c->sum;
	if (!c->has_now) {
		begin(c, s);
		return;
	}
	if (!(isfinite(s.loglik) && s.loglik >= c->now.loglik - ROUNDING * fabs(c->now.loglik)) && ++c->halvings < HALVINGS) {
		c->share /= 2;
		c->trial = c->beta + c->share * c->step;
		return;
	}
	const bool rounding = c->gain < 1e-12 * (1 + fabs(c->now.loglik)) && s.u * s.u / s.info > c->gain / 4;
	c->before = c->now;
	c->beta_before = c->beta;
	c->has_before = true;
	c->now = s;
	c->beta = c->trial;
	c->done = rounding;
	if (!c->done)
		propose(c);
}

static double reach(const struct cox *m, size_t at)
{
	double lo = INFINITY, hi = -INFINITY;
	for (size_t i = 0; i < m->n; i++) {
		lo = fmin(lo, m->x[i * m->wide + at]);
		hi = fmax(hi, m->x[i * m->wide + at]);
	}
	return hi - lo;
}

static struct cox_alone result(const struct lone *c, const struct cox *m)
{
	struct cox_alone out = { NAN, NAN, c->info0 > 1e-12 ? COX_KEPT : COX_CONSTANT };
	if (out.state == COX_KEPT && c->now.info < VANISHED * c->info0 && fabs(c->beta) * reach(m, c->at) > FAR_OFF)
		out.state = COX_INFINITE;
	if (out.state == COX_KEPT) {
		out.coef = c->beta / m->scale[c->at];
		out.se = 1 / sqrt(c->now.info) / m->scale[c->at];
	}
	return out;
}

/* ---- all columns ---- */

struct job {
	const struct cox *m;
	struct lone *lone;
	size_t n, threads;
	enum cox_ties ties;
};

/* Once over the rows for every so many column; false: none of them moves. */
static bool pass(const struct job *j, size_t thread)
{
	const struct cox *m = j->m;
	bool some = false;
	for (size_t k = thread; k < j->n; k += j->threads) {
		struct lone *c = &j->lone[k];
		some = some || !c->done;
		c->sum = (struct sums1){ c->trial * m->deaths_x[c->at], m->deaths_x[c->at], 0 };
		c->s[0] = c->s[1] = c->s[2] = 0;
	}
	for (size_t from = 0, g = 0; from < m->n && some; from += CHUNK) {
		const size_t to = from + CHUNK < m->n ? from + CHUNK : m->n;
		while (m->group[g].to <= from)
			g++;
		for (size_t k = thread; k < j->n; k += j->threads)
			if (!j->lone[k].done)
				walk(&j->lone[k], m, g, from, to, j->ties);
	}
	for (size_t k = thread; k < j->n; k += j->threads)
		if (!j->lone[k].done)
			absorb(&j->lone[k]);
	return some;
}

static void some(void *ctx, int thread)
{
	const struct job *j = ctx;
	while (pass(j, (size_t)thread))
		;
}

/* Where a column is among those loaded; m->p: it is not. */
static size_t place_of(const struct cox *m, size_t col)
{
	size_t at = 0;
	while (at < m->p && m->loaded[at] != col)
		at++;
	return at;
}

static void one_by_one(struct cox_alone *out, struct cox *m, const size_t *cols, size_t n, enum cox_ties ties)
{
	struct cox_fit *f = xmalloc(sizeof *f);
	for (size_t i = 0; i < n; i++) {
		cox_run(f, m, &cols[i], 1, ties);
		const bool ok = f->state[0] == COX_KEPT && !f->reason;
		out[i] = (struct cox_alone){ ok ? f->coef[0] : NAN, ok ? sqrt(f->cov[0]) : NAN, f->state[0] };
	}
	free(f);
}

void cox_alone(struct cox_alone *out, struct cox *m, const size_t *cols, size_t n, enum cox_ties ties)
{
	bool there = m->x != NULL;
	if (m->late) {
		one_by_one(out, m, cols, n, ties);
		return;
	}
	for (size_t i = 0; i < n && there; i++)
		there = place_of(m, cols[i]) < m->p;
	if (!there && n)
		cox_load(m, cols, n);
	const size_t threads = n < (size_t)m->threads ? n : (size_t)m->threads;
	struct job j = { m, xcalloc(n + 1, sizeof *j.lone), n, threads, ties };
	for (size_t i = 0; i < n; i++) {
		const size_t at = place_of(m, cols[i]);
		j.lone[i].at = at;
		if (m->has_null && m->null_ties == ties)
			begin(&j.lone[i], (struct sums1){ m->null_loglik, m->null_u[at], m->null_info[at] });
	}
	par_each((int)threads, some, &j);
	for (size_t i = 0; i < n; i++)
		out[i] = result(&j.lone[i], m);
	free(j.lone);
}
