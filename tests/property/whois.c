/* Who is one customer, read off all links of the files that remain (records.md 2). Sets
 * are lists searched from end to end; nothing is kept between two looks.
 *
 *   ids, e-mails and product ids join what they are linked to. A key with more than five
 *   different neighbours is looked at apart: with all such keys set aside, how many
 *   different customers of one space stand beside it? More than five: it joins nothing.
 *   Then phones, by their text: each joins its neighbours unless two of them have
 *   different ids of one space, or there are more than five.
 *   A visitor is the customer it was met with; if there were several, each from the first
 *   record with it until the next customer's; if there were more than five, nobody's. While
 *   it was somebody's who was erased it is nobody's; of two met at the same moment the one
 *   who was not erased has it.
 */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>

#define CROWD 5

struct edge {
	int a, b;
	int64_t at;
};
struct meeting {
	int visitor, owner;
	int64_t at;
};
struct whois {
	const struct bans *bans;
	struct person_key *key;
	int *set;            /* by key: number of its customer */
	bool *none;          /* joins nothing */
	bool *nameless;      /* of somebody who was erased */
	bool *beside;        /* n * n: two keys stood on one record */
	size_t n, cap;
	struct edge *edge;
	size_t nedge, edge_cap;
	struct meeting *met; /* visitors with several customers, by visitor and time */
	size_t nmet, met_cap;
};

bool whois_same_key(const struct person_key *a, const struct person_key *b)
{
	bool named = a->space == SPACE_PRODUCT || a->space == SPACE_VISITOR;

	return a->space == b->space && sv_eq(a->value, b->value) && (!named || sv_eq(a->product, b->product));
}

void key_text_of(struct str *out, const struct person_key *k)
{
	if (k->space == SPACE_PRODUCT || k->space == SPACE_VISITOR) {
		str_sv(out, k->product);
		str_putc(out, ':');
	}
	str_sv(out, k->value);
}

static int key_number(const struct whois *id, const struct person_key *k)
{
	for (size_t i = 0; i < id->n; i++)
		if (whois_same_key(&id->key[i], k))
			return (int)i;
	return -1;
}

static int key_add(struct whois *id, const struct person_key *k)
{
	int i = key_number(id, k);

	if (i >= 0)
		return i;
	GROW(id->key, id->cap, id->n + 1);
	id->key[id->n] = *k;
	return (int)id->n++;
}

static bool is_hard(const struct whois *id, int k)
{
	return id->key[k].space != SPACE_TEL && id->key[k].space != SPACE_VISITOR;
}

static void join(struct whois *id, int a, int b)
{
	int from = id->set[b], to = id->set[a];

	for (size_t i = 0; i < id->n; i++)
		if (id->set[i] == from)
			id->set[i] = to;
}

/* ---- keys that are surely somebody's ---- */

static bool linked(const struct whois *id, int a, int b)
{
	return id->beside[(size_t)a * id->n + (size_t)b];
}

static bool same_space(const struct whois *id, int a, int b)
{
	const struct person_key *x = &id->key[a], *y = &id->key[b];

	return x->space == y->space && (x->space != SPACE_PRODUCT || sv_eq(x->product, y->product));
}

/* How many different customers, of the space that has most of them, stand beside k? */
static size_t customers_beside(const struct whois *id, int k)
{
	size_t most = 0;

	for (int a = 0; a < (int)id->n; a++) {
		size_t n = 0;

		for (int b = 0; b < (int)id->n; b++) {
			bool new = is_hard(id, b) && linked(id, k, b) && same_space(id, a, b);

			for (int c = 0; c < b && new; c++)
				if (is_hard(id, c) && linked(id, k, c) && same_space(id, a, c) && id->set[c] == id->set[b])
					new = false;
			n += new;
		}
		most = n > most ? n : most;
	}
	return most;
}

static void join_hard(struct whois *id)
{
	bool *many = xcalloc(id->n + 1, sizeof *many);

	for (int k = 0; k < (int)id->n; k++) {
		size_t n = 0;

		for (int b = 0; b < (int)id->n && is_hard(id, k); b++)
			n += b != k && is_hard(id, b) && linked(id, k, b);
		many[k] = n > CROWD;
	}
	for (size_t i = 0; i < id->nedge; i++)
		if (is_hard(id, id->edge[i].a) && is_hard(id, id->edge[i].b) && !many[id->edge[i].a] && !many[id->edge[i].b])
			join(id, id->edge[i].a, id->edge[i].b);
	for (int k = 0; k < (int)id->n; k++)
		id->none[k] = many[k] && customers_beside(id, k) > CROWD;
	for (size_t i = 0; i < id->nedge; i++)
		if (is_hard(id, id->edge[i].a) && is_hard(id, id->edge[i].b) && !id->none[id->edge[i].a] && !id->none[id->edge[i].b])
			join(id, id->edge[i].a, id->edge[i].b);
	free(many);
}

