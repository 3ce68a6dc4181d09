/* The rows of a window in their order: a counting sort over the customers, then by time,
 * kind and place in the files within each. */
#include "cursor.h"

void order_room(struct cursor *c, size_t n)
{
	if (n <= c->cap)
		return;
	n += n / 4 + 1024;
	c->order = xreallocarray(c->order, n, sizeof *c->order);
	c->time = xreallocarray(c->time, n, sizeof *c->time);
	c->kind = xreallocarray(c->kind, n, sizeof *c->kind);
	if (c->spec.lines)
		c->line = xreallocarray(c->line, n, sizeof *c->line);
	c->source_rows = xreallocarray(c->source_rows, n, sizeof *c->source_rows);
	if (c->exact)
		c->tie = xreallocarray(c->tie, n, sizeof *c->tie);
	for (size_t i = 0; i < c->nfield; i++)
		c->col[c->field[i]] = xreallocarray(c->col[c->field[i]], n, sizeof(int64_t));
	if (c->spec.batches)
		c->batches = xreallocarray(c->batches, n, sizeof *c->batches);
	if (c->spec.items)
		c->item_from = xreallocarray(c->item_from, n + 1, sizeof *c->item_from);
	if (c->spec.attrs)
		c->attr_from = xreallocarray(c->attr_from, n + 1, sizeof *c->attr_from);
	c->cap = n;
}

void order_customers_room(struct cursor *c, size_t n)
{
	struct view *v = &c->view;

	if (n + 1 <= c->view_cap)
		return;
	c->view_cap = n + n / 4 + 4096;
	v->customer = xreallocarray(v->customer, c->view_cap, sizeof *v->customer);
	v->start = xreallocarray(v->start, c->view_cap, sizeof *v->start);
}

/* Is row i of the segment one of the window's records? References and marks go to `extra`;
 * rows of a number that belongs to another come back as moved rows. */
static inline bool is_record(struct cursor *c, const struct segment *g, uint32_t row)
{
	if (g->b->stream->moved)
		return row_stream(c, g->b, row)->type == RUN_ROWS;
	if (g->b->stream->holes && g->b->rank[row] == NOT_LIVE)
		return false;
	return !(c->moved_of && c->moved_of[g->b->customer[row]]);
}

static void add_extras(struct cursor *c, uint32_t seg)
{
	const struct segment *g = &c->seg[seg];

	for (uint32_t i = g->from; i < g->to; i++) {
		if (g->b->stream->moved ? row_stream(c, g->b, i)->type == RUN_ROWS : c->moved_of && c->moved_of[g->b->customer[i]])
			continue;
		GROW(c->extra, c->extra_cap, c->nextra + 1);
		c->extra[c->nextra++] = (struct extra){ g->b->customer[i], seg << SRC_BITS | i };
	}
}

static int extra_cmp(const void *pa, const void *pb)
{
	const struct extra *a = pa, *b = pb;

	if (a->customer != b->customer)
		return a->customer < b->customer ? -1 : 1;
	return (a->src > b->src) - (a->src < b->src);
}

static void place_rows(struct cursor *c, uint32_t seg, uint32_t w0, bool plain)
{
	const struct segment *g = &c->seg[seg];
	const uint32_t *cust = g->b->customer;
	uint32_t *order = c->order, *count = c->count;

	if (plain) {
		for (uint32_t i = g->from; i < g->to; i++)
			order[count[cust[i] - w0]++] = seg << SRC_BITS | i;
		return;
	}
	for (uint32_t i = g->from; i < g->to; i++)
		if (is_record(c, g, i))
			order[count[cust[i] - w0]++] = seg << SRC_BITS | i;
}

/* Counting sort of all rows over the customers of the window; the segments come in the
 * order that decides ties, and stay in it. */
void order_rows(struct cursor *c, uint32_t w0, uint32_t w1)
{
	uint32_t range = w1 - w0, at = 0;
	uint32_t *count = c->count;
	struct view *v = &c->view;
	bool plain = !c->moved_of && !c->holes;

	memset(count, 0, range * sizeof *count);
	c->nextra = 0;
	for (uint32_t s = 0; s < c->nseg; s++) {
		const struct segment *g = &c->seg[s];
		const uint32_t *cust = g->b->customer;

		if (g->b->stream->type != RUN_ROWS || g->b->stream->moved)
			add_extras(c, s);
		if (g->b->stream->type != RUN_ROWS)
			continue;
		if (plain)
			for (uint32_t i = g->from; i < g->to; i++)
				count[cust[i] - w0]++;
		else
			for (uint32_t i = g->from; i < g->to; i++)
				count[cust[i] - w0] += is_record(c, g, i);
	}
	order_customers_room(c, range);
	for (uint32_t i = 0; i < range; i++) {
		uint32_t k = count[i];

		count[i] = at;
		v->customer[v->n] = w0 + i;
		v->start[v->n] = at;
		v->n += k > 0;
		at += k;
	}
	c->rows = at;
	v->start[v->n] = at;
	order_room(c, at);
	for (uint32_t s = 0; s < c->nseg; s++) {
		const struct segment *g = &c->seg[s];

		if (g->b->stream->type != RUN_ROWS)
			continue;
		place_rows(c, s, w0, plain);
	}
	if (c->nextra > 1)
		qsort(c->extra, c->nextra, sizeof *c->extra, extra_cmp);
}

