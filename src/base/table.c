#include "wend/table.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>

#include "wend/civil.h"
#include "wend/err.h"

void table_init(struct table *t)
{
	*t = (struct table){ .arena = ARENA_INIT, .text = ARENA_INIT };
}

static void source_end(struct table *t)
{
	if (t->source.release)
		t->source.release(t->source.ctx);
	t->source = (struct row_source){ 0 };
}

void table_release(struct table *t)
{
	source_end(t);
	arena_release(&t->arena);
	arena_release(&t->text);
	free(t->col);
	free(t->cell);
	table_init(t);
}

static int add_column(struct table *t, struct column c)
{
	assert(t->nrow == 0 && t->fill == 0);
	GROW(t->col, t->col_cap, t->ncol + 1);
	t->col[t->ncol] = c;
	return (int)t->ncol++;
}

int table_col(struct table *t, const char *name, enum col_type type, const char *unit, int digits)
{
	return add_column(t, (struct column){ name, unit, type, (int8_t)digits, 0 });
}

int table_col_money(struct table *t, const char *name, currency c)
{
	char text[4];
	int exponent = c ? currency_exponent(c) : 2;
	const char *unit = NULL;

	if (c) {
		currency_text(text, c);
		unit = arena_strdup(&t->arena, text);
	}
	return add_column(t, (struct column){ name, unit, COL_MONEY, -1, (int8_t)(exponent < 0 ? 2 : exponent) });
}

static struct cell *next_cell(struct table *t)
{
	struct cell *c;

	assert(t->ncol > 0);
	GROW(t->cell, t->cell_cap, t->nrow * t->ncol + t->fill + 1);
	c = &t->cell[t->nrow * t->ncol + t->fill];
	if (++t->fill == t->ncol) {
		t->fill = 0;
		t->nrow++;
	}
	return c;
}

static const struct column *filling(const struct table *t)
{
	return &t->col[t->fill];
}

void put_text(struct table *t, struct sv v)
{
	if (!v.p) {
		put_empty(t);
		return;
	}
	if (filling(t)->type != COL_TEXT)
		BUG("text in column '%s'", filling(t)->name);
	v.p = arena_strndup(&t->text, v.p, v.n);
	*next_cell(t) = (struct cell){ CELL_VALUE, { .s = v } };
}

void put_z(struct table *t, const char *z)
{
	put_text(t, sv_of(z));
}

void put_int(struct table *t, int64_t v)
{
	enum col_type type = filling(t)->type;

	if (v == WEND_NONE) {
		put_empty(t);
		return;
	}
	if (type != COL_INT && type != COL_MONEY && type != COL_DAY && type != COL_TIME)
		BUG("a whole number in column '%s'", filling(t)->name);
	*next_cell(t) = (struct cell){ CELL_VALUE, { .i = v } };
}

void put_real(struct table *t, double v)
{
	enum col_type type = filling(t)->type;

	if (isnan(v)) {
		put_empty(t);
		return;
	}
	if (type != COL_REAL && type != COL_SHARE)
		BUG("a real number in column '%s'", filling(t)->name);
	*next_cell(t) = (struct cell){ CELL_VALUE, { .d = v } };
}

void put_empty(struct table *t)
{
	*next_cell(t) = (struct cell){ CELL_EMPTY, { .i = 0 } };
}

void put_few(struct table *t)
{
	*next_cell(t) = (struct cell){ CELL_FEW, { .i = 0 } };
}

bool table_more(struct table *t)
{
	if (!t->source.more)
		return false;
	t->nrow = 0;
	arena_reset(&t->text);
	if (!t->source.more(t, t->source.ctx))
		source_end(t);
	return t->nrow > 0;
}

void table_fill(struct table *t)
{
	while (t->source.more)
		if (!t->source.more(t, t->source.ctx))
			source_end(t);
}

int table_find(const struct table *t, struct sv name)
{
	for (size_t i = 0; i < t->ncol; i++)
		if (sv_is(name, t->col[i].name))
			return (int)i;
	return -1;
}

int cell_cmp(const struct column *c, const struct cell *a, const struct cell *b)
{
	if (a->state != CELL_VALUE || b->state != CELL_VALUE)
		return (a->state != CELL_VALUE) - (b->state != CELL_VALUE);
	switch (c->type) {
	case COL_TEXT:
		return sv_natcmp(a->s, b->s);
	case COL_REAL:
	case COL_SHARE:
		return (a->d > b->d) - (a->d < b->d);
	case COL_TIME: /* a civil day and an instant of equal seconds: the day first */
		if (wtime_secs(a->i) == wtime_secs(b->i))
			return (int)wtime_is_day(b->i) - (int)wtime_is_day(a->i);
		return wtime_secs(a->i) < wtime_secs(b->i) ? -1 : 1;
	case COL_INT:
	case COL_MONEY:
	case COL_DAY:
		break;
	}
	return (a->i > b->i) - (a->i < b->i);
}

struct order {
	const struct table *t;
	const int *cols;
	const bool *down;
	size_t n;
};

/* Empty cells stay last in both directions. */
static int row_cmp(const struct order *o, size_t a, size_t b)
{
	for (size_t i = 0; i < o->n; i++) {
		size_t c = (size_t)o->cols[i];
		const struct cell *x = table_at(o->t, a, c), *y = table_at(o->t, b, c);
		int r = cell_cmp(&o->t->col[c], x, y);
		if (r)
			return o->down && o->down[i] && x->state == CELL_VALUE && y->state == CELL_VALUE ? -r : r;
	}
	return 0;
}

