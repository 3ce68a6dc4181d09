/* touchpoints map: what follows what.
 *
 * A transition is a pair of neighbouring steps of one customer. For each pair: how often
 * (n), how many customers, which share of the steps `from` went that way (share_of_from;
 * a step that was the customer's last counts below the line too), and the time between.
 * Rows from (start) and to (end) say where journeys begin and end; they are no
 * transitions. Medians and the 90th percentile are exact (type 7), intervals Wilson's.
 *
 * "Repeated" has three senses, all named: transitions A > A; runs of repeats (A A A is
 * one run); occurrences of a step beyond the customer's first.
 */
#include "touch_impl.h"

#include <math.h>

#define START "(start)"
#define END "(end)"
enum { DEPTH = 6 };

struct row {
	struct sv from, to;      /* p == NULL: start, end */
	int64_t n, customers, of;
	const struct edge *edge; /* NULL for starts and ends */
	struct gap_facts gap;
};
struct rows_list {
	struct row *v;
	size_t n, cap;
};

static int by_count(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	const int kx = !x->from.p ? 1 : !x->to.p ? 2 : 0, ky = !y->from.p ? 1 : !y->to.p ? 2 : 0;
	if (kx != ky)
		return kx - ky;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	const int c = sv_cmp(x->from, y->from);
	return c ? c : sv_cmp(x->to, y->to);
}

static void add(struct rows_list *l, struct row r)
{
	GROW(l->v, l->cap, l->n + 1);
	l->v[l->n++] = r;
}

static void collect(struct rows_list *l, const struct graph *g, const struct population *p)
{
	for (size_t i = 0; i < g->nedge; i++) {
		const struct edge *e = &g->edge[i];
		add(l, (struct row){ .from = step_name(p, g->node[e->from].code), .to = step_name(p, g->node[e->to].code),
				     .n = e->n, .customers = e->customers, .of = g->node[e->from].events, .edge = e });
	}
	for (size_t i = 0; i < g->nnode; i++) {
		const struct node *v = &g->node[i];
		const struct sv name = step_name(p, v->code);
		if (v->starts)
			add(l, (struct row){ .to = name, .n = v->starts, .customers = v->starts, .of = g->journeys });
		if (v->ends)
			add(l, (struct row){ .from = name, .n = v->ends, .customers = v->ends, .of = v->events });
	}
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, by_count);
}

/* "80%", "0.8" -> 0.8 */
static enum wend_err read_cover(double *out, const char *text, struct err *err)
{
	struct sv v = sv_trim(sv_of(text));
	const bool percent = v.n && v.p[v.n - 1] == '%';
	if (percent)
		v.n--;
	if (!sv_real(sv_trim(v), out) || *out <= 0 || *out > (percent ? 100 : 1))
		return err_set(err, WEND_E_USAGE, "'--cover %s' is no share; give 0.8 or 80%%", text);
	if (percent)
		*out /= 100;
	return WEND_OK;
}

/* Rows to show: those of --min-count and, largest first, those that make up --cover of
 * the transitions. Starts and ends stay. */
static size_t keep_rows(struct rows_list *l, const struct touch_options *o, double cover, int64_t transitions)
{
	size_t n = 0, hidden = 0;
	int64_t sum = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct row *r = &l->v[i];
		if (r->edge && (r->n < o->min_count || (double)sum >= cover * (double)transitions)) {
			hidden++;
			continue;
		}
		sum += r->edge ? r->n : 0;
		l->v[n++] = *r;
	}
	l->n = n;
	return hidden;
}

static void measure(struct rows_list *l)
{
	uint32_t *scratch = NULL;
	size_t cap = 0;
	const struct gaps none = { 0 };
	for (size_t i = 0; i < l->n; i++)
		l->v[i].gap = gaps_facts(l->v[i].edge ? &l->v[i].edge->gaps : &none, false, &scratch, &cap);
	free(scratch);
}

static void fill(struct table *t, const struct rows_list *l)
{
	table_col(t, "from", COL_TEXT, NULL, -1);
	table_col(t, "to", COL_TEXT, NULL, -1);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "customers", COL_INT, NULL, 0);
	table_col(t, "share_of_from", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col(t, "median_days", COL_REAL, "days", 1);
	table_col(t, "p90_days", COL_REAL, "days", 1);
	table_col(t, "mean_days", COL_REAL, "days", 1);
	table_col(t, "sd_days", COL_REAL, "days", 1);
	for (size_t i = 0; i < l->n; i++) {
		const struct row *r = &l->v[i];
		const struct interval ci = wilson((double)r->n, (double)r->of, ALPHA);
		put_text(t, r->from.p ? r->from : SV(START));
		put_text(t, r->to.p ? r->to : SV(END));
		put_int(t, r->n);
		put_int(t, r->customers);
		put_real(t, (double)r->n / (double)r->of);
		put_real(t, ci.lo);
		put_real(t, ci.hi);
		put_real(t, r->gap.median);
		put_real(t, r->gap.p90);
		put_real(t, r->gap.mean);
		put_real(t, r->gap.sd);
	}
}

