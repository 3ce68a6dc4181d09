/* room: store
 * Sources of orders: which batch came from which, and whether a new one tells of sales
 * another has told of already.
 *
 * Compared are the orders a batch adds with those of each other source on the days the
 * batch spans: customer (with the links of the new batch), civil day, amount, currency.
 * Each order agrees with one other at most. Agreeing on three orders or more, and on more
 * than a fifth of the fewer orders of the two, is no chance: a shop and what collects its money, or one shop
 * exported by two programs. Orders without money, or of nobody else (guests), agree with
 * none; orders with the same id are one record and never come here.
 */
#include "store/batch.h"

#include "store/owners.h"
#include "wend/hash.h"

enum { SHARE = 5, FEWEST = 3 };

static const char named_sql[] = "SELECT id, coalesce(source, preset, file) AS named, kinds FROM batch WHERE state = 'live' ORDER BY named, id";

static struct sv text_of(sqlite3_stmt *st, int i)
{
	const char *p = (const char *)sqlite3_column_text(st, i);
	return p ? sv_n(p, (size_t)sqlite3_column_bytes(st, i)) : SV("");
}

enum wend_err store_batch_sources(struct store *s, struct batch_source **out, size_t *n, struct arena *a, struct err *err)
{
	sqlite3_stmt *st = NULL;
	struct batch_source *v = NULL;
	size_t cap = 0;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(s, s->db, &st, named_sql, err);
	*n = 0;
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const struct sv name = text_of(st, 1);
		GROW(v, cap, *n + 1);
		v[(*n)++] = (struct batch_source){ sqlite3_column_int64(st, 0), sv_n(arena_strndup(a, name.p, name.n), name.n), (uint32_t)sqlite3_column_int64(st, 2) };
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	*out = arena_alloc(a, (*n + 1) * sizeof **out);
	if (*n)
		memcpy(*out, v, *n * sizeof *v);
	free(v);
	return e;
}

/* ---- the orders of a batch as hashes ---- */

struct sales {
	uint64_t *v;
	size_t n, cap;
	int32_t first, last;       /* days they span */
};
struct reader {
	struct writer *w;
	const struct people *people;
	sqlite3_stmt *blocks;
	struct zone_cache zc;
	struct ints col[6];
};
static const unsigned sale_cols[6] = { C_CUSTOMER, F_TIME, F_AMOUNT, F_CURRENCY, F_COUNTED, C_VERB };

/* n values of a column; *there = false when the block has none. */
static enum wend_err read_col(struct reader *r, int64_t block, int k, size_t n, bool *there, struct err *err)
{
	sqlite3_stmt *st = r->w->get_col;
	enum wend_err e = WEND_OK;
	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, block * C_LIMIT + sale_cols[k]);
	const int rc = sqlite3_step(st);
	*there = rc == SQLITE_ROW;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_sql_error(r->w->s, r->w->s->db, err, "read");
	else if (*there && (n > BLOCK_ROWS || !ints_of(&r->col[k], st, 0, n)))
		e = store_damaged(r->w->s, err, "block");
	sqlite3_reset(st);
	return e;
}

static uint64_t sale_hash(uint32_t customer, int32_t day, int64_t amount, int64_t cur)
{
	const int64_t v[3] = { (int64_t)((uint64_t)customer << 32 | (uint32_t)day), amount, cur };
	return hash64(v, sizeof v);
}

/* Other versions of an order are none of their own. */
static enum wend_err add_block(struct reader *r, struct sales *out, int64_t block, size_t n, int32_t from, int32_t to, struct err *err)
{
	bool there[6];
	enum wend_err e;
	for (int k = 0; k < 6; k++)
		if ((e = read_col(r, block, k, n, &there[k], err)))
			return e;
	if (!there[0] || !there[1] || !there[2])
		return WEND_OK;
	for (size_t i = 0; i < n; i++) {
		const int64_t who = r->col[0].v[i], time = r->col[1].v[i], amount = r->col[2].v[i];
		if (who <= 0 || who > people_numbers(r->people) || time == WEND_NONE || amount == WEND_NONE || !amount
			|| (there[4] && r->col[4].v[i] == 0) || (there[5] && r->col[5].v[i] == 1))
			continue;
		const int32_t day = wtime_day(time, &r->zc);
		if (day < from || day > to)
			continue;
		GROW(out->v, out->cap, out->n + 1);
		out->v[out->n++] = sale_hash(people_owner(r->people, (uint32_t)who, time), day, amount, there[3] ? r->col[3].v[i] : WEND_NONE);
		out->first = day < out->first ? day : out->first;
		out->last = day > out->last ? day : out->last;
	}
	return WEND_OK;
}

/* Orders of a batch on the days from .. to. A block's own fences spare most of them. */
static enum wend_err add_batch(struct reader *r, struct sales *out, int64_t batch, int32_t from, int32_t to, struct err *err)
{
	enum { DAY_S = 86400 };
	enum wend_err e = WEND_OK;
	int rc = SQLITE_DONE;
	sqlite3_reset(r->blocks);
	sqlite3_bind_int64(r->blocks, 1, batch);
	sqlite3_bind_int64(r->blocks, 2, from == INT32_MIN ? INT64_MIN : ((int64_t)from - 2) * DAY_S);
	sqlite3_bind_int64(r->blocks, 3, to == INT32_MAX ? INT64_MAX : ((int64_t)to + 2) * DAY_S);
	while (!e && (rc = sqlite3_step(r->blocks)) == SQLITE_ROW)
		e = add_block(r, out, sqlite3_column_int64(r->blocks, 0), (size_t)sqlite3_column_int64(r->blocks, 1), from, to, err);
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(r->w->s, r->w->s->db, err, "read");
	return e;
}

