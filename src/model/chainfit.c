/* Removal effects of channels in an absorbing chain, with their standard errors.
 *
 * Removing channel c makes every state that holds it lead nowhere. With h the chances to
 * convert in the whole chain, v' the expected visits without c and p the transition chances,
 *     RE(c) = sum over i alive, j dead of v'_i p_ij h_j / P,
 * paths that begin dead among them: what is lost is counted where it is lost, so that small
 * effects are no difference of large numbers. Value the same with y, the expected value from
 * each state, in place of h. RE does not change with the order in which paths come, nor
 * with self-loops.
 *
 * Standard errors: the chain's chances are ratios of counts of paths, so that each path of
 * weight w moves P' (the chance without c) by
 *     IF' = h'_first - P' + sum over its moves i > j of v'_i / (t_i / N) (h'_j - h'_i),
 * t_i departures of i, N paths, h' = 1 at a conversion, 0 at a null or a dead state; in the whole
 * chain the sum telescopes to 1{converted} - P. Then IF_RE = (P'/P IF - IF') / P, that of a
 * share RE / sum RE follows, and var = sum w IF^2 / N^2 (von Mises; Hampel 1974). In value a
 * conversion counts by its own value; what those of one path differ in adds the square of
 * its coefficient. Limits are taken on the logit. An effect of exactly 0 or 1 has those of
 * none (all) of the conversions (Clopper & Pearson 1934).
 *
 * States are looked up once a path and WIDE channels; what threads do is cut by channels and by
 * CHUNKS of paths, never by their number, and added in that order.
 */
#include "chain_impl.h"
#include "wend/par.h"

#include <math.h>

enum { WIDE = 16, CHUNKS = 64, ROOM = 64 << 20 };

/* Of a state, WIDE channels side by side. */
struct wide {
	double rate[WIDE];         /* v' / (t / N) */
	double chance[WIDE], value[WIDE];
};
struct work {
	struct chain_graph g;
	const struct chain_paths *p;
	struct chain_fit *out;
	struct chain_solution full;
	size_t first, last;        /* channels at hand */
	struct wide *wide;         /* by block of channels and state */
	bool limits, shares;
	int threads;
	int *sweeps;               /* by channel */
	double *left, *left_value; /* P' / P and V' / V, of the channels at hand */
	double *part, *part_value; /* effects / their sum */
	double sum, sum_value;     /* of effects */
	double *square;            /* CHUNKS x 4 x channels */
};

static struct chain_solution solution_new(size_t n)
{
	struct chain_solution s = { xcalloc(3 * n + 1, sizeof *s.visits), NULL, NULL };
	s.chance = s.visits + n;
	s.value = s.visits + 2 * n;
	return s;
}

/* ---- without one channel ---- */

/* What is lost where living states lead to dead ones. */
static void lost(double out[2], const struct work *w, const struct chain_solution *s, const bool *dead)
{
	const struct chain_graph *g = &w->g;
	out[0] = out[1] = 0;
	for (size_t i = 0; i < g->n; i++) {
		if (dead[i]) {
			const double begins = g->start[i] / g->paths;
			out[0] += begins * w->full.chance[i];
			out[1] += begins * w->full.value[i];
			continue;
		}
		double one = 0, two = 0;
		for (uint32_t m = g->at[i]; m < g->at[i + 1]; m++)
			if (dead[g->to[m]]) {
				one += g->chance[m] * w->full.chance[g->to[m]];
				two += g->chance[m] * w->full.value[g->to[m]];
			}
		out[0] += s->visits[i] * one;
		out[1] += s->visits[i] * two;
	}
}

