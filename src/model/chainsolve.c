/* A chain made of paths, and its solutions.
 *
 * States are the last k touches (k = the order); the first k touches of a path, or all of a
 * shorter one, are its start state. A state followed by itself is left out: it changes no
 * chance to leave for another state, hence neither chances to convert nor removal effects.
 *
 * With Q the chances between states, r those to end in a conversion and s where paths
 * begin, the chance to convert from each state is h = (I - Q)^-1 r, expected visits are v =
 * s (I - Q)^-1 (Kemeny & Snell 1960, ch. 3). Up to DIRECT states both come from one LU
 * factorisation; I - Q is an M-matrix with dominant diagonal, so that no pivots are sought and
 * no small differences arise. Above, Gauss and Seidel's sweeps, forward for v and backward
 * for h, until what is still to come (the last change times r / (1 - r), r the ratio of
 * the last two) is below 1e-15 of the greatest value. Paths that walk to and fro for ages
 * sweep slowly; up to LARGE states they are then solved directly after all.
 */
#include "chain_impl.h"

#include <math.h>

enum { DIRECT = 64, LARGE = 2500, SWEEPS = 5000 };

/* ---- making it ---- */

static uint32_t state_of(struct chain_graph *g, uint64_t gram, size_t *cap)
{
	const uint32_t id = ids_get(&g->states, gram);
	if (id < g->n)
		return id;
	if (g->n == *cap) {
		double **const sums[] = { &g->start, &g->conv, &g->value, &g->null };
		GROW(g->gram, *cap, g->n + 1);
		for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
			*sums[i] = xreallocarray(*sums[i], *cap, sizeof **sums[i]);
	}
	g->start[g->n] = g->conv[g->n] = g->value[g->n] = g->null[g->n] = 0;
	g->gram[g->n++] = gram;
	return id;
}

static uint32_t move_of(struct chain_graph *g, uint32_t at, uint16_t channel, size_t cap[2])
{
	const uint32_t m = ids_get(&g->moves, (uint64_t)at << 16 | channel);
	if (m < g->ntrans)
		return m;
	if (g->ntrans == cap[1]) {
		GROW(g->move, cap[1], g->ntrans + 1);
		g->weight = xreallocarray(g->weight, cap[1], sizeof *g->weight);
	}
	g->weight[g->ntrans++] = 0;
	g->move[m].from = at;
	g->move[m].to = state_of(g, gram_next(g->gram[at], channel, g->order), cap);
	return m;
}

/* States and moves of all paths in their order, and what they weigh; a later pass over the paths
 * finds them by the same look-ups. */
static void collect(struct chain_graph *g, const struct chain_paths *p)
{
	size_t cap[2] = { 0, 0 };
	for (size_t i = 0; i < p->n; i++) {
		const uint16_t *step = p->step + p->from[i];
		const size_t n = p->from[i + 1] - p->from[i], head = chain_head(n, g->order);
		const double w = p->conv[i] + p->null[i];
		uint32_t at = state_of(g, chain_gram(step, head, g->order), cap);
		g->start[at] += w;
		g->paths += w;
		for (size_t k = head; k < n; k++) {
			const uint32_t m = move_of(g, at, step[k], cap);
			g->weight[m] += w;
			at = g->move[m].to;
		}
		g->conv[at] += p->conv[i];
		g->value[at] += p->value[i];
		g->null[at] += p->null[i];
	}
}

static void weigh(struct chain_graph *g)
{
	g->out = xcalloc(g->n + 1, sizeof *g->out);
	g->again = xcalloc(g->n + 1, sizeof *g->again);
	for (size_t i = 0; i < g->n; i++)
		g->out[i] = g->conv[i] + g->null[i];
	for (size_t m = 0; m < g->ntrans; m++)
		if (g->keep_loops || g->move[m].from != g->move[m].to)
			g->out[g->move[m].from] += g->weight[m];
}

static double chance_of(const struct chain_graph *g, size_t m)
{
	const double out = g->out[g->move[m].from];
	return out > 0 ? g->weight[m] / out : 0;
}

