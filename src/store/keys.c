/* room: store
 * Key blocks: the natural ids of a run in shortlex order, each block with its first and
 * last id as fences. A later batch merges its own sorted ids with the blocks they can lie
 * in and touches no others, so that an append of new numbers reads next to nothing.
 */
#include "store/keys.h"

#include "wend/hash.h"

unsigned id_place(const struct layout *l)
{
	for (int i = 0; i < l->n; i++)
		if (l->slot[i].field == F_ID)
			return l->slot[i].at;
	return 0;
}

int shortlex(struct sv a, struct sv b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

struct sv id_at(const struct ids *l, size_t i, char *buf)
{
	return l->number ? sv_n(buf, template_text(l->template, l->number[i], buf)) : l->text[i];
}

/* ---- sorted lists ---- */

struct numbered {
	uint64_t number;
	uint32_t row;
};

static void sort_numbers(struct id_lists *l, size_t n)
{
	uint64_t any = 0;
	bool ascend = true;
	for (size_t i = 0; i < n; i++) {
		any |= (uint64_t)l->number[i] ^ (uint64_t)l->number[0];
		ascend &= i == 0 || l->number[i] > l->number[i - 1] || (l->number[i] == l->number[i - 1] && l->row[i] > l->row[i - 1]);
	}
	if (ascend)
		return;
	struct numbered *a = xreallocarray(NULL, n, 2 * sizeof *a), *block = a, *b = a + n, *t;
	for (size_t i = 0; i < n; i++)
		a[i] = (struct numbered){ (uint64_t)l->number[i], l->row[i] };
	for (unsigned shift = 0; shift < 64 && any >> shift; shift += 11) {
		size_t start[2049] = { 0 };
		if (!(any >> shift & 2047))
			continue;
		for (size_t i = 0; i < n; i++)
			start[(a[i].number >> shift & 2047) + 1]++;
		for (size_t d = 0; d < 2048; d++)
			start[d + 1] += start[d];
		for (size_t i = 0; i < n; i++)
			b[start[a[i].number >> shift & 2047]++] = a[i];
		t = a;
		a = b;
		b = t;
	}
	for (size_t i = 0; i < n; i++) {
		l->number[i] = (int64_t)a[i].number;
		l->row[i] = a[i].row;
	}
	free(block);
}

struct named {
	int64_t space;
	struct sv text;
	uint32_t row;
};

static int by_name(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	if (a->space != b->space)
		return a->space < b->space ? -1 : 1;
	int c = shortlex(a->text, b->text);
	return c ? c : a->row < b->row ? -1 : a->row > b->row;
}

static void add_list(struct id_lists *l, int64_t space, size_t from, size_t n, const struct text_template *t)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = (struct ids){ space, l->row + from, n, t ? l->number + from : NULL, t ? NULL : l->text + from, t };
}

int64_t row_space(const struct writer *w, const struct run *r, size_t row)
{
	uint32_t word = r->lay.space_at ? get_u32(run_row(r, row), r->lay.space_at) : 0;
	return word ? (int64_t)w->word[word - 1] : WEND_NONE;
}

static void take_named(struct id_lists *l, struct named *v, size_t n)
{
	qsort(v, n, sizeof *v, by_name);
	l->text = xreallocarray(NULL, n, sizeof *l->text);
	for (size_t i = 0, from = 0; i < n; i++) {
		l->text[i] = v[i].text;
		l->row[i] = v[i].row;
		if (i + 1 == n || v[i + 1].space != v[i].space) {
			add_list(l, v[i].space, from, i + 1 - from, NULL);
			from = i + 1;
		}
	}
}

/* Ids that are not all numbers of one template and one space: spelled out and compared. */
static void make_texts(struct id_lists *l, const struct writer *w, unsigned at, size_t n)
{
	const struct run *r = w->work.run;
	struct named *v = xreallocarray(NULL, n, sizeof *v);
	char buf[SHORT_SPELL];
	size_t spelled = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t value = get_i64(run_row(r, l->row[i]), at);
		spelled += value & TEXT_NUMBER ? run_text(r, F_ID, value, buf).n : 0;
	}
	GROW(l->pool.p, l->pool.cap, spelled + 1);
	for (size_t i = 0; i < n; i++) {
		struct sv text = run_text(r, F_ID, get_i64(run_row(r, l->row[i]), at), buf);
		if (text.p == buf) {
			memcpy(l->pool.p + l->pool.n, buf, text.n);
			text.p = l->pool.p + l->pool.n;
			l->pool.n += text.n;
		}
		v[i] = (struct named){ row_space(w, r, l->row[i]), text, l->row[i] };
	}
	take_named(l, v, n);
	free(v);
}

