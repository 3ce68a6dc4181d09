/* The keys of people as text: what a customer is printed by, and who a typed key is.
 *
 * Keys stay packed in their blocks; a block is unpacked when the first of its keys is
 * asked for and kept. The first keys that are looked for are sought in the blocks of hashes
 * that may hold them; who asks for more gets a table from hash to number.
 */
#include <stdlib.h>

#include "blob.h"
#include "owners.h"
#include "persons.h"
#include "words.h"

#define FEW_LOOKS 24

static struct key_block *block_of(const struct people *p, uint32_t number)
{
	size_t lo = 0, hi = p->nblock;

	if (!number || number > p->n)
		return NULL;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->block[mid].lo <= number)
			lo = mid;
		else
			hi = mid;
	}
	return &p->block[lo];
}

/* Keys of products and visitors are printed behind the name of their space. */
static void add_names(const struct people *p, struct key_block *b, struct key_texts *t)
{
	struct str pool = STR_INIT;

	for (uint32_t i = 0; i < b->n; i++) {
		size_t at = pool.n;
		struct sv v;

		if (t->handle[i] == WEND_NONE)
			continue;
		v = sv_n(t->pool.p + (t->handle[i] >> 24), (size_t)(t->handle[i] & 0xffffff));
		if (space_has_product((enum key_space)p->space[b->lo + i]) && t->product[i] != WEND_NONE) {
			str_sv(&pool, store_word(p->store, t->product[i]));
			str_putc(&pool, ':');
		}
		str_sv(&pool, v);
		t->handle[i] = (int64_t)at << 24 | (int64_t)(pool.n - at);
	}
	str_release(&t->pool);
	t->pool = pool;
}

/* A block that does not unpack prints nothing, and the report ends as a failure. */
static void missed_damage(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	if (!s->missed.code)
		store_damaged(s, &s->missed, "person");
	pthread_mutex_unlock(&s->lock);
}

static struct key_texts *read_texts(const struct people *p, struct key_block *b)
{
	struct key_texts *t = xcalloc(1, sizeof *t);
	sqlite3_stmt *st = NULL;
	bool ok = false;
	int rc;

	t->handle = xreallocarray(NULL, b->n, sizeof *t->handle);
	t->product = xreallocarray(NULL, b->n, sizeof *t->product);
	rc = sqlite3_prepare_v2(p->store->db, "SELECT products, keys FROM person WHERE lo = ?1", -1, &st, NULL);
	if (!rc) {
		sqlite3_bind_int64(st, 1, b->lo);
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW) {
			const void *products = sqlite3_column_blob(st, 0), *keys = sqlite3_column_blob(st, 1);

			ok = products && keys && unpack_ints(t->product, b->n, products, (size_t)sqlite3_column_bytes(st, 0))
				&& unpack_texts(&t->pool, t->handle, b->n, keys, (size_t)sqlite3_column_bytes(st, 1));
		}
	}
	if (rc != SQLITE_ROW)
		store_missed(p->store, p->store->db);
	else if (!ok)
		missed_damage(p->store);
	sqlite3_finalize(st);
	for (uint32_t i = 0; i < b->n && !ok; i++)
		t->handle[i] = t->product[i] = WEND_NONE;
	add_names(p, b, t);
	return t;
}

static struct key_texts *texts_of_block(const struct people *p, struct key_block *b)
{
	struct key_texts *t = atomic_load_explicit(&b->texts, memory_order_acquire);

	if (t)
		return t;
	pthread_mutex_lock(&p->store->lock);
	t = atomic_load_explicit(&b->texts, memory_order_acquire);
	if (!t) {
		t = read_texts(p, b);
		atomic_store_explicit(&b->texts, t, memory_order_release);
	}
	pthread_mutex_unlock(&p->store->lock);
	return t;
}

static struct sv raw_text(const struct people *p, uint32_t number)
{
	struct key_block *b = block_of(p, number);
	struct key_texts *t;
	int64_t h;

	if (!b)
		return SV_NONE;
	t = texts_of_block(p, b);
	h = t->handle[number - b->lo];
	return h == WEND_NONE ? SV_NONE : sv_n(t->pool.p + (h >> 24), (size_t)(h & 0xffffff));
}

struct sv key_text(const struct people *p, uint32_t number)
{
	return people_guest(p, number) ? SV("") : raw_text(p, number);
}

int64_t key_product(const struct people *p, uint32_t number)
{
	struct key_block *b = block_of(p, number);

	return b ? texts_of_block(p, b)->product[number - b->lo] : WEND_NONE;
}

struct sv key_value(const struct people *p, uint32_t number)
{
	struct sv v = raw_text(p, number);
	int64_t product = key_product(p, number);
	size_t skip = 0;

