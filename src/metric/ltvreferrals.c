/* ltv referrals: what customers won by other customers are worth, and who won them.
 *
 * A customers record may say who referred the customer (field referred_by, any key of
 * another customer); the last record that says so counts, resolved as `wend customer show`
 * resolves a key. A reference to nobody in the store, to the customer himself, or one that
 * is part of a circle (A by B by A) tells of no referral: it is counted, said, and followed
 * nowhere, and its customer stands in neither group.
 *
 *   referred        people with a reference to the row's customer
 *   bought, share   of them those with a purchase day (purchasedays.c); Wilson
 *   revenue_of_referred   their money so far; revenue: the row's customer's own
 *
 * In words: revenue a customer and the share that bought again, of those with a reference
 * against those with none; Student t, Wilson, differences by MOVER (Donner & Zou 2012). All
 * of it is history so far, so that the time they have been customers stands beside it.
 */
#include "rfm_impl.h"

#include <math.h>

__extension__ typedef unsigned __int128 u128;

/* ---- who names whom ---- */

/* Somebody known, in the order they were met. */
struct met {
	uint32_t customer, days;   /* purchase days; 0 = has not bought */
	int32_t first;
	bool selected;
	int64_t total;
	size_t at, n;              /* the key of the referrer, in `text`; n = 0: none */
};
struct acc {
	struct met *v;
	size_t n, cap;
	struct str text;
	struct day_room days;
};

static struct sv referred_by(const struct journey *j)
{
	const struct rows *r = &j->rows;
	struct sv key = SV_NONE;
	for (size_t i = 0; i < r->n && r->f[F_REFERRED_BY]; i++) {
		const struct sv one = r->kind[i] == KIND_CUSTOMERS && j->seen[i] != SEEN_AFTER_AS_OF ? sv_trim(rows_text(r, r->f[F_REFERRED_BY][i])) : SV_NONE;
		if (one.n)
			key = one;
	}
	return key;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct revenue *rev = ctx;
	const bool bought = purchase_days(&a->days, rev, j);
	if (!j->rows.customer || j->rows.guest)
		return;
	const struct sv key = referred_by(j);
	struct met me = { .customer = j->rows.customer, .selected = j->selected, .at = a->text.n, .n = key.n };
	if (bought) {
		me.days = (uint32_t)a->days.n;
		me.first = a->days.v[0].day;
		for (size_t i = 0; i < a->days.n; i++)
			me.total += a->days.v[i].amount;
	}
	str_sv(&a->text, key);
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = me;
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	free(a->v);
	str_release(&a->text);
	day_room_release(&a->days);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	GROW(a->v, a->cap, a->n + b->n);
	for (size_t i = 0; i < b->n; i++) {
		a->v[a->n] = b->v[i];
		a->v[a->n++].at += a->text.n;
	}
	str_sv(&a->text, str_view(&b->text));
	day_room_merge(&a->days, &b->days);
	acc_release(b);
}

/* ---- people by number ---- */

enum told { TOLD_NOTHING, TOLD_GOOD, TOLD_NOBODY, TOLD_SELF, TOLD_CIRCLE, TOLD_COUNT };
struct person {
	uint32_t by;               /* the referrer, where `told` is TOLD_GOOD or TOLD_CIRCLE */
	const struct met *met;     /* NULL: no record of these kinds tells of him */
	enum told told;
	uint32_t mark;             /* walk that came by */
};
struct referrer {
	uint32_t customer;
	int64_t referred, bought, revenue, own;
};
struct group {
	int64_t n, sum, again, days;
	u128 squares;
};
struct look {
	const struct population *p;
	struct acc a;
	struct revenue rev;
	struct fold_counts counts;
	struct person *who;        /* by number, 0 .. people */
	uint32_t people;
	struct referrer *v;        /* those who are printed, the best first */
	size_t n;
	int64_t told[TOLD_COUNT], bought, referrers; /* references; of the good ones those who bought; whom they name */
	struct group yes, no;
};

