/* Who was won by which channel, and what was spent: the statistic of `wend channels`.
 *
 *   won by       the channel reported with the customer, else that of the first purchase; with
 *                credit (rows of touchpoints attribution, or a model of it) in parts, where the
 *                first purchase has touches
 *   spend        records of spending within the span; names after [names], as everywhere
 *   alone        no interaction by another channel, begun by the customer, in the days before
 *                the first purchase
 *   stayed       the first stretch as a customer (churn_leaving): by contract or by silence
 *
 * The span is the year to the as-of day where none is given, not before the first day of
 * spending known: money that was not told of would make every customer look cheap.
 */
#include "channel_impl.h"

#include <math.h>

enum { DAY_S = 86400, YEAR = 365 };

struct found {
	uint32_t customer;
	struct won won;
};
struct acc {
	struct found *v;
	size_t n, cap;
	struct bought *b;
	size_t nb, b_cap;
	struct day_room days;
	struct spell_buf spells;
	/* spending, of nobody: one thread meets it */
	struct spent {
		uint32_t word;
		int32_t day;
		int64_t amount, hours;
	} *s;
	size_t ns, s_cap;
};
struct ctx {
	struct revenue rev;
	struct leaving leaving;
	struct cuts won;
	enum field by;
	int64_t out;             /* word "out" */
	int64_t alone_s;
};

static void spending(struct acc *a, const struct journey *j, const struct ctx *c)
{
	const struct rows *r = &j->rows;
	for (size_t i = 0; i < r->n; i++) {
		if (r->kind[i] != KIND_SPEND || j->seen[i])
			continue;
		const int64_t word = r->f[c->by] ? r->f[c->by][i] : WEND_NONE, amount = r->f[F_AMOUNT] ? r->f[F_AMOUNT][i] : WEND_NONE;
		const int64_t hours = r->f[F_HOURS] ? r->f[F_HOURS][i] : WEND_NONE;
		GROW(a->s, a->s_cap, a->ns + 1);
		a->s[a->ns++] = (struct spent){ word == WEND_NONE ? UINT32_MAX : step_word(j->pop, word), j->day[i], amount == WEND_NONE ? 0 : amount, hours == WEND_NONE ? 0 : hours };
	}
}

/* Was no other channel met in the days before the first purchase? */
static bool alone(const struct journey *j, const struct ctx *c, int64_t first)
{
	const struct rows *r = &j->rows;
	bool current;
	const struct sv by = cut_of(&c->won.v[0], j, INT64_MAX, &current);
	for (size_t i = 0; i < r->n; i++) {
		if (r->kind[i] != KIND_INTERACTIONS || j->seen[i] || j->at[i] > first || j->at[i] < first - c->alone_s || !r->f[F_CHANNEL] || r->f[F_CHANNEL][i] == WEND_NONE)
			continue;
		if (c->out >= 0 && r->f[F_DIRECTION] && r->f[F_DIRECTION][i] == c->out)
			continue;
		if (!sv_eq(step_name(j->pop, step_word(j->pop, r->f[F_CHANNEL][i])), by))
			return false;
	}
	return true;
}

