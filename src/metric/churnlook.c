/* wend churn, counted: one pass over all journeys for the periods, for who went without a word,
 * for what drove people away and for how many will follow. What each of these is stands with
 * its own report (churnrate.c, churnsilent.c, why.c, churnahead.c); here they share the records,
 * the stretches and the steps of a customer.
 */
#include "churnsummary_impl.h"
#include "wend/cover.h"

enum { YEAR_MONTHS = 12 };

/* What is asked of the pass. */
struct asked {
	struct summary *s;
	struct silent_ctx silent;
	struct why why;
	struct population year;  /* up to the end of the period: whose leaving is to be explained */
	struct ahead_ask ahead;
	struct step_census *census; /* NULL: the pass does not see every record, or nobody asks */
	bool plain;              /* nothing but purchases is known: no steps are made */
};
/* What a thread counts. */
struct all_acc {
	struct churn_acc churn;
	struct silent_acc silent;
	struct why_acc why;
	struct ahead_acc ahead;
	struct sources_set *sources;
	struct spell_buf spells;
	struct step_buf steps, derived;
	bool returned;           /* something was given back */
	struct gap_stat gaps;    /* where the window is a guess */
};

/* With nothing in the store but purchases there is no step that could be a reason, and nobody
 * says a word: customers are counted, and that is all. What was given back is a step; where no
 * field tells of it beforehand, the pass comes across it (all_acc.returned). */
static bool only_purchases(const struct population *p, const struct leaving *l)
{
	static const uint32_t mute = KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_CUSTOMERS) | KIND_BIT(KIND_SPEND);
	static const enum field tell[] = { F_REFUND_OF, F_REFUNDED, F_REFUND_TIME, F_COUNTED, F_PROMISED_BY };
	if (l->contracts || l->revenue->source != KIND_ORDERS || l->revenue->counts || p->present & p->kinds & ~mute)
		return false;
	for (size_t i = 0; i < sizeof tell / sizeof *tell; i++)
		if (store_has_field(p->store, tell[i]))
			return false;
	return true;
}

static void begin_all(void *acc, void *ctx)
{
	struct all_acc *a = acc;
	const struct asked *k = ctx;
	silent_begin(&a->silent, &k->silent);
	if (k->census)
		a->sources = step_census_begin(k->census);
}

static void add_all(void *acc, const struct journey *j, void *ctx)
{
	struct all_acc *a = acc;
	const struct asked *k = ctx;
	a->spells.n = a->spells.ntrial = 0;
	if (j->rows.customer)
		spells_of(&a->spells, j, &k->s->c.leaving);
	if (k->s->c.guessed && a->spells.n)
		gap_stat_add(&a->gaps, a->spells.days->v, a->spells.days->n, k->s->c.known_day);
	if (k->plain) {
		a->returned = a->returned || (a->spells.days && a->spells.days->facts.refunds);
		churn_add(&a->churn, &k->s->c, j, &a->spells);
		silent_add(&a->silent, &k->silent, j, &a->spells);
		ahead_add(&a->ahead, &k->ahead, j, &a->spells);
		return;
	}
	steps_of(&a->steps, j);
	derived_of(&a->derived, k->why.derived, j);
	churn_add(&a->churn, &k->s->c, j, &a->spells);
	silent_add(&a->silent, &k->silent, j, &a->spells);
	why_add(&a->why, &k->why, j, &a->spells, &a->steps, &a->derived);
	ahead_add(&a->ahead, &k->ahead, j, &a->spells);
	if (!k->census)
		return;
	step_census_add(a->sources, k->census, j, &a->steps);
	step_census_add(a->sources, k->census, j, &a->derived);
}

static void all_release(struct all_acc *a)
{
	free(a->sources);
	spell_buf_release(&a->spells);
	step_buf_release(&a->steps);
	step_buf_release(&a->derived);
}

static void merge_all(void *into, void *from, void *ctx)
{
	struct all_acc *a = into, *b = from;
	const struct asked *k = ctx;
	churn_merge(&a->churn, &b->churn);
	silent_merge(&a->silent, &b->silent, &k->silent);
	why_merge(&a->why, &b->why);
	ahead_merge(&a->ahead, &b->ahead, &k->ahead);
	a->returned = a->returned || b->returned;
	gap_stat_merge(&a->gaps, &b->gaps);
	if (k->census)
		step_census_merge(a->sources, b->sources, k->census);
	all_release(b);
}

/* The newest period that is over, before anybody was counted: churn_newest says so afterwards,
 * too, unless nobody was there in it. */
static int32_t newest_period(const struct churn_ctx *c)
{
	const int32_t known = period_number(c->unit, c->known_day + 1) - 1, until = period_number(c->unit, c->p->until);
	return until < known ? until : known;
}

/* Silence and reasons are asked of period `k`. */
static enum wend_err ask(struct asked *q, struct summary *s, const struct population *p, const struct report_options *ro, int32_t k, struct arena *a, struct err *err)
{
	const int32_t from = period_day(s->c.unit, k), end = period_day(s->c.unit, k + 1);
	const struct why_options w = { 0 };
	int y, m, d;
	q->s = s;
	silent_open(&q->silent, p, &s->c.leaving, instant_of_day(p, from), instant_of_day(p, end), 0, a);
	civil_ymd(end, &y, &m, &d);
	q->year = *p;
	q->year.since = civil_add_months(end, -YEAR_MONTHS, d);
	q->year.until = end - 1;
	q->year.from_local = (int64_t)q->year.since * 86400;
	q->year.to_local = (int64_t)end * 86400;
	q->year.from = instant_of_day(p, q->year.since);
	q->year.to = instant_of_day(p, end);
	const enum wend_err e = why_open(&q->why, &q->year, &w, ro, &s->c.leaving, err);
	return e ? e : ahead_open(&q->ahead, p, &s->c.leaving, ro, err);
}

