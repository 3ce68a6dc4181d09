/* Groups of --by as dense numbers: the values of all fields together, by their text, in the
 * order in which they are met. Threads keep their own; groups_merge says what the numbers
 * of one become. What is counted by them is put into the order of their texts (groups_order)
 * before it is shown, so that the order of numbers never is.
 */
#include "metric_impl.h"

#include "wend/hash.h"

static bool same(const struct group_values *g, const struct sv *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!g->value[i].p != !v[i].p || (v[i].p && !sv_eq(g->value[i], v[i])))
			return false;
	return true;
}

uint32_t groups_add(struct groups *g, const struct sv *v, size_t n)
{
	uint64_t key = 0;
	for (size_t i = 0; i < n; i++)
		key = hash_mix(key + 1 + (v[i].p ? hash64(v[i].p, v[i].n) : 0));
	key >>= 1;
	for (;; key++) { /* the hash finds, the text decides */
		const uint32_t id = ids_get(&g->ids, key);
		if (id < g->n && same(&g->v[id], v, n))
			return id;
		if (id < g->n)
			continue;
		GROW(g->v, g->cap, g->n + 1);
		g->v[g->n] = (struct group_values){ 0 };
		for (size_t i = 0; i < n; i++)
			g->v[g->n].value[i] = v[i].p ? sv_n(arena_strndup(&g->text, v[i].p, v[i].n), v[i].n) : SV_NONE;
		return (uint32_t)g->n++;
	}
}

uint32_t groups_of(struct groups *g, const struct cuts *c, const struct journey *j, int64_t at)
{
	struct sv v[CUTS_MAX] = { { 0 } };
	for (size_t i = 0; i < c->n; i++) {
		bool current;
		v[i] = cut_of(&c->v[i], j, at, &current);
		g->current |= (uint32_t)current << i;
	}
	g->fields = c->n;
	return groups_add(g, v, c->n);
}

uint32_t *groups_merge(struct groups *into, struct groups *from)
{
	uint32_t *map = xreallocarray(NULL, from->n + 1, sizeof *map);
	const size_t fields = into->fields > from->fields ? into->fields : from->fields;
	for (size_t i = 0; i < from->n; i++)
		map[i] = groups_add(into, from->v[i].value, fields);
	into->fields = fields;
	into->current |= from->current;
	groups_release(from);
	return map;
}

/* Not known behind the others. */
static int by_text(const void *a, const void *b, void *groups)
{
	const struct groups *g = groups;
	const struct group_values *x = &g->v[*(const uint32_t *)a], *y = &g->v[*(const uint32_t *)b];
	for (size_t i = 0; i < g->fields; i++) {
		if (!x->value[i].p != !y->value[i].p)
			return x->value[i].p ? -1 : 1;
		const int c = x->value[i].p ? sv_natcmp(x->value[i], y->value[i]) : 0;
		if (c)
			return c;
	}
	return 0;
}

uint32_t *groups_order(const struct groups *g)
{
	uint32_t *order = xreallocarray(NULL, g->n + 1, sizeof *order);
	for (size_t i = 0; i < g->n; i++)
		order[i] = (uint32_t)i;
	if (g->n)
		qsort_r(order, g->n, sizeof *order, by_text, (void *)(uintptr_t)g);
	return order;
}

void groups_release(struct groups *g)
{
	ids_release(&g->ids);
	arena_release(&g->text);
	free(g->v);
	*g = (struct groups){ 0 };
}