static void stay(struct acc *a, const struct journey *j, const struct ctx *c, struct won *w)
{
	spells_of(&a->spells, j, &c->leaving);
	w->stayed = -1;
	if (!a->spells.n)
		return;
	const struct spell *s = &a->spells.v[0];
	const int64_t end = s->to < j->pop->as_of_end ? s->to : j->pop->as_of_end;
	w->left = s->to < j->pop->as_of_end;
	w->stayed = end > s->from ? (int32_t)((end - s->from) / DAY_S) : 0;
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	const struct rows *r = &j->rows;
	if (!r->customer) {
		spending(a, j, c);
		return;
	}
	if (!purchase_days(&a->days, &c->rev, j))
		return;
	const struct purchase_day *d = a->days.v;
	struct won w = { .from = a->nb, .n = a->days.n };
	for (size_t k = 0; k < a->days.n; k++) {
		uint32_t word = UINT32_MAX;
		for (size_t i = d[k].from; i < d[k].to && word == UINT32_MAX; i++) {
			const uint32_t rec = a->days.e[i].record;
			if (r->f[c->by] && r->f[c->by][rec] != WEND_NONE)
				word = step_word(j->pop, r->f[c->by][rec]);
		}
		GROW(a->b, a->b_cap, a->nb + 1);
		a->b[a->nb++] = (struct bought){ d[k].day - d[0].day, word, d[k].amount };
	}
	w.alone = alone(j, c, j->at[a->days.e[d[0].from].record]);
	stay(a, j, c, &w);
	GROW(a->v, a->cap, a->n + 1);
	a->v[a->n++] = (struct found){ r->customer, w };
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	free(a->v);
	free(a->b);
	free(a->s);
	day_room_release(&a->days);
	spell_buf_release(&a->spells);
	*a = (struct acc){ 0 };
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	(void)ctx;
	GROW(a->v, a->cap, a->n + b->n);
	for (size_t i = 0; i < b->n; i++) {
		a->v[a->n] = b->v[i];
		a->v[a->n++].won.from += a->nb;
	}
	GROW(a->b, a->b_cap, a->nb + b->nb);
	if (b->nb)
		memcpy(a->b + a->nb, b->b, b->nb * sizeof *b->b);
	a->nb += b->nb;
	GROW(a->s, a->s_cap, a->ns + b->ns);
	if (b->ns)
		memcpy(a->s + a->ns, b->s, b->ns * sizeof *b->s);
	a->ns += b->ns;
	a->days.facts.references += b->days.facts.references;
	acc_release(b);
}

/* ---- channels by name ---- */

static struct channel *channel_named(struct channels *c, struct sv name, struct arena *a)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].known == (name.p != NULL) && (!name.p || sv_eq(c->v[i].name, name)))
			return &c->v[i];
	GROW(c->v, c->cap, c->n + 1);
	c->v[c->n] = (struct channel){ .name = name.p ? sv_n(arena_strndup(a, name.p, name.n), name.n) : SV("not known"), .known = name.p != NULL };
	return &c->v[c->n++];
}

static void add_spending(struct channels *c, const struct acc *a, const struct population *p, struct arena *arena)
{
	for (size_t i = 0; i < a->ns; i++) {
		const struct spent *s = &a->s[i];
		struct channel *ch = channel_named(c, s->word == UINT32_MAX ? SV_NONE : step_name(p, s->word), arena);
		if (s->day < c->since || s->day > c->until)
			continue;
		const int32_t month = period_number(PERIOD_MONTH, s->day);
		size_t k = 0;
		ch->spends = true;
		ch->spend += s->amount;
		ch->hours += s->hours;
		while (k < ch->nmonth && ch->month[k].month != month)
			k++;
		if (k == ch->nmonth) {
			GROW(ch->month, ch->month_cap, k + 1);
			ch->month[ch->nmonth++] = (struct month_spend){ month, 0 };
		}
		ch->month[k].amount += s->amount;
	}
}

/* ---- who counts for which ---- */

static void part_add(struct channels *c, uint32_t row, struct sv name, double weight, struct arena *a)
{
	struct channel *ch = channel_named(c, name, a);
	ch->carried = true;
	GROW(c->part, c->part_cap, c->nparts + 1);
	c->part[c->nparts++] = (struct part){ row, (uint32_t)(ch - c->v), weight };
}

static void by_report(struct channels *c, const bool *credited, struct arena *a)
{
	const struct purchases *b = &c->look.b;
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].selected && !(credited && credited[i]))
			part_add(c, (uint32_t)i, b->groups.n ? b->groups.v[b->v[i].group].value[0] : SV_NONE, 1, a);
}

/* Row of look.b by customer; UINT32_MAX: none. */
static uint32_t *rows_by_customer(const struct channels *c, const struct population *p)
{
	const size_t n = store_people_count(p->store) + 1;
	uint32_t *row = xreallocarray(NULL, n, sizeof *row);
	memset(row, 0xff, n * sizeof *row);
	for (size_t i = 0; i < c->look.b.n; i++)
		row[c->look.b.v[i].customer] = (uint32_t)i;
	return row;
}

