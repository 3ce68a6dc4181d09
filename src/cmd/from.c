/* room: cmd
 * --from: a table printed before, or made by hand, read back as text cells.
 */
#include "cmd/cmd.h"
#include "wend/csv.h"
#include "wend/par.h"

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

/* Every record of a file, or of bytes that came from it, the first one as header. */
typedef enum wend_err take_fn(void *ctx, const struct csv_record *rec, const char *path, bool first, struct err *err);

static enum wend_err each_record(const char *path, const struct str *bytes, take_fn *take, void *ctx, struct err *err)
{
	struct csv *c = NULL;
	struct csv_record rec;
	const struct csv_options o = { 0 };
	bool first = true;
	enum wend_err e = bytes ? csv_open_bytes(&c, path, str_view(bytes), &o, err) : csv_open(&c, path, &o, err);

	if (!e)
		csv_forward_only(c);
	while (!e && !(e = csv_next(c, &rec, err)) && rec.verdict != CSV_END) {
		if (rec.verdict == CSV_REJECT)
			e = err_set(err, WEND_E_INPUT, "'%s:%" PRIu64 ":%zu': %s", path, rec.line, rec.column, rec.reason);
		else
			e = take(ctx, &rec, path, first, err);
		first = false;
	}
	if (!e && first)
		e = err_set(err, WEND_E_INPUT, "'%s' is empty; a table needs a header row", path);
	csv_close(c);
	return e;
}

static enum wend_err to_table(void *ctx, const struct csv_record *rec, const char *path, bool first, struct err *err)
{
	return first ? header(ctx, rec, path, err) : row(ctx, rec, path, err);
}

enum wend_err run_read_table(struct table *t, const char *path, struct err *err)
{
	struct str bytes = STR_INIT;
	enum wend_err e = file_slurp(&bytes, path, SIZE_MAX / 4, err);

	if (!e && looks_like_json(str_view(&bytes)))
		e = read_json_table(t, path, str_view(&bytes), err);
	else if (!e)
		e = each_record(path, &bytes, to_table, t, err);
	str_release(&bytes);
	return e;
}

/* ---- row by row, for tables of a million rows ---- */

struct to_cases {
	struct cases_reader *g;
	struct sv *v;
	size_t n, cap;
};

static enum wend_err to_case(void *ctx, const struct csv_record *rec, const char *path, bool first, struct err *err)
{
	struct to_cases *t = ctx;
	if (!first && rec->n != t->n)
		return err_set(err, WEND_E_INPUT, "'%s:%" PRIu64 "': %zu fields, the header has %zu", path, rec->line, rec->n, t->n);
	GROW(t->v, t->cap, rec->n);
	t->n = rec->n;
	for (size_t i = 0; i < rec->n; i++)
		t->v[i] = csv_unguard(csv_text(&rec->f[i]));
	if (!first)
		return cases_row(t->g, t->v, err);
	for (size_t i = 0; i < t->n; i++) {
		t->v[i] = sv_trim(t->v[i].p ? t->v[i] : SV(""));
		for (size_t k = 0; k < i; k++)
			if (sv_eq(t->v[k], t->v[i]))
				return err_set(err, WEND_E_INPUT, "'%s': two columns are called '%.*s'", path, (int)t->v[i].n, t->v[i].p);
	}
	return cases_header(t->g, t->v, t->n, err);
}

enum wend_err run_read_cases(struct cases *out, const struct opt_list *from, const struct cases_spec *spec, struct err *err)
{
	struct to_cases t = { .g = cases_reader_new(spec) };
	enum wend_err e = WEND_OK;
	for (size_t i = 0; i < from->n && !e; i++)
		e = each_record(from->v[i], NULL, to_case, &t, err);
	free(t.v);
	if (!e)
		return cases_finish(out, t.g, err);
	cases_reader_free(t.g);
	return e;
}

/* ---- a table too long to hold: its rows are read as they are asked for ---- */

enum { PIECE_ROWS = 4096 };
struct piece_reader {
	struct csv *csv;
	struct str bytes;       /* of standard input, which cannot be looked at twice */
	const char *path;
	struct err *err;        /* of the run: what stopped the reading */
};

static bool more_rows(struct table *t, void *ctx)
{
	struct piece_reader *p = ctx;
	struct csv_record rec;
	enum wend_err e = WEND_OK;
	size_t n = 0;
	while (!e && n < PIECE_ROWS && !(e = csv_next(p->csv, &rec, p->err)) && rec.verdict != CSV_END) {
		e = rec.verdict == CSV_REJECT ? err_set(p->err, WEND_E_INPUT, "'%s:%" PRIu64 ":%zu': %s", p->path, rec.line, rec.column, rec.reason) : row(t, &rec, p->path, p->err);
		n++;
	}
	return !e && n == PIECE_ROWS;
}

static void reader_release(void *ctx)
{
	struct piece_reader *p = ctx;
	csv_close(p->csv);
	str_release(&p->bytes);
	p->csv = NULL;
}

/* Does a file begin as JSON does? */
static bool begins_as_json(const char *path)
{
	char head[256];
	FILE *f = fopen(path, "re");
	const size_t n = f ? fread(head, 1, sizeof head, f) : 0;
	if (f)
		fclose(f);
	return looks_like_json(sv_n(head, n));
}

static enum wend_err open_pieces(struct run *u, struct table *t, const char *path, struct err *err)
{
	struct piece_reader *p = arena_zalloc(&u->arena, sizeof *p);
	const struct csv_options o = { 0 };
	struct csv_record rec;
	const bool piped = !strcmp(path, "-");
	*p = (struct piece_reader){ NULL, STR_INIT, path, &u->reading };
	t->source = (struct row_source){ more_rows, reader_release, p };
	enum wend_err e = piped ? file_slurp(&p->bytes, path, SIZE_MAX / 4, err) : WEND_OK;
	if (!e && piped && looks_like_json(str_view(&p->bytes))) {
		t->source = (struct row_source){ 0 };
		e = read_json_table(t, path, str_view(&p->bytes), err);
		str_release(&p->bytes);
		return e;
	}
	if (!e && !piped && begins_as_json(path)) {
		t->source = (struct row_source){ 0 };
		return run_read_table(t, path, err);
	}
	if (!e)
		e = piped ? csv_open_bytes(&p->csv, path, str_view(&p->bytes), &o, err) : csv_open(&p->csv, path, &o, err);
	if (!e)
		csv_forward_only(p->csv);
	if (!e)
		e = csv_next(p->csv, &rec, err);
	if (!e && rec.verdict == CSV_END)
		e = err_set(err, WEND_E_INPUT, "'%s' is empty; '--from' needs a header row", path);
	else if (!e && rec.verdict == CSV_REJECT)
		e = err_set(err, WEND_E_INPUT, "'%s:%" PRIu64 ":%zu': %s", path, rec.line, rec.column, rec.reason);
	return e ? e : header(t, &rec, path, err);
}

enum wend_err run_from(struct run *u, struct err *err)
{
	u->from = xcalloc(u->ro.from.n + 1, sizeof *u->from);
	for (size_t i = 0; i < u->ro.from.n; i++) {
		struct table *t = &u->from[u->nfrom++];
		table_init(t);
		if (u->entry->pieces ? open_pieces(u, t, u->ro.from.v[i], err) : run_read_table(t, u->ro.from.v[i], err))
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
