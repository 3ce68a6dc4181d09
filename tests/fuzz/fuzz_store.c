/* Changes to the bytes of a good store: packed columns, integers of its tables, rows gone,
 * pages of the file, its length. Then it is opened and, by the length of the input, read
 * whole in two parts, checked, asked by SQL or by reports, or, when the first byte says so,
 * written to: a file more, a batch undone, all of it compacted. Checked: nothing but an
 * answer or a sentence comes of it.
 *
 * The first byte's low bit chooses packed bytes instead, as they come: as integers and as
 * texts, of as many rows as the next two bytes say. */
#include <unistd.h>
#include "fuzz.h"
#include "store/format.h"
#include "store/pages.h"
#include "wend/churn.h"
#include "wend/metric.h"
#include "wend/touch.h"

struct input {
	const uint8_t *p;
	size_t n;
};

static uint32_t take(struct input *in, size_t bytes)
{
	uint32_t v = 0;

	for (; bytes && in->n; bytes--, in->n--)
		v = v << 8 | *in->p++;
	return v;
}

/* ---- packed bytes as they come ---- */

static void unpack_raw(struct input in)
{
	const uint32_t n = take(&in, 2) % 8193;
	int64_t *v = xreallocarray(NULL, n + 1, sizeof *v);
	struct str pool = STR_INIT, out = STR_INIT;
	void *exact = xmalloc(in.n + 1); /* so that a byte too far is seen */

	memcpy(exact, in.p, in.n);
	exact = xrealloc(exact, in.n ? in.n : 1);
	if (unpack_ints(v, n, exact, in.n)) {
		pack_ints(&out, v, n);
		int64_t *again = xreallocarray(NULL, n + 1, sizeof *again);
		demand(unpack_ints(again, n, out.p, out.n));
		demand(!n || !memcmp(v, again, n * sizeof *v));
		free(again);
	}
	if (unpack_texts(&pool, v, n, exact, in.n))
		for (uint32_t i = 0; i < n; i++)
			demand(v[i] == WEND_NONE || (uint64_t)(v[i] >> 24) + (uint64_t)(v[i] & 0xffffff) <= pool.n);
	free(exact);
	free(v);
	str_release(&pool);
	str_release(&out);
}

/* ---- a good store, once ---- */

static struct str whole, path;

static void make_whole(void)
{
	struct store *s = NULL;
	struct err err = ERR_INIT;

	if (whole.n)
		return;
	unlink(fuzz_file(&path, "hurt.db", "", 0));
	demand(!store_open(&s, path.p, STORE_WRITE, &err));
	fuzz_fill(s);
	store_close(s);
	demand(!file_slurp(&whole, path.p, 1u << 26, &err));
}

/* ---- damage ---- */

static const char *const blobs[] = {
	"col.data", "person.spaces", "person.products", "person.keys", "person_hash.hashes", "person_hash.numbers",
	"link.a", "link.b", "link.at", "key.ids", "key.customers", "batch.digest",
};
static const char *const values[] = {
	"block.run", "block.lo", "block.hi", "block.n", "block.t0", "block.t1", "run.batch", "run.kind", "run.type", "run.n", "run.changed", "run.rows",
	"person.lo", "person.n", "person_hash.lo", "person_hash.hi", "person_hash.n", "link.batch", "link.n", "key.run", "key.kind", "key.space", "key.n", "key.first", "key.last",
	"batch.id", "batch.kinds", "batch.state", "batch.export_date", "batch.source", "batch.options", "batch.tz", "batch.used", "batch.bytes", "name.id", "name.text", "col.id", "block.id",
	"coverage.day", "coverage.n", "coverage.kind", "meta.value", "setting.section", "setting.value", "setting.live",
};

/* The row'th row of PLACE (table.column), counted round. */
static int64_t row_of(sqlite3 *db, const char *place, uint32_t row)
{
	sqlite3_stmt *st = NULL;
	char sql[200];
	const int table = (int)(strchr(place, '.') - place);
	int64_t id = -1;

	snprintf(sql, sizeof sql, "SELECT rowid FROM %.*s ORDER BY rowid LIMIT 1 OFFSET %u %% max(1, (SELECT count(*) FROM %.*s))", table, place, row, table, place);
	if (!sqlite3_prepare_v2(db, sql, -1, &st, NULL) && sqlite3_step(st) == SQLITE_ROW)
		id = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return id;
}

static sqlite3_stmt *update(sqlite3 *db, const char *place, int64_t id)
{
	sqlite3_stmt *st = NULL;
	char sql[200];

	snprintf(sql, sizeof sql, "UPDATE OR IGNORE %.*s SET %s = ?1 WHERE rowid = %" PRId64, (int)(strchr(place, '.') - place), place, strchr(place, '.') + 1, id);
	return sqlite3_prepare_v2(db, sql, -1, &st, NULL) ? NULL : st;
}

