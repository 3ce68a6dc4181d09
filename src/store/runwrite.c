/* room: store
 * A sorted run becomes blocks of packed columns. Rows are fetched in their order, a few
 * hundred at a time, into a small stage that stays in the nearest cache; from there each
 * column is one tight loop.
 */
#include <stddef.h>

#include "store/batch.h"

#define STAGE 256
#define AHEAD 12

/* The columns of a block while it is made: first those that every row has, then fields. */
enum { PLACE_SIGNED = 16, PLACE_COUNT };
enum { AT_TIME, AT_PERSON, AT_POSITION, AT_LINE, AT_ROWS, AT_ITEMS_FROM, AT_ITEMS_N, AT_FIELDS };
struct place {
	uint8_t id, how;
	uint16_t at;
};
struct sheet {
	struct writer *w;
	struct work *k;
	const struct run *r;
	uint32_t *row;           /* rows of this run type, in order */
	size_t n;
	struct place *col;
	int ncol;
	int64_t *value;          /* ncol columns of BLOCK_ROWS */
	unsigned char *stage;    /* STAGE rows */
	struct str blob, text;
	struct sv *sv;
	int64_t *work;           /* item and attribute columns, grown */
	size_t work_cap;
};

static bool all_are(const int64_t *v, size_t n, int64_t c)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] != c)
			return false;
	return true;
}

static enum wend_err put_ints(struct sheet *s, int64_t block, unsigned id, const int64_t *v, size_t n, int64_t absent, struct err *err)
{
	if (all_are(v, n, absent))
		return WEND_OK;
	str_reset(&s->blob);
	pack_ints(&s->blob, v, n);
	return put_col(&s->w->put, block, id, &s->blob, err);
}

/* Slots of a text field: numbers of its template as they are, else spelled out. */
static void pack_slots(struct sheet *s, unsigned field, int64_t *v, size_t n)
{
	bool numbers = true;
	size_t spelled = 0;
	char buf[SHORT_SPELL];
	for (size_t i = 0; i < n; i++)
		numbers &= v[i] == WEND_NONE || v[i] & TEXT_NUMBER;
	str_reset(&s->blob);
	if (numbers) {
		for (size_t i = 0; i < n; i++)
			v[i] = v[i] == WEND_NONE ? v[i] : v[i] & ~TEXT_NUMBER;
		pack_template(&s->blob, &s->r->template[field], v, n);
		return;
	}
	str_reset(&s->text);
	for (size_t i = 0; i < n; i++)
		spelled += v[i] != WEND_NONE && v[i] & TEXT_NUMBER ? run_text(s->r, field, v[i], buf).n : 0;
	GROW(s->text.p, s->text.cap, spelled + 1);
	for (size_t i = 0; i < n; i++) {
		s->sv[i] = run_text(s->r, field, v[i], buf);
		if (s->sv[i].p == buf) {
			memcpy(s->text.p + s->text.n, buf, s->sv[i].n);
			s->sv[i].p = s->text.p + s->text.n;
			s->text.n += s->sv[i].n;
		}
	}
	pack_texts(&s->blob, s->sv, n);
}

static enum wend_err put_slots(struct sheet *s, int64_t block, unsigned field, int64_t *v, size_t n, struct err *err)
{
	if (all_are(v, n, WEND_NONE))
		return WEND_OK;
	pack_slots(s, field, v, n);
	return put_col(&s->w->put, block, field, &s->blob, err);
}

/* ---- fetching ---- */

