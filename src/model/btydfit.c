/* Fits of the purchase models: where to begin, the maximum, or why there is none.
 *
 * The logarithms of the parameters are free, so every step stays where the model is
 * defined and units do not matter. A likelihood can have more than one maximum: Newton's
 * method (num_newton.c) starts at six places and the best end counts. With many cells the
 * places are tried on 4,000 customers (Pareto/NBD 2,000), taken evenly through x, T and t_x, and all cells
 * are begun wherever these ended; with very many where the likelihood of all is highest, and
 * there after a fit to LARGE customers, which saves steps through all cells.
 *
 * A likelihood can rise for ever: the models contain simpler ones as limits (one rate for
 * everybody: r and alpha to infinity; one chance of leaving: a and b to infinity; nobody
 * leaves: a to 0 or b to infinity). Then the sentence says which, and there is no fit
 * (fitted.c says when a maximum is one).
 *
 * A start that somebody gives (parameters of the day before) saves most of the way, and may lead
 * to a lesser maximum, or to one where the likelihood rises for ever elsewhere. So the six places
 * are tried as well, on a sample, beside the end that the start led to; when one of them leads
 * higher, the start is forgotten. So it is where it led far away and few cells make that cheap.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "btyd.h"
#include "fitted.h"
#include "wend/mem.h"
#include "wend/par.h"

enum { STARTS = 6, MANY = 30000, MANY_PARETO = 4000, VERY_MANY = 30000, SAMPLE = 4000, LARGE = 16000, DIRECT = 64, BLOCK = 4096 };

const char *const btyd_name[BTYD_KINDS] = { "BG/NBD", "MBG/NBD", "MBG/CNBD-k", "Pareto/NBD" };
const char *const btyd_param_name[BTYD_KINDS][BTYD_PARAMS] = {
	{ "r", "alpha", "a", "b" }, { "r", "alpha", "a", "b" }, { "r", "alpha", "a", "b" }, { "r", "alpha", "s", "beta" },
};

/* ---- sums over rising factors ---- */

/* From r >= 32 by Euler and Maclaurin; the terms left out are below 1e-16. */
static struct rising rising_far(double r, double n)
{
	const double e = r + n, l = log1p(n / r), i = 1 / r, j = 1 / e, i2 = i * i, j2 = j * j;
	struct rising s;
	s.log = n * log(r) + e * l - n - l / 2;
	s.log += (j - i) / 12 - (j * j2 - i * i2) / 360 + (j * j2 * j2 - i * i2 * i2) / 1260 - (j * j2 * j2 * j2 - i * i2 * i2 * i2) / 1680;
	s.inv = l + (i - j) / 2 + (i2 - j2) / 12 - (i2 * i2 - j2 * j2) / 120 + (i2 * i2 * i2 - j2 * j2 * j2) / 252;
	s.inv2 = n * i * j + (i2 - j2) / 2 + (i * i2 - j * j2) / 6 - (i2 * i2 * i - j2 * j2 * j) / 30 + (i2 * i2 * i2 * i - j2 * j2 * j2 * j) / 42;
	return s;
}

struct rising rising_real(double r, double n)
{
	int sign;
	if (r >= 32)
		return rising_far(r, n);
	return (struct rising){ lgamma_r(r + n, &sign) - lgamma_r(r, &sign), digamma(r + n) - digamma(r), trigamma(r) - trigamma(r + n) };
}

struct rising rising(double r, uint64_t n)
{
	struct rising s = { 0, 0, 0 };
	double product = 1;
	uint64_t i = 0;
	for (; i < n && (n <= DIRECT || r + (double)i < 32); i++) {
		const double v = r + (double)i, inv = 1 / v;
		s.inv += inv;
		s.inv2 += inv * inv;
		product *= v;
		if (product > 1e250 || product < 1e-250) {
			s.log += log(product);
			product = 1;
		}
	}
	s.log += log(product);
	if (i < n) {
		const struct rising far = rising_far(r + (double)i, (double)(n - i));
		s.log += far.log;
		s.inv += far.inv;
		s.inv2 += far.inv2;
	}
	return s;
}