static void without(struct work *w, size_t c, struct chain_solution *s, bool *dead)
{
	const struct chain_graph *g = &w->g;
	struct chain_removal *v = &w->out->v[c];
	double less[2];
	for (size_t i = 0; i < g->n; i++)
		dead[i] = gram_holds(g->gram[i], (uint16_t)c);
	w->sweeps[c] = chain_solve(s, g, dead, w->limits);
	if (w->sweeps[c] < 0)
		return;
	lost(less, w, s, dead);
	v->conv.effect = w->out->p > 0 ? fmin(less[0] / w->out->p, 1) : NAN;
	v->value.effect = w->out->mean != 0 ? less[1] / w->out->mean : NAN;
	w->left[c - w->first] = 1 - v->conv.effect;
	w->left_value[c - w->first] = 1 - v->value.effect;
	if (!w->limits)
		return;
	struct wide *to = w->wide + (c - w->first) / WIDE * g->n;
	const size_t k = (c - w->first) % WIDE;
	for (size_t i = 0; i < g->n; i++) {
		to[i].rate[k] = g->out[i] > 0 ? s->visits[i] * g->paths / g->out[i] : 0;
		to[i].chance[k] = s->chance[i];
		to[i].value[k] = s->value[i];
	}
}

static void some_channels(void *ctx, int t)
{
	struct work *w = ctx;
	struct chain_solution s = solution_new(w->g.n);
	bool *dead = xcalloc(w->g.n + 1, sizeof *dead);
	for (size_t c = w->first + (size_t)t; c < w->last; c += (size_t)w->threads)
		without(w, c, &s, dead);
	free(s.visits);
	free(dead);
}

/* ---- influence of each path ---- */

/* Of all channels at hand, P times the influence on RE (V times in value): of a path that
 * converts, of one that does not, and of each unit of a conversion's own value. With
 * IF_P = 1{converted} - P most of the terms above cancel:
 *     P IF_RE = P'/P - IF'' of a conversion, -IF'' of a null,  IF'' = IF' + P'. */
struct influence {
	double *conv, *null, *value, *none, *own;
	uint32_t *state;           /* states of the path */
	size_t cap;
};

static void block_influence(struct influence *f, const struct work *w, size_t block, size_t n, bool converts, double mean)
{
	const struct wide *v = w->wide + block * w->g.n, *first = &v[f->state[0]], *end = &v[f->state[n - 1]];
	double a[WIDE], b[WIDE];
	for (int k = 0; k < WIDE; k++) {
		a[k] = first->chance[k];
		b[k] = first->value[k];
	}
	for (size_t i = 0; i + 1 < n; i++) {
		const struct wide *x = &v[f->state[i]], *y = &v[f->state[i + 1]];
		for (int k = 0; k < WIDE; k++) {
			a[k] += x->rate[k] * (y->chance[k] - x->chance[k]);
			b[k] += x->rate[k] * (y->value[k] - x->value[k]);
		}
	}
	const size_t at = block * WIDE;
	double *null = f->null + at, *none = f->none + at;
	for (size_t k = 0; k < WIDE; k++) {
		null[k] = end->rate[k] * end->chance[k] - a[k];
		none[k] = end->rate[k] * end->value[k] - b[k];
	}
	if (!converts)
		return;
	double *conv = f->conv + at, *value = f->value + at, *own = f->own + at;
	const double *left = w->left + at, *left_value = w->left_value + at;
	for (size_t k = 0; k < WIDE; k++) {
		own[k] = left_value[k] - end->rate[k];
		conv[k] = null[k] + left[k] - end->rate[k];
		value[k] = none[k] + own[k] * mean;
	}
}

static double plus(const double *v, size_t n)
{
	double sum = 0;
	for (size_t k = 0; k < n; k++)
		sum += v[k];
	return sum;
}

/* Adds weight x square of an influence, and of that on the share: x - share x sum of all. */
static void add_square(double *effect, double *share, const double *x, const double *part, size_t n, double weight)
{
	const double all = part ? plus(x, n) : 0;
	for (size_t k = 0; k < n; k++)
		effect[k] += weight * x[k] * x[k];
	for (size_t k = 0; k < n && part; k++) {
		const double d = x[k] - part[k] * all;
		share[k] += weight * d * d;
	}
}

static size_t states_of(struct influence *f, const struct work *w, size_t i)
{
	struct chain_graph *g = (struct chain_graph *)&w->g; /* every state and move is known: nothing is added */
	const uint16_t *step = w->p->step + w->p->from[i];
	const size_t n = w->p->from[i + 1] - w->p->from[i], head = chain_head(n, g->order);
	size_t k = 0;
	GROW(f->state, f->cap, n - head + 1);
	f->state[k] = ids_get(&g->states, chain_gram(step, head, g->order));
	for (size_t t = head; t < n; t++, k++)
		f->state[k + 1] = g->move[ids_get(&g->moves, (uint64_t)f->state[k] << 16 | step[t])].to;
	return k + 1;
}

