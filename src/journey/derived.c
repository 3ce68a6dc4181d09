/* Steps that several records, or several stamps of one, make together. One definition each;
 * each is dated when it came to be so, for at its beginning nobody could have known.
 *
 *   reply:late           a contact of the customer's answered after the time promised for it;
 *                        without a promise, after the end of the next business day. Dated
 *                        at that time. With a promise also one that is still open then
 *   contact:repeated     the customer's contact on a topic he has been in touch about within
 *                        7 days before
 *   calls:many           the firm's third call, or a later one, in 14 days
 *   mails:many           the firm's third mail, or a later one, in 7 days
 *   complaint:unsolved   a complaint not solved at first contact: reopened; or another one
 *                        within 7 days; or not solved by the promised time, without one by
 *                        the end of the next business day. Dated at the first of these
 *   delivery:late        an order delivered, or only shipped, after the day promised. Dated
 *                        at the end of that day
 *   portal:dead-end      a step in a portal or of self-service whose outcome is failed, error,
 *                        abandoned, not found, time-out or dead end
 *   price:raised, :lowered  a subscription that follows another one of the same plan and
 *                        customer at once, at another price
 *
 * Failed payments and overdue invoices are steps of their records (steps.c).
 *
 * What a word means is read off its text after the [names] rules: calls and mails by channel
 * or touchpoint, complaints by touchpoint or topic. A contact is an interaction with a topic
 * or a promise that the firm did not begin. What is not told is not made up: a complaint
 * without the time it was solved counts only while its outcome says that it is open.
 */
#include "journey_impl.h"

enum { DAY_S = 86400, REPEAT_DAYS = 7, CALLS_DAYS = 14, MAILS_DAYS = 7 };
enum { IS_CALL = 1, IS_MAIL = 2, IS_OUT = 4, IS_COMPLAINT = 8, IS_PORTAL = 16, IS_DEAD_END = 32, IS_OPEN = 64 };

struct derived {
	const uint8_t *word;      /* what a word says, by code */
	int64_t words;
	const struct calendar *calendar;
};

static uint8_t reads(struct sv t)
{
	static const char *const call[] = { "call", "phone", NULL };
	static const char *const mail[] = { "mail", "newsletter", "promotion", NULL };
	static const char *const out[] = { "out", "outbound", "outgoing", NULL };
	static const char *const complaint[] = { "complain", NULL };
	static const char *const portal[] = { "portal", "self service", NULL };
	static const char *const dead[] = { "failed", "error", "abandoned", "not found", "timeout", "time out", "dead end", NULL };
	static const char *const open[] = { "open", "pending", "new", "waiting", "in progress", "on hold", "unresolved", NULL };
	const struct {
		const char *const *of;
		int bit;
		bool whole;
	} all[] = { { call, IS_CALL, false }, { mail, IS_MAIL, false }, { out, IS_OUT, true }, { complaint, IS_COMPLAINT, false },
		    { portal, IS_PORTAL, false }, { dead, IS_DEAD_END, true }, { open, IS_OPEN, true } };
	int bits = 0;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (sv_says(t, all[i].of, all[i].whole))
			bits |= all[i].bit;
	return (uint8_t)bits;
}

enum wend_err derived_open(struct derived **out, const struct population *p, struct arena *a, struct err *err)
{
	struct derived *d = arena_zalloc(a, sizeof *d);
	struct calendar *c = NULL;
	const enum wend_err e = calendar_open(&c, p->store, NULL, p->zone, a, err);
	d->words = store_words(p->store);
	uint8_t *word = arena_zalloc(a, (size_t)d->words + 1);
	for (int64_t w = 0; w < d->words; w++)
		word[w] = reads(names_text(p->names, p->store, w));
	d->word = word;
	d->calendar = c;
	*out = d;
	return e;
}

/* ---- one journey ---- */

struct said {
	int64_t word, at;
};
struct looking {
	const struct derived *d;
	const struct journey *j;
	struct step_buf *out;
	struct said *topic;       /* when a topic was last asked about */
	size_t ntopic, topic_cap;
	int64_t calls[2], mails[2]; /* the two before */
};

static int bits(const struct looking *l, enum field f, size_t i)
{
	const int64_t w = value(&l->j->rows, f, i);
	return w >= 0 && w < l->d->words ? l->d->word[w] : 0;
}

