/* Versions of one record, and ties between files.
 *
 * A record's versions have the same key (kind, id_space, id); the one seen has the
 * greatest rank (updated, export date of the batch, number of the batch). A batch that
 * held a row equal lends it its own rank; a mark competes as the version that sits under
 * another customer, and hides all that rank lower. Among rows that tie in time and kind
 * the smallest (file digest, position) of all batches that hold the record decides.
 */
#include "cursor.h"

const struct batch_rank *batch_find(const struct cursor *c, int64_t id)
{
	size_t lo;

	LOWER_BOUND(lo, c->nbatch, c->batch[mid].id < id);
	return lo < c->nbatch && c->batch[lo].id == id ? &c->batch[lo] : NULL;
}

/* ---- whose rows compete ---- */

static void affect(struct cursor *c, uint32_t number, int64_t time)
{
	uint32_t who = people_owner(c->people, number, time);

	c->affected[who >> 3] |= (uint8_t)(1u << (who & 7));
}

static void affect_block(struct cursor *c, struct block *b)
{
	bool mark = b->stream->type == RUN_MARK;
	const int64_t *verb = mark ? NULL : block_col(c, b, C_VERB);
	const int64_t *time = people_split(c->people) ? block_col(c, b, F_TIME) : NULL;

	if (c->failed || (!mark && !verb))
		return;
	for (uint32_t i = 0; i < b->head.n; i++)
		if (mark || verb[i] == 1)
			affect(c, b->customer[i], time ? time[i] : WEND_NONE);
}

enum wend_err versions_find(struct cursor *c)
{
	c->affected = xcalloc(people_numbers(c->people) / 8 + 1, 1);
	for (size_t i = 0; i < c->nstream && !c->failed; i++) {
		struct stream *s = &c->stream[i];

		if (s->type == RUN_EQUAL || (s->type == RUN_ROWS && !s->changed))
			continue;
		for (size_t k = 0; k < s->nhead && !c->failed; k++) {
			struct block *b = block_open(c, s, &s->head[k]);

			if (!b)
				break;
			affect_block(c, b);
			block_close(c, b);
		}
	}
	return c->failed;
}

/* ---- one customer ---- */

/* Of rows of one batch (its file went on in another file) the later one. */
struct rank {
	int64_t updated, export_date, batch, own, position;
};
static struct rank rank_of(int64_t updated, const struct batch_rank *b, int64_t position)
{
	return (struct rank){ updated, b->export_date, b->rank_id, b->id, position };
}

static int rank_cmp(const struct rank *a, const struct rank *b)
{
	if (a->updated != b->updated)
		return a->updated < b->updated ? -1 : 1;
	if (a->export_date != b->export_date)
		return a->export_date < b->export_date ? -1 : 1;
	if (a->batch != b->batch)
		return a->batch < b->batch ? -1 : 1;
	if (a->own != b->own)
		return a->own < b->own ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

struct version {
	struct sv id;
	int64_t space;
	struct rank rank;
	uint64_t tie;
	uint32_t row;     /* index in `order`; MARK_ROW = a mark */
	uint8_t kind;
};
#define MARK_ROW UINT32_MAX

static int key_cmp(const struct version *a, const struct version *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->space != b->space)
		return a->space < b->space ? -1 : 1;
	return sv_cmp(a->id, b->id);
}

/* By key, the winner first; a mark stands behind a row of the same rank, for then the
 * winner has come to this customer after all. */
static int version_cmp(const void *pa, const void *pb)
{
	const struct version *a = pa, *b = pb;
	int d = key_cmp(a, b);

	if (!d)
		d = -rank_cmp(&a->rank, &b->rank);
	if (d)
		return d;
	return (a->row > b->row) - (a->row < b->row);
}

static struct sv id_of(struct cursor *c, struct block *b, uint32_t row)
{
	const int64_t *id = block_col(c, b, F_ID);