	if (v.p && product != WEND_NONE && space_has_product((enum key_space)p->space[number]))
		skip = store_word(p->store, product).n + 1;
	return v.p ? sv_n(v.p + skip, v.n - skip) : v;
}

/* ---- the key a customer is printed by ---- */

int key_order(const struct people *p, uint32_t a, uint32_t b)
{
	static const uint8_t place[SPACE_GUEST + 1] = { [SPACE_HAND] = 0, [SPACE_MAIL] = 1, [SPACE_PRODUCT] = 2, [SPACE_TEL] = 3, [SPACE_VISITOR] = 4, [SPACE_GUEST] = 5 };
	int d = place[p->space[a]] - place[p->space[b]];

	return d ? d : sv_natcmp(key_text(p, a), key_text(p, b));
}

static int u64_cmp(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

void members_make(struct people *p)
{
	uint64_t *v = NULL;
	size_t n = 0, cap = 0;

	for (uint32_t i = 1; i <= p->n; i++)
		if (p->owner && p->owner[i] && p->owner[i] != i) {
			GROW(v, cap, n + 1);
			v[n++] = (uint64_t)p->owner[i] << 32 | i;
		}
	if (n > 1)
		qsort(v, n, sizeof *v, u64_cmp);
	p->member = xreallocarray(NULL, n + 1, sizeof *p->member);
	for (size_t i = 0; i < n; i++)
		p->member[i] = (uint32_t)v[i];
	p->nmember = n;
	free(v);
}

size_t members_of(const struct people *p, uint32_t customer, const uint32_t **out)
{
	size_t lo, from;

	LOWER_BOUND(lo, p->nmember, p->owner[p->member[mid]] < customer);
	from = lo;
	while (lo < p->nmember && p->owner[p->member[lo]] == customer)
		lo++;
	*out = p->member + from;
	return lo - from;
}

uint32_t key_chosen(const struct people *p, uint32_t customer)
{
	const uint32_t *m;
	size_t n = members_of(p, customer, &m);
	uint32_t best = customer;

	/* The place of an erased key has no text. */
	for (size_t i = 0; i < n; i++)
		if (!key_value(p, best).n || (key_value(p, m[i]).n && key_order(p, m[i], best) < 0))
			best = m[i];
	return best;
}

static void need_members(const struct store *s)
{
	struct people *p = s->people;

	if (!p->owner)
		return;
	pthread_mutex_lock(&p->store->lock);
	if (!p->member)
		members_make(p);
	pthread_mutex_unlock(&p->store->lock);
}

uint32_t customer_key(const struct store *s, uint32_t customer)
{
	if (!s->people->owner)
		return customer;
	need_members(s);
	return key_chosen(s->people, customer);
}

struct sv store_customer(const struct store *s, uint32_t customer)
{
	const struct people *p = s->people;
	struct sv v;

	if (!p || !customer || customer > p->n)
		return SV("");
	v = key_text(p, customer_key(s, customer));
	return v.p ? v : SV("");
}

/* ---- from a typed key to its customer ---- */

static enum wend_err slots_fill(struct people *p, sqlite3_stmt *st)
{
	int64_t *hash = NULL, *number = NULL;
	size_t cap[2] = { 0, 0 };
	uint64_t mask = (1ull << p->slot_bits) - 1;
	enum wend_err e = WEND_OK;
	int rc = SQLITE_DONE;

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(st, 0);
		const void *h = sqlite3_column_blob(st, 1), *v = sqlite3_column_blob(st, 2);

		if (n < 1 || n > 1 << 24 || !h || !v) {
			e = WEND_E_STORE;
			break;
		}
		GROW(hash, cap[0], n);
		GROW(number, cap[1], n);
		if (!unpack_ints(hash, (size_t)n, h, (size_t)sqlite3_column_bytes(st, 1)) || !unpack_ints(number, (size_t)n, v, (size_t)sqlite3_column_bytes(st, 2)))
			e = WEND_E_STORE;
		for (int64_t i = 0; i < n && !e; i++) {
			uint64_t k = hash_mix((uint64_t)hash[i]) & mask;

			if (number[i] < 1 || number[i] > p->n)
				continue;
			while (p->slot[k])
				k = (k + 1) & mask;
			p->slot[k] = (uint64_t)hash[i] << 32 | (uint64_t)number[i];
		}
	}
	if (!e && rc != SQLITE_DONE) {
		store_missed(p->store, p->store->db);
		e = WEND_E_STORE;
	} else if (e) {
		missed_damage(p->store);
	}
	free(hash);
	free(number);
	return e;
}

static int word_cmp(const void *pa, const void *pb, void *store)
{
	return sv_cmp(store_word(store, *(const int64_t *)pa), store_word(store, *(const int64_t *)pb));
}

