#include "store/relay.h"

#define KEYS_AT_ONCE ((size_t)1 << 20)

void relay_init(struct relay *k, struct puts *put, struct cursor *c, enum kind kind, enum run_type type, struct err *err)
{
	*k = (struct relay){ .put = put, .c = c, .kind = kind, .type = type, .err = err };
	if (type == RUN_EQUAL) {
		rowset_want(&k->set, C_RANK_BATCH);
		rowset_want(&k->set, C_MATE);
	}
	if (type == RUN_MARK)
		rowset_want(&k->set, C_RANK_BATCH);
	rowset_want(&k->set, C_CUSTOMER);
	rowset_want(&k->set, F_TIME);
	rowset_want(&k->set, C_POSITION);
	rowset_want(&k->set, C_LINE);
	rowset_want(&k->set, C_ROWS);
	rowset_want(&k->set, C_BATCH);
}

void relay_release(struct relay *k)
{
	rowset_release(&k->set);
	rowset_release(&k->spare);
	free(k->order);
	free(k->part);
	str_release(&k->ids);
	free(k->id_end);
	free(k->id_space);
	free(k->id_customer);
	str_release(&k->blob);
}

/* ---- rows in ---- */

static bool is_part(unsigned id)
{
	return (id < F_COUNT && field_defs[id].item) || id == C_ITEMS || id == C_ATTRS || id == C_ATTR_NAME || id == C_ATTR_VALUE;
}

/* Items and attributes of rows that came before this one: none. */
static void no_parts(uint32_t **from, size_t *cap, size_t n)
{
	GROW(*from, *cap, n + 2);
	memset(*from, 0, (n + 2) * sizeof **from);
}

/* The set keeps every column this block has. */
static bool keep_columns(struct relay *k, struct block *b)
{
	struct rowset *s = &k->set;

	if (k->columns_of == b)
		return true;
	if (k->bare) {
		k->columns_of = b;
		return true;
	}
	if (!block_whole(k->c, b))
		return false;
	for (unsigned id = 0; id < C_STREAM; id++)
		if (b->state[id] == COL_THERE && !is_part(id))
			rowset_want(s, id);
	if (!s->items && b->state[C_ITEMS] == COL_THERE) {
		s->items = true;
		no_parts(&s->item_from, &s->item_cap, s->n);
	}
	if (!s->attrs && b->state[C_ATTRS] == COL_THERE) {
		s->attrs = true;
		no_parts(&s->attr_from, &s->attr_cap, s->n);
	}
	k->columns_of = b;
	return true;
}

static void change(struct relay *k, size_t n, const struct relay_as *as)
{
	struct rowset *s = &k->set;

	s->v[C_BATCH][n] = as->batch;
	s->v[C_POSITION][n] = as->position;
	s->v[C_LINE][n] = as->line;
	s->v[C_ROWS][n] = as->rows;
	if (as->rank_batch == WEND_NONE)
		return;
	s->v[C_RANK_BATCH][n] = as->rank_batch;
	if (k->type == RUN_EQUAL)
		s->v[C_MATE][n] = as->mate;
}

void relay_row(struct relay *k, struct block *b, uint32_t row, const struct relay_as *as)
{
	size_t n = k->set.n;
	const struct batch_rank *own = row_batch(k->c, b, row);

	if (k->failed)
		return;
	if (!keep_columns(k, b)) {
		k->failed = err_set(k->err, k->c->failed, "%s", k->c->err.msg);
		return;
	}
	rowset_add(&k->set, k->c, b, row);
	k->set.v[C_CUSTOMER][n] = b->customer[row];
	k->set.v[C_BATCH][n] = own ? own->id : 0;
	if (as)
		change(k, n, as);
}

/* ---- order ---- */

struct sort_row {
	int64_t time, tie;
	uint32_t customer, order, at;
};

static int sort_cmp(const void *pa, const void *pb)
{
	const struct sort_row *a = pa, *b = pb;

	if (a->customer != b->customer)
		return a->customer < b->customer ? -1 : 1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->tie != b->tie)
		return a->tie < b->tie ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void sort_window(struct relay *k)
{
	const struct rowset *s = &k->set;
	size_t n = s->n - k->sorted;
	struct sort_row *v = xreallocarray(NULL, n + 1, sizeof *v);
	bool sorted = true;
	const struct batch_rank *r = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t at = k->sorted + i;

		if (!r || r->id != s->v[C_BATCH][at])
			r = batch_find(k->c, s->v[C_BATCH][at]);
		v[i] = (struct sort_row){ s->v[F_TIME][at], s->v[C_POSITION][at], (uint32_t)s->v[C_CUSTOMER][at], r ? r->order : UINT32_MAX, (uint32_t)at };
		sorted &= !i || sort_cmp(&v[i - 1], &v[i]) < 0;
	}
	if (!sorted)
		qsort(v, n, sizeof *v, sort_cmp);
	GROW(k->order, k->order_cap, s->n);
	for (size_t i = 0; i < n; i++)
		k->order[k->sorted + i] = v[i].at;
	k->sorted = s->n;
	free(v);
}

/* ---- out ---- */

static bool put_packed(void *ctx, unsigned id, struct str *blob)
{
	struct relay *k = ctx;

	k->failed = put_col(k->put, k->block, id, blob, k->err);
	return !k->failed;
}

