/* One pass over the steps of all customers, for as many reports as ask.
 *
 * Each thread has one buffer of steps and one accumulator a part, laid behind each other in
 * the fold's accumulator. What is counted here (struct walk_facts) is counted once, whatever
 * the parts are, so that their sums can be held against it: steps in = steps out.
 */
#include "journey_impl.h"

struct pass {
	const struct walk_options *o;
	const struct walk_part *part;
	size_t n, at[WALK_PARTS_MAX];
};
/* The fold's accumulator begins with this. */
struct acc {
	struct walk_facts facts;
	struct step_buf steps;
	uint32_t *met;             /* serial of the customer who had the step last, by step code */
	size_t met_cap;
	uint32_t serial;
	struct step *scratch;      /* ties */
	size_t scratch_cap;
};

static void begin(void *acc, void *ctx)
{
	const struct pass *s = ctx;
	for (size_t i = 0; i < s->n; i++)
		if (s->part[i].begin)
			s->part[i].begin((char *)acc + s->at[i], s->part[i].ctx);
}

static void hide(struct step_buf *b, const struct step_set *hidden)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		if (!step_mask(hidden, b->v[i].name))
			b->v[n++] = b->v[i];
	b->n = n;
}

/* Steps told by a field of their record are called by its word; without one they are none. */
static void tell_by(struct step_buf *b, const struct journey *j, int field)
{
	const int64_t *col = j->rows.f[field];
	size_t n = 0;
	for (size_t i = 0; col && i < b->n; i++)
		if (col[b->v[i].record] != WEND_NONE) {
			b->v[n] = b->v[i];
			b->v[n++].name = step_word(j->pop, col[b->v[i].record]);
		}
	b->n = n;
}

/* Stable merge sort of steps by name. */
static void sort_names(struct step *v, struct step *scratch, size_t n, const struct population *p)
{
	if (n < 2)
		return;
	const size_t half = n / 2;
	size_t a = 0, b = half, o = 0;
	sort_names(v, scratch, half, p);
	sort_names(v + half, scratch, n - half, p);
	memcpy(scratch, v, half * sizeof *v);
	while (a < half && b < n) {
		const bool second = v[b].name != scratch[a].name && sv_cmp(step_name(p, v[b].name), step_name(p, scratch[a].name)) < 0;
		v[o++] = second ? v[b++] : scratch[a++];
	}
	while (a < half)
		v[o++] = scratch[a++];
}

/* Steps of one instant by name instead of the order of the files. */
static void sort_ties(struct acc *a, const struct population *p)
{
	struct step_buf *b = &a->steps;
	for (size_t i = 0; i < b->n;) {
		size_t to = i + 1;
		while (to < b->n && b->v[to].at == b->v[i].at)
			to++;
		if (to - i > 1) {
			GROW(a->scratch, a->scratch_cap, to - i);
			sort_names(b->v + i, a->scratch, to - i, p);
		}
		i = to;
	}
}

/* Codes in a row: fixed steps, names no word spells, words. */
static size_t dense(uint32_t code, uint32_t extra)
{
	if (code & STEP_FIXED)
		return code & ~STEP_FIXED;
	return code >= STEP_RENAMED ? STEP_FIXED_COUNT + (code - STEP_RENAMED) : (size_t)STEP_FIXED_COUNT + extra + code;
}

static bool met_before(struct acc *a, uint32_t code, uint32_t extra)
{
	const size_t k = dense(code, extra);
	if (k >= a->met_cap) {
		const size_t was = a->met_cap;
		GROW(a->met, a->met_cap, k + 1);
		memset(a->met + was, 0, (a->met_cap - was) * sizeof *a->met);
	}
	const bool again = a->met[k] == a->serial;
	a->met[k] = a->serial;
	return again;
}

/* Repeats in their three senses, before any are dropped. */
static void count(struct acc *a, uint32_t extra)
{
	const struct step_buf *b = &a->steps;
	struct walk_facts *f = &a->facts;
	int64_t loops = 0, repeats = 0;
	bool in_run = false;
	a->serial++;
	for (size_t i = 0; i < b->n; i++) {
		repeats += met_before(a, b->v[i].name, extra);
		if (!i)
			continue;
		const bool same = b->v[i].name == b->v[i - 1].name;
		loops += same;
		f->loop_runs += same && !in_run;
		f->tied += b->v[i].at == b->v[i - 1].at;
		in_run = same;
	}
	f->customers++;
	f->events += (int64_t)b->n;
	f->transitions += (int64_t)b->n - 1;
	f->loops += loops;
	f->repeats += repeats;
	f->loop_customers += loops > 0;
	f->repeat_customers += repeats > 0;
	f->longest = (int64_t)b->n > f->longest ? (int64_t)b->n : f->longest;
}