struct rising rising_cells(const struct btyd_cells *c, double r, int k, int more)
{
	struct rising sum = { 0, 0, 0 }, now = { 0, 0, 0 };
	uint64_t at = 0;
	for (size_t i = 0; i < c->n;) {
		const uint32_t x = c->x[i];
		const uint64_t n = (uint64_t)k * x + (uint64_t)more;
		const struct rising step = rising(r + (double)at, n - at);
		double w = 0;
		for (; i < c->n && c->x[i] == x; i++)
			w += c->w[i];
		now.log += step.log;
		now.inv += step.inv;
		now.inv2 += step.inv2;
		at = n;
		sum.log += w * now.log;
		sum.inv += w * now.inv;
		sum.inv2 += w * now.inv2;
	}
	return sum;
}

/* ---- the likelihood in logarithms ---- */

/* Cells are summed in blocks, and those in their order, so that any number of threads comes to
 * the same digits. */
struct sums {
	double value, g[BTYD_PARAMS], h[BTYD_PARAMS * BTYD_PARAMS];
};
struct summing {
	const struct btyd_model *m;
	const struct btyd_cells *c;
	struct sums *v;
	size_t n, next;
};

static void sum_block(struct sums *s, const struct btyd_model *m, const struct btyd_cells *c, size_t block)
{
	const size_t from = block * BLOCK, n = c->n - from < BLOCK ? c->n - from : BLOCK;
	const struct btyd_cells part = { n, c->x + from, c->tx + from, c->T + from, c->w + from, 1 };
	*s = (struct sums){ 0 };
	(m->kind == BTYD_PNBD ? pareto_logs : bg_logs)(m, &part, &s->value, s->g, s->h);
}

static void sum_blocks(void *ctx, int thread)
{
	struct summing *k = ctx;
	(void)thread;
	for (size_t i; (i = __atomic_fetch_add(&k->next, 1, __ATOMIC_RELAXED)) < k->n;)
		sum_block(&k->v[i], k->m, k->c, i);
}

static void sum_all(struct sums *s, const struct btyd_model *m, const struct btyd_cells *c)
{
	struct summing k = { .m = m, .c = c, .n = (c->n + BLOCK - 1) / BLOCK };
	const size_t most = k.n < 64 ? k.n : 64;
	if (k.n <= 1) {
		sum_block(s, m, c, 0);
		return;
	}
	k.v = xreallocarray(NULL, k.n, sizeof *k.v);
	par_each(c->threads < 1 ? 1 : (size_t)c->threads < most ? c->threads : (int)most, sum_blocks, &k);
	*s = k.v[0];
	for (size_t i = 1; i < k.n; i++) {
		s->value += k.v[i].value;
		for (int j = 0; j < BTYD_PARAMS; j++)
			s->g[j] += k.v[i].g[j];
		for (int j = 0; j < BTYD_PARAMS * BTYD_PARAMS; j++)
			s->h[j] += k.v[i].h[j];
	}
	free(k.v);
}

bool btyd_loglik(const struct btyd_model *m, const struct btyd_cells *c, double *value, double *g, double *h)
{
	struct sums s;
	for (int i = 0; i < BTYD_PARAMS; i++)
		if (!(m->p[i] > 0) || isinf(m->p[i]))
			return false;
	sum_all(&s, m, c);
	const bool ok = mirrored(BTYD_PARAMS, s.g, s.h);
	*value = s.value;
	if (g)
		memcpy(g, s.g, sizeof s.g);
	if (h)
		memcpy(h, s.h, sizeof s.h);
	return ok && isfinite(*value);
}

struct task {
	struct btyd_model model;
	const struct btyd_cells *c;
};

static void at_logs(struct btyd_model *m, const double *x)
{
	for (int i = 0; i < BTYD_PARAMS; i++)
		m->p[i] = exp(x[i]);
}

