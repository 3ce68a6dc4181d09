/* How long each customer stayed, as cases: from the first day as a customer to the first leaving,
 * or to the last day known, in whole days. --since looks at the hazard from that day on:
 * customers who began before it enter late, those gone by then are not seen at all; --until
 * is the last day known. A customer who came back is one who had left.
 */
#include "tenure.h"

struct tenure_row {
	uint32_t customer, group;
	int32_t time, entry;         /* days; entry below 0: from the start */
	bool event;
};
struct tenure_acc {
	struct tenure_row *v;
	size_t n, cap;
	struct groups groups;
	struct spell_buf spells;
	int64_t back, before, bad;   /* came back later; gone before --since; contracts with bad dates */
};
struct tenure_ctx {
	const struct leaving *l;
	const struct cuts *cuts;
	int32_t since, last;         /* days */
	bool everyone;
};

static int32_t day_of(const struct journey *j, int64_t at)
{
	return floor_day(zone_local(j->zc, at));
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct tenure_acc *a = acc;
	const struct tenure_ctx *c = ctx;
	if (!j->selected && !c->everyone)
		return;
	spells_of(&a->spells, j, c->l);
	a->bad += a->spells.bad;
	if (!a->spells.n)
		return;
	const struct spell *s = &a->spells.v[0];
	const int32_t from = day_of(j, s->from), to = s->to == INT64_MAX ? INT32_MAX : day_of(j, s->to);
	struct tenure_row r = { .customer = j->rows.customer, .event = to <= c->last, .entry = -1 };
	if (from > c->last)
		return;
	r.time = (r.event ? to : c->last) - from;
	if (c->since != INT32_MIN && from < c->since) {
		r.entry = c->since - 1 - from;
		if (r.time <= r.entry) {
			a->before++;
			return;
		}
	}
	a->back += a->spells.n > 1;
	r.group = groups_of(&a->groups, c->cuts, j, s->from);
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = r;
}

static void merge(void *into, void *from, void *ctx)
{
	struct tenure_acc *a = into, *b = from;
	uint32_t *map = groups_merge(&a->groups, &b->groups);
	(void)ctx;
	GROW(a->v, a->cap, a->n + b->n);
	for (size_t i = 0; i < b->n; i++) {
		a->v[a->n] = b->v[i];
		a->v[a->n++].group = map[b->v[i].group];
	}
	a->back += b->back;
	a->before += b->before;
	a->bad += b->bad;
	free(map);
	free(b->v);
	spell_buf_release(&b->spells);
}

/* One column a field of the cuts, levels in natural order. */
static void make_columns(struct cases *c, const struct tenure_acc *a, const struct cuts *cuts, const uint32_t *order)
{
	c->ncol = cuts->n;
	c->col = xcalloc(cuts->n + 1, sizeof *c->col);
	for (size_t k = 0; k < cuts->n; k++) {
		struct case_column *v = &c->col[k];
		uint16_t *of = xcalloc(a->groups.n + 1, sizeof *of);
		*v = (struct case_column){ .name = arena_strdup(&c->arena, cuts->v[k].name), .kind = CASE_CATEGORY };
		v->level = arena_zalloc(&c->arena, (a->groups.n + 1) * sizeof *v->level);
		for (size_t g = 0; g < a->groups.n; g++) {
			const struct sv t = a->groups.v[g].value[k];
			size_t at = 0;
			while (t.p && at < v->levels && !sv_eq(v->level[at].name, t))
				at++;
			if (t.p && at == v->levels && at < CASES_LEVELS)
				v->level[v->levels++].name = sv_n(arena_strndup(&c->arena, t.p, t.n), t.n);
			of[g] = t.p && at < v->levels ? (uint16_t)at : CASE_MISSING;
		}
		/* in the order of their bytes, whatever group came first */
		for (size_t i = 1; i < v->levels; i++)
			for (size_t j = i; j > 0 && sv_cmp(v->level[j - 1].name, v->level[j].name) > 0; j--) {
				const struct case_level swap = v->level[j];
				v->level[j] = v->level[j - 1];
				v->level[j - 1] = swap;
			}
		for (size_t g = 0; g < a->groups.n; g++) {
			const struct sv t = a->groups.v[g].value[k];
			for (size_t i = 0; t.p && i < v->levels; i++)
				if (sv_eq(v->level[i].name, t))
					of[g] = (uint16_t)i;
		}
		v->code = xcalloc(c->n + 1, sizeof *v->code);
		for (size_t i = 0; i < c->n; i++) {
			v->code[i] = of[a->v[order ? order[i] : i].group];
			if (v->code[i] == CASE_MISSING)
				v->missing++;
			else
				v->level[v->code[i]].rows++;
		}
		free(of);
	}
}

