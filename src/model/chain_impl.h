/* room: model (internal)
 * States and transitions of a chain, and their solutions.
 */
#ifndef WEND_CHAIN_IMPL_H
#define WEND_CHAIN_IMPL_H

#include "wend/chain.h"
#include "wend/ids.h"
#include "wend/mem.h"

#define CHAIN_ALPHA 0.05
#define CHAIN_Z 1.959963984540054

/* A state is the last `order` touches, fewer while the path is shorter: 16 bits each, the
 * youngest lowest, channel + 1 (0 = no touch). */
static inline uint64_t gram_next(uint64_t gram, uint16_t channel, int order)
{
	const uint64_t keep = order == CHAIN_ORDER_MAX ? UINT64_MAX : (1ull << (16 * order)) - 1;
	return (gram << 16 | (uint64_t)(channel + 1u)) & keep;
}
static inline bool gram_holds(uint64_t gram, uint16_t channel)
{
	for (; gram; gram >>= 16)
		if ((gram & 0xffff) == channel + 1u)
			return true;
	return false;
}

/* A path is a start state, moves, and an end. Its first `order` touches are one state, or all
 * of a shorter one. */
struct chain_move {
	uint32_t from, to;
};
struct chain_graph {
	int order;
	size_t n, ntrans;          /* states, transitions between them */
	uint64_t *gram;            /* by state */
	double *start, *out;       /* weight of paths that begin in it; of departures, ends among them */
	double *conv, *value, *null; /* of paths that end in it */
	struct chain_move *move;   /* by transition */
	double *weight;
	struct ids states;         /* gram */
	struct ids moves;          /* state << 16 | channel -> transition */
	double paths;              /* weight of all */
	bool keep_loops;
	/* rows: transitions of state i are at[i] .. at[i + 1] - 1 of `to`, `chance`; columns the
	 * same the other way round. A state's chance to follow itself is apart, in `again`. */
	uint32_t *at, *to, *back_at, *back;
	double *chance, *back_chance, *again;
};
void chain_graph_make(struct chain_graph *g, const struct chain_paths *p, int order, bool keep_loops);
void chain_graph_release(struct chain_graph *g);
/* The number of touches that make the start state of a path of n. */
static inline size_t chain_head(size_t n, int order)
{
	return n < (size_t)order ? n : (size_t)order;
}
static inline uint64_t chain_gram(const uint16_t *step, size_t n, int order)
{
	uint64_t g = 0;
	for (size_t i = 0; i < n; i++)
		g = gram_next(g, step[i], order);
	return g;
}

/* Of a chain in which the states marked in `dead` lead nowhere (NULL: none): expected visits,
 * chance to convert and expected value by state. Returns the sweeps it took, 0 where a direct
 * solution was taken, -1 when 1e-12 was not reached. `ends`: chance and value, too. */
struct chain_solution {
	double *visits, *chance, *value;
};
int chain_solve(struct chain_solution *s, const struct chain_graph *g, const bool *dead, bool ends);

#endif
