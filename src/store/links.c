/* Who is one customer (records.md 2), from the pairs of keys that stood on one record.
 *
 * Links are the edges of a graph over all keys; the result depends on the graph alone,
 * never on the order in which its edges arrived.
 *   1. Hand-mapped ids, e-mails and product ids join what they are linked to. A key with
 *      more than five neighbours is a suspect: with all suspects set aside it is counted
 *      how many customers each would join, as the greatest number of different ids of one
 *      space; more than five, and it joins nothing (a shared inbox, a kiosk's account).
 *   2. Phones, in the order of their text, join their neighbours unless two of these
 *      already have different ids of one space.
 *   3. A visitor belongs to the customer it is linked to; linked to several, to each from
 *      its first record with that customer until the next one's, and to the first also
 *      before. More than five, and it belongs to none. While it was somebody's who was
 *      erased it is nobody's.
 * What somebody said by hand comes before all of this (byhand.c): keys that are one person
 * are joined first and on no condition, a visitor so joined by nothing else; a key that
 * joins nothing has no neighbours.
 * Union-find keeps the smallest number as root, so that roots are the owners.
 */
#include "links.h"

#define NO_CLASS 63 /* phones, visitors: any number of them */

void edge_add(struct edges *e, uint32_t a, uint32_t b, int64_t at)
{
	GROW(e->v, e->cap, e->n + 1);
	e->v[e->n++] = (struct edge){ a, b, at };
}

static bool is_hard(uint8_t space)
{
	return space == SPACE_HAND || space == SPACE_MAIL || space == SPACE_PRODUCT;
}

uint32_t graph_find(uint32_t *root, uint32_t v)
{
	while (root[v] != v) {
		root[v] = root[root[v]];
		v = root[v];
	}
	return v;
}

void graph_join(struct graph *g, uint32_t a, uint32_t b)
{
	a = graph_find(g->root, a);
	b = graph_find(g->root, b);
	if (a == b)
		return;
	if (a > b) {
		uint32_t t = a;

		a = b;
		b = t;
	}
	g->root[b] = a;
	if (g->sign)
		g->sign[a] |= g->sign[b];
}

/* ---- reading ---- */

static void sort_edge(struct graph *g, uint32_t a, uint32_t b, int64_t at)
{
	uint8_t sa = g->p->space[a], sb = g->p->space[b];
	int64_t secs = at == WEND_NONE ? INT64_MIN : wtime_secs(at);

	if (a == b || sa == SPACE_GUEST || sb == SPACE_GUEST)
		return;
	if (is_hard(sa) && is_hard(sb)) {
		edge_add(&g->hard, a, b, secs);
	} else if (sa == SPACE_VISITOR && sb == SPACE_VISITOR) {
		edge_add(&g->cookie, a, b, secs);
	} else if (sa == SPACE_VISITOR || sb == SPACE_VISITOR) {
		edge_add(&g->visitor, sa == SPACE_VISITOR ? a : b, sa == SPACE_VISITOR ? b : a, secs);
	} else {
		/* A phone; two phones on one record are neighbours of each other. */
		if (sa == SPACE_TEL)
			edge_add(&g->phone, a, b, secs);
		if (sb == SPACE_TEL)
			edge_add(&g->phone, b, a, secs);
	}
}

static void by_hand(struct graph *g, uint32_t a, uint32_t b, bool live)
{
	if (a != b) {
		edge_add(&g->hand, a, b, 0);
		return;
	}
	/* What was taken back may still tell whom to erase; it parts nobody. */
	if (!live)
		return;
	if (!g->parted)
		g->parted = xcalloc(g->p->n + 1u, 1);
	g->parted[a] = 1;
}

static void drop_edges(struct edges *e, const uint8_t *key)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		if (!key[e->v[i].a] && !key[e->v[i].b])
			e->v[n++] = e->v[i];
	e->n = n;
}

