/* Corrections of identity by hand (records.md 2): two keys are one person, or a key joins
 * nothing. Each is a batch of its own without records (kinds 0), so that it is listed and
 * undone like any other; what it says is one link: a to b, or a key to itself. No key
 * stands in the batch's own row: what is printed of it is read from the link.
 *
 * links.c gives such links their force, whatever the order in which things arrived.
 */
#include "byhand.h"

#include "batch.h"

#define JOIN_FILE "(join)"
#define PART_FILE "(part)"
#define NEAR 3

/* ---- keys that are nearly what was typed ---- */

/* Edits between two short texts, ASCII case aside; at least `most` when there are more. */
static size_t edits(struct sv a, struct sv b, size_t most)
{
	size_t row[65];

	if (a.n > 64 || b.n > 64 || (a.n > b.n ? a.n - b.n : b.n - a.n) >= most)
		return most;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			char x = a.p[i - 1], y = b.p[j - 1];
			size_t change = corner + !sv_ieq(sv_n(&x, 1), sv_n(&y, 1));
			size_t least = row[j] < row[j - 1] ? row[j] : row[j - 1];

			corner = row[j];
			row[j] = change < least + 1 ? change : least + 1;
		}
	}
	return row[b.n] < most ? row[b.n] : most;
}

struct near {
	uint32_t number;
	size_t edits;
};

static size_t nearest(const struct people *p, struct sv key, struct near out[NEAR])
{
	size_t most = key.n / 3 + 2, n = 0;

	for (uint32_t i = 1; i <= p->n; i++) {
		struct sv v = key_text(p, i);
		size_t d = v.n ? edits(key, v, most) : most, at;

		if (d >= most)
			continue;
		for (at = n; at && out[at - 1].edits > d; at--)
			if (at < NEAR)
				out[at] = out[at - 1];
		if (at < NEAR)
			out[at] = (struct near){ i, d };
		n += n < NEAR && at < NEAR;
	}
	return n;
}

static enum wend_err unknown(const struct people *p, struct sv key, struct err *err)
{
	struct near near[NEAR];
	size_t n = nearest(p, key, near);
	struct str text = STR_INIT;

	for (size_t i = 0; i < n; i++) {
		struct sv v = key_text(p, near[i].number);

		str_printf(&text, "%s'%.*s'", i ? ", " : "; nearest: ", (int)v.n, v.p);
	}
	err_set(err, WEND_E_USAGE, "nobody has the key '%.*s'%s; 'wend customer find' looks for a part of one", (int)key.n, key.p, text.p ? text.p : "");
	str_release(&text);
	return WEND_E_USAGE;
}

static enum wend_err typed(struct store *s, struct sv key, uint32_t *number, struct err *err)
{
	*number = key_find(s, key);
	return *number ? WEND_OK : unknown(s->people, sv_trim(key), err);
}

/* ---- reading what was corrected ---- */

static const char all_sql[] = "SELECT l.batch, l.n, l.a, l.b FROM link l JOIN batch b ON b.id = l.batch WHERE b.state = 'live'";
static const char hand_sql[] = "SELECT l.batch, l.n, l.a, l.b FROM link l JOIN batch b ON b.id = l.batch WHERE b.kinds = 0 AND b.state = 'live' ORDER BY l.batch";
static const char one_sql[] = "SELECT l.batch, l.n, l.a, l.b FROM link l JOIN batch b ON b.id = l.batch WHERE b.kinds = 0 AND b.id = ?1";

static enum wend_err each_link(struct store *s, const char *sql, int64_t batch, bool (*fn)(void *ctx, const struct hand_link *l), void *ctx, struct err *err)
{
	struct ints v[2] = { { NULL, 0 }, { NULL, 0 } };
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(s, s->db, &st, sql, err);

	if (!e && batch)
		sqlite3_bind_int64(st, 1, batch);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(st, 1);
		struct hand_link l = { .batch = sqlite3_column_int64(st, 0) };

		if (n < 1 || n > BLOCK_ROWS || !ints_of(&v[0], st, 2, (size_t)n) || !ints_of(&v[1], st, 3, (size_t)n)) {
			e = store_damaged(s, err, "links");
			break;
		}
		for (int64_t i = 0; i < n; i++) {
			l.a = (uint32_t)v[0].v[i];
			l.b = (uint32_t)v[1].v[i];
			if (l.a && l.b && l.a <= s->people->n && l.b <= s->people->n && !fn(ctx, &l))
				break;
		}
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	ints_release(&v[0]);
	ints_release(&v[1]);
	return e;
}