static void one_path(struct influence *f, const struct work *w, double *square, size_t i)
{
	const size_t n = w->last - w->first, blocks = (n + WIDE - 1) / WIDE, all = w->out->channels;
	const double conv = w->p->conv[i], null = w->p->null[i], mean = conv > 0 ? w->p->value[i] / conv : 0;
	const double *part = w->shares ? w->part : NULL, *part_value = w->shares ? w->part_value : NULL;
	double *re = square + w->first, *share = re + all, *value = share + all, *value_share = value + all;
	if (!(conv + null > 0))
		return;
	const size_t len = states_of(f, w, i);
	for (size_t b = 0; b < blocks; b++)
		block_influence(f, w, b, len, conv > 0, mean);
	if (null > 0) {
		add_square(re, share, f->null, part, n, null);
		add_square(value, value_share, f->none, part_value, n, null);
	}
	if (conv > 0) {
		add_square(re, share, f->conv, part, n, conv);
		add_square(value, value_share, f->value, part_value, n, conv);
		if (w->p->spread[i] > 0)
			add_square(value, value_share, f->own, part_value, n, w->p->spread[i]);
	}
}

static void some_paths(void *ctx, int t)
{
	struct work *w = ctx;
	const size_t n = w->last - w->first, room = (n + WIDE - 1) / WIDE * WIDE, paths = w->p->n;
	double *v = xcalloc(5 * room + 1, sizeof *v);
	struct influence f = { v, v + room, v + 2 * room, v + 3 * room, v + 4 * room, NULL, 0 };
	for (size_t chunk = (size_t)t; chunk < CHUNKS; chunk += (size_t)w->threads)
		for (size_t i = paths * chunk / CHUNKS; i < paths * (chunk + 1) / CHUNKS; i++)
			one_path(&f, w, w->square + chunk * 4 * w->out->channels, i);
	free(f.state);
	free(v);
}

/* ---- all channels ---- */

static struct interval limits(double x, double se, double conversions)
{
	if (isnan(x) || isnan(se))
		return (struct interval){ NAN, NAN };
	if (x == 0 || x == 1) {
		const double off = clopper_pearson(0, fmax(conversions, 1), CHAIN_ALPHA).hi;
		return x == 0 ? (struct interval){ 0, off } : (struct interval){ 1 - off, 1 };
	}
	if (x < 0 || x > 1)
		return (struct interval){ x - CHAIN_Z * se, x + CHAIN_Z * se };
	const double at = log(x / (1 - x)), half = CHAIN_Z * se / (x * (1 - x));
	return (struct interval){ 1 / (1 + exp(half - at)), 1 / (1 + exp(-half - at)) };
}

static double error_of(const struct work *w, int what, size_t c)
{
	double sum = 0;
	for (size_t chunk = 0; chunk < CHUNKS; chunk++)
		sum += w->square[(chunk * 4 + (size_t)what) * w->out->channels + c];
	return sqrt(sum) / w->g.paths / fabs(what < 2 ? w->out->p : w->out->mean);
}

static void finish(struct work *w)
{
	const struct chain_paths *p = w->p;
	for (size_t c = 0; c < w->out->channels; c++) {
		struct chain_effect *e[2] = { &w->out->v[c].conv, &w->out->v[c].value };
		const double sum[2] = { w->sum, w->sum_value };
		for (int k = 0; k < 2; k++) {
			if (isnan(e[k]->effect))
				continue;
			e[k]->share = sum[k] > 0 ? e[k]->effect / sum[k] : NAN;
			if (w->limits) {
				e[k]->se = error_of(w, 2 * k, c);
				e[k]->share_se = w->shares ? error_of(w, 2 * k + 1, c) / fabs(sum[k]) : NAN;
			}
			e[k]->ci = limits(e[k]->effect, e[k]->se, p->conversions);
			e[k]->share_ci = limits(e[k]->share, e[k]->share_se, p->conversions);
		}
	}
}