/* ---- phones ---- */

/* Have both sets an id of the same space, and not the same set? */
static bool contradict(const struct whois *id, int a, int b)
{
	for (int i = 0; i < (int)id->n; i++)
		for (int k = 0; k < (int)id->n; k++)
			if (id->set[i] == a && id->set[k] == b && is_hard(id, i) && is_hard(id, k) && same_space(id, i, k))
				return true;
	return false;
}

static void settle_phone(struct whois *id, int tel)
{
	int *set = xcalloc(id->n + 1, sizeof *set);
	size_t n = 1;
	bool may = true;

	set[0] = id->set[tel];
	for (int b = 0; b < (int)id->n; b++) {
		bool new = id->key[b].space != SPACE_VISITOR && b != tel && linked(id, tel, b);

		for (size_t i = 0; i < n && new; i++)
			new = set[i] != id->set[b];
		if (new)
			set[n++] = id->set[b];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			may = may && !contradict(id, set[i], set[k]);
	for (int b = 0; b < (int)id->n && may && n - 1 <= CROWD; b++)
		if (id->key[b].space != SPACE_VISITOR && linked(id, tel, b))
			join(id, tel, b);
	free(set);
}

static void join_phones(struct whois *id)
{
	bool *done = xcalloc(id->n + 1, sizeof *done);

	/* Those that know one neighbour cannot be wrong and come first. */
	for (int k = 0; k < (int)id->n; k++) {
		int n = 0, other = 0;

		for (int b = 0; b < (int)id->n; b++)
			if (b != k && id->key[b].space != SPACE_VISITOR && linked(id, k, b)) {
				n++;
				other = b;
			}
		if (id->key[k].space == SPACE_TEL && n == 1 && id->key[other].space != SPACE_TEL) {
			settle_phone(id, k);
			done[k] = true;
		}
	}
	for (;;) {
		int first = -1;

		for (int k = 0; k < (int)id->n; k++)
			if (id->key[k].space == SPACE_TEL && !done[k] && (first < 0 || sv_cmp(id->key[k].value, id->key[first].value) < 0))
				first = k;
		if (first < 0)
			break;
		settle_phone(id, first);
		done[first] = true;
	}
	free(done);
}

/* ---- the key that is printed ---- */

static int key_cmp(const struct person_key *a, const struct person_key *b)
{
	static const int place[SPACE_GUEST + 1] = { [SPACE_HAND] = 0, [SPACE_MAIL] = 1, [SPACE_PRODUCT] = 2, [SPACE_TEL] = 3, [SPACE_VISITOR] = 4, [SPACE_GUEST] = 5 };
	struct str x = STR_INIT, y = STR_INIT;
	int d = place[a->space] - place[b->space];

	key_text_of(&x, a);
	key_text_of(&y, b);
	if (!d)
		d = sv_natcmp(str_view(&x), str_view(&y));
	str_release(&x);
	str_release(&y);
	return d;
}

static int chosen(const struct whois *id, int owner)
{
	int best = -1;

	for (int i = 0; i < (int)id->n; i++)
		if (id->set[i] == owner && !id->nameless[i] && (best < 0 || key_cmp(&id->key[i], &id->key[best]) < 0))
			best = i;
	return best;
}

const char *whois_name(const struct whois *id, int owner)
{
	static struct str out[4];
	static int turn;
	struct str *s = &out[turn++ & 3];

	str_reset(s);
	str_puts(s, "");
	if (chosen(id, owner) >= 0)
		key_text_of(s, &id->key[chosen(id, owner)]);
	return s->p;
}

/* ---- visitors ---- */

static const struct whois *sorting;
static int meeting_cmp(const void *pa, const void *pb)
{
	const struct meeting *a = pa, *b = pb;

	if (a->visitor != b->visitor)
		return a->visitor < b->visitor ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	int x = chosen(sorting, a->owner), y = chosen(sorting, b->owner);

	if (x < 0 || y < 0)
		return (y < 0) - (x < 0);
	return a->owner == b->owner ? 0 : key_cmp(&sorting->key[x], &sorting->key[y]);
}

static void settle_visitor(struct whois *id, int v, size_t from)
{
	size_t owners = 0;

	for (size_t i = from; i < id->nmet; i++) {
		bool new = true;

		for (size_t k = from; k < i; k++)
			new = new && id->met[k].owner != id->met[i].owner;
		owners += new;
	}
	if (owners == 1)
		id->set[v] = id->met[from].owner;
	if (owners == 1 || owners > CROWD)
		id->nmet = from;
}

static int64_t parted(const struct whois *id, int key, int visitor, int64_t at)
{
	/* One may have given way more than once. */
	for (size_t i = 0; i < id->bans->nparting; i++) {
		const struct parting *p = &id->bans->parting[i];

		if (p->at == at && whois_same_key(&p->key, &id->key[key]) && whois_same_key(&p->visitor, &id->key[visitor]))
			at = p->to;
	}
	return at;
}

/* One after the other; who follows himself is the same. [*from, *to) are those of a second. */
static size_t spells_of(const struct whois *id, int visitor, int64_t at, int *owner, size_t *from, size_t *to)
{
	size_t n = 0;
	int last = -1;

	*from = *to = 0;
	for (size_t i = 0; i < id->nmet; i++) {
		const struct meeting *m = &id->met[i];

		if (m->visitor != visitor || m->at > at || m->owner == last)
			continue;
		*from += m->at < at;
		owner[n++] = last = m->owner;
	}
	*to = n;
	return n;
}

static void part_one(const struct whois *id, int who, int visitor, int64_t at, struct bans *b)
{
	int *owner = xcalloc(id->nmet + 1, sizeof *owner);
	size_t from, to, i;

	spells_of(id, visitor, at, owner, &from, &to);
	for (i = from; i < to && owner[i] != who; i++)
		;
	if (i < to && to - from > 1 && !(i + 1 < to && !i && at == INT64_MIN))
		for (size_t k = 0; k < id->n; k++) {
			if (id->set[k] != who || !linked(id, (int)k, visitor))
				continue;
			GROW(b->parting, b->parting_cap, b->nparting + 1);
			b->parting[b->nparting++] = (struct parting){ id->key[k], id->key[visitor], at, i + 1 == to ? at + 1 : !i ? at - 1 : INT64_MAX };
		}
	free(owner);
}

void whois_part(const struct whois *id, int owner, struct bans *b)
{
	for (size_t i = 0; i < id->nmet; i++)
		if (id->met[i].owner == owner && (!i || id->met[i - 1].visitor != id->met[i].visitor || id->met[i - 1].at != id->met[i].at || id->met[i - 1].owner != owner))
			part_one(id, owner, id->met[i].visitor, id->met[i].at, b);
}

static void meet(struct whois *id)
{
	int *set = xcalloc(id->n + 1, sizeof *set);

	memcpy(set, id->set, id->n * sizeof *set);
	for (int v = 0; v < (int)id->n; v++) {
		size_t from = id->nmet;

		for (size_t i = 0; i < id->nedge && id->key[v].space == SPACE_VISITOR; i++) {
			const struct edge *e = &id->edge[i];

			if (e->a != v && e->b != v)
				continue;
			GROW(id->met, id->met_cap, id->nmet + 1);
			id->met[id->nmet++] = (struct meeting){ v, set[e->a == v ? e->b : e->a], parted(id, e->a == v ? e->b : e->a, v, e->at) };
		}
		if (id->nmet > from)
			settle_visitor(id, v, from);
	}
	free(set);
	sorting = id;
	if (id->nmet > 1)
		qsort(id->met, id->nmet, sizeof *id->met, meeting_cmp);
	for (size_t i = 0; i < id->nmet; i++)
		if (chosen(id, id->met[i].owner) < 0)
			id->met[i].owner = id->set[id->met[i].visitor];
}

/* ---- the links of a file ---- */

/* What joins others is not changed by an erasure: a key that stays keeps its neighbours,
 * though nothing tells any more who they were. */
static bool is_link(const struct file *f, size_t row)
{
	return !f->gone[row] || f->erased[row];
}

static int64_t seconds(int64_t time) { return time == WEND_NONE ? INT64_MIN : time >> 1; }

/* Keys of a file in the order in which it first names them. */
static int *first_named(struct whois *id, const struct file *f, size_t *n)
{
	int *v = NULL;
	size_t cap = 0;

	*n = 0;
	for (size_t i = 0; i < f->n; i++)
		for (int j = 0; j < f->rec[i].nkeys; j++) {
			if (!is_link(f, i))
				continue;
			int k = key_add(id, &f->rec[i].key[j]);
			bool new = true;

			for (size_t m = 0; m < *n && new; m++)
				new = v[m] != k;
			if (!new)
				continue;
			GROW(v, cap, *n + 1);
			v[(*n)++] = k;
		}
	return v;
}

static void link_add(struct whois *id, int a, int b, int64_t at)
{
	GROW(id->edge, id->edge_cap, id->nedge + 1);
	id->edge[id->nedge++] = (struct edge){ a, b, at };
}

/* A visitor's records in a file, by time: only those count at which the file sees another
 * customer than at the one before. */
static void visitor_links(struct whois *id, const struct file *f, int visitor, const int *named, size_t nnamed)
{
	int last = -1;
	int64_t at = INT64_MIN;
	bool any = true;

	for (size_t turn = 0; any; turn++) {
		int64_t next = INT64_MAX;

		any = false;
		for (size_t i = 0; i < f->n; i++)
			for (int j = 1; j < f->rec[i].nkeys && is_link(f, i); j++) {
				int64_t t = seconds(f->rec[i].v[F_TIME]);

				if (key_add(id, &f->rec[i].key[j]) != visitor || (turn ? t <= at : false))
					continue;
				any = true;
				next = t < next ? t : next;
			}
		at = next;
		for (size_t m = 0; m < nnamed && any; m++)
			for (size_t i = 0; i < f->n; i++)
				for (int j = 1; j < f->rec[i].nkeys; j++)
					if (is_link(f, i) && named[m] != last && key_add(id, &f->rec[i].key[j]) == visitor && key_add(id, &f->rec[i].key[0]) == named[m] && seconds(f->rec[i].v[F_TIME]) == at)
						link_add(id, last = named[m], visitor, at);
	}
}

static void file_links(struct whois *id, const struct file *f)
{
	size_t n;
	int *named = first_named(id, f, &n);

	for (size_t i = 0; i < f->n; i++)
		for (int j = 1; j < f->rec[i].nkeys; j++)
			if (is_link(f, i) && f->rec[i].key[j].space != SPACE_VISITOR)
				link_add(id, key_add(id, &f->rec[i].key[0]), key_add(id, &f->rec[i].key[j]), 0);
	for (size_t m = 0; m < n; m++)
		if (id->key[named[m]].space == SPACE_VISITOR)
			visitor_links(id, f, named[m], named, n);
	free(named);
}

/* ---- all of it ---- */

struct whois *whois_of(const struct file *f, size_t n, const struct bans *b, bool undone)
{
	struct whois *id = xcalloc(1, sizeof *id);

	id->bans = b;
	for (size_t i = 0; i < n; i++)
		if (f[i].live || (undone && f[i].batch && !f[i].purged))
			file_links(id, &f[i]);
	id->set = xcalloc(id->n + 1, sizeof *id->set);
	id->none = xcalloc(id->n + 1, sizeof *id->none);
	id->nameless = xcalloc(id->n + 1, sizeof *id->nameless);
	for (size_t i = 0; i < id->n; i++)
		id->nameless[i] = bans_key(b, &id->key[i]);
	for (size_t i = 0; i < id->n; i++)
		id->set[i] = (int)i;
	id->beside = xcalloc(id->n * id->n + 1, sizeof *id->beside);
	for (size_t i = 0; i < id->nedge; i++) {
		id->beside[(size_t)id->edge[i].a * id->n + (size_t)id->edge[i].b] = true;
		id->beside[(size_t)id->edge[i].b * id->n + (size_t)id->edge[i].a] = true;
	}
	join_hard(id);
	join_phones(id);
	meet(id);
	return id;
}

void whois_free(struct whois *id)
{
	free(id->key);
	free(id->set);
	free(id->none);
	free(id->nameless);
	free(id->beside);
	free(id->edge);
	free(id->met);
	free(id);
}

int whois_owner(const struct whois *id, const struct person_key *key, int64_t time)
{
	int k = key_number(id, key), owner;
	int64_t at = seconds(time);
	bool any = false;

	if (k < 0)
		return -1;
	owner = id->set[k];
	for (size_t i = 0; i < id->nmet; i++)
		if (id->met[i].visitor == k && (!any || id->met[i].at <= at)) {
			owner = id->met[i].owner;
			any = true;
		}
	return owner;
}

size_t whois_keys(const struct whois *id) { return id->n; }
const struct person_key *whois_key(const struct whois *id, size_t i) { return &id->key[i]; }

int whois_set(const struct whois *id, size_t i)
{
	for (size_t k = 0; k < id->nmet; k++)
		if (id->met[k].visitor == (int)i)
			return -1;
	return id->set[i];
}
