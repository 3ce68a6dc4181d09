/* Rows of text become cases: columns are found by name, cells parsed, and every row that is
 * none is counted with its reason.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include "casecolumn.h"
#include "wend/par.h"

const char *const case_out_name[CASE_OUTS] = {
	[CASE_NO_TIME] = "without a time", [CASE_NO_EVENT] = "without a value that tells of the event", [CASE_NEGATIVE] = "with a time below 0",
	[CASE_NO_STRETCH] = "entered at or after their time", [CASE_NO_WEIGHT] = "without a weight above 0",
};

enum { CELL_TIME, CELL_ENTRY, CELL_WEIGHT, CELL_EVENT, CELLS };

struct cases_reader {
	struct cases_spec spec;
	struct cases c;
	struct case_filling *fill, event;
	const char *name[CELLS];
	struct sv want;            /* texts of --event behind the column; p == NULL: 1/0, yes/no */
	size_t at[CELLS], *col;    /* places in the table that is read */
	bool begun;
	size_t cap[3];
	/* rows of which columns are filled: those that are cases */
	const struct sv **row;
	size_t nrow, row_cap;
	int threads;
};

struct cases_reader *cases_reader_new(const struct cases_spec *spec)
{
	struct cases_reader *g = xcalloc(1, sizeof *g);
	g->spec = *spec;
	g->name[CELL_TIME] = spec->time;
	g->name[CELL_ENTRY] = spec->entry;
	g->name[CELL_WEIGHT] = spec->weight;
	if (spec->event) {
		struct sv rest = sv_of(spec->event), head;
		if (sv_cut(&rest, '=', &head))
			g->name[CELL_EVENT] = arena_strndup(&g->c.arena, head.p, head.n);
		if (head.n < strlen(spec->event))
			g->want = rest.p ? rest : SV("");
	}
	g->c.time_name = g->name[CELL_TIME];
	g->c.entry_name = g->name[CELL_ENTRY];
	g->c.weight_name = g->name[CELL_WEIGHT];
	g->c.event_name = g->name[CELL_EVENT];
	case_filling_init(&g->event, &g->c.arena);
	return g;
}

void cases_release(struct cases *c)
{
	for (size_t i = 0; i < c->ncol; i++) {
		free(c->col[i].number);
		free(c->col[i].code);
	}
	free(c->col);
	free(c->time);
	free(c->entry);
	free(c->weight);
	free(c->event);
	arena_release(&c->arena);
	*c = (struct cases){ 0 };
}

void cases_reader_free(struct cases_reader *g)
{
	for (size_t i = 0; i < g->c.ncol; i++)
		case_filling_release(&g->fill[i]);
	case_filling_release(&g->event);
	free(g->fill);
	free(g->col);
	free(g->row);
	cases_release(&g->c);
	free(g);
}

const struct case_column *cases_column(const struct cases *c, const char *name)
{
	for (size_t i = 0; i < c->ncol; i++)
		if (!strcmp(c->col[i].name, name))
			return &c->col[i];
	return NULL;
}

/* ---- headers ---- */

static enum wend_err find(size_t *at, const char *want, const struct sv *name, size_t n, struct err *err)
{
	struct str all = STR_INIT;
	for (size_t i = 0; i < n; i++)
		if (sv_is(name[i], want)) {
			*at = i;
			return WEND_OK;
		}
	for (size_t i = 0; i < n && all.n < 600; i++)
		str_printf(&all, "%s%.*s", i ? ", " : "", (int)name[i].n, name[i].p);
	err_set(err, WEND_E_USAGE, "the table has no column '%s'; it has %s", want, all.n ? all.p : "none");
	str_release(&all);
	return WEND_E_USAGE;
}

static bool is_named(const struct cases_reader *g, struct sv name)
{
	for (int k = 0; k < CELLS; k++)
		if (g->name[k] && sv_is(name, g->name[k]))
			return true;
	return false;
}

/* Which columns the frame has: the first table says. */
static enum wend_err choose(struct cases_reader *g, const struct sv *name, size_t n, struct err *err)
{
	struct cases *c = &g->c;
	const size_t most = g->spec.keep ? g->spec.nkeep : g->spec.rest ? n : 0;
	c->col = xcalloc(most + 1, sizeof *c->col);
	g->fill = xcalloc(most + 1, sizeof *g->fill);
	g->col = xcalloc(most + 1, sizeof *g->col);
	for (size_t i = 0; i < most; i++) {
		size_t at = i;
		if (g->spec.keep && find(&at, g->spec.keep[i], name, n, err))
			return err->code;
		if (!g->spec.keep && is_named(g, name[i]))
			continue;
		c->col[c->ncol].name = arena_strndup(&c->arena, name[at].p, name[at].n);
		case_filling_init(&g->fill[c->ncol++], &c->arena);
	}
	g->begun = true;
	return WEND_OK;
}

