/* Funnels of all customers, counted: integers by group and step, times kept whole.
 *
 * Two questions a customer: the best chain of all, which gives n; and the best chain among
 * those whose window is over, which gives matured_n and all rates. The second is asked only
 * where some start is too young. A customer (with --start each: an attempt) is in the group
 * its chain began in.
 *
 * For the Kaplan-Meier column each step has the times from the start to it, and of those who
 * did not reach it how long they were watched: since their first start, to the end of the
 * window at most.
 */
#include "funnel_impl.h"

static void begin(void *acc, void *ctx)
{
	struct funnel_acc *a = acc;
	(void)ctx;
	a->arenas = xcalloc(1, sizeof *a->arenas);
	a->narenas = 1;
}

static struct funnel_tally *tally_of(struct funnel_acc *a, uint32_t group, int k)
{
	const size_t was = a->cap;
	GROW(a->t, a->cap, group + 1u);
	if (a->cap > was)
		memset(a->t + was, 0, (a->cap - was) * sizeof *a->t);
	if (!a->t[group])
		a->t[group] = xcalloc((size_t)k, sizeof **a->t);
	return a->t[group];
}

/* The value of the step the chain began with, else the customer's. */
static uint32_t group_of(struct funnel_acc *a, const struct cuts *cuts, const struct walk *w, const struct step *start)
{
	struct sv value[CUTS_MAX];
	uint32_t as_reported = 0;
	for (size_t i = 0; i < cuts->n; i++) {
		const struct cut *k = &cuts->v[i];
		const bool word = k->subject >= 0 && !k->reported && !k->last && field_defs[k->subject].type == FT_WORD && !field_defs[k->subject].item;
		const int64_t *col = word ? w->j->rows.f[k->subject] : NULL;
		bool current = false;
		if (col && col[start->record] != WEND_NONE)
			value[i] = step_name(w->j->pop, step_word(w->j->pop, col[start->record]));
		else
			value[i] = cut_of(k, w->j, start->at, &current);
		as_reported |= (uint32_t)current << i;
	}
	a->groups.fields = cuts->n;
	a->groups.current |= as_reported;
	return groups_add(&a->groups, value, cuts->n);
}

static void count_next(struct funnel_tally *t, uint64_t key, int64_t n)
{
	const uint32_t id = ids_get(&t->next, key);
	const size_t was = t->next_cap;
	GROW(t->next_n, t->next_cap, id + 1u);
	if (t->next_cap > was)
		memset(t->next_n + was, 0, (t->next_cap - was) * sizeof *t->next_n);
	t->next_n[id] += n;
}

/* What came after a step of the walk; 0 = nothing. */
static uint64_t next_key(const struct step *v, size_t n, size_t at)
{
	return at + 1 < n ? (uint64_t)v[at + 1].name + 1 : 0;
}

struct one {                   /* an attempt with all that is counted of it */
	const struct attempt *all, *matured; /* matured: level 0 when no start is */
	size_t first;          /* its earliest start, which is watched longest */
};

static void add_attempt(struct funnel_acc *a, const struct funnel_ctx *c, const struct walk *w, const struct step *v, const struct one *o)
{
	const struct funnel_spec *s = &c->spec;
	struct arena *arena = &a->arenas[0];
	struct funnel_tally *g = tally_of(a, group_of(a, &c->cuts, w, &v[o->all->r[o->all->level - 1].start]), s->k);
	const int64_t follow = funnel_follow(s, &v[o->first]);
	for (int l = 0; l < s->k; l++) {
		struct funnel_tally *t = &g[l];
		const struct reached *r = &o->all->r[l];
		t->matured += l < o->matured->level;
		if (l < o->all->level) {
			t->n++;
			if (l) {
				gaps_add(&t->took, arena, step_gap_s(&v[r->before], &v[r->at]));
				gaps_add(&t->event, arena, step_gap_s(&v[r->start], &v[r->at]));
			}
		} else if (follow >= s->window) {
			t->whole++;
		} else {
			gaps_add(&t->open, arena, follow > 0 ? follow : 0);
		}
	}
	if (o->matured->level && o->matured->level < s->k)
		count_next(&g[o->matured->level - 1], next_key(v, w->n, o->matured->r[o->matured->level - 1].at), 1);
}

/* As the record tells it: an instant, or a civil day. */
static int64_t told_time(const struct walk *w, const struct step *v)
{
	return v->day ? zone_local(w->j->zc, v->at) << 1 | 1 : v->at << 1;
}

