/* Whose rows and keys go: the numbers that live links join to the customers, and those
 * that only undone batches joined to them.
 *
 * A key that undone links lead to goes when nobody else has it: no live batch has a row
 * or a link of it. An undone batch may have joined strangers, which is why it was undone.
 */
#include "erase.h"

static void list_numbers(struct erasing *x)
{
	x->nnumber = 0;
	x->by_time = false;
	for (uint32_t i = 1; i <= x->n; i++) {
		if (!(x->mark[i] & (GONE | BY_TIME)))
			continue;
		GROW(x->number, x->number_cap, x->nnumber + 1);
		x->number[x->nnumber++] = i;
		x->by_time |= (x->mark[i] & BY_TIME) != 0;
	}
}

bool erase_between(const struct erasing *x, int64_t lo, int64_t hi)
{
	size_t a;

	LOWER_BOUND(a, x->nnumber, x->number[mid] < lo);
	return a < x->nnumber && x->number[a] <= hi;
}

/* A visitor of several customers goes wholly when all of them do. */
static void mark_visitors(struct erasing *x)
{
	const struct people *p = x->p;

	for (size_t i = 0, k; i < p->nspell; i = k) {
		size_t gone = 0;

		for (k = i; k < p->nspell && p->spell[k].number == p->spell[i].number; k++)
			gone += (x->mark[p->spell[k].owner] & OWNER) != 0;
		if (gone)
			x->mark[p->spell[i].number] |= gone == k - i ? GONE : BY_TIME;
	}
}

/* ---- undone batches ---- */

static int64_t one_int(struct store *s, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v = 0;

	if (!sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) && sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

/* Numbers that are one customer with a marked one when undone batches count. */
static bool mark_maybe(struct erasing *x, const struct people *q)
{
	uint8_t *owner = xcalloc(x->n + 1u, 1);
	bool any = false;

	for (uint32_t i = 1; i <= x->n; i++)
		if ((x->mark[i] & GONE) && q->owner && q->owner[i])
			owner[q->owner[i]] = 1;
	for (uint32_t i = 1; i <= x->n; i++) {
		if (x->mark[i] & (GONE | BY_TIME) || !q->owner || !q->owner[i] || !owner[q->owner[i]])
			continue;
		x->mark[i] |= MAYBE;
		any = true;
	}
	free(owner);
	return any;
}

static enum wend_err live_link(struct erasing *x, struct link_row *l, struct err *err)
{
	(void)err;
	for (size_t i = 0; l->live && i < l->n; i++) {
		x->mark[l->v[0][i]] &= (uint8_t)~MAYBE;
		x->mark[l->v[1][i]] &= (uint8_t)~MAYBE;
	}
	return WEND_OK;
}

/* A number with a row of a live batch is somebody's own. A mark is no row: it tells of one
 * that another batch had there. */
static enum wend_err live_rows(struct erasing *x, struct err *err)
{
	struct erase_head *h = NULL;
	struct stored b = { 0 };
	struct writer w = { .s = x->s };
	size_t n = 0;
	enum wend_err e = erase_writer(x->s, &w, err);

	if (!e)
		e = erase_heads(x->s, &h, &n, err);
	for (size_t i = 0; !e && i < n; i++) {
		bool maybe = false;
		const int64_t *customer;

		for (uint32_t k = h[i].lo ? h[i].lo : 1; k <= h[i].hi && k <= x->n && !maybe; k++)
			maybe = x->mark[k] & MAYBE;
		if (!maybe || h[i].type == RUN_MARK || (h[i].batch && !erase_batch_of(x, h[i].batch)->live))
			continue;
		stored_open(&b, &w, h[i].id, h[i].n);
		customer = stored_col(&b, C_CUSTOMER);
		if (b.damaged || !customer)
			e = store_damaged(x->s, err, "block");
		for (uint32_t j = 0; !e && j < b.n; j++)
			if (customer[j] > 0 && customer[j] <= (int64_t)x->n && (h[i].batch || erase_batch_of(x, stored_at(&b, C_BATCH, j))->live))
				x->mark[customer[j]] &= (uint8_t)~MAYBE;
	}
	stored_release(&b);
	writer_release(&w);
	free(h);
	return e;
}

static enum wend_err mark_undone(struct erasing *x, struct err *err)
{
	struct people *q = NULL;
	enum wend_err e = WEND_OK;

	if (!one_int(x->s, "SELECT EXISTS(SELECT 1 FROM link JOIN batch ON batch.id = link.batch WHERE state <> 'live')"))
		return WEND_OK;
	e = people_with_undone(x->s, &q, err);
	if (!e && mark_maybe(x, q)) {
		e = links_each(x, live_link, err);
		if (!e)
			e = live_rows(x, err);
		for (uint32_t i = 1; !e && i <= x->n; i++)
			if (x->mark[i] & MAYBE)
				x->mark[i] = (uint8_t)((x->mark[i] & ~MAYBE) | GONE);
	}
	people_free(q);
	return e;
}

/* ---- all ---- */

static enum wend_err read_batches(struct erasing *x, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT id, state, tz, kinds FROM batch ORDER BY id", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *state = (const char *)sqlite3_column_text(st, 1), *tz = (const char *)sqlite3_column_text(st, 2);
		const struct zone *zone = zone_utc();

		if (tz && *tz && (e = zone_open(&zone, tz, err)))
			break;
		GROW(x->batch, x->batch_cap, x->nbatch + 1);
		x->batch[x->nbatch++] = (struct erase_batch){ .id = sqlite3_column_int64(st, 0), .live = state && !strcmp(state, "live"), .hand = sqlite3_column_int64(st, 3) == 0, .zone = ZONE_CACHE(zone) };
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

struct erase_batch *erase_batch_of(struct erasing *x, int64_t id)
{
	static struct erase_batch nobody;
	size_t lo;

	LOWER_BOUND(lo, x->nbatch, x->batch[mid].id < id);
	if (lo < x->nbatch && x->batch[lo].id == id)
		return &x->batch[lo];
	nobody = (struct erase_batch){ .id = id, .zone = ZONE_CACHE(zone_utc()) };
	return &nobody;
}

enum wend_err erase_who(struct erasing *x, const uint32_t *customers, size_t n, struct err *err)
{
	enum wend_err e;

	x->n = people_numbers(x->p);
	x->mark = xcalloc(x->n + 1u, 1);
	for (size_t i = 0; i < n; i++) {
		uint32_t owner = customers[i] && customers[i] <= x->n ? people_owner(x->p, customers[i], WEND_NONE) : 0;

		if (!owner)
			return err_set(err, WEND_E_USAGE, "no customer has the number %u", customers[i]);
		x->c->customers += !(x->mark[owner] & OWNER);
		x->mark[owner] |= OWNER;
	}
	for (uint32_t i = 1; i <= x->n; i++) {
		uint32_t owner = x->p->owner ? x->p->owner[i] : i;

		if (owner && (x->mark[owner] & OWNER))
			x->mark[i] |= GONE;
	}
	mark_visitors(x);
	if ((e = read_batches(x, err)) || (e = mark_undone(x, err)))
		return e;
	list_numbers(x);
	return WEND_OK;
}