enum wend_err cases_header(struct cases_reader *g, const struct sv *name, size_t n, struct err *err)
{
	for (int k = 0; k < CELLS; k++) {
		g->at[k] = SIZE_MAX;
		if (g->name[k] && find(&g->at[k], g->name[k], name, n, err))
			return err->code;
	}
	if (!g->begun && choose(g, name, n, err))
		return err->code;
	for (size_t i = 0; i < g->c.ncol; i++)
		if (find(&g->col[i], g->c.col[i].name, name, n, err))
			return err->code;
	return WEND_OK;
}

/* ---- rows ---- */

static enum wend_err number(const struct cases_reader *g, const struct sv *cell, int what, double *out, struct err *err)
{
	*out = NAN;
	if (g->at[what] == SIZE_MAX)
		return WEND_OK;
	const struct sv v = sv_trim(cell[g->at[what]]);
	if (!v.n || sv_real(v, out))
		return WEND_OK;
	if (sv_ieq(v, SV("na")) || sv_ieq(v, SV("nan"))) {
		*out = NAN;
		return WEND_OK;
	}
	return err_set(err, WEND_E_INPUT, "row %" PRId64 " of the table: '%.*s' in column '%s' is no number", g->c.rows, (int)v.n, v.p, g->name[what]);
}

/* CASE_OUTS: a case. */
static enum case_out why_not(const struct cases_reader *g, const double v[3], struct sv event)
{
	if (g->name[CELL_TIME] && !isfinite(v[CELL_TIME]))
		return CASE_NO_TIME;
	if (g->name[CELL_TIME] && v[CELL_TIME] < 0)
		return CASE_NEGATIVE;
	if (g->name[CELL_EVENT] && !event.n)
		return CASE_NO_EVENT;
	if (g->name[CELL_ENTRY] && !(v[CELL_ENTRY] < v[CELL_TIME]))
		return isnan(v[CELL_ENTRY]) ? CASE_NO_TIME : CASE_NO_STRETCH;
	if (g->name[CELL_WEIGHT] && !(v[CELL_WEIGHT] > 0 && isfinite(v[CELL_WEIGHT])))
		return CASE_NO_WEIGHT;
	return CASE_OUTS;
}

/* A row's times, and whether it is a case. */
static enum wend_err take(struct cases_reader *g, const struct sv *cell, struct err *err)
{
	struct cases *c = &g->c;
	double v[3], **const to[3] = { &c->time, &c->entry, &c->weight };
	c->rows++;
	for (int k = 0; k < 3; k++)
		if (number(g, cell, k, &v[k], err))
			return err->code;
	const struct sv event = g->at[CELL_EVENT] == SIZE_MAX ? SV_NONE : sv_trim(cell[g->at[CELL_EVENT]]);
	const enum case_out why = why_not(g, v, event);
	if (why != CASE_OUTS) {
		c->out[why]++;
		return WEND_OK;
	}
	for (int k = 0; k < 3; k++)
		if (g->name[k]) {
			GROW(*to[k], g->cap[k], c->n + 1);
			(*to[k])[c->n] = v[k];
		}
	if (g->name[CELL_EVENT])
		case_filling_add(&g->event, c->n, event);
	GROW(g->row, g->row_cap, g->nrow + 1);
	g->row[g->nrow++] = cell;
	c->n++;
	return WEND_OK;
}

static void fill_columns(void *ctx, int thread)
{
	struct cases_reader *g = ctx;
	const size_t before = g->c.n - g->nrow;
	for (size_t i = (size_t)thread; i < g->c.ncol; i += (size_t)g->threads)
		for (size_t k = 0; k < g->nrow; k++)
			case_filling_add(&g->fill[i], before + k, sv_trim(g->row[k][g->col[i]]));
}