/* Bottom-up merge sort of row numbers: stable, no recursion, n log n comparisons. */
static void merge_rows(size_t *v, size_t *w, size_t n, const struct order *o)
{
	size_t *from = v, *to = w;

	for (size_t width = 1; width < n; width *= 2) {
		for (size_t lo = 0; lo < n; lo += 2 * width) {
			size_t mid = lo + width < n ? lo + width : n, hi = lo + 2 * width < n ? lo + 2 * width : n;
			size_t i = lo, j = mid;
			for (size_t k = lo; k < hi; k++)
				to[k] = i < mid && (j >= hi || row_cmp(o, from[i], from[j]) <= 0) ? from[i++] : from[j++];
		}
		size_t *swap = from;
		from = to;
		to = swap;
	}
	if (from != v)
		memcpy(v, from, n * sizeof *v);
}

void table_sort(struct table *t, const int *cols, const bool *down, size_t n)
{
	struct order o = { t, cols, down, n };
	size_t *rows, *spare;
	struct cell *sorted;

	assert(t->fill == 0);
	if (t->nrow < 2 || n == 0)
		return;
	rows = xreallocarray(NULL, t->nrow, sizeof *rows);
	spare = xreallocarray(NULL, t->nrow, sizeof *spare);
	sorted = xreallocarray(NULL, t->nrow * t->ncol, sizeof *sorted);
	for (size_t i = 0; i < t->nrow; i++)
		rows[i] = i;
	merge_rows(rows, spare, t->nrow, &o);
	for (size_t i = 0; i < t->nrow; i++)
		memcpy(&sorted[i * t->ncol], table_at(t, rows[i], 0), t->ncol * sizeof *sorted);
	free(t->cell);
	t->cell = sorted;
	t->cell_cap = t->nrow * t->ncol;
	free(rows);
	free(spare);
}

void table_append(struct table *to, struct table *from)
{
	assert(to->ncol == from->ncol && to->fill == 0 && from->fill == 0);
	for (size_t i = 0; i < from->nrow * from->ncol; i++) {
		struct cell c = from->cell[i];
		if (c.state == CELL_VALUE && to->col[i % to->ncol].type == COL_TEXT)
			c.s.p = arena_strndup(&to->text, c.s.p, c.s.n);
		*next_cell(to) = c;
	}
	table_release(from);
}

void cell_text(struct str *out, const struct column *c, const struct cell *v, const struct zone *z)
{
	if (v->state != CELL_VALUE)
		return;
	switch (c->type) {
	case COL_TEXT:
		str_sv(out, v->s);
		break;
	case COL_INT:
		str_int(out, v->i);
		break;
	case COL_REAL:
	case COL_SHARE:
		str_real(out, v->d);
		break;
	case COL_MONEY:
		str_minor(out, v->i, c->exponent);
		break;
	case COL_DAY:
		day_text(out, (int32_t)v->i);
		break;
	case COL_TIME:
		wtime_text(out, v->i, z ? z : zone_utc());
		break;
	}
}

/* ---- reports ---- */

void line_add(struct line_list *l, const char *fmt, ...)
{
	va_list ap;
	char *line = NULL;

	va_start(ap, fmt);
	int n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0) {
		mem_exhausted(strlen(fmt));
		abort();
	}
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = line;
}

void line_list_release(struct line_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct line_list){ NULL, 0, 0 };
}

void explain_count(struct explain *e, const char *what, int64_t rows)
{
	int i = 0;

	while (i < e->nrow && strcmp(e->row[i].what, what))
		i++;
	if (i == e->nrow) {
		if ((size_t)i == sizeof e->row / sizeof *e->row)
			BUG("more than %d reasons in an explanation", i);
		e->row[e->nrow++] = (struct explain_row){ what, 0 };
	}
	e->row[i].rows += rows;
}

void report_note_rows(struct report *r)
{
	const int64_t n = r->explain.nrow && !strcmp(r->explain.row[0].what, "used") ? r->explain.row[0].rows : 0;
	struct str s = STR_INIT;

	if (r->figure.kind == FIG_NONE || r->figure.note || n <= 0)
		return;
	str_int(&s, n);
	for (size_t left = s.n; left > 3;) { /* 12,345 */
		left -= 3;
		str_putc(&s, ' ');
		memmove(s.p + left + 1, s.p + left, s.n - left - 1);
		s.p[left] = ',';
	}
	r->figure.note = arena_printf(&r->arena, "n = %s record%s", s.p, n == 1 ? "" : "s");
	str_release(&s);
}

void report_init(struct report *r)
{
	memset(r, 0, sizeof *r);
	table_init(&r->table);
	table_init(&r->figure.data);
	r->figure.ref = NAN;
}

void report_release(struct report *r)
{
	str_release(&r->finding);
	str_release(&r->definition);
	str_release(&r->own);
	line_list_release(&r->next);
	line_list_release(&r->warn);
	line_list_release(&r->explain.text);
	table_release(&r->table);
	table_release(&r->figure.data);
	for (size_t i = 0; i < r->nscreen; i++)
		table_release(&r->screen[i].t);
	free(r->screen);
	arena_release(&r->arena);
	memset(r, 0, sizeof *r);
}

/* Room is made by sixteens, so that the blocks of an ordinary screen do not move. */
struct screen_block *report_screen(struct report *r, const char *heading)
{
	struct screen_block *b;

	if (r->nscreen % 16 == 0)
		r->screen = xreallocarray(r->screen, r->nscreen + 16, sizeof *r->screen);
	b = &r->screen[r->nscreen++];
	b->heading = heading ? arena_strdup(&r->arena, heading) : NULL;
	table_init(&b->t);
	return b;
}
