/* The directly-follows graph of all journeys, in one fold.
 *
 * Nodes are step names, edges pairs of neighbouring steps of one customer. Up to 256
 * names an edge is found by one look into a table of 256 x 256, above that by a hash.
 * Counts are integers and gaps are kept whole, so that any number of threads gives the
 * same graph; the order in which threads met the names does not matter, as the reports
 * sort by count and name.
 */
#include "touch_impl.h"

struct ctx {
	const struct graph_options *o;
};

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

/* Stable merge sort of steps by name. */
static void sort_names(struct step *v, struct step *scratch, size_t n, const struct population *p)
{
	if (n < 2)
		return;
	const size_t half = n / 2;
	size_t a = 0, b = half, o = 0;
	sort_names(v, scratch, half, p);
	sort_names(v + half, scratch, n - half, p);
	memcpy(scratch, v, half * sizeof *v);
	while (a < half && b < n) {
		const bool second = v[b].name != scratch[a].name && sv_cmp(step_name(p, v[b].name), step_name(p, scratch[a].name)) < 0;
		v[o++] = second ? v[b++] : scratch[a++];
	}
	while (a < half)
		v[o++] = scratch[a++];
}

/* Steps of one instant by name instead of the order of the files. */
static void sort_ties(struct step_buf *b, const struct population *p)
{
	struct step *scratch = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < b->n;) {
		size_t to = i + 1;
		while (to < b->n && b->v[to].at == b->v[i].at)
			to++;
		if (to - i > 1) {
			GROW(scratch, cap, to - i);
			sort_names(b->v + i, scratch, to - i, p);
		}
		i = to;
	}
	free(scratch);
}

/* Repeats in their three senses, before any are dropped. */
static void count_loops(struct graph *g, const struct step_buf *b)
{
	const int64_t loops = g->facts.loops;
	bool in_run = false;
	for (size_t i = 1; i < b->n; i++) {
		const bool same = b->v[i].name == b->v[i - 1].name;
		g->facts.loops += same;
		g->facts.loop_runs += same && !in_run;
		g->facts.tied += b->v[i].at == b->v[i - 1].at;
		in_run = same;
	}
	g->facts.loop_customers += g->facts.loops > loops;
}

static void drop_loops(struct step_buf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		if (!n || b->v[n - 1].name != b->v[i].name)
			b->v[n++] = b->v[i];
	b->n = n;
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

/* One more occurrence of a node; true when the customer was there before. */
static bool meet(struct graph *g, uint32_t at, uint32_t serial)
{
	struct node *here = &g->node[at];
	const bool again = here->last == serial;
	here->last = serial;
	here->events++;
	here->customers += !again;
	return again;
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct graph *g = acc;
	const struct graph_options *o = ((const struct ctx *)ctx)->o;
	struct step_buf *b = &g->steps;
	if (!j->selected || !j->rows.customer)
		return;
	steps_of(b, j);
	if (!b->n)
		return;
	if (o->ties_by_name)
		sort_ties(b, j->pop);
	count_loops(g, b);
	if (o->drop_loops)
		drop_loops(b);
	const uint32_t serial = ++g->serial;
	const struct step *v = b->v;
	uint32_t from = node_known(g, v[0].name);
	int64_t repeats = 0;
	g->facts.customers++;
	g->facts.events += (int64_t)b->n;
	g->facts.transitions += (int64_t)b->n - 1;
	g->node[from].starts++;
	meet(g, from, serial);
	for (size_t i = 1; i < b->n; i++) {
		const uint32_t at = node_known(g, v[i].name);
		struct edge *e = edge_known(g, from, at);
		repeats += meet(g, at, serial);
		e->n++;
		e->customers += e->last != serial;
		e->last = serial;
		gaps_add(&e->gaps, &g->arenas[0], step_gap_s(&v[i - 1], &v[i]));
		if (i <= (size_t)o->depth)
			count_place(g, (int)i, from, at);
		from = at;
	}
	g->node[from].ends++;
	g->facts.repeats += repeats;
	g->facts.repeat_customers += repeats > 0;
}

static void add_facts(struct touch_facts *a, const struct touch_facts *b)
{
	a->customers += b->customers;
	a->events += b->events;
	a->transitions += b->transitions;
	a->tied += b->tied;
	a->loops += b->loops;
	a->loop_runs += b->loop_runs;
	a->repeats += b->repeats;
	a->loop_customers += b->loop_customers;
	a->repeat_customers += b->repeat_customers;
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
	add_facts(&a->facts, &b->facts);
	a->arenas = xreallocarray(a->arenas, a->narenas + b->narenas, sizeof *a->arenas);
	memcpy(a->arenas + a->narenas, b->arenas, b->narenas * sizeof *b->arenas);
	a->narenas += b->narenas;
	b->narenas = 0;
	free(map);
	graph_release(b);
}

enum wend_err graph_run(struct graph *g, const struct population *p, const struct graph_options *o, uint32_t kinds, struct fold_counts *n, struct err *err)
{
	struct ctx c = { o };
	struct fold f = { .acc_size = sizeof *g, .begin = begin, .customer = add_journey, .merge = merge, .ctx = &c };
	step_fields(&f, kinds);
	return fold_run(p, &f, g, n, err);
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
	step_buf_release(&g->steps);
	*g = (struct graph){ 0 };
}