struct parting {
	uint32_t number;
	int64_t batch;
};

static bool is_parting(void *ctx, const struct hand_link *l)
{
	struct parting *p = ctx;

	if (l->a == l->b && l->a == p->number)
		p->batch = l->batch;
	return !p->batch;
}

/* The live batch that says the key joins nothing; 0 = none. */
static enum wend_err parted_by(struct store *s, uint32_t number, int64_t *batch, struct err *err)
{
	struct parting p = { number, 0 };
	enum wend_err e = each_link(s, hand_sql, 0, is_parting, &p, err);

	*batch = p.batch;
	return e;
}

struct telling {
	struct store *s;
	struct str *out;
};

static struct sv name_of(const struct store *s, uint32_t number)
{
	struct sv v = key_text(s->people, number);

	return v.n ? v : SV("?");
}

static bool tell(void *ctx, const struct hand_link *l)
{
	struct telling *t = ctx;
	struct sv a = name_of(t->s, l->a), b = name_of(t->s, l->b);

	if (l->a == l->b)
		str_printf(t->out, "'%.*s' joins nothing, by hand", (int)a.n, a.p);
	else
		str_printf(t->out, "'%.*s' and '%.*s' are one person, by hand", (int)a.n, a.p, (int)b.n, b.p);
	return false;
}

enum wend_err byhand_text(struct store *s, int64_t batch, struct str *out, struct err *err)
{
	struct telling t = { s, out };
	enum wend_err e = store_people(s, err);

	return e ? e : each_link(s, one_sql, batch, tell, &t, err);
}

static bool touch(void *ctx, const struct hand_link *l)
{
	uint8_t *of = ctx;

	if (of[l->a] == 1 && !of[l->b])
		of[l->b] = 2;
	if (of[l->b] == 1 && !of[l->a])
		of[l->a] = 2;
	return true;
}

enum wend_err people_touching(struct store *s, uint32_t customer, uint8_t **out, struct err *err)
{
	enum wend_err e = store_people(s, err);
	const struct people *p = s->people;
	uint8_t *of;

	*out = NULL;
	if (e)
		return e;
	of = xcalloc(p->n + 1u, 1);
	for (uint32_t i = 1; i <= p->n; i++)
		of[i] = p->owner ? p->owner[i] == customer : i == customer;
	for (size_t i = 0; i < p->nspell; i++)
		if (p->spell[i].owner == customer)
			of[p->spell[i].number] = 1;
	e = each_link(s, all_sql, 0, touch, of, err);
	if (e) {
		free(of);
		of = NULL;
	}
	*out = of;
	return e;
}

struct gathering {
	struct store *s;
	const uint8_t *of;       /* by number: a key of the customer, or linked to one */
	struct correction *v;
	size_t n, cap;
};

static bool gather(void *ctx, const struct hand_link *l)
{
	struct gathering *g = ctx;

	if (!(g->of[l->a] | g->of[l->b]))
		return true;
	GROW(g->v, g->cap, g->n + 1);
	g->v[g->n++] = (struct correction){ l->batch, l->a == l->b, name_of(g->s, l->a), name_of(g->s, l->b) };
	return true;
}

enum wend_err store_corrections(struct store *s, uint32_t customer, struct correction **out, size_t *n, struct arena *a, struct err *err)
{
	struct gathering g = { .s = s };
	uint8_t *of = NULL;
	enum wend_err e = store_people(s, err);

	*out = NULL;
	*n = 0;
	if (!e)
		e = people_touching(s, customer, &of, err);
	g.of = of;
	if (!e)
		e = each_link(s, hand_sql, 0, gather, &g, err);
	if (!e && g.n) {
		*out = arena_alloc(a, g.n * sizeof **out);
		memcpy(*out, g.v, g.n * sizeof **out);
		*n = g.n;
	}
	free(g.v);
	free(of);
	return e;
}

/* ---- writing ---- */

