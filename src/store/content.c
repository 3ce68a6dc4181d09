/* room: store
 * Records without an id are known by their content. Candidates are stored rows of the
 * same customer and time; they are compared field by field, one stored row for one of
 * ours, so that two equal sales in a file stay two and an overlapping file adds none.
 *
 * The first of our equal rows stands for the first of those stored, by (batch, position),
 * wherever it lies: a batch only adds copies that none before it had, so this is their
 * ordinal, and an undo takes back the last of them.
 */
#include "store/keys.h"

#include "wend/hash.h"

#define FEW 16

/* Our rows without an id, in order of (customer, time, position). */
struct plain {
	uint32_t *row;
	uint32_t *class, *next; /* first and next of the equal ones */
	uint64_t *mate;         /* block * BLOCK_ROWS + row it stands for */
	size_t n;
	int64_t first, last;   /* times */
};
/* A stored run of the kind, and its blocks. */
struct target {
	int64_t block, batch, lo, hi, t0, t1;
	uint32_t n;
	bool timed;
};

static void plain_make(struct plain *p, const struct work *k)
{
	const struct run *r = k->run;
	unsigned at = id_place(&r->lay);
	p->row = xreallocarray(NULL, r->n ? r->n : 1, sizeof *p->row);
	p->first = INT64_MAX;
	p->last = INT64_MIN;
	for (size_t i = 0; i < r->n; i++) {
		uint32_t row = k->order[i];
		int64_t t = run_row(r, row)->time;
		if (k->state[row] != ROW_ADDED || (at && get_i64(run_row(r, row), at) != WEND_NONE))
			continue;
		p->row[p->n++] = row;
		p->first = t < p->first ? t : p->first;
		p->last = t > p->last ? t : p->last;
	}
}

/* ---- equal ones among ours ---- */

static uint64_t row_hash(const struct run *r, uint32_t row)
{
	const struct row *x = run_row(r, row);
	uint64_t h = 0;
	char buf[SHORT_SPELL];
	for (int i = 0; i < r->lay.n; i++) {
		const struct slot *s = &r->lay.slot[i];
		if (!s->at)
			continue;
		uint64_t v = s->how == SLOT_WORD || s->how == SLOT_CURRENCY ? get_u32(x, s->at) : (uint64_t)get_i64(x, s->at);
		if (s->how == SLOT_TEXT && (int64_t)v != WEND_NONE) {
			struct sv text = run_text(r, s->field, (int64_t)v, buf);
			v = hash64(text.p, text.n);
		}
		h = hash_mix(h + v);
	}
	return h;
}

struct hashed {
	uint64_t hash;
	uint32_t at;
};