/* The products whose ids there are, in order of their names. */
static void list_products(struct people *p)
{
	int64_t *v = xreallocarray(NULL, BLOCK_ROWS, sizeof *v), last = WEND_NONE;
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc = sqlite3_prepare_v2(p->store->db, "SELECT n, products FROM person", -1, &st, NULL);

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(st, 0);
		const void *blob = sqlite3_column_blob(st, 1);

		if (n < 1 || n > BLOCK_ROWS || !blob || !unpack_ints(v, (size_t)n, blob, (size_t)sqlite3_column_bytes(st, 1)))
			continue;
		for (int64_t i = 0; i < n; i++) {
			size_t k = 0;

			if (v[i] == last || v[i] == WEND_NONE)
				continue;
			last = v[i];
			while (k < p->nproducts && p->products[k] != last)
				k++;
			if (k < p->nproducts)
				continue;
			GROW(p->products, cap, p->nproducts + 1);
			p->products[p->nproducts++] = last;
		}
	}
	if (rc != SQLITE_DONE)
		store_missed(p->store, p->store->db);
	sqlite3_finalize(st);
	free(v);
	if (p->nproducts > 1)
		qsort_r(p->products, p->nproducts, sizeof *p->products, word_cmp, p->store);
}

static bool need_slots(struct people *p)
{
	sqlite3_stmt *st = NULL;
	bool ok = true;

	pthread_mutex_lock(&p->store->lock);
	if (!p->slot) {
		p->slot_bits = 4;
		while (1ull << p->slot_bits < 2ull * p->n)
			p->slot_bits++;
		p->slot = xcalloc((size_t)1 << p->slot_bits, sizeof *p->slot);
		ok = !sqlite3_prepare_v2(p->store->db, "SELECT n, hashes, numbers FROM person_hash", -1, &st, NULL);
		if (!ok)
			store_missed(p->store, p->store->db);
		ok = ok && !slots_fill(p, st);
		sqlite3_finalize(st);
	}
	pthread_mutex_unlock(&p->store->lock);
	return ok;
}

static void need_products(struct people *p)
{
	pthread_mutex_lock(&p->store->lock);
	if (!p->listed)
		list_products(p);
	p->listed = true;
	pthread_mutex_unlock(&p->store->lock);
}

static bool is_key(const struct people *p, uint32_t number, enum key_space space, struct sv product, struct sv value)
{
	return p->space[number] == space && sv_eq(key_value(p, number), value)
		&& (!space_has_product(space) || sv_eq(store_word(p->store, key_product(p, number)), product));
}

/* One key in the blocks that may hold it: a block a run, not all of them. */
static uint32_t look_up(struct people *p, uint64_t hash, enum key_space space, struct sv product, struct sv value)
{
	struct ints hashes = { 0 }, numbers = { 0 };
	sqlite3_stmt *st = NULL;
	uint32_t found = 0;
	int rc = sqlite3_prepare_v2(p->store->db, "SELECT n, hashes, numbers FROM person_hash WHERE lo <= ?1 AND hi >= ?1", -1, &st, NULL);

	sqlite3_bind_int64(st, 1, (sqlite3_int64)hash);
	while (st && !found && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const size_t n = (size_t)sqlite3_column_int64(st, 0);

		if (!n || !ints_of(&hashes, st, 1, n) || !ints_of(&numbers, st, 2, n)) {
			missed_damage(p->store);
			break;
		}
		for (size_t i = 0; i < n && !found; i++)
			if ((uint64_t)hashes.v[i] == hash && numbers.v[i] > 0 && numbers.v[i] <= p->n && is_key(p, (uint32_t)numbers.v[i], space, product, value))
				found = (uint32_t)numbers.v[i];
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_missed(p->store, p->store->db);
	sqlite3_finalize(st);
	ints_release(&hashes);
	ints_release(&numbers);
	return found;
}

static uint32_t number_of(struct people *p, enum key_space space, struct sv product, struct sv value)
{
	uint64_t hash = person_hash(space, product, value) >> (64 - PERSON_HASH_BITS), mask;
	bool few;

	pthread_mutex_lock(&p->store->lock);
	few = !p->slot && p->looks++ < FEW_LOOKS;
	pthread_mutex_unlock(&p->store->lock);
	if (few)
		return look_up(p, hash, space, product, value);
	if (!need_slots(p))
		return 0;
	mask = (1ull << p->slot_bits) - 1;
	for (uint64_t k = hash_mix(hash) & mask; p->slot[k]; k = (k + 1) & mask)
		if (p->slot[k] >> 32 == (hash & UINT32_MAX) && is_key(p, (uint32_t)p->slot[k], space, product, value))
			return (uint32_t)p->slot[k];
	return 0;
}

bool key_known(struct people *p, uint32_t number)
{
	enum key_space space = (enum key_space)p->space[number];
	struct key_block *b = block_of(p, number);
	struct key_texts *t = b ? texts_of_block(p, b) : NULL;
	struct sv product, value;

	if (!t || t->handle[number - b->lo] == WEND_NONE || !need_slots(p))
		return false;
	product = space_has_product(space) ? store_word(p->store, t->product[number - b->lo]) : SV_NONE;
	value = key_value(p, number);
	return !value.n || number_of(p, space, product, value) == number; /* without a text: erased */
}

/* "+49 30 123-45" as it is kept: +493012345. */
static void plain_phone(struct str *out, struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '+' || (v.p[i] >= '0' && v.p[i] <= '9'))
			str_putc(out, v.p[i]);
}