static void hurt_blob(sqlite3 *db, struct input *in, uint32_t how)
{
	const char *place = blobs[take(in, 1) % (sizeof blobs / sizeof *blobs)];
	const int64_t id = row_of(db, place, take(in, 1));
	struct str blob = STR_INIT;
	sqlite3_blob *b = NULL;
	char table[40];

	snprintf(table, sizeof table, "%.*s", (int)(strchr(place, '.') - place), place);
	if (sqlite3_blob_open(db, "main", table, strchr(place, '.') + 1, id, 0, &b))
		return;
	int n = sqlite3_blob_bytes(b);
	char *old = xmalloc((size_t)n + 1);
	sqlite3_blob_read(b, old, n, 0);
	sqlite3_blob_close(b);
	if (how == 0) {
		const uint32_t at = take(in, 2);
		if (n)
			old[at % (uint32_t)n] ^= (char)take(in, 1);
		str_add(&blob, old, (size_t)n);
	} else if (how == 1) {
		str_add(&blob, old, take(in, 2) % ((uint32_t)n + 1));
	} else {
		size_t len = take(in, 1);
		len = len < in->n ? len : in->n;
		str_add(&blob, in->p, len);
		in->p += len;
		in->n -= len;
	}
	sqlite3_stmt *st = update(db, place, id);
	if (st) {
		sqlite3_bind_blob(st, 1, blob.p ? blob.p : "", (int)blob.n, SQLITE_STATIC);
		sqlite3_step(st);
		sqlite3_finalize(st);
	}
	free(old);
	str_release(&blob);
}

static void hurt_value(sqlite3 *db, struct input *in)
{
	static const int64_t odd[] = { 0, -1, 1, 2, 127, 128, 8192, 8193, INT32_MAX, (int64_t)UINT32_MAX, (int64_t)1 << 40, INT64_MAX, INT64_MIN };
	const char *place = values[take(in, 1) % (sizeof values / sizeof *values)];
	const int64_t id = row_of(db, place, take(in, 1));
	const uint32_t how = take(in, 1) % 18;
	sqlite3_stmt *st = update(db, place, id);

	if (!st)
		return;
	if (how < sizeof odd / sizeof *odd)
		sqlite3_bind_int64(st, 1, odd[how]);
	else if (how < 15)
		sqlite3_bind_int64(st, 1, (int32_t)take(in, 4));
	else if (how == 15)
		sqlite3_bind_text(st, 1, "a text\xff", -1, SQLITE_STATIC);
	else if (how == 16)
		sqlite3_bind_double(st, 1, 1e300);
	sqlite3_step(st);
	sqlite3_finalize(st);
}

static void drop_row(sqlite3 *db, struct input *in)
{
	const uint32_t which = take(in, 1);
	const char *place = which & 1 ? blobs[which / 2 % (sizeof blobs / sizeof *blobs)] : values[which / 2 % (sizeof values / sizeof *values)];
	char sql[120];

	snprintf(sql, sizeof sql, "DELETE FROM %.*s WHERE rowid = %" PRId64, (int)(strchr(place, '.') - place), place, row_of(db, place, take(in, 1)));
	sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void hurt_tables(struct input *in, uint32_t steps)
{
	sqlite3 *db = NULL;

	demand(!pages_register() && !sqlite3_open_v2(path.p, &db, SQLITE_OPEN_READWRITE, PAGES_VFS));
	sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
	while (steps-- && in->n) {
		const uint32_t op = take(in, 1) % 8;
		if (op < 4)
			hurt_blob(db, in, op % 3);
		else if (op < 7)
			hurt_value(db, in);
		else
			drop_row(db, in);
	}
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
}

static void hurt_file(struct input *in)
{
	struct str bytes = STR_INIT;
	struct err err = ERR_INIT;

	if (!in->n)
		return;
	demand(!file_slurp(&bytes, path.p, 1u << 26, &err));
	while (in->n >= 5 && bytes.n) {
		const uint32_t at = take(in, 4);
		const uint8_t v = (uint8_t)take(in, 1);
		if (v == 0x80) /* the file ends here */
			bytes.n = at % bytes.n;
		else
			bytes.p[at % bytes.n] ^= (char)v;
	}
	fuzz_file(&path, "hurt.db", bytes.p, bytes.n);
	str_release(&bytes);
}

/* ---- what is done with it ---- */

static void said(enum wend_err e, const struct err *err)
{
	demand(e == WEND_OK || *err->msg);
}

static void read_parts(struct store *s)
{
	for (int part = 0; part < 2; part++) {
		struct cursor_spec spec = { .kinds = KIND_ALL, .nobody = true, .items = true, .attrs = true, .batches = true, .lines = true, .part = part, .parts = 2 };
		struct cursor *c = NULL;
		struct rows r;
		struct err err = ERR_INIT;

		for (int f = 0; f < F_COUNT; f++)
			fields_add(&spec.fields, (enum field)f);
		if (cursor_open(&c, s, &spec, &err)) {
			said(err.code, &err);
			continue;
		}
		while (cursor_next(c, &r, &err)) {
			store_customer(s, r.customer);
			for (size_t i = 0; i < r.n; i++)
				for (int f = 0; f < F_COUNT; f++)
					if (r.f[f] && field_defs[f].type == FT_TEXT)
						hash64(rows_text(&r, r.f[f][i]).p ? rows_text(&r, r.f[f][i]).p : "", rows_text(&r, r.f[f][i]).n);
					else if (r.f[f] && field_defs[f].type == FT_WORD && r.f[f][i] != WEND_NONE)
						store_word(s, r.f[f][i]);
		}
		said(err.code, &err);
		cursor_close(c);
	}
}

static void ask(struct store *s)
{
	static const char *const sql[] = { "SELECT * FROM event", "SELECT * FROM item", "SELECT * FROM customer", "SELECT count(*), max(amount) FROM event WHERE customer = 'c1'" };
	struct report r;

	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
		struct err err = ERR_INIT;
		report_init(&r);
		said(store_table_query(s, sql[i], &r, &err), &err);
		table_fill(&r.table);
		report_release(&r);
	}
}