/* Who is parted loses all edges; of visitors joined by hand only those stay. */
static void obey(struct graph *g)
{
	struct edges *all[] = { &g->hand, &g->hard, &g->phone, &g->visitor, &g->cookie };
	uint8_t *visitor;

	for (size_t i = 0; i < 5 && g->parted; i++)
		drop_edges(all[i], g->parted);
	if (!g->hand.n)
		return;
	visitor = xcalloc(g->p->n + 1u, 1);
	for (size_t i = 0; i < g->hand.n; i++) {
		uint32_t a = g->hand.v[i].a, b = g->hand.v[i].b;

		visitor[a] = g->p->space[a] == SPACE_VISITOR;
		visitor[b] = g->p->space[b] == SPACE_VISITOR;
	}
	drop_edges(&g->visitor, visitor);
	drop_edges(&g->cookie, visitor);
	free(visitor);
}

static enum wend_err read_links(struct graph *g, sqlite3 *db, struct err *err)
{
	struct store *s = g->p->store;
	int64_t *v[3] = { NULL, NULL, NULL };
	size_t cap[3] = { 0, 0, 0 };
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, db, &st, "SELECT l.n, l.a, l.b, l.at, b.kinds = 0, b.state = 'live' FROM link l JOIN batch b ON b.id = l.batch WHERE b.state = 'live' OR ? ORDER BY l.id", err);
	int rc = SQLITE_DONE;

	if (!e)
		sqlite3_bind_int(st, 1, g->p->undone);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(st, 0);
		bool ok = n > 0 && n < 1 << 28, hand = sqlite3_column_int(st, 4), live = sqlite3_column_int(st, 5);

		for (int k = 0; k < 3 && ok; k++) {
			const void *blob = sqlite3_column_blob(st, k + 1);

			GROW(v[k], cap[k], n);
			ok = blob && unpack_ints(v[k], (size_t)n, blob, (size_t)sqlite3_column_bytes(st, k + 1));
		}
		for (int64_t i = 0; i < n && ok; i++) {
			ok = v[0][i] > 0 && v[1][i] > 0 && v[0][i] <= g->p->n && v[1][i] <= g->p->n;
			if (ok && hand)
				by_hand(g, (uint32_t)v[0][i], (uint32_t)v[1][i], live);
			else if (ok)
				sort_edge(g, (uint32_t)v[0][i], (uint32_t)v[1][i], v[2][i]);
		}
		if (!ok)
			e = err_set(err, WEND_E_STORE, "store '%s' is damaged: links; see 'wend store check' and restore a backup", s->path);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, db, err, "read");
	sqlite3_finalize(st);
	for (int k = 0; k < 3; k++)
		free(v[k]);
	return e;
}

/* Ids of one space are of one class; the products past the sixtieth share the last. */
static uint8_t class_of(uint8_t space, int64_t product, int64_t *seen, size_t *nseen)
{
	if (space == SPACE_HAND)
		return 0;
	if (space == SPACE_MAIL)
		return 1;
	if (space != SPACE_PRODUCT)
		return NO_CLASS;
	for (size_t i = 0; i < *nseen; i++)
		if (seen[i] == product)
			return (uint8_t)(2 + i);
	if (*nseen < 60)
		seen[(*nseen)++] = product;
	return (uint8_t)(1 + *nseen);
}

static enum wend_err classify(struct graph *g, sqlite3 *db, struct err *err)
{
	struct people *p = g->p;
	int64_t seen[60], *v = xreallocarray(NULL, BLOCK_ROWS, sizeof *v);
	size_t nseen = 0;
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(p->store, db, &st, "SELECT lo, n, products FROM person ORDER BY lo", err);
	int rc = SQLITE_DONE;

	g->class = xmalloc(p->n + 1u);
	memset(g->class, NO_CLASS, p->n + 1u);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t lo = sqlite3_column_int64(st, 0), n = sqlite3_column_int64(st, 1);
		const void *blob = sqlite3_column_blob(st, 2);

		if (lo < 1 || n < 1 || n > BLOCK_ROWS || lo + n > (int64_t)p->n + 1 || !blob || !unpack_ints(v, (size_t)n, blob, (size_t)sqlite3_column_bytes(st, 2)))
			e = err_set(err, WEND_E_STORE, "store '%s' is damaged: keys from number %lld; see 'wend store check' and restore a backup", p->store->path, (long long)lo);
		for (int64_t i = 0; i < n && !e; i++)
			g->class[lo + i] = class_of(p->space[lo + i], v[i], seen, &nseen);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(p->store, db, err, "read");
	sqlite3_finalize(st);
	free(v);
	return e;
}