static bool objective(const double *x, size_t n, double *value, double *g, double *h, void *ctx)
{
	struct task *t = ctx;
	(void)n;
	at_logs(&t->model, x);
	return btyd_loglik(&t->model, t->c, value, g, h);
}

/* ---- where to begin, and why there is no end ---- */

struct shape { /* what the data say without any model */
	double customers, watched, x, T, repeaters;
};

static struct shape shape_of(const struct btyd_cells *c)
{
	struct shape s = { 0 };
	for (size_t i = 0; i < c->n; i++) {
		s.customers += c->w[i];
		s.watched += c->T[i] > 0 ? c->w[i] : 0;
		s.x += c->w[i] * c->x[i];
		s.T += c->w[i] * c->T[i];
		s.repeaters += c->x[i] ? c->w[i] : 0;
	}
	return s;
}

/* Few rates or many, seldom or often leaving, buying `faster` than what is seen by all ages. */
static void start_at(double x[4], enum btyd_kind kind, int k, const struct shape *s, int turn)
{
	static const struct { double r, leave, stay, ages, faster; } first[STARTS] = {
		{ 0.5, 0.5, 2, 0.5, 2 }, { 2, 0.2, 2, 0.5, 2 }, { 0.1, 2, 2, 2, 2 }, { 8, 0.3, 0.1, 0.05, 10 }, { 0.3, 1, 0.1, 0.1, 4 }, { 4, 1, 10, 5, 2 },
	};
	const double age = s->T / s->watched, rate = k * s->x / s->T;
	x[0] = log(first[turn].r);
	x[1] = log(first[turn].r / rate / first[turn].faster);
	x[2] = log(first[turn].leave);
	x[3] = log(kind == BTYD_PNBD ? age * first[turn].ages : first[turn].stay);
}

/* Which limit the parameters are on their way to: the one they have gone farthest towards, in
 * logarithms, if that is far. */
static const char *why_not(const struct btyd_model *m, const struct shape *s)
{
	const double *p = m->p, age = s->watched > 0 ? s->T / s->watched : 1, far = 7;
	const bool pareto = m->kind == BTYD_PNBD;
	const struct { double by; const char *why; } limit[] = {
		{ log(fmin(p[0], p[1] / age)), "customers do not differ in how often they buy: r and alpha grow without bound" },
		{ -log(fmax(p[0], p[1] / age)), "a few customers buy all the time and the others never: r and alpha go to 0" },
		{ -log(p[0]), "buying is too rare to tell rates apart: r goes to 0" },
		{ pareto ? log(p[3] / age / p[2]) : -1, "nobody seems to leave: the rate of leaving, s / beta, goes to 0" },
		{ pareto ? log(fmin(p[2], p[3] / age)) : -1, "customers do not differ in how long they stay: s and beta grow without bound" },
		{ pareto ? -log(fmax(p[2], p[3] / age)) : -1, "customers leave at once or never: s and beta go to 0" },
		{ pareto ? -log(p[3] / age / p[2]) : -1, "everybody leaves at once: the rate of leaving, s / beta, grows without bound" },
		{ pareto ? -1 : log1p(p[3] / p[2]), "nobody seems to leave: the chance to leave after a purchase, a / (a + b), goes to 0" },
		{ pareto ? -1 : log1p(p[2] / p[3]), "nearly everybody leaves after a purchase: the chance to leave, a / (a + b), goes to 1" },
		{ pareto ? -1 : log(fmin(p[2], p[3])), "customers do not differ in their chance to leave after a purchase: a and b grow without bound" },
		{ pareto ? -1 : -log(fmax(p[2], p[3])), "customers leave after a purchase or never: a and b go to 0" },
	};
	size_t most = 0;
	for (size_t i = 1; i < sizeof limit / sizeof *limit; i++)
		if (limit[i].by > limit[most].by)
			most = i;
	return limit[most].by > far ? limit[most].why : "the likelihood is too flat around its best parameters to tell them apart";
}

