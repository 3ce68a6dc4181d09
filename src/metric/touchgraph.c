/* The directly-follows graph of all journeys, in one fold.
 *
 * Nodes are step names, edges pairs of neighbouring steps of one customer. Up to 256
 * names an edge is found by one look into a table of 256 x 256, above that by a hash.
 * Counts are integers and gaps are kept whole, so that any number of threads gives the
 * same graph; the order in which threads met the names does not matter, as the reports
 * sort by count and name.
 */
#include "touch_impl.h"

static void begin(void *acc, void *ctx)
{
	struct graph *g = acc;
	(void)ctx;
	g->arenas = xcalloc(1, sizeof *g->arenas);
	g->narenas = 1;
	g->direct = xcalloc(DIRECT_CODES, sizeof *g->direct);
	g->dense = xcalloc((size_t)DENSE_STEPS * DENSE_STEPS, sizeof *g->dense);
}

static uint32_t node_of(struct graph *g, uint32_t code)
{
	const uint32_t id = ids_get(&g->nodes, code);
	if (id == g->nnode) {
		GROW(g->node, g->node_cap, g->nnode + 1);
		g->node[g->nnode++] = (struct node){ .code = code };
	}
	if (code < DIRECT_CODES)
		g->direct[code] = id + 1;
	return id;
}

static uint32_t new_edge(struct graph *g, uint32_t from, uint32_t to)
{
	GROW(g->edge, g->edge_cap, g->nedge + 1);
	g->edge[g->nedge] = (struct edge){ .from = from, .to = to };
	return (uint32_t)g->nedge++;
}

static struct edge *edge_of(struct graph *g, uint32_t from, uint32_t to)
{
	if (from < DENSE_STEPS && to < DENSE_STEPS) {
		uint32_t *slot = &g->dense[from * DENSE_STEPS + to];
		if (!*slot)
			*slot = new_edge(g, from, to) + 1;
		return &g->edge[*slot - 1];
	}
	const size_t before = g->edges.n;
	const uint32_t k = ids_get(&g->edges, (uint64_t)from << 32 | to);
	/* dense edges take numbers of g->edge too, so the hash keeps its own list of them */
	if (g->edges.n > before) {
		GROW(g->wide, g->wide_cap, g->edges.n);
		g->wide[k] = new_edge(g, from, to);
	}
	return &g->edge[g->wide[k]];
}

static void count_place(struct graph *g, int position, uint32_t from, uint32_t to)
{
	const uint64_t key = (uint64_t)position << 56 | (uint64_t)(from & 0xfffffff) << 28 | (to & 0xfffffff);
	const uint32_t k = ids_get(&g->places, key);
	if (k == g->nplace) {
		GROW(g->place, g->place_cap, g->nplace + 1);
		g->place[g->nplace++] = (struct place){ .from = from, .to = to, .position = position };
	}
	g->place[k].n++;
}

static uint32_t node_known(struct graph *g, uint32_t code)
{
	if (code < DIRECT_CODES && g->direct[code])
		return g->direct[code] - 1;
	return node_of(g, code);
}

static struct edge *edge_known(struct graph *g, uint32_t from, uint32_t to)
{
	if ((from | to) < DENSE_STEPS && g->dense[from * DENSE_STEPS + to])
		return &g->edge[g->dense[from * DENSE_STEPS + to] - 1];
	return edge_of(g, from, to);
}

/* One more occurrence of a node. */
static void meet(struct graph *g, uint32_t at, uint32_t serial)
{
	struct node *here = &g->node[at];
	here->customers += here->last != serial;
	here->last = serial;
	here->events++;
}

static void add_episode(struct graph *g, const struct step *v, size_t n, int depth)
{
	const uint32_t serial = g->serial;
	uint32_t from = node_known(g, v[0].name);
	g->journeys++;
	g->transitions += (int64_t)n - 1;
	g->node[from].starts++;
	meet(g, from, serial);
	for (size_t i = 1; i < n; i++) {
		const uint32_t at = node_known(g, v[i].name);
		struct edge *e = edge_known(g, from, at);
		meet(g, at, serial);
		e->n++;
		e->customers += e->last != serial;
		e->last = serial;
		gaps_add(&e->gaps, &g->arenas[0], step_gap_s(&v[i - 1], &v[i]));
		if (i <= (size_t)depth)
			count_place(g, (int)i, from, at);
		from = at;
	}
	g->node[from].ends++;
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct graph *g = acc;
	const int depth = ((const struct graph_options *)ctx)->depth;
	struct episode e = { 0 };
	g->serial++;
	while (episode_next(&e, w)) {
		g->open += e.open;
		add_episode(g, w->v + e.from, e.to - e.from, depth);
	}
}

static void merge(void *into, void *from, void *ctx)
{
	struct graph *a = into, *b = from;
	uint32_t *map = xreallocarray(NULL, b->nnode + 1, sizeof *map);
	(void)ctx;
	for (size_t i = 0; i < b->nnode; i++) {
		map[i] = node_of(a, b->node[i].code);
		struct node *n = &a->node[map[i]];
		n->events += b->node[i].events;
		n->customers += b->node[i].customers;
		n->starts += b->node[i].starts;
		n->ends += b->node[i].ends;
	}
	for (size_t i = 0; i < b->nedge; i++) {
		struct edge *e = edge_of(a, map[b->edge[i].from], map[b->edge[i].to]);
		e->n += b->edge[i].n;
		e->customers += b->edge[i].customers;
		gaps_append(&e->gaps, &b->edge[i].gaps);
	}
	for (size_t i = 0; i < b->nplace; i++) {
		const struct place *p = &b->place[i];
		count_place(a, p->position, map[p->from], map[p->to]);
		const uint64_t key = (uint64_t)p->position << 56 | (uint64_t)(map[p->from] & 0xfffffff) << 28 | (map[p->to] & 0xfffffff);
		a->place[ids_get(&a->places, key)].n += p->n - 1;
	}
	a->journeys += b->journeys;
	a->transitions += b->transitions;
	a->open += b->open;
	a->arenas = xreallocarray(a->arenas, a->narenas + b->narenas, sizeof *a->arenas);
	memcpy(a->arenas + a->narenas, b->arenas, b->narenas * sizeof *b->arenas);
	a->narenas += b->narenas;
	b->narenas = 0;
	free(map);
	graph_release(b);
}

struct walk_part graph_part(struct graph *g, struct graph_options *o)
{
	return (struct walk_part){ .acc_size = sizeof *g, .acc = g, .begin = begin, .customer = add_walk, .merge = merge, .ctx = o };
}

void graph_release(struct graph *g)
{
	for (size_t i = 0; i < g->narenas; i++)
		arena_release(&g->arenas[i]);
	free(g->arenas);
	free(g->node);
	free(g->edge);
	free(g->place);
	free(g->wide);
	free(g->direct);
	free(g->dense);
	ids_release(&g->nodes);
	ids_release(&g->edges);
	ids_release(&g->places);
	*g = (struct graph){ 0 };
}
