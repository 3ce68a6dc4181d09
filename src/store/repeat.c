/* room: store
 * The same id twice in one file. Equal rows are one; rows of an order with other items
 * are more of its lines; anything else is a newer version, by its own stamp or because it
 * stands further down. A batch therefore holds a record once.
 *
 * Rows of one id are taken in file order, each against what came of those before it. That
 * is a row of this run, or what an earlier run wrote of the record (earlier.c): then that
 * is taken back and goes on in the row at hand. Where a run ends decides nothing.
 */
#include "store/keys.h"

static unsigned slot_at(const struct run *r, unsigned field)
{
	for (int i = 0; i < r->lay.n; i++)
		if (r->lay.slot[i].field == field)
			return r->lay.slot[i].at;
	return 0;
}

static int64_t value_at(const struct run *r, uint32_t row, unsigned at)
{
	return at ? get_i64(run_row(r, row), at) : WEND_NONE;
}

static uint32_t items_n(const struct run *r, uint32_t row)
{
	return r->lay.items_at ? get_u32(run_row(r, row), r->lay.items_at + 4u) : 0;
}

static void put_u32(struct row *row, unsigned at, uint32_t v) { memcpy((char *)row + at, &v, 4); }
static void put_i64(struct row *row, unsigned at, int64_t v) { memcpy((char *)row + at, &v, 8); }

/* An item of a row or of a stored block, words as local codes + 1. */
struct plain_item {
	uint32_t product, category;
	int64_t quantity, amount;
};
struct plain_items {
	struct plain_item *v;
	size_t n, cap;
};

static void add_item(struct plain_items *l, struct plain_item v)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = v;
}

static void items_of_row(struct plain_items *l, const struct run *r, uint32_t row)
{
	const struct run_items *it = &r->item;
	uint32_t n = items_n(r, row), from = n ? get_u32(run_row(r, row), r->lay.items_at) : 0;
	for (uint32_t i = from; i < from + n; i++)
		add_item(l, (struct plain_item){ it->product ? it->product[i] : 0, it->category ? it->category[i] : 0, it->quantity ? it->quantity[i] : WEND_NONE, it->amount ? it->amount[i] : WEND_NONE });
}

static bool same_items(const struct plain_items *a, const struct plain_items *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].product != b->v[i].product || a->v[i].category != b->v[i].category || a->v[i].quantity != b->v[i].quantity || a->v[i].amount != b->v[i].amount)
			return false;
	return true;
}

/* The sum of the items' money; WEND_NONE when one has none. */
static int64_t sum_of(const struct plain_items *l)
{
	int64_t sum = 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].amount == WEND_NONE || __builtin_add_overflow(sum, l->v[i].amount, &sum))
			return WEND_NONE;
	return sum;
}

/* Room for one more item in every column that this run has, or that the item needs. */
static void *grow_column(void *p, size_t size, size_t n, size_t cap)
{
	const int64_t none = WEND_NONE;
	char *v = p ? xreallocarray(p, cap, size) : xcalloc(cap, size);
	for (size_t i = 0; !p && size == 8 && i < n; i++)
		memcpy(v + 8 * i, &none, 8);
	return v;
}

static void set_items(struct run *r, uint32_t row, const struct plain_items *a, const struct plain_items *b)
{
	struct run_items *it = &r->item;
	size_t need = it->n + a->n + b->n;
	if (need > it->cap)
		it->cap = need + need / 4;
	it->product = grow_column(it->product, 4, it->n, it->cap);
	it->category = grow_column(it->category, 4, it->n, it->cap);
	it->quantity = grow_column(it->quantity, 8, it->n, it->cap);
	it->amount = grow_column(it->amount, 8, it->n, it->cap);
	put_u32(run_row(r, row), r->lay.items_at, (uint32_t)it->n);
	put_u32(run_row(r, row), r->lay.items_at + 4u, (uint32_t)(a->n + b->n));
	for (size_t i = 0; i < a->n + b->n; i++) {
		const struct plain_item *v = i < a->n ? &a->v[i] : &b->v[i - a->n];
		it->product[it->n] = v->product;
		it->category[it->n] = v->category;
		it->quantity[it->n] = v->quantity;
		it->amount[it->n++] = v->amount;
	}
}

/* Money of an order whose lines came in two parts: where both parts are the sums of
 * their lines, so is the whole; else it is the order's own and stands on every line. */
static int64_t amount_of(int64_t a, const struct plain_items *x, int64_t b, const struct plain_items *y)
{
	int64_t sum;
	if (a != WEND_NONE && b != WEND_NONE && a == sum_of(x) && b == sum_of(y) && !__builtin_add_overflow(a, b, &sum))
		return sum;
	return b != WEND_NONE ? b : a;
}