/* Everybody names one other at most, so that a walk ends or comes back to where it was. */
static void mark_circles(struct look *l)
{
	for (uint32_t i = 1; i <= l->people; i++) {
		uint32_t at = i;
		while (l->who[at].told == TOLD_GOOD && !l->who[at].mark) {
			l->who[at].mark = i;
			at = l->who[at].by;
		}
		if (l->who[at].told != TOLD_GOOD || l->who[at].mark != i)
			continue;
		do {
			l->who[at].told = TOLD_CIRCLE;
			at = l->who[at].by;
		} while (l->who[at].told == TOLD_GOOD);
	}
}

static void resolve(struct look *l)
{
	const struct acc *a = &l->a;
	l->people = store_people_count(l->p->store);
	for (size_t i = 0; i < a->n; i++)
		l->people = a->v[i].customer > l->people ? a->v[i].customer : l->people;
	l->who = xcalloc((size_t)l->people + 1, sizeof *l->who);
	for (size_t i = 0; i < a->n; i++) {
		const struct met *v = &a->v[i];
		struct person *me = &l->who[v->customer];
		uint32_t by = 0;
		me->met = v;
		if (!v->n)
			continue;
		if (!store_find(l->p->store, sv_n(a->text.p + v->at, v->n), &by) || !by || by > l->people) {
			me->told = TOLD_NOBODY;
			continue;
		}
		me->by = by;
		me->told = by == v->customer ? TOLD_SELF : TOLD_GOOD;
	}
	mark_circles(l);
}

static void group_add(struct group *g, const struct met *v, int32_t as_of)
{
	g->n++;
	g->sum += v->total;
	g->squares += (u128)(uint64_t)v->total * (uint64_t)v->total;
	g->again += v->days > 1;
	g->days += as_of - v->first;
}

/* Somebody no record of these kinds tells of is chosen where nothing has to be met. */
static bool is_chosen(const struct look *l, uint32_t customer)
{
	const struct met *v = l->who[customer].met;
	return v ? v->selected : !l->p->customer_filter && (!l->p->only || customer_set_has(l->p->only, customer));
}

static void add_up(struct look *l)
{
	struct referrer *all = xcalloc((size_t)l->people + 1, sizeof *all);
	for (uint32_t i = 1; i <= l->people; i++) {
		const struct person *me = &l->who[i];
		const struct met *v = me->met && me->met->days ? me->met : NULL;
		l->told[me->told]++;
		if (v && v->selected && me->told <= TOLD_GOOD)
			group_add(me->told == TOLD_GOOD ? &l->yes : &l->no, v, l->p->as_of);
		if (me->told != TOLD_GOOD)
			continue;
		struct referrer *to = &all[me->by];
		l->referrers += !to->referred++;
		to->bought += v != NULL;
		to->revenue += v ? v->total : 0;
		l->bought += v != NULL;
	}
	for (uint32_t i = 1; i <= l->people; i++) {
		if (!all[i].referred || !is_chosen(l, i))
			continue;
		all[i].customer = i;
		all[i].own = l->who[i].met ? l->who[i].met->total : 0;
		all[l->n++] = all[i];
	}
	l->v = all;
}

struct placed {
	const struct referrer *v;
	size_t place;              /* by printed key */
};

static int by_worth(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->v->revenue != y->v->revenue)
		return x->v->revenue > y->v->revenue ? -1 : 1;
	if (x->v->referred != y->v->referred)
		return x->v->referred > y->v->referred ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static void put_in_order(struct look *l)
{
	uint32_t *who = xreallocarray(NULL, l->n + 1, sizeof *who);
	struct placed *k = xreallocarray(NULL, l->n + 1, sizeof *k);
	struct referrer *sorted = xreallocarray(NULL, l->n + 1, sizeof *sorted);
	for (size_t i = 0; i < l->n; i++)
		who[i] = l->v[i].customer;
	uint32_t *order = order_customers(l->p->store, who, l->n);
	for (size_t i = 0; i < l->n; i++)
		k[i] = (struct placed){ &l->v[order[i]], i };
	if (l->n)
		qsort(k, l->n, sizeof *k, by_worth);
	for (size_t i = 0; i < l->n; i++)
		sorted[i] = *k[i].v;
	free(l->v);
	free(who);
	free(order);
	free(k);
	l->v = sorted;
}

