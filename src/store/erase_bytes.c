/* After the rows are gone, so must be their bytes. What is deleted, now or by an earlier
 * undo or compaction, is overwritten in its page and a page's gap is wiped when it goes
 * into the file (pages.h), so that neither a free page nor a gap in one holds it; left is
 * the write-ahead log, which is taken over and cut to nothing. Until that is done a flag
 * in `meta` says that it is owed.
 *
 * Then every file is read for the texts of the customer. Four bytes may stand anywhere by
 * chance and a name may be somebody else's too, so a hit in the store is held against
 * what the store says: explained by other people's data, told as left where another
 * record names the customer, or not explained, which is told as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "erase.h"
#include "erase_find.h"
#include "wend/par.h"

#define CHUNK ((size_t)1 << 20)

/* ---- cleaning ---- */

static bool owed(struct store *s)
{
	sqlite3_stmt *st = NULL;
	bool yes = false;

	if (!sqlite3_prepare_v2(s->db, "SELECT 1 FROM meta WHERE name = 'scrub'", -1, &st, NULL))
		yes = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return yes;
}

static enum wend_err cut_log(struct store *s, struct err *err)
{
	int rc = sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if ((rc & 0xff) == SQLITE_BUSY)
		return err_set(err, WEND_E_STORE, "others read store '%s', and its log cannot be cut", s->path);
	return rc ? store_sql_error(s, s->db, err, "clean") : WEND_OK;
}

static enum wend_err clean(struct store *s, struct err *err)
{
	enum wend_err e = cut_log(s, err);

	if (!e)
		e = store_write_begin(s, err);
	if (!e)
		e = store_exec(s, "DELETE FROM meta WHERE name = 'scrub'", err);
	if (!e)
		e = store_write_commit(s, err);
	return e ? e : cut_log(s, err);
}

enum wend_err erase_scrub(struct store *s, struct erase_counts *c, struct err *err)
{
	struct err why = ERR_INIT;

	(void)err;
	c->clean = true;
	if (s->mode == STORE_MEMORY || !owed(s) || !clean(s, &why))
		return WEND_OK;
	store_write_abort(s);
	c->clean = false;
	c->left++;
	erase_said(c, "erased, but bytes of it may still stand in the file: %s; run 'wend customer erase' again to finish", why.msg);
	return WEND_OK;
}

/* ---- finding terms in files ---- */

static void count_hit(void *ctx, struct term *t, const char *p, size_t n, size_t at)
{
	(void)ctx;
	(void)p;
	(void)n;
	(void)at;
	t->hits++;
}

/* Only words of their own: in a file of rejected rows everything is text. */
static void count_word(void *ctx, struct term *t, const char *p, size_t n, size_t at)
{
	size_t before = at < 2 ? at : 2, len = t->text.n + before + 2;
	char *fold;

	if (t->kind != TERM_KEY && !term_tells(t))
		return;
	len = len < n - at + before ? len : n - at + before;
	fold = xmalloc(len);
	fold_ascii(fold, p + at - before, len);
	if (term_in(t, fold, len, true))
		++*(uint64_t *)ctx;
	free(fold);
}