static void count_part(struct relay *k, int64_t batch, uint64_t rows)
{
	size_t i = k->npart;

	while (i && k->part[i - 1].batch > batch)
		i--;
	if (!i || k->part[i - 1].batch != batch) {
		GROW(k->part, k->part_cap, k->npart + 1);
		memmove(k->part + i + 1, k->part + i, (k->npart - i) * sizeof *k->part);
		k->part[i] = (struct relay_part){ batch, 0, 0 };
		k->npart++;
		i++;
	}
	k->part[i - 1].n++;
	k->part[i - 1].rows += rows;
}

static void flush_keys(struct relay *k)
{
	struct sv *id = xreallocarray(NULL, k->nid + 1, sizeof *id);

	for (size_t i = 0; i < k->nid; i++) {
		size_t from = i ? k->id_end[i - 1] : 0;

		id[i] = sv_n(k->ids.p + from, k->id_end[i] - from);
	}
	k->failed = put_keys(k->put, k->kind, k->run, id, k->id_space, k->id_customer, k->nid, k->err);
	free(id);
	str_reset(&k->ids);
	k->nid = 0;
}

static void keep_id(struct relay *k, size_t at)
{
	const struct rowset *s = &k->set;
	struct sv id = s->v[F_ID] ? rowset_text(s, s->v[F_ID][at]) : SV_NONE;

	if (!id.p)
		return;
	GROW(k->id_end, k->id_cap[0], k->nid + 1);
	GROW(k->id_space, k->id_cap[1], k->nid + 1);
	GROW(k->id_customer, k->id_cap[2], k->nid + 1);
	str_sv(&k->ids, id);
	k->id_end[k->nid] = k->ids.n;
	k->id_space[k->nid] = s->v[C_ID_SPACE] ? s->v[C_ID_SPACE][at] : WEND_NONE;
	k->id_customer[k->nid++] = (uint32_t)s->v[C_CUSTOMER][at];
}

static void put_rows(struct relay *k, const uint32_t *order, size_t n)
{
	const struct rowset *s = &k->set;
	int64_t *time = xreallocarray(NULL, n, sizeof *time);

	for (size_t i = 0; i < n; i++) {
		uint32_t at = order[i];
		uint64_t rows = (uint64_t)s->v[C_ROWS][at];

		time[i] = s->v[F_TIME][at];
		count_part(k, s->v[C_BATCH][at], rows);
		k->rows += rows;
		k->changed += k->type == RUN_ROWS && s->v[C_VERB] && s->v[C_VERB][at] == 1;
		if (k->type == RUN_ROWS)
			keep_id(k, at);
	}
	k->n += n;
	if (!k->run)
		k->run = k->put->next_run++;
	k->failed = put_block(k->put, k->run, &k->block, n, s->v[C_CUSTOMER][order[0]], s->v[C_CUSTOMER][order[n - 1]], time, k->err);
	free(time);
	if (!k->failed)
		rowset_pack(s, order, n, &k->blob, put_packed, k);
	if (!k->failed && k->nid >= KEYS_AT_ONCE)
		flush_keys(k);
}

/* Rows that do not fill a block wait for the next window. */
static void keep_rest(struct relay *k, size_t from)
{
	struct rowset *to = &k->spare, swap;

	rowset_reset(to);
	to->items = k->set.items;
	to->attrs = k->set.attrs;
	for (size_t i = 0; i < k->set.nid; i++)
		rowset_want(to, k->set.id[i]);
	for (size_t i = from; i < k->set.n; i++)
		rowset_take(to, &k->set, k->order[i]);
	swap = k->set;
	k->set = *to;
	*to = swap;
	for (size_t i = 0; i < k->set.n; i++)
		k->order[i] = (uint32_t)i;
	k->sorted = k->set.n;
}

enum wend_err relay_window(struct relay *k)
{
	size_t at = 0;

	k->columns_of = NULL;
	if (k->failed || k->set.n == k->sorted)
		return k->failed;
	sort_window(k);
	for (; !k->failed && k->set.n - at >= BLOCK_ROWS; at += BLOCK_ROWS)
		put_rows(k, k->order + at, BLOCK_ROWS);
	if (at && !k->failed)
		keep_rest(k, at);
	return k->failed;
}

static void put_parts(struct relay *k)
{
	struct store *s = k->put->s;
	sqlite3_stmt *st = NULL;

	k->failed = store_prepare(s, s->db, &st, "INSERT INTO run_part VALUES(?, ?, ?, ?)", k->err);
	for (size_t i = 0; !k->failed && i < k->npart; i++) {
		sqlite3_bind_int64(st, 1, k->run);
		sqlite3_bind_int64(st, 2, k->part[i].batch);
		sqlite3_bind_int64(st, 3, (sqlite3_int64)k->part[i].n);
		sqlite3_bind_int64(st, 4, (sqlite3_int64)k->part[i].rows);
		k->failed = step_done(s, st, k->err);
	}
	sqlite3_finalize(st);
}

enum wend_err relay_end(struct relay *k)
{
	int64_t batch = 0;

	relay_window(k);
	if (!k->failed && k->set.n)
		put_rows(k, k->order, k->set.n);
	if (k->failed || !k->run)
		return k->failed;
	if (k->nid)
		flush_keys(k);
	if (k->npart == 1)
		batch = k->part[0].batch;
	else if (!k->failed)
		put_parts(k);
	if (!k->failed)
		k->failed = put_run(k->put, &k->run, &(struct run_row){ batch, k->kind, k->type, k->n, k->changed, k->type == RUN_MARK ? 0 : k->rows }, k->err);
	return k->failed;
}
