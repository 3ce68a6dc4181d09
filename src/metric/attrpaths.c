/* Ways to a conversion, from the store.
 *
 *   touch        an interaction with a channel that the customer began (direction other than
 *                out); with --touch those named, whoever began, and one without a channel is
 *                called by its own name
 *   conversion   a purchase (all orders of a day, as purchasedays.c counts them, at the time of
 *                the first), the first purchase only, or a step by name
 *   its path     the touches before it, not earlier than the lookback and, but for --reuse,
 *                after the conversion before. A touch at the moment of the conversion is none;
 *                a conversion known to the day only comes after the touches of that day
 *   no touch     the conversion counts as (none); with --order-channel the order's own channel,
 *                where it tells one, stands for the way. Such a way always converts, so that
 *                chains take its channel for better than it is: by itself it is not done
 *   null path    touches that led to no conversion within the lookback: a stretch without a
 *                gap longer than that and without a conversion in between. One that ended
 *                less than the lookback ago may still convert: `open`, not counted
 *
 * Credit by time decay needs the times, so that it is added up here: in units of 2^-52 of a
 * conversion, integers that add to a whole for each, in 128 bits.
 */
#include "attr_impl.h"
#include "rfm_impl.h"

#include <math.h>

__extension__ typedef __int128 i128;

#define WHOLE (1ll << 52)
enum { DAY_S = 86400 };

struct mark {
	int64_t at;              /* instant; conversions known to the day: its end */
	int64_t value;
	uint32_t record, word;   /* word: channel of the touch, UINT32_MAX = none */
	bool used;
};
struct marks {
	struct mark *v;
	size_t n, cap;
};
struct decayed {
	i128 conv, value;
};
struct acc {
	struct chain_set *set;
	struct ids words;        /* channel words in the order first seen */
	uint32_t *channel;       /* of the set, by number of the word */
	uint32_t *word;
	struct decayed *decay;
	size_t channel_cap, word_cap, decay_cap;
	int64_t own_channel, open;
	struct marks touch, conv;
	struct day_room days;
	struct step_buf steps;
	uint32_t *way;
	double *share, *age;
	size_t way_cap, share_cap, age_cap;
	struct attr_touch *credit;
	size_t ncredit, credit_cap;
	bool full;               /* more than a path table can hold */
};
struct ctx {
	const struct population *asked; /* the span conversions lie in; the fold's begins a lookback earlier */
	const struct attr_terms *t;
	struct revenue rev;
	int64_t out;             /* word "out" */
	const uint8_t *is_touch; /* by word; NULL: by direction */
	int64_t nwords;
	uint32_t step;           /* conversions: this step code */
	bool credits, order_channel;
};

static void begin(void *acc, void *ctx)
{
	struct acc *a = acc;
	(void)ctx;
	a->set = chain_set_new();
}

static void acc_release(void *acc)
{
	struct acc *a = acc;
	chain_set_free(a->set);
	ids_release(&a->words);
	step_buf_release(&a->steps);
	day_room_release(&a->days);
	void *const blocks[] = { a->channel, a->word, a->decay, a->touch.v, a->conv.v, a->way, a->share, a->age, a->credit };
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		free(blocks[i]);
	*a = (struct acc){ 0 };
}

/* The number of a channel's word here; its channel in the set is there, too. */
static uint32_t number_of(struct acc *a, const struct population *p, uint32_t word)
{
	const size_t had = a->words.n;
	const uint32_t id = ids_get(&a->words, word);
	if (a->words.n == had)
		return id;
	GROW(a->channel, a->channel_cap, a->words.n);
	GROW(a->word, a->word_cap, a->words.n);
	GROW(a->decay, a->decay_cap, a->words.n);
	a->word[id] = word;
	a->channel[id] = chain_channel(a->set, step_name(p, word));
	a->decay[id] = (struct decayed){ 0, 0 };
	return id;
}

/* ---- the marks of a customer ---- */

static struct mark *mark_add(struct marks *m, int64_t at, uint32_t word, size_t record)
{
	GROW(m->v, m->cap, m->n + 1);
	m->v[m->n] = (struct mark){ at, 0, (uint32_t)record, word, false };
	return &m->v[m->n++];
}

static void touch_of(struct acc *a, const struct journey *j, const struct ctx *c, size_t i)
{
	const struct rows *r = &j->rows;
	const int64_t channel = r->f[F_CHANNEL] ? r->f[F_CHANNEL][i] : WEND_NONE, step = r->f[F_TOUCHPOINT] ? r->f[F_TOUCHPOINT][i] : WEND_NONE;
	const int64_t direction = r->f[F_DIRECTION] ? r->f[F_DIRECTION][i] : WEND_NONE;
	if (c->is_touch ? step == WEND_NONE || step >= c->nwords || !c->is_touch[step] : channel == WEND_NONE || (c->out >= 0 && direction == c->out))
		return;
	mark_add(&a->touch, j->at[i], step_word(j->pop, channel != WEND_NONE ? channel : step), i);
}