static void stage_column(const struct sheet *s, const struct place *c, const unsigned char *stage, size_t n, int64_t *v)
{
	size_t stride = s->r->lay.stride;
	const uint32_t *word = s->w->word;
	switch (c->how) {
	case SLOT_WORD:
		for (size_t i = 0; i < n; i++) {
			uint32_t u = get_u32(stage + i * stride, c->at);
			v[i] = u ? (int64_t)word[u - 1] : WEND_NONE;
		}
		break;
	case SLOT_CURRENCY:
		for (size_t i = 0; i < n; i++) {
			uint32_t u = get_u32(stage + i * stride, c->at);
			v[i] = u ? (int64_t)u : WEND_NONE;
		}
		break;
	case PLACE_SIGNED:
		for (size_t i = 0; i < n; i++)
			v[i] = (int32_t)get_u32(stage + i * stride, c->at);
		break;
	case PLACE_COUNT:
		for (size_t i = 0; i < n; i++)
			v[i] = get_u32(stage + i * stride, c->at);
		break;
	default:
		for (size_t i = 0; i < n; i++)
			v[i] = get_i64(stage + i * stride, c->at);
	}
}

/* Rows lie at multiples of 4: copied by eights, the last may spill into the next place. */
static void copy_row(unsigned char *to, const unsigned char *from, size_t stride)
{
	for (size_t i = 0; i < stride; i += 8)
		memcpy(to + i, from + i, 8);
}

static void fetch_rows(struct sheet *s, const uint32_t *row, size_t n)
{
	size_t stride = s->r->lay.stride;
	for (size_t from = 0; from < n; from += STAGE) {
		size_t m = n - from < STAGE ? n - from : STAGE;
		for (size_t i = 0; i < m; i++) {
			if (from + i + AHEAD < n) {
				const unsigned char *next = s->r->rows + row[from + i + AHEAD] * stride;
				__builtin_prefetch(next);
				__builtin_prefetch(next + stride - 1);
			}
			copy_row(s->stage + i * stride, s->r->rows + row[from + i] * stride, stride);
		}
		for (int c = 0; c < s->ncol; c++)
			stage_column(s, &s->col[c], s->stage, m, s->value + (size_t)c * BLOCK_ROWS + from);
	}
}

static void find_columns(struct sheet *s)
{
	const struct layout *l = &s->r->lay;
	const struct place head[AT_FIELDS] = {
		[AT_TIME] = { F_TIME, SLOT_INT, offsetof(struct row, time) },
		[AT_PERSON] = { C_CUSTOMER, PLACE_COUNT, offsetof(struct row, person) },
		[AT_POSITION] = { C_POSITION, PLACE_SIGNED, offsetof(struct row, position) },
		[AT_LINE] = { C_LINE, PLACE_SIGNED, offsetof(struct row, line) },
		[AT_ROWS] = { C_ROWS, PLACE_COUNT, offsetof(struct row, rows) },
		[AT_ITEMS_FROM] = { C_ITEMS, PLACE_COUNT, l->items_at },
		[AT_ITEMS_N] = { C_ITEMS, PLACE_COUNT, (uint16_t)(l->items_at + 4u) },
	};
	s->col = xreallocarray(NULL, (size_t)l->n + AT_FIELDS + 1, sizeof *s->col);
	for (int i = 0; i < AT_FIELDS; i++)
		s->col[s->ncol++] = head[i];
	for (int i = 0; i < l->n; i++)
		if (l->slot[i].at)
			s->col[s->ncol++] = (struct place){ l->slot[i].field, l->slot[i].how, l->slot[i].at };
	if (l->space_at)
		s->col[s->ncol++] = (struct place){ C_ID_SPACE, SLOT_WORD, l->space_at };
	s->value = xreallocarray(NULL, (size_t)s->ncol * BLOCK_ROWS, sizeof *s->value);
	s->stage = xmalloc(STAGE * (size_t)l->stride + 8);
}

/* ---- columns that are not fields ---- */

static int64_t *column(const struct sheet *s, int c) { return s->value + (size_t)c * BLOCK_ROWS; }

/* A row that stands where an earlier run of the file first spoke of it lies behind others
 * of a later place: readers must put it in order. */
static bool is_changed(const struct work *k, uint32_t row)
{
	return k->state[row] != ROW_ADDED || run_row(k->run, row)->position < 0;
}

