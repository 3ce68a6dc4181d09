/* Opening a cursor: the live runs of the kinds wanted, their blocks, this thread's share
 * of the customers, and whether rows need more than their order in the runs. */
#include "cursor.h"

static int batch_cmp(const void *pa, const void *pb)
{
	const struct batch_rank *a = pa, *b = pb;

	return (a->id > b->id) - (a->id < b->id);
}

/* A later batch that goes on where another ended speaks for it, too. */
static void lift_heads(struct cursor *c)
{
	for (size_t i = c->nbatch; i-- > 0;) {
		const struct batch_rank *b = &c->batch[i];
		const struct batch_rank *found = b->head ? batch_find(c, b->head) : NULL;
		struct batch_rank *h = found ? &c->batch[found - c->batch] : NULL;

		if (!h)
			continue;
		c->goes_on = true;
		if (b->export_date > h->export_date || (b->export_date == h->export_date && b->rank_id > h->rank_id)) {
			h->export_date = b->export_date;
			h->rank_id = b->rank_id;
		}
		if (b->order < h->order)
			h->order = b->order;
	}
}

/* Live batches in the order of their digests, then sorted by number for look-ups. */
static enum wend_err load_batches(struct cursor *c, const struct raw_spec *raw, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(c->store, c->db, &st, "SELECT id, export_date, head FROM batch WHERE state = 'live' ORDER BY digest, id", err);
	int rc = SQLITE_DONE;

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		bool dated = sqlite3_column_type(st, 1) != SQLITE_NULL;

		if (raw && raw->below && sqlite3_column_int64(st, 0) >= raw->below)
			continue;
		GROW(c->batch, c->batch_cap, c->nbatch + 1);
		c->batch[c->nbatch] = (struct batch_rank){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 2), dated ? sqlite3_column_int64(st, 1) : WEND_NONE, sqlite3_column_int64(st, 0), (uint32_t)c->nbatch };
		c->nbatch++;
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(c->store, c->db, err, "read");
	sqlite3_finalize(st);
	if (c->nbatch > 1)
		qsort(c->batch, c->nbatch, sizeof *c->batch, batch_cmp);
	lift_heads(c);
	return e;
}

static int stream_cmp(const void *pa, const void *pb)
{
	const struct stream *a = pa, *b = pb;

	uint32_t x = a->batch ? a->batch->order : UINT32_MAX, y = b->batch ? b->batch->order : UINT32_MAX;

	if (x != y)
		return x < y ? -1 : 1;
	return (a->run > b->run) - (a->run < b->run);
}

/* What a run of several batches holds of those that are live, and of those that are not. */
static enum wend_err look_into(struct cursor *c, sqlite3_stmt *parts, struct stream *s, bool *live, struct err *err)
{
	int rc;

	sqlite3_reset(parts);
	sqlite3_bind_int64(parts, 1, s->run);
	while ((rc = sqlite3_step(parts)) == SQLITE_ROW) {
		bool is = batch_find(c, sqlite3_column_int64(parts, 0)) != NULL;

		*live |= is;
		s->holes |= !is;
	}
	return rc == SQLITE_DONE ? WEND_OK : store_sql_error(c->store, c->db, err, "read");
}

static enum wend_err load_runs(struct cursor *c, const struct raw_spec *raw, struct err *err)
{
	uint32_t types = raw && raw->types ? raw->types : UINT32_MAX;
	sqlite3_stmt *st = NULL, *parts = NULL;
	enum wend_err e = store_prepare(c->store, c->db, &st, "SELECT id, batch, kind, type, changed FROM run", err);
	int rc = SQLITE_DONE;

	if (!e)
		e = store_prepare(c->store, c->db, &parts, "SELECT batch FROM run_part WHERE run = ?1", err);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t batch = sqlite3_column_int64(st, 1), kind = sqlite3_column_int64(st, 2), type = sqlite3_column_int64(st, 3);
		struct stream s = { .batch = batch_find(c, batch), .run = sqlite3_column_int64(st, 0), .changed = sqlite3_column_int64(st, 4) > 0 };
		bool live = s.batch || (raw && raw->dead);