void id_lists_make(struct id_lists *l, const struct writer *w, enum row_state limit)
{
	const struct run *r = w->work.run;
	unsigned at = id_place(&r->lay);
	bool numbers = true;
	size_t n = 0;
	memset(l, 0, sizeof *l);
	if (!at)
		return;
	l->row = xreallocarray(NULL, r->n, sizeof *l->row);
	l->number = xreallocarray(NULL, r->n, sizeof *l->number);
	for (size_t i = 0; i < r->n; i++) {
		int64_t value = get_i64(run_row(r, i), at);
		if (value == WEND_NONE || w->work.state[i] >= limit)
			continue;
		numbers &= (value & TEXT_NUMBER) != 0 && (!r->lay.space_at || get_u32(run_row(r, i), r->lay.space_at) == get_u32(r->rows, r->lay.space_at));
		l->number[n] = value & ~TEXT_NUMBER;
		l->row[n++] = (uint32_t)i;
	}
	if (n && numbers) {
		sort_numbers(l, n);
		add_list(l, row_space(w, r, l->row[0]), 0, n, &r->template[F_ID]);
	} else if (n) {
		make_texts(l, w, at, n);
	}
}

void id_lists_release(struct id_lists *l)
{
	free(l->v);
	free(l->row);
	free(l->number);
	free(l->text);
	str_release(&l->pool);
}

/* ---- writing ---- */