/* A bare id of a product: good when only one customer has it. */
static uint32_t bare_id(struct people *p, struct sv value)
{
	static const enum key_space spaces[] = { SPACE_PRODUCT, SPACE_VISITOR };
	uint32_t found = 0;

	need_products(p);
	for (size_t k = 0; k < 2 && !found; k++)
		for (size_t i = 0; i < p->nproducts; i++) {
			uint32_t n = number_of(p, spaces[k], store_word(p->store, p->products[i]), value);

			if (!n)
				continue;
			if (found && people_owner(p, found, WEND_NONE) != people_owner(p, n, WEND_NONE))
				return 0;
			found = n;
		}
	return found;
}

uint32_t key_find(struct store *s, struct sv key)
{
	struct people *p = s->people;
	struct str t = STR_INIT;
	uint32_t n;

	key = sv_trim(key);
	if (!p || !key.n)
		return 0;
	n = number_of(p, SPACE_HAND, SV_NONE, key);
	if (!n && memchr(key.p, '@', key.n)) {
		utf8_fold(&t, key);
		n = number_of(p, SPACE_MAIL, SV_NONE, str_view(&t));
	}
	if (!n && key.p[0] == '+') {
		str_reset(&t);
		plain_phone(&t, key);
		n = number_of(p, SPACE_TEL, SV_NONE, str_view(&t));
	}
	/* As it is printed, wherever the name of the space ends. */
	for (size_t i = 1; !n && i + 1 < key.n; i++) {
		if (key.p[i] != ':')
			continue;
		n = number_of(p, SPACE_PRODUCT, sv_n(key.p, i), sv_n(key.p + i + 1, key.n - i - 1));
		if (!n)
			n = number_of(p, SPACE_VISITOR, sv_n(key.p, i), sv_n(key.p + i + 1, key.n - i - 1));
	}
	if (!n)
		n = bare_id(p, key);
	str_release(&t);
	return n;
}

bool store_find(struct store *s, struct sv key, uint32_t *customer)
{
	uint32_t n = key_find(s, key);

	if (n)
		*customer = people_owner(s->people, n, WEND_NONE);
	return n != 0;
}

/* ---- all keys of a customer ---- */

static void put_key(const struct people *p, uint32_t number, struct person_key *out)
{
	enum key_space space = (enum key_space)p->space[number];

	out->space = space;
	out->product = space_has_product(space) ? store_word(p->store, key_product(p, number)) : SV_NONE;
	out->value = space == SPACE_GUEST ? SV("") : key_value(p, number);
}

static int number_cmp(const void *pa, const void *pb, void *people)
{
	return key_order(people, *(const uint32_t *)pa, *(const uint32_t *)pb);
}

enum wend_err store_keys(struct store *s, uint32_t customer, struct person_key **out, size_t *n, struct arena *a, struct err *err)
{
	struct people *p;
	const uint32_t *m = NULL;
	uint32_t *all;
	size_t k = 0;
	enum wend_err e = store_people(s, err);

	*out = NULL;
	*n = 0;
	if (e)
		return e;
	p = s->people;
	if (!customer || customer > p->n)
		return WEND_OK;
	if (p->owner) {
		need_members(s);
		k = members_of(p, customer, &m);
	}
	all = arena_alloc(a, (k + 1 + p->nspell) * sizeof *all);
	all[(*n)++] = customer;
	for (size_t i = 0; i < k; i++)
		all[(*n)++] = m[i];
	/* Visitors the customer had for a time. */
	for (size_t i = 0; i < p->nspell; i++)
		if (p->spell[i].owner == customer && (!i || p->spell[i - 1].number != p->spell[i].number || all[*n - 1] != p->spell[i].number))
			all[(*n)++] = p->spell[i].number;
	qsort_r(all, *n, sizeof *all, number_cmp, p);
	*out = arena_alloc(a, *n * sizeof **out);
	for (size_t i = 0; i < *n; i++)
		put_key(p, all[i], &(*out)[i]);
	return WEND_OK;
}