		if (kind < 0 || kind >= KIND_COUNT || type < RUN_ROWS || type > RUN_MARK || !(c->spec.kinds >> kind & 1) || !(types >> type & 1))
			continue;
		s.kind = (uint8_t)kind;
		s.type = (uint8_t)type;
		if (!batch && (e = look_into(c, parts, &s, &live, err)))
			break;
		if (!live)
			continue;
		s.holes |= !s.batch && batch;
		c->holes |= s.holes;
		c->mixed |= !s.batch;
		GROW(c->stream, c->stream_cap, c->nstream + 1);
		c->stream[c->nstream++] = s;
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(c->store, c->db, err, "read");
	sqlite3_finalize(st);
	sqlite3_finalize(parts);
	if (c->nstream > 1)
		qsort(c->stream, c->nstream, sizeof *c->stream, stream_cmp);
	return e;
}

/* Blocks without a row in [from, to) are not read, unless a version there may decide. */
static bool in_time(const struct cursor *c, sqlite3_stmt *st, bool versions)
{
	if (versions || c->spec.from >= c->spec.to || sqlite3_column_type(st, 4) == SQLITE_NULL || sqlite3_column_type(st, 5) == SQLITE_NULL)
		return true;
	return sqlite3_column_int64(st, 5) >= c->spec.from && sqlite3_column_int64(st, 4) < c->spec.to;
}

static enum wend_err load_heads(struct cursor *c, struct stream *s, sqlite3_stmt *st, bool versions, struct err *err)
{
	uint32_t numbers = people_numbers(c->people);
	int rc;

	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, s->run);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct head h = { sqlite3_column_int64(st, 0), (uint32_t)sqlite3_column_int64(st, 1), (uint32_t)sqlite3_column_int64(st, 2), (uint32_t)sqlite3_column_int64(st, 3) };

		if (h.lo > h.hi || h.hi > numbers || !h.n || h.n > BLOCK_ROWS || (s->nhead && h.lo < s->head[s->nhead - 1].hi))
			return err_set(err, WEND_E_STORE, "store '%s' is damaged: block %lld is out of place; see 'wend store check' and restore a backup", c->store->path, (long long)h.id);
		if (!in_time(c, st, versions) || (!h.hi && !c->spec.nobody))
			continue;
		GROW(s->head, s->head_cap, s->nhead + 1);
		s->head[s->nhead++] = h;
	}
	return rc == SQLITE_DONE ? WEND_OK : store_sql_error(c->store, c->db, err, "read");
}

static enum wend_err load_blocks(struct cursor *c, bool versions, struct err *err)
{
	sqlite3_stmt *st = NULL;
	size_t kept = 0;
	enum wend_err e = store_prepare(c->store, c->db, &st, "SELECT id, lo, hi, n, t0, t1 FROM block WHERE run = ?1 ORDER BY lo, id", err);

	for (size_t i = 0; i < c->nstream && !e; i++)
		e = load_heads(c, &c->stream[i], st, versions, err);
	sqlite3_finalize(st);
	for (size_t i = 0; i < c->nstream; i++)
		if (c->stream[i].nhead)
			c->stream[kept++] = c->stream[i];
	c->nstream = kept;
	return e;
}

struct weight {
	uint32_t lo, n;
};

static int weight_cmp(const void *pa, const void *pb)
{
	const struct weight *a = pa, *b = pb;

	return (a->lo > b->lo) - (a->lo < b->lo);
}

/* Cut the customers where the blocks, in the order of their first customers, have this
 * thread's share of the rows. */
static void cut(struct cursor *c)
{
	struct weight *w = NULL;
	size_t n = 0, cap = 0;
	uint64_t total = 0, sum = 0;
	uint64_t part = (uint64_t)c->spec.part, parts = (uint64_t)c->spec.parts;

	c->begin = c->spec.nobody ? 0 : 1;
	c->end = UINT32_MAX;
	if (c->spec.only) {
		c->begin = c->spec.only;
		c->end = c->spec.only + 1;
	}
	if (c->spec.only || parts < 2)
		return;
	for (size_t i = 0; i < c->nstream; i++)
		for (size_t k = 0; c->stream[i].type == RUN_ROWS && k < c->stream[i].nhead; k++) {
			GROW(w, cap, n + 1);
			w[n++] = (struct weight){ c->stream[i].head[k].lo, c->stream[i].head[k].n };
			total += c->stream[i].head[k].n;
		}
	if (n > 1)
		qsort(w, n, sizeof *w, weight_cmp);
	for (size_t i = 0; i < n; i++) {
		uint64_t before = sum;

		sum += w[i].n;
		if (part && before * parts < part * total && sum * parts >= part * total && w[i].lo > c->begin)
			c->begin = w[i].lo;
		if (part + 1 < parts && before * parts < (part + 1) * total && sum * parts >= (part + 1) * total)
			c->end = w[i].lo;
	}
	free(w);
}

