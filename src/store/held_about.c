/* Everything held of one person, besides records: keys and what links them, the batches
 * all of it came with, settings and other people's records that name the person. */
#include "blob.h"
#include "held.h"

static struct sv column(struct gather *g, sqlite3_stmt *st, int i)
{
	const char *p = (const char *)sqlite3_column_text(st, i);

	return p ? sv_n(arena_strndup(g->arena, p, (size_t)sqlite3_column_bytes(st, i)), (size_t)sqlite3_column_bytes(st, i)) : SV_NONE;
}

void gather_release(struct gather *g)
{
	free(g->key);
	free(g->batch);
	free(g->mention);
	str_release(&g->fold);
}

/* ---- keys ---- */

static void add_key(struct gather *g, struct sv v)
{
	str_reset(&g->fold);
	utf8_fold(&g->fold, v);
	GROW(g->key, g->key_cap, g->nkey + 1);
	g->key[g->nkey++] = sv_n(arena_strndup(g->arena, g->fold.p ? g->fold.p : "", g->fold.n), g->fold.n);
}

enum wend_err held_keys(struct gather *g, struct err *err)
{
	struct person_key *k;
	size_t n;
	enum wend_err e = store_keys(g->store, g->customer, &k, &n, g->arena, err);

	for (size_t i = 0; i < n && !e; i++) {
		if (k[i].space == SPACE_GUEST || !k[i].value.n)
			continue;
		add_key(g, k[i].value);
		if (k[i].product.n) {
			char *both = arena_printf(g->arena, "%.*s:%.*s", (int)k[i].product.n, k[i].product.p, (int)k[i].value.n, k[i].value.p);

			add_key(g, sv_of(both));
		}
	}
	return e;
}

static bool is_key(struct gather *g, struct sv v)
{
	str_reset(&g->fold);
	utf8_fold(&g->fold, sv_trim(v));
	for (size_t i = 0; i < g->nkey; i++)
		if (sv_eq(g->key[i], str_view(&g->fold)))
			return true;
	return false;
}

void held_mention(struct gather *g, enum kind kind, enum field field, struct sv text, struct held_place from)
{
	if (!is_key(g, text))
		return;
	GROW(g->mention, g->mention_cap, g->nmention + 1);
	g->mention[g->nmention++] = (struct held_mention){ kind, field, from };
}

/* ---- batches ---- */