/* Heat of the busiest steps: at most a screenful on a side. */
static void draw(struct report *r, const struct rows_list *l)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_HEAT;
	r->figure.title = "share of a step's occurrences that go on to the next";
	r->figure.x_label = "to";
	r->figure.y_label = "from";
	table_col(t, "from", COL_TEXT, NULL, -1);
	table_col(t, "to", COL_TEXT, NULL, -1);
	table_col(t, "share_of_from", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < l->n && i < 200; i++) {
		if (!l->v[i].edge)
			continue;
		put_text(t, l->v[i].from);
		put_text(t, l->v[i].to);
		put_real(t, (double)l->v[i].n / (double)l->v[i].of);
	}
}

static void loops_said(struct str *s, const struct walk_facts *f)
{
	str_puts(s, "repeated in a row: ");
	say_things(s, f->loops, "transition to the same step, ", "transitions to the same step, ");
	say_things(s, f->loop_runs, "run; repeated at all: ", "runs; repeated at all: ");
	say_things(s, f->repeats, "occurrence beyond a customer's first", "occurrences beyond a customer's first");
}

static void find(struct report *r, const struct rows_list *l, const struct walk_facts *f, const struct graph *g, size_t hidden)
{
	struct str *s = &r->finding;
	if (!f->customers) {
		str_puts(s, "no steps: nothing to map.");
		return;
	}
	const struct row *top = l->n && l->v[0].edge ? &l->v[0] : NULL;
	/* the sharpest turn among the well-trodden ones tells more than the commonest start */
	for (size_t i = 0; i < l->n && i < 10 && l->v[i].edge; i++)
		if (l->v[i].n * 20 >= g->transitions && (double)l->v[i].n * (double)top->of > (double)top->n * (double)l->v[i].of)
			top = &l->v[i];
	if (top) {
		str_printf(s, "%.*s: ", (int)top->from.n, top->from.p);
		say_share(s, (double)top->n / (double)top->of);
		str_printf(s, " go straight on to %.*s (", (int)top->to.n, top->to.p);
		say_count(s, top->n);
		str_puts(s, " of ");
		say_count(s, top->of);
		str_puts(s, "; ");
		say_shares(s, wilson((double)top->n, (double)top->of, ALPHA));
		str_puts(s, "), half of them within ");
		say_real(s, top->gap.median, 1);
		str_puts(s, " days. ");
	}
	say_things(s, f->events, "step of ", "steps of ");
	say_things(s, f->customers, "customer make ", "customers make ");
	say_things(s, g->transitions, "transition on ", "transitions on ");
	say_things(s, (int64_t)g->nedge, "edge", "edges");
	if (g->journeys != f->customers) {
		str_puts(s, " in ");
		say_things(s, g->journeys, "journey", "journeys");
	}
	str_puts(s, "; ");
	loops_said(s, f);
	str_puts(s, ".");
	if (hidden) {
		str_putc(s, ' ');
		say_things(s, (int64_t)hidden, "edge is not shown.", "edges are not shown.");
	}
}

static void explain(struct report *r, const struct walk_facts *f, const struct graph *g, const struct touch_options *o)
{
	struct line_list *l = &r->explain.text;
	struct str s = STR_INIT;
	loops_said(&s, f);
	line_add(l, "a transition is a pair of neighbouring steps of one customer: %lld steps - %lld journeys = %lld", (long long)(g->transitions + g->journeys), (long long)g->journeys, (long long)g->transitions);
	if (g->transitions + g->journeys != f->events)
		line_add(l, "%lld of %lld steps lie in these journeys, the others were looked past", (long long)(g->transitions + g->journeys), (long long)f->events);
	if (g->open)
		line_add(l, "%lld journeys may still go on", (long long)g->open);
	line_add(l, "share_of_from = n / occurrences of from; lo, hi: Wilson (1927), 95 %%; median, p90: exact, type 7 of Hyndman & Fan (1996)");
	line_add(l, "%s; customers with a repeat in a row %lld, with any %lld", s.p, (long long)f->loop_customers, (long long)f->repeat_customers);
	line_add(l, "neighbours at the same instant: %lld, in the order of %s", (long long)f->tied, o->ties && strcmp(o->ties, "file") ? "their names" : "the files");
	str_release(&s);
}

static enum wend_err as_text(struct report *r, const struct touch_options *o, const struct rows_list *l)
{
	struct drawn_edge *e = xreallocarray(NULL, l->n + 1, sizeof *e);
	for (size_t i = 0; i < l->n; i++)
		e[i] = (struct drawn_edge){ l->v[i].from, l->v[i].to, l->v[i].n, l->v[i].gap.median };
	if (!strcmp(o->style, "dot"))
		draw_dot(&r->own, e, l->n);
	else
		draw_mermaid(&r->own, e, l->n);
	free(e);
	return WEND_OK;
}

/* ---- --by position ---- */
struct placed {
	struct sv from, to;
	int position;
	int64_t n;
};

static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->position != y->position)
		return x->position - y->position;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	const int c = sv_cmp(x->from, y->from);
	return c ? c : sv_cmp(x->to, y->to);
}