static bool stamp(const struct looking *l, enum field f, size_t i, int64_t *at)
{
	const int64_t w = value(&l->j->rows, f, i);
	*at = w == WEND_NONE ? INT64_MAX : wtime_instant(w, l->j->pop->zone);
	return w != WEND_NONE;
}

static void push(const struct looking *l, int64_t at, enum fixed_step s, size_t i, bool day)
{
	const struct population *p = l->j->pop;
	if (at < p->as_of_end && at >= p->from && at < p->to)
		step_push(l->out, at, STEP_FIXED | s, i, day);
}

/* By when an answer, or a solution, is owed. */
static int64_t owed(const struct looking *l, size_t i)
{
	const int64_t promised = value(&l->j->rows, F_PROMISED_BY, i);
	return promised == WEND_NONE ? calendar_end_of_next_day(l->d->calendar, l->j->at[i]) : due_end(promised, l->j->pop->zone);
}

static void reply(const struct looking *l, size_t i)
{
	int64_t answered, solved;
	const bool promised = value(&l->j->rows, F_PROMISED_BY, i) != WEND_NONE;
	const bool told = stamp(l, F_FIRST_RESPONSE, i, &answered), done = stamp(l, F_RESOLVED, i, &solved);
	const bool open = promised && !told && !done && bits(l, F_OUTCOME, i) & IS_OPEN;
	if (!told && !open)
		return;
	const int64_t by = owed(l, i);
	if (answered > by)
		push(l, by, STEP_REPLY_LATE, i, false);
}

static void unsolved(const struct looking *l, size_t i, int64_t again)
{
	int64_t solved, reopened, at = again;
	const bool told = stamp(l, F_RESOLVED, i, &solved);
	stamp(l, F_REOPENED, i, &reopened);
	if (reopened < at)
		at = reopened;
	if (told || bits(l, F_OUTCOME, i) & IS_OPEN) {
		const int64_t by = owed(l, i);
		if (solved > by && by < at)
			at = by;
	}
	if (at != INT64_MAX)
		push(l, at, STEP_COMPLAINT_UNSOLVED, i, false);
}

/* The customer's next contact on the topic, within the days in which it is the same matter. */
static int64_t asked_again(const struct looking *l, size_t i)
{
	const struct rows *r = &l->j->rows;
	const int64_t topic = value(r, F_TOPIC, i);
	for (size_t k = i + 1; k < r->n && topic != WEND_NONE && l->j->at[k] - l->j->at[i] <= REPEAT_DAYS * DAY_S; k++)
		if (!l->j->seen[k] && r->kind[k] == KIND_INTERACTIONS && value(r, F_TOPIC, k) == topic && !(bits(l, F_DIRECTION, k) & IS_OUT))
			return l->j->at[k];
	return INT64_MAX;
}

static void repeated(struct looking *l, size_t i, int64_t topic)
{
	size_t k = 0;
	while (k < l->ntopic && l->topic[k].word != topic)
		k++;
	if (k == l->ntopic) {
		GROW(l->topic, l->topic_cap, k + 1);
		l->topic[l->ntopic++] = (struct said){ topic, INT64_MIN / 2 };
	}
	if (l->j->at[i] - l->topic[k].at <= REPEAT_DAYS * DAY_S)
		push(l, l->j->at[i], STEP_CONTACT_REPEATED, i, wtime_is_day(l->j->rows.time[i]));
	l->topic[k].at = l->j->at[i];
}

static void third(const struct looking *l, int64_t before[2], size_t i, int days, enum fixed_step s)
{
	const int64_t at = l->j->at[i];
	if (before[0] != INT64_MIN && at - before[0] <= (int64_t)days * DAY_S)
		push(l, at, s, i, wtime_is_day(l->j->rows.time[i]));
	before[0] = before[1];
	before[1] = at;
}

