/* room: cmd
 * --from: a table printed before, or made by hand, read back as text cells.
 */
#include "cmd/cmd.h"
#include "wend/csv.h"

static enum wend_err header(struct table *t, const struct csv_record *rec, const char *path, struct err *err)
{
	for (size_t i = 0; i < rec->n; i++) {
		struct sv name = sv_trim(csv_unguard(sv_n(rec->f[i].p, rec->f[i].n)));
		if (table_find(t, name) >= 0)
			return err_set(err, WEND_E_INPUT, "'%s': two columns are called '%.*s'", path, (int)name.n, name.p);
		table_col(t, arena_strndup(&t->arena, name.p, name.n), COL_TEXT, NULL, -1);
	}
	return WEND_OK;
}

static enum wend_err row(struct table *t, const struct csv_record *rec, const char *path, struct err *err)
{
	if (rec->n != t->ncol)
		return err_set(err, WEND_E_INPUT, "'%s:%" PRIu64 "': %zu fields, the header has %zu", path, rec->line, rec->n, t->ncol);
	for (size_t i = 0; i < rec->n; i++) {
		struct sv v = csv_unguard(sv_n(rec->f[i].p, rec->f[i].n));
		put_text(t, v.n || rec->f[i].quoted ? v : SV_NONE);
	}
	return WEND_OK;
}

enum wend_err run_read_table(struct table *t, const char *path, struct err *err)
{
	struct csv *c = NULL;
	struct csv_record rec;
	const struct csv_options o = { 0 };
	enum wend_err e = csv_open(&c, path, &o, err);

	while (!e && !(e = csv_next(c, &rec, err)) && rec.verdict != CSV_END) {
		if (rec.verdict == CSV_REJECT)
			e = err_set(err, WEND_E_INPUT, "'%s:%" PRIu64 ":%zu': %s", path, rec.line, rec.column, rec.reason);
		else
			e = t->ncol ? row(t, &rec, path, err) : header(t, &rec, path, err);
	}
	if (!e && !t->ncol)
		e = err_set(err, WEND_E_INPUT, "'%s' is empty; '--from' needs a header row", path);
	csv_close(c);
	return e;
}

enum wend_err run_from(struct run *u, struct err *err)
{
	u->from = xcalloc(u->ro.from.n + 1, sizeof *u->from);
	for (size_t i = 0; i < u->ro.from.n; i++) {
		table_init(&u->from[u->nfrom++]);
		if (run_read_table(&u->from[i], u->ro.from.v[i], err))
			return err->code;
	}
	return WEND_OK;
}

void run_from_release(struct run *u)
{
	for (size_t i = 0; i < u->nfrom; i++)
		table_release(&u->from[i]);
	free(u->from);
	u->from = NULL;
	u->nfrom = 0;
}