/* ---- comparing ---- */

/* Radix sort, 16 bits at a time: four passes. */
static void sort(struct sales *l)
{
	uint64_t *from = l->v, *to = xreallocarray(NULL, l->n + 1, sizeof *to), *spare = to;
	size_t *start = xreallocarray(NULL, 65537, sizeof *start);
	for (unsigned shift = 0; shift < 64; shift += 16) {
		memset(start, 0, 65537 * sizeof *start);
		for (size_t i = 0; i < l->n; i++)
			start[(from[i] >> shift & 0xffff) + 1]++;
		for (size_t d = 0; d < 65536; d++)
			start[d + 1] += start[d];
		for (size_t i = 0; i < l->n; i++)
			to[start[from[i] >> shift & 0xffff]++] = from[i];
		uint64_t *swap = from;
		from = to;
		to = swap;
	}
	free(start);
	free(spare);
}

/* How many of the one agree with one of the other each. Both in order. */
static uint64_t agreeing(const struct sales *a, const struct sales *b)
{
	uint64_t n = 0;
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		const uint64_t x = a->v[i], y = b->v[k];
		n += x == y;
		i += x <= y;
		k += y <= x;
	}
	return n;
}

static enum wend_err refuse(const struct store *s, struct sv mine, struct sv other, uint64_t agree, uint64_t of, struct err *err)
{
	const unsigned share = (unsigned)(100 * agree / of);
	const int n = (int)mine.n, m = (int)other.n;
	if (s->mode == STORE_MEMORY)
		return err_set(err, WEND_E_INPUT, "%" PRIu64 " of %" PRIu64 " orders of '%.*s' (%u %%) agree with one of '%.*s' in customer, day and amount, and would count twice; give one of the two",
			agree, of, n, mine.p, share, m, other.p);
	return err_set(err, WEND_E_INPUT, "%" PRIu64 " of %" PRIu64 " orders of '%.*s' (%u %%) agree with one of '%.*s' in customer, day and amount, and would count twice;"
		" say whose count: wend store set orders '%.*s', or wend store set orders '%.*s'", agree, of, n, mine.p, share, m, other.p, m, other.p, n, mine.p);
}

static enum wend_err compare(struct reader *r, struct sales *mine, struct sv source, const struct batch_source *v, size_t n, struct err *err)
{
	enum wend_err e = add_batch(r, mine, r->w->batch, INT32_MIN, INT32_MAX, err);
	struct sales theirs = { .first = INT32_MAX, .last = INT32_MIN };
	if (!e && mine->n)
		sort(mine);
	for (size_t i = 0; !e && mine->n && i < n;) {
		const struct sv name = v[i].source;
		theirs.n = 0;
		for (; !e && i < n && sv_eq(v[i].source, name); i++)
			if (v[i].batch != r->w->batch && !sv_eq(name, source))
				e = add_batch(r, &theirs, v[i].batch, mine->first, mine->last, err);
		if (e || !theirs.n)
			continue;
		sort(&theirs);
		const uint64_t fewer = mine->n < theirs.n ? mine->n : theirs.n, agree = agreeing(mine, &theirs);
		if (agree >= FEWEST && agree * SHARE > fewer)
			e = refuse(r->w->s, source, name, agree, fewer, err);
	}
	free(theirs.v);
	return e;
}

/* People as this transaction will leave them; forgotten again by the caller. */
static enum wend_err reader_open(struct reader *r, struct batch *b, const struct batch_info *info, struct err *err)
{
	const struct zone *zone = b->w.zone;
	const struct sv kept = store_zone(b->s);
	*r = (struct reader){ .w = &b->w };
	if (!(info->tz && *info->tz) && kept.n) {
		char *name = xstrndup(kept.p, kept.n);
		if (zone_open(&zone, name, NULL))
			zone = b->w.zone;
		free(name);
	}
	r->zc = (struct zone_cache)ZONE_CACHE(zone);
	batch_forget_people(b->s);
	enum wend_err e = store_people(b->s, err);
	if (!e)
		r->people = b->s->people;
	return e ? e : store_prepare(b->s, b->s->db, &r->blocks, "SELECT k.id, k.n FROM run r JOIN block k ON k.run = r.id WHERE r.batch = ?1 AND r.kind = 1 AND r.type = 0"
		" AND (k.t1 IS NULL OR k.t1 >= ?2) AND (k.t0 IS NULL OR k.t0 <= ?3)", err);
}

static bool other_orders(const struct batch_source *v, size_t n, struct sv source, int64_t batch)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].batch != batch && v[i].kinds & KIND_BIT(KIND_ORDERS) && !sv_eq(v[i].source, source))
			return true;
	return false;
}

enum wend_err batch_sales_once(struct batch *b, const struct batch_info *info, struct err *err)
{
	struct arena scratch = ARENA_INIT;
	struct batch_source *v = NULL;
	struct reader r = { 0 };
	struct sales mine = { .first = INT32_MAX, .last = INT32_MIN };
	size_t n = 0;
	const struct sv source = sv_of(info->source ? info->source : info->preset ? info->preset : info->file ? info->file : "");
	if (!b->orders || store_setting(b->s, "choices", "orders").n)
		return WEND_OK;
	enum wend_err e = store_batch_sources(b->s, &v, &n, &scratch, err);
	if (!e && other_orders(v, n, source, b->w.batch)) {
		e = reader_open(&r, b, info, err);
		if (!e)
			e = compare(&r, &mine, source, v, n, err);
		sqlite3_finalize(r.blocks);
		batch_forget_people(b->s);
	}
	for (int k = 0; k < 6; k++)
		ints_release(&r.col[k]);
	free(mine.v);
	arena_release(&scratch);
	return e;
}