/* Fields that the later part leaves out are those of the earlier one. */
static void fill_from_row(struct run *r, uint32_t into, uint32_t from)
{
	struct row *a = run_row(r, into);
	const struct row *b = run_row(r, from);
	if (a->time == WEND_NONE)
		a->time = b->time;
	for (int i = 0; i < r->lay.n; i++) {
		const struct slot *s = &r->lay.slot[i];
		if (!s->at)
			continue;
		if (s->how == SLOT_WORD || s->how == SLOT_CURRENCY) {
			if (!get_u32(a, s->at))
				put_u32(a, s->at, get_u32(b, s->at));
		} else if (get_i64(a, s->at) == WEND_NONE) {
			put_i64(a, s->at, get_i64(b, s->at));
		}
	}
}

static void merge_rows(struct run *r, uint32_t into, uint32_t from, const struct plain_items *earlier, const struct plain_items *later)
{
	unsigned at = slot_at(r, F_AMOUNT);
	if (at)
		put_i64(run_row(r, into), at, amount_of(value_at(r, from, at), earlier, value_at(r, into, at), later));
	fill_from_row(r, into, from);
	set_items(r, into, earlier, later);
	run_row(r, into)->rows += run_row(r, from)->rows;
}

/* A record stands where its file first spoke of it, whatever it said later. */
static void row_stand(struct run *r, uint32_t row, int64_t position)
{
	struct row *x = run_row(r, row);
	int64_t back = r->position0 + x->position - position;
	int32_t at, line;
	if (back <= 0 || __builtin_sub_overflow(x->position, back, &at) || __builtin_add_overflow(x->line, back, &line))
		return;
	x->position = at;
	x->line = line;
	r->in_order = false;
}

/* ---- within the run ---- */

/* The row that carries on: what the file says of the record after row `b`, when `a` carried
 * it so far. */
static uint32_t join_rows(struct work *k, uint32_t a, uint32_t b, struct plain_items *x, struct plain_items *y)
{
	struct run *r = k->run;
	unsigned at = slot_at(r, F_UPDATED);
	int64_t ua = value_at(r, a, at), ub = value_at(r, b, at);

	x->n = y->n = 0;
	items_of_row(x, r, a);
	items_of_row(y, r, b);
	if (same_rows(r, a, b)) {
		k->state[a] = ROW_REPEATED;
	} else if (r->kind == KIND_ORDERS && x->n && y->n && !same_items(x, y)) {
		merge_rows(r, b, a, x, y);
		k->state[a] = ROW_MERGED;
	} else if (ua != WEND_NONE && ub != WEND_NONE && ua > ub) {
		k->state[b] = ROW_REPLACED;
		return a;
	} else {
		k->state[a] = ROW_REPLACED;
	}
	row_stand(r, b, r->position0 + run_row(r, a)->position);
	if (k->again && k->again[a])
		k->again[b] = true;
	return b;
}

void repeats_in_run(struct work *k, const struct ids *l)
{
	struct plain_items x = { 0 }, y = { 0 };

	for (size_t i = 0, end; i < l->n; i = end) {
		uint32_t carrier = NO_ROW;

		for (end = i + 1; end < l->n && ids_same(l, i, end); end++)
			;
		for (size_t at = i; end > i + 1 && at < end; at++) {
			uint32_t row = l->row[at];

			/* What an earlier run says of it may have settled the first rows. */
			if (k->state[row] < ROW_REPEATED)
				carrier = carrier == NO_ROW ? row : join_rows(k, carrier, row, &x, &y);
		}
	}
	free(x.v);
	free(y.v);
}

/* ---- with what an earlier run wrote ---- */

/* Local code + 1 of a word of the store; words this file used before have one. */
static uint32_t local_word(struct writer *w, int64_t code)
{
	if (code == WEND_NONE)
		return 0;
	for (size_t i = w->nback; i < w->nword; i++) {
		GROW(w->back, w->back_cap, (size_t)w->word[i] + 1);
		while (w->back_n <= w->word[i])
			w->back[w->back_n++] = 0;
		w->back[w->word[i]] = (uint32_t)i + 1;
	}
	w->nback = w->nword;
	return (uint64_t)code < w->back_n ? w->back[code] : 0;
}

static void items_of_stored(struct plain_items *l, struct writer *w, struct stored *b, uint32_t j)
{
	if (!stored_parts(b))
		return;
	for (uint32_t i = b->items_from[j]; i < b->items_from[j + 1]; i++)
		add_item(l, (struct plain_item){ local_word(w, stored_at(b, F_PRODUCT, i)), local_word(w, stored_at(b, F_CATEGORY, i)), stored_at(b, F_QUANTITY, i), stored_at(b, F_ITEM_AMOUNT, i) });
}