static enum wend_err put_places(struct sheet *s, int64_t block, const uint32_t *row, size_t n, struct err *err)
{
	int64_t *position = column(s, AT_POSITION), *line = column(s, AT_LINE), *verb = s->work;
	enum wend_err e;
	for (size_t i = 0; i < n; i++) {
		position[i] += s->r->position0;
		line[i] += s->r->line0;
		verb[i] = is_changed(s->k, row[i]);
	}
	if ((e = put_ints(s, block, C_CUSTOMER, column(s, AT_PERSON), n, WEND_NONE, err)) || (e = put_ints(s, block, C_POSITION, position, n, WEND_NONE, err))
	    || (e = put_ints(s, block, C_LINE, line, n, WEND_NONE, err)) || (e = put_ints(s, block, C_ROWS, column(s, AT_ROWS), n, 1, err)))
		return e;
	return put_ints(s, block, C_VERB, verb, n, 0, err);
}

/* A column of the items of all records, in order: words, or numbers as they are. */
static enum wend_err put_part(struct sheet *s, int64_t block, unsigned id, size_t n, size_t total, const uint32_t *word, const int64_t *plain, struct err *err)
{
	const int64_t *from = column(s, AT_ITEMS_FROM), *k = column(s, AT_ITEMS_N);
	size_t m = 0;
	if (!word && !plain)
		return WEND_OK;
	GROW(s->work, s->work_cap, total);
	for (size_t i = 0; i < n; i++)
		for (int64_t j = from[i]; j < from[i] + k[i]; j++)
			s->work[m++] = plain ? plain[j] : word[j] ? (int64_t)s->w->word[word[j] - 1] : WEND_NONE;
	return put_ints(s, block, id, s->work, m, WEND_NONE, err);
}

static enum wend_err put_items(struct sheet *s, int64_t block, size_t n, struct err *err)
{
	const struct run_items *it = &s->r->item;
	const int64_t *k = column(s, AT_ITEMS_N);
	size_t total = 0;
	enum wend_err e;
	for (size_t i = 0; s->r->lay.items_at && i < n; i++)
		total += (size_t)k[i];
	if (!total)
		return WEND_OK;
	if ((e = put_ints(s, block, C_ITEMS, k, n, WEND_NONE, err)) || (e = put_part(s, block, F_PRODUCT, n, total, it->product, NULL, err))
	    || (e = put_part(s, block, F_CATEGORY, n, total, it->category, NULL, err)) || (e = put_part(s, block, F_QUANTITY, n, total, NULL, it->quantity, err)))
		return e;
	return put_part(s, block, F_ITEM_AMOUNT, n, total, NULL, it->amount, err);
}

static enum wend_err put_attrs(struct sheet *s, int64_t block, const uint32_t *row, size_t n, struct err *err)
{
	const struct run_attrs *a = &s->r->attr;
	unsigned at = s->r->lay.attrs_at;
	size_t total, m = 0;
	enum wend_err e;
	if (!at)
		return WEND_OK;
	total = 0;
	for (size_t i = 0; i < n; i++)
		total += (size_t)(s->work[i] = get_u32(run_row(s->r, row[i]), at + 4));
	if (!total)
		return WEND_OK;
	if ((e = put_ints(s, block, C_ATTRS, s->work, n, WEND_NONE, err)))
		return e;
	GROW(s->work, s->work_cap, total);
	struct sv *value = xreallocarray(NULL, total, sizeof *value);
	for (size_t i = 0; i < n; i++) {
		uint32_t from = get_u32(run_row(s->r, row[i]), at), k = get_u32(run_row(s->r, row[i]), at + 4);
		for (uint32_t j = from; j < from + k; j++, m++) {
			s->work[m] = s->w->word[a->name[j]];
			value[m] = run_text(s->r, 0, a->value[j], NULL);
		}
	}
	e = put_ints(s, block, C_ATTR_NAME, s->work, m, WEND_NONE, err);
	str_reset(&s->blob);
	pack_texts(&s->blob, value, m);
	free(value);
	return e ? e : put_col(&s->w->put, block, C_ATTR_VALUE, &s->blob, err);
}

/* ---- blocks and runs ---- */

