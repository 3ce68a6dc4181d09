/* touchpoints list: every step there is, how many meet it and where on the way.
 *
 *   share         of all customers with a step, those who met this one (Wilson)
 *   per_customer  its events / customers who met it (Student t over customers)
 *   first_share   of the customers' first steps, those that are this one (Wilson);
 *   last_share    of their last ones
 *   median_gap_days  time since the customer's step before it, over all its events that
 *                 have one; exact, type 7; its limits are order statistics (binomial)
 *
 * A row is a touchpoint in a channel: a question by phone and one by chat are two rows,
 * and the channel is empty where none is known.
 */
#include "touch_impl.h"

#include <math.h>

struct entry {
	uint32_t code;
	int64_t channel;       /* word; WEND_NONE = none */
	uint32_t last;
	int64_t here;          /* events of the present customer, to be squared when it ends */
	int64_t events, customers, firsts, lasts, squares;
	struct gaps gaps;
};
struct acc {
	struct entry *v;
	size_t n, cap;
	struct ids ids;
	uint32_t serial;
	int64_t customers, events;
	struct step_buf steps;
	struct arena *arenas;
	size_t narenas;
};

static void begin(void *acc, void *ctx)
{
	struct acc *a = acc;
	(void)ctx;
	a->arenas = xcalloc(1, sizeof *a->arenas);
	a->narenas = 1;
}

static struct entry *entry_of(struct acc *a, uint32_t code, int64_t channel)
{
	const uint32_t c = channel == WEND_NONE ? 0 : (uint32_t)channel + 1;
	const uint32_t id = ids_get(&a->ids, (uint64_t)code << 32 | c);
	if (id == a->n) {
		GROW(a->v, a->cap, a->n + 1);
		a->v[a->n++] = (struct entry){ .code = code, .channel = channel };
	}
	return &a->v[id];
}

/* The channel belongs to the record the step was made of, after [names]. */
static int64_t channel_of(const struct journey *j, const struct step *s)
{
	const int64_t *col = j->rows.f[F_CHANNEL];
	return col && col[s->record] != WEND_NONE ? step_word(j->pop, col[s->record]) : WEND_NONE;
}

static void add_journey(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	struct step_buf *b = &a->steps;
	(void)ctx;
	if (!j->selected || !j->rows.customer)
		return;
	steps_of(b, j);
	if (!b->n)
		return;
	const uint32_t serial = ++a->serial;
	a->customers++;
	a->events += (int64_t)b->n;
	for (size_t i = 0; i < b->n; i++) {
		struct entry *e = entry_of(a, b->v[i].name, channel_of(j, &b->v[i]));
		if (e->last != serial) {
			e->squares += e->here * e->here;
			e->here = 0;
			e->last = serial;
			e->customers++;
		}
		e->here++;
		e->events++;
		e->firsts += i == 0;
		e->lasts += i + 1 == b->n;
		if (i)
			gaps_add(&e->gaps, &a->arenas[0], step_gap_s(&b->v[i - 1], &b->v[i]));
	}
}

static void acc_release(struct acc *a)
{
	for (size_t i = 0; i < a->narenas; i++)
		arena_release(&a->arenas[i]);
	free(a->arenas);
	free(a->v);
	ids_release(&a->ids);
	step_buf_release(&a->steps);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	for (size_t i = 0; i < b->n; i++) {
		struct entry *e = entry_of(a, b->v[i].code, b->v[i].channel);
		e->events += b->v[i].events;
		e->customers += b->v[i].customers;
		e->firsts += b->v[i].firsts;
		e->lasts += b->v[i].lasts;
		e->squares += b->v[i].squares + b->v[i].here * b->v[i].here;
		gaps_append(&e->gaps, &b->v[i].gaps);
	}
	a->customers += b->customers;
	a->events += b->events;
	a->arenas = xreallocarray(a->arenas, a->narenas + b->narenas, sizeof *a->arenas);
	memcpy(a->arenas + a->narenas, b->arenas, b->narenas * sizeof *b->arenas);
	a->narenas += b->narenas;
	b->narenas = 0;
	acc_release(b);
}