static void drop_loops(struct step_buf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		if (!n || b->v[n - 1].name != b->v[i].name)
			b->v[n++] = b->v[i];
	b->n = n;
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct pass *s = ctx;
	if (!j->selected || !j->rows.customer)
		return;
	steps_of(&a->steps, j);
	if (s->o->hidden)
		hide(&a->steps, s->o->hidden);
	if (s->o->told_by)
		tell_by(&a->steps, j, s->o->told_by);
	if (!a->steps.n)
		return;
	if (s->o->ties != TIES_FILE)
		sort_ties(a, j->pop);
	count(a, j->pop->names->nextra);
	if (s->o->drop_loops)
		drop_loops(&a->steps);
	const struct walk w = { j, a->steps.v, a->steps.n, s->o };
	for (size_t i = 0; i < s->n; i++)
		s->part[i].customer((char *)acc + s->at[i], &w, s->part[i].ctx);
}

static void release(struct acc *a)
{
	step_buf_release(&a->steps);
	free(a->met);
	free(a->scratch);
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	const struct pass *s = ctx;
	a->facts.customers += b->facts.customers;
	a->facts.events += b->facts.events;
	a->facts.transitions += b->facts.transitions;
	a->facts.tied += b->facts.tied;
	a->facts.loops += b->facts.loops;
	a->facts.loop_runs += b->facts.loop_runs;
	a->facts.repeats += b->facts.repeats;
	a->facts.loop_customers += b->facts.loop_customers;
	a->facts.repeat_customers += b->facts.repeat_customers;
	a->facts.longest = a->facts.longest > b->facts.longest ? a->facts.longest : b->facts.longest;
	for (size_t i = 0; i < s->n; i++)
		s->part[i].merge((char *)into + s->at[i], (char *)from + s->at[i], s->part[i].ctx);
	release(b);
}

enum wend_err walks_run(const struct population *p, const struct walk_options *o, uint32_t kinds, const struct fold *also, struct walk_part *part, size_t n,
			struct walk_facts *facts, struct fold_counts *counts, struct err *err)
{
	struct pass s = { .o = o, .part = part, .n = n };
	struct fold f = also ? *also : (struct fold){ 0 };
	const size_t align = 64;
	f.acc_size = (sizeof(struct acc) + align - 1) / align * align;
	for (size_t i = 0; i < n; i++) {
		s.at[i] = f.acc_size;
		f.acc_size += (part[i].acc_size + align - 1) / align * align;
	}
	f.begin = begin;
	f.customer = add_journey;
	f.merge = merge;
	f.ctx = &s;
	step_fields(&f, kinds);
	if (o->told_by)
		fields_add(&f.fields, (enum field)o->told_by);
	struct acc *all = xcalloc(1, f.acc_size);
	enum wend_err e = fold_run(p, &f, all, counts, err);
	for (size_t i = 0; i < n; i++)
		memcpy(part[i].acc, (char *)all + s.at[i], part[i].acc_size);
	*facts = all->facts;
	release(all);
	free(all);
	return e;
}

/* ---- episodes ---- */
/* Does the gap before step i end an episode? */
static bool apart(const struct walk *w, size_t i)
{
	return w->o->gap_s && step_gap_s(&w->v[i - 1], &w->v[i]) >= w->o->gap_s;
}

static bool passes_through(const struct walk *w, const struct episode *e)
{
	if (!w->o->through)
		return true;
	for (size_t i = e->from + 1; i + 1 < e->to; i++)
		if (step_mask(w->o->through, w->v[i].name))
			return true;
	return false;
}

static bool next_piece(struct episode *e, const struct walk *w)
{
	const struct walk_options *o = w->o;
	size_t i = e->to;
	if (o->begin)
		while (i < w->n && !step_mask(o->begin, w->v[i].name))
			i++;
	if (i >= w->n)
		return false;
	e->from = i;
	e->open = false;
	for (;;) {
		const bool ends = o->end && step_mask(o->end, w->v[i].name) && (i > e->from || !o->begin);
		i++;
		if (ends || (i < w->n && apart(w, i))) {
			e->open = o->end && !ends;
			break;
		}
		if (i == w->n) {
			const bool may_go_on = o->gap_s && w->j->pop->as_of_end - w->v[i - 1].at < o->gap_s;
			e->open = may_go_on || o->end;
			break;
		}
	}
	e->to = i;
	return true;
}

bool episode_next(struct episode *e, const struct walk *w)
{
	while (next_piece(e, w))
		if (passes_through(w, e))
			return true;
	return false;
}