static enum wend_err any_erased(struct graph *g, sqlite3 *db, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(g->p->store, db, &st, "SELECT EXISTS(SELECT 1 FROM ban)", err);

	if (!e && sqlite3_step(st) != SQLITE_ROW)
		e = store_sql_error(g->p->store, db, err, "read");
	g->erased = !e && sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return e;
}

/* ---- crowds ---- */

static int edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* Edges of every key in `which`, both ways, sorted, each once. */
static struct edges edges_of(const struct edges *all, const uint8_t *which)
{
	struct edges e = { NULL, 0, 0 };
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (which[all->v[i].a])
			edge_add(&e, all->v[i].a, all->v[i].b, 0);
		if (which[all->v[i].b])
			edge_add(&e, all->v[i].b, all->v[i].a, 0);
	}
	if (e.n > 1)
		qsort(e.v, e.n, sizeof *e.v, edge_cmp);
	for (size_t i = 0; i < e.n; i++)
		if (!i || e.v[i].a != e.v[i - 1].a || e.v[i].b != e.v[i - 1].b)
			e.v[n++] = e.v[i];
	e.n = n;
	return e;
}

void graph_note(uint32_t *count, uint32_t first[3], uint32_t number)
{
	if (*count < 3)
		first[*count] = number;
	(*count)++;
}

static int u64_cmp(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* The greatest number of different customers of one class among the neighbours. */
static size_t would_join(struct graph *g, const struct edge *e, size_t n, const uint8_t *suspect)
{
	uint64_t *v = xreallocarray(NULL, n, sizeof *v);
	size_t most = 0, same = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t who = suspect[e[i].b] ? e[i].b : graph_find(g->root, e[i].b);

		v[i] = (uint64_t)g->class[e[i].b] << 32 | who;
	}
	qsort(v, n, sizeof *v, u64_cmp);
	for (size_t i = 0; i < n; i++) {
		if (i && v[i] == v[i - 1])
			continue;
		same = i && v[i] >> 32 == v[i - 1] >> 32 ? same + 1 : 1;
		most = same > most ? same : most;
	}
	free(v);
	return most;
}

/* Join along the edges, keys that would join a crowd left out. */
static void join_all(struct graph *g, const struct edges *all)
{
	uint8_t *suspect = xcalloc(g->p->n + 1u, 1);
	struct edges e;

	for (size_t i = 0; i < all->n; i++) {
		uint8_t *a = &suspect[all->v[i].a], *b = &suspect[all->v[i].b];

		*a = (uint8_t)(*a + (*a <= CROWD));
		*b = (uint8_t)(*b + (*b <= CROWD));
	}
	for (uint32_t i = 0; i <= g->p->n; i++)
		suspect[i] = suspect[i] > CROWD;
	e = edges_of(all, suspect);
	/* Counted again without repetitions. */
	for (size_t i = 0, k; i < e.n; i = k) {
		for (k = i; k < e.n && e.v[k].a == e.v[i].a; k++)
			;
		suspect[e.v[i].a] = k - i > CROWD;
	}
	for (size_t i = 0; i < all->n; i++)
		if (!suspect[all->v[i].a] && !suspect[all->v[i].b])
			graph_join(g, all->v[i].a, all->v[i].b);
	for (size_t i = 0, k; i < e.n; i = k) {
		for (k = i; k < e.n && e.v[k].a == e.v[i].a; k++)
			;
		if (suspect[e.v[i].a] && would_join(g, e.v + i, k - i, suspect) > CROWD) {
			g->crowded[e.v[i].a] = 1;
			graph_note(&g->p->notes.crowded, g->p->notes.first[0], e.v[i].a);
		}
	}
	for (size_t i = 0; i < e.n; i++)
		if (!g->crowded[e.v[i].a] && !g->crowded[e.v[i].b])
			graph_join(g, e.v[i].a, e.v[i].b);
	free(e.v);
	free(suspect);
}

/* ---- phones ---- */

struct phone {
	struct sv text;
	size_t from, to;
};

static int phone_cmp(const void *pa, const void *pb)
{
	return sv_cmp(((const struct phone *)pa)->text, ((const struct phone *)pb)->text);
}