static void interaction(struct looking *l, size_t i)
{
	const struct rows *r = &l->j->rows;
	const int64_t topic = value(r, F_TOPIC, i);
	const int where = bits(l, F_CHANNEL, i) | bits(l, F_TOUCHPOINT, i);
	if (bits(l, F_DIRECTION, i) & IS_OUT) {
		if (where & IS_CALL)
			third(l, l->calls, i, CALLS_DAYS, STEP_CALLS_MANY);
		else if (where & IS_MAIL)
			third(l, l->mails, i, MAILS_DAYS, STEP_MAILS_MANY);
		return;
	}
	if (where & IS_PORTAL && bits(l, F_OUTCOME, i) & IS_DEAD_END)
		push(l, l->j->at[i], STEP_PORTAL_DEAD_END, i, wtime_is_day(r->time[i]));
	if (topic == WEND_NONE && value(r, F_PROMISED_BY, i) == WEND_NONE)
		return;
	reply(l, i);
	if (topic != WEND_NONE)
		repeated(l, i, topic);
	if ((bits(l, F_TOPIC, i) | bits(l, F_TOUCHPOINT, i)) & IS_COMPLAINT)
		unsolved(l, i, asked_again(l, i));
}

static void delivery(const struct looking *l, size_t i)
{
	const int64_t promised = value(&l->j->rows, F_PROMISED_BY, i);
	int64_t delivered, shipped;
	const bool told = stamp(l, F_DELIVERED, i, &delivered), sent = stamp(l, F_SHIPPED, i, &shipped);
	if (promised == WEND_NONE)
		return;
	const int64_t by = due_end(promised, l->j->pop->zone);
	if ((told && delivered >= by) || (!told && sent && shipped >= by))
		push(l, by, STEP_DELIVERY_LATE, i, wtime_is_day(promised));
}

/* The price before, where another subscription of the plan ends within a day of this start. */
static void price(const struct looking *l, size_t i)
{
	const struct rows *r = &l->j->rows;
	const int64_t plan = value(r, F_PLAN, i), mrr = value(r, F_MRR, i);
	for (size_t k = 0; k < r->n && plan != WEND_NONE && mrr != WEND_NONE; k++) {
		int64_t end;
		if (k == i || l->j->seen[k] || r->kind[k] != KIND_SUBSCRIPTIONS || value(r, F_PLAN, k) != plan || !stamp(l, F_END, k, &end) ||
		    l->j->at[k] >= l->j->at[i] || end - l->j->at[i] > DAY_S || l->j->at[i] - end > DAY_S)
			continue;
		const int64_t before = value(r, F_MRR, k);
		if (before != WEND_NONE && before != mrr && value(r, F_CURRENCY, k) == value(r, F_CURRENCY, i))
			push(l, l->j->at[i], mrr > before ? STEP_PRICE_RAISED : STEP_PRICE_LOWERED, i, wtime_is_day(r->time[i]));
		return;
	}
}

void derived_of(struct step_buf *out, const struct derived *d, const struct journey *j)
{
	struct looking l = { .d = d, .j = j, .out = out, .calls = { INT64_MIN, INT64_MIN }, .mails = { INT64_MIN, INT64_MIN } };
	out->n = 0;
	for (size_t i = 0; i < j->rows.n; i++) {
		if (j->seen[i] || j->rows.time[i] == WEND_NONE)
			continue;
		if (j->rows.kind[i] == KIND_INTERACTIONS)
			interaction(&l, i);
		else if (j->rows.kind[i] == KIND_ORDERS)
			delivery(&l, i);
		else if (j->rows.kind[i] == KIND_SUBSCRIPTIONS)
			price(&l, i);
	}
	free(l.topic);
	for (size_t i = 1; i < out->n; i++)
		if (out->v[i].at < out->v[i - 1].at) {
			sort_steps(out->v, out->n);
			break;
		}
}

void derived_fields(struct fold *f)
{
	static const enum field fields[] = {
		F_TOUCHPOINT, F_CHANNEL, F_DIRECTION, F_TOPIC, F_OUTCOME, F_PROMISED_BY, F_FIRST_RESPONSE, F_RESOLVED, F_REOPENED,
		F_SHIPPED, F_DELIVERED, F_PLAN, F_MRR, F_END, F_CURRENCY,
	};
	f->kinds |= KIND_BIT(KIND_INTERACTIONS) | KIND_BIT(KIND_ORDERS) | KIND_BIT(KIND_SUBSCRIPTIONS);
	f->want_at = true;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		fields_add(&f->fields, fields[i]);
}