/* ---- the table ---- */

static void fill(struct table *t, const struct look *l)
{
	table_col(t, "customer", COL_TEXT, NULL, -1);
	table_col(t, "referred", COL_INT, NULL, 0);
	table_col(t, "bought", COL_INT, NULL, 0);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	table_col_money(t, "revenue_of_referred", l->counts.cur);
	table_col_money(t, "revenue", l->counts.cur);
	t->customer_col = "customer";
	for (size_t i = 0; i < l->n; i++) {
		const struct referrer *v = &l->v[i];
		const struct interval ci = wilson((double)v->bought, (double)v->referred, ALPHA);
		put_text(t, store_customer(l->p->store, v->customer));
		put_int(t, v->referred);
		put_int(t, v->bought);
		put_real(t, (double)v->bought / (double)v->referred);
		put_real(t, ci.lo);
		put_real(t, ci.hi);
		put_int(t, v->revenue);
		put_int(t, v->own);
	}
}

/* ---- two groups, and words ---- */

struct estimates {
	double mean, again, days;
	struct interval mean_ci, again_ci;
};

static double minor_of(const struct look *l)
{
	const int e = l->counts.cur ? currency_exponent(l->counts.cur) : 2;
	return pow(10, e < 0 ? 2 : e);
}

static struct estimates estimate(const struct group *g, double minor)
{
	const double n = (double)g->n;
	const struct interval ci = mean_interval((double)g->sum, (double)g->squares, n, ALPHA);
	return (struct estimates){ (double)g->sum / n / minor, (double)g->again / n, (double)g->days / n,
				   { ci.lo / minor, ci.hi / minor }, wilson((double)g->again, n, ALPHA) };
}

static bool too_few(const struct look *l)
{
	return l->yes.n < 2 || l->no.n < 2 || l->yes.n < l->p->min_n || l->no.n < l->p->min_n;
}

static const char *in_words(const struct change *d)
{
	return !strcmp(d->call, "real") ? "more than chance" : !strcmp(d->call, "chance") ? "within chance" : "too few to compare";
}

static void say_money_of(struct str *s, const struct look *l, const struct estimates *e, int64_t n)
{
	char cur[4] = "";
	if (l->counts.cur)
		currency_text(cur, l->counts.cur);
	str_printf(s, "%s%s", cur, *cur ? " " : "");
	say_real(s, e->mean, 2);
	str_puts(s, " (");
	if (!isnan(e->mean_ci.lo)) {
		say_real(s, e->mean_ci.lo, 2);
		str_puts(s, " to ");
		say_real(s, e->mean_ci.hi, 2);
		str_puts(s, "; ");
	}
	say_things(s, n, "customer)", "customers)");
}

static void say_again(struct str *s, const struct group *g, const struct estimates *e)
{
	say_share(s, e->again);
	str_puts(s, " (");
	say_shares(s, e->again_ci);
	str_puts(s, "; ");
	say_count(s, g->again);
	str_puts(s, ")");
}

static void say_groups(struct str *s, const struct look *l)
{
	const struct estimates yes = estimate(&l->yes, minor_of(l)), no = estimate(&l->no, minor_of(l));
	const bool few = too_few(l);
	const struct change money = change_of(yes.mean, yes.mean_ci, no.mean, no.mean_ci, few);
	const struct change back = change_of(yes.again, yes.again_ci, no.again, no.again_ci, few);
	str_puts(s, "customers won by others brought ");
	say_money_of(s, l, &yes, l->yes.n);
	str_puts(s, " each so far, those nobody is known to have referred ");
	say_money_of(s, l, &no, l->no.n);
	if (few) {
		str_printf(s, ": too few to compare, which needs about %lld of each.", (long long)l->p->min_n);
		return;
	}
	str_puts(s, ", a difference of ");
	say_real(s, money.diff, 2);
	str_puts(s, " (");
	say_real(s, money.lo, 2);
	str_puts(s, " to ");
	say_real(s, money.hi, 2);
	str_printf(s, "), %s. Bought again: ", in_words(&money));
	say_again(s, &l->yes, &yes);
	str_puts(s, " against ");
	say_again(s, &l->no, &no);
	str_printf(s, ", %s. They have been customers for ", in_words(&back));
	say_real(s, yes.days, 0);
	str_puts(s, " and ");
	say_real(s, no.days, 0);
	str_puts(s, " days on average.");
}

