/* What the store holds, as tables: overview, coverage by source and month, batches. */
#include <sys/stat.h>

#include "byhand.h"

static struct sv text_of(sqlite3_stmt *st, int i)
{
	const char *p = (const char *)sqlite3_column_text(st, i);

	return p ? sv_n(p, (size_t)sqlite3_column_bytes(st, i)) : SV_NONE;
}

static int64_t int_of(sqlite3_stmt *st, int i)
{
	return sqlite3_column_type(st, i) == SQLITE_NULL ? WEND_NONE : sqlite3_column_int64(st, i);
}

static enum wend_err end_of(struct store *s, sqlite3_stmt *st, int rc, enum wend_err e, struct err *err)
{
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(s, s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

static void report_zone(struct store *s, struct report *r)
{
	struct sv name = store_zone(s);
	char *z = xstrndup(name.p ? name.p : "", name.n);
	const struct zone *zone = NULL;

	if (*z && !zone_open(&zone, z, NULL))
		r->zone = zone;
	else
		r->zone = zone_utc();
	free(z);
}

/* ---- coverage ---- */

#define COVERAGE_FROM " FROM coverage c JOIN batch b ON b.id = c.batch WHERE b.state = 'live'"

enum wend_err store_coverage(struct store *s, struct coverage **out, size_t *n, struct arena *a, struct err *err)
{
	sqlite3_stmt *st = NULL;
	struct coverage *v = NULL;
	size_t cap = 0;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT c.source, c.kind, min(c.day), max(c.day), count(DISTINCT c.day), sum(c.n)" COVERAGE_FROM " GROUP BY c.source, c.kind ORDER BY c.kind, c.source", err);

	*n = 0;
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct sv source = text_of(st, 0);
		int64_t kind = sqlite3_column_int64(st, 1);

		if (kind < 0 || kind >= KIND_COUNT)
			continue;
		GROW(v, cap, *n + 1);
		v[(*n)++] = (struct coverage){ sv_n(arena_strndup(a, source.p ? source.p : "", source.n), source.n), (enum kind)kind,
			(int32_t)sqlite3_column_int64(st, 2), (int32_t)sqlite3_column_int64(st, 3), (int32_t)sqlite3_column_int64(st, 4), sqlite3_column_int64(st, 5) };
	}
	e = end_of(s, st, rc, e, err);
	*out = arena_alloc(a, (*n + 1) * sizeof **out);
	if (*n)
		memcpy(*out, v, *n * sizeof *v);
	free(v);
	return e;
}

enum wend_err store_coverage_days(struct store *s, const struct coverage *c, struct coverage_day **out, size_t *n, struct err *err)
{
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc = SQLITE_DONE;
	*out = NULL;
	*n = 0;
	enum wend_err e = store_prepare(s, s->db, &st, "SELECT c.day, sum(c.n)" COVERAGE_FROM " AND c.source = ?1 AND c.kind = ?2 GROUP BY c.day ORDER BY c.day", err);

	if (!e) {
		sqlite3_bind_text(st, 1, c->source.p, (int)c->source.n, SQLITE_STATIC);
		sqlite3_bind_int64(st, 2, c->kind);
	}
	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		GROW(*out, cap, *n + 1);
		(*out)[(*n)++] = (struct coverage_day){ (int32_t)sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1) };
	}
	return end_of(s, st, rc, e, err);
}

/* One row a month of the source's span, months without a row too; `missing` are the days
 * inside the span that have none. */
static void put_months(struct table *t, const struct coverage *c, const struct coverage_day *v, size_t n)
{
	int y, m, d;
	size_t i = 0;

	civil_ymd(c->first, &y, &m, &d);
	while (i < n) {
		int32_t from = civil_day(y, m, 1), to = from + civil_month_days(y, m) - 1;
		size_t first = i;
		int64_t rows = 0;

		for (; i < n && v[i].day <= to; i++)
			rows += v[i].rows;
		put_text(t, c->source);
		put_z(t, kind_names[c->kind]);
		put_z(t, arena_printf(&t->arena, "%04d-%02d", y, m));
		put_int(t, rows);
		put_int(t, (int64_t)(i - first));
		put_int(t, (to > c->last ? c->last : to) - (from < c->first ? c->first : from) + 1 - (int64_t)(i - first));
		put_int(t, i > first ? v[first].day : WEND_NONE);
		put_int(t, i > first ? v[i - 1].day : WEND_NONE);
		y += m == 12;
		m = m == 12 ? 1 : m + 1;
	}
}