static const char *refuse(const struct shape *s)
{
	if (!(s->customers > 0))
		return "there is no customer";
	if (!(s->watched > 0))
		return "nobody has been watched for a day after the first purchase";
	if (!(s->x > 0))
		return "nobody has bought again: nothing tells how often customers come back";
	return NULL;
}

/* ---- the fit ---- */

static void keep(struct btyd_fit *out, const struct fitted *w, const double *x)
{
	at_logs(&out->model, x);
	out->loglik = w->value;
	out->condition = w->condition;
	memcpy(out->grad, w->grad, sizeof out->grad);
	memcpy(out->cov, w->cov, sizeof out->cov);
}

struct sample {
	uint32_t *x;
	double *tx, *T, *w;
};

static struct sample sample_new(int size)
{
	const size_t n = (size_t)size;
	double *room = xreallocarray(NULL, n, 3 * sizeof *room);
	return (struct sample){ xreallocarray(NULL, n, sizeof(uint32_t)), room, room + n, room + 2 * n };
}

static void sample_free(struct sample *s)
{
	free(s->x);
	free(s->tx);
}

/* Every (customers / size)-th customer through x, T and t_x. */
static struct btyd_cells sample_of(const struct sample *s, const struct btyd_cells *c, double customers, int size)
{
	const double by = customers / size;
	double next = by / 2, seen = 0;
	size_t n = 0;
	for (size_t i = 0; i < c->n && n < (size_t)size; i++) {
		double times = 0;
		seen += c->w[i];
		if (next < seen)
			times = ceil((seen - next) / by);
		if (!(times > 0))
			continue;
		next += times * by;
		s->x[n] = c->x[i];
		s->tx[n] = c->tx[i];
		s->T[n] = c->T[i];
		s->w[n++] = times;
	}
	return (struct btyd_cells){ n, s->x, s->tx, s->T, s->w, c->threads };
}

struct starts {
	int n;
	double x[STARTS][4], value[STARTS];
};

/* Few enough to try every place on all of them. */
static bool few(enum btyd_kind kind, const struct btyd_cells *c)
{
	return c->n <= (kind == BTYD_PNBD ? MANY_PARETO : MANY);
}

static bool apart(const double *a, const double *b)
{
	for (int i = 0; i < BTYD_PARAMS; i++)
		if (fabs(a[i] - b[i]) > 0.3)
			return true;
	return false;
}

/* Of several ends on a sample the one that all cells like best. */
static void keep_highest(struct starts *s, const struct btyd_model *like, const struct btyd_cells *c)
{
	double top = -INFINITY;
	int best = 0;
	for (int i = 0; i < s->n && s->n > 1; i++) {
		struct btyd_model m = *like;
		double value;
		at_logs(&m, s->x[i]);
		if (btyd_loglik(&m, c, &value, NULL, NULL) && value > top) {
			top = value;
			best = i;
		}
	}
	memcpy(s->x[0], s->x[best], sizeof s->x[0]);
	s->n = 1;
}

/* From there to the end on LARGE customers. */
static void go_on(double x[4], const struct btyd_model *like, const struct btyd_cells *c, const struct shape *shape)
{
	struct sample room = sample_new(LARGE);
	const struct btyd_cells some = sample_of(&room, c, shape->customers, LARGE);
	struct task t = { *like, &some };
	double end[4];
	memcpy(end, x, sizeof end);
	if (fit_logs(objective, &t, end, 4, shape_of(&some).customers).maximum)
		memcpy(x, end, sizeof end);
	sample_free(&room);
}

/* The starts as they are when there are few cells. When there are many: where they led on a
 * sample, the best first and each once; one that led to infinity as it is, only before the first
 * end, and not when the way there is long; then one end has to do, too. */