static void make_cases(struct cases *c, const struct tenure_acc *a, const struct population *p, const struct cuts *cuts, bool sorted)
{
	uint32_t *order = NULL;
	bool late = false;
	c->n = a->n;
	c->rows = (int64_t)a->n;
	if (sorted) { /* sums of rows are the same bytes whatever came in first */
		uint32_t *customer = xcalloc(a->n + 1, sizeof *customer);
		for (size_t i = 0; i < a->n; i++)
			customer[i] = a->v[i].customer;
		order = order_customers(p->store, customer, a->n);
		free(customer);
	}
	for (size_t i = 0; i < a->n; i++)
		late = late || a->v[i].entry >= 0;
	c->time = xcalloc(a->n + 1, sizeof *c->time);
	c->event = xcalloc(a->n + 1, 1);
	c->entry = late ? xcalloc(a->n + 1, sizeof *c->entry) : NULL;
	for (size_t i = 0; i < a->n; i++) {
		const struct tenure_row *r = &a->v[order ? order[i] : i];
		c->time[i] = r->time;
		c->event[i] = r->event;
		c->events += r->event;
		if (late)
			c->entry[i] = r->entry;
	}
	make_columns(c, a, cuts, order);
	c->time_name = "days";
	free(order);
}

enum wend_err tenure_cases(struct tenure *t, const struct population *p, const struct churn_options *o, const char *fields, bool everyone, bool sorted, const struct report_options *ro, struct err *err)
{
	struct population whole = *p; /* stretches need all of the past; the span chooses what is seen of them */
	struct leaving l = { 0 };
	struct cuts cuts;
	struct tenure_acc a = { 0 };
	struct tenure_ctx c = { .l = &l, .cuts = &cuts, .since = p->since, .everyone = everyone };
	struct fold f = { .acc_size = sizeof a, .customer = add_customer, .merge = merge, .ctx = &c };
	*t = (struct tenure){ 0 };
	enum wend_err e = churn_leaving(&l, p, o, ro, &t->said, err);
	if (!e)
		e = cuts_parse(&cuts, fields, p, &t->c.arena, err);
	if (e)
		goto done;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	c.last = p->as_of < p->until ? p->as_of : p->until;
	c.last = c.last < l.covered ? c.last : l.covered;
	leaving_fields(&f, &l);
	cuts_fields(&f, &cuts);
	f.want_at = true;
	e = fold_run(&whole, &f, &a, &t->counts, err);
	if (!e) {
		make_cases(&t->c, &a, p, &cuts, sorted);
		t->back = a.back;
		t->before = a.before;
		t->bad = a.bad;
		t->current = a.groups.current != 0;
		t->contracts = l.contracts;
	}
done:
	free(a.v);
	groups_release(&a.groups);
	spell_buf_release(&a.spells);
	churn_leaving_release(&l);
	return e;
}

void tenure_release(struct tenure *t)
{
	cases_release(&t->c);
	str_release(&t->said);
}

enum wend_err tenure_say(struct str *s, const struct tenure *t, const struct population *p, struct err *err)
{
	if (t->back) {
		str_putc(s, ' ');
		say_things(s, t->back, "of those who left came back, and counts", "of those who left came back, and count");
		str_puts(s, " to the first leaving.");
	}
	if (t->before) {
		str_putc(s, ' ');
		say_things(s, t->before, "customer had left before the span.", "customers had left before the span.");
	}
	if (t->bad) {
		str_putc(s, ' ');
		say_things(s, t->bad, "contract with dates that cannot be is left out.", "contracts with dates that cannot be are left out.");
	}
	return say_scope(s, p, &t->counts, p->present & (KIND_BIT(KIND_SUBSCRIPTIONS) | KIND_BIT(KIND_ORDERS)), err);
}
