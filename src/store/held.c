/* Everything held of one person: the records. Runs are read as they are written, because
 * the cursor shows one version of each record and this is about all of them; what the
 * cursor shows is asked for afterwards, to tell which version that is.
 */
#include "held.h"

#include "cursor.h"

const char *const held_states[3] = { "seen", "superseded", "undone" };

static struct sv keep(struct gather *g, struct sv v)
{
	return v.p ? sv_n(arena_strndup(g->arena, v.p, v.n), v.n) : v;
}

static struct sv word(struct gather *g, int64_t code)
{
	return code == WEND_NONE ? SV_NONE : keep(g, store_word(g->store, code));
}

static struct sv text(struct gather *g, const struct block *b, int64_t handle)
{
	return handle == WEND_NONE ? SV_NONE : keep(g, sv_n(b->text.p + (handle >> 24), (size_t)(handle & 0xffffff)));
}

static int64_t cell(struct cursor *c, struct block *b, unsigned id, uint32_t row)
{
	const int64_t *v = block_col(c, b, id);

	return v ? v[row] : WEND_NONE;
}

static struct held_place place(struct cursor *c, struct block *b, int64_t batch, uint32_t row)
{
	int64_t line = cell(c, b, C_LINE, row), position = cell(c, b, C_POSITION, row);

	if (!batch)
		batch = cell(c, b, C_BATCH, row);
	return (struct held_place){ batch, line == WEND_NONE || position == WEND_NONE ? WEND_NONE : line + position };
}

static void put_values(struct gather *g, struct cursor *c, struct block *b, uint32_t row, struct held_record *r)
{
	struct held_value v[F_COUNT];
	size_t n = 0;

	for (unsigned f = 0; f < F_COUNT; f++) {
		int64_t value = field_defs[f].item ? WEND_NONE : cell(c, b, f, row);

		if (value == WEND_NONE)
			continue;
		v[n] = (struct held_value){ (enum field)f, value, SV_NONE };
		if (field_defs[f].type == FT_WORD)
			v[n].s = word(g, value);
		else if (field_defs[f].type == FT_TEXT)
			v[n].s = text(g, b, value);
		else if (f == F_CURRENCY)
			r->currency = value;
		n++;
	}
	r->value = memcpy(arena_alloc(g->arena, (n + 1) * sizeof *v), v, n * sizeof *v);
	r->nvalue = n;
}

static void put_parts(struct gather *g, struct cursor *c, struct block *b, uint32_t row, struct held_record *r)
{
	if (block_items(c, b) && b->item_from[row] < b->item_from[row + 1]) {
		uint32_t from = b->item_from[row], n = b->item_from[row + 1] - from;
		struct item *item = arena_alloc(g->arena, n * sizeof *item);

		for (uint32_t i = 0; i < n; i++)
			item[i] = (struct item){ word(g, b->col[F_PRODUCT][from + i]), word(g, b->col[F_CATEGORY][from + i]), b->col[F_QUANTITY][from + i], b->col[F_ITEM_AMOUNT][from + i] };
		r->item = item;
		r->nitem = n;
	}
	if (!c->failed && block_attrs(c, b) && b->attr_from[row] < b->attr_from[row + 1]) {
		uint32_t from = b->attr_from[row], n = b->attr_from[row + 1] - from;
		struct attr *attr = arena_alloc(g->arena, n * sizeof *attr);

		for (uint32_t i = 0; i < n; i++)
			attr[i] = (struct attr){ word(g, b->col[C_ATTR_NAME][from + i]), text(g, b, b->col[C_ATTR_VALUE][from + i]) };
		r->attr = attr;
		r->nattr = n;
	}
}

/* A row of the person's: a version of a record, or word of a batch that held one equal. */
static void put_row(struct gather *g, struct cursor *c, struct block *b, int64_t run_batch, uint32_t row)
{
	struct held_row *h;

	GROW(g->row, g->row_cap, g->nrow + 1);
	h = &g->row[g->nrow];
	*h = (struct held_row){ .record = { .kind = (enum kind)b->stream->kind, .from = place(c, b, run_batch, row), .currency = WEND_NONE }, .position = cell(c, b, C_POSITION, row) };
	if (b->stream->type == RUN_EQUAL) {
		h->mate_batch = cell(c, b, C_RANK_BATCH, row);
		h->position += cell(c, b, C_MATE, row);
		g->nrow++;
		return;
	}
	h->record.source_rows = cell(c, b, C_ROWS, row);
	if (h->record.source_rows == WEND_NONE)
		h->record.source_rows = 1;
	h->record.id_space = word(g, cell(c, b, C_ID_SPACE, row));
	h->time = cell(c, b, F_TIME, row);
	put_values(g, c, b, row, &h->record);
	put_parts(g, c, b, row, &h->record);
	g->nrow++;
}