static void add_person(struct funnel_acc *a, const struct funnel_ctx *c, const struct walk *w, const struct step *v, const struct one *o)
{
	const struct attempt *x = c->who == WHO_LOST ? o->matured : o->all;
	const bool open = o->all->level < c->spec.k && !funnel_matured(&c->spec, &v[o->all->r[o->all->level - 1].start]);
	if (c->who == WHO_REACHED ? x->level < c->who_step : x->level != c->who_step)
		return;
	if (c->who == WHO_OPEN && !open)
		return;
	const struct reached *r = &x->r[x->level - 1];
	const uint64_t next = next_key(v, w->n, r->at);
	GROW(a->who, a->who_cap, a->nwho + 1);
	a->who[a->nwho++] = (struct funnel_person){ .customer = w->j->rows.customer, .next = next ? (uint32_t)(next - 1) : UINT32_MAX,
						    .level = x->level, .open = open, .start = told_time(w, &v[r->start]), .at = told_time(w, &v[r->at]), .took = step_gap_s(&v[r->start], &v[r->at]) };
}

static void add_one(struct funnel_acc *a, const struct funnel_ctx *c, const struct walk *w, const struct step *v, const struct one *o)
{
	if (c->who == WHO_NOBODY)
		add_attempt(a, c, w, v, o);
	else
		add_person(a, c, w, v, o);
}

static void each_attempt(struct funnel_acc *a, const struct funnel_ctx *c, const struct walk *w, const struct step *v)
{
	struct attempt one, none = { 0 };
	size_t at = 0;
	while (funnel_next(&one, &c->spec, v, w->n, &at, &a->room)) {
		const bool over = funnel_matured(&c->spec, &v[one.r[0].start]);
		add_one(a, c, w, v, &(struct one){ &one, over ? &one : &none, one.r[0].start });
	}
}

/* Did this customer begin at all, before what the sources cover? */
static bool began(const struct funnel_ctx *c, const struct step *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (step_mask(c->spec.steps, v[i].name) & 1)
			return true;
	return false;
}

static void add_walk(void *acc, const struct walk *w, void *ctx)
{
	struct funnel_acc *a = acc;
	const struct funnel_ctx *c = ctx;
	const struct step *v = funnel_order(&c->spec, w->v, w->n, &a->room);
	struct attempt all, over;
	if (c->spec.start == START_EACH) {
		each_attempt(a, c, w, v);
		return;
	}
	funnel_best(&all, &c->spec, v, w->n, false, &a->room);
	if (!all.level) {
		a->uncovered += c->spec.match != MATCH_ANY && began(c, v, w->n);
		return;
	}
	/* every start is before the last step: one look tells that all are over, a day more for those known to the day */
	const struct step late = { .at = v[w->n - 1].at, .day = 1 };
	over = all;
	if (!funnel_matured(&c->spec, &late))
		funnel_best(&over, &c->spec, v, w->n, true, &a->room);
	add_one(a, c, w, v, &(struct one){ &all, &over, all.r[0].start });
}

static void add_tally(struct funnel_tally *to, struct funnel_tally *from)
{
	to->n += from->n;
	to->matured += from->matured;
	to->whole += from->whole;
	gaps_append(&to->took, &from->took);
	gaps_append(&to->event, &from->event);
	gaps_append(&to->open, &from->open);
	for (size_t i = 0; i < from->next.cap; i++)
		if (from->next.key[i])
			count_next(to, from->next.key[i] - 1, from->next_n[from->next.id[i]]);
}

static void merge(void *into, void *from, void *ctx)
{
	struct funnel_acc *a = into, *b = from;
	const struct funnel_ctx *c = ctx;
	const size_t n = b->groups.n;
	uint32_t *map = groups_merge(&a->groups, &b->groups);
	for (size_t i = 0; i < n; i++) {
		struct funnel_tally *to = tally_of(a, map[i], c->spec.k);
		for (int l = 0; b->t[i] && l < c->spec.k; l++)
			add_tally(&to[l], &b->t[i][l]);
	}
	free(map);
	GROW(a->who, a->who_cap, a->nwho + b->nwho);
	if (b->nwho)
		memcpy(a->who + a->nwho, b->who, b->nwho * sizeof *b->who);
	a->nwho += b->nwho;
	a->uncovered += b->uncovered;
	a->arenas = xreallocarray(a->arenas, a->narenas + b->narenas, sizeof *a->arenas);
	memcpy(a->arenas + a->narenas, b->arenas, b->narenas * sizeof *b->arenas);
	a->narenas += b->narenas;
	b->narenas = 0;
	funnel_release(b, c->spec.k);
}

struct walk_part funnel_part(struct funnel_acc *a, struct funnel_ctx *c)
{
	return (struct walk_part){ .acc_size = sizeof *a, .acc = a, .begin = begin, .customer = add_walk, .merge = merge, .ctx = c };
}

void funnel_release(struct funnel_acc *a, int k)
{
	for (size_t i = 0; i < a->cap; i++) {
		for (int l = 0; a->t[i] && l < k; l++) {
			ids_release(&a->t[i][l].next);
			free(a->t[i][l].next_n);
		}
		free(a->t[i]);
	}
	free(a->t);
	groups_release(&a->groups);
	for (size_t i = 0; i < a->narenas; i++)
		arena_release(&a->arenas[i]);
	free(a->arenas);
	free(a->who);
	funnel_room_release(&a->room);
	*a = (struct funnel_acc){ 0 };
}