/* The first moment at which a touch no longer comes before it. */
static int64_t moment(const struct journey *j, size_t i)
{
	return wtime_is_day(j->rows.time[i]) ? j->at[i] + DAY_S : j->at[i];
}

/* Of each purchase day the first record that brought money. */
static void purchases_of(struct acc *a, const struct journey *j, const struct ctx *c)
{
	struct day_room *d = &a->days;
	purchase_days(d, &c->rev, j);
	for (size_t k = 0; k < d->n; k++) {
		size_t first = d->v[k].from;
		for (size_t i = first; i < d->v[k].to; i++)
			if (d->e[first].refund || (!d->e[i].refund && j->at[d->e[i].record] < j->at[d->e[first].record]))
				first = i;
		mark_add(&a->conv, moment(j, d->e[first].record), UINT32_MAX, d->e[first].record)->value = d->v[k].amount;
	}
}

static void collect(struct acc *a, const struct journey *j, const struct ctx *c)
{
	a->touch.n = a->conv.n = 0;
	for (size_t i = 0; i < j->rows.n; i++)
		if (!j->seen[i] && j->at[i] != WEND_NONE && j->rows.kind[i] == KIND_INTERACTIONS)
			touch_of(a, j, c, i);
	if (!c->t->step.p) {
		purchases_of(a, j, c);
		return;
	}
	steps_of(&a->steps, j);
	for (size_t k = 0; k < a->steps.n; k++)
		if (a->steps.v[k].name == c->step)
			mark_add(&a->conv, a->steps.v[k].at + (a->steps.v[k].day ? DAY_S : 0), UINT32_MAX, a->steps.v[k].record);
}

/* ---- conversions ---- */

/* Shares in units that add to a whole; what rounding leaves goes to the greatest. */
static void add_decay(struct acc *a, const struct ctx *c, const uint32_t *number, size_t n, int64_t value)
{
	uint16_t none[1] = { 0 };
	int64_t left = WHOLE, most = 0;
	size_t best = 0;
	chain_shares(a->share, RULE_DECAY, none, n, a->age, c->t->half_life, NULL);
	for (size_t k = 0; k < n; k++) {
		const int64_t units = (int64_t)floor(a->share[k] * (double)WHOLE);
		left -= units;
		if (units > most) {
			most = units;
			best = k;
		}
		a->decay[number[k]].conv += units;
		a->decay[number[k]].value += (i128)units * value;
	}
	a->decay[number[best]].conv += left;
	a->decay[number[best]].value += (i128)left * value;
}

static void keep_credit(struct acc *a, const struct journey *j, const struct mark *conv, uint32_t word, int64_t campaign, double age, size_t k, size_t n)
{
	GROW(a->credit, a->credit_cap, a->ncredit + 1);
	a->credit[a->ncredit++] = (struct attr_touch){ j->rows.customer, word, j->rows.time[conv->record], campaign, conv->value, age, (uint32_t)k, (uint32_t)n };
}

static void no_touch(struct acc *a, const struct journey *j, const struct ctx *c, const struct mark *conv)
{
	const struct rows *r = &j->rows;
	const size_t i = conv->record;
	const bool order = r->kind[i] == KIND_ORDERS && c->order_channel;
	const int64_t channel = order && r->f[F_CHANNEL] ? r->f[F_CHANNEL][i] : WEND_NONE, campaign = order && r->f[F_CAMPAIGN] ? r->f[F_CAMPAIGN][i] : WEND_NONE;
	uint32_t way = 0, word = UINT32_MAX;
	if (channel != WEND_NONE) {
		word = step_word(j->pop, channel);
		const uint32_t number = number_of(a, j->pop, word);
		way = a->channel[number];
		a->own_channel++;
		a->decay[number].conv += WHOLE;
		a->decay[number].value += (i128)WHOLE * conv->value;
	}
	a->full |= !chain_add(a->set, &way, channel != WEND_NONE, 1, (double)conv->value, 0);
	if (c->credits)
		keep_credit(a, j, conv, word, campaign, 0, 0, 1);
}