static void fill_places(struct report *r, const struct graph *g, const struct population *p, int64_t depth)
{
	static const char *const names[] = { "position", "from", "to", "n" };
	struct table *out[2] = { &r->table, &r->figure.data };
	struct placed *v = xreallocarray(NULL, g->nplace + 1, sizeof *v);
	for (size_t i = 0; i < g->nplace; i++)
		v[i] = (struct placed){ step_name(p, g->node[g->place[i].from].code), step_name(p, g->node[g->place[i].to].code),
					g->place[i].position, g->place[i].n };
	qsort(v, g->nplace, sizeof *v, by_place);
	for (int k = 0; k < 2; k++)
		for (int c = 0; c < 4; c++)
			table_col(out[k], names[c], c == 1 || c == 2 ? COL_TEXT : COL_INT, NULL, 0);
	table_col(&r->table, "share", COL_SHARE, NULL, 1);
	table_col(&r->table, "lo", COL_SHARE, NULL, 1);
	table_col(&r->table, "hi", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < g->nplace; i++) {
		const struct interval ci = wilson((double)v[i].n, (double)g->journeys, ALPHA);
		for (int k = 0; k < 2; k++) {
			put_int(out[k], v[i].position);
			put_text(out[k], v[i].from);
			put_text(out[k], v[i].to);
			put_int(out[k], v[i].n);
		}
		put_real(&r->table, (double)v[i].n / (double)g->journeys);
		put_real(&r->table, ci.lo);
		put_real(&r->table, ci.hi);
	}
	free(v);
	r->figure.kind = FIG_ALLUVIAL;
	r->figure.title = "the first steps of the journey";
	str_printf(&r->definition, "transitions by their position in the journey, the first %lld; share of all journeys, Wilson interval", (long long)depth);
}

/* The same map over the time compared with. */
static enum wend_err compare(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	struct population q;
	struct report old;
	char text[96];
	struct touch_options all = *o;
	struct report_options plain = *ro;
	plain.versus = NULL;
	all.style = NULL;
	all.cover = NULL;
	all.min_count = 0;
	enum wend_err e = versus_population(&q, p, ro->versus, text, err);
	if (e)
		return e;
	report_init(&old);
	e = metric_touch_map(&q, &all, &plain, &old, err);
	if (!e)
		e = versus_join(&r->table, &old.table, ro->by ? 3 : 2, ro->by ? "share" : "share_of_from", p->min_n, err);
	report_release(&old);
	str_printf(&r->finding, " Compared with %s.", text);
	return e;
}

struct map_state {
	struct graph g;
	struct graph_options go;
	double cover;
	bool by_position;
};

static enum wend_err finish(struct touch_job *job, const struct walk_facts *f, const struct fold_counts *n, struct report *r, struct err *err)
{
	struct map_state *m = job->state;
	const struct touch_options *o = job->o;
	struct rows_list l = { 0 };
	enum wend_err e = WEND_OK;
	(void)n;
	collect(&l, &m->g, job->p);
	const size_t hidden = keep_rows(&l, o, m->cover, m->g.transitions);
	measure(&l);
	find(r, &l, f, &m->g, hidden);
	if (m->by_position) {
		fill_places(r, &m->g, job->p, m->go.depth);
	} else {
		fill(&r->table, &l);
		draw(r, &l);
		str_puts(&r->definition, "neighbouring steps of one customer; share_of_from of all occurrences of from, its last ones included, with Wilson interval; exact quantiles");
	}
	say_walk(&r->definition, o);
	if (o->style)
		e = as_text(r, o, &l);
	line_add(&r->next, "wend touchpoints map --by position --plot map.svg");
	line_add(&r->next, "wend touchpoints map --cover 80%% --format dot");
	line_add(&r->next, "wend touchpoints paths");
	if (!e && job->ro->versus)
		e = compare(job->p, o, job->ro, r, err);
	explain(r, f, &m->g, o);
	free(l.v);
	return e;
}

static void release(struct touch_job *job)
{
	graph_release(&((struct map_state *)job->state)->g);
}

enum wend_err map_prepare(struct touch_job *job, struct err *err)
{
	struct map_state *m = arena_zalloc((struct arena *)&job->p->arena, sizeof *m);
	const char *by = job->ro->by;
	if (by && strcmp(by, "position"))
		return err_set(err, WEND_E_USAGE, "the map is cut by 'position' only, not by '%s'; choose events with '--where'", by);
	if (job->o->depth && !by)
		return err_set(err, WEND_E_USAGE, "'--depth' counts positions; it goes with '--by position'");
	m->by_position = by != NULL;
	m->cover = 1;
	m->go.depth = by ? (int)(job->o->depth ? job->o->depth : DEPTH) : 0;
	job->state = m;
	job->part = graph_part(&m->g, &m->go);
	job->finish = finish;
	job->release = release;
	return job->o->cover ? read_cover(&m->cover, job->o->cover, err) : WEND_OK;
}

enum wend_err metric_touch_map(const struct population *p, const struct touch_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	touch_prepare *const one = map_prepare;
	return touch_run(p, o, ro, &one, 1, &r, err);
}
