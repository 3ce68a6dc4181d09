#include "store/rowset.h"

/* What a column says of a row when the block has no such column. */
static int64_t absent_value(unsigned id)
{
	return id == C_ROWS ? 1 : id == C_VERB ? 0 : WEND_NONE;
}

void rowset_want(struct rowset *s, unsigned id)
{
	for (size_t i = 0; i < s->nid; i++)
		if (s->id[i] == id)
			return;
	s->id[s->nid++] = (uint8_t)id;
	GROW(s->v[id], s->cap[id], s->n);
	for (size_t i = 0; i < s->n; i++)
		s->v[id][i] = absent_value(id);
}

static int64_t keep_text(struct rowset *s, const char *pool, int64_t handle)
{
	int64_t to;

	if (handle == WEND_NONE)
		return WEND_NONE;
	to = (int64_t)s->text.n << 24 | (handle & 0xffffff);
	str_add(&s->text, pool + (handle >> 24), (size_t)(handle & 0xffffff));
	return to;
}

struct sv rowset_text(const struct rowset *s, int64_t handle)
{
	return handle == WEND_NONE ? SV_NONE : sv_n(s->text.p + (handle >> 24), (size_t)(handle & 0xffffff));
}

/* Items or attributes [from, to) of a row: `cols` columns, the first of them `first`. */
static void keep_parts(struct rowset *s, const int64_t *const *v, const char *pool, uint32_t from, uint32_t to, uint32_t *n, size_t first, size_t cols)
{
	for (size_t k = 0; k < cols; k++) {
		uint32_t at = *n;
		bool text = first + k == PART_COLS - 1; /* the value of an attribute */

		GROW(s->part[first + k], s->part_cap[first + k], at + (to - from));
		for (uint32_t i = from; i < to; i++)
			s->part[first + k][at++] = text ? keep_text(s, pool, v[k][i]) : v[k][i];
	}
	*n += to - from;
}

static void begin_row(struct rowset *s)
{
	if (s->items) {
		GROW(s->item_from, s->item_cap, s->n + 2);
		s->item_from[s->n] = s->nitem;
	}
	if (s->attrs) {
		GROW(s->attr_from, s->attr_cap, s->n + 2);
		s->attr_from[s->n] = s->nattr;
	}
}

static void end_row(struct rowset *s)
{
	if (s->items)
		s->item_from[s->n + 1] = s->nitem;
	if (s->attrs)
		s->attr_from[s->n + 1] = s->nattr;
	s->n++;
}

void rowset_add(struct rowset *s, struct cursor *c, struct block *b, uint32_t row)
{
	begin_row(s);
	for (size_t i = 0; i < s->nid; i++) {
		unsigned id = s->id[i];
		const int64_t *v = id == C_STREAM ? NULL : block_col(c, b, id);
		int64_t value = v ? v[row] : absent_value(id);

		GROW(s->v[id], s->cap[id], s->n + 1);
		s->v[id][s->n] = is_text(id) ? keep_text(s, b->text.p, value) : value;
	}
	if (s->items && block_items(c, b))
		keep_parts(s, (const int64_t *const[]){ b->col[F_PRODUCT], b->col[F_CATEGORY], b->col[F_QUANTITY], b->col[F_ITEM_AMOUNT] }, b->text.p, b->item_from[row], b->item_from[row + 1], &s->nitem, 0, 4);
	if (s->attrs && block_attrs(c, b))
		keep_parts(s, (const int64_t *const[]){ b->col[C_ATTR_NAME], b->col[C_ATTR_VALUE] }, b->text.p, b->attr_from[row], b->attr_from[row + 1], &s->nattr, 4, 2);
	end_row(s);
}