static void look(struct store *s)
{
	struct err err = ERR_INIT;
	struct report r;
	struct seen_file seen[32];
	struct coverage *cover = NULL;
	struct person_key *keys = NULL;
	struct arena a = ARENA_INIT;
	struct str text = STR_INIT;
	int64_t rows[KIND_COUNT];
	uint32_t who;
	size_t n;

	report_init(&r);
	said(store_table_check(s, &r, &err), &err);
	report_release(&r);
	said(store_row_counts(s, rows, &err), &err);
	store_seen(s, seen, 32);
	said(store_coverage(s, &cover, &n, &a, &err), &err);
	if (store_find(s, SV("c1"), &who))
		said(store_keys(s, who, &keys, &n, &a, &err), &err);
	store_settings_text(s, &text);
	store_last_ingest(s);
	store_zone(s);
	str_release(&text);
	arena_release(&a);
}

static void report_on(struct store *s)
{
	struct report_options ro = { .threads = 1 };
	struct touch_options touch = { 0 };
	struct churn_options churn = { .grace_days = 30, .dunning_days = 14 };
	struct population p;

	for (int k = 0; k < 4; k++) {
		struct err err = ERR_INIT;
		struct report r;
		if (population_init(&p, s, &ro, KIND_COUNT, &err)) {
			said(err.code, &err);
			return;
		}
		report_init(&r);
		said(k == 0 ? metric_rfm(&p, &ro, &r, &err) : k == 1 ? metric_touch_map(&p, &touch, &ro, &r, &err) : k == 2 ? metric_churn_rate(&p, &churn, &ro, &r, &err) : metric_customer_log(&p, "c1", &r, &err), &err);
		if (!err.code)
			table_fill(&r.table);
		report_release(&r);
		population_release(&p);
	}
}

static void write_to(void)
{
	static const char more[] = "order,customer,time,amount,currency\n1,c1,2026-01-03T10:00:00Z,99.00,EUR\n2,c2,2026-01-09T10:00:00Z,7.50,EUR\n9,c9,2026-05-09T10:00:00Z,7.50,EUR\n";
	static struct str file;
	struct ingest_options o = { .as = "orders", .tz = "UTC" };
	struct ingest_result res;
	struct undo_counts undo;
	struct compact_counts packed;
	struct store *s = NULL;
	struct err err = ERR_INIT;

	if (store_open(&s, path.p, STORE_WRITE, &err)) {
		said(err.code, &err);
		return;
	}
	said(ingest_file(s, fuzz_file(&file, "more.csv", more, sizeof more - 1), &o, &res, &err), &err);
	ingest_result_release(&res);
	err = (struct err)ERR_INIT;
	said(store_undo(s, 2, &undo, &err), &err);
	err = (struct err)ERR_INIT;
	said(store_compact(s, 0, &packed, &err), &err);
	read_parts(s);
	store_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *s = NULL;
	struct err err = ERR_INIT;
	struct input in = { data, size };

	if (size < 2)
		return 0;
	const uint32_t first = take(&in, 1);
	if (first & 1) {
		unpack_raw(in);
		return 0;
	}
	make_whole();
	fuzz_file(&path, "hurt.db", whole.p, whole.n);
	hurt_tables(&in, first >> 2);
	hurt_file(&in);
	if (first & 2) {
		write_to();
		return 0;
	}
	if (store_open(&s, path.p, STORE_READ, &err)) {
		said(err.code, &err);
		return 0;
	}
	/* One part of the work each time: they are slow beside a parser. */
	switch (size % 4) {
	case 0:
		read_parts(s);
		break;
	case 1:
		look(s);
		break;
	case 2:
		ask(s);
		break;
	default:
		report_on(s);
	}
	store_close(s);
	return 0;
}