/* Skip what lies before this share. */
static void skip(struct cursor *c)
{
	for (size_t i = 0; i < c->nstream; i++) {
		struct stream *s = &c->stream[i];

		while (s->next < s->nhead && s->head[s->next].hi < c->begin)
			s->next++;
	}
}

static void list_fields(struct cursor *c)
{
	for (unsigned f = 0; f < F_COUNT; f++)
		if (f != F_TIME && !field_defs[f].item && fields_has(&c->spec.fields, (enum field)f))
			c->field[c->nfield++] = (enum field)f;
}

static enum wend_err connect(struct cursor *c, bool inside, struct err *err)
{
	enum wend_err e = WEND_OK;

	c->borrowed = inside;
	if (inside)
		c->db = c->store->db;
	else
		e = store_connect(c->store, &c->db, err);
	if (!e && !inside && sqlite3_exec(c->db, "BEGIN", NULL, NULL, NULL))
		e = store_sql_error(c->store, c->db, err, "read");
	if (!e && !(c->generation = generation_of(c->store, c->db, err)))
		e = WEND_E_STORE;
	if (!e)
		e = store_prepare(c->store, c->db, &c->read, "SELECT data FROM col WHERE id = ?1", err);
	return e;
}

/* Keep only the blocks that hold customers whose versions compete. */
static void keep_affected(struct cursor *c)
{
	for (size_t i = 0; i < c->nstream; i++) {
		struct stream *s = &c->stream[i];
		size_t kept = 0;

		for (size_t k = 0; k < s->nhead; k++) {
			bool any = false;

			for (uint32_t who = s->head[k].lo; who <= s->head[k].hi && !any; who++)
				any = c->affected[who >> 3] >> (who & 7) & 1;
			if (any)
				s->head[kept++] = s->head[k];
		}
		s->nhead = kept;
	}
}

enum reading {
	READ_MERGED,
	READ_AFFECTED, /* only where versions compete */
	READ_RAW       /* no merging: streams and their blocks */
};

static enum wend_err plan(struct cursor *c, enum reading how, const struct raw_spec *raw, struct err *err)
{
	bool versions = false, equals = false, moved;
	enum wend_err e = load_batches(c, raw, err);

	if (!e)
		e = load_runs(c, raw, err);
	for (size_t i = 0; i < c->nstream; i++) {
		versions |= c->stream[i].type == RUN_MARK || c->stream[i].changed;
		equals |= c->stream[i].type == RUN_EQUAL;
	}
	if (!e)
		e = load_blocks(c, versions, err);
	if (e || how == READ_RAW) {
		c->begin = 0;
		c->end = UINT32_MAX;
		c->exact = true; /* bounded windows */
		return e;
	}
	moved = people_moved(c->people) != NULL;
	c->exact = versions || equals || moved || (c->mixed && (c->nstream > 1 || c->holes || c->goes_on));
	if (moved)
		c->moved_of = people_moved(c->people);
	cut(c);
	if (versions && versions_find(c))
		goto failed;
	if (moved && moved_collect(c))
		goto failed;
	if (how == READ_AFFECTED && c->affected)
		keep_affected(c);
	skip(c);
	c->count = xreallocarray(NULL, WINDOW_CUSTOMERS, sizeof *c->count);
	return WEND_OK;
failed:
	return err_set(err, c->failed, "%s", c->err.msg);
}

static enum wend_err open_cursor(struct cursor **out, struct store *s, const struct cursor_spec *spec, enum reading how, const struct raw_spec *raw, struct err *err)
{
	struct cursor *c = NULL;
	enum wend_err e = WEND_OK;

	/* Links may be added between the two reads; a few rounds settle it. */
	for (int round = 0; round < 8; round++) {
		cursor_close(c);
		c = xcalloc(1, sizeof *c);
		c->store = s;
		c->spec = *spec;
		if ((e = store_people(s, err)) || (e = connect(c, raw && raw->inside, err)))
			break;
		pthread_mutex_lock(&s->lock);
		c->people = s->people;
		pthread_mutex_unlock(&s->lock);
		if (people_generation(c->people) == c->generation)
			break;
	}
	if (!e && people_generation(c->people) != c->generation)
		e = err_set(err, WEND_E_STORE, "store '%s' is being written all the time; run again when that has ended", s->path);
	if (!e) {
		list_fields(c);
		e = plan(c, how, raw, err);
	}
	if (e) {
		cursor_close(c);
		c = NULL;
	}
	*out = c;
	return e;
}

