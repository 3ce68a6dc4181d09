/* Small tables and files of rejected rows that may quote somebody erased.
 *
 * A setting is somebody's decision: it is named, not changed. One that was replaced is
 * kept only to be looked up, and goes. A refused file's reason loses its text.
 *
 * A file of rejected rows has what was wrong in front of each row as it stood, line breaks
 * and loose quotes included; so a record begins where a line begins with the four short
 * columns in front, and goes on to the next such line.
 */
#include <errno.h>
#include <unistd.h>

#include "erase.h"
#include "wend/par.h"

#define KEY_MIN 4                          /* shorter keys stand in any text */
#define REJECTS_MAX ((size_t)1 << 30)

static bool quotes(const struct erasing *x, struct sv text)
{
	char *fold;
	bool yes = false;

	if (!text.n)
		return false;
	fold = xmalloc(text.n);
	fold_ascii(fold, text.p, text.n);
	for (size_t i = 0; i < x->terms.n && !yes; i++)
		yes = x->terms.v[i].kind == TERM_KEY && x->terms.v[i].text.n >= KEY_MIN && !term_plain(&x->terms.v[i]) && term_in(&x->terms.v[i], fold, text.n, true);
	free(fold);
	return yes;
}

static struct sv column(sqlite3_stmt *st, int i)
{
	const char *p = (const char *)sqlite3_column_text(st, i);

	return p ? sv_n(p, (size_t)sqlite3_column_bytes(st, i)) : SV("");
}

static enum wend_err run_with(struct erasing *x, const char *sql, int64_t id, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, sql, err);

	if (!e) {
		sqlite3_bind_int64(st, 1, id);
		e = step_done(x->s, st, err);
	}
	sqlite3_finalize(st);
	return e;
}

static enum wend_err in_settings(struct erasing *x, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT id, live, section, name, value, whence FROM setting", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		bool says = false;

		for (int i = 2; i < 6 && !says; i++)
			says = quotes(x, column(st, i));
		if (says && sqlite3_column_int(st, 1)) {
			x->c->left++;
			erase_said(x->c, "setting '%s.%s' names the customer; change it with 'wend store set', then erase again", column(st, 2).p, column(st, 3).p);
		} else if (says) {
			e = run_with(x, "DELETE FROM setting WHERE id = ?", sqlite3_column_int64(st, 0), err);
		}
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

static enum wend_err in_batches(struct erasing *x, struct err *err)
{
	static const char *const what[] = { "name", "options", "source", "place of its rejected rows" };
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT id, file, options, source, rejects, reason FROM batch", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(st, 0);

		for (int i = 1; i < 5; i++)
			if (quotes(x, column(st, i))) {
				x->c->left++;
				erase_said(x->c, "the %s of batch %lld says who the customer is, and is kept", what[i - 1], (long long)id);
			}
		if (quotes(x, column(st, 5)))
			e = run_with(x, "UPDATE batch SET reason = 'the reason named a customer who was erased' WHERE id = ?", id, err);
	}
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

/* ---- files of rejected rows ---- */

#define COLUMNS_MAX 512

struct rejected {
	char sep;              /* 0: not a file of ours, every line is a record */
	const struct erasing *x;
	struct str fold;
	bool who[COLUMNS_MAX]; /* columns behind our four that are called after customers */
};

/* The next cell of a record, without its quotes. */
static bool next_cell(struct sv *rest, char sep, struct sv *cell)
{
	size_t i = 0;
	bool quoted = rest->p && rest->n && *rest->p == '"';

	if (!rest->p)
		return false;
	for (i = quoted; i < rest->n && (quoted || (rest->p[i] != sep && rest->p[i] != '\n')); i++)
		if (quoted && rest->p[i] == '"' && !(i + 1 < rest->n && rest->p[i + 1] == '"' && ++i))
			break;
	*cell = quoted ? sv_n(rest->p + 1, i - 1) : sv_trim(sv_n(rest->p, i));
	while (i < rest->n && rest->p[i] != sep)
		i++;
	*rest = i < rest->n ? sv_n(rest->p + i + 1, rest->n - i - 1) : SV_NONE;
	return true;
}

static void find_columns(struct rejected *r, struct sv header)
{
	static const char *const names[] = { "customer", "client", "user", "member", "buyer", "contact", "requester", "person", "account", "kunde", "cliente", "mail", "phone", "tel", "who" };
	struct sv cell;

	str_reset(&r->fold);
	GROW(r->fold.p, r->fold.cap, header.n + 1);
	fold_ascii(r->fold.p, header.p, header.n);
	header.p = r->fold.p;
	for (int c = -4; next_cell(&header, r->sep, &cell) && c < COLUMNS_MAX; c++)
		for (size_t k = 0; c >= 0 && k < sizeof names / sizeof names[0]; k++)
			r->who[c] |= sv_find(cell, sv_of(names[k])) >= 0;
}

/* Past the next separator; NULL when other bytes than `allowed` stand before it. */
static const char *past(const char *p, const char *end, char sep, const char *allowed)
{
	while (p < end && *p != sep && *p && strchr(allowed, *p))
		p++;
	return p < end && *p == sep ? p + 1 : NULL;
}

/* Behind line, byte, column and code, when a record begins here. */
static const char *record_body(const struct rejected *r, const char *p, const char *end)
{
	static const char digits[] = "0123456789", code[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

	if (p == end || *p < '0' || *p > '9')
		return NULL;
	for (int i = 0; i < 4 && p; i++)
		p = past(p, end, r->sep, i < 3 ? digits : code);
	return p;
}

static const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl ? nl + 1 : end;
}

/* A telephone number as people write it: the key ends with its digits. */
static bool says_phone(struct sv key, const char *p, size_t n)
{
	char have[24];
	size_t k = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && p[i] >= '0' && p[i] <= '9') {
			if (k < sizeof have && (k || p[i] != '0'))
				have[k++] = p[i];
			continue;
		}
		if (i < n && p[i] && strchr(" ()+-./", p[i]))
			continue;
		if (k >= 7 && k < key.n && !memcmp(key.p + key.n - k, have, k))
			return true;
		k = 0;
	}
	return false;
}