/* False: there is no such file, or it cannot be read (then *why tells). */
static bool find_in_file(const struct finder *f, const char *path, hit_fn *fn, void *ctx, struct err *why)
{
	size_t over = LOOK_MAX + 4;
	char *buf = xmalloc(CHUNK + over);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = -1;

	for (off_t at = 0; fd >= 0 && (n = file_read(fd, buf, CHUNK + over, at)) > 0; at += (off_t)CHUNK) {
		finder_find(f, buf, CHUNK, (size_t)n, fn, ctx);
		if ((size_t)n < CHUNK)
			break;
	}
	if (n < 0 && (fd >= 0 || errno != ENOENT))
		err_set(why, WEND_E_STORE, "cannot read '%s' to search it: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(buf);
	return fd >= 0 && n >= 0;
}

/* ---- what the hits in the store are ---- */

struct inquiry {
	struct store *s;
	struct finder f;
	struct term *in[LOOK_MAX];  /* terms found in the blob at hand */
	size_t nin;
	char *fold;
	size_t fold_cap;
	struct str pool;
	struct ints handle;
	uint64_t named[C_LIMIT];    /* values that name the customer, by field */
};

static void note_in(void *ctx, struct term *t, const char *p, size_t n, size_t at)
{
	struct inquiry *x = ctx;

	(void)p;
	(void)n;
	(void)at;
	for (size_t i = 0; i < x->nin; i++)
		if (x->in[i] == t)
			return;
	if (x->nin < LOOK_MAX)
		x->in[x->nin++] = t;
}

static const char *folded(struct inquiry *x, struct sv v)
{
	GROW(x->fold, x->fold_cap, v.n + 1);
	fold_ascii(x->fold, v.p, v.n);
	return x->fold;
}

static bool blob_has(struct inquiry *x, const void *p, size_t n)
{
	x->nin = 0;
	if (p)
		finder_find(&x->f, p, n, n, note_in, x);
	return x->nin > 0;
}

/* Fields in which one customer's record speaks of another. */
static bool may_name(unsigned column, const struct term *t)
{
	return column == F_REFERRED_BY || ((column == F_TEXT || column == C_ATTR_VALUE) && t->kind != TERM_TEXT && term_tells(t));
}

static void explain_value(struct inquiry *x, unsigned column, struct sv v)
{
	const char *fold = folded(x, v);
	bool named = false;

	for (size_t i = 0; i < x->nin; i++) {
		struct term *t = x->in[i];

		if (!term_in(t, fold, v.n, false))
			continue;
		t->explained = true;
		named |= may_name(column, t) && term_in(t, fold, v.n, true);
	}
	x->named[column] += named;
}

static void explain_texts(struct inquiry *x, unsigned column, const void *p, size_t bytes, size_t n)
{
	if (n > (size_t)1 << 26 || !blob_has(x, p, bytes))
		return;
	str_reset(&x->pool);
	GROW(x->handle.v, x->handle.cap, n);
	if (!unpack_texts(&x->pool, x->handle.v, n, p, bytes))
		return;
	for (size_t i = 0; i < n; i++)
		if (x->handle.v[i] != WEND_NONE)
			explain_value(x, column, text_at(&x->pool, x->handle.v[i]));
}

/* Columns of blocks: how many attributes a block has, its counts tell. */
static size_t values_of(struct inquiry *x, sqlite3_stmt *counts, int64_t block, size_t n)
{
	struct ints v = { 0 };
	size_t all = 0;

	(void)x;
	sqlite3_bind_int64(counts, 1, block * C_LIMIT + C_ATTRS);
	if (n <= BLOCK_ROWS && sqlite3_step(counts) == SQLITE_ROW && ints_of(&v, counts, 0, n))
		for (size_t i = 0; i < n; i++)
			all += v.v[i] > 0 && v.v[i] < 1 << 20 ? (size_t)v.v[i] : 0;
	sqlite3_reset(counts);
	ints_release(&v);
	return all;
}

static enum wend_err explain_blocks(struct inquiry *x, struct err *err)
{
	sqlite3_stmt *st = NULL, *counts = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT col.id % 128, block.n, data, block.id FROM col JOIN block ON block.id = col.id / 128", err);

	if (!e)
		e = store_prepare(x->s, x->s->db, &counts, "SELECT data FROM col WHERE id = ?", err);
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		unsigned column = (unsigned)sqlite3_column_int(st, 0);
		size_t n = (size_t)sqlite3_column_int64(st, 1);

		if (column != C_ATTR_VALUE && !(column < F_COUNT && field_defs[column].type == FT_TEXT))
			continue;
		if (column == C_ATTR_VALUE)
			n = values_of(x, counts, sqlite3_column_int64(st, 3), n);
		explain_texts(x, column, sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2), n);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	sqlite3_finalize(counts);
	return e;
}