static bool is_theirs(const struct gather *g, struct cursor *c, struct block *b, uint32_t row)
{
	uint32_t number = b->customer[row];

	if (number > g->numbers || g->of[number] != 1)
		return false;
	return people_owner(g->store->people, number, people_split(g->store->people) ? cell(c, b, F_TIME, row) : WEND_NONE) == g->customer;
}

static void read_block(struct gather *g, struct cursor *c, struct block *b, int64_t run_batch)
{
	static const uint8_t naming[] = { F_NAME, F_EMAIL, F_PHONE, F_REFERRED_BY, F_EMPLOYEE };
	bool mark = b->stream->type == RUN_MARK, equal = b->stream->type == RUN_EQUAL;

	for (uint32_t i = 0; i < b->head.n && !c->failed && !mark; i++)
		if (is_theirs(g, c, b, i))
			put_row(g, c, b, run_batch, i);
	for (size_t k = 0; k < sizeof naming && !c->failed && !mark && !equal; k++) {
		const int64_t *v = field_defs[naming[k]].kinds & KIND_BIT(b->stream->kind) ? block_col(c, b, naming[k]) : NULL;

		for (uint32_t i = 0; v && i < b->head.n; i++)
			if (v[i] != WEND_NONE && !is_theirs(g, c, b, i))
				held_mention(g, (enum kind)b->stream->kind, (enum field)naming[k], sv_n(b->text.p + (v[i] >> 24), (size_t)(v[i] & 0xffffff)), place(c, b, run_batch, i));
	}
}

static enum wend_err read_runs(struct gather *g, struct err *err)
{
	const struct raw_spec spec = { .kinds = KIND_ALL, .dead = true };
	struct cursor *c = NULL;
	sqlite3_stmt *st = NULL;
	enum wend_err e = cursor_raw(&c, g->store, &spec, err);

	if (e)
		return e;
	e = store_prepare(g->store, c->db, &st, "SELECT batch FROM run WHERE id = ?1", err);
	for (size_t i = 0; i < c->nstream && !e; i++) {
		struct stream *s = &c->stream[i];
		int64_t batch;

		sqlite3_reset(st);
		sqlite3_bind_int64(st, 1, s->run);
		if (sqlite3_step(st) != SQLITE_ROW) {
			e = store_sql_error(g->store, c->db, err, "read");
			break;
		}
		batch = sqlite3_column_int64(st, 0);
		for (size_t k = 0; k < s->nhead && !c->failed; k++) {
			struct block *b = block_open(c, s, &s->head[k]);

			if (!b)
				break;
			read_block(g, c, b, batch);
			block_close(c, b);
		}
		if (c->failed)
			e = err_set(err, c->failed, "%s", c->err.msg);
	}
	sqlite3_finalize(st);
	cursor_close(c);
	return e;
}

/* ---- which of them are seen ---- */

struct seen_row {
	int64_t batch, line;
	struct sv id;
	uint8_t kind;
};

static int seen_cmp(const void *pa, const void *pb)
{
	const struct seen_row *a = pa, *b = pb;

	if (a->batch != b->batch)
		return a->batch < b->batch ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return sv_cmp(a->id, b->id);
}

static struct sv id_of(const struct held_record *r)
{
	for (size_t i = 0; i < r->nvalue; i++)
		if (r->value[i].field == F_ID)
			return r->value[i].s;
	return SV("");
}

static enum wend_err mark_seen(struct gather *g, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .batches = true, .lines = true, .parts = 1, .only = g->customer };
	struct err inner = ERR_INIT;
	struct cursor *c = NULL;
	struct rows rows;
	struct seen_row *v = NULL;
	size_t n = 0, cap = 0;
	enum wend_err e;

	fields_add(&spec.fields, F_ID);
	e = cursor_open(&c, g->store, &spec, err);
	if (e)
		return e;
	while (cursor_next(c, &rows, &inner)) {
		GROW(v, cap, n + rows.n);
		for (size_t i = 0; i < rows.n; i++) {
			struct sv id = rows_text(&rows, rows.f[F_ID][i]);

			v[n++] = (struct seen_row){ rows.batch[i], rows.line[i], id.p ? keep(g, id) : SV(""), rows.kind[i] };
		}
	}
	if (inner.code)
		e = err_set(err, inner.code, "%s", inner.msg);
	if (n > 1)
		qsort(v, n, sizeof *v, seen_cmp);
	for (size_t i = 0; i < g->nrow && n; i++) {
		struct held_record *r = &g->row[i].record;
		const struct seen_row key = { r->from.batch, r->from.line, id_of(r), (uint8_t)r->kind };

		if (r->state == HELD_SUPERSEDED && bsearch(&key, v, n, sizeof *v, seen_cmp))
			r->state = HELD_SEEN;
	}
	free(v);
	cursor_close(c);
	return e;
}