static void starts_of(struct starts *s, const struct btyd_model *m, const struct btyd_cells *c, const struct shape *shape)
{
	*s = (struct starts){ .n = 0 };
	for (int i = 0; i < STARTS; i++)
		start_at(s->x[i], m->kind, m->k, shape, i);
	if (few(m->kind, c)) {
		s->n = STARTS;
		return;
	}
	struct sample room = sample_new(SAMPLE);
	const struct btyd_cells some = sample_of(&room, c, shape->customers, m->kind == BTYD_PNBD ? SAMPLE / 2 : SAMPLE);
	const struct shape of = shape_of(&some);
	struct task t = { *m, &some };
	struct starts all = *s;
	bool ended[STARTS], any = false, some_end = false, done[STARTS] = { false };
	for (int i = 0; i < STARTS; i++) {
		double end[4];
		memcpy(end, all.x[i], sizeof end);
		const struct fitted now = fit_logs(objective, &t, end, 4, of.customers);
		all.value[i] = now.computed ? now.value : -INFINITY;
		ended[i] = now.maximum;
		some_end = some_end || ended[i];
		if (ended[i])
			memcpy(all.x[i], end, sizeof end);
	}
	sample_free(&room);
	for (int turn = 0; turn < STARTS; turn++) {
		int best = -1;
		for (int i = 0; i < STARTS; i++)
			if (!done[i] && (best < 0 || all.value[i] > all.value[best]))
				best = i;
		done[best] = true;
		bool fresh = ended[best] || (!any && (!some_end || c->n <= VERY_MANY));
		for (int i = 0; i < s->n; i++)
			fresh = fresh && apart(s->x[i], all.x[best]);
		if (fresh)
			memcpy(s->x[s->n++], all.x[best], sizeof all.x[best]);
		any = any || ended[best];
	}
	if (c->n > VERY_MANY && some_end) {
		keep_highest(s, m, c);
		go_on(s->x[0], m, c, shape);
	}
}

void btyd_fit(struct btyd_fit *out, enum btyd_kind kind, int k, const struct btyd_cells *c, const struct btyd_model *start)
{
	struct task t = { { .kind = kind, .k = k }, c };
	struct fitted best = { .computed = false };
	const struct shape s = shape_of(c);
	struct starts first = { .n = 1 };
	*out = (struct btyd_fit){ .model = t.model, .loglik = NAN, .customers = s.customers };
	out->reason = refuse(&s);
	for (int turn = start ? -1 : 0; turn < first.n && !out->reason; turn++) {
		double x[4];
		if (turn == 0)
			starts_of(&first, &t.model, c, &s);
		for (int i = 0; i < 4; i++)
			x[i] = turn < 0 ? log(start->p[i]) : first.x[turn][i];
		const struct fitted now = fit_logs(objective, &t, x, 4, s.customers);
		out->evals += now.evals;
		if (fit_better(&now, &best)) {
			best = now;
			keep(out, &now, x);
		}
		if (best.maximum && turn < 0)
			break;
	}
	if (out->reason || best.maximum)
		return;
	out->reason = best.computed ? why_not(&out->model, &s) : "the likelihood cannot be computed for these data";
}

/* Does one of the places lead higher on a sample than `m` does? */
static bool higher_elsewhere(const struct btyd_model *m, const struct btyd_cells *c, const struct shape *shape)
{
	const int size = m->kind == BTYD_PNBD ? SAMPLE / 2 : SAMPLE;
	struct sample room = sample_new(size);
	const struct btyd_cells some = shape->customers > size ? sample_of(&room, c, shape->customers, size) : *c;
	const struct shape of = shape_of(&some);
	struct task t = { *m, &some };
	double x[4];
	bool higher = false;
	for (int i = 0; i < 4; i++)
		x[i] = log(m->p[i]);
	const struct fitted here = fit_logs(objective, &t, x, 4, of.customers);
	for (int turn = 0; turn < STARTS && !higher; turn++) {
		start_at(x, m->kind, m->k, shape, turn);
		const struct fitted now = fit_logs(objective, &t, x, 4, of.customers);
		higher = fit_better(&now, &here);
	}
	sample_free(&room);
	return higher;
}