enum wend_err cases_rows(struct cases_reader *g, const struct sv *cell, size_t wide, size_t n, int threads, struct err *err)
{
	g->nrow = 0;
	for (size_t i = 0; i < n; i++)
		if (take(g, cell + i * wide, err))
			return err->code;
	g->threads = threads < 1 ? 1 : threads > (int)g->c.ncol ? (int)g->c.ncol : threads;
	par_each(g->threads, fill_columns, g);
	return WEND_OK;
}

enum wend_err cases_row(struct cases_reader *g, const struct sv *cell, struct err *err)
{
	return cases_rows(g, cell, 0, 1, 1, err);
}

/* ---- the end ---- */

/* 1, 0 or -1: not a word that says so by itself. */
static int plain_event(struct sv v)
{
	static const char *const no[] = { "0", "no", "false", "n", "f" }, *const yes[] = { "1", "yes", "true", "y", "t" };
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		if (sv_ieq(v, sv_of(no[i])))
			return 0;
		if (sv_ieq(v, sv_of(yes[i])))
			return 1;
	}
	return -1;
}

static int meaning(struct sv want, struct sv v)
{
	struct sv one;
	if (!want.p)
		return plain_event(v);
	while (sv_cut(&want, '|', &one))
		if (sv_eq(sv_trim(one), v))
			return 1;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return sv_cmp(((const struct case_level *)a)->name, ((const struct case_level *)b)->name);
}

static enum wend_err settle_event(struct cases_reader *g, struct err *err)
{
	struct cases *c = &g->c;
	struct case_filling *f = &g->event;
	uint8_t says[CASES_LEVELS] = { 0 };
	if (f->state != FILL_CODES)
		return err_set(err, WEND_E_USAGE, "column '%s' has more than %d different values and tells of no event; '--event COL=VALUE' names the value that does", g->name[CELL_EVENT], (int)CASES_LEVELS);
	c->is_event = arena_alloc(&c->arena, (f->n + 1) * sizeof *c->is_event);
	c->no_event = arena_alloc(&c->arena, (f->n + 1) * sizeof *c->no_event);
	for (size_t i = 0; i < f->n; i++) {
		const struct case_level l = case_level_of(&f->text[i], &c->arena);
		const int m = meaning(g->want, l.name);
		if (m < 0)
			return err_set(err, WEND_E_USAGE, "'%.*s' in column '%s' is neither yes nor no; say '--event %s=VALUE' for the value that is the event", (int)l.name.n, l.name.p, g->name[CELL_EVENT], g->name[CELL_EVENT]);
		says[i] = (uint8_t)m;
		c->events += m ? l.rows : 0;
		if (m)
			c->is_event[c->nis++] = l;
		else
			c->no_event[c->nno++] = l;
	}
	if (c->nis)
		qsort(c->is_event, c->nis, sizeof *c->is_event, by_name);
	if (c->nno)
		qsort(c->no_event, c->nno, sizeof *c->no_event, by_name);
	c->event = xmalloc(c->n + 1);
	for (size_t i = 0; i < c->n; i++)
		c->event[i] = says[f->code[i]];
	return WEND_OK;
}

enum wend_err cases_finish(struct cases *out, struct cases_reader *g, struct err *err)
{
	enum wend_err e = g->name[CELL_EVENT] ? settle_event(g, err) : WEND_OK;
	if (!e) {
		for (size_t i = 0; i < g->c.ncol; i++)
			case_filling_end(&g->c.col[i], &g->fill[i], g->c.n);
		*out = g->c;
		g->c = (struct cases){ 0 };
	}
	cases_reader_free(g);
	return e;
}

enum wend_err cases_read(struct cases *out, const struct table *from, size_t n, const struct cases_spec *spec, struct err *err)
{
	struct cases_reader *g = cases_reader_new(spec);
	enum wend_err e = WEND_OK;
	for (size_t t = 0; t < n && !e; t++) {
		const size_t m = from[t].ncol;
		struct sv *v = xreallocarray(NULL, m + 1, sizeof *v);
		for (size_t k = 0; k < m; k++)
			v[k] = sv_of(from[t].col[k].name);
		e = cases_header(g, v, m, err);
		for (size_t i = 0; i < from[t].nrow && !e; i++) {
			for (size_t k = 0; k < m; k++) {
				const struct cell *c = table_at(&from[t], i, k);
				v[k] = c->state == CELL_VALUE ? c->s : SV_NONE;
			}
			e = cases_row(g, v, err);
		}
		free(v);
	}
	if (!e)
		return cases_finish(out, g, err);
	cases_reader_free(g);
	return e;
}