enum wend_err store_table_coverage(struct store *s, struct report *r, struct err *err)
{
	struct table *t = &r->table;
	struct coverage *c;
	size_t n;
	int64_t holes = 0;
	enum wend_err e = store_coverage(s, &c, &n, &r->arena, err);

	if (e)
		return e;
	report_zone(s, r);
	table_col(t, "source", COL_TEXT, NULL, 0);
	table_col(t, "kind", COL_TEXT, NULL, 0);
	table_col(t, "month", COL_TEXT, NULL, 0);
	table_col(t, "rows", COL_INT, NULL, 0);
	table_col(t, "days", COL_INT, "days", 0);
	table_col(t, "missing", COL_INT, "days", 0);
	table_col(t, "first", COL_DAY, NULL, 0);
	table_col(t, "last", COL_DAY, NULL, 0);
	for (size_t i = 0; i < n && !e; i++) {
		struct coverage_day *v = NULL;
		size_t days = 0;

		e = store_coverage_days(s, &c[i], &v, &days, err);
		if (!e)
			put_months(t, &c[i], v, days);
		free(v);
		holes += c[i].last - c[i].first + 1 - c[i].day_n;
		str_printf(&r->finding, "%s%.*s %s ", i ? "; " : "", (int)c[i].source.n, c[i].source.p, kind_names[c[i].kind]);
		day_text(&r->finding, c[i].first);
		str_puts(&r->finding, " to ");
		day_text(&r->finding, c[i].last);
	}
	if (!n)
		str_puts(&r->finding, "the store holds no dated rows yet");
	else
		str_printf(&r->finding, "; %lld days without a row in between.", (long long)holes);
	return e;
}

/* ---- batches ---- */

enum batch_cell { CELL_NUMBER, CELL_WORD, CELL_WHEN, CELL_KINDS, CELL_REASON };

static const struct {
	const char *name, *sql;
	enum batch_cell how;
} batch_cols[] = {
	{ "batch", "id", CELL_NUMBER }, { "file", "file", CELL_WORD }, { "kinds", "kinds", CELL_KINDS }, { "preset", "preset", CELL_WORD },
	{ "source", "source", CELL_WORD }, { "ingested", "ingested * 2", CELL_WHEN }, { "state", "state", CELL_WORD },
	{ "records", "records", CELL_NUMBER }, { "used", "used", CELL_NUMBER }, { "rejected", "rejected", CELL_NUMBER }, { "ignored", "ignored", CELL_NUMBER },
	{ "added", "added", CELL_NUMBER }, { "updated", "updated", CELL_NUMBER }, { "duplicates", "duplicates", CELL_NUMBER }, { "matched", "matched", CELL_NUMBER },
	{ "first", "first", CELL_WHEN }, { "last", "last", CELL_WHEN }, { "exported", "export_date", CELL_WHEN }, { "bytes", "bytes", CELL_NUMBER },
	{ "options", "options", CELL_WORD }, { "reason", "reason", CELL_REASON },
};
#define BATCH_COLS (sizeof batch_cols / sizeof *batch_cols)

static void put_kinds(struct table *t, int64_t kinds)
{
	struct str text = STR_INIT;

	for (unsigned k = 0; k < KIND_COUNT && kinds != WEND_NONE; k++)
		if (kinds >> k & 1)
			str_printf(&text, "%s%s", text.n ? " " : "", kind_names[k]);
	put_text(t, str_view(&text));
	str_release(&text);
}

/* A correction by hand has no kinds; what it says is in its links. */
static void put_reason(struct store *s, struct table *t, sqlite3_stmt *st, int col)
{
	struct str text = STR_INIT;

	if (sqlite3_column_int64(st, 2) == 0)
		(void)byhand_text(s, sqlite3_column_int64(st, 0), &text, NULL);
	put_text(t, text.n ? str_view(&text) : text_of(st, col));
	str_release(&text);
}