static void add_conversion(struct acc *a, const struct journey *j, const struct ctx *c, const struct mark *conv, int64_t after)
{
	size_t from = 0, to = 0;
	LOWER_BOUND(to, a->touch.n, a->touch.v[mid].at < conv->at);
	LOWER_BOUND(from, to, a->touch.v[mid].at < after || (double)(conv->at - a->touch.v[mid].at) > c->t->lookback_s);
	const size_t n = to - from;
	GROW(a->way, a->way_cap, 2 * n + 1);
	GROW(a->share, a->share_cap, n + 1);
	GROW(a->age, a->age_cap, n + 1);
	uint32_t *const number = a->way + n;
	for (size_t k = 0; k < n; k++) {
		struct mark *t = &a->touch.v[from + k];
		t->used = true;
		number[k] = number_of(a, j->pop, t->word);
		a->way[k] = a->channel[number[k]];
		a->age[k] = (double)(conv->at - t->at);
		if (c->credits)
			keep_credit(a, j, conv, t->word, WEND_NONE, a->age[k], k, n);
	}
	if (!n) {
		no_touch(a, j, c, conv);
		return;
	}
	a->full |= !chain_add(a->set, a->way, n, 1, (double)conv->value, 0);
	add_decay(a, c, number, n, conv->value);
}

/* ---- ways that led to none ---- */

/* Is there a conversion in (from, to]? */
static bool converts_between(const struct marks *conv, int64_t from, int64_t to)
{
	size_t at;
	LOWER_BOUND(at, conv->n, conv->v[mid].at <= from);
	return at < conv->n && conv->v[at].at <= to;
}

static void null_step(struct acc *a, const struct journey *j, const struct mark *t, size_t at)
{
	const uint32_t number = number_of(a, j->pop, t->word); /* may move a->channel */
	a->way[at] = a->channel[number];
}

static void null_paths(struct acc *a, const struct journey *j, const struct ctx *c)
{
	const struct marks *t = &a->touch;
	for (size_t i = 0, k; i < t->n; i = k) {
		k = i + 1;
		if (t->v[i].used)
			continue;
		GROW(a->way, a->way_cap, t->n - i);
		size_t n = 0, last = i;
		null_step(a, j, &t->v[i], n++);
		for (; k < t->n && !t->v[k].used && (double)(t->v[k].at - t->v[last].at) <= c->t->lookback_s && !converts_between(&a->conv, t->v[last].at, t->v[k].at); k++) {
			null_step(a, j, &t->v[k], n++);
			last = k;
		}
		if (t->v[last].at < c->asked->from)
			continue;
		const int64_t end = c->asked->to < c->asked->as_of_end ? c->asked->to : c->asked->as_of_end;
		if ((double)(end - t->v[last].at) < c->t->lookback_s)
			a->open++;
		else
			a->full |= !chain_add(a->set, a->way, n, 0, 0, 1);
	}
}

static void add_customer(void *acc, const struct journey *j, void *ctx)
{
	struct acc *a = acc;
	const struct ctx *c = ctx;
	int64_t after = INT64_MIN;
	if (!j->selected || !j->rows.customer)
		return;
	collect(a, j, c);
	/* what came after the first purchase won nobody */
	if (c->t->first_only && a->conv.n) {
		a->conv.n = 1;
		LOWER_BOUND(a->touch.n, a->touch.n, a->touch.v[mid].at < a->conv.v[0].at);
	}
	for (size_t k = 0; k < a->conv.n; k++) {
		const struct mark *conv = &a->conv.v[k];
		if (conv->at > c->asked->from)
			add_conversion(a, j, c, conv, after);
		else
			for (size_t i = 0; i < a->touch.n && a->touch.v[i].at < conv->at; i++)
				a->touch.v[i].used |= (double)(conv->at - a->touch.v[i].at) <= c->t->lookback_s;
		after = c->t->reuse ? INT64_MIN : conv->at;
	}
	null_paths(a, j, c);
}

static void merge(void *into, void *from, void *ctx)
{
	struct acc *a = into, *b = from;
	const struct ctx *c = ctx;
	for (uint32_t i = 0; i < b->words.n; i++) {
		const uint32_t number = number_of(a, c->asked, b->word[i]);
		a->decay[number].conv += b->decay[i].conv;
		a->decay[number].value += b->decay[i].value;
	}
	chain_merge(a->set, b->set);
	b->set = NULL;
	day_room_merge(&a->days, &b->days);
	a->own_channel += b->own_channel;
	a->open += b->open;
	a->full |= b->full;
	GROW(a->credit, a->credit_cap, a->ncredit + b->ncredit);
	if (b->ncredit)
		memcpy(a->credit + a->ncredit, b->credit, b->ncredit * sizeof *b->credit);
	a->ncredit += b->ncredit;
	acc_release(b);
}

/* ---- what is asked for ---- */

/* Steps named by --touch: words that some pattern matches, after [names]. */
static uint8_t *touch_words(const struct population *p, const char *patterns)
{
	const int64_t n = store_words(p->store);
	uint8_t *is = xcalloc((size_t)n + 1, 1);
	for (int64_t w = 0; w < n; w++) {
		const struct sv name = step_name(p, step_word(p, w));
		struct sv rest = sv_of(patterns), one;
		while (!is[w] && sv_cut(&rest, ',', &one))
			is[w] = sv_glob(sv_trim(one), name, false);
	}
	return is;
}