static void sum_effects(struct work *w)
{
	w->sum = w->sum_value = 0;
	for (size_t c = 0; c < w->out->channels; c++) {
		w->sum += w->out->v[c].conv.effect;
		w->sum_value += w->out->v[c].value.effect;
	}
	for (size_t c = 0; c < w->out->channels; c++) {
		w->part[c] = w->out->v[c].conv.effect / w->sum;
		w->part_value[c] = w->out->v[c].value.effect / w->sum_value;
	}
}

static void run(struct work *w)
{
	const size_t all = w->out->channels, block = w->g.n * sizeof *w->wide;
	size_t at_once = w->limits ? ROOM / (block ? block : 1) * WIDE : all;
	at_once = at_once < WIDE ? WIDE : at_once;
	w->shares = at_once >= all;
	if (w->limits)
		w->wide = xcalloc((at_once < all ? at_once : all) / WIDE + 1, block + 1);
	for (w->first = 0; w->first < all; w->first = w->last) {
		w->last = all - w->first < at_once ? all : w->first + at_once;
		par_each(w->threads, some_channels, w);
		if (w->shares)
			sum_effects(w);
		if (w->limits && w->out->p > 0)
			par_each(w->threads, some_paths, w);
	}
	if (!w->shares)
		sum_effects(w);
	free(w->wide);
	finish(w);
}

void chain_fit(struct chain_fit *out, const struct chain_paths *p, const struct chain_options *o)
{
	struct work w = { .p = p, .out = out, .limits = o->limits, .threads = o->threads < 1 ? 1 : o->threads > CHUNKS ? CHUNKS : o->threads };
	*out = (struct chain_fit){ .order = o->order, .channels = p->channels, .converged = true, .v = xcalloc(p->channels + 1, sizeof *out->v) };
	static const struct chain_effect unknown = { NAN, NAN, NAN, NAN, { NAN, NAN }, { NAN, NAN } };
	for (size_t c = 0; c < p->channels; c++)
		out->v[c] = (struct chain_removal){ unknown, unknown };
	chain_graph_make(&w.g, p, o->order, o->keep_self_loops);
	w.full = solution_new(w.g.n);
	out->states = w.g.n + 3;
	for (size_t i = 0; i < w.g.n; i++)
		out->transitions += (size_t)(w.g.start[i] > 0) + (size_t)(w.g.conv[i] > 0) + (size_t)(w.g.null[i] > 0);
	for (size_t m = 0; m < w.g.ntrans; m++)
		out->transitions += w.g.weight[m] > 0 && (o->keep_self_loops || w.g.move[m].from != w.g.move[m].to);
	if (w.g.paths > 0 && (out->sweeps = chain_solve(&w.full, &w.g, NULL, true)) >= 0) {
		for (size_t i = 0; i < w.g.n; i++) {
			out->p += w.g.start[i] / w.g.paths * w.full.chance[i];
			out->mean += w.g.start[i] / w.g.paths * w.full.value[i];
		}
		w.sweeps = xcalloc(p->channels + 1, sizeof *w.sweeps);
		const size_t room = p->channels + WIDE; /* blocks are filled up */
		w.left = xcalloc(4 * room, sizeof *w.left);
		w.left_value = w.left + room;
		w.part = w.left + 2 * room;
		w.part_value = w.left + 3 * room;
		w.square = xcalloc(CHUNKS * 4 * p->channels + 1, sizeof *w.square);
		run(&w);
		for (size_t c = 0; c < p->channels; c++) {
			out->converged = out->converged && w.sweeps[c] >= 0;
			out->sweeps += w.sweeps[c] > 0 ? w.sweeps[c] : 0;
		}
		free(w.sweeps);
		free(w.left);
		free(w.square);
	}
	out->converged = out->converged && out->sweeps >= 0;
	free(w.full.visits);
	chain_graph_release(&w.g);
}

void chain_fit_release(struct chain_fit *f)
{
	free(f->v);
	*f = (struct chain_fit){ 0 };
}