static enum wend_err bad_credit(const struct table *t, struct err *err)
{
	static const char *const need[] = { "customer", "time", "channel", "credit" };
	for (size_t i = 0; i < 4; i++)
		if (table_find(t, sv_of(need[i])) < 0)
			return err_set(err, WEND_E_INPUT, "the credit rows have no column '%s'; 'wend touchpoints attribution --credits' prints such rows", need[i]);
	return WEND_OK;
}

/* A row counts where its conversion is the customer's first purchase. */
static enum wend_err credit_row(struct channels *c, const struct table *t, size_t i, const struct population *p, const uint32_t *row, bool *credited, struct arena *a, struct err *err)
{
	struct zone_cache zc = ZONE_CACHE(p->zone);
	struct stamp st;
	const struct cell *who = table_at(t, i, (size_t)table_find(t, SV("customer"))), *when = table_at(t, i, (size_t)table_find(t, SV("time")));
	const struct cell *channel = table_at(t, i, (size_t)table_find(t, SV("channel"))), *credit = table_at(t, i, (size_t)table_find(t, SV("credit")));
	uint32_t customer;
	int64_t w;
	double share;
	if (credit->state != CELL_VALUE || !sv_real(credit->s, &share) || !(share >= 0) || share > 1)
		return err_set(err, WEND_E_INPUT, "credit row %zu: the credit is no share between 0 and 1", i + 1);
	if (when->state != CELL_VALUE || !stamp_iso(when->s, &st) || !stamp_wtime(&st, p->zone, &w, NULL))
		return err_set(err, WEND_E_INPUT, "credit row %zu: the time is none", i + 1);
	if (who->state != CELL_VALUE)
		return WEND_OK; /* a guest */
	if (!store_find(p->store, who->s, &customer) || row[customer] == UINT32_MAX || c->look.b.v[row[customer]].first != wtime_day(w, &zc)) {
		c->strange++;
		return WEND_OK;
	}
	if (!c->look.b.v[row[customer]].selected || channel->state != CELL_VALUE || sv_is(channel->s, "(none)"))
		return WEND_OK;
	credited[row[customer]] = true;
	part_add(c, row[customer], channel->s, share, a);
	return WEND_OK;
}

static enum wend_err by_credit(struct channels *c, const struct population *p, const struct channel_options *o, const struct report_options *ro, struct arena *a, struct err *err)
{
	bool *credited = xcalloc(c->look.b.n + 1, sizeof *credited);
	uint32_t *row = rows_by_customer(c, p);
	enum wend_err e = WEND_OK;
	if (o->credit) {
		c->credited = "the credit rows given";
		e = bad_credit(o->credit, err);
		for (size_t i = 0; i < o->credit->nrow && !e; i++)
			e = credit_row(c, o->credit, i, p, row, credited, a, err);
	} else if (o->credit_model) {
		struct attr_credit *v = NULL;
		size_t n = 0;
		c->credited = o->credit_model;
		e = attr_first_credits(&v, &n, p, o->credit_model, ro, a, err);
		for (size_t i = 0; i < n && !e; i++)
			if (row[v[i].customer] != UINT32_MAX && c->look.b.v[row[v[i].customer]].selected) {
				credited[row[v[i].customer]] = true;
				part_add(c, row[v[i].customer], v[i].channel, v[i].share, a);
			}
		free(v);
	}
	if (!e)
		by_report(c, credited, a);
	free(row);
	free(credited);
	return e;
}

/* Parts in the order of printed customers, channels in that of their names: sums are then the
 * same whatever the order of ingest. */
static const struct channels *sorting;
static const uint32_t *rank_of;

static int by_channel(const void *a, const void *b)
{
	const struct channel *x = &sorting->v[*(const uint32_t *)a], *y = &sorting->v[*(const uint32_t *)b];
	if (x->known != y->known)
		return x->known ? -1 : 1;
	return sv_natcmp(x->name, y->name);
}

static int by_rank(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	if (x->row != y->row)
		return rank_of[x->row] < rank_of[y->row] ? -1 : 1;
	return (x->channel > y->channel) - (x->channel < y->channel);
}

