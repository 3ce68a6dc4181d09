/* Alluvial ribbons from stage to stage. */
#include <assert.h>
#include <math.h>

#include "out/plot.h"
#include "out/writers.h"
#include "wend/mem.h"

/* Each stage is a column of boxes as tall as the customers in them, largest on top; a
 * ribbon joins two boxes between edges that follow the smoothstep 3u^2 - 2u^3. */

struct node {
	int stage;
	struct sv name;
	double in, out, size;
	double top;              /* upper edge; the plane runs downwards */
	double used_in, used_out;
};
struct flow {
	size_t from, to;
	double n;
	double y0, y1;           /* upper edge at both ends */
};
struct alluvial {
	struct node *node;
	size_t nnode;
	struct flow *flow;
	size_t nflow;
	int first, last;         /* stages */
	double tallest;          /* of all stages, gaps included */
};

static size_t node_of(struct alluvial *a, int stage, struct sv name)
{
	for (size_t i = 0; i < a->nnode; i++)
		if (a->node[i].stage == stage && sv_eq(a->node[i].name, name))
			return i;
	a->node[a->nnode] = (struct node){ .stage = stage, .name = name };
	return a->nnode++;
}

static struct sv cell_name(struct drawing *d, size_t r, size_t c)
{
	const struct cell *v = table_at(&d->f->data, r, c);
	struct str s = STR_INIT;
	struct sv out;

	if (v->state == CELL_VALUE && d->f->data.col[c].type == COL_TEXT)
		return v->s;
	cell_text(&s, &d->f->data.col[c], v, NULL);
	out = sv_n(arena_strndup(&d->arena, s.p ? s.p : "", s.n), s.n);
	str_release(&s);
	return out;
}

/* Rows of the same two boxes are one ribbon. */
static struct flow *flow_of(struct alluvial *a, size_t from, size_t to)
{
	size_t i = 0;

	while (i < a->nflow && (a->flow[i].from != from || a->flow[i].to != to))
		i++;
	if (i == a->nflow)
		a->flow[a->nflow++] = (struct flow){ .from = from, .to = to };
	return &a->flow[i];
}

static void collect(struct alluvial *a, struct drawing *d)
{
	const struct table *t = &d->f->data;

	*a = (struct alluvial){ .first = INT32_MAX, .last = INT32_MIN };
	a->node = arena_alloc(&d->arena, 2 * t->nrow * sizeof *a->node);
	a->flow = arena_alloc(&d->arena, t->nrow * sizeof *a->flow);
	for (size_t r = 0; r < t->nrow; r++) {
		double at = drawn_value(&t->col[0], table_at(t, r, 0)), n = drawn_value(&t->col[3], table_at(t, r, 3));
		int stage = (int)at;
		struct flow *f;
		if (isnan(at) || !(n > 0) || fabs(at) > 10000)
			continue;
		const size_t from = node_of(a, stage, cell_name(d, r, 1)), to = node_of(a, stage + 1, cell_name(d, r, 2));
		f = flow_of(a, from, to);
		f->n += n;
		a->node[f->from].out += n;
		a->node[f->to].in += n;
		a->first = stage < a->first ? stage : a->first;
		a->last = stage + 1 > a->last ? stage + 1 : a->last;
	}
}

/* Larger first; equal sizes by name, so that the picture depends on nothing else. */
static int by_size(const void *x, const void *y)
{
	const struct node *const *a = x, *const *b = y;

	if ((*a)->size != (*b)->size)
		return (*a)->size > (*b)->size ? -1 : 1;
	return sv_cmp((*a)->name, (*b)->name);
}

