/* Is the store sound: everything that is written twice agrees, every block unpacks, and
 * what a person should know though nothing is wrong. */
#include <sys/stat.h>

#include "cursor.h"
#include "pages.h"
#include "persons.h"
#include "words.h"

struct checking {
	struct store *s;
	struct report *r;
	bool bad;
};

static void row(struct checking *k, const char *check, const char *status, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void row(struct checking *k, const char *check, const char *status, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put_z(&k->r->table, check);
	put_z(&k->r->table, status);
	put_z(&k->r->table, text);
	k->bad |= !strcmp(status, "bad");
}

/* Each row a query returns is a fault: its first column is the sentence. */
static enum wend_err faults(struct checking *k, const char *check, const char *sql, const char *fine, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE, n = 0;
	enum wend_err e = store_prepare(k->s, k->s->db, &st, sql, err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
		if (n++ < 10)
			row(k, check, "bad", "%s", (const char *)sqlite3_column_text(st, 0));
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(k->s, k->s->db, err, "read");
	sqlite3_finalize(st);
	if (!e && !n)
		row(k, check, "ok", "%s", fine);
	return e;
}

/* Each row is something a person should know. */
static enum wend_err notes(struct checking *k, const char *check, const char *sql, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(k->s, k->s->db, &st, sql, err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
		row(k, check, "note", "%s", (const char *)sqlite3_column_text(st, 0));
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(k->s, k->s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

/* SQLite keeps a page of locks in every large file, and never writes it. */
#define LOCK_PAGE ((1u << 30) / STORE_PAGE + 1)
#define LOOKS 4

/* Another process may be writing the page out of its log at this moment. */
static int look(sqlite3 *db, uint32_t page)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < LOOKS; i++) {
		rc = pages_look(db, page);
		if (rc != SQLITE_IOERR_DATA)
			break;
		if (i + 1 < LOOKS)
			sqlite3_sleep(10 << i);
	}
	return rc;
}

/* A page that a program was writing when it was ended is whole in the log, from which
 * readers have it: then only what they read can be judged. */
static bool log_there(const struct store *s)
{
	struct str wal = STR_INIT;
	struct stat st;
	bool there;

	str_printf(&wal, "%s-wal", s->path);
	there = !stat(wal.p, &st) && st.st_size > 0;
	str_release(&wal);
	return there;
}

/* Every page of the file, also those that nothing reads. */
static enum wend_err check_pages(struct checking *k, int64_t bytes, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(k->s, k->s->db, &st, "PRAGMA page_count", err);
	uint32_t pages = (uint32_t)((bytes + STORE_PAGE - 1) / STORE_PAGE), n = 0, bad = 0;
	int rc = SQLITE_OK;

	if (!e && sqlite3_step(st) == SQLITE_ROW)
		n = (uint32_t)sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	n = n < pages ? n : pages; /* what is not in the file yet is in its log */
	for (uint32_t i = 1; !e && i <= n && !rc; i++) {
		rc = i == LOCK_PAGE ? SQLITE_OK : look(k->s->db, i);
		if (rc == SQLITE_IOERR_DATA && log_there(k->s)) {
			rc = SQLITE_OK;
		} else if (rc == SQLITE_IOERR_DATA) {
			if (bad++ < 10)
				row(k, "pages", "bad", "page %u of %u is not as it was written", i, n);
			rc = SQLITE_OK;
		}
	}
	if (rc)
		row(k, "pages", "bad", "%s", sqlite3_errstr(rc));
	else if (bad > 10)
		row(k, "pages", "bad", "%u pages of %u are not as they were written", bad, n);
	else if (!e && !bad)
		row(k, "pages", "ok", "%u pages are as they were written", n);
	if (!e && pages_about(k->s->db).taken_over)
		row(k, "pages", "note", "another program closed the store, and wrote pages without checksums; the next ingest writes them anew");
	return e;
}

static enum wend_err check_file(struct checking *k, struct err *err)
{
	sqlite3_stmt *st = NULL;
	struct stat file;
	enum wend_err e = store_prepare(k->s, k->s->db, &st, "PRAGMA integrity_check(10)", err);
	int rc = SQLITE_DONE;

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);
		bool ok = text && !strcmp(text, "ok");

		row(k, "file", ok ? "ok" : "bad", "%s", ok ? "SQLite finds the file sound" : text ? text : "?");
	}
	if (!e && rc != SQLITE_DONE)
		row(k, "file", "bad", "%s", sqlite3_errmsg(k->s->db));
	sqlite3_finalize(st);
	if (e || k->s->mode == STORE_MEMORY || stat(k->s->path, &file))
		return e;
	if (file.st_mode & 077)
		row(k, "privacy", "note", "others can read the file; chmod 600 makes it private");
	return check_pages(k, file.st_size, err);
}

/* ---- blocks ---- */

struct run_sum {
	uint64_t n, rows, changed, ids;
};

/* Rows of a customer follow each other in time. */
static const char *block_fault(struct cursor *c, struct block *b, struct run_sum *sum)
{
	const int64_t *time = block_col(c, b, F_TIME), *rows = block_col(c, b, C_ROWS), *verb = block_col(c, b, C_VERB), *id = block_col(c, b, F_ID);

	if (b->customer[0] != b->head.lo || b->customer[b->head.n - 1] != b->head.hi)
		return "its customers are not those it says";
	for (uint32_t i = 0; i < b->head.n; i++) {
		if (time && i && b->customer[i] == b->customer[i - 1] && time[i] < time[i - 1])
			return "times out of order";
		sum->rows += rows && rows[i] != WEND_NONE ? (uint64_t)rows[i] : 1;
		sum->changed += verb && verb[i] == 1;
		sum->ids += id && id[i] != WEND_NONE;
	}
	sum->n += b->head.n;
	return NULL;
}

static enum wend_err check_run(struct checking *k, struct stream *s, const struct run_sum *sum, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(k->s, k->s->db, &st, "SELECT n, rows, changed, (SELECT coalesce(sum(n), 0) FROM key WHERE run = ?1) FROM run WHERE id = ?1", err);
	uint64_t v[4];

	if (e)
		return e;
	sqlite3_bind_int64(st, 1, s->run);
	if (sqlite3_step(st) == SQLITE_ROW) {
		for (int i = 0; i < 4; i++)
			v[i] = (uint64_t)sqlite3_column_int64(st, i);
		if (v[0] != sum->n)
			row(k, "runs", "bad", "run %lld says %llu rows, its blocks hold %llu", (long long)s->run, (unsigned long long)v[0], (unsigned long long)sum->n);
		if (s->type == RUN_ROWS && v[1] != sum->rows)
			row(k, "runs", "bad", "run %lld says %llu source rows, its blocks %llu", (long long)s->run, (unsigned long long)v[1], (unsigned long long)sum->rows);
		if (s->type == RUN_ROWS && v[2] != sum->changed)
			row(k, "runs", "bad", "run %lld says %llu changed rows, its blocks %llu", (long long)s->run, (unsigned long long)v[2], (unsigned long long)sum->changed);
		if (s->type == RUN_ROWS && v[3] < sum->ids)
			row(k, "keys", "bad", "run %lld has %llu ids, its key blocks hold %llu", (long long)s->run, (unsigned long long)sum->ids, (unsigned long long)v[3]);
	}
	sqlite3_finalize(st);
	return WEND_OK;
}

static enum wend_err check_blocks(struct checking *k, struct err *err)
{
	struct cursor *c = NULL;
	uint64_t blocks = 0, rows = 0;
	struct err inner = ERR_INIT;
	enum wend_err e = cursor_raw(&c, k->s, &(struct raw_spec){ .kinds = KIND_ALL, .dead = true }, &inner);

	if (e) {
		row(k, "blocks", "bad", "%s", inner.msg);
		return WEND_OK;
	}
	for (size_t i = 0; i < c->nstream && !e; i++) {
		struct stream *s = &c->stream[i];
		struct run_sum sum = { 0 };
		bool whole = true;

		for (size_t j = 0; j < s->nhead; j++, blocks++) {
			struct block *b = block_open(c, s, &s->head[j]);
			const char *fault = NULL;

			if (b) {
				fault = block_whole(c, b) ? block_fault(c, b, &sum) : NULL;
				block_close(c, b);
			}
			if (fault)
				row(k, "blocks", "bad", "block %lld: %s", (long long)s->head[j].id, fault);
			if (c->failed)
				row(k, "blocks", "bad", "%s", c->err.msg);
			whole = whole && !fault && !c->failed;
			c->failed = WEND_OK;
		}
		if (whole)
			e = check_run(k, s, &sum, err);
		rows += sum.n;
	}
	if (!e && !k->bad)
		row(k, "blocks", "ok", "%llu blocks of %llu rows unpack and are in order", (unsigned long long)blocks, (unsigned long long)rows);
	cursor_close(c);
	return e;
}

/* ---- key blocks ---- */

static int shortlex_cmp(struct sv a, struct sv b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return memcmp(a.p, b.p, a.n);
}

static const char *key_fault(sqlite3_stmt *st, struct str *pool, int64_t *v)
{
	int64_t n = sqlite3_column_int64(st, 1);
	const void *ids = sqlite3_column_blob(st, 4), *customers = sqlite3_column_blob(st, 5);
	struct sv last = SV_NONE;

	str_reset(pool);
	if (n < 1 || n > BLOCK_ROWS || !ids || !customers || !unpack_ints(v, (size_t)n, customers, (size_t)sqlite3_column_bytes(st, 5))
	    || !unpack_texts(pool, v, (size_t)n, ids, (size_t)sqlite3_column_bytes(st, 4)))
		return "does not unpack";
	for (int64_t i = 0; i < n; i++) {
		struct sv id = v[i] == WEND_NONE ? SV_NONE : sv_n(pool->p + (v[i] >> 24), (size_t)(v[i] & 0xffffff));

		if (!id.p || (i && shortlex_cmp(last, id) > 0))
			return "is out of order";
		if (!i && !sv_is(id, (const char *)sqlite3_column_text(st, 2)))
			return "does not begin as it says";
		last = id;
	}
	return sv_is(last, (const char *)sqlite3_column_text(st, 3)) ? NULL : "does not end as it says";
}

static enum wend_err check_keys(struct checking *k, struct err *err)
{
	int64_t *v = xreallocarray(NULL, BLOCK_ROWS, sizeof *v);
	struct str pool = STR_INIT;
	sqlite3_stmt *st = NULL;
	uint64_t n = 0, bad = 0;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(k->s, k->s->db, &st, "SELECT id, n, first, last, ids, customers FROM key ORDER BY id", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *fault = key_fault(st, &pool, v);

		n += (uint64_t)sqlite3_column_int64(st, 1);
		if (fault && bad++ < 10)
			row(k, "keys", "bad", "key block %lld %s", (long long)sqlite3_column_int64(st, 0), fault);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(k->s, k->s->db, err, "read");
	sqlite3_finalize(st);
	if (!e && !bad)
		row(k, "keys", "ok", "%llu ids in their key blocks", (unsigned long long)n);
	free(v);
	str_release(&pool);
	return e;
}

/* ---- people ---- */

static void note_crowd(struct checking *k, const char *check, uint32_t n, const uint32_t first[3], const char *what)
{
	struct str names = STR_INIT;

	if (!n)
		return;
	for (uint32_t i = 0; i < n && i < 3; i++) {
		struct sv v = key_text(k->s->people, first[i]);

		str_puts(&names, i ? ", " : "");
		utf8_visible(&names, v.p ? v : SV("?"));
	}
	row(k, check, "note", "%u %s: %s%s", n, what, names.p, n > 3 ? ", ..." : "");
	str_release(&names);
}

/* Every key is found under its hash. */
static enum wend_err check_people(struct checking *k, struct err *err)
{
	struct people *p;
	struct err inner = ERR_INIT;
	uint32_t lost = 0, first = 0;

	(void)err;
	if (store_people(k->s, &inner)) {
		row(k, "people", "bad", "%s", inner.msg);
		return WEND_OK;
	}
	p = k->s->people;
	for (uint32_t i = 1; i <= p->n; i++)
		if (!key_known(p, i) && !lost++)
			first = i;
	if (lost)
		row(k, "people", "bad", "%u of %u keys are not found under their hash, the first is number %u", lost, p->n, first);
	else
		row(k, "people", "ok", "%u keys of people, each found under its hash", p->n);
	note_crowd(k, "shared keys", p->notes.crowded, p->notes.first[0], "would join more than five customers and join none");
	note_crowd(k, "shared phones", p->notes.refused, p->notes.first[1], "stand with customers that have different ids and join none");
	return WEND_OK;
}

/* A row that a later one of its own file replaced is updated, but not held. */
#define HELD "((SELECT coalesce(sum(rows), 0) FROM run WHERE batch = b.id AND type = 0) + (SELECT coalesce(sum(p.rows), 0) FROM run_part p JOIN run ON run.id = p.run WHERE p.batch = b.id AND run.type = 0))"
#define LIVE " FROM batch b WHERE b.state = 'live' AND "

enum wend_err store_table_check(struct store *s, struct report *r, struct err *err)
{
	struct checking k = { s, r, false };
	enum wend_err e;

	table_col(&r->table, "check", COL_TEXT, NULL, 0);
	table_col(&r->table, "status", COL_TEXT, NULL, 0);
	table_col(&r->table, "detail", COL_TEXT, NULL, 0);
	e = check_file(&k, err);
	if (!e)
		e = check_blocks(&k, err);
	if (!e)
		e = check_keys(&k, err);
	if (!e)
		e = check_people(&k, err);
	if (!e)
		e = faults(&k, "batches", "SELECT 'batch ' || id || ': ' || records || ' records are not ' || used || ' used + ' || rejected || ' rejected + ' || ignored || ' ignored'" LIVE
			"records <> used + rejected + ignored UNION ALL SELECT 'batch ' || id || ': ' || used || ' used are not ' || added || ' added + ' || updated || ' updated + ' || duplicates || ' duplicates'" LIVE
			"used <> added + updated + duplicates UNION ALL SELECT 'batch ' || id || ': ' || (added + updated - replaced) || ' rows were kept, its runs hold ' || " HELD LIVE
			"(id >= (SELECT coalesce(max(value), 0) FROM meta WHERE name = 'forgotten') AND added + updated - replaced <> " HELD " OR added + updated - replaced < " HELD ")",
			"records = used + rejected + ignored, used = added + updated + duplicates, and as many rows are held", err);
	if (!e)
		e = faults(&k, "order", "SELECT 'run ' || id || ' belongs to no batch' FROM run WHERE batch <> 0 AND batch NOT IN (SELECT id FROM batch)"
			" UNION ALL SELECT 'run ' || id || ' says ' || n || ' rows, its batches have ' || (SELECT coalesce(sum(n), 0) FROM run_part WHERE run = id) FROM run WHERE batch = 0 AND n <> (SELECT coalesce(sum(n), 0) FROM run_part WHERE run = id)"
			" UNION ALL SELECT 'batch ' || batch || ' has a part in run ' || run || ' that is not there' FROM run_part WHERE run NOT IN (SELECT id FROM run WHERE batch = 0)"
			" UNION ALL SELECT 'block ' || id || ' belongs to no run' FROM block WHERE run NOT IN (SELECT id FROM run)"
			" UNION ALL SELECT 'column ' || id || ' belongs to no block' FROM col WHERE id / 128 NOT IN (SELECT id FROM block)"
			" UNION ALL SELECT 'word ' || id || ' is out of place' FROM name WHERE id > (SELECT count(*) FROM name)",
			"everything has its owner", err);
	if (!e)
		e = notes(&k, "erased", "SELECT 'bytes of erased customers may still stand in the file; ''wend customer erase'' cleans it' FROM meta WHERE name = 'scrub'", err);
	if (e)
		return e;
	str_puts(&r->finding, k.bad ? "the store is damaged; restore a backup or ingest the files again." : "the store is sound.");
	return k.bad ? err_set(err, WEND_E_STORE, "store '%s' is damaged; restore a backup or ingest the files again", s->path) : WEND_OK;
}