static enum wend_err step_code(uint32_t *out, const struct population *p, struct sv name, struct err *err)
{
	for (uint32_t i = 0; i < STEP_FIXED_COUNT; i++)
		if (sv_is(name, fixed_step_names[i])) {
			*out = STEP_FIXED | i;
			return WEND_OK;
		}
	for (int64_t w = 0; w < store_words(p->store); w++) {
		const uint32_t code = step_word(p, w);
		if (sv_eq(step_name(p, code), name)) {
			*out = code;
			return WEND_OK;
		}
	}
	return err_set(err, WEND_E_USAGE, "no step is called '%.*s'; 'wend touchpoints list' names them", (int)name.n, name.p);
}

static void wanted(struct fold *f, const struct attr_terms *t, const struct revenue *rev)
{
	static const enum field fields[] = { F_TOUCHPOINT, F_CHANNEL, F_DIRECTION, F_CAMPAIGN };
	if (t->step.p)
		step_fields(f, KIND_ALL);
	else
		f->kinds |= KIND_BIT(rev->source);
	f->kinds |= KIND_BIT(KIND_INTERACTIONS);
	f->want_at = true;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&f->fields, fields[i]);
}

static void take(struct attr_paths *out, struct acc *a)
{
	out->p = chain_close(a->set);
	a->set = NULL;
	out->decay = xcalloc(2 * out->p->channels + 1, sizeof *out->decay);
	out->decay_value = out->decay + out->p->channels;
	out->touch = a->credit;
	out->ntouch = a->ncredit;
	a->credit = NULL;
	out->own_channel = a->own_channel;
	out->open = a->open;
}

static void name_decay(struct attr_paths *out, const struct acc *a, const struct population *p)
{
	for (uint32_t i = 0; i < a->words.n; i++) {
		const struct sv name = step_name(p, a->word[i]);
		for (size_t c = 0; c < out->p->channels; c++)
			if (sv_eq(out->p->name[c], name)) {
				out->decay[c] += (double)a->decay[i].conv / (double)WHOLE;
				out->decay_value[c] += (double)a->decay[i].value / (double)WHOLE;
				break;
			}
	}
}

enum wend_err attr_paths_run(struct attr_paths *out, const struct population *p, const struct attr_terms *asked, const struct attribution_options *o, const struct report_options *ro, struct err *err)
{
	struct attr_terms t = *asked;
	struct population q = *p;
	struct acc a = { 0 };
	struct ctx c = { .asked = p, .t = &t, .out = store_word_code(p->store, SV("out")), .credits = o->credits, .order_channel = o->order_channel };
	uint8_t *is_touch = NULL;
	*out = (struct attr_paths){ .minor = 1 };
	enum wend_err e = revenue_choose(&c.rev, p, ro->revenue, err);
	if (!o->conversion && c.rev.source != KIND_ORDERS)
		t.first_only = true;
	out->first_only = t.first_only;
	if (e || (t.step.p && (e = step_code(&c.step, p, t.step, err))))
		goto done;
	if (o->touch) {
		c.is_touch = is_touch = touch_words(p, o->touch);
		c.nwords = store_words(p->store);
	}
	/* Touches before the span count for conversions in it. */
	if (q.from != INT64_MIN) {
		const int64_t back = isinf(t.lookback_s) ? q.from - INT64_MIN / 4 : (int64_t)t.lookback_s + DAY_S;
		q.from -= back;
		q.from_local -= back;
	}
	struct fold f = { .acc_size = sizeof a, .begin = begin, .customer = add_customer, .merge = merge, .ctx = &c };
	wanted(&f, &t, &c.rev);
	e = t.step.p ? fold_run(&q, &f, &a, &out->counts, err) : purchase_fold(&q, &f, &c.rev, &a, &a.days, acc_release, &out->counts, err);
	if (!e && a.full)
		e = err_set(err, WEND_E_INPUT, "more than %d channels; rename them by patterns under [names] in the settings", CHAIN_CHANNELS_MAX);
	if (e)
		goto done;
	const int exponent = out->counts.cur ? currency_exponent(out->counts.cur) : 2;
	out->minor = pow(10, exponent < 0 ? 2 : exponent);
	if (out->counts.cur)
		currency_text(out->currency, out->counts.cur);
	if (a.set)
		take(out, &a);
	else
		out->p = chain_close(chain_set_new());
	name_decay(out, &a, p);
	out->rev = c.rev;
	c.rev = (struct revenue){ 0 };
done:
	acc_release(&a);
	revenue_release(&c.rev);
	free(is_touch);
	return e;
}

void attr_paths_release(struct attr_paths *a)
{
	chain_paths_free(a->p);
	free(a->decay);
	free(a->touch);
	revenue_release(&a->rev);
	*a = (struct attr_paths){ 0 };
}