	if (!id || id[row] == WEND_NONE)
		return SV_NONE;
	return sv_n(b->text.p + (id[row] >> 24), (size_t)(id[row] & 0xffffff));
}

static int64_t value_of(struct cursor *c, struct block *b, unsigned id, uint32_t row)
{
	const int64_t *v = block_col(c, b, id);

	return v ? v[row] : WEND_NONE;
}

/* The extras of a customer: [*from, *to). */
static void extras_of(const struct cursor *c, uint32_t customer, size_t *from, size_t *to)
{
	LOWER_BOUND(*from, c->nextra, c->extra[mid].customer < customer);
	*to = *from;
	while (*to < c->nextra && c->extra[*to].customer == customer)
		++*to;
}

/* A RUN_EQUAL row, and the row it speaks of. */
struct lent {
	uint64_t mate;      /* (order of the other batch, position there) */
	uint64_t tie;
	int64_t position;
	const struct batch_rank *batch;
};

static int lent_cmp(const void *pa, const void *pb)
{
	const struct lent *a = pa, *b = pb;

	return (a->mate > b->mate) - (a->mate < b->mate);
}

static uint64_t tie_of(const struct batch_rank *b, int64_t position)
{
	return (uint64_t)b->order << POSITION_BITS | ((uint64_t)position & ((1ull << POSITION_BITS) - 1));
}

static size_t lent_read(struct cursor *c, size_t from, size_t to, struct lent **out)
{
	struct lent *v = NULL;
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		struct block *b = c->seg[c->extra[i].src >> SRC_BITS].b;
		uint32_t row = c->extra[i].src & SRC_ROW;
		const struct batch_rank *mate, *own;
		int64_t position;

		if (row_stream(c, b, row)->type != RUN_EQUAL)
			continue;
		own = row_batch(c, b, row);
		mate = batch_find(c, value_of(c, b, C_RANK_BATCH, row));
		position = value_of(c, b, C_POSITION, row);
		if (!mate || !own || position == WEND_NONE)
			continue;
		if (!v)
			v = xreallocarray(NULL, to - from, sizeof *v);
		v[n++] = (struct lent){ tie_of(mate, position + value_of(c, b, C_MATE, row)), tie_of(own, position), position, own };
	}
	if (n > 1)
		qsort(v, n, sizeof *v, lent_cmp);
	*out = v;
	return n;
}

static const struct lent *lent_first(const struct lent *v, size_t n, uint64_t mate)
{
	size_t lo;

	LOWER_BOUND(lo, n, v[mid].mate < mate);
	return v + lo;
}

static void lend_tie(uint64_t *tie, const struct lent *v, size_t n)
{
	uint64_t own = *tie;

	if (!n)
		return;
	for (const struct lent *l = lent_first(v, n, own); l < v + n && l->mate == own; l++)
		if (l->tie < *tie)
			*tie = l->tie;
}

static void lend_rank(struct version *r, const struct lent *v, size_t n, uint64_t own)
{
	if (!n)
		return;
	for (const struct lent *l = lent_first(v, n, own); l < v + n && l->mate == own; l++) {
		struct rank k = rank_of(r->rank.updated, l->batch, l->position);

		if (rank_cmp(&k, &r->rank) > 0)
			r->rank = k;
		if (l->tie < r->tie)
			r->tie = l->tie;
	}
}