static void put_batch(struct store *s, struct table *t, sqlite3_stmt *st)
{
	for (size_t i = 0; i < BATCH_COLS; i++) {
		if (batch_cols[i].how == CELL_WORD)
			put_text(t, text_of(st, (int)i));
		else if (batch_cols[i].how == CELL_REASON)
			put_reason(s, t, st, (int)i);
		else if (batch_cols[i].how == CELL_KINDS)
			put_kinds(t, int_of(st, (int)i));
		else
			put_int(t, int_of(st, (int)i));
	}
}

enum wend_err store_table_batches(struct store *s, bool refused, struct report *r, struct err *err)
{
	struct table *t = &r->table;
	struct str sql = STR_INIT;
	sqlite3_stmt *st = NULL;
	size_t n = 0;
	int rc = SQLITE_DONE;
	enum wend_err e;

	report_zone(s, r);
	str_puts(&sql, "SELECT ");
	for (size_t i = 0; i < BATCH_COLS; i++) {
		str_printf(&sql, "%s%s", i ? ", " : "", batch_cols[i].sql);
		table_col(t, batch_cols[i].name, batch_cols[i].how == CELL_NUMBER ? COL_INT : batch_cols[i].how == CELL_WHEN ? COL_TIME : COL_TEXT, NULL, 0);
	}
	str_printf(&sql, " FROM batch WHERE state %s 'refused' ORDER BY id", refused ? "=" : "<>");
	e = store_prepare(s, s->db, &st, sql.p, err);
	str_release(&sql);
	for (; !e && (rc = sqlite3_step(st)) == SQLITE_ROW; n++)
		put_batch(s, t, st);
	str_printf(&r->finding, "%zu %s.", n, refused ? (n == 1 ? "file was refused" : "files were refused") : n == 1 ? "batch" : "batches");
	return end_of(s, st, rc, e, err);
}

struct sv store_batch_file(struct store *s, int64_t batch, struct arena *a)
{
	struct sv v = SV_NONE;
	sqlite3_stmt *st = NULL;

	pthread_mutex_lock(&s->lock);
	int rc = sqlite3_prepare_v2(s->db, "SELECT file FROM batch WHERE id = ?1", -1, &st, NULL);
	if (!rc) {
		sqlite3_bind_int64(st, 1, batch);
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW && (v = text_of(st, 0)).p)
			v.p = arena_strndup(a, v.p, v.n);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_missed(s, s->db);
	sqlite3_finalize(st);
	pthread_mutex_unlock(&s->lock);
	return v;
}