static void say_bad(struct str *s, const struct look *l)
{
	const int64_t bad = l->told[TOLD_NOBODY] + l->told[TOLD_SELF] + l->told[TOLD_CIRCLE];
	if (!bad)
		return;
	str_putc(s, ' ');
	say_things(s, bad, "reference is not followed (", "references are not followed (");
	static const char *const why[TOLD_COUNT] = { [TOLD_NOBODY] = "to nobody in the store", [TOLD_SELF] = "to the customer himself", [TOLD_CIRCLE] = "in a circle" };
	for (int i = TOLD_NOBODY, some = 0; i < TOLD_COUNT; i++)
		if (l->told[i]) {
			str_puts(s, some++ ? ", " : "");
			say_count(s, l->told[i]);
			str_printf(s, " %s", why[i]);
		}
	str_puts(s, ").");
}

static void find(struct report *r, const struct look *l)
{
	struct str *s = &r->finding;
	if (!l->told[TOLD_GOOD]) {
		str_puts(s, l->told[TOLD_NOBODY] + l->told[TOLD_SELF] + l->told[TOLD_CIRCLE] ? "no reference to another customer can be followed: nothing to compare." :
			    "no customers record says who referred the customer (field 'referred_by'): nothing to compare.");
	} else if (!l->yes.n || !l->no.n) {
		str_puts(s, !l->yes.n ? "nobody won by another customer has bought yet" : "every customer was won by another");
		str_puts(s, ": nothing to compare.");
	} else {
		say_groups(s, l);
	}
	if (l->told[TOLD_GOOD]) {
		str_putc(s, ' ');
		say_things(s, l->referrers, "person has referred ", "people have referred ");
		say_count(s, l->told[TOLD_GOOD]);
		str_puts(s, ", of whom ");
		say_count(s, l->bought);
		str_puts(s, " bought.");
	}
	say_bad(s, l);
	say_apart(s, &l->a.days.facts);
}

/* ---- for people ---- */

enum { TOP_SHOWN = 10 };

static void cell(struct table *t, struct str *s)
{
	put_text(t, str_view(s));
	str_reset(s);
}

static void range_cell(struct table *t, struct str *s, struct interval ci, double by, int digits)
{
	if (!isnan(ci.lo)) {
		say_real(s, ci.lo * by, digits);
		str_puts(s, ci.lo < 0 ? " to " : "-");
		say_real(s, ci.hi * by, digits);
	}
	cell(t, s);
}

static void group_row(struct table *t, struct str *s, const char *name, const struct group *g, double minor, bool few)
{
	const struct estimates e = estimate(g, minor);
	put_z(t, name);
	say_count(s, g->n);
	cell(t, s);
	if (few) {
		put_z(t, "few");
		put_z(t, NULL);
		put_z(t, "few");
		put_z(t, NULL);
	} else {
		say_real(s, e.mean, 2);
		cell(t, s);
		range_cell(t, s, e.mean_ci, 1, 2);
		say_share(s, e.again);
		cell(t, s);
		range_cell(t, s, e.again_ci, 100, 1);
	}
}

