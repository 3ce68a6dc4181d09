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

/* Rows come in batches, copied, so that several threads can fill columns from them. */
enum { BATCH_ROWS = 4096, BATCH_BYTES = 1 << 20 };
struct to_cases {
	struct cases_reader *g;
	struct sv *v;           /* cells: rows of n */
	size_t n, cap, rows;
	char *bytes;            /* theirs; it grows only while there are none */
	size_t used, room;
	int threads;
};

static enum wend_err give(struct to_cases *t, struct err *err)
{
	const enum wend_err e = cases_rows(t->g, t->v, t->n, t->rows, t->threads, err);
	t->rows = t->used = 0;
	return e;
}

/* A row into the batch. Most records are bytes in a row; one that the grammar read is put together. */
static enum wend_err batch_add(struct to_cases *t, const struct csv_record *rec, struct err *err)
{
	const uintptr_t lo = (uintptr_t)rec->raw.p, hi = lo + rec->raw.n;
	size_t need = 0;
	bool inside = true;
	for (size_t i = 0; i < rec->n; i++) {
		inside = inside && (uintptr_t)rec->f[i].p >= lo && (uintptr_t)rec->f[i].p + rec->f[i].n <= hi;
		need += rec->f[i].n;
	}
	if (inside)
		need = rec->raw.n;
	if ((t->rows == BATCH_ROWS || t->room - t->used < need + 1) && t->rows && give(t, err))
		return err->code;
	if (!t->rows)
		GROW(t->bytes, t->room, need + 1 > BATCH_BYTES ? need + 1 : BATCH_BYTES);
	GROW(t->v, t->cap, (t->rows + 1) * t->n);
	struct sv *v = t->v + t->rows++ * t->n;
	char *to = t->bytes + t->used;
	if (inside && need)
		memcpy(to, rec->raw.p, need);
	t->used += need;
	for (size_t i = 0; i < rec->n; i++) {
		const struct csv_field *f = &rec->f[i];
		v[i] = SV_NONE;
		if (inside) {
			v[i] = csv_text(&(struct csv_field){ to + ((uintptr_t)f->p - lo), f->n, f->quoted });
		} else if (f->n || f->quoted) {
			v[i] = sv_n(to, f->n);
			if (f->n)
				memcpy(to, f->p, f->n);
			to += f->n;
		}
		if (v[i].n > 1 && v[i].p[0] == '\'')
			v[i] = csv_unguard(v[i]);
	}
	return WEND_OK;
}

static enum wend_err cases_begin(struct to_cases *t, const struct csv_record *rec, const char *path, struct err *err)
{
	t->n = rec->n;
	GROW(t->v, t->cap, rec->n);
	for (size_t i = 0; i < t->n; i++) {
		t->v[i] = sv_trim(csv_unguard(sv_n(rec->f[i].p, rec->f[i].n)));
		for (size_t k = 0; k < i; k++)
			if (sv_eq(t->v[k], t->v[i]))
				return err_set(err, WEND_E_INPUT, "'%s': two columns are called '%.*s'", path, (int)t->v[i].n, t->v[i].p);
	}
	return cases_header(t->g, t->v, t->n, err);
}

static enum wend_err to_case(void *ctx, const struct csv_record *rec, const char *path, bool first, struct err *err)
{
	struct to_cases *t = ctx;
	if (first)
		return cases_begin(t, rec, path, err);
	if (rec->n != t->n)
		return err_set(err, WEND_E_INPUT, "'%s:%" PRIu64 "': %zu fields, the header has %zu", path, rec->line, rec->n, t->n);
	return batch_add(t, rec, err);
}

enum wend_err run_read_cases(struct cases *out, const struct opt_list *from, const struct cases_spec *spec, struct err *err)
{
	struct to_cases t = { .g = cases_reader_new(spec), .threads = spec->threads };
	enum wend_err e = WEND_OK;
	for (size_t i = 0; i < from->n && !e; i++) {
		struct err later = ERR_INIT;
		e = each_record(from->v[i], NULL, to_case, &t, &later);
		if (give(&t, err)) /* rows before what stopped the reading come first */
			e = err->code;
		else if (e)
			*err = later;
	}
	free(t.v);
	free(t.bytes);
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