struct row {
	struct sv name, channel;
	const struct entry *e;
};

static int by_events(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->e->events != y->e->events)
		return x->e->events > y->e->events ? -1 : 1;
	const int c = sv_cmp(x->name, y->name);
	return c ? c : sv_cmp(x->channel, y->channel);
}

static struct row *sorted(const struct acc *a, const struct population *p)
{
	struct row *v = xreallocarray(NULL, a->n + 1, sizeof *v);
	for (size_t i = 0; i < a->n; i++)
		v[i] = (struct row){ step_name(p, a->v[i].code),
				     a->v[i].channel == WEND_NONE ? SV_NONE : step_name(p, (uint32_t)a->v[i].channel), &a->v[i] };
	qsort(v, a->n, sizeof *v, by_events);
	return v;
}

static void put_share(struct table *t, int64_t k, int64_t n)
{
	const struct interval ci = wilson((double)k, (double)n, ALPHA);
	put_real(t, n ? (double)k / (double)n : NAN);
	put_real(t, ci.lo);
	put_real(t, ci.hi);
}

static void fill(struct table *t, const struct acc *a, const struct row *v)
{
	static const char *const shares[] = { "share", "lo", "hi" };
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "channel", COL_TEXT, NULL, -1);
	table_col(t, "events", COL_INT, NULL, 0);
	table_col(t, "customers", COL_INT, NULL, 0);
	for (int i = 0; i < 3; i++)
		table_col(t, shares[i], COL_SHARE, NULL, 1);
	table_col(t, "n", COL_INT, NULL, 0);
	table_col(t, "per_customer", COL_REAL, NULL, 2);
	table_col(t, "per_customer_lo", COL_REAL, NULL, 2);
	table_col(t, "per_customer_hi", COL_REAL, NULL, 2);
	table_col(t, "first_share", COL_SHARE, NULL, 1);
	table_col(t, "first_lo", COL_SHARE, NULL, 1);
	table_col(t, "first_hi", COL_SHARE, NULL, 1);
	table_col(t, "last_share", COL_SHARE, NULL, 1);
	table_col(t, "last_lo", COL_SHARE, NULL, 1);
	table_col(t, "last_hi", COL_SHARE, NULL, 1);
	table_col(t, "median_gap_days", COL_REAL, "days", 1);
	table_col(t, "median_gap_lo", COL_REAL, "days", 1);
	table_col(t, "median_gap_hi", COL_REAL, "days", 1);
	uint32_t *scratch = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct entry *e = v[i].e;
		const double squares = (double)(e->squares + e->here * e->here);
		const struct interval per = mean_interval((double)e->events, squares, (double)e->customers, ALPHA);
		const struct gap_facts gap = gaps_facts(&e->gaps, true, &scratch, &cap);
		put_text(t, v[i].name);
		put_text(t, v[i].channel);
		put_int(t, e->events);
		put_int(t, e->customers);
		put_share(t, e->customers, a->customers);
		put_int(t, a->customers);
		put_real(t, (double)e->events / (double)e->customers);
		put_real(t, per.lo);
		put_real(t, per.hi);
		put_share(t, e->firsts, a->customers);
		put_share(t, e->lasts, a->customers);
		put_real(t, gap.median);
		put_real(t, gap.median_lo);
		put_real(t, gap.median_hi);
	}
	free(scratch);
}