static size_t versions_read(struct cursor *c, uint32_t from, uint32_t to, size_t x0, size_t x1, const struct lent *lent, size_t nlent, struct version *v)
{
	size_t n = 0;

	for (uint32_t i = from; i < to; i++) {
		struct block *b = c->seg[c->order[i] >> SRC_BITS].b;
		uint32_t row = c->order[i] & SRC_ROW;
		struct sv id = id_of(c, b, row);

		if (!id.p)
			continue;
		v[n] = (struct version){ id, value_of(c, b, C_ID_SPACE, row), rank_of(value_of(c, b, F_UPDATED, row), row_batch(c, b, row), value_of(c, b, C_POSITION, row)), c->tie[i], i, row_stream(c, b, row)->kind };
		lend_rank(&v[n++], lent, nlent, c->tie[i]);
	}
	for (size_t i = x0; i < x1; i++) {
		struct block *b = c->seg[c->extra[i].src >> SRC_BITS].b;
		uint32_t row = c->extra[i].src & SRC_ROW;
		const struct stream *s = row_stream(c, b, row);
		const struct batch_rank *winner;
		struct sv id;

		if (s->type != RUN_MARK || !row_batch(c, b, row))
			continue;
		winner = batch_find(c, value_of(c, b, C_RANK_BATCH, row));
		id = id_of(c, b, row);
		if (!winner || !id.p)
			continue;
		v[n++] = (struct version){ id, value_of(c, b, C_ID_SPACE, row), rank_of(value_of(c, b, F_UPDATED, row), winner, WEND_NONE), UINT64_MAX, MARK_ROW, s->kind };
	}
	return n;
}

static void hide(struct cursor *c, uint32_t at)
{
	struct block *b = c->seg[c->order[at] >> SRC_BITS].b;
	int64_t rows = value_of(c, b, C_ROWS, c->order[at] & SRC_ROW);

	c->hidden[c->kind[at]] += rows == WEND_NONE ? 1 : rows;
	if (c->lost)
		c->lost(c->lost_ctx, (enum kind)c->kind[at], row_batch(c, b, c->order[at] & SRC_ROW)->id, value_of(c, b, C_POSITION, c->order[at] & SRC_ROW));
	c->order[at] = UINT32_MAX;
}

/* Drop the versions that lost. The winner's place is that of its own word: the losers may
 * lie under another customer, or be forgotten one day. */
static uint32_t versions_drop(struct cursor *c, uint32_t from, uint32_t to, struct version *v, size_t n)
{
	uint32_t out = from;

	qsort(v, n, sizeof *v, version_cmp);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && !key_cmp(&v[i], &v[k]); k++)
			if (v[k].row != MARK_ROW)
				hide(c, v[k].row);
		if (v[i].row != MARK_ROW)
			c->tie[v[i].row] = v[i].tie;
	}
	for (uint32_t i = from; i < to; i++) {
		if (c->order[i] == UINT32_MAX)
			continue;
		c->order[out] = c->order[i];
		c->time[out] = c->time[i];
		c->kind[out] = c->kind[i];
		c->tie[out++] = c->tie[i];
	}
	return out;
}

uint32_t versions_settle(struct cursor *c, uint32_t customer, uint32_t from, uint32_t to)
{
	bool compete = c->affected && c->affected[customer >> 3] >> (customer & 7) & 1;
	struct lent *lent = NULL;
	size_t x0 = 0, x1 = 0, nlent = 0;
	bool ties;

	if (compete) {
		struct version *v;
		size_t n;

		order_ties(c, from, to);
		extras_of(c, customer, &x0, &x1);
		nlent = lent_read(c, x0, x1, &lent);
		v = xreallocarray(NULL, to - from + (x1 - x0) + 1, sizeof *v);
		n = versions_read(c, from, to, x0, x1, lent, nlent, v);
		to = versions_drop(c, from, to, v, n);
		free(v);
		/* A record without an id, or one of a kind: references may still place it. */
		for (uint32_t i = from; i < to; i++)
			lend_tie(&c->tie[i], lent, nlent);
		free(lent);
		order_sort(c, from, to, true);
		return to;
	}
	ties = order_sort(c, from, to, false);
	if (ties) {
		order_ties(c, from, to);
		extras_of(c, customer, &x0, &x1);
		nlent = lent_read(c, x0, x1, &lent);
		for (uint32_t i = from; i < to; i++)
			lend_tie(&c->tie[i], lent, nlent);
		free(lent);
		order_sort(c, from, to, true);
	}
	return to;
}
