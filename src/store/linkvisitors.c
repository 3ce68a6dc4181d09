/* Whose is a visitor, and when: the third step of links.c. A visitor is known by the records it
 * stood on together with a customer's keys; the moments of the first of these with each
 * customer are its meetings.
 */
#include "links.h"

/* The first record of a visitor with a customer. */
struct meeting {
	uint32_t visitor, owner;
	int64_t at;
};

static int meeting_cmp(const void *pa, const void *pb)
{
	const struct meeting *a = pa, *b = pb;

	if (a->visitor != b->visitor)
		return a->visitor < b->visitor ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->owner > b->owner) - (a->owner < b->owner);
}

static size_t owners_among(const struct meeting *m, size_t n)
{
	uint32_t who[CROWD + 1];
	size_t k = 0;

	for (size_t i = 0; i < n && k <= CROWD; i++) {
		size_t j = 0;

		while (j < k && who[j] != m[i].owner)
			j++;
		if (j == k)
			who[k++] = m[i].owner;
	}
	return k;
}

static bool is_nameless(const struct graph *g, uint32_t owner)
{
	return g->erased && !key_value(g->p, key_chosen(g->p, owner)).n;
}

/* The place of somebody erased comes first, so that the moment is of one who stays; else the
 * customer printed first. */
static bool meets_first(const struct graph *g, uint32_t a, uint32_t b)
{
	const bool x = is_nameless(g, a), y = is_nameless(g, b);

	return x || y ? x : key_order(g->p, key_chosen(g->p, a), key_chosen(g->p, b)) <= 0;
}

/* Several customers met at the same moment: they have an order, the last has it. */
static void order_ties(struct graph *g, struct meeting *m, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && m[k].at == m[k - 1].at && m[k].owner != m[k - 1].owner; k--) {
			struct meeting t = m[k];

			if (meets_first(g, m[k - 1].owner, t.owner))
				break;
			m[k] = m[k - 1];
			m[k - 1] = t;
		}
}

/* Meetings of one visitor (or of several that are one device) in order of time: who has
 * it when, if there are several. */
static void settle_visitor(struct graph *g, struct meeting *m, size_t n, struct edges *split)
{
	size_t owners = owners_among(m, n);

	if (owners == 1)
		return;
	if (owners > CROWD) {
		graph_note(&g->p->notes.crowded, g->p->notes.first[0], m[0].visitor);
		return;
	}
	order_ties(g, m, n);
	/* Of somebody erased nothing is known but when: then it is the visitor of nobody. */
	for (size_t i = 0; i < n; i++)
		if (is_nameless(g, m[i].owner))
			m[i].owner = m[i].visitor;
	for (size_t i = 0; i < n; i++)
		if (!i || m[i].owner != m[i - 1].owner)
			edge_add(split, m[i].visitor, m[i].owner, m[i].at);
}

/* Owners are final for all but visitors: what printing a key needs is there. */
static void publish(struct graph *g)
{
	struct people *p = g->p;

	free(p->member);
	p->member = NULL;
	p->owner = g->root;
	for (uint32_t i = 1; i <= p->n; i++)
		g->root[i] = g->root[g->root[i]];
	members_make(p);
	p->owner = NULL;
}

void visitors_settle(struct graph *g, struct edges *split)
{
	struct edges *e = &g->visitor;
	struct meeting *m = xreallocarray(NULL, e->n + 1, sizeof *m);

	publish(g);
	g->p->owner = g->root;
	for (size_t i = 0; i < e->n; i++)
		m[i] = (struct meeting){ graph_find(g->root, e->v[i].a), graph_find(g->root, e->v[i].b), e->v[i].at };
	if (e->n > 1)
		qsort(m, e->n, sizeof *m, meeting_cmp);
	/* The shared ones first: choosing between owners needs them as they are. */
	for (size_t i = 0, k; i < e->n; i = k) {
		for (k = i + 1; k < e->n && m[k].visitor == m[i].visitor; k++)
			;
		settle_visitor(g, m + i, k - i, split);
	}
	g->p->owner = NULL;
	for (size_t i = 0, k; i < e->n; i = k) {
		for (k = i + 1; k < e->n && m[k].visitor == m[i].visitor; k++)
			;
		if (owners_among(m + i, k - i) == 1)
			graph_join(g, m[i].visitor, m[i].owner);
	}
	free(m);
}

static int spell_cmp(const void *pa, const void *pb)
{
	const struct spell_of *a = pa, *b = pb;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

/* `split` holds roots of visitors; every member of such a root has the same spells. */
void visitors_spells(struct graph *g, const struct edges *split)
{
	struct people *p = g->p;

	for (uint32_t i = 1; i <= p->n && split->n; i++) {
		size_t lo;

		if (p->space[i] != SPACE_VISITOR)
			continue;
		LOWER_BOUND(lo, split->n, split->v[mid].a < g->root[i]);
		for (; lo < split->n && split->v[lo].a == g->root[i]; lo++) {
			GROW(p->spell, p->spell_cap, p->nspell + 1);
			p->spell[p->nspell++] = (struct spell_of){ i, g->root[split->v[lo].b], split->v[lo].at };
		}
	}
	/* Spells of a number already lie in order of time; numbers ascend. */
	for (size_t i = 1; i < p->nspell; i++)
		if (spell_cmp(&p->spell[i - 1], &p->spell[i]) > 0)
			BUG("spells out of order");
	for (size_t i = 0; i < p->nspell; i++)
		g->root[p->spell[i].number] = 0;
}