/* Transitions by where they begin and by where they end. */
static void sort_moves(struct chain_graph *g)
{
	g->at = xcalloc(g->n + 2, sizeof *g->at);
	g->back_at = xcalloc(g->n + 2, sizeof *g->back_at);
	g->to = xreallocarray(NULL, g->ntrans + 1, sizeof *g->to);
	g->back = xreallocarray(NULL, g->ntrans + 1, sizeof *g->back);
	g->chance = xreallocarray(NULL, g->ntrans + 1, sizeof *g->chance);
	g->back_chance = xreallocarray(NULL, g->ntrans + 1, sizeof *g->back_chance);
	for (size_t m = 0; m < g->ntrans; m++)
		if (g->move[m].from != g->move[m].to) {
			g->at[g->move[m].from + 2]++;
			g->back_at[g->move[m].to + 2]++;
		} else if (g->keep_loops) {
			g->again[g->move[m].from] = chance_of(g, m);
		}
	for (size_t i = 2; i <= g->n + 1; i++) {
		g->at[i] += g->at[i - 1];
		g->back_at[i] += g->back_at[i - 1];
	}
	for (size_t m = 0; m < g->ntrans; m++) {
		const struct chain_move v = g->move[m];
		if (v.from == v.to)
			continue;
		const uint32_t a = g->at[v.from + 1]++, b = g->back_at[v.to + 1]++;
		g->to[a] = v.to;
		g->chance[a] = chance_of(g, m);
		g->back[b] = v.from;
		g->back_chance[b] = chance_of(g, m);
	}
}

void chain_graph_make(struct chain_graph *g, const struct chain_paths *p, int order, bool keep_loops)
{
	*g = (struct chain_graph){ .order = order, .keep_loops = keep_loops };
	collect(g, p);
	weigh(g);
	sort_moves(g);
}

void chain_graph_release(struct chain_graph *g)
{
	void *const blocks[] = { g->gram, g->start, g->out, g->conv, g->value, g->null, g->move, g->weight, g->at, g->to, g->back_at, g->back, g->chance, g->back_chance, g->again };
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		free(blocks[i]);
	ids_release(&g->states);
	ids_release(&g->moves);
	*g = (struct chain_graph){ 0 };
}

/* ---- directly ---- */

static bool dead_at(const bool *dead, size_t i)
{
	return dead && dead[i];
}

/* LU of I - Q over the living, in place; rows then hold both factors. */
static void factor(double *a, size_t n)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = k + 1; i < n; i++) {
			double *row = a + i * n;
			const double f = row[k] / a[k * n + k];
			row[k] = f;
			if (f == 0)
				continue;
			for (size_t j = k + 1; j < n; j++)
				row[j] -= f * a[k * n + j];
		}
}

/* a x = b, or x a = b when `across`; in place. */
static void back_solve(const double *a, size_t n, double *x, bool across)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			x[i] -= (across ? a[j * n + i] : a[i * n + j]) * x[j];
		if (across)
			x[i] /= a[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t j = i + 1; j < n; j++)
			x[i] -= (across ? a[j * n + i] : a[i * n + j]) * x[j];
		if (!across)
			x[i] /= a[i * n + i];
	}
}

static void directly(struct chain_solution *s, const struct chain_graph *g, const bool *dead)
{
	uint32_t *number = xreallocarray(NULL, g->n + 1, sizeof *number), *living = xreallocarray(NULL, g->n + 1, sizeof *living);
	size_t n = 0;
	for (size_t i = 0; i < g->n; i++)
		if (!dead_at(dead, i)) {
			number[i] = (uint32_t)n;
			living[n++] = (uint32_t)i;
		}
	double *a = xcalloc(n * n + 1, sizeof *a), *x = xreallocarray(NULL, 3 * n + 1, sizeof *x);
	for (size_t k = 0; k < n; k++) {
		const uint32_t i = living[k];
		a[k * n + k] = 1 - g->again[i];
		for (uint32_t m = g->at[i]; m < g->at[i + 1]; m++)
			if (!dead_at(dead, g->to[m]))
				a[k * n + number[g->to[m]]] -= g->chance[m];
		x[k] = g->start[i] / g->paths;
		x[n + k] = g->out[i] > 0 ? g->conv[i] / g->out[i] : 0;
		x[2 * n + k] = g->out[i] > 0 ? g->value[i] / g->out[i] : 0;
	}
	factor(a, n);
	back_solve(a, n, x, true);
	back_solve(a, n, x + n, false);
	back_solve(a, n, x + 2 * n, false);
	for (size_t i = 0; i < g->n; i++)
		s->visits[i] = s->chance[i] = s->value[i] = 0;
	for (size_t k = 0; k < n; k++) {
		s->visits[living[k]] = x[k];
		s->chance[living[k]] = x[n + k];
		s->value[living[k]] = x[2 * n + k];
	}
	free(a);
	free(x);
	free(number);
	free(living);
}

/* ---- by sweeps ---- */

enum { TOGETHER = 2 };       /* chances and values are swept at once */

/* One system being swept. */
struct sweep {
	double *x, *step;          /* the values; what the last sweep changed */
	double most, size;         /* of the last sweep: greatest change, greatest value */
	double before;             /* greatest change of the one before; 0: none to compare with */
	double along, length;      /* step . the step before, the step before squared */
	double ratio, last_ratio;  /* of the length of steps; NaN: not known */
};

