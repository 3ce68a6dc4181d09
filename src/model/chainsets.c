/* Shapley values of channels when v(S) = P(conversion) in the chain of order 1 in which only
 * the channels of S are left, the others leading nowhere; all 2^n sets, exactly.
 *
 * A channel that is left is eliminated from the chain: chances from i to j become
 * p_ij + p_ic p_cj / (1 - p_cc), with 1 - p_cc taken as the sum of all else that can happen, so
 * that nothing is subtracted (Grassmann, Taksar & Heyman 1985). One that is not left hands
 * its chances to nowhere. Channel after channel both ways make a tree whose leaves are the
 * sets, with P where the start leads. A node with m channels still to decide costs m^2: all
 * of them 12 x 2^n, not 2^n n^3.
 *
 * A leaf of s channels counts (s-1)! (n-s)! / n! for each of them and -s! (n-s-1)! / n! for each
 * other one. The first channels decide which part of the tree a thread takes.
 */
#include "chain_impl.h"
#include "wend/par.h"

#include <math.h>

enum { TASK_BITS = 6, TASKS = 1 << TASK_BITS };

struct sets {
	int n, bits;               /* channels; decided by the number of the task */
	double *p;                 /* n + 1 rows (channels, start) of n + 2 (channels, conversion, nowhere) */
	double in[CHAIN_SETS_MAX + 1], out[CHAIN_SETS_MAX + 1]; /* weight of a leaf by its size */
	double value[TASKS][CHAIN_SETS_MAX];
	int threads;
};

/* One matrix a depth: `n - depth` channels, then the start. */
static void keep_channel(double *to, const double *from, int m)
{
	const int wide = m + 2, narrow = m + 1;
	double leaves = 0;
	for (int j = 1; j < wide; j++)
		leaves += from[j];
	for (int i = 1; i <= m; i++) {
		const double by = leaves > 0 ? from[i * wide] / leaves : 0;
		for (int j = 1; j < wide; j++)
			to[(i - 1) * narrow + j - 1] = from[i * wide + j] + by * from[j];
	}
}

static void drop_channel(double *to, const double *from, int m)
{
	const int wide = m + 2, narrow = m + 1;
	for (int i = 1; i <= m; i++) {
		for (int j = 1; j < wide; j++)
			to[(i - 1) * narrow + j - 1] = from[i * wide + j];
		to[(i - 1) * narrow + narrow - 1] += from[i * wide];
	}
}

static void descend(struct sets *s, double *value, double *at, int depth, uint32_t left, uint32_t task)
{
	const int m = s->n - depth;
	if (!m) {
		const int size = __builtin_popcount(left);
		for (int c = 0; c < s->n; c++)
			value[c] += at[0] * (left >> c & 1 ? s->in[size] : -s->out[size]);
		return;
	}
	double *next = at + (m + 1) * (m + 2);
	const bool decided = depth < s->bits;
	if (!decided || task >> depth & 1) {
		keep_channel(next, at, m);
		descend(s, value, next, depth + 1, left | 1u << depth, task);
	}
	if (!decided || !(task >> depth & 1)) {
		drop_channel(next, at, m);
		descend(s, value, next, depth + 1, left, task);
	}
}

static void some_tasks(void *ctx, int t)
{
	struct sets *s = ctx;
	size_t room = 0;
	for (int m = 0; m <= s->n; m++)
		room += (size_t)((m + 1) * (m + 2));
	double *at = xreallocarray(NULL, room, sizeof *at);
	for (uint32_t task = (uint32_t)t; task < 1u << s->bits; task += (uint32_t)s->threads) {
		memcpy(at, s->p, (size_t)((s->n + 1) * (s->n + 2)) * sizeof *at);
		descend(s, s->value[task], at, 0, 0, task);
	}
	free(at);
}

static void weights(struct sets *s)
{
	const double all = lgamma((double)s->n + 1);
	for (int k = 0; k <= s->n; k++) {
		s->in[k] = k ? exp(lgamma((double)k) + lgamma((double)(s->n - k) + 1) - all) : 0;
		s->out[k] = k < s->n ? exp(lgamma((double)k + 1) + lgamma((double)(s->n - k)) - all) : 0;
	}
}

static void chances(struct sets *s, const struct chain_graph *g)
{
	const size_t wide = (size_t)s->n + 2, n = (size_t)s->n;
	s->p = xcalloc((n + 1) * wide, sizeof *s->p);
	for (size_t i = 0; i < g->n; i++) {
		const size_t c = (size_t)(g->gram[i] & 0xffff) - 1;
		s->p[n * wide + c] = g->start[i] / g->paths;
		if (!(g->out[i] > 0))
			continue;
		s->p[c * wide + n] = g->conv[i] / g->out[i];
		s->p[c * wide + n + 1] = g->null[i] / g->out[i];
		for (uint32_t m = g->at[i]; m < g->at[i + 1]; m++)
			s->p[c * wide + (size_t)(g->gram[g->to[m]] & 0xffff) - 1] = g->chance[m];
	}
}

bool chain_shapley(double *out, const struct chain_paths *p, int threads)
{
	struct chain_graph g;
	if (p->channels > CHAIN_SETS_MAX)
		return false;
	struct sets *s = xcalloc(1, sizeof *s);
	s->n = (int)p->channels;
	s->bits = s->n < TASK_BITS ? s->n : TASK_BITS;
	s->threads = threads < 1 ? 1 : threads > TASKS ? TASKS : threads;
	chain_graph_make(&g, p, 1, false);
	weights(s);
	chances(s, &g);
	if (s->n)
		par_each(s->threads, some_tasks, s);
	for (int c = 0; c < s->n; c++) {
		out[c] = 0;
		for (int task = 0; task < 1 << s->bits; task++)
			out[c] += s->value[task][c];
	}
	chain_graph_release(&g);
	free(s->p);
	free(s);
	return true;
}
