/* churn rate --who: the customers behind a row. A second fold looks at every customer as
 * the counts of the row did, by the same marks.
 *
 *   PERIOD            those who left, by the definition of the report
 *   PERIOD:COLUMN     those behind a count: active_start, new, reactivated, churned,
 *                     churned_vol, churned_invol, in_and_out, pending, active_end, recovered
 *   PERIOD/GROUP...   of one group of --by
 *
 * With several definitions: who is counted differently than by the first of them, in the
 * numerator or the denominator, with the reason; the counts add up to the difference.
 */
#include "churn_impl.h"

#include <math.h>

enum count { WHO_CHURNED, WHO_START, WHO_NEW, WHO_BACK, WHO_VOL, WHO_INVOL, WHO_IN_OUT, WHO_PENDING, WHO_END, WHO_RECOVERED, WHO_COUNTS };
static const char *const count_names[WHO_COUNTS + 1] = { "churned", "active_start", "new", "reactivated", "churned_vol", "churned_invol", "in_and_out", "pending", "active_end", "recovered", NULL };

struct who_row {
	uint32_t customer;
	int64_t from, to, last_seen;
	bool involuntary;
	enum definition def;
	bool member;            /* part of the denominator */
	int64_t base, counted;
	const char *why;
};
struct who_acc {
	struct who_row *v;
	size_t n, cap;
	struct spell_buf spells;
	struct str name;
};
struct who_ctx {
	const struct churn_ctx *c;
	int32_t k;
	struct sv group;        /* p NULL: any */
	enum count count;
};

static void add(struct who_acc *a, const struct journey *j, const struct spell *s, enum definition d, bool member, int64_t base, int64_t counted, const char *why)
{
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = (struct who_row){ j->rows.customer, s->from, s->to, s->last_seen, s->involuntary, d, member, base, counted, why };
}

static bool there(const struct spell *s, int32_t day)
{
	return s->from_day < day && day <= s->to_day;
}

/* The stretch that makes the customer one of those counted; NULL: he is none. */
static const struct spell *counted(const struct who_ctx *w, const struct journey *j, const struct spell_buf *b)
{
	const struct churn_ctx *c = w->c;
	const int32_t from = period_day(c->unit, w->k), end = period_day(c->unit, w->k + 1);
	const struct spell *start = NULL, *last = NULL, *begins = NULL;
	for (size_t i = 0; i < b->n; i++) {
		const struct spell *s = &b->v[i];
		const int32_t day = s->from_day;
		start = there(s, from) ? s : start;
		last = there(s, end) ? s : last;
		begins = !begins && day >= from && day < end ? s : begins;
	}
	const bool left = start && !last;
	switch (w->count) {
	case WHO_CHURNED: return left ? start : NULL;
	case WHO_VOL: return left && !start->involuntary ? start : NULL;
	case WHO_INVOL: return left && start->involuntary ? start : NULL;
	case WHO_RECOVERED: return left && start + 1 < b->v + b->n ? start : NULL;
	case WHO_START: return start;
	case WHO_END: return last;
	case WHO_NEW: return begins == b->v ? begins : NULL;
	case WHO_BACK: return begins && begins != b->v && !start ? begins : NULL;
	case WHO_IN_OUT: return begins && !start && !last ? begins : NULL;
	case WHO_PENDING: return last && last->cancelled_known && churn_day_of(j, last->cancelled_at) < end ? last : NULL;
	default: return NULL;
	}
}

static void by_one(struct who_acc *a, const struct who_ctx *w, const struct journey *j)
{
	const struct churn_ctx *c = w->c;
	const struct spell_buf *b = &a->spells;
	const enum definition d = c->def[0];
	if (w->count != WHO_CHURNED || d == DEF_START) {
		const struct spell *s = counted(w, j, b);
		if (s)
			add(a, j, s, d, false, 0, 1, NULL);
		return;
	}
	for (size_t i = 0; i < b->n; i++) {
		const bool again = d == DEF_REVENUECAT && i && period_number(c->unit, b->v[i].from_day) == w->k &&
				   !(c->leaving.contracts && b->v[i].from - b->v[i - 1].to <= c->leaving.dunning_s);
		if (again)
			add(a, j, &b->v[i], d, false, 0, -1, "came back");
		if (def_counts_end(d, end_marks(c, b, i, w->k)))
			add(a, j, &b->v[i], d, false, 0, 1, NULL);
	}
}