static int by_hash(const void *x, const void *y)
{
	const struct hashed *a = x, *b = y;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Put row `at` behind those of [from, at) that it equals; v NULL: all of them may. */
static void class_of(struct plain *p, const struct run *r, const struct hashed *v, size_t from, size_t k)
{
	uint32_t at = v ? v[k].at : (uint32_t)k;
	for (size_t i = k; i-- > from;) {
		uint32_t before = v ? v[i].at : (uint32_t)i;
		if (v && v[i].hash != v[k].hash)
			return;
		if (!same_rows(r, p->row[before], p->row[at]))
			continue;
		p->class[at] = p->class[before];
		p->next[before] = at;
		return;
	}
}

/* Rows [from, to) have the same customer and time. */
static void classes_of(struct plain *p, const struct run *r, size_t from, size_t to)
{
	struct hashed *v = NULL;
	if (to - from > FEW) {
		v = xreallocarray(NULL, to - from, sizeof *v);
		for (size_t i = from; i < to; i++)
			v[i - from] = (struct hashed){ row_hash(r, p->row[i]), (uint32_t)i };
		qsort(v, to - from, sizeof *v, by_hash);
	}
	for (size_t i = from; i < to; i++)
		class_of(p, r, v, v ? 0 : from, v ? i - from : i);
	free(v);
}

static void classes_make(struct plain *p, const struct work *k)
{
	p->class = xreallocarray(NULL, p->n + 1, sizeof *p->class);
	p->next = xreallocarray(NULL, p->n + 1, sizeof *p->next);
	p->mate = xreallocarray(NULL, p->n + 1, sizeof *p->mate);
	for (size_t i = 0; i < p->n; i++) {
		p->class[i] = (uint32_t)i;
		p->next[i] = NO_ROW;
	}
	for (size_t i = 0, to; i < p->n; i = to) {
		const struct row *x = run_row(k->run, p->row[i]);
		for (to = i + 1; to < p->n && run_row(k->run, p->row[to])->person == x->person && run_row(k->run, p->row[to])->time == x->time;)
			to++;
		if (to > i + 1)
			classes_of(p, k->run, i, to);
	}
}

/* ---- against what is stored ---- */

/* Which rows of a stored block one of ours already stands for, in this run or before. */
static uint64_t *taken_of(struct writer *w, int64_t block)
{
	GROW(w->taken, w->taken_cap, (size_t)block + 1);
	while (w->taken_n <= (size_t)block)
		w->taken[w->taken_n++] = NULL;
	if (!w->taken[block])
		w->taken[block] = xcalloc(BLOCK_ROWS / 64, sizeof **w->taken);
	return w->taken[block];
}

struct join {
	struct writer *w;
	const struct plain *p;
	const struct target *t;
	struct stored *b;
	const int64_t *customer, *time, *id;
	uint64_t *taken;
};

static void put_taken(struct writer *w, uint64_t at, bool taken)
{
	uint64_t *v = taken_of(w, (int64_t)(at / BLOCK_ROWS)), bit = 1ull << at % 64;
	v[at % BLOCK_ROWS / 64] = taken ? v[at % BLOCK_ROWS / 64] | bit : v[at % BLOCK_ROWS / 64] & ~bit;
}

/* A stored row equals these of ours. They keep the first of all that are offered, in order. */
static void offer(struct join *x, uint32_t at, struct mate m, uint64_t place)
{
	struct work *k = &x->w->work;
	const struct plain *p = x->p;
	put_taken(x->w, place, true);
	for (; at != NO_ROW; at = p->next[at]) {
		uint32_t row = p->row[at];
		uint64_t other = p->mate[at];
		m.row = row;
		if (k->state[row] == ROW_ADDED) {
			work_equal(k, row, &m);
			p->mate[at] = place;
			return;
		}
		struct mate *have = &k->mate[k->mate_of[row] - 1], t = *have;
		if (t.batch < m.batch || (t.batch == m.batch && t.position < m.position))
			continue;
		*have = m;
		p->mate[at] = place;
		m = t;
		place = other;
	}
	put_taken(x->w, place, false);
}

/* Rows [i, i2) of ours and [j, j2) of the block have the same customer and time. */
static void join_group(struct join *x, size_t i, size_t i2, uint32_t j, uint32_t j2)
{
	size_t next = i;
	for (uint32_t c = j; c < j2; c++) {
		int64_t batch = stored_batch(x->b, x->t->batch, c);
		if (!batch || x->taken[c / 64] >> c % 64 & 1 || (x->id && x->id[c] != WEND_NONE))
			continue;
		for (size_t t = 0; t < i2 - i; t++) {
			size_t at = next + t < i2 ? next + t : next + t - (i2 - i);
			if (!same_record(x->w, x->p->row[at], x->b, c, false))
				continue;
			struct mate m = { x->p->row[at], (uint32_t)x->customer[c], x->time ? x->time[c] : WEND_NONE, batch, stored_at(x->b, C_POSITION, c) };
			offer(x, x->p->class[at], m, (uint64_t)x->t->block * BLOCK_ROWS + c);
			next = at + 1 < i2 ? at + 1 : i;
			break;
		}
	}
}

static void join_block(struct join *x, size_t from)
{
	const struct work *k = &x->w->work;
	const struct plain *p = x->p;
	uint32_t j = 0;
	for (size_t i = from, i2; i < p->n && k->person[p->row[i]] <= x->t->hi; i = i2) {
		int64_t customer = k->person[p->row[i]], time = run_row(k->run, p->row[i])->time;
		for (i2 = i + 1; i2 < p->n && k->person[p->row[i2]] == customer && run_row(k->run, p->row[i2])->time == time;)
			i2++;
		while (j < x->b->n && (x->customer[j] < customer || (x->customer[j] == customer && (x->time ? x->time[j] : WEND_NONE) < time)))
			j++;
		uint32_t j2 = j;
		while (j2 < x->b->n && x->customer[j2] == customer && (x->time ? x->time[j2] : WEND_NONE) == time)
			j2++;
		if (j2 > j)
			join_group(x, i, i2, j, j2);
		j = j2;
	}
}

static size_t lower_bound(const struct work *k, const struct plain *p, int64_t customer)
{
	size_t lo = 0, hi = p->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (k->person[p->row[mid]] < customer)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum wend_err match_block(struct writer *w, const struct plain *p, const struct target *t, struct stored *b, struct err *err)
{
	const struct work *k = &w->work;
	size_t from = lower_bound(k, p, t->lo), i = from;
	if (t->timed && (wtime_secs(p->last) < t->t0 || wtime_secs(p->first) > t->t1))
		return WEND_OK;
	while (i < p->n && k->person[p->row[i]] <= t->hi) {
		int64_t at = wtime_secs(run_row(k->run, p->row[i])->time);
		if (!t->timed || (at >= t->t0 && at <= t->t1))
			break;
		i++;
	}
	if (i == p->n || k->person[p->row[i]] > t->hi)
		return WEND_OK;
	stored_open(b, w, t->block, t->n);
	struct join x = { w, p, t, b, stored_col(b, C_CUSTOMER), stored_col(b, F_TIME), stored_col(b, F_ID), NULL };
	if (!b->damaged && x.customer) {
		x.taken = taken_of(w, t->block);
		join_block(&x, from);
	}
	return b->damaged || !x.customer ? store_damaged(w->s, err, "block") : WEND_OK;
}

enum wend_err content_match(struct writer *w, struct err *err)
{
	struct store *s = w->s;
	sqlite3_stmt *st = NULL;
	struct plain p = { 0 };
	struct stored b = { 0 };
	int rc = SQLITE_DONE;
	enum wend_err e = WEND_OK;
	plain_make(&p, &w->work);
	if (!p.n)
		goto done;
	classes_make(&p, &w->work);
	e = store_prepare(s, s->db, &st, "SELECT block.id, run.batch, lo, hi, t0, t1, block.n FROM run JOIN block ON block.run = run.id"
		" WHERE run.kind = ? AND run.type = 0 AND run.batch <> ? AND hi >= ? AND lo <= ? ORDER BY run.id, lo, block.id", err);
	if (e)
		goto done;
	sqlite3_bind_int64(st, 1, w->work.run->kind);
	sqlite3_bind_int64(st, 2, w->batch);
	sqlite3_bind_int64(st, 3, w->work.person[p.row[0]]);
	sqlite3_bind_int64(st, 4, w->work.person[p.row[p.n - 1]]);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const struct target t = {
			sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3),
			sqlite3_column_int64(st, 4), sqlite3_column_int64(st, 5), (uint32_t)sqlite3_column_int64(st, 6), sqlite3_column_type(st, 4) != SQLITE_NULL
		};
		if (!t.batch || writer_live(w, t.batch))
			e = match_block(w, &p, &t, &b, err);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
done:
	sqlite3_finalize(st);
	stored_release(&b);
	free(p.row);
	free(p.class);
	free(p.next);
	free(p.mate);
	return e;
}