/* The other tables: packed keys and ids, and plain texts. */
static enum wend_err explain_table(struct inquiry *x, const char *sql, bool packed, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, sql, err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const void *p = packed ? sqlite3_column_blob(st, 0) : (const void *)sqlite3_column_text(st, 0);
		size_t bytes = (size_t)sqlite3_column_bytes(st, 0);

		if (packed)
			explain_texts(x, 0, p, bytes, (size_t)sqlite3_column_int64(st, 1));
		else if (blob_has(x, p, bytes))
			for (size_t i = 0; i < x->nin; i++)
				x->in[i]->explained = true;
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

static enum wend_err explain_hits(struct store *s, struct terms *t, struct erase_counts *c, struct err *err)
{
	struct inquiry *x = xcalloc(1, sizeof *x);
	enum wend_err e;

	x->s = s;
	finder_init(&x->f, t, true);
	e = explain_blocks(x, err);
	if (!e)
		e = explain_table(x, "SELECT keys, n FROM person", true, err);
	if (!e)
		e = explain_table(x, "SELECT ids, n FROM key", true, err);
	if (!e)
		e = explain_table(x, "SELECT text FROM name UNION ALL SELECT first || ' ' || last FROM key UNION ALL SELECT t FROM (SELECT coalesce(file, '') || ' ' || coalesce(options, '')"
			" || ' ' || coalesce(source, '') || ' ' || coalesce(preset, '') || ' ' || coalesce(rejects, '') || ' ' || coalesce(reason, '') AS t FROM batch)"
			" UNION ALL SELECT section || ' ' || name || ' ' || coalesce(value, '') || ' ' || coalesce(whence, '') FROM setting UNION ALL SELECT source FROM coverage"
			" UNION ALL SELECT sql FROM sqlite_schema", false, err);
	for (unsigned k = 0; k < C_LIMIT && !e; k++) {
		if (!x->named[k])
			continue;
		c->left += x->named[k];
		erase_said(c, "%llu %s of other customers names the customer in %s", (unsigned long long)x->named[k], x->named[k] == 1 ? "record" : "records",
			k < F_COUNT ? field_defs[k].name : "a kept column");
	}
	finder_release(&x->f);
	ints_release(&x->handle);
	str_release(&x->pool);
	free(x->fold);
	free(x);
	return e;
}

static void unexplained(const struct terms *t, struct erase_counts *c)
{
	uint64_t n = 0;

	/* Shorter ones meet by chance where packed numbers and texts lie side by side. */
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].hits && !t->v[i].explained && t->v[i].text.n >= TEXT_MIN && (term_tells(&t->v[i]) || t->v[i].kind != TERM_KEY))
			n += t->v[i].hits;
	if (!n)
		return;
	c->left += n;
	erase_said(c, "bytes of the customer stand in %llu %s of the store's file; run 'wend customer erase' again to finish", (unsigned long long)n, n == 1 ? "place" : "places");
}

/* ---- all files ---- */

static enum wend_err search_store(struct store *s, const struct finder *f, struct terms *t, struct erase_counts *c, struct err *err)
{
	static const char *const suffix[] = { "-wal", "-shm", "-journal" };
	struct err why = ERR_INIT;
	struct str path = STR_INIT;
	bool hit = false;

	if (!find_in_file(f, s->path, count_hit, NULL, &why))
		return err_set(err, WEND_E_STORE, "%s", why.msg);
	for (size_t i = 0; i < t->n && !hit; i++)
		hit = t->v[i].hits > 0;
	if (hit && explain_hits(s, t, c, err))
		return err->code;
	unexplained(t, c);
	for (size_t i = 0; i < 3; i++) {
		uint64_t n = 0;

		str_reset(&path);
		str_printf(&path, "%s%s", s->path, suffix[i]);
		if (!find_in_file(f, path.p, count_word, &n, &why) && *why.msg) {
			c->left++;
			erase_said(c, "%s", why.msg);
			why = (struct err)ERR_INIT;
		}
		if (!n)
			continue;
		c->left += n;
		erase_said(c, "the customer stands in %llu places of '%s'; erase again when nobody reads the store", (unsigned long long)n, path.p);
	}
	str_release(&path);
	return WEND_OK;
}

static enum wend_err search_rejects(struct store *s, const struct finder *f, struct erase_counts *c, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT DISTINCT rejects FROM batch WHERE rejects IS NOT NULL ORDER BY 1", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *path = (const char *)sqlite3_column_text(st, 0);
		struct err why = ERR_INIT;
		uint64_t n = 0;

		find_in_file(f, path, count_word, &n, &why);
		if (n) {
			c->left += n;
			erase_said(c, "'%s' says a name, telephone number or text of the customer in %llu %s, in rows without a key; look at them", path, (unsigned long long)n, n == 1 ? "place" : "places");
		} else if (*why.msg) {
			c->left++;
			erase_said(c, "%s", why.msg);
		}
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

enum wend_err erase_search(struct store *s, struct terms *t, struct erase_counts *c, struct err *err)
{
	struct finder f;
	enum wend_err e = WEND_OK;

	finder_init(&f, t, false);
	if (f.any && s->mode != STORE_MEMORY)
		e = search_store(s, &f, t, c, err);
	if (!e && f.any)
		e = search_rejects(s, &f, c, err);
	finder_release(&f);
	return e;
}