static void by_many(struct who_acc *a, const struct who_ctx *w, const struct journey *j)
{
	const struct churn_ctx *c = w->c;
	const struct spell_buf *b = &a->spells;
	const enum definition base = c->def[0];
	for (size_t i = 0; i < b->n; i++) {
		const unsigned e = end_marks(c, b, i, w->k), m = member_marks(c, b, i, w->k);
		const bool again = i && period_number(c->unit, b->v[i].from_day) == w->k &&
				   !(c->leaving.contracts && b->v[i].from - b->v[i - 1].to <= c->leaving.dunning_s);
		for (size_t k = 1; k < c->ndef; k++) {
			const enum definition d = c->def[k];
			if (e && def_counts_end(base, e) != def_counts_end(d, e))
				add(a, j, &b->v[i], d, false, def_counts_end(base, e), def_counts_end(d, e), end_reason(base, d, e));
			if (again && (base == DEF_REVENUECAT) != (d == DEF_REVENUECAT))
				add(a, j, &b->v[i], d, false, base == DEF_REVENUECAT ? -1 : 0, d == DEF_REVENUECAT ? -1 : 0, "came back");
			if (m && def_counts_member(base, m) != def_counts_member(d, m))
				add(a, j, &b->v[i], d, true, def_counts_member(base, m), def_counts_member(d, m), member_reason(base, d, m));
		}
	}
}

static void look(void *acc, const struct journey *j, void *ctx)
{
	struct who_acc *a = acc;
	const struct who_ctx *w = ctx;
	const size_t before = a->n;
	if (!j->selected || !j->rows.customer)
		return;
	spells_of(&a->spells, j, &w->c->leaving);
	if (!a->spells.n)
		return;
	if (w->c->ndef > 1)
		by_many(a, w, j);
	else
		by_one(a, w, j);
	if (!w->group.p)
		return;
	size_t kept = before;
	for (size_t i = before; i < a->n; i++) {
		const struct spell s = { .from = a->v[i].from };
		churn_group_name(&a->name, w->c, j, &s, w->k);
		if (sv_eq(str_view(&a->name), w->group))
			a->v[kept++] = a->v[i];
	}
	a->n = kept;
}

static void merge(void *into, void *from, void *ctx)
{
	struct who_acc *a = into, *b = from;
	(void)ctx;
	APPEND(a->v, a->cap, a->n, b->v, b->n);
	a->n += b->n;
	free(b->v);
	spell_buf_release(&b->spells);
	str_release(&b->name);
}

/* ---- what was asked ---- */
static enum wend_err parse(struct who_ctx *w, const struct churn_ctx *c, const char *who, struct arena *a, struct err *err)
{
	struct sv rest = sv_of(who), part;
	struct span s;
	sv_cut(&rest, ':', &part);
	if (rest.n) {
		int k = 0;
		while (count_names[k] && !sv_is(rest, count_names[k]))
			k++;
		if (!count_names[k])
			return err_set(err, WEND_E_USAGE, "'--who %s': no count '%.*s'; there are churned, active_start, new, reactivated, churned_vol, churned_invol, in_and_out, pending, active_end, recovered", who, (int)rest.n, rest.p);
		if (c->ndef > 1)
			return err_set(err, WEND_E_USAGE, "'--who %s': with several definitions it lists who is counted differently; leave out ':%.*s'", who, (int)rest.n, rest.p);
		w->count = (enum count)k;
	}
	struct sv period;
	sv_cut(&part, '/', &period);
	if (span_parse(&s, sv_trim(period), c->p->as_of, err))
		return err->code;
	w->k = period_number(c->unit, floor_day(s.from));
	if (part.n) {
		if (!c->by.n)
			return err_set(err, WEND_E_USAGE, "'--who %s' names a group; add --by", who);
		struct str name = STR_INIT;
		struct sv one;
		while (sv_cut(&part, '/', &one)) {
			if (name.n)
				str_putc(&name, '\x1f');
			str_sv(&name, one);
		}
		w->group = sv_n(arena_strndup(a, name.p, name.n), name.n);
		str_release(&name);
	}
	return WEND_OK;
}

static void columns(struct report *r, bool many)
{
	struct table *t = &r->table;
	table_col(t, "customer", COL_TEXT, NULL, -1);
	t->customer_col = "customer";
	if (many) {
		table_col(t, "definition", COL_TEXT, NULL, -1);
		table_col(t, "part", COL_TEXT, NULL, -1);
		table_col(t, "before", COL_INT, NULL, 0);
	}
	table_col(t, "counted", COL_INT, NULL, 0);
	table_col(t, "from", COL_TIME, NULL, -1);
	table_col(t, "to", COL_TIME, NULL, -1);
	table_col(t, "last_seen", COL_TIME, NULL, -1);
	table_col(t, "how", COL_TEXT, NULL, -1);
	table_col(t, "why", COL_TEXT, NULL, -1);
}