static enum wend_err write_rows_block(struct sheet *s, int64_t run, const uint32_t *row, size_t n, struct err *err)
{
	int64_t block;
	enum wend_err e;
	fetch_rows(s, row, n);
	GROW(s->work, s->work_cap, n);
	e = put_block(&s->w->put, run, &block, n, s->k->person[row[0]], s->k->person[row[n - 1]], s->value, err);
	if (!e)
		e = put_ints(s, block, F_TIME, s->value, n, WEND_NONE, err);
	for (int c = AT_FIELDS; !e && c < s->ncol; c++) {
		int64_t *v = column(s, c);
		if (s->col[c].how == SLOT_TEXT)
			e = put_slots(s, block, s->col[c].id, v, n, err);
		else
			e = put_ints(s, block, s->col[c].id, v, n, WEND_NONE, err);
	}
	if (e || (e = put_places(s, block, row, n, err)) || (e = put_items(s, block, n, err)))
		return e;
	return put_attrs(s, block, row, n, err);
}

static enum wend_err write_rows(struct sheet *s, struct err *err)
{
	struct work *k = s->k;
	size_t changed = 0;
	uint64_t rows = 0;
	enum wend_err e;
	for (size_t i = 0; i < k->run->n; i++) {
		uint32_t row = k->order[i];
		if (k->state[row] > ROW_OLDER)
			continue;
		s->row[s->n++] = row;
		changed += is_changed(k, row);
		rows += run_row(k->run, row)->rows;
	}
	if (!s->n)
		return WEND_OK;
	find_columns(s);
	e = put_run(&s->w->put, &k->run_id, &(struct run_row){ s->w->batch, s->r->kind, RUN_ROWS, s->n, changed, rows }, err);
	for (size_t at = 0; !e && at < s->n; at += BLOCK_ROWS)
		e = write_rows_block(s, k->run_id, s->row + at, s->n - at < BLOCK_ROWS ? s->n - at : BLOCK_ROWS, err);
	return e ? e : keys_write(s->w, k->run_id, false, err);
}