static enum wend_err put_batch_row(struct store *s, const char *file, const char *reason, int64_t *batch, struct err *err)
{
	const struct batch_info info = { .file = file, .reason = reason, .export_date = WEND_NONE };
	const struct batch_counts none = { .first = WEND_NONE, .last = WEND_NONE };
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO batch(file, ingested, state) VALUES('', ?, 'live')", err);

	if (!e) {
		sqlite3_bind_int64(st, 1, clock_now());
		e = step_done(s, st, err);
	}
	sqlite3_finalize(st);
	*batch = sqlite3_last_insert_rowid(s->db);
	return e ? e : batch_row_put(s, *batch, &info, &none, "live", err);
}

static enum wend_err put_link(struct store *s, int64_t batch, uint32_t from, uint32_t to, struct err *err)
{
	const int64_t v[3] = { from, to, WEND_NONE };
	struct str blob[3] = { STR_INIT, STR_INIT, STR_INIT };
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, "INSERT INTO link(batch, n, a, b, at) VALUES(?, 1, ?, ?, ?)", err);

	if (!e) {
		for (int k = 0; k < 3; k++)
			pack_ints(&blob[k], &v[k], 1);
		sqlite3_bind_int64(st, 1, batch);
		e = step_with_blobs(s, st, 2, blob, 3, err);
	}
	sqlite3_finalize(st);
	for (int k = 0; k < 3; k++)
		str_release(&blob[k]);
	return e;
}

/* 0 = several, one after the other. */
static uint32_t owned_by(const struct store *s, uint32_t number)
{
	return s->people->owner ? s->people->owner[number] : number;
}

/* What a key stands for in a join: the key its customer is printed by, so that phones and
 * cookies, which join under conditions, are not what the join hangs on. A cookie of
 * several customers stands for itself: from now on it is the other one's alone. */
static uint32_t stands_for(const struct store *s, uint32_t number)
{
	uint32_t owner = owned_by(s, number);

	return owner ? customer_key(s, owner) : number;
}

static enum wend_err decide_join(struct store *s, struct sv a, struct sv b, uint32_t out[2], bool *told, struct err *err)
{
	const struct sv given[2] = { a, b };
	int64_t parted;
	enum wend_err e = store_people(s, err);

	for (int k = 0; k < 2 && !e; k++) {
		e = typed(s, given[k], &out[k], err);
		if (!e)
			e = parted_by(s, out[k], &parted, err);
		if (!e && parted)
			e = err_set(err, WEND_E_USAGE, "'%.*s' joins nothing since batch %lld; 'wend store undo %lld' first", (int)given[k].n, given[k].p, (long long)parted, (long long)parted);
	}
	for (int k = 0; k < 2 && !e; k++)
		out[k] = stands_for(s, out[k]);
	*told = !e && owned_by(s, out[0]) && owned_by(s, out[0]) == owned_by(s, out[1]);
	return e;
}

enum wend_err store_join(struct store *s, struct sv a, struct sv b, int64_t *batch, struct err *err)
{
	uint32_t key[2] = { 0, 0 };
	bool told = false;
	enum wend_err e = store_write_begin(s, err);

	*batch = 0;
	if (e)
		return e;
	e = decide_join(s, a, b, key, &told, err);
	if (!e && !told)
		e = put_batch_row(s, JOIN_FILE, "two keys are one person, by hand", batch, err);
	if (!e && !told)
		e = put_link(s, *batch, key[0], key[1], err);
	if (!e && !told)
		e = store_write_commit(s, err);
	if (e || told)
		store_write_abort(s);
	else
		batch_forget_people(s);
	return e;
}

enum wend_err store_part(struct store *s, struct sv key, int64_t *batch, struct err *err)
{
	uint32_t number = 0;
	int64_t parted = 0;
	enum wend_err e = store_write_begin(s, err);

	*batch = 0;
	if (e)
		return e;
	e = store_people(s, err);
	if (!e)
		e = typed(s, key, &number, err);
	if (!e)
		e = parted_by(s, number, &parted, err);
	if (!e && !parted)
		e = put_batch_row(s, PART_FILE, "a key joins nothing, by hand", batch, err);
	if (!e && !parted)
		e = put_link(s, *batch, number, number, err);
	if (!e && !parted)
		e = store_write_commit(s, err);
	if (e || parted)
		store_write_abort(s);
	else
		batch_forget_people(s);
	return e;
}