static void settle_phone(struct graph *g, const struct edge *e, size_t n)
{
	uint32_t who[CROWD + 2], k = 0;
	uint64_t sign = 0;

	who[k++] = graph_find(g->root, e[0].a);
	sign = g->sign[who[0]];
	for (size_t i = 0; i < n; i++) {
		uint32_t r = graph_find(g->root, e[i].b), j = 0;

		while (j < k && who[j] != r)
			j++;
		if (j < k)
			continue;
		if (sign & g->sign[r] & ~(1ull << NO_CLASS)) {
			graph_note(&g->p->notes.refused, g->p->notes.first[1], e[0].a);
			return;
		}
		if (k == CROWD + 1) {
			g->crowded[e[0].a] = 1;
			graph_note(&g->p->notes.crowded, g->p->notes.first[0], e[0].a);
			return;
		}
		sign |= g->sign[r];
		who[k++] = r;
	}
	for (uint32_t j = 1; j < k; j++)
		graph_join(g, who[0], who[j]);
}

static void join_phones(struct graph *g)
{
	struct edges *e = &g->phone;
	struct phone *several = NULL;
	size_t n = 0, cap = 0;

	if (!e->n)
		return;
	qsort(e->v, e->n, sizeof *e->v, edge_cmp);
	g->sign = xcalloc(g->p->n + 1u, sizeof *g->sign);
	for (uint32_t i = 1; i <= g->p->n; i++)
		g->sign[graph_find(g->root, i)] |= 1ull << g->class[i];
	for (size_t i = 0, k; i < e->n; i = k) {
		bool one = true;

		for (k = i + 1; k < e->n && e->v[k].a == e->v[i].a; k++)
			one = one && e->v[k].b == e->v[i].b;
		/* A phone of one customer joins in any order. */
		if (one && g->p->space[e->v[i].b] != SPACE_TEL) {
			settle_phone(g, e->v + i, 1);
			continue;
		}
		GROW(several, cap, n + 1);
		several[n++] = (struct phone){ key_value(g->p, e->v[i].a), i, k };
	}
	if (n > 1)
		qsort(several, n, sizeof *several, phone_cmp);
	for (size_t i = 0; i < n; i++)
		settle_phone(g, e->v + several[i].from, several[i].to - several[i].from);
	free(several);
}

static void finish(struct graph *g, const struct edges *split)
{
	struct people *p = g->p;
	bool any = false;

	for (uint32_t i = 1; i <= p->n; i++)
		g->root[i] = g->root[g->root[i]];
	visitors_spells(g, split);
	p->moved = xcalloc(p->n + 1u, 1);
	for (uint32_t i = 1; i <= p->n; i++) {
		p->moved[i] = g->root[i] != i;
		any |= p->moved[i];
	}
	free(p->member);
	p->member = NULL;
	p->nmember = 0;
	if (any) {
		p->owner = g->root;
		g->root = NULL;
	} else {
		free(p->moved);
		p->moved = NULL;
	}
}

enum wend_err links_resolve(struct people *p, sqlite3 *db, struct err *err)
{
	struct graph g = { .p = p };
	struct edges split = { NULL, 0, 0 };
	enum wend_err e = read_links(&g, db, err);

	if (!e)
		obey(&g);
	if (e || !(g.hand.n + g.hard.n + g.phone.n + g.visitor.n + g.cookie.n))
		goto done;
	g.root = xreallocarray(NULL, p->n + 1u, sizeof *g.root);
	for (uint32_t i = 0; i <= p->n; i++)
		g.root[i] = i;
	g.crowded = xcalloc(p->n + 1u, 1);
	if ((e = classify(&g, db, err)) || (g.visitor.n && (e = any_erased(&g, db, err))))
		goto done;
	for (size_t i = 0; i < g.hand.n; i++)
		graph_join(&g, g.hand.v[i].a, g.hand.v[i].b);
	join_all(&g, &g.hard);
	join_phones(&g);
	if (g.cookie.n)
		join_all(&g, &g.cookie);
	if (g.visitor.n)
		visitors_settle(&g, &split);
	finish(&g, &split);
done:
	free(split.v);
	free(g.hand.v);
	free(g.parted);
	free(g.hard.v);
	free(g.phone.v);
	free(g.visitor.v);
	free(g.cookie.v);
	free(g.root);
	free(g.class);
	free(g.crowded);
	free(g.sign);
	return e;
}