enum wend_err cursor_open(struct cursor **out, struct store *s, const struct cursor_spec *spec, struct err *err)
{
	return open_cursor(out, s, spec, READ_MERGED, NULL, err);
}

enum wend_err cursor_raw(struct cursor **out, struct store *s, const struct raw_spec *raw, struct err *err)
{
	struct cursor_spec spec = { .kinds = raw->kinds, .nobody = true, .parts = 1 };

	return open_cursor(out, s, &spec, READ_RAW, raw, err);
}

enum wend_err cursor_losers(struct cursor **out, struct store *s, int64_t below, lost_fn *fn, void *ctx, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .nobody = true, .parts = 1 };
	struct raw_spec raw = { .inside = true, .below = below };
	enum wend_err e = open_cursor(out, s, &spec, READ_AFFECTED, &raw, err);

	if (!e) {
		(*out)->lost = fn;
		(*out)->lost_ctx = ctx;
	}
	return e;
}

uint64_t cursor_generation(const struct cursor *c)
{
	return c->generation;
}

static void free_blocks(struct cursor *c)
{
	struct block *b;

	for (size_t i = 0; i < c->nseg; i++)
		if (c->seg[i].to == c->seg[i].b->head.n)
			block_free(c->seg[i].b);
	for (size_t i = 0; i < c->nstream; i++) {
		block_free(c->stream[i].cur);
		free(c->stream[i].head);
	}
	while ((b = c->spare)) {
		c->spare = b->next;
		block_free(b);
	}
}

void cursor_close(struct cursor *c)
{
	if (!c)
		return;
	free_blocks(c);
	sqlite3_finalize(c->read);
	if (!c->borrowed)
		sqlite3_close(c->db);
	moved_free(c->moved);
	for (size_t i = 0; i < F_COUNT; i++)
		free(c->col[i]);
	for (size_t i = 0; i < 4; i++)
		free(c->item[i]);
	for (size_t i = 0; i < KIND_COUNT; i++)
		free(c->kinds[i]);
	free(c->attr[0]);
	free(c->attr[1]);
	free(c->affected);
	free(c->batch);
	free(c->stream);
	free(c->seg);
	free(c->count);
	free(c->order);
	free(c->extra);
	free(c->view.customer);
	free(c->view.start);
	free(c->time);
	free(c->line);
	free(c->kind);
	free(c->tie);
	free(c->batches);
	free(c->source_rows);
	free(c->item_from);
	free(c->attr_from);
	free(c->none);
	free(c->same_batch);
	free(c->from);
	str_release(&c->text);
	free(c);
}

/* What the runs hold, less the versions that lost. Only where versions compete is that
 * more than a sum over the runs. */
enum wend_err store_row_counts(struct store *s, int64_t rows[KIND_COUNT], struct err *err)
{
	struct cursor_spec spec = { .nobody = true, .parts = 1 };
	struct cursor *c = NULL;
	struct rows r;
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT r.kind, sum(CASE r.type WHEN 0 THEN r.rows ELSE 0 END), max(r.changed > 0 OR r.type = 2) FROM"
		" (SELECT kind, type, rows, changed, batch FROM run WHERE batch UNION ALL SELECT kind, type, p.rows, changed, p.batch FROM run_part p JOIN run ON run.id = p.run) r"
		" JOIN batch b ON b.id = r.batch WHERE b.state = 'live' AND r.type <> 1 GROUP BY r.kind", err);
	int rc = SQLITE_DONE;

	memset(rows, 0, KIND_COUNT * sizeof *rows);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t kind = sqlite3_column_int64(st, 0);

		if (kind < 0 || kind >= KIND_COUNT)
			continue;
		rows[kind] = sqlite3_column_int64(st, 1);
		if (sqlite3_column_int64(st, 2))
			spec.kinds |= KIND_BIT(kind);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	if (e || !spec.kinds)
		return e;
	e = open_cursor(&c, s, &spec, READ_AFFECTED, NULL, err);
	if (e)
		return e;
	while (cursor_next(c, &r, err))
		;
	e = c->failed;
	for (int k = 0; k < KIND_COUNT; k++)
		rows[k] -= c->hidden[k];
	cursor_close(c);
	return e;
}