static void put_in_order(struct channels *c, const struct population *p)
{
	uint32_t *at = xreallocarray(NULL, c->n + 1, sizeof *at), *now = xreallocarray(NULL, c->n + 1, sizeof *now);
	struct channel *v = xreallocarray(NULL, c->n + 1, sizeof *v);
	uint32_t *rank = xreallocarray(NULL, c->look.b.n + 1, sizeof *rank);
	for (size_t i = 0; i < c->n; i++)
		at[i] = (uint32_t)i;
	sorting = c;
	if (c->n)
		qsort(at, c->n, sizeof *at, by_channel);
	for (size_t i = 0; i < c->n; i++) {
		v[i] = c->v[at[i]];
		now[at[i]] = (uint32_t)i;
	}
	free(c->v);
	c->v = v;
	c->order = order_purchases(&c->look.b, p->store);
	for (size_t i = 0; i < c->look.b.n; i++)
		rank[c->order[i]] = (uint32_t)i;
	for (size_t i = 0; i < c->nparts; i++)
		c->part[i].channel = now[c->part[i].channel];
	rank_of = rank;
	if (c->nparts)
		qsort(c->part, c->nparts, sizeof *c->part, by_rank);
	free(rank);
	free(at);
	free(now);
}

/* ---- all of it ---- */

static void choose_span(struct channels *c, const struct acc *a, const struct population *p)
{
	int32_t first = INT32_MAX, last = INT32_MIN;
	for (size_t i = 0; i < a->ns; i++) {
		first = a->s[i].day < first ? a->s[i].day : first;
		last = a->s[i].day > last ? a->s[i].day : last;
	}
	c->until = p->until < p->as_of ? p->until : p->as_of;
	c->since_given = p->since != INT32_MIN;
	if (c->since_given) {
		c->since = p->since;
		return;
	}
	/* where spending ends a week or more before, so does the year */
	if (p->to == INT64_MAX && last != INT32_MIN && last < c->until - 6)
		c->until = last;
	c->since = c->until - YEAR + 1;
	if (first != INT32_MAX && first > c->since && first <= c->until)
		c->since = first;
}

static void join_customers(struct channels *c, struct acc *a, const struct population *p)
{
	uint32_t *row = rows_by_customer(c, p);
	c->won = xcalloc(c->look.b.n + 1, sizeof *c->won);
	for (size_t i = 0; i < c->look.b.n; i++)
		c->won[i].stayed = -1;
	for (size_t i = 0; i < a->n; i++)
		if (row[a->v[i].customer] != UINT32_MAX)
			c->won[row[a->v[i].customer]] = a->v[i].won;
	c->bought = a->b;
	a->b = NULL;
	free(row);
}

static enum wend_err read_hour_cost(struct channels *c, const struct population *p, const struct channel_options *o, struct err *err)
{
	const struct sv set = sv_trim(store_setting(p->store, "company", "hour_cost"));
	c->hour_cost = o->hour_cost;
	if (isnan(c->hour_cost) && set.n && !sv_real(set, &c->hour_cost))
		return err_set(err, WEND_E_USAGE, "the hour_cost that is set, '%.*s', is no number; set it as 'wend store set hour_cost 35'", (int)set.n, set.p);
	c->has_hour_cost = !isnan(c->hour_cost);
	return WEND_OK;
}

/* A purchase of somebody known before, by channel, campaign or promotion of its own. */
static void existing(struct channels *c, const struct population *p)
{
	for (size_t k = 0; k < c->look.b.n; k++) {
		const uint32_t row = c->order[k];
		const struct rfm_row *v = &c->look.b.v[row];
		const struct won *w = &c->won[row];
		if (!v->selected)
			continue;
		for (size_t i = w->from; i < w->from + w->n; i++) {
			const struct bought *b = &c->bought[i];
			const int32_t day = v->first + b->age;
			if (!b->age || day < c->since || day > c->until)
				continue;
			struct channel *ch = NULL;
			const struct sv name = b->word == UINT32_MAX ? SV_NONE : step_name(p, b->word);
			for (size_t n = 0; n < c->n && !ch; n++)
				if (c->v[n].known == (name.p != NULL) && (!name.p || sv_eq(c->v[n].name, name)))
					ch = &c->v[n];
			if (!ch)
				continue;
			bool again = false;
			for (size_t e = w->from; e < i && !again; e++)
				again = c->bought[e].age && c->bought[e].word == b->word && v->first + c->bought[e].age >= c->since;
			ch->existing += !again;
			ch->bought_existing += (double)b->amount;
		}
	}
}