static int by_mate(const void *a, const void *b)
{
	const struct mate *x = a, *y = b;
	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static enum wend_err write_equal(struct sheet *s, struct err *err)
{
	struct work *k = s->k;
	int64_t run = 0, block, *v[7];
	uint64_t rows = 0;
	static const uint8_t id[7] = { F_TIME, C_CUSTOMER, C_POSITION, C_RANK_BATCH, C_MATE, C_LINE, C_ROWS };
	size_t kept = 0;
	for (size_t i = 0; i < k->nmate; i++)
		if (k->state[k->mate[i].row] == ROW_EQUAL)
			k->mate[kept++] = k->mate[i];
	k->nmate = kept;
	if (!k->nmate)
		return WEND_OK;
	bool sorted = true;
	for (size_t i = 1; sorted && i < k->nmate; i++)
		sorted = by_mate(&k->mate[i - 1], &k->mate[i]) <= 0;
	if (!sorted)
		qsort(k->mate, k->nmate, sizeof *k->mate, by_mate);
	for (size_t i = 0; i < k->nmate; i++)
		rows += run_row(k->run, k->mate[i].row)->rows;
	enum wend_err e = put_run(&s->w->put, &run, &(struct run_row){ s->w->batch, s->r->kind, RUN_EQUAL, k->nmate, 0, rows }, err);
	int64_t *space = xreallocarray(NULL, BLOCK_ROWS * 7, sizeof *space);
	for (int c = 0; c < 7; c++)
		v[c] = space + c * BLOCK_ROWS;
	for (size_t at = 0; !e && at < k->nmate; at += BLOCK_ROWS) {
		size_t n = k->nmate - at < BLOCK_ROWS ? k->nmate - at : BLOCK_ROWS;
		const struct mate *m = k->mate + at;
		for (size_t i = 0; i < n; i++) {
			v[0][i] = m[i].time;
			v[1][i] = m[i].customer;
			v[2][i] = s->r->position0 + run_row(s->r, m[i].row)->position;
			v[3][i] = m[i].batch;
			v[4][i] = m[i].position - v[2][i];
			v[5][i] = s->r->line0 + run_row(s->r, m[i].row)->line;
			v[6][i] = run_row(s->r, m[i].row)->rows;
		}
		e = put_block(&s->w->put, run, &block, n, m[0].customer, m[n - 1].customer, v[0], err);
		for (int c = 0; !e && c < 7; c++)
			e = put_ints(s, block, id[c], v[c], n, id[c] == C_ROWS ? 1 : WEND_NONE, err);
	}
	free(space);
	return e ? e : keys_write(s->w, run, true, err);
}

static int by_mark(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	return x->time < y->time ? -1 : x->time > y->time;
}

static enum wend_err write_marks_block(struct sheet *s, int64_t run, const struct mark *m, size_t n, struct err *err)
{
	const struct layout *l = &s->r->lay;
	int64_t block, *v[6];
	static const uint8_t id[6] = { F_TIME, C_CUSTOMER, C_RANK_BATCH, F_UPDATED, C_ID_SPACE, F_ID };
	unsigned id_at = 0;
	for (int i = 0; i < l->n; i++)
		id_at = l->slot[i].field == F_ID ? l->slot[i].at : id_at;
	int64_t *space = xreallocarray(NULL, BLOCK_ROWS * 6, sizeof *space);
	for (int c = 0; c < 6; c++)
		v[c] = space + c * BLOCK_ROWS;
	for (size_t i = 0; i < n; i++) {
		const struct row *row = run_row(s->r, m[i].row);
		uint32_t word = l->space_at ? get_u32(row, l->space_at) : 0;
		v[0][i] = m[i].time;
		v[1][i] = m[i].customer;
		v[2][i] = m[i].winner;
		v[3][i] = m[i].updated;
		v[4][i] = word ? (int64_t)s->w->word[word - 1] : WEND_NONE;
		v[5][i] = get_i64(row, id_at);
	}
	enum wend_err e = put_block(&s->w->put, run, &block, n, m[0].customer, m[n - 1].customer, v[0], err);
	for (int c = 0; !e && c < 5; c++)
		e = put_ints(s, block, id[c], v[c], n, WEND_NONE, err);
	if (!e)
		e = put_slots(s, block, F_ID, v[5], n, err);
	free(space);
	return e;
}

static enum wend_err write_marks(struct sheet *s, struct err *err)
{
	struct work *k = s->k;
	int64_t run = 0;
	size_t kept = 0;
	for (size_t i = 0; i < k->nmark; i++)
		if (k->state[k->mark[i].row] < ROW_REPEATED)
			k->mark[kept++] = k->mark[i];
	k->nmark = kept;
	if (!k->nmark)
		return WEND_OK;
	qsort(k->mark, k->nmark, sizeof *k->mark, by_mark);
	s->w->marks = true;
	enum wend_err e = put_run(&s->w->put, &run, &(struct run_row){ s->w->batch, s->r->kind, RUN_MARK, k->nmark, 0, 0 }, err);
	for (size_t at = 0; !e && at < k->nmark; at += BLOCK_ROWS)
		e = write_marks_block(s, run, k->mark + at, k->nmark - at < BLOCK_ROWS ? k->nmark - at : BLOCK_ROWS, err);
	return e;
}

enum wend_err work_write(struct writer *w, struct err *err)
{
	struct work *k = &w->work;
	struct sheet s = { .w = w, .k = k, .r = k->run };
	enum wend_err e;
	k->run_id = 0;
	s.row = xreallocarray(NULL, k->run->n, sizeof *s.row);
	s.sv = xreallocarray(NULL, BLOCK_ROWS, sizeof *s.sv);
	if (!(e = write_rows(&s, err)) && !(e = write_equal(&s, err)))
		e = write_marks(&s, err);
	free(s.row);
	free(s.sv);
	free(s.col);
	free(s.value);
	free(s.stage);
	free(s.work);
	str_release(&s.blob);
	str_release(&s.text);
	return e;
}
