/* One window of the cursor after the other: which customers, their rows in order, the
 * columns, and the slices handed out. Costs a few nanoseconds a row and column. */
#include "cursor.h"

/* First row of the block whose customer is not below `customer`. */
static uint32_t lower(const struct block *b, uint32_t from, uint32_t customer)
{
	uint32_t lo = from, hi = b->head.n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (b->customer[mid] < customer)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The stream's next customer, at least; UINT32_MAX at its end. */
static uint32_t peek(const struct cursor *c, const struct stream *s)
{
	uint32_t v = UINT32_MAX;

	if (s->cur)
		return s->cur->customer[s->pos];
	if (s->next < s->nhead)
		v = s->head[s->next].lo;
	return v < c->begin ? c->begin : v;
}

/* All rows of customers below this lie in the block at hand. */
static uint32_t bound(const struct stream *s)
{
	size_t after = s->next + !s->cur;

	return after < s->nhead ? s->head[after].lo : UINT32_MAX;
}

static bool stream_open(struct cursor *c, struct stream *s)
{
	while (!s->cur && s->next < s->nhead) {
		s->cur = block_open(c, s, &s->head[s->next++]);
		if (!s->cur)
			return false;
		s->pos = lower(s->cur, 0, c->begin);
		if (s->pos == s->cur->head.n) {
			block_close(c, s->cur);
			s->cur = NULL;
		}
	}
	return true;
}

/* Rows of a stream below `customer`, roughly for a block that is not unpacked. */
static uint64_t rows_below(const struct stream *s, uint32_t customer)
{
	if (s->cur)
		return lower(s->cur, s->pos, customer) - s->pos;
	if (s->next >= s->nhead)
		return 0;

	const struct head *h = &s->head[s->next];

	if (h->lo >= customer)
		return 0;
	return customer > h->hi ? h->n : (uint64_t)h->n * (customer - h->lo) / (h->hi - h->lo + 1u);
}

/* The customers of the next window, [*w0, *w1). False = no more. */
static bool choose(struct cursor *c, uint32_t *w0, uint32_t *w1)
{
	uint32_t lo = UINT32_MAX, hi = c->end;
	size_t active = 0;

	for (size_t i = 0; i < c->nstream; i++) {
		uint32_t p = peek(c, &c->stream[i]), b = bound(&c->stream[i]);

		lo = p < lo ? p : lo;
		hi = b < hi ? b : hi;
	}
	*w0 = lo;
	if (lo >= c->end)
		return false;
	if (hi <= lo)
		hi = lo + 1;
	for (size_t i = 0; i < c->nstream; i++)
		active += peek(c, &c->stream[i]) < hi;
	if (active > 1 || c->exact) {
		if (hi - lo > WINDOW_CUSTOMERS)
			hi = lo + WINDOW_CUSTOMERS;
		while (hi - lo > 1) {
			uint64_t rows = 0;

			for (size_t i = 0; i < c->nstream; i++)
				rows += rows_below(&c->stream[i], hi);
			if (rows <= WINDOW_ROWS)
				break;
			hi = lo + (hi - lo) / 2;
		}
	}
	*w1 = hi;
	return true;
}

/* Blocks the last window used to their end. */
static void recycle(struct cursor *c)
{
	for (size_t i = 0; i < c->nseg; i++) {
		struct block *b = c->seg[i].b;

		if (c->seg[i].to == b->head.n)
			block_close(c, b);
	}
	c->nseg = 0;
}

static bool cut_segments(struct cursor *c, uint32_t w1)
{
	c->rows = 0;
	for (size_t i = 0; i < c->nstream; i++) {
		struct stream *s = &c->stream[i];

		while (peek(c, s) < w1) {
			uint32_t to;

			if (!stream_open(c, s))
				return false;
			if (!s->cur || s->cur->customer[s->pos] >= w1)
				break;
			to = lower(s->cur, s->pos, w1);
			GROW(c->seg, c->seg_cap, c->nseg + 1);
			c->seg[c->nseg++] = (struct segment){ s->cur, s->pos, to };
			c->rows += to - s->pos;
			s->pos = to;
			if (to == s->cur->head.n)
				s->cur = NULL;
		}
	}
	return true;
}

static void need_none(struct cursor *c, size_t n)
{
	if (n < BLOCK_ROWS)
		n = BLOCK_ROWS;
	if (n <= c->none_cap)
		return;
	c->none = xreallocarray(c->none, n, sizeof *c->none);
	for (size_t i = c->none_cap; i < n; i++)
		c->none[i] = WEND_NONE;
	c->none_cap = n;
}

/* ---- a single segment is handed out where it lies ---- */

static bool any_competes(const struct cursor *c, uint32_t first, uint32_t last)
{
	for (uint32_t who = first; c->affected && who <= last; who++)
		if (c->affected[who >> 3] >> (who & 7) & 1)
			return true;
	return false;
}

static bool is_direct(const struct cursor *c)
{
	const struct segment *g = &c->seg[0];
	uint32_t first, last;

	if (c->nseg != 1 || g->b->stream->type != RUN_ROWS || g->b->stream->moved || g->b->stream->holes || (!g->b->stream->batch && c->goes_on))
		return false;
	first = g->b->customer[g->from];
	last = g->b->customer[g->to - 1];
	/* Rows of several batches may be versions of one record. */
	if (!g->b->stream->batch && any_competes(c, first, last))
		return false;
	return !c->moved_of || !memchr(c->moved_of + first, 1, last - first + 1u);
}

static int64_t line_of(const int64_t *line, const int64_t *position, uint32_t row)
{
	return line && position && line[row] != WEND_NONE ? line[row] + position[row] : WEND_NONE;
}

static bool direct(struct cursor *c)
{
	struct segment g = c->seg[0];
	struct view *v = &c->view;
	const uint32_t *cust = g.b->customer;
	const int64_t *col;
	uint8_t kind = g.b->stream->kind;
	uint32_t n = g.to - g.from;
	size_t k = 0;

	order_customers_room(c, n);
	for (uint32_t i = 0; i < n; i++) {
		v->customer[k] = cust[g.from + i];
		v->start[k] = i;
		k += !i || cust[g.from + i] != cust[g.from + i - 1];
	}
	v->n = k;
	v->start[v->n] = n;
	need_none(c, n);
	if (!c->kinds[kind]) {
		c->kinds[kind] = xmalloc(BLOCK_ROWS);
		memset(c->kinds[kind], kind, BLOCK_ROWS);
	}
	v->kind = c->kinds[kind];
	col = block_col(c, g.b, F_TIME);
	v->time = col ? col + g.from : c->none;
	for (size_t i = 0; i < c->nfield; i++) {
		col = block_col(c, g.b, c->field[i]);
		v->f[c->field[i]] = col ? col + g.from : c->none;
	}
	if (c->spec.batches && !g.b->stream->batch) {
		order_room(c, n);
		for (uint32_t i = 0; i < n; i++)
			c->batches[i] = (uint32_t)row_batch(c, g.b, g.from + i)->id;
		v->batch = c->batches;
	} else if (c->spec.batches) {
		uint32_t id = (uint32_t)g.b->stream->batch->id;

		if (!c->same_batch)
			c->same_batch = xreallocarray(NULL, BLOCK_ROWS, sizeof *c->same_batch);
		if (c->same_batch_of != id)
			for (size_t i = 0; i < BLOCK_ROWS; i++)
				c->same_batch[i] = id;
		c->same_batch_of = id;
		v->batch = c->same_batch;
	}
	if (c->spec.lines) {
		const int64_t *position = block_col(c, g.b, C_POSITION);

		col = block_col(c, g.b, C_LINE);
		order_room(c, n);
		for (uint32_t i = 0; i < n; i++)
			c->line[i] = line_of(col, position, g.from + i);
		v->line = c->line;
	}
	col = block_col(c, g.b, C_ROWS);
	v->source_rows = NULL;
	if (col) {
		order_room(c, n);
		for (uint32_t i = 0; i < n; i++)
			c->source_rows[i] = col[g.from + i] == WEND_NONE ? 1 : (uint32_t)col[g.from + i];
		v->source_rows = c->source_rows;
	}
	if (c->spec.items && block_items(c, g.b)) {
		v->item_from = g.b->item_from + g.from;
		for (k = 0; k < 4; k++)
			v->item_f[k] = g.b->col[F_PRODUCT + k];
	}
	if (c->spec.attrs && block_attrs(c, g.b)) {
		v->attr_from = g.b->attr_from + g.from;
		v->attr_name = g.b->col[C_ATTR_NAME];
		v->attr_value = g.b->col[C_ATTR_VALUE];
	}
	v->text = g.b->text.p;
	return !c->failed;
}

/* ---- several segments: order, then gather ---- */

/* A column's array in each segment; a segment without it gives missing values. */
static bool columns(struct cursor *c, unsigned id)
{
	bool any = false;

	GROW(c->from, c->from_cap, c->nseg);
	for (size_t s = 0; s < c->nseg; s++) {
		struct block *b = c->seg[s].b;
		const int64_t *col = b->stream->type == RUN_ROWS ? block_col(c, b, id) : NULL;

		any |= col != NULL;
		c->from[s] = col ? col : c->none;
	}
	return any;
}

static void gather(const struct cursor *c, int64_t *to)
{
	const int64_t *const *from = c->from;
	const uint32_t *order = c->order;

	for (size_t i = 0; i < c->rows; i++)
		to[i] = from[order[i] >> SRC_BITS][order[i] & SRC_ROW];
}

static int64_t text_into(struct cursor *c, const struct block *b, int64_t handle)
{
	int64_t to;

	if (handle == WEND_NONE)
		return WEND_NONE;
	to = (int64_t)c->text.n << 24 | (handle & 0xffffff);
	str_add(&c->text, b->text.p + (handle >> 24), (size_t)(handle & 0xffffff));
	return to;
}

static void gather_text(struct cursor *c, int64_t *to)
{
	for (size_t i = 0; i < c->rows; i++) {
		uint32_t s = c->order[i] >> SRC_BITS;

		to[i] = text_into(c, c->seg[s].b, c->from[s][c->order[i] & SRC_ROW]);
	}
}

/* What orders rows within a customer, but for ties. */
static bool gather_keys(struct cursor *c)
{
	bool mixed = false;
	uint8_t kind = c->seg[0].b->stream->kind;

	columns(c, F_TIME);
	gather(c, c->time);
	for (size_t s = 0; s < c->nseg; s++)
		mixed |= c->seg[s].b->stream->moved || c->seg[s].b->stream->kind != kind;
	if (!mixed)
		memset(c->kind, kind, c->rows);
	else
		for (size_t i = 0; i < c->rows; i++)
			c->kind[i] = row_stream(c, c->seg[c->order[i] >> SRC_BITS].b, c->order[i] & SRC_ROW)->kind;
	return !c->failed;
}

static void gather_items(struct cursor *c)
{
	uint32_t n = 0;

	for (size_t s = 0; s < c->nseg; s++)
		if (c->seg[s].b->stream->type == RUN_ROWS && !block_items(c, c->seg[s].b))
			return;
	for (size_t i = 0; i < c->rows; i++) {
		const struct block *b = c->seg[c->order[i] >> SRC_BITS].b;
		uint32_t row = c->order[i] & SRC_ROW;

		c->item_from[i] = n;
		n += b->item_from[row + 1] - b->item_from[row];
	}
	c->item_from[c->rows] = n;
	if (n > c->item_cap || !c->item_cap) {
		c->item_cap = n + 1024;
		for (unsigned k = 0; k < 4; k++)
			c->item[k] = xreallocarray(c->item[k], c->item_cap, sizeof(int64_t));
	}
	for (size_t i = 0; i < c->rows; i++) {
		const struct block *b = c->seg[c->order[i] >> SRC_BITS].b;
		uint32_t row = c->order[i] & SRC_ROW;

		for (unsigned k = 0; k < 4; k++)
			memcpy(c->item[k] + c->item_from[i], b->col[F_PRODUCT + k] + b->item_from[row], (b->item_from[row + 1] - b->item_from[row]) * sizeof(int64_t));
	}
	c->view.item_from = c->item_from;
	for (unsigned k = 0; k < 4; k++)
		c->view.item_f[k] = c->item[k];
}

static void gather_attrs(struct cursor *c)
{
	uint32_t n = 0;

	for (size_t s = 0; s < c->nseg; s++)
		if (c->seg[s].b->stream->type == RUN_ROWS && !block_attrs(c, c->seg[s].b))
			return;
	for (size_t i = 0; i < c->rows; i++) {
		const struct block *b = c->seg[c->order[i] >> SRC_BITS].b;
		uint32_t row = c->order[i] & SRC_ROW;
		uint32_t from = b->attr_from[row], to = b->attr_from[row + 1];

		c->attr_from[i] = n;
		if (n + (to - from) > c->attr_cap || !c->attr_cap) {
			c->attr_cap = (n + (to - from)) * 2 + 1024;
			c->attr[0] = xreallocarray(c->attr[0], c->attr_cap, sizeof(int64_t));
			c->attr[1] = xreallocarray(c->attr[1], c->attr_cap, sizeof(int64_t));
		}
		for (uint32_t k = from; k < to; k++, n++) {
			c->attr[0][n] = b->col[C_ATTR_NAME][k];
			c->attr[1][n] = text_into(c, b, b->col[C_ATTR_VALUE][k]);
		}
	}
	c->attr_from[c->rows] = n;
	c->view.attr_from = c->attr_from;
	c->view.attr_name = c->attr[0];
	c->view.attr_value = c->attr[1];
}

static bool merge(struct cursor *c, uint32_t w0, uint32_t w1)
{
	struct view *v = &c->view;

	need_none(c, c->rows);
	order_rows(c, w0, w1);
	if (!v->n)
		return true;
	if (!gather_keys(c))
		return false;
	order_settle(c);
	v->time = c->time;
	v->kind = c->kind;
	str_reset(&c->text);
	for (size_t i = 0; i < c->nfield && !c->failed; i++) {
		enum field f = c->field[i];

		v->f[f] = c->none;
		if (!columns(c, f))
			continue;
		if (is_text(f))
			gather_text(c, c->col[f]);
		else
			gather(c, c->col[f]);
		v->f[f] = c->col[f];
	}
	for (size_t i = 0; c->spec.batches && i < c->rows; i++)
		c->batches[i] = (uint32_t)row_batch(c, c->seg[c->order[i] >> SRC_BITS].b, c->order[i] & SRC_ROW)->id;
	v->batch = c->batches;
	for (size_t i = 0; c->spec.lines && i < c->rows; i++) {
		struct block *b = c->seg[c->order[i] >> SRC_BITS].b;

		c->line[i] = line_of(block_col(c, b, C_LINE), block_col(c, b, C_POSITION), c->order[i] & SRC_ROW);
	}
	v->line = c->line;
	v->source_rows = NULL;
	if (!c->failed && columns(c, C_ROWS)) {
		for (size_t i = 0; i < c->rows; i++) {
			int64_t k = c->from[c->order[i] >> SRC_BITS][c->order[i] & SRC_ROW];

			c->source_rows[i] = k == WEND_NONE ? 1 : (uint32_t)k;
		}
		v->source_rows = c->source_rows;
	}
	if (c->spec.items && !c->failed)
		gather_items(c);
	if (c->spec.attrs && !c->failed)
		gather_attrs(c);
	v->text = c->text.p;
	return !c->failed;
}

bool cursor_window(struct cursor *c)
{
	uint32_t w0, w1;

	do {
		recycle(c);
		if (c->failed || !choose(c, &w0, &w1) || !cut_segments(c, w1))
			return false;
	} while (!c->nseg);
	return true;
}

/* Next window with at least one customer. */
static bool fill(struct cursor *c)
{
	uint32_t w0, w1;

	c->view.n = c->view.at = 0;
	while (!c->view.n) {
		recycle(c);
		if (c->failed || !choose(c, &w0, &w1))
			return false;
		if (!cut_segments(c, w1))
			return false;
		if (!c->nseg)
			continue;
		if (!(is_direct(c) ? direct(c) : merge(c, w0, w1)))
			return false;
	}
	return true;
}

bool cursor_next(struct cursor *c, struct rows *out, struct err *err)
{
	const struct view *v = &c->view;
	uint32_t at;

	if (v->at >= v->n && (c->done || !fill(c))) {
		c->done = true;
		if (c->failed)
			err_set(err, c->failed, "%s", c->err.msg);
		return false;
	}
	if (out != c->last_out) {
		memset(out, 0, sizeof *out);
		c->last_out = out;
	}
	at = v->start[v->at];
	out->customer = v->customer[v->at];
	out->n = v->start[v->at + 1] - at;
	out->guest = people_guest(c->people, out->customer);
	out->kind = v->kind + at;
	out->time = v->time + at;
	out->f[F_TIME] = out->time;
	for (size_t i = 0; i < c->nfield; i++)
		out->f[c->field[i]] = v->f[c->field[i]] + at;
	out->batch = c->spec.batches ? v->batch + at : NULL;
	out->line = c->spec.lines ? v->line + at : NULL;
	out->source_rows = v->source_rows ? v->source_rows + at : NULL;
	if (c->spec.items) {
		out->item_from = v->item_from + at;
		for (unsigned k = 0; k < 4; k++)
			out->item_f[k] = v->item_f[k];
	}
	if (c->spec.attrs) {
		out->attr_from = v->attr_from + at;
		out->attr_name = v->attr_name;
		out->attr_value = v->attr_value;
	}
	out->text = v->text;
	c->view.at++;
	return true;
}