static void screen(struct report *r, const struct look *l)
{
	static const char *const heads[] = { "", "number", "revenue each", "95 %", "again", "95 %" }, *const list[] = { "", "referred", "bought", "their revenue", "own revenue" };
	const double minor = minor_of(l);
	struct str s = STR_INIT;
	struct table *t = &report_screen(r, "WON BY")->t;
	for (int i = 0; i < 6; i++)
		table_col(t, heads[i], COL_TEXT, NULL, -1);
	if (l->yes.n)
		group_row(t, &s, "customers", &l->yes, minor, l->yes.n < l->p->min_n);
	if (l->no.n)
		group_row(t, &s, "not known", &l->no, minor, l->no.n < l->p->min_n);
	if (!too_few(l)) {
		const struct estimates a = estimate(&l->yes, minor), b = estimate(&l->no, minor);
		const struct change money = change_of(a.mean, a.mean_ci, b.mean, b.mean_ci, false), back = change_of(a.again, a.again_ci, b.again, b.again_ci, false);
		put_z(t, "difference");
		put_z(t, NULL);
		say_real(&s, money.diff, 2);
		cell(t, &s);
		range_cell(t, &s, (struct interval){ money.lo, money.hi }, 1, 2);
		say_real(&s, back.diff * 100, 1);
		str_puts(&s, " pt");
		cell(t, &s);
		range_cell(t, &s, (struct interval){ back.lo, back.hi }, 100, 1);
	}
	t = &report_screen(r, l->n > TOP_SHOWN ? "THE TEN WHO WON MOST" : "WHO WON THEM")->t;
	for (int i = 0; i < 5; i++)
		table_col(t, list[i], COL_TEXT, NULL, -1);
	for (size_t i = 0; i < l->n && i < TOP_SHOWN; i++) {
		utf8_visible(&s, store_customer(l->p->store, l->v[i].customer));
		cell(t, &s);
		say_count(&s, l->v[i].referred);
		cell(t, &s);
		say_count(&s, l->v[i].bought);
		cell(t, &s);
		say_real(&s, (double)l->v[i].revenue / minor, 2);
		cell(t, &s);
		say_real(&s, (double)l->v[i].own / minor, 2);
		cell(t, &s);
	}
	str_release(&s);
}

static void explain(struct report *r, const struct look *l)
{
	struct line_list *e = &r->explain.text;
	line_add(e, "a reference is the customer's last reported 'referred_by', whenever it was written; %lld resolve to another customer, %lld to nobody, %lld to the customer himself, %lld are part of a circle",
		 (long long)l->told[TOLD_GOOD], (long long)l->told[TOLD_NOBODY], (long long)l->told[TOLD_SELF], (long long)l->told[TOLD_CIRCLE]);
	line_add(e, "compared: %lld customers with a reference that is followed and %lld with none; customers whose reference is not followed are in neither group", (long long)l->yes.n, (long long)l->no.n);
	line_add(e, "revenue each: mean over customers, Student t; bought again: two purchase days or more, Wilson (1927); differences: MOVER, Donner & Zou (2012)");
	line_add(e, "history so far, not a comparison of like with like: who was won later has had less time to buy");
	line_add(e, "rows: who is named by at least one reference; --where and --only choose the referrers printed and the customers compared; referred, bought and revenue_of_referred count everyone");
}

enum wend_err metric_ltv_referrals(const struct population *p, const struct report_options *ro, struct report *r, struct err *err)
{
	struct look l = { .p = p };
	struct fold f = { .kinds = KIND_BIT(KIND_CUSTOMERS), .acc_size = sizeof l.a, .customer = add_customer, .merge = merge, .ctx = &l.rev };
	fields_add(&f.fields, F_REFERRED_BY);
	enum wend_err e = revenue_choose(&l.rev, p, ro->revenue, err);
	if (e || (e = purchase_fold(p, &f, &l.rev, &l.a, &l.a.days, acc_release, &l.counts, err)))
		goto done;
	resolve(&l);
	add_up(&l);
	put_in_order(&l);
	fill(&r->table, &l);
	find(r, &l);
	if (l.n && !ro->with && !ro->sort && !ro->top)
		screen(r, &l);
	str_printf(&r->definition, "customers whose record names another customer (referred_by) against those whose names nobody; revenue of all purchase days so far in %s, refunds netted; 95 %% intervals: Student t for means, Wilson for shares", revenue_name(&l.rev));
	line_add(&r->next, "wend ltv referrals --top 20 --with name,email");
	line_add(&r->next, "wend ltv customers --sort rank --top 100");
	say_revenue(&r->finding, &l.rev, &l.a.days.facts.beside, p);
	e = say_scope(&r->finding, p, &l.counts, KIND_BIT(l.rev.source) | (l.rev.unmatched ? l.rev.beside : 0), err);
	report_scope(r, p, &l.counts);
	explain(r, &l);
done:
	acc_release(&l.a);
	revenue_release(&l.rev);
	free(l.who);
	free(l.v);
	return e;
}