/* Names that only purchases carry are rows, too. */
static void name_purchases(struct channels *c, const struct population *p, struct arena *a)
{
	struct ids seen = { 0 };
	for (size_t i = 0; i < c->look.b.n; i++)
		for (size_t k = c->won[i].from; k < c->won[i].from + c->won[i].n; k++) {
			const size_t had = seen.n;
			if (c->bought[k].word != UINT32_MAX && c->look.b.v[i].selected && ids_get(&seen, c->bought[k].word) == had)
				channel_named(c, step_name(p, c->bought[k].word), a);
		}
	ids_release(&seen);
}

static enum wend_err fold_all(struct channels *c, struct acc *a, struct ctx *x, const struct population *whole, const struct report_options *ro, struct err *err)
{
	static const enum field fields[] = { F_CHANNEL, F_CAMPAIGN, F_PROMOTION, F_AMOUNT, F_HOURS, F_DIRECTION };
	struct fold f = { .acc_size = sizeof *a, .customer = add_customer, .merge = merge, .ctx = x, .nobody = true, .want_at = true, .want_day = true };
	const struct churn_options leaving = { .dunning_days = 30 };
	enum wend_err e = revenue_choose(&x->rev, whole, ro->revenue, err);
	if (e || (e = churn_leaving(&x->leaving, whole, &leaving, ro, &c->left, err)))
		return e;
	leaving_fields(&f, &x->leaving);
	cuts_fields(&f, &x->won);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&f.fields, fields[i]);
	f.kinds |= KIND_BIT(KIND_SPEND) | KIND_BIT(KIND_INTERACTIONS);
	f.money |= KIND_BIT(KIND_SPEND);
	e = purchase_fold(whole, &f, &x->rev, a, &a->days, acc_release, &c->counts, err);
	churn_leaving_release(&x->leaving);
	revenue_release(&x->rev);
	return e;
}

enum wend_err channels_run(struct channels *c, const struct population *p, const struct channel_options *o, const struct report_options *ro, struct report *r, struct err *err)
{
	const char *by = !o->by || !strcmp(o->by, "channel") ? "acquired_channel" : !strcmp(o->by, "campaign") ? "acquired_campaign" : "promotion";
	struct population whole = *p;
	struct acc a = { 0 };
	struct ctx x = { .out = store_word_code(p->store, SV("out")), .by = *by == 'p' ? F_PROMOTION : !strcmp(by, "acquired_channel") ? F_CHANNEL : F_CAMPAIGN };
	*c = (struct channels){ .by = o->by ? o->by : "channel", .min_n = p->min_n, .scale_at = o->scale_at > 0 ? o->scale_at : 3, .within = o->payback_within > 0 ? o->payback_within : 12,
				.alone_days = o->alone_days > 0 ? o->alone_days : 90, .touches = p->present & KIND_BIT(KIND_INTERACTIONS) };
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	x.alone_s = c->alone_days * DAY_S;
	enum wend_err e = read_hour_cost(c, p, o, err);
	if (e || (e = cuts_parse(&x.won, by, &whole, &r->arena, err)) || (e = ltv_look_run(&c->look, &whole, &o->value, ro, 0, &x.won, err)) || (e = fold_all(c, &a, &x, &whole, ro, err)))
		goto done;
	c->margin = c->look.terms.has_margin;
	choose_span(c, &a, p);
	join_customers(c, &a, p);
	add_spending(c, &a, p, &r->arena);
	if ((e = by_credit(c, &whole, o, ro, &r->arena, err)))
		goto done;
	name_purchases(c, p, &r->arena);
	put_in_order(c, p);
	existing(c, p);
done:
	acc_release(&a);
	return e;
}

void channels_release(struct channels *c)
{
	ltv_look_release(&c->look);
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].month);
	free(c->won);
	free(c->bought);
	free(c->order);
	free(c->part);
	free(c->v);
	str_release(&c->left);
	*c = (struct channels){ 0 };
}