/* Columns nobody filled are not stored. */
bool store_has_field(struct store *s, enum field f)
{
	sqlite3_stmt *st = NULL;
	bool any = false;

	pthread_mutex_lock(&s->lock);
	int rc = sqlite3_prepare_v2(s->db, "SELECT EXISTS(SELECT 1 FROM block b JOIN col ON col.id = b.id * ?1 + ?2)", -1, &st, NULL);
	if (!rc) {
		sqlite3_bind_int64(st, 1, C_LIMIT);
		sqlite3_bind_int64(st, 2, f);
		rc = sqlite3_step(st);
		any = rc == SQLITE_ROW && sqlite3_column_int(st, 0);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_missed(s, s->db);
	sqlite3_finalize(st);
	pthread_mutex_unlock(&s->lock);
	return any;
}

/* ---- overview ---- */

static void put_fact(struct table *t, const char *what, const char *value)
{
	put_z(t, what);
	put_z(t, value);
}

static void put_count(struct table *t, const char *what, int64_t n)
{
	put_z(t, what);
	put_z(t, arena_printf(&t->arena, "%lld", (long long)n));
}

static void put_when(struct table *t, const struct report *r, const char *what, int64_t w)
{
	struct str text = STR_INIT;

	wtime_text(&text, w, r->zone);
	put_z(t, what);
	put_text(t, str_view(&text));
	str_release(&text);
}

static enum wend_err one_row(struct store *s, const char *sql, int64_t *v, int n, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(s, s->db, &st, sql, err);

	if (e)
		return e;
	if (sqlite3_step(st) != SQLITE_ROW)
		e = store_sql_error(s, s->db, err, "read");
	for (int i = 0; i < n && !e; i++)
		v[i] = int_of(st, i);
	sqlite3_finalize(st);
	return e;
}

/* Customers and guests who have a record. Every number has one as long as nothing was
 * taken back: then nothing needs to be read. */
static enum wend_err count_people(struct store *s, int64_t *customers, int64_t *guests, struct err *err)
{
	struct cursor_spec spec = { .kinds = KIND_ALL, .parts = 1 };
	struct cursor *c = NULL;
	struct rows rows;
	int64_t taken_back;
	enum wend_err e = one_row(s, "SELECT EXISTS (SELECT 1 FROM batch WHERE state = 'undone') OR EXISTS (SELECT 1 FROM ban)", &taken_back, 1, err);

	*customers = *guests = 0;
	if (!e && taken_back && !(e = cursor_open(&c, s, &spec, err))) {
		while (cursor_next(c, &rows, err)) {
			*guests += rows.guest;
			*customers += !rows.guest;
		}
		cursor_close(c);
	}
	if (e || taken_back)
		return e ? e : err->code;
	for (uint32_t i = 1; i <= store_people_count(s); i++) {
		*guests += store_is_guest(s, i);
		*customers += !store_is_guest(s, i) && people_owner(s->people, i, WEND_NONE) == i;
	}
	return WEND_OK;
}

enum wend_err store_table_info(struct store *s, struct report *r, struct err *err)
{
	struct table *t = &r->table;
	int64_t rows[KIND_COUNT], b[5], size[2], total = 0, customers, guests;
	struct stat file;
	struct sv zone;
	enum wend_err e;

	if ((e = store_people(s, err)) || (e = store_row_counts(s, rows, err))
	    || (e = one_row(s, "SELECT count(*) FILTER (WHERE kinds <> 0), min(first), max(last), max(ingested) FILTER (WHERE kinds <> 0), (SELECT count(*) FROM batch WHERE state = 'refused') FROM batch WHERE state = 'live' AND kinds <> 0", b, 5, err))
	    || (e = one_row(s, "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size), (SELECT value FROM meta WHERE name = 'created')", size, 2, err)))
		return e;
	report_zone(s, r);
	zone = store_zone(s);
	if ((e = count_people(s, &customers, &guests, err)))
		return e;
	table_col(t, "what", COL_TEXT, NULL, 0);
	table_col(t, "value", COL_TEXT, NULL, 0);
	put_fact(t, "store", s->mode == STORE_MEMORY ? "in memory" : s->path);
	put_count(t, "format", STORE_FORMAT);
	put_count(t, "bytes", size[0]);
	put_when(t, r, "created", size[1] == WEND_NONE ? WEND_NONE : wtime_instant_of(size[1]));
	put_fact(t, "zone", zone.n ? zone.p : "");
	put_count(t, "batches", b[0]);
	put_count(t, "refused", b[4]);
	put_when(t, r, "last ingest", b[3] == WEND_NONE ? WEND_NONE : wtime_instant_of(b[3]));
	put_when(t, r, "first", b[1]);
	put_when(t, r, "last", b[2]);
	put_count(t, "customers", customers);
	put_count(t, "guests", guests);
	for (int k = 0; k < KIND_COUNT; k++) {
		put_count(t, kind_names[k], rows[k]);
		total += rows[k];
	}
	str_printf(&r->finding, "%lld %s of %lld %s", (long long)total, total == 1 ? "row" : "rows", (long long)customers, customers == 1 ? "customer" : "customers");
	if (guests)
		str_printf(&r->finding, " and %lld %s", (long long)guests, guests == 1 ? "guest" : "guests");
	str_printf(&r->finding, ", from %lld %s.", (long long)b[0], b[0] == 1 ? "file" : "files");
	if (s->mode != STORE_MEMORY && !stat(s->path, &file) && (file.st_mode & 077))
		line_add(&r->warn, "store '%s' can be read by others; chmod 600 makes it private", s->path);
	return WEND_OK;
}
