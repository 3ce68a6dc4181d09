/* Marks under other customers: "a version of this record is another's". They outlive the
 * erased version on purpose, so that an order which went to the erased customer does not
 * come back to the one before. Where that one has no row of the record left, of a live
 * batch, there is nothing to keep from coming back: such a mark would only hide what a
 * later file says, because of a batch that was undone.
 */
#include "erase.h"

struct mark_at {
	uint64_t hash;     /* of kind, space and id */
	int64_t block;
	uint32_t number, row;
	bool needed;
};
struct marks_at {
	struct mark_at *v;
	size_t n, cap;
};

static int u64_cmp(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static uint64_t record_hash(uint8_t kind, int64_t space, struct sv id)
{
	return hash64(id.p, id.n) ^ hash_mix((uint64_t)space << 8 ^ kind);
}

void erase_note_id(struct erasing *x, struct stored *b, uint8_t kind, uint32_t j)
{
	struct sv id = text_at(&b->pool, stored_at(b, F_ID, j));

	if (!id.p)
		return;
	GROW(x->gone_id, x->gone_id_cap, x->ngone_id + 1);
	x->gone_id[x->ngone_id++] = record_hash(kind, stored_at(b, C_ID_SPACE, j), id);
}

static enum wend_err find_marks(struct erasing *x, struct stored *b, const struct erase_head *h, struct marks_at *out, struct err *err)
{
	const int64_t *id = stored_col(b, F_ID), *customer = stored_col(b, C_CUSTOMER);

	(void)stored_col(b, C_ID_SPACE);
	if (b->damaged || !customer || !id)
		return store_damaged(x->s, err, "block");
	for (uint32_t j = 0; j < b->n; j++) {
		uint64_t hash = record_hash(h->kind, stored_at(b, C_ID_SPACE, j), text_at(&b->pool, id[j]));

		if (!bsearch(&hash, x->gone_id, x->ngone_id, sizeof hash, u64_cmp))
			continue;
		GROW(out->v, out->cap, out->n + 1);
		out->v[out->n++] = (struct mark_at){ hash, h->id, (uint32_t)customer[j], j, false };
	}
	return WEND_OK;
}

static int by_number(const void *pa, const void *pb)
{
	const struct mark_at *a = pa, *b = pb;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->hash > b->hash) - (a->hash < b->hash);
}

static size_t first_of(const struct marks_at *m, int64_t number)
{
	size_t lo;

	LOWER_BOUND(lo, m->n, m->v[mid].number < number);
	return lo;
}

/* Rows of live batches that marks keep hidden. */
static enum wend_err need_marks(struct erasing *x, struct stored *b, const struct erase_head *h, struct marks_at *m, struct err *err)
{
	const int64_t *customer = stored_col(b, C_CUSTOMER), *id = stored_col(b, F_ID);

	(void)stored_col(b, C_ID_SPACE);
	if (b->damaged || !customer)
		return store_damaged(x->s, err, "block");
	for (uint32_t j = 0; id && j < b->n; j++) {
		size_t i = first_of(m, customer[j]);

		if (i == m->n || m->v[i].number != customer[j] || id[j] == WEND_NONE || !erase_batch_of(x, h->batch ? h->batch : stored_at(b, C_BATCH, j))->live)
			continue;
		uint64_t hash = record_hash(h->kind, stored_at(b, C_ID_SPACE, j), text_at(&b->pool, id[j]));

		for (; i < m->n && m->v[i].number == customer[j]; i++)
			m->v[i].needed |= m->v[i].hash == hash;
	}
	return WEND_OK;
}

static int by_place(const void *pa, const void *pb)
{
	const struct erase_place *a = pa, *b = pb;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static void keep_idle(struct erasing *x, const struct marks_at *m)
{
	x->idle = xreallocarray(NULL, m->n + 1, sizeof *x->idle);
	for (size_t i = 0; i < m->n; i++)
		if (!m->v[i].needed)
			x->idle[x->nidle++] = (struct erase_place){ m->v[i].block, m->v[i].row };
	if (x->nidle > 1)
		qsort(x->idle, x->nidle, sizeof *x->idle, by_place);
}

enum wend_err erase_idle_marks(struct erasing *x, struct writer *w, const struct erase_head *h, size_t n, struct err *err)
{
	struct marks_at m = { NULL, 0, 0 };
	struct stored b = { 0 };
	enum wend_err e = WEND_OK;

	if (x->ngone_id > 1)
		qsort(x->gone_id, x->ngone_id, sizeof *x->gone_id, u64_cmp);
	for (size_t i = 0; !e && x->ngone_id && i < n; i++)
		if (h[i].type == RUN_MARK) {
			stored_open(&b, w, h[i].id, h[i].n);
			e = find_marks(x, &b, &h[i], &m, err);
		}
	if (m.n > 1)
		qsort(m.v, m.n, sizeof *m.v, by_number);
	for (size_t i = 0; !e && m.n && i < n; i++) {
		size_t at = first_of(&m, h[i].lo);

		/* What is left of the block, if anything: rows that go were taken out before. */
		if (h[i].type != RUN_ROWS || h[i].gone || at == m.n || m.v[at].number > h[i].hi)
			continue;
		stored_open(&b, w, h[i].id, h[i].n);
		e = need_marks(x, &b, &h[i], &m, err);
	}
	if (!e)
		keep_idle(x, &m);
	stored_release(&b);
	free(m.v);
	return e;
}

bool erase_is_idle(const struct erasing *x, int64_t block, uint32_t row)
{
	const struct erase_place at = { block, row };

	return x->nidle && bsearch(&at, x->idle, x->nidle, sizeof at, by_place);
}