static void sweep_begin(struct sweep *s)
{
	s->before = s->most;
	s->most = s->size = s->along = s->length = 0;
}

static inline void sweep_put(struct sweep *s, size_t i, double now)
{
	const double step = now - s->x[i], change = step < 0 ? -step : step, size = now < 0 ? -now : now;
	s->most = change > s->most ? change : s->most;
	s->size = size > s->size ? size : s->size;
	s->along += step * s->step[i];
	s->length += s->step[i] * s->step[i];
	s->step[i] = step;
	s->x[i] = now;
}

/* Is what further sweeps would add below `enough` of the greatest value? Once rounding is all
 * that changes, the changes do not shrink any more. */
static bool settled(const struct sweep *s, double enough)
{
	if (!(s->most > 4e-16 * s->size))
		return true;
	const double ratio = s->before > 0 ? s->most / s->before : 1;
	return ratio < 1 && s->most * ratio / (1 - ratio) <= enough * s->size;
}

/* Once steps shrink by the same ratio sweep after sweep, all that is still to come lies along
 * the last one: ratio / (1 - ratio) of it (Lyusternik 1947). */
static void leap(struct sweep *s, size_t n)
{
	s->last_ratio = s->ratio;
	s->ratio = s->length > 0 && s->before > 0 ? s->along / s->length : NAN;
	if (!(s->ratio > 0.1 && s->ratio < 1 && fabs(s->ratio - s->last_ratio) < 0.03 * (1 - s->ratio)))
		return;
	const double by = s->ratio / (1 - s->ratio);
	for (size_t i = 0; i < n; i++) {
		s->x[i] += by * s->step[i];
		s->step[i] = 0;
	}
	s->most = 0;
	s->ratio = s->last_ratio = NAN;
}

static void sweep_visits(struct sweep *s, const struct chain_graph *g, const bool *dead)
{
	sweep_begin(s);
	for (size_t i = 0; i < g->n; i++) {
		if (dead_at(dead, i))
			continue;
		double sum = g->start[i] / g->paths;
		for (uint32_t m = g->back_at[i]; m < g->back_at[i + 1]; m++)
			sum += s->x[g->back[m]] * g->back_chance[m];
		sweep_put(s, i, sum / (1 - g->again[i]));
	}
}

static void sweep_ends(struct sweep s[TOGETHER], const struct chain_graph *g, const bool *dead)
{
	const double *h = s[0].x, *y = s[1].x;
	sweep_begin(&s[0]);
	sweep_begin(&s[1]);
	for (size_t i = g->n; i-- > 0;) {
		if (dead_at(dead, i) || !(g->out[i] > 0))
			continue;
		const double all = g->out[i], stays = 1 - g->again[i];
		double one = g->conv[i] / all, two = g->value[i] / all;
		for (uint32_t m = g->at[i]; m < g->at[i + 1]; m++) {
			one += g->chance[m] * h[g->to[m]];
			two += g->chance[m] * y[g->to[m]];
		}
		sweep_put(&s[0], i, one / stays);
		sweep_put(&s[1], i, two / stays);
	}
}

int chain_solve(struct chain_solution *s, const struct chain_graph *g, const bool *dead, bool ends_too)
{
	/* without a channel chances and values serve standard errors alone */
	const double enough = dead ? 1e-11 : 1e-15;
	int visits = 0, ends = 0;
	if (g->n <= DIRECT) {
		directly(s, g, dead);
		return 0;
	}
	double *step = xcalloc(3 * g->n, sizeof *step);
	struct sweep v = { .x = s->visits, .step = step, .ratio = NAN, .last_ratio = NAN };
	struct sweep e[TOGETHER] = { { .x = s->chance, .step = step + g->n, .ratio = NAN, .last_ratio = NAN }, { .x = s->value, .step = step + 2 * g->n, .ratio = NAN, .last_ratio = NAN } };
	for (size_t i = 0; i < g->n; i++)
		s->visits[i] = s->chance[i] = s->value[i] = 0;
	for (sweep_visits(&v, g, dead); ++visits < SWEEPS && !settled(&v, 1e-15); sweep_visits(&v, g, dead))
		leap(&v, g->n);
	if (ends_too)
		sweep_ends(e, g, dead);
	for (; ends_too && ++ends < SWEEPS && !(settled(&e[0], enough) && settled(&e[1], enough)); sweep_ends(e, g, dead)) {
		leap(&e[0], g->n);
		leap(&e[1], g->n);
	}
	free(step);
	if (visits < SWEEPS && ends < SWEEPS)
		return visits + ends;
	if (g->n > LARGE)
		return -1;
	directly(s, g, dead);
	return visits + ends;
}