/* Lists of ids look into the run's texts: where those must move, what was there is kept. */
static int64_t place_text(struct writer *w, struct sv v)
{
	struct str *text = &w->work.run->text;

	if (text->p && text->n + v.n + 1 > text->cap) {
		size_t cap = text->cap * 2 + v.n + 1;
		char *wider = xmalloc(cap);

		memcpy(wider, text->p, text->n + 1);
		GROW(w->outgrown, w->outgrown_cap, w->noutgrown + 1);
		w->outgrown[w->noutgrown++] = text->p;
		text->p = wider;
		text->cap = cap;
	}
	return run_place(w->work.run, v);
}

static void fill_from_stored(struct writer *w, uint32_t into, struct stored *b, uint32_t j)
{
	struct run *r = w->work.run;
	struct row *a = run_row(r, into);
	if (a->time == WEND_NONE)
		a->time = stored_at(b, F_TIME, j);
	for (int i = 0; i < r->lay.n; i++) {
		const struct slot *s = &r->lay.slot[i];
		int64_t v = s->at && s->field != F_ID ? stored_at(b, s->field, j) : WEND_NONE;
		if (v == WEND_NONE)
			continue;
		if (s->how == SLOT_WORD || s->how == SLOT_CURRENCY) {
			if (!get_u32(a, s->at))
				put_u32(a, s->at, s->how == SLOT_WORD ? local_word(w, v) : (uint32_t)v);
		} else if (get_i64(a, s->at) == WEND_NONE) {
			put_i64(a, s->at, s->how == SLOT_TEXT ? place_text(w, text_at(&b->pool, v)) : v);
		}
	}
}

/* Source rows that go from what was written to the row at hand are not counted twice. */
static void uncount(struct writer *w, const struct earlier *p)
{
	uint64_t rows = (uint64_t)p->rows, *count[] = { &w->added, &w->updated, &w->duplicates };
	int first = p->equal ? 2 : stored_at(p->b, C_VERB, p->j) == 1;

	uncount_day(w, stored_at(p->b, F_TIME, p->j), p->rows);
	for (int i = 0; i < 3; i++) {
		uint64_t *from = count[(first + i) % 3], n = *from < rows ? *from : rows;

		*from -= n;
		rows -= n;
	}
}

static void merge_earlier(struct writer *w, uint32_t row, const struct earlier *p, const struct plain_items *earlier, const struct plain_items *later)
{
	struct run *r = w->work.run;
	unsigned at = slot_at(r, F_AMOUNT);

	if (at)
		put_i64(run_row(r, row), at, amount_of(stored_at(p->b, F_AMOUNT, p->j), earlier, value_at(r, row, at), later));
	fill_from_stored(w, row, p->b, p->j);
	set_items(r, row, earlier, later);
	run_row(r, row)->rows += (uint32_t)p->rows;
	uncount(w, p);
}

/* Does row `row` carry on what was written? Else that stands, and the row is settled. */
static bool takes_over(struct writer *w, uint32_t row, const struct earlier *p, struct plain_items *x, struct plain_items *y)
{
	struct work *k = &w->work;
	struct run *r = k->run;
	int64_t ua = stored_at(p->b, F_UPDATED, p->j), ub = value_at(r, row, slot_at(r, F_UPDATED));

	if (same_record(w, row, p->b, p->j, true)) {
		k->state[row] = ROW_REPEATED;
		return false;
	}
	x->n = y->n = 0;
	items_of_stored(x, w, p->b, p->j);
	items_of_row(y, r, row);
	if (r->kind == KIND_ORDERS && x->n && y->n && !same_items(x, y)) {
		merge_earlier(w, row, p, x, y);
	} else if (ua != WEND_NONE && ub != WEND_NONE && ua > ub) {
		k->state[row] = ROW_REPLACED;
		return false;
	} else {
		if (!k->again)
			k->again = xcalloc(r->n, sizeof *k->again);
		k->again[row] = true;
	}
	row_stand(r, row, p->position);
	return true;
}

uint32_t row_after_earlier(struct writer *w, uint32_t row, const struct earlier *p)
{
	const struct work *k = &w->work;
	struct plain_items x = { 0 }, y = { 0 };

	while (row != NO_ROW && !p->b->damaged && !takes_over(w, row, p, &x, &y))
		row = k->next ? k->next[row] : NO_ROW;
	free(x.v);
	free(y.v);
	return row;
}