void btyd_fit_again(struct btyd_fit *out, enum btyd_kind kind, int k, const struct btyd_cells *c, const struct btyd_model *start)
{
	const struct shape s = shape_of(c);
	struct task t = { { .kind = kind, .k = k }, c };
	double from[4], x[4];
	*out = (struct btyd_fit){ .model = t.model, .loglik = NAN, .customers = s.customers };
	for (int i = 0; i < 4; i++)
		x[i] = from[i] = log(start->p[i]);
	if ((out->reason = refuse(&s)))
		return;
	const struct fitted now = fit_logs(objective, &t, x, 4, s.customers);
	if (now.maximum)
		keep(out, &now, x);
	if (!now.maximum || (few(kind, c) && apart(from, x)) || higher_elsewhere(&out->model, c, &s))
		btyd_fit(out, kind, k, c, NULL);
	out->evals += now.evals;
}

/* ---- profiles ---- */

struct profile {
	struct task t;
	struct newton w;
	double x[4], top, drop;
	int i;
};

/* log-likelihood with parameter i held at exp(u), less the level looked for. */
static double held_at(struct profile *p, double u)
{
	p->x[p->i] = u;
	newton_maximise(&p->w, objective, &p->t, p->x, 4);
	return p->w.status == NUMR_DOMAIN ? NAN : p->w.value - (p->top - p->drop);
}

/* From the maximum outwards in growing steps, then secants with a bisection every third. */
static double limit(struct profile *p, double from, double step)
{
	double near = from, far = from, f_near = p->drop, f_far = p->drop;
	for (int k = 0; k < 40 && f_far > 0; k++, step *= 1.6) {
		near = far;
		f_near = f_far;
		far += step;
		if (fabs(far) > FIT_FAR)
			return step > 0 ? INFINITY : -INFINITY;
		f_far = held_at(p, far);
	}
	if (!(f_far <= 0))
		return step > 0 ? INFINITY : -INFINITY;
	for (int k = 0; k < 100 && fabs(far - near) > 1e-10; k++) {
		double mid = k % 3 == 2 ? (near + far) / 2 : near + (far - near) * f_near / (f_near - f_far);
		if (!((mid - near) * (mid - far) < 0))
			mid = (near + far) / 2;
		const double f = held_at(p, mid);
		if (!(fabs(f) > 1e-9 * (1 + fabs(p->top) * 1e-3)))
			return mid;
		if (f > 0)
			near = mid, f_near = f;
		else
			far = mid, f_far = f;
	}
	return (near + far) / 2;
}

struct interval btyd_profile(const struct btyd_fit *f, const struct btyd_cells *c, int i, double alpha)
{
	const double z = -norm_quantile(alpha / 2), se = sqrt(f->cov[i * 4 + i]), at = log(f->model.p[i]);
	struct interval out;
	if (f->reason)
		return (struct interval){ NAN, NAN };
	for (int side = 0; side < 2; side++) {
		struct profile p = { .t = { f->model, c }, .w = { .scale = f->customers, .far = FIT_FAR, .fixed = 1u << i }, .top = f->loglik, .drop = z * z / 2, .i = i };
		for (int k = 0; k < 4; k++)
			p.x[k] = log(f->model.p[k]);
		const double u = exp(limit(&p, at, (side ? 1 : -1) * se * z));
		if (side)
			out.hi = u;
		else
			out.lo = u;
	}
	return out;
}

double btyd_profile_at(const struct btyd_fit *f, const struct btyd_cells *c, int i, double value)
{
	struct profile p = { .t = { f->model, c }, .w = { .scale = f->customers, .far = FIT_FAR, .fixed = 1u << i }, .top = f->loglik, .i = i };
	for (int k = 0; k < 4; k++)
		p.x[k] = log(f->model.p[k]);
	return f->reason ? NAN : held_at(&p, log(value));
}