static void draw(struct report *r, const struct acc *a, const struct row *v)
{
	struct table *t = &r->figure.data;
	r->figure.kind = FIG_BAR;
	r->figure.title = "share of customers who meet a touchpoint";
	r->figure.y_label = "share of customers";
	r->figure.note = arena_printf(&r->arena, "n = %" PRId64 " people", (int64_t)a->customers);
	table_col(t, "touchpoint", COL_TEXT, NULL, -1);
	table_col(t, "share", COL_SHARE, NULL, 1);
	table_col(t, "lo", COL_SHARE, NULL, 1);
	table_col(t, "hi", COL_SHARE, NULL, 1);
	for (size_t i = 0; i < a->n && i < 40; i++) {
		struct str label = STR_INIT;
		str_sv(&label, v[i].name);
		if (v[i].channel.n)
			str_printf(&label, " (%.*s)", (int)v[i].channel.n, v[i].channel.p);
		put_text(t, str_view(&label));
		put_share(t, v[i].e->customers, a->customers);
		str_release(&label);
	}
}

static void find(struct report *r, const struct acc *a, const struct row *v)
{
	struct str *s = &r->finding;
	if (!a->customers) {
		str_puts(s, "no steps: nothing to list.");
		return;
	}
	const struct row *last = &v[0];
	for (size_t i = 1; i < a->n; i++)
		if (v[i].e->lasts > last->e->lasts)
			last = &v[i];
	say_things(s, a->customers, "customer took ", "customers took ");
	say_things(s, a->events, "step, ", "steps, ");
	say_real(s, (double)a->events / (double)a->customers, 1);
	str_puts(s, " each. Most journeys end with ");
	str_sv(s, last->name);
	str_puts(s, ": ");
	say_share(s, (double)last->e->lasts / (double)a->customers);
	str_puts(s, " (");
	say_count(s, last->e->lasts);
	str_puts(s, "; ");
	say_shares(s, wilson((double)last->e->lasts, (double)a->customers, ALPHA));
	str_puts(s, ").");
}

enum wend_err metric_touch_list(const struct population *p, const struct report_options *ro, struct report *r, struct err *err)
{
	struct acc a = { 0 };
	struct fold_counts n = { 0 };
	struct fold f = { .acc_size = sizeof a, .begin = begin, .customer = add_journey, .merge = merge };
	struct row *v = NULL;
	char before_text[96];
	step_fields(&f, KIND_ALL);
	fields_add(&f.fields, F_CHANNEL);
	enum wend_err e = fold_run(p, &f, &a, &n, err);
	if (e)
		goto done;
	v = sorted(&a, p);
	fill(&r->table, &a, v);
	draw(r, &a, v);
	find(r, &a, v);
	if (ro->versus) {
		struct population q;
		struct report old;
		struct report_options plain = *ro;
		plain.versus = NULL;
		e = versus_population(&q, p, ro->versus, before_text, err);
		if (e)
			goto done;
		report_init(&old);
		e = metric_touch_list(&q, &plain, &old, err);
		if (!e)
			e = versus_join(&r->table, &old.table, 2, "share", p->min_n, err);
		report_release(&old);
		str_printf(&r->finding, " Compared with %s.", before_text);
	}
	str_puts(&r->definition, "steps by touchpoint and channel; share of all customers with a step; medians are exact; 95 % intervals: Wilson for shares, Student t for means, order statistics for medians");
	line_add(&r->next, "wend touchpoints map");
	line_add(&r->next, "wend touchpoints list --versus previous --sort -share");
	if (!e)
		e = say_scope(&r->finding, p, &n, p->kinds & ~KIND_BIT(KIND_SPEND), err);
	report_scope(r, p, &n);
	line_add(&r->explain.text, "share = customers who met it / %lld customers with a step; per_customer = events / customers who met it", (long long)a.customers);
	line_add(&r->explain.text, "first_share, last_share = customers whose first (last) step it is / %lld", (long long)a.customers);
	line_add(&r->explain.text, "median_gap_days: since the customer's step before; quantiles of type 7 (Hyndman & Fan 1996), limits by order statistics (Conover 1999)");
done:
	acc_release(&a);
	free(v);
	return e;
}
