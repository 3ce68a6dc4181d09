/* Erasing in the naive model: the rows of a customer leave every file, and whoever
 * carries one of the customer's keys later is not let in.
 *
 * A customer's keys are those of the connected set. Keys that only undone files joined to
 * them go along when nobody alive has them. A visitor that others used, too, keeps their
 * rows; barred are the moments of those that went.
 */
#include "history.h"

#include <stdlib.h>

static void ban(struct bans *b, const struct person_key *key, bool moment, int64_t time)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].moment == moment && b->v[i].time == time && whois_same_key(&b->v[i].key, key))
			return;
	GROW(b->v, b->cap, b->n + 1);
	b->v[b->n++] = (struct ban){ *key, moment, time };
}

void bans_release(struct bans *b)
{
	free(b->v);
	free(b->parting);
	free(b->late);
}

bool bans_key(const struct bans *b, const struct person_key *key)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].moment && whois_same_key(&b->v[i].key, key))
			return true;
	return false;
}

static bool banned(const struct bans *b, const struct record *r)
{
	for (size_t i = 0; i < b->n; i++)
		for (int k = 0; k < r->nkeys; k++)
			if (whois_same_key(&b->v[i].key, &r->key[k]) && (!b->v[i].moment || b->v[i].time == r->v[F_TIME]))
				return true;
	return false;
}

void model_ban(const struct bans *b, struct file *f)
{
	for (size_t i = 0; i < f->n; i++)
		f->gone[i] = banned(b, &f->rec[i]);
}

/* Does anybody have the key: a record under it, or a link to another? */
static bool is_alive(const struct file *f, size_t n, const struct person_key *key)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < f[i].n; k++)
			for (int j = 0; j < f[i].rec[k].nkeys && f[i].rec[k].nkeys > 1; j++)
				if (f[i].live && !f[i].gone[k] && !f[i].erased[k] && whois_same_key(key, &f[i].rec[k].key[j]))
					return true;
	return model_names(f, n, key);
}

static int owner_named(const struct whois *id, const char *customer)
{
	for (size_t i = 0; i < whois_keys(id); i++)
		if (whois_set(id, i) >= 0 && !strcmp(whois_name(id, whois_set(id, i)), customer))
			return whois_set(id, i);
	return -1;
}

static int set_of(const struct whois *id, const struct person_key *key)
{
	for (size_t i = 0; i < whois_keys(id); i++)
		if (whois_same_key(whois_key(id, i), key))
			return whois_set(id, i);
	return -1;
}

/* Keys that are one customer with a banned one when undone files count. */
static void ban_undone(struct bans *b, size_t from, const struct file *f, size_t n)
{
	struct whois *all = whois_of(f, n, b, true);
	size_t to = b->n;

	for (size_t i = 0; i < whois_keys(all); i++) {
		const struct person_key *key = whois_key(all, i);
		bool joined = false;

		for (size_t k = from; k < to && whois_set(all, i) >= 0; k++)
			joined |= !b->v[k].moment && set_of(all, &b->v[k].key) == whois_set(all, i);
		if (joined && !is_alive(f, n, key))
			ban(b, key, false, WEND_NONE);
	}
	whois_free(all);
}

struct leaving {
	const struct whois *id;
	int owner;
};

static bool leaves(const struct record *r, void *ctx)
{
	const struct leaving *l = ctx;

	return r->nkeys && whois_owner(l->id, &r->key[0], r->v[F_TIME]) == l->owner;
}

static void erase_rows_of(struct bans *b, struct file *f, struct leaving *l)
{
	bool *others = xcalloc(f->n + 1, sizeof *others), *word = xcalloc(f->n + 1, sizeof *word);

	model_says(f, others, word, leaves, l);
	for (size_t k = 0; k < f->n; k++) {
		const struct record *r = &f->rec[k];

		if (f->gone[k] || !leaves(r, l))
			continue;
		f->gone[k] = !others[k];
		f->erased[k] = true;
		if (word[k] && set_of(l->id, &r->key[0]) < 0)
			ban(b, &r->key[0], true, r->v[F_TIME]);
	}
	free(others);
	free(word);
}

void model_erase(struct bans *b, struct file *f, size_t n, const char *customer)
{
	struct whois *id = whois_of(f, n, b, false);
	int owner = owner_named(id, customer);
	size_t from = b->n;

	whois_part(id, owner, b);
	for (size_t i = 0; i < whois_keys(id); i++)
		if (whois_set(id, i) == owner)
			ban(b, whois_key(id, i), false, WEND_NONE);
	ban_undone(b, from, f, n);
	struct leaving l = { id, owner };

	model_late(b, f, n, leaves, &l);
	for (size_t i = 0; i < n; i++)
		erase_rows_of(b, &f[i], &l);
	whois_free(id);
}