/* ---- putting it together ---- */

static int row_cmp(const void *pa, const void *pb)
{
	const struct held_row *a = pa, *b = pb;

	/* What was held equal stands behind all records. */
	if (!a->mate_batch != !b->mate_batch)
		return a->mate_batch ? 1 : -1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->record.kind != b->record.kind)
		return a->record.kind < b->record.kind ? -1 : 1;
	if (a->record.from.batch != b->record.from.batch)
		return a->record.from.batch < b->record.from.batch ? -1 : 1;
	if (a->record.from.line != b->record.from.line)
		return a->record.from.line < b->record.from.line ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

static void states(struct gather *g)
{
	for (size_t i = 0; i < g->nrow; i++)
		g->row[i].record.state = held_live(g, g->row[i].record.from.batch) ? HELD_SUPERSEDED : HELD_UNDONE;
}

static int place_cmp(const void *pa, const void *pb)
{
	const struct held_row *a = *(struct held_row *const *)pa, *b = *(struct held_row *const *)pb;

	if (a->record.kind != b->record.kind)
		return a->record.kind < b->record.kind ? -1 : 1;
	if (a->record.from.batch != b->record.from.batch)
		return a->record.from.batch < b->record.from.batch ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

/* Batches that held a record equal, at the record. */
static void attach(struct gather *g, size_t nrecord)
{
	struct held_row **by_place = xreallocarray(NULL, nrecord + 1, sizeof *by_place);

	for (size_t i = 0; i < nrecord; i++)
		by_place[i] = &g->row[i];
	if (nrecord > 1)
		qsort(by_place, nrecord, sizeof *by_place, place_cmp);
	for (size_t i = nrecord; i < g->nrow && nrecord; i++) {
		const struct held_row *equal = &g->row[i], key = { .record = { .kind = equal->record.kind, .from = { equal->mate_batch, 0 } }, .position = equal->position };
		const struct held_row *want = &key;
		struct held_row **found = equal->record.state == HELD_UNDONE ? NULL : bsearch(&want, by_place, nrecord, sizeof *by_place, place_cmp);
		struct held_record *r = found ? &(*found)->record : NULL;
		struct held_place *also;

		if (!r)
			continue;
		also = arena_alloc(g->arena, (r->nalso + 1) * sizeof *also);
		if (r->nalso)
			memcpy(also, r->also, r->nalso * sizeof *also);
		also[r->nalso++] = equal->record.from;
		r->also = also;
	}
	free(by_place);
}

static void hand_over(struct gather *g, struct held *out)
{
	size_t n = 0;

	if (g->nrow > 1)
		qsort(g->row, g->nrow, sizeof *g->row, row_cmp);
	while (n < g->nrow && !g->row[n].mate_batch)
		n++;
	attach(g, n);
	out->record = arena_alloc(g->arena, (n + 1) * sizeof *out->record);
	for (size_t i = 0; i < n; i++)
		out->record[i] = g->row[i].record;
	out->nrecord = n;
}

enum wend_err store_held(struct store *s, uint32_t customer, struct held *out, struct arena *a, struct err *err)
{
	struct gather g = { .store = s, .customer = customer, .arena = a };
	enum wend_err e = people_touching(s, customer, &g.of, err);

	memset(out, 0, sizeof *out);
	g.numbers = e ? 0 : s->people->n;
	if (!e)
		e = held_keys(&g, err);
	if (!e)
		e = held_batches(&g, err);
	if (!e)
		e = read_runs(&g, err);
	if (!e) {
		states(&g);
		e = mark_seen(&g, err);
	}
	if (!e)
		hand_over(&g, out);
	if (!e)
		e = held_links(&g, out, err);
	if (!e)
		e = held_settings(&g, out, err);
	if (!e)
		held_name_batches(&g, out);
	free(g.of);
	free(g.row);
	gather_release(&g);
	return e;
}