void rowset_take(struct rowset *s, const struct rowset *from, uint32_t row)
{
	const int64_t *const *part = (const int64_t *const *)from->part;

	begin_row(s);
	for (size_t i = 0; i < s->nid; i++) {
		unsigned id = s->id[i];

		GROW(s->v[id], s->cap[id], s->n + 1);
		s->v[id][s->n] = is_text(id) ? keep_text(s, from->text.p, from->v[id][row]) : from->v[id][row];
	}
	if (s->items)
		keep_parts(s, part, from->text.p, from->item_from[row], from->item_from[row + 1], &s->nitem, 0, 4);
	if (s->attrs)
		keep_parts(s, part + 4, from->text.p, from->attr_from[row], from->attr_from[row + 1], &s->nattr, 4, 2);
	end_row(s);
}

void rowset_reset(struct rowset *s)
{
	s->n = 0;
	s->nitem = s->nattr = 0;
	str_reset(&s->text);
}

void rowset_release(struct rowset *s)
{
	for (size_t i = 0; i < C_LIMIT; i++)
		free(s->v[i]);
	for (size_t i = 0; i < PART_COLS; i++)
		free(s->part[i]);
	free(s->item_from);
	free(s->attr_from);
	str_release(&s->text);
	*s = (struct rowset){ 0 };
}

size_t rowset_bytes(const struct rowset *s)
{
	return s->n * (s->nid + 2) * sizeof(int64_t) + s->text.n + (size_t)s->nitem * 32 + (size_t)s->nattr * 16;
}

/* ---- packing ---- */

static bool pack_col(const struct rowset *s, unsigned id, const int64_t *v, size_t n, struct str *blob, packed_fn *fn, void *ctx)
{
	size_t i = 0;

	while (i < n && v[i] == absent_value(id))
		i++;
	if (i == n)
		return true;
	str_reset(blob);
	if (is_text(id)) {
		struct sv *t = xreallocarray(NULL, n, sizeof *t);

		for (i = 0; i < n; i++)
			t[i] = rowset_text(s, v[i]);
		pack_texts(blob, t, n);
		free(t);
	} else {
		pack_ints(blob, v, n);
	}
	return fn(ctx, id, blob);
}

struct part_cols {
	const uint32_t *from;
	size_t first, cols;
	unsigned id, count_id;
};

static bool pack_parts(const struct rowset *s, const struct part_cols *p, const uint32_t *order, size_t n, struct str *blob, packed_fn *fn, void *ctx)
{
	int64_t *v = NULL;
	size_t cap = 0, total = 0;
	bool ok = true;

	GROW(v, cap, n);
	for (size_t i = 0; i < n; i++) {
		v[i] = p->from[order[i] + 1] - p->from[order[i]];
		total += (size_t)v[i];
	}
	if (total)
		ok = pack_col(s, p->count_id, v, n, blob, fn, ctx);
	GROW(v, cap, total);
	for (size_t k = 0; ok && total && k < p->cols; k++) {
		size_t at = 0;

		for (size_t i = 0; i < n; i++)
			for (uint32_t j = p->from[order[i]]; j < p->from[order[i] + 1]; j++)
				v[at++] = s->part[p->first + k][j];
		ok = pack_col(s, p->id + (unsigned)k, v, total, blob, fn, ctx);
	}
	free(v);
	return ok;
}

bool rowset_pack(const struct rowset *s, const uint32_t *order, size_t n, struct str *blob, packed_fn *fn, void *ctx)
{
	int64_t *v = xreallocarray(NULL, n, sizeof *v);
	bool ok = true;

	for (size_t k = 0; ok && k < s->nid; k++) {
		const int64_t *from = s->v[s->id[k]];

		for (size_t i = 0; i < n; i++)
			v[i] = from[order[i]];
		ok = pack_col(s, s->id[k], v, n, blob, fn, ctx);
	}
	if (ok && s->items)
		ok = pack_parts(s, &(struct part_cols){ s->item_from, 0, 4, F_PRODUCT, C_ITEMS }, order, n, blob, fn, ctx);
	if (ok && s->attrs)
		ok = pack_parts(s, &(struct part_cols){ s->attr_from, 4, 2, C_ATTR_NAME, C_ATTRS }, order, n, blob, fn, ctx);
	free(v);
	return ok;
}