void order_ties(struct cursor *c, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		struct block *b = c->seg[c->order[i] >> SRC_BITS].b;
		uint32_t row = c->order[i] & SRC_ROW;
		const int64_t *position = block_col(c, b, C_POSITION);

		c->tie[i] = (uint64_t)row_batch(c, b, row)->order << POSITION_BITS
			| (!position || position[row] == WEND_NONE ? 0 : (uint64_t)position[row] & ((1ull << POSITION_BITS) - 1));
	}
}

struct sort_row {
	int64_t time;
	uint64_t tie;
	uint32_t src, at;
	uint8_t kind;
};

static int sort_cmp(const void *pa, const void *pb)
{
	const struct sort_row *a = pa, *b = pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->tie != b->tie)
		return a->tie < b->tie ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static bool rows_sorted(const struct cursor *c, uint32_t from, uint32_t to, bool by_tie)
{
	for (uint32_t i = from + 1; i < to; i++) {
		if (c->time[i] > c->time[i - 1])
			continue;
		if (c->time[i] < c->time[i - 1] || c->kind[i] < c->kind[i - 1])
			return false;
		if (by_tie && c->kind[i] == c->kind[i - 1] && c->tie[i] < c->tie[i - 1])
			return false;
	}
	return true;
}

bool order_sort(struct cursor *c, uint32_t from, uint32_t to, bool by_tie)
{
	struct sort_row few[64], *v = few;
	uint32_t n = to - from;
	bool ties = false;

	if (!rows_sorted(c, from, to, by_tie)) {
		if (n > 64)
			v = xreallocarray(NULL, n, sizeof *v);
		for (uint32_t i = 0; i < n; i++)
			v[i] = (struct sort_row){ c->time[from + i], by_tie ? c->tie[from + i] : 0, c->order[from + i], i, c->kind[from + i] };
		if (n > 64)
			qsort(v, n, sizeof *v, sort_cmp);
		else
			for (uint32_t i = 1; i < n; i++) {
				struct sort_row x = v[i];
				uint32_t k = i;

				for (; k && sort_cmp(&v[k - 1], &x) > 0; k--)
					v[k] = v[k - 1];
				v[k] = x;
			}
		for (uint32_t i = 0; i < n; i++) {
			c->time[from + i] = v[i].time;
			c->kind[from + i] = v[i].kind;
			c->order[from + i] = v[i].src;
			if (by_tie)
				c->tie[from + i] = v[i].tie;
		}
		if (v != few)
			free(v);
	}
	for (uint32_t i = from + 1; i < to && !ties; i++)
		ties = c->time[i] == c->time[i - 1] && c->kind[i] == c->kind[i - 1];
	return ties;
}

/* Where only time and kind matter, nearly all customers are in order already. */
static void settle_plain(struct cursor *c)
{
	const struct view *v = &c->view;
	const int64_t *time = c->time;
	const uint8_t *kind = c->kind;

	for (size_t k = 0; k < v->n; k++) {
		bool wrong = false;

		for (uint32_t i = v->start[k] + 1; i < v->start[k + 1]; i++)
			wrong |= (time[i] < time[i - 1]) | ((time[i] == time[i - 1]) & (kind[i] < kind[i - 1]));
		if (wrong)
			order_sort(c, v->start[k], v->start[k + 1], false);
	}
}

/* Order within the customers; versions that lost and customers without a row left go. */
void order_settle(struct cursor *c)
{
	struct view *v = &c->view;
	uint32_t out = 0;
	size_t kept = 0, n = v->n;

	if (!c->exact) {
		settle_plain(c);
		return;
	}
	for (size_t k = 0; k < n; k++) {
		uint32_t from = v->start[k], to = v->start[k + 1], end;
		uint32_t who = v->customer[k];
		size_t rows;

		end = versions_settle(c, who, from, to);
		rows = end - from;
		if (out != from) {
			memmove(c->order + out, c->order + from, rows * sizeof *c->order);
			memmove(c->time + out, c->time + from, rows * sizeof *c->time);
			memmove(c->kind + out, c->kind + from, rows * sizeof *c->kind);
		}
		if (!rows)
			continue;
		v->customer[kept] = who;
		v->start[kept++] = out;
		out += (uint32_t)rows;
	}
	v->n = kept;
	if (kept)
		v->start[kept] = out;
	c->rows = out;
}
