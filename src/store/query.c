/* A person's own SQL (security.md S15): one SELECT on a connection of its own that can
 * only read, does not trust the schema, and whose authorizer knows nothing but reading. */
#include "vtab.h"

static int authorize(void *ctx, int action, const char *a, const char *b, const char *db, const char *trigger)
{
	(void)ctx;
	(void)a;
	(void)db;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return b && !sqlite3_stricmp(b, "load_extension") ? SQLITE_DENY : SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

/* Nothing but blanks and comments behind the statement. */
static bool is_blank(struct sv v)
{
	for (;;) {
		v = sv_trim(v);
		if (v.n && v.p[0] == ';') {
			v = sv_n(v.p + 1, v.n - 1);
		} else if (sv_starts(v, "--")) {
			const char *end = memchr(v.p, '\n', v.n);

			v = end ? sv_n(end, v.n - (size_t)(end - v.p)) : SV("");
		} else if (sv_starts(v, "/*")) {
			ptrdiff_t end = sv_find(v, SV("*/"));

			v = end < 0 ? SV("") : sv_n(v.p + end + 2, v.n - (size_t)end - 2);
		} else {
			return !v.n;
		}
	}
}

struct value {
	int type;
	int64_t i;
	double d;
	struct sv s;
};

/* Until all rows are there it is not known what a column holds: all values are kept. */
struct values {
	struct value *v;
	size_t n, cap;
	struct arena arena;
};

static void keep_row(struct values *out, sqlite3_stmt *st, int cols)
{
	GROW(out->v, out->cap, out->n + (size_t)cols);
	for (int i = 0; i < cols; i++) {
		struct value *v = &out->v[out->n++];
		const unsigned char *p;
		size_t n;

		v->type = sqlite3_column_type(st, i);
		if (v->type == SQLITE_INTEGER) {
			v->i = sqlite3_column_int64(st, i);
			v->d = (double)v->i;
		} else if (v->type == SQLITE_FLOAT) {
			v->d = sqlite3_column_double(st, i);
		} else if (v->type == SQLITE_TEXT) {
			const char *z = (const char *)sqlite3_column_text(st, i);

			n = (size_t)sqlite3_column_bytes(st, i);
			v->s = sv_n(arena_strndup(&out->arena, z, n), n);
		} else if (v->type == SQLITE_BLOB) {
			char *hex;

			p = sqlite3_column_blob(st, i);
			n = (size_t)sqlite3_column_bytes(st, i);
			hex = arena_alloc(&out->arena, 2 * n + 1);
			for (size_t k = 0; k < n; k++)
				snprintf(hex + 2 * k, 3, "%02x", p[k]);
			v->s = sv_n(hex, 2 * n);
		}
	}
}

static enum col_type column_type(const struct values *all, size_t col, size_t cols)
{
	enum col_type t = COL_INT;

	for (size_t i = col; i < all->n; i += cols) {
		int type = all->v[i].type;

		if (type == SQLITE_TEXT || type == SQLITE_BLOB)
			return COL_TEXT;
		if (type == SQLITE_FLOAT || (type == SQLITE_INTEGER && all->v[i].i == WEND_NONE))
			t = COL_REAL;
	}
	return t;
}

static void put_value(struct table *t, const struct value *v, enum col_type type)
{
	char number[32];

	if (v->type == SQLITE_NULL)
		put_empty(t);
	else if (type == COL_INT)
		put_int(t, v->i);
	else if (type == COL_REAL)
		put_real(t, v->d);
	else if (v->type == SQLITE_INTEGER) {
		snprintf(number, sizeof number, "%lld", (long long)v->i);
		put_z(t, number);
	} else if (v->type == SQLITE_FLOAT) {
		struct str s = STR_INIT;

		str_real(&s, v->d);
		put_text(t, str_view(&s));
		str_release(&s);
	} else
		put_text(t, v->s);
}

static void fill_table(struct table *t, sqlite3_stmt *st, const struct values *all, size_t cols)
{
	enum col_type *type = xcalloc(cols, sizeof *type);

	for (size_t i = 0; i < cols; i++) {
		const char *name = sqlite3_column_name(st, (int)i);

		type[i] = column_type(all, i, cols);
		table_col(t, arena_strdup(&t->arena, name ? name : ""), type[i], NULL, -1);
	}
	if (table_find(t, SV("customer")) == 0)
		t->customer_col = "customer";
	for (size_t i = 0; i < all->n; i++)
		put_value(t, &all->v[i], type[i % cols]);
	free(type);
}

static int name_tables(sqlite3 *db, struct store *s, struct err *inner)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < VTAB_COUNT && !rc; i++)
		rc = vtab_register(db, i, s, inner, NULL, NULL);
	return rc;
}

static enum wend_err sql_error(struct store *s, sqlite3 *db, const struct err *inner, struct err *err)
{
	int rc = sqlite3_errcode(db) & 0xff;

	if (inner->code)
		return err_set(err, inner->code, "%s", inner->msg);
	if (rc == SQLITE_AUTH)
		return err_set(err, WEND_E_USAGE, "a query may only read; write one SELECT");
	if (rc == SQLITE_READONLY)
		return err_set(err, WEND_E_USAGE, "a query may only read; write one SELECT");
	if (rc == SQLITE_ERROR || rc == SQLITE_RANGE || rc == SQLITE_TOOBIG || rc == SQLITE_MISMATCH)
		return err_set(err, WEND_E_USAGE, "SQL: %s", sqlite3_errmsg(db));
	return store_sql_error(s, db, err, "query");
}

enum wend_err store_table_query(struct store *s, const char *sql, struct report *r, struct err *err)
{
	struct err inner = ERR_INIT;
	struct values all = { NULL, 0, 0, ARENA_INIT };
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	const char *tail = NULL;
	int rc, cols;
	enum wend_err e = store_connect(s, &db, err);

	if (e)
		return e;
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	/* The tables declare themselves when they are first named, which the authorizer would
	 * take for writing: they are named once before it is set. */
	if (name_tables(db, s, &inner) || sqlite3_exec(db, "SELECT 1 FROM event, item, customer LIMIT 0", NULL, NULL, NULL) || sqlite3_set_authorizer(db, authorize, NULL)) {
		e = store_sql_error(s, db, err, "query");
		goto done;
	}
	if (sqlite3_prepare_v2(db, sql, -1, &st, &tail)) {
		e = sql_error(s, db, &inner, err);
		goto done;
	}
	if (!st || !is_blank(sv_of(tail))) {
		e = err_set(err, WEND_E_USAGE, st ? "only one statement at a time; leave out what follows the first ';'" : "there is no SQL to run; write one SELECT");
		goto done;
	}
	cols = sqlite3_column_count(st);
	if (cols < 1 || !sqlite3_stmt_readonly(st)) {
		e = err_set(err, WEND_E_USAGE, "a query may only read; write one SELECT");
		goto done;
	}
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		keep_row(&all, st, cols);
	if (rc != SQLITE_DONE) {
		e = sql_error(s, db, &inner, err);
		goto done;
	}
	fill_table(&r->table, st, &all, (size_t)cols);
	r->zone = zone_utc();
	str_printf(&r->finding, "%zu %s.", r->table.nrow, r->table.nrow == 1 ? "row" : "rows");
done:
	sqlite3_finalize(st);
	sqlite3_close_v2(db);
	arena_release(&all.arena);
	free(all.v);
	return e;
}