enum wend_err held_batches(struct gather *g, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(g->store, g->store->db, &st, "SELECT id, ingested, file, preset, source, state, rejects FROM batch ORDER BY id", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		GROW(g->batch, g->batch_cap, g->nbatch + 1);
		g->batch[g->nbatch++] = (struct held_batch){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), column(g, st, 2), column(g, st, 3), column(g, st, 4), column(g, st, 5), column(g, st, 6) };
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(g->store, g->store->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

static struct held_batch *batch_of(const struct gather *g, int64_t batch)
{
	size_t lo;

	LOWER_BOUND(lo, g->nbatch, g->batch[mid].batch < batch);
	return lo < g->nbatch && g->batch[lo].batch == batch ? &g->batch[lo] : NULL;
}

bool held_live(const struct gather *g, int64_t batch)
{
	const struct held_batch *b = batch_of(g, batch);

	return b && sv_is(b->state, "live");
}

void held_name_batches(struct gather *g, struct held *out)
{
	uint8_t *named = xcalloc(g->nbatch + 1, 1);
	struct held_batch *b;

	for (size_t i = 0; i < out->nrecord; i++) {
		if ((b = batch_of(g, out->record[i].from.batch)))
			named[b - g->batch] = 1;
		for (size_t k = 0; k < out->record[i].nalso; k++)
			if ((b = batch_of(g, out->record[i].also[k].batch)))
				named[b - g->batch] = 1;
	}
	for (size_t i = 0; i < out->nlink; i++)
		if ((b = batch_of(g, out->link[i].batch)))
			named[b - g->batch] = 1;
	for (size_t i = 0; i < g->nmention; i++)
		if ((b = batch_of(g, g->mention[i].from.batch)))
			named[b - g->batch] = 1;
	out->batch = arena_alloc(g->arena, (g->nbatch + 1) * sizeof *out->batch);
	for (size_t i = 0; i < g->nbatch; i++)
		if (named[i])
			out->batch[out->nbatch++] = g->batch[i];
	out->mention = arena_alloc(g->arena, (g->nmention + 1) * sizeof *out->mention);
	if (g->nmention)
		memcpy(out->mention, g->mention, g->nmention * sizeof *g->mention);
	out->nmention = g->nmention;
	free(named);
}

/* ---- links ---- */

static struct sv name_of(struct gather *g, uint32_t number)
{
	struct sv v = key_text(g->store->people, number);

	return v.n ? sv_n(arena_strndup(g->arena, v.p, v.n), v.n) : SV("");
}

/* Links of undone batches too: they are there until the next compaction. */
enum wend_err held_links(struct gather *g, struct held *out, struct err *err)
{
	struct ints v[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	struct held_link *link = NULL;
	size_t nlink = 0, cap = 0;
	sqlite3_stmt *st = NULL;
	uint32_t most = g->numbers;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(g->store, g->store->db, &st, "SELECT l.batch, l.n, b.kinds = 0, l.a, l.b, l.at FROM link l JOIN batch b ON b.id = l.batch ORDER BY l.batch, l.id", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(st, 1);

		if (n < 1 || n > 1 << 28 || !ints_of(&v[0], st, 3, (size_t)n) || !ints_of(&v[1], st, 4, (size_t)n) || !ints_of(&v[2], st, 5, (size_t)n)) {
			e = store_damaged(g->store, err, "links");
			break;
		}
		for (int64_t i = 0; i < n; i++) {
			int64_t a = v[0].v[i], b = v[1].v[i];

			if (a < 1 || b < 1 || a > most || b > most || (g->of[a] != 1 && g->of[b] != 1 && !(a == b && g->of[a])))
				continue;
			GROW(link, cap, nlink + 1);
			link[nlink++] = (struct held_link){ name_of(g, (uint32_t)a), name_of(g, (uint32_t)b), v[2].v[i], sqlite3_column_int64(st, 0), sqlite3_column_int(st, 2) };
		}
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(g->store, g->store->db, err, "read");
	sqlite3_finalize(st);
	for (int k = 0; k < 3; k++)
		ints_release(&v[k]);
	out->link = arena_alloc(g->arena, (nlink + 1) * sizeof *out->link);
	if (nlink)
		memcpy(out->link, link, nlink * sizeof *link);
	out->nlink = nlink;
	free(link);
	return e;
}

/* ---- settings ---- */

static bool is_part(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80 || c == '-' || c == '_';
}

/* Does a key stand in the text as a word of its own? "7" does not stand in "17 %". */
static bool names(struct gather *g, struct sv text)
{
	str_reset(&g->fold);
	utf8_fold(&g->fold, text);
	for (size_t i = 0; i < g->nkey; i++) {
		struct sv rest = str_view(&g->fold);
		ptrdiff_t at;

		while ((at = sv_find(rest, g->key[i])) >= 0) {
			const char *from = rest.p + at, *to = from + g->key[i].n;
			bool left = from > g->fold.p && is_part(from[-1]), right = to < g->fold.p + g->fold.n && is_part(*to);

			if (!left && !right)
				return true;
			rest = sv_n(from + 1, (size_t)(rest.p + rest.n - from) - 1);
		}
	}
	return false;
}

enum wend_err held_settings(struct gather *g, struct held *out, struct err *err)
{
	struct held_setting *v = NULL;
	size_t n = 0, cap = 0;
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(g->store, g->store->db, &st, "SELECT section, name, value, whence, changed, live FROM setting ORDER BY id", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct held_setting s = { column(g, st, 0), column(g, st, 1), column(g, st, 2), column(g, st, 3), sqlite3_column_int64(st, 4), sqlite3_column_int(st, 5) };

		if (!names(g, s.section) && !names(g, s.name) && !names(g, s.value) && !names(g, s.whence))
			continue;
		GROW(v, cap, n + 1);
		v[n++] = s;
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(g->store, g->store->db, err, "read");
	sqlite3_finalize(st);
	out->setting = arena_alloc(g->arena, (n + 1) * sizeof *out->setting);
	if (n)
		memcpy(out->setting, v, n * sizeof *v);
	out->nsetting = n;
	free(v);
	return e;
}