static void place(struct alluvial *a, struct drawing *d)
{
	struct node **v = arena_alloc(&d->arena, (a->nnode + 1) * sizeof *v);
	double total = 0;

	for (size_t i = 0; i < a->nnode; i++)
		a->node[i].size = fmax(a->node[i].in, a->node[i].out);
	for (int stage = a->first; stage <= a->last; stage++) {
		double sum = 0;
		for (size_t i = 0; i < a->nnode; i++)
			sum += a->node[i].stage == stage ? a->node[i].size : 0;
		total = fmax(total, sum);
	}
	for (int stage = a->first; stage <= a->last; stage++) {
		double y = 0;
		size_t n = 0;
		for (size_t i = 0; i < a->nnode; i++)
			if (a->node[i].stage == stage)
				v[n++] = &a->node[i];
		qsort(v, n, sizeof *v, by_size);
		for (size_t i = 0; i < n; i++) {
			v[i]->top = y;
			y += v[i]->size + total * 0.025;
		}
		a->tallest = fmax(a->tallest, y);
	}
}

static const struct alluvial *sorting; /* qsort has no context; one thread draws */

/* Ribbons leave and arrive in the order of the boxes at their other end: few crossings. */
static int by_ends(const void *x, const void *y)
{
	const struct flow *a = x, *b = y;
	const struct node *n = sorting->node;

	if (n[a->from].stage != n[b->from].stage)
		return n[a->from].stage < n[b->from].stage ? -1 : 1;
	if (n[a->from].top != n[b->from].top)
		return n[a->from].top < n[b->from].top ? -1 : 1;
	if (n[a->to].top != n[b->to].top)
		return n[a->to].top < n[b->to].top ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

enum { RIBBON_STEPS = 24 };
#define BOX_HALF 0.03

/* Where each ribbon leaves and arrives, in the order they lie. */
static void lay_ribbons(struct alluvial *a)
{
	for (size_t i = 0; i < a->nflow; i++) {
		struct flow *f = &a->flow[i];
		struct node *from = &a->node[f->from], *to = &a->node[f->to];
		f->y0 = from->top + from->used_out;
		f->y1 = to->top + to->used_in;
		from->used_out += f->n;
		to->used_in += f->n;
	}
}

static void ribbon_edge(struct drawing *d, const struct alluvial *a, const struct flow *f, bool back)
{
	const struct node *from = &a->node[f->from];

	for (int i = 0; i <= RIBBON_STEPS; i++) {
		const double u = (double)(back ? RIBBON_STEPS - i : i) / RIBBON_STEPS, s = u * u * (3 - 2 * u);
		field(d, from->stage + BOX_HALF + u * (1 - 2 * BOX_HALF));
		field(d, f->y0 + (f->y1 - f->y0) * s + (back ? f->n : 0));
		line_end(d, from->name);
	}
}

/* All ribbons of one colour, closed figures with a blank line between: gnuplot reads the data
 * once for each element, so that an element a ribbon would take minutes for thousands. */
static void ribbons(struct drawing *d, const struct alluvial *a, const char *const *colour, const char *one)
{
	str_printf(element(d, d->block), "using 1:2 with filledcurves closed lc rgb '%s' fs transparent solid 0.45 noborder notitle", one);
	for (size_t i = 0; i < a->nflow; i++) {
		if (colour[a->flow[i].from] != one)
			continue;
		ribbon_edge(d, a, &a->flow[i], false);
		ribbon_edge(d, a, &a->flow[i], true);
		str_putc(&d->data, '\n');
	}
	block_end(d);
}

/* A box with its name behind it. */
static void box(struct drawing *d, const struct alluvial *a, const struct node *n, const char *colour, int cells)
{
	struct str label = STR_INIT;
	double fraction = a->tallest > 0 ? n->size / a->tallest : 0;

	setting(d, "object rectangle from first %.12g,first %.12g to first %.12g,first %.12g front fc rgb '%s' fs solid 1 noborder",
		n->stage - BOX_HALF, n->top, n->stage + BOX_HALF, n->top + n->size, colour);
	/* A name on a sliver would lie on its neighbours. */
	if (fraction * d->height < 11)
		return;
	clip_text(&label, n->name, cells);
	str_puts(&label, "  ");
	struct column count = { .type = COL_INT };
	struct cell v = { .state = CELL_VALUE, .i = (int64_t)llround(n->size) };
	people_cell(&label, &count, &v, NULL);
	str_puts(&d->set, "set label ");
	gp_quote(&d->set, str_view(&label), cells + 16);
	str_printf(&d->set, " at first %.12g,first %.12g left front noenhanced font ',9'\n",
		n->stage + BOX_HALF + 0.02, n->top + n->size / 2);
	str_release(&label);
}

static int by_n(const void *x, const void *y)
{
	const struct flow *a = x, *b = y;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return by_ends(x, y);
}

/* Ribbons of characters cannot be told apart: in text, the largest flows as bars. */
static void flows_as_bars(struct drawing *d, struct alluvial *a)
{
	struct figure flows = *d->f;

	qsort(a->flow, a->nflow, sizeof *a->flow, by_n);
	table_init(&flows.data);
	table_col(&flows.data, "flow", COL_TEXT, NULL, -1);
	table_col(&flows.data, "n", COL_INT, NULL, -1);
	for (size_t i = 0; i < a->nflow && i < MOST_TEXT_LINES - 8; i++) {
		const struct node *from = &a->node[a->flow[i].from], *to = &a->node[a->flow[i].to];
		struct str s = STR_INIT;
		str_printf(&s, "%d ", from->stage);
		clip_text(&s, from->name, 10);
		str_puts(&s, " > ");
		clip_text(&s, to->name, 10);
		put_text(&flows.data, str_view(&s));
		put_int(&flows.data, (int64_t)llround(a->flow[i].n));
		str_release(&s);
	}
	flows.y_label = NULL;
	rows_of_series(d, &flows);
}

void draw_alluvial(struct drawing *d)
{
	struct colours used = { 0 };
	struct alluvial a;
	const char **colour;
	int stages, cells;

	collect(&a, d);
	if (!a.nflow) {
		block_end(d);
		str_puts(element(d, 0), "using 1:2 with points notitle");
		setting(d, "xrange [0:1]");
		setting(d, "yrange [0:1]");
		return;
	}
	place(&a, d);
	sorting = &a;
	qsort(a.flow, a.nflow, sizeof *a.flow, by_ends);
	if (d->target == TO_TXT) {
		flows_as_bars(d, &a);
		return;
	}
	stages = a.last - a.first + 1;
	d->width = stages > 4 ? (stages < 12 ? 240 * stages : 2880) : 960;
	d->height = 640;
	cells = d->width / stages / 9 - 8;
	cells = cells < 6 ? 6 : cells > 30 ? 30 : cells;
	str_puts(&d->set, "unset grid\nset border 0\nunset ytics\nset xtics scale 0 1\nset ylabel ''\nset format x '%.0f'\n");
	/* Room for the names behind the last boxes. */
	d->width += 9 * (cells + 6);
	setting(d, "xrange [%.2f:%.2f]", a.first - BOX_HALF - 0.01, a.last + BOX_HALF + (stages - 1) * 9.0 * (cells + 6) / (d->width - 9 * (cells + 6)));
	setting(d, "yrange [%.12g:0]", a.tallest);
	/* The same name has one colour at every stage. */
	colour = arena_alloc(&d->arena, a.nnode * sizeof *colour);
	for (size_t i = 0; i < a.nnode; i++) {
		size_t j = 0;
		while (!sv_eq(a.node[j].name, a.node[i].name))
			j++;
		colour[i] = j < i ? colour[j] : colour_of(&used, a.node[i].name);
	}
	lay_ribbons(&a);
	for (size_t i = 0; i < a.nnode; i++) {
		size_t j = 0;
		while (colour[j] != colour[i])
			j++;
		if (j == i)
			ribbons(d, &a, colour, colour[i]);
	}
	for (size_t i = 0; i < a.nnode; i++)
		box(d, &a, &a.node[i], colour[i], cells);
}