/* A short key counts as a cell of its own, in a column of customers. */
static bool says_short(const struct rejected *r, struct sv key, struct sv rest)
{
	struct sv cell;

	for (size_t c = 0; r->sep && c < COLUMNS_MAX && next_cell(&rest, r->sep, &cell); c++)
		if (r->who[c] && sv_eq(cell, key))
			return true;
	return false;
}

static bool says_them(struct rejected *r, const char *p, size_t n)
{
	const struct terms *t = &r->x->terms;

	str_reset(&r->fold);
	GROW(r->fold.p, r->fold.cap, n + 1);
	fold_ascii(r->fold.p, p, n);
	for (size_t i = 0; i < t->n; i++) {
		const struct term *k = &t->v[i];

		if (k->kind != TERM_KEY)
			continue;
		if (k->text.n < KEY_MIN || term_plain(k) ? says_short(r, k->text, sv_n(r->fold.p, n)) : term_in(k, r->fold.p, n, true) || (k->tel && says_phone(k->text, r->fold.p, n)))
			return true;
	}
	return false;
}

/* What stays of a file's text; returns how many records went. */
static uint64_t keep_others(struct erasing *x, struct sv text, struct str *out)
{
	const char *p = text.p, *end = text.p + text.n;
	struct rejected r = { .x = x };
	struct sv name = SV_NONE;
	uint64_t gone = 0;

	for (size_t i = 0; i < 2 && !r.sep; i++) {
		name = i ? SV("reject_line") : SV("line");
		if (sv_starts(text, name.p) && text.n > name.n)
			r.sep = text.p[name.n];
	}
	if (r.sep) {
		const char *head = p;

		find_columns(&r, sv_n(p, (size_t)(line_end(p, end) - p)));
		/* All header rows: up to the first record. */
		while (p < end && !record_body(&r, p, end))
			p = line_end(p, end);
		str_add(out, head, (size_t)(p - head));
	}
	while (p < end) {
		const char *from = p, *body = r.sep ? record_body(&r, p, end) : p;

		do
			p = line_end(p, end);
		while (p < end && r.sep && !record_body(&r, p, end));
		if (says_them(&r, body, (size_t)(p - body)))
			gone++;
		else
			str_add(out, from, (size_t)(p - from));
	}
	str_release(&r.fold);
	return gone;
}

static enum wend_err in_file(struct erasing *x, const char *path, bool preview)
{
	struct str text = STR_INIT, kept = STR_INIT;
	struct outfile o;
	struct err why = ERR_INIT;
	uint64_t gone = 0;
	enum wend_err e = WEND_OK;

	if (access(path, F_OK) && errno == ENOENT)
		return WEND_OK;
	e = file_slurp(&text, path, REJECTS_MAX, &why);
	if (!e)
		gone = keep_others(x, str_view(&text), &kept);
	if (!e && gone && !preview && !(e = outfile_open(&o, path, &why))) {
		fwrite(kept.p ? kept.p : "", 1, kept.n, o.f);
		e = outfile_commit(&o, &why);
	}
	if (e) {
		x->c->left++;
		erase_said(x->c, "%s; rejected rows of the customer may stand there", why.msg);
	} else if (gone) {
		x->c->reject_rows += gone;
		x->c->reject_files++;
	}
	str_release(&text);
	str_release(&kept);
	return WEND_OK;
}

static enum wend_err in_rejects(struct erasing *x, bool preview, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_DONE;
	enum wend_err e = store_prepare(x->s, x->s->db, &st, "SELECT DISTINCT rejects FROM batch WHERE rejects IS NOT NULL ORDER BY 1", err);

	while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
		e = in_file(x, column(st, 0).p, preview);
	if (!e && rc != SQLITE_DONE)
		e = store_sql_error(x->s, x->s->db, err, "read");
	sqlite3_finalize(st);
	return e;
}

enum wend_err erase_places(struct erasing *x, bool preview, struct err *err)
{
	enum wend_err e = in_settings(x, err);

	if (!e)
		e = in_batches(x, err);
	return e ? e : in_rejects(x, preview, err);
}