/* A first moment of a day is shown as the day. */
static void put_moment(struct table *t, const struct population *p, int64_t at)
{
	if (at == INT64_MAX) {
		put_empty(t);
		return;
	}
	struct zone_cache zc = ZONE_CACHE(p->zone);
	const int32_t day = floor_day(zone_local(&zc, at));
	put_int(t, instant_of_day(p, day) == at ? wtime_of_day(day) : wtime_instant_of(at));
}

static void put_who(struct report *r, const struct who_row *v, const struct churn_ctx *c)
{
	struct table *t = &r->table;
	put_text(t, store_customer(c->p->store, v->customer));
	if (c->ndef > 1) {
		put_z(t, definition_texts[v->def].name);
		put_z(t, v->member ? "denominator" : "numerator");
		put_int(t, v->base);
	}
	put_int(t, v->counted);
	put_moment(t, c->p, v->from);
	put_moment(t, c->p, v->to);
	put_moment(t, c->p, v->last_seen);
	put_z(t, v->to == INT64_MAX ? NULL : !c->leaving.contracts ? "silence" : v->involuntary ? "payment" : "choice");
	put_z(t, v->why);
}

static const struct who_row *sorting;
static int by_definition(const void *a, const void *b)
{
	const struct who_row *x = &sorting[*(const uint32_t *)a], *y = &sorting[*(const uint32_t *)b];
	if (x->customer != y->customer) /* equal ranks are made by the caller */
		return 0;
	if (x->def != y->def)
		return x->def < y->def ? -1 : 1;
	if (x->member != y->member)
		return x->member ? 1 : -1;
	return (x->from > y->from) - (x->from < y->from);
}

static void print(struct report *r, const struct who_acc *a, const struct who_ctx *w)
{
	const struct churn_ctx *c = w->c;
	uint32_t *customer = xreallocarray(NULL, a->n + 1, sizeof *customer);
	for (size_t i = 0; i < a->n; i++)
		customer[i] = a->v[i].customer;
	uint32_t *order = order_customers(c->p->store, customer, a->n);
	sorting = a->v;
	for (size_t i = 0; i < a->n;) { /* rows of one customer stand together; put them in order */
		size_t n = i + 1;
		while (n < a->n && a->v[order[n]].customer == a->v[order[i]].customer)
			n++;
		qsort(order + i, n - i, sizeof *order, by_definition);
		i = n;
	}
	for (size_t i = 0; i < a->n; i++)
		put_who(r, &a->v[order[i]], c);
	free(order);
	free(customer);
	struct str *s = &r->finding;
	say_things(s, (int64_t)a->n, c->ndef > 1 ? "difference" : "customer", c->ndef > 1 ? "differences" : "customers");
	str_printf(s, " %s ", c->ndef > 1 ? "between the definitions in" : "behind");
	period_text(s, c->unit, period_day(c->unit, w->k));
	if (c->ndef < 2)
		str_printf(s, " (%s%s%s)", count_names[w->count], w->count == WHO_CHURNED ? ", " : "", w->count == WHO_CHURNED ? definition_texts[c->def[0]].name : "");
	str_printf(s, ". As of %s.", c->p->as_of_text);
	str_puts(&r->definition, "from, to: the stretch as a customer; last_seen: the last purchase, or the end of what was paid; ");
	str_sv(&r->definition, str_view(&c->said));
	line_add(&r->next, "wend churn rate --who ... -q | wend ltv customers --only -");
}

enum wend_err churn_who(struct report *r, const struct churn_ctx *c, const char *who, struct err *err)
{
	struct population whole = *c->p;
	struct who_ctx w = { .c = c };
	struct who_acc a = { 0 };
	struct fold_counts n = { 0 };
	struct fold f = { .acc_size = sizeof a, .customer = look, .merge = merge, .ctx = &w };
	enum wend_err e = parse(&w, c, who, &r->arena, err);
	if (e)
		return e;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	churn_fields(&f, c);
	e = fold_run(&whole, &f, &a, &n, err);
	if (!e) {
		columns(r, c->ndef > 1);
		print(r, &a, &w);
		report_scope(r, c->p, &n);
	}
	free(a.v);
	spell_buf_release(&a.spells);
	str_release(&a.name);
	return e;
}