static enum wend_err pass(struct asked *q, struct all_acc *a, struct summary *s, const struct population *p, bool money, struct err *err)
{
	struct population whole = *p;
	struct fold f = { .acc_size = sizeof *a, .begin = begin_all, .customer = add_all, .merge = merge_all, .ctx = q };
	enum wend_err e;
	whole.from = whole.from_local = INT64_MIN;
	whole.to = whole.to_local = INT64_MAX;
	churn_fields(&f, &s->c);
	if (q->plain) {
		f.kinds |= KIND_ALL & ~KIND_BIT(KIND_SPEND); /* the same records are accounted for */
	} else {
		silent_fields(&f, &q->silent, money);
		why_fields(&f, &q->why);
	}
	ahead_fields(&f, &q->ahead);
	if (q->census)
		step_census_fields(&f);
	s->c.batches = churn_batches(p->store, &e, err);
	f.batches = f.batches || s->c.batches;
	return e ? e : fold_run(&whole, &f, a, &s->n, err);
}

/* How to look at a period. */
struct how {
	bool money;              /* in one currency */
	bool plain;              /* as asked.plain; afterwards: it was right */
};

/* Counts, and what can be said of period `k`. */
static enum wend_err look(struct summary *s, const struct population *p, const struct report_options *ro, int32_t k, struct how *how, struct arena *arena, struct err *err)
{
	static const uint32_t contacts = KIND_BIT(KIND_INTERACTIONS) | KIND_BIT(KIND_FEEDBACK);
	const bool money = how->money;
	struct asked q = { .why = { .borrowed = true }, .plain = how->plain };
	struct all_acc a = { .sources = NULL };
	struct step_covers *covers = NULL;
	enum wend_err e = ask(&q, s, p, ro, k, arena, err);
	s->heard = p->present & p->kinds & contacts;
	q.silent.deaf = !s->heard;
	if (!e && !q.plain && step_census_fits(p))
		e = step_census_open(&q.census, p, arena, err);
	if (!e)
		e = pass(&q, &a, s, p, money, err);
	if (!e && q.census)
		covers = step_census_close(q.census, a.sources, arena);
	else if (!e && !q.plain)
		e = step_covers_run(&covers, p, arena, err);
	if (!e)
		e = silent_judge(&a.silent, &q.silent, covers, err);
	how->plain = q.plain && !a.returned;
	s->gaps = a.gaps;
	s->gaps.last = s->c.known_day;
	s->silent = silent_sum_of(&a.silent);
	s->silent.money = money;
	s->silent.cur = s->n.cur;
	s->a = a.churn;
	q.why.a = a.why;
	if (!e && !q.plain) {
		why_close(&q.why, covers);
		why_reasons(&s->why, &q.why);
	}
	if (!e) {
		ahead_estimate(&s->ahead, &a.ahead, &q.ahead);
		e = churn_result_make(&s->res, &s->a, &s->c, err);
	}
	ahead_acc_release(&a.ahead);
	ahead_close(&q.ahead);
	why_release(&q.why);
	silent_release(&a.silent);
	all_release(&a);
	return e;
}

void summary_forget(struct summary *s)
{
	churn_count_release(&s->a, &s->res);
	s->res = (struct churn_result){ 0 };
	churn_reasons_release(&s->why);
	gap_stat_release(&s->gaps);
}

/* Prices in several currencies: customers are counted all the same, without their money. Where
 * the newest period turns out to be another than was thought, it is looked at once more. */
enum wend_err summary_look(struct summary *s, const struct population *p, const struct churn_options *o, const struct report_options *ro, struct arena *a, struct err *err)
{
	int32_t k = newest_period(&s->c);
	struct how how = { .money = true, .plain = only_purchases(p, &s->c.leaving) };
	for (;;) {
		struct err mixed = ERR_INIT;
		const bool plain = how.plain;
		const enum wend_err e = look(s, p, ro, k, &how, a, &mixed);
		if (e == WEND_E_USAGE && how.money && s->c.leaving.contracts) {
			how.money = false;
			summary_forget(s);
			continue;
		}
		if (e) {
			*err = mixed;
			return e;
		}
		const bool other = s->c.guessed && !churn_leaving_confirm(&s->c.leaving, &s->gaps, p, o, &s->c.said);
		s->c.guessed = false;
		if (other || (plain && !how.plain)) {
			summary_forget(s);
			continue;
		}
		s->now = s->res.known ? churn_newest(&s->res.all, &s->c) : NULL;
		if (s->now && s->now->period == k)
			return WEND_OK;
		if (!s->now) { /* nothing is over, or nothing told: there is no period to explain */
			churn_reasons_release(&s->why);
			s->silent = (struct silent_sum){ .money = s->silent.money, .cur = s->silent.cur };
			s->heard = s->ahead.known = false;
			return WEND_OK;
		}
		k = s->now->period;
		summary_forget(s);
	}
}