static enum wend_err write_block(struct puts *p, enum kind kind, int64_t run, const struct ids *l, size_t from, size_t n, const uint32_t *customer, struct err *err)
{
	struct str blob[2] = { STR_INIT, STR_INIT };
	char first[SHORT_SPELL], last[SHORT_SPELL];
	struct sv lo = id_at(l, from, first), hi = id_at(l, from + n - 1, last);
	int64_t *v = xreallocarray(NULL, n, sizeof *v);
	for (size_t i = 0; i < n; i++)
		v[i] = customer[l->row[from + i]];
	if (l->number)
		pack_template(&blob[0], l->template, l->number + from, n);
	else
		pack_texts(&blob[0], l->text + from, n);
	pack_ints(&blob[1], v, n);
	sqlite3_bind_int64(p->key, 1, p->next_key++);
	sqlite3_bind_int64(p->key, 2, run);
	sqlite3_bind_int64(p->key, 3, kind);
	sqlite3_bind_int64(p->key, 4, l->space == WEND_NONE ? -1 : l->space);
	sqlite3_bind_int64(p->key, 5, (sqlite3_int64)n);
	sqlite3_bind_text64(p->key, 6, lo.p, lo.n, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_text64(p->key, 7, hi.p, hi.n, SQLITE_STATIC, SQLITE_UTF8);
	enum wend_err e = step_with_blobs(p->s, p->key, 8, blob, 2, err);
	str_release(&blob[0]);
	str_release(&blob[1]);
	free(v);
	return e;
}

/* The customer under which each row is found: its own, of an equal one that of its mate
 * (the same). */
enum wend_err keys_write(struct writer *w, int64_t run_id, bool equal, struct err *err)
{
	struct id_lists lists;
	enum wend_err e = WEND_OK;
	id_lists_make(&lists, w, equal ? ROW_EQUAL + 1 : ROW_OLDER + 1);
	for (size_t k = 0; !e && k < lists.n; k++) {
		struct ids *l = &lists.v[k];
		size_t n = 0;
		if (equal) { /* keep the equal rows only */
			int64_t *number = lists.number + (l->row - lists.row);
			struct sv *text = lists.text ? lists.text + (l->row - lists.row) : NULL;
			for (size_t i = 0; i < l->n; i++) {
				if (w->work.state[l->row[i]] != ROW_EQUAL)
					continue;
				if (l->number)
					number[n] = number[i];
				else
					text[n] = text[i];
				l->row[n++] = l->row[i];
			}
			l->n = n;
		}
		for (size_t at = 0; !e && at < l->n; at += BLOCK_ROWS)
			e = write_block(&w->put, w->work.run->kind, run_id, l, at, l->n - at < BLOCK_ROWS ? l->n - at : BLOCK_ROWS, w->work.person, err);
	}
	id_lists_release(&lists);
	return e;
}

enum wend_err put_keys(struct puts *p, enum kind kind, int64_t run, const struct sv *id, const int64_t *space, const uint32_t *customer, size_t n, struct err *err)
{
	struct id_lists l = { 0 };
	struct text_template t = { SV_NONE, 0 };
	enum wend_err e = WEND_OK;
	bool numbers = n && template_of(&t, id[0]);
	l.row = xreallocarray(NULL, n ? n : 1, sizeof *l.row);
	l.number = xreallocarray(NULL, n ? n : 1, sizeof *l.number);
	for (size_t i = 0; i < n; i++) {
		l.row[i] = (uint32_t)i;
		numbers = numbers && space[i] == space[0] && template_number(&t, id[i], &l.number[i]);
	}
	if (numbers) {
		sort_numbers(&l, n);
		add_list(&l, space[0], 0, n, &t);
	} else if (n) {
		struct named *v = xreallocarray(NULL, n, sizeof *v);
		for (size_t i = 0; i < n; i++)
			v[i] = (struct named){ space[i], id[i], (uint32_t)i };
		take_named(&l, v, n);
		free(v);
	}
	for (size_t k = 0; k < l.n; k++)
		for (size_t at = 0; !e && at < l.v[k].n; at += BLOCK_ROWS)
			e = write_block(p, kind, run, &l.v[k], at, l.v[k].n - at < BLOCK_ROWS ? l.v[k].n - at : BLOCK_ROWS, customer, err);
	id_lists_release(&l);
	return e;
}

/* ---- meeting ---- */

/* First of ours that is not below the text. */
static size_t lower_bound(const struct ids *l, struct sv text)
{
	char buf[SHORT_SPELL];
	size_t lo = 0, hi = l->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (shortlex(id_at(l, mid, buf), text) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void add_hit(struct hits *h, uint32_t row, int64_t customer)
{
	GROW(h->v, h->cap, h->n + 1);
	h->v[h->n++] = (struct hit){ row, (uint32_t)customer };
}

struct key_block {
	struct ints id, customer;
	struct str pool;
};

/* In a run of several batches an id may stand more than once. */
static bool merge_block(const struct ids *l, size_t at, sqlite3_stmt *st, size_t n, struct key_block *b, struct hits *hits)
{
	char buf[SHORT_SPELL];
	const void *p = sqlite3_column_blob(st, 6);
	size_t bytes = (size_t)sqlite3_column_bytes(st, 6);
	if (!ints_of(&b->customer, st, 7, n))
		return false;
	GROW(b->id.v, b->id.cap, n);
	if (l->number && p && unpack_numbers(l->template, b->id.v, n, p, bytes)) {
		for (size_t j = 0; j < n && at < l->n; j++) {
			while (at < l->n && l->number[at] < b->id.v[j])
				at++;
			for (size_t i = at; i < l->n && l->number[i] == b->id.v[j]; i++)
				add_hit(hits, l->row[i], b->customer.v[j]);
		}
		return true;
	}
	str_reset(&b->pool);
	if (!texts_of(&b->id, &b->pool, st, 6, n))
		return false;
	for (size_t j = 0; j < n && at < l->n; j++) {
		struct sv id = text_at(&b->pool, b->id.v[j]);
		while (at < l->n && shortlex(id_at(l, at, buf), id) < 0)
			at++;
		for (size_t i = at; i < l->n && !shortlex(id_at(l, i, buf), id); i++)
			add_hit(hits, l->row[i], b->customer.v[j]);
	}
	return true;
}

static int by_customer(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;
	if (a->customer != b->customer)
		return a->customer < b->customer ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* Sorted by customer: an LSD radix sort, stable, so that rows keep their order of ids. */
static void sort_hits(struct hits *h)
{
	bool sorted = true;
	if (h->n < 2048) {
		qsort(h->v, h->n, sizeof *h->v, by_customer);
		return;
	}
	for (size_t i = 1; sorted && i < h->n; i++)
		sorted = h->v[i - 1].customer <= h->v[i].customer;
	if (sorted)
		return;
	struct hit *from = h->v, *to = xreallocarray(NULL, h->cap, sizeof *to), *t;
	for (unsigned shift = 0; shift < 32; shift += 8) {
		size_t start[257] = { 0 };
		for (size_t i = 0; i < h->n; i++)
			start[(from[i].customer >> shift & 255) + 1]++;
		for (size_t d = 0; d < 256; d++)
			start[d + 1] += start[d];
		for (size_t i = 0; i < h->n; i++)
			to[start[from[i].customer >> shift & 255]++] = from[i];
		t = from;
		from = to;
		to = t;
	}
	free(to); /* an even number of passes */
}

/* Versions of one customer lie in one place: one hit finds them all. */
static void once_each(struct hits *h)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n; i++)
		if (!n || h->v[i].customer != h->v[n - 1].customer || h->v[i].row != h->v[n - 1].row)
			h->v[n++] = h->v[i];
	h->n = n;
}

static enum wend_err flush(struct met *m, hits_fn fn, struct err *err)
{
	enum wend_err e = WEND_OK;
	if (m->hits.n) {
		sort_hits(&m->hits);
		if (!m->batch)
			once_each(&m->hits);
		e = fn(m, err);
	}
	m->hits.n = 0;
	return e;
}

static enum wend_err meet_row(struct met *m, sqlite3_stmt *st, struct key_block *b, hits_fn fn, struct err *err)
{
	const struct ids *l = m->ids;
	char buf[SHORT_SPELL];
	enum wend_err e;
	if (sqlite3_column_int64(st, 0) != m->run) {
		if ((e = flush(m, fn, err)))
			return e;
		m->run = sqlite3_column_int64(st, 0);
		m->batch = sqlite3_column_int64(st, 1);
		m->type = (enum run_type)sqlite3_column_int(st, 2);
	}
	if (m->batch && m->batch != m->w->batch && !writer_live(m->w, m->batch))
		return WEND_OK;
	struct sv first = sv_n((const char *)sqlite3_column_text(st, 4), (size_t)sqlite3_column_bytes(st, 4));
	struct sv last = sv_n((const char *)sqlite3_column_text(st, 5), (size_t)sqlite3_column_bytes(st, 5));
	size_t at = lower_bound(l, first);
	if (at == l->n || shortlex(id_at(l, at, buf), last) > 0)
		return WEND_OK;
	if (!merge_block(l, at, st, (size_t)sqlite3_column_int64(st, 3), b, &m->hits))
		return store_damaged(m->w->s, err, "key");
	return WEND_OK;
}

enum wend_err keys_meet(struct writer *w, const struct ids *l, bool own, hits_fn fn, struct err *err)
{
	struct store *s = w->s;
	struct met m = { .w = w, .ids = l, .id_at = id_place(&w->work.run->lay) };
	struct key_block b = { 0 };
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_ERROR;
#define COLUMNS "SELECT key.run, run.batch, run.type, key.n, key.first, key.last, key.ids, key.customers FROM key JOIN run ON run.id = key.run WHERE key.kind = ? AND key.space = ? AND "
	enum wend_err e = store_prepare(s, s->db, &st, own ? COLUMNS "run.batch = ? ORDER BY key.run" : COLUMNS "run.batch <> ? AND run.type = 0 ORDER BY key.run", err);
	if (e)
		return e;
	sqlite3_bind_int64(st, 1, w->work.run->kind);
	sqlite3_bind_int64(st, 2, l->space == WEND_NONE ? -1 : l->space);
	sqlite3_bind_int64(st, 3, w->batch);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
		e = meet_row(&m, st, &b, fn, err);
	if (!e)
		e = rc == SQLITE_DONE ? flush(&m, fn, err) : store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	free(m.hits.v);
	ints_release(&b.id);
	ints_release(&b.customer);
	str_release(&b.pool);
	return e;
}
